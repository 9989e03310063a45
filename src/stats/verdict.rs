//! The four verdicts for a rate target. Rate and target are compared in integers (995 of 1000 is
//! not below 99.5 %); bounds are exact. There is no fifth colour and never only two.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::error::Error;

use super::clusters::{Night, design_effect, effective};
use super::number::count;
use super::proportion::{Interval, clopper_pearson, clopper_pearson_real};
use super::special::beta_reg;

/// Above this design effect a verdict rests on the effective numbers.
pub const DEFF_LIMIT: f64 = 1.5;

/// Which side of the target is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `>=`: success shares.
    AtLeast,
    /// `<=`: failure shares.
    AtMost,
}

/// A target as exact fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Which side is good.
    pub direction: Direction,
    /// Numerator.
    pub num: u64,
    /// Denominator, a power of ten up to 10^9.
    pub den: u64,
}

impl Target {
    /// The target as float.
    #[must_use]
    pub fn value(self) -> f64 {
        count(self.num) / count(self.den)
    }
    /// A target from a direction and a decimal number such as `0.995`; none outside 0..=1 or
    /// with more than nine decimals.
    #[must_use]
    pub fn parse_number(direction: Direction, text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > 9 {
            return None;
        }
        let den = 10_u64.checked_pow(u32::try_from(decimals.len()).ok()?)?;
        let num: u64 = format!("{whole}{decimals}").parse().ok()?;
        (num <= den).then_some(Target { direction, num, den })
    }
    /// A target from a float of a result column, to nine decimals; none outside 0..=1.
    #[must_use]
    pub fn from_value(direction: Direction, value: f64) -> Option<Self> {
        let num = super::number::nearest(value * 1e9).and_then(super::number::unsigned)?;
        (num <= 1_000_000_000).then_some(Target { direction, num, den: 1_000_000_000 })
    }
    /// Rate against target: `Less` = on the bad side, however little.
    fn compare(self, k: u64, n: u64) -> Ordering {
        let rate = u128::from(k) * u128::from(self.den);
        let target = u128::from(self.num) * u128::from(n);
        match self.direction {
            Direction::AtLeast => rate.cmp(&target),
            Direction::AtMost => target.cmp(&rate),
        }
    }
}

impl FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (direction, number) = split(text)?;
        Target::parse_number(direction, number).ok_or_else(|| bad_target(text))
    }
}

/// Splits `>= 0.995` or `>= target_ratio` into direction and the rest.
///
/// # Errors
/// When it does not begin with `>=` or `<=`.
pub fn split(text: &str) -> Result<(Direction, &str), Error> {
    let trimmed = text.trim();
    if let Some(rest) = trimmed.strip_prefix(">=") {
        Ok((Direction::AtLeast, rest.trim()))
    } else if let Some(rest) = trimmed.strip_prefix("<=") {
        Ok((Direction::AtMost, rest.trim()))
    } else {
        Err(bad_target(text))
    }
}

/// The error of a text that is not a target.
#[must_use]
pub fn bad_target(text: &str) -> Error {
    Error::config(format!("`{text}` is not a target"))
        .hint("write  \">= 0.995\"  or  \"<= 0.05\": a share from 0 to 1, at most nine decimals")
}

/// Verdict of one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Worse than the target, more than chance explains.
    Breach,
    /// Worse than the target on paper, not confidently.
    Watch,
    /// Proven.
    Meets,
    /// On the good side, not proven.
    TooFewRuns,
    /// The data cannot say.
    NotAssessable,
}

impl Verdict {
    /// All verdicts, worst first.
    pub const ALL: [Verdict; 5] = [
        Verdict::Breach,
        Verdict::Watch,
        Verdict::NotAssessable,
        Verdict::TooFewRuns,
        Verdict::Meets,
    ];
    /// Word in result columns and templates.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Breach => "breach",
            Verdict::Watch => "watch",
            Verdict::Meets => "meets",
            Verdict::TooFewRuns => "too_few_runs",
            Verdict::NotAssessable => "not_assessable",
        }
    }
}

