//! What all steps share: reading columns, grouping rows, adding columns with their meaning. It
//! computes no statistic. Floats that are not finite become null on the way out.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Column, Frame};
use crate::model::result::ResultColumn;

use super::super::number::{finite, signed, unsigned};

/// Confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;

/// What a step gives back.
#[derive(Debug, Clone)]
pub struct Output {
    /// All columns.
    pub frame: Frame,
    /// Meaning of those that the step added.
    pub added: Vec<ResultColumn>,
}

/// A frame under construction: columns are added with type and meaning at once.
#[derive(Debug)]
pub struct Builder {
    frame: Frame,
    prefix: String,
    added: Vec<ResultColumn>,
}

impl Builder {
    /// Goes on with a frame; names of added columns begin with `prefix_`, if given.
    #[must_use]
    pub fn on(frame: Frame, prefix: Option<&str>) -> Self {
        let prefix = prefix.map_or_else(String::new, |prefix| format!("{prefix}_"));
        Builder { frame, prefix, added: Vec::new() }
    }
    /// Adds a column; a name that exists is an error (with the hint to use `prefix`).
    ///
    /// # Errors
    /// The name exists, or the length differs.
    pub fn add(&mut self, name: &str, says: &str, column: Column) -> Result<()> {
        let name = format!("{}{name}", self.prefix);
        let kind = column.kind();
        self.frame.add(&name, column).map_err(|e| {
            e.hint("give the step a  prefix = \"...\"  or rename the query's own column")
        })?;
        self.added.push(ResultColumn { name, kind, says: says.to_owned() });
        Ok(())
    }
    /// Adds floats; what is not finite becomes null.
    ///
    /// # Errors
    /// As [`Builder::add`].
    pub fn float(&mut self, name: &str, says: &str, values: Vec<Option<f64>>) -> Result<()> {
        let values = values.into_iter().map(|v| v.and_then(finite)).collect();
        self.add(name, says, Column::Float(values))
    }
    /// Adds integers.
    ///
    /// # Errors
    /// As [`Builder::add`].
    pub fn int(&mut self, name: &str, says: &str, values: Vec<Option<i64>>) -> Result<()> {
        self.add(name, says, Column::Int(values))
    }
    /// Adds words.
    ///
    /// # Errors
    /// As [`Builder::add`].
    pub fn word(&mut self, name: &str, says: &str, values: Vec<Option<&str>>) -> Result<()> {
        let values = values.into_iter().map(|v| v.map(str::to_owned)).collect();
        self.add(name, says, Column::Text(values))
    }
    /// Adds truth values.
    ///
    /// # Errors
    /// As [`Builder::add`].
    pub fn bool(&mut self, name: &str, says: &str, values: Vec<Option<bool>>) -> Result<()> {
        self.add(name, says, Column::Bool(values))
    }
    /// The result.
    #[must_use]
    pub fn done(self) -> Output {
        Output { frame: self.frame, added: self.added }
    }
}

/// Counts of an integer column.
///
/// # Errors
/// The column is missing, not integer, or holds a negative number.
pub fn counts(frame: &Frame, name: &str) -> Result<Vec<Option<u64>>> {
    let read = |(row, value): (usize, &Option<i64>)| match value {
        None => Ok(None),
        Some(value) => unsigned(*value).map(Some).ok_or_else(|| {
            Error::config(format!("column `{name}` is {value} in row {}, not a count", row + 1))
        }),
    };
    frame.int(name)?.iter().enumerate().map(read).collect()
}

/// Pairs `(k, n)` of two integer columns; null where either is.
///
/// # Errors
/// As [`counts`], or `k > n` in a row.
pub fn pairs(frame: &Frame, k: &str, n: &str) -> Result<Vec<Option<(u64, u64)>>> {
    let both = counts(frame, k)?.into_iter().zip(counts(frame, n)?);
    let read = |(row, pair): (usize, (Option<u64>, Option<u64>))| match pair {
        (Some(k_value), Some(n_value)) if k_value > n_value => {
            let message = format!("`{k}` = {k_value} exceeds `{n}` = {n_value} in row {}", row + 1);
            Err(Error::config(message).hint("a rate counts a part of its denominator"))
        }
        (Some(k), Some(n)) => Ok(Some((k, n))),
        (None, _) | (_, None) => Ok(None),
    };
    both.enumerate().map(read).collect()
}

