//! Numbers exactly from text: an integer of 128 bits and a decimal scale, so that no digit is
//! lost before the unit is applied. Never through a float on the way to an integer.

use std::borrow::Cow;

use crate::ingest::definition::NumberForm;

/// A decimal number: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

/// Powers of ten.
const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Greatest exponent that is read; beyond it the text is no measure of anything.
const EXPONENT_MAX: i32 = 30;

impl Decimal {
    /// Reads a number written in a form; none when it is not one, or has more than 38 digits.
    #[must_use]
    pub fn parse(text: &str, form: &NumberForm) -> Option<Self> {
        let text = text.trim();
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (rest.get(..at)?, rest.get(at + 1..)?.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        if !(-EXPONENT_MAX..=EXPONENT_MAX).contains(&exponent) {
            return None;
        }
        let (whole, fraction) = match mantissa.split_once(form.decimal) {
            Some((whole, fraction)) => (whole, fraction),
            None => (mantissa, ""),
        };
        let whole = ungroup(whole, form.group)?;
        let is_number = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_number(&whole) || !is_number(fraction) {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let mut digits: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            digits = digits.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        }
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        let digits = if negative { -digits } else { digits };
        match u32::try_from(scale) {
            Ok(scale) => Some(Decimal { digits, scale }),
            Err(_) => {
                let up = 10_i128.checked_pow(scale.unsigned_abs())?;
                Some(Decimal { digits: digits.checked_mul(up)?, scale: 0 })
            }
        }
    }

    /// The integer; none when there is a fraction or it does not fit.
    #[must_use]
    pub fn integer(self) -> Option<i64> {
        let down = 10_i128.checked_pow(self.scale)?;
        if self.digits % down != 0 {
            return None;
        }
        i64::try_from(self.digits / down).ok()
    }

    /// Times a whole factor, rounded half to even; none when it does not fit.
    #[must_use]
    pub fn scaled(self, factor: i128) -> Option<i64> {
        let down = 10_i128.checked_pow(self.scale)?;
        i64::try_from(divide_half_even(self.digits.checked_mul(factor)?, down)).ok()
    }

    /// The nearest float.
    #[must_use]
    pub fn float(self) -> Option<f64> {
        // Both are exact floats, so that one division rounds correctly (Clinger 1990).
        let digits = i32::try_from(self.digits).ok().map(f64::from);
        let power = usize::try_from(self.scale).ok().and_then(|scale| POWERS.get(scale));
        match digits.zip(power) {
            Some((digits, power)) => Some(digits / power),
            None => format!("{}e-{}", self.digits, self.scale).parse().ok(),
        }
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.digits < 0
    }
}

/// `value / by`, rounded half to even; `by` > 0.
#[must_use]
pub fn divide_half_even(value: i128, by: i128) -> i128 {
    let (quotient, rest) = (value.div_euclid(by), value.rem_euclid(by));
    let twice = rest * 2;
    if twice > by || (twice == by && quotient % 2 != 0) { quotient + 1 } else { quotient }
}

/// The exporter's words for "no number": null and counted, never quarantined.
#[must_use]
pub fn is_not_finite(text: &str) -> bool {
    let word = text.trim().trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"].iter().any(|other| word.eq_ignore_ascii_case(other))
}

/// Removes group signs when they stand between groups of three.
fn ungroup(whole: &str, group: Option<char>) -> Option<Cow<'_, str>> {
    let Some(sign) = group.filter(|g| whole.contains(*g)) else { return Some(whole.into()) };
    let mut parts = whole.split(sign);
    let head = parts.next()?;
    if head.is_empty() || head.len() > 3 || !parts.all(|p| p.len() == 3) {
        return None;
    }
    Some(whole.replace(sign, "").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str) -> Option<i64> {
        Decimal::parse(text, &NumberForm::default()).and_then(Decimal::integer)
    }

    #[test]
    fn integers_keep_every_digit_at_the_edges_of_floats_and_of_64_bits() {
        let cases = [
            ("9007199254740991", Some(9_007_199_254_740_991)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("-9223372036854775808", Some(i64::MIN)),
            ("18446744073709551616", None),
            ("2949120.0", Some(2_949_120)),
            ("2949120.5", None),
            ("1.5e3", Some(1500)),
            ("1e-1", None),
            ("1e400", None),
            ("", None),
            ("-", None),
            (".", None),
            ("12 345", None),
            ("0x10", None),
            (" 7 ", Some(7)),
        ];
        for (text, want) in cases {
            assert_eq!(integer(text), want, "{text}");
        }
    }

    #[test]
    fn group_signs_stand_between_groups_of_three_only() {
        let form = NumberForm { decimal: '.', group: Some(',') };
        let read = |t| Decimal::parse(t, &form).and_then(Decimal::integer);
        assert_eq!(read("1,795,360,559"), Some(1_795_360_559));
        assert_eq!(read("1,79"), None);
        assert_eq!(read(",795"), None);
        let german = NumberForm { decimal: ',', group: Some('.') };
        let value = Decimal::parse("1.234,5", &german).unwrap();
        assert_eq!(value.float(), Some(1234.5));
    }

    #[test]
    fn floats_are_the_nearest_ones_however_long_their_digits_are() {
        // Python: float("...").hex()
        let cases = [
            ("0.1", 0.1),
            ("3600.0", 3600.0),
            ("-0.000000003", -3e-9),
            ("2147483647.000000001", 2_147_483_647.000_000_001),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("1.7976931348623157e30", 1.797_693_134_862_315_7e30),
        ];
        for (text, want) in cases {
            let value = Decimal::parse(text, &NumberForm::default()).unwrap();
            assert_eq!(value.float(), Some(want), "{text}");
        }
    }

    #[test]
    fn scaling_rounds_half_to_even() {
        let read = |t| Decimal::parse(t, &NumberForm::default()).unwrap();
        let cases = [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("-1.5", -2), ("2.51", 3)];
        for (text, want) in cases {
            assert_eq!(read(text).scaled(1), Some(want), "{text}");
        }
        assert_eq!(read("9.18").scaled(1 << 30), Some(9_856_949_944)); // 9.18 * 2^30 = ...944.32
    }
}
