//! The only place where a number becomes text for people: HTML, PDF, workbook, terminal and
//! charts all call it, so no figure is ever shown two ways. It never reads the host's locale
//! or zone, and it never rounds a figure across a target, 0 % or 100 %.

use chrono::{DateTime, Datelike};
use chrono_tz::Tz;

use super::time;

/// Text for a figure whose data are missing.
pub const NOT_ASSESSABLE: &str = "not assessable";
/// Text for a figure that rests on too few cases.
pub const SUPPRESSED: &str = "suppressed";
/// Space that keeps a number and its unit on one line.
const NBSP: char = '\u{a0}';
/// More decimals than this are never shown.
const MAX_DIGITS: usize = 6;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How numbers and instants are written: from the configuration, never from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// Sign between the whole number and its decimals.
    pub decimal: char,
    /// Sign between groups of three digits; none writes them together.
    pub group: Option<char>,
    /// Zone of every date and time of day.
    pub zone: Tz,
}

impl Default for Format {
    fn default() -> Self {
        Format { decimal: '.', group: Some(','), zone: Tz::UTC }
    }
}

/// Unit in which a group of sizes is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ByteUnit {
    /// `GiB`, `TiB` ...
    pub name: &'static str,
    /// Bytes in one unit.
    pub bytes: f64,
    /// Units from which it is used.
    from: f64,
}

impl ByteUnit {
    /// Values that have no unit.
    pub const NONE: ByteUnit = ByteUnit { name: "", bytes: 1.0, from: 0.0 };
}

/// The sizes just below one are there so that 1,023.6 GiB is written 1.00 TiB. Pools are
/// thought of in TiB, so PiB begins at ten of them.
const BYTE_UNITS: [ByteUnit; 6] = [
    ByteUnit { name: "B", bytes: 1.0, from: 0.0 },
    ByteUnit { name: "KiB", bytes: 1024.0, from: 0.9995 },
    ByteUnit { name: "MiB", bytes: 1_048_576.0, from: 0.9995 },
    ByteUnit { name: "GiB", bytes: 1_073_741_824.0, from: 0.9995 },
    ByteUnit { name: "TiB", bytes: 1_099_511_627_776.0, from: 0.9995 },
    ByteUnit { name: "PiB", bytes: 1_125_899_906_842_624.0, from: 9.995 },
];

/// Unit in which durations are written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct TimeUnit {
    name: &'static str,
    seconds: f64,
    /// Below this many units one decimal is shown.
    decimal_below: f64,
    /// From this many units on the next unit is used.
    until: f64,
}

const TIME_UNITS: [TimeUnit; 4] = [
    TimeUnit { name: "s", seconds: 1.0, decimal_below: 0.0, until: 60.0 },
    TimeUnit { name: "min", seconds: 60.0, decimal_below: 10.0, until: 60.0 },
    TimeUnit { name: "h", seconds: 3600.0, decimal_below: 48.0, until: 48.0 },
    TimeUnit { name: "d", seconds: 86_400.0, decimal_below: 100.0, until: f64::INFINITY },
];

impl Format {
    /// A count with grouped digits: `1,204,311`.
    #[must_use]
    pub fn count(&self, n: i64) -> String {
        self.signed(n < 0, &n.unsigned_abs().to_string())
    }

    /// A number with a fixed number of decimals and grouped digits.
    #[must_use]
    pub fn number(&self, x: f64, digits: usize) -> String {
        let text = format!("{:.digits$}", x.abs());
        let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
        self.signed(x < 0.0 && !is_zero, &text)
    }

    /// A number without needless trailing zeros: `2.5`, `3`.
    #[must_use]
    pub fn short_number(&self, x: f64, digits: usize) -> String {
        let rounded = parse(&format!("{x:.digits$}"));
        let needed = (0..=digits).find(|d| same(parse(&format!("{rounded:.d$}")), rounded));
        self.number(rounded, needed.unwrap_or(digits))
    }

    /// A ratio as percent with at least `digits` decimals; more when fewer would show 0 % or
    /// 100 % for a rate that is not, or would put it on the other side of `target`.
    #[must_use]
    pub fn percent(&self, ratio: f64, digits: usize, target: Option<f64>) -> String {
        let honest = (digits..=MAX_DIGITS).find(|&d| is_honest(ratio, d, target));
        let text = match honest {
            Some(d) => self.number(ratio * 100.0, d),
            None => self.number((ratio * 1e8).floor() / 1e6, MAX_DIGITS),
        };
        format!("{text}{NBSP}%")
    }

    /// A rate from its counts: `k of n` below 20 trials, else a percentage whose decimals
    /// follow the number of trials.
    #[must_use]
    pub fn rate(&self, k: i64, n: i64, target: Option<f64>) -> String {
        match n {
            ..=0 => NOT_ASSESSABLE.to_owned(),
            1..20 => format!("{} of {}", self.count(k), self.count(n)),
            _ => self.percent(ratio(k, n), digits_for(n), target),
        }
    }

