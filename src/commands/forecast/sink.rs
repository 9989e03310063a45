//! Where the rows go: JSON lines or CSV as they come, a table at the end, a summary file when
//! all is done. Series are written in the order of the input.

use std::path::PathBuf;

use super::ask::Ask;
use super::one::Found;
use super::rows;
use super::value::{Row, Value};
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
    table: Vec<Row>,
    /// Names stand above the first row.
    is_begun: bool,
    is_summary_begun: bool,
}

/// One series, ready to be written.
pub struct Written {
    /// For standard output.
    bytes: Vec<u8>,
    /// For the table.
    table: Vec<Row>,
    summary: Vec<u8>,
    names: Vec<String>,
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
        let (summary_bytes, table) = (Vec::new(), Vec::new());
        let (is_begun, is_summary_begun) = (false, false);
        Ok(Sink { format, rows, summary, summary_bytes, table, is_begun, is_summary_begun })
    }

    /// Renders one series; several may be rendered at the same time.
    ///
    /// # Errors
    /// When a record cannot be written, which memory alone can cause.
    pub fn render(&self, found: &Found, ask: &Ask) -> Result<Written> {
        let summary = rows::summary(found, ask);
        let names = summary.iter().map(|(name, _)| name.to_string()).collect();
        let steps = match self.rows {
            ForecastRows::Steps => Some(rows::steps(found, ask)),
            ForecastRows::Summary => None,
        };
        let has_file = self.summary.is_some();
        let summary_csv = if has_file { records(std::slice::from_ref(&summary))? } else { vec![] };
        let (mut bytes, mut table) = (Vec::new(), Vec::new());
        match self.format {
            DataFormat::Json => bytes = rows::json(found, steps.as_deref(), &summary).into_bytes(),
            DataFormat::Csv => bytes = records(&steps.unwrap_or_else(|| vec![summary]))?,
            DataFormat::Table => table = steps.unwrap_or_else(|| vec![summary]),
        }
        Ok(Written { bytes, table, summary: summary_csv, names })
    }

    /// Writes one series; false when nobody reads any more.
    ///
    /// # Errors
    /// Storage: standard output cannot be written.
    pub fn write(&mut self, written: Written, ask: &Ask) -> Result<bool> {
        let mut bytes = Vec::new();
        if !std::mem::replace(&mut self.is_begun, true) && self.format == DataFormat::Csv {
            bytes = match self.rows {
                ForecastRows::Steps => header(&rows::step_names(ask))?,
                ForecastRows::Summary => header(&written.names)?,
            };
        }
        if !std::mem::replace(&mut self.is_summary_begun, true) && self.summary.is_some() {
            self.summary_bytes = header(&written.names)?;
        }
        self.summary_bytes.extend(written.summary);
        self.table.extend(written.table);
        bytes.extend(written.bytes);
        output::stream(&bytes)
    }

    /// Prints the table and writes the summary file.
    ///
    /// # Errors
    /// Storage: standard output or the file cannot be written.
    pub fn finish(self) -> Result<()> {
        if let (DataFormat::Table, Some(first)) = (self.format, self.table.first()) {
            let names = first.iter().map(|(name, _)| name.to_string()).collect();
            // A column is one of numbers if any cell is one: the others are empty.
            let is_right: Vec<bool> = (0..first.len())
                .map(|at| self.table.iter().filter_map(|r| r.get(at)).any(|c| c.1.is_number()))
                .collect();
            let cells = |row: &Row| row.iter().map(|(_, value)| shown(value)).collect();
            let lines: Vec<Vec<String>> =
                std::iter::once(names).chain(self.table.iter().map(cells)).collect();
            output::print(&output::aligned(&lines, &is_right))?;
        }
        match &self.summary {
            Some(path) => files::write(path, &self.summary_bytes),
            None => Ok(()),
        }
    }
}

fn shown(value: &Value) -> String {
    let text = value.text();
    if text.is_empty() { "-".to_owned() } else { output::printable(&text) }
}

fn records(rows: &[Row]) -> Result<Vec<u8>> {
    let cell = |value: &Value| match value {
        Value::Text(text) => defused(text),
        other => other.text(),
    };
    csv_bytes(rows.iter().map(|row| row.iter().map(|(_, value)| cell(value))))
}

fn header(names: &[String]) -> Result<Vec<u8>> {
    csv_bytes(std::iter::once(names.iter().cloned()))
}

fn csv_bytes(rows: impl Iterator<Item = impl Iterator<Item = String>>) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::storage("the CSV text cannot be written").because(e);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            writer.write_field(cell).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::storage("the CSV text cannot be written").because(e))
}
