//! From samples at odd instants to an even series: the last sample of each day, week or month
//! (UTC). Short gaps are filled on a straight line; a series of gaps is refused.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime};
use serde::Deserialize;

use crate::model::time::DAY_US;

use super::super::number::{length, nearest, signed, size};
use super::super::spacing;
use super::censoring::over_gaps;
use super::refusal::Refusal;

/// Spacing of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Days, UTC.
    #[default]
    Day,
    /// Weeks of seven days, from Monday.
    Week,
    /// Calendar months.
    Month,
}

impl Every {
    /// Number of the step that holds an instant.
    fn step(self, at_us: i64) -> i64 {
        match self {
            Every::Day => at_us.div_euclid(DAY_US),
            // 1970-01-05 was a Monday.
            Every::Week => (at_us - 4 * DAY_US).div_euclid(7 * DAY_US),
            Every::Month => DateTime::from_timestamp_micros(at_us)
                .map_or(0, |t| i64::from(t.year()) * 12 + i64::from(t.month0())),
        }
    }
    /// First instant of a step.
    fn start(self, step: i64) -> i64 {
        match self {
            Every::Day => step.saturating_mul(DAY_US),
            Every::Week => step.saturating_mul(7 * DAY_US).saturating_add(4 * DAY_US),
            Every::Month => {
                let year = i32::try_from(step.div_euclid(12)).unwrap_or(9999).min(9999);
                let january = NaiveDate::from_ymd_opt(year, 1, 1);
                let months = Months::new(u32::try_from(step.rem_euclid(12)).unwrap_or(0));
                let day = january.and_then(|d| d.checked_add_months(months));
                day.map_or(i64::MAX, |d| d.and_time(NaiveTime::MIN).and_utc().timestamp_micros())
            }
        }
    }
    /// Part of its step that has passed at an instant, 0..1.
    fn part(self, at_us: i64) -> f64 {
        let step = self.step(at_us);
        let (start, end) = (self.start(step), self.start(step.saturating_add(1)));
        signed(at_us.saturating_sub(start)) / signed(end.saturating_sub(start)).max(1.0)
    }
    /// Where in its step a sample lies; a day is not told apart.
    fn phase(self, at_us: i64) -> f64 {
        if self == Every::Day { 0.0 } else { self.part(at_us) }
    }
    /// Days of a step, for growth per day.
    #[must_use]
    pub fn days(self) -> f64 {
        match self {
            Every::Day => 1.0,
            Every::Week => 7.0,
            Every::Month => 30.436_875,
        }
    }
    /// Word in sentences.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Every::Day => "day",
            Every::Week => "week",
            Every::Month => "month",
        }
    }
}

/// An even series.
#[derive(Debug, Clone, PartialEq)]
pub struct Even {
    /// Spacing.
    pub every: Every,
    /// Number of the first step.
    first: i64,
    /// Last sample of each step; gaps filled.
    pub values: Vec<f64>,
    /// Steps without a sample, filled.
    pub filled: usize,
    /// Where in its step the last sample lies, 0..1. A sample of the last day of a month is one
    /// of that day, not of the first.
    phase: f64,
}

