//! A frame: named, typed, nullable columns of equal length. It is the only shape in which rows
//! travel between stages (ingest -> lake, engine -> stats -> reports), so that no stage depends
//! on an engine's own types. It never computes; it holds.

use std::cmp::Ordering;

use crate::error::{Error, Result};

/// Type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// UTF-8 text.
    Text,
    /// 64-bit integer: counts, bytes, microseconds.
    Int,
    /// 64-bit float; NaN and infinity never occur.
    Float,
    /// Truth value.
    Bool,
    /// Instant: microseconds since 1970-01-01 UTC.
    Time,
    /// List of text.
    List,
}

/// One cell, owned.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// See [`Type::Text`].
    Text(String),
    /// See [`Type::Int`].
    Int(i64),
    /// See [`Type::Float`].
    Float(f64),
    /// See [`Type::Bool`].
    Bool(bool),
    /// See [`Type::Time`].
    Time(i64),
    /// See [`Type::List`].
    List(Vec<String>),
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// See [`Type::Text`].
    Text(Vec<Option<String>>),
    /// See [`Type::Int`].
    Int(Vec<Option<i64>>),
    /// See [`Type::Float`].
    Float(Vec<Option<f64>>),
    /// See [`Type::Bool`].
    Bool(Vec<Option<bool>>),
    /// See [`Type::Time`].
    Time(Vec<Option<i64>>),
    /// See [`Type::List`].
    List(Vec<Option<Vec<String>>>),
}

impl Column {
    /// An empty column of a type.
    #[must_use]
    pub fn empty(kind: Type) -> Self {
        Self::nulls(kind, 0)
    }
    /// A column of `len` nulls.
    #[must_use]
    pub fn nulls(kind: Type, len: usize) -> Self {
        match kind {
            Type::Text => Column::Text(vec![None; len]),
            Type::Int => Column::Int(vec![None; len]),
            Type::Float => Column::Float(vec![None; len]),
            Type::Bool => Column::Bool(vec![None; len]),
            Type::Time => Column::Time(vec![None; len]),
            Type::List => Column::List(vec![None; len]),
        }
    }
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> Type {
        match self {
            Column::Text(_) => Type::Text,
            Column::Int(_) => Type::Int,
            Column::Float(_) => Type::Float,
            Column::Bool(_) => Type::Bool,
            Column::Time(_) => Type::Time,
            Column::List(_) => Type::List,
        }
    }
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Column::Text(v) => v.len(),
            Column::Int(v) | Column::Time(v) => v.len(),
            Column::Float(v) => v.len(),
            Column::Bool(v) => v.len(),
            Column::List(v) => v.len(),
        }
    }
    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The cell in a row; null beyond the end.
    #[must_use]
    pub fn cell(&self, row: usize) -> Cell {
        fn pick<T: Clone>(v: &[Option<T>], row: usize, make: impl Fn(T) -> Cell) -> Cell {
            v.get(row).cloned().flatten().map_or(Cell::Null, make)
        }
        match self {
            Column::Text(v) => pick(v, row, Cell::Text),
            Column::Int(v) => pick(v, row, Cell::Int),
            Column::Float(v) => pick(v, row, Cell::Float),
            Column::Bool(v) => pick(v, row, Cell::Bool),
            Column::Time(v) => pick(v, row, Cell::Time),
            Column::List(v) => pick(v, row, Cell::List),
        }
    }
    /// Appends a cell. An integer is widened into a float column; any other mismatch is an error.
    ///
    /// # Errors
    /// When the cell is not of the column's type.
    pub fn push(&mut self, cell: Cell) -> Result<()> {
        match (self, cell) {
            (Column::Text(v), Cell::Text(x)) => v.push(Some(x)),
            (Column::Int(v), Cell::Int(x)) | (Column::Time(v), Cell::Time(x)) => v.push(Some(x)),
            (Column::Float(v), Cell::Float(x)) => v.push(Some(x)),
            #[expect(clippy::cast_precision_loss, reason = "integers of results stay below 2^53")]
            (Column::Float(v), Cell::Int(x)) => v.push(Some(x as f64)),
            (Column::Bool(v), Cell::Bool(x)) => v.push(Some(x)),
            (Column::List(v), Cell::List(x)) => v.push(Some(x)),
            (Column::Text(v), Cell::Null) => v.push(None),
            (Column::Int(v) | Column::Time(v), Cell::Null) => v.push(None),
            (Column::Float(v), Cell::Null) => v.push(None),
            (Column::Bool(v), Cell::Null) => v.push(None),
            (Column::List(v), Cell::Null) => v.push(None),
            (column, cell) => {
                let kind = column.kind();
                return Err(Error::config(format!("a {kind:?} column cannot hold {cell:?}")));
            }
        }
        Ok(())
    }
    /// The rows at the given positions, in that order; a position beyond the end gives null.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(v: &[Option<T>], rows: &[usize]) -> Vec<Option<T>> {
            rows.iter().map(|&r| v.get(r).cloned().flatten()).collect()
        }
        match self {
            Column::Text(v) => Column::Text(pick(v, rows)),
            Column::Int(v) => Column::Int(pick(v, rows)),
            Column::Float(v) => Column::Float(pick(v, rows)),
            Column::Bool(v) => Column::Bool(pick(v, rows)),
            Column::Time(v) => Column::Time(pick(v, rows)),
            Column::List(v) => Column::List(pick(v, rows)),
        }
    }
    /// Order of the values of two rows, nulls first.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        match self {
            Column::Text(v) => v.get(a).cmp(&v.get(b)),
            Column::Int(v) | Column::Time(v) => v.get(a).cmp(&v.get(b)),
            Column::Bool(v) => v.get(a).cmp(&v.get(b)),
            Column::List(v) => v.get(a).cmp(&v.get(b)),
            Column::Float(v) => {
                let at = |row: usize| v.get(row).copied().flatten();
                match (at(a), at(b)) {
                    (Some(a), Some(b)) => a.total_cmp(&b),
                    (a, b) => a.is_some().cmp(&b.is_some()),
                }
            }
        }
    }
}

