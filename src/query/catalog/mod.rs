//! The tables that a query can name, and the engine that runs it.

mod plan;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::iter;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use polars::prelude::*;

use super::QueryError;
use super::ids::IdSet;
use super::lake::{BREAKS, DAYS, DUPLICATES, Lake, SOURCES, Window};
use super::lake_table::{DAY, DayFile, LakeTable, Rows};
use super::library::{Kind, Library, Query};
use super::mart_rows::MartRows;
use super::receipts;
use super::side_by_side::side_by_side;
use super::table::Table;
use super::version::Versions;
use crate::event::Day;
use crate::lake::{Contents, Fingerprint, Holes, LiveFile, Maturity, Sightings, Store, built_days, layout};
use crate::staging::{ColumnSpec, SideTable, TableId};

/// The tables and views that queries can name.
pub struct Catalog {
    tables: BTreeMap<String, Table>,
    /// Staging tables, whose surplus copies make up the table `duplicates`.
    staging: Vec<(TableId, Arc<LakeTable>)>,
    views: Vec<View>,
    /// The queries that it is for, by their names; results of views are kept for the next of them.
    expected: Option<BTreeMap<&'static str, Expected>>,
    /// How many rows of a mart queries may have in memory at once.
    rows_at_once: u64,
    /// How many queries are run side by side, each of which has a part of that.
    side_by_side: u64,
    /// How many rows the largest mart has that the queries read, if one of them may not have as many in memory; otherwise 0.
    most_rows: OnceLock<u64>,
    /// Whether it is for building the marts of a day.
    is_of_day: bool,
}

/// How many rows of a mart queries have in memory at once. What the engine makes of them takes up to a kilobyte for each.
pub const ROWS_AT_ONCE: u64 = 250_000;

/// How many of them each query may have at least, however many are run side by side: to plan a statement for fewer takes
/// longer than to run it.
const LEAST_ROWS: u64 = 50_000;

/// How many bytes of columns by pieces stay in memory from one query to the next, for each row that may be there at once.
const KEPT_BYTES: u64 = 512;

/// What a query is expected to ask for.
struct Expected {
    tables: BTreeSet<String>,
    /// How large the files of these tables are.
    bytes: u64,
    /// The words of its SQL and of that of the views that it reads. Columns are among them.
    words: HashSet<&'static str>,
    has_begun: AtomicBool,
    is_done: AtomicBool,
}

impl Expected {
    /// What of it is known before it is run.
    fn new(bytes: u64, tables: BTreeSet<String>, words: HashSet<&'static str>) -> Self {
        Self { tables, bytes, words, has_begun: AtomicBool::new(false), is_done: AtomicBool::new(false) }
    }

    fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Relaxed)
    }

    fn is_running(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed) && !self.is_done()
    }
}

/// A view of the library.
struct View {
    query: Query,
    /// Its result, if it is kept. Whoever computes it holds the lock: no two do.
    kept: Mutex<Option<KeptView>>,
}

/// A view's result, and what it asked for.
#[derive(Clone)]
struct KeptView {
    frame: DataFrame,
    asked: BTreeSet<(String, String)>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            tables: BTreeMap::new(),
            staging: Vec::new(),
            views: Vec::new(),
            expected: None,
            rows_at_once: ROWS_AT_ONCE,
            side_by_side: 1,
            most_rows: OnceLock::new(),
            is_of_day: false,
        }
    }
}

