//! `expected_runs`: what the policies ask for, expanded into instants, and what became of it.
//! Never reads a clock or a lake; a run answers for at most one expected run.

mod expand;
mod inputs;
mod matching;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Derived;
use super::rows::{cell, frame_of, maybe_text};
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::derived::EXPECTED_RUNS;
use expand::Instant;
use inputs::{Policy, Run, System, Window};
use matching::Verdict;

/// What expected runs are made from. A frame without rows may lack its columns.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// `policies`: `policy_id system_id job_id operation level schedule zone window_s early_s
    /// grace_s backup_day_start warning_policy valid_from valid_to`.
    pub policies: &'a Frame,
    /// `systems`: `system_id name aliases tier environment site application valid_from valid_to
    /// in_service_from in_service_to`. A system that is not listed counts as in service.
    pub systems: &'a Frame,
    /// `job_runs` resolved: `system_id` instead of `system_ref` (null rows are left out),
    /// `is_rollup` also true for rows with children, stale `running` already `interrupted`.
    /// Columns: `source_id run_id system_id job_id job_name object_id object_name operation
    /// level trigger coverage outcome vendor_success protects_data is_rollup is_retry
    /// attempt_no first_attempt_at started_at ended_at usable_at anchor_at`.
    pub runs: &'a Frame,
    /// `maintenance_windows`: `starts_at ends_at kind scope_kind scope`.
    pub windows: &'a Frame,
    /// By source, the first instant about which its exports speak (`load_log.min_at` of
    /// `job_runs`): before it absence proves nothing and nothing is expected. A source that is
    /// not in the map has no such limit; a system never seen in any source takes the earliest.
    pub covered_from: &'a BTreeMap<String, i64>,
    /// Nothing later is read. Runs due later are not expected yet.
    pub as_of_us: i64,
}

/// Builds the table `expected_runs` (metrics.md, sections 3.3 and 4).
///
/// - Retries are one logical run with their first row (same source, job and object, at most 24 h,
///   until the next due time); its best attempt counts, and `run_id` names that attempt.
/// - First pass, earliest due and strictest level first: the nearest run that begins in
///   `[due_at - early_s, deadline_at]`. Second pass: a scheduled run that begins before the next
///   due time. A full satisfies an incremental, not the reverse; an unknown level satisfies any.
/// - `fulfilled` = ok under the policy's warning policy and usable by the deadline; `late` = ok
///   after it; `failed` = matched, not ok; `missed` = nothing ran; `pending` = still running, or
///   not ok and the deadline not passed; `excluded` = in maintenance, or (a source of survivors)
///   before the oldest point it still lists. `coverage` says whether failed and missed can be
///   told apart.
///
/// # Errors
/// When a column named above is missing or of another type. A policy with a wrong schedule or
/// zone becomes a finding.
pub fn expected_runs(input: &Expected<'_>) -> Result<Derived> {
    let policies = inputs::policies(input.policies)?;
    let systems = inputs::systems(input.systems)?;
    let windows = inputs::windows(input.windows)?;
    let runs = inputs::runs(input.runs, input.as_of_us)?;
    let covered = covered_by_system(&runs, input.covered_from);
    let earliest = input.covered_from.values().min().copied().unwrap_or(i64::MIN);
    let mut findings = Vec::new();
    let mut instants: BTreeMap<String, Instant<'_>> = BTreeMap::new();
    let expanded = policies.par_iter().map(|policy| {
        let from = covered.get(policy.system_id.as_str()).copied().unwrap_or(earliest);
        expand::instants(policy, &systems, from, input.as_of_us)
    });
    let expanded: Vec<_> = expanded.collect();
    for (policy, expanded) in policies.iter().zip(expanded) {
        match expanded {
            Ok(list) => instants.extend(list.into_iter().map(|one| (one.id(), one))),
            Err(error) => findings.push(format!("policy `{}`: {error}", policy.policy_id)),
        }
    }
    let mut pools: BTreeMap<(&str, &str), Vec<&Instant<'_>>> = BTreeMap::new();
    for one in instants.values() {
        let policy = one.policy;
        pools.entry((&policy.system_id, &policy.operation)).or_default().push(one);
    }
    let mut by_system: BTreeMap<&str, Vec<&Run>> = BTreeMap::new();
    for run in &runs {
        by_system.entry(&run.system_id).or_default().push(run);
    }
    let pools: Vec<_> = pools.into_iter().collect();
    let judged = pools.par_iter().flat_map_iter(|((system_id, operation), wanted)| {
        let of_system = by_system.get(system_id).map(Vec::as_slice).unwrap_or_default();
        let own: Vec<&Run> =
            of_system.iter().copied().filter(|run| run.operation == *operation).collect();
        let coverage = coverage(&own).or_else(|| coverage(of_system));
        let oldest = own.iter().map(|run| run.start_us).min();
        let context = Context { coverage, oldest, systems: &systems, windows: &windows };
        let judged = matching::judge(wanted, &own, input.as_of_us);
        let row =
            |(one, verdict): (&Instant<'_>, Verdict<'_>)| (one.id(), context.row(one, &verdict));
        judged.into_iter().map(row).collect::<Vec<_>>()
    });
    let mut rows: Vec<_> = judged.collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let rows = rows.into_iter().map(|(_, row)| row).collect();
    findings.sort();
    Ok(Derived { frame: frame_of(&EXPECTED_RUNS, rows)?, findings })
}

