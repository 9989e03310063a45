//! Members of zip archives as inputs. Nothing is unpacked to disk and no member name is used as
//! a path; names that would be dangerous elsewhere are refused all the same.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::Crc;
use glob::Pattern;
use zip::{CompressionMethod, ZipArchive};

use super::cap::{Capped, Counted};
use super::input::{modified_us, read_error};
use super::{Input, Limits};
use crate::error::{Error, Result};

/// Members that are read; an export has a few.
const MEMBERS_MAX: usize = 65_536;

/// Where the bytes of a member lie.
#[derive(Debug, Clone)]
pub(super) struct Member {
    archive: PathBuf,
    start: u64,
    packed_bytes: u64,
    is_deflated: bool,
    size_bytes: u64,
    crc32: u32,
}

impl Member {
    /// The unpacked bytes, capped, their check sum verified at the end.
    pub(super) fn open(&self, limits: &Limits) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.archive)?;
        file.seek(SeekFrom::Start(self.start))?;
        let (packed, count) = Counted::new(file.take(self.packed_bytes));
        let inner: Box<dyn Read + Send> = if self.is_deflated {
            Box::new(Capped::new(flate2::read::DeflateDecoder::new(packed), Some(count), limits))
        } else {
            Box::new(Capped::new(packed, None, limits))
        };
        let (size_bytes, crc32) = (self.size_bytes, self.crc32);
        Ok(Box::new(Summed { inner, sum: Crc::new(), size_bytes, seen_bytes: 0, crc32 }))
    }
}

/// The members of an archive in the order of their names; folders and the resource forks that
/// macOS adds are no members.
pub(super) fn members(
    path: &Path,
    name: &str,
    wanted: Option<&Pattern>,
    limits: &Limits,
) -> Result<Vec<Input>> {
    let damaged = |e: &dyn std::fmt::Display| {
        Error::input("the archive is cut or damaged")
            .at(name)
            .because(e)
            .hint("copy or export it again")
    };
    let failed = |e| read_error(e, name);
    let modified_us = modified_us(path).map_err(failed)?;
    let file = io::BufReader::new(File::open(path).map_err(failed)?);
    let mut archive = ZipArchive::new(file).map_err(|e| damaged(&e))?;
    if archive.len() > MEMBERS_MAX || archive.has_duplicate_names() {
        return Err(Error::input("the archive has too many members or one name twice").at(name));
    }
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|e| damaged(&e))?;
        let member = entry.name().map_err(|e| damaged(&e))?.into_owned();
        let skipped = entry.is_dir() || member.starts_with("__MACOSX/");
        if skipped || wanted.is_some_and(|pattern| !pattern.matches(&member)) {
            continue;
        }
        let full = format!("{name}/{member}");
        if let Some(reason) = refusal(&entry, &member) {
            return Err(Error::input(reason).at(full).hint("repack the archive"));
        }
        let start = entry.data_start().ok_or_else(|| damaged(&"no data"))?;
        let is_deflated = entry.compression() == CompressionMethod::Deflated;
        let (size_bytes, crc32) = (entry.size(), entry.crc32());
        let (archive, packed_bytes) = (path.to_owned(), entry.compressed_size());
        let member = Member { archive, start, packed_bytes, is_deflated, size_bytes, crc32 };
        found.push((full, member));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(full, m)| Input::member(full, m, modified_us, limits)).collect()
}

fn refusal<R: Read>(entry: &zip::read::ZipFile<'_, R>, member: &str) -> Option<&'static str> {
    let method = entry.compression();
    if entry.enclosed_name().is_none() || member.starts_with('/') || member.contains('\\') {
        return Some("the name of the member is absolute or leaves its folder");
    }
    if entry.is_symlink() {
        return Some("the member is a link");
    }
    if entry.encrypted() {
        return Some("the member needs a password");
    }
    if member.to_ascii_lowercase().ends_with(".zip") {
        return Some("an archive inside an archive");
    }
    if method != CompressionMethod::Stored && method != CompressionMethod::Deflated {
        return Some("the member is neither stored nor deflated");
    }
    None
}

/// Checks size and check sum at the end.
struct Summed {
    inner: Box<dyn Read + Send>,
    sum: Crc,
    size_bytes: u64,
    seen_bytes: u64,
    crc32: u32,
}

impl Read for Summed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.sum.update(buffer.get(..n).unwrap_or_default());
        self.seen_bytes += n as u64;
        let at_end = n == 0 && !buffer.is_empty();
        if at_end && (self.seen_bytes != self.size_bytes || self.sum.sum() != self.crc32) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "check sum differs"));
        }
        Ok(n)
    }
}
