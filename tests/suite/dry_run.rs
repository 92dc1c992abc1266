//! `run --dry-run`: what it says is what the run then does, and it leaves nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::dumps::{json, payload_lines};
use super::harness::{Place, Run};
use super::job::configured;

/// The rehearsal of a scheduled run.
const DRY_RUN: [&str; 4] = ["run", "--config", "job.toml", "--dry-run"];

/// A place with a configuration that asks for everything, and two dumps.
fn place() -> Place {
    let place = configured();
    for number in 0..2 {
        dump(&place, number);
    }
    place
}

/// Writes a dump of one line.
fn dump(place: &Place, number: usize) -> PathBuf {
    place.write(&format!("dumps/{number}.ndjson"), payload_lines()[number].clone() + "\n")
}

/// Everything in a place: files with their bytes and when they were changed, folders with none.
fn tree(place: &Place) -> BTreeMap<PathBuf, Option<(Vec<u8>, std::time::SystemTime)>> {
    fn walk(folder: &Path, tree: &mut BTreeMap<PathBuf, Option<(Vec<u8>, std::time::SystemTime)>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, tree);
                tree.insert(path, None);
            } else {
                let changed = fs::metadata(&path).and_then(|file| file.modified()).expect("a time");
                tree.insert(path.clone(), Some((fs::read(&path).expect("a file"), changed)));
            }
        }
    }
    let mut tree = BTreeMap::new();
    walk(&place.path("."), &mut tree);
    tree
}

/// A dry run that must end with this code and leave everything as it was.
fn dry_run(place: &Place, code: i32, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let before = tree(place);
    let mut command = place.command([&DRY_RUN[..], arguments].concat());
    command.envs(variables.iter().copied());
    let run = Run::of(command);
    assert_eq!(run.code, Some(code), "{run}");
    assert!(tree(place) == before, "something was written\n{run}");
    run
}

#[test]
fn where_nothing_is_yet_nothing_is_made() {
    let place = place();
    let run = dry_run(&place, 0, &[("USAGE_REPORT_KEY", "")], &[]);
    run.shows(["a dry run: nothing is written", "key: none is given; one would be made and kept in lake/key"]);
    run.shows(["ingest: 2 dumps are new (", "0 known", "/dumps/0.ndjson (", "/dumps/1.ndjson ("]);
    run.shows(["build: 0 days are stale, 0 files; 0 files are fresh", "not known before the dumps are read"]);
    run.shows(["report: 79 of 79 are stale", "report: 158 files in reports", "metrics: job.prom"]);
    run.shows(["compact: there are not enough small batches to merge", "gc: a dry run; would remove 0 files"]);
    assert!(!place.path("lake").exists());
    let with_key = dry_run(&place, 0, &[], &["--lake", "other/lake"]);
    assert!(!with_key.text().contains("key:") && !place.path("other").exists(), "{with_key}");
}

#[test]
fn what_it_says_is_what_the_run_does() {
    let place = place();
    for number in 2..9 {
        dump(&place, number);
        place.run(0, ["ingest", "dumps"]);
    }
    place.run(0, ["build"]);
    dry_run(&place, 0, &[], &[]).shows(["ingest: 0 dumps are new (0 B), 9 known", "build: 0 days are stale"]);
    // A new dump, twice; one that has grown; a day whose file is gone.
    fs::copy(dump(&place, 9), place.path("dumps/copy.ndjson")).expect("a copy");
    let grown = payload_lines()[0].clone() + "\n" + &payload_lines()[10] + "\n";
    place.write("dumps/0.ndjson", grown);
    let day =
        fs::read_dir(place.path("lake/marts/invocations")).expect("days").next().expect("a day").expect("an entry");
    fs::remove_dir_all(day.path()).expect("removed");
    let day = day.file_name().to_string_lossy().replace("day=", "");

    let said = dry_run(&place, 0, &[], &[]);
    said.says(["0.ndjson has grown by"]);
    said.shows(["ingest: 2 dumps are new (", "8 known, 1 of the same content", &format!("  {day}: not built before")]);
    let text = said.text();
    let stale = text.lines().find(|line| line.starts_with("build: ")).expect("a line");
    assert!(stale.starts_with("build: 1 days are stale, "), "{said}");
    let compact = text.lines().find(|line| line.starts_with("compact: ")).expect("a line");

    place.run(0, ["compact", "--dry-run"]).says([compact]);
    place.run(0, ["run", "--config", "job.toml"]).says(["ingest: 2 dumps (8 known, 1 of the same content)"]);
    let runs = place.files("lake/runs");
    let record = json(&place.path("lake/runs").join(runs.keys().next_back().expect("a record")));
    assert_eq!((&record["ingest"]["read"], &record["ingest"]["known"]), (&2.into(), &8.into()), "{record}");
    assert!(record["rebuilt"][&day].to_string().contains("not built before"), "{record}");
    let after = dry_run(&place, 0, &[], &[]);
    after.shows(["ingest: 0 dumps are new", "build: 0 days are stale", "report: 0 of 79 are stale"]);
    assert!(!after.text().contains("Besides"), "{after}");
}

#[test]
fn it_refuses_what_the_run_refuses() {
    let place = place();
    place.run(0, ["run", "--config", "job.toml"]);
    let other = [("USAGE_REPORT_KEY", "another key, of enough length")];
    dry_run(&place, 2, &other, &[]).says(["the lake's pseudonyms were made with another key"]);
    // Without any key the run would make one, which is another.
    dry_run(&place, 2, &[("USAGE_REPORT_KEY", "")], &[]).says(["made with another key"]);
    dry_run(&place, 2, &[("USAGE_REPORT_KEY", "short")], &[]).says(["fewer than 16 bytes"]);
    dry_run(&place, 2, &[("USAGE_REPORT_LIMITS_MAX_EVENTS", "many")], &[]).says(["limits.max_events: expected"]);
    place.write("rules.toml", "[[renam]]\n");
    dry_run(&place, 2, &[], &["--rules", "rules.toml"]).says(["the rules rules.toml cannot be used"]);
    dry_run(&place, 2, &[], &["none"]).says(["none: no such file or folder", "no dump to read"]);
    dry_run(&place, 1, &[], &["none", "dumps"]).says(["none: no such file"]).shows(["2 known"]);
    let mut command = place.command(["run", "--dry-run"]);
    command.env_remove("USAGE_REPORT_CONFIG");
    Run::of(command).says(["no dumps are named"]);
}
