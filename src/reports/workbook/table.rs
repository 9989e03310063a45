//! A table's cells: heads, rows, totals, and what hangs on its columns (widths, allowed values,
//! colours, notes). Rows that do not fit a sheet go to further sheets with the same heads.

use std::ops::Range;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::model::frame::Cell;

use super::book::{
    Allowed, Entry, Look, Marking, NativeTable, Place, Role, Rule, Sheet, Side, Value, address,
};
use super::cells;
use super::fill::{Context, put_text};
use super::formula::{self, Area, Here};
use super::plan::{PlannedColumn, PlannedTable, head_row, length};
use super::spec::Mark;

/// Height of a row of heads, points: two lines.
const HEAD_HEIGHT: f64 = 32.0;

/// Fills a table's first sheet; returns the rows for each further sheet.
///
/// # Errors
/// When a formula, format or value is wrong.
pub fn fill(
    sheet: &mut Sheet,
    table: &PlannedTable<'_>,
    context: Context<'_>,
    cut_count: &mut u64,
) -> Result<Vec<Range<u32>>> {
    let spec = table.spec;
    let words = context.words;
    let corner = Place { row: table.top, column: table.left };
    if let Some(title) = &spec.title {
        put_text(sheet, corner, Role::Heading, words.text(title));
    }
    if !spec.note.is_empty() {
        let row = table.top + u32::from(spec.title.is_some());
        put_text(sheet, Place { row, ..corner }, Role::Subtitle, words.text(&spec.note));
    }
    let Some(area) = context.areas.get(&spec.name) else { return Ok(Vec::new()) };
    rows(sheet, table, area, 0..table.shown, context, cut_count)?;
    totals(sheet, table, area, context)?;
    let all = length(table.rows.frame.height()).saturating_add(spec.spare_rows);
    let room = context.rows_max.saturating_sub(FURTHER_HEAD + 1).max(1);
    let starts = (table.shown..all).step_by(usize::try_from(room).unwrap_or(usize::MAX));
    Ok(starts.map(|start| start..all.min(start.saturating_add(room))).collect())
}

/// Row of the heads on a further sheet.
const FURTHER_HEAD: u32 = 3;

/// Fills a further sheet.
///
/// # Errors
/// As [`fill`].
pub fn fill_part(
    sheet: &mut Sheet,
    table: &PlannedTable<'_>,
    part: Range<u32>,
    context: Context<'_>,
    cut_count: &mut u64,
) -> Result<()> {
    let Some(first) = context.areas.get(&table.spec.name) else { return Ok(()) };
    let area = Area {
        sheet: sheet.name.clone(),
        head_row: FURTHER_HEAD,
        first: FURTHER_HEAD + 1,
        last: FURTHER_HEAD + (part.end - part.start),
        total: None,
        ..first.clone()
    };
    sheet.freeze = Some(Place { row: area.first, column: table.left.saturating_add(1) });
    sheet.repeat_rows = Some((FURTHER_HEAD, FURTHER_HEAD));
    rows(sheet, table, &area, part, context, cut_count)
}

