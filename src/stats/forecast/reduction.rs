//! Data before reduction and their ratio to what is stored, forecast apart: new data may reduce
//! worse than old ones, and a straight line through the stored bytes knows nothing of it.

use super::forecast;
use super::question::{Limit, Question};
use super::whole::{Member, Pace, Whole};

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

impl Reduction {
    /// The stored bytes as logical bytes by their ratio, at a pace; none when they are too few.
    /// Periods and seed are those of `question`.
    #[must_use]
    pub fn whole(&self, question: &Question<'_>, pace: Pace) -> Option<Whole> {
        let part = |part: &Part, past: &[f64], seed: u64| {
            let limit = past.last().map(|last| Limit { past, ahead: std::slice::from_ref(last) });
            let own = Question {
                values: &part.values,
                periods: question.periods,
                limit,
                seed,
                ..Question::default()
            };
            let pace = Pace { lag: pace.lag + part.behind, ..pace };
            Some(Box::new(Whole::Series(Member::of(&own, pace).ok()?)))
        };
        // Seeds differ, or logical data and ratio would rise and fall together.
        let logical = part(&self.logical, &self.past, question.seed)?;
        let ratio = part(&self.ratio, &[], !question.seed)?;
        Some(Whole::Physical { logical, ratio })
    }

    /// What comes of it up to the horizon of a question; none when the values are too few.
    #[must_use]
    pub fn outlook(&self, question: &Question<'_>) -> Option<Outlook> {
        let look = |part: &Part| {
            let (periods, horizon) = (question.periods, question.horizon);
            let values = &part.values;
            forecast(&Question { values, periods, horizon, ..Question::default() }).ok()
        };
        let (low, _) = look(&self.ratio)?.bounds(question.horizon.max(1), 0.8)?;
        Some(Outlook {
            ratio: self.ratio.values.last().copied()?,
            ratio_p10: low.max(0.0),
            logical_growth: look(&self.logical)?.growth,
        })
    }
}
