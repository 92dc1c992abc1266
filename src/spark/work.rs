//! What there is to do, as the job asks for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::build::{BuildError, Computed, Plan, PlannedDay, Stale, Terms, stale};
use crate::event::Day;
use crate::lake::{Contents, Fingerprint, Sightings, Store, Void, layout};
use crate::query::{Catalog, DUPLICATES, Kind, Lake, Library, QueryError, write_frame};
use crate::source::{Digest, SourceFile};
use crate::staging::{SideTable, TableId};

/// The most bytes that a share has, if it is of more than one dump: what one core reads in some minutes.
const SHARE_BYTES: u64 = 1 << 30;
/// The most dumps of a share: they are named on a command line.
const SHARE_DUMPS: usize = 1000;
/// How many shares a task gets, on average: fewer, and all would wait for the one that takes longest.
const SHARES_OF_A_TASK: u64 = 3;

/// Dumps in shares, for so many tasks at a time. Those beside each other in the order of their paths are in one share: they
/// are of the same days, so that a share brings rows of few days.
pub fn shares(mut dumps: Vec<SourceFile>, tasks: u64) -> Vec<Vec<PathBuf>> {
    dumps.sort();
    let bytes: u64 = dumps.iter().map(|dump| dump.bytes).sum();
    let most = (bytes / (tasks * SHARES_OF_A_TASK).max(1)).min(SHARE_BYTES);
    let (mut shares, mut share, mut of_share) = (Vec::new(), Vec::new(), 0);
    for dump in dumps {
        if !share.is_empty() && (of_share + dump.bytes > most || share.len() == SHARE_DUMPS) {
            shares.push(std::mem::take(&mut share));
            of_share = 0;
        }
        of_share += dump.bytes;
        share.push(dump.path);
    }
    shares.extend((!share.is_empty()).then_some(share));
    shares
}

/// Files of a table that are read alike.
#[derive(Debug, Serialize)]
struct Files {
    /// Where they are in the lake.
    paths: Vec<String>,
    /// Dumps whose rows in them do not count.
    void: Vec<String>,
}

/// Files, by the name of their table.
type FilesByTable = BTreeMap<&'static str, Vec<Files>>;

/// A file that has rows that count: its table, its path, and dumps whose rows in it do not.
type TableFile = (&'static str, String, Option<Void>);

fn by_table<'f>(files: impl Iterator<Item = &'f TableFile>) -> FilesByTable {
    let mut alike: BTreeMap<&'static str, BTreeMap<Vec<String>, Vec<String>>> = BTreeMap::new();
    for (table, path, void) in files {
        let void = void.iter().flat_map(|void| void.iter().cloned()).collect();
        alike.entry(table).or_default().entry(void).or_default().push(path.clone());
    }
    let files = |alike: BTreeMap<_, _>| alike.into_iter().map(|(void, paths)| Files { paths, void }).collect();
    alike.into_iter().map(|(table, alike)| (table, files(alike))).collect()
}

/// Rows to be computed: the name of the mart or report, the folder of the lake for attempts at them, and the attempt that
/// is whole, if there is one.
#[derive(Debug, Serialize)]
struct Rows {
    name: &'static str,
    folder: String,
    computed: Option<String>,
}

impl Rows {
    fn of(computed: &Computed, name: &'static str, made_from: &Fingerprint) -> Self {
        let attempt = computed.attempt(made_from).map(str::to_owned);
        Self { name, folder: layout::computed(made_from), computed: attempt }
    }
}

/// The stale days.
#[derive(Debug, Serialize)]
pub struct MartsToDo {
    /// The lake.
    root: PathBuf,
    /// The latest first: of the newest events most is asked.
    days: Vec<DayToDo>,
}

#[derive(Debug, Serialize)]
struct DayToDo {
    day: String,
    /// Files of staging: of the day and of those beside it.
    events: FilesByTable,
    /// Files of marts that stay as they are.
    fresh: BTreeMap<&'static str, String>,
    /// In the order in which they are built.
    stale: Vec<Rows>,
}

