//! Words of a verdict become findings of a check; rows whose word is not listed are dropped,
//! because a check returns only what is wrong:
//!
//! ```toml
//! [[steps]]
//! step   = "finding"
//! column = "verdict"
//! words  = { breach = "violation", watch = "unproven", too_few_runs = "unproven" }
//! ```
//!
//! Adds `finding`. Allowed findings: `violation`, `unproven`, `not_assessable`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::table::{Builder, Output};
use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame};

const FINDINGS: [&str; 3] = ["violation", "unproven", "not_assessable"];

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    column: String,
    words: BTreeMap<String, String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step   = "finding"
column = "verdict"
words  = { breach = "violation", watch = "unproven" }"#;

impl Finding {
    pub(super) fn check(&self) -> Result<()> {
        match self.words.values().find(|word| !FINDINGS.contains(&word.as_str())) {
            Some(word) => Err(Error::config(format!("`{word}` is not a finding"))
                .hint(format!("use one of {}", FINDINGS.join(", ")))),
            None => Ok(()),
        }
    }

    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let words = frame.text(&self.column)?;
        let found: Vec<(usize, String)> = words
            .iter()
            .enumerate()
            .filter_map(|(row, word)| {
                Some((row, self.words.get(word.as_deref().unwrap_or_default())?.clone()))
            })
            .collect();
        let rows: Vec<usize> = found.iter().map(|(row, _)| *row).collect();
        let mut out = Builder::on(frame.take(&rows), None);
        let findings = found.into_iter().map(|(_, finding)| Some(finding)).collect();
        out.add("finding", "violation, unproven or not_assessable", Column::Text(findings))?;
        Ok(out.done())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listed_words_become_findings_and_the_rest_is_dropped() {
        let text =
            |words: &[&str]| Column::Text(words.iter().map(|w| Some((*w).to_owned())).collect());
        let verdicts = text(&["meets", "breach", "watch"]);
        let frame = Frame::from_columns(vec![("verdict".into(), verdicts)]).unwrap();
        let step = Finding {
            column: "verdict".into(),
            words: BTreeMap::from([
                ("breach".into(), "violation".into()),
                ("watch".into(), "unproven".into()),
            ]),
        };
        let out = step.run(&frame).unwrap().frame;
        assert_eq!(out.get("finding").unwrap(), &text(&["violation", "unproven"]));
        assert_eq!(out.get("verdict").unwrap(), &text(&["breach", "watch"]));
    }
}
