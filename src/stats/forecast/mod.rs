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
pub mod methods;
pub mod question;
pub mod refusal;
pub mod scale;

use super::changepoints::{MAX_P, Shift, e_divisive};
use super::number::{mean, size};
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
    let shifts = level_shifts(question.values);
    let start = shifts.last().map_or(0, |shift| shift.at);
    let values = question.values.get(start..).unwrap_or_default();
    if values.len() < MIN_N {
        return Err(Refusal::TooShort { n: values.len(), after_shift: start > 0 });
    }
    let (method, errors) = back_test::choose(values, horizon)
        .ok_or(Refusal::TooShort { n: values.len(), after_shift: start > 0 })?;
    let scale = Scale::of(&errors).with_drift_of(values.len());
    let back_test = back_test::score(values, &errors);
    let central = method.forecast(values, horizon);
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
        weights: vec![Weight { method: method.name(), weight: 1.0 }],
        seasons: Vec::new(),
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

/// Shifts of level: jumps, found in the changes from step to step so that steady growth is not
/// taken for a row of shifts. A jump is a single change far outside the others whose effect
/// stays; its size is confirmed on the de-trended values around it.
fn level_shifts(values: &[f64]) -> Vec<Shift> {
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    let Some(middle) = trimmed_mean(&changes) else { return Vec::new() };
    // Steady growth is taken out before levels are compared.
    let flat: Vec<f64> = values.iter().enumerate().map(|(i, v)| v - middle * size(i)).collect();
    let distances: Vec<f64> = changes.iter().map(|c| (c - middle).abs()).collect();
    let usual = super::number::median(&distances).unwrap_or(0.0);
    let typical = usual.max(mean(&distances).unwrap_or(0.0) * 0.25).max(f64::MIN_POSITIVE);
    let is_jump = |shift: &Shift| {
        let jump = shift.at.checked_sub(1).and_then(|at| distances.get(at)).copied();
        jump.is_some_and(|jump| jump > 8.0 * typical)
    };
    e_divisive(&flat, 4, MAX_P).into_iter().filter(is_jump).collect()
}

/// Mean without the tenth at either end: jumps are rare, and a median would follow the commoner
/// half of a series that goes up and down.
fn trimmed_mean(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 10;
    mean(sorted.get(cut..sorted.len() - cut)?)
}

#[cfg(test)]
mod tests;
