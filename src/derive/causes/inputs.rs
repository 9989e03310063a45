//! The rows that root causes are found in, out of their frames.

use std::collections::BTreeMap;

use crate::derive::rows::{owned, pick, text};
use crate::error::Result;
use crate::model::frame::Frame;

/// Outcomes that have a cause.
const NOT_OK: [&str; 7] =
    ["failed", "partial", "warning", "missed", "interrupted", "refused", "canceled"];

/// (source, run).
pub type RunKey = (String, String);

/// One run that was not ok.
#[derive(Debug)]
pub struct Run {
    pub key: RunKey,
    pub system_id: Option<String>,
    /// Id and name of the target.
    pub targets: Vec<String>,
    pub anchor_us: i64,
    /// End, else anchor.
    pub end_us: i64,
    pub operation: String,
    pub outcome: String,
    pub reason: String,
    pub vendor_code: Option<String>,
    pub exit_code: Option<i64>,
    pub code_class: Option<String>,
    pub is_transient: Option<bool>,
    pub message: Option<String>,
}

/// One line of a run.
#[derive(Debug)]
pub struct Message {
    /// None for the text that stands on the run or the attempt itself.
    pub message_id: Option<String>,
    /// 0 = most severe.
    pub severity: u8,
    pub seq: i64,
    pub code: Option<String>,
    pub code_class: Option<String>,
    pub text: String,
}

/// One sample of a pool.
#[derive(Debug)]
pub struct Sample {
    pub at_us: i64,
    /// used / (used + available), else used / size; 0 to 1.
    pub full_share: f64,
}

/// # Errors
/// When a column of the contract is missing.
pub fn runs(frame: &Frame) -> Result<Vec<Run>> {
    if frame.height() == 0 {
        return Ok(Vec::new());
    }
    let (source_id, run_id) = (frame.text("source_id")?, frame.text("run_id")?);
    let (system_id, target_id) = (frame.text("system_id")?, frame.text("target_id")?);
    let (target_name, anchor_at) = (frame.text("target_name")?, frame.time("anchor_at")?);
    let (ended_at, outcome) = (frame.time("ended_at")?, frame.text("outcome")?);
    let operation = frame.text("operation")?;
    let (reason, vendor_code) = (frame.text("outcome_reason")?, frame.text("vendor_code")?);
    let (exit_code, code_class) = (frame.int("exit_code")?, frame.text("code_class")?);
    let (is_transient, message) = (frame.bool("is_transient")?, frame.text("message")?);
    let is_not_ok = |row: &usize| text(outcome, *row).is_some_and(|word| NOT_OK.contains(&word));
    let row = |row| {
        let anchor_us = pick(anchor_at, row).copied().unwrap_or_default();
        Run {
            key: (owned(source_id, row), owned(run_id, row)),
            system_id: pick(system_id, row).cloned(),
            targets: [target_id, target_name]
                .iter()
                .filter_map(|column| pick(column, row).filter(|name| !name.is_empty()).cloned())
                .collect(),
            anchor_us,
            end_us: pick(ended_at, row).copied().unwrap_or(anchor_us),
            operation: owned(operation, row),
            outcome: owned(outcome, row),
            reason: owned(reason, row),
            vendor_code: pick(vendor_code, row).cloned(),
            exit_code: pick(exit_code, row).copied(),
            code_class: pick(code_class, row).cloned(),
            is_transient: pick(is_transient, row).copied(),
            message: pick(message, row).cloned(),
        }
    };
    Ok((0..frame.height()).filter(is_not_ok).map(row).collect())
}

