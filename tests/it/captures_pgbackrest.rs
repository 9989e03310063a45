//! Captures of pgBackRest 2.55: log files, console outputs, `info`.

use std::collections::BTreeSet;

use crate::captures::{column, exit_codes, load, load_one, rows};

#[test]
fn console_outputs_end_with_the_code_of_the_process() {
    // name, operation of the command whose exit code it is
    let cases = [
        ("02_backup_before_stanza", "backup"),
        ("03_stanza_create", "maintenance"),
        ("04_backup_wal_archive_fails", "backup"),
        ("05_check", "maintenance"),
        ("06_full", "backup"),
        ("07_diff", "backup"),
        ("08_incr", "backup"),
        ("12_connrefused_stanza", "backup"),
        ("18_storage_full", "backup"),
        ("19_restore_ok", "restore"),
    ];
    let codes = exit_codes("pgbackrest");
    for (name, operation) in cases {
        let loaded = load_one("pgbackrest", "pgbackrest.log", &format!("{name}.stdout"));
        let (_, code) = codes.iter().find(|(n, _)| n == name).unwrap();
        let [got_operation, outcome, vendor_code] =
            rows(&loaded, ["operation", "outcome", "vendor_code"]).remove(0);
        assert_eq!(got_operation, operation, "{name}");
        assert_eq!(outcome, if *code == 0 { "success" } else { "failed" }, "{name}");
        // the code in the log is the exit code of the process
        assert_eq!(vendor_code.parse().unwrap_or(0), *code, "{name}");
    }
}

#[test]
fn the_log_lists_five_attempts_two_aborted_and_three_good() {
    let loaded = load_one("pgbackrest", "pgbackrest.log", "main-backup.log");
    let found = rows(&loaded, ["level", "outcome", "code_class", "duration_s", "coverage"]);
    // durations: the log's own "(n ms)"; the first two have none
    let expected = [
        ["incremental", "failed", "configuration", "0.009", "attempts"],
        // "incr backup has been changed to full"
        ["full", "failed", "configuration", "0.039", "attempts"],
        ["full", "success", "", "16.662", "attempts"],
        ["differential", "success", "", "3.161", "attempts"],
        ["incremental", "success", "", "2.444", "attempts"],
    ];
    assert_eq!(found, expected);
    assert_eq!(column(&loaded, "duration_source")[2..], ["reported"; 3]);
    assert!(loaded.ledger.findings.is_empty(), "{:?}", loaded.ledger.findings);
}

#[test]
fn a_full_disk_gives_code_064_and_no_class() {
    let loaded = load_one("pgbackrest", "pgbackrest.log", "18_storage_full.stdout");
    assert_eq!(rows(&loaded, ["vendor_code", "code_class"]), [["064", ""]]);
}

#[test]
fn info_lists_only_the_good_attempts_and_agrees_with_the_log() {
    let all =
        load("pgbackrest", &["pgbackrest.info", "pgbackrest.info.runs"], "09_info_json.stdout");
    let [points, runs] = all.as_slice() else { panic!("{} loads", all.len()) };
    // 10_info_text: start +01 / stop +01, database size 31.6MB 35.6MB 35.6MB
    let expected = [
        ["full", "2026-11-22T15:20:18Z", "2026-11-22T15:20:33Z"],
        ["differential", "2026-11-22T15:20:35Z", "2026-11-22T15:20:38Z"],
        ["incremental", "2026-11-22T15:20:38Z", "2026-11-22T15:20:40Z"],
    ];
    assert_eq!(rows(points, ["level", "taken_at", "usable_at"]), expected);
    assert_eq!(rows(runs, ["level", "started_at", "ended_at"]), expected);
    assert_eq!(column(points, "run_id"), column(runs, "run_id"));
    let ids = column(points, "point_id");
    assert_eq!(column(points, "parent_point_id"), ["", ids[0].as_str(), ids[1].as_str()]);
    let log = load_one("pgbackrest", "pgbackrest.log", "main-backup.log");
    let copied = column(&log, "read_bytes").split_off(2);
    for (info, log) in column(runs, "read_bytes").iter().zip(&copied) {
        let (info, log): (f64, f64) = (info.parse().unwrap(), log.parse().unwrap());
        assert!((info - log).abs() / info < 0.01, "one decimal in the log: {info} {log}");
    }
    for row in rows(runs, ["coverage", "outcome", "outcome_reason"]) {
        assert_eq!(row, ["survivors", "success", "listed_point"]);
    }
}

#[test]
fn an_empty_repository_is_an_answer() {
    let both = ["pgbackrest.info", "pgbackrest.info.runs"];
    let all = load("pgbackrest", &both, "01_info_empty.stdout");
    assert_eq!(all.iter().map(|l| l.ledger.records_read).collect::<Vec<_>>(), [0, 0]);
}

#[test]
fn every_line_of_the_log_belongs_to_one_of_its_runs() {
    let both = ["pgbackrest.log", "pgbackrest.log.messages"];
    let all = load("pgbackrest", &both, "main-backup.log");
    let [runs, messages] = all.as_slice() else { panic!("{} loads", all.len()) };
    // lines of the file that are neither DETAIL, nor continued, nor a separator
    assert_eq!(messages.ledger.rows_in, 39);
    let known: BTreeSet<String> = column(runs, "run_id").into_iter().collect();
    let named: BTreeSet<String> = column(messages, "run_id").into_iter().collect();
    assert_eq!(named, known);
    let errors: Vec<[String; 2]> = rows(messages, ["severity", "code"])
        .into_iter()
        .filter(|[severity, _]| severity == "error")
        .collect();
    assert_eq!(errors, [["error", "055"], ["error", "068"]]);
}
