//! `07-method/recompute.sql`: the package's queries in DuckDB's words over the package's own tables,
//! compared with what the package recorded. One script for plain DuckDB, so that an auditor needs
//! neither Tapeline nor its functions. Instants are UTC without a zone in it, as in the queries.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::package::{Answered, PackageInput, TableExtract, query_folder};
use crate::model::frame::{Column, Type};

const HEAD: &str = "\
-- Computes every population and every check of this package again, in DuckDB, from the tables inside
-- it, and compares the rows with those recorded. Run it in the folder that holds bagit.txt:
--
--   duckdb < data/07-method/recompute.sql
--   python3 -c \"import duckdb; print(duckdb.sql(open('data/07-method/recompute.sql').read()))\"
--
-- Every table of the package is a view and every query a table here, under the name that
-- definitions.md explains: after `.read data/07-method/recompute.sql` in the duckdb shell,
-- `from systems_in_scope` shows the rows computed and `from \"systems_in_scope recorded\"` those
-- recorded. The statements as Tapeline ran them stand beside each result as query.sql and
-- population.sql.
";

/// Where the rows of an answer are recorded, below `data/`.
struct Recorded<'a> {
    answered: &'a Answered,
    path: String,
}

/// The script.
pub(super) fn script(input: &PackageInput) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n---------- tables as the package holds them\n\n");
    for extract in &input.tables {
        text.push_str(&view(extract));
    }
    let answers = answers(input);
    if answers.is_empty() {
        text.push_str("select 'the package has no queries' as compared;\n");
        return text;
    }
    text.push_str("---------- queries, and what was recorded of them\n\n");
    for (id, recorded) in &answers {
        if recorded.answered.result.not_assessable.is_none() {
            // The rows of a whole table are its view above.
            if !input.tables.iter().any(|t| t.table.name == *id) {
                let sql = recorded.answered.duckdb_sql.trim_end();
                let _ = writeln!(text, "create or replace table {} as\n{sql};\n", name(id));
            }
            text.push_str(&recorded_view(id, recorded));
        }
    }
    text.push_str("---------- comparison\n\n");
    let parts: Vec<String> = answers.iter().map(|(id, r)| compared(id, r)).collect();
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
        None => "where false /* the lake has no such table */".to_owned(),
    };
    let columns = columns.join(",\n    ");
    format!("create or replace view {} as select\n    {columns}\n{from};\n\n", name(table.name))
}

/// What the package recorded of a query, in the columns that the statement gives.
fn recorded_view(id: &str, recorded: &Recorded<'_>) -> String {
    let frame = &recorded.answered.result.frame;
    let columns: Vec<String> = shared_columns(recorded)
        .map(|c| naive(c, frame.get(c).map_or(Type::Text, Column::kind)))
        .collect();
    format!(
        "create or replace view {} as select\n    {}\nfrom read_parquet('data/{}');\n\n",
        recorded_name(id),
        columns.join(",\n    "),
        recorded.path
    )
}

/// One line of the comparison. Steps after a statement (rates and their verdicts) may drop rows and
/// add columns, so there each recorded row must be among the recomputed ones.
fn compared(id: &str, recorded: &Recorded<'_>) -> String {
    let query = literal(id);
    if let Some(reason) = &recorded.answered.result.not_assessable {
        let reason = literal(&format!("not run: {reason}"));
        return format!(
            "select {query} as query, {reason} as compared, null::bigint as recomputed_count,\n    \
             null::bigint as recorded_count, null::bigint as differing_count, true as is_whole"
        );
    }
    let is_whole = !recorded.answered.has_steps;
    let what = if is_whole { "every row" } else { "rows that steps kept, without their verdicts" };
    let columns = shared_columns(recorded).map(|c| name(c)).collect::<Vec<_>>().join(", ");
    let (again, kept) = (name(id), recorded_name(id));
    let missing =
        format!("(select count(*) from (from {kept} except all select {columns} from {again}))");
    let added =
        format!("(select count(*) from (select {columns} from {again} except all from {kept}))");
    let differing = if is_whole { format!("{missing}\n    + {added}") } else { missing };
    format!(
        "select {query} as query, {} as compared,\n    (select count(*) from {again}) as recomputed_count,\n    \
         (select count(*) from {kept}) as recorded_count,\n    {differing} as differing_count,\n    \
         {is_whole} as is_whole",
        literal(what),
    )
}

/// Columns that the statement gives and the result still has.
fn shared_columns<'a>(recorded: &Recorded<'a>) -> impl Iterator<Item = &'a String> {
    let answered = recorded.answered;
    answered.sql_columns.iter().filter(|column| answered.result.frame.get(column).is_some())
}

fn recorded_name(id: &str) -> String {
    name(&format!("{id} recorded"))
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
