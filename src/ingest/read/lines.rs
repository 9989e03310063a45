//! Text logs by regex: a line (with its continuation lines) is a record, its columns are the
//! named groups. Blocks from a first to a last line are in `blocks.rs`.

use std::sync::Arc;

use regex::{Captures, Regex};

use crate::error::Result;
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Record};

use super::RECORD_MAX_BYTES;
use super::blocks::Blocks;
use super::scan::{Filter, Line, Lines, shortened};
use super::source::{Facts, Source};
use super::spec::{self, ReadSpec};

/// The column that holds the whole text.
pub(super) const MESSAGE: &str = "message";

/// The reader for `format = "lines"`.
pub(super) fn open(text: Text, spec: &ReadSpec) -> Result<Box<dyn Source>> {
    let joined = Joined::new(text, spec)?;
    let patterns = patterns(spec)?;
    let section = spec::regex("section", spec.section.as_deref())?;
    Ok(match spec::regex("open", spec.open.as_deref())? {
        Some(first) => {
            let last = spec::regex("close", spec.close.as_deref())?;
            Box::new(Blocks::new(joined, first, last, patterns, section, spec.each_line))
        }
        None => {
            let columns = Columns::of(section.iter().chain(&patterns), &[MESSAGE]);
            let section = Section::new(section, &columns);
            Box::new(Plain { joined, patterns, section, columns, number: 0 })
        }
    })
}

fn patterns(spec: &ReadSpec) -> Result<Vec<Regex>> {
    let texts = spec.pattern.iter().flat_map(|pattern| pattern.all());
    texts.filter_map(|text| spec::regex("pattern", Some(text)).transpose()).collect()
}

/// The columns of all records.
pub(super) struct Columns {
    pub(super) names: Arc<Vec<String>>,
}

impl Columns {
    /// The named groups in their order, then columns of our own.
    pub(super) fn of<'a>(regexes: impl Iterator<Item = &'a Regex>, own: &[&str]) -> Columns {
        let mut names: Vec<String> = Vec::new();
        let groups = regexes.flat_map(|regex| regex.capture_names().flatten());
        for name in groups.chain(own.iter().copied()) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Columns { names: Arc::new(names) }
    }

    /// Sets a cell that has no value yet.
    pub(super) fn set(&self, cells: &mut [Option<String>], name: &str, text: &str) {
        let at = self.names.iter().position(|known| known == name);
        if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
            cell.get_or_insert_with(|| text.to_owned());
        }
    }

    /// Sets the cells of the named groups.
    pub(super) fn set_groups(
        &self,
        cells: &mut [Option<String>],
        regex: &Regex,
        groups: &Captures<'_>,
    ) {
        for name in regex.capture_names().flatten() {
            if let Some(group) = groups.name(name) {
                self.set(cells, name, group.as_str().trim());
            }
        }
    }

    pub(super) fn row(&self, cells: Vec<Option<String>>) -> Fields {
        Fields::Row { header: Arc::clone(&self.names), cells }
    }
}

/// The columns of the last section line.
pub(super) struct Section {
    regex: Option<Regex>,
    /// The cells a new record begins with.
    pub(super) cells: Vec<Option<String>>,
}

impl Section {
    pub(super) fn new(regex: Option<Regex>, columns: &Columns) -> Section {
        Section { regex, cells: vec![None; columns.names.len()] }
    }

    /// Whether the line begins a section.
    pub(super) fn begins(&mut self, line: &str, columns: &Columns) -> bool {
        let Some(regex) = &self.regex else { return false };
        let Some(groups) = regex.captures(line) else { return false };
        self.cells.fill(None);
        columns.set_groups(&mut self.cells, regex, &groups);
        true
    }
}

/// Lines with their continuation lines, empty ones and those that are no data left out.
pub(super) struct Joined {
    lines: Lines,
    filter: Filter,
    continuation: Option<Regex>,
    held: Option<Line>,
    pub(super) facts: Facts,
}

impl Joined {
    fn new(text: Text, spec: &ReadSpec) -> Result<Joined> {
        Ok(Joined {
            lines: Lines::new(text),
            filter: Filter::new(spec)?,
            continuation: spec::regex("continuation", spec.continuation.as_deref())?,
            held: None,
            facts: Facts::default(),
        })
    }

    pub(super) fn next(&mut self) -> Result<Option<Line>> {
        let first = match self.held.take() {
            Some(line) => line,
            None => match self.data()? {
                Some(line) => line,
                None => return Ok(None),
            },
        };
        let (Line::Whole(mut text), Some(_)) = (first.clone(), &self.continuation) else {
            return Ok(Some(first));
        };
        loop {
            match self.data()? {
                Some(Line::Whole(line)) if self.continues(&line) => {
                    if text.len() + line.len() > RECORD_MAX_BYTES {
                        return Ok(Some(Line::TooLong(shortened(&text).to_owned())));
                    }
                    text.push('\n');
                    text.push_str(&line);
                }
                other => {
                    self.held = other;
                    return Ok(Some(Line::Whole(text)));
                }
            }
        }
    }

    /// What is known about the text.
    pub(super) fn facts(&self, columns: &Columns) -> Facts {
        let mut facts = self.facts.clone();
        facts.of_text(self.lines.text());
        facts.header = columns.names.to_vec();
        facts
    }

    fn continues(&self, line: &str) -> bool {
        self.continuation.as_ref().is_some_and(|regex| regex.is_match(line))
    }

    fn data(&mut self) -> Result<Option<Line>> {
        loop {
            match self.lines.next()? {
                Some(Line::Whole(line)) if line.trim().is_empty() => {}
                Some(Line::Whole(line)) if !self.filter.keeps(&line, &mut self.facts) => {}
                other => return Ok(other),
            }
        }
    }
}

/// One line, one record.
struct Plain {
    joined: Joined,
    patterns: Vec<Regex>,
    section: Section,
    columns: Columns,
    number: i64,
}

impl Source for Plain {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            let raw = match self.joined.next()? {
                None => return Ok(None),
                Some(Line::TooLong(raw)) => {
                    self.number += 1;
                    let fault = Fault::RecordTooLong;
                    return Ok(Some(Item::Bad { number: self.number, fault, raw }));
                }
                Some(Line::Whole(raw)) => raw,
            };
            if self.section.begins(&raw, &self.columns) {
                continue;
            }
            let mut cells = self.section.cells.clone();
            let matched = self.patterns.iter().find_map(|p| p.captures(&raw).map(|c| (p, c)));
            match matched {
                Some((pattern, groups)) => self.columns.set_groups(&mut cells, pattern, &groups),
                None if self.patterns.is_empty() => {}
                None => {
                    self.joined.facts.skip(&raw);
                    continue;
                }
            }
            self.columns.set(&mut cells, MESSAGE, &raw);
            self.number += 1;
            let fields = self.columns.row(cells);
            return Ok(Some(Item::Record(Record { number: self.number, fields, raw })));
        }
    }

    fn facts(&self) -> Facts {
        self.joined.facts(&self.columns)
    }
}
