//! Windows: which functions, in which order, over which rows. The embedded engine ignores much of
//! what may be written here, so whatever it ignores is refused.

use sqlparser::ast::{
    Expr, OrderByExpr, Spanned, Value, WindowFrameBound, WindowFrameUnits, WindowSpec,
};

use super::expressions::{each, is_window, literal};
use super::functions::Kind;
use super::scope::has_aggregate;
use super::{Refusal, refusal};

type Check = std::result::Result<(), Refusal>;

/// The engine puts nulls first in windows whatever is said, except under rank with `desc`.
pub(super) fn check_window(
    expr: &Expr,
    name: &str,
    kind: Kind,
    spec: &WindowSpec,
    args: &[&Expr],
) -> Check {
    let refuse = |message: String, hint: &str| Err(refusal(expr.span(), message, hint));
    let inner = args.iter().copied().chain(&spec.partition_by);
    for part in inner.chain(spec.order_by.iter().map(|key| &key.expr)) {
        let mut nested = has_aggregate(part);
        each(part, |inner| {
            nested |= is_window(inner);
            Ok(())
        })?;
        if nested {
            let hint = "compute the inner one in a common table expression";
            return refuse("an aggregate or window inside a window".to_owned(), hint);
        }
    }
    let is_ordered = !spec.order_by.is_empty();
    if kind == Kind::Window {
        if !is_ordered || spec.window_frame.is_some() {
            return refuse(format!("`{name}` takes order by and no frame"), "add order by");
        }
        if args.get(1).is_some_and(|n| !matches!(literal(n), Some(Value::Number(_, _)))) {
            return refuse(format!("`{name}` takes a number of rows"), "use coalesce for defaults");
        }
    } else if is_ordered && name == "avg" {
        return refuse(
            "the order by of avg over is ignored".to_owned(),
            "divide two sums in stats/",
        );
    } else if is_ordered && !is_running(spec) {
        let hint = "write rows between unbounded preceding and current row, over a unique key";
        return refuse(format!("a running `{name}` needs its frame"), hint);
    } else if !is_ordered && spec.window_frame.is_some() {
        return refuse("a frame without order by".to_owned(), "add order by");
    }
    check_window_order(&spec.order_by, name)
}

fn check_window_order(keys: &[OrderByExpr], name: &str) -> Check {
    let is_desc = keys.first().is_some_and(|key| key.options.asc == Some(false));
    for key in keys {
        if (key.options.asc == Some(false)) != is_desc {
            let hint = "order all keys the same way; negate a number to turn it";
            return Err(refusal(key.expr.span(), "asc and desc in one window", hint));
        }
        let nulls_first = !(is_desc && ["rank", "dense_rank"].contains(&name));
        if key.options.nulls_first != Some(nulls_first) {
            let word = if nulls_first { "nulls first" } else { "nulls last" };
            let message = format!("in this window the engine puts nulls at one end: say {word}");
            let hint = "filter nulls out before, where they must not count";
            return Err(refusal(key.expr.span(), message, hint));
        }
    }
    Ok(())
}

fn is_running(spec: &WindowSpec) -> bool {
    spec.window_frame.as_ref().is_some_and(|frame| {
        frame.units == WindowFrameUnits::Rows
            && frame.start_bound == WindowFrameBound::Preceding(None)
            && frame.end_bound == Some(WindowFrameBound::CurrentRow)
    })
}