/// Numbers of an integer or float column.
///
/// # Errors
/// The column is missing or neither.
pub fn numbers(frame: &Frame, name: &str) -> Result<Vec<Option<f64>>> {
    match frame.column(name)? {
        Column::Int(values) => Ok(values.iter().map(|v| v.map(signed)).collect()),
        Column::Float(values) => Ok(values.clone()),
        other => {
            let kind = other.kind();
            Err(Error::config(format!("column `{name}` is {kind:?}, not a number")))
        }
    }
}

/// Row numbers of each group in order of first appearance; without group columns one group of
/// all rows, even of none.
///
/// # Errors
/// A group column is missing.
pub fn groups(frame: &Frame, by: &[String]) -> Result<Vec<Vec<usize>>> {
    let columns = by.iter().map(|name| frame.column(name)).collect::<Result<Vec<_>>>()?;
    if columns.is_empty() {
        return Ok(vec![(0..frame.height()).collect()]);
    }
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..frame.height() {
        let at = *positions.entry(key(&columns, row)).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.push(row);
        }
    }
    Ok(groups)
}

/// Text that identifies the cells of a row; equal exactly when all cells are.
#[must_use]
pub fn key(columns: &[&Column], row: usize) -> String {
    columns.iter().map(|column| format!("{:?}\u{1f}", column.cell(row))).collect()
}

/// A frame with the group columns only, one row per group.
///
/// # Errors
/// A group column is missing.
pub fn group_frame(frame: &Frame, by: &[String], groups: &[Vec<usize>]) -> Result<Frame> {
    let first: Vec<usize> = groups.iter().filter_map(|rows| rows.first().copied()).collect();
    let column = |name: &String| Ok((name.clone(), frame.column(name)?.take(&first)));
    Frame::from_columns(by.iter().map(column).collect::<Result<Vec<_>>>()?)
}

/// The values at some rows, nulls left out.
#[must_use]
pub fn at_rows<T: Copy>(values: &[Option<T>], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|&row| values.get(row).copied().flatten()).collect()
}

/// Factor and suffix of the unit in which a column leaves: microseconds as seconds, all others
/// as they are.
#[must_use]
pub fn unit(name: &str) -> (f64, &'static str) {
    const KEPT: [&str; 6] = ["_s", "_bytes", "_ratio", "_usd", "_count", "_hours"];
    if name.ends_with("_us") {
        return (1e-6, "_s");
    }
    (1.0, KEPT.into_iter().find(|suffix| name.ends_with(suffix)).unwrap_or(""))
}

/// The order of the rows by a column (nulls left out), as for a series.
///
/// # Errors
/// The column is missing or cannot be ordered.
pub fn ordered(frame: &Frame, by: &str, rows: &[usize]) -> Result<Vec<usize>> {
    let column = frame.column(by)?;
    let mut keyed: Vec<(OrderKey, usize)> = Vec::new();
    for &row in rows {
        let key = match column.cell(row) {
            Cell::Null => continue,
            Cell::Int(at) | Cell::Time(at) => OrderKey::Number(at),
            Cell::Text(text) => OrderKey::Text(text),
            Cell::Float(_) | Cell::Bool(_) | Cell::List(_) => {
                let message = format!("column `{by}` is {:?} and gives no order", column.kind());
                return Err(Error::config(message).hint("order by a time, an integer or a text"));
            }
        };
        keyed.push((key, row));
    }
    keyed.sort();
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OrderKey {
    Number(i64),
    Text(String),
}

/// Truth values of a Boolean column.
///
/// # Errors
/// The column is missing or not Boolean.
pub fn flags(frame: &Frame, name: &str) -> Result<Vec<Option<bool>>> {
    Ok(frame.bool(name)?.to_vec())
}
