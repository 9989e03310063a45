//! The rows that expected runs are made from, out of their frames.

use crate::derive::chains::Link;
use crate::derive::rows::{owned, pick, text, us};
use crate::error::Result;
use crate::model::frame::Frame;
use crate::model::time::SECOND_US;

/// A span of time, half-open; an open end has no `to`.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// First instant.
    pub from_us: i64,
    /// First instant after it.
    pub to_us: Option<i64>,
}

impl Span {
    /// True when the instant lies in it.
    pub fn holds(&self, at_us: i64) -> bool {
        self.from_us <= at_us && self.to_us.is_none_or(|to| at_us < to)
    }
}

/// One row of `policies`.
#[derive(Debug)]
pub struct Policy {
    pub policy_id: String,
    pub system_id: String,
    pub job_id: Option<String>,
    pub operation: String,
    pub level: Option<String>,
    pub schedule: String,
    pub zone: String,
    pub window_us: i64,
    pub early_us: i64,
    pub grace_us: i64,
    /// Microseconds after midnight at which a backup day begins.
    pub day_start_us: i64,
    pub warning_policy: String,
    pub valid: Span,
}

/// One row of `systems`.
#[derive(Debug)]
pub struct System {
    pub system_id: String,
    /// Names by which a window may mean it.
    pub names: Vec<String>,
    pub tier: Option<String>,
    pub environment: Option<String>,
    pub site: Option<String>,
    pub application: Option<String>,
    pub valid: Span,
    pub in_service: Span,
}

/// One maintenance window that stops backups.
#[derive(Debug)]
pub struct Window {
    pub span: Span,
    pub scope_kind: String,
    pub scope: Vec<String>,
}

/// One leaf run with a system.
#[derive(Debug, Clone)]
pub struct Run {
    pub source_id: String,
    pub run_id: String,
    pub system_id: String,
    pub job_id: Option<String>,
    pub job_name: Option<String>,
    pub operation: String,
    pub level: Option<String>,
    pub trigger: Option<String>,
    pub coverage: String,
    pub outcome: String,
    pub vendor_success: Option<bool>,
    /// First attempt, else start, else anchor.
    pub start_us: i64,
    /// When a restore can use it: `usable_at`, else end, else the start.
    pub usable_us: i64,
    /// Its place in a chain of retries.
    pub link: Link,
}

const PROTECTING: [&str; 5] = ["backup", "log_backup", "copy", "replication", "archive"];

/// # Errors
/// When a column of the contract is missing.
pub fn policies(frame: &Frame) -> Result<Vec<Policy>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (policy_id, system_id) = (frame.text("policy_id")?, frame.text("system_id")?);
    let (job_id, operation) = (frame.text("job_id")?, frame.text("operation")?);
    let (level, schedule) = (frame.text("level")?, frame.text("schedule")?);
    let (zone, day_start) = (frame.text("zone")?, frame.text("backup_day_start")?);
    let (window_s, early_s) = (frame.float("window_s")?, frame.float("early_s")?);
    let (grace_s, warning) = (frame.float("grace_s")?, frame.text("warning_policy")?);
    let (from, to) = (frame.time("valid_from")?, frame.time("valid_to")?);
    let seconds = |column: &[Option<f64>], row| pick(column, row).map_or(0, |s| us(*s));
    let row = |row| Policy {
        policy_id: owned(policy_id, row),
        system_id: owned(system_id, row),
        job_id: pick(job_id, row).cloned(),
        operation: owned(operation, row),
        level: pick(level, row).cloned(),
        schedule: owned(schedule, row),
        zone: owned(zone, row),
        window_us: seconds(window_s, row),
        early_us: seconds(early_s, row),
        grace_us: seconds(grace_s, row),
        day_start_us: text(day_start, row).and_then(time_of_day).unwrap_or(12 * 3600 * SECOND_US),
        warning_policy: text(warning, row).unwrap_or("vendor").to_owned(),
        valid: span(from, to, row),
    };
    Ok((0..frame.height()).map(row).collect())
}

/// # Errors
/// When a column of the contract is missing.
pub fn systems(frame: &Frame) -> Result<Vec<System>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (system_id, name) = (frame.text("system_id")?, frame.text("name")?);
    let (aliases, tier) = (frame.list("aliases")?, frame.text("tier")?);
    let (environment, site) = (frame.text("environment")?, frame.text("site")?);
    let application = frame.text("application")?;
    let (from, to) = (frame.time("valid_from")?, frame.time("valid_to")?);
    let (service_from, service_to) = (frame.time("in_service_from")?, frame.time("in_service_to")?);
    let row = |row| {
        let mut names = vec![owned(system_id, row), owned(name, row)];
        names.extend(pick(aliases, row).into_iter().flatten().cloned());
        System {
            system_id: owned(system_id, row),
            names,
            tier: pick(tier, row).cloned(),
            environment: pick(environment, row).cloned(),
            site: pick(site, row).cloned(),
            application: pick(application, row).cloned(),
            valid: span(from, to, row),
            in_service: span(service_from, service_to, row),
        }
    };
    Ok((0..frame.height()).map(row).collect())
}

/// Windows in which no backup is expected; silences and freezes do not stop backups.
///
/// # Errors
/// When a column of the contract is missing.
pub fn windows(frame: &Frame) -> Result<Vec<Window>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (from, to) = (frame.time("starts_at")?, frame.time("ends_at")?);
    let (kind, scope_kind) = (frame.text("kind")?, frame.text("scope_kind")?);
    let scope = frame.list("scope")?;
    let stops = |row: &usize| matches!(text(kind, *row), Some("maintenance" | "blackout"));
    let row = |row| Window {
        span: span(from, to, row),
        scope_kind: owned(scope_kind, row),
        scope: pick(scope, row).cloned().unwrap_or_default(),
    };
    Ok((0..frame.height()).filter(stops).map(row).collect())
}

