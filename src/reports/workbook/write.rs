//! From sheets and results to the bytes of the file. Only typed writers: text is written as
//! text, a formula only where the description has one. Equal input gives equal bytes.

use std::collections::BTreeMap;

use rust_xlsxwriter::{
    ConditionalFormatFormula, DataValidation, DataValidationRule, DocProperties, ExcelDateTime,
    Format, Formula, Note, Table, TableColumn, TableStyle, Workbook, Worksheet, XlsxError,
};

use crate::error::{Error, Result};
use crate::model::time;
use crate::reports::input::ReportInput;

use super::book::{Allowed, Book, Look, NativeTable, Place, Role, Rule, Sheet, Side, Value};
use super::charts;
use super::evaluate::Results;
use super::style;

/// Texts outside the sheets.
#[derive(Debug, Clone)]
pub struct Labels {
    /// Title with its period.
    pub title: String,
    /// What it tells.
    pub says: String,
    /// Instant of the data for people.
    pub as_of: String,
}

/// Longest value of a document property.
const PROPERTY_MAX: usize = 255;

/// Writes the file.
///
/// # Errors
/// When the writer refuses something; the message names the sheet.
pub fn bytes(
    book: &Book,
    results: &Results,
    input: &ReportInput,
    labels: &Labels,
) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let properties = properties(book, input, labels).map_err(|e| refused(&e))?;
    workbook.set_properties(&properties);
    for (name, reference) in &book.names {
        workbook.define_name(name, &format!("={reference}")).map_err(|e| refused(&e))?;
    }
    let mut formats = Formats::default();
    let none = BTreeMap::new();
    for (index, sheet) in book.sheets.iter().enumerate() {
        let worksheet = workbook.add_worksheet();
        let results = results.get(index).unwrap_or(&none);
        write_sheet(worksheet, sheet, results, &mut formats)
            .and_then(|()| print_set_up(worksheet, sheet, labels, input))
            .map_err(|e| refused(&e).at(format!("sheet `{}`", sheet.name)))?;
    }
    workbook.save_to_buffer().map_err(|e| refused(&e))
}

fn refused(error: &XlsxError) -> Error {
    Error::config(format!("the workbook cannot be written: {error}"))
}

fn properties(
    book: &Book,
    input: &ReportInput,
    labels: &Labels,
) -> Result<DocProperties, XlsxError> {
    let created = ExcelDateTime::from_timestamp(input.as_of.div_euclid(time::SECOND_US))?;
    let short = |text: &str| text.chars().take(PROPERTY_MAX).collect::<String>();
    let mut properties = DocProperties::new()
        .set_title(&labels.title)
        .set_subject(&labels.says)
        .set_author(&input.organisation)
        .set_company(&input.organisation)
        .set_comment(format!("Run {}, data as of {}", input.run_id, labels.as_of))
        .set_creation_datetime(&created)
        .set_custom_property("Run id", short(&input.run_id))
        .set_custom_property("As of", time::iso(input.as_of))
        .set_custom_property("Period", short(&input.period.name))
        .set_custom_property("Texts cut", book.cut_count.to_string());
    for (name, table) in &input.tables {
        let value = format!("version {}, commit {}", table.version, table.commit_sha256);
        properties = properties.set_custom_property(short(&format!("Table {name}")), short(&value));
    }
    Ok(properties)
}

/// Formats already made.
#[derive(Default)]
struct Formats(BTreeMap<Look, Format>);

impl Formats {
    fn of(&mut self, look: &Look) -> &Format {
        self.0.entry(look.clone()).or_insert_with(|| style::format(look))
    }
}

