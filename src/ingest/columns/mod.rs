//! The pipeline of one canonical column over the text of a record:
//! from -> missing -> regex -> split -> join -> one typed primitive -> map or table -> default.
//! Pure: no record, word or unit is ever guessed, and a text that is there never becomes a
//! silent null.

pub mod build;
pub mod duration;
pub mod number;
pub mod ratio;
pub mod time;
pub mod unit;
pub mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use self::number::{Decimal, is_not_finite};
use self::time::{Instant, Quality, TimeFault};
use self::unit::SizeFault;
use self::words::{CodeTable, WordMap, hex, normalise, pseudonym, truth};
use super::definition::{BoolWords, NumberForm, Split};
use super::expr::{Env, Expr};
use super::fields::{FieldId, View};
use super::source::Names;
use crate::model::frame::{Cell, Type};

/// Where the text of a column comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The first field that is not missing; all of them with `join`.
    Fields(Vec<FieldId>),
    /// A constant.
    Value(String),
    /// An expression over raw fields.
    Expr(Box<Expr>),
    /// A key of parts, hashed when there are several.
    Key(Vec<Part>),
    /// Named fields as a JSON object.
    Labels(Vec<(String, FieldId)>),
}

/// A part of a key.
#[derive(Debug, Clone)]
pub struct Part {
    /// How its text is made.
    pub column: Column,
    /// Empty is a value.
    pub is_optional: bool,
}

/// The one typed primitive.
#[derive(Debug, Clone)]
pub enum Typed {
    /// Text as it is.
    Text,
    /// Whole number.
    Integer(NumberForm),
    /// Any number.
    Float(NumberForm),
    /// Plain number of a declared unit of so many bytes.
    Unit(i128, NumberForm),
    /// Plain number whose unit stands in the header.
    HeaderUnit(NumberForm),
    /// Number with a unit in the text.
    Size(i64, NumberForm),
    /// Duration; the cell is seconds (float columns) or microseconds (integer columns).
    Duration(duration::Form, NumberForm),
    /// Ratio or share.
    Ratio(ratio::Form, NumberForm),
    /// Instant.
    Time(Box<time::Form>, Option<Twin>),
    /// Truth value.
    Bool(BoolWords),
    /// List of texts.
    List,
    /// Host or object name.
    Name(Names),
    /// Person.
    Person(Arc<Vec<u8>>),
    /// Number of matches.
    Count(Regex),
}

/// The same instant as an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// Raw column.
    pub field: FieldId,
    /// Microseconds in a unit of it.
    pub unit_us: i128,
}

/// What becomes of a word.
#[derive(Debug, Clone, Default)]
pub enum Words {
    /// Nothing.
    #[default]
    Keep,
    /// A `[map.x]`.
    Map(Arc<WordMap>),
    /// A code table.
    Codes(Arc<CodeTable>),
}

/// A compiled column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Name in the adapter.
    pub name: String,
    /// Type of its cells.
    pub kind: Type,
    /// Source of the text.
    pub origin: Origin,
    /// Texts that mean null.
    pub missing: Arc<Vec<String>>,
    /// First group of a regex.
    pub regex: Option<Regex>,
    /// A part of the text.
    pub split: Option<Split>,
    /// Text between several fields.
    pub join: Option<String>,
    /// The typed primitive.
    pub typed: Typed,
    /// Words.
    pub words: Words,
    /// Result when the raw text was missing.
    pub default: Option<Cell>,
}

/// Why there is no cell although there was text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A word of `quarantine.reason`.
    pub reason: &'static str,
    /// The text at fault.
    pub value: String,
}

/// What a column gave, besides its cell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// The cell; none when missing.
    pub cell: Option<Cell>,
    /// The text before the typed primitive and the words; kept of a vendor's word and a wall time.
    pub text: Option<String>,
    /// The text is a vendor's word, looked up in a map or code table.
    pub is_word: bool,
    /// The word is in no map.
    pub is_unmapped: bool,
    /// NaN or infinity became null.
    pub is_not_finite: bool,
    /// Circumstances of an instant.
    pub instant: Option<Instant>,
    /// Naive time minus its epoch twin, microseconds.
    pub twin_gap_us: Option<i64>,
    /// Row of the code table.
    pub code: Option<words::Code>,
}

