//! Links of incidents, one rule at a time.

use super::*;
use crate::derive::testing::{Row, at, frame, lines, t, with};
use crate::model::tables::derived::EXPECTED_RUNS;
use crate::model::tables::incidents::{ALERTS, CHANGES, INCIDENTS};
use crate::model::tables::runs::{JOB_ATTEMPTS, JOB_RUNS};

fn incident() -> Row {
    vec![
        ("source_id", t("desk")),
        ("incident_id", t("i1")),
        ("system_id", t("erp")),
        ("detected_at", at("2026-01-06 08:00")),
    ]
}

fn run(id: &str, start: &str, end: &str, outcome: &str) -> Row {
    vec![
        ("source_id", t("s")),
        ("run_id", t(id)),
        ("system_id", t("erp")),
        ("job_id", t("j")),
        ("outcome", t(outcome)),
        ("started_at", at(start)),
        ("anchor_at", at(start)),
        ("ended_at", at(end)),
    ]
}

#[derive(Default)]
struct World {
    incidents: Vec<Row>,
    runs: Vec<Row>,
    attempts: Vec<Row>,
    alerts: Vec<Row>,
    changes: Vec<Row>,
    expected: Vec<Row>,
}

impl World {
    fn new(incident: Row) -> Self {
        World { incidents: vec![incident], ..World::default() }
    }
    fn derive(&self) -> Frame {
        let input = Links {
            incidents: &frame(&INCIDENTS, &self.incidents),
            runs: &frame(&JOB_RUNS, &self.runs),
            attempts: &frame(&JOB_ATTEMPTS, &self.attempts),
            alerts: &frame(&ALERTS, &self.alerts),
            changes: &frame(&CHANGES, &self.changes),
            expected: &frame(&EXPECTED_RUNS, &self.expected),
            change_within_s: 86_400.0,
        };
        incident_links(&input).unwrap().frame
    }
    fn first(&self, columns: &[&str]) -> String {
        lines(&self.derive(), columns).remove(0)
    }
}

#[test]
fn the_latest_failure_of_the_same_system_within_a_day_is_linked() {
    let mut world = World::new(incident());
    world.runs = vec![
        run("old", "2026-01-05 06:00", "2026-01-05 07:59", "failed"),
        run("near", "2026-01-05 22:00", "2026-01-06 01:00", "failed"),
        run("ok", "2026-01-06 02:00", "2026-01-06 03:00", "success"),
        with(
            run("other", "2026-01-06 02:00", "2026-01-06 03:00", "failed"),
            &[("system_id", t("crm"))],
        ),
        run("later", "2026-01-06 07:00", "2026-01-06 08:01", "failed"),
        with(
            run("sum", "2026-01-06 02:00", "2026-01-06 03:00", "failed"),
            &[("is_rollup", Cell::Bool(true))],
        ),
    ];
    let columns = ["run_source_id", "run_id", "occurred_at", "occurred_at_source", "rule"];
    let want =
        "s near 2026-01-06T01:00:00Z first_failed_attempt run:same_system alert:none change:none";
    assert_eq!(world.first(&columns), want);
    world.runs.remove(1);
    let want = "- - - unknown run:none alert:none change:none";
    assert_eq!(world.first(&columns), want);
    // Exactly a day before still counts.
    world.runs[0].push(("ended_at", at("2026-01-05 08:00")));
    assert_eq!(world.first(&["run_id"]), "old");
}

#[test]
fn the_fault_is_the_end_of_the_first_failed_attempt() {
    let base = || run("r", "2026-01-06 02:00", "2026-01-06 03:00", "failed");
    let retry = [("is_retry", Cell::Bool(true))];
    let first = [("first_attempt_at", at("2026-01-06 00:30"))];
    let attempt = |no, end: &str, outcome: &str| {
        let end = if end.is_empty() { Cell::Null } else { at(end) };
        vec![
            ("source_id", t("s")),
            ("run_id", t("r")),
            ("attempt_no", Cell::Int(no)),
            ("outcome", t(outcome)),
            ("started_at", at("2026-01-06 00:40")),
            ("ended_at", end),
        ]
    };
    let cases: [(&str, Vec<Row>, Vec<Row>, &str); 5] = [
        ("one attempt", vec![base()], vec![], "2026-01-06T03:00:00Z"),
        (
            "only the last attempt is dated",
            vec![with(base(), &first)],
            vec![],
            "2026-01-06T00:30:00Z",
        ),
        (
            "attempts are listed",
            vec![base()],
            vec![
                attempt(1, "2026-01-06 00:50", "failed"),
                attempt(2, "2026-01-06 03:00", "failed"),
            ],
            "2026-01-06T00:50:00Z",
        ),
        (
            "an attempt without an end",
            vec![base()],
            vec![attempt(1, "", "interrupted")],
            "2026-01-06T00:40:00Z",
        ),
        (
            "retries are rows",
            vec![run("a", "2026-01-05 23:00", "2026-01-05 23:20", "failed"), with(base(), &retry)],
            vec![],
            "2026-01-05T23:20:00Z",
        ),
    ];
    for (case, runs, attempts, want) in cases {
        let mut world = World::new(incident());
        (world.runs, world.attempts) = (runs, attempts);
        assert_eq!(world.first(&["run_id", "occurred_at"]), format!("r {want}"), "{case}");
    }
}

