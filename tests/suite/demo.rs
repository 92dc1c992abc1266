//! `demo`: the same bytes whenever and however they are made, what is found in them is what they were made of, and the
//! change that was planted is told.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::dumps::json;
use super::harness::{PROGRAM, Place, Row, close};
use super::truth::{Check, durations, invocations, nodes, number, records, under};

/// Makes the dumps of a small demonstration.
fn dumps(place: &Place, folder: &str, more: &[&str]) {
    let small = ["demo", folder, "--dumps-only", "--invocations", "1500", "--days", "9"];
    place.run(0, small.iter().chain(more)).says(["1500 runs on 9 days made up"]);
}

/// A demonstration with a lake over it, and its truth.
fn demonstration() -> (Place, Value) {
    let place = Place::new();
    dumps(&place, "demo", &[]);
    place.run(0, ["run", "demo/dumps"]);
    let truth = json(&place.path("demo/truth.json"));
    (place, truth)
}

#[test]
fn the_same_numbers_give_the_same_bytes_whatever_the_number_of_threads() {
    let place = Place::new();
    dumps(&place, "one", &[]);
    let first = place.files("one");
    assert!(first.len() > 30, "{:?}", first.keys());
    let mut command = place.command(["demo", "two", "--dumps-only", "--invocations", "1500", "--days", "9"]);
    let output = command.env("RAYON_NUM_THREADS", "1").output().expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    assert!(first == place.files("two"), "another number of threads gives other dumps");

    for (folder, other) in [("three", ["--seed", "2"]), ("four", ["--start", "2026-02-02"])] {
        dumps(&place, folder, &other);
        let files = place.files(folder);
        let equal = files.iter().filter(|(path, bytes)| first.get(*path) == Some(bytes)).count();
        assert_eq!(equal, 0, "{other:?}");
    }
    assert!(place.path("four/dumps/vortex/2026-02-10.binpb.gz").is_file());
}

#[test]
fn what_is_found_is_what_was_made() {
    let (place, truth) = demonstration();
    let checks: [Check; 6] = [invocations, nodes, durations, records, days_and_projects, kinds_and_lateness];
    for check in checks {
        check(&place, &truth);
    }
    assert_eq!(
        number(&truth, "invocations") + truth["dumps"]["invisible"].as_i64().expect("runs of which nothing came"),
        1500
    );
}

fn days_and_projects(place: &Place, truth: &Value) {
    assert_eq!(place.tally("CAST(day AS VARCHAR)", "invocations"), under(truth, "day"));
    let cell = "CAST(week AS VARCHAR) || '/' || COALESCE(adapter, 'None') || '/' || outcome";
    assert_eq!(place.tally(cell, "invocations"), under(truth, "week"));
    let projects = "SELECT COUNT(DISTINCT project_key) AS n FROM invocations";
    assert_eq!(place.count(projects), number(truth, "projects"));
    let twice = "SELECT COUNT(*) - COUNT(DISTINCT invocation_id) AS n FROM invocations";
    assert_eq!(place.count(twice), 0);
}

fn kinds_and_lateness(place: &Place, truth: &Value) {
    let mut late = 0;
    let mut kinds = BTreeMap::new();
    for table in usage_report::staging::TableId::all().map(|table| table.name()) {
        let events = place.count(&format!("SELECT COUNT(*) AS n FROM {table}"));
        if events > 0 {
            kinds.insert(table.to_owned(), events);
        }
        late += place.count(&format!(
            "SELECT COUNT(*) AS n FROM {table} \
             WHERE EXTRACT(EPOCH FROM collector_tstamp) - EXTRACT(EPOCH FROM derived_tstamp) > 86400"
        ));
    }
    assert_eq!(kinds, under(truth, "kind"));
    assert!(late > 0, "nothing is late");
    assert_eq!(late, number(truth, "late_events"));
}

#[test]
fn nothing_is_refused_but_what_was_broken() {
    let (place, truth) = demonstration();
    let reasons = place.tally("reason", "rejects");
    let known = ["field_count", "not_json", "not_protobuf"];
    assert!(reasons.keys().all(|reason| known.contains(&reason.as_str())), "{reasons:?}");
    assert_eq!(reasons.values().sum::<i64>(), truth["dumps"]["broken"].as_i64().expect("a count"));
    // What is not known here are the pages of another product alone.
    let unknown = place.run(0, ["report", "unrecognized", "--format", "json"]).rows();
    assert!(unknown.iter().all(|row| row["kind"] == "product"), "{unknown:?}");
}

