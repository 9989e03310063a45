//! Cells of a forecast's rows and how they are written: JSON for programs, text for CSV and
//! tables. Numbers are exact; nothing is rounded.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::{format, time};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text; many rows may have the same.
    Text(Arc<str>),
    /// Whole number.
    Int(i64),
    /// Number.
    Number(f64),
    /// Instant, microseconds UTC.
    Time(i64),
    /// Several.
    List(Vec<Value>),
    /// Several with names.
    Map(Vec<(Name, Value)>),
}

/// Name of a column or a member: most are known beforehand.
pub type Name = Cow<'static, str>;

/// Rows under common names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Names of the columns.
    pub names: Vec<Name>,
    /// Cells of each row, as many as there are names.
    pub cells: Vec<Vec<Value>>,
}

impl Rows {
    /// One row.
    #[must_use]
    pub fn one(row: Vec<(Name, Value)>) -> Self {
        let (names, cells) = row.into_iter().unzip();
        Rows { names, cells: vec![cells] }
    }

    /// Appends a row as a JSON object, without its first `skip` columns.
    pub fn json(&self, row: &[Value], skip: usize, out: &mut String) {
        let members = self.names.iter().map(|name| &**name).zip(row);
        json_object(members.skip(skip), out);
    }
}

impl Value {
    /// A cell, or nothing.
    pub fn of<T>(value: Option<T>, make: impl FnOnce(T) -> Value) -> Self {
        value.map_or(Value::Null, make)
    }

    /// A count.
    pub fn count(n: usize) -> Self {
        Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// Whether it stands to the right in a table.
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Int(_) | Value::Number(_))
    }

    /// Appends plain text; nothing for nothing, lists with `; ` between their parts.
    pub fn text(&self, out: &mut String) {
        let part = |at: usize, out: &mut String| out.push_str(if at > 0 { "; " } else { "" });
        match self {
            Value::Null => {}
            Value::Text(text) => out.push_str(text),
            Value::Int(n) => out.push_str(&n.to_string()),
            Value::Number(x) => format::push_exact(*x, out),
            Value::Time(at) => out.push_str(&time::iso(*at)),
            Value::List(values) => {
                for (at, value) in values.iter().enumerate() {
                    part(at, out);
                    value.text(out);
                }
            }
            Value::Map(members) => {
                for (at, (name, value)) in members.iter().enumerate() {
                    part(at, out);
                    out.push_str(name);
                    out.push('=');
                    value.text(out);
                }
            }
        }
    }

    /// Appends the JSON text.
    pub fn json(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Text(text) => quoted(text, out),
            Value::Int(n) => out.push_str(&n.to_string()),
            Value::Number(x) => format::push_exact(*x, out),
            Value::Time(at) => quoted(&time::iso(*at), out),
            Value::List(values) => json_list(values, out, Value::json),
            Value::Map(members) => {
                json_object(members.iter().map(|(name, value)| (&**name, value)), out);
            }
        }
    }
}

/// Appends a JSON object.
fn json_object<'a>(members: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('{');
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            out.push(',');
        }
        quoted(name, out);
        out.push(':');
        value.json(out);
    }
    out.push('}');
}

/// Appends a JSON list.
pub fn json_list<T>(items: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

/// Appends a JSON text.
pub fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_exactly_and_escaped() {
        let row: Vec<(Name, Value)> = vec![
            ("series".into(), Value::Text("a\"b\n".into())),
            ("x".into(), Value::Number(0.1 + 0.2)),
            ("small".into(), Value::Number(1.5e-9)),
            ("zero".into(), Value::Number(-0.0)),
            ("n".into(), Value::count(3)),
            ("none".into(), Value::Null),
            ("at".into(), Value::Time(0)),
            ("list".into(), Value::List(vec![Value::Int(7), Value::Int(365)])),
            ("weights".into(), Value::Map(vec![("theta".into(), Value::Number(0.5))])),
        ];
        let rows = Rows::one(row);
        let cells = &rows.cells[0];
        let mut got = String::new();
        rows.json(cells, 0, &mut got);
        let want = r#"{"series":"a\"b\n","x":0.30000000000000004,"small":1.5e-9,"zero":0,"n":3,"#;
        let want = format!(
            r#"{want}"none":null,"at":"1970-01-01T00:00:00Z","list":[7,365],"weights":{{"theta":0.5}}}}"#
        );
        assert_eq!(got, want);
        assert!(serde_json::from_str::<serde_json::Value>(&got).is_ok());
        let mut text = String::new();
        cells.iter().skip(7).for_each(|value| value.text(&mut text));
        assert_eq!(text, "7; 365theta=0.5");
        let mut without_name = String::new();
        rows.json(cells, 1, &mut without_name);
        assert!(without_name.starts_with("{\"x\":0.3"), "{without_name}");
    }
}
