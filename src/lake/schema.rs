//! A table's columns as the Delta schema and back. Every column is nullable (a required column
//! would turn on a writer feature), so required columns are checked here before a commit.

use delta_kernel::schema::{ArrayType, DataType, StructField, StructType};
use polars::prelude as pl;

use crate::bridge;
use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame, Type};
use crate::model::table::Table;

/// Name of the partition column; it is in no data file and in no query.
pub const MONTH: &str = "month";

/// Columns of a table as the program knows them.
#[must_use]
pub fn columns(table: &Table) -> Vec<(String, Type)> {
    table.all_columns().map(|c| (c.name.to_owned(), c.kind)).collect()
}

/// The Delta schema of a table.
///
/// # Errors
/// When two columns have one name.
pub fn delta(table: &Table) -> Result<StructType> {
    let mut fields: Vec<StructField> = table.all_columns().map(|c| field(c.name, c.kind)).collect();
    if table.is_partitioned() {
        fields.push(field(MONTH, Type::Text));
    }
    StructType::try_new(fields)
        .map_err(|e| Error::config(format!("table {} has no valid schema: {e}", table.name)))
}

/// A nullable Delta field.
#[must_use]
pub fn field(name: &str, kind: Type) -> StructField {
    let kind = match kind {
        Type::Text => DataType::STRING,
        Type::Int => DataType::LONG,
        Type::Float => DataType::DOUBLE,
        Type::Bool => DataType::BOOLEAN,
        Type::Time => DataType::TIMESTAMP,
        Type::List => DataType::from(ArrayType::new(DataType::STRING, true)),
    };
    StructField::nullable(name, kind)
}

/// The stored columns of a table, without the partition column.
///
/// # Errors
/// When a stored column has a type the program does not use.
pub fn stored(schema: &StructType, place: &str) -> Result<Vec<(String, Type)>> {
    let known = [Type::Text, Type::Int, Type::Float, Type::Bool, Type::Time, Type::List];
    let mut columns = Vec::new();
    for stored in schema.fields().filter(|f| f.name() != MONTH) {
        let name = stored.name();
        let same = |kind: &Type| field(name, *kind).data_type() == stored.data_type();
        let kind = known.into_iter().find(same).ok_or_else(|| {
            Error::storage(format!("column `{name}` has the foreign type {}", stored.data_type()))
                .at(place)
                .hint("only this program may change the lake's tables")
        })?;
        columns.push((name.clone(), kind));
    }
    Ok(columns)
}

/// Columns that the program knows and the stored table lacks.
///
/// # Errors
/// When a stored column is unknown (a newer program wrote it) or of another type.
pub fn missing(table: &Table, stored: &[(String, Type)]) -> Result<Vec<(String, Type)>> {
    let ours = columns(table);
    for (name, kind) in stored {
        match ours.iter().find(|(n, _)| n == name) {
            Some((_, want)) if want == kind => {}
            Some((_, want)) => {
                let text = format!("column `{name}` is stored as {kind:?}, not {want:?}");
                return Err(Error::storage(text).at(table.name).hint("load into a new lake"));
            }
            None => {
                return Err(Error::config(format!("column `{name}` is unknown to this program"))
                    .at(table.name)
                    .hint("a newer version wrote this lake; use that version"));
            }
        }
    }
    Ok(ours.into_iter().filter(|c| !stored.contains(c)).collect())
}

/// A frame as rows in the table's columns and order: absent columns become null.
///
/// # Errors
/// When a column is unknown or of another type, when a required column (unless `partial`) or a
/// key column holds a null, or when the time column does.
pub fn conform(table: &Table, frame: &Frame, partial: bool) -> Result<pl::DataFrame> {
    for name in frame.names() {
        if table.column(name).is_none() {
            return Err(wrong(table, name, "does not belong to the table"));
        }
    }
    let mut columns: Vec<pl::Column> = Vec::new();
    for spec in table.all_columns() {
        let column = frame.get(spec.name);
        if column.is_some_and(|column| column.kind() != spec.kind) {
            return Err(wrong(table, spec.name, "has another type"));
        }
        let is_key = spec.name == "source_id" || table.key.contains(&spec.name);
        let is_needed = is_key || (!partial && (!spec.nullable || table.time == Some(spec.name)));
        if is_needed && column.map_or(frame.height() > 0, has_null) {
            return Err(wrong(table, spec.name, "is null in a row"));
        }
        columns.push(match column {
            Some(column) => bridge::to_series(spec.name, column)?.into(),
            None => {
                let dtype = bridge::dtype(spec.kind);
                pl::Column::full_null(spec.name.into(), frame.height(), &dtype)
            }
        });
    }
    pl::DataFrame::new(frame.height(), columns).map_err(|e| bridge::failed(&e))
}

/// True when any value is null.
#[must_use]
pub fn has_null(column: &Column) -> bool {
    match column {
        Column::Text(v) => v.iter().any(Option::is_none),
        Column::Int(v) | Column::Time(v) => v.iter().any(Option::is_none),
        Column::Float(v) => v.iter().any(Option::is_none),
        Column::Bool(v) => v.iter().any(Option::is_none),
        Column::List(v) => v.iter().any(Option::is_none),
    }
}

fn wrong(table: &Table, column: &str, what: &str) -> Error {
    Error::input(format!("column `{column}` {what}"))
        .at(table.name)
        .hint("such rows belong into the quarantine; nothing was written")
}
