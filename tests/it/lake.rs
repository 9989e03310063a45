//! The lake from outside: whatever the order, splitting and repetition of loads, the live rows
//! are those that the rules name; versions can be read for ever; two writers lose nothing.

mod merging;
mod versions;

use std::collections::BTreeMap;

use tapeline::lake::{At, Batch, Commit, Counts, Lake, Written};
use tapeline::model::frame::{Cell, Column, Frame, Type};
use tapeline::model::table::Table;
use tapeline::model::tables;
use tapeline::model::time::parse_iso;

/// A canonical table.
pub fn table(name: &str) -> &'static Table {
    tables::find(name).unwrap()
}

/// An instant.
pub fn at(text: &str) -> i64 {
    parse_iso(text).unwrap()
}

/// A run of the program at an instant.
pub fn commit(as_of: &str) -> Commit {
    Commit { as_of: at(as_of), program: "test".into() }
}

/// Rows of a table: what is given, and something harmless in every other required column.
pub fn rows(table: &Table, rows: &[&[(&str, Cell)]]) -> Frame {
    let mut frame = Frame::new();
    for spec in table.all_columns() {
        let mut column = Column::empty(spec.kind);
        for row in rows {
            let given = row.iter().find(|(name, _)| *name == spec.name).map(|(_, c)| c.clone());
            let usual = || match spec.kind {
                _ if spec.nullable => Cell::Null,
                Type::Text => Cell::Text((*spec.words.first().unwrap_or(&"x")).into()),
                Type::Int => Cell::Int(1),
                Type::Float => Cell::Float(1.0),
                Type::Bool => Cell::Bool(false),
                Type::Time => Cell::Time(0),
                Type::List => Cell::List(vec![]),
            };
            column.push(given.unwrap_or_else(usual)).unwrap();
        }
        frame.add(spec.name, column).unwrap();
    }
    frame
}

/// One record of a job as an export of some day shows it.
#[derive(Debug, Clone)]
pub struct Run {
    /// Key.
    pub id: String,
    /// Time column.
    pub anchor: i64,
    /// Capture time.
    pub seen: i64,
    /// 0 unfinished, 1 finished.
    pub sequence: i64,
    /// Outcome; the row hash follows from all of it but the capture.
    pub outcome: String,
}

/// Shorthand.
pub fn run(id: &str, anchor: &str, seen: &str, sequence: i64, outcome: &str) -> Run {
    let (anchor, seen) = (at(anchor), at(seen));
    Run { id: id.into(), anchor, seen, sequence, outcome: outcome.into() }
}

/// One load of such records.
pub fn load(id: &str, runs: &[Run]) -> Batch {
    let text = |t: &str| Cell::Text(t.to_owned());
    let cells: Vec<Vec<(&str, Cell)>> = runs
        .iter()
        .enumerate()
        .map(|(row, r)| {
            vec![
                ("source_id", text("veeam")),
                ("run_id", text(&r.id)),
                ("anchor_at", Cell::Time(r.anchor)),
                ("outcome", text(&r.outcome)),
                ("sequence", Cell::Int(r.sequence)),
                ("row_hash", text(&format!("{}-{}-{}", r.id, r.outcome, r.anchor))),
                ("first_seen_at", Cell::Time(r.seen)),
                ("last_seen_at", Cell::Time(r.seen)),
                ("load_id", text(id)),
                ("input_row", Cell::Int(row as i64 + 1)),
            ]
        })
        .collect();
    let cells: Vec<&[(&str, Cell)]> = cells.iter().map(Vec::as_slice).collect();
    Batch { load_id: id.into(), frame: rows(table("job_runs"), &cells), notes: BTreeMap::new() }
}

/// (run, anchor, outcome, first seen, last seen) of the live rows, in key order.
pub fn live(lake: &Lake, at: At) -> Vec<(String, i64, String, i64, i64)> {
    let Some(snap) = lake.snapshot(table("job_runs"), at).unwrap() else { return vec![] };
    let columns = ["run_id", "anchor_at", "outcome", "first_seen_at", "last_seen_at"];
    let frame = lake.read(&snap, &columns).unwrap();
    assert_eq!(i64::try_from(frame.height()).unwrap(), snap.row_count);
    let text = |name: &str, row: usize| frame.text(name).unwrap()[row].clone().unwrap();
    let time = |name: &str, row: usize| frame.time(name).unwrap()[row].unwrap();
    let mut out: Vec<_> = (0..frame.height())
        .map(|r| {
            let (first, last) = (time("first_seen_at", r), time("last_seen_at", r));
            (text("run_id", r), time("anchor_at", r), text("outcome", r), first, last)
        })
        .collect();
    out.sort();
    out
}

fn merge(lake: &Lake, batches: &[Batch]) -> Written {
    lake.merge(table("job_runs"), batches, &commit("2026-03-01")).unwrap()
}

fn counts(inserted: i64, updated: i64, same: i64, superseded: i64) -> Counts {
    Counts { inserted, updated, same, superseded, ..Counts::default() }
}

fn fresh() -> (tempfile::TempDir, Lake) {
    let dir = tempfile::tempdir().unwrap();
    let lake = Lake::open(&dir.path().join("the lake")).unwrap();
    (dir, lake)
}
