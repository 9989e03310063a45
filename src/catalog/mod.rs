//! From `queries/` on disk to a checked plan: one portable SQL statement with its header,
//! variables and tables. It reads text and never touches an engine, a frame of the lake or the
//! clock; it knows no metric by name.
//!
//! # Interface
//! ```text
//! let catalog = Catalog::new(embedded.chain(files::read_folder(project)?), &tables::all())?;
//! let plan    = catalog.plan("success_rate_by_tier", &vars)?;     // or plan_sql(text, &vars)
//! engine.run(&plan.sql, &sources_of(&plan.tables), &plan.types())
//!       .map_err(|e| plan.locate(e))?;       // sql:LINE:COLUMN becomes queries/x.sql:LINE
//! checks::violations(&plan.header.checks, &frame)?                       // on the engine's answer
//! plan.header.steps                                                      // for stats/, in order
//! catalog.plan_given(name, &vars, &given)      // some queries as tables: shared facts, tests
//! catalog.test(name, &mut run, Some(&mut steps))?             // <name>.test.toml, see testfile
//! ```
//! A query file is `<folder>/<name>.sql`; the folder is `staging`, `facts`, `metrics` or `checks`,
//! the name is unique over all folders. It starts with a TOML header between `/*---` and `---*/`
//! (see [`header`]) and goes on with SQL in which only `{{ ref('x') }}`, `{{ var('x') }}` and
//! loops over lists are templated (see [`render`]). `ref` names a canonical or derived table of
//! `model::tables` or another query; `var` gives `from`, `to`, `as_of` or a variable that the
//! header declares in `[vars]`, as a typed literal.
//!
//! In the plan every query that is needed stands as a common table expression under its own name
//! (`stg_job_runs`), after those that it needs itself; its inner expressions are renamed to
//! `stg_job_runs__inner`. So the text has one flat `with` list and runs in any engine that has
//! the tables and the house functions.

mod assemble;
pub mod checks;
pub mod files;
mod flatten;
pub mod header;
mod plan;
mod render;
pub mod testfile;
pub mod vars;

pub use header::{Header, VarSpec};
pub use plan::{Catalog, Plan, QueryFile, Segment};
pub use vars::{Var, Vars};

#[cfg(test)]
mod tests;
