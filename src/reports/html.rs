//! Document -> one self-contained HTML page: no script, no request, no `style` attribute.
//! Text is escaped here and nowhere else; styles and fonts come from the theme, and the page
//! allows exactly that style sheet by its hash.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

use super::charts::Look;
use super::charts::canvas::{Palette, escape};
use super::document::{
    Align, Block, Callout, Document, Figure, Inline, KeyFigure, Role, Table, TableCell,
    TableColumn, Tone, Verdict, plain_text,
};
use super::{Resolver, template, text_of};

/// Width of the drawing for wide screens and paper, user units.
const WIDE: f64 = 860.0;
/// Width of the drawing for phones.
const NARROW: f64 = 350.0;

/// Tables up to this many rows stay on one sheet of paper.
const SHORT_TABLE: usize = 18;
/// Row names up to this length stay on one line.
const NAME_MAX: usize = 24;

/// The page of a report.
///
/// # Errors
/// When the theme is incomplete or wrong.
pub fn page(document: &Document, resolver: &Resolver) -> Result<Vec<u8>> {
    let meta = &document.meta;
    let mut body = Body { html: String::new(), document, next_id: 1, is_section_open: false };
    body.blocks(&document.blocks);
    body.close_section();
    let tables = meta.tables.iter().map(|(name, version)| {
        Value::from_pairs([("name", name.clone()), ("version", version.clone())])
    });
    let headings = document.blocks.iter().filter_map(|block| match block {
        Block::Heading { level: 2, id, text } => {
            Some(Value::from_pairs([("id", id.clone()), ("text", plain_text(text))]))
        }
        _ => None,
    });
    let values = [
        ("title", Value::from(meta.title.clone())),
        ("organisation", Value::from(meta.organisation.clone())),
        ("period", Value::from(meta.period.clone())),
        ("as_of", Value::from(meta.as_of.clone())),
        ("run_id", Value::from(meta.run_id.clone())),
        ("language", Value::from(meta.language.clone())),
        ("tables", Value::from(tables.collect::<Vec<_>>())),
        ("headings", Value::from(headings.collect::<Vec<_>>())),
        ("content", Value::from_safe_string(body.html)),
    ];
    layout("theme/layout.html.j2", &values, resolver)
}

/// Fills a page template with values, the style sheet and the policy that allows it.
pub(super) fn layout(
    name: &str,
    values: &[(&'static str, Value)],
    resolver: &Resolver,
) -> Result<Vec<u8>> {
    let style = style(resolver)?;
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; font-src data:; img-src data:; \
         base-uri 'none'; form-action 'none'"
    );
    let mut all = values.to_vec();
    all.push(("policy", Value::from_safe_string(policy)));
    all.push(("style", Value::from_safe_string(style)));
    let environment = template::environment(resolver);
    let page = environment
        .get_template(name)
        .and_then(|t| t.render(Value::from_pairs(all)))
        .map_err(|e| template::error_of(&e))?;
    Ok(page.into_bytes())
}

/// The style sheet with its fonts inside: each `url("fonts/...")` becomes a data URL.
fn style(resolver: &Resolver) -> Result<String> {
    let path = "theme/style.css";
    let text = text_of(resolver, path)?;
    let place = format!("report_templates/{path}");
    if text.to_ascii_lowercase().contains("</style") || text.contains("@import") {
        return Err(Error::config("the style sheet leaves its element or imports another")
            .at(place)
            .hint("remove `</style` and `@import`"));
    }
    let mut out = String::new();
    let mut parts = text.split("url(\"fonts/");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (file, rest) = part.split_once("\")").unwrap_or((part, ""));
        let font = format!("theme/fonts/{file}");
        let bytes = resolver(&font).ok_or_else(|| {
            Error::config(format!("the font file {font} does not exist")).at(&place)
        })?;
        let data = STANDARD.encode(bytes);
        out.push_str(&format!("url(\"data:font/woff2;base64,{data}\"){rest}"));
    }
    Ok(out)
}

struct Body<'a> {
    html: String,
    document: &'a Document,
    next_id: usize,
    is_section_open: bool,
}

