//! Conditions that a header puts on the result: `unique(a, b)`, `not_null(a, b)`, and comparisons
//! of a column with a column or an integer (`success_count <= attempt_count`, `n >= 0`).
//! A null satisfies every comparison. A broken condition is a bug in the query or its input, so
//! the caller treats it as a finding; nothing is repaired here.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Frame};

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// No two rows agree in all of these columns.
    Unique(Vec<String>),
    /// None of these columns is null anywhere.
    NotNull(Vec<String>),
    /// Left column, operator, right side, row by row.
    Compare(String, Operator, Operand),
}

/// Comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<=`
    LessOrEqual,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `=`
    Equal,
}

/// Right side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Another column.
    Column(String),
    /// An integer.
    Int(i64),
}

/// Reads a condition.
///
/// # Errors
/// When it has none of the three forms.
pub fn parse(text: &str) -> Result<Check> {
    let wrong = || {
        Error::config(format!("`{text}` is no check"))
            .hint("write unique(a, b), not_null(a) or a <= b")
    };
    let text = text.trim();
    if let Some((name, rest)) = text.split_once('(') {
        let inner = rest.strip_suffix(')').ok_or_else(wrong)?;
        let columns: Vec<String> = inner.split(',').map(|c| c.trim().to_owned()).collect();
        if columns.iter().any(|c| !is_name(c)) {
            return Err(wrong());
        }
        return match name.trim() {
            "unique" => Ok(Check::Unique(columns)),
            "not_null" => Ok(Check::NotNull(columns)),
            _ => Err(wrong()),
        };
    }
    let operators = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("=", Operator::Equal),
    ];
    let found = operators.iter().find_map(|(sign, operator)| {
        text.split_once(sign).map(|(left, right)| (left.trim(), *operator, right.trim()))
    });
    let (left, operator, right) = found.ok_or_else(wrong)?;
    let right = match right.parse() {
        Ok(number) => Operand::Int(number),
        Err(_) if is_name(right) => Operand::Column(right.to_owned()),
        Err(_) => return Err(wrong()),
    };
    if is_name(left) { Ok(Check::Compare(left.to_owned(), operator, right)) } else { Err(wrong()) }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// One sentence per condition that the rows break.
///
/// # Errors
/// When a condition cannot be read or names a column that the frame lacks.
pub fn violations(checks: &[String], frame: &Frame) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for text in checks {
        if let Some(broken) = broken(&parse(text)?, frame)? {
            found.push(format!("check `{text}` is broken: {broken}"));
        }
    }
    Ok(found)
}

fn broken(check: &Check, frame: &Frame) -> Result<Option<String>> {
    let rows = 0..frame.height();
    match check {
        Check::Unique(columns) => {
            for column in columns {
                frame.column(column)?;
            }
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for row in rows {
                let key: Vec<Cell> = columns.iter().map(|c| frame.cell(c, row)).collect();
                if let Some(first) = seen.insert(format!("{key:?}"), row) {
                    let (a, b) = (first + 1, row + 1);
                    return Ok(Some(format!("rows {a} and {b} agree in {key:?}")));
                }
            }
        }
        Check::NotNull(columns) => {
            for column in columns {
                let values = frame.column(column)?;
                if let Some(row) = rows.clone().find(|row| values.cell(*row) == Cell::Null) {
                    return Ok(Some(format!("{column} is null in row {}", row + 1)));
                }
            }
        }
        Check::Compare(left, operator, right) => {
            let left_values = frame.column(left)?;
            if let Operand::Column(name) = right {
                frame.column(name)?;
            }
            for row in rows {
                let a = left_values.cell(row);
                let b = match right {
                    Operand::Column(name) => frame.cell(name, row),
                    Operand::Int(number) => Cell::Int(*number),
                };
                if compare(&a, &b).is_some_and(|order| !holds(*operator, order)) {
                    return Ok(Some(format!("{a:?} against {b:?} in row {}", row + 1)));
                }
            }
        }
    }
    Ok(None)
}

fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
        Operator::Less => order == Ordering::Less,
        Operator::Greater => order == Ordering::Greater,
        Operator::Equal => order == Ordering::Equal,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a check of plausibility, not a figure")]
fn compare(a: &Cell, b: &Cell) -> Option<Ordering> {
    match (a, b) {
        (Cell::Int(a) | Cell::Time(a), Cell::Int(b) | Cell::Time(b)) => Some(a.cmp(b)),
        (Cell::Float(a), Cell::Float(b)) => a.partial_cmp(b),
        (Cell::Float(a), Cell::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Cell::Int(a), Cell::Float(b)) => (*a as f64).partial_cmp(b),
        (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
        (Cell::Bool(a), Cell::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::Column;

    fn frame() -> Frame {
        let text = |v: &[&str]| Column::Text(v.iter().map(|t| Some((*t).to_owned())).collect());
        Frame::from_columns(vec![
            ("tier".into(), text(&["a", "a", "b"])),
            ("k".into(), Column::Int(vec![Some(1), Some(2), None])),
            ("n".into(), Column::Int(vec![Some(1), Some(1), Some(5)])),
        ])
        .unwrap()
    }

    #[test]
    fn broken_conditions_are_named_with_their_row() {
        let cases = [
            ("unique(tier)", Some("rows 1 and 2")),
            ("unique(tier, k)", None),
            ("not_null(k)", Some("row 3")),
            ("not_null(tier, n)", None),
            ("k <= n", Some("row 2")),
            ("k >= 1", None),
            ("n < 5", Some("row 3")),
        ];
        for (check, want) in cases {
            let found = violations(&[check.to_owned()], &frame()).unwrap();
            match want {
                Some(part) => assert!(found.iter().any(|f| f.contains(part)), "{check}: {found:?}"),
                None => assert!(found.is_empty(), "{check}: {found:?}"),
            }
        }
        assert!(violations(&["unique(x)".to_owned()], &frame()).is_err());
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["unique()", "unique(a", "a ~ b", "1 <= a", "a <= b + 1", "", "a"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
