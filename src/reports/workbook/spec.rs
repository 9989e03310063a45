//! `workbook.toml`: sheets and what stands on them, as data. Formulas are Excel's own, with
//! placeholders in braces (see `formula.rs`). Nothing runs from here and nothing is guessed: an
//! unknown key is an error.
//!
//! ```toml
//! months = 24                        # length of the plan; `@months`, `@quarters` follow it
//!
//! [[sheet]]
//! name = "Inputs"
//! title = "{title}"                  # {title} {period} {as_of} {run_id} {organisation}
//!
//! [[sheet.block]]
//! kind = "cells"                     # label, value, note
//! row = [{ label = "Fill limit", name = "fill_limit", setting = "fill_limit", input = true,
//!          format = "percent", least = 0.1, most = 1.0, note = "of usable capacity" }]
//!
//! [[sheet.block]]
//! kind = "table"                     # rows of a query result
//! name = "pools"
//! data = "pool_forecast"
//! column = [
//!   { name = "pool", title = "Pool" },
//!   { name = "used", title = "Used", from = "last_value", scale = "tib", format = "tib" },
//!   { name = "fill", title = "Fill", formula = "={used}/{pools.used.total}" },
//! ]
//!
//! [[sheet.block]]
//! kind = "chart"
//! at = "H4"
//! type = "line"
//! title = "Used"
//! x = "pools.pool"
//! series = [{ y = "pools.used", name = "Used TiB" }]
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// A workbook's description.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkbookSpec {
    /// Months of the plan, from the month of the data on.
    #[serde(default = "two_years")]
    pub months: u32,
    /// Number formats by name, in Excel's own code; `{currency}` is the setting.
    #[serde(default)]
    pub formats: BTreeMap<String, String>,
    /// Sheets in order.
    pub sheet: Vec<SheetSpec>,
}

fn two_years() -> u32 {
    24
}

/// A sheet.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetSpec {
    /// Name on its tab.
    pub name: String,
    /// First line.
    pub title: String,
    /// Second line.
    #[serde(default)]
    pub note: String,
    /// Cell below and right of which the sheet scrolls; default: under the first table's head.
    pub freeze: Option<String>,
    /// Pages across when printed; 1 unless said.
    #[serde(default = "one")]
    pub pages_wide: u16,
    /// True: printed upright.
    #[serde(default)]
    pub portrait: bool,
    /// Blocks in order, one under the other unless `at` is given.
    #[serde(default)]
    pub block: Vec<BlockSpec>,
}

fn one() -> u16 {
    1
}

/// What stands on a sheet.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BlockSpec {
    /// Labelled single cells.
    Cells(CellsSpec),
    /// Rows of a result.
    Table(Box<TableSpec>),
    /// Native chart.
    Chart(ChartSpec),
    /// Lines of text.
    Text(TextSpec),
}

/// Labelled single cells.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellsSpec {
    /// Upper left corner.
    pub at: Option<String>,
    /// Heading above.
    pub title: Option<String>,
    /// The cells.
    pub row: Vec<CellSpec>,
}

/// A label, a value and a note.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellSpec {
    /// Text before the value.
    pub label: String,
    /// Name of the cell in formulas.
    pub name: Option<String>,
    /// Constant; text may hold `{title}` and the like, `@as_of`, `@start`, `@months`,
    /// `@cut_count` stand for values of the run.
    pub value: Option<toml::Value>,
    /// Setting of the report or project.
    pub setting: Option<String>,
    /// Formula.
    pub formula: Option<String>,
    /// Number format: a name or a code.
    pub format: Option<String>,
    /// Text after the value.
    #[serde(default)]
    pub note: String,
    /// True: yellow, to be changed by the reader.
    #[serde(default)]
    pub input: bool,
    /// The only values allowed.
    #[serde(default)]
    pub choose: Vec<String>,
    /// Column whose values are the only ones allowed besides the present one: `pools.pool`.
    pub choose_from: Option<String>,
    /// Least number allowed.
    pub least: Option<f64>,
    /// Greatest number allowed.
    pub most: Option<f64>,
    /// Colours it.
    #[serde(default)]
    pub mark: Vec<Mark>,
}

/// Rows of a result as a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// Name in formulas and in Excel.
    pub name: String,
    /// Result by its name in `report.toml`, or `@months`, `@quarters`, `@queries`,
    /// `@parameters`, `@columns`, `@tables`.
    pub data: String,
    /// Upper left corner.
    pub at: Option<String>,
    /// Heading above.
    pub title: Option<String>,
    /// Line under the heading.
    #[serde(default)]
    pub note: String,
    /// Only rows in which these columns have these texts or numbers.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, toml::Value>,
    /// One row per value of this text column, in the order of the values.
    pub distinct: Option<String>,
    /// Only the last row of each month, by this column of instants, within each group.
    pub last_of_month: Option<String>,
    /// True: every row once per month of the plan; adds `month_at`, `month_no`.
    #[serde(default)]
    pub per_month: bool,
    /// Empty yellow rows for the reader.
    #[serde(default)]
    pub spare_rows: u32,
    /// Column whose change starts a new group of rows.
    pub group: Option<String>,
    /// Text where there are no rows.
    #[serde(default = "no_rows")]
    pub empty: String,
    /// Columns in order.
    pub column: Vec<ColumnSpec>,
}

fn no_rows() -> String {
    "No rows.".to_owned()
}

