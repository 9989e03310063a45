//! Tables that `derive/` writes, rebuilt as a whole for every `as_of`.

use super::words::{
    CLOCK_NOTES, COVERAGE, EVIDENCE, EXPECTED_OUTCOMES, FAILURE_CLASSES, LEVELS, OCCURRED_SOURCES,
    OPERATIONS, TRIGGERS,
};
use crate::model::frame::Type::{Bool, Float, Int, Text, Time};
use crate::model::table::{Merge, Origin, Table, may, maybe_word, must, word};

/// Runs that a policy asks for, and what became of them.
pub const EXPECTED_RUNS: Table = Table {
    name: "expected_runs",
    says: "one row per run that a policy asks for, matched one to one with what ran",
    origin: Origin::Derived,
    key: &["expected_id"],
    time: Some("due_at"),
    merge: Merge::Rebuild,
    columns: &[
        must("expected_id", Text, "policy, system and due instant"),
        must("policy_id", Text, "policy"),
        must("system_id", Text, "system"),
        may("job_id", Text, "job the policy names"),
        word("operation", OPERATIONS, "what is to run"),
        maybe_word("level", LEVELS, "level asked for"),
        must("due_at", Time, "when the schedule says it starts"),
        must("window_end_at", Time, "due_at + window_s"),
        must("deadline_at", Time, "due_at + window_s + grace_s"),
        must("backup_day", Text, "YYYY-MM-DD of due_at in the policy's zone and day start"),
        must("day_begins_at", Time, "first instant of the backup day"),
        must("day_ends_at", Time, "first instant after the backup day"),
        must("in_maintenance", Bool, "a maintenance window covers due_at"),
        word("clock_note", CLOCK_NOTES, "what a clock change did to due_at"),
        may("run_source_id", Text, "source of the matched run"),
        may("run_id", Text, "matched run; null when nothing matched"),
        maybe_word("run_trigger", TRIGGERS, "what started the matched run"),
        maybe_word("coverage", COVERAGE, "what the sources of the system can tell"),
        word("outcome", EXPECTED_OUTCOMES, "what became of it"),
        may("exclude_reason", Text, "why it does not count"),
    ],
};

/// Root causes of runs that were not ok.
pub const FAILURE_CAUSES: Table = Table {
    name: "failure_causes",
    says: "one row per run that was not ok, with its root-cause class and the evidence",
    origin: Origin::Derived,
    key: &["source_id", "run_id"],
    time: Some("anchor_at"),
    merge: Merge::Rebuild,
    columns: &[
        must("source_id", Text, "source of the run"),
        must("run_id", Text, "run"),
        must("anchor_at", Time, "anchor of the run"),
        word("class", FAILURE_CLASSES, "root-cause class; unknown is legal"),
        must("rule_id", Text, "rule that decided"),
        word("evidence", EVIDENCE, "what the class rests on"),
        may("matched_text", Text, "text the rule matched"),
        may("message_id", Text, "message the rule matched"),
        must("signature", Text, "class, code and message with what varies masked"),
        may("is_transient", Bool, "the code table calls it transient"),
    ],
};

/// Incidents joined with what caused them.
pub const INCIDENT_LINKS: Table = Table {
    name: "incident_links",
    says: "one row per incident: linked run, change and alert, and when the fault occurred",
    origin: Origin::Derived,
    key: &["source_id", "incident_id"],
    time: Some("detected_at"),
    merge: Merge::Rebuild,
    columns: &[
        must("source_id", Text, "source of the incident"),
        must("incident_id", Text, "incident"),
        must("detected_at", Time, "when the incident was detected"),
        may("run_source_id", Text, "source of the linked run"),
        may("run_id", Text, "linked run"),
        may("change_id", Text, "linked change"),
        may("alert_id", Text, "linked alert"),
        may("occurred_at", Time, "when the fault occurred"),
        word("occurred_at_source", OCCURRED_SOURCES, "where that instant comes from"),
        must("rule", Text, "rules that made the links"),
    ],
};

/// Names under which exports know a system.
pub const SYSTEM_NAMES: Table = Table {
    name: "system_names",
    says: "one row per name of a system (its id and its aliases), as the lists say at as_of",
    origin: Origin::Derived,
    key: &["name"],
    time: None,
    merge: Merge::Rebuild,
    columns: &[
        must("name", Text, "normalised name; equals system_ref of exports"),
        must("system_id", Text, "system"),
        may("tier", Text, "its tier"),
        may("environment", Text, "its environment"),
        may("site", Text, "where it stands"),
        may("owner_group", Text, "who answers for it"),
        may("application", Text, "what it serves"),
        must("is_in_scope", Bool, "counts in rates and controls"),
        may("rpo_s", Float, "recovery point objective: its policy's, else its own"),
        may("rto_s", Float, "recovery time objective: its policy's, else its own"),
        may("in_service_from", Time, "first instant in service"),
        may("in_service_to", Time, "first instant out of service"),
    ],
};

/// What was said about pools, to be held against what came.
pub const FORECASTS: Table = Table {
    name: "forecasts",
    says: "one row per day on which a forecast was made, pool and week ahead; never rewritten",
    origin: Origin::Derived,
    key: &["made_at", "source_id", "pool_id", "target_at"],
    time: None,
    merge: Merge::Rebuild,
    columns: &[
        must("made_at", Time, "as_of of the forecast"),
        must("source_id", Text, "source of the pool's samples"),
        must("pool_id", Text, "pool; its name may change, and another may bear it"),
        must("target_at", Time, "begin of the day that is forecast"),
        may("pool", Text, "name at that time"),
        may("p50_bytes", Int, "central forecast of used bytes"),
        may("p10_bytes", Int, "lower bound, 80 %"),
        may("p90_bytes", Int, "upper bound, 80 %"),
        may("p025_bytes", Int, "lower bound, 95 %"),
        may("p975_bytes", Int, "upper bound, 95 %"),
        may("last_bytes", Int, "used at the last sample"),
        may("limit_bytes", Int, "used + available at the last sample"),
        may("full_p10_at", Time, "one chance in ten to be full by then"),
        may("full_p50_at", Time, "full as likely before as after"),
        may("full_p90_at", Time, "nine chances in ten to be full by then"),
        may("method", Text, "methods and their weights"),
        may("refusal", Text, "why no date was given"),
    ],
};
