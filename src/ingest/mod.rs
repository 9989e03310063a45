//! Ingestion: from a configured source to canonical rows, quarantined records and a ledger row
//! per input and adapter. Vendor knowledge stands in adapters (data), never in here; a bad record
//! is data, an error stops the load. It never writes anything.
//!
//! ```text
//! AdapterLibrary::load(embedded, project_dir)?          all adapters in force
//! load_source(&SourceSpec, &library, &At { .. })?       -> Vec<Loaded>, one per input and adapter
//! ```

pub mod adapter;
pub mod canonical;
pub mod columns;
pub mod definition;
pub mod expr;
pub mod fields;
pub mod finish;
pub mod library;
pub mod mapping;
pub mod open;
pub mod path;
pub mod plan;
pub mod read;
pub mod record;
pub mod row;
pub mod rowcheck;
pub mod runs;
pub mod source;
