//! Real captures: runs of Bacula 15 and restic 0.18 that were made to end in a known way.

use std::collections::BTreeMap;

use super::*;
use crate::ingest::check;
use crate::ingest::load_source;
use crate::ingest::testing;

/// Adapters of some vendors, as if they were built in.
fn library(vendors: &[&str]) -> AdapterLibrary {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters");
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut open: Vec<_> = vendors.iter().map(|v| root.join(v)).collect();
    while let Some(folder) = open.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    AdapterLibrary::load(&files, None).unwrap_or_else(|e| panic!("{e}"))
}

fn vendors() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters");
    let folders = std::fs::read_dir(root).unwrap().map(|item| item.unwrap());
    folders.map(|item| item.file_name().to_string_lossy().into_owned()).collect()
}

fn load(folder: &str, source: &str) -> Vec<Loaded> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let spool = tempfile::tempdir().unwrap();
    let context = Context { spool: spool.path(), ..context(&root) };
    let spec = SourceSpec::from_table(&toml::from_str(source).unwrap(), "t").unwrap();
    load_source(&spec, &library(&["bacula", "restic", "wrapper"]), &context, &mut std::io::empty())
        .unwrap_or_else(|e| panic!("{e}"))
}

fn outcomes(loaded: &Loaded, name: &str) -> BTreeMap<String, (String, String)> {
    let names = column(loaded, name);
    let words = column(loaded, "outcome").into_iter().zip(column(loaded, "outcome_reason"));
    names.into_iter().zip(words).collect()
}

