//! `tapeline forecast` on series whose truth is known by construction: lines, seasons, several
//! series, steps without dates, streams, and inputs that are refused.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use chrono::{Days, Months, NaiveDate};
use serde_json::Value;

/// Runs `forecast` in a folder that is no project.
pub fn run(dir: &Path, args: &[&str]) -> Output {
    start(dir, args, "2", &[])
}

/// The same with so many threads, reading `stdin`.
pub fn start(dir: &Path, args: &[&str], threads: &str, stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tapeline"))
        .current_dir(dir)
        .arg("forecast")
        .args(args)
        .env("RAYON_NUM_THREADS", threads)
        .env("TZ", "Asia/Kolkata")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    output
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The objects of a run with `--format json`, which must succeed.
pub fn json(dir: &Path, args: &[&str]) -> Vec<Value> {
    let mut all = args.to_vec();
    all.extend(["--format", "json"]);
    let output = run(dir, &all);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn day(start: &str, days: u64) -> NaiveDate {
    start.parse::<NaiveDate>().unwrap() + Days::new(days)
}

/// 60 days up to 2024-02-29, two more a day, 218 on the last.
fn line() -> String {
    let mut text = "day,used,size\n".to_owned();
    for i in 0..60 {
        writeln!(text, "{},{},300", day("2024-01-01", i), 100 + 2 * i).unwrap();
    }
    text
}

/// Uniform noise in -1..1, always the same.
fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0
    }
}

fn noisy_pools(count: u64) -> String {
    let mut text = "pool,day,used,size\n".to_owned();
    for pool in 0..count {
        let mut noise = noise(pool);
        let mut level = 500.0;
        for i in 0..90 {
            level += 2.0 + 3.0 * noise();
            writeln!(text, "p{pool},{},{level},750", day("2024-01-01", i)).unwrap();
        }
    }
    text
}

fn close(got: &Value, want: f64) -> bool {
    got.as_f64().is_some_and(|got| (got - want).abs() <= 1e-6 * want.abs().max(1.0))
}

