//! The renderer by small descriptions of its own: errors name sheet, cell and formula, long
//! tables go on to further sheets, arithmetic is the spreadsheet's.

use std::collections::BTreeMap;

use super::book::{Place, ROWS_MAX, Value};
use super::spec::WorkbookSpec;
use super::{data, evaluate, fill, plan, render_spec, words};
use crate::error::Result;
use crate::model::format::Format;
use crate::model::frame::{Cell, Column, Frame};
use crate::model::result::QueryResult;
use crate::model::time::parse_iso;
use crate::reports::input::{Period, ReportInput};
use crate::reports::spec::ReportSpec;

fn report() -> ReportSpec {
    let text = "title = \"Plan\"\nsays = \"s\"\noutputs = [\"xlsx\"]\n[settings]\nlimit = 0.8\n";
    ReportSpec::parse("plan", text).unwrap()
}

/// One result `data` with pools a, b, ... and their use.
fn input(used: &[i64]) -> ReportInput {
    let name = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap()).to_string();
    let pools = (0..used.len()).map(|at| Some(name(at))).collect();
    let frame = Frame::from_columns(vec![
        ("pool".to_owned(), Column::Text(pools)),
        ("used".to_owned(), Column::Int(used.iter().map(|u| Some(*u)).collect())),
    ])
    .unwrap();
    let result = QueryResult { id: "data".to_owned(), frame, ..QueryResult::default() };
    ReportInput {
        title: String::new(),
        period: Period { name: "2026Q3".to_owned(), from_us: 0, to_us: 1 },
        as_of: parse_iso("2026-10-01T06:00:00Z").unwrap(),
        organisation: "O".to_owned(),
        results: BTreeMap::from([("data".to_owned(), result)]),
        settings: BTreeMap::new(),
        run_id: "r".to_owned(),
        tables: BTreeMap::new(),
        format: Format::default(),
    }
}

fn parse(text: &str) -> WorkbookSpec {
    WorkbookSpec::parse("w.toml", text).unwrap()
}

/// A sheet with a table of `data` and further columns.
fn table(columns: &str) -> String {
    format!(
        "[[sheet]]\nname = \"S\"\ntitle = \"T\"\n[[sheet.block]]\nkind = \"table\"\n\
         name = \"pools\"\ndata = \"data\"\ncolumn = [\n\
         {{ name = \"pool\", title = \"Pool\" }},\n\
         {{ name = \"used\", title = \"Used\", total = \"sum\" }},\n{columns}]\n"
    )
}

fn render(text: &str, used: &[i64]) -> Result<Vec<u8>> {
    render_spec(&parse(text), &report(), &input(used), ROWS_MAX)
}

/// Sheets by name with their cells: constants as they are, formulas by their results.
fn shown(text: &str, used: &[i64], rows_max: u32) -> BTreeMap<String, BTreeMap<Place, String>> {
    shown_of(text, &input(used), rows_max)
}

fn shown_of(
    text: &str,
    input: &ReportInput,
    rows_max: u32,
) -> BTreeMap<String, BTreeMap<Place, String>> {
    let (spec, report) = (parse(text), report());
    let months = data::months(input.as_of, input.format.zone, spec.months);
    let words = words::Words::new(&spec, &report, input, &months);
    let plan = plan::plan(&spec, &report, input, &months, rows_max).unwrap();
    let book = fill::book(&plan, &words, input.format.zone, rows_max).unwrap();
    let results = evaluate::results(&book).unwrap();
    let sheets = book.sheets.iter().zip(&results);
    let cells = |(sheet, results): (&super::book::Sheet, &BTreeMap<Place, String>)| {
        let cells = sheet.cells.iter().map(|(place, entry)| {
            let text = match &entry.value {
                Value::Blank => String::new(),
                Value::Text(text) => text.clone(),
                Value::Number(x) => x.to_string(),
                Value::Formula(_) => results[place].clone(),
            };
            (*place, text)
        });
        (sheet.name.clone(), cells.collect())
    };
    sheets.map(cells).collect()
}

fn at(cells: &BTreeMap<Place, String>, address: &str) -> String {
    let place = super::book::place_of(address).unwrap();
    cells.get(&place).cloned().unwrap_or_else(|| panic!("{address} is empty"))
}

