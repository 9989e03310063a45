//! The lake from outside: whatever the order, splitting and repetition of loads, the live rows
//! are those that the rules name; versions can be read for ever; two writers lose nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use tapeline::error::Kind;
use tapeline::lake::{At, Batch, Commit, Counts, Lake, Retention, Vacuumed, Written};
use tapeline::model::frame::{Cell, Column, Frame, Type};
use tapeline::model::table::Table;
use tapeline::model::tables;
use tapeline::model::time::{DAY_US, parse_iso};

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

#[test]
fn opening_a_lake_creates_nothing() {
    let (dir, lake) = fresh();
    assert!(live(&lake, At::Newest).is_empty());
    assert!(lake.version_vector().unwrap().is_empty());
    assert!(lake.history("job_runs").unwrap().is_empty());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_load_again_is_a_counted_no_op_with_the_first_counts() {
    let (_dir, lake) = fresh();
    let first = load("aa11", &[run("1", "2026-01-05", "2026-02-01", 1, "success")]);
    let done = merge(&lake, std::slice::from_ref(&first));
    assert_eq!((done.version_before, done.version), (None, Some(0)));
    assert_eq!(done.loads["aa11"], counts(1, 0, 0, 0));
    assert_eq!(done.months, ["2026-01"]);
    let again = merge(&lake, std::slice::from_ref(&first));
    assert_eq!((again.version_before, again.version), (Some(0), Some(0)));
    assert_eq!(again.loads["aa11"], counts(1, 0, 0, 0));
    assert_eq!(again.already, BTreeSet::from(["aa11".to_owned()]));
    // The same rows under another id are duplicates and make no version.
    let copy = Batch { load_id: "bb22".into(), ..first };
    let done = merge(&lake, &[copy]);
    assert_eq!((done.version, done.loads["bb22"]), (Some(0), counts(0, 0, 1, 0)));
}

#[test]
fn a_running_job_seen_later_as_finished_is_replaced_and_a_late_export_changes_nothing() {
    let (_dir, lake) = fresh();
    let running = run("1", "2026-01-05", "2026-01-05T01:00:00Z", 0, "running");
    let done = run("1", "2026-01-05", "2026-01-05T02:00:00Z", 1, "success");
    merge(&lake, &[load("a", std::slice::from_ref(&done))]);
    let late = merge(&lake, &[load("b", std::slice::from_ref(&running))]);
    assert_eq!(late.loads["b"], counts(0, 0, 0, 1));
    let want = vec![("1".into(), done.anchor, "success".into(), running.seen, done.seen)];
    assert_eq!(live(&lake, At::Newest), want);
    let other = fresh();
    merge(&other.1, &[load("b", &[running])]);
    let update = merge(&other.1, &[load("a", &[done])]);
    assert_eq!(update.loads["a"], counts(0, 1, 0, 0));
    assert_eq!(live(&other.1, At::Newest), want);
}

#[test]
fn a_row_whose_time_moves_to_another_month_lives_once() {
    let (_dir, lake) = fresh();
    let queued = run("1", "2026-01-31T23:50:00Z", "2026-01-31T23:55:00Z", 0, "running");
    let other = run("2", "2026-01-31T10:00:00Z", "2026-01-31T23:55:00Z", 1, "success");
    merge(&lake, &[load("a", &[queued.clone(), other.clone()])]);
    let moved = run("1", "2026-02-01T00:05:00Z", "2026-02-02", 1, "success");
    let done = merge(&lake, &[load("b", std::slice::from_ref(&moved))]);
    assert_eq!(done.loads["b"], Counts { moved: 1, ..counts(0, 1, 0, 0) });
    assert_eq!(done.months, ["2026-01", "2026-02"]);
    let ids: Vec<_> = live(&lake, At::Newest).into_iter().map(|r| (r.0, r.1)).collect();
    assert_eq!(ids, [("1".into(), moved.anchor), ("2".into(), other.anchor)]);
    let before: Vec<_> = live(&lake, At::Version(0)).into_iter().map(|r| r.1).collect();
    assert_eq!(before, [queued.anchor, other.anchor]);
}

#[test]
fn an_undated_row_seen_again_after_months_is_found() {
    let (_dir, lake) = fresh();
    merge(&lake, &[load("a", &[run("1", "2026-01-01", "2026-01-01", 1, "success")])]);
    let mut again = run("1", "2026-05-01", "2026-05-01", 1, "success");
    again.id = "1".into();
    merge(&lake, &[load("b", &[again])]);
    assert_eq!(live(&lake, At::Newest).len(), 1);
}

#[test]
fn the_past_can_be_read_by_version_and_by_instant() {
    let (_dir, lake) = fresh();
    let job = table("job_runs");
    for day in 1..=25 {
        let anchor = format!("2026-01-{day:02}");
        let runs = [run(&day.to_string(), &anchor, &anchor, 1, "success")];
        let id = format!("{day:02}");
        let done = lake.merge(job, &[load(&id, &runs)], &commit(&anchor)).unwrap();
        assert_eq!((done.version, done.warnings), (Some(day - 1), vec![]));
    }
    for (at_, want) in [
        (At::Version(0), 1),
        (At::Version(24), 25),
        (At::AsOf(at("2026-01-10T12:00:00Z")), 10),
        (At::AsOf(at("2026-01-10")), 10),
        (At::AsOf(at("2025-12-31")), 0),
        (At::Newest, 25),
    ] {
        assert_eq!(live(&lake, at_).len(), want, "{at_:?}");
    }
    assert!(lake.snapshot(job, At::Version(25)).unwrap().is_none());
    let history = lake.history("job_runs").unwrap();
    assert_eq!(history.len(), 25);
    assert_eq!(history[9].as_of, at("2026-01-10"));
    assert_eq!(history[9].loads["10"].counts, counts(1, 0, 0, 0));
    let newest = lake.version_vector().unwrap()["job_runs"].clone();
    assert_eq!((newest.version, newest.row_count), (24, 25));
    assert_eq!(newest.commit_sha256, history[24].commit_sha256);
    // A checkpoint was written, and reading is right without it and with a cut hint.
    let log = lake.root().join("job_runs/_delta_log");
    let checkpoint = std::fs::read_dir(&log)
        .unwrap()
        .any(|e| e.unwrap().file_name().to_string_lossy().ends_with(".checkpoint.parquet"));
    assert!(checkpoint, "25 commits without a checkpoint");
    let want = live(&lake, At::Newest);
    std::fs::write(log.join("_last_checkpoint"), b"{\"ver").unwrap();
    assert_eq!(live(&lake, At::Newest), want);
    std::fs::write(log.join("_last_checkpoint"), br#"{"version":3,"size":1}"#).unwrap();
    assert_eq!(live(&lake, At::Newest), want);
    std::fs::remove_file(log.join("_last_checkpoint")).unwrap();
    assert_eq!(live(&lake, At::Newest), want);
}

#[test]
fn daily_loads_of_the_newest_month_append_until_33_files_and_then_join() {
    let (_dir, lake) = fresh();
    for n in 0..33 {
        let runs = [run(&n.to_string(), "2026-01-05", "2026-02-01", 1, "success")];
        merge(&lake, &[load(&format!("{n:02}"), &runs)]);
        let files = lake.snapshot(table("job_runs"), At::Newest).unwrap().unwrap().files;
        assert_eq!(files.len(), if n < 32 { n + 1 } else { 1 });
    }
    // A closed month is joined by the next load that touches it.
    merge(&lake, &[load("feb", &[run("f", "2026-02-05", "2026-02-06", 1, "success")])]);
    merge(&lake, &[load("jan", &[run("j", "2026-01-06", "2026-02-06", 1, "success")])]);
    let files = lake.snapshot(table("job_runs"), At::Newest).unwrap().unwrap().files;
    let months: Vec<_> = files.iter().map(|f| (f.month.clone().unwrap(), f.rows)).collect();
    assert_eq!(months, [("2026-01".into(), 34), ("2026-02".into(), 1)]);
}

#[test]
fn a_sample_is_filled_by_series_in_any_order() {
    let samples = table("storage_samples");
    let sample = |id: &str, column: &'static str, value: i64| {
        let frame = rows(
            samples,
            &[&[
                ("source_id", Cell::Text("prom".into())),
                ("pool_id", Cell::Text("p".into())),
                ("at", Cell::Time(at("2026-01-05"))),
                (column, Cell::Int(value)),
                ("row_hash", Cell::Text(id.into())),
            ]],
        );
        Batch { load_id: id.into(), frame, notes: BTreeMap::new() }
    };
    let series =
        [sample("s", "size_bytes", 9), sample("u", "used_bytes", 4), sample("t", "used_bytes", 5)];
    let mut seen = BTreeSet::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let (_dir, lake) = fresh();
        let mut conflicts = 0;
        for n in order {
            let batch = series[n].clone();
            let done = lake.merge(samples, &[batch], &commit("2026-02-01")).unwrap();
            let counts = done.loads.values().next().unwrap();
            assert_eq!(counts.loaded() + counts.duplicate(), 1);
            conflicts += counts.conflicts;
        }
        let snap = lake.snapshot(samples, At::Newest).unwrap().unwrap();
        let frame = lake.read(&snap, &["size_bytes", "used_bytes", "row_hash"]).unwrap();
        seen.insert(format!("{frame:?}"));
        assert_eq!((frame.cell("size_bytes", 0), conflicts), (Cell::Int(9), 1));
        assert_eq!(frame.cell("used_bytes", 0), Cell::Int(5));
    }
    assert_eq!(seen.len(), 1, "one result for all orders");
}

