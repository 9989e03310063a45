//! `doctor`: what to fix first. Looks at configuration, lake, freshness, quarantine and
//! duplicate keys; mends nothing.

use super::Outcome;
use super::project::Project;
use super::sources;
use crate::error::Result;
use crate::files;
use crate::lake::At;
use crate::model::tables::program::{LOAD_LOG, SOURCES};
use crate::model::time::SECOND_US;

/// Says every finding with what to do; findings end with exit 1.
pub fn doctor(project: &Project) -> Result<Outcome> {
    let messages = project.messages;
    let mut findings: Vec<(String, &str)> = Vec::new();
    let specs = sources::specs(project, None)?;
    messages.say(&format!("configuration: {} blocks of sources", specs.len()));
    project.adapters()?;
    project.catalog()?;
    files::check_writable(&project.out)?;
    files::check_writable(project.lake.root())?;
    let versions = project.lake.version_vector()?;
    let rows: i64 = versions.values().map(|v| v.row_count).sum();
    messages.say(&format!("lake: {} tables, {rows} rows", versions.len()));
    if versions.is_empty() {
        findings.push(("the lake is empty".into(), "run `tapeline load`"));
    }
    stale(project, &mut findings)?;
    set_aside(project, &mut findings)?;
    for (text, hint) in &findings {
        messages.warn(text, Some(hint));
    }
    if findings.is_empty() {
        messages.say("nothing to fix");
    }
    Ok(Outcome::of(!findings.is_empty()))
}

/// Sources whose newest export is older than they promise.
fn stale(project: &Project, findings: &mut Vec<(String, &str)>) -> Result<()> {
    let (Some(sources), Some(log)) = (
        project.lake.snapshot(&SOURCES, At::Newest)?,
        project.lake.snapshot(&LOAD_LOG, At::Newest)?,
    ) else {
        return Ok(());
    };
    let sources = project.lake.read(&sources, &["source_id", "expected_every_s"])?;
    let log = project.lake.read(&log, &["source_id", "captured_at"])?;
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
        if age_s.is_none_or(|age| age > *every) {
            let what = age_s.map_or("never loaded".to_owned(), |a| format!("{a:.0} s old"));
            findings.push((
                format!("{id}: newest export is {what}, promised every {every:.0} s"),
                "look why the export did not come",
            ));
        }
    }
    Ok(())
}

fn set_aside(project: &Project, findings: &mut Vec<(String, &str)>) -> Result<()> {
    let Some(log) = project.lake.snapshot(&LOAD_LOG, At::Newest)? else { return Ok(()) };
    let log = project.lake.read(&log, &["rows_quarantined"])?;
    let count: i64 = log.int("rows_quarantined")?.iter().flatten().sum();
    if count > project.config.limits.max_quarantined {
        findings.push((
            format!("{count} rows are quarantined"),
            "look at them with `tapeline quarantine`",
        ));
    }
    Ok(())
}
