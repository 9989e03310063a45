//! `query`: a named query, a table, a file or SQL text.

use super::Outcome;
use super::answer::Answers;
use super::output;
use super::project::Project;
use crate::catalog::{Plan, Var, Vars, checks};
use crate::cli::{DataFormat, Dialect};
use crate::engines::gate;
use crate::error::{Error, Result};
use crate::lake::At;
use crate::model::result::QueryResult;
use crate::model::tables;
use crate::reports::{csv, json};

/// What was asked.
pub struct Asked {
    /// Name, path or SQL.
    pub query: String,
    /// `name=value`.
    pub vars: Vec<String>,
    /// Period.
    pub period: Option<String>,
    /// Form of the answer.
    pub format: DataFormat,
    /// Print the statement instead.
    pub sql: Option<Dialect>,
    /// Which versions of the tables are read.
    pub at: At,
}

/// Answers, or prints the statement.
pub fn query(project: &Project, asked: &Asked) -> Result<Outcome> {
    let answers = Answers::new(project, asked.at)?;
    answers.warn_of_emptiness(project)?;
    let period = project.period(asked.period.as_deref())?;
    let vars = answers.vars(&period, &given(&asked.vars)?);
    let plan = plan(&answers, &asked.query, &vars)?;
    if let Some(dialect) = asked.sql {
        return spelled(&plan, dialect);
    }
    let result = answers.planned(&plan, &vars)?;
    if let Some(reason) = &result.not_assessable {
        project.messages.warn(&format!("not assessable: {reason}"), None);
    }
    let broken = checks::violations(&plan.header.checks, &result.frame)?;
    for violation in &broken {
        project.messages.warn(violation, Some("this is a bug in the query or its data"));
    }
    print(&result, asked.format)?;
    Ok(Outcome::of(!broken.is_empty()))
}

/// Prints a result to standard output.
pub fn print(result: &QueryResult, format: DataFormat) -> Result<()> {
    match format {
        DataFormat::Table => output::print(&output::table(&result.frame)),
        DataFormat::Csv => output::print_bytes(&csv::bytes(result, csv::Formulas::Defused)?),
        DataFormat::Json => output::print_bytes(&json::bytes(result)?),
    }
}

fn plan(answers: &Answers, query: &str, vars: &Vars) -> Result<Plan> {
    if answers.catalog().queries().contains_key(query) {
        return answers.catalog().plan(query, vars);
    }
    if tables::find(query).is_some() {
        return answers.catalog().plan_sql(&format!("select * from {query}"), vars);
    }
    let path = std::path::Path::new(query);
    if path.extension().is_some_and(|e| e == "sql") {
        let text = String::from_utf8(crate::files::read(path)?)
            .map_err(|_| Error::config("is not UTF-8").at(query))?;
        return answers.catalog().plan_sql(&text, vars).map_err(|e| e.at(query));
    }
    if query.contains(char::is_whitespace) {
        return answers.catalog().plan_sql(query, vars);
    }
    answers.catalog().plan(query, vars)
}

fn spelled(plan: &Plan, dialect: Dialect) -> Result<Outcome> {
    let sql = match dialect {
        Dialect::Portable => plan.sql.clone(),
        Dialect::Polars => spell(plan, gate::Dialect::Polars)?,
        Dialect::Duckdb => spell(plan, gate::Dialect::DuckDb)?,
    };
    output::print(&format!("{}\n", sql.trim_end()))?;
    Ok(Outcome::Done)
}

fn spell(plan: &Plan, dialect: gate::Dialect) -> Result<String> {
    Ok(gate::spell(&plan.sql, dialect).map_err(|e| plan.locate(e))?.sql)
}

fn given(texts: &[String]) -> Result<Vars> {
    let mut vars = Vars::new();
    for text in texts {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Error::config(format!("`{text}` is not a variable")).hint("write --var name=value")
        })?;
        vars.insert(name.trim().to_owned(), Var::Text(value.to_owned()));
    }
    Ok(vars)
}
