//! Brings the kept results of reports up to date.
//!
//! Like a mart, a result says in its footer what it was made from: the SQL of the report and of what it reads,
//! and the batches of the lake.

use polars::prelude::DataFrame;

use crate::lake::{Contents, Fingerprint, Sightings, Store, layout, read_built_from};
use crate::query::{Catalog, Kind, Library, Query, Window, read_frame, write_frame};

use super::BuildError;

/// A report's result.
pub struct Answer<'l> {
    /// The report.
    pub query: &'l Query,
    /// Its rows.
    pub frame: DataFrame,
}

/// The results of all reports over the whole lake. Those whose input has changed are made anew and kept.
pub fn bring_up<'l>(
    store: &Store,
    contents: &Contents,
    sightings: &Sightings,
    library: &'l Library,
) -> Result<Vec<Answer<'l>>, BuildError> {
    let catalog = Catalog::of_lake(store, contents, sightings, library, Window::ALL).map_err(BuildError::Library)?;
    let shared: Vec<(&str, &str)> = [Kind::Mart, Kind::View]
        .into_iter()
        .flat_map(|kind| library.of_kind(kind))
        .map(|query| (query.name, query.sql))
        .chain(contents.receipts().iter().map(|receipt| ("batch", receipt.batch.as_str())))
        .collect();
    library
        .of_kind(Kind::Report)
        .map(|query| {
            let fingerprint = Fingerprint::of(shared.iter().copied().chain([(query.name, query.sql)]));
            let path = layout::report(query.name);
            // A kept result that cannot be read is made anew, like one that is not there.
            if read_built_from(store, &path).ok().flatten().as_ref() == Some(&fingerprint)
                && let Some(file) = store.open(&path)?
            {
                let frame = read_frame(file, &store.local(&path)).map_err(BuildError::Library)?;
                return Ok(Answer { query, frame });
            }
            let mut frame = catalog.run(query.name, query.sql).map_err(BuildError::Library)?;
            let mut upload = store.create(&path)?;
            write_frame(&mut frame, &mut upload, &store.local(&path), vec![fingerprint.footer_entry()])
                .map_err(BuildError::Library)?;
            upload.commit()?;
            Ok(Answer { query, frame })
        })
        .collect()
}
