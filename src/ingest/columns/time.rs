//! Instants from text. A time without an offset needs a zone that somebody declared; without one
//! it is refused, never read as UTC. Null words (zero epochs, year 1, year 9999) are null.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::number::Decimal;
use crate::ingest::definition::NumberForm;
use crate::model::time::{SECOND_US, Wall, resolve};

/// How sure an instant is; the words of `time_quality`, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// `Z`.
    Utc,
    /// Explicit offset.
    Offset,
    /// Epoch number.
    Epoch,
    /// Naive text with a declared zone.
    NaiveZone,
    /// Naive text inside a clock fold.
    AmbiguousDst,
}

impl Quality {
    /// The canonical word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Quality::Utc => "utc",
            Quality::Offset => "offset",
            Quality::Epoch => "epoch",
            Quality::NaiveZone => "naive_zone",
            Quality::AmbiguousDst => "ambiguous_dst",
        }
    }
}

/// One way in which a time may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// ISO 8601 in its everyday spellings.
    Iso,
    /// A number of units of so many microseconds each since 1970.
    Epoch {
        /// Microseconds in a unit.
        unit_us: i128,
    },
    /// `YYYY-MM`, meaning the end of that month.
    MonthEnd,
    /// strftime.
    Format(Format),
}

/// A strftime format and what is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    text: String,
    has_time: bool,
    has_year: bool,
}

/// What a time column knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Tried in order.
    pub patterns: Vec<Pattern>,
    /// Zone of naive times; none = a naive time is an error.
    pub zone: Option<Tz>,
    /// Times without a year lie at or before this instant.
    pub captured_us: i64,
    /// Patterns with day and month exchanged: what they match alone proves the other order.
    pub opposite: Vec<Pattern>,
}

/// An instant with its circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// Microseconds since 1970 UTC; in a fold the earlier one.
    pub at_us: i64,
    /// The later one of a fold.
    pub later_us: Option<i64>,
    /// How sure it is.
    pub quality: Quality,
    /// Written with second 60.
    pub is_leap: bool,
}

/// Why a text is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFault {
    /// No pattern matches.
    Unparsed,
    /// Naive, and no zone is declared.
    Naive,
    /// Skipped by a clock change.
    Gap,
    /// Only with day and month exchanged it is a date.
    Order,
}

/// What a text matched.
struct Local {
    wall: NaiveDateTime,
    offset_s: Option<i64>,
    is_zulu: bool,
    is_leap: bool,
}

impl Format {
    /// A format; `%s`-like epochs are patterns of their own.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let has = |codes: &[&str]| codes.iter().any(|c| text.contains(c));
        Format {
            text: text.to_owned(),
            has_time: has(&["%H", "%I", "%T", "%R", "%r", "%k", "%l", "%X", "%c", "%+"]),
            has_year: has(&["%Y", "%y", "%G", "%C", "%D", "%F", "%x", "%c", "%v", "%+"]),
        }
    }

    fn read(&self, text: &str, captured_us: i64) -> Option<Local> {
        if !self.has_year {
            return self.read_without_year(text, captured_us);
        }
        let local = |wall, offset_s| Local { wall, offset_s, is_zulu: false, is_leap: false };
        if !self.has_time {
            let date = NaiveDate::parse_from_str(text, &self.text).ok()?;
            return Some(local(date.and_time(NaiveTime::MIN), None));
        }
        if let Ok(at) = DateTime::parse_from_str(text, &self.text) {
            let offset_s = i64::from(at.offset().local_minus_utc());
            return Some(local(at.naive_local(), Some(offset_s)));
        }
        NaiveDateTime::parse_from_str(text, &self.text).ok().map(|wall| local(wall, None))
    }

    /// The newest year that does not lie after the capture (a day of grace for zones).
    fn read_without_year(&self, text: &str, captured_us: i64) -> Option<Local> {
        let captured = DateTime::from_timestamp_micros(captured_us)?.naive_utc();
        let latest = captured + TimeDelta::days(1);
        let dated = Format { text: format!("%Y {}", self.text), has_year: true, ..self.clone() };
        // A leap day needs up to eight years back.
        (0..=8).find_map(|back| {
            let year = captured.year() + 1 - back;
            let local = dated.read(&format!("{year} {text}"), captured_us)?;
            (local.wall <= latest).then_some(local)
        })
    }
}

/// Reads a time. `Ok(None)` = the text is a word for "no time".
///
/// # Errors
/// The reason why it is none.
pub fn parse(text: &str, form: &Form) -> Result<Option<Instant>, TimeFault> {
    let text = text.trim();
    for pattern in &form.patterns {
        let local = match pattern {
            Pattern::Epoch { unit_us } => match epoch(text, *unit_us) {
                Some(found) => return Ok(found),
                None => continue,
            },
            Pattern::Iso => iso(text),
            Pattern::MonthEnd => month_end(text),
            Pattern::Format(format) => format.read(text, form.captured_us),
        };
        if let Some(local) = local {
            return settle(&local, form.zone);
        }
    }
    let proves = |p: &Pattern| match p {
        Pattern::Format(format) => format.read(text, form.captured_us).is_some(),
        Pattern::Iso | Pattern::Epoch { .. } | Pattern::MonthEnd => false,
    };
    Err(if form.opposite.iter().any(proves) { TimeFault::Order } else { TimeFault::Unparsed })
}

