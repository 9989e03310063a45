//! `evidence`: runs the check queries of a framework's controls, judges them and seals the package.

use std::collections::BTreeSet;

use super::Outcome;
use super::answer::Answers;
use super::listing::{self, Record};
use super::project::{Project, VERSION};
use super::report;
use crate::bridge;
use crate::catalog::Vars;
use crate::error::{Error, Result};
use crate::evidence::controls::{ControlMap, Verdict, judge};
use crate::evidence::package::{CheckRun, ControlRun, PackageInput, QueryRun, TableExtract, build};
use crate::evidence::{bag::Bag, seal};
use crate::files;
use crate::model::period::Period;
use crate::model::result::QueryResult;
use crate::model::{tables, time};
use crate::reports::{csv, spec};

/// Reports whose pages go into the package.
const REPORT: &str = "quarterly_review";

/// Makes, seals and writes the package of a framework.
pub fn evidence(
    project: &Project,
    answers: &Answers,
    framework: &str,
    period: &Period,
) -> Result<Outcome> {
    files::check_writable(&project.out)?;
    let map_text = project.query_file("controls.toml")?;
    let map = ControlMap::parse(&map_text, "queries/controls.toml")?;
    let wanted = map.of(framework)?;
    let vars = answers.vars(period, &Vars::new());
    let work = Work { project, map: &map, answers, vars };
    let mut controls = Vec::new();
    for control in wanted {
        let checks: Result<Vec<CheckRun>> =
            control.checks.iter().map(|entry| work.check(entry)).collect();
        controls.push(ControlRun { control: control.clone(), checks: checks? });
    }
    let ledger = answers.planned(
        &answers.catalog().plan_sql("select * from load_log order by source_id nulls last, input_name nulls last, adapter_id nulls last", &work.vars)?,
        &work.vars,
    )?;
    let name = format!("evidence-{}-{framework}", period.name);
    let definition = map.framework.get(framework).cloned().ok_or_else(|| {
        Error::config(format!("there is no framework `{framework}`")).hint("see controls.toml")
    })?;
    let resolver = project.templates();
    let spec = spec(REPORT, &resolver)?;
    let review = report::input(project, answers, &spec, period)?;
    let page = crate::reports::render(REPORT, &review, &resolver)?.html;
    let input = PackageInput {
        name: name.clone(),
        organisation: project.config.project.name.clone(),
        framework: (framework.to_owned(), definition),
        period: period.name.clone(),
        as_of_us: project.as_of_us,
        program_version: VERSION.to_owned(),
        ledger_csv: csv::bytes(&ledger, csv::Formulas::Raw)?,
        ledger,
        reports: vec![(format!("{REPORT}.html"), page)],
        tables: work.tables(&controls)?,
        controls,
        control_map: map_text,
        previous_digest: previous(project, framework, period)?,
    };
    let bag = build(&input)?;
    let mut names = write(project, &name, period, &bag)?;
    names.sort();
    let record = Record {
        title: format!("Evidence for {}", input.framework.1.name),
        says: "Controls judged by data, with populations, queries and lineage; sealed".to_owned(),
        files: names,
        ..Record::new("", "", &review, Vec::new())
    };
    listing::write(project, &period.name, &name, &record)?;
    for control in &input.controls {
        let (id, word) = (&control.control.id, control.verdict().word());
        project.messages.say(&format!("  {id}: {word}"));
    }
    let has_failed = input.controls.iter().any(|c| c.verdict() == Verdict::Fail);
    Ok(Outcome::of(has_failed))
}

struct Work<'a> {
    project: &'a Project,
    map: &'a ControlMap,
    answers: &'a Answers,
    vars: Vars,
}

