//! The template environment: what a `body.md.j2` may do and how its values are escaped. A
//! value is escaped by the name of the template it is printed in; a name without a known
//! ending is refused. Undefined names are errors, loops end when the fuel does, and there is
//! no way to switch escaping off.

use std::sync::{Arc, Mutex};

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};

use crate::error::{Error, Result};
use crate::model::format::visible;

use super::document::{Block, Document, Meta};
use super::functions::{self, Context};
use super::input::ReportInput;
use super::spec::ReportSpec;
use super::{Resolver, markdown};

/// Steps that one rendering may take.
const FUEL: u64 = 5_000_000;
/// Bytes that one rendering may give.
const OUTPUT_MAX: usize = 16 * 1024 * 1024;

/// Runs the body of a report and reads the Markdown it gives.
pub fn document(spec: &ReportSpec, input: &ReportInput, resolver: &Resolver) -> Result<Document> {
    let context = Arc::new(Context {
        report: spec.id.clone(),
        settings: spec.settings_with(&input.settings),
        input: input.clone(),
        blocks: Mutex::new(Vec::new()),
    });
    let mut environment = environment(resolver);
    functions::register(&mut environment, &context);
    let name = format!("{}/{}", spec.id, spec.body);
    let text = environment
        .get_template(&name)
        .and_then(|template| template.render(functions::globals(&context, spec)))
        .map_err(|e| error_of(&e))?;
    let place = format!("report_templates/{name}");
    if text.len() > OUTPUT_MAX {
        let message = format!("the body has more than {OUTPUT_MAX} bytes");
        return Err(Error::input(message).at(place).hint("give tables a `limit`"));
    }
    let blocks = context.take_blocks();
    let blocks = markdown::blocks(&text, &blocks).map_err(|e| e.at(place))?;
    Ok(Document { meta: meta(spec, input), blocks })
}

fn meta(spec: &ReportSpec, input: &ReportInput) -> Meta {
    let title = if input.title.is_empty() { &spec.title } else { &input.title };
    let version = |(name, t): (&String, &crate::model::result::TableVersion)| {
        (visible(name), format!("version {}, {} rows", t.version, input.format.count(t.row_count)))
    };
    Meta {
        title: visible(&format!("{title}, {}", input.period.title())),
        organisation: visible(&input.organisation),
        period: input.format.period(input.period.from_us, input.period.to_us),
        as_of_us: input.as_of,
        as_of: input.format.instant(input.as_of),
        run_id: visible(&input.run_id),
        tables: input.tables.iter().map(version).collect(),
        language: "en".to_owned(),
        format: input.format,
    }
}

/// An environment that loads templates through the resolver.
pub fn environment(resolver: &Resolver) -> Environment<'static> {
    let mut environment = Environment::new();
    let resolver = Arc::clone(resolver);
    environment.set_loader(move |name| load(name, &resolver));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| match Language::of(name) {
        Some(Language::Markdown) => AutoEscape::Custom("markdown".into()),
        Some(Language::Html) => AutoEscape::Html,
        None => AutoEscape::Custom("refused".into()),
    });
    environment.set_formatter(print);
    for filter in ["safe", "escape", "e"] {
        environment.remove_filter(filter);
    }
    environment
}

/// Language of a template, by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Markdown,
    Html,
}

impl Language {
    fn of(name: &str) -> Option<Language> {
        match name {
            _ if name.ends_with(".md.j2") => Some(Language::Markdown),
            _ if name.ends_with(".html.j2") => Some(Language::Html),
            _ => None,
        }
    }
}

fn load(name: &str, resolver: &Resolver) -> Result<Option<String>, minijinja::Error> {
    let refuse = |why: &str| {
        Err(functions::fail(Error::config(why).at(format!("report_templates/{}", visible(name)))))
    };
    if Language::of(name).is_none() {
        return refuse("a template's name ends in .md.j2 or .html.j2");
    }
    if name.starts_with('/') || name.contains(['\\', '\0']) || name.split('/').any(|p| p == "..") {
        return refuse("a template is named by its path below report_templates/");
    }
    let Some(bytes) = resolver(name) else { return Ok(None) };
    let Ok(text) = String::from_utf8(bytes) else { return refuse("it is not UTF-8 text") };
    if text.contains("autoescape") {
        return refuse("escaping cannot be switched; remove the autoescape block");
    }
    Ok(Some(text))
}

/// Prints a value, escaped for the language of the template it stands in.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    match state.auto_escape() {
        AutoEscape::Html => minijinja::escape_formatter(out, state, value),
        AutoEscape::Custom(name) if name == "markdown" => {
            let text = value.to_string();
            let text = if value.is_safe() { text } else { markdown::escape(&text) };
            out.write_str(&text).map_err(minijinja::Error::from)
        }
        _ => Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            "a template's name ends in .md.j2 or .html.j2",
        )),
    }
}

/// The template engine's error in ours: what, where, and the hint of the function that failed.
pub fn error_of(error: &minijinja::Error) -> Error {
    let mut innermost = error;
    let mut own: Option<&Error> = None;
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(cause) = cause.downcast_ref::<minijinja::Error>() {
            innermost = cause;
        }
        own = own.or_else(|| cause.downcast_ref::<Error>());
        source = cause.source();
    }
    let text = match (own, innermost.detail()) {
        (Some(own), _) => own.message.clone(),
        (None, Some(detail)) => format!("{}: {detail}", innermost.kind()),
        (None, None) => innermost.kind().to_string(),
    };
    let mut out = Error::config(text);
    if let Some(place) = own.and_then(|own| own.place.as_ref()) {
        // A file or a query; where the template asked for it is the better place.
        out = match innermost.line().or(error.line()) {
            Some(_) => out.because(format!("in {place}")),
            None => out.at(place),
        };
    }
    // Errors inside macros carry their own place, which is the better one.
    let place = if innermost.line().is_some() { innermost } else { error };
    if let (Some(name), Some(line)) = (place.name(), place.line()) {
        out = out.at(format!("report_templates/{name}:{line}"));
    }
    if let Some(own) = own {
        out.causes.extend(own.causes.iter().cloned());
        out.hint.clone_from(&own.hint);
    }
    out.hint(match innermost.kind() {
        ErrorKind::TemplateNotFound => {
            "name a template by its path below report_templates/, such as mine/part.md.j2"
        }
        ErrorKind::UndefinedError => "correct the name, or test it first with `is defined`",
        _ => "correct the template at this line",
    })
}

/// A block's placeholder in the Markdown text. Values cannot forge it: private-use characters
/// are shown as escapes.
pub fn placeholder(position: usize) -> String {
    format!("\u{e000}{position}\u{e001}")
}

/// Keeps a block for later and gives its placeholder as a paragraph of its own.
pub fn keep(context: &Context, block: Block) -> Value {
    let position = context.keep(block);
    Value::from_safe_string(placeholder(position))
}
