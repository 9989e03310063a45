//! What was made, for people and programs: one small record beside every report and package, and
//! `index.html` over all of them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::project::{Project, VERSION};
use crate::error::{Error, Result};
use crate::files;
use crate::model::format::Format;
use crate::model::time;
use crate::reports::index::{self, IndexEntry};
use crate::reports::input::ReportInput;

/// Ending of the records.
const ENDING: &str = ".run.json";

/// What a run made and what it rests on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// Title.
    pub title: String,
    /// One line: what it tells.
    pub says: String,
    /// Instant of the data.
    pub as_of: String,
    /// Id of the run.
    pub run_id: String,
    /// Program version.
    pub program_version: String,
    /// File names in the record's folder.
    pub files: Vec<String>,
    /// Table -> version.
    pub tables: BTreeMap<String, i64>,
}

impl Record {
    /// The record of a report.
    #[must_use]
    pub fn new(title: &str, says: &str, input: &ReportInput, files: Vec<String>) -> Self {
        Record {
            title: title.to_owned(),
            says: says.to_owned(),
            as_of: time::iso(input.as_of),
            run_id: input.run_id.clone(),
            program_version: VERSION.to_owned(),
            files,
            tables: input.tables.iter().map(|(n, v)| (n.clone(), v.version)).collect(),
        }
    }
}

/// Writes a record and the index.
///
/// # Errors
/// When the output folder cannot be read or written.
pub fn write(project: &Project, period: &str, name: &str, record: &Record) -> Result<()> {
    let path = project.out.join(period).join(format!("{name}{ENDING}"));
    let mut bytes = serde_json::to_vec_pretty(record)
        .map_err(|e| Error::storage(format!("a record cannot be encoded: {e}")))?;
    bytes.push(b'\n');
    files::write(&path, &bytes)?;
    let format = Format { zone: time::zone(&project.config.project.zone)?, ..Format::default() };
    let entries = entries(&project.out)?;
    let organisation = &project.config.project.name;
    let page = index::page(organisation, &entries, &format, &project.templates())?;
    files::write(&project.out.join("index.html"), &page)
}

fn entries(out: &Path) -> Result<Vec<IndexEntry>> {
    let mut entries = Vec::new();
    for period in names(out)? {
        let folder = out.join(&period);
        if !folder.is_dir() {
            continue;
        }
        for file in names(&folder)?.into_iter().filter(|f| f.ends_with(ENDING)) {
            let path = folder.join(&file);
            let record: Record = serde_json::from_slice(&files::read(&path)?).map_err(|e| {
                Error::config(format!("is not a record of a run: {e}"))
                    .at(path.display())
                    .hint("remove the file and make the report again")
            })?;
            let label =
                |name: &str| name.rsplit('.').next().map_or_else(String::new, str::to_uppercase);
            entries.push(IndexEntry {
                period: period.clone(),
                title: record.title,
                says: record.says,
                as_of: time::parse_iso(&record.as_of)?,
                files: record
                    .files
                    .iter()
                    .map(|name| (label(name), format!("{period}/{name}")))
                    .collect(),
            });
        }
    }
    Ok(entries)
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |e: std::io::Error| {
        Error::storage(format!("cannot be read: {e}"))
            .at(folder.display())
            .hint("check the folder's permissions")
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
