//! Brings the marts up to date: runs `queries/marts/*.sql` for every stale day.
//!
//! A day is stale where the fingerprint in its file's footer is not that of the dumps and the SQL as they are now. An
//! invocation may cross midnight, so a day is built from the staging of three: the day before, itself and the day after;
//! of what comes out, what begins on the day is kept.
//!
//! Days are built side by side and replaced one after the other (`replace.rs`).

mod cause;
mod computed;
mod explanation;
mod plan;
mod replace;
mod reports;
mod restatement;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use polars::prelude::*;
use thiserror::Error;

pub use cause::Cause;
pub use computed::{Computed, Engine};
pub use explanation::{Explanation, explain};
pub use plan::{Plan, PlannedDay};
pub use reports::{Answer, Answers, Stale, Terms, answer, stale};
pub use restatement::{Figure, Restatement};

use crate::event::Day;
use crate::lake::{Contents, FooterError, LeftOutByDay, ReceiptError, Store, StoreError, layout};
use crate::progress::{Progress, Stage};
use crate::query::{BuiltMarts, Catalog, Kind, Library, MartRows, Query, QueryError, Window, work_alone};
use replace::{DayFiles, Turns};

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
    /// A receipt.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// Another engine was to compute something, and has not.
    #[error("no rows have been computed of {what}: the lake has changed since they were asked for; ask again")]
    NotComputed {
        /// A report, or a mart and its day.
        what: String,
    },
    /// Others change the lake faster than it can be built.
    #[error("other runs change the lake all the time: its marts are not up to date; run again when they have ended")]
    Unsteady,
}

/// Marts that are built from what is in the lake.
#[derive(Debug, Default)]
pub struct Built {
    /// Days of which at least one mart was built, and why.
    pub days: BTreeMap<Day, BTreeSet<Cause>>,
    /// Files written.
    pub files: usize,
    /// Files that were fresh and stayed.
    pub fresh: usize,
    /// What was in the lake.
    pub contents: Contents,
    /// What each file is built from.
    pub marts: BuiltMarts,
    /// Days that are not what they should be, since what they were built from was removed, being too old.
    pub too_old: BTreeSet<Day>,
    /// What files of marts are called from which somebody forgotten was left out after they were built.
    pub left_out: LeftOutByDay,
}

/// How often a build begins anew because the lake has changed under it. Others that change it build as well, so that
/// two or three do.
const ROUNDS: usize = 20;

/// Builds every stale mart and day, several days at once, and those of `again` whether or not they are stale; tells of
/// each day before it is built. Where another engine computes the rows, either all that are stale are there, or nothing is
/// built.
///
/// At the end no day was stale by the receipts that there were then: another run that has replaced a file with an older
/// one, or ingested more, does not lead to numbers that are of neither.
pub fn build(
    store: &Store,
    library: &Library,
    (engine, mut again): (Engine, Option<Window>),
    progress: &dyn Progress,
    before: impl Fn(&PlannedDay) + Sync,
) -> Result<Built, BuildError> {
    let mut built = Built::default();
    for _ in 0..ROUNDS {
        built.contents = Contents::read(store)?;
        let plan = Plan::make(store, &built.contents, library, again.take())?;
        if plan.days.is_empty() {
            // So that it can be said why their figures change, where somebody was forgotten.
            plan.of_frozen.iter().try_for_each(|inputs| inputs.write(store))?;
            // Those that this has written are fresh now.
            built.fresh = plan.fresh.saturating_sub(built.files);
            built.marts = plan.marts;
            built.too_old = plan.too_old;
            built.left_out = plan.left_out;
            return Ok(built);
        }
        let made_from = plan.days.iter().flat_map(|planned| &planned.stale);
        let computed = engine.computed(store)?;
        if let Some(computed) = &computed {
            for planned in &plan.days {
                for (mart, built_from) in &planned.stale {
                    if computed.attempt(&built_from.fingerprint).is_none() {
                        return Err(BuildError::NotComputed { what: format!("{mart} on {}", planned.day) });
                    }
                }
            }
        }
        match build_days(store, &built.contents, library, &plan, (computed.as_ref(), progress, &before)) {
            Err(BuildError::Query { reason: QueryError::Changed { .. }, .. }) => continue,
            built_days => built_days?,
        }
        if let Some(computed) = computed {
            computed.remove(store, made_from.map(|(_, built_from)| &built_from.fingerprint))?;
        }
        for planned in plan.days {
            built.files += planned.stale.len();
            built.days.entry(planned.day).or_default().extend(planned.causes);
        }
    }
    Err(BuildError::Unsteady)
}

