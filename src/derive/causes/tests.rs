//! Lines of real failures and the class they must get; how rules compete; what a broken rules
//! file says.

use std::sync::LazyLock;

use super::*;
use crate::derive::testing::{Row, at, frame, lines, t, with};
use crate::model::tables::access::CREDENTIALS;
use crate::model::tables::capacity::STORAGE_SAMPLES;
use crate::model::tables::runs::{JOB_ATTEMPTS, JOB_MESSAGES, JOB_RUNS};

const RULES: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/failure_rules.toml"));

/// The shipped rules; compiling them takes longer than a test.
static SHIPPED: LazyLock<Rules> =
    LazyLock::new(|| Rules::parse(RULES, "failure_rules.toml").unwrap());

fn run(outcome: &str, reason: &str) -> Row {
    vec![
        ("source_id", t("s")),
        ("run_id", t("r")),
        ("system_id", t("erp")),
        ("anchor_at", at("2026-11-22 15:00")),
        ("ended_at", at("2026-11-22 15:10")),
        ("outcome", t(outcome)),
        ("outcome_reason", t(reason)),
    ]
}

/// A line `severity: text` with its number.
fn message(number: i64, line: &str) -> Row {
    let (severity, text) = line.split_once(": ").unwrap();
    vec![
        ("source_id", t("s")),
        ("run_id", t("r")),
        ("message_id", t(&format!("m{number}"))),
        ("seq", Cell::Int(number)),
        ("severity", t(severity)),
        ("text", t(text)),
    ]
}

#[derive(Default)]
struct World {
    runs: Vec<Row>,
    attempts: Vec<Row>,
    messages: Vec<Row>,
    storage: Vec<Row>,
    credentials: Vec<Row>,
}

impl World {
    fn of(run: Row, lines: &[&str]) -> Self {
        let messages = (1..).zip(lines).map(|(number, line)| message(number, line)).collect();
        World { runs: vec![run], messages, ..World::default() }
    }
    fn causes(&self) -> Frame {
        let input = Causes {
            runs: &frame(&JOB_RUNS, &self.runs),
            attempts: &frame(&JOB_ATTEMPTS, &self.attempts),
            messages: &frame(&JOB_MESSAGES, &self.messages),
            storage: &frame(&STORAGE_SAMPLES, &self.storage),
            credentials: &frame(&CREDENTIALS, &self.credentials),
            rules: &SHIPPED,
        };
        failure_causes(&input).unwrap().frame
    }
    fn first(&self, columns: &[&str]) -> String {
        lines(&self.causes(), columns).remove(0)
    }
}

/// Lines of real failures: `class message`, then the lines.
const REAL_FAILURES: &str = include_str!("real_failures.txt");

#[test]
fn lines_of_real_failures_get_their_class_from_the_line_that_names_the_cause() {
    let mut cases: Vec<(&str, Vec<String>)> = Vec::new();
    for line in REAL_FAILURES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix("  "), cases.last_mut()) {
            (Some(text), Some((_, lines))) => lines.push(text.replace("\\n", "\n")),
            _ => cases.push((line, Vec::new())),
        }
    }
    assert_eq!(cases.len(), 56);
    for (want, lines) in cases {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let got = World::of(run("failed", "vendor_status"), &lines).first(&["class", "message_id"]);
        assert_eq!(got, want, "{lines:?}");
    }
}

#[test]
fn a_code_with_a_class_beats_every_text_and_names_itself() {
    let mut world = World::of(
        run("failed", "vendor_status"),
        &["fatal: no space left on device", "info: [DE0064] TLS Connect failure."],
    );
    world.messages[1].push(("code", t("DE0064")));
    world.messages[1].push(("code_class", t("authentication")));
    let columns = ["class", "rule_id", "evidence", "matched_text", "message_id"];
    assert_eq!(world.first(&columns), "authentication code-table code DE0064 m2");
}

#[test]
fn codes_of_the_run_and_of_its_attempts_count_too() {
    for (code, class) in [(50, "contention"), (37, "configuration"), (52, "authentication")] {
        let cells = [
            ("exit_code", Cell::Int(code)),
            ("code_class", t(class)),
            ("is_transient", Cell::Bool(true)),
        ];
        let world = World::of(with(run("failed", "exit_code"), &cells), &[]);
        let columns = ["class", "evidence", "matched_text", "is_transient", "signature"];
        let want = format!("{class} code {code} Bool(true) {class}|{code}|");
        assert_eq!(world.first(&columns), want);
    }
    let mut world = World::of(run("failed", "vendor_status"), &[]);
    world.attempts = vec![vec![
        ("source_id", t("s")),
        ("run_id", t("r")),
        ("attempt_no", Cell::Int(1)),
        ("message", t("connection refused")),
    ]];
    assert_eq!(world.first(&["class", "rule_id"]), "connectivity text-connect");
}

#[test]
fn the_message_on_the_run_is_evidence_when_there_are_no_lines() {
    let cells =
        [("message", t("There is not enough space on the disk.")), ("vendor_status", t("Failed"))];
    let world = World::of(with(run("failed", "vendor_status"), &cells), &[]);
    assert_eq!(world.first(&["class", "matched_text", "message_id"]), "storage not enough space -");
}

