//! Which marts of which days are stale.

use std::collections::{BTreeMap, BTreeSet};

use polars::sql::extract_table_identifiers;

use super::BuildError;
use crate::event::Day;
use crate::lake::{Contents, Fingerprint, LiveFile, Store, layout, read_built_from};
use crate::query::{Kind, Library, Query, QueryError};

/// Raised when the program comes to write something else from the same files and SQL: every day is then stale.
const GENERATION: &str = "1";

/// A day with something to build.
#[derive(Clone, Debug)]
pub struct PlannedDay {
    /// The day.
    pub day: Day,
    /// The stale marts, in the order in which they are built, and what each will have been built from.
    pub stale: Vec<(&'static str, Fingerprint)>,
}

/// What a build has to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Days with something to build, in order.
    pub days: Vec<PlannedDay>,
    /// How many files are fresh.
    pub fresh: usize,
}

impl Plan {
    /// Compares what there is with what there should be.
    pub fn make(store: &Store, contents: &Contents, library: &Library) -> Result<Self, BuildError> {
        let mut files: BTreeMap<(Day, &str), Vec<LiveFile<'_>>> = BTreeMap::new();
        // Days of which every row is void too: what was built from them must become empty.
        let all = contents.receipts().iter().flat_map(|receipt| &receipt.files);
        let days: BTreeSet<Day> = all.filter_map(|file| Day::parse(file.day.as_deref()?)).collect();
        for live in contents.files() {
            if let Some(day) = live.file.day.as_deref().and_then(Day::parse) {
                files.entry((day, &live.file.table)).or_default().push(live);
            }
        }
        for files in files.values_mut() {
            files.sort_unstable_by_key(|live| live.file);
        }
        let marts: Vec<(&Query, Vec<String>)> = library
            .of_kind(Kind::Mart)
            .map(|mart| Ok((mart, inputs(mart)?)))
            .collect::<Result<_, QueryError>>()
            .map_err(BuildError::Library)?;

        let mut plan = Self { days: Vec::new(), fresh: 0 };
        for day in days {
            let mut wanted: BTreeMap<&str, Fingerprint> = BTreeMap::new();
            let mut stale = Vec::new();
            for (mart, tables) in &marts {
                let mut inputs = vec![("generation", GENERATION.to_owned()), ("sql", mart.sql.to_owned())];
                for table in tables {
                    if let Some(fingerprint) = wanted.get(table.as_str()) {
                        inputs.push((table, fingerprint.to_string()));
                        continue;
                    }
                    for of in [day.plus(-1), day, day.plus(1)] {
                        for LiveFile { file, void } in files.get(&(of, table.as_str())).into_iter().flatten() {
                            inputs.push((&file.path, file.digest.clone()));
                            inputs.extend(
                                void.iter().flat_map(|void| void.iter()).map(|source| ("void", source.clone())),
                            );
                        }
                    }
                }
                let fingerprint = Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str())));
                if read_built_from(store, &layout::mart_day(mart.name, day))?.as_ref() == Some(&fingerprint) {
                    plan.fresh += 1;
                } else {
                    stale.push((mart.name, fingerprint.clone()));
                }
                wanted.insert(mart.name, fingerprint);
            }
            if !stale.is_empty() {
                plan.days.push(PlannedDay { day, stale });
            }
        }
        Ok(plan)
    }
}

/// The tables that a mart reads, sorted.
fn inputs(mart: &Query) -> Result<Vec<String>, QueryError> {
    let tables = extract_table_identifiers(mart.sql, false, true)
        .map_err(|reason| QueryError::Engine { query: mart.name.to_owned(), reason })?;
    Ok(tables.into_iter().collect::<BTreeSet<_>>().into_iter().collect())
}
