//! A BagIt 1.0 bag (RFC 8493) in a zip whose bytes depend on its content alone. Never reads a file
//! system.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256, Sha512};

use super::archive;
use crate::error::Result;

/// Member path inside the bag (below its folder) and bytes.
pub type Members = BTreeMap<String, Vec<u8>>;

/// The tag file over which a package is signed and by whose digest it is known.
pub const SEALED: &str = "tagmanifest-sha256.txt";

/// Lines of bag-info.txt, in order.
pub type BagInfo = Vec<(String, String)>;

/// A finished bag.
#[derive(Debug, Clone)]
pub struct Bag {
    /// The zip.
    pub zip: Vec<u8>,
    /// Bytes of [`SEALED`]: the text that is signed.
    pub sealed_text: Vec<u8>,
}

impl Bag {
    /// SHA-256, hex, of [`SEALED`]; the digest by which the next package names this one.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(&self.sealed_text))
    }
}

/// Makes a bag of payload files (paths below `data/`) in a folder called `name`.
///
/// # Errors
/// When it would be larger than an archive can be.
pub fn pack(name: &str, payload: Members, info: BagInfo) -> Result<Bag> {
    let size: usize = payload.values().map(Vec::len).sum();
    let count = payload.len();
    let mut members: Members =
        payload.into_iter().map(|(path, bytes)| (format!("data/{path}"), bytes)).collect();
    let manifests = [
        ("manifest-sha256.txt", manifest(&members, sha256_hex)),
        ("manifest-sha512.txt", manifest(&members, sha512_hex)),
    ];
    let mut tags = Members::new();
    for (path, text) in manifests {
        tags.insert(path.to_owned(), text.into_bytes());
    }
    tags.insert(
        "bagit.txt".to_owned(),
        b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_vec(),
    );
    let mut lines = String::new();
    for (key, value) in &info {
        let _ = writeln!(lines, "{key}: {}", value.replace(['\r', '\n'], " "));
    }
    let _ = writeln!(lines, "Payload-Oxum: {size}.{count}");
    tags.insert("bag-info.txt".to_owned(), lines.into_bytes());
    let sealed_text = manifest(&tags, sha256_hex).into_bytes();
    let second = manifest(&tags, sha512_hex).into_bytes();
    members.append(&mut tags);
    members.insert(SEALED.to_owned(), sealed_text.clone());
    members.insert("tagmanifest-sha512.txt".to_owned(), second);
    Ok(Bag { zip: archive::write(name, &members)?, sealed_text })
}

fn manifest(members: &Members, digest: fn(&[u8]) -> String) -> String {
    let mut text = String::new();
    for (path, bytes) in members {
        let _ = writeln!(text, "{}  {}", digest(bytes), escape(path));
    }
    text
}

/// RFC 8493, 2.1.3: CR, LF and percent of a path are percent-encoded in manifests.
pub(super) fn escape(path: &str) -> String {
    path.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// SHA-256, hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-512, hex.
#[must_use]
pub fn sha512_hex(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_payload_gives_the_same_bytes() {
        let payload = || Members::from([("a.txt".to_owned(), b"one".to_vec())]);
        let info = || vec![("Bagging-Date".to_owned(), "2026-10-01".to_owned())];
        let (a, b) = (pack("x", payload(), info()).unwrap(), pack("x", payload(), info()).unwrap());
        assert_eq!(a.zip, b.zip);
        assert_eq!(a.digest(), b.digest());
        assert!(!a.digest().is_empty());
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-4, "abc"
        assert!(sha256_hex(b"abc").starts_with("ba7816bf8f01cfea"));
        assert!(sha512_hex(b"abc").starts_with("ddaf35a193617aba"));
    }
}
