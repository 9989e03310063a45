//! Cells of a series as text: numbers and instants. What is neither is an error that says how to
//! write it.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::ingest::columns::time::{Form, Format, Pattern, Quality, TimeFault, parse};
use crate::model::time::{self, Wall};

/// A finite number; none for a gap.
pub(super) fn number(text: &str) -> Result<Option<f64>> {
    if text.is_empty() || ["nan", "na", "null"].iter().any(|w| text.eq_ignore_ascii_case(w)) {
        return Ok(None);
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map(Some).ok_or_else(|| {
        Error::input(format!("\"{text}\" is not a number"))
            .hint("write 1234.5; leave the cell empty where there is no value")
    })
}

/// How times of a file are written.
pub(super) fn form(zone: Tz, time_format: Option<&str>) -> Form {
    let patterns = match time_format {
        Some(text) => vec![Pattern::Format(Format::new(text))],
        None => vec![Pattern::Iso],
    };
    Form { patterns, zone: Some(zone), captured_us: i64::MAX, opposite: Vec::new() }
}

/// An instant. Of a time that occurs twice it is the later one when the row before it has
/// reached the earlier.
pub(super) fn instant(text: &str, form: &Form, before: Option<i64>) -> Result<i64> {
    let is_iso = form.patterns == [Pattern::Iso];
    if is_iso && text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        return epoch(text).ok_or_else(|| unread(text));
    }
    let whole = match text.len() {
        4 if is_iso => format!("{text}-01-01"),
        7 if is_iso => format!("{text}-01"),
        _ => text.to_owned(),
    };
    match parse(&whole, form) {
        Ok(Some(found)) => Ok(match found.later_us {
            Some(later) if found.quality == Quality::AmbiguousDst => {
                if before.is_some_and(|before| before >= found.at_us) { later } else { found.at_us }
            }
            Some(_) | None => found.at_us,
        }),
        // The first instant of 1970 stands for "no time" in exports of jobs; here it is one.
        Ok(None) => first_of_1970(&whole, form).ok_or_else(|| unread(text)),
        Err(TimeFault::Gap) => Err(Error::input(format!(
            "{text} does not exist in {}",
            form.zone.map_or("UTC", |zone| zone.name())
        ))
        .hint("give the zone in which the times were written with --zone; UTC has no such gaps")),
        Err(TimeFault::Unparsed | TimeFault::Naive | TimeFault::Order) => Err(unread(text)),
    }
}

fn unread(text: &str) -> Error {
    Error::input(format!("\"{text}\" is not a time"))
        .hint("write 2026-10-01, 2026-10-01 06:00:00, 2026-10 or an epoch, or give --time-format")
}

fn first_of_1970(text: &str, form: &Form) -> Option<i64> {
    let rest = text.strip_prefix("1970-01-01")?;
    if rest.contains(['Z', 'z', '+', '-']) {
        return time::parse_iso(&text.replacen(' ', "T", 1)).ok();
    }
    match time::resolve(form.zone?, NaiveDateTime::default()) {
        Wall::One(at) | Wall::Gap { next: at } | Wall::Fold { earlier: at, .. } => Some(at),
    }
}

/// Seconds as microseconds.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn seconds_us(seconds: f64) -> Result<i64> {
    if !(0.0..9e12).contains(&seconds) {
        return Err(Error::input(format!("{seconds} is no length of time"))
            .hint("write seconds, 0 or more"));
    }
    Ok(libm::round(seconds * 1e6) as i64)
}

/// Seconds, milliseconds or microseconds since 1970, told apart by their size.
fn epoch(text: &str) -> Option<i64> {
    let number = text.parse::<i64>().ok()?;
    let unit_us = match text.len() {
        ..=10 => 1_000_000,
        11..=13 => 1_000,
        _ => 1,
    };
    number.checked_mul(unit_us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{iso, parse_iso};

    fn at(text: &str, zone: Tz) -> Result<i64> {
        instant(text, &form(zone, None), None)
    }

    #[test]
    fn times_are_read_in_their_everyday_spellings() {
        for (text, want) in [
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z"),
            ("2024", "2024-01-01T00:00:00Z"),
            ("2014-03-01 17:34:00", "2014-03-01T17:34:00Z"),
            ("2014-03-01T17:34:00+02:00", "2014-03-01T15:34:00Z"),
            ("1490001750", "2017-03-20T09:22:30Z"),
            ("1490001750000", "2017-03-20T09:22:30Z"),
            ("1970-01-01", "1970-01-01T00:00:00Z"),
            ("1970-01-01 00:00:00", "1970-01-01T00:00:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(iso(at(text, Tz::UTC).unwrap()), want, "{text}");
        }
        for text in ["", "yesterday", "2024-02-30", "2024-13", "12", "0001-01-01"] {
            assert!(at(text, Tz::UTC).is_err(), "{text}");
        }
    }

    #[test]
    fn a_zone_is_the_zone_of_times_without_offset() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(iso(at("2024-07-01", berlin).unwrap()), "2024-06-30T22:00:00Z");
        assert_eq!(iso(at("2024-07-01T00:00:00Z", berlin).unwrap()), "2024-07-01T00:00:00Z");
        assert_eq!(iso(at("1970-01-01", berlin).unwrap()), "1969-12-31T23:00:00Z");
        let skipped = at("2024-03-31 02:30:00", berlin).unwrap_err().to_string();
        assert!(skipped.contains("does not exist in Europe/Berlin"), "{skipped}");
        // The hour that occurs twice: once, then again.
        let form = form(berlin, None);
        let twice = |before: &str| {
            let before = parse_iso(before).unwrap();
            iso(instant("2024-10-27 02:00:00", &form, Some(before)).unwrap())
        };
        assert_eq!(twice("2024-10-26T23:00:00Z"), "2024-10-27T00:00:00Z");
        assert_eq!(twice("2024-10-27T00:00:00Z"), "2024-10-27T01:00:00Z");
    }
}
