//! What the log says about itself: versions, loads, counts. Read from the entries, which are
//! never removed. Reports never read times from here; they name versions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::log::entry_path;
use super::store::{self, sha256};
use super::{At, Counts, Lake};
use crate::error::{Error, Result};

/// One load as its commit recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadEntry {
    /// What became of its rows.
    pub counts: Counts,
    /// Input name, hash and so on, as the caller gave them.
    pub notes: BTreeMap<String, String>,
}

/// One version of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Delta version.
    pub version: i64,
    /// `as_of` of the run that made it, microseconds UTC.
    pub as_of: i64,
    /// Program version.
    pub program: String,
    /// `merge`, `enrich`, `append`, `rebuild` or `compact`.
    pub action: String,
    /// Loads committed, with their counts.
    pub loads: BTreeMap<String, LoadEntry>,
    /// Files added, names relative to the table's folder.
    pub added: BTreeSet<String>,
    /// Files removed.
    pub removed: BTreeSet<String>,
    /// SHA-256, hex, of the log entry.
    pub commit_sha256: String,
}

impl LoadEntry {
    /// The form in `commitInfo.tapeline.loads`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let c = &self.counts;
        json!({
            "inserted": c.inserted, "updated": c.updated, "same": c.same,
            "superseded": c.superseded, "moved": c.moved, "conflicts": c.conflicts,
            "no_partner": c.no_partner, "notes": self.notes,
        })
    }

    fn from_json(value: &Value) -> Self {
        let count = |key: &str| value.get(key).and_then(Value::as_i64).unwrap_or_default();
        let notes = value.get("notes").and_then(Value::as_object).into_iter().flatten();
        LoadEntry {
            counts: Counts {
                inserted: count("inserted"),
                updated: count("updated"),
                same: count("same"),
                superseded: count("superseded"),
                moved: count("moved"),
                conflicts: count("conflicts"),
                no_partner: count("no_partner"),
            },
            notes: notes.map(|(k, v)| (k.clone(), text(Some(v)))).collect(),
        }
    }
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads one log entry; none when the version does not exist.
///
/// # Errors
/// When the entry cannot be read or is not JSON lines.
pub fn entry(folder: &Path, version: i64) -> Result<Option<HistoryEntry>> {
    let path = entry_path(folder, version);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(store::io(&path, "read", &e)),
    };
    let commit_sha256 = sha256(&bytes);
    let mut out = HistoryEntry { version, commit_sha256, ..HistoryEntry::default() };
    for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let action: Value = serde_json::from_slice(line).map_err(|e| {
            Error::storage("the log entry is damaged")
                .at(path.display())
                .because(e)
                .hint("restore it from a backup; every later version rests on it")
        })?;
        let file = |kind: &str| action.get(kind).map(|a| text(a.get("path")));
        out.added.extend(file("add"));
        out.removed.extend(file("remove"));
        if let Some(facts) = action.get("commitInfo").and_then(|i| i.get("tapeline")) {
            out.as_of = facts.get("as_of_us").and_then(Value::as_i64).unwrap_or_default();
            out.program = text(facts.get("program"));
            out.action = text(facts.get("action"));
            let loads = facts.get("loads").and_then(Value::as_object).into_iter().flatten();
            out.loads = loads.map(|(k, v)| (k.clone(), LoadEntry::from_json(v))).collect();
        }
    }
    Ok(Some(out))
}

impl Lake {
    /// All versions of a table, oldest first; empty when it does not exist.
    ///
    /// # Errors
    /// When an entry cannot be read.
    pub fn history(&self, table: &str) -> Result<Vec<HistoryEntry>> {
        let folder = self.folder(table);
        let mut all = Vec::new();
        while let Some(next) = entry(&folder, i64::try_from(all.len()).unwrap_or(i64::MAX))? {
            all.push(next);
        }
        Ok(all)
    }

    /// The version that `at` names; none when the table has no such version.
    pub(super) fn version_at(&self, table: &str, at: At) -> Result<Option<i64>> {
        Ok(match at {
            At::Newest => newest(&self.folder(table)),
            At::Version(version) => {
                entry_path(&self.folder(table), version).exists().then_some(version)
            }
            At::AsOf(instant) => {
                let all = self.history(table)?;
                all.iter().rev().find(|e| e.as_of <= instant).map(|e| e.version)
            }
        })
    }

    /// The counts of loads, from the commits that brought them.
    pub(super) fn committed(
        &self,
        table: &str,
        loads: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Counts>> {
        let mut found = BTreeMap::new();
        let mut version = newest(&self.folder(table));
        while let Some(at) = version.filter(|_| found.len() < loads.len()) {
            if let Some(entry) = entry(&self.folder(table), at)? {
                let ours = entry.loads.into_iter().filter(|(id, _)| loads.contains(id));
                found.extend(ours.map(|(id, load)| (id, load.counts)));
            }
            version = at.checked_sub(1).filter(|v| *v >= 0);
        }
        Ok(found)
    }
}

/// The newest version number, found by doubling and halving; none without a log.
fn newest(folder: &Path) -> Option<i64> {
    let exists = |version: i64| entry_path(folder, version).exists();
    if !exists(0) {
        return None;
    }
    let (mut low, mut step) = (0, 1);
    while exists(low + step) {
        low += step;
        step *= 2;
    }
    while step > 1 {
        step /= 2;
        if exists(low + step) {
            low += step;
        }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_found_at_every_length() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(newest(dir.path()), None);
        fs::create_dir(dir.path().join("_delta_log")).unwrap();
        for version in 0..40 {
            fs::write(entry_path(dir.path(), version), b"").unwrap();
            assert_eq!(newest(dir.path()), Some(version));
        }
    }
}