#[test]
fn enriching_fills_nulls_inserts_nothing_and_returns_rows_without_partner() {
    let (_dir, lake) = fresh();
    let job = table("job_runs");
    merge(&lake, &[load("a", &[run("1", "2026-01-05", "2026-02-01", 1, "success")])]);
    let text = |t: &str| Some(t.to_owned());
    let frame = Frame::from_columns(vec![
        ("source_id".into(), Column::Text(vec![text("veeam"); 2])),
        ("run_id".into(), Column::Text(vec![text("none"), text("1")])),
        ("job_name".into(), Column::Text(vec![text("x"), text("nightly")])),
        ("outcome".into(), Column::Text(vec![text("failed"); 2])),
    ])
    .unwrap();
    let batch = Batch { load_id: "e".into(), frame, notes: BTreeMap::new() };
    let done = lake.enrich(job, std::slice::from_ref(&batch), &commit("2026-02-02")).unwrap();
    let want = Counts { updated: 1, conflicts: 1, no_partner: 1, ..Counts::default() };
    assert_eq!(done.loads["e"], want);
    assert_eq!(done.no_partner["e"], [0]);
    let snap = lake.snapshot(job, At::Newest).unwrap().unwrap();
    let frame = lake.read(&snap, &["job_name", "outcome", "load_id"]).unwrap();
    let cells: Vec<Cell> = frame.iter().map(|(_, c)| c.cell(0)).collect();
    assert_eq!(cells, ["nightly", "success", "a"].map(|t| Cell::Text(t.into())));
    assert_eq!(frame.height(), 1);
    let again = lake.enrich(job, &[batch], &commit("2026-02-02")).unwrap();
    assert_eq!((again.version, again.loads["e"].updated), (Some(1), 1));
}

