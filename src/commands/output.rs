//! Data on standard output: an aligned table, CSV or JSON lines. A closed pipe ends quietly.

use std::io::Write;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Frame};
use crate::model::time;

/// Prints text to standard output.
///
/// # Errors
/// When the stream is full; a reader that went away is no error.
pub fn print(text: &str) -> Result<()> {
    print_bytes(text.as_bytes())
}

/// Prints bytes to standard output.
///
/// # Errors
/// As [`print`].
pub fn print_bytes(bytes: &[u8]) -> Result<()> {
    stream(bytes).map(|_| ())
}

/// Prints a part of an output to standard output; false when its reader went away.
///
/// # Errors
/// As [`print`].
pub fn stream(bytes: &[u8]) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(Error::storage(format!("standard output cannot be written: {e}"))
            .hint("write to a folder that has space")),
    }
}

/// A frame as aligned text: numbers to the right, null as a dash, control characters shown.
#[must_use]
pub fn table(frame: &Frame) -> String {
    let mut rows: Vec<Vec<String>> = vec![frame.names().to_vec()];
    for row in 0..frame.height() {
        rows.push(frame.names().iter().map(|n| shown(&frame.cell(n, row))).collect());
    }
    let is_right: Vec<bool> = frame.iter().map(|(_, column)| is_number(column)).collect();
    aligned(&rows, &is_right)
}

/// Rows of cells as aligned text; `is_right` says which columns stand to the right.
#[must_use]
pub fn aligned(rows: &[Vec<String>], is_right: &[bool]) -> String {
    let widths: Vec<usize> = (0..is_right.len())
        .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|t| t.chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, width), right) in row.iter().zip(&widths).zip(is_right) {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            let cell = if *right { format!("{pad}{cell}") } else { format!("{cell}{pad}") };
            line.push_str(&cell);
            line.push_str("  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn is_number(column: &crate::model::frame::Column) -> bool {
    use crate::model::frame::Type;
    matches!(column.kind(), Type::Int | Type::Float)
}

/// A cell exactly: no rounding, no unit.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "-".to_owned(),
        Cell::Text(v) => printable(v),
        Cell::Int(v) => v.to_string(),
        Cell::Float(v) => v.to_string(),
        Cell::Bool(v) => v.to_string(),
        Cell::Time(v) => time::iso(*v),
        Cell::List(v) => v.join(", "),
    }
}

/// Text with its control characters shown.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().flat_map(char_shown).collect()
}

fn char_shown(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::Column;

    #[test]
    fn numbers_stand_right_and_nulls_are_dashes() {
        let frame = Frame::from_columns(vec![
            ("tier".into(), Column::Text(vec![Some("gold".into()), None])),
            ("k".into(), Column::Int(vec![Some(7), Some(123)])),
        ]);
        assert_eq!(table(&frame.unwrap()), "tier    k\ngold    7\n-     123\n");
    }
}
