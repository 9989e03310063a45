//! Totals of the series: by the values of a column, and of all. Sample paths are added, never
//! bounds; a series that cannot be forecast is in no total, and named with the reason.

use indicatif::ProgressBar;
use rayon::prelude::*;

use super::ask::{Ask, SHARES};
use super::known::Known;
use super::one::{Found, Refused, additions, given_back};
use crate::model::time::{DAY_US, iso};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::total::{Entry, GONE_DAYS, Total, totals};
use crate::stats::forecast::{Addition, Course, Layout, Limit, Pace, Question, forecast_whole};
use crate::stats::number::{floor, nearest, signed, size};
use crate::stats::random;
use crate::stats::spacing::{Even, Grid};

/// Forecasts of the totals by each column of groups, and of the total of all series. The bar
/// counts series.
#[must_use]
pub fn answers(known: &[Known], ask: &Ask, bar: &ProgressBar) -> Vec<Found> {
    let entries: Vec<Entry<'_>> =
        known.iter().map(|known| Entry { name: &known.name, groups: &known.groups }).collect();
    let origin = Origin::of(known, ask);
    let found = totals(&ask.columns.groups, &entries, &|at| {
        bar.inc(1);
        let series = known.get(at).ok_or("It is not there.")?;
        course(series, origin.as_ref(), ask)
    });
    found.into_par_iter().map(|total| answer(total, known, origin.as_ref(), ask)).collect()
}

/// Where the steps of totals begin: those of the finest series, at the newest value of all. Rows
/// without times end today, in every series.
struct Origin {
    grid: Option<Grid>,
    /// Place of that value among them.
    place: f64,
    layout: Layout,
}

impl Origin {
    fn of(series: &[Known], ask: &Ask) -> Option<Self> {
        let known = || series.iter().filter_map(|s| Some((s, s.grid, s.even.as_ref().ok()?)));
        if ask.columns.time.is_none() {
            let longest = known().map(|(_, _, even)| even.values.len()).max()?;
            let layout = Layout::of(ask.horizon, longest);
            return Some(Origin { grid: None, place: 0.0, layout });
        }
        let step_us = |grid: Grid, last: i64| Some(grid.start(last + 1)? - grid.start(last)?);
        let lengths =
            known().filter_map(|(_, grid, even)| Some((step_us(grid?, even.last())?, grid?)));
        let (finest_us, grid) = lengths.min_by_key(|(length_us, _)| *length_us)?;
        let newest = known().filter_map(|(s, grid, even)| grid?.instant(s.last(even))).max()?;
        let span = |(_, grid, even): (&Known, Option<Grid>, &Even)| {
            Some(newest - grid?.start(even.first)?).map(|us| signed(us) / signed(finest_us.max(1)))
        };
        let longest = known().filter_map(span).fold(0.0, f64::max);
        let layout = Layout::of(ask.horizon, floor(longest) + 1);
        Some(Origin { grid: Some(grid), place: grid.position(newest)?, layout })
    }

    /// Pace of a series with these steps and this last one.
    fn pace(&self, own: Option<Grid>, last: f64) -> Option<Pace> {
        let (Some(grid), Some(own)) = (self.grid, own) else { return Some(Pace::OWN) };
        let horizon = self.layout.horizon;
        let end = grid.instant(self.place + size(horizon))?;
        let here = own.position(grid.instant(self.place)?)?;
        let rate = (own.position(end)? - here) / size(horizon);
        Some(Pace { lag: (here - last).max(0.0), rate })
    }
}

