//! When an export was made: stated in the export, else in the file's name, else its modification
//! time, else the run itself.

use chrono_tz::Tz;
use regex::Regex;

use super::columns::time::{Form, Format, Pattern, parse};
use super::open::Input;
use super::source::SourceSpec;
use crate::error::{Error, Result};

/// Capture time, and the word of `load_log.captured_from`.
///
/// # Errors
/// Configuration: the source's `captured` is of no known form.
pub fn captured(
    spec: &SourceSpec,
    stated: Option<&str>,
    input: &Input,
    zone: Option<Tz>,
    as_of_us: i64,
) -> Result<(i64, &'static str)> {
    let zone = zone.or(Some(Tz::UTC));
    let patterns = vec![Pattern::Iso, Pattern::Epoch { unit_us: 1_000_000 }];
    let form = Form { patterns, zone, captured_us: as_of_us, opposite: Vec::new() };
    if let Some(Ok(Some(found))) = stated.map(|text| parse(text, &form)) {
        return Ok((found.at_us, "export"));
    }
    if let Some(rule) = &spec.captured {
        let pattern = rule.strip_prefix("file_name:").ok_or_else(|| {
            Error::config(format!("captured = \"{rule}\" of source {} has no known form", spec.id))
                .hint("write captured = \"file_name:%Y-%m-%d_%H%M\"")
        })?;
        if let Some(at) = in_name(input.name(), pattern, zone, as_of_us)? {
            return Ok((at, "file_name"));
        }
    }
    Ok(match input.modified_us() {
        Some(at) => (at.min(as_of_us), "mtime"),
        None => (as_of_us, "run"),
    })
}

fn in_name(name: &str, pattern: &str, zone: Option<Tz>, as_of_us: i64) -> Result<Option<i64>> {
    let searcher = Regex::new(&as_regex(pattern)).map_err(|e| Error::config(e.to_string()))?;
    let file = name.rsplit('/').next().unwrap_or(name);
    let Some(found) = searcher.find(file) else { return Ok(None) };
    let patterns = vec![Pattern::Format(Format::new(pattern))];
    let form = Form { patterns, zone, captured_us: as_of_us, opposite: Vec::new() };
    Ok(parse(found.as_str(), &form).ok().flatten().map(|i| i.at_us))
}

/// A strftime text as the regex of what it prints.
fn as_regex(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push_str(&regex::escape(&c.to_string()));
            continue;
        }
        out.push_str(match chars.next() {
            Some('Y') => r"\d{4}",
            Some('j') => r"\d{3}",
            Some('s') => r"\d+",
            Some('b') => "[A-Za-z]{3}",
            Some('F') => r"\d{4}-\d{2}-\d{2}",
            Some('T') => r"\d{2}:\d{2}:\d{2}",
            Some('z') => r"[+-]\d{4}",
            _ => r"\d{2}",
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{iso, zone};

    fn source(captured: &str) -> SourceSpec {
        let text = format!("id = 's'\npath = 'x'\ncaptured = '{captured}'");
        SourceSpec::from_table(&toml::from_str(&text).unwrap(), "t").unwrap()
    }

    #[test]
    fn the_export_wins_over_the_name_and_the_name_over_the_run() {
        let as_of = crate::model::time::parse_iso("2026-12-01T00:00:00Z").unwrap();
        let input = Input::from_bytes("in/jobs_2026-11-22_1630.csv", b"x".to_vec());
        let berlin = Some(zone("Europe/Berlin").unwrap());
        let spec = source("file_name:%Y-%m-%d_%H%M");
        let at = |stated: Option<&str>, spec: &SourceSpec| {
            let (at, from) = captured(spec, stated, &input, berlin, as_of).unwrap();
            (iso(at), from)
        };
        assert_eq!(at(None, &spec), ("2026-11-22T15:30:00Z".to_owned(), "file_name"));
        let stated = at(Some("2026-11-22T17:00:00+01:00"), &spec);
        assert_eq!(stated, ("2026-11-22T16:00:00Z".to_owned(), "export"));
        let none = source("file_name:%Y%m%dT%H%M");
        assert_eq!(at(None, &none), ("2026-12-01T00:00:00Z".to_owned(), "run"));
        assert!(captured(&source("name"), None, &input, berlin, as_of).is_err());
    }
}
