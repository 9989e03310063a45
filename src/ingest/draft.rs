//! `adapters new`: a first adapter from a file. What the file proves is filled in (delimiter,
//! forms of times, units in headers, words with their counts); what it cannot prove is left as a
//! question in a comment. It never guesses what a status word means.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::columns::time::{Form, Format as TimeFormat, Pattern, TimeFault, parse};
use super::columns::unit;
use super::detect::names_of;
use super::open::Input;
use super::read::{Format, ReadSpec, is_parquet, records};
use super::record::{Fields, Item, Json, Record};
use crate::error::{Error, Result};
use crate::model::frame::Type;
use crate::model::table::{ColumnSpec, Table};
use crate::model::tables;

/// Records looked at.
const LOOK_ROWS: usize = 1000;
/// Most different words that are still a vocabulary.
const WORDS_MAX: usize = 30;

/// Words in vendors' headers for canonical columns: (part of the header, column).
const HINTS: [(&str, &str); 22] = [
    ("start", "started_at"),
    ("begin", "started_at"),
    ("creation", "started_at"),
    ("end", "ended_at"),
    ("finish", "ended_at"),
    ("completion", "ended_at"),
    ("schedul", "scheduled_at"),
    ("duration", "duration_s"),
    ("elapsed", "duration_s"),
    ("status", "outcome"),
    ("result", "outcome"),
    ("state", "vendor_state"),
    ("object", "object_name"),
    ("host", "host_name"),
    ("client", "host_name"),
    ("policy", "policy_name"),
    ("job", "job_name"),
    ("transferred", "transferred_bytes"),
    ("type", "operation"),
    ("error", "message"),
    ("user", "initiated_by"),
    ("location", "target_name"),
];

/// The text of a draft.
///
/// # Errors
/// Configuration: the table is none. Input: the file is in no format that can be guessed.
pub fn draft(input: &Input, table: Option<&str>) -> Result<String> {
    let name = table.unwrap_or("job_runs");
    let table = tables::find(name).ok_or_else(|| {
        Error::config(format!("there is no table `{name}`")).hint("`tapeline tables` lists them")
    })?;
    let (format, mut spec) = guess_format(input)?;
    let mut found = look(input, &spec)?;
    if let [Record { fields: Fields::Tree { value, .. }, .. }] = found.as_slice()
        && let Some(path) = list_path(value)
    {
        spec.records = Some(path);
        found = look(input, &spec)?;
    }
    if found.is_empty() {
        return Err(Error::input("has no records").at(input.name()));
    }
    Ok(text((format, spec.records.as_deref()), table, &names_of(found.first()), &found))
}

fn look(input: &Input, spec: &ReadSpec) -> Result<Vec<Record>> {
    let found = records(input, spec)?.take(LOOK_ROWS).collect::<Result<Vec<Item>>>()?;
    let record = |item| match item {
        Item::Record(record) => Some(record),
        Item::Bad { .. } => None,
    };
    Ok(found.into_iter().filter_map(record).collect())
}

/// Path of the one list of objects in a document, at most two members deep: its records.
fn list_path(document: &Json) -> Option<String> {
    fn lists(value: &Json, depth: u8) -> Vec<String> {
        let Json::Object(members) = value else { return Vec::new() };
        let mut found = Vec::new();
        for (name, member) in members.iter().filter(|(name, _)| !name.contains('.')) {
            if let Json::List(items) = member {
                let has_records = items.iter().any(|item| matches!(item, Json::Object(_)));
                found.extend(has_records.then(|| name.clone()));
            } else if depth > 0 {
                found.extend(lists(member, depth - 1).iter().map(|path| format!("{name}.{path}")));
            }
        }
        found
    }
    let found = lists(document, 1);
    let [only] = found.as_slice() else { return None };
    Some(only.clone())
}

fn guess_format(input: &Input) -> Result<(&'static str, ReadSpec)> {
    if is_parquet(input)? {
        return Ok(("parquet", ReadSpec::of(Format::Parquet)));
    }
    let mut text = input.text(None)?;
    let head = text.head()?.trim_start().to_owned();
    let line = head.lines().next().unwrap_or_default();
    let is_complete_object = serde_json::from_str::<serde_json::Value>(line).is_ok();
    Ok(match head.chars().next() {
        Some('{') if is_complete_object => ("ndjson", ReadSpec::of(Format::Ndjson)),
        Some('{' | '[') => ("json", ReadSpec::of(Format::Json)),
        Some(_) if line.contains('\t') => ("tsv", ReadSpec::of(Format::Tsv)),
        Some(_) if line.contains([',', ';', '|']) => {
            let mark = [';', '|'].into_iter().find(|m| !line.contains(',') && line.contains(*m));
            let delimiter = mark.map(String::from);
            ("csv", ReadSpec { delimiter, ..ReadSpec::of(Format::Csv) })
        }
        _ => {
            return Err(Error::input("is neither CSV, TSV, JSON nor Parquet")
                .at(input.name())
                .hint("text logs need [read] format = \"lines\" with a pattern, by hand"));
        }
    })
}

