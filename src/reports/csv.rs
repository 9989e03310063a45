//! A query result as CSV: header, then one record per row; RFC 4180, UTF-8, LF. Text that a
//! spreadsheet would read as a formula gets an apostrophe before it, numbers never do.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::model::frame::Cell;
use crate::model::result::QueryResult;
use crate::model::time;

/// Whether text that looks like a formula is defused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formulas {
    /// An apostrophe before text that begins like a formula (the default).
    Defused,
    /// Text exactly as it is (`--raw-csv`).
    Raw,
}

/// The rows as CSV.
///
/// # Errors
/// When a record cannot be written, which memory alone can cause.
pub fn bytes(result: &QueryResult, formulas: Formulas) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let frame = &result.frame;
    let failed = |e: csv::Error| Error::storage("the CSV text cannot be written").because(e);
    let text = |text: &str| match formulas {
        Formulas::Defused => defused(text).into_owned(),
        Formulas::Raw => text.to_owned(),
    };
    if !frame.names().is_empty() {
        writer.write_record(frame.names().iter().map(|n| text(n))).map_err(failed)?;
    }
    for row in 0..frame.height() {
        let cells = frame.iter().map(|(_, column)| match column.cell(row) {
            Cell::Text(value) => text(&value),
            Cell::List(values) => text(&values.join("; ")),
            other => plain(&other),
        });
        writer.write_record(cells).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::storage("the CSV text cannot be written").because(e))
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null | Cell::Text(_) | Cell::List(_) => String::new(),
        Cell::Int(x) => x.to_string(),
        Cell::Float(x) => x.to_string(),
        Cell::Bool(x) => x.to_string(),
        Cell::Time(x) => time::iso(*x),
    }
}

/// Text with an apostrophe before it when a spreadsheet would compute it.
#[must_use]
pub fn defused(text: &str) -> Cow<'_, str> {
    const BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(BEGINS) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Column, Frame};

    fn result(names: &[&str], numbers: &[f64]) -> QueryResult {
        let names = names.iter().map(|n| Some((*n).to_owned())).collect();
        let numbers = numbers.iter().map(|n| Some(*n)).collect();
        let columns =
            vec![("job".into(), Column::Text(names)), ("change".into(), Column::Float(numbers))];
        let frame = Frame::from_columns(columns).unwrap();
        QueryResult { id: "x".into(), frame, ..QueryResult::default() }
    }

    #[test]
    fn formulas_in_text_are_defused_and_negative_numbers_stay_numbers() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("＝1", "'＝1"),
            ("\tx", "'\tx"),
            ("plain", "plain"),
            ("a=b", "a=b"),
        ];
        for (name, want) in cases {
            let got = bytes(&result(&[name], &[-2.5]), Formulas::Defused).unwrap();
            assert_eq!(String::from_utf8(got).unwrap(), format!("job,change\n{want},-2.5\n"));
            let raw = bytes(&result(&[name], &[-2.5]), Formulas::Raw).unwrap();
            assert_eq!(String::from_utf8(raw).unwrap(), format!("job,change\n{name},-2.5\n"));
        }
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_inside_their_field() {
        let got = bytes(&result(&["a,\"b\"\nc"], &[1.0]), Formulas::Defused).unwrap();
        assert_eq!(String::from_utf8(got).unwrap(), "job,change\n\"a,\"\"b\"\"\nc\",1\n");
    }
}
