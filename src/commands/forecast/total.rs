//! Totals of the series: by the values of a column, and of all. Sample paths are added, never
//! bounds; a series that cannot be forecast is in no total, and named with the reason.

use rayon::prelude::*;

use super::ask::{Ask, SHARES};
use super::known::Known;
use super::one::{Found, OfTotal, Refused, additions, given_back};
use crate::model::time::{DAY_US, iso};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::{Addition, Limit, Pace, Question, Whole, forecast_whole};
use crate::stats::number::{floor, length, signed, size};
use crate::stats::random;
use crate::stats::spacing::{Even, Grid};

/// Days without a value, and at least two steps, after which a series is taken as gone, if others
/// go on.
const GONE_DAYS: i64 = 45;

/// Name and level of the total of all.
const TOTAL: &str = "total";

/// Forecasts of the totals by each column of groups, and of the total of all series.
#[must_use]
pub fn answers(known: &[Known], ask: &Ask) -> Vec<Found> {
    let mut totals: Vec<(&str, &str, Vec<&Known>)> = Vec::new();
    for (at, level) in ask.columns.groups.iter().enumerate() {
        for series in known {
            let name = series.groups.get(at).map_or("", String::as_str);
            match totals.iter_mut().find(|t| t.0 == level && t.1 == name) {
                Some(total) => total.2.push(series),
                None => totals.push((level, name, vec![series])),
            }
        }
    }
    let level_of = |name: &str| ask.columns.groups.iter().position(|group| group == name);
    totals.sort_by_key(|(level, name, _)| (level_of(level), *name));
    totals.push((TOTAL, TOTAL, known.iter().collect()));
    totals.par_iter().map(|(level, name, series)| answer(level, name, series, ask)).collect()
}

/// Where the steps of a total begin: those of the finest series, at the newest value of all. Rows
/// without times end today, in every series.
struct Origin {
    grid: Option<Grid>,
    step: i64,
}

impl Origin {
    fn of(series: &[&Known], ask: &Ask) -> Option<Self> {
        let known = || series.iter().filter_map(|s| Some((s.grid, s.even.as_ref().ok()?.last())));
        if ask.columns.time.is_none() {
            return Some(Origin { grid: None, step: 0 });
        }
        let length = |(grid, last): (Option<Grid>, i64)| {
            Some((grid?.start(last + 1)? - grid?.start(last)?, grid?))
        };
        let (_, grid) = known().filter_map(length).min_by_key(|(length_us, _)| *length_us)?;
        let newest = known().filter_map(|(grid, last)| grid?.start(last)).max()?;
        Some(Origin { grid: Some(grid), step: grid.step(newest) })
    }

    /// Pace of a series with these steps and this last one.
    fn pace(&self, own: Option<Grid>, last: i64, horizon: usize) -> Option<Pace> {
        let (Some(grid), Some(own)) = (self.grid, own) else {
            return Some(Pace::OWN);
        };
        let end = grid.start(self.step.checked_add(length(horizon))?)?;
        let here = own.position(grid.start(self.step)?)?;
        let rate = (own.position(end)? - here) / size(horizon);
        Some(Pace { lag: (here - signed(last)).max(0.0), rate })
    }
}

