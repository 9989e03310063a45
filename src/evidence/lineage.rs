//! Where the figures came from, in open formats: rows in and out of every input, OpenLineage, and
//! an in-toto statement with the SLSA provenance predicate.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::bag::{Members, sha256_hex};
use super::package::PackageInput;
use crate::model::frame::{Cell, Frame};
use crate::model::result::QueryResult;
use crate::model::time;

/// Totals of the ledger and whether they add up: rows in = loaded + duplicate + quarantined.
pub(super) fn completeness(ledger: &QueryResult) -> Value {
    let total =
        |name: &str| -> i64 { ledger.frame.int(name).map_or(0, |v| v.iter().flatten().sum()) };
    let (rows_in, loaded) = (total("rows_in"), total("rows_loaded"));
    let (duplicate, quarantined) = (total("rows_duplicate"), total("rows_quarantined"));
    json!({
        "input_count": ledger.frame.height(),
        "records_read": total("records_read"),
        "rows_out_of_scope": total("rows_out_of_scope"),
        "rows_in": rows_in,
        "rows_loaded": loaded,
        "rows_duplicate": duplicate,
        "rows_quarantined": quarantined,
        "adds_up": rows_in == loaded + duplicate + quarantined,
    })
}

/// Every input file: name, SHA-256, adapter, source, rows, load time.
pub(super) fn inputs(ledger: &QueryResult) -> Value {
    Value::Array((0..ledger.frame.height()).map(|row| object(&ledger.frame, row)).collect())
}

fn object(frame: &Frame, row: usize) -> Value {
    let mut members = Map::new();
    for name in frame.names() {
        let value = match frame.cell(name, row) {
            Cell::Null => continue,
            Cell::Text(v) => Value::String(v),
            Cell::Int(v) => json!(v),
            Cell::Float(v) => json!(v),
            Cell::Bool(v) => json!(v),
            Cell::Time(v) => Value::String(time::iso(v)),
            Cell::List(v) => json!(v),
        };
        members.insert(name.clone(), value);
    }
    Value::Object(members)
}

/// Id of the run behind a package: depends on its name and the tables read, on nothing else.
pub(super) fn run_id(input: &PackageInput) -> Uuid {
    let mut name = format!("{}|{}|{}", input.organisation, input.name, time::iso(input.as_of_us));
    for control in &input.controls {
        for query in control.checks.iter().flat_map(|c| &c.queries) {
            for (table, version) in &query.rows.result.lineage.tables {
                name.push_str(&format!("|{table}@{}", version.version));
            }
        }
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}

/// One OpenLineage run event for the package.
pub(super) fn open_lineage(input: &PackageInput) -> Value {
    let dataset = |row: usize| {
        let name = input.ledger.frame.cell("input_name", row);
        let source = input.ledger.frame.cell("source_id", row);
        match (name, source) {
            (Cell::Text(name), Cell::Text(source)) => Some(json!({
                "namespace": source, "name": name,
            })),
            _ => None,
        }
    };
    let inputs: Vec<Value> = (0..input.ledger.frame.height()).filter_map(dataset).collect();
    json!({
        "eventType": "COMPLETE",
        "eventTime": time::iso(input.as_of_us),
        "run": { "runId": run_id(input).to_string() },
        "job": { "namespace": "tapeline", "name": format!("evidence/{}", input.framework.0) },
        "inputs": inputs,
        "outputs": [{ "namespace": "tapeline", "name": input.name }],
        "producer": format!("tapeline {}", input.program_version),
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    })
}

/// in-toto Statement v1 with SLSA provenance v1 over the files packed so far.
pub(super) fn statement(input: &PackageInput, files: &Members) -> Value {
    let subjects: Vec<Value> = files
        .iter()
        .map(|(path, bytes)| json!({ "name": path, "digest": { "sha256": sha256_hex(bytes) } }))
        .collect();
    let dependencies: Vec<Value> = (0..input.ledger.frame.height())
        .filter_map(|row| {
            let digest = input.ledger.frame.cell("input_sha256", row);
            let name = input.ledger.frame.cell("input_name", row);
            match (name, digest) {
                (Cell::Text(name), Cell::Text(digest)) => {
                    Some(json!({ "name": name, "digest": { "sha256": digest } }))
                }
                _ => None,
            }
        })
        .collect();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://tapeline.dev/evidence/v1",
                "externalParameters": {
                    "framework": input.framework.0,
                    "period": input.period,
                    "as_of": time::iso(input.as_of_us),
                },
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": { "id": format!("tapeline/{}", input.program_version) },
                "metadata": { "invocationId": run_id(input).to_string() },
            },
        },
    })
}
