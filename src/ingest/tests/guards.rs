//! What must never load silently.

use super::*;
use crate::error::Kind;

const BERLIN: &str = "zone = 'Europe/Berlin'";

#[test]
fn every_record_is_a_row_out_of_scope_or_quarantined() {
    let text = "Id,Start,End,Status,Bytes\n\
                1,2026-10-20 22:00:00,2026-10-20 22:10:00,ok,10\n\
                2,2026-03-29 02:30:00,2026-03-29 03:30:00,ok,10\n\
                3,2026-10-20 22:00:00,2026-10-20 21:00:00,ok,10\n\
                4,2026-10-20 22:00:00,2026-10-20 21:59:30,ok,10\n\
                ,2026-10-20 22:00:00,2026-10-20 22:10:00,ok,10\n\
                6,2026-10-20 22:00:00,2026-10-20 22:10:00,ok,ten\n\
                7,2026-10-20 22:00:00,2026-10-20 22:10:00,ok,-5\n\
                8,2031-10-20 22:00:00,,busy,10\n\
                9,1985-10-20 22:00:00,,busy,10\n\
                10,2026-10-20 22:00,2026-10-20 22:10:00,ok\n\
                11,yesterday,,ok,10\n";
    let loaded = jobs(BERLIN, text);
    assert_eq!(column(&loaded, "run_id"), ["1", "4"]);
    let want = [
        "2 started_at time-gap",
        "3 ended_at time-order",
        "5 run_id key-null",
        "6 read_bytes number-unparsed",
        "7 read_bytes number-range",
        "8 started_at time-range",
        "9 started_at time-range",
        "10  ragged-row",
        "11 started_at time-unparsed",
    ];
    assert_eq!(reasons(&loaded), want);
    let ledger = &loaded.ledger;
    assert_eq!((ledger.records_read, ledger.rows_in, ledger.rows_quarantined), (11, 11, 9));
    assert!(ledger.findings.contains(&"clock-skew: 1".to_owned()), "{:?}", ledger.findings);
}

#[test]
fn a_naive_time_is_refused_without_a_zone_and_quarantined_where_none_may_be() {
    let text = "Id,Start,End,Status\n1,2026-10-20 22:00:00,,ok\n";
    let refusal = jobs("", text).refusal.unwrap();
    assert_eq!(refusal.kind, Kind::Input);
    assert!(refusal.hint.unwrap().contains("zone ="), "no hint");
    let strict = JOBS.replace("zone = \"source\"", "zone = \"none\"");
    let loaded = load(&strict, BERLIN, "j.csv", text).unwrap();
    assert_eq!(reasons(&loaded), ["1 started_at time-naive"]);
}

#[test]
fn a_missing_column_is_refused_with_the_nearest_name_and_a_new_one_is_kept() {
    let loaded = jobs(BERLIN, "Id,Start,EndTime,Status\n1,2026-10-20 22:00:00,,ok\n");
    let refusal = loaded.refusal.unwrap();
    assert!(refusal.message.contains("column \"End\" is missing"), "{refusal}");
    assert!(refusal.hint.unwrap().contains("EndTime"), "no hint");
    assert_eq!(loaded.ledger.status(), "refused");

    let text = "Status,Id,Site,Start,End\nok,1,ams,2026-10-20 22:00:00,2026-10-20 22:00:01\n";
    let loaded = jobs(BERLIN, text);
    assert_eq!(loaded.ledger.new_columns, ["Site"]);
    assert_eq!(loaded.ledger.missing_columns, ["Bytes"]);
    assert!(column(&loaded, "attrs")[0].contains("\"Site\":\"ams\""));
}

