//! What is known about the future of a series.

use std::borrow::Cow;

use super::super::changepoints::Shift;
use super::back_test::BackTest;
use super::crossing::Crossing;
use super::refusal::Refusal;

/// Answer to a [`super::Question`]. Vectors "per step" hold 1, 2, ... `horizon` steps ahead.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Mean per step.
    pub mean: Vec<f64>,
    /// Median per step: the central forecast.
    pub median: Vec<f64>,
    /// One band per level asked, in the order asked.
    pub bands: Vec<Band>,
    /// Methods that passed the gate and their weights, which sum to 1, in the order of the pool;
    /// for logical data by a ratio those of both, to 1 each; none for a sum of series.
    pub weights: Vec<Weight>,
    /// Periods whose seasonal test passed; for logical data by a ratio those of the data.
    pub seasons: Vec<usize>,
    /// How good earlier answers would have been; none when the series is too short to tell.
    pub back_test: BackTest,
    /// Level shifts that were found, oldest first.
    pub shifts: Vec<Shift>,
    /// Values the forecast rests on: those after the last shift, unless too few follow it.
    pub n_used: usize,
    /// Values at capacity (a full pool stops growing): the growth is not learned from them.
    pub n_censored: usize,
    /// Growth per step: (median at the horizon − last value) / horizon.
    pub growth: f64,
    /// Expected planned additions to use per step, to be drawn on top; not part of the forecast.
    pub planned: Vec<f64>,
    /// When each asked share of the limit is reached, the limit itself last, or why no date is
    /// given; none when no limit was asked.
    pub crossings: Option<Result<Vec<Crossing>, Refusal>>,
}

/// Lower and upper bounds at one level.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Level, such as 0.95.
    pub level: f64,
    /// Lower bound per step.
    pub lo: Vec<f64>,
    /// Upper bound per step.
    pub hi: Vec<f64>,
}

/// Part of a method in the pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    /// Name of the method; with that of the part before it when the series is made of several.
    pub method: Cow<'static, str>,
    /// Its share, 0..=1.
    pub weight: f64,
}

impl Answer {
    /// Bounds of the forecast `step` (1, 2, ...) ahead at a level that was asked.
    #[must_use]
    pub fn bounds(&self, step: usize, level: f64) -> Option<(f64, f64)> {
        let band = self.bands.iter().find(|band| (band.level - level).abs() < 1e-9)?;
        let at = step.checked_sub(1)?;
        Some((*band.lo.get(at)?, *band.hi.get(at)?))
    }

    /// The crossing of the limit itself, or of a share that was asked; none with a refusal.
    #[must_use]
    pub fn reach(&self, share: f64) -> Option<&Crossing> {
        let found = self.crossings.as_ref()?.as_ref().ok()?;
        found.iter().find(|c| (c.share - share).abs() < 1e-9)
    }

    /// Why no date is given; none when there are dates or none was asked.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        self.crossings.as_ref()?.as_ref().err().copied()
    }

    /// What was done to the series before it was forecast, in sentences; empty when nothing.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.shifts.is_empty() {
            let (n, used) = (self.shifts.len(), self.n_used);
            let jumps = if n == 1 { "jump" } else { "jumps" };
            notes.push(format!("{n} {jumps} of the level; the forecast rests on {used} values."));
        }
        if self.n_censored > 0 {
            let n = self.n_censored;
            notes.push(format!("{n} values at capacity were left out: a full pool cannot grow."));
        }
        notes
    }

    /// Whether it is about a sum of series.
    #[must_use]
    pub fn is_sum(&self) -> bool {
        self.weights.is_empty()
    }

    /// Name of the only method that passed the gate, `pool` when there are several, `sum` for a
    /// sum of series.
    #[must_use]
    pub fn method(&self) -> &str {
        match self.weights.as_slice() {
            [] => "sum",
            [only] => &only.method,
            _ => "pool",
        }
    }

    /// Weights as text, such as `theta 50 %, drift 50 %`.
    #[must_use]
    pub fn weights_text(&self) -> String {
        let part = |w: &Weight| format!("{} {:.0} %", w.method, 100.0 * w.weight);
        self.weights.iter().map(part).collect::<Vec<_>>().join(", ")
    }
}