impl Body<'_> {
    fn push(&mut self, html: &str) {
        self.html.push_str(html);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level: 2, id, text } => {
                self.close_section();
                self.is_section_open = true;
                let id = escape(id);
                let text = inlines(text);
                self.push(&format!(
                    "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{text}</h2>\n"
                ));
            }
            Block::Heading { level, id, text } => {
                let (id, text) = (escape(id), inlines(text));
                self.push(&format!("<h{level} id=\"{id}\">{text}</h{level}>\n"));
            }
            Block::Paragraph(text) => self.push(&format!("<p>{}</p>\n", inlines(text))),
            Block::List { start, items } => self.list(*start, items),
            Block::Callout(callout) => self.callout(callout),
            Block::KeyFigures(figures) => self.key_figures(figures),
            Block::Figure(figure) => self.figure(figure),
            Block::Table(table) => self.table(table),
            Block::Code(text) => {
                self.push(&format!(
                    "<pre class=\"scroll\" tabindex=\"0\"><code>{}</code></pre>\n",
                    escape(text)
                ));
            }
            Block::PageBreak => self.push("<div class=\"page-break\"></div>\n"),
        }
    }

    fn close_section(&mut self) {
        if self.is_section_open {
            self.push("</section>\n");
            self.is_section_open = false;
        }
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>]) {
        let (open, close) = match start {
            Some(1) => ("<ol>".to_owned(), "</ol>\n"),
            Some(number) => (format!("<ol start=\"{number}\">"), "</ol>\n"),
            None => ("<ul>".to_owned(), "</ul>\n"),
        };
        self.push(&open);
        for item in items {
            self.push("<li>");
            match item.as_slice() {
                [Block::Paragraph(text)] => self.push(&inlines(text)),
                blocks => self.blocks(blocks),
            }
            self.push("</li>\n");
        }
        self.push(close);
    }

    fn callout(&mut self, callout: &Callout) {
        let (class, tone) = match callout.role {
            Role::Finding => ("finding", Tone::Neutral),
            Role::Method => ("method", Tone::Neutral),
            Role::Good => ("finding", Tone::Good),
            Role::Watch => ("finding", Tone::Watch),
            Role::Bad => ("finding", Tone::Bad),
            Role::Absent => ("absent", Tone::Absent),
        };
        self.push(&format!("<div class=\"{class} {}\">{}<div>", tone_class(tone), icon(tone)));
        self.blocks(&callout.blocks);
        self.push("</div></div>\n");
    }

    fn key_figures(&mut self, figures: &[KeyFigure]) {
        self.push("<dl class=\"key-figures\">");
        for figure in figures {
            let tone = figure.verdict.map_or(Tone::Neutral, |v| v.tone);
            // "not assessable" as the value needs no chip that says it again.
            let shown = figure.verdict.filter(|v| v.word != figure.value);
            let verdict = shown.map_or_else(String::new, verdict_html);
            self.push(&format!(
                "<div class=\"{}\"><dt>{}</dt><dd class=\"value\">{}</dd>\
                 <dd class=\"detail\">{}{verdict}</dd></div>\n",
                tone_class(tone),
                escape(&figure.label),
                escape(&figure.value),
                escape(&figure.detail),
            ));
        }
        self.push("</dl>\n");
    }

    fn figure(&mut self, figure: &Figure) {
        let id = self.id("f");
        let format = &self.document.meta.format;
        let look = |width| Look { width, palette: Palette::Variables, format };
        let wide = figure.chart.svg(&look(WIDE), &format!("{id}w"), &figure.title);
        let narrow = figure.chart.svg(&look(NARROW), &format!("{id}n"), &figure.title);
        self.push(&format!(
            "<figure class=\"card\"><figcaption>{}</figcaption>\
             <div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>\
             <p class=\"source\">{}</p></figure>\n",
            caption(&figure.title, &figure.subtitle),
            escape(&figure.source),
        ));
    }

    fn table(&mut self, table: &Table) {
        let id = self.id("t");
        let note = if table.hidden_count > 0 {
            let hidden = i64::try_from(table.hidden_count).unwrap_or(i64::MAX);
            let count = self.document.meta.format.count(hidden);
            format!(" · {count} more rows in the metrics file")
        } else {
            String::new()
        };
        let size = if table.rows.len() > SHORT_TABLE { " long" } else { "" };
        self.push(&format!(
            "<div class=\"card{size}\"><div class=\"caption\" id=\"{id}\">{}</div>\
             <div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"{id}\">\
             <table><caption>{}</caption><thead><tr>",
            caption(&table.title, &table.subtitle),
            escape(&table.title),
        ));
        for column in &table.columns {
            let (class, title) = (align_class(column.align), escape(&column.title));
            self.push(&format!("<th scope=\"col\"{class}>{title}</th>"));
        }
        self.push("</tr></thead><tbody>\n");
        for row in &table.rows {
            self.push("<tr>");
            for (position, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
                self.push(&table_cell(cell, column, position == 0));
            }
            self.push("</tr>\n");
        }
        let source = escape(&table.source);
        self.push(&format!(
            "</tbody></table></div><p class=\"source\">{source}{}</p></div>\n",
            escape(&note)
        ));
    }

    fn id(&mut self, prefix: &str) -> String {
        let id = format!("{prefix}{}", self.next_id);
        self.next_id += 1;
        id
    }
}

