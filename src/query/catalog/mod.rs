//! The tables that a query can name, and the engine that runs it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;
use polars::sql::SQLContext;

use super::QueryError;
use super::ctes::{Part, Steps, by_dimension, prepared, tables};
use super::lake::{BREAKS, DAYS, DUPLICATES, Lake, SOURCES, Window};
use super::lake_table::{Asked, DAY, DayFile, LakeTable, Piece, Rows};
use super::library::{Kind, Library, Query};
use super::macros::functions;
use super::pieces::{PieceTables, Pieces, Tables};
use super::receipts;
use super::recoding::Recoding;
use super::side_by_side::side_by_side;
use super::version::Versions;
use crate::event::Day;
use crate::lake::{Contents, Fingerprint, Holes, LiveFile, Maturity, Sightings, Store, layout};
use crate::staging::{ColumnSpec, SideTable, TableId};

/// A table: of the lake, or made in memory.
enum Table {
    Lake(Arc<LakeTable>),
    Frame(DataFrame),
}

impl Table {
    fn schema(&self) -> SchemaRef {
        match self {
            Self::Lake(table) => table.schema(),
            Self::Frame(frame) => Arc::clone(frame.schema()),
        }
    }
}

/// What a query that is planned says and hears beside its SQL.
#[derive(Clone, Copy)]
struct Asking<'a> {
    /// Notes the columns that it asks for.
    asked: &'a Asked,
    /// Values of marts that are one for it.
    recoding: Option<&'a Recoding>,
}

/// The tables and views that queries can name.
pub struct Catalog {
    tables: BTreeMap<String, Table>,
    /// Staging tables, whose surplus copies make up the table `duplicates`.
    staging: Vec<(TableId, Arc<LakeTable>)>,
    views: Vec<View>,
    /// The queries that it is for, by their names; results of views are kept for the next of them.
    expected: Option<BTreeMap<&'static str, Expected>>,
    /// Whether the queries' tables are more than is kept in memory from one query to the next.
    is_large: bool,
    /// How many bytes of their files are not.
    bytes_at_once: u64,
}

/// How large the files of tables may be, bytes, that queries have in memory at once. In memory they are up to ten times as
/// large, and what an engine makes of them again as much.
pub const BYTES_AT_ONCE: u64 = 128 * 1024 * 1024;

/// Into how many pieces projects are taken apart at most. Each costs its time.
const PIECES: u64 = 1000;

/// What a query is expected to ask for.
struct Expected {
    tables: BTreeSet<String>,
    /// How large the files of these tables are.
    bytes: u64,
    /// The words of its SQL and of that of the views that it reads. Columns are among them.
    words: HashSet<&'static str>,
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
            is_large: false,
            bytes_at_once: BYTES_AT_ONCE,
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
            let folders = lake.store.list(&layout::mart(mart.name))?;
            let days = folders.iter().filter_map(|folder| layout::day_of_folder(folder));
            // The folder of a day is there before its first file.
            let is_built = |day: &Day| lake.store.has(&layout::mart_day(mart.name, *day));
            let days: Vec<Day> = days.filter(|day| window.contains(*day) && is_built(day)).collect();
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

    /// The same, in which queries have so many bytes of files in memory at once, if they can.
    pub fn at_once(self, bytes: u64) -> Self {
        Self { bytes_at_once: bytes, ..self }
    }

    /// The same, for some queries, each of which is run once: what a view gives is computed once. A query that needs a part
    /// of it then waits for all of it. Columns of a table are read together, and those that no query needs any longer are
    /// dropped. Of large tables each query reads its own, and is run over one piece of the projects after the other where that
    /// can be.
    pub fn for_queries(mut self, library: &Library, queries: &[&Query]) -> Result<Self, QueryError> {
        let tables = queries.iter().map(|query| library.tables_of(query)).collect::<Result<Vec<_>, _>>()?;
        let tables: BTreeSet<String> = tables.into_iter().flatten().collect();
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
        self.is_large = bytes.iter().filter(|(name, _)| *name != DUPLICATES).map(|(_, bytes)| bytes).sum::<u64>()
            > self.bytes_at_once;
        let mut expected = BTreeMap::new();
        for query in queries {
            let tables = library.tables_of(query)?;
            let views = self.views.iter().map(|view| &view.query).filter(|view| tables.contains(view.name));
            let words = views.chain([*query]).flat_map(|query| words(query.sql)).collect();
            if !self.is_large {
                self.lake_tables(&tables).for_each(|table| table.expect(&words));
            }
            expected.insert(query.name, Expected { bytes: sum(&tables), tables, words });
        }
        Ok(Self { expected: Some(expected), ..self })
    }

