//! Separated values: RFC 4180 with quoted line ends, and the dialects of real exports (`#TYPE`,
//! `sep=;`, back-slash escapes). An own reader, because a record must keep its raw text, has a
//! longest length, and a stray quote must not swallow the rest of the file: its line is
//! quarantined and reading goes on with the next one.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Record};

use super::RECORD_MAX_BYTES;
use super::scan::{Filter, cut_before, shortened};
use super::source::{Facts, Source};
use super::spec::{Format, Header, ReadSpec};
use super::split::{Dialect, Split, after_line_end, split};

/// Most columns of a table; a spreadsheet has no more.
const COLUMNS_MAX: usize = 16_384;

/// Reads one input.
pub(super) struct Csv {
    text: Text,
    buffer: String,
    start: usize,
    at_end: bool,
    dialect: Dialect,
    filter: Filter,
    header: Arc<Vec<String>>,
    /// The header stands in the file (and may stand there again).
    has_header_line: bool,
    /// Cells are written as databases write text: `\n`, `\t`, `\\`, and `\N` for null.
    is_escaped: bool,
    is_lower: bool,
    number: i64,
    cells: Vec<String>,
    facts: Facts,
}

enum Row {
    /// Length of the record with its line end; its cells are in `Csv::cells`.
    Cells(usize),
    /// Length of a line that is no record.
    Broken(usize, Fault),
    End,
}

impl Csv {
    pub(super) fn open(text: Text, spec: &ReadSpec) -> Result<Csv> {
        let mut csv = Csv {
            text,
            buffer: String::new(),
            start: 0,
            at_end: false,
            dialect: Dialect::of(spec),
            filter: Filter::new(spec)?,
            header: Arc::default(),
            has_header_line: !matches!(spec.header, Some(Header::Names(_) | Header::Row(0))),
            is_escaped: false,
            is_lower: spec.lower_names,
            number: 0,
            cells: Vec::new(),
            facts: Facts::default(),
        };
        let is_told = csv.preamble(spec.format)?;
        if !is_told && spec.format == Format::Csv && spec.delimiter.is_none() && csv.has_header_line
        {
            csv.find_delimiter()?;
        }
        let header = csv.read_header(spec)?;
        csv.header = Arc::new(header);
        Ok(csv)
    }

    /// `#TYPE ...` (PowerShell) and `sep=;` (Excel) stand before the header; true when the
    /// separator was told.
    fn preamble(&mut self, format: Format) -> Result<bool> {
        let mut is_told = false;
        loop {
            let length = self.line()?;
            let raw = self.rest().get(..length).unwrap_or_default();
            let line = raw.trim_end_matches(['\r', '\n']).to_owned();
            let separator = line.trim_matches('"').strip_prefix("sep=").map(str::as_bytes);
            if let (Some(&[delimiter]), Format::Csv) = (separator, format) {
                self.dialect.delimiter = delimiter;
                is_told = true;
            } else if !line.starts_with("#TYPE ") {
                return Ok(is_told);
            }
            self.facts.skip(&line);
            self.start += length;
        }
    }

    /// A header without a comma may be separated by `;`, TAB or `|`. Where TAB separates and
    /// nothing is quoted, a database wrote it.
    fn find_delimiter(&mut self) -> Result<()> {
        let length = self.line()?;
        let line = self.rest().get(..length).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let mut is_quoted = false;
        let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
        for byte in line.bytes() {
            is_quoted ^= byte == b'"';
            if let Some((_, count)) = counts.iter_mut().find(|(d, _)| *d == byte && !is_quoted) {
                *count += 1;
            }
        }
        let has_quotes = line.contains('"');
        if counts.first().is_some_and(|(_, commas)| *commas > 0) {
            return Ok(());
        }
        if let Some((delimiter, 1..)) = counts.iter().max_by_key(|(_, count)| *count) {
            self.dialect.delimiter = *delimiter;
            self.is_escaped = *delimiter == b'\t' && !has_quotes && self.dialect.escape.is_none();
            if self.is_escaped {
                self.dialect.quote = None;
            }
        }
        Ok(())
    }

    fn read_header(&mut self, spec: &ReadSpec) -> Result<Vec<String>> {
        let row = match spec.header.as_ref().unwrap_or(&Header::Row(1)) {
            Header::Names(names) => return Ok(names.clone()),
            Header::Row(row) => *row,
        };
        for n in 1..=row.max(1) {
            let length = match self.row()? {
                Row::Cells(length) if n < row => length,
                Row::Cells(_) if row == 0 => {
                    return Ok((1..=self.cells.len()).map(|n| n.to_string()).collect());
                }
                Row::Cells(_) if self.cells.len() > COLUMNS_MAX => {
                    let count = self.cells.len();
                    return Err(Error::input(format!("the header has {count} columns"))
                        .hint(format!("at most {COLUMNS_MAX} are read; is it another format?")));
                }
                Row::Cells(length) => {
                    self.start += length;
                    let lower = |cell: &String| cell.to_lowercase();
                    let cells = self.cells.iter();
                    return Ok(match self.is_lower {
                        true => unique(&cells.map(lower).collect::<Vec<_>>()),
                        false => unique(&self.cells),
                    });
                }
                Row::Broken(length, _) => length,
                Row::End if row == 0 => return Ok(Vec::new()),
                Row::End => {
                    return Err(Error::input("is empty: not even a header")
                        .hint("export it again; an export without rows still has its header"));
                }
            };
            let line = self.rest().get(..length).unwrap_or_default().trim_end().to_owned();
            self.facts.skip(&line);
            self.start += length;
        }
        Err(Error::input("the header is no record: a quote is not closed"))
    }

