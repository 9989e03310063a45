//! Any text at all: nothing panics, every number is told once, the csv crate agrees.

use proptest::prelude::*;

use super::super::split::{Dialect, Split, split};
use super::*;

const TOKENS: [&str; 31] = [
    "a",
    "b,",
    ",",
    "\"",
    "\"\"",
    "\n",
    "\r\n",
    "\r",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ":",
    "1",
    "-2.5e3",
    "null",
    "\0",
    "\u{1b}[2K",
    "ä",
    " ",
    "=",
    "<14>1 ",
    "#",
    "{\"a\":",
    "\"k\"",
    "\t",
    "\u{feff}",
    "up ",
    "%",
    "start ",
];

const FORMATS: [&str; 14] = [
    "format = \"csv\"",
    "format = \"csv\"\nescape = '\\'\nskip = ['^#']\ntrailer = '^(\\d)'",
    "format = \"csv\"\nheader = 0\npivot = \"1\"",
    "format = \"tsv\"",
    "format = \"json\"\nmixed = true\nrecords = \"*\"\nexplode = \"a\"",
    "format = \"ndjson\"\neach = \"k\"",
    "format = \"ndjson\"\nmixed = true",
    "format = \"lines\"\ncontinuation = '^ '\npattern = '(?<x>a.)'",
    "format = \"lines\"\nopen = '^start'\nclose = 'b'",
    "format = \"fixed\"\nlayout = [{ name = \"x\", at = 2, width = 3 }]",
    "format = \"table\"",
    "format = \"kv\"",
    "format = \"prometheus\"",
    "format = \"syslog_sd\"",
];

fn texts() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&TOKENS[..]), 0..40).prop_map(|t| t.concat())
}

fn ours(text: &str) -> (Vec<Vec<String>>, bool) {
    let dialect = Dialect::of(&spec("format = \"csv\""));
    let (mut rows, mut cells, mut rest) = (Vec::new(), Vec::new(), text);
    loop {
        match split(rest, &dialect, true, &mut cells) {
            Split::Record(length) => {
                rows.push(cells.clone());
                rest = &rest[length..];
            }
            Split::Blank(length) => rest = &rest[length..],
            Split::End => return (rows, false),
            Split::Open => return (rows, true),
            Split::More => panic!("more after the end"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    #[test]
    fn any_text_gives_records_or_an_error(text in texts()) {
        for format in FORMATS {
            let Ok((items, facts)) = try_read(format, &text) else { continue };
            prop_assert_eq!(facts.records + facts.bad, items.len() as i64);
            for item in &items {
                let raw = match item {
                    Item::Record(record) => &record.raw,
                    Item::Bad { raw, .. } => raw,
                };
                prop_assert!(!raw.contains(['\0', '\u{1b}']), "{}", raw);
            }
        }
    }

    #[test]
    fn any_bytes_give_records_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for format in FORMATS {
            let _ = try_read(format, &bytes);
        }
    }

    #[test]
    fn records_are_split_as_by_the_csv_crate(text in texts()) {
        let (rows, is_open) = ours(&text);
        prop_assume!(!is_open);
        let mut oracle = ::csv::ReaderBuilder::new();
        let mut oracle = oracle.has_headers(false).flexible(true).from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> =
            oracle.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        // The csv crate drops a mark of UTF-8 at the start; here that is the opener's work.
        prop_assume!(!text.starts_with('\u{feff}'));
        prop_assert_eq!(rows, expected);
    }
}