/// What the files of marts are built from, by mart and day.
pub type BuiltMarts = BTreeMap<(&'static str, Day), Fingerprint>;

impl Catalog {
    /// Everything in a lake, its days limited to a window.
    pub fn of_lake(lake: &Lake<'_>, library: &Library, window: Window) -> Result<Self, QueryError> {
        let mut catalog = Self::of_staging(lake, library, window)?;
        for mart in library.of_kind(Kind::Mart) {
            let days = built_days(lake.store, mart.name)?;
            let days: Vec<Day> = days.into_iter().filter(|day| window.contains(*day)).collect();
            catalog.add_mart(lake.store, library, mart, &days, None)?;
        }
        catalog.add_views(library);
        Ok(catalog)
    }

    /// Everything in a lake, its marts as they are built from its contents, its days limited to a window.
    pub fn of_built(
        lake: &Lake<'_>,
        library: &Library,
        built: &BuiltMarts,
        window: Window,
    ) -> Result<Self, QueryError> {
        let mut catalog = Self::of_staging(lake, library, window)?;
        for mart in library.of_kind(Kind::Mart) {
            let of_mart = built.keys().filter(|(name, _)| *name == mart.name).map(|(_, day)| *day);
            let days: Vec<Day> = of_mart.filter(|day| window.contains(*day)).collect();
            catalog.add_mart(lake.store, library, mart, &days, Some(built))?;
        }
        catalog.add_views(library);
        Ok(catalog)
    }

    /// Every table that there could be in a lake, without a row: what a query rests on can be told over these as well.
    pub fn without_rows(library: &Library) -> Result<Self, QueryError> {
        // No file is looked for: nothing of it is in any contents.
        let (store, contents, sightings) = (Store::new(""), Contents::default(), Sightings::default());
        let maturity = Maturity { newest: None, final_until: None };
        let holes = Holes::default();
        let lake = Lake { store: &store, contents: &contents, sightings: &sightings, maturity, holes: &holes };
        let mut catalog = Self::of_staging(&lake, library, Window::ALL)?;
        for mart in library.of_kind(Kind::Mart) {
            let schema = library.mart_schema(mart)?;
            catalog.add_lake(mart.name, Arc::new(LakeTable::new(&store, Vec::new(), schema, Rows::All)));
        }
        catalog.add_views(library);
        Ok(catalog)
    }

    /// The same, in which queries have so many rows of a mart in memory at once, if they can.
    pub fn at_once(self, rows: u64) -> Self {
        Self { rows_at_once: rows, ..self }
    }

    /// The same, for some queries, each of which is run once: what a view gives is computed once. A query that needs a part
    /// of it then waits for all of it. Columns of a table are read together, and those that no query needs any longer are
    /// dropped. Where a mart is large, queries are run over one piece of the projects after the other if that can be: of its
    /// columns each reads its own, and they stay in memory for the next, as many as there is room for.
    pub fn for_queries(mut self, library: &Library, queries: &[&Query]) -> Result<Self, QueryError> {
        let tables = queries.iter().map(|query| library.tables_of(query)).collect::<Result<Vec<_>, _>>()?;
        let tables: BTreeSet<String> = tables.into_iter().flatten().collect();
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        self.side_by_side = processors.min(queries.len()).max(1) as u64;
        self.most_rows = OnceLock::from(self.most_rows_of(self.lake_tables(&tables)));
        let mut bytes: BTreeMap<String, u64> = BTreeMap::new();
        for name in tables {
            let of_table = match self.tables.get(&name) {
                Some(Table::Lake(table)) => table.bytes(),
                // Made of the ids of all of them.
                None if name == DUPLICATES => self.staging.iter().map(|(_, table)| table.bytes()).sum(),
                _ => 0,
            };
            bytes.insert(name, of_table);
        }
        let sum = |tables: &BTreeSet<String>| tables.iter().filter_map(|name| bytes.get(name)).sum::<u64>();
        let mut expected = BTreeMap::new();
        for query in queries {
            let tables = library.tables_of(query)?;
            let views = self.views.iter().map(|view| &view.query).filter(|view| tables.contains(view.name));
            let words = views.chain([*query]).flat_map(|query| words(query.sql)).collect();
            for table in self.lake_tables(&tables) {
                let expect = if self.has_many_rows(table) { LakeTable::expect_pieces } else { LakeTable::expect };
                expect(table, &words);
            }
            expected.insert(query.name, Expected::new(sum(&tables), tables, words));
        }
        Ok(Self { expected: Some(expected), ..self })
    }

    /// What is made of each of some of the queries, in their order, several side by side.
    pub fn each<R: Send, E: Send>(
        &self,
        queries: &[&Query],
        make: impl Fn(usize, &Query) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        let order = self.order(queries);
        let made = side_by_side(&order, |_, (number, query)| Ok((*number, make(*number, query)?)))?;
        let made: BTreeMap<usize, R> = made.into_iter().collect();
        Ok(made.into_values().collect())
    }

    /// Some of the queries in the order in which they are run side by side, each with its place: what reads most comes first, so that nothing
    /// long is left for a single thread at the end; what reads views that another one has computed comes last, as it would
    /// wait for these.
    fn order<'q>(&self, queries: &[&'q Query]) -> Vec<(usize, &'q Query)> {
        let expected = |query: &Query| self.expected.as_ref()?.get(query.name);
        let mut order: Vec<(usize, &Query)> = queries.iter().copied().enumerate().collect();
        order.sort_by_key(|(_, query)| Reverse(expected(query).map(|expected| expected.bytes)));
        let (mut computed, mut last) = (BTreeSet::new(), Vec::new());
        order.retain(|&(number, query)| {
            let Some(expected) = expected(query) else { return true };
            let views = self.views.iter().map(|view| view.query.name).filter(|view| expected.tables.contains(*view));
            let views: BTreeSet<&str> = views.collect();
            let is_last = !views.is_empty() && views.is_subset(&computed);
            computed.extend(views);
            if is_last {
                last.push((number, query));
            }
            !is_last
        });
        order.extend(last);
        order
    }

    /// A query is run; if it is one of those that are expected, nobody drops what it reads.
    fn begun(&self, query: &str) {
        if let Some(expected) = self.expected.as_ref().and_then(|expected| expected.get(query)) {
            expected.has_begun.store(true, Ordering::Relaxed);
        }
    }

    /// One of the queries has been run.
    pub(in crate::query) fn done(&self, query: &Query) {
        let Some(all) = &self.expected else { return };
        let Some(Expected { tables, words, is_done, .. }) = all.get(query.name) else { return };
        is_done.store(true, Ordering::Relaxed);
        for view in self.views.iter().filter(|view| tables.contains(view.query.name)) {
            if all.values().all(|query| query.is_done() || !query.tables.contains(view.query.name)) {
                *view.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
        for table in self.lake_tables(tables) {
            let done = if self.has_many_rows(table) { LakeTable::done_with_pieces } else { LakeTable::done };
            done(table, words);
        }
        if self.is_large() {
            self.forget();
            self.drop_pieces();
        }
    }

    /// Drops columns by pieces of which there is no room for all: first those that the fewest queries may still ask for. What
    /// a query that is running may ask for stays.
    fn drop_pieces(&self) {
        let columns =
            self.lake().flat_map(|table| table.columns_in_pieces().into_iter().map(move |column| (table, column)));
        let mut columns: Vec<_> = columns.collect();
        let mut bytes: usize = columns.iter().map(|(_, column)| column.bytes).sum();
        let running = self.expected.iter().flat_map(BTreeMap::values);
        let running: Vec<&Expected> = running.filter(|query| query.is_running()).collect();
        columns.retain(|(_, column)| !running.iter().any(|query| query.words.contains(column.name.as_str())));
        columns.sort_by_key(|(_, column)| (column.expected, Reverse(column.bytes)));
        for (table, column) in columns {
            if bytes as u64 <= self.rows_at_once.saturating_mul(KEPT_BYTES) {
                break;
            }
            table.forget_pieces(&column.name);
            bytes -= column.bytes;
        }
    }

    /// Whether one of the marts that the queries read has more rows than a query may have in memory; of a single query,
    /// whether any mart has.
    fn is_large(&self) -> bool {
        *self.most_rows.get_or_init(|| self.most_rows_of(self.lake())) > 0
    }

    /// Whether it is a mart with more rows than a query may have in memory: nothing of it stays there as a whole.
    fn has_many_rows(&self, table: &LakeTable) -> bool {
        self.most_rows_of(iter::once(table)) > 0
    }

    /// How many rows a query has in memory at once.
    fn rows_of_piece(&self) -> u64 {
        (self.rows_at_once / self.side_by_side).max(self.rows_at_once.clamp(1, LEAST_ROWS))
    }

    /// How many rows the largest of some marts has, if a query may not have as many in memory at once; otherwise 0. One that
    /// cannot be read is told of by whoever reads it.
    fn most_rows_of<'t>(&self, tables: impl Iterator<Item = &'t LakeTable>) -> u64 {
        let rows = |table: &LakeTable| table.rows_beyond(self.rows_of_piece()).ok().flatten();
        tables.filter(|table| table.is_of_projects()).filter_map(rows).max().unwrap_or(0)
    }

    /// Drops what is in memory of large marts as a whole.
    fn forget(&self) {
        self.lake().filter(|table| self.has_many_rows(table)).for_each(LakeTable::forget);
    }

    /// The tables of the lake.
    fn lake(&self) -> impl Iterator<Item = &LakeTable> {
        self.tables.values().filter_map(|table| match table {
            Table::Lake(table) => Some(&**table),
            Table::Frame(_) | Table::Mart(_) => None,
        })
    }

    /// Those of some tables that are of the lake.
    fn lake_tables<'c>(&'c self, names: &'c BTreeSet<String>) -> impl Iterator<Item = &'c LakeTable> {
        names.iter().filter_map(|name| match self.tables.get(name) {
            Some(Table::Lake(table)) => Some(&**table),
            _ => None,
        })
    }

    fn of_staging(lake: &Lake<'_>, library: &Library, window: Window) -> Result<Self, QueryError> {
        let Lake { store, contents, .. } = lake;
        let mut catalog = Self::default();
        catalog.add_staging(store, contents, window, &Rows::EventsOnce);
        for table in SideTable::ALL {
            let files = files_of(contents, table.name(), Window::ALL);
            let schema = schema(table.columns(), false);
            catalog.add_lake(table.name(), Arc::new(LakeTable::new(store, files, schema, Rows::All)));
        }
        catalog.add_frame(SOURCES, receipts::sources(lake)?);
        catalog.add_frame(DAYS, receipts::days(lake, window)?);
        catalog.add_frame(BREAKS, library.breaks().frame()?);
        Ok(catalog)
    }

    /// The staging tables as a day's marts are built from them: the day, and of the days around it what belongs
    /// to an invocation that has an event on it. Others cannot begin on the day.
    pub fn of_day(store: &Store, contents: &Contents, day: Day) -> Result<Self, QueryError> {
        let mut of_day = Self::default();
        let only = Window { since: Some(day), until: Some(day) };
        of_day.add_staging(store, contents, only, &Rows::All);
        let mut invocations = IdSet::default();
        for (table, lake_table) in &of_day.staging {
            let of_table = lake_table.invocations();
            invocations
                .extend(of_table.map_err(|reason| QueryError::Engine { query: table.name().to_owned(), reason })?);
        }
        let mut catalog = Self { is_of_day: true, ..Self::default() };
        let around = Window { since: Some(day.plus(-1)), until: Some(day.plus(1)) };
        catalog.add_staging(store, contents, around, &Rows::EventsAround(day, Arc::new(invocations)));
        Ok(catalog)
    }

    fn add_staging(&mut self, store: &Store, contents: &Contents, window: Window, rows: &Rows) {
        for table in TableId::all() {
            let files = files_of(contents, table.name(), window);
            let lake_table = LakeTable::new(store, files, schema(table.columns(), true), rows.clone());
            let lake_table = Arc::new(lake_table);
            self.staging.push((table, Arc::clone(&lake_table)));
            self.add_lake(table.name(), lake_table);
        }
    }

    /// Adds the files of a mart for some days; with `built` those that were built from this.
    pub fn add_mart(
        &mut self,
        store: &Store,
        library: &Library,
        mart: &Query,
        days: &[Day],
        built: Option<&BuiltMarts>,
    ) -> Result<(), QueryError> {
        let files: Vec<DayFile> = days
            .iter()
            .map(|day| DayFile { day: Some(*day), path: layout::mart_day(mart.name, *day), void: None })
            .collect();
        let schema = match files.last() {
            Some(file) => LakeTable::schema_of_file(store, &file.path)
                .map_err(|reason| QueryError::Engine { query: mart.name.to_owned(), reason })?,
            None => library.mart_schema(mart)?,
        };
        let versions = match built {
            Some(built) => Versions::of(days.iter().filter_map(|day| built.get(&(mart.name, *day)).cloned())),
            None => Versions::any(days.len()),
        };
        let table = LakeTable::new(store, files, schema, Rows::All).of_versions(versions);
        self.add_lake(mart.name, Arc::new(table));
        Ok(())
    }

    fn add_lake(&mut self, name: &str, table: Arc<LakeTable>) {
        self.tables.insert(name.to_owned(), Table::Lake(table));
    }

    /// Adds (or replaces) a table in memory.
    pub fn add_frame(&mut self, name: &str, frame: DataFrame) {
        self.tables.insert(name.to_owned(), Table::Frame(frame));
    }

    /// Adds the rows of a mart that is being built.
    pub fn add_rows(&mut self, mart: &str, rows: MartRows) {
        self.tables.insert(mart.to_owned(), Table::Mart(Arc::new(rows)));
    }

    /// Adds the views of a library.
    pub fn add_views(&mut self, library: &Library) {
        let views = library.of_kind(Kind::View).cloned();
        self.views = views.map(|query| View { query, kept: Mutex::default() }).collect();
    }

    /// Names of tables and views.
    pub fn names(&self) -> Vec<String> {
        let names = self.tables.keys().cloned().chain(self.views.iter().map(|view| view.query.name.to_owned()));
        let own = (!self.staging.is_empty()).then(|| DUPLICATES.to_owned());
        let names: BTreeSet<String> = names.chain(own).collect();
        names.into_iter().collect()
    }

    fn duplicates(&self) -> PolarsResult<DataFrame> {
        let mut tables = Vec::new();
        let mut ids = StringChunked::full_null("event_id".into(), 0);
        let surplus = side_by_side(&self.staging, |_, (_, lake_table)| lake_table.surplus_ids())?;
        for ((table, _), surplus) in self.staging.iter().zip(surplus) {
            tables.extend(iter::repeat_n(table.name(), surplus.len()));
            ids.append(&surplus)?;
        }
        DataFrame::new(
            tables.len(),
            vec![Column::new("table_name".into(), tables), ids.with_name("event_id".into()).into_column()],
        )
    }
}

