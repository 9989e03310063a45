//! A/B comparison of systems or streams. Rows are units; they become one row per group and
//! treated arm:
//!
//! ```toml
//! [[steps]]
//! step    = "experiment"
//! group   = ["experiment_id"]
//! arm     = "arm"                   # text
//! control = "control"
//! outcome = "median_duration_us"    # one figure per unit
//! pre     = "pre_duration_us"       # optional; the same figure before the start (CUPED)
//! is_log  = true                    # optional; effect as relative change
//! k       = "ok_count"              # optional guardrail: successes of the unit
//! n       = "run_count"
//! margin  = 0.005                   # optional; worst tolerated fall of the success rate
//! planned_ratio = 1.0               # optional; planned treated units per control unit
//! effect  = 0.1                     # optional; effect the weekly test is tuned for
//! prefix  = "ab"                    # optional
//! ```
//!
//! Gives `n control_n sample_ratio_p is_void value lo hi p brunner_munzel_p shift always_valid_p
//! variance_removed_ratio guardrail_value guardrail_lo is_guardrail_kept`. A void experiment
//! (sample ratio p < 0.001) has no effect figures.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::experiment::{VOID_BELOW, cuped, msprt, srm, variance_removed};
use super::super::number::{length, mean, size, variance};
use super::super::proportion::{Interval, newcombe, share};
use super::super::samples::{brunner_munzel, welch};
use super::super::shift::hodges_lehmann;
use super::super::special::student_quantile;
use super::table::{Builder, CONFIDENCE, Output, group_frame, groups, numbers, pairs, unit};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    #[serde(default)]
    group: Vec<String>,
    arm: String,
    control: String,
    outcome: String,
    pre: Option<String>,
    #[serde(default)]
    is_log: bool,
    k: Option<String>,
    n: Option<String>,
    #[serde(default = "half_a_point")]
    margin: f64,
    #[serde(default = "one")]
    planned_ratio: f64,
    #[serde(default = "tenth")]
    effect: f64,
    prefix: Option<String>,
}

