//! Two groups against each other. `rates` and `difference` compare columns of one row and keep
//! the rows; `survival` and `samples` compare arms of cases and give one row per group and arm:
//!
//! ```toml
//! [[steps]]
//! step   = "compare"
//! kind   = "rates"               # (k / n) / (base_k / base_n); exact conditional interval
//! k      = "failed_after_count"
//! n      = "expected_after_count"
//! base_k = "failed_control_count"
//! base_n = "expected_control_count"
//! prefix = "lift"                # optional, for every kind
//!
//! [[steps]]
//! step = "compare"
//! kind = "difference"            # k / n - base_k / base_n; Newcombe; same keys as rates
//!
//! [[steps]]
//! step        = "compare"
//! kind        = "survival"       # log-rank and difference of restricted means
//! group       = ["severity"]     # optional
//! arm         = "quarter"
//! base        = "2026Q2"         # the arm that the others are held against
//! duration_us = "resolve_us"
//! is_observed = "is_resolved"
//! entry_us    = "entry_us"       # optional
//! min_n       = 50               # optional; resolved cases an arm needs for a test
//!
//! [[steps]]
//! step   = "compare"
//! kind   = "samples"             # Hodges-Lehmann, Mann-Whitney, Cliff, Welch, Brunner-Munzel, KS
//! group  = ["workload"]          # optional
//! arm    = "environment"
//! base   = "reference"
//! value  = "duration_us"
//! is_log = true                  # optional; shift as relative change (0.1 = 10 % longer)
//! min_n  = 6                     # optional; values an arm needs
//! ```
//!
//! All add `value lo hi p` (ratio, difference, difference of means in seconds, shift). `rates`:
//! p is Fisher's; an open bound is null. `survival` also `n base_n median_s base_median_s
//! chi_square`; `samples` also `n base_n delta welch_p brunner_munzel_p ks_d ks_p`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::counts::{fisher, rate_ratio_exact};
use super::super::drift::ks_exact;
use super::super::log_rank::log_rank;
use super::super::number::length;
use super::super::proportion::{newcombe, share};
use super::super::samples::{brunner_munzel, cliffs_delta, mann_whitney, welch};
use super::super::shift::hodges_lehmann;
use super::super::special::two_sided_z;
use super::super::survival::{Case, kaplan_meier, rmst, time_to};
use super::survival::cases;
use super::table::{
    Builder, CONFIDENCE, Output, at_rows, group_frame, groups, numbers, pairs, unit,
};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Compare {
    /// Ratio of two rates.
    Rates(Pair),
    /// Difference of two rates.
    Difference(Pair),
    /// Two survival curves.
    Survival(Curves),
    /// Two samples.
    Samples(Samples),
}

/// Columns of one row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    k: String,
    n: String,
    base_k: String,
    base_n: String,
    prefix: Option<String>,
}

/// Arms of cases with durations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curves {
    #[serde(default)]
    group: Vec<String>,
    arm: String,
    base: String,
    duration_us: String,
    is_observed: String,
    entry_us: Option<String>,
    #[serde(default = "fifty")]
    min_n: usize,
    prefix: Option<String>,
}

/// Arms of values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    #[serde(default)]
    group: Vec<String>,
    arm: String,
    base: String,
    value: String,
    #[serde(default)]
    is_log: bool,
    #[serde(default = "six")]
    min_n: usize,
    prefix: Option<String>,
}

fn fifty() -> usize {
    50
}
fn six() -> usize {
    6
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step   = "compare"
kind   = "rates"
k      = "failed_after_count"
n      = "expected_after_count"
base_k = "failed_control_count"
base_n = "expected_control_count""#;

impl Compare {
    pub(super) fn check(&self) -> Result<()> {
        let least = match self {
            Compare::Rates(_) | Compare::Difference(_) => 2,
            Compare::Survival(s) => s.min_n,
            Compare::Samples(s) => s.min_n,
        };
        if least < 2 { Err(Error::config("`min_n` is at least 2")) } else { Ok(()) }
    }

    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        match self {
            Compare::Rates(pair) => pair.ratio(frame),
            Compare::Difference(pair) => pair.difference(frame),
            Compare::Survival(curves) => curves.run(&frame),
            Compare::Samples(samples) => samples.run(&frame),
        }
    }
}

type Counts = ((u64, u64), (u64, u64));

/// A figure of two samples.
type Figure<'a> = dyn Fn(&[f64], &[f64]) -> Option<f64> + 'a;

impl Pair {
    fn rows(&self, frame: &Frame) -> Result<Vec<Option<Counts>>> {
        let base = pairs(frame, &self.base_k, &self.base_n)?;
        let both = pairs(frame, &self.k, &self.n)?.into_iter().zip(base);
        Ok(both.map(|(pair, base)| Some((pair?, base?))).collect())
    }

