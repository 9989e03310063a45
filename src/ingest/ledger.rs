//! The load ledger: what was read, what became of it, and what is odd about it; one row per
//! input and adapter. `records_read = rows_out_of_scope + rows_in` holds exactly; what the lake
//! finds out (inserted, updated, duplicate, versions) is filled in there.

use std::collections::BTreeMap;

use super::adapter::Coverage;
use super::row::Layout;
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::program::{LOAD_LOG, QUARANTINE};

/// Finding: the input ends inside a record, or without a line end.
pub const CUT: &str = "possibly-truncated";
/// Begins the finding: the export says it has another number of rows.
pub const ROW_COUNT: &str = "row-count:";
/// Begins the finding: a word that no map knows.
pub const UNMAPPED: &str = "unmapped ";

/// Begins the finding: an input was read in another zone before, and its rows stay.
pub const ZONE_CHANGED: &str = "loaded before with another zone";

/// What to do about a finding that makes a load end with exit 1; none for those that are only
/// remarked on, such as an ambiguous time or a new column.
#[must_use]
pub fn way_out(finding: &str) -> Option<&'static str> {
    if finding == CUT {
        Some("export it again, or state its rows in declared_rows of the [[source]]")
    } else if finding.starts_with(ROW_COUNT) {
        Some("export it again")
    } else if finding.starts_with(UNMAPPED) {
        // Of two mappings of one record the one of the greater version stands.
        Some("map the word in the adapter and raise its `version`, or list it in [allow] unmapped")
    } else if finding.starts_with(ZONE_CHANGED) {
        Some("load the exports of this source into a new lake, or under another source id")
    } else {
        None
    }
}

/// A row of `load_log`; names and units as there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LedgerRow {
    /// SHA-256 of bytes, source, adapter, adapter digest, zone and joined inputs.
    pub load_id: String,
    /// SHA-256 of the adapter.
    pub adapter_digest: String,
    /// Source.
    pub source_id: String,
    /// Adapter.
    pub adapter_id: String,
    /// Canonical table.
    pub table_name: String,
    /// `file`, `member`, `stdin` or `command`.
    pub input_kind: String,
    /// File, member or command.
    pub input_name: String,
    /// SHA-256 of the raw bytes.
    pub input_sha256: String,
    /// Size of the raw bytes.
    pub input_bytes: i64,
    /// Encoding it was read in.
    pub encoding: String,
    /// Zone of its naive times.
    pub zone: Option<String>,
    /// When the export was made, microseconds UTC.
    pub captured_at: i64,
    /// `export`, `file_name`, `mtime` or `run`.
    pub captured_from: String,
    /// A complete listing of its scope.
    pub is_complete_snapshot: bool,
    /// What it lists.
    pub snapshot_scope: Option<String>,
    /// Records read, bad ones included.
    pub records_read: i64,
    /// Records the adapter leaves out.
    pub rows_out_of_scope: i64,
    /// `records_read - rows_out_of_scope`.
    pub rows_in: i64,
    /// Filled by the lake: inserted + updated.
    pub rows_loaded: i64,
    /// Filled by the lake.
    pub rows_inserted: i64,
    /// Filled by the lake.
    pub rows_updated: i64,
    /// Filled by the lake.
    pub rows_duplicate: i64,
    /// Put aside here; the lake may add rows without a partner.
    pub rows_quarantined: i64,
    /// Filled by the lake.
    pub rows_late: i64,
    /// Records that share a key with different content.
    pub key_collisions: i64,
    /// Rows the export says it has.
    pub declared_rows: Option<i64>,
    /// Smallest value of the time column.
    pub min_at: Option<i64>,
    /// Greatest value of the time column.
    pub max_at: Option<i64>,
    /// Non-null cells per column.
    pub filled: BTreeMap<String, i64>,
    /// Values lost per column.
    pub loss: BTreeMap<String, i64>,
    /// `column: word` that no map knows, with counts.
    pub unmapped: BTreeMap<String, i64>,
    /// Hash of the sorted header.
    pub header_hash: Option<String>,
    /// Columns the adapter does not know.
    pub new_columns: Vec<String>,
    /// Optional columns that are not there.
    pub missing_columns: Vec<String>,
    /// Findings, one line each, sorted.
    pub findings: Vec<String>,
    /// Why nothing was loaded.
    pub refusal: Option<String>,
    /// Filled by the lake.
    pub table_version_before: Option<i64>,
    /// Filled by the lake.
    pub table_version_after: Option<i64>,
    /// Filled by the lake.
    pub commit_digest: Option<String>,
    /// `as_of` of the load.
    pub loaded_at: i64,
}

