//! Captures of real backup tools, loaded with the built-in adapters. What must come out is told by
//! the exit codes of the runs and by the tools' own other outputs, never by an earlier load. One
//! file per tool; here is only what they share.

use std::path::{Path, PathBuf};

use tapeline::ingest::open::Limits;
use tapeline::ingest::{AdapterLibrary, Context, Loaded, SourceSpec, load_source};
use tapeline::model::frame::Cell;
use tapeline::model::time::{iso, parse_iso};

/// Folder of the captures of a tool.
pub fn folder(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(tool)
}

/// Loads files of a folder as a source in Berlin, where the captures were made.
pub fn load_from(root: &Path, adapters: &[&str], path: &str) -> Vec<Loaded> {
    let adapters_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters");
    let library = AdapterLibrary::load(&[], Some(&adapters_dir)).unwrap();
    let source =
        format!("id = 'capture'\nadapter = {adapters:?}\npath = '{path}'\nzone = 'Europe/Berlin'");
    let source = SourceSpec::from_table(&toml::from_str(&source).unwrap(), "test").unwrap();
    let context = Context {
        root,
        spool: root,
        as_of_us: parse_iso("2026-11-23T00:00:00Z").unwrap(),
        people_key: b"test",
        limits: Limits::default(),
        known: &tapeline::ingest::NOTHING_KNOWN,
    };
    let loaded = load_source(&source, &library, &context, &mut std::io::empty()).unwrap();
    for one in &loaded {
        let ledger = &one.ledger;
        assert!(one.refusal.is_none(), "{path}: {:?}", one.refusal);
        assert_eq!(ledger.records_read, ledger.rows_out_of_scope + ledger.rows_in, "{path}");
        assert_eq!(ledger.key_collisions, 0, "{path}");
        assert!(ledger.unmapped.is_empty(), "{path}: {:?}", ledger.unmapped);
    }
    loaded
}

/// Loads files of a tool's captures.
pub fn load(tool: &str, adapters: &[&str], path: &str) -> Vec<Loaded> {
    load_from(&folder(tool), adapters, path)
}

/// Loads one file with one adapter.
pub fn load_one(tool: &str, adapter: &str, path: &str) -> Loaded {
    let mut all = load(tool, &[adapter], path);
    assert_eq!(all.len(), 1, "{path}");
    all.remove(0)
}

/// Rows as the text of some columns; null is empty.
pub fn rows<const N: usize>(loaded: &Loaded, columns: [&str; N]) -> Vec<[String; N]> {
    let text = |cell: Cell| match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text,
        Cell::Int(n) => n.to_string(),
        Cell::Float(n) => n.to_string(),
        Cell::Bool(b) => b.to_string(),
        Cell::Time(at) => iso(at),
        Cell::List(items) => items.join(";"),
    };
    let frames = loaded.frames.iter();
    frames
        .flat_map(|f| (0..f.height()).map(move |at| columns.map(|c| text(f.cell(c, at)))))
        .collect()
}

/// One column of all rows.
pub fn column(loaded: &Loaded, name: &str) -> Vec<String> {
    rows(loaded, [name]).into_iter().map(|[text]| text).collect()
}

/// `exit_code` of every run of a capture, by name.
pub fn exit_codes(tool: &str) -> Vec<(String, i64)> {
    let text = std::fs::read_to_string(folder(tool).join("runs.jsonl")).unwrap();
    let run = |line: &str| {
        let run: serde_json::Value = serde_json::from_str(line).unwrap();
        (run["name"].as_str().unwrap().to_owned(), run["exit_code"].as_i64().unwrap())
    };
    text.lines().map(run).collect()
}
