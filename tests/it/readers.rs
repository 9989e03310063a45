//! The lake's tables in other programs: deltalake, Polars and DuckDB from PyPI read every version
//! of every table of a small project and find the rows that `tapeline query` gives. Rust makes the
//! project and asks the program, `tests/python/readers.py` reads and compares. Without the
//! packages the test says so and passes, unless `TAPELINE_REQUIRE_TOOLS=1`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tapeline::model::tables;

use crate::program::{python_with, tapeline, text, write};

const PROJECT: &[u8] = br#"
[project]
name = "Readers"
[limits]
max_quarantined = 5
[[source]]
id = "jobs"
adapter = "canonical.job_runs"
path = "in/jobs_*.csv"
zone = "Europe/Berlin"
captured = "file_name:%Y-%m-%d"
[[source]]
id = "desk"
adapter = "canonical.incidents"
path = "in/incidents_*.csv"
captured = "file_name:%Y-%m-%d"
[[source]]
id = "pools"
adapter = "canonical.storage_samples.ndjson"
path = "in/pools_*.jsonl"
captured = "file_name:%Y-%m-%d"
[[source]]
id = "lists"
adapter = "canonical.systems"
path = "in/systems_*.csv"
captured = "file_name:%Y-%m-%d"
"#;

/// The first exports: microseconds, an integer that no float holds, line ends and quotes in texts,
/// empty cells and lists, a run that goes on, rows for the quarantine.
const MARCH: &[(&str, &[u8])] = &[
    (
        "in/jobs_2026-03-01.csv",
        "run_id,product,coverage,operation,job_name,started_at,ended_at,outcome,source_bytes,\
         dedup_ratio,is_encrypted,message\n\
         a,Tape,attempts,backup,\"Täglich, \"\"gold\"\"\",2026-01-31 23:59:59.999999,\
         2026-02-01 00:10:00,success,9007199254740993,0.1,true,\n\
         b,Tape,attempts,backup,daily,2026-02-10 02:00:00.123456,,running,,,,\"two\nlines\"\n\
         c,Tape,attempts,backup,daily,2026-02-30 02:00:00,,failed,,,,no such day\n\
         m,Tape,attempts,backup,daily,2026-02-28 23:30:00,,running,,,,moves to March\n\
         torn,Tape,attempts\n"
            .as_bytes(),
    ),
    (
        "in/incidents_2026-03-01.csv",
        b"incident_id,number,title,severity,status,detected_at,acknowledged_at,is_major,\
          reopen_count\n\
          i1,INC1,=1+1,high,open,2026-02-28T23:59:59.999999Z,,true,0\n\
          i2,INC2,disk,low,resolved,2026-01-15T10:00:00+05:30,2026-01-15T10:05:00+05:30,,\n",
    ),
    (
        "in/pools_2026-03-01.jsonl",
        b"{\"pool_id\":\"p1\",\"at\":\"2026-02-28T23:00:00.000001Z\",\"size_bytes\":\
          9223372036854775807,\"used_bytes\":1,\"dedup_ratio\":1.5,\"is_online\":false}\n\
          {\"pool_id\":\"p2\",\"at\":\"2026-02-28T23:00:00Z\",\"size_bytes\":\"many\"}\n",
    ),
    (
        "in/systems_2026-03-01.csv",
        "system_id,valid_from,name,aliases,regulated_tags,is_in_scope\n\
         s1,2026-01-01T00:00:00Z,One,db1;Büro,sox,true\n\
         s2,2026-01-01T00:00:00Z,Two,,,false\n"
            .as_bytes(),
    ),
];

/// The second exports: an update, a run whose start moves to another month, a late row, a column
/// that nobody knows.
const APRIL: &[(&str, &[u8])] = &[
    (
        "in/jobs_2026-04-01.csv",
        b"run_id,product,coverage,operation,job_name,started_at,ended_at,outcome,note\n\
          b,Tape,attempts,backup,daily,2026-02-10 02:00:00.123456,2026-02-10 02:30:00,success,x\n\
          m,Tape,attempts,backup,daily,2026-03-01 00:30:00,2026-03-01 01:30:00,failed,\n\
          late,Tape,attempts,backup,daily,2025-11-05 02:00:00,2025-11-05 02:10:00,success,\n\
          n,Tape,attempts,backup,daily,2026-03-29 02:30:00,,failed,in the gap\n",
    ),
    (
        "in/incidents_2026-04-01.csv",
        b"incident_id,number,title,severity,status,detected_at,resolved_at,is_major\n\
          i1,INC1,=1+1,high,resolved,2026-02-28T23:59:59.999999Z,2026-03-02T00:00:00Z,true\n",
    ),
];

