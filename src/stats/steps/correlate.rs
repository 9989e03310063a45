//! Rank correlation of pairs, with an interval that knows that neighbours are alike. Rows are
//! pairs; they become one row per group:
//!
//! ```toml
//! [[steps]]
//! step   = "correlate"
//! group  = ["pool"]            # optional
//! at     = "hour"              # orders the pairs in time
//! x      = "latency_us"
//! y      = "failed_count"
//! block  = 24                  # optional; pairs in a block, default the cube root of n
//! prefix = "latency"           # optional
//! ```
//!
//! Gives `n value lo hi block_n`. Null below 20 pairs or when a side does not vary.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::correlate::{block_length, spearman, spearman_block_bootstrap};
use super::super::number::length;
use super::super::proportion::Interval;
use super::super::random::seed;
use super::StepContext;
use super::table::{Builder, CONFIDENCE, Output, group_frame, groups, key, numbers, ordered};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlate {
    #[serde(default)]
    group: Vec<String>,
    at: String,
    x: String,
    y: String,
    block: Option<usize>,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step = "correlate"
at   = "hour"
x    = "latency_us"
y    = "failed_count""#;

/// Pairs needed for a coefficient.
const MIN_N: usize = 20;

struct Found {
    n: usize,
    block: usize,
    value: Option<f64>,
    interval: Option<Interval>,
}

impl Correlate {
    pub(super) fn run(&self, frame: &Frame, ctx: &StepContext) -> Result<Output> {
        let (x, y) = (numbers(frame, &self.x)?, numbers(frame, &self.y)?);
        let rows = groups(frame, &self.group)?;
        let columns = self.group.iter().map(|g| frame.column(g)).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::new();
        for rows in &rows {
            let pair = |&row: &usize| {
                Some((x.get(row).copied().flatten()?, y.get(row).copied().flatten()?))
            };
            let sorted = ordered(frame, &self.at, rows)?;
            let (x, y): (Vec<f64>, Vec<f64>) = sorted.iter().filter_map(pair).unzip();
            let n = x.len();
            let block = self.block.unwrap_or_else(|| block_length(n)).clamp(1, n.max(1));
            let name = key(&columns, rows.first().copied().unwrap_or(0));
            let seed = seed(&[&ctx.seed.to_string(), &name]);
            let value = (n >= MIN_N).then(|| spearman(&x, &y)).flatten();
            let interval =
                value.and_then(|_| spearman_block_bootstrap(&x, &y, block, CONFIDENCE, seed));
            found.push(Found { n, block, value, interval });
        }
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        out.int("n", "pairs", found.iter().map(|f| Some(length(f.n))).collect())?;
        let values = found.iter().map(|f| f.value).collect();
        out.float("value", "Spearman's rank correlation, -1 to 1", values)?;
        let lows = found.iter().map(|f| f.interval.map(|i| i.lo)).collect();
        out.float("lo", "lower bound, 95 % (block bootstrap)", lows)?;
        let highs = found.iter().map(|f| f.interval.map(|i| i.hi)).collect();
        out.float("hi", "upper bound, 95 % (block bootstrap)", highs)?;
        let blocks = found.iter().map(|f| Some(length(f.block))).collect();
        out.int("block_n", "pairs in a block", blocks)?;
        Ok(out.done())
    }
}
