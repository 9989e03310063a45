//! Heat map: systems by day. States differ in shape as well as in colour. When there is no
//! room for single days, each cell is a week and shows its worst day.

use super::Look;
use super::canvas::{Anchor, Canvas, Paint, TextStyle, stroke};
use super::scale::float;
use super::text::{Weight, fit, width};

/// State of a system on a day, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing was expected.
    NotExpected,
    /// Every expected run was fulfilled.
    Ok,
    /// Fulfilled, with warnings or late.
    Warning,
    /// Not fulfilled.
    Failed,
    /// Nothing ran although something was expected.
    Missed,
}

impl State {
    const LEGEND: [(State, &'static str); 5] = [
        (State::Ok, "fulfilled"),
        (State::Warning, "with warnings or late"),
        (State::Failed, "failed"),
        (State::Missed, "nothing ran"),
        (State::NotExpected, "not expected"),
    ];

    /// The state behind a word of the results.
    #[must_use]
    pub fn of(word: &str) -> State {
        match word {
            "fulfilled" | "success" | "ok" => State::Ok,
            "late" | "warning" => State::Warning,
            "missed" | "unfulfilled" => State::Missed,
            "failed" => State::Failed,
            _ => State::NotExpected,
        }
    }
}

/// One system.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    /// Name.
    pub label: String,
    /// One state for each day.
    pub states: Vec<State>,
    /// Figure at the end of the row.
    pub summary: String,
    /// The figure is a miss.
    pub is_bad: bool,
}

/// Heat map.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// Days, `YYYY-MM-DD`, in order.
    pub days: Vec<String>,
    /// Systems.
    pub rows: Vec<HeatRow>,
    /// Head of the figures.
    pub summary_name: String,
}

const ROW: f64 = 19.0;
const TOP: f64 = 26.0;

struct Grid {
    left: f64,
    cell: f64,
    days_per_cell: usize,
    summary: f64,
}

impl HeatMap {
    fn grid(&self, look: &Look) -> Grid {
        let most = look.width * if look.is_narrow() { 0.34 } else { 0.26 };
        let names = self.rows.iter().map(|r| width(&r.label, 12.0, Weight::Regular));
        let left = names.fold(40.0, f64::max).min(most) + 12.0;
        let figures = self.rows.iter().map(|r| width(&r.summary, 12.0, Weight::Semibold));
        let head = width(&self.summary_name, 12.0, Weight::Semibold);
        let summary = figures.fold(head, f64::max) + 14.0;
        let room = look.width - left - summary;
        let single = room / float(self.days.len().max(1));
        if single >= 6.0 {
            return Grid { left, cell: single.min(24.0), days_per_cell: 1, summary };
        }
        let weeks = float(self.days.len().div_ceil(7).max(1));
        Grid { left, cell: (room / weeks).min(24.0), days_per_cell: 7, summary }
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let grid = self.grid(look);
        let bottom = TOP + ROW * float(self.rows.len());
        let legend_rows = if look.is_narrow() { 3.0 } else { 1.0 };
        let height = bottom + 18.0 + 20.0 * legend_rows;
        let mut canvas = Canvas::new(look.width, height, look.palette);
        self.draw_days(&mut canvas, &grid, look);
        for (number, row) in self.rows.iter().enumerate() {
            let y = TOP + ROW * float(number);
            let name = fit(&row.label, grid.left - 12.0, 12.0, Weight::Regular);
            let style = TextStyle::new(12.0, Paint::Ink).anchored(Anchor::End);
            canvas.text((grid.left - 10.0, y + 13.5), &name, style);
            for (column, days) in row.states.chunks(grid.days_per_cell).enumerate() {
                let worst = days.iter().max().copied().unwrap_or(State::NotExpected);
                let at = (grid.left + grid.cell * float(column), y);
                draw_cell(&mut canvas, worst, at, grid.cell);
            }
            let figure = if row.is_bad { style.bold() } else { style };
            let paint = if row.is_bad { Paint::Bad } else { Paint::Ink };
            canvas.text((look.width, y + 13.5), &row.summary, TextStyle { paint, ..figure });
        }
        self.draw_legend(&mut canvas, &grid, look, bottom + 16.0);
        canvas
    }

