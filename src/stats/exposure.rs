//! Recovery point exposure: E(t) = t − newest `as_of` among the points usable at t. Between
//! events it rises with slope 1, so everything here is exact integration over segments of
//! integer microseconds; nothing is sampled.

use std::collections::BTreeMap;

use super::number::{count, wide};

/// A recovery point, all in microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Instant whose data it holds.
    pub as_of: i64,
    /// From when on it can be restored (end of writing, landing of the copy).
    pub usable_at: i64,
    /// Until when; none = still.
    pub usable_until: Option<i64>,
}

/// A stretch of time with one newest point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Begin.
    pub from: i64,
    /// End, exclusive.
    pub to: i64,
    /// `as_of` of the newest usable point, or the origin where there is none.
    pub newest: i64,
}

/// The segments of `[from, to)` for a system in service since `origin`. Without an origin the
/// time before the first usable point is left out (nothing is known about it), and after the
/// loss of all points the earliest `as_of` stands in.
#[must_use]
pub fn segments(points: &[Point], origin: Option<i64>, from: i64, to: i64) -> Vec<Segment> {
    let is_real = |p: &&Point| p.usable_until.is_none_or(|until| until > p.usable_at);
    let mut events: Vec<(i64, i64, bool)> = Vec::new();
    for point in points.iter().filter(is_real) {
        events.push((point.usable_at, point.as_of, true));
        events.extend(point.usable_until.map(|until| (until, point.as_of, false)));
    }
    events.sort_unstable();
    let begin = origin.or_else(|| events.first().map(|e| e.0));
    let floor = origin.or_else(|| events.iter().map(|e| e.1).min());
    let (Some(begin), Some(floor)) = (begin, floor) else { return Vec::new() };
    let mut usable: BTreeMap<i64, u64> = BTreeMap::new();
    let mut newest = floor;
    let mut at = from.max(begin);
    let mut segments = Vec::new();
    let mut close = |at: &mut i64, until: i64, newest: i64| {
        if until > *at {
            segments.push(Segment { from: *at, to: until, newest });
            *at = until;
        }
    };
    for (instant, as_of, is_begin) in events {
        close(&mut at, instant.min(to), newest);
        let entry = usable.entry(as_of).or_default();
        *entry = if is_begin { *entry + 1 } else { entry.saturating_sub(1) };
        if *entry == 0 {
            usable.remove(&as_of);
        }
        newest = usable.last_key_value().map_or(floor, |(as_of, _)| *as_of);
    }
    close(&mut at, to, newest);
    segments
}

/// Exposure over a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Greatest E, microseconds.
    pub worst: i64,
    /// Time-weighted mean of E, microseconds.
    pub mean: f64,
    /// E at the end of the last segment.
    pub at_end: i64,
    /// Time that the segments cover.
    pub covered: i64,
    /// Time with E > RPO.
    pub breached: i64,
    /// Number of separate stretches with E > RPO.
    pub breach_count: u64,
    /// The longest of them.
    pub longest_breach: i64,
}

impl Exposure {
    /// Share of the covered time with E <= RPO.
    #[must_use]
    pub fn compliance(&self) -> f64 {
        1.0 - wide(self.breached.into()) / wide(self.covered.into())
    }
}

/// Integrates segments (in order of time) against a limit; none without covered time.
#[must_use]
pub fn integrate(segments: &[Segment], rpo: i64) -> Option<Exposure> {
    let last = segments.last()?;
    let covered: i64 = segments.iter().map(|s| s.to - s.from).sum();
    let breaches = breaches(segments, rpo);
    // ∫ (t − newest) dt doubled, as exact integer.
    let doubled: i128 = segments
        .iter()
        .map(|s| {
            let (from, to, newest) = (i128::from(s.from), i128::from(s.to), i128::from(s.newest));
            (to - from) * (from + to - 2 * newest)
        })
        .sum();
    (covered > 0).then(|| Exposure {
        worst: segments.iter().map(|s| s.to - s.newest).max().unwrap_or(0),
        mean: wide(doubled) / 2.0 / wide(covered.into()),
        at_end: last.to - last.newest,
        covered,
        breached: breaches.iter().map(|b| b.1 - b.0).sum(),
        breach_count: u64::try_from(breaches.len()).unwrap_or(u64::MAX),
        longest_breach: breaches.iter().map(|b| b.1 - b.0).max().unwrap_or(0),
    })
}

