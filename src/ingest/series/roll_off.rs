//! What comes back at known dates: a CSV with the columns `back_at` and `amount`, and `series` if
//! it has one. An empty series means every one.

use chrono_tz::Tz;

use super::{List, cell, position};
use crate::error::{Error, Result};
use crate::ingest::open::Input;

/// One amount that comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Back {
    /// The series it concerns; none = every one.
    pub series: Option<String>,
    /// When, microseconds UTC.
    pub at: i64,
    /// How much, in units of the values; not negative.
    pub amount: f64,
}

/// Reads all of an input; `place` is its name in messages.
///
/// # Errors
/// Input: a column is missing, or a cell cannot be read.
pub fn read(input: &Input, place: &str, zone: Tz) -> Result<Vec<Back>> {
    let List { header, rows } = List::read(input, place)?;
    let required = |name: &str| position(&header, name).map_err(|e| e.at(place));
    let (back_at, amount_at) = (required("back_at")?, required("amount")?);
    let series = header.iter().position(|known| known == "series");
    let form = cell::form(zone, None);
    let back = |(line, cells): (usize, Vec<String>)| {
        let here = format!("{place}:{line}");
        let text = |at: usize| cells.get(at).map_or("", String::as_str);
        let amount = cell::number(text(amount_at)).map_err(|e| e.at(&here))?;
        let amount = amount.filter(|amount| *amount >= 0.0).ok_or_else(|| {
            Error::input(format!("\"{}\" does not come back", text(amount_at)))
                .at(&here)
                .hint("write how much is given back, as a number that is not negative")
        })?;
        Ok(Back {
            series: series.map(|at| text(at).to_owned()).filter(|name| !name.is_empty()),
            at: cell::instant(text(back_at), &form, None).map_err(|e| e.at(&here))?,
            amount,
        })
    };
    rows.into_iter().map(back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::parse_iso;

    fn back(text: &str) -> Result<Vec<Back>> {
        read(&Input::from_bytes("back.csv", text.as_bytes().to_vec()), "back.csv", Tz::UTC)
    }

    #[test]
    fn what_comes_back_has_a_date_and_a_size_and_the_rest_is_an_error_with_its_place() {
        let got = back("back_at,amount,series\n2026-01-01,5e3,a\n2026-02-01,7,\n").unwrap();
        let at = |text| parse_iso(text).unwrap();
        let first = Back { series: Some("a".into()), at: at("2026-01-01"), amount: 5000.0 };
        assert_eq!(got, [first, Back { series: None, at: at("2026-02-01"), amount: 7.0 }]);
        for (text, want) in [
            ("back_at\n", "column \"amount\" is missing"),
            ("back_at,amount\n2026-01-01,\n", "back.csv:2: \"\" does not come back"),
            ("back_at,amount\n2026-01-01,-1\n", "\"-1\" does not come back"),
            ("back_at,amount\nsoon,1\n", "back.csv:2: \"soon\" is not a time"),
            ("back_at,amount\n2026-01-01\n", "back.csv:2: is no row: ragged-row"),
        ] {
            let error = back(text).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
