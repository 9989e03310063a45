//! The `[read]` table of an adapter: which format, and the options of that format. It must never
//! accept an option that the format does not use: a forgotten option is a silent wrong reading.

use regex::Regex;
use serde::Deserialize;

use crate::error::{Error, Result};

/// What the input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 4180 with quoted newlines. Options: delimiter quote escape header skip comment trailer.
    Csv,
    /// The same with TAB, and no quoting unless `quote` is given.
    Tsv,
    /// JSON documents, one or several after each other. Options: records each explode pivot mixed.
    Json,
    /// One JSON document per line. The same options.
    Ndjson,
    /// Text by regex. Options: pattern continuation open close each_line section skip trailer.
    Lines,
    /// Columns by position. Options: layout header skip trailer.
    Fixed,
    /// Columns by blanks under a header line. Options: phrases skip trailer.
    Table,
    /// `key=value` lines. Options: delimiter open skip trailer.
    Kv,
    /// Prometheus: query answers (JSON) or the exposition format.
    Prometheus,
    /// RFC 5424 lines with structured data.
    SyslogSd,
    /// `kubectl get -o json`: a List or single objects. Options: each explode pivot.
    K8s,
    /// Apache Parquet. Options: encoding (`utf-8`: columns of plain bytes hold text).
    Parquet,
}

/// Where the column names are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a row number (0 = no header) or a list of names")]
pub enum Header {
    /// The n-th record is the header, what stands before it is skipped; 0 = no header: the
    /// columns are called `1`, `2`, ... by the width of the first record.
    Row(usize),
    /// The names; the file has no header of its own (else skip it).
    Names(Vec<String>),
}

/// Lines that are no data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a number of lines or a list of regexes")]
pub enum Skip {
    /// The first n lines, after `#TYPE` and `sep=` lines.
    Lines(usize),
    /// Every line that one of the regexes matches.
    Matching(Vec<String>),
}

/// One text or a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts")]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            OneOrMany::One(text) => std::slice::from_ref(text),
            OneOrMany::Many(texts) => texts,
        }
    }
}

/// A column of a fixed layout, in characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Column name.
    pub name: String,
    /// 1-based position of the first character.
    pub at: usize,
    /// Width; none = to the end of the line.
    pub width: Option<usize>,
}

