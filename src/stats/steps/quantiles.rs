//! Quantiles of cases without open ones, with order-statistic intervals; one row per group:
//!
//! ```toml
//! [[steps]]
//! step     = "quantiles"
//! group    = ["server"]            # optional
//! value    = "start_delay_us"      # integer or float; microseconds leave as seconds
//! q        = [0.5, 0.9]            # optional; default 0.5, 0.75, 0.9, 0.95
//! infinite = "is_failed"           # optional; true: the value counts as larger than any
//! over     = 900                   # optional; limit: adds over_n, the cases above it
//! small_n  = true                  # optional; print below the limits of section 9.2 too
//! prefix   = "delay"               # optional
//! ```
//!
//! Gives `n infinite_n missing_n min max tier_of_n` and for each q `p50 p50_lo p50_hi` with the
//! unit at the end (`p50_s`, `p50_lo_s`; `p99_9_s` for 0.999). `over` is in the unit that leaves. A quantile among the infinite
//! cases is null, and so is one that n does not allow.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::number::length;
use super::super::quantiles::{Quantile, quantile};
use super::super::tier::Tier;
use super::table::{Builder, CONFIDENCE, Output, flags, group_frame, groups, numbers, unit};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantiles {
    #[serde(default)]
    group: Vec<String>,
    value: String,
    #[serde(default = "usual")]
    q: Vec<f64>,
    infinite: Option<String>,
    over: Option<f64>,
    #[serde(default)]
    small_n: bool,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step  = "quantiles"
group = ["server"]
value = "start_delay_us"
q     = [0.5, 0.9]"#;

fn usual() -> Vec<f64> {
    vec![0.5, 0.75, 0.9, 0.95]
}

struct Group {
    sorted: Vec<f64>,
    infinite: usize,
    missing: usize,
}

impl Quantiles {
    pub(super) fn check(&self) -> Result<()> {
        if self.q.is_empty() || self.q.iter().any(|q| !(*q > 0.0 && *q < 1.0)) {
            return Err(Error::config("`q` needs numbers between 0 and 1, such as [0.5, 0.9]"));
        }
        Ok(())
    }

    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let values = numbers(frame, &self.value)?;
        let infinite = match &self.infinite {
            Some(column) => flags(frame, column)?,
            None => vec![None; frame.height()],
        };
        let (scale, suffix) = unit(&self.value);
        let rows = groups(frame, &self.group)?;
        let made: Vec<Group> = rows
            .iter()
            .map(|rows| {
                let of = |row: &usize| {
                    let is_infinite = infinite.get(*row).copied().flatten() == Some(true);
                    let value = values.get(*row).copied().flatten().map(|v| v * scale);
                    if is_infinite { Some(f64::INFINITY) } else { value }
                };
                let mut sorted: Vec<f64> = rows.iter().filter_map(of).collect();
                sorted.sort_by(f64::total_cmp);
                let infinite = sorted.iter().filter(|v| v.is_infinite()).count();
                let missing = rows.len() - sorted.len();
                Group { sorted, infinite, missing }
            })
            .collect();
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        add_counts(&mut out, &made, suffix)?;
        if let Some(limit) = self.over {
            let over = |g: &Group| length(g.sorted.iter().filter(|v| **v > limit).count());
            let says = format!("cases above {limit}{}", if suffix == "_s" { " s" } else { "" });
            out.int("over_n", &says, made.iter().map(|g| Some(over(g))).collect())?;
        }
        for &q in &self.q {
            self.add(&mut out, &made, q, suffix)?;
        }
        Ok(out.done())
    }

    fn add(&self, out: &mut Builder, groups: &[Group], q: f64, suffix: &str) -> Result<()> {
        let name = name(q);
        let of = |group: &Group| {
            let n = u64::try_from(group.sorted.len()).unwrap_or(0);
            let is_allowed = self.small_n || Tier::of(n).allows(q);
            is_allowed.then(|| quantile(&group.sorted, q, CONFIDENCE)).flatten()
        };
        let found: Vec<Option<Quantile>> = groups.iter().map(of).collect();
        let says = format!("{} % of the values are at most this", q * 100.0);
        let values = found.iter().map(|f| f.map(|f| f.value)).collect();
        out.float(&format!("{name}{suffix}"), &says, values)?;
        let bounds = |pick: fn((f64, f64)) -> f64| {
            found.iter().map(|f| f.and_then(|f| f.bounds).map(pick)).collect()
        };
        let says = "lower bound, 95 % (order statistics)";
        out.float(&format!("{name}_lo{suffix}"), says, bounds(|b| b.0))?;
        let says = "upper bound, 95 % (order statistics)";
        out.float(&format!("{name}_hi{suffix}"), says, bounds(|b| b.1))
    }
}

/// p50, p99_9.
fn name(q: f64) -> String {
    format!("p{}", (q * 1e8).round() / 1e6).replace('.', "_")
}

fn add_counts(out: &mut Builder, groups: &[Group], suffix: &str) -> Result<()> {
    let int = |f: fn(&Group) -> usize| groups.iter().map(|g| Some(length(f(g)))).collect();
    out.int("n", "cases", int(|g| g.sorted.len()))?;
    out.int("infinite_n", "cases that count as larger than any value", int(|g| g.infinite))?;
    out.int("missing_n", "rows without a value", int(|g| g.missing))?;
    let tier = |g: &Group| Some(Tier::of(u64::try_from(g.sorted.len()).unwrap_or(0)).word());
    let says = "what n allows: cases, median, p75, p90, p95";
    out.word("tier_of_n", says, groups.iter().map(tier).collect())?;
    let least = groups.iter().map(|g| g.sorted.first().copied()).collect();
    out.float(&format!("min{suffix}"), "smallest value", least)?;
    let greatest = groups.iter().map(|g| g.sorted.last().copied()).collect();
    out.float(&format!("max{suffix}"), "largest value", greatest)
}
