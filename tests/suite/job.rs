//! The scheduled job: what it does on its own, what it says of itself, and the units that start it.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::dumps::{json, payload_lines};
use super::harness::{Place, Run, files_under, project};
use super::python::python;

/// The scheduled run, as every unit has it.
const RUN: [&str; 3] = ["run", "--config", "job.toml"];

/// A place with a configuration that asks for everything.
pub(super) fn configured() -> Place {
    let place = Place::new();
    place.write(
        "job.toml",
        "[dumps]\npaths = ['dumps']\n[maintenance]\ncompact = true\ngc = true\ngc_older_than = '0s'\n\
         [reports]\nfolder = 'reports'\nformats = ['csv', 'json']\n[metrics]\nfile = 'job.prom'\n",
    );
    place
}

/// The same with two dumps.
fn place() -> Place {
    let place = configured();
    for (number, lines) in payload_lines().chunks(3).take(2).enumerate() {
        place.write(&format!("dumps/{number}.ndjson"), lines.join("\n") + "\n");
    }
    place
}

/// What each run says of itself, the first one first.
fn records(place: &Place) -> Vec<Value> {
    files_under(&place.path("lake/runs")).keys().map(|name| json(&place.path("lake/runs").join(name))).collect()
}

/// What the last one says.
fn last(place: &Place) -> Value {
    records(place).pop().expect("a record")
}

/// The metrics as Prometheus reads them.
fn metrics(place: &Place) -> BTreeMap<String, f64> {
    let samples = python("tests/python/exposition.py", [place.path("job.prom")]);
    serde_json::from_slice(&samples).expect("an object of numbers")
}

#[test]
fn a_second_run_reads_nothing_and_leaves_the_reports_as_they_are() {
    let place = place();
    let first = place.run(0, RUN);
    let reports = place.files("reports");
    assert!(reports.len() > 20 && reports.values().all(|bytes| !bytes.is_empty()), "{:?}", reports.keys());
    let second = place.run(0, RUN);
    second.says(["ingest: nothing new (2 dumps", "0 files written", "compact: ", "gc: removed 0 files"]);
    assert_eq!(first.text(), second.text());
    assert_eq!(place.files("reports"), reports);
    let records = records(&place);
    assert_eq!(records.len(), 2);
    let counts = |record: &Value| [&record["ingest"]["read"], &record["ingest"]["known"]].map(Value::as_u64);
    assert_eq!((counts(&records[0]), counts(&records[1])), ([Some(2), Some(0)], [Some(0), Some(2)]));
    assert_eq!(records[0]["config"], records[1]["config"]);
    place.run(0, [&RUN[..], &["--max-events", "7"]].concat());
    assert_ne!(last(&place)["config"], records[1]["config"], "another configuration has the same fingerprint");
}

#[test]
fn its_lake_stays_in_order_by_itself() {
    let place = place();
    for line in &payload_lines()[6..] {
        let number = files_under(&place.path("dumps")).len();
        place.write(&format!("dumps/{number}.ndjson"), format!("{line}\n"));
        place.run(0, ["ingest", "dumps"]);
    }
    let before = place.files("lake/receipts").len();
    assert!(before >= 8, "too few batches to merge: {before}");
    place.run(0, RUN).says(["batches"]);
    place.run(0, RUN);
    let after = place.files("lake/receipts").len();
    assert!(after < before, "{before} receipts are {after}");
    assert_eq!(last(&place)["lake"]["dumps"], files_under(&place.path("dumps")).len());
}

