//! The canonical tables, their types and units, and the small frame in which rows travel
//! between the stages. No I/O, no vendor, no engine in here.

pub mod cron;
pub mod format;
pub mod frame;
pub mod memo;
pub mod period;
pub mod result;
mod rrule;
pub mod table;
pub mod tables;
pub mod time;
pub mod walk;
