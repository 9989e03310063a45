//! From a cell of a result to a cell of a sheet: units, precision, dates. NaN and infinity are
//! refused here, integers that a spreadsheet would change become text.

use chrono_tz::Tz;

use crate::error::{Error, Result};
use crate::model::frame::{Cell, Column};

use super::book::{Value, cell_text};
use super::data;
use super::spec::Scale;
use super::words::{as_float, integer, is_exact, yes_no};

/// Binary gigabyte.
const GIB: f64 = 1_073_741_824.0;
/// Binary terabyte.
const TIB: f64 = 1_099_511_627_776.0;

/// How a column of bytes is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// As integers.
    Exact,
    /// As GiB, with the exact bytes as text beside.
    Beside,
}

impl Bytes {
    /// The way that keeps every value of the column exact.
    #[must_use]
    pub fn of(column: Option<&Column>) -> Self {
        match column {
            Some(Column::Int(values)) if !values.iter().flatten().all(|v| is_exact(*v)) => {
                Bytes::Beside
            }
            _ => Bytes::Exact,
        }
    }
}

/// The value of a sheet's cell; the second value tells whether a text was cut.
///
/// # Errors
/// For NaN and infinity.
pub fn value(cell: &Cell, scale: Option<Scale>, bytes: Bytes, zone: Tz) -> Result<(Value, bool)> {
    let text = |text: &str| {
        let (text, is_cut) = cell_text(text);
        if text.is_empty() { (Value::Blank, false) } else { (Value::Text(text), is_cut) }
    };
    Ok(match cell {
        Cell::Null => (Value::Blank, false),
        Cell::Text(x) => text(x),
        Cell::List(items) => text(&items.join("; ")),
        Cell::Bool(x) => text(yes_no(*x)),
        Cell::Time(at) => (data::serial(*at, zone).map_or(Value::Blank, Value::Number), false),
        Cell::Int(x) => match divisor(scale, bytes) {
            Some(divisor) => (Value::Number(as_float(*x) / divisor), false),
            None => (integer(*x), false),
        },
        Cell::Float(x) if x.is_finite() => {
            (Value::Number(x / divisor(scale, bytes).unwrap_or(1.0)), false)
        }
        Cell::Float(x) => {
            return Err(Error::input(format!("the value {x} cannot stand in a workbook")));
        }
    })
}

/// The exact integer of a cell as text.
#[must_use]
pub fn exact_text(cell: &Cell) -> Value {
    match cell {
        Cell::Int(x) => Value::Text(x.to_string()),
        _ => Value::Blank,
    }
}

fn divisor(scale: Option<Scale>, bytes: Bytes) -> Option<f64> {
    match (scale?, bytes) {
        (Scale::Tib, _) => Some(TIB),
        (Scale::Gib, _) | (Scale::Bytes, Bytes::Beside) => Some(GIB),
        (Scale::Bytes, Bytes::Exact) => None,
        (Scale::E4, _) => Some(10_000.0),
        (Scale::Days, _) => Some(86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_53: i64 = 9_007_199_254_740_992;

    #[test]
    fn integers_beyond_two_to_the_53_are_never_changed() {
        for (x, want) in [
            (TWO_53 - 1, Value::Number(9_007_199_254_740_991.0)),
            (TWO_53, Value::Number(9_007_199_254_740_992.0)),
            (TWO_53 + 1, Value::Text("9007199254740993".to_owned())),
            (-TWO_53 - 1, Value::Text("-9007199254740993".to_owned())),
            (i64::MAX, Value::Text("9223372036854775807".to_owned())),
            (i64::MIN, Value::Text("-9223372036854775808".to_owned())),
        ] {
            assert_eq!(value(&Cell::Int(x), None, Bytes::Exact, Tz::UTC).unwrap().0, want);
        }
    }

    #[test]
    fn a_column_of_bytes_is_exact_or_has_the_bytes_beside() {
        let small = Column::Int(vec![Some(TWO_53), None]);
        let large = Column::Int(vec![Some(1), Some(TWO_53 + 1)]);
        assert_eq!(Bytes::of(Some(&small)), Bytes::Exact);
        assert_eq!(Bytes::of(Some(&large)), Bytes::Beside);
        let gib = Cell::Int(3 * 1_073_741_824);
        let of = |bytes| value(&gib, Some(Scale::Bytes), bytes, Tz::UTC).unwrap().0;
        assert_eq!(of(Bytes::Exact), Value::Number(3_221_225_472.0));
        assert_eq!(of(Bytes::Beside), Value::Number(3.0));
        assert_eq!(exact_text(&gib), Value::Text("3221225472".to_owned()));
    }

    #[test]
    fn nan_and_infinity_are_refused_and_null_stays_empty() {
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(value(&Cell::Float(x), None, Bytes::Exact, Tz::UTC).is_err());
        }
        let null = value(&Cell::Null, Some(Scale::Tib), Bytes::Exact, Tz::UTC).unwrap();
        assert_eq!(null.0, Value::Blank);
    }

    #[test]
    fn text_that_looks_like_a_formula_stays_text() {
        for text in ["=1+1", "@SUM(A1)", "+1", "-1", "\tx"] {
            let (value, _) =
                value(&Cell::Text(text.to_owned()), None, Bytes::Exact, Tz::UTC).unwrap();
            assert!(matches!(value, Value::Text(_)), "{text}");
        }
    }
}
