//! Where does a series change its level? E-divisive with a t test (the deterministic form) finds
//! the shifts; PELT is the second opinion. Both see values in order of time and no dates.

use super::number::{count, mean, size};
use super::samples::welch;

/// Default level of a shift. The p it is held against is corrected for the number of places
/// tried; the uncorrected 0.001 of common tools flagged 1 in 10 streams without any shift.
pub const MAX_P: f64 = 0.05;

/// A shift of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Position of the first value of the new level.
    pub at: usize,
    /// Mean before, back to the shift before it.
    pub before: f64,
    /// Mean after, up to the next shift.
    pub after: f64,
    /// Welch's p between the two, times the number of places the split could have been at.
    pub p: f64,
}

/// Shifts by hierarchical E-divisive splitting (Matteson and James, 2014, α = 1); a split stays
/// when the corrected p of Welch's t test is < `max_p`; at the end the weakest are taken
/// out until all hold. `least` is the least number of values between shifts (at least 2).
#[must_use]
pub fn e_divisive(values: &[f64], least: usize, max_p: f64) -> Vec<Shift> {
    let least = least.max(2);
    let mut splits = Vec::new();
    let mut todo = vec![(0, values.len())];
    while let Some((start, end)) = todo.pop() {
        let Some(segment) = values.get(start..end) else { continue };
        let Some(best) = best_split(segment, least) else { continue };
        let (left, right) = segment.split_at(best);
        if separation(left, right, least) < max_p {
            splits.push(start + best);
            todo.push((start, start + best));
            todo.push((start + best, end));
        }
    }
    splits.sort_unstable();
    prune(values, refine(values, &splits, least), least, max_p)
}

/// Places each split again between its neighbours: the first splits were chosen while other
/// shifts were still inside their segment.
fn refine(values: &[f64], splits: &[usize], least: usize) -> Vec<usize> {
    let ends = splits.iter().copied().skip(1).chain([values.len()]);
    let mut start = 0;
    let mut refined = Vec::with_capacity(splits.len());
    for (split, end) in splits.iter().zip(ends) {
        let better = values.get(start..end).and_then(|segment| best_split(segment, least));
        let at = better.map_or(*split, |offset| start + offset);
        refined.push(at);
        start = at;
    }
    refined
}

/// Takes out the weakest split until every one is significant between its neighbours.
fn prune(values: &[f64], splits: Vec<usize>, least: usize, max_p: f64) -> Vec<Shift> {
    let mut splits = splits;
    loop {
        let shifts = describe(values, &splits, least);
        let weakest = shifts.iter().enumerate().max_by(|a, b| a.1.p.total_cmp(&b.1.p));
        match weakest {
            Some((at, shift)) if shift.p >= max_p => drop(splits.remove(at)),
            Some(_) | None => return shifts,
        }
    }
}

/// Levels and p at each of the sorted split positions.
#[must_use]
pub fn describe(values: &[f64], splits: &[usize], least: usize) -> Vec<Shift> {
    let starts = std::iter::once(0).chain(splits.iter().copied());
    let ends = splits.iter().copied().skip(1).chain([values.len()]);
    let shift = |((start, &at), end): ((usize, &usize), usize)| {
        let (left, right) = (values.get(start..at)?, values.get(at..end)?);
        let p = separation(left, right, least);
        Some(Shift { at, before: mean(left)?, after: mean(right)?, p })
    };
    starts.zip(splits).zip(ends).filter_map(shift).collect()
}

/// Welch's p times the places tried; 0 between two different constants, 1 between equal ones.
fn separation(left: &[f64], right: &[f64], least: usize) -> f64 {
    let differ = mean(left) != mean(right);
    let places = (left.len() + right.len() + 1).saturating_sub(2 * least).max(1);
    let p = welch(left, right).map_or(if differ { 0.0 } else { 1.0 }, |test| test.p);
    (p * size(places)).min(1.0)
}

