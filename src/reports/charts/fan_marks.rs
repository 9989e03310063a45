//! Marks of the fan chart: capacity, today, the date of being full, and their labels.

use crate::model::format::{ByteUnit, Format, interval};

use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed, stroke};
use super::fan::{Fan, Plot, seconds};
use super::labels::{Area, Obstacles};
use super::text::{Weight, width, wrap};
use super::{Look, Unit};

const SIZE: f64 = 12.5;

/// The date of being full in words: headline and interval.
pub(super) fn full_texts(chart: &Fan, format: &Format) -> (String, String) {
    let month = |at: Option<i64>| at.map(|t| format.month(t));
    let full = chart.full;
    let headline = match (month(full.middle_us), month(full.early_us)) {
        (Some(middle), _) => format!("Full around {middle}"),
        (None, Some(early)) => format!("Could be full from {early}"),
        (None, None) => "Not full within the forecast".to_owned(),
    };
    let day = |at: Option<i64>| at.map(|t| format.date(t));
    let range = match (month(full.early_us), month(full.late_us)) {
        (Some(early), Some(late)) if early == late => {
            let ends = day(full.early_us).zip(day(full.late_us));
            let ends = ends.map(|(a, b)| if a == b { a } else { interval(&a, &b) });
            format!("80\u{a0}% interval: {}", ends.unwrap_or(early))
        }
        (Some(early), Some(late)) => {
            format!("80\u{a0}% interval: {}", interval(&early, &late))
        }
        (Some(early), None) => format!("80\u{a0}% interval: {early} or later"),
        _ => "less than 10\u{a0}% of the paths reach capacity".to_owned(),
    };
    (headline, range)
}

/// Room right of the plot for the median's label.
pub(super) fn label_room(chart: &Fan, unit: &ByteUnit, look: &Look) -> f64 {
    match end_text(chart, unit, look) {
        Some(text) => width(&text, SIZE, Weight::Semibold) + 20.0,
        None => 16.0,
    }
}

fn end_text(chart: &Fan, unit: &ByteUnit, look: &Look) -> Option<String> {
    let last = chart.forecast.last()?;
    let value = match chart.unit {
        Unit::Bytes => look.format.bytes_in(last.middle, *unit),
        other => other.text(last.middle, look.format),
    };
    Some(format!("median {value}"))
}

pub(super) fn draw(chart: &Fan, canvas: &mut Canvas, plot: &Plot, look: &Look) {
    let measured: Vec<_> = chart.history.iter().map(|(t, v)| plot.at(*t, *v)).collect();
    let middle: Vec<_> = chart.forecast.iter().map(|p| plot.at(p.at_us, p.middle)).collect();
    let capacity = chart.capacity_line(plot);
    let lines = vec![measured, middle, capacity];
    let mut obstacles = Obstacles { areas: Vec::new(), lines };
    draw_now(chart, canvas, plot, full_mark(chart, plot), &mut obstacles);
    let mark = draw_mark(chart, canvas, plot, &mut obstacles);
    // The name of a line has to stand beside it; the note has the freer choice.
    draw_capacity(chart, canvas, plot, look, &mut obstacles);
    draw_note(chart, canvas, plot, look, mark, &mut obstacles);
    if !look.is_narrow() {
        draw_end(chart, canvas, plot, look);
    }
}

/// Where the median date of being full meets the capacity, inside the plot.
fn full_mark(chart: &Fan, plot: &Plot) -> Option<(f64, f64)> {
    let (_, capacity) = chart.capacity.last()?;
    let mark = plot.at(chart.full.middle_us?, *capacity);
    (mark.0 <= plot.area.x1 && !chart.forecast.is_empty()).then_some(mark)
}

fn draw_now(
    chart: &Fan,
    canvas: &mut Canvas,
    plot: &Plot,
    mark: Option<(f64, f64)>,
    obstacles: &mut Obstacles,
) {
    let Some((now, value)) = chart.now() else { return };
    let (x, y) = plot.at(now, value);
    let (area, soft) = (plot.area, TextStyle::new(12.0, Paint::Soft).with_halo());
    if !chart.forecast.is_empty() {
        canvas.line((x, area.y0), (x, area.y1), dashed(Paint::Axis, 1.2, "2 4"));
        canvas.text((x - 6.0, area.y1 - 7.0), "measured", soft.anchored(Anchor::End));
        if mark.is_none_or(|(at, _)| at - x > 64.0 || at < x) {
            canvas.text((x + 6.0, area.y1 - 7.0), "forecast", soft);
        }
        obstacles.lines.push(vec![(x, area.y0), (x, area.y1)]);
        let words = Area { x0: x - 62.0, y0: area.y1 - 20.0, x1: x + 60.0, y1: area.y1 };
        obstacles.areas.push(words);
    }
    canvas.circle((x, y), 3.6, Paint::Accent, stroke(Paint::Surface, 1.5));
}

