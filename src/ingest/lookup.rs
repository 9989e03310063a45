//! Other inputs of the same source, joined to records as further raw columns `name.column`. A
//! partner lies in the same folder and is recognised by its columns; exports of several months are
//! one partner, and a record that stands in two of them counts once. Several partner rows of one
//! key are joined by line breaks in their order (log lines of a job).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adapter::{Adapter, Lookup};
use super::columns::hash128;
use super::expr::{Env, Expr, Kind, Name, compile};
use super::fields::FieldSet;
use super::open::Input;
use super::path::FieldPath;
use super::read::{ReadSpec, records};
use super::record::{Fields, Item, Json, Record};
use crate::error::{Error, Result};
use crate::model::frame::Cell;
use crate::model::memo::Memo;

/// The joined columns of one `[lookup.name]`.
#[derive(Debug, Clone)]
pub struct Join {
    on: FieldPath,
    /// A record without a partner is nothing to tell.
    is_optional: bool,
    names: Vec<String>,
    rows: BTreeMap<String, Vec<Option<String>>>,
}

type Header = Arc<Vec<String>>;
/// Adapter, lookup, names of the partners.
type JoinKey = (String, String, Vec<String>);

/// All joins of an adapter, with the widened headers made so far.
#[derive(Debug, Default)]
pub struct Joins {
    joins: Vec<Arc<Join>>,
    /// The header last seen, and what it became.
    header: Option<(Header, Header)>,
    /// Records without a partner, per lookup name.
    pub partnerless: i64,
}

/// The inputs of a source, and what was found out about them: every header is read once, every
/// group of partners is parsed once, however many inputs they are joined to.
#[derive(Debug)]
pub struct Partners<'a> {
    /// All inputs of the source.
    pub inputs: &'a [Input],
    /// By adapter and input; empty when the reader refuses it.
    headers: Memo<(String, String), Header>,
    /// Every group of partners that was parsed.
    joins: Memo<JoinKey, Arc<Join>>,
}

impl<'a> Partners<'a> {
    /// Nothing read yet.
    #[must_use]
    pub fn new(inputs: &'a [Input]) -> Self {
        Partners { inputs, headers: Memo::default(), joins: Memo::default() }
    }

    /// Hashes of the partners of an input, part of its load id.
    ///
    /// # Errors
    /// Input: a partner that is required is not there.
    pub fn hashes(&self, adapter: &Adapter, input: &Input) -> Result<Vec<String>> {
        let mut hashes = Vec::new();
        for (name, lookup) in &adapter.lookup {
            let partners = self.partners(adapter, name, lookup, input)?;
            hashes.extend(partners.iter().map(|p| p.sha256()));
        }
        Ok(hashes)
    }

    /// Reads the partners of an input.
    ///
    /// # Errors
    /// Configuration: a lookup is wrong. Input: a partner that is required is not there, or
    /// damaged.
    pub fn joins(&self, adapter: &Adapter, input: &Input) -> Result<Joins> {
        let mut found = Vec::new();
        for (name, lookup) in &adapter.lookup {
            let partners = self.partners(adapter, name, lookup, input)?;
            let names = partners.iter().map(|p| p.name().to_owned()).collect();
            let key = (adapter.id.clone(), name.clone(), names);
            let made = || Ok(Arc::new(join(name, lookup, &adapter.read, &partners)?));
            found.push(self.joins.get(key, made)?);
        }
        Ok(Joins { joins: found, header: None, partnerless: 0 })
    }

