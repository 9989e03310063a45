//! Rows for the tables of a workbook: results of queries, and what the run knows of itself
//! (`@queries`, `@tables`, months of the plan). It selects rows; it never computes a figure.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::model::format::month_name;
use crate::model::frame::{Cell, Column, Frame, Type};
use crate::model::result::QueryResult;
use crate::model::time;
use crate::reports::input::ReportInput;
use crate::reports::spec::ReportSpec;

use super::spec::TableSpec;

/// Rows of a table.
#[derive(Debug, Clone)]
pub struct Rows {
    /// The rows.
    pub frame: Frame,
    /// Why there is nothing to show, in the words of the catalog.
    pub not_assessable: Option<String>,
}

/// Months of the plan: first days, the first one that of the month of the data.
#[must_use]
pub fn months(as_of_us: i64, zone: Tz, count: u32) -> Vec<NaiveDate> {
    let first = time::wall(zone, as_of_us).and_then(|t| t.date().with_day(1));
    let Some(first) = first else { return Vec::new() };
    (0..count).filter_map(|n| first.checked_add_months(Months::new(n))).collect()
}

/// First days of the quarters that the months lie in.
#[must_use]
pub fn quarters(months: &[NaiveDate]) -> Vec<NaiveDate> {
    let start = |d: &NaiveDate| d.with_month(d.month0() / 3 * 3 + 1);
    let mut starts: Vec<NaiveDate> = months.iter().filter_map(start).collect();
    starts.dedup();
    starts
}

/// `2026 Q4` of a day.
#[must_use]
pub fn quarter_name(day: NaiveDate) -> String {
    format!("{} Q{}", day.year(), day.month0() / 3 + 1)
}

/// Gives the rows of a table.
///
/// # Errors
/// When the result or a column that selects does not exist.
pub fn rows(
    table: &TableSpec,
    report: &ReportSpec,
    input: &ReportInput,
    months: &[NaiveDate],
) -> Result<Rows> {
    let (frame, not_assessable) = match table.data.strip_prefix('@') {
        Some(word) => (built_in(word, report, input, months)?, None),
        None => {
            let result = result(&table.data, input)?;
            (result.frame.clone(), result.not_assessable.clone())
        }
    };
    // A result that cannot be given may have no columns at all.
    if frame.names().is_empty() {
        return Ok(Rows { frame, not_assessable });
    }
    let mut positions: Vec<usize> = (0..frame.height()).collect();
    for (column, wanted) in &table.only {
        let values = frame.column(column)?;
        positions.retain(|row| is(&values.cell(*row), wanted));
    }
    if let Some(column) = &table.last_of_month {
        positions = last_of_month(&frame, &positions, column, table, input.format.zone)?;
    }
    if let Some(column) = &table.distinct {
        positions = distinct(&frame, &positions, column)?;
    }
    let frame = frame.take(&positions);
    let frame = if table.per_month { crossed(&frame, months)? } else { frame };
    Ok(Rows { frame, not_assessable })
}

fn result<'a>(name: &str, input: &'a ReportInput) -> Result<&'a QueryResult> {
    input.results.get(name).ok_or_else(|| {
        let known: Vec<&str> = input.results.keys().map(String::as_str).collect();
        Error::config(format!("there is no result `{name}`; there are: {}", known.join(", ")))
            .hint("name it as a [[metric]] in report.toml")
    })
}

fn is(cell: &Cell, wanted: &toml::Value) -> bool {
    match (cell, wanted) {
        (Cell::Text(have), toml::Value::String(want)) => have == want,
        (Cell::Int(have), toml::Value::Integer(want)) => have == want,
        (Cell::Bool(have), toml::Value::Boolean(want)) => have == want,
        _ => false,
    }
}

/// One row per value, in the order of the values.
fn distinct(frame: &Frame, positions: &[usize], column: &str) -> Result<Vec<usize>> {
    let values = frame.text(column)?;
    let mut first: BTreeMap<&Option<String>, usize> = BTreeMap::new();
    for &row in positions {
        if let Some(value) = values.get(row) {
            first.entry(value).or_insert(row);
        }
    }
    Ok(first.into_values().collect())
}

