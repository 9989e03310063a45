//! Rendering of a query's body: `{{ ref('x') }}` becomes the name of a table or query,
//! `{{ var('x') }}` a typed literal, `{% for %}` and `{% if %}` work over lists. The environment
//! has no filters, tests, macros, includes or other functions, so a template can do nothing else.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::header::Header;
use super::vars::{BUILT_IN, Var, Vars};
use crate::error::{Error, Result};

/// A rendered body and what it asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Rendered {
    /// SQL text.
    pub text: String,
    /// Names given to `ref`, in the order of first mention.
    pub refs: Vec<String>,
    /// Variables used, as rendered.
    pub parameters: BTreeMap<String, String>,
}

/// Steps of the template machine for one body; loops over lists need a few hundred.
const FUEL: u64 = 1_000_000;

/// Renders a body. `place` is the file, `first_line` the line of the file on which it starts.
pub(super) fn render(
    place: &str,
    first_line: usize,
    body: &str,
    header: &Header,
    vars: &Vars,
) -> Result<Rendered> {
    only_loops(place, first_line, body)?;
    let used: Arc<Mutex<Rendered>> = Arc::default();
    let known = Arc::new(known_vars(header, vars).map_err(|e| e.at(place))?);
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    let seen = Arc::clone(&used);
    env.add_function("ref", move |name: String| -> String {
        let mut seen = lock(&seen);
        if !seen.refs.contains(&name) {
            seen.refs.push(name.clone());
        }
        name
    });
    let seen = Arc::clone(&used);
    env.add_function("var", move |name: String| lookup(&name, &known, &mut lock(&seen)));
    let failed = |e: &minijinja::Error| {
        let line = first_line + e.line().unwrap_or(1).saturating_sub(1);
        let detail = e.detail().map_or_else(|| e.to_string(), str::to_owned);
        let (message, hint) = match detail.split_once("\nhint: ") {
            Some((message, hint)) => (message.to_owned(), hint.to_owned()),
            None => (detail, "templates hold only ref(), var() and loops over lists".to_owned()),
        };
        Error::config(message).at(format!("{place}:{line}")).hint(hint)
    };
    let text = env.render_named_str(place, body, ()).map_err(|e| failed(&e))?;
    let mut rendered = lock(&used).clone();
    rendered.text = text;
    Ok(rendered)
}

fn lock(used: &Mutex<Rendered>) -> MutexGuard<'_, Rendered> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses every tag but loops and conditions.
fn only_loops(place: &str, first_line: usize, body: &str) -> Result<()> {
    for (at, _) in body.match_indices("{%") {
        let rest = body.get(at + 2..).unwrap_or("").trim_start_matches(['-', '+']).trim_start();
        let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        if !["for", "endfor", "if", "elif", "else", "endif"].contains(&word.as_str()) {
            let line = first_line + body.get(..at).unwrap_or("").matches('\n').count();
            return Err(Error::config(format!("`{{% {word} %}}` is not for queries"))
                .at(format!("{place}:{line}"))
                .hint("templates hold only ref(), var() and loops over lists"));
        }
    }
    Ok(())
}

/// Values of the variables that a query may use, in their declared types.
fn known_vars(header: &Header, vars: &Vars) -> Result<BTreeMap<String, Option<Var>>> {
    let mut known = BTreeMap::new();
    for name in BUILT_IN {
        let value = vars.get(name).cloned();
        let value = value.map(|v| v.into_kind(super::vars::VarKind::Time, name)).transpose()?;
        known.insert(name.to_owned(), value);
    }
    for spec in &header.vars {
        let value = vars.get(&spec.name).cloned();
        let value = value.map(|v| v.into_kind(spec.kind, &spec.name)).transpose()?;
        known.insert(spec.name.clone(), value.or_else(|| spec.default.clone()));
    }
    Ok(known)
}

fn lookup(
    name: &str,
    known: &BTreeMap<String, Option<Var>>,
    used: &mut Rendered,
) -> std::result::Result<Value, minijinja::Error> {
    let refuse = |text: String| Err(minijinja::Error::new(ErrorKind::InvalidOperation, text));
    match known.get(name) {
        None => {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let names = names.join(", ");
            refuse(format!(
                "there is no variable `{name}`\nhint: declare it in [vars]; now: {names}"
            ))
        }
        Some(None) => refuse(format!(
            "variable `{name}` has no value\nhint: give one with --var {name}=..., a period, or \
             [vars] of tapeline.toml"
        )),
        Some(Some(var)) => {
            let shown = var.literal(name).unwrap_or_else(|_| "()".to_owned());
            used.parameters.insert(name.to_owned(), shown);
            Ok(Value::from_object(Literal { name: name.to_owned(), var: var.clone() }))
        }
    }
}

