//! Evaluation with three truth values: `null` spreads as in SQL, and a condition holds only when
//! it is true. Pure; never fails.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Cast, Compare, Expr, Function};
use crate::ingest::columns::number::Decimal;
use crate::ingest::definition::NumberForm;
use crate::model::frame::Cell;
use crate::model::time::iso;

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Unknown.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// Integer.
    Int(i64),
    /// Float.
    Float(f64),
    /// Truth value.
    Bool(bool),
    /// Instant, microseconds since 1970 UTC.
    Time(i64),
}

/// Where columns get their values.
pub struct Env<'a> {
    /// Text of a raw column.
    pub raw: &'a dyn Fn(usize) -> Option<Cow<'a, str>>,
    /// Cell of a canonical column.
    pub canonical: &'a dyn Fn(usize) -> Cell,
}

impl Value<'_> {
    /// Text of the value; null has none.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Null => return None,
            Value::Text(t) => Cow::Borrowed(t.as_ref()),
            Value::Int(n) => n.to_string().into(),
            Value::Float(n) => n.to_string().into(),
            Value::Bool(b) => b.to_string().into(),
            Value::Time(at) => iso(*at).into(),
        })
    }
}

impl Expr {
    /// True only when the condition is true (not when it is unknown).
    #[must_use]
    pub fn holds<'a>(&'a self, env: &Env<'a>) -> bool {
        self.truth(env) == Some(true)
    }

    fn truth<'a>(&'a self, env: &Env<'a>) -> Option<bool> {
        match self.eval(env) {
            Value::Bool(b) => Some(b),
            Value::Null | Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) => None,
        }
    }

    /// The value of the expression.
    #[must_use]
    pub fn eval<'a>(&'a self, env: &Env<'a>) -> Value<'a> {
        let known = |truth: Option<bool>| truth.map_or(Value::Null, Value::Bool);
        match self {
            Expr::Literal(value) => value.clone(),
            Expr::Raw(column) => (env.raw)(*column).map_or(Value::Null, Value::Text),
            Expr::Canonical(column) => match (env.canonical)(*column) {
                Cell::Null => Value::Null,
                Cell::Text(t) => Value::Text(t.into()),
                Cell::List(items) => Value::Text(items.join(",").into()),
                Cell::Int(n) => Value::Int(n),
                Cell::Float(n) => Value::Float(n),
                Cell::Bool(b) => Value::Bool(b),
                Cell::Time(at) => Value::Time(at),
            },
            Expr::Compare(op, a, b) => known(compare(*op, &a.eval(env), &b.eval(env))),
            Expr::And(a, b) => known(match (a.truth(env), b.truth(env)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            Expr::Or(a, b) => known(match (a.truth(env), b.truth(env)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Expr::Not(a) => known(a.truth(env).map(|t| !t)),
            Expr::IsNull(a) => Value::Bool(a.eval(env) == Value::Null),
            Expr::Case(arms, other) => {
                let arm = arms.iter().find(|(when, _)| when.holds(env));
                match (arm, other) {
                    (Some((_, then)), _) => then.eval(env),
                    (None, Some(other)) => other.eval(env),
                    (None, None) => Value::Null,
                }
            }
            Expr::Match(a, pattern) => known(a.eval(env).text().map(|t| pattern.is_match(&t))),
            Expr::Cast(a, to) => cast(a.eval(env), *to),
            Expr::Call(function, arguments) => {
                call(*function, arguments.iter().map(|a| a.eval(env)).collect())
            }
        }
    }
}

fn compare(op: Compare, a: &Value, b: &Value) -> Option<bool> {
    let order = match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Int(a), Value::Int(b)) | (Value::Time(a), Value::Time(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => number(a)?.partial_cmp(&number(b)?)?,
    };
    Some(match op {
        Compare::Equal => order == Ordering::Equal,
        Compare::NotEqual => order != Ordering::Equal,
        Compare::Less => order == Ordering::Less,
        Compare::LessOrEqual => order != Ordering::Greater,
        Compare::Greater => order == Ordering::Greater,
        Compare::GreaterOrEqual => order != Ordering::Less,
    })
}

#[expect(clippy::cast_precision_loss, reason = "only mixed comparisons, where a float decides")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Float(n) => Some(*n),
        Value::Null | Value::Text(_) | Value::Bool(_) | Value::Time(_) => None,
    }
}

fn cast(value: Value, to: Cast) -> Value {
    let Some(text) = value.text() else { return Value::Null };
    let decimal = || Decimal::parse(&text, &NumberForm::default());
    match to {
        Cast::Text => Value::Text(text.into_owned().into()),
        Cast::Int => decimal().and_then(Decimal::integer).map_or(Value::Null, Value::Int),
        Cast::Float => decimal().and_then(Decimal::float).map_or(Value::Null, Value::Float),
        Cast::Bool => text.to_ascii_lowercase().parse().map_or(Value::Null, Value::Bool),
    }
}

fn call(function: Function, mut values: Vec<Value>) -> Value {
    let own = |text: String| Value::Text(text.into());
    match function {
        Function::Coalesce => {
            let found = values.into_iter().find(|v| *v != Value::Null);
            found.unwrap_or(Value::Null)
        }
        Function::Nullif => match (values.pop(), values.pop()) {
            (Some(b), Some(a)) if compare(Compare::Equal, &a, &b) != Some(true) => a,
            _ => Value::Null,
        },
        Function::Concat => {
            own(values.iter().filter_map(Value::text).fold(String::new(), |all, t| all + &t))
        }
        Function::Join
        | Function::Lower
        | Function::Upper
        | Function::Trim
        | Function::Substr
        | Function::Replace => {
            let texts: Option<Vec<Cow<str>>> = values.iter().map(Value::text).collect();
            texts.and_then(|texts| on_text(function, &texts)).map_or(Value::Null, own)
        }
    }
}

/// Functions that are null when an argument is.
fn on_text(function: Function, texts: &[Cow<str>]) -> Option<String> {
    let first = texts.first()?;
    Some(match function {
        Function::Join => texts.concat(),
        Function::Lower => first.to_lowercase(),
        Function::Upper => first.to_uppercase(),
        Function::Trim => first.trim().to_owned(),
        Function::Replace => first.replace(texts.get(1)?.as_ref(), texts.get(2)?),
        Function::Substr => {
            let from = texts.get(1)?.parse::<i64>().ok()?;
            let length = texts.get(2).map(|t| t.parse::<i64>()).transpose().ok()?;
            let end = length.map(|n| from + n);
            let kept = first.chars().zip(1_i64..);
            let kept = kept.filter(|(_, at)| *at >= from && end.is_none_or(|end| *at < end));
            kept.map(|(c, _)| c).collect()
        }
        Function::Coalesce | Function::Nullif | Function::Concat => return None,
    })
}
