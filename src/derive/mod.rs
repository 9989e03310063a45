//! Tables that SQL cannot say: schedules expanded and matched with what ran, root causes by
//! rules over all messages of a run, incidents joined with what caused them. Pure functions on
//! frames; `as_of` and the rules are passed in. No vendor word in here: vendors' words stand in
//! the rules file and in the adapters.

mod causes;
mod chains;
mod expected;
mod forecasts;
mod links;
mod names;
mod rows;
#[cfg(test)]
mod testing;

pub use causes::{Causes, Rules, failure_causes};
pub use expected::{Expected, expected_runs};
pub use forecasts::{Said, forecasts};
pub use links::{Links, incident_links};
pub use names::system_names;

use crate::model::frame::Frame;

/// A derived table and what the user should know about its inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// Rows in the columns of the table's description, sorted by key.
    pub frame: Frame,
    /// Findings, one line each: which input row could not be used, why, and what to do.
    pub findings: Vec<String>,
}
