//! The canonical tables by subject, and the list of all of them.

use super::table::Table;

/// All tables in the order of the reference page.
#[must_use]
pub fn all() -> Vec<&'static Table> {
    Vec::new()
}

/// A table by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Table> {
    all().into_iter().find(|t| t.name == name)
}