#[test]
fn a_record_says_how_a_run_went() {
    let place = place();
    place.write("dumps/broken.ndjson", "{\n");
    place.run(1, RUN);
    let record = last(&place);
    assert_eq!((&record["outcome"], &record["exit_code"]), (&"with_problems".into(), &1.into()), "{record}");
    let (events, rejects) =
        (place.count("SELECT SUM(events) AS n FROM sources"), place.count("SELECT SUM(rejects) AS n FROM sources"));
    assert!(events > 5 && rejects == 1, "{events} events, {rejects} rejects");
    for records in [&record["ingest"]["records"], &record["lake"]["records"]] {
        assert_eq!(
            (records["events"].as_i64(), records["rejects"].as_i64()),
            (Some(events), Some(rejects)),
            "{record}"
        );
    }
    assert_eq!((&record["ingest"]["read"], &record["ingest"]["damaged"]), (&3.into(), &1.into()), "{record}");
    assert!(record["build"]["files"].as_u64() > Some(0), "{record}");
    let stages: Vec<&String> = record["seconds"].as_object().expect("an object").keys().collect();
    assert_eq!(stages, ["build", "check", "ingest", "maintenance", "report"]);
    assert_eq!(record["last_success"], record["ended"]);
    assert!(record["started"].as_str() < record["ended"].as_str(), "{record}");

    // What was new, to the dump, and what its numbers are made with.
    let inputs = &record["inputs"];
    let sources = place.query("SELECT source, bytes FROM sources ORDER BY source");
    let digests: Vec<&Value> = sources.iter().map(|row| &row["source"]).collect();
    assert_eq!(inputs["dumps"].as_array().expect("digests").iter().collect::<Vec<_>>(), digests);
    let [batch] = &inputs["batches"].as_array().expect("batches")[..] else { panic!("one batch: {record}") };
    let batch = batch.as_str().expect("an id");
    assert!(place.path(&format!("lake/receipts/{batch}.json")).is_file(), "{record}");
    let bytes: i64 = sources.iter().filter_map(|row| row["bytes"].as_i64()).sum();
    assert_eq!(inputs["bytes"].as_i64(), Some(bytes), "{record}");
    let kinds = inputs["events"].as_object().expect("counts by kind");
    assert_eq!(kinds.values().filter_map(Value::as_i64).sum::<i64>(), events, "{record}");
    let of_invocations = place.count("SELECT COUNT(*) AS n FROM invocation_events");
    assert_eq!(kinds["invocation_events"].as_i64(), Some(of_invocations), "{record}");
    for name in ["schema", "sql", "breaks"] {
        assert_eq!(record["versions"][name].as_str().map(str::len), Some(32), "{name}: {record}");
    }
    place.run(0, RUN);
    let known = last(&place);
    assert!(known.get("inputs").is_none() && known["versions"] == record["versions"], "nothing was new: {known}");

    // One that fails says why, and knows when all was well.
    fs::remove_dir_all(place.path("dumps")).expect("the dumps");
    place.run(2, RUN);
    let failed = last(&place);
    assert_eq!((&failed["outcome"], &failed["exit_code"]), (&"failed".into(), &2.into()), "{failed}");
    assert_eq!((&failed["error"], &failed["last_success"]), (&"no dump to read".into(), &known["ended"]), "{failed}");
    assert!(failed.get("ingest").is_none() && failed.get("build").is_none(), "{failed}");
}

#[test]
fn its_metrics_say_the_same_as_its_record() {
    let place = place();
    place.write("dumps/broken.ndjson", "{\n");
    place.run(1, RUN);
    let (first, record) = (metrics(&place), last(&place));
    assert_eq!(first["usage_report_last_run_exit_code"], 1.0);
    assert_eq!(first[&format!("usage_report_info {}", env!("CARGO_PKG_VERSION"))], 1.0);
    for (metric, pointer) in [
        ("last_run_dumps read", "/ingest/read"),
        ("last_run_dumps damaged", "/ingest/damaged"),
        ("last_run_records events", "/ingest/records/events"),
        ("last_run_records rejects", "/ingest/records/rejects"),
        ("last_run_rejects unknown_format", "/ingest/rejects/unknown_format"),
        ("last_run_events invocation_events", "/inputs/events/invocation_events"),
        ("last_run_bytes", "/inputs/bytes"),
        ("last_run_stage_seconds build", "/seconds/build"),
        ("last_run_days_built", "/build/days"),
        ("last_run_files_built", "/build/files"),
        ("lake_dumps", "/lake/dumps"),
        ("lake_records events", "/lake/records/events"),
        ("lake_staging_bytes", "/lake/bytes"),
    ] {
        let expected = record.pointer(pointer).and_then(Value::as_f64);
        assert!(expected > Some(0.0), "{pointer} of {record}");
        assert_eq!(first.get(&format!("usage_report_{metric}")).copied(), expected, "{metric}: {first:?}");
    }
    // A run that fails writes them, too.
    let mut command = place.command(RUN);
    command.env("USAGE_REPORT_KEY", "another key, of enough length");
    assert_eq!(Run::of(command).code, Some(2));
    let second = metrics(&place);
    assert_eq!(second["usage_report_last_run_exit_code"], 2.0);
    let success = "usage_report_last_success_timestamp_seconds";
    assert_eq!(first[success], first["usage_report_last_run_end_timestamp_seconds"]);
    assert_eq!(second[success], first[success]);
    assert!(second["usage_report_last_run_start_timestamp_seconds"] >= first[success]);
    assert!(!second.contains_key("usage_report_last_run_dumps read"), "{second:?}");
}

