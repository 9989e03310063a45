//! The evidence package from outside: what `vacuum` leaves, what an auditor's own tools say of it
//! (bagit, trestle, DuckDB, OpenSSH), and what `verify` says of a changed one. Without a tool its test
//! says so and passes, unless `TAPELINE_REQUIRE_TOOLS=1`.

mod foreign;
mod pins;
mod signatures;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{tapeline, text};

/// Where the small project's package is written.
const PACKAGE: &str = "reports/2026Q3/evidence-2026Q3-nist-800-53.zip";

/// A few systems of the sample company, with their policies and restore tests, loaded and derived.
fn small_project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    let mut config = "[project]\nname = \"Small & Sons\"\nas_of = \"2026-10-01T06:00:00Z\"\n\
                      period = \"2026Q3\"\n"
        .to_owned();
    for (list, path) in [
        ("systems", "lists/systems.csv"),
        ("policies", "lists/policies.csv"),
        ("restore_tests", "exports/records/restore_tests.csv"),
    ] {
        let all = std::fs::read_to_string(sample.join(path)).unwrap();
        let some: Vec<&str> = all.lines().take(13).collect();
        std::fs::write(dir.path().join(format!("{list}.csv")), some.join("\n") + "\n").unwrap();
        config += &format!(
            "[[source]]\nid = \"{list}\"\nadapter = \"canonical.{list}\"\npath = \"{list}.csv\"\n"
        );
    }
    std::fs::write(dir.path().join("tapeline.toml"), config).unwrap();
    for verb in ["load", "derive"] {
        let done = tapeline(dir.path(), &[verb]);
        assert!(done.status.success(), "{verb}: {}", text(&done));
    }
    dir
}

/// Makes the package of a project; gives what the command said.
fn make_package(project: &Path) -> String {
    let made = tapeline(project, &["evidence", "--framework", "nist-800-53"]);
    assert_eq!(made.status.code(), Some(1), "restore tests fail: {}", text(&made));
    text(&made)
}

/// Members of a zip by name, as another zip reader finds them.
fn members(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

/// The bytes of the one member whose name ends so.
fn member(zip: &[u8], ending: &str) -> Vec<u8> {
    let mut found = members(zip).into_iter().filter(|(name, _)| name.ends_with(ending));
    let (_, bytes) = found.next().unwrap_or_else(|| panic!("{ending} is there"));
    assert!(found.next().is_none(), "{ending} is there once");
    bytes
}

/// A python with a module. None, and said so, when there is none and none is required.
fn python_with(module: &str) -> Option<&'static str> {
    let has = |python: &&str| {
        let run = Command::new(python).args(["-c", &format!("import {module}")]).output();
        run.is_ok_and(|out| out.status.success())
    };
    let found = ["python3", "python"].into_iter().find(has);
    if found.is_none() {
        skipped(&format!("python with {module} (pip install -r tests/python/requirements.txt)"));
    }
    found
}

/// Says that a tool is missing, or fails where tools are required.
fn skipped(tool: &str) {
    let is_required = std::env::var("TAPELINE_REQUIRE_TOOLS").is_ok_and(|v| v == "1");
    assert!(!is_required, "{tool} is required");
    eprintln!("SKIPPED: this test needs {tool}");
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(name)
}

#[test]
fn the_same_project_gives_the_same_package_in_a_run_and_alone() {
    let project = small_project();
    make_package(project.path());
    let first = std::fs::read(project.path().join(PACKAGE)).unwrap();
    make_package(project.path());
    assert!(first == std::fs::read(project.path().join(PACKAGE)).unwrap(), "made twice");
    let job = "[[job]]\nname = \"all\"\nschedule = \"0 2 * * *\"\n\
               run = [\"report capacity_plan\", \"report quarterly_review\", \"evidence nist-800-53\"]\n";
    let config = project.path().join("tapeline.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + job).unwrap();
    let run = tapeline(project.path(), &["run", "all"]);
    assert_eq!(run.status.code(), Some(1), "{}", crate::program::text(&run));
    assert!(first == std::fs::read(project.path().join(PACKAGE)).unwrap(), "after other reports");
    let page = std::fs::read(project.path().join("reports/2026Q3/quarterly_review.html")).unwrap();
    assert!(page == member(&first, "quarterly_review.html"), "the page is the one beside it");
}

#[test]
fn a_changed_package_ends_with_5_and_names_the_member() {
    let project = small_project();
    make_package(project.path());
    let zip = std::fs::read(project.path().join(PACKAGE)).unwrap();
    let whole = tapeline(project.path(), &["verify", PACKAGE, "--recompute"]);
    assert!(whole.status.success(), "{}", text(&whole));
    assert!(text(&whole).contains("every row agrees"), "{}", text(&whole));

    let index = zip.windows(11).position(|w| w == b"00-index.md").unwrap() + 20;
    let directory = zip.windows(11).rposition(|w| w == b"00-index.md").unwrap();
    let flipped = |at: usize| {
        let mut changed = zip.clone();
        changed[at] ^= 1;
        changed
    };
    let mut commented = zip.clone();
    let length_at = commented.len() - 2;
    commented[length_at] = 1;
    commented.push(b'x');
    for (what, bytes, named) in [
        ("a byte of a member", flipped(index), "data/00-index.md"),
        ("a name in the directory", flipped(directory), "data/00-index.md"),
        ("the end record", flipped(length_at - 2), "the end of the archive"),
        ("a byte more", [zip.as_slice(), b"x"].concat(), "the end of the archive"),
        ("a comment", commented, "the end of the archive"),
        ("nothing", Vec::new(), "the end of the archive"),
    ] {
        std::fs::write(project.path().join("changed.zip"), bytes).unwrap();
        let said = tapeline(project.path(), &["verify", "changed.zip"]);
        assert_eq!(said.status.code(), Some(5), "{what}: {}", text(&said));
        assert!(text(&said).contains(named), "{what}: {}", text(&said));
        assert!(text(&said).contains("hint: do not rely on this copy"), "{what}: {}", text(&said));
    }
}
