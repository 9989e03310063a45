//! From the text of an input to raw records, one file per format. Every field stays the text
//! that stood in the file; a piece that is no record is yielded as [`Item::Bad`], never dropped.
//! It must never guess a type, know a vendor, or hold a whole csv, tsv, ndjson or lines file.
//!
//! ```text
//! records(&input, &spec)? -> Records          Iterator<Item = Result<Item>>
//! records.facts()                             header: at once; counts: after the last record
//! ```
//!
//! Shapes: csv, tsv, fixed, table, lines, kv give [`Fields::Row`] (one shared header);
//! json, ndjson, k8s, prometheus, syslog_sd give [`Fields::Tree`]; parquet gives rows, or trees
//! when a column is a structure, a map or a list of such.
//! A prometheus record has the members `metric`, `at` (epoch seconds as text, null in an
//! exposition without times), `value`, and one member per label (a label of one of these three
//! names becomes `exported_<name>`). A syslog_sd record has `pri`, `facility`, `severity`,
//! `timestamp`, `host`, `app`, `procid`, `msgid`, `data.<sd-id>.<param>`, `message`. Lines that are
//! not JSON in a `mixed` input are objects with the one member `message`.
//!
//! A record's number is its 1-based ordinal in the input, good and bad counted together, the
//! header not. `raw` is clean text (no control characters). `[read] missing` is *not* applied
//! here: it belongs to the mapping, after `from`.
//!
//! [`Fields::Row`]: crate::ingest::record::Fields::Row
//! [`Fields::Tree`]: crate::ingest::record::Fields::Tree

mod arrow;
mod blocks;
mod csv;
mod each;
mod exposition;
mod fixed;
mod json;
mod kv;
mod lines;
mod ndjson;
mod parquet;
mod parquet_bytes;
mod pivot;
mod prometheus;
mod refuse;
mod scan;
mod source;
mod spec;
mod split;
mod syslog;
mod table;
mod tree;

#[cfg(test)]
mod tests;

pub use parquet_bytes::is_parquet;
pub use source::{Facts, Records};
pub use spec::{Format, Header, OneOrMany, ReadSpec, Skip, Slot};

use crate::error::Result;
use crate::ingest::open::Input;

/// Longest record; a longer one is quarantined as `record-too-long`.
pub const RECORD_MAX_BYTES: usize = 1 << 20;
/// Longest document of a format that is one document (json, k8s, prometheus, table, kv).
pub const DOCUMENT_MAX_BYTES: usize = 64 << 20;
/// Longest text kept of a piece that is quarantined.
pub const RAW_MAX_BYTES: usize = 64 << 10;

/// Reads an input. The header of csv, tsv, fixed and table is in the facts at once.
///
/// # Errors
/// Configuration: an option of `spec` is wrong or foreign to its format. Input: an error page or
/// error body instead of data, a cut or damaged document, a missing `records` path, an empty
/// input where a header or document is required. Storage: reading failed.
pub fn records(input: &Input, spec: &ReadSpec) -> Result<Records> {
    spec.check()?;
    let source = source::of(input, spec).map_err(|e| e.at(input.name()))?;
    Records::new(input.name(), source, &spec.captured)
}
