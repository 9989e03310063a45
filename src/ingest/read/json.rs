//! JSON documents: one, several after each other, or between lines of text (`mixed`). The text
//! is held whole (it has a cap), the trees of its records are made one by one. A document that
//! is cut or damaged is refused: what is left of it would look like a small export.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::ingest::open::Text;
use crate::ingest::path::FieldPath;
use crate::ingest::record::{Fault, Fields, Item, Json, Record};

use super::each::{Picked, Plan, around, is_light, member_names, select};
use super::scan::{document, shortened};
use super::source::{Facts, Source};
use super::spec::ReadSpec;
use super::tree::{tree, tree_without};
use super::{RECORD_MAX_BYTES, refuse};

/// Reads one input.
pub(super) struct Documents {
    text: String,
    pieces: VecDeque<Piece>,
    queue: VecDeque<Item>,
    plan: Plan,
    /// The only record of an input may be as long as a document.
    is_single: bool,
    number: i64,
    facts: Facts,
}

enum Piece {
    Message(Range<usize>),
    Record { range: Range<usize>, key: Option<String>, document: Option<Arc<Json>> },
}

/// What stands between two places of the text.
enum Part<'a> {
    Message(&'a str),
    Document(&'a RawValue),
}

impl Documents {
    pub(super) fn open(mut text: Text, spec: &ReadSpec) -> Result<Documents> {
        let whole = document(&mut text)?;
        let mut facts = Facts::default();
        facts.of_text(&text);
        let plan = Plan::of(spec);
        let pieces = pieces(&whole, spec, &plan, text.name(), &mut facts)?;
        let (pieces, queue) = (VecDeque::from(pieces), VecDeque::new());
        let is_single = pieces.len() == 1;
        Ok(Documents { text: whole, pieces, queue, plan, is_single, number: 0, facts })
    }
}

impl Source for Documents {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Ok(Some(item));
            }
            let Some(piece) = self.pieces.pop_front() else { return Ok(None) };
            self.number += 1;
            match piece {
                Piece::Message(range) => {
                    let text = self.text.get(range).unwrap_or_default();
                    return Ok(Some(message(self.number, text)));
                }
                Piece::Record { range, key, document } => {
                    let raw = self.text.get(range).unwrap_or_default();
                    let up = around(key, document.as_ref());
                    self.queue = if raw.len() > RECORD_MAX_BYTES && !self.is_single {
                        [bad(self.number, Fault::RecordTooLong, raw)].into()
                    } else {
                        items(raw, up, &self.plan, self.number).into()
                    };
                    self.facts.childless += i64::from(self.queue.is_empty());
                }
            }
        }
    }

    fn facts(&self) -> Facts {
        self.facts.clone()
    }
}

/// The records in one piece of JSON text that is a record.
pub(super) fn items(raw: &str, up: Option<Arc<Json>>, plan: &Plan, number: i64) -> Vec<Item> {
    let value = match tree(raw) {
        Ok(value) => value,
        Err(fault) => return vec![bad(number, fault, raw)],
    };
    let is_whole = !plan.goes_deeper();
    let record = |(value, parent): (Json, Option<Arc<Json>>)| {
        let raw = if is_whole { raw.to_owned() } else { value.to_string() };
        Item::Record(Record { number, fields: Fields::Tree { value, parent }, raw })
    };
    plan.expand(value, up).into_iter().map(record).collect()
}

/// A piece that is no record.
pub(super) fn bad(number: i64, fault: Fault, raw: &str) -> Item {
    Item::Bad { number, fault, raw: shortened(raw).to_owned() }
}

/// A line of text among documents.
pub(super) fn message(number: i64, line: &str) -> Item {
    let value = Json::Object(vec![("message".to_owned(), Json::Text(line.trim().to_owned()))]);
    let fields = Fields::Tree { value, parent: None };
    Item::Record(Record { number, fields, raw: line.to_owned() })
}

