//! Plans and test files over a small made-up catalog.

use std::collections::BTreeMap;

use super::testfile::Outcome;
use super::*;
use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame, Type};
use crate::model::table::{Merge, Origin, Table, may, must};

const RUNS: Table = Table {
    name: "runs",
    says: "runs",
    origin: Origin::Derived,
    key: &["run_id"],
    time: None,
    merge: Merge::Rebuild,
    columns: &[must("run_id", Type::Text, "id"), may("ended_at", Type::Time, "end")],
};
const SITES: Table = Table { name: "sites", ..RUNS };

fn query(columns: &str, extra: &str, body: &str) -> Vec<u8> {
    let mut text = String::from("/*---\ntitle = 'T'\ngrain = 'one row per x'\nsays = 'S'\n");
    text.push_str(extra);
    text.push_str("\n[columns]\n");
    for name in columns.split(' ') {
        text.push_str(&format!("{name} = {{ type = 'int64', says = 's' }}\n"));
    }
    text.push_str("---*/\n");
    text.push_str(body);
    text.into_bytes()
}

const DAILY: &str = "with own as (select x as n from {{ ref('stg') }})\n\
                     select own.n from own, {{ ref('sites') }}\n";

const RATE: &str = "with own as (\n    select n from {{ ref('daily') }} as d\n    \
                    where n > {{ var('keep') }}\n)\n\
                    select own.n from own join {{ ref('stg') }} on stg.x = own.n\n";

fn files() -> Vec<(String, Vec<u8>)> {
    let vars = "vars = { keep = { default = 7, says = 'days' } }";
    vec![
        (
            "staging/stg.sql".into(),
            query("x", "needs = ['runs']", "select 1 as x from {{ ref('runs') }}\n"),
        ),
        ("facts/daily.sql".into(), query("n", "needs = ['sites.ended_at']", DAILY)),
        ("metrics/rate.sql".into(), query("n", vars, RATE)),
    ]
}

fn catalog() -> Catalog {
    Catalog::new(files(), &[&RUNS, &SITES]).unwrap()
}

#[test]
fn a_plan_is_one_statement_with_dependencies_first_and_unique_names() {
    let plan = catalog().plan("rate", &Vars::new()).unwrap();
    let want = "with
stg as (
select 1 as x from runs
),
-- queries/facts/daily.sql
daily__own as (select x as n from stg),
daily as (
select daily__own.n from daily__own, sites
),
-- queries/metrics/rate.sql
rate__own as (
    select n from daily as d
    where n > 7
)
select rate__own.n from rate__own join stg on stg.x = rate__own.n
";
    assert_eq!(plan.sql, want);
    assert_eq!(plan.tables.iter().map(|t| t.name).collect::<Vec<_>>(), ["runs", "sites"]);
    assert_eq!(plan.queries, ["stg", "daily"]);
    assert_eq!(plan.needs, ["runs", "sites.ended_at"]);
    assert_eq!(plan.parameters, BTreeMap::from([("keep".into(), "7".into())]));
    assert_eq!(plan.types(), [("n".to_owned(), Type::Int)]);
    assert!(plan.template.contains("{{ var('keep') }}") && plan.template.contains("-- queries/st"));
}

#[test]
fn positions_of_the_statement_lead_back_to_the_file() {
    let plan = catalog().plan("rate", &Vars::new()).unwrap();
    // Line 13 of the statement is the where clause; the header of rate.sql has 8 lines.
    let cases = [
        ("sql:13:11", "queries/metrics/rate.sql:11"),
        ("sql:15:1", "queries/metrics/rate.sql:13"),
        ("sql:8:4", "queries/facts/daily.sql:10"),
        ("sql:3:1", "queries/staging/stg.sql:9"),
    ];
    for (place, want) in cases {
        let error = plan.locate(Error::config("x").at(place));
        assert_eq!(error.place.as_deref(), Some(want), "{place}");
    }
    let elsewhere = plan.locate(Error::config("x").at("lake/t"));
    assert_eq!(elsewhere.place.as_deref(), Some("lake/t"));
}

#[test]
fn ad_hoc_sql_names_tables_and_queries_freely() {
    let plan = catalog().plan_sql("select count(*) as n from stg, runs", &Vars::new()).unwrap();
    assert!(plan.sql.ends_with("\nselect count(*) as n from stg, runs\n"), "{}", plan.sql);
    assert!(plan.types().is_empty());
    let error = catalog().plan_sql("select 1 as x from site", &Vars::new()).unwrap_err();
    assert!(error.to_string().contains("near: sites"), "{error}");
}

#[test]
fn a_projects_file_stands_before_the_built_in_one_of_the_same_path() {
    let mut files = files();
    files.push(("staging/stg.sql".into(), query("x", "", "select 2 as x from {{ ref('runs') }}")));
    let plan = Catalog::new(files, &[&RUNS, &SITES]).unwrap().plan("stg", &Vars::new()).unwrap();
    assert_eq!(plan.sql, "select 2 as x from runs\n");
}

