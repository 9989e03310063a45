//! `pivot`: all records of a document become one, each under the name that one of its members
//! gives. Counters that are written as rows (`name, count`) become columns (`files.count`).

use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::Result;
use crate::ingest::record::{Fields, Item, Json, Record};

use super::source::{Facts, Source};

/// Wraps a reader; the first call reads it to its end.
pub(super) struct Pivoted {
    inner: Box<dyn Source>,
    name: String,
    ready: Option<VecDeque<Item>>,
    header: Vec<String>,
    childless: i64,
}

/// One record in the making.
enum Pivot {
    Row { names: Vec<String>, cells: Vec<Option<String>> },
    Tree { members: Vec<(String, Json)>, parent: Option<Arc<Json>> },
}

struct Making {
    number: i64,
    raw: String,
    pivot: Pivot,
}

impl Pivoted {
    pub(super) fn new(inner: Box<dyn Source>, name: &str) -> Pivoted {
        Pivoted { inner, name: name.to_owned(), ready: None, header: Vec::new(), childless: 0 }
    }

    fn read(&mut self) -> Result<VecDeque<Item>> {
        let mut ready = VecDeque::new();
        let mut making: Option<Making> = None;
        while let Some(item) = self.inner.next_item()? {
            let record = match item {
                Item::Record(record) => record,
                bad @ Item::Bad { .. } => {
                    ready.push_back(bad);
                    continue;
                }
            };
            let continues = making.as_ref().is_some_and(|m| is_same_document(&m.pivot, &record));
            if !continues && let Some(done) = making.take() {
                ready.push_back(self.finish(done));
            }
            let number = record.number;
            let one = making.get_or_insert_with(|| Making {
                number,
                raw: String::new(),
                pivot: start(&record.fields),
            });
            one.raw.push_str(if one.raw.is_empty() { "" } else { "\n" });
            one.raw.push_str(&record.raw);
            self.childless += i64::from(!add(&mut one.pivot, record.fields, &self.name));
        }
        if let Some(done) = making {
            ready.push_back(self.finish(done));
        }
        Ok(ready)
    }

    fn finish(&mut self, making: Making) -> Item {
        let Making { number, raw, pivot } = making;
        let fields = match pivot {
            Pivot::Row { names, cells } => {
                self.header.clone_from(&names);
                Fields::Row { header: Arc::new(names), cells }
            }
            Pivot::Tree { members, parent } => {
                Fields::Tree { value: Json::Object(members), parent }
            }
        };
        Item::Record(Record { number, fields, raw })
    }
}

impl Source for Pivoted {
    fn next_item(&mut self) -> Result<Option<Item>> {
        if self.ready.is_none() {
            self.ready = Some(self.read()?);
        }
        Ok(self.ready.as_mut().and_then(VecDeque::pop_front))
    }

    fn facts(&self) -> Facts {
        let mut facts = self.inner.facts();
        facts.header.clone_from(&self.header);
        facts.childless += self.childless;
        facts
    }
}

fn start(fields: &Fields) -> Pivot {
    match fields {
        Fields::Row { .. } => Pivot::Row { names: Vec::new(), cells: Vec::new() },
        Fields::Tree { parent, .. } => Pivot::Tree { members: Vec::new(), parent: parent.clone() },
    }
}

fn is_same_document(pivot: &Pivot, record: &Record) -> bool {
    match (pivot, &record.fields) {
        (Pivot::Row { .. }, Fields::Row { .. }) => true,
        (Pivot::Tree { parent: a, .. }, Fields::Tree { parent: b, .. }) => match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        },
        (Pivot::Row { .. }, Fields::Tree { .. }) | (Pivot::Tree { .. }, Fields::Row { .. }) => {
            false
        }
    }
}

/// False = the record has no name, or one that was there before.
fn add(pivot: &mut Pivot, fields: Fields, by: &str) -> bool {
    match (pivot, fields) {
        (Pivot::Row { names, cells }, Fields::Row { header, cells: new }) => {
            let at = header.iter().position(|name| name == by);
            let Some(name) = at.and_then(|at| new.get(at).cloned().flatten()) else { return false };
            let columns: Vec<String> = header.iter().map(|c| format!("{name}.{c}")).collect();
            if columns.iter().any(|column| names.contains(column)) {
                return false;
            }
            names.extend(columns);
            cells.extend(new);
            true
        }
        (Pivot::Tree { members, .. }, Fields::Tree { value, .. }) => {
            let name = value.member(by).and_then(Json::scalar).map(std::borrow::Cow::into_owned);
            match name {
                Some(name) if members.iter().all(|(key, _)| *key != name) => {
                    members.push((name, value));
                    true
                }
                Some(_) | None => false,
            }
        }
        (Pivot::Row { .. }, Fields::Tree { .. }) | (Pivot::Tree { .. }, Fields::Row { .. }) => {
            false
        }
    }
}
