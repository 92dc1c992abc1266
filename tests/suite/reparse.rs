//! Dumps with refused records, read again: by rules, or because the program knows more by now.

use super::dumps::payload_lines;
use super::harness::Place;

const RULES: &str = r#"
[[accept]]
name = "invocation-2"
schema = "invocation/2"
read_as = "invocation"

[[supply]]
name = "progress"
schema = "invocation"
field = "progress"
value = "start"

[[rename]]
name = "never-fires"
from = "com.acme/run_model/1"
to = "run_model"
"#;

/// A line with one event whose one context is this.
fn line(event: u8, schema: &str, data: &str) -> String {
    let context = format!(
        r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{{"schema":"{schema}","data":{data}}}]}}"#
    );
    let item = serde_json::json!({
        "e": "se", "aid": "dbt", "p": "pc", "tv": "py-1.1.0",
        "eid": format!("4c5ba0a4-0f8e-4b7e-9a3c-0d1e2f3a4b{event:02x}"),
        "dtm": "1790812800000", "stm": "1790812801000", "co": context,
    });
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    serde_json::json!({"schema": schema, "data": [item]}).to_string()
}

/// A place whose lake has two dumps: one with four events that rules could win back, and a good one.
fn place() -> Place {
    let place = Place::new();
    let id = |n: u8| format!("3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d{n:02x}");
    let data = |n: u8, progress: &str| {
        format!(r#"{{"progress":{progress},"invocation_id":"{}","version":"=1.9.0","command":"run"}}"#, id(n))
    };
    let lines = [
        line(1, "iglu:com.dbt/invocation/jsonschema/2-0-0", &data(1, r#""start""#)),
        line(2, "iglu:com.dbt/invocation/jsonschema/2-0-0", &data(2, "null")),
        line(3, "iglu:com.dbt/invocation/jsonschema/1-0-2", &data(3, "null")),
        line(4, "iglu:com.dbt/time_travel/jsonschema/1-0-0", "{}"),
        line(5, "iglu:com.dbt/invocation/jsonschema/1-0-2", &data(5, r#""start""#)),
        "null".to_owned(),
    ];
    place.write("dumps/refused.ndjson", lines.join("\n"));
    place.write("dumps/good.ndjson", payload_lines().join("\n"));
    place.write("rules.toml", RULES);
    place.run(0, ["run", "dumps"]).says(["5 refused"]);
    place
}

/// Invocations, records, events and rejects of all dumps.
fn numbers(place: &Place) -> [i64; 4] {
    let sum = |column: &str| place.count(&format!("SELECT SUM({column}) AS n FROM sources"));
    [place.count("SELECT COUNT(*) AS n FROM invocations"), sum("records"), sum("events"), sum("rejects")]
}

#[test]
fn a_dry_run_says_what_each_rule_would_win_back_and_writes_nothing() {
    let place = place();
    let before = place.files("lake");
    let run = place.run(0, ["reparse", "--rules", "rules.toml", "--dry-run"]);
    run.shows([
        "1 dumps with refused records, 1 of which more can be read",
        "2 won back by the rule invocation-2",
        "2 won back by the rule progress",
        "0 won back by the rule never-fires",
        "3 refused before, 1 after: unknown_schema",
    ]);
    run.says(["a dry run"]);
    assert!(place.files("lake") == before, "a dry run changes the lake");
}

#[test]
fn what_is_won_back_is_counted_once() {
    let place = place();
    let [invocations, records, events, rejects] = numbers(&place);
    assert_eq!(rejects, 5);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects"), 5);
    place.run(0, ["reparse", "--rules", "rules.toml"]).says(["read anew as batch"]);
    place.run(0, ["build"]);
    assert_eq!(numbers(&place), [invocations + 3, records, events + 3, rejects - 3]);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM rejects"), 2);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM duplicates"), 0);
    // The good event of the dump is there once, and the good dump was not read again.
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM sources"), 2);
    assert_eq!(place.tally("kind", "unrecognized")["schema"], 1);

    // Again: nothing more is won back, nothing is written, and neither is by another ingest.
    let lake = place.files("lake");
    place.run(0, ["reparse", "--rules", "rules.toml"]).says(["nothing is won back"]);
    place.run(0, ["ingest", "dumps"]).says(["nothing new (2 dumps"]);
    assert!(place.files("lake") == lake, "a second reading changes the lake");
}

#[test]
fn rules_may_be_given_at_once() {
    let place = place();
    place.run(0, ["reparse", "--rules", "rules.toml"]);
    place.run(0, ["build"]);
    let run = place.run(0, ["run", "dumps", "--rules", "rules.toml", "--lake", "other"]);
    run.says(["won back 2 by the rule invocation-2", "2 refused"]);
    let sql = "SELECT invocation_id, day, command, dbt_version FROM invocations ORDER BY invocation_id";
    assert_eq!(place.query(sql), place.query_in("other", sql));
}

#[test]
fn a_dump_that_has_moved_is_found_where_it_is_named() {
    let place = place();
    std::fs::rename(place.path("dumps"), place.path("moved")).expect("a folder");
    let run = place.run(1, ["reparse", "--rules", "rules.toml", "--dry-run"]);
    run.says(["nobody knows where the dump with the digest"]);
    place.run(0, ["reparse", "moved", "--rules", "rules.toml", "--dry-run"]).shows(["1 of which more can be read"]);
}

#[test]
fn rules_that_cannot_be_used_are_told() {
    let place = place();
    place.write("wrong.toml", "[[accept]]\nname = \"a\"\nschema = \"invocation/2\"\nread_as = \"invocatoin\"\n");
    place.run(2, ["reparse", "--rules", "wrong.toml"]).says(["wrong.toml", "rule a", "there is no schema invocatoin"]);
    place.run(2, ["reparse", "--rules", "no.toml"]).says(["no.toml", "No such file"]);
    Place::new().run(2, ["reparse"]).says(["there is no data in lake"]);
}

#[test]
fn new_kinds_and_fields_are_a_line_in_the_report() {
    let place = Place::new();
    let node = r#"{"run_status":"SUCCESS","invocation_id":"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01","shard_count":3,"E-Mail":"x"}"#;
    let lines = [
        line(1, "iglu:com.dbt/run_model/jsonschema/1-0-9", node),
        line(2, "iglu:com.dbt/time_travel/jsonschema/1-0-0", "{}"),
    ];
    place.write("dumps/new.ndjson", lines.join("\n"));
    // The headline report of the day on which a new release of dbt ships.
    place.run(0, ["run", "dumps"]).shows(["(unrecognized)", "time_travel", "shard_count", "(other)"]);
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM node_runs"), 1);
    let rows = place.query("SELECT kind, schema_key, field, events, first_seen FROM unrecognized ORDER BY kind, field");
    let cells: Vec<_> =
        rows.iter().map(|row| (row["kind"].as_str(), row["schema_key"].as_str(), row["field"].as_str())).collect();
    assert_eq!(
        cells,
        [
            (Some("field"), Some("run_model"), Some("(other)")),
            (Some("field"), Some("run_model"), Some("shard_count")),
            (Some("schema"), Some("time_travel"), None),
        ]
    );
    assert_eq!(rows[1]["events"], 1);
    assert!(rows[1]["first_seen"].as_str().is_some_and(|time| time.starts_with("2026-10-01")), "{rows:?}");
}
