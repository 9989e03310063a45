//! Capacity of the sample company against what was planted: a falling reduction ratio, recovery
//! points of a retired system that expire, sites, pools that are sampled by the month.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::{csv, demo};

type Row = BTreeMap<String, String>;

fn truth() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/truth.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A query over the two years before the date of the reports.
fn two_years(query: &str) -> Vec<Row> {
    let window = ["--var", "from=2024-10-01T06:00:00Z", "--var", "to=2026-10-01T06:00:00Z"];
    csv(&demo().path, &[&[query][..], &window].concat())
}

fn number(row: &Row, name: &str) -> f64 {
    row[name].parse().unwrap_or_else(|_| panic!("{name} of {row:?}"))
}

#[test]
fn a_falling_ratio_and_what_expires_give_the_date_that_was_planted() {
    let truth = &truth()["pools"]["vault-ny01"];
    let rows = two_years("pool_forecast");
    let vault = rows.iter().find(|row| row["pool_id"] == "vault-ny01 /data").unwrap();
    let full = truth["full_at_of_the_process"].as_str().unwrap();
    let (p10, p90) = (&vault["full_p10_at"], &vault["full_p90_at"]);
    assert!(p10.as_str() < full && full < p90.as_str(), "{p10} {full} {p90}");
    let ratio = truth["reduction_ratio_now_of_the_process"].as_f64().unwrap();
    assert!((number(vault, "reduction_ratio") / ratio - 1.0).abs() < 0.01);
    let growth = truth["logical_growth_bytes_per_day_of_the_process"].as_f64().unwrap();
    assert!((number(vault, "logical_growth_per_day") / growth - 1.0).abs() < 0.02);
    // 760 days on, the ratio is 9.5 - 3.5 if it goes on falling as it did.
    assert!((4.5..6.1).contains(&number(vault, "reduction_p10_ratio")));
    let others = rows.iter().filter(|row| row["pool_id"] != "vault-ny01 /data");
    assert!(others.into_iter().all(|row| row["reduction_ratio"].is_empty()));
}

#[test]
fn what_comes_back_is_what_was_planted_to_the_byte_and_the_hour() {
    let planted = &truth()["pools"]["vault-ny01"]["roll_off"];
    let rows = csv(&demo().path, &["retention_roll_off"]);
    let got: Vec<(String, i64)> =
        rows.iter().map(|r| (r["back_at"].clone(), r["bytes"].parse().unwrap())).collect();
    let want: Vec<(String, i64)> = planted
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["at"].as_str().unwrap().to_owned(), r["bytes"].as_i64().unwrap()))
        .collect();
    assert!(want.len() > 5);
    assert_eq!(got, want);
    assert!(rows.iter().all(|r| r["object_name"] == "ny-print01" && r["pool"] == "vault-ny01"));
}

#[test]
fn sites_are_the_sums_of_their_pools_today_and_ahead() {
    let (pools, sites) = (two_years("pool_forecast"), two_years("site_forecast"));
    let named: Vec<&str> = sites.iter().map(|row| row["total"].as_str()).collect();
    assert_eq!(named, ["berlin", "newyork", "all"]);
    let all = &sites[2];
    assert_eq!((all["series_n"].as_str(), all["left_out_n"].as_str()), ("10", "0"));
    for column in ["last_value", "limit_value"] {
        let sum = |rows: &[Row]| rows.iter().map(|row| number(row, column)).sum::<f64>();
        assert_eq!(number(all, column), sum(&pools), "{column}");
        assert_eq!(number(all, column), sum(&sites[..2]), "{column}");
    }
    let by_pool = two_years("pool_forecast_path");
    let by_site = two_years("site_forecast_path");
    let ahead = |rows: &[Row], column: &str, is: &dyn Fn(&Row) -> bool| -> Vec<f64> {
        let day = rows.iter().filter(|row| row["at"].starts_with("2027-09-01") && is(row));
        day.map(|row| number(row, column)).collect()
    };
    let is_all = |row: &Row| row["total"] == "all";
    let middles: f64 = ahead(&by_pool, "p50", &|_| true).iter().sum();
    let middle = ahead(&by_site, "p50", &is_all)[0];
    assert!((middle / middles - 1.0).abs() < 0.01, "{middle} {middles}");
    // One pool, gold, has three quarters of all spread: the whole cannot be much narrower.
    let widths = |rows: &[Row], is: &dyn Fn(&Row) -> bool| -> Vec<f64> {
        let (hi, lo) = (ahead(rows, "p975", is), ahead(rows, "p025", is));
        hi.iter().zip(lo).map(|(hi, lo)| hi - lo).collect()
    };
    let (pools, whole) = (widths(&by_pool, &|_| true), widths(&by_site, &is_all)[0]);
    let widest = pools.iter().copied().fold(0.0, f64::max);
    assert!(whole > 0.9 * widest && whole < 1.5 * pools.iter().sum::<f64>(), "{whole} {widest}");
    for row in &sites {
        assert!(number(row, "smape") < 0.02 && number(row, "coverage_ratio") > 0.75, "{row:?}");
    }
}

#[test]
fn a_pool_that_is_sampled_by_the_month_has_a_forecast_too() {
    let pools = two_years("pool_forecast");
    let dr = pools.iter().find(|row| row["pool_id"] == "dr-store01 /srv/dr/veeam").unwrap();
    // 210 GB a month: 36 TB are not reached in two years.
    assert_eq!((dr["refusal"].as_str(), dr["n_used"].as_str()), ("flat", "18"));
    assert!((number(dr, "growth_per_day") / (210e9 / 30.4) - 1.0).abs() < 0.05);
}
