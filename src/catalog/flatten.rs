//! Text surgery on one rendered query: its common table expressions are taken out and renamed
//! so that many queries fit into one flat `with` list. Only names are exchanged; every other
//! character, comments and line breaks included, stays as the author wrote it.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    Expr, Ident, ObjectName, OrderByKind, Query, Select, SelectItem,
    SelectItemQualifiedWildcardKind, Spanned, Statement, TableFactor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span};

use crate::error::{Error, Result};
use crate::model::walk::{Flow, Watch, walk};

/// A query in two pieces.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Flat {
    /// `a as (...), b as (...)`; empty without common table expressions.
    pub ctes: String,
    /// Line of the text on which `ctes` starts, from 1.
    pub ctes_line: usize,
    /// What follows the list.
    pub body: String,
    /// Line of the text on which `body` starts, from 1.
    pub body_line: usize,
    /// Names of the expressions, as written -> as renamed.
    pub names: BTreeMap<String, String>,
    /// Relations that are not its own expressions, sorted.
    pub relations: BTreeSet<String>,
}

/// Takes a statement apart. `rename` gives the new name of each common table expression; a
/// query inside another loses its final `order by`, which has no meaning there.
pub(super) fn flatten(
    text: &str,
    is_inside: bool,
    rename: impl Fn(&str) -> String,
) -> Result<Flat> {
    let text = text.trim_end().trim_end_matches(';').trim_end();
    let query = parse(text)?;
    let text = if is_inside { without_order(text, &query) } else { text };
    let mut names = BTreeMap::new();
    if let Some(with) = &query.with {
        for cte in &with.cte_tables {
            let name = &cte.alias.name.value;
            if names.insert(name.clone(), rename(name)).is_some() {
                return Err(at(format!("`{name}` is defined twice"), cte.alias.name.span.start)
                    .hint("give each common table expression its own name"));
            }
        }
    }
    let mut finder = Finder { names: &names, depth: 0, edits: Vec::new(), found: BTreeSet::new() };
    walk(&query, &mut finder).map_err(|e| *e)?;
    let Finder { mut edits, found, .. } = finder;
    edits.sort_by_key(|(span, _)| (span.start.line, span.start.column));
    let (ctes, body) = bounds(&query, text);
    let relations = found.into_iter().filter(|r| !names.contains_key(r)).collect();
    Ok(Flat {
        ctes: edited(text, ctes.0, ctes.1, &edits),
        ctes_line: line_at(text, ctes.0),
        body: edited(text, body, text.len(), &edits),
        body_line: line_at(text, body),
        names,
        relations,
    })
}

/// The text before the final `order by`; all of it when a limit needs the order.
fn without_order<'a>(text: &'a str, query: &Query) -> &'a str {
    let keys = match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(keys)) if query.limit_clause.is_none() => keys,
        _ => return text,
    };
    let first = keys.first().map(|key| byte(text, key.expr.span().start));
    let before = first.and_then(|at| text.get(..at)).map(str::trim_end);
    let cut = |text: &'a str, word: &str| -> Option<&'a str> {
        let at = text.len().checked_sub(word.len())?;
        text.get(at..)?.eq_ignore_ascii_case(word).then(|| text.get(..at).unwrap_or("").trim_end())
    };
    before.and_then(|t| cut(t, "by")).and_then(|t| cut(t, "order")).unwrap_or(text)
}

fn parse(text: &str) -> Result<Box<Query>> {
    let statements = Parser::parse_sql(&GenericDialect, text).map_err(|e| syntax(&e))?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Ok(query),
        (None, _) => Err(Error::config("there is no SQL after the header").at("sql:1:1")),
        (Some(_), _) => Err(Error::config("a query is one select statement").at("sql:1:1")),
    }
}

/// The parser puts the position at the end of its message.
fn syntax(error: &ParserError) -> Error {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
        ParserError::RecursionLimitExceeded => "nested too deeply".to_owned(),
    };
    let position = text.rsplit_once(" at Line: ").and_then(|(message, rest)| {
        let (line, column) = rest.split_once(", Column: ")?;
        Some((message.to_owned(), format!("sql:{}:{}", line.trim(), column.trim())))
    });
    let (message, place) = position.unwrap_or((text, "sql:1:1".to_owned()));
    Error::config(format!("this is no SQL: {message}")).at(place)
}

fn at(message: String, place: Location) -> Error {
    Error::config(message).at(format!("sql:{}:{}", place.line, place.column))
}

/// Byte range of the list of common table expressions, and byte at which the rest starts.
fn bounds(query: &Query, text: &str) -> ((usize, usize), usize) {
    let Some(with) = &query.with else {
        return ((0, 0), 0);
    };
    let first = with.cte_tables.first().map(|c| c.alias.name.span.start);
    let last = with.cte_tables.last().map(|c| c.closing_paren_token.0.span.end);
    match (first, last) {
        (Some(first), Some(last)) => {
            let end = byte(text, last);
            let gap = text.get(end..).map_or(0, |t| t.len() - t.trim_start().len());
            ((byte(text, first), end), end + gap)
        }
        _ => ((0, 0), 0),
    }
}

