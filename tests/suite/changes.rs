//! Did usage change, or did the data change? Days are final or not, and figures of final days that change are told.

use serde_json::json;

use super::harness::{Place, Row};

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
    assert!(
        more[rows.len()..].iter().all(|row| row["row"] == "2026-10-02" || row["report"] == "version_adoption_by_week")
    );
    assert!(more.iter().all(|row| row["cause"] == "1 dump new"), "after gc the cause is not known: {more:?}");
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
        "FROM days AS d",
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
