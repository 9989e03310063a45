//! Frames for tests: a table's columns, cells by name, the rest null.

use crate::model::frame::{Cell, Column, Frame, Type};
use crate::model::table::Table;
use crate::model::time::parse_iso;

/// Cells of a row by column name.
pub type Row = Vec<(&'static str, Cell)>;

/// Rows of a table, with `system_id` added where the staging query adds it.
pub fn frame(table: &Table, rows: &[Row]) -> Frame {
    let mut names: Vec<(&str, Type)> = table.all_columns().map(|c| (c.name, c.kind)).collect();
    if !names.iter().any(|(name, _)| *name == "system_id") {
        names.push(("system_id", Type::Text));
    }
    let mut frame = Frame::new();
    for (name, kind) in &names {
        let mut column = Column::empty(*kind);
        for row in rows {
            let cell =
                row.iter().rev().find(|(n, _)| n == name).map_or(Cell::Null, |x| x.1.clone());
            column.push(cell).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        frame.add(name, column).unwrap();
    }
    for (name, _) in rows.iter().flatten() {
        assert!(names.iter().any(|(n, _)| n == name), "no column {name} in {}", table.name);
    }
    frame
}

/// A text cell.
pub fn t(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A list cell.
pub fn list(words: &[&str]) -> Cell {
    Cell::List(words.iter().map(|w| (*w).to_owned()).collect())
}

/// A time cell: `2026-01-05 22:00`, UTC.
pub fn at(text: &str) -> Cell {
    Cell::Time(us(text))
}

/// Microseconds of `2026-01-05 22:00` or a date, UTC.
pub fn us(text: &str) -> i64 {
    match text.split_once(' ') {
        Some((date, time)) => parse_iso(&format!("{date}T{time}:00Z")).unwrap(),
        None => parse_iso(text).unwrap(),
    }
}

/// A row with more cells; later cells win.
pub fn with(mut row: Row, more: &[(&'static str, Cell)]) -> Row {
    row.extend(more.iter().cloned());
    row
}

/// The text of some columns of every row, nulls as `-`, joined with blanks.
pub fn lines(frame: &Frame, columns: &[&str]) -> Vec<String> {
    let word = |cell: Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Text(text) => text,
        Cell::Time(at) => crate::model::time::iso(at),
        other => format!("{other:?}"),
    };
    (0..frame.height())
        .map(|row| {
            let words: Vec<_> = columns.iter().map(|name| word(frame.cell(name, row))).collect();
            words.join(" ")
        })
        .collect()
}
