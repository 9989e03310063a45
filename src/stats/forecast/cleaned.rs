//! A series as it is forecast: without what a full pool could not show, its level shifts known.

use super::super::changepoints::Shift;
use super::question::Limit;
use super::refusal::Refusal;
use super::{MIN_N, MIN_VALUES, censoring, shifts};

/// Values to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaned {
    /// The values without those at capacity.
    pub values: Vec<f64>,
    /// How many were left out.
    pub n_censored: usize,
    /// Shifts of level among the values that are left, oldest first.
    pub shifts: Vec<Shift>,
    /// Where the values that are left stood; empty = all are there.
    pub(super) positions: Vec<usize>,
}

impl Cleaned {
    /// Leaves out what is censored and looks for shifts.
    ///
    /// # Errors
    /// [`Refusal::NotFinite`]; [`Refusal::TooShort`] below [`MIN_VALUES`] values.
    pub fn of(asked: &[f64], limit: Option<Limit<'_>>) -> Result<Self, Refusal> {
        if asked.iter().any(|v| !v.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        let mut cleaned = Cleaned::clean(asked.to_vec());
        let mut joints = Vec::new();
        if let Some(limit) = limit {
            let left = censoring::uncensored(asked, &limit);
            joints = left.joints;
            cleaned.n_censored = left.n_censored;
            (cleaned.values, cleaned.positions) = (left.values, left.positions);
        }
        let mut shifts = shifts::level_shifts(&cleaned.values);
        // What was wanted while the pool was full comes at once; a fall is a deletion.
        let is_pent_up = |shift: &Shift| {
            let is_joint = joints.iter().any(|joint| joint.abs_diff(shift.at) <= 1);
            is_joint && shift.after > shift.before
        };
        shifts.retain(|shift| !is_pent_up(shift));
        cleaned.shifts = shifts;
        if cleaned.learned_from().len() < MIN_VALUES {
            return Err(Refusal::TooShort { n: asked.len(), after_shift: false });
        }
        Ok(cleaned)
    }

    /// Values of which nothing is left out and that do not jump.
    #[must_use]
    pub fn clean(values: Vec<f64>) -> Self {
        Cleaned { values, n_censored: 0, shifts: Vec::new(), positions: Vec::new() }
    }

    /// The shifts with their places among all values.
    #[must_use]
    pub fn shifts_in_all(&self) -> Vec<Shift> {
        let place = |at: usize| self.positions.get(at).copied().unwrap_or(at);
        self.shifts.iter().map(|shift| Shift { at: place(shift.at), ..*shift }).collect()
    }

    /// Values since the last shift.
    #[must_use]
    pub fn since_shift(&self) -> &[f64] {
        let at = self.shifts.last().map_or(0, |shift| shift.at);
        self.values.get(at..).unwrap_or(&self.values)
    }

    /// Values that a forecast rests on. A few after a shift say nothing yet; the whole series
    /// says at least something.
    #[must_use]
    pub fn learned_from(&self) -> &[f64] {
        let since = self.since_shift();
        if since.len() < MIN_N { &self.values } else { since }
    }

    /// All values at the level of the last ones, as if no shift had been: what an earlier
    /// forecast is fairly held against, for no forecast knows of a shift to come.
    #[must_use]
    pub fn levelled(&self) -> Vec<f64> {
        let mut levelled = self.values.clone();
        for shift in &self.shifts {
            let height = shift.after - shift.before;
            levelled.iter_mut().take(shift.at).for_each(|value| *value += height);
        }
        levelled
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::number::size;
    use super::*;

    #[test]
    fn earlier_levels_are_moved_to_that_of_today() {
        // 5 a day, 300 deleted before day 60.
        let day = |i: u32| 1000.0 + 5.0 * f64::from(i) + f64::from(i % 3);
        let values: Vec<f64> =
            (0..120).map(|i| if i < 60 { day(i) } else { day(i) - 300.0 }).collect();
        let cleaned = Cleaned::of(&values, None).unwrap();
        assert_eq!(cleaned.since_shift().len(), 60);
        let levelled = cleaned.levelled();
        assert!((levelled[0] - 700.0).abs() < 5.0, "{}", levelled[0]);
        assert_eq!(levelled[60..], values[60..]);
    }

    #[test]
    fn a_deletion_that_ends_a_full_time_is_a_shift_and_pent_up_demand_is_none() {
        // 2 a day up to 1,000, full for 30 days, then cleared to 500, or expanded.
        let wobble = |i: usize| [0.3, -0.4, 0.1, 0.5, -0.5][i % 5];
        let course = |after: f64| -> Vec<f64> {
            let before = (0..100).map(|i| 800.0 + 2.0 * size(i) + wobble(i));
            let then = (0..100).map(|i| after + 2.0 * size(i) + wobble(i));
            before.chain([1000.0; 30]).chain(then).collect()
        };
        let places = |after: f64, capacity: f64| -> Vec<usize> {
            let past: Vec<f64> =
                (0..230).map(|i| if i < 130 { 1000.0 } else { capacity }).collect();
            let limit = Limit { past: &past, ahead: &[capacity] };
            let cleaned = Cleaned::of(&course(after), Some(limit)).unwrap();
            assert!(cleaned.n_censored >= 28, "{}", cleaned.n_censored);
            cleaned.shifts_in_all().iter().map(|shift| shift.at).collect()
        };
        assert_eq!(places(500.0, 1000.0), [130]);
        assert!(places(1060.0, 2000.0).is_empty());
    }

    #[test]
    fn a_jump_after_a_plateau_is_where_it_was() {
        // Full for 19 days after 60, 300 come in on day 110.
        let capacity = 1060.0;
        let past: Vec<f64> = (0..180).map(|i| if i < 80 { capacity } else { 3000.0 }).collect();
        let day = |i: u32| f64::from(i) + f64::from(i % 3) * 0.2;
        let value = |i: u32| match i {
            0..60 => 1000.0 + day(i),
            60..80 => capacity,
            80..110 => 980.0 + day(i),
            _ => 1280.0 + day(i),
        };
        let values: Vec<f64> = (0..180).map(value).collect();
        let limit = Limit { past: &past, ahead: &[3000.0] };
        let cleaned = Cleaned::of(&values, Some(limit)).unwrap();
        assert!(cleaned.n_censored > 15, "{}", cleaned.n_censored);
        let places: Vec<usize> = cleaned.shifts_in_all().iter().map(|shift| shift.at).collect();
        assert_eq!(places, [110]);
    }

    #[test]
    fn what_cannot_be_learned_from_is_refused() {
        let short = Err(Refusal::TooShort { n: 2, after_shift: false });
        assert_eq!(Cleaned::of(&[1.0, 2.0], None), short);
        assert_eq!(Cleaned::of(&[1.0, f64::NAN, 2.0], None), Err(Refusal::NotFinite));
    }
}
