//! Two quarters of a small project: what `derive` stores about its pools on the first of July is
//! held against what came by the first of October. The truth is planted: one pool goes on as it
//! did and is full late in September, under another name by then; another, of the same id in
//! another source, grows four times as fast from the middle of July and takes over the old name.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{Days, NaiveDate};

use crate::program::{csv, tapeline, text, write};

const GB: f64 = 1e9;
/// Room of both pools.
const CAPACITY_GB: f64 = 369.0;
/// Days of the year up to which the first quarter's samples go: the last of June.
const FIRST: u64 = 181;
/// The same for both: the last of September.
const BOTH: u64 = 273;

type Row = BTreeMap<String, String>;

fn project(as_of: &str) -> String {
    format!(
        r#"
[project]
name = "Two quarters"
as_of = "{as_of}T06:00:00Z"
[[source]]
id = "a"
adapter = "canonical.storage_samples"
path = "a/*.csv"
[[source]]
id = "b"
adapter = "canonical.storage_samples"
path = "b/*.csv"
"#
    )
}

/// Daily samples of pool 7 of a source, at eight in the evening, never above the capacity.
fn samples(name: &str, days: std::ops::Range<u64>, used_gb: impl Fn(f64) -> f64) -> Vec<u8> {
    let mut csv = "pool_id,pool_name,at,used_bytes,available_bytes\n".to_owned();
    for day in days {
        let date = "2026-01-01".parse::<NaiveDate>().unwrap() + Days::new(day);
        // The golden ratio scatters evenly: noise of 0.4 GB to either side.
        let noise = ((day as f64 * 0.618_034) % 1.0 - 0.5) * 0.8;
        let used = (used_gb(day as f64) + noise).min(CAPACITY_GB);
        let (used, available) = (used * GB, (CAPACITY_GB - used) * GB);
        writeln!(csv, "7,{name},{date}T20:00:00Z,{used:.0},{available:.0}").unwrap();
    }
    csv.into_bytes()
}

/// 100 GB and one more a day: full on day 269, at most 1 % room from day 266 on.
fn steady(day: f64) -> f64 {
    100.0 + day
}

/// Half a GB a day, two from the middle of July on.
fn broken(day: f64) -> f64 {
    50.0 + 0.5 * day + 1.5 * (day - 195.0).max(0.0)
}

/// Loads and derives as on a day.
fn derive(dir: &Path, as_of: &str, files: &[(&str, &[u8])]) {
    write(dir, files);
    write(dir, &[("tapeline.toml", project(as_of).as_bytes())]);
    for verb in ["load", "derive"] {
        let done = tapeline(dir, &[verb]);
        assert!(done.status.success(), "{verb}: {}", text(&done));
    }
}

fn made_in_july(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|row| row["made_at"].starts_with("2026-07-01")).collect()
}

#[test]
fn what_was_forecast_in_july_is_scored_in_october_pool_by_pool() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (a, b) = (samples("gold", 0..FIRST, steady), samples("iron", 0..FIRST, broken));
    derive(dir, "2026-07-01", &[("a/1.csv", &a), ("b/1.csv", &b)]);
    let said = csv(dir, &["forecasts"]);
    assert!(csv(dir, &["forecast_accuracy"]).is_empty(), "nothing has come yet");

    let a = samples("bronze", FIRST..BOTH, steady);
    let b = samples("gold", FIRST..BOTH, broken);
    derive(dir, "2026-10-01", &[("a/2.csv", &a), ("b/2.csv", &b)]);
    let still = csv(dir, &["forecasts"]);
    assert!(still.len() > said.len(), "October has its own word");
    assert_eq!(made_in_july(still), said, "July's word stays");

    let scored = made_in_july(csv(dir, &["forecast_accuracy"]));
    let of = |source: &str| scored.iter().find(|row| row["source_id"] == source).unwrap();
    let number = |row: &Row, name: &str| row[name].parse::<f64>().unwrap();
    let (a, b) = (of("a"), of("b"));
    assert_eq!(scored.len(), 2, "{scored:?}");
    // Weekly from the seventh of July to the 29th of September.
    assert_eq!((number(a, "point_n"), number(b, "point_n")), (13.0, 13.0));
    assert_eq!(a["pool"], "bronze", "as it is named today");

    // The steady pool: within a hundredth, inside the bounds, full when it was said to be.
    assert!(number(a, "error_ratio") < 0.01, "{a:?}");
    assert!(number(a, "inside_80_n") >= 10.0 && number(a, "inside_95_n") >= 12.0, "{a:?}");
    assert_eq!(&a["full_seen_at"][..10], "2026-09-24");
    let day = |name: &str| a[name][..10].parse::<NaiveDate>().unwrap();
    let full = "2026-01-01".parse::<NaiveDate>().unwrap() + Days::new(269);
    assert!((day("full_p50_at") - full).num_days().abs() <= 4, "{a:?}");
    assert!(day("full_p10_at") <= full && full <= day("full_p90_at"), "{a:?}");

    // The other: nobody could know, and the score says so.
    assert!(number(b, "error_ratio") > 0.15, "{b:?}");
    assert!(number(b, "inside_95_n") <= 5.0, "{b:?}");
    assert_eq!(b["full_seen_at"], "", "{b:?}");
}