/// A column of a table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Name in formulas.
    pub name: String,
    /// Head; `{quarter}` in repeated columns.
    pub title: String,
    /// Column of the result; default: `name` where there is no formula.
    pub from: Option<String>,
    /// Formula instead of data.
    pub formula: Option<String>,
    /// Divides numbers: `tib`, `gib`, `e4`, `days`.
    pub scale: Option<Scale>,
    /// Number format: a name or a code.
    pub format: Option<String>,
    /// Width in characters.
    pub width: Option<f64>,
    /// True: yellow, to be changed by the reader.
    #[serde(default)]
    pub input: bool,
    /// The only values allowed.
    #[serde(default)]
    pub choose: Vec<String>,
    /// Colours cells whose number is at or over a limit, or whose text is a word.
    #[serde(default)]
    pub mark: Vec<Mark>,
    /// Total under the column: `sum`, or a formula or text.
    pub total: Option<String>,
    /// True: once per quarter of the plan, named `<name>_1`, `<name>_2`, ...
    #[serde(default)]
    pub per_quarter: bool,
    /// True: lines are broken.
    #[serde(default)]
    pub wrap: bool,
    /// Note at the head, shown when pointed at.
    #[serde(default)]
    pub note: String,
}

/// What a number is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Bytes to TiB.
    Tib,
    /// Bytes to GiB.
    Gib,
    /// Ten thousandths of a currency unit to units.
    E4,
    /// Seconds to days.
    Days,
    /// Exact bytes: as integers while Excel holds them, else GiB with the bytes as text.
    Bytes,
}

/// A conditional format.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Formula without `=`: cells at or over its value.
    pub over: Option<String>,
    /// Formula without `=`: cells under its value.
    pub under: Option<String>,
    /// Cells with this text.
    pub is: Option<String>,
    /// How it looks.
    pub tone: Tone,
}

/// How a marked cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to do.
    Good,
    /// To be looked at.
    Watch,
    /// To be acted on.
    Bad,
    /// Stands back.
    Quiet,
}

/// A native chart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartSpec {
    /// Upper left corner; default: under the block before.
    pub at: Option<String>,
    /// Sort.
    #[serde(rename = "type")]
    pub sort: ChartSort,
    /// Title.
    pub title: String,
    /// Title of the value axis: measure and unit.
    #[serde(default)]
    pub y_title: String,
    /// Column of the categories, `table.column`.
    pub x: String,
    /// Series.
    pub series: Vec<SeriesSpec>,
    /// Number format of the value axis.
    pub format: Option<String>,
    /// Number format of the categories.
    pub x_format: Option<String>,
    /// Pixels.
    #[serde(default = "wide")]
    pub width: u32,
    /// Pixels.
    #[serde(default = "high")]
    pub height: u32,
}

fn wide() -> u32 {
    760
}
fn high() -> u32 {
    320
}

/// Sort of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChartSort {
    /// Lines over time.
    Line,
    /// Upright bars, one on the other.
    Column,
    /// Lying bars.
    Bar,
}

/// A series of a chart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesSpec {
    /// Column of the values, `table.column`.
    pub y: String,
    /// Name in the legend.
    pub name: String,
    /// `navy`, `blue`, `teal`, `amber`, `red` or `grey`; default by position.
    pub colour: Option<String>,
    /// True: dashed line.
    #[serde(default)]
    pub dashed: bool,
}

/// Lines of text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// Upper left corner.
    pub at: Option<String>,
    /// Heading above.
    pub title: Option<String>,
    /// One cell each.
    pub lines: Vec<String>,
}

impl WorkbookSpec {
    /// Reads the text of a `workbook.toml`.
    ///
    /// # Errors
    /// With the line, when it is not TOML of this shape or a name is used twice.
    pub fn parse(place: &str, text: &str) -> Result<Self> {
        let spec: WorkbookSpec = toml::from_str(text).map_err(|e| {
            let before = e.span().and_then(|s| text.get(..s.start)).unwrap_or("");
            let line = 1 + before.matches('\n').count();
            Error::config(e.message().trim().to_owned()).at(format!("{place}:{line}"))
        })?;
        if spec.months == 0 || spec.months > 60 {
            return Err(Error::config("`months` is between 1 and 60").at(place));
        }
        spec.check_names().map_err(|e| e.at(place))?;
        Ok(spec)
    }

    fn check_names(&self) -> Result<()> {
        let mut seen: Vec<String> = Vec::new();
        for sheet in &self.sheet {
            check_sheet_name(&sheet.name)?;
            for name in sheet.block.iter().flat_map(names_of) {
                if !is_plain_name(name) {
                    let hint = "lower-case letters, digits and _, at least four, a letter first";
                    return Err(Error::config(format!("`{name}` is no name")).hint(hint));
                }
                if seen.iter().any(|s| s == name) {
                    return Err(Error::config(format!("the name `{name}` is used twice")));
                }
                seen.push(name.to_owned());
            }
        }
        Ok(())
    }
}

fn names_of(block: &BlockSpec) -> Vec<&str> {
    match block {
        BlockSpec::Cells(cells) => cells.row.iter().filter_map(|r| r.name.as_deref()).collect(),
        BlockSpec::Table(table) => vec![table.name.as_str()],
        BlockSpec::Chart(_) | BlockSpec::Text(_) => Vec::new(),
    }
}

/// Excel refuses names that look like cells (`tax21`); four letters without digits up front
/// cannot.
fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let letters = name.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').count();
    name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_lowercase()) && letters >= 4
}

fn check_sheet_name(name: &str) -> Result<()> {
    let is_bad = name.is_empty()
        || name.chars().count() > 26
        || name.contains(['[', ']', ':', '*', '?', '/', '\\', '\'', '!']);
    if is_bad {
        let message = format!("`{name}` is no name for a sheet");
        return Err(Error::config(message).hint("up to 26 characters without [ ] : * ? / \\ ' !"));
    }
    Ok(())
}
