//! A generated set of dumps with faults: what is found equals what was drawn, `truth.json`, number by number. So it is
//! with the fixture, and with what `demo` makes (`super::demo`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::dumps::{mixed, truth};
use super::harness::{Place, close};

/// The counts of `truth.json` under a heading, `outcome/…`, by what follows it.
pub fn under(truth: &Value, heading: &str) -> BTreeMap<String, i64> {
    let prefix = format!("{heading}/");
    let entries = truth["truth"].as_object().expect("an object");
    let found: BTreeMap<_, _> = entries
        .iter()
        .filter_map(|(key, count)| Some((key.strip_prefix(&prefix)?.to_owned(), count.as_i64()?)))
        .collect();
    assert!(!found.is_empty(), "truth.json says nothing of {heading}");
    found
}

pub fn number(truth: &Value, key: &str) -> i64 {
    truth["truth"][key].as_i64().unwrap_or_else(|| panic!("truth.json: {key}"))
}

/// The class of an environment's raw name.
fn class(environment: &str) -> &'static str {
    match environment {
        "manual" => "manual",
        "dbt-cloud-scheduler" => "cloud",
        "github-actions" | "gitlab-ci" => "ci",
        "airflow" | "dagster" | "prefect" => "orchestrator",
        "None" => "None",
        other => panic!("truth.json names an environment that the tests do not know: {other}"),
    }
}

pub fn invocations(place: &Place, truth: &Value) {
    let tally = |expression: &str| place.tally(expression, "invocations");
    let with_outcome = |column: &str| tally(&format!("COALESCE({column}, 'None') || '/' || outcome"));

    assert_eq!(place.count("SELECT COUNT(*) AS n FROM invocations"), number(truth, "invocations"));
    assert_eq!(place.count("SELECT COUNT(DISTINCT invocation_id) AS n FROM invocations"), number(truth, "invocations"));
    assert_eq!(tally("reported_result"), under(truth, "reported"));
    assert_eq!(tally("outcome || '/' || outcome_basis"), under(truth, "outcome"));
    assert_eq!(with_outcome("dbt_minor"), under(truth, "version"));
    assert_eq!(with_outcome("command"), under(truth, "command"));
    assert_eq!(with_outcome("adapter"), under(truth, "adapter"));
    assert_eq!(tally("os"), under(truth, "os"));
    assert_eq!(tally("python_minor"), under(truth, "python"));
    let mut classes = BTreeMap::new();
    for (environment, count) in under(truth, "environment") {
        *classes.entry(class(&environment).to_owned()).or_insert(0) += count;
    }
    assert_eq!(tally("environment"), classes);
    let without_start = "SELECT COUNT(*) AS n FROM invocations WHERE started_at IS NULL";
    assert_eq!(place.count(without_start), number(truth, "without_start"));
}

pub fn nodes(place: &Place, truth: &Value) {
    let runs = |condition: &str| place.count(&format!("SELECT COUNT(*) AS n FROM node_runs WHERE {condition}"));
    assert_eq!(runs("invocation_id IS NOT NULL"), number(truth, "node_runs"));
    assert_eq!(runs("node_outcome = 'failure'"), number(truth, "node_runs/failed"));
    assert_eq!(runs("node_outcome = 'skipped'"), number(truth, "node_runs/skipped"));
    let with_nodes = "SELECT COUNT(*) AS n FROM invocations WHERE nodes > 0";
    assert_eq!(place.count(with_nodes), number(truth, "invocations_with_nodes"));
    let histogram: BTreeMap<String, i64> = place
        .run(0, ["report", "node_count_histogram", "--format", "json"])
        .rows()
        .iter()
        .filter(|row| row["nodes_from"] != 0)
        .map(|row| (row["nodes_from"].to_string(), row["invocations"].as_i64().expect("a count")))
        .collect();
    assert_eq!(histogram, under(truth, "node_count"));
}

