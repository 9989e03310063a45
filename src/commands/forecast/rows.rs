//! What was found out about a series, as rows: one per step ahead, and one summary. Every series
//! of a run has the same columns, whatever was found.

use super::ask::{Ask, SHARES};
use super::one::Found;
use super::value::{Name, Rows, Value, json_list, quoted};
use crate::stats::forecast::Answer;
use crate::stats::forecast::reduction::Outlook;
use crate::stats::forecast::total::Total;
use crate::stats::number::{length, size};

/// A row of the summary, while it is made.
type Row = Vec<(Name, Value)>;

/// Rows of the steps ahead; none when the forecast is refused.
#[must_use]
pub fn steps(found: &Found, ask: &Ask) -> Rows {
    let names: Vec<Name> = step_names(ask);
    let Some(answer) = &found.answer else { return Rows { names, cells: Vec::new() } };
    let (series, level) = (Value::Text(found.name.as_str().into()), level(found));
    let lower = || answer.bands.iter().rev().map(|band| &band.lo);
    let upper = || answer.bands.iter().map(|band| &band.hi);
    let number = |values: &[f64], at: usize| Value::of(values.get(at).copied(), Value::Number);
    let row = |at: usize| {
        let mut row = Vec::with_capacity(names.len());
        row.extend(has_series(ask).then(|| series.clone()));
        row.extend(ask.has_totals.then(|| level.clone()));
        row.push(Value::count(at + 1));
        let instant = || Value::of(found.instant(size(at + 1)), Value::Time);
        row.extend(ask.columns.time.is_some().then(instant));
        row.extend([number(&answer.mean, at), number(&answer.median, at)]);
        row.extend(lower().chain(upper()).map(|bounds| number(bounds, at)));
        row.extend(ask.plans.is_some().then(|| number(&answer.planned, at)));
        row
    };
    let cells = (0..answer.mean.len()).map(row).collect();
    Rows { names, cells }
}

/// Names of the columns of [`steps`]; the bounds are quantiles, lowest first.
fn step_names(ask: &Ask) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    names.extend(has_series(ask).then_some("series".into()));
    names.extend(ask.has_totals.then_some("level".into()));
    names.push("step".into());
    names.extend(ask.columns.time.is_some().then_some("at".into()));
    names.extend(["mean".into(), "median".into()]);
    names.extend(ask.levels.iter().rev().map(|level| quantile_name((1.0 - level) / 2.0).into()));
    names.extend(ask.levels.iter().map(|level| quantile_name((1.0 + level) / 2.0).into()));
    names.extend(ask.plans.is_some().then_some("planned".into()));
    names
}

/// Whether rows say of which series they are.
fn has_series(ask: &Ask) -> bool {
    ask.columns.series.is_some() || ask.has_totals
}

/// `p` and the decimals of a quantile, two at least: 0.1 is `p10`, 0.025 is `p025`.
fn quantile_name(q: f64) -> String {
    let decimals = format!("{q:.6}");
    let decimals = decimals.trim_start_matches("0.").trim_end_matches('0');
    format!("p{decimals:0<2}")
}

/// The summary of a series: one row.
#[must_use]
pub fn summary(found: &Found, ask: &Ask) -> Rows {
    let mut row = Row::new();
    if has_series(ask) {
        row.push(("series".into(), Value::Text(found.name.as_str().into())));
    }
    if ask.has_totals {
        totals(&mut row, found);
    }
    points(&mut row, found, ask);
    method(&mut row, found, ask);
    if ask.has_threshold() {
        row.push(("threshold".into(), Value::of(found.threshold, Value::Number)));
        SHARES.iter().for_each(|share| reach(&mut row, found, ask, *share));
    }
    if ask.columns.logical.is_some() {
        let outlook = |f: fn(&Outlook) -> f64| {
            Value::of(found.outlook.as_ref(), |outlook| Value::Number(f(outlook)))
        };
        row.push(("ratio".into(), outlook(|o| o.ratio)));
        row.push(("ratio_p10".into(), outlook(|o| o.ratio_p10)));
        row.push(("logical_growth_per_step".into(), outlook(|o| o.logical_growth)));
    }
    let text = |text: &str| Value::Text(text.into());
    let refused = found.refused.as_ref();
    row.push(("refusal".into(), Value::of(refused, |r| text(r.word))));
    row.push(("refusal_sentence".into(), Value::of(refused, |r| text(&r.sentence))));
    Rows::one(row)
}

/// One JSON object per series, on one line; its name stands outside of the rows.
#[must_use]
pub fn json(found: &Found, ask: &Ask, steps: Option<&Rows>, summary: &Rows) -> String {
    let skip = usize::from(has_series(ask));
    let mut out = String::from("{\"series\":");
    quoted(&found.name, &mut out);
    if let Some(steps) = steps {
        out.push_str(",\"steps\":");
        json_list(&steps.cells, &mut out, |row, out| steps.json(row, skip, out));
    }
    out.push_str(",\"summary\":");
    summary.cells.iter().for_each(|row| summary.json(row, skip, &mut out));
    out.push_str("}\n");
    out
}

/// Whether it is a series, or on which level a total.
fn level(found: &Found) -> Value {
    let level = found.total.as_ref().map_or("series", |total| &total.level);
    Value::Text(level.into())
}

