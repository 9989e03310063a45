//! All adapters that are in force: the built-in ones, and a project's own, which stand before a
//! built-in one of the same id. Every file is parsed once; a wrong one stops with its line.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::adapter::Adapter;
use super::canonical;
use super::columns::words::{CodeTable, hex};
use crate::error::{Error, Result};

/// Where an adapter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// Inside the program.
    BuiltIn,
    /// The project's.
    Project,
    /// The project's, in place of a built-in one.
    Overridden,
}

impl Provenance {
    /// The word in listings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Provenance::BuiltIn => "built-in",
            Provenance::Project => "project",
            Provenance::Overridden => "overridden",
        }
    }
}

/// An adapter with its neighbours.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The adapter.
    pub adapter: Adapter,
    /// Its text.
    pub text: String,
    /// Its file, for errors.
    pub place: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// SHA-256, hex, of its text and its code tables.
    pub digest: String,
    /// Code tables beside it, by name without `.csv`.
    pub codes: BTreeMap<String, Arc<CodeTable>>,
    /// Sample: file name and bytes.
    pub sample: Option<(String, Vec<u8>)>,
    /// Other files of the sample (`<shape>.sample/...`): path below that folder, bytes.
    pub sample_files: Vec<(String, Vec<u8>)>,
    /// Expected rows of the sample.
    pub expected: Option<String>,
}

/// All adapters by id.
#[derive(Debug, Clone, Default)]
pub struct AdapterLibrary {
    entries: BTreeMap<String, Arc<Entry>>,
}

type Files = BTreeMap<String, Vec<u8>>;

impl AdapterLibrary {
    /// Loads the built-in adapters (path below `adapters/`, bytes) and those of a project folder.
    ///
    /// # Errors
    /// Configuration: a file is no adapter; two files of one place have the same id.
    pub fn load(embedded: &[(&str, &[u8])], project_dir: Option<&Path>) -> Result<Self> {
        let mut library = AdapterLibrary::default();
        for adapter in canonical::all()? {
            let entry = Entry {
                text: String::new(),
                place: adapter.id.clone(),
                provenance: Provenance::BuiltIn,
                digest: hex(&Sha256::digest(format!("{} {}", adapter.id, adapter.version))),
                codes: BTreeMap::new(),
                sample: None,
                sample_files: Vec::new(),
                expected: None,
                adapter,
            };
            library.entries.insert(entry.adapter.id.clone(), Arc::new(entry));
        }
        let files = embedded.iter().map(|(p, b)| ((*p).to_owned(), b.to_vec())).collect();
        library.add(&files, "adapters", Provenance::BuiltIn)?;
        if let Some(dir) = project_dir.filter(|d| d.is_dir()) {
            let files = read_folder(dir)?;
            library.add(&files, &dir.display().to_string(), Provenance::Project)?;
        }
        Ok(library)
    }

    /// An adapter by id.
    ///
    /// # Errors
    /// Configuration: there is none; the hint has the nearest.
    pub fn get(&self, id: &str) -> Result<&Arc<Entry>> {
        self.entries.get(id).ok_or_else(|| {
            let ids: Vec<&str> = self.entries.keys().map(String::as_str).collect();
            Error::config(format!("there is no adapter `{id}`"))
                .hint(crate::error::nearest_hint(id, &ids))
        })
    }

    /// All adapters in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    fn add(&mut self, files: &Files, root: &str, provenance: Provenance) -> Result<()> {
        let mut own = BTreeMap::new();
        for (path, bytes) in files.iter().filter(|(p, _)| p.ends_with(".toml")) {
            let place = format!("{root}/{path}");
            let entry = entry(path, bytes, place.clone(), files, provenance)?;
            let id = entry.adapter.id.clone();
            if let Some(other) = own.insert(id.clone(), place.clone()) {
                return Err(Error::config(format!("has the id `{id}` of {other}")).at(place));
            }
            let is_known = self.entries.contains_key(&id);
            let provenance = match (provenance, is_known) {
                (Provenance::Project, true) => Provenance::Overridden,
                (p, _) => p,
            };
            self.entries.insert(id, Arc::new(Entry { provenance, ..entry }));
        }
        Ok(())
    }
}

/// One adapter with the files beside it.
fn entry(
    path: &str,
    bytes: &[u8],
    place: String,
    files: &Files,
    provenance: Provenance,
) -> Result<Entry> {
    let text =
        String::from_utf8(bytes.to_vec()).map_err(|_| Error::config("is not UTF-8").at(&place))?;
    let adapter = Adapter::parse(&text, &place)?;
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let shape = file.trim_end_matches(".toml");
    let beside = |name: &str| {
        if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
    };
    let mut codes = BTreeMap::new();
    let mut digest = Sha256::new().chain_update(&text);
    for name in tables_used(&adapter) {
        let csv = beside(&format!("{name}.csv"));
        if let Some(bytes) = files.get(&csv) {
            digest.update(bytes);
            codes.insert(name, Arc::new(CodeTable::parse(bytes, &csv)?));
        }
    }
    let sample_prefix = beside(&format!("{shape}.sample."));
    let sample = files.iter().find(|(p, _)| p.starts_with(&sample_prefix));
    let folder_prefix = beside(&format!("{shape}.sample/"));
    let sample_files = files.iter().filter_map(|(p, b)| {
        p.strip_prefix(&folder_prefix).map(|rest| (rest.to_owned(), b.clone()))
    });
    let expected = files.get(&beside(&format!("{shape}.expected.csv")));
    Ok(Entry {
        sample: sample.map(|(p, b)| (p.rsplit('/').next().unwrap_or(p).to_owned(), b.clone())),
        sample_files: sample_files.collect(),
        expected: expected.map(|b| String::from_utf8_lossy(b).into_owned()),
        digest: hex(&digest.finalize()),
        adapter,
        text,
        place,
        provenance,
        codes,
    })
}

fn tables_used(adapter: &Adapter) -> Vec<String> {
    let columns = adapter.columns.values().chain(adapter.attrs.values());
    let mut names: Vec<String> = columns.filter_map(|c| c.get_ref().0.table.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// All files below a folder, by their path in it.
fn read_folder(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut open = vec![dir.to_path_buf()];
    let failed = |path: &Path, e: std::io::Error| {
        Error::config(format!("cannot be read: {e}")).at(path.display())
    };
    while let Some(folder) = open.pop() {
        for item in std::fs::read_dir(&folder).map_err(|e| failed(&folder, e))? {
            let path = item.map_err(|e| failed(&folder, e))?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(below) = path.strip_prefix(dir) {
                let name = below.to_string_lossy().replace('\\', "/");
                files.insert(name, std::fs::read(&path).map_err(|e| failed(&path, e))?);
            }
        }
    }
    Ok(files)
}
