//! Totals of many series by groups, and of all: which series are in which, and their courses,
//! added as they are made. Who is left out is named with the reason.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::whole::Course;

/// Level and name of the total of all series.
pub const ALL: &str = "all";
/// Days without a value, and at least two steps, after which a series is taken as gone if others
/// go on.
pub const GONE_DAYS: f64 = 45.0;
/// Courses that are held at the same time.
const BATCH: usize = 64;

/// A total of series.
#[derive(Debug, Clone)]
pub struct Total {
    /// Name of the grouping, or [`ALL`].
    pub level: String,
    /// Name of the group, or [`ALL`].
    pub name: String,
    /// Positions of the series that are in it.
    pub series: Vec<usize>,
    /// Series that are not, each with the reason.
    pub left_out: Vec<String>,
    /// Sum of the courses of those that are; none without any.
    pub course: Option<Course>,
}

/// A series that may be added.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its group at each level.
    pub groups: &'a [String],
}

/// Totals at each level, groups by name, and the total of all at the end. `course` gives the
/// course of a series, or why it cannot be added; each is asked once, several at a time, in the
/// same order of adding whatever the threads.
pub fn totals(
    levels: &[String],
    entries: &[Entry<'_>],
    course: &(dyn Fn(usize) -> Result<Course, String> + Sync),
) -> Vec<Total> {
    let mut totals: BTreeMap<(usize, &str), Total> = BTreeMap::new();
    let all: Vec<usize> = (0..entries.len()).collect();
    for batch in all.chunks(BATCH) {
        let courses: Vec<(usize, Result<Course, String>)> =
            batch.par_iter().map(|at| (*at, course(*at))).collect();
        for (at, course) in courses {
            let Some(entry) = entries.get(at) else { continue };
            let groups = levels.iter().zip(entry.groups).map(|(l, g)| (l.as_str(), g.as_str()));
            for (order, (level, name)) in groups.chain([(ALL, ALL)]).enumerate() {
                let total = totals.entry((order, name)).or_insert_with(|| Total {
                    level: level.to_owned(),
                    name: name.to_owned(),
                    series: Vec::new(),
                    left_out: Vec::new(),
                    course: None,
                });
                match &course {
                    Ok(course) => total.take(at, course),
                    Err(reason) => total.left_out.push(format!("{}: {reason}", entry.name)),
                }
            }
        }
    }
    totals.into_values().collect()
}

impl Total {
    fn take(&mut self, at: usize, course: &Course) {
        self.series.push(at);
        match &mut self.course {
            Some(sum) => sum.add(course),
            None => self.course = Some(course.clone()),
        }
    }

    /// Names of those left out and the reasons, one after the other; none when all are in it.
    #[must_use]
    pub fn left_out_text(&self) -> Option<String> {
        (!self.left_out.is_empty()).then(|| self.left_out.join(" | "))
    }
}
