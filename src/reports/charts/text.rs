//! Width of text in Inter, from the font's own advance table, so that labels can be placed
//! without a browser. Kerning is left out: it makes text narrower by a percent or two.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Code point, regular and semibold advance; written by the script beside the font files.
const TABLE: &str = include_str!("inter_advances.tsv");
const UNITS_PER_EM: f64 = 2048.0;

static ADVANCES: LazyLock<BTreeMap<char, (f64, f64)>> = LazyLock::new(|| {
    let parse = |line: &str| {
        let mut fields = line.split('\t');
        let code = u32::from_str_radix(fields.next()?, 16).ok()?;
        let mut width = || fields.next()?.parse::<f64>().ok();
        Some((char::from_u32(code)?, (width()?, width()?)))
    };
    TABLE.lines().filter_map(parse).collect()
});

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// 400.
    Regular,
    /// 600.
    Semibold,
}

/// Width of a text in user units at a font size.
#[must_use]
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    text.chars().map(|c| advance(c, weight)).sum::<f64>() * size / UNITS_PER_EM
}

/// The text, cut with an ellipsis when it is wider than `room`.
#[must_use]
pub fn fit(text: &str, room: f64, size: f64, weight: Weight) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size, weight) + width("…", size, weight) > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

/// Text broken at blanks into lines no wider than `room`; a single long word is cut.
#[must_use]
pub fn wrap(text: &str, room: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, room, size, weight)),
        }
    }
    lines
}

/// A character outside the table comes from a fallback font: wide scripts fill the em.
fn advance(c: char, weight: Weight) -> f64 {
    match (ADVANCES.get(&c), weight) {
        (Some((regular, _)), Weight::Regular) => *regular,
        (Some((_, semibold)), Weight::Semibold) => *semibold,
        (None, _) if c >= '\u{1100}' => UNITS_PER_EM,
        (None, _) => 0.64 * UNITS_PER_EM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_sums_of_the_fonts_own_advances() {
        // hmtx of the regular face: T 1322, i 496, e 1194, r 771, 1 833; 2048 units to the em.
        let by_hand = f64::from(1322 + 496 + 1194 + 771 + 833) * 13.0 / 2048.0;
        assert!((width("Tier1", 13.0, Weight::Regular) - by_hand).abs() < 1e-9);
        assert!(width("Tier 1", 13.0, Weight::Semibold) > width("Tier 1", 13.0, Weight::Regular));
    }

    #[test]
    fn a_long_name_is_cut_with_an_ellipsis_and_fits() {
        let name = "payments-gateway-production-eu-central-1";
        let cut = fit(name, 120.0, 12.0, Weight::Regular);
        assert!(cut.ends_with('…') && cut.len() < name.len());
        assert!(width(&cut, 12.0, Weight::Regular) <= 120.0);
        assert_eq!(fit("short", 120.0, 12.0, Weight::Regular), "short");
    }

    #[test]
    fn wrapped_lines_keep_every_word_in_order() {
        let text = "Add runs that were expected and never started";
        let lines = wrap(text, 110.0, 12.0, Weight::Regular);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), text);
        assert!(lines.iter().all(|l| width(l, 12.0, Weight::Regular) <= 110.0));
    }

    #[test]
    fn characters_the_font_lacks_are_counted_generously() {
        assert!(width("日本", 10.0, Weight::Regular) >= 20.0);
    }
}
