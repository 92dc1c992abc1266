//! Columns that a statement hands on as they are, row by row, from a table that it joins and sorts.
//!
//! Most columns of the largest mart are such. The engine would carry all of them through its join and its sort. Here the
//! statement gives instead, for each of its rows, which row of the table it is of; and a column is taken when somebody asks
//! for it ([`super::mart_rows`]), so that few are in memory at a time.

use std::collections::{BTreeMap, BTreeSet};

use sqlparser::ast::{
    Expr, Function, Ident, JoinConstraint, JoinOperator, ObjectNamePart, Query, Select, SelectItem, SetExpr, Statement,
    TableFactor, TableWithJoins,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::walk::{any_expression, each_expression};

/// Functions whose value of a row depends on nothing but that row.
const OF_A_ROW: [&str; 4] = ["COALESCE", "NULLIF", "ROUND", "SUBSTR"];

/// What comes before the name of a table in that of the column that numbers its rows.
const ROW_OF: &str = "row_of_";

/// A statement some of whose columns are handed on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HandingOn {
    /// The statement without them, but with the numbers of the rows that they are of.
    pub statement: String,
    /// All columns of what it was, in their order.
    pub columns: Vec<OutputColumn>,
    /// The tables whose rows are numbered.
    pub tables: BTreeSet<String>,
}

/// A column of what a statement gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OutputColumn {
    /// One that it gives itself, of this name.
    Own(String),
    /// One of a table.
    HandedOn { name: String, table: String, column: String },
}

/// The name of the column that numbers the rows of a table.
pub(super) fn row_of(table: &str) -> String {
    format!("{ROW_OF}{table}")
}

impl HandingOn {
    /// Takes a statement apart; `None` if none of its columns is handed on, or that is not certain: each of its rows must be
    /// one row of the first table and at most one of each other.
    pub(super) fn of(statement: &str) -> Option<Self> {
        let mut statements = Parser::parse_sql(&GenericDialect {}, statement).ok()?;
        let (Some(Statement::Query(mut query)), true) = (statements.pop(), statements.is_empty()) else {
            return None;
        };
        let ordering = is_plain(&query).then(|| Ordering::of(&query))?;
        let SetExpr::Select(select) = query.body.as_mut() else { return None };
        let names = is_row_by_row(select).then(|| tables(&select.from))??;
        let (mut columns, mut kept, mut tables) = (Vec::new(), Vec::new(), BTreeMap::new());
        for item in std::mem::take(&mut select.projection) {
            let SelectItem::ExprWithAlias { expr, alias } = &item else { return None };
            let name = alias.value.clone();
            if !is_of_a_row(expr) {
                return None;
            }
            match handed_on(expr).filter(|_| !ordering.needs(expr, &name)) {
                Some((of, column)) => {
                    let table = names.get(of)?.clone();
                    tables.insert(table.clone(), of.to_owned());
                    columns.push(OutputColumn::HandedOn { name, table, column: column.to_owned() });
                }
                None => {
                    columns.push(OutputColumn::Own(name));
                    kept.push(item);
                }
            }
        }
        if tables.is_empty() {
            return None;
        }
        kept.extend(tables.iter().map(|(table, of)| {
            let row = Ident::new(row_of(table));
            SelectItem::ExprWithAlias { expr: Expr::CompoundIdentifier(vec![Ident::new(of), row.clone()]), alias: row }
        }));
        select.projection = kept;
        Some(Self { statement: query.to_string(), columns, tables: tables.into_keys().collect() })
    }
}

/// Whether a query is no more than a SELECT in some order.
fn is_plain(query: &Query) -> bool {
    query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none()
}

/// Whether a SELECT gives a row for each row that it joins, or for none.
fn is_row_by_row(select: &Select) -> bool {
    let groups = match &select.group_by {
        sqlparser::ast::GroupByExpr::Expressions(by, modifiers) => by.len() + modifiers.len(),
        sqlparser::ast::GroupByExpr::All(_) => 1,
    };
    groups == 0
        && select.distinct.is_none()
        && select.top.is_none()
        && select.having.is_none()
        && select.qualify.is_none()
        && select.lateral_views.is_empty()
}

/// The tables of a FROM by the names that the statement has for them; `None`: something else is in it, or one table twice.
fn tables(from: &[TableWithJoins]) -> Option<BTreeMap<String, String>> {
    let [TableWithJoins { relation, joins }] = from else { return None };
    let are_joined = joins.iter().all(|join| {
        matches!(
            &join.join_operator,
            JoinOperator::Join(JoinConstraint::On(_))
                | JoinOperator::Inner(JoinConstraint::On(_))
                | JoinOperator::Left(JoinConstraint::On(_))
                | JoinOperator::LeftOuter(JoinConstraint::On(_))
        )
    });
    let relations = are_joined.then(|| std::iter::once(relation).chain(joins.iter().map(|join| &join.relation)))?;
    let mut tables = BTreeMap::new();
    for relation in relations {
        let TableFactor::Table { name, alias: Some(alias), .. } = relation else { return None };
        let [ObjectNamePart::Identifier(table)] = name.0.as_slice() else { return None };
        tables.insert(alias.name.value.clone(), table.value.clone());
    }
    let different: BTreeSet<&String> = tables.values().collect();
    (different.len() == joins.len() + 1).then_some(tables)
}

