//! Expansion over clock changes, rules against a second implementation, refusals.

use super::*;
use crate::model::time::{DAY_US, SECOND_US, iso, parse_iso, zone};

fn us(text: &str) -> i64 {
    parse_iso(text).unwrap()
}

fn due(schedule: &str, zone_name: &str, from: &str, to: &str) -> Vec<(String, ClockNote)> {
    let schedule = Schedule::parse(schedule).unwrap();
    let dues = schedule.due(zone(zone_name).unwrap(), us(from), us(to));
    dues.into_iter().map(|due| (iso(due.at_us), due.note)).collect()
}

fn times(schedule: &str, zone_name: &str, from: &str, to: &str) -> Vec<String> {
    due(schedule, zone_name, from, to).into_iter().map(|(at, _)| at).collect()
}

#[test]
fn a_nightly_schedule_is_due_once_on_the_days_of_clock_changes() {
    let spring = due("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z");
    let want = [
        ("2026-03-29T01:00:00Z".to_owned(), ClockNote::GapShifted),
        ("2026-03-30T00:30:00Z".to_owned(), ClockNote::None),
    ];
    assert_eq!(spring, want);
    let autumn = due("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    let want = [
        ("2026-10-25T00:30:00Z".to_owned(), ClockNote::FoldFirst),
        ("2026-10-26T01:30:00Z".to_owned(), ClockNote::None),
    ];
    assert_eq!(autumn, want);
}

#[test]
fn several_times_in_a_gap_and_the_first_one_after_it_are_one_run() {
    let got = due("*/20 * * * *", "Europe/Berlin", "2026-03-29T00:20:00Z", "2026-03-29T01:30:00Z");
    let want = [
        ("2026-03-29T00:20:00Z", ClockNote::None),
        ("2026-03-29T00:40:00Z", ClockNote::None),
        // 02:00, 02:20, 02:40 do not exist; 03:00 does.
        ("2026-03-29T01:00:00Z", ClockNote::None),
        ("2026-03-29T01:20:00Z", ClockNote::None),
    ];
    assert_eq!(got, want.map(|(at, note)| (at.to_owned(), note)));
    let only_in_gap =
        due("10,40 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z");
    assert_eq!(only_in_gap, [("2026-03-29T01:00:00Z".to_owned(), ClockNote::GapShifted)]);
}

#[test]
fn a_period_that_begins_inside_the_second_half_of_a_fold_does_not_repeat_the_first() {
    let got = times("30 2 * * *", "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T12:00:00Z");
    assert_eq!(got, Vec::<String>::new());
}

#[test]
fn a_day_that_a_zone_skipped_is_due_at_the_first_instant_after_it() {
    let got = due("0 12 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z");
    let want = [
        ("2011-12-29T22:00:00Z".to_owned(), ClockNote::None),
        ("2011-12-30T10:00:00Z".to_owned(), ClockNote::GapShifted),
        ("2011-12-30T22:00:00Z".to_owned(), ClockNote::None),
    ];
    assert_eq!(got, want);
}

#[test]
fn periods_are_half_open() {
    let day = times("0 6 * * *", "UTC", "2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z");
    assert_eq!(day, ["2026-01-01T06:00:00Z"]);
}

#[test]
fn next_after_leaves_out_the_instant_itself() {
    let schedule = Schedule::parse("0 6 * * *").unwrap();
    let berlin = zone("Europe/Berlin").unwrap();
    let six = us("2026-07-01T04:00:00Z");
    assert_eq!(schedule.next_after(berlin, six - 1).unwrap().at_us, six);
    assert_eq!(schedule.next_after(berlin, six).unwrap().at_us, six + DAY_US);
}

