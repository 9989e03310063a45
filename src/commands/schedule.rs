//! `schedule`: executes due jobs once each, remembers what ran, shows what comes. Every start is
//! committed before the work and every end after it, under the lock: a start without an end whose
//! lock is free belongs to a process that died.

use std::collections::BTreeMap;

use super::output;
use super::project::{Place, Project};
use super::{Outcome, run};
use crate::cli::ScheduleVerb;
use crate::error::{Error, Result};
use crate::evidence::bag::sha256_hex;
use crate::lake::{At, Batch};
use crate::model::frame::{Cell, Column, Frame};
use crate::model::tables::program::SCHEDULE_RUNS;
use crate::model::time;
use crate::schedule::{self, CatchUp, DueRun, Job, PastRun, Status, Target};

/// Runs, lists or exports.
pub fn schedule(place: &Place, verb: ScheduleVerb) -> Result<Outcome> {
    let project = place.open()?;
    match verb {
        ScheduleVerb::Run => run_due(place, &project),
        ScheduleVerb::Next { count } => next(&project, count),
        ScheduleVerb::History => history(&project),
        ScheduleVerb::Export { target } => export(&project, &target),
    }
}

fn jobs(project: &Project) -> Result<Vec<Job>> {
    let make = |config: &crate::config::JobConfig| {
        let zone = config.zone.as_deref().unwrap_or(&project.config.project.zone);
        let mut job = Job::new(&config.name, &config.schedule, zone, config.run.clone())?;
        job.catch_up = CatchUp::parse(&config.catch_up)?;
        job.max_attempts = config.attempts_max.max(1);
        Ok(job)
    };
    let named = |config: &crate::config::JobConfig| {
        make(config).map_err(|e: Error| e.at(format!("tapeline.toml, [[job]] {}", config.name)))
    };
    project.config.jobs.iter().map(named).collect()
}

/// Executes due runs one after another until none is left.
fn run_due(place: &Place, project: &Project) -> Result<Outcome> {
    let jobs = jobs(project)?;
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    let mut outcome = Outcome::Done;
    let mut count = 0;
    loop {
        let past: Vec<PastRun> = past(project)?.into_iter().map(|p| p.run).collect();
        let due = schedule::due_runs(&jobs, &past, project.as_of_us);
        let Some(next) = due.into_iter().next() else { break };
        let Some(job) = jobs.iter().find(|j| j.name == next.job_name) else { break };
        count += 1;
        outcome = outcome.max(run_one(place, project, job, &next)?);
    }
    if count == 0 {
        project.messages.say("nothing is due");
    }
    Ok(outcome)
}

fn run_one(place: &Place, project: &Project, job: &Job, due: &DueRun) -> Result<Outcome> {
    let at = time::iso(due.due_us);
    project.messages.say(&format!("{} due {at}, attempt {}", job.name, due.attempt));
    write(project, due, None)?;
    // A job that was due at an instant looks at the world as it is now, or as the project says.
    let work = place.open()?;
    let result = run::execute_locked(&work, &job.verbs);
    let (status, code) = match &result {
        Ok(Outcome::Done) => (Status::Done, 0),
        Ok(Outcome::Findings) => (Status::Findings, 1),
        Err(error) => (Status::Failed, i64::from(error.kind.exit_code())),
    };
    write(project, due, Some((status, code)))?;
    match result {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            project.messages.error(&error);
            Ok(Outcome::Findings)
        }
    }
}

fn run_id(due: &DueRun) -> String {
    format!("{} {} #{}", due.job_name, time::iso(due.due_us), due.attempt)
}

/// Appends the start of a run, or its end.
fn write(project: &Project, due: &DueRun, end: Option<(Status, i64)>) -> Result<()> {
    let id = run_id(due);
    let cells = [
        Cell::Text(id.clone()),
        Cell::Text(due.job_name.clone()),
        Cell::Time(due.due_us),
        Cell::Time(project.as_of_us),
        end.map_or(Cell::Null, |_| Cell::Time(project.as_of_us)),
        end.map_or(Cell::Null, |(status, _)| Cell::Text(status.word().to_owned())),
        end.map_or(Cell::Null, |(_, code)| Cell::Int(code)),
        Cell::Int(i64::from(due.attempt)),
    ];
    let mut columns = Vec::new();
    for (spec, cell) in SCHEDULE_RUNS.columns.iter().zip(cells) {
        let mut column = Column::empty(spec.kind);
        column.push(cell)?;
        columns.push((spec.name.to_owned(), column));
    }
    let part = if end.is_some() { "end" } else { "start" };
    let batch = Batch {
        load_id: sha256_hex(format!("schedule|{id}|{part}").as_bytes()),
        frame: Frame::from_columns(columns)?,
        notes: BTreeMap::new(),
    };
    project.lake.append(&SCHEDULE_RUNS, &[batch], &project.commit())?;
    Ok(())
}

