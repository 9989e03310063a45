//! Days on which a pool was full although samples do not show it: jobs failed for lack of space.
//! From the rows of another query.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::frame::Frame;
use crate::model::time::DAY_US;

/// Share of the capacity from which on a job's word is taken: below it, space was short elsewhere.
const NEARLY: f64 = 0.9;

/// Days (UTC, since 1970) by the name of the series.
#[derive(Debug, Clone, Default)]
pub struct FullDays(BTreeMap<String, BTreeSet<i64>>);

impl FullDays {
    /// Reads the rows of a query with `full_at`; `on` names the series.
    ///
    /// # Errors
    /// When a column is missing or of another type.
    pub fn of(frame: &Frame, on: &str) -> Result<Self> {
        let mut days: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for (name, at) in frame.text(on)?.iter().zip(frame.time("full_at")?) {
            if let (Some(name), Some(at)) = (name, at) {
                days.entry(name.clone()).or_default().insert(at.div_euclid(DAY_US));
            }
        }
        Ok(FullDays(days))
    }

    /// Capacity as a sample shows it: what is used, on a day on which a job found no room.
    #[must_use]
    pub fn capacity(&self, name: &str, at_us: i64, used: f64, capacity: f64) -> f64 {
        let is_full = used >= NEARLY * capacity
            && self.0.get(name).is_some_and(|days| days.contains(&at_us.div_euclid(DAY_US)));
        if is_full { used } else { capacity }
    }
}