#[test]
fn wrong_catalogs_are_refused_with_the_file() {
    let simple = |body: &str| query("x", "", body);
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("facts/stg.sql", simple("select 1"), "staging/stg.sql", "two queries `stg`"),
        ("facts/runs.sql", simple("select 1"), "facts/runs.sql", "name of a table"),
        ("facts/a.sql", simple("select 1 from {{ ref('a') }}"), "facts/a.sql", "a -> a"),
        ("facts/a.sql", simple("select 1 from {{ ref('nope') }}"), "facts/a.sql", "`nope`"),
        ("facts/a.sql", simple("select 1 from runs"), "facts/a.sql", "not named through ref"),
        ("facts/a.sql", simple("\nselect (1 from x"), "facts/a.sql:10", "no SQL"),
        (
            "facts/a.sql",
            simple("with runs as (select 1 from {{ ref('runs') }}) select 1 from runs"),
            "a.sql",
            "a reference and an expression",
        ),
        ("facts/a.sql", b"select 1".to_vec(), "facts/a.sql:1", "starts with a header"),
        ("facts/a.sql", vec![0xff], "facts/a.sql", "UTF-8"),
    ];
    for (path, bytes, place, message) in cases {
        let mut files = files();
        files.push((path.into(), bytes));
        let made = Catalog::new(files, &[&RUNS, &SITES]);
        let error = made.and_then(|c| c.plan("a", &Vars::new())).unwrap_err();
        assert!(error.place.as_deref().unwrap_or("").contains(place), "{message}: {error}");
        assert!(error.to_string().contains(message), "{message}: {error}");
    }
    let error = catalog().plan("dail", &Vars::new()).unwrap_err();
    assert!(error.to_string().contains("there are daily"), "{error}");
}

#[test]
fn a_variable_with_two_values_in_one_plan_is_refused() {
    let mut files = files();
    let vars = "vars = { keep = { default = 8, says = 'days' } }";
    let body = "select n from {{ ref('rate') }} where n > {{ var('keep') }}";
    files.push(("metrics/twice.sql".into(), query("n", vars, body)));
    let catalog = Catalog::new(files, &[&RUNS, &SITES]).unwrap();
    let error = catalog.plan("twice", &Vars::new()).unwrap_err();
    assert!(error.message.contains("`keep` is 8 and 7"), "{error}");
    let vars = Vars::from([("keep".to_owned(), Var::Text("9".into()))]);
    assert_eq!(catalog.plan("twice", &vars).unwrap().parameters["keep"], "9");
}

const CASES: &str = r#"
[[case]]
name = "right"
[case.given]
daily = [{ n = 9 }, { n = 8 }]
[case.expect]
rows = [{ n = 8 }, { n = 9 }]
[case.expect_steps]
rows = [{ n = 2 }]

[[case]]
name = "wrong"
[case.expect]
rows = [{ n = 1 }]
"#;

/// Answers with the rows of `daily`, as an engine would for the statements of the cases.
fn answer(
    sql: &str,
    tables: &BTreeMap<String, Frame>,
    columns: &[(String, Type)],
) -> Result<Frame> {
    assert!(sql.contains("rate__own") && columns.len() == 1);
    let empty = Frame::from_columns(vec![("n".into(), Column::Int(vec![]))])?;
    Ok(tables.get("daily").cloned().unwrap_or(empty))
}

fn tested(cases: &str) -> Result<Vec<Outcome>> {
    let mut files = files();
    files.push(("metrics/rate.test.toml".into(), cases.as_bytes().to_vec()));
    let catalog = Catalog::new(files, &[&RUNS, &SITES])?;
    let mut steps = |_: &Plan, frame: Frame| Ok(frame.take(&[0]));
    catalog.test("rate", &mut answer, Some(&mut steps))
}

#[test]
fn test_files_compare_given_with_expected_rows() {
    let outcomes = tested(CASES).unwrap();
    assert_eq!(outcomes[0].name, "rate: right");
    // The step keeps the row 9, the file expects 2.
    assert_eq!(outcomes[0].failures.len(), 2, "{:?}", outcomes[0].failures);
    assert!(outcomes[0].failures[0].contains("expect_steps: no row [Int(2)]"));
    assert_eq!(outcomes[1].failures.len(), 2, "{:?}", outcomes[1].failures);
    assert!(outcomes[1].failures[0].contains("0 rows, expected 1"));
}

#[test]
fn malformed_test_files_are_errors() {
    let cases = [
        ("daily = [{ n = 9 }", "daily = [{ m = 9 }", "no column `m`"),
        ("daily = [{ n = 9 }", "daily = [{ n = 'x' }", "is no int64"),
        ("daily =", "dayly =", "does not read `dayly`"),
        ("name = \"wrong\"", "nome = \"wrong\"", "unknown field"),
        ("rows = [{ n = 1 }]", "rows = [{ k = 1 }]", "column `k` is missing"),
    ];
    for (from, to, message) in cases {
        let error = tested(&CASES.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.place.as_deref().unwrap().contains("rate.test.toml"), "{error}");
    }
}
