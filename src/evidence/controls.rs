//! The control map (`queries/controls.toml`) and the algebra of verdicts: rows of checks become a
//! verdict of a query, queries of a check, checks of a control. There is no verdict on a framework,
//! no score, and never the word compliant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::frame::Cell;
use crate::model::result::QueryResult;

/// queries/controls.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlMap {
    /// Frameworks by id.
    pub framework: BTreeMap<String, Framework>,
    /// Shared checks by id (`C01`).
    pub check: BTreeMap<String, Check>,
    /// Controls of all frameworks.
    pub control: Vec<Control>,
    /// Approved exceptions.
    #[serde(default)]
    pub exception: Vec<Exception>,
}

/// A framework.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// Full name.
    pub name: String,
    /// Version of the text that the map was made from.
    pub version: String,
}

/// A shared check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Name.
    pub name: String,
    /// What has to hold, in one sentence.
    pub pass_when: String,
    /// Check queries that every control with this check runs.
    pub queries: Vec<String>,
    /// Run only for a control that names `C02+query`.
    #[serde(default)]
    pub optional: Vec<String>,
}

/// A control of a framework.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Framework id.
    pub framework: String,
    /// Control id, such as CP-9(1).
    pub id: String,
    /// The requirement in short, paraphrased.
    pub requirement: String,
    /// Checks, `C02` or `C02+optional_query`.
    pub checks: Vec<String>,
}

/// An approved exception.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Check.
    pub check: String,
    /// System that it excuses.
    pub system_id: String,
    /// Why.
    pub reason: String,
    /// By whom.
    pub approved_by: String,
    /// Last day, `YYYY-MM-DD`.
    pub until: String,
}

/// The answer for a query, a check or a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Population not empty, all data present, no violation but excepted ones.
    Pass,
    /// A violation without a valid exception.
    Fail,
    /// Nothing fails, but only part could be judged or a rate is not proven.
    Partial,
    /// Needed data are missing.
    NotAssessable,
}

impl Verdict {
    /// The word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Partial => "partial",
            Verdict::NotAssessable => "not assessable",
        }
    }
    /// What may be said of a control with this verdict.
    #[must_use]
    pub fn sentence(self, control: &str) -> String {
        match self {
            Verdict::Pass => format!("The data support {control}."),
            Verdict::Fail => format!("The data do not support {control}."),
            Verdict::Partial => format!("The data support {control} only in part."),
            Verdict::NotAssessable => format!("The data say nothing about {control}."),
        }
    }
}

/// Verdict of several: any fail -> fail; none assessable -> not assessable; some not assessable or
/// partial -> partial; else pass.
#[must_use]
pub fn combine(parts: &[Verdict]) -> Verdict {
    let any = |v: Verdict| parts.contains(&v);
    if any(Verdict::Fail) {
        Verdict::Fail
    } else if parts.iter().all(|v| *v == Verdict::NotAssessable) {
        Verdict::NotAssessable
    } else if any(Verdict::NotAssessable) || any(Verdict::Partial) {
        Verdict::Partial
    } else {
        Verdict::Pass
    }
}

/// What a check query found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Rows of the population.
    pub population_count: usize,
    /// Violating rows without a valid exception.
    pub violation_count: usize,
    /// Rows that are not proven.
    pub unproven_count: usize,
    /// Exceptions that excused a row.
    pub exceptions: Vec<Exception>,
    /// Why it is not assessable.
    pub reason: Option<String>,
}

/// Judges the rows of a check query. A row is a violation unless its column `finding` says
/// `unproven` (a rate that is not settled) or `not_assessable`. `as_of_date` is `YYYY-MM-DD`.
#[must_use]
pub fn judge(
    check: &str,
    rows: &QueryResult,
    population: &QueryResult,
    exceptions: &[Exception],
    as_of_date: &str,
) -> Finding {
    let mut finding = Finding {
        verdict: Verdict::NotAssessable,
        population_count: population.frame.height(),
        violation_count: 0,
        unproven_count: 0,
        exceptions: Vec::new(),
        reason: None,
    };
    if let Some(reason) = rows.not_assessable.as_ref().or(population.not_assessable.as_ref()) {
        finding.reason = Some(reason.clone());
        return finding;
    }
    if population.frame.height() == 0 {
        finding.reason = Some(format!("nothing to judge: `{}` has no rows", population.id));
        return finding;
    }
    let mut missing_count = 0;
    for row in 0..rows.frame.height() {
        let system = rows.frame.cell("system_id", row);
        let excused = exceptions.iter().find(|e| {
            e.check == check
                && e.until.as_str() >= as_of_date
                && system == Cell::Text(e.system_id.clone())
        });
        let word = rows.frame.cell("finding", row);
        match (excused, word) {
            (Some(exception), _) => finding.exceptions.push(exception.clone()),
            (None, Cell::Text(w)) if w == "unproven" => finding.unproven_count += 1,
            (None, Cell::Text(w)) if w == "not_assessable" => missing_count += 1,
            (None, _) => finding.violation_count += 1,
        }
    }
    finding.verdict = if finding.violation_count > 0 {
        Verdict::Fail
    } else if missing_count > 0 && missing_count == rows.frame.height().max(1) {
        finding.reason = Some("no row of the population can be judged".to_owned());
        Verdict::NotAssessable
    } else if missing_count > 0 || finding.unproven_count > 0 {
        Verdict::Partial
    } else {
        Verdict::Pass
    };
    finding
}

