//! Files of keys and values: `key=value`, `key: value`, or `key value (human text)`. One record
//! per file, or one from each line that matches `open`. Keys that stand twice are `key (2)`.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ingest::open::Text;
use crate::ingest::record::{Fields, Item, Record};

use super::csv::unique;
use super::scan::{Filter, document};
use super::source::{Facts, Listed};
use super::spec::{self, ReadSpec};

#[derive(Default)]
struct Pairs {
    keys: Vec<String>,
    values: Vec<String>,
    raw: String,
}

/// The reader for `format = "kv"`.
pub(super) fn open(mut text: Text, spec: &ReadSpec) -> Result<Listed> {
    let whole = document(&mut text)?;
    let delimiter = spec.delimiter.as_deref().unwrap_or("=");
    let first = spec::regex("open", spec.open.as_deref())?;
    let mut filter = Filter::new(spec)?;
    let mut facts = Facts::default();
    let mut found: Vec<Pairs> = Vec::new();
    for line in whole.lines().filter(|line| !line.trim().is_empty()) {
        if !filter.keeps(line, &mut facts) {
            continue;
        }
        let begins = first.as_ref().is_some_and(|regex| regex.is_match(line));
        if begins || (first.is_none() && found.is_empty()) {
            found.push(Pairs::default());
        }
        match (pair(line, delimiter), found.last_mut()) {
            (Some((key, value)), Some(pairs)) => {
                pairs.keys.push(key.to_owned());
                pairs.values.push(value.to_owned());
                pairs.raw.push_str(if pairs.raw.is_empty() { "" } else { "\n" });
                pairs.raw.push_str(line);
            }
            (_, Some(_) | None) => facts.skip(line),
        }
    }
    found.retain(|pairs| !pairs.keys.is_empty());
    if found.is_empty() {
        return Err(Error::input(format!("no line has a key, \"{delimiter}\" and a value"))
            .hint("export it again, or correct `delimiter` in [read]"));
    }
    facts.of_text(&text);
    let items = rows(found, &mut facts);
    Ok(Listed::new(items, facts))
}

fn pair<'a>(line: &'a str, delimiter: &str) -> Option<(&'a str, &'a str)> {
    let line = line.trim();
    if delimiter.trim().is_empty() {
        let (key, value) = line.split_once(char::is_whitespace)?;
        let value = value.trim();
        // `1795360939.00 (Sun Nov 22 16:22:19 2026)`
        let bare = value.strip_suffix(')').and_then(|v| v.rsplit_once(" (")).map(|(bare, _)| bare);
        return Some((key, bare.unwrap_or(value)));
    }
    let (key, value) = line.split_once(delimiter)?;
    (!key.trim().is_empty()).then_some((key.trim(), value.trim()))
}

fn rows(found: Vec<Pairs>, facts: &mut Facts) -> Vec<Item> {
    for pairs in &found {
        for key in unique(&pairs.keys) {
            if !facts.header.contains(&key) {
                facts.header.push(key);
            }
        }
    }
    let header = Arc::new(facts.header.clone());
    let mut items = Vec::with_capacity(found.len());
    for (pairs, number) in found.into_iter().zip(1..) {
        let mut cells = vec![None; header.len()];
        for (key, value) in unique(&pairs.keys).iter().zip(pairs.values) {
            let at = header.iter().position(|name| name == key);
            if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                *cell = Some(value);
            }
        }
        let fields = Fields::Row { header: Arc::clone(&header), cells };
        items.push(Item::Record(Record { number, fields, raw: pairs.raw }));
    }
    items
}
