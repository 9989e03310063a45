//! Made-up results of every metric of the quarterly review, for tests only.

use std::collections::BTreeMap;

use super::input::{Period, ReportInput};
use crate::model::format::Format;
use crate::model::frame::{Cell, Column, Frame, Type};
use crate::model::result::QueryResult;
use crate::model::time::parse_iso;

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn float(value: f64) -> Cell {
    Cell::Float(value)
}

fn at(text: &str) -> Cell {
    Cell::Time(parse_iso(text).unwrap())
}

/// A result from `name:type` columns (t, i, f, b, at) and rows.
fn result(id: &str, columns: &str, rows: Vec<Vec<Cell>>) -> QueryResult {
    let mut frame: Vec<(String, Column)> = Vec::new();
    for column in columns.split(' ') {
        let (name, kind) = column.split_once(':').unwrap();
        let kind = match kind {
            "t" => Type::Text,
            "i" => Type::Int,
            "f" => Type::Float,
            "b" => Type::Bool,
            _ => Type::Time,
        };
        frame.push((name.to_owned(), Column::empty(kind)));
    }
    for row in rows {
        for ((_, column), cell) in frame.iter_mut().zip(row) {
            column.push(cell).unwrap();
        }
    }
    let frame = Frame::from_columns(frame).unwrap();
    QueryResult { id: id.into(), title: id.replace('_', " "), frame, ..QueryResult::default() }
}

fn rate_row(head: &[&str], k: i64, n: i64, verdict: &str) -> Vec<Cell> {
    #[expect(clippy::cast_precision_loss, reason = "small test numbers")]
    let value = k as f64 / n as f64;
    let mut row: Vec<Cell> = head.iter().map(|h| text(h)).collect();
    row.extend([Cell::Int(k), Cell::Int(n), float(value), float(value - 0.01), float(1.0)]);
    row.push(text(verdict));
    row
}

/// A row of a bridge: from, to and why; counts reached; change.
fn term(number: i64, [from, to, why]: [&str; 3], (k, n): (i64, i64), change: f64) -> Vec<Cell> {
    #[expect(clippy::cast_precision_loss, reason = "small test numbers")]
    let reached = k as f64 / n as f64;
    let words = [from, to, why].map(text);
    let mut row = vec![text("vendor"), Cell::Int(number)];
    row.extend(words);
    row.extend([Cell::Int(k), Cell::Int(n), float(reached), float(change)]);
    row
}

/// Every metric of the review; `name` stands for all names from outside.
pub fn results(name: &str, n: i64, failed: i64, verdict: &str, cases: i64) -> Vec<QueryResult> {
    let mut all = rates(name, n, failed, verdict);
    all.extend(failures(name));
    all.extend(starts(name));
    all.extend(incidents(name, cases));
    all.extend(recovery(name));
    all.extend(capacity(name));
    all
}

const RATE: &str = "k:i n:i value:f lo:f hi:f verdict:t";

fn rates(name: &str, n: i64, failed: i64, verdict: &str) -> Vec<QueryResult> {
    let ok = n - failed;
    vec![
        result(
            "success_rate_by_tier",
            &format!("tier:t month:t {RATE}"),
            vec![
                rate_row(&["1", "2026-07"], ok, n, verdict),
                rate_row(&["1", "2026-08"], n, n, "too_few_runs"),
            ],
        ),
        result(
            "success_rates_period",
            &format!("tier:t rate:t policy:t {RATE}"),
            vec![
                rate_row(&["all", "expected_run", "vendor"], ok, n, verdict),
                rate_row(&["1", "expected_run", "vendor"], ok, n, verdict),
            ],
        ),
        result(
            "success_rate_bridge",
            "policy:t term:i from_state:t to_state:t why:t k:i n:i state_value:f value:f",
            vec![
                term(1, ["attempts", name, "retries dropped"], (85, 100), -0.05),
                term(2, [name, "expected", "missed runs added"], (75, 100), -0.1),
                term(0, ["attempts", "expected", "total"], (75, 100), -0.15),
            ],
        ),
        result(
            "success_worst_systems",
            &format!("system_id:t tier:t {RATE}"),
            vec![rate_row(&[name, "1"], ok, n, verdict)],
        ),
        result(
            "expected_run_days",
            "system_id:t backup_day:t outcome:t",
            vec![vec![text(name), text("2026-07-01"), text("failed")]],
        ),
    ]
}

