//! From SQL text to a typed [`Expr`]: the parser's tree is walked once, everything outside the
//! closed list is refused with the construct's own text.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, DataType, Expr as Sql, Function as SqlFunction, FunctionArg,
    FunctionArgExpr, FunctionArguments, UnaryOperator, Value as SqlValue,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::{Cast, Compare, Expr, Function, Kind, Value};
use crate::error::{Error, Result};
use crate::ingest::columns::words::regex;
use crate::model::time::parse_iso;

/// A column name as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// The name.
    pub text: &'a str,
    /// In double quotes.
    pub is_quoted: bool,
}

type Typed = (Expr, Kind);
/// Gives columns their numbers and types.
type Resolve<'a> = dyn FnMut(Name) -> Result<Typed> + 'a;

/// Compiles an expression; `resolve` knows the columns.
///
/// # Errors
/// Configuration: no SQL expression, a construct outside the closed list, a type mismatch, a
/// column that `resolve` refuses.
pub fn compile(sql: &str, resolve: &mut Resolve) -> Result<Typed> {
    let failed = |e: sqlparser::parser::ParserError| {
        Error::config(format!("`{sql}` is no SQL expression")).because(e)
    };
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).try_with_sql(sql).map_err(failed)?;
    let tree = parser.parse_expr().map_err(failed)?;
    if parser.peek_token().token != Token::EOF {
        let rest = parser.peek_token().token;
        return Err(Error::config(format!("`{sql}` goes on after the expression: {rest}")));
    }
    walk(&tree, resolve)
}

fn walk(sql: &Sql, resolve: &mut Resolve) -> Result<Typed> {
    match sql {
        Sql::Nested(inner) => walk(inner, resolve),
        Sql::Identifier(id) => {
            resolve(Name { text: &id.value, is_quoted: id.quote_style.is_some() })
        }
        Sql::Value(value) => literal(&value.value),
        Sql::IsNull(inner) => Ok((is_null(inner, resolve)?, Kind::Bool)),
        Sql::IsNotNull(inner) => Ok((not(is_null(inner, resolve)?), Kind::Bool)),
        Sql::UnaryOp { op: UnaryOperator::Not, expr } => {
            Ok((not(truth(expr, resolve)?), Kind::Bool))
        }
        Sql::UnaryOp { op: UnaryOperator::Minus, expr } => negative(expr, resolve),
        Sql::BinaryOp { left, op, right } => binary(sql, left, op, right, resolve),
        Sql::Like { negated, any: false, expr, pattern, escape_char: None } => {
            let found = matched(text(expr, resolve)?, &like_regex(constant(pattern)?))?;
            Ok((if *negated { not(found) } else { found }, Kind::Bool))
        }
        Sql::Cast { expr, data_type, array: false, format: None, .. } => {
            let (inner, _) = walk(expr, resolve)?;
            let (to, kind) = cast(data_type)?;
            Ok((Expr::Cast(Box::new(inner), to), kind))
        }
        Sql::Case { operand, conditions, else_result, .. } => {
            case(operand.as_deref(), conditions, else_result.as_deref(), resolve)
        }
        Sql::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
            let inner = text(expr, resolve)?;
            Ok((Expr::Call(Function::Trim, vec![inner]), Kind::Text))
        }
        Sql::Substring { expr, substring_from: Some(from), substring_for, .. } => {
            let mut arguments = vec![text(expr, resolve)?, number(from, resolve)?];
            if let Some(length) = substring_for {
                arguments.push(number(length, resolve)?);
            }
            Ok((Expr::Call(Function::Substr, arguments), Kind::Text))
        }
        Sql::Function(call) => function(sql, call, resolve),
        other => Err(foreign(other)),
    }
}

fn foreign(what: &impl std::fmt::Display) -> Error {
    Error::config(format!("`{what}` is not on the list of expressions")).hint(
        "use = <> < <= > >= and or not, is null, case, ||, like, cast, coalesce, nullif, lower, \
         upper, trim, substr, replace, concat, regexp_like",
    )
}

fn literal(value: &SqlValue) -> Result<Typed> {
    Ok(match value {
        SqlValue::Null => (Expr::Literal(Value::Null), Kind::Null),
        SqlValue::Boolean(b) => (Expr::Literal(Value::Bool(*b)), Kind::Bool),
        SqlValue::SingleQuotedString(t) => {
            (Expr::Literal(Value::Text(t.clone().into())), Kind::Text)
        }
        SqlValue::Number(digits, _) => {
            let value = digits.parse().map(Value::Int);
            let value = value.or_else(|_| digits.parse().map(Value::Float));
            (Expr::Literal(value.map_err(|_| foreign(digits))?), Kind::Number)
        }
        other => return Err(foreign(other)),
    })
}

