//! The workbook before it becomes bytes: sheets of cells with values, formulas and looks. It
//! knows neither the writer nor the engine that computes formulas, and holds no NaN.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::spec::{ChartSpec, Tone};

/// Rows of a sheet in Excel.
pub const ROWS_MAX: u32 = 1_048_576;
/// Columns of a sheet in Excel.
pub const COLUMNS_MAX: u16 = 16_384;

/// A cell's place, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Row.
    pub row: u32,
    /// Column.
    pub column: u16,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Blank,
    /// Text; never read as a formula.
    Text(String),
    /// Finite number; instants as Excel's days.
    Number(f64),
    /// Formula beginning with `=`.
    Formula(String),
}

/// Role of a cell, from which its look follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// First line of a sheet.
    Title,
    /// Line under it.
    Subtitle,
    /// Heading of a block.
    Heading,
    /// Head of a column.
    Head,
    /// Label before a value.
    Label,
    /// Value that the reader may change.
    Input,
    /// Any other value.
    Body,
    /// Value of the first row of a group.
    GroupStart,
    /// Row of totals.
    Total,
    /// Small grey text.
    Note,
}

/// Side on which it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers, dates.
    Right,
}

/// Look of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// Role.
    pub role: Role,
    /// Excel's number format; empty = general.
    pub format: String,
    /// Side.
    pub side: Side,
    /// Lines are broken.
    pub wrap: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Content.
    pub value: Value,
    /// Look, shared by the cells of a column.
    pub look: Rc<Look>,
}

/// Values that a reader may put into cells.
#[derive(Debug, Clone, PartialEq)]
pub enum Allowed {
    /// One of these words.
    Words(Vec<String>),
    /// A number of this range.
    Range(f64, f64),
    /// One of the values of a range of cells, as a formula.
    From(String),
}

/// A rule for what is typed into a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// First and last cell.
    pub area: (Place, Place),
    /// What is allowed.
    pub allowed: Allowed,
}

/// A conditional format.
#[derive(Debug, Clone, PartialEq)]
pub struct Marking {
    /// First and last cell.
    pub area: (Place, Place),
    /// Formula for the first cell.
    pub formula: String,
    /// Look where it is true.
    pub tone: Tone,
}

/// A table in Excel's sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NativeTable {
    /// Name.
    pub name: String,
    /// Head row, last row.
    pub rows: (u32, u32),
    /// First column.
    pub column: u16,
    /// Heads.
    pub heads: Vec<String>,
}

/// A chart with its ranges.
#[derive(Debug, Clone)]
pub struct PlacedChart {
    /// Upper left corner.
    pub at: Place,
    /// What it shows.
    pub spec: ChartSpec,
    /// Range of the categories.
    pub x: String,
    /// Ranges of the series.
    pub ys: Vec<String>,
}

/// A sheet.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Name on the tab.
    pub name: String,
    /// Cells.
    pub cells: BTreeMap<Place, Entry>,
    /// Widths in characters.
    pub widths: BTreeMap<u16, f64>,
    /// Heights in points of rows that differ.
    pub heights: BTreeMap<u32, f64>,
    /// First cell that scrolls.
    pub freeze: Option<Place>,
    /// Rows repeated on every printed page.
    pub repeat_rows: Option<(u32, u32)>,
    /// Pages across.
    pub pages_wide: u16,
    /// Printed upright.
    pub portrait: bool,
    /// Tables.
    pub tables: Vec<NativeTable>,
    /// Charts.
    pub charts: Vec<PlacedChart>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Conditional formats.
    pub markings: Vec<Marking>,
    /// Notes at cells.
    pub notes: BTreeMap<Place, String>,
}

/// A workbook.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// Sheets in order.
    pub sheets: Vec<Sheet>,
    /// Named cells: name, absolute reference without `=`.
    pub names: BTreeMap<String, String>,
    /// Texts that were cut.
    pub cut_count: u64,
}

/// Longest text of a cell, in UTF-16 units as Excel counts.
const TEXT_MAX: usize = 32_767;
const CUT_MARK: &str = " [cut]";

/// Text for a cell: visible characters only, cut with a mark when Excel cannot hold it.
/// The second value tells whether it was cut.
#[must_use]
pub fn cell_text(text: &str) -> (String, bool) {
    let shown = crate::model::format::visible(text);
    if shown.encode_utf16().count() <= TEXT_MAX {
        return (shown, false);
    }
    let mut room = TEXT_MAX - CUT_MARK.len();
    let kept: String = shown
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    (kept + CUT_MARK, true)
}

/// Letters of a column counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_letters(column: u16) -> String {
    let (mut rest, mut letters) = (u32::from(column) + 1, Vec::new());
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.extend(char::from_u32(u32::from('A') + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// `B7` of a place.
#[must_use]
pub fn address(at: Place) -> String {
    format!("{}{}", column_letters(at.column), u64::from(at.row) + 1)
}

/// `$B$7` of a place.
#[must_use]
pub fn fixed_address(at: Place) -> String {
    format!("${}${}", column_letters(at.column), u64::from(at.row) + 1)
}

/// The place of `B7`; none when it is no address.
#[must_use]
pub fn place_of(address: &str) -> Option<Place> {
    let split = address.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = address.split_at(split);
    let mut column: u32 = 0;
    for c in letters.chars() {
        let digit = u32::from(c).checked_sub(u32::from('A')).filter(|d| *d < 26)?;
        column = column.checked_mul(26)?.checked_add(digit + 1)?;
    }
    let column = u16::try_from(column.checked_sub(1)?).ok().filter(|c| *c < COLUMNS_MAX)?;
    let row = digits.parse::<u32>().ok()?.checked_sub(1).filter(|r| *r < ROWS_MAX)?;
    Some(Place { row, column })
}

/// A sheet's name as formulas write it.
#[must_use]
pub fn quoted(sheet: &str) -> String {
    format!("'{sheet}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_as_excel_does() {
        for (text, row, column) in
            [("A1", 0, 0), ("Z9", 8, 25), ("AA10", 9, 26), ("XFD1048576", 1_048_575, 16_383)]
        {
            let place = Place { row, column };
            assert_eq!(address(place), text);
            assert_eq!(place_of(text), Some(place));
        }
        for text in ["", "A", "7", "A0", "XFE1", "A1048577", "a1", "A1B"] {
            assert_eq!(place_of(text), None, "{text}");
        }
    }

    #[test]
    fn long_text_is_cut_with_a_mark_and_short_text_is_not() {
        let at_limit = "x".repeat(32_767);
        assert_eq!(cell_text(&at_limit), (at_limit.clone(), false));
        let (text, is_cut) = cell_text(&"x".repeat(32_768));
        assert!(is_cut && text.ends_with("xxx [cut]"));
        assert_eq!(text.encode_utf16().count(), 32_767);
        // A character beyond the basic plane counts twice in Excel.
        let (text, is_cut) = cell_text(&"\u{1f4be}".repeat(16_384));
        assert!(is_cut && text.encode_utf16().count() <= 32_767);
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(cell_text("a\u{1b}[0m\nb").0, "a\\u{1b}[0m b");
    }
}
