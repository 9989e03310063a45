//! Prometheus samples: answers of `query` and `query_range` (matrix, vector, scalar), the list
//! that `promtool` prints, and the exposition format. One record per sample: `metric`, `at`
//! (epoch seconds as text), `value` (text: NaN and +Inf are values), and the labels.

use crate::error::{Error, Result};
use crate::ingest::open::Text;
use crate::ingest::record::{Fault, Fields, Item, Json, Record};

use super::exposition;
use super::refuse;
use super::scan::{document, shortened};
use super::source::{Facts, Listed};
use super::tree::tree;

/// The reader for `format = "prometheus"`.
pub(super) fn open(mut text: Text) -> Result<Listed> {
    let whole = document(&mut text)?;
    let mut facts = Facts::default();
    facts.of_text(&text);
    let start = whole.trim_start();
    let items = if start.starts_with(['{', '[']) && !exposition::is_sample(start) {
        answer(&whole, &mut facts)?
    } else {
        exposition::samples(&whole, &mut facts)?
    };
    Ok(Listed::new(items, facts))
}

fn answer(whole: &str, facts: &mut Facts) -> Result<Vec<Item>> {
    let document = tree(whole.trim()).map_err(|fault| {
        Error::input(format!("the answer is cut or no JSON ({})", fault.word()))
            .hint("run the query again")
    })?;
    if document.member("status").and_then(Json::scalar).is_some_and(|status| status == "error") {
        let text = |name: &str| document.member(name).and_then(Json::scalar);
        return Err(refuse::refused("an error", &text("error").unwrap_or_default()));
    }
    for name in ["warnings", "infos"] {
        if let Some(Json::List(texts)) = document.member(name) {
            facts.warnings.extend(texts.iter().filter_map(|t| t.scalar().map(Into::into)));
        }
    }
    let data = document.member("data");
    let result = match &document {
        Json::List(_) => Some(&document),
        _ => data.and_then(|data| data.member("result")),
    };
    let kind = data.and_then(|data| data.member("resultType")).and_then(Json::scalar);
    let mut samples = Samples::default();
    match (result, kind.as_deref()) {
        (Some(pair @ Json::List(_)), Some("scalar" | "string")) => {
            samples.add(None, pair, facts);
        }
        (Some(Json::List(series)), _) => {
            for one in series {
                series_samples(one, &mut samples, facts);
            }
        }
        _ => {
            return Err(Error::input("no `data.result` in the answer")
                .hint("export /api/v1/query or /api/v1/query_range; for others use json"));
        }
    }
    Ok(samples.items)
}

fn series_samples(series: &Json, samples: &mut Samples, facts: &mut Facts) {
    let labels = series.member("metric");
    if let Some(pair) = series.member("value") {
        samples.add(labels, pair, facts);
    }
    if let Some(Json::List(pairs)) = series.member("values") {
        for pair in pairs {
            samples.add(labels, pair, facts);
        }
    }
    // A native histogram is many numbers, not one.
    for name in ["histogram", "histograms"] {
        if series.member(name).is_some() {
            facts.skip(&format!("{name} of {}", labels.map(Json::to_string).unwrap_or_default()));
        }
    }
}

/// Records in the making.
#[derive(Default)]
pub(super) struct Samples {
    pub(super) items: Vec<Item>,
}

impl Samples {
    /// Adds `[at, value]` of a series.
    fn add(&mut self, labels: Option<&Json>, pair: &Json, facts: &mut Facts) {
        let (Json::List(pair), labels) = (pair, members(labels)) else { return };
        let [at, value] = pair.as_slice() else {
            facts.skip(&Json::List(pair.clone()).to_string());
            return;
        };
        let name = labels.iter().find(|(name, _)| name == "__name__").map(|(_, name)| name.clone());
        let raw = format!("{} [{at},{value}]", Json::Object(labels.clone()));
        let at = at.scalar().map_or(Json::Null, |at| Json::Text(at.into_owned()));
        let labels = labels.into_iter().filter(|(name, _)| name != "__name__").collect();
        self.push(name.unwrap_or(Json::Null), at, value.clone(), labels, raw);
    }

    /// Adds a line that is no sample.
    pub(super) fn bad(&mut self, line: &str) {
        let (number, raw) = (self.next_number(), shortened(line).to_owned());
        self.items.push(Item::Bad { number, fault: Fault::RaggedRow, raw });
    }

    fn next_number(&self) -> i64 {
        i64::try_from(self.items.len()).unwrap_or(i64::MAX - 1) + 1
    }

    /// Adds a sample.
    pub(super) fn push(
        &mut self,
        metric: Json,
        at: Json,
        value: Json,
        labels: Vec<(String, Json)>,
        raw: String,
    ) {
        let own = [("metric", metric), ("at", at), ("value", value)];
        let mut members: Vec<(String, Json)> = own.map(|(name, v)| (name.to_owned(), v)).into();
        for (name, text) in labels {
            let is_taken = members.iter().any(|(known, _)| *known == name);
            members.push((if is_taken { format!("exported_{name}") } else { name }, text));
        }
        let number = self.next_number();
        let fields = Fields::Tree { value: Json::Object(members), parent: None };
        self.items.push(Item::Record(Record { number, fields, raw }));
    }
}

fn members(labels: Option<&Json>) -> Vec<(String, Json)> {
    match labels {
        Some(Json::Object(members)) => members.clone(),
        _ => Vec::new(),
    }
}
