//! Shifts of level: one-off deletions, migrations in. Found as single changes far outside all
//! others whose effect stays, confirmed by E-divisive with a t test and by PELT.

use super::super::changepoints::{MAX_P, Shift, e_divisive, pelt_mean};
use super::super::number::{mean, size};
use super::super::quantiles::quantile_of_sorted;

/// A shift is at least this many times the change that 19 of 20 steps stay below. Far from
/// what noise, seasons and growth do: a forecast that forgets its past pays for it.
const OUTSTANDING: f64 = 5.0;
/// Least number of values between shifts.
const LEAST: usize = 4;
/// Values to either side of a jump on which it is confirmed.
const AROUND: usize = 200;

/// Shifts of level, oldest first. Steady growth is no shift.
#[must_use]
pub fn level_shifts(values: &[f64]) -> Vec<Shift> {
    let changes: Vec<f64> =
        values.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
    let Some(middle) = trimmed_mean(&changes) else { return Vec::new() };
    let distances: Vec<f64> = changes.iter().map(|c| (c - middle).abs()).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f64::total_cmp);
    let usual = quantile_of_sorted(&sorted, 0.95).unwrap_or(0.0);
    // Values that hardly ever change: a jump must also stand out of what all changes add up to.
    let limit = (OUTSTANDING * usual).max(mean(&distances).unwrap_or(0.0) * 2.0);
    let is_jump =
        |at: usize| at.checked_sub(1).and_then(|at| distances.get(at)).is_some_and(|d| *d > limit);
    let Some(first) = (0..values.len()).find(|at| is_jump(*at)) else { return Vec::new() };
    let last = (0..values.len()).rev().find(|at| is_jump(*at)).unwrap_or(first);
    // Only the surroundings of the jumps are looked at: the tests cost the square of the length.
    let start = first.saturating_sub(AROUND);
    let end = (last + AROUND).min(values.len());
    let near = values.get(start..end).unwrap_or_default();
    // Steady growth is taken out before levels are compared.
    let flat: Vec<f64> = near.iter().enumerate().map(|(i, v)| v - middle * size(i)).collect();
    let second = pelt_mean(&flat, LEAST);
    let is_confirmed = |at: usize| second.iter().any(|split| split.abs_diff(at) <= 1);
    let moved = |shift: Shift| Shift { at: shift.at + start, ..shift };
    let found = e_divisive(&flat, LEAST, MAX_P).into_iter();
    found.filter(|s| is_confirmed(s.at)).map(moved).filter(|s| is_jump(s.at)).collect()
}

/// Mean without the tenth at either end: jumps are rare, and a median would follow the commoner
/// half of a series that goes up and down.
fn trimmed_mean(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 10;
    mean(sorted.get(cut..sorted.len() - cut)?)
}
