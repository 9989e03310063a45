//! Totals of series: pools to sites, sites to everything, by sample paths and never by bounds. A
//! series that cannot be forecast is in no total, and named with the reason.

use rayon::prelude::*;

use crate::error::Result;
use crate::model::frame::{Column, Frame};
use crate::model::time::iso;

use super::super::table::{Builder, Output};
use super::series::{Known, Series};
use super::{Context, Forecast};
use crate::stats::forecast::grid::Even;
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::total::{Entry, Total, totals};
use crate::stats::forecast::{Addition, Course, Layout, Limit, Pace, Question, forecast_whole};
use crate::stats::number::{floor, length, size};
use crate::stats::random::seed;

/// What the totals of a step share.
struct Origin {
    /// A single value at the newest sample of all series, in the finest of their steps.
    even: Even,
    newest_at: Option<i64>,
    layout: Layout,
}

impl Origin {
    fn of(step: &Forecast, known: &[Known]) -> Option<Self> {
        let evens = || known.iter().filter_map(|s| s.even.as_ref().ok());
        let newest = evens().filter_map(|even| even.instant(0.0)).max()?;
        let every = evens().map(|even| even.every).min_by(|a, b| a.days().total_cmp(&b.days()))?;
        let days = |even: &Even| size(even.values.len()) * even.every.days();
        let longest = evens().map(days).fold(0.0, f64::max);
        let layout = Layout::of(step.steps(every), floor(longest / every.days()));
        let even = Even::at(newest, 0.0, every);
        Some(Origin { even, newest_at: Known::newest_at(known), layout })
    }

    fn pace(&self, even: &Even) -> Pace {
        let start = self.even.instant(0.0).unwrap_or_default();
        let rate = self.even.every.days() / even.every.days();
        Pace { lag: even.steps_until(start).max(0.0), rate }
    }
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
        let columns = by.iter().map(|name| frame.text(name)).collect::<Result<Vec<_>>>()?;
        let group = |series: &Known| -> Vec<String> {
            let name = |column: &&[Option<String>]| {
                let name = column.get(series.last_row).cloned().flatten();
                name.unwrap_or_else(|| "not known".to_owned())
            };
            columns.iter().map(name).collect()
        };
        let groups: Vec<Vec<String>> = known.iter().map(group).collect();
        let entries: Vec<Entry<'_>> = known
            .iter()
            .zip(&groups)
            .map(|(known, groups)| Entry { name: &known.name, groups })
            .collect();
        let origin = Origin::of(self, known);
        let found = totals(by, &entries, &|at| {
            let series = known.get(at).ok_or("It is not there.")?;
            self.part(series, origin.as_ref(), ctx)
        });
        let series: Vec<Series> =
            found.par_iter().map(|total| self.total(total, known, origin.as_ref(), ctx)).collect();
        let named = |at: &[usize]| {
            let rows = || at.iter().filter_map(|i| found.get(*i));
            let text = |f: &dyn Fn(&Total) -> Option<String>| rows().map(f).collect();
            let count = |f: &dyn Fn(&Total) -> usize| rows().map(|t| Some(length(f(t)))).collect();
            let mut out = Builder::on(Frame::new(), self.prefix.as_deref());
            let level = Column::Text(text(&|t| Some(t.level.clone())));
            out.add("level", "column of the groups, or all", level)?;
            let total = Column::Text(text(&|t| Some(t.name.clone())));
            out.add("total", "group, or all", total)?;
            out.int("series_n", "series in the total", count(&|t| t.series.len()))?;
            let says = "series that are not, because they cannot be forecast";
            out.int("left_out_n", says, count(&|t| t.left_out.len()))?;
            let left_out = Column::Text(text(&Total::left_out_text));
            out.add("left_out", "which, and why", left_out)?;
            Ok(out)
        };
        self.output(&named, &series)
    }

    /// The course of a series with what comes back to it, or why it is in no total.
    fn part(
        &self,
        known: &Known,
        origin: Option<&Origin>,
        ctx: &Context<'_>,
    ) -> Result<Course, String> {
        let even = known.even.as_ref().map_err(|refusal| refusal.sentence())?;
        let origin = origin.ok_or("It has no sample.")?;
        let pace = origin.pace(even);
        if known.is_gone(origin.newest_at) {
            let last = iso(known.last.map_or(0, |l| l.0));
            return Err(format!("Last seen on {}, taken as gone.", last.get(..10).unwrap_or("")));
        }
        let course = known.course(self, even, pace, &origin.layout);
        let mut course = course.map_err(|refusal| refusal.sentence())?;
        let places = (1..=origin.layout.horizon).map(|step| pace.place(step));
        course.give_back(&ctx.given_back(&known.name, even, places));
        Ok(course)
    }

    fn total(
        &self,
        total: &Total,
        known: &[Known],
        origin: Option<&Origin>,
        ctx: &Context<'_>,
    ) -> Series {
        let parts: Vec<&Known> = total.series.iter().filter_map(|at| known.get(*at)).collect();
        let sum = |f: fn(&Known) -> Option<f64>| -> Option<f64> {
            (!parts.is_empty()).then(|| parts.iter().map(|s| f(s)).sum())?
        };
        // One series without a limit, and the total has none.
        let limit = sum(|s| s.limit);
        let newest = parts.iter().filter_map(|s| s.last.map(|l| l.0)).max();
        let mut series = Series {
            first_row: 0,
            n: parts.iter().map(|s| s.n).sum(),
            last: newest.zip(sum(|s| Some(s.last?.1))),
            limit,
            lead_s: parts.iter().filter_map(|s| s.lead_s).max(),
            before_at: parts.iter().filter_map(|s| s.before_at).max(),
            even: origin.map(|origin| {
                let mut even = origin.even.clone();
                even.filled = parts.iter().filter_map(|s| Some(s.even.as_ref().ok()?.filled)).sum();
                even
            }),
            answer: None,
            planned: None,
            refusal: Some(Refusal::NoSeries),
            outlook: None,
        };
        let (Some(origin), Some(course)) = (origin, &total.course) else { return series };
        let ahead: Vec<f64> = limit.into_iter().collect();
        let question = Question {
            horizon: origin.layout.horizon,
            limit: limit.map(|_| Limit::at(&ahead)),
            seed: seed(&[&ctx.step.seed.to_string(), &total.level, &total.name]),
            ..Question::default()
        };
        let planned = |series: &&Known| -> Vec<Addition> {
            let Ok(even) = &series.even else { return Vec::new() };
            let pace = origin.pace(even);
            let additions = ctx.additions(&series.name, even);
            additions.into_iter().map(|addition| addition.at_pace(pace)).collect()
        };
        let additions: Vec<Addition> = parts.iter().flat_map(planned).collect();
        if !additions.is_empty() {
            let planned = Question { additions: &additions, ..question };
            series.planned = forecast_whole(course, &planned).ok();
        }
        match forecast_whole(course, &question) {
            Ok(answer) => {
                series.refusal = answer.refusal().or(self.without_limit(limit));
                series.answer = Some(answer);
            }
            Err(refusal) => series.refusal = Some(refusal),
        }
        series
    }
}
