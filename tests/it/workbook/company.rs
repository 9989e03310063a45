//! A small company's results for the capacity plan, as queries would give them. Written by
//! hand; no figure in here comes from Tapeline.

use std::collections::BTreeMap;

use tapeline::model::format::Format;
use tapeline::model::frame::{Cell, Column, Frame, Type};
use tapeline::model::result::{Lineage, QueryResult, TableVersion};
use tapeline::model::time::{DAY_US, parse_iso};
use tapeline::reports::input::{Period, ReportInput};

const TB: i64 = 1_000_000_000_000;

/// A frame from `name:type` words (t, i, f, b, at) and rows with `|` between cells.
pub fn frame(columns: &str, rows: &[String]) -> Frame {
    let kinds: Vec<(&str, Type)> = columns
        .split(' ')
        .map(|word| {
            let (name, kind) = word.split_once(':').unwrap();
            let kind = match kind {
                "t" => Type::Text,
                "i" => Type::Int,
                "f" => Type::Float,
                "b" => Type::Bool,
                _ => Type::Time,
            };
            (name, kind)
        })
        .collect();
    let mut made: Vec<Column> = kinds.iter().map(|(_, kind)| Column::empty(*kind)).collect();
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells.len(), kinds.len(), "{row}");
        for ((column, (_, kind)), text) in made.iter_mut().zip(&kinds).zip(cells) {
            column.push(cell(*kind, text)).unwrap();
        }
    }
    let names = kinds.iter().map(|(name, _)| (*name).to_owned());
    Frame::from_columns(names.zip(made).collect()).unwrap()
}

fn cell(kind: Type, text: &str) -> Cell {
    match kind {
        _ if text.is_empty() => Cell::Null,
        Type::Text | Type::List => Cell::Text(text.to_owned()),
        Type::Int => Cell::Int(text.parse().unwrap()),
        Type::Float => Cell::Float(text.parse().unwrap()),
        Type::Bool => Cell::Bool(text == "true"),
        Type::Time => Cell::Time(parse_iso(text).unwrap()),
    }
}

fn result(id: &str, says: &str, frame: Frame) -> QueryResult {
    let tables = BTreeMap::from([("storage_samples".to_owned(), version(41))]);
    let lineage = Lineage {
        sql_sha256: format!("{:064x}", id.len()),
        parameters: BTreeMap::from([("as_of".to_owned(), "2026-10-01T06:00:00Z".to_owned())]),
        tables,
        ..Lineage::default()
    };
    QueryResult {
        id: id.to_owned(),
        title: id.replace('_', " "),
        says: says.to_owned(),
        frame,
        lineage,
        ..QueryResult::default()
    }
}

fn version(version: i64) -> TableVersion {
    TableVersion { version, commit_sha256: "5f".repeat(32), row_count: 4_932 }
}

/// Pools: name, used, usable, growth a day, half width of 80 % after 400 days, refusal.
const POOLS: [(&str, i64, i64, i64, i64, &str); 8] = [
    (
        "bks01.berlin:9100 /srv/backup/archive",
        14_750_000_000_000,
        30 * TB,
        -14_000_000_000,
        TB,
        "shrinking",
    ),
    (
        "bks01.berlin:9100 /srv/backup/gold",
        37_560_000_000_000,
        53_200_000_000_000,
        23_800_000_000,
        2 * TB,
        "",
    ),
    (
        "bks01.berlin:9100 /srv/backup/platinum",
        12_850_000_000_000,
        20 * TB,
        3_000_000_000,
        TB / 2,
        "flat",
    ),
    (
        "bks01.berlin:9100 /srv/backup/silver",
        52_220_000_000_000,
        60 * TB,
        65_000_000_000,
        4 * TB,
        "",
    ),
    (
        "bks-stg01.berlin:9100 /srv/backup/staging",
        6_450_000_000_000,
        9_500_000_000_000,
        1_000_000_000,
        TB / 4,
        "flat",
    ),
    ("dr-store01 /srv/dr/veeam", 21_700_000_000_000, 36 * TB, 7_000_000_000, TB, ""),
    ("=HYPERLINK(\"x\") tape cache", 1_220_000_000_000, 3_800_000_000_000, 0, 0, "too_short"),
    ("rest01.edge:9100 /srv/restic", 3_200_000_000_000, 8 * TB, 2_000_000_000, TB / 5, "flat"),
];

const AS_OF: &str = "2026-10-01T06:00:00Z";

