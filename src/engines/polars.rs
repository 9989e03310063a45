//! The embedded engine: Polars SQL over Parquet files or frames, a fresh context per statement.
//! Instants are registered as naive UTC microseconds and integers as 64 bits, because other
//! types compare and add up wrongly there. It reads; it never writes.

use std::collections::BTreeMap;

use polars::prelude as pl;
use polars::prelude::IntoLazy as _;
use polars::sql::SQLContext;

use super::gate::{self, Dialect};
use super::{Engine, Held, TableSource};
use crate::bridge::{dtype, from_polars, to_polars};
use crate::error::{Error, Result, nearest_hint};
use crate::model::frame::{Frame, Type};
use crate::model::table::Table;

/// The embedded engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Polars;

impl Engine for Polars {
    fn name(&self) -> &'static str {
        "polars"
    }

    fn run(
        &self,
        sql: &str,
        tables: &BTreeMap<String, TableSource>,
        columns: &[(String, Type)],
    ) -> Result<Frame> {
        on_deep_stack(|| from_polars(&answer(sql, tables, columns)?))
    }

    fn hold(
        &self,
        sql: &str,
        tables: &BTreeMap<String, TableSource>,
        columns: &[(String, Type)],
    ) -> Result<Held> {
        on_deep_stack(|| answer(sql, tables, columns).map(Held))
    }
}

/// Stack of the thread that plans a statement.
const STACK_BYTES: usize = 256 << 20;

/// Parsers and planners recurse once per nested expression and once per common table expression
/// that another one reads; a report's deepest plans need more than a thread's usual 2 MiB. The
/// memory is only reserved, not used.
fn on_deep_stack<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        let thread =
            thread.map_err(|e| Error::storage(format!("no thread for the engine: {e}")))?;
        thread.join().unwrap_or_else(|_| {
            Err(Error::storage("the engine panicked on this statement")
                .hint("split the statement into more common table expressions"))
        })
    })
}

fn answer(
    sql: &str,
    tables: &BTreeMap<String, TableSource>,
    columns: &[(String, Type)],
) -> Result<pl::DataFrame> {
    let spelled = gate::spell(sql, Dialect::Polars)?;
    let mut context = SQLContext::new();
    for name in &spelled.tables {
        let source = tables.get(name).ok_or_else(|| unknown_table(name, tables))?;
        context.register(name, lazy(name, source)?);
    }
    let plan = context.execute(&spelled.sql).map_err(|e| failed(&e))?;
    let data = collect(plan)?;
    shaped(data, columns)
}

fn unknown_table(name: &str, tables: &BTreeMap<String, TableSource>) -> Error {
    let known: Vec<&str> = tables.keys().map(String::as_str).collect();
    Error::config(format!("there is no table `{name}`"))
        .hint(format!("there are {}", known.join(", ")))
}

/// The streaming engine; it hands nodes that it does not know to the in-memory engine itself.
fn collect(plan: pl::LazyFrame) -> Result<pl::DataFrame> {
    let answer = plan.collect_with_engine(pl::Engine::Streaming).map_err(|e| failed(&e))?;
    // One sink gives one frame.
    Ok(answer.unwrap_single())
}

fn lazy(name: &str, source: &TableSource) -> Result<pl::LazyFrame> {
    match source {
        TableSource::Frame(frame) => {
            let data = to_polars(frame)?.lazy();
            let times = frame.iter().filter(|(_, c)| c.kind() == Type::Time);
            Ok(data.with_columns(times.map(|(n, _)| pl::col(n).cast(naive())).collect::<Vec<_>>()))
        }
        TableSource::Held(held) => Ok(held.0.clone().lazy()),
        TableSource::Files { paths, table } if paths.is_empty() => Ok(empty(table)),
        TableSource::Files { paths, table } => {
            scan(paths, table).map_err(|e| e.because(format!("while opening table {name}")))
        }
    }
}

fn naive() -> pl::DataType {
    pl::DataType::Datetime(pl::TimeUnit::Microseconds, None)
}

/// The type in which a column is registered.
fn registered(kind: Type) -> pl::DataType {
    if kind == Type::Time { naive() } else { dtype(kind) }
}

fn empty(table: &Table) -> pl::LazyFrame {
    let field = |(name, kind): (&str, Type)| pl::Field::new(name.into(), registered(kind));
    let schema: pl::Schema = table.all_columns().map(|c| field((c.name, c.kind))).collect();
    pl::DataFrame::empty_with_schema(&schema).lazy()
}

