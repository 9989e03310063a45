//! One commit of one table: new files in, replaced files out, load ids, our facts. The log entry
//! is created exclusively; a taken number is a conflict for the caller. After an error nothing
//! is assumed and nothing deleted. Also: syncing found work again, and checkpoints.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};

use delta_kernel::arrow::array::{Array, Int64Array, StructArray};
use delta_kernel::arrow::datatypes::{DataType, Field};
use delta_kernel::expressions::Scalar;
use delta_kernel::transaction::create_table::create_table;
use delta_kernel::transaction::data_layout::DataLayout;
use delta_kernel::transaction::{CommitResult, Transaction, UpdateTableOperation};
use delta_kernel::{EngineData, FileMeta, KernelError};
use delta_kernel_default_engine::build_add_file_metadata;
use delta_kernel_default_engine::parquet::DataFileMetadata;
use serde_json::json;

use super::files::Part;
use super::history::LoadEntry;
use super::log::{Log, entry_path};
use super::stamp::Stamp;
use super::store::{self, Store};
use super::{Commit, schema};
use crate::error::{Error, Result};
use crate::model::table::Table;
use crate::model::time;

/// A checkpoint is written when more commits than this follow the last one.
const CHECKPOINT_AFTER: u64 = 20;

/// Everything one commit does.
pub struct Change<'a> {
    /// The table.
    pub table: &'static Table,
    /// Its folder.
    pub folder: &'a Path,
    /// The version it builds on; none creates the table.
    pub log: Option<&'a Log>,
    /// Files that are durable already.
    pub add: &'a [Part],
    /// Names of files that this version replaces.
    pub remove: &'a BTreeSet<String>,
    /// Loads in it, with their counts.
    pub loads: &'a BTreeMap<String, LoadEntry>,
    /// `merge`, `enrich`, `append`, `rebuild` or `compact`.
    pub action: &'a str,
    /// Instant and program.
    pub commit: &'a Commit,
}

/// How a commit ended.
pub enum Outcome {
    /// The new version, and what went wrong without harm.
    Done(i64, Vec<String>),
    /// The number was taken: read the newer version and decide again.
    Conflict,
}

/// Commits a change.
///
/// # Errors
/// When the disk refuses; the result may then be unknown, and running again finds out.
pub fn commit(store: &Arc<Store>, change: &Change) -> Result<Outcome> {
    let path = entry_path(change.folder, change.log.map_or(0, |l| l.version + 1));
    let slot: Arc<Mutex<Option<Error>>> = Arc::default();
    let stamp = Box::new(Stamp {
        store: store.clone(),
        path: path.clone(),
        as_of_ms: change.commit.as_of.div_euclid(1_000),
        facts: facts(change),
        files: change
            .add
            .iter()
            .map(|p| (p.name.clone(), (p.stats.clone(), p.sha256.clone())))
            .collect(),
        error: slot.clone(),
    });
    let result = match change.log {
        None => create(store, change, stamp),
        Some(log) => update(store, change, log, stamp),
    };
    result.map_err(|e| slot.lock().ok().and_then(|mut s| s.take()).unwrap_or(e))
}

fn facts(change: &Change) -> serde_json::Value {
    let loads: BTreeMap<&String, serde_json::Value> =
        change.loads.iter().map(|(id, load)| (id, load.to_json())).collect();
    json!({
        "action": change.action,
        "as_of": time::iso(change.commit.as_of),
        "as_of_us": change.commit.as_of,
        "loads": loads,
        "program": change.commit.program,
    })
}

fn create(store: &Store, change: &Change, stamp: Box<Stamp>) -> Result<Outcome> {
    let failed = |e: KernelError| store::kernel(change.folder, &e);
    let url = store::url(change.folder)?;
    let mut builder = create_table(
        url.as_str(),
        Arc::new(schema::delta(change.table)?),
        engine_info(change),
        true,
    )
    .with_table_properties([("delta.enableExpiredLogCleanup", "false")]);
    if change.table.is_partitioned() {
        builder = builder.with_data_layout(DataLayout::partitioned([schema::MONTH]));
    }
    for id in change.loads.keys() {
        builder = builder.with_transaction_id(id.as_str(), 1);
    }
    let mut transaction = match builder.build(&store.engine, stamp) {
        Ok(transaction) => transaction,
        Err(KernelError::TableAlreadyExistsAtPath(_)) => return Ok(Outcome::Conflict),
        Err(e) => return Err(failed(e)),
    };
    add_files(&mut transaction, change)?;
    match transaction.commit(&store.engine).map_err(failed)? {
        CommitResult::Committed(_) => Ok(Outcome::Done(0, Vec::new())),
        CommitResult::Conflicted(_) => Ok(Outcome::Conflict),
        CommitResult::Retryable(r) => Err(failed(r.error)),
    }
}

