//! Mix-adjusted rates: what would the total be, had the mix of strata stayed as in the base
//! period? Opposite signs of crude and adjusted change are Simpson's paradox.

use super::number::count;
use super::proportion::share;

/// One stratum in the base period and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stratum {
    /// Successes and trials in the base period.
    pub base: (u64, u64),
    /// Successes and trials now.
    pub now: (u64, u64),
}

/// Crude and adjusted change of a total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Σk/Σn of the base, over the strata that exist now too.
    pub base: f64,
    /// Σk/Σn now.
    pub crude: f64,
    /// Σ w p with the base period's weights.
    pub adjusted: f64,
    /// True when crude and adjusted change have opposite signs.
    pub is_simpson: bool,
    /// Share of the base weight whose stratum has no trials now and had to be left out.
    pub lost_weight: f64,
}

/// Standardises to the base period's trials. None when either period has no trials, or no
/// stratum has trials in both.
#[must_use]
pub fn standardise(strata: &[Stratum]) -> Option<Adjusted> {
    let sum = |pick: fn(&Stratum) -> u64| strata.iter().map(pick).sum::<u64>();
    let crude = share(sum(|s| s.now.0), sum(|s| s.now.1))?;
    let base_crude = share(sum(|s| s.base.0), sum(|s| s.base.1))?;
    let both = || strata.iter().filter(|s| s.base.1 > 0 && s.now.1 > 0);
    let weight: u64 = both().map(|s| s.base.1).sum();
    let base = share(both().map(|s| s.base.0).sum(), weight)?;
    let part = |s: &Stratum| share(s.now.0, s.now.1).map(|p| p * count(s.base.1));
    let adjusted = both().filter_map(part).sum::<f64>() / count(weight);
    Some(Adjusted {
        base,
        crude,
        adjusted,
        is_simpson: (crude - base_crude) * (adjusted - base) < 0.0,
        lost_weight: 1.0 - count(weight) / count(sum(|s| s.base.1)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    #[test]
    fn a_total_that_falls_while_every_tier_rises_is_flagged() {
        let strata = [
            Stratum { base: (990, 1000), now: (496, 500) },
            Stratum { base: (90, 100), now: (455, 500) },
        ];
        let got = standardise(&strata).unwrap();
        close(got.base, 1080.0 / 1100.0, "base");
        close(got.crude, 0.951, "crude");
        close(got.adjusted, 0.984_545_454_545, "adjusted");
        assert!(got.is_simpson);
    }

    #[test]
    fn a_stratum_that_vanished_is_left_out_and_said() {
        let strata =
            [Stratum { base: (9, 10), now: (10, 10) }, Stratum { base: (10, 10), now: (0, 0) }];
        let got = standardise(&strata).unwrap();
        close(got.lost_weight, 0.5, "lost");
        close(got.adjusted, 1.0, "adjusted");
        assert_eq!(standardise(&strata[1..]), None);
        assert_eq!(standardise(&[]), None);
    }
}
