//! What goes wrong on the command line, one case at a time, in a project whose lake holds a load
//! already: the message says what, where and what to do, the exit code is that of the README, and
//! the lake is byte for byte as it was. Where it may differ the test says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{PROGRAM, census, copy, csv, run, tapeline, text, write};

const PROJECT: &str = r#"
[project]
name = "Errors"
as_of = "2026-10-30T00:00:00Z"
[limits]
lock_wait_s = 0
[[source]]
id = "vbr"
adapter = "veeam.sessions.csv"
path = "in/sessions*"
zone = "America/New_York"
date_order = "mdy"
"#;

const HEADER: &str = r#""JobName","VMName","Status","IsRetry","ProcessingMode","WorkDuration","TaskAlgorithm","CreationTime","BackupSize","DataSize","DedupRatio","CompressRatio""#;

/// A line of a session report.
fn session(machine: &str, status: &str) -> String {
    format!(
        r#""Daily","{machine}","{status}","False","hotadd","12.5","Full","5/13/2026 22:00:08","1","2","80","50""#
    )
}

fn report(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

/// A project with one run loaded. The lake, its lock file included, is there before the error.
fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let first = report(&[session("APP01", "Success")]);
    write(
        dir.path(),
        &[("tapeline.toml", PROJECT.as_bytes()), ("in/sessions_1.csv", first.as_bytes())],
    );
    let loaded = tapeline(dir.path(), &["load"]);
    assert_eq!(loaded.status.code(), Some(0), "{}", text(&loaded));
    dir
}

/// Adds a source to the project.
fn add_source(dir: &Path, text: &str) {
    let config = std::fs::read_to_string(dir.join("tapeline.toml")).unwrap();
    std::fs::write(dir.join("tapeline.toml"), format!("{config}\n[[source]]\n{text}\n")).unwrap();
}

/// The output is an error with these parts, a hint, this code and no data.
fn is_error(output: &Output, code: i32, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.starts_with("error: ") || said.contains("\nerror: "), "{said}");
    let hint = said.split("\nhint: ").nth(1).unwrap_or_default();
    assert!(!hint.trim().is_empty(), "no hint: {said}");
    for part in parts {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(output.stdout.is_empty(), "standard output is for data");
}

/// The command ends with such an error and leaves the lake as it was: data, logs, ledger.
fn refuses(dir: &Path, args: &[&str], code: i32, parts: &[&str]) {
    let before = census(&dir.join("lake"));
    assert!(before.keys().any(|p| p.starts_with("load_log/_delta_log")), "the lake holds a load");
    is_error(&tapeline(dir, args), code, parts);
    assert!(census(&dir.join("lake")) == before, "the lake has changed: {args:?}");
}

fn machines(dir: &Path) -> Vec<String> {
    let rows =
        csv(dir, &["select object_name, outcome from job_runs order by object_name nulls last"]);
    rows.iter().map(|r| format!("{} {}", r["object_name"], r["outcome"])).collect()
}

fn count(dir: &Path, table: &str) -> String {
    csv(dir, &[&format!("select count(*) as n from {table}")])[0]["n"].clone()
}

#[test]
fn an_unknown_column_is_named_with_the_nearest_one() {
    let dir = project();
    let sql = "select outcom from job_runs";
    refuses(dir.path(), &["query", sql], 2, &["error: query: ", "\"outcom\"", "`outcome`"]);
    let sql = "select * from job_run";
    refuses(dir.path(), &["query", sql], 2, &["`job_run`", "near: job_runs"]);

    // A mapped column that the export has under another name.
    let renamed = report(&[session("APP02", "Success")]).replace("\"Status\"", "\"State\"");
    write(dir.path(), &[("in/sessions_2.csv", renamed.as_bytes())]);
    let parts = ["error: in/sessions_2.csv: ", "\"Status\"", "outcome", "`State`"];
    refuses(dir.path(), &["load"], 3, &parts);

    // A column that no canonical table has, in an adapter of the project.
    let shown = tapeline(dir.path(), &["adapters", "show", "veeam.sessions.csv"]);
    let own = String::from_utf8(shown.stdout).unwrap().replace("\njob_name ", "\njob_nmae ");
    write(dir.path(), &[("adapters/sessions.toml", own.as_bytes())]);
    let line = own.lines().position(|l| l.starts_with("job_nmae")).unwrap() + 1;
    let place = format!("adapters/sessions.toml:{line}: ");
    refuses(dir.path(), &["load"], 2, &[&place, "job_nmae", "`job_name`"]);
}

