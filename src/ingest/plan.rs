//! An adapter, compiled for one input: everything that can be wrong with it is found here, with
//! the line of the file, before a record is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::adapter::{Adapter, Coverage, Loss, Mode, OutcomeRule, line_of};
use super::columns::build::{Builder, Settings, constant};
use super::columns::words::{CodeTable, regex};
use super::columns::{Column, Part, Words};
use super::definition::{ColumnDef, Spec};
use super::expr::{Expr, Kind, compile};
use super::fields::{FieldId, FieldSet};
use super::row::Layout;
use super::source::Names;
use crate::error::{Error, Result, nearest_hint};
use crate::model::frame::{Cell, Type};
use crate::model::table::Origin;
use crate::model::tables;

/// A compiled canonical column.
#[derive(Debug, Clone)]
pub struct Target {
    /// Position in the layout.
    pub slot: usize,
    /// The pipeline.
    pub column: Column,
    /// Values that may be lost: the row is then loaded with null.
    pub loss_max: u64,
}

/// A compiled `[[outcome]]`.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Condition.
    pub when: Expr,
    /// What it sets.
    pub set: Vec<(usize, Cell)>,
}

/// A key column that is made of parts.
#[derive(Debug, Clone)]
pub struct KeyColumn {
    /// Position in the layout.
    pub slot: usize,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Parts that stand in when one is missing.
    pub fallback: Vec<Part>,
}

/// What is the same in every row.
#[derive(Debug, Clone)]
pub struct Constants {
    /// Adapter id.
    pub adapter_id: String,
    /// Adapter version.
    pub adapter_version: i64,
    /// Product name.
    pub product: Option<String>,
    /// Coverage, weakened by the source.
    pub coverage: Option<Coverage>,
    /// Environment of the source.
    pub environment: Option<String>,
}

/// An adapter ready to map records.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Columns of the table.
    pub layout: Layout,
    /// Raw fields.
    pub fields: FieldSet,
    /// `rows.where`.
    pub filter: Option<Expr>,
    /// Key columns made of parts.
    pub keys: Vec<KeyColumn>,
    /// Raw column that orders records of one key.
    pub latest_by: Option<FieldId>,
    /// Columns of a group that is one fact.
    pub worst_of: Vec<FieldId>,
    /// Canonical columns in order of the table.
    pub targets: Vec<Target>,
    /// Fields kept in `attrs`.
    pub attrs: Vec<Column>,
    /// `[[outcome]]`.
    pub rules: Vec<Rule>,
    /// Fields that a row's header must have: name in the adapter -> alternatives.
    pub required: Vec<(String, Vec<FieldId>)>,
    /// Known columns that are not wanted.
    pub ignore: Vec<regex::Regex>,
    /// Constants.
    pub constants: Constants,
    /// Zone of naive times.
    pub zone: Option<String>,
    /// The source's name normaliser.
    pub names: Names,
    /// Own rows, or fills those of others.
    pub mode: Mode,
    /// Words that may stay unmapped.
    pub unmapped_allowed: Vec<String>,
}

