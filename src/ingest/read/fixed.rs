//! Columns by position, counted in characters. Cells are trimmed; a line that is too short has
//! no value in its last columns.

use std::sync::Arc;

use crate::error::Result;
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Record};

use super::scan::{Filter, Line, Lines};
use super::source::{Facts, Source};
use super::spec::{Header, ReadSpec, Slot};

/// Reads one input.
pub(super) struct Fixed {
    lines: Lines,
    filter: Filter,
    slots: Vec<Slot>,
    header: Arc<Vec<String>>,
    header_lines: usize,
    number: i64,
    facts: Facts,
}

impl Fixed {
    pub(super) fn open(text: Text, spec: &ReadSpec) -> Result<Fixed> {
        let slots = spec.layout.clone().unwrap_or_default();
        let header_lines = match &spec.header {
            Some(Header::Row(lines)) => *lines,
            Some(Header::Names(_)) | None => 0,
        };
        Ok(Fixed {
            lines: Lines::new(text),
            filter: Filter::new(spec)?,
            header: Arc::new(slots.iter().map(|slot| slot.name.clone()).collect()),
            slots,
            header_lines,
            number: 0,
            facts: Facts::default(),
        })
    }
}

impl Source for Fixed {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            let raw = match self.lines.next()? {
                None => return Ok(None),
                Some(Line::TooLong(raw)) => {
                    self.number += 1;
                    let fault = Fault::RecordTooLong;
                    return Ok(Some(Item::Bad { number: self.number, fault, raw }));
                }
                Some(Line::Whole(raw)) => raw,
            };
            if raw.trim().is_empty() || !self.filter.keeps(&raw, &mut self.facts) {
                continue;
            }
            if self.header_lines > 0 {
                self.header_lines -= 1;
                self.facts.skip(&raw);
                continue;
            }
            self.number += 1;
            let cells = self.slots.iter().map(|slot| cell(&raw, slot)).collect();
            let fields = Fields::Row { header: Arc::clone(&self.header), cells };
            return Ok(Some(Item::Record(Record { number: self.number, fields, raw })));
        }
    }

    fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.of_text(self.lines.text());
        facts.header = self.header.to_vec();
        facts
    }
}

fn cell(line: &str, slot: &Slot) -> Option<String> {
    let mut rest = line.chars().skip(slot.at - 1).peekable();
    rest.peek()?;
    let text: String = rest.take(slot.width.unwrap_or(usize::MAX)).collect();
    Some(text.trim().to_owned())
}
