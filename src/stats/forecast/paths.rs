//! Sample paths around a forecast: each has its own drift error (the drift may be wrong or
//! move) and its own walk (the level wanders), with the sizes that the back-test showed. Paths of
//! several series are added path by path; bounds never are. Kept is how far each path strays from
//! the central forecast, which knows seasons and dates by the step: that is smooth enough to be
//! told at some steps and to lie on straight lines between them.

use std::sync::LazyLock;

use super::super::number::{mean_square, size};
use super::super::quantiles::quantile_of_sorted;
use super::super::random::Random;
use super::super::special::normal_quantile;
use super::scale::Scale;

/// Sample paths of a forecast.
pub const PATHS: usize = 2000;
/// Greatest number of points on a path; what lies between two is a straight line.
const POINTS: usize = 48;
/// Strata of the normal distribution that paths draw from: 12 bits.
const STRATA: usize = 4096;

/// Middles of equally likely strata: many times cheaper than the inverse at every draw.
static NORMALS: LazyLock<Vec<f64>> = LazyLock::new(|| {
    (0..STRATA).map(|i| normal_quantile((size(i) + 0.5) / size(STRATA))).collect()
});

/// Sample paths of one series, or of several together: how far each strays from the central
/// forecast; not at all at the last known value.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// Steps ahead at which the paths have a value, ascending.
    pub steps: Vec<usize>,
    /// The values of one path after those of the other: many small pieces would go back to the
    /// system and be taken again with every series.
    values: Vec<f64>,
}

impl Paths {
    /// [`PATHS`] paths with errors of this size over a horizon. The same seed gives the same paths.
    #[must_use]
    pub fn draw(scale: &Scale, horizon: usize, seed: u64) -> Self {
        Paths::draw_at(scale, grid(horizon), seed)
    }

    /// The same with values at `steps`, ascending.
    #[must_use]
    pub fn draw_at(scale: &Scale, steps: Vec<usize>, seed: u64) -> Self {
        let tails: Vec<f64> = scale.tails(steps.iter().copied()).collect();
        let tilt = libm::sqrt(scale.drift);
        let noise = libm::sqrt(scale.noise);
        let mut before = 0;
        let walks: Vec<f64> = steps
            .iter()
            .map(|&step| {
                let long = size(step - before);
                before = step;
                libm::sqrt(scale.walk * long)
            })
            .collect();
        let mut random = Normals::new(seed);
        let mut values = Vec::with_capacity(PATHS * steps.len());
        for _ in 0..PATHS {
            let drift = tilt * random.next();
            // What does not grow with the steps is an error of the level, not of each day.
            let mut walk = noise * random.next();
            let points = steps.iter().zip(walks.iter().zip(&tails));
            values.extend(points.map(|(step, (size_of_walk, tail))| {
                walk += size_of_walk * random.next();
                tail * (drift * size(*step) + walk)
            }));
        }
        Paths { steps, values }
    }

    /// A single path.
    #[must_use]
    pub fn one(steps: Vec<usize>, values: Vec<f64>) -> Self {
        Paths { steps, values }
    }

    /// The same paths, straying `factor` times as far.
    #[must_use]
    pub fn widened(mut self, factor: f64) -> Self {
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// The values of each path.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.values.chunks_exact(self.steps.len().max(1))
    }

    /// The same, to change them.
    pub fn rows_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [f64]> {
        self.values.chunks_exact_mut(self.steps.len().max(1))
    }

    /// The values of all paths at the `at`-th step.
    #[must_use]
    pub fn column(&self, at: usize) -> Vec<f64> {
        self.rows().filter_map(|row| row.get(at)).copied().collect()
    }

