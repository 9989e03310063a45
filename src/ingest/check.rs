//! `adapters check`: everything about an adapter that can be wrong without an input. It compiles
//! the adapter as a load would, with stand-ins for what a source says.

use std::sync::Arc;

use super::columns::build::Settings;
use super::columns::words::regex;
use super::library::{Entry, Provenance};
use super::path::FieldPath;
use super::plan::plan;
use super::source::{DateOrder, Names};
use crate::error::{Error, Result};

/// All complaints about an adapter; empty = it can be used.
#[must_use]
pub fn check(entry: &Entry) -> Vec<Error> {
    let adapter = &entry.adapter;
    let settings = Settings {
        zone: Some(chrono_tz::Tz::UTC),
        date_order: Some(DateOrder::Dmy),
        names: Names::default(),
        people_key: Arc::new(Vec::new()),
        captured_us: 0,
    };
    let mut complaints = Vec::new();
    let mut note = |result: Result<()>| {
        if let Err(error) = result {
            complaints.push(error.at(&entry.place));
        }
    };
    note(adapter.read.check());
    note(plan(adapter, &entry.text, &entry.place, &settings, &entry.codes).map(drop));
    note(signature(entry));
    note(wrapper(entry));
    let is_generic = adapter.id.starts_with("canonical.");
    if !is_generic && entry.provenance == Provenance::BuiltIn {
        note(is_there(entry.sample.is_some(), "sample"));
        note(is_there(entry.expected.is_some(), "expected"));
    }
    complaints
}

fn is_there(is_there: bool, what: &str) -> Result<()> {
    if is_there {
        return Ok(());
    }
    Err(Error::config(format!("has no <shape>.{what} file beside it"))
        .hint("every built-in adapter is tested on a sample with expected rows"))
}

fn signature(entry: &Entry) -> Result<()> {
    let detect = &entry.adapter.detect;
    if let Some(pattern) = &detect.first_line {
        regex(pattern)?;
    }
    if let Some(pattern) = &detect.path {
        glob::Pattern::new(pattern).map_err(|e| Error::config(format!("detect.path: {e}")))?;
    }
    for key in &detect.json_keys {
        FieldPath::parse(key)?;
    }
    if !entry.adapter.lookup.is_empty() && detect.columns.is_empty() {
        return Err(Error::config("joins other inputs and has no [detect] columns")
            .hint("its own input must be told from its partners: add [detect] columns = [...]"));
    }
    for (name, lookup) in &entry.adapter.lookup {
        let known = |c: &String| lookup.columns.contains(c);
        if let Some(lost) = lookup.values.iter().chain([&lookup.key]).find(|c| !known(c)) {
            return Err(Error::config(format!("[lookup.{name}] columns lacks \"{lost}\"")));
        }
    }
    Ok(())
}

fn wrapper(entry: &Entry) -> Result<()> {
    let adapter = &entry.adapter;
    if adapter.tool.is_some() && adapter.runs.is_some() {
        return Err(Error::config("[tool] and [runs] exclude each other"));
    }
    if let Some(pattern) = adapter.tool.as_ref().and_then(|t| t.arguments.as_deref()) {
        regex(pattern)?;
    }
    if adapter.version < 1 {
        return Err(Error::config("version counts from 1"));
    }
    Ok(())
}
