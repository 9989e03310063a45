//! When is a limit reached? The first crossing of each sample path is a date; the quantiles of
//! these dates are the answer. Planned additions come true on a path with their probability.

use super::super::number::size;
use super::super::quantiles::quantile_of_sorted;
use super::super::random::Random;
use super::paths::Paths;
use super::question::{Addition, Adds, Limit};

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

/// Tells the stream of random numbers of the additions from that of the paths.
const SALT: u64 = 0x61_64_64_73;

/// First crossings of shares of a limit. The paths are those of the use without additions.
#[must_use]
pub fn crossings(
    paths: &Paths,
    limit: &Limit<'_>,
    shares: &[f64],
    additions: &[Addition],
    seed: u64,
) -> Vec<Crossing> {
    // A stream of its own, so that additions leave the paths as they are.
    let mut random = Random::new(seed.rotate_left(16) ^ SALT);
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(paths.rows().len()); shares.len()];
    let at: Vec<f64> = paths.steps.iter().map(|s| size(*s)).collect();
    let capacity: Vec<f64> =
        paths.steps.iter().map(|s| limit.at_step(*s).unwrap_or(f64::INFINITY)).collect();
    let now = (paths.last, limit.at_step(1).unwrap_or(f64::INFINITY));
    for used in paths.rows() {
        let came: Vec<&Addition> =
            additions.iter().filter(|a| random.unit() < a.probability).collect();
        let with = |values: &[f64], adds: Adds| -> Vec<f64> {
            let own = came.iter().filter(|a| a.adds == adds);
            let sum = |at: f64| own.clone().map(|a| a.at(at)).sum::<f64>();
            values.iter().zip(&at).map(|(value, at)| value + sum(*at)).collect()
        };
        if came.is_empty() {
            Path { now, at: &at, used, capacity: &capacity }.reach(shares, &mut times);
        } else {
            let (used, capacity) = (with(used, Adds::Use), with(&capacity, Adds::Capacity));
            Path { now, at: &at, used: &used, capacity: &capacity }.reach(shares, &mut times);
        }
    }
    shares.iter().zip(times).map(|(share, times)| Crossing::of(*share, times)).collect()
}

/// Use and capacity at the points of one path.
struct Path<'a> {
    /// The same at the last known value.
    now: (f64, f64),
    /// Steps ahead.
    at: &'a [f64],
    used: &'a [f64],
    capacity: &'a [f64],
}

impl Path<'_> {
    /// Adds the first crossing of each share to its `times`.
    fn reach(&self, shares: &[f64], times: &mut [Vec<f64>]) {
        // More of a capacity is not reached before less of it: the search goes on where it was.
        let is_rising = shares.is_sorted() && self.capacity.iter().all(|c| *c >= 0.0);
        let mut from = 0;
        for (share, times) in shares.iter().zip(times) {
            let (point, time) = self.first(*share, from);
            times.push(time);
            from = if is_rising { point } else { 0 };
        }
    }

    /// First point, at `from` or after it, at which use exceeds a share of the capacity, and when
    /// it did, on straight lines between the points.
    fn first(&self, share: f64, from: usize) -> (usize, f64) {
        let over = |(used, capacity): (&f64, &f64)| used - share * capacity;
        if over((&self.now.0, &self.now.1)) >= 0.0 {
            return (0, 0.0);
        }
        let points = || self.used.iter().zip(self.capacity);
        let Some(ahead) = points().skip(from).position(|point| over(point) >= 0.0) else {
            return (self.used.len(), f64::INFINITY);
        };
        let point = from + ahead;
        let at = |point: usize| self.at.get(point).copied().unwrap_or(0.0);
        let over_at = |point: usize| points().nth(point).map_or(0.0, over);
        let (step_before, over_before) = match point.checked_sub(1) {
            Some(before) => (at(before), over_at(before)),
            None => (0.0, over((&self.now.0, &self.now.1))),
        };
        let part = over_before / (over_before - over_at(point));
        (point, step_before + part.clamp(0.0, 1.0) * (at(point) - step_before))
    }
}

#[cfg(test)]
mod tests {
    use super::super::paths::Ahead;
    use super::super::scale::Scale;
    use super::*;

    fn paths(last: f64, central: &[f64], of: impl Fn(u32, u32) -> f64, seed: u64) -> Paths {
        let errors: Vec<Vec<f64>> = (0..20).map(|o| (1..=10).map(|h| of(o, h)).collect()).collect();
        Paths::draw(&Ahead { last, central, scale: &Scale::of(&errors), seed })
    }

    fn full(paths: &Paths, limit: f64, additions: &[Addition]) -> Crossing {
        crossings(paths, &Limit::at(&[limit]), &[1.0], additions, 1).pop().unwrap()
    }

