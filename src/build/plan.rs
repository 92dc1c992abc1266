//! Which marts of which days are stale, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::BuildError;
use super::cause::Cause;
use crate::event::Day;
use crate::lake::{BuiltFrom, Contents, Fingerprint, Inputs, InputsByDay, Retention, Store, layout, read_built_from};
use crate::query::{BuiltMarts, Kind, Library, Query, QueryError, Window};
use crate::staging::TableId;

/// Raised when the program comes to write something else from the same files and SQL: every day is then stale.
const GENERATION: &str = "3";

/// A day with something to build.
#[derive(Clone, Debug)]
pub struct PlannedDay {
    /// The day.
    pub day: Day,
    /// The dumps that it is built from.
    pub inputs: Inputs,
    /// The stale marts, in the order in which they are built, and what each will have been built from.
    pub stale: Vec<(&'static str, BuiltFrom)>,
    /// Why they are.
    pub causes: BTreeSet<Cause>,
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
    /// Days that are not what they should be, and stay as they are: what they were built from was removed, being too old.
    pub too_old: BTreeSet<Day>,
}

impl Plan {
    /// Compares what there is with what there should be. Days of `again` are stale whatever there is.
    pub fn make(
        store: &Store,
        contents: &Contents,
        library: &Library,
        again: Option<Window>,
    ) -> Result<Self, BuildError> {
        let by_day = InputsByDay::of(contents);
        let retention = Retention::read(store)?;
        let marts = Mart::all(library).map_err(BuildError::Library)?;
        // Days that have a file, too: what was built from rows that count no more must become empty.
        let mut days: BTreeSet<Day> = by_day.days().collect();
        for mart in &marts {
            let folders = store.list(&layout::mart(mart.query.name))?;
            days.extend(folders.iter().filter_map(|name| layout::day_of_folder(name)));
        }

        let mut plan = Self::default();
        for day in days {
            let inputs = by_day.around(day);
            let of_staging = inputs.fingerprint();
            let (mut stale, mut causes) = (Vec::new(), BTreeSet::new());
            for mart in &marts {
                if retention.is_over(mart.query.name, day) {
                    continue;
                }
                let wanted = mart.built_from(day, &of_staging, &plan.marts);
                let there = read_built_from(store, &layout::mart_day(mart.query.name, day))?;
                let is_fresh = there.as_ref().is_some_and(|there| *there.as_built() == wanted.fingerprint);
                let is_wanted = !is_fresh || again.is_some_and(|again| again.contains(day));
                // A day is built from the one before it, too.
                if retention.first_of(mart.staging.iter().map(String::as_str)).is_some_and(|first| day <= first) {
                    if is_wanted {
                        plan.too_old.insert(day);
                    }
                    if let Some(there) = there {
                        plan.marts.insert((mart.query.name, day), there.fingerprint);
                        plan.fresh += 1;
                    }
                    continue;
                }
                plan.marts.insert((mart.query.name, day), wanted.fingerprint.clone());
                if !is_wanted {
                    plan.fresh += 1;
                    continue;
                }
                if is_fresh {
                    causes.insert(Cause::Asked);
                } else {
                    causes.extend(Cause::of(store, there.as_ref(), &wanted, &inputs)?);
                }
                stale.push((mart.query.name, wanted));
            }
            if !stale.is_empty() {
                plan.days.push(PlannedDay { day, inputs, stale, causes });
            }
        }
        Ok(plan)
    }
}

/// A mart, and what its rows depend on besides the dumps.
struct Mart<'l> {
    query: &'l Query,
    /// Its SQL, with the macros that it calls.
    definition: String,
    /// The tables that it reads, each with its name again if it is an earlier mart.
    tables: BTreeMap<String, Option<&'static str>>,
    /// The tables of staging that it rests on, those of the marts that it reads included.
    staging: BTreeSet<String>,
    /// Its own SQL, and that of the marts that it reads.
    sql: BTreeMap<String, Fingerprint>,
}

impl<'l> Mart<'l> {
    /// All marts, in the order in which they are built.
    fn all(library: &'l Library) -> Result<Vec<Self>, QueryError> {
        let mut marts: Vec<Self> = Vec::new();
        for query in library.of_kind(Kind::Mart) {
            let tables = library.tables_of(query)?;
            let definition = query.definition();
            let mut sql = BTreeMap::from([(query.name.to_owned(), Fingerprint::of([("sql", definition.as_str())]))]);
            let mut staging: BTreeSet<String> =
                tables.iter().filter(|table| TableId::of_name(table).is_some()).cloned().collect();
            for earlier in marts.iter().filter(|mart| tables.contains(mart.query.name)) {
                sql.extend(earlier.sql.clone());
                staging.extend(earlier.staging.clone());
            }
            let mart = |table: &String| marts.iter().map(|mart| mart.query.name).find(|name| name == table);
            let tables = tables.into_iter().map(|table| (table.clone(), mart(&table))).collect();
            marts.push(Self { query, definition, tables, staging, sql });
        }
        Ok(marts)
    }

    /// What its file of a day should be built from; `earlier` are the marts before it.
    fn built_from(&self, day: Day, of_staging: &Fingerprint, earlier: &BuiltMarts) -> BuiltFrom {
        let mut inputs = vec![("generation", GENERATION.to_owned()), ("sql", self.definition.clone())];
        for (table, mart) in &self.tables {
            let of_mart = mart.and_then(|mart| earlier.get(&(mart, day)));
            inputs.push((table, of_mart.unwrap_or(of_staging).to_string()));
        }
        let fingerprint = Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str())));
        BuiltFrom { fingerprint, inputs: Some(of_staging.clone()), sql: self.sql.clone(), published: None, built: None }
    }
}
