//! One record becomes one canonical row, is out of scope, or is quarantined with the first fault
//! found. Pure; the same record gives the same row whatever came before it.

use std::collections::BTreeMap;

use super::columns::time::{Instant, Quality};
use super::columns::{DAY_MONTH_ORDER, Fault, Taken, hash128, key, worst};
use super::expr::{Env, Value};
use super::fields::{FieldId, View};
use super::finish;
use super::plan::{Plan, Rule};
use super::record::{Fields, Record};
use super::row::{Layout, Row};
use super::rowcheck;
use crate::model::frame::Cell;

/// What is the same for all records of one input and adapter.
#[derive(Debug, Clone)]
pub struct Load {
    /// Configured source.
    pub source_id: String,
    /// Row of `load_log`.
    pub load_id: String,
    /// File, member or command.
    pub input_name: String,
    /// When the export was made.
    pub captured_us: i64,
    /// `as_of` of the load.
    pub loaded_us: i64,
    /// What a complete listing lists.
    pub snapshot_scope: Option<String>,
    /// Environment of the source.
    pub environment: Option<String>,
    /// Rows may be out of order by so many microseconds.
    pub skew_us: i64,
}

/// A record put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// 1-based record number.
    pub input_row: i64,
    /// Canonical column; empty = the whole record.
    pub column: String,
    /// Text at fault.
    pub value: Option<String>,
    /// A word of `quarantine.reason`.
    pub reason: &'static str,
    /// The raw record.
    pub raw: String,
    /// Column and gap of naive times to their epoch twins: a wrong zone puts rows out of order.
    pub twins: Vec<(String, i64)>,
}

/// What the ledger counts about a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notes {
    /// Column and text of values that were lost, as allowed.
    pub lost: Vec<(String, String)>,
    /// Column and word that no map knows.
    pub unmapped: Vec<(String, String)>,
    /// Columns where NaN or infinity became null.
    pub not_finite: Vec<String>,
    /// Column and gap of a naive time to its epoch twin.
    pub twins: Vec<(String, i64)>,
    /// Out of order, within the skew.
    pub is_skewed: bool,
    /// A second 60.
    pub is_leap: bool,
    /// Inside a clock fold.
    pub is_ambiguous: bool,
    /// Records of one group are one fact (`rows.worst_of`).
    pub group: Option<String>,
}

/// What became of a record.
#[derive(Debug, Clone)]
pub enum Mapped {
    /// The adapter leaves it out.
    OutOfScope,
    /// A row.
    Row(Box<(Row, Notes)>),
    /// Put aside.
    Quarantined(Box<Quarantined>),
}

/// A row before the rules.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Cells so far.
    pub row: Row,
    /// For the ledger.
    pub notes: Notes,
    /// Worst of the times.
    pub quality: Option<Quality>,
    /// What goes to `attrs`.
    pub attrs: BTreeMap<String, String>,
    /// The vendor's word for the outcome.
    pub vendor_word: Option<String>,
    /// The outcome that the vendor's word alone means.
    pub vendor_outcome: Option<String>,
    /// Value of `latest_by`.
    pub sequence: Option<i64>,
    first_fault: Option<(String, Fault)>,
}

/// Maps a record with one adapter.
#[must_use]
pub fn map(plan: &Plan, load: &Load, view: &View) -> Mapped {
    if !in_scope(plan, view) {
        return Mapped::OutOfScope;
    }
    let mut draft = draft(plan, view);
    rules(&plan.rules, &plan.layout, &mut draft, view);
    settle(plan, load, view.record, draft)
}

/// True when `rows.where` holds.
#[must_use]
pub fn in_scope(plan: &Plan, view: &View) -> bool {
    let Some(filter) = &plan.filter else { return true };
    let raw = |id: FieldId| view.text(id);
    filter.holds(&Env { raw: &raw, canonical: &|_| Cell::Null })
}

