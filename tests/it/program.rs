//! Running the program as its users do, the sample company run once for all tests, small projects,
//! and everything a folder holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The built program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_tapeline");

/// Runs the program in a folder, in a zone and a locale that no expected value uses.
pub fn tapeline(dir: &Path, args: &[&str]) -> Output {
    run(dir, Command::new(PROGRAM).args(args))
}

/// Runs a command in a folder, in the same surroundings.
pub fn run(dir: &Path, command: &mut Command) -> Output {
    let command = command.current_dir(dir).env("TZ", "Asia/Kolkata").env("LC_ALL", "de_DE.UTF-8");
    let output = command.output().expect("the program runs");
    assert!(!text(&output).contains("panicked"), "no panic: {}", text(&output));
    output
}

/// Both streams.
pub fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The first run in an empty folder, which is the sample company.
pub struct Demo {
    _dir: tempfile::TempDir,
    /// The project that the run made.
    pub path: PathBuf,
    /// What the run printed.
    pub output: Output,
}

/// The sample company, run once for all tests that only look.
pub fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let output = tapeline(dir.path(), &["run"]);
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(1), "{}", text(&output));
        Demo { path: dir.path().join("tapeline-demo"), output, _dir: dir }
    })
}

/// Writes files into a folder, making their folders.
pub fn write(dir: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Rows that a query answers, as CSV cells by column.
pub fn csv(dir: &Path, args: &[&str]) -> Vec<BTreeMap<String, String>> {
    let mut all = vec!["-q", "query", "--format", "csv"];
    all.extend(args);
    let output = tapeline(dir, &all);
    assert!(output.status.success(), "{}", text(&output));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    let row = |r: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(r.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|r| row(r.unwrap())).collect()
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every folder and file below a folder, files with their bytes.
pub fn census(dir: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    fn walk(top: &Path, dir: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(top).unwrap().to_owned();
            if path.is_dir() {
                found.insert(name, None);
                walk(top, &path, found);
            } else {
                found.insert(name, Some(std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(dir, dir, &mut found);
    found
}

/// A python that can import these modules. Without one the test says so and passes, unless
/// `TAPELINE_REQUIRE_TOOLS=1`.
pub fn python_with(modules: &str) -> Option<&'static str> {
    let import = format!("import {modules}");
    let found = ["python3", "python"].into_iter().find(|python| {
        let run = Command::new(python).args(["-c", &import]).output();
        run.is_ok_and(|out| out.status.success())
    });
    if found.is_none() {
        let required = std::env::var("TAPELINE_REQUIRE_TOOLS").is_ok_and(|v| v == "1");
        let how = "pip install -r tests/python/requirements.txt";
        assert!(!required, "python with {modules} is required: {how}");
        eprintln!("SKIPPED: needs python with {modules} ({how})");
    }
    found
}
