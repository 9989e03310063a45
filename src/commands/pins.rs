//! Pins: table versions that packages rest on. Written before a package is, read by `vacuum`, which
//! then leaves their files alone. A pin is never taken back.

use std::collections::{BTreeMap, BTreeSet};

use super::project::Project;
use crate::error::Result;
use crate::evidence::bag::sha256_hex;
use crate::lake::{At, Batch};
use crate::model::frame::{Column, Frame};
use crate::model::tables::program::PINS;

/// Pins versions, by table, for a package; those that it holds already make no row. The caller holds
/// the lock.
pub fn pin(project: &Project, package: &str, versions: &BTreeMap<String, i64>) -> Result<()> {
    let known = rows(project)?;
    let known: BTreeSet<&str> = match &known {
        Some(frame) => frame.text("pin_id")?.iter().flatten().map(String::as_str).collect(),
        None => BTreeSet::new(),
    };
    let id = |table: &str, version: i64| format!("{package}/{table}@{version}");
    let new: Vec<(String, &String, i64)> = versions
        .iter()
        .map(|(table, version)| (id(table, *version), table, *version))
        .filter(|(id, ..)| !known.contains(id.as_str()))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = new.iter().map(|(id, ..)| id.as_str()).collect();
    let load_id = sha256_hex(format!("pins|{}", ids.join("|")).as_bytes());
    let text = |values: Vec<String>| Column::Text(values.into_iter().map(Some).collect());
    let frame = Frame::from_columns(vec![
        ("pin_id".into(), text(new.iter().map(|(id, ..)| id.clone()).collect())),
        ("table_name".into(), text(new.iter().map(|(_, table, _)| (*table).clone()).collect())),
        ("table_version".into(), Column::Int(new.iter().map(|(.., v)| Some(*v)).collect())),
        ("reason".into(), text(vec![package.to_owned(); new.len()])),
        ("pinned_at".into(), Column::Time(vec![Some(project.as_of_us); new.len()])),
    ])?;
    let batch = Batch { load_id, frame, notes: BTreeMap::new() };
    project.lake.append(&PINS, &[batch], &project.commit())?;
    Ok(())
}

/// All pinned versions, by table.
pub fn pinned(project: &Project) -> Result<BTreeMap<String, BTreeSet<i64>>> {
    let mut pins: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    if let Some(frame) = rows(project)? {
        let versions = frame.int("table_version")?;
        for (name, version) in frame.text("table_name")?.iter().zip(versions) {
            if let (Some(name), Some(version)) = (name, version) {
                pins.entry(name.clone()).or_default().insert(*version);
            }
        }
    }
    Ok(pins)
}

fn rows(project: &Project) -> Result<Option<Frame>> {
    match project.lake.snapshot(&PINS, At::Newest)? {
        Some(snapshot) => project.lake.read(&snapshot, &[]).map(Some),
        None => Ok(None),
    }
}
