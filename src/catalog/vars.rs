//! Variables of queries as typed literals. The only way in which a value from outside enters SQL
//! text: quoted here, never pasted by a template.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::model::time;

/// Values by name; `from`, `to` and `as_of` are instants.
pub type Vars = BTreeMap<String, Var>;

/// Names that every query may use without declaring them.
pub const BUILT_IN: [&str; 3] = ["from", "to", "as_of"];

/// A value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Var {
    /// Text.
    Text(String),
    /// 64-bit integer.
    Int(i64),
    /// Finite float.
    Float(f64),
    /// Truth value.
    Bool(bool),
    /// Instant, microseconds UTC.
    Time(i64),
    /// List of text.
    Texts(Vec<String>),
    /// List of integers.
    Ints(Vec<i64>),
}

/// Type of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarKind {
    /// See [`Var::Text`].
    Text,
    /// See [`Var::Int`].
    Int,
    /// See [`Var::Float`].
    Float,
    /// See [`Var::Bool`].
    Bool,
    /// See [`Var::Time`].
    Time,
    /// See [`Var::Texts`].
    Texts,
    /// See [`Var::Ints`].
    Ints,
}

impl VarKind {
    /// The type of a header word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "text" => VarKind::Text,
            "int" => VarKind::Int,
            "float" => VarKind::Float,
            "bool" => VarKind::Bool,
            "time" => VarKind::Time,
            "texts" => VarKind::Texts,
            "ints" => VarKind::Ints,
            _ => return None,
        })
    }
}

impl Var {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> VarKind {
        match self {
            Var::Text(_) => VarKind::Text,
            Var::Int(_) => VarKind::Int,
            Var::Float(_) => VarKind::Float,
            Var::Bool(_) => VarKind::Bool,
            Var::Time(_) => VarKind::Time,
            Var::Texts(_) => VarKind::Texts,
            Var::Ints(_) => VarKind::Ints,
        }
    }

    /// A value of a header, a test file or the project's settings.
    ///
    /// # Errors
    /// Tables, mixed lists and local times have no meaning as a variable.
    pub fn from_toml(value: &toml::Value) -> Result<Self> {
        let wrong = || {
            Error::config(format!("`{value}` cannot be a variable"))
                .hint("use text, a number, true, false, an instant with Z, or a list of one type")
        };
        Ok(match value {
            toml::Value::String(text) => Var::Text(text.clone()),
            toml::Value::Integer(number) => Var::Int(*number),
            toml::Value::Float(number) if number.is_finite() => Var::Float(*number),
            toml::Value::Boolean(truth) => Var::Bool(*truth),
            toml::Value::Datetime(at) => Var::Time(time::parse_iso(&at.to_string())?),
            toml::Value::Array(items) => {
                let texts: Option<Vec<_>> =
                    items.iter().map(|i| i.as_str().map(str::to_owned)).collect();
                let ints: Option<Vec<_>> = items.iter().map(toml::Value::as_integer).collect();
                texts.map(Var::Texts).or(ints.map(Var::Ints)).ok_or_else(wrong)?
            }
            toml::Value::Float(_) | toml::Value::Table(_) => return Err(wrong()),
        })
    }

