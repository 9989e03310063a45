//! Reading: a snapshot names the live files of one version; only those are ever read.

use polars::prelude as pl;
use polars::prelude::IntoLazy as _;

use super::log::{Log, entry_path};
use super::store::{self, sha256};
use super::{At, Lake, LiveFile, Snapshot};
use crate::bridge;
use crate::error::Result;
use crate::model::frame::Frame;
use crate::model::table::Table;

impl Lake {
    /// One version of a table; none when it does not exist.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn snapshot(&self, table: &'static Table, at: At) -> Result<Option<Snapshot>> {
        let Some(version) = self.version_at(table.name, at)? else {
            // Also finds out whether the log was cut.
            let folder = self.folder(table.name);
            return Log::open(&self.store, table, &folder, None).map(|_| None);
        };
        let folder = self.folder(table.name);
        let Some(log) = Log::open(&self.store, table, &folder, Some(version))? else {
            return Ok(None);
        };
        let path = entry_path(&folder, version);
        let entry = std::fs::read(&path).map_err(|e| store::io(&path, "read", &e))?;
        Ok(Some(Snapshot {
            table,
            version,
            commit_sha256: sha256(&entry),
            row_count: log.files.iter().map(|f| f.rows).sum(),
            files: log.files,
            schema: log.columns,
        }))
    }

    /// All rows of a snapshot, lazily. Columns that an old file lacks are null; columns that the
    /// program knows and the version lacks are null too.
    ///
    /// # Errors
    /// When the plan cannot be made.
    pub fn scan(&self, snapshot: &Snapshot) -> Result<pl::LazyFrame> {
        let columns = super::schema::columns(snapshot.table);
        let schema = bridge::schema(&columns);
        if snapshot.files.is_empty() {
            return Ok(pl::DataFrame::empty_with_schema(&schema).lazy());
        }
        let paths = snapshot.files.iter().map(|f| f.path.to_string_lossy().as_ref().into());
        let args = pl::ScanArgsParquet {
            schema: Some(std::sync::Arc::new(schema)),
            allow_missing_columns: true,
            glob: false,
            cache: false,
            ..pl::ScanArgsParquet::default()
        };
        pl::LazyFrame::scan_parquet_files(paths.collect(), args).map_err(|e| bridge::failed(&e))
    }

    /// Columns of a snapshot as a frame; an empty list means all.
    ///
    /// # Errors
    /// When a column does not exist or a file cannot be read.
    pub fn read(&self, snapshot: &Snapshot, columns: &[&str]) -> Result<Frame> {
        bridge::from_polars(&self.collect(snapshot, columns)?)
    }

    /// All rows of a snapshot as one Parquet file.
    ///
    /// # Errors
    /// When a file cannot be read, or the rows not encoded.
    pub fn read_parquet(&self, snapshot: &Snapshot) -> Result<Vec<u8>> {
        let mut data = self.collect(snapshot, &[])?;
        data.rechunk_mut();
        bridge::encode(&mut data)
    }

    fn collect(&self, snapshot: &Snapshot, columns: &[&str]) -> Result<pl::DataFrame> {
        let mut lazy = self.scan(snapshot)?;
        if !columns.is_empty() {
            lazy = lazy.select(columns.iter().map(|c| pl::col(*c)).collect::<Vec<_>>());
        }
        let hint = "restore the lake from a backup, or read an older version";
        lazy.collect().map_err(|e| {
            bridge::failed(&e).at(self.folder(snapshot.table.name).display()).hint(hint)
        })
    }

    /// The greatest value of a table's time column among the live rows of a source; none without
    /// such rows. Rows much older than it are late.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn newest_at(&self, table: &'static Table, source_id: &str) -> Result<Option<i64>> {
        let (Some(time), Some(mut snap)) = (table.time, self.snapshot(table, At::Newest)?) else {
            return Ok(None);
        };
        let may_hold = |f: &LiveFile| {
            f.sources
                .as_ref()
                .is_none_or(|(a, b)| a.as_str() <= source_id && source_id <= b.as_str())
        };
        // Files that end before another one of this source alone begins cannot hold the newest.
        let alone = |f: &&LiveFile| f.sources.as_ref().is_some_and(|(a, b)| a == b);
        snap.files.retain(may_hold);
        let begun = snap.files.iter().filter(alone).filter_map(|f| f.min_time).max();
        snap.files.retain(|f| f.max_time.is_none_or(|at| begun.is_none_or(|b| at >= b)));
        let ours = pl::col("source_id").eq(pl::lit(source_id));
        let lazy = self.scan(&snap)?.filter(ours).select([pl::col(time).max()]);
        let frame = bridge::from_polars(&lazy.collect().map_err(|e| bridge::failed(&e))?)?;
        Ok(frame.time(time)?.first().copied().flatten())
    }
}