/// The table, as the statement names it, and the column that an expression is.
fn handed_on(expr: &Expr) -> Option<(&str, &str)> {
    match expr {
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [table, column] => Some((&table.value, &column.value)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether an expression depends on nothing but the values of one row.
fn is_of_a_row(expr: &Expr) -> bool {
    !any_expression(expr, |part| match part {
        Expr::Function(Function { name, over: None, filter: None, .. }) => {
            !OF_A_ROW.contains(&name.to_string().to_uppercase().as_str())
        }
        Expr::Function(_) | Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => true,
        _ => false,
    })
}

/// What the rows of a query are sorted by.
struct Ordering {
    columns: BTreeSet<String>,
}

impl Ordering {
    fn of(query: &Query) -> Self {
        let mut columns = BTreeSet::new();
        each_expression(&query.order_by, |part| {
            let column = match part {
                Expr::Identifier(column) => Some(column),
                Expr::CompoundIdentifier(parts) => parts.last(),
                _ => None,
            };
            columns.extend(column.map(|column| column.value.clone()));
        });
        Self { columns }
    }

    /// Whether a column may be one of these, by its own name or by that in its table.
    fn needs(&self, expr: &Expr, name: &str) -> bool {
        self.columns.contains(name) || handed_on(expr).is_some_and(|(_, column)| self.columns.contains(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_tables_are_handed_on_but_for_those_that_rows_are_sorted_by() {
        let HandingOn { statement, columns, tables } = HandingOn::of(
            "SELECT r.id AS id, r.x AS a, i.day AS day, COALESCE(r.y, i.y) AS y FROM runs AS r \
             INNER JOIN invocations AS i ON r.i = i.i LEFT JOIN others AS o ON r.o = o.o WHERE r.z > 1 ORDER BY r.id",
        )
        .expect("some are");
        assert_eq!(
            statement,
            "SELECT r.id AS id, COALESCE(r.y, i.y) AS y, i.row_of_invocations AS row_of_invocations, \
             r.row_of_runs AS row_of_runs FROM runs AS r INNER JOIN invocations AS i ON r.i = i.i \
             LEFT JOIN others AS o ON r.o = o.o WHERE r.z > 1 ORDER BY r.id"
        );
        let handed_on = |name: &str, table: &str, column: &str| OutputColumn::HandedOn {
            name: name.to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
        };
        let own = |name: &str| OutputColumn::Own(name.to_owned());
        let expected = [own("id"), handed_on("a", "runs", "x"), handed_on("day", "invocations", "day"), own("y")];
        assert_eq!(columns, expected);
        assert_eq!(tables, BTreeSet::from(["invocations".to_owned(), "runs".to_owned()]));
    }

    #[test]
    fn what_is_not_row_by_row_is_left_as_it_is() {
        for statement in [
            "SELECT MAX(t.x) AS x, t.y AS y FROM t AS t",
            "SELECT t.y AS y, COUNT(*) AS n FROM t AS t GROUP BY t.y",
            "SELECT t.y AS y FROM t AS t GROUP BY ALL",
            "SELECT DISTINCT t.y AS y FROM t AS t",
            "SELECT t.y AS y, ROW_NUMBER() OVER (ORDER BY t.x) AS n FROM t AS t",
            "SELECT t.y AS y, COALESCE(t.x, SUM(t.x) OVER (PARTITION BY t.y)) AS n FROM t AS t",
            "SELECT t.y AS y, (SELECT MAX(u.x) FROM u) AS n FROM t AS t",
            "SELECT t.y AS y FROM t AS t LIMIT 1",
            "SELECT t.y AS y FROM t AS t, u AS u",
            "SELECT t.y AS y FROM t AS t FULL JOIN u AS u ON t.x = u.x",
            "SELECT t.y AS y FROM t AS t CROSS JOIN u AS u",
            "SELECT t.y AS y FROM t AS t JOIN u AS u USING (x)",
            "SELECT t.y AS y FROM t AS t JOIN t AS u ON t.x = u.y",
            "SELECT t.y AS y FROM (SELECT y FROM u) AS t",
            "SELECT t.y AS y FROM t AS t UNION ALL SELECT u.y AS y FROM u AS u",
            "SELECT t.y AS y FROM t AS t ORDER BY t.y",
            "SELECT t.x AS y FROM t AS t ORDER BY y",
            "SELECT t.y, t.x AS x FROM t AS t",
            "SELECT * FROM t AS t",
            "SELECT y AS y FROM t AS t",
            "SELECT t.y AS y FROM t",
            "WITH t AS (SELECT 1 AS y) SELECT t.y AS y FROM t AS t",
            "no SQL",
        ] {
            assert_eq!(HandingOn::of(statement), None, "{statement}");
        }
    }
}
