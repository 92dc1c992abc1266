//! Parts of a statement that are run for themselves.
//!
//! The engine computes a CTE anew wherever it is named. Those that are named more than once are statements of their own
//! here, run first, whose results the rest then reads like tables. So are those that call one of our functions, which the
//! engine does not know within a CTE. And of a mart all are: the engine plans everything that a CTE is made of anew wherever
//! it looks for its columns, which took a quarter of the time of a build. Of other queries the engine is to see as much as
//! it can, so that it asks for no column that does not matter ([`super::lineage`]).
//!
//! A view that looks at single runs by dimension has all of them once for each dimension, in its CTE [`BY_DIMENSION`]. It
//! is run for one dimension after the other, so that one of them is in memory and not all. Not so others that count before
//! they unpivot: the last digit of a quotient depends on whether its divisor stands alone in the engine's column.

use std::collections::BTreeSet;

use polars::sql::extract_table_identifiers;
use sqlparser::ast::{Cte, Query, SetExpr, SetOperator, SetQuantifier, Statement, With};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::QueryError;
use super::macros::{calls_function, prepare};
use super::pieces::reads;
use super::walk::each_table;

/// The CTE of a view that is a union of its rows by dimension: whatever reads it, reads each dimension for itself.
const BY_DIMENSION: &str = "by_dimension";

/// What a statement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementKind {
    /// A mart, as it is built.
    Mart,
    /// A view, whose order nobody sees.
    View,
    /// Anything else.
    Query,
}

/// A statement as the engine takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Steps {
    /// The tables and views that it names, and CTEs.
    pub tables: Vec<String>,
    /// Statements to run first, in this order, each with the name by which the later ones know its result.
    pub first: Vec<(String, String)>,
    /// What gives the rows of the statement, one after the other.
    pub parts: Vec<Part>,
}

/// What gives some or all rows of a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What is to be run before it alone.
    pub first: Vec<(String, String)>,
    /// The statement without that.
    pub rest: String,
}

impl Steps {
    /// The steps of a statement, of which macros have become their text; of a view, whose order nobody sees, without it.
    ///
    /// # Errors
    /// When a macro is given too few values, or too many. What is no SQL the engine refuses, and says why.
    pub(super) fn of(name: &str, sql: &str, kind: StatementKind) -> Result<Self, QueryError> {
        let Some((query, is_as_written)) = prepared(name, sql, kind == StatementKind::View)? else {
            let tables = extract_table_identifiers(sql, false, true)
                .map_err(|reason| QueryError::Engine { query: name.to_owned(), reason })?;
            let whole = Part { first: Vec::new(), rest: sql.to_owned() };
            return Ok(Self { tables, first: Vec::new(), parts: vec![whole] });
        };
        let tables = tables(&query).into_iter().collect();
        let (first, mut parts) = taken_apart(query, kind);
        if let [Part { first: own, rest }] = parts.as_mut_slice()
            && is_as_written
            && first.is_empty()
            && own.is_empty()
        {
            sql.clone_into(rest);
        }
        Ok(Self { tables, first, parts })
    }
}

/// A query that can be taken apart, in which macros have become their text, and whether it is as it was written; of a view,
/// whose order nobody sees, without it. `None`: what is no SQL, or more than a query.
///
/// # Errors
/// When a macro is given too few values, or too many.
pub(super) fn prepared(name: &str, sql: &str, is_view: bool) -> Result<Option<(Query, bool)>, QueryError> {
    let mut statements = Parser::parse_sql(&GenericDialect {}, sql).unwrap_or_default();
    let (Some(Statement::Query(mut query)), true) = (statements.pop(), statements.is_empty()) else {
        return Ok(None);
    };
    let mut is_as_written = !prepare(name, &mut query)?;
    if is_view && query.limit_clause.is_none() && query.fetch.is_none() {
        is_as_written &= query.order_by.take().is_none();
    }
    Ok(Some((*query, is_as_written)))
}

