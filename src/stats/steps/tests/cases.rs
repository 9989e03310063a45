//! Steps whose rows are cases: survival, quantiles, compare, baseline, experiment.

use super::*;

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
    let text = r#"
        [[steps]]
        step = "survival"
        duration_us = "us"
        is_observed = "done"
        count = "n""#;
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
    let got =
        run_alone(text, frame(vec![("rta_us", ints(&values)), ("is_failed", bools(&failed))]));
    close(float(&got, "p50_s", 0), 5.5, "median");
    // Ranks 2 and 9 of 10; the ninth failed.
    close(float(&got, "p50_lo_s", 0), 2.0, "lo");
    assert_eq!(got.cell("p50_hi_s", 0), Cell::Null);
    assert_eq!(got.cell("p90_s", 0), Cell::Null);
    assert_eq!(got.cell("infinite_n", 0), Cell::Int(2));
    assert_eq!(got.cell("max_s", 0), Cell::Null);
}

#[test]
fn cases_above_a_limit_are_counted_in_the_unit_that_leaves() {
    let text = r#"
        [[steps]]
        step = "quantiles"
        value = "delay_us"
        infinite = "is_failed"
        over = 900
        [[steps]]
        step = "proportion"
        k = "over_n"
        n = "n""#;
    // 15 min exactly is not above; an early start is not; a case without an end is.
    let values = ints(&[900_000_000, 900_000_001, -3_600_000_000, 5]);
    let failed = bools(&[false, false, false, true]);
    let got = run_alone(text, frame(vec![("delay_us", values), ("is_failed", failed)]));
    assert_eq!((got.cell("over_n", 0), got.cell("n", 0)), (Cell::Int(2), Cell::Int(4)));
    close(float(&got, "value", 0), 0.5, "share");
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
    let is_new = |i: i32| (i < 80 && i % 2 == 0) || (80..90).contains(&i);
    let arm: Vec<&str> = (0..160).map(|i| if is_new(i) { "new" } else { "old" }).collect();
    // The new arm takes 0.8 of the old one's time; both vary by the same factors.
    let d: Vec<i64> = (0..160)
        .map(|i| (100 + i64::from(i / 2 % 7)) * if is_new(i) { 8_000 } else { 10_000 })
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
