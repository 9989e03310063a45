//! Reporting periods: half-open intervals of instants, named the way people write them.

use chrono::NaiveDate;

use super::format::month_label;
use crate::error::{Error, Result};

/// A named period `[from_us, to_us)`, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// As written: `2026Q3`, `2026-09`, `2026`.
    pub name: String,
    /// First instant, microseconds UTC.
    pub from_us: i64,
    /// First instant after it, microseconds UTC.
    pub to_us: i64,
}

impl Period {
    /// Parses `2026Q3`, `2026-09` or `2026`.
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::config(format!("`{text}` is not a period")).hint("write 2026Q3, 2026-09 or 2026")
        };
        let (year, first, months) = if let Some((year, quarter)) = text.split_once('Q') {
            let quarter: u32 = quarter.parse().map_err(|_| wrong())?;
            if !(1..=4).contains(&quarter) {
                return Err(wrong());
            }
            (year, quarter * 3 - 2, 3)
        } else if let Some((year, month)) = text.split_once('-') {
            (year, month.parse().map_err(|_| wrong())?, 1)
        } else {
            (text, 1, 12)
        };
        if year.len() != 4 {
            return Err(wrong());
        }
        let year: i32 = year.parse().map_err(|_| wrong())?;
        let start = NaiveDate::from_ymd_opt(year, first, 1).ok_or_else(wrong)?;
        let end = start.checked_add_months(chrono::Months::new(months)).ok_or_else(wrong)?;
        Ok(Period { name: text.to_owned(), from_us: midnight(start), to_us: midnight(end) })
    }

    /// The name for a title.
    #[must_use]
    pub fn title(&self) -> String {
        title_of_period(&self.name)
    }

    /// The last whole quarter before an instant.
    #[must_use]
    pub fn last_quarter(as_of_us: i64) -> Self {
        use chrono::Datelike;
        let today = chrono::DateTime::from_timestamp_micros(as_of_us)
            .map_or(NaiveDate::MIN, |t| t.date_naive());
        let quarter = (today.month0() / 3) + 1;
        let (year, quarter) =
            if quarter == 1 { (today.year() - 1, 4) } else { (today.year(), quarter - 1) };
        let name = format!("{year:04}Q{quarter}");
        Self::parse(&name).unwrap_or(Period { name, from_us: 0, to_us: 0 })
    }

    /// The period of the same length before this one, named alike for quarters.
    #[must_use]
    pub fn previous(&self) -> Self {
        let from_us = self.from_us - 1;
        let end = chrono::DateTime::from_timestamp_micros(from_us).map(|t| t.date_naive());
        let Some(end) = end else { return self.clone() };
        use chrono::Datelike;
        let name = if self.name.contains('Q') {
            format!("{:04}Q{}", end.year(), end.month0() / 3 + 1)
        } else if self.name.contains('-') {
            format!("{:04}-{:02}", end.year(), end.month())
        } else {
            format!("{:04}", end.year())
        };
        Self::parse(&name).unwrap_or_else(|_| self.clone())
    }
}

/// A period's name for a title: `Q3 2026` for `2026Q3`, `Sep 2026` for `2026-09`, else the
/// name itself.
#[must_use]
pub fn title_of_period(name: &str) -> String {
    match name.split_once('Q') {
        Some((year, quarter)) if year.len() == 4 && quarter.len() == 1 => {
            format!("Q{quarter} {year}")
        }
        _ => month_label(name),
    }
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::iso;

    #[test]
    fn quarters_months_and_years_are_half_open() {
        let cases = [
            ("2026Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", "2026Q2"),
            ("2026Q1", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z", "2025Q4"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11"),
            ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2025"),
        ];
        for (name, from, to, previous) in cases {
            let period = Period::parse(name).unwrap();
            assert_eq!((iso(period.from_us).as_str(), iso(period.to_us).as_str()), (from, to));
            assert_eq!(period.previous().name, previous);
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["2026Q5", "26Q1", "2026-13", "Q3", "2026-9-1", ""] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn on_the_first_of_october_the_last_quarter_is_the_third() {
        let as_of = crate::model::time::parse_iso("2026-10-01T06:00:00Z").unwrap();
        assert_eq!(Period::last_quarter(as_of).name, "2026Q3");
        let as_of = crate::model::time::parse_iso("2026-02-01T06:00:00Z").unwrap();
        assert_eq!(Period::last_quarter(as_of).name, "2025Q4");
    }
}
