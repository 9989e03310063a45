//! An input as a whole, for formats that are read from their end: bytes at any place of it. What
//! was hashed is what is read: a file stays open and is hashed once more after the last record.
//! Packed bytes are unpacked into memory, never to disk, and not more than a few hundred MiB.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::input::changed;
use crate::error::Error;

/// Bytes that an archive member or a compressed file may have, unpacked.
const UNPACKED_MAX_BYTES: u64 = 256 << 20;

/// The bytes of an input, at any place. Cloning is cheap.
#[derive(Debug, Clone)]
pub enum Whole {
    /// A file as it lies there, and the SHA-256 it must still have after the last record.
    File(Arc<File>, [u8; 32]),
    /// Bytes that were unpacked, and hashed on the way.
    Memory(Bytes),
}

impl Whole {
    /// Reads everything into memory.
    pub(super) fn unpack(from: impl Read) -> io::Result<Whole> {
        let mut bytes = Vec::new();
        from.take(UNPACKED_MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > UNPACKED_MAX_BYTES {
            let error = Error::input(format!("unpacks to more than {UNPACKED_MAX_BYTES} bytes"))
                .hint("unpack it before loading; the format is compressed inside");
            return Err(io::Error::other(error));
        }
        Ok(Whole::Memory(bytes.into()))
    }

    /// Size in bytes.
    ///
    /// # Errors
    /// When the file system does not say.
    pub fn size_bytes(&self) -> io::Result<u64> {
        match self {
            Whole::File(file, _) => Ok(file.metadata()?.len()),
            Whole::Memory(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Holds what was read to what was hashed; to be called after the last record, and before an
    /// error is blamed on the content.
    ///
    /// # Errors
    /// When the file changed since it was hashed, or cannot be read.
    pub fn check(&self) -> io::Result<()> {
        let Whole::File(file, expected) = self else { return Ok(()) };
        let mut file = file.as_ref();
        file.seek(SeekFrom::Start(0))?;
        let mut hasher = Sha256::new();
        io::copy(&mut file, &mut hasher)?;
        let seen: [u8; 32] = hasher.finalize().into();
        if seen == *expected { Ok(()) } else { Err(changed()) }
    }
}
