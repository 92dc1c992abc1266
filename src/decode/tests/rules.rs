//! Rules: what would be refused is read by them in every form, and nothing else is.

use serde_json::{Value, json};

use super::forms::{self, Context, INVOCATION_ID, PROJECT_ID, all, environment, invocation, run_model};
use super::{Finds, Noted, decode, event, find, refused, refused_of, says};
use crate::decode::{Format, Limits, Reason, Rules, Unrecognized};

/// Rules 0 to 3.
fn rules() -> Rules {
    let text = r#"
        [[rename]]
        name = "acme-fork"
        from = "com.acme-inc/runModel/3"
        to = "run_model"
        [[accept]]
        name = "invocation-2"
        schema = "invocation/2"
        read_as = "invocation"
        [[accept]]
        name = "project-ids-in-runnable"
        schema = "runnable/1"
        read_as = "project_id"
        [[supply]]
        name = "ends-without-progress"
        schema = "invocation"
        field = "progress"
        value = "end"
    "#;
    Rules::parse(text).expect("rules")
}

fn by_rules(format: Format, record: &[u8]) -> Finds {
    find(format, record, &Limits::default(), &rules())
}

fn won_back(rules: &[usize]) -> Vec<(u32, Noted)> {
    rules.iter().map(|rule| (0, Noted::WonBack(*rule))).collect()
}

fn unrecognized(kind: Unrecognized, schema: &str, field: Option<&str>) -> (u32, Noted) {
    let seen = Some(forms::DAY.to_owned());
    (0, Noted::Unrecognized(kind, schema.to_owned(), field.map(str::to_owned), seen))
}

/// An invocation without its progress.
fn without_progress(schema: &'static str) -> Context {
    (schema, json!({"invocation_id": INVOCATION_ID, "version": "=1.9.0", "command": "run", "progress": null}))
}

#[test]
fn what_would_be_refused_is_read_by_them_in_every_form() {
    let renamed = ("com.acme-inc/runModel/3-0-1", run_model().1);
    let accepted = ("com.dbt/invocation/2-0-0", invocation().1);
    let supplied = without_progress("com.dbt/invocation/1-0-0");
    let both = without_progress("com.dbt/invocation/2-0-0");
    let mut ended = without_progress("com.dbt/invocation/1-0-0");
    ended.1["progress"] = json!("end");
    let cases = [
        (renamed, [refused(Reason::NoDbtContext)], run_model(), vec![0]),
        (accepted, [refused_of(Reason::UnknownSchema, "invocation/2")], invocation(), vec![1]),
        (supplied, [refused_of(Reason::BadData, "invocation")], ended.clone(), vec![3]),
        (both, [refused_of(Reason::UnknownSchema, "invocation/2")], ended, vec![1, 3]),
    ];
    for (context, without, meant, fired) in cases {
        let meant = all(&[environment(), meant]);
        for ((format, record), (_, meant)) in all(&[environment(), context]).into_iter().zip(meant) {
            assert_eq!(decode(format, &record), without);
            let finds = by_rules(format, &record);
            assert_eq!(finds.says, says(format, &meant), "{format:?}, rules {fired:?}");
            assert_eq!(finds.found, decode(format, &meant));
            assert_eq!(finds.noted, won_back(&fired), "{format:?}");
        }
    }
}

#[test]
fn what_can_be_read_without_them_is_read_without_them() {
    // A rule would change each of these.
    let contexts =
        [run_model(), ("com.acme-inc/runModel/3-0-0", json!({})), without_progress("com.dbt/invocation/1-0-0")];
    for (format, record) in all(&contexts) {
        let finds = by_rules(format, &record);
        assert_eq!((finds.found, finds.noted), (vec![event("run_model")], vec![]), "{format:?}");
        assert_eq!(finds.says, says(format, &record));
    }
}

#[test]
fn what_they_cannot_help_is_refused_as_without_them() {
    let unknown = ("com.dbt/time_travel/1-0-0", json!({}));
    let no_progress = ("com.dbt/invocation/1-0-0", json!({"progress": "paused"}));
    let bad_twice = ("com.acme-inc/runModel/3-0-0", json!({"index": "first"}));
    let cases = [
        (unknown.clone(), [refused_of(Reason::UnknownSchema, "time_travel")]),
        (no_progress, [refused_of(Reason::BadData, "invocation")]),
        (bad_twice, [refused(Reason::NoDbtContext)]),
    ];
    for (context, refusal) in cases {
        for (format, record) in all(&[context]) {
            assert_eq!(by_rules(format, &record).found, refusal, "{format:?}");
            assert_eq!(decode(format, &record), refusal);
        }
    }
    // What is noted is what was there, not what a rule made of it.
    let no_id = ("com.dbt/invocation/2-0-0", json!({"progress": "end", "new_field": {}}));
    let schema = |schema| unrecognized(Unrecognized::Schema, schema, None);
    let expected = [schema("invocation/2"), schema("time_travel")];
    for (format, record) in all(&[no_id, unknown]) {
        // No invocation id anywhere.
        let Ok(record) = String::from_utf8(record) else { continue };
        if record.contains(INVOCATION_ID) {
            let finds = by_rules(format, record.replace(INVOCATION_ID, "").as_bytes());
            assert_eq!(finds.found, [refused_of(Reason::UnknownSchema, "invocation/2")], "{format:?}");
            assert_eq!(finds.noted, expected, "{format:?}");
        }
    }
}

#[test]
fn columns_after_the_contexts_that_do_not_fit_are_used() {
    let data = json!({"project_id": PROJECT_ID, "graph_compilation_elapsed": "no number"});
    let contexts = [("com.dbt/runnable/1-0-0", data)];
    let meant =
        says(Format::EnrichedTsv, forms::tsv(&[("com.dbt/project_id/1-0-0", json!({"project_id": PROJECT_ID}))]));
    let new_field = unrecognized(Unrecognized::Field, "project_id", Some("graph_compilation_elapsed"));
    for object in [forms::sdk(&contexts), forms::lossless(&contexts)] {
        // Contexts first, and last.
        let (first, last): (Vec<_>, Vec<_>) = object.into_iter().partition(|(key, _)| key.contains("contexts"));
        for order in [[&first, &last], [&last, &first]] {
            let members =
                order.into_iter().flatten().map(|(key, value): &(String, Value)| format!("{:?}:{value}", key));
            let record = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            assert_eq!(decode(Format::EnrichedJson, &record), [refused_of(Reason::BadData, "runnable")], "{record}");
            let finds = by_rules(Format::EnrichedJson, record.as_bytes());
            assert_eq!(finds.found, [event("project_id")], "{record}");
            assert_eq!(finds.says, meant, "{record}");
            assert_eq!(finds.noted, [won_back(&[2]), vec![new_field.clone()]].concat(), "{record}");
        }
    }
}

#[test]
fn of_a_column_that_is_wrong_it_is_told_as_without_them_if_the_contexts_fit() {
    let contexts = [without_progress("com.dbt/invocation/1-0-0")];
    for (column, value, reason) in
        [("collector_tstamp", "soon", Reason::BadTimestamp), ("event_id", "17", Reason::BadEventId)]
    {
        let mut object = forms::sdk(&contexts);
        object.insert(column.to_owned(), json!(value));
        let record = Value::Object(object).to_string();
        let finds = by_rules(Format::EnrichedJson, record.as_bytes());
        assert_eq!((finds.found, finds.noted), (vec![refused(reason)], vec![]), "{column}");
    }
}
