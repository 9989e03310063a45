//! Events per exposure, with Garwood's exact interval, and the time between events:
//!
//! ```toml
//! [[steps]]
//! step        = "count_rate"
//! events      = "failure_count"  # integer
//! exposure_us = "service_us"     # integer microseconds; or  exposure_count = "run_count"
//! per         = "day"            # optional; hour, day (default), week, year; for counts: a number
//! prefix      = "failures"       # optional
//! ```
//!
//! Adds `value lo hi` (events per unit) and, with `exposure_us`, `between_s between_lo_s
//! between_hi_s` (mean time between events; without any event only its lower bound exists).

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::frame::Frame;

use super::super::counts::garwood;
use super::super::number::count;
use super::super::proportion::Interval;
use super::table::{Builder, CONFIDENCE, Output, counts};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountRate {
    events: String,
    exposure_us: Option<String>,
    exposure_count: Option<String>,
    per: Option<Per>,
    prefix: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Per {
    Time(Time),
    Count(u32),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Time {
    Hour,
    Day,
    Week,
    Year,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step        = "count_rate"
events      = "failure_count"
exposure_us = "service_us"
per         = "day""#;

impl CountRate {
    pub(super) fn check(&self) -> Result<()> {
        match (&self.exposure_us, &self.exposure_count, self.per) {
            (Some(_), None, None | Some(Per::Time(_))) | (None, Some(_), None) => Ok(()),
            (None, Some(_), Some(Per::Count(per))) if per > 0 => Ok(()),
            (Some(_), None, Some(Per::Count(_))) => {
                Err(Error::config("`per` of a time is hour, day, week or year"))
            }
            (None, Some(_), Some(_)) => {
                Err(Error::config("`per` of a count is a number above 0, such as 1000"))
            }
            (Some(_), Some(_), _) | (None, None, _) => {
                Err(Error::config("give either `exposure_us` or `exposure_count`"))
            }
        }
    }

    /// Units of exposure in one unit of the rate.
    fn scale(&self) -> (f64, String) {
        match self.per {
            Some(Per::Count(per)) => (f64::from(per), format!("{per}")),
            Some(Per::Time(Time::Hour)) => (3.6e9, "hour".to_owned()),
            Some(Per::Time(Time::Week)) => (6.048e11, "week".to_owned()),
            Some(Per::Time(Time::Year)) => (3.155_76e13, "year of 365.25 days".to_owned()),
            None if self.exposure_count.is_some() => (1.0, "1".to_owned()),
            Some(Per::Time(Time::Day)) | None => (8.64e10, "day".to_owned()),
        }
    }

    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        let column = self.exposure_us.as_ref().or(self.exposure_count.as_ref());
        let exposure = counts(&frame, column.map_or("", String::as_str))?;
        let events = counts(&frame, &self.events)?;
        let rows: Vec<Option<(u64, f64, Interval)>> = events
            .into_iter()
            .zip(exposure)
            .map(|(events, exposure)| {
                let (events, exposure) = (events?, exposure.filter(|e| *e > 0)?);
                Some((events, count(exposure), garwood(events, CONFIDENCE)))
            })
            .collect();
        let (scale, unit) = self.scale();
        let pick = |f: &dyn Fn(u64, f64, Interval) -> f64| {
            rows.iter().map(|row| row.map(|(events, exposure, i)| f(events, exposure, i))).collect()
        };
        let mut out = Builder::on(frame, self.prefix.as_deref());
        let says = format!("{} per {unit}", self.events);
        out.float("value", &says, pick(&|events, e, _| count(events) / e * scale))?;
        out.float("lo", "lower bound of the value, 95 %", pick(&|_, e, i| i.lo / e * scale))?;
        out.float("hi", "upper bound of the value, 95 %", pick(&|_, e, i| i.hi / e * scale))?;
        if self.exposure_us.is_some() {
            let s = 1e-6;
            let says = "mean time between events; null without any";
            out.float("between_s", says, pick(&|events, e, _| e * s / count(events)))?;
            out.float("between_lo_s", "its lower bound, 95 %", pick(&|_, e, i| e * s / i.hi))?;
            out.float("between_hi_s", "its upper bound, 95 %", pick(&|_, e, i| e * s / i.lo))?;
        }
        Ok(out.done())
    }
}
