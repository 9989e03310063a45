//! From a declarative table spec and result rows to a table: every column says what kind of
//! thing it holds, and the kind decides how it is written.

use crate::error::{Error, Result};
use crate::model::format::{self, Format, NOT_ASSESSABLE};
use crate::model::frame::{Cell, Type};

use super::charts::Unit;
use super::charts::build::ChartSpec;
use super::document::{Align, TableCell, TableColumn, Tone, Verdict};
use super::rows::{Rows, number_of, prefixed, text_of};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text.
    Text,
    /// Code word, shown with blanks.
    Word,
    /// `class|code|message` of a failure, shown as code and message.
    Signature,
    /// Count.
    Count,
    /// Rate: `k of n` below 20 trials, else percent.
    Rate,
    /// Ratio 0..1 as percent.
    Percent,
    /// Percent interval of the columns `lo` and `hi`.
    RateInterval,
    /// Difference of ratios.
    Points,
    /// Bytes.
    Bytes,
    /// Seconds.
    Duration,
    /// Duration interval of the columns `lo` and `hi`.
    DurationInterval,
    /// Day of an instant.
    Date,
    /// Instant.
    Instant,
    /// Month.
    Month,
    /// Verdict.
    Verdict,
    /// Number with up to two decimals.
    Number,
}

const KINDS: [(&str, CellKind); 16] = [
    ("text", CellKind::Text),
    ("word", CellKind::Word),
    ("signature", CellKind::Signature),
    ("count", CellKind::Count),
    ("rate", CellKind::Rate),
    ("pct", CellKind::Percent),
    ("rate_interval", CellKind::RateInterval),
    ("points", CellKind::Points),
    ("bytes", CellKind::Bytes),
    ("duration", CellKind::Duration),
    ("duration_interval", CellKind::DurationInterval),
    ("date", CellKind::Date),
    ("instant", CellKind::Instant),
    ("month", CellKind::Month),
    ("verdict", CellKind::Verdict),
    ("number", CellKind::Number),
];

impl CellKind {
    /// The kind of a word in a template.
    ///
    /// # Errors
    /// With the words that are known.
    pub fn of(word: &str) -> Result<CellKind> {
        KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind).ok_or_else(|| {
            let known: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
            Error::config(format!("cell kind `{word}` is not known"))
                .hint(format!("known kinds: {}", known.join(", ")))
        })
    }

    fn align(self) -> Align {
        match self {
            CellKind::Text | CellKind::Word | CellKind::Signature | CellKind::Verdict => {
                Align::Left
            }
            CellKind::Count
            | CellKind::Rate
            | CellKind::Percent
            | CellKind::RateInterval
            | CellKind::Points
            | CellKind::Bytes
            | CellKind::Duration
            | CellKind::DurationInterval
            | CellKind::Date
            | CellKind::Instant
            | CellKind::Month
            | CellKind::Number => Align::Right,
        }
    }
}

/// A column as a template asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnUse {
    /// Column of the result.
    pub name: String,
    /// Head.
    pub title: String,
    /// What it holds.
    pub kind: CellKind,
    /// Text before each value.
    pub prefix: String,
    /// Text for null.
    pub null: String,
    /// Further columns: `k`, `n`, `lo`, `hi`; defaults are those names.
    pub columns: ChartSpec,
}

/// Heads and rows.
pub type Cells = (Vec<TableColumn>, Vec<Vec<TableCell>>);

/// Head and cells of a table.
///
/// # Errors
/// When a column is missing.
pub fn table(
    columns: &[ColumnUse],
    rows: &Rows,
    target: Option<f64>,
    format: &Format,
) -> Result<Cells> {
    for column in columns {
        rows.require(&[&column.name])?;
    }
    let head = |c: &ColumnUse| TableColumn { title: c.title.clone(), align: c.kind.align() };
    let line = |row: &usize| columns.iter().map(|c| cell(c, rows, *row, target, format)).collect();
    Ok((columns.iter().map(head).collect(), rows.positions.iter().map(line).collect()))
}

/// Values of a column that become columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    /// The column.
    pub by: String,
    /// What the cells show.
    pub cell: ColumnUse,
    /// Values that come first, in this order.
    pub order: Vec<String>,
}

