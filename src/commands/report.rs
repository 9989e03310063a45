//! `report`: answers what report.toml names, renders, writes. All formats come from the same
//! answers, and the answers are written beside them.

use std::collections::BTreeMap;
use std::path::Path;

use super::Outcome;
use super::answer::Answers;
use super::listing::{self, Record};
use super::parallel;
use super::project::{Project, VERSION};
use crate::catalog::{Var, Vars};
use crate::error::{Error, Result};
use crate::evidence::bag::sha256_hex;
use crate::model::format::Format;
use crate::model::frame::Cell;
use crate::model::period::Period;
use crate::model::result::{QueryResult, TableVersion};
use crate::model::time;
use crate::reports::input::ReportInput;
use crate::reports::spec::{MetricUse, ReportSpec, instant_of};
use crate::reports::{csv, json, render, spec, workbook};
use crate::{embedded, files};

/// Makes a report in all or some of its formats.
pub fn report(
    project: &Project,
    answers: &Answers,
    name: &str,
    period: &Period,
    formats: &[String],
) -> Result<Outcome> {
    let resolver = project.templates();
    let spec = described(project, name)?;
    let wanted = wanted(&spec, formats)?;
    files::check_writable(&project.out)?;
    let input = input(project, answers, &spec, period)?;
    let folder = project.out.join(&period.name);
    for format in &wanted {
        let bytes = match format.as_str() {
            "html" => render(name, &input, &resolver)?.html,
            "xlsx" => workbook::render(&spec, &input, &resolver)?,
            other => {
                return Err(Error::config(format!("this build cannot write {other}"))
                    .hint("use html or xlsx"));
            }
        };
        let path = folder.join(format!("{name}.{format}"));
        files::write(&path, &bytes)?;
        project.messages.say(&format!("wrote {}", path.display()));
    }
    for result in input.results.values() {
        write_metric(&folder.join("metrics"), result)?;
    }
    let names = wanted.iter().map(|f| format!("{name}.{f}")).collect();
    let record = Record::new(&spec.title, &spec.says, &input, names);
    listing::write(project, &period.name, name, &record)?;
    Ok(Outcome::Done)
}

/// A report's description, of the project's own report_templates/ or ours.
pub fn described(project: &Project, name: &str) -> Result<ReportSpec> {
    let resolver = project.templates();
    if resolver(&format!("{name}/report.toml")).is_none() {
        let ours = embedded::templates().into_iter().map(|(path, _)| path);
        let ours: Vec<&str> = ours.filter_map(|path| path.strip_suffix("/report.toml")).collect();
        return Err(Error::config(format!("there is no report `{name}`"))
            .at(project.root.join("report_templates").join(name).display())
            .hint(format!("built in are {}; your own is a folder there", ours.join(", "))));
    }
    spec(name, &resolver)
}

/// Answers everything that a report asks for.
pub fn input(
    project: &Project,
    answers: &Answers,
    spec: &ReportSpec,
    period: &Period,
) -> Result<ReportInput> {
    let is_known = |used: &&MetricUse| answers.catalog().queries().contains_key(&used.query);
    let used: Vec<&MetricUse> =
        spec.metrics.iter().filter(|used| !used.is_optional || is_known(used)).collect();
    let answered = parallel::each(&used, |used| {
        let given = vars_of(used, period, project.as_of_us, spec.trend_days)?;
        let vars = answers.vars(period, &given);
        Ok((used.name.clone(), answers.named(&used.query, &vars)?))
    })?;
    let results: BTreeMap<String, QueryResult> = answered.into_iter().collect();
    let mut settings = BTreeMap::new();
    let config = &project.config.project;
    settings.insert("success_target".to_owned(), Cell::Float(config.target_ratio));
    let policy = config.warning_policy.word().to_owned();
    settings.insert("warning_policy".to_owned(), Cell::Text(policy));
    // What this report rests on, whatever else the run has read before it.
    let tables: BTreeMap<String, TableVersion> =
        results.values().flat_map(|r: &QueryResult| r.lineage.tables.clone()).collect();
    let seen: Vec<String> = tables.iter().map(|(n, v)| format!("{n}@{}", v.version)).collect();
    let text = format!("{VERSION}|{}|{}|{}", spec.id, time::iso(project.as_of_us), seen.join(","));
    Ok(ReportInput {
        title: String::new(),
        period: period.clone(),
        as_of: project.as_of_us,
        organisation: config.name.clone(),
        results,
        settings,
        run_id: sha256_hex(text.as_bytes()).chars().take(16).collect(),
        tables,
        format: Format { zone: time::zone(&config.zone)?, ..Format::default() },
    })
}

fn vars_of(used: &MetricUse, period: &Period, as_of_us: i64, trend_days: i64) -> Result<Vars> {
    let mut vars = Vars::new();
    for (name, cell) in &used.vars {
        let wrong = || Error::config(format!("variable `{name}` of {} has no value", used.name));
        let var = match cell {
            Cell::Text(word) => match instant_of(word, period, as_of_us, trend_days) {
                Some(at) => Var::Time(at),
                None => Var::Text(word.clone()),
            },
            Cell::Int(v) => Var::Int(*v),
            Cell::Float(v) => Var::Float(*v),
            Cell::Bool(v) => Var::Bool(*v),
            Cell::Time(v) => Var::Time(*v),
            Cell::List(v) => Var::Texts(v.clone()),
            Cell::Null => return Err(wrong()),
        };
        vars.insert(name.clone(), var);
    }
    Ok(vars)
}

fn wanted(spec: &ReportSpec, formats: &[String]) -> Result<Vec<String>> {
    for format in formats {
        if !spec.outputs.contains(format) {
            return Err(Error::config(format!("{} has no output `{format}`", spec.id))
                .hint(format!("it has: {}", spec.outputs.join(", "))));
        }
    }
    Ok(if formats.is_empty() { spec.outputs.clone() } else { formats.to_vec() })
}

fn write_metric(folder: &Path, result: &QueryResult) -> Result<()> {
    let path = |ending: &str| folder.join(format!("{}.{ending}", result.id));
    files::write(&path("csv"), &csv::bytes(result, csv::Formulas::Defused)?)?;
    files::write(&path("json"), &json::bytes(result)?)
}
