//! The lake depends on the dumps alone: not on order, names, threads, or how often and in how many parts they come.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;
use usage_report::ingest::{Options, ingest};
use usage_report::lake::Store;
use usage_report::privacy::Key;
use usage_report::progress::Unwatched;
use usage_report::source::discover;

use super::dumps::{captured, mixed};
use super::harness::{KEY, Place, Row, Run, files_under};

/// Where dumps were last seen.
const SIGHTINGS: &str = "sightings";

/// Every file of a lake that says nothing of when and where; of an empty lake nothing would be shown.
fn lake(place: &Place, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = place.lake(name);
    assert!(files.len() > 20, "{name} is hardly a lake: {:?}", files.keys());
    files
}

/// Every file of the lake `lake` but what each run says of itself.
fn but_runs(place: &Place) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = place.files("lake");
    files.retain(|path, _| !path.starts_with("runs"));
    files
}

/// Both have the same files with the same bytes.
pub(super) fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>, what: &str) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{what}: other files");
    let differing: Vec<_> = one.iter().filter(|(path, bytes)| other[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(differing.is_empty(), "{what}: other bytes in {differing:?}");
}

/// Every row of every mart.
pub(super) fn marts(place: &Place, lake: &str) -> BTreeMap<&'static str, Vec<Row>> {
    let order = [
        ("invocations", "invocation_id"),
        ("node_runs", "event_id"),
        ("project_days", "day, project_key"),
        ("event_days", "day"),
        (
            "node_days",
            "day, project_key, engine, dbt_minor, adapter, adapter_version, resource_type, materialization, incremental_strategy, language, skip_reason",
        ),
        ("feature_days", "day, project_key, engine, dbt_minor"),
        ("package_days", "day, project_id, package_source, package_id, package_version"),
        ("distributions", "day, measure, dimension, value, bucket"),
    ];
    order
        .into_iter()
        .map(|(mart, key)| {
            let rows = place.query_in(lake, &format!("SELECT * FROM {mart} ORDER BY {key}"));
            // Not every dump has packages.
            assert!(!rows.is_empty() || mart == "package_days", "{mart} of {lake} is empty");
            (mart, rows)
        })
        .collect()
}

/// Copies some of the mixed dumps into a folder: those whose number, in the order of paths, is wanted.
pub(super) fn copy_dumps(to: &Path, wanted: impl Fn(usize) -> bool) {
    fs::create_dir_all(to).expect("a folder");
    for (number, (path, bytes)) in files_under(&mixed()).into_iter().enumerate() {
        if wanted(number) {
            let ending = path.file_name().expect("a name").to_string_lossy().into_owned();
            fs::write(to.join(format!("{number:03}-{ending}")), bytes).expect("a copy");
        }
    }
}

/// Copies a lake's staging and receipts into another lake, as a second machine's upload would.
fn merge(from: &Path, to: &Path) {
    for (path, bytes) in files_under(from) {
        if path.starts_with("staging") || path.starts_with("receipts") {
            let path = to.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, bytes).expect("a copy");
        }
    }
}

#[test]
fn a_second_run_reads_no_dump_and_changes_no_byte() {
    let place = Place::new();
    let dumps = place.path("dumps");
    copy_dumps(&dumps, |_| true);
    let first = place.run(0, ["run", "dumps"]);
    let before = but_runs(&place);

    // Whoever opened a dump now would find zeros in it. Size and time of change stay, as they do on the
    // dumps of yesterday.
    for (path, bytes) in files_under(&dumps) {
        let path = dumps.join(path);
        let modified = fs::metadata(&path).expect("a dump").modified().expect("a time");
        fs::write(&path, vec![0; bytes.len()]).expect("zeros");
        File::options().write(true).open(&path).expect("a dump").set_modified(modified).expect("the old time");
    }
    let second = place.run(0, ["run", "dumps"]);
    second.says(["nothing new", "0 files written"]);
    assert_eq!(first.text(), second.text(), "the second run prints another report");
    assert_same(&before, &but_runs(&place), "the second run");
}

