//! `run`: what tapeline.toml says, from raw exports to finished files. Without a project the bundled
//! sample company is unpacked and run.

use std::path::PathBuf;

use super::answer::Answers;
use super::project::{Place, Project};
use super::{Outcome, derive, evidence, load, report};
use crate::config::FILE;
use crate::error::{Error, Result};
use crate::lake::At;
use crate::{embedded, files};

/// Folder of the sample company.
const DEMO: &str = "tapeline-demo";

/// Runs a job of the project, or everything that the project produces.
pub fn run(place: &Place, job: Option<&str>) -> Result<Outcome> {
    let root = &place.global.project;
    if root.join(FILE).exists() {
        let project = place.open()?;
        let verbs = verbs(&project, job)?;
        return execute(&project, &verbs);
    }
    if let Some(job) = job {
        return Err(Error::config(format!("there is no project here to run `{job}` of"))
            .at(root.display())
            .hint("make one with `tapeline init DIR`, or give its folder with -C DIR"));
    }
    let demo = root.join(DEMO);
    unpack(&demo)?;
    place
        .messages
        .say(&format!("no {FILE} here: running the sample company in {}", demo.display()));
    let project = place.open_at(&demo)?;
    let verbs = verbs(&project, None)?;
    execute(&project, &verbs)
}

/// Verbs of a job, or of everything.
fn verbs(project: &Project, job: Option<&str>) -> Result<Vec<String>> {
    let config = &project.config;
    match job {
        Some(name) => {
            let found = config.jobs.iter().find(|j| j.name == name).ok_or_else(|| {
                let known: Vec<&str> = config.jobs.iter().map(|j| j.name.as_str()).collect();
                Error::config(format!("there is no [[job]] `{name}`"))
                    .at(project.root.join(FILE).display())
                    .hint(format!("there are: {}", known.join(", ")))
            })?;
            Ok(found.run.clone())
        }
        None => {
            let mut verbs = vec!["load".to_owned(), "derive".to_owned()];
            verbs.extend(config.project.reports.iter().map(|r| format!("report {r}")));
            verbs.extend(config.project.evidence.iter().map(|f| format!("evidence {f}")));
            Ok(verbs)
        }
    }
}

/// Executes verbs in order under one lock.
fn execute(project: &Project, verbs: &[String]) -> Result<Outcome> {
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    execute_locked(project, verbs)
}

/// Executes verbs in order; findings do not stop, errors do. The caller holds the lock.
pub fn execute_locked(project: &Project, verbs: &[String]) -> Result<Outcome> {
    files::check_writable(&project.out)?;
    for name in verbs.iter().filter_map(|verb| verb.strip_prefix("report ")) {
        report::described(project, name.trim())?;
    }
    let period = project.period(None)?;
    let mut outcome = Outcome::Done;
    // All outputs of a run rest on the same versions, pinned at the first question.
    let mut answers: Option<Answers> = None;
    for verb in verbs {
        let (name, argument) = verb.split_once(' ').unwrap_or((verb, ""));
        let argument = argument.trim();
        let done = match (name, argument) {
            ("load", "") => load::load_locked(project, None, false)?,
            ("load", source) => load::load_locked(project, Some(source), false)?,
            ("derive", "") => derive::rebuild(project)?,
            ("report" | "evidence", what) if !what.is_empty() => {
                let pinned = match answers.take() {
                    Some(pinned) => pinned,
                    None => Answers::new(project, At::Newest)?,
                };
                let done = if name == "report" {
                    report::report(project, &pinned, what, &period, &[])?
                } else {
                    evidence::evidence_locked(project, &pinned, what, &period)?
                };
                answers = Some(pinned);
                done
            }
            _ => {
                return Err(Error::config(format!("`{verb}` is not a verb of a job"))
                    .at(project.root.join(FILE).display())
                    .hint("use load, load SOURCE, derive, report NAME, evidence FRAMEWORK"));
            }
        };
        if matches!(name, "load" | "derive") {
            answers = None;
        }
        outcome = outcome.max(done);
    }
    project.messages.say(&format!("results: {}", project.out.join("index.html").display()));
    Ok(outcome)
}

/// Writes the sample company's files; those already there stay.
fn unpack(demo: &std::path::Path) -> Result<()> {
    for (path, bytes) in embedded::sample() {
        let is_tool = path.ends_with(".py") || path.starts_with("generator/");
        let target: PathBuf = demo.join(path);
        if !is_tool && !target.exists() {
            files::write(&target, bytes)?;
        }
    }
    Ok(())
}
