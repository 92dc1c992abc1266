//! The notebooks of `notebooks/`, run from top to bottom by a Jupyter kernel: they find what was planted, and the same
//! numbers as SQL over the same lake does.

use serde_json::Value;

use super::dumps::mixed;
use super::harness::{Place, Row, close};
use super::planted::generator::{DAY, Dice, Dump, FIRST_DAY, Run, Sizes, seconds_at};
use super::python::python;

/// How much less often runs in CI succeed, by those by hand.
const IN_CI: f64 = 0.75;

/// The mean success rate by hand.
const BY_HAND: f64 = 0.9;

/// How long runs with incremental models take, by those of the same size without.
const INCREMENTAL: f64 = 0.6;

/// When the planted runs are: after those of the fixture, which are final by then. What is eight days later is not.
const AT: i64 = FIRST_DAY + 280 * DAY + DAY / 2;

/// Projects that run in CI and by hand, and others that would mislead a comparison of all runs.
fn plant_ci(dump: &mut Dump, dice: &mut Dice) {
    let run = Run { at: AT, command: "build", ..Run::default() };
    for project in 1..=60 {
        let rate = dice.rate(BY_HAND, 9.0);
        for (environment, rate) in [("manual", rate), ("github-actions", rate * IN_CI)] {
            for _ in 0..(Sizes::Geometric { mean: 6.0 }).draw(dice) {
                dump.run(&Run { project, environment, success: dice.happens(rate), ..run });
            }
        }
        // By hand only; of an unknown environment; on a day that is not final.
        dump.run(&Run { project, environment: "manual", command: "docs-generate", ..run });
        dump.run(&Run { project, success: false, ..run });
        for (environment, success) in [("manual", false), ("github-actions", true)] {
            dump.run(&Run { project, environment, success, at: AT + 8 * DAY, ..run });
        }
    }
    for project in 61..=100 {
        for _ in 0..10 {
            dump.run(&Run { project, environment: "github-actions", ..run });
        }
    }
}

/// Projects of three sizes, of which the large ones rather use incremental models, and have the longer runs.
fn plant_incremental(dump: &mut Dump, dice: &mut Dice) {
    for project in 201..=320 {
        let (nodes, users) = [(2, 0.1), (5, 0.5), (12, 0.9)][dice.below(3) as usize];
        let is_incremental = dice.happens(users);
        let materialization = if is_incremental { "incremental" } else { "table" };
        let factor = f64::from(nodes) * if is_incremental { INCREMENTAL } else { 1.0 };
        let speed = 0.4 * dice.normal();
        for _ in 0..(Sizes::Geometric { mean: 3.0 }).draw(dice) {
            let seconds = Some(factor * seconds_at(speed + 0.3 * dice.normal()));
            dump.run(&Run { project, at: AT, seconds, nodes, materialization, ..Run::default() });
        }
    }
    // Nobody knows whether these use them.
    for project in 321..=330 {
        dump.run(&Run { project, at: AT, seconds: Some(9000.0), nodes: 5, ..Run::default() });
    }
}

/// The results of both notebooks: of Polars, and of DuckDB with pandas.
fn results(place: &Place) -> [Value; 2] {
    let printed = python("tests/python/notebooks.py", [place.path("lake")]);
    let of_all: Value = serde_json::from_slice(&printed).expect("an object");
    ["polars", "duckdb_pandas"].map(|name| of_all[name].clone())
}

/// A number of a notebook is that of a query.
#[track_caller]
fn assert_same(found: &Value, expected: &Row, names: &[&str]) {
    for name in names {
        let (Some(of_notebook), Some(of_query)) = (found[name].as_f64(), expected[*name].as_f64()) else {
            panic!("{name}: {found}, {expected:?}")
        };
        assert!(close(of_notebook, of_query), "{name}: {of_notebook} in the notebook, {of_query} by the query");
    }
}

/// An interval holds what was planted, and lies to one side of what would be no effect.
#[track_caller]
fn assert_holds(found: &Value, planted: f64, none: f64) {
    let [low, high] = ["low", "high"].map(|end| found[end].as_f64().unwrap_or_else(|| panic!("no {end}: {found}")));
    println!("planted {planted:.3}: {low:.3} to {high:.3}");
    assert!(low <= planted && planted <= high, "{planted}: {found}");
    assert!(none < low || high < none, "{none}: {found}");
}