/// Stretches of time with E > limit, joined where they touch.
#[must_use]
pub fn breaches(segments: &[Segment], limit: i64) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for segment in segments {
        let start = segment.from.max(segment.newest.saturating_add(limit));
        if start >= segment.to {
            continue;
        }
        match joined.last_mut() {
            Some(last) if last.1 == start => last.1 = segment.to,
            Some(_) | None => joined.push((start, segment.to)),
        }
    }
    joined
}

/// Worst exposure, compliance and mean of a regular schedule: interval T, duration d, limit R.
#[must_use]
pub fn closed_form(interval: u64, duration: u64, rpo: u64) -> Option<(u64, f64, f64)> {
    if interval == 0 {
        return None;
    }
    let compliance = ((count(rpo) - count(duration)) / count(interval)).clamp(0.0, 1.0);
    Some((interval + duration, compliance, count(duration) + count(interval) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::super::golden::close;
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// 168 h of nightly runs at 00:00 (one more before the period), less the missing nights.
    fn week(delay_h: i64, missing: &[i64]) -> Vec<Segment> {
        let nights = (-2..7).filter(|night| !missing.contains(night));
        let points: Vec<Point> = nights
            .map(|night| Point {
                as_of: night * 24 * HOUR,
                usable_at: (night * 24 + delay_h) * HOUR,
                usable_until: None,
            })
            .collect();
        segments(&points, None, 0, 168 * HOUR)
    }

    #[test]
    fn the_golden_weeks() {
        // Delay h, missing nights, worst h, compliance, breaches, longest h.
        type Row = (i64, &'static [i64], i64, f64, u64, i64);
        let table: [Row; 4] = [
            (3, &[], 27, 0.875, 7, 3),
            (0, &[], 24, 1.0, 0, 0),
            (9, &[], 33, 0.625, 7, 9),
            (3, &[3], 51, 0.75, 6, 27),
        ];
        for (delay, missing, worst, compliance, breaches, longest) in table {
            let got = integrate(&week(delay, missing), 24 * HOUR).unwrap();
            let what = format!("delay {delay} missing {missing:?}");
            assert_eq!(got.worst, worst * HOUR, "{what}");
            close(got.compliance(), compliance, &what);
            assert_eq!(
                (got.breach_count, got.longest_breach),
                (breaches, longest * HOUR),
                "{what}"
            );
        }
        let got = integrate(&week(3, &[]), 24 * HOUR).unwrap();
        close(got.mean, 15.0 * 3.6e9, "mean");
        let over: i64 = breaches(&week(3, &[3]), 36 * HOUR).iter().map(|b| b.1 - b.0).sum();
        assert_eq!(over, 15 * HOUR);
    }

    #[test]
    fn the_closed_form_agrees_with_the_integration() {
        assert_eq!(closed_form(24, 3, 24), Some((27, 0.875, 15.0)));
        assert_eq!(closed_form(0, 3, 24), None);
    }

    #[test]
    fn a_late_landing_older_point_changes_nothing() {
        let new = Point { as_of: 10, usable_at: 12, usable_until: None };
        let old = Point { as_of: 5, usable_at: 15, usable_until: None };
        let with = integrate(&segments(&[new, old], Some(0), 0, 30), 24);
        assert_eq!(with, integrate(&segments(&[new], Some(0), 0, 30), 24));
    }

    #[test]
    fn when_the_newest_point_expires_the_older_one_counts_again() {
        let points = [
            Point { as_of: 0, usable_at: 1, usable_until: None },
            Point { as_of: 10, usable_at: 11, usable_until: Some(20) },
        ];
        let got = segments(&points, None, 0, 30);
        let want = [(1, 11, 0), (11, 20, 10), (20, 30, 0)];
        let want: Vec<Segment> =
            want.iter().map(|&(from, to, newest)| Segment { from, to, newest }).collect();
        assert_eq!(got, want);
    }

    #[test]
    fn a_system_without_points_is_exposed_since_it_is_in_service() {
        let got = integrate(&segments(&[], Some(5), 10, 30), 24).unwrap();
        assert_eq!((got.worst, got.at_end, got.breach_count), (25, 25, 1));
        assert_eq!(integrate(&segments(&[], None, 10, 30), 24), None);
    }

    #[test]
    fn a_point_that_was_never_usable_is_ignored() {
        let failed = Point { as_of: 10, usable_at: 12, usable_until: Some(12) };
        assert!(segments(&[failed], None, 0, 30).is_empty());
    }
}
