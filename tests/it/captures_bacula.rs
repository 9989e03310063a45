//! Captures of a Bacula 15 catalog: messages, volumes, and which job lies on which volume.

use std::collections::{BTreeMap, BTreeSet};

use crate::captures::{column, folder, load, load_from, rows};
use tapeline::ingest::Loaded;

fn catalog(adapter: &str) -> (Loaded, Loaded) {
    let mut all = load("bacula", &["bacula.catalog.job", adapter], "catalog_*.csv");
    let at = |all: &[Loaded], id: &str| all.iter().position(|l| l.adapter_id == id).unwrap();
    let other = all.remove(at(&all, adapter));
    (all.remove(at(&all, "bacula.catalog.job")), other)
}

#[test]
fn every_message_finds_its_job_and_those_of_job_0_belong_to_none() {
    let (jobs, messages) = catalog("bacula.catalog.log");
    // the table: 424 records, 5 of JobId 0, the others of 31 jobs
    assert_eq!((messages.ledger.rows_in, messages.ledger.rows_quarantined), (424, 0));
    let runs: BTreeSet<String> = column(&jobs, "run_id").into_iter().collect();
    let named = column(&messages, "run_id");
    assert_eq!(named.iter().filter(|run| run.is_empty()).count(), 5);
    let named: BTreeSet<String> = named.into_iter().filter(|run| !run.is_empty()).collect();
    assert_eq!((named.len(), named == runs), (31, true));
}

#[test]
fn codes_and_severities_are_those_of_the_words_in_the_texts() {
    let (_, messages) = catalog("bacula.catalog.log");
    let mut counts: BTreeMap<[String; 2], usize> = BTreeMap::new();
    let mut fatal = 0;
    for [code, class, severity, text] in rows(&messages, ["code", "code_class", "severity", "text"])
    {
        fatal += usize::from(severity == "fatal");
        assert_eq!(severity == "fatal", text.starts_with("Fatal error: "), "{text}");
        if !code.is_empty() {
            *counts.entry([code, class]).or_default() += 1;
        }
    }
    let expected = [
        (["DE0029", "connectivity"], 4),
        (["DE0031", ""], 1),
        (["DE0039", "connectivity"], 2),
        (["DE0060", "connectivity"], 1),
        (["DE0064", "authentication"], 3),
        (["SW0201", "storage"], 1),
    ];
    let counts: Vec<([&str; 2], usize)> =
        counts.iter().map(|([code, class], n)| ([code.as_str(), class.as_str()], *n)).collect();
    assert_eq!((counts.as_slice(), fatal), (expected.as_slice(), 13));
}

#[test]
fn volumes_are_samples_without_an_invented_capacity() {
    let (_, volumes) = catalog("bacula.catalog.media");
    let used: i64 = column(&volumes, "used_bytes").iter().map(|n| n.parse::<i64>().unwrap()).sum();
    // list media: seven volumes
    assert_eq!((volumes.ledger.rows_in, used), (7, 273_934_508));
    for row in rows(&volumes, ["size_bytes", "available_bytes", "media_kind"]) {
        assert_eq!(row, ["", "", "disk"]);
    }
    let pools: BTreeSet<String> = column(&volumes, "tier").into_iter().collect();
    assert_eq!(pools, ["Daily".to_owned(), "Small".to_owned()].into());
}

#[test]
fn a_job_that_failed_is_on_a_volume_and_no_restore_point() {
    let (jobs, points) = catalog("bacula.catalog.jobmedia");
    // 18 stretches; job 19 filled its disk and was canceled
    assert_eq!((points.ledger.records_read, points.ledger.rows_in), (18, 17));
    assert_eq!(points.ledger.rows_out_of_scope, 1);
    let protecting: BTreeSet<String> = rows(&jobs, ["run_id", "protects_data"])
        .into_iter()
        .filter(|[_, protects]| protects == "true")
        .map(|[run, _]| run)
        .collect();
    assert!(column(&points, "run_id").iter().all(|run| protecting.contains(run)));
    assert!(!column(&points, "location_name").contains(&"Small-0003".to_owned()));
}

/// The catalog as other clients print it: header and cells through a function each.
fn reprinted(delimiter: char, name: fn(&str) -> String, cell: fn(&str) -> String) -> Vec<Loaded> {
    let dir = tempfile::tempdir().unwrap();
    for table in ["job", "log", "client"] {
        let file = format!("catalog_{table}.csv");
        let mut reader = csv::Reader::from_path(folder("bacula").join(&file)).unwrap();
        let mut lines: Vec<Vec<String>> =
            vec![reader.headers().unwrap().iter().map(name).collect()];
        lines.extend(reader.records().map(|r| r.unwrap().iter().map(cell).collect()));
        let text: Vec<String> = lines.iter().map(|l| l.join(&delimiter.to_string())).collect();
        std::fs::write(dir.path().join(file), text.join("\n") + "\n").unwrap();
    }
    load_from(dir.path(), &["bacula.catalog.job", "bacula.catalog.log"], "catalog_*.csv")
}

#[test]
fn the_catalog_reads_the_same_whoever_printed_it() {
    let columns = ["run_id", "outcome", "outcome_reason", "started_at", "host_name", "message"];
    let told = |loaded: &[Loaded]| {
        let one = |id: &str| loaded.iter().find(|l| l.adapter_id == id).unwrap();
        let (jobs, lines) = (one("bacula.catalog.job"), one("bacula.catalog.log"));
        (rows(jobs, columns), rows(lines, ["message_id", "severity", "text"]))
    };
    let adapters = ["bacula.catalog.job", "bacula.catalog.log"];
    let want = told(&load("bacula", &adapters, "catalog_*.csv"));
    let same = |name: &str| name.to_owned();
    let escape = |cell: &str| {
        cell.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
    };
    let quote = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    // COPY in text form; mysql --batch; quoted with semicolons; names in upper case.
    let null = |cell: &str| match cell {
        "" => "\\N".to_owned(),
        cell => cell.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t"),
    };
    assert_eq!(told(&reprinted('\t', same, null)), want);
    assert_eq!(told(&reprinted('\t', str::to_uppercase, escape)), want);
    assert_eq!(told(&reprinted(';', same, quote)), want);
    assert_eq!(told(&reprinted('|', str::to_uppercase, quote)), want);
}