fn pool_forecast() -> Frame {
    let columns = "pool:t n:i n_used:i filled_n:i last_at:at last_value:i limit_value:i \
                   growth_per_day:f method:t shift_n:i last_shift_at:at smape:f mase:f \
                   coverage_ratio:f origin_n:i full_p10_at:at full_p50_at:at full_p90_at:at \
                   order_by_at:at refusal:t refusal_sentence:t full_probability:f \
                   reduction_ratio:f reduction_p10_ratio:f planned_p50_at:at \
                   planned_order_by_at:at";
    let rows = POOLS.map(|(pool, used, usable, growth, _, refusal)| {
        let last = "2026-10-01T00:00:00Z";
        let sentence = match refusal {
            "too_short" => "Only 12 points are known; at least 16 are needed.",
            "shrinking" => "Use is falling, so no date can be given.",
            "flat" => "Use hardly changes; the limit is not in sight within the horizon.",
            _ => "",
        };
        let (method, n) = if refusal == "too_short" { ("", 12) } else { ("damped_holt", 545) };
        let test = if refusal == "too_short" { "|||" } else { "0.0121|1.84|0.948|24" };
        let dates = match (refusal, growth > 30_000_000_000) {
            ("", true) => {
                "2027-01-12T00:00:00Z|2027-01-29T00:00:00Z|2027-02-24T00:00:00Z|\
             2026-11-08T00:00:00Z"
            }
            ("", false) => "2028-03-01T00:00:00Z|2028-08-01T00:00:00Z||2027-12-01T00:00:00Z",
            _ => "|||",
        };
        let chance = if dates.starts_with("2027") { "0.04" } else { "" };
        let shift = if pool.ends_with("gold") { "1|2026-08-30T00:00:00Z" } else { "0|" };
        format!(
            "{pool}|{n}|{n}|3|{last}|{used}|{usable}|{growth}|{method}|{shift}|{test}|{dates}|\
             {refusal}|{sentence}|{chance}||||"
        )
    });
    frame(&columns.split_whitespace().collect::<Vec<_>>().join(" "), &rows)
}

fn pool_forecast_path() -> Frame {
    let columns = "pool:t at:at p50:f p10:f p90:f p025:f p975:f";
    let mut rows = Vec::new();
    for (pool, used, _, growth, width, refusal) in POOLS {
        if refusal == "too_short" {
            continue;
        }
        for day in 1..=400_i64 {
            let at = parse_iso("2026-10-01").unwrap() + day * DAY_US;
            let value = used + growth * day;
            let half = width * day / 400;
            rows.push(format!(
                "{pool}|{}|{value}|{}|{}|{}|{}",
                tapeline::model::time::iso(at),
                value - half,
                value + half,
                value - 2 * half,
                value + 2 * half
            ));
        }
    }
    frame(columns, &rows)
}

fn site_forecast() -> Frame {
    frame(
        "level:t total:t series_n:i left_out_n:i left_out:t last_value:i limit_value:i \
         full_p10_at:at full_p50_at:at full_p90_at:at planned_p50_at:at full_probability:f smape:f \
         coverage_ratio:f origin_n:i refusal_sentence:t",
        &rows(&[
            "site|berlin|5|0||115000000000000|180000000000000|2028-04-01T00:00:00Z|\
             2028-08-01T00:00:00Z||2028-09-01T00:00:00Z|0.0|0.004|0.86|6|",
            "all|all|6|1|=1+1: Only 12 points are known; at least 16 are needed.|136000000000000|\
             216000000000000|2028-05-01T00:00:00Z|2028-07-01T00:00:00Z|2028-09-01T00:00:00Z||0.0|\
             0.002|0.96|6|",
        ]),
    )
}

fn site_forecast_path() -> Frame {
    let mut rows = Vec::new();
    for (level, total, used) in [("site", "berlin", 115 * TB), ("all", "all", 136 * TB)] {
        for day in 1..=400_i64 {
            let at = tapeline::model::time::iso(parse_iso("2026-10-01").unwrap() + day * DAY_US);
            let (value, half) = (used + TB / 10 * day, TB / 50 * day);
            rows.push(format!("{level}|{total}|{at}|{value}|{}|{}", value - half, value + half));
        }
    }
    frame("level:t total:t at:at p50:f p10:f p90:f", &rows)
}

fn forecast_accuracy() -> Frame {
    let columns = "pool:t made_at:at point_n:i inside_80_n:i inside_95_n:i off_bytes:i \
                   used_sum_bytes:i full_p10_at:at full_p50_at:at full_p90_at:at full_seen_at:at \
                   error_ratio:f";
    let said = "2027-01-01T00:00:00Z|2027-02-01T00:00:00Z|2027-03-01T00:00:00Z";
    let row =
        format!("{}|2026-07-01T06:00:00Z|13|11|13|{TB}|{}|{said}||0.0125", POOLS[0].0, 80 * TB);
    frame(columns, &[row])
}

