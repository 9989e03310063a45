//! Captures of borg 1.4 and of borgmatic 1.9 and 2.1.

use std::collections::BTreeMap;

use crate::captures::{column, exit_codes, folder, load, load_from, load_one, rows};

/// Name of a run, operation, outcome and reason. Exit codes: legacy 1 and modern 100..127 are
/// warnings (what could not be read stands on standard error), 2 and 3..99 errors, 128 + n signals.
const RUNS: [(&str, &str, &str, &str); 30] = [
    ("02_create_ok", "backup", "success", "exit_code"),
    ("03_create_files_ok", "backup", "success", "exit_code"),
    ("04_create_incr_ok", "backup", "success", "exit_code"),
    ("10_partial_unreadable", "backup", "partial", "files_unreadable"),
    // exit 1 and 107, and an archive with no file in it
    ("12_config_missing_path", "backup", "failed", "empty_success"),
    ("13_config_missing_path_modern", "backup", "failed", "empty_success"),
    ("14_auth_wrong_passphrase", "backup", "failed", "exit_code"),
    ("16_config_no_repo", "backup", "failed", "exit_code"),
    ("18_conn_ssh_refused", "backup", "failed", "exit_code"),
    ("19_conn_ssh_refused_modern", "backup", "failed", "exit_code"),
    ("20_lock_timeout", "backup", "failed", "exit_code"),
    ("23_kill_sigterm", "backup", "interrupted", "signal"),
    ("24_kill_sigkill", "backup", "interrupted", "signal"),
    ("30_storage_full", "backup", "failed", "exit_code"),
    ("32_storage_quota", "backup", "failed", "exit_code"),
    ("33_storage_quota_modern", "backup", "failed", "exit_code"),
    ("40_list", "other", "success", "exit_code"),
    ("44_info_archives", "other", "success", "exit_code"),
    ("50_extract_ok", "restore", "success", "exit_code"),
    ("51_extract_progress", "restore", "success", "exit_code"),
    ("53_extract_missing_archive", "restore", "failed", "exit_code"),
    // exit 1: a restore is success or failed, never partial
    ("55_extract_missing_pattern", "restore", "failed", "errors_reported"),
    ("57_check_ok", "verify", "success", "exit_code"),
    ("59_prune", "prune", "success", "exit_code"),
    ("60_compact", "prune", "success", "exit_code"),
    ("62_diff_", "other", "success", "exit_code"),
    ("70_check_corrupt", "verify", "failed", "errors_reported"),
    // the damaged segment belonged to no live archive
    ("72_extract_corrupt", "restore", "success", "exit_code"),
    ("73_extract_corrupt_modern", "restore", "success", "exit_code"),
    ("83_dst_list", "other", "success", "exit_code"),
];

/// Class of the cause that a code of the product names.
const CLASSES: [(&str, &str, &str); 9] = [
    ("14_auth_wrong_passphrase", "PassphraseWrong", "authentication"),
    ("16_config_no_repo", "Repository.DoesNotExist", "configuration"),
    ("18_conn_ssh_refused", "ConnectionClosedWithHint", "connectivity"),
    ("19_conn_ssh_refused_modern", "ConnectionClosedWithHint", "connectivity"),
    ("20_lock_timeout", "LockTimeout", "contention"),
    ("23_kill_sigterm", "Signal.SIGTERM", "interrupted"),
    ("32_storage_quota", "Repository.StorageQuotaExceeded", "storage"),
    ("33_storage_quota_modern", "Repository.StorageQuotaExceeded", "storage"),
    // a full disk hides behind a generic exception: the code names nothing
    ("30_storage_full", "Exception", ""),
];

