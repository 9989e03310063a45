//! Readers on real captures and on hostile input. Counts of real captures were taken with Python's
//! csv and json modules and with grep, not with the readers.

mod any;
mod json;
mod logs;
mod parquet;
mod separated;
mod tables;

use super::*;
use crate::error::Kind;
use crate::ingest::path::FieldPath;
use crate::ingest::record::{Fault, Fields, Item, Record};

/// A file of tests/fixtures.
macro_rules! fixture {
    ($path:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/", $path)).as_slice()
    };
}
pub(crate) use fixture;

fn spec(read: &str) -> ReadSpec {
    toml::from_str(read).unwrap_or_else(|e| panic!("{read}: {e}"))
}

fn try_read(read: &str, bytes: impl AsRef<[u8]>) -> Result<(Vec<Item>, Facts)> {
    let input = Input::from_bytes("in/x", bytes.as_ref().to_vec());
    let mut records = records(&input, &spec(read))?;
    let items: Vec<Item> = records.by_ref().collect::<Result<_>>()?;
    Ok((items, records.facts()))
}

fn read(read: &str, bytes: impl AsRef<[u8]>) -> (Vec<Item>, Facts) {
    try_read(read, bytes).unwrap_or_else(|e| panic!("{read}: {e}"))
}

fn refusal(read: &str, bytes: impl AsRef<[u8]>) -> crate::error::Error {
    try_read(read, bytes).expect_err("must be refused")
}

fn record(item: &Item) -> &Record {
    match item {
        Item::Record(record) => record,
        Item::Bad { fault, raw, .. } => panic!("{fault:?}: {raw}"),
    }
}

fn get(item: &Item, path: &str) -> String {
    let path = FieldPath::parse(path).unwrap();
    path.get(record(item)).map_or_else(|| "<none>".to_owned(), std::borrow::Cow::into_owned)
}

fn fault(item: &Item) -> Option<Fault> {
    match item {
        Item::Bad { fault, .. } => Some(*fault),
        Item::Record(_) => None,
    }
}

/// Cells joined by `|`; a bad piece as `!fault`.
fn rows(items: &[Item]) -> Vec<String> {
    let row = |item: &Item| match item {
        Item::Bad { fault, .. } => format!("!{}", fault.word()),
        Item::Record(record) => match &record.fields {
            Fields::Row { cells, .. } => {
                let cells: Vec<_> =
                    cells.iter().map(|c| c.as_deref().unwrap_or("<none>")).collect();
                cells.join("|")
            }
            Fields::Tree { value, .. } => value.to_string(),
        },
    };
    items.iter().map(row).collect()
}

#[test]
fn an_option_that_the_format_does_not_use_is_refused() {
    for (text, message) in [
        ("format = \"csv\"\npattern = \"x\"", "pattern means nothing to csv"),
        ("format = \"json\"\nheader = 1", "header means nothing to json"),
        ("format = \"lines\"\nopen = \"x\"", "open and close belong together"),
        ("format = \"lines\"\npattern = \"(\"", "pattern is no regex"),
        ("format = \"csv\"\nskip = [\"[\"]", "skip is no regex"),
        ("format = \"csv\"\ndelimiter = \"ab\"", "delimiter must be one ASCII character"),
        ("format = \"csv\"\nencoding = \"klingon\"", "no code page \"klingon\""),
        ("format = \"fixed\"", "has no layout"),
        ("format = \"fixed\"\nlayout = [{ name = \"a\", at = 0 }]", "positions count from 1"),
    ] {
        let error = refusal(text, "a,b\n1,2\n");
        assert_eq!(error.kind, Kind::Config, "{text}");
        assert!(error.message.contains(message), "{text}: {error}");
    }
    for text in ["format = \"excel\"", "format = \"csv\"\ndelimeter = \";\"", "header = 1"] {
        assert!(toml::from_str::<ReadSpec>(text).is_err(), "{text}");
    }
}

#[test]
fn an_error_page_or_error_body_is_refused_instead_of_giving_no_rows() {
    let csv = "format = \"csv\"";
    let json = "format = \"json\"";
    let ndjson = "format = \"ndjson\"";
    let archives = "format = \"json\"\nrecords = \"archives\"";
    for (read, body, says) in [
        (csv, "<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        (csv, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n", "HTTP answer"),
        (csv, "{\"error\":\"token expired\"}", "a JSON document"),
        (json, "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"),
        (
            json,
            "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}",
            "an error",
        ),
        (json, "{\"errors\":[{\"message\":\"no such field\"}],\"data\":null}", "an error"),
        (
            json,
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\
          \"message\":\"forbidden\",\"reason\":\"Forbidden\",\"code\":403}",
            "an error",
        ),
        (ndjson, "{\"message\":\"Not Found\",\"status\":404}\n", "an error"),
        (archives, "{\"jobs\":[],\"version\":1}", "no `archives` in the document"),
    ] {
        let error = refusal(read, body);
        assert_eq!(error.kind, Kind::Input, "{body}");
        assert!(error.message.contains(says), "{body}: {error}");
        assert!(error.hint.is_some(), "{body}");
        assert!(error.place.as_deref().is_some_and(|p| p.starts_with("in/x")), "{body}");
    }
    // Records that speak of errors are data.
    let (items, _) = read(ndjson, "{\"message\":\"a\"}\n{\"message\":\"b\"}\n");
    assert_eq!(items.len(), 2);
    let (items, _) = read(json, "{\"id\":7,\"error\":\"disk full\"}");
    assert_eq!(items.len(), 1);
}

#[test]
fn the_time_of_the_export_is_found_in_document_record_or_column() {
    let document = "{\"at\":\"2026-01-02\",\"rows\":[{\"id\":1}]}";
    for (text, bytes) in [
        ("format = \"json\"\nrecords = \"rows\"\ncaptured = \"at\"", document),
        ("format = \"ndjson\"\ncaptured = \"at\"", "{\"at\":\"2026-01-02\"}\n{\"at\":\"x\"}\n"),
        ("format = \"csv\"\ncaptured = \"at\"", "id,at\n1,2026-01-02\n2,x\n"),
    ] {
        assert_eq!(read(text, bytes).1.captured.as_deref(), Some("2026-01-02"), "{text}");
    }
}

#[test]
fn a_missing_final_newline_is_reported_for_every_streamed_format() {
    for (text, whole) in [
        ("format = \"csv\"", "a,b\n1,2\n3,4\n"),
        ("format = \"ndjson\"", "{\"a\":1}\n{\"a\":2}\n"),
        ("format = \"lines\"", "one\ntwo\n"),
        ("format = \"fixed\"\nlayout = [{ name = \"a\", at = 1 }]", "one\ntwo\n"),
    ] {
        let (items, facts) = read(text, whole);
        assert!(facts.ends_with_newline, "{text}");
        let (cut, facts) = read(text, whole.trim_end());
        assert!(!facts.ends_with_newline, "{text}");
        assert_eq!((items.len(), cut.len()), (2, 2), "{text}");
    }
}

#[test]
fn a_reader_says_nothing_more_after_an_error() {
    let gz = {
        use std::io::Write;
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        for n in 0..200_000 {
            writeln!(gz, "{{\"n\":{n}}}").unwrap();
        }
        gz.finish().unwrap()
    };
    let input = Input::from_bytes("cut.gz", gz[..gz.len() / 2].to_vec());
    let mut records = records(&input, &spec("format = \"ndjson\"")).unwrap();
    let good = records.by_ref().take_while(Result::is_ok).count();
    assert!(good > 1000, "{good}");
    assert!(records.next().is_none());
}
