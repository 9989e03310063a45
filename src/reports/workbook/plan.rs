//! Where everything stands: each block gets its place before any formula is written, because
//! a formula may speak of a table on a later sheet.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::model::frame::{Column, Type};
use crate::reports::input::ReportInput;
use crate::reports::spec::ReportSpec;

use super::book::{COLUMNS_MAX, Place, fixed_address, place_of, quoted};
use super::cells::Bytes;
use super::data::{self, Rows};
use super::formula::{Area, Areas};
use super::spec::{
    BlockSpec, CellsSpec, ChartSpec, ColumnSpec, Scale, SheetSpec, TableSpec, TextSpec,
    WorkbookSpec,
};

/// A column of a table as it will be written.
#[derive(Debug, Clone)]
pub struct PlannedColumn<'a> {
    /// Its description.
    pub spec: &'a ColumnSpec,
    /// Head.
    pub title: String,
    /// How bytes are written.
    pub bytes: Bytes,
    /// True: the exact bytes as text.
    pub is_exact_text: bool,
    /// Name of its column in the result.
    pub from: Option<&'a str>,
    /// True for text.
    pub is_text: bool,
}

/// A table with its rows and places.
#[derive(Debug, Clone)]
pub struct PlannedTable<'a> {
    /// Its description.
    pub spec: &'a TableSpec,
    /// Its rows.
    pub rows: Rows,
    /// Its columns.
    pub columns: Vec<PlannedColumn<'a>>,
    /// First column on the sheet.
    pub left: u16,
    /// Row of the heading, if it has one.
    pub top: u32,
    /// Rows with data or for the reader on the first sheet; the rest goes to further sheets.
    pub shown: u32,
}

/// A block at its place.
#[derive(Debug, Clone)]
pub enum Planned<'a> {
    /// Labelled cells.
    Cells(Place, &'a CellsSpec),
    /// A table.
    Table(Box<PlannedTable<'a>>),
    /// A chart.
    Chart(Place, &'a ChartSpec),
    /// Text.
    Text(Place, &'a TextSpec),
}

/// Places of everything.
#[derive(Debug, Clone, Default)]
pub struct Plan<'a> {
    /// Sheets with their blocks.
    pub sheets: Vec<(&'a SheetSpec, Vec<Planned<'a>>)>,
    /// Tables by name.
    pub areas: Areas,
    /// Named cells: absolute references.
    pub names: BTreeMap<String, String>,
}

/// Pixels of a row; charts take as many rows as they need.
const ROW_PIXELS: u32 = 20;
/// Row of the first block: below title, note and an empty row.
const FIRST_ROW: u32 = 3;

/// Gives every block its place.
///
/// # Errors
/// With sheet and block, when a place is no address, rows cannot be read or a sheet is too wide.
pub fn plan<'a>(
    spec: &'a WorkbookSpec,
    report: &ReportSpec,
    input: &ReportInput,
    months: &[NaiveDate],
    rows_max: u32,
) -> Result<Plan<'a>> {
    let mut plan = Plan::default();
    for sheet in &spec.sheet {
        let mut next = FIRST_ROW;
        let mut blocks = Vec::new();
        for block in &sheet.block {
            let at = corner(block, next)?;
            let (planned, height) = match block {
                BlockSpec::Cells(cells) => {
                    name_cells(cells, at, sheet, &mut plan.names);
                    let title = u32::from(cells.title.is_some());
                    (Planned::Cells(at, cells), title + length(cells.row.len()))
                }
                BlockSpec::Chart(chart) => {
                    (Planned::Chart(at, chart), chart.height.div_ceil(ROW_PIXELS))
                }
                BlockSpec::Text(text) => {
                    let title = u32::from(text.title.is_some());
                    (Planned::Text(at, text), title + length(text.lines.len()))
                }
                BlockSpec::Table(table) => {
                    let place = format!("sheet `{}`, table `{}`", sheet.name, table.name);
                    let rows =
                        data::rows(table, report, input, months).map_err(|e| e.at(&place))?;
                    let planned =
                        table_at(table, rows, at, months, rows_max).map_err(|e| e.at(&place))?;
                    let area = area(&planned, sheet);
                    let height = area.total.unwrap_or(area.last) + 1 - at.row;
                    plan.areas.insert(table.name.clone(), area);
                    (Planned::Table(Box::new(planned)), height)
                }
            };
            if at_of(block).is_none() {
                next = at.row.saturating_add(height).saturating_add(1);
            }
            blocks.push(planned);
        }
        plan.sheets.push((sheet, blocks));
    }
    Ok(plan)
}

fn at_of(block: &BlockSpec) -> Option<&str> {
    match block {
        BlockSpec::Cells(b) => b.at.as_deref(),
        BlockSpec::Table(b) => b.at.as_deref(),
        BlockSpec::Chart(b) => b.at.as_deref(),
        BlockSpec::Text(b) => b.at.as_deref(),
    }
}

fn corner(block: &BlockSpec, next: u32) -> Result<Place> {
    match at_of(block) {
        None => Ok(Place { row: next, column: 0 }),
        Some(text) => place_of(text)
            .ok_or_else(|| Error::config(format!("`{text}` is no cell")).hint("write at = \"H4\"")),
    }
}

fn name_cells(
    cells: &CellsSpec,
    at: Place,
    sheet: &SheetSpec,
    names: &mut BTreeMap<String, String>,
) {
    let first = at.row + u32::from(cells.title.is_some());
    for (row, cell) in (first..).zip(&cells.row) {
        if let Some(name) = &cell.name {
            let place = Place { row, column: at.column.saturating_add(1) };
            names.insert(name.clone(), format!("{}!{}", quoted(&sheet.name), fixed_address(place)));
        }
    }
}

