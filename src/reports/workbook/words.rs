//! Words of the run inside a workbook: `{title}` in texts, `@as_of` as values, settings and
//! names of number formats. One place, so that a sheet and a footer never differ.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::model::format::visible;
use crate::model::frame::Cell;
use crate::reports::input::ReportInput;
use crate::reports::spec::ReportSpec;

use super::book::Value;
use super::data;
use super::spec::WorkbookSpec;

/// Number formats that every workbook has.
const FORMATS: [(&str, &str); 13] = [
    ("text", ""),
    ("general", ""),
    ("count", "#,##0"),
    ("tib", "#,##0.0"),
    ("tib2", "#,##0.00"),
    ("gib", "#,##0.000"),
    ("percent", "0.0%"),
    ("date", "d\\ mmm\\ yyyy"),
    ("month", "mmm\\ yyyy"),
    ("instant", "yyyy\\-mm\\-dd\\ hh:mm"),
    ("money", "#,##0\\ \"{currency}\""),
    ("price", "#,##0.00\\ \"{currency}\""),
    ("ratio", "0.000"),
];

/// Words and formats of one run.
#[derive(Debug, Clone)]
pub struct Words {
    texts: BTreeMap<&'static str, String>,
    settings: BTreeMap<String, Cell>,
    formats: BTreeMap<String, String>,
    as_of: Option<f64>,
    start: Option<f64>,
    months: f64,
}

impl Words {
    /// The words of a run.
    #[must_use]
    pub fn new(
        spec: &WorkbookSpec,
        report: &ReportSpec,
        input: &ReportInput,
        months: &[NaiveDate],
    ) -> Self {
        let settings = report.settings_with(&input.settings);
        let currency = match settings.get("currency") {
            Some(Cell::Text(text)) => text.chars().filter(char::is_ascii_alphanumeric).collect(),
            _ => String::new(),
        };
        let title = if input.title.is_empty() { &report.title } else { &input.title };
        let own = FORMATS.iter().map(|(name, code)| ((*name).to_owned(), (*code).to_owned()));
        let mut formats: BTreeMap<String, String> = own.collect();
        formats.extend(spec.formats.clone());
        for code in formats.values_mut() {
            *code = code.replace("{currency}", &currency);
        }
        let month = |day: Option<&NaiveDate>| day.map_or(String::new(), |d| data::month_text(*d));
        let texts = BTreeMap::from([
            ("{title}", visible(title)),
            ("{period}", input.period.title()),
            ("{as_of}", input.format.instant(input.as_of)),
            ("{run_id}", visible(&input.run_id)),
            ("{organisation}", visible(&input.organisation)),
            ("{currency}", currency),
            ("{first_month}", month(months.first())),
            ("{last_month}", month(months.last())),
            ("{months}", months.len().to_string()),
        ]);
        Words {
            texts,
            settings,
            formats,
            as_of: data::serial(input.as_of, input.format.zone),
            start: months.first().and_then(|m| data::serial_of_day(*m)),
            months: f64::from(u32::try_from(months.len()).unwrap_or(u32::MAX)),
        }
    }

    /// A text with its words filled in.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (word, value) in &self.texts {
            out = out.replace(word, value);
        }
        out
    }

    /// The code of a number format.
    ///
    /// # Errors
    /// When it looks like a name and there is none.
    pub fn format(&self, format: Option<&str>) -> Result<String> {
        let Some(format) = format else { return Ok(String::new()) };
        match self.formats.get(format) {
            Some(code) => Ok(code.clone()),
            None if format.chars().all(|c| c.is_ascii_lowercase()) => {
                let known: Vec<&str> = self.formats.keys().map(String::as_str).collect();
                Err(Error::config(format!("`{format}` is no number format"))
                    .hint(format!("known: {}; or write Excel's own code", known.join(", "))))
            }
            None => Ok(format.to_owned()),
        }
    }

    /// A constant of the description; `@cut_count` is filled in at the end.
    ///
    /// # Errors
    /// For an unknown word or a value that no cell can hold.
    pub fn value(&self, value: &toml::Value) -> Result<Value> {
        let number = |x: Option<f64>| x.map_or(Value::Blank, Value::Number);
        Ok(match value {
            toml::Value::String(text) => match text.as_str() {
                "@as_of" => number(self.as_of),
                "@start" => number(self.start),
                "@months" => Value::Number(self.months),
                "@cut_count" => Value::Text(CUT_COUNT.to_owned()),
                word if word.starts_with('@') => {
                    let hint = "known: @as_of @start @months @cut_count";
                    return Err(Error::config(format!("`{word}` is no value")).hint(hint));
                }
                text => Value::Text(self.text(text)),
            },
            toml::Value::Integer(x) => integer(*x),
            toml::Value::Float(x) if x.is_finite() => Value::Number(*x),
            toml::Value::Boolean(x) => Value::Text(yes_no(*x).to_owned()),
            _ => return Err(Error::config(format!("`{value}` cannot stand in a cell"))),
        })
    }

    /// A setting of the report or project.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn setting(&self, name: &str) -> Result<Value> {
        match self.settings.get(name) {
            Some(Cell::Text(text)) => Ok(Value::Text(visible(text))),
            Some(Cell::Int(x)) => Ok(integer(*x)),
            Some(Cell::Float(x)) if x.is_finite() => Ok(Value::Number(*x)),
            Some(Cell::Bool(x)) => Ok(Value::Text(yes_no(*x).to_owned())),
            _ => Err(Error::config(format!("there is no setting `{name}`"))
                .hint("give it a default in [settings] of report.toml")),
        }
    }
}

/// Stands for the number of texts that were cut until all are written.
pub const CUT_COUNT: &str = "\u{e000}cut_count";

/// Truth values as words that a reader can type.
#[must_use]
pub fn yes_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

/// Greatest integer up to which Excel's numbers are exact.
pub const EXACT_MAX: i64 = 1 << 53;

/// An integer as a number, or as text where a number would change it.
#[must_use]
pub fn integer(x: i64) -> Value {
    if is_exact(x) { Value::Number(as_float(x)) } else { Value::Text(x.to_string()) }
}

/// True when Excel's numbers hold the integer exactly.
#[must_use]
pub fn is_exact(x: i64) -> bool {
    (-EXACT_MAX..=EXACT_MAX).contains(&x)
}

/// An integer as a float; beyond [`EXACT_MAX`] it is only shown with few decimals.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "exact integers are written as text")]
pub fn as_float(x: i64) -> f64 {
    x as f64
}
