//! Native charts: they stay live when a reader changes an input. Only the sorts that a plan
//! needs; the reports' own drawn charts live in `reports/charts/`.

use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType,
    ChartSolidFill, ChartType, Color,
};

use super::book::PlacedChart;
use super::spec::ChartSort;
use super::style::{FONT, NAVY, series_colour};

const GRID: Color = Color::RGB(0xE3_E7_EC);
const AXIS: Color = Color::RGB(0x5A_65_70);

/// The file's chart.
#[must_use]
pub fn chart(placed: &PlacedChart) -> Chart {
    let spec = &placed.spec;
    let mut chart = Chart::new(match spec.sort {
        ChartSort::Line => ChartType::Line,
        ChartSort::Column => ChartType::ColumnStacked,
        ChartSort::Bar => ChartType::BarStacked,
    });
    chart.set_width(spec.width).set_height(spec.height).set_alt_text(&spec.title);
    chart.title().set_name(&spec.title).set_font(font(13).set_bold().set_color(NAVY));
    for (position, (series, range)) in spec.series.iter().zip(&placed.ys).enumerate() {
        let colour = series_colour(series.colour.as_deref(), position);
        let mut format = match spec.sort {
            ChartSort::Line => line_format(colour, series.dashed),
            ChartSort::Column | ChartSort::Bar => fill_format(colour),
        };
        let added = chart.add_series();
        added.set_name(&series.name).set_values(range.as_str());
        added.set_categories(placed.x.as_str()).set_format(&mut format);
        if spec.sort != ChartSort::Line {
            added.set_gap(60);
        }
    }
    axes(&mut chart, placed);
    if spec.series.len() > 1 {
        chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font(10));
    } else {
        chart.legend().set_hidden();
    }
    let mut frame = ChartFormat::new();
    chart.chart_area().set_format(frame.set_border(ChartLine::new().set_color(GRID)));
    chart
}

fn axes(chart: &mut Chart, placed: &PlacedChart) {
    let spec = &placed.spec;
    let mut quiet = ChartLine::new();
    quiet.set_color(GRID).set_width(0.75);
    // A lying bar chart has its categories on the upright axis.
    let is_bar = spec.sort == ChartSort::Bar;
    let categories = if is_bar { chart.y_axis() } else { chart.x_axis() };
    categories.set_font(&font(9)).set_format(ChartFormat::new().set_line(&quiet));
    categories.set_major_gridlines(false);
    if let Some(format) = &spec.x_format {
        categories.set_num_format(format);
    }
    if is_bar {
        categories.set_reverse();
    }
    let values = if is_bar { chart.x_axis() } else { chart.y_axis() };
    values.set_font(&font(9)).set_format(ChartFormat::new().set_no_line());
    values.set_major_gridlines(true).set_major_gridlines_line(&quiet);
    if let Some(format) = &spec.format {
        values.set_num_format(format);
    }
    if !spec.y_title.is_empty() {
        values.set_name(&spec.y_title).set_name_font(font(9).unset_bold());
    }
}

fn font(size: u8) -> ChartFont {
    let mut font = ChartFont::new();
    font.set_name(FONT).set_size(size).set_color(AXIS);
    font
}

fn line_format(colour: Color, is_dashed: bool) -> ChartFormat {
    let mut line = ChartLine::new();
    line.set_color(colour).set_width(2.25);
    if is_dashed {
        line.set_dash_type(ChartLineDashType::Dash);
    }
    let mut format = ChartFormat::new();
    format.set_line(&line);
    format
}

fn fill_format(colour: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(colour));
    format
}
