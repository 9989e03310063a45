//! A small reader of the log, by the test's own hand: which version does a tree show, and is it
//! whole? It shares no code with the lake.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::disk::{Bytes, Tree};

/// One version of a table in a lake that was never disturbed.
pub struct Version {
    entry: Vec<u8>,
    /// Digests of its live files by name.
    live: BTreeMap<String, String>,
}

/// Each table's versions, and digests of bytes met so far by number.
#[derive(Default)]
pub struct Oracle {
    /// By table.
    pub tables: BTreeMap<String, Vec<Version>>,
    digests: RefCell<BTreeMap<usize, String>>,
}

/// Reads the oracle from a folder.
pub fn oracle(lake: &Path, tables: &[&str]) -> Oracle {
    let mut out = Oracle::default();
    for table in tables {
        let log = lake.join(table).join("_delta_log");
        let mut live = BTreeMap::new();
        let entries = (0..).map(|v| std::fs::read(log.join(format!("{v:020}.json"))));
        let versions = entries.map_while(Result::ok).map(|entry| {
            replay(&entry, &mut live);
            Version { entry, live: live.clone() }
        });
        let versions = versions.collect();
        out.tables.insert((*table).to_owned(), versions);
    }
    out
}

impl Oracle {
    /// Says what is wrong with a tree, if anything. `acked` holds the least version of each
    /// table that the user was told of. `digests` are numbered per disk: one oracle, one disk.
    pub fn fault(&self, tree: &Tree, acked: &BTreeMap<String, usize>) -> Option<String> {
        self.tables.iter().find_map(|(table, known)| {
            let versions = versions(tree, table);
            let count = versions.len();
            let wanted = acked.get(table).map_or(0, |v| v + 1);
            if versions.iter().copied().ne(0..count) {
                return Some(format!("{table}: versions {versions:?} have a gap"));
            }
            if count < wanted {
                return Some(format!("{table}: {wanted} versions acknowledged, {count} there"));
            }
            for (version, known) in known.iter().enumerate().take(count) {
                let path = format!("lake/{table}/_delta_log/{version:020}.json");
                let found = tree.get(path.as_str()).and_then(Option::as_ref);
                if found.is_none_or(|b| *b.data != known.entry) {
                    return Some(format!("{table}: entry {version} is torn"));
                }
            }
            let newest = count.checked_sub(1).and_then(|at| known.get(at))?;
            newest.live.iter().find_map(|(name, digest)| {
                let bytes = tree.get(format!("lake/{table}/{name}").as_str()).cloned().flatten();
                let is_whole = bytes.is_some_and(|b| self.digest(&b) == *digest);
                (!is_whole).then(|| format!("{table}: {name} is not whole"))
            })
        })
    }

    fn digest(&self, bytes: &Bytes) -> String {
        let mut known = self.digests.borrow_mut();
        known.entry(bytes.id).or_insert_with(|| hex(&Sha256::digest(bytes.data.as_slice()))).clone()
    }
}

fn versions(tree: &Tree, table: &str) -> BTreeSet<usize> {
    let log = format!("lake/{table}/_delta_log/");
    let entries = tree.keys().filter_map(|path| path.strip_prefix(&log)?.strip_suffix(".json"));
    entries.filter_map(|name| name.parse().ok()).collect()
}

fn replay(entry: &[u8], live: &mut BTreeMap<String, String>) {
    for line in entry.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let action: Value = serde_json::from_slice(line).unwrap();
        let path = |a: &Value| a["path"].as_str().unwrap().to_owned();
        if let Some(removed) = action.get("remove") {
            live.remove(&path(removed));
        }
        if let Some(added) = action.get("add") {
            live.insert(path(added), added["tags"]["sha256"].as_str().unwrap().to_owned());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
