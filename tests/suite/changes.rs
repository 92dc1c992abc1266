//! Did usage change, or did the data change? Days are final or not, and figures of final days that change are told.

use std::fs;

use serde_json::json;
use usage_report::build::{Engine, Terms, answer, build};
use usage_report::event::{Day, Timestamp};
use usage_report::lake::{Holes, Maturity, Store};
use usage_report::progress::Unwatched;
use usage_report::query::{Kind, Library, ROWS_AT_ONCE, Series, Window, read_frame};

use super::harness::{Place, Row};
use super::retention::freeze;

/// An invocation of `command` that happened and was received at noon of two days of October 2026.
fn invocation(number: u8, command: &str, happened: u8, received: u8) -> String {
    let id = format!("3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d{number:02x}");
    let events = ["start", "end"].map(|progress| {
        let event = format!("4c5ba0a4-0f8e-4b7e-9a3c-{progress:0>8}{number:04x}").replace(['s', 't', 'r', 'n'], "0");
        let data = json!({
            "progress": progress, "invocation_id": id, "command": command, "version": "=1.11.4",
            "result_type": if progress == "end" { Some("ok") } else { None }, "project_id": "p", "user_id": "u",
        });
        json!({
            "app_id": "dbt", "event_id": event,
            "collector_tstamp": format!("2026-10-{received:02} 12:00:05"),
            "dvce_sent_tstamp": format!("2026-10-{received:02} 12:00:00"),
            "dvce_created_tstamp": format!("2026-10-{happened:02} 12:00:00"),
            "contexts_com_dbt_invocation_1": [data],
        })
        .to_string()
    });
    events.join("\n")
}

/// A place with a run of the 1st, one of the 2nd and one of the 8th of October: the first two days are final.
pub(super) fn place() -> Place {
    let place = Place::new();
    place.write("dumps/a.ndjson", invocation(1, "run", 1, 1));
    place.write("dumps/b.ndjson", invocation(2, "run", 2, 2));
    place.write("dumps/c.ndjson", invocation(3, "run", 8, 8));
    place.run(0, ["run", "dumps"]);
    place
}

/// What the program says has changed.
fn changes(place: &Place) -> Vec<Row> {
    place.run(0, ["changes", "--format", "json"]).rows()
}

/// Rows of changes as report, row, figure, before and after.
fn figures(rows: &[Row], report: &str) -> Vec<[String; 4]> {
    let of = |row: &Row, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let rows = rows.iter().filter(|row| row["report"] == report);
    rows.map(|row| ["row", "figure", "before", "after"].map(|name| of(row, name))).collect()
}

#[test]
fn days_are_final_three_days_after_their_end() {
    let place = place();
    let days = place.query("SELECT CAST(day AS VARCHAR) AS day, events, is_final FROM days ORDER BY day");
    let expected = [("2026-10-01", true), ("2026-10-02", true), ("2026-10-08", false)];
    let found: Vec<_> = days.iter().map(|row| (row["day"].as_str(), row["is_final"].as_bool())).collect();
    assert_eq!(found, expected.map(|(day, is_final)| (Some(day), Some(is_final))));
    assert!(days.iter().all(|row| row["events"] == 2), "{days:?}");
    let report = place.run(0, ["report", "activity_by_day", "--format", "json"]).rows();
    let marks: Vec<_> = report.iter().map(|row| row["is_final"].as_bool()).collect();
    assert_eq!(marks, [Some(true), Some(true), Some(false)]);
}