/// Earliest instant that any source of a system speaks about.
fn covered_by_system<'a>(
    runs: &'a [Run],
    covered_from: &BTreeMap<String, i64>,
) -> BTreeMap<&'a str, i64> {
    let mut covered = BTreeMap::new();
    for run in runs {
        let from = covered_from.get(&run.source_id).copied().unwrap_or(i64::MIN);
        let slot = covered.entry(run.system_id.as_str()).or_insert(from);
        *slot = from.min(*slot);
    }
    covered
}

/// Attempts when any run comes from a source that lists attempts; none without runs.
fn coverage(runs: &[&Run]) -> Option<&'static str> {
    let lists_attempts = runs.iter().any(|run| run.coverage == "attempts");
    (!runs.is_empty()).then_some(if lists_attempts { "attempts" } else { "survivors" })
}

/// What a row needs beyond the instant and its verdict.
struct Context<'a> {
    coverage: Option<&'static str>,
    oldest: Option<i64>,
    systems: &'a [System],
    windows: &'a [Window],
}

impl Context<'_> {
    fn row(&self, one: &Instant<'_>, verdict: &Verdict<'_>) -> Vec<Cell> {
        let policy = one.policy;
        let in_maintenance = self.in_maintenance(policy, one.due.at_us);
        let before_oldest = self.coverage == Some("survivors")
            && self.oldest.is_some_and(|oldest| one.deadline_us < oldest);
        let excluded = match (in_maintenance, before_oldest) {
            (true, _) => Some("maintenance"),
            (false, true) => Some("before_oldest_point"),
            (false, false) => None,
        };
        let outcome = if excluded.is_some() { "excluded" } else { verdict.outcome };
        let run = verdict.run;
        vec![
            Cell::Text(one.id()),
            cell(&policy.policy_id),
            cell(&policy.system_id),
            maybe_text(policy.job_id.as_deref()),
            cell(&policy.operation),
            maybe_text(policy.level.as_deref()),
            Cell::Time(one.due.at_us),
            Cell::Time(one.window_end_us),
            Cell::Time(one.deadline_us),
            cell(&one.day.name),
            Cell::Time(one.day.begins_us),
            Cell::Time(one.day.ends_us),
            Cell::Bool(in_maintenance),
            cell(one.due.note.word()),
            maybe_text(run.map(|run| run.source_id.as_str())),
            maybe_text(run.map(|run| run.run_id.as_str())),
            maybe_text(run.and_then(|run| run.trigger.as_deref())),
            maybe_text(self.coverage),
            cell(outcome),
            maybe_text(excluded),
        ]
    }

    /// True when a window covers the due instant and means the system.
    fn in_maintenance(&self, policy: &Policy, due_us: i64) -> bool {
        let system = self
            .systems
            .iter()
            .find(|system| system.system_id == policy.system_id && system.valid.holds(due_us));
        let listed = |window: &Window, name: Option<&String>| {
            name.is_some_and(|name| window.scope.contains(name))
        };
        self.windows.iter().filter(|window| window.span.holds(due_us)).any(|window| {
            match (window.scope_kind.as_str(), system) {
                ("all", _) => true,
                ("system", None) => listed(window, Some(&policy.system_id)),
                ("system", Some(system)) => {
                    system.names.iter().any(|name| listed(window, Some(name)))
                }
                ("service", Some(system)) => listed(window, system.application.as_ref()),
                ("tier", Some(system)) => listed(window, system.tier.as_ref()),
                ("environment", Some(system)) => listed(window, system.environment.as_ref()),
                ("site", Some(system)) => listed(window, system.site.as_ref()),
                _ => false,
            }
        })
    }
}
