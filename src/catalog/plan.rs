//! The catalog and its plans: which queries and tables a figure needs, in which order, as one
//! statement. It never runs anything.

use std::collections::{BTreeMap, BTreeSet};

use super::assemble::Work;
use super::header::{self, Header};
use super::vars::Vars;
use crate::error::{Error, Result, distance};
use crate::model::frame::Type;
use crate::model::table::Table;

/// Name of a statement that is in no file.
const AD_HOC: &str = "query";

/// One query file.
#[derive(Debug, Clone)]
pub struct QueryFile {
    /// Path below `queries/`.
    pub path: String,
    /// What it says about itself.
    pub header: Header,
    pub(super) body: String,
    pub(super) body_line: usize,
}

/// All query files that hold, and the tables they may read.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    pub(super) queries: BTreeMap<String, QueryFile>,
    pub(super) tests: BTreeMap<String, (String, String)>,
    pub(super) tables: BTreeMap<&'static str, &'static Table>,
}

/// One statement with everything that later stages need to know about it.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// File name of the query; `query` for ad-hoc SQL.
    pub name: String,
    /// Portable SQL: one flat `with` list, typed literals, house functions.
    pub sql: String,
    /// The bodies with their placeholders, dependencies first, each under its path.
    pub template: String,
    /// Header of the query itself; empty for ad-hoc SQL.
    pub header: Header,
    /// Tables read, sorted by name.
    pub tables: Vec<&'static Table>,
    /// Queries whose rows were given instead of computed (tests), sorted by name.
    pub given: Vec<String>,
    /// Queries inside, in the order of the statement, without the query itself.
    pub queries: Vec<String>,
    /// Needed tables and columns of the query and all inside, sorted.
    pub needs: Vec<String>,
    /// Variables as rendered.
    pub parameters: BTreeMap<String, String>,
    /// Which lines of `sql` come from which file.
    pub segments: Vec<Segment>,
    pub(super) list: String,
    pub(super) own_names: BTreeMap<String, String>,
}

/// Lines of a plan's SQL that come from one piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First line in `sql`, from 1.
    pub line: usize,
    /// The file.
    pub path: String,
    /// Line of the file that the first line is.
    pub file_line: usize,
}

impl Plan {
    /// Names and types of the result columns; empty for ad-hoc SQL.
    #[must_use]
    pub fn types(&self) -> Vec<(String, Type)> {
        self.header.columns.iter().map(|c| (c.name.clone(), c.kind)).collect()
    }

    /// Gives an engine's error the file and line that its `sql:LINE:COLUMN` stands for. Lines
    /// inside a template loop are those of its first round.
    #[must_use]
    pub fn locate(&self, mut error: Error) -> Error {
        let line = error
            .place
            .as_deref()
            .and_then(|place| place.strip_prefix("sql:")?.split(':').next()?.parse::<usize>().ok());
        let segment = line.and_then(|n| self.segments.iter().rev().find(|s| s.line <= n));
        if let (Some(line), Some(segment)) = (line, segment) {
            let file_line = segment.file_line + (line - segment.line);
            error.place = Some(format!("{}:{file_line}", segment.path));
        } else if error.place.is_none() {
            error.place = self.segments.last().map(|s| s.path.clone());
        }
        error
    }

    /// The statement that returns one common table expression of the query itself.
    #[must_use]
    pub fn inner_sql(&self, cte: &str) -> Option<String> {
        let name = self.own_names.get(cte)?;
        Some(format!("with\n{}\nselect * from {name}\n", self.list))
    }
}

