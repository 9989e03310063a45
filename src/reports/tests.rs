//! Tests of whole reports: determinism, foreign markup, small numbers, missing data, errors.

use std::collections::BTreeMap;

use super::document::{Block, Callout, Role, plain_text};
use super::input::{Period, ReportInput};
use super::*;
use crate::model::format::Format;
use crate::model::frame::{Cell, Column, Frame, Type};
use crate::model::result::QueryResult;
use crate::model::time::parse_iso;

const ID: &str = "quarterly_review";

macro_rules! embedded {
    ($($path:literal)*) => {
        &[$(($path, include_bytes!(concat!("../../report_templates/", $path)) as &[u8])),*]
    };
}

/// The files of the repository.
const FILES: &[(&str, &[u8])] = embedded![
    "theme/layout.html.j2" "theme/index.html.j2" "theme/style.css" "theme/sentences.md.j2"
    "theme/fonts/inter-regular.woff2" "theme/fonts/inter-semibold.woff2"
    "quarterly_review/report.toml" "quarterly_review/body.md.j2"
];

/// The repository's files, some of them replaced.
fn resolver_with(own: &'static [(&'static str, &'static str)]) -> Resolver {
    Arc::new(move |path| {
        let own = own.iter().find(|(p, _)| *p == path).map(|(_, text)| text.as_bytes());
        own.or_else(|| FILES.iter().find(|(p, _)| *p == path).map(|(_, b)| *b)).map(<[u8]>::to_vec)
    })
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn float(value: f64) -> Cell {
    Cell::Float(value)
}

/// A result from `name:type` columns (t, i, f, b, at) and rows.
fn result(id: &str, columns: &str, rows: Vec<Vec<Cell>>) -> QueryResult {
    let mut frame: Vec<(String, Column)> = Vec::new();
    for column in columns.split(' ') {
        let (name, kind) = column.split_once(':').unwrap();
        let kind = match kind {
            "t" => Type::Text,
            "i" => Type::Int,
            "f" => Type::Float,
            "b" => Type::Bool,
            _ => Type::Time,
        };
        frame.push((name.to_owned(), Column::empty(kind)));
    }
    for row in rows {
        for ((_, column), cell) in frame.iter_mut().zip(row) {
            column.push(cell).unwrap();
        }
    }
    let frame = Frame::from_columns(frame).unwrap();
    QueryResult { id: id.into(), title: id.replace('_', " "), frame, ..QueryResult::default() }
}

fn rate_row(head: &[&str], k: i64, n: i64, verdict: &str) -> Vec<Cell> {
    #[expect(clippy::cast_precision_loss, reason = "small test numbers")]
    let value = k as f64 / n as f64;
    let mut row: Vec<Cell> = head.iter().map(|h| text(h)).collect();
    row.extend([Cell::Int(k), Cell::Int(n), float(value), float(value - 0.01), float(1.0)]);
    row.push(text(verdict));
    row
}

/// Every metric of the review; `name` stands for all names from outside.
fn results(name: &str, n: i64, failed: i64, verdict: &str, cases: i64) -> Vec<QueryResult> {
    let at = |t: &str| Cell::Time(parse_iso(t).unwrap());
    let rate = "k:i n:i value:f lo:f hi:f verdict:t";
    let enough = cases >= 6;
    let median = |x: f64| if enough { float(x) } else { Cell::Null };
    let durations = |id: &str| {
        let row = vec![
            text("all"), Cell::Int(cases), Cell::Int(1), median(7560.0), median(6500.0),
            median(9000.0), Cell::Null, Cell::Null,
        ];
        let columns = "severity:t n:i open_n:i median_s:f lo_s:f hi_s:f p75_s:f p90_s:f";
        result(id, columns, vec![row])
    };
    let ok = n - failed;
    vec![
        result("success_rate_by_tier", &format!("tier:t month:t {rate}"), vec![
            rate_row(&["1", "2026-07"], ok, n, verdict),
            rate_row(&["1", "2026-08"], n, n, "too_few_runs"),
        ]),
        result("success_rates_period", &format!("tier:t rate:t policy:t {rate}"), vec![
            rate_row(&["all", "expected_run", "vendor"], ok, n, verdict),
            rate_row(&["1", "expected_run", "vendor"], ok, n, verdict),
        ]),
        result("success_rate_bridge", "policy:t position:i step:t amount:t value:f n:i", vec![
            vec![text("vendor"), Cell::Int(1), text("attempts"), text("level"), float(0.9), Cell::Int(9)],
            vec![text("vendor"), Cell::Int(2), text("expected"), text("level"), float(0.8), Cell::Int(9)],
        ]),
        result("success_worst_systems", &format!("system_id:t tier:t {rate}"),
            vec![rate_row(&[name, "1"], ok, n, verdict)]),
        result("expected_run_days", "system_id:t backup_day:t outcome:t",
            vec![vec![text(name), text("2026-07-01"), text("failed")]]),
        result("failure_class_share", "class:t k:i n:i",
            vec![vec![text(name), Cell::Int(3), Cell::Int(3)]]),
        result("recurring_failures",
            "signature:t class:t system_count:i n:i first_at:at last_at:at",
            vec![vec![text(name), text("storage"), Cell::Int(1), Cell::Int(2),
                at("2026-07-01"), at("2026-07-02")]]),
        result("silent_failures",
            "system_id:t kind:t since_at:at detected_at:at detection_delay_s:f",
            vec![vec![text(name), text("no_attempt"), at("2026-07-01"), Cell::Null, Cell::Null]]),
        result("start_delay", "server:t n:i late_count:i median_s:f p90_s:f",
            vec![vec![text(name), Cell::Int(9), Cell::Int(1), float(12.0), Cell::Null]]),
        result("duration_drift", "environment:t object:t n:i shift_ratio:f lo:f hi:f is_flagged:b",
            vec![vec![text(name), text(name), Cell::Int(30), float(0.3), float(0.2), float(0.4),
                Cell::Bool(true)]]),
        result("failures_after_changes",
            "change_type:t k:i n:i control_k:i control_n:i ratio:f lo:f hi:f is_associated:b",
            vec![vec![text(name), Cell::Int(9), Cell::Int(60), Cell::Int(12), Cell::Int(400),
                float(5.0), float(1.86), float(12.93), Cell::Bool(true)]]),
        durations("mttd"), durations("mtta"), durations("mttr_resolve"), durations("mttr_restore"),
        result("incident_cases",
            "incident_id:t system_id:t severity:t detected_at:at resolve_s:f",
            vec![vec![text(name), text(name), text("all"), at("2026-07-01"), float(3000.0)]]),
        result("rpo_exposure",
            "system_id:t tier:t rpo_s:f worst_s:f compliance_ratio:f breach_count:i e_now_s:f",
            vec![vec![text(name), text("1"), float(86_400.0), float(97_200.0), float(0.875),
                Cell::Int(6), float(140_000.0)]]),
        result("exposure_over_150_percent",
            "system_id:t tier:t rpo_s:f e_now_s:f exception_until:at",
            vec![vec![text(name), text("1"), float(86_400.0), float(140_000.0), Cell::Null]]),
        result("rta_by_tier", &format!("tier:t {rate} rto_s:f median_s:f lo_s:f hi_s:f"),
            vec![{
                let mut row = rate_row(&["1"], 3, 4, "too_few_runs");
                row.extend([float(14_400.0), Cell::Null, Cell::Null, Cell::Null]);
                row
            }]),
        result("rto_not_demonstrated", "system_id:t tier:t rto_s:f last_test_at:at test_every_s:f",
            vec![vec![text(name), text("1"), float(3600.0), Cell::Null, float(1.0)]]),
        result("storage_use", "pool:t at:at used_bytes:i capacity_bytes:i", vec![
            vec![text(name), at("2026-01-01"), Cell::Int(1 << 40), Cell::Int(1 << 41)],
            vec![text(name), at("2026-09-01"), Cell::Int(3 << 39), Cell::Int(1 << 41)],
        ]),
        result("pool_forecast_path", "pool:t at:at p50:i p10:i p90:i", vec![vec![text(name),
            at("2027-06-01"), Cell::Int(1 << 41), Cell::Int(3 << 39), Cell::Int(5 << 39)]]),
        result("pool_forecast",
            "pool:t full_p10_at:at full_p50_at:at full_p90_at:at refusal:t",
            vec![vec![text(name), at("2027-03-10"), at("2027-06-01"), Cell::Null, Cell::Null]]),
        result("load_quality",
            "source_id:t coverage:t rows_in:i loaded:i duplicate:i quarantined:i",
            vec![vec![text(name), text("survivors"), Cell::Int(5), Cell::Int(4), Cell::Int(0),
                Cell::Int(1)]]),
    ]
}

fn input(name: &str, results: Vec<QueryResult>) -> ReportInput {
    ReportInput {
        title: String::new(),
        period: Period {
            name: "2026Q3".into(),
            from_us: parse_iso("2026-07-01").unwrap(),
            to_us: parse_iso("2026-10-01").unwrap(),
        },
        as_of: parse_iso("2026-10-02T06:00:00Z").unwrap(),
        organisation: name.into(),
        results: results.into_iter().map(|r| (r.id.clone(), r)).collect(),
        settings: BTreeMap::new(),
        run_id: name.into(),
        tables: BTreeMap::new(),
        format: Format::default(),
    }
}

fn ordinary(name: &str) -> ReportInput {
    input(name, results(name, 92, 1, "watch", 12))
}

fn page(input: &ReportInput) -> String {
    String::from_utf8(render(ID, input, &resolver_with(&[])).unwrap().html).unwrap()
}

#[test]
fn equal_input_gives_equal_bytes() {
    let (a, b) = (ordinary("erp"), ordinary("erp"));
    assert_eq!(page(&a), page(&b));
}

/// Elements with the names of their attributes, in order.
fn elements(html: &str) -> Vec<String> {
    let mut out = Vec::new();
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        let mut name = String::new();
        let mut is_quoted = false;
        for c in tag.chars() {
            match c {
                '"' => is_quoted = !is_quoted,
                c if !is_quoted => name.push(c),
                _ => {}
            }
        }
        // Lines of wrapped text and anchors by length depend on the text itself.
        if !name.starts_with("text") && !name.starts_with("/text") {
            out.push(name);
        }
    }
    out
}