#[test]
fn a_version_that_a_table_never_had_is_not_an_empty_table() {
    let dir = project();
    let args = ["query", "job_runs", "--as-of-version", "7"];
    refuses(dir.path(), &args, 3, &["error: table `job_runs`: ", "version 7", "0 to 0"]);
}

#[test]
fn a_zone_that_the_epochs_of_the_export_disprove_is_refused() {
    // Times of Berlin, in summer and in winter, each with its epoch: 22:10 on 2026-07-01 is
    // 20:10 UTC, 22:10 on 2026-01-15 is 21:10 UTC. UTC as the zone is two hours off, or one.
    let row = |id: u32, day: &str, epoch: i64| {
        format!(
            "{id},db.{id},db,B,F,1,T,{day} 22:00:00,{day} 22:00:02,{day} 22:10:00,{day} 22:10:00,\
             {epoch},1,1,1,0,1,1,,1\n"
        )
    };
    let header = "jobid,job,name,type,level,clientid,jobstatus,schedtime,starttime,endtime,\
                  realendtime,jobtdate,jobfiles,jobbytes,readbytes,joberrors,poolid,filesetid,\
                  statusinfo,encrypted\n";
    let jobs = [header, &row(1, "2026-07-01", 1_782_936_600), &row(2, "2026-01-15", 1_768_511_400)];
    let dir = project();
    write(dir.path(), &[("in/job.csv", jobs.concat().as_bytes())]);
    let source = "id = \"dir\"\nadapter = \"bacula.catalog.job\"\npath = \"in/job.csv\"\n";
    add_source(dir.path(), &format!("{source}zone = \"UTC\""));
    let parts = ["error: in/job.csv: ", "zone is UTC", "2 of 2", "60 or 120 min", "zone of"];
    refuses(dir.path(), &["load"], 3, &parts);

    // The hint works.
    let config = std::fs::read_to_string(dir.path().join("tapeline.toml")).unwrap();
    let config = config.replace("zone = \"UTC\"", "zone = \"Europe/Berlin\"");
    write(dir.path(), &[("tapeline.toml", config.as_bytes())]);
    assert_eq!(tapeline(dir.path(), &["load"]).status.code(), Some(0));
    let sql = "select ended_at from job_runs where source_id = 'dir' order by ended_at nulls last";
    let ends: Vec<String> = csv(dir.path(), &[sql]).iter().map(|r| r["ended_at"].clone()).collect();
    assert_eq!(ends, ["2026-01-15T21:10:00Z", "2026-07-01T20:10:00Z"]);
}

#[test]
fn a_zone_that_does_not_exist_is_refused_where_it_is_written() {
    let dir = project();
    let config = std::fs::read_to_string(dir.path().join("tapeline.toml")).unwrap();
    let wrong = config.replace("America/New_York", "America/Newyork");
    write(dir.path(), &[("tapeline.toml", wrong.as_bytes())]);
    let parts = ["tapeline.toml, [[source]] vbr: ", "`America/Newyork`", "IANA"];
    refuses(dir.path(), &["load"], 2, &parts);
    let wrong = config.replace("name = \"Errors\"", "name = \"Errors\"\nzone = \"Berlin\"");
    write(dir.path(), &[("tapeline.toml", wrong.as_bytes())]);
    refuses(dir.path(), &["load"], 2, &["tapeline.toml: ", "`Berlin`", "IANA"]);
}

/// Of a source whose adapters look things up, an input may be there for that alone; not all.
#[test]
fn inputs_of_which_none_has_the_shape_of_an_adapter_are_no_empty_load() {
    let dir = project();
    let source = "id = \"cat\"\nadapter = [\"bacula.catalog.job\", \"bacula.catalog.log\"]\n\
                  path = \"cat/*.txt\"\nzone = \"UTC\"";
    add_source(dir.path(), source);
    let aligned = b" jobid | job \n-------+-----\n     1 | a   \n(1 row)\n";
    write(dir.path(), &[("cat/job.txt", aligned), ("cat/log.txt", aligned)]);
    let parts = ["error: [[source]] cat: ", "none of the 2 inputs fits", "jobstatus"];
    refuses(dir.path(), &["load"], 3, &parts);
}

