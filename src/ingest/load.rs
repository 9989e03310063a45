//! One input through one adapter: what became of its records. An input that is refused does not
//! stop the others: the refusal stands in its ledger.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::adapter::{Adapter, Mode};
use super::captured::captured;
use super::collect::{CHUNK_ROWS, Collected, Collector, map_items};
use super::columns::build::Settings;
use super::columns::words::hex;
use super::detect::require;
use super::fold::Folding;
use super::ledger::{CUT, LedgerRow, ROW_COUNT, weaker};
use super::library::{AdapterLibrary, Entry};
use super::lookup::{Joins, Partners};
use super::mapping::Load;
use super::open::{Input, Limits, Opener};
use super::plan::{Plan, plan};
use super::read::{Facts, records};
use super::record::Item;
use super::source::SourceSpec;
use super::wrapper;
use crate::error::{Error, Kind, Result};
use crate::model::frame::Frame;
use crate::model::table::Table;
use crate::model::{tables, time};

/// Where and when a load happens.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The project folder; nothing outside it is read.
    pub root: &'a Path,
    /// A folder for streams that must be read twice.
    pub spool: &'a Path,
    /// `as_of` of the load, microseconds UTC.
    pub as_of_us: i64,
    /// Key of the hash that stands for people.
    pub people_key: &'a [u8],
    /// Caps.
    pub limits: Limits,
    /// Loads that the lake holds already; their inputs are not mapped again.
    pub known: &'a BTreeSet<String>,
}

/// Nothing was loaded before.
pub static NOTHING_KNOWN: BTreeSet<String> = BTreeSet::new();

/// What one input gave through one adapter.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The lake holds this load already; there are no frames.
    pub is_known: bool,
    /// Canonical table.
    pub table: &'static Table,
    /// Adapter.
    pub adapter_id: String,
    /// Its version.
    pub adapter_version: i64,
    /// SHA-256 of the adapter.
    pub adapter_digest: String,
    /// True: the rows fill nulls of rows that are there, and insert nothing.
    pub is_enrich: bool,
    /// Canonical and lineage columns; parts of one set of rows in input order.
    pub frames: Vec<Frame>,
    /// Rows of `quarantine`.
    pub quarantine: Frame,
    /// Row of `load_log`; the lake completes it.
    pub ledger: LedgerRow,
    /// Why nothing was loaded (exit 3); then there are no frames.
    pub refusal: Option<Error>,
}

/// One input and one adapter.
pub(super) struct Job<'a> {
    pub(super) spec: &'a SourceSpec,
    pub(super) library: &'a AdapterLibrary,
    pub(super) context: &'a Context<'a>,
    pub(super) opener: &'a Opener<'a>,
    pub(super) entry: &'a Entry,
    pub(super) input: &'a Input,
    pub(super) partners: &'a Partners<'a>,
    pub(super) order: Order,
}

/// In which order records are mapped: as they stand, or otherwise to prove that it is no matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they stand.
    AsRead,
    /// Last first.
    Reversed,
    /// Each twice.
    Doubled,
}

impl Order {
    /// Rearranges records.
    #[must_use]
    pub fn apply<T: Clone>(self, mut items: Vec<T>) -> Vec<T> {
        match self {
            Order::AsRead => items,
            Order::Reversed => {
                items.reverse();
                items
            }
            Order::Doubled => items.into_iter().flat_map(|i| [i.clone(), i]).collect(),
        }
    }
}