impl Catalog {
    /// Reads all files; of two with one path the later one (the project's own) stands. Files
    /// that are neither `.sql` nor `.test.toml` are passed over.
    ///
    /// # Errors
    /// A header is wrong, a file is no UTF-8, two queries or a query and a table share a name.
    pub fn new(
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
        tables: &[&'static Table],
    ) -> Result<Self> {
        let files: BTreeMap<String, Vec<u8>> = files.into_iter().collect();
        let tables: BTreeMap<_, _> = tables.iter().map(|t| (t.name, *t)).collect();
        let mut catalog = Catalog { tables, ..Catalog::default() };
        for (path, bytes) in files {
            let file = path.rsplit('/').next().unwrap_or(&path);
            let place = format!("queries/{path}");
            let text = || {
                String::from_utf8(bytes.clone())
                    .map_err(|_| Error::config("the file is no UTF-8 text").at(&place))
                    .map(|t| t.replace("\r\n", "\n"))
            };
            if let Some(name) = file.strip_suffix(".test.toml") {
                catalog.tests.insert(name.to_owned(), (place.clone(), text()?));
            } else if let Some(name) = file.strip_suffix(".sql") {
                let (name, text) = (name.to_owned(), text()?);
                catalog.insert(name, place, &text)?;
            }
        }
        Ok(catalog)
    }

    fn insert(&mut self, name: String, path: String, text: &str) -> Result<()> {
        if self.tables.contains_key(name.as_str()) {
            return Err(Error::config(format!("`{name}` is the name of a table"))
                .at(path)
                .hint("rename the file"));
        }
        let cut = header::cut(&path, text)?;
        let header = header::parse(&path, cut.header)?;
        let (body, body_line) = (cut.body.to_owned(), cut.body_line);
        let query = QueryFile { path: path.clone(), header, body, body_line };
        if let Some(other) = self.queries.insert(name.clone(), query) {
            return Err(Error::config(format!("there are two queries `{name}`"))
                .at(path)
                .because(format!("the other is {}", other.path))
                .hint("rename one; a project overrides a file by the same path"));
        }
        Ok(())
    }

    /// All queries by name.
    #[must_use]
    pub fn queries(&self) -> &BTreeMap<String, QueryFile> {
        &self.queries
    }

    /// The plan of a named query.
    ///
    /// # Errors
    /// The name is unknown, a template or variable is wrong, references form a circle.
    pub fn plan(&self, name: &str, vars: &Vars) -> Result<Plan> {
        self.plan_given(name, vars, &BTreeSet::new())
    }

    /// As [`Catalog::plan`], with the rows of some queries given as if they were tables.
    ///
    /// # Errors
    /// As [`Catalog::plan`].
    pub fn plan_given(&self, name: &str, vars: &Vars, given: &BTreeSet<String>) -> Result<Plan> {
        let query = self.query(name)?;
        self.build(name, query, vars, given, false)
    }

    /// The plan of SQL that is in no file. Tables and queries may be named without `ref`.
    ///
    /// # Errors
    /// As [`Catalog::plan`].
    pub fn plan_sql(&self, sql: &str, vars: &Vars) -> Result<Plan> {
        let query = QueryFile {
            path: AD_HOC.to_owned(),
            header: Header::default(),
            body: sql.to_owned(),
            body_line: 1,
        };
        self.build(AD_HOC, &query, vars, &BTreeSet::new(), true)
    }

    fn query(&self, name: &str) -> Result<&QueryFile> {
        self.queries.get(name).ok_or_else(|| {
            let near: Vec<&str> = self.near(name);
            let hint = if near.is_empty() {
                "`tapeline metrics` lists the queries".to_owned()
            } else {
                format!("there are {}", near.join(", "))
            };
            Error::config(format!("there is no query `{name}`")).hint(hint)
        })
    }

    /// Names that share the longest word with an unknown one, the nearest first.
    pub(super) fn near(&self, name: &str) -> Vec<&str> {
        let known = self.queries.keys().map(String::as_str).chain(self.tables.keys().copied());
        let word = name.split('_').max_by_key(|w| w.len()).unwrap_or(name);
        let mut near: Vec<&str> = known.filter(|k| !word.is_empty() && k.contains(word)).collect();
        near.sort_by_key(|k| (distance(name, k), *k));
        near.truncate(5);
        near
    }

    fn build(
        &self,
        name: &str,
        query: &QueryFile,
        vars: &Vars,
        given: &BTreeSet<String>,
        is_ad_hoc: bool,
    ) -> Result<Plan> {
        let mut work = Work::new(self, vars, given);
        work.visit(name, query, is_ad_hoc)?;
        Ok(work.write(name, query))
    }
}
