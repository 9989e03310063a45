//! The engine on small inputs in memory, and on real captures. Expected values follow from the
//! inputs by hand; the outcomes of the real captures are those that the runs were made to have.

mod captures;
mod guards;
mod shapes;

use std::path::Path;

use super::library::AdapterLibrary;
use super::load::{Context, Job, Loaded, Order};
use super::lookup::Partners;
use super::open::{Input, Limits, Opener};
use super::source::SourceSpec;
use super::testing::{Rows, rows};
use crate::error::Result;
use crate::model::time::parse_iso;

/// A flat export of jobs with every kind of column.
const JOBS: &str = r#"
id       = "test.jobs"
version  = 1
table    = "job_runs"
product  = "Test"
coverage = "attempts"
tested   = "documented"
[read]
format  = "csv"
missing = ["-"]
[time]
zone = "source"
[key]
run_id = ["Id"]
[columns]
operation  = { value = "backup" }
started_at = { from = "Start", time = "iso" }
ended_at   = { from = "End", time = "iso" }
read_bytes = { from = "Bytes", optional = true }
outcome    = { from = "Status", map = "status" }
[map.status]
ok   = "success"
bad  = "failed"
busy = "running"
"#;

/// A load in a folder that has seen nothing before.
fn context(folder: &Path) -> Context<'_> {
    Context {
        root: folder,
        spool: folder,
        as_of_us: parse_iso("2026-12-01T00:00:00Z").unwrap(),
        people_key: b"key",
        limits: Limits::default(),
        known: &crate::ingest::NOTHING_KNOWN,
    }
}

/// Loads a text with an adapter, as a source with further options.
fn load(adapter: &str, options: &str, name: &str, text: &str) -> Result<Loaded> {
    load_all(adapter, options, &[(name, text)])
}

/// Loads the first of several inputs; the others are its neighbours.
fn load_all(adapter: &str, options: &str, files: &[(&str, &str)]) -> Result<Loaded> {
    let library = AdapterLibrary::load(&[("t/x.toml", adapter.as_bytes())], None)?;
    let table: toml::Table = toml::from_str(&format!("id = 's'\npath = 'x'\n{options}")).unwrap();
    let source = SourceSpec::from_table(&table, "test")?;
    let id = library.iter().find(|e| e.place.starts_with("adapters/")).unwrap();
    let entry = library.get(&id.adapter.id)?;
    let inputs: Vec<Input> =
        files.iter().map(|(n, t)| Input::from_bytes(*n, t.as_bytes().to_vec())).collect();
    let context = context(Path::new("."));
    let opener =
        Opener { root: context.root, spool: context.spool, limits: context.limits.clone() };
    Job {
        spec: &source,
        library: &library,
        context: &context,
        opener: &opener,
        entry,
        input: &inputs[0],
        partners: &Partners::new(&inputs),
        order: Order::AsRead,
    }
    .run()
}

fn jobs(options: &str, text: &str) -> Loaded {
    load(JOBS, options, "in/jobs.csv", text).unwrap()
}

fn got(loaded: &Loaded) -> Rows {
    rows(loaded)
}

/// One column of all rows; `-` for null.
fn column(loaded: &Loaded, name: &str) -> Vec<String> {
    let rows = got(loaded).rows;
    rows.iter().map(|r| r.get(name).cloned().unwrap_or_else(|| "-".into())).collect()
}

fn reasons(loaded: &Loaded) -> Vec<String> {
    got(loaded).quarantine.into_iter().map(|(n, c, r)| format!("{n} {c} {r}")).collect()
}
