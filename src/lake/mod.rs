//! The lake: one Delta table per canonical table, on a local disk. This is the only module that
//! writes under the lake's folder and the only one that knows the Delta kernel; kernel types
//! never leave it. It never deletes outside `vacuum`, never reads a clock (`as_of` is passed) and
//! never reads files by glob: only the live list of a version counts.
//!
//! # What other stages use
//! ```text
//! let lake = Lake::open(path)?;                       // nothing is created yet
//! let lock = lake.lock(wait_s)?;                      // exit 75 after the wait; freed on drop
//! let done = lake.merge(table, &batches, &commit)?;   // vendor and user tables, by key
//! let done = lake.remap(table, &batches, &outdated, &commit)?; // as merge, over wrong readings
//! let done = lake.enrich(table, &batches, &commit)?;  // fills nulls of rows that exist
//! let done = lake.append(table, &batches, &commit)?;  // load_log, quarantine, pins
//! let done = lake.rebuild(table, &frame, &commit)?;   // derived tables; same rows = no version
//! lake.confirm(table)?;                               // fsync again before saying "already"
//! let snap = lake.snapshot(table, At::Newest)?;       // None: the table has no version yet
//! let frame = lake.read(&snap, &["run_id"])?;         // [] = all columns
//! let bytes = lake.read_parquet(&snap)?;              // all rows as one Parquet file
//! let lazy = lake.scan(&snap)?;                       // Polars, for engines (through bridge)
//! let newest = lake.newest_at(table, source)?;        // for counting late rows
//! let all = lake.version_vector()?;                   // name -> version, digest, rows
//! let past = lake.history("job_runs")?;               // oldest first
//! let gone = lake.vacuum(&policy)?;                   // the only place that deletes
//! lake.compact(table, &commit)?;                      // many small files -> one per month
//! ```
//! `merge` and its sisters take one [`Batch`] per load (`load_id` = the Delta application
//! transaction id), make at most one commit, and return the counts per load. A load that the
//! table already holds is skipped and its counts come from its own commit; a merge that changes
//! nothing makes no version. All rows are checked first: unknown columns, null keys, null
//! required columns and null times are errors (the caller quarantines them before).

mod append;
mod commit;
mod files;
mod fill;
mod history;
mod incoming;
mod keys;
mod lock;
mod log;
mod merge;
mod plan;
mod publish;
mod read;
mod schema;
mod stamp;
mod store;
mod vacuum;
mod winner;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::model::frame::{Frame, Type};
use crate::model::result::TableVersion;
use crate::model::table::Table;

pub use history::{HistoryEntry, LoadEntry};
pub use lock::WriterLock;
pub use vacuum::{Retention, Vacuumed};

/// Rows of one load for one table.
#[derive(Debug, Clone)]
pub struct Batch {
    /// SHA-256, hex, that names the load; the Delta application transaction id.
    pub load_id: String,
    /// The rows; columns may come in any order, absent nullable columns are null.
    pub frame: Frame,
    /// Kept in the commit beside the counts: input name and hash, adapter and so on.
    pub notes: BTreeMap<String, String>,
}

/// What a commit says about itself.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Instant of the run, microseconds UTC; every time in the log entry is this one.
    pub as_of: i64,
    /// Program version.
    pub program: String,
}

/// What became of the rows of one load in one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows with a key that was not there.
    pub inserted: i64,
    /// Rows that replaced or filled an older state.
    pub updated: i64,
    /// Rows that were there already; at most `last_seen_at` moved.
    pub same: i64,
    /// Rows that lost against a newer state.
    pub superseded: i64,
    /// Rows among `updated` that went to another month.
    pub moved: i64,
    /// Cells with two different values (mode fill and enrich).
    pub conflicts: i64,
    /// Rows of an enriching load without a row to enrich.
    pub no_partner: i64,
}

