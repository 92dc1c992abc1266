//! Every command, its forms of output and its exit codes.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use usage_report::query::{Kind, Library};

use super::dumps::{captured, mixed};
use super::harness::{Place, Run, project};

const COMMANDS: [&str; 23] = [
    "run",
    "ingest",
    "build",
    "report",
    "query",
    "schema",
    "rejects",
    "reparse",
    "compact",
    "gc",
    "health",
    "config",
    "explain",
    "changes",
    "check",
    "forget",
    "rotate-key",
    "dictionary",
    "publish",
    "init",
    "demo",
    "completions",
    "man",
];

fn reports() -> Vec<&'static str> {
    let library = Library::load().expect("the library");
    library.of_kind(Kind::Report).map(|query| query.name).collect()
}

#[test]
fn help_names_every_command_and_every_command_has_an_example() {
    let place = Place::new();
    let help = place.run(0, ["--help"]);
    help.shows(COMMANDS);
    help.shows(["Exit status"]);
    for command in COMMANDS {
        let help = place.run(0, [command, "--help"]);
        help.shows([format!("usage-report {command}"), "Example".to_owned()]);
        // What a table means is the same in every lake, and the configuration names one.
        let asks_a_lake = !["schema", "config", "demo", "dictionary", "init", "completions", "man"].contains(&command);
        assert_eq!(help.text().contains("--lake <DIR>"), asks_a_lake, "{help}");
    }
    place.run(0, ["--version"]).shows([env!("CARGO_PKG_VERSION")]);
    place.run(2, ["no-such-command"]).says(["no-such-command"]);
    place.run(2, ["run"]).says(["PATH"]);
    assert!(place.files(".").is_empty(), "asking for help leaves files");
}

#[test]
fn completions_and_manual_know_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(0, ["completions", shell]);
        script.shows(COMMANDS);
        // The others complete no values.
        let has_values = ["bash", "zsh", "fish"].contains(&shell);
        assert!(script.text().contains("markdown") || !has_values, "{shell} completes no forms");
    }
    // What a shell would say of it.
    place.write("completions.bash", place.run(0, ["completions", "bash"]).output());
    let mut bash = Command::new("bash");
    bash.args(["-n", "completions.bash"]).current_dir(place.path("."));
    assert!(bash.status().expect("a shell").success(), "bash does not read its completions");
    place.run(2, ["completions", "bsh"]).says(["bash"]);

    place.run(0, ["man"]).shows([".TH usage-report 1", "Exit status"]);
    place.run(0, ["man", "--out", "man"]);
    let pages = place.files("man");
    for command in COMMANDS {
        let page = pages.get(Path::new(&format!("usage-report-{command}.1"))).unwrap_or_else(|| panic!("{command}"));
        let page = String::from_utf8_lossy(page);
        assert!(page.starts_with(".ie") && page.contains("Example"), "{page}");
    }
}

#[test]
fn init_writes_a_configuration_and_never_over_one() {
    let place = Place::new();
    place.run(0, ["init"]).says(["usage-report.toml", "config check"]);
    let written = place.files(".");
    let example = place.run(0, ["config", "example"]);
    assert_eq!(written[Path::new("usage-report.toml")], example.output());
    place.run(2, ["init"]).says(["usage-report.toml is there already"]);
    assert_eq!(place.files("."), written);
    place.run(2, ["init", "no/such/folder/file.toml"]).says(["cannot write no/such/folder/file.toml"]);
    // Of a broken one nothing is asked.
    let broken = place.write("broken.toml", "lake = 1\n");
    place.run(0, ["init".as_ref(), place.path("other.toml").as_os_str(), "--config".as_ref(), broken.as_os_str()]);
}

