//! Lines of real failures and the class they must get; how rules compete; what a broken rules
//! file says.

use super::*;
use crate::derive::testing::{Row, at, frame, lines, t, with};
use crate::model::tables::access::CREDENTIALS;
use crate::model::tables::capacity::STORAGE_SAMPLES;
use crate::model::tables::runs::{JOB_ATTEMPTS, JOB_MESSAGES, JOB_RUNS};

const RULES: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/queries/failure_rules.toml"));

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
        let rules = Rules::parse(RULES, "failure_rules.toml").unwrap();
        let input = Causes {
            runs: &frame(&JOB_RUNS, &self.runs),
            attempts: &frame(&JOB_ATTEMPTS, &self.attempts),
            messages: &frame(&JOB_MESSAGES, &self.messages),
            storage: &frame(&STORAGE_SAMPLES, &self.storage),
            credentials: &frame(&CREDENTIALS, &self.credentials),
            rules: &rules,
        };
        failure_causes(&input).unwrap().frame
    }
    fn first(&self, columns: &[&str]) -> String {
        lines(&self.causes(), columns).remove(0)
    }
}

/// Class, deciding line, and the lines of one real failure.
type Case = (&'static str, &'static str, &'static [&'static str]);

const DIRECTOR_AND_DAEMONS: &[Case] = &[
    (
        "storage",
        "m1",
        &[
            "warning: [SW0201] Out of freespace caused End of Volume \"Small-0003\" at 9418985 on device \"SmallDev\" (/data/bac/small). Write of 64512 bytes got 18199.",
            "fatal: Max run time exceeded. Job canceled.",
            "error: bsock.c:282 Bsock send while terminated=1 on call to client:127.0.0.1:19103",
            "fatal: Too many errors trying to mount File device \"SmallDev\" (/data/bac/small).",
        ],
    ),
    (
        "authentication",
        "m1",
        &[
            "fatal: [DE0064] TLS Connect failure. Check the passwords. ERR=error:0A00041B:SSL routines::tlsv1 alert decrypt error",
        ],
    ),
    (
        "connectivity",
        "m1",
        &[
            "fatal: [DE0029] Unable to connect to Client: dead01-fd on 127.0.0.1:19999. ERR=Connection refused",
            "error: Director's connection to SD for this Job was lost.",
        ],
    ),
    (
        "connectivity",
        "m2",
        &[
            "warning: bsockcore.c:259 Could not connect to Storage Daemon \"DeadSD\" on 127.0.0.1:19109. ERR=Connection refused",
            "fatal: [DE0039] Unable to connect to Storage Daemon \"DeadSD\" on 127.0.0.1:19109. ERR=Connection refused",
        ],
    ),
    (
        "connectivity",
        "m1",
        &[
            "fatal: [DE0060] gethostbyname() for host \"no-such-host.invalid\" failed: ERR=Temporary failure in name resolution",
        ],
    ),
    ("contention", "m1", &["fatal: JobId 27 already running. Duplicate job not allowed."]),
    (
        "configuration",
        "m1",
        &["info:      Could not stat \"/data/src/no_such_dir\": ERR=No such file or directory"],
    ),
    (
        "authentication",
        "m1",
        &[
            "info: ClientBeforeJob: mysqldump: Access denied for user backup",
            "error: Runscript: ClientBeforeJob returned non-zero status=3. ERR=Child exited with code 3",
            "fatal: [DE0031] Bad response to RunBeforeNow command: wanted 2000 OK RunBeforeNow",
            "fatal: Client \"erp-db01-fd\" RunScript failed.",
        ],
    ),
    (
        "configuration",
        "m2",
        &[
            "info: ClientAfterJob: post hook failed",
            "error: Runscript: ClientAfterJob returned non-zero status=4. ERR=Child exited with code 4",
        ],
    ),
    (
        "contention",
        "m2",
        &[
            "error: openssl.c:108 TLS read/write failure.: ERR=error:0A000126:SSL routines::unexpected eof while reading",
            "unknown: Storage daemon \"File1\" didn't accept Device \"FileDev\" command.",
        ],
    ),
    (
        "storage",
        "m2",
        &[
            "error: attribs.c:603 File size of restored file /data/bac/restore3/data/src/erp-db01/tbl_15.dat not correct. Original 400000, restored 327680.",
            "error: block_util.c:583 Volume data error at 0:0! Block checksum mismatch in block=7 len=64512: calc=549f7ac85c927509 blk=7363b7d128750be2",
            "fatal: fd_cmds.c:245 Command error with FD, SD hanging up. ERR=",
        ],
    ),
    (
        "storage",
        "m1",
        &[
            "error: restore.c:1524 Write error at byte=0 block=1 write_len=65536 lerror=0 on /data/mnt/small/data/src/erp-db01/tbl_9.dat: ERR=No space left on device",
        ],
    ),
];

