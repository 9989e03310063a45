//! JSON Lines: one document per line, held one at a time. A line that is no JSON is quarantined,
//! or a message if the input is `mixed`.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::error::Result;
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Item};

use super::each::{Plan, around, select};
use super::json::{bad, items, message};
use super::refuse;
use super::scan::{Line, Lines};
use super::source::{Facts, Source};
use super::spec::ReadSpec;
use super::tree::tree_without;

/// Reads one input.
pub(super) struct Ndjson {
    lines: Lines,
    /// The first lines, looked at when opening.
    held: VecDeque<Line>,
    queue: VecDeque<Item>,
    plan: Plan,
    is_mixed: bool,
    number: i64,
    /// The last line was no JSON: without a line end behind it, it was cut.
    is_last_bad: bool,
    facts: Facts,
}

impl Ndjson {
    pub(super) fn open(text: Text, spec: &ReadSpec) -> Result<Ndjson> {
        let mut lines = Lines::new(text);
        let mut held = VecDeque::new();
        while held.len() < 2 {
            match next_filled(&mut lines)? {
                Some(line) => held.push_back(line),
                None => break,
            }
        }
        if let (1, Some(Line::Whole(only))) = (held.len(), held.front())
            && let Ok(document) = serde_json::from_str::<&RawValue>(only)
        {
            refuse::error_body(document)?;
        }
        let (plan, is_mixed) = (Plan::of(spec), spec.mixed);
        let (queue, facts) = (VecDeque::new(), Facts::default());
        Ok(Ndjson { lines, held, queue, plan, is_mixed, number: 0, is_last_bad: false, facts })
    }

    fn line(&mut self, line: &str) -> Vec<Item> {
        let number = self.number;
        let is_container = line.starts_with(['{', '[']);
        let document = match serde_json::from_str::<&RawValue>(line) {
            Ok(document) if is_container || !self.is_mixed => document,
            // What begins like an object and is none was cut.
            Err(_) if line.starts_with('{') || !self.is_mixed => {
                return vec![bad(number, Fault::BadJson, line)];
            }
            Ok(_) | Err(_) => return vec![message(number, line)],
        };
        let path = self.plan.path_in(document);
        let mut picked = Vec::new();
        let outer = select(document, &path, None, &mut picked)
            .and_then(|_| (!path.is_empty()).then(|| tree_without(document, &path)).transpose());
        match outer {
            Err(fault) => vec![bad(number, fault, line)],
            Ok(outer) => {
                let outer = outer.map(Arc::new);
                let records = picked.into_iter();
                records
                    .flat_map(|p| {
                        items(p.raw.get(), around(p.key, outer.as_ref()), &self.plan, number)
                    })
                    .collect()
            }
        }
    }
}

impl Source for Ndjson {
    fn next_item(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(item) = self.queue.pop_front() {
                return Ok(Some(item));
            }
            let line = match self.held.pop_front() {
                Some(line) => Some(line),
                None => next_filled(&mut self.lines)?,
            };
            self.number += 1;
            match line {
                None => return Ok(None),
                Some(Line::TooLong(raw)) => {
                    return Ok(Some(bad(self.number, Fault::RecordTooLong, &raw)));
                }
                Some(Line::Whole(line)) => self.queue = self.line(line.trim()).into(),
            }
            self.is_last_bad = matches!(self.queue.front(), Some(Item::Bad { .. }));
            self.facts.childless += i64::from(self.queue.is_empty());
        }
    }

    fn facts(&self) -> Facts {
        let mut facts = self.facts.clone();
        facts.of_text(self.lines.text());
        facts.is_cut = self.is_last_bad && !facts.ends_with_newline;
        facts
    }
}

fn next_filled(lines: &mut Lines) -> Result<Option<Line>> {
    loop {
        match lines.next()? {
            Some(Line::Whole(line)) if line.trim().is_empty() => {}
            other => return Ok(other),
        }
    }
}
