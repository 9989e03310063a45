//! Ratios and shares from their spellings.

use super::number::Decimal;
use crate::ingest::definition::NumberForm;

/// How a ratio is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `3.3x`
    Times,
    /// `3.3`
    Plain,
    /// `30 %` or `30` -> 0.3
    Percent,
    /// Saved share p in percent -> 1 / (1 - p/100): what deduplication ratio that is.
    PercentSaved,
    /// Share left over in percent, 96 -> 100 / 96 (a reduction to 96 % of the data).
    PercentLeft,
    /// `300` -> 0.3
    Permille,
}

/// The form of an adapter's word.
#[must_use]
pub fn form(word: &str) -> Option<Form> {
    Some(match word {
        "x" => Form::Times,
        "plain" => Form::Plain,
        "percent" => Form::Percent,
        "percent_saved" => Form::PercentSaved,
        "percent_left" => Form::PercentLeft,
        "permille" => Form::Permille,
        _ => return None,
    })
}

/// The ratio; none when the text is not of the form, or everything was saved.
#[must_use]
pub fn parse(text: &str, form: Form, number: &NumberForm) -> Option<f64> {
    let text = text.trim();
    let bare = match form {
        Form::Times => text.strip_suffix(['x', 'X']).or_else(|| text.strip_suffix(":1"))?,
        Form::Percent | Form::PercentSaved | Form::PercentLeft => {
            text.strip_suffix('%').unwrap_or(text)
        }
        Form::Plain | Form::Permille => text,
    };
    let value = Decimal::parse(bare, number)?.float()?;
    match form {
        Form::Times | Form::Plain => Some(value),
        Form::Percent => Some(value / 100.0),
        Form::PercentSaved if value < 100.0 => Some(100.0 / (100.0 - value)),
        Form::PercentSaved => None,
        Form::PercentLeft if value > 0.0 => Some(100.0 / value),
        Form::PercentLeft => None,
        Form::Permille => Some(value / 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_ratio() {
        let cases = [
            (Form::Times, "3.3x", Some(3.3)),
            (Form::Times, "3.3", None),
            (Form::Percent, "30 %", Some(0.3)),
            (Form::PercentSaved, "75", Some(4.0)),
            (Form::PercentSaved, "100", None),
            (Form::PercentLeft, "80", Some(1.25)),
            (Form::PercentLeft, "0", None),
            (Form::Permille, "250", Some(0.25)),
            (Form::Plain, "x", None),
        ];
        for (form, text, want) in cases {
            assert_eq!(parse(text, form, &NumberForm::default()), want, "{text}");
        }
    }
}
