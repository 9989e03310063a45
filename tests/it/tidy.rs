//! House rules as tests: the import table of ARCHITECTURE.md, sizes, headers, words, and documents
//! that keep in step with the code.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(dir) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    found.retain(|p| {
        let name = p.to_string_lossy();
        endings.iter().any(|e| name.ends_with(e))
    });
    found.sort();
    found
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref()).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Code outside `#[cfg(test)]` blocks; tests stand at the end of a file by house rule.
fn product_code(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// Rows of the table under "## Allowed imports": stage -> what it may name with `crate::`.
fn allowed_imports() -> BTreeMap<String, Vec<String>> {
    let text = read(root().join("ARCHITECTURE.md"));
    let section = text.split("## Allowed imports").nth(1).expect("section is there");
    let section = section.split("\n## ").next().unwrap();
    let mut table = BTreeMap::new();
    for line in section.lines().filter(|l| l.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let words = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        for stage in words(cells[0]) {
            table.insert(stage, words(cells[1]));
        }
    }
    table
}

#[test]
fn a_stage_imports_only_what_the_architecture_allows() {
    let allowed = allowed_imports();
    let mut wrong = Vec::new();
    for path in files("src", &[".rs"]) {
        let name = relative(&path);
        let stage = name.trim_start_matches("src/").split(['/', '.']).next().unwrap().to_owned();
        if ["main", "lib"].contains(&stage.as_str()) {
            continue;
        }
        let Some(may) = allowed.get(&stage) else {
            wrong.push(format!("{name}: `{stage}` is not in the table"));
            continue;
        };
        for (number, line) in product_code(&read(&path)).lines().enumerate() {
            for used in line.split("crate::").skip(1) {
                let used: String =
                    used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !used.is_empty() && used != stage && !may.contains(&used) {
                    wrong.push(format!("{name}:{}: `{stage}` must not use `{used}`", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_have_a_header_and_fit_the_page() {
    let mut wrong = Vec::new();
    for path in files("src", &[".rs"]).into_iter().chain(files("tests/it", &[".rs"])) {
        let (name, text) = (relative(&path), read(&path));
        if !text.starts_with("//!") {
            wrong.push(format!("{name}: no //! header"));
        }
        let lines = text.lines().count();
        if lines > 500 {
            wrong.push(format!("{name}: {lines} lines"));
        }
    }
    for path in files("queries", &[".sql"]) {
        let lines = read(&path).lines().count();
        // A staging query describes some forty columns in its header.
        if lines > 180 {
            wrong.push(format!("{}: {lines} lines", relative(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_query_names_a_vendor() {
    let vendors: Vec<String> = fs::read_dir(root().join("adapters"))
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_dir())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|v| !["canonical", "wrapper", "df"].contains(&v.as_str()))
        .collect();
    assert!(vendors.len() >= 5, "adapters/ is read");
    let mut wrong = Vec::new();
    for path in files("queries", &[".sql"]) {
        let text = read(&path).to_lowercase();
        for vendor in vendors.iter().filter(|v| text.contains(v.as_str())) {
            wrong.push(format!("{} names {vendor}", relative(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_main_reads_the_clock_and_only_config_the_environment() {
    let mut wrong = Vec::new();
    for path in files("src", &[".rs"]) {
        let name = relative(&path);
        let text = read(&path);
        let code = product_code(&text);
        for word in ["SystemTime::now", "Utc::now", "Local::now", "Instant::now"] {
            // The deadline of a child process is no data: it never reaches a row.
            let is_deadline = name == "src/ingest/open/command.rs" && word == "Instant::now";
            if code.contains(word) && name != "src/main.rs" && !is_deadline {
                wrong.push(format!("{name}: {word}"));
            }
        }
        for word in ["env::var", "env::current_dir"] {
            if code.contains(word) && name != "src/config.rs" {
                wrong.push(format!("{name}: {word}"));
            }
        }
        for word in ["println!(", "eprintln!(", "dbg!(", "todo!(", "unimplemented!("] {
            if code.contains(word) {
                wrong.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_adapter_has_its_sample_and_every_query_its_test() {
    let mut wrong = Vec::new();
    for path in files("adapters", &[".toml"]) {
        let stem = path.with_extension("");
        let expected = PathBuf::from(format!("{}.expected.csv", stem.display()));
        if !expected.exists() {
            wrong.push(format!("{} has no .expected.csv", relative(&path)));
        }
    }
    for folder in ["queries/metrics", "queries/checks"] {
        for path in files(folder, &[".sql"]) {
            if !path.with_extension("test.toml").exists() {
                wrong.push(format!("{} has no .test.toml", relative(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_template_switches_escaping_off() {
    let mut wrong = Vec::new();
    for path in files("report_templates", &[".j2"]) {
        let text = read(&path);
        for word in ["|safe", "| safe", "autoescape"] {
            if text.contains(word) {
                wrong.push(format!("{}: {word}", relative(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn guarantees_and_invariants_name_tests_that_exist() {
    let tests: String = files("tests/it", &[".rs"])
        .into_iter()
        .chain(files("src", &[".rs"]))
        .map(read)
        .collect::<Vec<_>>()
        .join("\n");
    let mut wrong = Vec::new();
    for document in ["GUARANTEES.md", "ARCHITECTURE.md", "SECURITY.md"] {
        for named in read(root().join(document)).split("test: `").skip(1) {
            let named = named.split('`').next().unwrap();
            if !tests.contains(&format!("fn {named}(")) {
                wrong.push(format!("{document} names `{named}`, which does not exist"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_has_its_reason() {
    let text = read(root().join("Cargo.toml"));
    let section = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let mut has_comment_above = false;
    for line in section.lines() {
        if line.starts_with('#') {
            has_comment_above = true;
        } else if line.contains(" = ") {
            assert!(has_comment_above || line.contains('#'), "no reason beside: {line}");
        } else {
            has_comment_above = false;
        }
    }
}