#[test]
fn a_cut_archive_or_document_is_refused() {
    let whole = report(&[session("APP02", "Success"), session("APP03", "Success")]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, whole.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let dir = project();
    for cut in [packed.len() - 1, packed.len() / 2, 12] {
        write(dir.path(), &[("in/sessions_2.csv.gz", &packed[..cut])]);
        refuses(dir.path(), &["load"], 3, &["error: in/sessions_2.csv.gz: ", "cut", "again"]);
    }
    std::fs::remove_file(dir.path().join("in/sessions_2.csv.gz")).unwrap();

    let sample =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/restic/snapshots.sample.json");
    let document = std::fs::read(sample).unwrap();
    let end = document.trim_ascii_end().len();
    add_source(
        dir.path(),
        "id = \"repo\"\nadapter = \"restic.snapshots\"\npath = \"in/snapshots.json\"",
    );
    for cut in [end - 1, end / 2, 1] {
        write(dir.path(), &[("in/snapshots.json", &document[..cut])]);
        refuses(dir.path(), &["load"], 3, &["error: in/snapshots.json:", "cut", "again"]);
    }
}

/// Lines of a file prove themselves one by one, so those before the cut are good data: they are
/// loaded, the torn one is quarantined with its text, and the load ends with exit 1.
#[test]
fn a_file_of_lines_that_ends_inside_one_is_a_finding_and_its_whole_lines_are_loaded() {
    let whole = report(&[session("APP02", "Success"), session("APP03", "Failed")]);
    let in_quote = whole.find("Failed").unwrap() + 3;
    let dir = project();
    write(dir.path(), &[("in/sessions_2.csv", &whole.as_bytes()[..in_quote])]);
    let cut = tapeline(dir.path(), &["load"]);
    assert_eq!(cut.status.code(), Some(1), "{}", text(&cut));
    for part in ["warning: in/sessions_2.csv: possibly-truncated", "\nhint: export it again"] {
        assert!(text(&cut).contains(part), "{part} in {}", text(&cut));
    }
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success"]);
    let aside = csv(dir.path(), &["select input_row, reason, raw from quarantine"]);
    assert_eq!(aside.len(), 1);
    assert_eq!((aside[0]["input_row"].as_str(), aside[0]["reason"].as_str()), ("2", "ragged-row"));
    assert_eq!(aside[0]["raw"], r#""Daily","APP03","Fai"#);

    // The whole file brings what was missing and nothing twice.
    write(dir.path(), &[("in/sessions_2.csv", whole.as_bytes())]);
    let healed = tapeline(dir.path(), &["load"]);
    assert_eq!(healed.status.code(), Some(0), "{}", text(&healed));
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success", "APP03 failed"]);

    let line = r#"{"name":"etc","cmd":"tar c /etc","start":"2026-05-01T02:00:00Z","end":"2026-05-01T02:01:00Z","exit_code":0}"#;
    let cut = format!("{line}\n{}", &line[..line.len() - 9]);
    write(dir.path(), &[("in/runs.jsonl", cut.as_bytes())]);
    add_source(dir.path(), "id = \"tools\"\nadapter = \"wrapper.runs\"\npath = \"in/runs.jsonl\"");
    let cut = tapeline(dir.path(), &["load", "tools"]);
    assert_eq!(cut.status.code(), Some(1), "{}", text(&cut));
    assert!(text(&cut).contains("in/runs.jsonl: possibly-truncated"), "{}", text(&cut));
    assert!(text(&cut).contains("2 rows in = 1 loaded + 0 duplicate + 1 quarantined"));
}

#[test]
fn utf_16_is_read_with_a_byte_order_mark_and_without() {
    let file = report(&[session("Büro-東京", "Success"), session("APP03", "Failed")]);
    let little = file.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let big = file.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let cases = [
        (with(b"\xff\xfe", &little), "UTF-16LE"),
        (with(b"\xfe\xff", &big), "UTF-16BE"),
        (little.clone(), "UTF-16LE"),
        (big, "UTF-16BE"),
        (with(b"\xef\xbb\xbf", file.as_bytes()), "UTF-8"),
    ];
    for (bytes, encoding) in cases {
        let dir = project();
        write(dir.path(), &[("in/sessions_2.csv", &bytes)]);
        let loaded = tapeline(dir.path(), &["load"]);
        assert_eq!(loaded.status.code(), Some(0), "{encoding}: {}", text(&loaded));
        let want = ["APP01 success", "APP03 failed", "Büro-東京 success"];
        assert_eq!(machines(dir.path()), want, "{encoding}");
        let sql = "select encoding from load_log where input_name = 'in/sessions_2.csv'";
        assert_eq!(csv(dir.path(), &[sql])[0]["encoding"], encoding);
    }
    // Half a character at the end is a cut file, not a character.
    let dir = project();
    let cut = with(b"\xff\xfe", &little[..little.len() - 3]);
    write(dir.path(), &[("in/sessions_2.csv", &cut)]);
    let loaded = tapeline(dir.path(), &["load"]);
    assert_eq!(loaded.status.code(), Some(1), "{}", text(&loaded));
    assert!(text(&loaded).contains("encoding-replaced: 1"), "{}", text(&loaded));
    assert!(text(&loaded).contains("possibly-truncated"), "{}", text(&loaded));
}

#[test]
fn an_unmapped_status_is_a_finding_and_its_row_is_kept() {
    let dir = project();
    let file = report(&[session("APP02", "Exploded"), session("APP03", "Exploded")]);
    write(dir.path(), &[("in/sessions_2.csv", file.as_bytes())]);
    let dry = tapeline(dir.path(), &["load", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(1), "{}", text(&dry));
    let loaded = tapeline(dir.path(), &["load", "--explain"]);
    assert_eq!(loaded.status.code(), Some(1), "{}", text(&loaded));
    for part in ["in/sessions_2.csv: unmapped outcome \"Exploded\": 2", "\nhint: map the word"] {
        assert!(text(&loaded).contains(part), "{part} in {}", text(&loaded));
    }
    let sql =
        "select object_name, outcome, vendor_status from job_runs order by object_name nulls last";
    let rows = csv(dir.path(), &[sql]);
    let found: Vec<String> =
        rows.iter().map(|r| format!("{} {}", r["outcome"], r["vendor_status"])).collect();
    assert_eq!(found, ["success Success", "unmapped Exploded", "unmapped Exploded"]);

    // Both ways out that the hint names end the finding.
    let shown = tapeline(dir.path(), &["adapters", "show", "veeam.sessions.csv"]);
    let adapter = String::from_utf8(shown.stdout).unwrap();
    let allowed = format!("{adapter}\n[allow]\nunmapped = [\"Exploded\"]\n");
    let mapped = adapter
        .replace("version  = 2\n", "version  = 3\n")
        .replace("[map.status]\n", "[map.status]\nExploded = \"failed\"\n");
    for (own, outcome) in [(allowed, "unmapped"), (mapped, "failed")] {
        write(dir.path(), &[("adapters/sessions.toml", own.as_bytes())]);
        let again = tapeline(dir.path(), &["load"]);
        assert_eq!(again.status.code(), Some(0), "{}", text(&again));
        assert_eq!(machines(dir.path())[1], format!("APP02 {outcome}"));
    }
}

#[test]
fn a_missing_template_is_named_before_anything_is_loaded() {
    let dir = project();
    let description = "title = \"Mine\"\nsays = \"x\"\noutputs = [\"html\"]\n";
    write(dir.path(), &[("report_templates/mine/report.toml", description.as_bytes())]);
    let body = "report_templates/mine/body.md.j2";
    let parts = [body, "does not exist", "report.toml"];
    refuses(dir.path(), &["report", "mine"], 2, &parts);
    write(dir.path(), &[(body, b"# Mine\n{% include \"mine/part.md.j2\" %}\n")]);
    let place = format!("{body}:2: ");
    refuses(dir.path(), &["report", "mine"], 2, &[&place, "mine/part.md.j2", "report_templates/"]);
    write(dir.path(), &[(body, b"# Mine\n{{ no_such_name }}\n")]);
    refuses(dir.path(), &["report", "mine"], 2, &[&place, "undefined"]);
    let description = format!("{description}colour = \"red\"\n");
    write(dir.path(), &[("report_templates/mine/report.toml", description.as_bytes())]);
    let place = "report_templates/mine/report.toml:4: ";
    refuses(dir.path(), &["report", "mine"], 2, &[place, "`colour`"]);

    // A run says so first, although there is something new to load.
    let second = report(&[session("APP02", "Success")]);
    let config = PROJECT.replace("[limits]", "reports = [\"quarterly_reveiw\"]\n[limits]");
    write(
        dir.path(),
        &[("in/sessions_2.csv", second.as_bytes()), ("tapeline.toml", config.as_bytes())],
    );
    refuses(dir.path(), &["run"], 2, &["`quarterly_reveiw`", "quarterly_review"]);
}

#[test]
fn a_held_lake_ends_with_75_and_a_lake_that_is_let_go_is_waited_for() {
    let dir = project();
    let second = report(&[session("APP02", "Success")]);
    write(dir.path(), &[("in/sessions_2.csv", second.as_bytes())]);
    let lock = std::fs::File::open(dir.path().join("lake/.lock")).unwrap();
    lock.lock().unwrap();
    for args in [&["load"][..], &["run"], &["derive"], &["vacuum"], &["schedule", "run"]] {
        refuses(dir.path(), args, 75, &["lake/.lock: ", "another run", "again"]);
    }
    // Reading needs no lock.
    assert_eq!(machines(dir.path()), ["APP01 success"]);
    let config = PROJECT.replace("lock_wait_s = 0", "lock_wait_s = 60");
    write(dir.path(), &[("tapeline.toml", config.as_bytes())]);
    let waited = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| tapeline(dir.path(), &["load"]));
        std::thread::sleep(std::time::Duration::from_millis(400));
        assert!(!waiting.is_finished(), "it waits");
        drop(lock);
        waiting.join().unwrap()
    });
    assert_eq!(waited.status.code(), Some(0), "{}", text(&waited));
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success"]);
}

