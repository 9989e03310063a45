//! Forecast of a series and the date at which it reaches a limit. One answer with its back-test,
//! or a refusal with its reason; never a date without an interval. A series is evenly spaced
//! values (the caller's [`grid`]); only what comes after the last level shift is used.
//!
//! The forecasting method is chosen by rolling-origin back-test among [`methods::POOL`]; the
//! naive drift stays unless another is clearly better. Intervals are conformal, from the same
//! back-test errors. It never selects regressions on nested windows by their fit.

pub mod answer;
pub mod back_test;
pub mod crossing;
pub mod grid;
pub mod loess;
pub mod methods;
pub mod question;
pub mod refusal;
pub mod scale;
pub mod shifts;
pub mod smoothing;
pub mod winters;
pub mod workings;

use super::number::size;
pub use answer::{Answer, Band, Weight};
pub use question::{Addition, Adds, Limit, Question};
use refusal::Refusal;
use scale::Scale;

/// Least number of values after the last shift.
pub const MIN_N: usize = 16;

/// Answers a question.
///
/// # Errors
/// A [`Refusal`] when there are too few values, or they are not finite.
pub fn forecast(question: &Question<'_>) -> Result<Answer, Refusal> {
    if question.values.iter().any(|v| !v.is_finite()) {
        return Err(Refusal::NotFinite);
    }
    let horizon = question.horizon.max(1);
    let shifts = shifts::level_shifts(question.values);
    let start = shifts.last().map_or(0, |shift| shift.at);
    let values = question.values.get(start..).unwrap_or_default();
    let values = if values.len() < MIN_N { question.values } else { values };
    let trial = back_test::trial(values, question.periods, horizon)
        .ok_or(Refusal::TooShort { n: values.len(), after_shift: start > 0 })?;
    let errors = &trial.errors;
    let scale = Scale::of(errors).with_drift_of(values.len());
    let back_test = back_test::score(values, &trial.origins, errors);
    let central = trial.central;
    let last = values.last().copied().unwrap_or(0.0);
    let growth = (central.last().copied().unwrap_or(last) - last) / size(horizon);
    let ahead = crossing::Ahead { last, central: &central, scale: &scale, seed: question.seed };
    let limit = question.limit.and_then(|limit| limit.at_step(1));
    let crossings =
        limit.map(|limit| refusal::check(limit, question.shares, values, &back_test, &ahead));
    let bands = question
        .levels
        .iter()
        .map(|&level| {
            let half = |h: usize| scale.half_width(h + 1, level);
            let lo = central.iter().enumerate().map(|(h, c)| c - half(h)).collect();
            let hi = central.iter().enumerate().map(|(h, c)| c + half(h)).collect();
            Band { level, lo, hi }
        })
        .collect();
    Ok(Answer {
        mean: central.clone(),
        median: central,
        bands,
        weights: trial.weights,
        seasons: trial.seasons,
        back_test,
        shifts,
        n_used: values.len(),
        n_censored: 0,
        growth,
        planned: vec![0.0; horizon],
        crossings,
        scale,
    })
}

#[cfg(test)]
mod tests;
