//! A cron expression taken apart, as far as other schedulers can say it.

use crate::error::{Error, Result};
use crate::schedule::Job;

/// Which weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weekday {
    Every(u32),
    /// The n-th of the month.
    Nth(u32, u32),
    /// The last of the month.
    Last(u32),
}

/// Fields of a cron expression; an empty list stands for "any".
#[derive(Debug)]
pub struct Calendar {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    is_last_day: bool,
    months: Vec<u32>,
    weekdays: Vec<Weekday>,
    /// Day and weekday must both hold; otherwise one of them is enough, as cron has it.
    is_both: bool,
}

const NAMES: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl Calendar {
    /// Takes a job's schedule apart.
    ///
    /// # Errors
    /// When it is a rule with a start or interval, or uses a modifier that no other scheduler
    /// has.
    pub fn of(job: &Job) -> Result<Self> {
        let refused = || refused(job, "cannot be said outside Tapeline");
        let text = job.schedule.cron_text().ok_or_else(refused)?.replace('?', "*");
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return Err(refused()) };
        let is_last_day = *day == "L";
        let (is_both, weekday) = match weekday.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, *weekday),
        };
        let days = if is_last_day { Some(Vec::new()) } else { numbers(day, 1, 31) };
        Ok(Calendar {
            minutes: numbers(minute, 0, 59).ok_or_else(refused)?,
            hours: numbers(hour, 0, 23).ok_or_else(refused)?,
            days: days.ok_or_else(refused)?,
            is_last_day,
            months: numbers(month, 1, 12).ok_or_else(refused)?,
            weekdays: weekdays(weekday).ok_or_else(refused)?,
            is_both,
        })
    }

    /// Five fields that every cron understands, Sunday as 0.
    ///
    /// # Errors
    /// When it needs more than plain cron.
    pub fn cron(&self, job: &Job) -> Result<String> {
        let plain: Option<Vec<u32>> = self
            .weekdays
            .iter()
            .map(|day| if let Weekday::Every(day) = day { Some(*day) } else { None })
            .collect();
        let needs_both = self.is_both && !self.days.is_empty() && !self.weekdays.is_empty();
        let plain = plain.filter(|_| !self.is_last_day && !needs_both);
        let plain = plain.ok_or_else(|| refused(job, "is more than plain cron can say"))?;
        let fields = [&self.minutes, &self.hours, &self.days, &self.months, &plain];
        Ok(fields.map(|field| list(field, "*", 1)).join(" "))
    }

    /// `OnCalendar` lines without the zone; several when day or weekday is enough.
    ///
    /// # Errors
    /// When the last or n-th weekday comes together with a day of the month.
    pub fn systemd(&self, job: &Job) -> Result<Vec<String>> {
        let time = format!("{}:{}:00", list(&self.hours, "*", 2), list(&self.minutes, "*", 2));
        let months = list(&self.months, "*", 2);
        let day = match (self.is_last_day, self.days.is_empty()) {
            (true, _) => Some("~01".to_owned()),
            (false, true) => None,
            (false, false) => Some(format!("-{}", list(&self.days, "*", 2))),
        };
        let mut plain: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for weekday in &self.weekdays {
            let name = |day: &u32| {
                usize::try_from(*day).ok().and_then(|at| NAMES.get(at).copied()).unwrap_or_default()
            };
            match weekday {
                Weekday::Every(day) => plain.push(name(day)),
                Weekday::Nth(day, nth) => {
                    let (from, to) = (nth * 7 - 6, (nth * 7).min(31));
                    lines.push(format!("{} *-{months}-{from:02}..{to:02} {time}", name(day)));
                }
                Weekday::Last(day) => lines.push(format!("{} *-{months}~07/1 {time}", name(day))),
            }
        }
        let plain = plain.join(",");
        match (day, plain.is_empty(), lines.is_empty()) {
            (None, true, true) => lines.push(format!("*-{months}-* {time}")),
            (None, true, false) => {}
            (None, false, _) => lines.push(format!("{plain} *-{months}-* {time}")),
            (Some(day), true, true) => lines.push(format!("*-{months}{day} {time}")),
            (Some(day), false, true) if self.is_both => {
                lines.push(format!("{plain} *-{months}{day} {time}"));
            }
            (Some(day), false, true) => {
                lines.push(format!("*-{months}{day} {time}"));
                lines.push(format!("{plain} *-{months}-* {time}"));
            }
            (Some(_), _, false) => return Err(refused(job, "is more than systemd can say")),
        }
        Ok(lines)
    }
}

fn refused(job: &Job, why: &str) -> Error {
    let text = job.schedule.text();
    Error::config(format!("schedule `{text}` of job `{}` {why}", job.name))
        .hint("let `tapeline schedule run` do it: once every few minutes, or with --follow")
}

fn list(values: &[u32], any: &str, width: usize) -> String {
    if values.is_empty() {
        return any.to_owned();
    }
    let words: Vec<String> = values.iter().map(|value| format!("{value:0width$}")).collect();
    words.join(",")
}

/// `*`, numbers, ranges and steps, separated by commas, as sorted numbers; empty for all of them.
fn numbers(field: &str, low: u32, high: u32) -> Option<Vec<u32>> {
    let mut values = Vec::new();
    for piece in field.split(',') {
        let (range, step) = match piece.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (piece, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
            None => {
                let at = range.parse().ok()?;
                (at, at)
            }
        };
        values.extend((from..=to).step_by(usize::try_from(step).ok()?));
    }
    values.sort_unstable();
    values.dedup();
    let is_all = values.len() == usize::try_from(high - low + 1).ok()?;
    Some(if is_all { Vec::new() } else { values })
}

fn weekdays(field: &str) -> Option<Vec<Weekday>> {
    let mut days = Vec::new();
    for piece in field.split(',') {
        if let Some((day, nth)) = piece.split_once('#') {
            let day = day.parse::<u32>().ok()? % 7;
            days.push(match nth {
                "L" => Weekday::Last(day),
                nth => Weekday::Nth(day, nth.parse().ok()?),
            });
        } else if let Some(day) = piece.strip_suffix('L') {
            days.push(Weekday::Last(day.parse::<u32>().ok()? % 7));
        } else if piece != "*" {
            let mut plain: Vec<u32> = numbers(piece, 0, 7)?.iter().map(|day| day % 7).collect();
            plain.sort_unstable();
            plain.dedup();
            days.extend(plain.into_iter().map(Weekday::Every));
        }
    }
    days.sort_by_key(|day| match day {
        Weekday::Every(day) => (0, *day, 0),
        Weekday::Nth(day, nth) => (1, *day, *nth),
        Weekday::Last(day) => (2, *day, 0),
    });
    days.dedup();
    let is_all = (0..7).all(|day| days.contains(&Weekday::Every(day)));
    Some(if is_all { Vec::new() } else { days })
}
