//! Columns of one select: over a join each says which table it is from, and that table stands
//! in the same select (no correlation); a grouped select shows only its keys and aggregates.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Expr, GroupByExpr, Ident, Query, Select, SelectItem, SelectItemQualifiedWildcardKind, Spanned,
    TableFactor,
};

use super::functions::{Kind, find};
use super::{Refusal, flow, refusal};
use crate::model::walk::{Flow, Watch, any_expr, walk};

type Check = std::result::Result<(), Refusal>;

/// Checks the columns of one select; subqueries are selects of their own.
pub(super) fn check(select: &Select) -> Check {
    let tables = tables(select)?;
    let aliases: BTreeSet<&str> = select.projection.iter().filter_map(alias).collect();
    let keys: &[Expr] = match &select.group_by {
        GroupByExpr::Expressions(keys, _) => keys,
        GroupByExpr::All(_) => &[],
    };
    for key in keys {
        if let Expr::Identifier(name) = key {
            check_key(name, select)?;
        }
    }
    let is_join = tables.len() > 1;
    let mut columns = Columns { tables: &tables, is_join, free: &aliases, depth: 0 };
    for key in keys {
        walk(key, &mut columns)?;
    }
    let none = BTreeSet::new();
    columns.free = &none;
    for item in &select.projection {
        walk(item, &mut columns)?;
        if let SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) =
            item
            && !tables.contains(name.to_string().as_str())
        {
            let message = format!("`{name}` is no table of this select");
            return Err(refusal(item.span(), message, "name a table after from or join"));
        }
    }
    for expr in select.selection.iter().chain(&select.having) {
        walk(expr, &mut columns)?;
    }
    check_grouping(select, keys)
}

/// Names by which the select may call its tables.
fn tables(select: &Select) -> std::result::Result<BTreeSet<String>, Refusal> {
    let mut names = BTreeSet::new();
    for from in &select.from {
        let joined = from.joins.iter().map(|j| &j.relation);
        for factor in std::iter::once(&from.relation).chain(joined) {
            let name = match factor {
                TableFactor::Table { alias: Some(alias), .. }
                | TableFactor::Derived { alias: Some(alias), .. } => alias.name.value.clone(),
                TableFactor::Table { name, .. } => name.to_string(),
                _ => continue,
            };
            if !names.insert(name.clone()) {
                let message = format!("`{name}` stands twice in one select");
                return Err(refusal(factor.span(), message, "give each its own alias"));
            }
        }
    }
    Ok(names)
}

fn alias(item: &SelectItem) -> Option<&str> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.as_str()),
        _ => None,
    }
}

/// `lower(tier) as tier ... group by tier`: engines disagree about which `tier` is meant.
fn check_key(name: &Ident, select: &Select) -> Check {
    for item in &select.projection {
        let SelectItem::ExprWithAlias { expr, alias } = item else {
            continue;
        };
        let is_itself = matches!(expr, Expr::Identifier(inner) if inner.value == name.value);
        if alias.value == name.value && !is_itself && mentions(expr, &name.value) {
            let message = format!("`{name}` is a column and a result of this select");
            let hint = "compute it in a common table expression first, or give it another name";
            return Err(refusal(name.span, message, hint));
        }
    }
    Ok(())
}

fn mentions(expr: &Expr, name: &str) -> bool {
    any_expr(expr, |inner| match inner {
        Expr::Identifier(ident) => ident.value == name,
        Expr::CompoundIdentifier(parts) => parts.last().is_some_and(|p| p.value == name),
        _ => false,
    })
}

struct Columns<'a> {
    tables: &'a BTreeSet<String>,
    is_join: bool,
    /// Names that need no table: results of the select in its `group by`.
    free: &'a BTreeSet<&'a str>,
    depth: usize,
}

impl Watch for Columns<'_> {
    fn query(&mut self, _: &Query) -> Flow {
        self.depth += 1;
        Flow::Continue(())
    }

    fn query_end(&mut self, _: &Query) {
        self.depth -= 1;
    }

    fn expr(&mut self, expr: &Expr) -> Flow {
        if self.depth > 0 {
            return Flow::Continue(());
        }
        flow(match expr {
            Expr::Identifier(name) if self.is_join && !self.free.contains(name.value.as_str()) => {
                Err(refusal(
                    name.span,
                    format!("over a join `{name}` does not say which table it is from"),
                    format!("write table.{name}"),
                ))
            }
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [table, _] if self.tables.contains(&table.value) => Ok(()),
                [table, _] => Err(refusal(
                    table.span,
                    format!("`{table}` is no table of this select"),
                    "subqueries cannot look outside; use a join",
                )),
                _ => Err(refusal(expr.span(), "a name of three parts", "write table.column")),
            },
            _ => Ok(()),
        })
    }
}

/// Every column outside an aggregate is a key.
fn check_grouping(select: &Select, keys: &[Expr]) -> Check {
    let items: Vec<&Expr> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { expr, .. } | SelectItem::UnnamedExpr(expr) => Some(expr),
            _ => None,
        })
        .collect();
    if keys.is_empty() && !items.iter().any(|expr| has_aggregate(expr)) {
        return Ok(());
    }
    let mut known: Vec<&Expr> = keys.iter().collect();
    for item in &select.projection {
        if let SelectItem::ExprWithAlias { expr, alias } = item
            && keys.iter().any(|key| matches!(key, Expr::Identifier(k) if k.value == alias.value))
        {
            known.push(expr);
        }
    }
    let mut grouping = Grouping { keys: known, inside: 0 };
    for expr in items.into_iter().chain(&select.having) {
        walk(expr, &mut grouping)?;
    }
    Ok(())
}

/// True when an expression holds an aggregate that is not a window.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    any_expr(expr, is_aggregate)
}

/// True for a call of an aggregate without `over`.
pub(super) fn is_aggregate(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else {
        return false;
    };
    let kind = find(&function.name.to_string().to_lowercase()).map(|f| f.kind);
    function.over.is_none() && matches!(kind, Some(Kind::Aggregate | Kind::Grouped))
}

struct Grouping<'a> {
    keys: Vec<&'a Expr>,
    inside: usize,
}

impl Grouping<'_> {
    fn covers(&self, expr: &Expr) -> bool {
        is_aggregate(expr) || self.keys.contains(&expr)
    }
}

impl Watch for Grouping<'_> {
    fn expr(&mut self, expr: &Expr) -> Flow {
        if self.covers(expr) {
            self.inside += 1;
        } else if self.inside == 0
            && matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        {
            return Flow::Break(refusal(
                expr.span(),
                format!("`{expr}` is neither a key of group by nor inside an aggregate"),
                "group by it, or take min() or max() of it",
            ));
        }
        Flow::Continue(())
    }

    fn expr_end(&mut self, expr: &Expr) {
        if self.covers(expr) {
            self.inside -= 1;
        }
    }
}
