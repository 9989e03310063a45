//! The one error type. Rules:
//! 1. An error says what happened, where (file:line "column"), and what to do now (`hint`, at most one).
//! 2. The lowest layer that knows the file adds the place; upper layers add nothing they do not know.
//! 3. Nobody logs *and* returns. `main` prints, and maps the kind to the exit code.
//! 4. Bad input rows are data (quarantine), never errors: an error stops the command.

use std::fmt;

/// What sort of failure it is; decides the exit code and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line, configuration, an adapter, a query or a template is wrong.
    Config,
    /// An input or a request was refused.
    Input,
    /// Disk, object store or engine failed; the lake is valid.
    Storage,
    /// A verification found a difference.
    Verification,
    /// Another run holds the lock, or too many commit conflicts.
    Busy,
}

impl Kind {
    /// Exit code of the process for this kind.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Config => 2,
            Kind::Input => 3,
            Kind::Storage => 4,
            Kind::Verification => 5,
            Kind::Busy => 75,
        }
    }
}

/// An error with its place and the way out.
#[derive(Debug, Clone)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What happened: one line, lower case, no full stop.
    pub message: String,
    /// Where: `file`, `file:line` or `file:line "column"`.
    pub place: Option<String>,
    /// What to do: an action that works.
    pub hint: Option<String>,
    /// Causes, outermost first.
    pub causes: Vec<String>,
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), place: None, hint: None, causes: Vec::new() }
    }
    /// Wrong configuration, adapter, query, template or command line (exit 2).
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }
    /// Refused input or request (exit 3).
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(Kind::Input, message)
    }
    /// Disk, object store or engine failed (exit 4).
    pub fn storage(message: impl Into<String>) -> Self {
        Self::new(Kind::Storage, message)
    }
    /// Verification failed (exit 5).
    pub fn verification(message: impl Into<String>) -> Self {
        Self::new(Kind::Verification, message)
    }
    /// Another run holds the lock (exit 75).
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(Kind::Busy, message)
    }
    /// Adds the place; the first one given stays, because the lowest layer knows it best.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place.get_or_insert_with(|| place.to_string());
        self
    }
    /// Adds the hint; the first one given stays.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }
    /// Adds a cause.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message)?,
            None => f.write_str(&self.message)?,
        }
        for cause in &self.causes {
            write!(f, "\n  {cause}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n\nhint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// A hint with the nearest of the names that exist.
#[must_use]
pub fn nearest_hint<S: AsRef<str>>(name: &str, names: &[S]) -> String {
    let near = names.iter().map(AsRef::as_ref).min_by_key(|n| (distance(name, n), *n));
    match near {
        Some(near) if distance(name, near) <= name.len() / 2 + 1 => {
            format!("did you mean `{near}`?")
        }
        _ => {
            let all = names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
            format!("there are: {all}")
        }
    }
}

/// Edit distance of two names, letters in lower case and separators ignored; 1 when one begins
/// with the other.
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let plain = |t: &str| -> Vec<char> {
        t.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let (a, b) = (plain(a), plain(b));
    let is_start = a.len().min(b.len()) > 2 && (a.starts_with(&b) || b.starts_with(&a));
    if is_start && a != b {
        return 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = row.get(j).copied().unwrap_or_default() + usize::from(x != y);
            let drop = row.get(j + 1).copied().unwrap_or_default() + 1;
            let add = next.get(j).copied().unwrap_or_default() + 1;
            next.push(change.min(drop).min(add));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