    #[test]
    fn a_certain_line_crosses_where_it_crosses() {
        let central: Vec<f64> = (1..=300).map(|h| 50.0 + f64::from(h)).collect();
        let sure = paths(50.0, &central, |_, _| 0.0, 1);
        let got = full(&sure, 170.5, &[]);
        for at in [got.p10, got.p50, got.p90] {
            assert!((at.unwrap() - 120.5).abs() < 1e-9, "{at:?}");
        }
        assert_eq!(got.within_horizon, 1.0);
        assert_eq!(full(&sure, 1000.0, &[]).p10, None);
        assert_eq!(full(&sure, 50.0, &[]).p90, Some(0.0));
        assert!((got.order_by(30.0, 0.05).unwrap() - 90.5).abs() < 1e-9);
        assert_eq!((got.probability(120.0), got.probability(121.0)), (0.0, 1.0));
    }

    #[test]
    fn an_uncertain_drift_makes_the_late_dates_later_than_the_early_ones_are_early() {
        let central: Vec<f64> = (1..=1000).map(f64::from).collect();
        let off =
            |o: u32, h: u32| f64::from(h) * 0.3 * if o.is_multiple_of(2) { 1.0 } else { -1.0 };
        let got = full(&paths(0.0, &central, off, 2), 100.0, &[]);
        let (p10, p50, p90) = (got.p10.unwrap(), got.p50.unwrap(), got.p90.unwrap());
        // 100 / (1 ± 1.2816 · 0.3): 72 and 162 days around 100.
        assert!((p10 - 72.0).abs() < 5.0 && (p50 - 100.0).abs() < 5.0, "{p10} {p50}");
        assert!((p90 - 162.0).abs() < 20.0, "{p90}");
    }

    #[test]
    fn a_planned_migration_of_even_chance_splits_the_dates() {
        // Full on day 100; with 40 more from day 10 on, on day 60. Half of the paths have it.
        let central: Vec<f64> = (1..=200).map(f64::from).collect();
        let sure = paths(0.0, &central, |_, _| 0.0, 3);
        let planned = Addition {
            adds: Adds::Use,
            start: 10.0,
            amount: 40.0,
            ramp: 5.0,
            probability: 0.5,
            since: 0.0,
        };
        let got = full(&sure, 100.0, &[planned]);
        assert!((got.p10.unwrap() - 60.0).abs() < 1e-6, "{got:?}");
        assert!((got.p90.unwrap() - 100.0).abs() < 1e-6);
        assert!((got.probability(80.0) - 0.5).abs() < 0.05);
        let purchase = Addition { adds: Adds::Capacity, probability: 1.0, ..planned };
        assert!((full(&sure, 100.0, &[purchase]).p50.unwrap() - 140.0).abs() < 1e-6);
    }

    #[test]
    fn shares_in_any_order_and_of_a_limit_below_zero_are_reached_when_they_are() {
        // Step h is reached at h; from -60 up to -18 and on to 0.
        let central: Vec<f64> = (1..=60).map(|h| f64::from(h) - 60.0).collect();
        let sure = paths(-60.0, &central, |_, _| 0.0, 3);
        let reached = |limit: f64, shares: &[f64]| -> Vec<Option<f64>> {
            let found = crossings(&sure, &Limit::at(&[limit]), shares, &[], 1);
            found.iter().map(|crossing| crossing.p50.map(libm::round)).collect()
        };
        // Half of -40 is -20: reached after all of it.
        assert_eq!(reached(-40.0, &[0.5, 1.0]), [Some(40.0), Some(20.0)]);
        let rising: Vec<f64> = (1..=60).map(f64::from).collect();
        let sure = paths(0.0, &rising, |_, _| 0.0, 3);
        let found = crossings(&sure, &Limit::at(&[40.0]), &[1.0, 0.5, 2.0], &[], 1);
        let times: Vec<Option<f64>> = found.iter().map(|c| c.p50.map(libm::round)).collect();
        assert_eq!(times, [Some(40.0), Some(20.0), None]);
    }

    #[test]
    fn an_expansion_ahead_moves_the_date() {
        let central: Vec<f64> = (1..=60).map(f64::from).collect();
        let sure = paths(0.0, &central, |_, _| 0.0, 3);
        let capacity: Vec<f64> = (1..=60).map(|h| if h < 20 { 30.0 } else { 50.0 }).collect();
        let limit = Limit { past: &[], ahead: &capacity };
        let got = crossings(&sure, &limit, &[0.5, 1.0], &[], 1);
        assert!((got[0].p50.unwrap() - 15.0).abs() < 1e-6, "{:?}", got[0]);
        assert!((got[1].p50.unwrap() - 50.0).abs() < 1e-6, "{:?}", got[1]);
    }
}
