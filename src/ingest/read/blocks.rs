//! Blocks of a text log, from a line that matches `open` to one that matches `close`, each one
//! record. Processes may write into one log at the same time without naming themselves, so a
//! last line closes the youngest block that is open and agrees with it.

use std::collections::VecDeque;

use regex::Regex;

use crate::error::Result;
use crate::ingest::record::{Fault, Item, Record};

use super::RECORD_MAX_BYTES;
use super::lines::{Columns, Joined, MESSAGE, Section};
use super::scan::{Line, shortened};
use super::source::{Facts, Source};

/// Blocks open at the same time; beyond that the oldest is given up.
const OPEN_MAX: usize = 1000;
/// How the block ended: `yes`, `no`, `superseded`.
const CLOSED: &str = "closed";

/// Reads one input.
pub(super) struct Blocks {
    joined: Joined,
    open: Regex,
    close: Option<Regex>,
    patterns: Vec<Regex>,
    section: Section,
    columns: Columns,
    /// Oldest first.
    blocks: Vec<Block>,
    ready: VecDeque<Item>,
    number: i64,
    at_end: bool,
}

struct Block {
    number: i64,
    cells: Vec<Option<String>>,
    text: String,
    is_too_long: bool,
}

impl Block {
    fn push(&mut self, line: &str) {
        if self.text.len() + line.len() > RECORD_MAX_BYTES {
            self.is_too_long = true;
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }
}

impl Blocks {
    pub(super) fn new(
        joined: Joined,
        open: Regex,
        close: Option<Regex>,
        patterns: Vec<Regex>,
        section: Option<Regex>,
    ) -> Blocks {
        let regexes = section.iter().chain([&open]).chain(&close).chain(&patterns);
        let columns = Columns::of(regexes, &[CLOSED, MESSAGE]);
        let section = Section::new(section, &columns);
        let (blocks, ready) = (Vec::new(), VecDeque::new());
        Blocks {
            joined,
            open,
            close,
            patterns,
            section,
            columns,
            blocks,
            ready,
            number: 0,
            at_end: false,
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(groups) = self.open.captures(line) {
            self.number += 1;
            let (cells, text) = (self.section.cells.clone(), String::new());
            let mut block = Block { number: self.number, cells, text, is_too_long: false };
            self.columns.set_groups(&mut block.cells, &self.open, &groups);
            block.push(line);
            self.blocks.push(block);
            if self.blocks.len() > OPEN_MAX {
                let oldest = self.blocks.remove(0);
                self.finish(oldest, "superseded");
            }
        } else if let Some(block) = self.blocks.last_mut() {
            block.push(line);
        } else if !self.close.as_ref().is_some_and(|close| close.is_match(line)) {
            self.joined.facts.skip(line);
            return;
        }
        for pattern in &self.patterns {
            if let (Some(block), Some(groups)) = (self.blocks.last_mut(), pattern.captures(line)) {
                self.columns.set_groups(&mut block.cells, pattern, &groups);
            }
        }
        self.close(line);
    }

    fn close(&mut self, line: &str) {
        let Some(close) = self.close.clone() else { return };
        let Some(groups) = close.captures(line) else { return };
        let agrees = |block: &Block| {
            close.capture_names().flatten().all(|name| {
                let at = self.columns.names.iter().position(|known| known == name);
                let known = at.and_then(|at| block.cells.get(at)).and_then(Option::as_deref);
                match (known, groups.name(name)) {
                    (Some(known), Some(group)) => known == group.as_str().trim(),
                    (Some(_) | None, None) | (None, Some(_)) => true,
                }
            })
        };
        let mut block = match self.blocks.iter().rposition(agrees) {
            Some(at) => self.blocks.remove(at),
            None => {
                // The log begins after the first line of the block.
                self.number += 1;
                let (cells, text) = (self.section.cells.clone(), line.to_owned());
                Block { number: self.number, cells, text, is_too_long: false }
            }
        };
        self.columns.set_groups(&mut block.cells, &close, &groups);
        self.finish(block, "yes");
    }

    fn finish(&mut self, block: Block, closed: &str) {
        let Block { number, mut cells, text: raw, is_too_long } = block;
        self.ready.push_back(if is_too_long {
            let raw = shortened(&raw).to_owned();
            Item::Bad { number, fault: Fault::RecordTooLong, raw }
        } else {
            self.columns.set(&mut cells, CLOSED, closed);
            self.columns.set(&mut cells, MESSAGE, &raw);
            Item::Record(Record { number, fields: self.columns.row(cells), raw })
        });
    }

    fn finish_open(&mut self) {
        self.at_end = true;
        let newest = self.number;
        for block in std::mem::take(&mut self.blocks) {
            let closed = if block.number == newest { "no" } else { "superseded" };
            self.finish(block, closed);
        }
    }
}

impl Source for Blocks {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.at_end {
                return Ok(None);
            }
            match self.joined.next()? {
                Some(Line::Whole(line)) => {
                    if !self.section.begins(&line, &self.columns) {
                        self.line(&line);
                    }
                }
                Some(Line::TooLong(raw)) => {
                    self.number += 1;
                    let fault = Fault::RecordTooLong;
                    self.ready.push_back(Item::Bad { number: self.number, fault, raw });
                }
                None => self.finish_open(),
            }
        }
    }

    fn facts(&self) -> Facts {
        self.joined.facts(&self.columns)
    }
}
