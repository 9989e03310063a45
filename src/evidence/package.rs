//! Puts an evidence package together: per control the populations, queries, parameters, results and
//! exceptions; completeness and lineage of the inputs; the tables that the queries read, so that
//! `verify --recompute` can run them again. Gets results, computes no figure of its own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bag::{self, Bag, BagInfo, Members};
use super::controls::{Control, Finding, Framework, Verdict, combine};
use super::{lineage, narrative, oscal, recompute};
use crate::error::{Error, Result};
use crate::model::result::QueryResult;
use crate::model::table::Table;
use crate::model::time;

/// A query as it was answered, in every form that a package holds.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The answer, after the statistics of the query's steps.
    pub result: QueryResult,
    /// The answer as CSV, exact.
    pub csv: Vec<u8>,
    /// The answer as Parquet.
    pub parquet: Vec<u8>,
    /// The statement in DuckDB's words.
    pub duckdb_sql: String,
    /// Canonical and derived tables that the statement reads.
    pub tables: BTreeSet<String>,
    /// Columns that the statement itself gives.
    pub sql_columns: Vec<String>,
    /// Whether steps may have dropped rows or added columns after the statement.
    pub has_steps: bool,
}

/// A check query as it was run for one control.
#[derive(Debug, Clone)]
pub struct QueryRun {
    /// Violating rows.
    pub rows: Answered,
    /// The rows that were judged.
    pub population: Answered,
    /// The judgement.
    pub finding: Finding,
}

/// A check with its queries.
#[derive(Debug, Clone)]
pub struct CheckRun {
    /// Id, `C01`.
    pub id: String,
    /// Name.
    pub name: String,
    /// What has to hold.
    pub pass_when: String,
    /// Its queries.
    pub queries: Vec<QueryRun>,
}

impl CheckRun {
    /// Verdict over the queries.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        combine(&self.queries.iter().map(|q| q.finding.verdict).collect::<Vec<_>>())
    }
}

/// A control with its checks.
#[derive(Debug, Clone)]
pub struct ControlRun {
    /// The control.
    pub control: Control,
    /// Its checks.
    pub checks: Vec<CheckRun>,
}

impl ControlRun {
    /// Verdict over the checks.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        combine(&self.checks.iter().map(CheckRun::verdict).collect::<Vec<_>>())
    }
}

/// A table as the queries read it.
#[derive(Debug, Clone)]
pub struct TableExtract {
    /// The table.
    pub table: &'static Table,
    /// All rows of the pinned version as Parquet; none while the lake has no such table.
    pub parquet: Option<Vec<u8>>,
}

/// Everything a package is made of.
#[derive(Debug, Clone)]
pub struct PackageInput {
    /// Name of the package and of its folder.
    pub name: String,
    /// Whose.
    pub organisation: String,
    /// Framework id and its text version.
    pub framework: (String, Framework),
    /// Period name.
    pub period: String,
    /// Instant at which the world was looked at, microseconds UTC.
    pub as_of_us: i64,
    /// Program version.
    pub program_version: String,
    /// Results.
    pub controls: Vec<ControlRun>,
    /// Rows of the load ledger.
    pub ledger: QueryResult,
    /// The ledger as CSV, exact.
    pub ledger_csv: Vec<u8>,
    /// Finished reports, by file name.
    pub reports: Vec<(String, Vec<u8>)>,
    /// Tables that the queries read.
    pub tables: Vec<TableExtract>,
    /// Text of the control map in force.
    pub control_map: String,
    /// Digest of the package before this one.
    pub previous_digest: Option<String>,
}

/// Packs the evidence.
///
/// # Errors
/// When a part cannot be encoded.
pub fn build(input: &PackageInput) -> Result<Bag> {
    let mut files = Members::new();
    for (name, bytes) in &input.reports {
        files.insert(format!("01-report/{name}"), bytes.clone());
    }
    for run in &input.controls {
        add_control(&mut files, input, run)?;
    }
    files.insert("03-ipe/completeness.json".into(), pretty(&lineage::completeness(&input.ledger))?);
    files.insert("03-ipe/load_log.csv".into(), input.ledger_csv.clone());
    files.insert("04-lineage/inputs.json".into(), pretty(&lineage::inputs(&input.ledger))?);
    files.insert("04-lineage/openlineage.json".into(), pretty(&lineage::open_lineage(input))?);
    files.insert("05-oscal/assessment-results.json".into(), pretty(&oscal::results(input))?);
    files.insert("07-method/definitions.md".into(), narrative::definitions(input).into_bytes());
    files.insert("07-method/controls.toml".into(), input.control_map.clone().into_bytes());
    files.insert("07-method/recompute.sql".into(), recompute::script(input).into_bytes());
    for extract in &input.tables {
        if let Some(parquet) = &extract.parquet {
            files.insert(format!("08-tables/{}.parquet", extract.table.name), parquet.clone());
        }
    }
    files.insert("00-index.md".into(), narrative::index(input).into_bytes());
    let statement = lineage::statement(input, &files);
    files.insert("06-provenance/statement.intoto.json".into(), pretty(&statement)?);
    bag::pack(&input.name, files, info(input))
}