/// Heads and the given rows of the data, from the row under the heads on.
fn rows(
    sheet: &mut Sheet,
    table: &PlannedTable<'_>,
    area: &Area,
    part: Range<u32>,
    context: Context<'_>,
    cut_count: &mut u64,
) -> Result<()> {
    sheet.heights.insert(area.head_row, HEAD_HEIGHT);
    let group = GroupStarts::of(table);
    for (letter, column) in (table.left..).zip(&table.columns) {
        let named = |mut e: Error| {
            e.message = format!("column `{}`: {}", column.spec.name, e.message);
            e
        };
        head(sheet, column, Place { row: area.head_row, column: letter }, context)?;
        let looks = Looks::of(column, context).map_err(named)?;
        for (row, index) in (area.first..).zip(part.clone()) {
            let at = Place { row, column: letter };
            let data_row = usize::try_from(index).unwrap_or(usize::MAX);
            let is_spare = data_row >= table.rows.frame.height();
            let value = value(table, column, data_row, at, area, context).map_err(named)?;
            *cut_count += u64::from(value.1);
            let look = looks.pick(column.spec.input, is_spare, group.starts_at(data_row));
            let is_placeholder = is_spare && table.spec.spare_rows == 0;
            if !is_placeholder {
                sheet.cells.insert(at, Entry { value: value.0, look });
            }
        }
        rules(sheet, column, letter, area, context).map_err(named)?;
    }
    if table.rows.frame.height() == 0 && table.spec.spare_rows == 0 {
        let text = match &table.rows.not_assessable {
            Some(why) => format!("Not assessable: {}", crate::model::format::visible(why)),
            None => context.words.text(&table.spec.empty),
        };
        put_text(sheet, Place { row: area.first, column: table.left }, Role::Note, text);
    }
    sheet.tables.push(NativeTable {
        name: native_name(&table.spec.name, part.start),
        rows: (area.head_row, area.last),
        column: table.left,
        heads: table.columns.iter().map(|c| context.words.text(&c.title)).collect(),
    });
    Ok(())
}

fn native_name(name: &str, start: u32) -> String {
    if start == 0 { name.to_owned() } else { format!("{name}_from_{}", u64::from(start) + 1) }
}

fn head(
    sheet: &mut Sheet,
    column: &PlannedColumn<'_>,
    at: Place,
    context: Context<'_>,
) -> Result<()> {
    let title = context.words.text(&column.title);
    let least = title.split(' ').map(|w| w.chars().count()).max().unwrap_or(0).max(8);
    let default = f64::from(u32::try_from(least).unwrap_or(60).min(60)) + 3.0;
    let width = column.spec.width.unwrap_or(default);
    let slot = sheet.widths.entry(at.column).or_insert(width);
    *slot = slot.max(width);
    let side = if column.is_text { Side::Left } else { Side::Right };
    let look = Look { role: Role::Head, format: String::new(), side, wrap: true };
    sheet.cells.insert(at, Entry { value: Value::Text(title), look: Rc::new(look) });
    if !column.spec.note.is_empty() {
        sheet.notes.insert(at, context.words.text(&column.spec.note));
    }
    Ok(())
}

/// The value of one cell, and whether its text was cut.
fn value(
    table: &PlannedTable<'_>,
    column: &PlannedColumn<'_>,
    row: usize,
    at: Place,
    area: &Area,
    context: Context<'_>,
) -> Result<(Value, bool)> {
    if let Some(formula) = &column.spec.formula {
        if table.rows.frame.height() == 0 && table.spec.spare_rows == 0 {
            return Ok((Value::Blank, false));
        }
        let here = Here { area: Some(area), at };
        let formula = formula::expand(formula, here, context.areas)?;
        return Ok((Value::Formula(formula), false));
    }
    let cell = column.from.map_or(Cell::Null, |name| table.rows.frame.cell(name, row));
    if column.is_exact_text {
        return Ok((cells::exact_text(&cell), false));
    }
    cells::value(&cell, column.spec.scale, column.bytes, context.zone)
}

/// The looks that cells of one column have.
struct Looks {
    body: Rc<Look>,
    start: Rc<Look>,
    input: Rc<Look>,
}

impl Looks {
    fn of(column: &PlannedColumn<'_>, context: Context<'_>) -> Result<Self> {
        let format = match (column.spec.scale, column.bytes) {
            (Some(super::spec::Scale::Bytes), cells::Bytes::Exact) => "count",
            (Some(super::spec::Scale::Bytes), cells::Bytes::Beside) => "gib",
            _ => column.spec.format.as_deref().unwrap_or("general"),
        };
        let side = if column.is_text { Side::Left } else { Side::Right };
        let code = context.words.format(Some(format))?;
        let wrap = column.spec.wrap;
        let look = |role| Rc::new(Look { role, format: code.clone(), side, wrap });
        Ok(Looks {
            body: look(Role::Body),
            start: look(Role::GroupStart),
            input: look(Role::Input),
        })
    }
    /// Spare rows are for the reader, except where a formula stands.
    fn pick(&self, is_input: bool, is_spare: bool, is_start: bool) -> Rc<Look> {
        let look = match (is_input, is_spare, is_start) {
            (true, _, _) => &self.input,
            (false, false, true) => &self.start,
            (false, _, _) => &self.body,
        };
        Rc::clone(look)
    }
}

