//! lines, blocks, kv and syslog.

use super::*;

const PGBACKREST: &str = r#"format = "lines"
continuation = '^\s{10,}'
skip = ['^-+PROCESS START']
open  = '^(?<begin>\S+ \S+) P00 +INFO: (?<command>\S+) command begin .*--exec-id=(?<exec_id>\S+)'
close = '^(?<end>\S+ \S+) P00 +INFO: (?<command>\S+) command end: (?<result>.*)$'
pattern = ['ERROR: \[(?<code>\d+)\]', 'new backup label = (?<label>\S+)']
"#;

#[test]
fn blocks_of_a_real_log_become_runs() {
    let (runs, facts) = read(PGBACKREST, fixture!("pgbackrest/main-stanza-create.log"));
    assert_eq!((runs.len(), facts.skipped), (2, 2));
    assert_eq!(get(&runs[0], "begin"), "2026-11-22 16:20:14.732");
    assert_eq!(get(&runs[1], "result"), "completed successfully (11ms)");
    assert_eq!(get(&runs[1], "closed"), "yes");

    let both = [
        fixture!("pgbackrest/04_backup_wal_archive_fails.stdout"),
        fixture!("pgbackrest/06_full.stdout"),
    ]
    .concat();
    let (runs, _) = read(PGBACKREST, both);
    let told: Vec<String> = runs
        .iter()
        .map(|r| ["exec_id", "command", "code", "label", "result"].map(|c| get(r, c)).join("|"))
        .collect();
    assert_eq!(
        told,
        [
            "1911-83dba477|backup|068|<none>|aborted with exception [068]",
            "1934-e41d1e56|backup|<none>|20261122-162018F|completed successfully (16662ms)",
            "1934-e41d1e56|expire|<none>|<none>|completed successfully (1ms)",
        ]
    );
    assert!(get(&runs[0], "message").contains("must contain pgbackrest"));
}

