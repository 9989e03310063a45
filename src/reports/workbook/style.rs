//! Looks of cells as the file's formats: one palette, one typeface, yellow for what a reader
//! may change. It knows roles, never figures.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use super::book::{Look, Role, Side};
use super::spec::Tone;

/// Typeface of the workbook.
pub const FONT: &str = "Calibri";
/// Dark blue of heads and titles.
pub const NAVY: Color = Color::RGB(0x12_28_4B);
const INK: Color = Color::RGB(0x1F_29_33);
const GREY: Color = Color::RGB(0x6B_75_80);
const RULE: Color = Color::RGB(0xD9_DE_E4);
const YELLOW: Color = Color::RGB(0xFF_F7_D6);
const YELLOW_RULE: Color = Color::RGB(0xE0_BE_5A);
const INPUT_BLUE: Color = Color::RGB(0x0B_4F_9E);
const TOTAL_FILL: Color = Color::RGB(0xF1_F4_F8);

/// The file's format of a look.
#[must_use]
pub fn format(look: &Look) -> Format {
    let base = Format::new().set_font_name(FONT).set_font_size(11).set_font_color(INK);
    let mut format = match look.role {
        Role::Title => base.set_bold().set_font_size(18).set_font_color(NAVY),
        Role::Subtitle => base.set_font_color(GREY),
        Role::Heading => base.set_bold().set_font_size(13).set_font_color(NAVY),
        Role::Head => base
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(NAVY)
            .set_align(FormatAlign::Bottom),
        Role::Label => base,
        Role::Input => base
            .set_font_color(INPUT_BLUE)
            .set_background_color(YELLOW)
            .set_border(FormatBorder::Thin)
            .set_border_color(YELLOW_RULE)
            .set_unlocked(),
        Role::Body => underlined(base),
        Role::GroupStart => {
            underlined(base).set_border_top(FormatBorder::Thin).set_border_top_color(NAVY)
        }
        Role::Total => base
            .set_bold()
            .set_background_color(TOTAL_FILL)
            .set_border_top(FormatBorder::Medium)
            .set_border_top_color(NAVY),
        Role::Note => base.set_font_size(10).set_font_color(GREY).set_indent(1),
    };
    if !look.format.is_empty() {
        format = format.set_num_format(&look.format);
    }
    if look.wrap {
        format = format.set_text_wrap();
    }
    let has_side =
        matches!(look.role, Role::Head | Role::Input | Role::Body | Role::GroupStart | Role::Total);
    match look.side {
        Side::Right if has_side => format.set_align(FormatAlign::Right),
        Side::Left if has_side => format.set_align(FormatAlign::Left).set_indent(1),
        Side::Left | Side::Right => format,
    }
}

fn underlined(format: Format) -> Format {
    format
        .set_border_bottom(FormatBorder::Hair)
        .set_border_bottom_color(RULE)
        .set_align(FormatAlign::VerticalCenter)
}

/// The look of a marked cell.
#[must_use]
pub fn tone(tone: Tone) -> Format {
    match tone {
        Tone::Good => Format::new().set_background_color(0xD9_EF_E1).set_font_color(0x14_56_33),
        Tone::Watch => Format::new().set_background_color(0xFB_E3_B5).set_font_color(0x6B_46_00),
        Tone::Bad => {
            Format::new().set_background_color(0xB3_20_2C).set_font_color(Color::White).set_bold()
        }
        Tone::Quiet => Format::new().set_font_color(GREY),
    }
}

/// Colour of a series by its name, else by its position.
#[must_use]
pub fn series_colour(name: Option<&str>, position: usize) -> Color {
    const PALETTE: [(&str, u32); 6] = [
        ("blue", 0x1F_5F_99),
        ("amber", 0xD9_8A_1F),
        ("teal", 0x1B_87_7B),
        ("navy", 0x12_28_4B),
        ("red", 0xB3_20_2C),
        ("grey", 0x8A_94_9F),
    ];
    let named = PALETTE.iter().find(|(n, _)| Some(*n) == name);
    let placed = || PALETTE.iter().cycle().nth(position);
    named.or_else(placed).map_or(NAVY, |(_, rgb)| Color::RGB(*rgb))
}
