//! From a column as it is written to a pipeline: names are looked up, words and regexes compiled,
//! and everything that cannot work is refused before the first record is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::time::{Form, Format, Pattern};
use super::words::{CodeTable, WordMap, regex};
use super::{Column, Origin, Part, Twin, Typed, Words, duration, ratio, unit};
use crate::error::{Error, Result};
use crate::ingest::adapter::Adapter;
use crate::ingest::definition::{KeyPart, Spec};
use crate::ingest::expr::{Expr, Kind, compile};
use crate::ingest::fields::FieldSet;
use crate::ingest::source::{DateOrder, Names};
use crate::model::frame::{Cell, Type};
use crate::model::time;

/// What a source and an input say, and the mapping needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The source's zone.
    pub zone: Option<Tz>,
    /// The source's order of day and month.
    pub date_order: Option<DateOrder>,
    /// The source's name normaliser.
    pub names: Names,
    /// Key of the hash for people.
    pub people_key: Arc<Vec<u8>>,
    /// When the export was made.
    pub captured_us: i64,
}

/// Compiles the columns of one adapter.
pub struct Builder<'a> {
    /// Raw fields named so far.
    pub fields: FieldSet,
    /// Maps that some column used.
    pub maps_used: BTreeSet<String>,
    adapter: &'a Adapter,
    settings: &'a Settings,
    codes: &'a BTreeMap<String, Arc<CodeTable>>,
    maps: BTreeMap<String, Arc<WordMap>>,
    missing: Arc<Vec<String>>,
    zone: Option<Tz>,
}

/// Columns that hold people; their text never reaches a table in the clear.
const PEOPLE: [&str; 4] = ["initiated_by", "requested_by", "assignee", "recipient"];

/// True for a column that holds a person's name or address.
#[must_use]
pub fn is_person(table: &str, column: &str) -> bool {
    PEOPLE.contains(&column) || (column == "actor" && table != "access_events")
}

impl<'a> Builder<'a> {
    /// A builder for an adapter.
    ///
    /// # Errors
    /// Configuration: a map that does not compile, a zone that is none. Input: the adapter needs
    /// the source's zone and there is none.
    pub fn new(
        adapter: &'a Adapter,
        settings: &'a Settings,
        codes: &'a BTreeMap<String, Arc<CodeTable>>,
    ) -> Result<Self> {
        let mut maps = BTreeMap::new();
        for (name, table) in &adapter.map {
            maps.insert(name.clone(), Arc::new(WordMap::new(name, table)?));
        }
        let zone = match &adapter.time.zone {
            None => settings.zone,
            Some(word) => zone_of(word.get_ref(), settings)?,
        };
        Ok(Builder {
            fields: FieldSet::default(),
            maps_used: BTreeSet::new(),
            missing: Arc::new(adapter.read.missing.clone()),
            adapter,
            settings,
            codes,
            maps,
            zone,
        })
    }

    /// Zone of naive times; none when the adapter says that there are none.
    #[must_use]
    pub fn zone(&self) -> Option<Tz> {
        self.zone
    }

    /// Compiles a column of a type.
    ///
    /// # Errors
    /// Configuration: what is written cannot work.
    pub fn column(&mut self, name: &str, kind: Type, spec: &Spec) -> Result<Column> {
        let origin = self.origin(spec)?;
        let missing = if spec.missing.0.is_empty() {
            Arc::clone(&self.missing)
        } else {
            let all = self.missing.iter().chain(&spec.missing.0).cloned();
            Arc::new(all.collect())
        };
        Ok(Column {
            name: name.to_owned(),
            kind,
            missing,
            regex: spec.regex.as_deref().map(regex).transpose()?,
            split: spec.split.clone(),
            join: spec.join.clone(),
            typed: self.typed(name, kind, spec)?,
            words: self.words(spec)?,
            default: spec.default.as_ref().map(|v| constant(name, kind, v)).transpose()?,
            origin,
        })
    }

