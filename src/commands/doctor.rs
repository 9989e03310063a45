//! `doctor`: what to fix first. Looks at configuration, lake, disk space, freshness, clocks,
//! findings of the newest loads and quarantine; mends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::project::Project;
use super::quarantine;
use super::sources;
use crate::error::Result;
use crate::files;
use crate::ingest::ledger::way_out;
use crate::lake::At;
use crate::model::format::Format;
use crate::model::frame::{Cell, Frame};
use crate::model::tables;
use crate::model::tables::program::{LOAD_LOG, SOURCES};
use crate::model::time::{self, SECOND_US};

/// Less free space than this is a finding, whatever the lake holds.
const FREE_MIN_BYTES: i64 = 256 << 20;
/// Clocks may differ by so much.
const SKEW_US: i64 = 60 * SECOND_US;

/// What is wrong, and what to do.
type Findings = Vec<(String, String)>;

/// Says every finding with what to do; findings end with exit 1.
pub fn doctor(project: &Project) -> Result<Outcome> {
    let messages = project.messages;
    let mut findings = Findings::new();
    let specs = sources::specs(project, None)?;
    let adapters = project.adapters()?;
    for id in specs.iter().flat_map(|spec| &spec.adapter.0) {
        adapters.get(id)?;
    }
    project.catalog()?;
    messages.say(&format!("configuration: {} blocks of sources", specs.len()));
    files::check_writable(&project.out)?;
    files::check_writable(project.lake.root())?;
    let versions = project.lake.version_vector()?;
    let rows: i64 = versions.values().map(|v| v.row_count).sum();
    messages.say(&format!("lake: {} tables, {rows} rows", versions.len()));
    if versions.is_empty() {
        findings.push(("the lake is empty".into(), "run `tapeline load`".into()));
    }
    space(project, &mut findings)?;
    if let Some(log) = project.lake.snapshot(&LOAD_LOG, At::Newest)? {
        let log = project.lake.read(&log, &[])?;
        let configured: BTreeSet<String> = specs.into_iter().map(|spec| spec.id).collect();
        never_loaded(&configured, &log, &mut findings)?;
        stale(project, &log, &mut findings)?;
        clocks(project, &log, &mut findings)?;
        alarms(&log, &mut findings)?;
    }
    set_aside(project, &mut findings)?;
    for (text, hint) in &findings {
        messages.warn(text, Some(hint));
    }
    if findings.is_empty() {
        messages.say("nothing to fix");
    }
    Ok(Outcome::of(!findings.is_empty()))
}

/// Free space against what a load may write anew.
fn space(project: &Project, findings: &mut Findings) -> Result<()> {
    let mut live: i64 = 0;
    for table in tables::all() {
        if let Some(snapshot) = project.lake.snapshot(table, At::Newest)? {
            live += snapshot.files.iter().map(|f| f.size).sum::<i64>();
        }
    }
    let format = Format::default();
    let Some(free) = free_bytes(project.lake.root()) else {
        project.messages.say("disk: free space is not known here (`df -Pk` gave no answer)");
        return Ok(());
    };
    let (has, holds) = (format.bytes(free), format.bytes(live));
    project.messages.say(&format!("disk: {has} free, {holds} in live files of the lake"));
    if free < live.max(FREE_MIN_BYTES) {
        findings.push((
            format!("{has} are free beside a lake of {holds}"),
            "a load writes the months it touches anew: free space, or `tapeline vacuum`".into(),
        ));
    }
    Ok(())
}

/// What `df` says about the file system of a folder; none where there is no such program.
fn free_bytes(folder: &Path) -> Option<i64> {
    let there = folder.ancestors().find(|path| path.exists())?;
    let said = Command::new("df").arg("-Pk").arg(there).env("LC_ALL", "C").output().ok()?;
    free_of(&String::from_utf8_lossy(&said.stdout))
}

/// The fourth number of the last line: available blocks of 1,024 bytes.
fn free_of(said: &str) -> Option<i64> {
    let last = said.lines().filter(|line| !line.trim().is_empty()).skip(1).last()?;
    // A device's name may contain blanks: the numbers are found from the share of use.
    let words: Vec<&str> = last.split_whitespace().collect();
    let share = words.iter().position(|word| {
        word.strip_suffix('%')
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })?;
    let blocks: i64 = words.get(share.checked_sub(1)?)?.parse().ok()?;
    blocks.checked_mul(1024)
}

fn never_loaded(configured: &BTreeSet<String>, log: &Frame, findings: &mut Findings) -> Result<()> {
    let loaded: BTreeSet<&String> = log.text("source_id")?.iter().flatten().collect();
    for id in configured.iter().filter(|id| !loaded.contains(id)) {
        findings.push((
            format!("{id}: nothing of it was ever loaded"),
            format!("run `tapeline load {id}`, and look at its `path`"),
        ));
    }
    Ok(())
}

