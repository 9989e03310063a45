//! The durable store: everything under the lake is created here, through the object store that
//! syncs files and folders, and a name that exists is never written again. Errors name the file
//! and what to do. Nothing is deleted here.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use delta_kernel::KernelError;
pub use delta_kernel::object_store::PutPayload;
use delta_kernel::object_store::{self, ObjectStore, PutMode};
use delta_kernel_default_engine::DefaultEngine;
use delta_kernel_default_engine::executor::TaskExecutor as _;
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use object_store::local::LocalFileSystem;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::error::{Error, Result};

/// Said whenever writing fails: the lake is as it was.
const HINT: &str = "free disk space or repair the disk, then run the same command again; \
                    every table is at its old or its new version";

/// The kernel's engine over the syncing local store.
pub struct Store {
    files: Arc<LocalFileSystem>,
    executor: Arc<TokioMultiThreadExecutor>,
    /// Version by table that this process knows to be durable.
    confirmed: Mutex<BTreeMap<String, i64>>,
    /// What the kernel reads and writes through.
    pub engine: DefaultEngine<TokioMultiThreadExecutor>,
}

/// What a create-only write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The file is there, durably.
    Created,
    /// The name was taken; nothing was written.
    Taken,
}

impl Store {
    /// Starts the executor; touches no file.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new() -> Result<Self> {
        let files = Arc::new(LocalFileSystem::new().with_fsync(true));
        // Checkpoints need the multi-thread executor.
        let executor = TokioMultiThreadExecutor::new_owned_runtime(Some(2), None)
            .map_err(|e| Error::storage("no worker thread can be started").because(e))?;
        let executor = Arc::new(executor);
        let engine =
            DefaultEngine::builder(files.clone()).with_task_executor(executor.clone()).build();
        Ok(Store { files, executor, confirmed: Mutex::default(), engine })
    }

    /// True when this process has synced this version of a table already.
    pub fn is_confirmed(&self, table: &str, version: i64) -> bool {
        self.confirmed.lock().is_ok_and(|known| known.get(table) == Some(&version))
    }

    /// Remembers that a version of a table is durable.
    pub fn remember(&self, table: &str, version: i64) {
        if let Ok(mut known) = self.confirmed.lock() {
            known.insert(table.to_owned(), version);
        }
    }

    /// Creates a file with these bytes, durably with all new folders, unless the name exists.
    ///
    /// # Errors
    /// When the disk refuses; whether the name exists then is unknown.
    pub fn put_new(&self, path: &Path, bytes: PutPayload) -> Result<Put> {
        let location = location(path)?;
        let files = self.files.clone();
        let put = self.executor.block_on(async move {
            files.put_opts(&location, bytes, PutMode::Create.into()).await
        });
        match put {
            Ok(_) => Ok(Put::Created),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Put::Taken),
            Err(e) => Err(refused(path, "written", &e)),
        }
    }
}

fn location(path: &Path) -> Result<object_store::path::Path> {
    object_store::path::Path::from_absolute_path(path)
        .map_err(|e| Error::config("is no path a lake can use").at(path.display()).because(e))
}

/// Folder URL of a table, for the kernel.
///
/// # Errors
/// When the path is not absolute.
pub fn url(folder: &Path) -> Result<Url> {
    Url::from_directory_path(folder)
        .map_err(|()| Error::config("the lake's path is not absolute").at(folder.display()))
}

/// SHA-256 of bytes, hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// Makes a folder and its parents; each new name is synced in the folder above it.
///
/// # Errors
/// When the disk refuses.
pub fn make_folder(folder: &Path) -> Result<()> {
    let missing: Vec<&Path> = folder.ancestors().take_while(|p| !p.exists()).collect();
    for new in missing.into_iter().rev() {
        match fs::create_dir(new) {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(io(new, "created", &e));
            }
            Ok(()) | Err(_) => {}
        }
        if let Some(above) = new.parent() {
            sync_folder(above)?;
        }
    }
    Ok(())
}

/// Syncs a folder, so that the names in it survive a power loss.
///
/// # Errors
/// When it does not exist or the disk refuses.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| io(folder, "synced", &e))
}

/// Names of the entries of a folder, sorted; none when the folder is missing.
///
/// # Errors
/// When it cannot be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io(folder, "listed", &e)),
    };
    let mut all = Vec::new();
    for entry in listing {
        all.push(entry.map_err(|e| io(folder, "listed", &e))?.path());
    }
    all.sort();
    Ok(all)
}

/// An I/O error of the lake with its file and the way out.
#[must_use]
pub fn io(path: &Path, verb: &str, error: &std::io::Error) -> Error {
    Error::storage(format!("cannot be {verb}: {error}")).at(path.display()).hint(HINT)
}

/// An object-store error with its file. The innermost cause says what the disk said.
#[must_use]
pub fn refused(path: &Path, verb: &str, error: &dyn std::error::Error) -> Error {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Error::storage(format!("cannot be {verb}: {cause}")).at(path.display()).hint(HINT)
}

/// A kernel error about a table's folder.
#[must_use]
pub fn kernel(folder: &Path, error: &KernelError) -> Error {
    refused(&folder.join("_delta_log"), "read", error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_once_and_keeps_its_first_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b/month=2026-01/x.bin");
        let store = Store::new().unwrap();
        assert_eq!(store.put_new(&path, b"one".to_vec().into()).unwrap(), Put::Created);
        assert_eq!(store.put_new(&path, b"two".to_vec().into()).unwrap(), Put::Taken);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(entries(path.parent().unwrap()).unwrap(), [path]);
    }

    #[test]
    fn a_refusing_disk_gives_the_file_and_a_hint() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("f"), b"").unwrap();
        let path = dir.path().join("f/x.bin");
        let error = Store::new().unwrap().put_new(&path, vec![1].into()).unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Storage);
        assert!(error.place.unwrap().ends_with("f/x.bin"));
        assert!(error.hint.unwrap().contains("again"));
    }
}