impl ControlMap {
    /// Parses queries/controls.toml and checks that every check named exists.
    ///
    /// # Errors
    /// When it is no such file, or names a check or framework that is not there.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        let map: ControlMap = toml::from_str(text)
            .map_err(|e| Error::config(e.message().replace('\n', " ")).at(place))?;
        for control in &map.control {
            if !map.framework.contains_key(&control.framework) {
                let (id, framework) = (&control.id, &control.framework);
                return Err(Error::config(format!("{id} names the framework `{framework}`"))
                    .at(place)
                    .hint("add it as [framework.ID] with name and version"));
            }
            for check in &control.checks {
                map.queries(check).map_err(|e| e.at(format!("{place}, control {}", control.id)))?;
            }
        }
        Ok(map)
    }

    /// Controls of a framework, in file order.
    ///
    /// # Errors
    /// When the framework is not in the map; the hint lists those that are.
    pub fn of(&self, framework: &str) -> Result<Vec<&Control>> {
        if !self.framework.contains_key(framework) {
            let known: Vec<&str> = self.framework.keys().map(String::as_str).collect();
            return Err(Error::config(format!("there is no framework `{framework}`"))
                .hint(format!("use one of: {}", known.join(", "))));
        }
        Ok(self.control.iter().filter(|c| c.framework == framework).collect())
    }

    /// Id of the check and the queries that a control's entry `C02` or `C02+query` runs.
    ///
    /// # Errors
    /// When the check or its optional query does not exist.
    pub fn queries<'a>(&'a self, entry: &'a str) -> Result<(&'a str, Vec<&'a str>)> {
        let (id, extra) = entry.split_once('+').map_or((entry, None), |(a, b)| (a, Some(b)));
        let check = self.check.get(id).ok_or_else(|| {
            Error::config(format!("there is no check `{id}`")).hint("add it as [check.ID]")
        })?;
        let mut queries: Vec<&str> = check.queries.iter().map(String::as_str).collect();
        if let Some(extra) = extra {
            if !check.optional.iter().any(|o| o == extra) {
                return Err(Error::config(format!("check {id} has no optional query `{extra}`"))
                    .hint("list it under `optional` of the check"));
            }
            queries.push(extra);
        }
        Ok((id, queries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Column, Frame};

    fn rows(systems: &[&str], findings: &[Option<&str>]) -> QueryResult {
        let text =
            |s: &[Option<&str>]| Column::Text(s.iter().map(|v| v.map(str::to_owned)).collect());
        let systems: Vec<Option<&str>> = systems.iter().map(|s| Some(*s)).collect();
        let frame = Frame::from_columns(vec![
            ("system_id".to_owned(), text(&systems)),
            ("finding".to_owned(), text(findings)),
        ]);
        QueryResult { id: "q".into(), frame: frame.unwrap(), ..QueryResult::default() }
    }

    #[test]
    fn any_fail_wins_and_gaps_make_it_partial() {
        use Verdict::{Fail, NotAssessable, Partial, Pass};
        for (parts, want) in [
            (vec![Pass, Pass], Pass),
            (vec![Pass, Fail, NotAssessable], Fail),
            (vec![NotAssessable, NotAssessable], NotAssessable),
            (vec![Pass, NotAssessable], Partial),
            (vec![Pass, Partial], Partial),
            (vec![], NotAssessable),
        ] {
            assert_eq!(combine(&parts), want, "{parts:?}");
        }
    }

    #[test]
    fn no_violation_in_an_empty_population_is_not_a_pass() {
        let found = judge("C01", &rows(&[], &[]), &rows(&[], &[]), &[], "2026-10-01");
        assert_eq!(found.verdict, Verdict::NotAssessable);
        let found = judge("C01", &rows(&[], &[]), &rows(&["a"], &[None]), &[], "2026-10-01");
        assert_eq!(found.verdict, Verdict::Pass);
    }

    #[test]
    fn an_exception_excuses_its_system_until_its_last_day() {
        let exception = Exception {
            check: "C08".into(),
            system_id: "crm".into(),
            reason: "array replaced".into(),
            approved_by: "board".into(),
            until: "2026-10-01".into(),
        };
        let (bad, all) = (rows(&["crm"], &[None]), rows(&["crm", "erp"], &[None, None]));
        let on =
            |check, day| judge(check, &bad, &all, std::slice::from_ref(&exception), day).verdict;
        assert_eq!(on("C08", "2026-10-01"), Verdict::Pass);
        assert_eq!(on("C08", "2026-10-02"), Verdict::Fail);
        assert_eq!(on("C07", "2026-10-01"), Verdict::Fail);
    }

    #[test]
    fn an_unproven_rate_is_partial() {
        let all = rows(&["a"], &[None]);
        let found = judge("C03", &rows(&["a"], &[Some("unproven")]), &all, &[], "2026-10-01");
        assert_eq!((found.verdict, found.unproven_count), (Verdict::Partial, 1));
    }

    #[test]
    fn a_control_naming_an_unknown_check_is_refused() {
        let text = "[framework.f]\nname='F'\nversion='1'\n[check]\n\
                    [[control]]\nframework='f'\nid='X'\nrequirement='r'\nchecks=['C99']\n";
        let error = ControlMap::parse(text, "controls.toml").unwrap_err();
        assert!(error.message.contains("C99"));
    }
}
