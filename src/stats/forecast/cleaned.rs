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
        let (values, joints, n_censored) = match limit {
            Some(limit) => {
                let left = censoring::uncensored(asked, &limit);
                (left.values, left.joints, left.n_censored)
            }
            None => (asked.to_vec(), Vec::new(), 0),
        };
        let mut shifts = shifts::level_shifts(&values);
        shifts.retain(|shift| joints.iter().all(|joint| joint.abs_diff(shift.at) > 1));
        let cleaned = Cleaned { values, n_censored, shifts };
        if cleaned.learned_from().len() < MIN_VALUES {
            return Err(Refusal::TooShort { n: asked.len(), after_shift: false });
        }
        Ok(cleaned)
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
    fn what_cannot_be_learned_from_is_refused() {
        let short = Err(Refusal::TooShort { n: 2, after_shift: false });
        assert_eq!(Cleaned::of(&[1.0, 2.0], None), short);
        assert_eq!(Cleaned::of(&[1.0, f64::NAN, 2.0], None), Err(Refusal::NotFinite));
    }
}
