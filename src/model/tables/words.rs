//! Closed word lists that more than one column uses. A word that is not listed never becomes
//! the nearest guess: it is `unmapped` where the list has that word, else the row is quarantined.

/// Does a source list every attempt, or only the points that still exist?
pub const COVERAGE: &[&str] = &["attempts", "survivors"];

/// What a run did.
pub const OPERATIONS: &[&str] = &[
    "backup",
    "log_backup",
    "copy",
    "replication",
    "archive",
    "restore",
    "verify",
    "scan",
    "index",
    "catalog",
    "prune",
    "maintenance",
    "other",
];

/// Level of a backup.
pub const LEVELS: &[&str] =
    &["full", "incremental", "differential", "synthetic_full", "log", "other"];

/// What started a run.
pub const TRIGGERS: &[&str] = &["scheduled", "manual", "retry", "chained"];

/// How a run, a test or a repair ended; computed, never copied from the vendor.
pub const OUTCOMES: &[&str] = &[
    "success",
    "warning",
    "partial",
    "failed",
    "canceled",
    "refused",
    "missed",
    "skipped",
    "interrupted",
    "running",
    "unmapped",
];

/// Why an outcome is what it is.
pub const OUTCOME_REASONS: &[&str] = &[
    "vendor_status",
    "exit_code",
    "errors_reported",
    "path_missing",
    "files_unreadable",
    "empty_success",
    "unchanged",
    "dry_run",
    "summary_contradicted",
    "no_end_record",
    "stale_running",
    "restart_rewritten",
    "signal",
    "time_limit",
    "user_cancel",
    "cancel_unknown",
    "duplicate_refused",
    "not_permitted",
    "window_missed",
    "listed_point",
    "unmapped_word",
];

/// Where a duration comes from.
pub const DURATION_SOURCES: &[&str] = &["reported", "derived", "unknown"];

/// How sure the times of a row are, best first.
pub const TIME_QUALITIES: &[&str] = &["utc", "offset", "epoch", "naive_zone", "ambiguous_dst"];

/// Root-cause classes.
pub const FAILURE_CLASSES: &[&str] = &[
    "connectivity",
    "storage",
    "authentication",
    "contention",
    "configuration",
    "interrupted",
    "source_data",
    "unknown",
];

/// What a root cause rests on, strongest first.
pub const EVIDENCE: &[&str] = &["code", "text", "context"];

/// Severity of a message.
pub const MESSAGE_SEVERITIES: &[&str] = &["debug", "info", "warning", "error", "fatal", "unknown"];

/// Severity of an incident or alert.
pub const SEVERITIES: &[&str] = &["critical", "high", "medium", "low", "info", "unmapped"];

/// Kind of medium.
pub const MEDIA_KINDS: &[&str] = &["disk", "object", "tape", "cloud", "removable", "other"];

/// Person or program.
pub const ACTOR_KINDS: &[&str] = &["human", "service", "system", "unknown"];

/// What became of an expected run.
pub const EXPECTED_OUTCOMES: &[&str] =
    &["fulfilled", "late", "failed", "missed", "excluded", "pending"];

/// What a clock change did to a due time.
pub const CLOCK_NOTES: &[&str] = &["none", "gap_shifted", "fold_first"];

/// Where the instant of a fault comes from.
pub const OCCURRED_SOURCES: &[&str] =
    &["recorded", "first_failed_attempt", "missed_deadline", "unknown"];

/// Whether a run that ended with a warning counts as good.
pub const WARNING_POLICIES: &[&str] = &["strict", "vendor", "lenient"];
