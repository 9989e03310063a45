//! One policy as the instants at which it asks for a run.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use super::inputs::{Policy, System};
use crate::error::Result;
use crate::model::cron::{Due, Schedule};
use crate::model::time::{self, Wall};

/// One run asked for.
#[derive(Debug)]
pub struct Instant<'a> {
    pub policy: &'a Policy,
    pub due: Due,
    pub window_end_us: i64,
    pub deadline_us: i64,
    /// When the policy's schedule is due again.
    pub next_due_us: i64,
    /// The backup day in which it is due.
    pub day: BackupDay,
}

/// A day from day start to day start in the policy's zone: 23 or 25 hours at clock changes.
#[derive(Debug, PartialEq, Eq)]
pub struct BackupDay {
    /// `YYYY-MM-DD` of its begin.
    pub name: String,
    /// First instant.
    pub begins_us: i64,
    /// First instant after it.
    pub ends_us: i64,
}

impl Instant<'_> {
    /// Key of the row.
    pub fn id(&self) -> String {
        let policy = self.policy;
        format!("{}/{}/{}", policy.policy_id, policy.system_id, time::iso(self.due.at_us))
    }
}

/// Instants of a policy within its validity, from `from_us` to `as_of_us` inclusive, while the
/// system is in service.
///
/// # Errors
/// When the schedule or the zone is wrong.
pub fn instants<'a>(
    policy: &'a Policy,
    systems: &[System],
    from_us: i64,
    as_of_us: i64,
) -> Result<Vec<Instant<'a>>> {
    let (schedule, zone) = (Schedule::parse(&policy.schedule)?, time::zone(&policy.zone)?);
    let from = policy.valid.from_us.max(from_us);
    let to = as_of_us.saturating_add(1).min(policy.valid.to_us.unwrap_or(i64::MAX));
    let dues = schedule.due(zone, from, to);
    let after_last = dues.last().and_then(|last| schedule.next_after(zone, last.at_us));
    let nexts = dues.iter().skip(1).copied().chain(after_last).map(|due| due.at_us);
    let nexts = nexts.chain(std::iter::once(i64::MAX));
    let own: Vec<&System> =
        systems.iter().filter(|system| system.system_id == policy.system_id).collect();
    let in_service =
        |at: i64| own.is_empty() || own.iter().any(|s| s.valid.holds(at) && s.in_service.holds(at));
    Ok(dues
        .iter()
        .zip(nexts)
        .filter(|(due, _)| in_service(due.at_us))
        .map(|(due, next_due_us)| Instant {
            policy,
            due: *due,
            window_end_us: due.at_us + policy.window_us,
            deadline_us: due.at_us + policy.window_us + policy.grace_us,
            next_due_us,
            day: backup_day(zone, policy.day_start_us, due.at_us),
        })
        .collect())
}

/// The backup day of an instant. An instant outside the calendar has a day without length.
pub fn backup_day(zone: Tz, day_start_us: i64, at_us: i64) -> BackupDay {
    let begins_us = |date: NaiveDate| {
        let wall = date.and_time(NaiveTime::MIN) + TimeDelta::microseconds(day_start_us);
        match time::resolve(zone, wall) {
            Wall::One(at) | Wall::Fold { earlier: at, .. } | Wall::Gap { next: at } => at,
        }
    };
    // The wall clock alone would put the second pass of a repeated hour before the day's begin.
    let near = time::wall(zone, at_us).map(|wall| wall.date());
    let days = near.into_iter().flat_map(|date| [date.succ_opt(), Some(date), date.pred_opt()]);
    let day = days.flatten().find(|date| begins_us(*date) <= at_us);
    match day.and_then(|day| Some((day, day.succ_opt()?))) {
        Some((day, next)) => {
            BackupDay { name: day.to_string(), begins_us: begins_us(day), ends_us: begins_us(next) }
        }
        None => BackupDay { name: String::new(), begins_us: at_us, ends_us: at_us },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::testing::us;
    use crate::model::time::SECOND_US;

    /// Minutes after midnight at which days begin, instant, name of its day, begin and end. Clocks
    /// in Berlin went from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October 2026.
    /// Days that begin at 02:30 begin at its first pass, and after the gap where there is none.
    const DAYS: &str = "\
        720 2026-07-01T20:00:00Z 2026-07-01 2026-07-01T10:00:00Z 2026-07-02T10:00:00Z
        720 2026-07-02T09:59:59Z 2026-07-01 2026-07-01T10:00:00Z 2026-07-02T10:00:00Z
        720 2026-07-02T10:00:00Z 2026-07-02 2026-07-02T10:00:00Z 2026-07-03T10:00:00Z
        720 2026-03-29T01:00:00Z 2026-03-28 2026-03-28T11:00:00Z 2026-03-29T10:00:00Z
        720 2026-10-25T00:30:00Z 2026-10-24 2026-10-24T10:00:00Z 2026-10-25T11:00:00Z
        150 2026-10-25T00:29:59Z 2026-10-24 2026-10-24T00:30:00Z 2026-10-25T00:30:00Z
        150 2026-10-25T01:15:00Z 2026-10-25 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z
        150 2026-03-29T01:00:00Z 2026-03-29 2026-03-29T01:00:00Z 2026-03-30T00:30:00Z";

    #[test]
    fn a_backup_day_has_23_or_25_hours_at_clock_changes_and_holds_its_due_instant() {
        let berlin = time::zone("Europe/Berlin").unwrap();
        for line in DAYS.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let start_us = words[0].parse::<i64>().unwrap() * 60 * SECOND_US;
            let want = BackupDay {
                name: words[2].to_owned(),
                begins_us: us(words[3]),
                ends_us: us(words[4]),
            };
            assert_eq!(backup_day(berlin, start_us, us(words[1])), want, "{line}");
        }
    }
}
