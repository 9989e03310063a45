//! Merging rows by natural key: which live rows go, which rows are written, and what became of
//! each incoming row. Decides; `publish` commits.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude as pl;
use polars::prelude::{IntoSeries as _, NewChunkedArray as _};

use super::fill::{self, Mode, Row};
use super::incoming::Incoming;
use super::keys::{self, Group};
use super::log::Log;
use super::plan::Plan;
use super::winner::{self, Fate, Record, Verdict};
use super::{Batch, Commit, Lake, Written, files, schema};
use crate::bridge;
use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame, Type};
use crate::model::table::{Merge, Table};

/// Rows taken out of live files, by file and row.
type Dropped = BTreeMap<usize, BTreeSet<pl::IdxSize>>;

impl Lake {
    /// Merges loads into a table by natural key. Tables that only grow are appended to.
    ///
    /// # Errors
    /// When a row does not fit the table (nothing is written then), the disk refuses (exit 4) or
    /// other writers win ten times (exit 75).
    pub fn merge(
        &self,
        table: &'static Table,
        batches: &[Batch],
        commit: &Commit,
    ) -> Result<Written> {
        self.remap(table, batches, &BTreeSet::new(), commit)
    }

    /// As [`Lake::merge`], where the loads in `outdated` read their inputs in a way that is wrong
    /// now (another zone): a row of theirs gives way to an incoming row of the same raw record.
    ///
    /// # Errors
    /// As [`Lake::merge`].
    pub fn remap(
        &self,
        table: &'static Table,
        batches: &[Batch],
        outdated: &BTreeSet<String>,
        commit: &Commit,
    ) -> Result<Written> {
        let plan = |log: Option<&Log>, open: &[&Batch]| match table.merge {
            Merge::Replace => replace(table, log, &Incoming::of(table, open, false)?, outdated),
            Merge::Fill => filled(table, log, &Incoming::of(table, open, false)?, Mode::Fill),
            Merge::Append | Merge::Rebuild => Ok(Plan::default()),
        };
        match table.merge {
            Merge::Append => return self.append(table, batches, commit),
            Merge::Rebuild => {
                return Err(Error::config("the table is rebuilt, not merged").at(table.name));
            }
            Merge::Replace | Merge::Fill => {}
        }
        self.publish(table, "merge", batches, commit, &plan)
    }

    /// Fills nulls of existing rows; inserts nothing. Rows without a row to enrich are counted
    /// and listed in [`Written::no_partner`].
    ///
    /// # Errors
    /// As [`Lake::merge`].
    pub fn enrich(
        &self,
        table: &'static Table,
        batches: &[Batch],
        commit: &Commit,
    ) -> Result<Written> {
        let plan = |log: Option<&Log>, open: &[&Batch]| {
            filled(table, log, &Incoming::of(table, open, true)?, Mode::Enrich)
        };
        self.publish(table, "enrich", batches, commit, &plan)
    }
}

/// Columns that a verdict sets, with their values row by row.
#[derive(Default)]
struct Overrides {
    last_seen_at: Vec<Option<i64>>,
    sequence: Vec<Option<i64>>,
    first_seen_at: Vec<Option<i64>>,
    first_attempt_at: Vec<Option<i64>>,
    time: Vec<Option<i64>>,
}

impl Overrides {
    fn push(&mut self, verdict: &Verdict) {
        self.last_seen_at.push(Some(verdict.last_seen_at));
        self.sequence.push(Some(verdict.sequence));
        self.first_seen_at.push(Some(verdict.first_seen_at));
        self.first_attempt_at.push(verdict.first_attempt_at);
        self.time.push(verdict.time);
    }

    fn apply(self, table: &Table, mut rows: pl::DataFrame) -> Result<pl::DataFrame> {
        let mut set = vec![
            ("last_seen_at", Type::Time, self.last_seen_at),
            ("sequence", Type::Int, self.sequence),
            ("first_seen_at", Type::Time, self.first_seen_at),
            ("first_attempt_at", Type::Time, self.first_attempt_at),
        ];
        set.extend(table.time.map(|name| (name, Type::Time, self.time)));
        for (name, kind, values) in set {
            if table.column(name).is_some() {
                let values = pl::Int64Chunked::from_iter_options(name.into(), values.into_iter());
                let values = values.into_series().cast(&bridge::dtype(kind));
                let values = values.map_err(|e| bridge::failed(&e))?;
                rows.with_column(values.into()).map_err(|e| bridge::failed(&e))?;
            }
        }
        Ok(rows)
    }
}

/// Mode replace: the greatest record of a key wins as a whole.
fn replace(
    table: &'static Table,
    log: Option<&Log>,
    incoming: &Incoming,
    outdated: &BTreeSet<String>,
) -> Result<Plan> {
    let live = log.map_or(&[][..], |l| &l.files);
    let news = keys::records(table, &incoming.rows, false)?;
    let mut plan = Plan { loads: incoming.counts(), ..Plan::default() };
    let mut dropped = Dropped::new();
    let (mut picked, mut set) = (Vec::new(), Overrides::default());
    let mut kept: BTreeMap<usize, (Vec<pl::IdxSize>, Overrides)> = BTreeMap::new();
    for group in keys::group(table, &incoming.rows, live, outdated)? {
        let Some(verdict) = winner::decide(&all_records(&group, &news)) else { continue };
        count(&mut plan, incoming, &group, &verdict);
        if !verdict.is_changed {
            continue;
        }
        for hit in &group.live {
            dropped.entry(hit.file).or_default().insert(hit.row);
        }
        if let Some(hit) = group.live.get(verdict.keep) {
            let (rows, set) = kept.entry(hit.file).or_default();
            rows.push(hit.row);
            set.push(&verdict);
        } else if let Some(row) = group.incoming.get(verdict.keep - group.live.len()) {
            picked.push(pl::IdxSize::try_from(*row).unwrap_or(pl::IdxSize::MAX));
            set.push(&verdict);
        }
    }
    let mut fresh = vec![set.apply(table, files::take(&incoming.rows, &picked)?)?];
    for (file, (rows, set)) in kept {
        let Some(file) = live.get(file) else { continue };
        let data = files::read(file, &schema::columns(table))?;
        fresh.push(set.apply(table, files::take(&data, &rows)?)?);
    }
    plan.replace(table, log, &dropped, fresh)?;
    Ok(plan)
}

