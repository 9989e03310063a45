//! The built-in rules of `job_runs`: what a vendor's "OK" is worth, what a run protects, and the
//! times and durations that follow from the others. Applied after the adapter's own rules, to
//! every vendor alike.
//!
//! Precedence: exit code or recorded errors > vendor status > progress summary. Restores and
//! verifications are success or failed, never partial. A success over nothing is a failure
//! (`empty_success`), judged on source files and bytes only.

use super::mapping::{Draft, Load};
use super::plan::Constants;
use super::row::{Layout, Row};
use crate::model::frame::Cell;

/// Operations that leave something a restore can use.
const PROTECTING: [&str; 5] = ["backup", "log_backup", "copy", "replication", "archive"];

/// Applies rules and derivations to a row of `job_runs`.
pub fn finish(layout: &Layout, constants: &Constants, load: &Load, draft: &mut Draft) {
    source_words(layout, constants, load, &mut draft.row);
    let vendor_outcome = draft.vendor_outcome.clone();
    judge(layout, &mut draft.row, vendor_outcome.as_deref());
    let is_ambiguous = draft.notes.is_ambiguous;
    durations(layout, &mut draft.row, is_ambiguous);
    protection(layout, &mut draft.row);
    let first = ["scheduled_at", "queued_at", "first_attempt_at", "started_at", "ended_at"];
    super::finish::anchor(layout, &mut draft.row, &first, load);
    let quality = draft.quality.map_or("utc", |q| q.word());
    layout.fill(&mut draft.row, "time_quality", Cell::Text(quality.to_owned()));
    let is_running = layout.text(&draft.row, "outcome") == Some("running");
    draft.sequence = draft.sequence.or(Some(i64::from(!is_running)));
}

/// Columns that repeat what adapter and source say.
fn source_words(layout: &Layout, constants: &Constants, load: &Load, row: &mut Row) {
    let text = |t: &Option<String>| t.clone().map_or(Cell::Null, Cell::Text);
    let coverage = constants.coverage.map_or(Cell::Null, |c| Cell::Text(c.word().to_owned()));
    layout.fill(row, "coverage", coverage);
    layout.fill(row, "product", text(&constants.product));
    layout.fill(row, "environment", text(&load.environment));
    layout.fill(row, "is_rollup", Cell::Bool(false));
}

fn judge(layout: &Layout, row: &mut Row, vendor_outcome: Option<&str>) {
    if layout.lacks(row, "outcome") {
        set(layout, row, "unmapped", "unmapped_word");
    }
    let vendor_ok = match vendor_outcome {
        Some("success" | "warning") => Cell::Bool(true),
        Some("failed" | "canceled" | "refused" | "missed" | "interrupted") => Cell::Bool(false),
        Some(_) | None => Cell::Null,
    };
    layout.fill(row, "vendor_success", vendor_ok);
    contradictions(layout, row);
    empty_success(layout, row);
    let is_unmapped = layout.text(row, "outcome") == Some("unmapped");
    if is_unmapped {
        layout.set_text(row, "outcome_reason", "unmapped_word");
        return;
    }
    let has_word = !layout.lacks(row, "vendor_status");
    let reason = match layout.text(row, "coverage") {
        Some("survivors") => "listed_point",
        _ if !has_word && !layout.lacks(row, "exit_code") => "exit_code",
        _ => "vendor_status",
    };
    layout.fill(row, "outcome_reason", Cell::Text(reason.to_owned()));
}

/// Errors and exit codes against a good word.
fn contradictions(layout: &Layout, row: &mut Row) {
    let outcome = layout.text(row, "outcome").unwrap_or_default().to_owned();
    let is_good = matches!(outcome.as_str(), "success" | "warning" | "partial");
    let errors = layout.int(row, "error_count").unwrap_or(0);
    let failed_files = layout.int(row, "files_failed_count").unwrap_or(0);
    let is_exit_bad = layout.int(row, "exit_code").is_some_and(|code| code != 0);
    if is_good && is_restore(layout, row) {
        if errors > 0 || failed_files > 0 || is_exit_bad {
            set(layout, row, "failed", "summary_contradicted");
        } else if outcome == "partial" {
            layout.set_text(row, "outcome", "failed");
        }
        return;
    }
    if outcome != "success" {
        return;
    }
    if is_exit_bad {
        set(layout, row, "failed", "exit_code");
    } else if failed_files > 0 {
        set(layout, row, "partial", "files_unreadable");
    } else if errors > 0 {
        set(layout, row, "warning", "errors_reported");
    }
}

