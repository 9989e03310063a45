//! `evidence`: runs the check queries of a framework's controls, judges them and seals the package.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::answer::Answers;
use super::listing::{self, Record};
use super::parallel;
use super::pins;
use super::project::{Project, VERSION};
use super::report;
use crate::bridge;
use crate::catalog::{Plan, Vars};
use crate::engines::gate;
use crate::error::{Error, Result};
use crate::evidence::controls::{ControlMap, Verdict, judge};
use crate::evidence::package::{
    Answered, CheckRun, ControlRun, PackageInput, QueryRun, TableExtract, build,
};
use crate::evidence::{bag::Bag, seal};
use crate::files;
use crate::lake::At;
use crate::model::period::Period;
use crate::model::result::{QueryResult, TableVersion};
use crate::model::{tables, time};
use crate::reports::input::ReportInput;
use crate::reports::{csv, spec};

/// Reports whose pages go into the package.
const REPORT: &str = "quarterly_review";

/// Takes the lock and makes the package of a framework.
pub fn evidence(project: &Project, framework: &str, period: &Period) -> Result<Outcome> {
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    let answers = Answers::new(project, At::Newest)?;
    evidence_locked(project, &answers, framework, period)
}

/// Makes, seals and writes the package of a framework; the caller holds the lock, so that nothing
/// is vacuumed before its versions are pinned.
pub fn evidence_locked(
    project: &Project,
    answers: &Answers,
    framework: &str,
    period: &Period,
) -> Result<Outcome> {
    files::check_writable(&project.out)?;
    let map_text = project.query_file("controls.toml")?;
    let map = ControlMap::parse(&map_text, "queries/controls.toml")?;
    let definition = map.framework.get(framework).cloned();
    let wanted = map.of(framework)?;
    let definition = definition.ok_or_else(|| {
        Error::config(format!("there is no framework `{framework}`")).hint("see controls.toml")
    })?;
    let vars = answers.vars(period, &Vars::new());
    let work = Work { project, map: &map, answers, vars };
    let controls = parallel::each(&wanted, |control| {
        let checks = parallel::each(&control.checks, |entry| work.check(entry))?;
        Ok(ControlRun { control: (*control).clone(), checks })
    })?;
    let ledger = work.table_rows("load_log")?.result;
    let resolver = project.templates();
    let spec = spec(REPORT, &resolver)?;
    let review = report::input(project, answers, &spec, period)?;
    let page = crate::reports::render(REPORT, &review, &resolver)?.html;
    let input = PackageInput {
        name: format!("evidence-{}-{framework}", period.name),
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
    pins::pin(project, &input.name, &versions(&input, &review))?;
    let mut names = write(project, &input.name, period, &bag)?;
    names.sort();
    let record = Record {
        title: format!("Evidence for {}", input.framework.1.name),
        says: "Controls judged by data, with populations, queries and lineage; sealed".to_owned(),
        files: names,
        ..Record::new("", "", &review, Vec::new())
    };
    listing::write(project, &period.name, &input.name, &record)?;
    for control in &input.controls {
        let (id, word) = (&control.control.id, control.verdict().word());
        project.messages.say(&format!("  {id}: {word}"));
    }
    let has_failed = input.controls.iter().any(|c| c.verdict() == Verdict::Fail);
    Ok(Outcome::of(has_failed))
}

/// Versions of all tables that a package rests on: its queries, its ledger, its report.
fn versions(input: &PackageInput, review: &ReportInput) -> BTreeMap<String, i64> {
    let queries = queries(&input.controls).flat_map(|q| [&q.rows.result, &q.population.result]);
    let tables = queries.chain([&input.ledger]).flat_map(|r| &r.lineage.tables);
    let version = |(name, version): (&String, &TableVersion)| (name.clone(), version.version);
    tables.chain(&review.tables).map(version).collect()
}

fn queries(controls: &[ControlRun]) -> impl Iterator<Item = &QueryRun> {
    controls.iter().flat_map(|c| &c.checks).flat_map(|c| &c.queries)
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
        let plan = self.answers.catalog().plan(name, &self.vars)?;
        let Some(population) = &plan.header.population else {
            return Err(Error::config(format!("the check `{name}` names no population"))
                .at(format!("queries/checks/{name}.sql"))
                .hint("add  population = \"<query or table whose rows are judged>\""));
        };
        let population = match tables::find(population) {
            Some(_) => self.table_rows(population)?,
            None => {
                let plan = self.answers.catalog().plan(population, &self.vars)?;
                answered(&plan, self.answers.named(population, &self.vars)?)?
            }
        };
        let rows = answered(&plan, self.answers.named(name, &self.vars)?)?;
        let day: String = time::iso(self.project.as_of_us).chars().take(10).collect();
        let finding = judge(check, &rows.result, &population.result, &self.map.exception, &day);
        Ok(QueryRun { rows, population, finding })
    }

    /// All rows of a table.
    fn table_rows(&self, name: &str) -> Result<Answered> {
        let plan = self.answers.catalog().plan_sql(&format!("select * from {name}"), &self.vars)?;
        let mut result = self.answers.planned(&plan, &self.vars)?;
        name.clone_into(&mut result.id);
        answered(&plan, result)
    }

    /// All tables that the queries of the package read, as they were.
    fn tables(&self, controls: &[ControlRun]) -> Result<Vec<TableExtract>> {
        let mut names = BTreeSet::new();
        for query in queries(controls) {
            names.extend(query.rows.tables.iter().chain(&query.population.tables));
        }
        let mut extracts = Vec::new();
        for name in names {
            let Some(table) = tables::find(name) else { continue };
            let snapshot = self.answers.snapshot(table)?;
            let read = |s| self.project.lake.read_parquet(&s);
            extracts.push(TableExtract { table, parquet: snapshot.map(read).transpose()? });
        }
        Ok(extracts)
    }
}

