//! Seasonal and trend decomposition by loess (STL; Cleveland, Cleveland, McRae, Terpenning, 1990)
//! and its repetition for several periods (MSTL; Bandara, Hyndman, Bergmeir, 2021). Not robust:
//! outliers are the business of the changepoints.

use super::super::number::{floor, size};

/// Smooths evenly spaced values by local lines (`degree` 1) or means (0) with tricube weights;
/// `window` values count for each. Evaluated at every `jump`-th value and joined by lines.
#[must_use]
pub fn loess(values: &[f64], window: usize, jump: usize, degree: u8) -> Vec<f64> {
    let n = values.len();
    let jump = jump.clamp(1, n.max(1));
    let last = n.saturating_sub(1);
    let kernel = kernel(window, n);
    let half = kernel.len() / 2;
    let at = |at: usize| {
        let inside = at.checked_sub(half).and_then(|start| values.get(start..=at + half));
        match inside.filter(|_| !kernel.is_empty()) {
            // The same weights on both sides: a line and a mean agree.
            Some(near) => near.iter().zip(&kernel).map(|(v, w)| v * w).sum(),
            None => local(values, size(at), window, degree),
        }
    };
    if jump == 1 {
        return (0..n).map(at).collect();
    }
    let mut knots: Vec<(usize, f64)> = (0..n).step_by(jump).map(|i| (i, at(i))).collect();
    if !last.is_multiple_of(jump) {
        knots.push((last, at(last)));
    }
    let mut smooth = Vec::with_capacity(n);
    for pair in knots.windows(2) {
        if let [(a, from), (b, to)] = pair {
            let rise = (to - from) / size(b - a);
            smooth.extend((0..b - a).map(|i| from + rise * size(i)));
        }
    }
    smooth.extend(knots.last().map(|k| k.1));
    smooth
}

/// Tricube weights of a whole window, which sum to 1; empty when it is even or does not fit.
fn kernel(window: usize, n: usize) -> Vec<f64> {
    if window > n || window.is_multiple_of(2) || window < 3 {
        return Vec::new();
    }
    let half = window / 2;
    let weight = |i: usize| {
        let r = size(i.abs_diff(half)) / size(half);
        let cube = 1.0 - r * r * r;
        if r < 0.999 { cube * cube * cube } else { 0.0 }
    };
    let weights: Vec<f64> = (0..window).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|w| w / sum).collect()
}

/// Value at `x` (may lie outside) of the local line.
fn local(values: &[f64], x: f64, window: usize, degree: u8) -> f64 {
    let n = values.len();
    let width = window.clamp(2, n.max(2));
    let half = size(width - 1) / 2.0;
    let start = floor((x - half + 0.5).clamp(0.0, size(n.saturating_sub(width))));
    let end = (start + width).min(n);
    let first = size(start);
    let reach = (x - first).max(size(end) - 1.0 - x);
    // A window wider than the series reaches further out, as in the original.
    let reach = reach + size(window.saturating_sub(n) / 2);
    let (mut sw, mut sx, mut sy, mut sxx, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut d = first - x;
    for value in values.get(start..end).unwrap_or_default() {
        let r = d.abs() / reach;
        if r < 0.999 {
            let cube = 1.0 - r * r * r;
            let w = cube * cube * cube;
            let wd = w * d;
            sw += w;
            sx += wd;
            sy += w * value;
            sxx += wd * d;
            sxy += wd * value;
        }
        d += 1.0;
    }
    let spread = sw * sxx - sx * sx;
    if degree > 0 && spread > 1e-9 * sw * sw * reach * reach {
        (sxx * sy - sx * sxy) / spread
    } else if sw > 0.0 {
        sy / sw
    } else {
        0.0
    }
}

/// Mean of each `width` neighbours: shorter by `width - 1`.
#[must_use]
pub fn moving_mean(values: &[f64], width: usize) -> Vec<f64> {
    let mut sum: f64 = values.iter().take(width).sum();
    // A product costs a fraction of a division.
    let share = 1.0 / size(width);
    let mut means = Vec::with_capacity(values.len());
    means.push(sum * share);
    means.extend(values.iter().zip(values.iter().skip(width)).map(|(old, new)| {
        sum += new - old;
        sum * share
    }));
    means
}

/// Windows of one decomposition.
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    /// Period.
    pub period: usize,
    /// Cycles that count for one seasonal value; odd.
    pub cycles: usize,
    /// deg
    pub degree: u8,
    /// inner
    pub inner: u8,
}

