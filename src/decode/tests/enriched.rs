//! Enriched events, as TSV and as JSON.

use serde_json::{Map, Value, json};

use super::forms::{EVENT_ID, INVOCATION_ID, environment, invocation, line, lossless, run_model, sdk, tsv, wrapper};
use super::{Found, decode, event, forms, refused, refused_of, says};
use crate::decode::{Format, Reason};

fn of_line(cells: &[(usize, &str)]) -> Vec<Found> {
    decode(Format::EnrichedTsv, line(cells))
}

fn of_object(object: &Map<String, Value>) -> Vec<Found> {
    decode(Format::EnrichedJson, json!(object).to_string())
}

#[test]
fn tsv_reads_events() {
    let start = wrapper(&[invocation()]).to_string();
    assert_eq!(of_line(&[(52, &start)]), [event("invocation")]);
    // Sent a day after it happened: the derived time is the collector's less that.
    let late = [(52, &*start), (4, "2026-09-01 00:00:00.000"), (119, "2026-09-02 13:00:00")];
    assert_eq!(of_line(&late), [Found::Event("invocation", "2026-09-29".to_owned())]);
    // The invocation only in the label.
    assert_eq!(decode(Format::EnrichedTsv, tsv(&[run_model()])), [event("run_model")]);
    let package = json!({"name": "dbt-labs/dbt_utils", "source": "hub", "version": "1.1.1"});
    let install = tsv(&[invocation(), ("com.dbt/package_install/1-0-0", package)]);
    assert_eq!(decode(Format::EnrichedTsv, install), [event("package_install")]);
}

