//! Blocks of a text log, from a line that matches `open` to one that matches `close`, each one
//! record. Processes may write into one log at the same time without naming themselves, so a
//! last line closes the youngest block that is open and agrees with it. With `each_line` every
//! line of a block is a record, under the columns of its block.

use std::collections::VecDeque;

use regex::{Captures, Regex};

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
/// With `each_line`: number of the line in its block, from 1.
const LINE: &str = "line";

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
    /// Blocks opened so far.
    opened: i64,
    /// Records made so far, with `each_line`.
    emitted: i64,
    each_line: bool,
    at_end: bool,
}

struct Block {
    number: i64,
    cells: Vec<Option<String>>,
    text: String,
    /// The lines, when each is a record.
    lines: Vec<String>,
    is_too_long: bool,
}

impl Block {
    fn new(number: i64, cells: Vec<Option<String>>) -> Block {
        Block { number, cells, text: String::new(), lines: Vec::new(), is_too_long: false }
    }

    fn push(&mut self, line: &str, each_line: bool) {
        if each_line {
            self.lines.push(line.to_owned());
            return;
        }
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
        each_line: bool,
    ) -> Blocks {
        let regexes = section.iter().chain([&open]).chain(&close).chain(&patterns);
        let own: &[&str] = if each_line { &[LINE, CLOSED, MESSAGE] } else { &[CLOSED, MESSAGE] };
        let columns = Columns::of(regexes, own);
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
            opened: 0,
            emitted: 0,
            each_line,
            at_end: false,
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(groups) = self.open.captures(line) {
            self.opened += 1;
            let mut block = Block::new(self.opened, self.section.cells.clone());
            self.columns.set_groups(&mut block.cells, &self.open, &groups);
            self.blocks.push(block);
            if self.blocks.len() > OPEN_MAX {
                let oldest = self.blocks.remove(0);
                self.finish(oldest, "superseded");
            }
        }
        let close = self.close.clone();
        let end = close.as_ref().and_then(|close| Some((close, close.captures(line)?)));
        let at = match &end {
            Some((close, groups)) => {
                self.blocks.iter().rposition(|b| self.agrees(b, close, groups))
            }
            None => self.blocks.len().checked_sub(1),
        };
        match (at, &end) {
            (Some(at), _) => self.take(at, line),
            (None, Some(_)) => {
                // The log begins after the first line of the block.
                self.opened += 1;
                self.blocks.push(Block::new(self.opened, self.section.cells.clone()));
                self.take(self.blocks.len() - 1, line);
            }
            (None, None) => self.joined.facts.skip(line),
        }
        if let Some((close, groups)) = end {
            let mut block = self.blocks.remove(at.unwrap_or(self.blocks.len() - 1));
            self.columns.set_groups(&mut block.cells, close, &groups);
            self.finish(block, "yes");
        }
    }

    /// Whether a last line can be that of a block: groups of one name have one text.
    fn agrees(&self, block: &Block, close: &Regex, groups: &Captures<'_>) -> bool {
        close.capture_names().flatten().all(|name| {
            let at = self.columns.names.iter().position(|known| known == name);
            let known = at.and_then(|at| block.cells.get(at)).and_then(Option::as_deref);
            match (known, groups.name(name)) {
                (Some(known), Some(group)) => known == group.as_str().trim(),
                (Some(_) | None, None) | (None, Some(_)) => true,
            }
        })
    }

    /// A line of the block at a place.
    fn take(&mut self, at: usize, line: &str) {
        let Some(block) = self.blocks.get_mut(at) else { return };
        block.push(line, self.each_line);
        if self.each_line {
            return;
        }
        for pattern in &self.patterns {
            if let Some(groups) = pattern.captures(line) {
                self.columns.set_groups(&mut block.cells, pattern, &groups);
            }
        }
    }

    fn finish(&mut self, block: Block, closed: &str) {
        let Block { number, mut cells, text: raw, lines, is_too_long } = block;
        self.columns.set(&mut cells, CLOSED, closed);
        if self.each_line {
            for (line, at) in lines.into_iter().zip(1_i64..) {
                self.emit(cells.clone(), line, at);
            }
            return;
        }
        self.ready.push_back(if is_too_long {
            let raw = shortened(&raw).to_owned();
            Item::Bad { number, fault: Fault::RecordTooLong, raw }
        } else {
            self.columns.set(&mut cells, MESSAGE, &raw);
            Item::Record(Record { number, fields: self.columns.row(cells), raw })
        });
    }

    /// A line as a record; `cells` are those of its block.
    fn emit(&mut self, mut cells: Vec<Option<String>>, raw: String, at: i64) {
        for pattern in &self.patterns {
            if let Some(groups) = pattern.captures(&raw) {
                self.columns.set_groups(&mut cells, pattern, &groups);
            }
        }
        self.columns.set(&mut cells, LINE, &at.to_string());
        self.columns.set(&mut cells, MESSAGE, &raw);
        self.emitted += 1;
        let fields = self.columns.row(cells);
        self.ready.push_back(Item::Record(Record { number: self.emitted, fields, raw }));
    }

    fn finish_open(&mut self) {
        self.at_end = true;
        let newest = self.opened;
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
                    self.opened += 1;
                    self.emitted += 1;
                    let number = if self.each_line { self.emitted } else { self.opened };
                    let fault = Fault::RecordTooLong;
                    self.ready.push_back(Item::Bad { number, fault, raw });
                }
                None => self.finish_open(),
            }
        }
    }

    fn facts(&self) -> Facts {
        self.joined.facts(&self.columns)
    }
}
