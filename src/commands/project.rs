//! A project as the verbs see it: its folder, its configuration, the instant, and where things are.

use std::path::{Path, PathBuf};

use crate::catalog::Catalog;
use crate::cli::Global;
use crate::config::Config;
use crate::embedded;
use crate::error::Result;
use crate::ingest::library::AdapterLibrary;
use crate::lake::{At, Commit, Lake};
use crate::messages::Messages;
use crate::model::period::Period;
use crate::model::{tables, time};
use crate::reports::Resolver;

/// Program version in lineage and logs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a command was typed, before a project is looked for.
#[derive(Debug, Clone)]
pub struct Place {
    /// Options of every command.
    pub global: Global,
    /// Standard error.
    pub messages: Messages,
    /// The clock, read once, microseconds UTC.
    pub now_us: i64,
}

/// An opened project.
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// tapeline.toml.
    pub config: Config,
    /// Its tables.
    pub lake: Lake,
    /// The instant at which the world is looked at, microseconds UTC.
    pub as_of_us: i64,
    /// Standard error.
    pub messages: Messages,
    /// Folder of reports and evidence.
    pub out: PathBuf,
}

impl Place {
    /// Opens the project of this place.
    ///
    /// # Errors
    /// When there is no tapeline.toml, or it is wrong.
    pub fn open(&self) -> Result<Project> {
        self.open_at(&self.global.project)
    }

    /// Versions of the tables that are read: with `--as-of` those that were there at that instant,
    /// else the newest. `as_of` of tapeline.toml is the instant of calculation alone.
    #[must_use]
    pub fn at(&self, project: &Project) -> At {
        let asked = self.global.as_of.as_ref();
        asked.map_or(At::Newest, |_| At::AsOf(project.as_of_us))
    }

    /// Opens the project in a folder.
    ///
    /// # Errors
    /// When there is no tapeline.toml, or it is wrong.
    pub fn open_at(&self, root: &Path) -> Result<Project> {
        let config = Config::read(root)?;
        let as_of_us = match (&self.global.as_of, &config.project.as_of) {
            (Some(text), _) | (None, Some(text)) => time::parse_iso(text)?,
            (None, None) => self.now_us,
        };
        let out =
            self.global.out.clone().unwrap_or_else(|| root.join(&config.project.reports_folder));
        let lake = Lake::open(&root.join(&config.project.lake))?;
        let (root, messages) = (root.to_path_buf(), self.messages);
        Ok(Project { root, config, lake, as_of_us, messages, out })
    }
}

impl Project {
    /// The period asked for, else the project's, else the last whole quarter.
    ///
    /// # Errors
    /// When the text is no period.
    pub fn period(&self, asked: Option<&str>) -> Result<Period> {
        match asked.or(self.config.project.period.as_deref()) {
            Some(text) => Period::parse(text),
            None => Ok(Period::last_quarter(self.as_of_us)),
        }
    }

    /// What commits of this run say about themselves.
    #[must_use]
    pub fn commit(&self) -> Commit {
        Commit { as_of: self.as_of_us, program: VERSION.to_owned() }
    }

    /// The queries in force: ours, overridden file by file by the project's.
    ///
    /// # Errors
    /// When a query's header is wrong.
    pub fn catalog(&self) -> Result<Catalog> {
        catalog(Some(&self.root))
    }

    /// The adapters in force: ours, overridden by id by the project's.
    ///
    /// # Errors
    /// When an adapter is wrong.
    pub fn adapters(&self) -> Result<AdapterLibrary> {
        AdapterLibrary::load(&embedded::adapters(), Some(&self.root.join("adapters")))
    }

    /// A file of report_templates/: the project's own, else ours.
    #[must_use]
    pub fn templates(&self) -> Resolver {
        let own = self.root.join("report_templates");
        let embedded = embedded::templates();
        std::sync::Arc::new(move |path: &str| {
            let file = own.join(path);
            if let Ok(bytes) = std::fs::read(&file) {
                return Some(bytes);
            }
            embedded.iter().find(|(name, _)| *name == path).map(|(_, bytes)| bytes.to_vec())
        })
    }

    /// Text of a file of queries/ (rules, control map): the project's own, else ours.
    ///
    /// # Errors
    /// When the project's file cannot be read.
    pub fn query_file(&self, name: &str) -> Result<String> {
        let own = self.root.join("queries").join(name);
        let bytes = if own.exists() {
            crate::files::read(&own)?
        } else {
            let all = embedded::queries();
            all.iter().find(|(path, _)| *path == name).map_or_else(Vec::new, |(_, b)| b.to_vec())
        };
        String::from_utf8(bytes)
            .map_err(|_| crate::error::Error::config("is not UTF-8").at(format!("queries/{name}")))
    }
}

/// The queries in force for a project, or ours alone.
///
/// # Errors
/// When a query's header is wrong.
pub fn catalog(root: Option<&Path>) -> Result<Catalog> {
    let ours = embedded::queries();
    let mut files: Vec<(String, Vec<u8>)> =
        ours.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())).collect();
    if let Some(root) = root {
        files.extend(crate::catalog::files::read_folder(&root.join("queries"))?);
    }
    Catalog::new(files, &tables::all())
}
