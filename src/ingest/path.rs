//! `from` paths: how an adapter names a field of a raw record. A path never converts a value and
//! never fails on a record: what is not there is none.
//!
//! ```text
//! "Job Name"      a column or member of that very name; it wins over every other reading
//! "a.b[0].c"      members and elements; [-1] is the last; "a.#" is the number of elements
//! "^.field"       in the record or document this one was taken out of; "^.^.field" further out
//! "."             the whole record
//! "~^Size \\((.*)\\)$"   the one name that matches; the group is `Found::group`
//! ```
//!
//! `find(&names)` resolves a path against a header once per input, which is the fast way for
//! rows: then take `cells[found.index]`. `get` and `json` look into any record.
//!
//! A reference as ServiceNow writes it, `{value | display_value, link}`, is text when asked for
//! as text: `value`, else `display_value`; `x.value` and `x.display_value` ask for one of them,
//! also where the export wrote plain text instead of an object.

use std::borrow::Cow;

use regex::Regex;

use crate::error::{Error, Result};
use crate::ingest::record::{Fields, Json, Record};

/// A parsed path.
#[derive(Debug, Clone)]
pub struct FieldPath {
    text: String,
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Whole,
    Parent(Vec<Step>),
    Steps(Vec<Step>),
    Name(Regex),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member, and the rest of the path from here as one literal name: members may be called
    /// `app.kubernetes.io/name`.
    Member {
        name: String,
        literal: String,
    },
    /// Negative counts from the end.
    Element(i64),
    Count,
}

/// Where a path leads in a list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Position in the list.
    pub index: usize,
    /// First group of a `~regex` path (`$1`).
    pub group: Option<String>,
}

impl FieldPath {
    /// Parses a path.
    ///
    /// # Errors
    /// Configuration: empty, or a regex that does not compile.
    pub fn parse(text: &str) -> Result<FieldPath> {
        let way = if text == "." {
            Way::Whole
        } else if let Some(pattern) = text.strip_prefix('~') {
            let regex = Regex::new(pattern).map_err(|e| {
                let last = e.to_string().lines().last().unwrap_or_default().trim().to_owned();
                Error::config(format!("`{text}` is no regex")).because(last)
            })?;
            Way::Name(regex)
        } else if let Some(rest) = text.strip_prefix("^.") {
            Way::Parent(steps(rest)?)
        } else {
            Way::Steps(steps(text)?)
        };
        Ok(FieldPath { text: text.to_owned(), way })
    }

    /// The path as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its place in a header (or the member names of an object).
    ///
    /// # Errors
    /// Input: a `~regex` that matches several names.
    pub fn find<S: AsRef<str>>(&self, names: &[S]) -> Result<Option<Found>> {
        if let Some(index) = names.iter().position(|name| name.as_ref() == self.text) {
            return Ok(Some(Found { index, group: None }));
        }
        let Way::Name(regex) = &self.way else { return Ok(None) };
        let mut matching = names.iter().enumerate().filter_map(|(index, name)| {
            let groups = regex.captures(name.as_ref())?;
            Some(Found { index, group: groups.get(1).map(|g| g.as_str().to_owned()) })
        });
        let first = matching.next();
        if let (Some(a), Some(b)) = (&first, matching.next()) {
            let name = |found: &Found| names.get(found.index).map_or("", AsRef::as_ref).to_owned();
            let both = format!("\"{}\" and \"{}\"", name(a), name(&b));
            return Err(Error::input(format!("`{}` matches {both}", self.text))
                .hint("make the regex in `from` narrower"));
        }
        Ok(first)
    }

