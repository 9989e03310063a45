//! Errors of a growing series grow with it: those of a pool that has doubled since were made at
//! half the height, and the intervals of today would come out half as wide. Whether they do, the
//! errors tell.

use super::super::number::{mean, size};
use super::back_test::OriginErrors;

/// Powers of the height that errors may grow with.
const POWERS: [f64; 3] = [0.0, 0.5, 1.0];
/// Log-likelihood that full growth must gain over none.
const GAIN: f64 = 1.0;
/// Values whose mean is the height.
const NEAR: usize = 12;

/// The errors as they would be at the height of the last values, if they grow with the height.
#[must_use]
pub fn raised(values: &[f64], origins: &[usize], errors: &[OriginErrors]) -> Vec<OriginErrors> {
    let ratios = ratios(values, origins);
    let cost = |power: &f64| misfit(&ratios, errors, *power) + GAIN * power;
    let power = POWERS.iter().copied().min_by(|a, b| cost(a).total_cmp(&cost(b)));
    let power = power.filter(|_| values.iter().all(|v| *v > 0.0)).unwrap_or(0.0);
    let raise = |(ratio, errors): (&f64, &OriginErrors)| {
        let factor = libm::pow(*ratio, power);
        errors.iter().map(|error| error * factor).collect()
    };
    ratios.iter().zip(errors).map(raise).collect()
}

/// Height now over the height at each origin.
fn ratios(values: &[f64], origins: &[usize]) -> Vec<f64> {
    let height = |end: usize| {
        let near = values.get(end.saturating_sub(NEAR)..end).unwrap_or_default();
        mean(near).filter(|height| *height > 0.0).unwrap_or(1.0)
    };
    let now = height(values.len());
    origins.iter().map(|origin| now / height(*origin)).collect()
}

/// Minus the log-likelihood that errors so many steps ahead, once raised, are of one size. The
/// steps of one origin are alike: each counts by its share.
fn misfit(ratios: &[f64], errors: &[OriginErrors], power: f64) -> f64 {
    let longest = errors.iter().map(Vec::len).max().unwrap_or(0);
    let logs: Vec<f64> = ratios.iter().map(|ratio| power * libm::log(*ratio)).collect();
    let squares: Vec<f64> = logs.iter().map(|log| libm::exp(2.0 * log)).collect();
    let at = |step: usize| {
        let (mut n, mut gained, mut sum) = (0, 0.0, 0.0);
        for ((log, square), error) in logs.iter().zip(&squares).zip(errors) {
            let Some(error) = error.get(step) else { continue };
            n += 1;
            gained += log;
            sum += error * error * square;
        }
        let variance = (sum / size(n.max(1))).max(1e-300);
        let whole = size(n) / 2.0 * libm::log(variance) - gained;
        if n < 3 { 0.0 } else { whole * size(gap(step)) / size(step + 1) }
    };
    let steps = std::iter::successors(Some(0), |step| Some(step + gap(*step)));
    steps.take_while(|step| *step < longest).map(at).sum()
}

/// Steps to the next one that is looked at; far ahead neighbours say the same.
fn gap(step: usize) -> usize {
    (step / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::super::random::Random;
    use super::*;

    /// A series that grows fourfold, and errors at 12 origins over its second half.
    fn grown(error: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<usize>, Vec<OriginErrors>) {
        let values: Vec<f64> = (0..240).map(|i| 100.0 * libm::exp(f64::from(i) / 60.0)).collect();
        let origins: Vec<usize> = (0..12).map(|i| 120 + 10 * i).collect();
        let mut random = Random::new(3);
        let mut errors = |origin: &usize| -> OriginErrors {
            (0..10).map(|_| error(values[*origin]) * random.normal()).collect()
        };
        let errors = origins.iter().map(&mut errors).collect();
        (values, origins, errors)
    }

    #[test]
    fn errors_in_percent_are_raised_to_the_height_of_today() {
        let (values, origins, errors) = grown(|height| 0.02 * height);
        let got = raised(&values, &origins, &errors);
        // The oldest origin stood 120 steps ago: e² lower.
        let factor = got[0][0] / errors[0][0];
        assert!((factor / libm::exp(2.0) - 1.0).abs() < 0.01, "{factor}");
        assert!((got[11][0] / errors[11][0] - libm::exp(1.0 / 6.0)).abs() < 0.01);
    }

    #[test]
    fn errors_of_one_size_stay_and_so_do_those_of_a_series_below_zero() {
        let (values, origins, errors) = grown(|_| 3.0);
        assert_eq!(raised(&values, &origins, &errors), errors);
        let (mut values, origins, errors) = grown(|height| 0.02 * height);
        values[5] = -1.0;
        assert_eq!(raised(&values, &origins, &errors), errors);
        assert_eq!(raised(&[], &[], &[]), Vec::<OriginErrors>::new());
    }
}
