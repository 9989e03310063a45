//! Tests of whole reports: determinism, foreign markup, small numbers, missing data, errors.

use super::document::{Block, Callout, Role, plain_text};
use super::fixture::{input, results};
use super::input::ReportInput;
use super::*;
use crate::model::frame::Frame;

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

/// Elements with the names of their attributes, in order. How many lines and texts a drawing
/// has depends on the room its names leave, so of drawings only the kinds of elements count.
fn elements(html: &str) -> Vec<String> {
    const SHAPES: [&str; 9] =
        ["line", "rect", "circle", "polyline", "polygon", "text", "/text", "/title", "/desc"];
    let mut out = Vec::new();
    let mut is_drawing = false;
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
        let kind = name.split(' ').next().unwrap().to_owned();
        is_drawing = (is_drawing || name.starts_with("svg xmlns")) && kind != "/svg";
        if !is_drawing || !SHAPES.contains(&kind.as_str()) {
            // Only a short row name has a class.
            out.push(if kind == "th" { kind } else { name });
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
        let got = elements(&html);
        let difference = got.iter().zip(&plain).find(|(a, b)| a != b);
        assert_eq!((got.len(), difference), (plain.len(), None), "{payload}");
        let body = html.split("</style>").nth(1).unwrap();
        for forbidden in ["<script", "<img", "style=\"", "<style", "javascript:alert(1)\""] {
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
    for forbidden in ["http://example", "src=\"http", "<link", "<script", " style=", "url(\"fonts"]
    {
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
        assert!(!html.contains("0.0\u{a0}%"), "null became a rate");
    }
}

#[test]
fn rows_without_figures_render_and_no_null_becomes_a_number() {
    use crate::model::frame::{Column, Type};
    let mut all = results("erp", 92, 1, "watch", 12);
    for result in &mut all {
        let numbers: Vec<String> = result
            .frame
            .iter()
            .filter(|(_, column)| matches!(column.kind(), Type::Int | Type::Float))
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in numbers {
            let column = result.frame.column(&name).unwrap();
            let nulls = Column::nulls(column.kind(), column.len());
            result.frame.set(&name, nulls).unwrap();
        }
    }
    let html = page(&input("erp", all));
    assert!(html.contains("cannot be told from these data"));
    for wrong in ["NaN", "inf\u{a0}", "0.0\u{a0}%", ">none<", "None"] {
        assert!(!html.split("</style>").nth(1).unwrap().contains(wrong), "{wrong}");
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
        (
            "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
            "fuel",
        ),
    ];
    for (body, want) in cases {
        let error = render("one", &ordinary("erp"), &one_line(body)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(want), "{body}: {text}");
        assert!(error.place.is_some(), "{body}: no place");
    }
}

#[test]
fn a_figure_over_a_longer_time_names_that_time_and_not_the_period() {
    let mut input = ordinary("erp");
    let result = input.results.get_mut("success_rate_by_tier").unwrap();
    for (name, literal) in
        [("from", "timestamp '2025-07-01 00:00:00'"), ("to", "timestamp '2026-10-01 00:00:00'")]
    {
        result.lineage.parameters.insert(name.into(), literal.into());
    }
    let html = page(&input).replace('\u{a0}', " ");
    assert!(html.contains("Source: success_rate_by_tier · n = 184 · 1 Jul 2025 – 30 Sep 2026"));
    assert!(html.contains("Source: success_rates_period · n = 92 · 1 Jul – 30 Sep 2026"));
}

#[test]
fn a_cell_carries_the_title_of_its_column_for_pages_without_room_for_heads() {
    let html = page(&ordinary("erp"));
    let cells: Vec<&str> =
        html.split("<td").skip(1).map(|c| c.split('>').next().unwrap()).collect();
    assert!(cells.len() > 40 && cells.iter().all(|cell| cell.contains(" data-label=\"")));
    assert!(html.contains("data-label=\"Rate reached\">85.0\u{a0}%</td>"));
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
    needed.results.retain(|name, _| spec.metrics.iter().any(|m| m.name == *name && !m.is_optional));
    render(ID, &needed, &resolver_with(&[])).unwrap();
}

#[test]
fn the_index_lists_the_newest_period_first_and_escapes_names() {
    use super::index::IndexEntry;
    let entry = |period: &str, title: &str| IndexEntry {
        period: period.into(),
        title: title.into(),
        says: "x".into(),
        as_of: 0,
        files: vec![("HTML".into(), format!("{period}/quarterly_review.html"))],
    };
    let format = crate::model::format::Format::default();
    let entries = [entry("2026Q2", "Review"), entry("2026Q3", "<b>Review")];
    let html = index::page("Org", &entries, &format, &resolver_with(&[])).unwrap();
    let html = String::from_utf8(html).unwrap();
    let position = |text: &str| html.find(text).unwrap();
    assert!(
        position("2026Q3&#x2f;quarterly_review.html") < position("2026Q2&#x2f;quarterly_review")
    );
    assert!(!html.contains("<b>") && html.contains("&lt;b&gt;Review"));
    let reversed = [entries[1].clone(), entries[0].clone()];
    let again = index::page("Org", &reversed, &format, &resolver_with(&[])).unwrap();
    assert_eq!(html.into_bytes(), again);
}
