//! iCalendar recurrence rules (RFC 5545, 3.3.10) as far as backup policies use them: translated
//! into a cron expression and, where cron cannot say it, a condition on the interval. What is
//! not supported is refused with the way to say it otherwise, never approximated.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use crate::error::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Condition of a rule with a start: not before it, and only in every `step`-th hour, day, week,
/// month or year from it.
#[derive(Debug, Clone)]
pub struct Every {
    frequency: Frequency,
    step: i64,
    start: NaiveDateTime,
    week_start: i64,
}

impl Every {
    /// Start of the rule, wall-clock time.
    #[must_use]
    pub fn start(&self) -> NaiveDateTime {
        self.start
    }
    /// True when a wall time is not before the start and in a counted hour, day, week, month or
    /// year.
    #[must_use]
    pub fn holds(&self, wall: NaiveDateTime) -> bool {
        let periods = self.period(wall) - self.period(self.start);
        wall >= self.start && periods.rem_euclid(self.step) == 0
    }
    /// Number of the period in which a wall time lies.
    fn period(&self, wall: NaiveDateTime) -> i64 {
        let day = i64::from(wall.num_days_from_ce());
        match self.frequency {
            Frequency::Hourly => day * 24 + i64::from(wall.hour()),
            Frequency::Daily => day,
            // Day 1 of the common era was a Monday.
            Frequency::Weekly => (day - 1 - self.week_start).div_euclid(7),
            Frequency::Monthly => i64::from(wall.year()) * 12 + i64::from(wall.month0()),
            Frequency::Yearly => i64::from(wall.year()),
        }
    }
}

/// True for a text that means to be a rule, right or wrong.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    ["RRULE", "DTSTART", "FREQ="].iter().any(|word| upper.contains(word))
}

/// A rule as a cron expression of five fields, with its condition where it has a start.
///
/// # Errors
/// When a part is unknown, not supported, missing or out of range; the hint says what to write.
pub fn translate(text: &str) -> Result<(String, Option<Every>)> {
    let upper = text.to_ascii_uppercase();
    let (start, rule) = split_start(&upper)?;
    let parts = parts(rule)?;
    let frequency = frequency(&parts)?;
    let step = interval(&parts)?;
    if step > 1 && start.is_none() {
        return Err(refused("INTERVAL", "needs a start to count from")
            .hint("put DTSTART:20260105T223000 and a blank before the rule"));
    }
    let cron = [
        minutes(&parts, start)?,
        hours(&parts, frequency, start)?,
        days(&parts, frequency, start)?,
        months(&parts, frequency, start)?,
        weekdays(&parts, frequency, start)?,
    ]
    .join(" ");
    let week_start = match parts.get("WKST") {
        None => 0,
        Some(day) => weekday_from_monday(day)?,
    };
    Ok((cron, start.map(|start| Every { frequency, step, start, week_start })))
}

fn refused(part: &str, why: &str) -> Error {
    Error::config(format!("{part} of the recurrence rule {why}"))
}

/// `DTSTART:...` before the rule, separated by a blank or a line end; `RRULE:` is optional.
fn split_start(text: &str) -> Result<(Option<NaiveDateTime>, &str)> {
    let (start, rule) = match text.split_once(|c: char| c.is_whitespace()) {
        Some((start, rule)) => (Some(start), rule.trim()),
        None => (None, text),
    };
    let rule = rule.strip_prefix("RRULE:").unwrap_or(rule);
    let Some(start) = start else { return Ok((None, rule)) };
    let wrong = || {
        refused("DTSTART", &format!("`{start}` is not a local time"))
            .hint("write DTSTART:20260105T223000; the zone stands in its own column")
    };
    let value = start.strip_prefix("DTSTART:").ok_or_else(wrong)?;
    let at = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%S").or_else(|_| {
        NaiveDate::parse_from_str(value, "%Y%m%d").map(|day| day.and_time(NaiveTime::MIN))
    });
    let at = at.map_err(|_| wrong())?;
    if at.second() != 0 {
        return Err(wrong().because("schedules go by the minute"));
    }
    Ok((Some(at), rule))
}

const KNOWN: [&str; 8] =
    ["FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYHOUR", "BYMINUTE", "WKST"];

fn parts(rule: &str) -> Result<BTreeMap<&str, &str>> {
    let mut parts = BTreeMap::new();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| {
            refused(part, "is not NAME=VALUE").hint("write parts such as BYDAY=SA;BYHOUR=22")
        })?;
        if !KNOWN.contains(&name) {
            let hint = match name {
                "COUNT" | "UNTIL" => "end it with valid_to of the policy".to_owned(),
                "BYSETPOS" => "name the day itself: BYDAY=-1FR, BYMONTHDAY=-1".to_owned(),
                _ => format!("supported: {}", KNOWN.join(", ")),
            };
            return Err(refused(name, "is not supported").hint(hint));
        }
        if parts.insert(name, value).is_some() {
            return Err(refused(name, "is given twice").hint("join the values with commas"));
        }
    }
    Ok(parts)
}

fn frequency(parts: &BTreeMap<&str, &str>) -> Result<Frequency> {
    match parts.get("FREQ").copied() {
        Some("HOURLY") => Ok(Frequency::Hourly),
        Some("DAILY") => Ok(Frequency::Daily),
        Some("WEEKLY") => Ok(Frequency::Weekly),
        Some("MONTHLY") => Ok(Frequency::Monthly),
        Some("YEARLY") => Ok(Frequency::Yearly),
        other => Err(refused("FREQ", &format!("`{}` is not supported", other.unwrap_or(""))).hint(
            "one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY; by the minute use cron: */5 * * * *",
        )),
    }
}

