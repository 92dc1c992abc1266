//! What a query rests on: the columns of marts that it reads, as the engine asks for them, and the columns that these are
//! made from.
//!
//! Nobody has to declare it, so that no query is forgotten: the tables tell what they were asked for.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use polars::prelude::*;

use super::{Break, Catalog, Kind, Library, Query, QueryError, Series};
use crate::event::Day;

/// The column of a series that names the breaks in a row's time.
pub const BREAKS_COLUMN: &str = "breaks";

/// A report's result with what it rests on.
#[derive(Clone, Debug)]
pub struct Rested<'l> {
    /// Its rows. A series that a break touches has a last column: the ids of those whose date lies in a row's time, with
    /// commas between.
    pub frame: DataFrame,
    /// The columns of marts that it rests on, `invocations.outcome`, and the marts whose rows it does.
    pub columns: BTreeSet<String>,
    /// The breaks that touch it, in the order of their dates.
    pub breaks: Vec<&'l Break>,
}

impl<'l> Rested<'l> {
    /// The result of a report over some tables.
    ///
    /// # Errors
    /// When the query cannot be run, or its result has not the key that its header names.
    pub fn of(catalog: &Catalog, library: &'l Library, query: &Query) -> Result<Self, QueryError> {
        let failed = |reason| QueryError::Engine { query: query.name.to_owned(), reason };
        let (frame, asked) = catalog.run_asking(query.name, query.sql)?;
        catalog.done(query);
        let columns = rests_on(library, query, asked)?;
        let breaks = library.breaks().touching(&columns);
        let rested = Self { frame, columns, breaks };
        let frame = rested.marked(query, rested.frame.clone()).map_err(failed)?;
        Ok(Self { frame, ..rested })
    }

    /// Other rows of the same report, with the breaks in the time of each.
    ///
    /// # Errors
    /// When a series lacks its time.
    pub fn marked(&self, query: &Query, frame: DataFrame) -> PolarsResult<DataFrame> {
        match Series::of(query) {
            Some(series) if !self.breaks.is_empty() => marked(&series, &self.breaks, frame),
            _ => Ok(frame),
        }
    }
}

/// What a query rests on that has asked for these columns, by table.
pub(super) fn rests_on(
    library: &Library,
    query: &Query,
    asked: BTreeSet<(String, String)>,
) -> Result<BTreeSet<String>, QueryError> {
    let apart: Vec<&str> = query.header.get("regardless").unwrap_or_default().split(", ").collect();
    let asked = asked.into_iter().filter(|(table, _)| library.get(Kind::Mart, table).is_some());
    let mut waiting: Vec<String> = asked.flat_map(|(mart, column)| [format!("{mart}.{column}"), mart]).collect();
    waiting.retain(|name| !apart.contains(&name.as_str()));
    let mut columns = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if !columns.contains(&name) {
            waiting.extend(made_from(library, &name)?);
            columns.insert(name);
        }
    }
    Ok(columns)
}

/// The columns of earlier marts that a mart's column is made from, by its `from` line; of a mart, those that it reads.
fn made_from(library: &Library, name: &str) -> Result<Vec<String>, QueryError> {
    let mart = |name: &str| library.get(Kind::Mart, name);
    let Some((of, column)) = name.split_once('.') else {
        let tables = mart(name).map_or(Ok(BTreeSet::new()), |mart| library.tables_of(mart))?;
        return Ok(tables.into_iter().filter(|table| mart(table).is_some()).collect());
    };
    let described = mart(of).and_then(|mart| mart.header.column(column));
    let from = described.and_then(|described| described.from.as_deref()).unwrap_or_default();
    let words = from.split([' ', ',']).filter(|word| mart(word.split('.').next().unwrap_or(word)).is_some());
    Ok(words.map(str::to_owned).collect())
}

