//! Rows of a query result as templates and builders read them: a choice of rows, cells by
//! column name, never by position. It selects; it never computes.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::model::format::visible;
use crate::model::frame::Cell;
use crate::model::result::QueryResult;

/// Group name of a row that sums up the others.
const TOTAL: &str = "all";

/// Some rows of a result.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    /// The result they belong to.
    pub result: &'a QueryResult,
    /// Their positions in the frame.
    pub positions: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// The rows whose cells equal all the given texts.
    ///
    /// # Errors
    /// When a column does not exist, unless the result has no columns at all.
    pub fn choose(result: &'a QueryResult, filters: &[(String, Cell)]) -> Result<Self> {
        let mut positions: Vec<usize> = (0..result.frame.height()).collect();
        for (column, wanted) in filters {
            if result.frame.names().is_empty() {
                break;
            }
            result.frame.column(column).map_err(|e| e.at(&result.id))?;
            positions.retain(|row| matches(&result.frame.cell(column, *row), wanted));
        }
        Ok(Rows { result, positions })
    }

    /// Checks that columns exist.
    ///
    /// # Errors
    /// With the names that do exist.
    pub fn require(&self, columns: &[&str]) -> Result<()> {
        for column in columns {
            self.result.frame.column(column).map_err(|e| e.at(&self.result.id))?;
        }
        Ok(())
    }

    /// A cell; null when the column is missing.
    #[must_use]
    pub fn cell(&self, column: &str, row: usize) -> Cell {
        self.result.frame.cell(column, row)
    }

    /// A cell as text that a reader may see.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<String> {
        text_of(&self.cell(column, row))
    }

    /// A cell as a number.
    #[must_use]
    pub fn number(&self, column: &str, row: usize) -> Option<f64> {
        number_of(&self.cell(column, row))
    }

    /// A cell as a count, size or instant.
    #[must_use]
    pub fn int(&self, column: &str, row: usize) -> Option<i64> {
        match self.cell(column, row) {
            Cell::Int(x) | Cell::Time(x) => Some(x),
            _ => None,
        }
    }

    /// A cell as a truth value; anything else is false.
    #[must_use]
    pub fn is_true(&self, column: &str, row: usize) -> bool {
        matches!(self.cell(column, row), Cell::Bool(true))
    }

    /// Sum of a column of counts; none when it is missing or null throughout. Rows of a
    /// total (`all`) are left out, unless there are no others.
    #[must_use]
    pub fn sum_of_groups(&self, column: &str) -> Option<i64> {
        let is_total = |row: usize| {
            self.result
                .frame
                .iter()
                .any(|(_, c)| matches!(c.cell(row), Cell::Text(t) if t == TOTAL))
        };
        let sum = |with_totals: bool| {
            let rows = self.positions.iter().filter(|r| with_totals || !is_total(**r));
            rows.filter_map(|r| self.int(column, *r)).reduce(i64::saturating_add)
        };
        sum(false).or_else(|| sum(true))
    }

    /// Orders rows by where a column's text stands in a list; texts that are not in it
    /// come last, in the order they had.
    ///
    /// # Errors
    /// When the column does not exist.
    pub fn arrange(&mut self, column: &str, order: &[String]) -> Result<()> {
        self.require(&[column])?;
        let result = self.result;
        let place = |row: usize| {
            let text = text_of(&result.frame.cell(column, row));
            order.iter().position(|o| Some(o) == text.as_ref()).unwrap_or(order.len())
        };
        self.positions.sort_by_key(|row| place(*row));
        Ok(())
    }

    /// The different texts of a column, in order of first appearance.
    #[must_use]
    pub fn distinct(&self, column: &str) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        for row in &self.positions {
            if let Some(text) = self.text(column, *row).filter(|t| !seen.contains(t)) {
                seen.push(text);
            }
        }
        seen
    }

    /// Sorts by columns; a leading `-` reverses one of them. Nulls come last either way.
    ///
    /// # Errors
    /// When a column does not exist.
    pub fn sort(&mut self, columns: &[String]) -> Result<()> {
        for column in columns.iter().rev() {
            let (name, is_reversed) = match column.strip_prefix('-') {
                Some(name) => (name, true),
                None => (column.as_str(), false),
            };
            self.require(&[name])?;
            let result = self.result;
            self.positions.sort_by(|a, b| {
                let (a, b) = (result.frame.cell(name, *a), result.frame.cell(name, *b));
                match (&a, &b) {
                    (Cell::Null, Cell::Null) => Ordering::Equal,
                    (Cell::Null, _) => Ordering::Greater,
                    (_, Cell::Null) => Ordering::Less,
                    _ if is_reversed => compare(&b, &a),
                    _ => compare(&a, &b),
                }
            });
        }
        Ok(())
    }
}

