//! Power loss: a real load is recorded system call by system call, every state that a crash at
//! any moment could leave is rebuilt, and each must show every acknowledged version whole. The
//! same exploration must catch every planted mistake.

mod disk;
mod inject;
mod mutants;
mod reader;
mod strace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use tapeline::lake::{At, Batch, Lake};
use tapeline::model::frame::{Cell, Frame};

use self::disk::{Disk, Tree};
use self::strace::Op;
use crate::lake::{commit, load, rows, run, table};

/// Tells the child what to do.
const FOLDER: &str = "TAPELINE_CRASH_FOLDER";
/// Tells the child how often to append to the ledger.
const APPENDS: &str = "TAPELINE_CRASH_APPENDS";
/// Appends to the ledger; enough for a checkpoint.
const MANY: usize = 23;
/// Appends where a checkpoint does not matter.
const FEW: usize = 2;
/// States opened with the real lake (each is a folder on disk).
const OPENED: usize = 150;
/// States on which the load is run again to its end.
const RERUN: usize = 8;

/// A load of two months, one that replaces rows in one of them, and a growing ledger. `told` is
/// called after each step with the table and the version that the user may rely on.
fn loads(folder: &Path, appends: usize, told: &mut dyn FnMut(&str, i64)) {
    let lake = Lake::open(&folder.join("lake")).unwrap();
    let _lock = lake.lock(30).unwrap();
    let jobs = table("job_runs");
    let seen = ["2026-03-01", "2026-03-02", "2026-03-03"];
    let outcomes = ["running", "success", "failed"];
    for (n, (seen, outcome)) in seen.iter().zip(outcomes).enumerate() {
        let runs = [
            run("1", "2026-01-05", seen, n as i64, outcome),
            run(&format!("new-{n}"), "2026-02-05", seen, 1, "success"),
        ];
        let batch = load(&format!("load{n}"), &runs);
        let done = lake.merge(jobs, &[batch], &commit(seen)).unwrap();
        told("job_runs", done.version.unwrap());
    }
    let ledger = table("load_log");
    for n in 0..appends {
        let id = format!("ledger{n:02}");
        let frame = rows(ledger, &[&[("load_id", Cell::Text(id.clone()))]]);
        let batch = Batch { load_id: id, frame, notes: BTreeMap::new() };
        let done = lake.append(ledger, &[batch], &commit("2026-03-04")).unwrap();
        assert_eq!(done.warnings, Vec::<String>::new());
        told("load_log", done.version.unwrap());
    }
}

/// Not a test of its own: the process that is recorded.
#[test]
#[ignore = "started by the other tests of this file"]
fn recorded_process() {
    use std::io::Write as _;
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let appends = std::env::var(APPENDS).unwrap().parse().unwrap();
    let open = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("acks"));
    let mut acks = open.unwrap();
    loads(&folder, appends, &mut |table, version| {
        acks.write_all(format!("{table} {version}\n").as_bytes()).unwrap();
    });
}

/// This program and the arguments that make it the recorded process.
fn child() -> Vec<std::ffi::OsString> {
    let name = format!("{}::recorded_process", module_path!().split_once("::").unwrap().1);
    let arguments = [&name, "--exact", "--ignored", "--nocapture"].map(Into::into);
    [std::env::current_exe().unwrap().into()].into_iter().chain(arguments).collect()
}

/// Says loudly that a tool is missing; an error where all tools are required.
fn skip(tool: &str) {
    assert!(std::env::var_os("TAPELINE_REQUIRE_TOOLS").is_none(), "missing: {tool}");
    eprintln!("SKIPPED: needs {tool}");
}

