//! Durations with open cases. Rows are cases; they become one row per group:
//!
//! ```toml
//! [[steps]]
//! step        = "survival"
//! group       = ["severity"]    # optional
//! duration_us = "resolve_us"    # to the event, or to as_of for an open case
//! is_observed = "is_resolved"   # false: still open
//! entry_us    = "entry_us"      # optional; left truncation: observed from here on
//! count       = "case_count"    # optional; rows that stand for several equal cases
//! tau_us      = 2592000000000   # optional; horizon of the restricted mean
//! prefix      = "resolve"       # optional
//! ```
//!
//! Gives `n resolved_n open_n tier_of_n median_s lo_s hi_s more_than_s p75_s p90_s p95_s rmst_s
//! rmst_se_s tau_s resolved_mean_s cases_s excluded_n`. What the number of resolved cases does
//! not allow is null (below 6 only `cases_s`: seconds, `+` = open). `more_than_s` is set where
//! the median was not reached. Without `tau_us` the horizon is the smallest of the groups'
//! longest durations, so that the means can be compared. Rows with a null or negative duration
//! are left out and counted in `excluded_n`.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::{Column, Frame};

use super::super::number::{count, signed};
use super::super::survival::{Case, StepAt, kaplan_meier, rmst, time_to, time_to_ci};
use super::super::tier::Tier;
use super::table::{Builder, CONFIDENCE, Output, counts, flags, group_frame, groups};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survival {
    #[serde(default)]
    group: Vec<String>,
    duration_us: String,
    is_observed: String,
    entry_us: Option<String>,
    count: Option<String>,
    tau_us: Option<i64>,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step        = "survival"
group       = ["severity"]
duration_us = "resolve_us"
is_observed = "is_resolved""#;

/// One group's cases and curve.
struct Group {
    cases: Vec<Case>,
    excluded: u64,
    curve: Vec<StepAt>,
    n: u64,
    resolved: u64,
    tier: Tier,
}

impl Survival {
    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let cases = cases(
            frame,
            &self.duration_us,
            &self.is_observed,
            self.entry_us.as_deref(),
            self.count.as_deref(),
        )?;
        let rows = groups(frame, &self.group)?;
        let made: Vec<Group> = rows.iter().map(|rows| Group::of(&cases, rows)).collect();
        let longest = |group: &Group| group.cases.iter().map(|case| case.duration).max();
        let tau = self.tau_us.or_else(|| made.iter().filter_map(longest).min());
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        add_counts(&mut out, &made)?;
        add_quantiles(&mut out, &made)?;
        add_means(&mut out, &made, tau)?;
        Ok(out.done())
    }
}

/// Cases of a frame, row by row; none where the duration is null or negative.
pub(super) fn cases(
    frame: &Frame,
    duration_us: &str,
    is_observed: &str,
    entry_us: Option<&str>,
    weight: Option<&str>,
) -> Result<Vec<Option<Case>>> {
    let observed = flags(frame, is_observed)?;
    let entries = entry_us
        .map_or(Ok(vec![None; frame.height()]), |c| frame.int(c).map(<[Option<i64>]>::to_vec))?;
    let weights = weight.map_or(Ok(vec![Some(1); frame.height()]), |c| counts(frame, c))?;
    let rest = observed.into_iter().zip(entries).zip(weights);
    let make = |(duration, ((observed, entry), weight)): (&Option<i64>, _)| {
        let duration = duration.filter(|d| *d >= 0)?;
        let is_observed = Option::unwrap_or(observed, false);
        let entry: i64 = Option::unwrap_or(entry, 0);
        let weight: u64 = Option::unwrap_or(weight, 0);
        Some(Case { duration, is_observed, entry, weight })
    };
    Ok(frame.int(duration_us)?.iter().zip(rest).map(make).collect())
}

