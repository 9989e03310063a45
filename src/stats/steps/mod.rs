//! The steps of a query header: `[[steps]]` tables become [`Step`]s, and [`apply`] runs them in
//! order over the frame that the engine returned. A step adds columns, or (where the rows are
//! cases, not groups) replaces the rows by one row per group. It never reads a file, a table or
//! the clock, and never lets NaN or infinity out: what cannot be computed is null.
//!
//! Common to all steps:
//!
//! * `step = "..."` names the step; unknown keys are refused.
//! * Keys name columns of the frame. Counts are integers, durations microseconds (`_us`), bytes
//!   integers; a step divides once, at the end. Durations leave in seconds (`_s`).
//! * `prefix = "final"` turns the added `value`, `lo`, ... into `final_value`, `final_lo`, ..., so
//!   that one kind of step can stand twice in a header.
//! * `group = ["tier", "month"]`: columns that identify a group, for steps whose rows are cases.
//!   The order of first appearance is kept, so a total order in SQL stays one.
//! * A null count gives null columns and, where there is a target, `not_assessable`.
//!
//! | step | rows | replaces rows | adds (with `prefix_` if given) |
//! |---|---|---|---|
//! | `ratio` | any | no | one float column `name` |
//! | `proportion` | group: k, n | no | value lo hi method; nights: deff clusters; target: verdict |
//! | `count_rate` | group: events, exposure | no | value lo hi between_s |
//! | `survival` | case | yes | n resolved_n open_n median_s lo_s hi_s p75_s rmst_s ... |
//! | `quantiles` | case | yes | n p50 p50_lo p50_hi p75 ... in the unit of the value |
//! | `compare` | group or case, by `kind` | by kind | value lo hi p and effect sizes |
//! | `adjust` | test: p | no | p_adjusted family_n is_kept |
//! | `shrink` | group: k, n | no | shrunk_value shrunk_rank |
//! | `standardise` | group × period × stratum: k, n | yes | value adjusted_value is_simpson |
//! | `retry_curve` | group × attempt: made, ok | no | hazard lo hi cumulative gain proposed_limit |
//! | `bridge` | group: k and n per state | yes | one row per term, exact fractions |
//! | `baseline` | case | yes | n median mad upper_limit |
//! | `changepoints` | group × time: value | yes | one row per shift |
//! | `correlate` | pair: x, y | yes | n value lo hi |
//! | `exposure` | recovery points | yes | worst_s compliance_ratio breach_n now_s |
//! | `experiment` | unit: arm, outcome | yes | one row per experiment |
//! | `finding` | any | yes | finding; rows without one are dropped |
//! | `forecast` | series × time: value, limit | yes | forecast and date to full per series |
//!
//! Each file of this folder opens with its step in TOML, by example.

mod adjust;
mod baseline;
mod bridge;
mod changepoints;
mod compare;
mod correlate;
mod count_rate;
mod experiment;
mod exposure;
mod finding;
mod forecast;
pub mod formulas;
mod full;
mod plans;
mod proportion;
mod quantiles;
mod ratio;
mod retry_curve;
mod roll_off;
mod shrink;
mod standardise;
mod survival;
pub mod table;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::model::frame::Frame;
use crate::model::result::ResultColumn;
use table::Output;

/// What a step may know besides the rows.
#[derive(Debug, Clone, Default)]
pub struct StepContext {
    /// The instant of the report, microseconds UTC; nothing later is looked at.
    pub as_of_us: i64,
    /// Begin of the period, microseconds UTC (needed by `exposure`).
    pub from_us: i64,
    /// End of the period, exclusive, microseconds UTC (needed by `exposure`).
    pub to_us: i64,
    /// Seed of everything that is resampled: [`crate::stats::random::seed`] of report and metric.
    pub seed: u64,
    /// Results of the queries named by [`needs`].
    pub frames: BTreeMap<String, Frame>,
}