/// What a verdict rests on; [`verdict4`] turns it into a word once the family's tests are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assessment {
    /// Bounds of the rate.
    pub interval: Interval,
    /// True when the bounds are Korn-Graubard, on effective numbers.
    pub is_clustered: bool,
    /// Design effect, when nights were given and at least two had trials.
    pub deff: Option<f64>,
    /// Effective trials: n, or n* when clustered.
    pub n_effective: f64,
    /// One-sided exact p of "at least as bad as this, were the target just met".
    pub p: f64,
    /// Rate against target, in integers; `Less` is the bad side.
    side: Ordering,
    target: Target,
}

/// Assesses `k` of `n` against a target. `nights` (failures = n − k of each night) switch to
/// Korn-Graubard when their design effect exceeds [`DEFF_LIMIT`]. `confidence` 0.95 for
/// two-sided bounds, 0.90 for a one-sided rule at the same level. None without trials.
#[must_use]
pub fn assess(
    k: u64,
    n: u64,
    target: Target,
    nights: &[Night],
    confidence: f64,
) -> Option<Assessment> {
    let exact = clopper_pearson(k, n, confidence)?;
    let deff = design_effect(nights);
    let clustered = effective(nights, confidence).filter(|_| deff > Some(DEFF_LIMIT));
    let (interval, n_effective, bad) = match (clustered, target.direction) {
        (Some(e), _) => {
            let interval = clopper_pearson_real(e.n - e.failed, e.n, confidence);
            let bad = match target.direction {
                Direction::AtLeast => e.failed,
                Direction::AtMost => e.n - e.failed,
            };
            (interval, e.n, bad)
        }
        (None, Direction::AtLeast) => (exact, count(n), count(n - k)),
        (None, Direction::AtMost) => (exact, count(n), count(k)),
    };
    let bad_share = match target.direction {
        Direction::AtLeast => count(target.den - target.num) / count(target.den),
        Direction::AtMost => target.value(),
    };
    let p = if bad > 0.0 { beta_reg(bad, n_effective - bad + 1.0, bad_share) } else { 1.0 };
    let is_clustered = clustered.is_some();
    let side = target.compare(k, n);
    Some(Assessment { interval, is_clustered, deff, n_effective, p, side, target })
}

/// Least number of trials without a single bad one that proves the target (736 for 99.5 % at
/// two-sided 95 %); none when no number does.
#[must_use]
pub fn runs_needed(target: Target, confidence: f64) -> Option<u64> {
    let good = match target.direction {
        Direction::AtLeast => target.value(),
        Direction::AtMost => 1.0 - target.value(),
    };
    if !(good > 0.0 && good < 1.0) {
        return None;
    }
    let n = libm::log((1.0 - confidence) / 2.0) / libm::log(good);
    super::number::nearest(libm::ceil(n)).and_then(super::number::unsigned)
}

