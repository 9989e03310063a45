//! The generic adapters: files that already have canonical headers, for every table a user may
//! write. They are made from the tables' descriptions, so they can never fall behind them.
//! Ids: `canonical.<table>` (CSV), `canonical.<table>.ndjson` and `canonical.<table>.parquet`.

use super::adapter::{Adapter, Coverage};
use crate::error::Result;
use crate::model::frame::Type;
use crate::model::table::{ColumnSpec, Origin, Table};
use crate::model::tables;

/// Version of the rule by which they are made.
const VERSION: u32 = 1;

/// One adapter per loadable table and format.
///
/// # Errors
/// Configuration: a description that makes no adapter (a bug, found by the tests).
pub fn all() -> Result<Vec<Adapter>> {
    let mut adapters = Vec::new();
    for table in tables::all() {
        if matches!(table.origin, Origin::Vendor | Origin::User) {
            for format in ["csv", "ndjson", "parquet"] {
                adapters.push(adapter(table, format)?);
            }
        }
    }
    Ok(adapters)
}

fn adapter(table: &Table, format: &str) -> Result<Adapter> {
    let id = id(table.name, format);
    let mut text = format!(
        "id = \"{id}\"\nversion = {VERSION}\ntable = \"{}\"\ntested = \"real\"\n\
         about = \"{format} with canonical headers\"\n[read]\nformat = \"{format}\"\n[columns]\n",
        table.name
    );
    for column in table.columns {
        text.push_str(&line(column, table.key.contains(&column.name)));
    }
    let mut adapter = Adapter::parse(&text, &id)?;
    if table.name == "job_runs" {
        adapter.coverage = Some(Coverage::Attempts);
    }
    Ok(adapter)
}

/// Id of the generic adapter of a table.
#[must_use]
pub fn id(table: &str, format: &str) -> String {
    if format == "csv" {
        format!("canonical.{table}")
    } else {
        format!("canonical.{table}.{format}")
    }
}

/// Times may carry an offset; naive ones take the source's zone where it has one.
fn line(column: &ColumnSpec, is_key: bool) -> String {
    let name = column.name;
    let form = match column.kind {
        Type::Time => ", time = \"iso\"",
        Type::Text | Type::Int | Type::Float | Type::Bool | Type::List => "",
    };
    let bool = match column.kind {
        Type::Bool => {
            ", bool = { true = [\"true\", \"True\", \"TRUE\", \"1\", \"yes\"], \
             false = [\"false\", \"False\", \"FALSE\", \"0\", \"no\"] }"
        }
        Type::Text | Type::Int | Type::Float | Type::Time | Type::List => "",
    };
    let optional = if is_key { "" } else { ", optional = true" };
    format!("{name} = {{ from = \"{name}\"{optional}{form}{bool} }}\n")
}
