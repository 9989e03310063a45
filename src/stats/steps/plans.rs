//! What somebody has announced for a series: additions to its use or to its capacity, from the
//! rows of another query.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::frame::Frame;
use crate::model::time::DAY_US;

use super::super::forecast::grid::Even;
use super::super::forecast::{Addition, Adds};
use super::super::number::signed;
use super::table::numbers;

/// One plan.
#[derive(Debug, Clone, Copy)]
struct Plan {
    starts_us: i64,
    ramp_us: f64,
    adds: Adds,
    amount: f64,
    probability: f64,
}

/// Plans by the name of their series.
#[derive(Debug, Clone, Default)]
pub struct Plans(BTreeMap<String, Vec<Plan>>);

impl Plans {
    /// Reads the rows of a query with `starts_at`, `bytes`, `adds_capacity`, `ramp_s` (0 or null
    /// for a step) and `probability_share` (null for certain); `on` names the series. A row
    /// without a name, an instant or a size is no plan.
    ///
    /// # Errors
    /// When a column is missing or of another type.
    pub fn of(frame: &Frame, on: &str) -> Result<Self> {
        let (names, starts) = (frame.text(on)?, frame.time("starts_at")?);
        let (bytes, ramps) = (numbers(frame, "bytes")?, numbers(frame, "ramp_s")?);
        let shares = numbers(frame, "probability_share")?;
        let to_capacity = frame.bool("adds_capacity")?;
        let mut plans: BTreeMap<String, Vec<Plan>> = BTreeMap::new();
        for (row, name) in names.iter().enumerate() {
            let at = |values: &[Option<f64>]| values.get(row).copied().flatten();
            let starts_us = starts.get(row).copied().flatten();
            let (Some(name), Some(starts_us), Some(amount)) = (name, starts_us, at(&bytes)) else {
                continue;
            };
            let is_capacity = to_capacity.get(row).copied().flatten().unwrap_or(false);
            plans.entry(name.clone()).or_default().push(Plan {
                starts_us,
                ramp_us: at(&ramps).unwrap_or(0.0) * 1e6,
                adds: if is_capacity { Adds::Capacity } else { Adds::Use },
                amount,
                probability: at(&shares).unwrap_or(1.0),
            });
        }
        Ok(Plans(plans))
    }

    /// The plans of a series in its steps.
    #[must_use]
    pub fn additions(&self, name: &str, even: &Even) -> Vec<Addition> {
        let step_us = signed(DAY_US) * even.every.days();
        let addition = |plan: &Plan| Addition {
            adds: plan.adds,
            start: even.steps_until(plan.starts_us),
            amount: plan.amount,
            ramp: plan.ramp_us / step_us,
            probability: plan.probability,
            since: 0.0,
        };
        self.0.get(name).into_iter().flatten().map(addition).collect()
    }
}
