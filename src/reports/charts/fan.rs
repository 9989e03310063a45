//! Fan chart: measured use, forecast with its bands, capacity, and the date on which one
//! reaches the other, always with its interval. A refused forecast draws the measured part
//! alone and says why.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};

use crate::model::format::{self, ByteUnit, Format, month_name};

use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed, stroke};
use super::labels::Area;
use super::scale::{self, Scale};
use super::text::{Weight, width};
use super::{Look, Unit, fan_marks};

/// Forecast for one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct FanPoint {
    /// UTC microseconds.
    pub at_us: i64,
    /// Median.
    pub middle: f64,
    /// Lower and upper ends of the bands, widest first.
    pub bands: Vec<(f64, f64)>,
}

/// When use reaches capacity; none of the dates is within the horizon when all are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Full {
    /// 10 % quantile.
    pub early_us: Option<i64>,
    /// Median.
    pub middle_us: Option<i64>,
    /// 90 % quantile.
    pub late_us: Option<i64>,
}

/// Fan chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// Quantity.
    pub unit: Unit,
    /// Instant (UTC microseconds) and measured value, in order of time.
    pub history: Vec<(i64, f64)>,
    /// Forecast, in order of time.
    pub forecast: Vec<FanPoint>,
    /// Instant from which a capacity holds, in order of time.
    pub capacity: Vec<(i64, f64)>,
    /// When it is full.
    pub full: Full,
    /// Why there is no forecast.
    pub refusal: Option<String>,
}

/// Plot area and scales, shared with the marks.
pub(super) struct Plot {
    pub area: Area,
    pub x: Scale,
    pub y: Scale,
    pub unit: ByteUnit,
}

impl Plot {
    pub fn at(&self, at_us: i64, value: f64) -> (f64, f64) {
        (self.x.at(seconds(at_us)), self.y.at(value))
    }
}

impl Fan {
    /// Range of the y axis: everything measured, the widest band and the capacity are inside.
    #[must_use]
    pub fn domain(&self) -> (f64, f64) {
        let bands = self.forecast.iter().flat_map(|p| p.bands.iter().flat_map(|(a, b)| [*a, *b]));
        let middles = self.forecast.iter().map(|p| p.middle);
        let measured = self.history.iter().chain(&self.capacity).map(|(_, v)| *v);
        let range = scale::extent(bands.chain(middles).chain(measured));
        let (lo, hi) = range.unwrap_or((0.0, 1.0));
        (if lo < hi * 0.45 { lo.min(0.0) } else { lo }, hi)
    }

