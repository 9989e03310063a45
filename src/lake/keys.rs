//! Finds the live rows that share a key with incoming rows. Reads key and rank columns only, and
//! only of files that can hold such rows: files of the sources whose time range lies within 31
//! days of the incoming rows (a queued job gets its start and moves).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude as pl;

use super::winner::{Rank, Record};
use super::{LiveFile, files};
use crate::bridge;
use crate::error::Result;
use crate::model::frame::Type;
use crate::model::table::Table;
use crate::model::time::{DAY_US, month};

/// How far a row may move in time and still be found.
const MOVE_DAYS: i64 = 31;

/// A live row of a key.
pub struct Hit {
    /// Position of its file among the live files.
    pub file: usize,
    /// Its row in that file.
    pub row: pl::IdxSize,
    /// What decides about it.
    pub record: Record,
}

/// All rows of one key.
#[derive(Default)]
pub struct Group {
    /// Positions of the incoming rows.
    pub incoming: Vec<usize>,
    /// Live rows; more than one only after a move beyond 31 days.
    pub live: Vec<Hit>,
}

/// Groups incoming rows by key, in the order of their first row, with the live rows found; those
/// of the loads in `outdated` are marked.
///
/// # Errors
/// When a file cannot be read.
pub fn group(
    table: &Table,
    rows: &pl::DataFrame,
    live: &[LiveFile],
    outdated: &BTreeSet<String>,
) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (row, key) in keys(table, rows)?.into_iter().enumerate() {
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group::default());
        }
        if let Some(group) = groups.get_mut(place) {
            group.incoming.push(row);
        }
    }
    let mut columns = key_columns(table);
    if !outdated.is_empty() {
        columns.push(("load_id".to_owned(), Type::Text));
    }
    let reach = Reach::of(table, rows)?;
    for (file, data) in live.iter().enumerate().filter(|(_, f)| reach.holds(f)) {
        let data = files::read(data, &columns)?;
        let found: Vec<Option<usize>> =
            keys(table, &data)?.iter().map(|key| places.get(key).copied()).collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        let mut records = records(table, &data, true)?;
        if !outdated.is_empty() {
            let loads = data.column("load_id").map_err(|e| bridge::failed(&e))?;
            let loads = loads.as_materialized_series().str().map_err(|e| bridge::failed(&e))?;
            for (record, load) in records.iter_mut().zip(loads.iter()) {
                record.is_outdated = load.is_some_and(|id| outdated.contains(id));
            }
        }
        for ((row, place), record) in (0..).zip(found).zip(records) {
            if let Some(group) = place.and_then(|p| groups.get_mut(p)) {
                group.live.push(Hit { file, row, record });
            }
        }
    }
    Ok(groups)
}

/// Columns that find and rank a row.
fn key_columns(table: &Table) -> Vec<(String, Type)> {
    let rank = ["last_seen_at", "sequence", "adapter_version", "row_hash", "adapter_id"];
    let more = ["first_seen_at", "first_attempt_at"];
    table
        .all_columns()
        .filter(|c| {
            let name = c.name;
            name == "source_id"
                || table.key.contains(&name)
                || table.time == Some(name)
                || rank.contains(&name)
                || more.contains(&name)
        })
        .map(|c| (c.name.to_owned(), c.kind))
        .collect()
}

/// Key of each row: its parts with their lengths, so that no two keys look alike.
fn keys(table: &Table, rows: &pl::DataFrame) -> Result<Vec<String>> {
    let failed = |e: pl::PolarsError| bridge::failed(&e);
    let mut keys = vec![String::new(); rows.height()];
    for name in ["source_id"].into_iter().chain(table.key.iter().copied()) {
        let column = rows.column(name).map_err(failed)?;
        let text = column.to_physical_repr().cast(&pl::DataType::String).map_err(failed)?;
        let parts = text.as_materialized_series().str().map_err(failed)?;
        for (key, part) in keys.iter_mut().zip(parts.iter()) {
            let part = part.unwrap_or_default();
            key.push_str(&part.len().to_string());
            key.push(':');
            key.push_str(part);
        }
    }
    Ok(keys)
}

