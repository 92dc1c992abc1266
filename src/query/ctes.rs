//! Parts of a statement that are read several times.
//!
//! The engine computes a CTE anew wherever it is named. Those that are named more than once are statements of their own
//! here, run first, whose results the rest then reads like tables. So are those that call one of our functions, which the
//! engine does not know within a CTE.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use polars::sql::extract_table_identifiers;
use sqlparser::ast::{Cte, Query, Statement, With, visit_relations};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::QueryError;
use super::macros::{calls_function, prepare};

/// A statement as the engine takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// The tables and views that it names, and CTEs.
    pub tables: Vec<String>,
    /// Statements to run first, in this order, each with the name by which the later ones know its result.
    pub first: Vec<(String, String)>,
    /// The statement without them.
    pub rest: String,
}

impl Steps {
    /// The steps of a statement, of which macros have become their text; of a view, whose order nobody sees, without it.
    ///
    /// # Errors
    /// When a macro is given too few values, or too many. What is no SQL the engine refuses, and says why.
    pub(super) fn of(name: &str, sql: &str, is_view: bool) -> Result<Self, QueryError> {
        let mut statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap_or_default();
        let (Some(Statement::Query(mut query)), true) = (statements.pop(), statements.is_empty()) else {
            let tables = extract_table_identifiers(sql, false, true)
                .map_err(|reason| QueryError::Engine { query: name.to_owned(), reason })?;
            return Ok(Self { tables, first: Vec::new(), rest: sql.to_owned() });
        };
        let mut is_as_written = !prepare(name, &mut query)?;
        if is_view && query.limit_clause.is_none() && query.fetch.is_none() {
            is_as_written &= query.order_by.take().is_none();
        }
        let tables = tables(&query).into_iter().collect();
        let (first, query) = taken_apart(*query);
        let rest = if is_as_written && first.is_empty() { sql.to_owned() } else { query.to_string() };
        Ok(Self { tables, first, rest })
    }
}

/// What is to be run before a query, each with its name, and the query that reads it.
fn taken_apart(mut query: Query) -> (Vec<(String, String)>, Query) {
    let mut first = Vec::new();
    let Some(with) = query.with.take_if(|with| !with.recursive) else { return (first, query) };
    let mut own: Vec<Cte> = Vec::new();
    let mut waiting = with.cte_tables.clone().into_iter();
    while let Some(cte) = waiting.next() {
        let name = cte.alias.name.value.clone();
        let later = waiting.as_slice().iter().map(|later| &*later.query).chain([&query]);
        let readers: usize = later.map(|reader| reads(reader, &name)).sum();
        // One with CTEs of its own, or with names for its columns, stays where it is.
        if (readers > 1 || calls_function(&cte.query)) && cte.query.with.is_none() && cte.alias.columns.is_empty() {
            first.push((name, with_ctes(&with, &own, *cte.query).to_string()));
        } else {
            own.push(cte);
        }
    }
    let query = if first.is_empty() { Query { with: Some(with), ..query } } else { with_ctes(&with, &own, query) };
    (first, query)
}

/// The tables that a query names, CTEs among them.
fn tables(query: &Query) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    let _ = visit_relations(query, |name| {
        tables.extend(name.0.last().and_then(|part| part.as_ident()).map(|part| part.value.clone()));
        ControlFlow::<()>::Continue(())
    });
    tables
}

/// A query under those of some CTEs that it reads, itself or through others.
fn with_ctes(with: &With, ctes: &[Cte], mut query: Query) -> Query {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    for (number, cte) in ctes.iter().enumerate().rev() {
        let name = &cte.alias.name.value;
        let is_read = reads(&query, name) > 0 || needed.iter().any(|other| reads(&ctes[*other].query, name) > 0);
        if is_read {
            needed.insert(number);
        }
    }
    let cte_tables: Vec<Cte> = needed.into_iter().map(|number| ctes[number].clone()).collect();
    query.with = (!cte_tables.is_empty()).then(|| With { cte_tables, ..with.clone() });
    query
}

/// How often a query names a table.
fn reads(query: &Query, table: &str) -> usize {
    let mut times = 0;
    let _ = visit_relations(query, |name| {
        if name.to_string().eq_ignore_ascii_case(table) {
            times += 1;
        }
        ControlFlow::<()>::Continue(())
    });
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(sql: &str) -> (Vec<(String, String)>, String) {
        let Steps { first, rest, .. } = Steps::of("q", sql, false).expect("a statement");
        (first, rest)
    }

    #[test]
    fn what_is_read_twice_is_a_step_of_its_own() {
        let sql = "WITH a AS (SELECT x FROM t), b AS (SELECT x FROM a), c AS (SELECT x FROM b UNION ALL SELECT x FROM b), \
                   unused AS (SELECT 1 AS y) SELECT c.x FROM c JOIN b ON c.x = b.x ORDER BY c.x";
        let first = vec![("b".to_owned(), "WITH a AS (SELECT x FROM t) SELECT x FROM a".to_owned())];
        let rest =
            "WITH c AS (SELECT x FROM b UNION ALL SELECT x FROM b) SELECT c.x FROM c JOIN b ON c.x = b.x ORDER BY c.x";
        assert_eq!(steps(sql), (first, rest.to_owned()));
        assert_eq!(Steps::of("q", sql, false).expect("a statement").tables, ["a", "b", "c", "t"]);
    }

    #[test]
    fn a_table_of_the_same_name_is_no_reading() {
        let sql =
            "WITH days AS (SELECT d FROM days), a AS (SELECT d FROM days) SELECT a.d FROM a JOIN days ON a.d = days.d";
        let (first, rest) = steps(sql);
        assert_eq!(first, [("days".to_owned(), "SELECT d FROM days".to_owned())]);
        assert_eq!(rest, "WITH a AS (SELECT d FROM days) SELECT a.d FROM a JOIN days ON a.d = days.d");
    }

    #[test]
    fn an_order_that_nobody_sees_is_left_out() {
        let of_view = |sql| Steps::of("v", sql, true).expect("a statement").rest;
        assert_eq!(
            of_view("WITH a AS (SELECT 1 AS x ORDER BY x) SELECT x FROM a ORDER BY x"),
            "WITH a AS (SELECT 1 AS x ORDER BY x) SELECT x FROM a"
        );
        assert_eq!(of_view("SELECT x FROM t ORDER BY x LIMIT 1"), "SELECT x FROM t ORDER BY x LIMIT 1");
    }

    #[test]
    fn everything_else_is_one_step_as_it_is_written() {
        for sql in [
            "SELECT  1 AS a -- as written",
            "WITH a AS (SELECT 1 AS x) SELECT x FROM a",
            "WITH a(y) AS (SELECT 1 AS x) SELECT a.y FROM a JOIN a AS b ON a.y = b.y",
            "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x FROM a) SELECT x FROM a JOIN a AS b ON a.x = b.x",
            "SHOW TABLES",
            "SELECT 1; SELECT 2",
        ] {
            assert_eq!(steps(sql), (Vec::new(), sql.to_owned()), "{sql}");
        }
        assert!(Steps::of("q", "no SQL", false).is_err());
    }
}
