//! What commands that need a lake begin with: its contents or tables, or a word on why there are none.

use std::collections::BTreeSet;

use anyhow::bail;

use super::printer::{Printer, now};
use crate::build::{BuildError, Terms};
use crate::disclosure::noise::NoiseError;
use crate::event::Day;
use crate::job::config::Config;
use crate::lake::{Contents, Holes, Maturity, Sightings, Store};
use crate::query::{Catalog, Lake, Library, QueryError, Window};

/// The queries of the program, and those of the folder that the configuration names.
pub(super) fn library(config: &Config) -> anyhow::Result<Library> {
    let library = Library::load()?;
    Ok(match &config.reports.queries {
        Some(folder) => library.with_own(folder)?,
        None => library,
    })
}

/// A lake that has data.
pub(super) fn contents(config: &Config) -> anyhow::Result<(Store, Contents)> {
    let store = Store::new(&config.top.lake);
    let contents = Contents::read(&store)?;
    if contents.is_empty() {
        bail!("there is no data in {}: ingest dumps first (usage-report run PATH…)", store.root().display());
    }
    Ok((store, contents))
}

/// How often something is tried that fails because another run replaces what is being read.
const TRIES: usize = 20;

/// Does something once more where another run has replaced what was being read.
pub(super) fn again_if_changed<T>(mut something: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let mut tries = 1;
    loop {
        match something() {
            Err(error) if tries < TRIES && is_changed(&error) => tries += 1,
            done => return done,
        }
    }
}

fn is_changed(error: &anyhow::Error) -> bool {
    let is = |error: &QueryError| matches!(error, QueryError::Changed { .. });
    error.downcast_ref().is_some_and(is)
        || matches!(error.downcast_ref(), Some(BuildError::Library(error)) if is(error))
        || matches!(error.downcast_ref(), Some(NoiseError::Query(error)) if is(error))
}

/// The tables of a lake that has data.
pub(super) fn catalog(config: &Config, library: &Library, window: Window) -> anyhow::Result<Catalog> {
    let (store, contents) = contents(config)?;
    let (sightings, Terms { maturity, holes, .. }) = (Sightings::read(&store)?, terms(config, &contents));
    let lake = Lake { store: &store, contents: &contents, sightings: &sightings, maturity, holes: &holes };
    Ok(Catalog::of_lake(&lake, library, window)?.at_once(config.reports.rows_at_once))
}

/// Of which days marts do not have all that was received; `None` if there are none. Nothing else tells that from less usage.
pub(super) fn lacking(behind: &BTreeSet<Day>) -> Option<String> {
    let days = match (behind.first()?, behind.last()?) {
        (first, last) if first == last => format!("of {first}"),
        (first, last) => format!("of {} days from {first} to {last}", behind.len()),
    };
    Some(format!("dumps with events {days} were read and are not in the marts yet"))
}

/// Says it.
pub(super) fn warn_of(behind: &BTreeSet<Day>, printer: &Printer) {
    if let Some(lacking) = lacking(behind) {
        printer.warning(&format!("{lacking}: `usage-report build` brings these up to date"));
    }
}

/// Which days of a lake are final, now.
pub(super) fn maturity(config: &Config, contents: &Contents) -> Maturity {
    Maturity::of(contents, config.maturity.lateness, now().hour())
}

/// What the reports of a run rest on besides the lake and the SQL, now.
pub(super) fn terms(config: &Config, contents: &Contents) -> Terms {
    let maturity = maturity(config, contents);
    let days = config.reports.window.zip(maturity.newest);
    let since = days.map(|(days, newest)| newest.day().plus(1 - days.count()));
    let holes = Holes::of(contents, config.dumps.every, &config.dumps.known_holes, now().hour());
    let rows_at_once = config.reports.rows_at_once;
    Terms { maturity, holes, window: Window { since, until: None }, rows_at_once }
}
