//! One policy as the instants at which it asks for a run.

use chrono::TimeDelta;

use super::inputs::{Policy, System};
use crate::error::Result;
use crate::model::cron::{Due, Schedule};
use crate::model::time;

/// One run asked for.
#[derive(Debug)]
pub struct Instant<'a> {
    pub policy: &'a Policy,
    pub due: Due,
    pub window_end_us: i64,
    pub deadline_us: i64,
    /// When the policy's schedule is due again.
    pub next_due_us: i64,
    /// `YYYY-MM-DD` of the day, from day start to day start, in the policy's zone.
    pub backup_day: String,
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
            backup_day: time::wall(zone, due.at_us)
                .map(|wall| wall - TimeDelta::microseconds(policy.day_start_us))
                .map_or_else(String::new, |wall| wall.date().to_string()),
        })
        .collect())
}
