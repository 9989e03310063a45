//! Builders of the charts with more than one source or many columns.

use crate::error::Result;
use crate::model::format::Format;
use crate::reports::rows::{Rows, prefixed};

use super::Unit;
use super::build::{ChartSpec, Data};
use super::fan::{Fan, FanPoint, Full};
use super::heat_map::{HeatMap, HeatRow, State};
use super::intervals::{IntervalRow, Intervals, interval_text};
use super::multiples::{Multiples, Panel};
use super::waterfall::{Amount, Bar, Waterfall};

/// Code words as text: `source_data` reads `source data`.
pub fn in_words(code: &str) -> String {
    code.replace('_', " ")
}

pub(super) fn intervals(spec: &ChartSpec, data: &Data, format: &Format) -> Result<Intervals> {
    let rows = &data.rows;
    let unit = spec.unit("duration")?;
    let (label, y) = (spec.word("label", "label"), spec.word("y", "value"));
    let (lo, hi) = (spec.word("lo", "lo"), spec.word("hi", "hi"));
    let (high, n) = (spec.word("high", "p90"), spec.word("n", "n"));
    let target_column = spec.word("target_column", "target");
    rows.require(&[label, y])?;
    let mut out = Vec::new();
    for row in &rows.positions {
        let name = rows.text(label, *row).unwrap_or_default();
        let count = rows.int(n, *row).unwrap_or(0);
        let middle = rows.number(y, *row);
        let (low, up) = (rows.number(lo, *row), rows.number(hi, *row));
        let target = rows.number(target_column, *row).or(spec.target);
        let value_text = match (middle, low, unit) {
            (Some(value), _, Unit::Percent) => match rows.int("k", *row) {
                Some(k) => format.rate(k, count, target),
                None => unit.text(value, format),
            },
            (Some(value), ..) => unit.text(value, format),
            (None, Some(_), _) => "not reached".to_owned(),
            (None, None, _) => "cases only".to_owned(),
        };
        out.push(IntervalRow {
            label: prefixed(spec.word("prefix", ""), &name),
            size: format!("{} {}", format.count(count), spec.word("n_name", "cases")),
            cases: cases(spec, data, &name)?,
            middle,
            lo: low,
            hi: up,
            high: rows.number(high, *row),
            target,
            value_text,
            interval_text: interval_text(unit, low, up, format),
        });
    }
    Ok(Intervals {
        unit,
        rows: out,
        middle_name: spec.word("middle_name", "median").to_owned(),
        high_name: spec.word("high_name", "90th percentile").to_owned(),
        target_name: spec.word("target_name", "objective").to_owned(),
    })
}

fn cases(spec: &ChartSpec, data: &Data, group: &str) -> Result<Vec<f64>> {
    let Some(rows) = &data.cases else { return Ok(Vec::new()) };
    let (label, value) =
        (spec.word("case_label", spec.word("label", "label")), spec.word("case_value", "value"));
    if rows.positions.is_empty() {
        return Ok(Vec::new());
    }
    rows.require(&[label, value])?;
    let mine = rows.positions.iter().filter(|r| rows.text(label, **r).as_deref() == Some(group));
    Ok(mine.filter_map(|r| rows.number(value, *r)).collect())
}

pub(super) fn fan(spec: &ChartSpec, data: &Data) -> Result<Fan> {
    let rows = &data.rows;
    let (x, y) = (spec.word("x", "at"), spec.word("y", "used_bytes"));
    let capacity = spec.word("capacity", "capacity_bytes");
    rows.require(&[x, y])?;
    let pairs = |column: &str| {
        let pair = |r: &usize| Some((rows.int(x, *r)?, rows.number(column, *r)?));
        let mut pairs: Vec<(i64, f64)> = rows.positions.iter().filter_map(pair).collect();
        pairs.sort_by_key(|(at, _)| *at);
        pairs
    };
    let mut capacities = pairs(capacity);
    capacities.dedup_by(|later, earlier| (later.1 - earlier.1).abs() < f64::EPSILON);
    let full = data.full.as_ref().and_then(|f| f.positions.first().map(|row| (f, *row)));
    let date = |role: &str, default: &str| {
        full.and_then(|(rows, row)| rows.int(spec.word(role, default), row))
    };
    let refusal = full.and_then(|(rows, row)| rows.text(spec.word("refusal", "refusal"), row));
    Ok(Fan {
        unit: spec.unit("bytes")?,
        history: pairs(y),
        forecast: if refusal.is_some() { Vec::new() } else { forecast(spec, data)? },
        capacity: capacities,
        full: Full {
            early_us: date("early", "full_p10_at"),
            middle_us: date("middle", "full_p50_at"),
            late_us: date("late", "full_p90_at"),
        },
        refusal,
    })
}

/// Quantile columns of a forecast, widest pair first.
const BANDS: [(&str, &str); 4] = [("p025", "p975"), ("p05", "p95"), ("p10", "p90"), ("p25", "p75")];

fn forecast(spec: &ChartSpec, data: &Data) -> Result<Vec<FanPoint>> {
    let Some(rows) = &data.forecast else { return Ok(Vec::new()) };
    if rows.positions.is_empty() {
        return Ok(Vec::new());
    }
    let x = spec.word("forecast_x", spec.word("x", "at"));
    rows.require(&[x, "p50"])?;
    let point = |row: &usize| {
        let band = |(lo, hi): &(&str, &str)| rows.number(lo, *row).zip(rows.number(hi, *row));
        Some(FanPoint {
            at_us: rows.int(x, *row)?,
            middle: rows.number("p50", *row)?,
            bands: BANDS.iter().filter_map(band).collect(),
        })
    };
    let mut points: Vec<FanPoint> = rows.positions.iter().filter_map(point).collect();
    points.sort_by_key(|p| p.at_us);
    Ok(points)
}

