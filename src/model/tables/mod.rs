//! The canonical tables by subject, and the list of all of them. Pure description: nothing
//! here reads or writes a row.

pub mod access;
pub mod capacity;
pub mod derived;
pub mod incidents;
pub mod program;
pub mod recovery;
pub mod reference;
pub mod runs;
pub mod words;

use super::table::Table;

/// All tables in the order of the reference page.
static ALL: &[&Table] = &[
    &runs::JOB_RUNS,
    &runs::JOB_ATTEMPTS,
    &runs::JOB_MESSAGES,
    &recovery::RESTORE_POINTS,
    &recovery::RESTORE_TESTS,
    &incidents::INCIDENTS,
    &incidents::INCIDENT_EVENTS,
    &incidents::ALERTS,
    &incidents::DELIVERIES,
    &incidents::HEARTBEATS,
    &incidents::MAINTENANCE_WINDOWS,
    &incidents::CHANGES,
    &capacity::STORAGE_SAMPLES,
    &capacity::REPLICATION_SAMPLES,
    &access::ACCESS_EVENTS,
    &access::CREDENTIALS,
    &access::ENTITLEMENTS,
    &incidents::REMEDIATION_RUNS,
    &incidents::ACTION_ITEMS,
    &access::CONFIG_SNAPSHOTS,
    &derived::EXPECTED_RUNS,
    &derived::FAILURE_CAUSES,
    &derived::INCIDENT_LINKS,
    &derived::SYSTEM_NAMES,
    &derived::FORECASTS,
    &reference::SYSTEMS,
    &reference::POLICIES,
    &reference::DEPENDENCIES,
    &reference::LEGAL_HOLDS,
    &reference::EXPERIMENTS,
    &reference::PRICES,
    &reference::GROWTH_PLANS,
    &reference::RETENTION_RULES,
    &reference::ESCALATION_RULES,
    &reference::RUNBOOKS,
    &reference::CONTROLS,
    &program::SOURCES,
    &program::LOAD_LOG,
    &program::QUARANTINE,
    &program::PINS,
    &program::SCHEDULE_RUNS,
];

/// All tables in the order of the reference page.
#[must_use]
pub fn all() -> Vec<&'static Table> {
    ALL.to_vec()
}

/// A table by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Table> {
    ALL.iter().copied().find(|t| t.name == name)
}

#[cfg(test)]
mod tests;
