//! A lake that is given another key is the lake that this key would have made, and nothing of the old one is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use usage_report::privacy::Pseudonym;

use super::dumps::{gunzip, mixed};
use super::forget::busiest_user;
use super::harness::{KEY, Place, Row, Run, files_under};
use super::lake::{assert_same, copy_dumps, marts};
use super::retention::freeze;
use super::traces::files;

/// A place whose lake has three quarters of the mixed dumps, in a batch each, without the busiest user.
fn place() -> Place {
    let place = Place::new();
    place.write("old-key", KEY);
    copy_dumps(&place.path("dumps"), |number| number % 4 != 3);
    for path in files_under(&place.path("dumps")).into_keys() {
        let run = place.run_any(["ingest".as_ref(), Path::new("dumps").join(path).as_os_str()]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
    }
    run(&place, "dumps", "old-key");
    place.write("users", busiest_user(&place));
    place.run(0, ["forget", "--user", "users"]);
    place
}

fn run(place: &Place, dumps: &str, key: &str) {
    let run = with_key(place, key, &["run", dumps]);
    assert!(matches!(run.code, Some(0 | 1)), "{run}");
}

fn with_key(place: &Place, key: &str, arguments: &[&str]) -> Run {
    Run::of(place.command(arguments.iter().chain(&["--key-file", key])))
}

/// Every text of the form of a pseudonym in some rows, whatever column it is in.
fn pseudonyms(rows: &[Row]) -> BTreeSet<String> {
    // Of words that have the form by chance none has a capital letter, and nearly every pseudonym has.
    let is_one = |text: &&str| Pseudonym::parse(text).is_some() && text.bytes().any(|byte| byte.is_ascii_uppercase());
    let parts = rows.iter().flatten().filter_map(|(_, value)| value.as_str()).flat_map(|text| text.split('/'));
    parts.filter(is_one).map(str::to_owned).collect()
}

/// How many tombstones there are of what days that outlive their staging told to be somebody's who is forgotten.
fn tombstones_of_theirs(place: &Place) -> usize {
    let files = place.files("lake/forgotten").into_values();
    let files = files.map(|json| serde_json::from_slice::<Value>(&json).expect("JSON"));
    files.filter_map(|file| Some(file.get("theirs")?.as_array()?.len())).sum()
}

/// None of these is in any file of the lake.
fn assert_none(place: &Place, old: &BTreeSet<String>) {
    for (name, bytes) in files(place, "lake") {
        let words = bytes.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
        let words = words.filter_map(|word| std::str::from_utf8(word).ok()).filter(|word| old.contains(*word));
        assert_eq!(words.collect::<BTreeSet<_>>(), BTreeSet::new(), "{name} holds old pseudonyms");
    }
}

fn reports(place: &Place) -> String {
    place.run(0, ["report", "--format", "json"]).text()
}

const TABLES: [&str; 4] = ["invocation_events", "run_model_events", "package_install_events", "adapter_info_events"];

#[test]
fn a_rotated_lake_is_the_one_that_the_new_key_makes() {
    let place = place();
    let rows = |place: &Place| -> Vec<Row> {
        TABLES.iter().flat_map(|table| place.query(&format!("SELECT * FROM {table}"))).collect()
    };
    let before = (reports(&place), pseudonyms(&rows(&place)));
    assert!(before.1.len() > 1000);
    let rotated = with_key(&place, "old-key", &["rotate-key", "--to", "new-key"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    rotated.says(["rows of", "have other pseudonyms", "another key", "new-key"]);

    assert_eq!(reports(&place), before.0, "numbers have changed");
    assert_none(&place, &before.1);
    place.run(0, ["build"]).says(["0 files written"]);
    place.run(0, ["changes"]).says(["no published figure"]);

    // The old key is no longer the lake's; with the new one dumps come to the same people, and who was forgotten stays so.
    let refused = with_key(&place, "old-key", &["ingest", "dumps"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    refused.says(["made with another key"]);
    for (path, bytes) in files_under(&mixed()) {
        place.write(&format!("all/{}", path.display().to_string().replace(['/', '.'], "-")), gunzip(&bytes));
    }
    run(&place, "all", "new-key");
    let anew = Place::new();
    anew.write("new-key", fs::read(place.path("new-key")).expect("the key"));
    for (path, bytes) in place.files("lake/forgotten") {
        anew.write(&format!("lake/forgotten/{}", path.display()), bytes);
    }
    copy_dumps(&anew.path("dumps"), |_| true);
    run(&anew, "dumps", "new-key");
    let all = |place: &Place| place.query("SELECT * FROM invocations ORDER BY invocation_id");
    assert_eq!(all(&place), all(&anew));
    assert_eq!(place.query("SELECT COUNT(*) AS n FROM node_runs"), anew.query("SELECT COUNT(*) AS n FROM node_runs"));

    // And once more.
    let before = reports(&place);
    let third = with_key(&place, "new-key", &["rotate-key", "--to", "third-key"]);
    assert_eq!(third.code, Some(0), "{third}");
    assert_eq!(reports(&place), before);
    run(&place, "all", "third-key");
}

#[test]
fn days_of_marts_that_outlive_their_staging_get_the_other_key_too() {
    let place = place();
    freeze(&place, "2026-10-02");
    place.write("users", busiest_user(&place));
    place.run(0, ["forget", "--user", "users"]);
    let theirs = tombstones_of_theirs(&place);
    assert!(theirs > 1, "{theirs}");
    let every = |place: &Place| -> Vec<Row> { marts(place, "lake").into_values().flatten().collect() };
    let (numbers, old, files) = (reports(&place), pseudonyms(&every(&place)), place.files("lake/marts"));
    let meanings = meanings(&place);
    assert!(meanings.values().all(|of| of.contains_key("usage_report.key")), "{meanings:?}");
    assert!(old.len() > 1000, "{}", old.len());
    let rotate = || {
        let rotated = with_key(&place, "old-key", &["rotate-key", "--to", "new-key"]);
        assert_eq!(rotated.code, Some(0), "{rotated}");
        assert_none(&place, &old);
        assert_eq!(reports(&place), numbers, "numbers have changed");
        assert_eq!(tombstones_of_theirs(&place), theirs);
        // Hardly one of each thousand has the form of a word.
        let found = pseudonyms(&every(&place)).len();
        assert!(found.abs_diff(old.len()) * 100 < old.len(), "{found} of {}", old.len());
    };
    rotate();
    assert_eq!(self::meanings(&place), meanings, "what the files say of their rows");
    let built = place.run(0, ["build"]);
    built.says(["0 files written"]);
    assert!(!built.stderr.contains("stay as they were built"), "{built}");
    place.run(0, ["changes"]).says(["no published figure"]);
    let after = place.files("lake/marts");
    // Broken off when some of them were written.
    for (path, bytes) in files.into_iter().step_by(2) {
        place.write(&format!("lake/marts/{}", path.display()), bytes);
    }
    rotate();
    assert_same(&after, &place.files("lake/marts"), "a rotation that was broken off");
    // Whose they are is known under the new key.
    run(&place, "dumps", "new-key");
    assert_eq!(reports(&place), numbers);
}

/// What every file of a mart says of its rows, in its footer.
fn meanings(place: &Place) -> BTreeMap<PathBuf, BTreeMap<String, Option<String>>> {
    let told = |path: &Path| {
        let file = File::open(place.path("lake/marts").join(path)).expect("a file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
        let entries = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let of_rows = ["title", "question", "grain", "key", "name"].map(|key| format!("usage_report.{key}"));
        let entries = entries.into_iter().filter(|entry| of_rows.contains(&entry.key));
        entries.map(|entry| (entry.key, entry.value)).collect()
    };
    place.files("lake/marts").into_keys().map(|path| (path.clone(), told(&path))).collect()
}

#[test]
fn days_that_were_built_under_the_other_key_do_not_get_it_again() {
    let place = place();
    let rotate = || assert_eq!(with_key(&place, "old-key", &["rotate-key", "--to", "new-key"]).code, Some(0));
    rotate();
    freeze(&place, "2026-10-02");
    let (files, numbers) = (place.files("lake/marts"), reports(&place));
    // They say it themselves: lists of dumps may be deleted.
    fs::remove_dir_all(place.path("lake/inputs")).expect("removed");
    rotate();
    assert_same(&files, &place.files("lake/marts"), "the same rotation once more");
    assert_eq!(reports(&place), numbers);
    // And they do get the next.
    let old = pseudonyms(&marts(&place, "lake").into_values().flatten().collect::<Vec<Row>>());
    assert!(old.len() > 1000, "{}", old.len());
    assert_eq!(with_key(&place, "new-key", &["rotate-key", "--to", "third-key"]).code, Some(0));
    assert_none(&place, &old);
    assert_eq!(reports(&place), numbers);
}

#[test]
fn a_rotation_that_is_broken_off_is_completed_and_nothing_is_mixed_meanwhile() {
    let place = place();
    let before = (reports(&place), place.files("lake"));
    let refused = with_key(&place, "old-key", &["rotate-key", "--to", "old-key"]);
    assert_eq!(refused.code, Some(2), "{refused}");
    refused.says(["is there already"]);
    assert_same(&before.1, &place.files("lake"), "a refused rotation");

    assert_eq!(with_key(&place, "old-key", &["rotate-key", "--to", "new-key"]).code, Some(0));
    let after = place.lake("lake");
    // What was there before the last receipt, and what is there before the old files are gone.
    for (path, bytes) in &before.1 {
        place.write(&format!("lake/{}", path.display()), bytes);
    }
    for key in ["old-key", "new-key"] {
        let refused = with_key(&place, key, &["ingest", "dumps"]);
        assert_eq!(refused.code, Some(2), "{refused}");
    }
    let completed = with_key(&place, "old-key", &["rotate-key", "--to", "new-key"]);
    assert_eq!(completed.code, Some(0), "{completed}");
    let mut found = place.lake("lake");
    // Lists that name nothing are garbage until it is collected.
    found.retain(|path, _| after.contains_key(path) || !(path.starts_with("inputs") || path.starts_with("published")));
    assert_same(&after, &found, "the rotation that was broken off");
    assert_eq!(reports(&place), before.0);
}

#[test]
fn a_key_that_was_made_for_a_first_try_is_replaced_by_one_in_a_safe_place() {
    let place = Place::new();
    place.write("a.ndjson", super::dumps::payload_lines().join("\n"));
    let without = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env_remove("USAGE_REPORT_KEY");
        Run::of(command)
    };
    assert_eq!(without(&["run", "a.ndjson"]).code, Some(0));
    let rotated = without(&["rotate-key", "--to", "safe/key"]);
    assert_eq!(rotated.code, Some(0), "{rotated}");
    assert!(!place.path("lake/key").exists());
    assert_eq!(without(&["run", "a.ndjson", "--key-file", "safe/key"]).code, Some(0));
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(place.path("safe/key")).expect("the key").permissions().mode() & 0o777, 0o600);
}