/// Finds a result by its name.
///
/// # Errors
/// When it is not there; the hint says where to ask for it.
pub fn find<'a>(
    results: &'a std::collections::BTreeMap<String, QueryResult>,
    name: &str,
    report: &str,
) -> Result<&'a QueryResult> {
    results.get(name).ok_or_else(|| {
        Error::config(format!("metric `{name}` is not among the results of this report")).hint(
            format!("add  [[metric]] query = \"{name}\"  to report_templates/{report}/report.toml"),
        )
    })
}

/// A cell as text that a reader may see; none for null.
#[must_use]
pub fn text_of(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Text(x) => Some(visible(x)),
        Cell::Int(x) | Cell::Time(x) => Some(x.to_string()),
        Cell::Float(x) => Some(x.to_string()),
        Cell::Bool(x) => Some(if *x { "yes" } else { "no" }.to_owned()),
        Cell::List(x) => Some(visible(&x.join(", "))),
    }
}

/// A cell as a number; none for anything else.
#[must_use]
pub fn number_of(cell: &Cell) -> Option<f64> {
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "shown, never summed")]
        Cell::Int(x) | Cell::Time(x) => Some(*x as f64),
        Cell::Float(x) => Some(*x),
        _ => None,
    }
}

fn matches(cell: &Cell, wanted: &Cell) -> bool {
    match (cell, wanted) {
        (Cell::Int(_) | Cell::Float(_), Cell::Int(_) | Cell::Float(_)) => {
            number_of(cell) == number_of(wanted)
        }
        (Cell::Text(a), Cell::Text(b)) => a == b,
        (Cell::Null, Cell::Null) => true,
        (Cell::Null, _) => false,
        _ => text_of(cell) == text_of(wanted),
    }
}

fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (number_of(a), number_of(b)) {
        (Some(x), Some(y)) => x.total_cmp(&y),
        _ => text_of(a).cmp(&text_of(b)),
    }
}

/// A group's name for people: `Tier` and `1` give `Tier 1`, `gold` stays `gold`, `all` is
/// `All`.
#[must_use]
pub fn prefixed(prefix: &str, text: &str) -> String {
    let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    match text {
        TOTAL => "All".to_owned(),
        _ if is_number && !prefix.is_empty() => format!("{}\u{a0}{text}", prefix.trim_end()),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Column, Frame};

    fn result() -> QueryResult {
        let tiers = ["all", "1", "2"].map(|t| Some(t.to_owned())).to_vec();
        let frame = Frame::from_columns(vec![
            ("tier".into(), Column::Text(tiers)),
            ("n".into(), Column::Int(vec![Some(30), Some(10), Some(20)])),
            ("value".into(), Column::Float(vec![Some(0.9), None, Some(0.5)])),
        ]);
        QueryResult { id: "x".into(), frame: frame.unwrap(), ..QueryResult::default() }
    }

    #[test]
    fn rows_are_chosen_sorted_with_nulls_last_and_summed_without_the_total() {
        let result = result();
        let mut rows = Rows::choose(&result, &[]).unwrap();
        assert_eq!(rows.sum_of_groups("n"), Some(30));
        rows.sort(&["value".into()]).unwrap();
        assert_eq!(rows.positions, [2, 0, 1]);
        rows.sort(&["-value".into()]).unwrap();
        assert_eq!(rows.positions, [0, 2, 1]);
        let total = [("tier".to_owned(), Cell::Text("all".into()))];
        assert_eq!(Rows::choose(&result, &total).unwrap().sum_of_groups("n"), Some(30));
        let number = [("n".to_owned(), Cell::Float(20.0))];
        assert_eq!(Rows::choose(&result, &number).unwrap().positions, [2]);
        let wrong = [("teir".to_owned(), Cell::Null)];
        let error = Rows::choose(&result, &wrong).unwrap_err();
        assert_eq!(error.message, "column `teir` is missing; found: tier, n, value");
    }

    #[test]
    fn bare_numbers_get_their_prefix_and_names_do_not() {
        let cases = [("1", "Tier\u{a0}1"), ("gold", "gold"), ("all", "All"), ("", "")];
        for (text, want) in cases {
            assert_eq!(prefixed("Tier ", text), want);
        }
    }
}
