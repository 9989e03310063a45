//! From one rate to another in exact steps. Rows are groups (a warning policy, a tier) with `k`
//! and `n` of every state; they become one row per group and term, and one `total` row:
//!
//! ```toml
//! [[steps]]
//! step  = "bridge"
//! group = ["warning_policy"]
//! states = [
//!   { name = "attempt",       k = "s1_k", n = "s1_n" },
//!   { name = "first_attempt", k = "s3_k", n = "s3_n", why = "retries dropped" },
//!   { name = "final",         k = "s2_k", n = "s2_n", why = "recovered by a retry" },
//! ]
//! ```
//!
//! Gives `term from_state to_state why k n state_value num den value`: `k / n` is the state
//! reached, `num / den` the exact difference to the one before (reduced), `value` the same as
//! float. The terms add up to `total` exactly; where a state has no trials its terms are null.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::fraction::Fraction;
use super::super::proportion::share;
use super::table::{Builder, Output, group_frame, groups, pairs};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    #[serde(default)]
    group: Vec<String>,
    states: Vec<State>,
    prefix: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    name: String,
    k: String,
    n: String,
    #[serde(default)]
    why: String,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step   = "bridge"
group  = ["warning_policy"]
states = [
  { name = "attempt", k = "s1_k", n = "s1_n" },
  { name = "first_attempt", k = "s3_k", n = "s3_n", why = "retries dropped" },
]"#;

/// One row of the result.
struct Term<'a> {
    number: i64,
    from: &'a str,
    to: &'a str,
    why: &'a str,
    counts: Option<(u64, u64)>,
    difference: Option<Fraction>,
}

impl Bridge {
    pub(super) fn check(&self) -> Result<()> {
        if self.states.len() < 2 {
            return Err(Error::config("a bridge needs at least two `states`"));
        }
        Ok(())
    }

    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let read = |state: &State| pairs(frame, &state.k, &state.n);
        let cells = self.states.iter().map(read).collect::<Result<Vec<_>>>()?;
        let mut terms = Vec::new();
        let mut rows = Vec::new();
        for row in groups(frame, &self.group)?.into_iter().filter_map(|g| g.first().copied()) {
            let counts: Vec<Option<(u64, u64)>> =
                cells.iter().map(|c| c.get(row).copied().flatten()).collect();
            let of_row = self.terms(&counts);
            rows.extend(std::iter::repeat_n(vec![row], of_row.len()));
            terms.extend(of_row);
        }
        let mut out = Builder::on(group_frame(frame, &self.group, &rows)?, self.prefix.as_deref());
        add(&mut out, &terms)?;
        Ok(out.done())
    }

    fn terms(&self, counts: &[Option<(u64, u64)>]) -> Vec<Term<'_>> {
        let states: Vec<Reached<'_>> = self.states.iter().zip(counts.iter().copied()).collect();
        let mut terms: Vec<Term<'_>> =
            (1..).zip(states.windows(2)).filter_map(|(number, pair)| term(number, pair)).collect();
        let sum = terms.iter().try_fold(Fraction::ZERO, |sum, t| sum.plus(t.difference?));
        if let (Some((first, _)), Some((last, counts))) = (states.first(), states.last()) {
            terms.push(Term {
                number: 0,
                from: &first.name,
                to: &last.name,
                why: "total",
                counts: *counts,
                difference: sum,
            });
        }
        terms
    }
}

/// A state with the counts of one row.
type Reached<'a> = (&'a State, Option<(u64, u64)>);

/// The term from the first to the second of a pair of states.
fn term<'a>(number: i64, pair: &[Reached<'a>]) -> Option<Term<'a>> {
    let (&(from, before), &(to, after)) = (pair.first()?, pair.get(1)?);
    let fraction = |counts: Option<(u64, u64)>| {
        let (k, n) = counts?;
        Fraction::new(k.into(), n.into())
    };
    let difference = fraction(after).zip(fraction(before));
    Some(Term {
        number,
        from: &from.name,
        to: &to.name,
        why: &to.why,
        counts: after,
        difference: difference.and_then(|(after, before)| after.minus(before)),
    })
}

fn add(out: &mut Builder, terms: &[Term<'_>]) -> Result<()> {
    let words = |f: fn(&Term<'_>) -> String| -> Vec<String> { terms.iter().map(f).collect() };
    let column = |words: &[String]| {
        crate::model::frame::Column::Text(words.iter().cloned().map(Some).collect())
    };
    out.int("term", "1, 2, ...; 0 = total", terms.iter().map(|t| Some(t.number)).collect())?;
    let froms = column(&words(|t| t.from.to_owned()));
    out.add("from_state", "state before the term", froms)?;
    out.add("to_state", "state after the term", column(&words(|t| t.to.to_owned())))?;
    out.add("why", "what the term takes in or out", column(&words(|t| t.why.to_owned())))?;
    let int = |f: fn(&Term<'_>) -> Option<i64>| terms.iter().map(f).collect();
    out.int("k", "numerator of the state reached", int(|t| i64::try_from(t.counts?.0).ok()))?;
    out.int("n", "denominator of the state reached", int(|t| i64::try_from(t.counts?.1).ok()))?;
    let reached = terms.iter().map(|t| t.counts.and_then(|(k, n)| share(k, n))).collect();
    out.float("state_value", "rate of the state reached", reached)?;
    out.int("num", "numerator of the exact difference", int(|t| t.difference?.num()))?;
    out.int("den", "denominator of the exact difference", int(|t| t.difference?.den()))?;
    let values = terms.iter().map(|t| t.difference.map(Fraction::value)).collect();
    out.float("value", "the difference", values)
}