fn update(store: &Store, change: &Change, log: &Log, stamp: Box<Stamp>) -> Result<Outcome> {
    let failed = |e: KernelError| store::kernel(change.folder, &e);
    // A compaction moves rows between files and changes none of them.
    let changes_data = change.action != "compact";
    let operation =
        if changes_data { UpdateTableOperation::Write } else { UpdateTableOperation::Optimize };
    let mut builder =
        log.snapshot.clone().update_table(operation, engine_info(change), changes_data);
    for (name, kind) in schema::missing(change.table, &log.columns)? {
        builder = builder.add_column(schema::field(&name, kind));
    }
    for id in change.loads.keys() {
        builder = builder.with_transaction_id(id.as_str(), 1);
    }
    let mut transaction = builder.build(&store.engine, stamp).map_err(failed)?;
    add_files(&mut transaction, change)?;
    for batch in log.removal(change.remove)? {
        transaction.remove_files(batch);
    }
    match transaction.commit(&store.engine).map_err(failed)? {
        CommitResult::Committed(done) => {
            let version = log.version + 1;
            let since = done.post_commit_stats().commits_since_checkpoint;
            let warnings = if since > CHECKPOINT_AFTER {
                checkpoint(store, change.folder).err().into_iter().map(|e| e.to_string()).collect()
            } else {
                Vec::new()
            };
            Ok(Outcome::Done(version, warnings))
        }
        CommitResult::Conflicted(_) => Ok(Outcome::Conflict),
        CommitResult::Retryable(r) => Err(failed(r.error)),
    }
}

fn engine_info(change: &Change) -> String {
    format!("tapeline/{}", change.commit.program)
}

fn add_files<S>(transaction: &mut Transaction<S>, change: &Change) -> Result<()> {
    let failed = |e: KernelError| store::kernel(change.folder, &e);
    if change.add.is_empty() {
        return Ok(());
    }
    let state = transaction.write_state().map_err(failed)?;
    let modified = change.commit.as_of.div_euclid(1_000);
    for part in change.add {
        let mut context = state.write_context_builder();
        if let Some(month) = &part.month {
            let value = Scalar::String(month.clone());
            context = context.with_partition_values(HashMap::from([(schema::MONTH.into(), value)]));
        }
        let context = context.build().map_err(failed)?;
        let path = change.folder.join(&part.name);
        let location = url::Url::from_file_path(&path)
            .map_err(|()| Error::config("is not absolute").at(path.display()))?;
        let meta = FileMeta::new(location, modified, part.size.unsigned_abs());
        let data = DataFileMetadata::new(meta, row_count(part.rows));
        let action: Box<dyn EngineData> =
            build_add_file_metadata(data, &context).map_err(failed)?;
        transaction.add_files(action);
    }
    Ok(())
}

/// The least the kernel wants to know; the entry gets the full statistics from the stamp.
fn row_count(rows: i64) -> StructArray {
    let field = Arc::new(Field::new("numRecords", DataType::Int64, true));
    let values: Arc<dyn Array> = Arc::new(Int64Array::from(vec![rows]));
    StructArray::from(vec![(field, values)])
}

/// Writes a checkpoint of the newest version. It only speeds reading up: the log entries alone
/// rebuild every version.
///
/// # Errors
/// When it cannot be written; the table is whole without it.
fn checkpoint(store: &Store, folder: &Path) -> Result<()> {
    let failed = |e: KernelError| store::refused(&folder.join("_delta_log"), "checkpointed", &e);
    let newest = delta_kernel::Snapshot::builder_for(store::url(folder)?);
    let newest = newest.build(&store.engine).map_err(failed)?;
    newest.checkpoint(&store.engine, None).map(|_| ()).map_err(failed)
}

/// Syncs every folder between a table's log and the root of the lake, and the one above: found
/// work is durable after that, whoever wrote it (its files were synced before they got names).
///
/// # Errors
/// When the disk refuses.
pub fn confirm(root: &Path, folder: &Path, months: &[String]) -> Result<()> {
    let months = months.iter().map(|month| folder.join(format!("{}={month}", schema::MONTH)));
    let above = [folder.join("_delta_log"), folder.to_owned(), root.to_owned()];
    for made in months.chain(above).chain(root.parent().map(Path::to_owned)) {
        if made.is_dir() {
            store::sync_folder(&made)?;
        }
    }
    Ok(())
}
