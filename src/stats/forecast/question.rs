//! What is asked of a forecast. Everything is a plain slice in steps of the series: dates, units
//! and names stay with the caller.

use super::whole::Pace;

/// A question about one series. Only `values` and `horizon` are needed:
/// `Question { values, horizon, ..Question::default() }`.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Evenly spaced values, oldest first; finite; at least 3.
    pub values: &'a [f64],
    /// Seasonal periods in steps that may exist, such as 7 and 365 for days. Each is used only
    /// when the seasonal test passes; 0, 1 and periods longer than half the series are ignored.
    pub periods: &'a [usize],
    /// Steps to look ahead; 0 is taken as 1.
    pub horizon: usize,
    /// Levels of the central intervals, each in 0..1.
    pub levels: &'a [f64],
    /// Level whose crossing is wanted; without one no date is asked and none refused.
    pub limit: Option<Limit<'a>>,
    /// Shares of the limit whose crossings are wanted.
    pub shares: &'a [f64],
    /// Additions that somebody has announced. They move the crossings, not the forecast.
    pub additions: &'a [Addition],
    /// Bytes (or other units) that come back at known dates and are not part of the trend, such
    /// as the expiry of a finished one-off: sum given back up to each step ahead; the last value
    /// goes on. Empty = nothing. They are part of the forecast.
    pub roll_off: &'a [f64],
    /// Seed of the sample paths.
    pub seed: u64,
}

/// Levels of the intervals when none are asked.
pub const LEVELS: &[f64] = &[0.8, 0.95];
/// Shares of the limit when none are asked.
pub const SHARES: &[f64] = &[0.7, 0.8, 0.9, 1.0];

impl Default for Question<'_> {
    fn default() -> Self {
        Question {
            values: &[],
            periods: &[],
            horizon: 1,
            levels: LEVELS,
            limit: None,
            shares: SHARES,
            additions: &[],
            roll_off: &[],
            seed: 0,
        }
    }
}

/// Capacity as a series: what is used plus what can still be written. An expansion is a jump of
/// the capacity and never one of the use.
#[derive(Debug, Clone, Copy)]
pub struct Limit<'a> {
    /// Capacity at each of the values. Tells which values are censored (a full pool stops
    /// growing) and whether capacity and use contradict each other. Empty = as at `ahead[0]`.
    pub past: &'a [f64],
    /// Capacity at each step ahead; the last goes on. At least one.
    pub ahead: &'a [f64],
}

impl<'a> Limit<'a> {
    /// A limit that never changes: `Limit::at(&[capacity])`.
    #[must_use]
    pub fn at(ahead: &'a [f64]) -> Self {
        Limit { past: &[], ahead }
    }
    /// Capacity `step` (1, 2, ...) ahead; none without any.
    #[must_use]
    pub fn at_step(&self, step: usize) -> Option<f64> {
        let at = step.saturating_sub(1).min(self.ahead.len().checked_sub(1)?);
        self.ahead.get(at).copied()
    }
    /// Capacity at a value.
    #[must_use]
    pub fn at_value(&self, position: usize) -> Option<f64> {
        self.past.get(position).copied().or_else(|| self.at_step(1))
    }
}

/// What a planned addition changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adds {
    /// The use: a migration in, a new system (negative: a removal).
    Use,
    /// The capacity: a purchase.
    Capacity,
}

/// A planned addition: a step, or a ramp that is complete after `ramp` steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Addition {
    /// What it changes.
    pub adds: Adds,
    /// Steps after the last value at which it starts; may have fractions, may lie in the past
    /// for a ramp that is under way (only what is still to come counts).
    pub start: f64,
    /// Size when complete, in units of the values.
    pub amount: f64,
    /// Steps from start to completion; 0 = all at once.
    pub ramp: f64,
    /// Probability that it comes at all, 0..=1.
    pub probability: f64,
    /// Step at which the use was last seen: what had come by then is in it. 0 for a series; less
    /// for a part of a total that was last seen before the others.
    pub since: f64,
}

