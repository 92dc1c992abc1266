//! What is too old goes, does not come back, and leaves every number that is kept as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use usage_report::event::Day;
use usage_report::lake::Store;
use usage_report::maintenance::{Retired, retire};
use usage_report::staging::{SideTable, TableId};

use super::harness::{Place, files_under};
use super::lake::{assert_same, copy_dumps};

const MARTS: [&str; 9] = [
    "distributions",
    "event_days",
    "feature_days",
    "invocations",
    "node_days",
    "node_runs",
    "package_days",
    "project_days",
    "warning_days",
];

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// A first day for every table of staging.
fn staging_from(first: &str) -> BTreeMap<String, Day> {
    let tables = TableId::all().map(TableId::name).chain(SideTable::ALL.map(SideTable::name));
    tables.map(|table| (table.to_owned(), day(first))).collect()
}

/// A first day for every mart.
fn marts_from(first: &str) -> BTreeMap<String, Day> {
    MARTS.iter().map(|mart| ((*mart).to_owned(), day(first))).collect()
}

fn retire_in(place: &Place, first_kept: &BTreeMap<String, Day>) -> Retired {
    let store = Store::new(place.path("lake"));
    let would = retire(&store, first_kept, true).expect("a dry run");
    let done = retire(&store, first_kept, false).expect("removed");
    // Where rows count no more, what is removed has been written anew before.
    assert_eq!((would.files, would.mart_days), (done.files, done.mart_days), "a dry run says something else");
    done
}

/// Removes all staging before a day; marts of these days, and of that one, cannot be built again.
pub fn freeze(place: &Place, first: &str) {
    assert!(retire_in(place, &staging_from(first)).files > 0);
}

