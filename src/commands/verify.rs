//! `verify`: a package as an auditor gets it: members, manifests, signature, and with `--recompute`
//! every query again over the tables inside.

use std::collections::BTreeMap;
use std::path::Path;

use super::Outcome;
use super::project::Place;
use crate::bridge;
use crate::engines::{Engine, Polars, TableSource};
use crate::error::{Error, Result};
use crate::evidence::seal;
use crate::evidence::verify::{Verified, verify as check};
use crate::files;
use crate::model::result::QueryResult;
use crate::model::tables;
use crate::reports::csv;

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
    let signature = package.with_extension("sig");
    match (allowed_signers, signature.exists()) {
        (Some(allowed), true) => {
            let allowed = String::from_utf8_lossy(&files::read(allowed)?).into_owned();
            let text = String::from_utf8_lossy(&files::read(&signature)?).into_owned();
            let signer = seal::check(verified.sealed_text(), &text, &allowed)
                .map_err(|e| e.at(signature.display()))?;
            say(&format!("signed by {signer}"));
        }
        (Some(_), false) => {
            return Err(Error::verification("the package has no signature beside it")
                .at(signature.display())
                .hint("ask for the .sig file, or verify without --allowed-signers"));
        }
        (None, true) => place.messages.warn(
            "there is a signature, but nobody to hold it against",
            Some("give the file of allowed signers with --allowed-signers"),
        ),
        (None, false) => place.messages.warn(
            "the package is not signed",
            Some("compare the digest above with one that was kept elsewhere"),
        ),
    }
    if is_recomputed {
        let count = recompute(&verified).map_err(|e| e.at(package.display()))?;
        say(&format!("recomputed {count} populations: every row agrees"));
    }
    Ok(Outcome::Done)
}

/// Runs every population's SQL again over the tables in the package; gives how many.
fn recompute(verified: &Verified) -> Result<usize> {
    let mut sources = BTreeMap::new();
    for table in tables::all() {
        let path = format!("data/08-tables/{}.parquet", table.name);
        let frame = match verified.members.get(&path) {
            Some(bytes) => bridge::from_parquet(bytes)?,
            None => super::derive::empty(table)?,
        };
        sources.insert(table.name.to_owned(), TableSource::Frame(frame));
    }
    let mut count = 0;
    for (path, sql) in &verified.members {
        let Some(folder) = path.strip_suffix("/population.sql") else { continue };
        let recorded = verified.members.get(&format!("{folder}/population.csv"));
        let sql = String::from_utf8_lossy(sql);
        if sql.trim().is_empty() {
            continue;
        }
        let frame = Polars.run(&sql, &sources, &[]).map_err(|e| e.at(path))?;
        let result = QueryResult { frame, ..QueryResult::default() };
        let again = csv::bytes(&result, csv::Formulas::Raw)?;
        if recorded.is_some_and(|r| lines(r) != lines(&again)) {
            return Err(Error::verification("a population is not what its query gives")
                .at(path)
                .hint("the package was made from other tables than those inside"));
        }
        count += 1;
    }
    Ok(count)
}

/// Lines without regard to order: a set of rows has none.
fn lines(bytes: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> =
        String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}