    /// A difference of two ratios in percentage points, signed: `+0.08 pt`.
    #[must_use]
    pub fn points(&self, difference: f64, digits: usize) -> String {
        let text = self.number(difference * 100.0, digits);
        let plus = if difference > 0.0 && !text.starts_with('−') { "+" } else { "" };
        format!("{plus}{text}{NBSP}pt")
    }

    /// Bytes with a binary unit and three digits or so: `1.23 TiB`.
    #[must_use]
    pub fn bytes(&self, bytes: i64) -> String {
        let unit = byte_unit(as_float(bytes));
        format!("{}{NBSP}{}", self.bytes_in(as_float(bytes), unit), unit.name)
    }

    /// Bytes in a given unit, without its name.
    #[must_use]
    pub fn bytes_in(&self, bytes: f64, unit: ByteUnit) -> String {
        let value = bytes / unit.bytes;
        let digits = match value.abs() {
            _ if unit.bytes <= 1.0 => 0,
            size if size < 9.995 => 2,
            size if size < 99.95 => 1,
            _ => 0,
        };
        self.number(value, digits)
    }

    /// A duration: `45 s`, `57 min`, `2.3 h`, `4.1 d`.
    #[must_use]
    pub fn duration(&self, seconds: f64) -> String {
        let unit = time_unit(seconds.abs());
        format!("{}{NBSP}{}", self.duration_in(seconds, unit), unit.name)
    }

    /// One decimal below the unit's limit, unless the value is a whole number of units:
    /// an objective of exactly 24 h has no decimals, a measured 24.02 h is 24.0 h.
    fn duration_in(&self, seconds: f64, unit: TimeUnit) -> String {
        let value = seconds / unit.seconds;
        let is_whole = (value - value.round()).abs() < 1e-9;
        self.number(value, usize::from(value.abs() < unit.decimal_below && !is_whole))
    }

    /// A range of durations in one unit: `1.8 – 2.5 h`; an open end is `more than 1.8 h`.
    #[must_use]
    pub fn duration_interval(&self, lo: f64, hi: Option<f64>) -> String {
        let Some(hi) = hi else { return format!("more than {}", self.duration(lo)) };
        let (low_unit, high_unit) = (time_unit(lo.abs()), time_unit(hi.abs()));
        // The smaller unit as long as its numbers stay small: 48 – 68 min, not 0.8 – 1.1 h.
        let unit = if hi <= 120.0 * low_unit.seconds { low_unit } else { high_unit };
        let value = |seconds: f64| seconds / unit.seconds;
        if value(lo) < 0.3 && lo > 0.0 {
            return interval(&self.duration(lo), &self.duration(hi));
        }
        let is_whole = |x: f64| (value(x) - value(x).round()).abs() < 1e-9;
        let has_decimal = value(lo) < unit.decimal_below && !(is_whole(lo) && is_whole(hi));
        let digits = usize::from(has_decimal);
        let high = format!("{}{NBSP}{}", self.number(value(hi), digits), unit.name);
        interval(&self.number(value(lo), digits), &high)
    }

    /// A range of ratios with the decimals that its width deserves: `98.9 – 99.7 %`.
    #[must_use]
    pub fn percent_interval(&self, lo: f64, hi: f64) -> String {
        let digits = if hi - lo < 0.01 { 2 } else { 1 };
        let low = self.percent(lo, digits, None);
        interval(low.trim_end_matches(['%', NBSP]), &self.percent(hi, digits, None))
    }

    /// Day of an instant: `2 Oct 2026`.
    #[must_use]
    pub fn date(&self, at_us: i64) -> String {
        time::wall(self.zone, at_us).map_or_else(String::new, |t| {
            format!("{}{NBSP}{} {}", t.day(), month_name(t.month()), t.year())
        })
    }

    /// Day and time of day of an instant with its zone: `2 Oct 2026, 06:00 UTC`.
    #[must_use]
    pub fn instant(&self, at_us: i64) -> String {
        DateTime::from_timestamp_micros(at_us).map_or_else(String::new, |t| {
            let t = t.with_timezone(&self.zone);
            format!("{}, {}", self.date(at_us), t.format("%H:%M %Z"))
        })
    }

    /// Month of an instant: `Oct 2026`.
    #[must_use]
    pub fn month(&self, at_us: i64) -> String {
        time::wall(self.zone, at_us)
            .map_or_else(String::new, |t| format!("{} {}", month_name(t.month()), t.year()))
    }

