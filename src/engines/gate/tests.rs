//! What the gate refuses and how it spells the rest. The answers themselves are compared with
//! DuckDB by `tests/it/differential.rs` over `tests/probes/accepted.sql`.

use super::*;

/// Statement, part of the message, position.
const REFUSED: &[(&str, &str, &str)] = &[
    // Wrong without an error in Polars 0.55.2.
    ("select t.k from t left join u on t.k = u.k and t.at < u.at", "unmatched rows vanish", "1:"),
    ("select t.k from t left join u on t.k = u.k and u.k = 1", "a join compares columns", "1:"),
    ("select t.k from t anti join u on t.g = u.g and t.k < u.k", "unmatched rows vanish", "1:"),
    (
        "select avg(v) over (partition by g order by k nulls first) as a from t",
        "avg over is ignored",
        "1:8",
    ),
    ("select sum(count(*)) over () as n from t", "an aggregate of an aggregate", "1:8"),
    ("select sum(max(v)) as n from t", "an aggregate of an aggregate", "1:8"),
    ("select sum(v) over (order by k nulls first) as s from t", "needs its frame", "1:8"),
    (
        "select max(v) over (order by k nulls first rows 1 preceding) as s from t",
        "needs its frame",
        "1:8",
    ),
    ("select k % 2 as a from t", "the sign of `%`", "1:8"),
    ("select mod(k, 2) as a from t", "`mod` is not in", "1:8"),
    ("select round(f) as a from t", "`round` is not in", "1:8"),
    ("select floor(f) as a from t", "rounding", "1:"),
    ("select k / 2 as a from t", "integer division", "1:8"),
    ("select cast(k as double) / 2 as a from t", "integer division", "1:"),
    ("select sum(1) as n from t", "`sum` of a constant", "1:8"),
    ("select max(5) as n from t", "`max` of a constant", "1:8"),
    ("with t as (select k from t) select k from t", "read before it is defined", "1:6"),
    (
        "with a as (select k from b), b as (select k from t) select k from a",
        "read before it is defined",
        "1:6",
    ),
    (
        "select u.k from t as u join u as x on u.k = x.k",
        "alias `u` is the name of another table",
        "1:",
    ),
    ("select g from t union select g from u except select g from w", "`EXCEPT` in this place", ""),
    ("select g from t except all select g from u", "`EXCEPT ALL`", ""),
    ("select s like '%\\%%' as a from t", "without backslash", "1:"),
    ("select row_number() over (order by k nulls last) as n from t", "say nulls first", "1:36"),
    ("select row_number() over (order by k) as n from t", "say nulls first", "1:36"),
    ("select rank() over (order by k desc nulls first) as n from t", "say nulls last", "1:30"),
    ("select k from t where k not in (select k from u)", "empty as soon as one row is null", "1:"),
    ("select k in (select k from u) as x from t", "outside where", "1:8"),
    ("select lower(g) as g, count(*) as n from t group by g", "a column and a result", "1:53"),
    ("select g, max(v) as m, k from t group by g", "`k` is neither a key", "1:24"),
    ("select g, count(*) as n from t", "`g` is neither a key", "1:8"),
    // Not there, or spelled differently by every engine.
    ("select now() as t from t", "`now` is not in", "1:8"),
    ("select percentile_cont(v, 0.5) as p from t", "`percentile_cont` is not in", "1:8"),
    ("select quantile(v, k) as p from t", "a literal 0..1", "1:8"),
    ("select quantile(v, 0.5) filter (where b) as p from t", "with filter", "1:8"),
    ("select date_trunc('minute', at) as p from t", "`date_trunc` is not in", "1:8"),
    ("select k from t where k = (select max(k) as k from u)", "a subquery as a value", ""),
    ("select k from t where exists (select 1 as one from u)", "`exists`", ""),
    (
        "select k from t where k in (select u.k from u where u.g = t.g)",
        "`t` is no table of this select",
        "1:59",
    ),
    ("select g, count(*) as n from t group by rollup (g)", "grouping sets", ""),
    ("select g, count(*) as n from t group by all", "group by all", "1:1"),
    ("select g, count(*) as n from t group by 1", "group by a position", "1:41"),
    ("select count(*) as n from t having count(*) > 1", "having without group by", "1:"),
    ("select k from t qualify row_number() over (order by k nulls first) = 1", "`qualify`", "1:1"),
    ("select ntile(4) over (order by k nulls first) as n from t", "`ntile` is not in", "1:8"),
    (
        "select lag(v, 1, 0) over (order by k nulls first) as n from t",
        "`lag` with 3 arguments",
        "1:8",
    ),
    ("select lag(v) over () as n from t", "takes order by", "1:8"),
    (
        "select count(*) filter (where b) over (partition by g) as n from t",
        "filter with over",
        "1:8",
    ),
    (
        "select row_number() over (order by k nulls first, g desc nulls first) as n from t",
        "asc and desc",
        "1:51",
    ),
    (
        "select g, row_number() over (order by g nulls first) as n from t group by g",
        "window in a grouped",
        "1:1",
    ),
    ("select k from t where row_number() over (order by k nulls first) = 1", "in where", "1:23"),
    ("select k from t where max(k) = 1", "in where", "1:23"),
    ("select distinct on (k) k from t", "`distinct on`", "1:1"),
    ("select sum(distinct k) as n from t", "distinct inside", "1:8"),
    ("select string_agg(s, ',') as n from t", "string_agg without order by", "1:8"),
    ("with recursive a as (select 1 as x) select x from a", "recursive", "1:1"),
    (
        "select x.k from (with a as (select k from t) select k from a) as x",
        "inside a subquery",
        "1:18",
    ),
    ("select t.k from t right join u on t.k = u.k", "this kind of join", ""),
    ("select t.k from t full outer join u on t.k = u.k", "this kind of join", ""),
    ("select t.k from t join u using (k)", "without `on`", ""),
    ("select t.k from t natural join u", "without `on`", ""),
    ("select t.k from t join u on t.k = u.k or t.g = u.g", "comparisons of columns", ""),
    ("select t.k from t join u on u.k between t.k and t.v", "comparisons of columns", ""),
    ("select t.k from t, u where t.k = u.k", "one table and its joins", "1:1"),
    ("select k from t join u on t.k = u.k", "which table it is from", "1:8"),
    ("select * from t join u on t.k = u.k", "`*` over a join", ""),
    ("select t.k from t join t on t.k = t.k", "stands twice", ""),
    ("select t.k, u.k from t cross join u", "`k` is selected twice", "1:15"),
    ("select k + 1 from t", "without a name", "1:8"),
    ("select \"k\" from t", "quoted name", "1:8"),
    ("select K from t", "not lower case", "1:8"),
    ("select cast(k as int) as k2 from t", "narrow integer", "1:"),
    ("select cast(at as text) as a from t", "cast to TEXT", "1:"),
    ("select cast(at as date) as a from t", "cast to DATE", "1:"),
    ("select k::bigint as a from t", "a cast of one engine", ""),
    ("select try_cast(s as double) as a from t", "try_cast", "1:"),
    ("select at + interval '1' month as a from t", "an interval is", ""),
    ("select at + interval '1 month' as a from t", "an interval is", ""),
    ("select date '2026-07-01' as a from t", "only timestamp literals", "1:"),
    ("select extract(dow from at) as a from t", "differs between engines", "1:"),
    ("select k from t limit 3", "limit without order by", ""),
    ("select k from t order by k", "nulls at different ends", "1:26"),
    ("select t.k from t order by t.k nulls last", "names of result columns", "1:28"),
    ("select x.k from (select k from t order by k nulls last) as x", "order by inside", ""),
    ("select * exclude (k) from t", "with exceptions", ""),
    ("select k from read_csv('x')", "this kind of table", ""),
    ("select k from t; select k from u", "one select statement", "1:1"),
    ("delete from t", "one select statement", "1:1"),
    ("selec k from t", "this is no SQL", "1:1"),
    ("values (1, 'a')", "only selects and unions", ""),
];

