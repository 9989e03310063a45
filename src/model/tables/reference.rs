//! Users' own lists: systems, policies, prices, rules. They change slowly; where a row has
//! `valid_from`, the validity is half-open.

use super::words::{FAILURE_CLASSES, LEVELS, OPERATIONS, SEVERITIES, WARNING_POLICIES};
use crate::model::frame::Type::{Bool, Float, Int, List, Text, Time};
use crate::model::table::{ColumnSpec, Merge, Origin, Table, may, maybe_word, must, word};

const VALID_FROM: ColumnSpec = must("valid_from", Time, "start of validity");
const VALID_TO: ColumnSpec = may("valid_to", Time, "end of validity, not included; null = open");

/// A user's list: lineage, no partition.
const fn list(
    name: &'static str,
    says: &'static str,
    key: &'static [&'static str],
    columns: &'static [ColumnSpec],
) -> Table {
    Table { name, says, origin: Origin::User, key, time: None, merge: Merge::Replace, columns }
}

/// Systems to protect.
pub const SYSTEMS: Table = list(
    "systems",
    "systems to protect, with objectives",
    &["system_id", "valid_from"],
    &[
        must("system_id", Text, "system"),
        VALID_FROM,
        VALID_TO,
        must("name", Text, "name"),
        must("aliases", List, "other names in exports; empty when none"),
        may("tier", Text, "criticality tier"),
        may("environment", Text, "environment"),
        may("site", Text, "place"),
        may("owner_group", Text, "team that owns it"),
        may("application", Text, "application"),
        must("regulated_tags", List, "tags that put it in scope of a framework"),
        must("is_in_scope", Bool, "counts in reports"),
        may("rpo_s", Float, "recovery point objective in seconds"),
        may("rto_s", Float, "recovery time objective in seconds"),
        may("change_bytes_per_day", Int, "bytes changed per day, as estimated"),
        may("in_service_from", Time, "start of service"),
        may("in_service_to", Time, "end of service, not included; null = open"),
    ],
);

/// What is promised for a system.
pub const POLICIES: Table = list(
    "policies",
    "what is promised for a system: schedule, window, objectives, copies",
    &["policy_id", "valid_from"],
    &[
        must("policy_id", Text, "policy"),
        VALID_FROM,
        VALID_TO,
        must("system_id", Text, "system"),
        may("job_id", Text, "only runs of this job fulfil it"),
        word("operation", OPERATIONS, "what is to run"),
        maybe_word("level", LEVELS, "level asked for"),
        must("schedule", Text, "cron expression or RRULE"),
        must("zone", Text, "IANA zone of the schedule"),
        must("window_s", Float, "seconds after the due time in which it must be done"),
        must("early_s", Float, "seconds before the due time from which a run counts"),
        must("grace_s", Float, "seconds after the window until the deadline"),
        may("rpo_s", Float, "recovery point objective in seconds"),
        may("rto_s", Float, "recovery time objective in seconds"),
        may("retention_s", Float, "retention in seconds"),
        may("copies_min", Int, "copies required"),
        may("offsite_required", Bool, "an offsite copy is required"),
        may("immutable_required", Bool, "an immutable copy is required"),
        may("encryption_required", Bool, "encryption is required"),
        may("test_every_s", Float, "seconds between two restore tests"),
        may("max_loss_bytes", Int, "bytes that may be lost"),
        must("backup_day_start", Text, "HH:MM at which a backup day begins"),
        maybe_word("warning_policy", WARNING_POLICIES, "whether a warning counts as good"),
        must("partial_counts", Bool, "a partial run counts for the recovery point"),
        may("exception_reason", Text, "reason of an exception"),
        may("exception_until", Time, "end of the exception"),
        may("approved_by", Text, "approver, in the clear as evidence"),
    ],
);

const DEPENDENCY_KINDS: &[&str] = &["system", "third_party", "infrastructure"];

/// What a system needs to work.
pub const DEPENDENCIES: Table = list(
    "dependencies",
    "what a system needs to work",
    &["system_id", "depends_on", "valid_from"],
    &[
        must("system_id", Text, "system"),
        must("depends_on", Text, "system, third party or infrastructure it needs"),
        VALID_FROM,
        VALID_TO,
        word("kind", DEPENDENCY_KINDS, "kind of dependency"),
        may("group_name", Text, "dependency group"),
    ],
);

/// Duties to preserve.
pub const LEGAL_HOLDS: Table = list(
    "legal_holds",
    "duties to preserve the copies of a system",
    &["hold_id", "system_id"],
    &[
        must("hold_id", Text, "hold"),
        must("system_id", Text, "system"),
        must("held_from", Time, "start of the hold"),
        may("held_until", Time, "end of the hold, not included; null = open"),
        may("basis", Text, "legal basis"),
        may("approved_by", Text, "approver, in the clear as evidence"),
    ],
);