#[test]
fn markup_in_names_stays_text_everywhere() {
    let payloads = [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</style><style>*{display:none}",
        "</svg></figure><h1>x</h1>",
        "<!-- x -->",
        "&lt;b&gt;x&lt;/b&gt;",
        "[x](javascript:alert(1))",
        "![x](https://example.org/x.png)",
        "<https://example.org>",
        "**bold** _em_ `code` ~~x~~",
        "# heading\n\n- item\n\n    code",
        "> [!CAUTION]\n> x",
        "1. x\n2. y",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "---",
        "{{ 7*7 }}{% raw %}{% endraw %}",
        "\u{e000}0\u{e001}",
        "a\u{202e}b\u{0}c",
        "[x]: https://example.org",
        "url(https://example.org/x) expression(1)",
        "' onmouseover='alert(1)",
    ];
    let plain = elements(&page(&ordinary("erp-database-of-the-northern-site")));
    for payload in payloads {
        let html = page(&ordinary(payload));
        // The class of a short row name is the only thing that a name's length may change.
        assert_eq!(elements(&html), plain, "{payload}");
        let body = html.split("</style>").nth(1).unwrap();
        for forbidden in ["<script", "<img", "onerror=a", "style=\"", "<style", "javascript:alert(1)\""]
        {
            assert!(!body.contains(forbidden), "{payload} gave {forbidden}");
        }
    }
}

