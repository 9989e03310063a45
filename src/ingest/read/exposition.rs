//! The text that a Prometheus exporter serves: `name{label="text"} value [time]`. Times are
//! milliseconds, in OpenMetrics (which ends with `# EOF`) seconds; both become seconds.

use crate::error::{Error, Result};
use crate::ingest::record::{Item, Json};

use super::prometheus::Samples;
use super::source::Facts;

/// Name, labels, and what follows them.
struct Head<'a> {
    name: String,
    labels: Vec<(String, Json)>,
    rest: &'a str,
}

/// Whether a text that begins with a brace is a sample with a quoted name (`{"a.b", x="y"} 1`)
/// and not JSON.
pub(super) fn is_sample(start: &str) -> bool {
    let line = start.lines().next().unwrap_or_default();
    start.starts_with('{') && parse(line).is_some_and(|head| !head.name.is_empty())
}

/// The samples of a text.
pub(super) fn samples(whole: &str, facts: &mut Facts) -> Result<Vec<Item>> {
    let is_open_metrics = whole.trim_end().ends_with("# EOF");
    let mut samples = Samples::default();
    for line in whole.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            continue;
        }
        let sample = parse(line).and_then(|head| {
            // An exemplar follows behind ` # `.
            let mut words = head.rest.split(" # ").next()?.split_whitespace();
            let value = words.next().filter(|value| is_value(value))?.to_owned();
            let at = match words.next() {
                Some(at) => Some(seconds(at, is_open_metrics)?),
                None => None,
            };
            words.next().is_none().then_some((head.name, head.labels, value, at))
        });
        match sample {
            Some((name, labels, value, at)) => {
                let at = at.map_or(Json::Null, Json::Text);
                let raw = line.to_owned();
                samples.push(Json::Text(name), at, Json::Text(value), labels, raw);
            }
            None => samples.bad(line),
        }
    }
    if samples.items.is_empty() && !whole.contains('#') {
        return Err(Error::input("no Prometheus sample in the text").hint("run the export again"));
    }
    facts.is_cut = !whole.is_empty() && !facts.ends_with_newline;
    Ok(samples.items)
}

fn is_value(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}

fn parse(line: &str) -> Option<Head<'_>> {
    let name_bytes = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at_checked(name_bytes)?;
    let mut head = Head { name: name.to_owned(), labels: Vec::new(), rest };
    if let Some(inner) = rest.trim_start().strip_prefix('{') {
        head.rest = labels(inner, &mut head)?;
    }
    (!head.name.is_empty()).then_some(head)
}

/// Reads up to the closing brace and gives what follows.
fn labels<'a>(mut text: &'a str, head: &mut Head<'_>) -> Option<&'a str> {
    loop {
        text = text.trim_start().trim_start_matches(',').trim_start();
        if let Some(rest) = text.strip_prefix('}') {
            return Some(rest);
        }
        let (name, rest) = match text.strip_prefix('"') {
            Some(inner) => quoted(inner)?,
            None => {
                let end = text.find(['=', '}', ','])?;
                let (name, rest) = text.split_at_checked(end)?;
                (name.trim().to_owned(), rest)
            }
        };
        match rest.trim_start().strip_prefix('=') {
            Some(value) => {
                let (value, rest) = quoted(value.trim_start().strip_prefix('"')?)?;
                if head.labels.iter().any(|(known, _)| *known == name) {
                    return None;
                }
                head.labels.push((name, Json::Text(value)));
                text = rest;
            }
            // A quoted name without a value is the name of the metric.
            None if head.name.is_empty() => {
                head.name = name;
                text = rest;
            }
            None => return None,
        }
    }
}

/// The text up to the closing quote, its escapes undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

/// Milliseconds as seconds by moving the point, so that no digit is lost.
fn seconds(at: &str, is_seconds: bool) -> Option<String> {
    if is_seconds {
        return at.parse::<f64>().is_ok().then(|| at.to_owned());
    }
    let (sign, digits) = at.strip_prefix('-').map_or(("", at), |digits| ("-", digits));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{digits:0>4}");
    let (whole, fraction) = padded.split_at_checked(padded.len() - 3)?;
    Some(format!("{sign}{whole}.{fraction}"))
}