#[test]
fn borg_runs_under_a_wrapper_end_as_their_exit_codes_and_standard_error_prove() {
    let loaded = load_one("borg", "wrapper.runs", "runs.jsonl");
    let found: BTreeMap<String, [String; 5]> =
        rows(&loaded, ["operation", "outcome", "outcome_reason", "exit_code", "protects_data"])
            .into_iter()
            .zip(column(&loaded, "job_name"))
            .map(|(row, name)| (name, row))
            .collect();
    let codes = exit_codes("borg");
    assert_eq!((found.len(), codes.len()), (40, 40));
    for (name, code) in codes {
        let [_, outcome, _, exit_code, protects] = &found[&name];
        assert_eq!(*exit_code, code.to_string(), "{name}");
        assert!(code == 0 || outcome != "success", "{name}");
        assert!(protects == "false" || outcome == "success" || outcome == "partial", "{name}");
    }
    for (name, operation, outcome, reason) in RUNS {
        let [got_operation, got_outcome, got_reason, ..] = &found[name];
        assert_eq!(
            (got_operation.as_str(), got_outcome.as_str(), got_reason.as_str()),
            (operation, outcome, reason),
            "{name}"
        );
    }
}

#[test]
fn borg_codes_name_the_class_of_the_cause() {
    let loaded = load_one("borg", "wrapper.runs", "runs.jsonl");
    let codes = rows(&loaded, ["vendor_code", "code_class"]);
    let found: BTreeMap<String, [String; 2]> =
        column(&loaded, "job_name").into_iter().zip(codes).collect();
    for (name, code, class) in CLASSES {
        assert_eq!(found[name], [code, class], "{name}");
    }
    assert_eq!(found["02_create_ok"], ["", ""]);
}

#[test]
fn borg_log_lines_find_their_run() {
    let all = load("borg", &["wrapper.runs", "wrapper.messages"], "runs.jsonl");
    let [runs, messages] = all.as_slice() else { panic!("two adapters, {} loads", all.len()) };
    let names: BTreeMap<String, String> =
        column(runs, "run_id").into_iter().zip(column(runs, "job_name")).collect();
    let said: Vec<(String, [String; 2])> = column(messages, "run_id")
        .iter()
        .map(|run| names[run].clone())
        .zip(rows(messages, ["severity", "code"]))
        .collect();
    let of = |name: &str| -> Vec<[String; 2]> {
        said.iter().filter(|(run, _)| run == name).map(|(_, row)| row.clone()).collect()
    };
    assert_eq!(of("20_lock_timeout"), [["error", "LockTimeout"]]);
    assert_eq!(of("10_partial_unreadable"), [["warning", "BackupPermissionError"]]);
    // four lines: two warnings, the exception, its traceback
    let full = of("30_storage_full");
    assert_eq!(full.iter().filter(|[severity, _]| severity == "warning").count(), 2);
}

#[test]
fn borg_create_alone_tells_an_empty_archive_from_a_good_one_and_survives_the_end_of_summer_time() {
    let cases = [
        // file, outcome, start, end, duration: 81 says start 02:59:58, end 02:00:06, 8.06 s
        ("02_create_ok", "success", "2026-11-22T15:18:41Z", "2026-11-22T15:18:41Z", "0.312617"),
        (
            "12_config_missing_path",
            "failed",
            "2026-11-22T15:18:56Z",
            "2026-11-22T15:18:56Z",
            "0.149766",
        ),
        (
            "81_dst_create_crossing_005957Z",
            "success",
            "2026-10-25T00:59:58Z",
            "2026-10-25T01:00:06.062958Z",
            "8.062958",
        ),
    ];
    for (name, outcome, start, end, duration) in cases {
        let loaded = load_one("borg", "borg.create", &format!("{name}.stdout"));
        let found = rows(&loaded, ["outcome", "started_at", "ended_at", "duration_s"]);
        assert_eq!(found, [[outcome, start, end, duration]], "{name}");
    }
}

