//! Functions and filters of templates. Functions that show something return a placeholder and
//! keep the block; functions that read return plain values, which are escaped when printed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, ErrorKind};

use crate::error::Error;
use crate::model::format::{self, Format, NOT_ASSESSABLE};
use crate::model::frame::Cell;
use crate::model::result::QueryResult;

use super::arguments::{self, value_of};
use super::document::{Block, Callout, Figure, Inline, KeyFigure, Role, Table, Verdict};
use super::input::ReportInput;
use super::rows::{Rows, find};
use super::spec::ReportSpec;
use super::template::keep;
use super::{charts, tables};

/// What the functions of one rendering share.
pub struct Context {
    /// Report id, for messages.
    pub report: String,
    /// Settings in force.
    pub settings: BTreeMap<String, Cell>,
    /// The report's input.
    pub input: ReportInput,
    /// Blocks behind placeholders.
    pub blocks: Mutex<Vec<Block>>,
}

impl Context {
    /// Keeps a block; its position is its name. A poisoned lock still holds the blocks.
    pub fn keep(&self, block: Block) -> usize {
        let mut blocks = self.blocks.lock().unwrap_or_else(|e| e.into_inner());
        blocks.push(block);
        blocks.len() - 1
    }

    /// The blocks kept so far.
    pub fn take_blocks(&self) -> Vec<Block> {
        std::mem::take(&mut *self.blocks.lock().unwrap_or_else(|e| e.into_inner()))
    }

    fn result(&self, name: &str) -> Answer<&QueryResult> {
        find(&self.input.results, name, &self.report).map_err(fail)
    }

    fn format(&self) -> Format {
        self.input.format
    }
}

/// Result of a template function.
pub type Answer<T> = Result<T, minijinja::Error>;

/// Our error inside the engine's, so that place and hint survive.
pub fn fail(error: Error) -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, error.message.clone()).with_source(error)
}

/// Values that every template sees.
pub fn globals(context: &Arc<Context>, spec: &ReportSpec) -> Value {
    let (input, format) = (&context.input, context.format());
    let settings =
        Value::from_pairs(context.settings.iter().map(|(k, v)| (k.clone(), value_of(v))));
    let period = Value::from_pairs([
        ("name", Value::from(input.period.name.clone())),
        ("title", Value::from(input.period.title())),
        ("text", Value::from(format.period(input.period.from_us, input.period.to_us))),
    ]);
    Value::from_pairs([
        ("settings", settings),
        ("period", period),
        ("as_of", Value::from(input.as_of)),
        ("organisation", Value::from(input.organisation.clone())),
        ("says", Value::from(spec.says.clone())),
    ])
}

/// Adds every function and filter.
pub fn register(environment: &mut Environment<'static>, context: &Arc<Context>) {
    macro_rules! function {
        ($name:literal, $body:expr) => {{
            let context = Arc::clone(context);
            environment.add_function($name, move |name: &str, options: Kwargs| {
                $body(&context, name, &options)
            });
        }};
    }
    function!("has", |c: &Arc<Context>, name: &str, _: &Kwargs| -> Answer<bool> {
        Ok(c.input
            .results
            .get(name)
            .is_some_and(|r| r.not_assessable.is_none() && r.frame.height() > 0))
    });
    function!("metric", metric);
    function!("rows", rows);
    function!("value", value);
    function!("table", table);
    let shared = Arc::clone(context);
    environment.add_function("chart", move |options: Kwargs| chart(&shared, &options));
    let shared = Arc::clone(context);
    environment.add_function("key_figure", move |options: Kwargs| key_figure(&shared, &options));
    register_filters(environment, context.format());
}

