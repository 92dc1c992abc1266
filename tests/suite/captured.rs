//! What real dbt versions sent is found: `expected.json` beside the dumps says what is in each.

use std::collections::BTreeMap;

use serde_json::Value;
use usage_report::staging::TableId;

use super::dumps::{captured, json};
use super::harness::Place;

/// The staging table of a kind of event, by what dbt 1 calls its action and dbt 2 its message.
fn table(kind: &str) -> &'static str {
    match kind {
        "adapter_info" | "AdapterInfo" => "adapter_info_events",
        "deprecated_version_invocation" => "deprecated_version_invocation_events",
        "deprecation" => "deprecation_warn_events",
        "invocation" | "Invocation" => "invocation_events",
        "load_project" => "load_all_timing_events",
        "package" | "PackageInstall" => "package_install_events",
        "partial_parser" => "partial_parser_events",
        "project_id" => "project_id_events",
        "resource_counts" | "ResourceCounts" => "resource_counts_events",
        "run_model" | "RunModel" => "run_model_events",
        "runnable_timing" => "runnable_events",
        "CloudInvocation" => "cloud_invocation_events",
        "InvocationEnv" => "invocation_env_events",
        other => panic!("expected.json names a kind of event that the tests do not know: {other}"),
    }
}

fn counts(expected: &Value) -> BTreeMap<String, i64> {
    let entries = expected.as_object().expect("an object of counts");
    entries.iter().map(|(name, count)| (name.clone(), count.as_i64().expect("a count"))).collect()
}

/// The same counts under other names; those that come to one name add up.
fn renamed(expected: &Value, name: impl Fn(&str) -> String) -> BTreeMap<String, i64> {
    let mut to = BTreeMap::new();
    for (from, count) in counts(expected) {
        *to.entry(name(&from)).or_insert(0) += count;
    }
    to
}

fn check(file: &str) {
    let expected = &json(&captured().join("expected.json"))[file];
    assert!(expected.is_object(), "expected.json does not know {file}");
    let place = Place::with_lake_of(&captured().join(file));
    let number = |key: &str| expected[key].as_i64().unwrap_or_else(|| panic!("expected.json: {file}: {key}"));

    let mut events: BTreeMap<String, i64> = TableId::all().map(|table| (table.name().to_owned(), 0)).collect();
    for (kind, count) in counts(&expected["events"]) {
        *events.get_mut(table(&kind)).expect("a staging table") += count;
    }
    for (table, count) in &events {
        assert_eq!(place.count(&format!("SELECT COUNT(*) AS n FROM {table}")), *count, "{file}: {table}");
    }
    assert_eq!(place.count("SELECT SUM(events) AS n FROM sources"), events.values().sum::<i64>(), "{file}: accounting");
    assert_eq!(place.count("SELECT SUM(rejects) AS n FROM sources"), 0, "{file}: refused");

    let invocations =
        |condition: &str| place.count(&format!("SELECT COUNT(*) AS n FROM invocations WHERE {condition}"));
    assert_eq!(invocations("day IS NOT NULL"), number("invocations"), "{file}: invocations");
    assert_eq!(invocations("started_at IS NOT NULL"), number("starts"), "{file}: starts");
    assert_eq!(invocations("reported_result <> 'incomplete'"), number("ends"), "{file}: ends");
    assert_eq!(invocations("project_id IS NOT NULL"), number("with_project"), "{file}: with a project");
    let starts = "SELECT COUNT(*) AS n FROM invocation_events WHERE progress = 'start'";
    assert_eq!(place.count(starts), number("start_events"), "{file}: start events");

    let nodes = |condition: &str| place.count(&format!("SELECT COUNT(*) AS n FROM node_runs WHERE {condition}"));
    assert_eq!(nodes("event_id IS NOT NULL"), number("node_runs"), "{file}: node runs");
    assert_eq!(nodes("node_outcome = 'failure'"), number("node_failed"), "{file}: nodes that failed");
    assert_eq!(nodes("node_outcome = 'skipped'"), number("node_skipped"), "{file}: nodes that were skipped");
    assert_eq!(place.count("SELECT SUM(nodes) AS n FROM invocations"), number("node_runs"), "{file}: nodes");
    assert_eq!(place.count("SELECT SUM(nodes_failed) AS n FROM invocations"), number("node_failed"), "{file}: failed");
    assert_eq!(
        place.count("SELECT SUM(nodes_skipped) AS n FROM invocations"),
        number("node_skipped"),
        "{file}: skipped"
    );

    let same = |name: &str| name.to_owned();
    let tally = |column: &str| place.tally(column, "invocations");
    assert_eq!(tally("reported_result"), renamed(&expected["results"], same), "{file}: results");
    assert_eq!(tally("command"), renamed(&expected["commands"], same), "{file}: commands");
    assert_eq!(tally("adapter"), renamed(&expected["adapters"], same), "{file}: adapters");
    assert_eq!(tally("dbt_version"), renamed(&expected["versions"], same), "{file}: versions");
    let class = |environment: &str| {
        match environment {
            "manual" => "manual",
            "dbt-cloud-ci" => "cloud",
            "github-actions" => "ci",
            other => panic!("expected.json names an environment that the tests do not know: {other}"),
        }
        .to_owned()
    };
    assert_eq!(tally("environment"), renamed(&expected["environments"], class), "{file}: environments");
}

