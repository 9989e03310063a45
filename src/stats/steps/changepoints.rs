//! Level shifts of series. Rows are times of a series; they become one row per shift (none
//! where nothing shifted):
//!
//! ```toml
//! [[steps]]
//! step   = "changepoints"
//! group  = ["stream"]          # optional
//! at     = "day"               # time, integer or text that orders the series
//! value  = "median_s"          # integer or float; microseconds leave as seconds
//! is_log = true                # optional; test on logs, shift_ratio from them
//! least  = 5                   # optional; least number of values between shifts
//! prefix = "shift"             # optional
//!
//! [[steps]]
//! step = "changepoints"
//! at   = "day"
//! k    = "failed_count"        # instead of value: failures of n
//! n    = "run_count"
//! ```
//!
//! Gives `at` (first time of the new level), `shift_index before after shift shift_ratio p
//! is_confirmed series_n`. p is Welch's, corrected for the places tried; `is_confirmed`: PELT
//! has a shift within two values of it. Use `adjust` on p over many series.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::changepoints::{MAX_P, Shift, e_divisive, pelt_binomial, pelt_mean};
use super::super::number::{count, length};
use super::table::{Builder, Output, group_frame, groups, numbers, ordered, pairs, unit};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changepoints {
    #[serde(default)]
    group: Vec<String>,
    at: String,
    value: Option<String>,
    k: Option<String>,
    n: Option<String>,
    #[serde(default)]
    is_log: bool,
    #[serde(default = "five")]
    least: usize,
    prefix: Option<String>,
}

fn five() -> usize {
    5
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step  = "changepoints"
group = ["stream"]
at    = "day"
value = "median_s""#;

struct Found {
    row: usize,
    shift: Shift,
    is_confirmed: bool,
    n: usize,
}

impl Changepoints {
    pub(super) fn check(&self) -> Result<()> {
        match (&self.value, &self.k, &self.n) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(()),
            (Some(_), _, _) | (None, _, _) => {
                Err(Error::config("give either `value`, or `k` and `n`"))
            }
        }
    }

    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let mut found = Vec::new();
        for rows in groups(frame, &self.group)? {
            found.extend(self.of_series(frame, &ordered(frame, &self.at, &rows)?)?);
        }
        let mut by = self.group.clone();
        by.push(self.at.clone());
        let rows: Vec<Vec<usize>> = found.iter().map(|f| vec![f.row]).collect();
        let mut out = Builder::on(group_frame(frame, &by, &rows)?, self.prefix.as_deref());
        let float = |f: &dyn Fn(&Found) -> f64| found.iter().map(|x| Some(f(x))).collect();
        let back = |level: f64| if self.is_log { libm::exp(level) } else { level };
        let indices = found.iter().map(|f| Some(length(f.shift.at))).collect();
        out.int("shift_index", "position in the series, from 0", indices)?;
        out.float("before", "level before", float(&|f| back(f.shift.before)))?;
        out.float("after", "level after", float(&|f| back(f.shift.after)))?;
        let shift = |f: &Found| back(f.shift.after) - back(f.shift.before);
        out.float("shift", "after - before", float(&shift))?;
        let ratio = |f: &Found| shift(f) / back(f.shift.before).abs();
        out.float("shift_ratio", "shift / before", float(&ratio))?;
        out.float("p", "Welch's p, corrected for the places tried", float(&|f| f.shift.p))?;
        let confirmed = found.iter().map(|f| Some(f.is_confirmed)).collect();
        out.bool("is_confirmed", "the second method agrees", confirmed)?;
        let n = found.iter().map(|f| Some(length(f.n))).collect();
        out.int("series_n", "values of the series", n)?;
        Ok(out.done())
    }

    fn of_series(&self, frame: &Frame, rows: &[usize]) -> Result<Vec<Found>> {
        let (rows, values, second) = match (&self.value, &self.k, &self.n) {
            (None, Some(k), Some(n)) => self.shares(frame, k, n, rows)?,
            (value, _, _) => self.levels(frame, value.as_deref().unwrap_or_default(), rows)?,
        };
        let shifts = e_divisive(&values, self.least, MAX_P);
        let found = |shift: Shift| {
            let is_confirmed = second.iter().any(|at| at.abs_diff(shift.at) <= 2);
            let row = rows.get(shift.at).copied()?;
            Some(Found { row, shift, is_confirmed, n: rows.len() })
        };
        Ok(shifts.into_iter().filter_map(found).collect())
    }

    fn levels(&self, frame: &Frame, value: &str, rows: &[usize]) -> Result<Series> {
        let (scale, _) = unit(value);
        let all = numbers(frame, value)?;
        let transform = |v: f64| if self.is_log { libm::log(v * scale) } else { v * scale };
        let of = |&row: &usize| {
            let value = transform(all.get(row).copied().flatten()?);
            value.is_finite().then_some((row, value))
        };
        let (rows, values): (Vec<usize>, Vec<f64>) = rows.iter().filter_map(of).unzip();
        let second = pelt_mean(&values, self.least);
        Ok((rows, values, second))
    }

    fn shares(&self, frame: &Frame, k: &str, n: &str, rows: &[usize]) -> Result<Series> {
        let all = pairs(frame, k, n)?;
        let of = |&row: &usize| {
            let pair = all.get(row).copied().flatten()?;
            (pair.1 > 0).then_some((row, pair))
        };
        let (rows, counts): (Vec<usize>, Vec<(u64, u64)>) = rows.iter().filter_map(of).unzip();
        let values = counts.iter().map(|c| count(c.0) / count(c.1)).collect();
        let second = pelt_binomial(&counts, self.least);
        Ok((rows, values, second))
    }
}

/// Rows of the frame, values, and the splits of the second method.
type Series = (Vec<usize>, Vec<f64>, Vec<usize>);
