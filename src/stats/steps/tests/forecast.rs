//! The step `forecast`: dates and refusals, what is announced, what comes back, reduction apart,
//! totals, spacing.

use super::*;

const STEP: &str = r#"
    [[steps]]
    step = "forecast"
    group = ["pool"]
    at = "at"
    value = "used_bytes"
    available = "free_bytes"
    horizon_days = 400
    lead_s = "lead_s""#;

fn start() -> i64 {
    parse_iso("2026-01-01").unwrap()
}

/// As of the 99th day.
fn context<const N: usize>(results: [(&str, Frame); N]) -> StepContext {
    StepContext {
        as_of_us: start() + 99 * DAY_US,
        seed: 9,
        frames: results.map(|(name, frame)| (name.to_owned(), frame)).into(),
        ..Default::default()
    }
}

/// 100 days of pools of 2,500 that hold 1,000 and 10 more each day.
fn growing(pools: &[&str]) -> Frame {
    let all = || pools.iter().flat_map(|pool| (0..100).map(move |day| (*pool, day)));
    let bytes = |f: fn(i64) -> i64| ints(&all().map(|(_, day)| f(day)).collect::<Vec<_>>());
    frame(vec![
        ("pool", texts(&all().map(|(pool, _)| pool).collect::<Vec<_>>())),
        ("at", times(&all().map(|(_, day)| start() + day * DAY_US).collect::<Vec<_>>())),
        ("used_bytes", bytes(|day| 1_000 + 10 * day)),
        ("free_bytes", bytes(|day| 1_500 - 10 * day)),
        ("lead_s", bytes(|_| 30 * 86_400)),
    ])
}

fn day(got: &Frame, name: &str, row: usize) -> i64 {
    match got.cell(name, row) {
        Cell::Time(at) => (at - start()) / DAY_US,
        other => panic!("{name} {other:?}"),
    }
}