/// What both say of the lake as a whole.
fn assert_lake(place: &Place, found: &Value) {
    let runs = "invocations AS i JOIN days AS d ON i.day = d.day WHERE d.is_final";
    let expected = place.query(&format!(
        "SELECT COUNT(*) AS runs, COUNT(DISTINCT i.day) AS final_days, COUNT(DISTINCT i.project_key) AS projects
        FROM {runs}"
    ));
    assert_same(found, &expected[0], &["runs", "final_days", "projects"]);
    let of_final =
        "(SELECT i.outcome AS outcome FROM invocations AS i JOIN days AS d ON i.day = d.day WHERE d.is_final)";
    let outcomes = place.tally("outcome", &format!("{of_final} AS runs"));
    assert!(outcomes.len() >= 4, "{outcomes:?}");
    assert_eq!(found["outcomes"], serde_json::json!(outcomes));
}

const PAIRS: &str = "
WITH
asked AS (
    SELECT i.project_key AS project_key, i.command AS command, i.dbt_minor AS dbt_minor,
        i.environment AS environment, i.outcome AS outcome
    FROM invocations AS i
    JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND i.outcome IN ('success', 'failure') AND i.environment IN ('ci', 'manual')
        AND i.project_key IS NOT NULL AND NOT COALESCE(i.is_template_project, FALSE)
        AND i.command IS NOT NULL AND i.dbt_minor IS NOT NULL
),
pairs AS (
    SELECT project_key, command, dbt_minor,
        CAST(COUNT(*) FILTER (WHERE environment = 'ci') AS DOUBLE) AS c,
        CAST(COUNT(*) FILTER (WHERE environment = 'manual') AS DOUBLE) AS h,
        COUNT(*) FILTER (WHERE environment = 'ci' AND outcome = 'failure') AS c_failed,
        COUNT(*) FILTER (WHERE environment = 'manual' AND outcome = 'failure') AS h_failed
    FROM asked
    GROUP BY project_key, command, dbt_minor
),
projects AS (
    SELECT project_key, SUM(c + h) AS runs,
        ROUND(SUM(c * h / (c + h) * (c_failed / c - h_failed / h)) / SUM(c * h / (c + h)), 12) AS difference
    FROM pairs
    WHERE c > 0 AND h > 0
    GROUP BY project_key
),
sums AS (
    SELECT COUNT(*) AS k, SUM(runs) AS runs, SUM(difference) AS total, SUM(difference * difference) AS squares,
        COUNT(*) FILTER (WHERE difference > 0) AS more, COUNT(*) FILTER (WHERE difference < 0) AS fewer
    FROM projects
)
SELECT k AS paired_projects, runs AS paired_runs, more, fewer, MEAN(total, k) AS difference,
    MEAN_LOW(total, squares, k) AS low, MEAN_HIGH(total, squares, k) AS high
FROM sums";

