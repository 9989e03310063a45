//! Ingestion: from a configured source to canonical rows, quarantined records and a ledger row
//! per input and adapter. Vendor knowledge stands in adapters (data), never in here; a bad record
//! is data, an error stops the load. It never writes anything.
//!
//! ```text
//! AdapterLibrary::load(embedded, project_dir)?          all adapters in force
//! load_source(&spec, &library, &context, &mut stdin)?   -> Vec<Loaded>, one per input and adapter
//! load_each(.., &mut |loaded| ..)                       the same, one at a time
//! LedgerRow::frame(&rows)?                              rows of `load_log`
//! ```

pub mod adapter;
pub mod canonical;
mod captured;
pub mod check;
pub mod collect;
pub mod columns;
mod command;
pub mod definition;
mod detect;
mod draft;
pub mod expr;
pub mod fields;
mod finish;

mod fold;
mod inputs;
pub mod ledger;
pub mod library;
mod load;
mod lookup;
pub mod mapping;
pub mod open;
pub mod path;
pub mod plan;
pub mod read;
pub mod record;
pub mod row;
mod rowcheck;
mod runs;
pub mod series;
pub mod source;
pub mod testing;
mod wrapper;

pub use detect::detect;
pub use draft::draft;
pub use inputs::{Unread, load_each, load_source};
pub use ledger::LedgerRow;
pub use library::{AdapterLibrary, Entry, Provenance};
pub use load::{Context, Loaded, NOTHING_KNOWN};
pub use source::SourceSpec;

#[cfg(test)]
mod tests;
