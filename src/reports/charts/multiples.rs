//! Small multiples: the same small line for many measures, each against its own baseline,
//! with its change as text.

use super::Look;
use super::canvas::{Anchor, Canvas, Paint, TextStyle, stroke};
use super::scale::{self, Scale, float};
use super::text::{Weight, fit, width};

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Measure.
    pub title: String,
    /// Change as text: `+30 %`.
    pub change: String,
    /// The change is flagged.
    pub is_flagged: bool,
    /// Values in order; gaps allowed.
    pub values: Vec<Option<f64>>,
    /// Normal values: lower end, middle, upper end.
    pub base: Option<(f64, f64, f64)>,
}

/// Small multiples.
#[derive(Debug, Clone, PartialEq)]
pub struct Multiples {
    /// Panels in reading order.
    pub panels: Vec<Panel>,
    /// Names of the first and last place of all panels.
    pub ends: (String, String),
}

const HEIGHT: f64 = 118.0;

impl Multiples {
    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let columns = if look.is_narrow() { 2 } else { self.panels.len().clamp(1, 4) };
        let rows = self.panels.len().div_ceil(columns);
        let mut canvas = Canvas::new(look.width, HEIGHT * float(rows), look.palette);
        let gap = 24.0;
        let size = (look.width - gap * float(columns - 1)) / float(columns);
        for (number, panel) in self.panels.iter().enumerate() {
            let x = float(number % columns) * (size + gap);
            let y = float(number / columns) * HEIGHT;
            self.draw_panel(&mut canvas, panel, (x, y), size);
        }
        canvas
    }

    fn draw_panel(&self, canvas: &mut Canvas, panel: &Panel, (x, y): (f64, f64), size: f64) {
        let paint = if panel.is_flagged { Paint::Bad } else { Paint::Accent };
        let change = TextStyle::new(12.0, if panel.is_flagged { Paint::Bad } else { Paint::Soft });
        canvas.text((x + size, y + 14.0), &panel.change, change.bold().anchored(Anchor::End));
        let room = size - width(&panel.change, 12.0, Weight::Semibold) - 8.0;
        let title = fit(&panel.title, room, 12.5, Weight::Semibold);
        canvas.text((x, y + 14.0), &title, TextStyle::new(12.5, Paint::Ink).bold());
        let base = panel.base.into_iter().flat_map(|(a, b, c)| [a, b, c]);
        let domain = scale::extent(panel.values.iter().copied().flatten().chain(base));
        let scale = Scale::linear(domain.unwrap_or((0.0, 1.0)), (y + 80.0, y + 28.0));
        if let Some((lo, middle, hi)) = panel.base {
            let (top, bottom) = (scale.at(hi), scale.at(lo));
            canvas.rect((x, top), (size, bottom - top), 0.0, Paint::Base);
            let at = scale.at(middle);
            canvas.line((x, at), (x + size, at), stroke(Paint::Axis, 1.0));
        }
        let step = (size - 6.0) / float(panel.values.len().max(2) - 1);
        let place =
            |(i, v): (usize, &Option<f64>)| Some((x + 1.0 + step * float(i), scale.at((*v)?)));
        let points: Vec<_> = panel.values.iter().enumerate().filter_map(place).collect();
        canvas.polyline(&points, stroke(paint, 1.8));
        if let Some(last) = points.last() {
            // A ring instead of a dot: the flag must not rest on colour alone.
            if panel.is_flagged {
                canvas.circle(*last, 4.2, Paint::Surface, stroke(paint, 2.0));
            } else {
                canvas.circle(*last, 3.2, paint, stroke(Paint::Surface, 1.2));
            }
        }
        let small = TextStyle::new(11.0, Paint::Soft);
        canvas.text((x, y + 99.0), &self.ends.0, small);
        canvas.text((x + size, y + 99.0), &self.ends.1, small.anchored(Anchor::End));
    }

    pub(super) fn describe(&self) -> String {
        let panel = |p: &Panel| {
            let flag = if p.is_flagged { ", outside the usual range" } else { "" };
            format!("{}: {}{flag}.", p.title, p.change)
        };
        let texts: Vec<_> = self.panels.iter().map(panel).collect();
        format!("From {} to {}. {}", self.ends.0, self.ends.1, texts.join(" "))
    }
}
