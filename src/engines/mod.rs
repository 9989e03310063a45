//! Engines answer SQL. Every statement passes the gate first: it is parsed once, shapes that an
//! engine would answer wrongly or not at all are refused with position, reason and hint, and the
//! rest is rewritten into the engine's spelling. No engine writes anything.
//!
//! # Interface
//! ```text
//! Polars.run(&plan.sql, &tables, &columns)     // tables: name -> TableSource; columns: name, type
//! Polars.hold(...)                             // the same, kept as TableSource::Held for others
//! gate::spell(sql, Dialect::DuckDb)?.sql       // the same question in another engine's words
//! gate::spell(sql, Dialect::Polars)?.tables    // which tables the statement reads
//! ```
//! `columns` are those of the query header; the result has exactly these, in this order, in these
//! types. An empty slice (ad-hoc SQL) takes the columns as the engine returns them. Errors carry
//! `sql:LINE:COLUMN` as their place; `catalog::Plan::locate` turns it into the query file.
//!
//! # The house subset
//! Plain standard SQL in lower-case, unquoted identifiers; see `gate` for what is refused and
//! `gate/functions.rs` for the functions. House functions: `month(t)`, `day(t)`,
//! `date_trunc(unit, t)`, `micros_between(a, b)`, `micros(seconds)`, `add_hours(t, n)`,
//! `add_micros(t, n)`, `quantile(x, q)`, `matches(text, pattern)`.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::frame::{Frame, Type};
use crate::model::table::Table;

pub mod gate;
pub mod polars;
#[cfg(test)]
mod tests;

pub use gate::Dialect;
pub use polars::Polars;

/// Where the rows of a table are.
#[derive(Debug, Clone)]
pub enum TableSource {
    /// Live Parquet files of one pinned version of a lake table. A column that a file lacks is
    /// null; an empty list is an empty table.
    Files {
        /// Paths or URLs of the files.
        paths: Vec<String>,
        /// Columns and types.
        table: &'static Table,
    },
    /// Rows in memory: given rows of a test, a derived table that was not written.
    Frame(Frame),
    /// The answer of another query, kept by the same engine.
    Held(Held),
}

/// Rows that an engine keeps in its own form, so that queries which share a fact compute it once.
#[derive(Debug, Clone)]
pub struct Held(pub(super) ::polars::prelude::DataFrame);

/// Answers SQL of the house subset.
pub trait Engine {
    /// Name for messages and lineage, such as `polars`.
    fn name(&self) -> &'static str;

    /// Runs one statement over the given tables. `columns` are the names and types that the
    /// result must have; empty = as the engine returns them.
    ///
    /// # Errors
    /// The gate refuses the statement; a table or column is missing; the engine fails.
    fn run(
        &self,
        sql: &str,
        tables: &BTreeMap<String, TableSource>,
        columns: &[(String, Type)],
    ) -> Result<Frame>;

    /// As [`Engine::run`], but the answer stays with the engine as a source for other queries.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn hold(
        &self,
        sql: &str,
        tables: &BTreeMap<String, TableSource>,
        columns: &[(String, Type)],
    ) -> Result<Held>;
}