const REPOSITORY_TOOLS: &[Case] = &[
    (
        "storage",
        "m1",
        &[
            "warning: /data/src/vm/disk0.img: read: [Errno 28] No space left on device",
            "error: Local Exception",
        ],
    ),
    (
        "storage",
        "m1",
        &[
            "error: The storage quota (30.00 MB) has been exceeded (34.06 MB). Try deleting some archives.",
        ],
    ),
    (
        "source_data",
        "m1",
        &[
            "warning: /data/src/files01/docs/doc_3.txt: open: [Errno 13] Permission denied: 'doc_3.txt'",
        ],
    ),
    (
        "configuration",
        "m1",
        &[
            "warning: /data/src/no_such_dir: stat: [Errno 2] No such file or directory: '/data/src/no_such_dir'",
        ],
    ),
    (
        "authentication",
        "m1",
        &[
            "error: passphrase supplied in BORG_PASSPHRASE, by BORG_PASSCOMMAND or via BORG_PASSPHRASE_FD is incorrect.",
        ],
    ),
    ("configuration", "m1", &["error: Repository /data/r/nothere does not exist."]),
    (
        "connectivity",
        "m1",
        &[
            "warning: Remote: ssh: connect to host 127.0.0.1 port 9: Connection refused",
            "error: Connection closed by remote host. Is borg working on the server?",
        ],
    ),
    (
        "contention",
        "m1",
        &["error: Failed to create/acquire the lock /data/r/borg/lock.exclusive (timeout)."],
    ),
    ("interrupted", "m1", &["error: Received SIGTERM"]),
    (
        "storage",
        "m1",
        &[
            "error: Data integrity error: Invalid segment entry size 0 - too small [segment 38, offset 656]",
        ],
    ),
    ("configuration", "m1", &["error: Archive nope does not exist"]),
    (
        "source_data",
        "m1",
        &[
            "error: open /data/src/files01/docs/doc_3.txt: permission denied",
            "error: Warning: at least one source file could not be read",
        ],
    ),
    (
        "configuration",
        "m2",
        &[
            "unknown: /data/src/no_such_dir does not exist, skipping",
            "error: Fatal: all source directories/files do not exist",
        ],
    ),
    ("authentication", "m1", &["error: Fatal: wrong password or no key found"]),
    (
        "authentication",
        "m1",
        &[
            "error: Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized\nIs there a repository at the following location?\nrest:http://127.0.0.1:8000/",
        ],
    ),
    (
        "connectivity",
        "m1",
        &[
            "unknown: Stat(<config/>) returned error, retrying after 834.169119ms: Head \"http://:***@127.0.0.1:9/config\": dial tcp 127.0.0.1:9: connect: connection refused",
            "unknown: signal terminated received, cleaning up",
            "error: Fatal: unable to open config file: context canceled\nIs there a repository at the following location?\nrest:http://127.0.0.1:9/",
        ],
    ),
    ("interrupted", "m1", &["error: Fatal: unable to save snapshot: context canceled"]),
    (
        "contention",
        "m1",
        &[
            "error: unable to create lock in backend: repository is already locked by PID 625 on bkhost by root (UID 0, GID 0)\nlock was created at 2026-11-22 16:16:23 (4.890792176s ago)",
        ],
    ),
    (
        "storage",
        "m1",
        &[
            "error: pack 512c6585e94b contains 2 errors: [blob 0db03c3928fa: decrypting blob <data/0db03c39> from 512c6585 failed: ciphertext verification failed]",
            "error: Fatal: repository contains errors",
        ],
    ),
    (
        "configuration",
        "m1",
        &["error: Fatal: failed to find snapshot: no matching ID found for prefix \"deadbeef\""],
    ),
];