fn failures(name: &str) -> Vec<QueryResult> {
    vec![
        result(
            "failure_class_share",
            "class:t k:i n:i",
            vec![vec![text(name), Cell::Int(3), Cell::Int(3)]],
        ),
        result(
            "recurring_failures",
            "signature:t class:t system_count:i n:i first_at:at last_at:at",
            vec![vec![
                text(name),
                text("storage"),
                Cell::Int(1),
                Cell::Int(2),
                at("2026-07-01"),
                at("2026-07-02"),
            ]],
        ),
        result(
            "silent_failures",
            "system_id:t kind:t since_at:at detected_at:at detection_delay_s:f",
            vec![vec![text(name), text("no_attempt"), at("2026-07-01"), Cell::Null, Cell::Null]],
        ),
        result(
            "duration_drift",
            "workload:t n:i value:f lo:f hi:f is_kept:b",
            vec![vec![
                text(name),
                Cell::Int(30),
                float(0.3),
                float(0.2),
                float(0.4),
                Cell::Bool(true),
            ]],
        ),
        result(
            "failures_after_changes",
            "change_type:t k:i n:i control_k:i control_n:i value:f lo:f hi:f is_kept:b",
            vec![vec![
                text(name),
                Cell::Int(9),
                Cell::Int(60),
                Cell::Int(12),
                Cell::Int(400),
                float(5.0),
                float(1.86),
                float(12.93),
                Cell::Bool(true),
            ]],
        ),
    ]
}

fn starts(name: &str) -> Vec<QueryResult> {
    vec![
        result(
            "start_delay",
            "tier:t n:i over_n:i late_value:f late_lo:f late_hi:f p50_s:f p90_s:f",
            vec![vec![
                text("all"),
                Cell::Int(25),
                Cell::Int(1),
                float(0.04),
                float(0.007),
                float(0.195),
                float(12.0),
                Cell::Null,
            ]],
        ),
        result(
            "start_delay_bottlenecks",
            "server:t hour:i n:i over_n:i p50_s:f p90_s:f",
            vec![vec![
                text(name),
                Cell::Int(22),
                Cell::Int(9),
                Cell::Int(1),
                float(12.0),
                Cell::Null,
            ]],
        ),
    ]
}

fn incidents(name: &str, cases: i64) -> Vec<QueryResult> {
    let median = |x: f64| if cases >= 6 { float(x) } else { Cell::Null };
    let durations = |id: &str| {
        let row = vec![
            text("all"),
            Cell::Int(cases),
            Cell::Int(1),
            median(7560.0),
            median(6500.0),
            median(9000.0),
            Cell::Null,
            Cell::Null,
        ];
        let columns = "severity:t n:i open_n:i median_s:f lo_s:f hi_s:f p75_s:f p90_s:f";
        result(id, columns, vec![row])
    };
    vec![
        durations("mttd"),
        durations("mtta"),
        durations("mttr_resolve"),
        durations("mttr_restore"),
        result(
            "incident_cases",
            "incident_id:t system_id:t severity:t detected_at:at resolve_s:f",
            vec![vec![text(name), text(name), text("all"), at("2026-07-01"), float(3000.0)]],
        ),
    ]
}

fn recovery(name: &str) -> Vec<QueryResult> {
    vec![
        result(
            "rpo_exposure",
            "system_id:t tier:t rpo_s:f worst_s:f compliance_ratio:f breach_n:i now_s:f",
            vec![vec![
                text(name),
                text("1"),
                float(86_400.0),
                float(97_200.0),
                float(0.875),
                Cell::Int(6),
                float(140_000.0),
            ]],
        ),
        result(
            "exposure_over_150_percent",
            "system_id:t tier:t rpo_s:f e_now_s:f exception_until:at",
            vec![vec![text(name), text("1"), float(86_400.0), float(140_000.0), Cell::Null]],
        ),
        result(
            "rta_by_tier",
            &format!("tier:t {RATE} rto_s:f median_s:f lo_s:f hi_s:f"),
            vec![{
                let mut row = rate_row(&["1"], 3, 4, "too_few_runs");
                row.extend([float(14_400.0), Cell::Null, Cell::Null, Cell::Null]);
                row
            }],
        ),
        result(
            "rto_not_demonstrated",
            "system_id:t tier:t rto_s:f last_test_at:at test_every_s:f",
            vec![vec![text(name), text("1"), float(3600.0), Cell::Null, float(1.0)]],
        ),
    ]
}

