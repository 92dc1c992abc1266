//! What a terminal shows, and what a pipe gets instead.

use std::path::Path;

use super::dumps::mixed;
use super::harness::{PROGRAM, Place};
use super::python::python;

/// Runs commands in a terminal; no line may be longer than its window.
fn in_a_window(lake: &Path, width: &str, colour: &str, commands: &[&[&str]]) {
    let words = commands.iter().flat_map(|command| ["--"].into_iter().chain(command.iter().copied())).skip(1);
    let arguments = [PROGRAM.as_ref(), lake.as_os_str(), width.as_ref(), colour.as_ref()];
    python("tests/python/terminal.py", arguments.into_iter().chain(words.map(AsRef::as_ref)));
}

#[test]
fn nothing_is_wider_than_the_window() {
    let place = Place::with_lake_of(&mixed());
    for width in ["60", "100", "200"] {
        in_a_window(
            &place.path("lake"),
            width,
            "colour",
            &[
                &["report"],
                &["dictionary"],
                &["health", "--max-age", "10000d"],
                &["rejects"],
                &["compact", "--dry-run"],
                &["gc", "--dry-run"],
                &["changes"],
                &["check"],
                &["config", "show"],
                &["query", "SELECT * FROM invocations"],
                &["report", "sucess_by_week"],
                &["report", "weather"],
                &["query", "SELECT * FROM nowhere"],
                &["run", "no/such/dump"],
                &["--help"],
                &["run", "--help"],
                &["publish", "--help"],
                &["reparse", "--help"],
            ],
        );
    }
}

#[test]
fn there_is_no_colour_for_who_wants_none() {
    let place = Place::with_lake_of(&mixed());
    in_a_window(&place.path("lake"), "100", "plain", &[&["report"], &["report", "weather"], &["--help"]]);
}

#[test]
fn a_pipe_gets_charts_and_no_escape_codes() {
    let place = Place::with_lake_of(&mixed());
    let report = place.run(0, ["report"]);
    assert!(!report.text().contains('\u{1b}'), "{report}");
    report.shows(["█", "├", "●", "▂"]);
    let error = place.run(2, ["report", "weather"]);
    assert!(!error.stderr.contains('\u{1b}'), "{error}");
    error.says(["usage-report: error: there is no report weather"]);
}

#[test]
fn what_was_meant_is_told() {
    let place = Place::with_lake_of(&mixed());
    place.write("dumps/monday.tsv", "");
    let meant = |arguments: &[&str], meant: &str| {
        place.run_any(arguments).says([meant]);
    };
    meant(&["report", "sucess_by_week"], "there is no report sucess_by_week; did you mean success_by_week?");
    meant(&["schema", "invocation"], "there is no table invocation; did you mean invocations?");
    meant(&["query", "SELECT * FROM invocatoins"], "there is no table invocatoins; did you mean invocations?");
    meant(&["query", "SELECT comand FROM invocations"], "Did you mean \"command\"?");
    meant(&["rejects", "--reason", "not_utf_8"], "there is no reason not_utf_8; did you mean not_utf8?");
    meant(&["ingest", "dumps/mondai.tsv"], "dumps/mondai.tsv: no such file or folder; did you mean dumps/monday.tsv?");
    meant(&["ingest", "dump/monday.tsv"], "dump/monday.tsv: no such file or folder; did you mean dumps?");
    meant(&["report", "--formt", "csv"], "--format");
    meant(&["report", "--format", "jsn"], "json");
}

#[test]
fn quiet_says_what_is_wrong_and_verbose_what_is_done() {
    let place = Place::new();
    let run = |arguments: &[&str]| {
        let mut command = place.command(["run"]);
        command.arg(mixed()).args(arguments);
        super::harness::Run::of(command)
    };
    let verbose = run(&["--verbose", "--lake", "loud"]);
    verbose.says([
        "as enriched-tsv: ",
        "decompressed",
        "build: 2026-10-01 (",
        "configuration: log.level = \"verbose\" (--verbose)",
    ]);
    let normal = run(&["--lake", "usual"]);
    normal.says(["ingest: 33 dumps", "build: "]);
    assert!(!normal.stderr.contains("as enriched-tsv"), "{normal}");
    let quiet = run(&["-q", "--lake", "still"]);
    assert_eq!(quiet.stderr, "", "{quiet}");
    assert_eq!(quiet.text(), normal.text());

    // As lines for programs, too, and by the configuration.
    let lines = run(&["--verbose", "--log-format", "json", "--lake", "lines"]);
    let levels: Vec<String> = lines
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|line| line["level"].as_str().expect("a level").to_owned())
        .collect();
    assert!(levels.iter().any(|level| level == "debug") && levels.iter().any(|level| level == "info"), "{lines}");
    place.write("job.toml", "[log]\nlevel = \"quiet\"\n");
    assert_eq!(run(&["--config", "job.toml", "--lake", "still"]).stderr, "");
    run(&["--config", "job.toml", "--verbose", "--lake", "still"]).says(["configuration: log.level"]);
    place.run(2, ["report", "--quiet", "--verbose"]).says(["cannot be used with"]);
    place.run(2, ["report", "--quiet", "weather", "--lake", "still"]).says(["there is no report weather"]);
}
