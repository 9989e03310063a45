//! Durations with open cases: Kaplan-Meier with left truncation, the median's interval after
//! Brookmeyer and Crowley on the log-log band, and the restricted mean. Times are integers
//! (microseconds), so ties are exact: events come before censorings, and a case is at risk at t
//! only when it entered before t. Leaving out the open cases instead would make every figure
//! too short.

use super::number::{count, signed};
use super::special::two_sided_z;

/// One case, possibly standing for several equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Time from origin to event or to the end of observation.
    pub duration: i64,
    /// False: still open at `duration`.
    pub is_observed: bool,
    /// Time from origin at which observation began; 0 when observed from the start.
    pub entry: i64,
    /// Number of equal cases.
    pub weight: u64,
}

impl Case {
    /// A case observed from its origin.
    #[must_use]
    pub fn new(duration: i64, is_observed: bool) -> Self {
        Case { duration, is_observed, entry: 0, weight: 1 }
    }
    /// True when the case can be at risk at all.
    pub(super) fn is_valid(&self) -> bool {
        self.duration >= 0 && self.entry < self.duration.max(1)
    }
}

/// One step of the curve, at a time with events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepAt {
    /// Time.
    pub time: i64,
    /// Cases at risk just before.
    pub at_risk: u64,
    /// Events.
    pub events: u64,
    /// S(t), from here to the next step.
    pub survival: f64,
    /// Greenwood's sum Σ d/(n(n−d)) up to here; infinite where S is 0.
    pub greenwood: f64,
}

impl StepAt {
    /// Log-log band of S at this step.
    #[must_use]
    pub fn band(&self, confidence: f64) -> (f64, f64) {
        if self.survival <= 0.0 {
            return (0.0, 0.0);
        }
        if self.survival >= 1.0 {
            return (1.0, 1.0);
        }
        let log = libm::log(self.survival);
        let spread = two_sided_z(confidence) * libm::sqrt(self.greenwood) / log.abs();
        let power = |sign: f64| libm::exp(log * libm::exp(sign * spread));
        (power(1.0), power(-1.0))
    }
}

/// The Kaplan-Meier curve: its steps in order of time.
#[must_use]
pub fn kaplan_meier(cases: &[Case]) -> Vec<StepAt> {
    let mut survival = 1.0;
    let mut greenwood = 0.0;
    let step = |(time, events, at_risk): (i64, u64, u64)| {
        let (d, n) = (count(events), count(at_risk));
        survival *= (n - d) / n;
        greenwood += if at_risk > events { d / (n * (n - d)) } else { f64::INFINITY };
        StepAt { time, at_risk, events, survival, greenwood }
    };
    risk_sets(cases).into_iter().map(step).collect()
}

/// Event times with events and the number at risk, by one sweep over sorted times.
pub(super) fn risk_sets(cases: &[Case]) -> Vec<(i64, u64, u64)> {
    let valid = || cases.iter().filter(|case| case.is_valid());
    let mut entries: Vec<(i64, u64)> = valid().map(|c| (c.entry, c.weight)).collect();
    let mut exits: Vec<(i64, bool, u64)> =
        valid().map(|c| (c.duration, c.is_observed, c.weight)).collect();
    entries.sort_unstable();
    exits.sort_unstable();
    let mut entries = entries.into_iter().peekable();
    let (mut entered, mut left) = (0, 0);
    let mut sets = Vec::new();
    for chunk in exits.chunk_by(|a, b| a.0 == b.0) {
        let time = chunk.first().map_or(0, |exit| exit.0);
        // Entry before t; a duration of 0 counts as observed just after its origin.
        while let Some((_, weight)) = entries.next_if(|entry| entry.0 < time.max(1)) {
            entered += weight;
        }
        let events: u64 = chunk.iter().filter(|exit| exit.1).map(|exit| exit.2).sum();
        if events > 0 {
            sets.push((time, events, entered - left));
        }
        left += chunk.iter().map(|exit| exit.2).sum::<u64>();
    }
    sets
}

