//! Text by lines, with the lines that are no data taken out: `skip`, `comment`, `trailer`. A line
//! ends with LF, CR LF or CR (progress displays). It must never hold more than a line and a chunk.

use regex::Regex;

use crate::error::{Error, Result};
use crate::ingest::open::Text;

use super::source::Facts;
use super::spec::{self, ReadSpec, Skip};
use super::{DOCUMENT_MAX_BYTES, RAW_MAX_BYTES, RECORD_MAX_BYTES};

/// A line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A whole line.
    Whole(String),
    /// The beginning of a line that is longer than a record may be.
    TooLong(String),
}

/// Cuts text into lines.
pub(super) struct Lines {
    text: Text,
    buffer: String,
    start: usize,
    /// The line before ended with CR: an LF here belongs to it.
    after_cr: bool,
}

impl Lines {
    pub(super) fn new(text: Text) -> Lines {
        Lines { text, buffer: String::new(), start: 0, after_cr: false }
    }

    /// The text behind the lines.
    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    /// The next line, which may be empty; none = the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>> {
        let mut searched = 0;
        loop {
            if self.after_cr && self.start < self.buffer.len() {
                self.start += usize::from(self.rest().starts_with('\n'));
                self.after_cr = false;
            }
            let found = self.rest().get(searched..).and_then(line_end);
            if let Some(at) = found.map(|at| at + searched) {
                let line = self.rest().get(..at).unwrap_or_default();
                let line = match line.len() {
                    0..=RECORD_MAX_BYTES => Line::Whole(line.to_owned()),
                    _ => Line::TooLong(shortened(line).to_owned()),
                };
                self.take_line_end(at);
                return Ok(Some(line));
            }
            if self.rest().len() > RECORD_MAX_BYTES {
                return self.too_long().map(Some);
            }
            searched = self.rest().len();
            if !self.more()? {
                let line = self.rest().to_owned();
                self.start = self.buffer.len();
                return Ok((!line.is_empty()).then_some(Line::Whole(line)));
            }
        }
    }

    fn take_line_end(&mut self, at: usize) {
        self.after_cr = self.rest().get(at..=at) == Some("\r");
        self.start += at + 1;
    }

    fn rest(&self) -> &str {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn more(&mut self) -> Result<bool> {
        self.buffer.drain(..self.start);
        self.start = 0;
        Ok(self.text.fill(&mut self.buffer)? > 0)
    }

    /// Keeps the beginning and drops the rest of the line chunk by chunk.
    fn too_long(&mut self) -> Result<Line> {
        let kept = shortened(self.rest()).to_owned();
        loop {
            if let Some(at) = line_end(self.rest()) {
                self.take_line_end(at);
                return Ok(Line::TooLong(kept));
            }
            self.start = self.buffer.len();
            if !self.more()? {
                return Ok(Line::TooLong(kept));
            }
        }
    }
}

fn line_end(text: &str) -> Option<usize> {
    memchr::memchr2(b'\n', b'\r', text.as_bytes())
}

/// What is kept of a piece that is quarantined.
pub(super) fn shortened(raw: &str) -> &str {
    cut_before(raw, RAW_MAX_BYTES)
}

/// At most so many bytes of a text, whole characters.
pub(super) fn cut_before(text: &str, max_bytes: usize) -> &str {
    let mut end = max_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The rest of the text as one document.
pub(super) fn document(text: &mut Text) -> Result<String> {
    let mut whole = String::new();
    while text.fill(&mut whole)? > 0 {
        if whole.len() > DOCUMENT_MAX_BYTES {
            return Err(Error::input(format!(
                "a document of more than {DOCUMENT_MAX_BYTES} bytes"
            ))
            .hint("export it in parts, or one record per line (format = \"ndjson\")"));
        }
    }
    Ok(whole)
}

/// Which lines are no data.
pub(super) struct Filter {
    first_lines: usize,
    matching: Vec<Regex>,
    comment: Option<String>,
    trailer: Option<Regex>,
}

impl Filter {
    pub(super) fn new(spec: &ReadSpec) -> Result<Filter> {
        let (first_lines, texts) = match &spec.skip {
            None => (0, [].as_slice()),
            Some(Skip::Lines(n)) => (*n, [].as_slice()),
            Some(Skip::Matching(texts)) => (0, texts.as_slice()),
        };
        let matching = texts.iter().filter_map(|t| spec::regex("skip", Some(t)).transpose());
        Ok(Filter {
            first_lines,
            matching: matching.collect::<Result<_>>()?,
            comment: spec.comment.clone().filter(|text| !text.is_empty()),
            trailer: spec::regex("trailer", spec.trailer.as_deref())?,
        })
    }

    /// Nothing to filter (any more).
    pub(super) fn is_idle(&self) -> bool {
        self.first_lines == 0
            && self.matching.is_empty()
            && self.comment.is_none()
            && self.trailer.is_none()
    }

    /// Whether the line is data; if not it is counted, and a trailer is read.
    pub(super) fn keeps(&mut self, line: &str, facts: &mut Facts) -> bool {
        let mut is_data = true;
        if self.first_lines > 0 {
            self.first_lines -= 1;
            is_data = false;
        } else if self.comment.as_ref().is_some_and(|c| line.starts_with(c.as_str())) {
            is_data = false;
        } else if let Some(groups) = self.trailer.as_ref().and_then(|t| t.captures(line)) {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let count = groups.get(1).and_then(|g| digits(g.as_str()).parse().ok());
            facts.declared_rows = count.or(facts.declared_rows);
            is_data = false;
        } else if self.matching.iter().any(|regex| regex.is_match(line)) {
            is_data = false;
        }
        if !is_data {
            facts.skip(line);
            facts.announced += 1;
        }
        is_data
    }
}