/// One row for each value of the first column, one further column for each value of
/// `pivot.by`, in order of first appearance where no other order is given.
///
/// # Errors
/// When a column is missing.
pub fn pivoted(key: &ColumnUse, pivot: &Pivot, rows: &Rows, format: &Format) -> Result<Cells> {
    let (by, cell_use) = (pivot.by.as_str(), &pivot.cell);
    rows.require(&[&key.name, by, &cell_use.name])?;
    let mut heads = rows.distinct(by);
    let place = |h: &String| pivot.order.iter().position(|o| o == h).unwrap_or(usize::MAX);
    heads.sort_by_key(place);
    let head = |title: &str, align| TableColumn { title: title.replace('_', " "), align };
    let mut columns = vec![head(&key.title, Align::Left)];
    columns.extend(heads.iter().map(|h| head(h, cell_use.kind.align())));
    let mut out = Vec::new();
    for name in rows.distinct(&key.name) {
        let is_mine = |row: &usize| rows.text(&key.name, *row).as_deref() == Some(name.as_str());
        let mine: Vec<usize> = rows.positions.iter().copied().filter(is_mine).collect();
        let mut line: Vec<TableCell> =
            mine.first().map(|row| cell(key, rows, *row, None, format)).into_iter().collect();
        for h in &heads {
            let found = mine.iter().find(|row| rows.text(by, **row).as_ref() == Some(h));
            line.push(found.map_or_else(
                || TableCell { text: cell_use.null.clone(), tone: Tone::Absent },
                |row| cell(cell_use, rows, *row, None, format),
            ));
        }
        out.push(line);
    }
    Ok((columns, out))
}

/// The kind that a column has when the template names none.
#[must_use]
pub fn default_kind(name: &str, kind: Type) -> CellKind {
    match kind {
        Type::Time => CellKind::Instant,
        Type::Int if name.ends_with("_bytes") => CellKind::Bytes,
        Type::Int | Type::Float if name.ends_with("_s") => CellKind::Duration,
        Type::Float if name.ends_with("_ratio") => CellKind::Percent,
        Type::Int => CellKind::Count,
        Type::Float => CellKind::Number,
        Type::Text | Type::List | Type::Bool if name == "verdict" => CellKind::Verdict,
        Type::Text | Type::List | Type::Bool => CellKind::Text,
    }
}

fn cell(c: &ColumnUse, rows: &Rows, row: usize, target: Option<f64>, f: &Format) -> TableCell {
    let value = rows.cell(&c.name, row);
    let number = number_of(&value);
    let neutral = |text: String| TableCell { text, tone: Tone::Neutral };
    let other = |role: &str, default: &str| rows.number(c.columns.word(role, default), row);
    let text = match c.kind {
        CellKind::Text => text_of(&value),
        CellKind::Word => text_of(&value).map(|t| t.replace('_', " ")),
        CellKind::Signature => text_of(&value).map(|t| signature(&t)),
        CellKind::Count => int_of(&value).map(|n| f.count(n)),
        CellKind::Rate => rate(c, rows, row, target, f),
        CellKind::Percent => number.map(|x| f.percent(x, 1, target)),
        CellKind::RateInterval => {
            other("lo", "lo").zip(other("hi", "hi")).map(|(a, b)| f.percent_interval(a, b))
        }
        CellKind::Points => number.map(|x| f.points(x, 2)),
        CellKind::Bytes => number.map(|x| Unit::Bytes.text(x, f)),
        CellKind::Duration => number.map(|x| f.duration(x)),
        CellKind::DurationInterval => {
            other("lo", "lo_s").map(|lo| f.duration_interval(lo, other("hi", "hi_s")))
        }
        CellKind::Date => int_of(&value).map(|at| f.date(at)).or_else(|| text_of(&value)),
        CellKind::Instant => int_of(&value).map(|at| f.instant(at)),
        CellKind::Month => text_of(&value).map(|m| format::month_label(&m)),
        CellKind::Number => number.map(|x| f.short_number(x, 2)),
        CellKind::Verdict => return verdict(&value, &c.null),
    };
    match text {
        Some(text) => neutral(prefixed(&c.prefix, &text)),
        None => TableCell { text: c.null.clone(), tone: Tone::Absent },
    }
}

/// Code and message of a signature; a message that is one code word is shown with blanks.
fn signature(text: &str) -> String {
    let mut parts = text.splitn(3, '|').skip(1);
    let (Some(code), Some(message)) = (parts.next(), parts.next()) else { return text.to_owned() };
    // A code word is why the run counts as failed: there was nothing to quote.
    let is_word = message.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    match (code.is_empty(), is_word) {
        (true, true) => format!("no message ({})", message.replace('_', " ")),
        (true, false) => message.to_owned(),
        (false, true) => format!("{code} ({})", message.replace('_', " ")),
        (false, false) => format!("{code}: {message}"),
    }
}

fn rate(c: &ColumnUse, rows: &Rows, row: usize, target: Option<f64>, f: &Format) -> Option<String> {
    let count = |role: &str| rows.int(c.columns.word(role, role), row);
    match (count("k"), count("n")) {
        (Some(k), Some(n)) => Some(f.rate(k, n, target)),
        _ => rows.number(&c.name, row).map(|x| f.percent(x, 1, target)),
    }
}