fn build_days(
    store: &Store,
    contents: &Contents,
    library: &Library,
    plan: &Plan,
    (computed, progress, before): (Option<&Computed>, &dyn Progress, &(impl Fn(&PlannedDay) + Sync)),
) -> Result<(), BuildError> {
    let days = plan.days.len();
    progress.begin(Stage::Build, days, 0);
    let next = AtomicUsize::new(0);
    let turns = Turns::new(store, plan);
    let failures = Mutex::new(Vec::new());
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let workers = processors.min(days);
    let at_work = AtomicUsize::new(workers);
    // While as many are at work as there are processors, each does what it asks of the engine itself.
    let share = || work_alone(at_work.load(Ordering::Relaxed) == processors);
    // Plain threads: the engine has its own pool, and a worker of ours that waits for it must hold up nobody.
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                // The latest day first: in that order they are replaced.
                while !turns.have_failed()
                    && let Some((number, planned)) = nth_from_end(&plan.days, next.fetch_add(1, Ordering::Relaxed))
                {
                    before(planned);
                    let files = turns.files_of(number);
                    let built = match computed {
                        None => build_day(store, contents, library, plan, planned, files, share),
                        Some(computed) => take_day((store, computed), library, planned, files),
                    };
                    progress.advance(1, 0, 0);
                    if let Err(reason) = turns.replace(number, built) {
                        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                        failures.push((planned.day, reason));
                    }
                }
                at_work.fetch_sub(1, Ordering::Relaxed);
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    match failures.into_iter().min_by_key(|(day, _)| *day) {
        Some((day, reason)) => Err(BuildError::Query { day, reason }),
        None => Ok(()),
    }
}

fn nth_from_end(days: &[PlannedDay], number: usize) -> Option<(usize, &PlannedDay)> {
    days.len().checked_sub(number + 1).map(|index| (number, &days[index]))
}

/// Builds the stale marts of a day and writes their files; `before` is called before each.
fn build_day(
    store: &Store,
    contents: &Contents,
    library: &Library,
    plan: &Plan,
    planned: &PlannedDay,
    files: Result<DayFiles, QueryError>,
    before: impl Fn(),
) -> Result<DayFiles, QueryError> {
    let (day, mut files) = (planned.day, files?);
    // Before any file that names it.
    planned.inputs.write(store)?;
    let mut catalog = Catalog::of_day(store, contents, day)?;
    for mart in library.of_kind(Kind::Mart) {
        let Some((_, built_from)) = planned.stale.iter().find(|(name, _)| *name == mart.name) else {
            // Fresh: what it holds is what a later mart of the day would read.
            catalog.add_mart(store, library, mart, &[day], Some(&plan.marts))?;
            continue;
        };
        before();
        let rows = rows_of_day(catalog.run_mart(mart.name, mart.sql)?, day).map_err(|reason| engine(mart, reason))?;
        // The folder says the day; in the file as well it would clash with what readers of such folders add.
        files.add(library.described(mart), &layout::mart_day(mart.name, day), &rows.without("day"), built_from)?;
        catalog.add_rows(mart.name, rows);
    }
    Ok(files)
}

/// Takes the rows of the stale marts of a day that another engine has computed, and writes their files.
fn take_day(
    (store, computed): (&Store, &Computed),
    library: &Library,
    planned: &PlannedDay,
    files: Result<DayFiles, QueryError>,
) -> Result<DayFiles, QueryError> {
    let (day, mut files) = (planned.day, files?);
    planned.inputs.write(store)?;
    for (name, built_from) in &planned.stale {
        let Some(mart) = library.get(Kind::Mart, name) else { continue };
        let schema = library.mart_schema(mart)?;
        let changed = || QueryError::Changed { path: layout::computed(&built_from.fingerprint) };
        let parts = computed.parts(store, &built_from.fingerprint, schema).ok_or_else(changed)?;
        files.add_parts(library.described(mart), day, &parts, built_from)?;
    }
    Ok(files)
}

/// The rows that begin on the day.
fn rows_of_day(rows: MartRows, day: Day) -> PolarsResult<MartRows> {
    let days = rows.column("day")?;
    let mask: BooleanChunked = days.date()?.physical().iter().map(|of| of == Some(day.number())).collect();
    // Of the largest mart they are all.
    if mask.all() { Ok(rows) } else { rows.filter(&mask) }
}

fn engine(mart: &Query, reason: PolarsError) -> QueryError {
    QueryError::Engine { query: mart.name.to_owned(), reason }
}