/// A vendor's OK with nothing in it.
fn empty_success(layout: &Layout, row: &mut Row) {
    let is_good = matches!(layout.text(row, "outcome"), Some("success" | "warning" | "partial"));
    let is_excused = matches!(layout.text(row, "outcome_reason"), Some("unchanged" | "dry_run"));
    let is_whole = matches!(layout.text(row, "level"), None | Some("full" | "synthetic_full"));
    let is_protecting = protects(layout, row);
    let is_judged = is_restore(layout, row) || (is_whole && is_protecting);
    let is_zero = |name| layout.int(row, name) == Some(0);
    if is_good
        && !is_excused
        && is_judged
        && (is_zero("files_total_count") || is_zero("source_bytes"))
    {
        set(layout, row, "failed", "empty_success");
    }
}

fn durations(layout: &Layout, row: &mut Row, is_ambiguous: bool) {
    let outcome = layout.text(row, "outcome").unwrap_or_default().to_owned();
    if layout.text(row, "outcome_reason") == Some("restart_rewritten") {
        layout.set(row, "ended_at", Cell::Null);
    }
    let (start, end) = (layout.int(row, "started_at"), layout.int(row, "ended_at"));
    if let (true, Some(start), Some(end)) = (is_ambiguous, start, end)
        && end < start
    {
        let reported = match layout.get(row, "duration_s") {
            Cell::Float(s) => micros(*s),
            _ => None,
        };
        layout.set(row, "ended_at", reported.map_or(Cell::Null, |us| Cell::Time(start + us)));
    }
    if matches!(outcome.as_str(), "interrupted" | "running") {
        layout.set(row, "duration_s", Cell::Null);
        layout.set_text(row, "duration_source", "unknown");
        return;
    }
    let (start, end) = (layout.int(row, "started_at"), layout.int(row, "ended_at"));
    let source = match (layout.lacks(row, "duration_s"), start, end) {
        (false, ..) => "reported",
        (true, Some(start), Some(end)) if end >= start && !is_ambiguous => {
            layout.set(row, "duration_s", Cell::Float(seconds(end - start)));
            "derived"
        }
        (true, ..) => "unknown",
    };
    layout.fill(row, "duration_source", Cell::Text(source.to_owned()));
}

fn protection(layout: &Layout, row: &mut Row) {
    let is_good = matches!(layout.text(row, "outcome"), Some("success" | "warning" | "partial"));
    let is_dry = layout.text(row, "outcome_reason") == Some("dry_run");
    let is_protecting = is_good && !is_dry && protects(layout, row);
    layout.fill(row, "protects_data", Cell::Bool(is_protecting));
    let is_first =
        layout.int(row, "attempt_no") == Some(1) || layout.int(row, "attempt_count") == Some(1);
    if is_first {
        let start = layout.get(row, "started_at").clone();
        layout.fill(row, "first_attempt_at", start);
    }
    if layout.bool(row, "protects_data") != Some(true) {
        layout.set(row, "as_of_at", Cell::Null);
        layout.set(row, "usable_at", Cell::Null);
        return;
    }
    let first = layout.get(row, "first_attempt_at").clone();
    layout.fill(row, "as_of_at", first);
    let start = layout.get(row, "started_at").clone();
    layout.fill(row, "as_of_at", start);
    let end = layout.get(row, "ended_at").clone();
    layout.fill(row, "usable_at", end);
}

fn protects(layout: &Layout, row: &Row) -> bool {
    layout.text(row, "operation").is_some_and(|op| PROTECTING.contains(&op))
}

fn is_restore(layout: &Layout, row: &Row) -> bool {
    matches!(layout.text(row, "operation"), Some("restore" | "verify"))
}

fn set(layout: &Layout, row: &mut Row, outcome: &str, reason: &str) {
    layout.set_text(row, "outcome", outcome);
    layout.set_text(row, "outcome_reason", reason);
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 microseconds: 285 years")]
fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

#[expect(clippy::cast_possible_truncation, reason = "guarded: below 285 years")]
fn micros(s: f64) -> Option<i64> {
    (s.is_finite() && s.abs() < 9e9).then(|| (s * 1e6).round_ties_even() as i64)
}