/// The date of being full, with its interval on the axis; where it is.
fn draw_mark(
    chart: &Fan,
    canvas: &mut Canvas,
    plot: &Plot,
    obstacles: &mut Obstacles,
) -> Option<(f64, f64)> {
    if chart.refusal.is_some() || chart.forecast.is_empty() {
        return None;
    }
    let mark = full_mark(chart, plot);
    if let Some((early, late)) = chart.full.early_us.map(|e| (e, chart.full.late_us)) {
        let inside = |at: i64| plot.x.inside(seconds(at));
        let (x0, x1) = (inside(early), late.map_or(plot.area.x1, inside));
        canvas.rect((x0, plot.area.y1 - 4.0), (x1 - x0, 4.0), 2.0, Paint::Bad);
    }
    if let Some((x, y)) = mark {
        canvas.line((x, y), (x, plot.area.y1), dashed(Paint::Bad, 1.3, "4 4"));
        canvas.circle((x, y), 5.0, Paint::Surface, stroke(Paint::Bad, 2.4));
        obstacles.areas.push(Area { x0: x - 7.0, y0: y - 7.0, x1: x + 7.0, y1: y + 7.0 });
        obstacles.lines.push(vec![(x, y), (x, plot.area.y1)]);
    }
    mark
}

/// What the chart says, in words: the date and its interval, or why there is none.
fn draw_note(
    chart: &Fan,
    canvas: &mut Canvas,
    plot: &Plot,
    look: &Look,
    mark: Option<(f64, f64)>,
    obstacles: &mut Obstacles,
) {
    if let Some(reason) = &chart.refusal {
        let text = format!("No forecast: {reason}");
        return put(canvas, &[(text, false)], None, plot, obstacles);
    }
    if !chart.forecast.is_empty() {
        let (headline, range) = full_texts(chart, look.format);
        put(canvas, &[(headline, true), (range, false)], mark, plot, obstacles);
    }
}

/// Sets lines of text as one block, near the mark when there is one.
fn put(
    canvas: &mut Canvas,
    texts: &[(String, bool)],
    mark: Option<(f64, f64)>,
    plot: &Plot,
    obstacles: &mut Obstacles,
) {
    let room = (plot.area.x1 - plot.area.x0) * 0.62;
    let mut lines = Vec::new();
    for (text, is_strong) in texts {
        let weight = if *is_strong { Weight::Semibold } else { Weight::Regular };
        lines.extend(wrap(text, room, SIZE, weight).into_iter().map(|line| (line, *is_strong)));
    }
    let of = |(text, strong): &(String, bool)| {
        width(text, SIZE, if *strong { Weight::Semibold } else { Weight::Regular })
    };
    let block_width = lines.iter().map(of).fold(0.0, f64::max);
    let height = super::scale::float(lines.len()) * 17.0;
    let area = plot.area;
    let (mx, my) = mark.unwrap_or((area.x0 + block_width + 20.0, area.y0 + height + 20.0));
    let place = |x0: f64, y0: f64| Area { x0, y0, x1: x0 + block_width, y1: y0 + height };
    let mut candidates = vec![
        place(mx - block_width - 14.0, my - height - 12.0),
        place(mx - block_width / 2.0, my - height - 16.0),
        place(mx + 14.0, my + 14.0),
        place(mx - block_width - 14.0, my + 14.0),
        place(mx + 14.0, my - height - 12.0),
    ];
    for share in [0.02, 0.3, 0.6, 0.98] {
        let x = area.x0 + (area.x1 - area.x0 - block_width) * share;
        candidates.push(place(x, area.y0 + 4.0));
        candidates.push(place(x, area.y1 - height - 26.0));
    }
    let best = obstacles.choose(&candidates, &area);
    let Some(chosen) = candidates.get(best).copied() else { return };
    let mut y = chosen.y0 + 13.0;
    for (text, is_strong) in &lines {
        let style = TextStyle::new(SIZE, if *is_strong { Paint::Ink } else { Paint::Soft });
        let style = if *is_strong { style.bold() } else { style };
        canvas.text((chosen.x0, y), text, style.with_halo());
        y += 17.0;
    }
    obstacles.areas.push(chosen);
}

fn draw_capacity(
    chart: &Fan,
    canvas: &mut Canvas,
    plot: &Plot,
    look: &Look,
    obstacles: &mut Obstacles,
) {
    let Some((since, value)) = chart.capacity.last() else { return };
    let shown = look.format.short_number(*value / plot.unit.bytes, 1);
    let text = format!("Usable capacity {shown}\u{a0}{}", plot.unit.name);
    let (label, area) = (width(&text, SIZE, Weight::Semibold), plot.area);
    let y = plot.y.at(*value);
    // Beside the part that has this capacity, as far as it is long enough.
    let from = plot.x.inside(seconds(*since)).clamp(area.x0, (area.x1 - label).max(area.x0));
    let mut candidates = Vec::new();
    for share in [0.01, 0.3, 0.5, 0.99] {
        for baseline in [y - 6.0, y + 16.0] {
            let x0 = from + (area.x1 - from - label).max(0.0) * share;
            candidates.push(Area { x0, y0: baseline - 11.0, x1: x0 + label, y1: baseline + 4.0 });
        }
    }
    let best = obstacles.choose(&candidates, &area);
    let Some(chosen) = candidates.get(best) else { return };
    let style = TextStyle::new(SIZE, Paint::Bad).bold().with_halo();
    canvas.text((chosen.x0, chosen.y1 - 4.0), &text, style);
    obstacles.areas.push(*chosen);
}

fn draw_end(chart: &Fan, canvas: &mut Canvas, plot: &Plot, look: &Look) {
    let Some(last) = chart.forecast.last() else { return };
    let Some(text) = end_text(chart, &plot.unit, look) else { return };
    let (_, y) = plot.at(last.at_us, last.middle);
    let paint = if chart.unit == Unit::Bytes { Paint::Accent } else { Paint::Ink };
    canvas.text((plot.area.x1 + 8.0, y + 4.0), &text, TextStyle::new(SIZE, paint).bold());
}
