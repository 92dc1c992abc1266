//! What commands that need a lake begin with: its contents or tables, or a word on why there are none.

use anyhow::bail;

use super::args::LakeArgument;
use crate::lake::{Contents, Receipt, Sightings, Store};
use crate::query::{Catalog, Library, Window};

/// A lake that has data.
pub(super) fn contents(argument: &LakeArgument) -> anyhow::Result<(Store, Contents)> {
    let store = Store::new(&argument.lake);
    let contents = Contents::new(Receipt::read_all(&store)?);
    if contents.is_empty() {
        bail!("there is no data in {}: ingest dumps first (usage-report run PATH…)", store.root().display());
    }
    Ok((store, contents))
}

/// The tables of a lake that has data.
pub(super) fn catalog(argument: &LakeArgument, library: &Library, window: Window) -> anyhow::Result<Catalog> {
    let (store, contents) = contents(argument)?;
    Ok(Catalog::of_lake(&store, &contents, &Sightings::read(&store)?, library, window)?)
}