/// Runs the program where no file may grow beyond some KiB: what a full disk does, for any user.
fn limited(dir: &Path, max_kib: u64, args: &[&str]) -> Output {
    let script = "ulimit -f \"$1\"; trap '' XFSZ; shift; exec \"$@\"";
    let max = max_kib.to_string();
    run(dir, Command::new("bash").args(["-c", script, "bash", &max, PROGRAM]).args(args))
}

/// Sizes of the files that a load makes in a copy of the project where there is space.
fn sizes(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let copied = tempfile::tempdir().unwrap();
    copy(dir, copied.path());
    let loaded = tapeline(copied.path(), &["load"]);
    assert!(matches!(loaded.status.code(), Some(0 | 1)), "{}", text(&loaded));
    let before = census(&dir.join("lake"));
    let made = census(&copied.path().join("lake")).into_iter();
    let size = |(name, bytes): (PathBuf, Option<Vec<u8>>)| Some((name, bytes?.len() as u64));
    made.filter(|(name, _)| !before.contains_key(name)).filter_map(size).collect()
}

/// The largest file that a load makes in a folder of the lake.
fn largest(sizes: &BTreeMap<PathBuf, u64>, folder: &str) -> u64 {
    let inside = sizes.iter().filter(|(name, _)| name.starts_with(folder));
    let is_data = |name: &Path| {
        folder.contains("_delta_log") || !name.to_str().unwrap().contains("_delta_log")
    };
    inside.filter(|(name, _)| is_data(name)).map(|(_, size)| *size).max().unwrap()
}

