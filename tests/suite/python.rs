//! The same lake in DuckDB, Polars for Python and pandas: what a researcher's notebook reads (`notebooks.rs` runs some).
//!
//! The checks are in `tests/python`; the interpreter that has their packages is named by the test command.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

use super::dumps::{captured, mixed};
use super::harness::{PROGRAM, Place, project};

const VARIABLE: &str = "USAGE_REPORT_TEST_PYTHON";

/// The tests' Python.
pub fn interpreter() -> PathBuf {
    let Some(interpreter) = std::env::var_os(VARIABLE) else {
        panic!(
            "{VARIABLE} names no Python with the packages of tests/python/requirements.txt: run python3 tests/all.py, which does"
        );
    };
    interpreter.into()
}

/// A script of the project, ready to be started.
pub fn script<S: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(interpreter());
    command.arg(project(script)).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Runs a script of the project; it must end with 0. Gives what it prints.
pub fn python<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Vec<u8> {
    let mut command = script(name, arguments);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "command: {command:?}\nended with {}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A lake of both fixtures, in two batches, so that staging has duplicates and several files for a day.
fn place() -> Place {
    let place = Place::with_lake_of(&mixed());
    place.run(0, ["run".as_ref(), captured().as_os_str()]);
    place
}

#[test]
fn every_case_of_every_query_holds_in_duckdb() {
    python("tests/queries/check.py", ["--engine", "duckdb"]);
}

#[test]
fn duckdb_gives_the_same_marts_and_reports() {
    let place = place();
    python("tests/python/parity.py", [place.path("lake").as_os_str(), PROGRAM.as_ref()]);
}

#[test]
fn polars_duckdb_and_pandas_read_the_marts_alike() {
    python("tests/python/read_marts.py", [place().path("lake")]);
}

#[test]
fn the_benchmark_of_the_whole_job_measures_each_form_beside_gzip_and_duckdb() {
    let small = ["--invocations", "60", "--days", "1", "--rounds", "1", "--one-file", "--binary", PROGRAM];
    let duckdb: [OsString; 2] = ["--duckdb".into(), interpreter().into()];
    let printed = python("benches/whole_job.py", small.map(Into::into).into_iter().chain(duckdb));
    let printed = String::from_utf8(printed).expect("text");
    for (form, command) in [
        ("enriched", "gzip -dc"),
        ("enriched", "usage-report run, one file"),
        ("enriched", "DuckDB"),
        ("tracker", "usage-report run"),
        ("vortex", "gzip -dc"),
        ("vortex", "usage-report run"),
    ] {
        let is_row = |line: &str| line.starts_with(&format!("| {form} (")) && line.contains(&format!("| {command} |"));
        assert!(printed.lines().any(is_row), "{form}, {command}: {printed}");
    }
}
