//! `load`: every source's exports into the lake. Decode, merge by key, quarantine, ledger: the data
//! are committed first, the ledger last, so a load that was cut off is finished by the next one.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use super::project::Project;
use super::sources;
use crate::error::{Error, Result};
use crate::ingest::ledger::{ZONE_CHANGED, way_out};
use crate::ingest::open::Limits;
use crate::ingest::{Context, LedgerRow, Loaded, load_each};
use crate::lake::{At, Batch, Counts, Written};
use crate::model::frame::{Cell, Frame};
use crate::model::table::Table;
use crate::model::tables;
use crate::model::time::DAY_US;

/// Rows held in memory before they are merged.
const PENDING_ROWS_MAX: usize = 250_000;
/// A row this much older than its source's newest is late.
const LATE_AFTER_US: i64 = 3 * DAY_US;

/// Loads one source or all of them, under the lock.
pub fn load(
    project: &Project,
    only: Option<&str>,
    is_explained: bool,
    is_dry_run: bool,
) -> Result<Outcome> {
    if is_dry_run {
        let mut work = Work::new(project);
        let outcome = read_all(project, only, &mut |loaded| {
            sources::explain(project, &loaded.ledger);
            work.count(&loaded.ledger);
            Ok(())
        })?;
        return Ok(outcome.max(work.outcome()));
    }
    let _lock = project.lake.lock(project.config.limits.lock_wait_s)?;
    load_locked(project, only, is_explained)
}

/// As [`load`]; the caller holds the lock.
pub fn load_locked(project: &Project, only: Option<&str>, is_explained: bool) -> Result<Outcome> {
    load_inputs(project, only, is_explained).map(|(outcome, _)| outcome)
}

/// As [`load_locked`], telling which inputs were read.
pub fn load_inputs(
    project: &Project,
    only: Option<&str>,
    is_explained: bool,
) -> Result<(Outcome, Inputs)> {
    let zones = sources::zones(project)?;
    let mut work = Work { is_explained, zones, ..Work::new(project) };
    let read = read_all(project, only, &mut |loaded| work.take(loaded));
    // What was read before an error is whole inputs: they are kept.
    work.flush()?;
    let outcome = read?;
    sources::record(project)?;
    work.summary();
    Ok((outcome.max(work.outcome()), work.read))
}

