//! Arguments of template functions: from the engine's values to ours and back.

use minijinja::value::{Kwargs, Value, ValueKind};

use crate::error::Error;
use crate::model::frame::{Cell, Frame};

use super::charts::build::ChartSpec;
use super::functions::{Answer, fail};
use super::markdown;
use super::tables::{CellKind, ColumnUse, Pivot, default_kind, default_null};

/// A cell as a template value.
pub fn value_of(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Text(x) => Value::from(x.clone()),
        Cell::Int(x) | Cell::Time(x) => Value::from(*x),
        Cell::Float(x) => Value::from(*x),
        Cell::Bool(x) => Value::from(*x),
        Cell::List(x) => Value::from(x.clone()),
    }
}

/// A template value as a cell.
pub fn cell_of(value: &Value) -> Cell {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => Cell::Null,
        ValueKind::Bool => Cell::Bool(value.is_true()),
        ValueKind::Number => match value.as_i64() {
            Some(x) => Cell::Int(x),
            None => f64::try_from(value.clone()).map_or(Cell::Null, Cell::Float),
        },
        _ => Cell::Text(value.to_string()),
    }
}

/// All options but the reserved ones, as column and wanted cell.
pub fn filters(options: &Kwargs, reserved: &[&str]) -> Answer<Vec<(String, Cell)>> {
    let names: Vec<String> = options.args().map(str::to_owned).collect();
    let mut out = Vec::new();
    for name in names.into_iter().filter(|n| !reserved.contains(&n.as_str())) {
        let value: Value = options.get(&name)?;
        out.push((name, cell_of(&value)));
    }
    Ok(out)
}

/// The option `where={column: value}`.
pub fn where_of(options: &Kwargs) -> Answer<Vec<(String, Cell)>> {
    match options.get::<Option<Value>>("where")? {
        None => Ok(Vec::new()),
        Some(map) => entries(&map, "where"),
    }
}

fn entries(map: &Value, what: &str) -> Answer<Vec<(String, Cell)>> {
    if map.kind() != ValueKind::Map {
        return Err(fail(Error::config(format!("`{what}` is not a map {{column: value}}"))));
    }
    let mut out = Vec::new();
    for key in map.try_iter()? {
        out.push((key.to_string(), cell_of(&map.get_item(&key)?)));
    }
    Ok(out)
}

/// A text option; what a `{% set %}` block captured is read as Markdown.
pub fn text(options: &Kwargs, name: &str) -> Answer<Option<String>> {
    Ok(options.get::<Option<Value>>(name)?.map(|value| text_of(&value)))
}

fn text_of(value: &Value) -> String {
    markdown::argument_text(&value.to_string(), value.is_safe())
}

/// An option that is one word or a list of them.
pub fn words(options: &Kwargs, name: &str) -> Answer<Option<Vec<String>>> {
    let Some(value) = options.get::<Option<Value>>(name)? else { return Ok(None) };
    if value.as_str().is_some() {
        return Ok(Some(vec![value.to_string()]));
    }
    Ok(Some(value.try_iter()?.map(|v| v.to_string()).collect()))
}

/// Everything else of a chart.
pub fn chart_spec(options: &Kwargs) -> Answer<ChartSpec> {
    let mut spec = ChartSpec {
        kind: options.get("kind")?,
        target: options.get("target")?,
        ..ChartSpec::default()
    };
    let read =
        ["data", "where", "title", "subtitle", "sort", "cases", "forecast", "full", "target"];
    let names: Vec<String> = options.args().map(str::to_owned).collect();
    for name in names {
        // `n` is a number of cases when given as a number, a column when given as a text.
        if name == "kind" || name == "n" || read.contains(&name.as_str()) {
            continue;
        }
        let value: Value = options.get(&name)?;
        spec.words.insert(name, text_of(&value));
    }
    Ok(spec)
}

/// The columns of a table: a name, or a map with `name`, `title`, `kind` and more.
pub fn columns(options: &Kwargs, frame: &Frame) -> Answer<Vec<ColumnUse>> {
    let listed: Option<Vec<Value>> = options.get("columns")?;
    let names = || frame.names().iter().map(|n| Value::from(n.clone())).collect();
    listed.unwrap_or_else(names).iter().map(|value| column(value, frame)).collect()
}

/// The option `pivot={"by": column, "cell": column spec, "order": [text]}`.
pub fn pivot(options: &Kwargs, frame: &Frame) -> Answer<Option<Pivot>> {
    let Some(map) = options.get::<Option<Value>>("pivot")? else { return Ok(None) };
    let (by, cell) = (map.get_attr("by")?, map.get_attr("cell")?);
    if by.is_undefined() || cell.is_undefined() {
        return Err(fail(Error::config("a pivot needs `by` and `cell`")));
    }
    let order = map.get_attr("order")?;
    let order = if order.is_undefined() {
        Vec::new()
    } else {
        order.try_iter()?.map(|v| v.to_string()).collect()
    };
    Ok(Some(Pivot { by: by.to_string(), cell: column(&cell, frame)?, order }))
}

fn column(value: &Value, frame: &Frame) -> Answer<ColumnUse> {
    let kind_of = |name: &str| {
        frame.get(name).map_or(CellKind::Text, |column| default_kind(name, column.kind()))
    };
    let title_of = |name: &str| {
        let text = name.trim_end_matches("_s").replace('_', " ");
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
    };
    let mut out = ColumnUse {
        name: value.to_string(),
        title: String::new(),
        kind: CellKind::Text,
        prefix: String::new(),
        null: default_null(),
        columns: ChartSpec::default(),
    };
    let mut kind = None;
    if value.kind() == ValueKind::Map {
        out.name = String::new();
        for key in value.try_iter()? {
            let (key, item) = (key.to_string(), value.get_item(&key)?);
            match key.as_str() {
                "name" => out.name = item.to_string(),
                "title" => out.title = text_of(&item),
                "prefix" => out.prefix = text_of(&item),
                "null" => out.null = text_of(&item),
                "kind" => kind = Some(CellKind::of(&item.to_string()).map_err(fail)?),
                "k" | "n" | "lo" | "hi" => {
                    out.columns.words.insert(key, item.to_string());
                }
                other => {
                    let message = format!("a table column has no `{other}`");
                    let known = "it has: name, title, kind, prefix, null, k, n, lo, hi";
                    return Err(fail(Error::config(message).hint(known)));
                }
            }
        }
    }
    if out.name.is_empty() {
        return Err(fail(Error::config("a table column has no `name`")));
    }
    out.kind = kind.unwrap_or_else(|| kind_of(&out.name));
    if out.title.is_empty() {
        out.title = title_of(&out.name);
    }
    Ok(out)
}