fn write_sheet(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    results: &BTreeMap<Place, String>,
    formats: &mut Formats,
) -> Result<(), XlsxError> {
    worksheet.set_name(&sheet.name)?;
    worksheet.set_screen_gridlines(false);
    // Without it an empty text would be kept as the number 0.
    worksheet.set_formula_result_default("");
    for (column, width) in &sheet.widths {
        worksheet.set_column_width(*column, *width)?;
    }
    for (row, height) in &sheet.heights {
        worksheet.set_row_height(*row, *height)?;
    }
    // Tables first: they write their heads themselves, in the same look.
    for table in &sheet.tables {
        add_table(worksheet, table, formats)?;
    }
    for (place, entry) in &sheet.cells {
        let (row, column) = (place.row, place.column);
        let format = formats.of(&entry.look);
        match &entry.value {
            Value::Blank => worksheet.write_blank(row, column, format)?,
            Value::Text(text) => worksheet.write_string_with_format(row, column, text, format)?,
            Value::Number(x) => worksheet.write_number_with_format(row, column, *x, format)?,
            Value::Formula(formula) => {
                let result = results.get(place).map_or("", String::as_str);
                let formula = Formula::new(formula).set_result(result);
                worksheet.write_formula_with_format(row, column, formula, format)?
            }
        };
    }
    for rule in &sheet.rules {
        add_rule(worksheet, rule)?;
    }
    for marking in &sheet.markings {
        let (first, last) = marking.area;
        let format = ConditionalFormatFormula::new()
            .set_rule(marking.formula.as_str())
            .set_format(style::tone(marking.tone))
            .set_stop_if_true(true);
        worksheet.add_conditional_format(
            first.row,
            first.column,
            last.row,
            last.column,
            &format,
        )?;
    }
    for (place, text) in &sheet.notes {
        let note = Note::new(text).set_author("").add_author_prefix(false).set_width(260);
        worksheet.insert_note(place.row, place.column, &note)?;
    }
    for placed in &sheet.charts {
        worksheet.insert_chart(placed.at.row, placed.at.column, &charts::chart(placed))?;
    }
    if let Some(place) = sheet.freeze {
        worksheet.set_freeze_panes(place.row, place.column)?;
    }
    Ok(())
}

/// Rows from which a table gets filter buttons.
const FILTER_FROM: u32 = 12;

fn add_table(
    worksheet: &mut Worksheet,
    table: &NativeTable,
    formats: &mut Formats,
) -> Result<(), XlsxError> {
    let look = |side| Look { role: Role::Head, format: String::new(), side, wrap: true };
    let head = formats.of(&look(Side::Left)).clone();
    let columns: Vec<TableColumn> = table
        .heads
        .iter()
        .map(|h| TableColumn::new().set_header(h).set_header_format(&head))
        .collect();
    let (first, last) = table.rows;
    let native = Table::new()
        .set_name(&table.name)
        .set_style(TableStyle::None)
        .set_banded_rows(false)
        .set_autofilter(last.saturating_sub(first) >= FILTER_FROM)
        .set_columns(&columns);
    let width = u16::try_from(table.heads.len()).unwrap_or(u16::MAX);
    let right = table.column.saturating_add(width.saturating_sub(1));
    worksheet.add_table(first, table.column, last, right, &native)?;
    Ok(())
}

fn add_rule(worksheet: &mut Worksheet, rule: &Rule) -> Result<(), XlsxError> {
    let validation = match &rule.allowed {
        Allowed::Words(words) => DataValidation::new()
            .allow_list_strings(words)?
            .set_error_title("Not allowed")?
            .set_error_message("Choose one of the list.")?,
        Allowed::From(range) => DataValidation::new()
            .allow_list_formula(Formula::new(format!("={range}")))
            .show_error_message(false),
        Allowed::Range(least, most) => DataValidation::new()
            .allow_decimal_number(DataValidationRule::Between(*least, *most))
            .set_error_title("Not allowed")?
            .set_error_message(format!("A number between {least} and {most}."))?,
    };
    let (first, last) = rule.area;
    worksheet.add_data_validation(first.row, first.column, last.row, last.column, &validation)?;
    Ok(())
}

/// A4, one page across, heads repeated, run and page below.
fn print_set_up(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    labels: &Labels,
    input: &ReportInput,
) -> Result<(), XlsxError> {
    const A4: u8 = 9;
    worksheet.set_paper_size(A4).set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3);
    if sheet.portrait {
        worksheet.set_portrait();
    } else {
        worksheet.set_landscape();
    }
    worksheet.set_print_fit_to_pages(sheet.pages_wide, 0);
    let plain = |text: &str| text.replace('&', "&&");
    let (title, as_of) = (plain(&labels.title), plain(&labels.as_of));
    worksheet.set_header(format!("&L&\"{},Bold\"{title}&R{as_of}", style::FONT));
    let (name, run) = (plain(&sheet.name), plain(&input.run_id));
    worksheet.set_footer(format!("&L{name}, run {run}&RPage &P of &N"));
    if let Some((first, last)) = sheet.repeat_rows {
        worksheet.set_repeat_rows(first, last)?;
    }
    Ok(())
}
