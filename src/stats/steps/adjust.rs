//! Benjamini-Hochberg over tests in rows:
//!
//! ```toml
//! [[steps]]
//! step   = "adjust"
//! p      = "welch_p"           # float column; null rows are not counted
//! family = ["section"]         # optional; one family per value, default all rows
//! q      = 0.05                # optional
//! prefix = "lift"              # optional
//! ```
//!
//! Adds `p_adjusted family_n is_kept`.

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::super::multiplicity::{Q, benjamini_hochberg};
use super::super::number::length;
use super::table::{Builder, Output, groups, numbers};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjust {
    p: String,
    #[serde(default)]
    family: Vec<String>,
    #[serde(default = "usual")]
    q: f64,
    prefix: Option<String>,
}

fn usual() -> f64 {
    Q
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step = "adjust"
p    = "welch_p""#;

impl Adjust {
    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        let p = numbers(&frame, &self.p)?;
        let mut adjusted = vec![None; p.len()];
        let mut sizes = vec![None; p.len()];
        for rows in groups(&frame, &self.family)? {
            let family: Vec<Option<f64>> =
                rows.iter().map(|&row| p.get(row).copied().flatten()).collect();
            let size = length(family.iter().flatten().count());
            for (row, value) in rows.into_iter().zip(benjamini_hochberg(&family)) {
                if let (Some(a), Some(s)) = (adjusted.get_mut(row), sizes.get_mut(row)) {
                    (*a, *s) = (value, Some(size));
                }
            }
        }
        let kept = adjusted.iter().map(|p: &Option<f64>| p.map(|p| p <= self.q)).collect();
        let mut out = Builder::on(frame, self.prefix.as_deref());
        out.float("p_adjusted", "p after Benjamini-Hochberg", adjusted)?;
        out.int("family_n", "tests in the family", sizes)?;
        let says = format!("false discovery rate at most {}", self.q);
        out.bool("is_kept", &says, kept)?;
        Ok(out.done())
    }
}
