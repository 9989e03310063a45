//! Runs of programs recorded by a wrapper: one JSON line per run, the program's output in files
//! beside it. The tool behind prefixes (`env`, `timeout`, `nice`, `setpriv`, `su`) decides which
//! adapter reads the output; its columns fill the wrapper's row. Runs of unknown tools are judged
//! by their exit code alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::adapter::{Adapter, Runs};
use super::collect::{Collected, Collector, map_items};
use super::columns::hash128;
use super::command;
use super::fold::Folding;
use super::library::Entry;
use super::load::Job;
use super::mapping::{Load, Mapped, draft, in_scope, rules, settle};
use super::open::{Input, Origin};
use super::path::FieldPath;
use super::plan::Plan;
use super::read::{Format, ReadSpec, records};
use super::record::{Fields, Item, Json, Record};
use crate::error::{Kind, Result};

/// Most lines of one run that become messages.
const LINES_MAX: usize = 10_000;

/// A run with its output.
#[derive(Clone)]
struct Run<'a> {
    line: Record,
    tool: Option<&'a Entry>,
    streams: Vec<(&'static str, Input)>,
}

/// Loads a file of runs.
///
/// # Errors
/// Configuration: an adapter is wrong. Input: the file is none. Storage: reading failed.
pub fn load(job: &Job, runs: &Runs) -> Result<Collected> {
    let tools = tools(job);
    let mut source = records(job.input, &job.entry.adapter.read)?;
    let mut found = Vec::new();
    let mut bad = Vec::new();
    for item in source.by_ref() {
        match item? {
            Item::Record(line) => found.push(run(job, &tools, runs, line)?),
            bad_item @ Item::Bad { .. } => bad.push(bad_item),
        }
    }
    let facts = source.facts();
    let mut joined: Vec<String> = Vec::new();
    for run in &found {
        joined.extend(run.tool.map(|tool| tool.digest.clone()));
        joined.extend(run.streams.iter().map(|(_, input)| input.sha256()));
    }
    let load_id = job.load_id(joined.iter().map(String::as_str));
    if job.context.known.contains(&load_id) {
        return Collected::nothing(job.ledger(None, load_id)?);
    }
    let plan = job.plan(job.entry, job.captured(None)?.0)?;
    let (load, ledger) = job.start(&plan, &facts, load_id)?;
    let mut collector = Collector::new(&plan, ledger);
    if runs.lines {
        let mut number = 0;
        for run in job.order.apply(found) {
            let items = lines(run, &mut number)?;
            for mapped in map_items(&plan, &load, &items)? {
                collector.add(mapped)?;
            }
        }
    } else {
        let mut tools: BTreeMap<String, Plan> = BTreeMap::new();
        for run in job.order.apply(found) {
            collector.add(row(job, &plan, &load, &mut tools, run)?)?;
        }
    }
    for mapped in map_items(&plan, &load, &bad)? {
        collector.add(mapped)?;
    }
    job.facts(&mut collector, &facts, &super::lookup::Joins::default());
    collector.finish()
}

/// Finds tool and output of a run.
fn run<'a>(job: &'a Job, tools: &[Tool<'a>], runs: &Runs, line: Record) -> Result<Run<'a>> {
    let get = |path: &str| -> Result<Option<String>> {
        Ok(FieldPath::parse(path)?.get(&line).map(|t| t.into_owned()))
    };
    let command = get(&runs.command)?.unwrap_or_default();
    let programs = command::programs(&command, &runs.prefixes);
    let tool = programs.iter().find_map(|words| tool(tools, words));
    let name = get(&runs.name)?;
    let mut streams = Vec::new();
    for (stream, field) in [("stdout", &runs.stdout), ("stderr", &runs.stderr)] {
        // Output that the wrapper wrote into the line itself stands before a file beside it.
        if let Some(text) = get(&format!("{field}_text"))? {
            let place = format!("{}:{} {stream}", job.input.name(), line.number);
            streams.push((stream, Input::from_bytes(place, text.into_bytes())));
            continue;
        }
        let file = get(field)?.or_else(|| name.as_ref().map(|n| format!("{n}.{stream}")));
        if let Some(input) = file.map(|f| output(job, &f)).transpose()?.flatten() {
            streams.push((stream, input));
        }
    }
    Ok(Run { line, tool, streams })
}

/// A program whose output an adapter reads.
struct Tool<'a> {
    entry: &'a Entry,
    program: &'a str,
    arguments: Option<Regex>,
}

