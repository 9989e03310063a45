//! The rows that incidents are linked with, out of their frames.

use std::collections::BTreeMap;

use crate::derive::chains::{self, Link};
use crate::derive::rows::{owned, pick, text};
use crate::error::Result;
use crate::model::frame::Frame;

/// A run, with the instant at which its first attempt failed when it was not ok.
#[derive(Debug)]
pub struct Failure {
    pub run_id: String,
    pub source_id: String,
    pub system_id: Option<String>,
    /// End of the first failed attempt of its logical run; none when it was ok.
    pub first_us: Option<i64>,
    /// When this run was over as a failure.
    pub failed_us: i64,
}

pub struct Alert {
    pub alert_id: String,
    pub incident_id: Option<String>,
    pub run_id: Option<String>,
}

pub struct Change {
    pub change_id: String,
    pub start_us: i64,
    pub end_us: Option<i64>,
}

/// Missed deadlines in a row of one policy, until something ran.
pub struct Silence {
    pub first_deadline_us: i64,
    pub last_deadline_us: i64,
    /// Deadline of the next run that was not missed.
    pub ends_us: i64,
}

/// (source, run) to the end of its first failed attempt.
pub type Firsts = BTreeMap<(String, String), i64>;

/// End of the first attempt of each run that was not ok.
///
/// # Errors
/// When a column of the contract is missing.
pub fn first_failed_attempts(frame: &Frame) -> Result<Firsts> {
    let mut firsts = Firsts::new();
    if frame.height() == 0 {
        return Ok(firsts);
    }
    let (source_id, run_id) = (frame.text("source_id")?, frame.text("run_id")?);
    let (started, ended) = (frame.time("started_at")?, frame.time("ended_at")?);
    let outcome = frame.text("outcome")?;
    for row in 0..frame.height() {
        let at = pick(ended, row).or_else(|| pick(started, row)).copied();
        if let (Some(at), true) = (at, text(outcome, row).is_some_and(is_failure)) {
            let slot = firsts.entry((owned(source_id, row), owned(run_id, row))).or_insert(at);
            *slot = at.min(*slot);
        }
    }
    Ok(firsts)
}

fn is_failure(outcome: &str) -> bool {
    matches!(outcome, "failed" | "partial" | "canceled" | "interrupted" | "missed")
}

/// All leaf runs, sorted by run id.
///
/// # Errors
/// When a column of the contract is missing.
pub fn failures(frame: &Frame, firsts: &Firsts) -> Result<Vec<Failure>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (source_id, run_id) = (frame.text("source_id")?, frame.text("run_id")?);
    let (system_id, outcome) = (frame.text("system_id")?, frame.text("outcome")?);
    let (job_id, job_name) = (frame.text("job_id")?, frame.text("job_name")?);
    let (object_id, object_name) = (frame.text("object_id")?, frame.text("object_name")?);
    let (is_rollup, is_retry) = (frame.bool("is_rollup")?, frame.bool("is_retry")?);
    let (first_at, started) = (frame.time("first_attempt_at")?, frame.time("started_at")?);
    let (ended, anchor) = (frame.time("ended_at")?, frame.time("anchor_at")?);
    let mut links = Vec::new();
    let mut runs = Vec::new();
    for row in (0..frame.height()).filter(|row| pick(is_rollup, *row) != Some(&true)) {
        let start = [first_at, started, anchor].iter().find_map(|c| pick(c, row).copied());
        let start_us = start.unwrap_or_default();
        let or = |a: &[Option<String>], b| {
            pick(a, row).or_else(|| pick(b, row)).cloned().unwrap_or_default()
        };
        let (source, run) = (owned(source_id, row), owned(run_id, row));
        let failed_us = pick(ended, row).copied().unwrap_or(start_us);
        // An earlier first attempt than the start means that the vendor kept only the last one.
        let was_retried = pick(first_at, row).is_some_and(|at| pick(started, row) > Some(at));
        let first = firsts.get(&(source.clone(), run.clone())).copied();
        let first = first.unwrap_or(if was_retried { start_us } else { failed_us });
        let is_failed = text(outcome, row).is_some_and(is_failure);
        links.push(Link {
            stream: (source.clone(), or(job_id, job_name), or(object_id, object_name)),
            start_us,
            is_retry: pick(is_retry, row) == Some(&true),
        });
        runs.push(Failure {
            run_id: run,
            source_id: source,
            system_id: pick(system_id, row).cloned(),
            first_us: is_failed.then_some(first),
            failed_us,
        });
    }
    let heads = chains::heads(&links, |_, _| false);
    let firsts: Vec<Option<i64>> =
        heads.iter().map(|head| runs.get(*head).and_then(|run| run.first_us)).collect();
    for (run, head_first) in runs.iter_mut().zip(firsts) {
        run.first_us = run.first_us.map(|own| head_first.unwrap_or(own).min(own));
    }
    runs.sort_by(|a, b| (&a.run_id, &a.source_id).cmp(&(&b.run_id, &b.source_id)));
    Ok(runs)
}