impl Even {
    /// Makes samples `(instant, value)` even; later samples of a step win.
    ///
    /// # Errors
    /// [`Refusal::TooShort`] without samples, [`Refusal::TooManyGaps`] when more than a fifth of
    /// the steps has none.
    pub fn of(samples: &[(i64, f64)], every: Every) -> Result<Even, Refusal> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut known: Vec<(i64, f64)> = Vec::new();
        for (at, value) in sorted {
            let step = every.step(at);
            match known.last_mut() {
                Some(last) if last.0 == step => last.1 = value,
                Some(_) | None => known.push((step, value)),
            }
        }
        let spacing::Even { first, values, filled } = spacing::Even::of(&known)?;
        let last = samples.iter().map(|sample| sample.0).max().unwrap_or(0);
        Ok(Even { every, first, values, filled, phase: every.phase(last) })
    }

    /// Instant `ahead` steps (with fractions) after the last value; none beyond the calendar.
    #[must_use]
    pub fn instant(&self, ahead: f64) -> Option<i64> {
        let ahead = ahead + self.phase;
        let whole = nearest(libm::floor(ahead))?;
        let step = self.first + length(self.values.len()) - 1 + whole;
        let (start, end) = (self.every.start(step), self.every.start(step + 1));
        if end == i64::MAX {
            return None;
        }
        start.checked_add(nearest((ahead - libm::floor(ahead)) * signed(end - start))?)
    }

    /// A single value: where the steps of a total begin.
    #[must_use]
    pub fn at(at_us: i64, value: f64, every: Every) -> Even {
        let phase = every.phase(at_us);
        Even { every, first: every.step(at_us), values: vec![value], filled: 0, phase }
    }

    /// Steps from the last value of a series of the same spacing to that of this one; none when
    /// it is later.
    #[must_use]
    pub fn steps_after(&self, earlier: &Even) -> Option<f64> {
        let last = |even: &Even| even.first + length(even.values.len());
        let steps = last(self) - last(earlier);
        (steps >= 0 && self.every == earlier.every).then(|| signed(steps))
    }

    /// Steps, with fractions, from the last value to an instant; negative before it.
    #[must_use]
    pub fn steps_until(&self, at_us: i64) -> f64 {
        let steps = self.every.step(at_us) - self.first - length(self.values.len()) + 1;
        signed(steps) + self.every.part(at_us) - self.phase
    }

    /// The capacities of the same samples on the steps of this series: the last one up to each
    /// step, the first one before that, in gaps see [`over_gaps`]; empty without samples.
    #[must_use]
    pub fn along(&self, capacities: &[(i64, f64)]) -> Vec<f64> {
        let mut sorted = capacities.to_vec();
        sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let Some(mut now) = sorted.first().map(|s| s.1) else { return Vec::new() };
        let mut next = sorted.iter().peekable();
        let mut is_sampled = Vec::new();
        let value = |step: i64| {
            is_sampled.push(false);
            while let Some(sample) = next.next_if(|s| self.every.step(s.0) <= step) {
                now = sample.1;
                if let Some(last) = is_sampled.last_mut() {
                    *last = self.every.step(sample.0) == step;
                }
            }
            now
        };
        let steps = self.first..self.first + length(self.values.len());
        let mut along: Vec<f64> = steps.map(value).collect();
        over_gaps(&mut along, &is_sampled);
        along
    }

    /// Instant of a value by its position.
    #[must_use]
    pub fn instant_of(&self, position: usize) -> Option<i64> {
        self.instant(size(position) - (size(self.values.len()) - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{iso, parse_iso};

    fn samples(rows: &[(&str, f64)]) -> Vec<(i64, f64)> {
        rows.iter().map(|(at, v)| (parse_iso(at).unwrap(), *v)).collect()
    }

    #[test]
    fn the_last_sample_of_a_day_counts_and_a_gap_is_filled_straight() {
        let got = Even::of(
            &samples(&[
                ("2026-01-01T23:00:00Z", 9.0),
                ("2026-01-01T01:00:00Z", 1.0),
                ("2026-01-02", 10.0),
                ("2026-01-03", 11.0),
                ("2026-01-05", 15.0),
            ]),
            Every::Day,
        )
        .unwrap();
        assert_eq!(got.values, vec![9.0, 10.0, 11.0, 13.0, 15.0]);
        assert_eq!(got.filled, 1);
        assert_eq!(iso(got.instant(1.5).unwrap()), "2026-01-06T12:00:00Z");
        assert_eq!(iso(got.instant_of(0).unwrap()), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn months_are_calendar_months_and_weeks_begin_on_monday() {
        let rows = samples(&[("2025-11-30", 1.0), ("2025-12-31", 2.0), ("2026-01-31", 3.0)]);
        let months = Even::of(&rows, Every::Month).unwrap();
        assert_eq!(months.values, vec![1.0, 2.0, 3.0]);
        // Sampled on the last day of the month: the months ahead end there too.
        assert_eq!(&iso(months.instant(1.0).unwrap())[..10], "2026-02-28");
        assert_eq!(&iso(months.instant(2.0).unwrap())[..10], "2026-03-31");
        assert_eq!(months.steps_until(parse_iso("2026-01-31").unwrap()), 0.0);
        let rows = samples(&[("2026-01-04", 1.0), ("2026-01-05", 2.0)]);
        assert_eq!(Even::of(&rows, Every::Week).unwrap().values, vec![1.0, 2.0]);
    }

    #[test]
    fn a_capacity_is_carried_forward_and_steps_until_an_instant_have_fractions() {
        let rows = samples(&[("2026-01-01", 1.0), ("2026-01-03", 2.0), ("2026-01-04", 3.0)]);
        let days = Even::of(&rows[..1], Every::Day).unwrap();
        assert_eq!(days.along(&rows), vec![1.0]);
        let mut more = rows.clone();
        more.extend(samples(&[("2026-01-02", 9.0), ("2026-01-05", 9.0)]));
        let days = Even::of(&more, Every::Day).unwrap();
        // No capacity is known of the second day: the greater of those around it.
        assert_eq!(days.along(&rows), vec![1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(days.steps_until(parse_iso("2026-01-07T12:00:00Z").unwrap()), 2.5);
    }

    #[test]
    fn a_series_of_gaps_and_an_empty_one_are_refused() {
        let rows = samples(&[("2026-01-01", 1.0), ("2026-02-01", 2.0)]);
        assert_eq!(Even::of(&rows, Every::Day), Err(Refusal::TooManyGaps));
        let empty = Err(Refusal::TooShort { n: 0, after_shift: false });
        assert_eq!(Even::of(&[], Every::Day), empty);
    }
}
