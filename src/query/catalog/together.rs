//! Several queries of one catalog: which are run side by side, in what order, and what of the marts stays in memory from one
//! to the next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::iter;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, PoisonError};
use std::thread;

use super::super::QueryError;
use super::super::lake::DUPLICATES;
use super::super::lake_table::LakeTable;
use super::super::library::{Library, Query};
use super::super::side_by_side::side_by_side;
use super::super::table::Table;
use super::Catalog;

/// How many rows of a mart queries have in memory at once. What the engine makes of them takes up to a kilobyte for each.
pub const ROWS_AT_ONCE: u64 = 250_000;

/// How many of them each query may have at least, however many are run side by side: with 60,000 all reports take a tenth
/// more processor time than with 125,000.
const LEAST_ROWS: u64 = 50_000;

/// How many bytes of columns by pieces stay in memory from one query to the next, for each row that may be there at once.
const KEPT_BYTES: u64 = 512;

/// What a query is expected to ask for.
pub(super) struct Expected {
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

impl Catalog {
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

    /// Some of the queries in the order in which they are run side by side, each with its place: what reads most comes first,
    /// so that nothing long is left for a single thread at the end; what reads views that another one has computed comes
    /// last, as it would wait for these.
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
    pub(super) fn begun(&self, query: &str) {
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
    pub(super) fn is_large(&self) -> bool {
        self.most_rows.get_or_init(|| self.most_rows_of(self.lake())).is_some()
    }

    /// Whether it is a mart with more rows than a query may have in memory: nothing of it stays there as a whole.
    fn has_many_rows(&self, table: &LakeTable) -> bool {
        self.most_rows_of(iter::once(table)).is_some()
    }

    /// How many rows a query has in memory at once.
    pub(super) fn rows_of_piece(&self) -> u64 {
        (self.rows_at_once / self.side_by_side).max(self.rows_at_once.clamp(1, LEAST_ROWS))
    }

    /// How many rows the largest of some marts has, if a query may not have as many in memory at once. One that cannot be read
    /// is told of by whoever reads it.
    pub(super) fn most_rows_of<'t>(&self, tables: impl Iterator<Item = &'t LakeTable>) -> Option<u64> {
        let rows = |table: &LakeTable| table.rows_beyond(self.rows_of_piece()).ok().flatten();
        tables.filter(|table| table.is_of_projects()).filter_map(rows).max()
    }

    /// Drops what is in memory of large marts as a whole.
    pub(super) fn forget(&self) {
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
}

/// The words of a statement, comments aside.
fn words(sql: &str) -> impl Iterator<Item = &str> {
    let lines = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use polars::prelude::*;

    use super::super::super::lake_table::Asked;
    use super::super::super::library::Kind;
    use super::super::super::packed::Piece;
    use super::*;
    use crate::event::Day;
    use crate::lake::{Store, layout};
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
            let piece = Piece::of_projects(1, 2);
            let frame = catalog.tables["invocations"]
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
