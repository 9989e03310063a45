//! Exact fractions of integers, for sums that must come out exactly. It never becomes a float
//! before the end, and an overflow is none, not a wrong number.

use super::number::wide;

/// A reduced fraction with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    num: i128,
    den: i128,
}

impl Fraction {
    /// Nothing.
    pub const ZERO: Fraction = Fraction { num: 0, den: 1 };

    /// `num / den`; none when `den` is 0.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Option<Self> {
        let divisor = greatest_divisor(num.checked_abs()?, den.checked_abs()?);
        if den == 0 {
            return None;
        }
        let sign = den.signum();
        Some(Fraction { num: sign * num / divisor, den: sign * den / divisor })
    }
    /// Sum.
    #[must_use]
    pub fn plus(self, other: Fraction) -> Option<Self> {
        let left = self.num.checked_mul(other.den)?;
        let right = other.num.checked_mul(self.den)?;
        Fraction::new(left.checked_add(right)?, self.den.checked_mul(other.den)?)
    }
    /// Difference.
    #[must_use]
    pub fn minus(self, other: Fraction) -> Option<Self> {
        self.plus(Fraction { num: other.num.checked_neg()?, den: other.den })
    }
    /// Numerator, when it fits into a result column.
    #[must_use]
    pub fn num(self) -> Option<i64> {
        i64::try_from(self.num).ok()
    }
    /// Denominator, when it fits into a result column.
    #[must_use]
    pub fn den(self) -> Option<i64> {
        i64::try_from(self.den).ok()
    }
    /// The one division.
    #[must_use]
    pub fn value(self) -> f64 {
        wide(self.num) / wide(self.den)
    }
}

fn greatest_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(num: i128, den: i128) -> Fraction {
        Fraction::new(num, den).unwrap()
    }

    #[test]
    fn thirds_and_sixths_add_up_exactly() {
        assert_eq!(of(1, 3).plus(of(1, 6)), Fraction::new(1, 2));
        assert_eq!(of(6, 13).minus(of(5, 10)), Fraction::new(-1, 26));
        assert_eq!(of(2, -4), of(-1, 2));
        assert_eq!(Fraction::new(1, 0), None);
    }

    #[test]
    fn an_overflow_is_none() {
        let big = of(1, i128::MAX - 1);
        assert_eq!(big.plus(of(1, i128::MAX - 2)), None);
    }
}