#[test]
fn tsv_is_refused_with_a_reason() {
    let start = wrapper(&[invocation()]).to_string();
    for (record, reason) in [
        (&b"dbt\tpc\tonly-three"[..], Reason::FieldCount),
        (b"", Reason::FieldCount),
        (&b"\t".repeat(129), Reason::FieldCount),
        (&b"\t".repeat(131), Reason::FieldCount),
        (b"\xff\xfe\x00garbage\xc3\x28", Reason::NotUtf8),
    ] {
        assert_eq!(decode(Format::EnrichedTsv, record), [refused(reason)], "{record:?}");
    }
    assert_eq!(of_line(&[(0, "docs-site")]), [Found::Foreign]);
    let no_uuid = format!("{EVENT_ID}0");
    for (cells, reason) in [
        (&[(52, &*start), (6, "")][..], Reason::BadEventId),
        (&[(52, &start), (6, "17")], Reason::BadEventId),
        (&[(52, &start), (6, &no_uuid)], Reason::BadEventId),
        (&[(52, &start), (3, "")], Reason::BadTimestamp),
        (&[(52, &start), (4, "yesterday")], Reason::BadTimestamp),
        (&[], Reason::NoDbtContext),
        (&[(52, &wrapper(&[]).to_string())], Reason::NoDbtContext),
        (&[(52, &wrapper(&[("com.acme/secret/1-0-0", json!({}))]).to_string())], Reason::NoDbtContext),
        (&[(52, "{not json")], Reason::NotContexts),
        (&[(52, r#"{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":[]}"#)], Reason::NotContexts),
        (&[(52, r#"{"data":[]}"#)], Reason::NotContexts),
        (&[(52, &wrapper(&[run_model()]).to_string()), (55, "start")], Reason::NoInvocationId),
    ] {
        assert_eq!(of_line(cells), [refused(reason)], "{cells:?}");
    }
}

#[test]
fn a_context_may_have_its_data_before_its_schema() {
    let (schema, data) =
        (r#""schema":"iglu:com.dbt/run_model/jsonschema/1-1-0""#, r#""data":{"run_status":"SUCCESS"}"#);
    let wrapped = |context: String| {
        let schema = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1";
        line(&[(52, &format!(r#"{{"data":[{{{context}}}],"schema":"{schema}"}}"#))])
    };
    let expected = says(Format::EnrichedTsv, wrapped(format!("{schema},{data}")));
    assert_eq!(says(Format::EnrichedTsv, wrapped(format!("{data},{schema}"))), expected);
}

#[test]
fn a_schema_that_is_not_known_is_named_and_so_are_data_that_do_not_fit() {
    let one = |schema, data| decode(Format::EnrichedTsv, tsv(&[(schema, data)]));
    for (schema, data, expected) in [
        ("com.dbt/time_travel/1-0-0", json!({"a": [1, {"b": 2}]}), refused_of(Reason::UnknownSchema, "time_travel")),
        ("com.dbt/run_model/2-0-0", json!({}), refused_of(Reason::UnknownSchema, "run_model/2")),
        // A later addition to a known schema is no reason to refuse it.
        ("com.dbt/run_model/1-9-9", json!({"run_status": "SUCCESS", "new": {"x": 1}}), event("run_model")),
        ("com.dbt/run_model/1-1-0", json!({"index": "first"}), refused_of(Reason::BadData, "run_model")),
        ("com.dbt/invocation/1-0-2", json!({"progress": "paused"}), refused_of(Reason::BadData, "invocation")),
        ("com.dbt/project_id/1-0-1", json!({"project_id": null}), refused_of(Reason::BadData, "project_id")),
    ] {
        assert_eq!(one(schema, data.clone()), [expected], "{schema}: {data}");
    }
}

#[test]
fn json_that_breaks_off_is_no_json_wherever_it_does() {
    let contexts = wrapper(&[run_model()]).to_string();
    let object = json!(sdk(&[run_model()])).to_string();
    let lossless = json!(lossless(&[run_model()])).to_string();
    for cut in 1..contexts.len() {
        assert_eq!(of_line(&[(52, &contexts[..cut])]), [refused(Reason::NotContexts)], "{cut}");
    }
    for json in [object, lossless] {
        for cut in 1..json.len() {
            assert_eq!(decode(Format::EnrichedJson, &json[..cut]), [refused(Reason::NotJson)], "{}", &json[..cut]);
        }
    }
}

#[test]
fn json_is_refused_with_a_reason() {
    for record in [r#"{"app_id":"dbt","#, "null", r#"{"schema":42,"data":"nope"}"#, "[]", "{}", "", "{} {}"] {
        assert_eq!(decode(Format::EnrichedJson, record), [refused(Reason::NotJson)], "{record}");
    }
    assert_eq!(decode(Format::EnrichedJson, b"\xff"), [refused(Reason::NotUtf8)]);
    assert_eq!(decode(Format::EnrichedJson, r#"{"app_id":"docs-site","event_id":"x"}"#), [Found::Foreign]);
    for (column, value, reason) in [
        ("collector_tstamp", json!(null), Reason::BadTimestamp),
        ("dvce_sent_tstamp", json!("soon"), Reason::BadTimestamp),
        ("event_id", json!("x"), Reason::BadEventId),
        ("se_label", json!("start"), Reason::NoInvocationId),
        ("contexts_com_dbt_run_model_1", json!([]), Reason::NoDbtContext),
        ("contexts_com_dbt_run_model_1", json!({}), Reason::NotJson),
    ] {
        let mut object = sdk(&[run_model()]);
        object.insert(column.to_owned(), value);
        assert_eq!(of_object(&object), [refused(reason)], "{column}");
    }
    let misfit = sdk(&[("com.dbt/run_model/1-0-0", json!({"total": {}}))]);
    assert_eq!(of_object(&misfit), [refused_of(Reason::BadData, "run_model")]);
}

#[test]
fn what_is_said_of_an_object_does_not_depend_on_the_order_of_its_columns() {
    let data = r#""contexts_com_dbt_run_model_1":[{"total":{}}]"#;
    let time = r#""collector_tstamp":"2026-10-01 12:00:00""#;
    let of = |parts: &[&str]| decode(Format::EnrichedJson, format!("{{{}}}", parts.join(",")));
    for (column, expected) in
        [(r#""app_id":"docs-site""#, Found::Foreign), (r#""app_id":"dbt""#, refused_of(Reason::BadData, "run_model"))]
    {
        assert_eq!(of(&[data, column, time]), of(&[column, time, data]));
        assert_eq!(of(&[data, column, time]), [expected], "{column}");
    }
}

#[test]
fn in_the_lossless_form_contexts_keep_their_wrapper() {
    for nothing in [json!({}), json!(null), wrapper(&[])] {
        let mut object = lossless(&[run_model()]);
        object.insert("derived_contexts".to_owned(), nothing.clone());
        assert_eq!(of_object(&object), [event("run_model")], "{nothing}");
        object.insert("contexts".to_owned(), nothing.clone());
        assert_eq!(of_object(&object), [refused(Reason::NoDbtContext)], "{nothing}");
    }
    let mut object = lossless(&[("com.dbt/run_model/1-0-0", json!({"total": {}}))]);
    assert_eq!(of_object(&object), [refused_of(Reason::BadData, "run_model")]);
    object.insert("contexts".to_owned(), json!([]));
    assert_eq!(of_object(&object), [refused(Reason::NotJson)]);
}

#[test]
fn keys_may_be_in_capitals_and_carry_the_whole_version() {
    let contexts = [invocation(), environment()];
    let expected = says(Format::EnrichedJson, json!(sdk(&contexts)).to_string());
    let renamed = |rename: fn(&str) -> String| {
        let object: Map<String, Value> = sdk(&contexts).into_iter().map(|(key, value)| (rename(&key), value)).collect();
        json!(object).to_string()
    };
    let versioned = |key: &str| if key.starts_with("contexts_") { format!("{key}_0_2") } else { key.to_owned() };
    assert_eq!(says(Format::EnrichedJson, renamed(str::to_ascii_uppercase)), expected);
    assert_eq!(says(Format::EnrichedJson, renamed(versioned)), expected);
    let capitals: Map<String, Value> =
        lossless(&contexts).into_iter().map(|(key, value)| (key.to_ascii_uppercase(), value)).collect();
    assert_eq!(says(Format::EnrichedJson, json!(capitals).to_string()), expected);
}

#[test]
fn ids_in_capitals_are_the_same_ids_in_every_form() {
    let upper = |record: &str| {
        let record = record.replace(EVENT_ID, &EVENT_ID.to_ascii_uppercase());
        record.replace(INVOCATION_ID, &INVOCATION_ID.to_ascii_uppercase())
    };
    for (format, record) in forms::all(&[run_model()]) {
        let Ok(record) = String::from_utf8(record) else { continue };
        if record.contains(EVENT_ID) {
            assert_eq!(says(format, upper(&record)), says(format, &record), "{record}");
        }
    }
}
