//! Answers named queries over one pinned set of table versions: plan, sources, engine, steps.
//! Every figure of a run comes through here, so all outputs of one run rest on the same versions.

use std::collections::{BTreeMap, BTreeSet};

use super::project::Project;
use crate::catalog::{Catalog, Header, Plan, Var, Vars};
use crate::engines::{Engine, Held, Polars, TableSource};
use crate::error::{Error, Result};
use crate::evidence::bag::sha256_hex;
use crate::lake::{At, Lake, Snapshot};
use crate::model::frame::{Cell, Column, Frame};
use crate::model::memo::Memo;
use crate::model::period::Period;
use crate::model::result::{Lineage, QueryResult, ResultColumn};
use crate::model::table::Table;
use crate::model::tables::program::LOAD_LOG;
use crate::model::{tables, time};
use crate::stats::random;
use crate::stats::steps::{self, StepContext};

/// Answers queries over table versions that are pinned at the first look.
pub struct Answers {
    catalog: Catalog,
    lake: Lake,
    at: At,
    as_of_us: i64,
    settings: Vars,
    pinned: Memo<&'static str, Option<Snapshot>>,
    held: Memo<String, Held>,
    answered: Memo<String, QueryResult>,
}

impl Answers {
    /// For a project, reading the newest versions or those at a version.
    ///
    /// # Errors
    /// When the queries cannot be read.
    pub fn new(project: &Project, at: At) -> Result<Self> {
        let settings = Vars::from([
            ("as_of".to_owned(), Var::Time(project.as_of_us)),
            (
                "warning_policy".to_owned(),
                Var::Text(project.config.project.warning_policy.word().to_owned()),
            ),
        ]);
        Ok(Answers {
            catalog: project.catalog()?,
            lake: project.lake.clone(),
            at,
            as_of_us: project.as_of_us,
            settings,
            pinned: Memo::default(),
            held: Memo::default(),
            answered: Memo::default(),
        })
    }

    /// The queries in force.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Variables of a period: settings of the project, `from`, `to`, then those given.
    #[must_use]
    pub fn vars(&self, period: &Period, given: &Vars) -> Vars {
        let mut vars = self.settings.clone();
        vars.insert("from".to_owned(), Var::Time(period.from_us));
        vars.insert("to".to_owned(), Var::Time(period.to_us));
        vars.extend(given.clone());
        vars
    }

    /// Answers a named query.
    ///
    /// # Errors
    /// When there is no such query, or the engine or a step fails.
    pub fn named(&self, name: &str, vars: &Vars) -> Result<QueryResult> {
        self.answered.get(format!("{name} {vars:?}"), || {
            let plan = self.catalog.plan(name, vars)?;
            self.planned(&plan, vars)
        })
    }

    /// Answers a plan: the statement, then the header's steps.
    ///
    /// # Errors
    /// When the engine or a step fails.
    pub fn planned(&self, plan: &Plan, vars: &Vars) -> Result<QueryResult> {
        let mut result = self.described(plan)?;
        result.not_assessable = self.missing(plan)?;
        let frame = if result.not_assessable.is_some() {
            empty(&plan.types())
        } else {
            self.run(plan, vars)?
        };
        let place = format!("query `{}`", plan.name);
        let steps = steps::parse(&plan.header.steps, &place)?;
        let mut frames = BTreeMap::new();
        for name in steps::needs(&steps) {
            let needed = self.named(name, vars)?;
            result.lineage.tables.extend(needed.lineage.tables);
            frames.insert(name.to_owned(), needed.frame);
        }
        let time = |name: &str| match vars.get(name) {
            Some(Var::Time(at)) => *at,
            _ => self.as_of_us,
        };
        let ctx = StepContext {
            as_of_us: self.as_of_us,
            from_us: time("from"),
            to_us: time("to"),
            seed: random::seed(&[plan.name.as_str()]),
            frames,
        };
        let (frame, added) = steps::apply(&steps, frame, &ctx).map_err(|e| e.at(&place))?;
        result.columns = meanings(&plan.header, &added, &frame);
        result.frame = frame;
        Ok(result)
    }

    /// Runs a plan over facts that are computed once and kept; the answer is that of `plan.sql`.
    fn run(&self, plan: &Plan, vars: &Vars) -> Result<Frame> {
        let is_ad_hoc = !self.catalog.queries().contains_key(&plan.name);
        if plan.queries.is_empty() || is_ad_hoc {
            let sources = self.sources(plan)?;
            return Polars.run(&plan.sql, &sources, &plan.types()).map_err(|e| plan.locate(e));
        }
        let given: BTreeSet<String> = plan.queries.iter().cloned().collect();
        let short = self.catalog.plan_given(&plan.name, vars, &given)?;
        let mut sources = self.sources(&short)?;
        for name in &short.given {
            sources.insert(name.clone(), TableSource::Held(self.hold(name, vars)?));
        }
        Polars.run(&short.sql, &sources, &short.types()).map_err(|e| short.locate(e))
    }

