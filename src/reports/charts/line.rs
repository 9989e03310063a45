//! Line chart: series over time, a target with the side that misses it shaded, names and last
//! values at the line ends, the worst proven miss marked and named. Gaps stay gaps.

use crate::model::format::{Format, month_name, split_month};

use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed, stroke};
use super::labels::Area;
use super::scale::{self, Scale, float};
use super::text::{Weight, width};
use super::{Look, Unit, line_marks};

/// Point of a series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Value; none leaves a gap.
    pub value: Option<f64>,
    /// Interval.
    pub interval: Option<(f64, f64)>,
    /// A miss beyond chance: marked.
    pub is_breach: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name.
    pub name: String,
    /// One point for each x.
    pub points: Vec<Point>,
}

/// Which side of the target is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// At or above.
    Higher,
    /// At or below.
    Lower,
}

/// Line chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Quantity.
    pub unit: Unit,
    /// Places on the x axis: `2026-07` or any text.
    pub x: Vec<String>,
    /// Lines.
    pub series: Vec<Series>,
    /// Target.
    pub target: Option<f64>,
    /// Good side of the target.
    pub better: Better,
}

/// Plot area and scales, shared with the marks.
pub(super) struct Plot {
    pub area: Area,
    pub y: Scale,
    pub count: usize,
}

impl Plot {
    /// Place of the x with this position.
    pub fn x_at(&self, position: usize) -> f64 {
        let steps = float(self.count.saturating_sub(1)).max(1.0);
        let share = if self.count < 2 { 0.5 } else { float(position) / steps };
        self.area.x0 + share * (self.area.x1 - self.area.x0)
    }
}

impl Line {
    /// Range of the y axis: every value, the widest interval and the target are inside; a
    /// percentage never leaves 0..100.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        scale::extent(self.ticks()).unwrap_or((0.0, 1.0))
    }

    fn ticks(&self) -> Vec<f64> {
        let points = || self.series.iter().flat_map(|s| s.points.iter());
        let values = points().filter_map(|p| p.value);
        let bands = points()
            .filter(|_| self.shows_band())
            .filter_map(|p| p.interval)
            .flat_map(|(a, b)| [a, b]);
        let range = scale::extent(values.chain(bands).chain(self.target));
        let (lo, hi) = range.unwrap_or((0.0, 1.0));
        let pad = if hi > lo { (hi - lo) * 0.04 } else { 0.005 };
        let (low, high) = match self.unit {
            Unit::Percent => ((lo - pad).max(0.0), (hi + pad).min(1.0)),
            _ => ((lo - pad).max(if lo >= 0.0 { 0.0 } else { f64::MIN }), hi + pad),
        };
        scale::round_ticks(low, high, 5)
    }

    /// Bands of several series cannot be told apart; a single series shows its band.
    pub(super) fn shows_band(&self) -> bool {
        self.series.len() == 1
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let height = if look.is_narrow() { 290.0 } else { 340.0 };
        let mut canvas = Canvas::new(look.width, height, look.palette);
        let ticks = self.ticks();
        let domain = scale::extent(ticks.iter().copied()).unwrap_or((0.0, 1.0));
        let names = self.tick_names(&ticks, look.format);
        let left = names.iter().map(|n| width(n, 12.0, Weight::Regular)).fold(0.0, f64::max) + 10.0;
        let right = line_marks::label_room(self, look);
        let area = Area { x0: left, y0: 14.0, x1: look.width - right, y1: height - 44.0 };
        let y = Scale::linear(domain, (area.y1, area.y0));
        let plot = Plot { area, y, count: self.x.len() };
        self.draw_miss_side(&mut canvas, &plot);
        draw_grid(&mut canvas, &plot, &ticks, &names);
        draw_months(&mut canvas, &plot, &self.x);
        self.draw_series(&mut canvas, &plot);
        line_marks::draw(self, &mut canvas, &plot, look);
        canvas
    }

    fn tick_names(&self, ticks: &[f64], format: &Format) -> Vec<String> {
        let digits = scale::percent_digits(ticks);
        let name = |t: &f64| match self.unit {
            Unit::Percent => format!("{}\u{a0}%", format.number(t * 100.0, digits)),
            unit => unit.text(*t, format),
        };
        ticks.iter().map(name).collect()
    }

    fn draw_miss_side(&self, canvas: &mut Canvas, plot: &Plot) {
        let Some(target) = self.target else { return };
        let (area, at) = (plot.area, plot.y.inside(target));
        let (top, bottom) = match self.better {
            Better::Higher => (at, area.y1),
            Better::Lower => (area.y0, at),
        };
        canvas.rect((area.x0, top), (area.x1 - area.x0, bottom - top), 0.0, Paint::BadArea);
    }

    fn draw_series(&self, canvas: &mut Canvas, plot: &Plot) {
        for (number, series) in self.series.iter().enumerate() {
            for run in runs(&series.points) {
                if self.shows_band() {
                    draw_band(canvas, plot, &run);
                }
                let points = positions(plot, &run);
                let paint = Paint::Series(number);
                match points.as_slice() {
                    [only] => canvas.circle(*only, 3.0, paint, stroke(Paint::None, 0.0)),
                    points => canvas.polyline(points, stroke(paint, 2.2)),
                }
            }
        }
        if let Some(target) = self.target {
            let (y, area) = (plot.y.inside(target), plot.area);
            canvas.line((area.x0, y), (area.x1, y), dashed(Paint::Bad, 1.4, "6 4"));
        }
    }

    pub(super) fn describe(&self, format: &Format) -> String {
        let mut out = String::new();
        for series in &self.series {
            let known =
                || series.points.iter().zip(&self.x).filter_map(|(p, x)| Some((p.value?, x)));
            let (Some((first, from)), Some((last, to))) = (known().next(), known().next_back())
            else {
                continue;
            };
            let lowest = known().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((first, from));
            out.push_str(&format!(
                "{}: {} in {} to {} in {}, lowest {} in {}. ",
                series.name,
                self.unit.text(first, format),
                crate::model::format::month_label(from),
                self.unit.text(last, format),
                crate::model::format::month_label(to),
                self.unit.text(lowest.0, format),
                crate::model::format::month_label(lowest.1),
            ));
        }
        if let Some(target) = self.target {
            out.push_str(&format!("Target {}.", target_text(self.unit, target, format)));
        }
        out.trim_end().to_owned()
    }
}

