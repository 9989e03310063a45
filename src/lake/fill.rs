//! Rows of one key that own different columns (mode fill), and rows that enrich others: cells
//! are combined, rows are not replaced. Pure; works on frames of the rows concerned only.

use std::cmp::Ordering;

use crate::model::frame::Cell;
use crate::model::table::{LINEAGE, Table};

/// One row, in the order of the table's columns.
pub type Row = Vec<Cell>;

/// How two rows are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Non-null fills null, of two values the greater stays; lineage is that of the greater
    /// (`last_seen_at`, sequence, `adapter_version`, `row_hash`).
    Fill,
    /// Non-null fills null of the existing row, which otherwise stays as it is.
    Enrich,
}

/// What combining did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// A value column changed.
    pub is_filled: bool,
    /// Any column changed, lineage included.
    pub is_changed: bool,
    /// Cells that held two different values.
    pub conflicts: i64,
}

/// Combines an incoming row into a row.
pub fn combine(table: &Table, mode: Mode, row: &mut Row, incoming: &Row) -> Effect {
    let names: Vec<&str> = table.all_columns().map(|c| c.name).collect();
    let takes_lineage = mode == Mode::Fill && outranks(&names, incoming, row);
    let mut effect = Effect::default();
    for ((name, cell), new) in names.iter().zip(row.iter_mut()).zip(incoming) {
        let merged = match *name {
            "first_seen_at" if mode == Mode::Fill => least(cell, new),
            name if is_lineage(name) => {
                if takes_lineage {
                    new.clone()
                } else {
                    cell.clone()
                }
            }
            _ if *new == Cell::Null => cell.clone(),
            _ if *cell == Cell::Null => new.clone(),
            _ => {
                effect.conflicts += i64::from(cell != new);
                if mode == Mode::Fill && compare(new, cell) == Ordering::Greater {
                    new.clone()
                } else {
                    cell.clone()
                }
            }
        };
        if merged != *cell {
            effect.is_changed = true;
            effect.is_filled |= !is_lineage(name);
            *cell = merged;
        }
    }
    effect
}

fn is_lineage(name: &str) -> bool {
    LINEAGE.iter().any(|c| c.name == name)
}

/// True when a row's (`last_seen_at`, sequence, `adapter_version`, `row_hash`) is the greater.
fn outranks(names: &[&str], row: &Row, other: &Row) -> bool {
    let cell = |row: &Row, name: &str| {
        let at = names.iter().position(|n| *n == name);
        at.and_then(|at| row.get(at)).cloned().unwrap_or(Cell::Null)
    };
    ["last_seen_at", "sequence", "adapter_version", "row_hash"]
        .iter()
        .map(|name| compare(&cell(row, name), &cell(other, name)))
        .find(|order| *order != Ordering::Equal)
        == Some(Ordering::Greater)
}

fn least(a: &Cell, b: &Cell) -> Cell {
    if compare(b, a) == Ordering::Less && *b != Cell::Null { b.clone() } else { a.clone() }
}

/// Null is least; within a type by value; across types never happens in one column.
fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Text(x), Cell::Text(y)) => x.cmp(y),
        (Cell::Int(x), Cell::Int(y)) | (Cell::Time(x), Cell::Time(y)) => x.cmp(y),
        (Cell::Float(x), Cell::Float(y)) => x.total_cmp(y),
        (Cell::Bool(x), Cell::Bool(y)) => x.cmp(y),
        (Cell::List(x), Cell::List(y)) => x.cmp(y),
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, _) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::Type;
    use crate::model::table::{Merge, Origin, may, must};

    static TABLE: Table = Table {
        name: "samples",
        says: "",
        origin: Origin::Vendor,
        key: &["pool_id", "at"],
        time: Some("at"),
        merge: Merge::Fill,
        columns: &[
            must("pool_id", Type::Text, ""),
            must("at", Type::Time, ""),
            may("size_bytes", Type::Int, ""),
            may("used_bytes", Type::Int, ""),
        ],
    };

    fn row(size: Option<i64>, used: Option<i64>, seen: i64, hash: &str) -> Row {
        let cell = |v: Option<i64>| v.map_or(Cell::Null, Cell::Int);
        let mut row = vec![Cell::Text("p".into()), Cell::Time(0), cell(size), cell(used)];
        row.extend(LINEAGE.iter().map(|c| match c.name {
            "last_seen_at" | "first_seen_at" => Cell::Time(seen),
            "row_hash" => Cell::Text(hash.into()),
            "sequence" | "adapter_version" => Cell::Int(1),
            _ => Cell::Null,
        }));
        row
    }

    #[test]
    fn two_series_of_one_sample_fill_each_other_in_either_order() {
        let (size, used) = (row(Some(9), None, 5, "s"), row(None, Some(4), 6, "u"));
        let (mut a, mut b) = (size.clone(), used.clone());
        let effect = combine(&TABLE, Mode::Fill, &mut a, &used);
        assert_eq!(effect, Effect { is_filled: true, is_changed: true, conflicts: 0 });
        combine(&TABLE, Mode::Fill, &mut b, &size);
        assert_eq!(a, b);
        assert_eq!(a[2..4], [Cell::Int(9), Cell::Int(4)]);
        assert_eq!(combine(&TABLE, Mode::Fill, &mut a, &used), Effect::default());
    }

    #[test]
    fn of_two_values_the_greater_stays_and_is_counted() {
        let mut live = row(Some(9), None, 9, "a");
        let effect = combine(&TABLE, Mode::Fill, &mut live, &row(Some(8), None, 1, "b"));
        assert_eq!((effect.is_filled, effect.conflicts), (false, 1));
        let effect = combine(&TABLE, Mode::Fill, &mut live, &row(Some(10), None, 1, "b"));
        assert_eq!((effect.is_filled, effect.conflicts), (true, 1));
        assert_eq!(live[2], Cell::Int(10));
    }

    #[test]
    fn enriching_fills_nulls_and_never_replaces_nor_touches_lineage() {
        let mut live = row(Some(9), None, 5, "a");
        let effect = combine(&TABLE, Mode::Enrich, &mut live, &row(Some(10), Some(3), 7, "e"));
        assert_eq!(effect, Effect { is_filled: true, is_changed: true, conflicts: 1 });
        assert_eq!(live, row(Some(9), Some(3), 5, "a"));
    }
}
