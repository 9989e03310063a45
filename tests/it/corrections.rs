//! Corrections after a load: an adapter that is mended, a zone that was wrong, the past before
//! them, and what `doctor` says meanwhile.

use std::path::Path;

use crate::program::{csv, tapeline, text, write};

const ADAPTER: &str = r#"
id       = "house.jobs"
version  = 1
table    = "job_runs"
tested   = "documented"
product  = "House"
coverage = "attempts"
[read]
format = "csv"
[time]
zone = "source"
formats.house = ["%d.%m.%Y %H:%M"]
[key]
run_id = ["nr"]
[columns]
operation  = { value = "backup" }
job_name   = "job"
started_at = { from = "begin", time = "house" }
outcome    = { from = "state", map = "state" }
[map.state]
ok = "success"
"#;

const PROJECT: &str = r#"
[project]
name = "Corrections"
as_of = "2026-11-01T00:00:00Z"
[[source]]
id = "house"
adapter = "house.jobs"
path = "in/*.csv"
zone = "UTC"
"#;

const JOBS: &str = "nr,job,begin,state\n1,erp,07.03.2026 22:00,ok\n2,erp,8/3/2026 22:00,ok\n\
                    3,erp,9/3/2026 22:00,ok\n";

/// A project in which two of three rows could not be read.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("tapeline.toml", PROJECT.as_bytes()),
        ("adapters/house.toml", ADAPTER.as_bytes()),
        ("in/jobs.csv", JOBS.as_bytes()),
    ];
    write(dir.path(), &files);
    says(dir.path(), &["load"], 1, &["3 rows in = 1 loaded + 0 duplicate + 2 quarantined"]);
    dir
}

/// The command ends with this code and says all of it.
fn says(dir: &Path, args: &[&str], code: i32, parts: &[&str]) -> String {
    let output = tapeline(dir, args);
    let said = text(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{args:?}: {part} in {said}");
    }
    said
}

fn mend(dir: &Path, version: i64) {
    let mended = ADAPTER
        .replace("version  = 1", &format!("version  = {version}"))
        .replace("\"%d.%m.%Y %H:%M\"", "\"%d.%m.%Y %H:%M\", \"%d/%m/%Y %H:%M\"");
    write(dir, &[("adapters/house.toml", mended.as_bytes())]);
}

fn aside(dir: &Path) -> Vec<String> {
    let sql = "select input_row, replayed_by from quarantine order by input_row nulls last";
    let row = |r: &std::collections::BTreeMap<String, String>| {
        format!("{} {}", r["input_row"], !r["replayed_by"].is_empty())
    };
    csv(dir, &[sql]).iter().map(row).collect()
}

fn starts(dir: &Path) -> Vec<String> {
    let sql = "select started_at from job_runs order by started_at nulls last";
    csv(dir, &[sql]).iter().map(|r| r["started_at"].clone()).collect()
}

