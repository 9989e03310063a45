//! `tapeline forecast` of series that are made of others: totals by sample paths, data before
//! reduction by their ratio, what comes back at known dates. The truth is known by construction.

use std::fmt::Write as _;
use std::path::Path;

use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::forecast::{json, run, start, stderr};

fn day(days: u64) -> NaiveDate {
    "2024-01-01".parse::<NaiveDate>().unwrap() + Days::new(days)
}

fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// Day of the year 2024 (0 = the first of January) of an instant.
fn number(at: &Value) -> i64 {
    let date: NaiveDate = at.as_str().unwrap_or_else(|| panic!("{at}"))[..10].parse().unwrap();
    (date - day(0)).num_days()
}

fn near(got: &Value, want: f64, within: f64) -> bool {
    got.as_f64().is_some_and(|got| (got - want).abs() <= within)
}

fn series<'a>(all: &'a [Value], name: &str, level: &str) -> &'a Value {
    let is_it = |v: &&Value| v["series"] == name && v["summary"]["level"] == level;
    all.iter().find(is_it).unwrap_or_else(|| panic!("no {level} {name} in {all:?}"))
}

/// Three pools at two sites, 100 days each: a 10 a day, b 20 a day, c 5 a day, last seen three
/// days before the others; one that has just begun, and one that has ended.
fn pools() -> String {
    let mut text = "site,pool,day,used,size\n".to_owned();
    let mut pool = |site: &str, name: &str, days: std::ops::Range<u64>, rise: u64, size: u64| {
        for i in days {
            let used = 1000 + rise * i + i % 2;
            writeln!(text, "{site},{name},{},{used},{size}", day(i)).unwrap();
        }
    };
    pool("berlin", "a", 0..100, 10, 2500);
    pool("berlin", "b", 0..100, 20, 4000);
    pool("york", "c", 0..97, 5, 2000);
    pool("york", "new", 95..100, 0, 2000);
    pool("york", "gone", 0..40, 0, 2000);
    text
}

const POOLS: [&str; 11] = [
    "pools.csv",
    "--time",
    "day",
    "--value",
    "used",
    "--series",
    "pool",
    "--threshold",
    "size",
    "--horizon",
    "200",
];

#[test]
fn totals_are_the_sums_of_what_can_be_forecast_and_the_rest_is_named() {
    let dir = folder(&[("pools.csv", pools())]);
    let got = json(dir.path(), &[&POOLS[..], &["--total-by", "site"]].concat());
    assert_eq!(got.len(), 5 + 2 + 1);
    let (berlin, york, all) =
        (series(&got, "berlin", "site"), series(&got, "york", "site"), series(&got, "all", "all"));
    // On day 99 a and b use 4 971; 30 a day until 6 500.
    let full = |total: &Value| number(&total["summary"]["reach_100_p50_at"]);
    assert!((full(berlin) - 150).abs() <= 1, "{}", full(berlin));
    assert!(near(&berlin["steps"][49]["median"], 4_971.0 + 1_500.0, 6.0));
    assert_eq!(berlin["summary"]["series_n"], 2);
    // c is at 1 480 on day 96, at 1 495 where the total begins.
    assert!(near(&york["steps"][9]["median"], 1_545.0, 4.0), "{}", york["steps"][9]);
    assert!((full(york) - 200).abs() <= 3, "{}", full(york));
    assert_eq!(york["summary"]["left_out_n"], 2);
    let left_out = york["summary"]["left_out"].to_string();
    assert!(left_out.contains("new: Only 5 points are known"), "{left_out}");
    assert!(left_out.contains("gone: Last seen on 2024-02-09, taken as gone."), "{left_out}");
    // Of the whole: 6 466 and 35 a day, 8 500.
    assert!((full(all) - 157).abs() <= 1, "{}", full(all));
    assert_eq!([&all["summary"]["series_n"], &all["summary"]["origin_n"]], [3, 6]);
    assert!(all["summary"]["smape"].as_f64().unwrap() < 0.01);
    // Series are answered as without totals.
    let alone = json(dir.path(), &POOLS);
    assert_eq!(series(&got, "a", "series")["steps"][0]["median"], alone[0]["steps"][0]["median"]);
    // One level only, and without names.
    let total = json(dir.path(), &[&POOLS[..], &["--total"]].concat());
    assert_eq!(total.len(), 6);
    assert_eq!(total[5]["summary"]["reach_100_p50_at"], all["summary"]["reach_100_p50_at"]);
}

