//! What must hold inside one row: words of closed lists, ranges of numbers and times, the order
//! of instants. The first violation quarantines the row; nothing is ever clamped.

use super::columns::Fault;
use super::mapping::Load;
use super::row::{Layout, Row};
use crate::model::frame::Cell;
use crate::model::time::{DAY_US, iso};

/// 1990-01-01T00:00:00Z.
const EARLIEST_US: i64 = 631_152_000_000_000;

/// Columns whose instants may lie in the future: plans, limits, validity.
const FUTURE: [&str; 22] = [
    "anchor_at",
    "approved_until",
    "assigned_at",
    "confirmed_at",
    "deadline_at",
    "due_at",
    "ends_at",
    "exception_until",
    "expires_at",
    "held_from",
    "held_until",
    "horizon_at",
    "immutable_until",
    "in_service_from",
    "in_service_to",
    "planned_end_at",
    "planned_start_at",
    "scheduled_at",
    "starts_at",
    "valid_from",
    "valid_to",
    "window_end_at",
];

/// Pairs (table or empty for all, not before, not after): the second never lies before the first.
const ORDER: [(&str, &str, &str); 9] = [
    ("", "started_at", "ended_at"),
    ("incidents", "detected_at", "acknowledged_at"),
    ("incidents", "detected_at", "resolved_at"),
    ("incidents", "detected_at", "closed_at"),
    ("incidents", "resolved_at", "closed_at"),
    ("changes", "planned_start_at", "planned_end_at"),
    ("changes", "actual_start_at", "actual_end_at"),
    ("deliveries", "sent_at", "delivered_at"),
    ("restore_points", "taken_at", "usable_at"),
];

/// Checks a finished row. `Ok(true)` = out of order, but within the skew.
///
/// # Errors
/// Column and fault of the first violation.
pub fn check(
    layout: &Layout,
    row: &Row,
    load: &Load,
    is_ambiguous: bool,
) -> Result<bool, (&'static str, Fault)> {
    for (at, spec) in layout.specs.iter().enumerate() {
        let fault = match row.cell(at) {
            Cell::Null if !spec.nullable => Some(fault("value-not-allowed", "")),
            Cell::Text(t) if !spec.words.is_empty() && !spec.words.contains(&t.as_str()) => {
                Some(fault("value-not-allowed", t))
            }
            Cell::Int(n) if *n < 0 && is_measure(spec.name) => {
                Some(fault("number-range", &n.to_string()))
            }
            Cell::Float(n) if !in_range(spec.name, *n) => {
                Some(fault("number-range", &n.to_string()))
            }
            Cell::Time(us) if !is_plausible(spec.name, *us, load.loaded_us) => {
                Some(fault("time-range", &iso(*us)))
            }
            Cell::Null
            | Cell::Text(_)
            | Cell::Int(_)
            | Cell::Float(_)
            | Cell::Bool(_)
            | Cell::Time(_)
            | Cell::List(_) => None,
        };
        if let Some(fault) = fault {
            return Err((spec.name, fault));
        }
    }
    order(layout, row, load, is_ambiguous)
}

fn order(
    layout: &Layout,
    row: &Row,
    load: &Load,
    is_ambiguous: bool,
) -> Result<bool, (&'static str, Fault)> {
    let mut is_skewed = false;
    for (table, before, after) in ORDER {
        if !table.is_empty() && table != layout.table.name {
            continue;
        }
        if let (Some(a), Some(b)) = (layout.int(row, before), layout.int(row, after))
            && b < a
            && !(is_ambiguous && table.is_empty())
        {
            if a - b > load.skew_us {
                return Err((after, fault("time-order", &iso(b))));
            }
            is_skewed = true;
        }
    }
    Ok(is_skewed)
}

fn fault(reason: &'static str, value: &str) -> Fault {
    Fault { reason, value: value.to_owned() }
}

/// Counts and measures cannot be negative.
fn is_measure(name: &str) -> bool {
    ["_bytes", "_count", "_days", "_us"].iter().any(|unit| name.ends_with(unit))
}

fn in_range(name: &str, value: f64) -> bool {
    if !value.is_finite() {
        return false;
    }
    if name.ends_with("_share") {
        return (0.0..=1.0).contains(&value);
    }
    let is_measure = name.ends_with("_s") || name.ends_with("_ratio") || name == "iops";
    !is_measure || value >= 0.0
}

fn is_plausible(name: &str, us: i64, loaded_us: i64) -> bool {
    us >= EARLIEST_US && (us <= loaded_us.saturating_add(DAY_US) || FUTURE.contains(&name))
}