    /// The next record that is data, not yet taken.
    fn row(&mut self) -> Result<Row> {
        loop {
            if !self.filter.is_idle() {
                let length = self.line()?;
                let line = self.buffer.get(self.start..self.start + length).unwrap_or_default();
                let line = line.trim_end_matches(['\r', '\n']);
                if length > 0 && !self.filter.keeps(line, &mut self.facts) {
                    self.start += length;
                    continue;
                }
            }
            let rest = self.buffer.get(self.start..).unwrap_or_default();
            match split(rest, &self.dialect, self.at_end, &mut self.cells) {
                Split::End => return Ok(Row::End),
                Split::Blank(length) => self.start += length,
                Split::Record(length) if length > RECORD_MAX_BYTES => {
                    return Ok(Row::Broken(self.line()?, Fault::RecordTooLong));
                }
                Split::Record(length) => return Ok(Row::Cells(length)),
                Split::Open => {
                    self.facts.is_cut = true;
                    return Ok(Row::Broken(self.line()?, Fault::RaggedRow));
                }
                Split::More if rest.len() > RECORD_MAX_BYTES => {
                    return Ok(Row::Broken(self.line()?, Fault::RecordTooLong));
                }
                Split::More => self.more()?,
            }
        }
    }

    fn rest(&self) -> &str {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Length of the line that begins here, with its end. A line without an end within twice
    /// the longest record is cut there.
    fn line(&mut self) -> Result<usize> {
        loop {
            let rest = self.rest();
            if let Some(at) = rest.find(['\n', '\r']) {
                if let Some(end) = after_line_end(rest.as_bytes(), at, self.at_end) {
                    return Ok(end);
                }
            } else if self.at_end {
                return Ok(rest.len());
            } else if rest.len() > 2 * RECORD_MAX_BYTES {
                return Ok(cut_before(rest, 2 * RECORD_MAX_BYTES).len());
            }
            self.more()?;
        }
    }

    fn more(&mut self) -> Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.at_end = self.text.fill(&mut self.buffer)? == 0;
        Ok(())
    }
}

impl Source for Csv {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            let (length, fault) = match self.row()? {
                Row::End => return Ok(None),
                Row::Cells(length) if self.cells.len() == self.header.len() => (length, None),
                Row::Cells(length) => (length, Some(Fault::RaggedRow)),
                Row::Broken(length, fault) => (length, Some(fault)),
            };
            let raw = self.rest().get(..length).unwrap_or_default();
            let raw = raw.trim_end_matches(['\r', '\n']).to_owned();
            self.start += length;
            if fault.is_none() && self.has_header_line && same(&self.cells, &self.header) {
                // Files joined by `cat` repeat the header.
                self.facts.skip(&raw);
                continue;
            }
            self.number += 1;
            let number = self.number;
            return Ok(Some(match fault {
                Some(fault) => Item::Bad { number, fault, raw: shortened(&raw).to_owned() },
                None => {
                    let is_escaped = self.is_escaped;
                    let plain =
                        |cell: String| if is_escaped { unescaped(cell) } else { Some(cell) };
                    let cells = self.cells.drain(..).map(plain).collect();
                    let fields = Fields::Row { header: Arc::clone(&self.header), cells };
                    Item::Record(Record { number, fields, raw })
                }
            }));
        }
    }

    fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.of_text(&self.text);
        facts.header = self.header.to_vec();
        facts
    }
}

fn same(cells: &[String], header: &[String]) -> bool {
    cells.iter().zip(header).all(|(cell, name)| cell.trim().eq_ignore_ascii_case(name))
}

/// The text of a cell in which a back-slash stands before line ends, tabs and itself; `\N` is null.
fn unescaped(cell: String) -> Option<String> {
    if !cell.contains('\\') {
        return Some(cell);
    }
    if cell == "\\N" {
        return None;
    }
    let mut text = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(other) => text.push(other),
            None => text.push('\\'),
        }
    }
    Some(text)
}

/// Column names: blanks around them are no part, an empty one is its position, and the second of
/// a name is `name (2)`.
pub(super) fn unique(cells: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    let mut known: HashSet<String> = HashSet::with_capacity(cells.len());
    for (n, cell) in cells.iter().enumerate() {
        let base = match cell.trim() {
            "" => (n + 1).to_string(),
            name => name.to_owned(),
        };
        let mut name = base.clone();
        let mut copy = 1;
        while !known.insert(name.clone()) {
            copy += 1;
            name = format!("{base} ({copy})");
        }
        names.push(name);
    }
    names
}