pub fn durations(place: &Place, truth: &Value) {
    let timed = "SELECT COUNT(*) AS n FROM invocations WHERE duration_quality = 'ok'";
    assert_eq!(place.count(timed), number(truth, "with_duration"));

    let quantiles = |condition: &str| {
        let sql = format!(
            "SELECT COUNT(duration_seconds) AS count, QUANTILE_CONT(duration_seconds, 0.5) AS p50, \
             QUANTILE_CONT(duration_seconds, 0.9) AS p90, QUANTILE_CONT(duration_seconds, 0.95) AS p95, \
             QUANTILE_CONT(duration_seconds, 0.99) AS p99 FROM invocations WHERE {condition}"
        );
        place.query(&sql).remove(0)
    };
    let check = |of: &str, row: &super::harness::Row, expected: &Value, names: [&str; 5]| {
        for (name, key) in names.into_iter().zip(["count", "p50", "p90", "p95", "p99"]) {
            let (found, wanted) = (row[name].as_f64(), expected[key].as_f64());
            let (Some(found), Some(wanted)) = (found, wanted) else { panic!("{of}: {key}: {row:?}, {expected}") };
            assert!(close(found, wanted), "{of}: {key} is {found}, drawn was {wanted}");
        }
    };
    let own = ["count", "p50", "p90", "p95", "p99"];
    check("all commands", &quantiles("duration_seconds IS NOT NULL"), &truth["duration_seconds"], own);

    // What was drawn calls dbt 2's `docs`, which does not say which, by dbt 1's name.
    let by_command = truth["duration_seconds_by_command"].as_object().expect("an object");
    for (command, expected) in by_command {
        let condition = if command == "docs-generate" {
            "command IN ('docs-generate', 'docs')".into()
        } else {
            format!("command = '{command}'")
        };
        check(command, &quantiles(&condition), expected, own);
    }
    // The report says the same.
    let reported = place.run(0, ["report", "duration_by_command", "--format", "json"]).rows();
    let mut checked = 0;
    for row in &reported {
        let command = row["command"].as_str().unwrap_or("None");
        if let Some(expected) = by_command.get(command).filter(|_| !command.starts_with("docs")) {
            check(command, row, expected, ["timed_runs", "p50_seconds", "p90_seconds", "p95_seconds", "p99_seconds"]);
            checked += 1;
        }
    }
    assert!(checked >= 5, "{reported:?}");
}

pub fn records(place: &Place, truth: &Value) {
    let dumps = |key: &str| truth["dumps"][key].as_i64().unwrap_or(0);
    let sum = |column: &str| place.count(&format!("SELECT SUM({column}) AS n FROM sources"));

    // Each event once, by the form in which it came.
    let forms = usage_report::staging::TableId::all()
        .map(|table| format!("SELECT source_form FROM {}", table.name()))
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    let found = place.tally("source_form", &format!("({forms}) AS events"));
    let drawn: BTreeMap<String, i64> = [
        ("enriched-tsv", "enriched-tsv"),
        ("enriched-json", "enriched-json"),
        ("tracker-payload", "payload-json"),
        ("vortex", "vortex"),
    ]
    .into_iter()
    .map(|(form, drawn)| (form.to_owned(), dumps(&format!("events.{drawn}"))))
    .filter(|(_, count)| *count > 0)
    .collect();
    assert!(drawn.len() >= 3, "hardly a format has events: {drawn:?}");
    assert_eq!(found, drawn);

    // All copies, what is broken, what is another application's.
    let events: i64 = drawn.values().sum();
    assert!(dumps("duplicates") > 0 && dumps("broken") > 0 && dumps("foreign") > 0, "the dumps have no faults");
    assert_eq!(sum("events"), events + dumps("duplicates"));
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM duplicates"), dumps("duplicates"));
    assert_eq!(sum("rejects"), dumps("broken"));
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects"), dumps("broken"));
    assert_eq!(sum("foreign_records"), dumps("foreign"));
    assert_eq!(sum("filtered_records"), 0);
    assert_eq!(sum("records"), events + dumps("duplicates") + dumps("broken") + dumps("foreign"));
}

/// A check of what was found against what was drawn.
pub type Check = fn(&Place, &Value);

fn of_the_fixture(check: Check) {
    check(&Place::with_lake_of(&mixed()), &truth());
}

#[test]
fn invocations_are_those_that_were_drawn() {
    of_the_fixture(invocations);
}

#[test]
fn nodes_are_those_that_were_drawn() {
    of_the_fixture(nodes);
}

#[test]
fn durations_are_those_that_were_drawn() {
    of_the_fixture(durations);
}

#[test]
fn every_record_is_accounted_for() {
    of_the_fixture(records);
}
