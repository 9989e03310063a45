//! The steps on small frames with values known by hand or from the goldens of `stats`.

use super::super::golden::close;
use super::*;
use crate::model::frame::{Cell, Column};
use crate::model::time::{DAY_US, iso, parse_iso};

fn steps(text: &str) -> Result<Vec<Step>> {
    let table: toml::Table = text.parse().unwrap();
    let tables: Vec<toml::Table> =
        table["steps"].as_array().unwrap().iter().map(|t| t.as_table().unwrap().clone()).collect();
    parse(&tables, "queries/metrics/example.sql")
}

fn ints(values: &[i64]) -> Column {
    Column::Int(values.iter().map(|v| Some(*v)).collect())
}
fn texts(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|v| Some((*v).to_owned())).collect())
}
fn bools(values: &[bool]) -> Column {
    Column::Bool(values.iter().map(|v| Some(*v)).collect())
}
fn times(values: &[i64]) -> Column {
    Column::Time(values.iter().map(|v| Some(*v)).collect())
}
fn frame(columns: Vec<(&str, Column)>) -> Frame {
    Frame::from_columns(columns.into_iter().map(|(n, c)| (n.to_owned(), c)).collect()).unwrap()
}
fn run_on(text: &str, frame: Frame, ctx: &StepContext) -> Frame {
    let (frame, added) = apply(&steps(text).unwrap(), frame, ctx).unwrap();
    for column in &added {
        assert_eq!(frame.get(&column.name).unwrap().kind(), column.kind, "{}", column.name);
        assert!(!column.says.is_empty());
    }
    frame
}
fn run_alone(text: &str, frame: Frame) -> Frame {
    run_on(text, frame, &StepContext::default())
}
#[track_caller]
fn float(frame: &Frame, name: &str, row: usize) -> f64 {
    match frame.cell(name, row) {
        Cell::Float(value) => value,
        other => panic!("{name}[{row}] is {other:?}"),
    }
}
#[track_caller]
fn word(frame: &Frame, name: &str, row: usize) -> String {
    match frame.cell(name, row) {
        Cell::Text(value) => value,
        other => panic!("{name}[{row}] is {other:?}"),
    }
}

/// A frame without rows that has every column which the examples name.
fn empty() -> Frame {
    let int = [
        "fulfilled_bytes", "expected_bytes", "ok_count", "run_count", "failure_count", "service_us",
        "resolve_us", "start_delay_us", "failed_after_count", "expected_after_count",
        "failed_control_count", "expected_control_count", "attempt", "made_count", "s1_k", "s1_n",
        "s3_k", "s3_n", "duration_us", "latency_us", "failed_count", "rpo_s", "median_duration_us",
        "used_bytes", "available_bytes",
    ];
    let text = [
        "severity", "server", "month", "tier", "warning_policy", "stream", "weekday", "system_id",
        "experiment_id", "arm", "pool_id",
    ];
    let time =
        ["day", "hour", "taken_at", "usable_at", "usable_until", "in_service_from", "sampled_at"];
    let mut columns: Vec<(&str, Column)> = Vec::new();
    columns.extend(int.map(|n| (n, Column::empty(Type::Int))));
    columns.extend(text.map(|n| (n, Column::empty(Type::Text))));
    columns.extend(time.map(|n| (n, Column::empty(Type::Time))));
    columns.extend(["p", "median_s"].map(|n| (n, Column::empty(Type::Float))));
    columns.push(("is_resolved", Column::empty(Type::Bool)));
    frame(columns)
}
use crate::model::frame::Type;

#[test]
fn every_example_parses_and_runs_on_an_empty_frame() {
    for (name, example) in EXAMPLES {
        let parsed = steps(example).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (result, added) = apply(&parsed, empty(), &StepContext::default())
            .unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!added.is_empty(), "{name}");
        assert!(added.iter().all(|c| result.position(&c.name).is_some()), "{name}");
    }
}

