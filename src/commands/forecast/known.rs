//! What is known of one series: its steps, its values without gaps, its threshold, its data before
//! reduction. Nothing of another series is seen, so that all can be read at the same time.

use std::collections::BTreeSet;

use super::ask::Ask;
use super::one::Refused;
use crate::ingest::series::{Sample, Series};
use crate::stats::forecast::censoring::over_gaps;
use crate::stats::forecast::reduction::{Part, Reduction};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::{Course, Layout, Limit, Pace, Question};
use crate::stats::number::{length, signed};
use crate::stats::random;
use crate::stats::spacing::{Even, Grid, suggestion};

/// A series, ready to be forecast.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Values of the columns of totals.
    pub groups: Vec<String>,
    /// Rows with a value.
    pub points: usize,
    /// Rows in the step of another row; the last of them counts.
    pub duplicates: usize,
    /// Steps in time; none without a time column, or without a spacing.
    pub grid: Option<Grid>,
    /// Where in its step the last sample lies, 0..1. Not told apart where a step is where its
    /// sample is; the last sample of a week or a month is one of that day, not of the first.
    pub phase: f64,
    /// The values, or why there are none.
    pub even: Result<Even, Refused>,
    /// Threshold at every value; empty when it is not known, or the same everywhere.
    pub past: Vec<f64>,
    /// Threshold at the steps ahead, the last goes on; empty when it is not known.
    pub ahead: Vec<f64>,
    /// Used, available and threshold do not agree.
    pub contradiction: Option<Refusal>,
    /// Data before reduction, where they are known well enough.
    pub reduction: Option<Reduction>,
    seed: u64,
}

impl Known {
    /// Reads what is needed from the rows of a series.
    #[must_use]
    pub fn of(series: Series, ask: &Ask) -> Self {
        let Series { name, groups, mut samples } = series;
        samples.sort_by_key(|sample| sample.at);
        // What is left tells the threshold; a number beside it is what is stated.
        if let (Some(stated), Some(_)) = (ask.constant, &ask.columns.available) {
            samples.iter_mut().for_each(|sample| sample.threshold = Some(stated));
        }
        let mut known = Known {
            points: samples.iter().filter(|s| s.value.is_some()).count(),
            duplicates: 0,
            grid: None,
            phase: 0.0,
            even: Err(Refusal::TooShort { n: 0, after_shift: false }.into()),
            past: Vec::new(),
            ahead: Vec::new(),
            contradiction: None,
            reduction: None,
            seed: random::seed(&[&ask.seed.to_string(), &name]),
            name,
            groups,
        };
        if ask.columns.time.is_some() {
            match grid(&samples, ask) {
                Ok(grid) => {
                    known.grid = Some(grid);
                    known.phase = phase(&samples, grid, ask).unwrap_or(0.0);
                }
                Err(refused) => {
                    known.even = Err(refused);
                    return known;
                }
            }
        }
        let cells = cells(&samples, known.grid);
        known.duplicates = samples.len() - cells.len();
        match even(&cells, |cell| cell.value) {
            Ok(even) => {
                (known.past, known.ahead) = limits(&cells, &even, ask);
                known.contradiction = contradiction(&cells);
                known.reduction = reduction(&cells, &known.past, &even);
                known.even = Ok(even);
            }
            Err(refusal) => known.even = Err(refusal.into()),
        }
        known
    }

    /// The question about it; the caller adds what is announced.
    #[must_use]
    pub fn question<'a>(
        &'a self,
        even: &'a Even,
        ask: &'a Ask,
        periods: &'a [usize],
    ) -> Question<'a> {
        let limit = Limit { past: &self.past, ahead: &self.ahead };
        Question {
            values: &even.values,
            periods,
            horizon: ask.horizon,
            levels: &ask.levels,
            limit: (!self.ahead.is_empty()).then_some(limit),
            seed: self.seed,
            ..Question::default()
        }
    }

    /// Place of the last value among the steps.
    #[must_use]
    pub fn last(&self, even: &Even) -> f64 {
        signed(even.last()) + self.phase
    }

    /// Seasonal periods: those asked for, else those that the spacing suggests.
    #[must_use]
    pub fn periods(&self, ask: &Ask) -> Vec<usize> {
        match (&ask.periods, self.grid) {
            (Some(periods), _) => periods.clone(),
            (None, Some(grid)) => grid.unit.periods(),
            (None, None) => Vec::new(),
        }
    }

    /// The series as part of a total.
    ///
    /// # Errors
    /// Why it cannot be one.
    pub fn course(&self, ask: &Ask, pace: Pace, layout: &Layout) -> Result<Course, Refused> {
        let even = self.even.as_ref().map_err(Clone::clone)?;
        if let Some(refusal) = self.contradiction {
            return Err(refusal.into());
        }
        if let Some(course) = self.reduced(even, ask, pace, layout) {
            return Ok(course);
        }
        let periods = self.periods(ask);
        Ok(Course::of(&self.question(even, ask, &periods), pace, layout)?)
    }

    /// Logical data by their ratio; none where they are not known well enough.
    #[must_use]
    pub fn reduced(&self, even: &Even, ask: &Ask, pace: Pace, layout: &Layout) -> Option<Course> {
        let periods = self.periods(ask);
        self.reduction.as_ref()?.course(&self.question(even, ask, &periods), pace, layout)
    }
}

