//! The dumps that a day of the marts comes from, and how each was read.
//!
//! A file for each set of inputs, named by its content: `inputs/<fingerprint>.json`. The footer of a mart's file names the
//! one that it was built from. With it one can say what has come since, and which dumps a number rests on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::freshness::Fingerprint;
use super::layout;
use super::receipt::REKEYED;
use super::store::{Store, StoreError};
use crate::event::Day;

/// The dumps that have events on a day or on one beside it, by digest, each with what its rows rest on
/// ([`super::Receipt::rows`]).
///
/// Not files: compaction makes others of the same rows, and no day is stale for that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Those of the day before.
    pub before: BTreeMap<String, String>,
    /// Those of the day.
    pub on: BTreeMap<String, String>,
    /// Those of the day after.
    pub after: BTreeMap<String, String>,
}

impl Inputs {
    /// What the lists are made into one name of.
    pub fn fingerprint(&self) -> Fingerprint {
        let days = [("before", &self.before), ("on", &self.on), ("after", &self.after)];
        Fingerprint::of(days.into_iter().flat_map(|(name, readings)| {
            let readings = readings.iter().map(|(source, reading)| (source.as_str(), reading.as_str()));
            std::iter::once(("day", name)).chain(readings)
        }))
    }

    /// All of them.
    pub fn all(&self) -> BTreeMap<&str, &str> {
        let all = [&self.before, &self.on, &self.after];
        all.into_iter().flatten().map(|(source, reading)| (source.as_str(), reading.as_str())).collect()
    }

    /// The fingerprint of the key that the pseudonyms of their rows are made with, if this was rotated.
    pub fn rekeyed(&self) -> Option<&str> {
        // What counts is of one: a rotation changes all of it at once.
        self.all().into_values().find_map(|rows| Some(rows.split_once(REKEYED)?.1))
    }

    /// Keeps them under their name.
    pub fn write(&self, store: &Store) -> Result<(), StoreError> {
        let path = layout::inputs(&self.fingerprint());
        // Of one name there is one content.
        if store.has(&path)? {
            return Ok(());
        }
        store.put_json(&path, self)
    }

    /// Those of a name; `None` if they are not there, or not whole.
    pub fn read(store: &Store, name: &Fingerprint) -> Result<Option<Self>, StoreError> {
        let json = store.read(&layout::inputs(name))?;
        let inputs: Option<Self> = json.and_then(|json| serde_json::from_slice(&json).ok());
        Ok(inputs.filter(|inputs| inputs.fingerprint() == *name))
    }
}

/// Which dumps have events on which day of a lake.
pub struct InputsByDay(BTreeMap<Day, BTreeMap<String, String>>);

impl InputsByDay {
    /// Those of a lake.
    pub fn of(contents: &Contents) -> Self {
        let mut days: BTreeMap<Day, BTreeMap<String, String>> = BTreeMap::new();
        for (receipt, source) in contents.sources() {
            let rows = receipt.rows(source);
            for day in source.spread.days.keys() {
                days.entry(*day).or_default().insert(source.digest.clone(), rows.clone());
            }
        }
        Self(days)
    }

    /// The days on which there are events.
    pub fn days(&self) -> impl Iterator<Item = Day> {
        self.0.keys().copied()
    }

    /// What a day is built from.
    pub fn around(&self, day: Day) -> Inputs {
        let of = |day: Day| self.0.get(&day).cloned().unwrap_or_default();
        Inputs { before: of(day.plus(-1)), on: of(day), after: of(day.plus(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(sources: &[&str]) -> BTreeMap<String, String> {
        sources.iter().map(|source| ((*source).to_owned(), "reading".to_owned())).collect()
    }

    #[test]
    fn the_name_says_on_which_day_a_dump_has_events() {
        let (on, after) = (readings(&["a"]), readings(&["b"]));
        let one = Inputs { on: on.clone(), after: after.clone(), ..Inputs::default() };
        let other = Inputs { on: after, after: on, ..Inputs::default() };
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_eq!(one.all(), other.all());
    }

    #[test]
    fn rows_say_with_which_key_they_are_if_it_was_rotated() {
        let of =
            |rows: &str| Inputs { after: BTreeMap::from([("a".to_owned(), rows.to_owned())]), ..Inputs::default() };
        assert_eq!(of("reading without 3").rekeyed(), None);
        assert_eq!(of("reading without 3 with key.2").rekeyed(), Some("key.2"));
    }

    #[test]
    fn what_is_damaged_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let inputs = Inputs { on: readings(&["a"]), ..Inputs::default() };
        let name = inputs.fingerprint();
        assert_eq!(Inputs::read(&store, &name).expect("read"), None);
        inputs.write(&store).expect("written");
        assert_eq!(Inputs::read(&store, &name).expect("read"), Some(inputs));
        for damage in ["{", r#"{"before":{},"on":{},"after":{}}"#] {
            store.put(&layout::inputs(&name), damage.as_bytes()).expect("put");
            assert_eq!(Inputs::read(&store, &name).expect("read"), None, "{damage}");
        }
    }
}