    /// A half-open period by its first and last day, `1 Jul – 30 Sep 2026`: days UTC in every
    /// zone, because periods begin and end at midnight UTC.
    #[must_use]
    pub fn period(&self, from_us: i64, to_us: i64) -> String {
        let utc = Format { zone: Tz::UTC, ..*self };
        let last = to_us.saturating_sub(1);
        let (first_day, last_day) = (utc.date(from_us), utc.date(last));
        let year = |at| time::wall(Tz::UTC, at).map(|t| t.year());
        match first_day.rsplit_once(' ') {
            _ if first_day == last_day => first_day,
            Some((day, _)) if year(from_us) == year(last) => interval(day, &last_day),
            _ => interval(&first_day, &last_day),
        }
    }

    /// Groups the whole part, sets the signs; `text` is plain digits with an optional `.`.
    fn signed(&self, is_negative: bool, text: &str) -> String {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let mut out = String::from(if is_negative { "−" } else { "" });
        for (position, digit) in whole.chars().enumerate() {
            let left = whole.len() - position;
            if position > 0 && left.is_multiple_of(3) {
                out.extend(self.group);
            }
            out.push(digit);
        }
        if !decimals.is_empty() {
            out.push(self.decimal);
            out.push_str(decimals);
        }
        out
    }
}

/// Appends a number for programs: the fewest digits that read back as the same number, with an
/// exponent below 0.00001 and from 1e16 on; zero has no sign.
pub fn push_exact(x: f64, out: &mut String) {
    match x.abs() {
        0.0 => out.push('0'),
        1e-5..1e16 => {
            let mut buffer = zmij::Buffer::new();
            let digits = buffer.format_finite(x);
            out.push_str(digits.strip_suffix(".0").unwrap_or(digits));
        }
        _ => out.push_str(&format!("{x:e}")),
    }
}

/// Two ends with a dash between them: `a – b`.
#[must_use]
pub fn interval(lo: &str, hi: &str) -> String {
    format!("{lo}{NBSP}– {hi}")
}

/// Decimals of a percentage that `n` trials can carry.
#[must_use]
pub fn digits_for(n: i64) -> usize {
    if n < 1000 { 1 } else { 2 }
}

/// `2026-07` as `Jul 2026`; any other text as it is.
#[must_use]
pub fn month_label(month: &str) -> String {
    split_month(month)
        .map_or_else(|| month.to_owned(), |(year, m)| format!("{} {year}", month_name(m)))
}

/// Year and month (1 to 12) of `2026-07` or `2026-07-15`.
#[must_use]
pub fn split_month(month: &str) -> Option<(i32, u32)> {
    let (year, rest) = month.split_once('-')?;
    let number = rest.split('-').next()?.parse().ok().filter(|m| (1..=12).contains(m))?;
    (year.len() == 4).then_some((year.parse().ok()?, number))
}

/// Three-letter name of a month, 1 to 12.
#[must_use]
pub fn month_name(month: u32) -> &'static str {
    usize::try_from(month).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1))).copied().unwrap_or("")
}

/// The unit in which a size reads best.
#[must_use]
pub fn byte_unit(bytes: f64) -> ByteUnit {
    let [smallest, ..] = BYTE_UNITS;
    BYTE_UNITS.into_iter().rev().find(|u| bytes.abs() >= u.bytes * u.from).unwrap_or(smallest)
}

/// Text from outside as a reader may see it: control characters and those that change the
/// reading direction or stand for nothing visible become `\u{..}`, white space one blank.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{a0}' | '\u{2009}' | '\u{202f}' => out.push(c),
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c if is_hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{f0000}'..)
}

/// The first unit in which the rounded value stays below the unit's end.
fn time_unit(seconds: f64) -> TimeUnit {
    let [.., largest] = TIME_UNITS;
    let fits = |u: &TimeUnit| {
        let value = seconds / u.seconds;
        let digits = usize::from(value < u.decimal_below);
        parse(&format!("{value:.digits$}")) < u.until
    };
    TIME_UNITS.into_iter().find(fits).unwrap_or(largest)
}

/// True when the rounded percentage stands on the side of 0, 100 and the target where the
/// rate itself stands.
fn is_honest(ratio: f64, digits: usize, target: Option<f64>) -> bool {
    let shown = parse(&format!("{:.digits$}", ratio * 100.0));
    let same_side = |limit: f64| {
        let shown_limit = parse(&format!("{:.6}", limit * 100.0));
        ratio.partial_cmp(&limit) == shown.partial_cmp(&shown_limit) || same(ratio, limit)
    };
    let keeps_target = target.is_none_or(|t| {
        let limit = parse(&format!("{:.6}", t * 100.0));
        if ratio < t { shown < limit } else { shown >= limit }
    });
    same_side(0.0) && same_side(1.0) && keeps_target
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON
}

/// Reads back what `format!` wrote; never fails for finite numbers.
fn parse(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[expect(clippy::cast_precision_loss, reason = "shown with at most six digits")]
fn as_float(n: i64) -> f64 {
    n as f64
}

fn ratio(k: i64, n: i64) -> f64 {
    as_float(k) / as_float(n)
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
