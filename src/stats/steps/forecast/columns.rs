//! The columns that a forecast reads from its rows.

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::table::numbers;
use super::Forecast;
use crate::stats::forecast::refusal::Refusal;

/// Values row by row; a column that is not named in the step is absent.
pub(super) struct Columns {
    pub at: Vec<Option<i64>>,
    pub value: Vec<Option<f64>>,
    available: Option<Vec<Option<f64>>>,
    limit: Option<Vec<Option<f64>>>,
    logical: Option<Vec<Option<f64>>>,
    pub lead: Vec<Option<i64>>,
    pub before: Vec<Option<i64>>,
}

/// One sample of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub at: i64,
    pub value: f64,
    /// used + available, else the stated limit.
    pub capacity: Option<f64>,
    pub logical: Option<f64>,
    pub row: usize,
}

impl Columns {
    pub fn of(step: &Forecast, frame: &Frame) -> Result<Self> {
        let optional =
            |name: &Option<String>| name.as_ref().map(|name| numbers(frame, name)).transpose();
        Ok(Columns {
            at: frame.time(&step.at)?.to_vec(),
            value: numbers(frame, &step.value)?,
            available: optional(&step.available)?,
            limit: optional(&step.limit)?,
            logical: optional(&step.logical)?,
            lead: match &step.lead_s {
                Some(column) => frame.int(column)?.to_vec(),
                None => vec![None; frame.height()],
            },
            before: match &step.before {
                Some(column) => frame.time(column)?.to_vec(),
                None => vec![None; frame.height()],
            },
        })
    }

    /// Samples of some rows up to an instant, in order of time.
    pub fn samples(&self, rows: &[usize], as_of_us: i64) -> Vec<Sample> {
        let sample = |&row: &usize| {
            let at = self.at.get(row).copied().flatten().filter(|at| *at <= as_of_us)?;
            let value = self.value.get(row).copied().flatten()?;
            let available = cell(self.available.as_ref(), row);
            let capacity = available.map(|a| value + a).or_else(|| cell(self.limit.as_ref(), row));
            Some(Sample { at, value, capacity, logical: cell(self.logical.as_ref(), row), row })
        };
        let mut samples: Vec<Sample> = rows.iter().filter_map(sample).collect();
        samples.sort_by(|a, b| a.at.cmp(&b.at).then(a.value.total_cmp(&b.value)));
        samples
    }

    /// Whether used, available and the stated limit of a sample contradict each other.
    pub fn contradiction(&self, sample: &Sample) -> Option<Refusal> {
        let available = cell(self.available.as_ref(), sample.row)?;
        let stated = cell(self.limit.as_ref(), sample.row);
        let is_more = stated.is_some_and(|stated| sample.value + available > stated * 1.01);
        (available < 0.0 || is_more).then_some(Refusal::ContradictoryParts)
    }
}

fn cell(column: Option<&Vec<Option<f64>>>, row: usize) -> Option<f64> {
    column?.get(row).copied().flatten()
}
