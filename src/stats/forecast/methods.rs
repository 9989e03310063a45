//! The forecasting methods behind one trait. Each sees the workings at one origin and gives the
//! central forecast; none knows intervals, dates or limits.

use super::super::number::{mean, size};
use super::autoregression::{Changing, Returning};
use super::smoothing::{Fit, likelihood, slope};
use super::workings::Workings;

/// A forecasting method.
pub trait Method: Sync {
    /// Word in results.
    fn name(&self) -> &'static str;
    /// Central forecast for every step of the workings; none where the method does not apply.
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>>;
}

/// Methods for a series with a season, or of which one was suspected; the simplest first.
pub const POOL: &[&dyn Method] = &[
    &SeasonalNaive,
    &CycleMean,
    &Drift,
    &Theta,
    &Smoothed("ses", simple),
    &Smoothed("holt", holt),
    &Smoothed("damped_holt", damped),
    &Smoothed("ets", weighted),
    &Returning,
    &Changing,
    &Winters,
    &LogWinters,
    &Unseasonal("ets_unseasonal", weighted),
    &Unseasonal("damped_holt_unseasonal", damped),
    &ThetaUnseasonal,
    &ThetaLog,
    &Logarithmic("ets_log", weighted),
    &Logarithmic("damped_holt_log", damped),
];

/// Methods for a series of which nobody suspects a season, such as one of years: few and robust,
/// because few values cannot choose among many.
const PLAIN: &[&dyn Method] = &[
    &Drift,
    &Theta,
    &Smoothed("ses", simple),
    &Smoothed("ets", weighted),
    &ThetaLog,
    &Logarithmic("damped_holt_log", damped),
];

/// Values from which on a series can choose among all methods.
const MANY: usize = 50;

/// The methods for a series of `n` values; `periods` = the seasons that may exist.
#[must_use]
pub fn pool(periods: &[usize], n: usize) -> &'static [&'static dyn Method] {
    let is_plain = n < MANY && periods.iter().all(|period| *period < 2);
    if is_plain { PLAIN } else { POOL }
}

/// A combination of fits into one forecast.
type Combine = fn(&[Fit], usize) -> Vec<f64>;

/// The value one cycle ago.
#[derive(Debug, Clone, Copy)]
pub struct SeasonalNaive;

impl Method for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal_naive"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let period = *at.season.as_ref()?.periods.last()?;
        let cycle = at.known.get(at.known.len().checked_sub(period)?..)?;
        Some(cycle.iter().copied().cycle().take(at.horizon).collect())
    }
}

/// Mean of the last cycles at the same phase: the newest cycle alone is one draw.
#[derive(Debug, Clone, Copy)]
pub struct CycleMean;

/// Cycles that [`CycleMean`] looks back.
const CYCLES: usize = 4;

impl Method for CycleMean {
    fn name(&self) -> &'static str {
        "cycle_mean"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let period = *at.season.as_ref()?.periods.last()?;
        let cycles = (at.known.len() / period).min(CYCLES);
        let own = at.known.get(at.known.len() - cycles * period..)?;
        let phase = |phase: usize| {
            own.iter().skip(phase).step_by(period).sum::<f64>() / size(cycles.max(1))
        };
        let cycle: Vec<f64> = (0..period).map(phase).collect();
        Some(cycle.into_iter().cycle().take(at.horizon).collect())
    }
}

/// Last value plus the mean change per step, seasonally adjusted.
#[derive(Debug, Clone, Copy)]
pub struct Drift;

impl Method for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let values = at.adjusted();
        let (first, last) = (values.first()?, values.last()?);
        let drift = (last - first) / (size(values.len()) - 1.0).max(1.0);
        Some(at.with_season((1..=at.horizon).map(|h| last + drift * size(h)).collect()))
    }
}

/// Theta (Assimakopoulos and Nikolopoulos, 2000) as simple exponential smoothing with half the
/// slope of the line of time as drift (Hyndman and Billah, 2003), seasonally adjusted.
#[derive(Debug, Clone, Copy)]
pub struct Theta;

