//! A stream of messages as one record: the messages grouped by one of their fields, so that an
//! adapter can say `summary[0].snapshot_id` or `error.#`. Lines that are no messages are kept as
//! a list of texts. The order inside a group is that of the stream.

use std::collections::BTreeMap;

use super::adapter::Fold;
use super::record::{Fields, Item, Json, Record};

/// Most records kept of one group; a stream of progress lines has no end.
const GROUP_MAX: usize = 10_000;

/// Group of records without the field.
const TEXT: &str = "text";

/// A fold in progress.
#[derive(Debug, Default)]
pub struct Folding {
    groups: BTreeMap<String, Vec<Json>>,
    raw: String,
    bad: Vec<String>,
}

impl Folding {
    /// Takes a message in.
    pub fn add(&mut self, fold: &Fold, item: Item) {
        let record = match item {
            Item::Record(record) => record,
            Item::Bad { raw, .. } => {
                self.bad.push(raw.clone());
                self.push(TEXT, Json::Text(raw));
                return;
            }
        };
        let value = match record.fields {
            Fields::Tree { value, .. } => value,
            Fields::Row { header, cells } => {
                let pairs = header.iter().cloned().zip(cells);
                Json::Object(pairs.filter_map(|(k, v)| Some((k, Json::Text(v?)))).collect())
            }
        };
        let word = value.member(&fold.by).and_then(Json::scalar).map(|t| t.into_owned());
        match word {
            None => {
                let line = value.member("message").and_then(Json::scalar);
                let line = line.map_or_else(|| record.raw.clone(), |t| t.into_owned());
                self.keep(&record.raw);
                self.push(TEXT, Json::Text(line));
            }
            Some(word) if fold.last.contains(&word) => {
                self.groups.insert(word, vec![value]);
            }
            Some(word) => {
                self.keep(&record.raw);
                self.push(&word, value);
            }
        }
    }

    fn push(&mut self, group: &str, value: Json) {
        let list = self.groups.entry(group.to_owned()).or_default();
        if list.len() < GROUP_MAX {
            list.push(value);
        }
    }

    fn keep(&mut self, raw: &str) {
        if self.raw.len() < super::read::RAW_MAX_BYTES {
            self.raw.push_str(raw);
            self.raw.push('\n');
        }
    }

    /// The one record.
    #[must_use]
    pub fn record(self, number: i64, parent: Option<std::sync::Arc<Json>>) -> Record {
        let members = self.groups.into_iter().map(|(word, list)| (word, Json::List(list)));
        let value = Json::Object(members.collect());
        Record { number, fields: Fields::Tree { value, parent }, raw: self.raw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::path::FieldPath;

    fn message(number: i64, members: &[(&str, &str)]) -> Item {
        let members = members.iter().map(|(k, v)| ((*k).to_owned(), Json::Text((*v).to_owned())));
        let fields = Fields::Tree { value: Json::Object(members.collect()), parent: None };
        Item::Record(Record { number, fields, raw: format!("line {number}") })
    }

    #[test]
    fn messages_are_found_by_their_word_and_other_lines_as_text() {
        let fold = Fold { by: "type".into(), last: vec!["status".into()] };
        let mut folding = Folding::default();
        for item in [
            message(1, &[("type", "status"), ("percent", "10")]),
            message(2, &[("type", "error"), ("item", "a")]),
            message(3, &[("type", "status"), ("percent", "90")]),
            message(4, &[("type", "error"), ("item", "b")]),
            message(5, &[("message", "skipping /x")]),
        ] {
            folding.add(&fold, item);
        }
        let record = folding.record(1, None);
        let get = |path: &str| {
            FieldPath::parse(path).unwrap().get(&record).map(std::borrow::Cow::into_owned)
        };
        assert_eq!(get("error.#").as_deref(), Some("2"));
        assert_eq!(get("error[-1].item").as_deref(), Some("b"));
        assert_eq!(get("status.#").as_deref(), Some("1"));
        assert_eq!(get("status[0].percent").as_deref(), Some("90"));
        assert_eq!(get("text[0]").as_deref(), Some("skipping /x"));
        assert_eq!(get("summary.#"), None);
    }
}
