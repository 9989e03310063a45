//! Autoregression: the next value from the last few, around a mean to which it returns. (Yule and
//! Walker's equations by Levinson's recursion, order by Akaike's criterion.) Smoothing takes an
//! excursion for the new level; this knows that it ends. Always stationary: it never runs away.

use super::super::number::{dot, mean, size};
use super::methods::Method;
use super::workings::Workings;

/// Greatest order.
const MAX_ORDER: usize = 12;
/// Values that one coefficient needs.
const PER_ORDER: usize = 8;
/// Newest values that count.
const RECENT: usize = 600;

/// The seasonally adjusted values return to their mean.
#[derive(Debug, Clone, Copy)]
pub struct Returning;

impl Method for Returning {
    fn name(&self) -> &'static str {
        "ar"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        Some(at.with_season(ahead(recent(at.adjusted()), at.horizon)))
    }
}

/// The changes of the seasonally adjusted values return to their mean, the drift.
#[derive(Debug, Clone, Copy)]
pub struct Changing;

impl Method for Changing {
    fn name(&self) -> &'static str {
        "ar_changes"
    }
    fn forecast(&self, at: &Workings<'_>) -> Option<Vec<f64>> {
        let values = recent(at.adjusted());
        let mut level = *values.last()?;
        let changes: Vec<f64> =
            values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
        let next = |change| {
            level += change;
            level
        };
        Some(at.with_season(ahead(&changes, at.horizon).into_iter().map(next).collect()))
    }
}

fn recent(values: &[f64]) -> &[f64] {
    values.get(values.len().saturating_sub(RECENT)..).unwrap_or(values)
}

/// Forecast of `horizon` steps of values that return to their mean.
#[must_use]
pub fn ahead(values: &[f64], horizon: usize) -> Vec<f64> {
    let level = mean(values).unwrap_or(0.0);
    let mut flat: Vec<f64> = values.iter().map(|v| v - level).collect();
    let weights = coefficients(&flat);
    let known = flat.len();
    for _ in 0..horizon {
        let next = flat.iter().rev().zip(&weights).map(|(v, w)| v * w).sum();
        flat.push(next);
    }
    flat.iter().skip(known).map(|v| level + v).collect()
}

/// Weights of the last, the last but one, ... value.
fn coefficients(flat: &[f64]) -> Vec<f64> {
    let n = flat.len();
    let product = |lag: usize| dot(flat, flat.get(lag..).unwrap_or_default());
    let variance = product(0);
    if variance <= 0.0 {
        return Vec::new();
    }
    let most = MAX_ORDER.min(n / PER_ORDER);
    let correlations: Vec<f64> = (1..=most).map(|lag| product(lag) / variance).collect();
    let mut weights: Vec<f64> = Vec::new();
    let (mut best, mut least, mut left) = (Vec::new(), 0.0, 1.0);
    for (order, correlation) in correlations.iter().enumerate() {
        let before = correlations.iter().take(order).rev();
        let told: f64 = weights.iter().zip(before).map(|(w, r)| w * r).sum();
        let own = (correlation - told) / left;
        let turned: Vec<f64> = weights.iter().rev().copied().collect();
        weights.iter_mut().zip(turned).for_each(|(w, t)| *w -= own * t);
        weights.push(own);
        left = (left * (1.0 - own * own)).max(1e-12);
        let criterion = size(n) * libm::log(left) + 2.0 * size(order + 1);
        if criterion < least {
            (least, best) = (criterion, weights.clone());
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Random;
    use super::*;

    #[test]
    fn a_planted_recursion_is_found() {
        // x = 0.6 last - 0.3 last but one + noise.
        let mut random = Random::new(5);
        let mut values = vec![0.0, 0.0];
        for i in 2..4000 {
            values.push(0.6 * values[i - 1] - 0.3 * values[i - 2] + random.normal());
        }
        let weights = coefficients(&values);
        assert!((weights[0] - 0.6).abs() < 0.05 && (weights[1] + 0.3).abs() < 0.05, "{weights:?}");
        assert!(weights[2..].iter().all(|w| w.abs() < 0.05), "{weights:?}");
    }

    #[test]
    fn an_excursion_returns_to_the_mean_and_a_constant_stays() {
        // Half of the distance to 100 stays from one value to the next.
        let mut random = Random::new(6);
        let mut values = vec![100.0];
        for i in 1..1000 {
            values.push(100.0 + 0.5 * (values[i - 1] - 100.0) + random.normal());
        }
        values.push(106.0);
        let got = ahead(&values, 12);
        assert!((got[0] - 103.0).abs() < 0.4 && (got[1] - 101.5).abs() < 0.4, "{got:?}");
        assert!((got[11] - 100.0).abs() < 0.5, "{got:?}");
        assert_eq!(ahead(&[7.0; 30], 2), vec![7.0, 7.0]);
        assert_eq!(ahead(&[], 1), vec![0.0]);
    }
}