impl Method for Theta {
    fn name(&self) -> &'static str {
        "theta"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let ahead = theta(at.adjusted(), at.adjusted_fits().first()?, at.horizon);
        Some(at.with_season(ahead))
    }
}

/// Theta of the values as they are, although a season was found: a season may be noise.
#[derive(Debug, Clone, Copy)]
pub struct ThetaUnseasonal;

impl Method for ThetaUnseasonal {
    fn name(&self) -> &'static str {
        "theta_unseasonal"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        at.season.as_ref()?;
        Some(theta(at.known, at.fits.first()?, at.horizon))
    }
}

/// Theta of the logarithms: half the growth in percent. Only where there is no season.
#[derive(Debug, Clone, Copy)]
pub struct ThetaLog;

impl Method for ThetaLog {
    fn name(&self) -> &'static str {
        "theta_log"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let fits = at.log_fits.as_ref().filter(|_| at.season.is_none())?;
        let logs: Vec<f64> = at.known.iter().map(|v| libm::log(*v)).collect();
        let ahead = theta(&logs, fits.first()?, at.horizon);
        Some(ahead.into_iter().map(libm::exp).collect())
    }
}

fn theta(values: &[f64], fit: &Fit, horizon: usize) -> Vec<f64> {
    let drift = slope(values) / 2.0;
    let past = (1.0 - libm::pow(1.0 - fit.alpha, size(values.len()))) / fit.alpha;
    (1..=horizon).map(|h| fit.level + drift * (size(h) - 1.0 + past)).collect()
}

/// Smoothing of the seasonally adjusted values (MSTL where there is a season).
#[derive(Debug, Clone, Copy)]
pub struct Smoothed(&'static str, Combine);

impl Method for Smoothed {
    fn name(&self) -> &'static str {
        self.0
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        Some(at.with_season((self.1)(at.adjusted_fits(), at.horizon)))
    }
}

/// Smoothing of the values as they are, although a season was found.
#[derive(Debug, Clone, Copy)]
pub struct Unseasonal(&'static str, Combine);

impl Method for Unseasonal {
    fn name(&self) -> &'static str {
        self.0
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        at.season.as_ref()?;
        Some((self.1)(&at.fits, at.horizon))
    }
}

/// Smoothing of the logarithms: growth in percent.
#[derive(Debug, Clone, Copy)]
pub struct Logarithmic(&'static str, Combine);

impl Method for Logarithmic {
    fn name(&self) -> &'static str {
        self.0
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let ahead = (self.1)(at.log_fits.as_ref()?, at.horizon);
        Some(ahead.into_iter().map(libm::exp).collect())
    }
}

/// Holt and Winters with additive season.
#[derive(Debug, Clone, Copy)]
pub struct Winters;

impl Method for Winters {
    fn name(&self) -> &'static str {
        "holt_winters"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        at.winters.clone()
    }
}

/// Holt and Winters on logarithms: multiplicative season and growth in percent.
#[derive(Debug, Clone, Copy)]
pub struct LogWinters;

impl Method for LogWinters {
    fn name(&self) -> &'static str {
        "holt_winters_log"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        at.log_winters.clone()
    }
}

/// Simple smoothing.
fn simple(fits: &[Fit], horizon: usize) -> Vec<f64> {
    average(fits.iter().filter(|f| f.phi == 0.0).map(|f| (1.0, f)), horizon)
}

/// Holt's linear trend.
fn holt(fits: &[Fit], horizon: usize) -> Vec<f64> {
    average(fits.iter().filter(|f| f.phi == 1.0).map(|f| (1.0, f)), horizon)
}

/// Damped trends by likelihood.
fn damped(fits: &[Fit], horizon: usize) -> Vec<f64> {
    let is_damped = |f: &&Fit| f.phi > 0.0 && f.phi < 1.0;
    let least = fits.iter().filter(is_damped).map(|f| f.least).fold(f64::INFINITY, f64::min);
    let weight = |f: &Fit| f.mass * likelihood(f.least, least, f.n);
    average(fits.iter().filter(is_damped).map(|f| (weight(f), f)), horizon)
}

