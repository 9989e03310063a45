//! The log-rank test: are two survival curves the same? It says nothing about how they differ.

use super::number::count;
use super::special::chi_square_upper;
use super::survival::{Case, risk_sets};

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogRank {
    /// Chi-square with one degree of freedom.
    pub chi_square: f64,
    /// Its upper tail.
    pub p: f64,
}

/// Two-group log-rank test (Mantel, 1966), with left truncation; none without any event or
/// where only one group is ever at risk.
#[must_use]
pub fn log_rank(a: &[Case], b: &[Case]) -> Option<LogRank> {
    let both: Vec<Case> = a.iter().chain(b).copied().collect();
    let group = AtRisk::of(a);
    let mut difference = 0.0;
    let mut variance = 0.0;
    for (time, events, at_risk) in risk_sets(&both) {
        let (d, n) = (count(events), count(at_risk));
        let n_a = count(group.entered.below(time.max(1)) - group.left.below(time));
        let d_a = count(group.events.below(time + 1) - group.events.below(time));
        difference += d_a - d * n_a / n;
        if at_risk > 1 {
            variance += d * (n_a / n) * (1.0 - n_a / n) * (n - d) / (n - 1.0);
        }
    }
    (variance > 0.0).then(|| {
        let chi_square = difference * difference / variance;
        LogRank { chi_square, p: chi_square_upper(chi_square, 1.0) }
    })
}

/// Entries, exits and events of one group, to be asked at any time.
struct AtRisk {
    entered: Cumulative,
    left: Cumulative,
    events: Cumulative,
}

impl AtRisk {
    fn of(cases: &[Case]) -> Self {
        let valid = || cases.iter().filter(|case| case.is_valid());
        AtRisk {
            entered: Cumulative::of(valid().map(|c| (c.entry, c.weight)).collect()),
            left: Cumulative::of(valid().map(|c| (c.duration, c.weight)).collect()),
            events: Cumulative::of(
                valid().filter(|c| c.is_observed).map(|c| (c.duration, c.weight)).collect(),
            ),
        }
    }
}

/// Sorted times with the sum of the weights up to and including each.
struct Cumulative(Vec<(i64, u64)>);

impl Cumulative {
    fn of(mut weights: Vec<(i64, u64)>) -> Self {
        weights.sort_unstable();
        let mut sum = 0;
        for (_, weight) in &mut weights {
            sum += *weight;
            *weight = sum;
        }
        Cumulative(weights)
    }
    /// Sum of the weights with a time below `time`.
    fn below(&self, time: i64) -> u64 {
        let at = self.0.partition_point(|entry| entry.0 < time);
        at.checked_sub(1).and_then(|at| self.0.get(at)).map_or(0, |entry| entry.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    #[test]
    fn the_golden_pair_of_curves() {
        let a: Vec<Case> = (1..=10).map(|t| Case::new(t, ![4, 6, 8, 10].contains(&t))).collect();
        let b: Vec<Case> = (1..=10).map(|t| Case::new(3 * t, true)).collect();
        let got = log_rank(&a, &b).unwrap();
        close(got.chi_square, 3.610_878_434_246, "chi-square");
        close(got.p, 0.057_402_791_773, "p");
        // Which group is called a does not matter.
        close(log_rank(&b, &a).unwrap().chi_square, got.chi_square, "swapped");
    }

    #[test]
    fn without_events_or_without_a_second_group_there_is_no_test() {
        assert_eq!(log_rank(&[Case::new(3, false)], &[Case::new(4, false)]), None);
        assert_eq!(log_rank(&[Case::new(3, true)], &[]), None);
    }
}
