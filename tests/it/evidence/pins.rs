//! Versions that a package rests on outlive `vacuum`; those of no package do not.

use std::path::Path;

use super::{PACKAGE, make_package, small_project};
use crate::program::{copy, tapeline, text};

const PAST: &[&str] = &["-q", "query", "systems", "--as-of-version", "0", "--format", "csv"];

/// Another list of systems, loaded a day later, and everything removed that may be.
fn change_and_vacuum(project: &Path) {
    let list = project.join("systems.csv");
    let old = std::fs::read_to_string(&list).unwrap();
    std::fs::write(&list, old.replace(",platinum,", ",gold,")).unwrap();
    let load = tapeline(project, &["load", "--as-of", "2026-10-02T06:00:00Z"]);
    assert!(load.status.success(), "{}", text(&load));
    let history = tapeline(project, &["history", "systems"]);
    assert!(text(&history).lines().any(|line| line.contains("2026-10-02")), "{}", text(&history));
    let args = ["vacuum", "--retention-days", "0", "--as-of", "2026-10-03T06:00:00Z"];
    let vacuum = tapeline(project, &args);
    assert!(vacuum.status.success(), "{}", text(&vacuum));
}

#[test]
fn vacuum_keeps_what_a_package_rests_on_and_nothing_else_of_the_past() {
    let with = small_project();
    let without = tempfile::tempdir().unwrap();
    copy(with.path(), without.path());
    make_package(with.path());
    let before = tapeline(with.path(), PAST);
    assert!(text(&before).contains("platinum"), "{}", text(&before));

    change_and_vacuum(with.path());
    change_and_vacuum(without.path());

    let after = tapeline(with.path(), PAST);
    assert!(after.status.success(), "{}", text(&after));
    assert_eq!(before.stdout, after.stdout);
    let again = tapeline(with.path(), &["verify", PACKAGE, "--recompute"]);
    assert!(again.status.success(), "{}", text(&again));
    // The planted counter-check: the same without a package.
    let gone = tapeline(without.path(), PAST);
    assert_eq!(gone.status.code(), Some(4), "{}", text(&gone));
}

#[test]
fn a_package_pins_every_version_that_it_names_once() {
    let project = small_project();
    make_package(project.path());
    make_package(project.path());
    let pins = tapeline(project.path(), &["-q", "query", "pins", "--format", "csv"]);
    let pins = String::from_utf8(pins.stdout).unwrap();
    let mut pinned: Vec<(String, String)> = csv::Reader::from_reader(pins.as_bytes())
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[1].to_owned(), row[2].to_owned()))
        .collect();
    let count = pinned.len();
    pinned.sort();
    pinned.dedup();
    assert_eq!(pinned.len(), count, "{pins}");

    let zip = std::fs::read(project.path().join(PACKAGE)).unwrap();
    let mut named_count = 0;
    for (path, bytes) in super::members(&zip) {
        if !path.ends_with("/result.json") {
            continue;
        }
        let result: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for key in ["tables", "population_tables"] {
            for table in result[key].as_array().unwrap() {
                let name = table["table"].as_str().unwrap().to_owned();
                let version = table["version"].to_string();
                assert!(pinned.contains(&(name, version)), "{path} {table}");
                named_count += 1;
            }
        }
    }
    assert!(named_count > 20, "{named_count} versions named");
    let history = tapeline(project.path(), &["history", "pins"]);
    assert_eq!(text(&history).matches("append").count(), 1, "{}", text(&history));
}
