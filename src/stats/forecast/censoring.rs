//! A full pool stops growing: values at capacity say how much fits, not how much was wanted.
//! They are left out, so that the growth is that of the time when there was room.

use super::super::number::size;
use super::question::Limit;

/// At this share of the capacity a value is taken as full.
const FULL: f64 = 0.995;
/// Above this share the capacity is contradicted, not reached.
const TOO_MUCH: f64 = 1.01;
/// Values at capacity in a row that make them censored; a single touch is a value.
const LEAST: usize = 2;
/// Share of the growth before it from which on a pool is not held up by anything.
const GROWING: f64 = 0.5;
/// Values before a row, at least, from which that growth is taken.
const BEFORE: usize = 30;

/// Values without those at capacity, except the first of each row of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncensored {
    /// What is left.
    pub values: Vec<f64>,
    /// Where each of them stood.
    pub positions: Vec<usize>,
    /// Positions of the first value after each gap that was closed. A jump there is what was
    /// wanted while the pool was full, and no shift.
    pub joints: Vec<usize>,
    /// How many were left out.
    pub n_censored: usize,
}

/// Leaves out what a full pool could not show.
#[must_use]
pub fn uncensored(values: &[f64], limit: &Limit<'_>) -> Uncensored {
    let is_full = |(at, value): (usize, &f64)| {
        limit
            .at_value(at)
            .is_some_and(|capacity| (FULL * capacity..=TOO_MUCH * capacity).contains(value))
    };
    let full: Vec<bool> = values.iter().enumerate().map(is_full).collect();
    let mut kept = Vec::with_capacity(values.len());
    let mut positions = Vec::with_capacity(values.len());
    let mut joints = Vec::new();
    let mut rest = values;
    for row in full.chunk_by(|a, b| a == b) {
        let (own, after) = rest.split_at(row.len().min(rest.len()));
        rest = after;
        // A capacity without a history says nothing about earlier fullness.
        let is_known = !limit.past.is_empty() || rest.is_empty();
        let first = values.len() - rest.len() - own.len();
        let is_full = row.first() == Some(&true) && row.len() >= LEAST;
        let is_censored = is_known && is_full && is_held_up(values, first, own.len());
        let n = if is_censored { 1 } else { own.len() };
        kept.extend(own.iter().take(n));
        positions.extend(first..first + n);
        joints.extend(is_censored.then_some(kept.len()));
    }
    Uncensored { n_censored: values.len() - kept.len(), values: kept, positions, joints }
}

/// Whether so many values from `first` on rise clearly less than those before them did. A pool
/// that goes on growing in the last half percent of its room, or that never grew, is not held up.
fn is_held_up(values: &[f64], first: usize, n: usize) -> bool {
    let rate = |from: usize, to: usize| -> Option<f64> {
        let rise = values.get(to)? - values.get(from)?;
        (to > from).then(|| rise / size(to - from))
    };
    let before = rate(first.saturating_sub(n.max(BEFORE)), first).unwrap_or(0.0);
    let within = rate(first, first + n - 1).unwrap_or(0.0);
    before > 0.0 && within < GROWING * before
}

/// Capacities at steps without a sample become the greater of those before and after: values
/// are filled on a straight line there, which must not be held against a capacity that was
/// larger already, or that only a sample before the gap knew as full.
pub fn over_gaps(capacities: &mut [f64], is_sampled: &[bool]) {
    let mut next = None;
    for (capacity, is_sampled) in capacities.iter_mut().zip(is_sampled).rev() {
        if *is_sampled {
            next = Some(*capacity);
        } else if let Some(next) = next {
            *capacity = capacity.max(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expansion_in_a_gap_counts_from_its_beginning_and_nothing_is_made_smaller() {
        let mut capacities = [10.0, 10.0, 10.0, 20.0, 20.0, 5.0, 5.0];
        over_gaps(&mut capacities, &[true, false, false, true, false, true, false]);
        assert_eq!(capacities, [10.0, 20.0, 20.0, 20.0, 20.0, 5.0, 5.0]);
    }

    #[test]
    fn a_plateau_at_capacity_is_closed_and_the_growth_around_it_stays() {
        let values = [90.0, 95.0, 100.0, 100.0, 100.0, 105.0, 110.0];
        let past = [100.0, 100.0, 100.0, 100.0, 100.0, 200.0, 200.0];
        let got = uncensored(&values, &Limit { past: &past, ahead: &[200.0] });
        assert_eq!(got.values, vec![90.0, 95.0, 100.0, 105.0, 110.0]);
        assert_eq!((got.n_censored, got.joints), (2, vec![3]));
        assert_eq!(got.positions, vec![0, 1, 2, 5, 6]);
    }

    #[test]
    fn a_pool_that_grows_on_in_its_last_half_percent_is_not_full() {
        let slow: Vec<f64> = (0..200).map(|i| 99_990.0 - 5.0 * f64::from(199 - i)).collect();
        assert_eq!(uncensored(&slow, &Limit::at(&[100_000.0])).n_censored, 0);
        // One that was always full never grew.
        assert_eq!(uncensored(&[5.0; 100], &Limit::at(&[5.0])).n_censored, 0);
        let stopped: Vec<f64> = slow.iter().map(|value| value.min(99_700.0)).collect();
        let got = uncensored(&stopped, &Limit::at(&[100_000.0]));
        assert_eq!((got.n_censored, got.values.last()), (98, Some(&99_500.0)));
    }

    #[test]
    fn a_single_touch_is_an_ordinary_value() {
        let limit = Limit::at(&[100.0]);
        assert_eq!(uncensored(&[90.0, 100.0, 80.0], &limit).n_censored, 0);
        // Without a history of the capacity only the end can be censored.
        let got = uncensored(&[70.0, 100.0, 100.0, 80.0, 100.0, 100.0], &limit);
        assert_eq!(got.values, vec![70.0, 100.0, 100.0, 80.0, 100.0]);
    }
}
