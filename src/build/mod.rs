//! Brings the marts up to date: runs `queries/marts/*.sql` for every stale day.
//!
//! A day is stale where the fingerprint in its file's footer is not that of the staging files and the
//! SQL as they are now. An invocation may cross midnight, so a day is built from the staging of three:
//! the day before, itself and the day after; of what comes out, what begins on the day is kept.

mod plan;
mod reports;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use polars::prelude::*;
use thiserror::Error;

pub use plan::{Plan, PlannedDay};
pub use reports::{Answer, bring_up};

use crate::event::Day;
use crate::lake::{Contents, FooterError, Store, StoreError, layout};
use crate::query::{Catalog, Kind, Library, Query, QueryError, write_frame};

/// A build that failed.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A footer.
    #[error(transparent)]
    Footer(#[from] FooterError),
    /// A query.
    #[error("day {day}: {reason}")]
    Query {
        /// The day that was built.
        day: Day,
        /// What failed.
        reason: QueryError,
    },
    /// The library.
    #[error(transparent)]
    Library(QueryError),
}

/// What a build did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Days of which at least one mart was built.
    pub days: usize,
    /// Files written.
    pub files: usize,
    /// Files that were fresh and stayed.
    pub fresh: usize,
}

/// Builds every stale mart and day, several days at once; tells of each day before it is built.
pub fn build(
    store: &Store,
    contents: &Contents,
    library: &Library,
    before: impl Fn(&PlannedDay, usize) + Sync,
) -> Result<Built, BuildError> {
    let plan = Plan::make(store, contents, library)?;
    let days = plan.days.len();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(days);
    // Plain threads: the engine has its own pool, and a worker of ours that waits for it must hold up nobody.
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(planned) = plan.days.get(next.fetch_add(1, Ordering::Relaxed)) {
                    before(planned, days);
                    if let Err(reason) = build_day(store, contents, library, planned) {
                        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                        failures.push((planned.day, reason));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some((day, reason)) = failures.into_iter().min_by_key(|(day, _)| *day) {
        return Err(BuildError::Query { day, reason });
    }
    let files = plan.days.iter().map(|planned| planned.stale.len()).sum();
    Ok(Built { days, files, fresh: plan.fresh })
}

fn build_day(store: &Store, contents: &Contents, library: &Library, planned: &PlannedDay) -> Result<(), QueryError> {
    let day = planned.day;
    let mut catalog = Catalog::of_day(store, contents, day)?;
    for mart in library.of_kind(Kind::Mart) {
        let Some((_, fingerprint)) = planned.stale.iter().find(|(name, _)| *name == mart.name) else {
            // Fresh: what it holds is what a later mart of the day would read.
            catalog.add_mart(store, library, mart, &[day])?;
            continue;
        };
        let frame = rows_of_day(mart, catalog.run(mart.name, mart.sql)?, day)?;
        // The folder says the day; in the file as well it would clash with what readers of such folders add.
        let mut stored = frame.drop("day").map_err(|reason| engine(mart, reason))?;
        let path = layout::mart_day(mart.name, day);
        let mut upload = store.create(&path)?;
        write_frame(&mut stored, &mut upload, &store.local(&path), vec![fingerprint.footer_entry()])?;
        upload.commit()?;
        catalog.add_frame(mart.name, frame);
    }
    Ok(())
}

/// The rows that begin on the day.
fn rows_of_day(mart: &Query, frame: DataFrame, day: Day) -> Result<DataFrame, QueryError> {
    let days = frame.column("day").and_then(|column| column.date().cloned()).map_err(|reason| engine(mart, reason))?;
    let mask: BooleanChunked = days.physical().iter().map(|of| of == Some(day.number())).collect();
    frame.filter(&mask).map_err(|reason| engine(mart, reason))
}

fn engine(mart: &Query, reason: PolarsError) -> QueryError {
    QueryError::Engine { query: mart.name.to_owned(), reason }
}
