//! Error pages and error bodies that stand where data should be. Reading them as data would give
//! zero rows and no message. Only clear cases are refused: a record may well have an `error`.

use serde_json::value::RawValue;

use super::spec::Format;
use super::tree::{Members, tree};
use crate::error::{Error, Result};
use crate::ingest::record::Json;

/// Members of which an error body consists, and a record never.
const ERROR_MEMBERS: [&str; 24] = [
    "apiVersion",
    "code",
    "data",
    "description",
    "detail",
    "details",
    "documentation_url",
    "error",
    "errorCode",
    "errorType",
    "error_description",
    "errors",
    "extensions",
    "instance",
    "kind",
    "message",
    "metadata",
    "path",
    "reason",
    "request_id",
    "status",
    "statusCode",
    "timestamp",
    "title",
];

/// Refuses a web page, an HTTP answer head, XML where only patterns could read it, or JSON where
/// text columns should be.
pub(super) fn page(head: &str, format: Format) -> Result<()> {
    let start = head.trim_start();
    let lower: String = start.chars().take(300).collect::<String>().to_ascii_lowercase();
    let first = start.lines().next().unwrap_or_default();
    let what = if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "a web page"
    } else if format != Format::Lines
        && (lower.starts_with("<?xml") || lower.starts_with("<error>"))
    {
        "an XML document"
    } else if is_http_head(first) {
        "the head of an HTTP answer"
    } else if matches!(format, Format::Csv | Format::Tsv) && is_json_object(start) {
        "a JSON document"
    } else {
        return Ok(());
    };
    Err(refused(what, first))
}

/// The refusal of a Parquet file where text should be.
pub(super) fn parquet() -> Error {
    Error::input("is a Parquet file, not text")
        .hint("use an adapter with [read] format = \"parquet\", such as canonical.<table>.parquet")
}

fn is_http_head(line: &str) -> bool {
    let code = line.strip_prefix("HTTP/").and_then(|rest| rest.split_whitespace().nth(1));
    code.is_some_and(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()))
}

fn is_json_object(start: &str) -> bool {
    let inner = start.strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|rest| rest.starts_with('"') || rest.starts_with('}'))
}

/// Refuses a document that is the only one of its input and says nothing but an error.
pub(super) fn error_body(document: &RawValue) -> Result<()> {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(document.get()) else {
        return Ok(());
    };
    let text = |name: &str| -> Option<Json> {
        let (_, raw) = members.iter().find(|(key, _)| key == name)?;
        tree(raw.get()).ok()
    };
    let is_set = |name: &str| match text(name) {
        None | Some(Json::Null) => false,
        Some(Json::List(items)) => !items.is_empty(),
        Some(Json::Object(_)) => true,
        Some(scalar) => scalar.scalar().is_some_and(|text| !text.is_empty() && text != "false"),
    };
    let only_error = members.iter().all(|(key, raw)| {
        ERROR_MEMBERS.contains(&key.as_str()) && (key != "data" || raw.get() == "null")
    });
    let names_one = ["error", "errors", "message", "detail"].iter().any(|name| is_set(name));
    if !(only_error && names_one) {
        return Ok(());
    }
    let message = ["message", "detail", "error_description", "error", "errors"]
        .iter()
        .filter_map(|name| text(name))
        .find(|value| value.scalar().is_some() || *value != Json::Null)
        .map(|value| value.scalar().map_or_else(|| value.to_string(), |t| t.into_owned()));
    Err(refused("an error", message.unwrap_or_default().as_str()))
}

/// The refusal, with the beginning of what stands there.
pub(super) fn refused(what: &str, text: &str) -> Error {
    let shown: String = text.chars().take(200).collect();
    let error = Error::input(format!("holds {what} instead of data"))
        .hint("run the export by hand and look at its answer; log in again if it asks for it");
    if shown.is_empty() { error } else { error.because(shown) }
}
