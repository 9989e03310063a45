//! The only place that deletes: files that no kept version names. A version is kept when it is
//! the newest, pinned, or was replaced less than the retention ago.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{HistoryEntry, Lake, store};
use crate::error::Result;
use crate::model::tables;

/// What `vacuum` keeps.
#[derive(Debug, Clone)]
pub struct Retention {
    /// Instant of the run, microseconds UTC.
    pub as_of: i64,
    /// Versions replaced less than this ago are kept, microseconds (default 90 days).
    pub keep_us: i64,
    /// Pinned versions by table.
    pub pins: BTreeMap<String, BTreeSet<i64>>,
    /// Only report.
    pub is_dry_run: bool,
}

/// What `vacuum` removed, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Files, in order.
    pub files: Vec<PathBuf>,
    /// Their bytes.
    pub bytes: u64,
    /// Files among them that no version ever named: leftovers of stopped runs.
    pub orphans: usize,
}

impl Lake {
    /// Removes files that no kept version names, under the writer lock.
    ///
    /// # Errors
    /// When a log cannot be read (nothing of that table is removed then) or a file not removed.
    pub fn vacuum(&self, keep: &Retention) -> Result<Vacuumed> {
        let mut out = Vacuumed::default();
        for table in tables::all() {
            self.vacuum_table(table.name, keep, &mut out)?;
        }
        Ok(out)
    }

    /// [`Lake::vacuum`] for one table.
    ///
    /// # Errors
    /// As there.
    pub fn vacuum_table(&self, table: &str, keep: &Retention, out: &mut Vacuumed) -> Result<()> {
        let folder = self.folder(table);
        let history = self.history(table)?;
        if history.is_empty() {
            return Ok(());
        }
        let none = BTreeSet::new();
        let kept = kept_files(&history, keep, keep.pins.get(table).unwrap_or(&none));
        let named: BTreeSet<&String> = history.iter().flat_map(|e| &e.added).collect();
        for path in data_files(&folder)? {
            let Some(name) = relative(&folder, &path) else { continue };
            if kept.contains(&name) {
                continue;
            }
            let info = fs::metadata(&path).map_err(|e| store::io(&path, "read", &e))?;
            let is_orphan = !named.contains(&name);
            if is_orphan && !is_old(&info, keep) {
                continue;
            }
            if !keep.is_dry_run {
                fs::remove_file(&path).map_err(|e| store::io(&path, "removed", &e))?;
            }
            out.bytes += info.len();
            out.orphans += usize::from(is_orphan);
            out.files.push(path);
        }
        Ok(())
    }
}

/// Names of the files of all kept versions.
fn kept_files(
    history: &[HistoryEntry],
    keep: &Retention,
    pins: &BTreeSet<i64>,
) -> BTreeSet<String> {
    let (mut live, mut kept) = (BTreeSet::new(), BTreeSet::new());
    let replaced_at = history.iter().skip(1).map(|e| Some(e.as_of)).chain([None]);
    for (entry, replaced_at) in history.iter().zip(replaced_at) {
        live.retain(|name| !entry.removed.contains(name));
        live.extend(entry.added.iter().cloned());
        let is_young = replaced_at.is_none_or(|at| at > keep.as_of.saturating_sub(keep.keep_us));
        if is_young || pins.contains(&entry.version) {
            kept.extend(live.iter().cloned());
        }
    }
    kept
}

/// Parquet files and unfinished uploads of a table, without its log.
fn data_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in store::entries(folder)? {
        let name = entry.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if entry.is_dir() && name.starts_with("month=") {
            found.extend(store::entries(&entry)?.into_iter().filter(|p| is_ours(p)));
        } else if is_ours(&entry) {
            found.push(entry);
        }
    }
    // A stopped commit leaves its unfinished upload in the log's folder.
    let log = store::entries(&folder.join("_delta_log"))?;
    found.extend(log.into_iter().filter(|p| p.is_file() && is_upload(p)));
    Ok(found)
}

/// `part-*.parquet`, or an unfinished upload of one. Foreign files are never touched.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    path.is_file() && name.starts_with("part-") && (name.ends_with(".parquet") || is_upload(path))
}

/// The store writes to `<name>#<n>` first and links or renames it to its name.
fn is_upload(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let end = name.rsplit_once('#').map(|(_, end)| end);
    end.is_some_and(|end| !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit()))
}

fn relative(folder: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(folder).ok()?.to_str().map(str::to_owned)
}

/// Orphans have no commit, so their age is that of the file.
fn is_old(info: &fs::Metadata, keep: &Retention) -> bool {
    let age = info.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let changed_us = age.and_then(|d| i64::try_from(d.as_micros()).ok()).unwrap_or(i64::MAX);
    changed_us <= keep.as_of.saturating_sub(keep.keep_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: i64, as_of: i64, added: &[&str], removed: &[&str]) -> HistoryEntry {
        let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        HistoryEntry {
            version,
            as_of,
            added: set(added),
            removed: set(removed),
            ..HistoryEntry::default()
        }
    }

    #[test]
    fn kept_are_the_newest_the_pinned_and_the_recently_replaced() {
        let history = [
            entry(0, 0, &["a"], &[]),
            entry(1, 10, &["b"], &["a"]),
            entry(2, 20, &["c"], &["b"]),
            entry(3, 30, &["d"], &["c"]),
        ];
        let keep = |keep_us, pins: &[i64]| {
            let keep = Retention { as_of: 35, keep_us, pins: BTreeMap::new(), is_dry_run: true };
            let pins = pins.iter().copied().collect();
            kept_files(&history, &keep, &pins).into_iter().collect::<String>()
        };
        assert_eq!(keep(0, &[]), "d");
        assert_eq!(keep(6, &[]), "cd", "c was replaced at 30, 5 before as_of");
        assert_eq!(keep(5, &[]), "d", "exactly the retention ago is not younger");
        assert_eq!(keep(0, &[0]), "ad");
        assert_eq!(keep(100, &[]), "abcd");
    }

    #[test]
    fn only_our_own_names_are_ever_removed() {
        let dir = tempfile::tempdir().unwrap();
        let month = dir.path().join("month=2026-01");
        fs::create_dir_all(&month).unwrap();
        fs::create_dir_all(dir.path().join("_delta_log")).unwrap();
        let names = [
            "part-1-0-0.parquet",
            "part-1-1-0.parquet#1",
            "mine.parquet",
            "part-notes.txt",
            "month=2026-01/part-2-0-0.parquet",
            "_delta_log/00000000000000000003.json#1",
            "_delta_log/00000000000000000000.json",
        ];
        for name in names {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        let found: Vec<String> = data_files(dir.path())
            .unwrap()
            .iter()
            .filter_map(|p| relative(dir.path(), p))
            .collect();
        let want = [names[4], names[0], names[1], names[5]];
        assert_eq!(found, want);
    }
}
