//! `report.toml`: which metrics a report needs and with which variables, which files it
//! gives, and settings that a project may change. It is data only; nothing runs from here.
//!
//! ```toml
//! title   = "Backup operations review"
//! says    = "What happened in the quarter and how sure we are"
//! outputs = ["html"]
//!
//! [settings]
//! success_target = 0.995
//!
//! [[metric]]
//! query = "success_rate_by_tier"                    # queries/metrics/<query>.sql
//! name  = "success_rate_trend"                      # default: the query's id
//! vars  = { from = "@trend.from", to = "@period.to" }   # @ = an instant of the report
//! optional = true                                   # the report renders without it
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Cell;

use super::input::Period;

/// A report's description.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSpec {
    /// Folder name below `report_templates/`.
    pub id: String,
    /// Title without the period.
    pub title: String,
    /// One line: what it tells.
    pub says: String,
    /// Formats it gives: `html`, `pdf`, `xlsx`.
    pub outputs: Vec<String>,
    /// File name of the body in the report's folder.
    pub body: String,
    /// Days before the end of the period at which trends begin.
    pub trend_days: i64,
    /// Defaults of the settings.
    pub settings: BTreeMap<String, Cell>,
    /// Metrics in the order of the file.
    pub metrics: Vec<MetricUse>,
}

/// One use of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricUse {
    /// Query id.
    pub query: String,
    /// Name in the template and in `ReportInput::results`.
    pub name: String,
    /// Variables as written; [`instant_of`] resolves those with `@`.
    pub vars: BTreeMap<String, Cell>,
    /// The report renders without it.
    pub is_optional: bool,
}

/// The instant that a variable such as `@period.from` stands for (`@as_of-730d`: that many days
/// before), UTC microseconds; none when
/// the text is not one of the known words.
#[must_use]
pub fn instant_of(word: &str, period: &Period, as_of: i64, trend_days: i64) -> Option<i64> {
    match word {
        "@period.from" => Some(period.from_us),
        "@period.to" => Some(period.to_us),
        "@trend.from" => {
            let length = trend_days.saturating_mul(crate::model::time::DAY_US);
            Some(period.to_us.saturating_sub(length))
        }
        "@as_of" => Some(as_of),
        _ => {
            let days: i64 = word.strip_prefix("@as_of-")?.strip_suffix('d')?.parse().ok()?;
            Some(as_of.saturating_sub(days.saturating_mul(crate::model::time::DAY_US)))
        }
    }
}

const INSTANTS: [&str; 5] = ["@period.from", "@period.to", "@trend.from", "@as_of", "@as_of-DAYSd"];
const OUTPUTS: [&str; 3] = ["html", "pdf", "xlsx"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    says: String,
    outputs: Vec<String>,
    #[serde(default = "default_body")]
    body: String,
    #[serde(default = "default_trend_days")]
    trend_days: i64,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
    #[serde(default)]
    metric: Vec<FileMetric>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMetric {
    query: String,
    name: Option<String>,
    #[serde(default)]
    vars: BTreeMap<String, toml::Value>,
    #[serde(default)]
    optional: bool,
}

fn default_body() -> String {
    "body.md.j2".to_owned()
}

fn default_trend_days() -> i64 {
    365
}

impl ReportSpec {
    /// Reads the text of a `report.toml`.
    ///
    /// # Errors
    /// When it is not TOML of the shape above, names an unknown output or instant, or uses a
    /// name twice.
    pub fn parse(id: &str, text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Error::config("the report's description is wrong")
                .at(format!("report_templates/{id}/report.toml:{line}"))
                .because(e.message())
                .hint("`title`, `says` and `outputs` are needed; the rest is optional")
        })?;
        if let Some(word) = file.outputs.iter().find(|o| !OUTPUTS.contains(&o.as_str())) {
            let known = OUTPUTS.join(", ");
            return Err(Error::config(format!("output `{word}` is not known; known: {known}"))
                .hint("correct `outputs` in report.toml"));
        }
        let metrics: Vec<MetricUse> =
            file.metric.into_iter().map(metric_use).collect::<Result<_>>()?;
        for (position, metric) in metrics.iter().enumerate() {
            if metrics.iter().take(position).any(|m| m.name == metric.name) {
                let name = &metric.name;
                return Err(Error::config(format!("the metric name `{name}` is used twice"))
                    .hint("give one of them another `name`"));
            }
        }
        Ok(ReportSpec {
            id: id.to_owned(),
            title: file.title,
            says: file.says,
            outputs: file.outputs,
            body: file.body,
            trend_days: file.trend_days,
            settings: cells(file.settings)?,
            metrics,
        })
    }

    /// The settings in force: the report's own, overridden by the project's.
    #[must_use]
    pub fn settings_with(&self, project: &BTreeMap<String, Cell>) -> BTreeMap<String, Cell> {
        let mut all = self.settings.clone();
        all.extend(project.iter().map(|(k, v)| (k.clone(), v.clone())));
        all
    }
}