#[test]
fn without_sightings_the_same_dumps_are_still_known() {
    let place = Place::with_lake_of(&mixed());
    let before = but_runs(&place);
    fs::remove_dir_all(place.path("lake").join(SIGHTINGS)).expect("the sightings");
    place.run(0, ["run".as_ref(), mixed().as_os_str()]).says(["nothing new"]);
    assert_same(&before, &but_runs(&place), "the run without sightings");
}

#[test]
fn dumps_in_several_batches_of_one_call_give_the_same_marts() {
    let place = Place::with_lake_of(&mixed());
    let key = Key::from_secret(KEY.as_bytes()).expect("long enough");
    let options = Options { most_dumps: 3, ..Options::default() };
    let (parts, mut told) = (Store::new(place.path("parts")), 0);
    let twice = [mixed(), mixed()];
    let summary = ingest(&parts, discover(&twice), &key, &options, &Unwatched, &mut |_| told += 1).expect("an ingest");
    assert!(summary.batches.len() > 3, "{:?}", summary.batches);
    assert!(summary.read.len() > 9 && told == summary.read.len() && (summary.known, summary.same) == (0, 0));
    let again = ingest(&parts, discover(&twice), &key, &Options::default(), &Unwatched, &mut |_| told += 1);
    let again = again.expect("another");
    assert_eq!((again.batches.len(), again.known, told), (0, summary.read.len(), summary.read.len()));

    place.run(0, ["run".as_ref(), mixed().as_os_str(), "--lake".as_ref(), place.path("parts").as_os_str()]);
    let made = |lake: &str| {
        let mut files = self::lake(&place, lake);
        files.retain(|path, _| path.starts_with("marts") || path.starts_with("inputs"));
        files
    };
    assert_same(&made("lake"), &made("parts"), "dumps in several batches");
}

#[test]
fn order_of_arguments_and_number_of_threads_change_no_byte() {
    let place = Place::new();
    let (captured, mixed) = (captured().join("dbt-1.5.11.payload.ndjson"), mixed());
    let (captured, mixed) = (captured.to_str().expect("UTF-8"), mixed.to_str().expect("UTF-8"));
    place.run(0, ["run", captured, mixed, "--lake", "one", "--threads", "1"]);
    let one = lake(&place, "one");
    for (name, arguments) in [
        ("two", ["run", mixed, captured, "--lake", "two", "--threads", "2"]),
        ("five", ["run", captured, mixed, "--lake", "five", "--threads", "5"]),
    ] {
        place.run(0, arguments);
        assert_same(&one, &lake(&place, name), name);
    }
}

#[test]
fn names_and_folders_of_dumps_change_no_byte() {
    let place = Place::new();
    place.run(0, ["run".as_ref(), mixed().as_os_str(), "--lake".as_ref(), "here".as_ref()]);
    // In reverse order, without endings that tell anything, spread over folders.
    let files = files_under(&mixed());
    for (number, bytes) in files.values().rev().enumerate() {
        place.write(&format!("moved/{}/{number:03}.dump", number % 3), bytes);
    }
    place.run(0, ["run", "moved", "--lake", "there"]);
    assert_same(&lake(&place, "here"), &lake(&place, "there"), "the moved dumps");
}

#[test]
fn two_batches_come_to_the_same_as_one() {
    let place = Place::new();
    copy_dumps(&place.path("a"), |number| number % 2 == 0);
    copy_dumps(&place.path("b"), |number| number % 2 == 1);
    place.run(0, ["run", "a", "b", "--lake", "one"]);
    // The first half is built before the second comes, so that its days must be found stale.
    place.run(0, ["run", "a", "--lake", "two"]);
    place.run(0, ["ingest", "b", "--lake", "two"]);
    place.run(0, ["build", "--lake", "two"]);
    assert_eq!(marts(&place, "one"), marts(&place, "two"));
    place.run(0, ["build", "--lake", "two"]).says(["0 files written"]);
}