/// A value that renders as a literal and, when it is a list, can be looped over.
#[derive(Debug)]
struct Literal {
    name: String,
    var: Var,
}

impl Object for Literal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.var {
            Var::Texts(_) | Var::Ints(_) => ObjectRepr::Seq,
            _ => ObjectRepr::Plain,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = key.as_usize()?;
        let var = match &self.var {
            Var::Texts(items) => Var::Text(items.get(at)?.clone()),
            Var::Ints(items) => Var::Int(*items.get(at)?),
            _ => return None,
        };
        Some(Value::from_object(Literal { name: self.name.clone(), var }))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.var {
            Var::Texts(items) => Enumerator::Seq(items.len()),
            Var::Ints(items) => Enumerator::Seq(items.len()),
            _ => Enumerator::NonEnumerable,
        }
    }

    fn is_true(self: &Arc<Self>) -> bool {
        match &self.var {
            Var::Bool(truth) => *truth,
            Var::Texts(items) => !items.is_empty(),
            Var::Ints(items) => !items.is_empty(),
            Var::Text(_) | Var::Int(_) | Var::Float(_) | Var::Time(_) => true,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.var.literal(&self.name).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::header::VarSpec;
    use crate::catalog::vars::VarKind;

    fn header() -> Header {
        let spec = |name: &str, kind, default| VarSpec {
            name: name.to_owned(),
            kind,
            default,
            says: String::new(),
        };
        let words = Var::Texts(vec!["strict".into(), "it's".into()]);
        Header {
            vars: vec![
                spec("keep_days", VarKind::Int, Some(Var::Int(90))),
                spec("words", VarKind::Texts, Some(words)),
                spec("none", VarKind::Texts, Some(Var::Texts(vec![]))),
                spec("tier", VarKind::Text, None),
            ],
            ..Header::default()
        }
    }

    fn rendered(body: &str) -> Result<Rendered> {
        let vars = Vars::from([("from".to_owned(), Var::Text("2026-07-01".into()))]);
        render("q.sql", 10, body, &header(), &vars)
    }

    #[test]
    fn refs_and_literals_are_rendered_and_remembered() {
        let got = rendered(
            "select {{ var('keep_days') }} from {{ ref('b') }} join {{ ref('a') }}\n\
             where t >= {{ var('from') }} and w in {{ var('words') }}\n",
        )
        .unwrap();
        assert_eq!(
            got.text,
            "select 90 from b join a\nwhere t >= timestamp '2026-07-01 00:00:00' and w in \
             ('strict', 'it''s')"
        );
        assert_eq!(got.refs, ["b", "a"]);
        let names: Vec<_> = got.parameters.keys().map(String::as_str).collect();
        assert_eq!(names, ["from", "keep_days", "words"]);
    }

    #[test]
    fn loops_run_over_literal_lists_and_list_variables() {
        let got = rendered(
            "{% for p in ['a', 'b'] %}{{ p }}_n{% if not loop.last %}, {% endif %}{% endfor %} \
             {% for w in var('words') %}{{ w }};{% endfor %}",
        );
        assert_eq!(got.unwrap().text, "a_n, b_n 'strict';'it''s';");
    }

    #[test]
    fn everything_else_is_refused_with_file_and_line() {
        let cases = [
            ("select 1\nfrom {{ var('tier') }}", "q.sql:11", "has no value"),
            ("{{ var('nope') }}", "q.sql:10", "there is no variable `nope`"),
            ("{{ var('to') }}", "q.sql:10", "has no value"),
            ("a\n\n{{ x }}", "q.sql:12", "undefined"),
            ("{{ var('none') }}", "q.sql:10", ""),
            ("{{ 'x' | upper }}", "q.sql:10", "upper"),
            ("\n{% set a = 1 %}", "q.sql:11", "not for queries"),
            ("{% include 'x' %}", "q.sql:10", "not for queries"),
            ("{{ range(10) }}", "q.sql:10", "range"),
            ("{{ }", "q.sql:10", ""),
        ];
        for (body, place, message) in cases {
            let error = rendered(body).unwrap_err();
            assert_eq!(error.place.as_deref(), Some(place), "{body}: {error}");
            assert!(error.message.contains(message), "{body}: {error}");
        }
    }
}
