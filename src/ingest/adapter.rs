//! An adapter as it is written: the TOML as typed values, nothing compiled yet. Unknown keys are
//! errors with file and line. No vendor word may ever appear in here.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::definition::{ColumnDef, Parts};
use super::read::ReadSpec;
use crate::error::{Error, Result};

/// Does an export list every attempt, or only what still exists?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Only what exists; the weaker word.
    Survivors,
    /// Every attempt.
    Attempts,
}

impl Coverage {
    /// The canonical word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Coverage::Survivors => "survivors",
            Coverage::Attempts => "attempts",
        }
    }
}

/// What the rows do to rows that are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A row of its own.
    #[default]
    Replace,
    /// Fills nulls of a row that another adapter made; inserts nothing.
    Enrich,
}

/// What the mapping was tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tested {
    /// Real output of the product.
    Real,
    /// An example published by the vendor.
    VendorExample,
    /// The documented shape only.
    Documented,
}

impl Tested {
    /// The word in listings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Tested::Real => "real",
            Tested::VendorExample => "vendor_example",
            Tested::Documented => "documented",
        }
    }
}

/// Columns by name, with their place in the file.
pub type Columns = BTreeMap<String, Spanned<ColumnDef>>;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// `<vendor>.<product>.<shape>`.
    pub id: String,
    /// Rises with every change of meaning.
    pub version: i64,
    /// Canonical table.
    pub table: Spanned<String>,
    /// Product, as reports print it.
    pub product: Option<String>,
    /// One line: which export this is.
    #[serde(default)]
    pub about: String,
    /// Required for `job_runs`.
    pub coverage: Option<Coverage>,
    /// Own rows, or fills those of others.
    #[serde(default)]
    pub mode: Mode,
    /// Evidence for the mapping.
    pub tested: Tested,
    /// Reader and its options.
    pub read: ReadSpec,
    /// All records of an input become one.
    pub fold: Option<Fold>,
    /// How an input is recognised.
    #[serde(default)]
    pub detect: Detect,
    /// Zone and formats of times.
    #[serde(default)]
    pub time: TimeDef,
    /// Natural key.
    #[serde(default)]
    pub key: Keys,
    /// Which records are in scope.
    #[serde(default)]
    pub rows: Rows,
    /// What a complete listing lists; with `read.complete`.
    pub scope: Option<String>,
    /// Canonical columns.
    #[serde(default)]
    pub columns: Columns,
    /// Fields that are kept in `attrs`.
    #[serde(default)]
    pub attrs: Columns,
    /// Word maps, in file order.
    #[serde(default)]
    pub map: BTreeMap<String, toml::Table>,
    /// Rules after the columns, first that holds wins.
    #[serde(default)]
    pub outcome: Vec<Spanned<OutcomeRule>>,
    /// Other inputs of the same source, joined as raw columns `name.column`.
    #[serde(default)]
    pub lookup: BTreeMap<String, Lookup>,
    /// The records are runs of programs whose output lies in files beside them.
    pub runs: Option<Runs>,
    /// This adapter reads the output of a program that a wrapper ran.
    pub tool: Option<Tool>,
    /// What may be lost without a finding.
    #[serde(default)]
    pub allow: Allow,
}

/// `[fold]`: a stream of messages is one fact. The records become one tree whose members are the
/// words of the field `by`, each a list: `summary[0].snapshot_id`, `error.#`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// Field that groups the records; records without it are found under `text`.
    pub by: String,
    /// Groups of which only the last record is kept (progress lines).
    #[serde(default)]
    pub last: Vec<String>,
}

/// `[detect]`: all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Detect {
    /// Columns that are all there.
    pub columns: Vec<String>,
    /// Paths that are all there in the first record.
    pub json_keys: Vec<String>,
    /// Regex on the first line.
    pub first_line: Option<String>,
    /// Glob on the input's name.
    pub path: Option<String>,
}

impl Detect {
    /// True when nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// `[time]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeDef {
    /// `source`, `none` or an IANA name; none when absent.
    pub zone: Option<Spanned<String>>,
    /// Named lists of strftime formats, tried in order.
    pub formats: BTreeMap<String, Vec<String>>,
}