/// Lines by run; lines without a run are no evidence.
///
/// # Errors
/// When a column of the contract is missing.
pub fn messages(messages: &Frame, attempts: &Frame) -> Result<BTreeMap<RunKey, Vec<Message>>> {
    let mut lines: BTreeMap<RunKey, Vec<Message>> = BTreeMap::new();
    if messages.height() > 0 {
        let (source_id, run_id) = (messages.text("source_id")?, messages.text("run_id")?);
        let (message_id, seq) = (messages.text("message_id")?, messages.int("seq")?);
        let (severity, code) = (messages.text("severity")?, messages.text("code")?);
        let (line, class) = (messages.text("text")?, messages.text("code_class")?);
        for row in 0..messages.height() {
            let Some(run) = pick(run_id, row).cloned() else { continue };
            let word = text(severity, row).unwrap_or("unknown");
            if word == "debug" {
                continue;
            }
            lines.entry((owned(source_id, row), run)).or_default().push(Message {
                message_id: pick(message_id, row).cloned(),
                severity: rank(word),
                seq: pick(seq, row).copied().unwrap_or(i64::MAX),
                code: pick(code, row).cloned(),
                code_class: pick(class, row).cloned(),
                text: owned(line, row),
            });
        }
    }
    if attempts.height() > 0 {
        let (source_id, run_id) = (attempts.text("source_id")?, attempts.text("run_id")?);
        let (attempt_no, code) = (attempts.int("attempt_no")?, attempts.text("vendor_code")?);
        let (line, class) = (attempts.text("message")?, attempts.text("code_class")?);
        for row in 0..attempts.height() {
            lines.entry((owned(source_id, row), owned(run_id, row))).or_default().push(Message {
                message_id: None,
                severity: rank("unknown"),
                seq: pick(attempt_no, row).copied().unwrap_or(i64::MAX),
                code: pick(code, row).cloned(),
                code_class: pick(class, row).cloned(),
                text: owned(line, row),
            });
        }
    }
    for list in lines.values_mut() {
        list.sort_by(|a, b| (a.seq, &a.message_id, &a.text).cmp(&(b.seq, &b.message_id, &b.text)));
    }
    Ok(lines)
}

fn rank(severity: &str) -> u8 {
    match severity {
        "fatal" => 0,
        "error" => 1,
        "warning" => 2,
        "info" => 3,
        _ => 4,
    }
}

/// What a pool is called in runs and samples. A bare number says nothing outside its source.
pub fn place(source: &str, name: &str) -> String {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("{source}\n{name}") } else { name.to_owned() }
}

/// Samples of pools by the [`place`] of their id and of their name, in order of time.
///
/// # Errors
/// When a column of the contract is missing.
pub fn pools(frame: &Frame) -> Result<BTreeMap<String, Vec<Sample>>> {
    let mut pools: BTreeMap<String, Vec<Sample>> = BTreeMap::new();
    if frame.height() == 0 {
        return Ok(pools);
    }
    let (source_id, pool_id) = (frame.text("source_id")?, frame.text("pool_id")?);
    let pool_name = frame.text("pool_name")?;
    let (at, size) = (frame.time("at")?, frame.int("size_bytes")?);
    let (used, available) = (frame.int("used_bytes")?, frame.int("available_bytes")?);
    for row in 0..frame.height() {
        let (Some(at_us), Some(used)) = (pick(at, row).copied(), pick(used, row).copied()) else {
            continue;
        };
        let whole = match pick(available, row) {
            Some(available) => Some(used.saturating_add(*available)),
            None => pick(size, row).copied(),
        };
        let Some(whole) = whole.filter(|whole| *whole > 0) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "a share, compared with a limit")]
        let full_share = used as f64 / whole as f64;
        let mut names: Vec<&String> =
            [pick(pool_id, row), pick(pool_name, row)].into_iter().flatten().collect();
        names.dedup();
        for name in names {
            let name = place(text(source_id, row).unwrap_or(""), name);
            pools.entry(name).or_default().push(Sample { at_us, full_share });
        }
    }
    for samples in pools.values_mut() {
        samples.sort_by(|a, b| a.at_us.cmp(&b.at_us).then(b.full_share.total_cmp(&a.full_share)));
    }
    Ok(pools)
}

/// Instants at which credentials of a system expire, by system, sorted.
///
/// # Errors
/// When a column of the contract is missing.
pub fn expiries(frame: &Frame) -> Result<BTreeMap<String, Vec<i64>>> {
    let mut expiries: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    if frame.height() == 0 {
        return Ok(expiries);
    }
    let (system_id, expires_at) = (frame.text("system_id")?, frame.time("expires_at")?);
    for row in 0..frame.height() {
        if let (Some(system), Some(at)) = (pick(system_id, row), pick(expires_at, row)) {
            expiries.entry(system.clone()).or_default().push(*at);
        }
    }
    expiries.values_mut().for_each(|list| list.sort_unstable());
    Ok(expiries)
}
