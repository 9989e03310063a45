//! What was typed, as what is meant: columns, spacing, horizon, levels. It reads no data.

use chrono_tz::Tz;

use crate::cli;
use crate::error::{Error, Result};
use crate::ingest::series::Columns;
use crate::ingest::series::plans::Plan;
use crate::ingest::series::roll_off::Back;
use crate::model::time;
use crate::stats::forecast::total::ALL;
use crate::stats::spacing::Unit;

/// Shares of the threshold that a summary speaks of.
pub const SHARES: [f64; 4] = [0.7, 0.8, 0.9, 1.0];

/// What is asked of every series.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Where its parts stand.
    pub columns: Columns,
    /// A threshold that is the same everywhere.
    pub constant: Option<f64>,
    /// Spacing to resample to; none = as found.
    pub every: Option<Unit>,
    /// Zone of calendar steps.
    pub zone: Tz,
    /// Steps ahead.
    pub horizon: usize,
    /// Seasonal periods; none = those that the spacing suggests.
    pub periods: Option<Vec<usize>>,
    /// Levels of the intervals, ascending.
    pub levels: Vec<f64>,
    /// Planned additions; none when no file was given.
    pub plans: Option<Vec<Plan>>,
    /// What comes back at known dates; none when no file was given.
    pub roll_off: Option<Vec<Back>>,
    /// Whether totals are forecast too.
    pub has_totals: bool,
    /// Seed of the sample paths.
    pub seed: u64,
}

impl Ask {
    /// Reads the options. `header` = the columns of the input.
    ///
    /// # Errors
    /// Configuration: an option that means nothing.
    pub fn of(typed: &cli::Forecast, header: &[String]) -> Result<Self> {
        let zone = time::zone(&typed.zone)?;
        groups(&typed.total_by)?;
        let is_column = |name: &String| header.contains(name);
        let constant = match &typed.threshold {
            Some(text) if !is_column(text) => Some(number(text)?),
            Some(_) | None => None,
        };
        Ok(Ask {
            columns: Columns {
                series: typed.series.clone(),
                time: typed.time.clone(),
                value: typed.value.clone(),
                threshold: typed.threshold.clone().filter(is_column),
                available: typed.available.clone(),
                logical: typed.logical.clone(),
                groups: typed.total_by.clone(),
                zone,
                time_format: typed.time_format.clone(),
                delimiter: typed.delimiter,
            },
            constant,
            every: typed.every.as_deref().map(unit).transpose()?,
            zone,
            horizon: typed.horizon,
            periods: (!typed.period.is_empty()).then(|| typed.period.clone()),
            levels: levels(&typed.levels)?,
            plans: None,
            roll_off: None,
            has_totals: typed.total || !typed.total_by.is_empty(),
            seed: typed.seed,
        })
    }

    /// Whether dates of a threshold are asked for.
    #[must_use]
    pub fn has_threshold(&self) -> bool {
        let columns = &self.columns;
        self.constant.is_some() || columns.threshold.is_some() || columns.available.is_some()
    }
}

/// Columns of totals: each once, and none that reads like another level.
fn groups(columns: &[String]) -> Result<()> {
    let again = |(at, column): &(usize, &String)| {
        column.is_empty()
            || ["series", ALL].contains(&column.as_str())
            || columns.iter().take(*at).any(|earlier| earlier == *column)
    };
    match columns.iter().enumerate().find(again) {
        Some((_, column)) => Err(Error::config(format!(
            "--total-by: `{column}` is empty, given twice, or the name of a level"
        ))
        .hint("name each column once; `series` and `all` are levels already")),
        None => Ok(()),
    }
}

fn number(text: &str) -> Result<f64> {
    text.parse::<f64>().ok().filter(|x| x.is_finite()).ok_or_else(|| {
        Error::config(format!("--threshold: `{text}` is neither a column nor a number"))
            .hint("name a column of the header, or write a number such as 1e12")
    })
}

fn unit(text: &str) -> Result<Unit> {
    Unit::parse(text).ok_or_else(|| {
        Error::config(format!("--every: `{text}` is no length of time"))
            .hint("write year, quarter, month, week, day, hour, or a number of them such as 15min")
    })
}

fn levels(levels: &[f64]) -> Result<Vec<f64>> {
    if let Some(wrong) = levels.iter().find(|level| !(**level > 0.0 && **level < 1.0)) {
        return Err(Error::config(format!("--levels: {wrong} is no level"))
            .hint("levels lie between 0 and 1: --levels 0.8,0.95"));
    }
    let mut levels = levels.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    Ok(levels)
}