    /// A query's answer before its steps, kept for all that read it with the same variables.
    fn hold(&self, name: &str, vars: &Vars) -> Result<Held> {
        let whole = self.catalog.plan(name, vars)?;
        self.held.get(format!("{name} {:?}", whole.parameters), || {
            let given: BTreeSet<String> = whole.queries.iter().cloned().collect();
            let short = self.catalog.plan_given(name, vars, &given)?;
            let mut sources = self.sources(&short)?;
            for inner in &short.given {
                sources.insert(inner.clone(), TableSource::Held(self.hold(inner, vars)?));
            }
            Polars.hold(&short.sql, &sources, &short.types()).map_err(|e| short.locate(e))
        })
    }

    /// The version of a table that this run reads.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn snapshot(&self, table: &'static Table) -> Result<Option<Snapshot>> {
        self.pinned.get(table.name, || {
            let found = self.lake.snapshot(table, self.at)?;
            if let (None, At::Version(version)) = (&found, self.at) {
                self.refuse_version(table, version)?;
            }
            Ok(found)
        })
    }

    /// Says so when an instant was asked for at which the lake held nothing.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn warn_of_emptiness(&self, project: &Project) -> Result<()> {
        let At::AsOf(instant) = self.at else { return Ok(()) };
        let first = self.lake.history(LOAD_LOG.name)?.into_iter().map(|entry| entry.as_of).min();
        if let Some(first) = first.filter(|first| *first > instant) {
            project.messages.warn(
                &format!("nothing was loaded by {}", time::iso(instant)),
                Some(&format!("the first load is of {}; see `tapeline history`", time::iso(first))),
            );
        }
        Ok(())
    }

    /// A table that exists and lacks the version asked for is not an empty one.
    fn refuse_version(&self, table: &'static Table, version: i64) -> Result<()> {
        let Some(newest) = self.lake.snapshot(table, At::Newest)? else { return Ok(()) };
        Err(Error::input(format!("there is no version {version}"))
            .at(format!("table `{}`", table.name))
            .hint(format!(
                "its versions are 0 to {}; see `tapeline history {}`",
                newest.version, table.name
            )))
    }

    /// Where the engine finds the tables of a plan; one that does not exist yet is empty.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn sources(&self, plan: &Plan) -> Result<BTreeMap<String, TableSource>> {
        let mut sources = BTreeMap::new();
        for table in &plan.tables {
            let paths = self.snapshot(table)?.map_or_else(Vec::new, |s| {
                s.files.iter().map(|f| f.path.display().to_string()).collect()
            });
            sources.insert(table.name.to_owned(), TableSource::Files { paths, table });
        }
        Ok(sources)
    }

    /// Names the first needed table or column that holds nothing.
    fn missing(&self, plan: &Plan) -> Result<Option<String>> {
        for needed in &plan.needs {
            let (name, column) =
                needed.split_once('.').map_or((needed.as_str(), None), |(t, c)| (t, Some(c)));
            let table = tables::find(name).ok_or_else(|| {
                Error::config(format!("needs `{name}`, which is no table"))
                    .at(format!("query `{}`", plan.name))
            })?;
            let Some(snapshot) = self.snapshot(table)?.filter(|s| s.row_count > 0) else {
                return Ok(Some(format!("the table `{name}` has no rows")));
            };
            if let Some(column) = column {
                let values = self.lake.read(&snapshot, &[column])?;
                let column_values = values.column(column)?;
                if (0..values.height()).all(|row| column_values.cell(row) == Cell::Null) {
                    return Ok(Some(format!("no row of `{name}` has a value in `{column}`")));
                }
            }
        }
        Ok(None)
    }

    fn described(&self, plan: &Plan) -> Result<QueryResult> {
        let mut versions = BTreeMap::new();
        let needed = plan.needs.iter().map(|needed| needed.split('.').next().unwrap_or(needed));
        let read = plan.tables.iter().copied().chain(needed.filter_map(tables::find));
        for table in read {
            if let Some(snapshot) = self.snapshot(table)? {
                versions.insert(table.name.to_owned(), snapshot.table_version());
            }
        }
        Ok(QueryResult {
            id: plan.name.clone(),
            title: plan.header.title.clone(),
            grain: plan.header.grain.clone(),
            says: plan.header.says.clone(),
            lineage: Lineage {
                template: plan.template.clone(),
                sql: plan.sql.clone(),
                sql_sha256: sha256_hex(plan.sql.as_bytes()),
                parameters: plan.parameters.clone(),
                tables: versions,
            },
            ..QueryResult::default()
        })
    }
}

/// Meaning of every column of the result, in its order.
pub fn meanings(header: &Header, added: &[ResultColumn], frame: &Frame) -> Vec<ResultColumn> {
    let of_header = |name: &str| header.columns.iter().find(|c| c.name == name).cloned();
    frame
        .iter()
        .map(|(name, column)| {
            let known = added.iter().find(|c| c.name == name).cloned();
            known.or_else(|| of_header(name)).unwrap_or_else(|| ResultColumn {
                name: name.to_owned(),
                kind: column.kind(),
                says: String::new(),
            })
        })
        .collect()
}

/// A frame without rows.
pub fn empty(columns: &[(String, crate::model::frame::Type)]) -> Frame {
    let columns = columns.iter().map(|(n, t)| (n.clone(), Column::empty(*t))).collect();
    Frame::from_columns(columns).unwrap_or_default()
}
