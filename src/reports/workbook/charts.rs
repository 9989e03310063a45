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
    let small = font(9);
    let mut quiet = ChartLine::new();
    quiet.set_color(GRID).set_width(0.75);
    chart.x_axis().set_font(&small).set_format(ChartFormat::new().set_line(&quiet));
    chart.y_axis().set_font(&small).set_major_gridlines_line(&quiet);
    chart.y_axis().set_format(ChartFormat::new().set_no_line());
    chart.x_axis().set_major_gridlines(false);
    if let Some(format) = &spec.x_format {
        chart.x_axis().set_num_format(format);
    }
    if let Some(format) = &spec.format {
        chart.y_axis().set_num_format(format);
    }
    if !spec.y_title.is_empty() {
        let mut name = font(9);
        chart.y_axis().set_name(&spec.y_title).set_name_font(name.unset_bold());
    }
    if spec.sort == ChartSort::Bar {
        chart.x_axis().set_reverse();
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
