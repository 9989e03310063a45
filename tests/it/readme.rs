//! The commands of README.md, run as a new user types them: every `sh` block in its order, each
//! line with its own exit code. The program under test stands where the README says `tapeline` or
//! `cargo run --locked --`. `bash` blocks speak of files that only the reader has.

use std::path::Path;
use std::process::Command;

use crate::program::{PROGRAM, demo, run, text};

/// The lines of each fenced `sh` block.
fn blocks() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let blocks = readme.split("\n```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    blocks.map(|block| block.lines().map(str::to_owned).collect()).collect()
}

/// A command without its comment.
fn command(line: &str) -> &str {
    line.split(" #").next().unwrap_or_default().trim()
}

#[test]
fn the_first_block_is_the_run_of_the_sample_company_and_this_test() {
    let blocks = blocks();
    let lines: Vec<&str> = blocks[0].iter().map(|line| command(line)).collect();
    // The first is what `demo` runs in an empty folder, the second is what runs here.
    assert_eq!(lines, ["cargo run --locked -- run", "cargo test --locked"]);
    let output = &demo().output;
    assert_eq!(output.status.code(), Some(1), "done with findings: {}", text(output));
    let results = "results: ./tapeline-demo/reports/index.html";
    assert!(text(output).contains(results), "{}", text(output));
    assert!(demo().path.join("reports/index.html").exists());
}

#[test]
fn every_command_for_an_own_project_works_in_the_order_of_the_readme() {
    let dir = tempfile::tempdir().unwrap();
    let programs = dir.path().join("programs");
    std::fs::create_dir(&programs).unwrap();
    std::os::unix::fs::symlink(PROGRAM, programs.join("tapeline")).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let blocks = blocks();
    let lines: Vec<&String> = blocks.iter().skip(1).flatten().collect();
    // After each line its number and exit code; folders and variables stay from line to line.
    let mut script = String::new();
    for (n, line) in lines.iter().enumerate() {
        script.push_str(&format!("{line}\necho {n} $? >> \"$CODES\"\n"));
    }
    let codes = dir.path().join("codes");
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).env("PATH", path).env("CODES", &codes);
    let home = dir.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let output = run(&home, &mut bash);
    let codes = std::fs::read_to_string(&codes).unwrap();
    let ended: Vec<&str> = codes.lines().collect();
    assert_eq!(ended.len(), lines.len(), "{codes}{}", text(&output));
    for (line, ended) in lines.iter().zip(ended) {
        let code = ended.rsplit(' ').next().unwrap();
        assert_eq!(code, "0", "{line}: {}", text(&output));
    }
    // The verbs that the README shows are those that were run, and they say what it promises.
    let verbs = ["init", "adapters", "load", "run", "query", "schedule", "verify"];
    for verb in verbs {
        let typed = format!("tapeline {verb}");
        assert!(lines.iter().any(|line| command(line).starts_with(&typed)), "{typed}");
    }
    for said in [
        "made backup-report/tapeline.toml",
        "bacula.catalog.job",
        "loaded lists: ",
        "results: ./reports/index.html",
        "quarterly",
        "every row agrees",
    ] {
        assert!(text(&output).contains(said), "{said} in {}", text(&output));
    }
    assert!(home.join("backup-report/reports/index.html").exists());
}