#[test]
fn a_forecast_gives_dates_against_available_space_or_a_reason() {
    let text = format!("{STEP}\nlimit = \"size_bytes\"");
    let start = parse_iso("2026-01-01").unwrap();
    let days = 100;
    let mut pool = vec!["grows"; days];
    pool.extend(["new"; 5]);
    pool.push("wrong");
    let mut at: Vec<i64> = (0..100).map(|d| start + d * DAY_US).collect();
    at.extend((95..100).map(|d| start + d * DAY_US));
    at.push(start + 99 * DAY_US);
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
    let got = run_on(&text, rows.clone(), &ctx);
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
    let text = format!("{STEP}\nplans = \"announced\"");
    // Three pools that grow by 10 a day: 510 are left after day 99, that is 51 days.
    let rows = growing(&["more_use", "more_room", "as_it_is"]);
    let announced = frame(vec![
        ("pool", texts(&["more_use", "more_room", "elsewhere"])),
        ("starts_at", times(&[start() + 110 * DAY_US; 3])),
        ("bytes", ints(&[200, 300, 9_999])),
        ("adds_capacity", bools(&[false, true, false])),
        ("ramp_s", Column::Float(vec![Some(0.0), None, None])),
        ("probability_share", Column::Float(vec![Some(1.0), None, Some(1.0)])),
    ]);
    let got = run_on(&text, rows, &context([("announced", announced)]));
    let day = |name: &str, row: usize| day(&got, name, row);
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

#[test]
fn what_comes_back_moves_the_date_and_lowers_the_path() {
    let text = format!("{STEP}\nroll_off = \"expiring\"");
    let expiring = frame(vec![
        ("pool", texts(&["vault", "vault", "elsewhere"])),
        ("back_at", times(&[start() + 110 * DAY_US, start() + 90 * DAY_US, start()])),
        ("bytes", ints(&[100, 7_000, 9_999])),
    ]);
    let rows = growing(&["vault", "plain"]);
    let ctx = context([("expiring", expiring)]);
    let got = run_on(&text, rows.clone(), &ctx);
    // What came back on day 90 is in the samples already.
    assert!((day(&got, "full_p50_at", 0) - 160).abs() <= 1, "{}", day(&got, "full_p50_at", 0));
    assert!((day(&got, "full_p50_at", 1) - 150).abs() <= 1);
    let path = run_on(&format!("{text}\nrows = \"steps\""), rows, &ctx);
    close(float(&path, "p50", 400 + 50) - float(&path, "p50", 50), 100.0, "given back");
    close(float(&path, "p50", 400 + 9) - float(&path, "p50", 9), 0.0, "not yet");
}

#[test]
fn where_logical_bytes_are_known_they_and_their_ratio_are_forecast_apart() {
    let text = format!("{STEP}\nlogical = \"logical_bytes\"");
    // 8,000 + 20 a day logical; the ratio falls from 8 by 0.02 a day: 6.02 on day 99.
    let logical = |day: i64| 8_000 + 20 * day;
    let used = |day: i64| logical(day) * 100 / (800 - 2 * day);
    let days = || (0..100).collect::<Vec<i64>>();
    let bytes = |f: &dyn Fn(i64) -> i64| ints(&days().into_iter().map(f).collect::<Vec<_>>());
    let rows = frame(vec![
        ("pool", texts(&["vault"; 100])),
        ("at", times(&days().into_iter().map(|d| start() + d * DAY_US).collect::<Vec<_>>())),
        ("used_bytes", bytes(&used)),
        ("free_bytes", bytes(&|day| 2_500 - used(day))),
        ("logical_bytes", bytes(&logical)),
        ("lead_s", bytes(&|_| 0)),
    ]);
    let got = run_on(&text, rows, &context([]));
    // 8,000 + 20 t = 2,500 (8 - 0.02 t): t = 171.4.
    assert!((day(&got, "full_p50_at", 0) - 171).abs() <= 2, "{}", day(&got, "full_p50_at", 0));
    close_to(float(&got, "reduction_ratio", 0), 6.02, 0.01);
    close_to(float(&got, "logical_growth_per_day", 0), 20.0, 0.5);
    // 8 - 0.02 · 499 would be below nothing: what is written is stored as it is.
    close_to(float(&got, "reduction_p10_ratio", 0), 1.0, 0.0);
    assert!(matches!(got.cell("weights", 0), Cell::Text(t) if t.contains("ratio ")));
}

#[test]
fn totals_add_the_paths_of_what_can_be_forecast_and_name_the_rest() {
    let text = format!("{STEP}\ntotals = [\"site\"]\nplans = \"announced\"");
    let mut columns = growing(&["a", "b", "new", "gone"]);
    let sites: Vec<&str> = (0..400).map(|r| if r < 200 { "berlin" } else { "york" }).collect();
    columns.add("site", texts(&sites)).unwrap();
    // 9 days of one are too few for a total, another was not seen since day 29.
    let rows = columns.take(&(0..200).chain(291..330).collect::<Vec<_>>());
    let announced = frame(vec![
        ("pool", texts(&["a"])),
        ("starts_at", times(&[start() + 110 * DAY_US])),
        ("bytes", ints(&[400])),
        ("adds_capacity", bools(&[true])),
        ("ramp_s", Column::Float(vec![None])),
        ("probability_share", Column::Float(vec![None])),
    ]);
    let ctx = context([("announced", announced)]);
    let got = run_on(&text, rows.clone(), &ctx);
    let names: Vec<String> = (0..got.height())
        .map(|row| format!("{} {}", word(&got, "level", row), word(&got, "total", row)))
        .collect();
    assert_eq!(names, ["site berlin", "site york", "all all"]);
    let int = |name: &str, row: usize| got.cell(name, row);
    assert_eq!([int("series_n", 0), int("left_out_n", 0)], [Cell::Int(2), Cell::Int(0)]);
    assert_eq!([int("series_n", 1), int("left_out_n", 1)], [Cell::Int(0), Cell::Int(2)]);
    let reasons = "new: Only 9 points are known; at least 16 are needed. | \
                   gone: Last seen on 2026-01-30, taken as gone.";
    assert_eq!(word(&got, "left_out", 2), reasons);
    assert_eq!(got.cell("full_p50_at", 1), Cell::Null);
    for row in [0, 2] {
        close(float(&got, "last_value", row), 2.0 * 1_990.0, "sum of the use");
        close(float(&got, "limit_value", row), 5_000.0, "sum of the room");
        assert!((day(&got, "full_p50_at", row) - 150).abs() <= 1);
        // 400 more room at 20 a day.
        assert!((day(&got, "planned_p50_at", row) - 170).abs() <= 1);
        assert!(float(&got, "smape", row) < 0.01 && got.cell("origin_n", row) == Cell::Int(6));
    }
    // On its own it has no date either.
    let alone = run_on(STEP, rows.clone(), &ctx);
    assert_eq!(
        (word(&alone, "pool", 3), word(&alone, "refusal", 3)),
        ("gone".into(), "gone".into())
    );
    assert_eq!(alone.cell("refusal", 0), Cell::Null);
    let path = run_on(&format!("{text}\nrows = \"steps\""), rows, &ctx);
    assert_eq!((path.height(), word(&path, "total", 0)), (800, "berlin".to_owned()));
    close_to(float(&path, "p50", 99), 2.0 * 2_990.0, 3.0);
}

#[test]
fn a_pool_that_is_sampled_by_the_month_is_forecast_by_the_month() {
    let months: Vec<i64> = (0..20)
        .map(|m| parse_iso(&format!("{}-{:02}-01T05:00:00Z", 2024 + m / 12, m % 12 + 1)).unwrap())
        .collect();
    let rows = frame(vec![
        ("pool", texts(&["dr"; 20])),
        ("at", times(&months)),
        ("used_bytes", ints(&(0..20).map(|m| 1_000 + 50 * m).collect::<Vec<_>>())),
        ("free_bytes", ints(&(0..20).map(|m| 1_250 - 50 * m).collect::<Vec<_>>())),
        ("lead_s", ints(&[0; 20])),
    ]);
    let got = run_on(STEP, rows, &context([]));
    assert_eq!((got.cell("n_used", 0), got.cell("filled_n", 0)), (Cell::Int(20), Cell::Int(0)));
    // August 2025 is the last; six months later 300 more are used.
    let full = match got.cell("full_p50_at", 0) {
        Cell::Time(at) => iso(at)[..7].to_owned(),
        other => panic!("{other:?}"),
    };
    assert!(["2026-01", "2026-02"].contains(&full.as_str()), "{full}");
    close_to(float(&got, "growth_per_day", 0), 50.0 / 30.436_875, 0.05);
}

#[test]
fn jobs_that_find_no_room_mark_a_pool_as_full() {
    // 10 a day up to day 59, then 20 days at 95 % of the room, then 10 a day in twice the room.
    let used = |day: i64| match day {
        0..60 => 1_000 + 10 * day,
        60..80 => 1_590 + day % 2,
        _ => 1_590 + 10 * (day - 79),
    };
    let room = |day: i64| if day < 80 { 1_675 } else { 3_000 };
    let days = || (0..100).collect::<Vec<i64>>();
    let at = days().into_iter().map(|day| start() + day * DAY_US).collect::<Vec<_>>();
    let bytes = |f: &dyn Fn(i64) -> i64| ints(&days().into_iter().map(f).collect::<Vec<_>>());
    let rows = frame(vec![
        ("pool", texts(&["p"; 100])),
        ("at", times(&at)),
        ("used_bytes", bytes(&used)),
        ("free_bytes", bytes(&|day| room(day) - used(day))),
        ("lead_s", bytes(&|_| 0)),
    ]);
    let text = format!("{STEP}\nfull = \"no_room\"");
    let no_room = |days: std::ops::Range<i64>| {
        let names: Vec<&str> = days.clone().map(|_| "p").collect();
        let at = days.map(|day| start() + day * DAY_US + 7).collect::<Vec<_>>();
        context([("no_room", frame(vec![("pool", texts(&names)), ("full_at", times(&at))]))])
    };
    let got = run_on(&text, rows.clone(), &no_room(60..80));
    assert!(matches!(got.cell("censored_n", 0), Cell::Int(18..=20)), "{got:?}");
    close_to(float(&got, "growth_per_day", 0), 10.0, 0.5);
    // 3,000 less 1,790: 121 days.
    assert!((day(&got, "full_p50_at", 0) - 220).abs() <= 6, "{}", day(&got, "full_p50_at", 0));
    // A failure on a day with plenty of room was one of another place.
    let elsewhere = run_on(&text, rows, &no_room(0..40));
    assert_eq!(elsewhere.cell("censored_n", 0), Cell::Int(0));
}

#[test]
fn a_day_without_room_before_days_without_samples_is_no_contradiction() {
    // 1 % a day, at 90 % of the room on day 60, which a job found full; then three days unseen.
    let all: Vec<i64> = (0..100).filter(|day| !(61..64).contains(day)).collect();
    let room = |day: i64| if day <= 60 { 1_780 } else { 4_000 };
    let bytes = |f: &dyn Fn(i64) -> i64| ints(&all.iter().map(|day| f(*day)).collect::<Vec<_>>());
    let rows = frame(vec![
        ("pool", texts(&vec!["p"; all.len()])),
        ("at", times(&all.iter().map(|day| start() + day * DAY_US).collect::<Vec<_>>())),
        ("used_bytes", bytes(&|day| 1_000 + 11 * day)),
        ("free_bytes", bytes(&|day| room(day) - 1_000 - 11 * day)),
        ("lead_s", bytes(&|_| 0)),
    ]);
    let no_room =
        frame(vec![("pool", texts(&["p"])), ("full_at", times(&[start() + 60 * DAY_US]))]);
    let got =
        run_on(&format!("{STEP}\nfull = \"no_room\""), rows, &context([("no_room", no_room)]));
    assert_eq!((got.cell("refusal", 0), got.cell("filled_n", 0)), (Cell::Null, Cell::Int(3)));
    // 4,000 less 2,089 at 11 a day: 174 days after day 99.
    assert!((day(&got, "full_p50_at", 0) - 273).abs() <= 3, "{}", day(&got, "full_p50_at", 0));
}

#[test]
fn a_total_of_pools_that_are_sampled_at_month_ends_is_dated_as_they_are() {
    let ends: Vec<i64> = (1..=20)
        .map(|m| parse_iso(&format!("{}-{:02}-01", 2024 + m / 12, m % 12 + 1)).unwrap() - DAY_US)
        .collect();
    let rows = frame(vec![
        ("pool", texts(&["dr"; 20])),
        ("site", texts(&["york"; 20])),
        ("at", times(&ends)),
        ("used_bytes", ints(&(0..20).map(|m| 1_000 + 50 * m).collect::<Vec<_>>())),
        ("free_bytes", ints(&(0..20).map(|m| 1_250 - 50 * m).collect::<Vec<_>>())),
        ("lead_s", ints(&[0; 20])),
    ]);
    let (alone, total) = (STEP.to_owned(), format!("{STEP}\ntotals = [\"site\"]"));
    let full = |text: &str| day(&run_on(text, rows.clone(), &context([])), "full_p50_at", 0);
    assert!((full(&alone) - full(&total)).abs() <= 2, "{} {}", full(&alone), full(&total));
    let path = |text: &str| {
        let got = run_on(&format!("{text}\nrows = \"steps\""), rows.clone(), &context([]));
        [0, 1, 2].map(|row| day(&got, "at", row))
    };
    assert_eq!(path(&alone), path(&total));
    // What a sum has of its parts is said, what it has none of is not: no zero that nobody counted.
    let got = run_on(&total, rows.clone(), &context([]));
    assert_eq!([got.cell("shift_n", 0), got.cell("filled_n", 0)], [Cell::Null, Cell::Int(0)]);
}

#[test]
fn without_any_capacity_there_is_no_date_and_a_reason() {
    let mut rows = growing(&["a", "b"]);
    let free = (0..200).map(|row| (row < 100).then_some(1_500)).collect();
    rows.set("free_bytes", Column::Int(free)).unwrap();
    rows.add("site", texts(&["york"; 200])).unwrap();
    let got = run_on(STEP, rows.clone(), &context([]));
    assert_eq!(got.cell("refusal", 0), Cell::Null);
    assert_eq!(
        (word(&got, "refusal", 1), got.cell("full_p50_at", 1)),
        ("no_limit".into(), Cell::Null)
    );
    let total = run_on(&format!("{STEP}\ntotals = [\"site\"]"), rows.clone(), &context([]));
    assert_eq!(word(&total, "refusal", 0), "no_limit");
    // A column that is no text makes no groups.
    rows.set("site", ints(&[1; 200])).unwrap();
    let step = steps(&format!("{STEP}\ntotals = [\"site\"]")).unwrap();
    assert!(apply(&step, rows, &context([])).is_err());
}