impl MartsToDo {
    /// What there is to do to bring a lake's marts up to date.
    ///
    /// # Errors
    /// When the lake cannot be read.
    pub fn of(store: &Store, library: &Library) -> Result<Self, BuildError> {
        let contents = Contents::read(store)?;
        let plan = Plan::make(store, &contents, library, None)?;
        let mut events: BTreeMap<Day, Vec<TableFile>> = BTreeMap::new();
        for live in contents.files() {
            if let (Some(table), Some(day)) = (TableId::of_name(&live.file.table), live.file.day) {
                events.entry(day).or_default().push((table.name(), live.file.path.clone(), live.void));
            }
        }
        let computed = Computed::read(store)?;
        let day = |planned: &PlannedDay| {
            let day = planned.day;
            let is_stale = |mart: &str| planned.stale.iter().any(|(name, _)| *name == mart);
            // A day of a mart that is over because of its age has no file.
            let is_there = |mart: &&str| plan.marts.contains_key(&(*mart, day)) && !is_stale(mart);
            let fresh = library.of_kind(Kind::Mart).map(|mart| mart.name).filter(is_there);
            let stale = planned.stale.iter().map(|(mart, from)| Rows::of(&computed, mart, &from.fingerprint));
            DayToDo {
                day: day.to_string(),
                events: by_table(events.range(day.plus(-1)..=day.plus(1)).flat_map(|(_, files)| files)),
                fresh: fresh.map(|mart| (mart, layout::mart_day(mart, day))).collect(),
                stale: stale.collect(),
            }
        };
        Ok(Self { root: store.root().to_owned(), days: plan.days.iter().rev().map(day).collect() })
    }
}

/// The stale reports.
#[derive(Debug, Serialize)]
pub struct ReportsToDo {
    /// The lake.
    root: PathBuf,
    /// Files of staging that they read.
    events: FilesByTable,
    /// Files of tables that are not of single days.
    side: FilesByTable,
    /// Files of marts.
    marts: BTreeMap<&'static str, Vec<String>>,
    /// Files of tables that are made of the receipts.
    made: BTreeMap<String, String>,
    /// Views that they read, in groups: each reads views of groups before its own.
    views: Vec<Vec<&'static str>>,
    /// The folder of the lake for the rows of views.
    folder: String,
    stale: Vec<Rows>,
}

impl ReportsToDo {
    /// What there is to do to bring the reports of a lake up to date whose marts are. Writes the tables that are made of the
    /// receipts into the lake.
    ///
    /// # Errors
    /// When the lake cannot be read or written.
    pub fn of(store: &Store, library: &Library, contents: &Contents, terms: &Terms) -> Result<Self, BuildError> {
        let plan = Plan::make(store, contents, library, None)?;
        if let Some(planned) = plan.days.first() {
            return Err(BuildError::NotComputed { what: format!("the marts on {}", planned.day) });
        }
        let Stale { reports, publication } = stale(store, contents, &plan.marts, terms, library)?;
        let mut tables = BTreeSet::new();
        for (query, _) in &reports {
            tables.extend(library.tables_of(query).map_err(BuildError::Library)?);
        }
        let views = by_level(library, &tables).map_err(BuildError::Library)?;
        // Surplus copies are found among the ids of all events.
        let is_read = |table: &str| tables.contains(table) || tables.contains(DUPLICATES);
        let (mut events, mut side) = (Vec::new(), Vec::new());
        for live in contents.files() {
            let name = live.file.table.as_str();
            if let Some(table) = TableId::of_name(name).filter(|_| is_read(name)) {
                if live.file.day.is_none_or(|day| terms.window.contains(day)) {
                    events.push((table.name(), live.file.path.clone(), live.void));
                }
            } else if let Some(table) = SideTable::of_name(name).filter(|_| tables.contains(name)) {
                side.push((table.name(), live.file.path.clone(), live.void));
            }
        }
        let mut marts: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        for (mart, day) in plan.marts.keys().filter(|(mart, day)| tables.contains(*mart) && terms.window.contains(*day))
        {
            marts.entry(mart).or_default().push(layout::mart_day(mart, *day));
        }
        let sightings = Sightings::read(store)?;
        let lake = Lake { store, contents, sightings: &sightings, maturity: terms.maturity, holes: &terms.holes };
        let catalog = Catalog::of_built(&lake, library, &plan.marts, terms.window).map_err(BuildError::Library)?;
        let mut made = BTreeMap::new();
        let of_lake = |table: &String| {
            TableId::of_name(table).is_none()
                && SideTable::of_name(table).is_none()
                && table != DUPLICATES
                && [Kind::Mart, Kind::View].iter().all(|kind| library.get(*kind, table).is_none())
        };
        for table in tables.iter().filter(|table| of_lake(table)) {
            made.insert(table.clone(), make(store, &catalog, table, &publication).map_err(BuildError::Library)?);
        }
        let computed = Computed::read(store)?;
        let rows = reports.iter().map(|(query, made_from)| Rows::of(&computed, query.name, made_from));
        Ok(Self {
            root: store.root().to_owned(),
            events: by_table(events.iter()),
            side: by_table(side.iter()),
            marts,
            made,
            views,
            folder: layout::computed(&publication),
            stale: rows.collect(),
        })
    }
}

