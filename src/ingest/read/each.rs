//! From a JSON document to its records: `records`, `each`, `explode`, and what is reachable as
//! `^`. Pure functions over values; nothing here reads an input.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::spec::{Format, ReadSpec};
use super::tree::Members;
use crate::ingest::record::{Fault, Json};

/// What lies around the records is copied into each exploded one (`^.^`) up to this size.
const AROUND_MAX_BYTES: usize = 1 << 20;

/// The paths of `[read]`.
pub(super) struct Plan {
    pub(super) records: Option<Vec<String>>,
    each: Option<Vec<String>>,
    explode: Option<Vec<String>>,
    is_k8s: bool,
}

/// A record still as text.
pub(super) struct Picked<'a> {
    /// Name of the member that a `*` went through.
    pub(super) key: Option<String>,
    pub(super) raw: &'a RawValue,
}

/// A record and what it was taken out of.
pub(super) type Placed = (Json, Option<Arc<Json>>);

impl Plan {
    pub(super) fn of(spec: &ReadSpec) -> Plan {
        let steps = |path: &Option<String>| path.as_deref().filter(|p| !p.is_empty()).map(steps);
        Plan {
            records: steps(&spec.records),
            each: steps(&spec.each),
            explode: steps(&spec.explode),
            is_k8s: spec.format == Format::K8s,
        }
    }

    /// The path to the records of this document.
    pub(super) fn path_in(&self, document: &RawValue) -> Vec<String> {
        if self.is_k8s && has_member(document, "items") {
            return vec!["items".to_owned()];
        }
        self.records.clone().unwrap_or_default()
    }

    /// The records inside one: itself, or what `each` and `explode` find.
    pub(super) fn expand(&self, record: Json, parent: Option<Arc<Json>>) -> Vec<Placed> {
        let mut placed = vec![(record, parent)];
        for path in [&self.each, &self.explode].into_iter().flatten() {
            placed = placed.into_iter().flat_map(|(value, up)| inside(value, up, path)).collect();
        }
        placed
    }

    /// Whether records come out of other records.
    pub(super) fn goes_deeper(&self) -> bool {
        self.each.is_some() || self.explode.is_some()
    }
}

/// `a.b.*` as its parts.
pub(super) fn steps(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}

/// Collects what a path leads to; a list at its end gives its elements, null nothing. False =
/// the path leads nowhere.
pub(super) fn select<'a>(
    raw: &'a RawValue,
    path: &[String],
    key: Option<&str>,
    out: &mut Vec<Picked<'a>>,
) -> Result<bool, Fault> {
    let text = raw.get();
    let Some((step, rest)) = path.split_first() else {
        if text.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
            let pick = |raw| Picked { key: key.map(str::to_owned), raw };
            out.extend(items.into_iter().map(pick));
        } else if text != "null" {
            out.push(Picked { key: key.map(str::to_owned), raw });
        }
        return Ok(true);
    };
    let mut found = false;
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
        // No elements, no records: that is an answer.
        found = items.is_empty();
        for item in items {
            found |= select(item, path, key, out)?;
        }
    } else if text.starts_with('{') {
        let members: Members<'_> = serde_json::from_str(text).map_err(|_| Fault::BadJson)?;
        if members.has_duplicate() {
            return Err(Fault::DuplicateJsonKey);
        }
        found = step == "*" && members.0.is_empty();
        for (name, value) in &members.0 {
            if step == "*" {
                found |= select(value, rest, Some(name), out)?;
            } else if step == name {
                found |= select(value, rest, key, out)?;
            }
        }
    }
    Ok(found)
}

/// Names of the members of a document, for messages.
pub(super) fn member_names(document: &RawValue) -> Vec<String> {
    let members = serde_json::from_str::<Members<'_>>(document.get());
    members.map(|m| m.0.into_iter().map(|(name, _)| name).collect()).unwrap_or_default()
}

/// What a record has around it: the document and, after a `*`, its own name as `key`.
pub(super) fn around(key: Option<String>, document: Option<&Arc<Json>>) -> Option<Arc<Json>> {
    let Some(key) = key else { return document.cloned() };
    let mut members = vec![("key".to_owned(), Json::Text(key))];
    if let Some(Json::Object(outer)) = document.map(Arc::as_ref) {
        members.extend(outer.iter().filter(|(name, _)| name != "key").cloned());
    }
    Some(Arc::new(Json::Object(members)))
}

/// Whether the rest of a document is small enough to be copied into exploded records.
pub(super) fn is_light(document: &Json) -> bool {
    fn weight(value: &Json) -> usize {
        match value {
            Json::Null | Json::Bool(_) => 8,
            Json::Number(text) | Json::Text(text) => text.len() + 8,
            Json::List(items) => items.iter().map(weight).sum::<usize>() + 8,
            Json::Object(members) => {
                members.iter().map(|(key, value)| key.len() + weight(value)).sum::<usize>() + 8
            }
        }
    }
    weight(document) <= AROUND_MAX_BYTES
}

fn inside(mut value: Json, up: Option<Arc<Json>>, path: &[String]) -> Vec<Placed> {
    let mut taken = Vec::new();
    take(&mut value, path, None, &mut taken);
    if let (Json::Object(members), Some(up)) = (&mut value, up) {
        members.retain(|(name, _)| name != "^");
        members.push(("^".to_owned(), Json::clone(&up)));
    }
    let whole = Arc::new(value);
    taken.into_iter().map(|(key, child)| (child, around(key, Some(&whole)))).collect()
}

/// Moves out what a path leads to, leaving empty lists.
fn take(
    value: &mut Json,
    path: &[String],
    key: Option<&str>,
    out: &mut Vec<(Option<String>, Json)>,
) {
    let Some((step, rest)) = path.split_first() else {
        let key = key.map(str::to_owned);
        match std::mem::replace(value, Json::List(Vec::new())) {
            Json::List(items) => out.extend(items.into_iter().map(|item| (key.clone(), item))),
            Json::Null => {}
            whole @ (Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::Object(_)) => {
                out.push((key, whole));
            }
        }
        return;
    };
    match value {
        Json::List(items) => items.iter_mut().for_each(|item| take(item, path, key, out)),
        Json::Object(members) => {
            for (name, member) in members {
                if step == "*" {
                    take(member, rest, Some(name), out);
                } else if step == name {
                    take(member, rest, key, out);
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
    }
}

fn has_member(document: &RawValue, name: &str) -> bool {
    member_names(document).iter().any(|member| member == name)
}
