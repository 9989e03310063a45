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
//! periods   = [7]                   # optional; seasons in steps, used when a test passes
//! before    = "needed_until"        # optional; time up to which `full_probability` counts
//! every     = "day"                 # optional; day (default), week, month
//! horizon   = 730                   # steps ahead
//! lead_s    = "lead_time_s"         # optional; delivery time, integer seconds
//! risk      = 0.05                  # optional; accepted P(full before delivery)
//! plans     = { query = "planned_additions", on = "pool_id" }   # optional; what is announced
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
//! it is said to.
//! `steps`: `at p50 p10 p90 p025 p975` (central forecast, conformal bounds of 80 % and of
//! 95 %).

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame};

use super::super::forecast::crossing::Crossing;
use super::super::forecast::grid::{Even, Every};
use super::super::forecast::refusal::Refusal;
use super::super::forecast::{Addition, Answer, Limit, Question, forecast};
use super::super::number::{length, signed};
use super::super::random::seed;
use super::StepContext;
use super::plans::{Plans, Source};
use super::table::{Builder, Output, at_rows, group_frame, groups, key, numbers};

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
    #[serde(default)]
    periods: Vec<usize>,
    before: Option<String>,
    #[serde(default)]
    every: Every,
    horizon: usize,
    lead_s: Option<String>,
    #[serde(default = "one_in_twenty")]
    risk: f64,
    pub(super) plans: Option<Source>,
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
horizon   = 730"#;

/// One series and what was found out about it.
struct Series {
    first_row: usize,
    n: usize,
    last: Option<(i64, f64)>,
    limit: Option<f64>,
    lead_s: Option<i64>,
    before_at: Option<i64>,
    even: Option<Even>,
    answer: Option<Answer>,
    /// The answer with what is announced, where something is.
    planned: Option<Answer>,
    refusal: Option<Refusal>,
}

impl Forecast {
    pub(super) fn check(&self) -> Result<()> {
        if self.horizon == 0 || self.horizon > 5000 {
            return Err(Error::config("`horizon` is between 1 and 5000 steps"));
        }
        if !(self.risk > 0.0 && self.risk < 1.0) {
            return Err(Error::config("`risk` is a probability between 0 and 1"));
        }
        Ok(())
    }

    pub(super) fn run(&self, frame: &Frame, ctx: &StepContext) -> Result<Output> {
        let columns = Columns::of(self, frame)?;
        let keys = self.group.iter().map(|g| frame.column(g)).collect::<Result<Vec<_>>>()?;
        let rows = groups(frame, &self.group)?;
        let plans = self
            .plans
            .as_ref()
            .map(|source| Ok::<_, Error>((frame.text(&source.on)?, Plans::of(source, ctx)?)));
        let plans = plans.transpose()?;
        let series: Vec<Series> = rows
            .iter()
            .map(|rows| {
                let name = key(&keys, rows.first().copied().unwrap_or(0));
                let seed = seed(&[&ctx.seed.to_string(), &name]);
                let additions = |even: &Even| {
                    let (names, plans) = plans.as_ref()?;
                    let name = names.get(*rows.first()?)?.as_ref()?;
                    Some(plans.additions(name, even))
                };
                self.series(&columns, rows, ctx, seed, &|even| additions(even).unwrap_or_default())
            })
            .collect();
        match self.rows {
            Rows::Summary => {
                let frame = group_frame(frame, &self.group, &rows)?;
                let mut out = Builder::on(frame, self.prefix.as_deref());
                add_series(&mut out, &series)?;
                add_dates(&mut out, &series, self)?;
                Ok(out.done())
            }
            Rows::Steps => self.steps(frame, &series),
        }
    }

