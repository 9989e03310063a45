//! Reading rows out of frames and writing derived rows into them. No meaning in here.

use crate::error::Result;
use crate::model::frame::{Cell, Column, Frame};
use crate::model::table::Table;

/// The value in a row of a column; none when null or beyond the end.
pub fn pick<T>(column: &[Option<T>], row: usize) -> Option<&T> {
    column.get(row).and_then(Option::as_ref)
}

/// The text in a row of a column.
pub fn text(column: &[Option<String>], row: usize) -> Option<&str> {
    pick(column, row).map(String::as_str)
}

/// The text in a row of a column, owned; empty when null.
pub fn owned(column: &[Option<String>], row: usize) -> String {
    pick(column, row).cloned().unwrap_or_default()
}

/// Seconds as whole microseconds, rounded half to even.
#[must_use]
pub fn us(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; durations are far below")]
    let us = (seconds * 1e6).round_ties_even() as i64;
    us
}

/// A float as a whole number, rounded half to even; everything else as it is.
#[must_use]
pub fn nearest(cell: &Cell) -> Cell {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; bytes are far below")]
    match cell {
        Cell::Float(value) if value.is_finite() => Cell::Int(value.round_ties_even() as i64),
        Cell::Float(_) => Cell::Null,
        other => other.clone(),
    }
}

/// An optional text as a cell.
#[must_use]
pub fn maybe_text(value: Option<&str>) -> Cell {
    value.map_or(Cell::Null, |v| Cell::Text(v.to_owned()))
}

/// A text as a cell.
#[must_use]
pub fn cell(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

/// An optional instant as a cell.
#[must_use]
pub fn maybe_time(value: Option<i64>) -> Cell {
    value.map_or(Cell::Null, Cell::Time)
}

/// Rows of a table, cells in the order of its columns, as a frame.
///
/// # Errors
/// When a cell is not of its column's type or a row is short.
pub fn frame_of(table: &Table, rows: Vec<Vec<Cell>>) -> Result<Frame> {
    let mut columns: Vec<Column> =
        table.all_columns().map(|column| Column::empty(column.kind)).collect();
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell)?;
        }
    }
    let names = table.all_columns().map(|column| column.name.to_owned());
    Frame::from_columns(names.zip(columns).collect())
}
