//! Which jobs are due, from their schedules and the history of what ran. Pure logic: the clock,
//! the processes and the history's file belong to `commands/`.

mod export;
#[cfg(test)]
mod tests;

pub use export::{Export, Place, Target, export};

use std::collections::BTreeMap;

use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::model::cron::Schedule;
use crate::model::time::{self, SECOND_US};

/// A due instant this close to now is on time: without catch-up it still runs, and a job without
/// any history begins with it.
pub const ON_TIME_US: i64 = 3600 * SECOND_US;
/// A run that died without a verdict is run again this often beyond `max_attempts`; after that
/// the job itself is taken for the cause.
pub const EXTRA_ATTEMPTS: u32 = 2;

/// What is done about due instants that passed while nobody ran them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// All of them, oldest first.
    All,
    /// The last one stands for all.
    #[default]
    Latest,
    /// None: only what is on time.
    None,
}

impl CatchUp {
    /// Parses `all`, `latest` or `none`.
    ///
    /// # Errors
    /// When it is another word.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "all" => Ok(CatchUp::All),
            "latest" => Ok(CatchUp::Latest),
            "none" => Ok(CatchUp::None),
            _ => Err(Error::config(format!("`{word}` is no way to catch up"))
                .hint("one of all, latest, none")),
        }
    }
}

/// A job of the project.
#[derive(Debug, Clone)]
pub struct Job {
    /// Name: letters, digits, `-` and `_`.
    pub name: String,
    /// When it is due.
    pub schedule: Schedule,
    /// Zone of the schedule.
    pub zone: Tz,
    /// What it does, in order.
    pub verbs: Vec<String>,
    /// What is done after downtime.
    pub catch_up: CatchUp,
    /// Attempts at one due instant that may fail; at least 1.
    pub max_attempts: u32,
}

impl Job {
    /// A job that catches up with the latest due instant and is tried once.
    ///
    /// # Errors
    /// When the name, the schedule or the zone is wrong.
    pub fn new(name: &str, cron: &str, zone: &str, verbs: Vec<String>) -> Result<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(is_plain) {
            return Err(Error::config(format!("`{name}` cannot be the name of a job"))
                .hint("use letters, digits, - and _"));
        }
        Ok(Job {
            name: name.to_owned(),
            schedule: Schedule::parse(cron)?,
            zone: time::zone(zone)?,
            verbs,
            catch_up: CatchUp::default(),
            max_attempts: 1,
        })
    }
}

/// How a past run ended; the words of `schedule_runs.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Exit 0.
    Done,
    /// Exit 1: done, with findings.
    Findings,
    /// Any other exit.
    Failed,
    /// The process died before it could say.
    Interrupted,
}

impl Status {
    /// The word in `schedule_runs.status`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Findings => "findings",
            Status::Failed => "failed",
            Status::Interrupted => "interrupted",
        }
    }

    /// Parses the word in `schedule_runs.status`.
    ///
    /// # Errors
    /// When it is another word.
    pub fn parse(word: &str) -> Result<Self> {
        [Status::Done, Status::Findings, Status::Failed, Status::Interrupted]
            .into_iter()
            .find(|status| status.word() == word)
            .ok_or_else(|| {
                Error::config(format!("`{word}` is no status of a scheduled run"))
                    .hint("the history was written by another version of the program")
            })
    }
}

/// One row of `schedule_runs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// Job.
    pub job_name: String,
    /// Due instant, microseconds UTC.
    pub due_us: i64,
    /// 1-based attempt at it.
    pub attempt: u32,
    /// How it ended; none while it runs. The caller turns what can no longer be running into
    /// [`Status::Interrupted`].
    pub status: Option<Status>,
}

/// A run to be made now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRun {
    /// Due instant, microseconds UTC.
    pub due_us: i64,
    /// Job.
    pub job_name: String,
    /// 1-based attempt at it.
    pub attempt: u32,
}

/// What is to be run at `now_us`, oldest due instant first, each once.
///
/// A job is due again at every instant after the last one in its history; of those that passed
/// unnoticed `catch_up` says which run. The last attempt at an instant is repeated when it was
/// interrupted, or failed with attempts left. A job that is running is not due. A clock set back
/// makes nothing due twice.
#[must_use]
pub fn due_runs(jobs: &[Job], history: &[PastRun], now_us: i64) -> Vec<DueRun> {
    let mut due: Vec<DueRun> = jobs.iter().flat_map(|job| due_of(job, history, now_us)).collect();
    due.sort();
    due
}

fn due_of(job: &Job, history: &[PastRun], now_us: i64) -> Vec<DueRun> {
    // The last attempt at every due instant.
    let mut last: BTreeMap<i64, &PastRun> = BTreeMap::new();
    for run in history.iter().filter(|run| run.job_name == job.name) {
        let slot = last.entry(run.due_us).or_insert(run);
        if run.attempt > slot.attempt {
            *slot = run;
        }
    }
    if last.values().any(|run| run.status.is_none()) {
        return Vec::new();
    }
    let run = |due_us, attempt| DueRun { due_us, job_name: job.name.clone(), attempt };
    let mut due: Vec<DueRun> = last
        .values()
        .filter(|past| is_repeated(job, past))
        .map(|past| run(past.due_us, past.attempt.saturating_add(1)))
        .collect();
    let newest = last.keys().next_back();
    let from = newest.map_or(now_us.saturating_sub(ON_TIME_US), |newest| newest.saturating_add(1));
    let fresh = job.schedule.due(job.zone, from, now_us.saturating_add(1));
    let fresh: Vec<DueRun> = fresh.into_iter().map(|due| run(due.at_us, 1)).collect();
    match job.catch_up {
        CatchUp::All => due.extend(fresh),
        // The newest instant stands for all before it, begun or not.
        CatchUp::Latest | CatchUp::None => {
            let is_allowed = |fresh: &DueRun| {
                job.catch_up == CatchUp::Latest || now_us - fresh.due_us <= ON_TIME_US
            };
            let is_superseded = !fresh.is_empty();
            let repeated = due.pop().filter(|again| {
                !is_superseded && newest.is_some_and(|newest| *newest == again.due_us)
            });
            due =
                fresh.into_iter().next_back().filter(is_allowed).or(repeated).into_iter().collect();
        }
    }
    due
}

fn is_repeated(job: &Job, past: &PastRun) -> bool {
    match past.status {
        Some(Status::Failed) => past.attempt < job.max_attempts,
        Some(Status::Interrupted) => past.attempt < job.max_attempts.saturating_add(EXTRA_ATTEMPTS),
        Some(Status::Done | Status::Findings) | None => false,
    }
}

/// The next `count` due instants after `now_us` over all jobs, earliest first.
#[must_use]
pub fn next_runs(jobs: &[Job], now_us: i64, count: usize) -> Vec<DueRun> {
    let mut next = Vec::new();
    for job in jobs {
        let mut at = now_us;
        for _ in 0..count {
            let Some(due) = job.schedule.next_after(job.zone, at) else { break };
            next.push(DueRun { due_us: due.at_us, job_name: job.name.clone(), attempt: 1 });
            at = due.at_us;
        }
    }
    next.sort();
    next.truncate(count);
    next
}
