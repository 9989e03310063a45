//! A rate with its interval, and with a target its verdict:
//!
//! ```toml
//! [[steps]]
//! step     = "proportion"
//! k        = "ok_count"            # numerator, integer
//! n        = "run_count"           # denominator, integer
//! target   = ">= 0.995"            # optional; or "<= 0.05", or ">= target_ratio" (a column)
//! sides    = "two"                 # optional; "one" = one-sided 95 % rule for the verdict
//! nights   = "success_rate_nights" # optional; query with `by` columns, k, n, one row per night
//! by       = ["tier"]              # columns that join the nights; default: text columns of both
//! causes   = "cause_count"         # optional; column of nights: distinct (class, signature)
//! unmapped = "unmapped_count"      # optional; above 1 % of n: not_assessable
//! is_assessable = "is_assessable"  # optional; false: no value, not_assessable
//! is_trials = "is_trials"          # optional; false: k and n are sizes, no trials: only a value
//! prefix   = "final"               # optional; final_value instead of value
//! ```
//!
//! Adds `value lo hi method` (display: Wilson; with a design effect above 1.5 the wider of
//! Korn-Graubard and night bootstrap). With `nights`: `deff clusters n_effective
//! value_without_worst_1 value_without_worst_3`, with `causes` also `independent_causes`. With
//! `target`: `target p p_adjusted family_n verdict verdict_lo verdict_hi verdict_method
//! runs_needed`; the family of Benjamini-Hochberg is the rows of the frame.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::{Frame, Type};

