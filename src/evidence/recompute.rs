//! `07-method/recompute.sql`: the package's queries in DuckDB's words over the package's own tables,
//! compared with what the package recorded. One script for plain DuckDB, so that an auditor needs
//! neither Tapeline nor its functions. Instants are UTC without a zone in it, as in the queries.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::package::{Answered, PackageInput, TableExtract, query_folder};
use crate::model::frame::{Column, Frame, Type};

const HEAD: &str = "\
-- Computes every population and every check of this package again, in DuckDB, from the tables inside
-- it, and compares the rows with those recorded. Run it in the folder that holds bagit.txt:
--
--   duckdb < data/07-method/recompute.sql
--   python3 -c \"import duckdb; print(duckdb.sql(open('data/07-method/recompute.sql').read()))\"
--
-- Every table of the package is a view and every query a table here, under the name that
-- definitions.md explains: after `.read data/07-method/recompute.sql` in the duckdb shell,
-- `from rpo_breaches` shows rows. The same statements as Tapeline runs them stand beside each result
-- as query.sql and population.sql.
";

/// Where the rows of an answer are recorded, below `data/`.
struct Recorded<'a> {
    answered: &'a Answered,
    path: String,
}

/// The script.
pub(super) fn script(input: &PackageInput) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n---------- tables as the package holds them\n");
    for extract in &input.tables {
        text.push_str(&view(extract));
    }
    let answers = answers(input);
    text.push_str("\n---------- queries\n");
    for (id, recorded) in &answers {
        let is_table = input.tables.iter().any(|t| t.table.name == *id);
        if !is_table && recorded.answered.result.not_assessable.is_none() {
            let sql = recorded.answered.duckdb_sql.trim_end();
            let _ = writeln!(text, "create or replace table {} as\n{sql};\n", name(id));
        }
    }
    text.push_str("---------- comparison with what was recorded\n");
    let parts: Vec<String> = answers.iter().map(|(id, r)| compared(id, r)).collect();
    if parts.is_empty() {
        text.push_str("select 'the package has no queries' as compared;\n");
        return text;
    }
    let all = parts.join("\nunion all\n");
    let _ = writeln!(text, "create or replace table comparison as\n{all};\n");
    text.push_str(
        "select *, differing_count = 0 and (recomputed_count = recorded_count or not is_whole) as agrees\n\
         from comparison order by query;\n",
    );
    text
}

/// Each query once, by id: its answer is the same under every control.
fn answers(input: &PackageInput) -> BTreeMap<&str, Recorded<'_>> {
    let mut answers = BTreeMap::new();
    for run in &input.controls {
        for check in &run.checks {
            for query in &check.queries {
                let folder = query_folder(input, run, check, query);
                for (answered, file) in
                    [(&query.population, "population"), (&query.rows, "violations")]
                {
                    let path = format!("{folder}/{file}.parquet");
                    let recorded = Recorded { answered, path };
                    answers.entry(answered.result.id.as_str()).or_insert(recorded);
                }
            }
        }
    }
    answers
}

/// A table of the package; one that the lake did not have is empty.
fn view(extract: &TableExtract) -> String {
    let table = extract.table;
    let columns: Vec<String> = table
        .all_columns()
        .map(|column| match extract.parquet {
            Some(_) => naive(column.name, column.kind),
            None => format!("cast(null as {}) as {}", sql_type(column.kind), name(column.name)),
        })
        .collect();
    let from = match extract.parquet {
        Some(_) => format!("from read_parquet('data/08-tables/{}.parquet')", table.name),
        None => "where false -- no such table in the lake".to_owned(),
    };
    let columns = columns.join(",\n    ");
    format!("create or replace view {} as select\n    {columns}\n{from};\n\n", name(table.name))
}

/// One line of the comparison. Steps after a statement (rates and their verdicts) may drop rows and
/// add columns, so there each recorded row must be among the recomputed ones.
fn compared(id: &str, recorded: &Recorded<'_>) -> String {
    let result = &recorded.answered.result;
    if let Some(reason) = &result.not_assessable {
        let reason = literal(&format!("not run: {reason}"));
        return format!(
            "select {} as query, {reason} as compared, null::bigint as recomputed_count,\n    \
             null::bigint as recorded_count, null::bigint as differing_count, true as is_whole",
            literal(id)
        );
    }
    let is_whole = !recorded.answered.has_steps;
    let what = if is_whole { "every row" } else { "rows that steps kept, without their verdicts" };
    let columns: Vec<&String> = recorded
        .answered
        .sql_columns
        .iter()
        .filter(|column| result.frame.get(column).is_some())
        .collect();
    let again = columns.iter().map(|c| name(c)).collect::<Vec<_>>().join(", ");
    let again = format!("select {again} from {}", name(id));
    let kept = kept(&result.frame, &columns);
    let kept = format!("select {kept} from read_parquet('data/{}')", recorded.path);
    let mut differing = format!("select count(*) from ({kept} except all {again})");
    if is_whole {
        differing = format!("({differing}) + (select count(*) from ({again} except all {kept}))");
    } else {
        differing = format!("({differing})");
    }
    format!(
        "select {} as query, {} as compared,\n    (select count(*) from {}) as recomputed_count,\n    \
         (select count(*) from ({kept})) as recorded_count,\n    {differing} as differing_count,\n    \
         {is_whole} as is_whole",
        literal(id),
        literal(what),
        name(id),
    )
}

/// Recorded columns, instants as the statements have them.
fn kept(frame: &Frame, columns: &[&String]) -> String {
    let kind = |column: &String| frame.get(column).map_or(Type::Text, Column::kind);
    columns.iter().map(|c| naive(c, kind(c))).collect::<Vec<_>>().join(", ")
}

/// A column of a Parquet file; an instant loses its zone, which is UTC.
fn naive(column: &str, kind: Type) -> String {
    let column = name(column);
    match kind {
        Type::Time => format!("{column} at time zone 'UTC' as {column}"),
        Type::Text | Type::Int | Type::Float | Type::Bool | Type::List => column,
    }
}

fn sql_type(kind: Type) -> &'static str {
    match kind {
        Type::Text => "varchar",
        Type::Int => "bigint",
        Type::Float => "double",
        Type::Bool => "boolean",
        Type::Time => "timestamp",
        Type::List => "varchar[]",
    }
}

fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
