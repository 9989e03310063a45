//! Conversions between integers and floats: the only place of `stats` with numeric casts, so
//! that every cast has its reason. It never rounds a figure for people.

/// A count as float: exact below 2^53.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of rows and microseconds are below 2^53")]
pub fn count(n: u64) -> f64 {
    n as f64
}

/// A signed integer (microseconds, bytes) as float: exact below 2^53.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "microseconds and bytes are below 2^53")]
pub fn signed(n: i64) -> f64 {
    n as f64
}

/// A length or position as float.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "lengths in memory are below 2^53")]
pub fn size(n: usize) -> f64 {
    n as f64
}

/// A wide integer as float, rounded to the nearest.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "the one division at the end of an exact sum")]
pub fn wide(n: i128) -> f64 {
    n as f64
}

/// Integer part of a non-negative float; 0 for anything else.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range is checked")]
pub fn floor(x: f64) -> usize {
    if (0.0..9.0e15).contains(&x) { x as usize } else { 0 }
}

/// Nearest integer; none outside the exact range of floats.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "range is checked")]
pub fn nearest(x: f64) -> Option<i64> {
    (x.abs() < 9.0e15).then(|| libm::round(x) as i64)
}

/// A non-negative integer of a result column as count; none when negative.
#[must_use]
pub fn unsigned(n: i64) -> Option<u64> {
    u64::try_from(n).ok()
}

/// A length as an integer of a result column.
#[must_use]
pub fn length(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The float, unless it is NaN or infinite.
#[must_use]
pub fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// Arithmetic mean; none of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / size(values.len()))
}

/// Mean of the squares; 0 of nothing.
#[must_use]
pub fn mean_square(values: &[f64]) -> f64 {
    dot(values, values) / size(values.len().max(1))
}

/// Sum of products, up to the end of the shorter. Eight sums side by side: a single one would
/// wait for itself at every value.
#[must_use]
#[expect(clippy::indexing_slicing, reason = "lane < 8, the length of every array")]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len());
    let (a, b) = (a.get(..n).unwrap_or(a), b.get(..n).unwrap_or(b));
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        let mut lane = 0;
        while lane < 8 {
            sums[lane] += a[lane] * b[lane];
            lane += 1;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Sample variance with n - 1; none below two values.
#[must_use]
pub fn variance(values: &[f64]) -> Option<f64> {
    let m = mean(values)?;
    let squares: f64 = values.iter().map(|v| (v - m) * (v - m)).sum();
    (values.len() > 1).then(|| squares / (size(values.len()) - 1.0))
}

/// Median of values in any order; none of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    super::quantiles::quantile_of_sorted(&sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_products_ends_with_the_shorter_and_misses_nothing() {
        for n in [0, 1, 7, 8, 9, 16, 23] {
            let a: Vec<f64> = (1..=n).map(size).collect();
            let b = vec![2.0; n + 3];
            assert_eq!(dot(&a, &b), size(n * (n + 1)), "{n}");
            assert_eq!(dot(&b, &a), dot(&a, &b));
        }
    }
}
