//! `incident_links`: which run, change and alert an incident belongs to, and when the fault
//! occurred. The instant of a fault is derived, never taken from the opening of the ticket.

mod inputs;

use std::collections::BTreeMap;

use super::Derived;
use super::rows::{cell, frame_of, maybe_text, maybe_time, owned, pick, text, us};
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::derived::INCIDENT_LINKS;
use crate::model::time::DAY_US;
use inputs::{Alert, Change, Failure, Silence};

/// How far back a failure of the same system is looked for.
const FAILURE_REACH_US: i64 = DAY_US;

/// What incidents are linked with. A frame without rows may lack its columns.
#[derive(Debug, Clone, Copy)]
pub struct Links<'a> {
    /// `incidents` resolved: `source_id incident_id system_id detected_at reported_fault_at
    /// run_id change_id alert_id`.
    pub incidents: &'a Frame,
    /// `job_runs` resolved: `source_id run_id system_id job_id job_name object_id object_name
    /// outcome is_rollup is_retry first_attempt_at started_at ended_at anchor_at`.
    pub runs: &'a Frame,
    /// `job_attempts`: `source_id run_id outcome started_at ended_at`.
    pub attempts: &'a Frame,
    /// `alerts`: `alert_id incident_id run_id fired_at`.
    pub alerts: &'a Frame,
    /// `changes` resolved: `change_id system_id status planned_start_at actual_start_at
    /// actual_end_at`.
    pub changes: &'a Frame,
    /// `expected_runs`: `system_id policy_id due_at deadline_at outcome`.
    pub expected: &'a Frame,
    /// Seconds after a change within which a fault of the same system is linked with it
    /// (86,400 unless configured).
    pub change_within_s: f64,
}

/// Builds the table `incident_links` (metrics.md, section 5): one row per incident.
///
/// - Run: as recorded; else that of its alert; else the latest failure of the same system that
///   ended at most 24 h before detection.
/// - Alert: as recorded; else the first that names the incident.
/// - Change: as recorded; else the latest on the same system that was under way or ended within
///   `change_within_s` before the fault.
/// - `occurred_at`: as recorded by people; else the end of the first failed attempt of the run;
///   else the deadline at which the silence began: the first of the missed runs of the policy
///   that was missed last before detection; else null.
///
/// `rule` names the three rules used.
///
/// # Errors
/// When a column named above is missing or of another type.
pub fn incident_links(input: &Links<'_>) -> Result<Derived> {
    let failures = inputs::failures(input.runs, &inputs::first_failed_attempts(input.attempts)?)?;
    let mut by_system: BTreeMap<String, BTreeMap<i64, usize>> = BTreeMap::new();
    for (at, run) in failures.iter().enumerate() {
        if let (Some(system), Some(_)) = (&run.system_id, run.first_us) {
            // Of several at one instant the last in order of run id and source stays.
            by_system.entry(system.clone()).or_default().insert(run.failed_us, at);
        }
    }
    let world = World {
        failures,
        by_system,
        alerts: inputs::alerts(input.alerts)?,
        changes: inputs::changes(input.changes)?,
        silences: inputs::silences(input.expected)?,
        change_reach_us: us(input.change_within_s),
    };
    let mut rows = Vec::new();
    if input.incidents.height() > 0 {
        let frame = input.incidents;
        let (source_id, incident_id) = (frame.text("source_id")?, frame.text("incident_id")?);
        let (system_id, detected) = (frame.text("system_id")?, frame.time("detected_at")?);
        let (fault, run_id) = (frame.time("reported_fault_at")?, frame.text("run_id")?);
        let (change_id, alert_id) = (frame.text("change_id")?, frame.text("alert_id")?);
        for row in 0..frame.height() {
            let Some(detected_us) = pick(detected, row).copied() else { continue };
            let incident = Incident {
                source_id: owned(source_id, row),
                incident_id: owned(incident_id, row),
                system_id: text(system_id, row),
                detected_us,
                fault_us: pick(fault, row).copied(),
                run_id: text(run_id, row),
                change_id: text(change_id, row),
                alert_id: text(alert_id, row),
            };
            rows.push(incident);
        }
    }
    rows.sort_by(|a, b| (&a.source_id, &a.incident_id).cmp(&(&b.source_id, &b.incident_id)));
    let rows = rows.iter().map(|incident| world.row(incident)).collect();
    Ok(Derived { frame: frame_of(&INCIDENT_LINKS, rows)?, findings: Vec::new() })
}

struct Incident<'a> {
    source_id: String,
    incident_id: String,
    system_id: Option<&'a str>,
    detected_us: i64,
    fault_us: Option<i64>,
    run_id: Option<&'a str>,
    change_id: Option<&'a str>,
    alert_id: Option<&'a str>,
}

