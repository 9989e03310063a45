//! Holt and Winters' additive seasonal smoothing with damping, by the same likelihood-weighted
//! grid as [`super::smoothing`]; on logarithms it is the multiplicative form.
//!
//! e = y − l − φ b − s;  l ← l + φ b + α e;  b ← φ b + α β e;  s ← s + γ (1 − α) e.

use super::super::number::{mean, size};
use super::loess::{Windows, seasonal};
use super::smoothing::slope;

const LANES: usize = 8;
const ALPHA: [f64; 8] = [0.02, 0.08, 0.16, 0.28, 0.42, 0.6, 0.8, 0.99];
const BETA: [f64; 3] = [0.0, 0.04, 0.2];
const GAMMA: [f64; 4] = [0.0, 0.06, 0.18, 0.5];
const PHI: [f64; 3] = [0.0, 0.95, 1.0];
/// Cycles from which the start comes.
const HEAD_CYCLES: usize = 4;

/// [`LANES`] combinations of one damping factor.
struct Block {
    phi: f64,
    alpha: [f64; LANES],
    gain: [f64; LANES],
    turn: [f64; LANES],
    level: [f64; LANES],
    trend: [f64; LANES],
    error: [f64; LANES],
    season: Vec<[f64; LANES]>,
}

impl Block {
    // Iterators are calls in a development build, and this is where its forecasts spend their time.
    #[expect(clippy::indexing_slicing, reason = "lane < LANES, the length of every array")]
    fn run(&mut self, values: &[f64], from: usize, to: usize) {
        let period = self.season.len().max(1);
        let (mut level, mut trend, mut error) = (self.level, self.trend, self.error);
        let mut phase = from % period;
        for value in values.get(from..to).unwrap_or_default() {
            let Some(season) = self.season.get_mut(phase) else { return };
            let mut lane = 0;
            while lane < LANES {
                let damped = self.phi * trend[lane];
                let expected = level[lane] + damped;
                let miss = (value - season[lane]) - expected;
                error[lane] += miss * miss;
                level[lane] = expected + self.alpha[lane] * miss;
                trend[lane] = damped + self.gain[lane] * miss;
                season[lane] += self.turn[lane] * miss;
                lane += 1;
            }
            phase = if phase + 1 == period { 0 } else { phase + 1 };
        }
        (self.level, self.trend, self.error) = (level, trend, error);
    }
}

/// Weighted sums over combinations at one end.
#[derive(Clone)]
struct Sum {
    best: f64,
    mass: f64,
    /// Level and trend by damping factor.
    lines: [(f64, f64); PHI.len()],
    season: Vec<f64>,
}

/// Forecasts at each of `ends` (ascending); the start comes from what the first end knows.
#[must_use]
pub fn forecasts(values: &[f64], ends: &[usize], period: usize, horizon: usize) -> Vec<Vec<f64>> {
    let known = ends.first().copied().unwrap_or(0).min(values.len());
    let head = values.get(..known.min(HEAD_CYCLES * period)).unwrap_or_default();
    let cycles = usize::MAX / 4;
    let start = seasonal(head, Windows { period, cycles, degree: 0, inner: 2 });
    let flat: Vec<f64> = head.iter().zip(&start).take(period).map(|(v, s)| v - s).collect();
    let trend = slope(&flat);
    let level = mean(&flat).unwrap_or(0.0) - trend * (size(flat.len()) + 1.0) / 2.0;
    let none = Sum {
        best: f64::INFINITY,
        mass: 0.0,
        lines: [(0.0, 0.0); PHI.len()],
        season: vec![0.0; period],
    };
    let mut sums = vec![none; ends.len()];
    for (form, phi) in PHI.into_iter().enumerate() {
        for (alpha, gain, turn) in chunks(phi) {
            let mut block = Block {
                phi,
                alpha,
                gain,
                turn,
                level: [level; LANES],
                trend: [if phi > 0.0 { trend } else { 0.0 }; LANES],
                error: [0.0; LANES],
                season: start.iter().take(period).map(|s| [*s; LANES]).collect(),
            };
            let mut from = 0;
            for (end, sum) in ends.iter().zip(&mut sums) {
                block.run(values, from, *end);
                from = *end;
                sum.add(&block, form, *end);
            }
        }
    }
    sums.iter().zip(ends).map(|(sum, end)| sum.ahead(*end, horizon)).collect()
}

impl Sum {
    fn add(&mut self, block: &Block, form: usize, n: usize) {
        // Akaike's criterion; the seasonal states are common to all and left out.
        let own = if block.phi == 0.0 {
            3.0
        } else if block.phi < 1.0 {
            6.0
        } else {
            5.0
        };
        let lanes = block.error.iter().zip(&block.level).zip(&block.trend).enumerate();
        for (lane, ((error, level), trend)) in lanes {
            let criterion = size(n) * libm::log(error.max(1e-300)) + 2.0 * own;
            if criterion < self.best {
                self.scale(libm::exp((criterion - self.best) / 2.0));
                self.best = criterion;
            }
            // Less than a ten-thousandth of the best is not worth its sums.
            if criterion - self.best > 18.0 {
                continue;
            }
            let weight = libm::exp((self.best - criterion) / 2.0);
            self.mass += weight;
            if let Some(line) = self.lines.get_mut(form) {
                line.0 += weight * level;
                line.1 += weight * trend;
            }
            for (sum, states) in self.season.iter_mut().zip(&block.season) {
                *sum += weight * states.get(lane).copied().unwrap_or(0.0);
            }
        }
    }
    fn scale(&mut self, by: f64) {
        self.mass *= by;
        self.lines.iter_mut().for_each(|l| *l = (l.0 * by, l.1 * by));
        self.season.iter_mut().for_each(|s| *s *= by);
    }
    fn ahead(&self, n: usize, horizon: usize) -> Vec<f64> {
        let mut ahead = vec![0.0; horizon];
        for (phi, (level, trend)) in PHI.into_iter().zip(self.lines) {
            let (mut sum, mut power) = (0.0, 1.0);
            for slot in &mut ahead {
                power *= phi;
                sum += power;
                *slot += level + sum * trend;
            }
        }
        let season = self.season.iter().cycle().skip(n % self.season.len().max(1));
        ahead.iter_mut().zip(season).for_each(|(slot, s)| *slot = (*slot + s) / self.mass);
        ahead
    }
}

type Lanes = [f64; LANES];

fn chunks(phi: f64) -> Vec<(Lanes, Lanes, Lanes)> {
    let betas: &[f64] = if phi > 0.0 { &BETA } else { &[0.0] };
    let mut all = Vec::new();
    for beta in betas {
        for gamma in GAMMA {
            // The eight α side by side.
            all.push((ALPHA, ALPHA.map(|a| a * beta), ALPHA.map(|a| gamma * (1.0 - a))));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_season_on_a_line_is_continued() {
        let season = [4.0, -1.0, -3.0, 0.0];
        let value = |i: usize| 50.0 + 2.0 * size(i) + season[i % 4];
        let values: Vec<f64> = (0..60).map(value).collect();
        let got = forecasts(&values, &[40, 60], 4, 8);
        for (end, ahead) in [40, 60].into_iter().zip(got) {
            for (h, got) in ahead.iter().enumerate() {
                assert!((got - value(end + h)).abs() < 0.2, "{end} {h}: {got}");
            }
        }
    }
}
