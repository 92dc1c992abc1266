//! A statement over marts that are too large for memory, run over one piece of the projects after the other.
//!
//! Almost everything is counted by project before it is counted by anything else. So a statement is taken apart: its CTEs
//! whose rows stay with their project are run over one piece of the projects after the other, and what aggregates over
//! projects is made of what each piece gives of it. What cannot be combined, a quantile or a rank over projects, reads all
//! pieces of what it is made from. Nobody declares anything: the statement's own words tell, and what is not certain is run
//! as a whole.
//!
//! A column *tells the piece* where equal values, nulls included, are in the same. That of a mart is [`PROJECT`]; rows
//! without a project are all in the first piece. It is passed on by its name, by COALESCE, and by grouping.
//!
//! Rows without a project may be many. Where each of them is told from the others by its invocation (grouped by
//! `COALESCE(project_key, invocation_id)`, mostly), the first piece is divided by that as well.

mod combination;
mod gathered;
mod keys;
mod run;
mod scope;
mod stages;
mod taking;

use std::collections::BTreeSet;

use sqlparser::ast::Query;

pub(super) use gathered::one_below_the_other;
pub(super) use run::PieceTables;
pub(super) use taking::reads;

use combination::OfAll;
use stages::staged;
use taking::Taking;

/// The column of marts that says of which project a row is.
pub(super) const PROJECT: &str = "project_key";

/// The column of marts that says of which invocation a row is, if they have it.
pub(super) const INVOCATION: &str = "invocation_id";

/// What is to be run for a statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    /// Whether rows without a project can be divided by their invocation.
    pub by_invocation: bool,
    /// What comes before the rest, in this order.
    pub stages: Vec<Stage>,
    /// What gives the rows of the statement, over whole tables.
    pub rest: String,
    /// The tables and views that it reads. What is not among them is run as a part of it.
    pub tables: BTreeSet<String>,
}

/// Some whole tables, and then what is made of the pieces with them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stage {
    /// Over whole tables.
    pub whole: Vec<Named>,
    /// Over each piece.
    pub rows: Vec<Named>,
    /// What is kept of each piece.
    pub results: Vec<Kept>,
}

/// A statement, and what the later ones call its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub sql: Sql,
    /// Whether several of the later ones read it.
    pub is_read_often: bool,
}

/// A statement over a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sql {
    /// As it is for rows without a project.
    pub text: String,
    /// Where every row has one: what stands for a missing one is never read.
    pub of_projects: String,
}

/// What is kept of each piece, and a table when all are through.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub name: String,
    pub given: Vec<Given>,
    /// What makes the table of all that is given, one below the other, which it calls [`Kept::parts`]; where something has
    /// not a column of another there are nulls. `None`: that is the table.
    pub of_all: Option<String>,
}

/// Some of what is kept of each piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Given {
    pub of_piece: Sql,
    /// What makes less of all that the pieces give of it, by the same name.
    pub of_all: OfAll,
}

impl Kept {
    /// What the statement that combines the pieces calls all that they give.
    pub(super) fn parts(name: &str) -> String {
        format!("{name}__parts")
    }
}

/// The tables and views that a statement may name.
pub(super) trait Tables {
    /// Whether there is one of this name.
    fn is_known(&self, name: &str) -> bool;
    /// Whether it is in pieces.
    fn is_in_pieces(&self, name: &str) -> bool;
    /// The statement of a view, with the text of macros, without its order.
    fn view(&self, name: &str) -> Option<Query>;
}