fn metric_use(file: FileMetric) -> Result<MetricUse> {
    let vars = cells(file.vars)?;
    for (key, value) in &vars {
        let Cell::Text(word) = value else { continue };
        let some = Period { name: String::new(), from_us: 0, to_us: 0 };
        if word.starts_with('@') && instant_of(word, &some, 0, 0).is_none() {
            let (query, known) = (&file.query, INSTANTS.join(", "));
            return Err(Error::config(format!("{query}: `{key}` is set to unknown `{word}`"))
                .hint(format!("known instants: {known}")));
        }
    }
    let name = file.name.unwrap_or_else(|| file.query.clone());
    Ok(MetricUse { query: file.query, name, vars, is_optional: file.optional })
}

fn cells(values: BTreeMap<String, toml::Value>) -> Result<BTreeMap<String, Cell>> {
    values.into_iter().map(|(key, value)| Ok((key.clone(), cell(&key, value)?))).collect()
}

fn cell(key: &str, value: toml::Value) -> Result<Cell> {
    match value {
        toml::Value::String(x) => Ok(Cell::Text(x)),
        toml::Value::Integer(x) => Ok(Cell::Int(x)),
        toml::Value::Float(x) if x.is_finite() => Ok(Cell::Float(x)),
        toml::Value::Boolean(x) => Ok(Cell::Bool(x)),
        toml::Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                toml::Value::String(text) => Ok(text),
                _ => Err(Error::config(format!("`{key}` is a list of something else than text"))),
            })
            .collect::<Result<_>>()
            .map(Cell::List),
        _ => Err(Error::config(format!("`{key}` is neither text, number, truth value nor list"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_descriptions_are_refused_with_the_word_that_is_wrong() {
        let head = "title = \"x\"\nsays = \"x\"\n";
        let cases = [
            ("outputs = [\"docx\"]", "output `docx` is not known; known: html, pdf, xlsx"),
            ("outputs = []\nextra = 1", "the report's description is wrong"),
            (
                "outputs = []\n[[metric]]\nquery = \"a\"\n[[metric]]\nquery = \"a\"",
                "the metric name `a` is used twice",
            ),
            (
                "outputs = []\n[[metric]]\nquery = \"a\"\nvars = { from = \"@period.form\" }",
                "a: `from` is set to unknown `@period.form`",
            ),
            ("outputs = []\n[settings]\nx = [1]", "`x` is a list of something else than text"),
        ];
        for (text, want) in cases {
            let error = ReportSpec::parse("r", &format!("{head}{text}")).unwrap_err();
            assert_eq!(error.message, want);
        }
    }

    #[test]
    fn instants_resolve_and_project_settings_win() {
        let period = Period { name: "2026Q3".into(), from_us: 10, to_us: 20 };
        let day = crate::model::time::DAY_US;
        let cases = [
            ("@period.from", Some(10)),
            ("@period.to", Some(20)),
            ("@trend.from", Some(20 - 2 * day)),
            ("@as_of", Some(30)),
            ("@as_of-3d", Some(30 - 3 * day)),
            ("@as_of-d", None),
            ("plain", None),
        ];
        for (word, want) in cases {
            assert_eq!(instant_of(word, &period, 30, 2), want, "{word}");
        }
        let text = "title = \"x\"\nsays = \"x\"\noutputs = []\n[settings]\ngoal = 0.995\nrows = 3";
        let spec = ReportSpec::parse("r", text).unwrap();
        let own = BTreeMap::from([("goal".to_owned(), Cell::Float(0.99))]);
        let want = BTreeMap::from([
            ("goal".to_owned(), Cell::Float(0.99)),
            ("rows".to_owned(), Cell::Int(3)),
        ]);
        assert_eq!(spec.settings_with(&own), want);
    }
}