    /// All inputs beside this one that have the columns.
    fn partners(
        &self,
        adapter: &Adapter,
        name: &str,
        lookup: &Lookup,
        input: &Input,
    ) -> Result<Vec<&'a Input>> {
        let mut found = Vec::new();
        for other in self.inputs {
            let is_beside =
                other.name() != input.name() && folder(other.name()) == folder(input.name());
            if is_beside && self.has_columns(adapter, other, &lookup.columns)? {
                found.push(other);
            }
        }
        if found.is_empty() && !lookup.optional {
            return Err(Error::input(format!("no input with the columns of [lookup.{name}]"))
                .at(input.name())
                .because(format!("it needs: {}", lookup.columns.join(", ")))
                .hint("export that table too, into the same folder, and let `path` match it"));
        }
        Ok(found)
    }

    /// Does the header of an input, as an adapter reads it, have all of these columns?
    ///
    /// # Errors
    /// None of its own: an input that cannot be read has no columns.
    pub fn has_columns(
        &self,
        adapter: &Adapter,
        input: &Input,
        columns: &[String],
    ) -> Result<bool> {
        let key = (adapter.id.clone(), input.name().to_owned());
        let header = self.headers.get(key, || {
            let found = records(input, &adapter.read).map(|found| found.facts().header);
            Ok(Arc::new(found.unwrap_or_default()))
        })?;
        Ok(columns.iter().all(|c| header.contains(c)))
    }
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn join(name: &str, lookup: &Lookup, read: &ReadSpec, partners: &[&Input]) -> Result<Join> {
    let key = FieldPath::parse(&lookup.key)?;
    let values = lookup.values.iter().map(|v| FieldPath::parse(v)).collect::<Result<Vec<_>>>()?;
    let mut rows: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    let mut fields = FieldSet::default();
    let filter = lookup.filter.as_ref().map(|sql| {
        let column = |name: Name, fields: &mut FieldSet| Ok(Expr::Raw(fields.add(name.text)?));
        compile(sql, &mut |name| Ok((column(name, &mut fields)?, Kind::Text)))
    });
    let filter = filter.transpose()?.map(|(expr, _)| expr);
    let mut bound = None;
    let mut seen = BTreeSet::new();
    let mut items = Vec::new();
    for partner in partners {
        items.push(records(partner, read)?);
    }
    for item in items.into_iter().flatten() {
        let Item::Record(record) = item? else { continue };
        let Some(id) = key.get(&record) else { continue };
        if partners.len() > 1 && !seen.insert(hash128(record.raw.as_bytes())) {
            continue;
        }
        let view = fields.view(&record, &mut bound)?;
        let env = Env { raw: &|id| view.text(id), canonical: &|_| Cell::Null };
        if filter.as_ref().is_some_and(|f| !f.holds(&env)) {
            continue;
        }
        let slot = rows.entry(id.trim().to_owned()).or_insert_with(|| vec![None; values.len()]);
        for (cell, path) in slot.iter_mut().zip(&values) {
            if let Some(text) = path.get(&record) {
                match cell {
                    Some(all) => {
                        all.push('\n');
                        all.push_str(text.trim_end());
                    }
                    None => *cell = Some(text.trim_end().to_owned()),
                }
            }
        }
    }
    Ok(Join {
        on: FieldPath::parse(lookup.on.as_ref().unwrap_or(&lookup.key))?,
        names: lookup.values.iter().map(|v| format!("{name}.{v}")).collect(),
        is_optional: lookup.optional,
        rows,
    })
}

impl Joins {
    /// A header with the joined columns.
    #[must_use]
    pub fn widened(&self, header: &[String]) -> Vec<String> {
        let joined = self.joins.iter().flat_map(|j| j.names.iter());
        header.iter().chain(joined).cloned().collect()
    }

    /// Joins a record.
    pub fn apply(&mut self, item: &mut Item) {
        if self.joins.is_empty() {
            return;
        }
        let Item::Record(record) = item else { return };
        let mut names = Vec::new();
        let mut cells = Vec::new();
        for join in &self.joins {
            let key = join.on.get(record).map(|t| t.trim().to_owned());
            let found = key.as_ref().and_then(|k| join.rows.get(k));
            if key.is_some() && found.is_none() && !join.is_optional {
                self.partnerless += 1;
            }
            names.extend(join.names.iter().cloned());
            match found {
                Some(row) => cells.extend(row.iter().cloned()),
                None => cells.extend(join.names.iter().map(|_| None)),
            }
        }
        // What is joined is part of the content: a log that arrives later changes the row.
        let joined: Vec<&str> = cells.iter().flatten().map(String::as_str).collect();
        record.raw.push('\u{1e}');
        record.raw.push_str(&hash128(joined.join("\u{1f}").as_bytes()));
        self.widen(record, names, cells);
    }

    fn widen(&mut self, record: &mut Record, names: Vec<String>, joined: Vec<Option<String>>) {
        match &mut record.fields {
            Fields::Row { header, cells } => {
                let wide = match &self.header {
                    Some((narrow, wide)) if Arc::ptr_eq(narrow, header) => Arc::clone(wide),
                    Some(_) | None => {
                        let wide = Arc::new(self.widened(header));
                        self.header = Some((Arc::clone(header), Arc::clone(&wide)));
                        wide
                    }
                };
                cells.resize(header.len(), None);
                cells.extend(joined);
                *header = wide;
            }
            Fields::Tree { value: Json::Object(members), .. } => {
                let pairs = names.into_iter().zip(joined);
                members.extend(pairs.filter_map(|(k, v)| Some((k, Json::Text(v?)))));
            }
            Fields::Tree { .. } => {}
        }
    }
}
