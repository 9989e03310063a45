//! What was meant: tapeline.toml and the environment as one typed value. The only reader of the
//! environment. Secrets print as `***`.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::files;
use crate::model::time;

/// Name of the project file.
pub const FILE: &str = "tapeline.toml";

/// tapeline.toml.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Names, places and house rules.
    pub project: Project,
    /// Caps and waits.
    #[serde(default)]
    pub limits: Limits,
    /// How evidence is sealed.
    #[serde(default)]
    pub sealing: Sealing,
    /// Installations whose exports are loaded; their form belongs to the ingest stage.
    #[serde(default, rename = "source")]
    pub sources: Vec<toml::Spanned<toml::Table>>,
    /// What runs when.
    #[serde(default, rename = "job")]
    pub jobs: Vec<JobConfig>,
}

/// `[project]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// The organisation, as printed on reports.
    pub name: String,
    /// Zone in which pages show times.
    #[serde(default = "utc")]
    pub zone: String,
    /// Fixed instant at which the world is looked at (demonstrations, recomputation).
    pub as_of: Option<String>,
    /// Period of reports when none is given.
    pub period: Option<String>,
    /// Folder of the tables.
    #[serde(default = "lake_folder")]
    pub lake: PathBuf,
    /// Folder of reports and evidence.
    #[serde(default = "reports_folder")]
    pub reports_folder: PathBuf,
    /// Reports that `tapeline run` makes.
    #[serde(default)]
    pub reports: Vec<String>,
    /// Frameworks for which `tapeline run` makes an evidence package.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// How warnings count: strict, vendor or lenient.
    #[serde(default)]
    pub warning_policy: WarningPolicy,
    /// Success-rate target.
    #[serde(default = "target")]
    pub target_ratio: f64,
}

/// How a warning counts in success rates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WarningPolicy {
    /// A warning is a failure.
    Strict,
    /// As the vendor counts it for this kind of agent.
    #[default]
    Vendor,
    /// A warning is a success.
    Lenient,
}

impl WarningPolicy {
    /// The word in configuration, SQL and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            WarningPolicy::Strict => "strict",
            WarningPolicy::Vendor => "vendor",
            WarningPolicy::Lenient => "lenient",
        }
    }
}

/// `[limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How long a second run waits for the lake.
    pub lock_wait_s: u64,
    /// More quarantined rows than this make a load end with exit 1.
    pub max_quarantined: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { lock_wait_s: 10, max_quarantined: 0 }
    }
}

/// `[sealing]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sealing {
    /// OpenSSH Ed25519 private key file, inside the project or absolute.
    pub signing_key: Option<PathBuf>,
    /// Who signs, as written in the allowed-signers file.
    pub signer: Option<String>,
}

/// `[[job]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobConfig {
    /// Name for `tapeline run NAME` and the history.
    pub name: String,
    /// Cron expression or RRULE.
    pub schedule: String,
    /// Zone of the schedule (default: the project's).
    pub zone: Option<String>,
    /// Verbs in order: `load`, `load SOURCE`, `derive`, `report NAME`, `evidence FRAMEWORK`.
    pub run: Vec<String>,
    /// After downtime: `latest` due instant, `all` of them, or `none`.
    #[serde(default = "latest")]
    pub catch_up: String,
    /// Tries of one due instant.
    #[serde(default = "one")]
    pub attempts_max: u32,
}

/// A value that never prints.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The value, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Folder for streams that are read twice when no project has one.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

/// Key of the hash that stands for people, from `TAPELINE_PEOPLE_KEY`. Without one the hash is
/// still keyed, with a fixed word: pseudonyms, guessable by who knows the names.
#[must_use]
pub fn people_key() -> Secret {
    let given = std::env::var("TAPELINE_PEOPLE_KEY").ok().filter(|k| !k.is_empty());
    Secret(given.unwrap_or_else(|| "tapeline".to_owned()))
}

impl Config {
    /// Reads tapeline.toml of a folder.
    ///
    /// # Errors
    /// When it is missing, is no TOML, or has a key or value that is not known.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(Error::config("there is no tapeline.toml here")
                .at(folder.display())
                .hint("make a project with `tapeline init DIR`, or give its folder with -C DIR"));
        }
        let bytes = files::read(&path)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::config("is not UTF-8").at(path.display()))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Parses the text of a tapeline.toml; `place` names it in errors.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        let config: Config = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |s| line_of(text, s.start));
            Error::config(e.message().replace('\n', " "))
                .at(format!("{place}:{line}"))
                .hint("see the commented tapeline.toml that `tapeline init` writes")
        })?;
        time::zone(&config.project.zone).map_err(|e| e.at(place))?;
        if !(config.project.target_ratio > 0.0 && config.project.target_ratio < 1.0) {
            return Err(Error::config("target_ratio lies between 0 and 1")
                .at(place)
                .hint("write target_ratio = 0.995 for 99.5 %"));
        }
        Ok(config)
    }
}

/// 1-based line of a byte offset.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

fn utc() -> String {
    "UTC".to_owned()
}
fn lake_folder() -> PathBuf {
    PathBuf::from("lake")
}
fn reports_folder() -> PathBuf {
    PathBuf::from("reports")
}
fn target() -> f64 {
    0.995
}
fn latest() -> String {
    "latest".to_owned()
}
fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let text = "[project]\nname = \"x\"\ntarget_ration = 0.9\n";
        let error = Config::parse(text, "tapeline.toml").unwrap_err();
        assert_eq!(error.place.as_deref(), Some("tapeline.toml:3"));
        assert!(error.message.contains("target_ration"), "{}", error.message);
    }

    #[test]
    fn a_wrong_zone_is_refused() {
        let text = "[project]\nname = \"x\"\nzone = \"Europe/Berlinn\"\n";
        assert!(Config::parse(text, "t").unwrap_err().message.contains("Berlinn"));
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "***");
    }
}
