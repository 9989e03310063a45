//! Exponential smoothing: level, trend and damping by least squared one-step error. Every
//! combination of a grid of parameters runs through the series once, side by side; what counts
//! at the end are averages weighted by likelihood, which wander less than one best combination.
//!
//! Error form of Holt's method with damping (Gardner and McKenzie, 1985):
//! e = y − l − φ b;  l ← l + φ b + α e;  b ← φ b + α β e.  Simple smoothing is b = 0.

use super::super::number::{mean, size};

/// Combinations that run side by side.
const LANES: usize = 8;
/// Values from which the start is back-cast.
const HEAD: usize = 60;
const ALPHA: [f64; 8] = [0.02, 0.08, 0.18, 0.32, 0.5, 0.68, 0.85, 0.9999];
const BETA: [f64; 5] = [0.0, 0.02, 0.07, 0.2, 0.5];
/// Damping factors; 1 is the undamped trend.
pub const PHI: [f64; 4] = [0.85, 0.95, 0.98, 1.0];

/// Averages over all combinations of one damping factor (or of simple smoothing).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Damping factor; 0 without trend.
    pub phi: f64,
    /// Level after the last value.
    pub level: f64,
    /// Trend after the last value.
    pub trend: f64,
    /// Mean of the smoothing parameter of the level.
    pub alpha: f64,
    /// Least sum of squared one-step errors of any combination.
    pub least: f64,
    /// Sum over combinations of (its sum of squares / least)^(−n/2), divided by their number.
    pub mass: f64,
    /// Values.
    pub n: usize,
}

impl Fit {
    /// Akaike's criterion, corrected for few values; smaller is better.
    #[must_use]
    pub fn criterion(&self) -> f64 {
        let n = size(self.n);
        // Level, trend, their two parameters, the damping and the variance, where present.
        let k = match self.phi {
            0.0 => 3.0,
            1.0 => 5.0,
            _ => 6.0,
        };
        let correction = 2.0 * k * (k + 1.0) / (n - k - 1.0).max(1.0);
        n * libm::log(self.least.max(1e-300)) + 2.0 * k + correction
    }
    /// Forecast for 1..=horizon steps ahead.
    pub fn ahead(self, horizon: usize) -> impl Iterator<Item = f64> {
        let (mut sum, mut power) = (0.0, 1.0);
        (0..horizon).map(move |_| {
            power *= self.phi;
            sum += power;
            self.level + sum * self.trend
        })
    }
}

/// State of [`LANES`] combinations with one damping factor.
#[derive(Debug, Clone)]
struct Block {
    phi: f64,
    alpha: [f64; LANES],
    gain: [f64; LANES],
    level: [f64; LANES],
    trend: [f64; LANES],
    error: [f64; LANES],
    used: usize,
}

impl Block {
    // Iterators are calls in a development build, and this is where its forecasts spend their time.
    #[expect(clippy::indexing_slicing, reason = "lane < LANES, the length of every array")]
    fn step(&mut self, value: f64) {
        let mut lane = 0;
        while lane < LANES {
            let damped = self.phi * self.trend[lane];
            let expected = self.level[lane] + damped;
            let miss = value - expected;
            self.error[lane] += miss * miss;
            self.level[lane] = expected + self.alpha[lane] * miss;
            self.trend[lane] = damped + self.gain[lane] * miss;
            lane += 1;
        }
    }
    /// Starts from the line through the head, run backwards over it.
    fn start(&mut self, head: &[f64], level: f64, trend: f64) {
        let has_trend = self.phi > 0.0;
        self.level = [level; LANES];
        self.trend = [if has_trend { -trend } else { 0.0 }; LANES];
        head.iter().rev().for_each(|value| self.step(*value));
        for (level, trend) in self.level.iter_mut().zip(&mut self.trend) {
            // One step before the first value, in the forward direction.
            *level += self.phi * *trend;
            *trend = -*trend;
        }
        self.error = [0.0; LANES];
    }
    fn fold(&self, n: usize) -> Fit {
        let least = self.error.iter().take(self.used).copied().fold(f64::INFINITY, f64::min);
        let mut fit =
            Fit { phi: self.phi, level: 0.0, trend: 0.0, alpha: 0.0, least, mass: 0.0, n };
        let rows = self.error.iter().zip(&self.level).zip(&self.trend).zip(&self.alpha);
        for (((error, level), trend), alpha) in rows.take(self.used) {
            let mass = likelihood(*error, least, n);
            fit.mass += mass;
            fit.level += mass * level;
            fit.trend += mass * trend;
            fit.alpha += mass * alpha;
        }
        fit.level /= fit.mass;
        fit.trend /= fit.mass;
        fit.alpha /= fit.mass;
        fit
    }
}