/// The records and messages of a text, as places in it.
fn pieces(
    text: &str,
    spec: &ReadSpec,
    plan: &Plan,
    name: &str,
    facts: &mut Facts,
) -> Result<Vec<Piece>> {
    let parts = parts(text, spec.mixed, name)?;
    if parts.is_empty() {
        return Err(Error::input("is empty: not a JSON document")
            .hint("export it again; an export without records is [] or {}"));
    }
    if let [Part::Document(only)] = parts.as_slice() {
        refuse::error_body(only)?;
    }
    let span = |inner: &str| {
        let start = inner.as_ptr().addr() - text.as_ptr().addr();
        start..start + inner.len()
    };
    let (mut pieces, mut missing, mut found_any) = (Vec::new(), None, false);
    for part in &parts {
        let raw = match part {
            Part::Message(line) => {
                pieces.push(Piece::Message(span(line)));
                continue;
            }
            Part::Document(raw) => *raw,
        };
        let path = plan.path_in(raw);
        let mut picked = Vec::new();
        let place = line_of(text, raw.get());
        let refused = |fault: Fault| Error::input(fault.word()).at(format!("{name}:{place}"));
        if !select(raw, &path, None, &mut picked).map_err(refused)? {
            missing = Some(raw);
            facts.childless += 1;
            continue;
        }
        found_any = true;
        let document = document_around(raw, &path, plan, facts).map_err(refused)?;
        note_captured(spec, document.as_ref(), facts)?;
        pieces.extend(picked.into_iter().map(|Picked { key, raw }| Piece::Record {
            range: span(raw.get()),
            key,
            document: document.clone(),
        }));
    }
    match missing {
        Some(raw) if !found_any => Err(no_records(spec, raw)),
        Some(_) | None => Ok(pieces),
    }
}

/// The document without its records; none when the records are the document.
fn document_around(
    raw: &RawValue,
    path: &[String],
    plan: &Plan,
    facts: &mut Facts,
) -> Result<Option<Arc<Json>>, Fault> {
    if path.is_empty() {
        return Ok(None);
    }
    let document = tree_without(raw, path)?;
    if plan.goes_deeper() && !is_light(&document) {
        facts.warnings.push("the document around the records is too large for ^".to_owned());
        return Ok(None);
    }
    Ok(Some(Arc::new(document)))
}

fn note_captured(spec: &ReadSpec, document: Option<&Arc<Json>>, facts: &mut Facts) -> Result<()> {
    if let (Some(document), false, None) = (document, spec.captured.is_empty(), &facts.captured) {
        let path = FieldPath::parse(&spec.captured)?;
        let fields = Fields::Tree { value: Json::clone(document), parent: None };
        let record = Record { number: 0, fields, raw: String::new() };
        facts.captured = path.get(&record).map(std::borrow::Cow::into_owned);
    }
    Ok(())
}

fn parts<'a>(text: &'a str, mixed: bool, name: &str) -> Result<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let line_bytes = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after_line) = rest.split_at_checked(line_bytes).unwrap_or((rest, ""));
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let is_container = rest.starts_with(['{', '[']);
        let parsed = (is_container || !mixed).then(|| stream.next()).flatten();
        let after = rest.get(stream.byte_offset()..).unwrap_or_default();
        rest = match parsed {
            Some(Ok(raw)) if !mixed || is_document_end(after) => {
                parts.push(Part::Document(raw));
                after
            }
            Some(Err(e)) if !mixed || e.is_eof() => return Err(damaged(text, rest, &e, name)),
            Some(_) | None => {
                parts.push(Part::Message(line));
                after_line
            }
        }
        .trim_start();
    }
    Ok(parts)
}

/// In mixed text a document ends its line: `[0:00] 100 %` begins like a list.
fn is_document_end(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '\t']);
    after.is_empty() || after.starts_with(['\n', '\r', '{', '['])
}

fn damaged(text: &str, rest: &str, error: &serde_json::Error, name: &str) -> Error {
    let line = line_of(text, rest) + error.line() - 1;
    let place = format!("{name}:{line}");
    if error.is_eof() {
        Error::input("the JSON document is cut").at(place).hint("export it again")
    } else {
        let start: String = rest.lines().nth(error.line() - 1).unwrap_or_default().into();
        Error::input(format!("no JSON at column {}", error.column()))
            .at(place)
            .because(start.chars().take(200).collect::<String>())
            .hint("export it again; if text stands between the documents, set mixed = true")
    }
}

/// 1-based line of a part of the text.
fn line_of(text: &str, part: &str) -> usize {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
}

fn no_records(spec: &ReadSpec, document: &RawValue) -> Error {
    let path = spec.records.as_deref().unwrap_or_default();
    let names = member_names(document);
    let error = Error::input(format!("no `{path}` in the document"));
    let error = if names.is_empty() {
        error.because(document.get().chars().take(200).collect::<String>())
    } else {
        error.because(format!("found: {}", names.join(", ")))
    };
    error.hint("is it the export that the adapter is for? else correct `records` in [read]")
}
