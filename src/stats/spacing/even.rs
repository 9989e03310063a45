//! Numbered values to an even series: gaps filled on a straight line and counted.

use super::super::forecast::refusal::Refusal;
use super::super::number::{length, signed};

/// Greatest share of steps that may be filled.
pub const MAX_FILLED: f64 = 0.2;

/// An even series from its first to its last known value.
#[derive(Debug, Clone, PartialEq)]
pub struct Even {
    /// Number of the first step.
    pub first: i64,
    /// A value for every step.
    pub values: Vec<f64>,
    /// How many of them had none and were filled.
    pub filled: usize,
}

impl Even {
    /// Makes values of ascending, different steps even.
    ///
    /// # Errors
    /// [`Refusal::TooShort`] without a value, [`Refusal::TooManyGaps`] when more than a fifth of
    /// the steps has none.
    pub fn of(known: &[(i64, f64)]) -> Result<Self, Refusal> {
        let (Some(first), Some(last)) = (known.first(), known.last()) else {
            return Err(Refusal::TooShort { n: 0, after_shift: false });
        };
        let steps = last.0.saturating_sub(first.0).saturating_add(1);
        let filled = steps - length(known.len());
        if signed(filled) > MAX_FILLED * signed(steps) {
            return Err(Refusal::TooManyGaps);
        }
        let mut values: Vec<f64> = Vec::new();
        let mut before = *first;
        for &(step, value) in known {
            let rise = (value - before.1) / signed((step - before.0).max(1));
            values.extend((before.0 + 1..step).map(|s| before.1 + rise * signed(s - before.0)));
            values.push(value);
            before = (step, value);
        }
        Ok(Even { first: first.0, values, filled: usize::try_from(filled).unwrap_or(0) })
    }

    /// Number of the last step.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.first + length(self.values.len()) - 1
    }
}
