//! `verify`: a package as an auditor gets it: members, manifests, signature, and with `--recompute`
//! every query again over the tables inside.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::Outcome;
use super::project::Place;
use crate::bridge;
use crate::engines::{Engine, Polars, TableSource};
use crate::error::{Error, Result};
use crate::evidence::seal;
use crate::evidence::verify::{Verified, verify as check};
use crate::files;
use crate::model::frame::Frame;
use crate::model::tables;

/// Verifies a package.
pub fn verify(
    place: &Place,
    package: &Path,
    allowed_signers: Option<&Path>,
    is_recomputed: bool,
) -> Result<Outcome> {
    let verified = check(&files::read(package)?).map_err(|e| e.at(package.display()))?;
    let say = |text: &str| place.messages.say(text);
    say(&format!("{}: {} files as sealed", verified.name, verified.members.len()));
    say(&format!("digest {}", verified.digest));
    if let Some(previous) = verified.info.get("Previous-Package-SHA256") {
        say(&format!("follows the package with digest {previous}"));
    }
    seal_of(place, package, &verified, allowed_signers)?;
    if is_recomputed {
        let again = recompute(&verified).map_err(|e| e.at(package.display()))?;
        say(&format!(
            "recomputed {} populations and {} checks: every row agrees",
            again.population_count, again.check_count
        ));
        if again.not_run_count > 0 {
            say(&format!("not run, because data are missing: {}", again.not_run_count));
        }
    }
    Ok(Outcome::Done)
}

/// Says who signed, or that nobody did. A signature beside the package must hold, whoever made it.
fn seal_of(
    place: &Place,
    package: &Path,
    verified: &Verified,
    allowed_signers: Option<&Path>,
) -> Result<()> {
    let path = package.with_extension("sig");
    if !path.exists() {
        if allowed_signers.is_some() {
            return Err(Error::verification("the package has no signature beside it")
                .at(path.display())
                .hint("ask for the .sig file, or verify without --allowed-signers"));
        }
        place.messages.warn(
            "unsigned: nothing in the package says who made it",
            Some("compare the digest above with one that was kept elsewhere"),
        );
        return Ok(());
    }
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let sealed = verified.sealed_text();
    match allowed_signers {
        Some(allowed) => {
            let allowed = String::from_utf8_lossy(&files::read(allowed)?).into_owned();
            let (signer, key) =
                seal::check_allowed(sealed, &text, &allowed).map_err(|e| e.at(path.display()))?;
            place.messages.say(&format!("signed by {signer} with the key {key}"));
        }
        None => {
            let key = seal::check(sealed, &text).map_err(|e| e.at(path.display()))?;
            place.messages.warn(
                &format!("signed with the key {key}; whose it is was not checked"),
                Some("give the file of allowed signers with --allowed-signers"),
            );
        }
    }
    Ok(())
}

/// What was computed again.
#[derive(Default)]
struct Recomputed {
    population_count: usize,
    check_count: usize,
    not_run_count: usize,
}

/// Runs every query of a package again over the tables inside; every recorded row must come out, and
/// no other unless steps after the query may have dropped it.
fn recompute(verified: &Verified) -> Result<Recomputed> {
    let mut work = Work { verified, sources: sources(verified)?, answers: BTreeMap::new() };
    let mut done = Recomputed::default();
    for (path, bytes) in &verified.members {
        let Some(folder) = path.strip_suffix("/result.json") else { continue };
        let record: Record = serde_json::from_slice(bytes).map_err(|e| {
            Error::verification(format!("is no result of a check: {e}"))
                .at(path)
                .hint("verify with the version of Tapeline in bag-info.txt")
        })?;
        if record.population_not_run.is_some() {
            done.not_run_count += 1;
        } else {
            work.compare(folder, "population.sql", "population.parquet", true)?;
            done.population_count += 1;
        }
        if record.not_run.is_some() {
            done.not_run_count += 1;
        } else {
            work.compare(folder, "query.sql", "violations.parquet", !record.has_steps)?;
            done.check_count += 1;
        }
    }
    Ok(done)
}

/// What `result.json` says of how a check was answered.
#[derive(Deserialize)]
struct Record {
    has_steps: bool,
    not_run: Option<String>,
    population_not_run: Option<String>,
}

/// The tables of a package; those that it does not have are empty.
fn sources(verified: &Verified) -> Result<BTreeMap<String, TableSource>> {
    let mut sources = BTreeMap::new();
    for table in tables::all() {
        let path = format!("data/08-tables/{}.parquet", table.name);
        let frame = match verified.members.get(&path) {
            Some(bytes) => bridge::from_parquet(bytes).map_err(|e| e.at(path))?,
            None => super::derive::empty(table)?,
        };
        sources.insert(table.name.to_owned(), TableSource::Frame(frame));
    }
    Ok(sources)
}

struct Work<'a> {
    verified: &'a Verified,
    sources: BTreeMap<String, TableSource>,
    /// Answers by statement: several controls share a check.
    answers: BTreeMap<&'a [u8], Frame>,
}

impl<'a> Work<'a> {
    fn compare(&mut self, folder: &str, sql: &str, recorded: &str, is_whole: bool) -> Result<()> {
        let (at_sql, at_rows) = (format!("{folder}/{sql}"), format!("{folder}/{recorded}"));
        let statement = self.member(&at_sql)?;
        let recorded = bridge::from_parquet(self.member(&at_rows)?).map_err(|e| e.at(&at_rows))?;
        let again = match self.answers.get(statement) {
            Some(known) => known,
            None => {
                let text = String::from_utf8_lossy(statement);
                let frame = Polars.run(&text, &self.sources, &[]).map_err(|e| e.at(&at_sql))?;
                self.answers.entry(statement).or_insert(frame)
            }
        };
        let shared: Vec<&str> = again
            .names()
            .iter()
            .map(String::as_str)
            .filter(|n| recorded.get(n).is_some())
            .collect();
        let (mut want, mut got) = (counted(&recorded, &shared), counted(again, &shared));
        if is_whole {
            got.retain(|row, count| want.remove(row) != Some(*count));
        } else {
            want.retain(|row, count| got.get(row).is_none_or(|found| found < count));
            got.clear();
        }
        if want.is_empty() && got.is_empty() {
            return Ok(());
        }
        let mut error = Error::verification("the rows recorded are not those that the query gives")
            .at(at_sql)
            .hint("the package was made from other tables than those inside");
        for row in want.keys().take(3) {
            error = error.because(format!("recorded: {row}"));
        }
        for row in got.keys().take(3) {
            error = error.because(format!("recomputed: {row}"));
        }
        Err(error)
    }

    fn member(&self, path: &str) -> Result<&'a [u8]> {
        self.verified.members.get(path).map(Vec::as_slice).ok_or_else(|| {
            Error::verification("is missing")
                .at(path)
                .hint("verify with the version of Tapeline in bag-info.txt")
        })
    }
}

/// Rows as text, with how often each occurs: a set of rows has no order.
fn counted(frame: &Frame, columns: &[&str]) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    for row in 0..frame.height() {
        let cells: Vec<String> =
            columns.iter().map(|c| format!("{:?}", frame.cell(c, row))).collect();
        *rows.entry(cells.join(", ")).or_insert(0) += 1;
    }
    rows
}
