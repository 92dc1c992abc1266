//! Walks through the expressions and tables of a statement.
//!
//! Those of sqlparser are compiled anew for each closure that they are given, with the code of every kind of node that SQL
//! has: a third of a megabyte. Here there is one for reading and one for writing, which call whatever is wanted.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Query, Select, Visit, VisitMut, Visitor, VisitorMut};

/// What is called without an end.
const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

/// Whether something holds for any expression of a part of a statement. It is asked of an expression before those within it.
pub(super) fn any_expression(part: &impl Visit, mut holds: impl FnMut(&Expr) -> bool) -> bool {
    part.visit(&mut Reading { expression: &mut holds, table: &mut |_| {} }).is_break()
}

/// Looks at each expression of a part of a statement, before those within it.
pub(super) fn each_expression(part: &impl Visit, mut each: impl FnMut(&Expr)) {
    any_expression(part, |expression| {
        each(expression);
        false
    });
}

/// Looks at the name of each table in a part of a statement, of those in queries within it as well.
pub(super) fn each_table(part: &impl Visit, mut each: impl FnMut(&ObjectName)) {
    let _ = part.visit(&mut Reading { expression: &mut |_| false, table: &mut each });
}

/// Changes each expression of a part of a statement, after those within it.
pub(super) fn change_expressions(part: &mut impl VisitMut, mut each: impl FnMut(&mut Expr)) {
    let _ = change(part, &mut Each { expression: &mut each, table: &mut |_| {} });
}

/// Changes the name of each table in a part of a statement, of those in queries within it as well.
pub(super) fn change_tables(part: &mut impl VisitMut, mut each: impl FnMut(&mut ObjectName)) {
    let _ = change(part, &mut Each { expression: &mut |_| {}, table: &mut each });
}

/// Sends a visitor through a part of a statement, which it may change: to its queries, SELECTs, tables and expressions.
pub(super) fn change(part: &mut impl VisitMut, visitor: &mut dyn VisitorMut<Break = ()>) -> ControlFlow<()> {
    part.visit(&mut Changing(visitor))
}

/// The walk that reads.
struct Reading<'a> {
    /// Whether it ends at an expression.
    expression: &'a mut dyn FnMut(&Expr) -> bool,
    table: &'a mut dyn FnMut(&ObjectName),
}

impl Visitor for Reading<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, table: &ObjectName) -> ControlFlow<()> {
        (self.table)(table);
        GO_ON
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if (self.expression)(expression) { ControlFlow::Break(()) } else { GO_ON }
    }
}

/// What changes expressions and names of tables.
struct Each<'a> {
    expression: &'a mut dyn FnMut(&mut Expr),
    table: &'a mut dyn FnMut(&mut ObjectName),
}

impl VisitorMut for Each<'_> {
    type Break = ();

    fn post_visit_relation(&mut self, table: &mut ObjectName) -> ControlFlow<()> {
        (self.table)(table);
        GO_ON
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        (self.expression)(expression);
        GO_ON
    }
}

/// The walk that writes.
struct Changing<'a>(&'a mut dyn VisitorMut<Break = ()>);

impl VisitorMut for Changing<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.0.pre_visit_query(query)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.0.pre_visit_select(select)
    }

    fn post_visit_relation(&mut self, table: &mut ObjectName) -> ControlFlow<()> {
        self.0.post_visit_relation(table)
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.0.pre_visit_expr(expression)
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        self.0.post_visit_expr(expression)
    }
}

#[cfg(test)]
mod tests {
    use sqlparser::ast::{Ident, Statement};
    use sqlparser::dialect::GenericDialect;
    use sqlparser::parser::Parser;

    use super::*;

    fn statement(sql: &str) -> Statement {
        Parser::parse_sql(&GenericDialect {}, sql).expect("SQL").pop().expect("a statement")
    }

    #[test]
    fn outer_expressions_are_read_first_and_changed_last() {
        let mut of_all = statement("SELECT a + b FROM t WHERE EXISTS (SELECT c FROM u)");
        let mut read = Vec::new();
        each_expression(&of_all, |expression| read.push(expression.to_string()));
        assert_eq!(read, ["a + b", "a", "b", "EXISTS (SELECT c FROM u)", "c"]);
        assert!(any_expression(&of_all, |expression| matches!(expression, Expr::Exists { .. })));
        let mut changed = Vec::new();
        change_expressions(&mut of_all, |expression| {
            changed.push(expression.to_string());
            if matches!(expression, Expr::Identifier(name) if name.value == "a") {
                *expression = Expr::Identifier("z".into());
            }
        });
        assert_eq!(changed, ["a", "b", "z + b", "c", "EXISTS (SELECT c FROM u)"]);
    }

    #[test]
    fn tables_are_found_in_queries_within_queries() {
        let mut of_all =
            statement("WITH a AS (SELECT x FROM t) SELECT x FROM a JOIN b USING (x) WHERE x IN (SELECT y FROM c)");
        let mut read = Vec::new();
        each_table(&of_all, |table| read.push(table.to_string()));
        assert_eq!(read, ["t", "a", "b", "c"]);
        change_tables(&mut of_all, |table| *table = vec![Ident::new(format!("{table}1"))].into());
        let changed = "WITH a AS (SELECT x FROM t1) SELECT x FROM a1 JOIN b1 USING(x) WHERE x IN (SELECT y FROM c1)";
        assert_eq!(of_all.to_string(), changed);
    }
}
