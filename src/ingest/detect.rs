//! Which adapter fits an input: every condition of its `[detect]` holds. Exactly one is chosen;
//! none or several stop the load with the candidates.

use std::path::Path;

use super::adapter::Detect;
use super::library::{AdapterLibrary, Entry};
use super::open::Input;
use super::path::FieldPath;
use super::read::records;
use super::record::{Fields, Item, Record};
use crate::error::{Error, Result, nearest_hint};

/// What of a signature is not there; empty = it fits. An adapter without a signature fits.
///
/// # Errors
/// Configuration: the signature itself is wrong.
pub fn missing(entry: &Entry, input: &Input) -> Result<Vec<String>> {
    let detect: &Detect = &entry.adapter.detect;
    let mut lost = Vec::new();
    if let Some(pattern) = &detect.path {
        let glob = glob::Pattern::new(pattern)
            .map_err(|e| Error::config(format!("detect.path: {e}")).at(&entry.place))?;
        let file = Path::new(input.name()).file_name().map(|f| f.to_string_lossy().into_owned());
        if !glob.matches(input.name()) && !file.is_some_and(|f| glob.matches(&f)) {
            lost.push(format!("path {pattern}"));
            return Ok(lost);
        }
    }
    if let Some(pattern) = &detect.first_line {
        let regex = super::columns::words::regex(pattern).map_err(|e| e.at(&entry.place))?;
        let mut text = input.text(entry.adapter.read.encoding.as_deref())?;
        let line = text.head()?.lines().next().unwrap_or_default().to_owned();
        if !regex.is_match(&line) {
            // Nothing of it is known to be there: such an adapter is never the nearest.
            lost.push(format!("first line {pattern}"));
            lost.extend(detect.columns.iter().chain(&detect.json_keys).cloned());
            return Ok(lost);
        }
    }
    if detect.columns.is_empty() && detect.json_keys.is_empty() {
        return Ok(lost);
    }
    // An input that this adapter's reader refuses is simply not its shape.
    let Ok(mut found) = records(input, &entry.adapter.read) else {
        lost.extend(detect.columns.iter().chain(&detect.json_keys).cloned());
        return Ok(lost);
    };
    let header = found.facts().header;
    let first = found.find_map(|item| match item {
        Ok(Item::Record(record)) => Some(record),
        Ok(Item::Bad { .. }) | Err(_) => None,
    });
    let names = if header.is_empty() { names_of(first.as_ref()) } else { header };
    lost.extend(detect.columns.iter().filter(|c| !names.contains(c)).cloned());
    for key in &detect.json_keys {
        let path = FieldPath::parse(key).map_err(|e| e.at(&entry.place))?;
        if first.as_ref().and_then(|record| path.json(record)).is_none() {
            lost.push(key.clone());
        }
    }
    Ok(lost)
}

/// True for an export that the adapter's reader understands and that lists nothing: a signature
/// over the first record cannot tell more.
#[must_use]
pub fn lists_nothing(entry: &Entry, input: &Input) -> bool {
    records(input, &entry.adapter.read)
        .is_ok_and(|mut found| found.facts().header.is_empty() && found.next().is_none())
}

/// The one adapter with a signature that fits.
///
/// # Errors
/// Input: none or several fit; the hint names the candidates.
pub fn detect<'a>(library: &'a AdapterLibrary, input: &Input) -> Result<&'a Entry> {
    let mut fitting = Vec::new();
    let mut nearest: Option<(usize, &str, Vec<String>)> = None;
    for entry in library.iter().filter(|e| !e.adapter.detect.is_empty()) {
        let lost = missing(entry, input)?;
        let asked = entry.adapter.detect.columns.len() + entry.adapter.detect.json_keys.len();
        if lost.is_empty() {
            fitting.push(entry.as_ref());
        } else if lost.len() < asked && nearest.as_ref().is_none_or(|(n, ..)| lost.len() < *n) {
            nearest = Some((lost.len(), &entry.adapter.id, lost));
        }
    }
    match (fitting.as_slice(), nearest) {
        ([only], _) => Ok(only),
        ([], Some((_, id, lost))) => Err(Error::input("no adapter fits")
            .at(input.name())
            .hint(format!("nearest is {id}, which also needs: {}", lost.join(", ")))),
        ([], None) => Err(Error::input("no adapter fits").at(input.name()).hint(
            "name one with adapter = \"...\" in [[source]], or draft one with `tapeline adapters \
             new --from FILE`",
        )),
        (several, _) => {
            let ids: Vec<&str> = several.iter().map(|e| e.adapter.id.as_str()).collect();
            Err(Error::input(format!("several adapters fit: {}", ids.join(", ")))
                .at(input.name())
                .hint("name the one you mean with adapter = \"...\" in [[source]]"))
        }
    }
}

/// Names of the fields of a record: its header, or the members of its object.
#[must_use]
pub fn names_of(record: Option<&Record>) -> Vec<String> {
    match record.map(|r| &r.fields) {
        Some(Fields::Row { header, .. }) => header.as_ref().clone(),
        Some(Fields::Tree { value: super::record::Json::Object(members), .. }) => {
            members.iter().map(|(name, _)| name.clone()).collect()
        }
        Some(Fields::Tree { .. }) | None => Vec::new(),
    }
}

/// Refuses a flat export that lacks a mapped column.
///
/// # Errors
/// Input: the column, where it is mapped to, and the nearest name that exists.
pub fn require(
    plan: &super::plan::Plan,
    header: &[String],
    input: &str,
    place: &str,
) -> Result<()> {
    let bound = plan.fields.bind(&std::sync::Arc::new(header.to_vec()))?;
    for (column, ids) in &plan.required {
        if ids.iter().any(|id| bound.has(*id)) {
            continue;
        }
        let name = ids.first().map_or("", |id| plan.fields.text(*id));
        return Err(Error::input(format!("column \"{name}\" is missing"))
            .at(input)
            .because(format!("{place} maps it to {column}"))
            .hint(nearest_hint(name, header)));
    }
    Ok(())
}