/// The verdict; `is_kept` says whether Benjamini-Hochberg kept the row's p in its family.
#[must_use]
pub fn verdict4(assessment: &Assessment, is_kept: bool) -> Verdict {
    let target = assessment.target.value();
    let Interval { lo, hi } = assessment.interval;
    let (is_worse, is_proven) = match assessment.target.direction {
        Direction::AtLeast => (hi < target, lo >= target),
        Direction::AtMost => (lo > target, hi <= target),
    };
    if is_worse && is_kept {
        Verdict::Breach
    } else if is_proven {
        Verdict::Meets
    } else if assessment.side == Ordering::Less {
        Verdict::Watch
    } else {
        Verdict::TooFewRuns
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    /// Verdict in a family of one, where BH keeps p < 0.05.
    fn alone(k: u64, n: u64, target: &str) -> &'static str {
        let target: Target = target.parse().unwrap();
        let assessment = assess(k, n, target, &[], 0.95).unwrap();
        verdict4(&assessment, assessment.p <= 0.05).word()
    }

    #[test]
    fn verdicts_at_99_5_percent_match_the_goldens() {
        let table = [
            (92, 92, "too_few_runs"),
            (91, 92, "watch"),
            (90, 92, "watch"),
            (89, 92, "breach"),
            (735, 735, "too_few_runs"),
            (736, 736, "meets"),
            (1000, 1000, "meets"),
            (999, 1000, "too_few_runs"),
            (995, 1000, "too_few_runs"),
            (994, 1000, "watch"),
            (990, 1000, "watch"),
            (989, 1000, "breach"),
        ];
        for (k, n, want) in table {
            assert_eq!(alone(k, n, ">= 0.995"), want, "{k}/{n}");
            // The same rate seen as failures under a ceiling.
            assert_eq!(alone(n - k, n, "<= 0.005"), want, "{}/{n} failed", n - k);
        }
    }

    #[test]
    fn breach_and_meets_begin_at_the_golden_failure_counts() {
        let table = [
            (365, 6, None),
            (736, 9, Some(0)),
            (1000, 11, Some(0)),
            (2000, 18, Some(3)),
            (5000, 36, Some(15)),
        ];
        for (n, breach_from, meets_to) in table {
            let verdict = |failed: u64| alone(n - failed, n, ">= 0.995");
            let first_breach = (0..=n).find(|&f| verdict(f) == "breach");
            assert_eq!(first_breach, Some(breach_from), "{n}");
            let last_meets = (0..60).rev().find(|&f| verdict(f) == "meets");
            assert_eq!(last_meets, meets_to, "{n}");
        }
    }

    #[test]
    fn the_least_number_of_clean_runs_matches_the_golden() {
        let target: Target = ">= 0.995".parse().unwrap();
        assert_eq!(runs_needed(target, 0.95), Some(736));
        assert_eq!(runs_needed(target, 0.90), Some(598));
        assert_eq!(runs_needed("<= 0.005".parse().unwrap(), 0.95), Some(736));
        assert_eq!(runs_needed(">= 1".parse().unwrap(), 0.95), None);
    }

    #[test]
    fn the_p_value_is_the_exact_binomial_tail() {
        let target: Target = ">= 0.995".parse().unwrap();
        close(assess(89, 92, target, &[], 0.95).unwrap().p, 0.011_278_661_403, "89/92");
        assert_eq!(assess(92, 92, target, &[], 0.95).unwrap().p, 1.0);
        assert_eq!(assess(0, 0, target, &[], 0.95), None);
    }

    #[test]
    fn a_compliant_system_is_rarely_called_a_breach() {
        // Shares of quarters with 92 runs, exact: below target on paper, and breach by verdict.
        let table = [(0.996, 0.31, 0.006), (0.998, 0.17, 0.0009), (0.999, 0.09, 0.0001)];
        let first_breach = (0..92).find(|&f| alone(92 - f, 92, ">= 0.995") == "breach").unwrap();
        for (rate, on_paper, breach) in table {
            let tail = |failed: u64| beta_reg(count(failed), count(93 - failed), 1.0 - rate);
            assert!((tail(1) - on_paper).abs() < 0.005, "{rate}: {}", tail(1));
            assert!((tail(first_breach) - breach).abs() < 0.5 * breach, "{}", tail(first_breach));
        }
    }

    #[test]
    fn a_bad_night_turns_a_breach_into_watch() {
        let night = |failed| Night { failed, n: 20 };
        let mut nights = vec![night(0); 8];
        nights.extend([night(6), night(1)]);
        let target: Target = ">= 0.995".parse().unwrap();
        assert_eq!(alone(193, 200, ">= 0.995"), "breach");
        let clustered = assess(193, 200, target, &nights, 0.95).unwrap();
        assert!(clustered.is_clustered);
        close(clustered.n_effective, 28.783_391_062_391, "n*");
        assert_eq!(verdict4(&clustered, clustered.p <= 0.05), Verdict::Watch);
    }

    #[test]
    fn a_target_keeps_its_decimals_and_refuses_what_is_not_a_share() {
        let target: Target = ">= 0.995".parse().unwrap();
        assert_eq!((target.num, target.den), (995, 1000));
        for bad in ["0.995", "> 0.9", ">= 1.1", ">= 99.5", ">= -0.1", ">= ", ">= 0.1234567891"] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }
}
