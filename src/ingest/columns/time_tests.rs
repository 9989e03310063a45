//! Times: spellings, null words, zones, gaps and folds. Expected instants were made with `date -u`.

use super::*;
use crate::model::time::{iso as print, zone};

fn read(form: &Form, text: &str) -> Result<Option<String>, TimeFault> {
    parse(text, form).map(|found| found.map(|i| print(i.at_us)))
}

fn form(patterns: Vec<Pattern>, zone_name: Option<&str>) -> Form {
    let zone = zone_name.map(|name| zone(name).unwrap());
    // 2026-11-22T16:30:00Z
    Form { patterns, zone, captured_us: 1_795_365_000_000_000, opposite: Vec::new() }
}

fn at(text: &str) -> Result<Option<String>, TimeFault> {
    Ok(Some(text.to_owned()))
}

#[test]
fn iso_takes_every_everyday_spelling() {
    let form = form(vec![Pattern::Iso], Some("Europe/Berlin"));
    let cases = [
        ("2026-11-22T16:13:26.184316182+01:00", at("2026-11-22T15:13:26.184316Z")),
        ("2026-11-22T10:21:32-0500", at("2026-11-22T15:21:32Z")),
        ("2026-11-22T15:13:26Z", at("2026-11-22T15:13:26Z")),
        ("2026-11-22 16:13:26", at("2026-11-22T15:13:26Z")),
        ("2026-11-22 16:13", at("2026-11-22T15:13:00Z")),
        ("2026-11-22", at("2026-11-21T23:00:00Z")),
        ("2026-06-30T23:59:60Z", at("2026-07-01T00:00:00Z")),
        ("0001-01-01T00:00:00Z", Ok(None)),
        ("9999-12-31T23:59:59Z", Ok(None)),
        ("1970-01-01 00:00:00", Ok(None)),
        ("2026-13-01", Err(TimeFault::Unparsed)),
        ("2026-11-22T25:00:00Z", Err(TimeFault::Unparsed)),
        ("yesterday", Err(TimeFault::Unparsed)),
        ("2024-03-31 02:30:00", Err(TimeFault::Gap)),
    ];
    for (text, want) in cases {
        assert_eq!(read(&form, text), want, "{text}");
    }
}

#[test]
fn a_naive_time_without_a_zone_is_refused() {
    let form = form(vec![Pattern::Iso], None);
    assert_eq!(read(&form, "2026-11-22 16:13:26"), Err(TimeFault::Naive));
    assert_eq!(read(&form, "2026-11-22 16:13:26Z"), at("2026-11-22T16:13:26Z"));
}

#[test]
fn a_fold_gives_the_earlier_instant_and_keeps_the_later() {
    let form = form(vec![Pattern::Iso], Some("Europe/Berlin"));
    let found = parse("2026-10-25 02:59:58", &form).unwrap().unwrap();
    assert_eq!(print(found.at_us), "2026-10-25T00:59:58Z");
    assert_eq!(found.later_us.map(print).as_deref(), Some("2026-10-25T01:59:58Z"));
    assert_eq!(found.quality, Quality::AmbiguousDst);
}

#[test]
fn an_epoch_must_fit_its_unit() {
    let seconds = form(vec![Pattern::Epoch { unit_us: 1_000_000 }], None);
    let cases = [
        ("1795360623", at("2026-11-22T15:17:03Z")),
        ("1795360623.5", at("2026-11-22T15:17:03.500000Z")),
        ("1795360623000", Err(TimeFault::Unparsed)),
        ("0", Ok(None)),
        ("-1", Ok(None)),
    ];
    for (text, want) in cases {
        assert_eq!(read(&seconds, text), want, "{text}");
    }
}

#[test]
fn formats_without_a_year_take_the_newest_that_is_not_in_the_future() {
    let form = form(vec![Pattern::Format(Format::new("%d-%b %H:%M"))], Some("Europe/Berlin"));
    assert_eq!(read(&form, "22-Nov 16:16"), at("2026-11-22T15:16:00Z"));
    assert_eq!(read(&form, "24-Dec 01:00"), at("2025-12-24T00:00:00Z"));
    assert_eq!(read(&form, "29-Feb 12:00"), at("2024-02-29T11:00:00Z"));
}

#[test]
fn formats_with_offset_date_only_and_month_end() {
    let format = |text| form(vec![Pattern::Format(Format::new(text))], Some("UTC"));
    assert_eq!(
        read(&format("%Y-%m-%dT%H:%M:%S%z"), "2026-01-02T03:04:05-0600"),
        at("2026-01-02T09:04:05Z")
    );
    assert_eq!(read(&format("%d/%m/%Y"), "03/04/2024"), at("2024-04-03T00:00:00Z"));
    let month = form(vec![Pattern::MonthEnd], Some("UTC"));
    assert_eq!(read(&month, "2025-02"), at("2025-02-28T23:59:59Z"));
}

#[test]
fn a_value_above_twelve_proves_the_other_order_of_day_and_month() {
    let us = Pattern::Format(Format::new("%m/%d/%Y"));
    let european = Pattern::Format(Format::new("%d/%m/%Y"));
    let mut form = form(vec![us], Some("UTC"));
    form.opposite = vec![european];
    assert_eq!(read(&form, "29/2/2016"), Err(TimeFault::Order));
    assert_eq!(read(&form, "2/29/2016"), at("2016-02-29T00:00:00Z"));
}
