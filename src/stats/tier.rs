//! How much may be said from n cases: the one place with these limits. It decides what is
//! printed, never how it is worded.

/// What a number of resolved cases allows to print about durations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Below 6: the cases themselves; a 95 % interval of the median does not exist.
    Cases,
    /// 6 to 19: median and interval.
    Median,
    /// 20 to 49: the 75 % quantile too.
    P75,
    /// 50 to 199: the 90 % quantile and a trend test too.
    P90,
    /// 200 and more: the 95 % quantile and split segments too.
    P95,
}

impl Tier {
    /// The tier of a number of resolved cases.
    #[must_use]
    pub fn of(n: u64) -> Self {
        match n {
            0..=5 => Tier::Cases,
            6..=19 => Tier::Median,
            20..=49 => Tier::P75,
            50..=199 => Tier::P90,
            200.. => Tier::P95,
        }
    }
    /// Word in result columns and templates.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Tier::Cases => "cases",
            Tier::Median => "median",
            Tier::P75 => "p75",
            Tier::P90 => "p90",
            Tier::P95 => "p95",
        }
    }
    /// True when the quantile `q` (0..1) may be printed.
    #[must_use]
    pub fn allows(self, q: f64) -> bool {
        let need = if q <= 0.5 {
            Tier::Median
        } else if q <= 0.75 {
            Tier::P75
        } else if q <= 0.90 {
            Tier::P90
        } else {
            Tier::P95
        };
        self >= need
    }
    /// True when a trend or a comparison of periods may be tested.
    #[must_use]
    pub fn allows_trend(self) -> bool {
        self >= Tier::P90
    }
}

/// Trials from which a rate is printed as percentage; below, "k of n".
pub const PERCENT_FROM: u64 = 20;

/// True when a rate over `n` trials may be printed as a percentage.
#[must_use]
pub fn allows_percent(n: u64) -> bool {
    n >= PERCENT_FROM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_opens_exactly_one_more_figure() {
        let table = [
            (0, "cases"),
            (5, "cases"),
            (6, "median"),
            (19, "median"),
            (20, "p75"),
            (49, "p75"),
            (50, "p90"),
            (199, "p90"),
            (200, "p95"),
        ];
        for (n, word) in table {
            assert_eq!(Tier::of(n).word(), word, "{n}");
        }
        assert!(Tier::of(20).allows(0.75) && !Tier::of(20).allows(0.9));
        assert!(Tier::of(50).allows_trend() && !Tier::of(49).allows_trend());
        assert!(allows_percent(20) && !allows_percent(19));
    }
}
