//! Wrong commit protocols, made by editing the recorded operations. Each is a mistake that some
//! program shipped; the exploration must catch every one, else it proves nothing.

use super::strace::Op;

/// A name for the mistake and the edit that plants it.
pub type Mutant = (&'static str, fn(&[Op]) -> Vec<Op>);

/// The mistakes.
pub const MUTANTS: &[Mutant] = &[
    ("data files are not synced", |ops| drop_syncs(ops, |p| p.contains(".parquet#"))),
    ("log entries are not synced", |ops| drop_syncs(ops, |p| p.contains(".json#"))),
    ("no folder is synced", |ops| drop_syncs(ops, |p| !p.contains('#'))),
    ("the log's folder is not synced", |ops| drop_syncs(ops, |p| p.ends_with("_delta_log"))),
    ("months' folders are not synced", |ops| drop_syncs(ops, |p| folder_of(p, "month="))),
    ("folders above new ones are not synced", |ops| {
        drop_syncs(ops, |p| p.is_empty() || p == "lake" || p.matches('/').count() == 1)
    }),
    ("the log entry is written in place", in_place),
    ("a file gets its name before it is synced", link_first),
    ("a replaced file is removed before the commit", remove_first),
];

fn folder_of(path: &str, prefix: &str) -> bool {
    !path.contains('#') && path.rsplit('/').next().is_some_and(|name| name.starts_with(prefix))
}

/// Leaves out the syncs of the paths that `is_dropped` names.
pub fn drop_syncs(ops: &[Op], is_dropped: impl Fn(&str) -> bool) -> Vec<Op> {
    let kept = |op: &&Op| !matches!(op, Op::Sync(path) if is_dropped(path));
    ops.iter().filter(kept).cloned().collect()
}

fn is_entry(path: &str) -> bool {
    path.contains("_delta_log/") && path.ends_with(".json")
}

/// The final name is opened and written, without a draft.
fn in_place(ops: &[Op]) -> Vec<Op> {
    let place = |path: &str| {
        let name = path.split_once('#').map_or(path, |(name, _)| name);
        if is_entry(name) { name.to_owned() } else { path.to_owned() }
    };
    let is_draft = |path: &str| place(path) != path;
    ops.iter()
        .filter(|op| match op {
            Op::Link { from, .. } | Op::Unlink(from) => !is_draft(from),
            _ => true,
        })
        .map(|op| match op.clone() {
            Op::Open { path, truncates } => Op::Open { path: place(&path), truncates },
            Op::Write { path, at, data } => Op::Write { path: place(&path), at, data },
            Op::Sync(path) => Op::Sync(place(&path)),
            other => other,
        })
        .collect()
}

/// The sync of each draft moves behind the sync of the folder that follows its link.
fn link_first(ops: &[Op]) -> Vec<Op> {
    let mut out: Vec<Op> = Vec::new();
    let mut held: Option<(Op, bool)> = None;
    for op in ops {
        match op {
            Op::Sync(path) if path.contains('#') => held = Some((op.clone(), false)),
            Op::Link { .. } | Op::Rename { .. } => {
                out.push(op.clone());
                held = held.map(|(sync, _)| (sync, true));
                if let (Op::Rename { .. }, Some(_)) = (op, &held) {
                    held = None;
                }
            }
            Op::Sync(_) => {
                out.push(op.clone());
                if let Some((sync, true)) = held.take_if(|(_, linked)| *linked) {
                    out.push(sync);
                }
            }
            _ => out.push(op.clone()),
        }
    }
    out
}

/// Before each log entry gets its name, the files that it removes lose theirs.
fn remove_first(ops: &[Op]) -> Vec<Op> {
    let mut out = Vec::new();
    let mut entry = Vec::new();
    for op in ops {
        match op {
            Op::Write { path, data, .. } if is_entry(path.split('#').next().unwrap()) => {
                entry.clone_from(data);
            }
            Op::Link { to, .. } if is_entry(to) => {
                let table = to.split_once("/_delta_log").unwrap().0;
                for line in entry.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
                    let action: serde_json::Value = serde_json::from_slice(line).unwrap();
                    if let Some(path) = action["remove"]["path"].as_str() {
                        out.push(Op::Unlink(format!("{table}/{path}")));
                    }
                }
            }
            _ => {}
        }
        out.push(op.clone());
    }
    out
}
