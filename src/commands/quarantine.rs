//! `quarantine`: rows that were put aside. Lists them, shows them in full, and loads their inputs
//! again after a fix; what a later load took in is marked, nothing is deleted.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::answer::Answers;
use super::load::{self, Inputs};
use super::output;
use super::project::Project;
use super::query;
use super::sources;
use crate::catalog::{Var, Vars};
use crate::cli::{DataFormat, QuarantineVerb};
use crate::error::{Error, Kind, Result};
use crate::lake::At;
use crate::model::frame::{Cell, Column, Frame};
use crate::model::tables::program::{LOAD_LOG, QUARANTINE};

/// Digits of a hash that messages show.
const SHOWN_DIGITS: usize = 12;

/// Does what was typed.
pub fn quarantine(
    project: &Project,
    verb: Option<QuarantineVerb>,
    source: Option<&str>,
    format: DataFormat,
) -> Result<Outcome> {
    match verb {
        None => list(project, source, false, format),
        Some(QuarantineVerb::List { source, all, format }) => {
            list(project, source.as_deref(), all, format)
        }
        Some(QuarantineVerb::Show { source }) => show(project, source.as_deref()),
        Some(QuarantineVerb::Replay { source }) => replay(project, source.as_deref()),
    }
}

/// A load as the ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Load {
    id: String,
    source: String,
    adapter: String,
    digest: String,
    input: String,
    kind: String,
    sha256: String,
    /// Orders loads of the same bytes: instant, table version, whether the adapter is in force.
    order: (i64, i64, bool),
}

/// A row of the quarantine.
#[derive(Debug, Clone)]
struct Aside {
    /// Its place in the table as it was read.
    at: usize,
    load: Load,
    input_row: i64,
    reason: String,
    is_replayed: bool,
}

/// The quarantine, and what became of its rows since.
struct Book {
    frame: Frame,
    rows: Vec<Aside>,
    /// Newest load of the same bytes through the same adapter, by source, adapter and hash.
    newest: BTreeMap<[String; 3], Load>,
}

impl Load {
    fn bytes(&self) -> [String; 3] {
        [self.source.clone(), self.adapter.clone(), self.sha256.clone()]
    }
}

impl Book {
    fn read(project: &Project) -> Result<Option<Book>> {
        let lake = &project.lake;
        let (Some(aside), Some(log)) =
            (lake.snapshot(&QUARANTINE, At::Newest)?, lake.snapshot(&LOAD_LOG, At::Newest)?)
        else {
            return Ok(None);
        };
        let loads = loads(project, &lake.read(&log, &[])?)?;
        let mut newest: BTreeMap<[String; 3], Load> = BTreeMap::new();
        for load in loads.values() {
            let known = newest.entry(load.bytes()).or_insert_with(|| load.clone());
            if load.order > known.order {
                known.clone_from(load);
            }
        }
        let frame = lake.read(&aside, &[])?;
        let (ids, reasons) = (frame.text("load_id")?, frame.text("reason")?);
        let (numbers, replayed) = (frame.int("input_row")?, frame.text("replayed_by")?);
        let mut rows = Vec::new();
        for at in 0..frame.height() {
            let id = ids.get(at).cloned().flatten().unwrap_or_default();
            let Some(load) = loads.get(&id) else { continue };
            rows.push(Aside {
                at,
                load: load.clone(),
                input_row: numbers.get(at).copied().flatten().unwrap_or_default(),
                reason: reasons.get(at).cloned().flatten().unwrap_or_default(),
                is_replayed: replayed.get(at).is_some_and(Option::is_some),
            });
        }
        Ok(Some(Book { frame, rows, newest }))
    }

    /// Rows that no later load of the same bytes has taken in or put aside again.
    fn open<'b>(&'b self, source: Option<&'b str>) -> impl Iterator<Item = &'b Aside> {
        self.rows.iter().filter(move |row| {
            let is_newest =
                self.newest.get(&row.load.bytes()).is_some_and(|load| load.id == row.load.id);
            !row.is_replayed && is_newest && source.is_none_or(|id| row.load.source == id)
        })
    }