    /// The text of the field: scalars as written, a reference as its value, other objects and
    /// lists as JSON. Null, an empty list, an empty object and what is not there are none.
    #[must_use]
    pub fn get<'a>(&self, record: &'a Record) -> Option<Cow<'a, str>> {
        match &record.fields {
            Fields::Row { header, cells } => {
                let found = self.find(header.as_slice()).ok()??;
                cells.get(found.index)?.as_deref().map(Cow::Borrowed)
            }
            Fields::Tree { .. } => match self.json(record)? {
                Cow::Borrowed(value) => text_of(value),
                Cow::Owned(value) => text_of(&value).map(|text| Cow::Owned(text.into_owned())),
            },
        }
    }

    /// The value of the field; a cell of a row is [`Json::Text`].
    #[must_use]
    pub fn json<'a>(&self, record: &'a Record) -> Option<Cow<'a, Json>> {
        let (value, parent) = match &record.fields {
            Fields::Row { .. } => {
                return self.get(record).map(|cell| Cow::Owned(Json::Text(cell.into_owned())));
            }
            Fields::Tree { value, parent } => (value, parent.as_deref()),
        };
        match &self.way {
            Way::Whole => Some(Cow::Borrowed(value)),
            Way::Parent(steps) => walk(parent?, steps),
            Way::Steps(steps) => match value.member(&self.text) {
                Some(literal) => Some(Cow::Borrowed(literal)),
                None => walk(value, steps),
            },
            Way::Name(_) => {
                let Json::Object(members) = value else { return None };
                let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
                let found = self.find(&names).ok()??;
                members.get(found.index).map(|(_, value)| Cow::Borrowed(value))
            }
        }
    }
}

fn steps(text: &str) -> Result<Vec<Step>> {
    if text.is_empty() {
        return Err(Error::config("a path is empty")
            .hint("write a.b, a[0].b, a.# or the exact name of a column"));
    }
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let part_bytes = rest.find('.').unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(part_bytes).unwrap_or((rest, ""));
        let (name, mut indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        if part.is_empty() {
            // "Avg." is a column name.
            return Ok(vec![literal(text)]);
        }
        if name == "#" {
            steps.push(Step::Count);
        } else if !name.is_empty() {
            steps.push(Step::Member { name: name.to_owned(), literal: rest.to_owned() });
        }
        while let Some(inner) = indexes.strip_prefix('[') {
            let Some((index, more)) = inner.split_once(']') else {
                // Column names may contain a bracket: "Size [GB]" is only ever literal.
                return Ok(vec![literal(text)]);
            };
            let Ok(index) = index.parse() else { return Ok(vec![literal(text)]) };
            steps.push(Step::Element(index));
            indexes = more;
        }
        match after.strip_prefix('.') {
            Some(more) => rest = more,
            None => return Ok(steps),
        }
    }
}

fn literal(text: &str) -> Step {
    Step::Member { name: text.to_owned(), literal: text.to_owned() }
}

fn walk<'a>(value: &'a Json, steps: &[Step]) -> Option<Cow<'a, Json>> {
    let Some((step, rest)) = steps.split_first() else { return Some(Cow::Borrowed(value)) };
    match (step, value) {
        (Step::Member { literal, .. }, Json::Object(_)) if value.member(literal).is_some() => {
            value.member(literal).map(Cow::Borrowed)
        }
        (Step::Member { name, .. }, Json::Object(_)) => walk(value.member(name)?, rest),
        (Step::Member { name, .. }, Json::Text(_)) if rest.is_empty() && is_side(name) => {
            Some(Cow::Borrowed(value))
        }
        (Step::Element(index), Json::List(items)) => {
            let from_end = index.checked_add(i64::try_from(items.len()).ok()?)?;
            let index = if *index < 0 { from_end } else { *index };
            walk(items.get(usize::try_from(index).ok()?)?, rest)
        }
        (Step::Count, Json::List(items)) => Some(Cow::Owned(Json::Number(items.len().to_string()))),
        (Step::Count, Json::Object(members)) => {
            Some(Cow::Owned(Json::Number(members.len().to_string())))
        }
        (
            Step::Member { .. } | Step::Element(_) | Step::Count,
            Json::Null
            | Json::Bool(_)
            | Json::Number(_)
            | Json::Text(_)
            | Json::List(_)
            | Json::Object(_),
        ) => None,
    }
}

/// One of the two sides of a reference.
fn is_side(name: &str) -> bool {
    matches!(name, "value" | "display_value")
}

fn text_of(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::Null => None,
        Json::Bool(_) | Json::Number(_) | Json::Text(_) => value.scalar(),
        Json::List(items) if items.is_empty() => None,
        Json::Object(members) if members.is_empty() => None,
        Json::Object(members) if is_reference(members) => {
            let side = |name| value.member(name).and_then(Json::scalar);
            side("value").or_else(|| side("display_value"))
        }
        Json::List(_) | Json::Object(_) => Some(Cow::Owned(value.to_string())),
    }
}

fn is_reference(members: &[(String, Json)]) -> bool {
    members.len() >= 2 && members.iter().all(|(name, _)| is_side(name) || name == "link")
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
