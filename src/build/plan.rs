//! Which marts of which days are stale, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::BuildError;
use super::cause::Cause;
use crate::event::Day;
use crate::lake::{
    BuiltFrom, Contents, Fingerprint, Inputs, InputsByDay, LeftOutByDay, Retention, Store, built_days, layout,
    read_built_from,
};
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
    /// What files of marts are called from which somebody forgotten was left out after they were built.
    pub left_out: LeftOutByDay,
    /// Lists of dumps of days that outlive their staging, where these are others than those that the days were built from.
    pub of_frozen: Vec<Inputs>,
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
        let mut files: Vec<(&'static str, Day)> = Vec::new();
        for mart in &marts {
            files.extend(built_days(store, mart.query.name)?.into_iter().map(|day| (mart.query.name, day)));
        }
        days.extend(files.iter().map(|(_, day)| *day));
        let footers = store.each(&files, |(mart, day)| read_built_from(store, &layout::mart_day(mart, *day)))?;
        let mut footers: BTreeMap<(&'static str, Day), BuiltFrom> =
            files.into_iter().zip(footers).filter_map(|(file, footer)| Some((file, footer?))).collect();

        // What a day of a mart that outlives its staging was changed to is nothing that a later mart of it was built from.
        let (mut plan, mut as_built) = (Self::default(), BuiltMarts::new());
        for day in days {
            let inputs = by_day.around(day);
            let of_staging = inputs.fingerprint();
            let (mut stale, mut causes, mut has_other_inputs) = (Vec::new(), BTreeSet::new(), false);
            for mart in &marts {
                if retention.is_over(mart.query.name, day) {
                    continue;
                }
                let mart_day = (mart.query.name, day);
                let wanted = mart.built_from(day, (&inputs, &of_staging), &as_built);
                let there = footers.remove(&mart_day);
                let is_fresh = there.as_ref().is_some_and(|there| *there.as_built() == wanted.fingerprint);
                let is_asked_for = again.is_some_and(|again| again.contains(day));
                let is_wanted = !is_fresh || is_asked_for;
                // A day is built from the one before it, too.
                if retention.first_of(mart.staging.iter().map(String::as_str)).is_some_and(|first| day <= first) {
                    let is_reached = |cause: &Cause| cause.reaches_frozen();
                    if is_asked_for
                        || !is_fresh && !Cause::of(store, there.as_ref(), &wanted, &inputs)?.iter().all(is_reached)
                    {
                        plan.too_old.insert(day);
                    }
                    if let Some(there) = there {
                        has_other_inputs |= there.inputs != wanted.inputs;
                        as_built.insert(mart_day, there.as_built().clone());
                        plan.keep(mart_day, there);
                    }
                    continue;
                }
                as_built.insert(mart_day, wanted.fingerprint.clone());
                let there = match there {
                    Some(there) if !is_wanted => {
                        plan.keep(mart_day, there);
                        continue;
                    }
                    there => there,
                };
                plan.marts.insert(mart_day, wanted.fingerprint.clone());
                if is_fresh {
                    causes.insert(Cause::Asked);
                } else {
                    causes.extend(Cause::of(store, there.as_ref(), &wanted, &inputs)?);
                }
                stale.push((mart.query.name, wanted));
            }
            if !stale.is_empty() {
                plan.days.push(PlannedDay { day, inputs, stale, causes });
            } else if has_other_inputs {
                plan.of_frozen.push(inputs);
            }
        }
        Ok(plan)
    }

    /// Takes a file as it is.
    fn keep(&mut self, (mart, day): (&'static str, Day), there: BuiltFrom) {
        if let Some(left_out) = there.left_out {
            self.left_out.entry(day).or_default().insert(left_out);
        }
        self.marts.insert((mart, day), there.fingerprint);
        self.fresh += 1;
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

    /// What its file of a day should be built from, of dumps and their name; `earlier` are the marts before it.
    fn built_from(&self, day: Day, (dumps, of_staging): (&Inputs, &Fingerprint), earlier: &BuiltMarts) -> BuiltFrom {
        let mut inputs = vec![("generation", GENERATION.to_owned()), ("sql", self.definition.clone())];
        for (table, mart) in &self.tables {
            let of_mart = mart.and_then(|mart| earlier.get(&(mart, day)));
            inputs.push((table, of_mart.unwrap_or(of_staging).to_string()));
        }
        // The list of dumps names it, too. Files that were built before their footers did are stale where it was rotated.
        let rekeyed = dumps.rekeyed().map(str::to_owned);
        inputs.extend(rekeyed.clone().map(|key| ("rekeyed", key)));
        let fingerprint = Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str())));
        BuiltFrom { inputs: Some(of_staging.clone()), sql: self.sql.clone(), rekeyed, ..BuiltFrom::of(fingerprint) }
    }
}
