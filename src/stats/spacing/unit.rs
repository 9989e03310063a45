//! Length of a step, and the words for it.

use crate::model::time::{DAY_US, SECOND_US};

/// Length of a step: so many microseconds, calendar days or calendar months; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds: the same length always.
    Micros(i64),
    /// Days of a zone, also those with 23 or 25 hours.
    Days(i64),
    /// Calendar months.
    Months(i64),
}

const MINUTE_US: i64 = 60 * SECOND_US;
const HOUR_US: i64 = 60 * MINUTE_US;

/// Words and what they mean; the first of a unit is the one that is written.
const WORDS: [(&str, Unit); 15] = [
    ("year", Unit::Months(12)),
    ("quarter", Unit::Months(3)),
    ("month", Unit::Months(1)),
    ("week", Unit::Days(7)),
    ("day", Unit::Days(1)),
    ("hour", Unit::Micros(HOUR_US)),
    ("min", Unit::Micros(MINUTE_US)),
    ("s", Unit::Micros(SECOND_US)),
    ("us", Unit::Micros(1)),
    ("minute", Unit::Micros(MINUTE_US)),
    ("second", Unit::Micros(SECOND_US)),
    ("w", Unit::Days(7)),
    ("d", Unit::Days(1)),
    ("h", Unit::Micros(HOUR_US)),
    ("m", Unit::Micros(MINUTE_US)),
];

/// Lengths that people sample at.
const USUAL: [(i64, Unit); 18] = [
    (SECOND_US, Unit::Micros(SECOND_US)),
    (5 * SECOND_US, Unit::Micros(5 * SECOND_US)),
    (10 * SECOND_US, Unit::Micros(10 * SECOND_US)),
    (15 * SECOND_US, Unit::Micros(15 * SECOND_US)),
    (30 * SECOND_US, Unit::Micros(30 * SECOND_US)),
    (MINUTE_US, Unit::Micros(MINUTE_US)),
    (2 * MINUTE_US, Unit::Micros(2 * MINUTE_US)),
    (5 * MINUTE_US, Unit::Micros(5 * MINUTE_US)),
    (10 * MINUTE_US, Unit::Micros(10 * MINUTE_US)),
    (15 * MINUTE_US, Unit::Micros(15 * MINUTE_US)),
    (30 * MINUTE_US, Unit::Micros(30 * MINUTE_US)),
    (HOUR_US, Unit::Micros(HOUR_US)),
    (3 * HOUR_US, Unit::Micros(3 * HOUR_US)),
    (6 * HOUR_US, Unit::Micros(6 * HOUR_US)),
    (12 * HOUR_US, Unit::Micros(12 * HOUR_US)),
    (DAY_US, Unit::Days(1)),
    (7 * DAY_US, Unit::Days(7)),
    (31 * DAY_US, Unit::Months(1)),
];

impl Unit {
    /// Whether a step holds more than one day.
    #[must_use]
    pub fn is_longer_than_a_day(self) -> bool {
        match self {
            Unit::Micros(n) => n > DAY_US,
            Unit::Days(n) => n > 1,
            Unit::Months(_) => true,
        }
    }

    /// Reads `day`, `week`, `month`, `quarter`, `year`, `hour`, `min`, `s`, also with a number
    /// (`15min`, `6 hours`); none for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, word) = text.split_at_checked(digits)?;
        let count = if number.is_empty() { 1 } else { number.parse::<i64>().ok()? };
        let word = word.trim();
        let find = |word: &str| WORDS.iter().find(|(name, _)| *name == word).map(|w| w.1);
        let one = find(word).or_else(|| find(word.strip_suffix('s')?))?;
        one.times(count).filter(|_| (1..=1_000_000).contains(&count))
    }

    /// The spelling that [`Unit::parse`] reads: `day`, `15min`.
    #[must_use]
    pub fn word(self) -> String {
        let fits = |one: &Unit| one.same_kind(self) && self.count() % one.count() == 0;
        let one = WORDS.iter().find(|(_, one)| fits(one));
        one.map_or_else(String::new, |(name, one)| match self.count() / one.count() {
            1 => (*name).to_owned(),
            n => format!("{n}{name}"),
        })
    }

    /// Seasonal periods that a step of this length suggests, in steps: the day and the week of
    /// shorter steps, the year of longer ones.
    #[must_use]
    pub fn periods(self) -> Vec<usize> {
        let (own, cycles): (i64, &[i64]) = match self {
            Unit::Micros(n) => (n, &[DAY_US, 7 * DAY_US]),
            Unit::Days(1) => (1, &[7, 365]),
            Unit::Days(7) => (1, &[52]),
            Unit::Days(_) => (1, &[]),
            Unit::Months(n) => (n, &[12]),
        };
        let whole = cycles.iter().filter(|cycle| *cycle % own.max(1) == 0);
        let steps = whole.map(|cycle| cycle / own.max(1)).filter(|steps| *steps > 1);
        steps.filter_map(|steps| usize::try_from(steps).ok()).collect()
    }

    /// How many microseconds, days or months.
    #[must_use]
    pub fn count(self) -> i64 {
        match self {
            Unit::Micros(n) | Unit::Days(n) | Unit::Months(n) => n,
        }
    }

    /// The shortest usual unit of at least so many microseconds; a month beyond.
    #[must_use]
    pub fn at_least(us: i64) -> Self {
        // One sample a little late does not ask for the next longer unit.
        let fits = |length: i64| length >= us - us / 20;
        USUAL.iter().find(|(length, _)| fits(*length)).map_or(Unit::Months(1), |usual| usual.1)
    }

    fn times(self, count: i64) -> Option<Self> {
        Some(match self {
            Unit::Micros(n) => Unit::Micros(n.checked_mul(count)?),
            Unit::Days(n) => Unit::Days(n.checked_mul(count)?),
            Unit::Months(n) => Unit::Months(n.checked_mul(count)?),
        })
    }

    fn same_kind(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}
