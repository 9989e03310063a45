//! Paths on rows and trees; expected values by hand.

use super::*;
use crate::ingest::open::Input;
use crate::ingest::read::{Format, ReadSpec, records};
use crate::ingest::record::Item;

fn record(text: &str, format: Format) -> Record {
    let input = Input::from_bytes("x", text.as_bytes().to_vec());
    match records(&input, &ReadSpec::of(format)).unwrap().next().unwrap().unwrap() {
        Item::Record(record) => record,
        Item::Bad { raw, .. } => panic!("{raw}"),
    }
}

fn get(record: &Record, path: &str) -> Option<String> {
    FieldPath::parse(path).unwrap().get(record).map(Cow::into_owned)
}

#[test]
fn paths_lead_through_trees() {
    let tree = record(
        r#"{"a":{"b":[{"c":1},{"c":true}],"x.y":{"z":"deep"},"n":null},"a.b":"literal","t":[],
            "o":{},"Size (GB)":"2.50","Avg.":3,"s":["p","q"],"d":{"k":1}}"#,
        Format::Json,
    );
    for (path, expected) in [
        ("a.b", Some("literal")),
        ("a.b[0].c", Some("1")),
        ("a.b[-1].c", Some("true")),
        ("a.b[2].c", None),
        ("a.b[-3].c", None),
        ("a.x.y", Some(r#"{"z":"deep"}"#)),
        ("a.n", None),
        ("a.n.m", None),
        ("a.b.#", Some("2")),
        ("a.#", Some("3")),
        ("t.#", Some("0")),
        ("missing.#", None),
        ("t", None),
        ("o", None),
        ("s", Some(r#"["p","q"]"#)),
        ("d", Some(r#"{"k":1}"#)),
        ("Size (GB)", Some("2.50")),
        ("Avg.", Some("3")),
        ("~^Size \\((.*)\\)$", Some("2.50")),
        ("~^Nothing", None),
        ("^.a", None),
    ] {
        assert_eq!(get(&tree, path).as_deref(), expected, "{path}");
    }
}

#[test]
fn a_reference_is_text_and_its_sides_can_be_asked_for() {
    let shapes = [
        (r#"{"g":"Backup"}"#, "Backup", Some("Backup"), Some("Backup")),
        (r#"{"g":{"link":"https://x/1","value":"42"}}"#, "42", Some("42"), None),
        (
            r#"{"g":{"display_value":"Backup","link":"https://x/1"}}"#,
            "Backup",
            None,
            Some("Backup"),
        ),
        (r#"{"g":{"display_value":"Backup","value":"42"}}"#, "42", Some("42"), Some("Backup")),
    ];
    for (text, plain, value, display) in shapes {
        let tree = record(text, Format::Json);
        assert_eq!(get(&tree, "g").as_deref(), Some(plain), "{text}");
        assert_eq!(get(&tree, "g.value").as_deref(), value, "{text}");
        assert_eq!(get(&tree, "g.display_value").as_deref(), display, "{text}");
    }
}

#[test]
fn columns_are_found_by_name_or_by_regex() {
    let row = record("Job.Name,Size (GiB),a[0]\nx,7,y\n", Format::Csv);
    assert_eq!(get(&row, "Job.Name").as_deref(), Some("x"));
    assert_eq!(get(&row, "a[0]").as_deref(), Some("y"));
    assert_eq!(get(&row, "~^Size").as_deref(), Some("7"));
    assert_eq!(get(&row, "Job"), None);
    let header = ["Job.Name", "Size (GiB)", "Sized"];
    let find = |path: &str| FieldPath::parse(path).unwrap().find(&header);
    let found = find("~^Size \\((.*)\\)$").unwrap().unwrap();
    assert_eq!((found.index, found.group.as_deref()), (1, Some("GiB")));
    assert_eq!(find("Job.Name").unwrap().unwrap().index, 0);
    assert!(find("nothing").unwrap().is_none());
    let error = find("~^Size").unwrap_err();
    assert!(error.message.contains("\"Size (GiB)\" and \"Sized\""), "{error}");
}

#[test]
fn values_are_given_whole_for_labels_and_attributes() {
    let tree = record(r#"{"l":{"a":"1"},"n":null}"#, Format::Json);
    let json = |path: &str| {
        let path = FieldPath::parse(path).unwrap();
        path.json(&tree).map(|value| value.to_string())
    };
    assert_eq!(json("l").as_deref(), Some(r#"{"a":"1"}"#));
    assert_eq!(json("n").as_deref(), Some("null"));
    assert_eq!(json(".").as_deref(), Some(r#"{"l":{"a":"1"},"n":null}"#));
}

#[test]
fn a_path_that_says_nothing_is_refused() {
    for path in ["", "~("] {
        let error = FieldPath::parse(path).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Config, "{path}");
    }
}
