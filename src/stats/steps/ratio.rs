//! The one division at the end, where a share has no interval (bytes, time):
//!
//! ```toml
//! [[steps]]
//! step = "ratio"
//! name = "fulfilled_ratio"    # column to add
//! num  = "fulfilled_bytes"    # integer or float column
//! den  = "expected_bytes"     # null or 0 gives null
//! ```

use serde::Deserialize;

use crate::error::Result;
use crate::model::frame::Frame;

use super::table::{Builder, Output, numbers};

/// See the head of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    name: String,
    num: String,
    den: String,
}

pub(super) const EXAMPLE: &str = r#"[[steps]]
step = "ratio"
name = "fulfilled_ratio"
num  = "fulfilled_bytes"
den  = "expected_bytes""#;

impl Ratio {
    pub(super) fn run(&self, frame: Frame) -> Result<Output> {
        let pairs = numbers(&frame, &self.num)?.into_iter().zip(numbers(&frame, &self.den)?);
        let values = pairs.map(|(num, den)| Some(num? / den?)).collect();
        let mut out = Builder::on(frame, None);
        let says = format!("{} / {}", self.num, self.den);
        out.float(&self.name, &says, values)?;
        Ok(out.done())
    }
}
