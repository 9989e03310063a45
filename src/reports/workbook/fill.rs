//! From the plan to the cells of every sheet: titles, labelled cells, texts, charts. Tables
//! are filled by `table.rs`. Nothing is computed here; formulas stay formulas.

use std::rc::Rc;

use chrono_tz::Tz;

use crate::error::{Error, Result};

use super::book::{
    Allowed, Book, Entry, Look, Marking, Place, PlacedChart, Role, Rule, Sheet, Side, Value,
};
use super::formula::{self, Areas, Here};
use super::plan::{Plan, Planned, head_row};
use super::spec::{CellSpec, CellsSpec, ChartSpec, SheetSpec, TextSpec};
use super::table;
use super::words::{CUT_COUNT, Words};

/// What is needed to fill a sheet.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Words of the run.
    pub words: &'a Words,
    /// Where the tables stand.
    pub areas: &'a Areas,
    /// Zone of instants.
    pub zone: Tz,
    /// Rows of a sheet.
    pub rows_max: u32,
}

/// Fills all sheets.
///
/// # Errors
/// With the sheet, when a formula, format, value or setting is wrong.
pub fn book(plan: &Plan<'_>, words: &Words, zone: Tz, rows_max: u32) -> Result<Book> {
    let context = Context { words, areas: &plan.areas, zone, rows_max };
    let mut book = Book { names: plan.names.clone(), ..Book::default() };
    for (spec, blocks) in &plan.sheets {
        let place = format!("sheet `{}`", spec.name);
        let made = sheet(spec, blocks, context, &mut book.cut_count).map_err(|e| e.at(&place))?;
        book.sheets.extend(made);
    }
    let cut = Value::Text(book.cut_count.to_string());
    for entry in book.sheets.iter_mut().flat_map(|s| s.cells.values_mut()) {
        if entry.value == Value::Text(CUT_COUNT.to_owned()) {
            entry.value = cut.clone();
        }
    }
    Ok(book)
}

/// A look without number format.
#[must_use]
pub fn look(role: Role) -> Rc<Look> {
    Rc::new(Look { role, format: String::new(), side: Side::Left, wrap: false })
}

/// Puts a text into a sheet.
pub fn put_text(sheet: &mut Sheet, at: Place, role: Role, text: String) {
    if !text.is_empty() {
        sheet.cells.insert(at, Entry { value: Value::Text(text), look: look(role) });
    }
}