    /// Compiles the parts of a key.
    ///
    /// # Errors
    /// As [`Builder::column`].
    pub fn parts(&mut self, parts: &[KeyPart]) -> Result<Vec<Part>> {
        let one = |part: &KeyPart| {
            let column = self.column("key part", Type::Text, &part.spec)?;
            Ok(Part { column, is_optional: part.optional })
        };
        parts.iter().map(one).collect()
    }

    /// Compiles an expression over raw fields.
    ///
    /// # Errors
    /// Configuration: not on the list of expressions.
    pub fn raw_expr(&mut self, sql: &str) -> Result<(Expr, Kind)> {
        compile(sql, &mut |name| Ok((Expr::Raw(self.fields.add(name.text)?), Kind::Text)))
    }

    fn origin(&mut self, spec: &Spec) -> Result<Origin> {
        let given = [
            !spec.from.0.is_empty(),
            spec.value.is_some(),
            spec.expr.is_some(),
            !spec.key.0.is_empty(),
            !spec.labels.0.is_empty(),
            spec.captured,
        ];
        if given.iter().filter(|g| **g).count() != 1 {
            return Err(Error::config("give one of from, value, expr, key, labels, captured"));
        }
        if let Some(sql) = &spec.expr {
            return Ok(Origin::Expr(Box::new(self.raw_expr(sql)?.0)));
        }
        if spec.captured {
            return Ok(Origin::Value(time::iso(self.settings.captured_us)));
        }
        if spec.value.is_some() {
            let text = spec.constant().ok_or_else(|| Error::config("value is no scalar"))?;
            return Ok(Origin::Value(text));
        }
        if !spec.key.0.is_empty() {
            return Ok(Origin::Key(self.parts(&spec.key.0)?));
        }
        if !spec.labels.0.is_empty() {
            let one = |path: &String| Ok((last_name(path), self.fields.add(path)?));
            return Ok(Origin::Labels(spec.labels.0.iter().map(one).collect::<Result<_>>()?));
        }
        let ids = spec.from.0.iter().map(|path| self.fields.add(path));
        Ok(Origin::Fields(ids.collect::<Result<_>>()?))
    }

    fn words(&mut self, spec: &Spec) -> Result<Words> {
        match (&spec.map, &spec.table) {
            (None, None) => Ok(Words::Keep),
            (Some(_), Some(_)) => Err(Error::config("give map or table, not both")),
            (Some(name), None) => {
                let map = self.maps.get(name).cloned().ok_or_else(|| {
                    Error::config(format!("there is no [map.{name}]"))
                        .hint(format!("add a [map.{name}] section with the vendor's words"))
                })?;
                self.maps_used.insert(name.clone());
                Ok(Words::Map(map))
            }
            (None, Some(name)) => {
                let table = self.codes.get(name).cloned().ok_or_else(|| {
                    Error::config(format!("there is no {name}.csv beside the adapter"))
                        .hint("a code table has the columns code, meaning, outcome, class")
                })?;
                Ok(Words::Codes(table))
            }
        }
    }