#[test]
fn quarantined_rows_are_taken_in_and_marked_once_their_adapter_is_mended() {
    let dir = project();
    let dir = dir.path();
    let shown = says(dir, &["quarantine", "show"], 0, &["in/jobs.csv, record 2", "time-unparsed"]);
    assert!(shown.contains("value: 8/3/2026 22:00") && shown.contains("raw: 2,erp"), "{shown}");
    says(dir, &["doctor"], 1, &["2 rows are quarantined and open", "quarantine replay"]);

    // Before the fix: nothing changes, and why is said.
    let parts = [
        "0 rows were taken in, 2 are still open",
        "puts them aside as before",
        "raise its version",
    ];
    says(dir, &["quarantine", "replay"], 1, &parts);
    assert_eq!(aside(dir), ["2 false", "3 false"]);

    mend(dir, 2);
    says(dir, &["quarantine", "replay"], 0, &["2 rows were taken in, 0 are still open"]);
    assert_eq!(aside(dir), ["2 true", "3 true"], "the rows stay, marked");
    assert_eq!(starts(dir).len(), 3);
    let marked = csv(
        dir,
        &["select q.replayed_by as by, l.adapter_id as a from quarantine q \
                             join load_log l on q.replayed_by = l.load_id"],
    );
    assert_eq!(marked.len(), 2, "the mark names a load of the ledger");
    let listed = tapeline(dir, &["quarantine", "list", "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 1, "only the header");
    let all = tapeline(dir, &["quarantine", "list", "house", "--all", "--format", "csv"]);
    assert_eq!(String::from_utf8_lossy(&all.stdout).lines().count(), 3);
    says(dir, &["doctor"], 0, &["nothing to fix"]);

    // Again: no new version of the table.
    let before = text(&tapeline(dir, &["history", "quarantine"]));
    says(dir, &["quarantine", "replay"], 0, &["0 rows were taken in, 0 are still open"]);
    assert_eq!(text(&tapeline(dir, &["history", "quarantine"])), before);
}

#[test]
fn a_replay_says_when_the_file_is_gone_or_another_one() {
    let dir = project();
    let dir = dir.path();
    mend(dir, 2);
    let other = JOBS.replace("9/3/2026", "10/3/2026");
    write(dir, &[("in/jobs.csv", other.as_bytes())]);
    let parts = ["2 are still open", "the file has other bytes now", "put the file of then"];
    says(dir, &["quarantine", "replay"], 1, &parts);
    assert_eq!(aside(dir), ["2 false", "3 false"]);
    std::fs::rename(dir.join("in/jobs.csv"), dir.join("in/later.csv")).unwrap();
    let parts = ["2 are still open", "the file is gone", "put it back"];
    says(dir, &["quarantine", "replay", "house"], 1, &parts);
    // Put back under any name of the path: its bytes are what counts.
    write(dir, &[("in/of_then.csv", JOBS.as_bytes())]);
    says(dir, &["quarantine", "replay"], 0, &["2 rows were taken in, 0 are still open"]);
    assert_eq!(aside(dir), ["2 true", "3 true"]);
    says(dir, &["quarantine", "replay", "nobody"], 2, &["`nobody`", "there are house"]);
}

#[test]
fn a_corrected_zone_replaces_the_rows_that_were_read_in_the_wrong_one() {
    let dir = project();
    let dir = dir.path();
    mend(dir, 2);
    says(dir, &["load"], 0, &[]);
    // A later export repeats the second row and has a fourth.
    let more = "nr,job,begin,state\n2,erp,8/3/2026 22:00,ok\n4,erp,10/3/2026 22:00,ok\n";
    write(dir, &[("in/later.csv", more.as_bytes())]);
    says(dir, &["load"], 0, &[]);
    let utc: Vec<String> = (7..=10).map(|day| format!("2026-03-{day:02}T22:00:00Z")).collect();
    assert_eq!(starts(dir), utc);

    let config = PROJECT.replace("zone = \"UTC\"", "zone = \"America/New_York\"");
    write(dir, &[("tapeline.toml", config.as_bytes())]);
    let said = says(dir, &["load"], 0, &["read again in another zone"]);
    assert!(said.contains("4 loaded + 1 duplicate + 0 quarantined"), "{said}");
    // -05:00 until the 8th, 07:00 UTC; -04:00 after.
    let local = ["2026-03-08T03:00:00Z", "2026-03-09T02:00:00Z", "2026-03-10T02:00:00Z"];
    assert_eq!(starts(dir)[..3], local);
    assert_eq!(starts(dir).len(), 4, "no row stands twice");
    let before = text(&tapeline(dir, &["history", "job_runs"]));
    says(dir, &["load"], 0, &["2 inputs loaded before"]);
    assert_eq!(text(&tapeline(dir, &["history", "job_runs"])), before);

    // The other order gives the same rows: a lake that never saw the wrong zone.
    let fresh = tempfile::tempdir().unwrap();
    crate::program::copy(&dir.join("in"), &fresh.path().join("in"));
    crate::program::copy(&dir.join("adapters"), &fresh.path().join("adapters"));
    write(fresh.path(), &[("tapeline.toml", config.as_bytes())]);
    says(fresh.path(), &["load"], 0, &[]);
    let sql = "select run_id, started_at, anchor_at, row_hash from job_runs \
               order by run_id nulls last";
    assert_eq!(csv(dir, &[sql]), csv(fresh.path(), &[sql]));

    // Back to the first zone: those loads are known, and that is said every time.
    write(dir, &[("tapeline.toml", PROJECT.as_bytes())]);
    for _ in 0..2 {
        says(dir, &["load"], 1, &["loaded before with another zone", "under another source id"]);
    }
}

#[test]
fn an_instant_of_the_past_gives_the_answer_of_then() {
    let dir = project();
    let dir = dir.path();
    let config = PROJECT.replace("as_of = \"2026-11-01T00:00:00Z\"\n", "");
    write(dir, &[("tapeline.toml", config.as_bytes())]);
    // The state of row 1 changes with a later export.
    let later = "nr,job,begin,state\n1,erp,07.03.2026 22:00,broken\n";
    write(dir, &[("in/z_later.csv", later.as_bytes())]);
    let future = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let file = std::fs::File::options().write(true).open(dir.join("in/z_later.csv")).unwrap();
    file.set_modified(future).unwrap();
    says(dir, &["load", "--as-of", "2099-12-01T00:00:00Z"], 1, &["unmapped outcome \"broken\""]);
    let sql = "select outcome from job_runs where run_id = '1'";
    let outcome = |args: &[&str]| csv(dir, &[&[sql], args].concat())[0]["outcome"].clone();
    assert_eq!(outcome(&[]), "unmapped");
    assert_eq!(outcome(&["--as-of", "2099-12-01T00:00:00Z"]), "unmapped");
    assert_eq!(outcome(&["--as-of", "2026-11-15T00:00:00Z"]), "success");
    assert_eq!(outcome(&["--as-of-version", "0"]), "success");
    let args = ["query", sql, "--as-of", "2026-10-01T00:00:00Z"];
    says(dir, &args, 0, &["nothing was loaded by 2026-10-01", "the first load is of 2026-11-01"]);
    says(dir, &["doctor"], 1, &["the newest load is of 2099-12-01", "set the clock"]);
}

#[test]
fn doctor_names_sources_that_never_came_exports_from_the_future_and_open_findings() {
    let dir = project();
    let dir = dir.path();
    let config = format!(
        "{PROJECT}expected_every_s = 3600\ncaptured = \"file_name:%Y-%m-%d_%H%M\"\n[[source]]\n\
         id = \"silent\"\nadapter = \"house.jobs\"\npath = \"none/*.csv\"\nzone = \"UTC\"\n"
    );
    let odd = "nr,job,begin,state\n9,erp,11.03.2026 22:00,odd\n";
    let files =
        [("tapeline.toml", config.as_bytes()), ("in/jobs_2026-11-01_1200.csv", odd.as_bytes())];
    write(dir, &files);
    says(dir, &["load", "house"], 1, &["unmapped outcome \"odd\""]);
    let parts = [
        "silent: nothing of it was ever loaded",
        "run `tapeline load silent`",
        "disk: ",
        "house: an export is 43200 s younger than its load",
        "2 rows are quarantined and open",
        "house: unmapped outcome \"odd\"",
        "map the word",
    ];
    says(dir, &["doctor"], 1, &parts);
    let args = ["doctor", "--as-of", "2099-01-01T00:00:00Z"];
    says(dir, &args, 1, &["house: newest export is", "promised every 3600 s"]);
}
