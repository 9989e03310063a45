//! Storage and replication over time. Rows of one key come from several inputs and are filled
//! cell by cell.

use super::words::MEDIA_KINDS;
use crate::model::frame::Type::{Bool, Float, Int, Text, Time};
use crate::model::table::{Merge, Origin, Table, may, maybe_word, must, word};

const POOL_KINDS: &[&str] =
    &["pool", "volume", "filesystem", "repository", "bucket", "tape_pool", "cluster"];

/// Sizes of a pool at one instant.
pub const STORAGE_SAMPLES: Table = Table {
    name: "storage_samples",
    says: "sizes of a pool at one instant; as the source reports them, none computed",
    origin: Origin::Vendor,
    key: &["pool_id", "at"],
    time: Some("at"),
    merge: Merge::Fill,
    columns: &[
        must("pool_id", Text, "native id or host and path"),
        may("pool_name", Text, "name"),
        maybe_word("pool_kind", POOL_KINDS, "kind of pool"),
        may("host_name", Text, "host, as reported"),
        may("site", Text, "place"),
        may("tier", Text, "storage tier"),
        maybe_word("media_kind", MEDIA_KINDS, "kind of medium"),
        may("environment", Text, "environment"),
        must("at", Time, "instant of the sample"),
        may("size_bytes", Int, "capacity"),
        may("used_bytes", Int, "used"),
        may("free_bytes", Int, "not used, what is reserved included"),
        may("available_bytes", Int, "free to write"),
        may("logical_bytes", Int, "data before reduction"),
        may("provisioned_bytes", Int, "promised to consumers"),
        may("reclaimable_bytes", Int, "free after cleaning"),
        may("dedup_ratio", Float, "before / after deduplication, as reported"),
        may("compression_ratio", Float, "before / after compression, as reported"),
        may("reduction_ratio", Float, "logical / used, as reported"),
        may("files_total_count", Int, "inodes or objects possible"),
        may("files_used_count", Int, "inodes or objects in use"),
        may("read_latency_us", Int, "read latency in microseconds"),
        may("write_latency_us", Int, "write latency in microseconds"),
        may("iops", Float, "operations per second"),
        may("is_encrypted", Bool, "encrypted at rest"),
        may("is_immutable", Bool, "locking is switched on"),
        may("is_online", Bool, "reachable and healthy"),
        may("immutability_days", Int, "length of the lock in days"),
    ],
};

const LINK_STATES: &[&str] = &["healthy", "lagging", "failed", "paused", "syncing", "unknown"];

/// State of a replication link at one instant.
pub const REPLICATION_SAMPLES: Table = Table {
    name: "replication_samples",
    says: "state of a replication link at one instant",
    origin: Origin::Vendor,
    key: &["link_id", "at"],
    time: Some("at"),
    merge: Merge::Fill,
    columns: &[
        must("link_id", Text, "native id or hashed key"),
        may("from_id", Text, "source side"),
        may("to_id", Text, "target side"),
        must("at", Time, "instant of the sample"),
        word("state", LINK_STATES, "state of the link"),
        may("lag_s", Float, "lag in seconds"),
        may("remaining_bytes", Int, "bytes still to copy"),
        may("last_sync_at", Time, "last completed synchronisation"),
        may("last_point_taken_at", Time, "consistency time of the newest copy"),
    ],
};
