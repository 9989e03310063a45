//! Operators, literals, casts and functions: what is in the house subset and what an
//! engine would answer wrongly. Where a column may stand is checked in `scope`.

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, DuplicateTreatment, Expr, Function,
    FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, GroupByExpr, Ident,
    Query, Select, Spanned, TimezoneInfo, UnaryOperator, Value, ValueWithSpan, Visit, WindowType,
};

use super::functions::{Kind, find, instead};
use super::scope::{has_aggregate, is_aggregate};
use super::windows::check_window;
use super::{Refusal, flow, refusal};
use crate::error::Result;
use crate::model::walk::{Flow, Watch, walk};

type Check = std::result::Result<(), Refusal>;

/// Checks every expression of a statement.
pub(super) fn check(query: &Query) -> Result<()> {
    walk(query, &mut Expressions).map_err(|e| *e)
}

struct Expressions;

impl Watch for Expressions {
    fn select(&mut self, select: &Select) -> Flow {
        flow(check_clauses(select))
    }

    fn expr(&mut self, expr: &Expr) -> Flow {
        flow(check_expr(expr))
    }
}

/// Visits the expressions of a clause without those of its subqueries.
struct Own<F> {
    depth: usize,
    check: F,
}

impl<F: FnMut(&Expr) -> Check> Watch for Own<F> {
    fn query(&mut self, _: &Query) -> Flow {
        self.depth += 1;
        Flow::Continue(())
    }

    fn query_end(&mut self, _: &Query) {
        self.depth -= 1;
    }

    fn expr(&mut self, expr: &Expr) -> Flow {
        if self.depth > 0 { Flow::Continue(()) } else { flow((self.check)(expr)) }
    }
}

pub(super) fn each(node: &impl Visit, check: impl FnMut(&Expr) -> Check) -> Check {
    walk(node, &mut Own { depth: 0, check })
}

/// What may stand in which clause.
fn check_clauses(select: &Select) -> Check {
    let keys: &[Expr] = match &select.group_by {
        GroupByExpr::Expressions(keys, _) => keys,
        GroupByExpr::All(_) => &[],
    };
    let early: Vec<&Expr> = select.selection.iter().chain(keys).collect();
    for expr in &early {
        each(*expr, |inner| {
            if is_aggregate(inner) || is_window(inner) {
                let hint = "compute it in a common table expression, filter in the next";
                return Err(refusal(inner.span(), "an aggregate or window in where", hint));
            }
            Ok(())
        })?;
    }
    let mut windows = 0_usize;
    for item in &select.projection {
        each(item, |inner| {
            windows += usize::from(is_window(inner));
            not_in_subquery(inner)
        })?;
    }
    for expr in select.having.iter().chain(keys) {
        each(expr, |inner| {
            windows += usize::from(is_window(inner));
            not_in_subquery(inner)
        })?;
    }
    if windows > 0 && (!keys.is_empty() || select.having.is_some()) {
        let hint = "group in one common table expression, number or add up in the next";
        let span = select.select_token.0.span;
        return Err(refusal(span, "a window in a grouped select", hint));
    }
    Ok(())
}

fn not_in_subquery(expr: &Expr) -> Check {
    match expr {
        Expr::InSubquery { .. } => Err(refusal(
            expr.span(),
            "`in (select ...)` outside where",
            "left join and test the key for null",
        )),
        _ => Ok(()),
    }
}

pub(super) fn is_window(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(Function { over: Some(_), .. }))
}