    fn ratio(&self, frame: Frame) -> Result<Output> {
        let rows = self.rows(&frame)?;
        let found: Vec<_> = rows
            .iter()
            .map(|row| {
                let ((k, n), (base_k, base_n)) = (*row)?;
                rate_ratio_exact(k, n, base_k, base_n, CONFIDENCE)
            })
            .collect();
        let mut out = Builder::on(frame, self.prefix.as_deref());
        let values = found.iter().map(|r| r.and_then(|r| r.value)).collect();
        out.float("value", "ratio of the rates; null without control events", values)?;
        let lows = found.iter().map(|r| r.map(|r| r.lo)).collect();
        out.float("lo", "lower bound, 95 % (exact, conditional)", lows)?;
        let highs = found.iter().map(|r| r.and_then(|r| r.hi)).collect();
        out.float("hi", "upper bound; null = open", highs)?;
        add_fisher(&mut out, &rows)?;
        Ok(out.done())
    }

    fn difference(&self, frame: Frame) -> Result<Output> {
        let rows = self.rows(&frame)?;
        let interval = |row: &Option<Counts>| {
            let ((k, n), (base_k, base_n)) = (*row)?;
            newcombe(k, n, base_k, base_n, CONFIDENCE)
        };
        let value = |row: &Option<Counts>| {
            let ((k, n), (base_k, base_n)) = (*row)?;
            Some(share(k, n)? - share(base_k, base_n)?)
        };
        let mut out = Builder::on(frame, self.prefix.as_deref());
        out.float("value", "difference of the rates", rows.iter().map(value).collect())?;
        let lows = rows.iter().map(|r| interval(r).map(|i| i.lo)).collect();
        out.float("lo", "lower bound, 95 % (Newcombe)", lows)?;
        let highs = rows.iter().map(|r| interval(r).map(|i| i.hi)).collect();
        out.float("hi", "upper bound, 95 % (Newcombe)", highs)?;
        add_fisher(&mut out, &rows)?;
        Ok(out.done())
    }
}

fn add_fisher(out: &mut Builder, rows: &[Option<Counts>]) -> Result<()> {
    let p = |row: &Option<Counts>| {
        let ((k, n), (base_k, base_n)) = (*row)?;
        fisher(k, n, base_k, base_n)
    };
    out.float("p", "Fisher's exact p, two-sided", rows.iter().map(p).collect())
}

/// Rows of each group and arm other than the base, with the rows of the group's base.
struct Arms {
    frame: Frame,
    rows: Vec<(Vec<usize>, Vec<usize>)>,
}

impl Arms {
    fn of(frame: &Frame, group: &[String], arm: &str, base: &str) -> Result<Self> {
        let arms = frame.text(arm)?;
        let is_base = |row: &usize| arms.get(*row).is_some_and(|a| a.as_deref() == Some(base));
        let mut by: Vec<String> = group.to_vec();
        by.push(arm.to_owned());
        let mut of_arm = groups(frame, &by)?;
        of_arm.retain(|rows| rows.first().is_some_and(|row| !is_base(row)));
        let mut base_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for group in groups(frame, group)? {
            let base: Vec<usize> = group.iter().copied().filter(is_base).collect();
            // The first row of each arm leads to the base of its group.
            let firsts = of_arm.iter().filter_map(|rows| rows.first());
            let members: BTreeSet<usize> = group.into_iter().collect();
            base_of.extend(firsts.filter(|f| members.contains(f)).map(|f| (*f, base.clone())));
        }
        let base_rows = |rows: &[usize]| {
            rows.first().and_then(|first| base_of.get(first)).cloned().unwrap_or_default()
        };
        let rows = of_arm.iter().map(|rows| (rows.clone(), base_rows(rows))).collect();
        Ok(Arms { frame: group_frame(frame, &by, &of_arm)?, rows })
    }
}

impl Curves {
    fn run(&self, frame: &Frame) -> Result<Output> {
        let entry = self.entry_us.as_deref();
        let all = cases(frame, &self.duration_us, &self.is_observed, entry, None)?;
        let arms = Arms::of(frame, &self.group, &self.arm, &self.base)?;
        let found: Vec<CurvePair> =
            arms.rows.iter().map(|(a, b)| CurvePair::of(&all, a, b, self.min_n)).collect();
        let mut out = Builder::on(arms.frame, self.prefix.as_deref());
        let int = |f: fn(&CurvePair) -> usize| found.iter().map(|c| Some(length(f(c)))).collect();
        out.int("n", "cases", int(|c| c.n.0))?;
        out.int("base_n", "cases of the base", int(|c| c.n.1))?;
        let float = |f: fn(&CurvePair) -> Option<f64>| found.iter().map(f).collect();
        out.float("median_s", "median; null = not reached", float(|c| c.medians.0))?;
        out.float("base_median_s", "median of the base", float(|c| c.medians.1))?;
        let says = "difference of the restricted means; null when an arm is too small to test";
        out.float("value", says, float(|c| c.difference.map(|d| d.0)))?;
        out.float("lo", "lower bound, 95 %", float(|c| c.difference.map(|d| d.0 - d.1)))?;
        out.float("hi", "upper bound, 95 %", float(|c| c.difference.map(|d| d.0 + d.1)))?;
        out.float("chi_square", "log-rank", float(|c| c.test.map(|t| t.0)))?;
        out.float("p", "log-rank p", float(|c| c.test.map(|t| t.1)))?;
        Ok(out.done())
    }
}