    fn typed(&mut self, name: &str, kind: Type, spec: &Spec) -> Result<Typed> {
        let numbers = spec.number.clone().unwrap_or_default();
        let given = [
            ("time", spec.time.is_some() || spec.captured, [Type::Time].as_slice()),
            ("duration", spec.duration.is_some(), &[Type::Float, Type::Int]),
            ("size", spec.size.is_some(), &[Type::Int]),
            ("unit", spec.unit.is_some(), &[Type::Int, Type::Float]),
            ("ratio", spec.ratio.is_some(), &[Type::Float]),
            ("bool", spec.bool.is_some(), &[Type::Bool]),
            ("names", spec.names, &[Type::Text]),
            ("hash", spec.hash, &[Type::Text]),
            ("count", spec.count.is_some(), &[Type::Int]),
        ];
        let mut found = given.iter().filter(|(_, given, _)| *given);
        let first = found.next();
        if let (Some((a, ..)), Some((b, ..))) = (first, found.next()) {
            return Err(Error::config(format!("{a} and {b} exclude each other")));
        }
        if let Some((word, _, kinds)) = first
            && !kinds.contains(&kind)
        {
            return Err(Error::config(format!("{word} does not give a {kind:?} column")));
        }
        let unknown = |what: &str, word: &str| Error::config(format!("`{word}` is no {what}"));
        if let Some(word) = &spec.time {
            return self.time(word, spec);
        }
        if spec.captured {
            return self.time("iso", spec);
        }
        if let Some(word) = &spec.duration {
            let form = duration::form(word).ok_or_else(|| unknown("duration", word))?;
            return Ok(Typed::Duration(form, numbers));
        }
        if let Some(base) = spec.size {
            if base != 1000 && base != 1024 {
                return Err(Error::config("size is the base of GB in the text: 1000 or 1024"));
            }
            return Ok(Typed::Size(base, numbers));
        }
        if let Some(word) = &spec.unit {
            if word == "$1" {
                return Ok(Typed::HeaderUnit(numbers));
            }
            let factor = unit::factor(word).ok_or_else(|| unknown("unit", word))?;
            return Ok(Typed::Unit(factor, numbers));
        }
        if let Some(word) = &spec.ratio {
            let form = ratio::form(word).ok_or_else(|| unknown("ratio", word))?;
            return Ok(Typed::Ratio(form, numbers));
        }
        if let Some(pattern) = &spec.count {
            return Ok(Typed::Count(regex(pattern)?));
        }
        if spec.hash || is_person(self.adapter.table.get_ref(), name) {
            return Ok(Typed::Person(Arc::clone(&self.settings.people_key)));
        }
        if spec.names {
            return Ok(Typed::Name(self.settings.names.clone()));
        }
        self.default_typed(name, kind, spec)
    }

    fn default_typed(&self, name: &str, kind: Type, spec: &Spec) -> Result<Typed> {
        let numbers = spec.number.clone().unwrap_or_default();
        let has_words = spec.map.is_some() || spec.table.is_some();
        Ok(match kind {
            Type::Text => Typed::Text,
            Type::Int => Typed::Integer(numbers),
            Type::Float if name.ends_with("_s") && !name.ends_with("_per_s") => {
                Typed::Duration(duration::Form::Unit(1_000_000), numbers)
            }
            Type::Float => Typed::Float(numbers),
            Type::Bool => Typed::Bool(spec.bool.clone().unwrap_or_default()),
            Type::List => Typed::List,
            Type::Time if has_words => Typed::Text,
            Type::Time => {
                return Err(Error::config("a time needs its form")
                    .hint("add time = \"iso\", an epoch unit, or a format such as \"%d/%m/%Y\""));
            }
        })
    }

    fn time(&mut self, word: &str, spec: &Spec) -> Result<Typed> {
        let zone = match &spec.zone {
            Some(word) => zone_of(word, self.settings)?,
            None => self.zone,
        };
        let texts: Vec<&str> = match self.adapter.time.formats.get(word) {
            Some(list) => list.iter().map(String::as_str).collect(),
            None => vec![word],
        };
        let mut form = Form {
            patterns: Vec::new(),
            zone,
            captured_us: self.settings.captured_us,
            opposite: Vec::new(),
        };
        for text in texts {
            form.patterns.push(self.pattern(text, false)?);
            if text.contains("{date:") {
                form.opposite.push(self.pattern(text, true)?);
            }
        }
        let twin = match &spec.twin {
            None => None,
            Some(twin) => {
                let unit_us = epoch_unit(&twin.time).ok_or_else(|| {
                    Error::config(format!("twin time `{}` is no epoch", twin.time))
                })?;
                Some(Twin { field: self.fields.add(&twin.from)?, unit_us })
            }
        };
        Ok(Typed::Time(Box::new(form), twin))
    }

