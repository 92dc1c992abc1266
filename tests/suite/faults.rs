//! Whatever happens to the program or to its disk, no wrong number is ever visible, and the next run completes the work.
//!
//! `tests/faults/fault.c` is preloaded into the program: the disk is full from a chosen change of a file on, or the process
//! dies at it, in the middle of a write if it is one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use super::forget::busiest_user;
use super::harness::{Place, Run, project};
use super::lake::{assert_same, copy_dumps};
use super::readers::read_marts_while;
use super::retention::freeze;

/// The commands of a week in short: dumps arrive in four parts, files are merged, garbage goes.
const WEEK: [&[&str]; 8] = [
    &["run", "dumps/0"],
    &["ingest", "dumps/0", "dumps/1"],
    &["build"],
    &["run", "dumps/0", "dumps/1", "dumps/2"],
    &["compact", "--all"],
    &["gc", "--older-than", "0s"],
    &["run", "dumps"],
    &["gc", "--older-than", "0s"],
];

/// By how many the changes of two runs of one command may differ.
const FEWER: usize = 8;

/// Set to let every single change of a file fail, and not only some.
const ALL: &str = "USAGE_REPORT_TEST_EVERY_FAULT";

/// The compiled library that is preloaded, and the folder that it is in.
static FAULT: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("fault.so");
    let source = project("tests/faults/fault.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .arg(&library)
        .arg(&source)
        .arg("-ldl")
        .status();
    assert!(
        compiled.expect("a C compiler, as Rust needs one to link").success(),
        "{} does not compile",
        source.display()
    );
    (folder, library)
});

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// The disk is full.
    Full,
    /// The process is killed.
    Kill,
}

/// A place with the dumps of the week.
fn place() -> Place {
    let place = Place::new();
    for part in 0..4 {
        copy_dumps(&place.path(&format!("dumps/{part}")), |number| number % 4 == part && number < 12);
    }
    place
}

/// Runs a command to which something happens at a change of a file.
fn run_with(place: &Place, arguments: &[&str], kind: Kind, at: usize) -> Run {
    let mut command = place.command(arguments);
    command
        .env("LD_PRELOAD", &FAULT.1)
        .env("FAULT_FOLDER", fs::canonicalize(place.path("")).expect("a folder").join("lake"))
        .env(
            "FAULT_KIND",
            match kind {
                Kind::Full => "full",
                Kind::Kill => "kill",
            },
        )
        .env("FAULT_AT", at.to_string())
        .env("FAULT_COUNT", place.path("changes"));
    Run::of(command)
}

/// How many changes of files a command makes where nothing happens to it.
fn changes(place: &Place, arguments: &[&str]) -> usize {
    let run = run_with(place, arguments, Kind::Full, usize::MAX / 2);
    assert_eq!(run.code, Some(0), "{run}");
    made(place)
}

/// How many changes of files the last command made, the one that failed and those after it included.
fn made(place: &Place) -> usize {
    let count = fs::read_to_string(place.path("changes")).expect("the count");
    count.trim().parse().expect("a number")
}

/// The lake after every command of an undisturbed week, and how many changes of files each makes.
fn undisturbed() -> Vec<(usize, BTreeMap<PathBuf, Vec<u8>>)> {
    let place = place();
    WEEK.iter().map(|command| (changes(&place, command), place.lake("lake"))).collect()
}

/// Some of the numbers up to the largest, the first and the last among them; all of them if asked for.
fn some(largest: usize) -> Vec<usize> {
    let step = if std::env::var_os(ALL).is_some() { 1 } else { (largest / 8).max(1) };
    let mut numbers: Vec<usize> = (1..=largest).step_by(step).collect();
    numbers.extend((numbers.last() != Some(&largest)).then_some(largest));
    numbers
}

/// Runs the week once for each of some numbers, several at once.
fn weeks(count: usize, week: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    week(number);
                }
            });
        }
    });
}

#[test]
fn a_full_disk_is_told_and_leaves_the_lake_as_it_was_or_as_it_should_be() {
    let expected = undisturbed();
    let most = expected.iter().map(|(changes, _)| *changes).max().expect("commands");
    let faults = some(most);
    assert!(faults.len() >= 8 && most > 100, "{most} changes at most");
    weeks(faults.len(), |number| {
        let place = place();
        read_marts_while(&place, || {
            for (command, (changes, lake_after)) in WEEK.iter().zip(&expected) {
                let at = faults[number];
                if at <= *changes {
                    let run = run_with(&place, command, Kind::Full, at);
                    // Workers side by side may both make a folder, or one of them: the last changes may not come.
                    let came = made(&place) >= at;
                    assert!(came || at + FEWER > *changes, "change {at} of {changes} did not come\n{run}");
                    assert_eq!(run.code, Some(if came { 2 } else { 0 }), "change {at} of {changes}\n{run}");
                    if came {
                        run.says(["No space left on device"]);
                        assert_eq!(run.stderr.matches("No space left").count(), 1, "{run}");
                    }
                }
                place.run(0, *command);
                assert_same(lake_after, &place.lake("lake"), &format!("{command:?} after change {at} failed"));
            }
        });
    });
}

