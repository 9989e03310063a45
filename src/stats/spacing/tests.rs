//! Tests of the spacing: calendars, gaps, irregular instants, words.

use chrono_tz::Tz;

use super::super::forecast::refusal::Refusal;
use super::*;
use crate::model::time::{iso, parse_iso};

fn at(texts: &[&str]) -> Vec<i64> {
    texts.iter().map(|text| parse_iso(text).unwrap()).collect()
}

fn found(texts: &[&str]) -> Option<Grid> {
    Grid::found(&at(texts), Tz::UTC)
}

/// Begin of the steps after the first of a spacing.
fn starts(texts: &[&str], steps: std::ops::Range<i64>) -> Vec<String> {
    let grid = found(texts).unwrap();
    steps.map(|step| iso(grid.start(step).unwrap()).replace("T00:00:00Z", "")).collect()
}

#[test]
fn the_spacing_is_found_from_the_instants() {
    for (texts, want) in [
        (&["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"][..], "day"),
        (&["2023-02-27", "2023-02-28", "2023-03-01"], "day"),
        (&["2024-01-04", "2024-01-11", "2024-01-25", "2024-02-01"], "week"),
        (&["2024-01-01", "2024-01-11", "2024-01-21"], "10day"),
        (&["2023-12-01", "2024-01-01", "2024-02-01"], "month"),
        (&["2023-11-30", "2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"], "month"),
        (&["2023-12-30", "2024-01-30", "2024-02-29", "2024-03-30"], "month"),
        (&["2023-01-01", "2023-04-01", "2023-07-01"], "quarter"),
        (&["2020-02-29", "2021-02-28", "2022-02-28"], "year"),
        (&["2024-01-01T23:00:00Z", "2024-01-02T00:00:00Z", "2024-01-02T01:00:00Z"], "hour"),
        (&["2014-03-01T17:34:00Z", "2014-03-01T17:39:00Z", "2014-03-01T17:44:00Z"], "5min"),
        (&["2024-01-01T00:00:00Z", "2024-01-01T00:00:01.5Z", "2024-01-01T00:00:03Z"], "1500000us"),
    ] {
        assert_eq!(found(texts).unwrap().unit.word(), want, "{texts:?}");
    }
}

