//! When no date is given, and why: one sentence each. A refusal is an answer.

use super::back_test::BackTest;
use super::crossing::{Ahead, Crossing, crossing};

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
    /// The limit is not a limit: not positive, or below what is already used.
    ContradictoryCapacity,
    /// Used and available do not add up to the capacity.
    ContradictoryParts,
    /// Use falls.
    Shrinking,
    /// Use hardly changes: not even one path in ten gets there.
    Flat,
    /// Earlier forecasts would have been too wrong.
    PoorBackTest,
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
            Refusal::ContradictoryCapacity | Refusal::ContradictoryParts => {
                "contradictory_capacity"
            }
            Refusal::Shrinking => "shrinking",
            Refusal::Flat => "flat",
            Refusal::PoorBackTest => "poor_back_test",
            Refusal::TooManyGaps => "too_many_gaps",
        }
    }
    /// The reason in one sentence.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Refusal::TooShort { n, after_shift: false } => {
                format!("Only {n} points are known; at least {} are needed.", super::MIN_N)
            }
            Refusal::TooShort { n, after_shift: true } => format!(
                "Only {n} points are known since the last jump; at least {} are needed.",
                super::MIN_N
            ),
            Refusal::NotFinite => "The series has a value that is not a number.".to_owned(),
            Refusal::ContradictoryCapacity => {
                "The capacity is not larger than what was in use already.".to_owned()
            }
            Refusal::ContradictoryParts => {
                "Used and available space exceed the stated capacity.".to_owned()
            }
            Refusal::Shrinking => "Use is falling, so no date can be given.".to_owned(),
            Refusal::Flat => {
                "Use hardly changes; the limit is not in sight within the horizon.".to_owned()
            }
            Refusal::PoorBackTest => {
                "Earlier forecasts of this series would have been too wrong to give a date."
                    .to_owned()
            }
            Refusal::TooManyGaps => "Too many points of the series are missing.".to_owned(),
        }
    }
}

/// Mean percentage error above which no date is given.
const POOR_SMAPE: f64 = 0.25;
/// Mean coverage of the 95 % interval below which no date is given.
const POOR_COVERAGE: f64 = 0.75;

/// The crossing of a limit, or the reason against it.
///
/// # Errors
/// See [`Refusal`].
pub fn check(
    limit: f64,
    shares: &[f64],
    values: &[f64],
    back_test: &BackTest,
    ahead: &Ahead<'_>,
) -> Result<Vec<Crossing>, Refusal> {
    // Being full now is an answer; having used clearly more before is a contradiction.
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !limit.is_finite() || limit <= 0.0 || (most > limit * 1.01 && ahead.last < limit) {
        return Err(Refusal::ContradictoryCapacity);
    }
    let is_poor = back_test.smape.is_some_and(|s| s > POOR_SMAPE)
        || back_test.coverage.is_some_and(|c| c < POOR_COVERAGE);
    if is_poor && ahead.last < limit {
        return Err(Refusal::PoorBackTest);
    }
    let found = crossing(limit, ahead);
    if found.within_horizon < 0.1 {
        // Falling by less than a hundredth over the whole horizon is not a fall.
        let end = ahead.central.last().copied().unwrap_or(ahead.last);
        let is_falling = ahead.last - end > 0.01 * ahead.last.abs();
        return Err(if is_falling { Refusal::Shrinking } else { Refusal::Flat });
    }
    let at = |share: &f64| Crossing { share: *share, ..crossing(limit * share, ahead) };
    Ok(shares.iter().map(at).collect())
}
