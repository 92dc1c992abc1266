//! Brings the kept results of reports up to date.
//!
//! Like a mart, a result says in its footer what it was made from: the SQL of the report and of the views that it reads,
//! what the marts that it reads are built from, and, if it reads anything else of the lake, its batches. A report of which
//! nothing of this has changed is not run again.

use std::collections::BTreeSet;

use polars::prelude::DataFrame;

use super::{BuildError, Built};
use crate::lake::{Fingerprint, Sightings, Store, layout, read_built_from};
use crate::query::{Catalog, Kind, Library, Query, QueryError, read_frame, write_frame};

/// A report's result.
pub struct Answer<'l> {
    /// The report.
    pub query: &'l Query,
    /// Its rows.
    pub frame: DataFrame,
    /// Whether it was made anew.
    pub is_new: bool,
}

/// The results of all reports over the whole lake, whose marts are built. Those whose input has changed are made anew and
/// kept.
///
/// # Errors
/// Also when another run has replaced a file of a mart ([`QueryError::Changed`]): build, and ask again.
pub fn answer<'l>(store: &Store, built: &Built, library: &'l Library) -> Result<Vec<Answer<'l>>, BuildError> {
    let sightings = Sightings::read(store)?;
    let catalog = Catalog::of_built(store, &built.contents, &sightings, library, &built.marts);
    let catalog = catalog.map_err(BuildError::Library)?;
    library
        .of_kind(Kind::Report)
        .map(|query| {
            let fingerprint = fingerprint(query, built, library).map_err(BuildError::Library)?;
            let path = layout::report(query.name);
            // A kept result that cannot be read is made anew, like one that is not there.
            if read_built_from(store, &path).ok().flatten().as_ref() == Some(&fingerprint)
                && let Some(file) = store.open(&path)?
            {
                let frame = read_frame(file, &store.local(&path)).map_err(BuildError::Library)?;
                return Ok(Answer { query, frame, is_new: false });
            }
            let mut frame = catalog.run(query.name, query.sql).map_err(BuildError::Library)?;
            let mut upload = store.create(&path)?;
            write_frame(&mut frame, &mut upload, &store.local(&path), vec![fingerprint.footer_entry()])
                .map_err(BuildError::Library)?;
            upload.commit()?;
            Ok(Answer { query, frame, is_new: true })
        })
        .collect()
}

/// What a report's result is made from.
fn fingerprint(query: &Query, built: &Built, library: &Library) -> Result<Fingerprint, QueryError> {
    let tables = library.tables_of(query)?;
    let mut inputs = vec![(query.name, query.sql.to_owned())];
    for view in library.of_kind(Kind::View).filter(|view| tables.contains(view.name)) {
        inputs.push((view.name, view.sql.to_owned()));
    }
    for ((mart, day), fingerprint) in built.marts.iter().filter(|((mart, _), _)| tables.contains(*mart)) {
        inputs.push((mart, format!("{day} {fingerprint}")));
    }
    let of_queries =
        |table: &String| library.get(Kind::View, table).is_some() || library.get(Kind::Mart, table).is_some();
    if !tables.iter().all(of_queries) {
        let batches: BTreeSet<&str> = built.contents.sources().map(|(receipt, _)| receipt.batch.as_str()).collect();
        inputs.extend(batches.into_iter().map(|batch| ("batch", batch.to_owned())));
    }
    Ok(Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str()))))
}
