//! The sample company's package before programs of others: bagit (files), trestle (OSCAL), DuckDB
//! (figures).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::{members, python_with, script};
use crate::program::{demo, text};

const NAME: &str = "evidence-2026Q3-nist-800-53";

fn package() -> Vec<u8> {
    std::fs::read(demo().path.join(format!("reports/2026Q3/{NAME}.zip"))).unwrap()
}

/// Writes the members of the package below a folder.
fn unpack(folder: &Path) -> PathBuf {
    for (path, bytes) in members(&package()) {
        let target = folder.join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
    folder.join(NAME)
}

fn run(python: &str, args: &[&Path]) -> Output {
    Command::new(python).args(args).output().unwrap()
}

#[test]
fn bagit_accepts_the_bag_and_refuses_a_changed_one() {
    let Some(python) = python_with("bagit") else { return };
    let dir = tempfile::tempdir().unwrap();
    let bag = unpack(dir.path());
    let validate =
        || Command::new(python).args(["-m", "bagit", "--validate"]).arg(&bag).output().unwrap();
    let good = validate();
    assert!(good.status.success(), "{}", text(&good));
    let index = bag.join("data/00-index.md");
    let mut bytes = std::fs::read(&index).unwrap();
    bytes[0] ^= 1;
    std::fs::write(&index, bytes).unwrap();
    let bad = validate();
    assert!(!bad.status.success() && text(&bad).contains("00-index.md"), "{}", text(&bad));
}

#[test]
fn trestle_reads_the_oscal_document_and_refuses_wrong_ones() {
    let Some(python) = python_with("trestle.oscal.assessment_results") else { return };
    let dir = tempfile::tempdir().unwrap();
    let good = unpack(dir.path()).join("data/05-oscal/assessment-results.json");
    let document: Value = serde_json::from_slice(&std::fs::read(&good).unwrap()).unwrap();
    let target = "/assessment-results/results/0/findings/0/target";
    assert!(document.pointer(target).is_some(), "a finding is there");
    let wrong: [(&str, String, Value); 5] = [
        ("state", format!("{target}/status/state"), json!("perhaps")),
        ("uuid", "/assessment-results/uuid".into(), json!("x")),
        ("version", "/assessment-results/metadata/oscal-version".into(), json!("1.0.0")),
        ("no_target", target.to_owned(), Value::Null),
        ("more", format!("{target}/status"), json!({ "state": "satisfied", "score": 1 })),
    ];
    let mut args = vec![script("oscal.py"), good];
    for (name, at, value) in wrong {
        let mut changed = document.clone();
        *changed.pointer_mut(&at).unwrap() = value;
        let path = dir.path().join(format!("{name}.json"));
        std::fs::write(&path, serde_json::to_vec(&changed).unwrap()).unwrap();
        args.push(path);
    }
    let args: Vec<&Path> = args.iter().map(PathBuf::as_path).collect();
    let done = run(python, &args);
    assert!(done.status.success(), "{}", text(&done));
    assert!(text(&done).contains("1 accepted, 5 refused"), "{}", text(&done));
}

#[test]
fn duckdb_computes_the_recorded_rows_again_and_notices_other_tables() {
    let Some(python) = python_with("duckdb") else { return };
    let dir = tempfile::tempdir().unwrap();
    let bag = unpack(dir.path());
    let done = run(python, &[&script("recompute.py"), &bag]);
    assert!(done.status.success(), "{}", text(&done));
    println!("{}", text(&done));
}