const UNIT_KINDS: &[&str] = &["system", "stream"];

/// Experiments and their units.
pub const EXPERIMENTS: Table = list(
    "experiments",
    "units of an experiment and their arms",
    &["experiment_id", "unit_id"],
    &[
        must("experiment_id", Text, "experiment"),
        must("unit_id", Text, "system or stream"),
        word("unit_kind", UNIT_KINDS, "kind of unit"),
        must("arm", Text, "arm the unit is in"),
        may("parameter", Text, "setting that differs"),
        may("value", Text, "its value in the arm"),
        must("assigned_at", Time, "when the unit was assigned"),
        may("horizon_at", Time, "planned end"),
        must("metric", Text, "metric that decides"),
        may("min_effect_ratio", Float, "smallest effect worth finding, as a quotient"),
        may("guardrail", Text, "metric that must not get worse"),
        may("planned_n", Int, "planned units per arm"),
    ],
);

/// Prices of capacity and services.
pub const PRICES: Table = list(
    "prices",
    "prices of capacity and services",
    &["item", "valid_from"],
    &[
        must("item", Text, "what is bought"),
        VALID_FROM,
        VALID_TO,
        must("unit", Text, "unit of the price"),
        must("currency", Text, "ISO 4217 code"),
        must("price_e4", Int, "price per unit in 1/10,000 of the currency unit"),
    ],
);

const PLAN_KINDS: &[&str] = &["step", "ramp"];

/// Known future growth.
pub const GROWTH_PLANS: Table = list(
    "growth_plans",
    "known future growth, removal or purchase",
    &["plan_id"],
    &[
        must("plan_id", Text, "plan"),
        may("pool_id", Text, "pool it concerns"),
        may("system_id", Text, "system it concerns"),
        word("kind", PLAN_KINDS, "at once or spread"),
        must("starts_at", Time, "start"),
        must("bytes", Int, "bytes added; negative = removed"),
        must("adds_capacity", Bool, "adds capacity instead of use"),
        may("ramp_s", Float, "seconds over which a ramp is spread"),
        may("probability_share", Float, "probability that it happens, 0 to 1"),
        may("owner_group", Text, "team that owns it"),
        may("note", Text, "note"),
    ],
);

const RECORD_KINDS: &[&str] = &[
    "documentation",
    "run_log",
    "audit_log",
    "recovery_point",
    "config_snapshot",
    "evidence_package",
];

/// How long records are kept.
pub const RETENTION_RULES: Table = list(
    "retention_rules",
    "how long records must or may be kept",
    &["rule_id"],
    &[
        must("rule_id", Text, "rule"),
        word("record_kind", RECORD_KINDS, "kind of record"),
        must("framework", Text, "framework"),
        must("basis", Text, "paragraph it rests on"),
        may("min_days", Int, "days to keep at least"),
        may("max_days", Int, "days to keep at most"),
        must("applies_to", List, "regulated tags; empty = all"),
        may("owner_group", Text, "team that owns the rule"),
        may("confirmed_at", Time, "when the owner confirmed it; null = not assessable"),
    ],
);

/// Who is told when nobody reacts.
pub const ESCALATION_RULES: Table = list(
    "escalation_rules",
    "who is told when nobody reacts",
    &["rule_id", "step"],
    &[
        must("rule_id", Text, "rule"),
        must("step", Int, "1-based step"),
        maybe_word("severity", SEVERITIES, "severity it is for; null = all"),
        may("tier", Text, "tier it is for; null = all"),
        may("hours", Text, "hours it is for; null = always"),
        must("after_s", Float, "seconds without reaction"),
        must("channel", Text, "channel"),
        must("team", Text, "team to tell"),
    ],
);

/// Runbooks and what they are for.
pub const RUNBOOKS: Table = list(
    "runbooks",
    "runbooks and what they are for",
    &["runbook"],
    &[
        must("runbook", Text, "runbook"),
        maybe_word("failure_class", FAILURE_CLASSES, "class it repairs"),
        may("os", Text, "operating system it is for"),
        may("reviewed_at", Time, "last review"),
        must("dependencies", List, "what it needs; empty when nothing"),
        must("conflicts_with", List, "runbooks that must not run with it"),
    ],
);

/// Controls of frameworks and the checks that speak for them.
pub const CONTROLS: Table = list(
    "controls",
    "controls of frameworks and the checks that speak for them",
    &["framework", "control_id"],
    &[
        must("framework", Text, "framework"),
        must("control_id", Text, "control"),
        may("version", Text, "version of the framework"),
        may("title", Text, "requirement in short"),
        may("scope", Text, "systems it applies to: all, or a regulated tag"),
        must("checks", List, "checks that speak for it"),
    ],
);
