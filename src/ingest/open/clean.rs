//! Removes terminal sequences and control characters from text, keeping TAB and line ends. What
//! is left can be printed, stored and quoted. It must never remove a printable character that
//! is not part of a sequence.

use std::borrow::Cow;

/// Text without terminal sequences and control characters (TAB, CR and LF stay).
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    Cleaner::default().push(text, &mut out);
    Cow::Owned(out)
}

/// The same for text that comes in chunks; a sequence may be split between two.
#[derive(Debug, Default)]
pub(super) struct Cleaner {
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// `ESC [` parameters, up to a letter.
    Control,
    /// `ESC ]` and its kin: text up to BEL or `ESC \`.
    Message,
    /// `ESC (` and its kin: one more character.
    Charset,
}

impl Cleaner {
    /// Appends the clean part of the chunk.
    pub(super) fn push(&mut self, chunk: &str, out: &mut String) {
        if matches!(self.state, State::Text) && chunk.bytes().all(is_plain) {
            out.push_str(chunk);
            return;
        }
        for c in chunk.chars() {
            self.state = match (self.state, c) {
                // A line end closes whatever was open, so that no sequence swallows lines.
                (_, '\n' | '\r') => text(c, out),
                (State::Text, c) | (State::Escape, c @ '\u{1b}') => text(c, out),
                (State::Escape, '[') => State::Control,
                (State::Escape, ']' | 'P' | 'X' | '^' | '_') => State::Message,
                (State::Escape, ' '..='/') => State::Charset,
                (State::Escape, '0'..='~') | (State::Charset, _) => State::Text,
                (State::Escape, c) => text(c, out),
                (State::Control, ' '..='?') => State::Control,
                (State::Control, '@'..='~') => State::Text,
                (State::Control, c) => text(c, out),
                (State::Message, '\u{7}' | '\u{9c}') => State::Text,
                (State::Message, '\u{1b}') => State::Escape,
                (State::Message, _) => State::Message,
            }
        }
    }
}

fn text(c: char, out: &mut String) -> State {
    match c {
        '\u{1b}' => State::Escape,
        '\u{9b}' => State::Control,
        '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => State::Message,
        '\t' | '\n' | '\r' => {
            out.push(c);
            State::Text
        }
        c => {
            if !c.is_control() {
                out.push(c);
            }
            State::Text
        }
    }
}

/// Neither a control character nor the first byte of one (U+0080 to U+009F begin with 0xC2).
fn is_plain(byte: u8) -> bool {
    (byte >= b' ' && byte != 0x7f && byte != 0xc2) || matches!(byte, b'\t' | b'\n' | b'\r')
}
