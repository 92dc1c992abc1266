//! What is hidden of small tables that are made up, with ten projects as the least.

use std::collections::BTreeSet;

use polars::prelude::*;

use super::base::{Base, SOURCES};
use super::hiding::Systems;
use super::table::Table;
use crate::query::{Kind, Query, Rested};

const LEAST: u64 = 10;

/// A report with this key and result, and perhaps more lines in its header.
fn table_with(name: &'static str, key: &str, header: &str, frame: DataFrame) -> Table<'static> {
    let sql: &'static str = format!("-- title: {name}\n-- key: {key}\n{header}SELECT 1").leak();
    let query: &'static Query = Box::leak(Box::new(Query::read(Kind::Report, name, sql).expect("a header")));
    let rested = Rested { frame, columns: BTreeSet::new(), breaks: Vec::new() };
    Table::of(query, rested, LEAST).expect("counts").expect("a table that can be published")
}

fn table(name: &'static str, key: &str, frame: DataFrame) -> Table<'static> {
    table_with(name, key, "", frame)
}

/// The rows that are shown, by the texts of their key, after everything is hidden that has to be. There are no runs that
/// numbers could be sums of.
fn shown(tables: &mut [Table<'_>]) -> Vec<Vec<String>> {
    settle(tables, &[]);
    tables.iter().map(keys_shown).collect()
}

fn settle(tables: &mut [Table<'_>], bases: &[Base]) {
    Systems::of(tables, bases).expect("systems").settle(tables);
}

/// Runs of projects that begin with this letter: so many projects, each with so many runs with this adapter.
fn runs(of: &[(&str, char, usize, i64)]) -> [Base; 1] {
    let (mut projects, mut adapters, mut runs) = (Vec::new(), Vec::new(), Vec::new());
    for (adapter, letter, many, each) in of {
        for number in 0..*many {
            projects.push(format!("{letter}{number}"));
            adapters.push(*adapter);
            runs.push(*each);
        }
    }
    let frame = df!("project_key" => projects, "adapter" => adapters, "runs" => runs).expect("runs");
    [Base::new(&SOURCES[0], &frame).expect("a base")]
}

fn keys_shown(table: &Table<'_>) -> Vec<String> {
    let shown = table.rows.iter().filter(|row| !row.is_hidden);
    shown
        .map(|row| row.told.own.values().map(|value| value.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" "))
        .collect()
}

fn by_adapter(name: &'static str, runs: [i64; 4], projects: [i64; 4]) -> Table<'static> {
    let frame = df!("adapter" => ["duckdb", "glue", "spark", "trino"], "runs" => runs, "projects" => projects);
    table(name, "adapter", frame.expect("a result"))
}

#[test]
fn where_one_row_is_too_small_the_next_is_hidden_with_it() {
    // Else the total, which a share says, minus the others would be its figures.
    let mut tables = [by_adapter("a", [500, 9, 80, 40], [99, 3, 30, 12])];
    assert_eq!(shown(&mut tables), [["duckdb", "spark"]]);
    let mut tables = [by_adapter("a", [500, 90, 80, 40], [99, 31, 30, 12])];
    assert_eq!(shown(&mut tables), [["duckdb", "glue", "spark", "trino"]]);
}

#[test]
fn small_rows_that_are_enough_together_need_no_other() {
    let of = |letter: char| {
        runs(&[("duckdb", 'a', 99, 5), ("glue", 'b', 6, 2), ("spark", 'c', 30, 3), ("trino", letter, 7, 1)])
    };
    let mut tables = [by_adapter("a", [495, 12, 90, 7], [99, 6, 30, 7])];
    settle(&mut tables, &of('d'));
    assert_eq!(keys_shown(&tables[0]), ["duckdb", "spark"]);
    // Where they are of the same projects, one more is hidden.
    let mut tables = [by_adapter("a", [495, 12, 90, 7], [99, 6, 30, 7])];
    settle(&mut tables, &of('b'));
    assert_eq!(keys_shown(&tables[0]), ["duckdb"]);
}

#[test]
fn what_another_table_counts_differently_gives_nothing_away() {
    let of = runs(&[("duckdb", 'a', 99, 5), ("glue", 'b', 3, 2), ("spark", 'c', 30, 3), ("trino", 'd', 12, 1)]);
    // All runs are told, and those of spark; the numbers of the second table are none of runs.
    let mut tables =
        [by_adapter("a", [495, 6, 90, 12], [99, 3, 30, 12]), by_adapter("other", [495, 7, 90, 13], [99, 12, 30, 12])];
    settle(&mut tables, &of);
    assert_eq!(tables.each_ref().map(|table| keys_shown(table).len()), [2, 4]);
}

#[test]
fn what_is_hidden_for_another_is_hidden_in_every_table_with_the_same_count() {
    let all = ["duckdb", "glue", "spark", "trino"].map(str::to_owned).to_vec();
    let few = vec!["duckdb".to_owned(), "spark".to_owned()];
    // Even if the other one says that they rest on enough.
    for projects in [[99, 3, 30, 12], [90, 12, 28, 11]] {
        let mut tables = [
            by_adapter("a", [500, 9, 80, 40], [99, 3, 30, 12]),
            by_adapter("same", [500, 9, 80, 40], projects),
            by_adapter("other", [400, 7, 70, 30], [90, 12, 28, 11]),
        ];
        assert_eq!(shown(&mut tables), [few.clone(), few.clone(), all.clone()]);
    }
}

/// Two dimensions, the totals of both in other tables: a row for each version and adapter, so many runs, so many projects.
fn grid(runs: [[i64; 3]; 3], projects: [[i64; 3]; 3]) -> [Table<'static>; 3] {
    let (versions, adapters) = (["1.8", "1.9", "1.10"], ["duckdb", "spark", "trino"]);
    let sum = |numbers: Vec<i64>| numbers.iter().sum::<i64>();
    let of_version: Vec<i64> = runs.iter().map(|row| sum(row.to_vec())).collect();
    let of_adapter: Vec<i64> = (0..3).map(|adapter| sum(runs.iter().map(|row| row[adapter]).collect())).collect();
    let cells = df!(
        "dbt_minor" => versions.iter().flat_map(|version| [*version; 3]).collect::<Vec<_>>(),
        "adapter" => [adapters; 3].concat(),
        "runs" => runs.concat(),
        "projects" => projects.concat(),
    );
    [
        table("cells", "dbt_minor, adapter", cells.expect("a result")),
        table(
            "versions",
            "dbt_minor",
            df!("dbt_minor" => versions, "runs" => of_version, "projects" => [90_i64; 3]).expect("a result"),
        ),
        table(
            "adapters",
            "adapter",
            df!("adapter" => adapters, "runs" => of_adapter, "projects" => [90_i64; 3]).expect("a result"),
        ),
    ]
}

#[test]
fn in_two_dimensions_every_total_with_a_secret_has_another() {
    let mut tables = grid([[31, 32, 33], [34, 5, 35], [36, 37, 38]], [[20, 21, 22], [23, 4, 24], [25, 26, 27]]);
    settle(&mut tables, &[]);
    // The smallest beside it in both directions, and the fourth that keeps these.
    assert_eq!(
        keys_shown(&tables[0]),
        ["1.8 trino", "1.9 trino", "1.10 duckdb", "1.10 spark", "1.10 trino"].map(|key| {
            let (version, adapter) = key.split_once(' ').expect("two");
            format!("{adapter} {version}")
        })
    );
    assert_eq!(keys_shown(&tables[1]).len() + keys_shown(&tables[2]).len(), 6);
}

#[test]
fn a_week_of_which_a_day_is_hidden_hides_another_day() {
    let days: Vec<String> = (5..=13).map(|day| format!("2026-10-{day:02}")).collect();
    let runs: Vec<i64> = vec![50, 51, 3, 52, 53, 54, 55, 60, 61];
    let projects: Vec<i64> = vec![30, 31, 2, 32, 33, 34, 35, 36, 37];
    let of_days = df!("day" => days, "runs" => runs, "projects" => projects).expect("a result");
    let of_weeks = df!("week" => ["2026-10-05", "2026-10-12"], "runs" => [318_i64, 121], "projects" => [80_i64, 60]);
    let mut tables = [table("days", "day", of_days), table("weeks", "week", of_weeks.expect("a result"))];
    let shown = shown(&mut tables);
    // The smallest of its week, not of another one.
    assert!(!shown[0].contains(&"2026-10-07".to_owned()) && !shown[0].contains(&"2026-10-05".to_owned()));
    assert_eq!((shown[0].len(), shown[1].len()), (7, 2));
}

#[test]
fn rows_of_nobody_are_shown_and_runs_of_unknown_projects_are_not() {
    let frame = df!("os" => [Some("linux"), Some("macos"), Some("other"), None], "runs" => [500_i64, 90, 0, 4], "projects" => [99_i64, 50, 0, 0]);
    let mut tables = [table("a", "os", frame.expect("a result"))];
    assert_eq!(shown(&mut tables), [["linux", "other"]]);
}

#[test]
fn another_count_of_few_projects_hides_its_row_unless_its_figures_are_blank() {
    let frame = || {
        df!(
            "feature" => ["contracts", "groups"], "projects" => [90_i64, 91], "projects_using" => [4_i64, 0],
            "share_of_projects" => [0.04, 0.0], "p50" => [1.0, 2.0],
        )
        .expect("a result")
    };
    let mut tables = [table("a", "feature", frame())];
    assert_eq!(shown(&mut tables), [["groups"]]);
    let header = "-- rests_on: share_of_projects: projects_using\n-- rests_on: p50: projects / 2\n";
    let mut tables = [table_with("a", "feature", header, frame())];
    assert_eq!(shown(&mut tables), [["contracts", "groups"]]);
    let [table] = tables;
    let published = table.published(None).expect("a table");
    let expected = df!(
        "feature" => ["contracts", "groups"], "projects" => [90_i64, 91], "projects_using" => [None, Some(0_i64)],
        "share_of_projects" => [None, Some(0.0)], "p50" => [1.0, 2.0],
    );
    assert!(published.frame.equals_missing(&expected.expect("a result")), "{}", published.frame);
    assert_eq!((published.hidden, published.blank), (0, 2));
}

#[test]
fn quantiles_of_which_nothing_is_said_are_blank() {
    let frame = df!(
        "command" => ["build", "run"], "runs" => [900_i64, 800], "projects" => [90_i64, 91], "p99_projects" => [12_i64, 3],
        "p50_seconds" => [3.0, 4.0], "p99_high" => [30.0, 40.0], "median_days" => [1.0, 2.0],
    );
    let table = table_with("a", "command", "-- rests_on: p99_high: p99_projects\n", frame.expect("a result"));
    let published = table.published(None).expect("a table");
    let column = |name: &str| published.frame.column(name).expect("a column").null_count();
    assert_eq!(["p50_seconds", "p99_high", "p99_projects", "median_days"].map(column), [2, 1, 1, 2]);
}

#[test]
fn what_compares_with_a_time_that_is_hidden_is_blank() {
    let frame = df!(
        "week" => ["2026-10-05", "2026-10-12", "2026-10-19"], "runs" => [5_i64, 80, 90], "projects" => [2_i64, 40, 41],
        "runs_growth_rate" => [None, Some(15.0), Some(0.125)],
    );
    let table = table_with("a", "week", "-- looks_back: 7: runs_growth_rate\n", frame.expect("a result"));
    let published = table.published(None).expect("a table");
    let expected = df!(
        "week" => ["2026-10-12", "2026-10-19"], "runs" => [80_i64, 90], "projects" => [40_i64, 41],
        "runs_growth_rate" => [None, Some(0.125)],
    );
    assert!(published.frame.equals_missing(&expected.expect("a result")), "{}", published.frame);
}
