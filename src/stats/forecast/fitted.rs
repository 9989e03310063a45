//! What was learned from a series: its central forecast, the size of the errors to expect, and how
//! good the same would have been before.

use super::answer::Weight;
use super::back_test::{self, BackTest};
use super::cleaned::Cleaned;
use super::heights;
use super::paths::{Ahead, Paths};
use super::refusal::Refusal;
use super::scale::Scale;

/// Forecast of a series, without anything that is announced.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// Central forecast for 1, 2, ... steps.
    pub central: Vec<f64>,
    /// Sizes of its errors.
    pub scale: Scale,
    /// Methods that passed the gate.
    pub weights: Vec<Weight>,
    /// Periods whose seasonal test passed.
    pub seasons: Vec<usize>,
    /// How good earlier answers would have been.
    pub back_test: BackTest,
    /// Values it rests on.
    pub n_used: usize,
}

impl Fitted {
    /// Learns from a series.
    ///
    /// # Errors
    /// [`Refusal::TooShort`].
    pub fn of(cleaned: &Cleaned, periods: &[usize], horizon: usize) -> Result<Self, Refusal> {
        let values = cleaned.learned_from();
        // Values left out would shift the phase of a season.
        let periods = if cleaned.n_censored > 0 { &[] } else { periods };
        let trial = back_test::trial(values, periods, horizon)
            .ok_or(Refusal::TooShort { n: cleaned.values.len(), after_shift: false })?;
        let raised = heights::raised(values, &trial.origins, &trial.errors);
        let scale = Scale::of(&raised).with_drift_of(values.len()).leaning(&trial.prior);
        let back_test = back_test::score(values, &trial, &raised, &scale);
        Ok(Fitted {
            central: trial.central,
            scale,
            weights: trial.weights,
            seasons: trial.seasons,
            back_test,
            n_used: values.len(),
        })
    }

    /// Sample paths from the last known value on.
    #[must_use]
    pub fn paths(&self, last: f64, seed: u64) -> Paths {
        Paths::draw(&Ahead { last, central: &self.central, scale: &self.scale, seed })
    }
}
