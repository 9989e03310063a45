//! One raw record as a reader found it: text, nothing guessed. Numbers of JSON stay the text
//! that stood in the file, so that no digit is lost before the adapter says what it means.

use std::borrow::Cow;
use std::sync::Arc;

/// A JSON value; numbers keep their text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as written.
    Number(String),
    /// Decoded text.
    Text(String),
    /// Array.
    List(Vec<Json>),
    /// Object in file order; no key twice.
    Object(Vec<(String, Json)>),
}

/// The fields of a record.
#[derive(Debug, Clone)]
pub enum Fields {
    /// Flat: cells under a header shared by all records of the input.
    Row {
        /// Column names, in order.
        header: Arc<Vec<String>>,
        /// Cells; none = the reader knows there is no value (a short fixed line).
        cells: Vec<Option<String>>,
    },
    /// Nested: a JSON value, and the record it was exploded from (`^.field`).
    Tree {
        /// The record.
        value: Json,
        /// What it was taken out of.
        parent: Option<Arc<Json>>,
    },
}

/// One record.
#[derive(Debug, Clone)]
pub struct Record {
    /// 1-based number in the input; records exploded from one share it.
    pub number: i64,
    /// The fields.
    pub fields: Fields,
    /// The text it came from (hashed for `row_hash`; kept when quarantined).
    pub raw: String,
}

/// Why a reader could not make a record; the words of `quarantine.reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More or fewer cells than the header has.
    RaggedRow,
    /// Not JSON.
    BadJson,
    /// The same key twice in one object.
    DuplicateJsonKey,
    /// Bytes that are no text in the declared encoding, where text is required.
    BadEncoding,
    /// Longer than the cap.
    RecordTooLong,
}

impl Fault {
    /// The word in `quarantine.reason`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fault::RaggedRow => "ragged-row",
            Fault::BadJson => "bad-json",
            Fault::DuplicateJsonKey => "duplicate-json-key",
            Fault::BadEncoding => "bad-encoding",
            Fault::RecordTooLong => "record-too-long",
        }
    }
}

/// What a reader yields.
#[derive(Debug, Clone)]
pub enum Item {
    /// A record.
    Record(Record),
    /// A piece of input that is no record; it is quarantined, never dropped.
    Bad {
        /// 1-based number in the input.
        number: i64,
        /// Why.
        fault: Fault,
        /// The piece.
        raw: String,
    },
}

/// Text of a scalar: numbers and booleans as written; null, lists and objects are no text.
impl Json {
    /// The scalar as text.
    #[must_use]
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Json::Number(t) | Json::Text(t) => Some(Cow::Borrowed(t)),
            Json::Bool(true) => Some(Cow::Borrowed("true")),
            Json::Bool(false) => Some(Cow::Borrowed("false")),
            Json::Null | Json::List(_) | Json::Object(_) => None,
        }
    }
    /// A member of an object.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => None,
        }
    }
}