impl Counts {
    /// Rows loaded: inserted or updated.
    #[must_use]
    pub fn loaded(self) -> i64 {
        self.inserted + self.updated
    }
    /// Duplicate rows: same or superseded.
    #[must_use]
    pub fn duplicate(self) -> i64 {
        self.same + self.superseded
    }
}

/// Result of one write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Version before; none when the table did not exist.
    pub version_before: Option<i64>,
    /// Version after; the same when nothing changed.
    pub version: Option<i64>,
    /// Counts of every load given, also of those already committed.
    pub loads: BTreeMap<String, Counts>,
    /// Loads that the table held already.
    pub already: BTreeSet<String>,
    /// Per load the positions of rows without partner (enrich), for the quarantine.
    pub no_partner: BTreeMap<String, Vec<usize>>,
    /// Months written, in order; empty for unpartitioned tables.
    pub months: Vec<String>,
    /// What went wrong without harm (a checkpoint that could not be written).
    pub warnings: Vec<String>,
}

/// Which version of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The newest.
    Newest,
    /// A version number.
    Version(i64),
    /// The newest version whose commit carries an `as_of` not after this instant.
    AsOf(i64),
}

/// A live data file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Path relative to the table's folder.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Rows.
    pub rows: i64,
    /// Partition month; none in unpartitioned tables.
    pub month: Option<String>,
    /// Smallest value of the time column, cut to milliseconds.
    pub min_time: Option<i64>,
    /// Greatest value of the time column, cut to milliseconds and one millisecond added.
    pub max_time: Option<i64>,
    /// Smallest and greatest `source_id`.
    pub sources: Option<(String, String)>,
    /// SHA-256, hex, of the file's bytes, as written in the log.
    pub sha256: Option<String>,
}

/// One version of one table: the files that make it up and nothing else.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The table.
    pub table: &'static Table,
    /// Delta version.
    pub version: i64,
    /// SHA-256, hex, of the log entry of that version.
    pub commit_sha256: String,
    /// Live files in the order of their names.
    pub files: Vec<LiveFile>,
    /// Sum of their rows.
    pub row_count: i64,
    /// Columns of the stored schema, without the partition column.
    pub schema: Vec<(String, Type)>,
}

/// A lake on a local disk. Cheap to clone.
#[derive(Clone)]
pub struct Lake {
    root: PathBuf,
    store: Arc<store::Store>,
}

impl Lake {
    /// Opens a lake; the folder need not exist and is not created.
    ///
    /// # Errors
    /// When the path cannot be made absolute.
    pub fn open(path: &Path) -> Result<Self> {
        let root = std::path::absolute(path).map_err(|e| store::io(path, "opened", &e))?;
        Ok(Lake { root, store: Arc::new(store::Store::new()?) })
    }

    /// The lake's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Waits up to `wait_s` seconds for the writer lock of this lake, making the folder.
    /// Every writing call needs it held by the process.
    ///
    /// # Errors
    /// Exit 75 when another process holds it longer; exit 4 when the folder cannot be made.
    pub fn lock(&self, wait_s: u64) -> Result<WriterLock> {
        lock::take(&self.root, wait_s)
    }

    /// Versions of all tables that exist, by name.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn version_vector(&self) -> Result<BTreeMap<String, TableVersion>> {
        let mut all = BTreeMap::new();
        for table in crate::model::tables::all() {
            if let Some(snap) = self.snapshot(table, At::Newest)? {
                all.insert(table.name.to_owned(), snap.table_version());
            }
        }
        Ok(all)
    }

    fn folder(&self, table: &str) -> PathBuf {
        self.root.join(table)
    }
}

impl Snapshot {
    /// Version, digest and row count, for lineage.
    #[must_use]
    pub fn table_version(&self) -> TableVersion {
        TableVersion {
            version: self.version,
            commit_sha256: self.commit_sha256.clone(),
            row_count: self.row_count,
        }
    }
}
