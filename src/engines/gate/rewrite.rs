//! From the house subset into an engine's spelling. Every rewriting keeps the meaning; what has
//! no spelling was refused before.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, JoinOperator, OrderByExpr, OrderByOptions, Query, Select, SelectItem,
    UnaryOperator, Value, VisitMut, VisitorMut, WindowType,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Span;

use super::functions::find;
use super::{Dialect, Refusal, refusal};
use crate::error::Result;

/// Rewrites a checked statement.
pub(super) fn rewrite(query: &mut Query, dialect: Dialect) -> Result<()> {
    match VisitMut::visit(query, &mut Rewrite { dialect }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(refusal) => Err(*refusal),
    }
}

struct Rewrite {
    dialect: Dialect,
}

impl VisitorMut for Rewrite {
    type Break = Refusal;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Refusal> {
        for item in &mut select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                widen(expr);
                self.quote(alias);
            }
        }
        for join in select.from.iter_mut().flat_map(|from| &mut from.joins) {
            if let JoinOperator::LeftSemi(on) = &join.join_operator {
                join.join_operator = JoinOperator::Semi(on.clone());
            } else if let JoinOperator::LeftAnti(on) = &join.join_operator {
                join.join_operator = JoinOperator::Anti(on.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Refusal> {
        match self.spelled(expr) {
            Ok(Some(new)) => *expr = new,
            Ok(None) => {}
            Err(refusal) => return ControlFlow::Break(refusal),
        }
        ControlFlow::Continue(())
    }
}

impl Rewrite {
    fn spelled(&self, expr: &mut Expr) -> std::result::Result<Option<Expr>, Refusal> {
        match expr {
            Expr::Identifier(name) => self.quote(name),
            Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(|part| self.quote(part)),
            Expr::Case { conditions, else_result, .. } => {
                conditions.iter_mut().for_each(|when| widen(&mut when.result));
                else_result.iter_mut().for_each(|other| widen(other));
            }
            Expr::Value(value) => {
                if let (Value::SingleQuotedString(text), Dialect::Spark) =
                    (&mut value.value, self.dialect)
                {
                    *text = text.replace('\\', "\\\\");
                }
            }
            // Polars 0.55.2 returns null for `null is true`.
            Expr::IsTrue(inner) => return parsed(&format!("COALESCE({inner}, FALSE)")),
            Expr::IsNotTrue(inner) => return parsed(&format!("(NOT COALESCE({inner}, FALSE))")),
            Expr::IsFalse(inner) => return parsed(&format!("(NOT COALESCE({inner}, TRUE))")),
            Expr::IsNotFalse(inner) => return parsed(&format!("COALESCE({inner}, TRUE)")),
            // Division by zero is null on every engine.
            Expr::BinaryOp { left, op: BinaryOperator::Divide, right } => {
                return parsed(&format!("({left} / NULLIF({right}, 0))"));
            }
            // Parts of an instant are 8 bits wide in Polars.
            Expr::Extract { .. } if self.dialect == Dialect::Polars => {
                return parsed(&format!("CAST({expr} AS BIGINT)"));
            }
            Expr::Extract { field, expr: inner, .. } if self.dialect == Dialect::Spark => {
                let field = field.to_string();
                let field = if field == "ISODOW" { "DAYOFWEEK_ISO".to_owned() } else { field };
                return parsed(&format!("EXTRACT({field} FROM {inner})"));
            }
            // DuckDB rounds where the others cut.
            Expr::Cast { expr: inner, data_type: DataType::BigInt(None), .. }
                if self.dialect == Dialect::DuckDb && !matches!(**inner, Expr::Value(_)) =>
            {
                return parsed(&format!("CAST(trunc({inner}) AS BIGINT)"));
            }
            Expr::Function(function) => return self.function(function),
            _ => {}
        }
        Ok(None)
    }

    fn function(&self, function: &mut Function) -> std::result::Result<Option<Expr>, Refusal> {
        let name = function.name.to_string().to_lowercase();
        if let FunctionArguments::List(list) = &mut function.args {
            for arg in &mut list.args {
                if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg
                    && ["coalesce", "greatest", "least"].contains(&name.as_str())
                {
                    widen(expr);
                }
            }
        }
        if self.dialect == Dialect::Polars && ["rank", "dense_rank"].contains(&name.as_str()) {
            rank_nulls(function);
        }
        let mut args = texts(function);
        let key = if name == "date_trunc" && !args.is_empty() {
            let unit = args.remove(0);
            format!("date_trunc:{}", unit.trim_matches('\''))
        } else {
            name
        };
        let Some(known) = find(&key) else {
            return Ok(None);
        };
        let spelling = match self.dialect {
            Dialect::Polars => known.polars,
            Dialect::DuckDb => known.duckdb,
            Dialect::Spark => known.spark,
        };
        if spelling.is_empty() {
            return Ok(None);
        }
        let mut text = spelling.replace("{*}", &function.to_string());
        for (at, arg) in args.iter().enumerate() {
            text = text.replace(&format!("{{{at}}}"), arg);
        }
        parsed(&text)
    }

    /// Names of canonical columns that DuckDB keeps for itself.
    fn quote(&self, name: &mut Ident) {
        if self.dialect == Dialect::DuckDb
            && ["at", "right", "column"].contains(&name.value.as_str())
        {
            name.quote_style = Some('"');
        }
    }
}

/// Under one key Polars gives a null row no rank; under two it does. A constant is the second.
fn rank_nulls(function: &mut Function) {
    if let Some(WindowType::WindowSpec(spec)) = &mut function.over
        && let [key] = spec.order_by.as_slice()
    {
        let options = OrderByOptions { asc: key.options.asc, nulls_first: None };
        let constant = Expr::Value(Value::SingleQuotedString(String::new()).with_empty_span());
        spec.order_by.push(OrderByExpr { expr: constant, options, with_fill: None });
    }
}

/// Arguments as text, in parentheses where they are more than a name, a literal or a call.
fn texts(function: &Function) -> Vec<String> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    let text = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(
            inner @ (Expr::BinaryOp { .. } | Expr::UnaryOp { .. } | Expr::Interval(_)),
        )) => format!("({inner})"),
        other => other.to_string(),
    };
    list.args.iter().map(text).collect()
}

/// Integer literals are 32 bits wide in Polars and DuckDB until a column widens them.
fn widen(expr: &mut Expr) {
    let is_integer = |expr: &Expr| match expr {
        Expr::Value(value) => {
            matches!(&value.value, Value::Number(text, _) if text.parse::<i64>().is_ok())
        }
        _ => false,
    };
    let wide = match &*expr {
        Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => {
            is_integer(inner)
        }
        other => is_integer(other),
    };
    if wide {
        *expr = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(expr.clone()),
            data_type: DataType::BigInt(None),
            array: false,
            format: None,
        };
    }
}

fn parsed(text: &str) -> std::result::Result<Option<Expr>, Refusal> {
    let expr = Parser::new(&GenericDialect).try_with_sql(text).and_then(|mut p| p.parse_expr());
    expr.map(Some).map_err(|e| {
        refusal(Span::empty(), format!("cannot spell `{text}`: {e}"), "simplify the expression")
    })
}
