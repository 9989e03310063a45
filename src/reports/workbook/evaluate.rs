//! Results of formulas, computed by building the same cells in a spreadsheet engine. A result
//! is a finite number, a text or a truth value; anything else is an error that names the cell,
//! never a silent zero.

use std::collections::BTreeMap;

use ironcalc_base::Model;
use ironcalc_base::cell::CellValue;
use ironcalc_base::types::CellType;

use crate::error::{Error, Result};

use super::book::{Book, Place, Value, address};

/// Results by sheet and place, as the file keeps them.
pub type Results = Vec<BTreeMap<Place, String>>;

/// Computes every formula of a book.
///
/// # Errors
/// With sheet, cell and formula, when a formula cannot be computed.
pub fn results(book: &Book) -> Result<Results> {
    let has_formula = |cell: &super::book::Entry| matches!(cell.value, Value::Formula(_));
    if !book.sheets.iter().flat_map(|s| s.cells.values()).any(has_formula) {
        return Ok(book.sheets.iter().map(|_| BTreeMap::new()).collect());
    }
    let mut model = model(book).map_err(|e| engine_error(&e))?;
    model.evaluate();
    let mut out = Vec::new();
    for (index, sheet) in (0_u32..).zip(&book.sheets) {
        let mut found = BTreeMap::new();
        for (place, entry) in &sheet.cells {
            let Value::Formula(formula) = &entry.value else { continue };
            let result = result(&model, index, *place).map_err(|why| {
                Error::config(format!("the formula {formula} gives {why}"))
                    .at(format!("sheet `{}`, cell {}", sheet.name, address(*place)))
                    .hint("open the workbook's description and catch the case with IFERROR or IF")
            })?;
            found.insert(*place, result);
        }
        out.push(found);
    }
    Ok(out)
}

fn engine_error(why: &str) -> Error {
    Error::config(format!("the workbook cannot be computed: {why}"))
}

fn model(book: &Book) -> Result<Model<'static>, String> {
    let mut model = Model::new_empty("workbook", "en", "UTC", "en")?;
    for (index, sheet) in (0_u32..).zip(&book.sheets) {
        if index == 0 {
            model.rename_sheet_by_index(0, &sheet.name)?;
        } else {
            model.add_sheet(&sheet.name)?;
        }
    }
    for (name, reference) in &book.names {
        model.new_defined_name(name, None, reference)?;
    }
    for (index, sheet) in (0_u32..).zip(&book.sheets) {
        for (place, entry) in &sheet.cells {
            let (row, column) = row_column(*place);
            let set = match &entry.value {
                Value::Blank => Ok(()),
                Value::Text(text) => model.update_cell_with_text(index, row, column, text),
                Value::Number(x) => model.update_cell_with_number(index, row, column, *x),
                Value::Formula(f) => model.update_cell_with_formula(index, row, column, f.clone()),
            };
            set.map_err(|e| format!("sheet `{}`, cell {}: {e}", sheet.name, address(*place)))?;
        }
    }
    Ok(model)
}

/// Row and column counted from 1.
fn row_column(place: Place) -> (i32, i32) {
    (i32::try_from(place.row).map_or(i32::MAX, |r| r + 1), i32::from(place.column) + 1)
}

fn result(model: &Model<'_>, sheet: u32, place: Place) -> Result<String, String> {
    let (row, column) = row_column(place);
    let value = model.get_cell_value_by_index(sheet, row, column)?;
    if model.get_cell_type(sheet, row, column)? == CellType::ErrorValue {
        return Err(match value {
            CellValue::String(error) => error,
            CellValue::None | CellValue::Number(_) | CellValue::Boolean(_) => "an error".to_owned(),
        });
    }
    match value {
        CellValue::None => Ok(String::new()),
        CellValue::Number(x) if x.is_finite() => Ok(x.to_string()),
        CellValue::Number(x) => Err(x.to_string()),
        CellValue::Boolean(x) => Ok(if x { "TRUE" } else { "FALSE" }.to_owned()),
        // The file would keep such a text as a number or truth value.
        CellValue::String(text) if text.parse::<f64>().is_ok() || is_truth(&text) => {
            Err(format!("the text \"{text}\", which reads as a number or truth value"))
        }
        CellValue::String(text) => Ok(text),
    }
}

fn is_truth(text: &str) -> bool {
    matches!(text, "TRUE" | "FALSE")
}