/// A run of the history with what its listing shows.
struct Past {
    run: PastRun,
    started_us: i64,
    code: Option<i64>,
}

/// Runs so far, by due instant; starts without an end are interrupted (the lock was free).
fn past(project: &Project) -> Result<Vec<Past>> {
    let Some(snapshot) = project.lake.snapshot(&SCHEDULE_RUNS, At::Newest)? else {
        return Ok(Vec::new());
    };
    let frame = project.lake.read(&snapshot, &[])?;
    let mut runs: BTreeMap<(i64, String, i64), Past> = BTreeMap::new();
    for row in 0..frame.height() {
        let (Cell::Text(job_name), Cell::Time(due_us), Cell::Int(attempt), Cell::Time(started_us)) = (
            frame.cell("job_name", row),
            frame.cell("due_at", row),
            frame.cell("attempt", row),
            frame.cell("started_at", row),
        ) else {
            continue;
        };
        let status = match frame.cell("status", row) {
            Cell::Text(word) => Status::parse(&word)?,
            _ => Status::Interrupted,
        };
        let code = match frame.cell("exit_code", row) {
            Cell::Int(code) => Some(code),
            _ => None,
        };
        let run = PastRun {
            job_name: job_name.clone(),
            due_us,
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
            status: Some(status),
        };
        let slot = runs.entry((due_us, job_name, attempt));
        let new = Past { run, started_us, code };
        match slot {
            std::collections::btree_map::Entry::Vacant(empty) => {
                empty.insert(new);
            }
            std::collections::btree_map::Entry::Occupied(mut old) => {
                if status != Status::Interrupted {
                    old.insert(new);
                }
            }
        }
    }
    Ok(runs.into_values().collect())
}

fn next(project: &Project, count: usize) -> Result<Outcome> {
    let runs = schedule::next_runs(&jobs(project)?, project.as_of_us, count);
    let frame = Frame::from_columns(vec![
        ("due_at".into(), Column::Time(runs.iter().map(|r| Some(r.due_us)).collect())),
        ("job".into(), Column::Text(runs.iter().map(|r| Some(r.job_name.clone())).collect())),
    ])?;
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}

fn history(project: &Project) -> Result<Outcome> {
    let runs = past(project)?;
    let word = |p: &Past| p.run.status.map(|s| s.word().to_owned());
    let frame = Frame::from_columns(vec![
        ("due_at".into(), Column::Time(runs.iter().map(|p| Some(p.run.due_us)).collect())),
        ("job".into(), Column::Text(runs.iter().map(|p| Some(p.run.job_name.clone())).collect())),
        (
            "attempt".into(),
            Column::Int(runs.iter().map(|p| Some(i64::from(p.run.attempt))).collect()),
        ),
        ("started_at".into(), Column::Time(runs.iter().map(|p| Some(p.started_us)).collect())),
        ("status".into(), Column::Text(runs.iter().map(word).collect())),
        ("exit_code".into(), Column::Int(runs.iter().map(|p| p.code).collect())),
    ])?;
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}

fn export(project: &Project, target: &str) -> Result<Outcome> {
    let absolute = std::path::absolute(&project.root).map_err(|e| {
        Error::storage(format!("has no absolute path: {e}")).at(project.root.display())
    })?;
    let place = schedule::Place {
        program: "/usr/local/bin/tapeline".to_owned(),
        project: absolute.display().to_string(),
        image: "tapeline:latest".to_owned(),
        claim: "tapeline".to_owned(),
        since_us: project.as_of_us,
    };
    for file in schedule::export(&jobs(project)?, Target::parse(target)?, &place)? {
        output::print(&format!("# {}\n{}\n", file.name, file.text))?;
    }
    Ok(Outcome::Done)
}