#[test]
fn formulas_carry_their_results() {
    let text = table(
        "{ name = \"share\", title = \"Share\", formula = \"={used}/{pools.used.total}\" },\n\
         { name = \"sum\", title = \"Sum\", formula = \"=N({sum.prev})+{used}\" },\n\
         { name = \"word\", title = \"Word\", formula = \"=IF({used}>1,\\\"big\\\",\\\"\\\")\" },\n",
    );
    let sheets = shown(&text, &[1, 3, 4], ROWS_MAX);
    let cells = &sheets["S"];
    // Title in row 1, heads in row 4, three rows, total in row 8.
    let found: Vec<String> =
        ["A4", "C5", "C6", "D7", "E5", "E6", "B8"].map(|a| at(cells, a)).into();
    assert_eq!(found, ["Pool", "0.125", "0.375", "8", "", "big", "8"]);
}

#[test]
fn a_month_is_the_same_day_in_every_table_and_zone() {
    let text = "months = 2\n[[sheet]]\nname = \"S\"\ntitle = \"T\"\n\
         [[sheet.block]]\nkind = \"cells\"\ntitle = \"C\"\nrow = [\n\
         { label = \"First\", name = \"first_month\", value = \"@start\", format = \"month\" },\n\
         { label = \"Sum\", formula = \"=SUMIFS({pools.used},{pools.month},first_month)\" },\n]\n\
         [[sheet.block]]\nkind = \"table\"\nname = \"pools\"\ndata = \"data\"\n\
         per_month = true\ncolumn = [\n{ name = \"pool\", title = \"Pool\" },\n\
         { name = \"month\", title = \"Month\", from = \"month_at\", format = \"month\" },\n\
         { name = \"used\", title = \"Used\" },\n]\n";
    for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
        let mut input = input(&[3, 4]);
        input.format.zone = zone.parse().unwrap();
        let sheets = shown_of(text, &input, ROWS_MAX);
        let cells: Vec<&String> = sheets["S"].values().collect();
        let after = |label: &str| cells.iter().skip_while(|c| **c != label).nth(1).unwrap();
        // October 2026 begins with day 46296 of Excel's calendar; both pools use 3 + 4.
        assert_eq!((after("First").as_str(), after("Sum").as_str()), ("46296", "7"), "{zone}");
        let months = cells.iter().filter(|c| ["46296", "46327"].contains(&c.as_str())).count();
        assert_eq!(months, 1 + 4, "{zone}");
    }
}

#[test]
fn a_formula_that_cannot_be_computed_names_sheet_cell_and_formula() {
    for (formula, gives) in [
        ("=1/0", "#DIV/0!"),
        ("=NOSUCH(1)", "#NAME?"),
        ("=1+", "#ERROR!"),
        ("=E5", "#CIRC!"),
        ("=\"12\"", "reads as a number"),
        ("=VLOOKUP(\"x\",A5:B6,2,FALSE)", "#N/A"),
    ] {
        let formula_text = formula.replace('"', "\\\"");
        let column = format!("{{ name = \"x\", title = \"X\", formula = \"{formula_text}\" }},\n");
        let column = if formula == "=E5" { column.replace("=E5", "=C5") } else { column };
        let error = render(&table(&column), &[1, 2]).unwrap_err();
        assert!(error.message.contains(gives), "{formula}: {error}");
        let place = error.place.unwrap();
        assert!(place.contains("`S`") && place.contains("C5"), "{formula}: {place}");
    }
}

#[test]
fn rows_that_do_not_fit_go_on_to_further_sheets() {
    let text = table("{ name = \"twice\", title = \"Twice\", formula = \"={used}*2\" },\n")
        .replace(", total = \"sum\"", "");
    let used: Vec<i64> = (1..=20).collect();
    // Ten rows a sheet: six below the heads in row 4, then six on each further one.
    let sheets = shown(&text, &used, 10);
    assert_eq!(sheets.keys().collect::<Vec<_>>(), ["S", "S (2)", "S (3)", "S (4)"]);
    let column = |name: &str| {
        let cells = sheets[name].iter();
        let twice = cells.filter(|(place, _)| place.column == 2 && place.row > 3);
        twice.map(|(_, text)| text.parse::<i64>().unwrap()).collect::<Vec<_>>()
    };
    let all: Vec<i64> = ["S", "S (2)", "S (3)", "S (4)"].into_iter().flat_map(column).collect();
    assert_eq!(all, (1..=20).map(|n| n * 2).collect::<Vec<_>>());
    assert!(sheets.values().all(|cells| cells.keys().all(|place| place.row < 10)));
}

#[test]
fn a_formula_over_a_table_that_was_split_is_refused() {
    let (spec, report) = (parse(&table("")), report());
    let used: Vec<i64> = (1..=20).collect();
    assert!(render_spec(&spec, &report, &input(&used), 10).is_ok(), "a sum of its own sheet");
    let text = table("{ name = \"x\", title = \"X\", formula = \"=SUM({pools.used})\" },\n");
    let error = render_spec(&parse(&text), &report, &input(&used), 10).unwrap_err();
    assert!(error.message.contains("more rows than a sheet"), "{error}");
}