/// Those of some tables that are views, in groups: each reads views of groups before its own.
fn by_level(library: &Library, tables: &BTreeSet<String>) -> Result<Vec<Vec<&'static str>>, QueryError> {
    let mut waiting = Vec::new();
    for view in library.of_kind(Kind::View).filter(|view| tables.contains(view.name)) {
        waiting.push((view.name, library.tables_of(view)?));
    }
    let mut groups = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<&str> = waiting.iter().map(|(name, _)| *name).collect();
        let is_ready =
            |(_, reads): &(&str, BTreeSet<String>)| reads.iter().all(|table| !names.contains(table.as_str()));
        let (ready, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_ready);
        groups.push(ready.into_iter().map(|(name, _)| name).collect());
        waiting = rest;
    }
    Ok(groups)
}

/// Writes a table into the lake, beside the rows of reports of this publication, to a place that is named by what is in it;
/// gives its path.
fn make(store: &Store, catalog: &Catalog, table: &str, publication: &Fingerprint) -> Result<String, QueryError> {
    let mut frame = catalog.run(table, &format!("SELECT * FROM {table}"))?;
    let mut bytes = Vec::new();
    write_frame(&mut frame, &mut bytes, Path::new(table), Vec::new(), None)?;
    let path = format!("{}/{}/{table}.parquet", layout::computed(publication), Digest::of_bytes(&bytes));
    store.put(&path, &bytes)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_dumps_beside_each_other_and_alike_in_size() {
        let dump = |number: usize, bytes| SourceFile {
            path: PathBuf::from(format!("day={:02}/{number}", number / 10)),
            bytes,
            modified: None,
        };
        let dumps = |count: usize, bytes| (0..count).rev().map(|number| dump(number, bytes)).collect::<Vec<_>>();
        let lengths = |shares: Vec<Vec<PathBuf>>| shares.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(shares(dumps(12, 10), 2)), [2; 6]);
        assert_eq!(shares(dumps(12, 10), 2)[0], [PathBuf::from("day=00/0"), PathBuf::from("day=00/1")]);
        // A large one is a share of its own, and empty ones are too many for a line at some point.
        let mut one_large = dumps(4, 1);
        one_large.push(dump(4, 1000));
        assert_eq!(lengths(shares(one_large, 1)), [4, 1]);
        assert_eq!(lengths(shares(dumps(2500, 0), 1)), [1000, 1000, 500]);
        assert_eq!(lengths(shares(dumps(3, 1 << 30), 1)), [1; 3]);
        assert!(shares(Vec::new(), 4).is_empty());
    }
}
