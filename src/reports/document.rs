//! The document model: what a report says, with no word about how it looks. Templates make
//! it, renderers (HTML, PDF) read it. Every text in it is final: numbers are formatted, text
//! from outside is passed through `format::visible`. No markup is ever stored here.

use crate::model::format::Format;

use super::charts::Chart;

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Head matter.
    pub meta: Meta,
    /// Body in order.
    pub blocks: Vec<Block>,
}

/// Head matter, also the document properties of PDF and workbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// `Backup operations review, Q3 2026`.
    pub title: String,
    /// Whose report.
    pub organisation: String,
    /// `1 Jul – 30 Sep 2026`.
    pub period: String,
    /// Instant of the data, UTC microseconds.
    pub as_of_us: i64,
    /// The same for people.
    pub as_of: String,
    /// Run that made the figures.
    pub run_id: String,
    /// Tables with their versions, by name.
    pub tables: Vec<(String, String)>,
    /// Language of the text, BCP 47.
    pub language: String,
    /// How numbers inside charts are written.
    pub format: Format,
}

/// A piece of the body.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Heading; level 1 is the report's title, so bodies begin at 2.
    Heading {
        /// 2 to 4.
        level: u8,
        /// Unique within the document; letters, digits, hyphens.
        id: String,
        /// Text.
        text: Vec<Inline>,
    },
    /// Paragraph.
    Paragraph(Vec<Inline>),
    /// List of items.
    List {
        /// Numbered from this number; none is a bullet list.
        start: Option<u64>,
        /// Items.
        items: Vec<Vec<Block>>,
    },
    /// Text with a role.
    Callout(Callout),
    /// Row of headline figures.
    KeyFigures(Vec<KeyFigure>),
    /// Chart with its words.
    Figure(Figure),
    /// Table with its words.
    Table(Table),
    /// Literal text with line breaks (queries, commands).
    Code(String),
    /// Hint for paged media.
    PageBreak,
}

/// What a callout is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The plain sentence that a section begins with.
    Finding,
    /// How the figure above was made.
    Method,
    /// Something good that needs no action.
    Good,
    /// Something to look at.
    Watch,
    /// Something that needs action.
    Bad,
    /// Stands where a figure cannot be given, and says why.
    Absent,
}

/// Text with a role.
#[derive(Debug, Clone, PartialEq)]
pub struct Callout {
    /// Its role.
    pub role: Role,
    /// Its text.
    pub blocks: Vec<Block>,
}

/// Piece of running text.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// Literal text.
    Code(String),
    /// Stressed.
    Emphasis(Vec<Inline>),
    /// Strongly stressed.
    Strong(Vec<Inline>),
    /// Link to `https:`, `mailto:` or `#id`; nothing else gets here.
    Link {
        /// Target.
        href: String,
        /// Text.
        text: Vec<Inline>,
    },
    /// Forced line break.
    Break,
}

/// Judgement of a figure; always shown by a word and a sign too, never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// No judgement.
    #[default]
    Neutral,
    /// Target met, and proven.
    Good,
    /// On the good side of the target, but not proven.
    Open,
    /// Below target, but could be chance.
    Watch,
    /// Missed beyond chance.
    Bad,
    /// No value can be given.
    Absent,
}

/// A verdict as word and tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Word for people: `missed`.
    pub word: &'static str,
    /// Its tone.
    pub tone: Tone,
}

impl Verdict {
    /// The verdict behind a code of the statistics (`meets`, `breach`, ...).
    #[must_use]
    pub fn of(code: &str) -> Option<Verdict> {
        let (word, tone) = match code {
            "meets" => ("met", Tone::Good),
            "breach" => ("missed", Tone::Bad),
            "watch" => ("watch", Tone::Watch),
            "too_few_runs" => ("too few runs", Tone::Open),
            "too_few_cases" | "suppressed" => ("too few cases", Tone::Open),
            "not_demonstrated" => ("not demonstrated", Tone::Watch),
            "not_assessable" => ("not assessable", Tone::Absent),
            _ => return None,
        };
        Some(Verdict { word, tone })
    }
}

/// One headline figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFigure {
    /// What it is.
    pub label: String,
    /// The figure, formatted.
    pub value: String,
    /// Interval, target or change.
    pub detail: String,
    /// Judgement; none when there is no target.
    pub verdict: Option<Verdict>,
}

/// A chart with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// States the finding.
    pub title: String,
    /// Measure and unit.
    pub subtitle: String,
    /// Data, n, table versions, period.
    pub source: String,
    /// The chart, drawn by each renderer in its own width and palette.
    pub chart: Chart,
}

/// Side on which a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Head of a table column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Head.
    pub title: String,
    /// Side.
    pub align: Align,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCell {
    /// Formatted text.
    pub text: String,
    /// Judgement of this cell; `Good` to `Bad` are shown as a mark before the text.
    pub tone: Tone,
}

/// A table with its words; the first column names the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// States the finding.
    pub title: String,
    /// Measure and unit.
    pub subtitle: String,
    /// Data, n, table versions, period.
    pub source: String,
    /// Heads.
    pub columns: Vec<TableColumn>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<TableCell>>,
    /// Rows that exist but are not shown.
    pub hidden_count: usize,
}

/// The text of running text without its markup.
#[must_use]
pub fn plain_text(inlines: &[Inline]) -> String {
    let mut out = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                out.push_str(&plain_text(inner));
            }
            Inline::Break => out.push(' '),
        }
    }
    out
}
