//! Raw fields by number: every raw column or path that an adapter names, parsed once, and bound
//! to a header once per input. It reads; it never changes a value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::path::FieldPath;
use super::record::{Fields, Json, Record};
use crate::error::Result;

/// Number of a field in a [`FieldSet`].
pub type FieldId = usize;

/// All raw fields of an adapter.
#[derive(Debug, Clone, Default)]
pub struct FieldSet {
    paths: Vec<FieldPath>,
    known: BTreeMap<FieldId, String>,
}

/// Where the fields are in one header.
#[derive(Debug, Clone)]
pub struct Bound {
    header: Arc<Vec<String>>,
    at: Vec<Option<usize>>,
    groups: Vec<Option<String>>,
    unused: Vec<usize>,
}

/// A record with its header's bindings.
#[derive(Clone, Copy)]
pub struct View<'a> {
    set: &'a FieldSet,
    bound: Option<&'a Bound>,
    /// The record.
    pub record: &'a Record,
}

impl FieldSet {
    /// The number of a path; the same path has one number.
    ///
    /// # Errors
    /// Configuration: it is no path.
    pub fn add(&mut self, path: &str) -> Result<FieldId> {
        if let Some(at) = self.paths.iter().position(|p| p.text() == path) {
            return Ok(at);
        }
        self.paths.push(FieldPath::parse(path)?);
        Ok(self.paths.len() - 1)
    }

    /// Gives a field the same text in every record: what the source or the input knows and the
    /// record does not (`@source`, `@input`, `@captured`). Without effect when nobody asks for it.
    pub fn know(&mut self, path: &str, text: &str) {
        if let Some(id) = self.paths.iter().position(|p| p.text() == path) {
            self.known.insert(id, text.to_owned());
        }
    }

    /// The path of a number.
    #[must_use]
    pub fn text(&self, id: FieldId) -> &str {
        self.paths.get(id).map_or("", FieldPath::text)
    }

    /// Finds all fields in a header.
    ///
    /// # Errors
    /// Input: a `~regex` that matches several names.
    pub fn bind(&self, header: &Arc<Vec<String>>) -> Result<Bound> {
        let mut bound =
            Bound { header: Arc::clone(header), at: vec![], groups: vec![], unused: vec![] };
        for path in &self.paths {
            let found = path.find(header.as_slice())?;
            bound.at.push(found.as_ref().map(|f| f.index));
            bound.groups.push(found.and_then(|f| f.group));
        }
        let used = |at: &usize| bound.at.contains(&Some(*at));
        bound.unused = (0..header.len()).filter(|at| !used(at)).collect();
        Ok(bound)
    }

    /// Sees a record through a binding; rebinds when the record has another header.
    ///
    /// # Errors
    /// As [`FieldSet::bind`].
    pub fn view<'a>(
        &'a self,
        record: &'a Record,
        bound: &'a mut Option<Bound>,
    ) -> Result<View<'a>> {
        if let Fields::Row { header, .. } = &record.fields {
            let is_same = bound.as_ref().is_some_and(|b| Arc::ptr_eq(&b.header, header));
            if !is_same {
                *bound = Some(self.bind(header)?);
            }
        }
        Ok(View { set: self, bound: bound.as_ref(), record })
    }
}

impl Bound {
    /// True when the header has the field.
    #[must_use]
    pub fn has(&self, id: FieldId) -> bool {
        self.at.get(id).copied().flatten().is_some()
    }
    /// Columns of the header that no field uses and nobody ignores.
    pub fn unknown<'a>(
        &'a self,
        ignore: &'a [Regex],
    ) -> impl Iterator<Item = (usize, &'a str)> + 'a {
        let named = self.unused.iter().filter_map(|at| Some((*at, self.header.get(*at)?.as_str())));
        named.filter(|(_, name)| !ignore.iter().any(|pattern| pattern.is_match(name)))
    }
}

impl<'a> View<'a> {
    /// Trimmed text of a field; none when it is not there or empty.
    #[must_use]
    pub fn text(&self, id: FieldId) -> Option<Cow<'a, str>> {
        if let Some(text) = self.set.known.get(&id) {
            return Some(Cow::Borrowed(text));
        }
        let text = match &self.record.fields {
            Fields::Row { cells, .. } => {
                let at = self.bound?.at.get(id).copied().flatten()?;
                cells.get(at)?.as_deref().map(Cow::Borrowed)?
            }
            Fields::Tree { .. } => self.set.paths.get(id)?.get(self.record)?,
        };
        let text = match text {
            Cow::Borrowed(t) => Cow::Borrowed(t.trim()),
            Cow::Owned(t) if t.trim().len() == t.len() => Cow::Owned(t),
            Cow::Owned(t) => Cow::Owned(t.trim().to_owned()),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The elements of a list field as text.
    #[must_use]
    pub fn list(&self, id: FieldId) -> Option<Vec<String>> {
        let Fields::Tree { .. } = &self.record.fields else { return None };
        let value = self.set.paths.get(id)?.json(self.record)?;
        let Json::List(items) = value.as_ref() else { return None };
        let scalars = items.iter().filter_map(|i| i.scalar().map(Cow::into_owned));
        Some(scalars.collect())
    }

    /// Columns of the record that no field uses and nobody ignores; none for trees.
    pub fn unknown(&self, ignore: &'a [Regex]) -> impl Iterator<Item = (usize, &'a str)> + 'a {
        self.bound.into_iter().flat_map(move |bound| bound.unknown(ignore))
    }

    /// The unit in a header that a `~regex` matched (`$1`).
    #[must_use]
    pub fn group(&self, id: FieldId) -> Option<&'a str> {
        self.bound?.groups.get(id)?.as_deref()
    }
}
