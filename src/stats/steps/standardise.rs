//! Mix-adjusted rate of each period beside the crude one, and Simpson's flag. Rows are group,
//! period and stratum; they become one row per group and period:
//!
//! ```toml
//! [[steps]]
//! step    = "standardise"
//! group   = ["site"]           # optional
//! period  = "month"            # text, ordered as text
//! stratum = "tier"
//! k       = "ok_count"
//! n       = "run_count"
//! base    = "2026-01"          # optional; default the first period
//! prefix  = "final"            # optional
//! ```
//!
//! Gives `k n value lo hi adjusted_value base_value change adjusted_change is_simpson
//! lost_weight_ratio`. Weights are the base period's `n`. `change` is against the base period.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::proportion::{Interval, share, wilson};
use super::super::standardise::{Adjusted, Stratum, standardise};
use super::table::{Builder, CONFIDENCE, Output, group_frame, groups, pairs};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardise {
    #[serde(default)]
    group: Vec<String>,
    period: String,
    stratum: String,
    k: String,
    n: String,
    base: Option<String>,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step    = "standardise"
period  = "month"
stratum = "tier"
k       = "ok_count"
n       = "run_count""#;

type Counts = (u64, u64);

struct Row {
    counts: Counts,
    base: Counts,
    adjusted: Option<Adjusted>,
}

impl Standardise {
    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let mut by = self.group.clone();
        by.push(self.period.clone());
        let mut of_period = Vec::new();
        let mut rows = Vec::new();
        if frame.height() > 0 {
            for group in groups(frame, &self.group)? {
                let part = self.group_rows(frame, &group)?;
                for (first, row) in part {
                    of_period.push(vec![first]);
                    rows.push(row);
                }
            }
        }
        let mut out = Builder::on(group_frame(frame, &by, &of_period)?, self.prefix.as_deref());
        add(&mut out, &rows)?;
        Ok(out.done())
    }

    /// First row and result of each period of one group, in the order of the periods.
    fn group_rows(&self, frame: &Frame, rows: &[usize]) -> Result<Vec<(usize, Row)>> {
        let (periods, strata) = (frame.text(&self.period)?, frame.text(&self.stratum)?);
        let counts = pairs(frame, &self.k, &self.n)?;
        let mut cells: BTreeMap<String, BTreeMap<String, Counts>> = BTreeMap::new();
        let mut firsts: BTreeMap<String, usize> = BTreeMap::new();
        let text = |column: &[Option<String>], row: usize| {
            column.get(row).cloned().flatten().unwrap_or_default()
        };
        for &row in rows {
            let period = text(periods, row);
            let (k, n) = counts.get(row).copied().flatten().unwrap_or((0, 0));
            firsts.entry(period.clone()).or_insert(row);
            let cell = cells.entry(period).or_default().entry(text(strata, row)).or_default();
            (cell.0, cell.1) = (cell.0 + k, cell.1 + n);
        }
        let first = cells.keys().next().cloned().unwrap_or_default();
        let base = cells.get(self.base.as_ref().unwrap_or(&first)).cloned().unwrap_or_default();
        Ok(cells
            .iter()
            .filter_map(|(period, now)| Some((*firsts.get(period)?, against(&base, now))))
            .collect())
    }
}

fn against(base: &BTreeMap<String, Counts>, now: &BTreeMap<String, Counts>) -> Row {
    let total = |cells: &BTreeMap<String, Counts>| {
        cells.values().fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
    };
    let mut names: Vec<&String> = base.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let of = |cells: &BTreeMap<String, Counts>, name: &String| {
        cells.get(name).copied().unwrap_or((0, 0))
    };
    let strata: Vec<Stratum> =
        names.iter().map(|name| Stratum { base: of(base, name), now: of(now, name) }).collect();
    Row { counts: total(now), base: total(base), adjusted: standardise(&strata) }
}

fn add(out: &mut Builder, rows: &[Row]) -> Result<()> {
    let int = |f: fn(&Row) -> u64| rows.iter().map(|r| i64::try_from(f(r)).ok()).collect();
    out.int("k", "numerator over the strata", int(|r| r.counts.0))?;
    out.int("n", "denominator over the strata", int(|r| r.counts.1))?;
    let float = |f: &dyn Fn(&Row) -> Option<f64>| rows.iter().map(f).collect();
    let crude = |r: &Row| share(r.counts.0, r.counts.1);
    let base = |r: &Row| share(r.base.0, r.base.1);
    let bound = |r: &Row, f: fn(Interval) -> f64| wilson(r.counts.0, r.counts.1, CONFIDENCE).map(f);
    out.float("value", "crude rate of the period", float(&crude))?;
    out.float("lo", "lower bound, 95 % (Wilson)", float(&|r| bound(r, |i| i.lo)))?;
    out.float("hi", "upper bound, 95 % (Wilson)", float(&|r| bound(r, |i| i.hi)))?;
    let says = "rate with the mix of the base period";
    out.float("adjusted_value", says, float(&|r| Some(r.adjusted?.adjusted)))?;
    out.float("base_value", "crude rate of the base period", float(&base))?;
    let says = "crude change against the base period";
    out.float("change", says, float(&|r| Some(crude(r)? - base(r)?)))?;
    let says = "change with the mix of the base period";
    let change = |r: &Row| r.adjusted.map(|a| a.adjusted - a.base);
    out.float("adjusted_change", says, float(&change))?;
    let says = "crude and adjusted change have opposite signs: report the adjusted one";
    let flags = rows.iter().map(|r| r.adjusted.map(|a| a.is_simpson)).collect();
    out.bool("is_simpson", says, flags)?;
    let says = "share of the base weight whose stratum is gone";
    out.float("lost_weight_ratio", says, float(&|r| Some(r.adjusted?.lost_weight)))
}
