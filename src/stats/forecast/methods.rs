//! The forecasting methods behind one trait, so that a pool can take their place. Each sees a
//! series and gives the central forecast; none knows intervals, dates or limits.

use super::super::number::{mean, size};

/// A forecasting method.
pub trait Method: Sync {
    /// Word in results.
    fn name(&self) -> &'static str;
    /// Central forecast for 1..=horizon steps after the last value; `values` has at least 3.
    fn forecast(&self, values: &[f64], horizon: usize) -> Vec<f64>;
}

/// All methods, the simplest first: it wins ties.
pub const POOL: &[&dyn Method] = &[&NaiveDrift, &Theta, &DampedTrend];

/// Last value plus the mean change per step.
#[derive(Debug, Clone, Copy)]
pub struct NaiveDrift;

impl Method for NaiveDrift {
    fn name(&self) -> &'static str {
        "naive_drift"
    }
    fn forecast(&self, values: &[f64], horizon: usize) -> Vec<f64> {
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Vec::new();
        };
        let drift = (last - first) / (size(values.len()) - 1.0).max(1.0);
        (1..=horizon).map(|h| last + drift * size(h)).collect()
    }
}

/// Theta (Assimakopoulos and Nikolopoulos, 2000) as simple exponential smoothing with half the
/// slope of the line of time as drift (Hyndman and Billah, 2003).
#[derive(Debug, Clone, Copy)]
pub struct Theta;

impl Method for Theta {
    fn name(&self) -> &'static str {
        "theta"
    }
    fn forecast(&self, values: &[f64], horizon: usize) -> Vec<f64> {
        let drift = slope(values) / 2.0;
        let (alpha, level) = smooth(values);
        let past = (1.0 - libm::pow(1.0 - alpha, size(values.len()))) / alpha;
        (1..=horizon).map(|h| level + drift * (size(h) - 1.0 + past)).collect()
    }
}

/// Slope of the least-squares line over positions.
fn slope(values: &[f64]) -> f64 {
    let centre = (size(values.len()) - 1.0) / 2.0;
    let level = mean(values).unwrap_or(0.0);
    let (mut xy, mut xx) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let x = size(i) - centre;
        xy += x * (value - level);
        xx += x * x;
    }
    if xx > 0.0 { xy / xx } else { 0.0 }
}

/// Simple exponential smoothing from the first value; α by least squared error on a grid of
/// hundredths. Returns α and the last level.
fn smooth(values: &[f64]) -> (f64, f64) {
    let first = values.first().copied().unwrap_or(0.0);
    let run = |alpha: f64| {
        values.iter().fold((0.0, first), |(error, level): (f64, f64), value| {
            let miss = value - level;
            (error + miss * miss, level + alpha * miss)
        })
    };
    let tried = (1..=100).map(|i| f64::from(i) / 100.0).map(|alpha| (alpha, run(alpha)));
    let best = tried.min_by(|a, b| a.1.0.total_cmp(&b.1.0));
    best.map_or((1.0, first), |(alpha, (_, level))| (alpha, level))
}

/// Holt's linear trend with damping (Gardner and McKenzie, 1985); damping 1 is the local linear
/// trend. Parameters by least squared one-step error on a grid.
#[derive(Debug, Clone, Copy)]
pub struct DampedTrend;

/// Smoothing of level and trend, damping.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    alpha: f64,
    beta: f64,
    phi: f64,
}

/// Level, trend and squared error after a run over a series.
#[derive(Debug, Clone, Copy)]
struct State {
    level: f64,
    trend: f64,
    error: f64,
}

impl Method for DampedTrend {
    fn name(&self) -> &'static str {
        "damped_trend"
    }
    fn forecast(&self, values: &[f64], horizon: usize) -> Vec<f64> {
        let tried = grid().map(|parameters| (parameters, run(values, parameters)));
        let best = tried.min_by(|a, b| a.1.error.total_cmp(&b.1.error));
        let Some((parameters, state)) = best else { return Vec::new() };
        let (mut sum, mut power) = (0.0, 1.0);
        let ahead = (1..=horizon).map(|_| {
            power *= parameters.phi;
            sum += power;
            state.level + sum * state.trend
        });
        ahead.collect()
    }
}

fn grid() -> impl Iterator<Item = Parameters> {
    const ALPHA: [f64; 7] = [0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0];
    const BETA: [f64; 6] = [0.0, 0.01, 0.03, 0.1, 0.25, 0.5];
    const PHI: [f64; 4] = [0.85, 0.95, 0.98, 1.0];
    ALPHA.into_iter().flat_map(|alpha| {
        BETA.into_iter()
            .flat_map(move |beta| PHI.into_iter().map(move |phi| Parameters { alpha, beta, phi }))
    })
}

fn run(values: &[f64], parameters: Parameters) -> State {
    let Parameters { alpha, beta, phi } = parameters;
    // The start comes from the line through the first values, as for a short local trend.
    let head = values.get(..values.len().min(10)).unwrap_or(values);
    let trend = slope(head);
    let level = mean(head).unwrap_or(0.0) - trend * (size(head.len()) + 1.0) / 2.0;
    let start = State { level, trend, error: 0.0 };
    values.iter().fold(start, |state, value| {
        let expected = state.level + phi * state.trend;
        let miss = value - expected;
        let error = state.error + miss * miss;
        State {
            level: expected + alpha * miss,
            trend: phi * state.trend + alpha * beta * miss,
            error,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        got.iter().zip(want).for_each(|(g, w)| assert!((g - w).abs() < 1e-6, "{got:?} {want:?}"));
    }

    #[test]
    fn every_method_continues_a_straight_line() {
        let line: Vec<f64> = (0..30).map(|i| 100.0 + 2.0 * f64::from(i)).collect();
        close(&NaiveDrift.forecast(&line, 3), &[160.0, 162.0, 164.0]);
        close(&DampedTrend.forecast(&line, 3), &[160.0, 162.0, 164.0]);
        // Theta halves the slope by design, from the last level on (alpha = 1 on a line).
        close(&Theta.forecast(&line, 3), &[159.0, 160.0, 161.0]);
    }

    #[test]
    fn a_constant_stays_constant() {
        for method in POOL {
            close(&method.forecast(&[5.0; 20], 4), &[5.0; 4]);
        }
    }

    #[test]
    fn theta_agrees_with_its_formula_by_hand() {
        // One jump: SSE is least at alpha 1 (later values never move again), so level 2; slope
        // of 0 0 2 2 over 0..3 is 0.8; forecast 2 + 0.4 (h - 1 + 1).
        close(&Theta.forecast(&[0.0, 0.0, 2.0, 2.0], 2), &[2.4, 2.8]);
    }
}