#[test]
fn a_constant_distance_to_the_epoch_twin_is_another_zone() {
    let adapter = JOBS.replace(
        "{ from = \"End\", time = \"iso\" }",
        "{ from = \"End\", time = \"iso\", twin = { from = \"Epoch\", time = \"epoch_s\" } }",
    );
    // 1792526400 = 2026-10-20T20:00:00Z = 22:00 in Berlin
    let text = "Id,Start,End,Status,Epoch\n\
                1,2026-10-20 21:00:00,2026-10-20 22:00:00,ok,1792526400\n";
    let right = load(&adapter, BERLIN, "j.csv", text).unwrap();
    assert_eq!(column(&right, "ended_at"), ["2026-10-20T20:00:00Z"]);
    let wrong = load(&adapter, "zone = 'UTC'", "j.csv", text).unwrap();
    let refusal = wrong.refusal.unwrap();
    assert!(refusal.message.contains("120 min off"), "{refusal}");
}

#[test]
fn a_twin_proves_the_second_pass_of_a_fold() {
    let adapter = JOBS.replace(
        "{ from = \"End\", time = \"iso\" }",
        "{ from = \"End\", time = \"iso\", twin = { from = \"Epoch\", time = \"epoch_s\" } }",
    );
    // 1792890006 = 2026-10-25T01:00:06Z, which is 02:00:06 for the second time
    let text = "Id,Start,End,Status,Epoch\n\
                1,2026-10-25 02:59:58,2026-10-25 02:00:06,ok,1792890006\n";
    let loaded = load(&adapter, BERLIN, "j.csv", text).unwrap();
    assert!(loaded.refusal.is_none());
    assert_eq!(column(&loaded, "started_at"), ["2026-10-25T00:59:58Z"]);
    assert_eq!(column(&loaded, "ended_at"), ["2026-10-25T01:00:06Z"]);
    assert_eq!(column(&loaded, "time_quality"), ["ambiguous_dst"]);
    assert_eq!(column(&loaded, "duration_s"), ["-"]);
}

#[test]
fn in_a_fold_the_end_is_start_plus_reported_duration() {
    let adapter = JOBS.replace("[map", "duration_s = { from = \"Took\", duration = \"s\" }\n[map");
    let text = "Id,Start,End,Status,Took\n1,2026-10-25 02:59:58,2026-10-25 02:00:06,ok,8.06\n";
    let loaded = load(&adapter, BERLIN, "j.csv", text).unwrap();
    assert_eq!(column(&loaded, "ended_at"), ["2026-10-25T01:00:06.060000Z"]);
}

#[test]
fn an_unknown_word_is_loaded_as_unmapped_and_counted() {
    let text = "Id,Start,End,Status\n\
                1,2026-10-20 22:00:00,,Paused\n2,2026-10-20 22:00:00,,Paused\n";
    let loaded = jobs(BERLIN, text);
    assert_eq!(column(&loaded, "outcome"), ["unmapped", "unmapped"]);
    assert_eq!(column(&loaded, "vendor_status"), ["Paused", "Paused"]);
    assert_eq!(loaded.ledger.unmapped.get("outcome: Paused"), Some(&2));
    assert_eq!(loaded.ledger.status(), "findings");
}

#[test]
fn lost_values_quarantine_the_row_unless_the_adapter_allows_them() {
    let text = "Id,Start,End,Status,Bytes\n1,2026-10-20 22:00:00,,busy,ten\n";
    let allowed = format!("{JOBS}\n[allow]\nloss = {{ read_bytes = \"any\" }}\n");
    let loaded = load(&allowed, BERLIN, "j.csv", text).unwrap();
    assert_eq!(column(&loaded, "read_bytes"), ["-"]);
    assert!(column(&loaded, "attrs")[0].contains("\"read_bytes\":\"ten\""));
    assert_eq!(loaded.ledger.loss.get("read_bytes"), Some(&1));
}

#[test]
fn records_that_share_a_key_with_other_content_are_counted() {
    let row = "1,2026-10-20 22:00:00,,busy\n";
    let text = format!("Id,Start,End,Status\n{row}{row}1,2026-10-20 22:00:00,,bad\n");
    let loaded = jobs(BERLIN, &text);
    assert_eq!(loaded.ledger.key_collisions, 1);
    assert_eq!(column(&loaded, "run_id").len(), 3);
}

