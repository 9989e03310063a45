//! OSCAL 1.1.2 assessment results. A finding says satisfied or not satisfied only where the data
//! decide; what is partial or not assessable is an observation without a finding.

use serde_json::{Value, json};
use uuid::Uuid;

use super::controls::Verdict;
use super::lineage::run_id;
use super::package::{ControlRun, PackageInput};
use crate::model::time;

/// The `assessment-results` document.
pub(super) fn results(input: &PackageInput) -> Value {
    let run = run_id(input);
    let id = |part: &str| Uuid::new_v5(&run, part.as_bytes()).to_string();
    let at = time::iso(input.as_of_us);
    let observations: Vec<Value> = input
        .controls
        .iter()
        .map(|c| {
            json!({
                "uuid": id(&format!("observation/{}", c.control.id)),
                "title": format!("{}: {}", c.control.id, c.verdict().word()),
                "description": describe(c),
                "methods": ["TEST"],
                "collected": at,
            })
        })
        .collect();
    let findings: Vec<Value> = input
        .controls
        .iter()
        .filter_map(|c| {
            let state = match c.verdict() {
                Verdict::Pass => "satisfied",
                Verdict::Fail => "not-satisfied",
                Verdict::Partial | Verdict::NotAssessable => return None,
            };
            Some(json!({
                "uuid": id(&format!("finding/{}", c.control.id)),
                "title": format!("{}: {}", c.control.id, c.control.requirement),
                "description": c.verdict().sentence(&c.control.id),
                "target": {
                    "type": "objective-id",
                    "target-id": control_id(&c.control.id),
                    "status": { "state": state },
                },
                "related-observations": [
                    { "observation-uuid": id(&format!("observation/{}", c.control.id)) }
                ],
            }))
        })
        .collect();
    let controls: Vec<Value> =
        input.controls.iter().map(|c| json!({ "control-id": control_id(&c.control.id) })).collect();
    let mut result = json!({
        "uuid": id("result"),
        "title": format!("{} {}", input.framework.1.name, input.period),
        "description": "Backup data judged by the queries in this package.",
        "start": at,
        "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
        "observations": observations,
    });
    if let (false, Some(object)) = (findings.is_empty(), result.as_object_mut()) {
        object.insert("findings".to_owned(), Value::Array(findings));
    }
    json!({
        "assessment-results": {
            "uuid": run.to_string(),
            "metadata": {
                "title": format!("Backup evidence of {}", input.organisation),
                "last-modified": at,
                "version": input.period,
                "oscal-version": "1.1.2",
            },
            "import-ap": { "href": "../07-method/definitions.md" },
            "results": [result],
        }
    })
}

fn describe(run: &ControlRun) -> String {
    let parts: Vec<String> = run
        .checks
        .iter()
        .map(|c| {
            let violations: usize = c.queries.iter().map(|q| q.finding.violation_count).sum();
            format!("{} {}: {} ({violations} violating rows)", c.id, c.name, c.verdict().word())
        })
        .collect();
    parts.join("; ")
}

/// OSCAL's spelling of a control id: `CP-9(1)` is `cp-9.1`.
fn control_id(id: &str) -> String {
    id.to_lowercase().replace('(', ".").replace(')', "")
}

#[cfg(test)]
mod tests {
    #[test]
    fn enhancements_are_spelled_with_a_dot() {
        assert_eq!(super::control_id("CP-9(1)"), "cp-9.1");
    }
}
