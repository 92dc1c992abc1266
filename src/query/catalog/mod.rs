//! The tables that a query can name, and the engine that runs it.

mod plan;
mod together;

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::{Arc, Mutex, OnceLock};

use polars::prelude::*;

use together::Expected;
pub use together::ROWS_AT_ONCE;

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
    /// How many rows the largest mart has that the queries read, if one of them may not have as many in memory.
    most_rows: OnceLock<Option<u64>>,
    /// Whether it is for building the marts of a day.
    is_of_day: bool,
    /// Days that a build would make anew, as something has come since.
    behind: BTreeSet<Day>,
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
            behind: BTreeSet::new(),
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
        let (days, behind) = receipts::days(lake, window)?;
        catalog.add_frame(DAYS, days);
        catalog.behind = behind;
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

    /// The days of which, or of one beside which, marts do not have all that was received: something has come since they
    /// were built.
    pub fn behind(&self) -> &BTreeSet<Day> {
        &self.behind
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