fn negative(sql: &Sql, resolve: &mut Resolve) -> Result<Typed> {
    match walk(sql, resolve)? {
        (Expr::Literal(Value::Int(n)), _) => Ok((Expr::Literal(Value::Int(-n)), Kind::Number)),
        (Expr::Literal(Value::Float(n)), _) => Ok((Expr::Literal(Value::Float(-n)), Kind::Number)),
        _ => Err(foreign(&format!("- {sql}"))),
    }
}

fn binary(
    whole: &Sql,
    left: &Sql,
    op: &BinaryOperator,
    right: &Sql,
    resolve: &mut Resolve,
) -> Result<Typed> {
    let op = match op {
        BinaryOperator::And => {
            let (a, b) = (truth(left, resolve)?, truth(right, resolve)?);
            return Ok((Expr::And(Box::new(a), Box::new(b)), Kind::Bool));
        }
        BinaryOperator::Or => {
            let (a, b) = (truth(left, resolve)?, truth(right, resolve)?);
            return Ok((Expr::Or(Box::new(a), Box::new(b)), Kind::Bool));
        }
        BinaryOperator::StringConcat => {
            let sides = vec![walk(left, resolve)?.0, walk(right, resolve)?.0];
            return Ok((Expr::Call(Function::Join, sides), Kind::Text));
        }
        BinaryOperator::Eq => Compare::Equal,
        BinaryOperator::NotEq => Compare::NotEqual,
        BinaryOperator::Lt => Compare::Less,
        BinaryOperator::LtEq => Compare::LessOrEqual,
        BinaryOperator::Gt => Compare::Greater,
        BinaryOperator::GtEq => Compare::GreaterOrEqual,
        _ => return Err(foreign(whole)),
    };
    let (a, b) = comparable(whole, walk(left, resolve)?, walk(right, resolve)?)?;
    Ok((Expr::Compare(op, Box::new(a), Box::new(b)), Kind::Bool))
}

/// Two sides of one type; a text literal beside a time is read as an instant.
fn comparable(whole: &Sql, left: Typed, right: Typed) -> Result<(Expr, Expr)> {
    match (left, right) {
        ((a, Kind::Time), (Expr::Literal(Value::Text(t)), _)) => {
            Ok((a, Expr::Literal(Value::Time(parse_iso(&t)?))))
        }
        ((Expr::Literal(Value::Text(t)), _), (b, Kind::Time)) => {
            Ok((Expr::Literal(Value::Time(parse_iso(&t)?)), b))
        }
        ((a, x), (b, y)) if x != Kind::List && (x == y || x == Kind::Null || y == Kind::Null) => {
            Ok((a, b))
        }
        ((_, x), (_, y)) => {
            let (x, y) = (x.word(), y.word());
            Err(Error::config(format!("`{whole}` compares {x} with {y}"))
                .hint("raw columns are text: write cast(\"column\" as bigint) or a text literal"))
        }
    }
}

fn case(
    operand: Option<&Sql>,
    conditions: &[CaseWhen],
    other: Option<&Sql>,
    resolve: &mut Resolve,
) -> Result<Typed> {
    let mut kind = Kind::Null;
    let mut arms = Vec::new();
    for when in conditions {
        let condition = match operand {
            None => truth(&when.condition, resolve)?,
            Some(operand) => {
                let sides = (walk(operand, resolve)?, walk(&when.condition, resolve)?);
                let (a, b) = comparable(&when.condition, sides.0, sides.1)?;
                Expr::Compare(Compare::Equal, Box::new(a), Box::new(b))
            }
        };
        let (result, of) = walk(&when.result, resolve)?;
        kind = unify(kind, of, &when.result)?;
        arms.push((condition, result));
    }
    let other = match other {
        None => None,
        Some(sql) => {
            let (result, of) = walk(sql, resolve)?;
            kind = unify(kind, of, sql)?;
            Some(Box::new(result))
        }
    };
    Ok((Expr::Case(arms, other), kind))
}

