//! From a source to its inputs: files by glob, archive members, standard input, the output of a
//! command. An [`Input`] is a name, the SHA-256 of its raw bytes and a way to read it again and
//! again as decompressed bytes or as clean text. It must never read outside the project root,
//! run a shell, unpack to disk, or hold a whole file in memory (save a packed one of a format that
//! is read from its end).
//!
//! ```text
//! Opener { root, spool, limits }.open(&Origin::Path("in/*.csv.gz"), &mut stdin) -> Vec<Input>
//! input.bytes()?        decompressed bytes; caps apply; a changed or cut file is an error
//! input.whole()?        bytes at any place, for formats that are read from their end
//! input.text(declared)? decoded, cleaned text in chunks, with the counts of what was replaced
//! ```

mod cap;
mod clean;
mod command;
mod compression;
mod files;
mod input;
mod spool;
mod text;
mod whole;
mod zipped;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::Path;

pub use clean::clean;
pub use input::{Input, Kind, read_error};
pub use text::Text;
pub use whole::Whole;

use crate::error::Result;

/// What an input may cost. The defaults are far above real exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Decompressed bytes of one input.
    pub decompressed_max_bytes: u64,
    /// Decompressed bytes per compressed byte, checked after the first MiB.
    pub ratio_max: u64,
    /// Seconds a command may run.
    pub command_max_s: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { decompressed_max_bytes: 8 << 30, ratio_max: 200, command_max_s: 3600 }
    }
}

/// Where the inputs of a source come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A glob or a path below the project root, with `/`. `"-"` is standard input.
    /// `a.zip` gives every member, `a.zip/*.csv` those that match.
    Path(String),
    /// A program and its arguments; its standard output is the input. No shell.
    Command(Vec<String>),
}

/// Opens the inputs of sources.
#[derive(Debug, Clone)]
pub struct Opener<'a> {
    /// The project folder; nothing outside it is read.
    pub root: &'a Path,
    /// A folder for streams that must be read more than once (standard input, commands);
    /// files in it vanish with their input.
    pub spool: &'a Path,
    /// Caps.
    pub limits: Limits,
}

impl Opener<'_> {
    /// The inputs of an origin, files in the order of their names, each hashed.
    /// A glob that matches nothing gives none.
    ///
    /// # Errors
    /// Configuration: a path that leaves the root, a literal path that does not exist, a program
    /// that cannot be started. Input: a damaged archive, a cap, a command that failed.
    /// Storage: reading or spooling failed.
    pub fn open(&self, origin: &Origin, stdin: &mut dyn Read) -> Result<Vec<Input>> {
        match origin {
            Origin::Path(path) if path == "-" => {
                let spooled = spool::Spool::fill(self.spool, stdin, &self.limits)
                    .map_err(|e| input::read_error(e, "-"))?;
                Ok(vec![Input::spooled("-", Kind::Stdin, spooled, &self.limits)])
            }
            Origin::Path(path) => files::find(self.root, path, &self.limits),
            Origin::Command(argv) => Ok(vec![command::run(self, argv)?]),
        }
    }
}