#[test]
fn a_build_says_why_a_day_is_built_again() {
    let place = Place::new();
    for (part, name) in ["early", "late", "last"].into_iter().enumerate() {
        copy_dumps(&place.path(name), |number| number % 3 == part);
    }
    let first = place.run(0, ["run", "early"]);
    assert!(!first.stderr.contains("2026-10-01"), "a day that was not there needs no cause\n{first}");
    let second = place.run(0, ["run", "late"]);
    let counts =
        second.stderr.lines().filter_map(|line| line.strip_suffix(" dumps new")?.rsplit(' ').next()?.parse().ok());
    let (counts, late): (Vec<usize>, usize) = (counts.collect(), files_under(&place.path("late")).len());
    assert!(!counts.is_empty() && counts.iter().all(|count| (1..=late).contains(count)), "{second}");

    // Where the lists of dumps are lost, that is what is said, and all is as it should be.
    fs::remove_dir_all(place.path("lake/inputs")).expect("the lists of dumps");
    place.run(0, ["build"]).says(["0 files written"]);
    place.run(0, ["run", "last"]).says(["what it was built from is lost"]);
    place.run(0, ["run".as_ref(), mixed().as_os_str(), "--lake".as_ref(), "whole".as_ref()]);
    assert_same(&place.files("whole/marts"), &place.files("lake/marts"), "the lake of three parts");
}

#[test]
fn overlapping_batches_count_nothing_twice() {
    let place = Place::new();
    copy_dumps(&place.path("all"), |_| true);
    copy_dumps(&place.path("early"), |number| number % 3 != 0);
    copy_dumps(&place.path("late"), |number| number % 3 != 1);
    place.run(0, ["run", "all", "--lake", "one"]);
    place.run(0, ["ingest", "early", "--lake", "both"]);
    place.run(0, ["ingest", "late", "--lake", "other"]);
    merge(&place.path("other"), &place.path("both"));
    place.run(0, ["build", "--lake", "both"]);
    assert_eq!(marts(&place, "one"), marts(&place, "both"));
    let table = "SELECT COUNT(*) AS n FROM run_model_events";
    assert_eq!(place.query_in("one", table), place.query_in("both", table));
}

#[test]
fn what_no_receipt_names_is_not_there() {
    let place = Place::with_lake_of(&mixed());
    let before = marts(&place, "lake");
    // A crashed ingest: its files are there, its receipt is not.
    place.run(
        0,
        [
            "ingest".as_ref(),
            captured().join("dbt-1.8.9.payload.ndjson").as_os_str(),
            "--lake".as_ref(),
            "crashed".as_ref(),
        ],
    );
    fs::remove_dir_all(place.path("crashed/receipts")).expect("receipts");
    merge(&place.path("crashed"), &place.path("lake"));
    place.run(0, ["build"]).says(["0 files written"]);
    assert_eq!(marts(&place, "lake"), before);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM sources"), files_under(&mixed()).len() as i64);
}

#[test]
fn a_lost_or_damaged_mart_file_is_made_anew() {
    let place = Place::with_lake_of(&mixed());
    let before = place.files("lake/marts");
    let lost = before.keys().next().expect("a file");
    fs::remove_file(place.path("lake/marts").join(lost)).expect("removed");
    place.run(0, ["build"]).says(["1 files written"]);
    assert_same(&before, &place.files("lake/marts"), "the build after a loss");
}

#[test]
fn a_range_of_days_is_built_again_on_demand() {
    let place = Place::with_lake_of(&mixed());
    let before = place.files("lake/marts");
    let days = place.query("SELECT CAST(day AS VARCHAR) AS day FROM days ORDER BY day");
    let day = days[0]["day"].as_str().expect("a day");
    place.run(0, ["build", "--since", day, "--until", day]).says(["build: 1 days, 9 files written", "asked for"]);
    let all = days.len();
    place.run(0, ["build", "--again"]).says([format!("build: {all} days, {} files written, 0 fresh", 9 * all)]);
    assert_same(&before, &place.files("lake/marts"), "what was built again");
    place.run(0, ["build"]).says(["0 files written"]);
}

