//! What may stand where in a statement: the flat `with` list, unions, selects, joins, order.
//! Refuses the shapes that Polars answers wrongly without an error, and those that engines
//! spell differently. Expressions are not looked at here, see `expressions`.

use std::collections::BTreeSet;

use sqlparser::ast::{
    BinaryOperator, Cte, Distinct, Expr, GroupByExpr, Ident, Join, JoinConstraint, JoinOperator,
    LimitClause, ObjectName, OrderByKind, Query, Select, SelectFlavor, SelectItem, SetExpr,
    SetOperator, SetQuantifier, Spanned, TableAlias, TableFactor, Value, ValueWithSpan, Visit,
    WildcardAdditionalOptions, With,
};
use sqlparser::tokenizer::Span;

use super::{Refusal, flow, refusal, scope};
use crate::error::Result;
use crate::model::walk::{Flow, Watch, walk};

type Check = std::result::Result<(), Refusal>;

/// Checks the shape of a statement; returns the tables that it reads.
pub(super) fn check(query: &Query) -> Result<BTreeSet<String>> {
    let names = Names::of(query).map_err(|e| *e)?;
    let mut shapes = Shapes { names: &names, depth: 0 };
    walk(query, &mut shapes).map_err(|e| *e)?;
    Ok(names.relations.difference(&names.expressions).cloned().collect())
}

/// Names of the whole statement.
struct Names {
    /// Common table expressions.
    expressions: BTreeSet<String>,
    /// Everything that stands after `from` or `join`.
    relations: BTreeSet<String>,
}

impl Names {
    fn of(query: &Query) -> std::result::Result<Self, Refusal> {
        let list = query.with.as_ref().map(|w| w.cte_tables.as_slice()).unwrap_or_default();
        let expressions: BTreeSet<String> =
            list.iter().map(|c| c.alias.name.value.clone()).collect();
        let mut relations = BTreeSet::new();
        let mut defined = BTreeSet::new();
        for cte in list {
            // The engine looks for a table before it looks for an expression: a reference to a
            // later expression, or to itself, would silently read a table of that name.
            for used in relations_of(&*cte.query) {
                if expressions.contains(&used) && !defined.contains(&used) {
                    return Err(refusal(
                        cte.alias.name.span,
                        format!("`{used}` is read before it is defined"),
                        "give a common table expression another name than the tables it reads",
                    ));
                }
                relations.insert(used);
            }
            if !defined.insert(cte.alias.name.value.clone()) {
                return Err(refusal(
                    cte.alias.name.span,
                    format!("`{}` is defined twice", cte.alias.name.value),
                    "give each common table expression its own name",
                ));
            }
        }
        relations.extend(relations_of(&*query.body));
        Ok(Names { expressions, relations })
    }
}

fn relations_of(node: &impl Visit) -> Vec<String> {
    struct Relations(Vec<String>);
    impl Watch for Relations {
        fn relation(&mut self, name: &ObjectName) -> Flow {
            self.0.push(name.to_string());
            Flow::Continue(())
        }
    }
    let mut found = Relations(Vec::new());
    walk(node, &mut found).map(|()| found.0).unwrap_or_default()
}

struct Shapes<'a> {
    names: &'a Names,
    depth: usize,
}

impl Watch for Shapes<'_> {
    fn query(&mut self, query: &Query) -> Flow {
        self.depth += 1;
        flow(check_query(query, self.depth == 1))
    }

    fn query_end(&mut self, _: &Query) {
        self.depth -= 1;
    }

    fn select(&mut self, select: &Select) -> Flow {
        flow(check_select(select).and_then(|()| scope::check(select)))
    }

    fn table_factor(&mut self, factor: &TableFactor) -> Flow {
        flow(check_factor(factor, self.names))
    }
}