/// Alerts, first fired first.
///
/// # Errors
/// When a column of the contract is missing.
pub fn alerts(frame: &Frame) -> Result<Vec<Alert>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (alert_id, incident_id) = (frame.text("alert_id")?, frame.text("incident_id")?);
    let (run_id, fired) = (frame.text("run_id")?, frame.time("fired_at")?);
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by_key(|row| (pick(fired, *row), pick(alert_id, *row)));
    let row = |row| Alert {
        alert_id: owned(alert_id, row),
        incident_id: pick(incident_id, row).cloned(),
        run_id: pick(run_id, row).cloned(),
    };
    Ok(order.into_iter().map(row).collect())
}

/// Changes that were carried out, by system.
///
/// # Errors
/// When a column of the contract is missing.
pub fn changes(frame: &Frame) -> Result<BTreeMap<String, Vec<Change>>> {
    let mut changes: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    if frame.height() == 0 {
        return Ok(changes);
    }
    let (change_id, system_id) = (frame.text("change_id")?, frame.text("system_id")?);
    let (status, planned) = (frame.text("status")?, frame.time("planned_start_at")?);
    let (start, end) = (frame.time("actual_start_at")?, frame.time("actual_end_at")?);
    for row in 0..frame.height() {
        let is_done = matches!(text(status, row), Some("implementing" | "review" | "closed"));
        let planned = pick(planned, row).copied().filter(|_| is_done);
        let start_us = pick(start, row).copied().or(planned);
        let (Some(system), Some(start_us)) = (pick(system_id, row), start_us) else { continue };
        changes.entry(system.clone()).or_default().push(Change {
            change_id: owned(change_id, row),
            start_us,
            end_us: pick(end, row).copied(),
        });
    }
    Ok(changes)
}

/// Streaks of missed deadlines, by system.
///
/// # Errors
/// When a column of the contract is missing.
pub fn silences(frame: &Frame) -> Result<BTreeMap<String, Vec<Silence>>> {
    let mut silences: BTreeMap<String, Vec<Silence>> = BTreeMap::new();
    if frame.height() == 0 {
        return Ok(silences);
    }
    let (system_id, policy_id) = (frame.text("system_id")?, frame.text("policy_id")?);
    let (due, deadline) = (frame.time("due_at")?, frame.time("deadline_at")?);
    let outcome = frame.text("outcome")?;
    let mut order: Vec<usize> = (0..frame.height()).collect();
    order.sort_by_key(|row| (pick(system_id, *row), pick(policy_id, *row), pick(due, *row)));
    let mut last: Option<(Option<&String>, Option<&String>)> = None;
    let mut is_open = false;
    for row in order {
        let stream = (pick(system_id, row), pick(policy_id, row));
        is_open &= last == Some(stream);
        last = Some(stream);
        let (Some(system), Some(at)) = (stream.0, pick(deadline, row).copied()) else { continue };
        let list = silences.entry(system.clone()).or_default();
        match (text(outcome, row), list.last_mut().filter(|_| is_open)) {
            (Some("missed"), Some(silence)) => silence.last_deadline_us = at,
            (Some("missed"), None) => {
                list.push(Silence {
                    first_deadline_us: at,
                    last_deadline_us: at,
                    ends_us: i64::MAX,
                });
                is_open = true;
            }
            (Some("fulfilled" | "late" | "failed"), Some(silence)) => {
                silence.ends_us = at;
                is_open = false;
            }
            _ => {}
        }
    }
    Ok(silences)
}
