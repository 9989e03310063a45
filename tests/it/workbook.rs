//! The capacity plan's workbook: what it carries beside its formulas is what LibreOffice computes,
//! for every scenario; text from outside stays text; equal input gives equal bytes. Without
//! soffice and openpyxl the comparison says so and passes, unless `TAPELINE_REQUIRE_TOOLS=1`.

mod company;

use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use tapeline::error::Result;
use tapeline::model::frame::{Cell, Column, Frame};
use tapeline::model::time;
use tapeline::reports::input::ReportInput;
use tapeline::reports::{Resolver, spec, workbook};

fn resolver() -> Resolver {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("report_templates");
    Arc::new(move |path| std::fs::read(folder.join(path)).ok())
}

fn render(input: &ReportInput) -> Result<Vec<u8>> {
    let resolver = resolver();
    workbook::render(&spec("capacity_plan", &resolver)?, input, &resolver)
}

fn with(settings: &[(&str, &str)]) -> ReportInput {
    let mut input = company::input();
    let cells = settings.iter().map(|(k, v)| ((*k).to_owned(), Cell::Text((*v).to_owned())));
    input.settings.extend(cells);
    input
}

/// Results without rows, as on the first day, and one that cannot be given at all.
fn empty() -> ReportInput {
    let mut input = company::input();
    for result in input.results.values_mut() {
        result.frame = result.frame.take(&[]);
    }
    let plans = input.results.get_mut("planned_additions").unwrap();
    plans.frame = Frame::new();
    plans.not_assessable = Some("table `growth_plans` has no rows".to_owned());
    input
}

/// What is rendered, under which name.
fn worlds() -> Vec<(&'static str, ReportInput)> {
    let mut no_prices = with(&[("scenario", "Base")]);
    let prices = no_prices.results.get_mut("price_list").unwrap();
    prices.frame = prices.frame.take(&[2]);
    vec![
        ("low", with(&[("scenario", "Low"), ("plan_counting", "Not at all")])),
        ("base", with(&[])),
        (
            "high",
            with(&[
                ("scenario", "High"),
                ("plan_counting", "In full"),
                ("charge_by", "Data written"),
            ]),
        ),
        ("no_prices", no_prices),
        ("other_currency", with(&[("currency", "USD")])),
        ("empty", empty()),
    ]
}

/// The text of all parts of the file whose name begins so.
fn parts(bytes: &[u8], prefix: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        if file.name().unwrap().starts_with(prefix) {
            file.read_to_string(&mut text).unwrap();
        }
    }
    text
}

/// A python with openpyxl, if LibreOffice is there too.
fn python() -> Option<&'static str> {
    let runs = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        output.is_ok_and(|out| out.status.success())
    };
    let python = ["python3", "python"].into_iter().find(|p| runs(p, &["-c", "import openpyxl"]))?;
    runs("soffice", &["--version"]).then_some(python)
}

#[test]
fn every_cell_is_what_libreoffice_computes_in_every_scenario() {
    let Some(python) = python() else {
        let required = std::env::var("TAPELINE_REQUIRE_TOOLS").is_ok_and(|v| v == "1");
        assert!(!required, "soffice and python with openpyxl are required");
        eprintln!("SKIPPED: needs soffice (libreoffice-calc) and python with openpyxl");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, input) in worlds() {
        let file = folder.path().join(format!("{name}.xlsx"));
        std::fs::write(&file, render(&input).unwrap_or_else(|e| panic!("{name}: {e}"))).unwrap();
        files.push(file);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/workbook_recalculate.py");
    let run = Command::new(python).arg(script).args(&files).output().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{said}{complained}");
}

#[test]
fn equal_input_gives_equal_bytes_and_another_scenario_other_bytes() {
    let base = render(&with(&[])).unwrap();
    assert!(base == render(&with(&[])).unwrap());
    assert!(base != render(&with(&[("scenario", "High")])).unwrap());
}

#[test]
fn text_from_outside_is_never_a_formula_or_a_link() {
    let bytes = render(&with(&[])).unwrap();
    let sheets = parts(&bytes, "xl/worksheets/");
    assert!(!sheets.contains("HYPERLINK") && !sheets.contains("<hyperlink"));
    assert!(parts(&bytes, "xl/sharedStrings.xml").contains("=HYPERLINK("));
}

#[test]
fn the_properties_hold_run_instant_and_table_versions() {
    let bytes = render(&with(&[])).unwrap();
    let properties = parts(&bytes, "docProps/");
    for part in [
        "2026-10-01T06:00:00Z-7d3f",
        "<dcterms:created xsi:type=\"dcterms:W3CDTF\">2026-10-01T06:00:00Z<",
        "Table storage_samples",
        "version 41, commit 5f5f",
        "Halden &amp; Frey Instruments",
    ] {
        assert!(properties.contains(part), "{part} in {properties}");
    }
}

#[test]
fn a_pool_without_a_forecast_says_so_and_is_in_no_sum() {
    let bytes = render(&with(&[])).unwrap();
    let sheets = parts(&bytes, "xl/worksheets/sheet3.xml");
    // 24 months of the one pool with too few samples.
    assert_eq!(sheets.matches("<v>no forecast</v>").count(), 24);
}

#[test]
fn a_plan_that_runs_counts_from_the_last_sample_of_its_pool() {
    let mut input = with(&[]);
    let frame = &mut input.results.get_mut("pool_forecast").unwrap().frame;
    // A quarter of the ramp that began in September was over, half of it is at the report's date.
    let sampled = time::parse_iso("2026-09-16T00:00:00Z").unwrap();
    frame.set("last_at", Column::Time(vec![Some(sampled); frame.height()])).unwrap();
    let plans = |input: &ReportInput| parts(&render(input).unwrap(), "xl/worksheets/sheet4.xml");
    assert!(plans(&input).contains("<v>0.25</v>"));
    assert!(!plans(&with(&[])).contains("<v>0.25</v>"));
}

#[test]
fn nan_in_a_result_is_refused_with_its_place() {
    let mut input = company::input();
    let frame = &mut input.results.get_mut("pool_forecast").unwrap().frame;
    let column = Column::Float(vec![Some(f64::NAN); frame.height()]);
    frame.set("smape", column).unwrap();
    let error = render(&input).unwrap_err().to_string();
    for part in ["capacity_plan/workbook.toml", "Back-test", "smape", "NaN"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn a_result_that_the_plan_needs_but_nobody_gave_is_named() {
    let mut input = company::input();
    input.results.remove("chargeback");
    let error = render(&input).unwrap_err().to_string();
    assert!(error.contains("there is no result `chargeback`"), "{error}");
}
