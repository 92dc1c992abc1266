//! Every format: fixtures with and without faults, and the same events in every form.

use std::ffi::OsStr;
use std::fs;

use super::dumps::{captured, json, mixed};
use super::harness::{Place, project};
use super::python::python;

/// The fixtures of all formats; each holds what its entry in `expected.json` says.
#[test]
fn every_record_of_every_fixture_is_accounted_for() {
    let root = project("tests/fixtures/formats");
    let expected = json(&root.join("expected.json"));
    let files = expected.as_object().expect("an object");
    assert!(files.len() >= 45, "only {} fixtures", files.len());
    let mut problems = Vec::new();
    for (name, expected) in files {
        let place = Place::new();
        let run = place.run_any(["run".as_ref(), root.join(name).as_os_str()]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
        let source = place.query("SELECT * FROM sources").remove(0);
        // A dump without a record has no format.
        let is_empty = expected["records"] == 0;
        let format = if is_empty { "empty" } else { expected["format"].as_str().expect("a name") };
        let rejects = place.tally("reason", "rejects");
        let found = serde_json::json!({
            "format": source["format"].as_str().map(|found| if found == format { expected["format"].clone() } else { found.into() }),
            "records": source["records"],
            "events": source["events"],
            "duplicates": place.count("SELECT COUNT(*) AS n FROM duplicates"),
            "rejects": rejects,
            "foreign": source["foreign_records"],
            "filtered": source["filtered_records"],
            "invocations": place.count("SELECT COUNT(*) AS n FROM invocations"),
            "node_runs": place.count("SELECT COUNT(*) AS n FROM node_runs"),
        });
        if found != *expected {
            problems.push(format!("{name}: expected {expected}, found {found}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// What a format that is named reads is what it reads when it is told by content.
#[test]
fn a_named_format_reads_the_same() {
    let root = project("tests/fixtures/formats");
    let expected = json(&root.join("expected.json"));
    for (name, expected) in expected.as_object().expect("an object") {
        if !name.contains("/faults.") {
            continue;
        }
        let format = expected["format"].as_str().expect("a name");
        let place = Place::new();
        place.run_any(["ingest".as_ref(), root.join(name).as_os_str(), "--format".as_ref(), format.as_ref()]);
        let source = place.query("SELECT * FROM sources").remove(0);
        assert_eq!((&source["records"], &source["events"]), (&expected["records"], &expected["events"]), "{name}");
    }
}

/// Compares the marts of a lake of enriched TSV with those of the same events in another form.
fn same_marts(form: &str, except: &[&str]) {
    let place = Place::new();
    let tsv = mixed().join("enriched-tsv");
    let converted = place.path("dumps");
    python("tests/python/convert.py", [tsv.as_os_str(), converted.as_os_str(), "--to".as_ref(), form.as_ref()]);
    assert!(fs::read_dir(&converted).expect("converted dumps").count() > 0, "nothing was converted");
    for (dumps, lake) in [(&tsv, "a"), (&converted, "b")] {
        let run = place.run_any(["run".as_ref(), dumps.as_os_str(), "--lake".as_ref(), lake.as_ref()]);
        assert_eq!(run.code, Some(0), "{run}");
    }
    let (a, b) = (place.path("a"), place.path("b"));
    let mut arguments: Vec<&OsStr> = vec![a.as_os_str(), b.as_os_str()];
    if !except.is_empty() {
        arguments.push("--except".as_ref());
        arguments.extend(except.iter().map(OsStr::new));
    }
    python("tests/python/compare_marts.py", arguments);
}

#[test]
fn enriched_json_gives_the_same_marts() {
    for form in ["enriched-json", "enriched-json-array", "enriched-json-array-pretty"] {
        same_marts(form, &[]);
    }
}

#[test]
fn collector_payloads_give_the_same_marts() {
    // Nobody has looked a country up when the collector writes.
    for form in ["collector-payload-base64", "collector-payload-binary", "collector-payload-elephant-bird"] {
        same_marts(form, &["country"]);
    }
}

#[test]
fn failed_events_give_the_same_marts() {
    // Those that failed before the look-up of the country have none.
    same_marts("failed-events", &["country"]);
    same_marts("failed-tsv", &[]);
}

#[test]
fn tracker_payloads_give_the_same_marts_but_for_the_collectors_clock() {
    let late = ["received_events", "latency_p50_seconds", "latency_p90_seconds", "latency_p99_seconds"];
    for form in ["tracker-payload", "tracker-payload-array", "tracker-payload-get"] {
        same_marts(form, &[&["country", "first_event_at", "started_at"][..], &late].concat());
    }
    // A log has the time at which the collector wrote the line.
    same_marts("access-log", &["country", "first_event_at", "started_at", late[1], late[2], late[3]]);
}

#[test]
fn the_snowplow_analytics_sdk_reads_the_same() {
    let program = OsStr::new(env!("CARGO_BIN_EXE_usage-report"));
    python("tests/python/sdk.py", [program, mixed().join("enriched-tsv").as_os_str()]);
}

#[test]
fn what_real_dbt_sent_reads_the_same_as_enriched_events() {
    let place = Place::new();
    for file in fs::read_dir(captured()).expect("the fixture") {
        let file = file.expect("an entry");
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".payload.ndjson") {
            place.write(&format!("payloads/{name}"), fs::read(file.path()).expect("a dump"));
        }
    }
    let (from, to) = (place.path("payloads"), place.path("enriched"));
    python("tests/python/convert.py", [from.as_os_str(), to.as_os_str(), "--to".as_ref(), "enriched-tsv".as_ref()]);
    python("tests/python/sdk.py", [OsStr::new(env!("CARGO_BIN_EXE_usage-report")), to.as_os_str()]);
}

#[test]
fn the_fixtures_are_what_their_script_makes() {
    python("tests/python/make_fixtures.py", ["--check"]);
}
