//! Markdown -> blocks. Raw HTML is text, links lead to `https:`, `mailto:` or a place in the
//! page, images do not exist, and a placeholder stands for a block that a template function
//! made. Nothing in a value can become markup: `escape` puts a backslash before every sign
//! that Markdown knows.

use pulldown_cmark::{BlockQuoteKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::error::{Error, Result};
use crate::model::format::visible;

use super::document::{Block, Callout, Inline, Role, plain_text};

/// Text from outside for a place in Markdown text.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in visible(text).chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Text of a template argument: what a `{% set %}` block captured is Markdown, anything else
/// is literal.
#[must_use]
pub fn argument_text(text: &str, is_markdown: bool) -> String {
    if !is_markdown {
        return visible(text);
    }
    let (mut events, kept) = (Events::new(text), &[]);
    let parts = read_blocks(&mut events, kept, &mut Vec::new()).unwrap_or_default();
    let text = |block: &Block| match block {
        Block::Paragraph(text) | Block::Heading { text, .. } => plain_text(text),
        _ => String::new(),
    };
    parts.iter().map(text).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The blocks of a text; `kept` are those behind its placeholders.
///
/// # Errors
/// When a placeholder stands inside a sentence, or a link leads elsewhere.
pub fn blocks(text: &str, kept: &[Block]) -> Result<Vec<Block>> {
    let mut ids = Vec::new();
    let read = read_blocks(&mut Events::new(text), kept, &mut ids)?;
    Ok(join_neighbours(read))
}

/// Events with one step of look-ahead.
struct Events<'a> {
    parser: std::iter::Peekable<Parser<'a>>,
}

impl<'a> Events<'a> {
    fn new(text: &'a str) -> Self {
        Events { parser: Parser::new_ext(text, Options::ENABLE_GFM).peekable() }
    }
}

fn read_blocks(events: &mut Events, kept: &[Block], ids: &mut Vec<String>) -> Result<Vec<Block>> {
    let mut out = Vec::new();
    while let Some(event) = events.parser.next() {
        match event {
            Event::Start(Tag::Paragraph) => out.extend(paragraph(read_inlines(events)?, kept)?),
            Event::Start(Tag::Heading { level, .. }) => {
                let text = read_inlines(events)?;
                refuse_placeholder(&text)?;
                let id = unique_id(&plain_text(&text), ids);
                out.push(Block::Heading { level: level_of(level), id, text });
            }
            Event::Start(Tag::BlockQuote(kind)) => {
                let blocks = read_blocks(events, kept, ids)?;
                out.push(Block::Callout(Callout { role: role_of(kind), blocks }));
            }
            Event::Start(Tag::List(start)) => {
                out.push(Block::List { start, items: read_items(events, kept, ids)? });
            }
            Event::Start(Tag::CodeBlock(_)) => out.push(Block::Code(read_text(events))),
            Event::Start(Tag::HtmlBlock) => {
                out.push(Block::Paragraph(vec![Inline::Text(read_text(events))]));
            }
            Event::Rule => out.push(Block::PageBreak),
            Event::End(_) => break,
            // A tight list item holds its text without a paragraph around it.
            inline => {
                let first = inline_of(inline, events)?;
                let mut text = first.into_iter().collect::<Vec<_>>();
                while let Some(next) = events.parser.peek() {
                    if !is_inline(next) {
                        break;
                    }
                    let Some(next) = events.parser.next() else { break };
                    text.extend(inline_of(next, events)?);
                }
                out.extend(paragraph(text, kept)?);
            }
        }
    }
    Ok(out)
}

fn read_items(
    events: &mut Events,
    kept: &[Block],
    ids: &mut Vec<String>,
) -> Result<Vec<Vec<Block>>> {
    let mut items = Vec::new();
    while let Some(event) = events.parser.next() {
        match event {
            Event::Start(Tag::Item) => items.push(read_blocks(events, kept, ids)?),
            Event::End(_) => break,
            _ => {}
        }
    }
    Ok(items)
}

fn is_inline(event: &Event) -> bool {
    match event {
        Event::Text(_) | Event::Code(_) | Event::InlineHtml(_) | Event::Html(_) => true,
        Event::SoftBreak | Event::HardBreak => true,
        Event::Start(tag) => {
            matches!(tag, Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Image { .. })
        }
        _ => false,
    }
}

fn read_inlines(events: &mut Events) -> Result<Vec<Inline>> {
    let mut out = Vec::new();
    while let Some(event) = events.parser.next() {
        match event {
            Event::End(_) => break,
            event => out.extend(inline_of(event, events)?),
        }
    }
    Ok(join_texts(out))
}

fn inline_of(event: Event, events: &mut Events) -> Result<Option<Inline>> {
    Ok(Some(match event {
        // Raw HTML in a template is shown, not obeyed.
        Event::Text(text) | Event::InlineHtml(text) | Event::Html(text) => {
            Inline::Text(text.to_string())
        }
        Event::Code(text) => Inline::Code(text.to_string()),
        Event::SoftBreak => Inline::Text(" ".to_owned()),
        Event::HardBreak => Inline::Break,
        Event::Start(Tag::Emphasis) => Inline::Emphasis(read_inlines(events)?),
        Event::Start(Tag::Strong) => Inline::Strong(read_inlines(events)?),
        Event::Start(Tag::Link { dest_url, .. }) => {
            let (href, text) = (link_target(&dest_url)?, read_inlines(events)?);
            Inline::Link { href, text }
        }
        Event::Start(Tag::Image { .. }) => {
            return Err(Error::config("images are not part of a report")
                .hint("use {{ chart(...) }} for figures"));
        }
        _ => return Ok(None),
    }))
}

fn read_text(events: &mut Events) -> String {
    let mut out = String::new();
    for event in events.parser.by_ref() {
        match event {
            Event::Text(text) | Event::Html(text) => out.push_str(&text),
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock) => break,
            _ => {}
        }
    }
    out
}