/// The query of a view for each of its dimensions; of any other query itself.
pub(super) fn by_dimension(query: &Query) -> Vec<Query> {
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    let Some((place, of)) = ctes.enumerate().find(|(_, cte)| cte.alias.name.value == BY_DIMENSION) else {
        return vec![query.clone()];
    };
    let of_dimension = |body: SetExpr| {
        let mut query = query.clone();
        if let Some(cte) = query.with.as_mut().and_then(|with| with.cte_tables.get_mut(place)) {
            *cte.query.body = body;
        }
        query
    };
    dimensions(&of.query.body).into_iter().map(of_dimension).collect()
}

/// What is to be run before a query, each with its name, and what then gives its rows; of a view, by dimension.
fn taken_apart(mut query: Query, kind: StatementKind) -> (Vec<(String, String)>, Vec<Part>) {
    let mut first = Vec::new();
    let Some(with) = query.with.take_if(|with| !with.recursive) else {
        return (first, vec![Part { first: Vec::new(), rest: query.to_string() }]);
    };
    let mut own: Vec<Cte> = Vec::new();
    let mut waiting = with.cte_tables.clone().into_iter();
    while let Some(cte) = waiting.next() {
        let name = cte.alias.name.value.clone();
        if kind == StatementKind::View && name == BY_DIMENSION {
            let parts = dimensions(&cte.query.body).into_iter().map(Box::new).map(|body| {
                let of_dimension = Cte { query: Box::new(Query { body, ..*cte.query.clone() }), ..cte.clone() };
                let cte_tables = own.iter().cloned().chain([of_dimension]).chain(waiting.as_slice().to_vec()).collect();
                let part = Query { with: Some(With { cte_tables, ..with.clone() }), ..query.clone() };
                taken_apart(part, StatementKind::Query)
            });
            // Each is one part, what is run before it is its own.
            let parts = parts.flat_map(|(first, parts)| parts.into_iter().map(move |part| (first.clone(), part)));
            let parts = parts.map(|(first, part)| Part { first, rest: part.rest }).collect();
            return (first, parts);
        }
        let later = waiting.as_slice().iter().map(|later| &*later.query).chain([&query]);
        let readers: usize = later.map(|reader| times(reader, &name)).sum();
        let is_for_itself = readers > if kind == StatementKind::Mart { 0 } else { 1 };
        // One with CTEs of its own, or with names for its columns, stays where it is.
        if (is_for_itself || calls_function(&cte.query)) && cte.query.with.is_none() && cte.alias.columns.is_empty() {
            first.push((name, with_ctes(&with, &own, *cte.query).to_string()));
        } else {
            own.push(cte);
        }
    }
    let query = if first.is_empty() { Query { with: Some(with), ..query } } else { with_ctes(&with, &own, query) };
    (first, vec![Part { first: Vec::new(), rest: query.to_string() }])
}

/// What a union is made of.
fn dimensions(body: &SetExpr) -> Vec<SetExpr> {
    match body {
        SetExpr::SetOperation { op: SetOperator::Union, set_quantifier: SetQuantifier::All, left, right } => {
            [dimensions(left), dimensions(right)].concat()
        }
        one => vec![one.clone()],
    }
}

/// The tables that a query names, CTEs among them.
fn tables(query: &Query) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    each_table(query, |name| {
        tables.extend(name.0.last().and_then(|part| part.as_ident()).map(|part| part.value.clone()));
    });
    tables
}

/// A query under those of some CTEs that it reads, itself or through others.
fn with_ctes(with: &With, ctes: &[Cte], mut query: Query) -> Query {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    for (number, cte) in ctes.iter().enumerate().rev() {
        let name = &cte.alias.name.value;
        let is_read = times(&query, name) > 0 || needed.iter().any(|other| times(&ctes[*other].query, name) > 0);
        if is_read {
            needed.insert(number);
        }
    }
    let cte_tables: Vec<Cte> = needed.into_iter().map(|number| ctes[number].clone()).collect();
    query.with = (!cte_tables.is_empty()).then(|| With { cte_tables, ..with.clone() });
    query
}