use super::super::bootstrap::night_bootstrap;
use super::super::clusters::{Night, without_worst};
use super::super::multiplicity::{Q, benjamini_hochberg};
use super::super::number::length;
use super::super::proportion::{Interval, share, wilson};
use super::super::random::seed;
use super::super::verdict::{
    Assessment, DEFF_LIMIT, Target, Verdict, assess, bad_target, runs_needed, split, verdict4,
};
use super::StepContext;
use super::table::{Builder, CONFIDENCE, Output, counts, flags, key, numbers, pairs};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proportion {
    k: String,
    n: String,
    target: Option<String>,
    #[serde(default)]
    sides: Sides,
    pub(super) nights: Option<String>,
    by: Option<Vec<String>>,
    causes: Option<String>,
    unmapped: Option<String>,
    is_assessable: Option<String>,
    is_trials: Option<String>,
    prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sides {
    #[default]
    Two,
    One,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step   = "proportion"
k      = "ok_count"
n      = "run_count"
target = ">= 0.995""#;

/// Everything about one row, before its verdict.
struct Row {
    counts: Option<(u64, u64)>,
    is_assessable: bool,
    nights: Vec<Night>,
    causes: Option<i64>,
    target: Option<Target>,
    assessment: Option<Assessment>,
    display: Option<(Interval, &'static str)>,
}

/// Text that identifies a row, its nights, and its independent causes.
type NightsOfRow = (String, Vec<Night>, Option<i64>);

impl Proportion {
    pub(super) fn check(&self) -> Result<()> {
        if let Some(target) = &self.target {
            let (direction, rest) = split(target)?;
            let is_column = rest.starts_with(|c: char| c.is_ascii_alphabetic());
            if !is_column && Target::parse_number(direction, rest).is_none() {
                return Err(bad_target(target));
            }
        }
        let needs_nights = self.by.is_some() || self.causes.is_some();
        if needs_nights && self.nights.is_none() {
            return Err(Error::config("`by` and `causes` belong to `nights`, which is missing"));
        }
        Ok(())
    }

    pub(super) fn run(&self, frame: Frame, ctx: &StepContext) -> Result<Output> {
        let rows = self.rows(&frame, ctx)?;
        let mut out = Builder::on(frame, self.prefix.as_deref());
        self.add_value(&mut out, &rows)?;
        if self.nights.is_some() {
            self.add_clusters(&mut out, &rows)?;
        }
        if self.target.is_some() {
            self.add_verdict(&mut out, &rows)?;
        }
        Ok(out.done())
    }

    fn confidence(&self) -> f64 {
        match self.sides {
            Sides::Two => CONFIDENCE,
            Sides::One => 1.0 - 2.0 * (1.0 - CONFIDENCE),
        }
    }

    fn rows(&self, frame: &Frame, ctx: &StepContext) -> Result<Vec<Row>> {
        let assessable = self.assessable(frame)?;
        let are_trials = match &self.is_trials {
            Some(column) => flags(frame, column)?.into_iter().map(|f| f != Some(false)).collect(),
            None => vec![true; frame.height()],
        };
        let targets = self.targets(frame)?.into_iter().zip(are_trials);
        let mut nights = self.nights(frame, ctx)?;
        let pairs = pairs(frame, &self.k, &self.n)?.into_iter();
        let row = |(at, ((counts, is_assessable), (target, is_trials)))| {
            let counts: Option<(u64, u64)> = counts;
            let (key, nights, causes) = nights.remove(&at).unwrap_or_default();
            // Bytes of one run are not independent of each other: no interval, no verdict.
            let trials = counts.filter(|_| is_trials);
            let target: Option<Target> = target;
            let target = target.filter(|_| is_trials);
            let assess = |(k, n)| assess(k, n, target?, &nights, self.confidence());
            let assessment = trials.and_then(assess);
            let display = trials.and_then(|(k, n)| {
                let seed = seed(&[&ctx.seed.to_string(), &key]);
                display(k, n, &nights, seed)
            });
            Row { counts, is_assessable, nights, causes, target, assessment, display }
        };
        Ok(pairs.zip(assessable).zip(targets).enumerate().map(row).collect())
    }

    fn assessable(&self, frame: &Frame) -> Result<Vec<bool>> {
        let mut assessable = vec![true; frame.height()];
        if let Some(column) = &self.is_assessable {
            for (slot, flag) in assessable.iter_mut().zip(flags(frame, column)?) {
                *slot = flag == Some(true);
            }
        }
        if let Some(column) = &self.unmapped {
            let both = counts(frame, column)?.into_iter().zip(counts(frame, &self.n)?);
            for (slot, (unmapped, n)) in assessable.iter_mut().zip(both) {
                let is_few = unmapped.unwrap_or(0).saturating_mul(100) <= n.unwrap_or(0);
                *slot &= is_few;
            }
        }
        Ok(assessable)
    }

    fn targets(&self, frame: &Frame) -> Result<Vec<Option<Target>>> {
        let Some(text) = &self.target else { return Ok(vec![None; frame.height()]) };
        let (direction, rest) = split(text)?;
        if let Some(target) = Target::parse_number(direction, rest) {
            return Ok(vec![Some(target); frame.height()]);
        }
        let target = |v: Option<f64>| v.and_then(|v| Target::from_value(direction, v));
        Ok(numbers(frame, rest)?.into_iter().map(target).collect())
    }

    /// Nights of each row with the text that identifies the row.
    fn nights(&self, frame: &Frame, ctx: &StepContext) -> Result<BTreeMap<usize, NightsOfRow>> {
        let Some(name) = &self.nights else { return Ok(BTreeMap::new()) };
        let nights = ctx.frames.get(name).ok_or_else(|| {
            Error::config(format!("the result of `{name}` was not given"))
                .hint(format!("add queries/metrics/{name}.sql: the same grain × backup_day"))
        })?;
        let by = self.by.clone().unwrap_or_else(|| shared_text_columns(frame, nights));
        let read = |source: &Frame| -> Result<Vec<String>> {
            let columns = by.iter().map(|c| source.column(c)).collect::<Result<Vec<_>>>()?;
            Ok((0..source.height()).map(|row| key(&columns, row)).collect())
        };
        let causes = match &self.causes {
            Some(column) => counts(nights, column)?,
            None => vec![None; nights.height()],
        };
        let mut of_key: BTreeMap<String, (Vec<Night>, Option<i64>)> = BTreeMap::new();
        let cells = pairs(nights, &self.k, &self.n)?.into_iter().zip(causes);
        for (key, (pair, causes)) in read(nights)?.into_iter().zip(cells) {
            let entry = of_key.entry(key).or_default();
            entry.0.extend(pair.map(|(k, n)| Night { failed: n - k, n }));
            let causes = causes.and_then(|c| i64::try_from(c).ok());
            entry.1 = causes.map_or(entry.1, |c| Some(entry.1.unwrap_or(0) + c));
        }
        let rows = read(frame)?.into_iter().enumerate();
        Ok(rows
            .map(|(at, key)| {
                let (nights, causes) = of_key.get(&key).cloned().unwrap_or_default();
                (at, (key, nights, causes))
            })
            .collect())
    }

    fn add_value(&self, out: &mut Builder, rows: &[Row]) -> Result<()> {
        let shown = |row: &Row| row.is_assessable.then_some(row.display).flatten();
        let value = |row: &Row| row.counts.and_then(|(k, n)| share(k, n));
        let says = format!("{} / {}", self.k, self.n);
        let values = rows.iter().map(|r| value(r).filter(|_| r.is_assessable)).collect();
        out.float("value", &says, values)?;
        let pick =
            |f: fn((Interval, &'static str)) -> f64| rows.iter().map(|r| shown(r).map(f)).collect();
        out.float("lo", "lower bound of the value, 95 %", pick(|d| d.0.lo))?;
        out.float("hi", "upper bound of the value, 95 %", pick(|d| d.0.hi))?;
        let methods = rows.iter().map(|r| shown(r).map(|d| d.1)).collect();
        out.word("method", "method of lo and hi", methods)
    }

    fn add_clusters(&self, out: &mut Builder, rows: &[Row]) -> Result<()> {
        let trials = |row: &Row| row.nights.iter().filter(|n| n.n > 0).count();
        let deff = |row: &Row| super::super::clusters::design_effect(&row.nights);
        out.float("deff", "design effect of the nights", rows.iter().map(deff).collect())?;
        let clusters = rows.iter().map(|r| Some(length(trials(r)))).collect();
        out.int("clusters", "nights with trials; below 10 the correction is weak", clusters)?;
        let effective =
            |row: &Row| super::super::clusters::effective(&row.nights, CONFIDENCE).map(|e| e.n);
        let says = "trials that independent runs would need for the same information";
        out.float("n_effective", says, rows.iter().map(effective).collect())?;
        for worst in [1, 3] {
            let without = |row: &Row| without_worst(&row.nights, worst);
            let says = format!("the value without the {worst} worst nights");
            let name = format!("value_without_worst_{worst}");
            out.float(&name, &says, rows.iter().map(without).collect())?;
        }
        if self.causes.is_some() {
            let says = "distinct causes: night, class and signature";
            let causes = rows.iter().map(|r| r.causes).collect();
            out.int("independent_causes", says, causes)?;
        }
        Ok(())
    }

    fn add_verdict(&self, out: &mut Builder, rows: &[Row]) -> Result<()> {
        let usable = |row: &Row| row.assessment.filter(|_| row.is_assessable);
        let p: Vec<Option<f64>> = rows.iter().map(|r| usable(r).map(|a| a.p)).collect();
        let adjusted = benjamini_hochberg(&p);
        let family = length(p.iter().flatten().count());
        let verdict = |(row, p): (&Row, &Option<f64>)| {
            let judge = |a: Assessment| verdict4(&a, p.is_some_and(|p| p <= Q));
            Some(usable(row).map_or(Verdict::NotAssessable, judge).word())
        };
        let verdicts = rows.iter().zip(&adjusted).map(verdict).collect();
        let pick = |f: fn(Assessment) -> f64| rows.iter().map(|r| usable(r).map(f)).collect();
        let method = |a: Assessment| {
            if a.is_clustered { "korn_graubard" } else { "clopper_pearson" }
        };
        let methods = rows.iter().map(|r| usable(r).map(method)).collect();
        let targets = rows.iter().map(|r| r.target.map(Target::value)).collect();
        let needed = |row: &Row| {
            let needed = row.target.and_then(|t| runs_needed(t, self.confidence()))?;
            i64::try_from(needed).ok()
        };
        out.float("target", "target of the value", targets)?;
        out.float("p", "one-sided exact p of a rate this bad at the target", p)?;
        out.float("p_adjusted", "p after Benjamini-Hochberg over the rows", adjusted)?;
        out.int("family_n", "tests in the family", vec![Some(family); rows.len()])?;
        let says = "breach, watch, meets, too_few_runs or not_assessable";
        out.word("verdict", says, verdicts)?;
        out.float("verdict_lo", "lower bound behind the verdict", pick(|a| a.interval.lo))?;
        out.float("verdict_hi", "upper bound behind the verdict", pick(|a| a.interval.hi))?;
        out.word("verdict_method", "method behind the verdict", methods)?;
        let says = "runs without a failure that would prove the target";
        out.int("runs_needed", says, rows.iter().map(needed).collect())
    }
}

/// Display interval: Wilson; the wider of Korn-Graubard and night bootstrap when nights matter.
fn display(k: u64, n: u64, nights: &[Night], seed: u64) -> Option<(Interval, &'static str)> {
    let deff = super::super::clusters::design_effect(nights);
    if deff.is_some_and(|deff| deff > DEFF_LIMIT) {
        let width = |interval: &Interval| interval.hi - interval.lo;
        let exact = super::super::clusters::korn_graubard(nights, CONFIDENCE)?;
        let drawn = night_bootstrap(nights, CONFIDENCE, seed)?;
        return Some(if width(&drawn) > width(&exact) {
            (drawn, "night_bootstrap")
        } else {
            (exact, "korn_graubard")
        });
    }
    Some((wilson(k, n, CONFIDENCE)?, "wilson"))
}

fn shared_text_columns(frame: &Frame, nights: &Frame) -> Vec<String> {
    let is_text = |frame: &Frame, name: &str| {
        frame.get(name).is_some_and(|column| column.kind() == Type::Text)
    };
    let shared = |name: &&String| is_text(frame, name) && is_text(nights, name);
    frame.names().iter().filter(shared).cloned().collect()
}