/// S(t) of a curve.
#[must_use]
pub fn survival_at(curve: &[StepAt], time: i64) -> f64 {
    curve.iter().take_while(|step| step.time <= time).last().map_or(1.0, |step| step.survival)
}

/// Tolerance of "S(t) ≤ q": products of fractions carry rounding of this order.
const DUST: f64 = 1e-12;

/// Smallest time by which the share `q` has had the event; none when not reached.
#[must_use]
pub fn time_to(curve: &[StepAt], q: f64) -> Option<i64> {
    curve.iter().find(|step| step.survival <= 1.0 - q + DUST).map(|step| step.time)
}

/// Bounds of that time (Brookmeyer and Crowley, 1982, on the log-log band); each is none where
/// the band never gets there.
#[must_use]
pub fn time_to_ci(curve: &[StepAt], q: f64, confidence: f64) -> (Option<i64>, Option<i64>) {
    let first = |pick: fn((f64, f64)) -> f64| {
        let is_there = |step: &&StepAt| pick(step.band(confidence)) <= 1.0 - q + DUST;
        curve.iter().find(is_there).map(|step| step.time)
    };
    (first(|band| band.0), first(|band| band.1))
}

/// Restricted mean and its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RestrictedMean {
    /// ∫ S from 0 to τ.
    pub mean: f64,
    /// √ ΣA² d/(n(n−d)) with A = ∫ S from the step to τ.
    pub standard_error: f64,
}

/// Mean time until the event or `tau`, whichever comes first. Groups are compared at one τ.
#[must_use]
pub fn rmst(curve: &[StepAt], tau: i64) -> RestrictedMean {
    let mut area = 0.0;
    let mut variance = 0.0;
    let mut end = tau;
    for step in curve.iter().rev().filter(|step| step.time < tau) {
        area += signed(end - step.time) * step.survival;
        if step.at_risk > step.events {
            let (d, n) = (count(step.events), count(step.at_risk));
            variance += area * area * d / (n * (n - d));
        }
        end = step.time;
    }
    RestrictedMean { mean: area + signed(end), standard_error: libm::sqrt(variance) }
}

#[cfg(test)]
mod tests {
    use super::super::golden::{close, golden, numbers};
    use super::super::log_rank::log_rank;
    use super::super::number::nearest;
    use super::*;

    fn closed(times: &[i64]) -> Vec<Case> {
        times.iter().map(|&t| Case::new(t, true)).collect()
    }

    fn golden_a() -> Vec<Case> {
        (1..=10).map(|t| Case::new(t, ![4, 6, 8, 10].contains(&t))).collect()
    }

    #[test]
    fn golden_a_with_four_open_cases() {
        let curve = kaplan_meier(&golden_a());
        close(survival_at(&curve, 5), 0.583_333_333_333, "S(5)");
        close(survival_at(&curve, 7), 0.4375, "S(7)");
        close(survival_at(&curve, 9), 0.21875, "S(9)");
        assert_eq!(time_to(&curve, 0.5), Some(7));
        assert_eq!(time_to_ci(&curve, 0.5, 0.95), (Some(1), None));
        let (lo, hi) = curve.iter().find(|step| step.time == 7).unwrap().band(0.95);
        close(lo, 0.118_715_218, "band lo");
        close(hi, 0.725_648_792, "band hi");
        let mean = rmst(&curve, 10);
        close(mean.mean, 6.360_416_666_667, "rmst");
        close(mean.standard_error, 1.062_443_183_394, "se");
        // Dropping the open cases gives a median of 4: 43 % too low.
        let resolved = [1.0, 2.0, 3.0, 5.0, 7.0, 9.0];
        assert_eq!(super::super::quantiles::quantile_of_sorted(&resolved, 0.5), Some(4.0));
    }

