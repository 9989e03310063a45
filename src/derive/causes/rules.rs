//! The rules file: read, checked, compiled. It says everything that is known about messages;
//! the code knows only how rules compete.

use regex::{Regex, RegexSet};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::tables::words::{
    EVIDENCE, FAILURE_CLASSES, OPERATIONS, OUTCOME_REASONS, OUTCOMES,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Entry>,
    mask: Vec<MaskEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    class: String,
    evidence: String,
    rank: u32,
    pattern: Option<String>,
    #[serde(default)]
    names_target: bool,
    #[serde(default)]
    exit_codes: Vec<i64>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    outcomes: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    pool_full_share: Option<f64>,
    credential_within_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MaskEntry {
    pattern: String,
    with: String,
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    pub id: String,
    pub class: String,
    pub evidence: String,
    pub rank: u32,
    pub names_target: bool,
    pub exit_codes: Vec<i64>,
    pub reasons: Vec<String>,
    pub outcomes: Vec<String>,
    pub operations: Vec<String>,
    pub pool_full_share: Option<f64>,
    pub credential_within_s: Option<f64>,
    pattern: Option<Regex>,
}

/// The rules in force, compiled.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Rules with a pattern, and the set that tells which of them match a text.
    texts: Vec<Rule>,
    set: RegexSet,
    /// Rules on the run alone.
    runs: Vec<Rule>,
    masks: Vec<(Regex, String)>,
}

impl Rules {
    /// Reads a rules file. `name` is the file's name for messages.
    ///
    /// # Errors
    /// When it is not TOML, a key or word is unknown, an id occurs twice, a rule names nothing
    /// to hold, or an expression does not compile.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| {
            Error::config("the failure rules cannot be read").at(name).because(e.to_string().trim())
        })?;
        let mut ids: Vec<&str> = file.rule.iter().map(|rule| rule.id.as_str()).collect();
        ids.sort_unstable();
        if let Some([id, _]) = ids.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(wrong(name, id, "is there twice", "give every rule its own id"));
        }
        let rules: Vec<Rule> =
            file.rule.into_iter().map(|entry| rule(entry, name)).collect::<Result<_>>()?;
        let (texts, runs): (Vec<_>, Vec<_>) =
            rules.into_iter().partition(|rule| rule.pattern.is_some());
        let patterns = texts.iter().filter_map(|rule| rule.pattern.as_ref()).map(Regex::as_str);
        let set = RegexSet::new(patterns).map_err(|e| {
            Error::config("the failure rules are too large together").at(name).because(e)
        })?;
        let mut masks = Vec::new();
        for mask in file.mask {
            masks.push((compile(&mask.pattern, name, "mask")?, mask.with));
        }
        Ok(Rules { texts, set, runs, masks })
    }

    /// Rules whose pattern matches a text, with the matched part, in file order.
    pub fn matching<'r, 't>(&'r self, text: &'t str) -> Vec<(&'r Rule, &'t str)> {
        let matches = self.set.matches(text).into_iter().filter_map(|at| self.texts.get(at));
        matches
            .filter_map(|rule| {
                let found = rule.pattern.as_ref()?.find(text)?;
                Some((rule, found.as_str()))
            })
            .collect()
    }

    /// Rules on the run alone, in file order.
    pub fn on_runs(&self) -> &[Rule] {
        &self.runs
    }

    /// A text with everything masked that varies between two occurrences of one message.
    pub fn mask(&self, text: &str) -> String {
        let masked = self.masks.iter().fold(text.to_owned(), |text, (pattern, with)| {
            pattern.replace_all(&text, with.as_str()).into_owned()
        });
        masked.trim().to_owned()
    }
}

fn wrong(name: &str, id: &str, why: &str, hint: &str) -> Error {
    Error::config(format!("failure rule `{id}` {why}")).at(name).hint(hint)
}

fn compile(pattern: &str, name: &str, id: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|e| {
        wrong(name, id, "has an expression that does not compile", "see https://docs.rs/regex")
            .because(e)
    })
}

fn rule(entry: Entry, name: &str) -> Result<Rule> {
    let known = |word: &str, words: &[&str]| match words.contains(&word) {
        true => Ok(()),
        false => Err(wrong(
            name,
            &entry.id,
            &format!("uses the unknown word `{word}`"),
            &format!("one of {}", words.join(", ")),
        )),
    };
    known(&entry.class, FAILURE_CLASSES)?;
    known(&entry.evidence, EVIDENCE)?;
    entry.reasons.iter().try_for_each(|word| known(word, OUTCOME_REASONS))?;
    entry.outcomes.iter().try_for_each(|word| known(word, OUTCOMES))?;
    entry.operations.iter().try_for_each(|word| known(word, OPERATIONS))?;
    let is_empty = entry.exit_codes.is_empty()
        && entry.reasons.is_empty()
        && entry.outcomes.is_empty()
        && entry.pool_full_share.is_none()
        && entry.credential_within_s.is_none();
    if entry.pattern.is_none() && (is_empty || entry.names_target) {
        let hint = "add a pattern, exit_codes, reasons, outcomes or a circumstance";
        return Err(wrong(name, &entry.id, "names nothing that could hold", hint));
    }
    let pattern = entry.pattern.map(|text| compile(&text, name, &entry.id)).transpose()?;
    Ok(Rule {
        id: entry.id,
        class: entry.class,
        evidence: entry.evidence,
        rank: entry.rank,
        names_target: entry.names_target,
        exit_codes: entry.exit_codes,
        reasons: entry.reasons,
        outcomes: entry.outcomes,
        operations: entry.operations,
        pool_full_share: entry.pool_full_share,
        credential_within_s: entry.credential_within_s,
        pattern,
    })
}
