//! Steps on rates: proportion, count_rate, compare, standardise, shrink, retry_curve, ratio.

use super::*;

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
            (
                "all",
                Column::Int([92, 92, 736, 92, 0].map(Some).into_iter().chain([None]).collect()),
            ),
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
fn a_share_of_bytes_has_a_value_and_neither_interval_nor_verdict() {
    let text = r#"
        [[steps]]
        step = "proportion"
        k = "ok"
        n = "all"
        target = ">= 0.995"
        is_trials = "is_trials""#;
    let rows = vec![
        ("ok", ints(&[736, 736_000])),
        ("all", ints(&[736, 1_000_000])),
        ("is_trials", bools(&[true, false])),
    ];
    let got = run_alone(text, frame(rows));
    close(float(&got, "value", 1), 0.736, "value");
    for column in ["lo", "hi", "method", "target", "p", "verdict_lo"] {
        assert_eq!(got.cell(column, 1), Cell::Null, "{column}");
        assert_ne!(got.cell(column, 0), Cell::Null, "{column}");
    }
    assert_eq!(
        (word(&got, "verdict", 0), word(&got, "verdict", 1)),
        ("meets".to_owned(), "not_assessable".to_owned())
    );
    assert_eq!(got.cell("family_n", 0), Cell::Int(1));
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
    let text =
        "[[steps]]\nstep = \"count_rate\"\nevents = \"f\"\nexposure_us = \"us\"\nper = \"hour\"";
    let hours = 2184 * 3_600_000_000;
    let got =
        run_alone(text, frame(vec![("f", ints(&[0, 3, 1])), ("us", ints(&[hours, hours, 0]))]));
    assert_eq!(got.cell("between_s", 0), Cell::Null);
    assert_eq!(got.cell("between_hi_s", 0), Cell::Null);
    assert!((float(&got, "between_lo_s", 0) / 3600.0 - 592.049_707).abs() < 1e-6);
    close(float(&got, "hi", 1), 8.767_273_069_742 / 2184.0, "hi");
    assert_eq!(got.cell("value", 2), Cell::Null);
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
    let text = "[[steps]]\nstep = \"retry_curve\"\nattempt = \"a\"\nmade = \"made\"\nok = \"ok\"";
    let rows = vec![("a", ints(&[2, 1])), ("made", ints(&[8, 100])), ("ok", ints(&[6, 90]))];
    let got = run_alone(text, frame(rows));
    close(float(&got, "cumulative", 0), 0.975, "by 2");
    close(float(&got, "hazard", 1), 0.9, "first");
    assert_eq!(got.cell("proposed_limit", 1), Cell::Int(2));
}

#[test]
fn ratios_are_null_without_a_denominator() {
    let text = "[[steps]]\nstep = \"ratio\"\nname = \"r_ratio\"\nnum = \"a\"\nden = \"b\"";
    let got = run_alone(text, frame(vec![("a", ints(&[600, 0, 5])), ("b", ints(&[1200, 0, 0]))]));
    let cells: Vec<Cell> = (0..3).map(|row| got.cell("r_ratio", row)).collect();
    assert_eq!(cells, [Cell::Float(0.5), Cell::Null, Cell::Null]);
}
