//! Data files: sorted, encoded by Polars into memory, created through the durable store under a
//! fresh name; and read back, with columns that an old file lacks as nulls. Never by glob.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use polars::prelude as pl;
use polars::prelude::{IntoLazy as _, SerReader as _};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::store::{self, Put, Store, sha256};
use super::{LiveFile, schema};
use crate::bridge;
use crate::error::Result;
use crate::model::frame::Type;
use crate::model::table::Table;
use crate::model::time;

/// Rows in a file at most.
const FILE_ROWS: usize = 1_000_000;
/// Rows in a row group.
const GROUP_ROWS: usize = 262_144;
/// Longer texts get no statistics: a cut maximum would have to be rounded up.
const STAT_TEXT: usize = 64;

/// A durable data file that no version names yet.
pub struct Part {
    /// Path relative to the table's folder.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Rows.
    pub rows: i64,
    /// Partition month.
    pub month: Option<String>,
    /// Statistics, JSON text as the log holds it.
    pub stats: String,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
}

/// An encoded file that has no name yet.
pub struct Encoded {
    /// Partition month.
    pub month: Option<String>,
    /// The file.
    pub bytes: Vec<u8>,
    /// Rows.
    pub rows: i64,
    /// Statistics.
    pub stats: String,
}

/// Splits rows by month of the time column (one group without a partition), sorts each group by
/// (source, time, key) and encodes it in files of at most a million rows.
///
/// # Errors
/// When Polars refuses.
pub fn encode(table: &Table, rows: &pl::DataFrame) -> Result<Vec<Encoded>> {
    let months: Vec<_> = by_month(table, rows)?.into_iter().collect();
    let files = months.into_par_iter().map(|(month, picked)| {
        let group = sort(table, take(rows, &picked)?)?;
        let starts = (0..group.height()).step_by(FILE_ROWS);
        starts.map(|from| encoded(table, month.clone(), &group, from)).collect()
    });
    let files: Result<Vec<Vec<Encoded>>> = files.collect();
    Ok(files?.into_iter().flatten().collect())
}

/// One file: at most a million rows of a sorted group.
fn encoded(
    table: &Table,
    month: Option<String>,
    group: &pl::DataFrame,
    from: usize,
) -> Result<Encoded> {
    let offset = i64::try_from(from).unwrap_or(i64::MAX);
    let mut piece = group.slice(offset, FILE_ROWS);
    piece.rechunk_mut();
    let mut bytes = Vec::new();
    pl::ParquetWriter::new(&mut bytes)
        .with_compression(pl::ParquetCompression::Zstd(None))
        .with_row_group_size(Some(GROUP_ROWS))
        .finish(&mut piece)
        .map_err(|e| bridge::failed(&e))?;
    let rows = i64::try_from(piece.height()).unwrap_or(i64::MAX);
    let stats = statistics(table, &piece)?;
    Ok(Encoded { month, bytes, rows, stats })
}

/// Creates encoded files durably. Names are `part-<id>-<n>-<attempt>.parquet`; a name that
/// exists (a stopped run left it, its durability is unknown) is passed over.
///
/// # Errors
/// When the disk refuses.
pub fn create(store: &Store, folder: &Path, id: &str, files: Vec<Encoded>) -> Result<Vec<Part>> {
    let prefix: String = id.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    let mut parts = Vec::new();
    for (n, file) in files.into_iter().enumerate() {
        let size = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
        let digest = sha256(&file.bytes);
        let bytes = store::PutPayload::from(file.bytes);
        let place = file.month.as_ref().map(|m| format!("{}={m}/", schema::MONTH));
        let place = place.unwrap_or_default();
        let mut attempt = 0;
        let name = loop {
            let name = format!("{place}part-{prefix}-{n}-{attempt}.parquet");
            match store.put_new(&folder.join(&name), bytes.clone())? {
                Put::Created => break name,
                Put::Taken => attempt += 1,
            }
        };
        let (month, rows, stats) = (file.month, file.rows, file.stats);
        parts.push(Part { name, size, rows, month, stats, sha256: digest });
    }
    Ok(parts)
}

/// Row positions by month; one group named `None` for unpartitioned tables.
///
/// # Errors
/// When the time column is missing.
pub fn by_month(
    table: &Table,
    rows: &pl::DataFrame,
) -> Result<BTreeMap<Option<String>, Vec<pl::IdxSize>>> {
    let mut groups: BTreeMap<Option<String>, Vec<pl::IdxSize>> = BTreeMap::new();
    let height = pl::IdxSize::try_from(rows.height()).unwrap_or(pl::IdxSize::MAX);
    let times = match table.time {
        Some(column) if table.is_partitioned() => instants(rows, column)?,
        Some(_) | None => {
            if height > 0 {
                groups.insert(None, (0..height).collect());
            }
            return Ok(groups);
        }
    };
    for (row, at) in (0..height).zip(times) {
        groups.entry(at.map(time::month)).or_default().push(row);
    }
    Ok(groups)
}

