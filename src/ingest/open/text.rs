//! Bytes to clean text in chunks: the encoding is read from a byte order mark, from the pattern
//! of NULs of UTF-16, from valid UTF-8, or taken from the adapter, in this order. Bytes that are
//! no text become U+FFFD and are counted. It must never hold more than a chunk.

use std::io::Read;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Input;
use super::clean::Cleaner;
use super::input::read_error;
use crate::error::{Error, Result};

const CHUNK_BYTES: usize = 1 << 16;
/// So many `?` in a row are letters that an ASCII export lost.
const LOST_RUN: u32 = 3;

/// The text of an input, from its start to its end.
pub struct Text {
    name: String,
    bytes: Box<dyn Read + Send>,
    /// Bytes read and not yet decoded.
    pending: Vec<u8>,
    decoder: Decoder,
    encoding: &'static str,
    cleaner: Cleaner,
    /// Text handed out by [`Text::head`] and not yet by [`Text::fill`].
    held: String,
    is_done: bool,
    replaced: i64,
    lost_letters: i64,
    question_marks: u32,
    last: Option<char>,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("name", &self.name).field("encoding", &self.encoding).finish()
    }
}

impl Text {
    pub(super) fn of(input: &Input, declared: Option<&str>) -> Result<Text> {
        let mut bytes = input.bytes()?;
        let mut pending = Vec::new();
        let limit = CHUNK_BYTES as u64;
        bytes
            .by_ref()
            .take(limit)
            .read_to_end(&mut pending)
            .map_err(|e| read_error(e, input.name()))?;
        let encoding = match Encoding::for_bom(&pending) {
            Some((encoding, mark_bytes)) => {
                pending.drain(..mark_bytes);
                encoding
            }
            None => match (utf_16_without_mark(&pending), declared) {
                (Some(encoding), _) => encoding,
                (None, Some(label)) => declared_or_utf_8(input, label)?,
                (None, None) => UTF_8,
            },
        };
        Ok(Text {
            name: input.name().to_owned(),
            bytes,
            pending,
            decoder: encoding.new_decoder_without_bom_handling(),
            encoding: encoding.name(),
            cleaner: Cleaner::default(),
            held: String::new(),
            is_done: false,
            replaced: 0,
            lost_letters: 0,
            question_marks: 0,
            last: None,
        })
    }

    /// Appends the next chunk and says how many bytes of text it has; 0 = the end.
    ///
    /// # Errors
    /// Input: cut or damaged compression, a cap, the file changed. Storage: reading failed.
    pub fn fill(&mut self, out: &mut String) -> Result<usize> {
        if !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            out.push_str(&held);
            return Ok(held.len());
        }
        let before = out.len();
        while out.len() == before && !self.is_done {
            if self.pending.is_empty() {
                // Many inputs are short (the output of one run): no buffer larger than the text.
                let chunk = (&mut self.bytes).take(CHUNK_BYTES as u64);
                let n = { chunk }.read_to_end(&mut self.pending);
                self.is_done = n.map_err(|e| read_error(e, &self.name))? == 0;
            }
            let decoded = self.decode();
            self.observe(&decoded);
            self.cleaner.push(&decoded, out);
        }
        if let Some(last) = out.get(before..).and_then(|new| new.chars().next_back()) {
            self.last = Some(last);
        }
        Ok(out.len() - before)
    }

    /// The first chunk, without taking it.
    ///
    /// # Errors
    /// As [`Text::fill`].
    pub fn head(&mut self) -> Result<&str> {
        if self.held.is_empty() {
            let mut held = String::new();
            self.fill(&mut held)?;
            self.held = held;
        }
        Ok(&self.held)
    }

    /// Name of the input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the encoding in force.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        self.encoding
    }

    /// Byte sequences so far that were no text and became U+FFFD.
    #[must_use]
    pub fn replaced(&self) -> i64 {
        self.replaced
    }

    /// Runs of three or more `?` so far: letters lost by an export in ASCII.
    #[must_use]
    pub fn lost_letters(&self) -> i64 {
        self.lost_letters
    }

    /// Whether the text so far is empty or ends with a line end; false at the end = maybe cut.
    #[must_use]
    pub fn ends_with_newline(&self) -> bool {
        self.last.is_none_or(|c| c == '\n' || c == '\r')
    }

    /// Decodes what is pending; at the end also what the decoder holds back.
    fn decode(&mut self) -> String {
        let mut text = String::new();
        let mut rest = self.pending.as_slice();
        loop {
            let room = self.decoder.max_utf8_buffer_length_without_replacement(rest.len());
            text.reserve(room.unwrap_or(CHUNK_BYTES));
            let (result, read) =
                self.decoder.decode_to_string_without_replacement(rest, &mut text, self.is_done);
            rest = rest.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(_, _) => {
                    self.replaced += 1;
                    text.push('\u{fffd}');
                }
            }
        }
        self.pending.clear();
        text
    }

    fn observe(&mut self, text: &str) {
        if self.question_marks == 0 && !text.contains('?') {
            return;
        }
        for byte in text.bytes() {
            if byte == b'?' {
                self.question_marks += 1;
                self.lost_letters += i64::from(self.question_marks == LOST_RUN);
            } else {
                self.question_marks = 0;
            }
        }
    }
}

/// In UTF-16 nearly every second byte of a Latin text is NUL, always on the same side; more than
/// half of the pairs must be so, since single NULs also stand in damaged UTF-8.
fn utf_16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = head.get(..head.len().min(512))?.as_chunks::<2>();
    let first = pairs.iter().filter(|[a, _]| *a == 0).count();
    let second = pairs.iter().filter(|[_, b]| *b == 0).count();
    match (first, second) {
        (0, n) if n * 2 > pairs.len() => Some(UTF_16LE),
        (n, 0) if n * 2 > pairs.len() => Some(UTF_16BE),
        _ => None,
    }
}

/// A declared code page is for bytes that are not UTF-8: one look over the whole input decides,
/// since a table that changes its encoding half way would be worse.
fn declared_or_utf_8(input: &Input, label: &str) -> Result<&'static Encoding> {
    let Some(declared) = Encoding::for_label(label.as_bytes()) else {
        return Err(Error::config(format!("no code page \"{label}\""))
            .hint("use a WHATWG label, for example \"windows-1252\""));
    };
    let mut bytes = input.bytes()?;
    let mut buffer = vec![0_u8; CHUNK_BYTES];
    let mut kept = 0;
    loop {
        let free = buffer.get_mut(kept..).unwrap_or_default();
        let n = bytes.read(free).map_err(|e| read_error(e, input.name()))?;
        if n == 0 {
            return Ok(UTF_8);
        }
        let seen = buffer.get(..kept + n).unwrap_or_default();
        let cut = match std::str::from_utf8(seen) {
            Ok(_) => seen.len(),
            Err(e) if e.error_len().is_some() => return Ok(declared),
            Err(e) => e.valid_up_to(),
        };
        let end = kept + n;
        buffer.copy_within(cut..end, 0);
        kept = end - cut;
    }
}