/// A pool of 2 TiB, 1.5 of them used; dates of being full, or why there are none.
fn pool(name: &str, full: [Cell; 3], refusal: Option<&str>) -> Vec<Cell> {
    let tib = 1_099_511_627_776.0;
    let mut row = vec![text(name), float(1.5 * tib), float(2.0 * tib)];
    row.extend(full);
    row.extend(refusal.map_or([Cell::Null, Cell::Null], |why| [text("shrinking"), text(why)]));
    row.extend(if refusal.is_some() { [Cell::Null, Cell::Null] } else { [0.04, 0.02].map(float) });
    let planned = [at("2027-05-01"), at("2027-02-20")];
    row.extend(if refusal.is_some() { [Cell::Null, Cell::Null] } else { planned });
    row
}

fn sites(name: &str) -> QueryResult {
    result(
        "site_forecast",
        "level:t total:t series_n:i left_out_n:i last_value:f limit_value:f full_p10_at:at \
         full_p50_at:at full_p90_at:at planned_p50_at:at refusal:t refusal_sentence:t \
         left_out:t",
        vec![vec![
            text("all"),
            text(name),
            Cell::Int(2),
            Cell::Int(1),
            float(3e12),
            float(4e12),
            at("2027-08-01"),
            at("2027-09-01"),
            Cell::Null,
            at("2027-07-01"),
            Cell::Null,
            Cell::Null,
            text(name),
        ]],
    )
}

fn capacity(name: &str) -> Vec<QueryResult> {
    vec![
        result(
            "storage_use",
            "pool:t at:at used_bytes:i capacity_bytes:i",
            vec![
                vec![text(name), at("2026-01-01"), Cell::Int(1 << 40), Cell::Int(1 << 41)],
                vec![text(name), at("2026-09-01"), Cell::Int(3 << 39), Cell::Int(1 << 41)],
            ],
        ),
        result(
            "pool_forecast_path",
            "pool:t at:at p50:i p10:i p90:i",
            vec![vec![
                text(name),
                at("2027-06-01"),
                Cell::Int(1 << 41),
                Cell::Int(3 << 39),
                Cell::Int(5 << 39),
            ]],
        ),
        result(
            "pool_forecast",
            "pool:t last_value:f limit_value:f full_p10_at:at full_p50_at:at full_p90_at:at \
             refusal:t refusal_sentence:t full_probability:f smape:f planned_p50_at:at \
             planned_order_by_at:at",
            vec![
                pool(name, [at("2027-03-10"), at("2027-06-01"), Cell::Null], None),
                pool("archive", [Cell::Null, Cell::Null, Cell::Null], Some("Use is falling.")),
            ],
        ),
        sites(name),
        result(
            "forecast_accuracy",
            "pool:t made_at:at point_n:i inside_80_n:i inside_95_n:i error_ratio:f full_p50_at:at \
             full_seen_at:at",
            vec![vec![
                text(name),
                at("2026-04-01"),
                Cell::Int(13),
                Cell::Int(11),
                Cell::Int(13),
                Cell::Float(0.03),
                at("2027-06-01"),
                Cell::Null,
            ]],
        ),
        result(
            "load_quality",
            "source_id:t table_name:t coverage:t rows_in:i loaded:i duplicate:i quarantined:i",
            vec![vec![
                text(name),
                text("job_runs"),
                text("survivors"),
                Cell::Int(5),
                Cell::Int(4),
                Cell::Int(0),
                Cell::Int(1),
            ]],
        ),
    ]
}

pub fn input(name: &str, results: Vec<QueryResult>) -> ReportInput {
    ReportInput {
        title: String::new(),
        period: Period {
            name: "2026Q3".into(),
            from_us: parse_iso("2026-07-01").unwrap(),
            to_us: parse_iso("2026-10-01").unwrap(),
        },
        as_of: parse_iso("2026-10-02T06:00:00Z").unwrap(),
        organisation: name.into(),
        results: results.into_iter().map(|r| (r.id.clone(), r)).collect(),
        settings: BTreeMap::new(),
        run_id: name.into(),
        tables: BTreeMap::new(),
        format: Format::default(),
    }
}