/// What decides about each row. Nulls (in enriching rows, which are never ranked) become zero.
///
/// # Errors
/// When a column is missing.
pub fn records(table: &Table, rows: &pl::DataFrame, is_live: bool) -> Result<Vec<Record>> {
    let number = |name: &str| files::instants(rows, name);
    let texts = |name: &str| -> Result<Vec<String>> {
        let column = rows.column(name).map_err(|e| bridge::failed(&e))?;
        let values = column.as_materialized_series().str().map_err(|e| bridge::failed(&e))?;
        Ok(values.iter().map(|t| t.unwrap_or_default().to_owned()).collect())
    };
    let none = || vec![None; rows.height()];
    let (seen, sequence) = (number("last_seen_at")?, number("sequence")?);
    let (version, first) = (number("adapter_version")?, number("first_seen_at")?);
    let (hash, adapter) = (texts("row_hash")?, texts("adapter_id")?);
    let has_tries = table.column("first_attempt_at").is_some();
    let tries = if has_tries { number("first_attempt_at")? } else { none() };
    let times = table.time.map_or_else(|| Ok(none()), number)?;
    let at = |values: &[Option<i64>], row: usize| values.get(row).copied().flatten();
    let mut out = Vec::with_capacity(rows.height());
    for (row, (row_hash, adapter_id)) in hash.into_iter().zip(adapter).enumerate() {
        let first_seen_at = at(&first, row).unwrap_or_default();
        let time = at(&times, row);
        out.push(Record {
            rank: Rank {
                last_seen_at: at(&seen, row).unwrap_or_default(),
                sequence: at(&sequence, row).unwrap_or_default(),
                adapter_version: at(&version, row).unwrap_or_default(),
                row_hash,
            },
            adapter_id,
            first_seen_at,
            first_attempt_at: at(&tries, row),
            time,
            is_undated: table.time == Some("anchor_at") && time == Some(first_seen_at),
            is_live,
            is_outdated: false,
        });
    }
    Ok(out)
}

/// Which files can hold a key of the incoming rows.
struct Reach {
    /// Time windows by incoming month; none = rows without a date of their own: everywhere.
    windows: Option<Vec<(i64, i64)>>,
    sources: BTreeSet<String>,
}

impl Reach {
    fn of(table: &Table, rows: &pl::DataFrame) -> Result<Self> {
        let column = rows.column("source_id").map_err(|e| bridge::failed(&e))?;
        let values = column.as_materialized_series().str().map_err(|e| bridge::failed(&e))?;
        let sources = values.iter().flatten().map(str::to_owned).collect();
        let records = records(table, rows, false)?;
        let is_anywhere = records.iter().any(|r| r.is_undated || r.time.is_none());
        if !table.is_partitioned() || is_anywhere {
            return Ok(Reach { windows: None, sources });
        }
        // Where the time is part of the key, no row can move.
        let is_fixed = table.time.is_some_and(|t| table.key.contains(&t));
        let reach = if is_fixed { 0 } else { MOVE_DAYS * DAY_US };
        let mut months: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for at in records.iter().filter_map(|r| r.time) {
            let window = months.entry(month(at)).or_insert((at, at));
            *window = (window.0.min(at), window.1.max(at));
        }
        let wide = |(a, b): (i64, i64)| (a.saturating_sub(reach), b.saturating_add(reach));
        Ok(Reach { windows: Some(months.into_values().map(wide).collect()), sources })
    }

    fn holds(&self, file: &LiveFile) -> bool {
        let in_sources = file.sources.as_ref().is_none_or(|(low, high)| {
            self.sources.range(low.clone()..).next().is_some_and(|s| s <= high)
        });
        let in_time = match (&self.windows, file.min_time.zip(file.max_time)) {
            (Some(windows), Some((low, high))) => {
                windows.iter().any(|(from, to)| low <= *to && *from <= high)
            }
            (None, _) | (_, None) => true,
        };
        in_sources && in_time
    }
}