/// Data before reduction in the steps of the values; none where they are not known well enough.
fn reduction(cells: &[(i64, Sample)], past: &[f64], values: &Even) -> Option<Reduction> {
    let ratio = |cell: &Sample| {
        let (logical, value) = cell.logical.zip(cell.value)?;
        (logical > 0.0 && value > 0.0).then(|| logical / value)
    };
    let logical = even(cells, |cell| cell.logical.filter(|_| ratio(cell).is_some())).ok()?;
    let ratio = even(cells, ratio).ok()?;
    let threshold = |(step, ratio): (i64, &f64)| {
        let at = usize::try_from(step - values.first).ok()?;
        Some(past.get(at)? * ratio)
    };
    let past = (ratio.first..).zip(&ratio.values).map_while(threshold).collect();
    let part = |even: Even| {
        let behind = u32::try_from(values.last() - even.last()).ok()?;
        Some(Part { behind: f64::from(behind), values: even.values })
    };
    Reduction::of(values.values.len(), part(logical)?, part(ratio)?, past)
}

fn even(cells: &[(i64, Sample)], part: impl Fn(&Sample) -> Option<f64>) -> Result<Even, Refusal> {
    let known: Vec<(i64, f64)> =
        cells.iter().filter_map(|(step, cell)| Some((*step, part(cell)?))).collect();
    Even::of(&known)
}

/// The steps asked for, else those in which the rows stand.
fn grid(samples: &[Sample], ask: &Ask) -> Result<Grid, Refused> {
    if let Some(unit) = ask.every {
        return Ok(Grid::every(unit, ask.zone));
    }
    let mut instants: Vec<i64> = samples.iter().map(|sample| sample.at).collect();
    instants.dedup();
    if instants.len() < 2 {
        return Err(Refusal::TooShort { n: instants.len(), after_shift: false }.into());
    }
    Grid::found(&instants, ask.zone).ok_or_else(|| {
        let word = suggestion(&instants).word();
        Refused {
            word: "irregular",
            sentence: format!("The times are not evenly spaced; --every {word} makes them so."),
        }
    })
}

/// Where in its step the last value lies, when samples are put into steps longer than a day.
fn phase(samples: &[Sample], grid: Grid, ask: &Ask) -> Option<f64> {
    ask.every.filter(|unit| unit.is_longer_than_a_day())?;
    let last = samples.iter().rev().find(|sample| sample.value.is_some())?;
    Some(grid.position(last.at)? - signed(grid.step(last.at)))
}

/// One cell per step: of rows in the same step the last one that has a part counts.
fn cells(samples: &[Sample], grid: Option<Grid>) -> Vec<(i64, Sample)> {
    let mut cells: Vec<(i64, Sample)> = Vec::with_capacity(samples.len());
    for sample in samples {
        let step = grid.map_or(sample.at, |grid| grid.step(sample.at));
        match cells.last_mut() {
            Some((last, cell)) if *last == step => {
                cell.value = sample.value.or(cell.value);
                cell.threshold = sample.threshold.or(cell.threshold);
                cell.available = sample.available.or(cell.available);
                cell.logical = sample.logical.or(cell.logical);
            }
            Some(_) | None => cells.push((step, *sample)),
        }
    }
    cells
}