fn register_filters(environment: &mut Environment<'static>, f: Format) {
    fn absent(text: Option<String>) -> String {
        text.unwrap_or_else(|| NOT_ASSESSABLE.to_owned())
    }
    environment.add_filter("pct", move |x: Option<f64>, options: Kwargs| -> Answer<String> {
        let digits: Option<usize> = options.get("digits")?;
        let target: Option<f64> = options.get("target")?;
        options.assert_all_used()?;
        Ok(absent(x.map(|x| f.percent(x, digits.unwrap_or(1), target))))
    });
    environment.add_filter("points", move |x: Option<f64>| absent(x.map(|x| f.points(x, 2))));
    environment.add_filter("count", move |x: Option<i64>| absent(x.map(|x| f.count(x))));
    environment.add_filter("bytes", move |x: Option<i64>| absent(x.map(|x| f.bytes(x))));
    environment.add_filter("duration", move |x: Option<f64>| absent(x.map(|x| f.duration(x))));
    environment.add_filter("date", move |x: Option<i64>| absent(x.map(|x| f.date(x))));
    environment.add_filter("instant", move |x: Option<i64>| absent(x.map(|x| f.instant(x))));
    environment.add_filter("month", move |x: Option<i64>| absent(x.map(|x| f.month(x))));
    environment
        .add_filter("month_label", |x: Option<String>| absent(x.map(|x| format::month_label(&x))));
    environment.add_filter("number", move |x: Option<f64>| absent(x.map(|x| f.short_number(x, 2))));
    environment.add_filter("words", |x: String| x.replace('_', " "));
    environment
        .add_filter("target", move |x: f64| format!("{}\u{a0}%", f.short_number(x * 100.0, 4)));
    environment.add_function("rate", move |k: Option<i64>, n: Option<i64>, target: Option<f64>| {
        absent(k.zip(n).map(|(k, n)| f.rate(k, n, target)))
    });
    environment.add_function("duration_range", move |lo: Option<f64>, hi: Option<f64>| {
        absent(lo.map(|lo| f.duration_interval(lo, hi)))
    });
    environment.add_function("pct_range", move |lo: Option<f64>, hi: Option<f64>| {
        absent(lo.zip(hi).map(|(lo, hi)| f.percent_interval(lo, hi)))
    });
    environment.add_filter("in_words", |n: i64| in_words(n));
    environment.add_function("runs_to_prove", runs_to_prove);
}

/// Least number of runs without a failure that proves a target at 95 %, two-sided: the least
/// n with `target^n <= 0.025` (Clopper-Pearson with no failures).
fn runs_to_prove(target: f64) -> i64 {
    let (mut n, mut chance) = (0, 1.0);
    while chance > 0.025 && n < 1_000_000 {
        n += 1;
        chance *= target;
    }
    n
}

/// Small numbers as words, for the beginning of a sentence.
fn in_words(n: i64) -> String {
    const WORDS: [&str; 13] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
        "Eleven", "Twelve",
    ];
    let word = usize::try_from(n).ok().and_then(|i| WORDS.get(i));
    word.map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn metric(c: &Arc<Context>, name: &str, _: &Kwargs) -> Answer<Value> {
    let result = c.result(name)?;
    let reason = result.not_assessable.clone().map_or_else(|| Value::from(()), Value::from);
    Ok(Value::from_pairs([
        ("id", Value::from(result.id.clone())),
        ("title", Value::from(result.title.clone())),
        ("says", Value::from(result.says.clone())),
        ("grain", Value::from(result.grain.clone())),
        ("count", Value::from(result.frame.height())),
        ("not_assessable", reason),
    ]))
}

fn rows(c: &Arc<Context>, name: &str, options: &Kwargs) -> Answer<Value> {
    let result = c.result(name)?;
    let mut chosen =
        Rows::choose(result, &arguments::filters(options, &["sort", "limit"])?).map_err(fail)?;
    if let Some(sort) =
        arguments::words(options, "sort")?.filter(|_| !result.frame.names().is_empty())
    {
        chosen.sort(&sort).map_err(fail)?;
    }
    let limit: Option<usize> = options.get("limit")?;
    let row = |row: &usize| {
        let cells = result.frame.iter().map(|(name, column)| (name.to_owned(), column.cell(*row)));
        Value::from_pairs(cells.map(|(name, cell)| (name, value_of(&cell))))
    };
    let rows = chosen.positions.iter().take(limit.unwrap_or(usize::MAX)).map(row);
    Ok(Value::from(rows.collect::<Vec<_>>()))
}