fn totals(row: &mut Row, found: &Found) {
    let total = found.total.as_ref();
    row.push(("level".into(), level(found)));
    row.push(("series_n".into(), Value::of(total, |t| Value::count(t.series.len()))));
    row.push(("left_out_n".into(), Value::of(total, |t| Value::count(t.left_out.len()))));
    let left_out = |t: &Total| {
        Value::List(t.left_out.iter().map(|text| Value::Text(text.as_str().into())).collect())
    };
    row.push(("left_out".into(), Value::of(total, left_out)));
}

/// What the forecast rests on.
fn points(row: &mut Row, found: &Found, ask: &Ask) {
    let even = found.even.as_ref();
    let answer = found.answer.as_ref();
    row.push(("point_n".into(), Value::count(found.points)));
    if ask.columns.time.is_some() {
        row.push(("duplicate_n".into(), Value::count(found.duplicates)));
    }
    row.push(("filled_n".into(), Value::of(even, |e| Value::count(e.filled))));
    row.push(("used_n".into(), Value::of(answer, |a| Value::count(a.n_used))));
    if ask.has_threshold() {
        row.push(("censored_n".into(), Value::of(answer, |a| Value::count(a.n_censored))));
    }
    if ask.columns.time.is_some() {
        let every = found.grid.map(|grid| grid.unit.word());
        row.push(("every".into(), Value::of(every, |word: String| Value::Text(word.into()))));
        row.push(("last_at".into(), Value::of(found.instant(0.0), Value::Time)));
    }
    let last = even.and_then(|e| e.values.last().copied());
    row.push(("last_value".into(), Value::of(last, Value::Number)));
    row.push(("growth_per_step".into(), Value::of(answer, |a| Value::Number(a.growth))));
}

/// What was used, and how good it would have been.
fn method(row: &mut Row, found: &Found, ask: &Ask) {
    let answer = found.answer.as_ref();
    let weights = |a: &Answer| {
        let weight = |w: &crate::stats::forecast::Weight| (w.method.clone(), w.weight);
        let weights = a.weights.iter().map(weight);
        Value::Map(weights.map(|(name, weight)| (name, Value::Number(weight))).collect())
    };
    let seasons = |a: &Answer| Value::List(a.seasons.iter().map(|s| Value::count(*s)).collect());
    let changepoints = |a: &Answer| {
        let place = |shift: &crate::stats::changepoints::Shift| {
            if ask.columns.time.is_none() {
                return Value::count(shift.at + 1);
            }
            let behind = found.even.as_ref().map_or(0, |e| length(e.values.len())) - 1;
            let ahead = crate::stats::number::signed(length(shift.at) - behind);
            Value::of(found.instant(ahead), Value::Time)
        };
        Value::List(a.shifts.iter().map(place).collect())
    };
    let number = |f: fn(&Answer) -> Option<f64>| Value::of(answer.and_then(f), Value::Number);
    // A sum has the methods, seasons and jumps of its parts and none of its own.
    let own = answer.filter(|answer| !answer.is_sum());
    row.push(("weights".into(), Value::of(own, weights)));
    row.push(("seasons".into(), Value::of(own, seasons)));
    let own = answer.filter(|_| found.total.is_none());
    row.push(("changepoints".into(), Value::of(own, changepoints)));
    row.push(("smape".into(), number(|a| a.back_test.smape)));
    row.push(("mase".into(), number(|a| a.back_test.mase)));
    row.push(("coverage_ratio".into(), number(|a| a.back_test.coverage)));
    row.push(("origin_n".into(), Value::of(answer, |a| Value::count(a.back_test.origins))));
}

/// When a share of the threshold is reached: instants, or steps after the last value.
fn reach(row: &mut Row, found: &Found, ask: &Ask, share: f64) {
    let has_time = ask.columns.time.is_some();
    let reached = found.answer.as_ref().filter(|_| found.refused.is_none());
    let crossing = reached.and_then(|answer| answer.reach(share));
    let lead = format!("reach_{:.0}", share * 100.0);
    for (quantile, ahead) in [
        ("p10", crossing.and_then(|c| c.p10)),
        ("p50", crossing.and_then(|c| c.p50)),
        ("p90", crossing.and_then(|c| c.p90)),
    ] {
        if has_time {
            let at = ahead.and_then(|ahead| found.instant(ahead));
            row.push((format!("{lead}_{quantile}_at").into(), Value::of(at, Value::Time)));
        } else {
            row.push((format!("{lead}_{quantile}_steps").into(), Value::of(ahead, Value::Number)));
        }
    }
    let probability = crossing.map(|c| c.within_horizon);
    row.push((format!("{lead}_probability").into(), Value::of(probability, Value::Number)));
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_quantile_is_named_by_its_decimals() {
        let levels: [f64; 4] = [0.8, 0.95, 0.9, 0.99];
        let names = levels.map(|level| super::quantile_name((1.0 - level) / 2.0));
        assert_eq!(names, ["p10", "p025", "p05", "p005"]);
        let names = levels.map(|level| super::quantile_name((1.0 + level) / 2.0));
        assert_eq!(names, ["p90", "p975", "p95", "p995"]);
    }
}