    fn series(
        &self,
        columns: &Columns,
        rows: &[usize],
        ctx: &StepContext,
        seed: u64,
        additions: &dyn Fn(&Even) -> Vec<Addition>,
    ) -> Series {
        let mut samples: Vec<(i64, f64, usize)> = rows
            .iter()
            .filter_map(|&row| {
                let at = columns.at.get(row).copied().flatten()?;
                let value = columns.value.get(row).copied().flatten()?;
                (at <= ctx.as_of_us).then_some((at, value, row))
            })
            .collect();
        samples.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let last = samples.last().copied();
        let (limit, contradiction) = columns.limit(last);
        let pairs: Vec<(i64, f64)> = samples.iter().map(|s| (s.0, s.1)).collect();
        let capacities: Vec<(i64, f64)> =
            samples.iter().filter_map(|s| Some((s.0, columns.capacity(s.1, s.2)?))).collect();
        let mut series = Series {
            first_row: rows.first().copied().unwrap_or(0),
            n: samples.len(),
            last: last.map(|l| (l.0, l.1)),
            limit,
            lead_s: at_rows(&columns.lead, rows).last().copied(),
            before_at: at_rows(&columns.before, rows).last().copied(),
            even: None,
            answer: None,
            planned: None,
            refusal: contradiction,
        };
        let answer = Even::of(&pairs, self.every).and_then(|even| {
            let values = even.values.clone();
            let past = even.along(&capacities);
            let additions = additions(&even);
            series.even = Some(even);
            let ahead: Vec<f64> = limit.into_iter().collect();
            let question = Question {
                values: &values,
                periods: &self.periods,
                horizon: self.horizon,
                limit: limit.map(|_| Limit { past: &past, ahead: &ahead }),
                seed,
                ..Question::default()
            };
            if !additions.is_empty() {
                series.planned = forecast(&Question { additions: &additions, ..question }).ok();
            }
            forecast(&question)
        });
        match answer {
            Ok(answer) => {
                let refusal = answer.refusal();
                series.refusal = series.refusal.or(refusal);
                // A pool that is too new for a date has no path in a report either.
                let is_too_short = matches!(refusal, Some(Refusal::TooShort { .. }));
                series.answer = (!is_too_short).then_some(answer);
            }
            Err(refusal) => series.refusal = series.refusal.or(Some(refusal)),
        }
        series
    }

    fn steps(&self, frame: &Frame, series: &[Series]) -> Result<Output> {
        let mut rows = Vec::new();
        let mut instants = Vec::new();
        let mut values: [Vec<Option<f64>>; 5] = Default::default();
        for series in series {
            let (Some(even), Some(answer)) = (&series.even, &series.answer) else { continue };
            for (step, central) in (1..).zip(&answer.median) {
                let (wide, narrow) = (answer.bounds(step, 0.95), answer.bounds(step, 0.8));
                rows.push(vec![series.first_row]);
                instants.push(even.instant(super::super::number::size(step)));
                let row = [
                    Some(*central),
                    narrow.map(|b| b.0),
                    narrow.map(|b| b.1),
                    wide.map(|b| b.0),
                    wide.map(|b| b.1),
                ];
                values.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
        }
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        let says = format!("begin of the {} that is forecast", self.every.word());
        out.add("at", &says, Column::Time(instants))?;
        let names = ["p50", "p10", "p90", "p025", "p975"];
        let says = [
            "central forecast",
            "lower bound, 80 % (conformal)",
            "upper bound, 80 % (conformal)",
            "lower bound, 95 % (conformal)",
            "upper bound, 95 % (conformal)",
        ];
        for ((name, says), values) in names.into_iter().zip(says).zip(values) {
            out.float(name, says, values)?;
        }
        Ok(out.done())
    }
}

/// The columns that a step reads.
struct Columns {
    at: Vec<Option<i64>>,
    value: Vec<Option<f64>>,
    available: Option<Vec<Option<f64>>>,
    limit: Option<Vec<Option<f64>>>,
    lead: Vec<Option<i64>>,
    before: Vec<Option<i64>>,
}

impl Columns {
    fn of(step: &Forecast, frame: &Frame) -> Result<Self> {
        let optional =
            |name: &Option<String>| name.as_ref().map(|name| numbers(frame, name)).transpose();
        Ok(Columns {
            at: frame.time(&step.at)?.to_vec(),
            value: numbers(frame, &step.value)?,
            available: optional(&step.available)?,
            limit: optional(&step.limit)?,
            lead: match &step.lead_s {
                Some(column) => frame.int(column)?.to_vec(),
                None => vec![None; frame.height()],
            },
            before: match &step.before {
                Some(column) => frame.time(column)?.to_vec(),
                None => vec![None; frame.height()],
            },
        })
    }