/// The words of a statement, comments aside.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

/// The files of a table that the receipts name, of the days of a window.
fn files_of(contents: &Contents, table: &str, window: Window) -> Vec<DayFile> {
    contents
        .files()
        .filter(|live| live.file.table == table)
        .filter_map(|LiveFile { file, void }| {
            let inside = file.day.is_none_or(|day| window.contains(day));
            inside.then(|| DayFile { day: file.day, path: file.path.clone(), void })
        })
        .collect()
}

/// The engine's schema of a table's columns.
fn schema(columns: &[ColumnSpec], with_day: bool) -> SchemaRef {
    let own = columns.iter().map(|column| Field::new(column.name.into(), data_type(&column.data_type)));
    let day = with_day.then(|| Field::new(DAY.into(), DataType::Date));
    Arc::new(own.chain(day).collect())
}

/// The engine's type of a column of staging.
fn data_type(arrow: &arrow_schema::DataType) -> DataType {
    match arrow {
        arrow_schema::DataType::Utf8 => DataType::String,
        arrow_schema::DataType::Boolean => DataType::Boolean,
        arrow_schema::DataType::Int32 => DataType::Int32,
        arrow_schema::DataType::Int64 => DataType::Int64,
        arrow_schema::DataType::Float64 => DataType::Float64,
        arrow_schema::DataType::Timestamp(_, _) => DataType::Datetime(TimeUnit::Microseconds, None),
        // The columns of staging are of the six types above; a seventh would fail every test that reads it.
        _ => DataType::Null,
    }
}