/// Seasonal component by STL with two inner rounds.
#[must_use]
pub fn seasonal(values: &[f64], windows: Windows) -> Vec<f64> {
    let Windows { period, cycles, degree, inner } = windows;
    let n = values.len();
    let odd = |x: f64| floor(libm::ceil(x)) | 1;
    let trend_window = odd(1.5 * size(period) / (1.0 - 1.5 / size(cycles)));
    let low_window = period | 1;
    let mut trend = vec![0.0; n];
    let mut season = vec![0.0; n];
    for _ in 0..inner {
        let flat: Vec<f64> = values.iter().zip(&trend).map(|(v, t)| v - t).collect();
        let long = cycle_subseries(&flat, period, cycles, degree);
        let low = moving_mean(&moving_mean(&moving_mean(&long, period), period), 3);
        let low = loess(&low, low_window, low_window.div_ceil(10), 1);
        season = long.iter().skip(period).zip(&low).take(n).map(|(long, low)| long - low).collect();
        let rest: Vec<f64> = values.iter().zip(&season).map(|(v, s)| v - s).collect();
        trend = loess(&rest, trend_window, trend_window.div_ceil(10), 1);
    }
    season
}

/// Each phase of the cycle smoothed over the cycles, with one cycle more at either end.
fn cycle_subseries(values: &[f64], period: usize, cycles: usize, degree: u8) -> Vec<f64> {
    let n = values.len();
    let mut long = vec![0.0; n + 2 * period];
    for phase in 0..period {
        let own: Vec<f64> = values.iter().skip(phase).step_by(period).copied().collect();
        let before = local(&own, -1.0, cycles, degree);
        let after = local(&own, size(own.len()), cycles, degree);
        let smooth = std::iter::once(before).chain(loess(&own, cycles, 1, degree)).chain([after]);
        for (slot, value) in long.iter_mut().skip(phase).step_by(period).zip(smooth) {
            *slot = value;
        }
    }
    long
}

/// Seasonal components for several periods (ascending), each found on what the others leave;
/// `cycles` as in MSTL: 11 for the shortest, 4 more for each longer one.
#[must_use]
pub fn seasonals(values: &[f64], periods: &[usize]) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = vec![vec![0.0; values.len()]; periods.len()];
    let rounds = if periods.len() > 1 { 2 } else { 1 };
    let mut rest = values.to_vec();
    for _ in 0..rounds {
        for (i, (period, own)) in periods.iter().zip(&mut found).enumerate() {
            rest.iter_mut().zip(own.iter()).for_each(|(r, s)| *r += s);
            *own = seasonal(
                &rest,
                Windows { period: *period, cycles: 11 + 4 * i, degree: 0, inner: 2 },
            );
            rest.iter_mut().zip(own.iter()).for_each(|(r, s)| *r -= s);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_its_own_smooth_also_at_the_ends_and_between_knots() {
        let line: Vec<f64> = (0..40).map(|i| 3.0 - 0.5 * f64::from(i)).collect();
        for (window, jump) in [(7, 1), (11, 4), (99, 10)] {
            for (got, want) in loess(&line, window, jump, 1).iter().zip(&line) {
                assert!((got - want).abs() < 1e-9, "{window} {jump}: {got} {want}");
            }
        }
    }

    #[test]
    fn two_planted_seasons_are_told_apart() {
        let short = [3.0, 0.0, -3.0];
        let long: Vec<f64> = (0..12).map(|i| if i < 6 { 5.0 } else { -5.0 }).collect();
        let values: Vec<f64> =
            (0..240).map(|i| 100.0 + 0.1 * size(i) + short[i % 3] + long[i % 12]).collect();
        let found = seasonals(&values, &[3, 12]);
        // Far from the ends both together are what was planted.
        for i in 60..180 {
            let got = found[0][i] + found[1][i];
            assert!((got - short[i % 3] - long[i % 12]).abs() < 0.3, "{i}: {got}");
        }
    }
}