impl Column {
    /// Runs the pipeline on a record.
    ///
    /// # Errors
    /// The fault, when there was text and it is no value.
    pub fn take(&self, view: &View) -> Result<Taken, Fault> {
        let mut taken = Taken::default();
        if let (Type::List, Origin::Fields(fields)) = (self.kind, &self.origin)
            && let Some(list) = fields.iter().find_map(|f| view.list(*f))
        {
            taken.cell = Some(Cell::List(list));
            return Ok(taken);
        }
        let Some(text) = self.text(view) else {
            taken.cell = self.default.clone();
            return Ok(taken);
        };
        let is_number = matches!(self.kind, Type::Int | Type::Float);
        if is_number && is_not_finite(&text) {
            taken.is_not_finite = true;
            return Ok(taken);
        }
        taken.is_word = !matches!(self.words, Words::Keep);
        match &self.words {
            Words::Keep => self.typed(&text, view, &mut taken)?,
            Words::Map(map) => match map.get(&text) {
                Some(word) => taken.cell = Some(self.word(word, &text)?),
                None => taken.is_unmapped = true,
            },
            Words::Codes(table) => match table.get(&text) {
                Some(code) => {
                    let word = code_column(&self.name, code);
                    taken.cell = word.map(|w| self.word(&w, &text)).transpose()?;
                    taken.is_unmapped = self.name == "outcome" && code.outcome.is_none();
                    taken.code = Some(code.clone());
                }
                None => taken.is_unmapped = true,
            },
        }
        let is_wall = taken.instant.is_some_and(|i| i.quality >= Quality::NaiveZone);
        taken.text = (taken.is_word || is_wall).then(|| text.into_owned());
        Ok(taken)
    }