    /// The value in another type where that loses nothing: text as typed on a command line
    /// becomes any type (lists split at commas), an integer becomes a float.
    ///
    /// # Errors
    /// When the value does not fit the type.
    pub fn into_kind(self, kind: VarKind, name: &str) -> Result<Self> {
        if self.kind() == kind {
            return Ok(self);
        }
        let wrong = |shown: &str| {
            let expected = format!("{kind:?}").to_lowercase();
            Error::config(format!("variable `{name}`: `{shown}` is no {expected}"))
        };
        let split = |text: &str| -> Vec<String> {
            text.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect()
        };
        match (self, kind) {
            (Var::Text(text), VarKind::Int) => {
                text.trim().parse().map(Var::Int).map_err(|_| wrong(&text))
            }
            (Var::Text(text), VarKind::Float) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Var::Float(number)),
                Ok(_) | Err(_) => Err(wrong(&text)),
            },
            (Var::Text(text), VarKind::Bool) => {
                text.trim().parse().map(Var::Bool).map_err(|_| wrong(&text))
            }
            (Var::Text(text), VarKind::Time) => time::parse_iso(text.trim()).map(Var::Time),
            (Var::Text(text), VarKind::Texts) => Ok(Var::Texts(split(&text))),
            (Var::Text(text), VarKind::Ints) => {
                let numbers: Option<Vec<i64>> =
                    split(&text).iter().map(|t| t.parse().ok()).collect();
                numbers.map(Var::Ints).ok_or_else(|| wrong(&text))
            }
            #[expect(clippy::cast_precision_loss, reason = "guarded: exact below 2^53")]
            (Var::Int(number), VarKind::Float) if number.unsigned_abs() < 1 << 53 => {
                Ok(Var::Float(number as f64))
            }
            (Var::Texts(items), VarKind::Ints) if items.is_empty() => Ok(Var::Ints(Vec::new())),
            (other, _) => Err(wrong(&format!("{other:?}"))),
        }
    }

    /// The SQL literal. An empty list has none: `in ()` is no SQL.
    ///
    /// # Errors
    /// For an empty list and for an instant beyond the calendar.
    pub fn literal(&self, name: &str) -> Result<String> {
        Ok(match self {
            Var::Text(text) => quoted(text),
            Var::Int(number) if *number < 0 => format!("({number})"),
            Var::Int(number) => number.to_string(),
            Var::Float(number) => format!("cast({number:?} as double)"),
            Var::Bool(truth) => truth.to_string(),
            Var::Time(at) => instant(*at)
                .ok_or_else(|| Error::config(format!("variable `{name}`: no such instant")))?,
            Var::Texts(items) => list(name, items.iter().map(|t| quoted(t)))?,
            Var::Ints(items) => list(name, items.iter().map(i64::to_string))?,
        })
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn list(name: &str, items: impl Iterator<Item = String>) -> Result<String> {
    let items: Vec<String> = items.collect();
    if items.is_empty() {
        return Err(Error::config(format!("variable `{name}` is an empty list"))
            .hint("give at least one value; `in ()` is no SQL"));
    }
    Ok(format!("({})", items.join(", ")))
}

/// `timestamp '2026-07-01 00:00:00'`: the one spelling that all engines take without a zone.
fn instant(at_us: i64) -> Option<String> {
    let at = chrono::DateTime::from_timestamp_micros(at_us)?;
    let mut text = format!("timestamp '{}", at.format("%Y-%m-%d %H:%M:%S"));
    let fraction = at.timestamp_subsec_micros();
    if fraction > 0 {
        write!(text, ".{fraction:06}").ok()?;
    }
    text.push('\'');
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_quoted_and_typed() {
        let at = time::parse_iso("2026-07-01T00:00:00Z").unwrap();
        let cases = [
            (Var::Text("it's; drop table x --".into()), "'it''s; drop table x --'"),
            (Var::Int(90), "90"),
            (Var::Int(-5), "(-5)"),
            (Var::Float(0.5), "cast(0.5 as double)"),
            (Var::Float(1e300), "cast(1e300 as double)"),
            (Var::Bool(true), "true"),
            (Var::Time(at), "timestamp '2026-07-01 00:00:00'"),
            (Var::Time(at + 1), "timestamp '2026-07-01 00:00:00.000001'"),
            (Var::Texts(vec!["a".into(), "b'c".into()]), "('a', 'b''c')"),
            (Var::Ints(vec![1, -2]), "(1, -2)"),
        ];
        for (var, want) in cases {
            assert_eq!(var.literal("x").unwrap(), want);
        }
        assert!(Var::Texts(vec![]).literal("x").is_err());
    }

    #[test]
    fn text_of_a_command_line_takes_the_declared_type() {
        let text = |t: &str| Var::Text(t.into());
        let cases = [
            (text("90"), VarKind::Int, Var::Int(90)),
            (text("0.25"), VarKind::Float, Var::Float(0.25)),
            (text("true"), VarKind::Bool, Var::Bool(true)),
            (text("1970-01-02"), VarKind::Time, Var::Time(86_400_000_000)),
            (text("a, b"), VarKind::Texts, Var::Texts(vec!["a".into(), "b".into()])),
            (text("1,2"), VarKind::Ints, Var::Ints(vec![1, 2])),
            (Var::Int(3), VarKind::Float, Var::Float(3.0)),
        ];
        for (var, kind, want) in cases {
            assert_eq!(var.into_kind(kind, "x").unwrap(), want);
        }
        for (var, kind) in [
            (text("ninety"), VarKind::Int),
            (text("NaN"), VarKind::Float),
            (text("2026-07-01T00:00:00"), VarKind::Time),
            (text("1,b"), VarKind::Ints),
            (Var::Bool(true), VarKind::Int),
        ] {
            assert!(var.clone().into_kind(kind, "x").is_err(), "{var:?} as {kind:?}");
        }
    }
}
