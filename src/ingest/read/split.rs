//! One record of separated values: where it ends and what its cells are. Pure; a quote is special
//! only at the start of a cell, and what follows a closing quote belongs to the cell.

use super::spec::{Format, ReadSpec};

/// Separator, quote and escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    pub(super) escape: Option<u8>,
}

impl Dialect {
    /// The dialect of `[read]`.
    pub(super) fn of(spec: &ReadSpec) -> Dialect {
        let is_tsv = spec.format == Format::Tsv;
        let first = |text: &Option<String>| text.as_ref().and_then(|t| t.bytes().next());
        let default_quote = (!is_tsv).then_some(b'"');
        let quote = if spec.quote.is_some() { first(&spec.quote) } else { default_quote };
        Dialect {
            delimiter: first(&spec.delimiter).unwrap_or(if is_tsv { b'\t' } else { b',' }),
            quote,
            // Doubling is always understood: a quote named as escape says nothing new.
            escape: first(&spec.escape).filter(|escape| Some(*escape) != quote),
        }
    }
}

/// What stands at the beginning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// A record of this length, its line end included.
    Record(usize),
    /// An empty line of this length.
    Blank(usize),
    /// More text is needed.
    More,
    /// The text ends inside a quoted cell.
    Open,
    /// Nothing.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: the end of it, or a doubled quote.
    Closing,
}

/// Splits one record off; `cells` is only meaningful after [`Split::Record`].
pub(super) fn split(text: &str, dialect: &Dialect, at_end: bool, cells: &mut Vec<String>) -> Split {
    cells.clear();
    let bytes = text.as_bytes();
    let mut cell = String::new();
    // Text from `from` on is not yet in the cell.
    let (mut from, mut at, mut state) = (0, 0, State::Start);
    let piece = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    while let Some(&byte) = bytes.get(at) {
        let is_quote = Some(byte) == dialect.quote;
        let is_line_end = byte == b'\n' || byte == b'\r';
        match state {
            State::Start if is_quote => (from, state) = (at + 1, State::Quoted),
            State::Closing if is_quote => (from, state) = (at, State::Quoted),
            State::Quoted if is_quote => {
                cell.push_str(piece(from, at));
                (from, state) = (at + 1, State::Closing);
            }
            _ if Some(byte) == dialect.escape && state != State::Closing => {
                cell.push_str(piece(from, at));
                from = at + 1;
                at += 1;
                state = if state == State::Quoted { State::Quoted } else { State::Plain };
            }
            State::Quoted => {}
            _ if byte == dialect.delimiter => {
                cell.push_str(piece(from, at));
                cells.push(std::mem::take(&mut cell));
                (from, state) = (at + 1, State::Start);
            }
            _ if is_line_end => {
                let Some(end) = after_line_end(bytes, at, at_end) else { return Split::More };
                if at == 0 {
                    return Split::Blank(end);
                }
                cell.push_str(piece(from, at));
                cells.push(cell);
                return Split::Record(end);
            }
            State::Start | State::Plain | State::Closing => state = State::Plain,
        }
        at += 1;
    }
    match state {
        _ if !at_end => Split::More,
        _ if bytes.is_empty() => Split::End,
        State::Quoted => Split::Open,
        State::Start | State::Plain | State::Closing => {
            cell.push_str(piece(from, bytes.len()));
            cells.push(cell);
            Split::Record(bytes.len())
        }
    }
}

/// Position after LF, CR LF or CR; none = a CR at the end of what is known.
pub(super) fn after_line_end(bytes: &[u8], at: usize, at_end: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !at_end => None,
        _ => Some(at + 1),
    }
}