/// A result in every form that a package holds, its rows in the one order that a set of rows has.
fn answered(plan: &Plan, mut result: QueryResult) -> Result<Answered> {
    result.frame = result.frame.sorted();
    let spelled = gate::spell(&plan.sql, gate::Dialect::DuckDb).map_err(|e| plan.locate(e))?;
    let described = plan.types().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    Ok(Answered {
        csv: csv::bytes(&result, csv::Formulas::Raw)?,
        parquet: bridge::to_parquet(&result.frame)?,
        duckdb_sql: spelled.sql,
        tables: spelled.tables,
        sql_columns: if described.is_empty() { result.frame.names().to_vec() } else { described },
        has_steps: !plan.header.steps.is_empty(),
        result,
    })
}

/// Writes the package and, with a key, its signature; gives the names of the files.
fn write(project: &Project, name: &str, period: &Period, bag: &Bag) -> Result<Vec<String>> {
    let folder = project.out.join(&period.name);
    let path = folder.join(format!("{name}.zip"));
    let mut names = vec![format!("{name}.zip")];
    // A signature of the package before would stand beside this one as a false alarm.
    let signature_path = folder.join(format!("{name}.sig"));
    files::remove(&signature_path)?;
    files::write(&path, &bag.zip)?;
    let messages = &project.messages;
    messages.say(&format!("wrote {}", path.display()));
    let sealing = &project.config.sealing;
    let Some(key) = &sealing.signing_key else {
        messages.warn(
            &format!("the package is not signed; keep its digest elsewhere: {}", bag.digest()),
            Some(
                "make a key with `ssh-keygen -t ed25519 -N '' -f KEY` and name it in tapeline.toml: \
                 [sealing] signing_key = \"KEY\"",
            ),
        );
        return Ok(names);
    };
    let key = project.root.join(key);
    if files::is_open_to_others(&key) {
        let hint = format!("chmod 600 {}", key.display());
        messages.warn("the signing key can be read by others than its owner", Some(&hint));
    }
    let text = String::from_utf8_lossy(&files::read(&key)?).into_owned();
    let signature = seal::sign(&bag.sealed_text, &text).map_err(|e| e.at(key.display()))?;
    files::write(&signature_path, signature.text.as_bytes())?;
    names.push(format!("{name}.sig"));
    messages.say(&format!(
        "signed {} with the key {}; keep the digest elsewhere too: {}",
        signature_path.display(),
        signature.fingerprint,
        bag.digest()
    ));
    let (signer, key) = (sealing.signer.as_deref().unwrap_or("SIGNER"), &signature.public_key);
    let purpose = seal::NAMESPACE;
    messages.say(&format!(
        "allowed-signers line for auditors: {signer} namespaces=\"{purpose}\" {key}"
    ));
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