fn link_target(href: &str) -> Result<String> {
    let is_known = href.starts_with("https://")
        || href.starts_with("mailto:")
        || href.strip_prefix('#').is_some_and(|id| id.chars().all(is_id_character));
    if is_known && !href.contains(['\u{e000}', '\u{e001}']) {
        return Ok(href.to_owned());
    }
    Err(Error::config(format!("a link leads to `{}`", visible(href)))
        .hint("links lead to https:, mailto: or #heading"))
}

fn is_id_character(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

/// A paragraph, or the blocks behind its placeholders when it holds nothing else.
fn paragraph(text: Vec<Inline>, kept: &[Block]) -> Result<Vec<Block>> {
    let flat = plain_text(&text);
    if !flat.contains('\u{e000}') {
        return Ok(if flat.trim().is_empty() { vec![] } else { vec![Block::Paragraph(text)] });
    }
    let mut out = Vec::new();
    for part in flat.split('\u{e001}') {
        match part.trim().strip_prefix('\u{e000}') {
            Some(number) => {
                let position: Option<usize> = number.parse().ok();
                out.extend(position.and_then(|p| kept.get(p)).cloned());
            }
            None if part.trim().is_empty() => {}
            None => return Err(misplaced()),
        }
    }
    Ok(out)
}

fn refuse_placeholder(text: &[Inline]) -> Result<()> {
    if plain_text(text).contains('\u{e000}') { Err(misplaced()) } else { Ok(()) }
}

fn misplaced() -> Error {
    Error::config("a chart, table or key figure stands inside a sentence")
        .hint("put it on a line of its own, with an empty line before and after it")
}

fn join_texts(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    for inline in inlines {
        match (out.last_mut(), inline) {
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, inline) => out.push(inline),
        }
    }
    out
}

/// Neighbouring key figures form one row; the same reason twice in a row is said once.
fn join_neighbours(blocks: Vec<Block>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    for block in blocks {
        match (out.last_mut(), block) {
            (Some(Block::KeyFigures(before)), Block::KeyFigures(more)) => before.extend(more),
            (Some(before @ Block::Callout(_)), block) if *before == block => {}
            (_, block) => out.push(block),
        }
    }
    out
}

fn role_of(kind: Option<BlockQuoteKind>) -> Role {
    match kind {
        Some(BlockQuoteKind::Important) | None => Role::Finding,
        Some(BlockQuoteKind::Note) => Role::Method,
        Some(BlockQuoteKind::Tip) => Role::Good,
        Some(BlockQuoteKind::Warning) => Role::Watch,
        Some(BlockQuoteKind::Caution) => Role::Bad,
    }
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => 4,
    }
}

/// An id from a heading's text, unique within the document.
fn unique_id(text: &str, ids: &mut Vec<String>) -> String {
    let mut base = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_alphanumeric() {
            base.push(c);
        } else if !base.ends_with('-') && !base.is_empty() {
            base.push('-');
        }
    }
    let base = base.trim_end_matches('-');
    let base = if base.is_empty() { "section" } else { base };
    let mut id = base.to_owned();
    let mut number = 2;
    while ids.contains(&id) {
        id = format!("{base}-{number}");
        number += 1;
    }
    ids.push(id.clone());
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_text_is_read_back_as_it_was() {
        let texts = [
            "a*b_c`d`[e](f)!g#h+i-j.k>l|m~n\\o<p>&amp;",
            "# not a heading",
            "1. not a list",
            "https://example.org",
        ];
        for text in texts {
            let read = blocks(&escape(text), &[]).unwrap();
            assert_eq!(read, [Block::Paragraph(vec![Inline::Text(text.to_owned())])], "{text}");
        }
    }

    #[test]
    fn roles_headings_and_lists_become_blocks_with_unique_ids() {
        let text = "## Data\n\n> [!CAUTION]\n> Look.\n\n## Data\n\n- one\n- **two** [x](#data)\n";
        let read = blocks(text, &[]).unwrap();
        let say = |t: &str| Inline::Text(t.to_owned());
        let heading =
            |id: &str| Block::Heading { level: 2, id: id.into(), text: vec![say("Data")] };
        let callout =
            Callout { role: Role::Bad, blocks: vec![Block::Paragraph(vec![say("Look.")])] };
        let link = Inline::Link { href: "#data".into(), text: vec![say("x")] };
        let second = vec![Inline::Strong(vec![say("two")]), say(" "), link];
        let list = Block::List {
            start: None,
            items: vec![vec![Block::Paragraph(vec![say("one")])], vec![Block::Paragraph(second)]],
        };
        assert_eq!(read, [heading("data"), Block::Callout(callout), heading("data-2"), list]);
    }

    #[test]
    fn arguments_from_set_blocks_are_markdown_and_others_are_literal() {
        assert_eq!(argument_text("99\\.5\\% *met*", true), "99.5% met");
        assert_eq!(argument_text("99\\.5\\% *met*", false), "99\\.5\\% *met*");
    }
}