fn info(input: &PackageInput) -> BagInfo {
    let day: String = time::iso(input.as_of_us).chars().take(10).collect();
    let mut info = vec![
        ("Source-Organization".to_owned(), input.organisation.clone()),
        ("External-Identifier".to_owned(), input.name.clone()),
        ("Bagging-Date".to_owned(), day),
        ("Bag-Software-Agent".to_owned(), format!("tapeline {}", input.program_version)),
        (
            "Framework".to_owned(),
            format!("{} {}", input.framework.1.name, input.framework.1.version),
        ),
        ("Period".to_owned(), input.period.clone()),
    ];
    if let Some(digest) = &input.previous_digest {
        info.push(("Previous-Package-SHA256".to_owned(), digest.clone()));
    }
    info
}

fn add_control(files: &mut Members, input: &PackageInput, run: &ControlRun) -> Result<()> {
    let folder = control_folder(input, run);
    files.insert(format!("{folder}/control.json"), pretty(&control_json(input, run))?);
    files.insert(format!("{folder}/narrative.md"), narrative::control(input, run).into_bytes());
    for check in &run.checks {
        for query in &check.queries {
            let at = query_folder(input, run, check, query);
            let (rows, population) = (&query.rows, &query.population);
            let lineage = &rows.result.lineage;
            for (name, bytes) in [
                ("population.csv", population.csv.clone()),
                ("population.parquet", population.parquet.clone()),
                ("population.sql", population.result.lineage.sql.clone().into_bytes()),
                ("violations.csv", rows.csv.clone()),
                ("violations.parquet", rows.parquet.clone()),
                ("query.sql", lineage.sql.clone().into_bytes()),
                ("query.template.sql", lineage.template.clone().into_bytes()),
                ("parameters.json", pretty(&json!(lineage.parameters))?),
                ("result.json", pretty(&query_json(query))?),
                ("exceptions.json", pretty(&json!(query.finding.exceptions))?),
            ] {
                files.insert(format!("{at}/{name}"), bytes);
            }
        }
    }
    Ok(())
}

/// Where the files of a control stand, below `data/`.
pub(super) fn control_folder(input: &PackageInput, run: &ControlRun) -> String {
    format!("02-controls/{}/{}", input.framework.0, slug(&run.control.id))
}

/// Where the files of a query stand, below `data/`.
pub(super) fn query_folder(
    input: &PackageInput,
    run: &ControlRun,
    check: &CheckRun,
    query: &QueryRun,
) -> String {
    let query_id = slug(&query.rows.result.id);
    format!("{}/{}-{query_id}", control_folder(input, run), slug(&check.id))
}

/// What every control result carries.
fn control_json(input: &PackageInput, run: &ControlRun) -> Value {
    let checks: Vec<Value> = run
        .checks
        .iter()
        .map(|check| {
            json!({
                "check": check.id,
                "name": check.name,
                "pass_when": check.pass_when,
                "verdict": check.verdict(),
                "queries": check.queries.iter().map(query_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "framework": input.framework.0,
        "framework_version": input.framework.1.version,
        "control": run.control.id,
        "requirement": run.control.requirement,
        "period": input.period,
        "as_of": time::iso(input.as_of_us),
        "verdict": run.verdict(),
        "sentence": run.verdict().sentence(&run.control.id),
        "checks": checks,
    })
}

fn query_json(query: &QueryRun) -> Value {
    let (rows, population) = (&query.rows.result, &query.population.result);
    json!({
        "query": rows.id,
        "says": rows.says,
        "sql_sha256": rows.lineage.sql_sha256,
        "parameters": rows.lineage.parameters,
        "tables": tables_json(rows),
        "has_steps": query.rows.has_steps,
        "not_run": rows.not_assessable,
        "population_query": population.id,
        "population_tables": tables_json(population),
        "population_not_run": population.not_assessable,
        "population_count": query.finding.population_count,
        "violation_count": query.finding.violation_count,
        "unproven_count": query.finding.unproven_count,
        "exception_count": query.finding.exceptions.len(),
        "verdict": query.finding.verdict,
        "reason": query.finding.reason,
    })
}

/// Versions of the tables that a result rests on.
fn tables_json(result: &QueryResult) -> Vec<Value> {
    let versions = result.lineage.tables.iter();
    versions
        .map(|(name, version)| {
            json!({
                "table": name,
                "version": version.version,
                "commit_sha256": version.commit_sha256,
                "row_count": version.row_count,
            })
        })
        .collect()
}

/// A path part of a foreign id: letters, digits, dot, dash; everything else becomes a dash.
fn slug(text: &str) -> String {
    let slug: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' })
        .collect();
    slug.trim_matches(['.', '-']).to_owned()
}

fn pretty(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|e| Error::storage(format!("a part of the package cannot be encoded: {e}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}
