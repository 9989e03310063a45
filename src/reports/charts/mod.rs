//! Charts: plain data in, SVG text out. A chart knows its numbers, not where they came from;
//! every text in it is computed from those numbers. Each draws itself for any width, so the
//! page carries a wide and a narrow drawing instead of one that shrinks until nobody can read
//! it. Colours come from the palette: CSS variables in HTML, literal colours for the PDF.

pub mod build;
mod build_parts;
pub mod canvas;
pub mod fan;
mod fan_marks;
pub mod heat_map;
pub mod intervals;
pub mod labels;
pub mod line;
mod line_marks;
pub mod multiples;
pub mod pareto;
pub mod scale;
pub mod text;
pub mod waterfall;

use crate::model::format::{self, Format};

use canvas::{Canvas, Palette};

/// Quantity of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Ratio 0..1, shown as percent.
    Percent,
    /// Whole number.
    Count,
    /// Bytes, shown in the binary unit of the largest value.
    Bytes,
    /// Seconds.
    Duration,
    /// Plain number.
    Number,
}

impl Unit {
    /// A value in this unit, as running text.
    #[must_use]
    pub fn text(self, value: f64, format: &Format) -> String {
        match self {
            Unit::Percent => format.percent(value, 2, None),
            Unit::Count => format.number(value, 0),
            Unit::Bytes => {
                let unit = format::byte_unit(value);
                format!("{}\u{a0}{}", format.bytes_in(value, unit), unit.name)
            }
            Unit::Duration => format.duration(value),
            Unit::Number => format.short_number(value, 2),
        }
    }
}

/// How and how large a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look<'a> {
    /// Width in user units; texts are 11 to 14 units high.
    pub width: f64,
    /// Colours.
    pub palette: Palette,
    /// How numbers are written.
    pub format: &'a Format,
}

impl Look<'_> {
    /// True when there is no room for columns of text beside the plot.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.width < 560.0
    }
}

/// A chart of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Series over time against a target.
    Line(line::Line),
    /// Cases, medians or rates with their intervals.
    Intervals(intervals::Intervals),
    /// Use, forecast and capacity.
    Fan(fan::Fan),
    /// Systems by day.
    HeatMap(heat_map::HeatMap),
    /// Small panels against a baseline.
    Multiples(multiples::Multiples),
    /// Counts by class, largest first.
    Pareto(pareto::Pareto),
    /// From one rate to another, step by step.
    Waterfall(waterfall::Waterfall),
}

impl Chart {
    /// The chart as an `<svg>` element. `id` must be unique in the page; `title` is the
    /// figure's title, repeated for assistive technology.
    #[must_use]
    pub fn svg(&self, look: &Look, id: &str, title: &str) -> String {
        self.draw(look).finish(id, title, &self.describe(look.format))
    }

    fn draw(&self, look: &Look) -> Canvas {
        match self {
            Chart::Line(chart) => chart.draw(look),
            Chart::Intervals(chart) => chart.draw(look),
            Chart::Fan(chart) => chart.draw(look),
            Chart::HeatMap(chart) => chart.draw(look),
            Chart::Multiples(chart) => chart.draw(look),
            Chart::Pareto(chart) => chart.draw(look),
            Chart::Waterfall(chart) => chart.draw(look),
        }
    }

    /// What the chart shows, in words, from its numbers.
    #[must_use]
    pub fn describe(&self, format: &Format) -> String {
        match self {
            Chart::Line(chart) => chart.describe(format),
            Chart::Intervals(chart) => chart.describe(),
            Chart::Fan(chart) => chart.describe(format),
            Chart::HeatMap(chart) => chart.describe(),
            Chart::Multiples(chart) => chart.describe(),
            Chart::Pareto(chart) => chart.describe(format),
            Chart::Waterfall(chart) => chart.describe(format),
        }
    }
}

#[cfg(test)]
mod tests;
