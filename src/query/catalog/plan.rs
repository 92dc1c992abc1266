//! How a catalog runs a statement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use polars::prelude::*;

use super::super::QueryError;
use super::super::ctes::{Part, StatementKind, Steps, by_dimension, prepared};
use super::super::handing_on::{HandingOn, row_of};
use super::super::lake::DUPLICATES;
use super::super::lake_table::{Asked, LakeTable};
use super::super::mart_rows::MartRows;
use super::super::packed::Piece;
use super::super::pieces::{PieceTables, Pieces, Tables, one_below_the_other};
use super::super::recoding::Recoding;
use super::super::statement::{Frames, plan_of};
use super::super::table::Table;
use super::{Catalog, KeptView, View};

/// Into how many pieces projects are taken apart at most. Each costs its time.
const PIECES: u64 = 1000;

/// What a query that is planned says and hears beside its SQL.
#[derive(Clone, Copy)]
struct Asking<'a> {
    /// Notes the columns that it asks for.
    asked: &'a Asked,
    /// Values of marts that are one for it.
    recoding: Option<&'a Recoding>,
}

impl Catalog {
    /// Runs one statement.
    pub fn run(&self, query: &str, sql: &str) -> Result<DataFrame, QueryError> {
        Ok(self.run_asking(query, sql)?.0)
    }

    /// Runs the statement of a mart. Columns that it hands on are taken from their tables when they are asked for.
    pub fn run_mart(&self, mart: &str, sql: &str) -> Result<MartRows, QueryError> {
        let failed = |reason| self.failed(mart, reason);
        let Steps { tables, first, parts } = Steps::of(mart, sql, StatementKind::Mart)?;
        let (false, [Part { first: of_part, rest }]) = (self.is_large(), parts.as_slice()) else {
            return self.run(mart, sql).map(MartRows::of_frame);
        };
        let asking = Asking { asked: &Asked::default(), recoding: None };
        let mut frames = self.frames(mart, &tables, asking)?;
        let mut results = self.run_steps(&mut frames, &first).map_err(failed)?;
        results.extend(self.run_steps(&mut frames, of_part).map_err(failed)?);
        let table =
            |name: &String| results.get(name).cloned().map(Table::Frame).or_else(|| self.tables.get(name).cloned());
        let mut rows = || {
            let numbered = HandingOn::of(rest).and_then(|handing_on| {
                let tables = handing_on.tables.iter().map(|name| Some((name.clone(), table(name)?)));
                Some((tables.collect::<Option<Vec<_>>>()?, handing_on))
            });
            let Some((tables, HandingOn { statement, columns, .. })) = numbered else {
                return plan_of(rest, &frames)?.collect().map(MartRows::of_frame);
            };
            for (name, frame) in frames.iter_mut().filter(|(name, _)| tables.iter().any(|(table, _)| table == *name)) {
                *frame = frame.clone().with_row_index(row_of(name), None);
            }
            MartRows::new(columns, plan_of(&statement, &frames)?.collect()?, tables)
        };
        rows().map_err(failed)
    }

    /// Runs one statement over marts in which some values are one.
    pub fn run_recoded(&self, query: &str, sql: &str, recoding: &Recoding) -> Result<DataFrame, QueryError> {
        let asking = Asking { asked: &Asked::default(), recoding: Some(recoding) };
        let frame = self.plan(query, sql, false, asking)?.collect().map_err(|reason| self.failed(query, reason));
        if self.is_large() {
            self.forget();
        }
        frame
    }

