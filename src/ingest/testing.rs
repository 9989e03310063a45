//! `adapters test`: the sample of an adapter gives exactly its expected rows, quarantine included;
//! reversed and doubled input gives the same rows. It compares; it never writes an expectation.
//!
//! `<shape>.expected.csv`: canonical columns that are not null in some row, one line per row in
//! input order; then a line `# quarantine` and a second block `row,column,reason`. Comment lines
//! `# source: zone = "UTC"` at the head stand for the `[[source]]`. Floats have at most six
//! decimals, times are ISO in UTC, lists are JSON.

use std::collections::BTreeMap;
use std::path::Path;

use super::library::{AdapterLibrary, Entry};
use super::load::{Context, Job, Loaded, Order};
use super::lookup::Partners;
use super::mapping::cell_text;
use super::open::{Input, Limits, Opener};
use super::source::SourceSpec;
use crate::error::{Error, Result};
use crate::model::frame::{Cell, Frame};
use crate::model::table::LINEAGE;
use crate::model::time::parse_iso;

/// Instant at which samples are loaded.
const AS_OF: &str = "2026-12-31T00:00:00Z";

/// A row by column; null cells are left out.
type Texts = BTreeMap<String, String>;

/// What a sample gave, or should give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Canonical rows in input order.
    pub rows: Vec<Texts>,
    /// Record number, column, reason.
    pub quarantine: Vec<(String, String, String)>,
}

/// Tests an adapter on its sample.
///
/// # Errors
/// Verification: the first difference between sample and expectation. Configuration: sample or
/// expectation are missing or no CSV.
pub fn test(library: &AdapterLibrary, entry: &Entry) -> Result<()> {
    let text = entry.expected.as_ref().ok_or_else(|| {
        Error::config("has no expected rows")
            .at(&entry.place)
            .hint("write <shape>.expected.csv beside the adapter")
    })?;
    let (source, expected) = expected(text, &entry.place)?;
    let got = run(library, entry, &source, Order::AsRead)?;
    compare(&expected, &got).map_err(|e| e.at(&entry.place))?;
    if entry.adapter.fold.is_some() && entry.adapter.runs.is_none() {
        return Ok(());
    }
    let want = set(&got);
    for order in [Order::Reversed, Order::Doubled] {
        if set(&run(library, entry, &source, order)?) != want {
            return Err(Error::verification(format!("{order:?} input gives other rows"))
                .at(&entry.place)
                .hint("the key or a column depends on the order of the records"));
        }
    }
    Ok(())
}

/// Loads the sample of an adapter.
///
/// # Errors
/// Whatever loading gives; a refused input is an error here.
pub fn run(
    library: &AdapterLibrary,
    entry: &Entry,
    source: &SourceSpec,
    order: Order,
) -> Result<Rows> {
    let Some((name, bytes)) = &entry.sample else {
        return Err(Error::config("has no sample")
            .at(&entry.place)
            .hint("write <shape>.sample.<ext> beside the adapter"));
    };
    let beside = entry.sample_files.iter().map(|(n, b)| Input::from_bytes(n.as_str(), b.clone()));
    let inputs: Vec<Input> =
        std::iter::once(Input::from_bytes(name.as_str(), bytes.clone())).chain(beside).collect();
    let Some(input) = inputs.first() else { return Ok(Rows::default()) };
    let context = Context {
        root: Path::new("."),
        spool: Path::new("."),
        as_of_us: parse_iso(AS_OF)?,
        people_key: b"sample",
        limits: Limits::default(),
        known: &crate::ingest::NOTHING_KNOWN,
    };
    let opener =
        Opener { root: context.root, spool: context.spool, limits: context.limits.clone() };
    let job = Job {
        spec: source,
        library,
        context: &context,
        opener: &opener,
        entry,
        input,
        partners: &Partners::new(&inputs),
        order,
    };
    let loaded = job.run()?;
    if let Some(error) = loaded.refusal {
        return Err(error);
    }
    let ledger = &loaded.ledger;
    if ledger.records_read != ledger.rows_out_of_scope + ledger.rows_in {
        return Err(Error::verification("records read are not accounted for").at(&entry.place));
    }
    Ok(rows(&loaded))
}

