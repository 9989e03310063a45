//! What the methods share at one origin: the values known there, their smoothing fits, and the
//! same without the season. Nothing in it knows a value after the origin.

use super::super::number::{dot, mean, size};
use super::loess::{moving_mean, seasonals};
use super::smoothing::{Fit, fits};
use super::winters;

/// Adjusted values from which smoothing learns: more cost time and add nothing to its state.
const RECENT: usize = 300;

/// Season at an origin.
#[derive(Debug, Clone)]
pub struct Season {
    /// Periods that passed the test.
    pub periods: Vec<usize>,
    /// Values without the seasonal components.
    pub adjusted: Vec<f64>,
    /// Smoothing fits of the adjusted values.
    pub fits: Vec<Fit>,
    /// Seasonal component for 1, 2, ... steps ahead: a factor if `is_factor`, else a term.
    pub ahead: Vec<f64>,
    /// The components multiply (found on logarithms).
    pub is_factor: bool,
}

/// Workings at one origin.
#[derive(Debug, Clone)]
pub struct Workings<'a> {
    /// Known values.
    pub known: &'a [f64],
    /// Their fits.
    pub fits: Vec<Fit>,
    /// Fits of their logarithms, if all are positive.
    pub log_fits: Option<Vec<Fit>>,
    /// Season, if a period passes the test.
    pub season: Option<Season>,
    /// Seasonal smoothing, additive.
    pub winters: Option<Vec<f64>>,
    /// Seasonal smoothing, multiplicative.
    pub log_winters: Option<Vec<f64>>,
    /// Steps ahead.
    pub horizon: usize,
}

impl Workings<'_> {
    /// Values without the season, if there is one.
    #[must_use]
    pub fn adjusted(&self) -> &[f64] {
        self.season.as_ref().map_or(self.known, |s| &s.adjusted)
    }
    /// Fits of [`Self::adjusted`].
    #[must_use]
    pub fn adjusted_fits(&self) -> &[Fit] {
        self.season.as_ref().map_or(&self.fits, |s| &s.fits)
    }
    /// The season back on a forecast of the adjusted values.
    #[must_use]
    pub fn with_season(&self, mut ahead: Vec<f64>) -> Vec<f64> {
        let Some(season) = &self.season else { return ahead };
        for (value, part) in ahead.iter_mut().zip(&season.ahead) {
            *value = if season.is_factor { *value * part } else { *value + part };
        }
        ahead
    }
}

/// Workings at each of `ends` (numbers of known values, ascending).
#[must_use]
pub fn workings<'a>(
    values: &'a [f64],
    ends: &[usize],
    periods: &[usize],
    horizon: usize,
) -> Vec<Workings<'a>> {
    let is_positive = values.iter().all(|v| *v > 0.0);
    let logs: Vec<f64> =
        if is_positive { values.iter().map(|v| libm::log(*v)).collect() } else { Vec::new() };
    let plain = fits(values, ends);
    let mut logged = if is_positive { fits(&logs, ends) } else { Vec::new() }.into_iter();
    let mut all: Vec<Workings<'a>> = Vec::with_capacity(ends.len());
    for (end, fits) in ends.iter().zip(plain) {
        let known = values.get(..*end).unwrap_or(values);
        // What lies after the last value cannot be tested.
        let testable = values.len() - known.len();
        let horizon = if testable > 0 { horizon.min(testable) } else { horizon };
        let season = season(known, logs.get(..*end), periods, horizon);
        let (log_fits, winters, log_winters) = (logged.next(), None, None);
        all.push(Workings { known, fits, log_fits, season, winters, log_winters, horizon });
    }
    add_winters(&mut all, values, &logs, ends, horizon);
    all
}

