//! The tables that a query can name, and the engine that runs it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;
use polars::sql::{SQLContext, extract_table_identifiers};

use super::QueryError;
use super::ctes::{Steps, unordered};
use super::lake::{BREAKS, DAYS, DUPLICATES, Lake, SOURCES, Window};
use super::lake_table::{DAY, DayFile, LakeTable, Rows};
use super::library::{Kind, Library, Query};
use super::macros::{functions, prepare};
use super::receipts;
use super::recoding::Recoding;
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

/// The tables and views that queries can name.
#[derive(Default)]
pub struct Catalog {
    tables: BTreeMap<String, Table>,
    /// Staging tables, whose surplus copies make up the table `duplicates`.
    staging: Vec<(TableId, Arc<LakeTable>)>,
    views: Vec<Query>,
    /// Results of views, if they are kept for the next query.
    kept: Option<Mutex<BTreeMap<&'static str, KeptView>>>,
    /// Columns that were asked for by views whose results were kept.
    asked: Mutex<Asked>,
}

/// Columns, each with its table.
type Asked = BTreeSet<(String, String)>;

/// A view's result, and what it asked for.
#[derive(Clone)]
struct KeptView {
    frame: DataFrame,
    asked: Asked,
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

    /// The columns of the lake's tables, each with its table, that have been asked for since this was last called.
    pub(super) fn take_asked(&self) -> Asked {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        for (name, table) in &self.tables {
            if let Table::Lake(table) = table {
                asked.extend(table.take_asked().iter().map(|column| (name.clone(), column.to_string())));
            }
        }
        asked
    }

    /// The same, for several queries: what a view gives is computed once. A query that needs a part of it then waits for
    /// all of it.
    pub fn keeping_views(self) -> Self {
        Self { kept: Some(Mutex::default()), ..self }
    }

    /// The result of a view, as if the query had computed it.
    fn kept(&self, view: &Query, kept: &Mutex<BTreeMap<&'static str, KeptView>>) -> Result<DataFrame, QueryError> {
        let known = kept.lock().unwrap_or_else(PoisonError::into_inner).get(view.name).cloned();
        let result = match known {
            Some(result) => result,
            None => {
                let of_query = self.take_asked();
                let frame = self.run(view.name, &unordered(view.sql))?;
                let result = KeptView { frame, asked: self.take_asked() };
                self.asked.lock().unwrap_or_else(PoisonError::into_inner).extend(of_query);
                kept.lock().unwrap_or_else(PoisonError::into_inner).insert(view.name, result.clone());
                result
            }
        };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).extend(result.asked);
        Ok(result.frame)
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
        self.views = library.of_kind(Kind::View).cloned().collect();
    }

    /// Names of tables and views.
    pub fn names(&self) -> Vec<String> {
        let names = self.tables.keys().cloned().chain(self.views.iter().map(|view| view.name.to_owned()));
        let own = (!self.staging.is_empty()).then(|| DUPLICATES.to_owned());
        let names: BTreeSet<String> = names.chain(own).collect();
        names.into_iter().collect()
    }

    /// Runs one statement.
    pub fn run(&self, query: &str, sql: &str) -> Result<DataFrame, QueryError> {
        self.plan(query, sql, None)?.collect().map_err(|reason| self.failed(query, reason))
    }

    /// Runs one statement over marts in which some values are one.
    pub fn run_recoded(&self, query: &str, sql: &str, recoding: &Recoding) -> Result<DataFrame, QueryError> {
        self.plan(query, sql, Some(recoding))?.collect().map_err(|reason| self.failed(query, reason))
    }

    /// The columns that a statement gives, without running it.
    pub fn schema_of(&self, query: &str, sql: &str) -> Result<SchemaRef, QueryError> {
        self.plan(query, sql, None)?.collect_schema().map_err(|reason| self.failed(query, reason))
    }

    fn plan(&self, query: &str, sql: &str, recoding: Option<&Recoding>) -> Result<LazyFrame, QueryError> {
        let failed = |reason| self.failed(query, reason);
        let sql = prepare(query, sql)?;
        let mut context = SQLContext::new().with_function_registry(functions());
        // Makes the tables and views that it names known to the engine.
        for name in extract_table_identifiers(&sql, false, true).map_err(failed)? {
            if let Some(table) = self.tables.get(&name) {
                let frame = match table {
                    Table::Lake(table) => table.scan().map_err(failed)?,
                    Table::Frame(frame) => frame.clone().lazy(),
                };
                let frame = match recoding {
                    Some(recoding) => recoding.apply(frame, &table.schema()).map_err(failed)?,
                    None => frame,
                };
                context.register(&name, frame);
            } else if name == DUPLICATES && !self.staging.is_empty() {
                context.register(&name, self.duplicates().map_err(failed)?.lazy());
            } else if let Some(view) = self.views.iter().find(|view| view.name == name) {
                let frame = match (&self.kept, recoding) {
                    (Some(kept), None) => self.kept(view, kept)?.lazy(),
                    _ => self.plan(view.name, &unordered(view.sql), recoding)?,
                };
                context.register(&name, frame);
            }
            // Anything else is a CTE of the statement, or unknown: then the engine says so.
        }
        let Some(Steps { first, rest }) = Steps::of(&sql) else {
            return context.execute(&sql).map_err(failed);
        };
        for (name, step) in first {
            let frame = context.execute(&step).and_then(LazyFrame::collect).map_err(failed)?;
            context.register(&name, frame.lazy());
        }
        context.execute(&rest).map_err(failed)
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
        for (table, lake_table) in &self.staging {
            let surplus = lake_table.surplus_ids()?;
            tables.extend(std::iter::repeat_n(table.name(), surplus.len()));
            ids.append(&surplus)?;
        }
        DataFrame::new(
            tables.len(),
            vec![Column::new("table_name".into(), tables), ids.with_name("event_id".into()).into_column()],
        )
    }
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
