//! When is a limit reached? The first crossing of each sample path is a date; the quantiles of
//! these dates are the answer. Planned additions come true on a path with their probability.

use std::collections::BTreeMap;

use super::super::number::size;
use super::super::quantiles::quantile_of_sorted;
use super::super::random::Random;
use super::paths::Paths;
use super::prospect::{Course, Line, Prospect};
use super::question::{Addition, Limit};

/// When a share of the limit is reached: steps after the last value, with fractions.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// Share of the limit that is reached; 1 = full.
    pub share: f64,
    /// One path in ten is there by then; none = not within the horizon.
    pub p10: Option<f64>,
    /// Half of the paths are.
    pub p50: Option<f64>,
    /// Nine of ten are.
    pub p90: Option<f64>,
    /// Share of paths that get there within the horizon.
    pub within_horizon: f64,
    /// First crossing of every path, sorted; infinite where it does not cross.
    times: Vec<f64>,
}

impl Crossing {
    /// From the first crossings of paths, infinite where there is none.
    #[must_use]
    pub fn of(share: f64, mut times: Vec<f64>) -> Self {
        times.sort_unstable_by(f64::total_cmp);
        let at = |q: f64| quantile_of_sorted(&times, q).filter(|t| t.is_finite());
        let crossed = times.partition_point(|t| t.is_finite());
        let within_horizon = size(crossed) / size(times.len().max(1));
        Crossing { share, p10: at(0.1), p50: at(0.5), p90: at(0.9), within_horizon, times }
    }
    /// P(reached within `steps`); at the horizon or beyond it, [`Self::within_horizon`].
    #[must_use]
    pub fn probability(&self, steps: f64) -> f64 {
        let reached = self.times.partition_point(|t| *t <= steps && t.is_finite());
        size(reached) / size(self.times.len().max(1))
    }
    /// First step at which P(reached within `lead` more steps) exceeds `risk`: when to order, if
    /// delivery takes `lead`. None when it never does within the horizon.
    #[must_use]
    pub fn order_by(&self, lead: f64, risk: f64) -> Option<f64> {
        let at = quantile_of_sorted(&self.times, risk).filter(|t| t.is_finite())?;
        Some((at - lead).max(0.0))
    }
}

/// Combinations of additions that are remembered; few additions have fewer.
const KNOWN: usize = 64;
/// Tells the stream of random numbers of the additions from that of the paths.
const SALT: u64 = 0x61_64_64_73;

/// What somebody has announced, and the seed that decides on which paths it comes.
#[derive(Debug, Clone, Copy)]
pub struct Announced<'a> {
    /// The additions.
    pub additions: &'a [Addition],
    /// Seed of the paths.
    pub seed: u64,
}