struct World {
    /// All leaf runs, sorted by run id and source.
    failures: Vec<Failure>,
    /// Positions of the runs that were not ok, by system and the instant they were over.
    by_system: BTreeMap<String, BTreeMap<i64, usize>>,
    alerts: Vec<Alert>,
    changes: BTreeMap<String, Vec<Change>>,
    silences: BTreeMap<String, Vec<Silence>>,
    change_reach_us: i64,
}

impl World {
    fn row(&self, incident: &Incident<'_>) -> Vec<Cell> {
        let (alert, alert_rule) = self.alert(incident);
        let alert_id = incident.alert_id.or_else(|| alert.map(|a| a.alert_id.as_str()));
        let run_named = incident.run_id.map(|id| (id, "recorded"));
        let run_named =
            run_named.or_else(|| Some((alert.and_then(|a| a.run_id.as_deref())?, "alert")));
        let (run, run_rule) = match run_named {
            Some((id, rule)) => (self.named_run(incident, id), rule),
            None => match self.nearest_failure(incident) {
                Some(run) => (Some(run), "same_system"),
                None => (None, "none"),
            },
        };
        let (occurred, occurred_source) = self.occurred(incident, run);
        let fault_us = occurred.unwrap_or(incident.detected_us);
        let change = incident.change_id.map(|id| (id, "recorded"));
        let change = change.or_else(|| Some((self.change(incident, fault_us)?, "same_system")));
        let change_rule = change.map_or("none", |(_, rule)| rule);
        vec![
            cell(&incident.source_id),
            cell(&incident.incident_id),
            Cell::Time(incident.detected_us),
            maybe_text(run.map(|run| run.source_id.as_str())),
            maybe_text(run.map(|run| run.run_id.as_str()).or(run_named.map(|(id, _)| id))),
            maybe_text(change.map(|(id, _)| id)),
            maybe_text(alert_id),
            maybe_time(occurred),
            cell(occurred_source),
            Cell::Text(format!("run:{run_rule} alert:{alert_rule} change:{change_rule}")),
        ]
    }

    fn alert(&self, incident: &Incident<'_>) -> (Option<&Alert>, &'static str) {
        match incident.alert_id {
            Some(id) => (self.alerts.iter().find(|alert| alert.alert_id == id), "recorded"),
            None => {
                let names = |alert: &&Alert| {
                    alert.incident_id.as_deref() == Some(incident.incident_id.as_str())
                };
                let found = self.alerts.iter().find(names);
                (found, if found.is_some() { "names_incident" } else { "none" })
            }
        }
    }

    /// A run by its id; of several sources' runs the one of the same system.
    fn named_run(&self, incident: &Incident<'_>, run_id: &str) -> Option<&Failure> {
        let first = self.failures.partition_point(|run| run.run_id.as_str() < run_id);
        let same = self.failures.iter().skip(first).take_while(|run| run.run_id == run_id);
        same.min_by_key(|run| {
            (
                incident.system_id.is_none() || run.system_id.as_deref() != incident.system_id,
                &run.source_id,
            )
        })
    }

    fn nearest_failure(&self, incident: &Incident<'_>) -> Option<&Failure> {
        let reach = incident.detected_us - FAILURE_REACH_US..=incident.detected_us;
        let (_, at) = self.by_system.get(incident.system_id?)?.range(reach).next_back()?;
        self.failures.get(*at)
    }

    fn occurred(
        &self,
        incident: &Incident<'_>,
        run: Option<&Failure>,
    ) -> (Option<i64>, &'static str) {
        if let Some(at) = incident.fault_us {
            return (Some(at), "recorded");
        }
        if let Some(at) = run.and_then(|run| run.first_us) {
            return (Some(at), "first_failed_attempt");
        }
        match self.silence(incident) {
            Some(at) => (Some(at), "missed_deadline"),
            None => (None, "unknown"),
        }
    }

    /// Beginning of the silence that lasted when the incident was detected.
    fn silence(&self, incident: &Incident<'_>) -> Option<i64> {
        let silences = self.silences.get(incident.system_id?)?.iter();
        let lasting = silences.filter(|silence| {
            silence.first_deadline_us <= incident.detected_us
                && incident.detected_us < silence.ends_us
        });
        lasting
            .max_by_key(|silence| silence.last_deadline_us.min(incident.detected_us))
            .map(|silence| silence.first_deadline_us)
    }

    fn change(&self, incident: &Incident<'_>, fault_us: i64) -> Option<&str> {
        let changes = self.changes.get(incident.system_id?)?.iter();
        let near = changes.filter(|change| {
            change.start_us <= fault_us
                && change.end_us.unwrap_or(change.start_us) >= fault_us - self.change_reach_us
        });
        near.max_by_key(|change| (change.start_us, &change.change_id))
            .map(|change| change.change_id.as_str())
    }
}

#[cfg(test)]
mod tests;
