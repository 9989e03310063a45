//! RFC 5424 lines: `<PRI>1 TIME HOST APP PROCID MSGID [ID name="text" ...] MESSAGE`, also with
//! the octet count that TCP puts in front. A line of another shape is quarantined.

use crate::error::Result;
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Json, Record};

use super::scan::{Filter, Line, Lines, shortened};
use super::source::{Facts, Source};
use super::spec::ReadSpec;

const HEAD: [&str; 5] = ["timestamp", "host", "app", "procid", "msgid"];

/// Reads one input.
pub(super) struct Syslog {
    lines: Lines,
    filter: Filter,
    number: i64,
    facts: Facts,
}

impl Syslog {
    pub(super) fn open(text: Text, spec: &ReadSpec) -> Result<Syslog> {
        let (lines, filter) = (Lines::new(text), Filter::new(spec)?);
        Ok(Syslog { lines, filter, number: 0, facts: Facts::default() })
    }
}

impl Source for Syslog {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            let line = match self.lines.next()? {
                None => return Ok(None),
                Some(Line::TooLong(raw)) => {
                    self.number += 1;
                    let fault = Fault::RecordTooLong;
                    return Ok(Some(Item::Bad { number: self.number, fault, raw }));
                }
                Some(Line::Whole(line)) => line,
            };
            if line.trim().is_empty() || !self.filter.keeps(&line, &mut self.facts) {
                continue;
            }
            self.number += 1;
            let number = self.number;
            return Ok(Some(match event(&line) {
                Some(value) => {
                    let fields = Fields::Tree { value, parent: None };
                    Item::Record(Record { number, fields, raw: line })
                }
                None => {
                    let raw = shortened(&line).to_owned();
                    Item::Bad { number, fault: Fault::RaggedRow, raw }
                }
            }));
        }
    }

    fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.of_text(self.lines.text());
        facts
    }
}

fn event(line: &str) -> Option<Json> {
    let start = line.find('<')?;
    let count = line.get(..start)?.trim_end();
    if !count.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (pri, rest) = line.get(start + 1..)?.split_once('>')?;
    let priority: u16 = pri.parse().ok().filter(|pri| *pri <= 191)?;
    let number = |n: u16| Json::Number(n.to_string());
    let mut members = vec![
        ("pri".to_owned(), number(priority)),
        ("facility".to_owned(), number(priority / 8)),
        ("severity".to_owned(), number(priority % 8)),
    ];
    let (version, mut rest) = rest.split_once(' ')?;
    version.parse::<u16>().ok()?;
    for name in HEAD {
        let (text, after) = rest.split_once(' ')?;
        members.push((name.to_owned(), nil_or(text)));
        rest = after;
    }
    let (data, message) = structured_data(rest)?;
    members.push(("data".to_owned(), Json::Object(data)));
    let message = message.strip_prefix(' ').unwrap_or(message).trim_start_matches('\u{feff}');
    let message = if message.is_empty() { Json::Null } else { Json::Text(message.to_owned()) };
    members.push(("message".to_owned(), message));
    Some(Json::Object(members))
}

/// `-` is the nil value.
fn nil_or(text: &str) -> Json {
    if text == "-" { Json::Null } else { Json::Text(text.to_owned()) }
}

type Members = Vec<(String, Json)>;

/// The elements, and what follows them.
fn structured_data(text: &str) -> Option<(Members, &str)> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some((Vec::new(), rest));
    }
    let mut elements: Members = Vec::new();
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix('[') {
        let end = inner.find([' ', ']'])?;
        let (id, mut params_text) = inner.split_at_checked(end)?;
        let mut params: Members = Vec::new();
        rest = loop {
            let trimmed = params_text.trim_start();
            if let Some(after) = trimmed.strip_prefix(']') {
                break after;
            }
            let (name, value) = trimmed.split_once("=\"")?;
            let (value, after) = quoted(value)?;
            add(&mut params, name, value);
            params_text = after;
        };
        if elements.iter().any(|(known, _)| known == id) {
            return None;
        }
        elements.push((id.to_owned(), Json::Object(params)));
    }
    (!elements.is_empty()).then_some((elements, rest))
}

/// A parameter may stand several times in an element: its values are a list then.
fn add(params: &mut Members, name: &str, value: String) {
    match params.iter_mut().find(|(known, _)| known == name) {
        None => params.push((name.to_owned(), Json::Text(value))),
        Some((_, Json::List(values))) => values.push(Json::Text(value)),
        Some((_, first)) => {
            *first = Json::List(vec![std::mem::replace(first, Json::Null), Json::Text(value)]);
        }
    }
}

/// In a value `"`, `\` and `]` are escaped by `\`; before any other character it is itself.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\' | ']')) {
                Some((_, next)) => out.push(next),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    None
}