/// Runs all columns and the key.
#[must_use]
pub fn draft(plan: &Plan, view: &View) -> Draft {
    let layout = &plan.layout;
    let mut draft = Draft {
        row: layout.empty(),
        notes: Notes::default(),
        quality: None,
        attrs: BTreeMap::new(),
        vendor_word: None,
        vendor_outcome: None,
        sequence: plan.latest_by.and_then(|f| view.text(f)).and_then(|t| sequence(&t)),
        first_fault: None,
    };
    for target in &plan.targets {
        let name = &target.column.name;
        match target.column.take(view) {
            Ok(taken) => draft.accept(layout, target.slot, name, taken),
            Err(fault) if target.loss_max > 0 && fault.reason != DAY_MONTH_ORDER => {
                draft.attrs.insert(name.clone(), fault.value.clone());
                draft.notes.lost.push((name.clone(), fault.value));
            }
            Err(fault) => drop(draft.first_fault.get_or_insert((name.clone(), fault))),
        }
    }
    for column in &plan.attrs {
        let name = || column.name.clone();
        match column.take(view) {
            Ok(taken) => {
                let text = taken.cell.as_ref().and_then(cell_text);
                draft.attrs.extend(text.map(|text| (name(), text)));
            }
            Err(fault) => drop(draft.first_fault.get_or_insert((name(), fault))),
        }
    }
    for column in &plan.keys {
        let found = key(&column.parts, view);
        let fallback =
            || if column.fallback.is_empty() { None } else { key(&column.fallback, view) };
        if let Some(text) = found.or_else(fallback) {
            draft.row.set(column.slot, Cell::Text(text));
        }
    }
    if !plan.worst_of.is_empty() {
        let parts = plan.worst_of.iter().map(|f| view.text(*f).unwrap_or_default());
        draft.notes.group = Some(parts.collect::<Vec<_>>().join("\u{1f}"));
    }
    unknown_columns(plan, view, &mut draft.attrs);
    draft
}

impl Draft {
    fn accept(&mut self, layout: &Layout, slot: usize, name: &str, taken: Taken) {
        if taken.is_not_finite {
            self.notes.not_finite.push(name.to_owned());
        }
        if let Some(instant) = taken.instant {
            self.time(name, instant, taken.text.as_deref());
        }
        if let Some(gap) = taken.twin_gap_us {
            self.notes.twins.push((name.to_owned(), gap));
        }
        if let Some(code) = &taken.code {
            let class = code.class.clone().map(Cell::Text);
            layout.fill(&mut self.row, "code_class", class.unwrap_or(Cell::Null));
            let transient = code.is_transient.map(Cell::Bool);
            layout.fill(&mut self.row, "is_transient", transient.unwrap_or(Cell::Null));
            let message = code.meaning.clone().map(Cell::Text);
            layout.fill(&mut self.row, "message", message.unwrap_or(Cell::Null));
        }
        let mut cell = taken.cell.unwrap_or(Cell::Null);
        let word = taken.text.unwrap_or_default();
        if taken.is_unmapped {
            self.notes.unmapped.push((name.to_owned(), word.clone()));
            let words = layout.specs.get(slot).map_or(&[] as &[&str], |s| s.words);
            if words.contains(&"unmapped") {
                cell = Cell::Text("unmapped".to_owned());
            } else if layout.specs.get(slot).is_some_and(|s| !s.nullable) {
                let fault = Fault { reason: "value-not-allowed", value: word.clone() };
                self.first_fault.get_or_insert((name.to_owned(), fault));
            } else {
                self.attrs.insert(name.to_owned(), word.clone());
            }
        }
        if matches!(name, "outcome" | "status") && taken.is_word {
            self.vendor_word = Some(word);
            if let Cell::Text(outcome) = &cell {
                self.vendor_outcome = Some(outcome.clone());
            }
        }
        if cell != Cell::Null {
            self.row.set(slot, cell);
        }
    }

    fn time(&mut self, name: &str, instant: Instant, text: Option<&str>) {
        self.quality = Some(worst(self.quality, instant.quality));
        self.notes.is_leap |= instant.is_leap;
        self.notes.is_ambiguous |= instant.quality == Quality::AmbiguousDst;
        if instant.quality >= Quality::NaiveZone
            && let Some(text) = text
        {
            self.attrs.insert(name.to_owned(), text.to_owned());
        }
    }

    /// Takes over what another draft of the same table knows; its cells win.
    pub fn overlay(&mut self, other: Draft, layout: &Layout) {
        for at in 0..layout.specs.len() {
            if *other.row.cell(at) != Cell::Null {
                self.row.set(at, other.row.cell(at).clone());
            }
        }
        self.notes.lost.extend(other.notes.lost);
        self.notes.unmapped.extend(other.notes.unmapped);
        self.notes.not_finite.extend(other.notes.not_finite);
        self.notes.is_leap |= other.notes.is_leap;
        self.notes.is_ambiguous |= other.notes.is_ambiguous;
        self.quality = match (self.quality, other.quality) {
            (a, Some(b)) => Some(worst(a, b)),
            (a, None) => a,
        };
        self.attrs.extend(other.attrs);
        self.vendor_word = other.vendor_word.or(self.vendor_word.take());
        self.vendor_outcome = other.vendor_outcome.or(self.vendor_outcome.take());
        self.first_fault = self.first_fault.take().or(other.first_fault);
    }
}

