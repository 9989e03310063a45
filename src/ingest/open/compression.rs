//! gzip, Zstandard, xz and bzip2, recognised by their first bytes and not by the file name, since
//! browsers and proxies decompress without renaming. One layer only; zip is in `zipped.rs`.

use std::io::{self, Cursor, Read};

use super::Limits;
use super::cap::{Capped, Counted};
use crate::error::Error;

/// Memory an xz dictionary may take.
const XZ_MEMORY_MAX_BYTES: u64 = 256 << 20;

const MAGIC: [(&[u8], Codec, &str); 4] = [
    (b"\x1f\x8b", Codec::Gzip, "gz"),
    (b"\x28\xb5\x2f\xfd", Codec::Zstd, "zst"),
    (b"\xfd7zXZ\0", Codec::Xz, "xz"),
    (b"BZh", Codec::Bzip2, "bz2"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// The bytes behind the compression, if there is one, under the caps.
pub(super) fn decompressed(
    name: &str,
    mut raw: Box<dyn Read + Send>,
    limits: &Limits,
) -> io::Result<Box<dyn Read + Send>> {
    let mut head = Vec::new();
    raw.by_ref().take(6).read_to_end(&mut head)?;
    let codec = codec_of(name, &head)?;
    let whole = Cursor::new(head).chain(raw);
    let Some(codec) = codec else { return Ok(Box::new(Capped::new(whole, None, limits))) };
    let (packed, count) = Counted::new(whole);
    let reader: Box<dyn Read + Send> = match codec {
        Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        Codec::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
        Codec::Xz => {
            let flags = liblzma::stream::CONCATENATED;
            let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_MAX_BYTES, flags)
                .map_err(io::Error::from)?;
            Box::new(liblzma::read::XzDecoder::new_stream(packed, stream))
        }
        Codec::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(packed)),
    };
    Ok(Box::new(Capped::new(reader, Some(count), limits)))
}

/// Whether the bytes that begin so are compressed.
pub(super) fn is_packed(name: &str, head: &[u8]) -> io::Result<bool> {
    Ok(codec_of(name, head)?.is_some())
}

fn codec_of(name: &str, head: &[u8]) -> io::Result<Option<Codec>> {
    if let Some((_, codec, _)) = MAGIC.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        // "BZh" is followed by a digit; a text may begin with these three letters.
        if *codec != Codec::Bzip2 || head.get(3).is_some_and(u8::is_ascii_digit) {
            return Ok(Some(*codec));
        }
    }
    let lower = name.to_ascii_lowercase();
    match MAGIC.iter().find(|(_, _, ending)| lower.ends_with(&format!(".{ending}"))) {
        Some((_, _, ending)) => Err(io::Error::other(
            Error::input(format!("named .{ending}, but it does not begin like one"))
                .hint(format!("copy it again, or drop \".{ending}\" from its name")),
        )),
        None => Ok(None),
    }
}
