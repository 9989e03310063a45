//! A Parquet file as bytes that may be anything: its signature, its compression, places beyond its
//! end, and a decoder that panics on what no writer made. It must never let one of them become
//! more than a refusal of this file.

use std::cell::Cell;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use ::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use ::parquet::basic::Compression;
use ::parquet::errors::{ParquetError, Result as ParquetResult};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::Bytes;

use crate::error::{Error, Result};
use crate::ingest::open::{Input, Whole, read_error};

use super::refuse;
use super::spec::ReadSpec;

/// First and last bytes of every Parquet file.
const MAGIC: &[u8] = b"PAR1";
/// Last bytes of a file whose footer is encrypted.
const MAGIC_ENCRYPTED: &[u8] = b"PARE";

/// Whether an input begins like a Parquet file.
///
/// # Errors
/// As [`Input::bytes`]; storage: reading failed.
pub fn is_parquet(input: &Input) -> Result<bool> {
    let mut head = Vec::new();
    let read = input.bytes()?.take(4).read_to_end(&mut head);
    read.map_err(|e| read_error(e, input.name()))?;
    Ok(head == MAGIC)
}

/// Refuses what is no Parquet file, and one that was cut or encrypted.
pub(super) fn signature(whole: &Whole, input: &Input, spec: &ReadSpec) -> Result<()> {
    if !is_parquet(input)? {
        refuse::page(input.text(None)?.head()?, spec.format)?;
        return Err(Error::input("is no Parquet file")
            .hint("text exports have adapters of their own: `tapeline adapters list`"));
    }
    let size_bytes = whole.size_bytes().map_err(|e| read_error(e, input.name()))?;
    let end = size_bytes.checked_sub(4).filter(|at| *at >= 8);
    let end = end.and_then(|at| whole.get_bytes(at, 4).ok());
    match end.as_deref() {
        Some(MAGIC) => Ok(()),
        Some(MAGIC_ENCRYPTED) => Err(Error::input("the Parquet file is encrypted")
            .hint("export it without encryption, into a folder that is protected")),
        Some(_) | None => Err(Error::input("the Parquet file is cut: it has no footer")
            .hint("copy or export it again; load it when the export is finished")),
    }
}

/// Refuses compression that cannot be undone here.
pub(super) fn codecs(metadata: &ArrowReaderMetadata) -> Result<()> {
    let groups = metadata.metadata().row_groups();
    for column in groups.iter().flat_map(|group| group.columns()) {
        match column.compression() {
            Compression::UNCOMPRESSED
            | Compression::SNAPPY
            | Compression::GZIP(_)
            | Compression::BROTLI(_)
            | Compression::LZ4
            | Compression::LZ4_RAW
            | Compression::ZSTD(_) => {}
            codec @ Compression::LZO => {
                let name = column.column_path().string();
                return Err(Error::input(format!("column \"{name}\" is compressed with {codec}"))
                    .hint("export it with zstd, snappy, gzip, brotli, lz4 or uncompressed"));
            }
        }
    }
    Ok(())
}

thread_local! {
    static IS_DECODING: Cell<bool> = const { Cell::new(false) };
}
static HOOK: Once = Once::new();

/// The decoder may panic on bytes that no writer made; here that is damage like any other, and
/// says so only as the error that it becomes.
pub(super) fn guarded<T>(work: impl FnOnce() -> ParquetResult<T>) -> ParquetResult<T> {
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_DECODING.get() {
                before(panic);
            }
        }));
    });
    IS_DECODING.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_DECODING.set(false);
    done.unwrap_or_else(|_| Err(ParquetError::General("not decodable".to_owned())))
}

/// Damage, unless the file changed or cannot be read.
pub(super) fn damaged(whole: &Whole, name: &str, cause: &str) -> Error {
    match whole.check() {
        Err(e) => read_error(e, name),
        Ok(()) => Error::input("the Parquet file is damaged")
            .because(cause)
            .hint("copy or export it again"),
    }
}

impl Length for Whole {
    fn len(&self) -> u64 {
        self.size_bytes().unwrap_or_default()
    }
}

impl ChunkReader for Whole {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(match self {
            Whole::File(file, _) => Box::new(file.get_read(start)?),
            Whole::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // Places stand in the file; one beyond its end must not become a buffer of that size.
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF(format!("no {length} bytes at {start}")));
        }
        match self {
            Whole::File(file, _) => file.get_bytes(start, length),
            Whole::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}