/// `[key]`: parts per key column.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Keys {
    /// Used when a part is missing.
    pub fallback: Parts,
    /// Raw column that orders repeated records of one key.
    #[serde(deserialize_with = "super::definition::not_empty")]
    pub latest_by: Option<String>,
    /// Key column -> its parts.
    #[serde(flatten)]
    pub columns: BTreeMap<String, Parts>,
}

/// `[rows]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rows {
    /// SQL over raw text columns; the rest is out of scope.
    #[serde(rename = "where")]
    pub filter: Option<Spanned<String>>,
    /// Columns of a group of records that are one fact; the worst outcome wins.
    pub worst_of: Vec<String>,
    /// Raw columns that are known and not wanted: no finding, not kept. `~regex` allowed.
    pub ignore: Vec<String>,
}

/// `[[outcome]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeRule {
    /// SQL over canonical columns (bare names) and raw ones (quoted names).
    pub when: String,
    /// Canonical column -> constant.
    pub set: BTreeMap<String, toml::Value>,
}

/// `[lookup.name]`: another input of the same source and folder. Its columns are raw columns
/// `name.column` of the records; several partners are joined by line breaks, in file order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// Columns by which the input is recognised.
    pub columns: Vec<String>,
    /// Key column in it.
    pub key: String,
    /// Column here; the same name when absent.
    pub on: Option<String>,
    /// Columns to join.
    pub values: Vec<String>,
    /// SQL over the partner's raw columns; only rows for which it holds are joined.
    #[serde(rename = "where")]
    pub filter: Option<String>,
    /// The load goes on without that input, and a record without a partner is nothing to tell.
    #[serde(default)]
    pub optional: bool,
}

/// `[runs]`: where a run's program and output are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Runs {
    /// Field with the command line.
    pub command: String,
    /// Field with the run's name; output defaults to `<name>.stdout` and `<name>.stderr`.
    pub name: String,
    /// Field with the file of standard output.
    pub stdout: String,
    /// Field with the file of standard error.
    pub stderr: String,
    /// Programs that only start another one.
    pub prefixes: Vec<String>,
    /// True: one record per line of standard error (and of text in standard output) instead of
    /// one per run; the run is `^`.
    #[serde(default)]
    pub lines: bool,
}

/// `[tool]`: which runs of a wrapper this adapter understands. The record is the program's
/// output, the wrapper's line is `^`; the columns fill the wrapper's row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Name of the program, without its folder.
    pub program: String,
    /// Regex on the rest of the command line.
    pub arguments: Option<String>,
}

/// `[allow]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Column -> number of values that may be lost, or `any`.
    pub loss: BTreeMap<String, Loss>,
    /// Words that may stay unmapped.
    pub unmapped: Vec<String>,
}

/// How many values may be lost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a count or \"any\"")]
pub enum Loss {
    /// So many.
    Count(u64),
    /// `any`.
    Word(String),
}

impl Adapter {
    /// Parses the text of an adapter; `place` names it in errors.
    ///
    /// # Errors
    /// Configuration: no TOML, an unknown key, a value of the wrong type; with file and line.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| line_of(text, s.start));
            Error::config(e.message().trim().replace('\n', " "))
                .at(format!("{place}:{line}"))
                .hint("`tapeline adapters show` prints an adapter that works")
        })
    }

    /// Constants of a `[[outcome]]` and other TOML scalars as text; lists and tables have none.
    #[must_use]
    pub fn scalar(value: &toml::Value) -> Option<String> {
        match value {
            toml::Value::String(t) => Some(t.clone()),
            toml::Value::Integer(n) => Some(n.to_string()),
            toml::Value::Float(n) => Some(n.to_string()),
            toml::Value::Boolean(b) => Some(b.to_string()),
            toml::Value::Datetime(at) => Some(at.to_string()),
            toml::Value::Array(_) | toml::Value::Table(_) => None,
        }
    }
}

/// 1-based line of a byte offset.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}