#[test]
fn nicknames_weekday_names_and_special_days_are_understood() {
    let cases: [(&str, &[&str]); 6] = [
        ("@monthly", &["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]),
        (
            "@weekly",
            &[
                "2026-02-01T00:00:00Z",
                "2026-02-08T00:00:00Z",
                "2026-02-15T00:00:00Z",
                "2026-02-22T00:00:00Z",
                "2026-03-01T00:00:00Z",
            ],
        ),
        ("15 22 * * fri#2", &["2026-02-13T22:15:00Z"]),
        ("15 22 * * FRIL", &["2026-02-27T22:15:00Z"]),
        ("0 4 L * *", &["2026-02-28T04:00:00Z"]),
        ("0 4 1 FEB *", &["2026-02-01T04:00:00Z"]),
    ];
    for (text, want) in cases {
        assert_eq!(times(text, "UTC", "2026-02-01", "2026-03-02"), want, "{text}");
    }
}

/// Rule, then period, and the instants by dateutil 2.9 (`rrulestr(...).between(...)`).
const RULES: &str = "
DTSTART:20260103T220000 RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;BYHOUR=22;BYMINUTE=0
    2026-01-01 2026-02-20
    2026-01-03T22:00 2026-01-17T22:00 2026-01-31T22:00 2026-02-14T22:00
DTSTART:20260104T010000 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;BYHOUR=1;BYMINUTE=0
    2026-01-01 2026-02-10
    2026-01-04T01:00 2026-01-12T01:00 2026-01-18T01:00 2026-01-26T01:00 2026-02-01T01:00
    2026-02-09T01:00
DTSTART:20260104T010000 FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;BYHOUR=1;BYMINUTE=0;WKST=SU
    2026-01-01 2026-02-10
    2026-01-04T01:00 2026-01-05T01:00 2026-01-18T01:00 2026-01-19T01:00 2026-02-01T01:00
    2026-02-02T01:00
FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=23;BYMINUTE=30
    2026-01-01 2026-05-01
    2026-01-30T23:30 2026-02-27T23:30 2026-03-27T23:30 2026-04-24T23:30
freq=monthly;byday=1su;byhour=3
    2026-01-01 2026-05-01
    2026-01-04T03:00 2026-02-01T03:00 2026-03-01T03:00 2026-04-05T03:00
RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=20
    2026-01-01 2026-05-01
    2026-01-31T20:00 2026-02-28T20:00 2026-03-31T20:00 2026-04-30T20:00
FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;BYHOUR=0
    2026-01-01 2026-12-31
    2026-02-13T00:00 2026-03-13T00:00 2026-11-13T00:00
DTSTART:20260227T021500 FREQ=DAILY;INTERVAL=3
    2026-02-01 2026-03-12
    2026-02-27T02:15 2026-03-02T02:15 2026-03-05T02:15 2026-03-08T02:15 2026-03-11T02:15
DTSTART:20260101T000500 FREQ=HOURLY;INTERVAL=7
    2026-01-01 2026-01-03
    2026-01-01T00:05 2026-01-01T07:05 2026-01-01T14:05 2026-01-01T21:05 2026-01-02T04:05
    2026-01-02T11:05 2026-01-02T18:05
DTSTART:20260101 FREQ=YEARLY;INTERVAL=2;BYMONTH=2,8;BYMONTHDAY=1;BYHOUR=4
    2026-01-01 2029-01-01
    2026-02-01T04:00 2026-08-01T04:00 2028-02-01T04:00 2028-08-01T04:00
DTSTART:20260131T060000 FREQ=MONTHLY;INTERVAL=3
    2026-01-01 2027-01-01
    2026-01-31T06:00 2026-07-31T06:00 2026-10-31T06:00
FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=1,13
    2026-01-05 2026-01-08
    2026-01-05T01:00 2026-01-05T13:00 2026-01-06T01:00 2026-01-06T13:00 2026-01-07T01:00
    2026-01-07T13:00
";

#[test]
fn rules_give_the_instants_of_a_second_implementation() {
    let mut cases: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in RULES.lines().filter(|line| !line.is_empty()) {
        match cases.last_mut() {
            Some((_, words)) if line.starts_with(' ') => words.extend(line.split_whitespace()),
            _ => cases.push((line, Vec::new())),
        }
    }
    assert_eq!(cases.len(), 12);
    for (rule, words) in cases {
        let want: Vec<_> = words[2..].iter().map(|at| format!("{at}:00Z")).collect();
        assert_eq!(times(rule, "UTC", words[0], words[1]), want, "{rule}");
    }
}

#[test]
fn a_rule_with_an_interval_keeps_its_rhythm_whatever_the_period_asked_for() {
    let rule = "DTSTART:20260103T220000 FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;BYHOUR=22";
    let whole = times(rule, "Europe/Berlin", "2026-01-01", "2026-12-01");
    let (mut parts, mut at) = (Vec::new(), us("2026-01-01"));
    while at < us("2026-12-01") {
        let to = (at + 5 * DAY_US).min(us("2026-12-01"));
        parts.extend(times(rule, "Europe/Berlin", &iso(at), &iso(to)));
        at = to;
    }
    assert_eq!(whole, parts);
    assert_eq!(whole.len(), 24);
}

#[test]
fn wrong_schedules_are_refused_with_a_way_out() {
    let cases = [
        ("", "0 fields"),
        ("30 2 * *", "4 fields"),
        ("0 30 2 * * *", "6 fields"),
        ("61 2 * * *", "not a schedule"),
        ("30 2 * * MOO", "not a schedule"),
        ("@reboot", "not a schedule"),
        ("0 0 30 2 *", "never due"),
        ("FREQ=SECONDLY", "FREQ"),
        ("FREQ=DAILY", "BYHOUR"),
        ("FREQ=WEEKLY;BYHOUR=2", "BYDAY"),
        ("FREQ=MONTHLY;BYHOUR=2", "BYMONTHDAY"),
        ("FREQ=YEARLY;BYHOUR=2;BYDAY=20MO", "BYMONTH"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=2;BYHOUR=3", "twice"),
        ("FREQ=DAILY;INTERVAL=2;BYHOUR=2", "start"),
        ("FREQ=DAILY;INTERVAL=0;BYHOUR=2", "INTERVAL"),
        ("FREQ=DAILY;COUNT=3;BYHOUR=2", "COUNT"),
        ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO;BYHOUR=2", "BYSETPOS"),
        ("FREQ=WEEKLY;BYDAY=1MO;BYHOUR=2", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=XX;BYHOUR=2", "weekday"),
        ("DTSTART;TZID=Europe/Berlin:20260101T000000 FREQ=DAILY", "DTSTART"),
        ("DTSTART:20260101T000030 FREQ=DAILY", "minute"),
        ("DTSTART:20260101T000000 FREQ=MONTHLY;INTERVAL=12;BYMONTH=3;BYMONTHDAY=1", "never due"),
    ];
    for (text, part) in cases {
        let error = Schedule::parse(text).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
        assert!(error.hint.is_some(), "{text}: {error}");
    }
}

#[test]
fn only_what_cron_can_say_has_a_cron_text() {
    let cron = |text: &str| Schedule::parse(text).unwrap().cron_text().map(str::to_owned);
    assert_eq!(cron("@daily"), Some("0 0 * * *".to_owned()));
    assert_eq!(cron("FREQ=DAILY;BYHOUR=2;BYMINUTE=30"), Some("30 2 * * *".to_owned()));
    assert_eq!(cron("DTSTART:20260101T000000 FREQ=DAILY;INTERVAL=2"), None);
}

proptest::proptest! {
    #[test]
    fn due_instants_rise_and_splitting_the_period_changes_nothing(
        minute in 0_u32..60, hour in 0_u32..24,
        start_h in 0_i64..(24 * 730), length_h in 1_i64..200,
        cut in 0_i64..200, zone_name in proptest::sample::select(vec![
            "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Asuncion", "UTC",
        ]),
    ) {
        let zone = zone(zone_name).unwrap();
        let schedule = Schedule::parse(&format!("{minute},59 {hour},2 * * *")).unwrap();
        let hour_us = 3600 * SECOND_US;
        let from = us("2025-01-01") + start_h * hour_us;
        let to = from + length_h * hour_us;
        let middle = from + cut.min(length_h) * hour_us;
        let whole = schedule.due(zone, from, to);
        let mut parts = schedule.due(zone, from, middle);
        parts.extend(schedule.due(zone, middle, to));
        proptest::prop_assert_eq!(&whole, &parts);
        proptest::prop_assert!(whole.windows(2).all(|pair| pair[0].at_us < pair[1].at_us));
        proptest::prop_assert!(whole.iter().all(|due| (from..to).contains(&due.at_us)));
    }
}
