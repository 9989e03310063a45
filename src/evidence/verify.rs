//! Verification of a package: every byte of the zip is accounted for, every member has the digests
//! that the manifests say, and (what BagIt leaves open) every member is in a manifest. It never
//! extracts one to disk.

use std::collections::{BTreeMap, BTreeSet};

use super::archive;
use super::bag::{self, Members, SEALED};
use crate::error::{Error, Result};

/// Findings that are listed one by one.
const FAULTS_SHOWN: usize = 20;

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
    let mut listed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
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
        if *listed.entry(kind).or_insert_with(|| paths.clone()) != paths {
            let twin = if kind == "payload" { "manifest-sha256.txt" } else { SEALED };
            faults.push(format!("{manifest} and {twin}: do not list the same files"));
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
    let mut again = String::new();
    for line in String::from_utf8_lossy(text).lines() {
        let Some((wanted, path)) = line.split_once("  ") else {
            faults.push(format!("{manifest}: has a line that is no entry"));
            continue;
        };
        let path = path.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
        match members.get(&path) {
            None => faults.push(format!("{path}: is missing ({manifest})")),
            Some(bytes) if digest(bytes) != wanted => {
                faults.push(format!("{path}: was changed ({manifest})"));
            }
            Some(_) => {}
        }
        if paths.last().is_some_and(|last| *last >= path) {
            faults.push(format!("{manifest}: {path} is listed twice or out of order"));
        }
        again.push_str(&format!("{wanted}  {}\n", bag::escape(&path)));
        paths.insert(path);
    }
    // The one spelling: a manifest that reads the same but is not the same was changed too.
    if again.as_bytes() != text {
        faults.push(format!("{manifest}: was changed or cut"));
    }
    paths
}

/// All members of an archive with one top folder, by their path below it; refuses names that could
/// leave the folder.
fn read(zip: &[u8]) -> Result<(String, Members)> {
    let mut folder: Option<String> = None;
    let mut members = Members::new();
    let mut faults = Vec::new();
    for (name, bytes) in archive::read(zip).map_err(|faults| broken(&faults))? {
        let is_safe = !name.contains(['\\', '\0'])
            && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        let Some((top, path)) = name.split_once('/').filter(|_| is_safe) else {
            faults.push(format!("{name}: is not a name that a package has"));
            continue;
        };
        if folder.get_or_insert_with(|| top.to_owned()) != top {
            faults.push(format!("{name}: is outside the package's folder"));
        }
        members.insert(path.to_owned(), bytes.to_vec());
    }
    if faults.is_empty() { Ok((folder.unwrap_or_default(), members)) } else { Err(broken(&faults)) }
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
    for fault in faults.iter().take(FAULTS_SHOWN) {
        error = error.because(fault);
    }
    match faults.len().checked_sub(FAULTS_SHOWN) {
        None | Some(0) => error,
        Some(more) => error.because(format!("and {more} more")),
    }
}
