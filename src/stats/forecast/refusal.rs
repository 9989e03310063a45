//! When no date is given, and why: one sentence each. A refusal is an answer.

use super::MIN_N;
use super::back_test::BackTest;
use super::crossing::Crossing;
use super::question::Limit;
use super::total::GONE_DAYS;

/// Why there is no forecast or no date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refusal {
    /// Too few values.
    TooShort {
        /// Values that could be used.
        n: usize,
        /// True when older ones were cut off by a level shift.
        after_shift: bool,
    },
    /// A value is missing or not finite.
    NotFinite,
    /// The limit is below what is already used.
    ContradictoryCapacity,
    /// The limit is zero, below it, or no number.
    NoCapacity,
    /// Used and available do not add up to the capacity.
    ContradictoryParts,
    /// No limit is known, or not that of every part of a total.
    NoLimit,
    /// Use falls.
    Shrinking,
    /// Not even one path in ten gets there.
    Flat,
    /// Earlier forecasts would have been too wrong.
    PoorBackTest,
    /// It has no samples any more while others go on.
    Gone,
    /// No part of a total can be forecast.
    NoSeries,
    /// Too many steps of the series have no sample.
    TooManyGaps,
}

impl Refusal {
    /// Word in result columns.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Refusal::TooShort { .. } => "too_short",
            Refusal::NotFinite => "not_finite",
            Refusal::ContradictoryCapacity | Refusal::NoCapacity | Refusal::ContradictoryParts => {
                "contradictory_capacity"
            }
            Refusal::NoLimit => "no_limit",
            Refusal::Shrinking => "shrinking",
            Refusal::Flat => "flat",
            Refusal::PoorBackTest => "poor_back_test",
            Refusal::Gone => "gone",
            Refusal::NoSeries => "no_series",
            Refusal::TooManyGaps => "too_many_gaps",
        }
    }
    /// The reason in one sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Refusal::TooShort { n, after_shift } => {
                let points = if n == 1 { "point is" } else { "points are" };
                let since = if after_shift { " since the last jump" } else { "" };
                format!("Only {n} {points} known{since}; at least {MIN_N} are needed.")
            }
            Refusal::NotFinite => "The series has a value that is not a number.".to_owned(),
            Refusal::ContradictoryCapacity => {
                "The capacity is not larger than what was in use already.".to_owned()
            }
            Refusal::NoCapacity => "A limit of zero or less gets no date.".to_owned(),
            Refusal::ContradictoryParts => {
                "Used and available space exceed the stated capacity.".to_owned()
            }
            Refusal::NoLimit => "The capacity is not known, or not that of every part.".to_owned(),
            Refusal::Shrinking => "Use is falling, so no date can be given.".to_owned(),
            Refusal::Flat => "The limit is not in sight within the horizon.".to_owned(),
            Refusal::PoorBackTest => {
                "Earlier forecasts of this series would have been too wrong to give a date."
                    .to_owned()
            }
            Refusal::Gone => format!(
                "It had no sample for more than {GONE_DAYS} days while others had: taken as gone."
            ),
            Refusal::NoSeries => "None of its series can be forecast.".to_owned(),
            Refusal::TooManyGaps => "Too many points of the series are missing.".to_owned(),
        }
    }
}

/// Mean percentage error above which no date is given.
const POOR_SMAPE: f64 = 0.25;
/// Mean coverage of the 95 % interval below which no date is given.
const POOR_COVERAGE: f64 = 0.75;

/// What the judgement about a date rests on.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    /// Values that a capacity may contradict.
    pub values: &'a [f64],
    /// Last known value.
    pub last: f64,
    /// True when there was a level shift.
    pub has_shift: bool,
    /// Values since the last level shift, censored ones left out.
    pub n_since_shift: usize,
    /// Scores of earlier answers.
    pub back_test: &'a BackTest,
    /// Central forecast.
    pub central: &'a [f64],
}

/// Why no crossings can be looked for at all; none when they can.
#[must_use]
pub fn before(limit: &Limit<'_>, grounds: &Grounds<'_>) -> Option<Refusal> {
    let Some(capacity) = limit.at_step(1) else {
        return Some(Refusal::NoCapacity);
    };
    if limit.ahead.iter().chain(limit.past).any(|c| !c.is_finite() || *c <= 0.0) {
        return Some(Refusal::NoCapacity);
    }
    // Being full now is an answer; having used clearly more than there was is a contradiction.
    if grounds.last >= capacity {
        return None;
    }
    let exceeds =
        |(at, value): (usize, &f64)| limit.at_value(at).is_some_and(|c| *value > 1.01 * c);
    if grounds.values.iter().enumerate().any(exceeds) {
        return Some(Refusal::ContradictoryCapacity);
    }
    if grounds.n_since_shift < MIN_N {
        let (n, after_shift) = (grounds.n_since_shift, grounds.has_shift);
        return Some(Refusal::TooShort { n, after_shift });
    }
    let is_poor = grounds.back_test.smape.is_some_and(|s| s > POOR_SMAPE)
        || grounds.back_test.coverage.is_some_and(|c| c < POOR_COVERAGE);
    is_poor.then_some(Refusal::PoorBackTest)
}

/// Why the crossing that was found is no date; none when it is one.
#[must_use]
pub fn after(full: &Crossing, grounds: &Grounds<'_>) -> Option<Refusal> {
    if full.within_horizon >= 0.1 {
        return None;
    }
    let last = grounds.last;
    let end = grounds.central.last().copied().unwrap_or(last);
    // Falling by less than a hundredth over the whole horizon is not a fall.
    let is_falling = last - end > 0.01 * last.abs();
    Some(if is_falling { Refusal::Shrinking } else { Refusal::Flat })
}