#[test]
fn every_sample_gives_its_expected_rows_in_any_order() {
    let all = vendors();
    let library = library(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let mut failures = Vec::new();
    for entry in library.iter().filter(|e| e.expected.is_some()) {
        failures.extend(testing::test(&library, entry).err().map(|e| e.to_string()));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_adapter_passes_the_static_checks() {
    let all = vendors();
    let library = library(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let complaints: Vec<String> =
        library.iter().flat_map(|e| check::check(e)).map(|e| e.to_string()).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn bacula_jobs_end_as_they_were_made_to_end() {
    let source = "id = 'b'\npath = 'catalog_*.csv'\nadapter = 'bacula.catalog.job'\n\
                  zone = 'Europe/Berlin'";
    let all = load("bacula", source);
    let jobs = all.iter().find(|l| l.ledger.input_name == "catalog_job.csv").unwrap();
    assert!(jobs.refusal.is_none(), "{:?}", jobs.refusal);
    let mut counts: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    // JobId is not in the row; the scheduled instants are in its order.
    let mut order: Vec<(String, String)> =
        column(jobs, "scheduled_at").into_iter().zip(column(jobs, "outcome")).collect();
    order.sort();
    for (id, (_, outcome)) in (1..).zip(order) {
        counts.entry(outcome).or_default().push(id);
    }
    assert_eq!(counts["partial"], [5]);
    assert_eq!(counts["warning"], [13]);
    assert_eq!(counts["canceled"], [15, 28]);
    assert_eq!(counts["failed"], [4, 6, 7, 8, 9, 11, 12, 17, 19, 20, 22, 23, 24, 25]);
    assert_eq!(counts["success"].len(), 13);
    // The reschedule: one row, three attempts, the first at 16:18:10 local time.
    let retry = column(jobs, "job_name").iter().position(|n| n == "retry").unwrap();
    assert_eq!(column(jobs, "attempt_count")[retry], "3");
    assert_eq!(column(jobs, "first_attempt_at")[retry], "2026-11-22T15:18:10Z");
    assert_eq!(column(jobs, "started_at")[retry], "2026-11-22T15:20:39Z");
}

#[test]
fn the_bacula_capture_proves_a_wrong_zone() {
    let source = "id = 'b'\npath = 'catalog_*.csv'\nadapter = 'bacula.catalog.job'\nzone = 'UTC'";
    let all = load("bacula", source);
    let refusal = all.iter().find_map(|l| l.refusal.as_ref()).unwrap();
    assert!(refusal.message.contains("31 of 31"), "{refusal}");
    assert!(refusal.message.contains("60 min"), "{refusal}");
}

#[test]
fn restic_runs_under_a_wrapper_are_judged_by_exit_code_and_standard_error() {
    let all = load("restic", "id = 'r'\npath = 'runs.jsonl'\nadapter = 'wrapper.runs'");
    let got = outcomes(&all[0], "job_name");
    let cases = [
        ("02_backup_ok", "success", "exit_code"),
        ("05_backup_nochange_skip", "success", "unchanged"),
        ("07_backup_dry_run", "success", "dry_run"),
        ("10_partial_unreadable", "partial", "files_unreadable"),
        ("11_config_missing_path", "failed", "exit_code"),
        ("12_config_one_path_missing", "partial", "path_missing"),
        ("13_auth_wrong_password", "failed", "exit_code"),
        ("16_conn_refused_rest", "failed", "time_limit"),
        ("20_cancel_sigint", "canceled", "user_cancel"),
        ("22_kill_sigkill", "interrupted", "signal"),
        ("30_storage_full", "failed", "exit_code"),
        ("26_list_locks", "success", "exit_code"),
    ];
    for (name, outcome, reason) in cases {
        assert_eq!(got[name], (outcome.to_owned(), reason.to_owned()), "{name}");
    }
    assert_eq!(got.len(), 42);
}

#[test]
fn messages_of_a_run_find_their_run() {
    let source = "id = 'r'\npath = 'runs.jsonl'\nadapter = ['wrapper.runs', 'wrapper.messages']";
    let all = load("restic", source);
    let runs = column(&all[0], "run_id");
    let messages = all.iter().find(|l| l.table.name == "job_messages").unwrap();
    let links = column(messages, "run_id");
    assert!(!links.is_empty() && links.iter().all(|id| runs.contains(id)));
    let texts = column(messages, "text");
    assert!(texts.iter().any(|t| t.contains("no space left on device")));
}

#[test]
fn restic_snapshots_are_a_complete_list_of_restore_points() {
    let source = "id = 'r'\npath = '40_snapshots.stdout'\nadapter = 'restic.snapshots'";
    let all = load("restic", source);
    assert!(all[0].ledger.is_complete_snapshot);
    assert_eq!(all[0].ledger.snapshot_scope.as_deref(), Some("repository"));
    assert_eq!(all[0].ledger.rows_in, 6);
    assert!(column(&all[0], "point_id").iter().all(|id| id.len() == 64));
}

#[test]
fn a_catalog_without_encryption_has_the_same_restore_points_and_says_nothing_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/bacula");
    let points = |change: &dyn Fn(String) -> String| {
        let folder = tempfile::tempdir().unwrap();
        let samples = std::fs::read_dir(root.join("jobmedia.sample")).unwrap();
        for item in samples.map(|item| item.unwrap().path()) {
            let text = std::fs::read_to_string(&item).unwrap();
            std::fs::write(folder.path().join(item.file_name().unwrap()), change(text)).unwrap();
        }
        let own = folder.path().join("jobmedia.csv");
        std::fs::copy(root.join("jobmedia.sample.csv"), own).unwrap();
        let context = context(folder.path());
        let text = "id = 'b'\nadapter = 'bacula.catalog.jobmedia'\npath = '*.csv'\nzone = 'UTC'";
        let spec = SourceSpec::from_table(&toml::from_str(text).unwrap(), "t").unwrap();
        let library = library(&["bacula"]);
        let loaded = load_source(&spec, &library, &context, &mut std::io::empty()).unwrap();
        let loaded = loaded.into_iter().next().unwrap();
        assert!(loaded.refusal.is_none(), "{:?}", loaded.refusal);
        (column(&loaded, "point_id"), column(&loaded, "is_encrypted"))
    };
    let (with, is_encrypted) = points(&|text| text);
    let (without, unknown) = points(&|text| text.replace(",encrypted", ",spoken"));
    assert!(with.len() > 1 && is_encrypted.iter().any(|v| v == "true"), "{is_encrypted:?}");
    assert_eq!(with, without);
    assert!(unknown.iter().all(|v| v == "-"), "{unknown:?}");
}
