//! The header of a query file: what the figure is, what its columns mean, which variables it
//! takes, which statistics follow. It is TOML between `/*---` and `---*/`, never templated.
//! This file reads and checks it; it never looks at the SQL.
//!
//! ```text
//! title  = "Backup success rate by tier"            grain = "one row per tier and month"
//! says   = "ok attempts / attempts that started"    checks = ["unique(tier, month)"]
//! needs  = ["job_runs", "systems.tier"]             population = "run_attempts"
//! [columns]
//! tier   = { type = "text", says = "systems.tier" }
//! [vars]
//! keep_days = { default = 90, says = "days of history" }      # or type = "int" without default
//! [[steps]]
//! step = "proportion"
//! ```

use serde::Deserialize;

use super::checks;
use super::vars::{Var, VarKind};
use crate::error::{Error, Result};
use crate::model::frame::Type;
use crate::model::result::ResultColumn;

/// What a query says about itself.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Name for people.
    pub title: String,
    /// "one row per ..."
    pub grain: String,
    /// Definition in one sentence.
    pub says: String,
    /// Conditions on the result, see `checks`.
    pub checks: Vec<String>,
    /// Tables (`job_runs`) and columns (`systems.tier`) without which nothing can be said.
    pub needs: Vec<String>,
    /// For checks: the query or table whose row count is the population.
    pub population: Option<String>,
    /// Result columns in order.
    pub columns: Vec<ResultColumn>,
    /// Variables beyond `from`, `to` and `as_of`.
    pub vars: Vec<VarSpec>,
    /// Statistics applied to the result, in order; their words belong to `stats/`.
    pub steps: Vec<toml::Table>,
}

/// A variable that a query takes.
#[derive(Debug, Clone, PartialEq)]
pub struct VarSpec {
    /// Name in `var('...')`.
    pub name: String,
    /// Type.
    pub kind: VarKind,
    /// Value when nobody sets it; none = it must be set.
    pub default: Option<Var>,
    /// One line of meaning.
    pub says: String,
}

/// A query file cut in two.
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    /// TOML between the marks.
    pub header: &'a str,
    /// SQL after the header.
    pub body: &'a str,
    /// Line of the file on which the body starts, from 1.
    pub body_line: usize,
}

const OPEN: &str = "/*---";
const CLOSE: &str = "---*/";

/// Cuts a query file into header and SQL.
///
/// # Errors
/// When the file does not start with a header or the header does not end.
pub fn cut<'a>(path: &str, text: &'a str) -> Result<Cut<'a>> {
    let Some(rest) = text.strip_prefix(OPEN) else {
        return Err(Error::config("a query starts with a header").at(format!("{path}:1")).hint(
            "put /*--- on the first line, then title, grain, says and [columns], then ---*/",
        ));
    };
    let Some((header, body)) = rest.split_once(CLOSE) else {
        return Err(Error::config("the header does not end")
            .at(format!("{path}:1"))
            .hint("close it with ---*/ on a line of its own"));
    };
    let (blank, body) = body.split_once('\n').unwrap_or(("", body));
    if !blank.trim().is_empty() {
        let line = 1 + count_lines(header);
        return Err(Error::config("text after the end of the header")
            .at(format!("{path}:{line}"))
            .hint("start the SQL on the next line"));
    }
    Ok(Cut { header, body, body_line: 2 + count_lines(header) })
}

fn count_lines(text: &str) -> usize {
    text.matches('\n').count()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: String,
    grain: String,
    says: String,
    #[serde(default)]
    checks: Vec<String>,
    #[serde(default)]
    needs: Vec<String>,
    population: Option<String>,
    columns: toml::Table,
    #[serde(default)]
    vars: toml::Table,
    #[serde(default)]
    steps: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawColumn {
    r#type: String,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVar {
    r#type: Option<String>,
    default: Option<toml::Value>,
    says: String,
}

/// Reads the header of a query file.
///
/// # Errors
/// With file and line, when it is no TOML, a word is unknown or a part is missing.
pub fn parse(path: &str, text: &str) -> Result<Header> {
    let raw: Raw = toml::from_str(text).map_err(|e| {
        let line = e.span().map_or(1, |s| 1 + count_lines(text.get(..s.start).unwrap_or("")));
        Error::config(e.message().trim().to_owned()).at(format!("{path}:{line}")).hint(
            "a header has title, grain, says, checks, needs, population, columns, vars, steps",
        )
    })?;
    let place = |word: &str| format!("{path}:{}", line_of(text, word));
    for (name, value) in [("title", &raw.title), ("grain", &raw.grain), ("says", &raw.says)] {
        if value.trim().is_empty() {
            return Err(Error::config(format!("`{name}` is empty")).at(place(name)));
        }
    }
    for check in &raw.checks {
        checks::parse(check).map_err(|e| e.at(place("checks")))?;
    }
    let mut columns = Vec::new();
    for (name, value) in raw.columns {
        columns.push(column(&name, value).map_err(|e| e.at(place(&name)))?);
    }
    if columns.is_empty() {
        return Err(Error::config("no result column is described").at(place("columns")));
    }
    let mut vars = Vec::new();
    for (name, value) in raw.vars {
        vars.push(variable(&name, value).map_err(|e| e.at(place(&name)))?);
    }
    Ok(Header {
        title: raw.title,
        grain: raw.grain,
        says: raw.says,
        checks: raw.checks,
        needs: raw.needs,
        population: raw.population,
        columns,
        vars,
        steps: raw.steps,
    })
}

/// First line on which `word` starts an entry; 1 when none does.
fn line_of(text: &str, word: &str) -> usize {
    let starts = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(word).is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
    };
    text.lines().position(starts).map_or(1, |at| at + 1)
}