/// Runs that can answer for an expected run: leaves with a system, begun by `as_of`, that were
/// attempts. A run that ended later than `as_of` counts as running. A dry run is no run.
///
/// # Errors
/// When a column of the contract is missing.
pub fn runs(frame: &Frame, as_of_us: i64) -> Result<Vec<Run>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let columns = RunColumns::of(frame)?;
    Ok((0..frame.height()).filter_map(|row| columns.run(row, as_of_us)).collect())
}

struct RunColumns<'a> {
    source_id: &'a [Option<String>],
    run_id: &'a [Option<String>],
    system_id: &'a [Option<String>],
    job_id: &'a [Option<String>],
    job_name: &'a [Option<String>],
    object_id: &'a [Option<String>],
    object_name: &'a [Option<String>],
    operation: &'a [Option<String>],
    level: &'a [Option<String>],
    trigger: &'a [Option<String>],
    coverage: &'a [Option<String>],
    outcome: &'a [Option<String>],
    vendor_success: &'a [Option<bool>],
    protects_data: &'a [Option<bool>],
    is_rollup: &'a [Option<bool>],
    is_retry: &'a [Option<bool>],
    attempt_no: &'a [Option<i64>],
    first_attempt_at: &'a [Option<i64>],
    started_at: &'a [Option<i64>],
    ended_at: &'a [Option<i64>],
    usable_at: &'a [Option<i64>],
    anchor_at: &'a [Option<i64>],
}

impl<'a> RunColumns<'a> {
    fn of(frame: &'a Frame) -> Result<Self> {
        Ok(RunColumns {
            source_id: frame.text("source_id")?,
            run_id: frame.text("run_id")?,
            system_id: frame.text("system_id")?,
            job_id: frame.text("job_id")?,
            job_name: frame.text("job_name")?,
            object_id: frame.text("object_id")?,
            object_name: frame.text("object_name")?,
            operation: frame.text("operation")?,
            level: frame.text("level")?,
            trigger: frame.text("trigger")?,
            coverage: frame.text("coverage")?,
            outcome: frame.text("outcome")?,
            vendor_success: frame.bool("vendor_success")?,
            protects_data: frame.bool("protects_data")?,
            is_rollup: frame.bool("is_rollup")?,
            is_retry: frame.bool("is_retry")?,
            attempt_no: frame.int("attempt_no")?,
            first_attempt_at: frame.time("first_attempt_at")?,
            started_at: frame.time("started_at")?,
            ended_at: frame.time("ended_at")?,
            usable_at: frame.time("usable_at")?,
            anchor_at: frame.time("anchor_at")?,
        })
    }

    fn run(&self, row: usize, as_of_us: i64) -> Option<Run> {
        let system_id = pick(self.system_id, row)?.clone();
        let anchor = *pick(self.anchor_at, row)?;
        let start =
            [self.first_attempt_at, self.started_at].iter().find_map(|c| pick(c, row).copied());
        let start_us = start.unwrap_or(anchor);
        let ended = pick(self.ended_at, row).copied();
        let mut outcome = owned(self.outcome, row);
        if ended.is_some_and(|end| end > as_of_us) {
            "running".clone_into(&mut outcome);
        }
        let operation = owned(self.operation, row);
        let is_dry = outcome == "success"
            && PROTECTING.contains(&operation.as_str())
            && pick(self.protects_data, row) == Some(&false);
        let is_attempt = !matches!(outcome.as_str(), "missed" | "skipped" | "refused");
        let is_rollup = pick(self.is_rollup, row) == Some(&true);
        if is_rollup || is_dry || !is_attempt || start_us > as_of_us {
            return None;
        }
        let trigger = pick(self.trigger, row).cloned();
        let is_retry = pick(self.is_retry, row) == Some(&true)
            || trigger.as_deref() == Some("retry")
            || pick(self.attempt_no, row).is_some_and(|no| *no > 1);
        let first = |a: &[Option<String>], b: &[Option<String>]| {
            pick(a, row).or_else(|| pick(b, row)).cloned().unwrap_or_default()
        };
        let source_id = owned(self.source_id, row);
        let job = first(self.job_id, self.job_name);
        let object = first(self.object_id, self.object_name);
        Some(Run {
            link: Link { stream: (source_id.clone(), job, object), start_us, is_retry },
            source_id,
            run_id: owned(self.run_id, row),
            system_id,
            job_id: pick(self.job_id, row).cloned(),
            job_name: pick(self.job_name, row).cloned(),
            operation,
            level: pick(self.level, row).cloned(),
            trigger,
            coverage: owned(self.coverage, row),
            outcome,
            vendor_success: pick(self.vendor_success, row).copied(),
            start_us,
            usable_us: pick(self.usable_at, row).copied().or(ended).unwrap_or(start_us),
        })
    }
}

fn span(from: &[Option<i64>], to: &[Option<i64>], row: usize) -> Span {
    Span { from_us: pick(from, row).copied().unwrap_or(i64::MIN), to_us: pick(to, row).copied() }
}

/// `HH:MM` as microseconds after midnight.
fn time_of_day(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let is_valid = (0..24).contains(&hour) && (0..60).contains(&minute);
    is_valid.then_some((hour * 60 + minute) * 60 * SECOND_US)
}
