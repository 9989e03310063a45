//! Scales: from values to positions, and the round values that an axis names.

/// How values are spread over the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Equal differences, equal distances.
    Linear,
    /// Equal ratios, equal distances.
    Log,
}

/// A map from a range of values to a range of positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Smallest and largest value.
    pub domain: (f64, f64),
    /// Their positions.
    pub range: (f64, f64),
    /// Linear or logarithmic.
    pub spread: Spread,
}

impl Scale {
    /// A linear scale; an empty domain is widened so that nothing is divided by zero.
    #[must_use]
    pub fn linear(domain: (f64, f64), range: (f64, f64)) -> Self {
        let (lo, hi) = domain;
        let domain = if hi > lo { domain } else { (lo - 0.5, lo + 0.5) };
        Scale { domain, range, spread: Spread::Linear }
    }

    /// A logarithmic scale; values at or below zero stand at the lower end.
    #[must_use]
    pub fn log(domain: (f64, f64), range: (f64, f64)) -> Self {
        let lo = domain.0.max(1e-9);
        let hi = if domain.1 > lo { domain.1 } else { lo * 2.0 };
        Scale { domain: (lo, hi), range, spread: Spread::Log }
    }

    /// Position of a value.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let (lo, hi) = self.domain;
        let share = match self.spread {
            Spread::Linear => (value - lo) / (hi - lo),
            Spread::Log => libm::log(value.max(lo) / lo) / libm::log(hi / lo),
        };
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// Position of a value, kept inside the axis.
    #[must_use]
    pub fn inside(&self, value: f64) -> f64 {
        let (a, b) = self.range;
        self.at(value).clamp(a.min(b), a.max(b))
    }
}

/// Smallest and largest of the finite values; none without any.
#[must_use]
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((lo, hi)) => Some((lo.min(v), hi.max(v))),
    })
}

/// A number of things as a coordinate factor.
#[must_use]
pub fn float(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Round values (1, 2, 2.5 or 5 times a power of ten apart) from at or below `lo` to at or
/// above `hi`, about `count` of them.
#[must_use]
pub fn round_ticks(lo: f64, hi: f64, count: u8) -> Vec<f64> {
    let span = if hi > lo { hi - lo } else { 1.0 };
    let rough = span / f64::from(count.max(2) - 1);
    let power = libm::pow(10.0, libm::log10(rough).floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = factors.into_iter().map(|f| f * power).find(|s| *s >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((lo / step + 1e-9).floor(), (hi / step - 1e-9).ceil());
    let mut ticks = Vec::new();
    let mut at = first;
    while at <= last && ticks.len() < 50 {
        // Multiplying keeps 0.995 exact where adding steps would not.
        ticks.push(round_to(at * step, step));
        at += 1.0;
    }
    ticks
}

/// Removes the dust of binary fractions: 0.9950000000000001 is a poor tick.
fn round_to(value: f64, step: f64) -> f64 {
    let grain = libm::pow(10.0, libm::log10(step).floor() - 3.0);
    let rounded = (value / grain).round() * grain;
    format!("{rounded:.12}").parse().unwrap_or(value)
}

/// Decimals that a percent axis with these ticks needs.
#[must_use]
pub fn percent_digits(ticks: &[f64]) -> usize {
    (0..4)
        .find(|digits| {
            ticks.iter().all(|t| {
                let shown: f64 = format!("{:.digits$}", t * 100.0).parse().unwrap_or(0.0);
                (shown - t * 100.0).abs() < 1e-7
            })
        })
        .unwrap_or(4)
}

/// Durations in seconds that people think in; the ones within the range, and one below it.
#[must_use]
pub fn duration_ticks(lo: f64, hi: f64) -> Vec<f64> {
    const ROUND: [f64; 23] = [
        1.0,
        5.0,
        15.0,
        60.0,
        300.0,
        900.0,
        1800.0,
        3600.0,
        7200.0,
        14_400.0,
        28_800.0,
        43_200.0,
        86_400.0,
        172_800.0,
        345_600.0,
        604_800.0,
        1_209_600.0,
        2_592_000.0,
        5_184_000.0,
        7_776_000.0,
        15_552_000.0,
        31_536_000.0,
        63_072_000.0,
    ];
    ROUND.into_iter().filter(|t| *t >= lo && *t <= hi).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        let cases: [(f64, f64, u8, &[f64]); 4] = [
            (0.9839, 0.9993, 5, &[0.98, 0.985, 0.99, 0.995, 1.0]),
            (490.0, 1336.0, 6, &[400.0, 600.0, 800.0, 1000.0, 1200.0, 1400.0]),
            (0.0, 61.0, 5, &[0.0, 20.0, 40.0, 60.0, 80.0]),
            (0.0, 0.0, 3, &[0.0]),
        ];
        for (lo, hi, count, want) in cases {
            assert_eq!(round_ticks(lo, hi, count), want, "{lo} to {hi}");
        }
    }

    #[test]
    fn the_axis_names_as_many_decimals_as_its_ticks_have() {
        assert_eq!(percent_digits(&[0.98, 0.985, 0.99]), 1);
        assert_eq!(percent_digits(&[0.0, 0.5, 1.0]), 0);
        assert_eq!(percent_digits(&[0.9925, 0.995]), 2);
    }

    #[test]
    fn a_log_scale_puts_equal_ratios_at_equal_distances() {
        let scale = Scale::log((900.0, 86_400.0), (0.0, 100.0));
        let (one, four) = (scale.at(3600.0) - scale.at(900.0), scale.at(14_400.0));
        assert!((four - scale.at(3600.0) - one).abs() < 1e-9);
        assert!(scale.at(0.0).abs() < 1e-9, "zero stands at the lower end");
    }
}