#[test]
fn borg_listings_are_survivors_and_info_knows_which_archives_are_empty() {
    let listed = load("borg", &["borg.list", "borg.list.points"], "40_list.stdout");
    let [runs, points] = listed.as_slice() else { panic!("{} loads", listed.len()) };
    assert_eq!(column(runs, "run_id"), column(points, "run_id"));
    for row in rows(runs, ["coverage", "outcome", "outcome_reason"]) {
        assert_eq!(row, ["survivors", "success", "listed_point"]);
    }
    let systems = ["erp-db01", "files01", "erp-db01", "files01", "files01m", "x", "y"];
    assert_eq!(column(runs, "system_ref"), systems);
    let info = load("borg", &["borg.info", "borg.info.points"], "44_info_archives.stdout");
    let [runs, points] = info.as_slice() else { panic!("{} loads", info.len()) };
    // x and y are the archives of runs 12 and 13, whose only path was missing
    let empty: Vec<[String; 2]> = rows(runs, ["system_ref", "outcome"])
        .into_iter()
        .filter(|[_, outcome]| outcome != "success")
        .collect();
    assert_eq!(empty, [["x", "failed"], ["y", "failed"]]);
    assert_eq!(column(points, "system_ref"), systems[..5]);
    assert_eq!(column(runs, "host_name"), ["bkhost"; 7]);
}

#[test]
fn archives_of_the_repeated_hour_are_marked_as_ambiguous() {
    let loaded = load_one("borg", "borg.list", "83_dst_list.stdout");
    assert_eq!(column(&loaded, "time_quality"), ["ambiguous_dst"; 3]);
}

/// Loads the runs of borgmatic; `b CONFIG` was a function of the capturing shell.
fn borgmatic(version: &str) -> BTreeMap<String, [String; 4]> {
    let copy = tempfile::tempdir().unwrap();
    for item in std::fs::read_dir(folder(version)).unwrap() {
        let path = item.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    let runs = copy.path().join("runs.jsonl");
    let text = std::fs::read_to_string(&runs).unwrap();
    std::fs::write(&runs, text.replace("\"cmd\": \"b ", "\"cmd\": \"borgmatic ")).unwrap();
    let loaded = load_from(copy.path(), &["wrapper.runs"], "runs.jsonl").remove(0);
    let found = rows(&loaded, ["operation", "outcome", "vendor_code", "code_class"]);
    assert!(column(&loaded, "product").iter().all(|product| product == "borgmatic"));
    column(&loaded, "job_name").into_iter().zip(found).collect()
}

#[test]
fn borgmatic_runs_fail_with_the_code_that_borg_gave() {
    for version in ["borgmatic", "borgmatic-2.1.10"] {
        let found = borgmatic(version);
        for (name, code) in exit_codes(version) {
            let expected = if code == 0 { "success" } else { "failed" };
            assert_eq!(found[&name][1], expected, "{version} {name}");
        }
        let wrong = ["backup", "failed", "52", "authentication"];
        assert_eq!(found["04_wrongpw"], wrong, "{version}");
        assert_eq!(found["02_create_json"][0], "backup");
        assert_eq!(found["10_repo_list"][0], "other");
        assert_eq!(found["14_extract"][0], "restore");
    }
    let refused = ["backup", "failed", "81", "connectivity"];
    assert_eq!(borgmatic("borgmatic-2.1.10")["06_conn"], refused);
}

#[test]
fn borgmatic_arrays_and_logs_tell_the_same_run() {
    for version in ["borgmatic", "borgmatic-2.1.10"] {
        let created = load_one(version, "borgmatic.create", "02_create_json.stdout");
        let points = load_one(version, "borgmatic.list.points", "10_repo_list.stdout");
        let listed = load_one(version, "borgmatic.list", "10_repo_list.stdout");
        assert_eq!(column(&listed, "run_id").len(), 2, "{version}");
        assert_eq!(column(&listed, "run_id"), column(&points, "point_id"));
        assert_eq!(column(&listed, "run_id")[0], column(&created, "run_id")[0]);
        assert_eq!(column(&listed, "started_at")[0], column(&created, "started_at")[0]);
        // run 03 wrote the log: 21 files, 9.90 MB, exit 0
        let log = load_one(version, "borgmatic.command", "ok.log");
        let found = rows(&log, ["outcome", "files_total_count", "source_bytes"]);
        assert_eq!(found, [["success", "21", "9900000"]], "{version}");
    }
}
