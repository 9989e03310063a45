//! How a plan is put together: queries are visited after those that they need, rendered, taken
//! apart, and written one after the other into a single statement.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::flatten::{Flat, flatten};
use super::plan::{Catalog, Plan, QueryFile, Segment};
use super::render::render;
use super::vars::Vars;
use crate::error::{Error, Result};
use crate::model::table::Table;

/// One query of a plan: rendered and taken apart.
struct Piece<'a> {
    name: String,
    query: &'a QueryFile,
    flat: Flat,
}

pub(super) struct Work<'a> {
    catalog: &'a Catalog,
    vars: &'a Vars,
    given: &'a BTreeSet<String>,
    stack: Vec<String>,
    pieces: Vec<Piece<'a>>,
    tables: BTreeMap<&'static str, &'static Table>,
    used_given: BTreeSet<String>,
    parameters: BTreeMap<String, String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(catalog: &'a Catalog, vars: &'a Vars, given: &'a BTreeSet<String>) -> Self {
        Work {
            catalog,
            vars,
            given,
            stack: Vec::new(),
            pieces: Vec::new(),
            tables: BTreeMap::new(),
            used_given: BTreeSet::new(),
            parameters: BTreeMap::new(),
        }
    }

    /// Adds a query after everything that it needs.
    pub(super) fn visit(
        &mut self,
        name: &str,
        query: &'a QueryFile,
        is_ad_hoc: bool,
    ) -> Result<()> {
        if let Some(at) = self.stack.iter().position(|n| n == name) {
            let circle = self.stack.get(at..).unwrap_or_default().join(" -> ");
            return Err(Error::config(format!("queries refer to each other: {circle} -> {name}"))
                .at(&query.path)
                .hint("break the circle: move the shared part into a query of its own"));
        }
        if self.pieces.iter().any(|p| p.name == name) {
            return Ok(());
        }
        self.stack.push(name.to_owned());
        let QueryFile { path, header, body, body_line } = query;
        let rendered = render(path, *body_line, body, header, self.vars)?;
        let is_inside = self.stack.len() > 1;
        let flat = flatten(&rendered.text, is_inside, |cte| format!("{name}__{cte}"))
            .map_err(|e| in_file(e, path, *body_line))?;
        let refs = self.references(query, &rendered.refs, &flat, is_ad_hoc)?;
        for (key, value) in rendered.parameters {
            self.add_parameter(key, value, path)?;
        }
        for reference in refs {
            self.resolve(&reference, path)?;
        }
        self.stack.pop();
        self.pieces.push(Piece { name: name.to_owned(), query, flat });
        Ok(())
    }

    /// Names to resolve; every relation that is no expression of the query must be among them.
    fn references(
        &self,
        query: &QueryFile,
        refs: &[String],
        flat: &Flat,
        is_ad_hoc: bool,
    ) -> Result<Vec<String>> {
        let mut all = refs.to_vec();
        for relation in &flat.relations {
            if all.contains(relation) {
                continue;
            }
            if !is_ad_hoc {
                return Err(Error::config(format!("`{relation}` is not named through ref()"))
                    .at(&query.path)
                    .hint(format!("write {{{{ ref('{relation}') }}}}")));
            }
            all.push(relation.clone());
        }
        if let Some(name) = refs.iter().find(|r| flat.names.contains_key(*r)) {
            return Err(Error::config(format!("`{name}` is a reference and an expression"))
                .at(&query.path)
                .hint("give the common table expression another name"));
        }
        Ok(all)
    }

    fn resolve(&mut self, name: &str, path: &str) -> Result<()> {
        if self.given.contains(name) && !self.catalog.tables.contains_key(name) {
            self.used_given.insert(name.to_owned());
            return Ok(());
        }
        if let Some(table) = self.catalog.tables.get(name) {
            self.tables.insert(table.name, table);
            return Ok(());
        }
        let Some(query) = self.catalog.queries.get(name) else {
            let near = self.catalog.near(name).join(", ");
            let error = Error::config(format!("there is no table or query `{name}`")).at(path);
            return Err(if near.is_empty() {
                error.hint("see `tapeline tables` and `tapeline metrics`")
            } else {
                error.hint(format!("near: {near}"))
            });
        };
        self.visit(name, query, false)
    }

    fn add_parameter(&mut self, key: String, value: String, path: &str) -> Result<()> {
        match self.parameters.get(&key) {
            Some(other) if *other != value => {
                Err(Error::config(format!("variable `{key}` is {other} and {value} in one plan"))
                    .at(path)
                    .hint("give both queries the same default, or different names"))
            }
            _ => {
                self.parameters.insert(key, value);
                Ok(())
            }
        }
    }

    pub(super) fn write(self, name: &str, query: &QueryFile) -> Plan {
        let mut writer = Writer::default();
        let mut plan = Plan {
            name: name.to_owned(),
            header: query.header.clone(),
            tables: self.tables.into_values().collect(),
            given: self.used_given.into_iter().collect(),
            parameters: self.parameters,
            ..Plan::default()
        };
        let mut needs = BTreeSet::new();
        let last = self.pieces.len().saturating_sub(1);
        for (at, piece) in self.pieces.iter().enumerate() {
            needs.extend(piece.query.header.needs.iter().cloned());
            let (path, body) = (&piece.query.path, &piece.query.body);
            let _ = writeln!(plan.template, "-- {path}\n{body}");
            if at < last {
                plan.queries.push(piece.name.clone());
                writer.expression(piece);
            } else {
                plan.own_names.clone_from(&piece.flat.names);
                writer.expressions_of(piece);
                plan.list = writer.list().to_owned();
                plan.sql = writer.finish(piece);
            }
        }
        plan.needs = needs.into_iter().collect();
        plan.segments = writer.segments;
        plan
    }
}

/// Gives the error of a rendered text the line of its file.
fn in_file(mut error: Error, path: &str, body_line: usize) -> Error {
    let line = error
        .place
        .as_deref()
        .and_then(|place| place.strip_prefix("sql:")?.split(':').next()?.parse::<usize>().ok());
    error.place = Some(format!("{path}:{}", body_line + line.unwrap_or(1).saturating_sub(1)));
    error
}

/// The statement as it grows.
#[derive(Default)]
struct Writer {
    text: String,
    segments: Vec<Segment>,
}

const WITH: &str = "with\n";

impl Writer {
    fn expression(&mut self, piece: &Piece) {
        self.expressions_of(piece);
        self.comma();
        let _ = writeln!(self.text, "{} as (", piece.name);
        self.piece(piece, &piece.flat.body, piece.flat.body_line);
        self.text.push_str("\n)");
    }

    fn expressions_of(&mut self, piece: &Piece) {
        if piece.flat.ctes.is_empty() {
            return;
        }
        self.comma();
        let _ = writeln!(self.text, "-- {}", piece.query.path);
        self.piece(piece, &piece.flat.ctes, piece.flat.ctes_line);
    }

    fn comma(&mut self) {
        self.text.push_str(if self.text.is_empty() { WITH } else { ",\n" });
    }

    fn piece(&mut self, piece: &Piece, text: &str, line: usize) {
        let file_line = piece.query.body_line + line - 1;
        let path = piece.query.path.clone();
        let line = 1 + self.text.matches('\n').count();
        self.segments.push(Segment { line, path, file_line });
        self.text.push_str(text);
    }

    fn list(&self) -> &str {
        self.text.strip_prefix(WITH).unwrap_or("")
    }

    fn finish(&mut self, piece: &Piece) -> String {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.piece(piece, &piece.flat.body, piece.flat.body_line);
        self.text.push('\n');
        self.text.clone()
    }
}
