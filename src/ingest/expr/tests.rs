//! The closed list, its three truth values, and what is refused. Expected values follow SQL-92.

use std::borrow::Cow;

use super::*;
use crate::error::Result;
use crate::model::frame::Cell;

const RAW: [(&str, Option<&str>); 4] =
    [("Task Type", Some("Backup")), ("errors", Some("2")), ("none", None), ("text", Some("a_b%"))];

fn resolve(name: Name) -> Result<(Expr, Kind)> {
    if !name.is_quoted {
        return match name.text {
            "outcome" => Ok((Expr::Canonical(0), Kind::Text)),
            "error_count" => Ok((Expr::Canonical(1), Kind::Number)),
            "started_at" => Ok((Expr::Canonical(2), Kind::Time)),
            other => Err(crate::error::Error::config(format!("no column {other}"))),
        };
    }
    let at = RAW.iter().position(|(n, _)| *n == name.text);
    at.map(|at| (Expr::Raw(at), Kind::Text))
        .ok_or_else(|| crate::error::Error::config(format!("no raw column {}", name.text)))
}

fn eval(sql: &str) -> Result<Value<'static>> {
    let (expr, _) = compile(sql, &mut resolve)?;
    let raw = |at: usize| RAW[at].1.map(Cow::Borrowed);
    let canonical = |at: usize| match at {
        0 => Cell::Text("success".into()),
        1 => Cell::Int(2),
        _ => Cell::Time(1_795_360_623_000_000),
    };
    let env = Env { raw: &raw, canonical: &canonical };
    Ok(match expr.eval(&env) {
        Value::Text(t) => Value::Text(t.into_owned().into()),
        Value::Null => Value::Null,
        Value::Int(n) => Value::Int(n),
        Value::Float(n) => Value::Float(n),
        Value::Bool(b) => Value::Bool(b),
        Value::Time(t) => Value::Time(t),
    })
}

#[test]
fn the_list_means_what_sql_means() {
    let text = |t: &'static str| Value::Text(t.into());
    let (yes, no) = (Value::Bool(true), Value::Bool(false));
    let cases = [
        ("\"Task Type\" = 'Backup'", yes.clone()),
        ("\"none\" = 'x'", Value::Null),
        ("not (\"none\" = 'x')", Value::Null),
        ("\"none\" = 'x' and 1 = 2", no.clone()),
        ("\"none\" = 'x' or 1 = 1", yes.clone()),
        ("\"none\" is null and \"text\" is not null", yes.clone()),
        ("cast(\"errors\" as bigint) > 1", yes.clone()),
        ("cast(\"errors\" as double) >= 2.5", no.clone()),
        ("cast(\"Task Type\" as bigint) is null", yes.clone()),
        ("error_count = 2 and outcome <> 'failed'", yes.clone()),
        ("started_at > '2026-11-22T00:00:00Z'", yes.clone()),
        ("\"text\" like 'a\\_%'", no.clone()),
        ("\"text\" like 'a_b%'", yes.clone()),
        ("\"Task Type\" not like '%up'", no.clone()),
        ("regexp_like(\"Task Type\", '(?i)^back')", yes.clone()),
        ("regexp_like(\"none\", 'x')", Value::Null),
        ("case when error_count > 1 then 'many' else 'few' end", text("many")),
        ("case \"Task Type\" when 'Restore' then 'r' end", Value::Null),
        ("coalesce(\"none\", \"Task Type\")", text("Backup")),
        ("nullif(\"Task Type\", 'Backup')", Value::Null),
        ("concat(\"Task Type\", '/', \"none\")", text("Backup/")),
        ("\"Task Type\" || \"none\"", Value::Null),
        ("lower(\"Task Type\") || upper('x')", text("backupX")),
        ("substr(\"Task Type\", 2, 3)", text("ack")),
        ("replace(trim('  a-b '), '-', '+')", text("a+b")),
        ("true and not false", yes.clone()),
        ("-1 < 0", yes.clone()),
    ];
    for (sql, want) in cases {
        assert_eq!(eval(sql).unwrap(), want, "{sql}");
    }
}

#[test]
fn everything_else_is_refused_with_a_hint() {
    let refused = [
        "1 + 1 = 2",
        "\"errors\" in ('1', '2')",
        "\"errors\" between '1' and '2'",
        "exists (select 1)",
        "(select 1) = 1",
        "now() > started_at",
        "count(*) > 1",
        "\"text\" ilike 'A%'",
        "length(\"text\") = 4",
        "\"text\" like \"errors\"",
        "cast(\"errors\" as date) is null",
        "outcome = 'x'; drop table y",
        "sum(error_count) over () > 1",
        "\"no such\" = 'x'",
        "outcom = 'x'",
        "not outcome",
    ];
    for sql in refused {
        assert!(eval(sql).is_err(), "{sql}");
    }
}

#[test]
fn text_beside_a_number_asks_for_a_cast() {
    let error = eval("\"errors\" > 0").unwrap_err();
    assert!(error.message.contains("compares text with number"), "{error}");
    assert!(error.hint.unwrap().contains("cast"), "no hint");
    assert!(eval("error_count = '2'").is_err());
}
