//! Recovery points and what proves that they can be restored.

use super::words::{LEVELS, MEDIA_KINDS, OUTCOME_REASONS, OUTCOMES};
use crate::model::frame::Type::{Bool, Float, Int, Text, Time};
use crate::model::table::{Merge, Origin, Table, may, maybe_word, must, word};

const LOCK_MODES: &[&str] = &["none", "governance", "compliance", "legal_hold", "vendor"];
const INTEGRITY: &[&str] = &["ok", "failed", "unknown"];
const MALWARE_STATES: &[&str] = &["clean", "infected", "suspicious", "unknown"];

/// One row per copy of a recovery point.
pub const RESTORE_POINTS: Table = Table {
    name: "restore_points",
    says: "one row per copy of a recovery point",
    origin: Origin::Vendor,
    key: &["point_id"],
    time: Some("taken_at"),
    merge: Merge::Replace,
    columns: &[
        must("point_id", Text, "native id or hashed key of the copy"),
        may("run_id", Text, "run that wrote it"),
        may("parent_point_id", Text, "point it depends on or was copied from"),
        may("object_id", Text, "what is protected: id"),
        may("object_name", Text, "what is protected: name"),
        may("object_type", Text, "what is protected: kind, the vendor's word"),
        may("host_name", Text, "host of the object, as reported"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        maybe_word("level", LEVELS, "level"),
        must("taken_at", Time, "consistency time: the instant whose data it holds"),
        may("usable_at", Time, "earliest instant a restore can use this copy"),
        may("expires_at", Time, "end of retention"),
        may("immutable_until", Time, "end of the lock"),
        may("deleted_at", Time, "when it was deleted"),
        may("verified_at", Time, "last verification of its integrity"),
        maybe_word("lock_mode", LOCK_MODES, "kind of the lock"),
        may("is_encrypted", Bool, "the copy is encrypted"),
        may("key_id", Text, "name of the key, never the key"),
        may("size_bytes", Int, "bytes before reduction"),
        may("stored_bytes", Int, "bytes it takes up"),
        may("location_id", Text, "repository, vault or medium: id"),
        may("location_name", Text, "repository, vault or medium: name"),
        may("site", Text, "place of the copy"),
        maybe_word("media_kind", MEDIA_KINDS, "kind of medium"),
        may("is_offsite", Bool, "at another site than the source"),
        may("is_offline", Bool, "not reachable from the network"),
        may("copy_no", Int, "number of the copy; 1 = primary"),
        word("integrity", INTEGRITY, "result of the last verification"),
        word("malware_state", MALWARE_STATES, "result of the last scan"),
        may("checksum", Text, "checksum as stated by the vendor"),
        may("deleted_by", Text, "who deleted it, keyed hash"),
    ],
};

const TEST_KINDS: &[&str] = &["real", "drill", "automated", "sample"];
const SCENARIOS: &[&str] =
    &["file", "object", "application", "system", "bare_metal", "storage_failover", "site_failover"];
const VALIDATED: &[&str] = &["ok", "failed", "timeout", "none"];

/// Restores, drills and failovers.
pub const RESTORE_TESTS: Table = Table {
    name: "restore_tests",
    says: "restores, drills and failovers; a restore run is written here too, with kind real",
    origin: Origin::Vendor,
    key: &["test_id"],
    time: Some("anchor_at"),
    merge: Merge::Replace,
    columns: &[
        must("test_id", Text, "native id or hashed key"),
        may("run_id", Text, "run of the restore"),
        may("point_id", Text, "recovery point that was restored"),
        may("object_name", Text, "what was restored"),
        may("system_ref", Text, "host or object name, normalised; resolved to system_id"),
        may("environment", Text, "environment restored from"),
        may("restored_to", Text, "where it was restored to"),
        word("kind", TEST_KINDS, "need or exercise"),
        maybe_word("scenario", SCENARIOS, "extent of the restore"),
        may("point_taken_at", Time, "consistency time of the point"),
        may("requested_at", Time, "when the restore was asked for"),
        may("approved_at", Time, "when it was approved"),
        may("started_at", Time, "start of the restore"),
        may("data_ready_at", Time, "all data transferred"),
        may("usable_at", Time, "service usable again"),
        may("owner_validated_at", Time, "owner confirmed the result"),
        may("ended_at", Time, "end of the test"),
        word("outcome", OUTCOMES, "success or failed, never partial"),
        maybe_word("outcome_reason", OUTCOME_REASONS, "why the outcome is what it is"),
        may("vendor_status", Text, "the vendor's word, untouched"),
        word("validated", VALIDATED, "result of the validation step"),
        may("is_checksum_ok", Bool, "restored data matched its checksum"),
        may("is_segregated", Bool, "restored into a segregated environment"),
        may("is_from_offline", Bool, "restored from an offline copy"),
        may("approved_by", Text, "approver, in the clear as evidence"),
        may("initiated_by", Text, "who asked, keyed hash"),
        may("restored_bytes", Int, "bytes restored"),
        may("restored_files_count", Int, "files restored"),
        may("findings_open_count", Int, "findings of the test still open"),
        may("rto_actual_s", Float, "measured recovery time in seconds"),
        may("message", Text, "most severe line"),
        must("anchor_at", Time, "first known of request, start, end, else first_seen_at"),
    ],
};
