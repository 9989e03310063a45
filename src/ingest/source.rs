//! `[[source]]` of tapeline.toml: one installation of one product, as the user wrote it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::adapter::Coverage;
use super::definition::Texts;
use crate::error::{Error, Result};

/// One configured source.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// First part of every key.
    pub id: String,
    /// Adapter, or several on the same inputs; empty = found by `[detect]`.
    #[serde(default)]
    pub adapter: Texts,
    /// Glob inside the project; `-` = standard input.
    pub path: Option<String>,
    /// Program and arguments; its standard output is the input.
    pub command: Option<Vec<String>>,
    /// IANA zone of naive times.
    pub zone: Option<String>,
    /// `dmy`, `mdy` or `ymd`, for adapters with culture-dependent dates.
    pub date_order: Option<DateOrder>,
    /// Default of `environment`.
    pub environment: Option<String>,
    /// How `system_ref` is made.
    #[serde(default)]
    pub names: Names,
    /// `file_name:<strftime>`: capture time in the file's name.
    pub captured: Option<String>,
    /// Weakens the adapter's word.
    pub coverage: Option<Coverage>,
    /// Freshness finding when nothing newer came.
    pub expected_every_s: Option<u64>,
    /// Rows may be out of order by so many seconds.
    #[serde(default = "minute")]
    pub skew_s: i64,
    /// Files, and how many rows each must have (`name` -> rows).
    #[serde(default)]
    pub declared_rows: BTreeMap<String, i64>,
}

/// Order of day, month and year in numeric dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/12/2026
    Dmy,
    /// 12/31/2026
    Mdy,
    /// 2026/12/31
    Ymd,
}

/// The name normaliser.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// Lower case.
    #[serde(default = "yes")]
    pub lower: bool,
    /// Domains that are cut.
    #[serde(default)]
    pub strip_domain: Vec<String>,
}

impl Default for Names {
    fn default() -> Self {
        Names { lower: true, strip_domain: Vec::new() }
    }
}

fn yes() -> bool {
    true
}
fn minute() -> i64 {
    60
}

impl SourceSpec {
    /// Reads one `[[source]]` table; `place` names it in errors.
    ///
    /// # Errors
    /// Configuration: an unknown key, a wrong type, neither or both of `path` and `command`.
    pub fn from_table(table: &toml::Table, place: &str) -> Result<Self> {
        let spec: SourceSpec = toml::Value::Table(table.clone()).try_into().map_err(|e| {
            let text = toml::de::Error::message(&e).trim().replace('\n', " ");
            Error::config(format!("[[source]]: {text}"))
                .at(place)
                .hint("a source needs at least id, adapter and path")
        })?;
        if spec.path.is_some() == spec.command.is_some() {
            return Err(Error::config(format!("[[source]] {}: give path or command", spec.id))
                .at(place)
                .hint(
                    "path = \"in/*.csv\" for files, command = [\"program\", \"argument\"] else",
                ));
        }
        Ok(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_its_adapters_and_where_its_inputs_are() {
        let table: toml::Table = toml::from_str(
            "id = 'b'\nadapter = ['bacula.catalog.job']\npath = 'in/*.csv'\nzone = 'Europe/Berlin'",
        )
        .unwrap();
        let spec = SourceSpec::from_table(&table, "t").unwrap();
        assert_eq!(spec.adapter.0, ["bacula.catalog.job"]);
        assert_eq!(spec.skew_s, 60);
        assert!(spec.names.lower);
    }

    #[test]
    fn an_unknown_key_and_a_missing_path_are_refused() {
        for text in ["id = 'b'\npaht = 'x'", "id = 'b'", "id='b'\npath='x'\ncommand=['y']"] {
            let table: toml::Table = toml::from_str(text).unwrap();
            assert!(SourceSpec::from_table(&table, "t").is_err(), "{text}");
        }
    }
}
