//! Evidence packages: controls judged by check queries, packed as a sealed BagIt bag with
//! populations, queries and lineage; and their verification. Bytes in, bytes out: no file system,
//! no clock, no query is run here.

mod archive;
pub mod bag;
pub mod controls;
mod lineage;
mod narrative;
mod oscal;
pub mod package;
mod recompute;
pub mod seal;
pub mod verify;

#[cfg(test)]
mod tampering;
