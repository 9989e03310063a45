//! Success by attempt. Rows are attempts of a group (1, 2, ... without holes):
//!
//! ```toml
//! [[steps]]
//! step     = "retry_curve"
//! group    = ["failure_class"]   # optional
//! attempt  = "attempt"           # integer, from 1
//! made     = "made_count"        # runs that made this attempt
//! ok       = "ok_count"          # of these, succeeded at it
//! min_gain = 0.01                # optional; least gain of an attempt worth making
//! prefix   = "retry"             # optional
//! ```
//!
//! Adds `hazard lo hi cumulative gain proposed_limit` (the limit on every row of the group).

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::number::length;
use super::super::proportion::wilson;
use super::super::retry::{Attempt, proposed_limit, retry_curve};
use super::table::{Builder, CONFIDENCE, Output, groups, ordered, pairs};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryCurve {
    #[serde(default)]
    group: Vec<String>,
    attempt: String,
    made: String,
    ok: String,
    #[serde(default = "one_point")]
    min_gain: f64,
    prefix: Option<String>,
}

fn one_point() -> f64 {
    0.01
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step    = "retry_curve"
attempt = "attempt"
made    = "made_count"
ok      = "ok_count""#;

impl RetryCurve {
    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        let counts = pairs(&frame, &self.ok, &self.made)?;
        let mut attempts: Vec<Option<Attempt>> = vec![None; frame.height()];
        let mut limits = vec![None; frame.height()];
        for rows in groups(&frame, &self.group)? {
            let rows = ordered(&frame, &self.attempt, &rows)?;
            let made: Vec<(u64, u64)> = rows
                .iter()
                .map(|&row| counts.get(row).copied().flatten().map_or((0, 0), |(ok, n)| (n, ok)))
                .collect();
            let curve = retry_curve(&made);
            let limit = proposed_limit(&curve, self.min_gain).map(length);
            for (row, attempt) in rows.into_iter().zip(curve) {
                if let (Some(a), Some(l)) = (attempts.get_mut(row), limits.get_mut(row)) {
                    (*a, *l) = (Some(attempt), limit);
                }
            }
        }
        let interval = |pair: &Option<(u64, u64)>| {
            let (ok, made) = (*pair)?;
            wilson(ok, made, CONFIDENCE)
        };
        let lows = counts.iter().map(|pair| interval(pair).map(|i| i.lo)).collect();
        let highs = counts.iter().map(|pair| interval(pair).map(|i| i.hi)).collect();
        let of = |f: fn(&Attempt) -> Option<f64>| {
            attempts.iter().map(|a| a.as_ref().and_then(f)).collect()
        };
        let mut out = Builder::on(frame, self.prefix.as_deref());
        out.float("hazard", "share of this attempt that succeeded", of(|a| a.hazard))?;
        out.float("lo", "lower bound of hazard, 95 % (Wilson)", lows)?;
        out.float("hi", "upper bound of hazard, 95 % (Wilson)", highs)?;
        out.float("cumulative", "P(ok by this attempt)", of(|a| a.cumulative))?;
        out.float("gain", "rise of cumulative by this attempt", of(|a| a.gain))?;
        let says = format!("last attempt that gains at least {}", self.min_gain);
        out.int("proposed_limit", &says, limits)?;
        Ok(out.done())
    }
}