/// Seasonal smoothing where there is a season, in one run for all ends with the same period.
fn add_winters(
    all: &mut [Workings<'_>],
    values: &[f64],
    logs: &[f64],
    ends: &[usize],
    horizon: usize,
) {
    let period = |w: &Workings<'_>| w.season.as_ref().and_then(|s| s.periods.last()).copied();
    let mut periods: Vec<usize> = all.iter().filter_map(period).collect();
    periods.sort_unstable();
    periods.dedup();
    for wanted in periods {
        let own: Vec<usize> = all
            .iter()
            .zip(ends)
            .filter(|(w, _)| period(w) == Some(wanted))
            .map(|(_, e)| *e)
            .collect();
        let mut plain = winters::forecasts(values, &own, wanted, horizon).into_iter();
        let mut logged =
            (!logs.is_empty()).then(|| winters::forecasts(logs, &own, wanted, horizon).into_iter());
        for w in all.iter_mut().filter(|w| period(w) == Some(wanted)) {
            let cut = w.horizon;
            w.winters = plain.next().map(|a| a.into_iter().take(cut).collect());
            let ahead = logged.as_mut().and_then(Iterator::next);
            w.log_winters = ahead.map(|a| a.into_iter().take(cut).map(libm::exp).collect());
        }
    }
}

fn season(
    known: &[f64],
    logs: Option<&[f64]>,
    periods: &[usize],
    horizon: usize,
) -> Option<Season> {
    let mut passed: Vec<usize> = Vec::new();
    let mut rest = known.to_vec();
    // A short season must not pass for a long one, nor hide it.
    for period in ascending(periods) {
        if is_seasonal(&rest, period) {
            passed.push(period);
            remove_cycle(&mut rest, period);
        }
    }
    if passed.is_empty() {
        return None;
    }
    let (scale, is_factor) = logs.map_or((known, false), |logs| (logs, true));
    let found = seasonals(scale, &passed);
    let mut adjusted = scale.to_vec();
    for component in &found {
        adjusted.iter_mut().zip(component).for_each(|(a, s)| *a -= s);
    }
    let mut ahead = vec![0.0; horizon];
    for (period, component) in passed.iter().zip(&found) {
        let cycle = component.get(component.len().saturating_sub(*period)..).unwrap_or_default();
        ahead.iter_mut().zip(cycle.iter().cycle()).for_each(|(a, s)| *a += s);
    }
    if is_factor {
        adjusted.iter_mut().chain(&mut ahead).for_each(|v| *v = libm::exp(*v));
    }
    let recent = adjusted.get(adjusted.len().saturating_sub(RECENT)..)?;
    let fits = fits(recent, &[recent.len()]).pop()?;
    Some(Season { periods: passed, adjusted, fits, ahead, is_factor })
}

fn ascending(periods: &[usize]) -> Vec<usize> {
    let mut sorted = periods.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// Takes the mean of each phase out; enough for a test, not for a forecast.
fn remove_cycle(values: &mut [f64], period: usize) {
    let trend = moving_mean(values, period);
    let first = period / 2;
    let mut excess = vec![0.0; period];
    let mut known = vec![0_usize; period];
    let phases = (0..period).cycle().skip(first);
    for ((value, trend), phase) in values.iter().skip(first).zip(&trend).zip(phases) {
        if let (Some(sum), Some(n)) = (excess.get_mut(phase), known.get_mut(phase)) {
            (*sum, *n) = (*sum + (value - trend), *n + 1);
        }
    }
    excess.iter_mut().zip(known).for_each(|(sum, n)| *sum /= size(n.max(1)));
    values.iter_mut().zip(excess.iter().cycle()).for_each(|(value, excess)| *value -= excess);
}

/// Seasonal test: autocorrelation at the period beyond its 90 % limit (as in the M4
/// competition), of the changes or of the values around their moving mean over one period; of
/// the values themselves it would take every trend for a season.
#[must_use]
pub fn is_seasonal(values: &[f64], period: usize) -> bool {
    if period < 2 || values.len() < 2 * period + 1 {
        return false;
    }
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    let trend = moving_mean(values, period);
    let around = values.iter().skip(period / 2).zip(&trend).map(|(v, t)| v - t).collect::<Vec<_>>();
    correlates(&changes, period) || correlates(&around, period)
}

fn correlates(values: &[f64], period: usize) -> bool {
    let level = mean(values).unwrap_or(0.0);
    let flat: Vec<f64> = values.iter().map(|v| v - level).collect();
    let product = |lag: usize| dot(&flat, flat.get(lag..).unwrap_or_default());
    let variance = product(0);
    if variance <= 0.0 {
        return false;
    }
    let below: f64 = (1..period).map(|lag| product(lag) / variance).map(|r| r * r).sum();
    let limit = 1.645 * libm::sqrt((1.0 + 2.0 * below) / size(values.len()));
    product(period) / variance > limit
}
