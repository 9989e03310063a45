//! Totals of series: pools to sites, sites to everything. Sample paths are added, never bounds.
//! A series that cannot be forecast is in no total, and named with the reason.

use crate::error::Result;
use crate::model::frame::{Cell, Column, Frame};
use crate::model::time::iso;

use super::super::table::Output;
use super::series::{Known, Series};
use super::{Context, Forecast};
use crate::stats::forecast::grid::Even;
use crate::stats::forecast::{Addition, Limit, Pace, Question, Whole, forecast_whole};
use crate::stats::number::length;
use crate::stats::random::seed;
use rayon::prelude::*;

/// Days without a sample after which a series is taken as gone, if others go on.
const GONE_DAYS: f64 = 45.0;

/// A total and its series.
struct Total<'a> {
    level: String,
    name: String,
    series: Vec<&'a Known>,
}

/// What can be added, and what cannot.
struct Parts<'a> {
    whole: Whole,
    series: Vec<&'a Known>,
    left_out: Vec<String>,
}

impl Forecast {
    /// Rows of the totals by the values of some columns, and of the total of all.
    pub(super) fn totals(
        &self,
        frame: &Frame,
        known: &[Known],
        by: &[String],
        ctx: &Context<'_>,
    ) -> Result<Output> {
        let mut totals: Vec<Total<'_>> = Vec::new();
        for level in by {
            let column = frame.column(level)?;
            for series in known {
                let name = match column.cell(series.first_row) {
                    Cell::Text(name) => name,
                    _ => "not known".to_owned(),
                };
                match totals.iter_mut().find(|t| t.level == *level && t.name == name) {
                    Some(total) => total.series.push(series),
                    None => totals.push(Total { level: level.clone(), name, series: vec![series] }),
                }
            }
        }
        let order = |total: &Total<'_>| {
            (by.iter().position(|level| *level == total.level), total.name.clone())
        };
        totals.sort_by_key(order);
        let all = "all".to_owned();
        totals.push(Total { level: all.clone(), name: all, series: known.iter().collect() });
        totals.retain(|total| !total.series.is_empty());
        let answered: Vec<(Series, Parts<'_>)> =
            totals.par_iter().map(|total| self.total(total, ctx)).collect();
        let (series, parts): (Vec<Series>, Vec<Parts<'_>>) = answered.into_iter().unzip();
        let named = |at: &[usize]| {
            let rows = || at.iter().filter_map(|i| Some((totals.get(*i)?, parts.get(*i)?)));
            let text = |f: &dyn Fn(&Total<'_>, &Parts<'_>) -> Option<String>| {
                Column::Text(rows().map(|(t, p)| f(t, p)).collect())
            };
            let count = |f: &dyn Fn(&Parts<'_>) -> usize| {
                Column::Int(rows().map(|(_, p)| Some(length(f(p)))).collect())
            };
            Frame::from_columns(vec![
                ("level".to_owned(), text(&|t, _| Some(t.level.clone()))),
                ("total".to_owned(), text(&|t, _| Some(t.name.clone()))),
                ("series_n".to_owned(), count(&|p| p.series.len())),
                ("left_out_n".to_owned(), count(&|p| p.left_out.len())),
                (
                    "left_out".to_owned(),
                    text(&|_, p| (!p.left_out.is_empty()).then(|| p.left_out.join(" "))),
                ),
            ])
        };
        self.output(&named, &series)
    }

    fn total<'a>(&self, total: &Total<'a>, ctx: &Context<'_>) -> (Series, Parts<'a>) {
        let evens = || total.series.iter().filter_map(|s| s.even.as_ref().ok());
        let newest = evens().filter_map(|even| even.instant(0.0)).max();
        let every = evens().map(|even| even.every).min_by(|a, b| a.days().total_cmp(&b.days()));
        let origin = newest.zip(every).map(|(at, every)| Even::at(at, 0.0, every));
        let parts = self.parts(total, origin.as_ref(), ctx);
        let sum = |f: fn(&Known) -> Option<f64>| -> Option<f64> {
            (!parts.series.is_empty()).then(|| parts.series.iter().map(|s| f(s)).sum())?
        };
        // One series without a limit, and the total has none.
        let limit = sum(|s| s.limit);
        let mut series = Series {
            first_row: 0,
            n: parts.series.iter().map(|s| s.n).sum(),
            last: parts
                .series
                .iter()
                .filter_map(|s| s.last.map(|l| l.0))
                .max()
                .zip(sum(|s| Some(s.last?.1))),
            limit,
            lead_s: parts.series.iter().filter_map(|s| s.lead_s).max(),
            before_at: parts.series.iter().filter_map(|s| s.before_at).max(),
            even: None,
            answer: None,
            planned: None,
            refusal: None,
            outlook: None,
        };
        let Some(origin) = origin else { return (series, parts) };
        let ahead: Vec<f64> = limit.into_iter().collect();
        let question = Question {
            horizon: self.steps(origin.every),
            limit: limit.map(|_| Limit::at(&ahead)),
            seed: seed(&[&ctx.step.seed.to_string(), &total.level, &total.name]),
            ..Question::default()
        };
        let additions: Vec<Addition> =
            parts.series.iter().flat_map(|s| ctx.additions(&s.name, &origin)).collect();
        if !additions.is_empty() {
            let planned = Question { additions: &additions, ..question };
            series.planned = forecast_whole(&parts.whole, &planned).ok();
        }
        match forecast_whole(&parts.whole, &question) {
            Ok(answer) => {
                series.refusal = answer.refusal();
                series.answer = Some(answer);
            }
            Err(refusal) => series.refusal = Some(refusal),
        }
        series.even = Some(origin);
        (series, parts)
    }

    /// The series of a total, each at its pace from the origin.
    fn parts<'a>(&self, total: &Total<'a>, origin: Option<&Even>, ctx: &Context<'_>) -> Parts<'a> {
        let mut parts = Parts { whole: Whole::Sum(Vec::new()), series: vec![], left_out: vec![] };
        let mut wholes = Vec::new();
        for known in &total.series {
            let part = match (&known.even, origin) {
                (Ok(even), Some(origin)) => self.aligned(known, even, origin),
                (Ok(_), None) => Err("It has no sample.".to_owned()),
                (Err(refusal), _) => Err(refusal.sentence()),
            };
            match part {
                Ok(whole) => {
                    wholes.push(whole);
                    parts.series.push(*known);
                }
                Err(reason) => parts.left_out.push(format!("{}: {reason}", known.name)),
            }
        }
        if let Some(origin) = origin {
            let horizon = self.steps(origin.every);
            for known in &parts.series {
                let back = ctx.given_back(&known.name, origin, horizon);
                let back: Vec<f64> = back.iter().map(|bytes| -bytes).collect();
                wholes.extend((!back.is_empty()).then_some(Whole::Known(back)));
            }
        }
        parts.whole = Whole::Sum(wholes);
        parts
    }

    /// A series at its pace from the origin, or why it is in no total.
    fn aligned(&self, known: &Known, even: &Even, origin: &Even) -> Result<Whole, String> {
        let start = origin.instant(0.0).unwrap_or_default();
        let lag = even.steps_until(start).max(0.0);
        let own_days = even.every.days();
        if lag * own_days > GONE_DAYS + own_days {
            let last = iso(known.last.map_or(0, |l| l.0));
            return Err(format!("Last seen on {}, taken as gone.", last.get(..10).unwrap_or("")));
        }
        let pace = Pace { lag, rate: origin.every.days() / own_days };
        known.part(self, even, pace).map_err(|refusal| refusal.sentence())
    }
}
