//! Which marts of which days are stale.

use std::collections::{BTreeMap, BTreeSet};

use super::BuildError;
use crate::event::Day;
use crate::lake::{Contents, Fingerprint, Store, layout, read_built_from};
use crate::query::{BuiltMarts, Kind, Library, Query, QueryError};

/// Raised when the program comes to write something else from the same files and SQL: every day is then stale.
const GENERATION: &str = "2";

/// A day with something to build.
#[derive(Clone, Debug)]
pub struct PlannedDay {
    /// The day.
    pub day: Day,
    /// The stale marts, in the order in which they are built, and what each will have been built from.
    pub stale: Vec<(&'static str, Fingerprint)>,
}

/// What a build has to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Days with something to build, in order.
    pub days: Vec<PlannedDay>,
    /// How many files are fresh.
    pub fresh: usize,
    /// What every file of a mart is, or will be, built from.
    pub marts: BuiltMarts,
}

impl Plan {
    /// Compares what there is with what there should be.
    pub fn make(store: &Store, contents: &Contents, library: &Library) -> Result<Self, BuildError> {
        let readings = Readings::of(contents);
        let marts = library.of_kind(Kind::Mart).map(|mart| Ok((mart, library.tables_of(mart)?)));
        let marts: Vec<(&Query, BTreeSet<String>)> =
            marts.collect::<Result<_, QueryError>>().map_err(BuildError::Library)?;
        // Days that have a file, too: what was built from rows that count no more must become empty.
        let mut days: BTreeSet<Day> = readings.days().collect();
        for (mart, _) in &marts {
            days.extend(store.list(&layout::mart(mart.name))?.iter().filter_map(|name| layout::day_of_folder(name)));
        }

        let mut plan = Self::default();
        for day in days {
            let of_staging = readings.around(day);
            let mut stale = Vec::new();
            for (mart, tables) in &marts {
                let mut inputs = vec![("generation", GENERATION.to_owned()), ("sql", mart.sql.to_owned())];
                for table in tables {
                    let mart = marts.iter().find(|(mart, _)| mart.name == table);
                    let of_table = mart.and_then(|(mart, _)| plan.marts.get(&(mart.name, day))).unwrap_or(&of_staging);
                    inputs.push((table, of_table.to_string()));
                }
                let fingerprint = Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str())));
                if read_built_from(store, &layout::mart_day(mart.name, day))?.as_ref() == Some(&fingerprint) {
                    plan.fresh += 1;
                } else {
                    stale.push((mart.name, fingerprint.clone()));
                }
                plan.marts.insert((mart.name, day), fingerprint);
            }
            if !stale.is_empty() {
                plan.days.push(PlannedDay { day, stale });
            }
        }
        Ok(plan)
    }
}

/// Which dumps have events on a day, and how each was read.
///
/// Not files: compaction makes others of the same rows, and no day is stale for that.
struct Readings<'c>(BTreeMap<Day, BTreeSet<(&'c str, &'c str)>>);

impl<'c> Readings<'c> {
    fn of(contents: &'c Contents) -> Self {
        let mut readings: BTreeMap<Day, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for (_, source) in contents.sources() {
            for day in source.spread.days.keys() {
                readings.entry(*day).or_default().insert((&source.digest, &source.reading));
            }
        }
        Self(readings)
    }

    fn days(&self) -> impl Iterator<Item = Day> {
        self.0.keys().copied()
    }

    /// The staging that a day is built from: its own, and that of the days beside it.
    fn around(&self, day: Day) -> Fingerprint {
        let days = [("before", -1), ("on", 0), ("after", 1)];
        Fingerprint::of(days.into_iter().flat_map(|(name, of)| {
            let readings = self.0.get(&day.plus(of)).into_iter().flatten().copied();
            std::iter::once(("day", name)).chain(readings)
        }))
    }
}