    /// The text before the typed primitive; none when it is missing.
    #[must_use]
    pub fn text<'a>(&self, view: &View<'a>) -> Option<Cow<'a, str>> {
        let text = match &self.origin {
            Origin::Value(text) => Some(Cow::Owned(text.clone())),
            Origin::Fields(fields) => self.fields_text(fields, view),
            Origin::Expr(expr) => {
                let raw = |id: usize| view.text(id).filter(|t| !self.is_missing(t));
                let env = Env { raw: &raw, canonical: &|_| Cell::Null };
                expr.eval(&env).text().map(|t| Cow::Owned(t.into_owned()))
            }
            Origin::Key(parts) => key(parts, view).map(Cow::Owned),
            Origin::Labels(labels) => labels_json(labels, view).map(Cow::Owned),
        };
        let text = text.filter(|t| !self.is_missing(t))?;
        let text = match &self.regex {
            None => text,
            Some(regex) => {
                let groups = regex.captures(&text)?;
                let group = groups.iter().skip(1).flatten().next().or(groups.get(0));
                Cow::Owned(group?.as_str().trim().to_owned())
            }
        };
        match &self.split {
            Some(Split { sep, index: Some(index) }) => {
                let parts: Vec<&str> = text.split(sep.as_str()).collect();
                let at = usize::try_from(*index).ok().or_else(|| {
                    parts.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
                })?;
                let part = parts.get(at)?.trim();
                (!part.is_empty()).then(|| Cow::Owned(part.to_owned()))
            }
            Some(_) | None => (!text.is_empty()).then_some(text),
        }
    }

    fn is_missing(&self, text: &str) -> bool {
        text.is_empty() || self.missing.iter().any(|m| m == text)
    }

    fn fields_text<'a>(&self, fields: &[FieldId], view: &View<'a>) -> Option<Cow<'a, str>> {
        let Some(sep) = &self.join else {
            return fields.iter().find_map(|f| view.text(*f).filter(|t| !self.is_missing(t)));
        };
        let mut texts: Vec<String> = Vec::new();
        for field in fields {
            match view.list(*field) {
                Some(items) => texts.extend(items),
                None => texts
                    .extend(view.text(*field).filter(|t| !self.is_missing(t)).map(Cow::into_owned)),
            }
        }
        (!texts.is_empty()).then(|| Cow::Owned(texts.join(sep)))
    }

    fn typed(&self, text: &str, view: &View, taken: &mut Taken) -> Result<(), Fault> {
        let lost = |reason| Fault { reason, value: text.to_owned() };
        let number = |found: Option<Cell>| found.ok_or_else(|| lost("number-unparsed"));
        let decimal = |form: &NumberForm| Decimal::parse(text, form);
        let cell = match &self.typed {
            Typed::Text => Cell::Text(text.to_owned()),
            Typed::Integer(form) => {
                number(decimal(form).and_then(Decimal::integer).map(Cell::Int))?
            }
            Typed::Float(form) => number(decimal(form).and_then(Decimal::float).map(Cell::Float))?,
            Typed::Unit(factor, form) => {
                number(decimal(form).and_then(|n| n.scaled(*factor)).map(Cell::Int))?
            }
            Typed::HeaderUnit(form) => {
                let factor = self.header_unit(view).ok_or_else(|| lost("unit-unknown"))?;
                number(decimal(form).and_then(|n| n.scaled(factor)).map(Cell::Int))?
            }
            Typed::Size(base, form) => match unit::size(text, *base, form) {
                Ok(bytes) => Cell::Int(bytes),
                Err(SizeFault::Unit) => return Err(lost("unit-unknown")),
                Err(SizeFault::Number) => return Err(lost("number-unparsed")),
            },
            Typed::Duration(form, numbers) => {
                let us = duration::parse(text, *form, numbers);
                let us = us.ok_or_else(|| lost("number-unparsed"))?;
                if us < 0 { Cell::Null } else { duration_cell(us, self.kind) }
            }
            Typed::Ratio(form, numbers) => {
                number(ratio::parse(text, *form, numbers).map(Cell::Float))?
            }
            Typed::Time(form, twin) => return self.instant(text, form, *twin, view, taken),
            Typed::Bool(words) => {
                number(truth(text, words).map(Cell::Bool)).map_err(|_| lost("value-not-allowed"))?
            }
            Typed::List => list(text, self.split.as_ref()),
            Typed::Name(rule) => Cell::Text(normalise(text, rule)),
            Typed::Person(secret) => Cell::Text(pseudonym(text, secret)),
            Typed::Count(pattern) => {
                Cell::Int(i64::try_from(pattern.find_iter(text).count()).unwrap_or(i64::MAX))
            }
        };
        taken.cell = Some(match (self.kind, cell) {
            (Type::Float, Cell::Int(n)) => number(n.to_string().parse().ok().map(Cell::Float))?,
            (_, cell) => cell,
        });
        Ok(())
    }

    fn header_unit(&self, view: &View) -> Option<i128> {
        let Origin::Fields(fields) = &self.origin else { return None };
        fields.iter().find_map(|f| view.group(*f)).and_then(unit::factor)
    }

    fn instant(
        &self,
        text: &str,
        form: &time::Form,
        twin: Option<Twin>,
        view: &View,
        taken: &mut Taken,
    ) -> Result<(), Fault> {
        let lost = |reason| Fault { reason, value: text.to_owned() };
        let epoch = twin.and_then(|twin| {
            let form = time::Form {
                patterns: vec![time::Pattern::Epoch { unit_us: twin.unit_us }],
                zone: None,
                captured_us: form.captured_us,
                opposite: Vec::new(),
            };
            time::parse(&view.text(twin.field)?, &form).ok().flatten()
        });
        let naive = match (time::parse(text, form), epoch) {
            (Ok(found), _) => found,
            // The twin knows the instant; the wall time it cannot prove is only a spelling.
            (Err(TimeFault::Gap), Some(_)) => epoch,
            (Err(TimeFault::Unparsed), _) => return Err(lost("time-unparsed")),
            (Err(TimeFault::Order), _) => return Err(lost(DAY_MONTH_ORDER)),
            (Err(TimeFault::Naive), _) => return Err(lost("time-naive")),
            (Err(TimeFault::Gap), None) => return Err(lost("time-gap")),
        };
        let found = match (naive, epoch) {
            (Some(naive), Some(epoch)) => {
                let is_later = naive.later_us == Some(epoch.at_us);
                let gap = if is_later { 0 } else { naive.at_us - epoch.at_us };
                taken.twin_gap_us = Some(gap);
                Some(epoch)
            }
            (naive, _) => naive,
        };
        taken.cell = found.map(|i| Cell::Time(i.at_us));
        taken.instant = found;
        Ok(())
    }

    /// A mapped word as a cell of the column's type.
    fn word(&self, word: &str, text: &str) -> Result<Cell, Fault> {
        let bad = || Fault { reason: "value-not-allowed", value: text.to_owned() };
        Ok(match self.kind {
            Type::Text => Cell::Text(word.to_owned()),
            Type::Bool => Cell::Bool(word.parse().map_err(|_| bad())?),
            Type::Int => Cell::Int(word.parse().map_err(|_| bad())?),
            Type::Float => Cell::Float(word.parse().map_err(|_| bad())?),
            Type::List => Cell::List(vec![word.to_owned()]),
            Type::Time => return Err(bad()),
        })
    }
}