/// Scans the live files. The partition column is not in the canonical columns and so never seen.
fn scan(paths: &[String], table: &Table) -> Result<pl::LazyFrame> {
    let files = paths.iter().map(pl::PlRefPath::new).collect();
    let schema: pl::Schema =
        table.all_columns().map(|c| pl::Field::new(c.name.into(), dtype(c.kind))).collect();
    let args = pl::ScanArgsParquet {
        schema: Some(std::sync::Arc::new(schema)),
        allow_missing_columns: true,
        hive_options: pl::HiveOptions { enabled: Some(false), ..pl::HiveOptions::default() },
        glob: false,
        ..pl::ScanArgsParquet::default()
    };
    let frame = pl::LazyFrame::scan_parquet_files(files, args).map_err(|e| failed(&e))?;
    let columns: Vec<pl::Expr> =
        table.all_columns().map(|c| pl::col(c.name).cast(registered(c.kind))).collect();
    Ok(frame.select(columns))
}

/// The answer in the columns and types of the header.
fn shaped(data: pl::DataFrame, columns: &[(String, Type)]) -> Result<pl::DataFrame> {
    if let Some(found) =
        data.columns().iter().find(|c| matches!(c.dtype(), pl::DataType::Duration(_)))
    {
        return Err(Error::config(format!(
            "column `{}` is a difference of instants",
            found.name()
        ))
        .hint("use micros_between(a, b): other engines return an interval"));
    }
    if columns.is_empty() {
        return Ok(data);
    }
    let names: Vec<&str> = data.columns().iter().map(|c| c.name().as_str()).collect();
    let described = |name: &str| columns.iter().any(|(n, _)| n == name);
    let missing: Vec<&str> =
        columns.iter().map(|(n, _)| n.as_str()).filter(|n| !names.contains(n)).collect();
    let extra: Vec<&str> = names.iter().copied().filter(|n| !described(n)).collect();
    if !missing.is_empty() || !extra.is_empty() {
        let list = |names: &[&str]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        let (missing, extra) = (list(&missing), list(&extra));
        return Err(Error::config("the result is not what [columns] of the header says")
            .because(format!("missing: {missing}; not described: {extra}"))
            .hint("make the last select and [columns] agree"));
    }
    let mut shaped = Vec::new();
    for (name, kind) in columns {
        let column = data.column(name).map_err(|e| failed(&e))?;
        shaped.push(cast(column, name, *kind)?);
    }
    pl::DataFrame::new(data.height(), shaped).map_err(|e| failed(&e))
}

/// Widening casts only: a header that names another sort of type is a mistake.
fn cast(column: &pl::Column, name: &str, kind: Type) -> Result<pl::Column> {
    use pl::DataType as D;
    let from = column.dtype();
    let fits = match kind {
        Type::Text => matches!(from, D::String),
        Type::Int => from.is_integer(),
        Type::Float => from.is_primitive_numeric(),
        Type::Bool => matches!(from, D::Boolean),
        Type::Time => matches!(from, D::Datetime(..)),
        Type::List => matches!(from, D::List(_)),
    };
    if !fits && !matches!(from, D::Null) {
        return Err(Error::config(format!("column `{name}` is {from}, the header says {kind:?}"))
            .hint("change the type in [columns], or the expression"));
    }
    column.strict_cast(&registered(kind)).map_err(|e| failed(&e))
}

/// An engine's error in our form: its first line, without plans and debug text.
fn failed(error: &pl::PolarsError) -> Error {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("").trim();
    let short: String = first.chars().take(300).collect();
    match error {
        pl::PolarsError::ColumnNotFound(_) => {
            let (message, hint) = match first.split_once("; valid columns: ") {
                Some((message, valid)) => {
                    let quoted =
                        |text| -> Vec<&str> { str::split(text, '"').skip(1).step_by(2).collect() };
                    let name = quoted(message).first().copied().unwrap_or_default();
                    (message.to_owned(), nearest_hint(name, &quoted(valid)))
                }
                None => (short, "check the name of the column".to_owned()),
            };
            Error::config(message.trim_start_matches("not found: ").to_owned()).hint(hint)
        }
        pl::PolarsError::SQLInterface(_) | pl::PolarsError::SQLSyntax(_) => {
            let message = short.split(" { ").next().unwrap_or(&short).to_owned();
            Error::config(format!("the engine cannot answer this: {message}"))
                .hint("split the statement into more common table expressions")
        }
        pl::PolarsError::Duplicate(_) => Error::config(short)
            .hint("join in one common table expression under distinct names, group in the next"),
        pl::PolarsError::IO { .. } => {
            Error::storage(short).hint("run `tapeline doctor`; a file of the lake cannot be read")
        }
        _ => Error::storage(format!("the engine failed: {short}"))
            .hint("compare the types of both sides of comparisons and casts"),
    }
}
