//! What becomes of expected runs, day by day, by hand.

use std::collections::BTreeMap;

use super::*;
use crate::derive::testing::{Row, at, frame, lines, list, t, us, with};
use crate::model::tables::incidents::MAINTENANCE_WINDOWS;
use crate::model::tables::reference::{POLICIES, SYSTEMS};
use crate::model::tables::runs::JOB_RUNS;
use crate::model::time::{DAY_US, SECOND_US};

const HOUR_US: i64 = 3600 * SECOND_US;

fn policy() -> Row {
    vec![
        ("policy_id", t("p")),
        ("system_id", t("erp")),
        ("operation", t("backup")),
        ("schedule", t("0 22 * * *")),
        ("zone", t("UTC")),
        ("window_s", Cell::Float(6.0 * 3600.0)),
        ("early_s", Cell::Float(1800.0)),
        ("grace_s", Cell::Float(3600.0)),
        ("backup_day_start", t("12:00")),
        ("valid_from", at("2026-01-05")),
        ("valid_to", at("2026-01-15")),
    ]
}

fn system() -> Row {
    vec![
        ("system_id", t("erp")),
        ("valid_from", at("2020-01-01")),
        ("name", t("ERP database")),
        ("aliases", list(&["erp-db01"])),
        ("tier", t("1")),
        ("environment", t("prod")),
        ("site", t("lon")),
        ("application", t("sap")),
    ]
}

/// A run that began and ended at the given times with an outcome.
fn run(id: &str, start: &str, end: &str, outcome: &str) -> Row {
    vec![
        ("source_id", t("s")),
        ("run_id", t(id)),
        ("system_id", t("erp")),
        ("operation", t("backup")),
        ("coverage", t("attempts")),
        ("outcome", t(outcome)),
        ("is_rollup", Cell::Bool(false)),
        ("protects_data", Cell::Bool(outcome == "success")),
        ("started_at", at(start)),
        ("anchor_at", at(start)),
        ("ended_at", if end.is_empty() { Cell::Null } else { at(end) }),
    ]
}

struct World {
    policies: Vec<Row>,
    systems: Vec<Row>,
    runs: Vec<Row>,
    windows: Vec<Row>,
    covered_from: BTreeMap<String, i64>,
    as_of_us: i64,
}

impl World {
    fn new(runs: Vec<Row>) -> Self {
        World {
            policies: vec![policy()],
            systems: vec![system()],
            runs,
            windows: Vec::new(),
            covered_from: BTreeMap::new(),
            as_of_us: us("2026-01-20"),
        }
    }
    fn derive(&self) -> Derived {
        expected_runs(&Expected {
            policies: &frame(&POLICIES, &self.policies),
            systems: &frame(&SYSTEMS, &self.systems),
            runs: &frame(&JOB_RUNS, &self.runs),
            windows: &frame(&MAINTENANCE_WINDOWS, &self.windows),
            covered_from: &self.covered_from,
            as_of_us: self.as_of_us,
        })
        .unwrap()
    }
    /// Day, outcome and matched run of every row.
    fn days(&self) -> Vec<String> {
        lines(&self.derive().frame, &["backup_day", "outcome", "run_id"])
    }
    fn count(&self, outcome: &str) -> usize {
        let frame = self.derive().frame;
        frame.text("outcome").unwrap().iter().filter(|o| o.as_deref() == Some(outcome)).count()
    }
}

