//! The files that travel inside the binary: adapters, queries, report templates and the sample
//! company. A project's own file of the same path stands before one of these.

use include_dir::{Dir, include_dir};

static ADAPTERS: Dir = include_dir!("$CARGO_MANIFEST_DIR/adapters");
static QUERIES: Dir = include_dir!("$CARGO_MANIFEST_DIR/queries");
static TEMPLATES: Dir = include_dir!("$CARGO_MANIFEST_DIR/report_templates");
static SAMPLE: Dir = include_dir!("$CARGO_MANIFEST_DIR/sample_data");

/// Path inside the folder, and bytes.
pub type Files = Vec<(&'static str, &'static [u8])>;

/// All files of `adapters/`.
#[must_use]
pub fn adapters() -> Files {
    files(&ADAPTERS)
}
/// All files of `queries/`.
#[must_use]
pub fn queries() -> Files {
    files(&QUERIES)
}
/// All files of `report_templates/`.
#[must_use]
pub fn templates() -> Files {
    files(&TEMPLATES)
}
/// All files of `sample_data/`.
#[must_use]
pub fn sample() -> Files {
    files(&SAMPLE)
}

fn files(dir: &'static Dir<'static>) -> Files {
    let mut found = Vec::new();
    collect(dir, &mut found);
    found.sort_unstable_by_key(|(path, _)| *path);
    found
}

fn collect(dir: &'static Dir<'static>, found: &mut Files) {
    for file in dir.files() {
        if let Some(path) = file.path().to_str() {
            found.push((path, file.contents()));
        }
    }
    for inner in dir.dirs() {
        collect(inner, found);
    }
}
