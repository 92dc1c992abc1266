//! Tracker payloads, bodies of POST requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use super::forms::{EVENT_ID, body, invocation, item, post, query, wrapper};
use super::{Found, decode, event, refused};
use crate::decode::{Format, Reason};

fn of(record: impl AsRef<[u8]>) -> Vec<Found> {
    decode(Format::TrackerPayload, record)
}

#[test]
fn every_item_of_a_body_is_an_event() {
    let with = |key: &str, value: &str| {
        let mut item = item(&[invocation()]);
        item.insert(key.to_owned(), json!(value));
        Value::Object(item)
    };
    // In the standard alphabet, with plus signs that became spaces, and without padding.
    let spaced = STANDARD_NO_PAD.encode(wrapper(&[invocation()]).to_string()).replace('+', " ");
    let items = [
        with("ua", "anything"),
        with("cx", &spaced),
        with("co", &wrapper(&[invocation()]).to_string()),
        with("co", "{}"),
        with("cx", ""),
        with("cx", "!!"),
        with("cx", "e30="),
        with("cx", "__8="),
        with("stm", "soon"),
        with("dtm", "1790856000.5"),
        with("eid", "17"),
        with("aid", "docs"),
        json!({"e": "pv"}),
    ];
    let found = [
        event("invocation"),
        event("invocation"),
        event("invocation"),
        refused(Reason::NotContexts),
        refused(Reason::NoDbtContext),
        refused(Reason::NotBase64),
        refused(Reason::NotContexts),
        refused(Reason::NotUtf8),
        refused(Reason::BadTimestamp),
        refused(Reason::BadTimestamp),
        refused(Reason::BadEventId),
        Found::Foreign,
        Found::Foreign,
    ];
    assert_eq!(of(body(&items).to_string()), found);
}

#[test]
fn a_body_that_is_no_payload_is_refused_once() {
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    for no_payload in [
        json!({"schema": 42, "data": "nope"}),
        json!({"schema": "iglu:com.acme/x/jsonschema/1-0-0", "data": [{"e": "pv"}]}),
        json!({"schema": schema.replace("1-0-4", "2-0-0"), "data": [{"e": "pv"}]}),
        json!({"schema": schema}),
        json!({"data": [{"e": "pv"}]}),
        json!({"schema": schema, "data": null}),
        json!({"schema": schema, "data": {"e": "pv"}}),
        json!({"schema": schema, "data": [{"e": "pv"}, 7]}),
        // A request without an event: enrich refuses it too.
        body(&[]),
        json!({}),
        json!([{"schema": schema, "data": [{"e": "pv"}]}]),
        json!([{}]),
    ] {
        assert_eq!(of(no_payload.to_string()), [refused(Reason::NotPayloadData)], "{no_payload}");
    }
    assert_eq!(of("[{"), [refused(Reason::NotPayloadData)]);
    let whole = post(&[invocation()]);
    for no_json in [&whole[..whole.len() - 1], &format!("{whole}}}"), &format!("{whole} {whole}"), "{"] {
        assert_eq!(of(no_json), [refused(Reason::NotJson)], "{no_json}");
    }
    assert_eq!(of(b"{\xff}"), [refused(Reason::NotUtf8)]);
}

#[test]
fn white_space_and_escapes_change_nothing() {
    let whole = post(&[invocation()]);
    for same in [format!(" \t{whole} \r"), whole.replace('/', r"\/"), whole.replace("\"dbt\"", r#""\u0064bt""#)] {
        assert_eq!(of(&same), [event("invocation")], "{same}");
    }
}

#[test]
fn a_bracket_begins_a_time_unless_there_is_an_object_in_it() {
    let request = format!(r#""GET /i?{} HTTP/1.1" 200 43"#, query(&[invocation()]));
    for line in [
        format!("[01/Oct/2026:12:00:00 +0000] {request}"),
        format!("[2026-10-01T12:00:00Z] {request}"),
        format!("  [ 2026-10-01T12:00:00Z ] {request}"),
    ] {
        assert_eq!(of(&line), [event("invocation")], "{line}");
    }
    for line in ["", "null", "hello", "[]", "[", "17", &format!("[{EVENT_ID}]")] {
        assert_eq!(of(line), [refused(Reason::NotQueryString)], "{line}");
    }
}