/// The columns of all marts, told by their SQL over tables without rows.
pub(in crate::query) fn mart_schemas(library: &Library) -> Result<BTreeMap<&'static str, SchemaRef>, QueryError> {
    let (mut empty, mut schemas) = (Catalog::default(), BTreeMap::new());
    for table in TableId::all() {
        empty.add_frame(table.name(), DataFrame::empty_with_schema(&schema(table.columns(), true)));
    }
    for mart in library.of_kind(Kind::Mart) {
        let schema = empty.schema_of(mart.name, mart.sql)?;
        empty.add_frame(mart.name, DataFrame::empty_with_schema(&schema));
        schemas.insert(mart.name, schema);
    }
    Ok(schemas)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::lake_table::{Asked, Piece};
    use super::*;
    use crate::query::write_frame;

    /// A lake whose marts have so many rows of projects.
    fn lake(folder: &Path, rows: &[(&str, usize)]) -> Catalog {
        let library = Library::load().expect("the library is in order");
        let (mut catalog, day) = (Catalog::default().at_once(40), Day::from_number(0));
        for (name, rows) in rows {
            let mart = library.get(Kind::Mart, name).expect("a mart");
            let path = folder.join(layout::mart_day(name, day));
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            let projects: Vec<String> = (0..*rows).map(|number| format!("project {number}")).collect();
            let mut frame = df!("project_key" => projects).expect("a frame");
            write_frame(&mut frame, fs::File::create(&path).expect("a file"), &path, Vec::new(), None)
                .expect("written");
            catalog.add_mart(&Store::new(folder), &library, mart, &[day], None).expect("a mart");
        }
        catalog.add_views(&library);
        catalog
    }

    #[test]
    fn only_marts_that_are_read_make_queries_be_run_in_pieces() {
        let library = Library::load().expect("the library is in order");
        let reads = |name| library.get(Kind::Report, name).expect("a report");
        let (of_invocations, of_days) = (reads("command_mix"), reads("run_frequency"));
        let folder = tempfile::tempdir().expect("a folder");
        let rows = [("node_runs", 1000), ("invocations", 41), ("project_days", 40)];
        let is_large = |queries: &[&Query]| {
            lake(folder.path(), &rows).for_queries(&library, queries).expect("a catalog").is_large()
        };
        assert!(is_large(&[of_invocations]) && is_large(&[of_days, of_invocations]));
        assert!(!is_large(&[of_days]));
        assert!(lake(folder.path(), &rows).is_large());
    }

    #[test]
    fn columns_by_pieces_stay_for_whoever_is_to_come_and_as_long_as_there_is_room() {
        let library = Library::load().expect("the library is in order");
        let reads = |name| library.get(Kind::Report, name).expect("a report");
        let queries = [reads("command_mix"), reads("countries")];
        let folder = tempfile::tempdir().expect("a folder");
        let catalog = |rows| {
            let catalog = lake(folder.path(), &[("invocations", 100)]).at_once(rows);
            catalog.for_queries(&library, &queries).expect("a catalog")
        };
        let in_memory = |catalog: &Catalog| {
            let columns = catalog.lake().flat_map(LakeTable::columns_in_pieces);
            columns.map(|column| (column.name.to_string(), column.expected)).collect::<Vec<_>>()
        };
        let project = |expected: usize| vec![("project_key".to_owned(), expected)];
        let read = |catalog: &Catalog| {
            let table = catalog.of_projects("invocations").expect("a mart");
            let piece = Piece { number: 1, of: 2 };
            let frame = table
                .scan("invocations", &Asked::default(), Some(piece))
                .and_then(|frame| frame.select([col("project_key")]).collect());
            assert!(frame.expect("a piece").height() > 0);
        };

        let roomy = catalog(40);
        read(&roomy);
        assert_eq!(in_memory(&roomy), project(2));
        roomy.done(queries[0]);
        assert_eq!(in_memory(&roomy), project(1));
        roomy.done(queries[1]);
        assert_eq!(in_memory(&roomy), []);

        // 512 bytes; but what is run meanwhile may need them.
        let narrow = catalog(1);
        read(&narrow);
        narrow.begun(queries[1].name);
        narrow.done(queries[0]);
        assert_eq!(in_memory(&narrow), project(1));
        narrow.drop_pieces();
        assert_eq!(in_memory(&narrow), project(1));
        let narrow = catalog(1);
        read(&narrow);
        narrow.done(queries[0]);
        assert_eq!(in_memory(&narrow), []);
    }
}
