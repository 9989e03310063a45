//! `init`: a new project with a commented tapeline.toml and an empty list of systems, so that every
//! command runs in it from the first minute.

use std::path::Path;

use super::Outcome;
use super::project::Place;
use crate::config::FILE;
use crate::error::{Error, Result};
use crate::files;
use crate::model::tables::reference::SYSTEMS;

const TEMPLATE: &str = include_str!("init.toml");
/// The list that the project's first source reads.
const SYSTEMS_FILE: &str = "lists/systems.csv";

/// Makes the folder, its tapeline.toml and the header of its list of systems; an existing project
/// and an existing list are left alone.
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
    let list = dir.join(SYSTEMS_FILE);
    if !list.exists() {
        let header: Vec<&str> = SYSTEMS.columns.iter().map(|column| column.name).collect();
        files::write(&list, format!("{}\n", header.join(",")).as_bytes())?;
        place.messages.say(&format!("made {}", list.display()));
    }
    place.messages.say(
        "next: list your systems, describe your exports under [[source]], then \
         `tapeline load --explain`",
    );
    Ok(Outcome::Done)
}