/// Compiles an adapter.
///
/// # Errors
/// Configuration: with file and line, what is wrong and how to mend it. Input: the source does
/// not say what the adapter needs (zone, order of day and month).
pub fn plan(
    adapter: &Adapter,
    text: &str,
    place: &str,
    settings: &Settings,
    codes: &BTreeMap<String, Arc<CodeTable>>,
) -> Result<Plan> {
    let at = |offset: usize| format!("{place}:{}", line_of(text, offset));
    let table_at = || at(adapter.table.span().start);
    let table = tables::find(adapter.table.get_ref())
        .filter(|t| matches!(t.origin, Origin::Vendor | Origin::User))
        .ok_or_else(|| {
            let name = adapter.table.get_ref();
            let names = tables::all().into_iter().map(|t| t.name).collect::<Vec<_>>();
            Error::config(format!("there is no table `{name}` to load"))
                .at(table_at())
                .hint(nearest_hint(name, &names))
        })?;
    let layout = Layout::new(table);
    let zone_at = adapter.time.zone.as_ref().map_or(0, |z| z.span().start);
    let mut builder = Builder::new(adapter, settings, codes).map_err(|e| e.at(at(zone_at)))?;
    let filter = adapter.rows.filter.as_ref().map(|sql| {
        let compiled = builder.raw_expr(sql.get_ref()).and_then(|(expr, kind)| match kind {
            Kind::Bool => Ok(expr),
            other => Err(Error::config(format!("rows.where is {}, not a condition", other.word()))),
        });
        compiled.map_err(|e| e.at(at(sql.span().start)))
    });
    let filter = filter.transpose()?;
    let (targets, mut required) = targets(adapter, &layout, &mut builder, &at)?;
    let mut attrs = Vec::new();
    for (name, def) in &adapter.attrs {
        let spec = &def.get_ref().0;
        let found = builder.column(name, attr_kind(spec), spec);
        attrs.push(found.map_err(|e| e.at(at(def.span().start)))?);
        require(&mut required, name, &def.get_ref().0, &mut builder)?;
    }
    let keys = keys(adapter, &layout, &mut builder, &mut required).map_err(|e| e.at(table_at()))?;
    let latest_by = adapter.key.latest_by.as_deref().map(|p| builder.fields.add(p)).transpose()?;
    let worst_of = adapter.rows.worst_of.iter().map(|p| builder.fields.add(p));
    let worst_of = worst_of.collect::<Result<Vec<_>>>()?;
    let rules = adapter.outcome.iter().map(|rule| {
        let one = self::rule(rule.get_ref(), &layout, &mut builder.fields);
        one.map_err(|e| e.at(at(rule.span().start)))
    });
    let rules = rules.collect::<Result<Vec<_>>>()?;
    if let Some(name) = adapter.map.keys().find(|n| !builder.maps_used.contains(*n)) {
        let line = text.lines().position(|l| l.trim() == format!("[map.{name}]"));
        return Err(Error::config(format!("[map.{name}] is not used by any column"))
            .at(format!("{place}:{}", line.map_or(1, |l| l + 1)))
            .hint(format!("add map = \"{name}\" to a column, or remove the section")));
    }
    Ok(Plan {
        layout,
        filter,
        keys,
        latest_by,
        worst_of,
        targets,
        attrs,
        rules,
        required,
        ignore: ignore(&adapter.rows.ignore)?,
        constants: Constants {
            adapter_id: adapter.id.clone(),
            adapter_version: adapter.version,
            product: adapter.product.clone(),
            coverage: adapter.coverage,
            environment: None,
        },
        zone: builder.zone().map(|z| z.name().to_owned()),
        names: settings.names.clone(),
        mode: adapter.mode,
        unmapped_allowed: adapter.allow.unmapped.clone(),
        fields: builder.fields,
    })
}

type Required = Vec<(String, Vec<FieldId>)>;

fn targets(
    adapter: &Adapter,
    layout: &Layout,
    builder: &mut Builder,
    at: &dyn Fn(usize) -> String,
) -> Result<(Vec<Target>, Required)> {
    let (mut targets, mut required) = (Vec::new(), Vec::new());
    for (name, def) in &adapter.columns {
        let place = || at(def.span().start);
        let spec = &def.get_ref().0;
        let target = target(adapter, name, spec, layout, builder).map_err(|e| {
            let message = format!("column {name}: {}", e.message);
            Error { message, ..e }.at(place())
        })?;
        require(&mut required, name, spec, builder)?;
        targets.push(target);
    }
    if let Some(name) = adapter.allow.loss.keys().find(|n| !adapter.columns.contains_key(*n)) {
        return Err(Error::config(format!("[allow] loss names `{name}`, which is no column here"))
            .at(at(adapter.table.span().start)));
    }
    check_outcome(adapter, layout).map_err(|e| e.at(at(adapter.table.span().start)))?;
    targets.sort_by_key(|t| t.slot);
    Ok((targets, required))
}