    fn pattern(&self, text: &str, is_opposite: bool) -> Result<Pattern> {
        if let Some(unit_us) = epoch_unit(text) {
            return Ok(Pattern::Epoch { unit_us });
        }
        match text {
            "iso" => return Ok(Pattern::Iso),
            "month_end" => return Ok(Pattern::MonthEnd),
            _ => {}
        }
        let dated = match text.split_once("{date:") {
            None => text.to_owned(),
            Some((before, rest)) => {
                let (sep, after) = rest.split_once('}').unwrap_or((rest, ""));
                format!("{before}{}{after}", self.date_format(sep, is_opposite)?)
            }
        };
        if !dated.contains('%') {
            let known = self.adapter.time.formats.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(Error::config(format!("`{text}` is no form of a time")).hint(format!(
                "use iso, epoch_s, epoch_ms, epoch_us, month_end, a strftime text, or one of \
                 [time] formats: {known}"
            )));
        }
        let items = chrono::format::StrftimeItems::new(&dated);
        if items.clone().any(|item| item == chrono::format::Item::Error) {
            return Err(Error::config(format!("`{dated}` is no strftime text")));
        }
        Ok(Pattern::Format(Format::new(&dated)))
    }

    fn date_format(&self, sep: &str, is_opposite: bool) -> Result<String> {
        let order = self.settings.date_order.ok_or_else(|| {
            Error::input("the order of day and month depends on the exporting computer")
                .hint("add date_order = \"dmy\" or \"mdy\" to this [[source]]")
        })?;
        let order = match (order, is_opposite) {
            (DateOrder::Dmy, false) | (DateOrder::Mdy, true) => ["%d", "%m", "%Y"],
            (DateOrder::Mdy, false) | (DateOrder::Dmy, true) => ["%m", "%d", "%Y"],
            (DateOrder::Ymd, false) => ["%Y", "%m", "%d"],
            (DateOrder::Ymd, true) => ["%Y", "%d", "%m"],
        };
        Ok(order.join(sep))
    }
}

/// Microseconds in a unit of an epoch word.
fn epoch_unit(word: &str) -> Option<i128> {
    match word {
        "epoch_s" => Some(1_000_000),
        "epoch_ms" => Some(1000),
        "epoch_us" => Some(1),
        _ => None,
    }
}

fn zone_of(word: &str, settings: &Settings) -> Result<Option<Tz>> {
    match word {
        "none" => Ok(None),
        "source" => settings.zone.map(Some).ok_or_else(|| {
            Error::input("times in this export have no zone, and the source declares none")
                .hint("add zone = \"Europe/Berlin\" (the zone of the backup server) to [[source]]")
        }),
        name => time::zone(name).map(Some),
    }
}

/// A constant of TOML as a cell of a type.
///
/// # Errors
/// Configuration: it is of another type.
pub fn constant(name: &str, kind: Type, value: &toml::Value) -> Result<Cell> {
    let text = Adapter::scalar(value);
    let cell = match (kind, value, &text) {
        (Type::Text, _, Some(text)) => Some(Cell::Text(text.clone())),
        (Type::Int, toml::Value::Integer(n), _) => Some(Cell::Int(*n)),
        (Type::Float, _, Some(text)) => text.parse().ok().map(Cell::Float),
        (Type::Bool, toml::Value::Boolean(b), _) => Some(Cell::Bool(*b)),
        (Type::Time, _, Some(text)) => time::parse_iso(text).ok().map(Cell::Time),
        (Type::List, toml::Value::Array(items), _) => {
            items.iter().map(Adapter::scalar).collect::<Option<Vec<_>>>().map(Cell::List)
        }
        _ => None,
    };
    cell.ok_or_else(|| Error::config(format!("`{value}` is no {kind:?} value for {name}")))
}

/// Name of a label: the last step of its path.
fn last_name(path: &str) -> String {
    path.rsplit(['.', '^']).next().unwrap_or(path).to_owned()
}