/// Marks a file whose dates prove the other order of day and month: the load is refused.
pub const DAY_MONTH_ORDER: &str = "time-day-month-order";

/// The text of a key: one part as it is, several hashed; none when a required part is missing.
#[must_use]
pub fn key(parts: &[Part], view: &View) -> Option<String> {
    if let [only] = parts {
        return only.column.text(view).map(Cow::into_owned);
    }
    let mut text = String::new();
    for part in parts {
        match part.column.text(view) {
            Some(value) => text.push_str(&value),
            None if part.is_optional => {}
            None => return None,
        }
        text.push('\u{1f}');
    }
    Some(hash128(text.as_bytes()))
}

/// First 128 bits of SHA-256, hex.
#[must_use]
pub fn hash128(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(Sha256::digest(bytes).get(..16).unwrap_or_default())
}

fn code_column(name: &str, code: &words::Code) -> Option<String> {
    match name {
        "outcome" => code.outcome.clone(),
        "code_class" => code.class.clone(),
        "is_transient" => code.is_transient.map(|b| b.to_string()),
        _ => code.meaning.clone(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "below 2^53 microseconds: 285 years")]
fn duration_cell(us: i64, kind: Type) -> Cell {
    match kind {
        Type::Int => Cell::Int(us),
        Type::Text | Type::Float | Type::Bool | Type::Time | Type::List => {
            Cell::Float(us as f64 / 1e6)
        }
    }
}

/// A JSON array, or parts between `;` (or the column's own separator).
fn list(text: &str, split: Option<&Split>) -> Cell {
    if let Ok(items) = serde_json::from_str::<Vec<String>>(text) {
        return Cell::List(items);
    }
    let sep = split.map_or(";", |s| s.sep.as_str());
    let parts = text.split(sep).map(str::trim).filter(|p| !p.is_empty());
    Cell::List(parts.map(str::to_owned).collect())
}

fn labels_json(labels: &[(String, FieldId)], view: &View) -> Option<String> {
    let object: BTreeMap<&str, Cow<str>> = labels
        .iter()
        .filter_map(|(name, field)| Some((name.as_str(), view.text(*field)?)))
        .collect();
    if object.is_empty() { None } else { serde_json::to_string(&object).ok() }
}

/// Worst of two qualities.
#[must_use]
pub fn worst(a: Option<Quality>, b: Quality) -> Quality {
    a.map_or(b, |a| a.max(b))
}