/// Ten nights with every case of the success-rate family.
fn ten_nights() -> Vec<Row> {
    let retry = [("is_retry", Cell::Bool(true))];
    let ok = |yes| ("vendor_success", Cell::Bool(yes));
    vec![
        run("1", "2026-01-05 22:00", "2026-01-05 23:00", "success"),
        run("2", "2026-01-06 22:00", "2026-01-06 23:00", "success"),
        run("3a", "2026-01-07 22:00", "2026-01-07 22:10", "failed"),
        with(run("3b", "2026-01-07 22:40", "2026-01-07 23:40", "success"), &retry),
        run("4a", "2026-01-08 22:00", "2026-01-08 22:10", "failed"),
        with(run("4b", "2026-01-08 22:40", "2026-01-08 22:50", "failed"), &retry),
        with(
            run("4c", "2026-01-08 23:10", "2026-01-09 00:10", "warning"),
            &[retry[0].clone(), ok(true)],
        ),
        with(run("5", "2026-01-09 22:00", "2026-01-09 23:00", "warning"), &[ok(true)]),
        with(run("6", "2026-01-10 22:00", "2026-01-10 23:00", "warning"), &[ok(false)]),
        run("7", "2026-01-11 22:00", "2026-01-11 22:30", "failed"),
        with(
            run("7m", "2026-01-12 09:00", "2026-01-12 10:00", "success"),
            &[("trigger", t("manual"))],
        ),
        // Night 8: nothing ran.
        run("9", "2026-01-13 22:00", "2026-01-14 06:00", "success"),
        run("10", "2026-01-14 22:00", "2026-01-15 01:00", "success"),
    ]
}

#[test]
fn ten_nights_count_as_the_warning_policy_says() {
    for (warning_policy, fulfilled) in [("strict", 4), ("vendor", 6), ("lenient", 7)] {
        let mut world = World::new(ten_nights());
        world.policies[0].push(("warning_policy", t(warning_policy)));
        assert_eq!(world.count("fulfilled"), fulfilled, "{warning_policy}");
        assert_eq!((world.count("missed"), world.count("late")), (1, 1), "{warning_policy}");
    }
    let want = [
        "2026-01-05 fulfilled 1",
        "2026-01-06 fulfilled 2",
        "2026-01-07 fulfilled 3b",
        "2026-01-08 fulfilled 4c",
        "2026-01-09 fulfilled 5",
        "2026-01-10 failed 6",
        "2026-01-11 failed 7",
        "2026-01-12 missed -",
        "2026-01-13 late 9",
        "2026-01-14 fulfilled 10",
    ];
    assert_eq!(World::new(ten_nights()).days(), want);
}

#[test]
fn a_schedule_is_expected_once_on_the_nights_of_clock_changes() {
    let mut world = World::new(vec![
        run("spring", "2026-03-29 01:00", "2026-03-29 02:00", "success"),
        run("autumn", "2026-10-25 00:30", "2026-10-25 02:00", "success"),
    ]);
    let night = |policy_id, from, to| {
        let cells = [
            ("policy_id", t(policy_id)),
            ("schedule", t("30 2 * * *")),
            ("zone", t("Europe/Berlin")),
            ("backup_day_start", t("12:00")),
            ("valid_from", at(from)),
            ("valid_to", at(to)),
        ];
        with(policy(), &cells)
    };
    world.policies = vec![
        night("spring", "2026-03-28 12:00", "2026-03-29 12:00"),
        night("autumn", "2026-10-24 12:00", "2026-10-25 12:00"),
    ];
    world.as_of_us = us("2026-11-01");
    let columns = ["due_at", "deadline_at", "backup_day", "clock_note", "outcome"];
    let want = [
        "2026-10-25T00:30:00Z 2026-10-25T07:30:00Z 2026-10-24 fold_first fulfilled",
        "2026-03-29T01:00:00Z 2026-03-29T08:00:00Z 2026-03-28 gap_shifted fulfilled",
    ];
    assert_eq!(lines(&world.derive().frame, &columns), want);
}

fn two_nights(runs: Vec<Row>) -> World {
    let mut world = World::new(runs);
    world.policies[0].push(("valid_to", at("2026-01-07")));
    world
}

#[test]
fn a_scheduled_run_before_the_next_due_time_is_late_not_missed() {
    let scheduled = |row| with(row, &[("trigger", t("scheduled"))]);
    let late = run("x", "2026-01-06 09:00", "2026-01-06 10:00", "success");
    let want = ["2026-01-05 late x", "2026-01-06 missed -"];
    assert_eq!(two_nights(vec![scheduled(late.clone())]).days(), want);
    let want = ["2026-01-05 missed -", "2026-01-06 missed -"];
    assert_eq!(two_nights(vec![late]).days(), want);
    let failed = scheduled(run("x", "2026-01-06 09:00", "2026-01-06 10:00", "failed"));
    let want = ["2026-01-05 failed x", "2026-01-06 missed -"];
    assert_eq!(two_nights(vec![failed]).days(), want);
}

