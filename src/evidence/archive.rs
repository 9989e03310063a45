//! The zip of a package in one form only: members stored as they are, one fixed time stamp, no
//! comment, no extra field, nothing before, between or after them. So every byte is either content
//! of a member or follows from names, lengths and check sums, and [`read`] compares each one. Any
//! unzip program opens it. Never inflates, never reads a file system.
//!
//! Layout (APPNOTE.TXT of PKWARE, 4.3): per member a local header and its bytes; then the directory,
//! one entry per member; then the end record.

use std::collections::BTreeSet;

use flate2::Crc;

use super::bag::Members;
use crate::error::{Error, Result};

/// Signatures of local header, directory entry and end record.
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const ENTRY: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// Lengths of the three without names.
const LOCAL_BYTES: usize = 30;
const ENTRY_BYTES: usize = 46;
const END_BYTES: usize = 22;
/// Version 2.0, names are UTF-8, stored, 1980-01-01 00:00 (the format's first instant).
const FORM: [u8; 10] = [20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
/// Written on Unix, version 2.0.
const MADE_BY: [u8; 2] = [20, 3];
/// A plain file that everybody may read.
const MODE: u32 = 0o100_644 << 16;

/// What a local header and a directory entry say of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    crc: u32,
    size_bytes: u32,
    /// Position of its local header.
    at: u32,
}