#[test]
fn a_last_line_closes_the_youngest_open_block_that_agrees() {
    let read_spec = "format = \"lines\"\nopen = '^start (?<job>\\w+) (?<at>\\d+)'\n\
        close = '^end (?<job>\\w+) (?<until>\\d+)'";
    for (name, log, expected) in [
        (
            "refused inside a running one",
            "start a 1\nstart a 2\nend a 3\nend a 4\n",
            vec!["a|2|3|yes", "a|1|4|yes"],
        ),
        (
            "another job inside",
            "start a 1\nstart b 2\nend a 3\nend b 4\n",
            vec!["a|1|3|yes", "b|2|4|yes"],
        ),
        (
            "killed, then run again",
            "start a 1\nstart a 2\nend a 3\n",
            vec!["a|2|3|yes", "a|1|<none>|superseded"],
        ),
        (
            "still running",
            "start a 1\nend a 2\nstart a 3\nworking\n",
            vec!["a|1|2|yes", "a|3|<none>|no"],
        ),
        (
            "the log was rotated",
            "end a 2\nstart a 3\nend a 4\n",
            vec!["a|<none>|2|yes", "a|3|4|yes"],
        ),
    ] {
        let (items, _) = read(read_spec, log);
        let told: Vec<String> = items
            .iter()
            .map(|item| ["job", "at", "until", "closed"].map(|c| get(item, c)).join("|"))
            .collect();
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn each_line_of_a_block_is_a_record_of_its_own_block_also_when_blocks_interleave() {
    let options = r#"format = "lines"
        each_line = true
        open    = '^start (?<job>\w+) (?<at>\d+)'
        close   = '^end (?<job>\w+) (?<until>\d+)'
        pattern = '(?<word>work|lock)'"#;
    let (items, facts) =
        read(options, "noise\nstart a 1\nwork\nstart a 2\nlock\nend a 3\nwork\nend a 4\n");
    let told: Vec<String> = items
        .iter()
        .map(|i| ["at", "until", "line", "word", "message"].map(|c| get(i, c)).join("|"))
        .collect();
    assert_eq!(
        told,
        [
            "2|3|1|<none>|start a 2",
            "2|3|2|lock|lock",
            "2|3|3|<none>|end a 3",
            "1|4|1|<none>|start a 1",
            "1|4|2|work|work",
            "1|4|3|work|work",
            "1|4|4|<none>|end a 4",
        ]
    );
    assert_eq!((facts.skipped, facts.announced), (1, 0));
    let spec = |text: &str| toml::from_str::<ReadSpec>(text).unwrap();
    assert!(spec("format = \"lines\"\neach_line = true").check().is_err());
}

#[test]
fn lines_are_matched_joined_and_grouped_by_sections() {
    let text = "[main]\r\n10:00 WARN one\r\n      more\r\nnoise\r\n[other]\n10:01 INFO two\n";
    let options = r#"format = "lines"
        section = '^\[(?<stanza>\w+)\]$'
        continuation = '^\s+'
        pattern = ['^(?<time>\d\d:\d\d) (?<level>\w+) ']"#;
    let (items, facts) = read(options, text);
    assert_eq!(facts.header, ["stanza", "time", "level", "message"]);
    assert_eq!(
        rows(&items),
        ["main|10:00|WARN|10:00 WARN one\n      more", "other|10:01|INFO|10:01 INFO two",]
    );
    assert_eq!((facts.skipped, facts.skipped_examples), (1, vec!["noise".to_owned()]));
}

#[test]
fn without_a_pattern_every_line_is_a_message_and_progress_is_not_glued() {
    let (items, _) = read("format = \"lines\"", "a\rb\r\n\n\x1b[2Kc\n");
    assert_eq!(rows(&items), ["a", "b", "c"]);
    assert!(read("format = \"lines\"", "").0.is_empty());
}

#[test]
fn a_line_or_block_over_the_cap_is_quarantined_and_reading_goes_on() {
    let text = format!("{}\nshort\n", "x".repeat(3 * RECORD_MAX_BYTES));
    let (items, _) = read("format = \"lines\"", text);
    assert_eq!(rows(&items), ["!record-too-long", "short"]);
    let filler = format!("{}\n", "y".repeat(1000)).repeat(1100);
    let (items, _) = read(
        "format = \"lines\"\nopen = '^start'\nclose = '^end'",
        format!("start\n{filler}end\nstart\nend\n"),
    );
    assert_eq!(rows(&items), ["!record-too-long", "yes|start\nend"]);
}

#[test]
fn key_value_files_are_one_record_each() {
    let (items, _) = read("format = \"kv\"", fixture!("barman/20261122T162656-backup.info"));
    assert_eq!(items.len(), 1);
    assert_eq!(get(&items[0], "begin_time"), "2026-11-22 16:26:56.885698+01:00");
    assert_eq!(get(&items[0], "copy_stats"), "{'copy_time': 12.302442, 'total_time': 12.302442}");
    let (items, _) = read(
        "format = \"kv\"\ndelimiter = \" \"",
        fixture!("rdiff-backup/session_statistics.data"),
    );
    assert_eq!(get(&items[0], "StartTime"), "1795360939.00");
    assert_eq!(get(&items[0], "SourceFileSize"), "9800000");
    assert_eq!(get(&items[0], "Errors"), "0");
}

#[test]
fn a_listing_of_key_value_blocks_is_one_record_per_block() {
    let options = "format = \"kv\"\ndelimiter = \": \"\nopen = '^ *jobid:'";
    let (items, facts) = read(options, fixture!("bacula/41_llist_jobs.stdout"));
    assert_eq!((items.len(), facts.bad), (26, 0));
    assert_eq!(get(&items[0], "jobtdate"), "1,795,360,559");
    assert_eq!(get(&items[0], "starttime"), "2026-11-22 16:15:58");
    assert_eq!(get(&items[25], "fileset"), "Vm");
    assert!(refusal(options, "nothing here\n").message.contains("no line has a key"));
}

#[test]
fn structured_syslog_lines_are_trees() {
    let line = "<134>1 2026-11-22T16:20:14.663+01:00 vbr01 Veeam_MP 1 - \
        [origin enterpriseId=\"31023\"][categoryId JobName=\"x\"";
    let good = "<134>1 2026-11-22T16:20:14.663+01:00 vbr01 Veeam_MP - - \
        [origin enterpriseId=\"31023\"][categoryId id=\"190\"] The backup ended";
    let octets = format!("{} <14>1 - h a p m - \u{feff}text", 25);
    let (items, _) = read("format = \"syslog_sd\"", format!("{good}\n{line}\nplain\n{octets}\n"));
    assert_eq!(get(&items[0], "severity"), "6");
    assert_eq!(get(&items[0], "facility"), "16");
    assert_eq!(get(&items[0], "data.origin.enterpriseId"), "31023");
    assert_eq!(get(&items[0], "message"), "The backup ended");
    assert_eq!(fault(&items[1]), Some(Fault::RaggedRow));
    assert_eq!(fault(&items[2]), Some(Fault::RaggedRow));
    assert_eq!(
        (get(&items[3], "timestamp"), get(&items[3], "message")),
        ("<none>".into(), "text".into())
    );
}

#[test]
fn values_of_structured_syslog_are_unescaped() {
    let line = r#"<14>1 - h a p m [x@1 k="a \"b\" \] \\ c:\d" v="1" v="2"][y] m"#;
    let (items, _) = read("format = \"syslog_sd\"", line);
    assert_eq!(get(&items[0], "data.x@1.k"), r#"a "b" ] \ c:\d"#);
    assert_eq!(get(&items[0], "data.x@1.v"), r#"["1","2"]"#);
    assert_eq!(get(&items[0], "data.y"), "<none>");
}
