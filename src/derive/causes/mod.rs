//! `failure_causes`: why a run was not ok, by rules over all its messages, codes and
//! circumstances. `unknown` is an answer; a status word is never evidence.

mod inputs;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::Derived;
use super::rows::{cell, frame_of, maybe_text, us};
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::derived::FAILURE_CAUSES;
use crate::model::time::DAY_US;
use inputs::{Message, Run, RunKey, Sample};
use rules::Rule;
pub use rules::Rules;

/// Rank of a code to which a code table gives a class.
const CODE_RANK: u32 = 10;
const UNKNOWN_RANK: u32 = 90;
/// A sample of a pool further away than this says nothing about the run.
const SAMPLE_REACH_US: i64 = DAY_US;
/// Longest text kept of a match, and of a masked message, in characters.
const TEXT_CHARS: usize = 200;

/// What root causes are found in. A frame without rows may lack its columns.
#[derive(Debug, Clone, Copy)]
pub struct Causes<'a> {
    /// `job_runs` resolved (`system_id`), leaves and rollups: `source_id run_id system_id
    /// target_id target_name anchor_at ended_at operation outcome outcome_reason vendor_code
    /// exit_code code_class is_transient message`. Runs that were ok are left out here.
    pub runs: &'a Frame,
    /// `job_attempts`: `source_id run_id attempt_no vendor_code code_class message`.
    pub attempts: &'a Frame,
    /// `job_messages`: `source_id run_id message_id seq severity code code_class text`.
    pub messages: &'a Frame,
    /// `storage_samples` with what is used and available made up from the rest: `source_id pool_id
    /// pool_name at size_bytes used_bytes available_bytes`. A pool belongs to a run when its id or
    /// name is the run's target id or name, a bare number only within one source.
    pub storage: &'a Frame,
    /// `credentials` resolved: `system_id expires_at`.
    pub credentials: &'a Frame,
    /// The rules in force.
    pub rules: &'a Rules,
}

/// Builds the table `failure_causes` (adapters.md, section 8; metrics.md, section 7): one row for
/// every run that ended failed, partial, warning, missed, interrupted, refused or canceled.
///
/// # Errors
/// When a column named above is missing or of another type.
pub fn failure_causes(input: &Causes<'_>) -> Result<Derived> {
    let lines = inputs::messages(input.messages, input.attempts)?;
    let finder = Finder {
        rules: input.rules,
        lines: &lines,
        pools: inputs::pools(input.storage)?,
        expiries: inputs::expiries(input.credentials)?,
    };
    let mut runs = inputs::runs(input.runs)?;
    runs.sort_by(|a, b| a.key.cmp(&b.key));
    let rows = runs.iter().map(|run| finder.row(run)).collect();
    Ok(Derived { frame: frame_of(&FAILURE_CAUSES, rows)?, findings: Vec::new() })
}

struct Finder<'a> {
    rules: &'a Rules,
    lines: &'a BTreeMap<RunKey, Vec<Message>>,
    pools: BTreeMap<String, Vec<Sample>>,
    expiries: BTreeMap<String, Vec<i64>>,
}

/// A cause that competes: the smallest (rank, severity) wins, then the first.
struct Cause<'a> {
    rank: u32,
    severity: u8,
    class: &'a str,
    rule_id: &'a str,
    evidence: &'a str,
    matched: Option<String>,
    message: Option<&'a Message>,
}