fn half_a_point() -> f64 {
    0.005
}
fn one() -> f64 {
    1.0
}
fn tenth() -> f64 {
    0.1
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step    = "experiment"
group   = ["experiment_id"]
arm     = "arm"
control = "control"
outcome = "median_duration_us"
is_log  = true"#;

/// One unit of an arm.
struct Unit {
    row: usize,
    is_control: bool,
    outcome: f64,
    pre: Option<f64>,
}

/// Figures of one treated arm.
struct Found {
    n: usize,
    control: usize,
    ratio_p: Option<f64>,
    effect: Option<Effect>,
    removed: Option<f64>,
    guardrail: Option<(f64, Interval)>,
}

struct Effect {
    value: f64,
    spread: f64,
    p: f64,
    brunner_munzel: Option<f64>,
    shift: Option<f64>,
    always_valid: Option<f64>,
}

impl Found {
    fn is_void(&self) -> Option<bool> {
        self.ratio_p.map(|p| p < VOID_BELOW)
    }
}

impl Experiment {
    pub(super) fn run(&self, frame: &Frame) -> Result<Output> {
        let mut by = self.group.clone();
        by.push(self.arm.clone());
        let arms = frame.text(&self.arm)?;
        let is_control =
            |row: usize| arms.get(row).is_some_and(|a| a.as_deref() == Some(self.control.as_str()));
        let mut firsts = Vec::new();
        let mut found = Vec::new();
        for group in groups(frame, &self.group)? {
            let control: Vec<usize> = group.iter().copied().filter(|r| is_control(*r)).collect();
            let part = frame.take(&group);
            for treated in groups(&part, std::slice::from_ref(&self.arm))? {
                let rows: Vec<usize> =
                    treated.iter().filter_map(|at| group.get(*at)).copied().collect();
                let Some(&first) = rows.first().filter(|r| !is_control(**r)) else { continue };
                firsts.push(vec![first]);
                found.push(self.compare(frame, &rows, &control)?);
            }
        }
        let mut out = Builder::on(group_frame(frame, &by, &firsts)?, self.prefix.as_deref());
        self.add(&mut out, &found)?;
        Ok(out.done())
    }

    fn units(&self, frame: &Frame, rows: &[usize], is_control: bool) -> Result<Vec<Unit>> {
        let read = |column: &String| -> Result<Vec<Option<f64>>> {
            let (scale, _) = unit(column);
            let transform = |v: f64| if self.is_log { libm::log(v * scale) } else { v * scale };
            let values = numbers(frame, column)?.into_iter();
            Ok(values.map(|v| v.map(transform).filter(|v| v.is_finite())).collect())
        };
        let outcome = read(&self.outcome)?;
        let pre = self.pre.as_ref().map(read).transpose()?;
        let unit = |&row: &usize| {
            let pre = pre.as_ref().and_then(|pre| pre.get(row).copied().flatten());
            let outcome = outcome.get(row).copied().flatten()?;
            Some(Unit { row, is_control, outcome, pre })
        };
        Ok(rows.iter().filter_map(unit).collect())
    }

    fn compare(&self, frame: &Frame, rows: &[usize], control: &[usize]) -> Result<Found> {
        let mut units = self.units(frame, rows, false)?;
        units.extend(self.units(frame, control, true)?);
        let counts = [rows.len(), control.len()].map(|n| u64::try_from(n).unwrap_or(0));
        let ratio_p = srm(&counts, &[self.planned_ratio, 1.0]).map(|r| r.1);
        let guardrail = self.guardrail(frame, &units)?;
        let outcome: Vec<f64> = units.iter().map(|u| u.outcome).collect();
        // CUPED needs the pre-period of every unit; dropping units would bias the arms.
        let pre: Option<Vec<f64>> = units.iter().map(|u| u.pre).collect();
        let adjusted = pre.map(|pre| cuped(&outcome, &pre));
        let removed = adjusted.as_ref().and_then(|a| variance_removed(&outcome, a));
        let values = adjusted.unwrap_or(outcome);
        let arm = |wanted: bool| -> Vec<f64> {
            let of_arm = units.iter().zip(&values).filter(|(u, _)| u.is_control == wanted);
            of_arm.map(|(_, v)| *v).collect()
        };
        let is_void = ratio_p.is_some_and(|p| p < VOID_BELOW);
        let effect = if is_void { None } else { self.effect(&arm(false), &arm(true)) };
        let (n, control) = (rows.len(), control.len());
        Ok(Found { n, control, ratio_p, effect, removed, guardrail })
    }

    fn effect(&self, treated: &[f64], control: &[f64]) -> Option<Effect> {
        let test = welch(treated, control)?;
        let value = mean(treated)? - mean(control)?;
        let (a, b) = (variance(treated)?, variance(control)?);
        let error = libm::sqrt(a / size(treated.len()) + b / size(control.len()));
        let tuned = if self.is_log { libm::log1p(-self.effect) } else { self.effect };
        let always = msprt(
            value,
            f64::midpoint(a, b),
            u64::try_from(treated.len()).ok()?,
            u64::try_from(control.len()).ok()?,
            tuned * tuned,
        );
        Some(Effect {
            value,
            spread: student_quantile(0.5 + CONFIDENCE / 2.0, test.degrees) * error,
            p: test.p,
            brunner_munzel: brunner_munzel(treated, control).map(|t| t.p),
            shift: hodges_lehmann(treated, control, CONFIDENCE).map(|s| s.value),
            always_valid: always.map(|m| m.p),
        })
    }

    /// Difference of the success rates with Newcombe's interval.
    fn guardrail(&self, frame: &Frame, units: &[Unit]) -> Result<Option<(f64, Interval)>> {
        let (Some(k), Some(n)) = (&self.k, &self.n) else { return Ok(None) };
        let counts = pairs(frame, k, n)?;
        let total = |wanted: bool| {
            let of_arm = units.iter().filter(|u| u.is_control == wanted);
            let pairs = of_arm.filter_map(|u| counts.get(u.row).copied().flatten());
            pairs.fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1))
        };
        let ((k1, n1), (k0, n0)) = (total(false), total(true));
        let difference = || Some(share(k1, n1)? - share(k0, n0)?);
        Ok(difference().zip(newcombe(k1, n1, k0, n0, CONFIDENCE)))
    }

    fn add(&self, out: &mut Builder, found: &[Found]) -> Result<()> {
        let back = |v: f64| if self.is_log { libm::expm1(v) } else { v };
        let float = |f: &dyn Fn(&Found) -> Option<f64>| found.iter().map(f).collect();
        let of = |f: &dyn Fn(&Effect) -> Option<f64>| {
            found.iter().map(|x| x.effect.as_ref().and_then(f)).collect()
        };
        out.int("n", "treated units", found.iter().map(|f| Some(length(f.n))).collect())?;
        let controls = found.iter().map(|f| Some(length(f.control))).collect();
        out.int("control_n", "control units", controls)?;
        let says = "p of the assigned numbers at the planned ratio";
        out.float("sample_ratio_p", says, float(&|f| f.ratio_p))?;
        let void = found.iter().map(Found::is_void).collect();
        out.bool("is_void", "the assignment was not as planned", void)?;
        let says = if self.is_log { "relative change" } else { "difference of means" };
        out.float("value", says, of(&|e| Some(back(e.value))))?;
        out.float("lo", "lower bound, 95 % (Welch)", of(&|e| Some(back(e.value - e.spread))))?;
        out.float("hi", "upper bound, 95 % (Welch)", of(&|e| Some(back(e.value + e.spread))))?;
        out.float("p", "Welch's p at the fixed horizon", of(&|e| Some(e.p)))?;
        out.float("brunner_munzel_p", "Brunner-Munzel", of(&|e| e.brunner_munzel))?;
        out.float("shift", "Hodges-Lehmann", of(&|e| e.shift.map(back)))?;
        let says = "p that stays valid when looked at every week";
        out.float("always_valid_p", says, of(&|e| e.always_valid))?;
        let says = "share of variance explained by the pre-period";
        out.float("variance_removed_ratio", says, float(&|f| f.removed))?;
        let says = "difference of the success rates";
        out.float("guardrail_value", says, float(&|f| f.guardrail.map(|g| g.0)))?;
        let says = "its lower bound, 95 % (Newcombe)";
        out.float("guardrail_lo", says, float(&|f| f.guardrail.map(|g| g.1.lo)))?;
        let says = format!("success rate not worse by more than {}", self.margin);
        let kept = |f: &Found| f.guardrail.map(|g| g.1.lo > -self.margin);
        out.bool("is_guardrail_kept", &says, found.iter().map(kept).collect())
    }
}