impl Work<'_> {
    fn check(&self, entry: &str) -> Result<CheckRun> {
        let (id, queries) = self.map.queries(entry)?;
        let check = self.map.check.get(id).ok_or_else(|| {
            Error::config(format!("there is no check `{id}`")).hint("add it as [check.ID]")
        })?;
        let runs: Result<Vec<QueryRun>> = queries.iter().map(|q| self.query(id, q)).collect();
        Ok(CheckRun {
            id: entry.to_owned(),
            name: check.name.clone(),
            pass_when: check.pass_when.clone(),
            queries: runs?,
        })
    }

    fn query(&self, check: &str, name: &str) -> Result<QueryRun> {
        let rows = self.answers.named(name, &self.vars)?;
        let plan = self.answers.catalog().plan(name, &self.vars)?;
        let population = match &plan.header.population {
            Some(population) => self.population(population)?,
            None => {
                return Err(Error::config(format!("the check `{name}` names no population"))
                    .at(format!("queries/checks/{name}.sql"))
                    .hint("add  population = \"<query or table whose rows are judged>\""));
            }
        };
        let day: String = time::iso(self.project.as_of_us).chars().take(10).collect();
        let finding = judge(check, &rows, &population, &self.map.exception, &day);
        Ok(QueryRun {
            population_csv: csv::bytes(&population, csv::Formulas::Raw)?,
            population_parquet: bridge::to_parquet(&population.frame)?,
            rows_csv: csv::bytes(&rows, csv::Formulas::Raw)?,
            rows,
            population,
            finding,
        })
    }

    fn population(&self, name: &str) -> Result<QueryResult> {
        if tables::find(name).is_none() {
            return self.answers.named(name, &self.vars);
        }
        let plan = self.answers.catalog().plan_sql(&format!("select * from {name}"), &self.vars)?;
        let mut result = self.answers.planned(&plan, &self.vars)?;
        name.clone_into(&mut result.id);
        Ok(result)
    }

    /// All tables that the queries of the package read, as they were.
    fn tables(&self, controls: &[ControlRun]) -> Result<Vec<TableExtract>> {
        let queries = controls.iter().flat_map(|c| &c.checks).flat_map(|c| &c.queries);
        let names: BTreeSet<&String> = queries
            .flat_map(|q| q.rows.lineage.tables.keys().chain(q.population.lineage.tables.keys()))
            .collect();
        let mut extracts = Vec::new();
        for name in names {
            let Some(table) = tables::find(name) else { continue };
            if let Some(snapshot) = self.answers.snapshot(table)? {
                let frame = self.project.lake.read(&snapshot, &[])?;
                let parquet = bridge::to_parquet(&frame)?;
                extracts.push(TableExtract { name: name.clone(), parquet });
            }
        }
        Ok(extracts)
    }
}

/// Writes the package and, with a key, its signature; gives the names of the files.
fn write(project: &Project, name: &str, period: &Period, bag: &Bag) -> Result<Vec<String>> {
    let folder = project.out.join(&period.name);
    let path = folder.join(format!("{name}.zip"));
    let mut names = vec![format!("{name}.zip")];
    files::write(&path, &bag.zip)?;
    project.messages.say(&format!("wrote {}", path.display()));
    match &project.config.sealing.signing_key {
        Some(key) => {
            let key = project.root.join(key);
            let text = String::from_utf8_lossy(&files::read(&key)?).into_owned();
            let signature = seal::sign(&bag.sealed_text, &text).map_err(|e| e.at(key.display()))?;
            let path = folder.join(format!("{name}.sig"));
            files::write(&path, signature.as_bytes())?;
            names.push(format!("{name}.sig"));
            project.messages.say(&format!("signed {}", path.display()));
        }
        None => project.messages.say(&format!(
            "not signed (no [sealing] signing_key); keep its digest elsewhere: {}",
            bag.digest()
        )),
    }
    Ok(names)
}

/// Digest of the package of the period before, when it is there.
fn previous(project: &Project, framework: &str, period: &Period) -> Result<Option<String>> {
    let before = period.previous().name;
    let path = project.out.join(&before).join(format!("evidence-{before}-{framework}.zip"));
    if !path.exists() {
        return Ok(None);
    }
    let verified =
        crate::evidence::verify::verify(&files::read(&path)?).map_err(|e| e.at(path.display()))?;
    Ok(Some(verified.digest))
}
