//! Writes that need no key: appending to the program's own logs, rebuilding derived tables, and
//! joining small files. The same rows again make no version.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude as pl;

use super::incoming::Incoming;
use super::log::Log;
use super::plan::Plan;
use super::{Batch, Commit, Lake, LiveFile, Written, files, schema, store};
use crate::error::Result;
use crate::model::frame::Frame;
use crate::model::table::Table;

impl Lake {
    /// Adds rows. A load that the table holds already adds nothing.
    ///
    /// # Errors
    /// When a row does not fit the table, or as [`Lake::merge`].
    pub fn append(
        &self,
        table: &'static Table,
        batches: &[Batch],
        commit: &Commit,
    ) -> Result<Written> {
        let plan = |log: Option<&Log>, open: &[&Batch]| {
            let incoming = Incoming::of(table, open, false)?;
            let mut plan = Plan { loads: incoming.counts(), ..Plan::default() };
            for batch in open {
                if let Some(counts) = plan.loads.get_mut(&batch.load_id) {
                    counts.inserted = i64::try_from(batch.frame.height()).unwrap_or(i64::MAX);
                }
            }
            if incoming.rows.height() > 0 {
                plan.replace(table, log, &BTreeMap::new(), vec![incoming.rows])?;
            }
            Ok(plan)
        };
        self.publish(table, "append", batches, commit, &plan)
    }

    /// Replaces all rows of a derived table. The table's rows are compared as the bytes of the
    /// files they make; equal rows make no version, nor do no rows of a table that is not there.
    ///
    /// # Errors
    /// When a row does not fit the table, or as [`Lake::merge`].
    pub fn rebuild(
        &self,
        table: &'static Table,
        frame: &Frame,
        commit: &Commit,
    ) -> Result<Written> {
        let rows = schema::conform(table, frame, false)?;
        let plan = |log: Option<&Log>, _: &[&Batch]| {
            let live = log.map_or(&[][..], |l| &l.files);
            let found: BTreeSet<String> = live.iter().filter_map(|f| f.sha256.clone()).collect();
            let is_same = match log {
                None => rows.height() == 0,
                Some(_) => found.len() == live.len() && found == digests(table, &rows)?,
            };
            if is_same {
                return Ok(Plan::default());
            }
            let remove = live.iter().map(|f| f.name.clone()).collect();
            Ok(Plan { rows: vec![rows.clone()], remove, is_forced: true, ..Plan::default() })
        };
        self.publish(table, "rebuild", &[], commit, &plan)
    }

    /// Joins the small files of every month but the newest (and of a table without months) into
    /// one. Rows do not change.
    ///
    /// # Errors
    /// As [`Lake::merge`].
    pub fn compact(&self, table: &'static Table, commit: &Commit) -> Result<Written> {
        let plan = |log: Option<&Log>, _: &[&Batch]| {
            let mut plan = Plan::default();
            let live = log.map_or(&[][..], |l| &l.files);
            for file in to_compact(live) {
                plan.rows.push(files::read(file, &schema::columns(table))?);
                plan.remove.insert(file.name.clone());
            }
            Ok(plan)
        };
        self.publish(table, "compact", &[], commit, &plan)
    }
}

/// SHA-256 of the files that rows make.
fn digests(table: &Table, rows: &pl::DataFrame) -> Result<BTreeSet<String>> {
    Ok(files::encode(table, rows)?.iter().map(|f| store::sha256(&f.bytes)).collect())
}

/// All files of each closed month that has several; all files of a table without months.
fn to_compact(live: &[LiveFile]) -> Vec<&LiveFile> {
    let newest = live.iter().map(|f| &f.month).max();
    let mut months: BTreeMap<&Option<String>, Vec<&LiveFile>> = BTreeMap::new();
    for file in live {
        months.entry(&file.month).or_default().push(file);
    }
    months
        .into_iter()
        .filter(|(month, files)| files.len() > 1 && (month.is_none() || Some(*month) != newest))
        .flat_map(|(_, files)| files)
        .collect()
}
