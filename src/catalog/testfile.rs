//! `<name>.test.toml` beside a query: given rows -> expected rows. This file turns them into
//! frames, asks the caller to run the plan, and compares. It knows no engine and no statistics:
//! both come in as closures.
//!
//! ```toml
//! [[case]]
//! name = "successes are counted per tier"
//! vars = { from = "2025-01-01", to = "2025-02-01" }
//! [case.given]                      # tables or queries; columns left out are null
//! job_runs = [{ run_id = "1", outcome = "success", started_at = "2025-01-03T02:00:00Z" }]
//! [case.expect]                     # the engine's answer; columns left out are not compared
//! rows = [{ tier = "gold", attempt_count = 1 }]
//! [case.expect_cte.by_tier]         # an inner common table expression
//! rows = [{ tier = "gold" }]
//! [case.expect_steps]               # after the header's steps
//! rows = [{ tier = "gold", value = 1.0 }]
//! ```
//! Rows are compared without regard to order unless `ordered = true`; floats to 1e-9 relative.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::plan::{Catalog, Plan};
use super::vars::{Var, Vars};
use crate::error::{Error, Result};
use crate::model::frame::{Cell, Column, Frame, Type};
use crate::model::time;

/// What a case runs with: the statement, the frames of its tables by name, the result types.
pub type Run<'a> =
    dyn FnMut(&str, &BTreeMap<String, Frame>, &[(String, Type)]) -> Result<Frame> + 'a;

/// Applies the header's steps to an engine's answer.
pub type Steps<'a> = dyn FnMut(&Plan, Frame) -> Result<Frame> + 'a;

/// Outcome of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `query: name of the case`.
    pub name: String,
    /// What was wrong, if anything was.
    pub failures: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    vars: toml::Table,
    #[serde(default)]
    given: BTreeMap<String, Vec<toml::Table>>,
    expect: Option<Expect>,
    #[serde(default)]
    expect_cte: BTreeMap<String, Expect>,
    expect_steps: Option<Expect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    rows: Vec<toml::Table>,
    #[serde(default)]
    ordered: bool,
}

impl Catalog {
    /// Names of the queries that have a test file.
    #[must_use]
    pub fn tested(&self) -> Vec<&str> {
        self.tests.keys().map(String::as_str).collect()
    }

    /// Runs the cases of a query's test file.
    ///
    /// # Errors
    /// The file is missing or malformed, a plan cannot be made or the engine fails. A wrong
    /// answer is no error but a failure in the outcome.
    pub fn test(
        &self,
        name: &str,
        run: &mut Run<'_>,
        mut steps: Option<&mut Steps<'_>>,
    ) -> Result<Vec<Outcome>> {
        let Some((path, text)) = self.tests.get(name) else {
            return Err(Error::config(format!("`{name}` has no test file"))
                .hint(format!("write {name}.test.toml beside the query")));
        };
        let file: File = toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|s| text.get(..s.start)).unwrap_or("");
            let line = 1 + before.matches('\n').count();
            Error::config(e.message().trim().to_owned()).at(format!("{path}:{line}"))
        })?;
        let mut outcomes = Vec::new();
        for case in &file.case {
            let failures = self
                .case(name, case, run, steps.as_deref_mut())
                .map_err(|e| e.at(path).because(format!("in case \"{}\"", case.name)))?;
            outcomes.push(Outcome { name: format!("{name}: {}", case.name), failures });
        }
        Ok(outcomes)
    }

    fn case(
        &self,
        name: &str,
        case: &Case,
        run: &mut Run<'_>,
        steps: Option<&mut Steps<'_>>,
    ) -> Result<Vec<String>> {
        let vars: Result<Vars> =
            case.vars.iter().map(|(k, v)| Ok((k.clone(), Var::from_toml(v)?))).collect();
        let given: BTreeSet<String> = case.given.keys().cloned().collect();
        let plan = self.plan_given(name, &vars?, &given)?;
        let frames = self.frames(&plan, &case.given)?;
        let mut failures = Vec::new();
        for (cte, expect) in &case.expect_cte {
            let sql = plan.inner_sql(cte).ok_or_else(|| {
                Error::config(format!("`{name}` has no common table expression `{cte}`"))
            })?;
            let got = run(&sql, &frames, &[]).map_err(|e| plan.locate(e))?;
            failures.extend(differences(&format!("expect_cte.{cte}"), expect, &got)?);
        }
        let got = run(&plan.sql, &frames, &plan.types()).map_err(|e| plan.locate(e))?;
        failures.extend(super::checks::violations(&plan.header.checks, &got)?);
        if let Some(expect) = &case.expect {
            failures.extend(differences("expect", expect, &got)?);
        }
        if let (Some(expect), Some(steps)) = (&case.expect_steps, steps) {
            failures.extend(differences("expect_steps", expect, &steps(&plan, got)?)?);
        }
        Ok(failures)
    }

    /// A frame for every table of the plan; without given rows it is empty.
    fn frames(
        &self,
        plan: &Plan,
        given: &BTreeMap<String, Vec<toml::Table>>,
    ) -> Result<BTreeMap<String, Frame>> {
        let mut types: BTreeMap<String, Vec<(String, Type)>> = BTreeMap::new();
        for table in &plan.tables {
            let columns = table.all_columns().map(|c| (c.name.to_owned(), c.kind)).collect();
            types.insert(table.name.to_owned(), columns);
        }
        for name in &plan.given {
            let columns = self.queries.get(name).map(|q| &q.header.columns);
            let columns = columns.into_iter().flatten().map(|c| (c.name.clone(), c.kind)).collect();
            types.insert(name.clone(), columns);
        }
        if let Some(name) = given.keys().find(|name| !types.contains_key(*name)) {
            let known: Vec<&str> = types.keys().map(String::as_str).collect();
            return Err(Error::config(format!("the query does not read `{name}`"))
                .hint(format!("it reads {}", known.join(", "))));
        }
        let none = Vec::new();
        let frame = |(name, columns): (&String, &Vec<(String, Type)>)| {
            let rows = given.get(name).unwrap_or(&none);
            let frame = frame_of(rows, columns)
                .map_err(|e| e.because(format!("in the given rows of {name}")))?;
            Ok((name.clone(), frame))
        };
        types.iter().map(frame).collect()
    }
}