#[test]
fn rows_that_do_not_fit_are_refused_before_anything_is_written() {
    let (dir, lake) = fresh();
    let job = table("job_runs");
    let good = load("a", &[run("1", "2026-01-05", "2026-02-01", 1, "success")]);
    let broken = |name: &str, column: Column| {
        let mut frame = good.frame.clone();
        frame.set(name, column).unwrap();
        Batch { frame, ..good.clone() }
    };
    for (batch, named) in [
        (broken("run_id", Column::Text(vec![None])), "run_id"),
        (broken("anchor_at", Column::Time(vec![None])), "anchor_at"),
        (broken("outcome", Column::Text(vec![None])), "outcome"),
        (broken("outcome", Column::Int(vec![Some(1)])), "outcome"),
        (broken("colour", Column::Text(vec![None])), "colour"),
    ] {
        let error = lake.merge(job, &[batch], &commit("2026-02-01")).unwrap_err();
        assert_eq!(error.kind, Kind::Input);
        assert!(error.message.contains(named), "{error}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_derived_table_with_the_same_rows_makes_no_version() {
    let (_dir, lake) = fresh();
    let causes = table("failure_causes");
    let row = |id: &str, month: &str| {
        vec![
            ("run_id", Cell::Text(id.to_owned())),
            ("anchor_at", Cell::Time(at(month))),
            ("signature", Cell::Text("s".into())),
        ]
    };
    let (a, b) = (row("1", "2026-01-05"), row("2", "2026-02-05"));
    let two = rows(causes, &[&a, &b]);
    let run = commit("2026-03-01");
    assert_eq!(lake.rebuild(causes, &two, &run).unwrap().version, Some(0));
    let swapped = rows(causes, &[&b, &a]);
    let same = lake.rebuild(causes, &swapped, &commit("2026-04-01")).unwrap();
    assert_eq!((same.version_before, same.version), (Some(0), Some(0)));
    assert_eq!(lake.rebuild(causes, &rows(causes, &[&b]), &run).unwrap().version, Some(1));
    let snap = lake.snapshot(causes, At::Newest).unwrap().unwrap();
    assert_eq!((snap.row_count, snap.files.len()), (1, 1));
    assert_eq!(lake.rebuild(causes, &rows(causes, &[]), &run).unwrap().version, Some(2));
    let empty = lake.snapshot(causes, At::Newest).unwrap().unwrap();
    assert_eq!(lake.read(&empty, &[]).unwrap().height(), 0);
}

#[test]
fn the_ledger_appends_and_several_loads_share_one_commit() {
    let (_dir, lake) = fresh();
    let ledger = table("load_log");
    let batch = |id: &str| Batch {
        load_id: id.into(),
        frame: rows(ledger, &[&[("load_id", Cell::Text(id.into()))]]),
        notes: BTreeMap::from([("input_name".into(), format!("{id}.csv"))]),
    };
    let done = lake.append(ledger, &[batch("a"), batch("b")], &commit("2026-01-01")).unwrap();
    assert_eq!((done.version, done.loads.len()), (Some(0), 2));
    let done = lake.merge(ledger, &[batch("b"), batch("c")], &commit("2026-01-02")).unwrap();
    assert_eq!((done.version, done.already.len()), (Some(1), 1));
    let snap = lake.snapshot(ledger, At::Newest).unwrap().unwrap();
    assert_eq!(snap.row_count, 3);
    let history = lake.history("load_log").unwrap();
    assert_eq!(history[0].loads["a"].notes["input_name"], "a.csv");
    let compact = lake.compact(ledger, &commit("2026-01-03")).unwrap();
    assert_eq!(compact.version, Some(2));
    let snap = lake.snapshot(ledger, At::Newest).unwrap().unwrap();
    assert_eq!((snap.row_count, snap.files.len()), (3, 1));
    assert_eq!(lake.compact(ledger, &commit("2026-01-04")).unwrap().version, Some(2));
}

#[test]
fn the_same_loads_make_the_same_bytes_in_another_folder() {
    let digests = |lake: &Lake| -> Vec<String> {
        let history = lake.history("job_runs").unwrap();
        history.into_iter().map(|e| e.commit_sha256).collect()
    };
    let make = || {
        let (dir, lake) = fresh();
        merge(&lake, &[load("a", &[run("1", "2026-01-05", "2026-02-01", 1, "failed")])]);
        merge(&lake, &[load("b", &[run("1", "2026-01-05", "2026-02-02", 1, "success")])]);
        (dir, lake)
    };
    let (one, other) = (make(), make());
    assert_eq!(digests(&one.1), digests(&other.1));
    assert_eq!(digests(&one.1).len(), 2);
}

#[test]
fn vacuum_keeps_pinned_versions_and_every_foreign_file() {
    let (_dir, lake) = fresh();
    for (n, outcome) in ["running", "failed", "warning", "success"].iter().enumerate() {
        let seen = format!("2026-01-0{}", n + 1);
        let runs = [run("1", "2026-01-01", &seen, 1, outcome)];
        let batch = load(&n.to_string(), &runs);
        lake.merge(table("job_runs"), &[batch], &commit(&seen)).unwrap();
    }
    let month = lake.root().join("job_runs/month=2026-01");
    std::fs::write(month.join("mine.txt"), b"kept").unwrap();
    let census = || std::fs::read_dir(&month).unwrap().count();
    assert_eq!(census(), 5);
    let retention = |is_dry_run| Retention {
        as_of: at("2026-01-04") + 1,
        keep_us: 0,
        pins: BTreeMap::from([("job_runs".into(), BTreeSet::from([1]))]),
        is_dry_run,
    };
    let dry = lake.vacuum(&retention(true)).unwrap();
    assert_eq!((dry.files.len(), census()), (2, 5));
    assert_eq!(lake.vacuum(&retention(false)).unwrap(), dry);
    assert_eq!(census(), 3);
    assert_eq!(live(&lake, At::Version(1))[0].2, "failed");
    assert_eq!(live(&lake, At::Newest)[0].2, "success");
    let snap = lake.snapshot(table("job_runs"), At::Version(0)).unwrap().unwrap();
    assert_eq!(lake.read(&snap, &[]).unwrap_err().kind, Kind::Storage);
    assert_eq!(lake.vacuum(&retention(false)).unwrap(), Vacuumed::default());
    let ninety = Retention { keep_us: 90 * DAY_US, ..retention(false) };
    assert_eq!(lake.vacuum(&ninety).unwrap(), Vacuumed::default());
}

#[test]
fn a_full_disk_gives_the_file_and_leaves_the_lake_as_it_was() {
    let (_dir, lake) = fresh();
    merge(&lake, &[load("a", &[run("1", "2026-01-05", "2026-02-01", 1, "success")])]);
    let before = live(&lake, At::Newest);
    // A file where the month's folder belongs: the store cannot create it.
    std::fs::write(lake.root().join("job_runs/month=2026-02"), b"").unwrap();
    let batch = load("b", &[run("2", "2026-02-05", "2026-02-06", 1, "success")]);
    let error = lake.merge(table("job_runs"), &[batch], &commit("2026-03-01")).unwrap_err();
    assert_eq!(error.kind, Kind::Storage);
    assert!(error.place.unwrap().contains("month=2026-02"));
    assert!(error.hint.unwrap().contains("again"));
    assert_eq!(live(&lake, At::Newest), before);
}

#[test]
fn a_log_that_lost_its_first_entry_is_refused_and_not_begun_again() {
    let (_dir, lake) = fresh();
    let batch = load("a", &[run("1", "2026-01-05", "2026-02-01", 1, "success")]);
    merge(&lake, std::slice::from_ref(&batch));
    merge(&lake, &[load("b", &[run("2", "2026-01-05", "2026-02-01", 1, "success")])]);
    let entry = lake.root().join("job_runs/_delta_log/00000000000000000000.json");
    std::fs::remove_file(entry).unwrap();
    let refused = lake.merge(table("job_runs"), &[batch], &commit("2026-03-01")).unwrap_err();
    assert_eq!(refused.kind, Kind::Storage);
    assert!(lake.snapshot(table("job_runs"), At::Newest).is_err());
}

/// Writers race on one month without the lock, as on an object store.
#[test]
fn racing_writers_lose_nothing_and_double_nothing() {
    let (dir, _) = fresh();
    let path = dir.path().join("lake");
    let write = |path: &Path, writer: usize| {
        let lake = Lake::open(path).unwrap();
        (0..6).for_each(|n| {
            let mine = format!("{writer}-{n}");
            let runs = [
                run(&mine, "2026-01-05", "2026-02-01", 1, "success"),
                run("shared", "2026-01-05", &format!("2026-02-0{}", n + 1), n, &mine),
            ];
            loop {
                let batch = load(&mine, &runs);
                match lake.merge(table("job_runs"), &[batch], &commit("2026-03-01")) {
                    Ok(_) => break,
                    Err(e) => assert_eq!(e.kind, Kind::Busy, "{e}"),
                }
            }
        });
    };
    std::thread::scope(|s| {
        for writer in 0..3 {
            let path = &path;
            s.spawn(move || write(path, writer));
        }
    });
    let lake = Lake::open(&path).unwrap();
    let rows = live(&lake, At::Newest);
    assert_eq!(rows.len(), 19);
    let shared = rows.iter().find(|r| r.0 == "shared").unwrap();
    assert_eq!(shared.2, "2-5", "the greatest capture, then the greatest hash");
    let history = lake.history("job_runs").unwrap();
    let loads: Vec<&String> = history.iter().flat_map(|e| e.loads.keys()).collect();
    assert_eq!((loads.len(), loads.iter().collect::<BTreeSet<_>>().len()), (18, 18));
}

fn any_run() -> impl Strategy<Value = Run> {
    let outcomes = prop::sample::select(vec!["running", "success", "failed"]);
    (0..5_u8, 0..50_i64, 0..4_i64, 0..2_i64, outcomes).prop_map(
        |(id, day, seen, sequence, outcome)| Run {
            id: id.to_string(),
            anchor: at("2026-01-10") + day * DAY_US / 2,
            seen: at("2026-03-01") + seen * DAY_US,
            sequence,
            outcome: outcome.into(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn order_splitting_and_repetition_do_not_matter(
        runs in prop::collection::vec(any_run(), 1..14),
        cut in 0..14_usize,
        order in any::<prop::sample::Index>(),
    ) {
        let (_one, whole) = fresh();
        let done = merge(&whole, &[load("all", &runs)]);
        let all = done.loads["all"];
        prop_assert_eq!(all.loaded() + all.duplicate(), runs.len() as i64);
        let (_two, split) = fresh();
        let cut = cut.min(runs.len());
        let mut turned = runs.clone();
        turned.rotate_left(order.index(runs.len()));
        let pieces = [&turned[cut..], &turned[..cut], &turned[..]];
        for (n, piece) in pieces.iter().enumerate() {
            let done = merge(&split, &[load(&format!("p{n}"), piece)]);
            let counts = done.loads[&format!("p{n}")];
            prop_assert_eq!(counts.loaded() + counts.duplicate(), piece.len() as i64);
        }
        prop_assert_eq!(live(&whole, At::Newest), live(&split, At::Newest));
    }
}