    /// What is made of each of some of the queries, in their order: side by side, or of large tables one after the other, in
    /// each of which the engine has all threads.
    pub fn each<R: Send, E: Send>(
        &self,
        queries: &[&Query],
        make: impl Fn(usize, &Query) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, E> {
        if self.is_large {
            return queries.iter().enumerate().map(|(number, query)| make(number, query)).collect();
        }
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

    /// One of the queries has been run.
    pub(super) fn done(&self, query: &Query) {
        if self.is_large {
            self.forget();
            return self.lake().for_each(LakeTable::forget_pieces);
        }
        let expected = self.expected.as_ref().and_then(|expected| expected.get(query.name));
        if let Some(Expected { tables, words, .. }) = expected {
            self.lake_tables(tables).for_each(|table| table.done(words));
        }
    }

    /// Drops what is in memory of all tables, pieces of them aside.
    fn forget(&self) {
        self.lake().for_each(LakeTable::forget);
    }

    /// The tables of the lake.
    fn lake(&self) -> impl Iterator<Item = &LakeTable> {
        self.tables.values().filter_map(|table| match table {
            Table::Lake(table) => Some(&**table),
            Table::Frame(_) => None,
        })
    }

    /// Those of some tables that are of the lake.
    fn lake_tables<'c>(&'c self, names: &'c BTreeSet<String>) -> impl Iterator<Item = &'c LakeTable> {
        names.iter().filter_map(|name| match self.tables.get(name) {
            Some(Table::Lake(table)) => Some(&**table),
            _ => None,
        })
    }

    /// The result of a view, as if the query had computed it.
    fn kept(&self, view: &View, asked: &Asked) -> Result<DataFrame, QueryError> {
        let mut kept = view.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let result = match &*kept {
            Some(result) => result,
            None => {
                let of_view = Asked::default();
                let asking = Asking { asked: &of_view, recoding: None };
                let plan = self.plan(view.query.name, view.query.sql, true, asking)?;
                let frame = plan.collect().map_err(|reason| self.failed(view.query.name, reason))?;
                if self.is_large {
                    self.forget();
                }
                kept.insert(KeptView { frame, asked: of_view.columns() })
            }
        };
        asked.extend(result.asked.iter().cloned());
        Ok(result.frame.clone())
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
        let mut invocations = HashSet::new();
        for (table, lake_table) in &of_day.staging {
            let of_table = lake_table.invocations();
            invocations
                .extend(of_table.map_err(|reason| QueryError::Engine { query: table.name().to_owned(), reason })?);
        }
        let mut catalog = Self::default();
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

    /// Runs one statement.
    pub fn run(&self, query: &str, sql: &str) -> Result<DataFrame, QueryError> {
        Ok(self.run_asking(query, sql)?.0)
    }

    /// Runs one statement over marts in which some values are one.
    pub fn run_recoded(&self, query: &str, sql: &str, recoding: &Recoding) -> Result<DataFrame, QueryError> {
        let asking = Asking { asked: &Asked::default(), recoding: Some(recoding) };
        let frame = self.plan(query, sql, false, asking)?.collect().map_err(|reason| self.failed(query, reason));
        if self.is_large {
            self.forget();
        }
        frame
    }

    /// Runs one statement; also the columns of the lake's tables, each with its table, that it asked for.
    pub(super) fn run_asking(
        &self,
        query: &str,
        sql: &str,
    ) -> Result<(DataFrame, BTreeSet<(String, String)>), QueryError> {
        let asked = Asked::default();
        let plan = self.plan(query, sql, false, Asking { asked: &asked, recoding: None })?;
        let frame = plan.collect().map_err(|reason| self.failed(query, reason))?;
        Ok((frame, asked.columns()))
    }

    /// The columns that a statement gives, without running it.
    pub fn schema_of(&self, query: &str, sql: &str) -> Result<SchemaRef, QueryError> {
        let plan = self.plan(query, sql, false, Asking { asked: &Asked::default(), recoding: None });
        plan?.collect_schema().map_err(|reason| self.failed(query, reason))
    }

    /// The plan of a statement; of a view, whose order nobody sees, without it.
    fn plan(&self, query: &str, sql: &str, is_view: bool, asking: Asking<'_>) -> Result<LazyFrame, QueryError> {
        let failed = |reason| self.failed(query, reason);
        if self.is_large
            && let Some(plan) = self.plan_in_pieces(query, sql, is_view, asking)?
        {
            return Ok(plan);
        }
        let mut context = SQLContext::new().with_function_registry(functions());
        let Steps { tables, first, parts } = Steps::of(query, sql, is_view)?;
        // Makes the tables and views that it names known to the engine.
        for name in tables {
            // Anything else is a CTE of the statement, or unknown: then the engine says so.
            if let Some(frame) = self.table(query, &name, asking)? {
                context.register(&name, frame);
            }
        }
        let run = |context: &mut SQLContext, steps: &[(String, String)]| {
            for (name, step) in steps {
                let frame = context.execute(step).and_then(LazyFrame::collect)?;
                if self.is_large {
                    self.forget();
                }
                context.register(name, frame.lazy());
            }
            Ok(())
        };
        run(&mut context, &first).map_err(failed)?;
        if let [Part { first, rest }] = parts.as_slice() {
            run(&mut context, first).map_err(failed)?;
            return context.execute(rest).map_err(failed);
        }
        let mut all: Option<DataFrame> = None;
        for Part { first, rest } in &parts {
            run(&mut context, first).map_err(failed)?;
            let rows = context.execute(rest).and_then(LazyFrame::collect).map_err(failed)?;
            first.iter().for_each(|(name, _)| context.unregister(name));
            match &mut all {
                Some(all) => all.vstack_mut_owned(rows).map(drop).map_err(failed)?,
                None => all = Some(rows),
            }
        }
        Ok(all.unwrap_or_default().lazy())
    }

    /// A table or view as a query sees it, if there is one of this name.
    fn table(&self, query: &str, name: &str, asking: Asking<'_>) -> Result<Option<LazyFrame>, QueryError> {
        let failed = |reason| self.failed(query, reason);
        if let Some(table) = self.tables.get(name) {
            return self.scan(table, name, asking, None).map(Some).map_err(failed);
        }
        if name == DUPLICATES && !self.staging.is_empty() {
            return Ok(Some(self.duplicates().map_err(failed)?.lazy()));
        }
        let Some(view) = self.view(name) else { return Ok(None) };
        if self.expected.is_some() && asking.recoding.is_none() {
            return Ok(Some(self.kept(view, asking.asked)?.lazy()));
        }
        self.plan(view.query.name, view.query.sql, true, asking).map(Some)
    }

    /// A table, or a piece of it, as a query sees it.
    fn scan(&self, table: &Table, name: &str, asking: Asking<'_>, piece: Option<Piece>) -> PolarsResult<LazyFrame> {
        let frame = match table {
            Table::Lake(table) => table.scan(name, asking.asked, piece)?,
            Table::Frame(frame) => frame.clone().lazy(),
        };
        match asking.recoding {
            Some(recoding) => recoding.apply(frame, &table.schema()),
            None => Ok(frame),
        }
    }

    fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.query.name == name)
    }

    /// The plan of a statement over large tables, one piece of the projects after the other; `None` if it is to be run as
    /// it is.
    fn plan_in_pieces(
        &self,
        name: &str,
        sql: &str,
        is_view: bool,
        asking: Asking<'_>,
    ) -> Result<Option<LazyFrame>, QueryError> {
        let failed = |reason| self.failed(name, reason);
        let Some((query, _)) = prepared(name, sql, is_view)? else { return Ok(None) };
        let queries = if is_view { by_dimension(&query) } else { vec![query] };
        let Some(plans) = queries.iter().map(|query| Pieces::of(query, self)).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let mut named: BTreeSet<String> = queries.iter().flat_map(tables).collect();
        let mut views: BTreeSet<&str> = plans.iter().flat_map(|plan| &plan.views).map(String::as_str).collect();
        for view in &views {
            named.extend(self.tables_of_view(view));
        }
        named.retain(|name| !views.contains(name.as_str()));
        views.clear();
        let mut whole = BTreeMap::new();
        for table in &named {
            if let Some(frame) = self.table(name, table, asking)? {
                whole.insert(table.clone(), frame);
            }
        }
        let names: Vec<String> = named.into_iter().filter(|name| Tables::is_in_pieces(self, name)).collect();
        let bytes: u64 = names
            .iter()
            .filter_map(|name| match self.tables.get(name) {
                Some(Table::Lake(table)) => Some(table.bytes()),
                _ => None,
            })
            .sum();
        let scan = |name: &str, piece: Piece| match self.tables.get(name) {
            Some(table) => self.scan(table, name, asking, Some(piece)),
            None => polars_bail!(ComputeError: "{name} is gone"),
        };
        let count = bytes.div_ceil(self.bytes_at_once.max(1)).clamp(1, PIECES);
        let count = usize::try_from(count).unwrap_or(1);
        let pieces = PieceTables { count, names, scan: &scan, forget: &|| self.forget() };
        let mut rows: Option<DataFrame> = None;
        if let [plan] = plans.as_slice() {
            return plan.run(whole, &pieces).map(Some).map_err(failed);
        }
        for plan in &plans {
            let of_plan = plan.run(whole.clone(), &pieces).and_then(LazyFrame::collect).map_err(failed)?;
            self.forget();
            match &mut rows {
                Some(rows) => rows.vstack_mut_owned(of_plan).map(drop).map_err(failed)?,
                None => rows = Some(of_plan),
            }
        }
        Ok(rows.map(DataFrame::lazy))
    }

    /// The tables that a view reads, and those that the views do that it reads.
    fn tables_of_view(&self, name: &str) -> BTreeSet<String> {
        let Some(view) = Tables::view(self, name) else { return BTreeSet::new() };
        let own = tables(&view);
        own.iter().flat_map(|table| self.tables_of_view(table)).chain(own.clone()).collect()
    }

    fn failed(&self, query: &str, reason: PolarsError) -> QueryError {
        let changed = |table: &Table| match table {
            Table::Lake(table) => table.changed().map(str::to_owned),
            Table::Frame(_) => None,
        };
        if let Some(path) = self.tables.values().find_map(changed) {
            return QueryError::Changed { path };
        }
        let text = reason.to_string();
        if let Some((_, rest)) = text.split_once("relation '")
            && let Some((table, _)) = rest.split_once("' was not found")
        {
            return QueryError::NoTable { table: table.to_owned(), known: self.names() };
        }
        QueryError::Engine { query: query.to_owned(), reason }
    }

    fn duplicates(&self) -> PolarsResult<DataFrame> {
        let mut tables = Vec::new();
        let mut ids = StringChunked::full_null("event_id".into(), 0);
        let surplus = side_by_side(&self.staging, |_, (_, lake_table)| lake_table.surplus_ids())?;
        for ((table, _), surplus) in self.staging.iter().zip(surplus) {
            tables.extend(std::iter::repeat_n(table.name(), surplus.len()));
            ids.append(&surplus)?;
        }
        DataFrame::new(
            tables.len(),
            vec![Column::new("table_name".into(), tables), ids.with_name("event_id".into()).into_column()],
        )
    }
}

impl Tables for Catalog {
    fn is_known(&self, name: &str) -> bool {
        self.tables.contains_key(name) || self.view(name).is_some() || name == DUPLICATES
    }

    fn is_in_pieces(&self, name: &str) -> bool {
        match self.tables.get(name) {
            Some(Table::Lake(table)) => table.is_of_projects(),
            _ => false,
        }
    }

    fn view(&self, name: &str) -> Option<sqlparser::ast::Query> {
        let view = Self::view(self, name)?;
        let (query, _) = prepared(view.query.name, view.query.sql, true).ok()??;
        Some(query)
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
pub(super) fn mart_schemas(library: &Library) -> Result<BTreeMap<&'static str, SchemaRef>, QueryError> {
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
