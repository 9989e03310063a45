//! Incoming rows of several loads in one table, and which load each row came from.

use std::collections::BTreeMap;

use polars::prelude as pl;
use rayon::prelude::*;

use super::plan::Plan;
use super::{Batch, Counts, schema};
use crate::bridge;
use crate::error::Result;
use crate::model::table::Table;

/// Incoming rows of several loads in one table.
pub struct Incoming {
    /// The rows in the table's columns.
    pub rows: pl::DataFrame,
    /// Load and position within it of each row.
    pub origin: Vec<(usize, usize)>,
    loads: Vec<String>,
}

/// One data frame of several with the table's columns.
///
/// # Errors
/// When their columns differ.
pub fn stack(table: &Table, frames: &[pl::DataFrame]) -> Result<pl::DataFrame> {
    let mut all = pl::DataFrame::empty_with_schema(&bridge::schema(&schema::columns(table)));
    for frame in frames {
        all.vstack_mut(frame).map_err(|e| bridge::failed(&e))?;
    }
    all.rechunk_mut();
    Ok(all)
}

impl Incoming {
    /// The rows of several loads, checked against the table.
    ///
    /// # Errors
    /// When a row does not fit.
    pub fn of(table: &Table, batches: &[&Batch], is_partial: bool) -> Result<Self> {
        let frames = batches.par_iter().map(|b| schema::conform(table, &b.frame, is_partial));
        let frames: Vec<pl::DataFrame> = frames.collect::<Result<_>>()?;
        let rows = |(load, frame): (usize, &pl::DataFrame)| {
            (0..frame.height()).map(move |row| (load, row))
        };
        let origin = frames.iter().enumerate().flat_map(rows).collect();
        let loads = batches.iter().map(|batch| batch.load_id.clone()).collect();
        Ok(Incoming { rows: stack(table, &frames)?, origin, loads })
    }

    /// Zero counts for every load.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, Counts> {
        self.loads.iter().map(|id| (id.clone(), Counts::default())).collect()
    }

    /// Load of a row.
    #[must_use]
    pub fn load(&self, row: usize) -> Option<&String> {
        self.origin.get(row).and_then(|(load, _)| self.loads.get(*load))
    }

    /// Counts something for the load of a row.
    pub fn count(&self, plan: &mut Plan, row: usize, change: impl Fn(&mut Counts)) {
        if let Some(counts) = self.load(row).and_then(|id| plan.loads.get_mut(id)) {
            change(counts);
        }
    }
}
