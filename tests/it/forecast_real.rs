//! `tapeline forecast` and the Lustre adapters on real data that are not part of the project:
//! CloudWatch series with labelled anomalies, and seventy listings of `lfs df`. Without the data
//! the tests say so and pass.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde_json::Value;
use tapeline::ingest::open::Limits;
use tapeline::ingest::{AdapterLibrary, Context, Loaded, SourceSpec, load_source};
use tapeline::model::frame::{Cell, Frame};
use tapeline::model::time::parse_iso;

use super::forecast::json;

/// A path of the shared data, if it is there.
fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data").join(path))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: shared/data/{path} is not here");
    }
    found
}

/// Of the labelled windows three hold a shift of level: processor use goes from 6 to 14, from 14 to
/// 16 and from 17 to 28 %. The others hold bursts or are near nothing that stays.
#[test]
fn cloudwatch_series_load_and_their_shifts_fall_into_the_labelled_windows() {
    let Some(folder) = shared("storage/nab") else { return };
    let windows = std::fs::read(folder.join("anomaly_windows.json")).unwrap();
    let windows: Value = serde_json::from_slice(&windows).unwrap();
    // File, rows, rows lost to a clock that was set back, shifts at five minutes and at an hour.
    for (file, rows, duplicates, shifts) in [
        ("ec2_disk_write_bytes_1ef3de.csv", 4730, 11, [0, 0]),
        ("ec2_disk_write_bytes_c0d644.csv", 4032, 0, [0, 0]),
        ("rds_cpu_utilization_cc0c53.csv", 4032, 0, [1, 1]),
        ("rds_cpu_utilization_e47b3b.csv", 4032, 0, [1, 2]),
    ] {
        let windows = windows[format!("realAWSCloudwatch/{file}")].as_array().unwrap();
        let is_labelled = |at: NaiveDateTime| {
            windows.iter().any(|w| (instant(&w[0])..=instant(&w[1])).contains(&at))
        };
        for (every, shifts) in [("", shifts[0]), ("hour", shifts[1])] {
            let path = folder.join(file);
            let mut args = vec![path.to_str().unwrap(), "--time", "timestamp", "--value", "value"];
            args.extend(["--horizon", "24"]);
            args.extend((!every.is_empty()).then_some(["--every", every]).into_iter().flatten());
            let got = json(&folder, &args);
            let summary = &got[0]["summary"];
            assert_eq!(summary["point_n"], rows, "{file}");
            assert_eq!(summary["refusal"], Value::Null, "{file}");
            if every.is_empty() {
                assert_eq!(summary["every"], "5min", "{file}");
                assert_eq!(summary["duplicate_n"], duplicates, "{file}");
            }
            let found = summary["changepoints"].as_array().unwrap();
            assert!(found.iter().all(|at| is_labelled(instant(at))), "{file} {every}: {found:?}");
            assert_eq!(found.len(), shifts, "{file} {every}: {found:?}");
        }
    }
}

fn instant(value: &Value) -> NaiveDateTime {
    let text = value.as_str().unwrap().trim_end_matches('Z').replace(' ', "T");
    text.parse().unwrap()
}

#[test]
fn seventy_lustre_listings_load_without_a_lost_row() {
    let Some(path) = shared("storage/nersc_ost-fullness.txt.gz") else { return };
    let folder = path.parent().unwrap();
    // 340 targets and 4 file systems, 70 times.
    for (adapter, rows, pools) in [("", 23_800, 340), ("lustre.lfs_df.summary", 280, 4)] {
        let loaded = load(folder, adapter);
        assert_eq!(loaded.ledger.rows_quarantined, 0);
        let frames = &loaded.frames;
        assert_eq!(frames.iter().map(Frame::height).sum::<usize>(), rows);
        let cells = |name: &'static str| {
            frames.iter().flat_map(move |f| (0..f.height()).map(move |row| f.cell(name, row)))
        };
        let ids: BTreeSet<String> = cells("pool_id").map(|cell| format!("{cell:?}")).collect();
        assert_eq!(ids.len(), pools);
        let times: BTreeSet<String> = cells("at").map(|cell| format!("{cell:?}")).collect();
        assert_eq!(times.len(), 70);
        // The first listing began at 1489998203.
        assert_eq!(cells("at").next(), Some(Cell::Time(1_489_998_203_000_000)));
    }
}

/// Loads the listing; without an adapter the one that is detected.
fn load(folder: &Path, adapter: &str) -> Loaded {
    let adapters = Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters");
    let library = AdapterLibrary::load(&[], Some(&adapters)).unwrap();
    let named = if adapter.is_empty() { String::new() } else { format!("adapter = '{adapter}'\n") };
    let source = format!("id = 'nersc'\n{named}path = 'nersc_ost-fullness.txt.gz'\n");
    let source = SourceSpec::from_table(&toml::from_str(&source).unwrap(), "test").unwrap();
    let context = Context {
        root: folder,
        spool: folder,
        as_of_us: parse_iso("2026-11-23T00:00:00Z").unwrap(),
        people_key: b"test",
        limits: Limits::default(),
        known: &tapeline::ingest::NOTHING_KNOWN,
    };
    let mut loaded = load_source(&source, &library, &context, &mut std::io::empty()).unwrap();
    assert_eq!(loaded.len(), 1);
    loaded.pop().unwrap()
}