    /// Marks the rows that the newest load of their bytes took in; how many.
    fn mark(&self, project: &Project) -> Result<usize> {
        let again: BTreeSet<(&str, i64)> =
            self.rows.iter().map(|row| (row.load.id.as_str(), row.input_row)).collect();
        let mut marks: BTreeMap<usize, &str> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| !row.is_replayed) {
            if let Some(newest) = self.newest.get(&row.load.bytes())
                && newest.id != row.load.id
                && !again.contains(&(newest.id.as_str(), row.input_row))
            {
                marks.insert(row.at, &newest.id);
            }
        }
        if marks.is_empty() {
            return Ok(0);
        }
        let before = self.frame.text("replayed_by")?.iter().enumerate();
        let after = before.map(|(at, known)| match marks.get(&at) {
            Some(id) => Some((*id).to_owned()),
            None => known.clone(),
        });
        let mut frame = self.frame.clone();
        frame.set("replayed_by", Column::Text(after.collect()))?;
        project.lake.rebuild(&QUARANTINE, &frame, &project.commit())?;
        Ok(marks.len())
    }
}

/// Loads of the ledger that were not refused, by id.
fn loads(project: &Project, log: &Frame) -> Result<BTreeMap<String, Load>> {
    let library = project.adapters()?;
    let mut loads = BTreeMap::new();
    for row in 0..log.height() {
        let text = |name: &str| match log.cell(name, row) {
            Cell::Text(text) => text,
            _ => String::new(),
        };
        let int = |name: &str| match log.cell(name, row) {
            Cell::Int(n) | Cell::Time(n) => n,
            _ => i64::MIN,
        };
        if text("status") == "refused" {
            continue;
        }
        let (adapter, digest) = (text("adapter_id"), text("adapter_digest"));
        let is_in_force = library.get(&adapter).is_ok_and(|entry| entry.digest == digest);
        let load = Load {
            id: text("load_id"),
            source: text("source_id"),
            adapter,
            digest,
            input: text("input_name"),
            kind: text("input_kind"),
            sha256: text("input_sha256"),
            order: (int("loaded_at"), int("table_version_after"), is_in_force),
        };
        loads.insert(load.id.clone(), load);
    }
    Ok(loads)
}

