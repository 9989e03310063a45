//! Tables made of blanks under a header line, as `df` and `zpool list` print them. Names and
//! values may contain blanks: the run of numbers in a line is laid on the run of numeric columns
//! of the header; what stands before it belongs to the first column, what stands behind it to
//! the last. It must never guess where no number anchors a line: such a line is quarantined.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Record};

use super::csv::unique;
use super::scan::{Filter, document, shortened};
use super::source::{Facts, Listed};
use super::spec::ReadSpec;

/// A word of a line and where it stands, in characters and in bytes.
#[derive(Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    /// Position after its last character.
    end: usize,
    byte: usize,
}

/// First and last of the numeric columns.
type Run = (usize, usize);

/// The reader for `format = "table"`.
pub(super) fn open(mut text: Text, spec: &ReadSpec) -> Result<Listed> {
    let whole = document(&mut text)?;
    let mut facts = Facts::default();
    let mut filter = Filter::new(spec)?;
    let lines = whole.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<&str> = lines.filter(|line| filter.keeps(line, &mut facts)).collect();
    let Some((head, rows)) = lines.split_first() else {
        return Err(Error::input("is empty: not even a header").hint("export it again"));
    };
    let rows: Vec<(&str, Vec<Word<'_>>)> = rows.iter().map(|row| (*row, words(row))).collect();
    let columns = columns(head, spec.phrases.as_deref(), fewest_words(head, &rows));
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let header = Arc::new(unique(&names));
    let run = rows.iter().find_map(|(_, words)| run_under(&columns, words));
    let mut items = Vec::new();
    for ((row, words), number) in rows.iter().zip(1..) {
        let raw = (*row).to_owned();
        items.push(match cells(row, words, &columns, run) {
            Some(cells) => {
                let cells = cells.into_iter().map(Some).collect();
                let fields = Fields::Row { header: Arc::clone(&header), cells };
                Item::Record(Record { number, fields, raw })
            }
            None => {
                let raw = shortened(&raw).to_owned();
                Item::Bad { number, fault: Fault::RaggedRow, raw }
            }
        });
    }
    facts.of_text(&text);
    facts.header = header.to_vec();
    Ok(Listed::new(items, facts))
}

fn words(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut end = 0;
    let mut byte = 0;
    for part in line.split_inclusive(char::is_whitespace) {
        let text = part.trim_end();
        let length = text.chars().count();
        if !text.is_empty() {
            words.push(Word { text, end: end + length, byte });
        }
        end += part.chars().count();
        byte += part.len();
    }
    words
}

/// Words of the shortest line, among those with the most numbers under the header: a line
/// without them is no line of the table. None = no numbers stand there.
fn fewest_words(head: &str, rows: &[(&str, Vec<Word<'_>>)]) -> Option<usize> {
    let ends: Vec<usize> = words(head).iter().map(|word| word.end).collect();
    let is_anchor = |word: &&Word<'_>| is_number(word.text) && ends.contains(&word.end);
    let anchors = |words: &[Word<'_>]| words.iter().filter(is_anchor).count();
    let most = rows.iter().map(|(_, words)| anchors(words)).max().filter(|n| *n > 0)?;
    let whole = rows.iter().filter(|(_, words)| anchors(words) == most);
    whole.map(|(_, words)| words.len()).min()
}

/// Names of the columns and where their last word ends. Without `phrases`, words at the end of
/// the header are one name if the shortest line has fewer words.
fn columns(head: &str, phrases: Option<&[String]>, fewest: Option<usize>) -> Vec<(String, usize)> {
    let fewest = fewest.filter(|_| phrases.is_none());
    let phrases = phrases.unwrap_or_default();
    let mut columns: Vec<(String, usize)> = Vec::new();
    let mut words = words(head).into_iter().peekable();
    while let Some(word) = words.next() {
        let rest = head.get(word.byte..).unwrap_or_default();
        let phrase = phrases.iter().find(|phrase| rest.starts_with(phrase.as_str()));
        let (mut end, more) = (word.end, phrase.map_or(0, |p| p.split_whitespace().count() - 1));
        for _ in 0..more {
            end = words.next().map_or(end, |next| next.end);
        }
        columns.push((phrase.cloned().unwrap_or_else(|| word.text.to_owned()), end));
    }
    if let Some(fewest) = fewest.filter(|n| *n > 0 && *n < columns.len()) {
        let tail = columns.split_off(fewest - 1);
        let end = tail.last().map_or(0, |(_, end)| *end);
        let names: Vec<String> = tail.into_iter().map(|(name, _)| name).collect();
        columns.push((names.join(" "), end));
    }
    columns
}

/// The numeric columns: numbers are printed flush right under their names; in a line that has a
/// word for every column the place alone tells.
fn run_under(columns: &[(String, usize)], words: &[Word<'_>]) -> Option<Run> {
    let (first, last) = numbers(words)?;
    if words.len() == columns.len() {
        return Some((first, last));
    }
    let under = |at: usize| {
        let end = words.get(at)?.end;
        columns.iter().position(|(_, column_end)| *column_end == end)
    };
    let run = (under(first)?, under(last)?);
    (run.1.checked_sub(run.0)? == last - first).then_some(run)
}

/// The longest run of numbers in a line; the first of equal ones.
fn numbers(words: &[Word<'_>]) -> Option<Run> {
    let mut best: Option<Run> = None;
    let mut start = None;
    for (at, word) in words.iter().enumerate() {
        if !is_number(word.text) {
            start = None;
            continue;
        }
        let first = *start.get_or_insert(at);
        if best.is_none_or(|(a, b)| at - first > b - a) {
            best = Some((first, at));
        }
    }
    best
}

/// `38%`, `1.1M`, `12,638`, `-` (no value).
fn is_number(text: &str) -> bool {
    let digits = text.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic());
    let unit_bytes = text.len() - digits.len();
    let is_plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    text == "-" || (digits.starts_with(|c: char| c.is_ascii_digit()) && is_plain && unit_bytes <= 3)
}

fn cells(
    row: &str,
    words: &[Word<'_>],
    columns: &[(String, usize)],
    run: Option<Run>,
) -> Option<Vec<String>> {
    let all = |words: &[Word<'_>]| words.iter().map(|w| w.text.to_owned()).collect::<Vec<_>>();
    let width = columns.len();
    if words.len() == width {
        return Some(all(words));
    }
    let (column_first, column_last) = run?;
    let (first, last) = anchored(words, columns.get(column_first..=column_last)?)?;
    if first < column_first {
        return None;
    }
    let lead = first - column_first;
    let mut cells = Vec::with_capacity(width);
    if column_first > 0 {
        cells.push(text_of(row, words.get(..=lead)?));
        cells.extend(all(words.get(lead + 1..first)?));
    } else if lead > 0 {
        return None;
    }
    cells.extend(all(words.get(first..=last)?));
    let behind = words.get(last + 1..)?;
    let columns_behind = width.checked_sub(column_last + 1)?;
    if columns_behind > 0 {
        cells.extend(all(behind.get(..columns_behind - 1)?));
        cells.push(text_of(row, behind.get(columns_behind - 1..)?));
    }
    let is_filled = cells.len() == width && cells.last().is_some_and(|cell| !cell.is_empty());
    (is_filled && (columns_behind > 0 || behind.is_empty())).then_some(cells)
}

/// The numbers of a line that stand under the numeric columns. A name beside them may be or end
/// in a number, so the place decides; a line out of place must have exactly as many numbers.
fn anchored(words: &[Word<'_>], columns: &[(String, usize)]) -> Option<Run> {
    let is_under = |window: &[Word<'_>]| {
        window.iter().zip(columns).all(|(word, (_, end))| word.end == *end && is_number(word.text))
    };
    let beyond = columns.len() - 1;
    if let Some(first) = words.windows(columns.len()).position(is_under) {
        return Some((first, first + beyond));
    }
    numbers(words).filter(|(first, last)| last - first == beyond)
}

/// The text from the first to the last word, blanks as they stand.
fn text_of(row: &str, words: &[Word<'_>]) -> String {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return String::new() };
    row.get(first.byte..last.byte + last.text.len()).unwrap_or_default().to_owned()
}