/// (error / least)^(−n/2): the likelihood of a sum of squares against the best one.
#[must_use]
pub fn likelihood(error: f64, least: f64, n: usize) -> f64 {
    if error <= least {
        return 1.0;
    }
    // ln x >= 1 - 1/x: what is certainly below e^-15 is not worth a power.
    if least <= 0.0 || (1.0 - least / error) * size(n) > 30.0 {
        return 0.0;
    }
    libm::exp(size(n) / 2.0 * libm::log(least / error))
}

/// Fits at each of `ends` (numbers of known values, ascending, each at least 2): simple
/// smoothing first, then one per factor of [`PHI`].
#[must_use]
pub fn fits(values: &[f64], ends: &[usize]) -> Vec<Vec<Fit>> {
    let shortest = ends.first().copied().unwrap_or(0).min(values.len());
    let head = values.get(..shortest.min(HEAD)).unwrap_or_default();
    let few = head.get(..head.len().min(10)).unwrap_or_default();
    let trend = slope(few);
    let end_level = head.last().copied().unwrap_or(0.0);
    let mut all: Vec<Vec<Fit>> = vec![Vec::with_capacity(PHI.len() + 1); ends.len()];
    for phi in std::iter::once(0.0).chain(PHI) {
        let mut merged: Vec<Option<Fit>> = vec![None; ends.len()];
        for mut block in blocks(phi) {
            block.start(head, end_level, trend);
            let mut from = 0;
            for (end, slot) in ends.iter().zip(&mut merged) {
                for value in values.get(from..*end).unwrap_or_default() {
                    block.step(*value);
                }
                from = *end;
                *slot = Some(merge(*slot, block.fold(*end)));
            }
        }
        for (list, fit) in all.iter_mut().zip(merged) {
            list.extend(fit);
        }
    }
    all
}

/// All combinations of one damping factor, in blocks.
fn blocks(phi: f64) -> Vec<Block> {
    let pairs: Vec<(f64, f64)> = if phi > 0.0 {
        ALPHA.iter().flat_map(|a| BETA.iter().map(move |b| (*a, a * b))).collect()
    } else {
        ALPHA.iter().map(|a| (*a, 0.0)).collect()
    };
    let block = |chunk: &[(f64, f64)]| {
        let (mut alpha, mut gain) = ([0.5; LANES], [0.0; LANES]);
        for ((a, g), pair) in alpha.iter_mut().zip(&mut gain).zip(chunk) {
            (*a, *g) = *pair;
        }
        let zero = [0.0; LANES];
        Block { phi, alpha, gain, level: zero, trend: zero, error: zero, used: chunk.len() }
    };
    pairs.chunks(LANES).map(block).collect()
}

/// Two averages as one.
fn merge(a: Option<Fit>, b: Fit) -> Fit {
    let Some(a) = a else { return b };
    let least = a.least.min(b.least);
    let of = |fit: &Fit| fit.mass * likelihood(fit.least, least, fit.n);
    let (wa, wb) = (of(&a), of(&b));
    let mix = |x: f64, y: f64| (wa * x + wb * y) / (wa + wb);
    Fit {
        phi: a.phi,
        level: mix(a.level, b.level),
        trend: mix(a.trend, b.trend),
        alpha: mix(a.alpha, b.alpha),
        least,
        mass: wa + wb,
        n: a.n,
    }
}

/// Slope of the least-squares line over positions.
#[must_use]
pub fn slope(values: &[f64]) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trends_continue_a_line_and_simple_smoothing_follows_a_walk() {
        let line: Vec<f64> = (0..50).map(|i| 5.0 + 3.0 * f64::from(i)).collect();
        let fits = fits(&line, &[30, 50]);
        let ahead: Vec<f64> = fits[1][4].ahead(2).collect();
        assert!((ahead[0] - 155.0).abs() < 1e-6 && (ahead[1] - 158.0).abs() < 1e-6, "{ahead:?}");
        assert!((fits[0][4].level - line[29]).abs() < 1e-6);
        // On a line the last value is the best level: alpha at its end of the grid.
        assert!(fits[1][0].phi == 0.0 && fits[1][0].alpha > 0.9, "{:?}", fits[1][0]);
        assert!(fits[1][4].criterion() < fits[1][0].criterion());
    }

    #[test]
    fn a_simple_smoothing_agrees_with_its_recursion_by_hand() {
        // 0, 0, 2, 2: with alpha 0.9999 the level is 2 to four decimals, and no other alpha of
        // the grid comes near its squared error of 4.
        let fit = fits(&[0.0, 0.0, 2.0, 2.0], &[4])[0][0];
        assert!((fit.least - 4.0).abs() < 0.01, "{fit:?}");
    }
}