/// The split with the greatest energy distance; none when there is no room for two sides.
fn best_split(values: &[f64], least: usize) -> Option<usize> {
    let n = values.len();
    let distance_sum = |value: f64, to: &[f64]| to.iter().map(|o| (value - o).abs()).sum::<f64>();
    let (mut within_left, mut between) = (0.0, 0.0);
    let mut within_right: f64 = values
        .iter()
        .enumerate()
        .map(|(i, v)| distance_sum(*v, values.get(i + 1..).unwrap_or_default()))
        .sum();
    let mut best: Option<(f64, usize)> = None;
    for (i, value) in values.iter().enumerate() {
        let (left, rest) = values.split_at(i);
        let to_left = distance_sum(*value, left);
        let to_right = distance_sum(*value, rest.get(1..).unwrap_or_default());
        within_left += to_left;
        within_right -= to_right;
        between += to_right - to_left;
        let (a, b) = (i + 1, n - i - 1);
        if a < least || b < least {
            continue;
        }
        let (a_size, b_size) = (size(a), size(b));
        let energy = 2.0 * between / (a_size * b_size)
            - 2.0 * within_left / (a_size * (a_size - 1.0))
            - 2.0 * within_right / (b_size * (b_size - 1.0));
        let statistic = a_size * b_size / (a_size + b_size) * energy;
        if best.is_none_or(|b| statistic > b.0) {
            best = Some((statistic, a));
        }
    }
    best.filter(|b| b.0 > 0.0).map(|b| b.1)
}

/// Split positions of least total cost plus `penalty` per split (PELT; Killick, Fearnhead and
/// Eckley, 2012). `cost(i, j)` is the cost of `i..j` as one segment.
#[must_use]
pub fn pelt(
    n: usize,
    least: usize,
    penalty: f64,
    cost: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    let least = least.max(1);
    // Best cost and last split for each prefix; a prefix shorter than `least` cannot end here.
    let mut best: Vec<(f64, usize)> = vec![(f64::INFINITY, 0); n + 1];
    if let Some(first) = best.first_mut() {
        first.0 = -penalty;
    }
    // A start that can no longer win at `end` may still win until a split at `end` is allowed,
    // so it is dropped only `least` later.
    let mut starts: Vec<(usize, usize)> = vec![(0, usize::MAX)];
    for end in least..=n {
        starts.retain(|&(_, dropped_from)| end < dropped_from);
        let of = |start: usize| best.get(start).map_or(f64::INFINITY, |b| b.0) + cost(start, end);
        let costs: Vec<f64> = starts.iter().map(|&(start, _)| of(start)).collect();
        let cheapest = costs.iter().zip(&starts).min_by(|a, b| a.0.total_cmp(b.0));
        let Some((value, start)) = cheapest.map(|(value, start)| (*value, start.0)) else {
            continue;
        };
        for (start, cost) in starts.iter_mut().zip(costs) {
            if start.1 == usize::MAX && cost > value + penalty {
                start.1 = end + least;
            }
        }
        if let Some(slot) = best.get_mut(end) {
            *slot = (value + penalty, start);
        }
        if end + 1 >= 2 * least {
            starts.push((end + 1 - least, usize::MAX));
        }
    }
    let mut splits = Vec::new();
    let mut at = n;
    while let Some(&(_, start)) = best.get(at).filter(|b| b.1 > 0) {
        splits.push(start);
        at = start;
    }
    splits.reverse();
    splits
}

/// PELT with squared error and penalty 3 σ² ln n, σ from the median absolute difference of
/// neighbours (so that shifts do not inflate it).
#[must_use]
pub fn pelt_mean(values: &[f64], least: usize) -> Vec<usize> {
    let steps: Vec<f64> =
        values.windows(2).filter_map(|w| Some((w.get(1)? - w.first()?).abs())).collect();
    let middle = super::number::median(&steps).unwrap_or(0.0);
    let sigma = 1.4826 * middle / std::f64::consts::SQRT_2;
    let sums = prefix_sums(values.iter().copied());
    let squares = prefix_sums(values.iter().map(|v| v * v));
    let cost = |i: usize, j: usize| {
        let sum = between(&sums, i, j);
        between(&squares, i, j) - sum * sum / size(j - i).max(1.0)
    };
    let spread = (sigma * sigma).max(f64::MIN_POSITIVE);
    pelt(values.len(), least, 3.0 * spread * libm::log(size(values.len()).max(2.0)), cost)
}

/// PELT with the binomial likelihood of `(failed, n)` per time and penalty 3 ln n.
#[must_use]
pub fn pelt_binomial(counts: &[(u64, u64)], least: usize) -> Vec<usize> {
    let failed = prefix_sums(counts.iter().map(|c| count(c.0)));
    let trials = prefix_sums(counts.iter().map(|c| count(c.1)));
    let part = |k: f64, n: f64| if k > 0.0 { k * libm::log(k / n) } else { 0.0 };
    let cost = |i: usize, j: usize| {
        let (k, n) = (between(&failed, i, j), between(&trials, i, j));
        -2.0 * (part(k, n) + part(n - k, n))
    };
    pelt(counts.len(), least, 3.0 * libm::log(size(counts.len()).max(2.0)), cost)
}