/// Byte offset of a position; lines and columns count from 1, columns in characters.
fn byte(text: &str, place: Location) -> usize {
    let line = usize::try_from(place.line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(place.column).unwrap_or(1).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or("");
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

fn line_at(text: &str, byte: usize) -> usize {
    1 + text.get(..byte).unwrap_or("").matches('\n').count()
}

fn edited(text: &str, from: usize, to: usize, edits: &[(Span, String)]) -> String {
    let mut out = String::new();
    let mut done = from;
    for (span, name) in edits {
        let (start, end) = (byte(text, span.start), byte(text, span.end));
        if start < done || end > to {
            continue;
        }
        out.push_str(text.get(done..start).unwrap_or(""));
        out.push_str(name);
        done = end;
    }
    out.push_str(text.get(done..to).unwrap_or(""));
    out
}

/// Collects the places at which a renamed expression is mentioned, and all relations.
struct Finder<'a> {
    names: &'a BTreeMap<String, String>,
    depth: usize,
    edits: Vec<(Span, String)>,
    found: BTreeSet<String>,
}

impl Finder<'_> {
    fn mention(&mut self, ident: &Ident) {
        if let Some(new) = self.names.get(&ident.value) {
            self.edits.push((ident.span, new.clone()));
        }
    }
}

impl Watch for Finder<'_> {
    fn query(&mut self, query: &Query) -> Flow {
        self.depth += 1;
        if let Some(with) = &query.with {
            if self.depth > 1 {
                let place = with.with_token.0.span.start;
                return Flow::Break(Box::new(
                    at("`with` inside a subquery".to_owned(), place)
                        .hint("put every common table expression into the list at the top"),
                ));
            }
            for cte in &with.cte_tables {
                self.mention(&cte.alias.name);
            }
        }
        Flow::Continue(())
    }

    fn query_end(&mut self, _: &Query) {
        self.depth -= 1;
    }

    fn select(&mut self, select: &Select) -> Flow {
        for item in &select.projection {
            if let SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                _,
            ) = item
                && let Some(ident) = name.0.first().and_then(|p| p.as_ident())
            {
                self.mention(ident);
            }
        }
        Flow::Continue(())
    }

    fn relation(&mut self, relation: &ObjectName) -> Flow {
        if let [part] = relation.0.as_slice()
            && let Some(ident) = part.as_ident()
        {
            self.found.insert(ident.value.clone());
            self.mention(ident);
        } else {
            self.found.insert(relation.to_string());
        }
        Flow::Continue(())
    }

    fn table_factor(&mut self, factor: &TableFactor) -> Flow {
        if let TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. } = factor
            && self.names.contains_key(&alias.name.value)
        {
            let name = &alias.name.value;
            let message = format!("alias `{name}` has the name of a common table expression");
            return Flow::Break(Box::new(
                at(message, alias.name.span.start).hint("choose another alias"),
            ));
        }
        Flow::Continue(())
    }

    fn expr(&mut self, expr: &Expr) -> Flow {
        if let Expr::CompoundIdentifier(parts) = expr
            && let Some(first) = parts.first()
        {
            self.mention(first);
        }
        Flow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixed(text: &str) -> Result<Flat> {
        flatten(text, true, |name| format!("q__{name}"))
    }

    #[test]
    fn expressions_are_renamed_wherever_they_are_mentioned_and_nothing_else_changes() {
        let text = "-- why\nwith a as (\n    select x, 'a' as a -- a\n    from t\n),\nb as (select \
                    a.*, a.x as y from a join t on t.x = a.x)\n\nselect b.y, é.a from b as é;\n";
        let flat = prefixed(text).unwrap();
        assert_eq!(
            flat.ctes,
            "q__a as (\n    select x, 'a' as a -- a\n    from t\n),\nq__b as (select q__a.*, \
             q__a.x as y from q__a join t on t.x = q__a.x)"
        );
        assert_eq!(flat.body, "select q__b.y, é.a from q__b as é");
        assert_eq!((flat.ctes_line, flat.body_line), (2, 8));
        assert_eq!(flat.relations.into_iter().collect::<Vec<_>>(), ["t"]);
    }

    #[test]
    fn a_query_without_expressions_is_all_body() {
        let flat = prefixed("select x from t where x in (select y from u)").unwrap();
        assert_eq!((flat.ctes.as_str(), flat.body_line), ("", 1));
        assert_eq!(flat.relations.into_iter().collect::<Vec<_>>(), ["t", "u"]);
    }

    #[test]
    fn a_query_inside_another_loses_its_final_order() {
        let text = "select x from t where y = 'order by'\n\
                    ORDER  by\n  case x when 1 then 0 end nulls last, x";
        assert_eq!(prefixed(text).unwrap().body, "select x from t where y = 'order by'");
        assert_eq!(flatten(text, false, str::to_owned).unwrap().body, text);
        let limited = "select x from t order by x limit 1";
        assert_eq!(prefixed(limited).unwrap().body, limited);
    }

    #[test]
    fn what_cannot_be_flattened_is_refused_with_its_position() {
        let cases = [
            ("with a as (select 1), a as (select 2) select 1", "sql:1:23", "twice"),
            ("select 1 from (with a as (select 1) select 1 from a) as b", "sql:1:16", "inside"),
            ("with a as (select 1 as x)\nselect a.x from t as a", "sql:2:22", "alias `a`"),
            ("select 1;\nselect 2", "sql:1:1", "one select"),
            ("drop table t", "sql:1:1", "one select"),
            ("select x\nfrom (t", "sql:1:1", "no SQL"),
            ("select (1\nfrom t", "sql:2:1", "no SQL"),
            ("", "sql:1:1", "no SQL"),
        ];
        for (text, place, message) in cases {
            let error = prefixed(text).unwrap_err();
            assert!(error.place.as_deref().unwrap().starts_with(place), "{text}: {error}");
            assert!(error.message.contains(message), "{text}: {error}");
        }
    }
}
