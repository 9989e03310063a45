//! Waterfall: from one rate to another in steps that add up exactly, each with its own bar, its
//! amount and the counts it reaches.

use crate::model::format::Format;

use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed, stroke};
use super::scale::{self, Scale, float};
use super::text::{Weight, width, wrap};
use super::{Look, Unit};

/// What a bar is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// A rate: the bar begins at the axis.
    Level(f64),
    /// A change from the level before.
    Change(f64),
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is: `runs that never started`.
    pub label: String,
    /// Its amount.
    pub amount: Amount,
    /// What it reaches, in counts: `9,557 of 9,657`.
    pub detail: String,
}

/// Waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// Bars in order.
    pub bars: Vec<Bar>,
}

const ROW: f64 = 42.0;
const NARROW_ROW: f64 = 50.0;

impl Waterfall {
    /// Begin and end of each bar; a level begins and ends at its own value.
    #[must_use]
    pub fn spans(&self) -> Vec<(f64, f64)> {
        let mut at = 0.0;
        let mut spans = Vec::new();
        for bar in &self.bars {
            let begin = at;
            at = match bar.amount {
                Amount::Level(value) => value,
                Amount::Change(change) => begin + change,
            };
            spans.push((if matches!(bar.amount, Amount::Level(_)) { at } else { begin }, at));
        }
        spans
    }

    /// Range of the axis: all levels and steps are inside, with room to see the smallest.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        let ends = self.spans().into_iter().flat_map(|(a, b)| [a, b]);
        let (lo, hi) = scale::extent(ends).unwrap_or((0.0, 1.0));
        let pad = ((hi - lo) * 0.18).max(0.002);
        ((lo - pad).max(0.0), (hi + pad * 0.4).min(1.0).max(hi))
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let row = if look.is_narrow() { NARROW_ROW } else { ROW };
        let bottom = 8.0 + row * float(self.bars.len());
        let mut canvas = Canvas::new(look.width, bottom + 30.0, look.palette);
        let left = if look.is_narrow() { 128.0 } else { 260.0 };
        let right = if look.is_narrow() { 66.0 } else { 150.0 };
        let scale = Scale::linear(self.domain(), (left, look.width - right));
        draw_axis(&mut canvas, &scale, bottom, look);
        let spans = self.spans();
        for (number, (bar, (from, to))) in self.bars.iter().zip(&spans).enumerate() {
            let y = 8.0 + row * float(number);
            let is_level = matches!(bar.amount, Amount::Level(_));
            draw_label(&mut canvas, &bar.label, is_level, (left - 14.0, y + row / 2.0));
            let (begin, end, middle) = (scale.at(*from), scale.at(*to), y + row / 2.0);
            if number + 1 < self.bars.len() {
                canvas.line((end, middle), (end, middle + row), dashed(Paint::Axis, 1.0, "2 2"));
            }
            let text = match bar.amount {
                // A level is a point: the axis does not begin at zero, so a bar would lie.
                Amount::Level(value) => {
                    canvas.line((left, middle), (end, middle), stroke(Paint::Grid, 2.0));
                    canvas.circle((end, middle), 6.0, Paint::Accent, stroke(Paint::Surface, 1.5));
                    Unit::Percent.text(value, look.format)
                }
                Amount::Change(value) => {
                    let paint = match value {
                        v if v < 0.0 => Paint::Bad,
                        v if v > 0.0 => Paint::Good,
                        _ => Paint::Axis,
                    };
                    let (x0, x1) = (begin.min(end), begin.max(end));
                    canvas.rect((x0, middle - 10.0), ((x1 - x0).max(2.0), 20.0), 2.0, paint);
                    look.format.points(value, 2)
                }
            };
            let x = look.width - right + 12.0;
            let strong = TextStyle::new(12.5, Paint::Ink).bold();
            if look.is_narrow() {
                canvas.text((look.width, middle + 4.0), &text, strong.anchored(Anchor::End));
            } else if bar.detail.is_empty() {
                canvas.text((x, middle + 4.5), &text, strong);
            } else {
                canvas.text((x, middle - 2.0), &text, strong);
                canvas.text((x, middle + 13.0), &bar.detail, TextStyle::new(11.5, Paint::Soft));
            }
        }
        canvas
    }

    pub(super) fn describe(&self, format: &Format) -> String {
        let bar = |b: &Bar| match b.amount {
            Amount::Level(v) => format!("{}: {}.", b.label, Unit::Percent.text(v, format)),
            Amount::Change(v) => {
                format!("{}: {}, to {}.", b.label, format.points(v, 2), b.detail)
            }
        };
        self.bars.iter().map(bar).collect::<Vec<_>>().join(" ")
    }
}

fn draw_axis(canvas: &mut Canvas, scale: &Scale, bottom: f64, look: &Look) {
    let (lo, hi) = scale.domain;
    let ticks = scale::round_ticks(lo, hi, 6);
    let digits = scale::percent_digits(&ticks);
    let style = TextStyle::new(12.0, Paint::Soft).anchored(Anchor::Middle);
    let mut taken = f64::NEG_INFINITY;
    for tick in ticks.into_iter().filter(|t| *t >= lo && *t <= hi) {
        let at = scale.at(tick);
        let name = format!("{}\u{a0}%", look.format.number(tick * 100.0, digits));
        let half = width(&name, 12.0, Weight::Regular) / 2.0;
        if at - half > taken + 8.0 {
            canvas.line((at, 4.0), (at, bottom), stroke(Paint::Grid, 1.0));
            canvas.text((at, bottom + 18.0), &name, style);
            taken = at + half;
        }
    }
    canvas.line((scale.range.0, 4.0), (scale.range.0, bottom), stroke(Paint::Axis, 1.2));
}

/// A label that ends at `room`, with its lines around `middle`; a state stands out.
fn draw_label(canvas: &mut Canvas, label: &str, is_level: bool, (room, middle): (f64, f64)) {
    let style = TextStyle::new(12.5, Paint::Ink).anchored(Anchor::End);
    let (style, weight) =
        if is_level { (style.bold(), Weight::Semibold) } else { (style, Weight::Regular) };
    let lines = wrap(label, room, 12.5, weight);
    let first = middle + 4.5 - 7.5 * float(lines.len().min(3) - 1);
    for (number, line) in lines.iter().take(3).enumerate() {
        canvas.text((room, first + 15.0 * float(number)), line, style);
    }
}