/// The rows of a series, each with the breaks in its time.
fn marked(series: &Series, breaks: &[&Break], mut frame: DataFrame) -> PolarsResult<DataFrame> {
    let of = |days: RangeInclusive<Day>| {
        let ids: Vec<&str> = breaks.iter().filter(|of| days.contains(&of.date)).map(|of| of.id.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(","))
    };
    let ids: Vec<Option<String>> = series.days_of(&frame)?.into_iter().map(|days| days.and_then(of)).collect();
    frame.with_column(Column::new(BREAKS_COLUMN.into(), ids))?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Header;

    fn library() -> Library {
        Library::load().expect("the library is in order")
    }

    /// What a statement rests on.
    fn columns(sql: &'static str) -> Vec<String> {
        let library = library();
        let catalog = Catalog::without_rows(&library).expect("tables");
        let query = Query::read(Kind::Report, "a test", sql).expect("a query");
        Rested::of(&catalog, &library, &query).expect("a result").columns.into_iter().collect()
    }

    #[test]
    fn a_query_rests_on_what_the_engine_asks_for() {
        assert_eq!(
            columns("-- title: t\nWITH x AS (SELECT * FROM invocations) SELECT os FROM x WHERE arch = 'arm64'"),
            ["invocations", "invocations.arch", "invocations.os"]
        );
        // A column of the same name in another table, and one that is only in a text, are none of a mart's.
        assert_eq!(columns("-- title: t\nSELECT COUNT(*) AS outcome, 'os' AS t FROM sources"), Vec::<String>::new());
        // Through a view, and without what the header says to make no difference.
        assert!(columns("-- title: t\nSELECT value FROM platform_shares").contains(&"invocations.os".to_owned()));
        assert!(
            !columns("-- title: t\n-- regardless: invocations.os\nSELECT value FROM platform_shares")
                .contains(&"invocations.os".to_owned())
        );
    }

    #[test]
    fn what_a_column_is_made_from_is_rested_on_too() {
        let of_projects = columns("-- title: t\nSELECT failures FROM project_days");
        assert_eq!(of_projects, ["invocations", "invocations.outcome", "project_days", "project_days.failures"]);
        let of_nodes = columns("-- title: t\nSELECT adapter FROM node_runs");
        assert_eq!(of_nodes, ["invocations", "invocations.adapter", "node_runs", "node_runs.adapter"]);
    }

    #[test]
    fn what_makes_no_difference_is_read_all_the_same() {
        let library = library();
        let catalog = Catalog::without_rows(&library).expect("tables");
        let mut count = 0;
        for report in library.of_kind(Kind::Report) {
            let Some(apart) = report.header.get("regardless") else { continue };
            let whole = Query { header: Header::default(), ..report.clone() };
            let read = Rested::of(&catalog, &library, &whole).expect("a result").columns;
            for column in apart.split(", ") {
                assert!(read.contains(column), "{} does not read {column}", report.name);
                count += 1;
            }
        }
        assert!(count > 10, "{count}");
    }

    #[test]
    fn every_report_is_touched_by_exactly_these_breaks() {
        let library = library();
        let catalog = Catalog::without_rows(&library).expect("tables");
        let mut found = String::new();
        for report in library.of_kind(Kind::Report) {
            let breaks = Rested::of(&catalog, &library, report).expect("a result").breaks;
            let ids: Vec<&str> = breaks.iter().map(|of| of.id.as_str()).collect();
            let ids = if ids.is_empty() { "-".to_owned() } else { ids.join(" ") };
            found += &format!("{}: {ids}\n", report.name);
        }
        // A new report, or a new break, changes a line here that somebody has looked at.
        assert_eq!(found, include_str!("../../tests/queries/breaks.txt"));
    }

    #[test]
    fn a_row_of_a_series_names_the_breaks_in_its_time() {
        let library = library();
        let catalog = Catalog::without_rows(&library).expect("tables");
        let report = |name| library.get(Kind::Report, name).expect("a report");
        let weekly = report("version_adoption_by_week");
        let Rested { frame, breaks, .. } = Rested::of(&catalog, &library, weekly).expect("a result");
        assert_eq!(frame.columns().last().map(|column| column.name().as_str()), Some(BREAKS_COLUMN));
        let weeks = df!("week" => ["2023-04-17", "2023-04-24", "2024-05-06"]).expect("a frame");
        let marked = marked(&Series::of(weekly).expect("a series"), &breaks, weeks).expect("marked");
        let ids: Vec<_> = marked.column(BREAKS_COLUMN).expect("a column").str().expect("text").iter().collect();
        assert_eq!(ids, [None, Some("id-per-command,invalid-ends"), Some("opt-out-in-project")]);
        // What is no series, or touched by nothing, stays as it is.
        for name in ["platform_os", "rejects_by_reason"] {
            let frame = Rested::of(&catalog, &library, report(name)).expect("a result").frame;
            assert!(frame.column(BREAKS_COLUMN).is_err(), "{name}");
        }
    }
}