/// Sources whose newest export is older than they promise.
fn stale(project: &Project, log: &Frame, findings: &mut Findings) -> Result<()> {
    let Some(sources) = project.lake.snapshot(&SOURCES, At::Newest)? else { return Ok(()) };
    let sources = project.lake.read(&sources, &["source_id", "expected_every_s"])?;
    let (loaded, captured) = (log.text("source_id")?, log.time("captured_at")?);
    for (id, every) in sources.text("source_id")?.iter().zip(sources.float("expected_every_s")?) {
        let (Some(id), Some(every)) = (id, every) else { continue };
        let newest = loaded
            .iter()
            .zip(captured)
            .filter(|(source, _)| source.as_ref() == Some(id))
            .filter_map(|(_, at)| *at)
            .max();
        #[expect(clippy::cast_precision_loss, reason = "an age in seconds, below 2^53")]
        let age_s = newest.map(|at| ((project.as_of_us - at) / SECOND_US) as f64);
        if let Some(age) = age_s.filter(|age| age > every) {
            findings.push((
                format!("{id}: newest export is {age:.0} s old, promised every {every:.0} s"),
                "look why the export did not come".into(),
            ));
        }
    }
    Ok(())
}

/// Exports from the future, rows out of order by a little, and a clock that went back.
fn clocks(project: &Project, log: &Frame, findings: &mut Findings) -> Result<()> {
    let (sources, captured) = (log.text("source_id")?, log.time("captured_at")?);
    let (loaded, said) = (log.time("loaded_at")?, log.list("findings")?);
    let mut ahead: BTreeMap<&str, i64> = BTreeMap::new();
    let mut skewed: BTreeMap<&str, i64> = BTreeMap::new();
    for row in 0..log.height() {
        let source = sources.get(row).and_then(Option::as_deref).unwrap_or_default();
        if let (Some(Some(export)), Some(Some(load))) = (captured.get(row), loaded.get(row)) {
            let by = export - load;
            if by > SKEW_US {
                let most = ahead.entry(source).or_default();
                *most = by.max(*most);
            }
        }
        let lines = said.get(row).and_then(Option::as_ref).into_iter().flatten();
        let counts =
            lines.filter_map(|line| line.strip_prefix("clock-skew: ")?.parse::<i64>().ok());
        let count: i64 = counts.sum();
        if count > 0 {
            *skewed.entry(source).or_default() += count;
        }
    }
    for (source, by) in ahead {
        findings.push((
            format!("{source}: an export is {} s younger than its load", by / SECOND_US),
            "set the clock of the machine that exports, or `captured` of its [[source]]".into(),
        ));
    }
    for (source, count) in skewed {
        findings.push((
            format!("{source}: {count} rows end before they start, within `skew_s`"),
            "synchronise the clocks of the machines that it reports on".into(),
        ));
    }
    let newest = loaded.iter().flatten().max();
    if let Some(newest) = newest.filter(|at| **at > project.as_of_us + SKEW_US) {
        findings.push((
            format!(
                "the newest load is of {}, now it is {}",
                time::iso(*newest),
                time::iso(project.as_of_us)
            ),
            "set the clock of this machine, or `as_of` of tapeline.toml".into(),
        ));
    }
    Ok(())
}

/// Findings of the newest load of each input that ask for something to be done.
fn alarms(log: &Frame, findings: &mut Findings) -> Result<()> {
    let text = |name: &str, row: usize| match log.cell(name, row) {
        Cell::Text(text) => text,
        _ => String::new(),
    };
    let (loaded, said) = (log.time("loaded_at")?, log.list("findings")?);
    let version = log.int("table_version_after")?;
    let age = |row: usize| (loaded.get(row).copied(), version.get(row).copied());
    let mut newest: BTreeMap<[String; 3], usize> = BTreeMap::new();
    for row in 0..log.height() {
        let key = ["source_id", "adapter_id", "input_name"].map(|name| text(name, row));
        let known = newest.entry(key).or_insert(row);
        if age(row) >= age(*known) {
            *known = row;
        }
    }
    let mut alarms: BTreeMap<(String, String, &'static str), usize> = BTreeMap::new();
    for (key, row) in newest {
        let [source, ..] = key;
        for line in said.get(row).and_then(Option::as_ref).into_iter().flatten() {
            if let Some(hint) = way_out(line) {
                *alarms.entry((source.clone(), line.clone(), hint)).or_default() += 1;
            }
        }
    }
    for ((source, line, hint), count) in alarms {
        findings.push((format!("{source}: {line} ({count} inputs)"), hint.to_owned()));
    }
    Ok(())
}

fn set_aside(project: &Project, findings: &mut Findings) -> Result<()> {
    let count = quarantine::open_count(project)?;
    if count > project.config.limits.max_quarantined {
        findings.push((
            format!("{count} rows are quarantined and open"),
            "see `tapeline quarantine show`; after a fix `tapeline quarantine replay`".into(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_space_is_read_from_what_df_prints() {
        let head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n";
        let cases = [
            ("/dev/vda 264212084 24683008 70602880 26% /", Some(70_602_880 * 1024)),
            ("//nas/a share 100 90 10 90% /mnt/a b 5% c", Some(10_240)),
            ("none - - - - /proc", None),
        ];
        for (line, want) in cases {
            assert_eq!(free_of(&format!("{head}{line}\n")), want, "{line}");
        }
        assert_eq!(free_of(head), None, "no line, no number");
        assert_eq!(free_of(""), None);
    }
}
