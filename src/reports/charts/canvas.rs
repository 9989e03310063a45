//! A drawing: shapes and texts as SVG with presentation attributes only (no `style`, no
//! script, no reference to anything outside). Every text is escaped here, once.

use std::fmt::Write as _;

use super::text::Weight;

/// Where colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// CSS variables of the page: light and dark from one drawing.
    Variables,
    /// Literal colours for renderers that know no CSS.
    Literal,
}

/// A colour by its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Main text.
    Ink,
    /// Secondary text.
    Soft,
    /// Grid lines.
    Grid,
    /// Axis lines.
    Axis,
    /// Background of the figure.
    Surface,
    /// Main data colour.
    Accent,
    /// Data without stress.
    Quiet,
    /// Area of normal values.
    Base,
    /// A series of several.
    Series(usize),
    /// Good.
    Good,
    /// Good, as an area.
    GoodArea,
    /// Warning.
    Watch,
    /// Missed.
    Bad,
    /// Missed, as an area.
    BadArea,
    /// Sign on a coloured cell.
    OnColour,
    /// Nothing.
    None,
}

const SERIES: [(&str, &str); 8] = [
    ("var(--s0)", "#1d5fad"),
    ("var(--s1)", "#2b7a58"),
    ("var(--s2)", "#ad5210"),
    ("var(--s3)", "#7549a5"),
    ("var(--s4)", "#0d7583"),
    ("var(--s5)", "#a03b72"),
    ("var(--s6)", "#6b6a1f"),
    ("var(--s7)", "#4a5568"),
];

impl Paint {
    /// Attribute value.
    #[must_use]
    pub fn value(self, palette: Palette) -> &'static str {
        let (variable, literal) = match self {
            Paint::Ink => ("var(--ink)", "#182133"),
            Paint::Soft => ("var(--soft)", "#566175"),
            Paint::Grid => ("var(--grid)", "#e3e7ed"),
            Paint::Axis => ("var(--axis)", "#aab3c0"),
            Paint::Surface => ("var(--surface)", "#ffffff"),
            Paint::Accent => ("var(--accent)", "#1d5fad"),
            Paint::Quiet => ("var(--quiet)", "#a9b7c9"),
            Paint::Base => ("var(--base)", "#e9edf2"),
            Paint::Good => ("var(--good)", "#1f7a53"),
            Paint::GoodArea => ("var(--good-area)", "#cfe5d9"),
            Paint::Watch => ("var(--watch)", "#b26a00"),
            Paint::Bad => ("var(--bad)", "#b3202e"),
            Paint::BadArea => ("var(--bad-area)", "#fcf3f3"),
            Paint::OnColour => ("var(--on-colour)", "#ffffff"),
            Paint::None => ("none", "none"),
            Paint::Series(i) => SERIES.get(i % SERIES.len()).copied().unwrap_or(("", "")),
        };
        match palette {
            Palette::Variables => variable,
            Palette::Literal => literal,
        }
    }
}

/// Which point of a text stands at its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its begin.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    /// Font size, user units.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Anchor.
    pub anchor: Anchor,
    /// Colour.
    pub paint: Paint,
    /// A rim in the background's colour keeps it readable over lines.
    pub has_halo: bool,
}

impl TextStyle {
    /// Regular text, anchored at its begin.
    #[must_use]
    pub const fn new(size: f64, paint: Paint) -> Self {
        let (weight, anchor) = (Weight::Regular, Anchor::Start);
        TextStyle { size, weight, anchor, paint, has_halo: false }
    }
    /// The same in semibold.
    #[must_use]
    pub const fn bold(self) -> Self {
        TextStyle { weight: Weight::Semibold, ..self }
    }
    /// The same, anchored elsewhere.
    #[must_use]
    pub const fn anchored(self, anchor: Anchor) -> Self {
        TextStyle { anchor, ..self }
    }
    /// The same with a rim.
    #[must_use]
    pub const fn with_halo(self) -> Self {
        TextStyle { has_halo: true, ..self }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub paint: Paint,
    /// Width.
    pub width: f64,
    /// `stroke-dasharray`, when not solid.
    pub dash: Option<&'static str>,
}

/// A solid line.
#[must_use]
pub const fn stroke(paint: Paint, width: f64) -> Stroke {
    Stroke { paint, width, dash: None }
}

/// A dashed line.
#[must_use]
pub const fn dashed(paint: Paint, width: f64, dash: &'static str) -> Stroke {
    Stroke { paint, width, dash: Some(dash) }
}

/// A drawing under way.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: f64,
    height: f64,
    palette: Palette,
    body: String,
}

