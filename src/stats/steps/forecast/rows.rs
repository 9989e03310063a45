//! What a forecast found, as rows: one per series, or one per series and step ahead.

use crate::error::Result;
use crate::model::frame::Column;

use super::super::table::{Builder, Output};
use super::series::Series;
use super::{Forecast, Rows};
use crate::stats::forecast::Answer;
use crate::stats::forecast::crossing::Crossing;
use crate::stats::forecast::refusal::Refusal;
use crate::stats::number::{length, signed, size};

impl Forecast {
    /// Rows of the answers; `named` gives the columns that tell which series they are of, for
    /// series by their positions.
    pub(super) fn output(
        &self,
        named: &dyn Fn(&[usize]) -> Result<Builder>,
        series: &[Series],
    ) -> Result<Output> {
        match self.rows {
            Rows::Summary => {
                let all: Vec<usize> = (0..series.len()).collect();
                let mut out = named(&all)?;
                add_series(&mut out, series, self)?;
                add_dates(&mut out, series, self)?;
                if self.logical.is_some() {
                    add_reduction(&mut out, series)?;
                }
                Ok(out.done())
            }
            Rows::Steps => self.paths(named, series),
        }
    }

    fn paths(
        &self,
        named: &dyn Fn(&[usize]) -> Result<Builder>,
        series: &[Series],
    ) -> Result<Output> {
        let mut rows = Vec::new();
        let mut instants = Vec::new();
        let mut values: [Vec<Option<f64>>; 5] = Default::default();
        for (position, series) in series.iter().enumerate() {
            let (Some(even), Some(answer)) = (&series.even, &series.answer) else { continue };
            for (step, central) in (1..).zip(&answer.median) {
                let (wide, narrow) = (answer.bounds(step, 0.95), answer.bounds(step, 0.8));
                rows.push(position);
                instants.push(even.instant(size(step)));
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
        let mut out = named(&rows)?;
        let says = "day that is forecast; weeks and months end as the samples before them did";
        out.add("at", says, Column::Time(instants))?;
        let names = ["p50", "p10", "p90", "p025", "p975"];
        let says = [
            "central forecast",
            "lower bound, 80 %",
            "upper bound, 80 %",
            "lower bound, 95 %",
            "upper bound, 95 %",
        ];
        for ((name, says), values) in names.into_iter().zip(says).zip(values) {
            out.float(name, says, values)?;
        }
        Ok(out.done())
    }
}

fn add_series(out: &mut Builder, series: &[Series], step: &Forecast) -> Result<()> {
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
    let methods = series.iter().map(|s| Some(s.answer.as_ref()?.method())).collect();
    out.word("method", "the pool, or the only method that passed the back-test", methods)?;
    let weights = series.iter().map(|s| s.answer.as_ref().map(Answer::weights_text)).collect();
    let says = "methods that passed the back-test, and their weights";
    out.add("weights", says, Column::Text(weights))?;
    // A sum has the seasons and the jumps of its parts and none of its own.
    let seasons =
        |s: &Series| s.answer.as_ref().filter(|a| !a.is_sum()).map(|a| length(a.seasons.len()));
    out.int("season_n", "seasons whose test passed; null = a sum of series", int(&seasons))?;
    let censored = |s: &Series| Some(length(s.answer.as_ref()?.n_censored));
    let says = "points at capacity, left out: a full pool cannot grow";
    out.int("censored_n", says, int(&censored))?;
    let shifts = |s: &Series| {
        s.answer.as_ref().filter(|_| step.totals.is_none()).map(|a| length(a.shifts.len()))
    };
    out.int("shift_n", "jumps of the level; null = a total", int(&shifts))?;
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
        let steps = signed(s.lead_s?) / 86_400.0 / s.even.as_ref()?.every.days();
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

fn add_reduction(out: &mut Builder, series: &[Series]) -> Result<()> {
    let float = |f: fn(&Series) -> Option<f64>| series.iter().map(f).collect();
    let says = "logical / used at the last sample; null = logical bytes not known";
    out.float("reduction_ratio", says, float(|s| Some(s.outlook?.ratio)))?;
    let says = "the same at the end of the horizon, with one chance in ten to be below";
    out.float("reduction_p10_ratio", says, float(|s| Some(s.outlook?.ratio_p10)))?;
    let says = "mean growth of the logical bytes over the horizon";
    out.float(
        "logical_growth_per_day",
        says,
        float(|s| Some(s.outlook?.logical_growth / s.even.as_ref()?.every.days())),
    )
}