#[test]
fn permission_denied_is_about_the_source_unless_the_line_names_the_target() {
    let line = ["error: open /mnt/backup/repo/lock: permission denied"];
    let cells = [("target_name", t("/mnt/backup/repo"))];
    let failed = run("failed", "exit_code");
    assert_eq!(World::of(failed.clone(), &line).first(&["class"]), "source_data");
    assert_eq!(World::of(with(failed, &cells), &line).first(&["class"]), "authentication");
}

#[test]
fn a_dead_process_is_interrupted_unless_a_line_names_the_cause() {
    let dead = run("interrupted", "no_end_record");
    let cases: [(&[&str], &str); 3] = [
        (&[], "interrupted outcome-interrupted context"),
        (&["error: write: broken pipe"], "interrupted outcome-interrupted context"),
        (&["error: write: no space left on device"], "storage text-no-space text"),
    ];
    for (lines, want) in cases {
        assert_eq!(World::of(dead.clone(), lines).first(&["class", "rule_id", "evidence"]), want);
    }
}

#[test]
fn an_exit_code_or_a_reason_alone_is_weak_evidence() {
    let exit = |code| with(run("failed", "exit_code"), &[("exit_code", Cell::Int(code))]);
    let cases: [(Row, &str); 7] = [
        (exit(124), "contention exit-timeout"),
        (exit(127), "configuration exit-not-runnable"),
        (exit(137), "interrupted exit-signal"),
        (exit(64), "unknown unknown"),
        (run("failed", "time_limit"), "contention reason-time-limit"),
        (run("partial", "path_missing"), "configuration reason-path-missing"),
        (run("missed", "window_missed"), "contention reason-contention"),
    ];
    for (row, want) in cases {
        assert_eq!(World::of(row.clone(), &[]).first(&["class", "rule_id"]), want, "{row:?}");
    }
    let timed_out = World::of(exit(124), &["error: dial tcp: connection refused"]);
    assert_eq!(timed_out.first(&["class"]), "connectivity");
    // What a process says when its time is over is the consequence, not the cause.
    let stopped = World::of(run("failed", "time_limit"), &["error: Received SIGTERM"]);
    assert_eq!(stopped.first(&["class"]), "contention");
    // Where a restore writes is no source.
    let denied = |operation: &str| {
        let row = with(run("failed", "exit_code"), &[("operation", t(operation))]);
        let line = ["fatal: cannot create target directory: mkdir /x: permission denied"];
        World::of(row, &line).first(&["class"])
    };
    assert_eq!(denied("restore"), "authentication");
    assert_eq!(denied("backup"), "source_data");
}

#[test]
fn a_full_pool_explains_a_silent_failure_but_only_its_own_and_only_then() {
    let line = ["error: [064]: unable to write 'x.gz': [2] No such file or directory"];
    let target = [("target_name", t("/data/pgbr/small"))];
    let sample = |pool: &str, time: &str, used, available| {
        vec![
            ("pool_id", t("p1")),
            ("pool_name", t(pool)),
            ("at", at(time)),
            ("size_bytes", Cell::Int(1000)),
            ("used_bytes", Cell::Int(used)),
            ("available_bytes", available),
        ]
    };
    let none = || Cell::Null;
    let cases: [(&str, Vec<Row>, &str); 7] = [
        ("full", vec![sample("/data/pgbr/small", "2026-11-22 15:00", 980, none())], "storage"),
        ("below", vec![sample("/data/pgbr/small", "2026-11-22 15:00", 979, none())], "unknown"),
        // 900 of 910 that can be written to, although the pool has 1000.
        (
            "reserve",
            vec![sample("/data/pgbr/small", "2026-11-22 15:00", 900, Cell::Int(10))],
            "storage",
        ),
        ("other pool", vec![sample("/data/other", "2026-11-22 15:00", 1000, none())], "unknown"),
        ("long ago", vec![sample("/data/pgbr/small", "2026-11-21 15:00", 1000, none())], "unknown"),
        (
            "nearest counts",
            vec![
                sample("/data/pgbr/small", "2026-11-22 10:00", 1000, none()),
                sample("/data/pgbr/small", "2026-11-22 15:09", 500, none()),
            ],
            "unknown",
        ),
        ("no sample", vec![], "unknown"),
    ];
    for (case, storage, want) in cases {
        let mut world = World::of(with(run("failed", "vendor_status"), &target), &line);
        world.storage = storage;
        assert_eq!(world.first(&["class"]), want, "{case}");
    }
}

#[test]
fn a_number_names_a_pool_of_the_same_source_only() {
    let line = ["error: [064]: unable to write 'x.gz': [2] No such file or directory"];
    for (source, want) in [("s", "storage"), ("another", "unknown")] {
        let target = [("target_id", t("1"))];
        let mut world = World::of(with(run("failed", "vendor_status"), &target), &line);
        world.storage = vec![vec![
            ("source_id", t(source)),
            ("pool_id", t("1")),
            ("pool_name", t("/data")),
            ("at", at("2026-11-22 15:00")),
            ("size_bytes", Cell::Int(1000)),
            ("used_bytes", Cell::Int(1000)),
        ]];
        assert_eq!(world.first(&["class"]), want, "{source}");
    }
}