/// Rows and quarantine as text.
#[must_use]
pub fn rows(loaded: &Loaded) -> Rows {
    let rows = loaded.frames.iter().flat_map(frame_rows).collect();
    let text = |name, row| cell_text(&loaded.quarantine.cell(name, row)).unwrap_or_default();
    let quarantine = (0..loaded.quarantine.height())
        .map(|row| (text("input_row", row), text("column", row), text("reason", row)));
    Rows { rows, quarantine: quarantine.collect() }
}

fn frame_rows(frame: &Frame) -> Vec<Texts> {
    let is_lineage = |name: &str| name != "attrs" && LINEAGE.iter().any(|c| c.name == name);
    let row = |at: usize| {
        let cells = frame.iter().filter(|(name, _)| !is_lineage(name));
        let texts = cells.filter_map(|(name, column)| {
            let text = match column.cell(at) {
                Cell::Float(n) => Some(format!("{}", (n * 1e6).round() / 1e6)),
                cell => cell_text(&cell),
            };
            Some((name.to_owned(), text?))
        });
        texts.collect()
    };
    (0..frame.height()).map(row).collect()
}

/// Parses an expectation: the source to use, and the rows.
///
/// # Errors
/// Configuration: no CSV, or a source line that is no source.
pub fn expected(text: &str, place: &str) -> Result<(SourceSpec, Rows)> {
    let mut options = toml::Table::new();
    options.insert("id".to_owned(), "sample".into());
    options.insert("path".to_owned(), "sample".into());
    for line in text.lines().filter_map(|l| l.strip_prefix("# source:")) {
        let more: toml::Table = toml::from_str(line.trim())
            .map_err(|e| Error::config(format!("# source: {}", e.message())).at(place))?;
        options.extend(more);
    }
    let source = SourceSpec::from_table(&options, place)?;
    let (rows, quarantine) = text.split_once("# quarantine").unwrap_or((text, ""));
    let (names, rows) = csv_rows(rows, place)?;
    let rows = rows.into_iter().map(|row| {
        let cells = names.iter().cloned().zip(row);
        cells.filter(|(_, text)| !text.is_empty()).collect()
    });
    let (_, quarantine) = csv_rows(quarantine, place)?;
    let quarantine = quarantine.into_iter().map(|row| {
        let get = |at: usize| row.get(at).cloned().unwrap_or_default();
        (get(0), get(1), get(2))
    });
    Ok((source, Rows { rows: rows.collect(), quarantine: quarantine.collect() }))
}

fn csv_rows(text: &str, place: &str) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let failed = |e: csv::Error| Error::config(format!("is no CSV: {e}")).at(place);
    let mut reader =
        csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.trim().as_bytes());
    let names = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record.map_err(failed)?.iter().map(str::to_owned).collect());
    }
    Ok((names, rows))
}

/// Compares rows exactly.
///
/// # Errors
/// Verification: the first difference.
pub fn compare(want: &Rows, got: &Rows) -> Result<()> {
    let differs = |what: String| Err(Error::verification(what));
    for (at, (want, got)) in want.rows.iter().zip(&got.rows).enumerate() {
        let names = want.keys().chain(got.keys());
        let mut names: Vec<&String> = names.collect();
        names.sort();
        for name in names {
            let (a, b) = (want.get(name), got.get(name));
            if a != b {
                let show = |t: Option<&String>| t.map_or("nothing", String::as_str).to_owned();
                let (a, b) = (show(a), show(b));
                return differs(format!("row {}, {name}: expected {a}, got {b}", at + 1));
            }
        }
    }
    if want.rows.len() != got.rows.len() {
        return differs(format!("expected {} rows, got {}", want.rows.len(), got.rows.len()));
    }
    if want.quarantine != got.quarantine {
        let (a, b) = (&want.quarantine, &got.quarantine);
        return differs(format!("quarantine: expected {a:?}, got {b:?}"));
    }
    Ok(())
}

/// Rows without order and repetition; record numbers left out.
fn set(rows: &Rows) -> Vec<String> {
    let mut all: Vec<String> = rows.rows.iter().map(|row| format!("{row:?}")).collect();
    all.extend(rows.quarantine.iter().map(|(n, c, r)| format!("quarantined {n} {c} {r}")));
    all.sort();
    all.dedup();
    all
}
