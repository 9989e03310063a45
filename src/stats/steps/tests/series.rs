//! Steps on series and points in time: changepoints, correlate, exposure, forecast.

use super::*;

#[test]
fn changepoints_give_the_time_of_the_new_level() {
    let text = "[[steps]]\nstep = \"changepoints\"\nat = \"day\"\nk = \"f\"\nn = \"n\"";
    let days: Vec<i64> = (0..40).rev().map(|d| d * DAY_US).collect();
    let failed: Vec<i64> =
        (0..40).rev().map(|d| if d >= 25 { 12 + d % 3 } else { d % 3 }).collect();
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
        (
            "since",
            times(&[
                -72 * hour,
                -72 * hour,
                -72 * hour,
                -72 * hour,
                -72 * hour,
                -72 * hour,
                -72 * hour,
                100 * hour,
            ]),
        ),
        ("rpo_s", ints(&[86_400; 8])),
    ]);
    let ctx =
        StepContext { from_us: 0, to_us: 168 * hour, as_of_us: 180 * hour, ..Default::default() };
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
fn exposure_ends_with_the_service_of_a_system() {
    let text = r#"
        [[steps]]
        step = "exposure"
        group = ["system_id"]
        as_of = "taken_at"
        usable_at = "usable_at"
        in_service_to = "until"
        rpo_s = "rpo_s""#;
    let hour = 3_600_000_000_i64;
    let rows = frame(vec![
        ("system_id", texts(&["retired", "later"])),
        ("taken_at", times(&[0, 0])),
        ("usable_at", times(&[0, 0])),
        ("until", times(&[30 * hour, 181 * hour])),
        ("rpo_s", ints(&[86_400; 2])),
    ]);
    let ctx =
        StepContext { from_us: 0, to_us: 168 * hour, as_of_us: 180 * hour, ..Default::default() };
    let got = run_on(text, rows, &ctx);
    let hours = |name: &str, row: usize| float(&got, name, row) / 3600.0;
    // 30 h in service, 24 of them within; nothing is exposed any more.
    close(hours("worst_s", 0), 30.0, "worst");
    close(float(&got, "compliance_ratio", 0), 0.8, "compliance");
    close(hours("covered_s", 0), 30.0, "covered");
    assert_eq!((got.cell("now_s", 0), got.cell("is_breached_now", 0)), (Cell::Null, Cell::Null));
    close(hours("now_s", 1), 180.0, "still in service");
    close(hours("worst_s", 1), 168.0, "worst");
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
    assert_eq!(word(&got, "refusal", 2), "contradictory_capacity");
    assert_eq!(got.cell("full_p50_at", 1), Cell::Null);
    let got = run_on(&format!("{text}\nrows = \"steps\""), rows, &ctx);
    assert_eq!(got.height(), 400);
    assert!(float(&got, "p025", 50) <= float(&got, "p50", 50));
}

#[test]
fn what_is_announced_moves_the_date_as_far_as_it_says() {
    let text = r#"
        [[steps]]
        step = "forecast"
        group = ["pool"]
        at = "at"
        value = "used_bytes"
        available = "free_bytes"
        horizon = 400
        lead_s = "lead_s"
        plans = { query = "announced", on = "pool" }"#;
    let start = parse_iso("2026-01-01").unwrap();
    // Three pools that grow by 10 a day: 510 are left after day 99, that is 51 days.
    let pools = ["more_use", "more_room", "as_it_is"];
    let rows = frame(vec![
        ("pool", texts(&pools.iter().flat_map(|p| vec![*p; 100]).collect::<Vec<_>>())),
        ("at", times(&(0..300).map(|row| start + row % 100 * DAY_US).collect::<Vec<_>>())),
        ("used_bytes", ints(&(0..300).map(|r| 1_000 + 10 * (r % 100)).collect::<Vec<_>>())),
        ("free_bytes", ints(&(0..300).map(|r| 1_500 - 10 * (r % 100)).collect::<Vec<_>>())),
        ("lead_s", ints(&[30 * 86_400; 300])),
    ]);
    let announced = frame(vec![
        ("pool", texts(&["more_use", "more_room", "elsewhere"])),
        ("starts_at", times(&[start + 110 * DAY_US; 3])),
        ("bytes", ints(&[200, 300, 9_999])),
        ("adds_capacity", bools(&[false, true, false])),
        ("ramp_s", Column::Float(vec![Some(0.0), None, None])),
        ("probability_share", Column::Float(vec![Some(1.0), None, Some(1.0)])),
    ]);
    let ctx = StepContext {
        as_of_us: start + 99 * DAY_US,
        seed: 9,
        frames: [("announced".to_owned(), announced)].into(),
        ..Default::default()
    };
    let got = run_on(text, rows, &ctx);
    let day = |name: &str, row: usize| match got.cell(name, row) {
        Cell::Time(at) => (at - start) / DAY_US,
        other => panic!("{name} {other:?}"),
    };
    let row = |pool: &str| (0..3).find(|row| word(&got, "pool", *row) == pool).unwrap();
    for (pool, alone, planned) in
        [("more_use", 150, 130), ("more_room", 150, 180), ("as_it_is", 150, 150)]
    {
        assert!((day("full_p50_at", row(pool)) - alone).abs() <= 1, "{pool}");
        assert!((day("planned_p50_at", row(pool)) - planned).abs() <= 1, "{pool}");
        let moved = day("planned_order_by_at", row(pool)) - day("order_by_at", row(pool));
        assert!((moved - (planned - alone)).abs() <= 2, "{pool} {moved}");
    }
}