impl Job<'_> {
    pub(super) fn run(&self) -> Result<Loaded> {
        let adapter = &self.entry.adapter;
        let result = match &adapter.runs {
            Some(runs) => wrapper::load(self, runs),
            None => self.load(),
        };
        let (collected, refusal) = match result {
            Ok(collected) => (collected, None),
            Err(error) if error.kind == Kind::Input => {
                let ledger = self.refused(&error)?;
                let quarantine = super::ledger::quarantine_frame(&ledger, &[])?;
                (Collected { frames: Vec::new(), quarantine, ledger }, Some(error))
            }
            Err(error) => return Err(error),
        };
        let table = tables::find(adapter.table.get_ref())
            .ok_or_else(|| Error::config("unknown table").at(&self.entry.place))?;
        Ok(Loaded {
            is_known: self.context.known.contains(&collected.ledger.load_id),
            table,
            adapter_id: adapter.id.clone(),
            adapter_version: adapter.version,
            adapter_digest: self.entry.digest.clone(),
            is_enrich: adapter.mode == Mode::Enrich,
            frames: collected.frames,
            quarantine: collected.quarantine,
            ledger: collected.ledger,
            refusal,
        })
    }

    fn load(&self) -> Result<Collected> {
        let adapter = &self.entry.adapter;
        let joined = self.partners.hashes(adapter, self.input)?;
        let load_id = self.load_id(joined.iter().map(String::as_str));
        if self.context.known.contains(&load_id) {
            return Collected::nothing(self.ledger(None, load_id)?);
        }
        let mut joins = self.partners.joins(adapter, self.input)?;
        let mut source = records(self.input, &adapter.read)?;
        let mut items = self.order.apply(take(&mut source)?);
        let facts = source.facts();
        let plan = self.plan(self.entry, self.captured(facts.captured.as_deref())?.0)?;
        if !facts.header.is_empty() {
            let header = joins.widened(&facts.header);
            require(&plan, &header, self.input.name(), &self.entry.place)?;
        }
        let (load, ledger) = self.start(&plan, &facts, load_id)?;
        let mut collector = Collector::new(&plan, ledger);
        let mut folding = adapter.fold.as_ref().map(|fold| (fold, Folding::default(), 0));
        while !items.is_empty() {
            for item in &mut items {
                joins.apply(item);
            }
            match &mut folding {
                Some((fold, folding, n)) => {
                    for item in items {
                        folding.add(fold, item);
                        *n += 1;
                    }
                }
                None => {
                    for mapped in map_items(&plan, &load, &items)? {
                        collector.add(mapped)?;
                    }
                }
            }
            items = self.order.apply(take(&mut source)?);
        }
        if let Some((_, folding, 1..)) = folding {
            let item = Item::Record(folding.record(1, None));
            for mapped in map_items(&plan, &load, &[item])? {
                collector.add(mapped)?;
            }
        }
        header(&mut collector, &plan, &facts.header, &joins.widened(&facts.header))?;
        self.facts(&mut collector, &source.facts(), &joins);
        collector.finish()
    }

    /// Compiles an adapter for this source and capture.
    pub(super) fn plan(&self, entry: &Entry, captured_us: i64) -> Result<Plan> {
        let settings = Settings {
            zone: self.zone()?,
            date_order: self.spec.date_order,
            names: self.spec.names.clone(),
            people_key: Arc::new(self.context.people_key.to_vec()),
            captured_us,
        };
        let mut plan = plan(&entry.adapter, &entry.text, &entry.place, &settings, &entry.codes)?;
        plan.constants.coverage = weaker(plan.constants.coverage, self.spec.coverage);
        plan.fields.know("@source", &self.spec.id);
        plan.fields.know("@input", self.input.name());
        plan.fields.know("@captured", &time::iso(captured_us));
        Ok(plan)
    }

    fn zone(&self) -> Result<Option<Tz>> {
        let place = || format!("tapeline.toml, [[source]] {}", self.spec.id);
        self.spec.zone.as_deref().map(|z| time::zone(z).map_err(|e| e.at(place()))).transpose()
    }

    pub(super) fn captured(&self, stated: Option<&str>) -> Result<(i64, &'static str)> {
        captured(self.spec, stated, self.input, self.zone()?, self.context.as_of_us)
    }

    /// The constants of all rows, and the beginning of the ledger row.
    pub(super) fn start(
        &self,
        plan: &Plan,
        facts: &Facts,
        load_id: String,
    ) -> Result<(Load, LedgerRow)> {
        let adapter: &Adapter = &self.entry.adapter;
        let mut ledger = self.ledger(facts.captured.as_deref(), load_id)?;
        ledger.zone.clone_from(&plan.zone);
        ledger.encoding = facts.encoding.to_owned();
        if adapter.read.complete {
            ledger.is_complete_snapshot = true;
            let scope = adapter.scope.clone();
            ledger.snapshot_scope = scope.or_else(|| Some(adapter.table.get_ref().clone()));
        }
        let load = Load {
            source_id: self.spec.id.clone(),
            load_id: ledger.load_id.clone(),
            input_name: ledger.input_name.clone(),
            captured_us: ledger.captured_at,
            loaded_us: self.context.as_of_us,
            snapshot_scope: ledger.snapshot_scope.clone(),
            environment: self.spec.environment.clone(),
            skew_us: self.spec.skew_s.saturating_mul(time::SECOND_US),
        };
        Ok((load, ledger))
    }

    /// The beginning of a ledger row.
    pub(super) fn ledger(&self, stated: Option<&str>, load_id: String) -> Result<LedgerRow> {
        let (captured_at, captured_from) = self.captured(stated)?;
        Ok(LedgerRow {
            load_id,
            adapter_digest: self.entry.digest.clone(),
            source_id: self.spec.id.clone(),
            adapter_id: self.entry.adapter.id.clone(),
            table_name: self.entry.adapter.table.get_ref().clone(),
            input_kind: self.input.kind().word().to_owned(),
            input_name: self.input.name().to_owned(),
            input_sha256: self.input.sha256(),
            input_bytes: i64::try_from(self.input.size_bytes()).unwrap_or(i64::MAX),
            encoding: "utf-8".to_owned(),
            zone: self.spec.zone.clone(),
            captured_at,
            captured_from: captured_from.to_owned(),
            loaded_at: self.context.as_of_us,
            ..LedgerRow::default()
        })
    }

    /// The same bytes through the same adapter and source, with the same partners, are the same
    /// load.
    pub(super) fn load_id<'h>(&self, joined: impl Iterator<Item = &'h str>) -> String {
        let own = self.input.sha256();
        let parts = [
            own.as_str(),
            &self.spec.id,
            &self.entry.adapter.id,
            &self.entry.digest,
            self.spec.zone.as_deref().unwrap_or_default(),
        ];
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            hasher.update(part);
            hasher.update([0x1f]);
        };
        parts.into_iter().for_each(&mut add);
        joined.for_each(&mut add);
        hex(&hasher.finalize())
    }

    fn refused(&self, error: &Error) -> Result<LedgerRow> {
        let mut ledger = self.ledger(None, self.load_id(std::iter::empty()))?;
        ledger.refusal = Some(error.to_string());
        Ok(ledger)
    }

    /// What the reader noticed.
    pub(super) fn facts(&self, collector: &mut Collector, facts: &Facts, joins: &Joins) {
        let by_hand = self.spec.declared_rows.get(self.input.name()).copied();
        let declared = facts.declared_rows.or(by_hand);
        collector.ledger.declared_rows = declared;
        let read = facts.records + facts.bad;
        if let Some(declared) = declared.filter(|n| *n != read) {
            let text = format!("{ROW_COUNT} declared {declared}, read {read}");
            collector.ledger.findings.push(text);
        }
        let is_open = !facts.ends_with_newline && !facts.header.is_empty() && declared.is_none();
        if facts.is_cut || is_open {
            collector.ledger.findings.push(CUT.to_owned());
        }
        collector.count("encoding-replaced", facts.replaced);
        collector.count("lost-letters", facts.lost_letters);
        collector.count("skipped-lines", facts.skipped - facts.announced);
        collector.count("records-without-rows", facts.childless);
        collector.count("lookup-missing", joins.partnerless);
        for warning in &facts.warnings {
            collector.ledger.findings.push(format!("export-warning: {warning}"));
        }
    }
}

