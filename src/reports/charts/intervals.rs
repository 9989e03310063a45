//! Interval dots: one row per group with its cases as dots, the middle value with its
//! interval, a high quantile and the objective, and the same as text. For durations on a
//! logarithmic axis, for rates on a linear one. An interval without an upper end is drawn
//! open and said so.

use crate::model::format::Format;

use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed, stroke};
use super::labels::Area;
use super::scale::{self, Scale, Spread, float};
use super::text::{Weight, fit, width};
use super::{Look, Unit};

/// One group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IntervalRow {
    /// Name.
    pub label: String,
    /// Size of the group: `62 incidents`.
    pub size: String,
    /// The cases themselves, when they are shown.
    pub cases: Vec<f64>,
    /// Median or rate; none prints the cases only.
    pub middle: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end; none with a lower end means open.
    pub hi: Option<f64>,
    /// High quantile.
    pub high: Option<f64>,
    /// Objective of this group.
    pub target: Option<f64>,
    /// Middle as text.
    pub value_text: String,
    /// Interval as text.
    pub interval_text: String,
}

/// Interval dots.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// Quantity.
    pub unit: Unit,
    /// Groups, top to bottom.
    pub rows: Vec<IntervalRow>,
    /// Name of the middle value: `median`.
    pub middle_name: String,
    /// Name of the high quantile: `90th percentile`.
    pub high_name: String,
    /// Name of the objective: `objective`, `target`.
    pub target_name: String,
}

const ROW: f64 = 56.0;
const NARROW_ROW: f64 = 78.0;
const TOP: f64 = 40.0;

impl Intervals {
    /// Range of the axis: every case, interval, quantile and objective is inside.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        let of_row = |r: &IntervalRow| {
            let marks = [r.middle, r.lo, r.hi, r.high, r.target];
            r.cases.iter().copied().chain(marks.into_iter().flatten()).collect::<Vec<_>>()
        };
        let values = self.rows.iter().flat_map(of_row);
        let (lo, hi) = match self.spread() {
            Spread::Log => scale::extent(values.filter(|v| *v > 0.0)).unwrap_or((60.0, 3600.0)),
            Spread::Linear => scale::extent(values).unwrap_or((0.0, 1.0)),
        };
        match (self.spread(), self.unit) {
            (Spread::Log, _) => (lo / 1.25, hi * 1.25),
            (_, Unit::Percent) => {
                let pad = ((hi - lo) * 0.05).max(0.001);
                ((lo - pad).max(0.0), (hi + pad).min(1.0))
            }
            _ => (lo.min(0.0), hi + (hi - lo) * 0.05),
        }
    }

    fn spread(&self) -> Spread {
        if self.unit == Unit::Duration { Spread::Log } else { Spread::Linear }
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let row = if look.is_narrow() { NARROW_ROW } else { ROW };
        let bottom = TOP + row * float(self.rows.len());
        let mut canvas = Canvas::new(look.width, bottom + 30.0, look.palette);
        let area = self.plot_area(look, bottom);
        let scale =
            Scale { domain: self.domain(), range: (area.x0, area.x1), spread: self.spread() };
        self.draw_axis(&mut canvas, &area, &scale, look);
        self.draw_legend(&mut canvas, &area, look);
        for (number, group) in self.rows.iter().enumerate() {
            let top = TOP + row * float(number);
            let middle = if look.is_narrow() { top + 55.0 } else { top + row / 2.0 };
            draw_marks(&mut canvas, group, &scale, middle, number);
            draw_words(&mut canvas, group, &area, look, (top, middle));
        }
        canvas
    }

    fn plot_area(&self, look: &Look, bottom: f64) -> Area {
        if look.is_narrow() {
            return Area { x0: 6.0, y0: TOP, x1: look.width - 6.0, y1: bottom };
        }
        let widest = |pick: fn(&IntervalRow) -> (&str, &str)| {
            let of = |r: &IntervalRow| {
                let (strong, small) = pick(r);
                width(strong, 13.0, Weight::Semibold).max(width(small, 12.0, Weight::Regular))
            };
            self.rows.iter().map(of).fold(0.0, f64::max)
        };
        let left = widest(|r| (&r.label, &r.size)).min(210.0) + 22.0;
        let right = widest(|r| (&r.value_text, &r.interval_text)).clamp(60.0, 200.0) + 22.0;
        Area { x0: left, y0: TOP, x1: look.width - right, y1: bottom }
    }

    fn draw_axis(&self, canvas: &mut Canvas, area: &Area, scale: &Scale, look: &Look) {
        let (lo, hi) = scale.domain;
        let ticks = match self.unit {
            Unit::Duration => scale::duration_ticks(lo, hi),
            _ => scale::round_ticks(lo, hi, 6),
        };
        let digits = scale::percent_digits(&ticks);
        let mut taken = f64::NEG_INFINITY;
        let style = TextStyle::new(12.0, Paint::Soft).anchored(Anchor::Middle);
        for tick in ticks.into_iter().filter(|t| *t >= lo && *t <= hi) {
            let name = match self.unit {
                Unit::Percent => format!("{}\u{a0}%", look.format.number(tick * 100.0, digits)),
                unit => unit.text(tick, look.format),
            };
            let (at, half) = (scale.at(tick), width(&name, 12.0, Weight::Regular) / 2.0);
            let inside = at - half >= 0.0 && at + half <= look.width;
            if at - half < taken + 10.0 || !inside {
                continue;
            }
            taken = at + half;
            canvas.line((at, area.y0 - 4.0), (at, area.y1), stroke(Paint::Grid, 1.0));
            canvas.text((at, area.y1 + 19.0), &name, style);
        }
    }

    fn draw_legend(&self, canvas: &mut Canvas, area: &Area, look: &Look) {
        let style = TextStyle::new(12.0, Paint::Soft);
        let mut x = if look.is_narrow() { 0.0 } else { area.x0 };
        let mut entry = |canvas: &mut Canvas, name: &str, draw: &dyn Fn(&mut Canvas, f64)| {
            draw(canvas, x);
            canvas.text((x + 20.0, 17.0), name, style);
            x += 20.0 + width(name, 12.0, Weight::Regular) + 16.0;
        };
        let short = look.is_narrow();
        let middle = if short {
            format!("{}, 95\u{a0}%", self.middle_name)
        } else {
            format!("{} with 95\u{a0}% interval", self.middle_name)
        };
        entry(canvas, &middle, &|c, x| {
            c.polygon(&rectangle(x, 6.0, x + 14.0, 20.0), Paint::Accent, 0.28);
            c.line((x + 7.0, 6.0), (x + 7.0, 20.0), stroke(Paint::Accent, 2.6));
        });
        if self.rows.iter().any(|r| r.high.is_some()) {
            entry(canvas, &self.high_name, &|c, x| {
                c.line((x + 8.0, 6.0), (x + 8.0, 20.0), stroke(Paint::Series(2), 2.6));
            });
        }
        if self.rows.iter().any(|r| r.target.is_some()) {
            entry(canvas, &self.target_name, &|c, x| {
                c.line((x + 8.0, 5.0), (x + 8.0, 21.0), dashed(Paint::Bad, 1.8, "3 2.5"));
            });
        }
    }

    pub(super) fn describe(&self) -> String {
        let row = |r: &IntervalRow| {
            let range = if r.interval_text.is_empty() {
                String::new()
            } else {
                format!(" ({})", r.interval_text)
            };
            format!("{}, {}: {}{range}.", r.label, r.size, r.value_text)
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join(" ")
    }
}

fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64) -> [(f64, f64); 4] {
    [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
}

fn draw_marks(canvas: &mut Canvas, group: &IntervalRow, scale: &Scale, y: f64, row: usize) {
    for (number, case) in group.cases.iter().enumerate() {
        let at = (scale.inside(*case), y + spread_of(number, row) * 24.0);
        canvas.circle(at, 2.1, Paint::Quiet, stroke(Paint::None, 0.0));
    }
    if let Some(lo) = group.lo {
        let (x0, end) = (scale.inside(lo), scale.range.1);
        let x1 = group.hi.map_or(end, |hi| scale.inside(hi));
        canvas.polygon(&rectangle(x0, y - 13.0, x1, y + 13.0), Paint::Accent, 0.28);
        if group.hi.is_none() {
            let arrow = [(end - 7.0, y - 5.0), (end, y), (end - 7.0, y + 5.0)];
            canvas.polyline(&arrow, stroke(Paint::Accent, 1.8));
        }
    }
    if let Some(target) = group.target {
        let x = scale.inside(target);
        canvas.line((x, y - 18.0), (x, y + 18.0), dashed(Paint::Bad, 1.8, "3 2.5"));
    }
    if let Some(high) = group.high {
        let x = scale.inside(high);
        canvas.line((x, y - 10.0), (x, y + 10.0), stroke(Paint::Series(2), 2.6));
    }
    if let Some(middle) = group.middle {
        let x = scale.inside(middle);
        canvas.line((x, y - 13.0), (x, y + 13.0), stroke(Paint::Accent, 3.0));
    }
}

/// Vertical place of a dot, -0.5 to 0.5: a sequence that fills evenly and is always the same.
fn spread_of(number: usize, row: usize) -> f64 {
    let at = float(number + 1) * 0.618_033_988_749_895 + float(row) * 0.37;
    at - at.floor() - 0.5
}

fn draw_words(canvas: &mut Canvas, r: &IntervalRow, area: &Area, look: &Look, y: (f64, f64)) {
    let strong = TextStyle::new(13.0, Paint::Ink).bold();
    let small = TextStyle::new(12.0, Paint::Soft);
    let (top, middle) = y;
    if look.is_narrow() {
        let room = look.width / 2.0 - 12.0;
        let name = fit(&r.label, room, 13.0, Weight::Semibold);
        canvas.text((6.0, top + 16.0), &name, strong);
        let end = look.width - 6.0;
        canvas.text((end, top + 16.0), &r.value_text, strong.anchored(Anchor::End));
        let size = 6.0 + width(&name, 13.0, Weight::Semibold) + 8.0;
        canvas.text((size, top + 16.0), &r.size, small);
        canvas.text((end, top + 31.0), &r.interval_text, small.anchored(Anchor::End).with_halo());
        return;
    }
    let left = area.x0 - 22.0;
    let name = fit(&r.label, left, 13.0, Weight::Semibold);
    canvas.text((left, middle - 3.0), &name, strong.anchored(Anchor::End));
    canvas.text((left, middle + 14.0), &r.size, small.anchored(Anchor::End));
    let right = area.x1 + 20.0;
    canvas.text((right, middle - 3.0), &r.value_text, strong);
    canvas.text((right, middle + 14.0), &r.interval_text, small);
}

/// Text of a value and its interval in a unit; an open end reads `more than`.
#[must_use]
pub fn interval_text(unit: Unit, lo: Option<f64>, hi: Option<f64>, format: &Format) -> String {
    match (unit, lo, hi) {
        (_, None, _) => String::new(),
        (Unit::Duration, Some(lo), hi) => format.duration_interval(lo, hi),
        (Unit::Percent, Some(lo), Some(hi)) => format.percent_interval(lo, hi),
        (unit, Some(lo), Some(hi)) => {
            crate::model::format::interval(&unit.text(lo, format), &unit.text(hi, format))
        }
        (unit, Some(lo), None) => format!("more than {}", unit.text(lo, format)),
    }
}
