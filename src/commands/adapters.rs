//! `adapters`: list, show, check, test and draft adapters.

use std::path::Path;
use std::sync::Arc;

use super::Outcome;
use super::output;
use super::project::Place;
use crate::cli::AdaptersVerb;
use crate::config::FILE;
use crate::embedded;
use crate::error::{Error, Result};
use crate::ingest::library::{AdapterLibrary, Entry};
use crate::ingest::open::{Limits, Opener, Origin};
use crate::ingest::{check, draft, testing};
use crate::model::frame::{Column, Frame};

/// Runs the verb over the adapters in force.
pub fn adapters(place: &Place, verb: AdaptersVerb) -> Result<Outcome> {
    let root = &place.global.project;
    let own = root.join("adapters");
    let is_project = root.join(FILE).exists();
    let library = AdapterLibrary::load(&embedded::adapters(), is_project.then_some(own.as_path()))?;
    match verb {
        AdaptersVerb::List { table } => list(&library, table.as_deref()),
        AdaptersVerb::Show { id } => {
            output::print(&library.get(&id)?.text)?;
            Ok(Outcome::Done)
        }
        AdaptersVerb::Check { id } => {
            let mut errors = Vec::new();
            for entry in chosen(&library, id.as_deref())? {
                errors.extend(check::check(&entry));
            }
            verdict(place, errors)
        }
        AdaptersVerb::Test { id } => {
            let mut errors = Vec::new();
            for entry in chosen(&library, id.as_deref())? {
                if entry.expected.is_some() || id.is_some() {
                    errors.extend(testing::test(&library, &entry).err());
                }
            }
            verdict(place, errors)
        }
        AdaptersVerb::New { from, table } => new(&from, &table),
    }
}

fn chosen(library: &AdapterLibrary, id: Option<&str>) -> Result<Vec<Arc<Entry>>> {
    match id {
        Some(id) => Ok(vec![Arc::clone(library.get(id)?)]),
        None => Ok(library.iter().map(Arc::clone).collect()),
    }
}

/// All errors are said; the last one ends the command.
fn verdict(place: &Place, mut errors: Vec<Error>) -> Result<Outcome> {
    let last = errors.pop();
    for error in &errors {
        place.messages.error(error);
    }
    match last {
        Some(error) => Err(Error { kind: crate::error::Kind::Config, ..error }),
        None => {
            place.messages.say("all good");
            Ok(Outcome::Done)
        }
    }
}

fn list(library: &AdapterLibrary, table: Option<&str>) -> Result<Outcome> {
    let entries: Vec<&Arc<Entry>> =
        library.iter().filter(|e| table.is_none_or(|t| e.adapter.table.get_ref() == t)).collect();
    let text = |make: &dyn Fn(&Entry) -> String| {
        Column::Text(entries.iter().map(|e| Some(make(e))).collect())
    };
    let frame = Frame::from_columns(vec![
        ("id".into(), text(&|e| e.adapter.id.clone())),
        ("version".into(), Column::Int(entries.iter().map(|e| Some(e.adapter.version)).collect())),
        ("product".into(), text(&|e| e.adapter.product.clone().unwrap_or_default())),
        ("table".into(), text(&|e| e.adapter.table.get_ref().clone())),
        (
            "coverage".into(),
            text(&|e| e.adapter.coverage.map_or(String::new(), |c| c.word().to_owned())),
        ),
        ("tested".into(), text(&|e| e.adapter.tested.word().to_owned())),
        ("from".into(), text(&|e| e.provenance.word().to_owned())),
    ])?;
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}

fn new(from: &Path, table: &str) -> Result<Outcome> {
    let folder = from.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = from.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let opener = Opener { root: folder, spool: folder, limits: Limits::default() };
    let inputs = opener.open(&Origin::Path(name), &mut std::io::stdin())?;
    for input in &inputs {
        output::print(&draft(input, Some(table))?)?;
    }
    Ok(Outcome::Done)
}