#[test]
fn a_credential_that_expired_within_a_day_explains_a_silent_failure_of_its_system() {
    for (system, expires, want) in [
        ("erp", "2026-11-21 15:10", "authentication context-credential context"),
        ("erp", "2026-11-23 15:10", "authentication context-credential context"),
        ("erp", "2026-11-21 15:09", "unknown unknown context"),
        ("crm", "2026-11-22 15:10", "unknown unknown context"),
    ] {
        let mut world = World::of(run("failed", "vendor_status"), &["error: step 3 failed"]);
        world.credentials = vec![vec![("system_id", t(system)), ("expires_at", at(expires))]];
        assert_eq!(world.first(&["class", "rule_id", "evidence"]), want, "{system} {expires}");
    }
}

#[test]
fn the_signature_is_equal_for_the_same_failure_at_another_place_and_time() {
    let signature =
        |line: &str| World::of(run("failed", "vendor_status"), &[line]).first(&["signature"]);
    let pairs = [
        (
            "error: Save(<data/7d91eafcd5>) failed: write /mnt/a-331: no space left on device",
            "error: Save(<data/f255eb3d2d>) failed: write /srv/b/215: no space left on device",
            "storage||Save(<data/<id>>) failed: write <path>: no space left on device",
        ),
        (
            "error: lock created at 2026-11-22 16:16:23 by PID 625 on db01: already locked",
            "error: lock created at 2026-11-23 01:02:03 by PID 7 on db22: already locked",
            "contention||lock created at <time> by PID <n> on db<n>: already locked",
        ),
        (
            "error: id 0db03c39-28fa-849f-4912-28cf86354c2d got 1,795 bytes from http://a:1/x",
            "error: id 1eb03c39-28fa-849f-4912-28cf86354c2e got 20 bytes from http://b/y/z",
            "unknown||id <id> got <n> bytes from <url>",
        ),
    ];
    for (one, two, want) in pairs {
        assert_eq!(signature(one), want);
        assert_eq!(signature(two), want);
    }
}

#[test]
fn only_runs_that_were_not_ok_have_a_cause_and_order_does_not_matter() {
    let mut world = World::default();
    let outcomes = [
        "success",
        "warning",
        "partial",
        "failed",
        "canceled",
        "refused",
        "missed",
        "skipped",
        "interrupted",
        "running",
        "unmapped",
    ];
    for outcome in outcomes {
        world.runs.push(with(run(outcome, "vendor_status"), &[("run_id", t(outcome))]));
    }
    let want = ["canceled", "failed", "interrupted", "missed", "partial", "refused", "warning"];
    assert_eq!(lines(&world.causes(), &["run_id"]), want);
    let before = world.causes();
    world.runs.reverse();
    assert_eq!(world.causes(), before);
}

#[test]
fn lines_of_other_sources_and_of_no_run_are_no_evidence() {
    let mut world = World::of(run("failed", "vendor_status"), &["error: no space left on device"]);
    for cell in [("source_id", t("other")), ("run_id", Cell::Null), ("severity", t("debug"))] {
        let row = world.messages[0].clone();
        world.messages[0].push(cell);
        assert_eq!(world.first(&["class"]), "unknown");
        world.messages[0] = row;
    }
    assert_eq!(world.first(&["class"]), "storage");
}

#[test]
fn a_broken_rules_file_says_which_rule_and_what_to_do() {
    let rule = |rest: &str| format!("{{ id = 'a', rank = 20, {rest} }}");
    let file = |rules: &str| format!("rule = [{rules}]\nmask = []");
    let cases = [
        ("class = 'disk', evidence = 'text', pattern = 'x'", "`disk`"),
        ("class = 'storage', evidence = 'guess', pattern = 'x'", "`guess`"),
        ("class = 'storage', evidence = 'text'", "nothing"),
        ("class = 'storage', evidence = 'text', names_target = true", "nothing"),
        ("class = 'storage', evidence = 'text', pattern = '('", "compile"),
        ("class = 'storage', evidence = 'text', reasons = ['x']", "`x`"),
    ];
    for (rest, part) in cases {
        let error = Rules::parse(&file(&rule(rest)), "failure_rules.toml").unwrap_err();
        assert!(error.message.contains(part), "{error}");
        assert!(error.message.contains("`a`"), "{error}");
        assert_eq!(error.place.as_deref(), Some("failure_rules.toml"));
        assert!(error.hint.is_some());
    }
    let one = rule("class = 'storage', evidence = 'text', pattern = 'x'");
    let error = Rules::parse(&file(&format!("{one}, {one}")), "f").unwrap_err();
    assert!(error.message.contains("twice"), "{error}");
    let error = Rules::parse("rule = 1", "f").unwrap_err();
    assert!(!error.causes.is_empty());
}
