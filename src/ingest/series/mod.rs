//! Series of numbers from separated values: rows of one series stand together, so that only one
//! is held at a time. An empty cell is a gap; a text that is neither number nor time is an
//! error with its place, since a forecast over a misread value would be a wrong answer.

mod cell;
pub mod plans;
pub mod roll_off;

use std::collections::HashSet;

use chrono_tz::Tz;

use super::columns::time::Form;
use super::open::Input;
use super::read::{Format, ReadSpec, Records, records};
use super::record::{Fields, Item};
use crate::error::{Error, Result};

/// Which columns hold what, and how times are written.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Name of the series; none = the whole input is one.
    pub series: Option<String>,
    /// Time; none = rows are steps.
    pub time: Option<String>,
    /// Number.
    pub value: String,
    /// Limit of the value.
    pub threshold: Option<String>,
    /// What is left up to the limit.
    pub available: Option<String>,
    /// Data before reduction.
    pub logical: Option<String>,
    /// Groups that the series is part of, such as its site: those of its last row.
    pub groups: Vec<String>,
    /// Zone of times without an offset.
    pub zone: Tz,
    /// strftime of times that are not ISO.
    pub time_format: Option<String>,
    /// Separator of the cells.
    pub delimiter: char,
}

/// One row of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Microseconds since 1970 UTC; without a time column the number of the row, from 0.
    pub at: i64,
    /// Number; none = a gap.
    pub value: Option<f64>,
    /// Limit.
    pub threshold: Option<f64>,
    /// What is left.
    pub available: Option<f64>,
    /// Data before reduction.
    pub logical: Option<f64>,
}

/// Rows of one series in the order of the input.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Name; empty without a column of names.
    pub name: String,
    /// Values of the columns of groups.
    pub groups: Vec<String>,
    /// Its rows.
    pub samples: Vec<Sample>,
}

/// The series of an input, one after the other.
pub struct SeriesReader {
    records: Records,
    place: String,
    columns: Columns,
    form: Form,
    at: Positions,
    /// Line of the last record: a line each, more where cells hold line ends.
    line: usize,
    seen: HashSet<String>,
    /// First row of the next series.
    held: Option<Row>,
    bytes: u64,
}

/// A row, read.
struct Row {
    name: String,
    groups: Vec<String>,
    sample: Sample,
}

/// Positions of the columns in a record.
struct Positions {
    logical: Option<usize>,
    groups: Vec<usize>,
    series: Option<usize>,
    time: Option<usize>,
    value: usize,
    threshold: Option<usize>,
    available: Option<usize>,
}

impl SeriesReader {
    /// Opens an input; `place` is its name in messages.
    ///
    /// # Errors
    /// Input: no header, a column is missing. Storage: reading failed.
    pub fn open(input: &Input, place: &str, columns: Columns) -> Result<Self> {
        let spec = ReadSpec {
            delimiter: Some(columns.delimiter.to_string()),
            ..ReadSpec::of(Format::Csv)
        };
        let records = records(input, &spec)?;
        let facts = records.facts();
        let find = |name: &String| position(&facts.header, name).map_err(|e| e.at(place));
        let optional = |name: &Option<String>| name.as_ref().map(find).transpose();
        let at = Positions {
            series: optional(&columns.series)?,
            time: optional(&columns.time)?,
            value: find(&columns.value)?,
            threshold: optional(&columns.threshold)?,
            available: optional(&columns.available)?,
            logical: optional(&columns.logical)?,
            groups: columns.groups.iter().map(find).collect::<Result<_>>()?,
        };
        let line = 1 + usize::try_from(facts.skipped).unwrap_or(0);
        Ok(SeriesReader {
            records,
            place: place.to_owned(),
            form: cell::form(columns.zone, columns.time_format.as_deref()),
            columns,
            at,
            line,
            seen: HashSet::new(),
            held: None,
            bytes: 0,
        })
    }

