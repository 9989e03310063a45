//! `history`, `vacuum`: what the lake holds and what made it.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::output;
use super::pins;
use super::project::Project;
use crate::error::{Error, Result};
use crate::lake::{At, Retention};
use crate::model::frame::{Column, Frame};
use crate::model::tables;
use crate::model::time::DAY_US;

/// Versions of one table or all.
pub fn history(project: &Project, only: Option<&str>, is_live_files: bool) -> Result<Outcome> {
    if is_live_files {
        return live_files(project);
    }
    let names: Vec<&str> = match only {
        Some(name) if tables::find(name).is_none() => {
            return Err(
                Error::config(format!("there is no table `{name}`")).hint("see `tapeline tables`")
            );
        }
        Some(name) => vec![name],
        None => tables::all().iter().map(|t| t.name).collect(),
    };
    let (mut table, mut version, mut at, mut action) = (vec![], vec![], vec![], vec![]);
    let (mut loads, mut inserted, mut updated, mut duplicate) = (vec![], vec![], vec![], vec![]);
    for name in names {
        for entry in project.lake.history(name)? {
            table.push(Some(name.to_owned()));
            version.push(Some(entry.version));
            at.push(Some(entry.as_of));
            action.push(Some(entry.action));
            loads.push(i64::try_from(entry.loads.len()).ok());
            let sum = |f: fn(&crate::lake::Counts) -> i64| {
                Some(entry.loads.values().map(|l| f(&l.counts)).sum())
            };
            inserted.push(sum(|c| c.inserted));
            updated.push(sum(|c| c.updated));
            duplicate.push(sum(|c| c.duplicate()));
        }
    }
    let frame = Frame::from_columns(vec![
        ("table".into(), Column::Text(table)),
        ("version".into(), Column::Int(version)),
        ("as_of".into(), Column::Time(at)),
        ("action".into(), Column::Text(action)),
        ("loads".into(), Column::Int(loads)),
        ("inserted".into(), Column::Int(inserted)),
        ("updated".into(), Column::Int(updated)),
        ("duplicate".into(), Column::Int(duplicate)),
    ])?;
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}

/// Live files of every table as one JSON object, for other programs that read the lake.
fn live_files(project: &Project) -> Result<Outcome> {
    let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for table in tables::all() {
        if let Some(snapshot) = project.lake.snapshot(table, At::Newest)? {
            let paths = snapshot.files.iter().map(|f| f.path.display().to_string());
            all.insert(table.name, paths.collect());
        }
    }
    let text = serde_json::to_string_pretty(&all)
        .map_err(|e| Error::storage(format!("the list cannot be encoded: {e}")))?;
    output::print(&format!("{text}\n"))?;
    Ok(Outcome::Done)
}

/// Removes what no retained version needs.
pub fn vacuum(project: &Project, is_dry_run: bool, retention_days: i64) -> Result<Outcome> {
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    let keep = Retention {
        as_of: project.as_of_us,
        keep_us: retention_days.saturating_mul(DAY_US),
        pins: pins::pinned(project)?,
        is_dry_run,
    };
    let gone = project.lake.vacuum(&keep)?;
    let pin_count: usize = keep.pins.values().map(BTreeSet::len).sum();
    if pin_count > 0 {
        let tables = keep.pins.len();
        project.messages.say(&format!(
            "kept for evidence packages: {pin_count} versions of {tables} tables (see table `pins`)"
        ));
    }
    let verb = if is_dry_run { "would remove" } else { "removed" };
    for path in &gone.files {
        project.messages.say(&format!("{verb} {}", path.display()));
    }
    project.messages.say(&format!(
        "{verb} {} files, {} bytes, {} of them left behind by stopped runs",
        gone.files.len(),
        gone.bytes,
        gone.orphans
    ));
    Ok(Outcome::Done)
}
