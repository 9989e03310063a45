//! Rates pulled towards the whole, for rankings of systems with few runs:
//!
//! ```toml
//! [[steps]]
//! step   = "shrink"
//! k      = "ok_count"
//! n      = "run_count"
//! prefix = "final"         # optional
//! ```
//!
//! Adds `shrunk_value shrunk_rank pooled_value prior_n`; rank 1 is the lowest rate. Where all or
//! nothing succeeded there is nothing to rank: null.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::number::length;
use super::super::shrink::shrink_beta_binomial;
use super::table::{Builder, Output, pairs};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shrink {
    k: String,
    n: String,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step = "shrink"
k    = "ok_count"
n    = "run_count""#;

impl Shrink {
    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        let rates = pairs(&frame, &self.k, &self.n)?;
        let known: Vec<(u64, u64)> = rates.iter().copied().flatten().collect();
        let prior = shrink_beta_binomial(&known);
        let values: Vec<Option<f64>> = rates
            .iter()
            .map(|rate| Some(prior?.estimate(rate.as_ref()?.0, rate.as_ref()?.1)))
            .collect();
        let mut sorted: Vec<f64> = values.iter().copied().flatten().collect();
        sorted.sort_by(f64::total_cmp);
        let rank = |value: f64| length(sorted.partition_point(|other| *other < value)) + 1;
        let ranks = values.iter().map(|value| value.map(rank)).collect();
        let height = rates.len();
        let mut out = Builder::on(frame, self.prefix.as_deref());
        out.float("shrunk_value", "rate pulled towards the pooled rate", values)?;
        out.int("shrunk_rank", "1 = lowest; equal rates share a rank", ranks)?;
        let pooled = vec![prior.map(|p| p.mean); height];
        out.float("pooled_value", "rate of all rows together", pooled)?;
        let weight = vec![prior.map(|p| p.weight); height];
        out.float("prior_n", "runs that the pooled rate counts as", weight)?;
        Ok(out.done())
    }
}
