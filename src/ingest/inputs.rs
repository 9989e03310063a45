//! The inputs of sources: which adapters fit each, and how many are read at the same time. What
//! comes out has the order of what went in, whatever the number of threads.

use std::io::Read;
use std::sync::Arc;

use rayon::prelude::*;

use super::detect::{detect, lists_nothing, missing};
use super::library::{AdapterLibrary, Entry};
use super::load::{Context, Job, Loaded, Order};
use super::lookup::Partners;
use super::open::{Input, Opener, Origin};
use super::source::SourceSpec;
use crate::error::{Error, Result};

/// Bytes of inputs, as they lie there, that are read at the same time; a larger one is read alone.
const TOGETHER_BYTES_MAX: u64 = 4 << 20;
/// Inputs per core that are read at the same time; they are of very different sizes.
const JOBS_PER_THREAD: usize = 8;

/// An input that no adapter of its source reads, nor joins to another input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The source whose path matches it.
    pub source_id: String,
    /// Its name.
    pub input_name: String,
}

/// Loads all inputs of a source; see [`load_each`].
///
/// # Errors
/// As [`load_each`].
pub fn load_source(
    spec: &SourceSpec,
    library: &AdapterLibrary,
    context: &Context,
    stdin: &mut dyn Read,
) -> Result<Vec<Loaded>> {
    let mut all = Vec::new();
    load_each(std::slice::from_ref(spec), library, context, stdin, &mut |loaded| {
        all.push(loaded);
        Ok(())
    })?;
    Ok(all)
}

/// Loads the inputs of sources in their order, a few at a time, so that only their rows are in
/// memory. What stands before a source that fails is loaded. Gives the inputs that nothing read.
///
/// # Errors
/// Configuration: source or adapter are wrong. Input: no adapter fits. Storage: reading failed.
/// Whatever `take` returns. A refused input is no error here: it is a [`Loaded`] with a refusal.
pub fn load_each(
    specs: &[SourceSpec],
    library: &AdapterLibrary,
    context: &Context,
    stdin: &mut dyn Read,
    take: &mut dyn FnMut(Loaded) -> Result<()>,
) -> Result<Vec<Unread>> {
    let opener =
        Opener { root: context.root, spool: context.spool, limits: context.limits.clone() };
    let opened = specs.iter().map(|spec| opener.open(&origin(spec)?, stdin));
    let (opened, mut failed) = until_failure(opened);
    let partners: Vec<Partners> = opened.iter().map(|inputs| Partners::new(inputs)).collect();
    let (mut jobs, mut idle) = (Vec::new(), Vec::new());
    for (spec, partners) in specs.iter().zip(&partners) {
        let inputs = partners.inputs;
        let entries = inputs.iter().map(|input| fitting(spec, library, input, inputs));
        let (entries, mut unfit) = until_failure(entries);
        // An input may be there for a lookup only, but not all of them.
        let is_read = inputs.is_empty() || entries.iter().any(|fitting| !fitting.is_empty());
        if unfit.is_none() && !is_read {
            unfit = Some(none_fits(spec, library, inputs));
        }
        for (input, entries) in inputs.iter().zip(entries) {
            if entries.is_empty() && !is_partner(spec, library, partners, input)? {
                let (source_id, input_name) = (spec.id.clone(), input.name().to_owned());
                idle.push(Unread { source_id, input_name });
            }
            for entry in entries {
                let (opener, order) = (&opener, Order::AsRead);
                jobs.push(Job { spec, library, context, opener, entry, input, partners, order });
            }
        }
        if unfit.is_some() {
            failed = unfit;
            break;
        }
    }
    let mut rest = jobs.as_slice();
    while let Some(together) = rest.get(..together(rest)).filter(|jobs| !jobs.is_empty()) {
        let loaded: Vec<Result<Loaded>> = together.par_iter().map(Job::run).collect();
        loaded.into_iter().try_for_each(|loaded| take(loaded?))?;
        rest = rest.get(together.len()..).unwrap_or_default();
    }
    failed.map_or(Ok(idle), Err)
}