#[test]
fn totals_are_the_same_with_one_thread_or_many_and_in_every_form() {
    // More pools than are added at the same time.
    let mut text = "site,pool,day,used,size\n".to_owned();
    for pool in 0..150 {
        let site = ["berlin", "oslo", "york"][pool % 3];
        for i in 0..40 {
            let used = 1000 * (1 + pool) + 7 * i + (i * pool) % 5;
            writeln!(text, "{site},p{pool},{},{used},900000", day(i as u64)).unwrap();
        }
    }
    let dir = folder(&[("pools.csv", text)]);
    let args = [&POOLS[..], &["--total-by", "site", "--format", "csv"]].concat();
    let text = |args: &[&str], threads: &str| {
        let output = start(dir.path(), args, threads, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let steps = text(&args, "1");
    assert!(steps == text(&args, "2") && steps == text(&args, "5"), "depends on the threads");
    let mut lines = steps.lines();
    assert_eq!(lines.next().unwrap(), "series,level,step,at,mean,median,p025,p10,p90,p975");
    assert!(lines.any(|line| line.starts_with("york,site,1,2024-02-10T00:00:00Z,")));
    let summary = text(&[&args[..], &["--rows", "summary"]].concat(), "2");
    assert!(summary.starts_with("series,level,series_n,left_out_n,left_out,point_n"), "{summary}");
    assert!(text(&[&POOLS[..], &["--total", "--rows", "summary"]].concat(), "2").contains("all"));
}

#[test]
fn a_total_begins_at_the_newest_value_of_all_whatever_day_the_months_of_the_others_begin() {
    // One at month ends up to 31 December, one at the firsts up to 1 January: 10 a month each.
    let mut text = "pool,day,used\n".to_owned();
    let first = |m: u32| NaiveDate::from_ymd_opt(2024 + (m / 12) as i32, m % 12 + 1, 1).unwrap();
    (1..25).for_each(|m| {
        let end = first(m).pred_opt().unwrap();
        writeln!(text, "ends,{end},{}", 1000 + 10 * m).unwrap();
    });
    (0..25).for_each(|m| writeln!(text, "firsts,{},{}", first(m), 1000 + 10 * m).unwrap());
    let dir = folder(&[("x.csv", text)]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--series", "pool", "--total"];
    let got = json(dir.path(), &[&args[..], &["--horizon", "6"]].concat());
    let all = series(&got, "all", "all");
    assert_eq!(all["summary"]["last_at"], "2026-01-01T00:00:00Z");
    assert!(all["steps"][0]["at"].as_str().unwrap() < "2026-02-02", "{}", all["steps"][0]);
    assert!(near(&all["steps"][0]["median"], 1_250.0 + 1_250.0, 4.0), "{}", all["steps"][0]);
}

#[test]
fn names_of_series_that_are_left_out_are_no_formulas() {
    let text = "pool,used\n\"=1+1\",5\n\"=1+1\",6\n";
    let dir = folder(&[("x.csv", text.to_owned())]);
    let args = ["x.csv", "--value", "used", "--series", "pool", "--horizon", "9", "--total"];
    let args = [&args[..], &["--format", "csv", "--rows", "summary"]].concat();
    let text = String::from_utf8(run(dir.path(), &args).stdout).unwrap();
    assert!(text.contains("'=1+1: Only 2 points") && !text.contains(",=1"), "{text}");
}

#[test]
fn a_total_of_series_without_times_ends_today_in_each() {
    let mut text = "pool,used\n".to_owned();
    (0..60).for_each(|i| writeln!(text, "a,{}", 100 + i).unwrap());
    (0..40).for_each(|i| writeln!(text, "b,{}", 500 + 2 * i).unwrap());
    let dir = folder(&[("x.csv", text)]);
    let args = ["x.csv", "--value", "used", "--series", "pool", "--horizon", "10", "--total"];
    let got = json(dir.path(), &args);
    assert!(near(&series(&got, "all", "all")["steps"][9]["median"], 737.0 + 30.0, 1.5));
}

#[test]
fn data_before_reduction_and_their_ratio_are_forecast_apart() {
    // 8 000 + 20 a day before reduction; the ratio falls from 8 by 0.02 a day.
    let mut text = "day,used,logical,size\n".to_owned();
    for i in 0..100_u32 {
        let (logical, ratio) = (8_000.0 + 20.0 * f64::from(i), 8.0 - 0.02 * f64::from(i));
        writeln!(text, "{},{},{logical},2500", day(i.into()), logical / ratio).unwrap();
    }
    let dir = folder(&[("x.csv", text)]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--threshold", "size"];
    let args = [&args[..], &["--horizon", "200", "--logical", "logical"]].concat();
    let got = json(dir.path(), &args);
    let summary = &got[0]["summary"];
    // 8 000 + 20 t = 2 500 (8 - 0.02 t): t = 171.4.
    assert!((number(&summary["reach_100_p50_at"]) - 171).abs() <= 2, "{summary}");
    assert!(near(&summary["ratio"], 6.02, 0.001) && near(&summary["ratio_p10"], 2.02, 0.3));
    assert!(near(&summary["logical_growth_per_step"], 20.0, 0.3));
    assert!(summary["weights"].to_string().contains("\"ratio "), "{summary}");
    // A column that is empty everywhere changes nothing.
    let mut empty = String::new();
    for line in std::fs::read_to_string(dir.path().join("x.csv")).unwrap().lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let logical = if cells[0] == "day" { "logical" } else { "" };
        writeln!(empty, "{},{},{logical},{}", cells[0], cells[1], cells[3]).unwrap();
    }
    std::fs::write(dir.path().join("x.csv"), empty).unwrap();
    let warned = stderr(&run(dir.path(), &args));
    assert!(warned.contains("1 of 1 series know too little of \"logical\""), "{warned}");
    let without = json(dir.path(), &args);
    assert_eq!(without[0]["summary"]["ratio"], Value::Null);
    assert_eq!(without[0]["steps"], json(dir.path(), &args[..9])[0]["steps"]);
}

#[test]
fn what_comes_back_is_part_of_the_forecast_of_the_series_and_of_its_total() {
    let back = "back_at,amount,series\n2024-04-20,300,a\n2024-03-01,9999,a\n";
    let dir = folder(&[("pools.csv", pools()), ("back.csv", back.to_owned())]);
    let args = [&POOLS[..], &["--total"]].concat();
    let plain = json(dir.path(), &args);
    let args = [&args[..], &["--roll-off", "back.csv"]].concat();
    let got = json(dir.path(), &args);
    for (name, level) in [("a", "series"), ("all", "all")] {
        let median = |all: &[Value], step: usize| {
            series(all, name, level)["steps"][step]["median"].as_f64().unwrap()
        };
        // The 20th of April is day 110, the eleventh step.
        assert!((median(&plain, 9) - median(&got, 9)).abs() < 1.0, "{name}");
        assert!((median(&plain, 10) - median(&got, 10) - 300.0).abs() < 1.0, "{name}");
        assert!((median(&plain, 150) - median(&got, 150) - 300.0).abs() < 1.0, "{name}");
    }
    let date = |all: &[Value]| number(&series(all, "a", "series")["summary"]["reach_100_p50_at"]);
    // 300 at 10 a day.
    assert!((date(&got) - date(&plain) - 30).abs() <= 1, "{} {}", date(&plain), date(&got));
}

#[test]
fn wrong_columns_and_lists_are_said_with_what_to_do() {
    let back = "back_at,amount,series\n2024-04-20,300,nobody\n";
    let dir = folder(&[("pools.csv", pools()), ("back.csv", back.to_owned())]);
    let refused = |dir: &Path, more: &[&str]| {
        let output = run(dir, &[&POOLS[..], more].concat());
        (output.status.code(), stderr(&output))
    };
    for columns in ["site,site", "series", "site,"] {
        let (code, text) = refused(dir.path(), &["--total-by", columns]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("name each column once"), "{text}");
    }
    let (code, text) = refused(dir.path(), &["--total-by", "place"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("column \"place\" is missing") && text.contains("hint:"), "{text}");
    let (_, text) = refused(dir.path(), &["--logical", "raw"]);
    assert!(text.contains("column \"raw\" is missing"), "{text}");
    let (code, text) = refused(dir.path(), &["--roll-off", "back.csv"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("for \"nobody\", which is no series"), "{text}");
    let args = ["pools.csv", "--value", "used", "--series", "pool", "--horizon", "9"];
    let output = run(dir.path(), &[&args[..], &["--roll-off", "back.csv"]].concat());
    assert!(stderr(&output).contains("--roll-off needs --time"), "{}", stderr(&output));
}
