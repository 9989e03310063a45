//! What an adapter can say: joins, groups, lists, keys, canonical files, people, drafts.

use super::*;
use crate::ingest::{detect, draft};

#[test]
fn canonical_files_need_no_adapter_of_their_own() {
    let library = AdapterLibrary::load(&[], None).unwrap();
    let ids: Vec<&str> = library.iter().map(|e| e.adapter.id.as_str()).collect();
    assert!(ids.contains(&"canonical.systems") && ids.contains(&"canonical.job_runs.ndjson"));
    let entry = library.get("canonical.systems").unwrap();
    let text = "system_id,valid_from,name,aliases,is_in_scope,rpo_s,owner\n\
                erp,2026-01-01,ERP,erp-db01;erp-db02,true,3600,Ann\n\
                crm,2026-01-01T00:00:00+01:00,CRM,,false,,\n";
    let inputs = [Input::from_bytes("systems.csv", text.as_bytes().to_vec())];
    let table: toml::Table = toml::from_str("id = 'own'\npath = 'x'\nzone = 'UTC'").unwrap();
    let source = SourceSpec::from_table(&table, "t").unwrap();
    let context = context(Path::new("."));
    let opener = Opener { root: Path::new("."), spool: Path::new("."), limits: Limits::default() };
    let loaded = Job {
        spec: &source,
        library: &library,
        context: &context,
        opener: &opener,
        entry,
        input: &inputs[0],
        partners: &Partners::new(&inputs),
        order: Order::AsRead,
    }
    .run()
    .unwrap();
    assert_eq!(column(&loaded, "system_id"), ["erp", "crm"], "{:?}", reasons(&loaded));
    assert_eq!(column(&loaded, "aliases"), ["[\"erp-db01\",\"erp-db02\"]", "[]"]);
    assert_eq!(column(&loaded, "valid_from")[1], "2025-12-31T23:00:00Z");
    assert_eq!(column(&loaded, "rpo_s"), ["3600", "-"]);
    assert_eq!(column(&loaded, "attrs")[0], "{\"owner\":\"Ann\",\"valid_from\":\"2026-01-01\"}");
}

#[test]
fn the_same_rows_as_csv_ndjson_and_parquet_are_the_same_systems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/canonical_parquet");
    let library = AdapterLibrary::load(&[], None).unwrap();
    let load = |adapter: &str, file: &str| {
        let options = format!("id = 'own'\nadapter = '{adapter}'\npath = '{file}'");
        let source = SourceSpec::from_table(&toml::from_str(&options).unwrap(), "t").unwrap();
        let context = context(&folder);
        let mut loaded =
            super::super::load_source(&source, &library, &context, &mut std::io::empty()).unwrap();
        let loaded = loaded.remove(0);
        assert!(loaded.refusal.is_none(), "{:?}", loaded.refusal);
        assert_eq!(
            loaded.ledger.findings,
            if file.ends_with("ndjson") {
                Vec::<String>::new()
            } else {
                vec!["new-column \"owner\"".to_owned()]
            }
        );
        got(&loaded)
    };
    let csv = load("canonical.systems", "systems.csv");
    assert_eq!(csv.rows.len(), 3);
    assert_eq!(csv.rows[0]["change_bytes_per_day"], "9007199254740993");
    assert_eq!(csv.rows[0]["attrs"], "{\"owner\":\"Ann\"}");
    for writer in ["duckdb", "pyarrow", "polars"] {
        let rows = load("canonical.systems.parquet", &format!("systems.{writer}.parquet"));
        assert_eq!(rows, csv, "{writer}");
    }
    // Unknown members of an object are not kept in attrs.
    let mut ndjson = load("canonical.systems.ndjson", "systems.ndjson");
    for (row, with) in ndjson.rows.iter_mut().zip(&csv.rows) {
        row.extend(with.get("attrs").map(|text| ("attrs".to_owned(), text.clone())));
    }
    assert_eq!(ndjson, csv);
}

#[test]
fn a_signature_finds_the_adapter_of_a_parquet_file_and_a_draft_reads_it() {
    let bytes = include_bytes!("../../../tests/fixtures/canonical_parquet/systems.duckdb.parquet");
    let input = Input::from_bytes("systems.parquet", bytes.to_vec());
    let adapter = JOBS
        .replace("\"csv\"", "\"parquet\"")
        .replace("[time]", "[detect]\ncolumns = [\"system_id\", \"owner\"]\n[time]");
    let text = JOBS
        .replace("test.jobs", "test.text")
        .replace("[time]", "[detect]\ncolumns = [\"Id\"]\n[time]");
    let files = [("t/x.toml", adapter.as_bytes()), ("t/y.toml", text.as_bytes())];
    let library = AdapterLibrary::load(&files, None).unwrap();
    assert_eq!(detect(&library, &input).unwrap().adapter.id, "test.jobs");
    let draft = draft(&input, Some("systems")).unwrap();
    let adapter = super::super::adapter::Adapter::parse(&draft, "draft").unwrap();
    assert_eq!(adapter.detect.columns.len(), 11);
    assert!(draft.contains("format  = \"parquet\""), "{draft}");
}

