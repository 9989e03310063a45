//! The steps on small frames with values known by hand or from the goldens of `stats`; here
//! the helpers, and what headers may say.

mod bridge;
mod cases;
mod forecast;
mod rates;
mod series;

use super::super::golden::close;
use super::*;
use crate::model::frame::{Cell, Column, Type};
use crate::model::time::{DAY_US, iso, parse_iso};

fn steps(text: &str) -> Result<Vec<Step>> {
    let table: toml::Table = text.parse().unwrap();
    let tables: Vec<toml::Table> =
        table["steps"].as_array().unwrap().iter().map(|t| t.as_table().unwrap().clone()).collect();
    parse(&tables, "queries/metrics/example.sql")
}

fn ints(values: &[i64]) -> Column {
    Column::Int(values.iter().map(|v| Some(*v)).collect())
}
fn texts(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|v| Some((*v).to_owned())).collect())
}
fn bools(values: &[bool]) -> Column {
    Column::Bool(values.iter().map(|v| Some(*v)).collect())
}
fn times(values: &[i64]) -> Column {
    Column::Time(values.iter().map(|v| Some(*v)).collect())
}
fn frame(columns: Vec<(&str, Column)>) -> Frame {
    Frame::from_columns(columns.into_iter().map(|(n, c)| (n.to_owned(), c)).collect()).unwrap()
}
fn run_on(text: &str, frame: Frame, ctx: &StepContext) -> Frame {
    let (frame, added) = apply(&steps(text).unwrap(), frame, ctx).unwrap();
    for column in &added {
        assert_eq!(frame.get(&column.name).unwrap().kind(), column.kind, "{}", column.name);
        assert!(!column.says.is_empty());
    }
    frame
}
fn run_alone(text: &str, frame: Frame) -> Frame {
    run_on(text, frame, &StepContext::default())
}
#[track_caller]
fn float(frame: &Frame, name: &str, row: usize) -> f64 {
    match frame.cell(name, row) {
        Cell::Float(value) => value,
        other => panic!("{name}[{row}] is {other:?}"),
    }
}
#[track_caller]
fn close_to(got: f64, want: f64, within: f64) {
    assert!((got - want).abs() <= within, "{got} instead of {want}");
}
#[track_caller]
fn word(frame: &Frame, name: &str, row: usize) -> String {
    match frame.cell(name, row) {
        Cell::Text(value) => value,
        other => panic!("{name}[{row}] is {other:?}"),
    }
}

/// A frame without rows that has every column which the examples name.
fn empty() -> Frame {
    let int = [
        "fulfilled_bytes",
        "expected_bytes",
        "ok_count",
        "run_count",
        "failure_count",
        "service_us",
        "resolve_us",
        "start_delay_us",
        "failed_after_count",
        "expected_after_count",
        "failed_control_count",
        "expected_control_count",
        "attempt",
        "made_count",
        "s1_k",
        "s1_n",
        "s3_k",
        "s3_n",
        "duration_us",
        "latency_us",
        "failed_count",
        "rpo_s",
        "median_duration_us",
        "used_bytes",
        "available_bytes",
    ];
    let text = [
        "severity",
        "server",
        "month",
        "tier",
        "warning_policy",
        "stream",
        "weekday",
        "system_id",
        "experiment_id",
        "arm",
        "pool_id",
    ];
    let time =
        ["day", "hour", "taken_at", "usable_at", "usable_until", "in_service_from", "sampled_at"];
    let mut columns: Vec<(&str, Column)> = Vec::new();
    columns.extend(int.map(|n| (n, Column::empty(Type::Int))));
    columns.extend(text.map(|n| (n, Column::empty(Type::Text))));
    columns.extend(time.map(|n| (n, Column::empty(Type::Time))));
    columns.extend(["welch_p", "median_s"].map(|n| (n, Column::empty(Type::Float))));
    columns.push(("is_resolved", Column::empty(Type::Bool)));
    frame(columns)
}

#[test]
fn every_example_parses_and_runs_on_an_empty_frame() {
    for (name, example) in EXAMPLES {
        let parsed = steps(example).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut rows = empty();
        if *name == "finding" {
            // A column that an earlier step of the same header would have added.
            rows.add("verdict", texts(&[])).unwrap();
        }
        let (result, added) =
            apply(&parsed, rows, &StepContext::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!added.is_empty(), "{name}");
        assert!(added.iter().all(|c| result.position(&c.name).is_some()), "{name}");
    }
}

#[test]
fn mistakes_in_a_header_name_the_step_and_the_way_out() {
    let table = [
        ("step = \"proportions\"", "`proportions` is not a step", "known steps: ratio, proportion"),
        ("k = \"a\"", "`step` is missing", "write  step"),
        (
            "step = \"proportion\"\nk = \"a\"\nm = \"b\"",
            "unknown field `m`",
            "an example that works",
        ),
        ("step = \"proportion\"\nk = \"a\"", "missing field `n`", "an example that works"),
        (
            "step = \"proportion\"\nk = \"a\"\nn = \"b\"\ntarget = \"99.5\"",
            "`99.5` is not a target",
            "write  \">= 0.995\"",
        ),
        (
            "step = \"proportion\"\nk = \"a\"\nn = \"b\"\ntarget = \">= 99.5\"",
            "`>= 99.5` is not a target",
            "write  \">= 0.995\"",
        ),
        (
            "step = \"changepoints\"\nat = \"a\"\nk = \"b\"",
            "give either `value`, or `k` and `n`",
            "an example that works",
        ),
        ("step = \"compare\"\nkind = \"means\"", "unknown variant `means`", "an example"),
        (
            "step = \"compare\"\nkind = \"rates\"\nk = \"a\"\nn = \"a\"\nbase_k = \"a\"\n\
             base_n = \"a\"\narm = \"x\"",
            "unknown field `arm`",
            "an example",
        ),
        ("step = \"count_rate\"\nevents = \"a\"", "give either `exposure_us`", "an example"),
        ("step = \"bridge\"\nstates = []", "at least two `states`", "an example"),
    ];
    for (body, message, hint) in table {
        let error = steps(&format!("[[steps]]\n{body}")).unwrap_err();
        assert!(error.message.starts_with("[[steps]] number 1: "), "{error}");
        assert!(error.message.contains(message), "{error}");
        assert!(error.hint.as_ref().unwrap().contains(hint), "{error}");
        assert_eq!(error.place.as_deref(), Some("queries/metrics/example.sql"));
    }
}

#[test]
fn a_missing_column_and_a_taken_name_are_errors() {
    let text = "[[steps]]\nstep = \"proportion\"\nk = \"ok\"\nn = \"all\"";
    let without = frame(vec![("ok", ints(&[1]))]);
    let error = apply(&steps(text).unwrap(), without, &StepContext::default()).unwrap_err();
    assert!(error.message.contains("column `all` is missing; found: ok"), "{error}");
    let taken = frame(vec![("ok", ints(&[1])), ("all", ints(&[2])), ("value", ints(&[2]))]);
    let error = apply(&steps(text).unwrap(), taken, &StepContext::default()).unwrap_err();
    assert!(error.hint.unwrap().contains("prefix"));
    let more = frame(vec![("ok", ints(&[3])), ("all", ints(&[2]))]);
    let error = apply(&steps(text).unwrap(), more, &StepContext::default()).unwrap_err();
    assert!(error.message.contains("`ok` = 3 exceeds `all` = 2 in row 1"), "{error}");
}