/// How many rows are open.
pub fn open_count(project: &Project) -> Result<i64> {
    let book = Book::read(project)?;
    let count = book.map_or(0, |book| book.open(None).count());
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

fn list(
    project: &Project,
    source: Option<&str>,
    is_all: bool,
    format: DataFormat,
) -> Result<Outcome> {
    known_source(project, source)?;
    let answers = Answers::new(project, At::Newest)?;
    let period = project.period(None)?;
    let source = Var::Text(source.unwrap_or_default().to_owned());
    let vars = answers.vars(&period, &Vars::from([("source".to_owned(), source)]));
    let mut result = answers.named("quarantined_rows", &vars)?;
    if !is_all && let Some(book) = Book::read(project)? {
        let open: BTreeSet<(&str, i64)> =
            book.open(None).map(|row| (row.load.id.as_str(), row.input_row)).collect();
        let (ids, numbers) = (result.frame.text("load_id")?, result.frame.int("input_row")?);
        let is_open = |row: &usize| {
            let id = ids.get(*row).and_then(Option::as_deref).unwrap_or_default();
            open.contains(&(id, numbers.get(*row).copied().flatten().unwrap_or_default()))
        };
        let rows: Vec<usize> = (0..result.frame.height()).filter(is_open).collect();
        result.frame = result.frame.take(&rows);
    }
    query::print(&result, format)?;
    Ok(Outcome::Done)
}

fn show(project: &Project, source: Option<&str>) -> Result<Outcome> {
    known_source(project, source)?;
    let Some(book) = Book::read(project)? else { return Ok(Outcome::Done) };
    let text = |name: &str, row: &Aside| match book.frame.cell(name, row.at) {
        Cell::Text(text) => text,
        _ => String::new(),
    };
    let mut rows: Vec<&Aside> = book.open(source).collect();
    rows.sort_by_key(|row| (&row.load.source, &row.load.input, row.input_row, row.at));
    for row in rows {
        let load = &row.load;
        let column = Some(text("column", row)).filter(|c| !c.is_empty());
        let column = column.unwrap_or_else(|| "the whole record".to_owned());
        output::print(&format!(
            "{}, record {} (source {}, adapter {}, for {})\n  {}: {column}\n  value: {}\n  \
             raw: {}\n\n",
            load.input,
            row.input_row,
            load.source,
            load.adapter,
            text("table_name", row),
            row.reason,
            text("value", row),
            text("raw", row).trim_end().replace('\n', "\n       "),
        ))?;
    }
    Ok(Outcome::Done)
}

/// Loads the inputs of open rows again and marks what was taken in.
fn replay(project: &Project, source: Option<&str>) -> Result<Outcome> {
    known_source(project, source)?;
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    let before: Vec<Aside> =
        Book::read(project)?.map_or_else(Vec::new, |b| b.open(source).cloned().collect());
    let ids: BTreeSet<String> = before.iter().map(|row| row.load.source.clone()).collect();
    let configured: BTreeSet<String> =
        sources::specs(project, None)?.into_iter().map(|spec| spec.id).collect();
    let mut read: BTreeMap<String, Inputs> = BTreeMap::new();
    let mut refused: Option<Error> = None;
    for id in ids.intersection(&configured) {
        match load::load_inputs(project, Some(id), false) {
            Ok((_, inputs)) => drop(read.insert(id.clone(), inputs)),
            // The other inputs are loaded; what they took in is marked all the same.
            Err(error) if error.kind == Kind::Input => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    let Some(book) = Book::read(project)? else { return Ok(Outcome::Done) };
    let marked = book.mark(project)?;
    let book = Book::read(project)?.unwrap_or(book);
    let open: Vec<&Aside> = book.open(source).collect();
    project.messages.say(&format!("{marked} rows were taken in, {} are still open", open.len()));
    for (load, rows) in by_input(&open) {
        tell(project, load, &rows, &read, configured.contains(&load.source));
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(Outcome::of(!open.is_empty())),
    }
}

fn by_input<'r>(rows: &[&'r Aside]) -> Vec<(&'r Load, Vec<&'r Aside>)> {
    let mut inputs: BTreeMap<&str, (&Load, Vec<&Aside>)> = BTreeMap::new();
    for row in rows {
        let entry = inputs.entry(&row.load.id).or_insert((&row.load, Vec::new()));
        entry.1.push(row);
    }
    inputs.into_values().collect()
}

/// Says why rows of an input are still open, and what to do.
fn tell(
    project: &Project,
    load: &Load,
    rows: &[&Aside],
    read: &BTreeMap<String, Inputs>,
    is_configured: bool,
) {
    let reasons: BTreeSet<&str> = rows.iter().map(|row| row.reason.as_str()).collect();
    let reasons = reasons.into_iter().collect::<Vec<_>>().join(", ");
    let what = format!("{}: {} rows are still open ({reasons})", load.input, rows.len());
    let hash: String = load.sha256.chars().take(SHOWN_DIGITS).collect();
    let inputs = read.get(&load.source);
    let (why, hint) = if !is_configured {
        ("its source is not in tapeline.toml any more", "describe the source again")
    } else if inputs.is_none_or(|inputs| inputs.has_bytes(&load.source, &load.sha256)) {
        (
            "the adapter in force puts them aside as before",
            "see `tapeline quarantine show`; correct the adapter and raise its version",
        )
    } else if load.kind == "stdin" || load.kind == "command" {
        (
            "the input was a stream and gives other bytes now",
            "load an export that covers the same records",
        )
    } else if inputs.is_some_and(|inputs| inputs.has_name(&load.source, &load.input)) {
        (
            "the file has other bytes now",
            "put the file of then beside it under the path of its [[source]], or export it again",
        )
    } else {
        ("the file is gone", "put it back under the path of its [[source]], or export it again")
    };
    let line = format!("{what}: {why} (SHA-256 {hash}…, adapter {})", load.adapter);
    project.messages.warn(&line, Some(hint));
}

fn known_source(project: &Project, source: Option<&str>) -> Result<()> {
    match source {
        Some(id) => {
            let is_loaded = Book::read(project)?
                .is_some_and(|book| book.rows.iter().any(|row| row.load.source == id));
            if is_loaded { Ok(()) } else { sources::specs(project, Some(id)).map(drop) }
        }
        None => Ok(()),
    }
}