fn check_expr(expr: &Expr) -> Check {
    let refuse = |message: &str, hint: &str| Err(refusal(expr.span(), message, hint));
    match expr {
        Expr::Identifier(name) => check_name(name),
        Expr::CompoundIdentifier(parts) => parts.iter().try_for_each(check_name),
        Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::InSubquery { negated: false, .. }
        | Expr::Between { .. }
        | Expr::Nested(_)
        | Expr::Case { .. } => Ok(()),
        Expr::InSubquery { .. } => {
            refuse("`not in (select ...)` is empty as soon as one row is null", "use an anti join")
        }
        Expr::Exists { .. } => refuse("`exists`", "use a semi join or an anti join"),
        Expr::Subquery(_) => {
            refuse("a subquery as a value", "cross join a common table expression of one row")
        }
        Expr::BinaryOp { left, op, right } => check_operator(expr, left, op, right),
        Expr::UnaryOp { op, .. } => match op {
            UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus => Ok(()),
            _ => refuse("an operator of one engine", "use +, -, * and comparisons"),
        },
        Expr::Like { any: false, pattern, escape_char: None, .. }
        | Expr::ILike { any: false, pattern, escape_char: None, .. } => match literal(pattern) {
            Some(Value::SingleQuotedString(text)) if !text.contains('\\') => Ok(()),
            _ => refuse("like takes a literal without backslash", "use starts_with or matches"),
        },
        Expr::Value(ValueWithSpan { value, .. }) => match value {
            Value::Number(_, false)
            | Value::SingleQuotedString(_)
            | Value::Boolean(_)
            | Value::Null => Ok(()),
            _ => refuse("a literal of one engine", "text stands between single quotes"),
        },
        Expr::TypedString(typed) => match typed.data_type {
            DataType::Timestamp(None, TimezoneInfo::None) => Ok(()),
            _ => refuse("only timestamp literals", "write timestamp '2026-07-01 00:00:00'"),
        },
        Expr::Interval(interval) => check_interval(expr, interval),
        Expr::Cast { kind, expr: inner, data_type, format: None, array: false } => {
            check_cast(expr, kind, inner, data_type)
        }
        Expr::Extract { field, .. } => match field {
            DateTimeField::Year
            | DateTimeField::Month
            | DateTimeField::Day
            | DateTimeField::Hour
            | DateTimeField::Minute
            | DateTimeField::Isodow => Ok(()),
            _ => refuse(
                "this part of an instant differs between engines",
                "use year, month, day, hour, minute or isodow",
            ),
        },
        Expr::Substring { substring_from: Some(_), .. } => Ok(()),
        Expr::Trim { trim_where: None, trim_what: None, trim_characters: None, .. } => Ok(()),
        Expr::Floor { .. } | Expr::Ceil { .. } => {
            refuse("rounding", "return the integers; rounding belongs to formatting")
        }
        Expr::Function(function) => check_function(expr, function),
        _ => refuse("this expression is not in the house subset", "see src/engines/gate"),
    }
}

/// Words that an engine reads as something else stay allowed: the spelling quotes them.
fn check_name(name: &Ident) -> Check {
    if name.quote_style.is_some() {
        let hint = "leave the quotes out; they mean text on Spark";
        return Err(refusal(name.span, format!("quoted name {name}"), hint));
    }
    if name.value.chars().any(char::is_uppercase) {
        let hint = format!("write {}", name.value.to_lowercase());
        return Err(refusal(name.span, format!("`{name}` is not lower case"), hint));
    }
    Ok(())
}

fn check_operator(expr: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Check {
    match op {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::StringConcat
        | BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::Lt
        | BinaryOperator::LtEq
        | BinaryOperator::Gt
        | BinaryOperator::GtEq
        | BinaryOperator::And
        | BinaryOperator::Or => Ok(()),
        BinaryOperator::Divide if is_double(left) && is_double(right) => Ok(()),
        BinaryOperator::Divide => Err(refusal(
            expr.span(),
            "integer division differs between engines",
            "divide in stats/, or write cast(a as double) / cast(b as double)",
        )),
        BinaryOperator::Modulo => Err(refusal(
            expr.span(),
            "the sign of `%` differs between engines",
            "use extract(... from t) for calendar arithmetic, stats/ for the rest",
        )),
        _ => Err(refusal(
            expr.span(),
            format!("operator `{op}` is not in the house subset"),
            "use + - * || and comparisons; matches(text, pattern) for patterns",
        )),
    }
}

fn is_double(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_double(inner),
        Expr::Cast { data_type, .. } => is_double_type(data_type),
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            let first = arguments(function).first().copied();
            ["nullif", "coalesce"].contains(&name.as_str()) && first.is_some_and(is_double)
        }
        _ => false,
    }
}