struct CurvePair {
    n: (usize, usize),
    medians: (Option<f64>, Option<f64>),
    /// Difference of restricted means and half the width of its interval, seconds.
    difference: Option<(f64, f64)>,
    test: Option<(f64, f64)>,
}

impl CurvePair {
    fn of(all: &[Option<Case>], rows: &[usize], base: &[usize], min_n: usize) -> Self {
        let (a, b) = (at_rows(all, rows), at_rows(all, base));
        let (curve_a, curve_b) = (kaplan_meier(&a), kaplan_meier(&b));
        let resolved = |cases: &[Case]| cases.iter().filter(|c| c.is_observed).count();
        let is_tested = resolved(&a) >= min_n && resolved(&b) >= min_n;
        let longest = |cases: &[Case]| cases.iter().map(|c| c.duration).max();
        let tau = longest(&a).min(longest(&b)).filter(|_| is_tested);
        let seconds = |us: i64| super::super::number::signed(us) / 1e6;
        let difference = tau.map(|tau| {
            let (a, b) = (rmst(&curve_a, tau), rmst(&curve_b, tau));
            let spread = libm::hypot(a.standard_error, b.standard_error);
            ((a.mean - b.mean) / 1e6, two_sided_z(CONFIDENCE) * spread / 1e6)
        });
        let test = is_tested.then(|| log_rank(&a, &b)).flatten();
        CurvePair {
            n: (a.len(), b.len()),
            medians: (time_to(&curve_a, 0.5).map(seconds), time_to(&curve_b, 0.5).map(seconds)),
            difference,
            test: test.map(|t| (t.chi_square, t.p)),
        }
    }
}

impl Samples {
    fn run(&self, frame: &Frame) -> Result<Output> {
        let (scale, _) = unit(&self.value);
        let transform = |value: f64| {
            let value = value * scale;
            if self.is_log { (value > 0.0).then(|| libm::log(value)) } else { Some(value) }
        };
        let values: Vec<Option<f64>> =
            numbers(frame, &self.value)?.into_iter().map(|v| v.and_then(transform)).collect();
        let arms = Arms::of(frame, &self.group, &self.arm, &self.base)?;
        let found: Vec<(Vec<f64>, Vec<f64>)> =
            arms.rows.iter().map(|(a, b)| (at_rows(&values, a), at_rows(&values, b))).collect();
        let mut out = Builder::on(arms.frame, self.prefix.as_deref());
        let ns = found.iter().map(|f| Some(length(f.0.len()))).collect();
        out.int("n", "values", ns)?;
        let ns = found.iter().map(|f| Some(length(f.1.len()))).collect();
        out.int("base_n", "values of the base", ns)?;
        self.add_tests(&mut out, &found)?;
        Ok(out.done())
    }

    fn add_tests(&self, out: &mut Builder, found: &[(Vec<f64>, Vec<f64>)]) -> Result<()> {
        let each = |f: &Figure<'_>| {
            let one = |(a, b): &(Vec<f64>, Vec<f64>)| {
                let is_enough = a.len() >= self.min_n && b.len() >= self.min_n;
                is_enough.then(|| f(a, b)).flatten()
            };
            found.iter().map(one).collect()
        };
        let back = |shift: f64| if self.is_log { libm::expm1(shift) } else { shift };
        let shift = |a: &[f64], b: &[f64]| hodges_lehmann(a, b, CONFIDENCE);
        let says = if self.is_log {
            "relative change (Hodges-Lehmann of logs)"
        } else {
            "shift (Hodges-Lehmann)"
        };
        out.float("value", says, each(&|a, b| Some(back(shift(a, b)?.value))))?;
        out.float("lo", "lower bound, 95 %", each(&|a, b| Some(back(shift(a, b)?.lo))))?;
        out.float("hi", "upper bound, 95 %", each(&|a, b| Some(back(shift(a, b)?.hi))))?;
        out.float("p", "Mann-Whitney p", each(&|a, b| mann_whitney(a, b)?.p))?;
        let says = "Cliff's delta, -1 to 1";
        out.float("delta", says, each(&|a, b| cliffs_delta(a, b)))?;
        out.float("welch_p", "Welch's t test", each(&|a, b| Some(welch(a, b)?.p)))?;
        let says = "Brunner-Munzel; null when separated completely";
        out.float("brunner_munzel_p", says, each(&|a, b| Some(brunner_munzel(a, b)?.p)))?;
        let says = "Kolmogorov-Smirnov distance";
        out.float("ks_d", says, each(&|a, b| Some(ks_exact(a, b)?.d)))?;
        out.float("ks_p", "Kolmogorov-Smirnov p", each(&|a, b| Some(ks_exact(a, b)?.p)))
    }
}
