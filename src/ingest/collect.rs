//! Mapped records of one input and adapter become frames, quarantine and a ledger row. Order is
//! that of the input, whatever the number of threads.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::columns::DAY_MONTH_ORDER;
use super::ledger::{LedgerRow, UNMAPPED, quarantine_frame};
use super::mapping::{Load, Mapped, Notes, Quarantined, map};
use super::plan::Plan;
use super::record::Item;
use super::row::{FrameBuilder, Row};
use crate::error::{Error, Result};
use crate::model::frame::{Cell, Frame};
use crate::model::table::Merge;
use crate::model::time::SECOND_US;

/// Items mapped together.
pub const CHUNK_ROWS: usize = 4096;
/// Items mapped by one thread at a time.
const PIECE_ROWS: usize = 256;
/// Rows in a frame.
const FRAME_ROWS: usize = 65_536;

/// Outcomes from worst to best, for `rows.worst_of`.
const WORST: [&str; 11] = [
    "failed",
    "interrupted",
    "canceled",
    "refused",
    "missed",
    "partial",
    "unmapped",
    "warning",
    "running",
    "skipped",
    "success",
];

/// Collects what became of the records.
pub struct Collector<'a> {
    plan: &'a Plan,
    /// The ledger so far.
    pub ledger: LedgerRow,
    frames: Vec<Frame>,
    rows: FrameBuilder,
    groups: BTreeMap<String, Row>,
    quarantine: Vec<Quarantined>,
    /// Non-null cells per column, in order of the layout.
    filled: Vec<i64>,
    /// Hash of key -> hash of content; looked up only, never iterated.
    seen: HashMap<u64, u64>,
    twins: BTreeMap<String, BTreeMap<i64, i64>>,
    counts: BTreeMap<String, i64>,
}

/// What is left at the end.
pub struct Collected {
    /// Canonical rows.
    pub frames: Vec<Frame>,
    /// Rows of `quarantine`.
    pub quarantine: Frame,
    /// The ledger row.
    pub ledger: LedgerRow,
}

impl Collected {
    /// No rows, only the beginning of a ledger row.
    ///
    /// # Errors
    /// When the empty quarantine cannot be made (a bug).
    pub fn nothing(ledger: LedgerRow) -> Result<Self> {
        let quarantine = quarantine_frame(&ledger, &[])?;
        Ok(Collected { frames: Vec::new(), quarantine, ledger })
    }
}

/// Maps items in parallel, in order.
///
/// # Errors
/// Input: a `~regex` path matches several columns.
pub fn map_items(plan: &Plan, load: &Load, items: &[Item]) -> Result<Vec<Mapped>> {
    let piece = |items: &[Item]| -> Result<Vec<Mapped>> {
        let mut bound = None;
        let one = |item: &Item| match item {
            Item::Record(record) => {
                let view = plan.fields.view(record, &mut bound)?;
                Ok(map(plan, load, &view))
            }
            Item::Bad { number, fault, raw } => Ok(Mapped::Quarantined(Box::new(Quarantined {
                input_row: *number,
                column: String::new(),
                value: None,
                reason: fault.word(),
                raw: raw.clone(),
                twins: Vec::new(),
            }))),
        };
        items.iter().map(one).collect()
    };
    let pieces: Result<Vec<Vec<Mapped>>> = items.par_chunks(PIECE_ROWS).map(piece).collect();
    Ok(pieces?.into_iter().flatten().collect())
}