fn value(c: &Arc<Context>, name: &str, options: &Kwargs) -> Answer<Value> {
    let result = c.result(name)?;
    let column: String = options.get("column")?;
    let chosen = Rows::choose(result, &arguments::filters(options, &["column"])?).map_err(fail)?;
    match chosen.positions.as_slice() {
        [] => Ok(Value::from(())),
        [row] => {
            chosen.require(&[&column]).map_err(fail)?;
            Ok(value_of(&chosen.cell(&column, *row)))
        }
        several => {
            let count = several.len();
            let message = format!("value(): {count} rows of `{name}` match, not one");
            Err(fail(Error::config(message).hint("name more columns to match, or use rows()")))
        }
    }
}

/// The rows of a figure, or the block that says why there are none.
fn rows_or_reason<'a>(
    result: &'a QueryResult,
    filters: &[(String, Cell)],
) -> Answer<Result<Rows<'a>, Block>> {
    let what = format::visible(if result.title.is_empty() { &result.id } else { &result.title });
    let absent = |why: String| {
        let text = vec![Inline::Strong(vec![Inline::Text(format!("{what}: "))]), Inline::Text(why)];
        Block::Callout(Callout { role: Role::Absent, blocks: vec![Block::Paragraph(text)] })
    };
    if let Some(reason) = &result.not_assessable {
        let reason = format::visible(reason);
        return Ok(Err(absent(format!("{NOT_ASSESSABLE}; {}.", reason.trim_end_matches('.')))));
    }
    let rows = Rows::choose(result, filters).map_err(fail)?;
    if rows.positions.is_empty() {
        return Ok(Err(absent("nothing to show for this period.".to_owned())));
    }
    Ok(Ok(rows))
}

fn table(c: &Arc<Context>, name: &str, options: &Kwargs) -> Answer<Value> {
    let result = c.result(name)?;
    let filters = arguments::where_of(options)?;
    let columns = arguments::columns(options, &result.frame)?;
    let target: Option<f64> = options.get("target")?;
    let limit: Option<usize> = options.get("limit")?;
    let (title, subtitle) =
        (arguments::text(options, "title")?, arguments::text(options, "subtitle")?);
    let (sort, order) = (arguments::words(options, "sort")?, arguments::words(options, "order")?);
    let n: Option<i64> = options.get("n")?;
    let pivot = arguments::pivot(options, &result.frame)?;
    options.assert_all_used()?;
    let mut rows = match rows_or_reason(result, &filters)? {
        Ok(rows) => rows,
        Err(block) => return Ok(keep(c, block)),
    };
    let source = source_line(c, &rows, n);
    if let Some(sort) = sort {
        rows.sort(&sort).map_err(fail)?;
    }
    if let (Some(order), Some(first)) = (order, columns.first()) {
        rows.arrange(&first.name, &order).map_err(fail)?;
    }
    let all = rows.positions.len();
    rows.positions.truncate(limit.unwrap_or(usize::MAX));
    let hidden_count = all - rows.positions.len();
    let made = match (pivot, columns.first()) {
        (Some(pivot), Some(key)) => tables::pivoted(key, &pivot, &rows, &c.format()),
        _ => tables::table(&columns, &rows, target, &c.format()),
    };
    let (columns, cells) = made.map_err(fail)?;
    let title = title.unwrap_or_else(|| format::visible(&result.title));
    let subtitle = subtitle.unwrap_or_else(|| format::visible(&result.says));
    let table = Table { title, subtitle, source, columns, rows: cells, hidden_count };
    Ok(keep(c, Block::Table(table)))
}

