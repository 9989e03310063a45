//! Forecast of series and the date at which they are full. Rows are samples of a series:
//!
//! ```toml
//! [[steps]]
//! step      = "forecast"
//! group     = ["pool_id"]           # one series per group
//! at        = "sampled_at"          # time
//! value     = "used_bytes"          # integer or float
//! available = "available_bytes"     # optional; the limit is used + available, at each sample
//! limit     = "capacity_bytes"      # optional; the limit without `available`, else a check
//! logical   = "logical_bytes"       # optional; data before reduction: where it is known, it and
//!                                   #   its ratio to the value are forecast apart
//! seasons_days = [7]                # optional; seasons in days, used when a test passes
//! before    = "needed_until"        # optional; time up to which `full_probability` counts
//! every     = "day"                 # optional; day, week, month; else the finest without gaps
//! horizon_days = 730                # days ahead
//! lead_s    = "lead_time_s"         # optional; delivery time, integer seconds
//! risk      = 0.05                  # optional; accepted P(full before delivery)
//! name      = "pool"                # optional; column that names a series to other queries and
//!                                   #   in sentences (default: the last of `group`)
//! plans     = "planned_additions"   # optional; query: what is announced
//! roll_off  = "retention_roll_off"  # optional; query: what comes back at known dates
//! full      = "space_failures"      # optional; query: days on which jobs found no room
//! totals    = ["site"]              # optional; rows are totals of the series instead
//! rows      = "summary"             # optional; "steps" = one row per series and step ahead
//! prefix    = "use"                 # optional
//! ```
//!
//! `summary`: one row per group: `n n_used filled_n last_at last_value limit_value growth_per_day
//! method weights season_n censored_n shift_n last_shift_at smape mase coverage_ratio origin_n
//! full_p10_at full_p50_at full_p90_at full_probability reach_70_p50_at reach_80_p50_at
//! reach_90_p50_at order_by_at refusal refusal_sentence`. A date is null when it lies beyond the
//! horizon; with a refusal all are. With `plans` also `planned_p10_at planned_p50_at
//! planned_p90_at planned_order_by_at`: the same dates when what is announced comes as likely as
//! it is said to. With `logical` also `reduction_ratio reduction_p10_ratio
//! logical_growth_per_day`.
//! `steps`: `at p50 p10 p90 p025 p975` (central forecast, bounds of 80 % and of 95 %).
//! With `totals` a row is a total of series instead of a group: `level` (one of the columns, or
//! `all`), `total` (its value, or `all`), `series_n left_out_n left_out` (which and why), then as
//! above.

mod columns;
mod rows;
mod series;
mod totals;

use rayon::prelude::*;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Column, Frame};

use super::StepContext;
use super::full::FullDays;
use super::plans::Plans;
use super::roll_off::RollOff;
use super::table::{Builder, Output, group_frame, groups, key};
use crate::stats::forecast::Addition;
use crate::stats::forecast::grid::{Even, Every};
use crate::stats::forecast::refusal::Refusal;
use columns::Columns;
use series::{Known, Series};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    #[serde(default)]
    group: Vec<String>,
    at: String,
    value: String,
    available: Option<String>,
    limit: Option<String>,
    logical: Option<String>,
    #[serde(default)]
    seasons_days: Vec<u32>,
    before: Option<String>,
    every: Option<Every>,
    horizon_days: u32,
    lead_s: Option<String>,
    #[serde(default = "one_in_twenty")]
    risk: f64,
    name: Option<String>,
    plans: Option<String>,
    roll_off: Option<String>,
    full: Option<String>,
    totals: Option<Vec<String>>,
    #[serde(default)]
    rows: Rows,
    prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rows {
    #[default]
    Summary,
    Steps,
}

