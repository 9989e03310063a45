//! The rules every description of a table keeps.

use std::collections::BTreeSet;

use super::*;
use crate::model::frame::Type;
use crate::model::table::{Merge, Origin};

#[test]
fn table_and_column_names_are_unique() {
    let names: BTreeSet<_> = all().iter().map(|t| t.name).collect();
    assert_eq!(names.len(), all().len());
    for table in all() {
        let columns: BTreeSet<_> = table.all_columns().map(|c| c.name).collect();
        assert_eq!(columns.len(), table.all_columns().count(), "{}", table.name);
    }
}

#[test]
fn every_documented_table_is_found_by_name() {
    let names = [
        "job_runs",
        "job_attempts",
        "job_messages",
        "restore_points",
        "restore_tests",
        "incidents",
        "incident_events",
        "alerts",
        "deliveries",
        "heartbeats",
        "maintenance_windows",
        "changes",
        "storage_samples",
        "replication_samples",
        "access_events",
        "credentials",
        "entitlements",
        "remediation_runs",
        "action_items",
        "config_snapshots",
        "expected_runs",
        "failure_causes",
        "incident_links",
        "system_names",
        "forecasts",
        "systems",
        "policies",
        "dependencies",
        "legal_holds",
        "experiments",
        "prices",
        "growth_plans",
        "retention_rules",
        "escalation_rules",
        "runbooks",
        "controls",
        "sources",
        "load_log",
        "quarantine",
        "pins",
        "schedule_runs",
    ];
    for name in names {
        assert_eq!(find(name).map(|t| t.name), Some(name));
    }
    assert_eq!(all().len(), names.len());
    assert!(find("job_run").is_none());
}

#[test]
fn key_columns_exist_and_are_never_null() {
    for table in all() {
        assert!(!table.key.is_empty(), "{}", table.name);
        for key in table.key {
            let column = table.column(key).unwrap_or_else(|| panic!("{}.{key}", table.name));
            assert!(!column.nullable, "{}.{key}", table.name);
        }
    }
}

#[test]
fn the_time_column_exists_is_a_time_and_is_never_null() {
    for table in all() {
        let Some(time) = table.time else { continue };
        let column = table.column(time).unwrap_or_else(|| panic!("{}.{time}", table.name));
        assert_eq!((column.kind, column.nullable), (Type::Time, false), "{}", table.name);
    }
}

#[test]
fn origin_decides_partition_and_merge() {
    for table in all() {
        let filled = ["storage_samples", "replication_samples"].contains(&table.name);
        let (partitioned, merge) = match table.origin {
            Origin::Vendor if filled => (true, Merge::Fill),
            Origin::Vendor => (true, Merge::Replace),
            Origin::User => (false, Merge::Replace),
            Origin::Derived => (table.time.is_some(), Merge::Rebuild),
            Origin::Program if table.name == "sources" => (false, Merge::Rebuild),
            Origin::Program => (false, Merge::Append),
        };
        assert_eq!((table.is_partitioned(), table.merge), (partitioned, merge), "{}", table.name);
    }
}

#[test]
fn the_unit_in_the_name_fits_the_type() {
    let suffixes = [
        ("_bytes", Type::Int),
        ("_us", Type::Int),
        ("_count", Type::Int),
        ("_days", Type::Int),
        ("_e4", Type::Int),
        ("_s", Type::Float),
        ("_ratio", Type::Float),
        ("_share", Type::Float),
        ("_at", Type::Time),
    ];
    let mut seen = BTreeSet::new();
    for table in all() {
        for column in table.all_columns() {
            for (suffix, kind) in suffixes {
                if column.name.ends_with(suffix) {
                    assert_eq!(column.kind, kind, "{}.{}", table.name, column.name);
                    seen.insert(suffix);
                }
            }
            let is_flag = column.name.starts_with("is_") || column.name.starts_with("has_");
            assert!(!is_flag || column.kind == Type::Bool, "{}.{}", table.name, column.name);
            let named_time =
                ["_at", "_until", "_from", "_to"].iter().any(|end| column.name.ends_with(end))
                    || column.name == "at";
            assert!(column.kind != Type::Time || named_time, "{}.{}", table.name, column.name);
        }
    }
    assert_eq!(seen.len(), suffixes.len());
}

#[test]
fn words_are_lower_case_and_unique_and_only_on_text() {
    for table in all() {
        for column in table.all_columns() {
            let place = format!("{}.{}", table.name, column.name);
            let words: BTreeSet<_> = column.words.iter().collect();
            assert_eq!(words.len(), column.words.len(), "{place}");
            assert!(words.is_empty() || column.kind == Type::Text, "{place}");
            assert!(!column.is_json || (column.kind == Type::Text && words.is_empty()), "{place}");
            for word in column.words {
                let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '-';
                assert!(!word.is_empty() && word.chars().all(plain), "{place} {word}");
            }
        }
    }
}

#[test]
fn every_table_and_column_has_a_meaning_of_one_line() {
    for table in all() {
        assert!(!table.says.is_empty() && !table.says.contains('\n'), "{}", table.name);
        for column in table.all_columns() {
            let place = format!("{}.{}", table.name, column.name);
            assert!(!column.says.is_empty() && !column.says.contains('\n'), "{place}");
        }
    }
}
