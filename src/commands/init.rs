//! `init`: a new project with a commented tapeline.toml.

use std::path::Path;

use super::Outcome;
use super::project::Place;
use crate::config::FILE;
use crate::error::{Error, Result};
use crate::files;

const TEMPLATE: &str = include_str!("init.toml");

/// Makes the folder and its tapeline.toml; an existing project is left alone.
pub fn init(place: &Place, dir: &Path) -> Result<Outcome> {
    let file = dir.join(FILE);
    if file.exists() {
        return Err(Error::config("is a project already")
            .at(file.display())
            .hint("choose another folder, or edit this one"));
    }
    let name = dir.file_name().map_or("our company".into(), |n| n.to_string_lossy());
    let name = toml::Value::String(name.into_owned()).to_string();
    files::write(&file, TEMPLATE.replace("\"NAME\"", &name).as_bytes())?;
    place.messages.say(&format!("made {}", file.display()));
    place
        .messages
        .say("next: describe your exports under [[source]], then `tapeline load --explain`");
    Ok(Outcome::Done)
}
