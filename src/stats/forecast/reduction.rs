//! Data before reduction and their ratio to what is stored, forecast apart: new data may reduce
//! worse than old ones, and a straight line through the stored bytes knows nothing of it.

use super::forecast;
use super::question::{Limit, Question};
use super::whole::{Course, Layout, Pace};

/// What is known of the reduction of a series, in its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduction {
    /// Data before reduction, even.
    pub logical: Part,
    /// Logical / stored, even.
    pub ratio: Part,
    /// Capacity in units before reduction at each logical value: tells when the store was full.
    /// Empty when it is not known.
    pub past: Vec<f64>,
}

/// One of the two series.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Evenly spaced values, oldest first.
    pub values: Vec<f64>,
    /// Steps from its last value to the last one of the stored bytes.
    pub behind: f64,
}

/// What comes of the reduction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Logical / stored at the last value.
    pub ratio: f64,
    /// The same at the horizon, with one chance in ten to be below: what a store is sized at.
    pub ratio_p10: f64,
    /// Mean growth of the data before reduction, per step.
    pub logical_growth: f64,
}

/// Steps that the newest logical value may be behind the newest stored one.
const LATE: f64 = 2.0;

impl Reduction {
    /// What is known of the reduction of a series of `n` values; none where it is not known up
    /// to (almost) the end and for at least half of the series: the rest would be forgotten.
    #[must_use]
    pub fn of(n: usize, logical: Part, ratio: Part, past: Vec<f64>) -> Option<Self> {
        let is_known = |part: &Part| part.behind <= LATE && 2 * part.values.len() >= n;
        (is_known(&logical) && is_known(&ratio)).then_some(Reduction { logical, ratio, past })
    }

    /// The stored bytes as logical bytes by their ratio; none when they are too few. Periods and
    /// seed are those of `question`. A ratio below 1, or below the least that was seen, is none.
    #[must_use]
    pub fn course(&self, question: &Question<'_>, pace: Pace, layout: &Layout) -> Option<Course> {
        let part = |part: &Part, past: &[f64], seed: u64| {
            let own = Question {
                values: &part.values,
                periods: question.periods,
                limit: limit(past),
                seed,
                ..Question::default()
            };
            Course::of(&own, Pace { lag: pace.lag + part.behind, ..pace }, layout).ok()
        };
        // Seeds differ, or logical data and ratio would rise and fall together.
        let logical = part(&self.logical, &self.past, question.seed)?;
        let ratio = part(&self.ratio, &[], question.seed.rotate_left(32))?;
        Some(Course::physical(logical, ratio, self.least()))
    }

    fn least(&self) -> f64 {
        self.ratio.values.iter().copied().fold(1.0, f64::min)
    }

    /// What comes of it up to the horizon of a question; none when the values are too few.
    #[must_use]
    pub fn outlook(&self, question: &Question<'_>) -> Option<Outlook> {
        let look = |part: &Part, past: &[f64]| {
            let (periods, horizon) = (question.periods, question.horizon);
            let (values, limit) = (&part.values, limit(past));
            forecast(&Question { values, periods, horizon, limit, ..Question::default() }).ok()
        };
        let (low, _) = look(&self.ratio, &[])?.bounds(question.horizon.max(1), 0.8)?;
        Some(Outlook {
            ratio: self.ratio.values.last().copied()?,
            ratio_p10: low.max(self.least()),
            logical_growth: look(&self.logical, &self.past)?.growth,
        })
    }
}

/// A known capacity, of which the last goes on.
fn limit(past: &[f64]) -> Option<Limit<'_>> {
    past.last().map(|last| Limit { past, ahead: std::slice::from_ref(last) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(n: u32, start: f64, rise: f64, behind: f64) -> Part {
        Part { values: (0..n).map(|i| start + rise * f64::from(i)).collect(), behind }
    }

    #[test]
    fn logical_data_that_end_early_or_began_late_are_not_used() {
        let of = |n: u32, behind: f64| {
            let (logical, ratio) = (part(n, 800.0, 2.0, behind), part(n, 4.0, 0.0, behind));
            Reduction::of(100, logical, ratio, Vec::new()).is_some()
        };
        assert!(of(100, 0.0) && of(50, 2.0));
        assert!(!of(49, 0.0), "half of the series would be forgotten");
        assert!(!of(97, 3.0), "what came since would be forgotten");
    }

    #[test]
    fn a_falling_ratio_ends_at_one_or_at_the_least_that_was_seen() {
        let outlook = |ratio: Part| {
            let logical = part(100, 800.0, 2.0, 0.0);
            let reduction = Reduction::of(100, logical, ratio, Vec::new()).unwrap();
            reduction.outlook(&Question { horizon: 300, ..Question::default() }).unwrap()
        };
        let falls = outlook(part(100, 4.0, -0.02, 0.0));
        assert!((falls.ratio - 2.02).abs() < 1e-9 && (falls.logical_growth - 2.0).abs() < 1e-6);
        assert_eq!(falls.ratio_p10, 1.0);
        // Metadata can make a store larger than its data.
        assert!((outlook(part(100, 1.1, -0.003, 0.0)).ratio_p10 - 0.803).abs() < 1e-9);
        assert!((outlook(part(100, 4.0, 0.0, 0.0)).ratio_p10 - 4.0).abs() < 1e-9);
    }
}