fn target(
    adapter: &Adapter,
    name: &str,
    spec: &Spec,
    layout: &Layout,
    builder: &mut Builder,
) -> Result<Target> {
    let own = layout.table.columns.iter().find(|c| c.name == name).ok_or_else(|| {
        let names: Vec<&str> = layout.table.columns.iter().map(|c| c.name).collect();
        Error::config(format!("{} has no such column", layout.table.name))
            .hint(nearest_hint(name, &names))
    })?;
    let column = builder.column(name, own.kind, spec)?;
    let allowed = |word: &str| own.words.is_empty() || own.words.contains(&word);
    if let Words::Map(map) = &column.words
        && let Some(word) = map.values().find(|w| !allowed(w))
    {
        return Err(
            Error::config(format!("`{word}` is no word of it")).hint(nearest_hint(word, own.words))
        );
    }
    let constants = [spec.constant(), spec.default.as_ref().and_then(Adapter::scalar)];
    if let Some(word) = constants.into_iter().flatten().find(|w| !allowed(w)) {
        return Err(Error::config(format!("`{word}` is no word of it"))
            .hint(nearest_hint(&word, own.words)));
    }
    let loss_max = match adapter.allow.loss.get(name) {
        None => 0,
        Some(Loss::Count(n)) => *n,
        Some(Loss::Word(word)) if word == "any" => u64::MAX,
        Some(Loss::Word(word)) => {
            return Err(Error::config(format!("[allow] loss `{word}` is neither a count nor any")));
        }
    };
    let slot = layout.at(name).unwrap_or_default();
    Ok(Target { slot, column, loss_max })
}

/// An outcome is computed, never copied; what a list of runs covers is said, never assumed.
fn check_outcome(adapter: &Adapter, layout: &Layout) -> Result<()> {
    let is_generic = adapter.id.starts_with("canonical.");
    let is_runs = layout.table.name == "job_runs";
    if is_runs && adapter.coverage.is_none() && !adapter.columns.contains_key("coverage") {
        return Err(Error::config("coverage is missing").hint(
            "add coverage = \"attempts\" if the export lists every try, \"survivors\" if only \
             what still exists",
        ));
    }
    let Some(def) = adapter.columns.get("outcome") else { return Ok(()) };
    let ColumnDef(spec) = def.get_ref();
    let is_computed =
        spec.map.is_some() || spec.table.is_some() || spec.value.is_some() || spec.expr.is_some();
    let has_rules = adapter.outcome.iter().any(|r| r.get_ref().set.contains_key("outcome"));
    if is_computed || has_rules || is_generic || layout.table.name == "access_events" {
        return Ok(());
    }
    Err(Error::config("outcome is copied from the export")
        .hint("add map = \"status\" and a [map.status] with the vendor's words"))
}

/// A typed attribute is checked like a column: a text that is there must be a value.
fn attr_kind(spec: &Spec) -> Type {
    if spec.time.is_some() {
        Type::Time
    } else if spec.unit.is_some() || spec.size.is_some() || spec.count.is_some() {
        Type::Int
    } else if spec.duration.is_some() || spec.ratio.is_some() || spec.number.is_some() {
        Type::Float
    } else if spec.bool.is_some() {
        Type::Bool
    } else {
        Type::Text
    }
}

/// The raw columns that a flat export must have for this column.
fn require(required: &mut Required, name: &str, spec: &Spec, builder: &mut Builder) -> Result<()> {
    let is_known = spec.from.0.iter().any(|path| path.starts_with('@'));
    if spec.optional || is_known || spec.from.0.is_empty() {
        return Ok(());
    }
    let ids = spec.from.0.iter().map(|p| builder.fields.add(p)).collect::<Result<Vec<_>>>()?;
    if spec.join.is_some() {
        required.extend(ids.into_iter().map(|id| (name.to_owned(), vec![id])));
    } else {
        required.push((name.to_owned(), ids));
    }
    Ok(())
}