#[test]
fn a_report_in_markdown_says_what_it_is() {
    let place = Place::with_lake_of(&captured());
    let report = place.run(0, ["report", "success_by_version", "platform_os", "--format", "markdown"]);
    report.shows(["### Success by version (`success_by_version`)", "### ", "(`platform_os`)", "| --- |", "---:", "- "]);
    place.run(0, ["report", "success_by_version", "--format", "markdown", "--out", "pages"]);
    let files = place.files("pages");
    let file = String::from_utf8_lossy(&files[Path::new("success_by_version.md")]).into_owned();
    assert!(report.text().starts_with(&file), "{file}");
    // A statement has rows alone.
    let rows = place.run(0, ["query", "SELECT 'a|b' AS x, 1 AS n", "--format", "markdown"]);
    assert_eq!(rows.text(), "| x | n |\n| --- | ---: |\n| ` a\\|b ` | 1 |\n");
    let csv = place.run(0, ["query", "SELECT '=1+1' AS x, -1 AS n", "--format", "csv"]);
    assert_eq!(csv.text(), "x,n\n'=1+1,-1\n");
    place.run(2, ["publish", "--out", "given", "--format", "markdown"]).says(["for programs"]);
}

#[test]
fn the_first_command_of_the_readme_prints_a_report() {
    let place = Place::new();
    let mut command = place.command(["run".as_ref(), project("sample_data").as_os_str()]);
    command.env_remove("USAGE_REPORT_KEY");
    let run = Run::of(command);
    assert_eq!(run.code, Some(0), "{run}");
    // Nobody has a key when he first tries it: one is made, with a warning.
    run.says(["warning: no key given", "0 refused"]);
    assert_eq!(place.files("lake").keys().filter(|path| path.ends_with("key")).count(), 1);
    run.shows([
        "(success_by_version)",
        "(duration_by_command)",
        "(node_count_histogram)",
        "(accounting)",
        "1.10",
        "2.0",
    ]);
    for format in ["enriched-tsv", "enriched-json", "tracker-payload", "vortex"] {
        let files = place.run(
            0,
            ["query", &format!("SELECT COUNT(*) AS n FROM sources WHERE format = '{format}'"), "--format", "csv"],
        );
        assert_ne!(files.text(), "n\n0\n", "sample_data has no {format}");
    }
}

#[test]
fn progress_is_silent_where_nobody_watches() {
    let place = Place::new();
    let run = place.run(0, ["run".as_ref(), mixed().as_os_str()]);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines.len() <= 12 && !run.stderr.contains('\r') && !run.stderr.contains('\u{1b}'), "{run}");
}

#[test]
fn a_key_may_be_in_a_file_and_a_short_one_is_refused() {
    let place = Place::new();
    place.write("key", "a key of some length in a file\n");
    place.write("short", "short\n");
    let dump = captured().join("dbt-1.5.11.payload.ndjson");
    let dump = dump.to_str().expect("UTF-8");
    place.run(0, ["run", dump, "--key-file", "key", "--lake", "one"]);
    let mut command = place.command(["run", dump, "--lake", "two"]);
    command.env("USAGE_REPORT_KEY", "a key of some length in a file");
    assert_eq!(Run::of(command).code, Some(0));
    assert_eq!(place.lake("one"), place.lake("two"), "where the key comes from changes the lake");
    place.run(2, ["run", dump, "--key-file", "short", "--lake", "three"]).says(["short", "too short"]);
    place.run(2, ["run", dump, "--key-file", "none", "--lake", "three"]).says(["none"]);
    assert!(!place.path("three").exists(), "a lake was begun without a key");
}

#[test]
fn ingest_and_build_come_to_the_same_as_run() {
    let place = Place::new();
    place.run(0, ["run".as_ref(), mixed().as_os_str(), "--lake".as_ref(), "one".as_ref()]);
    place.run(0, ["ingest".as_ref(), mixed().as_os_str(), "--lake".as_ref(), "two".as_ref()]);
    place.run(0, ["build", "--lake", "two"]).says(["files written"]);
    assert_eq!(place.files("one/marts"), place.files("two/marts"));
}

