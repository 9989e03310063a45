//! The workbook of a report: `workbook.toml` and query results -> XLSX bytes. A template author
//! may write any Excel formula; its result is computed here and kept beside it, because viewers
//! show results without computing. No figure is made in Rust, no file opened, no clock read.
//!
//! ```text
//! spec      workbook.toml: sheets, cells, tables, formulas, charts
//! words     words of the run ({title}, @as_of), settings, number formats
//! data      rows of results, months and quarters of the plan, lineage
//! plan      where every block stands
//! formula   placeholders -> references
//! cells     one value: units, precision, dates
//! fill table  cells of every sheet
//! evaluate  results of all formulas
//! style charts write  the file
//! ```

mod book;
mod cells;
mod charts;
mod data;
mod evaluate;
mod fill;
mod formula;
mod plan;
pub mod spec;
mod style;
mod table;
mod words;
mod write;

use crate::error::{Error, Result};
use crate::model::format::visible;

use super::Resolver;
use super::input::ReportInput;
use super::spec::ReportSpec;
use spec::WorkbookSpec;
use words::Words;

/// Renders the workbook of a report from `report_templates/<id>/workbook.toml`.
///
/// # Errors
/// When the description is wrong, asks for a result that is not in the input, or holds a
/// formula that cannot be computed.
pub fn render(report: &ReportSpec, input: &ReportInput, resolver: &Resolver) -> Result<Vec<u8>> {
    let path = format!("{}/workbook.toml", report.id);
    let place = format!("report_templates/{path}");
    let bytes = resolver(&path).ok_or_else(|| {
        Error::config("the file does not exist")
            .at(&place)
            .hint("write it, or take \"xlsx\" out of `outputs` in report.toml")
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::config("the file is not UTF-8 text").at(&place))?;
    let spec = WorkbookSpec::parse(&place, &text)?;
    render_spec(&spec, report, input, book::ROWS_MAX).map_err(|mut e| {
        e.place = Some(match e.place {
            Some(inner) => format!("{place}: {inner}"),
            None => place,
        });
        e
    })
}

/// The file of a description that is already read; `rows_max` are the rows of a sheet.
fn render_spec(
    spec: &WorkbookSpec,
    report: &ReportSpec,
    input: &ReportInput,
    rows_max: u32,
) -> Result<Vec<u8>> {
    let zone = input.format.zone;
    let months = data::months(input.as_of, zone, spec.months);
    let words = Words::new(spec, report, input, &months);
    let plan = plan::plan(spec, report, input, &months, rows_max)?;
    let book = fill::book(&plan, &words, zone, rows_max)?;
    let results = evaluate::results(&book)?;
    let labels = write::Labels {
        title: words.text("{title}, {period}"),
        says: visible(&report.says),
        as_of: words.text("{as_of}"),
    };
    write::bytes(&book, &results, input, &labels)
}

#[cfg(test)]
mod tests;
