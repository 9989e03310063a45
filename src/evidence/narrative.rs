//! The pages of a package that people read first. Markdown, because it needs no program; values of
//! foreign origin are put in code spans and lose what could end one.

use std::fmt::Write as _;

use super::package::{ControlRun, PackageInput};
use crate::model::time;

/// What data alone cannot show; said in every package.
const NOT_ASSESSABLE: &[&str] = &[
    "existence, approval and communication of policies and plans",
    "training, contracts and suppliers, physical security, key ceremonies",
    "adequacy of the recovery objectives themselves",
    "truth of registers kept by hand (restore tests, approvals) beyond their agreement with job data",
    "legal interpretation, including whether a control applies",
    "controls of systems that were not exported",
];

/// What an auditor does with a package; `PACKAGE` stands for its name.
const HOW_TO_CHECK: &str = "\
## How to check this package

With Tapeline: `tapeline verify PACKAGE.zip --recompute` accounts for every byte, and runs every
query again over `data/08-tables` and compares every row. With `--allowed-signers FILE` it also says
who signed.

Without Tapeline, by programs that others made:

1. **Files are as sealed.** `unzip PACKAGE.zip`, then `bagit.py --validate PACKAGE` (PyPI `bagit`), or
   in the folder `sha256sum -c manifest-sha256.txt tagmanifest-sha256.txt`.
2. **It is the package that was handed over.** If `PACKAGE.sig` came with it, with OpenSSH:

       ssh-keygen -Y verify -n tapeline-evidence -f ALLOWED -I SIGNER -s PACKAGE.sig < PACKAGE/tagmanifest-sha256.txt

   ALLOWED holds a line `SIGNER ssh-ed25519 AAAA...` with the signer's public key, which should reach
   you another way than the package. Without a signature, compare the SHA-256 of
   `tagmanifest-sha256.txt` with the digest that was written down when the package was made; the next
   package repeats it as `Previous-Package-SHA256` in `bag-info.txt`.
3. **The figures follow from the tables.** In the folder, `duckdb < data/07-method/recompute.sql` (or
   PyPI `duckdb`; the command stands in the script) computes every population and check again and
   compares them with `population.parquet` and `violations.parquet`. Each line should say that it
   agrees. A rate's verdict is statistics on top: there the counts are compared.
4. **The tables follow from the exports.** `data/03-ipe/load_log.csv` has, for every file that was read,
   its SHA-256 and its rows: in = loaded + duplicate + quarantined.

`query.sql` and `population.sql` are the statements as they were run, in a portable subset of SQL;
`recompute.sql` has the same in DuckDB's words. All instants are UTC. `data/05-oscal` has the verdicts as
OSCAL assessment results, `data/06-provenance` an in-toto statement.
";

/// `00-index.md`.
pub(super) fn index(input: &PackageInput) -> String {
    let mut text = String::new();
    let framework = &input.framework.1;
    let _ = writeln!(text, "# Backup evidence, {}\n", input.period);
    let _ = writeln!(text, "{} | {} {}\n", input.organisation, framework.name, framework.version);
    let _ = writeln!(text, "Looked at {}.\n", time::iso(input.as_of_us));
    let _ = writeln!(text, "| Control | Requirement in short | The data | Checks |");
    let _ = writeln!(text, "| --- | --- | --- | --- |");
    for run in &input.controls {
        let checks: Vec<String> =
            run.checks.iter().map(|c| format!("{} {}", c.id, c.verdict().word())).collect();
        let (id, requirement) = (&run.control.id, &run.control.requirement);
        let word = run.verdict().word();
        let _ = writeln!(text, "| {id} | {requirement} | {word} | {} |", checks.join(", "));
    }
    text.push_str("\n## What data alone cannot show\n\n");
    for item in NOT_ASSESSABLE {
        let _ = writeln!(text, "- {item}");
    }
    let _ = write!(text, "\n{}", HOW_TO_CHECK.replace("PACKAGE", &input.name));
    text
}

/// `narrative.md` of a control: the sentence first, then each check with its numbers.
pub(super) fn control(input: &PackageInput, run: &ControlRun) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {} {}\n", input.framework.1.name, run.control.id);
    let _ = writeln!(text, "{}\n", run.verdict().sentence(&run.control.id));
    let _ = writeln!(text, "Requirement in short: {}.\n", run.control.requirement);
    for check in &run.checks {
        let _ = writeln!(text, "## {} {}: {}\n", check.id, check.name, check.verdict().word());
        let _ = writeln!(text, "Passes when {}.\n", check.pass_when);
        for query in &check.queries {
            let finding = &query.finding;
            let _ = writeln!(
                text,
                "- `{}`: {} of {} rows violate; {} not proven; {} excepted. {}",
                query.rows.result.id,
                finding.violation_count,
                finding.population_count,
                finding.unproven_count,
                finding.exceptions.len(),
                finding.reason.as_deref().map_or(String::new(), |r| format!("{}.", code(r))),
            );
        }
        text.push('\n');
    }
    text
}

/// `07-method/definitions.md`: every query of the package in words.
pub(super) fn definitions(input: &PackageInput) -> String {
    let mut text = String::from("# Definitions\n\n");
    let mut seen = std::collections::BTreeMap::new();
    for run in &input.controls {
        for query in run.checks.iter().flat_map(|c| &c.queries) {
            for result in [&query.rows.result, &query.population.result] {
                seen.insert(result.id.clone(), result);
            }
        }
    }
    for (id, result) in seen {
        let _ = writeln!(text, "## `{id}`\n\n{}. Grain: {}.\n", result.says, result.grain);
        for column in &result.columns {
            let _ = writeln!(text, "- `{}`: {}", column.name, column.says);
        }
        text.push('\n');
    }
    text.push_str(
        "## Verdicts\n\n\
         pass: the population is not empty, all data are present, and no row violates but for\n\
         approved exceptions. fail: at least one violating row. partial: nothing fails, but part of\n\
         it could not be judged or a rate is not proven. not assessable: needed data are missing.\n",
    );
    text
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace(['`', '\n', '\r'], " "))
}
