//! The program as its users run it: the sample company end to end, its planted truth, repetition,
//! time travel, evidence, the schedule, and errors with the way out.

use std::path::Path;
use std::process::Output;

use crate::program::{self, copy, csv, tapeline, text, write};

/// The sample company, run once for all tests that only look.
fn demo() -> &'static Path {
    &program::demo().path
}

fn truth() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/truth.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_sample_company_gives_three_deliverables() {
    let reports = demo().join("reports");
    for file in [
        "index.html",
        "2026Q3/quarterly_review.html",
        "2026Q3/capacity_plan.html",
        "2026Q3/capacity_plan.xlsx",
        "2026Q3/evidence-2026Q3-nist-800-53.zip",
        "2026Q3/metrics/success_rate_by_tier.csv",
    ] {
        let size = std::fs::metadata(reports.join(file)).map(|m| m.len());
        assert!(size.is_ok_and(|n| n > 500), "{file}");
    }
}

#[test]
fn success_rates_are_those_that_were_planted() {
    let truth = truth();
    let rows = csv(demo(), &["success_rates_period"]);
    let mut compared = 0;
    for tier in ["platinum", "gold", "silver", "bronze"] {
        for rate in ["attempt", "final", "first_attempt", "expected_run"] {
            let planted = &truth["rates"]["q3"][tier][rate];
            for (policy, want) in planted.as_object().unwrap() {
                let row = rows
                    .iter()
                    .find(|r| r["tier"] == tier && r["rate"] == rate && r["policy"] == *policy)
                    .unwrap_or_else(|| panic!("{tier} {rate} {policy} is there"));
                let got = format!("{}/{}", row["k"], row["n"]);
                assert_eq!(got, format!("{}/{}", want[0], want[1]), "{tier} {rate} {policy}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 40, "{compared} rates");
    let verdicts: Vec<(String, String)> = csv(demo(), &["success_rate_summary"])
        .into_iter()
        .map(|r| (r["tier"].clone(), r["verdict"].clone()))
        .collect();
    for (tier, verdict) in
        [("platinum", "meets"), ("gold", "breach"), ("silver", "too_few_runs"), ("bronze", "watch")]
    {
        assert!(verdicts.contains(&(tier.into(), verdict.into())), "{tier}: {verdicts:?}");
    }
}

#[test]
fn exposed_systems_and_silent_failures_are_those_that_were_planted() {
    let exposed: Vec<String> = csv(demo(), &["exposure_over_150_percent"])
        .into_iter()
        .map(|r| format!("{} {}", r["system_id"], r["now_us"]))
        .collect();
    assert_eq!(exposed.len(), 2, "{exposed:?}");
    for (system, seconds) in [("ny-hr02", 273_581), ("wiki01", 283_499)] {
        let want = format!("{system} {seconds}");
        assert!(exposed.iter().any(|e| e.starts_with(&want)), "{want} in {exposed:?}");
    }
    let silent = csv(demo(), &["silent_failures"]);
    let lab = silent.iter().filter(|r| r["system_id"] == "lab-ber02" && r["kind"] == "no_attempt");
    assert_eq!(lab.count(), 6);
}

#[test]
fn the_reference_page_of_metrics_is_what_the_program_prints() {
    let dir = tempfile::tempdir().unwrap();
    let page = tapeline(dir.path(), &["metrics", "--markdown"]);
    assert!(page.status.success(), "{}", text(&page));
    let page = String::from_utf8(page.stdout).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("METRICS.md");
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    let difference = page.lines().zip(kept.lines()).find(|(a, b)| a != b);
    let is_current = page == kept;
    assert!(is_current, "write it again (`just metrics`); first difference: {difference:?}");
    let select = page.lines().find(|line| line.trim_start().starts_with("select "));
    assert_eq!(select, None, "definitions, no SQL");
}

#[test]
fn what_pools_use_is_their_size_without_what_is_free() {
    let truth = truth();
    let rows = csv(demo(), &["storage_use", "--period", "2026"]);
    let planted = truth["pools"].as_object().unwrap();
    assert!(planted.len() > 4);
    for pool in planted.values() {
        let id = pool["pool"].as_str().unwrap();
        let last = rows.iter().rfind(|row| row["pool_id"] == id).unwrap_or_else(|| panic!("{id}"));
        for column in ["used_bytes", "available_bytes"] {
            let planted = pool[column].as_i64().unwrap();
            assert_eq!(last[column].parse::<i64>().unwrap(), planted, "{id} {column}");
        }
    }
}

#[test]
fn every_row_of_every_input_is_accounted_for() {
    let rows = csv(demo(), &["load_quality"]);
    assert!(rows.len() > 15);
    for row in rows {
        let n = |name: &str| row[name].parse::<i64>().unwrap();
        let sum = n("loaded") + n("duplicate") + n("quarantined");
        assert_eq!(n("rows_in"), sum, "{row:?}");
    }
}

#[test]
fn loading_the_same_files_again_makes_no_new_version() {
    let dir = tempfile::tempdir().unwrap();
    copy(demo(), dir.path());
    let before = tapeline(dir.path(), &["history", "job_runs"]).stdout;
    let again = tapeline(dir.path(), &["load"]);
    assert!(again.status.success(), "{}", text(&again));
    assert_eq!(before, tapeline(dir.path(), &["history", "job_runs"]).stdout);
}

#[test]
fn a_package_verifies_and_a_changed_one_does_not() {
    let zip = demo().join("reports/2026Q3/evidence-2026Q3-nist-800-53.zip");
    let path = zip.to_str().unwrap();
    let good = tapeline(demo(), &["verify", path]);
    assert!(good.status.success(), "{}", text(&good));
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(&zip).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = dir.path().join("changed.zip");
    std::fs::write(&changed, bytes).unwrap();
    let bad = tapeline(demo(), &["verify", changed.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(5), "{}", text(&bad));
    assert!(text(&bad).contains("hint:"));
}

#[test]
fn a_due_job_runs_once_and_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("tapeline.toml"),
        "[project]\nname = \"x\"\n[[source]]\nid = \"lists\"\nadapter = \"canonical.systems\"\n\
         path = \"systems.csv\"\n[[job]]\nname = \"nightly\"\nschedule = \"0 2 * * *\"\n\
         run = [\"load\"]\n",
    )
    .unwrap();
    std::fs::write(
        dir.path().join("systems.csv"),
        "system_id,valid_from,name,aliases,regulated_tags,is_in_scope\n\
         a,2026-01-01T00:00:00Z,a,,,true\n",
    )
    .unwrap();
    let at = |when: &str| tapeline(dir.path(), &["schedule", "run", "--as-of", when]);
    let first = at("2026-09-01T02:05:00Z");
    assert!(text(&first).contains("nightly due 2026-09-01T02:00:00Z"), "{}", text(&first));
    let second = at("2026-09-01T02:06:00Z");
    assert!(text(&second).contains("nothing is due"), "{}", text(&second));
    // Down for three days: the latest due instant stands for all.
    let late = at("2026-09-04T12:00:00Z");
    assert!(text(&late).contains("nightly due 2026-09-04T02:00:00Z"), "{}", text(&late));
    let history = tapeline(dir.path(), &["schedule", "history"]);
    assert_eq!(text(&history).matches("nightly").count(), 2, "{}", text(&history));
}

/// A project with one source of systems, to break in one way at a time.
fn broken(config: &str, file: &[u8]) -> (tempfile::TempDir, Output) {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("[project]\nname = \"x\"\n{config}");
    std::fs::write(dir.path().join("tapeline.toml"), text).unwrap();
    std::fs::write(dir.path().join("in.csv"), file).unwrap();
    let output = tapeline(dir.path(), &["load"]);
    (dir, output)
}

#[test]
fn wrong_input_and_configuration_end_with_an_error_a_hint_and_an_untouched_lake() {
    let source = "[[source]]\nid = \"s\"\nadapter = \"canonical.systems\"\npath = \"in.csv\"\n";
    let veeam = "[[source]]\nid = \"v\"\nadapter = \"veeam.sessions.csv\"\npath = \"in.csv\"\n\
                 zone = \"Europe/Berlinn\"\ndate_order = \"mdy\"\n";
    let parquet = include_bytes!("../fixtures/canonical_parquet/systems.duckdb.parquet");
    let as_parquet = source.replace("canonical.systems", "canonical.systems.parquet");
    let cases: [(&str, String, &[u8], i32); 8] = [
        ("unknown key", format!("{source}colour = 1\n"), b"", 2),
        ("unknown adapter", source.replace("canonical.systems", "canonical.sistems"), b"", 2),
        ("missing file", source.replace("in.csv", "none.csv"), b"", 2),
        ("missing column", source.to_owned(), b"a,b\n1,2\n", 3),
        ("wrong zone", veeam.to_owned(), b"x\n", 2),
        ("cut Parquet", as_parquet.clone(), &parquet[..1000], 3),
        ("text for Parquet", as_parquet, b"system_id\na\n", 3),
        ("Parquet for text", source.to_owned(), parquet, 3),
    ];
    for (name, config, file, code) in cases {
        let (dir, output) = broken(&config, file);
        let text = text(&output);
        assert_eq!(output.status.code(), Some(code), "{name}: {text}");
        assert!(text.contains("error: ") && text.contains("hint: "), "{name}: {text}");
        assert!(!dir.path().join("lake/systems/_delta_log").exists(), "{name}");
    }
}

#[test]
fn one_list_as_csv_ndjson_and_parquet_is_one_table() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/canonical_parquet");
    let load = |adapter: &str, file: &str| {
        let dir = tempfile::tempdir().unwrap();
        std::fs::copy(fixtures.join(file), dir.path().join(file)).unwrap();
        let config = format!(
            "[project]\nname = \"x\"\n[[source]]\nid = \"s\"\nadapter = \"{adapter}\"\n\
             path = \"{file}\"\n"
        );
        std::fs::write(dir.path().join("tapeline.toml"), config).unwrap();
        let loaded = tapeline(dir.path(), &["load"]);
        assert!(text(&loaded).contains("3 rows in = 3 loaded"), "{file}: {}", text(&loaded));
        csv(
            dir.path(),
            &["select system_id, valid_from, valid_to, name, tier, is_in_scope, rpo_s, \
               change_bytes_per_day from {{ ref('systems') }} order by system_id nulls last"],
        )
    };
    let rows = load("canonical.systems", "systems.csv");
    assert_eq!(rows[1]["change_bytes_per_day"], "9007199254740993");
    assert_eq!(load("canonical.systems.ndjson", "systems.ndjson"), rows);
    for writer in ["duckdb", "pyarrow", "polars"] {
        let file = format!("systems.{writer}.parquet");
        assert_eq!(load("canonical.systems.parquet", &file), rows, "{writer}");
    }
}

#[test]
fn without_a_project_a_named_job_and_an_unknown_report_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let output = tapeline(dir.path(), &["run", "nightly"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("tapeline init"));
    let output = tapeline(demo(), &["report", "no_such_report"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("hint:"));
}

#[test]
fn a_second_run_waits_and_gives_up_with_75() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join("lake")).unwrap();
    std::fs::write(
        dir.path().join("tapeline.toml"),
        "[project]\nname = \"x\"\n[limits]\nlock_wait_s = 0\n",
    )
    .unwrap();
    let lock = std::fs::File::create(dir.path().join("lake/.lock")).unwrap();
    lock.lock().unwrap();
    let output = tapeline(dir.path(), &["derive"]);
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
}

#[test]
fn an_input_that_no_adapter_of_its_source_reads_or_joins_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let config = r#"
[project]
name = "Catalog"
as_of = "2026-10-30T00:00:00Z"
[[source]]
id = "director"
adapter = "bacula.catalog.job"
path = "in/*.csv"
zone = "UTC"
"#;
    let jobs = "jobid,job,name,type,level,clientid,jobstatus,schedtime,starttime,endtime,realendtime,jobtdate,jobfiles,jobbytes,readbytes,joberrors,poolid\n\
        7,a.2026-10-20_22.00.02_07,a,B,F,1,T,2026-10-20 22:00:02,2026-10-20 22:00:02,2026-10-20 22:10:00,2026-10-20 22:10:00,1792534200,120,120000,120000,0,1\n";
    let clients = "clientid,name,uname\n1,a-fd,15.0.2\n";
    let files = [("tapeline.toml", config), ("in/job.csv", jobs), ("in/client.csv", clients)];
    write(dir.path(), &files.map(|(name, text)| (name, text.as_bytes())));
    let clean = tapeline(dir.path(), &["load"]);
    assert_eq!(clean.status.code(), Some(0), "{}", text(&clean));
    write(dir.path(), &[("in/counters.csv", b"counter,minvalue\nx,1\n")]);
    let output = tapeline(dir.path(), &["load"]);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("in/counters.csv: nothing of it was read"), "{said}");
    assert!(!said.contains("client.csv"), "{said}");
    assert!(said.contains("hint: ") && said.contains("\"director\""), "{said}");
}