/// One parsed step.
#[derive(Debug, Clone)]
pub enum Step {
    /// Division of two columns.
    Ratio(ratio::Ratio),
    /// A rate with interval, clusters and verdict.
    Proportion(Box<proportion::Proportion>),
    /// Events per exposure.
    CountRate(count_rate::CountRate),
    /// Durations with open cases.
    Survival(survival::Survival),
    /// Quantiles with order-statistic intervals.
    Quantiles(quantiles::Quantiles),
    /// Two groups against each other.
    Compare(compare::Compare),
    /// Benjamini-Hochberg.
    Adjust(adjust::Adjust),
    /// Beta-binomial shrinkage for rankings.
    Shrink(shrink::Shrink),
    /// Mix-adjusted rate and Simpson's flag.
    Standardise(standardise::Standardise),
    /// Success by attempt.
    RetryCurve(retry_curve::RetryCurve),
    /// Exact decomposition of the difference of rates.
    Bridge(bridge::Bridge),
    /// Median and limit of a duration.
    Baseline(baseline::Baseline),
    /// Level shifts of a series.
    Changepoints(changepoints::Changepoints),
    /// Rank correlation of pairs.
    Correlate(correlate::Correlate),
    /// Recovery point exposure.
    Exposure(exposure::Exposure),
    /// A/B comparison.
    Experiment(experiment::Experiment),
    /// Verdicts as findings of a check.
    Finding(finding::Finding),
    /// Forecast and date to full.
    Forecast(Box<forecast::Forecast>),
}

/// Name and example of every step, in the order of the reference page.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("ratio", ratio::EXAMPLE),
    ("proportion", proportion::EXAMPLE),
    ("count_rate", count_rate::EXAMPLE),
    ("survival", survival::EXAMPLE),
    ("quantiles", quantiles::EXAMPLE),
    ("compare", compare::EXAMPLE),
    ("adjust", adjust::EXAMPLE),
    ("shrink", shrink::EXAMPLE),
    ("standardise", standardise::EXAMPLE),
    ("retry_curve", retry_curve::EXAMPLE),
    ("bridge", bridge::EXAMPLE),
    ("baseline", baseline::EXAMPLE),
    ("changepoints", changepoints::EXAMPLE),
    ("correlate", correlate::EXAMPLE),
    ("exposure", exposure::EXAMPLE),
    ("experiment", experiment::EXAMPLE),
    ("finding", finding::EXAMPLE),
    ("forecast", forecast::EXAMPLE),
];

/// Parses the `[[steps]]` of a header; `place` is the query file, for errors.
///
/// # Errors
/// An unknown step, an unknown or missing key, a value out of range: with the step's number and
/// an example that works.
pub fn parse(tables: &[toml::Table], place: &str) -> Result<Vec<Step>> {
    let parse = |(at, table)| {
        parse_one(table).map_err(|mut e| {
            e.message = format!("[[steps]] number {}: {}", at + 1, e.message);
            e.at(place)
        })
    };
    tables.iter().enumerate().map(parse).collect()
}

