//! A query result as JSON: meaning, rows and lineage in one object. Instants are ISO text in
//! UTC, null stays null; keys come in a fixed order, so equal results give equal bytes.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Type};
use crate::model::result::{QueryResult, ResultColumn};
use crate::model::time;

/// The result as one JSON object, ending with a line feed.
///
/// # Errors
/// When it cannot be written, which memory alone can cause.
pub fn bytes(result: &QueryResult) -> Result<Vec<u8>> {
    let frame = &result.frame;
    let row = |row: usize| {
        let cells = frame.iter().map(|(name, c)| (name.to_owned(), value(&c.cell(row))));
        Value::Object(cells.collect::<Map<_, _>>())
    };
    let column = |c: &ResultColumn| {
        let kind = type_name(c.kind);
        json!({ "name": c.name, "type": kind, "says": c.says })
    };
    let tables = result.lineage.tables.iter().map(|(name, t)| {
        let version = json!({
            "version": t.version, "commit_sha256": t.commit_sha256, "row_count": t.row_count,
        });
        (name.clone(), version)
    });
    let object = json!({
        "id": result.id,
        "title": result.title,
        "grain": result.grain,
        "says": result.says,
        "not_assessable": result.not_assessable,
        "columns": result.columns.iter().map(column).collect::<Vec<_>>(),
        "rows": (0..frame.height()).map(row).collect::<Vec<_>>(),
        "lineage": {
            "sql": result.lineage.sql,
            "sql_sha256": result.lineage.sql_sha256,
            "parameters": result.lineage.parameters,
            "tables": tables.collect::<Map<_, _>>(),
        },
    });
    let mut bytes = serde_json::to_vec_pretty(&object)
        .map_err(|e| Error::storage("the JSON text cannot be written").because(e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Text => "text",
        Type::Int => "int64",
        Type::Float => "float64",
        Type::Bool => "bool",
        Type::Time => "time",
        Type::List => "list",
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(x) => json!(x),
        Cell::Int(x) => json!(x),
        Cell::Float(x) => json!(x),
        Cell::Bool(x) => json!(x),
        Cell::Time(x) => json!(time::iso(*x)),
        Cell::List(x) => json!(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Column, Frame};

    #[test]
    fn rows_keep_types_nulls_and_instants() {
        let frame = Frame::from_columns(vec![
            ("at".into(), Column::Time(vec![Some(1_790_920_800_000_000), None])),
            ("k".into(), Column::Int(vec![Some(3), None])),
        ])
        .unwrap();
        let result = QueryResult { id: "x".into(), frame, ..QueryResult::default() };
        let text = String::from_utf8(bytes(&result).unwrap()).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["rows"][0], json!({ "at": "2026-10-02T06:00:00Z", "k": 3 }));
        assert_eq!(read["rows"][1], json!({ "at": null, "k": null }));
        assert!(text.ends_with("}\n"));
    }
}