/// Whole KiB between two sizes, so that only the larger file does not fit.
fn between(fits: u64, not: u64) -> u64 {
    let kib = fits.div_ceil(1024);
    assert!(kib * 1024 < not, "the case needs a file over {fits} bytes, it has {not}");
    kib
}

#[test]
fn a_disk_that_is_full_for_data_leaves_the_lake_byte_for_byte() {
    let dir = project();
    let second = report(&[session("APP02", "Success")]);
    write(dir.path(), &[("in/sessions_2.csv", second.as_bytes())]);
    let before = census(&dir.path().join("lake"));
    let almost = (largest(&sizes(dir.path()), "job_runs") - 1) / 1024;
    for kib in [0, 1, almost] {
        let full = limited(dir.path(), kib, &["load"]);
        is_error(
            &full,
            4,
            &["lake/job_runs/month=2026-05/", "cannot be written", "free disk space"],
        );
        assert!(census(&dir.path().join("lake")) == before, "the lake has changed");
    }
    let again = tapeline(dir.path(), &["load"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success"]);
}

#[test]
fn a_disk_that_is_full_for_the_commit_leaves_no_version_but_a_file_that_none_names() {
    let dir = project();
    // Long names of inputs stand in the log entry and make it larger than the data.
    for n in 0..60 {
        let name = format!("in/sessions_{}_{n}.csv", "x".repeat(200));
        let file = report(&[session(&format!("SRV{n}"), "Success")]);
        write(dir.path(), &[(&name, file.as_bytes())]);
    }
    let sizes = sizes(dir.path());
    let kib = between(largest(&sizes, "job_runs"), largest(&sizes, "job_runs/_delta_log"));
    let before = census(&dir.path().join("lake"));
    let full = limited(dir.path(), kib, &["load"]);
    is_error(&full, 4, &["lake/job_runs/_delta_log/", "cannot be written", "free disk space"]);
    // The data were durable before the commit was tried. The file belongs to no version; deleting
    // it here could hit a commit whose success was not reported, so only `vacuum` removes it.
    let mut after = census(&dir.path().join("lake"));
    let left: Vec<PathBuf> = after.keys().filter(|p| !before.contains_key(*p)).cloned().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("job_runs/month=2026-05"), "{left:?}");
    after.remove(&left[0]);
    assert!(after == before, "something else has changed");
    assert_eq!(machines(dir.path()), ["APP01 success"]);

    let again = tapeline(dir.path(), &["load"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert_eq!(count(dir.path(), "job_runs"), "61");
}

#[test]
fn a_disk_that_fills_up_between_two_tables_leaves_a_load_that_the_next_run_finishes() {
    let dir = project();
    // Text that does not compress, in rows that are quarantined: that table's file is the largest.
    let mut seed = 20_260_513_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + ((seed >> 40) % 26) as u8)
    };
    let mut bad = || {
        let name: String = (0..60_000).map(|_| noise()).collect();
        session(&name, "Success").replace("5/13/2026", "5/32/2026")
    };
    let file = report(&[session("APP02", "Success"), bad(), bad()]);
    write(dir.path(), &[("in/sessions_2.csv", file.as_bytes())]);
    let sizes = sizes(dir.path());
    let fits = largest(&sizes, "job_runs").max(largest(&sizes, "job_runs/_delta_log"));
    let full = limited(dir.path(), between(fits, largest(&sizes, "quarantine")), &["load"]);
    is_error(&full, 4, &["lake/quarantine/", "cannot be written", "then run the same command"]);
    // Each table is at its old or its new version: the runs are committed, the row of the ledger
    // that ends a load is not there.
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success"]);
    assert_eq!(
        (count(dir.path(), "quarantine"), count(dir.path(), "load_log")),
        ("0".into(), "1".into())
    );

    let again = tapeline(dir.path(), &["load"]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again));
    assert!(text(&again).contains("3 rows in = 1 loaded + 0 duplicate + 2 quarantined"));
    assert_eq!(
        (count(dir.path(), "quarantine"), count(dir.path(), "load_log")),
        ("2".into(), "2".into())
    );
    assert_eq!(machines(dir.path()), ["APP01 success", "APP02 success"]);
}

#[test]
fn a_full_standard_output_is_an_error_and_not_a_panic() {
    let dir = project();
    let before = census(&dir.path().join("lake"));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = run(dir.path(), Command::new(PROGRAM).args(["query", "job_runs"]).stdout(full));
    is_error(&output, 4, &["standard output cannot be written"]);
    assert!(census(&dir.path().join("lake")) == before, "the lake has changed");
}
