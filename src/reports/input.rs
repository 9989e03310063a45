//! What a report is made from: one value, complete, so that a report can be rendered again
//! from the same input and gives the same bytes. It holds no file, clock or connection.

use std::collections::BTreeMap;

use crate::model::format::Format;
use crate::model::frame::Cell;
pub use crate::model::period::Period;
use crate::model::result::{QueryResult, TableVersion};

pub use crate::model::period::title_of_period;

/// Everything one report is made from.
#[derive(Debug, Clone)]
pub struct ReportInput {
    /// Title without the period; empty takes the one of `report.toml`.
    pub title: String,
    /// The period reported on.
    pub period: Period,
    /// Instant of the data: nothing later was read; UTC microseconds.
    pub as_of: i64,
    /// Whose report it is.
    pub organisation: String,
    /// Query results by the name that `report.toml` gives them (default: the query's id).
    pub results: BTreeMap<String, QueryResult>,
    /// Settings of the project; they win over `[settings]` of `report.toml`.
    pub settings: BTreeMap<String, Cell>,
    /// Id of the run that made the results.
    pub run_id: String,
    /// Versions of all tables of the snapshot.
    pub tables: BTreeMap<String, TableVersion>,
    /// How numbers and instants are written.
    pub format: Format,
}

#[cfg(test)]
mod tests {
    use super::title_of_period;

    #[test]
    fn quarters_and_months_have_titles_and_other_names_stay() {
        let cases =
            [("2026Q3", "Q3 2026"), ("2026-09", "Sep 2026"), ("2026", "2026"), ("FAQ", "FAQ")];
        for (name, want) in cases {
            assert_eq!(title_of_period(name), want);
        }
    }
}