#[test]
fn large_byte_counts_are_shown_in_gib_with_the_exact_bytes_beside() {
    let text = table("").replace("total = \"sum\"", "scale = \"bytes\"");
    let exact = 9_007_199_254_740_993;
    let sheets = shown(&text, &[exact, 1_073_741_824], ROWS_MAX);
    let cells = &sheets["S"];
    let found: Vec<String> = ["B4", "C4", "B6", "C5", "C6"].map(|a| at(cells, a)).into();
    let want = ["Used (GiB)", "Used (exact bytes)", "1", "9007199254740993", "1073741824"];
    assert_eq!(found, want);
    let sheets = shown(&text, &[exact - 1], ROWS_MAX);
    assert_eq!(at(&sheets["S"], "B4"), "Used (bytes)");
    assert_eq!(at(&sheets["S"], "B5"), "9007199254740992");
}

#[test]
fn long_texts_are_cut_and_counted() {
    let text = "[[sheet]]\nname = \"S\"\ntitle = \"T\"\n[[sheet.block]]\nkind = \"cells\"\n\
                row = [{ label = \"cut\", value = \"@cut_count\" }]\n[[sheet.block]]\n\
                kind = \"table\"\nname = \"pools\"\ndata = \"data\"\n\
                column = [{ name = \"pool\", title = \"Pool\" }]\n";
    let (spec, report, mut input) = (parse(text), report(), input(&[1, 2]));
    let frame = &mut input.results.get_mut("data").unwrap().frame;
    let texts = vec![Some("x".repeat(40_000)), Some("short".to_owned())];
    frame.set("pool", Column::Text(texts)).unwrap();
    let months = data::months(input.as_of, input.format.zone, 1);
    let words = words::Words::new(&spec, &report, &input, &months);
    let plan = plan::plan(&spec, &report, &input, &months, ROWS_MAX).unwrap();
    let book = fill::book(&plan, &words, input.format.zone, ROWS_MAX).unwrap();
    assert_eq!(book.cut_count, 1);
    let cell = &book.sheets[0].cells[&super::book::place_of("B4").unwrap()];
    assert_eq!(cell.value, Value::Text("1".to_owned()));
    assert!(
        super::write::bytes(
            &book,
            &evaluate::results(&book).unwrap(),
            &input,
            &super::write::Labels { title: "T".into(), says: "s".into(), as_of: "a".into() }
        )
        .is_ok()
    );
}

#[test]
fn wrong_descriptions_are_refused_with_a_reason() {
    let cases = [
        ("name = \"pools\"", "name = \"q1\"", "`q1` is no name"),
        ("name = \"S\"", "name = \"a/b\"", "no name for a sheet"),
        ("title = \"Used\"", "title = \"pool\"", "there twice"),
        ("name = \"used\"", "name = \"usd\"", "`usd` is missing"),
        ("total = \"sum\"", "totals = \"sum\"", "unknown field"),
        ("total = \"sum\"", "format = \"mony\"", "no number format"),
        ("total = \"sum\"", "mark = [{ tone = \"bad\" }]", "one of `over`"),
        ("data = \"data\"", "data = \"date\"", "no result `date`"),
        ("data = \"data\"", "data = \"@day\"", "no source of rows"),
    ];
    for (from, to, message) in cases {
        let text = table("").replacen(from, to, 1);
        assert_ne!(text, table(""), "{from}");
        let made = WorkbookSpec::parse("w.toml", &text)
            .and_then(|spec| render_spec(&spec, &report(), &input(&[1]), ROWS_MAX));
        let error = made.map(|_| ()).unwrap_err();
        assert!(error.message.contains(message), "{to}: {error}");
    }
}

#[test]
fn settings_of_the_project_win_and_unknown_ones_are_named() {
    let text = "[[sheet]]\nname = \"S\"\ntitle = \"T\"\n[[sheet.block]]\nkind = \"cells\"\n\
                row = [{ label = \"Limit\", name = \"limit\", setting = \"limit\" }]\n";
    assert_eq!(at(&shown(text, &[1], ROWS_MAX)["S"], "B4"), "0.8");
    let mut changed = input(&[1]);
    changed.settings.insert("limit".to_owned(), Cell::Float(f64::NAN));
    let error = render_spec(&parse(text), &report(), &changed, ROWS_MAX).unwrap_err();
    assert!(error.message.contains("no setting `limit`"), "{error}");
    let error = render(&text.replace("setting = \"limit\"", "setting = \"limits\""), &[1]);
    assert!(error.unwrap_err().message.contains("no setting `limits`"));
}
