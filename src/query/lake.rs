//! What a query is asked of: a lake, its tables by name, a window of days.

use crate::event::Day;
use crate::lake::{Contents, Holes, Maturity, Sightings, Store};
use crate::staging;

/// The table of dumps: one row a dump.
pub(super) const SOURCES: &str = "sources";
/// The table of days: one row a day on which events happened or dumps are missing.
pub(super) const DAYS: &str = "days";
/// The table of definition breaks: one row a break.
pub(super) const BREAKS: &str = "breaks";
/// The table of surplus copies of events.
pub const DUPLICATES: &str = "duplicates";

/// A lake as queries see it.
#[derive(Clone, Copy)]
pub struct Lake<'a> {
    /// Its files.
    pub store: &'a Store,
    /// What is in it.
    pub contents: &'a Contents,
    /// Where its dumps lie.
    pub sightings: &'a Sightings,
    /// Which of its days are final.
    pub maturity: Maturity,
    /// In which hours dumps are missing.
    pub holes: &'a Holes,
}

/// A range of days, both ends included; an open end is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub since: Option<Day>,
    /// The last day.
    pub until: Option<Day>,
}

impl Window {
    /// Every day.
    pub const ALL: Self = Self { since: None, until: None };

    /// Whether a day lies in it.
    pub fn contains(self, day: Day) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// Whether a lake has a table of this name, marts and views aside.
pub(super) fn is_table(name: &str) -> bool {
    let made = [SOURCES, DAYS, BREAKS, DUPLICATES].contains(&name);
    made || staging::is_table(name)
}