/// Applies the first rule that holds.
pub fn rules(rules: &[Rule], layout: &Layout, draft: &mut Draft, view: &View) {
    // An exit code has its own column; it is no word of the vendor.
    let code = layout.int(&draft.row, "exit_code").map(|n| n.to_string());
    let word = draft.vendor_word.clone().filter(|word| code.as_ref() != Some(word));
    layout.fill(&mut draft.row, "vendor_status", word.map_or(Cell::Null, Cell::Text));
    let raw = |id: FieldId| view.text(id);
    let canonical = |at: usize| draft.row.cell(at).clone();
    let env = Env { raw: &raw, canonical: &canonical };
    let Some(rule) = rules.iter().find(|rule| rule.when.holds(&env)) else { return };
    for (slot, cell) in &rule.set {
        draft.row.set(*slot, cell.clone());
    }
}

/// Built-in rules, derived columns, lineage, and the checks of a row.
#[must_use]
pub fn settle(plan: &Plan, load: &Load, record: &Record, mut draft: Draft) -> Mapped {
    let twins = draft.notes.twins.clone();
    let aside = |column: &str, value: Option<String>, reason| {
        Mapped::Quarantined(Box::new(Quarantined {
            twins: twins.clone(),
            input_row: record.number,
            column: column.to_owned(),
            value,
            reason,
            raw: record.raw.clone(),
        }))
    };
    if let Some((column, fault)) = draft.first_fault.take() {
        return aside(&column, Some(fault.value), fault.reason);
    }
    lineage(plan, load, record, &mut draft);
    finish::finish(plan, load, &mut draft);
    let layout = &plan.layout;
    let absent = |name: &&&str| match layout.get(&draft.row, name) {
        Cell::Null => true,
        Cell::Text(t) => t.is_empty(),
        Cell::Int(_) | Cell::Float(_) | Cell::Bool(_) | Cell::Time(_) | Cell::List(_) => false,
    };
    if let Some(column) = layout.table.key.iter().find(absent) {
        return aside(column, None, "key-null");
    }
    match rowcheck::check(layout, &draft.row, load, draft.notes.is_ambiguous) {
        Err((column, fault)) => aside(column, Some(fault.value), fault.reason),
        Ok(is_skewed) => {
            draft.notes.is_skewed = is_skewed;
            Mapped::Row(Box::new((draft.row, draft.notes)))
        }
    }
}

fn lineage(plan: &Plan, load: &Load, record: &Record, draft: &mut Draft) {
    let (layout, row) = (&plan.layout, &mut draft.row);
    let scope = load.snapshot_scope.clone();
    layout.set_text(row, "source_id", &load.source_id);
    layout.set_text(row, "adapter_id", &plan.constants.adapter_id);
    layout.set(row, "adapter_version", Cell::Int(plan.constants.adapter_version));
    layout.set_text(row, "load_id", &load.load_id);
    layout.set_text(row, "input_name", &load.input_name);
    layout.set(row, "input_row", Cell::Int(record.number));
    layout.set(row, "row_hash", Cell::Text(hash128(record.raw.as_bytes())));
    layout.set(row, "first_seen_at", Cell::Time(load.captured_us));
    layout.set(row, "last_seen_at", Cell::Time(load.captured_us));
    layout.set(row, "loaded_at", Cell::Time(load.loaded_us));
    layout.set(row, "snapshot_scope", scope.map_or(Cell::Null, Cell::Text));
}

/// Columns of the export that the adapter does not know are kept.
fn unknown_columns(plan: &Plan, view: &View, attrs: &mut BTreeMap<String, String>) {
    let Fields::Row { header, cells } = &view.record.fields else { return };
    for (at, name) in view.unknown(&plan.ignore) {
        if let (Some(Some(text)), true) = (cells.get(at), header.get(at).is_some())
            && !text.trim().is_empty()
        {
            attrs.entry(name.to_owned()).or_insert_with(|| text.trim().to_owned());
        }
    }
}

/// The order of repeated records: a whole number as it is, an instant as microseconds.
fn sequence(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| crate::model::time::parse_iso(text).ok())
}

/// The kind of a column decides whether an expression's value fits; used by tests of adapters.
#[must_use]
pub fn cell_text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Text(t) => Some(t.clone()),
        Cell::List(items) => serde_json::to_string(items).ok(),
        Cell::Int(n) => Value::Int(*n).text().map(|t| t.into_owned()),
        Cell::Float(n) => Value::Float(*n).text().map(|t| t.into_owned()),
        Cell::Bool(b) => Value::Bool(*b).text().map(|t| t.into_owned()),
        Cell::Time(at) => Value::Time(*at).text().map(|t| t.into_owned()),
    }
}
