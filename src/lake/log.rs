//! One table's log at one version, read through the kernel: the live files with what the log
//! says about them, and which loads are in it. Read only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use delta_kernel::arrow::array::{Array, AsArray, Int64Array, MapArray, RecordBatch, StringArray};
use delta_kernel::arrow::datatypes::Int64Type;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::{EngineData, FilteredEngineData, SnapshotRef};

use super::store::{self, Store};
use super::{LiveFile, schema};
use crate::error::{Error, Result};
use crate::model::frame::Type;
use crate::model::table::Table;
use crate::model::time;

/// A table's log at one version.
pub struct Log {
    /// The table's folder.
    pub folder: PathBuf,
    /// The kernel's snapshot.
    pub snapshot: SnapshotRef,
    /// Version.
    pub version: i64,
    /// Live files in the order of their names.
    pub files: Vec<LiveFile>,
    /// Stored columns, without the partition column.
    pub columns: Vec<(String, Type)>,
    batches: Vec<(RecordBatch, Vec<bool>)>,
}

/// Path of the log entry of a version.
#[must_use]
pub fn entry_path(folder: &Path, version: i64) -> PathBuf {
    folder.join("_delta_log").join(format!("{version:020}.json"))
}

impl Log {
    /// Opens the log of a table at a version, or at the newest; none when there is no table.
    ///
    /// # Errors
    /// When the log cannot be read or the version does not exist.
    pub fn open(
        store: &Store,
        table: &Table,
        folder: &Path,
        version: Option<i64>,
    ) -> Result<Option<Self>> {
        if !entry_path(folder, 0).exists() {
            return refuse_cut_log(folder).map(|()| None);
        }
        let failed = |e| store::kernel(folder, &e);
        let mut builder = delta_kernel::Snapshot::builder_for(store::url(folder)?);
        if let Some(version) = version {
            let missing = |_| Error::input(format!("version {version} does not exist"));
            builder = builder.at_version(u64::try_from(version).map_err(missing)?);
        }
        let snapshot = builder.build(&store.engine).map_err(failed)?;
        let columns = schema::stored(&snapshot.schema(), table.name)?;
        let scan = snapshot.clone().scan_builder().without_row_transforms();
        let scan = scan.build().map_err(failed)?;
        let (mut batches, mut files) = (Vec::new(), Vec::new());
        for batch in scan.scan_metadata(&store.engine).map_err(failed)? {
            let (data, kept) = batch.map_err(failed)?.scan_files.into_parts();
            let data = record_batch(data.as_ref()).ok_or_else(|| strange(folder))?;
            files.extend(live_files(&data, &kept, folder, table)?);
            batches.push((data, kept));
        }
        files.sort_by(|a: &LiveFile, b| a.name.cmp(&b.name));
        let version = i64::try_from(snapshot.version()).map_err(|_| strange(folder))?;
        Ok(Some(Log { folder: folder.to_owned(), snapshot, version, files, columns, batches }))
    }

    /// True when a load is committed in this table.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn has_load(&self, store: &Store, load_id: &str) -> Result<bool> {
        self.snapshot
            .get_app_id_version(load_id, &store.engine)
            .map(|version| version.is_some())
            .map_err(|e| store::kernel(&self.folder, &e))
    }

    /// The kernel's batches narrowed to the files of these names, for removal.
    ///
    /// # Errors
    /// When a batch does not have the columns it had.
    pub fn removal(&self, names: &BTreeSet<String>) -> Result<Vec<FilteredEngineData>> {
        let mut out = Vec::new();
        for (data, kept) in &self.batches {
            let paths = text(data, "path").ok_or_else(|| strange(&self.folder))?;
            let narrowed: Vec<bool> = (0..data.num_rows())
                .map(|row| is_kept(kept, row) && names.contains(&decoded(paths.value(row))))
                .collect();
            if narrowed.contains(&true) {
                let data = Box::new(ArrowEngineData::new(data.clone()));
                let filtered = FilteredEngineData::try_new(data, narrowed);
                out.push(filtered.map_err(|e| store::kernel(&self.folder, &e))?);
            }
        }
        Ok(out)
    }
}

/// A log whose first entry is gone was cut by another program: never treat it as "no table".
fn refuse_cut_log(folder: &Path) -> Result<()> {
    let log = folder.join("_delta_log");
    let is_entry = |p: &PathBuf| p.extension().is_some_and(|e| e == "json" || e == "parquet");
    if store::entries(&log)?.iter().any(is_entry) {
        return Err(Error::storage("the table's log has lost its first entry")
            .at(log.display())
            .hint("restore the folder from a backup; tapeline never removes log entries"));
    }
    Ok(())
}