/// The rows that are the last of their month within their group, in their order.
fn last_of_month(
    frame: &Frame,
    positions: &[usize],
    column: &str,
    table: &TableSpec,
    zone: Tz,
) -> Result<Vec<usize>> {
    let at = frame.time(column)?;
    let mut last: BTreeMap<(String, String), (i64, usize)> = BTreeMap::new();
    for &row in positions {
        let Some(at) = at.get(row).copied().flatten() else { continue };
        let group = table.group.as_ref().map_or(Cell::Null, |g| frame.cell(g, row));
        let month = time::wall(zone, at).map_or_else(String::new, |t| t.format("%Y%m").to_string());
        let slot = last.entry((format!("{group:?}"), month)).or_insert((at, row));
        if at >= slot.0 {
            *slot = (at, row);
        }
    }
    let mut kept: Vec<usize> = last.into_values().map(|(_, row)| row).collect();
    kept.sort_unstable();
    Ok(kept)
}

/// Every row once per month, with `month_at` and `month_no`.
fn crossed(frame: &Frame, months: &[NaiveDate]) -> Result<Frame> {
    let height = frame.height();
    let repeated = (0..height).flat_map(|row| months.iter().map(move |_| row));
    let positions: Vec<usize> = repeated.collect();
    let mut out = frame.take(&positions);
    let repeated: Vec<NaiveDate> = (0..height).flat_map(|_| months.iter().copied()).collect();
    out.add("month_at", days(&repeated))?;
    let number = (0..height).flat_map(|_| (1..).zip(months).map(|(n, _)| Some(n)));
    out.add("month_no", Column::Int(number.collect()))?;
    Ok(out)
}

/// Days of the plan, as a spreadsheet counts them: whole numbers in every zone, so that a month of
/// one table equals that of another. As instants they would have hours in all zones but one.
fn days(days: &[NaiveDate]) -> Column {
    Column::Float(days.iter().map(|day| serial_of_day(*day)).collect())
}

fn built_in(
    word: &str,
    report: &ReportSpec,
    input: &ReportInput,
    months: &[NaiveDate],
) -> Result<Frame> {
    match word {
        "months" => Frame::from_columns(vec![("month_at".to_owned(), days(months))]),
        "quarters" => {
            let starts = quarters(months);
            let names = starts.iter().map(|d| Some(quarter_name(*d))).collect();
            Frame::from_columns(vec![
                ("quarter".to_owned(), Column::Text(names)),
                ("starts_at".to_owned(), days(&starts)),
            ])
        }
        "queries" => queries(report, input),
        "parameters" => parameters(report, input),
        "columns" => columns(report, input),
        "tables" => tables(input),
        _ => {
            let hint = "known: @months @quarters @queries @parameters @columns @tables";
            Err(Error::config(format!("`@{word}` is no source of rows")).hint(hint))
        }
    }
}

/// The results in the order of `report.toml`.
fn used<'a>(
    report: &'a ReportSpec,
    input: &'a ReportInput,
) -> impl Iterator<Item = (&'a str, &'a QueryResult)> {
    let find = |m: &'a crate::reports::spec::MetricUse| {
        input.results.get(&m.name).map(|r| (m.name.as_str(), r))
    };
    report.metrics.iter().filter_map(find)
}

fn queries(report: &ReportSpec, input: &ReportInput) -> Result<Frame> {
    let rows = used(report, input).map(|(_, r)| {
        let read: Vec<String> =
            r.lineage.tables.iter().map(|(name, t)| format!("{name} v{}", t.version)).collect();
        let state = r.not_assessable.clone().unwrap_or_else(|| "given".to_owned());
        let rows = r.frame.height().to_string();
        let sha = r.lineage.sql_sha256.clone();
        vec![r.id.clone(), r.title.clone(), r.says.clone(), rows, state, read.join(", "), sha]
    });
    texts(&["query", "title", "says", "row_count", "state", "tables", "sql_sha256"], rows)
}