#[test]
fn its_log_is_one_object_a_line_if_asked_for() {
    let place = place();
    place.write("dumps/broken.ndjson", "{\n");
    let arguments = [&RUN[..], &["--log-format", "json"]].concat();
    let lines = |run: &Run| -> Vec<Value> {
        let parsed =
            run.stderr.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
        parsed.collect()
    };
    let run = place.run(1, &arguments);
    let log = lines(&run);
    for line in &log {
        let time = line["time"].as_str().expect("a time");
        assert!(time.len() == 27 && time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert!(["error", "warning", "info"].contains(&line["level"].as_str().expect("a level")), "{line}");
        assert!(!line["message"].as_str().expect("a message").is_empty(), "{line}");
    }
    let ingest =
        log.iter().find(|line| line["message"].as_str().is_some_and(|text| text.starts_with("ingest: 3 dumps")));
    let ingest = ingest.unwrap_or_else(|| panic!("{run}"));
    assert_eq!((&ingest["read"], &ingest["records"]["rejects"]), (&3.into(), &1.into()));
    assert_eq!(ingest["rejects"], serde_json::json!({"unknown_format": 1}));
    assert!(
        log.iter().any(|line| line["level"] == "error" && line["message"].to_string().contains("broken.ndjson")),
        "{run}"
    );
    // The same of a command line that cannot be read, where the environment asks for it.
    for arguments in [&["run", "--no-such-flag"][..], &["build", "--config", "none.toml"]] {
        let mut command = place.command(arguments);
        command.env("USAGE_REPORT_LOG_FORMAT", "json");
        let run = Run::of(command);
        assert_eq!(run.code, Some(2), "{run}");
        assert!(lines(&run).iter().all(|line| line["level"] == "error"), "{run}");
    }
}

#[test]
fn health_is_the_last_run_s_age_and_outcome() {
    let place = place();
    let health = ["health", "--config", "job.toml"];
    place.run(1, health).says(["no run has left a record in lake/runs"]);
    place.run(0, RUN);
    place.run(0, health).shows(["the last run ended"]);
    place.run(1, [&health[..], &["--max-age", "0s"]].concat()).says(["longer ago than"]);
    place.write("dumps/broken.ndjson", "{\n");
    place.run(1, RUN);
    place.run(0, health).shows(["with problems"]);
    fs::remove_dir_all(place.path("dumps")).expect("the dumps");
    place.run(2, RUN);
    place.run(1, health).says(["the last run failed", "no dump to read", "the last that succeeded ended"]);
    place.write("lake/runs/9999.json", "{}");
    place.run(2, health).says(["runs/9999.json is not the record of a run"]);
}

/// What a unit runs: the program's arguments, of each of its commands.
fn commands(unit: &str) -> Vec<Vec<String>> {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let program = "/usr/local/bin/usage-report ";
    let of_line = |line: &str| {
        if let Some(list) = line.trim().strip_prefix("args: ") {
            return Some(serde_json::from_str(list).unwrap_or_else(|error| panic!("{error}: {line}")));
        }
        let command = line.split_once(program).filter(|_| !line.starts_with('#'))?.1;
        // Where cron sends what is printed is no part of it.
        Some(words(command.split(['>']).next().unwrap_or(command).trim_end_matches('2')))
    };
    unit.lines().filter_map(of_line).collect()
}

#[test]
fn the_units_start_a_job_that_works() {
    let units: [(&str, &[&str]); 4] = [
        ("systemd/usage-report.service", &["run"]),
        ("systemd/usage-report-health.service", &["health"]),
        ("cron/usage-report", &["run", "health"]),
        ("kubernetes/usage-report.yaml", &["run", "health"]),
    ];
    let place = Place::new();
    // The configuration that goes with them, with its folders moved here.
    let moved = |text: &str| {
        ["/etc/usage-report", "/var/lib/usage-report", "/srv/dumps"].iter().fold(text.to_owned(), |text, folder| {
            text.replace(folder, place.path(&folder[1..]).to_str().expect("UTF-8"))
        })
    };
    let unit = |name: &str| moved(&fs::read_to_string(project("deploy").join(name)).expect(name));
    place.write("etc/usage-report/usage-report.toml", unit("usage-report.toml"));
    place.write("etc/usage-report/key", "a key of some length in a file\n");
    place.write("srv/dumps/a.ndjson", payload_lines().join("\n"));
    place.run(0, ["config", "check", place.path("etc/usage-report/usage-report.toml").to_str().expect("UTF-8")]);
    for (name, expected) in units {
        let commands = commands(&unit(name));
        assert_eq!(commands.iter().map(|command| command[0].as_str()).collect::<Vec<_>>(), expected, "{name}");
        for command in commands {
            let run = place.run_any(&command);
            assert_eq!(run.code, Some(0), "{name}\n{run}");
        }
    }
    for made in ["lake/runs", "reports", "metrics"] {
        assert!(!place.files(&format!("var/lib/usage-report/{made}")).is_empty(), "{made}");
    }
}