/// Named columns of equal length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
}

impl Frame {
    /// A frame without columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// A frame from pairs of name and column.
    ///
    /// # Errors
    /// When a name occurs twice or lengths differ.
    pub fn from_columns(columns: Vec<(String, Column)>) -> Result<Self> {
        let mut frame = Frame::new();
        for (name, column) in columns {
            frame.add(&name, column)?;
        }
        Ok(frame)
    }
    /// Adds a column at the end.
    ///
    /// # Errors
    /// When the name exists or the length differs from the frame's.
    pub fn add(&mut self, name: &str, column: Column) -> Result<()> {
        if self.position(name).is_some() {
            return Err(Error::config(format!("column `{name}` exists twice")));
        }
        if !self.columns.is_empty() && column.len() != self.height() {
            let (got, want) = (column.len(), self.height());
            return Err(Error::config(format!("column `{name}` has {got} rows, not {want}")));
        }
        self.names.push(name.to_owned());
        self.columns.push(column);
        Ok(())
    }
    /// Adds a column, or replaces the one of that name in its place.
    ///
    /// # Errors
    /// When the length differs from the frame's.
    pub fn set(&mut self, name: &str, column: Column) -> Result<()> {
        match self.position(name) {
            Some(at) if column.len() == self.height() => {
                if let Some(slot) = self.columns.get_mut(at) {
                    *slot = column;
                }
                Ok(())
            }
            Some(_) => Err(Error::config(format!("column `{name}` has another length"))),
            None => self.add(name, column),
        }
    }
    /// Number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }
    /// Column names in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }
    /// Name and column pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.names.iter().map(String::as_str).zip(&self.columns)
    }
    /// Position of a column.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
    /// A column by name, if there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Column> {
        self.position(name).and_then(|at| self.columns.get(at))
    }
    /// A column by name.
    ///
    /// # Errors
    /// When there is none; the message lists the names that exist.
    pub fn column(&self, name: &str) -> Result<&Column> {
        self.get(name).ok_or_else(|| {
            let found = self.names.join(", ");
            Error::config(format!("column `{name}` is missing; found: {found}"))
        })
    }
    /// Text column by name.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn text(&self, name: &str) -> Result<&[Option<String>]> {
        match self.column(name)? {
            Column::Text(v) => Ok(v),
            other => Err(wrong_type(name, Type::Text, other.kind())),
        }
    }
    /// Integer column by name.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn int(&self, name: &str) -> Result<&[Option<i64>]> {
        match self.column(name)? {
            Column::Int(v) => Ok(v),
            other => Err(wrong_type(name, Type::Int, other.kind())),
        }
    }
    /// Float column by name.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn float(&self, name: &str) -> Result<&[Option<f64>]> {
        match self.column(name)? {
            Column::Float(v) => Ok(v),
            other => Err(wrong_type(name, Type::Float, other.kind())),
        }
    }
    /// Boolean column by name.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn bool(&self, name: &str) -> Result<&[Option<bool>]> {
        match self.column(name)? {
            Column::Bool(v) => Ok(v),
            other => Err(wrong_type(name, Type::Bool, other.kind())),
        }
    }
    /// Time column by name (microseconds UTC).
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn time(&self, name: &str) -> Result<&[Option<i64>]> {
        match self.column(name)? {
            Column::Time(v) => Ok(v),
            other => Err(wrong_type(name, Type::Time, other.kind())),
        }
    }
    /// List column by name.
    ///
    /// # Errors
    /// When it is missing or of another type.
    pub fn list(&self, name: &str) -> Result<&[Option<Vec<String>>]> {
        match self.column(name)? {
            Column::List(v) => Ok(v),
            other => Err(wrong_type(name, Type::List, other.kind())),
        }
    }
    /// One cell; null when row or column is missing.
    #[must_use]
    pub fn cell(&self, name: &str, row: usize) -> Cell {
        self.get(name).map_or(Cell::Null, |c| c.cell(row))
    }
    /// The rows at the given positions, in that order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|c| c.take(rows)).collect();
        Frame { names: self.names.clone(), columns }
    }
    /// The rows sorted by all columns from the left, nulls first: one order for one set of rows.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let compared = |a: usize, b: usize| {
            let mut orders = self.columns.iter().map(|c| c.compare(a, b));
            orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        };
        let mut rows: Vec<usize> = (0..self.height()).collect();
        rows.sort_by(|a, b| compared(*a, *b));
        self.take(&rows)
    }
}

fn wrong_type(name: &str, want: Type, got: Type) -> Error {
    Error::config(format!("column `{name}` is {got:?}, not {want:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_any_order_are_sorted_alike_nulls_first() {
        let frame = |rows: &[(Option<i64>, Option<f64>)]| {
            let ints = rows.iter().map(|r| r.0).collect();
            let floats = rows.iter().map(|r| r.1).collect();
            let columns =
                vec![("i".into(), Column::Int(ints)), ("f".into(), Column::Float(floats))];
            Frame::from_columns(columns).unwrap()
        };
        let want =
            [(None, Some(2.0)), (Some(1), None), (Some(1), Some(-0.5)), (Some(2), Some(0.0))];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            let mixed: Vec<_> = order.iter().map(|at| want[*at]).collect();
            assert_eq!(frame(&mixed).sorted(), frame(&want));
        }
    }
}