/// Names of the other queries whose results the steps need (`nights` of a proportion, `plans`,
/// `roll_off` and `full` of a forecast); the caller puts them into [`StepContext::frames`] before [`apply`].
#[must_use]
pub fn needs(steps: &[Step]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for step in steps {
        match step {
            Step::Proportion(p) => names.extend(p.nights.as_deref()),
            Step::Forecast(f) => names.extend(f.needs()),
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Runs the steps in order. Returns the frame and the meaning of the columns that the steps
/// added; every other column of the frame came from the query and keeps its own meaning.
/// On a frame without rows (but with the header's columns) it returns the same columns, so a
/// header can be checked and documented without data.
///
/// # Errors
/// A column that a step names is missing or of another type, or an added name exists already.
pub fn apply(
    steps: &[Step],
    frame: Frame,
    ctx: &StepContext,
) -> Result<(Frame, Vec<ResultColumn>)> {
    let mut frame = frame;
    let mut added: Vec<ResultColumn> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let output = run(step, frame, ctx).map_err(|mut e| {
            e.message = format!("[[steps]] number {}: {}", at + 1, e.message);
            e
        })?;
        frame = output.frame;
        added.retain(|column| frame.position(&column.name).is_some());
        added.extend(output.added);
    }
    Ok((frame, added))
}

fn run(step: &Step, frame: Frame, ctx: &StepContext) -> Result<Output> {
    match step {
        Step::Ratio(s) => s.run(frame),
        Step::Proportion(s) => s.run(frame, ctx),
        Step::CountRate(s) => s.run(frame),
        Step::Survival(s) => s.run(&frame),
        Step::Quantiles(s) => s.run(&frame),
        Step::Compare(s) => s.run(frame),
        Step::Adjust(s) => s.run(frame),
        Step::Shrink(s) => s.run(frame),
        Step::Standardise(s) => s.run(&frame),
        Step::RetryCurve(s) => s.run(frame),
        Step::Bridge(s) => s.run(&frame),
        Step::Baseline(s) => s.run(&frame),
        Step::Changepoints(s) => s.run(&frame),
        Step::Correlate(s) => s.run(&frame, ctx),
        Step::Exposure(s) => s.run(&frame, ctx),
        Step::Experiment(s) => s.run(&frame),
        Step::Finding(s) => s.run(&frame),
        Step::Forecast(s) => s.run(&frame, ctx),
    }
}

fn parse_one(table: &toml::Table) -> Result<Step> {
    let mut table = table.clone();
    let names = || EXAMPLES.iter().map(|e| e.0).collect::<Vec<_>>().join(", ");
    let Some(toml::Value::String(name)) = table.remove("step") else {
        let hint = format!("write  step = \"...\"  with one of: {}", names());
        return Err(Error::config("`step` is missing or is not text").hint(hint));
    };
    let step = match name.as_str() {
        "ratio" => Step::Ratio(read(table, &name)?),
        "proportion" => Step::Proportion(Box::new(read(table, &name)?)),
        "count_rate" => Step::CountRate(read(table, &name)?),
        "survival" => Step::Survival(read(table, &name)?),
        "quantiles" => Step::Quantiles(read(table, &name)?),
        "compare" => Step::Compare(read(table, &name)?),
        "adjust" => Step::Adjust(read(table, &name)?),
        "shrink" => Step::Shrink(read(table, &name)?),
        "standardise" => Step::Standardise(read(table, &name)?),
        "retry_curve" => Step::RetryCurve(read(table, &name)?),
        "bridge" => Step::Bridge(read(table, &name)?),
        "baseline" => Step::Baseline(read(table, &name)?),
        "changepoints" => Step::Changepoints(read(table, &name)?),
        "correlate" => Step::Correlate(read(table, &name)?),
        "exposure" => Step::Exposure(read(table, &name)?),
        "experiment" => Step::Experiment(read(table, &name)?),
        "finding" => Step::Finding(read(table, &name)?),
        "forecast" => Step::Forecast(Box::new(read(table, &name)?)),
        _ => {
            let message = format!("`{name}` is not a step");
            return Err(Error::config(message).hint(format!("known steps: {}", names())));
        }
    };
    check(&step).map_err(|e| with_example(e, &name))?;
    Ok(step)
}

fn read<T: DeserializeOwned>(table: toml::Table, name: &str) -> Result<T> {
    toml::Value::Table(table).try_into().map_err(|e: toml::de::Error| {
        let message = format!("step `{name}`: {}", e.message().replace('\n', " "));
        with_example(Error::config(message), name)
    })
}

/// What types cannot say: combinations of keys and ranges of numbers.
fn check(step: &Step) -> Result<()> {
    match step {
        Step::Proportion(s) => s.check(),
        Step::CountRate(s) => s.check(),
        Step::Quantiles(s) => s.check(),
        Step::Compare(s) => s.check(),
        Step::Bridge(s) => s.check(),
        Step::Changepoints(s) => s.check(),
        Step::Exposure(s) => s.check(),
        Step::Finding(s) => s.check(),
        Step::Forecast(s) => s.check(),
        Step::Ratio(_)
        | Step::Survival(_)
        | Step::Adjust(_)
        | Step::Shrink(_)
        | Step::Standardise(_)
        | Step::RetryCurve(_)
        | Step::Baseline(_)
        | Step::Correlate(_)
        | Step::Experiment(_) => Ok(()),
    }
}

fn with_example(error: Error, name: &str) -> Error {
    let example = EXAMPLES.iter().find(|e| e.0 == name).map_or("", |e| e.1);
    error.hint(format!("an example that works:\n{example}"))
}

#[cfg(test)]
mod tests;