fn answer(level: &str, name: &str, series: &[&Known], ask: &Ask) -> Found {
    let mut found = Found {
        name: name.to_owned(),
        points: 0,
        duplicates: 0,
        grid: None,
        even: None,
        threshold: None,
        answer: None,
        refused: Some(Refusal::TooShort { n: 0, after_shift: false }.into()),
        outlook: None,
        total: Some(OfTotal { level: level.to_owned(), series: 0, left_out: Vec::new() }),
    };
    let mut parts: Vec<(&Known, Pace, Whole)> = Vec::new();
    let mut left_out = Vec::new();
    let origin = Origin::of(series, ask);
    for known in series {
        match part(known, origin.as_ref(), ask) {
            Ok((pace, whole)) => parts.push((known, pace, whole)),
            Err(reason) => left_out.push(format!("{}: {reason}", known.name)),
        }
    }
    found.total = Some(OfTotal { level: level.to_owned(), series: parts.len(), left_out });
    let Some(origin) = origin.filter(|_| !parts.is_empty()) else { return found };
    let known = || parts.iter().map(|(known, _, _)| *known);
    found.points = known().map(|k| k.points).sum();
    found.duplicates = known().map(|k| k.duplicates).sum();
    found.grid = origin.grid;
    let last = known().filter_map(|k| k.even.as_ref().ok()?.values.last()).sum();
    found.even = Some(Even { first: origin.step, values: vec![last], filled: 0 });
    let limits: Vec<f64> = limits(&parts, ask);
    found.threshold = limits.first().copied();
    let planned = |k: &Known| additions(ask, &k.name, origin.grid, origin.step);
    let planned: Vec<Addition> = known().flat_map(planned).collect();
    let back = known().map(|k| given_back(ask, &k.name, origin.grid, origin.step));
    let back: Vec<Whole> = back
        .filter(|back| !back.is_empty())
        .map(|back| Whole::Known(back.iter().map(|amount| -amount).collect()))
        .collect();
    let wholes = parts.into_iter().map(|(_, _, whole)| whole).chain(back).collect();
    let question = Question {
        horizon: ask.horizon,
        levels: &ask.levels,
        limit: (!limits.is_empty()).then_some(Limit::at(&limits)),
        shares: &SHARES,
        additions: &planned,
        seed: random::seed(&[&ask.seed.to_string(), level, name]),
        ..Question::default()
    };
    match forecast_whole(&Whole::Sum(wholes), &question) {
        Ok(answer) => {
            found.refused = answer.refusal().map(Refused::from);
            if ask.has_threshold() && limits.is_empty() {
                let refused = Refused::no_threshold("Not every series has a threshold.");
                found.refused = Some(refused);
            }
            found.answer = Some(answer);
        }
        Err(refusal) => found.refused = Some(refusal.into()),
    }
    found
}

/// A series at its pace from the origin, or why it is in no total.
fn part(known: &Known, origin: Option<&Origin>, ask: &Ask) -> Result<(Pace, Whole), String> {
    let even = known.even.as_ref().map_err(|refused| refused.sentence.clone())?;
    if let Some(refusal) = known.contradiction {
        return Err(refusal.sentence());
    }
    let pace = origin.and_then(|origin| origin.pace(known.grid, even.last(), ask.horizon));
    let pace = pace.ok_or("Its steps lie beyond the calendar.")?;
    let last = known.grid.and_then(|grid| grid.start(even.last()));
    let now = origin.and_then(|origin| origin.grid?.start(origin.step));
    let unseen = now.zip(last).map_or(0, |(now, last)| (now - last) / DAY_US);
    if unseen > GONE_DAYS && pace.lag > 2.0 {
        let last = iso(last.unwrap_or_default());
        return Err(format!("Last seen on {}, taken as gone.", last.get(..10).unwrap_or("")));
    }
    let whole = known.part(ask, pace).map_err(|refused| refused.sentence)?;
    Ok((pace, whole))
}

/// Sum of the thresholds at every step ahead; empty when a series has none.
fn limits(parts: &[(&Known, Pace, Whole)], ask: &Ask) -> Vec<f64> {
    let at = |step: usize| -> Option<f64> {
        let own = |(known, pace, _): &(&Known, Pace, Whole)| {
            let own = floor(pace.lag + pace.rate * size(step));
            Limit { past: &known.past, ahead: &known.ahead }.at_step(own)
        };
        parts.iter().map(own).sum()
    };
    let changes = parts.iter().any(|(known, _, _)| known.ahead.len() > 1);
    let steps = if changes { ask.horizon } else { 1 };
    (1..=steps).map_while(at).collect()
}