#[test]
fn mistakes_in_a_header_name_the_step_and_the_way_out() {
    let table = [
        ("step = \"proportions\"", "`proportions` is not a step", "known steps: ratio, proportion"),
        ("k = \"a\"", "`step` is missing", "write  step"),
        ("step = \"proportion\"\nk = \"a\"\nm = \"b\"", "unknown field `m`", "an example that works"),
        ("step = \"proportion\"\nk = \"a\"", "missing field `n`", "an example that works"),
        (
            "step = \"proportion\"\nk = \"a\"\nn = \"b\"\ntarget = \"99.5\"",
            "`99.5` is not a target",
            "write  \">= 0.995\"",
        ),
        ("step = \"compare\"\nkind = \"means\"", "unknown variant `means`", "an example"),
        (
            "step = \"compare\"\nkind = \"rates\"\nk = \"a\"\nn = \"a\"\nbase_k = \"a\"\n\
             base_n = \"a\"\narm = \"x\"",
            "unknown field `arm`",
            "an example",
        ),
        ("step = \"count_rate\"\nevents = \"a\"", "give either `exposure_us`", "an example"),
        ("step = \"bridge\"\nstates = []", "at least two `states`", "an example"),
    ];
    for (body, message, hint) in table {
        let error = steps(&format!("[[steps]]\n{body}")).unwrap_err();
        assert!(error.message.starts_with("[[steps]] number 1: "), "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(error.hint.as_ref().unwrap().contains(hint), "{error}");
        assert_eq!(error.place.as_deref(), Some("queries/metrics/example.sql"));
    }
}

#[test]
fn a_missing_column_and_a_taken_name_are_errors() {
    let text = "[[steps]]\nstep = \"proportion\"\nk = \"ok\"\nn = \"all\"";
    let without = frame(vec![("ok", ints(&[1]))]);
    let error = apply(&steps(text).unwrap(), without, &StepContext::default()).unwrap_err();
    assert!(error.message.contains("column `all` is missing; found: ok"), "{error}");
    let taken = frame(vec![("ok", ints(&[1])), ("all", ints(&[2])), ("value", ints(&[2]))]);
    let error = apply(&steps(text).unwrap(), taken, &StepContext::default()).unwrap_err();
    assert!(error.hint.unwrap().contains("prefix"));
    let more = frame(vec![("ok", ints(&[3])), ("all", ints(&[2]))]);
    let error = apply(&steps(text).unwrap(), more, &StepContext::default()).unwrap_err();
    assert!(error.message.contains("`ok` = 3 exceeds `all` = 2 in row 1"), "{error}");
}

#[test]
fn proportions_carry_verdicts_and_a_family_over_the_rows() {
    let text = r#"
        [[steps]]
        step = "proportion"
        k = "ok"
        n = "all"
        target = ">= 0.995"
        unmapped = "unmapped"
        prefix = "final""#;
    let got = run_alone(
        text,
        frame(vec![
            ("ok", Column::Int([89, 92, 736, 90, 0].map(Some).into_iter().chain([None]).collect())),
            ("all", Column::Int([92, 92, 736, 92, 0].map(Some).into_iter().chain([None]).collect())),
            ("unmapped", ints(&[0, 0, 7, 1, 0, 0])),
        ]),
    );
    let verdicts: Vec<String> = (0..6).map(|row| word(&got, "final_verdict", row)).collect();
    // 7 of 736 unmapped is below 1 %, 1 of 92 is not; no trials and nulls cannot be assessed.
    let na = "not_assessable";
    assert_eq!(verdicts, ["breach", "too_few_runs", "meets", na, na, na]);
    close(float(&got, "final_p", 0), 0.011_278_661_403, "p");
    close(float(&got, "final_p_adjusted", 0), 3.0 * 0.011_278_661_403, "three tests");
    assert_eq!(got.cell("final_family_n", 0), Cell::Int(3));
    assert_eq!(got.cell("final_runs_needed", 1), Cell::Int(736));
    close(float(&got, "final_value", 0), 89.0 / 92.0, "value");
    assert_eq!(got.cell("final_value", 3), Cell::Null);
    assert_eq!(got.cell("final_value", 4), Cell::Null);
    assert_eq!(word(&got, "final_method", 1), "wilson");
}

#[test]
fn two_proportions_fit_in_one_header_and_targets_may_be_columns() {
    let text = r#"
        [[steps]]
        step = "proportion"
        k = "ok"
        n = "all"
        target = ">= goal_ratio"
        prefix = "a"
        [[steps]]
        step = "proportion"
        k = "ok"
        n = "all"
        prefix = "b""#;
    let goal = Column::Float(vec![Some(0.9), Some(0.999), None]);
    let got = run_alone(
        text,
        frame(vec![("ok", ints(&[995; 3])), ("all", ints(&[1000; 3])), ("goal_ratio", goal)]),
    );
    let verdicts: Vec<String> = (0..3).map(|row| word(&got, "a_verdict", row)).collect();
    assert_eq!(verdicts, ["meets", "breach", "not_assessable"]);
    assert!(got.position("b_verdict").is_none());
    close(float(&got, "b_value", 0), 0.995, "b");
}

#[test]
fn nights_make_the_interval_of_the_golden_and_are_joined_by_group() {
    let text = r#"
        [[steps]]
        step = "proportion"
        k = "ok"
        n = "all"
        target = ">= 0.995"
        nights = "rate_nights"
        causes = "causes""#;
    let parsed = steps(text).unwrap();
    assert_eq!(needs(&parsed), ["rate_nights"]);
    let rates = || {
        let columns = vec![("tier", texts(&["gold", "tin"])), ("ok", ints(&[193, 20]))];
        let mut frame = frame(columns);
        frame.add("all", ints(&[200, 20])).unwrap();
        frame
    };
    let missing = apply(&parsed, rates(), &StepContext::default()).unwrap_err();
    assert!(missing.message.contains("`rate_nights` was not given"), "{missing}");
    let mut tiers = vec!["gold"; 10];
    tiers.push("tin");
    let nights = frame(vec![
        ("tier", texts(&tiers)),
        ("backup_day", times(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0])),
        ("ok", ints(&[14, 19, 20, 20, 20, 20, 20, 20, 20, 20, 20])),
        ("all", ints(&[20; 11])),
        ("causes", ints(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    ]);
    let frames = BTreeMap::from([("rate_nights".to_owned(), nights)]);
    let ctx = StepContext { frames, seed: 4, ..StepContext::default() };
    let got = run_on(text, rates(), &ctx);
    close(float(&got, "deff", 0), 5.280_039_476_931, "deff");
    close(float(&got, "n_effective", 0), 28.783_391_062_391, "n*");
    close(float(&got, "verdict_lo", 0), 0.820_728_234_943, "lo");
    close(float(&got, "verdict_hi", 0), 0.999_093_327_551, "hi");
    assert_eq!(word(&got, "verdict", 0), "watch");
    assert_eq!(word(&got, "method", 0), "korn_graubard");
    assert_eq!(got.cell("clusters", 0), Cell::Int(10));
    assert_eq!(got.cell("independent_causes", 0), Cell::Int(2));
    close(float(&got, "value_without_worst_1", 0), 179.0 / 180.0, "worst 1");
    // One night is no cluster: plain intervals.
    assert_eq!(got.cell("deff", 1), Cell::Null);
    assert_eq!(word(&got, "method", 1), "wilson");
}

#[test]
fn count_rates_have_garwood_bounds_and_zero_events_only_a_lower_time_between() {
    let text = "[[steps]]\nstep = \"count_rate\"\nevents = \"f\"\nexposure_us = \"us\"\nper = \"hour\"";
    let hours = 2184 * 3_600_000_000;
    let got = run_alone(text, frame(vec![("f", ints(&[0, 3, 1])), ("us", ints(&[hours, hours, 0]))]));
    assert_eq!(got.cell("between_s", 0), Cell::Null);
    assert_eq!(got.cell("between_hi_s", 0), Cell::Null);
    assert!((float(&got, "between_lo_s", 0) / 3600.0 - 592.049_707).abs() < 1e-6);
    close(float(&got, "hi", 1), 8.767_273_069_742 / 2184.0, "hi");
    assert_eq!(got.cell("value", 2), Cell::Null);
}

#[test]
fn survival_gives_one_row_per_group_and_keeps_small_numbers_quiet() {
    let text = r#"
        [[steps]]
        step = "survival"
        group = ["severity"]
        duration_us = "us"
        is_observed = "done""#;
    // Golden A with seconds for its units, and a group of two.
    let mut durations: Vec<i64> = (1..=10).map(|t| t * 1_000_000).collect();
    durations.extend([5_000_000, 7_000_000, -1]);
    let mut done: Vec<bool> = (1..=10).map(|t| ![4, 6, 8, 10].contains(&t)).collect();
    done.extend([true, false, true]);
    let mut severities = vec!["high"; 10];
    severities.extend(["low"; 3]);
    let rows =
        vec![("severity", texts(&severities)), ("us", ints(&durations)), ("done", bools(&done))];
    let got = run_alone(text, frame(rows));
    assert_eq!(got.height(), 2);
    assert_eq!((got.cell("n", 0), got.cell("open_n", 0)), (Cell::Int(10), Cell::Int(4)));
    close(float(&got, "median_s", 0), 7.0, "median");
    close(float(&got, "lo_s", 0), 1.0, "lo");
    assert_eq!(got.cell("hi_s", 0), Cell::Null);
    assert_eq!(got.cell("p75_s", 0), Cell::Null);
    // The horizon is the shorter group's: 7 s; by hand 6.360416 less the area beyond 7.
    close(float(&got, "tau_s", 0), 7.0, "tau");
    close(float(&got, "rmst_s", 0), 6.360_416_666_667 - 0.4375 * 2.0 - 0.21875, "rmst");
    assert_eq!(got.cell("median_s", 1), Cell::Null);
    assert_eq!(got.cell("excluded_n", 1), Cell::Int(1));
    assert_eq!(got.cell("cases_s", 1), Cell::List(vec!["5".to_owned(), "7+".to_owned()]));
}

#[test]
fn a_median_that_is_not_reached_is_said_as_more_than() {
    let text =
        "[[steps]]\nstep = \"survival\"\nduration_us = \"us\"\nis_observed = \"done\"\ncount = \"n\"";
    let rows = vec![
        ("us", ints(&[1_000_000, 9_000_000])),
        ("done", bools(&[true, false])),
        ("n", ints(&[6, 20])),
    ];
    let got = run_alone(text, frame(rows));
    assert_eq!(got.cell("median_s", 0), Cell::Null);
    close(float(&got, "more_than_s", 0), 9.0, "more than");
    assert_eq!(got.cell("n", 0), Cell::Int(26));
}

#[test]
fn quantiles_are_in_seconds_and_failed_cases_are_larger_than_any() {
    let text = r#"
        [[steps]]
        step = "quantiles"
        value = "rta_us"
        q = [0.5, 0.9]
        infinite = "is_failed""#;
    let values: Vec<i64> = (1..=10).map(|t| t * 1_000_000).collect();
    let failed: Vec<bool> = (1..=10).map(|t| t > 8).collect();
    let got = run_alone(text, frame(vec![("rta_us", ints(&values)), ("is_failed", bools(&failed))]));
    close(float(&got, "p50_s", 0), 5.5, "median");
    // Ranks 2 and 9 of 10; the ninth failed.
    close(float(&got, "p50_lo_s", 0), 2.0, "lo");
    assert_eq!(got.cell("p50_hi_s", 0), Cell::Null);
    assert_eq!(got.cell("p90_s", 0), Cell::Null);
    assert_eq!(got.cell("infinite_n", 0), Cell::Int(2));
    assert_eq!(got.cell("max_s", 0), Cell::Null);
}

#[test]
fn comparisons_of_rates_match_the_goldens() {
    let text = r#"
        [[steps]]
        step = "compare"
        kind = "rates"
        k = "k"
        n = "n"
        base_k = "k0"
        base_n = "n0"
        [[steps]]
        step = "adjust"
        p = "p"
        [[steps]]
        step = "compare"
        kind = "difference"
        k = "k"
        n = "n"
        base_k = "k0"
        base_n = "n0"
        prefix = "diff""#;
    let rows = vec![
        ("k", ints(&[9, 56])),
        ("n", ints(&[60, 70])),
        ("k0", ints(&[12, 48])),
        ("n0", ints(&[400, 80])),
    ];
    let got = run_alone(text, frame(rows));
    close(float(&got, "value", 0), 5.0, "ratio");
    close(float(&got, "lo", 0), 1.860_629_143_510, "lo");
    close(float(&got, "hi", 0), 12.929_285_803_381, "hi");
    close(float(&got, "p", 0), 0.000_507_349_980, "p");
    close(float(&got, "p_adjusted", 0), 2.0 * 0.000_507_349_980, "adjusted");
    assert_eq!(got.cell("is_kept", 0), Cell::Bool(true));
    close(float(&got, "diff_lo", 1), 0.052_431_472_402, "newcombe");
}

#[test]
fn comparisons_of_samples_are_against_the_base_of_their_group() {
    let text = r#"
        [[steps]]
        step = "compare"
        kind = "samples"
        group = ["job"]
        arm = "env"
        base = "ref"
        value = "v"
        min_n = 5"#;
    let x = [3.1, 4.5, 2.8, 6.0, 5.2, 4.9];
    let y = [2.0, 3.0, 2.5, 4.1, 3.6];
    let mut values: Vec<Option<f64>> = x.iter().chain(&y).map(|v| Some(*v)).collect();
    let mut arms = vec!["new"; 6];
    arms.extend(["ref"; 5]);
    let mut jobs = vec!["a"; 11];
    // Another job with too few values and one without a base.
    values.extend([Some(1.0), Some(2.0), Some(3.0)]);
    arms.extend(["new", "ref", "new"]);
    jobs.extend(["b", "b", "c"]);
    let rows = vec![("job", texts(&jobs)), ("env", texts(&arms)), ("v", Column::Float(values))];
    let got = run_alone(text, frame(rows));
    assert_eq!(got.height(), 3);
    close(float(&got, "value", 0), 1.4, "HL");
    close(float(&got, "p", 0), 0.082_837_425_159, "MW");
    close(float(&got, "delta", 0), 2.0 / 3.0, "delta");
    close(float(&got, "welch_p", 0), 0.057_837_599_213, "welch");
    close(float(&got, "ks_p", 0), 0.108_225_108_225, "ks");
    assert_eq!((got.cell("value", 1), got.cell("base_n", 1)), (Cell::Null, Cell::Int(1)));
    assert_eq!(got.cell("base_n", 2), Cell::Int(0));
}

#[test]
fn comparisons_of_survival_match_the_golden_and_need_enough_resolved_cases() {
    let body = "[[steps]]\nstep = \"compare\"\nkind = \"survival\"\narm = \"q\"\nbase = \"b\"\n\
                duration_us = \"us\"\nis_observed = \"done\"";
    let mut us: Vec<i64> = (1..=10).map(|t| t * 1_000_000).collect();
    us.extend((1..=10).map(|t| 3 * t * 1_000_000));
    let mut done: Vec<bool> = (1..=10).map(|t| ![4, 6, 8, 10].contains(&t)).collect();
    done.extend([true; 10]);
    let mut arms = vec!["a"; 10];
    arms.extend(["b"; 10]);
    let rows = || frame(vec![("q", texts(&arms)), ("us", ints(&us)), ("done", bools(&done))]);
    let got = run_alone(&format!("{body}\nmin_n = 6"), rows());
    close(float(&got, "chi_square", 0), 3.610_878_434_246, "chi-square");
    close(float(&got, "p", 0), 0.057_402_791_773, "p");
    close(float(&got, "median_s", 0), 7.0, "median");
    let got = run_alone(body, rows());
    assert_eq!(got.cell("p", 0), Cell::Null);
}

/// Counts of the rate fixture of the metrics' definitions: ten daily expected runs.
/// Columns: S1 k n, S3, S2, without the unscheduled run, late unfulfilled, S5.
const FIXTURE: [(&str, [i64; 12]); 3] = [
    ("strict", [6, 13, 5, 10, 6, 10, 5, 9, 4, 9, 4, 10]),
    ("vendor", [8, 13, 6, 10, 8, 10, 7, 9, 6, 9, 6, 10]),
    ("lenient", [9, 13, 7, 10, 9, 10, 8, 9, 7, 9, 7, 10]),
];

#[test]
fn the_bridge_of_the_rate_fixture_adds_up_exactly() {
    let names = ["s1", "s3", "s2", "scheduled", "in_time", "s5"];
    let states: Vec<String> = names
        .iter()
        .map(|n| format!("{{ name = \"{n}\", k = \"{n}_k\", n = \"{n}_n\" }}"))
        .collect();
    let text = format!(
        "[[steps]]\nstep = \"bridge\"\ngroup = [\"policy\"]\nstates = [{}]",
        states.join(", ")
    );
    let policies: Vec<&str> = FIXTURE.iter().map(|f| f.0).collect();
    let mut input = frame(vec![("policy", texts(&policies))]);
    for (at, name) in names.iter().enumerate() {
        for (offset, suffix) in ["k", "n"].iter().enumerate() {
            let column: Vec<i64> = FIXTURE.iter().map(|f| f.1[2 * at + offset]).collect();
            input.add(&format!("{name}_{suffix}"), ints(&column)).unwrap();
        }
    }
    let got = run_alone(&text, input);
    assert_eq!(got.height(), 18);
    // Strict: 6/13 -> 5/10 -> 6/10 -> 5/9 -> 4/9 -> 4/10.
    let want = [(1, 26), (1, 10), (-2, 45), (-1, 9), (-2, 45), (-4, 65)];
    for (row, (num, den)) in want.into_iter().enumerate() {
        assert_eq!(got.cell("num", row), Cell::Int(num), "row {row}");
        assert_eq!(got.cell("den", row), Cell::Int(den), "row {row}");
    }
    assert_eq!((got.cell("term", 5), word(&got, "why", 5)), (Cell::Int(0), "total".to_owned()));
    close(float(&got, "value", 5), 0.4 - 6.0 / 13.0, "total");
    // Strict <= vendor <= lenient in every state.
    for state in 0..6 {
        let rate = |policy: usize| {
            let counts = FIXTURE[policy].1;
            counts[2 * state] * FIXTURE[(policy + 1) % 3].1[2 * state + 1]
        };
        assert!(rate(0) <= FIXTURE[1].1[2 * state] * FIXTURE[0].1[2 * state + 1]);
        assert!(rate(1) <= FIXTURE[2].1[2 * state] * FIXTURE[1].1[2 * state + 1]);
    }
}

#[test]
fn a_state_without_trials_leaves_its_terms_empty() {
    let text = "[[steps]]\nstep = \"bridge\"\nstates = [{ name = \"a\", k = \"k\", n = \"n\" }, \
                { name = \"b\", k = \"z\", n = \"z\" }]";
    let got = run_alone(text, frame(vec![("k", ints(&[1])), ("n", ints(&[2])), ("z", ints(&[0]))]));
    assert_eq!((got.cell("value", 0), got.cell("value", 1)), (Cell::Null, Cell::Null));
}

#[test]
fn standardised_rates_flag_simpson() {
    let text = r#"
        [[steps]]
        step = "standardise"
        period = "month"
        stratum = "tier"
        k = "k"
        n = "n""#;
    let rows = vec![
        ("month", texts(&["2026-02", "2026-01", "2026-01", "2026-02"])),
        ("tier", texts(&["A", "A", "B", "B"])),
        ("k", ints(&[496, 990, 90, 455])),
        ("n", ints(&[500, 1000, 100, 500])),
    ];
    let got = run_alone(text, frame(rows));
    assert_eq!(word(&got, "month", 1), "2026-02");
    close(float(&got, "value", 1), 0.951, "crude");
    close(float(&got, "adjusted_value", 1), 0.984_545_454_545, "adjusted");
    assert!(float(&got, "change", 1) < 0.0 && float(&got, "adjusted_change", 1) > 0.0);
    let flags = (got.cell("is_simpson", 0), got.cell("is_simpson", 1));
    assert_eq!(flags, (Cell::Bool(false), Cell::Bool(true)));
}

#[test]
fn shrunk_rates_rank_from_the_worst() {
    let text = "[[steps]]\nstep = \"shrink\"\nk = \"k\"\nn = \"n\"";
    let rows = vec![("k", ints(&[92, 91, 88, 92, 90, 92])), ("n", ints(&[92; 6]))];
    let got = run_alone(text, frame(rows));
    assert!((float(&got, "shrunk_value", 2) - 0.969_690_369).abs() < 1e-6);
    let ranks: Vec<Cell> = (0..6).map(|row| got.cell("shrunk_rank", row)).collect();
    assert_eq!(ranks, [4, 3, 1, 4, 2, 4].map(Cell::Int));
}

#[test]
fn the_retry_curve_reads_attempts_in_order() {
    let text =
        "[[steps]]\nstep = \"retry_curve\"\nattempt = \"a\"\nmade = \"made\"\nok = \"ok\"";
    let rows = vec![("a", ints(&[2, 1])), ("made", ints(&[8, 100])), ("ok", ints(&[6, 90]))];
    let got = run_alone(text, frame(rows));
    close(float(&got, "cumulative", 0), 0.975, "by 2");
    close(float(&got, "hazard", 1), 0.9, "first");
    assert_eq!(got.cell("proposed_limit", 1), Cell::Int(2));
}

#[test]
fn the_baseline_needs_twenty_runs() {
    let text = "[[steps]]\nstep = \"baseline\"\ngroup = [\"s\"]\nvalue = \"d_us\"\nmads = 2.0";
    let mut values: Vec<i64> = [1, 2, 4, 8, 16].repeat(4).iter().map(|v| v * 1_000_000).collect();
    values.push(1_000_000);
    let mut streams = vec!["a"; 20];
    streams.push("b");
    let got = run_alone(text, frame(vec![("s", texts(&streams)), ("d_us", ints(&values))]));
    close(float(&got, "median_s", 0), 4.0, "median");
    // Distances of the logs are 2, 1, 0, 1, 2 times ln 2, so the limit is 4 · 2².
    close(float(&got, "limit_s", 0), 16.0, "limit");
    assert_eq!(got.cell("limit_s", 1), Cell::Null);
}

#[test]
fn changepoints_give_the_time_of_the_new_level() {
    let text = "[[steps]]\nstep = \"changepoints\"\nat = \"day\"\nk = \"f\"\nn = \"n\"";
    let days: Vec<i64> = (0..40).rev().map(|d| d * DAY_US).collect();
    let failed: Vec<i64> = (0..40).rev().map(|d| if d >= 25 { 12 + d % 3 } else { d % 3 }).collect();
    let rows = vec![("day", times(&days)), ("f", ints(&failed)), ("n", ints(&[100; 40]))];
    let got = run_alone(text, frame(rows));
    assert_eq!((got.height(), got.cell("day", 0)), (1, Cell::Time(25 * DAY_US)));
    assert_eq!(got.cell("is_confirmed", 0), Cell::Bool(true));
    close(float(&got, "after", 0), 0.13, "after");
}

#[test]
fn a_rank_correlation_needs_twenty_pairs_and_repeats_for_the_seed() {
    let text = "[[steps]]\nstep = \"correlate\"\nat = \"t\"\nx = \"x\"\ny = \"y\"";
    let rows = |n: i64| {
        let x: Vec<i64> = (0..n).collect();
        let y: Vec<i64> = (0..n).map(|i| i + 9 * (i % 2)).collect();
        frame(vec![("t", times(&x)), ("x", ints(&x)), ("y", ints(&y))])
    };
    assert_eq!(run_alone(text, rows(19)).cell("value", 0), Cell::Null);
    let got = run_alone(text, rows(40));
    assert!(float(&got, "value", 0) > 0.8 && float(&got, "lo", 0) < float(&got, "value", 0));
    assert_eq!(got, run_alone(text, rows(40)));
}

#[test]
fn exposure_of_the_golden_week_and_of_a_system_without_points() {
    let text = r#"
        [[steps]]
        step = "exposure"
        group = ["system_id"]
        as_of = "taken_at"
        usable_at = "usable_at"
        in_service_from = "since"
        rpo_s = "rpo_s""#;
    let hour = 3_600_000_000_i64;
    let nights: Vec<i64> = (-1..7).filter(|n| *n != 3).collect();
    let mut taken: Vec<Option<i64>> = nights.iter().map(|n| Some(n * 24 * hour)).collect();
    let mut usable: Vec<Option<i64>> = nights.iter().map(|n| Some((n * 24 + 3) * hour)).collect();
    taken.push(None);
    usable.push(None);
    let mut systems = vec!["a"; 7];
    systems.push("b");
    let rows = frame(vec![
        ("system_id", texts(&systems)),
        ("taken_at", Column::Time(taken)),
        ("usable_at", Column::Time(usable)),
        ("since", times(&[-72 * hour, -72 * hour, -72 * hour, -72 * hour, -72 * hour, -72 * hour,
            -72 * hour, 100 * hour])),
        ("rpo_s", ints(&[86_400; 8])),
    ]);
    let ctx = StepContext { from_us: 0, to_us: 168 * hour, as_of_us: 180 * hour, ..Default::default() };
    let got = run_on(text, rows, &ctx);
    let hours = |name: &str, row: usize| float(&got, name, row) / 3600.0;
    close(hours("worst_s", 0), 51.0, "worst");
    close(float(&got, "compliance_ratio", 0), 0.75, "compliance");
    assert_eq!(got.cell("breach_n", 0), Cell::Int(6));
    close(hours("longest_breach_s", 0), 27.0, "longest");
    close(hours("now_s", 0), 36.0, "now");
    // 36 h is exactly 150 % of 24 h: not over.
    assert_eq!(got.cell("is_over_150_percent", 0), Cell::Bool(false));
    assert_eq!(got.cell("is_breached_now", 0), Cell::Bool(true));
    close(hours("covered_s", 1), 68.0, "covered since in service");
    assert_eq!(got.cell("is_over_150_percent", 1), Cell::Bool(true));
}

#[test]
fn exposure_reads_segments_too() {
    let text = "[[steps]]\nstep = \"exposure\"\ngroup = [\"s\"]\nfrom = \"f\"\nto = \"t\"\n\
                newest = \"n\"\nrpo_s = \"rpo_s\"";
    let s = 1_000_000;
    let rows = frame(vec![
        ("s", texts(&["a", "a"])),
        ("f", times(&[0, 10 * s])),
        ("t", times(&[10 * s, 30 * s])),
        ("n", times(&[-5 * s, 8 * s])),
        ("rpo_s", Column::Int(vec![None, None])),
    ]);
    let ctx = StepContext { to_us: 30 * s, as_of_us: 20 * s, ..Default::default() };
    let got = run_on(text, rows, &ctx);
    close(float(&got, "worst_s", 0), 15.0, "worst");
    close(float(&got, "now_s", 0), 12.0, "now");
    assert_eq!(got.cell("breach_n", 0), Cell::Null);
}

#[test]
fn an_experiment_with_a_broken_split_is_void_and_a_good_one_has_its_effect() {
    let text = r#"
        [[steps]]
        step = "experiment"
        group = ["e"]
        arm = "arm"
        control = "old"
        outcome = "d_us"
        is_log = true
        k = "ok"
        n = "n""#;
    let mut e = vec!["good"; 80];
    e.extend(["bad"; 80]);
    let arm: Vec<&str> = (0..160)
        .map(|i| if (i < 80 && i % 2 == 0) || (i >= 80 && i < 90) { "new" } else { "old" })
        .collect();
    // The new arm takes 0.8 of the old one's time; both vary by the same factors.
    let d: Vec<i64> = (0..160)
        .map(|i| (100 + i64::from(i / 2 % 7)) * if arm[i as usize] == "new" { 8_000 } else { 10_000 })
        .collect();
    let rows = frame(vec![
        ("e", texts(&e)),
        ("arm", texts(&arm)),
        ("d_us", ints(&d)),
        ("ok", ints(&[99; 160])),
        ("n", ints(&[100; 160])),
    ]);
    let got = run_alone(text, rows);
    close(float(&got, "value", 0), -0.2, "effect");
    assert!(float(&got, "hi", 0) < -0.15 && float(&got, "always_valid_p", 0) < 0.001);
    assert_eq!(got.cell("is_void", 0), Cell::Bool(false));
    close(float(&got, "guardrail_value", 0), 0.0, "guardrail");
    assert_eq!((got.cell("is_void", 1), got.cell("value", 1)), (Cell::Bool(true), Cell::Null));
}

#[test]
fn a_forecast_gives_dates_against_available_space_or_a_reason() {
    let text = r#"
        [[steps]]
        step = "forecast"
        group = ["pool"]
        at = "at"
        value = "used_bytes"
        available = "free_bytes"
        limit = "size_bytes"
        horizon = 400
        lead_s = "lead_s""#;
    let start = parse_iso("2026-01-01").unwrap();
    let days = 100;
    let mut pool = vec!["grows"; days];
    pool.extend(["new"; 5]);
    pool.push("wrong");
    let mut at: Vec<i64> = (0..100).map(|d| start + d * DAY_US).collect();
    at.extend((0..5).map(|d| start + d * DAY_US));
    at.push(start);
    // 10 a day, with a small wobble that repeats; size and used + available differ.
    let mut used: Vec<i64> = (0..100).map(|d| 1_000 + 10 * d + d % 3).collect();
    used.extend([1; 6]);
    let mut free: Vec<i64> = used.iter().map(|u| 2_500 - u).collect();
    free[105] = 9_000;
    let n = used.len();
    let rows = frame(vec![
        ("pool", texts(&pool)),
        ("at", times(&at)),
        ("used_bytes", ints(&used)),
        ("free_bytes", ints(&free)),
        ("size_bytes", ints(&vec![3_000; n])),
        ("lead_s", ints(&vec![30 * 86_400; n])),
    ]);
    let ctx = StepContext { as_of_us: start + 200 * DAY_US, seed: 9, ..Default::default() };
    let got = run_on(text, rows.clone(), &ctx);
    let date = |name: &str| match got.cell(name, 0) {
        Cell::Time(at) => iso(at)[..10].to_owned(),
        other => panic!("{name} {other:?}"),
    };
    // Last value 1,990 on day 99; 510 are left, so 51 days: 2026-05-31.
    assert!(["2026-05-30", "2026-05-31", "2026-06-01"].contains(&date("full_p50_at").as_str()));
    assert!(date("full_p10_at") <= date("full_p50_at"));
    assert!(date("order_by_at") < date("reach_90_p50_at"));
    close(float(&got, "limit_value", 0), 2_500.0, "used + available, not size");
    assert!((float(&got, "growth_per_day", 0) - 10.0).abs() < 0.1);
    assert_eq!(got.cell("refusal", 0), Cell::Null);
    assert_eq!(word(&got, "refusal", 1), "too_short");
    assert_eq!(word(&got, "refusal", 2), "too_short");
    assert_eq!(got.cell("full_p50_at", 1), Cell::Null);
    let got = run_on(&format!("{text}\nrows = \"steps\""), rows, &ctx);
    assert_eq!(got.height(), 400);
    assert!(float(&got, "lo_95", 50) <= float(&got, "value", 50));
}

#[test]
fn ratios_are_null_without_a_denominator() {
    let text = "[[steps]]\nstep = \"ratio\"\nname = \"r_ratio\"\nnum = \"a\"\nden = \"b\"";
    let got = run_alone(text, frame(vec![("a", ints(&[600, 0, 5])), ("b", ints(&[1200, 0, 0]))]));
    let cells: Vec<Cell> = (0..3).map(|row| got.cell("r_ratio", row)).collect();
    assert_eq!(cells, [Cell::Float(0.5), Cell::Null, Cell::Null]);
}