#[test]
fn one_run_answers_for_one_expected_run_and_a_full_for_an_incremental() {
    let leveled = |id, level| {
        with(run(id, "2026-01-05 22:05", "2026-01-05 23:00", "success"), &[("level", t(level))])
    };
    let world = |runs| {
        let mut world = World::new(runs);
        let cells =
            |id, level| [("policy_id", t(id)), ("level", t(level)), ("valid_to", at("2026-01-06"))];
        world.policies = vec![
            with(policy(), &cells("a-incr", "incremental")),
            with(policy(), &cells("b-full", "full")),
        ];
        lines(&world.derive().frame, &["policy_id", "outcome", "run_id"])
    };
    let cases: [(Vec<Row>, [&str; 2]); 4] = [
        (vec![leveled("f", "full")], ["a-incr missed -", "b-full fulfilled f"]),
        (vec![leveled("i", "incremental")], ["a-incr fulfilled i", "b-full missed -"]),
        (
            vec![leveled("f", "full"), leveled("g", "full")],
            ["a-incr fulfilled g", "b-full fulfilled f"],
        ),
        (
            vec![run("u", "2026-01-05 22:00", "2026-01-05 23:00", "success")],
            ["a-incr missed -", "b-full fulfilled u"],
        ),
    ];
    for (runs, want) in cases {
        assert_eq!(world(runs), want);
    }
}

#[test]
fn only_runs_of_the_named_job_fulfil_a_policy_that_names_one() {
    let row = |job| with(run("x", "2026-01-05 22:00", "2026-01-05 23:00", "success"), &[job]);
    for (job, want) in [
        (("job_id", t("j1")), "2026-01-05 fulfilled x"),
        (("job_name", t("j1")), "2026-01-05 fulfilled x"),
        (("job_id", t("j2")), "2026-01-05 missed -"),
    ] {
        let mut world = two_nights(vec![row(job)]);
        world.policies[0].push(("job_id", t("j1")));
        assert_eq!(world.days()[0], want);
    }
}

#[test]
fn what_is_no_attempt_does_not_answer() {
    let base = || run("x", "2026-01-05 22:00", "2026-01-05 23:00", "success");
    let cases: [(&str, Row); 6] = [
        ("rollup", with(base(), &[("is_rollup", Cell::Bool(true))])),
        ("dry run", with(base(), &[("protects_data", Cell::Bool(false))])),
        ("refused", with(base(), &[("outcome", t("refused"))])),
        ("vendor missed", with(base(), &[("outcome", t("missed"))])),
        ("other operation", with(base(), &[("operation", t("copy"))])),
        ("no system", with(base(), &[("system_id", Cell::Null)])),
    ];
    for (case, row) in cases {
        assert_eq!(two_nights(vec![row]).days()[0], "2026-01-05 missed -", "{case}");
    }
}

#[test]
fn nothing_is_decided_before_the_deadline() {
    // Deadline of the first night: 2026-01-06 05:00.
    let failed = run("x", "2026-01-05 22:00", "2026-01-05 22:10", "failed");
    let success = run("x", "2026-01-05 22:00", "2026-01-06 02:00", "success");
    let cases: [(&str, Vec<Row>, &[&str]); 7] = [
        ("2026-01-05 21:59", vec![], &[]),
        ("2026-01-05 22:00", vec![], &["2026-01-05 pending -"]),
        ("2026-01-06 05:01", vec![], &["2026-01-05 missed -"]),
        ("2026-01-05 23:00", vec![failed.clone()], &["2026-01-05 pending x"]),
        ("2026-01-06 05:01", vec![failed], &["2026-01-05 failed x"]),
        ("2026-01-06 01:00", vec![success.clone()], &["2026-01-05 pending x"]),
        ("2026-01-06 02:00", vec![success], &["2026-01-05 fulfilled x"]),
    ];
    for (as_of, runs, want) in cases {
        let mut world = World::new(runs);
        world.as_of_us = us(as_of);
        assert_eq!(world.days(), want, "{as_of}");
    }
}

