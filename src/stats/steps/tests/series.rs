//! Steps on series and points in time: changepoints, correlate, exposure.

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