/// How often a query names a table.
fn times(query: &Query, table: &str) -> usize {
    reads(query).get(&table.to_lowercase()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(sql: &str) -> (Vec<(String, String)>, String) {
        steps_of(sql, StatementKind::Query)
    }

    fn steps_of(sql: &str, kind: StatementKind) -> (Vec<(String, String)>, String) {
        let Steps { first, parts, .. } = Steps::of("q", sql, kind).expect("a statement");
        assert!(parts.len() == 1 && parts[0].first.is_empty(), "{parts:?}");
        (first, parts[0].rest.clone())
    }

    #[test]
    fn what_is_read_twice_is_a_step_of_its_own_and_of_a_mart_everything() {
        let sql = "WITH a AS (SELECT x FROM t), b AS (SELECT x FROM a), c AS (SELECT x FROM b UNION ALL SELECT x FROM b), \
                   unused AS (SELECT 1 AS y) SELECT c.x FROM c JOIN b ON c.x = b.x ORDER BY c.x";
        let step = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
        let first = vec![step("b", "WITH a AS (SELECT x FROM t) SELECT x FROM a")];
        let rest =
            "WITH c AS (SELECT x FROM b UNION ALL SELECT x FROM b) SELECT c.x FROM c JOIN b ON c.x = b.x ORDER BY c.x";
        assert_eq!(steps(sql), (first, rest.to_owned()));
        assert_eq!(Steps::of("q", sql, StatementKind::Query).expect("a statement").tables, ["a", "b", "c", "t"]);
        let first = vec![
            step("a", "SELECT x FROM t"),
            step("b", "SELECT x FROM a"),
            step("c", "SELECT x FROM b UNION ALL SELECT x FROM b"),
        ];
        let rest = "SELECT c.x FROM c JOIN b ON c.x = b.x ORDER BY c.x".to_owned();
        assert_eq!(steps_of(sql, StatementKind::Mart), (first, rest));
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
        let of_view = |sql| Steps::of("v", sql, StatementKind::View).expect("a statement").parts[0].rest.clone();
        assert_eq!(
            of_view("WITH a AS (SELECT 1 AS x ORDER BY x) SELECT x FROM a ORDER BY x"),
            "WITH a AS (SELECT 1 AS x ORDER BY x) SELECT x FROM a"
        );
        assert_eq!(of_view("SELECT x FROM t ORDER BY x LIMIT 1"), "SELECT x FROM t ORDER BY x LIMIT 1");
    }

    #[test]
    fn a_view_is_run_by_dimension() {
        let sql = "WITH a AS (SELECT x, y FROM t), by_dimension AS (SELECT 'x' AS d, x AS v FROM a UNION ALL SELECT 'y' AS d, y AS v \
                   FROM a), b AS (SELECT d, v FROM by_dimension), c AS (SELECT d FROM b) SELECT b.v FROM b JOIN c ON b.d = c.d";
        let Steps { first, parts, .. } = Steps::of("v", sql, StatementKind::View).expect("a statement");
        assert_eq!(first, [("a".to_owned(), "SELECT x, y FROM t".to_owned())]);
        let part = |column: &str| {
            let of_b = format!(
                "WITH by_dimension AS (SELECT '{column}' AS d, {column} AS v FROM a) SELECT d, v FROM by_dimension"
            );
            let rest = "WITH c AS (SELECT d FROM b) SELECT b.v FROM b JOIN c ON b.d = c.d".to_owned();
            Part { first: vec![("b".to_owned(), of_b)], rest }
        };
        assert_eq!(parts, [part("x"), part("y")]);
        assert_eq!(Steps::of("q", sql, StatementKind::Query).expect("a statement").parts.len(), 1);
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
        assert!(Steps::of("q", "no SQL", StatementKind::Query).is_err());
    }
}
