//! `forecast`: any series of a CSV to quantiles, dates of a threshold and back-test. Series are
//! read one after the other and answered in parallel, a batch at a time, so that memory does not
//! grow with their number; the output is in the order of the input whatever the threads.

mod ask;
mod known;
mod one;
mod rows;
mod sink;
mod total;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use indicatif::ProgressBar;
use rayon::prelude::*;

use super::Outcome;
use super::project::Place;
use crate::cli;
use crate::config;
use crate::error::{Error, Result};
use crate::ingest::open::{Input, Limits, Opener, Origin};
use crate::ingest::series::{self, Series, SeriesReader};
use crate::stats::forecast::total::ALL;
use ask::Ask;
use known::Known;
use one::{Found, Refused};
use sink::Sink;

/// Series that are answered at the same time.
const BATCH_SERIES: usize = 512;
/// Rows after which a batch is full.
const BATCH_ROWS: usize = 500_000;

/// Answers every series of a file.
pub fn forecast(place: &Place, typed: &cli::Forecast) -> Result<Outcome> {
    let mut sink = Sink::new(typed.format, typed.rows, typed.summary.clone())?;
    let input = open(&typed.file)?;
    let name = typed.file.display().to_string();
    let header = series::header(&input, typed.delimiter).map_err(|e| e.at(&name))?;
    let mut ask = Ask::of(typed, &header)?;
    let plans = |file: &PathBuf| dated(file, &ask, "--plans", series::plans::read);
    let roll_off = |file: &PathBuf| dated(file, &ask, "--roll-off", series::roll_off::read);
    (ask.plans, ask.roll_off) = (
        typed.plans.as_ref().map(plans).transpose()?,
        typed.roll_off.as_ref().map(roll_off).transpose()?,
    );
    let ask = ask;
    let mut reader = SeriesReader::open(&input, &name, ask.columns.clone())?;
    let bar = place.messages.bar(usize::try_from(input.size_bytes()).unwrap_or(usize::MAX));
    let mut refused = Tally::of(&ask);
    // Only totals need all series at once.
    let mut all = Vec::new();
    loop {
        let batch = batch(&mut reader)?;
        if batch.is_empty() {
            break;
        }
        let answered: Vec<(Known, Found, Result<sink::Written>)> = batch
            .into_par_iter()
            .map(|series| {
                let known = Known::of(series, &ask);
                let found = one::answer(&known, &ask);
                let written = sink.render(&found, &ask);
                (known, found, written)
            })
            .collect();
        for (known, found, written) in answered {
            refused.count(&found);
            all.extend(ask.has_totals.then_some(known));
            let is_read = sink.write(written?)?;
            if !is_read && typed.summary.is_none() {
                return Ok(Outcome::Done);
            }
        }
        show(&bar, reader.bytes());
    }
    bar.finish_and_clear();
    if refused.series == 0 {
        return Err(Error::input("has no rows")
            .at(&name)
            .hint("give a file with a header and rows"));
    }
    if ask.has_totals {
        let bar = place.messages.bar(all.len());
        let totals = total::answers(&all, &ask, &bar);
        bar.finish_and_clear();
        for found in totals {
            refused.count_total(&found);
            sink.write(sink.render(&found, &ask)?)?;
        }
    }
    sink.finish()?;
    refused.say(place);
    Ok(Outcome::Done)
}

/// Reads a list of what happens on known dates, which `option` names.
fn dated<T>(
    file: &Path,
    ask: &Ask,
    option: &str,
    read: fn(&Input, &str, Tz) -> Result<Vec<T>>,
) -> Result<Vec<T>> {
    if ask.columns.time.is_none() {
        return Err(Error::config(format!("{option} needs --time: its rows have dates"))
            .hint(format!("name the column of the time, or leave {option} out")));
    }
    read(&open(file)?, &file.display().to_string(), ask.zone)
}

/// The file, or standard input.
fn open(file: &Path) -> Result<Input> {
    let temporary = config::temporary_folder();
    let shown = file.display();
    let (root, path) = if file.as_os_str() == "-" {
        (temporary.clone(), "-".to_owned())
    } else {
        // The user named this very file: a link may lead anywhere.
        let real = file.canonicalize().map_err(|e| {
            Error::config(format!("cannot be opened: {e}")).at(&shown).hint("check the path")
        })?;
        let name = real.file_name().map(|name| name.to_string_lossy().into_owned());
        let folder = real.parent().map(Path::to_path_buf).unwrap_or_default();
        (folder, name.unwrap_or_default())
    };
    let opener = Opener { root: &root, spool: &temporary, limits: Limits::default() };
    let mut inputs = opener.open(&Origin::Path(path), &mut std::io::stdin())?;
    match (inputs.pop(), inputs.is_empty()) {
        (Some(input), true) => Ok(input),
        (Some(_) | None, _) => Err(Error::input("is an archive of several files or of none")
            .at(shown)
            .hint("unpack it and give one file")),
    }
}

