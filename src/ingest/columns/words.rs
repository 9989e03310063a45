//! Words: the adapter's maps (exact, then regex in file order), code tables, truth words, the
//! name normaliser and the keyed hash for people. A word nobody mapped is never guessed.

use std::collections::BTreeMap;

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::ingest::adapter::Adapter;
use crate::ingest::definition::BoolWords;
use crate::ingest::source::Names;

/// A `[map.x]`.
#[derive(Debug, Clone, Default)]
pub struct WordMap {
    exact: BTreeMap<String, String>,
    patterns: Vec<(Regex, String)>,
}

impl WordMap {
    /// Compiles a map.
    ///
    /// # Errors
    /// Configuration: a regex does not compile, a value is no scalar.
    pub fn new(name: &str, table: &toml::Table) -> Result<Self> {
        let mut map = WordMap::default();
        for (word, value) in table {
            let Some(value) = Adapter::scalar(value) else {
                return Err(Error::config(format!("[map.{name}] `{word}` is no single word")));
            };
            match word.strip_prefix('~') {
                None => drop(map.exact.insert(word.clone(), value)),
                Some(pattern) => map.patterns.push((regex(pattern)?, value)),
            }
        }
        Ok(map)
    }
    /// The mapped word.
    #[must_use]
    pub fn get(&self, word: &str) -> Option<&str> {
        let exact = self.exact.get(word).map(String::as_str);
        exact.or_else(|| {
            let hit = self.patterns.iter().find(|(p, _)| p.is_match(word));
            hit.map(|(_, value)| value.as_str())
        })
    }
    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let patterns = self.patterns.iter().map(|(_, v)| v.as_str());
        self.exact.values().map(String::as_str).chain(patterns)
    }
}

/// Compiles a regex of an adapter.
///
/// # Errors
/// Configuration: it does not compile; the engine's own words as cause.
pub fn regex(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|e| {
        let last = e.to_string().lines().last().unwrap_or_default().trim().to_owned();
        Error::config(format!("`{pattern}` is no regex")).because(last)
    })
}

/// A row of a code table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// What the code says.
    pub meaning: Option<String>,
    /// Canonical outcome.
    pub outcome: Option<String>,
    /// Failure class.
    pub class: Option<String>,
    /// Goes away by itself.
    pub is_transient: Option<bool>,
}

/// A code CSV: `code, meaning, outcome, class, transient, evidence`; columns may be absent.
#[derive(Debug, Clone, Default)]
pub struct CodeTable {
    codes: BTreeMap<String, Code>,
}

impl CodeTable {
    /// Parses a code CSV.
    ///
    /// # Errors
    /// Configuration: no CSV, no column `code`, a code twice.
    pub fn parse(bytes: &[u8], place: &str) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes);
        let failed = |e: csv::Error| Error::config(format!("is no code table: {e}")).at(place);
        let header = reader.headers().map_err(failed)?.clone();
        let at = |name: &str| header.iter().position(|h| h.trim() == name);
        let Some(code_at) = at("code") else {
            return Err(Error::config("has no column `code`").at(place));
        };
        let mut codes = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let get = |name: &str| {
                let text = at(name).and_then(|i| record.get(i)).map(str::trim);
                text.filter(|t| !t.is_empty()).map(str::to_owned)
            };
            let code = record.get(code_at).unwrap_or_default().trim().to_owned();
            let row = Code {
                meaning: get("meaning"),
                outcome: get("outcome"),
                class: get("class"),
                is_transient: get("transient").map(|t| t == "true"),
            };
            if codes.insert(code.clone(), row).is_some() {
                return Err(Error::config(format!("has code `{code}` twice")).at(place));
            }
        }
        Ok(CodeTable { codes })
    }
    /// The row of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Code> {
        self.codes.get(code)
    }
    /// All rows in order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Code)> {
        self.codes.iter().map(|(code, row)| (code.as_str(), row))
    }
}

/// The truth of a word; without lists only `true` and `false` in any case are known.
#[must_use]
pub fn truth(text: &str, words: &BoolWords) -> Option<bool> {
    if words.yes.is_empty() && words.no.is_empty() {
        return text.to_ascii_lowercase().parse().ok();
    }
    if words.yes.iter().any(|w| w == text) {
        return Some(true);
    }
    words.no.iter().any(|w| w == text).then_some(false)
}

/// A host or object name by the source's rule: trimmed, lower case, known domains cut.
#[must_use]
pub fn normalise(name: &str, rule: &Names) -> String {
    let trimmed = name.trim().trim_end_matches('.');
    let name = if rule.lower { trimmed.to_lowercase() } else { trimmed.to_owned() };
    for domain in &rule.strip_domain {
        let suffix = format!(".{}", domain.trim_start_matches('.'));
        let suffix = if rule.lower { suffix.to_lowercase() } else { suffix };
        if let Some(short) = name.strip_suffix(&suffix) {
            return short.to_owned();
        }
    }
    name
}

/// HMAC-SHA-256 (RFC 2104) of a name, first 128 bits, hex: the pseudonym of a person.
#[must_use]
pub fn pseudonym(name: &str, key: &[u8]) -> String {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let shortened = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    for (slot, byte) in block.iter_mut().zip(&shortened) {
        *slot = *byte;
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(name).finalize();
    let outer = Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize();
    hex(outer.get(..16).unwrap_or_default())
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_words_win_over_patterns_and_patterns_keep_their_order() {
        let table: toml::Table = toml::from_str(
            "\"~(?i)^succ\" = 'success'\nSucceeded = 'warning'\n\"~(?i)ed$\" = 'failed'",
        )
        .unwrap();
        let map = WordMap::new("status", &table).unwrap();
        let cases = [
            ("Succeeded", Some("warning")),
            ("SUCCEEDED", Some("success")),
            ("Failed", Some("failed")),
            ("Paused ", None),
        ];
        for (word, want) in cases {
            assert_eq!(map.get(word), want, "{word}");
        }
    }

    #[test]
    fn the_pseudonym_is_hmac_sha_256() {
        // RFC 4231, test case 2, first 16 bytes.
        let got = pseudonym("what do ya want for nothing?", b"Jefe");
        assert_eq!(got, "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn a_known_domain_is_cut_and_another_is_not() {
        let rule = Names { lower: true, strip_domain: vec!["corp.example".into()] };
        assert_eq!(normalise(" ERP-DB01.Corp.Example. ", &rule), "erp-db01");
        assert_eq!(normalise("erp-db01.lab.example", &rule), "erp-db01.lab.example");
    }

    #[test]
    fn a_code_table_knows_its_codes_only() {
        let csv = b"code,meaning,outcome,class,transient\n1,partial,partial,,\n\
                    24,socket write,failed,connectivity,true\n";
        let table = CodeTable::parse(csv, "t.csv").unwrap();
        let code = table.get("24").unwrap();
        assert_eq!(code.class.as_deref(), Some("connectivity"));
        assert_eq!(code.is_transient, Some(true));
        assert!(table.get("25").is_none());
        assert!(CodeTable::parse(b"code\n1\n1\n", "t.csv").is_err());
    }
}
