//! `metrics --markdown`: the reference page of all queries, METRICS.md, from their headers and the
//! columns that their steps add. It reads no data and prints no SQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Outcome;
use super::answer::{empty, meanings};
use super::output;
use super::project::Place;
use super::tables::in_force;
use crate::catalog::{Catalog, Header, QueryFile};
use crate::error::{Error, Result};
use crate::model::frame::Type;
use crate::model::result::ResultColumn;
use crate::stats::steps::formulas::FORMULAS;
use crate::stats::steps::{self, StepContext};

const HEAD: &str = "# Metrics

Every figure that a report, a package or `metrics/*.csv` can hold: what it means, one row of what it
is, its columns with their units, and where its formula comes from. Written from the headers of
`queries/` by

```sh
tapeline metrics --markdown > METRICS.md
```

Queries return counts, bytes and microseconds; what follows them divides once, at the end. A column
that a step adds stands below those of the query. Where a step makes one row of many cases, the
columns of the cases are gone. Null means that there was nothing to count, never zero.
";

/// Prints the page.
///
/// # Errors
/// When the queries cannot be read or a step does not fit its columns.
pub fn print(place: &Place) -> Result<Outcome> {
    output::print(&page(&in_force(place)?)?)?;
    Ok(Outcome::Done)
}

fn page(catalog: &Catalog) -> Result<String> {
    let mut out = HEAD.to_owned();
    for (folder, title, says) in [
        ("metrics", "Metrics", "Figures of reports."),
        ("checks", "Checks", "Every row is a finding of the evidence package."),
    ] {
        _ = write!(out, "\n## {title}\n\n{says}\n");
        for (name, query) in of_folder(catalog, folder) {
            section(&mut out, catalog, name, query)?;
        }
    }
    out.push_str("\n## Facts and staging\n\nWhat the queries above are made from.\n\n");
    out.push_str("| query | one row | meaning |\n|---|---|---|\n");
    for (name, query) in of_folder(catalog, "staging").chain(of_folder(catalog, "facts")) {
        let Header { grain, says, .. } = &query.header;
        _ = writeln!(out, "| `{name}` | {} | {} |", cell(grain), cell(says));
    }
    out.push_str("\n## Formulas\n\n| step | source |\n|---|---|\n");
    for (step, source) in FORMULAS {
        _ = writeln!(out, "| `{step}` | {} |", cell(source));
    }
    Ok(out)
}

fn of_folder<'a>(
    catalog: &'a Catalog,
    folder: &'a str,
) -> impl Iterator<Item = (&'a String, &'a QueryFile)> {
    let is_in = move |q: &QueryFile| q.path.split('/').rev().nth(1) == Some(folder);
    catalog.queries().iter().filter(move |(_, query)| is_in(query))
}

fn section(out: &mut String, catalog: &Catalog, name: &str, query: &QueryFile) -> Result<()> {
    let header = &query.header;
    _ = write!(out, "\n### {name}\n\n**{}**: {}.\n\n", header.title, header.says);
    _ = writeln!(out, "- Grain: {}.", header.grain);
    if !header.needs.is_empty() {
        _ = writeln!(out, "- Not assessable without: `{}`.", header.needs.join("`, `"));
    }
    if let Some(population) = &header.population {
        _ = writeln!(out, "- Judged: the rows of `{population}`.");
    }
    for var in &header.vars {
        _ = writeln!(out, "- Variable `{}`: {}.", var.name, var.says);
    }
    let steps: Vec<String> = header
        .steps
        .iter()
        .filter_map(|step| Some(format!("`{}`", step.get("step")?.as_str()?)))
        .collect();
    if !steps.is_empty() {
        _ = writeln!(out, "- Formula: {} ([sources](#formulas)).", steps.join(", then "));
    }
    _ = write!(out, "- Query: [`{0}`]({0}).\n\n", query.path);
    out.push_str("| column | unit | meaning |\n|---|---|---|\n");
    for column in columns(catalog, name, header)? {
        let unit = unit(&column.name, column.kind);
        _ = writeln!(out, "| `{}` | {unit} | {} |", column.name, cell(&column.says));
    }
    Ok(())
}

/// Columns of the result with what the steps add; known from a run without rows.
fn columns(catalog: &Catalog, name: &str, header: &Header) -> Result<Vec<ResultColumn>> {
    let steps = steps::parse(&header.steps, &format!("query `{name}`"))?;
    let mut frames = BTreeMap::new();
    for needed in steps::needs(&steps) {
        let query = catalog.queries().get(needed).ok_or_else(|| {
            Error::config(format!("there is no query `{needed}`")).at(format!("query `{name}`"))
        })?;
        frames.insert(needed.to_owned(), empty(&types(&query.header)));
    }
    let ctx = StepContext { frames, ..StepContext::default() };
    let (frame, added) = steps::apply(&steps, empty(&types(header)), &ctx)?;
    Ok(meanings(header, &added, &frame))
}

fn types(header: &Header) -> Vec<(String, Type)> {
    header.columns.iter().map(|c| (c.name.clone(), c.kind)).collect()
}

/// Unit of a column: its name ends with it.
fn unit(name: &str, kind: Type) -> &'static str {
    const ENDINGS: [(&str, &str); 12] = [
        ("_us", "µs"),
        ("_s", "s"),
        ("_bytes", "B"),
        ("_ratio", "quotient"),
        ("_share", "0..1"),
        ("_count", "count"),
        ("_n", "count"),
        ("_k", "count"),
        ("_hours", "h"),
        ("_days", "d"),
        ("_usd", "USD"),
        ("_e4", "1/10,000 of the currency unit"),
    ];
    let ending = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, unit)| *unit);
    match kind {
        Type::Text | Type::List => "text",
        Type::Bool => "yes or no",
        Type::Time => "instant, UTC",
        Type::Int if matches!(name, "k" | "n") => "count",
        Type::Int | Type::Float => ending.unwrap_or("number"),
    }
}

/// Text that cannot end a cell of a table or begin markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<").replace(['\n', '\r'], " ")
}