#[test]
fn maintenance_excludes_by_scope_and_kind() {
    let window = |kind: &str, scope_kind: &str, scope: &[&str]| {
        vec![
            ("starts_at", at("2026-01-05 20:00")),
            ("ends_at", at("2026-01-05 23:00")),
            ("kind", t(kind)),
            ("scope_kind", t(scope_kind)),
            ("scope", list(scope)),
        ]
    };
    let cases: [(Row, bool); 12] = [
        (window("maintenance", "all", &[]), true),
        (window("blackout", "all", &[]), true),
        (window("silence", "all", &[]), false),
        (window("freeze", "all", &[]), false),
        (window("maintenance", "system", &["erp"]), true),
        (window("maintenance", "system", &["erp-db01"]), true),
        (window("maintenance", "system", &["crm"]), false),
        (window("maintenance", "tier", &["1"]), true),
        (window("maintenance", "environment", &["prod"]), true),
        (window("maintenance", "site", &["ams", "lon"]), true),
        (window("maintenance", "service", &["sap"]), true),
        (window("maintenance", "rule", &["erp"]), false),
    ];
    for (row, is_excluded) in cases {
        let mut world =
            two_nights(vec![run("x", "2026-01-05 22:00", "2026-01-05 23:00", "failed")]);
        world.windows = vec![row.clone()];
        let columns = ["outcome", "exclude_reason", "run_id"];
        let want = if is_excluded { "excluded maintenance x" } else { "failed - x" };
        assert_eq!(lines(&world.derive().frame, &columns), [want, "missed - -"], "{row:?}");
    }
}

#[test]
fn nothing_is_expected_of_a_system_out_of_service() {
    let mut world = World::new(vec![]);
    world.systems = vec![with(
        system(),
        &[("in_service_from", at("2026-01-07")), ("in_service_to", at("2026-01-09"))],
    )];
    assert_eq!(world.days(), ["2026-01-07 missed -", "2026-01-08 missed -"]);
    world.systems.clear();
    assert_eq!(world.days().len(), 10);
}

#[test]
fn absence_proves_nothing_before_the_exports_begin() {
    let mut world = World::new(vec![run("x", "2026-01-14 22:00", "2026-01-14 23:00", "success")]);
    world.covered_from.insert("s".to_owned(), us("2026-01-13"));
    world.covered_from.insert("older".to_owned(), us("2026-01-01"));
    assert_eq!(world.days(), ["2026-01-13 missed -", "2026-01-14 fulfilled x"]);
    // A system that no source ever showed is judged from the first data on.
    world.runs.clear();
    assert_eq!(world.days().len(), 10);
}

#[test]
fn a_list_of_survivors_proves_nothing_before_its_oldest_point() {
    let point = |id, day: &str| {
        let cells = [("coverage", t("survivors"))];
        with(run(id, &format!("{day} 22:10"), &format!("{day} 22:20"), "success"), &cells)
    };
    let world = World::new(vec![point("a", "2026-01-12"), point("b", "2026-01-14")]);
    let columns = ["backup_day", "outcome", "exclude_reason", "coverage"];
    let got = lines(&world.derive().frame, &columns);
    assert_eq!(got[6], "2026-01-11 excluded before_oldest_point survivors");
    assert_eq!(
        got[7..],
        [
            "2026-01-12 fulfilled - survivors",
            "2026-01-13 missed - survivors",
            "2026-01-14 fulfilled - survivors",
        ]
    );
}

#[test]
fn a_retry_after_the_next_due_time_belongs_to_the_next_run() {
    let mut world = World::new(vec![
        run("a", "2026-01-05 01:00", "2026-01-05 01:10", "failed"),
        with(
            run("b", "2026-01-05 01:30", "2026-01-05 01:40", "success"),
            &[("attempt_no", Cell::Int(2))],
        ),
        with(
            run("c", "2026-01-05 02:05", "2026-01-05 02:10", "success"),
            &[("trigger", t("retry"))],
        ),
    ]);
    world.policies = vec![with(
        policy(),
        &[
            ("schedule", t("0 1,2,3 * * *")),
            ("window_s", Cell::Float(1800.0)),
            ("grace_s", Cell::Float(900.0)),
            ("valid_to", at("2026-01-05 12:00")),
        ],
    )];
    let want = ["2026-01-04 fulfilled b", "2026-01-04 fulfilled c", "2026-01-04 missed -"];
    assert_eq!(world.days(), want);
}

