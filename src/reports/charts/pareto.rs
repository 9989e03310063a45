//! Pareto chart: counts by class, largest first, with the cumulative share and the line
//! behind which four fifths of all cases lie.

use crate::model::format::Format;

use super::Look;
use super::canvas::{Anchor, Canvas, Paint, TextStyle, dashed};
use super::scale::{Scale, float};
use super::text::{Weight, fit, width};

/// Pareto chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Pareto {
    /// Name of what is counted: `Failures`.
    pub measure: String,
    /// Class and count; sorted by [`Pareto::new`].
    pub rows: Vec<(String, i64)>,
}

const ROW: f64 = 27.0;
const TOP: f64 = 28.0;
const MOST: i64 = 5;

impl Pareto {
    /// Sorts the classes by count, names as tie-break; `other` and `unknown` come last,
    /// because their order says nothing.
    #[must_use]
    pub fn new(measure: String, mut rows: Vec<(String, i64)>) -> Self {
        let is_rest = |name: &str| matches!(name, "other" | "unknown" | "Other" | "Unknown");
        rows.sort_by(|a, b| {
            is_rest(&a.0).cmp(&is_rest(&b.0)).then(b.1.cmp(&a.1)).then(a.0.cmp(&b.0))
        });
        Pareto { measure, rows }
    }

    /// Number of classes up to and including the one that reaches four fifths of all.
    #[must_use]
    pub fn vital_count(&self) -> usize {
        let total: i64 = self.rows.iter().map(|r| r.1).sum();
        let mut sum = 0;
        let reached = self.rows.iter().position(|(_, count)| {
            sum += count;
            sum * MOST >= total * (MOST - 1)
        });
        reached.map_or(self.rows.len(), |position| position + 1)
    }

    pub(super) fn draw(&self, look: &Look) -> Canvas {
        let height = TOP + ROW * float(self.rows.len()) + 8.0;
        let mut canvas = Canvas::new(look.width, height, look.palette);
        let most = look.width * if look.is_narrow() { 0.36 } else { 0.32 };
        let names = self.rows.iter().map(|r| width(&r.0, 12.5, Weight::Regular));
        let left = names.fold(50.0, f64::max).min(most) + 12.0;
        let share_name = if look.is_narrow() { "Share" } else { "Cumulative share" };
        let right = width(share_name, 12.0, Weight::Semibold).max(52.0) + 16.0;
        let head = TextStyle::new(12.0, Paint::Soft).bold();
        canvas.text((left, 14.0), &self.measure, head);
        canvas.text((look.width, 14.0), share_name, head.anchored(Anchor::End));
        let largest = self.rows.iter().map(|r| r.1).max().unwrap_or(1).max(1);
        let room = look.width - right - left - 46.0;
        let bar = Scale::linear((0.0, as_float(largest)), (0.0, room.max(10.0)));
        let total: i64 = self.rows.iter().map(|r| r.1).sum();
        let vital = self.vital_count();
        let mut sum = 0;
        for (number, (name, count)) in self.rows.iter().enumerate() {
            sum += count;
            let y = TOP + ROW * float(number);
            let is_vital = number < vital;
            let name = fit(name, left - 12.0, 12.5, Weight::Regular);
            let ink = TextStyle::new(12.5, Paint::Ink);
            canvas.text((left - 10.0, y + 16.0), &name, ink.anchored(Anchor::End));
            let length = bar.at(as_float(*count));
            let paint = if is_vital { Paint::Accent } else { Paint::Quiet };
            canvas.rect((left, y + 2.0), (length, ROW - 8.0), 2.0, paint);
            canvas.text((left + length + 8.0, y + 16.0), &look.format.count(*count), ink.bold());
            let share = share_text(sum, total, look.format);
            let style = TextStyle::new(12.5, if is_vital { Paint::Ink } else { Paint::Soft });
            let style = if is_vital { style.bold() } else { style };
            canvas.text((look.width, y + 16.0), &share, style.anchored(Anchor::End));
        }
        if vital < self.rows.len() {
            let y = TOP + ROW * float(vital) - 2.0;
            canvas.line((left, y), (look.width, y), dashed(Paint::Bad, 1.3, "4 3"));
            let text = if look.is_narrow() { "80\u{a0}%" } else { "80\u{a0}% is above this line" };
            let at = (look.width - right - 8.0, y + 15.0);
            let style = TextStyle::new(12.0, Paint::Bad).bold().anchored(Anchor::End);
            canvas.text(at, text, style.with_halo());
        }
        canvas
    }

    pub(super) fn describe(&self, format: &Format) -> String {
        let total: i64 = self.rows.iter().map(|r| r.1).sum();
        let row = |(name, count): &(String, i64)| format!("{name} {}", format.count(*count));
        let rows: Vec<_> = self.rows.iter().map(row).collect();
        format!("{} of {}: {}.", self.measure, format.count(total), rows.join(", "))
    }
}

fn share_text(k: i64, n: i64, format: &Format) -> String {
    if n == 0 {
        return crate::model::format::NOT_ASSESSABLE.to_owned();
    }
    format.percent(as_float(k) / as_float(n), 0, None)
}

#[expect(clippy::cast_precision_loss, reason = "counts drawn as lengths")]
fn as_float(n: i64) -> f64 {
    n as f64
}
