//! Runs of restic, borg, borgmatic and pgBackRest under the wrapper, in the forms that the other
//! captures lack. What must come out follows from the situation that was set up and from the exit
//! code; where both say less than the text, the reason stands beside the row.

use crate::program::{copy, csv, tapeline, text, write};

/// Run; operation, outcome and reason; files and source bytes (rounded where text tells them);
/// class of the failure.
const RUNS: &[(&str, &str, &str, &str)] = &[
    // restic without --json: text gives files and bytes.
    ("restic_text_ok", "backup success exit_code", "34 600102", ""),
    ("restic_unchanged_text", "backup success unchanged", "34 600102", ""),
    ("restic_dry_run_text", "backup success dry_run", "34 600102", ""),
    ("restic_empty_dir_text", "backup failed empty_success", "0 0", "unknown"),
    ("restic_one_missing_text", "backup partial path_missing", "34 600102", "configuration"),
    ("restic_unreadable_text", "backup partial files_unreadable", "1 1", "source_data"),
    ("restic_wrongpw_text", "backup failed exit_code", " ", "authentication"),
    ("restic_repo_denied", "backup failed exit_code", " ", "authentication"),
    ("restic_full_disk_text", "backup failed exit_code", " ", "storage"),
    ("restic_rest_refused_text", "backup failed time_limit", " ", "connectivity"),
    // Both signals end with exit 1; who stopped it stands in the text.
    ("restic_sigint_text", "backup canceled user_cancel", " ", "interrupted"),
    ("restic_sigterm", "backup interrupted signal", " ", "interrupted"),
    // The program behind a pipe; a dump that failed.
    ("restic_stdin", "backup success exit_code", "1 6", ""),
    ("restic_stdin_cmd_fail", "backup failed exit_code", " ", "configuration"),
    ("restic_restore", "restore success exit_code", "5 1", ""),
    ("restic_restore_text", "restore success exit_code", "5 1", ""),
    ("restic_restore_dry", "restore success dry_run", "5 1", ""),
    // A summary without numbers: nothing was restored.
    ("restic_restore_include_nothing", "restore failed empty_success", "0 ", "unknown"),
    ("restic_restore_denied", "restore failed exit_code", " ", "authentication"),
    ("restic_dump", "restore failed exit_code", " ", "configuration"),
    ("restic_check", "verify success exit_code", " ", ""),
    ("restic_check_damaged", "verify failed exit_code", " ", "storage"),
    // Exit 11 of a check is a lock, no damage.
    ("restic_locked_check", "verify failed exit_code", " ", "contention"),
    ("restic_locked_prune_text", "prune failed exit_code", " ", "contention"),
    ("restic_forget_prune", "prune success exit_code", " ", ""),
    ("borg_create_text", "backup success exit_code", "23 400640", ""),
    ("borg_stdin", "backup success exit_code", "1 505", ""),
    ("borg_dry_text", "backup success dry_run", " ", ""),
    // Exit 0 and exit 1, an archive of nothing each.
    ("borg_empty_text", "backup failed empty_success", "0 524", "unknown"),
    ("borg_missing_text", "backup failed empty_success", "0 477", "configuration"),
    ("borg_same_text", "backup failed exit_code", " ", "configuration"),
    ("borg_denied", "backup failed exit_code", " ", "authentication"),
    // borg 1.4 ends with exit 2 when it is stopped by hand.
    ("borg_sigint", "backup canceled user_cancel", " ", "interrupted"),
    ("borg_sigint_text", "backup canceled user_cancel", " ", "interrupted"),
    ("borg_timeout", "backup failed time_limit", " ", "contention"),
    ("borg_extract_pattern", "restore failed errors_reported", " ", "configuration"),
    ("borg_prune", "prune success exit_code", " ", ""),
    ("borg_compact", "prune success exit_code", " ", ""),
    // check --repair: exit 0 although problems were found.
    ("borg_repair", "verify failed errors_reported", " ", "storage"),
    ("borgmatic_two_gone_json", "backup failed exit_code", " ", "configuration"),
    ("borgmatic_wrongpw_json", "backup failed exit_code", " ", "authentication"),
    ("borgmatic_before_fail", "backup failed exit_code", " ", "configuration"),
    // A hook's exit 75: no backup on purpose, exit 0.
    ("borgmatic_on_error", "backup skipped vendor_status", " ", ""),
    // The database is not there; an empty one is dumped, exit 0.
    ("borgmatic_sqlite", "backup partial path_missing", " ", "configuration"),
    ("borgmatic_ping_fail", "backup warning errors_reported", " ", "connectivity"),
    ("borgmatic_dry", "backup success dry_run", " ", ""),
    // borg's exit 1 of a check is only a warning for borgmatic: exit 0 over a damaged repository.
    ("borgmatic_check_damaged_v1", "verify failed errors_reported", " ", "storage"),
    ("pgbackrest_first_incr", "backup success exit_code", "966 23383245", ""),
    ("pgbackrest_bad_option", "backup failed exit_code", " ", "configuration"),
    ("pgbackrest_refused", "backup refused duplicate_refused", " ", "contention"),
    ("pgbackrest_sigterm", "backup interrupted signal", " ", "interrupted"),
    ("pgbackrest_sigint", "backup canceled user_cancel", " ", "interrupted"),
    ("pgbackrest_timeout", "backup failed time_limit", " ", "contention"),
    ("pgbackrest_backup_stopped", "backup failed exit_code", " ", "configuration"),
    // Damaged pages of the cluster are copied, with a warning.
    ("pgbackrest_checksum", "backup warning errors_reported", "966 23488102", "source_data"),
    ("pgbackrest_restore_nonempty", "restore failed exit_code", " ", "configuration"),
    // A verification that finds damage ends with exit 0 and "completed successfully".
    ("pgbackrest_verify_damaged", "verify failed errors_reported", " ", "storage"),
];

#[test]
fn every_run_gets_the_outcome_that_its_situation_proves() {
    let dir = tempfile::tempdir().unwrap();
    let captures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wrapped");
    copy(&captures, &dir.path().join("in"));
    let config = "[project]\nname = \"w\"\nas_of = \"2026-11-30T00:00:00Z\"\n\
                  [[source]]\nid = \"w\"\nadapter = [\"wrapper.runs\", \"wrapper.messages\"]\n\
                  path = \"in/runs.jsonl\"\nzone = \"Europe/Berlin\"\n";
    write(dir.path(), &[("tapeline.toml", config.as_bytes())]);
    for verb in ["load", "derive"] {
        let done = tapeline(dir.path(), &[verb]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    }
    let sql = "select r.job_name as name, r.operation as operation, r.outcome as outcome, \
               r.outcome_reason as reason, r.files_total_count as files, r.source_bytes as bytes, \
               r.protects_data as protects, c.class as class from job_runs r \
               left join failure_causes c on r.run_id = c.run_id";
    let rows = csv(dir.path(), &[sql]);
    assert_eq!(rows.len(), RUNS.len());
    for (name, outcome, sizes, class) in RUNS {
        let row = rows.iter().find(|r| r["name"] == *name).expect(name);
        let found = ["operation", "outcome", "reason"].map(|c| row[c].as_str()).join(" ");
        assert_eq!(found, *outcome, "{name}");
        assert_eq!(format!("{} {}", row["files"], row["bytes"]), *sizes, "{name}");
        assert_eq!(row["class"], *class, "{name}");
        let is_point = ["success", "warning", "partial"].contains(&row["outcome"].as_str())
            && row["operation"] == "backup"
            && row["reason"] != "dry_run";
        assert_eq!(row["protects"], is_point.to_string(), "{name}");
    }
}