fn is_double_type(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Double(_) | DataType::DoublePrecision)
}

/// Casts to double and (cutting) to bigint have one meaning; casts to text and from text differ
/// in form, so only a typed null is left of those.
fn check_cast(expr: &Expr, kind: &CastKind, inner: &Expr, data_type: &DataType) -> Check {
    if *kind == CastKind::DoubleColon || *kind == CastKind::SafeCast {
        return Err(refusal(expr.span(), "a cast of one engine", "write cast(x as double)"));
    }
    if *kind == CastKind::TryCast {
        let hint = "read numbers in the adapter, where a bad one is quarantined";
        return Err(refusal(expr.span(), "try_cast", hint));
    }
    let is_null = matches!(literal(inner), Some(Value::Null));
    match data_type {
        DataType::BigInt(None) => Ok(()),
        _ if is_double_type(data_type) => Ok(()),
        DataType::Timestamp(None, _) if is_null || matches!(inner, Expr::TypedString(_)) => Ok(()),
        DataType::Text | DataType::Varchar(None) | DataType::Boolean if is_null => Ok(()),
        DataType::BigInt(_) | DataType::Int(_) | DataType::Integer(_) => {
            Err(refusal(expr.span(), "a narrow integer wraps", "write cast(x as bigint)"))
        }
        _ => Err(refusal(
            expr.span(),
            format!("cast to {data_type} differs between engines"),
            "use month(t), day(t) or date_trunc; cast(null as ...) and cast(x as double) are fine",
        )),
    }
}

fn check_interval(expr: &Expr, interval: &sqlparser::ast::Interval) -> Check {
    let units = ["microsecond", "second", "minute", "hour", "day", "week"];
    if interval.leading_field.is_none()
        && let Some(Value::SingleQuotedString(text)) = literal(&interval.value)
        && let Some((number, unit)) = text.split_once(' ')
        && number.parse::<i64>().is_ok()
        && units.contains(&unit.trim_end_matches('s'))
    {
        return Ok(());
    }
    Err(refusal(
        expr.span(),
        "an interval is one number and one unit up to weeks, in quotes",
        "write interval '24 hours'",
    ))
}

pub(super) fn literal(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Value(value) => Some(&value.value),
        Expr::Nested(inner) => literal(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => literal(expr),
        _ => None,
    }
}

/// Plain arguments; `*` and named arguments are left out.
fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let plain = list.args.iter().filter_map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    plain.collect()
}

