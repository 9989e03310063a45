//! Merging by key: order, splitting and repetition of loads do not matter; rows move, fill and
//! enrich; writers that race lose nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::prelude::*;
use tapeline::error::Kind;
use tapeline::lake::{At, Batch, Counts, Lake};
use tapeline::model::frame::{Cell, Column, Frame};
use tapeline::model::time::DAY_US;

use super::{Run, at, commit, counts, fresh, live, load, merge, rows, run, table};

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
