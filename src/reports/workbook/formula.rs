//! Formulas with placeholders, and where the tables stand that they speak of. Rows of data
//! never get into a formula: a formula holds references, so no text from outside can act.
//!
//! | placeholder | becomes |
//! |---|---|
//! | `{row}` `{first}` `{last}` | row number of this row, of the table's first and last row |
//! | `{used}` | the cell of column `used` in this row: `$F12` |
//! | `{used.prev}` | the same one row above |
//! | `{head}` | the head of this column: `G$5` |
//! | `{pools.used}` | all cells of a table's column: `'Pools'!$F$6:$F$14` |
//! | `{pools.used.total}` | the cell of its total |
//! | `{self}` | in marks: the cell that is coloured |
//!
//! Other braces (array constants) stay as they are.

use std::collections::BTreeMap;

use crate::error::{Error, Result};

use super::book::{Place, address, column_letters, fixed_address, quoted};

/// Where a table stands.
#[derive(Debug, Clone)]
pub struct Area {
    /// Name of its sheet.
    pub sheet: String,
    /// Row of the heads.
    pub head_row: u32,
    /// First row.
    pub first: u32,
    /// Last row.
    pub last: u32,
    /// Row of totals.
    pub total: Option<u32>,
    /// Columns by name.
    pub columns: BTreeMap<String, u16>,
    /// True when rows went on to further sheets.
    pub is_split: bool,
}

/// All tables by name.
pub type Areas = BTreeMap<String, Area>;

/// The cell that a formula stands in.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// Its table, if it is in one.
    pub area: Option<&'a Area>,
    /// Its place.
    pub at: Place,
}

/// Functions whose value changes from one opening to the next.
const VOLATILE: [&str; 5] = ["NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"];

