//! Tapeline, in the order in which the data flows.

pub mod error;
pub mod model;
