//! The embedded engine at its edges: files of different ages, wrong headers, messages.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use ::polars::prelude as pl;

use super::*;
use crate::bridge::to_polars;
use crate::model::frame::Column;
use crate::model::table::{Merge, Origin, may, must};

const RUNS: Table = Table {
    name: "runs",
    says: "runs",
    origin: Origin::Derived,
    key: &["run_id"],
    time: Some("ended_at"),
    merge: Merge::Rebuild,
    columns: &[
        must("run_id", Type::Text, "id"),
        may("ended_at", Type::Time, "end"),
        may("size_bytes", Type::Int, "size"),
        may("tags", Type::List, "tags"),
    ],
};

const DAY: i64 = 86_400_000_000;

fn texts(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|v| Some((*v).to_owned())).collect())
}

fn write(path: &Path, columns: Vec<(&str, Column)>) -> String {
    let columns = columns.into_iter().map(|(n, c)| (n.to_owned(), c)).collect();
    let mut data = to_polars(&Frame::from_columns(columns).unwrap()).unwrap();
    pl::ParquetWriter::new(File::create(path).unwrap()).finish(&mut data).unwrap();
    path.to_str().unwrap().to_owned()
}

fn files(paths: Vec<String>) -> BTreeMap<String, TableSource> {
    BTreeMap::from([("runs".to_owned(), TableSource::Files { paths, table: &RUNS })])
}

fn types(columns: &[(&str, Type)]) -> Vec<(String, Type)> {
    columns.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect()
}

#[test]
fn files_that_lack_a_column_or_hold_the_partition_give_nulls_and_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    let old = write(
        &dir.path().join("old.parquet"),
        vec![("run_id", texts(&["a"])), ("ended_at", Column::Time(vec![Some(DAY)]))],
    );
    let new = write(
        &dir.path().join("new.parquet"),
        vec![
            ("run_id", texts(&["b"])),
            ("ended_at", Column::Time(vec![Some(2 * DAY)])),
            ("size_bytes", Column::Int(vec![Some(5)])),
            ("tags", Column::List(vec![Some(vec!["x".to_owned()])])),
        ],
    );
    let sql = "select run_id, ended_at, size_bytes, tags from runs \
               where ended_at >= timestamp '1970-01-02 00:00:00' order by run_id nulls first";
    let columns = types(&[
        ("run_id", Type::Text),
        ("ended_at", Type::Time),
        ("size_bytes", Type::Int),
        ("tags", Type::List),
    ]);
    let got = Polars.run(sql, &files(vec![old, new]), &columns).unwrap();
    assert_eq!(got.get("run_id"), Some(&texts(&["a", "b"])));
    assert_eq!(got.time("ended_at").unwrap(), [Some(DAY), Some(2 * DAY)]);
    assert_eq!(got.int("size_bytes").unwrap(), [None, Some(5)]);
    assert_eq!(got.list("tags").unwrap(), [None, Some(vec!["x".to_owned()])]);
}

#[test]
fn a_table_without_files_is_empty_and_typed() {
    let sql = "select count(*) - 5 as n, sum(size_bytes) as s, max(ended_at) as t from runs";
    let columns = types(&[("n", Type::Int), ("s", Type::Int), ("t", Type::Time)]);
    let got = Polars.run(sql, &files(vec![]), &columns).unwrap();
    assert_eq!(got.int("n").unwrap(), [Some(-5)]);
    assert_eq!(got.int("s").unwrap(), [None]);
    assert_eq!(got.time("t").unwrap(), [None]);
}

#[test]
fn an_answer_that_is_held_is_a_table_for_the_next_statement() {
    let names = Frame::from_columns(vec![
        ("run_id".to_owned(), texts(&["a", "b"])),
        ("ended_at".to_owned(), Column::Time(vec![Some(DAY), None])),
    ]);
    let first = BTreeMap::from([("runs".to_owned(), TableSource::Frame(names.unwrap()))]);
    let columns = types(&[("run_id", Type::Text), ("ended_at", Type::Time)]);
    let held = Polars.hold("select run_id, ended_at from runs", &first, &columns).unwrap();
    let second = BTreeMap::from([("stg".to_owned(), TableSource::Held(held))]);
    let sql = "select run_id from stg where ended_at < timestamp '1970-01-03 00:00:00'";
    let got = Polars.run(sql, &second, &types(&[("run_id", Type::Text)])).unwrap();
    assert_eq!(got.get("run_id"), Some(&texts(&["a"])));
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let text = &types(&[("x", Type::Text)]);
    let none = &Vec::new();
    let cases = [
        ("select size as x from runs", none, "size", "did you mean `size_bytes`"),
        ("select run_id as x from other", none, "no table `other`", "there are runs"),
        ("select size_bytes as x from runs", text, "the header says Text", "change the type"),
        ("select run_id as y from runs", text, "not what [columns]", "agree"),
        ("select ended_at - ended_at as x from runs", none, "difference", "micros_between"),
        ("select run_id as x from runs where run_id > 5", none, "engine", "types"),
        ("select now() as x from runs", none, "`now`", "as_of"),
    ];
    for (sql, columns, message, hint) in cases {
        let error = Polars.run(sql, &files(vec![]), columns).unwrap_err();
        assert!(error.message.contains(message), "{sql}: {error}");
        assert!(error.hint.as_deref().unwrap_or("").contains(hint), "{sql}: {error}");
        assert!(!error.to_string().contains("Ident {"), "{sql}: {error}");
    }
}

#[test]
fn a_missing_file_is_a_storage_error() {
    let error = Polars
        .run("select run_id from runs", &files(vec!["/nowhere/x.parquet".to_owned()]), &[])
        .unwrap_err();
    assert_eq!(error.kind, crate::error::Kind::Storage, "{error}");
}