/// The tools of the adapters for the same table.
fn tools<'a>(job: &'a Job) -> Vec<Tool<'a>> {
    let table = job.entry.adapter.table.get_ref();
    let same_table = job.library.iter().filter(|e| e.adapter.table.get_ref() == table);
    let tool = |entry: &'a Arc<Entry>| {
        let tool = entry.adapter.tool.as_ref()?;
        let arguments = tool.arguments.as_deref().map(Regex::new).transpose().ok()?;
        Some(Tool { entry: entry.as_ref(), program: &tool.program, arguments })
    };
    same_table.filter_map(tool).collect()
}

/// The adapter of a command line; one that asks for arguments stands before one that does not.
fn tool<'a>(tools: &[Tool<'a>], words: &[String]) -> Option<&'a Entry> {
    let (program, rest) = words.split_first()?;
    let program = program.rsplit('/').next().unwrap_or(program);
    let rest = rest.join(" ");
    let ours = || tools.iter().filter(|t| t.program == program);
    let asks = ours().find(|t| t.arguments.as_ref().is_some_and(|a| a.is_match(&rest)));
    asks.or_else(|| ours().find(|t| t.arguments.is_none())).map(|t| t.entry)
}

/// An output file beside the file of runs; none when there is no such file.
fn output(job: &Job, file: &str) -> Result<Option<Input>> {
    let folder = job.input.name().rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
    // The run's file comes from a folder of samples: its outputs are among the inputs.
    if let Some(input) = job.partners.inputs.iter().find(|i| i.name() == path) {
        return Ok(Some(input.clone()));
    }
    let origin = Origin::Path(glob::Pattern::escape(&path));
    match job.opener.open(&origin, &mut std::io::empty()) {
        Ok(inputs) => Ok(inputs.into_iter().next()),
        Err(error) if error.kind == Kind::Config => Ok(None),
        Err(error) => Err(error),
    }
}

/// One row per run.
fn row(
    job: &Job,
    plan: &Plan,
    load: &Load,
    tools: &mut BTreeMap<String, Plan>,
    run: Run,
) -> Result<Mapped> {
    let Run { mut line, tool, streams } = run;
    let parent = Arc::new(tree(&line));
    let value = match tool {
        Some(entry) => output_tree(&entry.adapter, &streams)?,
        None => Json::Object(vec![stderr_lines(&streams)?]),
    };
    let hashes: Vec<String> = streams.iter().map(|(_, input)| input.sha256()).collect();
    line.raw.push('\u{1e}');
    line.raw.push_str(&hash128(hashes.join(" ").as_bytes()));
    let output = Record {
        number: line.number,
        fields: Fields::Tree { value, parent: Some(parent) },
        raw: String::new(),
    };
    let mut bound = None;
    let view = plan.fields.view(&line, &mut bound)?;
    if !in_scope(plan, &view) {
        return Ok(Mapped::OutOfScope);
    }
    let mut merged = draft(plan, &view);
    if let Some(entry) = tool {
        let id = &entry.adapter.id;
        if !tools.contains_key(id) {
            // The row is the wrapper's: messages of a run find it by the wrapper's key.
            let tool_plan = job.plan(entry, load.captured_us)?;
            tools.insert(id.clone(), Plan { keys: Vec::new(), ..tool_plan });
        }
        if let Some(tool_plan) = tools.get(id) {
            let mut bound = None;
            let tool_view = tool_plan.fields.view(&output, &mut bound)?;
            merged.overlay(draft(tool_plan, &tool_view), &plan.layout);
            rules(&tool_plan.rules, &plan.layout, &mut merged, &tool_view);
            let mut both = plan.clone();
            let product = tool_plan.constants.product.clone();
            both.constants.product = product.or(both.constants.product);
            return Ok(settle(&both, load, &line, merged));
        }
    }
    rules(&plan.rules, &plan.layout, &mut merged, &view);
    Ok(settle(plan, load, &line, merged))
}