fn one_in_twenty() -> f64 {
    0.05
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step      = "forecast"
group     = ["pool_id"]
at        = "sampled_at"
value     = "used_bytes"
available = "available_bytes"
horizon_days = 730"#;

impl Forecast {
    pub(super) fn check(&self) -> Result<()> {
        if self.horizon_days == 0 || self.horizon_days > 5000 {
            return Err(Error::config("`horizon_days` is between 1 and 5000"));
        }
        if !(self.risk > 0.0 && self.risk < 1.0) {
            return Err(Error::config("`risk` is a probability between 0 and 1"));
        }
        Ok(())
    }

    /// Other queries whose results the step reads.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        self.plans.iter().chain(&self.roll_off).chain(&self.full).map(String::as_str)
    }

    pub(super) fn run(&self, frame: &Frame, step: &StepContext) -> Result<Output> {
        let columns = Columns::of(self, frame)?;
        let context = Context::of(self, frame, step)?;
        let known: Vec<Known> = groups(frame, &self.group)?
            .par_iter()
            .map(|rows| Known::of(self, &columns, rows, &context))
            .collect();
        if let Some(by) = &self.totals {
            return self.totals(frame, &known, by, &context);
        }
        let newest_at = Known::newest_at(&known);
        let answer = |known: &Known| match known.is_gone(newest_at) {
            true => known.unanswered(Some(Refusal::Gone)),
            false => known.answer(self, &context),
        };
        let series: Vec<Series> = known.par_iter().map(answer).collect();
        let first = series.iter().map(|s| vec![s.first_row]).collect::<Vec<_>>();
        let named = |at: &[usize]| {
            let rows: Vec<Vec<usize>> = at.iter().filter_map(|i| first.get(*i).cloned()).collect();
            let frame = group_frame(frame, &self.group, &rows)?;
            Ok(Builder::on(frame, self.prefix.as_deref()))
        };
        self.output(&named, &series)
    }
}

/// What a step knows beside the samples of one series.
struct Context<'a> {
    step: &'a StepContext,
    keys: Vec<&'a Column>,
    name: Option<&'a Column>,
    plans: Option<Plans>,
    roll_off: Option<RollOff>,
    full: FullDays,
}

impl<'a> Context<'a> {
    fn of(asked: &Forecast, frame: &'a Frame, step: &'a StepContext) -> Result<Self> {
        let column = |name: &String| frame.column(name);
        let name = asked.name.as_ref().or(asked.group.last());
        let on = name.map_or("", String::as_str);
        let result = |query: &String| {
            step.frames.get(query).ok_or_else(|| {
                Error::config(format!("no result of the query `{query}`"))
                    .hint("`plans`, `roll_off` and `full` name queries of queries/metrics")
            })
        };
        let plans = asked.plans.as_ref().map(|query| Plans::of(result(query)?, on));
        let roll_off = asked.roll_off.as_ref().map(|query| RollOff::of(result(query)?, on));
        let full = asked.full.as_ref().map(|query| FullDays::of(result(query)?, on));
        Ok(Context {
            step,
            keys: asked.group.iter().map(column).collect::<Result<_>>()?,
            name: name.map(column).transpose()?,
            plans: plans.transpose()?,
            roll_off: roll_off.transpose()?,
            full: full.transpose()?.unwrap_or_default(),
        })
    }

    /// Text that tells the series of a row from all others.
    fn key(&self, row: usize) -> String {
        key(&self.keys, row)
    }

    fn name(&self, row: usize) -> String {
        match self.name.map(|column| column.cell(row)) {
            Some(Cell::Text(name)) => name,
            Some(_) | None => String::new(),
        }
    }

    fn additions(&self, name: &str, even: &Even) -> Vec<Addition> {
        self.plans.as_ref().map(|plans| plans.additions(name, even)).unwrap_or_default()
    }

    /// Sum of what comes back up to places in steps after the last value; empty when nothing does.
    fn given_back(&self, name: &str, even: &Even, places: impl Iterator<Item = f64>) -> Vec<f64> {
        let roll_off = self.roll_off.as_ref();
        roll_off.map(|back| back.up_to(name, even, places)).unwrap_or_default()
    }
}
