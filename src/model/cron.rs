//! Schedules as people write them (cron expressions, iCalendar rules) and the instants at which
//! they are due. Expanded in wall-clock time and resolved afterwards, so that a clock change
//! neither drops nor doubles a run: a time in a gap is due at the first valid instant after it,
//! a time that occurs twice is due the first time only. Never reads the clock.

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::rrule::{self, Every};
use super::time::{self, Wall};
use crate::error::{Error, Result};

/// No schedule is searched further than this: leap days on a given weekday come every 28 years,
/// and up to 40 across a century without a leap day.
const HORIZON_YEARS: i64 = 41;
const HORIZON: TimeDelta = TimeDelta::days(HORIZON_YEARS * 366);
/// The longest gap a zone ever had is a day (Samoa 2011, Kwajalein 1993).
const LONGEST_GAP: TimeDelta = TimeDelta::hours(25);

/// What a clock change did to a due time; the words of `expected_runs.clock_note`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockNote {
    /// Nothing.
    None,
    /// The wall time does not exist; due at the first valid instant after it.
    GapShifted,
    /// The wall time occurs twice; due the first time.
    FoldFirst,
}

impl ClockNote {
    /// The word in `expected_runs.clock_note`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ClockNote::None => "none",
            ClockNote::GapShifted => "gap_shifted",
            ClockNote::FoldFirst => "fold_first",
        }
    }
}

/// One due instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// When, microseconds UTC.
    pub at_us: i64,
    /// What a clock change did to it.
    pub note: ClockNote,
}

/// A parsed schedule. It has no zone: the zone is given with every question.
#[derive(Debug, Clone)]
pub struct Schedule {
    text: String,
    cron: Cron,
    every: Option<Every>,
}

impl Schedule {
    /// Parses a cron expression of five fields (`30 2 * * *`, with `L`, `W` and `#`), a nickname
    /// (`@hourly @daily @weekly @monthly @yearly`), or an iCalendar rule
    /// (`FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;BYHOUR=22`, with `DTSTART:` where the rule needs it).
    ///
    /// # Errors
    /// When it is none of these, asks for what is not supported, or is never due.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (expression, every) =
            if rrule::looks_like(text) { rrule::translate(text)? } else { (text.to_owned(), None) };
        let schedule =
            Schedule { text: text.to_owned(), cron: parse_cron(text, &expression)?, every };
        if schedule.walls(schedule.origin()).next().is_none() {
            return Err(Error::config(format!("schedule `{text}` is never due"))
                .hint("check day, month and interval against each other"));
        }
        Ok(schedule)
    }

    /// Start of the rule, else some time in the past: whether it is ever due does not depend
    /// on it.
    fn origin(&self) -> NaiveDateTime {
        self.every.as_ref().map_or(NaiveDateTime::default(), Every::start)
    }

    /// The text it was parsed from, trimmed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cron expression of five fields, when the schedule is no more than one. Nicknames are
    /// spelled out; weekdays and months are numbers.
    #[must_use]
    pub fn cron_text(&self) -> Option<&str> {
        self.every.is_none().then(|| self.cron.as_str())
    }

    /// All due instants in `[from_us, to_us)`, ascending, each once.
    #[must_use]
    pub fn due(&self, zone: Tz, from_us: i64, to_us: i64) -> Vec<Due> {
        self.from(zone, from_us).take_while(|due| due.at_us < to_us).collect()
    }

    /// The first due instant after `after_us`, not at it; none when there is none for decades.
    #[must_use]
    pub fn next_after(&self, zone: Tz, after_us: i64) -> Option<Due> {
        self.from(zone, after_us.saturating_add(1)).next()
    }

    /// Due instants at or after `from_us`, ascending. Resolving keeps the order of wall times,
    /// so equal instants are neighbours; the one that needed no shift wins.
    fn from(&self, zone: Tz, from_us: i64) -> impl Iterator<Item = Due> {
        let origin = time::wall(zone, from_us).map(|wall| wall - LONGEST_GAP);
        let mut dues = origin
            .into_iter()
            .flat_map(|origin| self.walls(origin))
            .map(move |wall| resolve(zone, wall))
            .skip_while(move |due| due.at_us < from_us)
            .peekable();
        std::iter::from_fn(move || {
            let mut due = dues.next()?;
            while let Some(same) = dues.next_if(|next| next.at_us == due.at_us) {
                due.note = due.note.min(same.note);
            }
            Some(due)
        })
    }

    /// Wall times of the schedule at or after `origin`, within the horizon.
    fn walls(&self, origin: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let end = origin.checked_add_signed(HORIZON).unwrap_or(NaiveDateTime::MAX);
        let mut last: Option<NaiveDateTime> = None;
        std::iter::from_fn(move || {
            let from = last.unwrap_or(origin);
            let next = self.cron.find_next_occurrence(&from, last.is_none()).ok()?;
            last = Some(next);
            (next < end).then_some(next)
        })
        .filter(|wall| self.every.as_ref().is_none_or(|every| every.holds(*wall)))
    }
}

fn resolve(zone: Tz, wall: NaiveDateTime) -> Due {
    match time::resolve(zone, wall) {
        Wall::One(at_us) => Due { at_us, note: ClockNote::None },
        Wall::Gap { next } => Due { at_us: next, note: ClockNote::GapShifted },
        Wall::Fold { earlier, .. } => Due { at_us: earlier, note: ClockNote::FoldFirst },
    }
}

fn parse_cron(text: &str, expression: &str) -> Result<Cron> {
    let refused = || Error::config(format!("`{text}` is not a schedule"));
    let hint = "write five fields (minute hour day month weekday) such as `30 2 * * *`, \
                a nickname such as @daily, or a rule such as FREQ=WEEKLY;BYDAY=SA;BYHOUR=22";
    let fields = expression.split_whitespace().count();
    if fields != 5 && !expression.starts_with('@') {
        return Err(refused().because(format!("it has {fields} fields, not 5")).hint(hint));
    }
    CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build()
        .parse(expression)
        .map_err(|e| refused().because(e).hint(hint))
}

#[cfg(test)]
#[path = "cron_tests.rs"]
mod tests;
