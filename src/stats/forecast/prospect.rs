//! Where a path around the central forecast is at a limit: use less a share of the capacity at
//! every step, what is announced counted from the moment on which it comes.

use super::super::number::{floor, size};
use super::question::{Addition, Adds, Limit};

/// The central forecast from the last known value on.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Last known value.
    pub last: f64,
    /// Central forecast for 1, 2, ... steps, without additions.
    pub central: &'a [f64],
}

/// What the paths have before them.
pub(super) struct Course<'a> {
    shares: &'a [f64],
    /// Places in steps ahead, ascending from 0: every step, and just before it where the limit
    /// changes; where something that is announced begins, just before it and then.
    places: Vec<f64>,
    /// Numbers of the places at which the paths are known.
    points: Vec<usize>,
    /// Use and limit at the places, if nothing comes that is announced.
    plain: Vec<(f64, f64)>,
    /// What each addition adds at the places.
    additions: Vec<(Adds, Vec<f64>)>,
}

/// What a path that does not stray has before it, given which additions come.
pub(super) struct Prospect {
    shares: Vec<Over>,
    /// More of the capacity is not reached before less of it.
    is_rising: bool,
}

/// Use less a share of the capacity.
struct Over {
    /// At every place.
    at: Vec<f64>,
    /// The greatest of them after each point of the paths, up to the next one.
    peaks: Vec<f64>,
}

impl<'a> Course<'a> {
    pub(super) fn of(
        line: &Line<'_>,
        limit: &Limit<'_>,
        shares: &'a [f64],
        additions: &[Addition],
        steps: &[usize],
    ) -> Self {
        let places = places(line.central.len(), limit, additions);
        let used = |step: usize| match step.checked_sub(1) {
            Some(at) => line.central.get(at).copied().unwrap_or(line.last),
            None => line.last,
        };
        let plain = |place: &f64| {
            let (step, part) = (floor(*place), place - libm::floor(*place));
            let ahead = if part > 0.0 { part * (used(step + 1) - used(step)) } else { 0.0 };
            // A limit goes on until it changes.
            (used(step) + ahead, limit.at_step(step.max(1)).unwrap_or(f64::INFINITY))
        };
        let number = |step: &usize| places.partition_point(|place| *place < size(*step));
        let added = |a: &Addition| (a.adds, places.iter().map(|place| a.at(*place)).collect());
        Course {
            shares,
            points: steps.iter().map(number).collect(),
            plain: places.iter().map(plain).collect(),
            additions: additions.iter().map(added).collect(),
            places,
        }
    }

    /// The prospect when these additions come.
    pub(super) fn given(&self, came: &[bool]) -> Prospect {
        let mut course = self.plain.clone();
        for ((adds, added), _) in self.additions.iter().zip(came).filter(|(_, came)| **came) {
            for ((used, room), added) in course.iter_mut().zip(added) {
                match adds {
                    Adds::Use => *used += added,
                    Adds::Capacity => *room += added,
                }
            }
        }
        let over = |share: &f64| {
            let at: Vec<f64> = course.iter().map(|(used, room)| used - share * room).collect();
            let starts = std::iter::once(&0).chain(&self.points);
            let peak = |(start, end): (&usize, &usize)| {
                let ahead = at.get(start + 1..=*end).unwrap_or_default();
                ahead.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            };
            let peaks = starts.zip(&self.points).map(peak).collect();
            Over { at, peaks }
        };
        let is_rising = self.shares.is_sorted() && course.iter().all(|(_, room)| *room >= 0.0);
        Prospect { shares: self.shares.iter().map(over).collect(), is_rising }
    }

    /// Adds the first crossing of each share by a path to its `times`.
    pub(super) fn reach(&self, prospect: &Prospect, strays: &[f64], times: &mut [Vec<f64>]) {
        let mut from = 0;
        for (over, times) in prospect.shares.iter().zip(times) {
            let (point, time) = self.first(over, strays, from);
            times.push(time);
            from = if prospect.is_rising { point } else { 0 };
        }
    }

    /// When a path is first at the share of the capacity, and the number of the point before
    /// which that is, `from` or later.
    fn first(&self, over: &Over, strays: &[f64], from: usize) -> (usize, f64) {
        if over.at.first().is_some_and(|now| *now >= 0.0) {
            return (0, 0.0);
        }
        let known = |point: usize| match point.checked_sub(1) {
            Some(at) => {
                (self.points.get(at).copied().unwrap_or(0), strays.get(at).copied().unwrap_or(0.0))
            }
            None => (0, 0.0),
        };
        let (_, mut stray) = known(from);
        for (point, (next, peak)) in strays.iter().zip(&over.peaks).enumerate().skip(from) {
            // Between two points a path strays no farther than at the farther one.
            let time = (peak + next.max(stray) >= 0.0)
                .then(|| self.between(over, known(point), known(point + 1)))
                .flatten();
            if let Some(time) = time {
                return (point, time);
            }
            stray = *next;
        }
        (strays.len(), f64::INFINITY)
    }

    /// The same between two points, place by place, on straight lines.
    fn between(&self, over: &Over, start: (usize, f64), end: (usize, f64)) -> Option<f64> {
        let places = self.places.get(start.0..=end.0)?;
        let (first, last) = (places.first()?, places.last()?);
        let slope = (end.1 - start.1) / (last - first);
        let mut before: Option<(f64, f64)> = None;
        for (place, over) in places.iter().zip(over.at.get(start.0..=end.0)?) {
            let over = over + start.1 + slope * (place - first);
            match before {
                Some((earlier, below)) if over >= 0.0 => {
                    let part = below / (below - over);
                    return Some(earlier + part.clamp(0.0, 1.0) * (place - earlier));
                }
                Some(_) | None => before = Some((*place, over)),
            }
        }
        None
    }
}

/// The places of a [`Course`] over a horizon. A step that is announced for the middle of a month
/// makes nothing full at its beginning.
fn places(horizon: usize, limit: &Limit<'_>, additions: &[Addition]) -> Vec<f64> {
    let ahead = |place: &f64| *place > 0.0 && *place < size(horizon);
    let starts = additions.iter().map(|addition| addition.start).filter(ahead);
    let changes = (2..=horizon).filter(|step| limit.at_step(*step) != limit.at_step(step - 1));
    let mut places: Vec<f64> = (0..=horizon).map(size).collect();
    places.extend(changes.map(|step| size(step).next_down()));
    places.extend(starts.flat_map(|start| [start.next_down(), start]));
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}
