//! From decisions to files: which live files a commit replaces and which rows it writes. Files
//! whose rows stay as they are stay as they are, save small ones that it is time to join.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude as pl;
use polars::prelude::NewChunkedArray as _;

use super::log::Log;
use super::{Counts, LiveFile, files, schema};
use crate::bridge;
use crate::error::Result;
use crate::model::table::Table;

/// Small files that the newest month (or a table without months) may have.
pub const SMALL_FILES: usize = 32;
/// A file with fewer rows is small.
const SMALL_ROWS: i64 = 500_000;

/// What one commit will write.
#[derive(Default)]
pub struct Plan {
    /// Rows to write, all with the table's columns; nothing to commit when `is_empty`.
    pub rows: Vec<pl::DataFrame>,
    /// Names of the files replaced.
    pub remove: BTreeSet<String>,
    /// Counts per load.
    pub loads: BTreeMap<String, Counts>,
    /// Commits even without rows: a derived table without rows is a table.
    pub is_forced: bool,
    /// Per load the positions of rows without partner.
    pub no_partner: BTreeMap<String, Vec<usize>>,
}

impl Plan {
    /// True when nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_forced && self.remove.is_empty() && self.rows.iter().all(|rows| rows.height() == 0)
    }

    /// Adds fresh rows and takes rows out of live files (by file and row): the files concerned
    /// are rewritten without them, and small files of the months written are joined.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn replace(
        &mut self,
        table: &Table,
        log: Option<&Log>,
        dropped: &BTreeMap<usize, BTreeSet<pl::IdxSize>>,
        fresh: Vec<pl::DataFrame>,
    ) -> Result<()> {
        let live: &[LiveFile] = log.map_or(&[], |l| &l.files);
        let mut months = BTreeSet::new();
        for rows in &fresh {
            months.extend(files::by_month(table, rows)?.into_keys());
        }
        self.rows.extend(fresh);
        if months.is_empty() && dropped.is_empty() {
            return Ok(());
        }
        let joined = to_join(live, dropped, &months);
        for (at, file) in live.iter().enumerate() {
            let gone = dropped.get(&at);
            if gone.is_none() && !joined.contains(&at) {
                continue;
            }
            let mut rows = files::read(file, &schema::columns(table))?;
            if let Some(gone) = gone {
                let kept = (0..pl::IdxSize::MAX).take(rows.height());
                let mask: Vec<bool> = kept.map(|row| !gone.contains(&row)).collect();
                let mask = pl::BooleanChunked::from_slice("".into(), &mask);
                rows = rows.filter(&mask).map_err(|e| bridge::failed(&e))?;
            }
            self.rows.push(rows);
            self.remove.insert(file.name.clone());
        }
        Ok(())
    }
}

/// Small files to join with the rows written: all of a closed month that is touched, and those
/// of the newest month when there would be more than [`SMALL_FILES`].
fn to_join(
    live: &[LiveFile],
    dropped: &BTreeMap<usize, BTreeSet<pl::IdxSize>>,
    months: &BTreeSet<Option<String>>,
) -> BTreeSet<usize> {
    let newest = live.iter().map(|f| &f.month).chain(months).max();
    let mut joined = BTreeSet::new();
    for month in months {
        let is_small =
            |(at, f): &(usize, &LiveFile)| f.rows < SMALL_ROWS && !dropped.contains_key(at);
        let in_month = live.iter().enumerate().filter(|(_, f)| f.month == *month);
        let small: Vec<usize> = in_month.filter(is_small).map(|(at, _)| at).collect();
        let is_newest = newest == Some(month);
        if !is_newest || small.len() + 1 > SMALL_FILES {
            joined.extend(small);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(month: &str, rows: i64) -> LiveFile {
        LiveFile {
            path: "".into(),
            name: String::new(),
            size: 1,
            rows,
            month: Some(month.into()),
            min_time: None,
            max_time: None,
            sources: None,
            sha256: None,
        }
    }

    fn months(names: &[&str]) -> BTreeSet<Option<String>> {
        names.iter().map(|n| Some((*n).to_owned())).collect()
    }

    #[test]
    fn the_newest_month_appends_and_a_closed_one_is_joined() {
        let live = [file("2026-01", 5), file("2026-01", 900_000), file("2026-02", 5)];
        let none = BTreeMap::new();
        assert_eq!(to_join(&live, &none, &months(&["2026-02"])), BTreeSet::new());
        assert_eq!(to_join(&live, &none, &months(&["2026-01"])), BTreeSet::from([0]));
        // A newer month closes February.
        let touched = months(&["2026-02", "2026-03"]);
        assert_eq!(to_join(&live, &none, &touched), BTreeSet::from([2]));
    }

    #[test]
    fn the_newest_month_is_joined_when_it_would_have_33_small_files() {
        let none = BTreeMap::new();
        let live = |n: usize| vec![file("2026-01", 1); n];
        assert!(to_join(&live(31), &none, &months(&["2026-01"])).is_empty());
        assert_eq!(to_join(&live(32), &none, &months(&["2026-01"])).len(), 32);
    }
}
