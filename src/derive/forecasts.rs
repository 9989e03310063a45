//! `forecasts`: what was said about every pool on a day. A day's word stays as it was first said:
//! what came can be held against it, whatever is loaded or computed later.

use std::collections::{BTreeMap, BTreeSet};

use super::Derived;
use super::rows::{frame_of, nearest, text};
use crate::error::Result;
use crate::model::frame::{Cell, Frame};
use crate::model::tables::derived::FORECASTS;
use crate::model::time::DAY_US;

/// Least distance of the stored points of a path: days are kept weekly, weeks and months all.
const KEPT_EVERY_US: i64 = 7 * DAY_US;

/// What forecasts are made of.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// All rows of `forecasts` so far.
    pub stored: &'a Frame,
    /// One row per pool and day ahead, in order of time: `source_id pool_id pool at p50 p10 p90
    /// p025 p975`.
    pub path: &'a Frame,
    /// One row per pool: `source_id pool_id last_value limit_value full_p10_at full_p50_at full_p90_at weights
    /// refusal`.
    pub summary: &'a Frame,
    /// The day on which it is said, microseconds UTC.
    pub as_of_us: i64,
}

/// The stored rows, and those of pools about which nothing was said on this day.
///
/// # Errors
/// When a frame lacks a column.
pub fn forecasts(said: &Said) -> Result<Derived> {
    let mut rows = Vec::new();
    let mut known = BTreeSet::new();
    for (row, made) in said.stored.time("made_at")?.iter().enumerate() {
        let Some([source, id]) = owner(said, row) else { continue };
        if made.is_some_and(|at| day(at) == day(said.as_of_us)) {
            known.insert([source.clone(), id.clone()]);
        }
        let cell = |name| match name {
            "source_id" => Cell::Text(source.clone()),
            "pool_id" => Cell::Text(id.clone()),
            other => said.stored.cell(other, row),
        };
        rows.push(FORECASTS.all_columns().map(|c| cell(c.name)).collect());
    }
    let summary = pools(said.summary)?;
    let (path, targets) = (pools(said.path)?, said.path.time("at")?);
    let mut kept = BTreeMap::new();
    for (row, (pool, target)) in path.iter().zip(targets).enumerate() {
        let Some(target) = target else { continue };
        let next = kept.entry(*pool).or_insert_with(|| day(said.as_of_us) * DAY_US);
        if known.contains(&[pool.0, pool.1].map(str::to_owned)) || *target < *next + KEPT_EVERY_US {
            continue;
        }
        *next = *target;
        let of_pool = summary.iter().position(|p| p == pool);
        let whole = |name| of_pool.map_or(Cell::Null, |row| said.summary.cell(name, row));
        let ahead = |name| nearest(&said.path.cell(name, row));
        rows.push(vec![
            Cell::Time(said.as_of_us),
            said.path.cell("source_id", row),
            said.path.cell("pool_id", row),
            Cell::Time(*target),
            said.path.cell("pool", row),
            ahead("p50"),
            ahead("p10"),
            ahead("p90"),
            ahead("p025"),
            ahead("p975"),
            nearest(&whole("last_value")),
            nearest(&whole("limit_value")),
            whole("full_p10_at"),
            whole("full_p50_at"),
            whole("full_p90_at"),
            whole("weights"),
            whole("refusal"),
        ]);
    }
    rows.sort_by_key(|row: &Vec<Cell>| {
        let key = |at: usize| row.get(at).cloned().unwrap_or(Cell::Null);
        (as_us(&key(0)), format!("{:?} {:?}", key(1), key(2)), as_us(&key(3)))
    });
    Ok(Derived { frame: frame_of(&FORECASTS, rows)?, findings: Vec::new() })
}

/// Source and id of the pool of a stored row. Rows of builds that knew pools by name only belong to
/// the pool of that name; where there is none now, to nobody.
fn owner(said: &Said, row: usize) -> Option<[String; 2]> {
    let ids = |frame: &Frame, row| match ["source_id", "pool_id"].map(|name| frame.cell(name, row))
    {
        [Cell::Text(source), Cell::Text(id)] => Some([source, id]),
        _ => None,
    };
    ids(said.stored, row).or_else(|| {
        let name = said.stored.cell("pool", row);
        let now = (0..said.summary.height()).find(|r| said.summary.cell("pool", *r) == name)?;
        ids(said.summary, now)
    })
}

/// Source and id of the pool in each row. Not its name: that may change, or be another's too.
fn pools(frame: &Frame) -> Result<Vec<(&str, &str)>> {
    let (sources, ids) = (frame.text("source_id")?, frame.text("pool_id")?);
    let part = |column, row| text(column, row).unwrap_or_default();
    Ok((0..frame.height()).map(|row| (part(sources, row), part(ids, row))).collect())
}

fn day(at_us: i64) -> i64 {
    at_us.div_euclid(DAY_US)
}