fn origin(spec: &SourceSpec) -> Result<Origin> {
    match (&spec.path, &spec.command) {
        (Some(path), _) => Ok(Origin::Path(path.clone())),
        (None, Some(command)) => Ok(Origin::Command(command.clone())),
        (None, None) => Err(Error::config(format!("[[source]] {} has no path", spec.id))),
    }
}

/// What came before the first failure, and that failure.
fn until_failure<T>(all: impl Iterator<Item = Result<T>>) -> (Vec<T>, Option<Error>) {
    let mut done = Vec::new();
    for one in all {
        match one {
            Ok(value) => done.push(value),
            Err(error) => return (done, Some(error)),
        }
    }
    (done, None)
}

/// None of a source's inputs has the shape of one of its adapters.
fn none_fits(spec: &SourceSpec, library: &AdapterLibrary, inputs: &[Input]) -> Error {
    let entries = spec.adapter.0.iter().filter_map(|id| library.get(id).ok());
    let lost = entries.filter_map(|entry| {
        let asked = inputs.iter().filter_map(|input| missing(entry, input).ok());
        let least = asked.min_by_key(Vec::len)?;
        Some(format!("{}: {}", entry.adapter.id, least.join(", ")))
    });
    Error::input(format!("none of the {} inputs fits an adapter of the source", inputs.len()))
        .at(format!("[[source]] {}", spec.id))
        .because(format!("missing for {}", lost.collect::<Vec<_>>().join("; ")))
        .hint("export with a header line, as CSV, or add the adapter of this export")
}

/// Does an adapter of the source join this input to others?
fn is_partner(
    spec: &SourceSpec,
    library: &AdapterLibrary,
    partners: &Partners,
    input: &Input,
) -> Result<bool> {
    for entry in spec.adapter.0.iter().filter_map(|id| library.get(id).ok()) {
        for lookup in entry.adapter.lookup.values() {
            if partners.has_columns(&entry.adapter, input, &lookup.columns)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// How many of the next jobs run at the same time: enough to keep the cores busy, few enough that
/// their rows fit into memory beside each other.
fn together(jobs: &[Job]) -> usize {
    let mut bytes = 0;
    let fit = jobs.iter().take_while(|job| {
        bytes += job.input.size_bytes();
        bytes <= TOGETHER_BYTES_MAX
    });
    fit.take(JOBS_PER_THREAD * rayon::current_num_threads()).count().max(1).min(jobs.len())
}

/// The adapters for an input. One adapter without lookups reads every input of its source;
/// several share the inputs by their signatures, and an input may be there for a lookup only.
fn fitting<'a>(
    spec: &SourceSpec,
    library: &'a AdapterLibrary,
    input: &Input,
    inputs: &[Input],
) -> Result<Vec<&'a Entry>> {
    let named = spec.adapter.0.iter().map(|id| library.get(id).map(Arc::as_ref));
    let named: Vec<&Entry> = named.collect::<Result<_>>()?;
    match named.as_slice() {
        [] => return Ok(vec![detect(library, input)?]),
        [only] if only.adapter.lookup.is_empty() => return Ok(named),
        _ => {}
    }
    let mut fitting = Vec::new();
    let mut lost = Vec::new();
    for entry in &named {
        let missing = missing(entry, input)?;
        if missing.is_empty() {
            fitting.push(*entry);
        } else {
            lost.push(format!("{}: {}", entry.adapter.id, missing.join(", ")));
        }
    }
    if fitting.is_empty() {
        fitting.extend(named.iter().copied().filter(|entry| lists_nothing(entry, input)));
    }
    let is_partner = inputs.len() > 1 && named.iter().any(|e| !e.adapter.lookup.is_empty());
    if fitting.is_empty() && !is_partner {
        return Err(Error::input("none of the source's adapters fits")
            .at(input.name())
            .because(format!("missing for {}", lost.join("; ")))
            .hint("narrow `path` of this [[source]], or add the adapter of this export"));
    }
    Ok(fitting)
}
