//! `derive`: rebuilds system names, expected runs, failure causes and incident links from the
//! lake's newest versions, and stores what is forecast today. The same inputs give the same rows and no new version.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::Outcome;
use super::answer::Answers;
use super::project::Project;
use crate::derive::{self, Causes, Derived, Expected, Links, Rules, Said};
use crate::error::{Error, Result};
use crate::lake::At;
use crate::model::frame::{Column, Frame};
use crate::model::period::Period;
use crate::model::table::Table;
use crate::model::tables;
use crate::model::time::DAY_US;

/// Faults are linked with changes of the same system within this time.
const CHANGE_WITHIN_S: f64 = 86_400.0;
/// Samples before as_of on which stored forecasts rest.
const TREND_US: i64 = 730 * DAY_US;

/// Takes the lock and rebuilds all derived tables.
pub fn derive(project: &Project) -> Result<Outcome> {
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    rebuild(project)
}

/// Rebuilds all derived tables; the caller holds the lock.
pub fn rebuild(project: &Project) -> Result<Outcome> {
    let work = Work { project, answers: OnceCell::new() };
    let names =
        derive::system_names(&work.table("systems")?, &work.table("policies")?, project.as_of_us)?;
    let mut finding_count = work.write("system_names", &names)?;

    // Names are needed to resolve everything else, so the first query comes after them.
    let runs = work.query("stg_runs_resolved")?;
    let expected = derive::expected_runs(&Expected {
        policies: &work.table("policies")?,
        systems: &work.table("systems")?,
        runs: &runs,
        windows: &work.table("maintenance_windows")?,
        covered_from: &work.covered_from()?,
        as_of_us: project.as_of_us,
    })?;
    finding_count += work.write("expected_runs", &expected)?;

    let rules_text = project.query_file("failure_rules.toml")?;
    let causes = derive::failure_causes(&Causes {
        runs: &runs,
        attempts: &work.table("job_attempts")?,
        messages: &work.table("job_messages")?,
        storage: &work.query("stg_storage_samples")?,
        credentials: &work.query("stg_credentials_resolved")?,
        rules: &Rules::parse(&rules_text, "queries/failure_rules.toml")?,
    })?;
    finding_count += work.write("failure_causes", &causes)?;

    let links = derive::incident_links(&Links {
        incidents: &work.query("stg_incidents_resolved")?,
        runs: &runs,
        attempts: &work.table("job_attempts")?,
        alerts: &work.table("alerts")?,
        changes: &work.query("stg_changes_resolved")?,
        expected: &expected.frame,
        change_within_s: CHANGE_WITHIN_S,
    })?;
    finding_count += work.write("incident_links", &links)?;
    finding_count += work.write("forecasts", &work.forecasts()?)?;
    Ok(Outcome::of(finding_count > 0))
}

struct Work<'a> {
    project: &'a Project,
    answers: OnceCell<Answers>,
}

impl Work<'_> {
    /// All rows of a table; none when it does not exist yet.
    fn table(&self, name: &str) -> Result<Frame> {
        let table = table(name)?;
        match self.project.lake.snapshot(table, At::Newest)? {
            Some(snapshot) => self.project.lake.read(&snapshot, &[]),
            None => empty(table),
        }
    }

    fn query(&self, name: &str) -> Result<Frame> {
        let answers = self.answers()?;
        let always = Period { name: "all".into(), from_us: i64::MIN / 2, to_us: i64::MAX / 2 };
        let vars = answers.vars(&always, &BTreeMap::new());
        Ok(answers.named(name, &vars)?.frame)
    }

    /// Answers over the versions of the first question.
    fn answers(&self) -> Result<&Answers> {
        match self.answers.get() {
            Some(answers) => Ok(answers),
            None => {
                let made = Answers::new(self.project, At::Newest)?;
                Ok(self.answers.get_or_init(|| made))
            }
        }
    }

    /// What is said about the pools today, beside what was said before.
    fn forecasts(&self) -> Result<Derived> {
        let as_of_us = self.project.as_of_us;
        let answers = self.answers()?;
        let window = Period { name: "trend".into(), from_us: as_of_us - TREND_US, to_us: as_of_us };
        let vars = answers.vars(&window, &BTreeMap::new());
        derive::forecasts(&Said {
            stored: &self.table("forecasts")?,
            path: &answers.named("pool_forecast_path", &vars)?.frame,
            summary: &answers.named("pool_forecast", &vars)?.frame,
            as_of_us,
        })
    }

    /// By source, the first instant about which its exports of runs speak.
    fn covered_from(&self) -> Result<BTreeMap<String, i64>> {
        let log = self.table("load_log")?;
        let mut from = BTreeMap::new();
        if log.height() == 0 {
            return Ok(from);
        }
        let (sources, tables) = (log.text("source_id")?, log.text("table_name")?);
        for (row, first) in log.time("min_at")?.iter().enumerate() {
            let is_runs = tables.get(row).is_some_and(|t| t.as_deref() == Some("job_runs"));
            let source = sources.get(row).cloned().flatten();
            if let (true, Some(source), Some(first)) = (is_runs, source, *first) {
                let slot = from.entry(source).or_insert(first);
                *slot = first.min(*slot);
            }
        }
        Ok(from)
    }

    /// Commits a derived table; gives the number of its findings.
    fn write(&self, name: &str, derived: &Derived) -> Result<usize> {
        let project = self.project;
        let done = project.lake.rebuild(table(name)?, &derived.frame, &project.commit())?;
        for finding in &derived.findings {
            project.messages.warn(finding, None);
        }
        let version = done.version.map_or_else(|| "none".to_owned(), |v| v.to_string());
        let rows = derived.frame.height();
        project.messages.say(&format!("derived {name}: {rows} rows (version {version})"));
        Ok(derived.findings.len())
    }
}

fn table(name: &str) -> Result<&'static Table> {
    tables::find(name).ok_or_else(|| {
        Error::config(format!("there is no table `{name}`")).hint("see `tapeline tables`")
    })
}

/// A frame with all columns of a table and no row.
pub fn empty(table: &Table) -> Result<Frame> {
    let columns = table.all_columns().map(|c| (c.name.to_owned(), Column::empty(c.kind)));
    Frame::from_columns(columns.collect())
}
