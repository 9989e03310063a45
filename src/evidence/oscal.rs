//! OSCAL 1.1.3 assessment results. A finding says satisfied or not satisfied only where the data
//! decide; what is partial or not assessable is an observation without a finding. Identifiers follow
//! from the run, so equal input gives equal bytes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::controls::Verdict;
use super::lineage::run_id;
use super::package::{ControlRun, PackageInput, control_folder};
use crate::model::time;

/// Version of the model that is written.
const OSCAL_VERSION: &str = "1.1.3";

/// The `assessment-results` document.
pub(super) fn results(input: &PackageInput) -> Value {
    let run = run_id(input);
    let id = |part: &str| Uuid::new_v5(&run, part.as_bytes()).to_string();
    let at = time::iso(input.as_of_us);
    let observations: Vec<Value> =
        input.controls.iter().map(|c| observation(input, c, &id, &at)).collect();
    let findings: Vec<Value> = input.controls.iter().filter_map(|c| finding(c, &id)).collect();
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
                "oscal-version": OSCAL_VERSION,
            },
            // There is no plan in OSCAL's form: a resource says what stands for it.
            "import-ap": { "href": format!("#{}", id("plan")) },
            "results": [result],
            "back-matter": { "resources": [{
                "uuid": id("plan"),
                "title": "What was assessed and how",
                "description": "The control map in force and the definition of every query.",
                "rlinks": [
                    { "href": "../07-method/controls.toml" },
                    { "href": "../07-method/definitions.md" },
                ],
            }] },
        }
    })
}

fn observation(
    input: &PackageInput,
    run: &ControlRun,
    id: &impl Fn(&str) -> String,
    at: &str,
) -> Value {
    let control = &run.control.id;
    json!({
        "uuid": id(&format!("observation/{control}")),
        "title": format!("{control}: {}", run.verdict().word()),
        "description": describe(run),
        "methods": ["TEST"],
        "relevant-evidence": [{
            "href": format!("../{}/control.json", control_folder(input, run)),
            "description": "Checks, queries, parameters, counts and table versions.",
        }],
        "collected": at,
    })
}

fn finding(run: &ControlRun, id: &impl Fn(&str) -> String) -> Option<Value> {
    let control = &run.control.id;
    let state = match run.verdict() {
        Verdict::Pass => "satisfied",
        Verdict::Fail => "not-satisfied",
        Verdict::Partial | Verdict::NotAssessable => return None,
    };
    Some(json!({
        "uuid": id(&format!("finding/{control}")),
        "title": format!("{control}: {}", run.control.requirement),
        "description": run.verdict().sentence(control),
        "target": {
            "type": "statement-id",
            "target-id": format!("{}_smt", control_id(control)),
            "status": { "state": state },
        },
        "related-observations": [{ "observation-uuid": id(&format!("observation/{control}")) }],
    }))
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

/// OSCAL's spelling of a control id, a token: `CP-9(1)` is `cp-9.1`.
fn control_id(id: &str) -> String {
    let token = id.to_lowercase().replace('(', ".").replace(')', "");
    let token: String = token
        .chars()
        .map(|c| if c.is_alphanumeric() || ['.', '-', '_'].contains(&c) { c } else { '-' })
        .collect();
    if token.starts_with(|c: char| c.is_alphabetic()) { token } else { format!("_{token}") }
}

#[cfg(test)]
mod tests {
    use super::control_id;

    #[test]
    fn enhancements_are_spelled_with_a_dot_and_every_id_is_a_token() {
        assert_eq!(control_id("CP-9(1)"), "cp-9.1");
        assert_eq!(control_id("164.308(a)(7)"), "_164.308.a.7");
        assert_eq!(control_id("A.8.13 / 2022"), "a.8.13---2022");
    }
}
