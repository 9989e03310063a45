//! Reports: query results -> document model -> files. `report.toml` names the metrics,
//! `body.md.j2` says in Markdown what is told about them, the document model keeps the
//! result, and each renderer turns it into bytes. Nothing here opens a file, reads a clock or
//! computes a statistic: results come in, bytes go out.
//!
//! ```text
//! spec       report.toml: metrics, their variables, outputs, settings
//! input      ReportInput: what `commands/` hands over for one report
//! template   minijinja environment: escaping by file name, fuel, limits, errors
//! functions  table(), chart(), key_figure(), rows(), value(), metric(), has(), filters
//! arguments  arguments of those functions
//! rows       rows of a result, chosen and sorted by column name
//! tables     rows -> table cells
//! markdown   Markdown with placeholders -> blocks
//! document   the model: headings, paragraphs, callouts, key figures, figures, tables
//! charts     figures as SVG
//! html       document -> one self-contained page
//! index      list of all reports by period
//! csv json   a query result as a file for other programs
//! ```

mod arguments;
pub mod charts;
pub mod csv;
pub mod document;
mod functions;
pub mod html;
pub mod index;
pub mod input;
pub mod json;
mod markdown;
mod rows;
pub mod spec;
mod tables;
mod template;
pub mod workbook;

use std::sync::Arc;

use crate::error::{Error, Result};
use document::Document;
use input::ReportInput;
use spec::ReportSpec;

/// Gives the bytes of a file below `report_templates/` (`theme/style.css`), or none when it
/// does not exist. The caller decides where it comes from: the project's own folder first,
/// the embedded one after it.
pub type Resolver = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// A report as bytes, and the document other renderers start from.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// One self-contained HTML page.
    pub html: Vec<u8>,
    /// The document model behind it.
    pub document: Document,
}

/// Reads `report_templates/<id>/report.toml`.
///
/// # Errors
/// When the report does not exist, its description is wrong, or a file that one of its outputs
/// needs is missing.
pub fn spec(id: &str, resolver: &Resolver) -> Result<ReportSpec> {
    let path = format!("{id}/report.toml");
    let text = text_of(resolver, &path)?;
    let spec = ReportSpec::parse(id, &text).map_err(|e| e.at(shown_path(&path)))?;
    // Before the long work: a file that an output needs is there.
    for (output, file) in [("html", spec.body.as_str()), ("xlsx", "workbook.toml")] {
        let file = format!("{id}/{file}");
        if spec.outputs.iter().any(|o| o == output) && resolver(&file).is_none() {
            return Err(Error::config("the file does not exist")
                .at(shown_path(&file))
                .hint(format!("write it, or take \"{output}\" out of `outputs` in report.toml")));
        }
    }
    Ok(spec)
}

/// Renders the report `id` from its input. Equal input gives equal bytes.
///
/// # Errors
/// When a template is wrong, asks for a metric that is not in the input, or exceeds a limit.
pub fn render(id: &str, input: &ReportInput, resolver: &Resolver) -> Result<Rendered> {
    let spec = spec(id, resolver)?;
    let document = template::document(&spec, input, resolver)?;
    let html = html::page(&document, resolver)?;
    Ok(Rendered { html, document })
}

/// The text of a template file.
fn text_of(resolver: &Resolver, path: &str) -> Result<String> {
    let bytes = resolver(path).ok_or_else(|| {
        Error::config("the file does not exist")
            .at(shown_path(path))
            .hint("a report is a folder of report_templates/ with report.toml and body.md.j2")
    })?;
    String::from_utf8(bytes)
        .map_err(|_| Error::config("the file is not UTF-8 text").at(shown_path(path)))
}

fn shown_path(path: &str) -> String {
    format!("report_templates/{path}")
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