fn prefix_sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    let running = values.map(|v| {
        sum += v;
        sum
    });
    std::iter::once(0.0).chain(running).collect()
}

fn between(sums: &[f64], start: usize, end: usize) -> f64 {
    let at = |i: usize| sums.get(i).copied().unwrap_or(0.0);
    at(end) - at(start)
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn noise(levels: &[(f64, usize)], seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        let levels = levels.iter().flat_map(|&(level, n)| std::iter::repeat_n(level, n));
        levels.map(|level| level + random.normal()).collect()
    }

    fn positions(shifts: &[Shift]) -> Vec<usize> {
        shifts.iter().map(|s| s.at).collect()
    }

    #[test]
    fn two_planted_shifts_are_found_where_they_are() {
        let values = noise(&[(0.0, 40), (6.0, 30), (-4.0, 50)], 11);
        let shifts = e_divisive(&values, 5, MAX_P);
        assert_eq!(positions(&shifts), vec![40, 70]);
        assert!((shifts[0].after - 6.0).abs() < 0.6 && (shifts[1].after + 4.0).abs() < 0.6);
        assert_eq!(pelt_mean(&values, 5), vec![40, 70]);
    }

    #[test]
    fn a_step_without_noise_is_found_and_a_constant_has_none() {
        let mut values = vec![1.0; 10];
        values.extend([2.0; 10]);
        assert_eq!(positions(&e_divisive(&values, 3, MAX_P)), vec![10]);
        assert_eq!(pelt_mean(&values, 3), vec![10]);
        assert!(e_divisive(&[1.0; 20], 3, MAX_P).is_empty());
        assert!(pelt_mean(&[1.0; 20], 3).is_empty());
        assert!(e_divisive(&[], 3, MAX_P).is_empty() && pelt_mean(&[], 3).is_empty());
    }

    #[test]
    fn pelt_finds_the_cheapest_partition_that_trying_all_finds() {
        let mut random = Random::new(5);
        for _ in 0..40 {
            let values: Vec<f64> = (0..9).map(|i| random.normal() + f64::from(i / 4)).collect();
            let cost = |i: usize, j: usize| {
                let part = &values[i..j];
                let m = mean(part).unwrap();
                part.iter().map(|v| (v - m) * (v - m)).sum::<f64>()
            };
            let total = |splits: &[usize]| {
                let starts = std::iter::once(0).chain(splits.iter().copied());
                let ends = splits.iter().copied().chain([9]);
                starts.zip(ends).map(|(a, b)| cost(a, b)).sum::<f64>()
                    + 0.7 * f64::from(u8::try_from(splits.len()).unwrap())
            };
            let all = (0..256_u32)
                .map(|mask| (1..9).filter(|i| mask >> (i - 1) & 1 == 1).collect::<Vec<usize>>());
            let legal = all.filter(|splits| {
                let ends = splits.iter().copied().chain([9]);
                std::iter::once(0).chain(splits.iter().copied()).zip(ends).all(|(a, b)| b - a >= 2)
            });
            let want = legal.map(|splits| total(&splits)).fold(f64::INFINITY, f64::min);
            let got = pelt(9, 2, 0.7, cost);
            assert!((total(&got) - want).abs() < 1e-12, "{got:?}");
        }
    }

    #[test]
    fn a_jump_of_the_failure_share_is_found_in_counts() {
        let mut counts = vec![(1, 100); 20];
        counts.extend([(12, 100); 10]);
        assert_eq!(pelt_binomial(&counts, 2), vec![20]);
        assert!(pelt_binomial(&[(1, 100); 20], 2).is_empty());
    }

    #[test]
    #[ignore = "simulation of 200 streams, some seconds"]
    fn streams_without_a_shift_are_flagged_in_at_most_five_percent() {
        let flagged =
            (0..200).filter(|&s| !e_divisive(&noise(&[(0.0, 90)], s), 5, MAX_P).is_empty());
        let flagged = flagged.count();
        assert!(flagged <= 10, "{flagged}");
    }
}