    /// Runs one statement; also the columns of the lake's tables, each with its table, that it asked for.
    pub(in crate::query) fn run_asking(
        &self,
        query: &str,
        sql: &str,
    ) -> Result<(DataFrame, BTreeSet<(String, String)>), QueryError> {
        let asked = Asked::default();
        self.begun(query);
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
        if self.is_large()
            && let Some(plan) = self.plan_in_pieces(query, sql, is_view, asking)?
        {
            return Ok(plan);
        }
        let kind = match (is_view, self.is_of_day) {
            (true, _) => StatementKind::View,
            (false, true) => StatementKind::Mart,
            (false, false) => StatementKind::Query,
        };
        let Steps { tables, first, parts } = Steps::of(query, sql, kind)?;
        let mut frames = self.frames(query, &tables, asking)?;
        self.run_steps(&mut frames, &first).map_err(failed)?;
        if let [Part { first, rest }] = parts.as_slice() {
            self.run_steps(&mut frames, first).map_err(failed)?;
            return plan_of(rest, &frames).map_err(failed);
        }
        let mut rows = Vec::new();
        for Part { first, rest } in &parts {
            let mut frames = frames.clone();
            self.run_steps(&mut frames, first).map_err(failed)?;
            rows.push(plan_of(rest, &frames).and_then(LazyFrame::collect).map_err(failed)?);
        }
        Ok(one_below_the_other(rows).map_err(failed)?.lazy())
    }

    /// Those of some tables and views that there are, as a query sees them. Anything else is a CTE of the statement, or
    /// unknown: then the engine says so.
    fn frames<'n>(
        &self,
        query: &str,
        names: impl IntoIterator<Item = &'n String>,
        asking: Asking<'_>,
    ) -> Result<Frames, QueryError> {
        let mut frames = Frames::new();
        for name in names {
            if let Some(frame) = self.table(query, name, asking)? {
                frames.insert(name.clone(), frame);
            }
        }
        Ok(frames)
    }

    /// Runs steps of a statement, whose results the later ones know by their names, and gives them.
    fn run_steps(&self, frames: &mut Frames, steps: &[(String, String)]) -> PolarsResult<BTreeMap<String, DataFrame>> {
        let mut results = BTreeMap::new();
        for (name, step) in steps {
            let frame = plan_of(step, frames).and_then(LazyFrame::collect)?;
            if self.is_large() {
                self.forget();
            }
            frames.insert(name.clone(), frame.clone().lazy());
            results.insert(name.clone(), frame);
        }
        Ok(results)
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
        let frame = table.scan(name, asking.asked, piece)?;
        match asking.recoding {
            Some(recoding) => recoding.apply(frame, &table.schema()),
            None => Ok(frame),
        }
    }

    fn view(&self, name: &str) -> Option<&View> {
        self.views.iter().find(|view| view.query.name == name)
    }

    /// The plan of a statement over tables that are too large for memory, one piece of the projects after the other; `None`
    /// if it is run as it is.
    fn plan_in_pieces(
        &self,
        name: &str,
        sql: &str,
        is_view: bool,
        asking: Asking<'_>,
    ) -> Result<Option<LazyFrame>, QueryError> {
        let Some(plans) = self.pieces(name, sql, is_view)? else { return Ok(None) };
        let tables: BTreeSet<&str> = plans.iter().flat_map(|plan| &plan.tables).map(String::as_str).collect();
        let of_query = self.most_rows_of(tables.iter().filter_map(|table| self.of_projects(table)));
        let Some(of_query) = of_query else { return Ok(None) };
        // For all queries that are expected in as many, so that what one reads serves the others.
        let of_all = self.most_rows.get().copied().flatten().filter(|_| self.expected.is_some());
        let rows = of_all.unwrap_or(of_query);
        match usize::try_from(rows.div_ceil(self.rows_of_piece()).min(PIECES)) {
            // And the first, of rows without a project.
            Ok(count @ 2..) => self.plan_in(count + 1, &plans, name, asking).map(Some),
            _ => Ok(None),
        }
    }

    /// What is to be run for a statement, for each dimension of a view; `None` if nothing of it is made of pieces.
    fn pieces(&self, name: &str, sql: &str, is_view: bool) -> Result<Option<Vec<Pieces>>, QueryError> {
        let Some((query, _)) = prepared(name, sql, is_view)? else { return Ok(None) };
        let queries = if is_view { by_dimension(&query) } else { vec![query] };
        Ok(queries.iter().map(|query| Pieces::of(query, self)).collect())
    }

    /// The plan of what is run over so many pieces.
    fn plan_in(&self, count: usize, plans: &[Pieces], name: &str, asking: Asking<'_>) -> Result<LazyFrame, QueryError> {
        let failed = |reason| self.failed(name, reason);
        let scan = |name: &str, piece: Piece| match self.tables.get(name) {
            Some(table) => self.scan(table, name, asking, Some(piece)),
            None => polars_bail!(ComputeError: "{name} is gone"),
        };
        let mut all = Vec::new();
        for plan in plans {
            let whole = self.frames(name, &plan.tables, asking)?;
            let names = plan.tables.iter().filter(|name| self.of_projects(name).is_some()).cloned().collect();
            let pieces = PieceTables {
                count,
                parts: &|| self.parts(&plan.tables, count),
                rows: usize::try_from(self.rows_at_once).unwrap_or(usize::MAX),
                names,
                scan: &scan,
                forget: &|| self.forget(),
            };
            let rows = plan.run(whole, &pieces).map_err(failed)?;
            if plans.len() == 1 {
                return Ok(rows);
            }
            all.push(rows.collect().map_err(failed)?);
            self.forget();
        }
        Ok(one_below_the_other(all).map_err(failed)?.lazy())
    }

    /// Into how many parts the first of so many pieces of some tables is divided, so that none has more rows than others.
    fn parts(&self, tables: &BTreeSet<String>, count: usize) -> PolarsResult<usize> {
        let mut most = 0;
        for table in tables.iter().filter_map(|name| self.of_projects(name)) {
            most = most.max(table.rows_of_invocations(count)? as u64);
        }
        Ok(usize::try_from(most.div_ceil(self.rows_of_piece()).clamp(1, PIECES)).unwrap_or(1))
    }

    /// A table whose rows can be told apart by project.
    fn of_projects(&self, name: &str) -> Option<&LakeTable> {
        match self.tables.get(name) {
            Some(Table::Lake(table)) => Some(&**table).filter(|table| table.is_of_projects()),
            _ => None,
        }
    }

    fn failed(&self, query: &str, reason: PolarsError) -> QueryError {
        let changed = |table: &Table| match table {
            Table::Lake(table) => table.changed().map(str::to_owned),
            Table::Frame(_) | Table::Mart(_) => None,
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
                if self.is_large() {
                    self.forget();
                }
                kept.insert(KeptView { frame, asked: of_view.columns() })
            }
        };
        asked.extend(result.asked.iter().cloned());
        Ok(result.frame.clone())
    }
}