/// First crossings of shares of a limit by the paths around a forecast. Seasons, limits and
/// additions count at every step; only how far a path strays lies on straight lines between the
/// steps at which it is known.
#[must_use]
pub fn crossings(
    line: &Line<'_>,
    paths: &Paths,
    limit: &Limit<'_>,
    shares: &[f64],
    announced: &Announced<'_>,
) -> Vec<Crossing> {
    let Announced { additions, seed } = *announced;
    // A stream of its own, so that additions leave the paths as they are.
    let mut random = Random::new(seed.rotate_left(16) ^ SALT);
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(paths.rows().len()); shares.len()];
    let course = Course::of(line, limit, shares, additions, &paths.steps);
    let mut known: BTreeMap<Vec<bool>, Prospect> = BTreeMap::new();
    for strays in paths.rows() {
        let came: Vec<bool> = additions.iter().map(|a| random.unit() < a.probability).collect();
        match known.get(&came) {
            Some(prospect) => course.reach(prospect, strays, &mut times),
            None => {
                let prospect = course.given(&came);
                course.reach(&prospect, strays, &mut times);
                if known.len() < KNOWN {
                    known.insert(came, prospect);
                }
            }
        }
    }
    shares.iter().zip(times).map(|(share, times)| Crossing::of(*share, times)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::question::Adds;
    use super::super::scale::Scale;
    use super::*;

    /// Paths around a line of so many steps whose errors are `of` (origin, steps ahead).
    fn paths(horizon: usize, of: impl Fn(u32, u32) -> f64, seed: u64) -> Paths {
        let errors: Vec<Vec<f64>> = (0..20).map(|o| (1..=10).map(|h| of(o, h)).collect()).collect();
        Paths::draw(&Scale::of(&errors), horizon, seed)
    }

    fn rising(last: f64, steps: u32) -> Vec<f64> {
        (1..=steps).map(|h| last + f64::from(h)).collect()
    }

    /// Crossings by a forecast that is certain.
    fn sure(
        last: f64,
        central: &[f64],
        limit: &Limit<'_>,
        shares: &[f64],
        additions: &[Addition],
    ) -> Vec<Crossing> {
        let line = Line { last, central };
        let announced = Announced { additions, seed: 1 };
        crossings(&line, &paths(central.len(), |_, _| 0.0, 1), limit, shares, &announced)
    }

    fn full(last: f64, central: &[f64], limit: f64, additions: &[Addition]) -> Crossing {
        sure(last, central, &Limit::at(&[limit]), &[1.0], additions).pop().unwrap()
    }

    fn middles(found: &[Crossing]) -> Vec<Option<f64>> {
        found.iter().map(|c| c.p50.map(|t| libm::round(t * 1e6) / 1e6)).collect()
    }

    #[test]
    fn a_certain_line_crosses_where_it_crosses() {
        let central = rising(50.0, 300);
        let got = full(50.0, &central, 170.5, &[]);
        for at in [got.p10, got.p50, got.p90] {
            assert!((at.unwrap() - 120.5).abs() < 1e-9, "{at:?}");
        }
        assert_eq!(got.within_horizon, 1.0);
        assert_eq!(full(50.0, &central, 1000.0, &[]).p10, None);
        assert_eq!(full(50.0, &central, 50.0, &[]).p90, Some(0.0));
        assert!((got.order_by(30.0, 0.05).unwrap() - 90.5).abs() < 1e-9);
        assert_eq!((got.probability(120.0), got.probability(121.0)), (0.0, 1.0));
    }

    #[test]
    fn what_lasts_a_few_days_between_the_points_of_the_paths_counts() {
        let full_at = |used: &dyn Fn(u32) -> f64, limit: f64| {
            let central: Vec<f64> = (1..=760).map(used).collect();
            full(0.0, &central, limit, &[]).p50.map(libm::ceil)
        };
        // Room for 40 days; 60 come back on day 46: six days too late.
        let back = |h: u32| f64::from(h) - if h >= 46 { 60.0 } else { 0.0 };
        assert_eq!(full_at(&back, 40.0), Some(40.0));
        // A full of 80 every 30th day on half a unit a day: day 240 has both.
        let monthly = |h: u32| 0.5 * f64::from(h) + if h.is_multiple_of(30) { 80.0 } else { 0.0 };
        assert_eq!(full_at(&monthly, 200.0), Some(240.0));
        // Weekends are 40 higher.
        let weekly = |h: u32| f64::from(h) + if h % 7 < 2 { 40.0 } else { 0.0 };
        assert_eq!(full_at(&weekly, 200.0), Some(161.0));
        let planned = Addition {
            adds: Adds::Use,
            start: 33.0,
            amount: 10.0,
            ramp: 0.0,
            probability: 1.0,
            since: 0.0,
        };
        let got = full(0.0, &[0.0; 760], 9.0, &[planned]);
        assert!((got.p50.unwrap() - 33.0).abs() < 1e-9, "{got:?}");
        // In the middle of a month: not before, whatever the month does.
        let months = rising(0.0, 24);
        let got = full(0.0, &months, 12.0, &[Addition { start: 5.3, ..planned }]);
        assert!((got.p50.unwrap() - 5.3).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn an_uncertain_drift_makes_the_late_dates_later_than_the_early_ones_are_early() {
        let central = rising(0.0, 1000);
        let off =
            |o: u32, h: u32| f64::from(h) * 0.3 * if o.is_multiple_of(2) { 1.0 } else { -1.0 };
        let line = Line { last: 0.0, central: &central };
        let announced = Announced { additions: &[], seed: 1 };
        let limit = Limit::at(&[100.0]);
        let got = crossings(&line, &paths(1000, off, 2), &limit, &[1.0], &announced).pop().unwrap();
        let (p10, p50, p90) = (got.p10.unwrap(), got.p50.unwrap(), got.p90.unwrap());
        // 100 / (1 ± 1.2816 · 0.3): 72 and 162 days around 100.
        assert!((p10 - 72.0).abs() < 5.0 && (p50 - 100.0).abs() < 5.0, "{p10} {p50}");
        assert!((p90 - 162.0).abs() < 20.0, "{p90}");
    }

    #[test]
    fn a_planned_migration_of_even_chance_splits_the_dates() {
        // Full on day 100; with 40 more from day 10 on, on day 60. Half of the paths have it.
        let central = rising(0.0, 200);
        let planned = Addition {
            adds: Adds::Use,
            start: 10.0,
            amount: 40.0,
            ramp: 5.0,
            probability: 0.5,
            since: 0.0,
        };
        let got = full(0.0, &central, 100.0, &[planned]);
        assert!((got.p10.unwrap() - 60.0).abs() < 1e-6, "{got:?}");
        assert!((got.p90.unwrap() - 100.0).abs() < 1e-6);
        assert!((got.probability(80.0) - 0.5).abs() < 0.05);
        let purchase = Addition { adds: Adds::Capacity, probability: 1.0, ..planned };
        assert!((full(0.0, &central, 100.0, &[purchase]).p50.unwrap() - 140.0).abs() < 1e-6);
    }

    #[test]
    fn an_expansion_ahead_moves_the_date_and_shares_may_come_in_any_order() {
        let central = rising(0.0, 60);
        let capacity: Vec<f64> = (1..=60).map(|h| if h < 20 { 30.0 } else { 50.0 }).collect();
        let limit = Limit { past: &[], ahead: &capacity };
        let got = sure(0.0, &central, &limit, &[0.5, 1.0], &[]);
        assert_eq!(middles(&got), [Some(15.0), Some(50.0)]);
        // One that falls on step 6 is there on step 6 and not before.
        let falls: Vec<f64> = (1..=12).map(|h| if h < 6 { 1000.0 } else { 10.0 }).collect();
        let limit = Limit { past: &[], ahead: &falls };
        assert_eq!(middles(&sure(860.0, &[864.0; 12], &limit, &[1.0], &[])), [Some(6.0)]);
        let got = sure(0.0, &central, &Limit::at(&[40.0]), &[1.0, 0.5, 2.0], &[]);
        assert_eq!(middles(&got), [Some(40.0), Some(20.0), None]);
        // Half of a limit below zero is above it, and reached later.
        let got = sure(-60.0, &rising(-60.0, 60), &Limit::at(&[-40.0]), &[0.5, 1.0], &[]);
        assert_eq!(middles(&got), [Some(40.0), Some(20.0)]);
    }
}