fn check_function(expr: &Expr, function: &Function) -> Check {
    let name = function.name.to_string().to_lowercase();
    let args = arguments(function);
    let key = match (name.as_str(), args.first().and_then(|a| literal(a))) {
        ("date_trunc", Some(Value::SingleQuotedString(unit))) => format!("date_trunc:{unit}"),
        _ => name.clone(),
    };
    let Some(known) = find(&key) else {
        let hint = match name.as_str() {
            "date_trunc" => "units are 'hour', 'day', 'week', 'month', 'quarter', 'year'",
            _ => instead(&name),
        };
        return Err(refusal(expr.span(), format!("`{name}` is not in the house subset"), hint));
    };
    let refuse = |message: String, hint: &str| Err(refusal(expr.span(), message, hint));
    let has_star = is_star(function);
    let count = args.len() - usize::from(key != name);
    if has_star && (name != "count" || !args.is_empty()) {
        return refuse(format!("`{name}(*)`"), "only count takes *");
    }
    if !has_star && !(known.least..=known.most).contains(&count) {
        let hint = format!("it takes {} to {} arguments", known.least, known.most);
        return refuse(format!("`{name}` with {count} arguments"), &hint);
    }
    check_extras(expr, function, &name)?;
    if matches!(known.kind, Kind::Aggregate | Kind::Grouped) && !has_star {
        check_aggregate(expr, &name, &args)?;
    }
    match (&function.over, known.kind) {
        (None, Kind::Scalar | Kind::Aggregate | Kind::Grouped) => {}
        (None, Kind::Window) => return refuse(format!("`{name}` without over"), "add over (...)"),
        (Some(_), Kind::Scalar | Kind::Grouped) => {
            return refuse(format!("`{name}` with over"), "group in a common table expression");
        }
        (Some(WindowType::NamedWindow(_)), _) => {
            return refuse("a named window".to_owned(), "write the window in full");
        }
        (Some(WindowType::WindowSpec(spec)), kind) => {
            if function.filter.is_some() {
                return refuse("filter with over".to_owned(), "use case when inside");
            }
            check_window(expr, &name, kind, spec, &args)?;
        }
    }
    if function.filter.is_some() && known.kind != Kind::Aggregate {
        return refuse(format!("`{name}` with filter"), "use case when inside the function");
    }
    Ok(())
}

fn is_star(function: &Function) -> bool {
    match &function.args {
        FunctionArguments::List(list) => list
            .args
            .iter()
            .any(|arg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Wildcard))),
        FunctionArguments::None | FunctionArguments::Subquery(_) => false,
    }
}

/// `distinct` only counts, `order by` only orders texts; nothing else stands inside a call.
fn check_extras(expr: &Expr, function: &Function, name: &str) -> Check {
    let FunctionArguments::List(list) = &function.args else {
        return Err(refusal(expr.span(), "a call without parentheses", "write name(...)"));
    };
    let plain = list.args.iter().all(|arg| {
        matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(_) | FunctionArgExpr::Wildcard))
    });
    let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
    if !plain || function.null_treatment.is_some() || !function.within_group.is_empty() {
        return Err(refusal(expr.span(), "an argument of one engine", "use plain arguments"));
    }
    if distinct && (name != "count" || function.over.is_some() || is_star(function)) {
        let hint = "select distinct in a common table expression first";
        return Err(refusal(expr.span(), "distinct inside a function", hint));
    }
    match list.clauses.as_slice() {
        [] if name == "string_agg" => Err(refusal(
            expr.span(),
            "string_agg without order by returns any order",
            "write string_agg(x, ', ' order by x)",
        )),
        [] => Ok(()),
        [FunctionArgumentClause::OrderBy(keys)] if name == "string_agg" && keys.len() == 1 => {
            Ok(())
        }
        _ => Err(refusal(expr.span(), "a clause inside a function", "leave it out")),
    }
}

fn check_aggregate(expr: &Expr, name: &str, args: &[&Expr]) -> Check {
    let Some(first) = args.first() else {
        return Ok(());
    };
    if has_aggregate(first) {
        let hint = "aggregate in a common table expression, join the total in the next";
        return Err(refusal(expr.span(), "an aggregate of an aggregate", hint));
    }
    let mut has_column = false;
    each(*first, |inner| {
        has_column |= matches!(inner, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        Ok(())
    })?;
    if !has_column {
        let hint = "the engine sees one row; use count(*), or name a column";
        return Err(refusal(expr.span(), format!("`{name}` of a constant"), hint));
    }
    if name == "quantile" {
        let share = args.get(1).and_then(|q| literal(q)).and_then(|v| match v {
            Value::Number(text, _) => text.parse::<f64>().ok(),
            _ => None,
        });
        if !share.is_some_and(|q| (0.0..=1.0).contains(&q)) {
            return Err(refusal(expr.span(), "quantile takes a literal 0..1", "write 0.95"));
        }
    }
    Ok(())
}
