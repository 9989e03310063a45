//! Calls that fail and processes that die: the lake stays valid, the error names what the disk
//! said, and running the load again completes it.

use std::process::Command;

use tapeline::lake::At;

use super::{APPENDS, FEW, FOLDER, TABLES, child, folder, loads, shown, skip};

/// What happens to the n-th call of a kind, or to the first one on a file.
const FAULTS: &[(&str, &str, &[usize])] = &[
    ("fsync", "error=EIO", &[2, 5, 8, 11, 14, 20]),
    ("linkat", "error=EIO", &[1, 2, 3, 6]),
    ("mkdir", "error=ENOSPC", &[1, 2, 3]),
    ("fsync", "signal=SIGKILL", &[4, 7, 10, 13, 16]),
    ("linkat", "signal=SIGKILL", &[1, 2, 3, 6]),
];
/// Files on which writing fails: a data file, a log entry, another table's entry.
const FULL: &[&str] = &[
    "job_runs/month=2026-01/part-load0-0-0.parquet#1",
    "job_runs/_delta_log/00000000000000000001.json#1",
    "load_log/_delta_log/00000000000000000000.json#1",
];

#[test]
fn after_a_failing_call_or_a_kill_the_lake_is_valid_and_the_next_run_completes_it() {
    let (_undisturbed, whole) = folder();
    loads(&whole, FEW, &mut |_, _| {});
    let want = TABLES.map(|name| shown(&whole.join("lake"), name, At::Newest).unwrap());
    let counted = FAULTS.iter().flat_map(|(call, fault, places)| {
        places.iter().map(move |n| (format!("{call}:{fault}:when={n}"), None))
    });
    let full = FULL.iter().map(|file| ("write:error=ENOSPC".to_owned(), Some(file)));
    for (fault, file) in counted.chain(full) {
        let (_dir, path) = folder();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-o", "/dev/null", "-e", &format!("inject={fault}")]);
        if let Some(file) = file {
            strace.arg("-P").arg(path.join("lake").join(file));
        }
        strace.args(child()).env(FOLDER, &path).env(APPENDS, FEW.to_string());
        let Ok(output) = strace.output() else {
            skip("strace");
            return;
        };
        let said = String::from_utf8_lossy(&output.stderr).into_owned()
            + &String::from_utf8_lossy(&output.stdout);
        assert!(!output.status.success(), "{fault} {file:?}: nothing failed: {said}");
        for name in TABLES {
            shown(&path.join("lake"), name, At::Newest).unwrap();
        }
        loads(&path, FEW, &mut |_, _| {});
        let got = TABLES.map(|name| shown(&path.join("lake"), name, At::Newest).unwrap());
        assert_eq!(got, want, "{fault} {file:?}");
        if fault.contains("error") {
            assert!(said.contains("kind: Storage"), "{fault} {file:?}: {said}");
            assert!(said.contains("again"), "{fault} {file:?}: {said}");
        }
    }
}
