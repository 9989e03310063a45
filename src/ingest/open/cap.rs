//! Caps on decompressed data: an absolute size and a ratio. Every decompressor in `open/` is
//! wrapped here; it must never be possible to read decompressed bytes around it.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Limits;
use crate::error::Error;

/// The ratio is checked once this much came out: small files may compress well.
const RATIO_AFTER_BYTES: u64 = 1 << 20;

/// Counts the compressed bytes that go into a decompressor.
pub(super) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    /// The reader, and its counter for [`Capped::new`].
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let count = Arc::new(AtomicU64::new(0));
        (Counted { inner, count: Arc::clone(&count) }, count)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Stops when too much comes out, absolutely or for what went in.
pub(super) struct Capped<R> {
    inner: R,
    out_bytes: u64,
    packed_bytes: Option<Arc<AtomicU64>>,
    limits: Limits,
}

impl<R: Read> Capped<R> {
    /// `packed_bytes` = counter of the compressed side; none = data that is not compressed.
    pub(super) fn new(inner: R, packed_bytes: Option<Arc<AtomicU64>>, limits: &Limits) -> Self {
        Capped { inner, out_bytes: 0, packed_bytes, limits: limits.clone() }
    }

    fn check(&self) -> io::Result<()> {
        let max = self.limits.decompressed_max_bytes;
        if self.out_bytes > max {
            let error = Error::input(format!("more than {max} bytes decompressed"))
                .hint("split the export, or raise the size limit of the source");
            return Err(io::Error::other(error));
        }
        let Some(packed) = &self.packed_bytes else { return Ok(()) };
        let allowed = packed.load(Ordering::Relaxed).saturating_mul(self.limits.ratio_max);
        if self.out_bytes > RATIO_AFTER_BYTES && self.out_bytes > allowed {
            let ratio = self.limits.ratio_max;
            let error = Error::input(format!("decompresses to more than {ratio} times its size"))
                .hint("if the file is genuine, decompress it before loading");
            return Err(io::Error::other(error));
        }
        Ok(())
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.out_bytes += n as u64;
        self.check()?;
        Ok(n)
    }
}