    /// Bytes of text read so far, for showing progress.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn series(&mut self) -> Result<Option<Series>> {
        let first = match self.held.take() {
            Some(first) => Some(first),
            None => self.row(0, None)?,
        };
        let Some(Row { name, groups, sample }) = first else { return Ok(None) };
        if !self.seen.insert(name.clone()) {
            let error = Error::input(format!("series \"{name}\" comes back after another one"));
            return Err(error.at(self.here(self.columns.series.as_deref())).hint(
                "sort the file by series and time: the rows of a series must stand together",
            ));
        }
        let mut series = Series { name, groups, samples: vec![sample] };
        loop {
            let before = series.samples.last().map(|s| s.at);
            match self.row(series.samples.len(), before)? {
                Some(row) if row.name == series.name => {
                    series.samples.push(row.sample);
                    series.groups = row.groups;
                }
                // The first row of another series is step 0 of that one.
                Some(mut row) => {
                    row.sample.at = if self.at.time.is_some() { row.sample.at } else { 0 };
                    self.held = Some(row);
                    return Ok(Some(series));
                }
                None => return Ok(Some(series)),
            }
        }
    }

    /// The next row: its series and its sample. `before` is the instant of the row before it.
    fn row(&mut self, number: usize, before: Option<i64>) -> Result<Option<Row>> {
        let record = match self.records.next().transpose()? {
            None => return Ok(None),
            Some(Item::Record(record)) => record,
            Some(Item::Bad { fault, .. }) => {
                self.line += 1;
                let error =
                    Error::input(format!("is no row: {}", fault.word())).at(self.here(None));
                return Err(error.hint(
                    "every row needs as many cells as the header; quote a cell \
                                       that holds the separator, or give --delimiter",
                ));
            }
        };
        self.line += 1;
        let place = |column: &str| format!("{}:{} \"{column}\"", self.place, self.line);
        let cells = match &record.fields {
            Fields::Row { cells, .. } => cells.as_slice(),
            Fields::Tree { .. } => &[],
        };
        let text = |at: usize| cells.get(at).and_then(|c| c.as_deref()).unwrap_or("").trim();
        let read = |at: Option<usize>, name: Option<&String>| -> Result<Option<f64>> {
            let (Some(at), Some(name)) = (at, name) else { return Ok(None) };
            cell::number(text(at)).map_err(|e| e.at(place(name)))
        };
        let at = match (self.at.time, &self.columns.time) {
            (Some(at), Some(name)) => {
                cell::instant(text(at), &self.form, before).map_err(|e| e.at(place(name)))?
            }
            (Some(_), None) | (None, _) => i64::try_from(number).unwrap_or(i64::MAX),
        };
        let sample = Sample {
            at,
            value: read(Some(self.at.value), Some(&self.columns.value))?,
            threshold: read(self.at.threshold, self.columns.threshold.as_ref())?,
            available: read(self.at.available, self.columns.available.as_ref())?,
            logical: read(self.at.logical, self.columns.logical.as_ref())?,
        };
        let name = self.at.series.map_or_else(String::new, |at| text(at).to_owned());
        let groups = self.at.groups.iter().map(|at| text(*at).to_owned()).collect();
        self.line += record.raw.bytes().filter(|b| *b == b'\n').count();
        self.bytes += record.raw.len() as u64 + 1;
        Ok(Some(Row { name, groups, sample }))
    }

    fn here(&self, column: Option<&str>) -> String {
        match column {
            Some(column) => format!("{}:{} \"{column}\"", self.place, self.line),
            None => format!("{}:{}", self.place, self.line),
        }
    }
}

impl Iterator for SeriesReader {
    type Item = Result<Series>;

    fn next(&mut self) -> Option<Self::Item> {
        self.series().transpose()
    }
}

