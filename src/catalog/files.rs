//! The query files of a folder, as paths relative to it and bytes. It reads; it never judges.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// All `.sql` and `.test.toml` files below a project's `queries` folder, sorted by path; none
/// when the folder does not exist.
///
/// # Errors
/// When the folder or a file cannot be read.
pub fn read_folder(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    if folder.is_dir() {
        walk(folder, "", &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let failed = |path: &Path, e: &std::io::Error| {
        Error::config(format!("cannot be read: {e}"))
            .at(path.display())
            .hint("check the path and its permissions")
    };
    for entry in fs::read_dir(folder).map_err(|e| failed(folder, &e))? {
        let path = entry.map_err(|e| failed(folder, &e))?.path();
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
            continue;
        };
        let inner = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
        if path.is_dir() {
            walk(&path, &inner, found)?;
        } else if name.ends_with(".sql") || name.ends_with(".test.toml") {
            let bytes = fs::read(&path).map_err(|e| failed(&path, &e))?;
            found.push((inner, bytes));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_query_and_test_files_are_taken_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["metrics", "facts"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        for file in ["metrics/b.sql", "facts/a.sql", "facts/a.test.toml", "controls.toml", "x.md"] {
            fs::write(dir.path().join(file), b"x").unwrap();
        }
        let found = read_folder(dir.path()).unwrap();
        let paths: Vec<_> = found.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(paths, ["facts/a.sql", "facts/a.test.toml", "metrics/b.sql"]);
        assert!(read_folder(&dir.path().join("none")).unwrap().is_empty());
    }
}