impl Pieces {
    /// What is to be run for a statement; `None` if it is run as it is: nothing of it is made of pieces, or its form is
    /// none that is known here.
    pub(super) fn of(query: &Query, tables: &dyn Tables) -> Option<Self> {
        let taken = |by_invocation| {
            let mut taking = Taking::new(tables, by_invocation);
            let rest = taking.statement(query, "")?;
            let rest = taking.last(rest);
            Some((taking, rest))
        };
        let (taking, rest) = taken(false)?;
        let by_invocation = taken(true).is_some_and(|(divided, _)| divided.is_made_like(&taking));
        let pieces = staged(&taking, &rest, by_invocation);
        Some(pieces).filter(|pieces| pieces.stages.iter().any(|stage| !stage.results.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Catalog, Kind, Library};
    use super::taking::tables;
    use super::*;
    use crate::query::ctes::{by_dimension, prepared};

    /// The marts that a plan reads as a whole.
    fn read_whole(pieces: &Pieces, catalog: &Catalog) -> BTreeSet<String> {
        let whole = pieces.stages.iter().flat_map(|stage| &stage.whole).map(|named| named.sql.text.as_str());
        let queries = whole.chain([pieces.rest.as_str()]).map(|sql| match prepared("a test", sql, false) {
            Ok(Some((query, _))) => tables(&query),
            _ => panic!("{sql}"),
        });
        queries.flatten().filter(|table| Tables::is_in_pieces(catalog, table)).collect()
    }

    /// Tables `t` and `u`, which are in pieces, a whole table `w`, and a view of each kind.
    struct Tested;

    impl Tables for Tested {
        fn is_known(&self, name: &str) -> bool {
            ["t", "u", "w", "by_project", "by_x"].contains(&name)
        }

        fn is_in_pieces(&self, name: &str) -> bool {
            ["t", "u"].contains(&name)
        }

        fn view(&self, name: &str) -> Option<Query> {
            let sql = match name {
                "by_project" => {
                    "WITH a AS (SELECT project_key, x FROM t) SELECT project_key, SUM(x) AS x FROM a GROUP BY project_key"
                }
                "by_x" => "SELECT x, COUNT(*) AS n FROM t GROUP BY x",
                _ => return None,
            };
            prepared(name, sql, true).expect("macros").map(|(query, _)| query)
        }
    }

    fn pieces(sql: &str) -> Option<Pieces> {
        let (query, _) = prepared("a test", sql, false).expect("macros").expect("a query");
        Pieces::of(&query, &Tested)
    }

    /// What is kept of each piece, and what is made of that.
    fn kept(sql: &str) -> Vec<(String, Option<String>)> {
        let stages = pieces(sql).expect("something in pieces").stages;
        let kept = stages.into_iter().flat_map(|stage| stage.results);
        kept.map(|kept| {
            let given = kept.given.into_iter().flat_map(|given| {
                let of_all = match given.of_all {
                    OfAll::Rows => None,
                    OfAll::Values { by_keys, of_one } => Some(format!("{by_keys}, or {of_one}")),
                    OfAll::Different { sql } => Some(sql),
                };
                [Some(given.of_piece.of_projects), of_all]
            });
            (given.flatten().collect::<Vec<_>>().join("; "), kept.of_all)
        })
        .collect()
    }

    #[test]
    fn what_aggregates_over_projects_is_made_of_what_each_piece_gives() {
        let sql = "WITH c AS (SELECT x, COALESCE(project_key, y) AS k, COUNT(*) AS n FROM t GROUP BY x, COALESCE(project_key, y)) \
                   SELECT x, CAST(SUM(n * n) AS DOUBLE) / COUNT(*) AS m FROM c GROUP BY x ORDER BY m, x";
        let of_piece = "SELECT x AS __key0, SUM(n * n) AS __part0, COUNT(*) AS __part1 FROM c GROUP BY x";
        let of_all = "SELECT CAST(SUM(__part0) AS DOUBLE) / SUM(__part1) AS m FROM __result__parts GROUP BY __key0";
        assert_eq!(kept(sql), [(of_piece.to_owned(), Some(of_all.replacen("SELECT ", "SELECT __key0 AS x, ", 1)))]);
        let pieces = pieces(sql).expect("something in pieces");
        assert_eq!(pieces.rest, "SELECT * FROM __result ORDER BY m, x");
        // Where every row has a project, what would stand for it is not read.
        let rows = &pieces.stages[0].rows[0];
        assert!(rows.sql.text.contains("COALESCE(project_key, y)") && !rows.sql.of_projects.contains("y)"), "{rows:?}");
    }

    #[test]
    fn of_quantiles_pieces_give_the_values_and_of_different_values_each_once() {
        let kept = kept(
            "SELECT x, QUANTILE_CONT(y, 0.5) AS q, COUNT(DISTINCT z) AS z, COUNT(DISTINCT project_key) AS p FROM t GROUP BY x",
        );
        let given = "SELECT x AS __key0, COUNT(DISTINCT project_key) AS __part0 FROM t GROUP BY x; \
                     SELECT x AS __key0, y AS __value0 FROM t WHERE ((y) IS NOT NULL); \
                     SELECT __key0, QUANTILE_CONT(__value0, 0.5) AS __whole0 FROM __result__parts GROUP BY __key0, \
                     or SELECT QUANTILE_CONT(__value0, 0.5) AS __whole0 FROM __result__parts; \
                     SELECT x AS __key0, z AS __different0 FROM t GROUP BY x, z; \
                     SELECT __key0, COUNT(DISTINCT __different0) AS __count0 FROM __result__parts GROUP BY __key0";
        let of_all = "SELECT __key0 AS x, MAX(__whole0) AS q, SUM(__count0) AS z, SUM(__part0) AS p \
                      FROM __result__parts GROUP BY __key0";
        assert_eq!(kept, [(given.to_owned(), Some(of_all.to_owned()))]);
    }

    #[test]
    fn what_brings_projects_together_otherwise_is_not_taken_apart() {
        for sql in [
            // Nothing of it is in pieces.
            "SELECT COUNT(*) AS n FROM w",
            "SELECT n FROM by_x",
            // Rows of different projects meet.
            "SELECT COUNT(*) AS n FROM t JOIN u ON t.x = u.x",
            "SELECT COUNT(*) AS n FROM w LEFT JOIN t ON w.x = t.x",
            "SELECT COUNT(*) AS n FROM t WHERE x IN (SELECT x FROM u)",
            "WITH a AS (SELECT x, ROW_NUMBER() OVER (ORDER BY x) AS r FROM t) SELECT MAX(r) AS r FROM a",
            "SELECT COUNT(*) AS n FROM (SELECT x FROM t LIMIT 5) AS a",
            // What its aggregate is nobody here knows, or its values are not all of it.
            "SELECT STDDEV(x) AS s FROM t",
            "SELECT QUANTILE_CONT(x, 0.5) FILTER (WHERE y > 1) AS q FROM t",
            "SELECT SUM(DISTINCT x) AS s FROM t",
            // Grouped by a source's column or by what is given.
            "SELECT COALESCE(x, 0) AS x, COUNT(*) AS n FROM t GROUP BY x",
            // Forms of which nothing is known.
            "WITH w AS (SELECT x FROM t) SELECT COUNT(*) AS n FROM w",
            "WITH a(y) AS (SELECT x FROM t) SELECT COUNT(*) AS n FROM a",
        ] {
            assert_eq!(pieces(sql), None, "{sql}");
        }
    }

    #[test]
    fn projects_are_joined_and_ranked_within_pieces() {
        for sql in [
            "SELECT COUNT(*) AS n FROM t JOIN u ON t.project_key = u.project_key AND t.x = u.x",
            "SELECT COUNT(DISTINCT u.project_key) AS n FROM t LEFT JOIN u ON t.project_key = u.project_key",
            "SELECT COUNT(*) AS n FROM w JOIN t ON w.x = t.x",
            "WITH a AS (SELECT x, ROW_NUMBER() OVER (PARTITION BY project_key ORDER BY x) AS r FROM t) SELECT MAX(r) AS r FROM a",
            "SELECT COUNT(*) AS n FROM (SELECT DISTINCT project_key FROM t) AS a",
            "SELECT x, COUNT(*) AS n FROM by_project GROUP BY x",
        ] {
            let pieces = pieces(sql).unwrap_or_else(|| panic!("{sql}"));
            assert!(pieces.stages.iter().all(|stage| stage.whole.is_empty()), "{sql}: {pieces:?}");
        }
        let pieces = pieces("SELECT x, COUNT(*) AS n FROM by_project GROUP BY x").expect("pieces");
        assert_eq!(pieces.tables, BTreeSet::from(["t".to_owned()]));
    }

    #[test]
    fn rows_without_a_project_are_divided_where_the_invocation_tells_them_apart() {
        let of = "COALESCE(project_key, invocation_id) AS c";
        for (sql, by_invocation) in [
            (format!("WITH a AS (SELECT {of}, x FROM t) SELECT x, COUNT(*) AS n FROM a GROUP BY x"), true),
            (format!("WITH a AS (SELECT {of} FROM t), b AS (SELECT c FROM a GROUP BY c) SELECT COUNT(*) AS n FROM b"), true),
            ("SELECT x, COUNT(DISTINCT project_key) AS n FROM t GROUP BY x".to_owned(), true),
            ("SELECT COUNT(*) AS n FROM t LEFT JOIN u ON t.project_key = u.project_key".to_owned(), true),
            // A CTE hands on what tells them apart, and that a project is known.
            (
                "WITH a AS (SELECT project_key, invocation_id AS i FROM t), b AS (SELECT COALESCE(project_key, i) AS c \
                 FROM a GROUP BY COALESCE(project_key, i)) SELECT COUNT(*) AS n FROM b"
                    .to_owned(),
                true,
            ),
            (
                "WITH a AS (SELECT project_key FROM t WHERE x > 1 AND (project_key IS NOT NULL)), \
                 b AS (SELECT project_key FROM a GROUP BY project_key) SELECT COUNT(*) AS n FROM b"
                    .to_owned(),
                true,
            ),
            // Those without one are together: grouped, ranked, listed once, or told apart by something else.
            ("WITH a AS (SELECT project_key FROM t GROUP BY project_key) SELECT COUNT(*) AS n FROM a".to_owned(), false),
            (
                "WITH a AS (SELECT x, ROW_NUMBER() OVER (PARTITION BY project_key ORDER BY x) AS r FROM t) \
                 SELECT MAX(r) AS r FROM a"
                    .to_owned(),
                false,
            ),
            ("SELECT COUNT(*) AS n FROM (SELECT DISTINCT project_key FROM t) AS a".to_owned(), false),
            (
                "WITH a AS (SELECT COALESCE(project_key, x) AS c FROM t GROUP BY COALESCE(project_key, x)) \
                 SELECT COUNT(*) AS n FROM a"
                    .to_owned(),
                false,
            ),
            (
                "WITH a AS (SELECT COALESCE(t.project_key, u.invocation_id) AS c FROM t LEFT JOIN u \
                 ON t.project_key = u.project_key GROUP BY COALESCE(t.project_key, u.invocation_id)) SELECT COUNT(*) AS n FROM a"
                    .to_owned(),
                false,
            ),
            (
                "WITH a AS (SELECT project_key FROM t WHERE x > 1 OR project_key IS NOT NULL), \
                 b AS (SELECT project_key FROM a GROUP BY project_key) SELECT COUNT(*) AS n FROM b"
                    .to_owned(),
                false,
            ),
            // What is whole is in the first piece, once.
            ("WITH a AS (SELECT x FROM t UNION ALL SELECT x FROM w) SELECT x, COUNT(*) AS n FROM a GROUP BY x".to_owned(), false),
            // Where something is joined to all, no project is null.
            (
                "WITH a AS (SELECT u.project_key AS p FROM t LEFT JOIN u ON t.project_key = u.project_key), \
                 b AS (SELECT p FROM a WHERE p IS NOT NULL GROUP BY p) SELECT COUNT(*) AS n FROM b"
                    .to_owned(),
                true,
            ),
        ] {
            assert_eq!(pieces(&sql).map(|pieces| pieces.by_invocation), Some(by_invocation), "{sql}");
        }
    }

    #[test]
    fn runs_without_a_project_are_one_piece_only_where_they_are_grouped_together() {
        let library = Library::load().expect("the library is in order");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let reports = library.of_kind(Kind::Report).filter(|query| {
            let (statement, _) = prepared(query.name, query.sql, false).expect("macros").expect("a query");
            let pieces = Pieces::of(&statement, &catalog);
            pieces.is_some_and(|of| !of.by_invocation && of.tables.contains("invocations"))
        });
        let reports: BTreeSet<&str> = reports.map(|query| query.name).collect();
        let expected = [
            "concentration",
            "duration_histogram_by_command",
            "duration_histogram_by_node_count",
            "engine_by_week",
            "node_count_histogram",
            "platform_libc",
            "support_drop",
            "upgrade_effect",
        ];
        assert_eq!(reports, expected.into());
    }

    #[test]
    fn what_cannot_be_combined_reads_what_was_counted_of_all_pieces() {
        let sql = "WITH a AS (SELECT project_key, x, COUNT(*) AS n FROM t GROUP BY project_key, x), \
                   b AS (SELECT n, ROW_NUMBER() OVER (ORDER BY n) AS r FROM a) SELECT MAX(r) AS r FROM b WHERE n > 1";
        assert_eq!(kept(sql), [("SELECT n FROM a".to_owned(), None)]);
    }

    #[test]
    fn a_whole_part_of_a_union_is_in_the_piece_without_projects_alone() {
        let sql = "WITH a AS (SELECT x FROM t UNION ALL SELECT x FROM w) SELECT x, COUNT(*) AS n FROM a GROUP BY x";
        let rows = &pieces(sql).expect("pieces").stages[0].rows[0];
        assert!(rows.sql.text.contains("FROM w") && !rows.sql.of_projects.contains("FROM w"), "{rows:?}");
    }

    #[test]
    fn no_query_has_a_large_mart_in_memory_as_a_whole() {
        let library = Library::load().expect("the library is in order");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let (mut whole, mut gathered) = (BTreeMap::new(), BTreeSet::new());
        for query in [Kind::View, Kind::Report].into_iter().flat_map(|kind| library.of_kind(kind)) {
            let is_view = query.kind == Kind::View;
            let (statement, _) = prepared(query.name, query.sql, is_view).expect("macros").expect("a query");
            let parts = if is_view { by_dimension(&statement) } else { vec![statement] };
            let marts = parts.iter().flat_map(|part| match Pieces::of(part, &catalog) {
                Some(pieces) => {
                    let kept = pieces.stages.iter().flat_map(|stage| &stage.results);
                    let rows = kept.filter(|kept| kept.of_all.is_none());
                    gathered.extend(rows.map(|kept| format!("{}: {}", query.name, kept.name)));
                    read_whole(&pieces, &catalog)
                }
                None => tables(part).into_iter().filter(|table| catalog.is_in_pieces(table)).collect(),
            });
            let marts: BTreeSet<String> = marts.collect();
            if !marts.is_empty() {
                whole.insert(query.name, marts);
            }
        }
        // Projects by rank; and what is listed by project for other queries, which do not read it as a whole.
        let by_project = ["invocation_buckets", "main_values", "project_runs", "run_figures"];
        let by_project = by_project.map(|name| format!("{name}: __result"));
        assert_eq!(gathered, by_project.into_iter().chain(["concentration: falling".to_owned()]).collect());
        // That is all rows of a mart, for publishing.
        assert_eq!(whole, BTreeMap::from([("node_figures", BTreeSet::from(["node_days".to_owned()]))]));
    }
}
