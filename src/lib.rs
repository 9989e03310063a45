//! Tapeline, in the order in which the data flows.

pub mod error;
pub mod model;

pub mod ingest;

pub mod bridge;
pub mod lake;

pub mod derive;

pub mod catalog;
pub mod engines;

pub mod stats;

pub mod evidence;
pub mod reports;

pub mod schedule;

pub mod cli;
pub mod commands;
pub mod config;
pub mod embedded;
pub mod files;
pub mod messages;