impl Canvas {
    /// An empty drawing.
    #[must_use]
    pub fn new(width: f64, height: f64, palette: Palette) -> Self {
        Canvas { width, height, palette, body: String::new() }
    }

    /// A filled rectangle with corner radius.
    pub fn rect(&mut self, at: (f64, f64), size: (f64, f64), radius: f64, fill: Paint) {
        let (x, y, w, h) = (num(at.0), num(at.1), num(size.0.max(0.0)), num(size.1.max(0.0)));
        let fill = fill.value(self.palette);
        let radius = if radius > 0.0 { format!(" rx=\"{}\"", num(radius)) } else { String::new() };
        self.push(&format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{radius} fill=\"{fill}\"/>"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let (x1, y1, x2, y2) = (num(from.0), num(from.1), num(to.0), num(to.1));
        let stroke = self.stroke(stroke);
        self.push(&format!("<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"{stroke}/>"));
    }

    /// A line through points.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        let (points, stroke) = (path(points), self.stroke(stroke));
        self.push(&format!(
            "<polyline points=\"{points}\" fill=\"none\" stroke-linejoin=\"round\" \
             stroke-linecap=\"round\"{stroke}/>"
        ));
    }

    /// A filled area.
    pub fn polygon(&mut self, points: &[(f64, f64)], fill: Paint, opacity: f64) {
        let (points, fill, opacity) = (path(points), fill.value(self.palette), num(opacity));
        self.push(&format!(
            "<polygon points=\"{points}\" fill=\"{fill}\" fill-opacity=\"{opacity}\"/>"
        ));
    }

    /// A circle, filled and outlined.
    pub fn circle(&mut self, at: (f64, f64), radius: f64, fill: Paint, outline: Stroke) {
        let (x, y, r) = (num(at.0), num(at.1), num(radius));
        let (fill, outline) = (fill.value(self.palette), self.stroke(outline));
        self.push(&format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{fill}\"{outline}/>"));
    }

    /// A text with its baseline at y.
    pub fn text(&mut self, at: (f64, f64), text: &str, style: TextStyle) {
        let (x, y, size) = (num(at.0), num(at.1), num(style.size));
        let fill = style.paint.value(self.palette);
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let weight = match style.weight {
            Weight::Regular => "",
            Weight::Semibold => " font-weight=\"600\"",
        };
        let halo = if style.has_halo {
            let surface = Paint::Surface.value(self.palette);
            format!(
                " paint-order=\"stroke\" stroke=\"{surface}\" stroke-width=\"4\" \
                 stroke-linejoin=\"round\""
            )
        } else {
            String::new()
        };
        self.push(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{fill}\"{anchor}{weight}{halo}>\
             {}</text>",
            escape(text)
        ));
    }

    /// The whole element with its names for assistive technology.
    #[must_use]
    pub fn finish(self, id: &str, title: &str, description: &str) -> String {
        let (width, height) = (num(self.width), num(self.height));
        let (id, title, description) = (escape(id), escape(title), escape(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\" font-family=\"Inter, sans-serif\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\
             {}</svg>",
            self.body
        )
    }

    /// Height of the drawing.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.height
    }

    fn stroke(&self, stroke: Stroke) -> String {
        if stroke.paint == Paint::None {
            return String::new();
        }
        let (paint, width) = (stroke.paint.value(self.palette), num(stroke.width));
        let mut out = format!(" stroke=\"{paint}\" stroke-width=\"{width}\"");
        if let Some(dash) = stroke.dash {
            let _ = write!(out, " stroke-dasharray=\"{dash}\"");
        }
        out
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
    }
}

/// Text for element content and quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn path(points: &[(f64, f64)]) -> String {
    let pairs: Vec<String> =
        points.iter().map(|(x, y)| format!("{},{}", num(*x), num(*y))).collect();
    pairs.join(" ")
}

/// A coordinate with at most two decimals and never `-0` or an exponent.
fn num(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
