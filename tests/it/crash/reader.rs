//! A small reader of the log, by the test's own hand: which version does a tree show, and is it
//! whole? It shares no code with the lake.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::disk::Tree;

/// Entries of each table's log in a lake that was never disturbed, by version.
pub type Oracle = BTreeMap<String, Vec<Vec<u8>>>;

/// Reads the oracle from a folder.
pub fn oracle(lake: &Path, tables: &[&str]) -> Oracle {
    tables
        .iter()
        .map(|table| {
            let log = lake.join(table).join("_delta_log");
            let entries = (0..).map(|v| std::fs::read(log.join(format!("{v:020}.json"))));
            ((*table).to_owned(), entries.map_while(Result::ok).collect())
        })
        .collect()
}

/// Says what is wrong with a tree, if anything. `acked` holds the least version of each table
/// that the user was told of.
pub fn fault(tree: &Tree, oracle: &Oracle, acked: &BTreeMap<String, usize>) -> Option<String> {
    oracle.iter().find_map(|(table, entries)| {
        let versions = versions(tree, table);
        let count = versions.len();
        let wanted = acked.get(table).map_or(0, |v| v + 1);
        if versions.iter().copied().ne(0..count) {
            return Some(format!("{table}: versions {versions:?} have a gap"));
        }
        if count < wanted {
            return Some(format!("{table}: {wanted} versions acknowledged, {count} there"));
        }
        let mut live: BTreeMap<String, String> = BTreeMap::new();
        for (version, want) in entries.iter().enumerate().take(count) {
            let path = format!("lake/{table}/_delta_log/{version:020}.json");
            if tree[&path].as_ref().map(|b| b.as_slice()) != Some(want) {
                return Some(format!("{table}: entry {version} is torn"));
            }
            replay(want, &mut live);
        }
        live.into_iter().find_map(|(name, digest)| {
            let bytes = tree.get(&format!("lake/{table}/{name}")).cloned().flatten();
            let found = bytes.map(|b| hex(&Sha256::digest(b.as_slice())));
            (found.as_ref() != Some(&digest)).then(|| format!("{table}: {name} is not whole"))
        })
    })
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