#[test]
fn a_hashed_key_needs_all_parts_that_are_not_optional() {
    let adapter = JOBS.replace("[\"Id\"]", "[\"Id\", \"Site?\"]");
    let text = "Id,Site,Start,End,Status\n\
                1,ams,2026-10-20T22:00:00Z,,busy\n\
                1,,2026-10-20T22:00:00Z,,busy\n\
                ,ams,2026-10-20T22:00:00Z,,busy\n";
    let loaded = load(&adapter, "zone = 'UTC'", "j.csv", text).unwrap();
    // printf '1\x1fams\x1f' | sha256sum
    let ids = column(&loaded, "run_id");
    assert_eq!(ids[0], "f22661567bacb3b9acedbf66357bf89f");
    assert_ne!(ids[0], ids[1]);
    assert_eq!(reasons(&loaded), ["3 run_id key-null"]);
}

#[test]
fn several_records_of_one_fact_become_the_worst_of_them() {
    let adapter = JOBS.replace("[key]", "[rows]\nworst_of = [\"Id\"]\n[key]");
    let text = "Id,Start,End,Status,Bytes\n\
                1,2026-10-20T22:00:00Z,2026-10-20T22:01:00Z,ok,10\n\
                1,2026-10-20T22:00:00Z,2026-10-20T22:02:00Z,bad,\n\
                2,2026-10-20T22:00:00Z,2026-10-20T22:01:00Z,ok,5\n";
    let loaded = load(&adapter, "zone = 'UTC'", "j.csv", text).unwrap();
    assert_eq!(column(&loaded, "outcome"), ["failed", "success"]);
    assert_eq!(column(&loaded, "read_bytes"), ["10", "5"]);
    let ledger = &loaded.ledger;
    assert_eq!((ledger.records_read, ledger.rows_in, ledger.rows_out_of_scope), (3, 2, 1));
}

#[test]
fn a_partner_file_is_joined_by_its_columns_and_changes_the_row_hash() {
    let adapter = JOBS.replace(
        "[columns]",
        "[detect]\ncolumns = [\"Status\"]\n\
        [lookup.host]\ncolumns = [\"hid\", \"hname\"]\nkey = \"hid\"\non = \"Host\"\n\
        values = [\"hname\"]\n[columns]\nhost_name = { from = \"host.hname\" }",
    );
    let text = "Id,Start,End,Status,Host\n\
                1,2026-10-20T22:00:00Z,,busy,7\n2,2026-10-20T22:00:00Z,,busy,8\n";
    let load = |partner: &str| {
        let other = ("other/h.csv", "hid,hname\n7,no\n");
        let files = [("in/j.csv", text), ("in/h.csv", partner), other];
        load_all(&adapter, "zone = 'UTC'", &files).unwrap()
    };
    let loaded = load("hid,hname\n7,db01\n");
    assert_eq!(column(&loaded, "host_name"), ["db01", "-"]);
    assert!(loaded.ledger.findings.contains(&"lookup-missing: 1".to_owned()));
    let hash = |l: &Loaded| l.frames[0].text("row_hash").unwrap()[0].clone();
    assert_ne!(hash(&loaded), hash(&load("hid,hname\n7,db02\n")));
    assert_ne!(loaded.ledger.load_id, load("hid,hname\n7,db02\n").ledger.load_id);
}

#[test]
fn people_are_stored_as_a_keyed_hash() {
    let adapter = JOBS.replace("[map", "initiated_by = \"User\"\n[map");
    let text = "Id,Start,End,Status,User\n1,2026-10-20T22:00:00Z,,busy,ann\n";
    let loaded = load(&adapter, "zone = 'UTC'", "j.csv", text).unwrap();
    // printf ann | openssl dgst -sha256 -hmac key
    assert_eq!(column(&loaded, "initiated_by"), ["9d77c3180ff81edfbc099a7e91843e41"]);
}