/// Rows of a short list: a line number and the texts of the header's columns each.
struct List {
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl List {
    /// Reads a CSV; `place` is its name in messages.
    fn read(input: &Input, place: &str) -> Result<Self> {
        let records = records(input, &ReadSpec::of(Format::Csv))?;
        let header = records.facts().header;
        let mut rows = Vec::new();
        for (line, item) in (2..).zip(records) {
            let cells = match item? {
                Item::Record(record) => match record.fields {
                    Fields::Row { cells, .. } => cells,
                    Fields::Tree { .. } => Vec::new(),
                },
                Item::Bad { fault, .. } => {
                    let error = Error::input(format!("is no row: {}", fault.word()));
                    return Err(error
                        .at(format!("{place}:{line}"))
                        .hint("every row needs as many cells as the header"));
                }
            };
            let texts = cells.iter().map(|c| c.as_deref().unwrap_or("").trim().to_owned());
            rows.push((line, texts.collect()));
        }
        Ok(List { header, rows })
    }
}

/// Column names of an input.
///
/// # Errors
/// Input: no header. Storage: reading failed.
pub fn header(input: &Input, delimiter: char) -> Result<Vec<String>> {
    let spec = ReadSpec { delimiter: Some(delimiter.to_string()), ..ReadSpec::of(Format::Csv) };
    Ok(records(input, &spec)?.facts().header)
}

fn position(header: &[String], name: &str) -> Result<usize> {
    header.iter().position(|known| known == name).ok_or_else(|| {
        Error::input(format!("column \"{name}\" is missing"))
            .because(format!("found: {}", header.join(", ")))
            .hint("name a column of the header; --delimiter ';' if it is not separated by commas")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns {
            series: Some("pool".into()),
            time: Some("at".into()),
            value: "used".into(),
            threshold: None,
            available: None,
            logical: None,
            groups: Vec::new(),
            zone: Tz::UTC,
            time_format: None,
            delimiter: ',',
        }
    }

    fn read(text: &str, columns: Columns) -> Result<Vec<Series>> {
        let input = Input::from_bytes("x.csv", text.as_bytes().to_vec());
        SeriesReader::open(&input, "x.csv", columns)?.collect()
    }

    fn refused(text: &str, columns: Columns) -> String {
        read(text, columns).unwrap_err().to_string()
    }

    #[test]
    fn series_come_one_after_the_other_with_gaps_as_gaps() {
        let text =
            "at,pool,used\n2024-01-01,a,1\n2024-01-02,a,\n2024-01-03,a,NaN\n2024-01-01,b,4\n";
        let got = read(text, columns()).unwrap();
        let values = |s: &Series| s.samples.iter().map(|s| s.value).collect::<Vec<_>>();
        assert_eq!(got.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(values(&got[0]), [Some(1.0), None, None]);
        assert_eq!(values(&got[1]), [Some(4.0)]);
    }

    #[test]
    fn without_times_every_series_counts_its_rows_from_zero() {
        let text = "pool,used\na,1\na,2\nb,3\nb,4\nb,5\n";
        let got = read(text, Columns { time: None, ..columns() }).unwrap();
        let steps = |s: &Series| s.samples.iter().map(|s| s.at).collect::<Vec<_>>();
        assert_eq!(steps(&got[0]), [0, 1]);
        assert_eq!(steps(&got[1]), [0, 1, 2]);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_place() {
        let back = "at,pool,used\n2024-01-01,a,1\n2024-01-01,b,1\n2024-01-02,a,1\n";
        let text = refused(back, columns());
        assert!(text.starts_with("x.csv:4 \"pool\": series \"a\" comes back"), "{text}");
        assert!(text.contains("hint: sort the file by series"), "{text}");
        let number = refused("at,pool,used\n2024-01-01,a,1\n2024-01-02,a,\"1,5\"\n", columns());
        assert!(number.starts_with("x.csv:3 \"used\": \"1,5\" is not a number"), "{number}");
        let time = refused("at,pool,used\n01.02.2024,a,1\n", columns());
        assert!(time.starts_with("x.csv:2 \"at\": \"01.02.2024\" is not a time"), "{time}");
        let ragged = refused("at,pool,used\n2024-01-01,a\n", columns());
        assert!(ragged.starts_with("x.csv:2: is no row: ragged-row"), "{ragged}");
        let missing = refused("at,pool,use\n", columns());
        assert!(
            missing.contains("column \"used\" is missing\n  found: at, pool, use"),
            "{missing}"
        );
        let infinite = refused("at,pool,used\n2024-01-01,a,inf\n", columns());
        assert!(infinite.contains("\"inf\" is not a number"), "{infinite}");
    }
}