fn capacity_history() -> Frame {
    let columns = "pool:t month:t at:at used_bytes:i available_bytes:i capacity_bytes:i";
    let mut rows = Vec::new();
    for (pool, used, usable, growth, _, refusal) in POOLS {
        for back in (0..if refusal == "too_short" { 2 } else { 18 }).rev() {
            let month = (2026 * 12 + 8) - back;
            let (year, month) = (month / 12, month % 12 + 1);
            let at = format!("{year}-{month:02}-28T00:00:00Z");
            let used = used - growth * 30 * i64::from(back);
            let free = usable - used;
            rows.push(format!("{pool}|{year}-{month:02}|{at}|{used}|{free}|{usable}"));
        }
    }
    frame(columns, &rows)
}

fn rows(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn planned_additions() -> Frame {
    frame(
        "plan_id:t pool:t system_id:t kind:t starts_at:at bytes:i adds_capacity:b ramp_s:f \
         probability_share:f owner_group:t note:t",
        &rows(&[
            "plan-plm-scans|bks01.berlin:9100 /srv/backup/silver|plm-db01|ramp|\
             2026-11-15T00:00:00Z|3000000000000|false|5184000|0.7|Engineering IT|Scans of the \
             drawing archive",
            "plan-running|dr-store01 /srv/dr/veeam||ramp|2026-09-01T00:00:00Z|1200000000000|false|\
             5184000|1|Platform|Runs since September",
            "plan-archive-cleanup|bks01.berlin:9100 /srv/backup/archive||step|\
             2026-12-01T00:00:00Z|-1500000000000|false|0|0.8|Platform|Retention of closed \
             projects ends",
            "plan-gold-shelf|bks01.berlin:9100 /srv/backup/gold||step|2027-01-15T00:00:00Z|\
             20000000000000|true|0|0.9|Platform|Second shelf, ordered",
            "plan-nowhere|not assigned|hr-db01|step|2027-02-01T00:00:00Z|500000000000|false|0|0.5|\
             HR Systems|=1+1",
        ]),
    )
}

fn price_list() -> Frame {
    frame(
        "item:t unit:t currency:t price_e4:i valid_from:at earlier_price_e4:i \
         earlier_valid_from:at",
        &rows(&[
            "disk_capacity|TB month|EUR|109500|2026-01-01T00:00:00Z|118000|2025-01-01T00:00:00Z",
            "disk_expansion|TB|EUR|2150000|2025-01-01T00:00:00Z||",
            "engineer_hour|h|EUR|920000|2025-01-01T00:00:00Z||",
            "object_capacity|TB month|EUR|64000|2025-01-01T00:00:00Z||",
        ]),
    )
}

fn chargeback() -> Frame {
    frame(
        "owner_group:t application:t system_count:i known_count:i protected_bytes:i \
         written_bytes:i",
        &rows(&[
            "ERP Services|erp|12|12|18400000000000|30100000000000",
            "Engineering IT|engineering|8|7|21900000000000|26000000000000",
            "HR Systems|people|3|3|1900000000000|2100000000000",
            "Plant IT|logistics|9|9|9800000000000|14900000000000",
            "Plant IT|manufacturing|7|7|12100000000000|19700000000000",
            "Sales Systems|sales|13|12|15500000000000|21000000000000",
            "Workplace|identity|2|2|900000000000|1400000000000",
            "Workplace|office|8|8|11300000000000|12800000000000",
            "no owner|no application|1|0|0|0",
        ]),
    )
}

/// What the report is made from.
pub fn input() -> ReportInput {
    let results = [
        result("storage_use", "last sample of the day", Frame::new()),
        result("pool_forecast", "date to full with interval and back-test", pool_forecast()),
        result("pool_forecast_path", "forecast 400 days ahead", pool_forecast_path()),
        result("site_forecast", "when the room of a site is used up", site_forecast()),
        result("site_forecast_path", "use of sites, 400 days ahead", site_forecast_path()),
        result("forecast_accuracy", "earlier forecasts and what came", forecast_accuracy()),
        result("capacity_history", "last sample of the month", capacity_history()),
        result("planned_additions", "growth plans that are not over", planned_additions()),
        result("price_list", "price in force, and the one before it", price_list()),
        result("chargeback", "front-end size and bytes written", chargeback()),
    ];
    ReportInput {
        title: String::new(),
        period: Period {
            name: "2026Q3".to_owned(),
            from_us: parse_iso("2026-07-01").unwrap(),
            to_us: parse_iso("2026-10-01").unwrap(),
        },
        as_of: parse_iso(AS_OF).unwrap(),
        organisation: "Halden & Frey Instruments".to_owned(),
        results: results.into_iter().map(|r| (r.id.clone(), r)).collect(),
        settings: BTreeMap::new(),
        run_id: "2026-10-01T06:00:00Z-7d3f".to_owned(),
        tables: ["growth_plans", "prices", "storage_samples", "systems"]
            .map(|name| (name.to_owned(), version(41)))
            .into(),
        // Not UTC: the days of the plan are whole days there too.
        format: Format { zone: "Europe/Berlin".parse().unwrap(), ..Format::default() },
    }
}