#[test]
fn dbt_1_5() {
    check("dbt-1.5.11.payload.ndjson");
}

#[test]
fn dbt_1_8() {
    check("dbt-1.8.9.payload.ndjson");
}

#[test]
fn dbt_1_10() {
    check("dbt-1.10.23.payload.ndjson");
}

#[test]
fn dbt_2() {
    check("dbt-2.0.0-preview.196.vortex.binpb");
}

#[test]
fn every_file_that_is_expected_is_checked() {
    let expected = json(&captured().join("expected.json"));
    let names: Vec<&str> = expected.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut checked = [
        "dbt-1.10.23.payload.ndjson",
        "dbt-1.5.11.payload.ndjson",
        "dbt-1.8.9.payload.ndjson",
        "dbt-2.0.0-preview.196.vortex.binpb",
    ];
    checked.sort_unstable();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, checked);
}

#[test]
fn all_together_and_developer_mode() {
    let place = Place::new();
    let run = place.run(0, ["run".as_ref(), captured().as_os_str()]);
    run.shows(["(success_by_version)", "(accounting)"]);

    let expected = json(&captured().join("expected.json"));
    let files = expected.as_object().expect("an object");
    let sum = |key: &str| files.values().map(|file| file[key].as_i64().expect("a count")).sum::<i64>();
    // The developer-mode file, of which expected.json says nothing, holds one run that failed before any node.
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM invocations"), sum("invocations") + 1);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM node_runs"), sum("node_runs"));
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects"), 0);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM unrecognized"), 0);

    let events = place.query(
        "SELECT progress, time_basis, device_tstamp, derived_tstamp FROM invocation_events WHERE source_form = 'vortex-dev'",
    );
    assert_eq!(events.len(), 3, "{events:?}");
    for event in &events {
        assert_eq!((event["time_basis"].as_str(), &event["device_tstamp"]), (Some("file"), &serde_json::Value::Null));
        // When the invocation started, as its id says.
        assert!(event["derived_tstamp"].as_str().is_some_and(|time| time.starts_with("2026-11-22")), "{event:?}");
    }
    let ids = "SELECT DISTINCT invocation_id FROM invocation_events WHERE source_form = 'vortex-dev'";
    let runs = place.query(&format!(
        "SELECT command, outcome, adapter, duration_seconds FROM invocations WHERE invocation_id IN ({ids})"
    ));
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!((runs[0]["command"].as_str(), runs[0]["outcome"].as_str()), (Some("build"), Some("failure")));
    assert_eq!((runs[0]["adapter"].as_str(), &runs[0]["duration_seconds"]), (Some("duckdb"), &serde_json::Value::Null));
}
