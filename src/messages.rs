//! Messages to people and programs on standard error. Standard output carries data only.
//! Writing a message never fails a command: a full or closed stream is ignored.

use std::io::{IsTerminal, Write};

use crate::cli::LogFormat;
use crate::error::Error;

/// Where messages go and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    format: LogFormat,
    is_quiet: bool,
}

impl Messages {
    /// A writer for one run.
    #[must_use]
    pub fn new(format: LogFormat, is_quiet: bool) -> Self {
        Messages { format, is_quiet }
    }
    /// One line about what was done.
    pub fn say(&self, text: &str) {
        if !self.is_quiet {
            self.line("info", text, None);
        }
    }
    /// Something is wrong, the command goes on.
    pub fn warn(&self, text: &str, hint: Option<&str>) {
        self.line("warning", text, hint);
    }
    /// The command stops.
    pub fn error(&self, error: &Error) {
        match self.format {
            LogFormat::Text => write_all(&format!("error: {}\n", printable(&error.to_string()))),
            LogFormat::Json => {
                let mut text = Error { hint: None, ..error.clone() }.to_string();
                text = text.replace('\n', "; ");
                self.line("error", &text, error.hint.as_deref());
            }
        }
    }
    /// A bar for long work; hidden unless standard error is a terminal.
    #[must_use]
    pub fn bar(&self, steps: usize) -> indicatif::ProgressBar {
        let is_shown =
            !self.is_quiet && self.format == LogFormat::Text && std::io::stderr().is_terminal();
        if is_shown {
            indicatif::ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX))
        } else {
            indicatif::ProgressBar::hidden()
        }
    }

    fn line(&self, level: &str, text: &str, hint: Option<&str>) {
        match self.format {
            LogFormat::Text => {
                let lead = if level == "info" { String::new() } else { format!("{level}: ") };
                let tail = hint.map_or(String::new(), |h| format!("\n\nhint: {}", printable(h)));
                write_all(&format!("{lead}{}{tail}\n", printable(text)));
            }
            LogFormat::Json => {
                let mut object = serde_json::Map::new();
                object.insert("level".into(), level.into());
                object.insert("message".into(), text.into());
                if let Some(hint) = hint {
                    object.insert("hint".into(), hint.into());
                }
                write_all(&format!("{}\n", serde_json::Value::Object(object)));
            }
        }
    }
}

/// Control characters of foreign text are shown, not obeyed.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn write_all(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_shown_escaped() {
        assert_eq!(super::printable("a\u{1b}[2Kb\n"), "a\\u{1b}[2Kb\n");
    }
}