#[test]
fn without_a_lake_every_reader_says_what_to_do() {
    let place = Place::new();
    place.run(2, ["query", "SELECT 1"]).says(["lake", "ingest dumps first"]);
    place.run(2, ["report"]).says(["lake", "ingest dumps first"]);
    assert!(place.files(".").is_empty(), "reading made files");
}

#[test]
fn an_unknown_report_is_answered_with_the_known_ones() {
    let place = Place::with_lake_of(&mixed());
    place.run(2, ["report", "no_such_report"]).says(["no_such_report"]).says(reports());
}

#[test]
fn wrong_sql_is_told() {
    let place = Place::with_lake_of(&captured().join("dbt-1.5.11.payload.ndjson"));
    place.run(2, ["query", "SELEC 1"]).says(["usage-report: error"]);
    place.run(2, ["query", "SELECT no_such_column FROM invocations"]).says(["no_such_column"]);
    place.run(2, ["query", "SELECT * FROM no_such_table"]).says(["no_such_table", "invocations", "rejects", "sources"]);
    place.run(2, ["query", "-f", "no-such-file.sql"]).says(["no-such-file.sql"]);
    place.run(2, ["query"]);
}

#[test]
fn a_query_has_the_same_answer_in_every_form() {
    let place = Place::with_lake_of(&mixed());
    let sql = "SELECT command, COUNT(*) AS runs, AVG(nodes) AS nodes, MIN(day) AS first_day, MIN(started_at) AS first_start, \
               MAX(CASE WHEN nodes < 0 THEN nodes END) AS nothing FROM invocations GROUP BY command ORDER BY command";
    let rows = place.query(sql);
    assert!(rows.len() > 5, "{rows:?}");
    for row in &rows {
        assert!(row["nothing"].is_null() && row["runs"].is_u64() && row["nodes"].is_number(), "{row:?}");
        let (day, instant) = (row["first_day"].as_str(), row["first_start"].as_str());
        assert_eq!(day.map(str::len), Some("2026-10-01".len()), "{row:?}");
        assert_eq!(instant.map(str::len), Some("2026-10-01T00:00:00.000000".len()), "{row:?}");
        assert_eq!(instant.map(|instant| &instant[10..11]), Some("T"), "{row:?}");
    }
    let keys: Vec<&String> = rows[0].keys().collect();
    assert_eq!(keys.len(), 6);

    let csv = place.run(0, ["query", sql, "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
    assert_eq!(
        reader.headers().expect("a header"),
        vec!["command", "runs", "nodes", "first_day", "first_start", "nothing"]
    );
    let records: Vec<_> = reader.records().map(|record| record.expect("a record")).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        assert_eq!(Some(&record[0]), row["command"].as_str());
        assert_eq!(record[1].parse().ok(), row["runs"].as_u64());
        assert_eq!(record[2].parse().ok(), row["nodes"].as_f64());
        assert_eq!((Some(&record[3]), Some(&record[4])), (row["first_day"].as_str(), row["first_start"].as_str()));
        assert_eq!(&record[5], "");
    }

    let parquet = place.run(0, ["query", sql, "--format", "parquet"]);
    let path = place.write("result.parquet", &parquet.stdout);
    let frame = usage_report::query::read_frame(std::fs::File::open(&path).expect("a file"), &path).expect("Parquet");
    assert_eq!(frame.shape(), (rows.len(), 6));
    let runs = frame.column("runs").expect("runs").cast(&polars::prelude::DataType::Int64).expect("counts");
    let runs: Vec<Option<i64>> = runs.i64().expect("numbers").iter().collect();
    assert_eq!(runs, rows.iter().map(|row| row["runs"].as_i64()).collect::<Vec<_>>());

    let terminal = place.run(0, ["query", sql]);
    terminal.shows(rows.iter().filter_map(|row| row["command"].as_str()));
    terminal.shows(["command", "first", "  -\n"]);

    place.write("query.sql", sql);
    assert_eq!(place.run(0, ["query", "-f", "query.sql", "--format", "json"]).rows(), rows);
}

#[test]
fn one_instant_is_written_as_many_are() {
    let place = Place::with_lake_of(&captured().join("dbt-1.5.11.payload.ndjson"));
    for sql in ["SELECT MIN(started_at) AS at FROM invocations", "SELECT started_at AS at FROM invocations LIMIT 1"] {
        let rows = place.query(sql);
        let at = rows[0]["at"].as_str().expect("a text");
        assert!(at.starts_with("2026-11-22T18:2") && at.len() == 26, "{sql}: {at}");
    }
}

#[test]
fn an_empty_result_is_an_empty_array_or_a_header() {
    let place = Place::with_lake_of(&captured().join("dbt-1.5.11.payload.ndjson"));
    let sql = "SELECT command, nodes FROM invocations WHERE nodes < 0";
    assert!(place.query(sql).is_empty());
    assert_eq!(place.run(0, ["query", sql, "--format", "csv"]).text(), "command,nodes\n");
    place.run(0, ["query", sql]).shows(["no rows"]);
    // A table of a kind of event that no dump had is there, and empty.
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM login_events"), 0);
}

#[test]
fn reports_are_limited_to_a_window_of_days() {
    let place = Place::with_lake_of(&mixed());
    let days = place.query("SELECT day, COUNT(*) AS n FROM invocations GROUP BY day ORDER BY day");
    assert!(days.len() >= 2, "{days:?}");
    let runs = |arguments: &[&str]| -> i64 {
        let mut all = vec!["report", "success_by_command", "--format", "json"];
        all.extend(arguments);
        place.run(0, all).rows().iter().map(|row| row["runs"].as_i64().expect("a count")).sum()
    };
    let total: i64 = days.iter().map(|row| row["n"].as_i64().expect("a count")).sum();
    assert_eq!(runs(&[]), total);
    for row in &days {
        let day = row["day"].as_str().expect("a day");
        assert_eq!(runs(&["--since", day, "--until", day]), row["n"].as_i64().expect("a count"), "{day}");
    }
    let last = days[days.len() - 1]["day"].as_str().expect("a day");
    let before = days[days.len() - 2]["day"].as_str().expect("a day");
    assert_eq!(runs(&["--until", before]) + runs(&["--since", last]), total);
    assert_eq!(runs(&["--since", "2040-01-01"]), 0);
    place.run(2, ["report", "--since", "yesterday"]).says(["yesterday", "2026-10-01"]);
}

/// Reports that have no row of the fixture: its days are few, and none is final; everything in it is known, no package was
/// installed, and nothing was warned of.
const EMPTY: [&str; 23] = [
    "behavior_change_reach",
    "changes_of_week",
    "deprecation_decay",
    "deprecation_reach",
    "engine_migration",
    "feature_first_use",
    "full_reparse_reasons",
    "incomplete_runs",
    "load_by_hour",
    "orphans_by_version",
    "package_lag",
    "packages",
    "project_growth",
    "retention_by_cohort",
    "support_drop",
    "time_to_first_success",
    "totals_of_week",
    "unrecognized",
    "unsupported_versions",
    "upgrade_effect",
    "upgrade_paths",
    "vanished_projects",
    "version_uptake",
];

#[test]
fn every_report_is_printed_and_written_in_every_form() {
    let place = Place::with_lake_of(&mixed());
    let names = reports();
    let printed = place.run(0, ["report"]);
    printed.shows(names.iter().map(|name| format!("({name})")));
    let all = place.run(0, ["report", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_slice(&all.stdout).expect("an object of arrays");
    for name in &names {
        let rows = place.run(0, ["report", name, "--format", "json"]).rows();
        assert_eq!(rows.is_empty(), EMPTY.contains(name), "{name} has {} rows", rows.len());
        assert_eq!(
            object[name],
            serde_json::Value::from(rows.into_iter().map(serde_json::Value::from).collect::<Vec<_>>()),
            "{name}"
        );
    }
    for (format, ending) in [("terminal", "txt"), ("csv", "csv"), ("json", "json"), ("parquet", "parquet")] {
        let folder = format!("out-{format}");
        let run = place.run(0, ["report", "--format", format, "--out", &folder]);
        assert!(run.stdout.is_empty(), "{run}");
        let mut files: Vec<_> = place.files(&folder).into_keys().collect();
        let mut expected: Vec<std::path::PathBuf> =
            names.iter().map(|name| format!("{name}.{ending}").into()).collect();
        files.sort();
        expected.sort();
        assert_eq!(files, expected);
        assert!(place.files(&folder).values().all(|bytes| !bytes.is_empty()));
    }
    place.run(2, ["report", "--format", "csv"]).says(["--out"]);
    place.run(0, ["report", names[0], names[1]]).shows([format!("({})", names[0]), format!("({})", names[1])]);
}

#[test]
fn rejects_are_told_by_reason() {
    let place = Place::with_lake_of(&mixed());
    let total = place.count("SELECT COUNT(*) AS n FROM rejects");
    let counted: i64 = place
        .run(0, ["rejects"])
        .text()
        .lines()
        .map(|line| line.split_whitespace().next().and_then(|count| count.parse::<i64>().ok()).expect("a count"))
        .sum();
    assert_eq!(counted, total);
    let reason =
        place.query("SELECT reason FROM rejects ORDER BY reason")[0]["reason"].as_str().expect("a reason").to_owned();
    let shown = place.run(0, ["rejects", "--show", "--reason", &reason, "--limit", "1", "--bytes", "3"]);
    assert_eq!(shown.text().matches(": byte ").count(), 1, "{shown}");
    place.run(2, ["rejects", "--reason", "no_such_reason"]).says(["no_such_reason", "not_json"]);

    let sound = Place::with_lake_of(&captured().join("dbt-1.5.11.payload.ndjson"));
    sound.run(0, ["rejects", "--show"]).shows(["nothing was refused"]);
}

#[test]
fn rejects_of_a_dump_that_is_gone_are_told() {
    let place = Place::new();
    let path = place.write("dumps/notes.txt", "hello\n");
    place.run(1, ["ingest", "dumps"]);
    std::fs::remove_file(path).expect("removed");
    place.run(0, ["rejects", "--show"]).shows(["unknown_format"]).says(["notes.txt"]);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::with_lake_of(&mixed());
    let mut loud = Vec::new();
    for arguments in [
        &["query", "SELECT * FROM run_model_events", "--format", "json"][..],
        &["query", "SELECT * FROM run_model_events", "--format", "csv"],
        &["query", "SELECT * FROM run_model_events"],
        &["query", "SELECT * FROM run_model_events", "--format", "parquet"],
        &["report"],
        &["rejects"],
        &["dictionary"],
        &["schema"],
        &["explain", "success_by_week"],
        &["man"],
        &["completions", "bash"],
    ] {
        let mut command = place.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
        let status = child.wait().expect("an end");
        if status.code() != Some(0) || !stderr.is_empty() {
            loud.push((arguments, status, stderr));
        }
    }
    assert!(loud.is_empty(), "{loud:#?}");
}

#[test]
fn the_dictionary_needs_no_lake_and_knows_every_table() {
    let place = Place::new();
    place.run(0, ["schema"]).shows([
        "invocations",
        "run_model_events",
        "rejects",
        "unrecognized",
        "(treatments)",
        "checked form",
    ]);
    let rows = place.run(0, ["schema", "run_model_events", "--format", "json"]).rows();
    let row = rows.iter().find(|row| row["column"] == "execution_seconds").expect("the column");
    assert_eq!((&row["unit"], &row["dbt2"]), (&"seconds".into(), &"RunModel.execution_time".into()));
    place.run(2, ["schema", "no_such_table"]).says(["no_such_table", "invocations", "rejects"]);
    assert!(place.files(".").is_empty(), "asking for the dictionary leaves files");
}
