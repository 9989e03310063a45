//! Captured answers of a real Prometheus 2.53 and node exporter, read by the built-in adapter:
//! two tmpfs, one full all the time, the other filled in steps of 1.5 MB.

use std::collections::BTreeMap;
use std::path::Path;

use tapeline::ingest::open::Limits;
use tapeline::ingest::{AdapterLibrary, Context, Loaded, SourceSpec, load_source};
use tapeline::model::frame::Cell;
use tapeline::model::time::{SECOND_US, parse_iso};

const FULL: &str = "127.0.0.1:19100 /data/bac/small";
const FILLED: &str = "127.0.0.1:19100 /data/mnt/cap";
/// First sample of the captured range, 2026-11-22T15:23:37Z.
const FIRST_US: i64 = 1_795_361_017 * SECOND_US;
/// `dd` wrote so much at a time: 367 pages of 4 KiB.
const STEP_BYTES: i64 = 367 * 4096;

/// Loads one captured file as source `store01`.
fn load(file: &str) -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = AdapterLibrary::load(&[], Some(&root.join("adapters"))).unwrap();
    let source = format!(
        "id = 'store01'\nadapter = 'prometheus.query_range'\n\
         path = 'tests/fixtures/prometheus/{file}'\nzone = 'UTC'"
    );
    let source = SourceSpec::from_table(&toml::from_str(&source).unwrap(), "test").unwrap();
    let context = Context {
        root,
        spool: root,
        as_of_us: parse_iso("2026-11-23T00:00:00Z").unwrap(),
        people_key: b"test",
        limits: Limits::default(),
        known: &tapeline::ingest::NOTHING_KNOWN,
    };
    let mut loaded = load_source(&source, &library, &context, &mut std::io::empty()).unwrap();
    assert_eq!(loaded.len(), 1);
    loaded.remove(0)
}

/// A number column by (pool, instant).
fn numbers(loaded: &Loaded, column: &str) -> BTreeMap<(String, i64), i64> {
    let mut found = BTreeMap::new();
    for frame in &loaded.frames {
        for row in 0..frame.height() {
            let cells = (frame.cell("pool_id", row), frame.cell("at", row));
            let (Cell::Text(pool), Cell::Time(at)) = cells else { panic!("a key is null") };
            if let Cell::Int(n) = frame.cell(column, row) {
                found.insert((pool, at), n);
            }
        }
    }
    found
}

fn series(numbers: &BTreeMap<(String, i64), i64>, pool: &str) -> Vec<i64> {
    numbers.iter().filter(|((p, _), _)| p == pool).map(|(_, n)| *n).collect()
}

#[test]
fn a_range_query_gives_a_sample_per_pool_and_step_and_the_fill_is_seen() {
    let loaded = load("01_query_range_avail.stdout");
    assert_eq!((loaded.ledger.records_read, loaded.ledger.rows_quarantined), (18, 0));
    let available = numbers(&loaded, "available_bytes");
    assert_eq!(series(&available, FULL), [0; 9]);
    let filled = series(&available, FILLED);
    assert_eq!((filled[0], filled[8]), (40_439_808, 10_375_168));
    for pair in filled.windows(2) {
        assert!(pair[0] > pair[1] && (pair[0] - pair[1]) % STEP_BYTES == 0, "{pair:?}");
    }
    let instants: Vec<i64> = available.keys().map(|(_, at)| *at).take(9).collect();
    let expected: Vec<i64> = (0..9).map(|n| FIRST_US + n * 10 * SECOND_US).collect();
    assert_eq!(instants, expected);
}

#[test]
fn two_metrics_of_one_range_share_their_keys_and_never_a_column() {
    let (size, available) =
        (load("02_query_range_size.stdout"), load("01_query_range_avail.stdout"));
    let sizes = numbers(&size, "size_bytes");
    assert_eq!(series(&sizes, FULL), [9_437_184; 9]);
    assert_eq!(series(&sizes, FILLED), [41_943_040; 9]);
    assert!(sizes.keys().eq(numbers(&available, "available_bytes").keys()));
    for (loaded, absent) in [(&size, "available_bytes"), (&available, "size_bytes")] {
        assert!(numbers(loaded, absent).is_empty());
        assert!(numbers(loaded, "used_bytes").is_empty(), "used is never made up");
    }
}

#[test]
fn the_list_of_promtool_is_read_as_well() {
    let available = numbers(&load("17_promtool_csv_query.stdout"), "available_bytes");
    let at = 1_795_361_105_636_000;
    let expected = [((FULL.to_owned(), at), 0), ((FILLED.to_owned(), at), 8_871_936)];
    assert_eq!(available, expected.into());
}

#[test]
fn an_exporter_tells_neither_host_nor_time_so_source_and_capture_do() {
    let loaded = load("12_node_metrics.stdout");
    let captured = loaded.ledger.captured_at;
    let sizes = numbers(&loaded, "size_bytes");
    let key = |mount: &str| (format!("store01 {mount}"), captured);
    let expected = [(key("/data/bac/small"), 9_437_184), (key("/data/mnt/cap"), 41_943_040)];
    assert_eq!(sizes, expected.into());
    let available = numbers(&loaded, "available_bytes");
    assert_eq!(available[&key("/data/mnt/cap")], 8_871_936, "written as 8.871936e+06");
    assert_eq!(numbers(&loaded, "files_total_count")[&key("/data/mnt/cap")], 3_085_512);
}

#[test]
fn other_metrics_are_out_of_scope_and_counted() {
    for (file, records) in [("03_query_instant.stdout", 2), ("04_query_up.stdout", 26)] {
        let ledger = load(file).ledger;
        assert_eq!((ledger.records_read, ledger.rows_out_of_scope), (records, records), "{file}");
        assert_eq!((ledger.rows_in, ledger.rows_quarantined), (0, 0), "{file}");
    }
}

#[test]
fn an_error_that_came_with_exit_code_0_is_refused() {
    let refusal = load("10_query_bad.stdout").refusal.unwrap().to_string();
    assert!(refusal.contains("unexpected end of input inside braces"), "{refusal}");
    assert!(load("11_metadata.stdout").refusal.is_some(), "metadata is no sample");
}
