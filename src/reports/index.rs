//! `index.html`: all reports by period, newest first. Links are relative, so the folder can
//! be copied anywhere.

use minijinja::value::Value;

use crate::error::{Error, Result};
use crate::model::format::{Format, visible};

use super::input::title_of_period;
use super::{Resolver, html};

/// One report of one period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexEntry {
    /// `2026Q3`, `2026-09`.
    pub period: String,
    /// Title of the report.
    pub title: String,
    /// One line: what it tells.
    pub says: String,
    /// Instant of the data, UTC microseconds.
    pub as_of: i64,
    /// Label (`HTML`) and path relative to the index, with `/`.
    pub files: Vec<(String, String)>,
}

/// The page that lists the reports. The order of `entries` does not matter.
///
/// # Errors
/// When the theme is incomplete or a path is not relative.
pub fn page(
    organisation: &str,
    entries: &[IndexEntry],
    format: &Format,
    resolver: &Resolver,
) -> Result<Vec<u8>> {
    let mut sorted = entries.to_vec();
    sorted.sort_by(|a, b| b.period.cmp(&a.period).then_with(|| a.cmp(b)));
    let mut periods: Vec<(String, Vec<Value>)> = Vec::new();
    for entry in &sorted {
        let value = report(entry, format)?;
        match periods.last_mut() {
            Some((period, reports)) if *period == entry.period => reports.push(value),
            _ => periods.push((entry.period.clone(), vec![value])),
        }
    }
    let periods = periods.into_iter().map(|(period, reports)| {
        let name = Value::from(visible(&title_of_period(&period)));
        Value::from_pairs([("name", name), ("reports", Value::from(reports))])
    });
    let values = [
        ("organisation", Value::from(visible(organisation))),
        ("periods", Value::from(periods.collect::<Vec<_>>())),
    ];
    html::layout("theme/index.html.j2", &values, resolver)
}

fn report(entry: &IndexEntry, format: &Format) -> Result<Value> {
    let mut files = Vec::new();
    for (label, path) in &entry.files {
        let file = [("label", visible(label)), ("href", href(path)?)];
        files.push(Value::from_pairs(file));
    }
    Ok(Value::from_pairs([
        ("title", Value::from(visible(&entry.title))),
        ("says", Value::from(visible(&entry.says))),
        ("as_of", Value::from(format.instant(entry.as_of))),
        ("files", Value::from(files)),
    ]))
}

/// A relative path as a link: no scheme, no way up, everything unusual percent-encoded.
fn href(path: &str) -> Result<String> {
    let is_outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if is_outside || path.is_empty() {
        return Err(Error::config(format!("`{}` is not a path below the index", visible(path))));
    }
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_cannot_leave_the_folder_or_name_a_scheme() {
        let cases = [
            ("2026Q3/quarterly_review.html", Some("2026Q3/quarterly_review.html")),
            ("javascript:alert(1)", Some("javascript%3Aalert%281%29")),
            ("2026Q3/a b\"c.html", Some("2026Q3/a%20b%22c.html")),
            ("../secret", None),
            ("/etc/passwd", None),
            ("a/../../b", None),
            ("", None),
        ];
        for (path, want) in cases {
            assert_eq!(href(path).ok().as_deref(), want, "{path}");
        }
    }
}
