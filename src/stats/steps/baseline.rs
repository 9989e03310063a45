//! What is usual for a duration, and from when on it is unusual. Rows are ok runs; they become
//! one row per group:
//!
//! ```toml
//! [[steps]]
//! step   = "baseline"
//! group  = ["stream", "weekday"]
//! value  = "duration_us"
//! mads   = 5.0                  # optional; distance of the limit
//! min_n  = 20                   # optional; runs needed
//! prefix = "usual"              # optional
//! ```
//!
//! Gives `n median mad_ratio limit over_n` with the unit at the end of median and limit: limit =
//! exp(median + mads · MAD) of the logs, `over_n` = runs that would have raised an alert.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::number::{length, median};
use super::table::{Builder, Output, at_rows, group_frame, groups, numbers, unit};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    group: Vec<String>,
    value: String,
    #[serde(default = "five")]
    mads: f64,
    #[serde(default = "twenty")]
    min_n: usize,
    prefix: Option<String>,
}

fn five() -> f64 {
    5.0
}
fn twenty() -> usize {
    20
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step  = "baseline"
group = ["stream", "weekday"]
value = "duration_us""#;

struct Usual {
    n: usize,
    median: Option<f64>,
    mad: Option<f64>,
    limit: Option<f64>,
    over: Option<i64>,
}

impl Baseline {
    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let (scale, suffix) = unit(&self.value);
        let logs: Vec<Option<f64>> = numbers(frame, &self.value)?
            .into_iter()
            .map(|value| value.filter(|v| *v > 0.0).map(|v| libm::log(v * scale)))
            .collect();
        let rows = groups(frame, &self.group)?;
        let found: Vec<Usual> = rows.iter().map(|rows| self.usual(&at_rows(&logs, rows))).collect();
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        let float = |f: fn(&Usual) -> Option<f64>| found.iter().map(f).collect();
        out.int("n", "runs with a value", found.iter().map(|u| Some(length(u.n))).collect())?;
        out.float(&format!("median{suffix}"), "median", float(|u| u.median))?;
        let says = "median absolute deviation of the logs";
        out.float("mad_ratio", says, float(|u| u.mad))?;
        let says = format!("median and {} MAD, on the log scale", self.mads);
        out.float(&format!("limit{suffix}"), &says, float(|u| u.limit))?;
        let over = found.iter().map(|u| u.over).collect();
        out.int("over_n", "runs above the limit in these data", over)?;
        Ok(out.done())
    }

    fn usual(&self, logs: &[f64]) -> Usual {
        let is_enough = logs.len() >= self.min_n;
        let middle = median(logs).filter(|_| is_enough);
        let distances = |m: f64| logs.iter().map(|l| (l - m).abs()).collect::<Vec<f64>>();
        let mad = middle.and_then(|m| median(&distances(m)));
        let limit = middle.zip(mad).map(|(m, mad)| m + self.mads * mad);
        let over = limit.map(|limit| length(logs.iter().filter(|l| **l > limit).count()));
        Usual {
            n: logs.len(),
            median: middle.map(libm::exp),
            mad,
            limit: limit.map(libm::exp),
            over,
        }
    }
}
