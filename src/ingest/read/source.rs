//! What all readers have in common: the iterator over items, its facts, and which reader serves
//! which format. It must never count an item that a reader did not yield.

use crate::error::Result;
use crate::ingest::open::{Input, Text};
use crate::ingest::path::FieldPath;
use crate::ingest::record::Item;

use super::spec::{Format, ReadSpec};
use super::{
    csv, fixed, json, kv, lines, ndjson, parquet, parquet_bytes, pivot, prometheus, refuse, syslog,
    table,
};

/// Examples kept of skipped lines.
const EXAMPLES: usize = 3;

/// What is known about an input besides its records. Header and encoding from the start, the
/// rest after the last record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Encoding in force.
    pub encoding: &'static str,
    /// Column names of csv, tsv, fixed, table; of lines with patterns. Empty for trees.
    pub header: Vec<String>,
    /// Good records yielded.
    pub records: i64,
    /// Bad pieces yielded.
    pub bad: i64,
    /// Rows the export says it has (trailer).
    pub declared_rows: Option<i64>,
    /// The text is empty or ends with a line end; false = the last record may be cut.
    pub ends_with_newline: bool,
    /// The input ends inside a record (an open quote).
    pub is_cut: bool,
    /// Byte sequences that were no text and became U+FFFD.
    pub replaced: i64,
    /// Runs of three or more `?`.
    pub lost_letters: i64,
    /// Lines that are no data: skipped, comments, trailers, repeated headers, lines that no
    /// pattern matches; samples of a kind that has no single value.
    pub skipped: i64,
    /// How many of them the adapter announced (`skip`, `comment`, `trailer`).
    pub announced: i64,
    /// The first of them.
    pub skipped_examples: Vec<String>,
    /// Records that gave nothing: no `each`, an empty `explode`, no `records` on a line.
    pub childless: i64,
    /// Text of the export's own time (`captured`).
    pub captured: Option<String>,
    /// Warnings that stand in the export itself (a partial answer).
    pub warnings: Vec<String>,
}

impl Facts {
    /// Counts a line that is no data.
    pub(super) fn skip(&mut self, line: &str) {
        self.skipped += 1;
        if self.skipped_examples.len() < EXAMPLES {
            self.skipped_examples.push(line.chars().take(200).collect());
        }
    }

    /// Takes over what the text knows.
    pub(super) fn of_text(&mut self, text: &Text) {
        self.encoding = text.encoding();
        self.ends_with_newline = text.ends_with_newline();
        self.replaced = text.replaced();
        self.lost_letters = text.lost_letters();
    }
}

/// A reader of one format.
pub(super) trait Source: Send {
    /// The next item; none = the end.
    fn next_item(&mut self) -> Result<Option<Item>>;
    /// What is known so far; `records` and `bad` are counted outside.
    fn facts(&self) -> Facts;
}

/// The items of an input. After an error or the end it yields nothing more.
pub struct Records {
    name: String,
    source: Box<dyn Source>,
    captured_path: Option<FieldPath>,
    captured: Option<String>,
    is_done: bool,
    records: i64,
    bad: i64,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("name", &self.name).field("facts", &self.facts()).finish()
    }
}

impl Records {
    pub(super) fn new(name: &str, source: Box<dyn Source>, captured: &str) -> Result<Records> {
        let path = (!captured.is_empty()).then(|| FieldPath::parse(captured)).transpose()?;
        Ok(Records {
            name: name.to_owned(),
            source,
            captured_path: path,
            captured: None,
            is_done: false,
            records: 0,
            bad: 0,
        })
    }

    /// What is known so far.
    #[must_use]
    pub fn facts(&self) -> Facts {
        let mut facts = self.source.facts();
        (facts.records, facts.bad) = (self.records, self.bad);
        facts.captured = facts.captured.or_else(|| self.captured.clone());
        facts
    }

    fn count(&mut self, item: &Item) {
        match item {
            Item::Record(record) => {
                self.records += 1;
                if let (Some(path), None) = (&self.captured_path, &self.captured) {
                    self.captured = path.get(record).map(std::borrow::Cow::into_owned);
                }
            }
            Item::Bad { .. } => self.bad += 1,
        }
    }
}

impl Iterator for Records {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        match self.source.next_item() {
            Ok(Some(item)) => {
                self.count(&item);
                Some(Ok(item))
            }
            Ok(None) => {
                self.is_done = true;
                None
            }
            Err(error) => {
                self.is_done = true;
                Some(Err(error.at(&self.name)))
            }
        }
    }
}

/// The reader for a format.
pub(super) fn of(input: &Input, spec: &ReadSpec) -> Result<Box<dyn Source>> {
    let text = || -> Result<Text> {
        if parquet_bytes::is_parquet(input)? {
            return Err(refuse::parquet());
        }
        let mut text = input.text(spec.encoding.as_deref())?;
        refuse::page(text.head()?, spec.format)?;
        Ok(text)
    };
    let source: Box<dyn Source> = match spec.format {
        Format::Csv | Format::Tsv => Box::new(csv::Csv::open(text()?, spec)?),
        Format::Json | Format::K8s => Box::new(json::Documents::open(text()?, spec)?),
        Format::Ndjson => Box::new(ndjson::Ndjson::open(text()?, spec)?),
        Format::Lines => lines::open(text()?, spec)?,
        Format::Fixed => Box::new(fixed::Fixed::open(text()?, spec)?),
        Format::Table => Box::new(table::open(text()?, spec)?),
        Format::Kv => Box::new(kv::open(text()?, spec)?),
        Format::Prometheus => Box::new(prometheus::open(text()?)?),
        Format::SyslogSd => Box::new(syslog::Syslog::open(text()?, spec)?),
        Format::Parquet => Box::new(parquet::Parquet::open(input, spec)?),
    };
    Ok(match &spec.pivot {
        Some(name) => Box::new(pivot::Pivoted::new(source, name)),
        None => source,
    })
}

/// Items that are all known at once: small formats that must be seen whole.
pub(super) struct Listed {
    items: std::vec::IntoIter<Item>,
    facts: Facts,
}

impl Listed {
    pub(super) fn new(items: Vec<Item>, facts: Facts) -> Listed {
        Listed { items: items.into_iter(), facts }
    }
}

impl Source for Listed {
    fn next_item(&mut self) -> Result<Option<Item>> {
        Ok(self.items.next())
    }

    fn facts(&self) -> Facts {
        self.facts.clone()
    }
}