fn column(name: &str, value: toml::Value) -> Result<ResultColumn> {
    check_name(name)?;
    let raw: RawColumn = value.try_into().map_err(|e: toml::de::Error| {
        Error::config(format!("column `{name}`: {}", e.message().trim()))
            .hint(format!("write {name} = {{ type = \"int64\", says = \"...\" }}"))
    })?;
    let kind = kind(&raw.r#type).ok_or_else(|| {
        Error::config(format!("column `{name}`: `{}` is no type", raw.r#type))
            .hint("types are text, int64, float64, bool, time, list")
    })?;
    Ok(ResultColumn { name: name.to_owned(), kind, says: raw.says })
}

/// The type of a header word.
#[must_use]
pub fn kind(word: &str) -> Option<Type> {
    Some(match word {
        "text" => Type::Text,
        "int64" | "int" => Type::Int,
        "float64" | "float" => Type::Float,
        "bool" => Type::Bool,
        "time" => Type::Time,
        "list" => Type::List,
        _ => return None,
    })
}

fn variable(name: &str, value: toml::Value) -> Result<VarSpec> {
    check_name(name)?;
    if super::vars::BUILT_IN.contains(&name) {
        return Err(
            Error::config(format!("variable `{name}` is always there")).hint("take another name")
        );
    }
    let raw: RawVar = value.try_into().map_err(|e: toml::de::Error| {
        Error::config(format!("variable `{name}`: {}", e.message().trim()))
            .hint(format!("write {name} = {{ default = 90, says = \"...\" }}"))
    })?;
    let default = raw.default.as_ref().map(Var::from_toml).transpose()?;
    let kind = match (&raw.r#type, &default) {
        (Some(word), _) => VarKind::from_word(word).ok_or_else(|| {
            Error::config(format!("variable `{name}`: `{word}` is no type"))
                .hint("types are text, int, float, bool, time, texts, ints")
        })?,
        (None, Some(value)) => value.kind(),
        (None, None) => {
            return Err(Error::config(format!("variable `{name}` has no type and no default"))
                .hint("add type = \"int\" or default = 90"));
        }
    };
    let default = default.map(|value| value.into_kind(kind, name)).transpose()?;
    Ok(VarSpec { name: name.to_owned(), kind, default, says: raw.says })
}

fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && name.chars().all(plain) {
        return Ok(());
    }
    Err(Error::config(format!("`{name}` is no name"))
        .hint("names are lower-case letters, digits and _, starting with a letter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "T"
grain = "one row per tier"
says = "S"
checks = ["unique(tier)"]

[columns]
tier = { type = "text", says = "systems.tier" }
n = { type = "int64", says = "rows" }

[vars]
keep_days = { default = 90, says = "days" }
since = { type = "time", default = "2026-01-01", says = "start" }
words = { type = "texts", says = "must be set" }

[[steps]]
step = "proportion"
input = { k = "n", n = "n" }
"#;

    #[test]
    fn columns_and_variables_keep_their_order_and_types() {
        let header = parse("q.sql", GOOD).unwrap();
        let names: Vec<_> = header.columns.iter().map(|c| (c.name.as_str(), c.kind)).collect();
        assert_eq!(names, [("tier", Type::Text), ("n", Type::Int)]);
        let kinds: Vec<_> = header.vars.iter().map(|v| (v.name.as_str(), v.kind)).collect();
        let want =
            [("keep_days", VarKind::Int), ("since", VarKind::Time), ("words", VarKind::Texts)];
        assert_eq!(kinds, want);
        assert_eq!(header.vars[1].default, Some(Var::Time(1_767_225_600_000_000)));
        assert_eq!(header.steps[0]["step"].as_str(), Some("proportion"));
    }

    #[test]
    fn wrong_headers_name_file_and_line() {
        let cases = [
            ("says = \"S\"", "saus = \"S\"", "q.sql:4", "unknown field"),
            ("\"text\"", "\"txt\"", "q.sql:8", "`txt` is no type"),
            ("tier = {", "Tier = {", "q.sql:8", "`Tier` is no name"),
            ("default = 90, ", "", "q.sql:12", "no type and no default"),
            ("keep_days", "as_of", "q.sql:12", "always there"),
            ("unique(tier)", "uniq(tier)", "q.sql:5", "uniq"),
            ("says = \"rows\"", "sagt = \"rows\"", "q.sql:9", "unknown field"),
            ("title = \"T\"", "title = \" \"", "q.sql:2", "`title` is empty"),
        ];
        for (from, to, place, message) in cases {
            let error = parse("q.sql", &GOOD.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.place.as_deref(), Some(place), "{from} -> {to}: {error}");
            assert!(error.message.contains(message), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn the_body_starts_on_the_line_after_the_header() {
        let cut = cut("q.sql", "/*---\ntitle = 1\n---*/\nselect 1\n").unwrap();
        assert_eq!((cut.header, cut.body, cut.body_line), ("\ntitle = 1\n", "select 1\n", 4));
        assert!(super::cut("q.sql", "select 1").unwrap_err().message.contains("header"));
        assert!(super::cut("q.sql", "/*---\n").unwrap_err().message.contains("end"));
        assert!(super::cut("q.sql", "/*---\n---*/ select 1\n").is_err());
    }
}