/// Reads the sources asked for; a refused input is remembered and the others go on.
fn read_all(
    project: &Project,
    only: Option<&str>,
    take: &mut dyn FnMut(Loaded) -> Result<()>,
) -> Result<Outcome> {
    let specs = sources::specs(project, only)?;
    let library = project.adapters()?;
    let spool = project.lake.root().join(".staging");
    let known = sources::known_loads(project)?;
    let key = crate::config::people_key();
    let context = Context {
        root: &project.root,
        spool: &spool,
        as_of_us: project.as_of_us,
        people_key: key.expose().as_bytes(),
        limits: Limits::default(),
        known: &known,
    };
    let bar = project.messages.bar(specs.len());
    let mut refused: Vec<Error> = Vec::new();
    let mut stdin = std::io::stdin();
    let mut source_id = String::new();
    let unread = load_each(&specs, &library, &context, &mut stdin, &mut |mut loaded| {
        if loaded.ledger.source_id != source_id {
            source_id.clone_from(&loaded.ledger.source_id);
            bar.inc(1);
        }
        match loaded.refusal.take() {
            Some(refusal) => refused.push(refusal),
            None => take(loaded)?,
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    for one in &unread {
        project.messages.warn(
            &format!("{}: nothing of it was read: no adapter of its source fits", one.input_name),
            Some(&format!(
                "add its adapter to [[source]] \"{}\", or narrow `path`; see `tapeline adapters list`",
                one.source_id
            )),
        );
    }
    let count = refused.len();
    match refused.into_iter().next() {
        None => Ok(Outcome::of(!unread.is_empty())),
        Some(first) if count == 1 => Err(first),
        Some(first) => Err(first.because(format!("{} more inputs were refused", count - 1))),
    }
}

struct Work<'a> {
    project: &'a Project,
    is_explained: bool,
    pending: Vec<Loaded>,
    pending_rows: usize,
    totals: BTreeMap<String, Totals>,
    /// By source, adapter and text: the first input that has it and the number of further ones.
    findings: BTreeMap<(String, String, String), (String, usize)>,
    /// A word was not understood, or an input may be cut.
    has_alarms: bool,
    /// Zones in which inputs were read by earlier loads.
    zones: sources::Zones,
    /// Inputs read, known ones too.
    read: Inputs,
}

/// Inputs that a load read, by source.
#[derive(Debug, Default)]
pub struct Inputs {
    by_name: BTreeMap<(String, String), BTreeSet<String>>,
    hashes: BTreeSet<(String, String)>,
}

impl Inputs {
    fn insert(&mut self, row: &LedgerRow) {
        let name = (row.source_id.clone(), row.input_name.clone());
        self.by_name.entry(name).or_default().insert(row.input_sha256.clone());
        self.hashes.insert((row.source_id.clone(), row.input_sha256.clone()));
    }
    /// These very bytes were read.
    #[must_use]
    pub fn has_bytes(&self, source: &str, sha256: &str) -> bool {
        self.hashes.contains(&(source.to_owned(), sha256.to_owned()))
    }
    /// Something of this name was read.
    #[must_use]
    pub fn has_name(&self, source: &str, name: &str) -> bool {
        self.by_name.contains_key(&(source.to_owned(), name.to_owned()))
    }
}

#[derive(Default)]
struct Totals {
    inputs: usize,
    known: usize,
    rows_in: i64,
    loaded: i64,
    duplicate: i64,
    quarantined: i64,
}

impl<'a> Work<'a> {
    fn new(project: &'a Project) -> Self {
        Work {
            project,
            is_explained: false,
            pending: Vec::new(),
            pending_rows: 0,
            totals: BTreeMap::new(),
            findings: BTreeMap::new(),
            has_alarms: false,
            zones: sources::Zones::default(),
            read: Inputs::default(),
        }
    }

    fn take(&mut self, loaded: Loaded) -> Result<()> {
        self.read.insert(&loaded.ledger);
        if loaded.is_known {
            let mut row = loaded.ledger;
            if self.zones.is_overruled(&row) {
                row.findings.push(format!("{ZONE_CHANGED}, after this one: its rows stay"));
            }
            self.count(&row);
            let totals = self.totals.entry(row.source_id).or_default();
            totals.known += 1;
            return Ok(());
        }
        self.pending_rows += loaded.frames.iter().map(Frame::height).sum::<usize>();
        self.pending.push(loaded);
        if self.pending_rows >= PENDING_ROWS_MAX { self.flush() } else { Ok(()) }
    }

    /// Commits what is pending: rows that stand alone, rows that enrich, quarantine, ledger.
    fn flush(&mut self) -> Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        self.pending_rows = 0;
        for is_enrich in [false, true] {
            let names: BTreeSet<&'static str> =
                pending.iter().filter(|l| l.is_enrich == is_enrich).map(|l| l.table.name).collect();
            for name in names {
                let table = find(name)?;
                let group: Vec<&mut Loaded> = pending
                    .iter_mut()
                    .filter(|l| l.is_enrich == is_enrich && l.table.name == name)
                    .collect();
                self.commit(table, group, is_enrich)?;
            }
        }
        self.book(pending)
    }

    fn commit(
        &self,
        table: &'static Table,
        mut group: Vec<&mut Loaded>,
        is_enrich: bool,
    ) -> Result<()> {
        let lake = &self.project.lake;
        for loaded in &mut group {
            let newest = lake.newest_at(table, &loaded.ledger.source_id)?;
            loaded.ledger.rows_late = late(table, &loaded.frames, newest);
        }
        let mut batches = Vec::new();
        for loaded in &mut group {
            for frame in std::mem::take(&mut loaded.frames) {
                batches.push(Batch {
                    load_id: loaded.ledger.load_id.clone(),
                    frame,
                    notes: notes(&loaded.ledger),
                });
            }
        }
        let commit = self.project.commit();
        let done = if is_enrich {
            lake.enrich(table, &batches, &commit)?
        } else {
            let loads = group.iter().flat_map(|loaded| self.zones.outdated(&loaded.ledger));
            lake.remap(table, &batches, &loads.collect(), &commit)?
        };
        for warning in &done.warnings {
            self.project.messages.warn(warning, None);
        }
        let digest = lake.snapshot(table, At::Newest)?.map(|s| s.commit_sha256);
        for loaded in group {
            complete(&mut loaded.ledger, &done, digest.as_deref())?;
        }
        Ok(())
    }

    /// Commits quarantine and ledger, and keeps the totals for the summary.
    fn book(&mut self, pending: Vec<Loaded>) -> Result<()> {
        let (mut quarantine, mut ledger) = (Vec::new(), Vec::new());
        for loaded in pending {
            let (id, mut row) = (loaded.ledger.load_id.clone(), loaded.ledger);
            row.findings.extend(self.reread(&row));
            if self.is_explained {
                sources::explain(self.project, &row);
            }
            if loaded.quarantine.height() > 0 {
                quarantine.push(batch(&id, loaded.quarantine));
            }
            ledger.push(batch(&id, LedgerRow::frame(std::slice::from_ref(&row))?));
            self.count(&row);
        }
        let commit = self.project.commit();
        for (name, batches) in [("quarantine", quarantine), ("load_log", ledger)] {
            if !batches.is_empty() {
                self.project.lake.append(find(name)?, &batches, &commit)?;
            }
        }
        Ok(())
    }

    /// An input that was loaded before in another zone: its rows replace those of then, except
    /// where the instant itself is part of the key.
    fn reread(&self, row: &LedgerRow) -> Option<String> {
        if !self.zones.is_other(row) {
            return None;
        }
        let table = tables::find(&row.table_name);
        let is_keyed = table.is_some_and(|t| t.time.is_some_and(|time| t.key.contains(&time)));
        if is_keyed && row.rows_inserted > 0 {
            return Some(format!(
                "{ZONE_CHANGED}: rows at the instants of then stay beside the new"
            ));
        }
        if row.rows_loaded == 0 && row.rows_duplicate > 0 {
            return Some(format!("{ZONE_CHANGED}: the rows of then stay as they are"));
        }
        let count = row.rows_updated;
        (count > 0)
            .then(|| format!("read again in another zone: {count} rows of then are replaced"))
    }

    fn count(&mut self, row: &LedgerRow) {
        let totals = self.totals.entry(row.source_id.clone()).or_default();
        totals.inputs += 1;
        totals.rows_in += row.rows_in;
        totals.loaded += row.rows_loaded;
        totals.duplicate += row.rows_duplicate;
        totals.quarantined += row.rows_quarantined;
        for finding in &row.findings {
            self.has_alarms |= way_out(finding).is_some();
            let key = (row.source_id.clone(), row.adapter_id.clone(), finding.clone());
            match self.findings.entry(key) {
                Entry::Vacant(slot) => drop(slot.insert((row.input_name.clone(), 0))),
                Entry::Occupied(mut slot) => slot.get_mut().1 += 1,
            }
        }
    }

    fn has_too_many_quarantined(&self) -> bool {
        let quarantined: i64 = self.totals.values().map(|t| t.quarantined).sum();
        quarantined > self.project.config.limits.max_quarantined
    }

    fn summary(&self) {
        let messages = self.project.messages;
        for (source, t) in &self.totals {
            let known = if t.known > 0 {
                format!(", {} inputs loaded before", t.known)
            } else {
                String::new()
            };
            messages.say(&format!(
                "loaded {source}: {} inputs, {} rows in = {} loaded + {} duplicate + {} \
                 quarantined{known}",
                t.inputs, t.rows_in, t.loaded, t.duplicate, t.quarantined
            ));
        }
        for ((source, adapter, text), (input, further)) in &self.findings {
            let more = if *further > 0 { format!(" and {further} more") } else { String::new() };
            let line = format!("{input}{more}: {text} (source {source}, adapter {adapter})");
            messages.warn(&line, way_out(text));
        }
        if self.has_too_many_quarantined() {
            messages.warn(
                "more rows were quarantined than max_quarantined allows",
                Some("look at them with `tapeline quarantine`"),
            );
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome::of(self.has_alarms || self.has_too_many_quarantined())
    }
}

/// Fills in what the lake found out, and holds the sum that must hold.
fn complete(row: &mut LedgerRow, done: &Written, digest: Option<&str>) -> Result<()> {
    let counts = done.loads.get(&row.load_id).copied().unwrap_or_else(Counts::default);
    row.rows_inserted = counts.inserted;
    row.rows_updated = counts.updated;
    row.rows_loaded = counts.loaded();
    row.rows_duplicate = counts.duplicate();
    row.rows_quarantined += counts.no_partner;
    row.table_version_before = done.version_before;
    row.table_version_after = done.version;
    row.commit_digest = digest.map(str::to_owned);
    let accounted = row.rows_loaded + row.rows_duplicate + row.rows_quarantined;
    if row.rows_in != accounted {
        return Err(Error::storage(format!(
            "{} rows came in, but {} were loaded, {} are duplicates and {} are quarantined",
            row.rows_in, row.rows_loaded, row.rows_duplicate, row.rows_quarantined
        ))
        .at(&row.input_name)
        .hint("this is a bug in Tapeline; the ledger row was not written, the tables are valid"));
    }
    Ok(())
}

fn notes(row: &LedgerRow) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("source_id".to_owned(), row.source_id.clone()),
        ("adapter_id".to_owned(), row.adapter_id.clone()),
        ("input_name".to_owned(), row.input_name.clone()),
        ("input_sha256".to_owned(), row.input_sha256.clone()),
    ])
}

fn late(table: &Table, frames: &[Frame], newest: Option<i64>) -> i64 {
    let (Some(time), Some(newest)) = (table.time, newest) else { return 0 };
    let is_late = |row: usize, frame: &Frame| match frame.cell(time, row) {
        Cell::Time(at) => at < newest - LATE_AFTER_US,
        _ => false,
    };
    let count: usize =
        frames.iter().map(|f| (0..f.height()).filter(|row| is_late(*row, f)).count()).sum();
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn batch(load_id: &str, frame: Frame) -> Batch {
    Batch { load_id: load_id.to_owned(), frame, notes: BTreeMap::new() }
}

fn find(name: &str) -> Result<&'static Table> {
    tables::find(name).ok_or_else(|| Error::config(format!("there is no table `{name}`")))
}