#[test]
fn the_adapter_is_found_by_its_signature_and_a_project_overrides_by_id() {
    let with = |id: &str, columns: &str| {
        JOBS.replace("test.jobs", id)
            .replace("[time]", &format!("[detect]\ncolumns = [{columns}]\n[time]"))
    };
    let a = with("a.b.one", "\"Id\", \"Status\"");
    let b = with("a.b.two", "\"Id\", \"State\"");
    let files: Vec<(&str, &[u8])> =
        vec![("a/one.toml", a.as_bytes()), ("a/two.toml", b.as_bytes())];
    let library = AdapterLibrary::load(&files, None).unwrap();
    let input = |header: &str| Input::from_bytes("x.csv", format!("{header}\n").into_bytes());
    assert_eq!(detect(&library, &input("Id,Status,X")).unwrap().adapter.id, "a.b.one");
    let none = detect(&library, &input("Id,Sate")).unwrap_err();
    assert!(none.hint.unwrap().contains("which also needs: Stat"), "no hint");
    let both = detect(&library, &input("Id,Status,State")).unwrap_err();
    assert!(both.message.contains("a.b.one, a.b.two"), "{both}");

    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("one.toml"), a.replace("version  = 1", "version  = 9")).unwrap();
    let library = AdapterLibrary::load(&files, Some(dir.path())).unwrap();
    assert_eq!(library.get("a.b.one").unwrap().adapter.version, 9);
    assert_eq!(library.get("a.b.one").unwrap().provenance.word(), "overridden");
    assert_eq!(library.get("a.b.two").unwrap().provenance.word(), "built-in");
    assert!(library.get("a.b.tow").unwrap_err().hint.unwrap().contains("a.b.two"));
}

#[test]
fn a_draft_finds_the_one_list_of_records_in_a_document() {
    let path = |text: &str| {
        let input = Input::from_bytes("in/x.json", text.as_bytes().to_vec());
        let made = draft(&input, None).unwrap();
        let line = made.lines().find(|l| l.starts_with("records"));
        (line.map(str::to_owned), made.contains("\"state\""))
    };
    let rows = r#"[{"id": 1, "state": "ok"}, {"id": 2, "state": "ok"}]"#;
    let found = |path: &str| (Some(format!("records = \"{path}\"")), true);
    assert_eq!(path(&format!(r#"{{"result": {rows}}}"#)), found("result"));
    let deep = format!("{{\n \"page\": {{\"n\": [1, 2]}},\n \"data\": {{\"jobs\": {rows}}}\n}}");
    assert_eq!(path(&deep), found("data.jobs"));
    // Two lists, or a list of plain values: what the records are is not proved.
    assert_eq!(path(&format!(r#"{{"state": 1, "a": {rows}, "b": {rows}}}"#)), (None, true));
    assert_eq!(path(r#"{"state": "ok", "tags": ["a"]}"#), (None, true));
}

#[test]
fn a_draft_parses_and_asks_what_the_file_does_not_prove() {
    let text = "Job Name,Start Time,Status,Data Transferred (GB)\n\
                erp,03/04/2026 10:00:00,Success,1.5\n\
                crm,04/04/2026 10:00:00,Failed,2\n";
    let input = Input::from_bytes("x.csv", text.as_bytes().to_vec());
    let draft = draft(&input, None).unwrap();
    let adapter = super::super::adapter::Adapter::parse(&draft, "draft").unwrap();
    assert_eq!(adapter.detect.columns.len(), 4);
    for line in [
        "started_at = { from = \"Start Time\", time = \"{date:/} %H:%M:%S\" }   # the source",
        "transferred_bytes = { from = \"Data Transferred (GB)\", unit = \"GB\" }   # proven?",
        "# \"Failed\" = \"\"   # 1 records",
    ] {
        assert!(draft.contains(line), "{line}\n{draft}");
    }
}

#[test]
fn inputs_come_in_their_order_and_those_before_a_failing_source_are_loaded() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..40 {
        let rows: String =
            (0..=n % 7).map(|row| format!("s{n:02}-{row},{row},2026-01-01\n")).collect();
        let path = folder.path().join(format!("systems-{n:02}.csv"));
        std::fs::write(path, format!("system_id,name,valid_from\n{rows}")).unwrap();
    }
    let library = AdapterLibrary::load(&[], None).unwrap();
    let context = context(folder.path());
    let source = |id: &str, path: &str| {
        let text =
            format!("id = '{id}'\nadapter = 'canonical.systems'\npath = '{path}'\nzone = 'UTC'");
        SourceSpec::from_table(&toml::from_str(&text).unwrap(), "t").unwrap()
    };
    let specs = [
        source("first", "systems-[012]*.csv"),
        source("second", "systems-3*.csv"),
        source("gone", "nothing.csv"),
        source("after", "systems-00.csv"),
    ];
    let mut seen = Vec::new();
    let failed =
        crate::ingest::load_each(&specs, &library, &context, &mut std::io::empty(), &mut |l| {
            let rows: usize = l.frames.iter().map(crate::model::frame::Frame::height).sum();
            seen.push(format!("{} {} {rows}", l.ledger.source_id, l.ledger.input_name));
            Ok(())
        });
    let wanted: Vec<String> = (0..40)
        .map(|n| {
            let source = if n < 30 { "first" } else { "second" };
            format!("{source} systems-{n:02}.csv {}", n % 7 + 1)
        })
        .collect();
    assert_eq!(seen, wanted);
    assert!(failed.unwrap_err().to_string().contains("nothing.csv"));
}