/// Threshold at every value and at the steps ahead; both empty when nothing is known of it. A
/// threshold goes on until another is stated; before the first it is the first. A number says
/// nothing about the past.
fn limits(cells: &[(i64, Sample)], even: &Even, ask: &Ask) -> (Vec<f64>, Vec<f64>) {
    if let (Some(constant), None) = (ask.constant, &ask.columns.available) {
        return (Vec::new(), vec![constant]);
    }
    let stated: Vec<(i64, f64)> = cells.iter().filter_map(|c| Some((c.0, limit(&c.1)?))).collect();
    let Some(mut current) = stated.first().map(|s| s.1) else { return (Vec::new(), Vec::new()) };
    let mut rest = stated.iter().peekable();
    let mut at = |step: i64| {
        while let Some((_, limit)) = rest.next_if(|(stated, _)| *stated <= step) {
            current = *limit;
        }
        current
    };
    let last = even.last();
    let mut past: Vec<f64> = (even.first..=last).map(&mut at).collect();
    let sampled: BTreeSet<i64> =
        cells.iter().filter(|(_, cell)| cell.value.is_some()).map(|(step, _)| *step).collect();
    let is_sampled: Vec<bool> = (even.first..=last).map(|step| sampled.contains(&step)).collect();
    over_gaps(&mut past, &is_sampled);
    let latest = stated.last().map_or(last, |s| s.0);
    let ahead = latest.min(last.saturating_add(length(ask.horizon))).max(last + 1);
    (past, (last + 1..=ahead).map(at).collect())
}

/// What can be in use at most: used + available, else the stated threshold.
fn limit(cell: &Sample) -> Option<f64> {
    let sum = cell.value.zip(cell.available).map(|(used, available)| used + available);
    sum.or(cell.threshold)
}

/// Used and available of the last value against the stated threshold.
fn contradiction(cells: &[(i64, Sample)]) -> Option<Refusal> {
    let (_, last) = cells.iter().rev().find(|(_, cell)| cell.value.is_some())?;
    let available = last.available?;
    let sum = last.value? + available;
    let is_more = last.threshold.is_some_and(|stated| sum > stated * 1.01);
    (available < 0.0 || is_more).then_some(Refusal::ContradictoryParts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;

    fn sample(at: i64, value: Option<f64>, threshold: Option<f64>) -> Sample {
        Sample { at, value, threshold, available: None, logical: None }
    }

    fn ask(constant: Option<f64>, horizon: usize) -> Ask {
        let columns = crate::ingest::series::Columns {
            series: None,
            time: None,
            value: "y".into(),
            threshold: None,
            available: None,
            logical: None,
            groups: Vec::new(),
            zone: Tz::UTC,
            time_format: None,
            delimiter: ',',
        };
        let levels = vec![0.8];
        Ask {
            plans: None,
            roll_off: None,
            has_totals: false,
            columns,
            constant,
            every: None,
            zone: Tz::UTC,
            horizon,
            periods: None,
            levels,
            seed: 0,
        }
    }

    #[test]
    fn a_threshold_goes_on_and_future_rows_change_it() {
        let rows = [
            (0, sample(0, Some(1.0), None)),
            (1, sample(1, Some(2.0), Some(10.0))),
            (2, sample(2, Some(3.0), None)),
            (5, sample(5, None, Some(20.0))),
            (9, sample(9, None, Some(30.0))),
        ];
        let even = Even::of(&[(0, 1.0), (1, 2.0), (2, 3.0)]).unwrap();
        let (past, ahead) = limits(&rows, &even, &ask(None, 4));
        assert_eq!(past, [10.0, 10.0, 10.0]);
        assert_eq!(ahead, [10.0, 10.0, 20.0, 20.0]);
        let (past, ahead) = limits(&rows, &even, &ask(None, 100));
        assert_eq!((past.len(), ahead.len(), ahead.last()), (3, 7, Some(&30.0)));
        assert_eq!(limits(&rows, &even, &ask(Some(7.0), 4)), (vec![], vec![7.0]));
        assert_eq!(limits(&rows[..1], &even, &ask(None, 4)), (vec![], vec![]));
    }

    #[test]
    fn of_rows_of_one_step_the_last_part_counts() {
        let rows = [
            sample(4, Some(1.0), Some(10.0)),
            sample(4, Some(2.0), None),
            sample(4, None, None),
            sample(5, None, Some(11.0)),
        ];
        let got = cells(&rows, None);
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].1.value, got[0].1.threshold), (Some(2.0), Some(10.0)));
        assert_eq!((got[1].1.value, got[1].1.threshold), (None, Some(11.0)));
    }

    #[test]
    fn used_and_available_make_the_limit_and_must_not_exceed_the_stated_one() {
        let row = |available, threshold| Sample {
            at: 0,
            value: Some(60.0),
            threshold,
            available: Some(available),
            logical: None,
        };
        assert_eq!(limit(&row(30.0, Some(100.0))), Some(90.0));
        assert_eq!(contradiction(&[(0, row(30.0, Some(100.0)))]), None);
        assert_eq!(
            contradiction(&[(0, row(50.0, Some(100.0)))]),
            Some(Refusal::ContradictoryParts)
        );
        assert_eq!(contradiction(&[(0, row(-1.0, None))]), Some(Refusal::ContradictoryParts));
    }
}
