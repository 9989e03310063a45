//! Spacing of a series: found from its instants, or given as a word. It numbers the steps, says
//! where a step begins, and makes samples an even series. Calendar steps (days, months) are
//! those of a zone; it never guesses a spacing that the instants do not have.

mod even;
mod unit;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use chrono_tz::Tz;

use crate::model::time::{self, Wall};

use super::number::{length, nearest, signed};
pub use even::{Even, MAX_FILLED};
pub use unit::Unit;

/// Numbered steps in time: step 0 begins at the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Length of a step.
    pub unit: Unit,
    /// First microsecond, day (since 1970-01-01) or month (since year 0) of step 0.
    origin: i64,
    /// Day of the month at which a step of months begins; in a shorter month, its last day.
    day: u32,
    /// Time of day at which a calendar step begins, microseconds.
    clock_us: i64,
    /// An instant so much before a step of microseconds still belongs to it.
    slack_us: i64,
    zone: Tz,
}

impl Grid {
    /// Steps of a unit from where they usually begin: midnight, Monday, the first of January.
    #[must_use]
    pub fn every(unit: Unit, zone: Tz) -> Self {
        // 1970-01-05 was a Monday.
        let origin = match unit {
            Unit::Days(n) if n % 7 == 0 => 4,
            Unit::Micros(_) | Unit::Days(_) | Unit::Months(_) => 0,
        };
        Grid { unit, origin, day: 1, clock_us: 0, slack_us: 0, zone }
    }

    /// The steps in which ascending, different instants stand; none when there are fewer than
    /// two, or no spacing explains them. A clock that was set now and then is no other spacing.
    #[must_use]
    pub fn found(instants: &[i64], zone: Tz) -> Option<Self> {
        let walls: Vec<NaiveDateTime> =
            instants.iter().map(|at| time::wall(zone, *at)).collect::<Option<_>>()?;
        let first = *walls.first().filter(|_| walls.len() > 1)?;
        let clock_us = clock_us(first);
        if walls.iter().any(|wall| self::clock_us(*wall) != clock_us) {
            let n = spacing(instants).or_else(|| usual(instants))?;
            let (unit, origin) = (Unit::Micros(n), *instants.first()?);
            return Some(Grid { unit, origin, day: 1, clock_us: 0, slack_us: n / 2, zone });
        }
        if let Some(day) = day_of_month(&walls) {
            let months: Vec<i64> = walls.iter().map(|wall| month(*wall)).collect();
            let unit = Unit::Months(spacing(&months)?);
            return Some(Grid { unit, origin: month(first), day, clock_us, slack_us: 0, zone });
        }
        let days: Vec<i64> = walls.iter().map(|wall| day(*wall)).collect();
        let unit = Unit::Days(spacing(&days)?);
        Some(Grid { unit, origin: day(first), day: 1, clock_us, slack_us: 0, zone })
    }

    /// Number of the step that holds an instant.
    #[must_use]
    pub fn step(&self, at_us: i64) -> i64 {
        let index = match self.unit {
            Unit::Micros(_) => at_us.checked_add(self.slack_us),
            Unit::Days(_) => time::wall(self.zone, at_us).map(day),
            Unit::Months(_) => time::wall(self.zone, at_us).map(month),
        };
        let since = index.unwrap_or(self.origin).saturating_sub(self.origin);
        since.div_euclid(self.unit.count().max(1))
    }

    /// First instant of a step; none beyond the calendar.
    #[must_use]
    pub fn start(&self, step: i64) -> Option<i64> {
        let index = step.checked_mul(self.unit.count())?.checked_add(self.origin)?;
        let date = match self.unit {
            Unit::Micros(_) => return DateTime::from_timestamp_micros(index).map(|_| index),
            Unit::Days(_) => {
                NaiveDate::default().checked_add_signed(TimeDelta::try_days(index)?)?
            }
            Unit::Months(_) => {
                let year = i32::try_from(index.div_euclid(12)).ok()?;
                let month = u32::try_from(index.rem_euclid(12)).ok()? + 1;
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                first.with_day(self.day.min(month_length(first)))?
            }
        };
        let wall = date.and_time(NaiveTime::MIN) + TimeDelta::microseconds(self.clock_us);
        // A year that the calendar of texts ends with is no date anybody can use.
        (date.year() < 9999).then_some(match time::resolve(self.zone, wall) {
            Wall::One(at) | Wall::Gap { next: at } | Wall::Fold { earlier: at, .. } => at,
        })
    }