/// As somebody meets it: without a flag.
#[test]
fn the_demonstration_tells_what_was_planted_and_its_next_commands_work() {
    let place = Place::new();
    let run = place.run(0, ["demo"]);
    run.says(["15000 runs on 46 days made up in demo/dumps", "demo/reports", "Try next:"]);
    run.shows(["success_by_version"]);

    let truth = json(&place.path("demo/truth.json"));
    let rows = place.run(0, ["report", "changes_of_week", "--lake", "demo/lake", "--format", "json"]).rows();
    let flagged: Vec<&Row> = rows.iter().filter(|row| row["is_flagged"] == true).collect();
    let planted = &truth["planted"];
    let is_it = |row: &&&Row| ["measure", "dimension", "value", "week"].iter().all(|key| row[*key] == planted[*key]);
    let row = flagged.iter().find(is_it).unwrap_or_else(|| panic!("{planted} is not flagged: {flagged:?}"));
    for share in ["share_before", "share_now"] {
        let [found, drawn] = [&row[share], &planted[share]].map(|share| share.as_f64().expect("a share"));
        assert!(close(found, drawn), "{share} is {found}, drawn was {drawn}");
    }
    // Whatever else is flagged is of it: the same runs in other dimensions.
    assert!(flagged.iter().all(|row| row["measure"] == "success"), "{flagged:?}");

    // The next commands, as they are shown.
    let shown = run.stderr.split("Try next:\n").nth(1).expect("next commands");
    let commands: Vec<&str> = shown.lines().map(str::trim).collect();
    assert!(commands.len() >= 3, "{commands:?}");
    for command in commands {
        let rest = command.strip_prefix("usage-report ").expect("a command of the program");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("\"$0\" {rest}"), PROGRAM]);
        let done = super::harness::Run::of(place.here(shell));
        assert_eq!(done.code, Some(0), "{done}");
        assert!(!done.stdout.is_empty(), "{done}");
    }

    // And the job goes on, of which nothing is new.
    place.run(0, ["run", "--config", "demo/usage-report.toml"]).says(["nothing new", "0 days, 0 files written"]);
    place.run(0, ["demo"]).says(["demo/dumps is there already, and stays as it is", "nothing new"]);
}

#[test]
fn nothing_is_written_over() {
    let place = Place::new();
    dumps(&place, "demo", &[]);
    let before = place.files("demo");
    place
        .run(2, ["demo", "demo", "--dumps-only", "--seed", "5"])
        .says(["demo holds another demonstration: --invocations 1500 --days 9 --start 2026-09-14 --seed 1"]);
    place.write("mine/notes.txt", "mine");
    place.run(2, ["demo", "mine"]).says(["mine is not empty, and not a demonstration's: name another folder"]);
    place.write("file", "mine");
    place.run(2, ["demo", "file"]).says(["file is no folder"]);
    place.write("odd/demo.json", "mine");
    place.run(2, ["demo", "odd"]).says(["odd/demo.json is not what `demo` writes"]);
    place.run(2, ["demo", "--days", "0"]).says(["--days", "0"]);
    place.run(2, ["demo", "--start", "1815-06-18"]).says(["not a day from 2000-01-01"]);

    // What was broken off is made again.
    fs::remove_file(place.path("demo/truth.json")).expect("a file");
    fs::remove_file(place.path("demo/dumps/vortex/2026-09-15.binpb.gz")).expect("a file");
    dumps(&place, "demo", &[]);
    assert!(before == place.files("demo"), "the demonstration is not what it was");
}

#[test]
fn what_the_environment_says_is_of_another_lake() {
    let place = Place::new();
    let mut command = place.command(["demo", "a folder", "--invocations", "200", "--days", "2"]);
    command.env("USAGE_REPORT_LAKE", "precious").env("USAGE_REPORT_REPORTS_FOLDER", "precious");
    let run = super::harness::Run::of(command);
    assert_eq!(run.code, Some(0), "{run}");
    run.says(["--config 'a folder/usage-report.toml'"]);
    assert!(!place.path("precious").exists());
    assert!(place.path("a folder/lake/marts/invocations").is_dir());
}
