//! Durations to whole microseconds. Negative durations mean "none" (restic writes
//! -9223372036.854776 for a run without an end), so they are null, never a number.

use super::number::Decimal;
use crate::ingest::definition::NumberForm;
use crate::model::time::SECOND_US;

/// How durations are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A number of units of so many microseconds each.
    Unit(i128),
    /// `[d.]HH:MM:SS[.f]`; hours may exceed 24.
    Hms,
    /// `PT1H5M`.
    Iso8601,
    /// `4 days 06:00:00`, `1h 5m`.
    Words,
    /// Date text counted from 1970-01-01 00:00:00.
    EpochText,
}

/// The form of an adapter's word.
#[must_use]
pub fn form(word: &str) -> Option<Form> {
    let second = i128::from(SECOND_US);
    Some(match word {
        "us" => Form::Unit(1),
        "ms" => Form::Unit(1000),
        "s" => Form::Unit(second),
        "min" => Form::Unit(60 * second),
        "h" => Form::Unit(3600 * second),
        "hms" => Form::Hms,
        "iso8601" => Form::Iso8601,
        "words" => Form::Words,
        "epoch_text" => Form::EpochText,
        _ => return None,
    })
}

/// Microseconds, negative included; none when the text is not of the form.
#[must_use]
pub fn parse(text: &str, form: Form, number: &NumberForm) -> Option<i64> {
    let text = text.trim();
    match form {
        Form::Unit(us) => Decimal::parse(text, number)?.scaled(us),
        Form::Hms => clock(text),
        Form::Iso8601 => iso8601(text),
        Form::Words => words(text),
        Form::EpochText => epoch_text(text),
    }
}

/// `[-][d.]HH:MM:SS[.f]` or `[-]MM:SS`.
fn clock(text: &str) -> Option<i64> {
    if let Some(rest) = text.strip_prefix('-') {
        return clock(rest).map(|us| -us);
    }
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [h, m, s] => (*h, *m, *s),
        [m, s] => ("0", *m, *s),
        _ => return None,
    };
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let whole = |t: &str| t.parse::<u32>().ok().map(i64::from);
    let (minutes, seconds) = (whole(minutes)?, seconds_us(seconds)?);
    if minutes > 59 || seconds >= 60 * SECOND_US {
        return None;
    }
    let hours = whole(days)?.checked_mul(24)?.checked_add(whole(hours)?)?;
    hours.checked_mul(3600)?.checked_add(minutes * 60)?.checked_mul(SECOND_US)?.checked_add(seconds)
}

fn seconds_us(text: &str) -> Option<i64> {
    let number = Decimal::parse(text, &NumberForm::default())?;
    if number.is_negative() { None } else { number.scaled(i128::from(SECOND_US)) }
}

/// `P[nW][nD][T[nH][nM][n.nS]]`; years and months have no length and are refused.
fn iso8601(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let body = text.strip_prefix('P')?;
    let (date, time) = body.split_once('T').unwrap_or((body, ""));
    let mut total = 0_i64;
    let mut any = false;
    for (part, units) in [
        (date, [('W', 604_800), ('D', 86_400)].as_slice()),
        (time, [('H', 3600), ('M', 60), ('S', 1)].as_slice()),
    ] {
        let mut rest = part;
        for (letter, seconds) in units {
            if let Some((number, after)) = rest.split_once(*letter) {
                let value = Decimal::parse(number, &NumberForm::default())?;
                let us = value.scaled(i128::from(*seconds) * i128::from(SECOND_US))?;
                (total, rest, any) = (total.checked_add(us)?, after, true);
            }
        }
        if !rest.is_empty() {
            return None;
        }
    }
    any.then(|| sign * total)
}

/// Numbers with a unit word each, in any order, and at most one clock text.
fn words(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut number = String::new();
    let mut any = false;
    let spaced = text.replace(',', " ");
    for token in spaced.split_whitespace().filter(|t| *t != "and") {
        if token.contains(':') {
            total = total.checked_add(clock(token)?)?;
            any = true;
            continue;
        }
        let mut rest = token;
        while !rest.is_empty() {
            let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
            let at = rest.find(|c: char| !is_number(c)).unwrap_or(rest.len());
            let (digits, after) = rest.split_at(at);
            if !digits.is_empty() {
                number = digits.to_owned();
            }
            let to = after.find(is_number).unwrap_or(after.len());
            let (unit, next) = after.split_at(to);
            if !unit.is_empty() {
                let us = unit_us(unit)?;
                let value = Decimal::parse(&number, &NumberForm::default())?;
                total = total.checked_add(value.scaled(us)?)?;
                number.clear();
                any = true;
            }
            rest = next;
        }
    }
    (any && number.is_empty()).then_some(total)
}

fn unit_us(unit: &str) -> Option<i128> {
    let us = match unit.to_ascii_lowercase().trim_end_matches('.') {
        "us" | "µs" | "usec" | "microseconds" => 1,
        "ms" | "msec" | "millisecond" | "milliseconds" => 1000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000,
        "d" | "day" | "days" => 86_400_000_000,
        "w" | "week" | "weeks" => 604_800_000_000,
        _ => return None,
    };
    Some(us)
}

fn epoch_text(text: &str) -> Option<i64> {
    let text = text.replace('T', " ");
    let naive =
        chrono::NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), "%Y-%m-%d %H:%M:%S%.f");
    naive.ok().map(|at| at.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_whole_microseconds() {
        let cases = [
            ("s", "1.107166308", Some(1_107_166)),
            ("ms", "1500", Some(1_500_000)),
            ("s", "-9223372036.854776", Some(-9_223_372_036_854_776)),
            ("hms", "00:12:34", Some(754_000_000)),
            ("hms", "1.02:00:00.5", Some(93_600_500_000)),
            ("hms", "49:00:00", Some(176_400_000_000)),
            ("hms", "00:61:00", None),
            ("hms", "-00:00:01", Some(-1_000_000)),
            ("iso8601", "PT1H5M", Some(3_900_000_000)),
            ("iso8601", "P1DT0.5S", Some(86_400_500_000)),
            ("iso8601", "P1M", None),
            ("iso8601", "P", None),
            ("words", "4 days 06:00:00", Some(367_200_000_000)),
            ("words", "1h 5m", Some(3_900_000_000)),
            ("words", "1h5m", Some(3_900_000_000)),
            ("words", "2 hours, 3 minutes and 1 second", Some(7_381_000_000)),
            ("words", "12", None),
            ("words", "1 fortnight", None),
            ("epoch_text", "1970-01-02 00:00:05", Some(86_405_000_000)),
        ];
        for (word, text, want) in cases {
            let got = parse(text, form(word).unwrap(), &NumberForm::default());
            assert_eq!(got, want, "{word} {text}");
        }
    }
}
