//! One input: a name, what its raw bytes hash to, and how to read them again. Reading checks the
//! hash at the end, so that what is mapped is what was hashed.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::compression::{decompressed, is_packed};
use super::spool::Spool;
use super::whole::Whole;
use super::zipped::Member;
use super::{Limits, Text};
use crate::error::{Error, Result};

/// What sort of input it is; the words of `load_log.input_kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A file inside a zip archive.
    Member,
    /// Standard input.
    Stdin,
    /// The standard output of a command.
    Command,
}

impl Kind {
    /// The word in `load_log.input_kind`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Member => "member",
            Kind::Stdin => "stdin",
            Kind::Command => "command",
        }
    }
}

/// One input, hashed. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Input {
    name: String,
    kind: Kind,
    sha256: [u8; 32],
    size_bytes: u64,
    modified_us: Option<i64>,
    content: Content,
    limits: Limits,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Member(Member),
    Spooled(Arc<Spool>),
    Memory(Arc<[u8]>),
}

impl Content {
    fn raw(&self, limits: &Limits) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Content::File(path) => Box::new(File::open(path)?),
            Content::Member(member) => member.open(limits)?,
            Content::Spooled(spool) => Box::new(spool.open()?),
            Content::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

impl Input {
    /// An input that is already in memory: the sample of a built-in adapter.
    #[must_use]
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Input {
        let bytes = bytes.into();
        Input {
            name: name.into(),
            kind: Kind::File,
            sha256: Sha256::digest(&bytes).into(),
            size_bytes: bytes.len() as u64,
            modified_us: None,
            content: Content::Memory(bytes),
            limits: Limits::default(),
        }
    }

    pub(super) fn file(name: String, path: &Path, limits: &Limits) -> Result<Input> {
        let failed = |e| read_error(e, &name);
        let modified_us = modified_us(path).map_err(failed)?;
        let content = Content::File(path.to_owned());
        let (sha256, size_bytes) = hash(content.raw(limits).map_err(failed)?).map_err(failed)?;
        let limits = limits.clone();
        Ok(Input { name, kind: Kind::File, sha256, size_bytes, modified_us, content, limits })
    }

    pub(super) fn member(
        name: String,
        member: Member,
        modified_us: Option<i64>,
        limits: &Limits,
    ) -> Result<Input> {
        let failed = |e| read_error(e, &name);
        let content = Content::Member(member);
        let (sha256, size_bytes) = hash(content.raw(limits).map_err(failed)?).map_err(failed)?;
        let limits = limits.clone();
        Ok(Input { name, kind: Kind::Member, sha256, size_bytes, modified_us, content, limits })
    }

    pub(super) fn spooled(name: &str, kind: Kind, spool: Spool, limits: &Limits) -> Input {
        Input {
            name: name.to_owned(),
            kind,
            sha256: spool.sha256,
            size_bytes: spool.bytes,
            modified_us: None,
            content: Content::Spooled(Arc::new(spool)),
            limits: limits.clone(),
        }
    }

    /// Path below the root with `/`, `a.zip/member`, `-`, or the name of the program.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What sort of input it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// SHA-256 of the raw bytes (the file as it lies there, the member as it would be unpacked,
    /// the stream), in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Size of the raw bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Modification time of the file (of the archive for a member), microseconds UTC; none for
    /// streams.
    #[must_use]
    pub fn modified_us(&self) -> Option<i64> {
        self.modified_us
    }

    /// The decompressed bytes from the start. Reading to the end fails if the raw bytes are not
    /// those that were hashed; map errors of the reader with [`read_error`].
    ///
    /// # Errors
    /// Input: the name promises a compression that is not there. Storage: opening failed.
    pub fn bytes(&self) -> Result<Box<dyn Read + Send>> {
        let open = || {
            let inner = self.content.raw(&self.limits)?;
            let raw = Verified { inner, hasher: Sha256::new(), expected: self.sha256 };
            decompressed(&self.name, Box::new(raw), &self.limits)
        };
        open().map_err(|e| read_error(e, &self.name))
    }

    /// The bytes at any place: a file that is not packed is read where it lies, anything else is
    /// unpacked into memory.
    ///
    /// # Errors
    /// As [`Input::bytes`]; input: unpacked it is too large.
    pub fn whole(&self) -> Result<Whole> {
        let mut head = Vec::new();
        let failed = |e| read_error(e, &self.name);
        let raw = self.content.raw(&self.limits).map_err(failed)?;
        raw.take(6).read_to_end(&mut head).map_err(failed)?;
        let file = match &self.content {
            _ if is_packed(&self.name, &head).map_err(failed)? => None,
            Content::File(path) => Some(File::open(path).map_err(failed)?),
            Content::Spooled(spool) => Some(spool.open().map_err(failed)?),
            Content::Member(_) | Content::Memory(_) => None,
        };
        match file {
            Some(file) => Ok(Whole::File(Arc::new(file), self.sha256)),
            None => Whole::unpack(self.bytes()?).map_err(failed),
        }
    }

    /// Bytes that the input may decompress to.
    #[must_use]
    pub fn decompressed_max_bytes(&self) -> u64 {
        self.limits.decompressed_max_bytes
    }

    /// The decoded and cleaned text from the start. `declared` is the code page to use when the
    /// bytes are neither UTF-8 nor UTF-16.
    ///
    /// # Errors
    /// As [`Input::bytes`]; configuration: `declared` is no code page.
    pub fn text(&self, declared: Option<&str>) -> Result<Text> {
        Text::of(self, declared)
    }
}

/// An error of reading an input: what a wrapped reader said, damage (input), or a failing disk
/// (storage).
#[must_use]
pub fn read_error(error: io::Error, name: &str) -> Error {
    let from_system = error.raw_os_error().is_some();
    match error.downcast::<Error>() {
        Ok(ours) => ours.at(name),
        Err(error) if from_system => Error::storage("cannot be read").at(name).because(error),
        Err(error) => Error::input("the compressed data is cut or damaged")
            .at(name)
            .because(error)
            .hint("copy or export it again"),
    }
}

/// Hashes while reading; at the end the hash must be the expected one.
struct Verified {
    inner: Box<dyn Read + Send>,
    hasher: Sha256,
    expected: [u8; 32],
}

impl Read for Verified {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..n).unwrap_or_default());
        if n == 0 && !buffer.is_empty() {
            let seen: [u8; 32] = self.hasher.clone().finalize().into();
            if seen != self.expected {
                return Err(changed());
            }
        }
        Ok(n)
    }
}

/// The error for bytes that are no longer those that were hashed.
pub(super) fn changed() -> io::Error {
    io::Error::other(
        Error::input("changed while it was read").hint("load it again when the export is finished"),
    )
}

fn hash(mut raw: Box<dyn Read + Send>) -> io::Result<([u8; 32], u64)> {
    let mut hasher = Sha256::new();
    let bytes = io::copy(&mut raw, &mut hasher)?;
    Ok((hasher.finalize().into(), bytes))
}

/// Microseconds since 1970, UTC.
pub(super) fn modified_us(path: &Path) -> io::Result<Option<i64>> {
    let modified = path.metadata()?.modified()?;
    Ok(match modified.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_micros()).ok(),
        Err(before) => i64::try_from(before.duration().as_micros()).ok().map(|us| -us),
    })
}
