//! What was learned from a series: its central forecast, the size of the errors to expect, and how
//! good the same would have been before.

use super::super::number::size;
use super::answer::Weight;
use super::back_test::{self, BackTest};
use super::cleaned::Cleaned;
use super::heights;
use super::paths::Paths;
use super::refusal::Refusal;
use super::scale::Scale;

/// Levels at which the conformal widths are asked; those between lie on straight lines.
const LEVELS: [f64; 14] =
    [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999];

/// Half a width at a level from those at [`LEVELS`]; beyond the last, that one.
fn width_at(widths: &[f64], level: f64) -> f64 {
    let after = LEVELS.partition_point(|known| *known < level);
    let at = |i: usize| Some((*LEVELS.get(i)?, *widths.get(i)?));
    match (after.checked_sub(1).and_then(at), at(after)) {
        (Some((l0, w0)), Some((l1, w1))) => w0 + (level - l0) / (l1 - l0) * (w1 - w0),
        (None, Some((_, width))) | (Some((_, width)), None) => width,
        (None, None) => 0.0,
    }
}

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

    /// How far sample paths stray from the central forecast at `steps`. They move in time as
    /// drawn paths do; how many of them lie how far off at each step is what the conformal
    /// intervals say, so that a whole of one series has the bands of that series.
    #[must_use]
    pub fn strays(&self, steps: &[usize], seed: u64) -> Paths {
        let mut strays = Paths::draw_at(&self.scale, steps.to_vec(), seed);
        let halves: Vec<Vec<f64>> = LEVELS
            .iter()
            .map(|level| self.scale.half_widths(steps.iter().copied(), *level).collect())
            .collect();
        let n = strays.rows().len();
        for at in 0..steps.len() {
            let widths: Vec<f64> = halves.iter().filter_map(|h| h.get(at)).copied().collect();
            let cells = strays.rows_mut().filter_map(|row| row.get_mut(at));
            let mut order: Vec<&mut f64> = cells.collect();
            order.sort_by(|a, b| a.total_cmp(b));
            for (rank, cell) in order.into_iter().enumerate() {
                let u = (size(rank) + 0.5) / size(n);
                let width = width_at(&widths, (2.0 * u - 1.0).abs());
                *cell = if u < 0.5 { -width } else { width };
            }
        }
        strays
    }
}
