//! Where the rows go: JSON lines or CSV as they come, a table at the end, a summary file when
//! all is done. Series are written in the order of the input.

use std::path::PathBuf;

use super::ask::Ask;
use super::one::Found;
use super::rows;
use super::value::{Name, Rows, Value};
use crate::cli::{DataFormat, ForecastRows};
use crate::commands::output;
use crate::error::{Error, Result};
use crate::files;
use crate::reports::csv::defused;

/// What is written, and how.
pub struct Sink {
    format: DataFormat,
    rows: ForecastRows,
    summary: Option<PathBuf>,
    summary_bytes: Vec<u8>,
    table: Rows,
    /// Names stand above the first row.
    is_begun: bool,
    is_summary_begun: bool,
}

/// One series, ready to be written.
pub struct Written {
    /// For standard output, and the names of its columns.
    bytes: Vec<u8>,
    names: Vec<Name>,
    /// For the table.
    table: Vec<Vec<Value>>,
    summary: Vec<u8>,
    summary_names: Vec<Name>,
}

impl Sink {
    /// A sink; an unwritable folder of the summary is an error now and not after the work.
    ///
    /// # Errors
    /// Storage: the folder cannot be written.
    pub fn new(format: DataFormat, rows: ForecastRows, summary: Option<PathBuf>) -> Result<Self> {
        if let Some(folder) = summary.as_ref().and_then(|path| path.parent()) {
            let folder = if folder.as_os_str().is_empty() { ".".as_ref() } else { folder };
            files::check_writable(folder)?;
        }
        let (summary_bytes, table) = (Vec::new(), Rows::default());
        let (is_begun, is_summary_begun) = (false, false);
        Ok(Sink { format, rows, summary, summary_bytes, table, is_begun, is_summary_begun })
    }

    /// Renders one series; several may be rendered at the same time.
    ///
    /// # Errors
    /// When a record cannot be written, which memory alone can cause.
    pub fn render(&self, found: &Found, ask: &Ask) -> Result<Written> {
        let summary = rows::summary(found, ask);
        let steps = match self.rows {
            ForecastRows::Steps => Some(rows::steps(found, ask)),
            ForecastRows::Summary => None,
        };
        let mut written = Written {
            bytes: Vec::new(),
            names: Vec::new(),
            table: Vec::new(),
            summary: if self.summary.is_some() { records(&summary)? } else { Vec::new() },
            summary_names: summary.names.clone(),
        };
        if self.format == DataFormat::Json {
            written.bytes = rows::json(found, ask, steps.as_ref(), &summary).into_bytes();
            return Ok(written);
        }
        let shown = steps.unwrap_or(summary);
        match self.format {
            DataFormat::Table => written.table = shown.cells,
            DataFormat::Csv | DataFormat::Json => written.bytes = records(&shown)?,
        }
        written.names = shown.names;
        Ok(written)
    }

    /// Writes one series; false when nobody reads any more.
    ///
    /// # Errors
    /// Storage: standard output cannot be written.
    pub fn write(&mut self, written: Written) -> Result<bool> {
        let mut bytes = Vec::new();
        if !std::mem::replace(&mut self.is_begun, true) && self.format == DataFormat::Csv {
            bytes = header(&written.names)?;
        }
        if !std::mem::replace(&mut self.is_summary_begun, true) && self.summary.is_some() {
            self.summary_bytes = header(&written.summary_names)?;
        }
        self.summary_bytes.extend(written.summary);
        self.table.names = written.names;
        self.table.cells.extend(written.table);
        bytes.extend(written.bytes);
        output::stream(&bytes)
    }

    /// Prints the table and writes the summary file.
    ///
    /// # Errors
    /// Storage: standard output or the file cannot be written.
    pub fn finish(self) -> Result<()> {
        if self.format == DataFormat::Table && !self.table.cells.is_empty() {
            let Rows { names, cells } = &self.table;
            // A column is one of numbers if any cell is one: the others are empty.
            let is_right: Vec<bool> = (0..names.len())
                .map(|at| cells.iter().filter_map(|row| row.get(at)).any(Value::is_number))
                .collect();
            let names = names.iter().map(|name| name.to_string()).collect();
            let lines = cells.iter().map(|row| row.iter().map(shown).collect());
            let lines: Vec<Vec<String>> = std::iter::once(names).chain(lines).collect();
            output::print(&output::aligned(&lines, &is_right))?;
        }
        match &self.summary {
            Some(path) => files::write(path, &self.summary_bytes),
            None => Ok(()),
        }
    }
}

fn shown(value: &Value) -> String {
    let mut text = String::new();
    value.text(&mut text);
    if text.is_empty() { "-".to_owned() } else { output::printable(&text) }
}

fn header(names: &[Name]) -> Result<Vec<u8>> {
    let mut writer = writer();
    let written = writer.write_record(names.iter().map(|name| name.as_bytes()));
    finished(writer, written)
}

fn records(rows: &Rows) -> Result<Vec<u8>> {
    let mut writer = writer();
    let written = rows.cells.iter().try_for_each(|row| record(row, &mut writer));
    finished(writer, written)
}

/// Writes one record. A row is made for every step of every series: the cells share a text.
fn record(row: &[Value], writer: &mut csv::Writer<Vec<u8>>) -> csv::Result<()> {
    let mut text = String::new();
    for value in row {
        text.clear();
        value.text(&mut text);
        match value {
            Value::Text(_) | Value::List(_) => writer.write_field(&*defused(&text))?,
            _ => writer.write_field(&text)?,
        }
    }
    writer.write_record(None::<&[u8]>)
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().flexible(true).from_writer(Vec::new())
}

fn finished(writer: csv::Writer<Vec<u8>>, written: csv::Result<()>) -> Result<Vec<u8>> {
    let failed = || Error::storage("the CSV text cannot be written");
    written.map_err(|e| failed().because(e))?;
    writer.into_inner().map_err(|e| failed().because(e))
}