const SIZES: &str = "
WITH
usage AS (
    SELECT n.project_key AS project_key,
        COUNT(*) FILTER (WHERE n.materialization = 'incremental') AS incremental,
        COUNT(*) FILTER (WHERE n.materialization IS NULL) AS unknown
    FROM node_days AS n
    JOIN days AS d ON n.day = d.day
    WHERE d.is_final AND n.engine = 'core-1' AND n.resource_type = 'model'
    GROUP BY n.project_key
),
projects AS (
    SELECT i.project_key AS project_key, MAX(u.incremental) AS incremental, COUNT(*) AS runs,
        QUANTILE_CONT(i.nodes, 0.5) AS nodes, LN(QUANTILE_CONT(i.duration_seconds, 0.5)) AS x
    FROM invocations AS i
    JOIN days AS d ON i.day = d.day
    JOIN usage AS u ON i.project_key = u.project_key
    WHERE d.is_final AND i.engine = 'core-1' AND i.command = 'run' AND i.outcome = 'success' AND i.nodes > 0
        AND i.duration_seconds IS NOT NULL AND NOT COALESCE(i.is_template_project, FALSE)
        AND (u.incremental > 0 OR u.unknown = 0)
    GROUP BY i.project_key
),
classed AS (
    SELECT POWER_OF_TWO(CAST(FLOOR(nodes) AS BIGINT)) AS nodes_from, incremental > 0 AS uses, x, runs
    FROM projects
),
cells AS (
    SELECT nodes_from,
        CAST(COUNT(*) FILTER (WHERE uses) AS DOUBLE) AS a, SUM(CASE WHEN uses THEN x END) AS a_x,
        SUM(CASE WHEN uses THEN x * x END) AS a_xx,
        CAST(COUNT(*) FILTER (WHERE NOT uses) AS DOUBLE) AS b, SUM(CASE WHEN NOT uses THEN x END) AS b_x,
        SUM(CASE WHEN NOT uses THEN x * x END) AS b_xx
    FROM classed
    GROUP BY nodes_from
),
classes AS (
    SELECT a, b, a * b / (a + b) AS w, a_x / a - b_x / b AS ratio,
        (a_xx - a_x * a_x / a) / (a - 1) / a AS a_error, (b_xx - b_x * b_x / b) / (b - 1) / b AS b_error
    FROM cells
    WHERE a >= 2 AND b >= 2
),
sums AS (
    SELECT SUM(a) AS a, SUM(b) AS b, SUM(w * ratio) / SUM(w) AS ratio,
        SUM(w * w * (a_error + b_error)) / POWER(SUM(w), 2) AS v,
        SUM(POWER(w, 4) * (a_error * a_error / (a - 1) + b_error * b_error / (b - 1))) / POWER(SUM(w), 4) AS f
    FROM classes
)
SELECT a AS with_incremental, b AS without, EXP(ratio) AS ratio,
    EXP(ratio - T_QUANTILE(v * v / f) * SQRT(v)) AS low, EXP(ratio + T_QUANTILE(v * v / f) * SQRT(v)) AS high
FROM sums";

#[test]
fn notebooks_find_what_was_planted_and_agree_with_queries() {
    let place = Place::new();
    let (mut dump, mut dice) = (Dump::default(), Dice::new(8));
    plant_ci(&mut dump, &mut dice);
    plant_incremental(&mut dump, &mut dice);
    dump.flush(&place);
    // The fixture has damaged dumps: that is said, and no failure of this.
    place.run_any(["run".as_ref(), "dumps".as_ref(), mixed().as_os_str()]);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM days WHERE NOT is_final"), 1);

    let [polars, duckdb] = results(&place);
    assert_lake(&place, &polars);
    assert_lake(&place, &duckdb);

    let ends = ["paired_projects", "paired_runs", "more", "fewer", "difference", "low", "high"];
    assert_same(&polars, &place.query(PAIRS)[0], &ends);
    assert_holds(&polars, BY_HAND * (1.0 - IN_CI), 0.0);
    assert!(polars["p"].as_f64().is_some_and(|p| p < 0.05), "{polars}");
    // Comparing all runs tells another story.
    let of_all = ["ci", "manual"].map(|name| polars["all_runs"][name].as_f64().expect("a rate"));
    assert!(of_all[0] - of_all[1] < polars["low"].as_f64().expect("an end"), "{polars}");

    assert_same(&duckdb, &place.query(SIZES)[0], &["with_incremental", "without", "ratio", "low", "high"]);
    assert_holds(&duckdb, INCREMENTAL, 1.0);
    let of_all = ["with", "without"].map(|name| duckdb["all_sizes"][name].as_f64().expect("a duration"));
    assert!(of_all[0] / of_all[1] > duckdb["high"].as_f64().expect("an end"), "{duckdb}");
}

/// On a lake whose days can all still change.
#[test]
fn notebooks_say_unknown_where_nothing_is_known() {
    let place = Place::with_lake_of(&mixed());
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM days WHERE is_final"), 0);
    let [polars, duckdb] = results(&place);
    for (found, unknown) in [(&polars, ["difference", "low", "high"]), (&duckdb, ["ratio", "low", "high"])] {
        assert_eq!(found["runs"], 0, "{found}");
        for name in unknown {
            assert!(found[name].is_null(), "{name}: {found}");
        }
    }
}