fn caption(title: &str, subtitle: &str) -> String {
    let (title, subtitle) = (escape(title), escape(subtitle));
    format!("<strong>{title}</strong><span>{subtitle}</span>")
}

/// A cell; one below the head carries its title, because narrow pages show rows as records.
fn table_cell(cell: &TableCell, column: &TableColumn, is_head: bool) -> String {
    let mut class = String::from(match column.align {
        Align::Left => "",
        Align::Right => "number ",
    });
    if cell.tone != Tone::Neutral {
        class.push_str(tone_class(cell.tone));
    } else if is_head && cell.text.chars().count() <= NAME_MAX {
        class.push_str("name");
    }
    let class = match class.trim() {
        "" => String::new(),
        class => format!(" class=\"{class}\""),
    };
    let sign = if cell.tone == Tone::Absent { String::new() } else { icon(cell.tone) };
    let text = escape(&cell.text);
    if is_head {
        format!("<th scope=\"row\"{class}>{sign}{text}</th>")
    } else {
        let title = escape(&column.title);
        format!("<td{class} data-label=\"{title}\">{sign}{text}</td>")
    }
}

fn align_class(align: Align) -> &'static str {
    match align {
        Align::Left => "",
        Align::Right => " class=\"number\"",
    }
}

fn verdict_html(verdict: Verdict) -> String {
    let (class, word) = (tone_class(verdict.tone), escape(verdict.word));
    format!("<span class=\"verdict {class}\">{}{word}</span>", icon(verdict.tone))
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Open => "open",
        Tone::Watch => "watch",
        Tone::Bad => "bad",
        Tone::Absent => "missing",
    }
}

/// A sign of its own shape for every judgement, so that colour is never the only difference.
fn icon(tone: Tone) -> String {
    let shape = match tone {
        Tone::Neutral => return String::new(),
        Tone::Good => "<path d=\"M3 8.5l3.2 3.2L13 5\"/>",
        Tone::Open => "<circle cx=\"8\" cy=\"8\" r=\"5\" stroke-dasharray=\"2.6 2\"/>",
        Tone::Watch => "<path d=\"M8 2.5L14.5 13.5H1.5z\"/><path d=\"M8 7v3\"/>",
        Tone::Bad => "<path d=\"M4 4l8 8M12 4l-8 8\"/>",
        Tone::Absent => "<path d=\"M3 8h10\"/>",
    };
    format!(
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" \
         aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.9\" \
         stroke-linecap=\"round\" stroke-linejoin=\"round\">{shape}</svg>"
    )
}

/// Running text.
fn inlines(text: &[Inline]) -> String {
    let mut out = String::new();
    for inline in text {
        match inline {
            Inline::Text(text) => out.push_str(&escape(text)),
            Inline::Code(text) => out.push_str(&format!("<code>{}</code>", escape(text))),
            Inline::Emphasis(inner) => out.push_str(&format!("<em>{}</em>", inlines(inner))),
            Inline::Strong(inner) => {
                out.push_str(&format!("<strong>{}</strong>", inlines(inner)));
            }
            Inline::Link { href, text } => {
                let (href, text) = (escape(href), inlines(text));
                out.push_str(&format!("<a href=\"{href}\" rel=\"noreferrer\">{text}</a>"));
            }
            Inline::Break => out.push_str("<br>"),
        }
    }
    out
}
