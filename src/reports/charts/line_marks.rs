//! Marks of the line chart: names at the line ends, the target's label, the worst miss.

use super::canvas::{Anchor, Canvas, Paint, TextStyle, stroke};
use super::labels::{Area, Obstacles, spread};
use super::line::{Better, Line, Plot, positions, target_text};
use super::text::{Weight, fit, width};
use super::{Look, Unit};

const SIZE: f64 = 12.5;
const LINE_HEIGHT: f64 = 17.0;

/// Room right of the plot for the widest name and value.
pub(super) fn label_room(chart: &Line, look: &Look) -> f64 {
    let widest = ends(chart, look)
        .iter()
        .map(|e| width(&e.name, SIZE, Weight::Semibold) + width(&e.value, SIZE, Weight::Regular))
        .fold(0.0, f64::max);
    (widest + 28.0).min(look.width * 0.4)
}

struct End {
    name: String,
    value: String,
    position: usize,
    last: f64,
    series: usize,
}

fn ends(chart: &Line, look: &Look) -> Vec<End> {
    let room = if look.is_narrow() { 70.0 } else { 150.0 };
    let end = |(series, s): (usize, &super::line::Series)| {
        let (position, last) =
            s.points.iter().enumerate().rev().find_map(|(i, p)| Some((i, p.value?)))?;
        let name = if chart.series.len() == 1 {
            String::new()
        } else {
            fit(&s.name, room, SIZE, Weight::Semibold)
        };
        let value = match chart.unit {
            Unit::Percent => look.format.percent(last, 2, chart.target),
            unit => unit.text(last, look.format),
        };
        Some(End { name, value, position, last, series })
    };
    chart.series.iter().enumerate().filter_map(end).collect()
}

pub(super) fn draw(chart: &Line, canvas: &mut Canvas, plot: &Plot, look: &Look) {
    let lines = chart
        .series
        .iter()
        .map(|s| positions(plot, &s.points.iter().enumerate().collect::<Vec<_>>()))
        .collect();
    let mut obstacles = Obstacles { areas: Vec::new(), lines };
    draw_ends(chart, canvas, plot, look);
    draw_breaches(chart, canvas, plot, look, &mut obstacles);
    draw_target(chart, canvas, plot, look, &mut obstacles);
}

fn draw_ends(chart: &Line, canvas: &mut Canvas, plot: &Plot, look: &Look) {
    let ends = ends(chart, look);
    let wanted: Vec<f64> = ends.iter().map(|e| plot.y.at(e.last)).collect();
    let placed = spread(&wanted, LINE_HEIGHT, (plot.area.y0, plot.area.y1));
    for ((end, at), label) in ends.iter().zip(wanted).zip(placed) {
        let (paint, x) = (Paint::Series(end.series), plot.x_at(end.position));
        canvas.circle((x, at), 3.6, paint, stroke(Paint::Surface, 1.5));
        let left = plot.area.x1 + 12.0;
        let moved = (label - at).abs() > 3.0 || end.position + 1 < plot.count;
        if moved {
            canvas.line((x + 5.0, at), (left - 2.0, label), stroke(paint, 0.8));
        }
        let name = TextStyle::new(SIZE, paint).bold();
        canvas.text((left, label + 4.4), &end.name, name);
        let gap = if end.name.is_empty() { 0.0 } else { 7.0 };
        let value_x = left + width(&end.name, SIZE, Weight::Semibold) + gap;
        canvas.text((value_x, label + 4.4), &end.value, TextStyle::new(SIZE, Paint::Ink));
    }
}

/// Rings every proven miss and names the worst one.
fn draw_breaches(
    chart: &Line,
    canvas: &mut Canvas,
    plot: &Plot,
    look: &Look,
    obstacles: &mut Obstacles,
) {
    let mut worst: Option<(f64, (f64, f64), &str)> = None;
    for series in &chart.series {
        for (position, point) in series.points.iter().enumerate() {
            let Some(value) = point.value.filter(|_| point.is_breach) else { continue };
            let at = (plot.x_at(position), plot.y.at(value));
            canvas.circle(at, 4.6, Paint::Surface, stroke(Paint::Bad, 2.2));
            let ring = Area { x0: at.0 - 6.0, y0: at.1 - 6.0, x1: at.0 + 6.0, y1: at.1 + 6.0 };
            obstacles.areas.push(ring);
            let is_worse = worst.is_none_or(|(v, ..)| match chart.better {
                Better::Higher => value < v,
                Better::Lower => value > v,
            });
            if is_worse {
                worst = Some((value, at, series.name.as_str()));
            }
        }
    }
    let Some((value, at, name)) = worst else { return };
    let shown = match chart.unit {
        Unit::Percent => look.format.percent(value, 2, chart.target),
        unit => unit.text(value, look.format),
    };
    let text = format!("{} missed: {shown}", fit(name, 120.0, SIZE, Weight::Semibold));
    let label = width(&text, SIZE, Weight::Semibold);
    let place = |x: f64, y: f64| Area { x0: x, y0: y - 11.0, x1: x + label, y1: y + 4.0 };
    let middle = at.0 - label / 2.0;
    let candidates = [
        place(middle, at.1 + 22.0),
        place(middle, at.1 - 12.0),
        place(at.0 + 11.0, at.1 + 4.5),
        place(at.0 - 11.0 - label, at.1 + 4.5),
        place(at.0 + 8.0, at.1 + 20.0),
        place(at.0 - 8.0 - label, at.1 + 20.0),
        place(at.0 + 8.0, at.1 - 11.0),
        place(at.0 - 8.0 - label, at.1 - 11.0),
    ];
    put(canvas, &text, &candidates, plot, obstacles);
}

fn draw_target(
    chart: &Line,
    canvas: &mut Canvas,
    plot: &Plot,
    look: &Look,
    obstacles: &mut Obstacles,
) {
    let Some(target) = chart.target else { return };
    let text = format!("Target {}", target_text(chart.unit, target, look.format));
    let (label, y) = (width(&text, SIZE, Weight::Semibold), plot.y.inside(target));
    let room = plot.area.x1 - plot.area.x0 - label;
    let mut candidates = Vec::new();
    for share in [0.01, 0.99, 0.5, 0.25, 0.75, 0.12, 0.37, 0.62, 0.88] {
        for baseline in [y - 6.0, y + 16.0] {
            let x0 = plot.area.x0 + room * share;
            candidates.push(Area { x0, y0: baseline - 11.0, x1: x0 + label, y1: baseline + 4.0 });
        }
    }
    put(canvas, &text, &candidates, plot, obstacles);
}

fn put(
    canvas: &mut Canvas,
    text: &str,
    candidates: &[Area],
    plot: &Plot,
    obstacles: &mut Obstacles,
) {
    let best = obstacles.choose(candidates, &plot.area);
    let Some(area) = candidates.get(best).copied() else { return };
    let style = TextStyle::new(SIZE, Paint::Bad).bold().anchored(Anchor::Start).with_halo();
    canvas.text((area.x0, area.y1 - 4.0), text, style);
    obstacles.areas.push(area);
}