fn done(dir: &Path, args: &[&str]) -> Output {
    let output = tapeline(dir, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
    output
}

fn answer(dir: &Path, table: &str, version: &str) -> Vec<u8> {
    let args = ["-q", "query", table, "--format", "json", "--as-of-version", version];
    done(dir, &args).stdout
}

/// Two loads of everything, and of one table so many that its log has a checkpoint.
fn project(dir: &Path) {
    write(dir, &[("tapeline.toml", PROJECT)]);
    write(dir, MARCH);
    done(dir, &["load", "--as-of", "2026-03-02T00:00:00Z"]);
    done(dir, &["derive", "--as-of", "2026-03-02T00:00:00Z"]);
    write(dir, APRIL);
    done(dir, &["load", "--as-of", "2026-04-02T00:00:00Z"]);
    for day in 2..=24 {
        let line = format!("{{\"pool_id\":\"p1\",\"at\":\"2026-04-{day:02}T23:00:00Z\"}}\n");
        let name = format!("in/pools_2026-04-{day:02}.jsonl");
        write(dir, &[(&name, line.as_bytes())]);
        done(dir, &["load", "pools", "--as-of", &format!("2026-04-{day:02}T23:30:00Z")]);
    }
    done(dir, &["derive", "--as-of", "2026-04-25T00:00:00Z"]);
    let log = std::fs::read_dir(dir.join("lake/storage_samples/_delta_log")).unwrap();
    let is_checkpoint =
        |name: std::ffi::OsString| name.to_string_lossy().ends_with(".checkpoint.parquet");
    assert!(log.flatten().any(|e| is_checkpoint(e.file_name())), "a checkpoint is there");
}

/// One case per version of every table that the lake holds.
fn cases(dir: &Path, answers: &Path) -> Vec<Value> {
    let live = done(dir, &["history", "--live-files"]).stdout;
    let live: BTreeMap<String, Vec<String>> = serde_json::from_slice(&live).unwrap();
    let mut cases = Vec::new();
    for (name, files) in live {
        let history = String::from_utf8(done(dir, &["history", &name]).stdout).unwrap();
        let versions: Vec<&str> =
            history.lines().skip(1).map(|l| l.split_whitespace().nth(1).unwrap()).collect();
        let table = tables::find(&name).unwrap();
        for (n, version) in versions.iter().enumerate() {
            let path = answers.join(format!("{name}-{version}.json"));
            std::fs::write(&path, answer(dir, &name, version)).unwrap();
            let newest = (n + 1 == versions.len()).then_some(&files);
            cases.push(json!({
                "table": name,
                "folder": dir.join("lake").join(&name),
                "time": table.time.filter(|_| table.is_partitioned()),
                "version": version.parse::<i64>().unwrap(),
                "answer": path,
                "files": newest,
            }));
        }
    }
    cases
}

/// Rows of an answer, by the text of a column.
fn rows(answer: &[u8], by: &str) -> BTreeMap<String, Value> {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let rows = answer["rows"].as_array().unwrap().clone();
    rows.into_iter().map(|row| (row[by].as_str().unwrap().to_owned(), row)).collect()
}

fn compare(python: &str, dir: &Path, cases: &[Value]) -> Output {
    let manifest = dir.join("manifest.json");
    std::fs::write(&manifest, serde_json::to_vec(cases).unwrap()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/readers.py");
    Command::new(python).arg(script).arg(&manifest).output().unwrap()
}

#[test]
fn deltalake_polars_and_duckdb_read_every_version_as_the_program_does() {
    let Some(python) = python_with("deltalake, duckdb, polars") else { return };
    let (dir, answers) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    project(dir.path());

    // What the exports say, by hand: Berlin is UTC+1 in winter.
    let first = rows(&answer(dir.path(), "job_runs", "0"), "run_id");
    assert_eq!(first.keys().collect::<Vec<_>>(), ["a", "b", "m"]);
    assert_eq!(first["a"]["started_at"], "2026-01-31T22:59:59.999999Z");
    assert_eq!(first["a"]["source_bytes"], 9_007_199_254_740_993_i64);
    assert_eq!(first["b"]["outcome"], "running");
    assert_eq!(first["b"]["ended_at"], Value::Null);
    let second = rows(&answer(dir.path(), "job_runs", "1"), "run_id");
    assert_eq!(second.keys().collect::<Vec<_>>(), ["a", "b", "late", "m"]);
    assert_eq!(second["b"]["outcome"], "success");
    assert_eq!(second["m"]["anchor_at"], "2026-02-28T23:30:00Z");
    let systems = rows(&answer(dir.path(), "systems", "0"), "system_id");
    assert_eq!(systems["s1"]["aliases"], json!(["db1", "Büro"]));
    assert_eq!(systems["s2"]["aliases"], json!([]));

    let cases = cases(dir.path(), answers.path());
    let of = |name: &str| cases.iter().filter(|c| c["table"] == name).count();
    let counts = ["job_runs", "incidents", "storage_samples", "load_log", "quarantine"].map(of);
    assert_eq!(counts, [2, 2, 24, 25, 2]);
    let run = compare(python, answers.path(), &cases);
    assert!(run.status.success(), "{}", text(&run));
    let row_count: usize = cases
        .iter()
        .map(|case| {
            let answer = std::fs::read(case["answer"].as_str().unwrap()).unwrap();
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            answer["rows"].as_array().unwrap().len()
        })
        .sum();
    let all = format!("{} versions, {row_count} rows, 0 differ", cases.len());
    assert!(text(&run).contains(&all), "{all} in {}", text(&run));

    // The comparison sees one digit, one microsecond, an empty text instead of null.
    let runs: Vec<Value> = cases.iter().filter(|c| c["table"] == "job_runs").cloned().collect();
    let path = runs[1]["answer"].as_str().unwrap();
    let right = std::fs::read_to_string(path).unwrap();
    for (from, to) in [
        ("9007199254740993", "9007199254740992"),
        (
            "\"started_at\": \"2026-01-31T22:59:59.999999Z\"",
            "\"started_at\": \"2026-01-31T23:00:00Z\"",
        ),
        ("\"job_id\": null", "\"job_id\": \"\""),
    ] {
        assert!(right.contains(from), "{from}");
        std::fs::write(path, right.replace(from, to)).unwrap();
        let run = compare(python, answers.path(), &runs);
        assert_eq!(run.status.code(), Some(1), "{from}: {}", text(&run));
        assert!(text(&run).contains("job_runs version 1: deltalake: only tapeline"), "{from}");
    }
}