#[test]
fn the_page_allows_exactly_its_own_style_sheet_and_asks_for_nothing() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let html = page(&ordinary("erp"));
    let style = html.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    assert!(html.contains(&format!("style-src 'sha256-{hash}';")));
    assert!(html.contains("default-src 'none'"));
    assert_eq!(style.matches("data:font/woff2;base64,").count(), 2);
    for forbidden in ["http://example", "src=\"http", "<link", "<script", " style=", "url(\"fonts"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

/// Sentences that a reader sees first: findings and the summary.
fn sentences(blocks: &[Block]) -> Vec<String> {
    let mut out = Vec::new();
    for block in blocks {
        match block {
            Block::Callout(Callout { role: Role::Method | Role::Absent, .. }) => {}
            Block::Callout(callout) => out.extend(sentences(&callout.blocks)),
            Block::List { items, .. } => out.extend(items.iter().flat_map(|i| sentences(i))),
            Block::Paragraph(text) => out.push(plain_text(text).replace('\u{a0}', " ")),
            _ => {}
        }
    }
    out
}

#[test]
fn sentences_about_few_cases_use_no_statistical_term_and_no_average() {
    let few = input("erp", results("erp", 4, 1, "watch", 4));
    let some = input("erp", results("erp", 92, 1, "watch", 92));
    let proven = input("erp", results("erp", 92, 0, "too_few_runs", 5));
    let missed = input("erp", results("erp", 92, 3, "breach", 5));
    let cases: [(&ReportInput, &[&str]); 4] = [
        (&few, &["1 of 4 runs failed", "Five incidents, listed below; too few for an average."]),
        (&some, &["1 of 92 runs failed; that is below target on paper", "within 2.1 h"]),
        (&proven, &["no failures, but 92 runs cannot prove 99.5 % (736 would)."]),
        (&missed, &["3 of 92 runs failed, more than bad luck can explain at a 99.5 % target."]),
    ];
    for (input, wanted) in cases {
        let document = render(ID, input, &resolver_with(&[])).unwrap().document;
        let all = sentences(&document.blocks).join("\n");
        for word in ["p95", "p-value", "ensored", "Clopper", "MTTR", "percentile", "average of"] {
            assert!(!all.contains(word), "{word} in:\n{all}");
        }
        // Percentages are targets, never rates or trends of few runs.
        let percents = all.matches(" %").count();
        assert_eq!(percents, all.matches("99.5 %").count(), "{all}");
        for text in wanted {
            assert!(all.contains(text), "`{text}` is missing in:\n{all}");
        }
    }
}

#[test]
fn a_source_of_survivors_is_said_to_give_no_success_rate() {
    let document = render(ID, &ordinary("restic"), &resolver_with(&[])).unwrap().document;
    let all = sentences(&document.blocks).join("\n");
    let want = "restic: this source lists only backups that exist, so no success rate can be \
                computed from it.";
    assert!(all.contains(want), "{all}");
}

#[test]
fn empty_and_not_assessable_metrics_render_and_say_why() {
    for is_empty in [true, false] {
        let mut all = results("erp", 92, 1, "watch", 12);
        for result in &mut all {
            result.frame = if is_empty { result.frame.take(&[]) } else { Frame::new() };
            if !is_empty {
                result.not_assessable = Some("table policies has no rows".into());
            }
        }
        let html = page(&input("erp", all));
        let want = if is_empty {
            "nothing to show for this period."
        } else {
            "not assessable; table policies has no rows."
        };
        assert!(html.contains(want));
        assert!(!html.contains("0.0") || !is_empty, "no figure is made up");
    }
}

#[test]
fn a_metric_that_was_not_computed_is_named_with_the_way_out() {
    let mut input = ordinary("erp");
    input.results.remove("silent_failures");
    let error = render(ID, &input, &resolver_with(&[])).unwrap_err();
    assert_eq!(error.message, "metric `silent_failures` is not among the results of this report");
    assert!(error.place.unwrap().starts_with("report_templates/quarterly_review/body.md.j2:"));
    let hint = error.hint.unwrap();
    assert!(hint.contains("[[metric]]") && hint.contains("quarterly_review/report.toml"), "{hint}");
}

/// A report with one line as its body.
fn one_line(body: &'static str) -> Resolver {
    let own: &'static [(&'static str, &'static str)] = Box::leak(Box::new([
        ("one/report.toml", "title = \"One\"\nsays = \"x\"\noutputs = [\"html\"]\n"),
        ("one/body.md.j2", body),
        ("one/evil.txt", "x"),
    ]));
    resolver_with(own)
}