/// Runs the process under strace; none when strace is missing.
fn record(folder: &Path, appends: usize) -> Option<Vec<Op>> {
    let log = folder.join("strace.log");
    let calls = format!("trace={}", strace::CALLS);
    let ran = Command::new("strace")
        .args(["-f", "-y", "-xx", "-s", "10000000", "-e", &calls, "-o"])
        .arg(&log)
        .args(child())
        .env(FOLDER, folder)
        .env(APPENDS, appends.to_string())
        .output();
    let Ok(output) = ran else {
        skip("strace");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("PTRACE") || said.contains("ptrace") {
        skip("strace that may trace");
        return None;
    }
    assert!(output.status.success(), "the recorded process failed: {said}");
    let ops = strace::parse(&std::fs::read_to_string(&log).unwrap(), folder.to_str().unwrap());
    assert!(ops.iter().any(|op| matches!(op, Op::Ack(_))), "the load was not recorded");
    Some(ops)
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap();
    (dir, path)
}

const TABLES: [&str; 2] = ["job_runs", "load_log"];

/// What an exploration found.
#[derive(Default)]
struct Found {
    states: usize,
    faults: Vec<String>,
    /// Different trees with the versions acknowledged before.
    trees: Vec<(Tree, BTreeMap<String, usize>)>,
}

/// All crash states after each operation from `from` on, up to `limit` faults.
fn explore(ops: &[Op], from: usize, lake: &Path, limit: usize) -> Found {
    let oracle = reader::oracle(lake, &TABLES);
    let (mut disk, mut found) = (Disk::new(), Found::default());
    let mut acked: BTreeMap<String, usize> = BTreeMap::new();
    let mut known = BTreeSet::new();
    for (at, op) in ops.iter().enumerate() {
        disk.apply(op);
        if let Op::Ack(text) = op {
            let (table, version) = text.split_once(' ').unwrap();
            acked.insert(table.into(), version.parse().unwrap());
        }
        // A sync leaves no state that was not possible before it.
        if at < from || matches!(op, Op::Sync(_)) {
            continue;
        }
        for tree in disk.crashes() {
            found.states += 1;
            if !known.insert((disk::digest(&tree), acked.clone())) {
                continue;
            }
            if let Some(fault) = oracle.fault(&tree, &acked) {
                found.faults.push(format!("after operation {at}: {fault}"));
                if found.faults.len() == limit {
                    return found;
                }
            }
            found.trees.push((tree, acked.clone()));
        }
    }
    found
}

fn write_tree(tree: &Tree, to: &Path) {
    for (path, bytes) in tree {
        match bytes {
            None => std::fs::create_dir_all(to.join(&**path)).unwrap(),
            Some(bytes) => std::fs::write(to.join(&**path), bytes.data.as_slice()).unwrap(),
        }
    }
}

/// Rows of a version of both tables, read by the lake.
fn shown(lake: &Path, name: &str, at: At) -> Result<Option<(i64, Frame)>, String> {
    let lake = Lake::open(lake).unwrap();
    let snap = lake.snapshot(table(name), at).map_err(|e| e.to_string())?;
    snap.map(|s| lake.read(&s, &[]).map(|frame| (s.version, frame)).map_err(|e| e.to_string()))
        .transpose()
}

/// Every `1/count`-th of a list, first and last included.
fn spread<T>(all: &[T], count: usize) -> impl Iterator<Item = &T> {
    let step = all.len().div_ceil(count).max(1);
    all.iter().step_by(step).chain(all.last())
}

/// Opens states with the real lake: acknowledged versions are there with their rows.
fn open_states(found: &Found, undisturbed: &Path) {
    let mut rows: BTreeMap<(String, i64), Frame> = BTreeMap::new();
    for (tree, acked) in spread(&found.trees, OPENED) {
        let (_dir, path) = folder();
        write_tree(tree, &path);
        for name in TABLES {
            let shown_now = shown(&path.join("lake"), name, At::Newest).unwrap();
            let Some((version, frame)) = shown_now else {
                assert_eq!(acked.get(name), None);
                continue;
            };
            assert!(acked.get(name).is_none_or(|v| *v as i64 <= version));
            let want = rows.entry((name.to_owned(), version)).or_insert_with(|| {
                shown(undisturbed, name, At::Version(version)).unwrap().unwrap().1
            });
            assert_eq!(&frame, want, "{name} {version}");
        }
    }
}

/// Runs the load again on states: it ends where the undisturbed one ended, and no name is lost.
fn rerun_states(found: &Found, undisturbed: &Path) {
    for (tree, _) in spread(&found.trees, RERUN) {
        let (_dir, path) = folder();
        write_tree(tree, &path);
        loads(&path, MANY, &mut |_, _| {});
        for name in TABLES {
            let got = shown(&path.join("lake"), name, At::Newest).unwrap();
            assert_eq!(got, shown(undisturbed, name, At::Newest).unwrap(), "{name}");
        }
        let lost = tree.keys().filter(|name| !path.join(&***name).exists());
        assert_eq!(
            lost.collect::<Vec<_>>(),
            Vec::<&std::rc::Rc<str>>::new(),
            "recovery removed files"
        );
    }
}

#[test]
fn no_crash_state_of_a_real_load_loses_an_acknowledged_row_and_every_mistake_is_caught() {
    let (_dir, path) = folder();
    let Some(ops) = record(&path, MANY) else { return };
    let lake = path.join("lake");
    let oracle = reader::oracle(&lake, &TABLES);
    assert_eq!(oracle.tables["job_runs"].len(), 3);
    assert_eq!(oracle.tables["load_log"].len(), MANY);
    let found = explore(&ops, 0, &lake, 10);
    eprintln!(
        "{} operations, {} crash states, {} different",
        ops.len(),
        found.states,
        found.trees.len()
    );
    assert_eq!(found.faults, Vec::<String>::new());
    assert!(found.states > 1_000, "only {} states", found.states);
    open_states(&found, &lake);
    rerun_states(&found, &lake);
    for (name, plant) in mutants::MUTANTS {
        let planted = plant(&ops);
        assert_ne!(planted, ops, "{name}: nothing to plant");
        let faults = explore(&planted, 0, &lake, 1).faults;
        eprintln!("{name}: {faults:?}");
        assert!(!faults.is_empty(), "not caught: {name}");
    }
}

/// Position just after the first operation that `is_it` names.
fn after(ops: &[Op], is_it: impl Fn(&Op) -> bool) -> usize {
    ops.iter().position(is_it).unwrap() + 1
}

/// The process is killed without power loss, runs again to its end, and then power is lost: what
/// the second run found and acknowledged must be durable, though the first run never synced it.
#[test]
fn work_found_by_the_next_run_is_synced_before_it_is_acknowledged() {
    let (_dir, path) = folder();
    let Some(first) = record(&path, FEW) else { return };
    let entry = "lake/job_runs/_delta_log/00000000000000000000.json";
    let is_first_entry = |op: &Op| matches!(op, Op::Link { to, .. } if to == entry);
    let stops = [
        after(&first, |op| matches!(op, Op::Mkdir(p) if p == "lake/job_runs")),
        after(&first, |op| matches!(op, Op::Link { to, .. } if to.ends_with(".parquet"))),
        after(&first, |op| matches!(op, Op::Mkdir(p) if p.ends_with("job_runs/_delta_log"))),
        after(&first, is_first_entry),
    ];
    for stop in stops {
        let mut disk = Disk::new();
        first[..stop].iter().for_each(|op| disk.apply(op));
        let (_dir, path) = folder();
        write_tree(&disk.whole(), &path);
        let Some(second) = record(&path, FEW) else { return };
        let lake = path.join("lake");
        let ops = [&first[..stop], &second].concat();
        let found = explore(&ops, stop, &lake, 10);
        assert_eq!(found.faults, Vec::<String>::new(), "stopped after {stop}");
        // Planted: the second run trusts what it finds.
        let made = after(&second, |op| matches!(op, Op::Ack(_)));
        let trusting = mutants::drop_syncs(&second[..made], |p| !p.contains('#'));
        let ops = [&first[..stop], &trusting].concat();
        let faults = explore(&ops, stop, &lake, 1).faults;
        assert!(!faults.is_empty(), "not caught: found work is not synced again ({stop})");
    }
}