/// The next series, up to a full batch.
fn batch(reader: &mut SeriesReader) -> Result<Vec<Series>> {
    let mut batch = Vec::new();
    let mut rows = 0;
    while batch.len() < BATCH_SERIES && rows < BATCH_ROWS {
        let Some(series) = reader.next().transpose()? else { break };
        rows += series.samples.len();
        batch.push(series);
    }
    Ok(batch)
}

/// The length of a compressed file is not that of its text: the bar grows when it has to.
fn show(bar: &ProgressBar, bytes: u64) {
    if bar.length().is_some_and(|length| length < bytes) {
        bar.set_length(bytes);
    }
    bar.set_position(bytes);
}

/// How many series have no forecast or no date, by reason, with the first sentence of each.
#[derive(Default)]
struct Tally {
    series: usize,
    /// Series that did not occur yet, and what names them.
    named: BTreeMap<String, &'static str>,
    /// Series that are in no total, with the reasons.
    left_out: Vec<String>,
    /// Column of the data before reduction, and how many series are forecast without it.
    logical: Option<(String, usize)>,
    /// Totals without a forecast or a date.
    totals: Vec<String>,
    without_forecast: Reasons,
    without_date: Reasons,
}

type Reasons = BTreeMap<&'static str, (usize, String)>;

impl Tally {
    fn of(ask: &Ask) -> Self {
        let plans = ask.plans.iter().flatten().filter_map(|plan| plan.series.clone());
        let back = ask.roll_off.iter().flatten().filter_map(|back| back.series.clone());
        let named = plans.map(|name| (name, "a plan")).chain(back.map(|name| (name, "a roll-off")));
        let logical = ask.columns.logical.clone().map(|column| (column, 0));
        Tally { named: named.collect(), logical, ..Tally::default() }
    }

    fn count(&mut self, found: &Found) {
        self.series += 1;
        self.named.remove(&found.name);
        if let Some((_, n)) = &mut self.logical {
            *n += usize::from(found.answer.is_some() && found.outlook.is_none());
        }
        let Some(Refused { word, sentence }) = &found.refused else { return };
        let reasons = match found.answer {
            Some(_) => &mut self.without_date,
            None => &mut self.without_forecast,
        };
        reasons.entry(word).or_insert_with(|| (0, sentence.clone())).0 += 1;
    }

    fn count_total(&mut self, found: &Found) {
        let Some(total) = &found.total else { return };
        if total.level == ALL && !total.left_out.is_empty() {
            self.left_out = total.left_out.clone();
        }
        let Some(refused) = &found.refused else { return };
        self.totals.push(format!("{} {}: {}", total.level, total.name, refused.sentence));
    }

    fn say(&self, place: &Place) {
        if let Some((column, n)) = self.logical.as_ref().filter(|(_, n)| *n > 0) {
            let text = format!(
                "{n} of {} series know too little of \"{column}\": their values are forecast as \
                 they are",
                self.series
            );
            place.messages.warn(&text, None);
        }
        if !self.left_out.is_empty() {
            let (n, shown) = (self.left_out.len(), self.left_out.iter().take(5));
            let shown = shown.cloned().collect::<Vec<_>>().join("\n  ");
            place
                .messages
                .warn(&format!("{n} of {} series in no total\n  {shown}", self.series), None);
        }
        for total in &self.totals {
            place.messages.warn(&format!("no forecast or date of a total, {total}"), None);
        }
        for (name, what) in &self.named {
            let text = format!("{what} is for \"{name}\", which is no series");
            place.messages.warn(&text, None);
        }
        for (what, reasons) in
            [("no forecast", &self.without_forecast), ("no date", &self.without_date)]
        {
            let n: usize = reasons.values().map(|(n, _)| n).sum();
            let parts: Vec<String> = reasons
                .iter()
                .map(|(word, (n, sentence))| format!("{n} {word}: {sentence}"))
                .collect();
            if n > 0 {
                let text =
                    format!("{n} of {} series with {what}\n  {}", self.series, parts.join("\n  "));
                place.messages.warn(&text, None);
            }
        }
    }
}