const COPY_TOOLS: &[Case] = &[
    (
        "configuration",
        "m1",
        &[
            "unknown: CommandLineError: Argument source_path '/data/src/no_such_dir' does not exist.",
        ],
    ),
    (
        "connectivity",
        "m1",
        &["unknown: Giving up after 1 attempts. ConnectionRefusedError: Connection refused"],
    ),
    ("configuration", "m1", &["error: Source path /data/src/no_such_dir does not exist"]),
    ("storage", "m1", &["error: OSError: [Errno 28] No space left on device"]),
    (
        "source_data",
        "m1",
        &[
            "warning: ListError: '/data/src/files01/docs/doc_3.txt' [Errno 13] Permission denied: b'/data/src/files01/docs/doc_3.txt'",
        ],
    ),
    (
        "configuration",
        "m1",
        &[
            "unknown: rsync: [sender] change_dir \"/data/src/nope\" failed: No such file or directory (2)",
            "unknown: rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1347) [sender=3.4.1]",
        ],
    ),
    (
        "connectivity",
        "m1",
        &[
            "unknown: rsync: [Receiver] failed to connect to 127.0.0.1 (127.0.0.1): Connection refused (111)",
            "unknown: rsync error: error in socket IO (code 10) at clientserver.c(141) [Receiver=3.4.1]",
        ],
    ),
    (
        "configuration",
        "m2",
        &[
            "error: /data/rsnap_miss.conf on line 16:",
            "error: backup /data/src/nope/ erp/ - Source directory \"/data/src/nope/\" \\",
            "error: rsnapshot can not continue. If you think an entry looks right, make",
            "error: sure you don't have spaces where only tabs should be.",
        ],
    ),
    (
        "connectivity",
        "m1",
        &[
            "warning: Error retrieving PostgreSQL status: connection to server at \"127.0.0.1\", port 9 failed: Connection refused",
            "error: Check 'no access to monitoring functions' failed for server 'dead'",
            "error: Impossible to start the backup. Check the log for more details, or run 'barman check dead'",
        ],
    ),
    ("configuration", "m1", &["error: [068]: archive_command '/bin/true' must contain pgbackrest"]),
    (
        "unknown",
        "-",
        &[
            "error: [064]: raised from local-1 protocol: unable to write '/data/pgbr/small/r/backup/main/20261122-162043F/pg_data/base/4/1255.gz': [2] No such file or directory",
        ],
    ),
];

#[test]
fn lines_of_real_failures_get_their_class_from_the_line_that_names_the_cause() {
    for (class, message_id, lines) in
        DIRECTOR_AND_DAEMONS.iter().chain(REPOSITORY_TOOLS).chain(COPY_TOOLS)
    {
        let got = World::of(run("failed", "vendor_status"), lines).first(&["class", "message_id"]);
        assert_eq!(got, format!("{class} {message_id}"), "{lines:?}");
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
        (run("failed", "time_limit"), "contention reason-contention"),
        (run("partial", "path_missing"), "configuration reason-path-missing"),
        (run("missed", "window_missed"), "contention reason-contention"),
    ];
    for (row, want) in cases {
        assert_eq!(World::of(row.clone(), &[]).first(&["class", "rule_id"]), want, "{row:?}");
    }
    let timed_out = World::of(exit(124), &["error: dial tcp: connection refused"]);
    assert_eq!(timed_out.first(&["class"]), "connectivity");
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
            "error: Save(<data/7d91eafcd5>) failed: write /mnt/a/r/7d91eafc-tmp-331: no space left on device",
            "error: Save(<data/f255eb3d2d>) failed: write /srv/b/r/f255eb3d-tmp-215: no space left on device",
            "storage||Save(<<path>>) failed: write <path>: no space left on device",
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
    let file = |rule: &str| format!("rule = [{rule}]\nmask = []");
    let cases = [
        (
            "{ id = \"a\", class = \"disk\", evidence = \"text\", rank = 20, pattern = \"x\" }",
            "`disk`",
        ),
        (
            "{ id = \"a\", class = \"storage\", evidence = \"guess\", rank = 20, pattern = \"x\" }",
            "`guess`",
        ),
        ("{ id = \"a\", class = \"storage\", evidence = \"text\", rank = 20 }", "nothing"),
        (
            "{ id = \"a\", class = \"storage\", evidence = \"text\", rank = 20, names_target = true }",
            "nothing",
        ),
        (
            "{ id = \"a\", class = \"storage\", evidence = \"text\", rank = 20, pattern = \"(\" }",
            "compile",
        ),
        (
            "{ id = \"a\", class = \"storage\", evidence = \"text\", rank = 20, reasons = [\"x\"] }",
            "`x`",
        ),
    ];
    for (rule, part) in cases {
        let error = Rules::parse(&file(rule), "failure_rules.toml").unwrap_err();
        assert!(error.message.contains(part) || error.to_string().contains(part), "{error}");
        assert!(error.message.contains("`a`"), "{error}");
        assert_eq!(error.place.as_deref(), Some("failure_rules.toml"));
        assert!(error.hint.is_some());
    }
    let twice =
        "{ id = \"a\", class = \"storage\", evidence = \"text\", rank = 1, pattern = \"x\" }";
    let error = Rules::parse(&file(&format!("{twice}, {twice}")), "f").unwrap_err();
    assert!(error.message.contains("twice"), "{error}");
    let error = Rules::parse("rule = 1", "f").unwrap_err();
    assert!(!error.causes.is_empty());
}