#[test]
fn wrong_templates_are_refused_with_a_message() {
    let cases = [
        ("{{ nothing }}", "undefined"),
        ("{% include \"one/evil.txt\" %}", "ends in .md.j2 or .html.j2"),
        ("{% include \"../x.md.j2\" %}", "path below report_templates/"),
        ("{% autoescape false %}x{% endautoescape %}", "escaping cannot be switched"),
        ("{{ \"<b>\"|safe }}", "unknown filter"),
        ("[x](javascript:alert)", "a link leads to"),
        ("[x](http://example.org)", "a link leads to"),
        ("![x](https://example.org/x.png)", "images are not part"),
        ("text {{ key_figure(label=\"a\", value=\"b\") }}", "stands inside a sentence"),
        ("{{ chart(kind=\"pie\", data=\"mttd\") }}", "chart kind `pie` is not known"),
        ("{{ chart(kind=\"line\", data=\"mttd\", color=\"x\") }}", "a line chart has no `color`"),
        ("{{ chart(kind=\"line\", data=\"mttd\") }}", "column `month` is missing"),
        ("{{ table(\"mttd\", columns=[\"nope\"]) }}", "column `nope` is missing"),
        ("{{ value(\"success_rate_by_tier\", column=\"k\", tier=\"1\") }}", "2 rows of"),
        ("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "fuel"),
    ];
    for (body, want) in cases {
        let error = render("one", &ordinary("erp"), &one_line(body)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(want), "{body}: {text}");
        assert!(error.place.is_some(), "{body}: no place");
    }
}

#[test]
fn raw_html_in_a_template_is_shown_and_not_obeyed() {
    let body = "<div onclick=\"x\">block</div>\n\nin<b>line</b>\n";
    let html = render("one", &ordinary("erp"), &one_line(body)).unwrap().html;
    let html = String::from_utf8(html).unwrap();
    assert!(html.contains("&lt;div onclick=&quot;x&quot;&gt;") && html.contains("in&lt;b&gt;"));
    assert!(!html.contains("<div onclick") && !html.contains("<b>"));
}

#[test]
fn a_project_replaces_single_files_of_the_theme() {
    let own: &[(&str, &str)] = &[("theme/style.css", "body { color: teal }")];
    let rendered = render(ID, &ordinary("erp"), &resolver_with(own)).unwrap();
    let html = String::from_utf8(rendered.html).unwrap();
    assert!(html.contains("<style>body { color: teal }</style>"));
    let bad: &[(&str, &str)] = &[("theme/style.css", "</style><script>")];
    assert!(render(ID, &ordinary("erp"), &resolver_with(bad)).is_err());
}

#[test]
fn the_description_of_the_review_is_sound_and_names_every_metric_the_body_reads() {
    let spec = spec(ID, &resolver_with(&[])).unwrap();
    let known: Vec<&str> = spec.metrics.iter().map(|m| m.name.as_str()).collect();
    for result in results("x", 92, 1, "watch", 12) {
        assert!(known.contains(&result.id.as_str()), "{} is not in report.toml", result.id);
    }
    let mut needed = ordinary("erp");
    needed.results.retain(|name, _| {
        spec.metrics.iter().any(|m| m.name == *name && !m.is_optional)
    });
    render(ID, &needed, &resolver_with(&[])).unwrap();
}