fn check_query(query: &Query, is_top: bool) -> Check {
    let span = query.span();
    let Query { with, body, order_by, limit_clause, fetch, locks, .. } = query;
    let Query { for_clause, settings, format_clause, pipe_operators, .. } = query;
    if let Some(with) = with {
        check_with(with, is_top)?;
    }
    check_set(body, true)?;
    let other = fetch.is_some() || !locks.is_empty() || for_clause.is_some();
    if other || settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty() {
        return Err(refusal(
            span,
            "a clause that is not standard everywhere",
            "use order by, limit",
        ));
    }
    match (order_by, is_top) {
        (Some(order), true) => check_order(&order.kind, body, order.span())?,
        (Some(order), false) => {
            return Err(refusal(
                order.span(),
                "order by inside the statement has no meaning",
                "order once, at the very end",
            ));
        }
        (None, _) => {}
    }
    match limit_clause {
        None => Ok(()),
        Some(_) if order_by.is_none() => Err(refusal(
            span,
            "limit without order by returns any rows",
            "add order by with enough columns to make the order total",
        )),
        Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by })
            if limit_by.is_empty() && is_number(limit) =>
        {
            Ok(())
        }
        Some(_) => Err(refusal(span, "only `limit` with a number is portable", "write limit 10")),
    }
}

fn check_with(with: &With, is_top: bool) -> Check {
    if !is_top {
        return Err(refusal(
            with.with_token.0.span,
            "`with` inside a subquery",
            "put every common table expression into the list at the top",
        ));
    }
    if with.recursive {
        return Err(refusal(with.with_token.0.span, "recursive queries", "use a derived table"));
    }
    for Cte { alias, materialized, from, .. } in &with.cte_tables {
        check_alias(alias)?;
        if materialized.is_some() || from.is_some() {
            return Err(refusal(alias.name.span, "a hint to one engine", "leave it out"));
        }
    }
    Ok(())
}

/// Unions may be chained; `except` and `intersect` only stand alone, because the engine takes
/// the outermost operator for all inner ones.
fn check_set(set: &SetExpr, is_outermost: bool) -> Check {
    match set {
        SetExpr::Select(_) => Ok(()),
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let span = set.span();
            let all_or_none = matches!(set_quantifier, SetQuantifier::All | SetQuantifier::None);
            let is_union = *op == SetOperator::Union;
            let fits = if is_union {
                all_or_none || *set_quantifier == SetQuantifier::Distinct
            } else {
                *set_quantifier == SetQuantifier::None
            };
            let single = matches!((&**left, &**right), (SetExpr::Select(_), SetExpr::Select(_)));
            let stands_alone = is_outermost && single;
            if !fits || *op == SetOperator::Minus || !(is_union || stands_alone) {
                let words = format!("{op} {set_quantifier}");
                return Err(refusal(
                    span,
                    format!("`{}` in this place", words.trim_end()),
                    "chain only unions; put except and intersect into an expression of their own",
                ));
            }
            check_set(left, false)?;
            check_set(right, false)
        }
        _ => Err(refusal(
            set.span(),
            "only selects and unions are in the house subset",
            "write each part as a common table expression; rows of literals as selects",
        )),
    }
}

/// Keys are result columns. Over a select of nothing but plain columns they may be computed:
/// there a name cannot mean a result on one engine and a source on the other.
fn check_order(kind: &OrderByKind, body: &SetExpr, span: Span) -> Check {
    let is_plain = body.as_select().is_some_and(|select| {
        let plain =
            |item: &SelectItem| matches!(item, SelectItem::UnnamedExpr(Expr::Identifier(_)));
        let no_keys = GroupByExpr::Expressions(Vec::new(), Vec::new());
        select.projection.iter().all(plain) && select.group_by == no_keys
    });

    let OrderByKind::Expressions(keys) = kind else {
        return Err(refusal(span, "order by all", "name the columns"));
    };
    for key in keys {
        let is_computed = is_plain && matches!(key.expr, Expr::Case { .. } | Expr::Function(_));
        if !matches!(key.expr, Expr::Identifier(_)) && !is_computed {
            return Err(refusal(
                key.expr.span(),
                "order by takes names of result columns",
                "compute the key as a column, without a table before its name",
            ));
        }
        if key.options.nulls_first.is_none() {
            return Err(refusal(
                key.expr.span(),
                "engines put nulls at different ends",
                "say nulls first or nulls last",
            ));
        }
    }
    Ok(())
}