/// All trends by Akaike weights: exponential smoothing that chooses its form.
fn weighted(fits: &[Fit], horizon: usize) -> Vec<f64> {
    let best = fits.iter().map(Fit::criterion).fold(f64::INFINITY, f64::min);
    let weight = |f: &Fit| libm::exp((best - f.criterion()) / 2.0);
    average(fits.iter().map(|f| (weight(f), f)), horizon)
}

fn average<'a>(fits: impl Iterator<Item = (f64, &'a Fit)>, horizon: usize) -> Vec<f64> {
    let mut sum = vec![0.0; horizon];
    let mut mass = 0.0;
    for (weight, fit) in fits.filter(|f| f.0 > 1e-9) {
        mass += weight;
        sum.iter_mut().zip(fit.ahead(horizon)).for_each(|(s, v)| *s += weight * v);
    }
    sum.iter_mut().for_each(|s| *s /= mass);
    sum
}

/// The pool's forecast: the median of its members at each step; equal weights, and one member
/// that runs away does not carry the others with it.
#[must_use]
pub fn combine(members: &[&Vec<f64>]) -> Vec<f64> {
    let steps = members.iter().map(|m| m.len()).min().unwrap_or(0);
    let mut row = Vec::with_capacity(members.len());
    (0..steps)
        .map(|step| {
            row.clear();
            row.extend(members.iter().filter_map(|m| m.get(step)).copied());
            row.sort_by(f64::total_cmp);
            let (low, high) = ((row.len() - 1) / 2, row.len() / 2);
            mean(row.get(low..=high).unwrap_or_default()).unwrap_or(0.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::workings::workings;
    use super::*;

    fn names(pool: &[&dyn Method]) -> Vec<&'static str> {
        pool.iter().map(|method| method.name()).collect()
    }

    #[test]
    fn few_values_without_a_season_choose_among_few_methods() {
        let few = names(pool(&[], 30));
        assert!(few.contains(&"drift") && few.contains(&"theta_log") && !few.contains(&"holt"));
        assert_eq!(names(pool(&[1], 30)), few);
        assert!(names(pool(&[12], 30)).contains(&"holt") && names(pool(&[], 50)).contains(&"ar"));
    }

    #[test]
    fn the_mean_of_the_last_four_cycles_is_repeated() {
        // Phases 0, 10, 20, 30; each cycle has its own error: 9 long ago, then 1, -1, 2, -2.
        let cycles = [9.0, 9.0, 1.0, -1.0, 2.0, -2.0];
        let values: Vec<f64> =
            cycles.iter().flat_map(|c| [c + 0.0, c + 10.0, c + 20.0, c + 30.0]).collect();
        let known = workings(&values, &[24], &[4], 6);
        assert_eq!(CycleMean.forecast(&known[0]).unwrap(), [0.0, 10.0, 20.0, 30.0, 0.0, 10.0]);
        let unseasonal = workings(&values, &[24], &[], 6);
        assert_eq!(CycleMean.forecast(&unseasonal[0]), None);
    }

    #[test]
    fn theta_of_logarithms_goes_on_with_half_the_growth_in_percent() {
        let values: Vec<f64> = (0..40).map(|i| 100.0 * libm::pow(1.1, f64::from(i))).collect();
        let known = workings(&values, &[40], &[], 10);
        let got = ThetaLog.forecast(&known[0]).unwrap();
        // Half of 10 % on the logarithm is the root.
        let growth = got[9] / got[8];
        assert!((growth - libm::sqrt(1.1)).abs() < 1e-6, "{growth}");
        let negative: Vec<f64> = values.iter().map(|v| v - 200.0).collect();
        assert_eq!(ThetaLog.forecast(&workings(&negative, &[40], &[], 10)[0]), None);
    }
}