    #[test]
    fn golden_b_counts_an_event_before_a_censoring_at_the_same_time() {
        let mut cases = closed(&[3, 5, 8]);
        cases.push(Case::new(5, false));
        let curve = kaplan_meier(&cases);
        close(survival_at(&curve, 3), 0.75, "S(3)");
        close(survival_at(&curve, 5), 0.5, "S(5)");
        close(survival_at(&curve, 8), 0.0, "S(8)");
        assert_eq!(time_to(&curve, 0.5), Some(5));
        close(rmst(&curve, 8).mean, 6.0, "rmst");
    }

    #[test]
    fn golden_c_with_late_entries() {
        let rows = [(5, 0, true), (7, 6, true), (9, 0, true), (12, 8, true), (14, 0, false)];
        let cases: Vec<Case> = rows
            .iter()
            .map(|&(duration, entry, is_observed)| Case { duration, is_observed, entry, weight: 1 })
            .collect();
        let curve = kaplan_meier(&cases);
        let want = [(5, 2.0 / 3.0), (7, 4.0 / 9.0), (9, 8.0 / 27.0), (12, 4.0 / 27.0)];
        for (time, s) in want {
            close(survival_at(&curve, time), s, "S");
        }
        assert_eq!(time_to(&curve, 0.5), Some(7));
    }

    #[test]
    fn golden_d_open_cases_double_the_median() {
        let mut cases = closed(&[1, 2, 2, 3, 5, 6, 9]);
        let resolved = kaplan_meier(&cases);
        assert_eq!(time_to(&resolved, 0.5), Some(3));
        cases.push(Case { weight: 4, ..Case::new(20, false) });
        let curve = kaplan_meier(&cases);
        assert_eq!(time_to(&curve, 0.5), Some(6));
        close(rmst(&curve, 20).mean, 9.818_181_818_182, "rmst");
    }

    #[test]
    fn curves_bands_truncation_and_log_rank_agree_with_lifelines() {
        for case in golden("survival").as_array().unwrap() {
            let ints = |key: &str| -> Vec<i64> {
                numbers(&case[key]).into_iter().map(|v| nearest(v).unwrap()).collect()
            };
            let (duration, seen, entry) = (ints("duration"), ints("seen"), ints("entry"));
            let cases: Vec<Case> =
                duration.iter().zip(&seen).map(|(d, s)| Case::new(*d, *s == 1)).collect();
            let truncated: Vec<Case> =
                cases.iter().zip(&entry).map(|(c, e)| Case { entry: *e, ..*c }).collect();
            let (curve, late) = (kaplan_meier(&cases), kaplan_meier(&truncated));
            let column = |key: &str| numbers(&case[key]);
            let (s, lo, hi) = (column("s"), column("lo"), column("hi"));
            let s_late = column("s_truncated");
            for (i, time) in ints("times").into_iter().enumerate() {
                close(survival_at(&curve, time), s[i], "S");
                let band = curve.iter().find(|step| step.time == time).unwrap().band(0.95);
                close(band.0, lo[i], "lo");
                close(band.1, hi[i], "hi");
                close(survival_at(&late, time), s_late[i], "S with entries");
            }
            let (a, b) = cases.split_at(cases.len() / 2);
            let test = log_rank(a, b).unwrap();
            close(test.chi_square, case["log_rank"].as_f64().unwrap(), "chi-square");
            close(test.p, case["log_rank_p"].as_f64().unwrap(), "p");
        }
    }

    #[test]
    fn nothing_and_only_open_cases_have_no_median() {
        assert!(kaplan_meier(&[]).is_empty());
        let curve = kaplan_meier(&[Case::new(4, false)]);
        assert_eq!(time_to(&curve, 0.5), None);
        close(rmst(&curve, 4).mean, 4.0, "all survive");
    }

    #[test]
    fn an_event_at_time_zero_counts() {
        let curve = kaplan_meier(&[Case::new(0, true), Case::new(2, true)]);
        close(survival_at(&curve, 0), 0.5, "S(0)");
    }
}