/// Rows of a test file as a typed frame; columns left out are null.
///
/// # Errors
/// A column is unknown or a value is not of its type.
pub fn frame_of(rows: &[toml::Table], columns: &[(String, Type)]) -> Result<Frame> {
    let mut frame = Frame::new();
    for row in rows {
        if let Some(name) = row.keys().find(|k| columns.iter().all(|(c, _)| c != *k)) {
            let known: Vec<&str> = columns.iter().map(|(c, _)| c.as_str()).collect();
            return Err(Error::config(format!("there is no column `{name}`"))
                .hint(format!("there are {}", known.join(", "))));
        }
    }
    for (name, kind) in columns {
        let mut column = Column::empty(*kind);
        for row in rows {
            let cell = row.get(name).map_or(Ok(Cell::Null), |value| cell(value, *kind, name))?;
            column.push(cell)?;
        }
        frame.add(name, column)?;
    }
    Ok(frame)
}

fn cell(value: &toml::Value, kind: Type, name: &str) -> Result<Cell> {
    let wrong = || {
        let expected = ["text", "int64", "float64", "bool", "time", "list"]
            .into_iter()
            .find(|w| super::header::kind(w) == Some(kind))
            .unwrap_or("");
        Error::config(format!("`{name}`: {value} is no {expected}"))
    };
    Ok(match (kind, value) {
        (Type::Text, toml::Value::String(text)) => Cell::Text(text.clone()),
        (Type::Int, toml::Value::Integer(number)) => Cell::Int(*number),
        (Type::Float, toml::Value::Float(number)) => Cell::Float(*number),
        #[expect(clippy::cast_precision_loss, reason = "numbers in test files are small")]
        (Type::Float, toml::Value::Integer(number)) => Cell::Float(*number as f64),
        (Type::Bool, toml::Value::Boolean(truth)) => Cell::Bool(*truth),
        (Type::Time, toml::Value::String(text)) => Cell::Time(time::parse_iso(text)?),
        (Type::Time, toml::Value::Datetime(at)) => Cell::Time(time::parse_iso(&at.to_string())?),
        (Type::List, toml::Value::Array(items)) => {
            let texts: Option<Vec<_>> =
                items.iter().map(|i| i.as_str().map(str::to_owned)).collect();
            Cell::List(texts.ok_or_else(wrong)?)
        }
        _ => return Err(wrong()),
    })
}

/// Compares the columns that any expected row mentions.
fn differences(what: &str, expect: &Expect, got: &Frame) -> Result<Vec<String>> {
    let mut columns: Vec<(String, Type)> = Vec::new();
    for key in expect.rows.iter().flat_map(|row| row.keys()) {
        if columns.iter().all(|(c, _)| c != key) {
            columns.push((key.clone(), got.column(key)?.kind()));
        }
    }
    let want = frame_of(&expect.rows, &columns)?;
    let row = |frame: &Frame, at: usize| -> Vec<Cell> {
        columns.iter().map(|(name, _)| frame.cell(name, at)).collect()
    };
    let want: Vec<Vec<Cell>> = (0..expect.rows.len()).map(|at| row(&want, at)).collect();
    let got: Vec<Vec<Cell>> = (0..got.height()).map(|at| row(got, at)).collect();
    let same =
        |a: &[Cell], b: &[Cell]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b));
    let mut failures = Vec::new();
    if want.len() != got.len() {
        failures.push(format!("{what}: {} rows, expected {}", got.len(), want.len()));
    }
    if expect.ordered {
        for (at, (want, got)) in want.iter().zip(&got).enumerate() {
            if !same(want, got) {
                failures.push(format!("{what}: row {}: {got:?}, expected {want:?}", at + 1));
            }
        }
        return Ok(failures);
    }
    let mut rest = got;
    for want in &want {
        match rest.iter().position(|got| same(want, got)) {
            Some(at) => drop(rest.swap_remove(at)),
            None => failures.push(format!("{what}: no row {want:?}")),
        }
    }
    if !columns.is_empty() {
        failures.extend(rest.iter().map(|got| format!("{what}: unexpected row {got:?}")));
    }
    Ok(failures)
}

/// Equal, floats to a relative 1e-9.
#[must_use]
pub fn close(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Float(a), Cell::Float(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        _ => a == b,
    }
}
