//! Series made of others: the sum of pools that is a site or a company, logical bytes by a
//! reduction ratio, what comes back at known dates. The sample paths of the parts are added or
//! divided path by path, never their bounds; see [`Paths`]. The answer has the shape of every
//! other, with a back-test of the whole ([`super::whole_test`]).

use super::super::number::{floor, size};
use super::MIN_N;
use super::answer::Weight;
use super::cleaned::Cleaned;
use super::fitted::Fitted;
use super::paths::{PATHS, Paths, physical};
use super::question::Question;
use super::refusal::Refusal;

/// A series and its parts. Its steps count from an origin that all parts share.
#[derive(Debug, Clone)]
pub enum Whole {
    /// One series.
    Series(Member),
    /// The sum of the parts.
    Sum(Vec<Whole>),
    /// Logical bytes and how many of them one stored byte holds.
    Physical {
        /// Data before reduction.
        logical: Box<Whole>,
        /// Logical / physical.
        ratio: Box<Whole>,
    },
    /// Known for certain: the value 1, 2, ... steps ahead, the last goes on; 0 up to the origin.
    Known(Vec<f64>),
}

/// One series of a whole.
#[derive(Debug, Clone)]
pub struct Member {
    cleaned: Cleaned,
    levelled: Vec<f64>,
    last: f64,
    periods: Vec<usize>,
    seed: u64,
    pace: Pace,
}

/// Where the steps of a series lie among those of the whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Steps of the series from its last value to the origin; not negative.
    pub lag: f64,
    /// Steps of the series in one of the whole.
    pub rate: f64,
}

impl Pace {
    /// The series' own steps, up to its last value.
    pub const OWN: Pace = Pace { lag: 0.0, rate: 1.0 };
}

/// Sample paths of a whole, and what they rest on.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The paths.
    pub paths: Paths,
    /// Least number of values that a part rests on.
    pub n_used: usize,
    /// Methods of the parts; none when there are several series.
    pub weights: Vec<Weight>,
}

impl Member {
    /// A series to be added. Its horizon, levels and additions are those of the whole.
    ///
    /// # Errors
    /// [`Refusal::TooShort`] below [`MIN_N`] values, [`Refusal::NotFinite`]: what cannot be
    /// forecast cannot be part of a sum, and the caller has to say what is left out.
    pub fn of(question: &Question<'_>, pace: Pace) -> Result<Self, Refusal> {
        let n = question.values.len();
        let too_short = Refusal::TooShort { n, after_shift: false };
        let cleaned = Cleaned::of(question.values, question.limit)?;
        if n < MIN_N || cleaned.values.len() < MIN_N {
            return Err(too_short);
        }
        Ok(Member {
            levelled: cleaned.levelled(),
            last: question.values.last().copied().ok_or(too_short)?,
            cleaned,
            periods: question.periods.to_vec(),
            seed: question.seed,
            pace,
        })
    }

    /// Number of values known `back` steps before the origin, and the series' own steps from
    /// the last of them to there.
    fn known(&self, back: usize) -> (usize, f64) {
        let ahead = self.pace.lag - self.pace.rate * size(back);
        let unknown = if ahead < 0.0 { floor(libm::ceil(-ahead)) } else { 0 };
        (self.levelled.len().saturating_sub(unknown), ahead + size(unknown))
    }

    fn draw(&self, steps: &[usize]) -> Option<Drawn> {
        let ahead = self.pace.lag;
        let at: Vec<f64> = steps.iter().map(|step| ahead + self.pace.rate * size(*step)).collect();
        let horizon = floor(libm::ceil(*at.last()?)).max(1);
        let fitted = Fitted::of(&self.cleaned, &self.periods, horizon).ok()?;
        let mut paths = fitted.paths(self.last, self.seed).seen_at(&at, steps);
        paths.last = between(self.last, &fitted.central, ahead);
        Some(Drawn { paths, n_used: fitted.n_used, weights: fitted.weights })
    }

    /// Central forecast as it would have been `back` steps before the origin.
    fn central(&self, back: usize, steps: &[usize]) -> Option<Vec<f64>> {
        let (n, ahead) = self.known(back);
        let values = self.levelled.get(..n)?.to_vec();
        let last = *values.last()?;
        let at = |step: &usize| ahead + self.pace.rate * size(*step);
        let horizon = floor(libm::ceil(at(steps.last()?))).max(1);
        let earlier = Cleaned { values, n_censored: self.cleaned.n_censored, shifts: Vec::new() };
        let fitted = Fitted::of(&earlier, &self.periods, horizon).ok()?;
        Some(steps.iter().map(|step| between(last, &fitted.central, at(step))).collect())
    }

    /// Value `before` steps before the origin, shifts of level taken out.
    fn actual(&self, before: usize) -> Option<f64> {
        let at = self.pace.lag - self.pace.rate * size(before) + size(self.levelled.len()) - 1.0;
        let from = floor(at);
        let (low, part) = (*self.levelled.get(from)?, at - size(from));
        if at < 0.0 {
            return None;
        }
        // Without a next value: none when the place lies after the last one.
        let high = if part > 0.0 { *self.levelled.get(from + 1)? } else { low };
        Some(low + part * (high - low))
    }
}

impl Whole {
    /// Whether enough is known `back` steps before the origin.
    #[must_use]
    pub fn is_known(&self, back: usize) -> bool {
        match self {
            Whole::Series(member) => member.known(back).0 >= MIN_N,
            Whole::Sum(parts) => parts.iter().any(|part| !part.is_certain() && part.is_known(back)),
            Whole::Physical { logical, ratio } => logical.is_known(back) && ratio.is_known(back),
            Whole::Known(_) => true,
        }
    }

