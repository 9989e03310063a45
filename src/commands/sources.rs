//! The configured sources: their specs, what was loaded from them before, and the table `sources`.

use std::collections::{BTreeMap, BTreeSet};

use super::project::Project;
use crate::config::{self, FILE};
use crate::error::{Error, Result};
use crate::ingest::ledger::LedgerRow;
use crate::ingest::source::SourceSpec;
use crate::lake::At;
use crate::model::frame::{Cell, Column, Frame};
use crate::model::tables::program::{LOAD_LOG, SOURCES};

/// Specs of one source or of all; several blocks may share an id (shapes of one installation).
///
/// # Errors
/// When a block is wrong or no source has the id.
pub fn specs(project: &Project, only: Option<&str>) -> Result<Vec<SourceSpec>> {
    let path = project.root.join(FILE);
    let text = String::from_utf8_lossy(&crate::files::read(&path)?).into_owned();
    let mut specs = Vec::new();
    for table in &project.config.sources {
        let line = config::line_of(&text, table.span().start);
        let place = format!("{}:{line}", path.display());
        specs.push(SourceSpec::from_table(table.get_ref(), &place)?);
    }
    let known: BTreeSet<String> = specs.iter().map(|s| s.id.clone()).collect();
    specs.retain(|spec| only.is_none_or(|id| spec.id == id));
    if specs.is_empty() {
        let names: Vec<String> = known.into_iter().collect();
        let what = only.map_or("there is no [[source]]".to_owned(), |id| {
            format!("there is no [[source]] `{id}`")
        });
        let hint = if names.is_empty() {
            "describe your exports under [[source]]; `tapeline adapters list` names the adapters"
                .to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        return Err(Error::config(what).at(path.display()).hint(hint));
    }
    Ok(specs)
}

/// Ids of all loads in the ledger.
///
/// # Errors
/// When the ledger cannot be read.
pub fn known_loads(project: &Project) -> Result<BTreeSet<String>> {
    let Some(snapshot) = project.lake.snapshot(&LOAD_LOG, At::Newest)? else {
        return Ok(BTreeSet::new());
    };
    let log = project.lake.read(&snapshot, &["load_id"])?;
    Ok(log.text("load_id")?.iter().flatten().cloned().collect())
}

/// What the ledger says about the zones in which a source's inputs were read.
#[derive(Debug, Default)]
pub struct Zones {
    /// By source and adapter: zone and load of every load.
    loads: BTreeMap<(String, String), Vec<(String, String)>>,
    /// By source, adapter and hash of the input: its zones, each with the newest table version.
    inputs: BTreeMap<[String; 3], BTreeMap<String, i64>>,
    /// Zones of each source as it is configured now.
    configured: BTreeMap<String, BTreeSet<String>>,
}

impl Zones {
    /// Loads of the same source and adapter in a zone that is not right any more.
    #[must_use]
    pub fn outdated(&self, row: &LedgerRow) -> BTreeSet<String> {
        let key = (row.source_id.clone(), row.adapter_id.clone());
        let is_right = |zone: &str| self.is_right(row, zone);
        let loads = self.loads.get(&key).into_iter().flatten();
        loads.filter(|(zone, _)| !is_right(zone)).map(|(_, load)| load.clone()).collect()
    }
    /// The same bytes were read in a zone that is not right any more, and in this one never.
    #[must_use]
    pub fn is_other(&self, row: &LedgerRow) -> bool {
        let now = row.zone.clone().unwrap_or_default();
        let Some(zones) = self.of_input(row) else { return false };
        !zones.contains_key(&now) && zones.keys().any(|zone| !self.is_right(row, zone))
    }
    /// The same bytes were read in another zone after they had been read in this one.
    #[must_use]
    pub fn is_overruled(&self, row: &LedgerRow) -> bool {
        let now = row.zone.clone().unwrap_or_default();
        let Some(zones) = self.of_input(row) else { return false };
        let ours = zones.get(&now).copied().unwrap_or(i64::MAX);
        zones.iter().any(|(zone, version)| !self.is_right(row, zone) && *version > ours)
    }
    /// The zone of the row, or that of another block of its source.
    fn is_right(&self, row: &LedgerRow, zone: &str) -> bool {
        let configured = self.configured.get(&row.source_id);
        row.zone.as_deref().unwrap_or_default() == zone
            || configured.is_some_and(|all| all.contains(zone))
    }
    fn of_input(&self, row: &LedgerRow) -> Option<&BTreeMap<String, i64>> {
        let (source, adapter) = (row.source_id.clone(), row.adapter_id.clone());
        self.inputs.get(&[source, adapter, row.input_sha256.clone()])
    }
}

/// All zones of the ledger.
///
/// # Errors
/// When the ledger cannot be read.
pub fn zones(project: &Project) -> Result<Zones> {
    let mut zones = Zones::default();
    for spec in specs(project, None)? {
        zones.configured.entry(spec.id).or_default().extend(spec.zone);
    }
    let Some(snapshot) = project.lake.snapshot(&LOAD_LOG, At::Newest)? else {
        return Ok(zones);
    };
    let names = ["source_id", "adapter_id", "input_sha256", "zone", "load_id"];
    let log = project.lake.read(&snapshot, &[&names[..], &["table_version_after"]].concat())?;
    for row in 0..log.height() {
        let [source, adapter, input, zone, load] = names.map(|name| match log.cell(name, row) {
            Cell::Text(text) => text,
            _ => String::new(),
        });
        let version = match log.cell("table_version_after", row) {
            Cell::Int(version) => version,
            _ => -1,
        };
        let key = (source.clone(), adapter.clone());
        zones.loads.entry(key).or_default().push((zone.clone(), load));
        let newest = zones.inputs.entry([source, adapter, input]).or_default().entry(zone);
        let newest = newest.or_insert(version);
        *newest = version.max(*newest);
    }
    Ok(zones)
}

/// Rewrites the table `sources` from the configuration and the ledger.
///
/// # Errors
/// When the lake cannot be read or written.
pub fn record(project: &Project) -> Result<()> {
    let mut adapters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut loads: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    if let Some(snapshot) = project.lake.snapshot(&LOAD_LOG, At::Newest)? {
        let log = project.lake.read(&snapshot, &["source_id", "adapter_id", "loaded_at"])?;
        let (ids, used) = (log.text("source_id")?, log.text("adapter_id")?);
        for (row, at) in log.time("loaded_at")?.iter().enumerate() {
            let (Some(Some(id)), Some(Some(adapter)), Some(at)) =
                (ids.get(row), used.get(row), *at)
            else {
                continue;
            };
            adapters.entry(id.clone()).or_default().insert(adapter.clone());
            let span = loads.entry(id.clone()).or_insert((at, at));
            *span = (span.0.min(at), span.1.max(at));
        }
    }
    let library = project.adapters()?;
    let mut rows: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for spec in specs(project, None)? {
        let mut named: BTreeSet<String> = spec.adapter.0.iter().cloned().collect();
        named.extend(adapters.get(&spec.id).cloned().unwrap_or_default());
        if let Some(row) = rows.get(&spec.id)
            && let Some(Cell::List(before)) = row.get(1)
        {
            named.extend(before.iter().cloned());
        }
        let entry = spec.adapter.0.first().and_then(|id| library.get(id).ok());
        let coverage = spec
            .coverage
            .or_else(|| entry.and_then(|e| e.adapter.coverage))
            .map_or("survivors", |c| c.word());
        let text = |v: Option<String>| v.map_or(Cell::Null, Cell::Text);
        let span = loads.get(&spec.id);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a configuration, below 2^53")]
        let every = spec.expected_every_s.map_or(Cell::Null, |s| Cell::Float(s as f64));
        let product = entry.and_then(|e| e.adapter.product.clone());
        rows.insert(
            spec.id.clone(),
            vec![
                Cell::Text(spec.id.clone()),
                Cell::List(named.into_iter().collect()),
                Cell::Text(coverage.to_owned()),
                text(spec.zone.clone()),
                text(spec.environment.clone()),
                text(product),
                every,
                span.map_or(Cell::Null, |s| Cell::Time(s.0)),
                span.map_or(Cell::Null, |s| Cell::Time(s.1)),
            ],
        );
    }
    let mut columns: Vec<Column> = SOURCES.columns.iter().map(|c| Column::empty(c.kind)).collect();
    for row in rows.into_values() {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell)?;
        }
    }
    let names = SOURCES.columns.iter().map(|c| c.name.to_owned());
    let frame = Frame::from_columns(names.zip(columns).collect())?;
    project.lake.rebuild(&SOURCES, &frame, &project.commit())?;
    Ok(())
}

/// Says what became of one input: counts, losses, words that no map knows, findings.
pub fn explain(project: &Project, row: &LedgerRow) {
    let messages = project.messages;
    messages.say(&format!(
        "{} through {} into {}: {} records, {} out of scope, {} rows in, {} quarantined",
        row.input_name,
        row.adapter_id,
        row.table_name,
        row.records_read,
        row.rows_out_of_scope,
        row.rows_in,
        row.rows_quarantined
    ));
    let list = |what: &str, counts: &BTreeMap<String, i64>| {
        if !counts.is_empty() {
            let parts: Vec<String> = counts.iter().map(|(k, n)| format!("{k} {n}")).collect();
            messages.say(&format!("  {what}: {}", parts.join(", ")));
        }
    };
    list("filled", &row.filled);
    list("lost", &row.loss);
    list("words that no map knows", &row.unmapped);
    for finding in &row.findings {
        messages.warn(&format!("{}: {finding}", row.input_name), None);
    }
}
