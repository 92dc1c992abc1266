//! Who is forgotten is gone: from every file, for every later dump; and nobody else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_schema::Fields;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use usage_report::privacy::{Domain, Key, Pseudonymizer};

use super::dumps::{gunzip, mixed, payload_lines};
use super::harness::{KEY, Place, Row, Run, files_under};
use super::lake::{assert_same, copy_dumps, marts};
use super::retention::freeze;
use super::traces::{files, identifiers_of_dumps, readable};

/// The user of the real tracker payloads.
const USER: &str = "7f2c9a1e-0000-4000-8000-000000000014";

fn pseudonym(domain: Domain, raw: &str) -> String {
    let key = Key::from_secret(KEY.as_bytes()).expect("a key");
    Pseudonymizer::new(&key).pseudonym(domain, raw).as_str().to_owned()
}

/// A place whose lake has the mixed dumps, in a batch each.
fn place() -> Place {
    let place = Place::new();
    copy_dumps(&place.path("dumps"), |_| true);
    for path in files_under(&place.path("dumps")).into_keys() {
        let run = place.run_any(["ingest".as_ref(), Path::new("dumps").join(path).as_os_str()]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
    }
    run(&place);
    place
}

fn run(place: &Place) {
    let run = place.run_any(["run", "dumps"]);
    assert!(matches!(run.code, Some(0 | 1)), "{run}");
}

/// Raw ids of the mixed dumps that a column of the invocations holds, by how many these are, for each engine.
fn raw_ids(place: &Place, column: &str, domain: Domain) -> BTreeMap<(String, i64), String> {
    let by_pseudonym: BTreeMap<String, String> =
        identifiers_of_dumps(&mixed()).into_iter().map(|raw| (pseudonym(domain, &raw), raw)).collect();
    let sql = format!(
        "SELECT {column} AS id, engine, COUNT(*) AS n FROM invocations WHERE {column} IS NOT NULL GROUP BY {column}, engine \
        ORDER BY n, id"
    );
    let rows = place.query(&sql);
    let id = |row: &Row| by_pseudonym.get(row["id"].as_str()?).cloned();
    rows.iter().filter_map(|row| Some(((row["engine"].as_str()?.to_owned(), row["n"].as_i64()?), id(row)?))).collect()
}

/// The raw id of the user of dbt 1 who has most invocations in the lake of a place.
pub(super) fn busiest_user(place: &Place) -> String {
    most(&raw_ids(place, "user_id", Domain::User), |engine| engine == "core-1").to_owned()
}

/// The id of most invocations of an engine.
fn most(ids: &BTreeMap<(String, i64), String>, is_engine: impl Fn(&str) -> bool) -> &str {
    let of_engine = ids.iter().filter(|((engine, _), _)| is_engine(engine));
    let most = of_engine.max_by_key(|((_, invocations), _)| *invocations);
    most.map(|(_, id)| id.as_str()).expect("an id of this engine")
}

/// Pseudonyms in some rows.
fn column(rows: &[Row], column: &str) -> BTreeSet<String> {
    rows.iter().filter_map(|row| row[column].as_str().map(str::to_owned)).collect()
}

/// The rows of these invocations and of all others.
fn divide(rows: &[Row], invocations: &BTreeSet<String>) -> (Vec<Row>, Vec<Row>) {
    let is_theirs = |row: &&Row| row["invocation_id"].as_str().is_some_and(|id| invocations.contains(id));
    let (theirs, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(is_theirs);
    (theirs.into_iter().cloned().collect(), others.into_iter().cloned().collect())
}

/// Nothing of these texts is in any file of the lake, nor in anything that can be read of it.
fn assert_no_trace(place: &Place, texts: &BTreeSet<String>) {
    assert!(texts.len() > 3, "hardly anything is looked for: {texts:?}");
    let all = readable(place).into_iter().chain(files(place, "lake"));
    for (name, bytes) in all {
        let shown = String::from_utf8_lossy(&bytes);
        let found: Vec<_> = texts.iter().filter(|text| shown.contains(text.as_str())).collect();
        assert!(found.is_empty(), "{name} still holds {found:?}");
    }
}

#[test]
fn nothing_of_who_is_forgotten_is_left_nothing_else_is_gone_and_a_replay_brings_nothing_back() {
    let place = place();
    let (users, projects) = (raw_ids(&place, "user_id", Domain::User), raw_ids(&place, "project_id", Domain::Project));
    let chosen = [
        (Domain::User, most(&users, |engine| engine == "core-1")),
        (Domain::User, most(&users, |engine| engine != "core-1")),
        (Domain::Project, most(&projects, |engine| engine == "core-1")),
    ];
    let [of_dbt_1, of_dbt_2, project] = chosen.map(|(domain, raw)| pseudonym(domain, raw));
    let before = marts(&place, "lake");
    let theirs = place.query(&format!(
        "SELECT invocation_id FROM invocations WHERE user_id IN ('{of_dbt_1}', '{of_dbt_2}') OR project_id = '{project}'"
    ));
    let invocations = column(&theirs, "invocation_id");
    assert!(invocations.len() > 10, "{invocations:?}");
    let of = |mart: &str| divide(&before[mart], &invocations);
    let ((gone, others), (nodes_gone, other_nodes)) = (of("invocations"), of("node_runs"));
    assert!(!nodes_gone.is_empty() && others.len() > 100 && other_nodes.len() > 100);

    // Everything that is derived from them and of nobody else.
    let mut texts: BTreeSet<String> = chosen.iter().map(|(_, raw)| (*raw).to_owned()).collect();
    texts.extend([of_dbt_1, of_dbt_2, project]);
    texts.extend(invocations.iter().cloned());
    let sent = place.query("SELECT event_id, invocation_id, node_run_id FROM run_model_events");
    let (sent, _) = divide(&sent, &invocations);
    texts.extend(column(&sent, "event_id"));
    texts.extend(column(&sent, "node_run_id"));

    let written = place.write("users", format!("{}\n\n  {}  \n", chosen[0].1, chosen[1].1.to_uppercase()));
    place.write("projects", chosen[2].1);
    let forget = ["forget", "--user", "users", "--project", "projects"];
    let kept = place.files("lake");
    let would = place.run(0, forget.into_iter().chain(["--dry-run"]));
    would.says(["a dry run; 2 users, 1 projects".to_owned(), format!("{} invocations would go", invocations.len())]);
    assert_same(&kept, &place.files("lake"), "a dry run");

    let done = place.run(0, forget);
    done.says([format!("{} invocations are gone", invocations.len())]);
    std::fs::remove_file(written).expect("removed");
    std::fs::remove_file(place.path("projects")).expect("removed");
    assert_no_trace(&place, &texts);
    for text in &texts {
        assert!(!done.stderr.contains(text), "printed: {text}");
    }

    let after = marts(&place, "lake");
    assert_eq!(after["invocations"], others);
    assert_eq!(after["node_runs"], other_nodes);
    let forgotten = place.count("SELECT SUM(forgotten_records) AS n FROM sources");
    assert!(forgotten >= (gone.len() + nodes_gone.len()) as i64, "{forgotten}");
    let parts = "SELECT SUM(records - events - rejects - foreign_records - filtered_records) AS n FROM sources";
    assert_eq!(place.count(parts), 0);
    place.run(0, ["report", "accounting"]).shows([
        "forgotten_records".to_owned(),
        format!("All figures are without {forgotten} events of 3 users and projects that were forgotten."),
    ]);
    let footer = format!("{forgotten} events of users and projects that were forgotten");
    let kept = |name: &str| name == "reports/activity_by_day.parquet decoded";
    let (_, report) = files(&place, "lake").into_iter().find(|(name, _)| kept(name)).expect("the kept report");
    assert!(String::from_utf8_lossy(&report).contains(&footer), "its footer does not say {footer:?}");
    place.run(0, ["build"]).says(["0 files written"]);

    // The same dumps once more: as they are, and under another digest.
    let kept = place.files("lake/marts");
    run(&place);
    assert_same(&kept, &place.files("lake/marts"), "the same dumps");
    for (path, bytes) in files_under(&place.path("dumps")) {
        place.write(&format!("dumps/again-{}", path.display()), gunzip(&bytes));
    }
    run(&place);
    assert_no_trace(&place, &texts);
    assert_eq!(marts(&place, "lake")["invocations"], others);
    assert_eq!(marts(&place, "lake")["node_runs"], other_nodes);
    assert!(place.count("SELECT SUM(forgotten_records) AS n FROM sources") > forgotten);

    // And a lake that is made anew, of all dumps at once.
    let anew = Place::new();
    copy_dumps(&anew.path("dumps"), |_| true);
    for (path, bytes) in place.files("lake/forgotten") {
        anew.write(&format!("lake/forgotten/{}", path.display()), bytes);
    }
    run(&anew);
    assert_no_trace(&anew, &texts);
    assert_same(&kept, &anew.files("lake/marts"), "a lake made anew");
}

#[test]
fn who_is_forgotten_goes_from_days_of_marts_that_outlive_their_staging() {
    let place = place();
    freeze(&place, "2026-10-02");
    let (users, projects) = (raw_ids(&place, "user_id", Domain::User), raw_ids(&place, "project_id", Domain::Project));
    let is_any = |_: &str| true;
    let project = most(&projects, is_any);
    let of_project = pseudonym(Domain::Project, project);
    // Of some of this user's node runs nothing but the invocation says whose they are, and that says another mart alone.
    let of_user_alone = |user: &str| {
        place.count(&format!(
            "SELECT COUNT(*) AS n FROM node_runs WHERE day < '2026-10-02' AND project_id <> '{of_project}' AND \
             invocation_id IN (SELECT invocation_id FROM invocations WHERE user_id = '{}')",
            pseudonym(Domain::User, user)
        ))
    };
    let user = users.values().find(|user| of_user_alone(user) > 0).expect("a user").as_str();
    let of_user = pseudonym(Domain::User, user);
    let before = marts(&place, "lake");
    let is_theirs = format!("user_id = '{of_user}' OR project_id = '{of_project}'");
    let theirs = place.query(&format!("SELECT invocation_id FROM invocations WHERE {is_theirs}"));
    let invocations = column(&theirs, "invocation_id");
    // Days with staging and days without are among theirs.
    let left = place.query(&format!("SELECT invocation_id FROM invocation_events WHERE {is_theirs}"));
    let left = column(&left, "invocation_id");
    assert!(!left.is_empty() && left.len() < invocations.len(), "{} of {}", left.len(), invocations.len());
    let (_, others) = divide(&before["invocations"], &invocations);
    let (nodes_gone, other_nodes) = divide(&before["node_runs"], &invocations);
    assert!(!nodes_gone.is_empty() && others.len() > 100 && other_nodes.len() > 100);
    let schemas = schemas(&place);
    let mut texts = invocations.clone();
    texts.extend([user.to_owned(), project.to_owned(), of_user, of_project]);

    place.write("users", user);
    place.write("projects", project);
    let forget = ["forget", "--user", "users", "--project", "projects"];
    let kept = place.files("lake");
    let would = place.run(0, forget.into_iter().chain(["--dry-run"]));
    would.says(["invocations would go", "rows of days of marts that outlive their staging"]);
    assert_same(&kept, &place.files("lake"), "a dry run");
    let old = place.files("lake/marts");
    let done = place.run(0, forget);
    done.says([format!("{} invocations are gone", invocations.len())]);
    let rows = |run: &Run| {
        run.stderr.split_once(", and ").map(|(_, rest)| rest.split_once(" of marts").map(|(n, _)| n.to_owned()))
    };
    assert_eq!(rows(&done), rows(&would));
    for file in ["users", "projects"] {
        std::fs::remove_file(place.path(file)).expect("removed");
    }
    let is_as_it_should_be = || {
        assert_no_trace(&place, &texts);
        let after = marts(&place, "lake");
        assert_eq!(after["invocations"], others);
        assert_eq!(after["node_runs"], other_nodes);
        place.run(0, ["build"]).says(["0 files written"]);
    };
    is_as_it_should_be();
    assert_eq!(self::schemas(&place), schemas, "what columns are and mean");

    // Killed when it was said who is forgotten: before anything was removed from these days, and when they are gone from
    // what tells whose invocations are, and not yet from what names the invocation alone.
    for is_left in [|_: &Path| true, |path: &Path| path.starts_with("node_runs")] {
        for (path, bytes) in old.iter().filter(|(path, _)| is_left(path)) {
            place.write(&format!("lake/marts/{}", path.display()), bytes);
        }
        std::fs::remove_file(place.path("lake/frozen.json")).expect("removed");
        run(&place);
        is_as_it_should_be();
    }
    // They are not looked at at every run.
    let files = || place.files("lake/marts");
    let kept = files();
    run(&place);
    assert_same(&kept, &files(), "another run");
}

/// The columns of every file of a mart: their types, and what they mean.
fn schemas(place: &Place) -> BTreeMap<PathBuf, Fields> {
    let schema = |path: &Path| {
        let file = File::open(place.path("lake/marts").join(path)).expect("a file");
        ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").schema().fields().clone()
    };
    place.files("lake/marts").into_keys().map(|path| (path.clone(), schema(&path))).collect()
}

/// The events of the real payloads, one a line: starts and ends, which say whose they are, and the others, most of which
/// name the invocation alone.
fn starts_and_others() -> (Vec<String>, Vec<String>) {
    let payloads = payload_lines().into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let one_each = payloads.flat_map(|payload| {
        let items = payload["data"].as_array().expect("items").clone();
        items.into_iter().map(move |item| {
            let mut payload = payload.clone();
            payload["data"] = Value::Array(vec![item]);
            payload
        })
    });
    let is_start_or_end = |payload: &Value| matches!(payload["data"][0]["se_la"].as_str(), Some("start" | "end"));
    let (starts, others): (Vec<Value>, Vec<Value>) = one_each.partition(is_start_or_end);
    let lines = |payloads: Vec<Value>| payloads.iter().map(Value::to_string).collect();
    (lines(starts), lines(others))
}

#[test]
fn events_that_do_not_say_whose_they_are_go_when_it_is_known() {
    let (starts, others) = starts_and_others();
    assert!(starts.len() > 10 && others.len() > 10);
    let rows = |place: &Place| {
        place.count("SELECT COUNT(*) AS n FROM run_model_events")
            + place.count("SELECT COUNT(*) AS n FROM project_id_events")
    };
    let (all, in_all) = (Place::new(), (starts.len() + others.len()) as i64);
    all.write("all.ndjson", payload_lines().join("\n"));
    all.run(0, ["ingest", "all.ndjson"]);
    let of_all = rows(&all);
    assert!(of_all > 10);

    let place = Place::new();
    place.write("starts.ndjson", starts.join("\n"));
    place.write("others.ndjson", others.join("\n"));
    place.write("some.tsv", super::dumps::basic("enriched-tsv").0);
    place.run(0, ["ingest", "some.tsv"]);
    let before = rows(&place);
    place.write("users", USER);
    place.run(0, ["forget", "--user", "users"]).says(["0 events of 0 invocations are gone"]);
    // Whose they are nobody knows yet, and then the next dump tells.
    place.run(0, ["ingest", "others.ndjson"]);
    assert_eq!(rows(&place) - before, of_all);
    place.run(0, ["ingest", "starts.ndjson"]);
    assert_eq!(rows(&place), before);
    let forgotten = "SELECT SUM(forgotten_records) AS n FROM sources";
    let (dumps, events) = (place.count(forgotten), place.count("SELECT SUM(events) AS n FROM sources"));
    // One by one, after the one that tells.
    let later = Place::new();
    later.write("some.tsv", super::dumps::basic("enriched-tsv").0);
    later.write("users", USER);
    later.run(0, ["ingest", "some.tsv"]);
    later.run(0, ["forget", "--user", "users"]);
    for (number, line) in starts.iter().chain(&others).enumerate() {
        later.write(&format!("{number}.ndjson"), line);
        later.run(0, ["ingest", &format!("{number}.ndjson")]);
    }
    assert_eq!(rows(&later), before);
    assert_eq!((later.count(forgotten), later.count("SELECT SUM(events) AS n FROM sources")), (dumps, events));
    assert!(dumps >= in_all, "{dumps} of {in_all}");
}

#[test]
fn events_go_whose_owner_another_batch_tells_that_is_read_at_the_same_time() {
    let (starts, others) = starts_and_others();
    let place = Place::new();
    place.write("dumps/starts.ndjson", starts.join("\n"));
    place.write("dumps/others.ndjson", others.join("\n"));
    place.write("usage-report.toml", "dumps.paths = [\"dumps\"]\n");
    place.write("some.tsv", super::dumps::basic("enriched-tsv").0);
    place.run(0, ["ingest", "some.tsv"]);
    let rows = || place.count("SELECT COUNT(*) AS n FROM run_model_events");
    let before = rows();
    place.write("users", USER);
    place.run(0, ["forget", "--user", "users"]);
    assert!(others.iter().any(|event| event.contains("run_model")), "none of them would be seen");
    // What each knows of the lake is from before both.
    let config = ["--config", "usage-report.toml"];
    let told = place.run(0, ["spark", "dumps"].into_iter().chain(config)).text();
    let told: Value = serde_json::from_str(&told).expect("JSON");
    let taken = told["taken"].as_str().expect("a path");
    let read = |dump: &str| place.run(0, ["ingest", "--share", taken, dump]);
    read("dumps/starts.ndjson");
    // A task that is retried finds its receipt.
    read("dumps/starts.ndjson").says(["nothing new"]);
    // Of what is written anew nobody finds it, and that is no harm.
    for _ in 0..2 {
        read("dumps/others.ndjson");
        assert_eq!(rows(), before);
    }
    assert!(place.count("SELECT SUM(forgotten_records) AS n FROM sources") >= (starts.len() + others.len()) as i64);
}

#[test]
fn days_that_outlive_their_staging_lose_what_a_late_dump_tells_to_be_theirs() {
    let (starts, others) = starts_and_others();
    let place = Place::new();
    place.write("others.ndjson", others.join("\n"));
    place.run(0, ["run", "others.ndjson"]);
    let theirs = || {
        let rows = |mart: &str| place.count(&format!("SELECT COUNT(*) AS n FROM {mart}"));
        (rows("invocations"), rows("node_runs"))
    };
    let before = theirs();
    assert!(before.0 > 3 && before.1 > 3, "{before:?}");
    freeze(&place, "2100-01-01");
    place.write("users", USER);
    place.run(0, ["forget", "--user", "users"]).says(["0 events of 0 invocations are gone"]);
    assert_eq!(theirs(), before);
    place.write("starts.ndjson", starts.join("\n"));
    place.run(0, ["run", "starts.ndjson"]);
    assert_eq!(theirs(), (0, 0));
}

#[test]
fn says_what_is_wrong_and_nothing_of_whom() {
    let place = Place::new();
    place.write("users", USER);
    place.run(2, ["forget", "--user", "users"]).says(["no data"]);
    place.write("all.ndjson", payload_lines().join("\n"));
    place.run(0, ["ingest", "all.ndjson"]);
    place.run(2, ["forget"]).says(["--user"]);
    place.run(2, ["forget", "--user", "nowhere"]).says(["cannot read the ids in nowhere"]);
    place.write("empty", "\n  \n");
    place.run(2, ["forget", "--user", "empty"]).says(["no ids are named"]);
    place.write("odd", "somebody@example.com\n");
    let odd = place.run(0, ["forget", "--user", "odd"]);
    odd.says(["1 of 1 ids of users are no UUID", "0 events"]);
    assert!(!odd.stderr.contains("somebody"), "{odd}");

    let mut other = place.command(["forget", "--user", "users"]);
    other.env("USAGE_REPORT_KEY", "another key of some length");
    let other = super::harness::Run::of(other);
    assert_eq!(other.code, Some(2), "{other}");
    other.says(["made with another key"]);
    let mut without = place.command(["forget", "--user", "users"]);
    without.env_remove("USAGE_REPORT_KEY");
    let without = super::harness::Run::of(without);
    assert_eq!(without.code, Some(2), "{without}");
    without.says(["there is no key"]);

    place.run(0, ["forget", "--user", "users"]);
    for (path, bytes) in place.files("lake/forgotten") {
        let path = format!("lake/forgotten/{}", path.display());
        place.write(&path, "{");
        place.run(2, ["ingest", "all.ndjson"]).says([path.trim_start_matches("lake/"), "restore it from a backup"]);
        place.write(&path, bytes);
    }
    place.run(0, ["ingest", "all.ndjson"]);
}
