//! The one function that writes output files: temporary name, fsync, rename, fsync of the folder.
//! A reader sees the old file or the whole new one. The lake is not written here.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file durably, making its folders.
///
/// # Errors
/// When the disk refuses; the old file is then still there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let draft = folder.join(format!(".{name}.tmp-{}", std::process::id()));
    let written = write_draft(&draft, bytes).and_then(|()| fs::rename(&draft, path));
    if let Err(e) = written {
        let _ = fs::remove_file(&draft);
        return Err(failed(path, &e));
    }
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| failed(folder, &e))
}

/// Checks before long work that a folder can be written.
///
/// # Errors
/// When it cannot.
pub fn check_writable(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    let probe = folder.join(format!(".probe.tmp-{}", std::process::id()));
    let written = File::create(&probe);
    let _ = fs::remove_file(&probe);
    written.map(|_| ()).map_err(|e| failed(folder, &e))
}

/// Reads a small file of the project (configuration, template, query) whole.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| {
        Error::config(format!("cannot be read: {e}"))
            .at(path.display())
            .hint("check the path and its permissions")
    })
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// When the disk refuses.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(path, &e)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether others than its owner may read or write a file; never elsewhere than on Unix.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|info| info.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn write_draft(draft: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::storage(format!("cannot be written: {error}"))
        .at(path.display())
        .hint("free disk space or choose another folder with --out, then run again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_no_draft() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.txt");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_in_the_way_is_a_storage_error_with_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        let error = write(&path, b"x").unwrap_err();
        assert_eq!(error.kind, crate::error::Kind::Storage);
        assert!(error.place.unwrap().contains("taken"));
    }
}
