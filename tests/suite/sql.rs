//! Every query of `queries/` on small known tables, in the engine that runs them here.
//!
//! The cases are in `tests/queries`, one file for each query; `tests/queries/check.py` says how they are
//! written, and runs the same ones in DuckDB.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, NaiveDateTime};
use polars::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use usage_report::event::Day;
use usage_report::lake::{Store, layout};
use usage_report::query::{Catalog, Kind, Library, Query, write_frame};

use super::dumps::mixed;
use super::harness::{Place, Run, close, files_under, project};

/// The cases of one query.
#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    tables: BTreeMap<String, Table>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Table {
    columns: Columns,
    rows: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Expected {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// Names and types of columns in the order of the file, which is that of the cells.
struct Columns(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Columns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of column names and types")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Columns, M::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(Columns(columns))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Paths of all files of a kind under a folder, from there and without their ending.
fn names(folder: &Path, ending: &str) -> BTreeSet<PathBuf> {
    let files = files_under(folder).into_keys();
    files
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| path.with_extension(""))
        .collect()
}

/// Paths of all queries. The macros, which these call, are none.
fn queries() -> BTreeSet<PathBuf> {
    let mut queries = names(&project("queries"), "sql");
    assert!(queries.remove(Path::new("macros")), "there are no macros in {queries:?}");
    queries
}

/// Days since 1970.
fn day(text: &str) -> i32 {
    let day: NaiveDate = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    i32::try_from((day - NaiveDate::default()).num_days()).expect("a day of a calendar")
}

/// Microseconds since 1970.
fn instant(text: &str) -> i64 {
    let instant: NaiveDateTime = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    instant.and_utc().timestamp_micros()
}

/// A column of a case.
fn column(name: &str, kind: &str, cells: &[&Value]) -> Column {
    let name = PlSmallStr::from(name);
    let wrong = |cell: &Value| -> ! { panic!("column {name}: {cell} is no {kind}") };
    macro_rules! values {
        ($read:expr) => {
            cells
                .iter()
                .map(|cell| if cell.is_null() { None } else { Some($read(cell).unwrap_or_else(|| wrong(cell))) })
                .collect::<Vec<_>>()
        };
    }
    let cast = |column: Column, to: DataType| column.strict_cast(&to).expect("a cast that loses nothing");
    match kind {
        "VARCHAR" => Column::new(name.clone(), values!(|cell: &'_ Value| cell.as_str().map(str::to_owned))),
        "BIGINT" => Column::new(name.clone(), values!(Value::as_i64)),
        "INTEGER" => cast(Column::new(name.clone(), values!(Value::as_i64)), DataType::Int32),
        "DOUBLE" => Column::new(name.clone(), values!(Value::as_f64)),
        "BOOLEAN" => Column::new(name.clone(), values!(Value::as_bool)),
        "DATE" => cast(Column::new(name.clone(), values!(|cell: &Value| cell.as_str().map(day))), DataType::Date),
        "TIMESTAMP" => {
            let micros = Column::new(name.clone(), values!(|cell: &Value| cell.as_str().map(instant)));
            cast(micros, DataType::Datetime(TimeUnit::Microseconds, None))
        }
        other => panic!("column {name}: unknown type {other}"),
    }
}

/// A table of a case.
fn frame(table: &Table) -> DataFrame {
    let Columns(columns) = &table.columns;
    for row in &table.rows {
        assert_eq!(row.len(), columns.len(), "a row that is not as wide as its table: {row:?}");
    }
    let columns = columns
        .iter()
        .enumerate()
        .map(|(place, (name, kind))| column(name, kind, &table.rows.iter().map(|row| &row[place]).collect::<Vec<_>>()))
        .collect();
    DataFrame::new(table.rows.len(), columns).expect("columns of one height")
}

/// Whether a cell of a result is what a case expects.
fn same(actual: &AnyValue<'_>, expected: &Value) -> bool {
    match (actual, expected) {
        (AnyValue::Null, expected) => expected.is_null(),
        (AnyValue::Boolean(actual), Value::Bool(expected)) => actual == expected,
        (AnyValue::String(actual), Value::String(expected)) => actual == expected,
        (AnyValue::StringOwned(actual), Value::String(expected)) => actual.as_str() == expected,
        (AnyValue::Date(actual), Value::String(expected)) => *actual == day(expected),
        (
            AnyValue::Datetime(actual, TimeUnit::Microseconds, None)
            | AnyValue::DatetimeOwned(actual, TimeUnit::Microseconds, None),
            Value::String(expected),
        ) => *actual == instant(expected),
        (actual, Value::Number(expected)) if actual.is_primitive_numeric() => {
            actual.extract::<f64>().zip(expected.as_f64()).is_some_and(|(actual, expected)| close(actual, expected))
        }
        _ => false,
    }
}

/// The cases of a query, by its path under `queries/` without the ending.
fn cases_of(name: &Path) -> Vec<Case> {
    let path = project("tests/queries").join(name).with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(!file.cases.is_empty(), "{} has no case", name.display());
    file.cases
}

/// The tables of a case, and the views over them.
fn catalog(case: &Case, library: &Library) -> Catalog {
    let mut catalog = Catalog::default();
    for (name, table) in &case.tables {
        catalog.add_frame(name, frame(table));
    }
    catalog.add_views(library);
    catalog
}

/// The same tables, those of marts that know projects in files: a query is run over one piece of the projects after the
/// other, in three of them. `None` where there is no such table.
fn catalog_in_pieces(case: &Case, query: &Query, library: &Library, place: &Place) -> Option<Catalog> {
    let store = Store::new(place.path("lake"));
    let (mut catalog, mut most) = (Catalog::default(), 0);
    for (name, table) in &case.tables {
        let mut frame = frame(table);
        let mart = library.get(Kind::Mart, name).filter(|_| frame.schema().contains("project_key"));
        // A case that does not care has no days: then all is of one.
        let of_rows: Option<Vec<i32>> = match frame.drop_in_place("day") {
            Ok(days) => days.date().expect("days").physical().iter().collect(),
            Err(_) => Some(vec![0; frame.height()]),
        };
        let (Some(mart), Some(of_rows), true) = (mart, of_rows, frame.height() > 0) else {
            catalog.add_frame(name, self::frame(table));
            continue;
        };
        let mut days = Vec::new();
        for number in of_rows.iter().copied().collect::<BTreeSet<_>>() {
            let day = Day::from_number(number);
            let of_day: BooleanChunked = of_rows.iter().map(|of| Some(*of == number)).collect();
            let mut rows = frame.filter(&of_day).expect("rows");
            let path = layout::mart_day(name, day);
            let mut file = Vec::new();
            write_frame(&mut rows, &mut file, Path::new(&path), Vec::new(), None).expect("a file");
            place.write(&format!("lake/{path}"), file);
            days.push(day);
        }
        catalog.add_mart(&store, library, mart, &days, None).expect("a mart");
        most = most.max(of_rows.len() as u64);
    }
    catalog.add_views(library);
    (most > 1).then(|| catalog.at_once(most / 3).for_queries(library, &[query]).expect("a catalog"))
}

/// The names of a result's columns.
fn columns_of(result: &DataFrame) -> Vec<String> {
    result.columns().iter().map(|column| column.name().to_string()).collect()
}

/// What is wrong with the result of a case.
fn problems(case: &Case, sql: &str, catalog: &Catalog) -> Vec<String> {
    let result = match catalog.run("the query", sql) {
        Ok(result) => result,
        Err(error) => return vec![error.to_string()],
    };
    let Expected { columns, rows } = &case.expected;
    let found = columns_of(&result);
    let in_order: Vec<&String> = found.iter().filter(|name| columns.contains(name)).collect();
    if in_order != columns.iter().collect::<Vec<_>>() {
        return vec![format!("columns are {found:?}, expected {columns:?}")];
    }
    let mut problems = Vec::new();
    if result.height() != rows.len() {
        problems.push(format!("{} rows, expected {}", result.height(), rows.len()));
    }
    for (number, cells) in rows.iter().enumerate().take(result.height()) {
        assert_eq!(cells.len(), columns.len(), "an expected row that is not as wide as its columns: {cells:?}");
        for (name, expected) in columns.iter().zip(cells) {
            let actual = result.column(name).expect("a column").get(number).expect("a cell");
            if !same(&actual, expected) {
                problems.push(format!("row {} ({}): {name} is {actual:?}, expected {expected}", number + 1, cells[0]));
            }
        }
    }
    problems
}

#[test]
fn every_query_gives_what_its_cases_expect() {
    let library = Library::load().expect("every header is in order");
    let names = queries();
    assert!(names.len() >= 90, "{names:?}");
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in &names {
        let sql = std::fs::read_to_string(project("queries").join(name).with_extension("sql")).expect("a query");
        for case in cases_of(name) {
            let problems = problems(&case, &sql, &catalog(&case, &library));
            if !problems.is_empty() {
                failures.insert(format!("{}: {}", name.display(), case.name), problems);
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_query_gives_the_same_of_one_piece_of_the_projects_after_the_other() {
    let library = Library::load().expect("every header is in order");
    let (mut failures, mut count): (BTreeMap<String, Vec<String>>, usize) = (BTreeMap::new(), 0);
    for name in &queries() {
        let of_name = name.file_name().and_then(|name| name.to_str()).expect("a name");
        let Some(query) = [Kind::View, Kind::Report].iter().find_map(|kind| library.get(*kind, of_name)) else {
            continue;
        };
        for case in cases_of(name) {
            let place = Place::new();
            let Some(catalog) = catalog_in_pieces(&case, query, &library, &place) else { continue };
            count += 1;
            let problems = problems(&case, query.sql, &catalog);
            if !problems.is_empty() {
                failures.insert(format!("{}: {}", name.display(), case.name), problems);
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(count > 120, "{count}");
}

#[test]
fn all_reports_in_pieces_side_by_side_give_what_they_give_as_a_whole() {
    let place = Place::with_lake_of(&mixed());
    let rows = |at_once: &str| -> BTreeMap<PathBuf, Value> {
        // None is kept of the other way.
        let _ = std::fs::remove_dir_all(place.path("lake/reports"));
        let mut command = place.command(["report", "--format", "json", "--out", at_once]);
        command.env("USAGE_REPORT_REPORTS_ROWS_AT_ONCE", at_once);
        let run = Run::of(command);
        assert_eq!(run.code, Some(0), "{run}");
        let rows = |bytes: Vec<u8>| serde_json::from_slice(&bytes).expect("rows");
        place.files(at_once).into_iter().map(|(path, bytes)| (path, rows(bytes))).collect()
    };
    // So few at once that those of no known project are in several pieces as well.
    let unknown = place.count("SELECT COUNT(*) AS n FROM invocations WHERE project_key IS NULL");
    assert!(unknown > 6, "{unknown}");
    let (whole, in_pieces) = (rows("1000000"), rows(&(unknown / 2).to_string()));
    assert_eq!(whole.len(), Library::load().expect("the library is in order").of_kind(Kind::Report).count());
    let differ: Vec<&PathBuf> =
        whole.iter().filter(|(path, rows)| !are_close(rows, &in_pieces[*path])).map(|(path, _)| path).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// Whether two values are the same, but for the rounding of numbers.
fn are_close(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one.as_f64().zip(other.as_f64()).is_some_and(|(one, other)| close(one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_close(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| are_close(one, other)))
        }
        (one, other) => one == other,
    }
}

#[test]
fn every_query_has_cases_and_every_case_a_query() {
    assert_eq!(queries(), names(&project("tests/queries"), "json"));
}

#[test]
fn every_report_says_how_it_is_drawn_of_columns_that_it_has() {
    let library = Library::load().expect("every header is in order");
    let mut charts = 0;
    for query in library.of_kind(Kind::Report) {
        assert!(query.header.get("chart").is_some(), "{}", query.name);
        let Some(chart) = query.header.chart() else { continue };
        charts += 1;
        let folder = Path::new("reports").join(query.header.get("section").expect("a section"));
        let result =
            catalog(&cases_of(&folder.join(query.name))[0], &library).run(query.name, query.sql).expect("a result");
        let there = columns_of(&result);
        let missing: Vec<&str> = chart.columns().filter(|column| !there.iter().any(|other| other == column)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", query.name);
    }
    assert!(charts > 55, "{charts}");
}

#[test]
fn headers_describe_exactly_the_columns_of_the_result() {
    let library = Library::load().expect("every header is in order");
    for (kind, folder) in [(Kind::Mart, "marts"), (Kind::View, "views"), (Kind::Check, "checks")] {
        for query in library.of_kind(kind) {
            let cases = cases_of(&Path::new(folder).join(query.name));
            let result = catalog(&cases[0], &library).run(query.name, query.sql).expect("a result");
            let described: Vec<&str> = query.header.columns().iter().map(|column| column.name.as_str()).collect();
            assert_eq!(described, columns_of(&result), "{}", query.name);
        }
    }
}
