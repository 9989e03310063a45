//! What a canonical table is: columns with type, unit and meaning, key, time column, merge mode.
//! The lake's schema, the reader of canonical files and the reference page come from this.

use super::frame::Type;

/// How two rows with one key become one (see `lake/`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merge {
    /// The greater (`last_seen_at`, sequence, `adapter_version`, `row_hash`) wins as a whole.
    Replace,
    /// Non-null fills null, cell by cell; of two values the greater is kept.
    Fill,
    /// Rows are only ever added (the program's own logs).
    Append,
    /// The whole table is rewritten (derived tables).
    Rebuild,
}

/// Who writes the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Vendors' exports through adapters; has lineage columns; partitioned by month.
    Vendor,
    /// Users' own lists; has lineage columns; no partition.
    User,
    /// Written by `derive/`.
    Derived,
    /// The program's own bookkeeping.
    Program,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Name with its unit last.
    pub name: &'static str,
    /// Type.
    pub kind: Type,
    /// False: a null is quarantined (vendor tables) or a bug (others).
    pub nullable: bool,
    /// Closed word list; empty = free text.
    pub words: &'static [&'static str],
    /// One line of meaning.
    pub says: &'static str,
    /// True for a text column that holds a JSON object with sorted keys.
    pub is_json: bool,
}

/// One canonical table.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Name in SQL.
    pub name: &'static str,
    /// One line of meaning.
    pub says: &'static str,
    /// Who writes it.
    pub origin: Origin,
    /// Natural key without `source_id` (which is the first part of every vendor and user key).
    pub key: &'static [&'static str],
    /// Time column: partition month and queries' filter; none for unpartitioned tables.
    pub time: Option<&'static str>,
    /// Merge rule.
    pub merge: Merge,
    /// Own columns, without lineage.
    pub columns: &'static [ColumnSpec],
}

impl Table {
    /// Own columns, then lineage columns where the table has them.
    pub fn all_columns(&self) -> impl Iterator<Item = &'static ColumnSpec> {
        let lineage: &'static [ColumnSpec] = match self.origin {
            Origin::Vendor | Origin::User => LINEAGE,
            Origin::Derived | Origin::Program => &[],
        };
        self.columns.iter().chain(lineage)
    }
    /// A column by name, lineage included.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.all_columns().find(|c| c.name == name)
    }
    /// True when files are partitioned by the month of the time column.
    #[must_use]
    pub fn is_partitioned(&self) -> bool {
        self.time.is_some() && matches!(self.origin, Origin::Vendor | Origin::Derived)
    }
}

/// A required column.
#[must_use]
pub const fn must(name: &'static str, kind: Type, says: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind, nullable: false, words: &[], says, is_json: false }
}
/// A nullable column.
#[must_use]
pub const fn may(name: &'static str, kind: Type, says: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind, nullable: true, words: &[], says, is_json: false }
}
/// A required word of a closed list.
#[must_use]
pub const fn word(
    name: &'static str,
    words: &'static [&'static str],
    says: &'static str,
) -> ColumnSpec {
    ColumnSpec { name, kind: Type::Text, nullable: false, words, says, is_json: false }
}
/// A nullable word of a closed list.
#[must_use]
pub const fn maybe_word(
    name: &'static str,
    words: &'static [&'static str],
    says: &'static str,
) -> ColumnSpec {
    ColumnSpec { name, kind: Type::Text, nullable: true, words, says, is_json: false }
}
/// A nullable JSON object.
#[must_use]
pub const fn json(name: &'static str, says: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Type::Text, nullable: true, words: &[], says, is_json: true }
}

/// Lineage: on every row of every loaded table.
pub const LINEAGE: &[ColumnSpec] = &[
    must("source_id", Type::Text, "configured source; first part of every key"),
    must("adapter_id", Type::Text, "mapping that made the row"),
    must("adapter_version", Type::Int, "rises with every change of meaning"),
    must("sequence", Type::Int, "order of repeated records of one key within one capture"),
    must("load_id", Type::Text, "row of load_log that wrote it"),
    must("input_name", Type::Text, "file, archive member or command"),
    must("input_row", Type::Int, "1-based record number in the input"),
    must("row_hash", Type::Text, "first 128 bits, hex, of SHA-256 over the raw record"),
    must("first_seen_at", Type::Time, "smallest capture time of exports that held the key"),
    must("last_seen_at", Type::Time, "greatest capture time of exports that held the key"),
    must("loaded_at", Type::Time, "as_of of the load"),
    may("snapshot_scope", Type::Text, "what a complete listing lists"),
    json("attrs", "fields without a canonical column, original naive or ambiguous times"),
];
