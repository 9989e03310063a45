//! Instants and zones. An instant is an `i64`: microseconds since 1970-01-01 UTC. Local times
//! become instants by one rule, here: the zone is always given, never assumed.

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::error::{Error, Result};

/// Microseconds in a second.
pub const SECOND_US: i64 = 1_000_000;
/// Microseconds in a day of 24 hours.
pub const DAY_US: i64 = 86_400 * SECOND_US;

/// What a wall-clock time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// Exactly one instant.
    One(i64),
    /// Skipped by a clock change; the first valid instant after it.
    Gap {
        /// First instant after the gap.
        next: i64,
    },
    /// Occurs twice.
    Fold {
        /// First occurrence.
        earlier: i64,
        /// Second occurrence.
        later: i64,
    },
}

/// Resolves a wall-clock time in a zone.
#[must_use]
pub fn resolve(zone: Tz, wall: NaiveDateTime) -> Wall {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(at) => Wall::One(at.timestamp_micros()),
        MappedLocalTime::Ambiguous(a, b) => {
            let (a, b) = (a.timestamp_micros(), b.timestamp_micros());
            Wall::Fold { earlier: a.min(b), later: a.max(b) }
        }
        MappedLocalTime::None => Wall::Gap { next: first_after_gap(zone, wall) },
    }
}

/// A gap is shorter than a day and begins on a whole minute in every zone since 1972; before
/// that, on a whole second. The first valid wall time is found by halving.
fn first_after_gap(zone: Tz, wall: NaiveDateTime) -> i64 {
    let valid = |at: NaiveDateTime| zone.from_local_datetime(&at).earliest();
    let (mut low, mut high) = (0_i64, 26 * 3600);
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        let at = truncate_to_second(wall) + TimeDelta::seconds(middle);
        if valid(at).is_some() { high = middle } else { low = middle }
    }
    let first = truncate_to_second(wall) + TimeDelta::seconds(high);
    valid(first).map_or_else(|| wall.and_utc().timestamp_micros(), |at| at.timestamp_micros())
}

fn truncate_to_second(wall: NaiveDateTime) -> NaiveDateTime {
    use chrono::Timelike;
    wall.with_nanosecond(0).unwrap_or(wall)
}

/// Parses an IANA zone name.
///
/// # Errors
/// When the name is not in the zone database.
pub fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| {
        Error::config(format!("`{name}` is not a time zone"))
            .hint("use an IANA name such as Europe/Berlin or UTC")
    })
}

/// Wall-clock time of an instant in a zone; none outside the calendar's range.
#[must_use]
pub fn wall(zone: Tz, at_us: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(at_us).map(|t| t.with_timezone(&zone).naive_local())
}

/// Offset from UTC of an instant in a zone, seconds.
#[must_use]
pub fn offset_s(zone: Tz, at_us: i64) -> i32 {
    DateTime::from_timestamp_micros(at_us)
        .map_or(0, |t| t.with_timezone(&zone).offset().fix().local_minus_utc())
}

/// `YYYY-MM` of an instant, UTC.
#[must_use]
pub fn month(at_us: i64) -> String {
    DateTime::from_timestamp_micros(at_us)
        .map_or_else(String::new, |t| format!("{:04}-{:02}", t.year(), t.month()))
}

/// ISO text in UTC: seconds, with microseconds only when there are any.
#[must_use]
pub fn iso(at_us: i64) -> String {
    DateTime::from_timestamp_micros(at_us).map_or_else(String::new, |t| {
        let pattern = if at_us.rem_euclid(SECOND_US) == 0 {
            "%Y-%m-%dT%H:%M:%SZ"
        } else {
            "%Y-%m-%dT%H:%M:%S%.6fZ"
        };
        t.format(pattern).to_string()
    })
}

/// Parses an ISO instant with `Z` or an offset, or a bare date (midnight UTC).
///
/// # Errors
/// When the text is neither, or a time without an offset.
pub fn parse_iso(text: &str) -> Result<i64> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.timestamp_micros());
    }
    if let Ok(date) = text.parse::<chrono::NaiveDate>() {
        return Ok(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros());
    }
    Err(Error::config(format!("`{text}` is not an instant"))
        .hint("write 2026-10-01T06:00:00Z, an offset instead of Z, or a date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn gap_fold_and_plain_time_in_berlin() {
        let berlin = zone("Europe/Berlin").unwrap();
        let cases = [
            ("2024-03-31 02:30:00", Wall::Gap { next: parse_iso("2024-03-31T01:00:00Z").unwrap() }),
            (
                "2024-10-27 02:30:00",
                Wall::Fold {
                    earlier: parse_iso("2024-10-27T00:30:00Z").unwrap(),
                    later: parse_iso("2024-10-27T01:30:00Z").unwrap(),
                },
            ),
            ("2024-07-01 12:00:00", Wall::One(parse_iso("2024-07-01T10:00:00Z").unwrap())),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(berlin, at(text)), want, "{text}");
        }
    }

    #[test]
    fn a_whole_day_can_be_a_gap() {
        // Samoa skipped 2011-12-30.
        let apia = zone("Pacific/Apia").unwrap();
        let want = parse_iso("2011-12-30T10:00:00Z").unwrap();
        assert_eq!(resolve(apia, at("2011-12-30 12:00:00")), Wall::Gap { next: want });
    }
}