fn chart(c: &Arc<Context>, options: &Kwargs) -> Answer<Value> {
    let name: String = options.get("data")?;
    let result = c.result(&name)?;
    let filters = arguments::where_of(options)?;
    let (title, subtitle) =
        (arguments::text(options, "title")?, arguments::text(options, "subtitle")?);
    let n: Option<i64> = options.get("n")?;
    let sort = arguments::words(options, "sort")?;
    let mut more = Vec::new();
    for option in ["cases", "forecast", "full"] {
        let other: Option<String> = options.get(option)?;
        more.push(match other {
            Some(other) => Some(Rows::choose(c.result(&other)?, &filters).map_err(fail)?),
            None => None,
        });
    }
    let spec = arguments::chart_spec(options)?;
    options.assert_all_used()?;
    spec.check().map_err(fail)?;
    let mut rows = match rows_or_reason(result, &filters)? {
        Ok(rows) => rows,
        Err(block) => return Ok(keep(c, block)),
    };
    if let Some(sort) = sort {
        rows.sort(&sort).map_err(fail)?;
    }
    let source = source_line(c, &rows, n);
    let mut more = more.into_iter();
    let mut next = || more.next().flatten();
    let data = charts::build::Data { rows, cases: next(), forecast: next(), full: next() };
    let chart = charts::build::chart(&spec, &data, &c.format()).map_err(fail)?;
    let title = title.unwrap_or_else(|| format::visible(&result.title));
    let subtitle = subtitle.unwrap_or_else(|| format::visible(&result.says));
    Ok(keep(c, Block::Figure(Figure { title, subtitle, source, chart })))
}

/// Query, table versions, number of cases and period.
fn source_line(c: &Context, rows: &Rows, n: Option<i64>) -> String {
    let f = c.format();
    let result = rows.result;
    let version = |(name, t): (&String, &crate::model::result::TableVersion)| {
        format!("{} v{}", format::visible(name), t.version)
    };
    let tables: Vec<String> = result.lineage.tables.iter().map(version).collect();
    let from =
        if tables.is_empty() { String::new() } else { format!(" from {}", tables.join(", ")) };
    let size = match n.or_else(|| rows.sum_of_groups("n")) {
        Some(n) => format!("n = {}", f.count(n)),
        None => {
            let count = i64::try_from(rows.positions.len()).unwrap_or(i64::MAX);
            format!("{} {}", f.count(count), if count == 1 { "row" } else { "rows" })
        }
    };
    let period = period_of(rows.result).unwrap_or((c.input.period.from_us, c.input.period.to_us));
    let period = f.period(period.0, period.1);
    format!("Source: {}{from} · {size} · {period}", format::visible(&result.id))
}

/// The period that a query was asked for, when its variables say so: literals of instants such
/// as `timestamp '2026-07-01 00:00:00'`, UTC.
fn period_of(result: &QueryResult) -> Option<(i64, i64)> {
    let instant = |name: &str| {
        let literal = result.lineage.parameters.get(name)?;
        let text = literal.strip_prefix("timestamp '")?.strip_suffix('\'')?;
        crate::model::time::parse_iso(&format!("{}Z", text.replacen(' ', "T", 1))).ok()
    };
    Some((instant("from")?, instant("to")?))
}

fn key_figure(c: &Arc<Context>, options: &Kwargs) -> Answer<Value> {
    let label = arguments::text(options, "label")?.unwrap_or_default();
    let value = arguments::text(options, "value")?.unwrap_or_else(|| NOT_ASSESSABLE.to_owned());
    let detail = arguments::text(options, "detail")?.unwrap_or_default();
    let verdict: Option<String> = options.get("verdict")?;
    options.assert_all_used()?;
    let verdict = verdict.as_deref().and_then(Verdict::of);
    let figure = KeyFigure { label, value, detail, verdict };
    Ok(keep(c, Block::KeyFigures(vec![figure])))
}
