//! Streams that come once (standard input, a command) laid down in a file, so that every adapter
//! can read them from the start. The file is private and is removed with its last input.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Limits;
use super::cap::Capped;

/// How many streams may lie in one folder; more means that nobody cleans it.
const FILES_MAX: usize = 100_000;

/// A stream on disk.
#[derive(Debug)]
pub(super) struct Spool {
    path: PathBuf,
    /// SHA-256 of the bytes.
    pub(super) sha256: [u8; 32],
    /// Number of bytes.
    pub(super) bytes: u64,
}

impl Spool {
    /// Copies the stream into a new file in `folder`.
    pub(super) fn fill(folder: &Path, from: &mut dyn Read, limits: &Limits) -> io::Result<Spool> {
        fs::create_dir_all(folder)?;
        let (mut file, path) = create(folder)?;
        let mut spool = Spool { path, sha256: [0; 32], bytes: 0 };
        let mut from = Capped::new(from, None, limits);
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 16];
        loop {
            let n = from.read(&mut buffer)?;
            let Some(chunk) = buffer.get(..n).filter(|chunk| !chunk.is_empty()) else { break };
            hasher.update(chunk);
            file.write_all(chunk)?;
            spool.bytes += n as u64;
        }
        spool.sha256 = hasher.finalize().into();
        Ok(spool)
    }

    /// The stream from its start.
    pub(super) fn open(&self) -> io::Result<File> {
        File::open(&self.path)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Nothing depends on it: a file left over is data in a private folder.
        let _ = fs::remove_file(&self.path);
    }
}

fn create(folder: &Path) -> io::Result<(File, PathBuf)> {
    let process = std::process::id();
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for n in 0..FILES_MAX {
        let path = folder.join(format!("stream-{process}-{n}"));
        match options.open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::other(format!("{} is full of streams", folder.display())))
}
