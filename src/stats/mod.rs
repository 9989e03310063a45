//! Statistics: pure functions on slices (no I/O, no clock, no frame), and on top of them the
//! `steps` that a query header names and the `forecast` of series. Every function returns
//! `None` where its figure does not exist; NaN and infinity never leave, except where a
//! function says that a bound is open.

pub mod bootstrap;
pub mod changepoints;
pub mod clusters;
pub mod correlate;
pub mod counts;
pub mod drift;
pub mod experiment;
pub mod exposure;
pub mod forecast;
pub mod fraction;
#[cfg(test)]
mod golden;
pub mod log_rank;
pub mod multiplicity;
pub mod number;
pub mod proportion;
pub mod quantiles;
pub mod random;
pub mod retry;
pub mod samples;
pub mod shift;
pub mod shrink;
pub mod spacing;
pub mod special;
pub mod standardise;
pub mod steps;
pub mod survival;
pub mod tier;
pub mod verdict;