fn parameters(report: &ReportSpec, input: &ReportInput) -> Result<Frame> {
    let rows = used(report, input).flat_map(|(_, r)| {
        let row = |(k, v): (&String, &String)| vec![r.id.clone(), k.clone(), v.clone()];
        r.lineage.parameters.iter().map(row).collect::<Vec<_>>()
    });
    texts(&["query", "parameter", "value"], rows)
}

fn columns(report: &ReportSpec, input: &ReportInput) -> Result<Frame> {
    let rows = used(report, input).flat_map(|(_, r)| {
        let row = |c: &crate::model::result::ResultColumn| {
            vec![r.id.clone(), c.name.clone(), c.says.clone()]
        };
        r.columns.iter().map(row).collect::<Vec<_>>()
    });
    texts(&["query", "column", "says"], rows)
}

fn tables(input: &ReportInput) -> Result<Frame> {
    let names = input.tables.keys().cloned().map(Some).collect();
    let versions = input.tables.values().map(|t| Some(t.version)).collect();
    let counts = input.tables.values().map(|t| Some(t.row_count)).collect();
    let hashes = input.tables.values().map(|t| Some(t.commit_sha256.clone())).collect();
    Frame::from_columns(vec![
        ("table_name".to_owned(), Column::Text(names)),
        ("version".to_owned(), Column::Int(versions)),
        ("row_count".to_owned(), Column::Int(counts)),
        ("commit_sha256".to_owned(), Column::Text(hashes)),
    ])
}

fn texts(names: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Frame> {
    let mut columns: Vec<Column> = names.iter().map(|_| Column::empty(Type::Text)).collect();
    for row in rows {
        for (column, text) in columns.iter_mut().zip(row) {
            column.push(Cell::Text(text))?;
        }
    }
    let named = names.iter().map(|n| (*n).to_owned()).zip(columns);
    Frame::from_columns(named.collect())
}

/// Excel's serial number of an instant in a zone: days since 1899-12-30.
#[must_use]
pub fn serial(at_us: i64, zone: Tz) -> Option<f64> {
    let wall = time::wall(zone, at_us)?;
    let days = serial_of_day(wall.date())?;
    let midnight = wall.date().and_time(chrono::NaiveTime::MIN);
    let seconds = i32::try_from((wall - midnight).num_seconds()).ok()?;
    Some(days + f64::from(seconds) / 86_400.0)
}

/// Excel's serial number of a day; none before March 1900, where Excel's calendar is wrong.
#[must_use]
pub fn serial_of_day(day: NaiveDate) -> Option<f64> {
    let days = (day - NaiveDate::from_ymd_opt(1899, 12, 30)?).num_days();
    i32::try_from(days).ok().filter(|d| *d > 60).map(f64::from)
}

/// `Oct 2026` of a day.
#[must_use]
pub fn month_text(day: NaiveDate) -> String {
    format!("{} {}", month_name(day.month()), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_plan_begins_in_the_month_of_the_data_and_knows_its_quarters() {
        let as_of = time::parse_iso("2026-11-30T23:30:00Z").unwrap();
        assert_eq!(months(as_of, Tz::UTC, 3), ["2026-11-01", "2026-12-01", "2027-01-01"].map(day));
        // Half an hour before midnight in London is December in Berlin.
        assert_eq!(months(as_of, Tz::Europe__Berlin, 1), [day("2026-12-01")]);
        let names: Vec<_> =
            quarters(&months(as_of, Tz::UTC, 4)).into_iter().map(quarter_name).collect();
        assert_eq!(names, ["2026 Q4", "2027 Q1"]);
    }

    #[test]
    fn serial_numbers_are_excels() {
        // 2026-10-01 is day 46296 in Excel; noon is half a day.
        assert_eq!(serial_of_day(day("2026-10-01")), Some(46_296.0));
        let noon = time::parse_iso("2026-10-01T12:00:00Z").unwrap();
        assert_eq!(serial(noon, Tz::UTC), Some(46_296.5));
        assert_eq!(serial(noon, Tz::Europe__Berlin), Some(46_296.0 + 14.0 / 24.0));
        assert_eq!(serial_of_day(day("1900-01-01")), None);
    }
}
