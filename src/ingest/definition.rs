//! One column as it is written in an adapter: where its text comes from and which primitives are
//! applied. Only the form; meaning is given by `columns/`.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::adapter::Adapter;

/// One text or a list of texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

/// A column. A bare text means `from`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spec {
    /// Raw columns or paths; the first that is not missing.
    pub from: Texts,
    /// Constant.
    pub value: Option<toml::Value>,
    /// SQL over raw columns.
    pub expr: Option<String>,
    /// True: the export may lack the column.
    pub optional: bool,
    /// Further texts that mean null.
    pub missing: Texts,
    /// First group, or the named one.
    pub regex: Option<String>,
    /// Number of matches of a regex.
    pub count: Option<String>,
    /// One part of the text.
    pub split: Option<Split>,
    /// All `from` columns (or the elements of a list), with this between.
    pub join: Option<String>,
    /// `iso`, an epoch unit, `month_end`, a named format list or one strftime text.
    pub time: Option<String>,
    /// Zone of this column.
    pub zone: Option<String>,
    /// The same instant as an epoch; wins, and checks the zone.
    pub twin: Option<Twin>,
    /// Unit or form of a duration.
    pub duration: Option<String>,
    /// Base of units in the text: 1000 or 1024.
    pub size: Option<i64>,
    /// Unit of a plain number.
    pub unit: Option<String>,
    /// Form of a ratio.
    pub ratio: Option<String>,
    /// How numbers are written.
    pub number: Option<NumberForm>,
    /// Words of truth.
    pub bool: Option<BoolWords>,
    /// Name of a `[map.x]`.
    pub map: Option<String>,
    /// Name of a code CSV beside the adapter.
    pub table: Option<String>,
    /// Named fields as a JSON object.
    pub labels: Texts,
    /// The source's name normaliser.
    pub names: bool,
    /// Keyed hash for people.
    pub hash: bool,
    /// The same hash as a key of these parts (links to rows of other adapters).
    pub key: Parts,
    /// True: the instant of the export itself (samples that carry no time of their own).
    pub captured: bool,
    /// Constant when the raw text was missing.
    pub default: Option<toml::Value>,
}

/// A column with its short form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnDef(pub Spec);

/// A part of a key: a raw column or path (`?` at the end: may be empty), or a column.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPart {
    /// How its text is made.
    pub spec: Spec,
    /// Empty is a value.
    pub optional: bool,
}

/// `split`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Between the parts.
    pub sep: String,
    /// 0-based part; negative counts from the end; none = all parts (list columns).
    pub index: Option<i64>,
}

/// `twin`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    /// Raw column.
    pub from: String,
    /// `epoch_s`, `epoch_ms` or `epoch_us`.
    pub time: String,
}

/// `number`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberForm {
    /// Decimal sign.
    #[serde(default = "point")]
    pub decimal: char,
    /// Sign between groups of three digits.
    pub group: Option<char>,
}

impl Default for NumberForm {
    fn default() -> Self {
        NumberForm { decimal: '.', group: None }
    }
}

/// `bool`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoolWords {
    /// Words for true.
    #[serde(rename = "true", default)]
    pub yes: Vec<String>,
    /// Words for false.
    #[serde(rename = "false", default)]
    pub no: Vec<String>,
}

fn point() -> char {
    '.'
}

impl Spec {
    /// A column that is copied from a raw one.
    #[must_use]
    pub fn from(name: &str) -> Self {
        Spec { from: Texts(vec![name.to_owned()]), ..Spec::default() }
    }
    /// The constant, as text.
    #[must_use]
    pub fn constant(&self) -> Option<String> {
        self.value.as_ref().and_then(Adapter::scalar)
    }
}

impl KeyPart {
    fn named(text: &str) -> Self {
        let optional = text.ends_with('?');
        let name = text.strip_suffix('?').unwrap_or(text);
        KeyPart { spec: Spec::from(name), optional }
    }
}

/// An absent or empty text is none.
///
/// # Errors
/// When it is no text.
pub fn not_empty<'de, D: Deserializer<'de>>(de: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(de)?.filter(|t| !t.is_empty()))
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = seq.next_element()? {
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(TextsVisitor)
    }
}

struct ColumnVisitor;

impl<'de> Visitor<'de> for ColumnVisitor {
    type Value = Spec;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a raw column's name or a table such as { from = \"Start\", time = \"iso\" }")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Spec, E> {
        Ok(Spec::from(text))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Spec, A::Error> {
        Spec::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de> Deserialize<'de> for ColumnDef {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(ColumnVisitor).map(ColumnDef)
    }
}

/// The parts of a key; a bare text is one part.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts(pub Vec<KeyPart>);

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a raw column's name or a list of names")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Parts, E> {
        Ok(Parts(vec![KeyPart::named(text)]))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Parts, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = seq.next_element()? {
            parts.push(part);
        }
        Ok(Parts(parts))
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(PartsVisitor)
    }
}

struct PartVisitor;

impl<'de> Visitor<'de> for PartVisitor {
    type Value = KeyPart;
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a raw column's name, or a table such as { from = [\"job\", \"name\"] }")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<KeyPart, E> {
        Ok(KeyPart::named(text))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeyPart, A::Error> {
        let spec = Spec::deserialize(MapAccessDeserializer::new(map))?;
        Ok(KeyPart { optional: spec.optional, spec })
    }
}

impl<'de> Deserialize<'de> for KeyPart {
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        de.deserialize_any(PartVisitor)
    }
}