/// Where a new group of rows begins.
struct GroupStarts(Option<Vec<bool>>);

impl GroupStarts {
    fn of(table: &PlannedTable<'_>) -> Self {
        let column = table.spec.group.as_ref().and_then(|g| table.rows.frame.get(g));
        GroupStarts(column.map(|column| {
            let cell = |row: usize| column.cell(row);
            (0..column.len())
                .map(|row| row.checked_sub(1).is_some_and(|above| cell(above) != cell(row)))
                .collect()
        }))
    }
    fn starts_at(&self, row: usize) -> bool {
        self.0.as_ref().and_then(|starts| starts.get(row)).copied().unwrap_or(false)
    }
}

/// Allowed values and colours of a column.
fn rules(
    sheet: &mut Sheet,
    column: &PlannedColumn<'_>,
    letter: u16,
    area: &Area,
    context: Context<'_>,
) -> Result<()> {
    let first = Place { row: area.first, column: letter };
    let cells = (first, Place { row: area.last, column: letter });
    if !column.spec.choose.is_empty() {
        let allowed = Allowed::Words(column.spec.choose.clone());
        sheet.rules.push(Rule { area: cells, allowed });
    }
    for mark in &column.spec.mark {
        let formula = condition(mark, first)?;
        let here = Here { area: Some(area), at: first };
        let formula = formula::expand(&formula, here, context.areas)?;
        sheet.markings.push(Marking { area: cells, formula, tone: mark.tone });
    }
    Ok(())
}

/// The formula of a mark. Text is greater than every number in Excel, so numbers are asked for.
///
/// # Errors
/// When the mark says nothing or two things.
pub fn condition(mark: &Mark, first: Place) -> Result<String> {
    let own = address(first);
    match (&mark.over, &mark.under, &mark.is) {
        (Some(limit), None, None) => Ok(format!("=AND(ISNUMBER({own}),{own}>={limit})")),
        (None, Some(limit), None) => Ok(format!("=AND(ISNUMBER({own}),{own}<{limit})")),
        (None, None, Some(text)) => Ok(format!("={own}=\"{}\"", text.replace('"', "\"\""))),
        _ => Err(Error::config("a mark has one of `over`, `under` and `is`")),
    }
}

fn totals(
    sheet: &mut Sheet,
    table: &PlannedTable<'_>,
    area: &Area,
    context: Context<'_>,
) -> Result<()> {
    let Some(row) = area.total else { return Ok(()) };
    for (letter, column) in (table.left..).zip(&table.columns) {
        let at = Place { row, column: letter };
        let here = Here { area: Some(area), at };
        let column_cells = |row| address(Place { row, column: letter });
        let value = match column.spec.total.as_deref() {
            None => Value::Blank,
            Some("sum") => Value::Formula(format!(
                "=SUM({}:{})",
                column_cells(area.first),
                column_cells(area.last)
            )),
            Some(formula) if formula.starts_with('=') => {
                Value::Formula(formula::expand(formula, here, context.areas)?)
            }
            Some(text) => Value::Text(context.words.text(text)),
        };
        let format = context.words.format(column.spec.format.as_deref())?;
        let side = if column.is_text { Side::Left } else { Side::Right };
        let look = Rc::new(Look { role: Role::Total, format, side, wrap: false });
        sheet.cells.insert(at, Entry { value, look });
    }
    debug_assert_eq!(row, head_row(table.spec, table.top) + table.shown + 1);
    Ok(())
}