/// Systems of a heat map; those with the most bad days are kept.
const HEAT_ROWS_MAX: usize = 25;

pub(super) fn heat_map(spec: &ChartSpec, rows: &Rows, format: &Format) -> Result<HeatMap> {
    let (label, x, y) =
        (spec.word("label", "system_id"), spec.word("x", "backup_day"), spec.word("y", "outcome"));
    rows.require(&[label, x, y])?;
    let mut days = rows.distinct(x);
    days.sort();
    let row = |name: String| {
        let mine: Vec<usize> = rows
            .positions
            .iter()
            .copied()
            .filter(|r| rows.text(label, *r).as_ref() == Some(&name))
            .collect();
        // Several rows of one day: the worst of them.
        let state = |day: &String| {
            let of_day = mine.iter().filter(|r| rows.text(x, **r).as_ref() == Some(day));
            of_day
                .filter_map(|r| rows.text(y, *r))
                .map(|word| State::of(&word))
                .max()
                .unwrap_or(State::NotExpected)
        };
        let states: Vec<State> = days.iter().map(state).collect();
        let expected = states.iter().filter(|s| **s != State::NotExpected).count();
        let bad = states.iter().filter(|s| **s >= State::Failed).count();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        HeatRow {
            label: name,
            summary: format!("{} of {}", format.count(count(bad)), format.count(count(expected))),
            is_bad: bad > 0,
            states,
        }
    };
    let mut rows: Vec<HeatRow> = rows.distinct(label).into_iter().map(row).collect();
    let bad = |row: &HeatRow| row.states.iter().filter(|s| **s >= State::Failed).count();
    rows.sort_by(|a, b| bad(b).cmp(&bad(a)).then_with(|| a.label.cmp(&b.label)));
    rows.truncate(HEAT_ROWS_MAX);
    Ok(HeatMap { days, rows, summary_name: spec.word("summary_name", "Bad days").to_owned() })
}

pub(super) fn multiples(spec: &ChartSpec, rows: &Rows, format: &Format) -> Result<Multiples> {
    let (label, x, y) =
        (spec.word("label", "measure"), spec.word("x", "month"), spec.word("y", "value"));
    rows.require(&[label, x, y])?;
    let (change, flag) = (spec.word("change", "change_ratio"), spec.word("flag", "is_flagged"));
    let bounds = ["base_lo", "base_middle", "base_hi"].map(|role| spec.word(role, role));
    let mut places = rows.distinct(x);
    places.sort();
    let panel = |name: String| {
        let mine = || {
            rows.positions.iter().copied().filter(|r| rows.text(label, *r).as_ref() == Some(&name))
        };
        let at = |place: &String| mine().find(|r| rows.text(x, *r).as_ref() == Some(place));
        let last = mine().next_back();
        let of_last = |column: &str| last.and_then(|r| rows.number(column, r));
        let [lo, middle, hi] = bounds.map(of_last);
        let sign = |v: f64| {
            let plus = if v > 0.0 { "+" } else { "" };
            format!("{plus}{}\u{a0}%", format.number(v * 100.0, 0))
        };
        Panel {
            change: of_last(change).map_or_else(String::new, sign),
            is_flagged: last.is_some_and(|r| rows.is_true(flag, r)),
            values: places.iter().map(|p| at(p).and_then(|r| rows.number(y, r))).collect(),
            base: lo.zip(middle).zip(hi).map(|((a, b), c)| (a, b, c)),
            title: in_words(&name),
        }
    };
    let end = |place: Option<&String>| {
        place.map_or_else(String::new, |p| crate::model::format::month_label(p))
    };
    let ends = (end(places.first()), end(places.last()));
    Ok(Multiples { panels: rows.distinct(label).into_iter().map(panel).collect(), ends })
}

/// Columns of the step `bridge`.
const BRIDGE: [&str; 8] =
    ["term", "from_state", "to_state", "why", "k", "n", "state_value", "value"];

/// One bridge: the state it begins with, its terms in order, the state it ends with. Nothing is
/// drawn when a state of it had no trials.
pub(super) fn waterfall(rows: &Rows, format: &Format) -> Result<Waterfall> {
    rows.require(&BRIDGE)?;
    Ok(Waterfall { bars: bars(rows, format).unwrap_or_default() })
}

fn bars(rows: &Rows, format: &Format) -> Option<Vec<Bar>> {
    // The total is term 0.
    let mut terms = rows.positions.clone();
    terms.sort_by_key(|row| rows.int("term", *row));
    let (total, terms) = terms.split_first()?;
    let end = rows.number("state_value", *total)?;
    let reached = |row: usize| {
        let (k, n) = (rows.int("k", row)?, rows.int("n", row)?);
        Some(format!("{} of {}", format.count(k), format.count(n)))
    };
    let mut bars = vec![Bar {
        label: rows.text("from_state", *total)?,
        amount: Amount::Level(end - rows.number("value", *total)?),
        detail: String::new(),
    }];
    for row in terms {
        bars.push(Bar {
            label: rows.text("why", *row)?,
            amount: Amount::Change(rows.number("value", *row)?),
            detail: reached(*row)?,
        });
    }
    bars.push(Bar {
        label: rows.text("to_state", *total)?,
        amount: Amount::Level(end),
        detail: reached(*total)?,
    });
    Some(bars)
}