/// The `[read]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadSpec {
    /// The format.
    pub format: Format,
    /// Code page (WHATWG label, `windows-1252`) when the bytes are neither UTF-8 nor UTF-16.
    pub encoding: Option<String>,

    /// csv, tsv: the separator, one character (default `,`, TAB); a `sep=` line wins. Where none
    /// is named, a header without a comma may be separated by `;`, TAB or `|`.
    /// kv: what ends the key (default `=`; `" "` also drops a trailing ` (human text)`).
    pub delimiter: Option<String>,
    /// csv, tsv: the quote character (default `"`; tsv: none); `""` = no quoting.
    pub quote: Option<String>,
    /// csv, tsv: a character that takes the next one literally, in and outside quotes (`\`).
    pub escape: Option<String>,
    /// csv, tsv: default 1. fixed: lines to drop (default 0).
    pub header: Option<Header>,
    /// csv, tsv: column names count without their case, and are lower case from here on.
    #[serde(default)]
    pub lower_names: bool,
    /// Lines that are no data; counted in the facts.
    pub skip: Option<Skip>,
    /// csv, tsv: lines that begin with this text are no data; counted.
    pub comment: Option<String>,

    /// json, ndjson: path of the records in the document, default the document itself (or its
    /// elements, if it is a list). A path goes through lists; `*` takes all members of an
    /// object, whose name is then `^.key`. The rest of the document is `^.field`; the list
    /// itself is left empty there.
    pub records: Option<String>,
    /// json: the part of a record that becomes the record; the whole is `^.field`.
    pub each: Option<String>,
    /// json: a list in a record; each element becomes a record, the outer one is `^.field`,
    /// and the document around that `^.^.field`.
    pub explode: Option<String>,
    /// json, kv lists, csv: all records of a document become one; the fields of the record whose
    /// member of this name is N are found as `N.field`.
    pub pivot: Option<String>,
    /// json, ndjson: text between the documents is allowed; each such line becomes a record with
    /// the one member `message`.
    #[serde(default)]
    pub mixed: bool,

    /// fixed: the columns.
    pub layout: Option<Vec<Slot>>,
    /// table: column names that contain a blank (`"Mounted on"`).
    pub phrases: Option<Vec<String>>,

    /// lines: regexes with named groups; the names are the columns, and `message` is the whole
    /// text. The first that matches wins; a line that none matches is skipped and counted. In a
    /// block (`open`) each is tried on each line, and the first value of a group stays.
    pub pattern: Option<OneOrMany>,
    /// lines: a line that matches belongs to the line before it.
    pub continuation: Option<String>,
    /// lines: first line of a block that becomes one record. kv: a line that begins a record.
    pub open: Option<String>,
    /// lines: last line of a block. It closes the youngest open block whose groups of the same
    /// name have the same text. The column `closed` says `yes`, `no` (end of input) or
    /// `superseded` (never closed, and a later block was opened).
    pub close: Option<String>,
    /// lines, with `open`: each line of a block is a record under the columns of its block's
    /// first and last line; the groups of `pattern` are those of the line itself, `message` is the
    /// line and the column `line` its number in the block.
    #[serde(default)]
    pub each_line: bool,
    /// lines: a line whose groups are columns of all records up to the next such line.
    pub section: Option<String>,

    /// Text that means null; applied by the mapping, after `from`.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Path or column with the export's own time; its text is in the facts.
    #[serde(default)]
    pub captured: String,
    /// Regex of a line that is no record; its first group, if any, is the number of rows.
    pub trailer: Option<String>,
    /// The export is a complete listing of its scope.
    #[serde(default)]
    pub complete: bool,
}

impl ReadSpec {
    /// A specification with nothing but a format.
    #[must_use]
    pub fn of(format: Format) -> Self {
        ReadSpec {
            format,
            encoding: None,
            delimiter: None,
            quote: None,
            escape: None,
            header: None,
            lower_names: false,
            skip: None,
            comment: None,
            records: None,
            each: None,
            explode: None,
            pivot: None,
            mixed: false,
            layout: None,
            phrases: None,
            pattern: None,
            continuation: None,
            open: None,
            close: None,
            each_line: false,
            section: None,
            missing: Vec::new(),
            captured: String::new(),
            trailer: None,
            complete: false,
        }
    }