/// The next items, at most a chunk.
fn take(source: &mut super::read::Records) -> Result<Vec<Item>> {
    source.take(CHUNK_ROWS).collect()
}

/// Header hash, new columns and missing optional ones.
fn header(
    collector: &mut Collector,
    plan: &Plan,
    header: &[String],
    widened: &[String],
) -> Result<()> {
    if header.is_empty() {
        return Ok(());
    }
    let bound = plan.fields.bind(&Arc::new(widened.to_vec()))?;
    let new = bound.unknown(&plan.ignore).map(|(_, name)| name.to_owned());
    collector.ledger.new_columns = new.collect();
    for name in collector.ledger.new_columns.clone() {
        collector.ledger.findings.push(format!("new-column \"{name}\""));
    }
    let optional = plan.targets.iter().filter_map(|t| match &t.column.origin {
        super::columns::Origin::Fields(ids) if !ids.iter().any(|id| bound.has(*id)) => {
            ids.first().map(|id| plan.fields.text(*id).to_owned())
        }
        _ => None,
    });
    collector.ledger.missing_columns = optional.collect();
    let mut sorted = header.to_vec();
    sorted.sort();
    let hash = super::columns::hash128(sorted.join("\n").as_bytes());
    collector.ledger.header_hash = Some(hash);
    Ok(())
}