/// Live records first, then the incoming ones.
fn all_records(group: &Group, news: &[Record]) -> Vec<Record> {
    let live = group.live.iter().map(|hit| hit.record.clone());
    live.chain(group.incoming.iter().filter_map(|row| news.get(*row).cloned())).collect()
}

fn count(plan: &mut Plan, incoming: &Incoming, group: &Group, verdict: &Verdict) {
    let fates = verdict.fates.iter().skip(group.live.len()).flatten();
    let month = |at: Option<i64>| at.map(crate::model::time::month);
    let is_moved = verdict.old_time.is_some() && month(verdict.old_time) != month(verdict.time);
    for (row, fate) in group.incoming.iter().zip(fates) {
        incoming.count(plan, *row, |counts| match fate {
            Fate::Inserted => counts.inserted += 1,
            Fate::Updated => {
                counts.updated += 1;
                counts.moved += i64::from(is_moved);
            }
            Fate::Same => counts.same += 1,
            Fate::Superseded => counts.superseded += 1,
        });
    }
}

/// Modes fill and enrich: cells are combined.
fn filled(
    table: &'static Table,
    log: Option<&Log>,
    incoming: &Incoming,
    mode: Mode,
) -> Result<Plan> {
    let live = log.map_or(&[][..], |l| &l.files);
    let news = bridge::from_polars(&incoming.rows)?;
    let groups = keys::group(table, &incoming.rows, live, &BTreeSet::new())?;
    let mut found = live_rows(table, live, &groups)?;
    let mut plan = Plan { loads: incoming.counts(), ..Plan::default() };
    let mut dropped = Dropped::new();
    let mut fresh: Vec<Row> = Vec::new();
    for group in &groups {
        let mut hits = group.live.iter();
        let mut row = hits.next().and_then(|hit| found.remove(&(hit.file, hit.row)));
        let mut is_changed = false;
        for stray in hits {
            // A key that lives twice: its rows become one.
            let other = found.remove(&(stray.file, stray.row));
            if let (Some(row), Some(other)) = (row.as_mut(), other) {
                fill::combine(table, mode, row, &other);
                is_changed = true;
            }
        }
        for at in &group.incoming {
            is_changed |= fill_one(table, mode, &mut plan, incoming, (*at, &news), &mut row);
        }
        if let Some(row) = row.filter(|_| is_changed) {
            fresh.push(row);
            for hit in &group.live {
                dropped.entry(hit.file).or_default().insert(hit.row);
            }
        }
    }
    plan.replace(table, log, &dropped, vec![frame_of(table, fresh)?])?;
    Ok(plan)
}

/// Combines one incoming row into the row of its key; true when that changed.
fn fill_one(
    table: &Table,
    mode: Mode,
    plan: &mut Plan,
    incoming: &Incoming,
    (at, news): (usize, &Frame),
    row: &mut Option<Row>,
) -> bool {
    let new = cells(news, at);
    let Some(row) = row else {
        if mode == Mode::Fill {
            *row = Some(new);
            incoming.count(plan, at, |c| c.inserted += 1);
            return true;
        }
        incoming.count(plan, at, |c| c.no_partner += 1);
        if let (Some(id), Some((_, position))) = (incoming.load(at), incoming.origin.get(at)) {
            plan.no_partner.entry(id.clone()).or_default().push(*position);
        }
        return false;
    };
    let effect = fill::combine(table, mode, row, &new);
    incoming.count(plan, at, |counts| {
        counts.conflicts += effect.conflicts;
        counts.updated += i64::from(effect.is_filled);
        counts.same += i64::from(!effect.is_filled);
    });
    effect.is_changed
}

fn cells(frame: &Frame, row: usize) -> Row {
    frame.iter().map(|(_, column)| column.cell(row)).collect()
}

/// The live rows of the groups, whole, by file and row.
fn live_rows(
    table: &Table,
    live: &[super::LiveFile],
    groups: &[Group],
) -> Result<BTreeMap<(usize, pl::IdxSize), Row>> {
    let mut wanted: BTreeMap<usize, Vec<pl::IdxSize>> = BTreeMap::new();
    for hit in groups.iter().flat_map(|g| &g.live) {
        wanted.entry(hit.file).or_default().push(hit.row);
    }
    let mut out = BTreeMap::new();
    for (at, rows) in wanted {
        let Some(file) = live.get(at) else { continue };
        let data = files::read(file, &schema::columns(table))?;
        let frame = bridge::from_polars(&files::take(&data, &rows)?)?;
        for (place, row) in rows.into_iter().enumerate() {
            out.insert((at, row), cells(&frame, place));
        }
    }
    Ok(out)
}

fn frame_of(table: &Table, rows: Vec<Row>) -> Result<pl::DataFrame> {
    let mut columns: Vec<Column> = table.all_columns().map(|c| Column::empty(c.kind)).collect();
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell)?;
        }
    }
    let names = table.all_columns().map(|c| c.name.to_owned());
    bridge::to_polars(&Frame::from_columns(names.zip(columns).collect())?)
}