fn check_select(select: &Select) -> Check {
    let span = select.select_token.0.span;
    let outside = [
        (select.top.is_some(), "top"),
        (select.into.is_some(), "select into"),
        (!select.lateral_views.is_empty(), "lateral view"),
        (select.prewhere.is_some(), "prewhere"),
        (!select.connect_by.is_empty(), "connect by"),
        (!select.cluster_by.is_empty(), "cluster by"),
        (!select.distribute_by.is_empty(), "distribute by"),
        (!select.sort_by.is_empty(), "sort by"),
        (!select.named_window.is_empty(), "window"),
        (select.qualify.is_some(), "qualify"),
        (select.value_table_mode.is_some(), "select as"),
        (select.exclude.is_some(), "exclude"),
        (select.select_modifiers.is_some(), "a modifier of select"),
        (!select.optimizer_hints.is_empty(), "an optimizer hint"),
        (select.flavor != SelectFlavor::Standard, "from before select"),
        (matches!(select.distinct, Some(Distinct::On(_))), "distinct on"),
    ];
    if let Some((_, word)) = outside.iter().find(|(is_there, _)| *is_there) {
        let hint = "use row_number() in a common table expression and filter on it";
        return Err(refusal(span, format!("`{word}` is not in the house subset"), hint));
    }
    let joins = match select.from.as_slice() {
        [] => &[],
        [from] => from.joins.as_slice(),
        _ => {
            let hint = "write cross join or join ... on";
            return Err(refusal(span, "from takes one table and its joins", hint));
        }
    };
    for join in joins {
        check_join(join, joins.len() == 1)?;
    }
    check_group_by(select, span)?;
    check_projection(select, !joins.is_empty())
}

fn check_group_by(select: &Select, span: Span) -> Check {
    let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else {
        return Err(refusal(span, "group by all", "name the columns"));
    };
    if !modifiers.is_empty() {
        return Err(refusal(span, "rollup and cube", "use union all of two groupings"));
    }
    for key in keys {
        match key {
            Expr::Value(_) => {
                return Err(refusal(key.span(), "group by a position", "name the column"));
            }
            Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_) => {
                let hint = "use union all of two groupings";
                return Err(refusal(key.span(), "grouping sets", hint));
            }
            _ => {}
        }
    }
    if keys.is_empty()
        && let Some(having) = &select.having
    {
        let hint = "filter in the next common table expression";
        return Err(refusal(having.span(), "having without group by", hint));
    }
    Ok(())
}

fn check_projection(select: &Select, has_joins: bool) -> Check {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for item in &select.projection {
        let name = match item {
            SelectItem::ExprWithAlias { alias, .. } => Some(alias),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => Some(name),
            SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last(),
            SelectItem::UnnamedExpr(other) => {
                let hint = "engines name it differently: add `as name`";
                return Err(refusal(other.span(), "a result column without a name", hint));
            }
            SelectItem::Wildcard(options) => {
                if has_joins {
                    let hint = "name the columns, or write table.*";
                    return Err(refusal(item.span(), "`*` over a join", hint));
                }
                check_wildcard(options, item.span())?;
                None
            }
            SelectItem::QualifiedWildcard(_, options) => {
                check_wildcard(options, item.span())?;
                None
            }
            SelectItem::ExprWithAliases { .. } => {
                return Err(refusal(item.span(), "several names", "give one name"));
            }
        };
        if let Some(Ident { value, span, .. }) = name
            && !seen.insert(value)
        {
            return Err(refusal(*span, format!("`{value}` is selected twice"), "rename one"));
        }
    }
    Ok(())
}

fn check_wildcard(options: &WildcardAdditionalOptions, span: Span) -> Check {
    let plain = WildcardAdditionalOptions {
        wildcard_token: options.wildcard_token.clone(),
        ..WildcardAdditionalOptions::default()
    };
    if *options == plain {
        return Ok(());
    }
    Err(refusal(span, "`*` with exceptions", "name the columns"))
}

