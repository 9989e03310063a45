//! Verification of a package. It reads members and hashes them; it never extracts one to disk, and
//! it holds what BagIt leaves open: a file that no manifest lists is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::bag::{self, Members, SEALED};
use crate::error::{Error, Result};

/// Largest member that is read.
const MEMBER_MAX_BYTES: u64 = 4 << 30;

/// The twin of [`SEALED`].
const SECOND_SEAL: &str = "tagmanifest-sha512.txt";

/// Hex digest of a member.
type Digest = fn(&[u8]) -> String;

/// A package whose members are as its manifests say.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Name of the bag's folder.
    pub name: String,
    /// All members below the folder.
    pub members: Members,
    /// SHA-256, hex, of the sealed tag manifest.
    pub digest: String,
    /// Lines of bag-info.txt.
    pub info: BTreeMap<String, String>,
}

impl Verified {
    /// The text over which a signature is made.
    #[must_use]
    pub fn sealed_text(&self) -> &[u8] {
        self.members.get(SEALED).map_or(&[], Vec::as_slice)
    }
}

/// Reads a package and checks every member against every manifest.
///
/// # Errors
/// Lists everything that was changed, added, removed, renamed or cut.
pub fn verify(zip: &[u8]) -> Result<Verified> {
    let (name, members) = read(zip)?;
    let mut faults = Vec::new();
    for required in ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", SEALED] {
        if !members.contains_key(required) {
            faults.push(format!("{required}: is missing"));
        }
    }
    let mut listed = BTreeMap::from([
        ("payload", BTreeSet::<String>::new()),
        ("tags", BTreeSet::<String>::new()),
    ]);
    let manifests: [(&str, &str, Digest); 4] = [
        ("payload", "manifest-sha256.txt", bag::sha256_hex),
        ("payload", "manifest-sha512.txt", bag::sha512_hex),
        ("tags", SEALED, bag::sha256_hex),
        ("tags", SECOND_SEAL, bag::sha512_hex),
    ];
    for (kind, manifest, digest) in manifests {
        let Some(text) = members.get(manifest) else {
            faults.push(format!("{manifest}: is missing"));
            continue;
        };
        let paths = check_manifest(manifest, text, &members, digest, &mut faults);
        let known = listed.entry(kind).or_default();
        if known.is_empty() {
            *known = paths;
        } else if *known != paths {
            faults.push(format!("{manifest}: lists other files than its twin"));
        }
    }
    let (payload, tags) = (listed.get("payload"), listed.get("tags"));
    for path in members.keys() {
        let is_listed = if path.starts_with("data/") {
            payload.is_some_and(|p| p.contains(path))
        } else {
            [SEALED, SECOND_SEAL].contains(&path.as_str()) || tags.is_some_and(|t| t.contains(path))
        };
        if !is_listed {
            faults.push(format!("{path}: is in no manifest"));
        }
    }
    if !faults.is_empty() {
        return Err(broken(&faults));
    }
    let info = members.get("bag-info.txt").map_or_else(BTreeMap::new, |b| info_lines(b));
    let digest = bag::sha256_hex(members.get(SEALED).map_or(&[], Vec::as_slice));
    Ok(Verified { name, members, digest, info })
}

fn check_manifest(
    manifest: &str,
    text: &[u8],
    members: &Members,
    digest: Digest,
    faults: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    if !text.ends_with(b"\n") {
        faults.push(format!("{manifest}: was cut"));
    }
    for line in String::from_utf8_lossy(text).lines() {
        let Some((wanted, path)) = line.split_once("  ") else {
            faults.push(format!("{manifest}: has a line that is no entry"));
            continue;
        };
        let path = path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
        match members.get(&path) {
            None => faults.push(format!("{path}: is missing")),
            Some(bytes) if digest(bytes) != wanted => {
                faults.push(format!("{path}: was changed ({manifest})"));
            }
            Some(_) => {}
        }
        if !paths.insert(path.clone()) {
            faults.push(format!("{manifest}: lists {path} twice"));
        }
    }
    paths
}

/// Reads all members of a zip with one top folder; refuses names that could leave it.
fn read(zip: &[u8]) -> Result<(String, Members)> {
    let unreadable = |e: &dyn std::fmt::Display| {
        Error::verification(format!("is not a whole zip: {e}"))
            .hint("the file was cut or damaged; ask for it again")
    };
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|e| unreadable(&e))?;
    let mut folder: Option<String> = None;
    let mut members = Members::new();
    let mut faults = Vec::new();
    if archive.len() != entries_declared(zip) {
        faults.push("the archive lists a member twice".to_owned());
    }
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|e| unreadable(&e))?;
        let name = file.name().map_err(|e| unreadable(&e))?.into_owned();
        let safe = !name.contains('\\')
            && !name.contains('\0')
            && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let Some((top, path)) = name.split_once('/').filter(|_| safe) else {
            faults.push(format!("{name}: is not a name that a package has"));
            continue;
        };
        if folder.get_or_insert_with(|| top.to_owned()) != top {
            faults.push(format!("{name}: is outside the package's folder"));
        }
        let mut bytes = Vec::new();
        file.take(MEMBER_MAX_BYTES).read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
        if members.insert(path.to_owned(), bytes).is_some() {
            faults.push(format!("{path}: occurs twice"));
        }
    }
    if faults.is_empty() { Ok((folder.unwrap_or_default(), members)) } else { Err(broken(&faults)) }
}

