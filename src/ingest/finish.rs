//! What the engine adds to every row: words that adapter and source say, derived instants, safe
//! defaults of required words, references and `attrs`. No measure ever gets a default.

use super::mapping::{Draft, Load};
use super::plan::Plan;
use super::row::{Layout, Row};
use super::runs;
use crate::model::frame::{Cell, Type};

/// Required words whose absence has one meaning: (table, column, word).
const DEFAULTS: [(&str, &str, &str); 4] = [
    ("job_messages", "component", "other"),
    ("restore_tests", "kind", "real"),
    ("restore_tests", "validated", "none"),
    ("alerts", "label", "unlabelled"),
];

/// First known instant of these is the time column: (table, column, candidates).
const ANCHORS: [(&str, &[&str]); 4] = [
    ("job_attempts", &["started_at", "ended_at"]),
    ("job_messages", &["at"]),
    ("restore_tests", &["requested_at", "started_at", "ended_at"]),
    ("changes", &["actual_start_at", "planned_start_at", "created_at"]),
];

/// Completes a row.
pub fn finish(plan: &Plan, load: &Load, draft: &mut Draft) {
    let layout = &plan.layout;
    let table = layout.table.name;
    let environment = load.environment.clone().map_or(Cell::Null, Cell::Text);
    layout.fill(&mut draft.row, "environment", environment);
    reference(plan, &mut draft.row);
    match table {
        "job_runs" => runs::finish(layout, &plan.constants, load, draft),
        "restore_tests" => restore_test(layout, draft),
        "restore_points" => restore_point(layout, draft),
        // A future end of an alert is a time-out of the notifier, not a resolution.
        "alerts" if layout.int(&draft.row, "resolved_at") > Some(load.captured_us) => {
            layout.set(&mut draft.row, "resolved_at", Cell::Null);
        }
        _ => {}
    }
    if let Some((_, candidates)) = ANCHORS.iter().find(|(name, _)| *name == table) {
        anchor(layout, &mut draft.row, candidates, load);
    }
    message_id(layout, draft);
    defaults(layout, &mut draft.row);
    layout.set(&mut draft.row, "sequence", Cell::Int(draft.sequence.unwrap_or(1)));
    attrs(layout, draft);
}

/// The time column: first known of the candidates, else when it was first seen.
pub fn anchor(layout: &Layout, row: &mut Row, candidates: &[&str], load: &Load) {
    let found = candidates.iter().find_map(|name| layout.int(row, name));
    layout.fill(row, "anchor_at", Cell::Time(found.unwrap_or(load.captured_us)));
}

/// `system_ref`, when the adapter says nothing else: the host, else the object, normalised.
fn reference(plan: &Plan, row: &mut Row) {
    let layout = &plan.layout;
    let name = ["host_name", "object_name", "ci"].iter().find_map(|c| layout.text(row, c));
    let name = name.map(|n| super::columns::words::normalise(n, &plan.names));
    layout.fill(row, "system_ref", name.map_or(Cell::Null, Cell::Text));
}

/// Inside a clock fold a naive end may seem to lie before the start: then it is not known.
fn restore_point(layout: &Layout, draft: &mut Draft) {
    let row = &mut draft.row;
    let ends = (layout.int(row, "taken_at"), layout.int(row, "usable_at"));
    if let (true, (Some(taken), Some(usable))) = (draft.notes.is_ambiguous, ends)
        && usable < taken
    {
        layout.set(row, "usable_at", Cell::Null);
    }
}

/// A restore is success or failed, never partial; its recovery time is measured to the best
/// known end.
fn restore_test(layout: &Layout, draft: &mut Draft) {
    let row = &mut draft.row;
    if matches!(layout.text(row, "outcome"), Some("partial")) {
        layout.set_text(row, "outcome", "failed");
    }
    let is_empty = layout.int(row, "restored_files_count") == Some(0)
        || layout.int(row, "restored_bytes") == Some(0);
    if matches!(layout.text(row, "outcome"), Some("success" | "warning")) && is_empty {
        layout.set_text(row, "outcome", "failed");
        layout.set_text(row, "outcome_reason", "empty_success");
    }
    layout.fill(row, "outcome", Cell::Text("unmapped".to_owned()));
    if layout.text(row, "outcome") == Some("unmapped") {
        layout.fill(row, "outcome_reason", Cell::Text("unmapped_word".to_owned()));
    }
    layout.fill(row, "outcome_reason", Cell::Text("vendor_status".to_owned()));
    let first =
        |names: [&'static str; 3]| names.into_iter().find_map(|n| Some((n, layout.int(row, n)?)));
    let ready = first(["usable_at", "owner_validated_at", "ended_at"]);
    let asked = first(["requested_at", "started_at", "started_at"]);
    let is_running = layout.text(row, "outcome") == Some("running");
    if let (Some((end_name, end)), Some((start_name, start)), false) = (ready, asked, is_running)
        && end >= start
        && layout.lacks(row, "rto_actual_s")
    {
        #[expect(clippy::cast_precision_loss, reason = "below 2^53 microseconds: 285 years")]
        let seconds = (end - start) as f64 / 1e6;
        layout.set(row, "rto_actual_s", Cell::Float(seconds));
        draft.attrs.insert("rto_basis".to_owned(), format!("{end_name} - {start_name}"));
    }
}

/// `run_id#seq` where the vendor numbers no messages.
fn message_id(layout: &Layout, draft: &mut Draft) {
    let row = &mut draft.row;
    let number = layout.get(row, "input_row").clone();
    layout.fill(row, "seq", number);
    if !layout.lacks(row, "message_id") {
        return;
    }
    if let (Some(run), Some(seq)) = (layout.text(row, "run_id"), layout.int(row, "seq")) {
        let id = format!("{run}#{seq}");
        layout.set_text(row, "message_id", &id);
    }
}

fn defaults(layout: &Layout, row: &mut Row) {
    let table = layout.table.name;
    for (_, column, word) in DEFAULTS.iter().filter(|(name, ..)| *name == table) {
        layout.fill(row, column, Cell::Text((*word).to_owned()));
    }
    for (at, spec) in layout.specs.iter().enumerate() {
        if spec.nullable || *row.cell(at) != Cell::Null {
            continue;
        }
        match spec.kind {
            Type::Text if spec.words.contains(&"unknown") => {
                row.set(at, Cell::Text("unknown".to_owned()));
            }
            Type::Text
                if spec.words.contains(&"unmapped") && !layout.table.key.contains(&spec.name) =>
            {
                row.set(at, Cell::Text("unmapped".to_owned()));
            }
            Type::Bool => row.set(at, Cell::Bool(false)),
            Type::List => row.set(at, Cell::List(Vec::new())),
            Type::Text | Type::Int | Type::Float | Type::Time => {}
        }
    }
}

/// `attrs` with sorted keys, together with an object that the export itself brought.
fn attrs(layout: &Layout, draft: &mut Draft) {
    if let Some(text) = layout.text(&draft.row, "attrs") {
        let own: Option<std::collections::BTreeMap<String, serde_json::Value>> =
            serde_json::from_str(text).ok();
        for (name, value) in own.into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            draft.attrs.entry(name).or_insert(text);
        }
    }
    if draft.attrs.is_empty() {
        return;
    }
    if let Ok(text) = serde_json::to_string(&draft.attrs) {
        layout.set_text(&mut draft.row, "attrs", &text);
    }
}
