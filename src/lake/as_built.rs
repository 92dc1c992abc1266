//! What marts know of the events of each day: those of the dumps that they were built from, not those that have come since.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::contents::Contents;
use super::freshness::{FooterError, read_built_from};
use super::inputs::{Inputs, InputsByDay};
use super::layout;
use super::retention::Retention;
use super::store::Store;
use crate::event::Day;
use crate::staging::TableId;

/// The events of days as marts know them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsBuilt {
    /// How many events each day has, copies included; a day that was not built is not there.
    pub events: BTreeMap<Day, u64>,
    /// Days of which, or of one beside which, something has come since, so that a build would make them anew.
    pub behind: BTreeSet<Day>,
}

impl AsBuilt {
    /// That of the days of a lake on which there are events, as far as they are wanted. What they were built from one mart
    /// says, which rests on all events: those of a day are built together.
    ///
    /// # Errors
    /// When a file of the mart, or a list of dumps, cannot be read.
    pub fn of(
        store: &Store,
        contents: &Contents,
        retention: &Retention,
        mart: &str,
        is_wanted: impl Fn(Day) -> bool,
    ) -> Result<Self, FooterError> {
        let by_day = InputsByDay::of(contents);
        let days: Vec<Day> = by_day.days().filter(|day| is_wanted(*day)).collect();
        let built = store.each(&days, |day| read_built_from(store, &layout::mart_day(mart, *day)))?;
        // Those of older ones are no more: what came of them since comes into no mart.
        let first = retention.first_of(TableId::all().map(TableId::name));
        let by_dump: HashMap<&str, &BTreeMap<Day, u64>> =
            contents.sources().map(|(_, source)| (source.digest.as_str(), &source.spread.days)).collect();
        let of_dump = |dump: &String, day: Day| by_dump.get(dump.as_str()).and_then(|days| days.get(&day)).copied();
        let mut as_built = Self::default();
        for (day, built) in days.into_iter().zip(built) {
            let inputs = by_day.around(day);
            let name = built.as_ref().and_then(|built| built.inputs.clone());
            let is_behind = built.is_none() || name.as_ref().is_some_and(|name| *name != inputs.fingerprint());
            if is_behind && first.is_none_or(|first| day > first) {
                as_built.behind.insert(day);
            }
            if built.is_none() {
                continue;
            }
            // What a list says that is not there any more is what there is now.
            let listed = match name.filter(|_| is_behind) {
                Some(name) => Inputs::read(store, &name)?,
                None => None,
            };
            let dumps = listed.unwrap_or(inputs).on;
            as_built.events.insert(day, dumps.keys().filter_map(|dump| of_dump(dump, day)).sum());
        }
        Ok(as_built)
    }
}