/// Values of a time or integer column.
///
/// # Errors
/// When it is missing or holds something else.
pub fn instants(rows: &pl::DataFrame, column: &str) -> Result<Vec<Option<i64>>> {
    let failed = |e: pl::PolarsError| bridge::failed(&e);
    let column = rows.column(column).map_err(failed)?.to_physical_repr();
    Ok(column.as_materialized_series().i64().map_err(failed)?.iter().collect())
}

/// The rows at these positions.
///
/// # Errors
/// When Polars refuses.
pub fn take(rows: &pl::DataFrame, picked: &[pl::IdxSize]) -> Result<pl::DataFrame> {
    let index = pl::IdxCa::from_vec("".into(), picked.to_vec());
    rows.take(&index).map_err(|e| bridge::failed(&e))
}

fn sort(table: &Table, rows: pl::DataFrame) -> Result<pl::DataFrame> {
    let order: Vec<pl::PlSmallStr> = sort_columns(table).into_iter().map(Into::into).collect();
    if order.is_empty() {
        return Ok(rows);
    }
    let options = pl::SortMultipleOptions::default().with_maintain_order(true);
    rows.sort(order, options).map_err(|e| bridge::failed(&e))
}

/// Source, time, key: what files are sorted by and have statistics on.
fn sort_columns(table: &Table) -> Vec<&'static str> {
    let mut order: Vec<&'static str> = Vec::new();
    for name in ["source_id"].into_iter().chain(table.time).chain(table.key.iter().copied()) {
        if table.column(name).is_some() && !order.contains(&name) {
            order.push(name);
        }
    }
    order
}

fn statistics(table: &Table, rows: &pl::DataFrame) -> Result<String> {
    let (mut low, mut high, mut nulls) = (Map::new(), Map::new(), Map::new());
    for name in sort_columns(table) {
        let column = rows.column(name).map_err(|e| bridge::failed(&e))?;
        nulls.insert(name.to_owned(), json!(column.null_count()));
        if let Some((min, max)) = bounds(column.as_materialized_series())? {
            low.insert(name.to_owned(), min);
            high.insert(name.to_owned(), max);
        }
    }
    let stats = json!({
        "numRecords": rows.height(), "minValues": low, "maxValues": high, "nullCount": nulls,
        "tightBounds": true,
    });
    Ok(stats.to_string())
}

fn bounds(series: &pl::Series) -> Result<Option<(Value, Value)>> {
    let failed = |e: pl::PolarsError| bridge::failed(&e);
    Ok(match series.dtype() {
        pl::DataType::String => {
            let texts = series.str().map_err(failed)?;
            let (min, max) = (texts.iter().flatten().min(), texts.iter().flatten().max());
            let fits = |t: &&str| t.len() <= STAT_TEXT;
            min.filter(fits).zip(max.filter(fits)).map(|(a, b)| (json!(a), json!(b)))
        }
        pl::DataType::Int64 => {
            let values = series.i64().map_err(failed)?;
            pl::ChunkAgg::min(values)
                .zip(pl::ChunkAgg::max(values))
                .map(|(a, b)| (json!(a), json!(b)))
        }
        pl::DataType::Datetime(..) => {
            let at = series.to_physical_repr();
            let at = at.i64().map_err(failed)?;
            let text = |us: i64| json!(milliseconds(us));
            pl::ChunkAgg::min(at).zip(pl::ChunkAgg::max(at)).map(|(a, b)| (text(a), text(b)))
        }
        _ => None,
    })
}

/// The format's own form of instants in statistics: cut to milliseconds.
fn milliseconds(us: i64) -> String {
    let whole = us.div_euclid(1_000_000) * 1_000_000;
    let text = time::iso(whole);
    let ms = us.rem_euclid(1_000_000) / 1_000;
    format!("{}.{ms:03}Z", text.trim_end_matches('Z'))
}

/// Reads columns of one live file; those that it lacks are null.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &LiveFile, columns: &[(String, Type)]) -> Result<pl::DataFrame> {
    let failed = |e: pl::PolarsError| {
        bridge::failed(&e)
            .at(file.path.display())
            .hint("restore the file from a backup; `tapeline history` names the load that wrote it")
    };
    let open = || File::open(&file.path).map_err(|e| store::io(&file.path, "read", &e));
    let mut reader = pl::ParquetReader::new(open()?);
    let stored = reader.schema().map_err(failed)?;
    let found: Vec<String> =
        columns.iter().filter(|(n, _)| stored.contains(n)).map(|(n, _)| n.clone()).collect();
    let data = pl::ParquetReader::new(open()?)
        .with_columns(Some(found))
        .set_rechunk(true)
        .finish()
        .map_err(failed)?;
    let wanted: Vec<pl::Expr> = columns
        .iter()
        .map(|(name, kind)| {
            if stored.contains(name) {
                pl::col(name.as_str())
            } else {
                pl::lit(pl::NULL).cast(bridge::dtype(*kind)).alias(name.as_str())
            }
        })
        .collect();
    data.lazy().select(wanted).collect().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_cut_instants_to_milliseconds_downwards() {
        assert_eq!(milliseconds(1_700_000_000_123_999), "2023-11-14T22:13:20.123Z");
        assert_eq!(milliseconds(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(milliseconds(0), "1970-01-01T00:00:00.000Z");
    }
}
