//! What the kept result of a report rests on: queries, days, dumps and batches.

use std::collections::{BTreeMap, BTreeSet};

use super::BuildError;
use crate::event::Day;
use crate::lake::{Contents, Inputs, Publication, Store, layout, read_built_from};
use crate::query::{Kind, Library, Query, QueryError, Window};

/// What a report is made of, and what its kept result was made from.
#[derive(Debug)]
pub struct Explanation<'l> {
    /// The report itself, then the views and marts that it reads, each once, what is read after what reads it.
    pub queries: Vec<&'l Query>,
    /// The other tables that these read.
    pub tables: BTreeSet<String>,
    /// The days of the window on which events happened, each with the dumps that have events on it.
    pub days: BTreeMap<Day, BTreeSet<String>>,
    /// The last of all days that was final when the result was published.
    pub final_until: Option<Day>,
    /// The dumps of these days, each with its batch; `None` where it is not in the lake any more.
    pub dumps: BTreeMap<String, Option<String>>,
}

/// Explains a report, of the days of a window; `None` if no result of it is kept.
///
/// # Errors
/// When the lake cannot be read.
pub fn explain<'l>(
    store: &Store,
    contents: &Contents,
    library: &'l Library,
    query: &'l Query,
    window: Window,
) -> Result<Option<Explanation<'l>>, BuildError> {
    let Some(published) = read_built_from(store, &layout::report(query.name))?.and_then(|from| from.published) else {
        return Ok(None);
    };
    let publication = Publication::read(store, &published)?.unwrap_or_default();
    let (queries, tables) = parts(library, query).map_err(BuildError::Library)?;
    let mut days = BTreeMap::new();
    for (day, list) in publication.days.iter().filter(|(day, _)| window.contains(**day)) {
        let inputs = Inputs::read(store, list)?.unwrap_or_default();
        days.insert(*day, inputs.on.into_keys().collect());
    }
    let batches: BTreeMap<&str, &str> =
        contents.sources().map(|(receipt, source)| (source.digest.as_str(), receipt.batch.as_str())).collect();
    let all: BTreeSet<&String> = days.values().flat_map(|dumps: &BTreeSet<String>| dumps).collect();
    let batch = |dump: &String| batches.get(dump.as_str()).map(|batch| (*batch).to_owned());
    let dumps = all.into_iter().map(|dump| (dump.clone(), batch(dump))).collect();
    Ok(Some(Explanation { queries, tables, days, final_until: publication.final_until, dumps }))
}

/// The queries that a report is made of, and the other tables that they read.
fn parts<'l>(library: &'l Library, query: &'l Query) -> Result<(Vec<&'l Query>, BTreeSet<String>), QueryError> {
    let (mut queries, mut tables) = (vec![query], BTreeSet::new());
    let mut next = 0;
    while let Some(reading) = queries.get(next).copied() {
        for table in library.tables_of(reading)? {
            match [Kind::View, Kind::Mart].into_iter().find_map(|kind| library.get(kind, &table)) {
                Some(part) if queries.iter().all(|known| known.name != part.name) => queries.push(part),
                Some(_) => {}
                None => drop(tables.insert(table)),
            }
        }
        next += 1;
    }
    Ok((queries, tables))
}