impl Addition {
    /// Part that has come `step` steps ahead, beyond what had come at the last value.
    #[must_use]
    pub fn at(&self, step: f64) -> f64 {
        self.amount * (self.part(step) - self.part(self.since))
    }

    /// The same in steps of a whole of which the series is a part.
    #[must_use]
    pub fn at_pace(self, pace: Pace) -> Self {
        let whole = |own: f64| (own - pace.lag) / pace.rate;
        let (start, since) = (whole(self.start), whole(self.since));
        Addition { start, since, ramp: self.ramp / pace.rate, ..self }
    }

    fn part(&self, step: f64) -> f64 {
        if step < self.start {
            0.0
        } else if self.ramp > 0.0 {
            ((step - self.start) / self.ramp).min(1.0)
        } else {
            1.0
        }
    }
}

/// Sum of what comes back up to each place, ascending; `due`: places and amounts. Empty when
/// nothing is due after place 0: what came back before is in the last value.
pub fn given_back(mut due: Vec<(f64, f64)>, places: impl Iterator<Item = f64>) -> Vec<f64> {
    due.retain(|(at, _)| *at > 0.0);
    due.sort_by(|a, b| a.0.total_cmp(&b.0));
    if due.is_empty() {
        return Vec::new();
    }
    let (mut next, mut sum) = (due.into_iter().peekable(), 0.0);
    let up_to = |place: f64| {
        while let Some((_, amount)) = next.next_if(|(at, _)| *at <= place) {
            sum += amount;
        }
        sum
    };
    places.map(up_to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_grows_evenly_and_what_has_come_already_is_not_added_again() {
        let ramp = Addition {
            adds: Adds::Use,
            start: 10.0,
            amount: 8.0,
            ramp: 4.0,
            probability: 1.0,
            since: 0.0,
        };
        assert_eq!([9.0, 10.0, 11.0, 14.0, 99.0].map(|s| ramp.at(s)), [0.0, 0.0, 2.0, 8.0, 8.0]);
        let under_way = Addition { start: -2.0, ..ramp };
        assert_eq!([1.0, 2.0, 9.0].map(|s| under_way.at(s)), [2.0, 4.0, 4.0]);
        let step = Addition { ramp: 0.0, ..ramp };
        assert_eq!([9.9, 10.0].map(|s| step.at(s)), [0.0, 8.0]);
        // Last seen 12 steps before the origin of the whole: all of it is still to come.
        let late = step.at_pace(Pace { lag: 12.0, rate: 1.0 });
        assert_eq!([-3.0, -2.0, 1.0].map(|s| late.at(s)), [0.0, 8.0, 8.0]);
        let slow = ramp.at_pace(Pace { lag: 0.0, rate: 0.5 });
        assert_eq!([20.0, 24.0, 28.0].map(|s| slow.at(s)), [0.0, 4.0, 8.0]);
    }

    #[test]
    fn what_comes_back_adds_up_and_what_came_before_is_left_out() {
        let due = vec![(2.5, 4.0), (-0.1, 99.0), (1.0, 3.0)];
        assert_eq!(given_back(due, [1.0, 2.0, 3.0].into_iter()), [3.0, 3.0, 7.0]);
        assert!(given_back(vec![(-1.0, 5.0)], [1.0].into_iter()).is_empty());
    }

    #[test]
    fn the_last_capacity_goes_on() {
        let limit = Limit { past: &[1.0, 2.0], ahead: &[3.0, 4.0] };
        assert_eq!([1, 2, 9].map(|s| limit.at_step(s)), [Some(3.0), Some(4.0), Some(4.0)]);
        assert_eq!([0, 1, 2].map(|p| limit.at_value(p)), [Some(1.0), Some(2.0), Some(3.0)]);
    }
}
