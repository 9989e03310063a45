//! Versions: history, the past, derived tables, the ledger, new columns, vacuum, damage.

use std::collections::{BTreeMap, BTreeSet};

use tapeline::error::Kind;
use tapeline::lake::{At, Batch, Lake, Retention, Vacuumed};
use tapeline::model::frame::{Cell, Column, Type};
use tapeline::model::table::{Merge, Origin, Table, may, must};
use tapeline::model::time::DAY_US;

use super::{at, commit, counts, fresh, live, load, merge, rows, run, table};

#[test]
fn opening_a_lake_creates_nothing() {
    let (dir, lake) = fresh();
    assert!(live(&lake, At::Newest).is_empty());
    assert!(lake.version_vector().unwrap().is_empty());
    assert!(lake.history("job_runs").unwrap().is_empty());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
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
    // No rows and no table yet: there is nothing to say.
    assert_eq!(lake.rebuild(causes, &rows(causes, &[]), &run).unwrap().version, None);
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

static ONE_COLUMN: Table = Table {
    name: "rules",
    says: "",
    origin: Origin::User,
    key: &["rule_id"],
    time: None,
    merge: Merge::Replace,
    columns: &[must("rule_id", Type::Text, "")],
};

static TWO_COLUMNS: Table =
    Table { columns: &[must("rule_id", Type::Text, ""), may("days", Type::Int, "")], ..ONE_COLUMN };

static OTHER_TYPE: Table = Table {
    columns: &[must("rule_id", Type::Text, ""), may("days", Type::Text, "")],
    ..ONE_COLUMN
};

#[test]
fn a_new_column_is_null_in_old_rows_and_an_older_program_is_refused() {
    let (_dir, lake) = fresh();
    let batch = |table: &Table, id: &str| {
        let hash = ("row_hash", Cell::Text(id.into()));
        let frame = rows(table, &[&[("rule_id", Cell::Text(id.into())), hash]]);
        Batch { load_id: id.into(), frame, notes: BTreeMap::new() }
    };
    let run = commit("2026-01-01");
    lake.merge(&ONE_COLUMN, &[batch(&ONE_COLUMN, "a")], &run).unwrap();
    let old = lake.snapshot(&TWO_COLUMNS, At::Newest).unwrap().unwrap();
    assert_eq!(lake.read(&old, &["days"]).unwrap().cell("days", 0), Cell::Null);
    let mut newer = batch(&TWO_COLUMNS, "b");
    newer.frame.set("days", Column::Int(vec![Some(7)])).unwrap();
    lake.merge(&TWO_COLUMNS, &[newer], &run).unwrap();
    let snap = lake.snapshot(&TWO_COLUMNS, At::Newest).unwrap().unwrap();
    assert_eq!(snap.files.len(), 2, "the old file is not rewritten");
    let frame = lake.read(&snap, &["rule_id", "days"]).unwrap();
    let cells: BTreeSet<String> = (0..2).map(|r| format!("{:?}", frame.cell("days", r))).collect();
    assert_eq!(cells, BTreeSet::from(["Int(7)".into(), "Null".into()]));
    let refused = lake.merge(&ONE_COLUMN, &[batch(&ONE_COLUMN, "c")], &run).unwrap_err();
    assert_eq!(refused.kind, Kind::Config);
    assert!(refused.hint.unwrap().contains("newer version"));
    let other = lake.merge(&OTHER_TYPE, &[batch(&OTHER_TYPE, "d")], &run).unwrap_err();
    assert!(other.message.contains("days"), "{other}");
}

#[test]
fn the_newest_row_of_a_source_is_known() {
    let (_dir, lake) = fresh();
    let job = table("job_runs");
    assert_eq!(lake.newest_at(job, "veeam").unwrap(), None);
    let runs = [
        run("1", "2026-01-05", "2026-03-01", 1, "success"),
        run("2", "2026-02-05T01:02:03.123456Z", "2026-03-01", 1, "success"),
    ];
    merge(&lake, &[load("a", &runs)]);
    let want = Some(at("2026-02-05T01:02:03.123456Z"));
    assert_eq!(lake.newest_at(job, "veeam").unwrap(), want);
    assert_eq!(lake.newest_at(job, "other").unwrap(), None);
}
