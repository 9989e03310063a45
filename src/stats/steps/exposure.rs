//! Recovery point exposure of systems over the period: how much would have been lost, integrated
//! exactly. Rows are recovery points (a system without any has one row with a null `as_of`); or
//! segments with one newest point each. They become one row per group:
//!
//! ```toml
//! [[steps]]
//! step            = "exposure"
//! group           = ["system_id"]
//! as_of           = "taken_at"          # time: instant whose data the point holds
//! usable_at       = "usable_at"         # time: from when on it can be restored
//! usable_until    = "usable_until"      # optional; time: expiry or deletion
//! in_service_from = "in_service_from"   # optional; time: counts where no point is usable
//! in_service_to   = "in_service_to"     # optional; time: nothing can be lost from then on
//! rpo_s           = "rpo_s"             # integer seconds; the group's smallest
//! prefix          = "offsite"           # optional
//!
//! [[steps]]
//! step   = "exposure"
//! group  = ["system_id"]
//! from   = "from_at"                    # instead of as_of, usable_at: time
//! to     = "to_at"                      # time, exclusive
//! newest = "newest_as_of"               # time
//! rpo_s  = "rpo_s"
//! ```
//!
//! Gives `point_n covered_s worst_s mean_s compliance_ratio breach_n breached_s
//! longest_breach_s now_s is_breached_now is_over_150_percent`. The period is the context's,
//! cut at `as_of` and at the end of service; `now_s` is the exposure at `as_of`, null when out of
//! service by then. Without an RPO the breaches are null.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::exposure::{Exposure as Found, Point, Segment, integrate, segments};
use super::super::number::{length, signed};
use super::StepContext;
use super::table::{Builder, Output, at_rows, group_frame, groups};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    group: Vec<String>,
    as_of: Option<String>,
    usable_at: Option<String>,
    usable_until: Option<String>,
    in_service_from: Option<String>,
    in_service_to: Option<String>,
    from: Option<String>,
    to: Option<String>,
    newest: Option<String>,
    rpo_s: String,
    prefix: Option<String>,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step            = "exposure"
group           = ["system_id"]
as_of           = "taken_at"
usable_at       = "usable_at"
usable_until    = "usable_until"
in_service_from = "in_service_from"
rpo_s           = "rpo_s""#;

struct Row {
    points: usize,
    rpo: Option<i64>,
    period: Option<Found>,
    now: Option<i64>,
}

impl Exposure {
    pub(super) fn check(&self) -> Result<()> {
        let points = self.as_of.is_some() && self.usable_at.is_some();
        let segments = self.from.is_some() && self.to.is_some() && self.newest.is_some();
        let none_of_points = self.as_of.is_none()
            && self.usable_at.is_none()
            && self.usable_until.is_none()
            && self.in_service_from.is_none()
            && self.in_service_to.is_none();
        let none_of_segments = self.from.is_none() && self.to.is_none() && self.newest.is_none();
        if (points && none_of_segments) || (segments && none_of_points) {
            Ok(())
        } else {
            Err(Error::config("give either `as_of` and `usable_at`, or `from`, `to` and `newest`"))
        }
    }

    pub(super) fn run(&self, frame: &Frame, ctx: &StepContext) -> Result<Output> {
        let rpo = frame.int(&self.rpo_s)?;
        let groups = groups(frame, &self.group)?;
        let mut rows = Vec::new();
        for group in &groups {
            let rpo = at_rows(rpo, group).into_iter().filter(|r| *r >= 0).min();
            let rpo = rpo.and_then(|s| s.checked_mul(1_000_000));
            rows.push(self.row(frame, group, rpo, ctx)?);
        }
        let frame = group_frame(frame, &self.group, &groups)?;
        let mut out = Builder::on(frame, self.prefix.as_deref());
        add(&mut out, &rows)?;
        Ok(out.done())
    }