#[test]
fn a_policy_that_cannot_be_read_is_a_finding_and_the_others_go_on() {
    let mut world = World::new(ten_nights());
    world.policies.push(with(policy(), &[("policy_id", t("q")), ("schedule", t("nightly"))]));
    world.policies.push(with(policy(), &[("policy_id", t("r")), ("zone", t("Berlin"))]));
    let derived = world.derive();
    assert_eq!(derived.frame.height(), 10);
    assert_eq!(derived.findings.len(), 2);
    assert!(derived.findings[0].starts_with("policy `q`: `nightly` is not a schedule"));
    assert!(derived.findings[1].starts_with("policy `r`: `Berlin` is not a time zone"));
}

#[test]
fn empty_frames_without_columns_are_no_error_and_a_missing_column_is() {
    let (empty, covered_from) = (Frame::new(), BTreeMap::new());
    let mut input = Expected {
        policies: &empty,
        systems: &empty,
        runs: &empty,
        windows: &empty,
        covered_from: &covered_from,
        as_of_us: 0,
    };
    let derived = expected_runs(&input).unwrap();
    let want: Vec<_> = EXPECTED_RUNS.columns.iter().map(|c| c.name).collect();
    assert_eq!(
        (derived.frame.height(), derived.frame.names()),
        (0, &want.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()[..])
    );
    let wrong = frame(&SYSTEMS, &[system()]);
    input.policies = &wrong;
    assert!(expected_runs(&input).unwrap_err().to_string().contains("policy_id"));
}

proptest::proptest! {
    #[test]
    fn deleting_the_runs_that_fulfil_adds_exactly_as_many_missed(
        nights in proptest::collection::vec((0_i64..5, proptest::bool::weighted(0.8)), 30),
        deleted in proptest::collection::btree_set(0_usize..30, 0..10),
        seed in 0_usize..1000,
    ) {
        // Thirty nights across the clock change of 2026-03-29; one run a night, or none.
        let first = us("2026-03-15 21:00");
        let mut runs = Vec::new();
        for (night, (delay_h, ran)) in (0_i64..).zip(&nights) {
            let start = first + night * DAY_US + delay_h * HOUR_US;
            let mut row = run(&format!("{night:02}"), "2026-01-01", "2026-01-01", "success");
            row.push(("started_at", Cell::Time(start)));
            row.push(("ended_at", Cell::Time(start + HOUR_US)));
            if *ran { runs.push(row); }
        }
        let mut world = World::new(runs);
        world.policies = vec![with(policy(), &[
            ("zone", t("Europe/Berlin")),
            ("window_s", Cell::Float(8.0 * 3600.0)),
            ("early_s", Cell::Float(2.0 * 3600.0)),
            ("valid_from", at("2026-03-15")),
            ("valid_to", at("2026-04-14")),
        ])];
        world.as_of_us = us("2026-05-01");
        let (fulfilled, missed) = (world.count("fulfilled"), world.count("missed"));
        proptest::prop_assert_eq!(fulfilled + missed, 30);
        proptest::prop_assert_eq!(fulfilled, world.runs.len());
        // Order of rows does not matter.
        let whole = world.derive();
        let len = world.runs.len();
        world.runs.rotate_left(seed % len.max(1));
        world.runs.reverse();
        proptest::prop_assert_eq!(whole, world.derive());
        let before = world.runs.len();
        world.runs.retain(|row| {
            let Cell::Text(id) = &row[1].1 else { return true };
            !deleted.contains(&id.parse::<usize>().unwrap())
        });
        let gone = before - world.runs.len();
        proptest::prop_assert_eq!(world.count("fulfilled"), fulfilled - gone);
        proptest::prop_assert_eq!(world.count("missed"), missed + gone);
    }
}