fn check_join(join: &Join, is_only: bool) -> Check {
    let span = join.relation.span();
    let (constraint, equality_only) = match &join.join_operator {
        JoinOperator::Join(on) | JoinOperator::Inner(on) => (on, false),
        JoinOperator::Left(on)
        | JoinOperator::LeftOuter(on)
        | JoinOperator::Semi(on)
        | JoinOperator::LeftSemi(on)
        | JoinOperator::Anti(on)
        | JoinOperator::LeftAnti(on) => (on, true),
        JoinOperator::CrossJoin(JoinConstraint::None) if !join.global => return Ok(()),
        _ => {
            return Err(refusal(
                span,
                "this kind of join is not in the house subset",
                "use join, left join, semi join, anti join or cross join",
            ));
        }
    };
    let JoinConstraint::On(condition) = constraint else {
        let hint = "write on a.key = b.key";
        return Err(refusal(span, "a join without `on`", hint));
    };
    check_condition(condition, equality_only, is_only && !equality_only)
}

/// A chain of `and` over comparisons of columns; the one inner join of a select may add to them.
fn check_condition(condition: &Expr, equality_only: bool, may_add: bool) -> Check {
    match condition {
        Expr::Nested(inner) => check_condition(inner, equality_only, may_add),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            check_condition(left, equality_only, may_add)?;
            check_condition(right, equality_only, may_add)
        }
        Expr::BinaryOp { left, op, right } if *op != BinaryOperator::Or => {
            if !is_side(left, may_add) || !is_side(right, may_add) {
                return Err(refusal(
                    condition.span(),
                    "a join compares columns, written table.column",
                    "compute or filter in a common table expression first; a literal belongs there",
                ));
            }
            let is_range = matches!(
                op,
                BinaryOperator::Lt
                    | BinaryOperator::LtEq
                    | BinaryOperator::Gt
                    | BinaryOperator::GtEq
                    | BinaryOperator::NotEq
            );
            match op {
                BinaryOperator::Eq => Ok(()),
                _ if is_range && !equality_only => Ok(()),
                _ if is_range => Err(refusal(
                    condition.span(),
                    "unmatched rows vanish from a left, semi or anti join over a range",
                    "inner range join first, then left or anti join on the key; or derive/",
                )),
                _ => Err(refusal(condition.span(), "no comparison", "use =, <, <=, > or >=")),
            }
        }
        _ => Err(refusal(
            condition.span(),
            "a join takes comparisons of columns joined by `and`",
            "write between as two comparisons; split `or` into a union of two joins",
        )),
    }
}

/// A column, or a column plus or minus a literal.
fn is_side(expr: &Expr, may_add: bool) -> bool {
    match expr {
        Expr::CompoundIdentifier(_) => true,
        Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
            may_add
                && matches!(**left, Expr::CompoundIdentifier(_))
                && matches!(**right, Expr::Interval(_) | Expr::Value(_))
        }
        _ => false,
    }
}

fn check_factor(factor: &TableFactor, names: &Names) -> Check {
    let span = factor.span();
    let other = || refusal(span, "this kind of table is not in the house subset", "use a table");
    match factor {
        TableFactor::Table { name, alias, args, with_hints, version, with_ordinality, .. } => {
            let TableFactor::Table { partitions, json_path, sample, index_hints, .. } = factor
            else {
                return Err(other());
            };
            let extras = args.is_some() || !with_hints.is_empty() || version.is_some();
            let more = *with_ordinality || !partitions.is_empty() || json_path.is_some();
            if extras || more || sample.is_some() || !index_hints.is_empty() || name.0.len() != 1 {
                return Err(other());
            }
            alias.as_ref().map_or(Ok(()), |alias| {
                check_alias(alias)?;
                not_a_table(alias, names, &name.to_string())
            })
        }
        TableFactor::Derived { lateral: false, alias: Some(alias), sample: None, .. } => {
            check_alias(alias)?;
            not_a_table(alias, names, "")
        }
        _ => Err(other()),
    }
}

/// The engine resolves `x.column` by the table `x` before the alias `x`.
fn not_a_table(alias: &TableAlias, names: &Names, own: &str) -> Check {
    let name = &alias.name.value;
    if name != own && (names.relations.contains(name) || names.expressions.contains(name)) {
        let message = format!("alias `{name}` is the name of another table");
        return Err(refusal(alias.name.span, message, "choose another alias"));
    }
    Ok(())
}

fn check_alias(alias: &TableAlias) -> Check {
    if alias.columns.is_empty() && alias.at.is_none() {
        return Ok(());
    }
    Err(refusal(alias.name.span, "column names after a table name", "name them in the select"))
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: Value::Number(_, _), .. }))
}