    /// Adds another series path by path (volumes to a pool, pools to a site); false, and
    /// nothing added, when the horizons differ. Give the series different seeds: equal seeds
    /// would make them rise and fall together.
    pub fn add(&mut self, other: &Paths) -> bool {
        if self.steps != other.steps || self.values.len() != other.values.len() {
            return false;
        }
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a += b);
        true
    }

    /// The same paths at other places, on straight lines between the known ones: `at` = steps
    /// ahead with fractions, ascending; `steps` = what they are called from now on.
    #[must_use]
    pub fn seen_at(&self, at: &[f64], steps: &[usize]) -> Paths {
        let places: Vec<(usize, f64)> = at.iter().map(|at| self.place(*at)).collect();
        let mut values = Vec::with_capacity(self.rows().len() * steps.len());
        for row in self.rows() {
            let value = |before: usize| match before.checked_sub(1) {
                Some(at) => row.get(at).or(row.last()).copied().unwrap_or(0.0),
                None => 0.0,
            };
            values.extend(places.iter().map(|(before, part)| {
                let from = value(*before);
                from + part * (value(before + 1) - from)
            }));
        }
        Paths { steps: steps.to_vec(), values }
    }

    /// Number of points before a place, and its part of the way to the next one.
    fn place(&self, at: f64) -> (usize, f64) {
        let before = self.steps.partition_point(|step| size(*step) <= at);
        let from = before.checked_sub(1).and_then(|i| self.steps.get(i)).map_or(0.0, |s| size(*s));
        match self.steps.get(before) {
            Some(next) => (before, ((at - from) / (size(*next) - from)).max(0.0)),
            None => (before, 0.0),
        }
    }

    /// Mean squared stray at each of [`Self::steps`].
    #[must_use]
    pub fn variances(&self) -> Vec<f64> {
        (0..self.steps.len()).map(|at| mean_square(&self.column(at))).collect()
    }

    /// Values of all paths at each of [`Self::steps`], sorted.
    #[must_use]
    pub fn columns(&self) -> Vec<Vec<f64>> {
        let column = |at: usize| {
            let mut values = self.column(at);
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        (0..self.steps.len()).map(column).collect()
    }

    /// Quantile over the paths at the last of [`Self::steps`] that is not after `step`.
    #[must_use]
    pub fn quantile(&self, step: usize, q: f64) -> Option<f64> {
        let at = self.steps.partition_point(|s| *s <= step).checked_sub(1)?;
        let mut values = self.column(at);
        values.sort_unstable_by(f64::total_cmp);
        quantile_of_sorted(&values, q)
    }
}

/// Steps of the points: all of them, or evenly spread with the horizon as the last.
#[must_use]
pub fn grid(horizon: usize) -> Vec<usize> {
    let points = horizon.min(POINTS);
    (1..=points).map(|i| (i * horizon).div_ceil(points.max(1))).collect()
}

/// Standard normal numbers by strata, five from each draw of 64 bits.
struct Normals {
    random: Random,
    bits: u64,
    left: u32,
    strata: &'static [f64],
}

impl Normals {
    fn new(seed: u64) -> Self {
        Normals { random: Random::new(seed), bits: 0, left: 0, strata: &NORMALS }
    }
    fn next(&mut self) -> f64 {
        if self.left == 0 {
            (self.bits, self.left) = (self.random.bits(), 5);
        }
        let at = usize::from(u16::try_from(self.bits & 0xfff).unwrap_or(0));
        self.bits >>= 12;
        self.left -= 1;
        self.strata.get(at).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(horizon: usize, spread: f64, seed: u64) -> Paths {
        let errors: Vec<Vec<f64>> = (0..20)
            .map(|o| (1..=10).map(|_| if o % 2 == 0 { spread } else { -spread }).collect())
            .collect();
        Paths::draw(&Scale::of(&errors), horizon, seed)
    }

    #[test]
    fn a_sum_of_independent_pools_is_narrower_than_the_sum_of_their_bounds() {
        let (a, b) = (draw(30, 10.0, 1), draw(30, 10.0, 2));
        let mut both = a.clone();
        assert!(both.add(&b));
        let width = |p: &Paths| p.quantile(30, 0.95).unwrap() - p.quantile(30, 0.05).unwrap();
        // Two equal spreads: the root of 2, not 2.
        let ratio = width(&both) / (width(&a) + width(&b));
        assert!((ratio - 0.5_f64.sqrt()).abs() < 0.05, "{ratio}");
        assert!(both.quantile(30, 0.5).unwrap().abs() < 1.5);
        assert!(!both.add(&draw(9, 1.0, 3)));
    }
}