#[test]
fn the_order_of_day_and_month_is_declared_and_a_proof_of_the_other_refuses() {
    let adapter = JOBS.replace("time = \"iso\"", "time = \"{date:/} %H:%M\"");
    let text = |day: &str| format!("Id,Start,End,Status\n1,{day} 10:00,,busy\n");
    let with = |order: &str, day: &str| {
        load(&adapter, &format!("{BERLIN}\n{order}"), "j.csv", &text(day)).unwrap()
    };
    assert!(with("", "03/04/2026").refusal.unwrap().message.contains("order of day"));
    let dmy = with("date_order = 'dmy'", "03/04/2026");
    assert_eq!(column(&dmy, "started_at"), ["2026-04-03T08:00:00Z"]);
    let proof = with("date_order = 'mdy'", "29/04/2026").refusal.unwrap();
    assert!(proof.message.contains("29/04/2026"), "{proof}");
}

#[test]
fn a_cut_export_is_reported() {
    let loaded = jobs(BERLIN, "Id,Start,End,Status\n1,2026-10-20 22:00:00,,busy");
    assert!(loaded.ledger.findings.contains(&"possibly-truncated".to_owned()));
    let whole = jobs(BERLIN, "Id,Start,End,Status\n1,2026-10-20 22:00:00,,busy\n");
    assert!(whole.ledger.findings.is_empty(), "{:?}", whole.ledger.findings);
}

#[test]
fn the_load_id_changes_with_bytes_adapter_and_zone_and_with_nothing_else() {
    let text = "Id,Start,End,Status\n1,2026-10-20 22:00:00,,busy\n";
    let id = |adapter: &str, zone: &str, name: &str, text: &str| {
        load(adapter, &format!("zone = '{zone}'"), name, text).unwrap().ledger.load_id
    };
    let base = id(JOBS, "Europe/Berlin", "a.csv", text);
    assert_eq!(base, id(JOBS, "Europe/Berlin", "b.csv", text));
    let newer = JOBS.replace("version  = 1", "version  = 2");
    assert_ne!(base, id(&newer, "Europe/Berlin", "a.csv", text));
    assert_ne!(base, id(JOBS, "UTC", "a.csv", text));
    assert_ne!(base, id(JOBS, "Europe/Berlin", "a.csv", &text.replace("busy", "ok")));
}

#[test]
fn what_is_wrong_in_an_adapter_is_named_with_its_line() {
    let cases = [
        ("tested   = \"documented\"", "testet = \"documented\"", "testet", ""),
        ("coverage = \"attempts\"", "", "coverage is missing", "survivors"),
        ("table    = \"job_runs\"", "table = \"job_run\"", "no table `job_run`", "job_runs"),
        ("ended_at   =", "ended_att =", "no such column", "ended_at"),
        ("bad  = \"failed\"", "bad = \"failure\"", "`failure` is no word", "failed"),
        ("map = \"status\" }", "map = \"stati\" }", "no [map.stati]", "[map.stati]"),
        ("time = \"iso\" }\nended", "time = \"isso\" }\nended", "no form of a time", "iso"),
        (", map = \"status\" }", " }", "copied", "[map.status]"),
        ("run_id = [\"Id\"]", "", "key column run_id", "run_id"),
        ("value = \"backup\"", "value = \"Backup\"", "`Backup` is no word", "backup"),
        ("[key]", "[rows]\nwhere = \"\\\"Id\\\" > 5\"\n[key]", "text with number", "cast"),
        ("from = \"Start\",", "from = \"Start\", regex = \"(\",", "no regex", ""),
    ];
    for (from, to, message, hint) in cases {
        let adapter = JOBS.replace(from, to);
        assert_ne!(adapter, JOBS, "{from}");
        let text = "Id,Start,End,Status\n";
        let error = load(&adapter, BERLIN, "j.csv", text).unwrap_err();
        assert_eq!(error.kind, Kind::Config, "{error}");
        assert!(error.message.contains(message), "{message}: {error}");
        assert!(error.hint.unwrap_or_default().contains(hint), "{hint}: {}", error.message);
        assert!(error.place.unwrap().starts_with("adapters/t/x.toml:"), "{message}");
    }
}