fn verdict(value: &Cell, null: &str) -> TableCell {
    let Some(code) = text_of(value) else {
        return TableCell { text: null.to_owned(), tone: Tone::Absent };
    };
    match Verdict::of(&code) {
        Some(v) => TableCell { text: v.word.to_owned(), tone: v.tone },
        None => TableCell { text: code.replace('_', " "), tone: Tone::Neutral },
    }
}

fn int_of(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Int(x) | Cell::Time(x) => Some(*x),
        _ => None,
    }
}

/// Text for null that a template did not choose.
#[must_use]
pub fn default_null() -> String {
    NOT_ASSESSABLE.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::frame::{Column, Frame};
    use crate::model::result::QueryResult;

    fn result() -> QueryResult {
        let texts = |v: &[&str]| Column::Text(v.iter().map(|t| Some((*t).to_owned())).collect());
        let frame = Frame::from_columns(vec![
            ("rate".into(), texts(&["final", "attempt", "final"])),
            ("policy".into(), texts(&["vendor", "vendor", "strict"])),
            ("k".into(), Column::Int(vec![Some(8), Some(8), Some(6)])),
            ("n".into(), Column::Int(vec![Some(10), Some(130), Some(10)])),
            ("value".into(), Column::Float(vec![Some(0.8), None, Some(0.6)])),
            ("verdict".into(), Column::Text(vec![Some("breach".into()), None, None])),
        ]);
        QueryResult { id: "x".into(), frame: frame.unwrap(), ..QueryResult::default() }
    }

    fn column(name: &str, kind: CellKind) -> ColumnUse {
        ColumnUse {
            name: name.into(),
            title: name.into(),
            kind,
            prefix: String::new(),
            null: "–".into(),
            columns: ChartSpec::default(),
        }
    }

    fn texts(rows: &[Vec<TableCell>]) -> Vec<Vec<&str>> {
        rows.iter().map(|r| r.iter().map(|c| c.text.as_str()).collect()).collect()
    }

    #[test]
    fn rates_of_few_trials_are_counts_and_null_is_the_columns_own_text() {
        let result = result();
        let rows = Rows::choose(&result, &[]).unwrap();
        let columns = [
            column("rate", CellKind::Word),
            column("value", CellKind::Rate),
            column("verdict", CellKind::Verdict),
        ];
        let (_, cells) = table(&columns, &rows, None, &Format::default()).unwrap();
        let want = [
            ["final", "8 of 10", "missed"],
            ["attempt", "6.2\u{a0}%", "–"],
            ["final", "6 of 10", "–"],
        ];
        assert_eq!(texts(&cells), want);
        assert_eq!(cells[0][2].tone, Tone::Bad);
        assert_eq!(cells[1][2].tone, Tone::Absent);
    }

    #[test]
    fn a_signature_reads_as_code_and_message_and_a_size_may_be_a_float() {
        for (text, want) in [
            ("storage|SW0201|Warning: [SW<n>] a|b", "SW0201: Warning: [SW<n>] a|b"),
            ("unknown||vendor_status", "no message (vendor status)"),
            ("storage|53|vendor_status", "53 (vendor status)"),
            ("no signature", "no signature"),
        ] {
            assert_eq!(signature(text), want);
        }
        let frame = Frame::from_columns(vec![(
            "size".into(),
            Column::Float(vec![Some(1.5 * 1_099_511_627_776.0), None]),
        )]);
        let result = QueryResult { frame: frame.unwrap(), ..QueryResult::default() };
        let rows = Rows::choose(&result, &[]).unwrap();
        let columns = [column("size", CellKind::Bytes)];
        let (_, cells) = table(&columns, &rows, None, &Format::default()).unwrap();
        assert_eq!(texts(&cells), [["1.50\u{a0}TiB"], ["–"]]);
    }

    #[test]
    fn a_pivot_makes_columns_of_values_and_leaves_gaps_open() {
        let result = result();
        let rows = Rows::choose(&result, &[]).unwrap();
        let pivot = Pivot {
            by: "policy".into(),
            cell: column("value", CellKind::Rate),
            order: vec!["strict".into()],
        };
        let key = column("rate", CellKind::Word);
        let (heads, cells) = pivoted(&key, &pivot, &rows, &Format::default()).unwrap();
        let heads: Vec<&str> = heads.iter().map(|h| h.title.as_str()).collect();
        assert_eq!(heads, ["rate", "strict", "vendor"]);
        assert_eq!(
            texts(&cells),
            [["final", "6 of 10", "8 of 10"], ["attempt", "–", "6.2\u{a0}%"]]
        );
    }
}