/// A place whose lake has all of the mixed dumps but the last few in a batch each; those last ones are in `late`.
fn place() -> Place {
    let place = Place::new();
    copy_dumps(&place.path("dumps"), |number| number % 4 != 3);
    copy_dumps(&place.path("late"), |number| number % 4 == 3);
    for path in files_under(&place.path("dumps")).into_keys() {
        let run = place.run_any(["ingest".as_ref(), Path::new("dumps").join(path).as_os_str()]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
    }
    run(&place, &["dumps"]);
    place
}

fn run(place: &Place, dumps: &[&str]) -> super::harness::Run {
    let run = place.run_any(["run"].iter().chain(dumps));
    assert!(matches!(run.code, Some(0 | 1)), "{run}");
    run
}

/// The days of a folder of the lake, by table or mart.
fn days(place: &Place, folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut days: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in place.files(&format!("lake/{folder}")).into_keys() {
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if let [table, day, _] = parts.as_slice() {
            days.entry(table.clone()).or_default().insert(day.clone());
        }
    }
    days
}

/// Files of marts on days before a day.
fn before(place: &Place, first: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = place.files("lake/marts");
    let limit = format!("day={first}");
    files.retain(|path, _| path.iter().any(|part| part.to_string_lossy().starts_with("day=") && *part < *limit));
    assert!(!files.is_empty());
    files
}

#[test]
fn days_of_marts_outlive_their_staging_and_are_never_built_of_what_is_left() {
    let place = place();
    let (marts, totals) = (place.files("lake/marts"), place.query("SELECT * FROM sources ORDER BY source"));
    let retired = retire_in(&place, &staging_from("2026-10-02"));
    assert!(retired.files > 50 && retired.bytes > 10_000 && retired.mart_days == 0, "{retired:?}");
    let old = |days: &BTreeSet<String>| days.iter().any(|day| day.as_str() < "day=2026-10-02");
    assert!(!days(&place, "staging").values().any(old), "{:?}", days(&place, "staging"));
    assert!(days(&place, "marts").values().any(old));
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM run_model_events WHERE derived_tstamp < '2026-10-02'"), 0);

    // Nothing is stale for it, and what became of every record is still known.
    place.run(0, ["build"]).says(["0 files written"]);
    assert_same(&marts, &place.files("lake/marts"), "retention");
    let sources = |rows: Vec<super::harness::Row>| -> Vec<_> {
        rows.into_iter().map(|row| (row["source"].clone(), row["records"].clone(), row["events"].clone())).collect()
    };
    assert_eq!(sources(place.query("SELECT * FROM sources ORDER BY source")), sources(totals));
    assert_eq!(retire_in(&place, &staging_from("2026-10-02")), Retired::default());
    // It does not go back.
    assert_eq!(retire_in(&place, &staging_from("2026-09-30")), Retired::default());

    // Late dumps: what is too old of them goes again, and days whose staging is gone stay as they were.
    let kept = before(&place, "2026-10-03");
    let late = run(&place, &["dumps", "late"]);
    late.says(["from 2026-10-01 to 2026-10-02 stay as they were built"]);
    assert_same(&kept, &before(&place, "2026-10-03"), "late dumps");
    late.says(["retention: ", "files of staging"]);
    assert!(!days(&place, "staging").values().any(old));
    assert_eq!(retire_in(&place, &BTreeMap::new()), Retired::default());
    place.run(0, ["build", "--again"]).says(["from 2026-10-01 to 2026-10-02 stay as they were built"]);
    assert_same(&kept, &before(&place, "2026-10-03"), "a build that was asked for");
    place.run(0, ["gc", "--older-than", "0s"]).says(["removed 0 files of rows"]);
    place.run(0, ["compact", "--all"]);
    place.run(0, ["build"]);
    assert_same(&kept, &before(&place, "2026-10-03"), "compaction");
}

#[test]
fn days_of_marts_that_are_too_old_go_and_that_is_no_change_of_a_figure() {
    let place = super::changes::place();
    let days_shown = || place.run(0, ["report", "activity_by_day", "--format", "json"]).rows().len();
    assert_eq!(days_shown(), 3);
    let mut others = place.files("lake/marts");
    others.retain(|path, _| !path.iter().any(|part| part == "day=2026-10-01"));
    let retired = retire_in(&place, &marts_from("2026-10-02"));
    assert_eq!((retired.mart_days, retired.files), (MARTS.len(), 0));
    run(&place, &["dumps"]).says(["0 files written"]);
    assert_eq!(days_shown(), 2);
    place.run(0, ["changes"]).says(["no published figure of a final day has changed"]);
    place.run(0, ["build", "--again"]);
    assert_same(&others, &place.files("lake/marts"), "a build that was asked for");
}

#[test]
fn rows_that_count_no_more_do_not_come_back() {
    let place = place();
    // Most dumps are in two batches now, of which one counts.
    copy_dumps(&place.path("both"), |_| true);
    let receipts = place.files("lake/receipts");
    for path in receipts.keys().skip(2) {
        std::fs::remove_file(place.path("lake/receipts").join(path)).expect("removed");
    }
    place.run_any(["ingest", "both"]);
    for (path, bytes) in receipts {
        place.write(&format!("lake/receipts/{}", path.display()), bytes);
    }
    let rows =
        |table: &str| place.count(&format!("SELECT COUNT(*) AS n FROM {table} WHERE derived_tstamp >= '2026-10-02'"));
    let all = "SELECT SUM(records) AS n FROM sources";
    let counted = || (rows("run_model_events"), rows("invocation_events"), place.count(all));
    let before = counted();
    assert!(before.0 > 100);
    assert!(retire_in(&place, &staging_from("2026-10-02")).files > 0);
    assert_eq!(counted(), before);
    place.run(0, ["build"]);
    assert_eq!(counted(), before);
}

#[test]
fn the_run_keeps_to_the_configuration() {
    let place = place();
    place.write(
        "job.toml",
        "[retention]\nstaging = \"7d\"\nmarts = \"10000d\"\ntables = [\"run_model_events: 10000d\"]\n",
    );
    let marts = place.files("lake/marts");
    let run = place.run_any(["run", "dumps", "--config", "job.toml"]);
    run.says(["retention: ", "files of staging", "0 days of marts are removed"]);
    assert_eq!(days(&place, "staging").into_keys().collect::<Vec<_>>(), ["run_model_events"]);
    assert_same(&marts, &place.files("lake/marts"), "the run");
    let again = place.run_any(["run", "dumps", "--config", "job.toml"]);
    assert!(!again.stderr.contains("retention:"), "{again}");

    place.write("wrong.toml", "[retention]\nstaging = \"3d\"\ntables = [\"run_model: 90d\"]\n");
    let check = place.run_any(["config", "check", "wrong.toml"]);
    check.says([
        "wrong.toml:2: retention.staging: expected a number of days like 400d, at least 7d",
        "wrong.toml:3: retention.tables",
    ]);
    place.write("lake/retention.json", "{");
    place.run(2, ["build"]).says(["retention.json cannot be read"]);
}
