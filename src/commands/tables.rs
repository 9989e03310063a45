//! `tables` and `metrics`: the canonical tables and the queries in words.

use super::Outcome;
use super::output;
use super::project::{Place, catalog};
use crate::catalog::Catalog;
use crate::config::FILE;
use crate::error::{Error, Result};
use crate::model::frame::{Column, Frame};
use crate::model::tables;

/// Lists the tables, or the columns of one.
pub fn tables(name: Option<&str>) -> Result<Outcome> {
    let text = |v: Vec<String>| Column::Text(v.into_iter().map(Some).collect());
    let frame = match name {
        None => {
            let all = tables::all();
            Frame::from_columns(vec![
                ("table".into(), text(all.iter().map(|t| t.name.to_owned()).collect())),
                ("key".into(), text(all.iter().map(|t| t.key.join(", ")).collect())),
                ("says".into(), text(all.iter().map(|t| t.says.to_owned()).collect())),
            ])?
        }
        Some(name) => {
            let table = tables::find(name).ok_or_else(|| {
                Error::config(format!("there is no table `{name}`")).hint("see `tapeline tables`")
            })?;
            let columns: Vec<_> = table.all_columns().collect();
            let is_key = |n: &str| if table.key.contains(&n) { "key" } else { "" };
            let kind = |c: &&crate::model::table::ColumnSpec| {
                let nullable = if c.nullable { "?" } else { "" };
                format!("{}{nullable}", format!("{:?}", c.kind).to_lowercase())
            };
            let says = |c: &&crate::model::table::ColumnSpec| match c.words {
                [] => c.says.to_owned(),
                words => format!("{} {{{}}}", c.says, words.join(" ")),
            };
            Frame::from_columns(vec![
                ("column".into(), text(columns.iter().map(|c| c.name.to_owned()).collect())),
                ("type".into(), text(columns.iter().map(kind).collect())),
                ("key".into(), text(columns.iter().map(|c| is_key(c.name).to_owned()).collect())),
                ("says".into(), text(columns.iter().map(says).collect())),
            ])?
        }
    };
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}

/// The queries of the project, or those of the program where there is no project.
pub fn in_force(place: &Place) -> Result<Catalog> {
    let root = &place.global.project;
    catalog(root.join(FILE).exists().then_some(root.as_path()))
}

/// Lists the queries, or says what one is.
pub fn metrics(place: &Place, name: Option<&str>) -> Result<Outcome> {
    let catalog = in_force(place)?;
    let text = |v: Vec<String>| Column::Text(v.into_iter().map(Some).collect());
    let frame = match name {
        None => {
            let all: Vec<_> = catalog.queries().iter().collect();
            Frame::from_columns(vec![
                ("query".into(), text(all.iter().map(|(n, _)| (*n).clone()).collect())),
                ("grain".into(), text(all.iter().map(|(_, q)| q.header.grain.clone()).collect())),
                ("says".into(), text(all.iter().map(|(_, q)| q.header.says.clone()).collect())),
            ])?
        }
        Some(name) => {
            let query = catalog.queries().get(name).ok_or_else(|| {
                Error::config(format!("there is no query `{name}`")).hint("see `tapeline metrics`")
            })?;
            let header = &query.header;
            output::print(&format!(
                "{}\n{}; {}\n{}\n\n",
                header.title, header.says, header.grain, query.path
            ))?;
            let columns = &header.columns;
            Frame::from_columns(vec![
                ("column".into(), text(columns.iter().map(|c| c.name.clone()).collect())),
                (
                    "type".into(),
                    text(columns.iter().map(|c| format!("{:?}", c.kind).to_lowercase()).collect()),
                ),
                ("says".into(), text(columns.iter().map(|c| c.says.clone()).collect())),
            ])?
        }
    };
    output::print(&output::table(&frame))?;
    Ok(Outcome::Done)
}