/// A target without needless zeros: `99.5 %`.
pub(super) fn target_text(unit: Unit, target: f64, format: &Format) -> String {
    match unit {
        Unit::Percent => format!("{}\u{a0}%", format.short_number(target * 100.0, 4)),
        unit => unit.text(target, format),
    }
}

/// Stretches of neighbouring points that have values.
fn runs(points: &[Point]) -> Vec<Vec<(usize, &Point)>> {
    let mut runs: Vec<Vec<(usize, &Point)>> = vec![Vec::new()];
    for (position, point) in points.iter().enumerate() {
        match (point.value, runs.last_mut()) {
            (Some(_), Some(run)) => run.push((position, point)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

pub(super) fn positions(plot: &Plot, run: &[(usize, &Point)]) -> Vec<(f64, f64)> {
    let at = |(i, p): &(usize, &Point)| Some((plot.x_at(*i), plot.y.at(p.value?)));
    run.iter().filter_map(at).collect()
}

fn draw_band(canvas: &mut Canvas, plot: &Plot, run: &[(usize, &Point)]) {
    let edge = |pick: fn((f64, f64)) -> f64| {
        run.iter()
            .filter_map(move |(i, p)| Some((plot.x_at(*i), plot.y.at(pick(p.interval?)))))
            .collect::<Vec<_>>()
    };
    let mut outline = edge(|(lo, _)| lo);
    outline.extend(edge(|(_, hi)| hi).into_iter().rev());
    if outline.len() > 3 {
        canvas.polygon(&outline, Paint::Series(0), 0.15);
    }
}

fn draw_grid(canvas: &mut Canvas, plot: &Plot, ticks: &[f64], names: &[String]) {
    let style = TextStyle::new(12.0, Paint::Soft).anchored(Anchor::End);
    for (tick, name) in ticks.iter().zip(names) {
        let y = plot.y.at(*tick);
        canvas.line((plot.area.x0, y), (plot.area.x1, y), stroke(Paint::Grid, 1.0));
        canvas.text((plot.area.x0 - 10.0, y + 4.0), name, style);
    }
    let base = plot.area.y1;
    canvas.line((plot.area.x0, base), (plot.area.x1, base), stroke(Paint::Axis, 1.2));
}

/// Names of the x places, as many as fit without touching; the year stands under the first
/// one and wherever it changes.
fn draw_months(canvas: &mut Canvas, plot: &Plot, x: &[String]) {
    let short = |text: &str| match split_month(text) {
        Some((_, month)) => month_name(month).to_owned(),
        None => text.to_owned(),
    };
    let widest = x.iter().map(|t| width(&short(t), 12.0, Weight::Regular)).fold(0.0, f64::max);
    let room = (plot.area.x1 - plot.area.x0) / float(x.len().max(2) - 1);
    let step = (1..=x.len()).find(|s| float(*s) * room >= widest + 10.0).unwrap_or(1);
    let style = TextStyle::new(12.0, Paint::Soft).anchored(Anchor::Middle);
    let small = TextStyle::new(11.0, Paint::Soft).anchored(Anchor::Middle);
    let mut year_shown = None;
    for (position, text) in x.iter().enumerate().step_by(step) {
        let at = plot.x_at(position);
        canvas.text((at, plot.area.y1 + 19.0), &short(text), style);
        let year = split_month(text).map(|(year, _)| year);
        if let Some(number) = year.filter(|_| year != year_shown) {
            canvas.text((at, plot.area.y1 + 34.0), &number.to_string(), small);
            year_shown = year;
        }
    }
}
