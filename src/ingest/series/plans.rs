//! Planned additions to series: a CSV with the columns `starts_at` and `amount`, and `series`,
//! `ramp_s`, `adds_capacity`, `probability_share` if it has them (the names of the table
//! `growth_plans`). An empty series means every one.

use chrono_tz::Tz;

use super::{List, cell, position};
use crate::error::{Error, Result};
use crate::ingest::open::Input;

/// One planned addition.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The series it concerns; none = every one.
    pub series: Option<String>,
    /// Start, microseconds UTC.
    pub starts_at: i64,
    /// Size when complete, in units of the values; negative = a removal.
    pub amount: f64,
    /// Microseconds from start to completion; 0 = at once.
    pub ramp_us: i64,
    /// Adds to the threshold instead of the value.
    pub adds_capacity: bool,
    /// Probability that it comes, 0 to 1.
    pub probability: f64,
}

/// Reads all plans of an input; `place` is its name in messages.
///
/// # Errors
/// Input: a column is missing, or a cell cannot be read.
pub fn read(input: &Input, place: &str, zone: Tz) -> Result<Vec<Plan>> {
    let List { header, rows } = List::read(input, place)?;
    let required = |name: &str| position(&header, name).map_err(|e| e.at(place));
    let (starts_at, amount) = (required("starts_at")?, required("amount")?);
    let optional = |name: &str| header.iter().position(|known| known == name);
    let (series, ramp) = (optional("series"), optional("ramp_s"));
    let (capacity, probability) = (optional("adds_capacity"), optional("probability_share"));
    let form = cell::form(zone, None);
    let mut plans = Vec::new();
    for (line, cells) in rows {
        let here = format!("{place}:{line}");
        let text = |at: usize| cells.get(at).map_or("", String::as_str);
        let number = |at: Option<usize>| match at {
            Some(at) => cell::number(text(at)).map_err(|e| e.at(&here)),
            None => Ok(None),
        };
        let amount = number(Some(amount))?.ok_or_else(|| {
            Error::input("a plan without an amount").at(&here).hint("write a number")
        })?;
        let share = number(probability)?.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::input(format!("{share} is no probability"))
                .at(&here)
                .hint("write a number from 0 to 1"));
        }
        plans.push(Plan {
            series: series.map(|at| text(at).to_owned()).filter(|name| !name.is_empty()),
            starts_at: cell::instant(text(starts_at), &form, None).map_err(|e| e.at(&here))?,
            amount,
            ramp_us: cell::seconds_us(number(ramp)?.unwrap_or(0.0)).map_err(|e| e.at(&here))?,
            adds_capacity: match capacity.map(text) {
                Some(text) => is_true(text).map_err(|e| e.at(&here))?,
                None => false,
            },
            probability: share,
        });
    }
    Ok(plans)
}

/// A cell that says yes or no; nothing is no.
fn is_true(text: &str) -> Result<bool> {
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match (is(&["true", "t", "yes", "y", "1"]), is(&["false", "f", "no", "n", "0", ""])) {
        (is_yes, is_no) if is_yes || is_no => Ok(is_yes),
        _ => Err(Error::input(format!("\"{text}\" is neither true nor false"))
            .hint("write true where the plan adds capacity, false where it adds use")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::parse_iso;

    fn plans(text: &str) -> Result<Vec<Plan>> {
        read(&Input::from_bytes("plans.csv", text.as_bytes().to_vec()), "plans.csv", Tz::UTC)
    }

    #[test]
    fn a_plan_needs_its_start_and_its_amount_and_the_rest_has_defaults() {
        let text = "starts_at,amount,series,ramp_s,adds_capacity,probability_share\n\
                    2026-01-01,5e3,a,86400,true,0.5\n2026-02-01,-7,,,,\n";
        let starts_at = |text| parse_iso(text).unwrap();
        let first = Plan {
            series: Some("a".into()),
            starts_at: starts_at("2026-01-01"),
            amount: 5000.0,
            ramp_us: 86_400_000_000,
            adds_capacity: true,
            probability: 0.5,
        };
        let second = Plan {
            series: None,
            starts_at: starts_at("2026-02-01"),
            amount: -7.0,
            ramp_us: 0,
            adds_capacity: false,
            probability: 1.0,
        };
        assert_eq!(plans(text).unwrap(), [first, second.clone()]);
        assert_eq!(plans("amount,starts_at\n-7,2026-02-01\n").unwrap(), [second]);
        for (text, want) in [
            ("starts_at\n", "column \"amount\" is missing"),
            ("starts_at,amount\n2026-01-01,\n", "plans.csv:2: a plan without an amount"),
            ("starts_at,amount\nsoon,1\n", "plans.csv:2: \"soon\" is not a time"),
            ("starts_at,amount,probability_share\n2026-01-01,1,50\n", "50 is no probability"),
            ("starts_at,amount,adds_capacity\n2026-01-01,1,maybe\n", "neither true nor false"),
            ("starts_at,amount,ramp_s\n2026-01-01,1,-5\n", "-5 is no length of time"),
        ] {
            let error = plans(text).unwrap_err().to_string();
            assert!(error.contains(want), "{error}");
        }
    }

    #[test]
    fn words_of_other_exports_tell_room_from_use() {
        let text = "starts_at,amount,adds_capacity\n2026-01-01,1,t\n2026-01-01,1,f\n\
                    2026-01-01,1,Yes\n2026-01-01,1,0\n2026-01-01,1,\n";
        let adds: Vec<bool> = plans(text).unwrap().iter().map(|plan| plan.adds_capacity).collect();
        assert_eq!(adds, [true, false, true, false, false]);
    }
}
