//! Forecast of a series and the dates at which it reaches a limit. One answer with its back-test;
//! dates only with an interval, or a refusal with its reason. A series is evenly spaced values
//! (the caller's [`grid`]); it is pure: no clock, no names, no files.
//!
//! A pool of simple methods ([`methods::pool`]) forecasts at the end and at earlier origins
//! ([`back_test`]); those that are not worse than the best one with evidence ([`gate`]) stay, with
//! equal weights, and their median is the forecast. Intervals are conformal ([`scale`]), from the
//! back-test errors raised to the height of today ([`heights`]); while few were seen, from the
//! changes of the series too ([`prior`]). Dates are first crossings of sample paths ([`paths`],
//! [`crossing`]). Only what follows the last level shift is used ([`shifts`]). It never selects
//! regressions on nested windows by their fit.
//!
//! Sums of pools and logical bytes by a reduction ratio are made of the sample paths of their
//! parts and get an answer of the same shape ([`whole`]).

pub mod answer;
pub mod autoregression;
pub mod back_test;
pub mod censoring;
pub mod cleaned;
pub mod crossing;
pub mod fitted;
pub mod gate;
pub mod grid;
pub mod heights;
pub mod loess;
pub mod methods;
pub mod paths;
pub mod prior;
mod prospect;
pub mod question;
pub mod reduction;
pub mod refusal;
pub mod scale;
pub mod shifts;
pub mod smoothing;
pub mod total;
pub mod whole;
pub mod winters;
pub mod workings;

use super::number::size;
pub use answer::{Answer, Band, Weight};
use cleaned::Cleaned;
use crossing::{Announced, crossings};
use fitted::Fitted;
use paths::Paths;
use prospect::Line;
pub use question::{Addition, Adds, Limit, Question};
use refusal::{Grounds, Refusal};
use scale::Scale;
pub use whole::{Course, Layout, Pace, forecast_whole};

/// Least number of values after the last shift for a date.
pub const MIN_N: usize = 16;
/// Least number of values for any forecast.
pub const MIN_VALUES: usize = 3;

/// Answers a question. Without a limit every finite series of at least [`MIN_VALUES`] values
/// gets an answer; a limit that cannot be dated gives the reason inside the answer.
///
/// # Errors
/// [`Refusal::TooShort`] below [`MIN_VALUES`] values, [`Refusal::NotFinite`].
pub fn forecast(question: &Question<'_>) -> Result<Answer, Refusal> {
    let asked = question.values;
    let horizon = question.horizon.max(1);
    let cleaned = Cleaned::of(asked, question.limit)?;
    let fitted = Fitted::of(&cleaned, question.periods, horizon)?;
    let mut central = fitted.central.clone();
    take_off(&mut central, question.roll_off);
    let last = asked.last().copied().unwrap_or(0.0);
    let grounds = Grounds {
        // A capacity without a history does not judge what was before a deletion.
        values: match question.limit {
            Some(limit) if limit.past.is_empty() => cleaned.since_shift(),
            Some(_) | None => asked,
        },
        last,
        has_shift: !cleaned.shifts.is_empty(),
        n_since_shift: cleaned.since_shift().len(),
        back_test: &fitted.back_test,
        central: &central,
    };
    let line = Line { last, central: &central };
    let paths = || Paths::draw(&fitted.scale, horizon, question.seed);
    let crossings = question.limit.map(|limit| dates(question, &limit, &grounds, &line, paths));
    Ok(Answer {
        mean: central.clone(),
        bands: bands(&central, &fitted.scale, question.levels),
        weights: fitted.weights,
        seasons: fitted.seasons,
        back_test: fitted.back_test,
        n_used: fitted.n_used,
        n_censored: cleaned.n_censored,
        growth: growth(&central, last),
        planned: planned(question.additions, horizon),
        crossings,
        median: central,
        shifts: cleaned.shifts_in_all(),
    })
}

/// Growth per step up to the horizon.
fn growth(central: &[f64], last: f64) -> f64 {
    (central.last().copied().unwrap_or(last) - last) / size(central.len().max(1))
}

/// What is given back at known dates leaves the forecast.
fn take_off(central: &mut [f64], roll_off: &[f64]) {
    let Some(end) = roll_off.last() else { return };
    let given_back = roll_off.iter().chain(std::iter::repeat(end));
    central.iter_mut().zip(given_back).for_each(|(value, back)| *value -= back);
}

/// Crossings of the limit, or why there are none.
fn dates(
    question: &Question<'_>,
    limit: &Limit<'_>,
    grounds: &Grounds<'_>,
    line: &Line<'_>,
    paths: impl FnOnce() -> Paths,
) -> Result<Vec<crossing::Crossing>, Refusal> {
    if let Some(refusal) = refusal::before(limit, grounds) {
        return Err(refusal);
    }
    let paths = paths();
    // Whether there is a date at all is a matter of the limit itself, asked or not.
    let mut shares = question.shares.to_vec();
    shares.retain(|share| (share - 1.0).abs() > 1e-9);
    shares.push(1.0);
    let announced = Announced { additions: question.additions, seed: question.seed };
    let mut found = crossings(line, &paths, limit, &shares, &announced);
    if let Some(refusal) = found.last().and_then(|full| refusal::after(full, grounds)) {
        return Err(refusal);
    }
    found.retain(|crossing| question.shares.contains(&crossing.share));
    Ok(found)
}

fn bands(central: &[f64], scale: &Scale, levels: &[f64]) -> Vec<Band> {
    let band = |&level: &f64| {
        let half: Vec<f64> = scale.half_widths(1..=central.len(), level).collect();
        let lo = central.iter().zip(&half).map(|(c, h)| c - h).collect();
        let hi = central.iter().zip(&half).map(|(c, h)| c + h).collect();
        Band { level, lo, hi }
    };
    levels.iter().map(band).collect()
}

/// Expected additions to use per step.
fn planned(additions: &[Addition], horizon: usize) -> Vec<f64> {
    let to_use: Vec<&Addition> = additions.iter().filter(|a| a.adds == Adds::Use).collect();
    let at = |step: usize| to_use.iter().map(|a| a.probability * a.at(size(step))).sum();
    (1..=horizon).map(at).collect()
}

#[cfg(test)]
mod tests;