fn function(whole: &Sql, call: &SqlFunction, resolve: &mut Resolve) -> Result<Typed> {
    let plain = call.over.is_none() && call.filter.is_none() && call.within_group.is_empty();
    let FunctionArguments::List(list) = &call.args else { return Err(foreign(whole)) };
    if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return Err(foreign(whole));
    }
    let mut sql = Vec::new();
    for argument in &list.args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => sql.push(e),
            _ => return Err(foreign(whole)),
        }
    }
    let name = call.name.to_string().to_ascii_lowercase();
    if let ("regexp_like", [value, pattern]) = (name.as_str(), sql.as_slice()) {
        return Ok((matched(text(value, resolve)?, constant(pattern)?)?, Kind::Bool));
    }
    let (function, count) = match name.as_str() {
        "coalesce" => (Function::Coalesce, 1..=usize::MAX),
        "nullif" => (Function::Nullif, 2..=2),
        "lower" => (Function::Lower, 1..=1),
        "upper" => (Function::Upper, 1..=1),
        "trim" => (Function::Trim, 1..=1),
        "substr" => (Function::Substr, 2..=3),
        "replace" => (Function::Replace, 3..=3),
        "concat" => (Function::Concat, 1..=usize::MAX),
        _ => return Err(foreign(whole)),
    };
    if !count.contains(&sql.len()) {
        return Err(Error::config(format!("`{whole}` has the wrong number of arguments")));
    }
    arguments(function, &sql, resolve)
}

fn arguments(function: Function, sql: &[&Sql], resolve: &mut Resolve) -> Result<Typed> {
    let mut kind = Kind::Text;
    let mut found = Vec::new();
    if matches!(function, Function::Coalesce | Function::Nullif) {
        kind = Kind::Null;
        for e in sql {
            let (expr, of) = walk(e, resolve)?;
            kind = unify(kind, of, e)?;
            found.push(expr);
        }
    } else {
        for (at, e) in sql.iter().enumerate() {
            found.push(match function {
                Function::Concat => walk(e, resolve)?.0,
                Function::Substr if at > 0 => number(e, resolve)?,
                _ => text(e, resolve)?,
            });
        }
    }
    Ok((Expr::Call(function, found), kind))
}

fn unify(a: Kind, b: Kind, place: &Sql) -> Result<Kind> {
    match (a, b) {
        (Kind::Null, x) | (x, Kind::Null) => Ok(x),
        (x, y) if x == y => Ok(x),
        (x, y) => {
            let (x, y) = (x.word(), y.word());
            Err(Error::config(format!("`{place}` is {y} where the others are {x}"))
                .hint("bring all to one type with cast(... as ...)"))
        }
    }
}

fn of_kind(sql: &Sql, want: Kind, resolve: &mut Resolve) -> Result<Expr> {
    let (expr, kind) = walk(sql, resolve)?;
    if kind == want || kind == Kind::Null {
        return Ok(expr);
    }
    let (want, kind) = (want.word(), kind.word());
    Err(Error::config(format!("`{sql}` is {kind}, not {want}"))
        .hint("raw columns are text; use cast(\"column\" as bigint), double or boolean"))
}

fn text(sql: &Sql, resolve: &mut Resolve) -> Result<Expr> {
    of_kind(sql, Kind::Text, resolve)
}
fn number(sql: &Sql, resolve: &mut Resolve) -> Result<Expr> {
    of_kind(sql, Kind::Number, resolve)
}
fn truth(sql: &Sql, resolve: &mut Resolve) -> Result<Expr> {
    of_kind(sql, Kind::Bool, resolve)
}
fn is_null(sql: &Sql, resolve: &mut Resolve) -> Result<Expr> {
    Ok(Expr::IsNull(Box::new(walk(sql, resolve)?.0)))
}
fn not(expr: Expr) -> Expr {
    Expr::Not(Box::new(expr))
}
fn matched(value: Expr, pattern: &str) -> Result<Expr> {
    Ok(Expr::Match(Box::new(value), Box::new(regex(pattern)?)))
}

/// A pattern must be a literal: it is compiled once.
fn constant(sql: &Sql) -> Result<&str> {
    if let Sql::Value(value) = sql
        && let SqlValue::SingleQuotedString(text) = &value.value
    {
        return Ok(text);
    }
    Err(Error::config(format!("the pattern `{sql}` is no text literal")))
}

/// `%` and `_` as a regex over the whole text.
fn like_regex(pattern: &str) -> String {
    let mut out = String::from("(?s)^");
    for c in pattern.chars() {
        match c {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    out
}

fn cast(to: &DataType) -> Result<(Cast, Kind)> {
    Ok(match to {
        DataType::Text | DataType::Varchar(None) | DataType::String(None) => {
            (Cast::Text, Kind::Text)
        }
        DataType::BigInt(None) | DataType::Int(None) | DataType::Integer(None) => {
            (Cast::Int, Kind::Number)
        }
        DataType::DoublePrecision | DataType::Double(_) | DataType::Real | DataType::Float(_) => {
            (Cast::Float, Kind::Number)
        }
        DataType::Boolean | DataType::Bool => (Cast::Bool, Kind::Bool),
        other => return Err(foreign(&format!("cast(... as {other})"))),
    })
}
