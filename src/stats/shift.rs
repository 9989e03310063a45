//! Hodges-Lehmann: by how much is one sample shifted against another? The exact median of all
//! pairwise differences, found without writing them down: differences are counted by two
//! pointers over the sorted samples while a binary search runs over the floats themselves.

use super::number::{count, floor, size};
use super::special::two_sided_z;

/// A shift with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// Median of all x − y.
    pub value: f64,
    /// Lower bound.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

/// Hodges-Lehmann shift of x against y with the Moses interval (order statistics of the
/// differences at the normal approximation of U); none when a sample is empty.
#[must_use]
pub fn hodges_lehmann(x: &[f64], y: &[f64], confidence: f64) -> Option<Shift> {
    if x.is_empty() || y.is_empty() || x.iter().chain(y).any(|v| !v.is_finite()) {
        return None;
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (x, y) = (sorted(x), sorted(y));
    let pairs = u64::try_from(x.len()).ok()?.checked_mul(u64::try_from(y.len()).ok()?)?;
    let nth = |k: u64| nth_difference(&x, &y, k);
    let value = if pairs % 2 == 1 {
        nth(pairs / 2)
    } else {
        f64::midpoint(nth(pairs / 2 - 1), nth(pairs / 2))
    };
    let spread = libm::sqrt(count(pairs) * (size(x.len() + y.len()) + 1.0) / 12.0);
    let below = floor(count(pairs) / 2.0 - two_sided_z(confidence) * spread);
    let below = u64::try_from(below).ok()?.clamp(1, pairs);
    Some(Shift { value, lo: nth(below - 1), hi: nth(pairs - below) })
}

/// The k-th smallest (0-based) of all x − y.
fn nth_difference(x: &[f64], y: &[f64], k: u64) -> f64 {
    let (mut low, mut high) = (order_key(f64::NEG_INFINITY), order_key(f64::INFINITY));
    while low < high {
        let middle = low + (high - low) / 2;
        if differences_up_to(x, y, from_order_key(middle)) > k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    from_order_key(low)
}

/// Number of pairs with x − y <= limit; both sorted ascending.
fn differences_up_to(x: &[f64], y: &[f64], limit: f64) -> u64 {
    let mut total = 0;
    let mut skipped = 0;
    for value in x {
        let rest = y.get(skipped..).unwrap_or_default();
        skipped += rest.iter().take_while(|other| value - **other > limit).count();
        total += u64::try_from(y.len() - skipped).unwrap_or(0);
    }
    total
}

/// Integer that sorts as the float does.
fn order_key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

fn from_order_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::super::random::Random;
    use super::*;

    #[test]
    fn the_golden_pairs() {
        let x = [3.1, 4.5, 2.8, 6.0, 5.2, 4.9];
        let y = [2.0, 3.0, 2.5, 4.1, 3.6];
        close(hodges_lehmann(&x, &y, 0.95).unwrap().value, 1.4, "HL");
        let (x, y) = ([1.0, 1.0, 2.0, 2.0, 3.0], [1.0, 2.0, 2.0, 3.0, 3.0]);
        assert_eq!(hodges_lehmann(&x, &y, 0.95).unwrap().value, 0.0);
    }

    #[test]
    fn the_search_finds_what_sorting_all_differences_finds() {
        let mut random = Random::new(7);
        for (n, m) in [(1, 1), (2, 3), (9, 14), (40, 25)] {
            let mut draw = |n| (0..n).map(|_| (random.normal() * 4.0).round() / 4.0).collect();
            let (x, y): (Vec<f64>, Vec<f64>) = (draw(n), draw(m));
            let mut all: Vec<f64> = x.iter().flat_map(|a| y.iter().map(move |b| a - b)).collect();
            all.sort_by(f64::total_cmp);
            let half = all.len() / 2;
            let median =
                if all.len() % 2 == 1 { all[half] } else { (all[half - 1] + all[half]) / 2.0 };
            let got = hodges_lehmann(&x, &y, 0.95).unwrap();
            assert_eq!(got.value, median, "{n} {m}");
            assert!(got.lo <= got.value && got.value <= got.hi);
        }
    }

    #[test]
    fn an_empty_sample_has_no_shift() {
        assert_eq!(hodges_lehmann(&[], &[1.0], 0.95), None);
        assert_eq!(hodges_lehmann(&[f64::NAN], &[1.0], 0.95), None);
    }
}