fn settle(local: &Local, zone: Option<Tz>) -> Result<Option<Instant>, TimeFault> {
    if is_null_word(local.wall) {
        return Ok(None);
    }
    let utc = local.wall.and_utc().timestamp_micros();
    let sure = |at_us, quality| Instant { at_us, later_us: None, quality, is_leap: local.is_leap };
    if local.is_zulu {
        return Ok(Some(sure(utc, Quality::Utc)));
    }
    if let Some(offset_s) = local.offset_s {
        return Ok(Some(sure(utc - offset_s * SECOND_US, Quality::Offset)));
    }
    let zone = zone.ok_or(TimeFault::Naive)?;
    match resolve(zone, local.wall) {
        Wall::One(at) => Ok(Some(sure(at, Quality::NaiveZone))),
        Wall::Gap { .. } => Err(TimeFault::Gap),
        Wall::Fold { earlier, later } => {
            let instant = sure(earlier, Quality::AmbiguousDst);
            Ok(Some(Instant { later_us: Some(later), ..instant }))
        }
    }
}

/// The texts in which programs say "no time": year 1, the epoch itself, year 9999.
fn is_null_word(wall: NaiveDateTime) -> bool {
    wall.year() == 1 || wall.year() == 9999 || wall.and_utc().timestamp_micros() == 0
}

/// An epoch; the magnitude must fit the unit. Outer none = no epoch of this unit.
fn epoch(text: &str, unit_us: i128) -> Option<Option<Instant>> {
    let us = Decimal::parse(text, &NumberForm::default())?.scaled(unit_us)?;
    if us == 0 || i128::from(us) == -unit_us {
        return Some(None);
    }
    // 2200-01-01: milliseconds read as seconds would be the year 58,850.
    let is_plausible = us > 0 && us < 7_258_118_400 * SECOND_US;
    let instant = Instant { at_us: us, later_us: None, quality: Quality::Epoch, is_leap: false };
    is_plausible.then_some(Some(instant))
}

fn month_end(text: &str) -> Option<Local> {
    let (year, month) = text.split_once('-')?;
    let (year, month) = (year.parse::<i32>().ok()?, month.parse::<u32>().ok()?);
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    let wall = next.and_time(NaiveTime::MIN) - TimeDelta::seconds(1);
    Some(Local { wall, offset_s: None, is_zulu: false, is_leap: false })
}

/// `YYYY-MM-DD[T| ]HH:MM[:SS[.f]]` with `Z`, `+01:00`, `+0100`, `+01` or nothing; or a bare date.
fn iso(text: &str) -> Option<Local> {
    let (date, rest) = (date(text.get(..10)?)?, text.get(10..)?);
    if rest.is_empty() {
        let wall = date.and_time(NaiveTime::MIN);
        return Some(Local { wall, offset_s: None, is_zulu: false, is_leap: false });
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?.trim();
    let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = (rest.get(..at)?.trim_end(), rest.get(at..)?);
    let (offset_s, is_zulu) = match zone {
        "" => (None, false),
        "Z" | "z" => (None, true),
        text => (Some(offset(text)?), false),
    };
    let (time, is_leap) = clock_time(clock)?;
    let mut wall = date.and_time(time);
    if is_leap {
        wall += TimeDelta::seconds(1);
    }
    Some(Local { wall, offset_s, is_zulu, is_leap })
}

/// `YYYY-MM-DD`.
fn date(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let year = i32::try_from(digits(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(&[m1, m2])?, digits(&[d1, d2])?)
}

/// A number of at most nine digits; none when there is anything else.
fn digits(text: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    text.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

/// `HH:MM[:SS[.f]]`; second 60 gives second 59 and a flag.
fn clock_time(text: &str) -> Option<(NaiveTime, bool)> {
    let mut parts = text.split(':');
    let two = |t: &str| if t.len() == 2 { digits(t.as_bytes()) } else { None };
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let seconds = parts.next().unwrap_or("00");
    if parts.next().is_some() {
        return None;
    }
    let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, ""));
    let missing = u32::try_from(9_usize.checked_sub(fraction.len())?).ok()?;
    let nanos = digits(fraction.as_bytes())? * 10_u32.pow(missing);
    let second = two(whole)?;
    let is_leap = second == 60;
    let time = NaiveTime::from_hms_opt(hour, minute, if is_leap { 59 } else { second })?;
    Some((time.with_nanosecond(nanos)?, is_leap))
}

/// Seconds east of UTC.
fn offset(text: &str) -> Option<i64> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i64>().ok()?, 0),
        4 => (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..)?.parse::<i64>().ok()?),
        _ => return None,
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
