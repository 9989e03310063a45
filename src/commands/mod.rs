//! One file per verb; the only place where stages are wired together. A verb reads as a paragraph:
//! what it needs, what it does, what it says. No figure is computed here.

mod adapters;
mod answer;
mod derive;
mod doctor;
mod evidence;
mod forecast;
mod history;
mod init;
mod listing;
mod load;
mod metrics_page;
mod output;
mod parallel;
mod pins;
mod project;
mod quarantine;
mod query;
mod report;
mod run;
mod schedule;
mod sources;
mod tables;
mod verify;

use crate::cli::{Cli, Command};
use crate::error::Result;
use crate::lake::At;
use crate::messages::Messages;
use answer::Answers;
use project::Place;

/// How a command ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done, nothing to report.
    Done,
    /// Done, with findings: see the messages (exit 1).
    Findings,
}

impl Outcome {
    /// Findings when there are any.
    #[must_use]
    pub fn of(has_findings: bool) -> Self {
        if has_findings { Outcome::Findings } else { Outcome::Done }
    }
}

/// Runs what was typed. `now_us` is the clock, read once by the caller.
///
/// # Errors
/// As the verb says; kinds map to exit codes.
pub fn run(cli: Cli, messages: Messages, now_us: i64) -> Result<Outcome> {
    let place = Place { global: cli.global, messages, now_us };
    match cli.command {
        Command::Run { job } => run::run(&place, job.as_deref()),
        Command::Init { dir } => init::init(&place, &dir),
        Command::Load { source, explain, dry_run } => {
            load::load(&place.open()?, source.as_deref(), explain, dry_run)
        }
        Command::Derive => derive::derive(&place.open()?),
        Command::Query { query, vars, period, format, sql, as_of_version } => {
            let project = place.open()?;
            let at = as_of_version.map_or_else(|| place.at(&project), At::Version);
            query::query(&project, &query::Asked { query, vars, period, format, sql, at })
        }
        Command::Report { name, period, formats } => {
            let project = place.open()?;
            let period = project.period(period.as_deref())?;
            let answers = Answers::new(&project, place.at(&project))?;
            answers.warn_of_emptiness(&project)?;
            report::report(&project, &answers, &name, &period, &formats)
        }
        Command::Evidence { framework, period } => {
            let project = place.open()?;
            let period = project.period(period.as_deref())?;
            evidence::evidence(&project, &framework, &period)
        }
        Command::Verify { package, allowed_signers, recompute } => {
            verify::verify(&place, &package, allowed_signers.as_deref(), recompute)
        }
        Command::Forecast(typed) => forecast::forecast(&place, &typed),
        Command::Schedule { verb } => schedule::schedule(&place, verb),
        Command::Adapters { verb } => adapters::adapters(&place, verb),
        Command::Quarantine { verb, source, format } => {
            quarantine::quarantine(&place.open()?, verb, source.as_deref(), format)
        }
        Command::Tables { table } => tables::tables(table.as_deref()),
        Command::Metrics { markdown: true, .. } => metrics_page::print(&place),
        Command::Metrics { name, .. } => tables::metrics(&place, name.as_deref()),
        Command::History { table, live_files } => {
            history::history(&place.open()?, table.as_deref(), live_files)
        }
        Command::Vacuum { dry_run, retention_days } => {
            history::vacuum(&place.open()?, dry_run, retention_days)
        }
        Command::Doctor => doctor::doctor(&place.open()?),
    }
}