    fn draw_days(&self, canvas: &mut Canvas, grid: &Grid, look: &Look) {
        let style = TextStyle::new(12.0, Paint::Soft);
        let head = style.bold().anchored(Anchor::End);
        canvas.text((look.width, 14.0), &self.summary_name, head);
        let mut free = f64::NEG_INFINITY;
        let last = look.width - grid.summary;
        for (position, day) in self.days.iter().enumerate().step_by(grid.days_per_cell) {
            let number: u32 = day.rsplit('-').next().and_then(|d| d.parse().ok()).unwrap_or(0);
            let is_named = match grid.days_per_cell {
                1 if grid.cell >= 16.0 => number == 1 || number.is_multiple_of(5),
                1 => matches!(number, 1 | 10 | 20),
                _ => true,
            };
            let month = crate::model::format::split_month(day).map_or(0, |(_, m)| m);
            let name = match number {
                1 => format!("1 {}", crate::model::format::month_name(month)),
                _ if grid.days_per_cell > 1 => {
                    format!("{number} {}", crate::model::format::month_name(month))
                }
                _ => number.to_string(),
            };
            let x = grid.left + grid.cell * float(position / grid.days_per_cell);
            let end = x + width(&name, 12.0, Weight::Regular);
            if is_named && x > free && end < last {
                canvas.text((x, 14.0), &name, style);
                free = end + 9.0;
            }
        }
    }

    fn draw_legend(&self, canvas: &mut Canvas, grid: &Grid, look: &Look, top: f64) {
        let (mut x, mut y) = (if look.is_narrow() { 0.0 } else { grid.left }, top);
        let begin = x;
        for (state, name) in State::LEGEND {
            let is_used = self.rows.iter().any(|r| r.states.contains(&state));
            if !is_used {
                continue;
            }
            let room = 22.0 + width(name, 12.0, Weight::Regular) + 18.0;
            if x + room > look.width {
                (x, y) = (begin, y + 20.0);
            }
            draw_cell(canvas, state, (x, y - 4.0), 18.0);
            canvas.text((x + 23.0, y + 9.0), name, TextStyle::new(12.0, Paint::Soft));
            x += room;
        }
        if grid.days_per_cell > 1 {
            let style = TextStyle::new(12.0, Paint::Soft);
            canvas.text((begin, y + 29.0), "one cell is a week and shows its worst day", style);
        }
    }

    pub(super) fn describe(&self) -> String {
        let count = |row: &HeatRow, state| row.states.iter().filter(|s| **s == state).count();
        let row = |r: &HeatRow| {
            format!(
                "{}: {} failed, {} with nothing run, {} with warnings or late of {} days, {}.",
                r.label,
                count(r, State::Failed),
                count(r, State::Missed),
                count(r, State::Warning),
                r.states.iter().filter(|s| **s != State::NotExpected).count(),
                r.summary,
            )
        };
        self.rows.iter().map(row).collect::<Vec<_>>().join(" ")
    }
}

fn draw_cell(canvas: &mut Canvas, state: State, (x, y): (f64, f64), size: f64) {
    let (w, h) = (size - 1.6, ROW - 2.0);
    let radius = if size > 10.0 { 2.5 } else { 1.0 };
    let (cx, cy) = (x + w / 2.0, y + h / 2.0);
    let sign = stroke(Paint::OnColour, 1.8);
    let has_sign = size >= 12.0;
    match state {
        State::NotExpected => canvas.rect((x, y + h / 2.0 - 1.0), (w, 2.0), 1.0, Paint::Grid),
        State::Ok => canvas.rect((x, y), (w, h), radius, Paint::GoodArea),
        State::Warning if has_sign => {
            canvas.rect((x, y), (w, h), radius, Paint::Watch);
            canvas.circle((cx, cy), 2.0, Paint::OnColour, stroke(Paint::None, 0.0));
        }
        State::Warning => canvas.rect((x, y + h * 0.4), (w, h * 0.6), radius, Paint::Watch),
        State::Failed => {
            canvas.rect((x, y), (w, h), radius, Paint::Bad);
            if has_sign {
                canvas.line((cx - 3.2, cy - 3.2), (cx + 3.2, cy + 3.2), sign);
                canvas.line((cx - 3.2, cy + 3.2), (cx + 3.2, cy - 3.2), sign);
            }
        }
        State::Missed => {
            canvas.rect((x, y), (w, h), radius, Paint::Bad);
            canvas.rect((x + 1.6, y + 1.6), (w - 3.2, h - 3.2), 1.0, Paint::Surface);
        }
    }
}