#[test]
fn after_a_hundred_kills_the_next_run_completes_the_work() {
    let expected = undisturbed();
    // Spread over the changes of each command, by a generator that gives the same in every run of the tests.
    let mut state = 20_261_001_u64;
    let mut at_random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1) + 1
    };
    let number = if std::env::var_os(ALL).is_some() { 100 } else { 13 };
    let kills: Vec<Vec<usize>> =
        (0..number).map(|_| expected.iter().map(|(changes, _)| at_random(*changes)).collect()).collect();
    assert!(kills.len() * WEEK.len() >= 100);
    weeks(kills.len(), |number| {
        let place = place();
        read_marts_while(&place, || {
            for ((command, (_, lake_after)), at) in WEEK.iter().zip(&expected).zip(&kills[number]) {
                let killed = run_with(&place, command, Kind::Kill, *at);
                // Of the changes that are made side by side the last may come too late to be one.
                assert!(matches!(killed.code, None | Some(0)), "{killed}");
                place.run(0, *command);
                // What a kill has left unfinished is garbage until it is collected.
                let mut found = place.lake("lake");
                found.retain(|path, _| lake_after.contains_key(path) || !is_leftover(path));
                assert_same(lake_after, &found, &format!("{command:?} after a kill at change {at}"));
            }
        });
        assert_same(&expected[WEEK.len() - 1].1, &place.lake("lake"), "the whole week");
    });
}

#[test]
fn who_is_forgotten_is_gone_however_often_it_was_broken_off() {
    is_gone_however_often_it_was_broken_off(|_| {});
}

#[test]
fn who_is_forgotten_is_gone_from_days_that_outlive_their_staging_however_often_it_was_broken_off() {
    is_gone_however_often_it_was_broken_off(|place| freeze(place, "2026-10-02"));
}

/// Of a lake that was prepared somehow.
fn is_gone_however_often_it_was_broken_off(prepare: impl Fn(&Place) + Sync) {
    let forget = ["forget", "--user", "users"];
    let remembering = || {
        let place = place();
        place.run(0, ["run", "dumps/0", "dumps/1"]);
        place.run(0, ["run", "dumps"]);
        prepare(&place);
        place
    };
    let undisturbed = remembering();
    let user = busiest_user(&undisturbed);
    undisturbed.write("users", &user);
    let changes = changes(&undisturbed, &forget);
    let (expected, faults) = (undisturbed.lake("lake"), some(changes));
    assert!(faults.len() >= 8, "{changes} changes");
    weeks(faults.len(), |number| {
        let place = remembering();
        place.write("users", &user);
        read_marts_while(&place, || {
            for kind in [Kind::Full, Kind::Kill] {
                let run = run_with(&place, &forget, kind, faults[number]);
                assert!(matches!(run.code, None | Some(0 | 2)), "{run}");
            }
            place.run(0, forget);
            let mut found = place.lake("lake");
            found.retain(|path, _| expected.contains_key(path) || !is_leftover(path));
            assert_same(&expected, &found, &format!("forgotten after change {} failed", faults[number]));
        });
    });
}

/// Whether a file may be left behind by a kill: unfinished, or in staging without a receipt that names it.
fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    name.starts_with('.') && name.ends_with(".tmp")
}

#[test]
fn two_runs_at_once_come_to_the_same_as_one() {
    let expected = undisturbed();
    let (_, whole) = &expected[WEEK.len() - 1];
    for commands in [
        [&["run", "dumps"][..], &["run", "dumps"]],
        [&["run", "dumps/0", "dumps/1", "dumps/2"], &["run", "dumps/1", "dumps/2", "dumps/3"]],
        [&["run", "dumps/0", "dumps/1"], &["run", "dumps/2", "dumps/3"]],
    ] {
        let place = place();
        read_marts_while(&place, || {
            thread::scope(|scope| {
                let place = &place;
                for command in commands {
                    scope.spawn(move || place.run(0, command));
                }
            });
            place.run(0, ["run", "dumps"]);
        });
        let (marts, expected): (BTreeMap<_, _>, BTreeMap<_, _>) = (published(&place.lake("lake")), published(whole));
        assert_same(&expected, &marts, &format!("{commands:?} at once"));
    }
}

/// Marts: what does not depend on the batches that dumps came in.
fn published(lake: &BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<PathBuf, Vec<u8>> {
    let is = |path: &Path| path.starts_with("marts");
    lake.iter().filter(|(path, _)| is(path)).map(|(path, bytes)| (path.clone(), bytes.clone())).collect()
}