/// The course of a series with what comes back to it, or why it is in no total.
fn course(known: &Known, origin: Option<&Origin>, ask: &Ask) -> Result<Course, String> {
    let even = known.even.as_ref().map_err(|refused| refused.sentence.clone())?;
    let origin = origin.ok_or("It has no value.")?;
    let pace =
        origin.pace(known.grid, known.last(even)).ok_or("Its steps lie beyond the calendar.")?;
    let last = known.grid.and_then(|grid| grid.instant(known.last(even)));
    let now = origin.grid.and_then(|grid| grid.instant(origin.place));
    let unseen_us = now.zip(last).map_or(0, |(now, last)| now - last);
    if signed(unseen_us) > GONE_DAYS * signed(DAY_US) && pace.lag > 2.0 {
        let last = iso(last.unwrap_or_default());
        return Err(format!("Last seen on {}, taken as gone.", last.get(..10).unwrap_or("")));
    }
    let mut course = known.course(ask, pace, &origin.layout).map_err(|refused| refused.sentence)?;
    let places = (1..=ask.horizon).map(|step| pace.place(step));
    course.give_back(&given_back(ask, &known.name, known.grid, known.last(even), places));
    Ok(course)
}

fn answer(total: Total, known: &[Known], origin: Option<&Origin>, ask: &Ask) -> Found {
    let parts: Vec<(&Known, &Even, Pace)> = total
        .series
        .iter()
        .filter_map(|at| {
            let known = known.get(*at)?;
            let even = known.even.as_ref().ok()?;
            Some((known, even, origin?.pace(known.grid, known.last(even))?))
        })
        .collect();
    let last = parts.iter().filter_map(|(_, even, _)| even.values.last()).sum();
    let limits = limits(&parts, ask);
    let mut found = Found {
        name: total.name.clone(),
        points: parts.iter().map(|(known, _, _)| known.points).sum(),
        duplicates: parts.iter().map(|(known, _, _)| known.duplicates).sum(),
        grid: origin.and_then(|origin| origin.grid),
        phase: origin.map_or(0.0, |origin| origin.place - libm::floor(origin.place)),
        even: origin.map(|origin| Even {
            first: nearest(libm::floor(origin.place)).unwrap_or(0),
            values: vec![last],
            filled: parts.iter().map(|(_, even, _)| even.filled).sum(),
        }),
        threshold: limits.first().copied(),
        answer: None,
        refused: Some(Refusal::NoSeries.into()),
        outlook: None,
        total: None,
    };
    if let Some(course) = &total.course {
        let planned = |(known, even, pace): &(&Known, &Even, Pace)| -> Vec<Addition> {
            let own = additions(ask, &known.name, known.grid, known.last(even));
            own.into_iter().map(|addition| addition.at_pace(*pace)).collect()
        };
        let planned: Vec<Addition> = parts.iter().flat_map(planned).collect();
        let question = Question {
            horizon: ask.horizon,
            levels: &ask.levels,
            limit: (!limits.is_empty()).then_some(Limit::at(&limits)),
            shares: &SHARES,
            additions: &planned,
            seed: random::seed(&[&ask.seed.to_string(), &total.level, &total.name]),
            ..Question::default()
        };
        found.refused = match forecast_whole(course, &question) {
            Ok(answer) => {
                let refusal = answer.refusal().map(Refused::from);
                found.answer = Some(answer);
                let is_missing = ask.has_threshold() && limits.is_empty();
                let missing = || Refused::no_threshold("Not every series has a threshold.");
                if is_missing { Some(missing()) } else { refusal }
            }
            Err(refusal) => Some(refusal.into()),
        };
    }
    found.total = Some(Total { course: None, ..total });
    found
}

/// Sum of the thresholds at every step ahead; empty when a series has none.
fn limits(parts: &[(&Known, &Even, Pace)], ask: &Ask) -> Vec<f64> {
    let at = |step: usize| -> Option<f64> {
        let own = |(known, _, pace): &(&Known, &Even, Pace)| {
            let limit = Limit { past: &known.past, ahead: &known.ahead };
            limit.at_step(floor(pace.place(step)))
        };
        parts.iter().map(own).sum()
    };
    if parts.is_empty() {
        return Vec::new();
    }
    let changes = parts.iter().any(|(known, _, _)| known.ahead.len() > 1);
    let steps = if changes { ask.horizon } else { 1 };
    (1..=steps).map_while(at).collect()
}