#[test]
fn a_dump_with_other_content_under_its_old_name_is_another_dump_and_said_to_be() {
    let place = Place::new();
    let lines = super::dumps::payload_lines();
    place.write("dumps/growing.ndjson", lines[..10].join("\n"));
    let first = place.run(0, ["run", "dumps"]);
    assert!(!first.stderr.contains("since it was read"), "{first}");
    place.write("dumps/growing.ndjson", lines.join("\n"));
    place.run(0, ["run", "dumps"]).says(["growing.ndjson has grown by", "it is another dump now"]);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM sources"), 2);
    // What both hold is counted once.
    place.write("whole.ndjson", lines.join("\n"));
    place.run(0, ["run", "whole.ndjson", "--lake", "whole"]);
    assert_eq!(marts(&place, "whole"), marts(&place, "lake"));
}

#[test]
fn a_lake_takes_no_second_key() {
    let place = Place::with_lake_of(&captured().join("dbt-1.5.11.payload.ndjson"));
    let before = but_runs(&place);
    let mut command = place.command(["run".as_ref(), captured().join("dbt-1.8.9.payload.ndjson").as_os_str()]);
    command.env("USAGE_REPORT_KEY", "another key, of enough length");
    let run = super::harness::Run::of(command);
    assert_eq!(run.code, Some(2), "{run}");
    run.says(["another key"]);
    assert_same(&before, &but_runs(&place), "the run with another key");
}

#[test]
fn reports_are_of_what_was_built_and_say_that_more_has_come() {
    let place = Place::new();
    let dumps = |folder: &str| mixed().join(folder).display().to_string();
    let behind = "are not in the marts yet: `usage-report build`";
    let figures = |report: &str, columns: &[&str]| {
        let run = place.run(0, ["report", report, "--format", "json"]);
        let rows = run.rows().into_iter();
        let rows = rows.map(|row| columns.iter().map(|name| row[*name].clone()).collect::<Vec<_>>());
        (rows.collect::<Vec<_>>(), run.stderr.contains(behind))
    };
    let by_day = || figures("health_by_day", &["day", "events", "duplicates", "share_duplicates", "runs"]);
    let copies = || figures("accounting", &["duplicates", "share_duplicates"]);

    place.run_any(["ingest", &dumps("enriched-tsv"), &dumps("vortex")]);
    // Nothing is built: nothing is known, and nobody should think that there were no runs.
    let (rows, is_behind) = by_day();
    assert!(is_behind && rows.len() > 1, "{rows:?}");
    assert!(rows.iter().all(|row| row[1..].iter().all(Value::is_null)), "{rows:?}");

    place.run(0, ["build"]);
    let (built, of_all) = (by_day(), copies());
    assert!(!built.1 && !of_all.1 && built.0.iter().all(|row| row[1].as_i64() > Some(0)), "{built:?} {of_all:?}");

    place.run_any(["ingest", &dumps("enriched-json"), &dumps("payload-json")]);
    assert_eq!(by_day(), (built.0.clone(), true));
    assert_eq!(copies().0.last(), of_all.0.last());
    place.run(0, ["query", "SELECT COUNT(*) AS n FROM invocations"]).says([behind]);
    place.run(0, ["check"]);
    let mut publish =
        place.command(["publish", "--since", "2026-10-01", "--until", "2026-10-01", "--out", "published"]);
    publish.env("USAGE_REPORT_MATURITY_LATENESS", "1h");
    let publish = Run::of(publish);
    assert!(publish.code == Some(2) && publish.says([behind]).stdout.is_empty(), "{publish}");

    place.run(0, ["build"]);
    let (now, of_all) = (by_day(), copies());
    assert!(!now.1 && now.0 != built.0, "{now:?}");
    let total = of_all.0.last().and_then(|row| row[0].as_i64());
    assert_eq!(total, Some(place.count("SELECT COUNT(*) AS n FROM duplicates")));
}
