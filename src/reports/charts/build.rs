//! From a declarative chart spec and result rows to a chart. The spec names columns by role;
//! roles that are not named use the column names that the statistical steps write.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::format::Format;
use crate::reports::rows::{Rows, prefixed};

use super::line::{Better, Line, Point, Series};
use super::pareto::Pareto;
use super::{Chart, Unit, build_parts as parts};

/// A chart as a template asks for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartSpec {
    /// `line`, `intervals`, `fan`, `heat_map`, `multiples`, `pareto` or `waterfall`.
    pub kind: String,
    /// Everything else: columns by role, names, and text options.
    pub words: BTreeMap<String, String>,
    /// Target for all rows.
    pub target: Option<f64>,
}

/// Kind and the words that its spec may hold.
const KINDS: [(&str, &[&str]); 7] = [
    ("line", &["x", "y", "series", "lo", "hi", "verdict", "unit", "better", "prefix"]),
    (
        "intervals",
        &[
            "label",
            "y",
            "lo",
            "hi",
            "high",
            "n",
            "n_name",
            "unit",
            "prefix",
            "middle_name",
            "high_name",
            "target_column",
            "target_name",
            "case_label",
            "case_value",
        ],
    ),
    ("fan", &["x", "y", "capacity", "early", "middle", "late", "refusal", "unit", "forecast_x"]),
    ("heat_map", &["label", "x", "y", "summary_name"]),
    ("multiples", &["label", "x", "y", "base_lo", "base_middle", "base_hi", "change", "flag"]),
    ("pareto", &["label", "y", "measure"]),
    ("waterfall", &[]),
];

impl ChartSpec {
    /// Refuses unknown kinds and words before any data are read.
    ///
    /// # Errors
    /// With the words that are known.
    pub fn check(&self) -> Result<()> {
        let known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        let Some((_, words)) = KINDS.iter().find(|(kind, _)| *kind == self.kind) else {
            let message = format!("chart kind `{}` is not known", self.kind);
            return Err(Error::config(message).hint(format!("known kinds: {}", known.join(", "))));
        };
        match self.words.keys().find(|word| !words.contains(&word.as_str())) {
            None => Ok(()),
            Some(word) => {
                let message = format!("a {} chart has no `{word}`", self.kind);
                let known = if words.is_empty() { "nothing to choose" } else { &words.join(", ") };
                Err(Error::config(message).hint(format!("it has: {known}")))
            }
        }
    }

    pub(in crate::reports) fn word<'a>(&'a self, role: &str, default: &'a str) -> &'a str {
        self.words.get(role).map_or(default, String::as_str)
    }

    pub(super) fn unit(&self, default: &str) -> Result<Unit> {
        match self.word("unit", default) {
            "pct" => Ok(Unit::Percent),
            "count" => Ok(Unit::Count),
            "bytes" => Ok(Unit::Bytes),
            "duration" => Ok(Unit::Duration),
            "number" => Ok(Unit::Number),
            other => Err(Error::config(format!("unit `{other}` is not known"))
                .hint("known units: pct, count, bytes, duration, number")),
        }
    }
}

/// The data of a chart: its main rows and, where the kind has them, further ones.
pub struct Data<'a> {
    /// Main rows.
    pub rows: Rows<'a>,
    /// Single cases of an interval chart.
    pub cases: Option<Rows<'a>>,
    /// Forecast of a fan chart.
    pub forecast: Option<Rows<'a>>,
    /// Dates of being full of a fan chart.
    pub full: Option<Rows<'a>>,
}

/// Makes the chart.
///
/// # Errors
/// When the spec is wrong or a column is missing.
pub fn chart(spec: &ChartSpec, data: &Data, format: &Format) -> Result<Chart> {
    spec.check()?;
    match spec.kind.as_str() {
        "line" => line(spec, &data.rows).map(Chart::Line),
        "intervals" => parts::intervals(spec, data, format).map(Chart::Intervals),
        "fan" => parts::fan(spec, data).map(Chart::Fan),
        "heat_map" => parts::heat_map(spec, &data.rows, format).map(Chart::HeatMap),
        "multiples" => parts::multiples(spec, &data.rows, format).map(Chart::Multiples),
        "pareto" => pareto(spec, &data.rows).map(Chart::Pareto),
        _ => parts::waterfall(&data.rows, format).map(Chart::Waterfall),
    }
}

fn line(spec: &ChartSpec, rows: &Rows) -> Result<Line> {
    let (x, y) = (spec.word("x", "month"), spec.word("y", "value"));
    rows.require(&[x, y])?;
    let (lo, hi) = (spec.word("lo", "lo"), spec.word("hi", "hi"));
    let verdict = spec.word("verdict", "verdict");
    let mut places = rows.distinct(x);
    places.sort();
    let names = match spec.words.get("series") {
        Some(column) => {
            rows.require(&[column])?;
            rows.distinct(column)
        }
        None => vec![String::new()],
    };
    let belongs = |row: usize, name: &str| {
        spec.words.get("series").is_none_or(|c| rows.text(c, row).as_deref() == Some(name))
    };
    let point = |row: usize| Point {
        value: rows.number(y, row),
        interval: rows.number(lo, row).zip(rows.number(hi, row)),
        is_breach: rows.text(verdict, row).as_deref() == Some("breach"),
    };
    let series = |name: &String| {
        let at = |place: &String| {
            let mut mine = rows.positions.iter().filter(|r| belongs(**r, name));
            mine.find(|r| rows.text(x, **r).as_ref() == Some(place))
                .map_or_else(Point::default, |r| point(*r))
        };
        Series {
            name: prefixed(spec.word("prefix", ""), name),
            points: places.iter().map(at).collect(),
        }
    };
    Ok(Line {
        unit: spec.unit("pct")?,
        series: names.iter().map(series).collect(),
        x: places.clone(),
        target: spec.target,
        better: if spec.word("better", "higher") == "lower" {
            Better::Lower
        } else {
            Better::Higher
        },
    })
}

fn pareto(spec: &ChartSpec, rows: &Rows) -> Result<Pareto> {
    let (label, y) = (spec.word("label", "class"), spec.word("y", "k"));
    rows.require(&[label, y])?;
    let count = |row: &usize| {
        let name = parts::in_words(&rows.text(label, *row)?);
        Some((name, rows.int(y, *row)?))
    };
    let counts = rows.positions.iter().filter_map(count).filter(|(_, k)| *k > 0).collect();
    Ok(Pareto::new(spec.word("measure", "Failures").to_owned(), counts))
}
