//! The gate before every engine: parse once, refuse what an engine would answer wrongly or not
//! at all, rewrite the rest into its spelling. Measured against DuckDB on probes with nulls and
//! ties (`tests.rs`): whatever differed is refused or rewritten here. It never runs anything.
//!
//! | part | does |
//! |---|---|
//! | `shapes` | statements, unions, selects, joins, order: what may stand where |
//! | `scope` | every column belongs to a table of its own select; grouping is complete |
//! | `expressions`, `windows` | operators, casts, functions; windows |
//! | `functions` | the one table of functions with their spelling per engine |
//! | `rewrite` | the spelling |

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Span;

use crate::error::{Error, Result};

mod expressions;
mod functions;
mod rewrite;
mod scope;
mod shapes;
#[cfg(test)]
mod tests;
mod windows;

/// Whose spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded engine, crate `polars` 0.55.2.
    Polars,
    /// DuckDB 1.2 and later: the recomputation by an auditor, the differential test.
    DuckDb,
    /// Spark SQL 4.
    Spark,
}

/// A statement in an engine's spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// The statement: for DuckDB over several lines, else on one.
    pub sql: String,
    /// Tables that it reads, without its common table expressions.
    pub tables: BTreeSet<String>,
}

/// Checks a statement of the house subset and spells it for an engine.
///
/// # Errors
/// With `sql:LINE:COLUMN` as place: no SQL, or a shape that is refused, with reason and hint.
pub fn spell(sql: &str, dialect: Dialect) -> Result<Spelled> {
    let mut query = parse(sql)?;
    let tables = shapes::check(&query)?;
    expressions::check(&query)?;
    rewrite::rewrite(&mut query, dialect)?;
    let line = query.to_string();
    // People read DuckDB's spelling. The printer indents line breaks inside literals too.
    let is_for_people = dialect == Dialect::DuckDb && !line.contains('\n');
    Ok(Spelled { sql: if is_for_people { format!("{query:#}") } else { line }, tables })
}

fn parse(sql: &str) -> Result<Box<Query>> {
    let statements = Parser::parse_sql(&GenericDialect, sql).map_err(|e| syntax(&e))?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Ok(query),
        _ => Err(Error::config("one select statement is expected").at("sql:1:1")),
    }
}

/// The parser puts the position at the end of its message.
fn syntax(error: &ParserError) -> Error {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "nested too deeply",
    };
    let position = text.rsplit_once(" at Line: ").and_then(|(message, rest)| {
        let (line, column) = rest.split_once(", Column: ")?;
        Some((message, format!("sql:{}:{}", line.trim(), column.trim())))
    });
    let (message, place) = position.unwrap_or((text, "sql:1:1".to_owned()));
    Error::config(format!("this is no SQL: {message}")).at(place)
}

/// What visitors break with; boxed, because it travels through deep recursion.
type Refusal = Box<Error>;

/// A refusal with its position.
fn refusal(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Refusal {
    let start = span.start;
    let place = format!("sql:{}:{}", start.line.max(1), start.column.max(1));
    Box::new(Error::config(message).at(place).hint(hint))
}

/// For `?` in functions that visitors call.
fn flow(result: std::result::Result<(), Refusal>) -> ControlFlow<Refusal> {
    match result {
        Ok(()) => ControlFlow::Continue(()),
        Err(refusal) => ControlFlow::Break(refusal),
    }
}