fn keys(
    adapter: &Adapter,
    layout: &Layout,
    builder: &mut Builder,
    required: &mut Required,
) -> Result<Vec<KeyColumn>> {
    let mut keys = Vec::new();
    for (name, parts) in &adapter.key.columns {
        let is_key = layout.table.key.contains(&name.as_str());
        let slot = layout.at(name).filter(|_| is_key).ok_or_else(|| {
            Error::config(format!("[key] {name} is no key column of {}", layout.table.name))
                .hint(format!("its key is {}", layout.table.key.join(", ")))
        })?;
        if adapter.columns.contains_key(name) {
            return Err(Error::config(format!("{name} stands in [key] and in [columns]")));
        }
        for part in &parts.0 {
            require(required, name, &part.spec, builder)?;
        }
        let is_first = layout.table.key.first().is_some_and(|k| k == name);
        let fallback = if is_first { adapter.key.fallback.0.as_slice() } else { &[] };
        keys.push(KeyColumn {
            slot,
            parts: builder.parts(&parts.0)?,
            fallback: builder.parts(fallback)?,
        });
    }
    let has = |key: &&&str| {
        adapter.key.columns.contains_key(**key) || adapter.columns.contains_key(**key)
    };
    if let (Some(lost), None) = (layout.table.key.iter().find(|k| !has(k)), &adapter.tool) {
        return Err(Error::config(format!("key column {lost} has no source")).hint(format!(
            "add [key] {lost} = [\"column\"]; the columns together must be unique"
        )));
    }
    Ok(keys)
}

fn rule(rule: &OutcomeRule, layout: &Layout, fields: &mut FieldSet) -> Result<Rule> {
    let (when, kind) = compile(&rule.when, &mut |name| {
        let own = layout.specs.iter().position(|s| s.name == name.text);
        match own.filter(|_| !name.is_quoted) {
            Some(slot) => {
                let kind = layout.specs.get(slot).map_or(Kind::Text, |s| kind_of(s.kind));
                Ok((Expr::Canonical(slot), kind))
            }
            None => Ok((Expr::Raw(fields.add(name.text)?), Kind::Text)),
        }
    })?;
    if kind != Kind::Bool {
        return Err(Error::config(format!("`{}` is no condition", rule.when)));
    }
    let mut set = Vec::new();
    for (name, value) in &rule.set {
        let names: Vec<&str> = layout.table.columns.iter().map(|c| c.name).collect();
        let own = layout.table.columns.iter().find(|c| c.name == name).ok_or_else(|| {
            Error::config(format!("{} has no column {name}", layout.table.name))
                .hint(nearest_hint(name, &names))
        })?;
        let cell = constant(name, own.kind, value)?;
        if let Cell::Text(word) = &cell
            && !own.words.is_empty()
            && !own.words.contains(&word.as_str())
        {
            return Err(Error::config(format!("`{word}` is no word of {name}"))
                .hint(nearest_hint(word, own.words)));
        }
        set.push((layout.at(name).unwrap_or_default(), cell));
    }
    Ok(Rule { when, set })
}

fn kind_of(kind: Type) -> Kind {
    match kind {
        Type::Text => Kind::Text,
        Type::Int | Type::Float => Kind::Number,
        Type::Bool => Kind::Bool,
        Type::Time => Kind::Time,
        Type::List => Kind::List,
    }
}

fn ignore(names: &[String]) -> Result<Vec<regex::Regex>> {
    let one = |name: &String| match name.strip_prefix('~') {
        Some(pattern) => regex(pattern),
        None if name == "*" => regex(""),
        None => regex(&format!("^{}$", regex::escape(name))),
    };
    names.iter().map(one).collect()
}
