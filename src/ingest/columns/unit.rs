//! Sizes: a plain number in a declared unit, or a number with its unit in the text. `GB` means
//! two things, so the base of units in a text is always given, never guessed.

use super::number::Decimal;
use crate::ingest::definition::NumberForm;

/// Names of decimal units in order of powers of 1000.
const DECIMAL: [&str; 7] = ["b", "kb", "mb", "gb", "tb", "pb", "eb"];
/// Names of binary units in order of powers of 1024.
const BINARY: [&str; 7] = ["b", "kib", "mib", "gib", "tib", "pib", "eib"];
/// Short names: powers of the base.
const SHORT: [&str; 7] = ["b", "k", "m", "g", "t", "p", "e"];

/// Bytes in a declared unit: `B KB MB GB TB PB` (decimal), `KiB ...`, `sector512`.
#[must_use]
pub fn factor(unit: &str) -> Option<i128> {
    let name = unit.trim().to_ascii_lowercase();
    if name == "sector512" {
        return Some(512);
    }
    if matches!(name.as_str(), "byte" | "bytes") {
        return Some(1);
    }
    power(&DECIMAL, &name, 1000).or_else(|| power(&BINARY, &name, 1024))
}

/// What is wrong with a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeFault {
    /// The number is none.
    Number,
    /// The unit is none.
    Unit,
}

/// Bytes of `"9.18 GB"`; `GB` and `G` count with the base, `GiB` always with 1024, a number
/// without a unit is bytes. A fraction is rounded to bytes.
///
/// # Errors
/// When the number or the unit is none.
pub fn size(text: &str, base: i64, form: &NumberForm) -> Result<i64, SizeFault> {
    let text = text.trim();
    let at = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let name = unit.trim().to_ascii_lowercase();
    let factor = match name.as_str() {
        "" | "byte" | "bytes" => Some(1),
        name => power(&BINARY, name, 1024)
            .or_else(|| power(&DECIMAL, name, i128::from(base)))
            .or_else(|| power(&SHORT, name, i128::from(base))),
    };
    let factor = factor.ok_or(SizeFault::Unit)?;
    Decimal::parse(number, form).and_then(|n| n.scaled(factor)).ok_or(SizeFault::Number)
}

fn power(names: &[&str], name: &str, base: i128) -> Option<i128> {
    let at = names.iter().position(|n| *n == name)?;
    base.checked_pow(u32::try_from(at).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_decides_what_gb_means_and_gib_is_always_binary() {
        let cases = [
            ("9.18 GB", 1024, Ok(9_856_949_944)),
            ("9.18 GB", 1000, Ok(9_180_000_000)),
            ("1 GiB", 1000, Ok(1_073_741_824)),
            ("1.5K", 1024, Ok(1536)),
            ("512", 1024, Ok(512)),
            ("0 bytes", 1024, Ok(0)),
            ("3 Gb/s", 1000, Err(SizeFault::Unit)),
            ("GB", 1000, Err(SizeFault::Number)),
        ];
        for (text, base, want) in cases {
            assert_eq!(size(text, base, &NumberForm::default()), want, "{text} {base}");
        }
    }

    #[test]
    fn declared_units_are_decimal_unless_they_say_binary() {
        let cases =
            [("KiB", Some(1024)), ("KB", Some(1000)), ("sector512", Some(512)), ("nibble", None)];
        for (unit, want) in cases {
            assert_eq!(factor(unit), want, "{unit}");
        }
    }
}