    fn row(
        &self,
        frame: &Frame,
        rows: &[usize],
        rpo: Option<i64>,
        ctx: &StepContext,
    ) -> Result<Row> {
        let end = ctx.to_us.min(ctx.as_of_us);
        let limit = rpo.unwrap_or(i64::MAX);
        if let (Some(from), Some(to), Some(newest)) = (&self.from, &self.to, &self.newest) {
            let all = read_segments(frame, rows, [from, to, newest])?;
            let now = all.iter().find(|s| s.from <= ctx.as_of_us && ctx.as_of_us <= s.to);
            let now = now.map(|s| ctx.as_of_us - s.newest);
            let cut = clip(&all, ctx.from_us, end);
            return Ok(Row { points: all.len(), rpo, period: integrate(&cut, limit), now });
        }
        let points = self.points(frame, rows)?;
        let origin = match &self.in_service_from {
            Some(column) => at_rows(frame.time(column)?, rows).into_iter().min(),
            None => None,
        };
        let retired = match &self.in_service_to {
            Some(column) => at_rows(frame.time(column)?, rows).into_iter().max(),
            None => None,
        };
        let end = retired.map_or(end, |retired| retired.min(end));
        let period = integrate(&segments(&points, origin, ctx.from_us, end), limit);
        let until_now = segments(&points, origin, i64::MIN / 4, ctx.as_of_us);
        let is_in_service = retired.is_none_or(|retired| retired > ctx.as_of_us);
        let now = until_now.last().map(|s| ctx.as_of_us - s.newest).filter(|_| is_in_service);
        Ok(Row { points: points.len(), rpo, period, now })
    }

    fn points(&self, frame: &Frame, rows: &[usize]) -> Result<Vec<Point>> {
        let column = |name: &Option<String>| match name {
            Some(name) => frame.time(name).map(<[Option<i64>]>::to_vec),
            None => Ok(vec![None; frame.height()]),
        };
        let (as_of, usable_at) = (column(&self.as_of)?, column(&self.usable_at)?);
        let until = column(&self.usable_until)?;
        let point = |&row: &usize| {
            Some(Point {
                as_of: as_of.get(row).copied().flatten()?,
                usable_at: usable_at.get(row).copied().flatten()?,
                usable_until: until.get(row).copied().flatten(),
            })
        };
        Ok(rows.iter().filter_map(point).collect())
    }
}

fn read_segments(frame: &Frame, rows: &[usize], names: [&str; 3]) -> Result<Vec<Segment>> {
    let [from, to, newest] = names;
    let (from, to, newest) = (frame.time(from)?, frame.time(to)?, frame.time(newest)?);
    let segment = |&row: &usize| {
        Some(Segment {
            from: from.get(row).copied().flatten()?,
            to: to.get(row).copied().flatten()?,
            newest: newest.get(row).copied().flatten()?,
        })
    };
    let mut segments: Vec<Segment> = rows.iter().filter_map(segment).collect();
    segments.sort_unstable_by_key(|s| s.from);
    Ok(segments)
}

fn clip(segments: &[Segment], from: i64, to: i64) -> Vec<Segment> {
    let cut = |s: &Segment| Segment { from: s.from.max(from), to: s.to.min(to), newest: s.newest };
    segments.iter().map(cut).filter(|s| s.from < s.to).collect()
}

fn add(out: &mut Builder, rows: &[Row]) -> Result<()> {
    let seconds = |us: i64| signed(us) / 1e6;
    let points = rows.iter().map(|r| Some(length(r.points))).collect();
    out.int("point_n", "rows with a point or segment", points)?;
    let any = |f: &dyn Fn(&Found) -> f64| rows.iter().map(|r| r.period.as_ref().map(f)).collect();
    out.float(
        "covered_s",
        "time of the period about which something is known",
        any(&|e| seconds(e.covered)),
    )?;
    out.float("worst_s", "greatest exposure", any(&|e| seconds(e.worst)))?;
    out.float("mean_s", "time-weighted mean exposure", any(&|e| e.mean / 1e6))?;
    let limited = |f: &dyn Fn(&Found) -> f64| {
        rows.iter().map(|r| r.rpo.and(r.period.as_ref()).map(f)).collect()
    };
    let says = "share of the time with exposure <= RPO";
    out.float("compliance_ratio", says, limited(&Found::compliance))?;
    let breaches = |r: &Row| {
        let found = r.rpo.and(r.period.as_ref())?;
        i64::try_from(found.breach_count).ok()
    };
    let says = "separate stretches with exposure > RPO";
    out.int("breach_n", says, rows.iter().map(breaches).collect())?;
    out.float("breached_s", "time with exposure > RPO", limited(&|e| seconds(e.breached)))?;
    let says = "longest stretch with exposure > RPO";
    out.float("longest_breach_s", says, limited(&|e| seconds(e.longest_breach)))?;
    let now = rows.iter().map(|r| r.now.map(seconds)).collect();
    out.float("now_s", "exposure at as_of", now)?;
    let over = |r: &Row, tenths: i64| Some(r.now?.checked_mul(10)? > r.rpo?.checked_mul(tenths)?);
    let breached = rows.iter().map(|r| over(r, 10)).collect();
    out.bool("is_breached_now", "exposure at as_of > RPO", breached)?;
    let far = rows.iter().map(|r| over(r, 15)).collect();
    out.bool("is_over_150_percent", "exposure at as_of > 1.5 RPO", far)
}
