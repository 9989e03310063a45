//! Expected runs of one system and operation against its runs: one to one.

use std::collections::BTreeMap;

use super::expand::Instant;
use super::inputs::Run;
use crate::derive::chains;

/// What became of one expected run.
#[derive(Debug)]
pub struct Verdict<'a> {
    /// A word of `expected_runs.outcome`, before exclusions.
    pub outcome: &'static str,
    /// The attempt that decided; none when nothing matched.
    pub run: Option<&'a Run>,
}

/// Judges all expected runs of a pool. The result does not depend on the order of either list.
pub fn judge<'i, 'p, 'r>(
    wanted: &[&'i Instant<'p>],
    runs: &[&'r Run],
    as_of_us: i64,
) -> Vec<(&'i Instant<'p>, Verdict<'r>)> {
    let mut wanted = wanted.to_vec();
    wanted.sort_by_key(|one| (one.due.at_us, strictness(one.policy.level.as_deref()), one.id()));
    let mut chains = chains_of(&wanted, runs);
    let mut matched: Vec<Option<Vec<&Run>>> = Vec::with_capacity(wanted.len());
    for one in &wanted {
        let (from, to) = (one.due.at_us - one.policy.early_us, one.deadline_us);
        matched.push(take(&mut chains, one, from, to, |_| true));
    }
    for (one, slot) in wanted.iter().zip(&mut matched) {
        if slot.is_none() {
            let is_scheduled = |run: &Run| run.trigger.as_deref() == Some("scheduled");
            let (from, to) = (one.deadline_us, one.next_due_us - 1);
            *slot = take(&mut chains, one, from, to, is_scheduled);
        }
    }
    let verdict = |one: &Instant<'_>, chain: Option<Vec<&'r Run>>| match chain {
        Some(chain) => best(one, &chain, as_of_us),
        None if one.deadline_us < as_of_us => Verdict { outcome: "missed", run: None },
        None => Verdict { outcome: "pending", run: None },
    };
    wanted.into_iter().zip(matched).map(|(one, chain)| (one, verdict(one, chain))).collect()
}

/// Full before synthetic full before differential before the rest: the harder to satisfy, the
/// earlier it chooses.
fn strictness(level: Option<&str>) -> u8 {
    match level {
        Some("full") => 0,
        Some("synthetic_full") => 1,
        Some("differential") => 2,
        Some(_) => 3,
        None => 4,
    }
}

/// A chain by the order in which it is looked for: start of its first row, then coverage (a
/// list of attempts before a list of survivors), source and run id.
type Order<'r> = (i64, bool, &'r str, &'r str);
type Chains<'r> = BTreeMap<Order<'r>, Vec<&'r Run>>;

/// Runs with their retries. A chain ends where another run is due that its first row was too
/// early for.
fn chains_of<'r>(wanted: &[&Instant<'_>], runs: &[&'r Run]) -> Chains<'r> {
    let dues: Vec<(i64, i64)> =
        wanted.iter().map(|one| (one.due.at_us, one.due.at_us - one.policy.early_us)).collect();
    let is_cut = |first: i64, retry: i64| {
        let after_first = dues.partition_point(|(due, _)| *due <= first);
        let later = dues.iter().skip(after_first).take_while(|(due, _)| *due <= retry);
        later.into_iter().any(|(_, opens)| *opens > first)
    };
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(order);
    let links: Vec<chains::Link> = sorted.iter().map(|run| run.link.clone()).collect();
    let heads = chains::heads(&links, is_cut);
    let mut chains = Chains::new();
    for (run, head) in sorted.iter().zip(heads) {
        if let Some(first) = sorted.get(head) {
            chains.entry(order(first)).or_default().push(run);
        }
    }
    chains
}

fn order<'r>(run: &&'r Run) -> Order<'r> {
    (run.start_us, run.coverage != "attempts", run.source_id.as_str(), run.run_id.as_str())
}

/// Takes the chain out that fits and whose first row begins in `[from, to]` nearest to the due
/// instant.
fn take<'r>(
    chains: &mut Chains<'r>,
    one: &Instant<'_>,
    from: i64,
    to: i64,
    fits: impl Fn(&Run) -> bool,
) -> Option<Vec<&'r Run>> {
    if from > to {
        return None;
    }
    let low: Order<'_> = (from, false, "", "");
    let high: Order<'_> = (to.saturating_add(1), false, "", "");
    let nearest = chains
        .range(low..high)
        .filter(|(_, chain)| chain.first().is_some_and(|run| fits(run) && satisfies(run, one)))
        .map(|(order, _)| *order)
        .min_by_key(|order| ((order.0 - one.due.at_us).abs(), order.1, *order))?;
    chains.remove(&nearest)
}

/// Job and level of the run are what the policy asks for.
fn satisfies(run: &Run, one: &Instant<'_>) -> bool {
    let is_job =
        one.policy.job_id.as_ref().is_none_or(|job| {
            run.job_id.as_ref() == Some(job) || run.job_name.as_ref() == Some(job)
        });
    let is_level = match (one.policy.level.as_deref(), run.level.as_deref()) {
        (None, _) | (_, None) => true,
        (Some(asked), Some(done)) if asked == done => true,
        (Some("incremental"), Some(done)) => {
            matches!(done, "differential" | "full" | "synthetic_full")
        }
        (Some("full"), Some(done)) => done == "synthetic_full",
        (Some("differential" | "synthetic_full" | "other"), Some(done)) => {
            matches!(done, "full" | "synthetic_full")
        }
        _ => false,
    };
    is_job && is_level
}

/// The best attempt of a chain: usable in time, else usable late, else still running.
fn best<'r>(one: &Instant<'_>, chain: &[&'r Run], as_of_us: i64) -> Verdict<'r> {
    let word = |run: &Run| match is_ok(run, &one.policy.warning_policy) {
        true if run.usable_us > as_of_us => (2, "pending"),
        true if run.usable_us <= one.deadline_us => (0, "fulfilled"),
        true => (1, "late"),
        false if run.outcome == "running" => (2, "pending"),
        // A retry may still succeed in time.
        false if one.deadline_us >= as_of_us => (3, "pending"),
        false => (4, "failed"),
    };
    let decided = chain.iter().copied().min_by_key(|run| (word(run).0, run.start_us, order(run)));
    Verdict { outcome: decided.map_or("missed", |run| word(run).1), run: decided }
}

/// Whether a run counts as good under a warning policy (metrics.md, section 3.2).
fn is_ok(run: &Run, warning_policy: &str) -> bool {
    match run.outcome.as_str() {
        "success" => true,
        "warning" | "partial" => match warning_policy {
            "lenient" => true,
            "strict" => false,
            _ => run.vendor_success == Some(true),
        },
        _ => false,
    }
}