    fn span(&self) -> (i64, i64) {
        let times =
            || self.history.iter().map(|(t, _)| *t).chain(self.forecast.iter().map(|p| p.at_us));
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(1));
        (first, last.max(first + 1))
    }

    /// Last measured instant and value.
    #[must_use]
    pub fn now(&self) -> Option<(i64, f64)> {
        self.history.last().copied()
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let height = if look.is_narrow() { 310.0 } else { 360.0 };
        let mut canvas = Canvas::new(look.width, height, look.palette);
        let (lo, hi) = self.domain();
        let unit = self.byte_unit();
        let ticks: Vec<f64> = scale::round_ticks(lo / unit.bytes, hi / unit.bytes, 6)
            .into_iter()
            .map(|t| t * unit.bytes)
            .collect();
        let name = |t: &f64| look.format.short_number(*t / unit.bytes, 2);
        let names: Vec<String> = ticks.iter().map(name).collect();
        let left =
            names.iter().map(|n| width(n, 12.0, Weight::Regular)).fold(30.0, f64::max) + 10.0;
        let right = if look.is_narrow() { 14.0 } else { fan_marks::label_room(self, &unit, look) };
        let area = Area { x0: left, y0: 30.0, x1: look.width - right, y1: height - 46.0 };
        let domain = scale::extent(ticks.iter().copied()).unwrap_or((lo, hi));
        let (from, to) = self.span();
        let plot = Plot {
            area,
            x: Scale::linear((seconds(from), seconds(to)), (area.x0, area.x1)),
            y: Scale::linear(domain, (area.y1, area.y0)),
            unit,
        };
        draw_grid(&mut canvas, &plot, &ticks, &names);
        draw_time(&mut canvas, &plot, (from, to));
        self.draw_bands(&mut canvas, &plot);
        self.draw_lines(&mut canvas, &plot);
        fan_marks::draw(self, &mut canvas, &plot, look);
        canvas
    }

    fn byte_unit(&self) -> ByteUnit {
        match self.unit {
            Unit::Bytes => format::byte_unit(self.domain().1),
            _ => ByteUnit::NONE,
        }
    }

    fn draw_bands(&self, canvas: &mut Canvas, plot: &Plot) {
        let count = self.forecast.first().map_or(0, |p| p.bands.len());
        for band in 0..count {
            let edge = |pick: fn(&(f64, f64)) -> f64| {
                let begin = self.now().map(|(at, value)| plot.at(at, value));
                let points = self.forecast.iter();
                begin.into_iter().chain(
                    points.filter_map(move |p| Some(plot.at(p.at_us, pick(p.bands.get(band)?)))),
                )
            };
            let mut outline: Vec<_> = edge(|b| b.0).collect();
            let upper: Vec<_> = edge(|b| b.1).collect();
            outline.extend(upper.into_iter().rev());
            canvas.polygon(&outline, Paint::Accent, 0.16);
        }
    }

    fn draw_lines(&self, canvas: &mut Canvas, plot: &Plot) {
        let measured: Vec<_> = self.history.iter().map(|(t, v)| plot.at(*t, *v)).collect();
        canvas.polyline(&measured, stroke(Paint::Accent, 2.4));
        let middle: Vec<_> = self
            .now()
            .into_iter()
            .chain(self.forecast.iter().map(|p| (p.at_us, p.middle)))
            .map(|(t, v)| plot.at(t, v))
            .collect();
        if middle.len() > 1 {
            canvas.polyline(&middle, dashed(Paint::Accent, 2.4, "1 5"));
        }
        canvas.polyline(&self.capacity_line(plot), stroke(Paint::Bad, 1.8));
    }

    /// Capacity as steps: it holds until the next one begins.
    pub(super) fn capacity_line(&self, plot: &Plot) -> Vec<(f64, f64)> {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (at_us, value) in &self.capacity {
            let (x, y) = plot.at(*at_us, *value);
            let x = x.clamp(plot.area.x0, plot.area.x1);
            if let Some((_, before)) = points.last().copied() {
                points.push((x, before));
            }
            points.push((x, y));
        }
        if let Some((_, y)) = points.last().copied() {
            points.push((plot.area.x1, y));
        }
        points
    }

    pub(super) fn describe(&self, format: &Format) -> String {
        let text = |value: f64| self.unit.text(value, format);
        let mut out = String::new();
        if let (Some(first), Some(last)) = (self.history.first(), self.now()) {
            out = format!(
                "Use went from {} on {} to {} on {}. ",
                text(first.1),
                format.date(first.0),
                text(last.1),
                format.date(last.0)
            );
        }
        if let Some((_, capacity)) = self.capacity.last() {
            out.push_str(&format!("Capacity is {}. ", text(*capacity)));
        }
        match &self.refusal {
            Some(reason) => out.push_str(&format!("No forecast: {reason}.")),
            None => {
                let (first, second) = fan_marks::full_texts(self, format);
                out.push_str(&format!("{first}. {second}."));
            }
        }
        out
    }
}

/// Seconds as a coordinate; microseconds since 1970 would lose nothing either.
#[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^53")]
pub(super) fn seconds(at_us: i64) -> f64 {
    (at_us / 1_000_000) as f64
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
    canvas.text((plot.area.x0 - 10.0, 13.0), plot.unit.name, style.bold());
}

/// First days of months, in steps that keep their names apart; the year under January or
/// under the first one.
fn draw_time(canvas: &mut Canvas, plot: &Plot, (from, to): (i64, i64)) {
    let room = plot.area.x1 - plot.area.x0;
    let days = (seconds(to) - seconds(from)) / 86_400.0;
    let steps = [1_u32, 2, 3, 6, 12, 24, 60];
    let fits = |months: &u32| room / (days / (30.4 * f64::from(*months))).max(1.0) >= 44.0;
    let step = steps.into_iter().find(fits).unwrap_or(120);
    let style = TextStyle::new(12.0, Paint::Soft).anchored(Anchor::Middle);
    let small = TextStyle::new(11.0, Paint::Soft).anchored(Anchor::Middle);
    let mut year_shown = None;
    for (at_us, year, month) in months(from, to) {
        if !(month - 1 + 12 * u32::try_from(year).unwrap_or(0)).is_multiple_of(step) {
            continue;
        }
        let x = plot.x.at(seconds(at_us));
        canvas.line((x, plot.area.y1), (x, plot.area.y1 + 4.0), stroke(Paint::Axis, 1.0));
        canvas.text((x, plot.area.y1 + 19.0), month_name(month), style);
        if year_shown != Some(year) {
            canvas.text((x, plot.area.y1 + 34.0), &year.to_string(), small);
            year_shown = Some(year);
        }
    }
}

/// First instants of the months within a span: instant, year, month.
fn months(from: i64, to: i64) -> Vec<(i64, i32, u32)> {
    let Some(start) = DateTime::from_timestamp_micros(from) else { return Vec::new() };
    let (mut year, mut month) = (start.year(), start.month());
    let mut out = Vec::new();
    while out.len() < 2400 {
        let Some(day) = NaiveDate::from_ymd_opt(year, month, 1) else { break };
        let at = day.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
        if at > to {
            break;
        }
        if at >= from {
            out.push((at, year, month));
        }
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    out
}