#[test]
fn months_go_on_at_their_last_day_or_at_the_same_day() {
    let ends = ["2023-11-30", "2023-12-31", "2024-01-31"];
    assert_eq!(starts(&ends, 3..7), ["2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]);
    let day_30 = ["2024-11-30", "2024-12-30", "2025-01-30"];
    assert_eq!(starts(&day_30, 3..5), ["2025-02-28", "2025-03-30"]);
    let leap = ["2020-02-29", "2021-02-28", "2022-02-28"];
    assert_eq!(starts(&leap, 3..5), ["2023-02-28", "2024-02-29"]);
    let days = ["2024-02-26", "2024-02-27"];
    assert_eq!(starts(&days, 2..5), ["2024-02-28", "2024-02-29", "2024-03-01"]);
}

#[test]
fn days_of_a_zone_are_days_across_a_clock_change() {
    // Midnights of Berlin; the clock goes forward on 2024-03-31.
    let midnights = at(&["2024-03-29T23:00:00Z", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"]);
    let berlin = Grid::found(&midnights, Tz::Europe__Berlin).unwrap();
    assert_eq!(berlin.unit, Unit::Days(1));
    assert_eq!(iso(berlin.start(3).unwrap()), "2024-04-01T22:00:00Z");
    assert_eq!(Grid::found(&midnights, Tz::UTC), None);
}

#[test]
fn irregular_instants_have_no_spacing_and_a_suggestion() {
    let minutes = [0, 5, 11, 15, 20, 26, 30, 35];
    let odd: Vec<i64> = minutes.iter().map(|m| m * 60_000_000 + 17_000_000).collect();
    assert_eq!(Grid::found(&odd, Tz::UTC), None);
    assert_eq!(suggestion(&odd).word(), "5min");
    assert_eq!(suggestion(&at(&["2024-01-01", "2024-01-08", "2024-01-14"])).word(), "week");
    assert_eq!(Grid::found(&at(&["2024-01-01"]), Tz::UTC), None);
    assert_eq!(Grid::found(&[], Tz::UTC), None);
}

#[test]
fn a_clock_that_was_set_leaves_the_spacing_as_it_was() {
    // Five minutes each; after the 20th the clock is a minute slow, after the 40th a step is lost.
    let minute = |i: i64| 5 * i - i64::from(i > 20) + 5 * i64::from(i > 40);
    let instants: Vec<i64> = (0..60).map(|i| minute(i) * 60_000_000 + 7).collect();
    let grid = Grid::found(&instants, Tz::UTC).unwrap();
    assert_eq!(grid.unit.word(), "5min");
    let steps: Vec<i64> = instants.iter().map(|at| grid.step(*at)).collect();
    let want: Vec<i64> = (0..60).map(|i| i + i64::from(i > 40)).collect();
    assert_eq!(steps, want);
    assert_eq!(grid.start(60), Some(300 * 60_000_000 + 7));
}

#[test]
fn working_days_are_days_with_gaps() {
    let days: Vec<i64> = at(&["2024-01-01"])[0..1]
        .iter()
        .flat_map(|monday| (0..28).filter(|d| d % 7 < 5).map(move |d| monday + d * 86_400_000_000))
        .collect();
    let grid = Grid::found(&days, Tz::UTC).unwrap();
    assert_eq!(grid.unit, Unit::Days(1));
    let known: Vec<(i64, f64)> = days.iter().map(|at| (grid.step(*at), 1.0)).collect();
    assert_eq!(Even::of(&known), Err(Refusal::TooManyGaps));
}

#[test]
fn given_steps_begin_at_midnight_on_monday_and_on_the_first() {
    for (word, instant, begin, next) in [
        ("day", "2024-02-28T23:59:59Z", "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"),
        ("week", "2024-03-03T12:00:00Z", "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"),
        ("month", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ("quarter", "2024-12-31T12:00:00Z", "2024-10-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("year", "1969-12-31T12:00:00Z", "1969-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("hour", "2024-01-01T01:59:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"),
        ("15 min", "2024-01-01T01:44:59Z", "2024-01-01T01:30:00Z", "2024-01-01T01:45:00Z"),
    ] {
        let grid = Grid::every(Unit::parse(word).unwrap(), Tz::UTC);
        let instant = parse_iso(instant).unwrap();
        let step = grid.step(instant);
        assert_eq!(iso(grid.start(step).unwrap()), begin, "{word}");
        assert_eq!(iso(grid.start(step + 1).unwrap()), next, "{word}");
        let position = grid.position(instant).unwrap();
        assert!((grid.instant(position).unwrap() - instant).abs() < 2_000, "{word}");
    }
}

#[test]
fn days_after_a_month_end_come_after_it_and_before_the_next() {
    let ends = ["2025-10-31", "2025-11-30", "2025-12-31"].map(|day| parse_iso(day).unwrap());
    let grid = Grid::found(&ends, Tz::UTC).unwrap();
    let last = 2.0;
    let after = |day: &str| grid.position(parse_iso(day).unwrap()).unwrap() - last;
    assert_eq!([after("2025-12-31"), after("2026-01-31")], [0.0, 1.0]);
    assert!((after("2026-01-01") - 1.0 / 31.0).abs() < 1e-9, "{}", after("2026-01-01"));
    for day in ["2025-11-15", "2025-12-30", "2026-01-01", "2026-02-27", "2026-03-01"] {
        let instant = parse_iso(day).unwrap();
        let position = grid.position(instant).unwrap();
        assert!((grid.instant(position).unwrap() - instant).abs() < 2_000, "{day}");
    }
}

#[test]
fn words_of_units_are_read_back_and_others_are_none() {
    for word in ["day", "week", "month", "quarter", "year", "hour", "5min", "30s", "14day", "us"] {
        let unit = Unit::parse(word);
        assert!(unit.is_some(), "{word}");
        assert_eq!(Unit::parse(&unit.unwrap().word()), unit, "{word}");
    }
    assert_eq!(Unit::parse("6 hours"), Unit::parse("6h"));
    assert_eq!(Unit::parse("minutes"), Unit::parse("min"));
    for word in ["", "0day", "5", "fortnight", "-1day", "1.5h", "9999999day"] {
        assert_eq!(Unit::parse(word), None, "{word}");
    }
}

#[test]
fn seasons_follow_from_the_length_of_a_step() {
    for (word, want) in [
        ("day", &[7, 365][..]),
        ("week", &[52]),
        ("month", &[12]),
        ("quarter", &[4]),
        ("year", &[]),
        ("hour", &[24, 168]),
        ("5min", &[288, 2016]),
        ("7min", &[1440]),
    ] {
        assert_eq!(Unit::parse(word).unwrap().periods(), want, "{word}");
    }
}

#[test]
fn a_gap_is_filled_on_a_straight_line_and_counted() {
    let known = [(3, 10.0), (4, 11.0), (5, 12.0), (7, 20.0), (8, 21.0)];
    let even = Even::of(&known).unwrap();
    assert_eq!(even.values, [10.0, 11.0, 12.0, 16.0, 20.0, 21.0]);
    assert_eq!((even.first, even.last(), even.filled), (3, 8, 1));
    assert_eq!(Even::of(&[(0, 1.0), (i64::MAX, 2.0)]), Err(Refusal::TooManyGaps));
    assert_eq!(Even::of(&[]), Err(Refusal::TooShort { n: 0, after_shift: false }));
}
