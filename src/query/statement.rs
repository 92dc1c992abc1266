//! How the engine runs one statement.

use std::collections::BTreeMap;

use polars::prelude::*;
use polars::sql::SQLContext;

use super::macros::functions;

/// Tables by the names that statements know them by.
pub(super) type Frames = BTreeMap<String, LazyFrame>;

/// The plan of a statement over some tables.
///
/// Each has a context of its own: in one that has run another statement, the engine still knows what that one derived in
/// its FROM, and takes it for a table whose alias is the same.
pub(super) fn plan_of(sql: &str, frames: &Frames) -> PolarsResult<LazyFrame> {
    let mut context = SQLContext::new().with_function_registry(functions());
    for (name, frame) in frames {
        context.register(name, frame.clone());
    }
    context.execute(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_derives_is_no_table_of_the_next() {
        let one = df!("x" => [1]).expect("a frame").lazy();
        let frames = Frames::from([("t".to_owned(), one)]);
        let derived = "SELECT e.y FROM (SELECT x AS y FROM t) AS e";
        assert_eq!(plan_of(derived, &frames).and_then(LazyFrame::collect).expect("rows").height(), 1);
        let aliased = plan_of("SELECT e.x FROM t AS e JOIN t AS f ON e.x = f.x", &frames);
        assert_eq!(aliased.and_then(LazyFrame::collect).expect("rows").height(), 1);
        assert!(plan_of("SELECT y FROM e", &frames).is_err());
    }
}
