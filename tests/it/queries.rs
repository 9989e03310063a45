//! Every query of queries/: passes the gate in every spelling, runs on empty tables, answers its
//! cases, and its steps fit its columns.

use std::collections::BTreeMap;

use tapeline::catalog::{Catalog, Var, Vars};
use tapeline::engines::{Dialect, Engine, Polars, TableSource, gate};
use tapeline::model::{tables, time};
use tapeline::stats::steps::{self, StepContext};

pub fn catalog() -> Catalog {
    let files = tapeline::embedded::queries();
    let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
    Catalog::new(files, &tables::all()).unwrap_or_else(|e| panic!("{e}"))
}

pub fn vars() -> Vars {
    let at = |text: &str| Var::Time(time::parse_iso(text).unwrap());
    Vars::from([
        ("from".to_owned(), at("2026-07-01T00:00:00Z")),
        ("to".to_owned(), at("2026-10-01T00:00:00Z")),
        ("as_of".to_owned(), at("2026-10-01T06:00:00Z")),
    ])
}

fn context() -> StepContext {
    let at = |text: &str| time::parse_iso(text).unwrap();
    StepContext {
        as_of_us: at("2026-10-01T06:00:00Z"),
        from_us: at("2026-07-01T00:00:00Z"),
        to_us: at("2026-10-01T00:00:00Z"),
        ..StepContext::default()
    }
}

#[test]
fn every_query_passes_the_gate_and_runs_on_empty_tables() {
    let catalog = catalog();
    assert!(catalog.queries().len() > 20, "queries/ is embedded");
    let mut wrong = Vec::new();
    for name in catalog.queries().keys() {
        let result = catalog.plan(name, &vars()).and_then(|plan| {
            for dialect in [Dialect::DuckDb, Dialect::Spark] {
                gate::spell(&plan.sql, dialect).map_err(|e| plan.locate(e))?;
            }
            let sources: BTreeMap<String, TableSource> = plan
                .tables
                .iter()
                .map(|table| {
                    (table.name.to_owned(), TableSource::Files { paths: Vec::new(), table })
                })
                .collect();
            let frame =
                Polars.run(&plan.sql, &sources, &plan.types()).map_err(|e| plan.locate(e))?;
            let steps = steps::parse(&plan.header.steps, &plan.name)?;
            let mut ctx = context();
            for needed in steps::needs(&steps) {
                let plan = catalog.plan(needed, &vars())?;
                let empty = plan
                    .types()
                    .into_iter()
                    .map(|(n, kind)| (n, tapeline::model::frame::Column::empty(kind)));
                let frame = tapeline::model::frame::Frame::from_columns(empty.collect())?;
                ctx.frames.insert(needed.to_owned(), frame);
            }
            steps::apply(&steps, frame, &ctx).map_err(|e| e.at(&plan.name))
        });
        if let Err(error) = result {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn every_query_answers_its_cases() {
    let catalog = catalog();
    let mut failures = Vec::new();
    let mut count = 0;
    for name in catalog.tested() {
        let outcomes = catalog.test(
            name,
            &mut |sql, frames, columns| {
                let tables = frames
                    .iter()
                    .map(|(n, f)| (n.clone(), TableSource::Frame(f.clone())))
                    .collect();
                Polars.run(sql, &tables, columns)
            },
            Some(&mut |plan, frame| {
                let steps = steps::parse(&plan.header.steps, name)?;
                Ok(steps::apply(&steps, frame, &context())?.0)
            }),
        );
        for outcome in outcomes.unwrap_or_else(|e| panic!("{name}: {e}")) {
            count += 1;
            for failure in outcome.failures {
                failures.push(format!("{}: {failure}", outcome.name));
            }
        }
    }
    assert!(count > 0, "there are cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
