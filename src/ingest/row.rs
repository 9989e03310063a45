//! A canonical row while it is made, and the layout that gives its cells their names.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Column, Frame};
use crate::model::table::{ColumnSpec, Table};

/// Column positions of a table, lineage included.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The table.
    pub table: &'static Table,
    /// All columns in order.
    pub specs: Vec<&'static ColumnSpec>,
    /// Looked up only, never iterated.
    index: HashMap<&'static str, usize>,
}

/// The cells of a row in the order of a layout.
#[derive(Debug, Clone)]
pub struct Row {
    cells: Vec<Cell>,
}

impl Layout {
    /// The layout of a table.
    #[must_use]
    pub fn new(table: &'static Table) -> Self {
        let specs: Vec<&'static ColumnSpec> = table.all_columns().collect();
        let index = specs.iter().enumerate().map(|(at, spec)| (spec.name, at)).collect();
        Layout { table, specs, index }
    }
    /// Position of a column.
    #[must_use]
    pub fn at(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }
    /// A row of nulls.
    #[must_use]
    pub fn empty(&self) -> Row {
        Row { cells: vec![Cell::Null; self.specs.len()] }
    }
    /// A cell by name; null when the table has no such column.
    #[must_use]
    pub fn get<'a>(&self, row: &'a Row, name: &str) -> &'a Cell {
        self.at(name).map_or(&Cell::Null, |at| row.cell(at))
    }
    /// Text by name.
    #[must_use]
    pub fn text<'a>(&self, row: &'a Row, name: &str) -> Option<&'a str> {
        match self.get(row, name) {
            Cell::Text(t) => Some(t),
            Cell::Null
            | Cell::Int(_)
            | Cell::Float(_)
            | Cell::Bool(_)
            | Cell::Time(_)
            | Cell::List(_) => None,
        }
    }
    /// Integer or instant by name.
    #[must_use]
    pub fn int(&self, row: &Row, name: &str) -> Option<i64> {
        match self.get(row, name) {
            Cell::Int(n) | Cell::Time(n) => Some(*n),
            Cell::Null | Cell::Text(_) | Cell::Float(_) | Cell::Bool(_) | Cell::List(_) => None,
        }
    }
    /// Truth value by name.
    #[must_use]
    pub fn bool(&self, row: &Row, name: &str) -> Option<bool> {
        match self.get(row, name) {
            Cell::Bool(b) => Some(*b),
            Cell::Null
            | Cell::Text(_)
            | Cell::Float(_)
            | Cell::Int(_)
            | Cell::Time(_)
            | Cell::List(_) => None,
        }
    }
    /// True when the table has the column and the cell is null.
    #[must_use]
    pub fn lacks(&self, row: &Row, name: &str) -> bool {
        self.at(name).is_some_and(|at| *row.cell(at) == Cell::Null)
    }
    /// Sets a cell by name; a column that the table lacks is ignored.
    pub fn set(&self, row: &mut Row, name: &str, cell: Cell) {
        if let Some(at) = self.at(name) {
            row.set(at, cell);
        }
    }
    /// Sets a text cell by name.
    pub fn set_text(&self, row: &mut Row, name: &str, text: &str) {
        self.set(row, name, Cell::Text(text.to_owned()));
    }
    /// Sets a cell by name when it is null.
    pub fn fill(&self, row: &mut Row, name: &str, cell: Cell) {
        if self.lacks(row, name) {
            self.set(row, name, cell);
        }
    }

    /// The rows as a frame with all columns of the table.
    ///
    /// # Errors
    /// When a cell is not of its column's type (a bug).
    pub fn frame(&self, rows: Vec<Row>) -> Result<Frame> {
        let mut builder = FrameBuilder::new(self);
        for row in rows {
            builder.push(self, row)?;
        }
        builder.all(self)
    }
}

/// Columns of rows pushed one after the other. A column exists from its first value on: most
/// exports fill a quarter of a table.
#[derive(Debug)]
pub struct FrameBuilder {
    columns: Vec<Option<Column>>,
    height: usize,
}

impl FrameBuilder {
    /// An empty builder for a layout.
    #[must_use]
    pub fn new(layout: &Layout) -> Self {
        FrameBuilder { columns: vec![None; layout.specs.len()], height: 0 }
    }
    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }
    /// Appends a row.
    ///
    /// # Errors
    /// When a cell is not of its column's type (a bug).
    pub fn push(&mut self, layout: &Layout, row: Row) -> Result<()> {
        for ((slot, cell), spec) in self.columns.iter_mut().zip(row.cells).zip(&layout.specs) {
            if slot.is_none() && cell == Cell::Null {
                continue;
            }
            let column = slot.get_or_insert_with(|| Column::nulls(spec.kind, self.height));
            column.push(cell).map_err(|e| {
                Error::config(format!("{}.{}: {}", layout.table.name, spec.name, e.message))
            })?;
        }
        self.height += 1;
        Ok(())
    }
    /// The rows so far as a frame without columns in which no row has a value; starts anew.
    ///
    /// # Errors
    /// When columns differ in length (a bug).
    pub fn take(&mut self, layout: &Layout) -> Result<Frame> {
        let done = std::mem::replace(self, FrameBuilder::new(layout));
        let named = layout.specs.iter().map(|spec| spec.name.to_owned()).zip(done.columns);
        Frame::from_columns(named.filter_map(|(name, column)| Some((name, column?))).collect())
    }
    fn all(self, layout: &Layout) -> Result<Frame> {
        let height = self.height;
        let named = layout.specs.iter().zip(self.columns).map(|(spec, column)| {
            let column = column.unwrap_or_else(|| Column::nulls(spec.kind, height));
            (spec.name.to_owned(), column)
        });
        Frame::from_columns(named.collect())
    }
}

impl Row {
    /// The cell at a position.
    #[must_use]
    pub fn cell(&self, at: usize) -> &Cell {
        self.cells.get(at).unwrap_or(&Cell::Null)
    }
    /// Replaces the cell at a position.
    pub fn set(&mut self, at: usize, cell: Cell) {
        if let Some(slot) = self.cells.get_mut(at) {
            *slot = cell;
        }
    }
}