fn as_us(cell: &Cell) -> i64 {
    match cell {
        Cell::Time(us) => *us,
        _ => i64::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, t, us};
    use super::*;
    use crate::model::frame::Column;

    /// A path of 14 days from the first, rising by one a day.
    fn path(pool: (&str, &str), first: &str, from: f64) -> Frame {
        let days = || (0..14_i32).map(f64::from);
        let at = (0..14).map(|i| Some(us(first) + i * DAY_US)).collect();
        let rising = |by: f64| Column::Float(days().map(|d| Some(from + d + by)).collect());
        Frame::from_columns(vec![
            ("source_id".into(), Column::Text(vec![Some("nas".into()); 14])),
            ("pool_id".into(), Column::Text(vec![Some(pool.0.into()); 14])),
            ("pool".into(), Column::Text(vec![Some(pool.1.into()); 14])),
            ("at".into(), Column::Time(at)),
            ("p50".into(), rising(0.0)),
            ("p10".into(), rising(-1.0)),
            ("p90".into(), rising(1.0)),
            ("p025".into(), rising(-2.0)),
            ("p975".into(), rising(2.0)),
        ])
        .unwrap()
    }

    fn summary(pool: &str) -> Frame {
        Frame::from_columns(vec![
            ("source_id".into(), Column::Text(vec![Some("nas".into())])),
            ("pool_id".into(), Column::Text(vec![Some(pool.into())])),
            ("pool".into(), Column::Text(vec![Some(format!("pool-{pool}"))])),
            ("last_value".into(), Column::Float(vec![Some(99.0)])),
            ("limit_value".into(), Column::Float(vec![Some(120.0)])),
            ("refusal".into(), Column::Text(vec![Some("shrinking".into())])),
        ])
        .unwrap()
    }

    const A: (&str, &str) = ("a", "pool-a");

    fn said(stored: &Frame, path: &Frame, day: &str) -> Frame {
        let summary = summary("a");
        let said = Said { stored, path, summary: &summary, as_of_us: us(day) };
        forecasts(&said).unwrap().frame
    }

    #[test]
    fn every_seventh_day_is_kept_with_what_was_said_of_the_pool() {
        let first = said(
            &frame_of(&FORECASTS, vec![]).unwrap(),
            &path(A, "2026-07-02", 100.0),
            "2026-07-01",
        );
        assert_eq!(
            lines(&first, &["made_at", "source_id", "pool_id", "pool", "target_at"]),
            [
                "2026-07-01T00:00:00Z nas a pool-a 2026-07-08T00:00:00Z",
                "2026-07-01T00:00:00Z nas a pool-a 2026-07-15T00:00:00Z"
            ]
        );
        assert_eq!(first.cell("p50_bytes", 1), Cell::Int(113), "100 and 13 days");
        assert_eq!(first.cell("limit_bytes", 0), Cell::Int(120));
        assert_eq!(first.cell("refusal", 0), t("shrinking"));
    }

    #[test]
    fn the_word_of_a_day_stays_and_later_days_are_added() {
        let none = frame_of(&FORECASTS, vec![]).unwrap();
        let first = said(&none, &path(A, "2026-07-02", 100.0), "2026-07-01");
        let again = said(&first, &path(A, "2026-07-02", 500.0), "2026-07-01 06:00");
        assert_eq!(again, first, "the same day says nothing new");
        let later = said(&first, &path(A, "2026-07-03", 500.0), "2026-07-02");
        assert_eq!(later.height(), 4);
        assert_eq!(later.cell("p50_bytes", 0), first.cell("p50_bytes", 0));
        assert_eq!(later.cell("p50_bytes", 3), Cell::Int(513));
    }
    #[test]
    fn a_new_name_is_the_same_pool_and_another_pool_may_bear_the_old_one() {
        let none = frame_of(&FORECASTS, vec![]).unwrap();
        let first = said(&none, &path(A, "2026-07-02", 100.0), "2026-07-01");
        let renamed = said(&first, &path(("a", "pool-b"), "2026-07-02", 500.0), "2026-07-01");
        assert_eq!(renamed, first, "said already on this day");
        let other = said(&first, &path(("b", "pool-a"), "2026-07-02", 500.0), "2026-07-01");
        assert_eq!(
            lines(&other, &["pool_id", "pool", "p50_bytes", "limit_bytes"]),
            [
                "a pool-a Int(106) Int(120)",
                "a pool-a Int(113) Int(120)",
                "b pool-a Int(506) -",
                "b pool-a Int(513) -"
            ]
        );
    }

    #[test]
    fn what_was_stored_by_name_only_goes_to_the_pool_of_that_name() {
        let old = Frame::from_columns(vec![
            ("made_at".into(), Column::Time(vec![Some(us("2026-06-01")); 2])),
            ("pool".into(), Column::Text(vec![Some("pool-a".into()), Some("gone".into())])),
            ("target_at".into(), Column::Time(vec![Some(us("2026-06-08")); 2])),
        ])
        .unwrap();
        let got = said(&old, &path(A, "2026-07-02", 100.0), "2026-07-01");
        let columns = ["made_at", "source_id", "pool_id", "pool"];
        assert_eq!(lines(&got, &columns)[0], "2026-06-01T00:00:00Z nas a pool-a");
        assert_eq!(got.height(), 3);
    }
}