#[test]
fn a_late_dump_is_named_with_the_figures_that_it_changed() {
    let place = place();
    place.run(0, ["changes"]).says(["no published figure of a final day has changed"]);
    assert_eq!(changes(&place), Vec::<Row>::new());
    let late = place.write("dumps/late.ndjson", invocation(4, "build", 1, 8));
    place.run(0, ["run", "dumps"]).says(["2026-10-01", "1 dump new", "figures of final days changed"]);

    let rows = changes(&place);
    let expected = [["2026-10-01", "runs", "1", "2"], ["2026-10-01", "success", "1", "2"]];
    let activity = figures(&rows, "activity_by_day");
    for figure in expected {
        assert!(activity.contains(&figure.map(str::to_owned)), "{figure:?} is not in {activity:?}");
    }
    assert!(activity.iter().all(|[day, ..]| day == "2026-10-01"), "{activity:?}");
    let late = late.canonicalize().expect("a path").display().to_string();
    for row in &rows {
        assert_eq!(row["cause"], "1 dump new", "{row:?}");
        assert_eq!(row["dumps"].as_str(), Some(late.as_str()), "{row:?}");
        assert!(row["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{row:?}");
    }
    let runs = rows.iter().find(|row| row["figure"] == "runs").expect("a figure");
    assert_eq!(runs["change"].as_f64(), Some(1.0));

    // Said once: what is published now is what later figures are compared with.
    place.run(0, ["run", "dumps"]);
    assert_eq!(changes(&place), rows);
    place.run(0, ["gc", "--older-than", "0s"]);
    place.write("dumps/later.ndjson", invocation(5, "test", 2, 8));
    place.run(0, ["run", "dumps"]);
    let more = changes(&place);
    assert!(more.len() > rows.len() && more[..rows.len()] == rows, "{more:?}");
    // Of the day, and of the week that it lies in.
    let is_of_the_day =
        |row: &Row| row["row"].as_str().is_some_and(|of| of.starts_with("2026-10-02") || of.starts_with("2026-09-28"));
    assert!(more[rows.len()..].iter().all(is_of_the_day), "{more:?}");
    assert!(more.iter().all(|row| row["cause"] == "1 dump new"), "after gc the cause is not known: {more:?}");
}

#[test]
fn who_is_forgotten_is_the_cause_on_days_that_outlive_their_staging_too() {
    let place = place();
    let [user, other] = ["11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-000000000000"];
    let of = |user: &str, number, happened| {
        invocation(number, "build", happened, 8).replace(r#""user_id":"u""#, &format!(r#""user_id":"{user}""#))
    };
    // One dump of a day that nobody can build again, one of such a day and of one that can be built.
    place.write("dumps/one.ndjson", of(user, 4, 1));
    place.write("dumps/two.ndjson", [of(other, 5, 2), of(other, 6, 8)].join("\n"));
    place.run(0, ["run", "dumps"]);
    assert!(!changes(&place).is_empty());
    freeze(&place, "2026-10-05");
    for (id, day, cause) in [
        (user, "2026-10-01", "somebody forgotten left out of days that outlive their staging"),
        (other, "2026-10-02", "somebody forgotten left out of 1 dump"),
    ] {
        let before = changes(&place);
        place.write("users", id);
        place.run(0, ["forget", "--user", "users"]);
        let mut rows = changes(&place);
        rows.retain(|row| !before.contains(row));
        assert!(changes(&place).len() == before.len() + rows.len(), "what was told before is lost");
        let runs = [day, "runs", "2", "1"].map(str::to_owned);
        assert!(figures(&rows, "activity_by_day").contains(&runs), "{rows:?}");
        let causes: Vec<_> = rows.iter().map(|row| row["cause"].as_str().expect("a cause")).collect();
        assert!(causes.iter().all(|of| of.contains("somebody forgotten")), "{rows:?}");
        assert!(causes.iter().any(|of| of.contains(cause)), "{rows:?}");
        let built = place.run(0, ["build"]);
        built.says(["0 files written"]);
        assert!(!built.stderr.contains("stay as they were built"), "{built}");
    }
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM invocations"), 3);
}

#[test]
fn what_happens_to_a_day_that_is_not_final_is_no_change() {
    let place = place();
    place.write("dumps/more.ndjson", invocation(6, "build", 8, 9));
    place.run(0, ["run", "dumps"]);
    assert_eq!(changes(&place), Vec::<Row>::new());
}

#[test]
fn a_dump_that_is_read_again_is_a_cause_of_its_own() {
    let place = place();
    let refused = invocation(7, "run", 1, 1).replace("contexts_com_dbt_invocation_1", "contexts_com_dbt_invocation_2");
    place.write("dumps/refused.ndjson", refused);
    place.run(0, ["run", "dumps"]).says(["2 refused"]);
    let rules = "[[accept]]\nname = \"two\"\nschema = \"invocation/2\"\nread_as = \"invocation\"\n";
    place.write("rules.toml", rules);
    place.run(0, ["reparse", "--rules", "rules.toml"]);
    place.run(0, ["run", "dumps"]);
    let rows = changes(&place);
    let runs = ["2026-10-01", "runs", "1", "2"].map(str::to_owned);
    assert!(figures(&rows, "activity_by_day").contains(&runs), "{rows:?}");
    // As long as nothing of it could be read, it was of no day.
    let (unread, read): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["dumps"].is_null());
    assert!(unread.iter().all(|row| row["cause"] == "dumps without an event on these days"), "{unread:?}");
    assert!(unread.iter().all(|row| row["figure"] == "unrecognized"), "{unread:?}");
    let is_named = |row: &&Row| row["dumps"].as_str().is_some_and(|path| path.ends_with("refused.ndjson"));
    assert!(read.iter().all(is_named), "{read:?}");
    assert!(!unread.is_empty() && read.len() > 3, "{rows:?}");
}

#[test]
fn only_known_reports_have_changes() {
    let place = place();
    place
        .run(2, ["changes", "--report", "activity_by_dya"])
        .says(["there is no report activity_by_dya", "activity_by_day"]);
    place.run(0, ["changes", "--report", "activity_by_day"]);
}

#[test]
fn a_report_is_explained_to_the_dump() {
    let place = place();
    let dump = place.path("dumps/a.ndjson").canonicalize().expect("a path").display().to_string();
    let all = place.run(0, ["explain", "activity_by_day"]);
    all.shows([
        "Activity by day",
        "marts    invocations",
        "tables   ",
        "days,",
        "2026-10-01 to 2026-10-08: 3 with events, 2",
    ]);
    all.shows([
        "3 with events on these days, in 1 batches",
        dump.as_str(),
        "section Outcome",
        "FROM calendar AS d",
        "AS first_event_at",
    ]);
    let of_day = place.run(0, ["explain", "activity_by_day", "--day", "2026-10-01"]);
    of_day.shows(["2026-10-01 to 2026-10-01: 1 with events, 1", "1 with events on these days", dump.as_str()]);
    assert!(!of_day.text().contains("b.ndjson"), "{of_day}");
    place.run(2, ["explain", "nothing"]).says(["there is no report nothing", "activity_by_day"]);
    let other = Place::new();
    other.run(0, ["ingest", &dump]);
    other.run(2, ["explain", "activity_by_day"]).says(["no result of activity_by_day is kept", "usage-report run"]);
}

/// A break of everything, in the first week of October 2026.
const BREAK: &str = "[[break]]\nid = \"a-release\"\ndate = 2026-10-02\nversions = \"9.0.0 and later\"\n\
                     columns = [\"invocations\"]\ntitle = \"All is different\"\nmeaning = \"It is.\"\nreference = \"5.1\"\n";

#[test]
fn a_new_break_is_marked_in_every_series_and_changes_no_figure() {
    let place = place();
    let store = Store::new(place.path("lake"));
    let library = Library::load().and_then(|library| library.with_breaks(BREAK)).expect("a library");
    let built = build(&store, &library, (Engine::Own, None), &Unwatched, |_| {}).expect("built");
    assert_eq!(built.files, 0, "a break makes no mart stale");
    let final_until = Day::parse("2026-10-04");
    let maturity = Maturity { newest: None, final_until };
    let terms = Terms { maturity, holes: Holes::default(), window: Window::ALL, rows_at_once: ROWS_AT_ONCE };
    let now = Timestamp::from_millis(1_791_500_000_000).expect("an instant");
    let answers = answer((&store, Engine::Own), &built, &terms, &library, now, &Unwatched).expect("answers");
    assert_eq!(answers.restated, []);

    let mut series = Vec::new();
    for answer in &answers.answers {
        let Ok(marks) = answer.frame.column("breaks") else { continue };
        let marks: Vec<_> = marks.str().expect("text").iter().map(|mark| mark.map(str::to_owned)).collect();
        series.push((answer.query.name, marks));
        // What is kept says the same.
        let kept = fs::File::open(place.path(&format!("lake/reports/{}.parquet", answer.query.name))).expect("a file");
        let kept = read_frame(kept, "a report".as_ref()).expect("a frame");
        assert!(kept.equals_missing(&answer.frame), "{}: {kept}", answer.query.name);
    }
    let mark = Some("a-release".to_owned());
    let by_day = vec![None, mark.clone(), None];
    for (name, expected) in [
        ("version_adoption_by_week", vec![mark.clone(), None]),
        ("activity_by_day", by_day.clone()),
        ("health_by_day", by_day),
    ] {
        let found = series.iter().find(|(of, _)| *of == name).map(|(_, marks)| marks);
        assert_eq!(found, Some(&expected), "{name}");
    }
    // Every series is marked, and nothing but a series.
    let of_library = library.of_kind(Kind::Report).filter(|query| Series::of(query).is_some());
    assert_eq!(
        series.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        of_library.map(|query| query.name).collect::<Vec<_>>()
    );
    assert!(series.iter().flat_map(|(_, marks)| marks).all(|of| of.is_none() || *of == mark));
}

#[test]
fn breaks_are_told_in_every_form_and_can_be_asked_for() {
    let place = Place::new();
    // Days on both sides of the release of dbt 1.11.3, of February 2026.
    let dump = |number, day| invocation(number, "run", day, day).replace("2026-10-", "2026-02-");
    for (number, day) in [(1, 4), (2, 5), (3, 6)] {
        place.write(&format!("dumps/{day}.ndjson"), dump(number, day));
    }
    place.run(0, ["run", "dumps"]);
    let marks = |rows: &[Row]| rows.iter().map(|row| row["breaks"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let expected = [None, Some("failures-said".to_owned()), None];
    assert_eq!(marks(&place.run(0, ["report", "activity_by_day", "--format", "json"]).rows()), expected);
    let csv = place.run(0, ["report", "activity_by_day", "--format", "csv"]).text();
    let last: Vec<_> = csv.lines().map(|line| line.rsplit(',').next().unwrap_or_default()).collect();
    assert_eq!(last, ["breaks", "", "failures-said", ""]);
    let heading = "Definition breaks (usage-report explain activity_by_day says more):";
    let shown = place.run(0, ["report", "activity_by_day"]);
    shown.shows([heading, "2026-02-05  failures-said  What the end says can be believed (1.11.3 and later)"]);
    assert!(!shown.text().contains("click-8-3"), "of a series only what lies in its time\n{shown}");
    let without = place.run(0, ["report", "activity_by_day", "--since", "2026-02-06"]);
    assert!(!without.text().contains("Definition breaks"), "{without}");
    place.run(0, ["report", "success_by_command"]).shows(["2025-09-18  click-8-3", "2023-04-27  failures-unsaid"]);
    // Files, too; and what only a word of a text is named by is touched by none.
    place.run(0, ["report", "--format", "csv", "--out", "tables"]);
    assert_eq!(fs::read_to_string(place.path("tables/activity_by_day.csv")).expect("a file"), csv);
    let accounting = place.run(0, ["report", "accounting"]);
    assert!(!accounting.text().contains("Definition breaks"), "{accounting}");

    let explained = place.run(0, ["explain", "activity_by_day"]);
    explained.shows([
        "Definition breaks (queries/breaks.toml)",
        "2023-04-27 failures-unsaid (1.5.0 to 1.11.2): Failed runs end with ok.",
    ]);
    explained.shows(["2025-06-16 microbatch-events", "section 5.16)"]);
    let table = place.query("SELECT id, CAST(date AS VARCHAR) AS date, columns FROM breaks WHERE id = 'failures-said'");
    let [row] = table.as_slice() else { panic!("{table:?}") };
    assert_eq!((&row["date"], &row["id"]), (&"2026-02-05".into(), &"failures-said".into()));
    let joined = "SELECT b.id AS id, COUNT(*) AS runs FROM invocations AS i INNER JOIN breaks AS b ON i.day = b.date GROUP BY b.id";
    assert_eq!(place.query(joined).len(), 1);
}

#[test]
fn how_late_events_may_come_is_said_once_for_all_commands() {
    let place = place();
    let config = |lateness: &str| place.write("job.toml", format!("[maturity]\nlateness = '{lateness}'\n"));
    let of = |rows: Vec<Row>| rows.iter().map(|row| row["is_final"].as_bool()).collect::<Vec<_>>();
    let asked = |what: [&str; 2]| {
        let arguments = [what[0], what[1], "--format", "json", "--config", "job.toml"];
        of(place.run(0, arguments).rows())
    };
    let kept = |report: &str| {
        let file = fs::File::open(place.path(&format!("lake/reports/{report}.parquet"))).expect("a file");
        let frame = read_frame(file, report.as_ref()).expect("a frame");
        frame.column("is_final").expect("a column").bool().expect("yes or no").iter().collect::<Vec<_>>()
    };
    // The newest event came on the 8th at noon: until the 7th, the 4th and the 1st. The first week ends on the 4th.
    for (lateness, days, weeks) in [
        ("0s", [true, true, false], [true, false]),
        ("72h", [true, true, false], [true, false]),
        ("6d", [true, false, false], [false, false]),
    ] {
        config(lateness);
        let (days, weeks) = (days.map(Some).to_vec(), weeks.map(Some).to_vec());
        assert_eq!(asked(["query", "SELECT is_final FROM days ORDER BY day"]), days, "{lateness}");
        assert_eq!(asked(["report", "activity_by_day"]), days, "{lateness}");
        assert_eq!(asked(["report", "version_adoption_by_week"]), weeks, "{lateness}");
        // What was kept under another lateness is made anew.
        place.run(0, ["run", "dumps", "--config", "job.toml"]);
        assert_eq!((kept("activity_by_day"), kept("version_adoption_by_week")), (days, weeks), "{lateness}");
    }
    assert_eq!(changes(&place), Vec::<Row>::new(), "that a day is final is no figure");
    // The 2nd is not final now, so that what changes in it is nothing to be told.
    place.write("dumps/late.ndjson", invocation(4, "build", 2, 8));
    place.run(0, ["run", "dumps", "--config", "job.toml"]);
    assert_eq!(changes(&place), Vec::<Row>::new());
    place.run(0, ["explain", "activity_by_day"]).shows(["3 with events, 1 of them final"]);
    config("3d");
    place.run(0, ["run", "dumps", "--config", "job.toml"]);
    place.write("dumps/later.ndjson", invocation(5, "build", 2, 8));
    place.run(0, ["run", "dumps", "--config", "job.toml"]).says(["figures of final days changed"]);
    assert!(changes(&place).iter().any(|row| row["row"] == "2026-10-02" && row["figure"] == "runs"));
    place.write("job.toml", "[maturity]\nlateness = '3 days'\n");
    place.run(2, ["report", "--config", "job.toml"]).says(["job.toml:2: maturity.lateness: expected a length of time"]);
}

#[test]
fn reports_over_the_newest_days_leave_out_what_is_older_and_tell_no_change_of_it() {
    let place = place();
    place.write("job.toml", "[reports]\nwindow = \"7d\"\nfolder = \"out\"\nformats = [\"json\"]\n");
    let run = ["run", "dumps", "--config", "job.toml"];
    let days = |place: &Place| -> Vec<String> {
        let text = std::fs::read(place.path("out/activity_by_day.json")).expect("a report");
        let rows: Vec<Row> = serde_json::from_slice(&text).expect("rows");
        rows.iter().map(|row| row["day"].as_str().expect("a day").to_owned()).collect()
    };
    place.run(0, run).shows(["All figures are of 2026-10-02 and later."]);
    assert_eq!(days(&place), ["2026-10-02", "2026-10-08"]);
    assert_eq!(changes(&place), Vec::<Row>::new(), "days that are no more in reports are no change");
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM invocations"), 3, "the marts have them");

    // Late events of a day that no report is over; then of one that they are over.
    place.write("dumps/late.ndjson", invocation(4, "build", 1, 8));
    place.run(0, run);
    assert_eq!(changes(&place), Vec::<Row>::new());
    place.write("dumps/later.ndjson", invocation(5, "build", 2, 8));
    place.run(0, run).says(["figures of final days changed"]);
    let told = figures(&changes(&place), "activity_by_day");
    assert!(told.contains(&["2026-10-02", "runs", "1", "2"].map(str::to_owned)), "{told:?}");
    assert!(told.iter().all(|[row, ..]| row == "2026-10-02"), "{told:?}");
}
