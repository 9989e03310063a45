//! The commit loop: find what is committed, plan on the newest version, write files, commit; on
//! a conflict read the newer version and plan again. One commit per call.

use std::collections::{BTreeMap, BTreeSet};

use super::history::LoadEntry;
use super::incoming::stack;
use super::log::Log;
use super::plan::Plan;
use super::{Batch, Commit, Counts, Lake, Written, commit, files, schema, store};
use crate::error::{Error, Result};
use crate::model::table::Table;

/// Attempts against other writers before giving up with exit 75.
const ATTEMPTS: usize = 10;

/// Decides what one commit writes, given the newest version and the loads it lacks.
pub type Planner<'a> = dyn Fn(Option<&Log>, &[&Batch]) -> Result<Plan> + 'a;

impl Lake {
    /// The commit loop: plan on the newest version, write files, commit, again on conflict.
    pub(super) fn publish(
        &self,
        table: &'static Table,
        action: &str,
        batches: &[Batch],
        run: &Commit,
        planner: &Planner<'_>,
    ) -> Result<Written> {
        let folder = self.folder(table.name);
        for _ in 0..ATTEMPTS {
            let log = Log::open(&self.store, table, &folder, None)?;
            if let Some(log) = &log {
                schema::missing(table, &log.columns)?;
            }
            let mut done = self.found(table, log.as_ref(), batches)?;
            let open: Vec<&Batch> =
                batches.iter().filter(|b| !done.already.contains(&b.load_id)).collect();
            if open.is_empty() && !batches.is_empty() {
                return Ok(done);
            }
            let plan = planner(log.as_ref(), &open)?;
            done.loads.extend(plan.loads.clone());
            done.no_partner.clone_from(&plan.no_partner);
            if plan.is_empty() {
                return Ok(done);
            }
            let id =
                open.first().map_or_else(|| next_id(action, log.as_ref()), |b| b.load_id.clone());
            let rows = stack(table, &plan.rows)?;
            let parts = files::create(&self.store, &folder, &id, files::encode(table, &rows)?)?;
            if log.is_none() {
                // A table that begins without rows has no file yet that would make its folder.
                store::make_folder(&folder)?;
            }
            let months: BTreeSet<String> = parts.iter().filter_map(|p| p.month.clone()).collect();
            done.months = months.into_iter().collect();
            // A stopped run may have left folders whose names are not durable yet.
            commit::confirm(&self.root, &folder, &done.months)?;
            let loads = entries(&open, &plan.loads);
            let change = commit::Change {
                table,
                folder: &folder,
                log: log.as_ref(),
                add: &parts,
                remove: &plan.remove,
                loads: &loads,
                action,
                commit: run,
            };
            if let commit::Outcome::Done(version, warnings) = commit::commit(&self.store, &change)?
            {
                done.version = Some(version);
                done.warnings = warnings;
                return Ok(done);
            }
        }
        Err(Error::busy(format!("other writers committed first {ATTEMPTS} times"))
            .at(table.name)
            .hint("run the command again; what is committed is found and kept"))
    }

    /// The loads that the table holds already, made durable again and with their counts.
    fn found(
        &self,
        table: &'static Table,
        log: Option<&Log>,
        batches: &[Batch],
    ) -> Result<Written> {
        let version = log.map(|l| l.version);
        let mut done = Written { version_before: version, version, ..Written::default() };
        let Some(log) = log else { return Ok(done) };
        for batch in batches {
            if log.has_load(&self.store, &batch.load_id)? {
                done.already.insert(batch.load_id.clone());
            }
        }
        if !done.already.is_empty() {
            // Remembered only after the sync, so that a failing one is tried by the next run.
            if !self.store.is_confirmed(table.name, log.version) {
                self.confirm(table)?;
                self.store.remember(table.name, log.version);
            }
            done.loads = self.committed(table.name, &done.already)?;
        }
        Ok(done)
    }

    /// Syncs a table's folders again, so that what is found committed is durable.
    ///
    /// # Errors
    /// When the table does not exist or the disk refuses.
    pub fn confirm(&self, table: &'static Table) -> Result<()> {
        let folder = self.folder(table.name);
        let months: Vec<String> = store::entries(&folder)?
            .iter()
            .filter_map(|p| p.file_name()?.to_str()?.strip_prefix("month=").map(str::to_owned))
            .collect();
        commit::confirm(&self.root, &folder, &months)
    }
}

fn next_id(action: &str, log: Option<&Log>) -> String {
    format!("{action}{}", log.map_or(0, |l| l.version + 1))
}

fn entries(open: &[&Batch], counts: &BTreeMap<String, Counts>) -> BTreeMap<String, LoadEntry> {
    open.iter()
        .map(|b| {
            let counts = counts.get(&b.load_id).copied().unwrap_or_default();
            (b.load_id.clone(), LoadEntry { counts, notes: b.notes.clone() })
        })
        .collect()
}
