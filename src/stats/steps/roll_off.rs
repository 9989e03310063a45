//! Space that comes back at known dates, when recovery points expire, from the rows of another
//! query.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::forecast::grid::Even;
use super::super::forecast::question::given_back;
use super::table::numbers;

/// Instants and bytes by the name of the series.
#[derive(Debug, Clone, Default)]
pub struct RollOff(BTreeMap<String, Vec<(i64, f64)>>);

impl RollOff {
    /// Reads the rows of a query with `back_at` and `bytes`; `on` names the series. A row without
    /// one of the three is left out.
    ///
    /// # Errors
    /// When a column is missing or of another type.
    pub fn of(frame: &Frame, on: &str) -> Result<Self> {
        let (names, instants) = (frame.text(on)?, frame.time("back_at")?);
        let mut back: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
        for ((name, at), bytes) in names.iter().zip(instants).zip(numbers(frame, "bytes")?) {
            if let (Some(name), Some(at), Some(bytes)) = (name, at, bytes) {
                back.entry(name.clone()).or_default().push((*at, bytes));
            }
        }
        Ok(RollOff(back))
    }

    /// Sum of what has come back to a series up to places in steps after its last value; empty
    /// when nothing does.
    #[must_use]
    pub fn up_to(&self, name: &str, even: &Even, places: impl Iterator<Item = f64>) -> Vec<f64> {
        let Some(back) = self.0.get(name) else { return Vec::new() };
        let due = back.iter().map(|(at, bytes)| (even.steps_until(*at), *bytes)).collect();
        given_back(due, places)
    }
}
