//! Series made of others: the sum of pools that is a site or a company, logical bytes by a
//! reduction ratio, what comes back at known dates. Each part is a [`Course`]: its forecast, its
//! sample paths around it, and its earlier forecasts. Courses are added or divided, their paths
//! path by path and never their bounds, and [`forecast_whole`] answers for what comes of it. A
//! course is made once, for all totals that it is part of.

mod answer;
mod course;

use super::super::number::size;
pub use answer::forecast_whole;
pub use course::Course;

/// Origins of the back-test of a whole.
const ORIGINS: usize = 6;
/// Origins reach back over this many horizons at most, as those of one series do.
const SPAN: usize = 8;
/// First steps that all have a point on the paths: there the errors grow fastest.
const DENSE: usize = 8;
/// Further points, evenly spread.
const POINTS: usize = 40;

/// Where the steps of a series lie among those of the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Steps of the series from its last value to the origin of the whole; not negative.
    pub lag: f64,
    /// Steps of the series in one of the whole.
    pub rate: f64,
}

impl Pace {
    /// The series' own steps, from its last value on.
    pub const OWN: Pace = Pace { lag: 0.0, rate: 1.0 };

    /// Place of a step of the whole in steps of the series after its last value.
    #[must_use]
    pub fn place(&self, step: usize) -> f64 {
        self.lag + self.rate * size(step)
    }
}

/// Steps and origins that all parts of a whole share.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Steps ahead.
    pub horizon: usize,
    /// Steps at which paths have a value.
    steps: Vec<usize>,
    /// Origins of the back-test, in steps before the origin of the whole.
    backs: Vec<usize>,
}

impl Layout {
    /// `span`: steps of the whole over which the longest part is known. Half of it stays to
    /// learn from at the earliest origin.
    #[must_use]
    pub fn of(horizon: usize, span: usize) -> Self {
        let horizon = horizon.max(1);
        let farthest = (span / 2).min(SPAN * horizon.max(4));
        let count = farthest.min(ORIGINS);
        let mut backs: Vec<usize> = (1..=count).map(|i| (i * farthest).div_ceil(count)).collect();
        backs.dedup();
        Layout { horizon, steps: points(horizon), backs }
    }
}

/// Steps at which paths have a value: each of the first, then evenly spread up to the last.
fn points(horizon: usize) -> Vec<usize> {
    let dense = horizon.min(DENSE);
    let rest = horizon - dense;
    let count = rest.min(POINTS);
    let later = (1..=count).map(|i| dense + (i * rest).div_ceil(count));
    (1..=dense).chain(later).collect()
}

#[cfg(test)]
mod tests;