fn text(
    (format, path): (&str, Option<&str>),
    table: &Table,
    names: &[String],
    look: &[Record],
) -> String {
    let mut out = String::new();
    let quoted =
        |names: &[String]| names.iter().map(|n| format!("{n:?}")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(out, "id       = \"vendor.product.shape\"   # name it");
    let _ = writeln!(out, "version  = 1\ntable    = \"{}\"\nproduct  = \"\"", table.name);
    let _ = writeln!(out, "about    = \"\"\ntested   = \"documented\"");
    if table.name == "job_runs" {
        let _ =
            writeln!(out, "coverage = \"attempts\"   # or \"survivors\": what still exists only");
    }
    let _ = writeln!(out, "\n[read]\nformat  = \"{format}\"\nmissing = [\"-\", \"N/A\"]");
    if let Some(path) = path {
        let _ = writeln!(out, "records = \"{path}\"");
    }
    let signature = match look.first().map(|record| &record.fields) {
        Some(Fields::Row { .. }) => "columns",
        Some(Fields::Tree { .. }) | None => "json_keys",
    };
    let _ = writeln!(out, "\n[detect]\n{signature} = [{}]", quoted(names));
    let _ =
        writeln!(out, "\n[time]\nzone = \"source\"   # or \"none\" when every time has an offset");
    let key = table.key.first().copied().unwrap_or_default();
    let _ = writeln!(out, "\n[key]\n{key} = []   # the columns that together name a record");
    let mut maps = String::new();
    let mut free = Vec::new();
    let _ = writeln!(out, "\n[columns]");
    let mut taken = Vec::new();
    for name in names {
        let target = target(table, name).filter(|t| !taken.contains(&t.name));
        match target {
            Some(target) => {
                taken.push(target.name);
                let values = values(look, name);
                let _ = writeln!(out, "{}", column(target, name, &values, &mut maps));
            }
            None => free.push(name.clone()),
        }
    }
    let _ = writeln!(out, "\n[rows]\nignore = []   # of: {}", quoted(&free));
    out + &maps
}

fn target(table: &Table, name: &str) -> Option<&'static ColumnSpec> {
    let plain: String = name.to_lowercase().replace([' ', '-', '.'], "_");
    let exact = table.columns.iter().find(|c| c.name == plain);
    exact.or_else(|| {
        let hint = HINTS.iter().find(|(part, _)| plain.contains(part))?;
        table.columns.iter().find(|c| c.name == hint.1)
    })
}

fn values(look: &[Record], name: &str) -> Vec<String> {
    let one = |record: &Record| match &record.fields {
        Fields::Row { header, cells } => {
            let at = header.iter().position(|h| h == name)?;
            cells.get(at)?.clone()
        }
        Fields::Tree { value, .. } => {
            value.member(name).and_then(Json::scalar).map(std::borrow::Cow::into_owned)
        }
    };
    let texts = look.iter().filter_map(one).map(|t| t.trim().to_owned());
    texts.filter(|t| !t.is_empty() && t != "-" && t != "N/A").collect()
}

fn column(target: &ColumnSpec, name: &str, values: &[String], maps: &mut String) -> String {
    let to = target.name;
    match target.kind {
        Type::Time => {
            let (form, question) = time_form(values);
            format!("{to} = {{ from = {name:?}, time = {form:?} }}{question}")
        }
        Type::Float if to.ends_with("_s") => {
            let form = if values.iter().any(|v| v.contains(':')) { "hms" } else { "s" };
            format!("{to} = {{ from = {name:?}, duration = \"{form}\" }}   # unit proven?")
        }
        Type::Int if to.ends_with("_bytes") => {
            if values.iter().any(|v| v.chars().any(char::is_alphabetic)) {
                return format!("{to} = {{ from = {name:?}, size = 1024 }}   # or 1000");
            }
            let unit = header_unit(name).unwrap_or("B");
            format!("{to} = {{ from = {name:?}, unit = \"{unit}\" }}   # proven?")
        }
        Type::Text if !target.words.is_empty() => {
            words(to, values, target.words, maps);
            format!("{to} = {{ from = {name:?}, map = \"{to}\" }}")
        }
        Type::Text | Type::Int | Type::Float | Type::Bool | Type::List => {
            format!("{to} = {name:?}")
        }
    }
}

/// A unit in brackets at the end of a header.
fn header_unit(name: &str) -> Option<&str> {
    let (_, rest) = name.rsplit_once('(')?;
    let unit = rest.trim_end_matches(')').trim();
    unit::factor(unit).map(|_| unit)
}

/// The form that reads all values, and a question when none or two do.
fn time_form(values: &[String]) -> (String, &'static str) {
    let reads = |pattern: Pattern| {
        let zone = Some(chrono_tz::Tz::UTC);
        let form = Form { patterns: vec![pattern], zone, captured_us: 0, opposite: Vec::new() };
        let is_time = |v: &String| !matches!(parse(v, &form), Err(TimeFault::Unparsed));
        !values.is_empty() && values.iter().all(is_time)
    };
    if reads(Pattern::Iso) {
        return ("iso".to_owned(), "");
    }
    for (word, unit_us) in [("epoch_s", 1_000_000), ("epoch_ms", 1000), ("epoch_us", 1)] {
        if reads(Pattern::Epoch { unit_us }) {
            return (word.to_owned(), "");
        }
    }
    let clocks = ["%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p"];
    for (sep, clock) in ["/", ".", "-"].iter().flat_map(|s| clocks.iter().map(move |c| (s, c))) {
        let dmy = format!("%d{sep}%m{sep}%Y {clock}");
        let mdy = format!("%m{sep}%d{sep}%Y {clock}");
        let format = |text: &str| Pattern::Format(TimeFormat::new(text));
        match (reads(format(&dmy)), reads(format(&mdy))) {
            (true, false) => return (dmy, ""),
            (false, true) => return (mdy, ""),
            (true, true) => {
                let question = "   # the source needs date_order";
                return (format!("{{date:{sep}}} {clock}"), question);
            }
            (false, false) => {}
        }
    }
    (String::new(), "   # which form?")
}

fn words(to: &str, values: &[String], allowed: &[&str], maps: &mut String) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let _ = writeln!(maps, "\n[map.{to}]   # one of: {}", allowed.join(" "));
    for (word, n) in counts.iter().take(WORDS_MAX) {
        let _ = writeln!(maps, "# {word:?} = \"\"   # {n} records");
    }
}