impl Group {
    fn of(all: &[Option<Case>], rows: &[usize]) -> Self {
        let found: Vec<Option<Case>> =
            rows.iter().map(|&row| all.get(row).copied().flatten()).collect();
        let excluded = u64::try_from(found.iter().filter(|c| c.is_none()).count()).unwrap_or(0);
        let cases: Vec<Case> = found.into_iter().flatten().collect();
        let sum = |cases: &mut dyn Iterator<Item = &Case>| cases.map(|c| c.weight).sum();
        let n = sum(&mut cases.iter());
        let resolved = sum(&mut cases.iter().filter(|c| c.is_observed));
        let curve = kaplan_meier(&cases);
        Group { cases, excluded, curve, n, resolved, tier: Tier::of(resolved) }
    }
    fn time_to(&self, q: f64) -> Option<f64> {
        let time = self.tier.allows(q).then(|| time_to(&self.curve, q)).flatten();
        time.map(seconds)
    }
    fn bounds(&self) -> (Option<f64>, Option<f64>) {
        if !self.tier.allows(0.5) {
            return (None, None);
        }
        let (lo, hi) = time_to_ci(&self.curve, 0.5, CONFIDENCE);
        (lo.map(seconds), hi.map(seconds))
    }
    /// Longest observation, where the median lies beyond it.
    fn more_than(&self) -> Option<f64> {
        let is_beyond = self.tier.allows(0.5) && time_to(&self.curve, 0.5).is_none();
        let longest = self.cases.iter().map(|case| case.duration).max();
        longest.filter(|_| is_beyond).map(seconds)
    }
    fn listed(&self) -> Option<Vec<String>> {
        let mut cases = self.cases.clone();
        cases.sort_unstable_by_key(|case| (case.duration, case.is_observed));
        let text = |case: &Case| {
            let plus = if case.is_observed { "" } else { "+" };
            format!("{}{plus}", case.duration / 1_000_000)
        };
        (self.tier == Tier::Cases && self.n < 6).then(|| cases.iter().map(text).collect())
    }
    fn resolved_mean(&self) -> Option<f64> {
        let resolved = || self.cases.iter().filter(|c| c.is_observed);
        let sum: f64 = resolved().map(|c| seconds(c.duration) * count(c.weight)).sum();
        self.tier.allows(0.5).then(|| sum / count(self.resolved))
    }
}

fn seconds(us: i64) -> f64 {
    signed(us) / 1e6
}

fn add_counts(out: &mut Builder, groups: &[Group]) -> Result<()> {
    let int = |f: fn(&Group) -> u64| groups.iter().map(|g| i64::try_from(f(g)).ok()).collect();
    out.int("n", "cases", int(|g| g.n))?;
    out.int("resolved_n", "cases with the event", int(|g| g.resolved))?;
    out.int("open_n", "cases still open, counted in every figure", int(|g| g.n - g.resolved))?;
    out.int("excluded_n", "rows without a usable duration", int(|g| g.excluded))?;
    let says = "what the number of resolved cases allows: cases, median, p75, p90, p95";
    out.word("tier_of_n", says, groups.iter().map(|g| Some(g.tier.word())).collect())?;
    let listed = Column::List(groups.iter().map(Group::listed).collect());
    out.add("cases_s", "the cases themselves when there are fewer than 6; + = open", listed)
}

fn add_quantiles(out: &mut Builder, groups: &[Group]) -> Result<()> {
    let at = |q: f64| groups.iter().map(|g| g.time_to(q)).collect();
    out.float("median_s", "half had the event by then (Kaplan-Meier)", at(0.5))?;
    let says = "lower bound of the median, 95 % (Brookmeyer-Crowley, log-log)";
    out.float("lo_s", says, groups.iter().map(|g| g.bounds().0).collect())?;
    let says = "upper bound of the median; null = open";
    out.float("hi_s", says, groups.iter().map(|g| g.bounds().1).collect())?;
    let says = "set when the median is not reached: it is more than this";
    out.float("more_than_s", says, groups.iter().map(Group::more_than).collect())?;
    out.float("p75_s", "75 % had the event by then", at(0.75))?;
    out.float("p90_s", "90 % had the event by then", at(0.9))?;
    out.float("p95_s", "95 % had the event by then", at(0.95))
}

fn add_means(out: &mut Builder, groups: &[Group], tau: Option<i64>) -> Result<()> {
    let mean = |g: &Group| {
        let tau = tau.filter(|_| g.tier.allows(0.5))?;
        Some(rmst(&g.curve, tau))
    };
    let says = "mean time to the event or to tau_s, whichever is first";
    let means = groups.iter().map(|g| mean(g).map(|m| m.mean / 1e6)).collect();
    out.float("rmst_s", says, means)?;
    let errors = groups.iter().map(|g| mean(g).map(|m| m.standard_error / 1e6)).collect();
    out.float("rmst_se_s", "its standard error", errors)?;
    let tau = tau.map(seconds);
    out.float("tau_s", "horizon of the restricted mean", vec![tau; groups.len()])?;
    let says = "mean of the resolved cases only: too short, do not trend";
    out.float("resolved_mean_s", says, groups.iter().map(Group::resolved_mean).collect())
}