fn table_at<'a>(
    spec: &'a TableSpec,
    rows: Rows,
    at: Place,
    months: &[NaiveDate],
    rows_max: u32,
) -> Result<PlannedTable<'a>> {
    let columns = columns(spec, &rows, months)?;
    let width = u16::try_from(columns.len()).unwrap_or(COLUMNS_MAX);
    if at.column.saturating_add(width) > COLUMNS_MAX {
        return Err(Error::input("the table is wider than a sheet"));
    }
    let head = head_row(spec, at.row);
    let has_total = columns.iter().any(|c| c.spec.total.is_some());
    let room = rows_max.saturating_sub(head + 1 + u32::from(has_total)).max(1);
    let wanted = length(rows.frame.height()).saturating_add(spec.spare_rows).max(1);
    let shown = wanted.min(room);
    Ok(PlannedTable { spec, rows, columns, left: at.column, top: at.row, shown })
}

/// Row of the heads of a table whose block begins at `top`.
#[must_use]
pub fn head_row(spec: &TableSpec, top: u32) -> u32 {
    top + u32::from(spec.title.is_some()) + u32::from(!spec.note.is_empty())
}

fn columns<'a>(
    spec: &'a TableSpec,
    rows: &Rows,
    months: &[NaiveDate],
) -> Result<Vec<PlannedColumn<'a>>> {
    let mut out = Vec::new();
    let mut beside = Vec::new();
    for (position, column) in spec.column.iter().enumerate() {
        let from = match (&column.formula, &column.from) {
            (Some(_), Some(_)) => {
                let name = &column.name;
                return Err(Error::config(format!("column `{name}` has `from` and `formula`"))
                    .hint("keep one of them"));
            }
            (Some(_), None) => None,
            (None, Some(from)) => Some(from.as_str()),
            (None, None) => Some(column.name.as_str()),
        };
        let found = match from {
            Some(name) if !rows.frame.names().is_empty() => Some(rows.frame.column(name)?),
            _ => None,
        };
        let bytes = Bytes::of(found);
        let base = PlannedColumn {
            spec: column,
            title: column.title.clone(),
            bytes,
            is_exact_text: false,
            from,
            // The first column names the row.
            is_text: position == 0 || is_text(column, found),
        };
        if column.per_quarter {
            out.extend(data::quarters(months).into_iter().map(|start| PlannedColumn {
                title: column.title.replace("{quarter}", &data::quarter_name(start)),
                ..base.clone()
            }));
        } else if column.scale == Some(Scale::Bytes) {
            let unit = if bytes == Bytes::Exact { "bytes" } else { "GiB" };
            let title = format!("{} ({unit})", column.title);
            if bytes == Bytes::Beside {
                let title = format!("{} (exact bytes)", column.title);
                let exact = PlannedColumn { title, is_exact_text: true, is_text: true, ..base };
                beside.push(exact.clone());
                out.push(PlannedColumn {
                    title: unit_title(column),
                    is_exact_text: false,
                    is_text: false,
                    ..exact
                });
            } else {
                out.push(PlannedColumn { title, ..base });
            }
        } else {
            out.push(base);
        }
    }
    out.extend(beside);
    check_heads(&out)?;
    Ok(out)
}

fn unit_title(column: &ColumnSpec) -> String {
    format!("{} (GiB)", column.title)
}

fn is_text(spec: &ColumnSpec, column: Option<&Column>) -> bool {
    match column.map(Column::kind) {
        Some(Type::Text | Type::List | Type::Bool) => true,
        Some(Type::Int | Type::Float | Type::Time) => false,
        None => spec.format.as_deref().is_none_or(|f| f == "text"),
    }
}

/// Excel repairs a table whose heads are not different, so they have to be.
fn check_heads(columns: &[PlannedColumn<'_>]) -> Result<()> {
    for (at, column) in columns.iter().enumerate() {
        let title = column.title.to_lowercase();
        if title.is_empty() || columns.iter().take(at).any(|c| c.title.to_lowercase() == title) {
            let message = format!("the head `{}` is empty or there twice", column.title);
            return Err(Error::config(message));
        }
    }
    Ok(())
}

fn area(table: &PlannedTable<'_>, sheet: &SheetSpec) -> Area {
    let head_row = head_row(table.spec, table.top);
    let last = head_row + table.shown;
    let has_total = table.columns.iter().any(|c| c.spec.total.is_some());
    let wanted = length(table.rows.frame.height()).saturating_add(table.spec.spare_rows);
    Area {
        sheet: sheet.name.clone(),
        head_row,
        first: head_row + 1,
        last,
        total: has_total.then_some(last + 1),
        columns: letters(&table.columns, table.left),
        is_split: wanted > table.shown,
    }
}

/// Columns by name; those per quarter are numbered from 1.
fn letters(columns: &[PlannedColumn<'_>], left: u16) -> BTreeMap<String, u16> {
    let mut out = BTreeMap::new();
    for (letter, column) in (left..).zip(columns) {
        let name = &column.spec.name;
        let key = match (column.spec.per_quarter, column.is_exact_text) {
            (true, _) => {
                let n = (1_u32..).find(|n| !out.contains_key(&format!("{name}_{n}")));
                format!("{name}_{}", n.unwrap_or(0))
            }
            (false, true) => format!("{name}_exact"),
            (false, false) => name.clone(),
        };
        out.insert(key, letter);
    }
    out
}

/// A count as rows of a sheet.
#[must_use]
pub fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