impl Entry {
    /// The part that both headers share, then the length of the extra field: none.
    fn shared(&self) -> Vec<u8> {
        let name_bytes = u16::try_from(self.name.len()).unwrap_or(u16::MAX);
        let mut bytes = FORM.to_vec();
        bytes.extend(self.crc.to_le_bytes());
        bytes.extend(self.size_bytes.to_le_bytes());
        bytes.extend(self.size_bytes.to_le_bytes());
        bytes.extend(name_bytes.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    fn local(&self) -> Vec<u8> {
        [&LOCAL[..], &self.shared(), self.name.as_bytes()].concat()
    }

    /// No comment, first disk, no internal attributes.
    fn directory(&self) -> Vec<u8> {
        let mut bytes = [&ENTRY[..], &MADE_BY, &self.shared(), &[0; 6]].concat();
        bytes.extend(MODE.to_le_bytes());
        bytes.extend(self.at.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes
    }
}

/// The end record of a directory of `count` entries in `size_bytes` bytes that begins at `at`.
fn end(count: u16, size_bytes: u32, at: u32) -> Vec<u8> {
    let mut bytes = [&END[..], &[0; 4]].concat();
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size_bytes.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// Writes members below one folder, in the order of their paths.
///
/// # Errors
/// As [`write_as_given`].
pub(super) fn write(folder: &str, members: &Members) -> Result<Vec<u8>> {
    let named = members.iter().map(|(path, bytes)| (format!("{folder}/{path}"), bytes.as_slice()));
    write_as_given(&named.collect::<Vec<_>>())
}

/// Writes members under their full names, in the order given.
///
/// # Errors
/// When the archive would need the extended format: 4 GiB, 65,535 members, or a name of 64 KiB.
pub(super) fn write_as_given(members: &[(String, &[u8])]) -> Result<Vec<u8>> {
    let too_large = || {
        Error::input("the package would be larger than 4 GiB or hold more than 65,534 files")
            .hint("make the package from a lake with fewer years, or with fewer controls")
    };
    let mut zip = Vec::with_capacity(members.iter().map(|(_, bytes)| bytes.len() + 512).sum());
    let mut directory = Vec::new();
    for (name, bytes) in members {
        u16::try_from(name.len()).map_err(|_| too_large())?;
        let entry = Entry {
            name: name.clone(),
            crc: crc(bytes),
            size_bytes: u32::try_from(bytes.len()).map_err(|_| too_large())?,
            at: u32::try_from(zip.len()).map_err(|_| too_large())?,
        };
        zip.extend(entry.local());
        zip.extend(*bytes);
        directory.extend(entry.directory());
    }
    let at = u32::try_from(zip.len()).map_err(|_| too_large())?;
    let size_bytes = u32::try_from(directory.len()).map_err(|_| too_large())?;
    let count = u16::try_from(members.len()).ok().filter(|n| *n < u16::MAX);
    zip.extend(directory);
    zip.extend(end(count.ok_or_else(too_large)?, size_bytes, at));
    Ok(zip)
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The members of an archive in its order, by full name, or everything that is not in the one
/// form, each with the member that it concerns. Members may stand in any order.
pub(super) fn read(zip: &[u8]) -> std::result::Result<Vec<(String, &[u8])>, Vec<String>> {
    let (directory_at, entries) = directory(zip)?;
    let mut faults = Vec::new();
    let mut members = Vec::new();
    let mut seen = BTreeSet::new();
    for entry in &entries {
        let name = &entry.name;
        if !seen.insert(name) {
            faults.push(format!("{name}: occurs twice"));
        }
        let header = entry.local();
        if get(zip, index(entry.at), header.len()) != Some(&header) {
            let name = either_name(zip, entry, seen.len());
            faults.push(format!("{name}: its header in the archive was changed"));
        }
        match get(zip, index(entry.at) + header.len(), index(entry.size_bytes)) {
            Some(bytes) if crc(bytes) == entry.crc => members.push((name.clone(), bytes)),
            Some(_) => faults.push(format!("{name}: was changed (CRC-32)")),
            None => faults.push(format!("{name}: was cut")),
        }
    }
    faults.extend(gaps(&entries, directory_at));
    if faults.is_empty() { Ok(members) } else { Err(faults) }
}

/// Where the directory begins, and its entries, each exactly as it was written.
fn directory(zip: &[u8]) -> std::result::Result<(usize, Vec<Entry>), Vec<String>> {
    let end_at = zip.len().checked_sub(END_BYTES).ok_or_else(|| not_at_end(zip))?;
    let count = number16(zip, end_at + 10);
    let size_bytes = number32(zip, end_at + 12);
    let at = number32(zip, end_at + 16);
    if get(zip, end_at, END_BYTES) != Some(&end(count, size_bytes, at))
        || index(at).checked_add(index(size_bytes)) != Some(end_at)
    {
        return Err(not_at_end(zip));
    }
    let mut entries = Vec::new();
    let mut next = index(at);
    for number in 1..=count {
        let name_bytes = usize::from(number16(zip, next + 28));
        let name = get(zip, next + ENTRY_BYTES, name_bytes).and_then(|n| str::from_utf8(n).ok());
        let entry = Entry {
            name: name.unwrap_or_default().to_owned(),
            crc: number32(zip, next + 16),
            size_bytes: number32(zip, next + 20),
            at: number32(zip, next + 42),
        };
        let written = entry.directory();
        if get(zip, next, written.len()) != Some(&written) {
            return Err(vec![changed_entry(zip, next, &entry, usize::from(number))]);
        }
        next += written.len();
        entries.push(entry);
    }
    if next == end_at {
        Ok((index(at), entries))
    } else {
        Err(vec!["the archive's directory: its end record counts other members".to_owned()])
    }
}

/// What is wrong with a directory entry that is not as it was written.
fn changed_entry(zip: &[u8], entry_at: usize, entry: &Entry, number: usize) -> String {
    let name = either_name(zip, entry, number);
    // A member that another program packed, by its method.
    if get(zip, entry_at, 4) == Some(&ENTRY) && number16(zip, entry_at + 10) != 0 {
        return format!("{name}: is compressed; packages hold their files as they are");
    }
    format!("{name}: its entry in the archive's directory was changed")
}

/// The name in the directory and that before the member itself, because either may be the one that
/// was changed.
fn either_name(zip: &[u8], entry: &Entry, number: usize) -> String {
    let at = index(entry.at);
    let own_bytes = usize::from(number16(zip, at + 26));
    let own = get(zip, at, 4).filter(|s| *s == LOCAL);
    let own = own.and_then(|_| get(zip, at + LOCAL_BYTES, own_bytes));
    let own = own.and_then(|n| str::from_utf8(n).ok()).unwrap_or_default();
    match (entry.name.as_str(), own) {
        ("", "") => format!("member {number}"),
        (name, "") | ("", name) => name.to_owned(),
        (name, own) if name == own => name.to_owned(),
        (name, own) => format!("{name} (or {own})"),
    }
}

/// Bytes before, between or after members that belong to none.
fn gaps(entries: &[Entry], directory_at: usize) -> Vec<String> {
    let mut spans: Vec<(usize, usize, &str)> = entries
        .iter()
        .map(|e| {
            let at = index(e.at);
            let header = LOCAL_BYTES + e.name.len();
            (at, at.saturating_add(header).saturating_add(index(e.size_bytes)), e.name.as_str())
        })
        .collect();
    spans.push((directory_at, directory_at, "the archive's directory"));
    spans.sort_unstable();
    let mut faults = Vec::new();
    let mut free = 0;
    for (from, to, name) in spans {
        if from > free {
            faults.push(format!("{name}: {} bytes before it belong to no member", from - free));
        } else if from < free {
            faults.push(format!("{name}: lies over another member"));
        }
        free = free.max(to);
    }
    faults
}

/// Why the archive does not end as one that was written here.
fn not_at_end(zip: &[u8]) -> Vec<String> {
    let found = zip.windows(END.len()).rposition(|w| w == END);
    let after = found.map(|at| zip.len().saturating_sub(at + END_BYTES));
    vec![match after {
        Some(0) => "the end of the archive: was changed".to_owned(),
        Some(more) if found.is_some_and(|at| at + END_BYTES <= zip.len()) => {
            format!("the end of the archive: {more} bytes or a comment follow it")
        }
        _ => "the end of the archive: is missing; the file was cut or is no zip".to_owned(),
    }]
}

fn get(zip: &[u8], at: usize, length: usize) -> Option<&[u8]> {
    zip.get(at..at.checked_add(length)?)
}

/// A little-endian number, or 0 beyond the end: the comparison of whole headers finds that.
fn number16(zip: &[u8], at: usize) -> u16 {
    get(zip, at, 2).and_then(|b| b.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn number32(zip: &[u8], at: usize) -> u32 {
    get(zip, at, 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn sample() -> Members {
        Members::from([
            ("a.csv".to_owned(), b"k,n\n1,2\n".to_vec()),
            ("b/ä.json".to_owned(), b"{}".to_vec()),
            ("empty".to_owned(), vec![]),
        ])
    }

    #[test]
    fn another_zip_reader_finds_the_members_under_their_names() {
        let zip = write("bag", &sample()).unwrap();
        let mut other = zip::ZipArchive::new(std::io::Cursor::new(&zip)).unwrap();
        let mut found = Members::new();
        for at in 0..other.len() {
            let mut file = other.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            found.insert(file.name().unwrap().strip_prefix("bag/").unwrap().to_owned(), bytes);
        }
        assert_eq!(found, sample());
    }

    #[test]
    fn an_archive_comes_back_as_it_went() {
        let zip = write("bag", &sample()).unwrap();
        let back: Members = read(&zip)
            .unwrap()
            .into_iter()
            .map(|(name, bytes)| (name.strip_prefix("bag/").unwrap().to_owned(), bytes.to_vec()))
            .collect();
        assert_eq!(back, sample());
    }

    #[test]
    fn every_flipped_bit_of_the_file_is_found() {
        let zip = write("bag", &sample()).unwrap();
        for at in 0..zip.len() {
            for bit in 0..8 {
                let mut changed = zip.clone();
                changed[at] ^= 1 << bit;
                assert!(read(&changed).is_err(), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn a_zip_of_another_program_is_refused_with_what_is_other() {
        let mut other = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        other.start_file("bag/a.csv", options).unwrap();
        std::io::Write::write_all(&mut other, &[b'x'; 100]).unwrap();
        let zip = other.finish().unwrap().into_inner();
        let faults = read(&zip).unwrap_err();
        assert_eq!(faults, ["bag/a.csv: is compressed; packages hold their files as they are"]);
    }
}