#[test]
fn an_exact_line_goes_on_and_crosses_on_the_day_it_must() {
    let dir = folder(&[("pools.csv", &line())]);
    let args = ["pools.csv", "--time", "day", "--value", "used", "--horizon", "60"];
    let got = json(dir.path(), &[&args[..], &["--threshold", "size"]].concat());
    let [series] = got.as_slice() else { panic!("{got:?}") };
    let steps = series["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 60);
    for (h, step) in (1..).zip(steps) {
        for name in ["mean", "median", "p025", "p10", "p90", "p975"] {
            assert!(close(&step[name], 218.0 + 2.0 * f64::from(h)), "{name} {step}");
        }
    }
    assert_eq!(steps[0]["at"], "2024-03-01T00:00:00Z");
    let summary = &series["summary"];
    assert_eq!(summary["every"], "day");
    assert_eq!(summary["last_at"], "2024-02-29T00:00:00Z");
    assert!(close(&summary["growth_per_step"], 2.0) && close(&summary["threshold"], 300.0));
    // 300 is 41 days after 218, 270 is 26 days after it; 210 was passed four days before.
    for (name, want) in [("reach_100", "2024-04-10"), ("reach_90", "2024-03-26")] {
        for quantile in ["p10", "p50", "p90"] {
            let at = summary[format!("{name}_{quantile}_at")].as_str().unwrap().to_owned();
            assert_eq!(&at[..10], want, "{name} {quantile}");
        }
    }
    assert_eq!(summary["reach_70_p50_at"], "2024-02-29T00:00:00Z");
    assert!(close(&summary["reach_100_probability"], 1.0));
    assert_eq!(summary["refusal"], Value::Null);
    // The same threshold as a number, and as value + left.
    let constant = json(dir.path(), &[&args[..], &["--threshold", "300"]].concat());
    assert_eq!(constant, got);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is written");
}

#[test]
fn value_and_what_is_left_make_the_threshold() {
    let mut text = "day,used,left\n".to_owned();
    for i in 0..60 {
        writeln!(text, "{},{},{}", day("2024-01-01", i), 100 + 2 * i, 200 - 2 * i).unwrap();
    }
    let dir = folder(&[("x.csv", &text)]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--horizon", "60"];
    let got = json(dir.path(), &[&args[..], &["--available", "left"]].concat());
    assert!(close(&got[0]["summary"]["threshold"], 300.0));
    assert_eq!(&got[0]["summary"]["reach_100_p50_at"].as_str().unwrap()[..10], "2024-04-10");
}

#[test]
fn a_yearly_wave_of_months_goes_on_as_it_was() {
    let first: NaiveDate = "2015-01-31".parse().unwrap();
    let wave = |i: u32| {
        let angle = std::f64::consts::TAU * f64::from(i) / 12.0;
        1000.0 + 100.0 * angle.sin() + 30.0 * (2.0 * angle).cos()
    };
    let mut text = "month,y\n".to_owned();
    for i in 0..120 {
        writeln!(text, "{},{}", first + Months::new(i), wave(i)).unwrap();
    }
    let dir = folder(&[("x.csv", &text)]);
    let got = json(dir.path(), &["x.csv", "--time", "month", "--value", "y", "--horizon", "14"]);
    assert_eq!(got[0]["summary"]["every"], "month");
    assert_eq!(got[0]["summary"]["seasons"], serde_json::json!([12]));
    for (h, step) in (0..).zip(got[0]["steps"].as_array().unwrap()) {
        let (got, want) = (step["median"].as_f64().unwrap(), wave(120 + h));
        assert!((got - want).abs() < 10.0, "{h}: {got} for {want}");
        let at = format!("{}T00:00:00Z", first + Months::new(120 + h));
        assert_eq!(step["at"], at.as_str());
    }
}

#[test]
fn a_series_among_others_is_answered_as_if_it_were_alone() {
    let text = noisy_pools(3);
    let dir = folder(&[("all.csv", &text)]);
    let args = ["--time", "day", "--value", "used", "--series", "pool", "--horizon", "30"];
    let args = [&args[..], &["--threshold", "size"]].concat();
    let all = json(dir.path(), &[&["all.csv"], &args[..]].concat());
    let names: Vec<&str> = all.iter().map(|s| s["series"].as_str().unwrap()).collect();
    assert_eq!(names, ["p0", "p1", "p2"]);
    let is_its = |line: &&str| line.starts_with("p1,") || line.starts_with("pool,");
    let alone: String = text.lines().filter(is_its).map(|line| format!("{line}\n")).collect();
    std::fs::write(dir.path().join("one.csv"), alone).unwrap();
    let one = json(dir.path(), &[&["one.csv"], &args[..]].concat());
    assert_eq!(one, all[1..2]);
}

#[test]
fn rows_without_a_time_are_steps() {
    let mut text = "y\n".to_owned();
    (0..40).for_each(|i| writeln!(text, "{}", 10 + 3 * i).unwrap());
    let dir = folder(&[("x.csv", &text)]);
    let got = json(dir.path(), &["x.csv", "--value", "y", "--horizon", "20", "--threshold", "157"]);
    let step = &got[0]["steps"][4];
    assert_eq!((&step["step"], step.get("at")), (&serde_json::json!(5), None));
    assert!(close(&step["mean"], 142.0), "{step}");
    // 127 on the last row, three more a step.
    assert!(close(&got[0]["summary"]["reach_100_p50_steps"], 10.0), "{}", got[0]["summary"]);
    assert_eq!(got[0]["series"], "");
}

#[test]
fn standard_input_and_a_compressed_file_give_the_same_bytes() {
    let text = line();
    let dir = folder(&[("x.csv", &text)]);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    std::fs::write(dir.path().join("x.csv.gz"), packed.finish().unwrap()).unwrap();
    let args = ["--time", "day", "--value", "used", "--horizon", "9", "--format", "csv"];
    let file = run(dir.path(), &[&["x.csv"], &args[..]].concat()).stdout;
    assert_eq!(file.iter().filter(|b| **b == b'\n').count(), 10);
    assert_eq!(run(dir.path(), &[&["x.csv.gz"], &args[..]].concat()).stdout, file);
    let stream = start(dir.path(), &[&["-"], &args[..]].concat(), "2", text.as_bytes());
    assert_eq!(stream.stdout, file, "{}", stderr(&stream));
}

#[test]
fn two_runs_and_any_number_of_threads_give_the_same_bytes() {
    let dir = folder(&[("x.csv", &noisy_pools(24))]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--series", "pool", "--horizon", "60"];
    let args = [&args[..], &["--threshold", "size", "--format", "csv"]].concat();
    let mut seen = Vec::new();
    for (threads, file) in [("1", "a.csv"), ("2", "b.csv"), ("2", "c.csv")] {
        let args = [&args[..], &["--summary", file]].concat();
        let output = start(dir.path(), &args, threads, b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        seen.push((output.stdout, std::fs::read(dir.path().join(file)).unwrap()));
    }
    assert!(seen[0].0.len() > 24 * 60 * 40 && seen[0].1.len() > 24 * 100);
    assert!(seen[0] == seen[1] && seen[1] == seen[2]);
    let summary = |seed: &str| {
        run(dir.path(), &[&args[..], &["--rows", "summary", "--seed", seed]].concat()).stdout
    };
    assert!(summary("0") == seen[0].1, "the summary on standard output is that of the file");
    assert!(summary("7") != seen[0].1, "another seed draws other paths");
}

#[test]
fn gaps_are_filled_and_counted_and_the_last_of_equal_times_counts() {
    let mut text = "day,y\n".to_owned();
    for i in 0..40 {
        match i {
            // No row, an empty cell, and a wrong value before the right one.
            10 => {}
            11 => writeln!(text, "{},", day("2024-01-01", i)).unwrap(),
            _ => {
                if i == 20 {
                    writeln!(text, "{},-999", day("2024-01-01", i)).unwrap();
                }
                writeln!(text, "{},{}", day("2024-01-01", i), 5 * i).unwrap();
            }
        }
    }
    let dir = folder(&[("x.csv", &text)]);
    let got = json(dir.path(), &["x.csv", "--time", "day", "--value", "y", "--horizon", "3"]);
    let summary = &got[0]["summary"];
    assert_eq!((&summary["filled_n"], &summary["duplicate_n"]), (&2.into(), &1.into()));
    assert_eq!(summary["point_n"], 39);
    assert!(close(&got[0]["steps"][2]["mean"], 210.0), "{}", got[0]["steps"]);
}

#[test]
fn irregular_times_are_refused_with_the_option_that_helps() {
    let mut text = "at,y\n".to_owned();
    let start: chrono::NaiveDateTime = "2024-01-01T00:03:00".parse().unwrap();
    let odd = |i: i64| start + chrono::TimeDelta::minutes(30 * i + i * i % 7);
    (0..200).for_each(|i| writeln!(text, "{},{}", odd(i), 7 + i).unwrap());
    let dir = folder(&[("x.csv", &text)]);
    let args = ["x.csv", "--time", "at", "--value", "y", "--horizon", "3"];
    let refused = &json(dir.path(), &args)[0];
    assert_eq!(refused["summary"]["refusal"], "irregular");
    let sentence = refused["summary"]["refusal_sentence"].as_str().unwrap();
    assert!(sentence.contains("--every 30min"), "{sentence}");
    assert_eq!(refused["steps"], serde_json::json!([]));
    let every = &json(dir.path(), &[&args[..], &["--every", "hour"]].concat())[0];
    assert_eq!(every["summary"]["refusal"], Value::Null);
    // The last sample of 03:00 to 04:00 on the fifth day is that of 03:33.
    assert_eq!(every["summary"]["last_at"], "2024-01-05T03:00:00Z");
    assert!(close(&every["summary"]["last_value"], 206.0), "{every}");
}

#[test]
fn a_later_threshold_stands_in_rows_without_a_value() {
    let mut text = line();
    text.push_str("2024-03-10,,320\n");
    let dir = folder(&[("x.csv", &text)]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--horizon", "60"];
    let got = &json(dir.path(), &[&args[..], &["--threshold", "size"]].concat())[0];
    assert_eq!(got["summary"]["last_at"], "2024-02-29T00:00:00Z");
    assert!(close(&got["summary"]["threshold"], 300.0));
    // 102 to go at two a day are 51 days.
    assert_eq!(&got["summary"]["reach_100_p50_at"].as_str().unwrap()[..10], "2024-04-20");
}

#[test]
fn plans_move_the_dates_and_not_the_forecast() {
    let plans = "starts_at,amount,series,adds_capacity\n2024-03-10,30,a,\n2024-03-10,60,b,true\n\
                 2024-03-10,1,moon,\n";
    let named = |name: &str| line().lines().skip(1).map(|l| format!("{name},{l}\n")).collect();
    let rows: [String; 3] = ["a", "b", "c"].map(named);
    let text = format!("s,day,used,size\n{}", rows.concat());
    let dir = folder(&[("x.csv", &text), ("plans.csv", plans)]);
    let args = ["x.csv", "--series", "s", "--time", "day", "--value", "used", "--horizon", "90"];
    let args = [&args[..], &["--threshold", "size"]].concat();
    let with = json(dir.path(), &[&args[..], &["--plans", "plans.csv"]].concat());
    let full =
        |at: usize| with[at]["summary"]["reach_100_p50_at"].as_str().unwrap()[..10].to_owned();
    // 82 to go at two a day are 41 days; 30 less are 26, 60 more are 71.
    assert_eq!([full(0), full(1), full(2)], ["2024-03-26", "2024-05-10", "2024-04-10"]);
    let without = json(dir.path(), &args);
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with["steps"][20]["mean"], without["steps"][20]["mean"]);
    }
    // 2024-03-09 is nine days after the last value.
    let planned = |step: usize| with[0]["steps"][step - 1]["planned"].as_f64().unwrap();
    assert_eq!((planned(9), planned(10), planned(90)), (0.0, 30.0, 30.0));
    let output = run(dir.path(), &[&args[..], &["--plans", "plans.csv"]].concat());
    assert!(stderr(&output).contains("a plan is for \"moon\""), "{}", stderr(&output));
}

#[test]
fn what_is_left_tells_the_limit_and_a_number_beside_it_is_held_against_it() {
    // 100 + 2 a day, 182 left on day 60 of 300 in all; 400 are bought.
    let rows: String = (0..60).map(|i| format!("{},{}\n", 100 + 2 * i, 200 - 2 * i)).collect();
    let dir = folder(&[("x.csv", &format!("used,free\n{rows}"))]);
    let args = ["x.csv", "--value", "used", "--available", "free", "--horizon", "90"];
    let summary = |threshold: &str| {
        json(dir.path(), &[&args[..], &["--threshold", threshold]].concat())[0]["summary"].clone()
    };
    let got = summary("400");
    assert!(close(&got["threshold"], 300.0), "{got}");
    assert!(close(&got["reach_100_p50_steps"], 41.0), "{got}");
    assert_eq!(summary("250")["refusal"], "contradictory_capacity");
}

#[test]
fn a_plan_of_the_day_after_a_month_end_counts() {
    // 20 months, 100 more each.
    let ends = (1..=20).map(|m| NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Months::new(m));
    let rows: String = ends
        .zip(0..)
        .map(|(next, m)| format!("{},{}\n", next.pred_opt().unwrap(), 1000 + 100 * m))
        .collect();
    let plans = "starts_at,amount\n2025-09-01,450\n";
    let dir = folder(&[("x.csv", &format!("end,used\n{rows}")), ("plans.csv", plans)]);
    let args = ["x.csv", "--time", "end", "--value", "used", "--threshold", "4000"];
    let args = [&args[..], &["--horizon", "24", "--plans", "plans.csv"]].concat();
    let got = json(dir.path(), &args);
    // 2 900 on 31 August 2025, 1 100 to go: 6.5 months with the plan, 11 without.
    assert_eq!(got[0]["steps"][0]["planned"], 450);
    let full = got[0]["summary"]["reach_100_p50_at"].as_str().unwrap();
    assert!(full.starts_with("2026-03"), "{full}");
}

#[test]
fn days_put_into_months_are_dated_by_their_last_day() {
    // 2 a day from the first of 2024 to 29 January 2026 (759 days later): 2 518, 1 082 to go.
    let day = |i: u64| NaiveDate::from_ymd_opt(2024, 1, 1).unwrap() + Days::new(i);
    let rows: String = (0..760).map(|i| format!("{},{}\n", day(i), 1000 + 2 * i)).collect();
    let dir = folder(&[("x.csv", &format!("day,used\n{rows}"))]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--threshold", "3600"];
    let args = [&args[..], &["--horizon", "24", "--total", "--every"]].concat();
    for unit in ["month", "week"] {
        let horizon = [&args[..], &[unit]].concat();
        let got = json(dir.path(), &horizon);
        // 541 days later: 24 July 2027. Months and weeks differ in length.
        for found in got.iter().take(if unit == "month" { 2 } else { 0 }) {
            let full = found["summary"]["reach_100_p50_at"].as_str().unwrap_or("none");
            let full: NaiveDate = full[..10].parse().unwrap();
            let off = (full - NaiveDate::from_ymd_opt(2027, 7, 24).unwrap()).num_days();
            assert!(off.abs() <= 6, "{unit} {full}");
        }
        for found in &got {
            assert_eq!(found["summary"]["last_at"], "2026-01-29T00:00:00Z", "{unit}");
        }
    }
}

#[test]
fn too_few_rows_are_refused_in_words_and_end_well() {
    let dir = folder(&[("x.csv", "s,y\nshort,1\nshort,2\n")]);
    let args = ["x.csv", "--value", "y", "--series", "s", "--horizon", "3", "--rows", "summary"];
    let output = run(dir.path(), &[&args[..], &["--format", "csv"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(text.contains("too_short,Only 2 points are known"), "{text}");
    assert!(stderr(&output).contains("1 of 1 series with no forecast"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_read_stops_with_its_place_and_the_way_out() {
    let rows = "s,day,y\na,2024-01-01,1\nb,2024-01-01,1\n";
    let dir = folder(&[
        ("back.csv", &format!("{rows}a,2024-01-02,2\n")),
        ("number.csv", &format!("{rows}b,2024-01-02,\"2,5\"\n")),
        ("time.csv", &format!("{rows}b,soon,2\n")),
        ("empty.csv", "s,day,y\n"),
    ]);
    for (file, code, error, hint) in [
        (
            "back.csv",
            3,
            "back.csv:4 \"s\": series \"a\" comes back",
            "hint: sort the file by series",
        ),
        ("number.csv", 3, "number.csv:4 \"y\": \"2,5\" is not a number", "hint: write 1234.5"),
        ("time.csv", 3, "time.csv:4 \"day\": \"soon\" is not a time", "hint: write 2026-10-01"),
        ("empty.csv", 3, "empty.csv: has no rows", "hint: "),
        ("none.csv", 2, "none.csv: cannot be opened", "hint: check the path"),
    ] {
        let args = [file, "--series", "s", "--time", "day", "--value", "y", "--horizon", "3"];
        let output = run(dir.path(), &args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(error) && text.contains(hint), "{text}");
        assert!(output.stdout.is_empty());
    }
    for (option, value, error) in [
        ("--threshold", "many", "neither a column nor a number"),
        ("--levels", "95", "95 is no level"),
        ("--every", "moon", "`moon` is no length of time"),
        ("--zone", "Mars", "`Mars` is not a time zone"),
        ("--time", "when", "column \"when\" is missing"),
        ("--horizon", "0", "1 to 10000"),
    ] {
        let base = ["number.csv", "--value", "y"];
        let horizon: &[&str] = if option == "--horizon" { &[] } else { &["--horizon", "3"] };
        let output = run(dir.path(), &[&base[..], horizon, &[option, value]].concat());
        assert!(stderr(&output).contains(error), "{option}: {}", stderr(&output));
        assert!(matches!(output.status.code(), Some(2 | 3)), "{option}");
    }
}

#[test]
fn a_table_has_the_names_above_its_rows() {
    let dir = folder(&[("x.csv", &line())]);
    let args = ["x.csv", "--time", "day", "--value", "used", "--horizon", "2", "--levels", "0.9"];
    let text = String::from_utf8(run(dir.path(), &args).stdout).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["step", "at", "mean", "median", "p05", "p95"]);
    assert_eq!((lines.len(), lines[1][0], lines[1][1]), (3, "1", "2024-03-01T00:00:00Z"));
}
