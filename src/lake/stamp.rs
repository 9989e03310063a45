//! The committer: takes the actions that the kernel made and checked, puts our own facts into
//! them and creates the log entry, which *is* the commit. Every time in it is the run's `as_of`
//! and every id is derived from content, so that the same run makes the same bytes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use delta_kernel::committer::{CommitMetadata, CommitResponse, Committer, PublishMetadata};
use delta_kernel::engine::arrow_utils::to_json_bytes;
use delta_kernel::{
    Engine, FileMeta, FilteredEngineData, KernelError, KernelResult, KernelResultIterator,
};
use serde_json::{Map, Value, json};

use super::store::{Put, Store, sha256};
use crate::error::Error;

/// What our own committer adds to the kernel's actions.
pub struct Stamp {
    /// Where the entry is created.
    pub store: Arc<Store>,
    /// Path of the entry.
    pub path: PathBuf,
    /// Milliseconds since 1970 of the run's `as_of`.
    pub as_of_ms: i64,
    /// `commitInfo.tapeline`.
    pub facts: Value,
    /// Statistics (JSON text) and SHA-256 of each added file, by name in the log.
    pub files: BTreeMap<String, (String, String)>,
    /// The error of the disk with its file, which the kernel's error type cannot carry.
    pub error: Arc<Mutex<Option<Error>>>,
}

impl Committer for Stamp {
    fn commit(
        &self,
        _engine: &dyn Engine,
        actions: KernelResultIterator<'_, FilteredEngineData>,
        metadata: CommitMetadata,
    ) -> KernelResult<CommitResponse> {
        let bytes = self.entry(&to_json_bytes(actions)?)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match self.store.put_new(&self.path, bytes.into()) {
            Ok(Put::Created) => {
                let location = metadata.published_commit_path()?;
                let file_meta = FileMeta::new(location, self.as_of_ms, size);
                Ok(CommitResponse::Committed { file_meta })
            }
            Ok(Put::Taken) => Ok(CommitResponse::Conflict { version: metadata.version() }),
            Err(error) => {
                let text = error.message.clone();
                if let Ok(mut slot) = self.error.lock() {
                    *slot = Some(error);
                }
                Err(KernelError::generic(text))
            }
        }
    }

    fn is_catalog_committer(&self) -> bool {
        false
    }

    fn publish(&self, _engine: &dyn Engine, _metadata: PublishMetadata) -> KernelResult<()> {
        Ok(())
    }
}

impl Stamp {
    /// The log entry: one action a line, in a fixed order, keys sorted.
    fn entry(&self, actions: &[u8]) -> KernelResult<Vec<u8>> {
        let mut lines: Vec<(usize, String)> = Vec::new();
        let (mut info, mut created) = (Value::Null, Value::Null);
        for line in actions.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let action: Value = serde_json::from_slice(line).map_err(KernelError::generic_err)?;
            let Value::Object(action) = action else { continue };
            for (name, mut body) in action {
                match name.as_str() {
                    "commitInfo" => info = body,
                    "metaData" => created = body,
                    name => {
                        self.stamp(name, &mut body);
                        lines.push((order(name), sorted(json!({ name: body })).to_string()));
                    }
                }
            }
        }
        lines.sort();
        let digest = sha256(lines.iter().map(|l| l.1.as_str()).collect::<String>().as_bytes());
        if created != Value::Null {
            set(&mut created, "createdTime", json!(self.as_of_ms));
            set(&mut created, "id", json!(uuid(&digest)));
            lines.push((order("metaData"), sorted(json!({ "metaData": created })).to_string()));
        }
        set(&mut info, "timestamp", json!(self.as_of_ms));
        set(&mut info, "txnId", json!(uuid(&digest)));
        set(&mut info, "tapeline", self.facts.clone());
        lines.push((order("commitInfo"), sorted(json!({ "commitInfo": info })).to_string()));
        lines.sort();
        Ok(lines.into_iter().flat_map(|(_, line)| (line + "\n").into_bytes()).collect())
    }

    fn stamp(&self, name: &str, body: &mut Value) {
        match name {
            "txn" => set(body, "lastUpdated", json!(self.as_of_ms)),
            "remove" => set(body, "deletionTimestamp", json!(self.as_of_ms)),
            "add" => {
                let path = body.get("path").and_then(Value::as_str).unwrap_or_default();
                if let Some((stats, digest)) = self.files.get(path) {
                    let (stats, digest) = (json!(stats), json!({ "sha256": digest }));
                    set(body, "stats", stats);
                    set(body, "tags", digest);
                }
            }
            _ => {}
        }
    }
}

/// Position of an action in an entry: what the entry says of itself, the table, the files.
fn order(action: &str) -> usize {
    let known = ["commitInfo", "protocol", "metaData", "txn", "remove", "add"];
    known.iter().position(|a| *a == action).unwrap_or(known.len())
}

fn set(body: &mut Value, key: &str, value: Value) {
    if let Value::Object(members) = body {
        members.insert(key.to_owned(), value);
    }
}

/// The same value with the keys of all objects in order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<String, Value> =
                members.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(Map::from_iter(ordered))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// The first 128 bits of a hex digest in the form of a UUID.
fn uuid(digest: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|range| digest.get(range).unwrap_or_default()).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_carries_our_times_and_ids_in_a_fixed_order() {
        let stamp = Stamp {
            store: Arc::new(Store::new().unwrap()),
            path: PathBuf::new(),
            as_of_ms: 5,
            facts: json!({"as_of": "x"}),
            files: BTreeMap::from([("p".into(), ("{}".into(), "ab".into()))]),
            error: Arc::default(),
        };
        let kernel = b"{\"add\":{\"path\":\"p\",\"stats\":\"{\\\"n\\\":1}\"}}\n\
            {\"commitInfo\":{\"timestamp\":1,\"txnId\":\"r\"}}\n\
            {\"remove\":{\"path\":\"o\",\"deletionTimestamp\":1}}\n";
        let text = String::from_utf8(stamp.entry(kernel).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with(r#"{"commitInfo":{"tapeline":{"as_of":"x"},"timestamp":5,"#));
        assert_eq!(lines[1], r#"{"remove":{"deletionTimestamp":5,"path":"o"}}"#);
        assert_eq!(lines[2], r#"{"add":{"path":"p","stats":"{}","tags":{"sha256":"ab"}}}"#);
        assert!(!text.contains("\"r\""), "the kernel's random id is replaced");
    }
}