impl Tables for Catalog {
    fn is_known(&self, name: &str) -> bool {
        self.tables.contains_key(name) || self.view(name).is_some() || name == DUPLICATES
    }

    fn is_in_pieces(&self, name: &str) -> bool {
        self.of_projects(name).is_some()
    }

    fn view(&self, name: &str) -> Option<sqlparser::ast::Query> {
        let view = Self::view(self, name)?;
        let (query, _) = prepared(view.query.name, view.query.sql, true).ok()??;
        Some(query)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::lineage::rests_on;
    use super::super::super::{Kind, Library};
    use super::*;

    #[test]
    fn what_is_run_in_pieces_has_the_same_columns_and_breaks() {
        let library = Library::load().expect("the library is in order");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let mut count = 0;
        for query in [Kind::View, Kind::Report].into_iter().flat_map(|kind| library.of_kind(kind)) {
            let is_view = query.kind == Kind::View;
            let (in_pieces, whole) = (Asked::default(), Asked::default());
            let asking = |asked| Asking { asked, recoding: None };
            let Some(plans) = catalog.pieces(query.name, query.sql, is_view).expect("macros") else { continue };
            let plan = catalog.plan_in(2, &plans, query.name, asking(&in_pieces)).expect("a plan");
            let frame = plan.collect().unwrap_or_else(|reason| panic!("{}: {reason}", query.name));
            let expected = catalog.plan(query.name, query.sql, is_view, asking(&whole)).expect("a plan");
            let expected = expected.collect().expect("columns");
            assert_eq!(frame.schema(), expected.schema(), "{}", query.name);
            let breaks = |asked: Asked| {
                let columns = rests_on(&library, query, asked.columns()).expect("columns");
                library.breaks().touching(&columns).into_iter().map(|of| of.id.clone()).collect::<Vec<_>>()
            };
            assert_eq!(breaks(in_pieces), breaks(whole), "{}", query.name);
            count += 1;
        }
        assert!(count > 60, "{count}");
    }
}