fn interval(parts: &BTreeMap<&str, &str>) -> Result<i64> {
    let text = parts.get("INTERVAL").copied().unwrap_or("1");
    text.parse().ok().filter(|step| (1..=1000).contains(step)).ok_or_else(|| {
        refused("INTERVAL", &format!("`{text}` is not a number of 1 to 1000"))
            .hint("write INTERVAL=2 for every second one")
    })
}

/// A part that lists whole numbers, checked against its range, as cron writes it.
fn numbers(
    parts: &BTreeMap<&str, &str>,
    name: &str,
    range: std::ops::RangeInclusive<u32>,
) -> Result<Option<String>> {
    let Some(text) = parts.get(name) else { return Ok(None) };
    for value in text.split(',') {
        if !value.parse().is_ok_and(|n: u32| range.contains(&n)) {
            let (low, high) = (range.start(), range.end());
            return Err(refused(name, &format!("`{value}` is not a number of {low} to {high}"))
                .hint(format!("write {name}={high}")));
        }
    }
    Ok(Some((*text).to_owned()))
}

/// A time field that the rule does not give and that has no start to come from.
fn missing(name: &str) -> Error {
    refused(name, "is missing, and there is no DTSTART to take it from")
        .hint(format!("add {name}= or DTSTART:20260105T223000"))
}

fn minutes(parts: &BTreeMap<&str, &str>, start: Option<NaiveDateTime>) -> Result<String> {
    let own = numbers(parts, "BYMINUTE", 0..=59)?;
    Ok(own.unwrap_or_else(|| start.map_or(0, |at| at.minute()).to_string()))
}

fn hours(
    parts: &BTreeMap<&str, &str>,
    frequency: Frequency,
    start: Option<NaiveDateTime>,
) -> Result<String> {
    match (numbers(parts, "BYHOUR", 0..=23)?, frequency, start) {
        (Some(own), ..) => Ok(own),
        (None, Frequency::Hourly, _) => Ok("*".to_owned()),
        (None, _, Some(at)) => Ok(at.hour().to_string()),
        (None, _, None) => Err(missing("BYHOUR")),
    }
}

fn days(
    parts: &BTreeMap<&str, &str>,
    frequency: Frequency,
    start: Option<NaiveDateTime>,
) -> Result<String> {
    let by_month = matches!(frequency, Frequency::Monthly | Frequency::Yearly);
    match parts.get("BYMONTHDAY").copied() {
        Some(_) if frequency == Frequency::Weekly => {
            Err(refused("BYMONTHDAY", "is not for WEEKLY")
                .hint("use FREQ=MONTHLY;BYMONTHDAY=..., or BYDAY"))
        }
        Some("-1") => Ok("L".to_owned()),
        Some(_) => Ok(numbers(parts, "BYMONTHDAY", 1..=31)?.unwrap_or_default()),
        None if by_month && !parts.contains_key("BYDAY") => {
            start.map(|at| at.day().to_string()).ok_or_else(|| missing("BYMONTHDAY"))
        }
        None => Ok("*".to_owned()),
    }
}

fn months(
    parts: &BTreeMap<&str, &str>,
    frequency: Frequency,
    start: Option<NaiveDateTime>,
) -> Result<String> {
    match (numbers(parts, "BYMONTH", 1..=12)?, frequency) {
        (Some(own), _) => Ok(own),
        (None, Frequency::Yearly) if parts.contains_key("BYMONTHDAY") => Ok("*".to_owned()),
        // Without BYMONTH the RFC counts weekdays within the year, which cron cannot.
        (None, Frequency::Yearly) if parts.contains_key("BYDAY") => Err(missing("BYMONTH")
            .hint("add BYMONTH=, or use FREQ=WEEKLY for every such day of the year")),
        (None, Frequency::Yearly) => {
            start.map(|at| at.month().to_string()).ok_or_else(|| missing("BYMONTH"))
        }
        (None, _) => Ok("*".to_owned()),
    }
}

fn weekdays(
    parts: &BTreeMap<&str, &str>,
    frequency: Frequency,
    start: Option<NaiveDateTime>,
) -> Result<String> {
    let Some(text) = parts.get("BYDAY") else {
        return match (frequency, start) {
            (Frequency::Weekly, Some(at)) => Ok(at.weekday().num_days_from_sunday().to_string()),
            (Frequency::Weekly, None) => Err(missing("BYDAY")),
            _ => Ok("*".to_owned()),
        };
    };
    let by_month = matches!(frequency, Frequency::Monthly | Frequency::Yearly);
    let mut days = Vec::new();
    for value in text.split(',') {
        let (place, name) =
            value.split_at_checked(value.len().saturating_sub(2)).unwrap_or(("", value));
        let day = (weekday_from_monday(name)? + 1) % 7;
        days.push(match place {
            "" => day.to_string(),
            "1" | "2" | "3" | "4" | "5" if by_month => format!("{day}#{place}"),
            "+1" | "+2" | "+3" | "+4" | "+5" if by_month => {
                format!("{day}#{}", place.trim_start_matches('+'))
            }
            "-1" if by_month => format!("{day}#L"),
            _ => {
                return Err(refused("BYDAY", &format!("`{value}` is not supported"))
                    .hint("write MO, or with FREQ=MONTHLY 1MO to 5MO and -1MO"));
            }
        });
    }
    // The plus makes day of month and weekday hold together, as the RFC has it.
    Ok(format!("+{}", days.join(",")))
}

fn weekday_from_monday(name: &str) -> Result<i64> {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .iter()
        .zip(0..)
        .find_map(|(known, number)| (*known == name).then_some(number))
        .ok_or_else(|| {
            refused("weekday", &format!("`{name}` is unknown"))
                .hint("one of MO, TU, WE, TH, FR, SA, SU")
        })
}