/// Number of members by the end record; the reader drops repeated names, which must not pass.
fn entries_declared(zip: &[u8]) -> usize {
    let at = zip.windows(4).rposition(|w| w == b"PK\x05\x06");
    let count = at.and_then(|at| zip.get(at + 10..at + 12));
    match count {
        Some([low, high]) => usize::from(u16::from_le_bytes([*low, *high])),
        _ => 0,
    }
}

fn info_lines(bytes: &[u8]) -> BTreeMap<String, String> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|l| l.split_once(": "))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

fn broken(faults: &[String]) -> Error {
    let mut error =
        Error::verification(format!("{} finding(s); not as it was sealed", faults.len()))
            .hint("do not rely on this copy; ask for the package again and compare its digest");
    for fault in faults.iter().take(20) {
        error = error.because(fault);
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::bag::{archive, pack};

    fn package() -> (Vec<u8>, Members) {
        let payload = Members::from([
            ("a.csv".to_owned(), b"k,n\n1,2\n".to_vec()),
            ("b/c.json".to_owned(), b"{\"x\": 1}\n".to_vec()),
        ]);
        let bag = pack("evidence", payload, vec![("Period".into(), "2026Q3".into())]).unwrap();
        let members = verify(&bag.zip).unwrap().members;
        (bag.zip, members)
    }

    fn repack(members: &Members) -> Vec<u8> {
        archive("evidence", members).unwrap()
    }

    #[test]
    fn a_whole_package_verifies_and_gives_its_digest() {
        let (zip, members) = package();
        let verified = verify(&zip).unwrap();
        assert_eq!(verified.digest, bag::sha256_hex(&members[SEALED]));
        assert_eq!(verified.info["Period"], "2026Q3");
        assert_eq!(verify(&repack(&members)).unwrap().digest, verified.digest);
    }

    #[test]
    fn a_flipped_bit_in_any_byte_of_any_member_is_found() {
        let (zip, members) = package();
        let digest = verify(&zip).unwrap().digest;
        for (path, bytes) in &members {
            for at in 0..bytes.len() {
                let mut changed = members.clone();
                changed.get_mut(path).unwrap()[at] ^= 1 << (at % 8);
                let found = verify(&repack(&changed));
                // The tag manifests seal everything but themselves; the digest, which is
                // signed or written down, is of one of them, and the two must agree.
                assert!(found.map_or(true, |v| v.digest != digest), "{path} byte {at}");
            }
        }
    }

    #[test]
    fn a_member_removed_renamed_added_swapped_or_cut_is_found() {
        let (_, members) = package();
        for path in members.keys() {
            let mut removed = members.clone();
            removed.remove(path);
            assert!(verify(&repack(&removed)).is_err(), "{path} removed");
            let mut renamed = members.clone();
            let bytes = renamed.remove(path).unwrap();
            renamed.insert(format!("{path}x"), bytes);
            assert!(verify(&repack(&renamed)).is_err(), "{path} renamed");
            let mut cut = members.clone();
            cut.get_mut(path).unwrap().pop();
            assert!(verify(&repack(&cut)).is_err(), "{path} cut");
        }
        for extra in ["data/x", "x", "tagmanifest-md5.txt"] {
            let mut added = members.clone();
            added.insert(extra.to_owned(), b"x".to_vec());
            assert!(verify(&repack(&added)).is_err(), "{extra} added");
        }
        let mut swapped = members.clone();
        swapped.insert("data/a.csv".into(), members["data/b/c.json"].clone());
        swapped.insert("data/b/c.json".into(), members["data/a.csv"].clone());
        assert!(verify(&repack(&swapped)).is_err(), "swapped");
    }

    #[test]
    fn a_cut_zip_and_names_that_leave_the_folder_are_refused() {
        let (zip, members) = package();
        for cut in [0, 1, zip.len() / 2, zip.len() - 1] {
            assert!(verify(&zip[..cut]).is_err(), "cut at {cut}");
        }
        for name in ["../x", "data/../../x", "/x", "a\\b"] {
            let mut bad = members.clone();
            bad.insert(name.to_owned(), b"x".to_vec());
            assert!(verify(&repack(&bad)).is_err(), "{name}");
        }
    }
}