fn is_kept(selection: &[bool], row: usize) -> bool {
    // The selection may be shorter than the batch; what it does not mention is selected.
    selection.get(row).copied().unwrap_or(true)
}

fn record_batch(data: &dyn EngineData) -> Option<RecordBatch> {
    let data = data.any_ref().downcast_ref::<ArrowEngineData>()?;
    Some(data.record_batch().clone())
}

fn live_files(
    data: &RecordBatch,
    kept: &[bool],
    folder: &Path,
    table: &Table,
) -> Result<Vec<LiveFile>> {
    let columns = FileColumns::of(data).ok_or_else(|| strange(folder))?;
    let rows = (0..data.num_rows()).filter(|row| is_kept(kept, *row));
    rows.map(|row| columns.file(row, folder, table).ok_or_else(|| strange(folder))).collect()
}

struct FileColumns<'a> {
    path: &'a StringArray,
    size: &'a Int64Array,
    stats: &'a StringArray,
    partition: &'a MapArray,
    tags: &'a MapArray,
}

impl<'a> FileColumns<'a> {
    fn of(data: &'a RecordBatch) -> Option<Self> {
        let constants = data.column_by_name("fileConstantValues")?.as_struct_opt()?;
        Some(FileColumns {
            path: text(data, "path")?,
            size: data.column_by_name("size")?.as_primitive_opt::<Int64Type>()?,
            stats: text(data, "stats")?,
            partition: constants.column_by_name("partitionValues")?.as_map_opt()?,
            tags: constants.column_by_name("tags")?.as_map_opt()?,
        })
    }

    fn file(&self, row: usize, folder: &Path, table: &Table) -> Option<LiveFile> {
        let name = decoded(self.path.value(row));
        let stats: serde_json::Value = if self.stats.is_null(row) {
            serde_json::Value::Null
        } else {
            serde_json::from_str(self.stats.value(row)).ok()?
        };
        let bound =
            |side: &str, column: &str| stats.get(side)?.get(column)?.as_str().map(str::to_owned);
        let instant = |side| time::parse_iso(&bound(side, table.time?)?).ok();
        Some(LiveFile {
            path: folder.join(&name),
            name,
            size: self.size.value(row),
            rows: stats.get("numRecords")?.as_i64()?,
            month: member(self.partition, row, schema::MONTH),
            min_time: instant("minValues"),
            // Statistics are cut to milliseconds, so the true maximum may lie above.
            max_time: instant("maxValues").map(|at| at.saturating_add(1_000)),
            sources: bound("minValues", "source_id").zip(bound("maxValues", "source_id")),
            sha256: member(self.tags, row, "sha256"),
        })
    }
}

fn text<'a>(data: &'a RecordBatch, name: &str) -> Option<&'a StringArray> {
    data.column_by_name(name)?.as_string_opt::<i32>()
}

fn member(maps: &MapArray, row: usize, key: &str) -> Option<String> {
    if maps.is_null(row) {
        return None;
    }
    let entries = maps.value(row);
    let keys = entries.column(0).as_string_opt::<i32>()?;
    let values = entries.column(1).as_string_opt::<i32>()?;
    let at = (0..keys.len()).find(|&i| keys.value(i) == key && values.is_valid(i))?;
    Some(values.value(at).to_owned())
}

/// Paths in the log are URL-encoded; ours hold nothing that needs it, a foreign writer's may.
fn decoded(path: &str) -> String {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let ahead = bytes.clone().take(2).collect::<Vec<u8>>();
        let hex = std::str::from_utf8(&ahead).ok().filter(|h| h.len() == 2);
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(value) if byte == b'%' => {
                out.push(value);
                bytes.nth(1);
            }
            Some(_) | None => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}

fn strange(folder: &Path) -> Error {
    Error::storage("the table's log holds an entry this program did not write")
        .at(folder.join("_delta_log").display())
        .hint("restore the folder from a backup; only this program may change the lake's tables")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_paths_are_decoded_once_and_odd_ones_kept() {
        let cases = [
            ("month=2026-01/part-a-0-0.parquet", "month=2026-01/part-a-0-0.parquet"),
            ("a%20b", "a b"),
            ("a%2520b", "a%20b"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%C3%A4", "ä"),
        ];
        for (text, want) in cases {
            assert_eq!(decoded(text), want);
        }
    }

    #[test]
    fn entry_names_have_twenty_digits() {
        let path = entry_path(Path::new("/l/t"), 7);
        assert_eq!(path, Path::new("/l/t/_delta_log/00000000000000000007.json"));
    }
}