#[test]
fn what_an_engine_would_answer_wrongly_is_refused_with_position_and_hint() {
    let mut wrong = Vec::new();
    for (sql, message, place) in REFUSED {
        let Err(error) = spell(sql, Dialect::Polars) else {
            wrong.push(format!("accepted: {sql}"));
            continue;
        };
        let found = error.place.as_deref().unwrap_or("");
        let is_syntax = error.message.contains("no SQL") || error.message.contains("one select");
        let is_right = error.message.contains(message)
            && found.starts_with(&format!("sql:{place}"))
            && (error.hint.is_some() || is_syntax);
        if !is_right {
            wrong.push(format!("{sql}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n---\n"));
}

#[test]
fn every_probe_of_the_differential_test_passes_in_every_spelling() {
    let probes = include_str!("../../../tests/probes/accepted.sql");
    for sql in probes.lines() {
        for dialect in [Dialect::Polars, Dialect::DuckDb, Dialect::Spark] {
            let spelled = spell(sql, dialect).unwrap_or_else(|e| panic!("{sql}: {e}"));
            assert!(!spelled.sql.is_empty());
        }
    }
}

/// Expressions of `select ... as x from t`: source, Polars, DuckDB, Spark.
const SPELLINGS: &[(&str, &str, &str, &str)] = &[
    ("count(*)", "CAST(count(*) AS BIGINT)", "count(*)", "count(*)"),
    (
        "count(*) filter (where b)",
        "CAST(count(*) FILTER (WHERE b) AS BIGINT)",
        "count(*) FILTER (WHERE b)",
        "count(*) FILTER (WHERE b)",
    ),
    (
        "row_number() over (order by k nulls first)",
        "CAST(row_number() OVER (ORDER BY k NULLS FIRST) AS BIGINT)",
        "row_number() OVER (ORDER BY k NULLS FIRST)",
        "row_number() OVER (ORDER BY k NULLS FIRST)",
    ),
    (
        "rank() over (order by k nulls first)",
        "CAST(rank() OVER (ORDER BY k NULLS FIRST, '') AS BIGINT)",
        "rank() OVER (ORDER BY k NULLS FIRST)",
        "rank() OVER (ORDER BY k NULLS FIRST)",
    ),
    (
        "sum(case when b then 1 else 0 end)",
        "sum(CASE WHEN b THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END)",
        "sum(CASE WHEN b THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END)",
        "sum(CASE WHEN b THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END)",
    ),
    (
        "month(at)",
        "STRFTIME(at, '%Y-%m')",
        "strftime(\"at\", '%Y-%m')",
        "date_format(at, 'yyyy-MM')",
    ),
    (
        "date_trunc('day', at)",
        "CAST(CAST(at AS DATE) AS TIMESTAMP)",
        "CAST(date_trunc('day', \"at\") AS TIMESTAMP)",
        "date_trunc('day', at)",
    ),
    (
        "micros_between(a, b + interval '1 hours')",
        "CAST((b + INTERVAL '1 hours') - a AS BIGINT)",
        "date_diff('microsecond', a, (b + INTERVAL '1 hours'))",
        "timestampdiff(MICROSECOND, a, (b + INTERVAL '1 hours'))",
    ),
    (
        "add_hours(a, 36)",
        "(a + INTERVAL '1 hour' * (36))",
        "(a + to_hours(36))",
        "timestampadd(HOUR, 36, a)",
    ),
    ("quantile(v, 0.9)", "QUANTILE_CONT(v, 0.9)", "quantile_cont(v, 0.9)", "percentile(v, 0.9)"),
    ("matches(s, '^a')", "REGEXP_LIKE(s, '^a')", "regexp_matches(s, '^a')", "regexp_like(s, '^a')"),
    (
        "b is not true",
        "(NOT COALESCE(b, false))",
        "(NOT COALESCE(b, false))",
        "(NOT COALESCE(b, false))",
    ),
    (
        "cast(v as double) / cast(k as double)",
        "(CAST(v AS DOUBLE) / NULLIF(CAST(k AS DOUBLE), 0))",
        "(CAST(v AS DOUBLE) / NULLIF(CAST(k AS DOUBLE), 0))",
        "(CAST(v AS DOUBLE) / NULLIF(CAST(k AS DOUBLE), 0))",
    ),
    ("cast(f as bigint)", "CAST(f AS BIGINT)", "CAST(trunc(f) AS BIGINT)", "CAST(f AS BIGINT)"),
    ("'a\\b'", "'a\\b'", "'a\\b'", "'a\\\\b'"),
];

#[test]
fn house_functions_and_counts_take_each_engines_spelling() {
    for (source, polars, duckdb, spark) in SPELLINGS {
        let spellings =
            [(Dialect::Polars, polars), (Dialect::DuckDb, duckdb), (Dialect::Spark, spark)];
        for (dialect, want) in spellings {
            let got = spell(&format!("select {source} as x from t"), dialect).unwrap().sql;
            let got = got.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(got, format!("SELECT {want} AS x FROM t"), "{source} {dialect:?}");
        }
    }
}

#[test]
fn a_line_break_in_a_literal_stays_as_it_is_in_every_spelling() {
    for dialect in [Dialect::Polars, Dialect::DuckDb, Dialect::Spark] {
        let sql = "with a as (select 'x\ny' as k from t) select k from a";
        assert!(spell(sql, dialect).unwrap().sql.contains("'x\ny'"), "{dialect:?}");
    }
    let shown = spell("select k from t where k = 1", Dialect::DuckDb).unwrap().sql;
    assert_eq!(shown.lines().count(), 6, "{shown}");
}

#[test]
fn the_tables_of_a_statement_are_those_that_are_no_expressions() {
    let sql = "with a as (select k from t where k in (select k from u)) \
               select a.k from a join w on a.k = w.k";
    let tables = spell(sql, Dialect::Polars).unwrap().tables;
    assert_eq!(tables.into_iter().collect::<Vec<_>>(), ["t", "u", "w"]);
}