    /// Instant of a position between steps, in calendar steps to the second; none beyond the
    /// calendar.
    #[must_use]
    pub fn instant(&self, position: f64) -> Option<i64> {
        let whole = libm::floor(position);
        let step = nearest(whole)?;
        let start = self.start(step)?;
        if position <= whole {
            return Some(start);
        }
        let end = self.start(step.checked_add(1)?)?;
        // Of a month of a late year a position does not tell microseconds: to the second.
        let grain = if matches!(self.unit, Unit::Micros(_)) { 1 } else { time::SECOND_US };
        let after = nearest((position - whole) * signed(end - start) / signed(grain))?;
        start.checked_add(after * grain)
    }

    /// Position of an instant between steps; the inverse of [`Grid::instant`].
    #[must_use]
    pub fn position(&self, at_us: i64) -> Option<f64> {
        let holding = self.step(at_us);
        // Months that begin on their last day: the days before belong to the step before.
        let step = if at_us < self.start(holding)? { holding.checked_sub(1)? } else { holding };
        let (start, end) = (self.start(step)?, self.start(step.checked_add(1)?)?);
        Some(signed(step) + signed(at_us - start) / signed((end - start).max(1)))
    }
}

/// A unit that ascending instants fit after resampling: the commonest readable one that is not
/// shorter than their usual distance.
#[must_use]
pub fn suggestion(instants: &[i64]) -> Unit {
    let mut distances = differences(instants);
    distances.sort_unstable();
    let usual = distances.get(distances.len() / 2).copied().unwrap_or(0);
    Unit::at_least(usual)
}

/// Greatest common divisor of the distances of ascending numbers, when it is their spacing: most
/// steps have a number, or the commonest distance is one step.
fn spacing(numbers: &[i64]) -> Option<i64> {
    let distances = differences(numbers);
    let unit = distances.iter().fold(0, |unit, distance| divisor(unit, *distance));
    let span: i64 = distances.iter().sum::<i64>().checked_div(unit)?;
    let missing = span + 1 - length(numbers.len());
    let is_dense = signed(missing) <= MAX_FILLED * signed(span + 1);
    let is_usual =
        |(distance, count): (i64, usize)| distance == unit && 2 * count >= distances.len();
    (is_dense || commonest(&distances).is_some_and(is_usual)).then_some(unit)
}

/// The distance that nine of ten have.
fn usual(numbers: &[i64]) -> Option<i64> {
    let distances = differences(numbers);
    commonest(&distances).filter(|(_, count)| 10 * count >= 9 * distances.len()).map(|c| c.0)
}

fn differences(numbers: &[i64]) -> Vec<i64> {
    numbers.windows(2).filter_map(|pair| Some(pair.get(1)? - pair.first()?)).collect()
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// The most frequent number and how often it occurs; of two, the smaller.
fn commonest(numbers: &[i64]) -> Option<(i64, usize)> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    numbers.iter().for_each(|n| *counts.entry(*n).or_default() += 1);
    counts.into_iter().rev().max_by_key(|(_, count)| *count)
}

/// The day of the month that all have, shorter months by their last day: 31 when all are last
/// days; none when they are on different days.
fn day_of_month(walls: &[NaiveDateTime]) -> Option<u32> {
    let length = |wall: &NaiveDateTime| month_length(wall.date());
    let latest = walls.iter().map(Datelike::day).max()?;
    if walls.iter().all(|wall| wall.day() == length(wall)) {
        return Some(31);
    }
    walls.iter().all(|wall| wall.day() == latest.min(length(wall))).then_some(latest)
}

fn month_length(date: NaiveDate) -> u32 {
    (28..=31).rev().find(|day| date.with_day(*day).is_some()).unwrap_or(28)
}

fn month(wall: NaiveDateTime) -> i64 {
    i64::from(wall.year()) * 12 + i64::from(wall.month0())
}

fn day(wall: NaiveDateTime) -> i64 {
    (wall.date() - NaiveDate::default()).num_days()
}

fn clock_us(wall: NaiveDateTime) -> i64 {
    i64::from(wall.num_seconds_from_midnight()) * time::SECOND_US
        + i64::from(wall.nanosecond() / 1_000)
}
