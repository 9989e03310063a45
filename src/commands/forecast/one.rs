//! One series to its answer.

use super::ask::{Ask, SHARES};
use super::known::Known;
use crate::ingest::series::roll_off::Back;
use crate::stats::forecast::reduction::Outlook;
use crate::stats::forecast::refusal::Refusal;
use crate::stats::forecast::total::Total;
use crate::stats::forecast::{
    Addition, Adds, Answer, Layout, Pace, Question, forecast, forecast_whole, question,
};
use crate::stats::number::{signed, size};
use crate::stats::spacing::{Even, Grid};

/// What was found out about a series, or about a total of several.
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
    /// Where in its step the last value lies, 0..1.
    pub phase: f64,
    /// The values.
    pub even: Option<Even>,
    /// Threshold at the last value.
    pub threshold: Option<f64>,
    /// The forecast; none when it is refused.
    pub answer: Option<Answer>,
    /// Why there is no forecast, or no date.
    pub refused: Option<Refused>,
    /// Data before reduction, where they are known.
    pub outlook: Option<Outlook>,
    /// Of which series it is the total; none for a series.
    pub total: Option<Total>,
}

/// Why there is no forecast or no date.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Word for programs.
    pub word: &'static str,
    /// The reason in one sentence.
    pub sentence: String,
}

impl Refused {
    /// A threshold was asked for, and there is none.
    #[must_use]
    pub fn no_threshold(sentence: &str) -> Self {
        Refused { word: "no_threshold", sentence: sentence.to_owned() }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Refused { word: refusal.word(), sentence: refusal.sentence() }
    }
}

/// Answers one series.
#[must_use]
pub fn answer(known: &Known, ask: &Ask) -> Found {
    let mut found = Found {
        name: known.name.clone(),
        points: known.points,
        duplicates: known.duplicates,
        grid: known.grid,
        phase: known.phase,
        even: known.even.clone().ok(),
        threshold: known.past.last().or(known.ahead.first()).copied(),
        answer: None,
        refused: None,
        outlook: None,
        total: None,
    };
    match look(known, ask) {
        Ok((answer, outlook)) => {
            found.outlook = outlook;
            found.refused = known.contradiction.or(answer.refusal()).map(Refused::from);
            if ask.has_threshold() && known.ahead.is_empty() {
                let refused = Refused::no_threshold("No row of the series has a threshold.");
                found.refused = Some(refused);
            }
            found.answer = Some(answer);
        }
        Err(refused) => found.refused = Some(refused),
    }
    found
}

fn look(known: &Known, ask: &Ask) -> Result<(Answer, Option<Outlook>), Refused> {
    let even = known.even.as_ref().map_err(Clone::clone)?;
    let (periods, last) = (known.periods(ask), known.last(even));
    let places = (1..=ask.horizon).map(size);
    let back = given_back(ask, &known.name, known.grid, last, places);
    let question = Question {
        shares: &SHARES,
        additions: &additions(ask, &known.name, known.grid, last),
        roll_off: &back,
        ..known.question(even, ask, &periods)
    };
    let layout = Layout::of(ask.horizon, even.values.len());
    let answer = match known.reduced(even, ask, Pace::OWN, &layout) {
        Some(mut course) => {
            course.give_back(&back);
            let outlook = known.reduction.as_ref().and_then(|r| r.outlook(&question));
            (forecast_whole(&course, &question)?, outlook)
        }
        None => (forecast(&question)?, None),
    };
    Ok(answer)
}

impl Found {
    /// Number of the last value's step.
    #[must_use]
    pub fn last_step(&self) -> Option<i64> {
        self.even.as_ref().map(Even::last)
    }

    /// Instant so many steps (with fractions) after the last value.
    #[must_use]
    pub fn instant(&self, ahead: f64) -> Option<i64> {
        self.grid?.instant(signed(self.last_step()?) + self.phase + ahead)
    }
}

/// The plans for a series, in steps after its last value.
#[must_use]
pub fn additions(ask: &Ask, name: &str, grid: Option<Grid>, last: f64) -> Vec<Addition> {
    let plans = ask.plans.iter().flatten().filter(|plan| is_for(plan.series.as_ref(), name));
    let addition = |plan: &crate::ingest::series::plans::Plan| {
        let start = grid?.position(plan.starts_at)?;
        let end = grid?.position(plan.starts_at.checked_add(plan.ramp_us)?)?;
        let adds = if plan.adds_capacity { Adds::Capacity } else { Adds::Use };
        Some(Addition {
            adds,
            start: start - last,
            amount: plan.amount,
            ramp: end - start,
            probability: plan.probability,
            since: 0.0,
        })
    };
    plans.filter_map(addition).collect()
}

/// Sum of what comes back to a series up to places in steps after its last value; empty when
/// nothing does.
#[must_use]
pub fn given_back(
    ask: &Ask,
    name: &str,
    grid: Option<Grid>,
    last: f64,
    places: impl Iterator<Item = f64>,
) -> Vec<f64> {
    let back = ask.roll_off.iter().flatten().filter(|back| is_for(back.series.as_ref(), name));
    let due = |back: &Back| Some((grid?.position(back.at)? - last, back.amount));
    question::given_back(back.filter_map(due).collect(), places)
}

fn is_for(series: Option<&String>, name: &str) -> bool {
    series.is_none_or(|series| series == name)
}
