//! json, ndjson, k8s and prometheus.

use super::*;

const JSON: &str = "format = \"json\"";
const NDJSON: &str = "format = \"ndjson\"";

fn with(format: &str, options: &str) -> String {
    format!("{format}\n{options}")
}

#[test]
fn records_keep_the_document_around_them_within_reach() {
    let (items, facts) =
        read(&with(JSON, "records = \"archives\""), fixture!("borg/44_info_archives.stdout"));
    assert_eq!((items.len(), facts.bad), (7, 0));
    let id = "68014ca8e8e694e5bf1a2e46ff512fc5a541a3309069793a7517de4f0a5f58ca";
    assert_eq!(get(&items[6], "^.repository.id"), id);
    assert_eq!(get(&items[6], "^.cache.stats.total_size"), "20785946");
    assert_eq!(get(&items[6], "^.archives"), "<none>");
    assert_eq!(get(&items[0], "chunker_params[-1]"), "4095");
}

#[test]
fn an_exploded_list_reaches_its_record_and_its_document() {
    let text = r#"{"site":"lon","runs":[{"id":1,"objects":[{"o":"a"},{"o":"b"}]},
        {"id":2,"objects":[]},{"id":3,"objects":null},{"id":4}]}"#;
    let (items, facts) = read(&with(JSON, "records = \"runs\"\nexplode = \"objects\""), text);
    assert_eq!(rows(&items), [r#"{"o":"a"}"#, r#"{"o":"b"}"#]);
    assert_eq!((get(&items[1], "^.id"), get(&items[1], "^.^.site")), ("1".into(), "lon".into()));
    assert_eq!((record(&items[0]).number, record(&items[1]).number), (1, 1));
    assert_eq!(facts.childless, 3);
}

#[test]
fn each_takes_a_part_of_the_record_and_scalars_can_be_exploded() {
    let text = r#"[{"meta":1,"body":{"id":7}},{"meta":2}]"#;
    let (items, facts) = read(&with(JSON, "each = \"body\""), text);
    assert_eq!((rows(&items), facts.childless), (vec![r#"{"id":7}"#.to_owned()], 1));
    assert_eq!(get(&items[0], "^.meta"), "1");
    let (items, _) = read(&with(JSON, "explode = \"paths\""), r#"{"h":"x","paths":["/a","/b"]}"#);
    assert_eq!((get(&items[1], "."), get(&items[1], "^.h")), ("/b".into(), "x".into()));
}

#[test]
fn a_star_gives_all_members_and_their_names() {
    let (items, _) = read(
        &with(JSON, "records = \"*.json_stat\"\nmixed = true"),
        fixture!("duplicity/03b_collection_status_json.stdout"),
    );
    assert_eq!(items.len(), 2);
    assert_eq!(get(&items[0], "message"), "Last full backup date: Sun Nov 22 16:21:38 2026");
    assert_eq!(get(&items[1], "SourceFileSize"), "9704096");
    assert_eq!(get(&items[1], "^.key"), "inc-20261122T152149Z");
    assert_eq!(get(&items[1], "StartTime"), "1795360909.774647");
}

#[test]
fn a_document_among_lines_of_text_is_found_and_the_lines_are_messages() {
    let bytes = fixture!("restic/53_forget_prune.stdout");
    let (items, facts) = read(&with(JSON, "mixed = true"), bytes);
    // Two groups of snapshots in one list, and 23 lines of text after it.
    assert_eq!((items.len(), facts.bad), (2 + 23, 0));
    assert_eq!(get(&items[1], "host"), "files01");
    assert_eq!(get(&items[5], "message"), "[0:00] 100.00%  4 / 4 snapshots");
    let (items, _) = read(&with(JSON, "mixed = true\nexplode = \"keep\""), bytes);
    let hosts: Vec<String> = items.iter().take(4).map(|item| get(item, "^.host")).collect();
    assert_eq!(hosts, ["erp-db01", "erp-db01", "files01", "files01"]);
}

#[test]
fn json_lines_may_have_text_between_them() {
    let (items, facts) =
        read(&with(NDJSON, "mixed = true"), fixture!("restic/16_conn_refused_rest.stderr"));
    assert_eq!((items.len(), facts.bad), (7, 0));
    assert_eq!(get(&items[5], "message"), "signal terminated received, cleaning up");
    assert_eq!(get(&items[6], "code"), "1");
    let (items, _) = read(&with(NDJSON, "mixed = true"), "hello\n[0:00] 1%\n{\"a\":1}\n{\"b\":");
    let expected =
        [r#"{"message":"hello"}"#, r#"{"message":"[0:00] 1%"}"#, r#"{"a":1}"#, "!bad-json"];
    assert_eq!(rows(&items), expected);
}

#[test]
fn hostile_lines_are_quarantined_one_by_one() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let allowed = format!("{}1{}", "{\"a\":".repeat(128), "}".repeat(128));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_MAX_BYTES));
    for (name, line, expected) in [
        ("duplicate key", r#"{"a":1,"b":2,"a":3}"#, "!duplicate-json-key"),
        ("duplicate below", r#"{"x":[{"a":1,"\u0061":3}]}"#, "!duplicate-json-key"),
        ("NaN", r#"{"a":NaN}"#, "!bad-json"),
        ("trailing comma", r#"{"a":1,}"#, "!bad-json"),
        ("cut", r#"{"a":"#, "!bad-json"),
        ("two on a line", r#"{"a":1} {"a":2}"#, "!bad-json"),
        ("lone surrogate", r#"{"a":"\ud800"}"#, "!bad-json"),
        ("depth 200", &format!("{{\"a\":{deep}}}"), "!bad-json"),
        ("too long", &long, "!record-too-long"),
        ("depth 128", &allowed, &allowed),
        ("huge integer", r#"{"a":18446744073709551616}"#, r#"{"a":18446744073709551616}"#),
        ("huge float", r#"{"a":1e400,"b":-0.10}"#, r#"{"a":1e400,"b":-0.10}"#),
        ("escape", r#"{"a":"\u001b[2Kx\u0000\ty\r\nz"}"#, r#"{"a":"x\ty\nz"}"#),
    ] {
        let (items, facts) = read(NDJSON, format!("{{\"first\":0}}\n{line}\r\n\n{{\"last\":9}}\n"));
        assert_eq!(rows(&items), [r#"{"first":0}"#, expected, r#"{"last":9}"#], "{name}");
        assert_eq!(facts.records + facts.bad, 3, "{name}");
    }
}

#[test]
fn a_cut_or_damaged_document_is_refused_with_its_line() {
    for (text, message, place) in [
        ("", "is empty", "in/x"),
        ("{\"a\":[1,2", "the JSON document is cut", "in/x:1"),
        ("[{\"a\":1},\n {\"a\":NaN}]", "no JSON at column 7", "in/x:2"),
        ("{\"a\":1}\n{\"a\":\n", "the JSON document is cut", "in/x:3"),
        ("ERROR: no such table", "no JSON at column 1", "in/x:1"),
        ("{\"rows\":[],\"rows\":[]}", "duplicate-json-key", "in/x:1"),
    ] {
        let error = refusal(&with(JSON, "records = \"rows\""), text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.place.as_deref(), Some(place), "{text}");
    }
    // In mixed text too: what begins like a document and ends early is no message.
    assert!(try_read(&with(JSON, "mixed = true"), "done\n{\"a\":1,").is_err());
}

#[test]
fn every_cut_of_a_document_is_refused() {
    let whole = r#"{"rows":[{"a":1},{"a":"x"}],"n":2}"#;
    for cut in 0..whole.len() {
        assert!(try_read(&with(JSON, "records = \"rows\""), &whole[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn documents_may_follow_each_other_and_no_records_is_an_answer() {
    assert_eq!(read(JSON, "{\"a\":1}{\"a\":2}\n[{\"a\":3}]").0.len(), 3);
    assert!(read(JSON, fixture!("pgbackrest/01_info_empty.stdout")).0.is_empty());
    let items = with(JSON, "records = \"items\"");
    for empty in ["{\"items\":[]}", "{\"items\":null}", "[]"] {
        assert!(read(&items, empty).0.is_empty(), "{empty}");
    }
    let (found, _) =
        read(&with(JSON, "explode = \"backup\""), fixture!("pgbackrest/09_info_json.stdout"));
    assert_eq!(get(&found[0], "^.name"), "main");
    assert_eq!(get(&found[0], "timestamp.stop"), "1795360833");
}

#[test]
fn one_bad_record_in_a_document_does_not_cost_the_others() {
    let (items, _) = read(JSON, r#"[{"a":1},{"a":1,"a":2},{"a":3}]"#);
    assert_eq!(rows(&items), [r#"{"a":1}"#, "!duplicate-json-key", r#"{"a":3}"#]);
}

#[test]
fn kubernetes_lists_and_single_objects_are_read() {
    let k8s = "format = \"k8s\"";
    let list = r#"{"apiVersion":"v1","kind":"List","items":[{"kind":"Backup","metadata":
        {"uid":"u1","labels":{"app.kubernetes.io/name":"velero"}}}]}"#;
    let (items, _) = read(k8s, list);
    assert_eq!(get(&items[0], "metadata.uid"), "u1");
    assert_eq!(get(&items[0], "metadata.labels.app.kubernetes.io/name"), "velero");
    assert_eq!(read(k8s, r#"{"kind":"Backup"}{"kind":"Backup"}"#).0.len(), 2);
}

#[test]
fn lists_of_counters_become_one_record_by_pivot() {
    let text =
        r#"{"client":"c1","counters":[{"name":"total","count":7},{"name":"warnings","count":1}]}"#;
    let (items, _) = read(&with(JSON, "records = \"counters\"\npivot = \"name\""), text);
    assert_eq!(items.len(), 1);
    assert_eq!(get(&items[0], "warnings.count"), "1");
    assert_eq!(get(&items[0], "^.client"), "c1");
}

const PROMETHEUS: &str = "format = \"prometheus\"";

#[test]
fn samples_of_ranges_vectors_and_expositions_have_one_shape() {
    let (range, _) = read(PROMETHEUS, fixture!("prometheus/01_query_range_avail.stdout"));
    assert_eq!(range.len(), 18);
    assert_eq!(get(&range[9], "metric"), "node_filesystem_avail_bytes");
    assert_eq!(get(&range[9], "mountpoint"), "/data/mnt/cap");
    assert_eq!(
        (get(&range[9], "at"), get(&range[9], "value")),
        ("1795361017".into(), "40439808".into())
    );
    let (vector, _) = read(PROMETHEUS, fixture!("prometheus/03_query_instant.stdout"));
    assert_eq!((vector.len(), get(&vector[1], "at")), (2, "1795361104.207".into()));
    let (tool, _) = read(PROMETHEUS, fixture!("prometheus/17_promtool_csv_query.stdout"));
    assert_eq!((tool.len(), get(&tool[1], "value")), (2, "8871936".into()));
    let (node, facts) = read(PROMETHEUS, fixture!("prometheus/12_node_metrics.stdout"));
    assert_eq!((node.len(), facts.bad), (17, 0));
    assert_eq!(
        (get(&node[0], "job_name"), get(&node[0], "at")),
        ("erp-db01".into(), "<none>".into())
    );
    let (exporter, _) = read(PROMETHEUS, fixture!("prometheus/13_pgbackrest_exporter.stdout"));
    assert_eq!(exporter.len(), 77);
}

#[test]
fn a_failed_query_is_refused_and_a_partial_answer_is_told() {
    let error = refusal(PROMETHEUS, fixture!("prometheus/10_query_bad.stdout"));
    assert!(error.to_string().contains("unexpected end of input inside braces"), "{error}");
    assert!(try_read(PROMETHEUS, r#"{"status":"success","data":{"resultType":"ma"#).is_err());
    let partial = r#"{"status":"success","warnings":["store down"],
        "data":{"resultType":"scalar","result":[1.5,"NaN"]}}"#;
    let (items, facts) = read(PROMETHEUS, partial);
    assert_eq!(
        (facts.warnings, get(&items[0], "value")),
        (vec!["store down".to_owned()], "NaN".into())
    );
}

#[test]
fn exposition_lines_are_read_to_the_letter() {
    for (line, expected) in [
        ("up 1", r#"{"metric":"up","at":null,"value":"1"}"#),
        ("up 1 1795361006123", r#"{"metric":"up","at":"1795361006.123","value":"1"}"#),
        ("up{} +Inf", r#"{"metric":"up","at":null,"value":"+Inf"}"#),
        (
            r#"a{x="1",y="q\"\\\n}",} 2.5e3"#,
            r#"{"metric":"a","at":null,"value":"2.5e3","x":"1","y":"q\"\\\n}"}"#,
        ),
        (r#"a{value="v"} 1"#, r#"{"metric":"a","at":null,"value":"1","exported_value":"v"}"#),
        (r#"{"a.b",x="1"} 1"#, r#"{"metric":"a.b","at":null,"value":"1","x":"1"}"#),
        ("up", "!ragged-row"),
        ("up one", "!ragged-row"),
        (r#"a{x="1" 2"#, "!ragged-row"),
        (r#"a{x="1",x="2"} 2"#, "!ragged-row"),
    ] {
        let (items, _) = read(PROMETHEUS, format!("{line}\n# HELP x y\n"));
        assert_eq!(rows(&items), [expected], "{line}");
    }
    let (items, _) = read(PROMETHEUS, "a_total 5 12.5 # {trace=\"x\"} 1\n# EOF\n");
    assert_eq!(get(&items[0], "at"), "12.5");
}
