//! One series to its answer: spacing, gaps, threshold, question. Nothing of another series is
//! seen, so that all can be answered at the same time.

use super::ask::{Ask, SHARES};
use crate::ingest::series::plans::Plan;
use crate::ingest::series::{Sample, Series};
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::{Addition, Adds, Answer, Limit, Question, forecast};
use crate::stats::number::{length, signed};
use crate::stats::random;
use crate::stats::spacing::{Even, Grid, suggestion};

/// What was found out about a series.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// Rows with a value.
    pub points: usize,
    /// Rows in the step of another row; the last of them counts.
    pub duplicates: usize,
    /// Steps in time; none without a time column, or without a spacing.
    pub grid: Option<Grid>,
    /// The values.
    pub even: Option<Even>,
    /// Threshold at the last value.
    pub threshold: Option<f64>,
    /// The forecast; none when it is refused.
    pub answer: Option<Answer>,
    /// Why there is no forecast, or no date.
    pub refused: Option<Refused>,
}

/// Why there is no forecast or no date.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Word for programs.
    pub word: &'static str,
    /// The reason in one sentence.
    pub sentence: String,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused { word: refusal.word(), sentence: refusal.sentence() }
    }
}

/// Answers one series.
#[must_use]
pub fn answer(series: Series, ask: &Ask) -> Found {
    let Series { name, mut samples } = series;
    samples.sort_by_key(|sample| sample.at);
    let mut found = Found {
        name,
        points: samples.iter().filter(|s| s.value.is_some()).count(),
        duplicates: 0,
        grid: None,
        even: None,
        threshold: None,
        answer: None,
        refused: None,
    };
    if let Err(refused) = found.fill(&samples, ask) {
        found.refused = Some(refused);
    }
    found
}

impl Found {
    fn fill(&mut self, samples: &[Sample], ask: &Ask) -> Result<(), Refused> {
        if ask.columns.time.is_some() {
            self.grid = Some(grid(samples, ask)?);
        }
        let cells = cells(samples, self.grid);
        self.duplicates = samples.len() - cells.len();
        let known: Vec<(i64, f64)> =
            cells.iter().filter_map(|(step, cell)| Some((*step, cell.value?))).collect();
        let even = Even::of(&known)?;
        let (past, ahead) = limits(&cells, &even, ask);
        self.threshold = past.last().or(ahead.first()).copied();
        let periods = match (&ask.periods, self.grid) {
            (Some(periods), _) => periods.clone(),
            (None, Some(grid)) => grid.unit.periods(),
            (None, None) => Vec::new(),
        };
        let answer = forecast(&Question {
            values: &even.values,
            periods: &periods,
            horizon: ask.horizon,
            levels: &ask.levels,
            limit: (!ahead.is_empty()).then_some(Limit { past: &past, ahead: &ahead }),
            shares: &SHARES,
            additions: &additions(ask, &self.name, self.grid, even.last()),
            seed: random::seed(&[&ask.seed.to_string(), &self.name]),
            ..Question::default()
        });
        self.even = Some(even);
        let answer = answer?;
        self.refused = contradiction(&cells).or(answer.refusal()).map(Refused::from);
        if ask.has_threshold() && ahead.is_empty() {
            let sentence = "No row of the series has a threshold.".to_owned();
            self.refused = Some(Refused { word: "no_threshold", sentence });
        }
        self.answer = Some(answer);
        Ok(())
    }

    /// Number of the last value's step.
    #[must_use]
    pub fn last_step(&self) -> Option<i64> {
        self.even.as_ref().map(Even::last)
    }

    /// Instant so many steps (with fractions) after the last value.
    #[must_use]
    pub fn instant(&self, ahead: f64) -> Option<i64> {
        self.grid?.instant(signed(self.last_step()?) + ahead)
    }
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
            }
            Some(_) | None => cells.push((step, *sample)),
        }
    }
    cells
}

/// The plans for a series, in steps after its last value.
fn additions(ask: &Ask, name: &str, grid: Option<Grid>, last: i64) -> Vec<Addition> {
    let is_its = |plan: &&Plan| plan.series.as_ref().is_none_or(|series| series == name);
    let addition = |plan: &Plan| {
        let start = grid?.position(plan.starts_at)?;
        let end = grid?.position(plan.starts_at.checked_add(plan.ramp_us)?)?;
        let adds = if plan.adds_capacity { Adds::Capacity } else { Adds::Use };
        Some(Addition {
            adds,
            start: start - signed(last),
            amount: plan.amount,
            ramp: end - start,
            probability: plan.probability,
        })
    };
    ask.plans.iter().flatten().filter(is_its).filter_map(addition).collect()
}

/// Threshold at every value and at the steps ahead; both empty when nothing is known of it. A
/// threshold goes on until another is stated; before the first it is the first. A number says
/// nothing about the past.
fn limits(cells: &[(i64, Sample)], even: &Even, ask: &Ask) -> (Vec<f64>, Vec<f64>) {
    if let Some(constant) = ask.constant {
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
    let past = (even.first..=last).map(&mut at).collect();
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
        Sample { at, value, threshold, available: None }
    }

    fn ask(constant: Option<f64>, horizon: usize) -> Ask {
        let columns = crate::ingest::series::Columns {
            series: None,
            time: None,
            value: "y".into(),
            threshold: None,
            available: None,
            zone: Tz::UTC,
            time_format: None,
            delimiter: ',',
        };
        let levels = vec![0.8];
        Ask {
            plans: None,
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
