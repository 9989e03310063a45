//! The answer of a query as stages after the engine see it: rows, what the columns mean, and
//! where every figure came from.

use std::collections::BTreeMap;

use super::frame::{Frame, Type};

/// Meaning of one result column, from the query header or from the step that added it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultColumn {
    /// Name with its unit last.
    pub name: String,
    /// Type.
    pub kind: Type,
    /// One line of meaning.
    pub says: String,
}

/// Version of a table that a figure rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableVersion {
    /// Delta version.
    pub version: i64,
    /// SHA-256, hex, of the commit entry of that version.
    pub commit_sha256: String,
    /// Live rows.
    pub row_count: i64,
}

/// Where a figure came from; enough to compute it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// SQL with its placeholders.
    pub template: String,
    /// SQL as it was run (before an engine's own spelling).
    pub sql: String,
    /// SHA-256, hex, of `sql`.
    pub sql_sha256: String,
    /// Values of the variables, as rendered.
    pub parameters: BTreeMap<String, String>,
    /// Canonical and derived tables read, with their versions.
    pub tables: BTreeMap<String, TableVersion>,
}

/// Rows with their meaning and lineage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueryResult {
    /// Id = file name of the query.
    pub id: String,
    /// Title from the header.
    pub title: String,
    /// "one row per ..."
    pub grain: String,
    /// Definition in one sentence.
    pub says: String,
    /// Meaning of the columns, in the frame's order.
    pub columns: Vec<ResultColumn>,
    /// The rows.
    pub frame: Frame,
    /// Why the figure cannot be given, when it cannot (names the missing table or column).
    pub not_assessable: Option<String>,
    /// Where it came from.
    pub lineage: Lineage,
}