/// Replaces the placeholders of a formula.
///
/// # Errors
/// An unknown placeholder, or a function that reads the clock or chance.
pub fn expand(formula: &str, here: Here<'_>, areas: &Areas) -> Result<String> {
    refuse_volatile(formula)?;
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let inner = after.split_once('}').and_then(|(inner, tail)| {
            Some((inner.strip_prefix('{')?, tail)).filter(|(name, _)| is_placeholder(name))
        });
        match inner {
            Some((name, tail)) => {
                out.push_str(&resolve(name, here, areas)?);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after.strip_prefix('{').unwrap_or("");
            }
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn is_placeholder(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
}

fn resolve(name: &str, here: Here<'_>, areas: &Areas) -> Result<String> {
    if let Some(text) = own(name, here) {
        return Ok(text);
    }
    if let Some((table, column)) = name.split_once('.')
        && let Some(area) = areas.get(table)
    {
        return range(table, area, column);
    }
    let own: Vec<&str> =
        here.area.iter().flat_map(|a| a.columns.keys()).map(String::as_str).collect();
    let tables: Vec<&str> = areas.keys().map(String::as_str).collect();
    let (own, tables) = (own.join(", "), tables.join(", "));
    Err(Error::config(format!("`{{{name}}}` is neither a column here nor a table's column"))
        .hint(format!("columns here: {own}; tables: {tables}; write {{table.column}}")))
}

/// What a placeholder means in its own row.
fn own(name: &str, here: Here<'_>) -> Option<String> {
    let number = |row: u32| (u64::from(row) + 1).to_string();
    match (name, here.area) {
        ("row", _) => return Some(number(here.at.row)),
        ("self", _) => return Some(address(here.at)),
        ("first", Some(area)) => return Some(number(area.first)),
        ("last", Some(area)) => return Some(number(area.last)),
        ("head", Some(area)) => {
            return Some(format!("{}${}", column_letters(here.at.column), number(area.head_row)));
        }
        _ => {}
    }
    let area = here.area?;
    let (name, row) = match name.strip_suffix(".prev") {
        Some(name) => (name, here.at.row.checked_sub(1)?),
        None => (name, here.at.row),
    };
    let column = *area.columns.get(name)?;
    Some(format!("${}{}", column_letters(column), number(row)))
}

/// A table's column as a range, or its total.
///
/// # Errors
/// When there is no such column or total, or the table went on to further sheets.
pub fn range(table: &str, area: &Area, column: &str) -> Result<String> {
    let (name, is_total) = match column.strip_suffix(".total") {
        Some(name) => (name, true),
        None => (column, false),
    };
    let Some(&letter) = area.columns.get(name) else {
        let known: Vec<&str> = area.columns.keys().map(String::as_str).collect();
        return Err(Error::config(format!("table `{table}` has no column `{name}`"))
            .hint(format!("it has: {}", known.join(", "))));
    };
    if area.is_split {
        return Err(Error::input(format!(
            "table `{table}` has more rows than a sheet, so no formula can read it"
        )));
    }
    let sheet = quoted(&area.sheet);
    let at = |row| fixed_address(Place { row, column: letter });
    match (is_total, area.total) {
        (true, Some(row)) => Ok(format!("{sheet}!{}", at(row))),
        (true, None) => Err(Error::config(format!("table `{table}` has no total of `{name}`"))),
        (false, _) => Ok(format!("{sheet}!{}:{}", at(area.first), at(area.last))),
    }
}

/// The same workbook tomorrow must say the same.
fn refuse_volatile(formula: &str) -> Result<()> {
    let mut word = String::new();
    let mut is_text = false;
    for c in formula.chars() {
        match c {
            '"' => is_text = !is_text,
            _ if is_text => {}
            '(' if VOLATILE.contains(&word.as_str()) => {
                return Err(Error::config(format!("{word}() changes from day to day"))
                    .hint("use a cell with value = \"@as_of\""));
            }
            _ => {}
        }
        if c.is_ascii_alphanumeric() || c == '.' || c == '_' {
            word.push(c.to_ascii_uppercase());
        } else {
            word.clear();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn areas() -> Areas {
        let columns = BTreeMap::from([("pool".to_owned(), 0), ("used".to_owned(), 5)]);
        let area = Area {
            sheet: "By pool".to_owned(),
            head_row: 4,
            first: 5,
            last: 13,
            total: Some(14),
            columns,
            is_split: false,
        };
        Areas::from([("pools".to_owned(), area)])
    }

    fn expanded(formula: &str) -> Result<String> {
        let areas = areas();
        let here = Here { area: areas.get("pools"), at: Place { row: 11, column: 6 } };
        expand(formula, here, &areas)
    }

    #[test]
    fn placeholders_become_references() {
        for (formula, want) in [
            ("={used}*2", "=$F12*2"),
            ("=IF({pool}={pool.prev},1,0)", "=IF($A12=$A11,1,0)"),
            ("=SUM({pools.used})", "=SUM('By pool'!$F$6:$F$14)"),
            ("={used}/{pools.used.total}", "=$F12/'By pool'!$F$15"),
            ("=ROW()-{first}+{row}-{last}", "=ROW()-6+12-14"),
            ("=SUMIFS(A:A,B:B,{head})", "=SUMIFS(A:A,B:B,G$5)"),
            ("=MATCH(x,{\"a\",\"b\"},0)+{1,2}", "=MATCH(x,{\"a\",\"b\"},0)+{1,2}"),
            ("={self}>0", "=G12>0"),
        ] {
            assert_eq!(expanded(formula).unwrap(), want);
        }
    }

    #[test]
    fn unknown_placeholders_and_functions_of_the_clock_are_refused() {
        for (formula, message) in [
            ("={usd}", "`{usd}` is neither"),
            ("={pools.usd}", "no column `usd`"),
            ("={pool.total}", "neither"),
            ("=TODAY()-1", "TODAY()"),
            ("=1+now()", "NOW()"),
        ] {
            let error = expanded(formula).unwrap_err();
            assert!(error.message.contains(message), "{formula}: {error}");
        }
        assert!(expanded("=KNOW(1)&\"NOW()\"").is_ok());
    }
}