    /// Capacity at a sample: used + available, else the stated limit.
    fn capacity(&self, used: f64, row: usize) -> Option<f64> {
        let at = |column: &Option<Vec<Option<f64>>>| {
            column.as_ref().and_then(|c| c.get(row).copied().flatten())
        };
        at(&self.available).map(|available| used + available).or_else(|| at(&self.limit))
    }

    /// Limit at the last sample, and a contradiction between its parts.
    fn limit(&self, last: Option<(i64, f64, usize)>) -> (Option<f64>, Option<Refusal>) {
        let Some((_, used, row)) = last else { return (None, None) };
        let at = |column: &Option<Vec<Option<f64>>>| {
            column.as_ref().and_then(|c| c.get(row).copied().flatten())
        };
        let stated = at(&self.limit);
        let Some(available) = at(&self.available) else { return (stated, None) };
        let limit = used + available;
        let is_contradiction =
            available < 0.0 || stated.is_some_and(|stated| limit > stated * 1.01);
        (Some(limit), is_contradiction.then_some(Refusal::ContradictoryParts))
    }
}

fn add_series(out: &mut Builder, series: &[Series]) -> Result<()> {
    let int = |f: &dyn Fn(&Series) -> Option<i64>| series.iter().map(f).collect();
    let float = |f: &dyn Fn(&Series) -> Option<f64>| series.iter().map(f).collect();
    let tested = |f: fn(&Answer) -> Option<f64>| {
        series.iter().map(|s| s.answer.as_ref().and_then(f)).collect()
    };
    out.int("n", "samples", int(&|s| Some(length(s.n))))?;
    let says = "points that the forecast rests on";
    out.int("n_used", says, int(&|s| Some(length(s.answer.as_ref()?.n_used))))?;
    let says = "points without a sample, filled on a straight line";
    out.int("filled_n", says, int(&|s| Some(length(s.even.as_ref()?.filled))))?;
    let last_at = series.iter().map(|s| s.last.map(|l| l.0)).collect();
    out.add("last_at", "last sample", Column::Time(last_at))?;
    out.float("last_value", "its value", float(&|s| s.last.map(|l| l.1)))?;
    let says = "used + available at the last sample, else the stated limit";
    out.float("limit_value", says, float(&|s| s.limit))?;
    let growth = |s: &Series| Some(s.answer.as_ref()?.growth / s.even.as_ref()?.every.days());
    out.float("growth_per_day", "mean growth over the horizon", float(&growth))?;
    let methods = series.iter().map(|s| s.answer.as_ref().map(Answer::method)).collect();
    out.word("method", "the pool, or the only method that passed the back-test", methods)?;
    let weights = series.iter().map(|s| s.answer.as_ref().map(Answer::weights_text)).collect();
    let says = "methods that passed the back-test, and their weights";
    out.add("weights", says, Column::Text(weights))?;
    let seasons = |s: &Series| Some(length(s.answer.as_ref()?.seasons.len()));
    out.int("season_n", "seasons whose test passed", int(&seasons))?;
    let censored = |s: &Series| Some(length(s.answer.as_ref()?.n_censored));
    let says = "points at capacity, left out: a full pool cannot grow";
    out.int("censored_n", says, int(&censored))?;
    let shifts = |s: &Series| Some(length(s.answer.as_ref()?.shifts.len()));
    out.int("shift_n", "jumps of the level", int(&shifts))?;
    let last_shift = |s: &Series| {
        let shift = s.answer.as_ref()?.shifts.last()?;
        s.even.as_ref()?.instant_of(shift.at)
    };
    let last_shifts = series.iter().map(last_shift).collect();
    out.add("last_shift_at", "the last of them", Column::Time(last_shifts))?;
    let says = "back-test: symmetric mean absolute percentage error (0.1 = 10 %)";
    out.float("smape", says, tested(|a| a.back_test.smape))?;
    let says = "back-test: error against that of one step without change";
    out.float("mase", says, tested(|a| a.back_test.mase))?;
    let says = "back-test: share inside the 95 % interval";
    out.float("coverage_ratio", says, tested(|a| a.back_test.coverage))?;
    let origins = |s: &Series| Some(length(s.answer.as_ref()?.back_test.origins));
    out.int("origin_n", "back-test: earlier dates tried", int(&origins))
}

fn add_dates(out: &mut Builder, series: &[Series], step: &Forecast) -> Result<()> {
    let found = |s: &Series, share: f64| -> Option<Crossing> {
        if s.refusal.is_some() {
            return None;
        }
        s.answer.as_ref()?.reach(share).cloned()
    };
    let dates = |f: &dyn Fn(&Series) -> Option<f64>| {
        let date = |s: &Series| s.even.as_ref()?.instant(f(s)?);
        Column::Time(series.iter().map(date).collect())
    };
    let says = "one chance in ten to be full by then; null = beyond the horizon";
    out.add("full_p10_at", says, dates(&|s| found(s, 1.0)?.p10))?;
    let says = "full as likely before as after; null = beyond the horizon";
    out.add("full_p50_at", says, dates(&|s| found(s, 1.0)?.p50))?;
    let says = "nine chances in ten to be full by then; null = beyond the horizon";
    out.add("full_p90_at", says, dates(&|s| found(s, 1.0)?.p90))?;
    let order = |s: &Series, full: Crossing| {
        let steps = signed(s.lead_s?) / 86_400.0 / step.every.days();
        full.order_by(steps, step.risk)
    };
    if step.plans.is_some() {
        let planned = |s: &Series| match &s.planned {
            Some(answer) if s.refusal != Some(Refusal::ContradictoryParts) => {
                answer.reach(1.0).cloned()
            }
            _ => found(s, 1.0),
        };
        let says = "one chance in ten to be full by then, with what is announced";
        out.add("planned_p10_at", says, dates(&|s| planned(s)?.p10))?;
        let says = "full as likely before as after, with what is announced";
        out.add("planned_p50_at", says, dates(&|s| planned(s)?.p50))?;
        let says = "nine chances in ten to be full by then, with what is announced";
        out.add("planned_p90_at", says, dates(&|s| planned(s)?.p90))?;
        let says = "order by then, with what is announced, at the same risk";
        out.add("planned_order_by_at", says, dates(&|s| order(s, planned(s)?)))?;
    }
    let chance = |s: &Series| {
        let full = found(s, 1.0)?;
        let Some(before) = s.before_at else { return Some(full.within_horizon) };
        Some(full.probability(s.even.as_ref()?.steps_until(before)))
    };
    let says = if step.before.is_some() { "P(full by then)" } else { "P(full within the horizon)" };
    out.float("full_probability", says, series.iter().map(chance).collect())?;
    for (share, percent) in [(0.7, 70), (0.8, 80), (0.9, 90)] {
        let reached = dates(&|s: &Series| found(s, share)?.p50);
        let says = format!("{percent} % of the limit, as likely before as after");
        out.add(&format!("reach_{percent}_p50_at"), &says, reached)?;
    }
    let says = format!("order by then, or P(full before delivery) exceeds {}", step.risk);
    out.add("order_by_at", &says, dates(&|s| order(s, found(s, 1.0)?)))?;
    let words = series.iter().map(|s| s.refusal.map(Refusal::word)).collect();
    out.word("refusal", "why no date is given", words)?;
    let sentences = series.iter().map(|s| s.refusal.map(Refusal::sentence)).collect();
    out.add("refusal_sentence", "the same in one sentence", Column::Text(sentences))
}