/// Output of a tool as one tree: folded messages or the one document, and `stderr` as lines.
fn output_tree(adapter: &Adapter, streams: &[(&'static str, Input)]) -> Result<Json> {
    let mut members = Vec::new();
    match &adapter.fold {
        Some(fold) => {
            let mut folding = Folding::default();
            for (_, input) in streams {
                for item in items(input, &adapter.read)? {
                    folding.add(fold, item);
                }
            }
            if let Fields::Tree { value: Json::Object(all), .. } = folding.record(1, None).fields {
                members = all;
            }
        }
        None => {
            let stdout = streams.iter().find(|(stream, _)| *stream == "stdout");
            let first = stdout.map(|(_, input)| items(input, &adapter.read)).transpose()?;
            let record = first.into_iter().flatten().find_map(|item| match item {
                Item::Record(record) => Some(record),
                Item::Bad { .. } => None,
            });
            match record.as_ref().map(tree) {
                Some(Json::Object(all)) => members = all,
                Some(other) => members.push(("output".to_owned(), other)),
                None => {}
            }
        }
    }
    members.push(stderr_lines(streams)?);
    Ok(Json::Object(members))
}

/// The records of an output; what the tool's reader refuses is read as plain lines.
fn items(input: &Input, spec: &ReadSpec) -> Result<Vec<Item>> {
    let found: Result<Vec<Item>> = records(input, spec).and_then(Iterator::collect);
    match found {
        Err(error) if error.kind == Kind::Input => plain(input),
        other => other,
    }
}

fn plain(input: &Input) -> Result<Vec<Item>> {
    let mut text = input.text(None)?;
    let mut all = String::new();
    while text.fill(&mut all)? > 0 {}
    let lines = all.lines().filter(|l| !l.trim().is_empty()).zip(1..);
    let item = |(line, number): (&str, i64)| {
        let member = ("message".to_owned(), Json::Text(line.trim().to_owned()));
        let fields = Fields::Tree { value: Json::Object(vec![member]), parent: None };
        Item::Record(Record { number, fields, raw: line.to_owned() })
    };
    Ok(lines.map(item).collect())
}

fn stderr_lines(streams: &[(&'static str, Input)]) -> Result<(String, Json)> {
    let mut texts = Vec::new();
    for (_, input) in streams.iter().filter(|(stream, _)| *stream == "stderr") {
        for item in plain(input)?.into_iter().take(LINES_MAX) {
            if let Item::Record(record) = item {
                texts.push(Json::Text(record.raw));
            }
        }
    }
    Ok(("stderr".to_owned(), Json::List(texts)))
}

/// Every line of a run as a record: its fields (or `message`), `@seq`, `@stream`; the run is `^`.
fn lines(run: Run, number: &mut i64) -> Result<Vec<Item>> {
    let parent = Arc::new(tree(&run.line));
    let mut out = Vec::new();
    let mut seq = 0_usize;
    for (stream, input) in &run.streams {
        let spec = ReadSpec { mixed: true, ..ReadSpec::of(json_format(input)?) };
        for item in items(input, &spec)? {
            let (value, raw) = match item {
                Item::Record(record) => (tree(&record), record.raw),
                Item::Bad { raw, .. } => {
                    (Json::Object(vec![("message".to_owned(), Json::Text(raw.clone()))]), raw)
                }
            };
            let Json::Object(mut members) = value else { continue };
            // Structured standard output is the result, not the log.
            let is_text = matches!(members.as_slice(), [(name, _)] if name == "message");
            if (*stream == "stdout" && !is_text) || seq >= LINES_MAX {
                continue;
            }
            seq += 1;
            *number += 1;
            members.push(("@seq".to_owned(), Json::Number(seq.to_string())));
            members.push(("@stream".to_owned(), Json::Text((*stream).to_owned())));
            let fields =
                Fields::Tree { value: Json::Object(members), parent: Some(Arc::clone(&parent)) };
            let raw = format!("{}\n{raw}", run.line.raw);
            out.push(Item::Record(Record { number: *number, fields, raw }));
        }
    }
    Ok(out)
}

/// A document over several lines begins with a bracket alone; else every line stands for itself.
fn json_format(input: &Input) -> Result<Format> {
    let mut text = input.text(None)?;
    let first = text.head()?.lines().map(str::trim).find(|line| !line.is_empty());
    Ok(if matches!(first, Some("{" | "[")) { Format::Json } else { Format::Ndjson })
}

/// A record as a tree.
fn tree(record: &Record) -> Json {
    match &record.fields {
        Fields::Tree { value, .. } => value.clone(),
        Fields::Row { header, cells } => {
            let pairs = header.iter().cloned().zip(cells.iter().cloned());
            Json::Object(pairs.filter_map(|(k, v)| Some((k, Json::Text(v?)))).collect())
        }
    }
}