impl Finder<'_> {
    fn row(&self, run: &Run) -> Vec<Cell> {
        let own: Vec<Message> = own_lines(run);
        let listed = self.lines.get(&run.key).map(Vec::as_slice).unwrap_or_default();
        let messages: Vec<&Message> = listed.iter().chain(&own).collect();
        let mut causes: Vec<Cause<'_>> = Vec::new();
        for message in &messages {
            causes.extend(by_code(message));
            causes.extend(self.by_text(run, message));
        }
        causes.extend(self.rules.on_runs().iter().filter_map(|rule| self.by_run(run, rule)));
        let unknown = Cause {
            rank: UNKNOWN_RANK,
            severity: u8::MAX,
            class: "unknown",
            rule_id: "unknown",
            evidence: "context",
            matched: None,
            message: None,
        };
        // The first of equals stays: messages are in order, rules in file order.
        let cause = causes.into_iter().chain([unknown]).min_by_key(|c| (c.rank, c.severity));
        let Some(cause) = cause else { return Vec::new() };
        let told = cause.message.or_else(|| messages.iter().copied().min_by_key(|m| m.severity));
        let is_transient = run.is_transient.filter(|_| cause.evidence == "code");
        vec![
            cell(&run.key.0),
            cell(&run.key.1),
            Cell::Time(run.anchor_us),
            cell(cause.class),
            cell(cause.rule_id),
            cell(cause.evidence),
            maybe_text(cause.matched.as_deref()),
            maybe_text(cause.message.and_then(|m| m.message_id.as_deref())),
            Cell::Text(self.signature(run, cause.class, told)),
            is_transient.map_or(Cell::Null, Cell::Bool),
        ]
    }

    fn by_text<'m>(&'m self, run: &Run, message: &'m Message) -> Option<Cause<'m>> {
        let names_target = || run.targets.iter().any(|name| message.text.contains(name.as_str()));
        let matches = self.rules.matching(&message.text).into_iter();
        let holds = matches.filter(|(rule, _)| {
            (!rule.names_target || names_target()) && self.holds_on_run(run, rule)
        });
        let (rule, found) = holds.min_by_key(|(rule, _)| rule.rank)?;
        Some(Cause {
            rank: rule.rank,
            severity: message.severity,
            class: &rule.class,
            rule_id: &rule.id,
            evidence: &rule.evidence,
            matched: Some(found.chars().take(TEXT_CHARS).collect()),
            message: Some(message),
        })
    }

    fn by_run<'r>(&self, run: &Run, rule: &'r Rule) -> Option<Cause<'r>> {
        let matched = if !rule.exit_codes.is_empty() {
            run.exit_code.map(|code| format!("exit code {code}"))
        } else if !rule.reasons.is_empty() {
            Some(run.reason.clone())
        } else {
            None
        };
        self.holds_on_run(run, rule).then_some(Cause {
            rank: rule.rank,
            severity: u8::MAX,
            class: &rule.class,
            rule_id: &rule.id,
            evidence: &rule.evidence,
            matched,
            message: None,
        })
    }

    /// Everything that a rule asks of the run holds.
    fn holds_on_run(&self, run: &Run, rule: &Rule) -> bool {
        let is_code = |codes: &[i64]| run.exit_code.is_some_and(|code| codes.contains(&code));
        (rule.exit_codes.is_empty() || is_code(&rule.exit_codes))
            && (rule.reasons.is_empty() || rule.reasons.contains(&run.reason))
            && (rule.outcomes.is_empty() || rule.outcomes.contains(&run.outcome))
            && (rule.operations.is_empty() || rule.operations.contains(&run.operation))
            && rule.pool_full_share.is_none_or(|limit| self.is_pool_full(run, limit))
            && rule.credential_within_s.is_none_or(|near| self.is_expiry_near(run, us(near)))
    }

    /// The sample nearest to the end of the run, within a day of it, is at least that full.
    fn is_pool_full(&self, run: &Run, limit: f64) -> bool {
        let pool = |name: &String| self.pools.get(&inputs::place(&run.key.0, name));
        let samples = run.targets.iter().filter_map(pool).flatten();
        samples
            .map(|sample| ((sample.at_us - run.end_us).abs(), sample))
            .filter(|(distance, _)| *distance <= SAMPLE_REACH_US)
            .min_by_key(|(distance, sample)| (*distance, sample.at_us))
            .is_some_and(|(_, sample)| sample.full_share >= limit)
    }

    fn is_expiry_near(&self, run: &Run, near_us: i64) -> bool {
        let expiries = run.system_id.as_ref().and_then(|system| self.expiries.get(system));
        expiries.is_some_and(|list| list.iter().any(|at| (at - run.end_us).abs() <= near_us))
    }

    /// `class|code|text`: equal for two runs that failed the same way.
    fn signature(&self, run: &Run, class: &str, told: Option<&Message>) -> String {
        let code = told.and_then(|m| m.code.clone()).or_else(|| run.vendor_code.clone());
        let code = code.or_else(|| run.exit_code.map(|code| format!("exit {code}")));
        let text = told.map_or_else(|| run.reason.clone(), |m| self.rules.mask(&m.text));
        let text: String = text.chars().take(TEXT_CHARS).collect();
        format!("{class}|{}|{text}", code.unwrap_or_default())
    }
}

/// A code to which a code table gives a class.
fn by_code(message: &Message) -> Option<Cause<'_>> {
    let class = message.code_class.as_deref().filter(|class| *class != "unknown")?;
    Some(Cause {
        rank: CODE_RANK,
        severity: message.severity,
        class,
        rule_id: "code-table",
        evidence: "code",
        matched: message.code.clone(),
        message: Some(message),
    })
}

/// What stands on the run itself, as a last line: its code, and its message when it has one.
fn own_lines(run: &Run) -> Vec<Message> {
    let code = run.vendor_code.clone().or_else(|| run.exit_code.map(|code| code.to_string()));
    let is_said = run.message.as_ref().is_some_and(|text| !text.is_empty());
    let line = Message {
        message_id: None,
        severity: 4,
        seq: i64::MAX,
        code,
        code_class: run.code_class.clone(),
        text: run.message.clone().unwrap_or_default(),
    };
    if is_said || run.code_class.is_some() { vec![line] } else { Vec::new() }
}
