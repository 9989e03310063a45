//! The integration tests, one binary: each more would be another link of the whole engine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::too_many_lines,
    missing_docs,
    reason = "helpers of tests may fail loudly"
)]

// real captures of real tools, outcome by outcome
mod captures;
mod captures_bacula;
mod captures_borg;
mod captures_pgbackrest;
mod captures_prometheus;
mod captures_storage;
mod captures_wrapped;
// crash states of a recorded load
mod crash;
// the same queries in a second engine
mod differential;
// the program as its users run it
mod cli;
// any series to quantiles and dates
mod forecast;
// forecasts stored in one quarter, scored in the next
mod forecast_quarters;
// the same on real series that lie outside the project
mod forecast_real;
mod forecast_wholes;
// the evidence package before tools that are not ours
mod evidence;
// merge, order, time travel, races
mod lake;
// what goes wrong on the command line: error, place, way out, exit code, lake as it was
mod corrections;
mod errors;
// running the program, the sample company once for all
mod program;
// every query: gate, empty tables, cases
mod queries;
// other programs read the lake's tables
mod readers;
// the commands of README.md
mod readme;
mod sample_capacity;
// house rules
mod tidy;
// the workbook recalculated by another program
mod workbook;
