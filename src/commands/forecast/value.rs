//! Cells of a forecast's rows and how they are written: JSON for programs, text for CSV and
//! tables. Numbers are exact; nothing is rounded.

use std::borrow::Cow;

use crate::model::{format, time};

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
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

/// A row: names and cells, in order.
pub type Row = Vec<(Name, Value)>;

/// Name of a column: most are known beforehand, and a row is made for every step.
pub type Name = Cow<'static, str>;

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

    /// Plain text; empty for nothing, lists with `; ` between their parts.
    pub fn text(&self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Text(text) => text.clone(),
            Value::Int(n) => n.to_string(),
            Value::Number(x) => format::exact(*x),
            Value::Time(at) => time::iso(*at),
            Value::List(values) => values.iter().map(Value::text).collect::<Vec<_>>().join("; "),
            Value::Map(members) => {
                let member = |(name, value): &(Name, Value)| format!("{name}={}", value.text());
                members.iter().map(member).collect::<Vec<_>>().join("; ")
            }
        }
    }

    /// Appends the JSON text.
    pub fn json(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Text(text) => quoted(text, out),
            Value::Int(n) => out.push_str(&n.to_string()),
            Value::Number(x) => out.push_str(&format::exact(*x)),
            Value::Time(at) => quoted(&time::iso(*at), out),
            Value::List(values) => json_list(values, out, Value::json),
            Value::Map(members) => json_object(members, out),
        }
    }
}

/// Appends a row as a JSON object.
pub fn json_object(row: &[(Name, Value)], out: &mut String) {
    out.push('{');
    for (at, (name, value)) in row.iter().enumerate() {
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
        let row: Row = vec![
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
        let mut got = String::new();
        json_object(&row, &mut got);
        let want = r#"{"series":"a\"b\n","x":0.30000000000000004,"small":1.5e-9,"zero":0,"n":3,"#;
        let want = format!(
            r#"{want}"none":null,"at":"1970-01-01T00:00:00Z","list":[7,365],"weights":{{"theta":0.5}}}}"#
        );
        assert_eq!(got, want);
        assert!(serde_json::from_str::<serde_json::Value>(&got).is_ok());
        let text: Vec<String> = row.iter().skip(7).map(|(_, v)| v.text()).collect();
        assert_eq!(text, ["7; 365", "theta=0.5"]);
    }
}