impl<'a> Collector<'a> {
    /// An empty collector; `ledger` knows what the input is.
    #[must_use]
    pub fn new(plan: &'a Plan, ledger: LedgerRow) -> Self {
        Collector {
            plan,
            ledger,
            frames: Vec::new(),
            rows: FrameBuilder::new(&plan.layout),
            groups: BTreeMap::new(),
            quarantine: Vec::new(),
            filled: vec![0; plan.layout.specs.len()],
            seen: HashMap::new(),
            twins: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Counts a finding.
    pub fn count(&mut self, finding: &str, n: i64) {
        if n > 0 {
            *self.counts.entry(finding.to_owned()).or_default() += n;
        }
    }

    /// Takes a record's fate in.
    ///
    /// # Errors
    /// Input: the dates prove another order of day and month than the source declares.
    pub fn add(&mut self, mapped: Mapped) -> Result<()> {
        self.ledger.records_read += 1;
        match mapped {
            Mapped::OutOfScope => self.ledger.rows_out_of_scope += 1,
            Mapped::Quarantined(record) if record.reason == DAY_MONTH_ORDER => {
                let value = record.value.unwrap_or_default();
                return Err(Error::input(format!(
                    "`{value}` proves another order of day and month than declared"
                ))
                .at(format!(
                    "{}:{} \"{}\"",
                    self.ledger.input_name, record.input_row, record.column
                ))
                .hint("change date_order of this [[source]]"));
            }
            Mapped::Quarantined(record) => {
                self.ledger.rows_in += 1;
                self.ledger.rows_quarantined += 1;
                self.twins(&record.twins);
                self.quarantine.push(*record);
            }
            Mapped::Row(row) => {
                let (row, notes) = *row;
                self.notes(&notes);
                self.row(row, notes.group)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, row: Row, group: Option<String>) -> Result<()> {
        if let Some(group) = group {
            match self.groups.remove(&group) {
                None => {
                    self.ledger.rows_in += 1;
                    self.groups.insert(group, row);
                }
                Some(other) => {
                    self.ledger.rows_out_of_scope += 1;
                    self.count("merged-records", 1);
                    self.groups.insert(group, self.worse(other, row));
                }
            }
            return Ok(());
        }
        self.ledger.rows_in += 1;
        self.measure(&row);
        self.rows.push(&self.plan.layout, row)?;
        if self.rows.height() >= FRAME_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    /// The row with the worse outcome, its nulls filled from the other.
    fn worse(&self, a: Row, b: Row) -> Row {
        let layout = &self.plan.layout;
        let rank = |row: &Row| {
            let word = layout.text(row, "outcome").unwrap_or_default();
            WORST.iter().position(|w| *w == word).unwrap_or(WORST.len())
        };
        let (mut worst, other) = if rank(&b) < rank(&a) { (b, a) } else { (a, b) };
        for at in 0..layout.specs.len() {
            if *worst.cell(at) == Cell::Null {
                worst.set(at, other.cell(at).clone());
            }
        }
        worst
    }

    fn notes(&mut self, notes: &Notes) {
        for (column, _) in &notes.lost {
            *self.ledger.loss.entry(column.clone()).or_default() += 1;
        }
        for (column, word) in &notes.unmapped {
            *self.ledger.unmapped.entry(format!("{column}: {word}")).or_default() += 1;
            if !self.plan.unmapped_allowed.contains(word) {
                self.count(&format!("{UNMAPPED}{column} \"{word}\""), 1);
            }
        }
        for column in &notes.not_finite {
            self.count(&format!("not-finite {column}"), 1);
        }
        self.twins(&notes.twins);
        self.count("clock-skew", i64::from(notes.is_skewed));
        self.count("leap-second", i64::from(notes.is_leap));
        self.count("time-ambiguous", i64::from(notes.is_ambiguous));
    }

    fn twins(&mut self, twins: &[(String, i64)]) {
        for (column, gap) in twins {
            let gaps = self.twins.entry(column.clone()).or_default();
            *gaps.entry(gap / SECOND_US).or_default() += 1;
        }
    }

    /// Range of the time column, filled cells, key collisions.
    fn measure(&mut self, row: &Row) {
        let layout = &self.plan.layout;
        for (at, n) in self.filled.iter_mut().enumerate() {
            *n += i64::from(*row.cell(at) != Cell::Null);
        }
        if let Some(at) = layout.table.time.and_then(|name| layout.int(row, name)) {
            self.ledger.min_at = Some(self.ledger.min_at.map_or(at, |m| m.min(at)));
            self.ledger.max_at = Some(self.ledger.max_at.map_or(at, |m| m.max(at)));
        }
        let mut hasher = DefaultHasher::new();
        for name in layout.table.key {
            hash(layout.get(row, name), &mut hasher);
        }
        let key = hasher.finish();
        let mut hasher = DefaultHasher::new();
        layout.text(row, "row_hash").hash(&mut hasher);
        let content = hasher.finish();
        let is_other = self.seen.insert(key, content).is_some_and(|other| other != content);
        // Rows of a filled table own different columns of one key.
        let is_filled = layout.table.merge == Merge::Fill;
        if is_other && !is_filled && self.plan.latest_by.is_none() {
            self.ledger.key_collisions += 1;
        }
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.height() > 0 {
            self.frames.push(self.rows.take(&self.plan.layout)?);
        }
        Ok(())
    }

    /// Frames, quarantine and ledger.
    ///
    /// # Errors
    /// Input: the epochs of the export prove another zone than the one declared.
    pub fn finish(mut self) -> Result<Collected> {
        self.check_zone()?;
        for (_, row) in std::mem::take(&mut self.groups) {
            self.measure(&row);
            self.rows.push(&self.plan.layout, row)?;
        }
        self.flush()?;
        self.check_loss();
        let filled = self.plan.layout.specs.iter().zip(&self.filled);
        let filled = filled.filter(|(spec, n)| spec.nullable && **n > 0);
        self.ledger.filled = filled.map(|(spec, n)| (spec.name.to_owned(), *n)).collect();
        let collisions = self.ledger.key_collisions;
        self.count("key-collisions", collisions);
        let findings = self.counts.iter().map(|(name, n)| format!("{name}: {n}"));
        self.ledger.findings.extend(findings);
        self.ledger.findings.sort();
        let quarantine = quarantine_frame(&self.ledger, &self.quarantine)?;
        Ok(Collected { frames: self.frames, quarantine, ledger: self.ledger })
    }

    fn check_loss(&mut self) {
        for target in &self.plan.targets {
            let name = &target.column.name;
            let lost = self.ledger.loss.get(name).copied().unwrap_or(0);
            if u64::try_from(lost).is_ok_and(|n| n > target.loss_max) {
                *self.counts.entry(format!("loss {name}")).or_default() += lost;
            }
        }
    }

    /// Distances of whole quarters of an hour between wall times and their epoch twins on more
    /// than 99 % of the rows are another zone, not bad data. There are several of them where only
    /// one of the two zones changes its clock, or both on different days.
    fn check_zone(&self) -> Result<()> {
        for (column, gaps) in &self.twins {
            let total: i64 = gaps.values().sum();
            let shifts = || gaps.iter().filter(|(gap, _)| **gap != 0 && *gap % 900 == 0);
            let n: i64 = shifts().map(|(_, n)| n).sum();
            if n * 100 > total * 99 {
                let zone = self.plan.zone.as_deref().unwrap_or("none");
                let minutes: Vec<String> =
                    shifts().map(|(gap, _)| (gap / 60).to_string()).collect();
                let minutes = minutes.join(" or ");
                return Err(Error::input(format!(
                    "zone is {zone}, but {n} of {total} values of {column} lie {minutes} min off \
                     their epoch"
                ))
                .at(self.ledger.input_name.as_str())
                .hint("set the zone of the backup server in this [[source]]"));
            }
        }
        Ok(())
    }
}

/// Cells of one column have one type or are null.
fn hash(cell: &Cell, hasher: &mut DefaultHasher) {
    match cell {
        Cell::Null => 0_u8.hash(hasher),
        Cell::Text(text) => text.hash(hasher),
        Cell::Int(n) | Cell::Time(n) => n.hash(hasher),
        Cell::Float(n) => n.to_bits().hash(hasher),
        Cell::Bool(is_true) => is_true.hash(hasher),
        Cell::List(items) => items.hash(hasher),
    }
}
