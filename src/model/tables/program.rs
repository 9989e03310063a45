//! The program's own bookkeeping.

use super::words::COVERAGE;
use crate::model::frame::Type::{Bool, Float, Int, List, Text, Time};
use crate::model::table::{ColumnSpec, Merge, Origin, Table, json, may, maybe_word, must, word};

/// A table of the program: no lineage, no partition.
const fn book(
    name: &'static str,
    says: &'static str,
    key: &'static [&'static str],
    merge: Merge,
    columns: &'static [ColumnSpec],
) -> Table {
    Table { name, says, origin: Origin::Program, key, time: None, merge, columns }
}

/// Configured sources.
pub const SOURCES: Table = book(
    "sources",
    "configured sources: one installation of one product each",
    &["source_id"],
    Merge::Rebuild,
    &[
        must("source_id", Text, "source"),
        must("adapter_ids", List, "adapters that read it"),
        word("coverage", COVERAGE, "lists every attempt, or only what exists"),
        may("zone", Text, "IANA zone of its naive times"),
        may("environment", Text, "environment"),
        may("product", Text, "product"),
        may("expected_every_s", Float, "seconds after which something newer is due"),
        may("first_load_at", Time, "first load"),
        may("last_load_at", Time, "last load"),
    ],
);

const INPUT_KINDS: &[&str] = &["file", "member", "stdin", "command"];
const CAPTURED_FROM: &[&str] = &["export", "file_name", "mtime", "run"];
const LOAD_STATUSES: &[&str] = &["loaded", "findings", "refused", "unfinished"];

/// The load ledger.
pub const LOAD_LOG: Table = book(
    "load_log",
    "the load ledger: one row per file, archive member or command run, and adapter",
    &["load_id"],
    Merge::Append,
    &[
        must("load_id", Text, "SHA-256 of bytes, source, adapter, adapter digest and zone"),
        must("adapter_digest", Text, "SHA-256 of the adapter"),
        must("source_id", Text, "source"),
        must("adapter_id", Text, "adapter"),
        must("table_name", Text, "table written to"),
        word("input_kind", INPUT_KINDS, "kind of input"),
        must("input_name", Text, "file, archive member or command"),
        must("input_sha256", Text, "SHA-256 of the input's bytes"),
        must("input_bytes", Int, "size of the input"),
        must("encoding", Text, "encoding it was read in"),
        may("zone", Text, "zone its naive times were read in"),
        must("captured_at", Time, "when the export was made"),
        word("captured_from", CAPTURED_FROM, "where that instant comes from"),
        must("is_complete_snapshot", Bool, "a complete listing of its scope"),
        may("snapshot_scope", Text, "what it lists completely"),
        must("records_read", Int, "records read"),
        must("rows_out_of_scope", Int, "rows the adapter leaves out"),
        must("rows_in", Int, "rows in scope = loaded + duplicate + quarantined"),
        must("rows_loaded", Int, "rows inserted or updated"),
        must("rows_inserted", Int, "rows with a new key"),
        must("rows_updated", Int, "rows that replaced one"),
        must("rows_duplicate", Int, "rows that were there or superseded"),
        must("rows_quarantined", Int, "rows put aside with a reason"),
        must("rows_late", Int, "loaded rows older than the late limit"),
        must("key_collisions", Int, "records that share a key with different content"),
        may("declared_rows", Int, "rows the export says it has"),
        may("min_at", Time, "smallest value of the time column"),
        may("max_at", Time, "greatest value of the time column"),
        json("filled", "share of non-null cells per column"),
        json("loss", "values lost in parsing per column"),
        json("unmapped", "unmapped words with their counts"),
        may("header_hash", Text, "hash of the header"),
        must("new_columns", List, "columns the adapter does not know"),
        must("missing_columns", List, "columns the adapter expects and did not find"),
        must("findings", List, "findings of the load"),
        word("status", LOAD_STATUSES, "how the load ended"),
        may("refusal", Text, "why it was refused"),
        may("table_version_before", Int, "Delta version before the commit"),
        may("table_version_after", Int, "Delta version after the commit"),
        may("commit_digest", Text, "SHA-256 of the commit entry"),
        must("loaded_at", Time, "as_of of the load"),
        must("program_version", Text, "version of the program"),
    ],
);

/// Why a row was put aside.
pub const QUARANTINE_REASONS: &[&str] = &[
    "key-null",
    "no-partner",
    "time-unparsed",
    "time-naive",
    "time-gap",
    "time-range",
    "time-order",
    "number-unparsed",
    "number-range",
    "unit-unknown",
    "value-not-allowed",
    "ragged-row",
    "bad-json",
    "duplicate-json-key",
    "bad-encoding",
    "record-too-long",
    "check-failed",
];

/// Rows that could not be loaded.
pub const QUARANTINE: Table = Table {
    name: "quarantine",
    says: "rows that could not be loaded, with the reason and the raw record",
    origin: Origin::Program,
    key: &["load_id", "input_row", "reason", "column"],
    time: Some("loaded_at"),
    merge: Merge::Append,
    columns: &[
        must("load_id", Text, "row of load_log"),
        must("input_row", Int, "1-based record number in the input"),
        must("table_name", Text, "table it was meant for"),
        must("adapter_id", Text, "adapter that read it"),
        must("column", Text, "column at fault; empty = the whole record"),
        may("value", Text, "value at fault"),
        word("reason", QUARANTINE_REASONS, "why"),
        must("raw", Text, "the raw record, at most 64 KiB"),
        may("replayed_by", Text, "load that took the record in later"),
        must("loaded_at", Time, "as_of of the load"),
    ],
};

/// Table versions that must be kept.
pub const PINS: Table = book(
    "pins",
    "table versions that reports and evidence rest on; vacuum keeps them",
    &["pin_id"],
    Merge::Append,
    &[
        must("pin_id", Text, "pin"),
        must("table_name", Text, "table"),
        must("table_version", Int, "Delta version"),
        must("reason", Text, "who needs it"),
        must("pinned_at", Time, "as_of of the pin"),
    ],
);

/// How a run of the scheduler ended.
pub const SCHEDULE_STATUSES: &[&str] = &["done", "findings", "failed", "interrupted"];

/// The scheduler's own history.
pub const SCHEDULE_RUNS: Table = book(
    "schedule_runs",
    "history of the scheduler: one row per attempt at a due job",
    &["run_id"],
    Merge::Append,
    &[
        must("run_id", Text, "job, due instant and attempt"),
        must("job_name", Text, "job of the schedule"),
        must("due_at", Time, "when it was due"),
        must("started_at", Time, "when it started"),
        may("ended_at", Time, "when it ended; null when interrupted"),
        maybe_word("status", SCHEDULE_STATUSES, "how it ended; null while it runs"),
        may("exit_code", Int, "exit code"),
        must("attempt", Int, "1-based attempt at the due instant"),
    ],
);
