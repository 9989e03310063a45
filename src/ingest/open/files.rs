//! Files by path or glob below the project root. Nothing outside the root is opened: a pattern
//! with `..` is refused, and so is a match whose links end outside.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::{Input, Limits, zipped};
use crate::error::{Error, Result};

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// The inputs that a path names, in the order of their names.
pub(super) fn find(root: &Path, path: &str, limits: &Limits) -> Result<Vec<Input>> {
    let inside = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if path.is_empty() || !inside {
        return Err(Error::config(format!("\"{path}\" leaves the project folder"))
            .hint("give a path below the project folder; copy or mount the exports there"));
    }
    let root = root.canonicalize().map_err(|e| {
        Error::config("the project folder cannot be opened").at(root.display()).because(e)
    })?;
    let (file, members) = split_archive(path);
    let mut inputs = Vec::new();
    for found in matches(&root, file)? {
        let name = name_below(&root, &found);
        let real = resolve(&root, &found).map_err(|e| e.at(&name))?;
        if has_ending(&name, "zip") {
            inputs.extend(zipped::members(&real, &name, members.as_ref(), limits)?);
        } else {
            inputs.push(Input::file(name, &real, limits)?);
        }
    }
    Ok(inputs)
}

/// `in/a.zip/*.csv` -> the archive and a pattern over its members.
fn split_archive(path: &str) -> (&str, Option<Pattern>) {
    let mut end = 0;
    for part in path.split_inclusive('/') {
        end += part.len();
        if let Some(archive) = part.strip_suffix('/')
            && has_ending(archive, "zip")
            && let (Some(file), Some(members)) = (path.get(..end - 1), path.get(end..))
            && let Ok(pattern) = Pattern::new(members)
        {
            return (file, Some(pattern));
        }
    }
    (path, None)
}

fn matches(root: &Path, path: &str) -> Result<Vec<PathBuf>> {
    let literal = root.join(path);
    if literal.is_file() {
        return Ok(vec![literal]);
    }
    if !path.contains(['*', '?', '[']) {
        return Err(missing(&literal, path));
    }
    let whole = format!("{}/{path}", Pattern::escape(&root.to_string_lossy()));
    let found = glob::glob_with(&whole, OPTIONS).map_err(|e| {
        Error::config(format!("\"{path}\" is no glob")).because(e.msg).hint("write [[] for a [")
    })?;
    let mut paths = Vec::new();
    for entry in found {
        let entry = entry.map_err(|e| {
            Error::storage("cannot be listed").at(e.path().display()).because(e.error())
        })?;
        if !entry.is_dir() {
            paths.push(entry);
        }
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn missing(literal: &Path, path: &str) -> Error {
    if literal.is_dir() {
        return Error::config("is a folder").at(path).hint(format!("write \"{path}/*\""));
    }
    if literal.symlink_metadata().is_ok_and(|m| !m.is_symlink()) {
        return Error::input("is not a regular file").at(path);
    }
    let error = Error::config("does not exist").at(path);
    let mut beside: Vec<String> = literal
        .parent()
        .and_then(|folder| folder.read_dir().ok())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    beside.sort();
    beside.truncate(5);
    if beside.is_empty() {
        error.hint("create the folder and put the export there, or correct `path` of the source")
    } else {
        error.hint(format!("its folder holds: {}", beside.join(", ")))
    }
}

/// The real path of a match, which must be a regular file below the root.
fn resolve(root: &Path, found: &Path) -> Result<PathBuf> {
    let real = found
        .canonicalize()
        .map_err(|e| Error::input("cannot be opened").because(e).hint("is the link broken?"))?;
    if !real.starts_with(root) {
        return Err(Error::input("is a link that leaves the project folder")
            .hint("copy the file into the project folder"));
    }
    if !real.is_file() {
        return Err(Error::input("is not a regular file"));
    }
    Ok(real)
}

fn name_below(root: &Path, path: &Path) -> String {
    let parts: Vec<_> = path
        .strip_prefix(root)
        .unwrap_or(path)
        .components()
        .filter(|part| !matches!(part, Component::CurDir))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