    /// Checks what can be checked without an input.
    ///
    /// # Errors
    /// Configuration: an option the format does not use, a regex that does not compile, a
    /// separator that is not one character, an unknown code page, a missing layout.
    pub fn check(&self) -> Result<()> {
        for (option, given) in self.given() {
            if given && !uses(self.format, option) {
                let format = format!("{:?}", self.format).to_lowercase();
                return Err(Error::config(format!("[read] {option} means nothing to {format}"))
                    .hint(format!("remove `{option}` from [read]")));
            }
        }
        for (name, text) in [("quote", &self.quote), ("escape", &self.escape)] {
            one_ascii(name, text.as_deref().filter(|t| !t.is_empty()))?;
        }
        if matches!(self.format, Format::Csv | Format::Tsv) {
            one_ascii("delimiter", self.delimiter.as_deref())?;
        } else if self.delimiter.as_deref() == Some("") {
            return Err(Error::config("[read] delimiter is empty"));
        }
        if let Some(label) = &self.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(Error::config(format!("[read] encoding: no code page \"{label}\""))
                .hint("use a WHATWG label, for example encoding = \"windows-1252\""));
        }
        if self.format == Format::Parquet
            && self.encoding.as_ref().is_some_and(|label| !label.eq_ignore_ascii_case("utf-8"))
        {
            return Err(Error::config(
                "[read] encoding: plain bytes in Parquet are utf-8 or no text",
            )
            .hint("encoding = \"utf-8\", or cast the column to text in the export"));
        }
        if self.format == Format::Fixed && self.layout.as_ref().is_none_or(Vec::is_empty) {
            return Err(Error::config("[read] format = \"fixed\" has no layout")
                .hint("layout = [{ name = \"client\", at = 1, width = 20 }, ...]"));
        }
        if self.layout.iter().flatten().any(|slot| slot.at == 0) {
            return Err(Error::config("[read] layout: positions count from 1"));
        }
        if self.format == Format::Fixed && matches!(self.header, Some(Header::Names(_))) {
            return Err(Error::config("[read] header: the names of a fixed format are in layout")
                .hint("header = 1 drops the first line"));
        }
        if self.format == Format::Lines && self.open.is_some() != self.close.is_some() {
            return Err(Error::config("[read] open and close belong together"));
        }
        if self.each_line && self.open.is_none() {
            return Err(Error::config("[read] each_line needs open and close"));
        }
        self.regexes()
    }

    fn regexes(&self) -> Result<()> {
        let single = [
            ("continuation", &self.continuation),
            ("open", &self.open),
            ("close", &self.close),
            ("section", &self.section),
            ("trailer", &self.trailer),
        ];
        for (option, text) in single {
            regex(option, text.as_deref())?;
        }
        for text in self.pattern.iter().flat_map(|p| p.all()) {
            regex("pattern", Some(text))?;
        }
        if let Some(Skip::Matching(texts)) = &self.skip {
            for text in texts {
                regex("skip", Some(text))?;
            }
        }
        Ok(())
    }

    /// Every option that not all formats have, and whether it is given.
    fn given(&self) -> [(&'static str, bool); 21] {
        [
            ("delimiter", self.delimiter.is_some()),
            ("quote", self.quote.is_some()),
            ("escape", self.escape.is_some()),
            ("header", self.header.is_some()),
            ("lower_names", self.lower_names),
            ("skip", self.skip.is_some()),
            ("comment", self.comment.is_some()),
            ("records", self.records.is_some()),
            ("each", self.each.is_some()),
            ("explode", self.explode.is_some()),
            ("pivot", self.pivot.is_some()),
            ("mixed", self.mixed),
            ("layout", self.layout.is_some()),
            ("phrases", self.phrases.is_some()),
            ("pattern", self.pattern.is_some()),
            ("continuation", self.continuation.is_some()),
            ("open", self.open.is_some()),
            ("close", self.close.is_some()),
            ("each_line", self.each_line),
            ("section", self.section.is_some()),
            ("trailer", self.trailer.is_some()),
        ]
    }
}

fn uses(format: Format, option: &str) -> bool {
    let options: &[&str] = match format {
        Format::Csv | Format::Tsv => &[
            "delimiter",
            "quote",
            "escape",
            "header",
            "lower_names",
            "skip",
            "comment",
            "pivot",
            "trailer",
        ],
        Format::Json | Format::Ndjson => &["records", "each", "explode", "pivot", "mixed"],
        Format::K8s => &["each", "explode", "pivot"],
        Format::Lines => {
            &["pattern", "continuation", "open", "close", "each_line", "section", "skip", "trailer"]
        }
        Format::Fixed => &["layout", "header", "skip", "pivot", "trailer"],
        Format::Table => &["phrases", "skip", "pivot", "trailer"],
        Format::Kv => &["delimiter", "open", "skip", "trailer"],
        Format::Prometheus => &[],
        Format::SyslogSd => &["skip"],
        Format::Parquet => &[],
    };
    options.contains(&option)
}

fn one_ascii(option: &str, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) if text.len() != 1 => Err(Error::config(format!(
            "[read] {option} must be one ASCII character, not \"{text}\""
        ))
        .hint("TAB is written \"\\t\"")),
        Some(_) | None => Ok(()),
    }
}

/// Compiles the regex of an option.
pub(super) fn regex(option: &str, text: Option<&str>) -> Result<Option<Regex>> {
    let Some(text) = text else { return Ok(None) };
    Regex::new(text).map(Some).map_err(|e| {
        let last = e.to_string().lines().last().unwrap_or_default().trim().to_owned();
        Error::config(format!("[read] {option} is no regex: {text}")).because(last)
    })
}