#[test]
fn what_people_recorded_comes_first() {
    let recorded = [
        ("run_id", t("x")),
        ("change_id", t("c")),
        ("alert_id", t("a")),
        ("reported_fault_at", at("2026-01-05 21:00")),
    ];
    let mut world = World::new(with(incident(), &recorded));
    let elsewhere = [("source_id", t("a-source")), ("system_id", t("crm"))];
    world.runs = vec![
        with(run("x", "2026-01-05 22:00", "2026-01-05 23:00", "failed"), &elsewhere),
        run("x", "2026-01-05 22:00", "2026-01-05 23:30", "failed"),
        run("near", "2026-01-06 02:00", "2026-01-06 03:00", "failed"),
    ];
    let columns = ["run_source_id", "run_id", "change_id", "alert_id", "occurred_at"];
    assert_eq!(world.first(&columns), "s x c a 2026-01-05T21:00:00Z");
    let want = "recorded run:recorded alert:recorded change:recorded";
    assert_eq!(world.first(&["occurred_at_source", "rule"]), want);
    // A run that is not loaded keeps its id.
    world.runs.clear();
    assert_eq!(world.first(&["run_source_id", "run_id"]), "- x");
}

#[test]
fn the_first_alert_that_names_the_incident_leads_to_the_run() {
    let alert = |id: &str, fired: &str, run: Cell| {
        vec![
            ("alert_id", t(id)),
            ("incident_id", t("i1")),
            ("fired_at", at(fired)),
            ("run_id", run),
        ]
    };
    let mut world = World::new(incident());
    world.runs = vec![
        run("far", "2026-01-02 22:00", "2026-01-02 23:00", "failed"),
        run("near", "2026-01-06 02:00", "2026-01-06 03:00", "failed"),
    ];
    world.alerts = vec![
        alert("second", "2026-01-06 07:30", Cell::Null),
        alert("first", "2026-01-06 07:00", t("far")),
    ];
    let columns = ["alert_id", "run_id", "occurred_at", "rule"];
    let want = "first far 2026-01-02T23:00:00Z run:alert alert:names_incident change:none";
    assert_eq!(world.first(&columns), want);
}

#[test]
fn a_silence_begins_at_the_first_missed_deadline_in_a_row() {
    let expected = |policy: &str, day: u8, outcome: &str| {
        vec![
            ("policy_id", t(policy)),
            ("system_id", t("erp")),
            ("due_at", at(&format!("2026-01-{day:02} 22:00"))),
            ("deadline_at", at(&format!("2026-01-{:02} 04:00", day + 1))),
            ("outcome", t(outcome)),
        ]
    };
    let cases: [(&str, Vec<Row>, &str); 6] = [
        (
            "streak",
            vec![
                expected("p", 1, "missed"),
                expected("p", 2, "fulfilled"),
                expected("p", 3, "missed"),
                expected("p", 4, "missed"),
                expected("p", 5, "missed"),
            ],
            "2026-01-04T04:00:00Z missed_deadline",
        ),
        ("ended before", vec![expected("p", 3, "missed"), expected("p", 4, "late")], "- unknown"),
        (
            "maintenance does not end it",
            vec![expected("p", 3, "missed"), expected("p", 4, "excluded")],
            "2026-01-04T04:00:00Z missed_deadline",
        ),
        ("not missed yet", vec![expected("p", 6, "missed")], "- unknown"),
        (
            "policies apart",
            vec![expected("p", 4, "missed"), expected("q", 4, "fulfilled")],
            "2026-01-05T04:00:00Z missed_deadline",
        ),
        (
            "latest of two",
            vec![expected("p", 1, "missed"), expected("q", 4, "missed")],
            "2026-01-05T04:00:00Z missed_deadline",
        ),
    ];
    for (case, rows, want) in cases {
        let mut world = World::new(incident());
        world.expected = rows;
        assert_eq!(world.first(&["occurred_at", "occurred_at_source"]), want, "{case}");
        world.expected.reverse();
        assert_eq!(world.first(&["occurred_at", "occurred_at_source"]), want, "{case}");
    }
}

#[test]
fn a_change_on_the_same_system_within_reach_of_the_fault_is_linked() {
    let change = |id: &str, status: &str, start: &str, end: &str| {
        let end = if end.is_empty() { Cell::Null } else { at(end) };
        vec![
            ("change_id", t(id)),
            ("system_id", t("erp")),
            ("status", t(status)),
            ("actual_start_at", at(start)),
            ("actual_end_at", end),
        ]
    };
    // The fault is at 2026-01-06 03:00.
    let planned = vec![
        ("change_id", t("c")),
        ("system_id", t("erp")),
        ("status", t("scheduled")),
        ("planned_start_at", at("2026-01-06 01:00")),
    ];
    let cases: [(&str, Row, &str); 6] = [
        ("ended a day before", change("c", "closed", "2026-01-04 01:00", "2026-01-05 03:00"), "c"),
        ("ended earlier", change("c", "closed", "2026-01-04 01:00", "2026-01-05 02:59"), "-"),
        ("under way", change("c", "implementing", "2026-01-05 22:00", ""), "c"),
        ("began after the fault", change("c", "closed", "2026-01-06 03:01", ""), "-"),
        ("planned only", planned.clone(), "-"),
        ("planned and done", with(planned, &[("status", t("closed"))]), "c"),
    ];
    for (case, row, want) in cases {
        let mut world = World::new(incident());
        world.runs = vec![run("r", "2026-01-06 02:00", "2026-01-06 03:00", "failed")];
        world.changes = vec![row];
        assert_eq!(world.first(&["change_id"]), want, "{case}");
        world.changes[0].push(("system_id", t("crm")));
        assert_eq!(world.first(&["change_id"]), "-", "{case}");
    }
}

#[test]
fn every_incident_has_one_row_in_order_of_its_key() {
    let mut world = World::new(incident());
    world.incidents.push(with(incident(), &[("incident_id", t("i0")), ("system_id", Cell::Null)]));
    assert_eq!(lines(&world.derive(), &["source_id", "incident_id"]), ["desk i0", "desk i1"]);
    world.incidents.clear();
    assert_eq!(world.derive().height(), 0);
}