impl LedgerRow {
    /// `loaded`, `findings` or `refused`.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match (&self.refusal, self.findings.is_empty() && self.rows_quarantined == 0) {
            (Some(_), _) => "refused",
            (None, false) => "findings",
            (None, true) => "loaded",
        }
    }

    /// Rows of the ledger as a frame of `load_log`.
    ///
    /// # Errors
    /// When a cell is not of its column's type (a bug).
    pub fn frame(rows: &[LedgerRow]) -> Result<Frame> {
        let layout = Layout::new(&LOAD_LOG);
        let made = rows.iter().map(|ledger| {
            let mut row = layout.empty();
            for (name, cell) in ledger.cells() {
                layout.set(&mut row, name, cell);
            }
            row
        });
        layout.frame(made.collect())
    }

    fn cells(&self) -> Vec<(&'static str, Cell)> {
        let text = |t: &String| Cell::Text(t.clone());
        let maybe = |t: &Option<String>| t.clone().map_or(Cell::Null, Cell::Text);
        let int = |n: Option<i64>| n.map_or(Cell::Null, Cell::Int);
        let time = |n: Option<i64>| n.map_or(Cell::Null, Cell::Time);
        let mut cells = vec![
            ("load_id", text(&self.load_id)),
            ("adapter_digest", text(&self.adapter_digest)),
            ("source_id", text(&self.source_id)),
            ("adapter_id", text(&self.adapter_id)),
            ("table_name", text(&self.table_name)),
            ("input_kind", text(&self.input_kind)),
            ("input_name", text(&self.input_name)),
            ("input_sha256", text(&self.input_sha256)),
            ("input_bytes", Cell::Int(self.input_bytes)),
            ("encoding", text(&self.encoding)),
            ("zone", maybe(&self.zone)),
            ("captured_at", Cell::Time(self.captured_at)),
            ("captured_from", text(&self.captured_from)),
            ("is_complete_snapshot", Cell::Bool(self.is_complete_snapshot)),
            ("snapshot_scope", maybe(&self.snapshot_scope)),
            ("declared_rows", int(self.declared_rows)),
            ("min_at", time(self.min_at)),
            ("max_at", time(self.max_at)),
            ("filled", shares(&self.filled, self.rows_in - self.rows_quarantined)),
            ("loss", json(&self.loss)),
            ("unmapped", json(&self.unmapped)),
            ("header_hash", maybe(&self.header_hash)),
            ("new_columns", Cell::List(self.new_columns.clone())),
            ("missing_columns", Cell::List(self.missing_columns.clone())),
            ("findings", Cell::List(self.findings.clone())),
            ("status", Cell::Text(self.status().to_owned())),
            ("refusal", maybe(&self.refusal)),
            ("table_version_before", int(self.table_version_before)),
            ("table_version_after", int(self.table_version_after)),
            ("commit_digest", maybe(&self.commit_digest)),
            ("loaded_at", Cell::Time(self.loaded_at)),
            ("program_version", Cell::Text(env!("CARGO_PKG_VERSION").to_owned())),
        ];
        let counts = [
            ("records_read", self.records_read),
            ("rows_out_of_scope", self.rows_out_of_scope),
            ("rows_in", self.rows_in),
            ("rows_loaded", self.rows_loaded),
            ("rows_inserted", self.rows_inserted),
            ("rows_updated", self.rows_updated),
            ("rows_duplicate", self.rows_duplicate),
            ("rows_quarantined", self.rows_quarantined),
            ("rows_late", self.rows_late),
            ("key_collisions", self.key_collisions),
        ];
        cells.extend(counts.map(|(name, n)| (name, Cell::Int(n))));
        cells
    }
}

fn json(counts: &BTreeMap<String, i64>) -> Cell {
    if counts.is_empty() {
        return Cell::Null;
    }
    serde_json::to_string(counts).map_or(Cell::Null, Cell::Text)
}

/// Counts as shares of the rows, four decimals.
fn shares(counts: &BTreeMap<String, i64>, rows: i64) -> Cell {
    if rows <= 0 {
        return Cell::Null;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of one input stay below 2^53")]
    let share = |n: i64| (n as f64 / rows as f64 * 1e4).round() / 1e4;
    let shares: BTreeMap<&str, f64> = counts.iter().map(|(k, n)| (k.as_str(), share(*n))).collect();
    serde_json::to_string(&shares).map_or(Cell::Null, Cell::Text)
}

/// Longest raw text kept of a quarantined record.
const RAW_MAX_BYTES: usize = 64 << 10;

/// Quarantined records as a frame of `quarantine`.
///
/// # Errors
/// When a cell is not of its column's type (a bug).
pub fn quarantine_frame(
    ledger: &LedgerRow,
    records: &[super::mapping::Quarantined],
) -> Result<Frame> {
    let layout = Layout::new(&QUARANTINE);
    let made = records.iter().map(|record| {
        let mut row = layout.empty();
        layout.set_text(&mut row, "load_id", &ledger.load_id);
        layout.set(&mut row, "input_row", Cell::Int(record.input_row));
        layout.set_text(&mut row, "table_name", &ledger.table_name);
        layout.set_text(&mut row, "adapter_id", &ledger.adapter_id);
        layout.set_text(&mut row, "column", &record.column);
        layout.set(&mut row, "value", record.value.clone().map_or(Cell::Null, Cell::Text));
        layout.set_text(&mut row, "reason", record.reason);
        layout.set_text(&mut row, "raw", capped(&record.raw));
        layout.set(&mut row, "loaded_at", Cell::Time(ledger.loaded_at));
        row
    });
    layout.frame(made.collect())
}

fn capped(text: &str) -> &str {
    let mut end = text.len().min(RAW_MAX_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The weaker of what the adapter and the source say.
#[must_use]
pub fn weaker(adapter: Option<Coverage>, source: Option<Coverage>) -> Option<Coverage> {
    match (adapter, source) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