    fn is_certain(&self) -> bool {
        matches!(self, Whole::Known(_))
    }

    /// Sample paths at `steps` ahead of the origin.
    #[must_use]
    pub fn draw(&self, steps: &[usize]) -> Option<Drawn> {
        match self {
            Whole::Series(member) => member.draw(steps),
            Whole::Sum(parts) => {
                let drawn = parts.iter().map(|part| part.draw(steps));
                let mut sum = drawn.reduce(|sum, part| add(sum?, part?))??;
                if parts.iter().filter(|part| !part.is_certain()).count() > 1 {
                    sum.weights.clear();
                }
                Some(sum)
            }
            Whole::Physical { logical, ratio } => {
                let (logical, ratio) = (logical.draw(steps)?, ratio.draw(steps)?);
                let mut weights = named("logical", logical.weights);
                weights.extend(named("ratio", ratio.weights));
                let paths = physical(&logical.paths, &ratio.paths)?;
                Some(Drawn { paths, n_used: logical.n_used.min(ratio.n_used), weights })
            }
            Whole::Known(values) => {
                let at = |step: &usize| values.get(step - 1).or(values.last()).copied();
                let row: Vec<f64> = steps.iter().map(|step| at(step).unwrap_or(0.0)).collect();
                let paths = Paths { last: 0.0, steps: steps.to_vec(), rows: vec![row; PATHS] };
                Some(Drawn { paths, n_used: usize::MAX, weights: Vec::new() })
            }
        }
    }

    /// Central forecast as it would have been `back` steps before the origin, at `steps` ahead
    /// of there, of the parts that were known then.
    #[must_use]
    pub fn central(&self, back: usize, steps: &[usize]) -> Option<Vec<f64>> {
        match self {
            Whole::Series(member) => member.central(back, steps),
            Whole::Sum(parts) => {
                let known = parts.iter().filter(|part| part.is_known(back));
                let sum = |sum: Option<Vec<f64>>, part: Option<Vec<f64>>| {
                    Some(sum?.iter().zip(part?).map(|(a, b)| a + b).collect())
                };
                known.map(|part| part.central(back, steps)).reduce(sum)?
            }
            Whole::Physical { logical, ratio } => {
                let (logical, ratio) = (logical.central(back, steps)?, ratio.central(back, steps)?);
                let divide = |(logical, ratio): (f64, f64)| (ratio > 0.0).then(|| logical / ratio);
                logical.into_iter().zip(ratio).map(divide).collect()
            }
            Whole::Known(_) => Some(vec![0.0; steps.len()]),
        }
    }

    /// Value `before` steps before the origin of the parts that were known `back` steps before
    /// it, shifts of level taken out.
    #[must_use]
    pub fn actual(&self, before: usize, back: usize) -> Option<f64> {
        match self {
            Whole::Series(member) => member.actual(before),
            Whole::Sum(parts) => {
                let known = parts.iter().filter(|part| part.is_known(back));
                known.map(|part| part.actual(before, back)).sum()
            }
            Whole::Physical { logical, ratio } => {
                let ratio = ratio.actual(before, back).filter(|ratio| *ratio > 0.0)?;
                Some(logical.actual(before, back)? / ratio)
            }
            Whole::Known(_) => Some(0.0),
        }
    }

    /// Steps before the origin from which on all parts have a value, and those since when the
    /// oldest part has one.
    #[must_use]
    pub fn span(&self) -> (usize, usize) {
        match self {
            Whole::Series(Member { pace, levelled, .. }) => {
                let steps = |own: f64| own / pace.rate;
                let newest = floor(libm::ceil(steps(pace.lag)));
                (newest, floor(steps(pace.lag + size(levelled.len()) - 1.0)))
            }
            Whole::Sum(parts) => {
                let spans = parts.iter().map(Whole::span);
                spans.fold((0, 0), |all, own| (all.0.max(own.0), all.1.max(own.1)))
            }
            Whole::Physical { logical, ratio } => {
                let (a, b) = (logical.span(), ratio.span());
                (a.0.max(b.0), a.1.min(b.1))
            }
            Whole::Known(_) => (0, 0),
        }
    }

    /// Values that were left out as those of full pools.
    #[must_use]
    pub fn n_censored(&self) -> usize {
        match self {
            Whole::Series(member) => member.cleaned.n_censored,
            Whole::Sum(parts) => parts.iter().map(Whole::n_censored).sum(),
            Whole::Physical { logical, .. } => logical.n_censored(),
            Whole::Known(_) => 0,
        }
    }
}

/// Central forecast at a place, with fractions, ahead of the last value.
fn between(last: f64, central: &[f64], ahead: f64) -> f64 {
    let before = floor(ahead);
    let at = |step: usize| step.checked_sub(1).map_or(Some(&last), |at| central.get(at));
    let from = at(before).copied().unwrap_or(last);
    let to = at(before + 1).copied().unwrap_or(from);
    from + (ahead - size(before)) * (to - from)
}

/// Methods of a part.
fn named(part: &str, weights: Vec<Weight>) -> Vec<Weight> {
    let name = |w: Weight| Weight { method: format!("{part} {}", w.method).into(), ..w };
    weights.into_iter().map(name).collect()
}

fn add(mut sum: Drawn, part: Drawn) -> Option<Drawn> {
    sum.n_used = sum.n_used.min(part.n_used);
    sum.weights.extend(part.weights);
    sum.paths.add(&part.paths).then_some(sum)
}