/// A sheet with its first two lines, and the sheets that its rows went on to.
fn sheet(
    spec: &SheetSpec,
    blocks: &[Planned<'_>],
    context: Context<'_>,
    cut_count: &mut u64,
) -> Result<Vec<Sheet>> {
    let mut sheet = titled(spec, &spec.name, &context.words.text(&spec.title), context.words);
    sheet.freeze = match &spec.freeze {
        Some(text) => Some(super::book::place_of(text).ok_or_else(|| {
            Error::config(format!("`{text}` is no cell")).hint("write freeze = \"B5\"")
        })?),
        None => default_freeze(blocks),
    };
    sheet.repeat_rows = only_head(blocks).map(|row| (row, row));
    let mut further = Vec::new();
    for block in blocks {
        match block {
            Planned::Cells(at, cells) => fill_cells(&mut sheet, *at, cells, context)?,
            Planned::Text(at, text) => fill_text(&mut sheet, *at, text, context.words),
            Planned::Chart(at, chart) => sheet.charts.push(placed(*at, chart, context)?),
            Planned::Table(planned) => {
                let place = format!("sheet `{}`, table `{}`", spec.name, planned.spec.name);
                let rest = table::fill(&mut sheet, planned, context, cut_count)
                    .map_err(|e| e.at(&place))?;
                for (number, part) in (2..).zip(rest) {
                    let name = format!("{} ({number})", spec.name);
                    let title = format!("{}, continued", context.words.text(&spec.title));
                    let mut sheet = titled(spec, &name, &title, context.words);
                    table::fill_part(&mut sheet, planned, part, context, cut_count)
                        .map_err(|e| e.at(&place))?;
                    further.push(sheet);
                }
            }
        }
    }
    let mut all = vec![sheet];
    all.extend(further);
    Ok(all)
}

fn titled(spec: &SheetSpec, name: &str, title: &str, words: &Words) -> Sheet {
    let mut sheet = Sheet {
        name: name.to_owned(),
        pages_wide: spec.pages_wide,
        portrait: spec.portrait,
        ..Sheet::default()
    };
    put_text(&mut sheet, Place { row: 0, column: 0 }, Role::Title, title.to_owned());
    put_text(&mut sheet, Place { row: 1, column: 0 }, Role::Subtitle, words.text(&spec.note));
    sheet.heights.insert(0, 26.0);
    sheet
}

/// The heads that every printed page repeats: with two tables they would stand over the wrong
/// rows.
fn only_head(blocks: &[Planned<'_>]) -> Option<u32> {
    let mut tables = blocks.iter().filter_map(|block| match block {
        Planned::Table(table) => Some(head_row(table.spec, table.top)),
        Planned::Cells(..) | Planned::Chart(..) | Planned::Text(..) => None,
    });
    tables.next().filter(|_| tables.next().is_none())
}

/// Under the heads when the sheet begins with a table.
fn default_freeze(blocks: &[Planned<'_>]) -> Option<Place> {
    match blocks.first() {
        Some(Planned::Table(table)) => {
            let row = head_row(table.spec, table.top) + 1;
            Some(Place { row, column: table.left.saturating_add(1) })
        }
        _ => None,
    }
}

fn fill_text(sheet: &mut Sheet, at: Place, text: &TextSpec, words: &Words) {
    let mut row = at.row;
    if let Some(title) = &text.title {
        put_text(sheet, at, Role::Heading, words.text(title));
        row += 1;
    }
    for (row, line) in (row..).zip(&text.lines) {
        put_text(sheet, Place { row, ..at }, Role::Label, words.text(line));
    }
}

fn fill_cells(sheet: &mut Sheet, at: Place, cells: &CellsSpec, context: Context<'_>) -> Result<()> {
    let mut first = at.row;
    if let Some(title) = &cells.title {
        put_text(sheet, at, Role::Heading, context.words.text(title));
        first += 1;
    }
    for (row, cell) in (first..).zip(&cells.row) {
        fill_cell(sheet, Place { row, ..at }, cell, context).map_err(|mut e| {
            e.message = format!("cell `{}`: {}", cell.label, e.message);
            e
        })?;
    }
    Ok(())
}

/// Label, value and note of one cell.
fn fill_cell(sheet: &mut Sheet, at: Place, cell: &CellSpec, context: Context<'_>) -> Result<()> {
    let words = context.words;
    put_text(sheet, at, Role::Label, words.text(&cell.label));
    let value_at = Place { column: at.column.saturating_add(1), ..at };
    let note_at = Place { column: at.column.saturating_add(2), ..at };
    let value = match (&cell.value, &cell.setting, &cell.formula) {
        (Some(value), None, None) => words.value(value)?,
        (None, Some(setting), None) => words.setting(setting)?,
        (None, None, Some(formula)) => {
            let here = Here { area: None, at: value_at };
            Value::Formula(formula::expand(formula, here, context.areas)?)
        }
        _ => {
            return Err(Error::config("one of `value`, `setting` and `formula` is needed"));
        }
    };
    let format = words.format(cell.format.as_deref())?;
    let role = if cell.input { Role::Input } else { Role::Body };
    let side = if matches!(value, Value::Text(_)) { Side::Left } else { Side::Right };
    let look = Look { role, format, side, wrap: false };
    sheet.cells.insert(value_at, Entry { value, look: Rc::new(look) });
    put_text(sheet, note_at, Role::Note, words.text(&cell.note));
    for mark in &cell.mark {
        let formula = table::condition(mark, value_at)?;
        let here = Here { area: None, at: value_at };
        let formula = formula::expand(&formula, here, context.areas)?;
        sheet.markings.push(Marking { area: (value_at, value_at), formula, tone: mark.tone });
    }
    if let Some(allowed) = allowed(cell, context)? {
        sheet.rules.push(Rule { area: (value_at, value_at), allowed });
    }
    Ok(())
}

fn allowed(cell: &CellSpec, context: Context<'_>) -> Result<Option<Allowed>> {
    if let Some(column) = &cell.choose_from {
        return Ok(Some(Allowed::From(range(column, context.areas)?)));
    }
    if !cell.choose.is_empty() {
        return Ok(Some(Allowed::Words(cell.choose.clone())));
    }
    Ok(match (cell.least, cell.most) {
        (None, None) => None,
        (least, most) => Some(Allowed::Range(least.unwrap_or(-1e15), most.unwrap_or(1e15))),
    })
}

fn placed(at: Place, chart: &ChartSpec, context: Context<'_>) -> Result<PlacedChart> {
    let x = range(&chart.x, context.areas)?;
    let ys = chart.series.iter().map(|s| range(&s.y, context.areas)).collect::<Result<_>>()?;
    let mut spec = chart.clone();
    for text in [&mut spec.title, &mut spec.y_title] {
        *text = context.words.text(text);
    }
    for format in [&mut spec.format, &mut spec.x_format] {
        *format = Some(context.words.format(format.as_deref())?).filter(|f| !f.is_empty());
    }
    Ok(PlacedChart { at, spec, x, ys })
}

/// The range of `table.column`.
fn range(text: &str, areas: &Areas) -> Result<String> {
    let Some((table, column)) = text.split_once('.') else {
        return Err(
            Error::config(format!("`{text}` is no column of a table")).hint("write table.column")
        );
    };
    let area = areas.get(table).ok_or_else(|| {
        let known: Vec<&str> = areas.keys().map(String::as_str).collect();
        Error::config(format!("there is no table `{table}`; there are: {}", known.join(", ")))
    })?;
    formula::range(table, area, column)
}
