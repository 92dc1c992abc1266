//! Compaction changes no row and no mart; garbage is removed, and nothing else is.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::dumps::{mixed, payload_lines};
use super::harness::{Place, Row, files_under};
use super::lake::{assert_same, copy_dumps};

/// Every table of staging that is asked for, what was refused and what became of every dump.
fn rows(place: &Place, lake: &str) -> Vec<Vec<Row>> {
    [
        "SELECT * FROM invocation_events ORDER BY event_id",
        "SELECT * FROM run_model_events ORDER BY event_id",
        "SELECT * FROM resource_counts_events ORDER BY event_id",
        "SELECT * FROM rejects ORDER BY source, source_offset",
        "SELECT * FROM duplicates ORDER BY table_name, event_id",
        "SELECT source, format, bytes, records, events, rejects, foreign_records FROM sources ORDER BY source",
    ]
    .into_iter()
    .map(|sql| {
        let rows = place.query_in(lake, sql);
        assert!(!rows.is_empty(), "no row to compare: {sql}");
        rows
    })
    .collect()
}

/// A place whose lake has a batch for each of some dumps, and marts.
fn place_of_batches(dumps: usize) -> Place {
    let place = Place::new();
    copy_dumps(&place.path("dumps"), |number| number < dumps);
    for path in files_under(&place.path("dumps")).into_keys() {
        place.run(0, ["ingest".as_ref(), Path::new("dumps").join(path).as_os_str()]);
    }
    place.run(0, ["build"]);
    place
}

fn receipts(place: &Place) -> usize {
    place.files("lake/receipts").len()
}

/// Makes a file look as if it had been written two days ago.
fn age(path: &Path) {
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - Duration::from_secs(2 * 86_400)).expect("a time");
}

#[test]
fn compaction_changes_no_row_and_no_byte_of_a_mart() {
    let place = place_of_batches(usize::MAX);
    let dumps = files_under(&place.path("dumps")).len();
    assert!(receipts(&place) == dumps && dumps > 10, "{dumps} dumps");
    let (before, marts) = (rows(&place, "lake"), place.files("lake/marts"));
    place.run(0, ["run", "dumps"]);
    let made =
        || fs::metadata(place.path("lake/reports/accounting.parquet")).expect("a report").modified().expect("a time");
    let first_made = made();

    let would = place.run(0, ["compact", "--all", "--dry-run"]);
    would.says([format!("a dry run; {dumps} batches"), "would become 1".to_owned()]);
    assert_eq!(receipts(&place), dumps, "a dry run writes");
    place.run(0, ["compact", "--all"]).says([format!("{dumps} batches"), "became 1".to_owned()]);
    // The old batches are there still, for those who read them; they count no more.
    assert_eq!(receipts(&place), dumps + 1);
    place.run(0, ["build"]).says(["0 files written"]);
    assert_eq!(rows(&place, "lake"), before);

    place.run(0, ["gc", "--older-than", "0s"]);
    assert_eq!(receipts(&place), 1);
    place.run(0, ["build"]).says(["0 files written"]);
    assert_same(&marts, &place.files("lake/marts"), "the build after compaction");
    assert_eq!(rows(&place, "lake"), before);

    place.run(0, ["compact", "--all"]).says(["not enough small batches"]);
    place.run(0, ["run", "dumps"]).says([format!("nothing new ({dumps} dumps")]);
    assert_eq!(made(), first_made, "a report is made anew, though nothing of it has changed");
    place.run(0, ["gc", "--older-than", "0s"]).says([
        "removed 0 files of rows",
        "0 files that nothing",
        "0 unfinished",
    ]);
}

#[test]
fn the_same_batches_become_the_same_files() {
    let (one, other) = (place_of_batches(9), place_of_batches(9));
    // Of one lake the receipts are written once more, in reverse: nothing may depend on when.
    for (path, bytes) in other.files("lake/receipts").into_iter().rev() {
        other.write(&format!("lake/receipts/{}", path.display()), bytes);
    }
    for place in [&one, &other] {
        place.run(0, ["compact"]).says(["became 1"]);
        place.run(0, ["gc", "--older-than", "0s"]);
    }
    assert_same(&one.files("lake/staging"), &other.files("lake/staging"), "the other lake");
    assert_same(&one.files("lake/receipts"), &other.files("lake/receipts"), "the other lake");
}

#[test]
fn batches_are_merged_when_there_are_enough_of_them() {
    let place = place_of_batches(7);
    place.run(0, ["compact"]).says(["not enough small batches"]);
    place.write("more.ndjson", payload_lines().join("\n"));
    place.run(0, ["ingest", "more.ndjson"]);
    place.run(0, ["compact"]).says(["8 batches", "became 1"]);
}

#[test]
fn a_batch_with_a_row_that_counts_is_no_garbage() {
    let place = place_of_batches(4);
    let early = place.files("lake/receipts");
    place.run(0, ["compact", "--all"]);
    place.write("late.ndjson", payload_lines().join("\n"));
    place.run(0, ["ingest", "late.ndjson"]);
    let before = rows(&place, "lake");
    place.run(0, ["gc", "--older-than", "0s"]);
    assert_eq!(receipts(&place), 2);
    assert!(place.files("lake/receipts").keys().all(|path| !early.contains_key(path)), "an early batch is still there");
    assert_eq!(rows(&place, "lake"), before);
}

#[test]
fn what_is_young_stays() {
    let place = Place::with_lake_of(&mixed());
    let file = place.files("lake/staging").into_keys().next().expect("a file");
    let folder = Path::new("lake/staging").join(file.parent().expect("a folder"));
    let [crash, half] = ["of-a-crash.parquet", ".half.parquet.0123456789abcdef.tmp"].map(|name| folder.join(name));
    let leftovers = [crash, half, Path::new("lake/computed/of-a-job/attempt/part-00000.parquet").to_owned()];
    let write = || leftovers.each_ref().map(|path| place.write(path.to_str().expect("UTF-8"), b"anything"));
    let before = place.files("lake");

    write();
    let with_leftovers = place.files("lake");
    place.run(0, ["gc"]).says(["removed 0 files of rows", "0 files that nothing", "0 unfinished"]);
    assert_same(&with_leftovers, &place.files("lake"), "collecting what is young");
    write().iter().for_each(|path| age(path));
    place.run(0, ["gc", "--dry-run"]).says(["would remove", "2 files that nothing", "1 unfinished"]);
    assert_same(&with_leftovers, &place.files("lake"), "a dry run");
    place.run(0, ["gc"]).says(["2 files that nothing", "1 unfinished"]);
    assert_same(&before, &place.files("lake"), "collecting what is old");
}

#[test]
fn compaction_of_a_file_that_is_gone_names_it() {
    let place = place_of_batches(3);
    let file = place.files("lake/staging").into_keys().next().expect("a file");
    fs::remove_file(place.path("lake/staging").join(&file)).expect("removed");
    place.run(2, ["compact", "--all"]).says([file.to_str().expect("UTF-8"), "it is gone"]);
    assert_eq!(receipts(&place), 3);
}
