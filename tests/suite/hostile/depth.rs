//! Records that are nested so deep that whoever follows them by calling himself has no stack left.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use usage_report::frame::Framing;

use super::Attack;
use super::framed::{field, framed, varint};
use crate::dumps::basic;

const DEPTH: usize = 100_000;

const EVENT_ID: &str = "5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d";

/// Adds a dump for each form: sound records, hostile ones that are refused for this reason, and the sound ones again.
fn refused(attack: &mut Attack, form: &str, framing: Framing, records: &[impl AsRef<[u8]>], reason: &str) {
    let (sound, events) = basic(form);
    let (mut dump, mut rejects) = (sound.clone(), Vec::new());
    for record in records {
        let (hostile, from, length) = framed(framing, record.as_ref());
        rejects.push((reason, dump.len() as u64 + from, length));
        dump.extend(hostile);
    }
    dump.extend(sound);
    attack.dump(&format!("{form} {reason}"), dump, 2 * events, &rejects);
}

/// JSON of so many levels.
fn deep() -> String {
    let (open, close) = (r#"[{"a":"#.repeat(DEPTH / 2), "}]".repeat(DEPTH / 2));
    format!("{open}0{close}")
}

/// Contexts in which it is.
fn contexts() -> String {
    let deep = deep();
    format!(
        r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-2","data":{{"progress":{deep}}}}}]}}"#
    )
}

/// The body of a request with one event that has these contexts, under this key.
fn body(key: &str, contexts: &str) -> String {
    let item = json!({"e": "se", "p": "pc", "tv": "py-1.1.0", "aid": "dbt", "eid": EVENT_ID, "dtm": "1772445600000",
        "stm": "1772445609000", key: contexts});
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    json!({"schema": schema, "data": [item]}).to_string()
}

/// The query string of the same.
fn query(key: &str, contexts: &str) -> String {
    let contexts = utf8_percent_encode(contexts, NON_ALPHANUMERIC);
    format!("e=se&p=pc&tv=py-1.1.0&aid=dbt&eid={EVENT_ID}&dtm=1772445600000&stm=1772445609000&{key}={contexts}")
}

/// Every place of a tracker's request where there may be JSON: its body, contexts that are plain, in base64.
fn bodies() -> [String; 3] {
    let payload = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    [
        format!(r#"{{"schema":"{payload}","data":{}}}"#, deep()),
        body("co", &contexts()),
        body("cx", &URL_SAFE.encode(contexts())),
    ]
}

#[test]
fn enriched_events() {
    let objects = [
        format!(r#""contexts_com_dbt_invocation_1":{}"#, deep()),
        format!(r#""contexts":{}"#, contexts()),
        format!(r#""derived_contexts":{}"#, deep()),
        format!(r#""another":{}"#, deep()),
    ]
    .map(|member| format!(r#"{{"app_id":"dbt","event_id":"{EVENT_ID}",{member}}}"#));
    let (sound, _) = basic("enriched-tsv");
    let line = std::str::from_utf8(&sound).expect("text").lines().next().expect("a line");
    let mut cells: Vec<&str> = line.split('\t').collect();
    let deep = contexts();
    cells[52] = &deep;
    let mut attack = Attack::new();
    refused(&mut attack, "enriched-json", Framing::Lines, &objects, "too_deep");
    refused(&mut attack, "enriched-json-array", Framing::JsonArray, &objects, "too_deep");
    refused(&mut attack, "enriched-tsv", Framing::Lines, &[cells.join("\t")], "too_deep");
    attack.check(&[]);
}

#[test]
fn tracker_payloads() {
    let queries = [query("co", &contexts()), query("cx", &URL_SAFE.encode(contexts()))];
    let lines = [0, 1].map(|number| {
        format!("192.0.2.1 - - [02/Mar/2026:10:00:09 +0000] \"GET /i?{} HTTP/1.1\" 200 43", queries[number])
    });
    let mut attack = Attack::new();
    refused(&mut attack, "tracker-payload", Framing::Lines, &bodies(), "too_deep");
    refused(&mut attack, "tracker-payload-array", Framing::JsonArray, &bodies(), "too_deep");
    refused(&mut attack, "tracker-payload-get", Framing::Lines, &queries, "too_deep");
    refused(&mut attack, "access-log", Framing::Lines, &lines, "too_deep");
    attack.check(&[]);
}

#[test]
fn collector_payloads() {
    let text = |number: i16, text: &str| {
        [b"\x0b", &number.to_be_bytes()[..], &(text.len() as u32).to_be_bytes(), text.as_bytes()].concat()
    };
    let schema = text(31337, "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0");
    let request = |path: &str, what: &[u8]| [&text(110, path), what, &schema, b"\0"].concat();
    let post = |body: String| request("/com.snowplowanalytics.snowplow/tp2", &text(130, &body));
    let get = request("/i", &text(10, &query("cx", &URL_SAFE.encode(contexts()))));
    let with_json: Vec<Vec<u8>> = bodies().map(post).into_iter().chain([get]).collect();

    let structs = [&b"\x0c\0\x01".repeat(DEPTH)[..], &vec![0; DEPTH]].concat();
    // A list of one list, and so on; at last of nothing.
    let lists = [b"\x0f\0\x01", &b"\x0f\0\0\0\x01".repeat(DEPTH)[..], b"\x0b\0\0\0\0"].concat();
    let nested = [structs, lists].map(|field| request("/i", &field)).to_vec();

    let mut attack = Attack::new();
    for (payloads, reason) in [(with_json, "too_deep"), (nested, "not_thrift")] {
        let lines: Vec<String> = payloads.iter().map(|payload| STANDARD.encode(payload)).collect();
        refused(&mut attack, "collector-payload-base64", Framing::Lines, &lines, reason);
        refused(&mut attack, "collector-payload-binary", Framing::LengthPrefixed, &payloads, reason);
        refused(&mut attack, "collector-payload-elephant-bird", Framing::ElephantBird, &payloads, reason);
    }
    attack.check(&[]);
}

#[test]
fn failed_events() {
    let failed = |family: &str, payload: &str| {
        let schema = format!("iglu:com.snowplowanalytics.snowplow.badrows/{family}/jsonschema/1-0-0");
        format!(r#"{{"schema":"{schema}","data":{{"payload":{payload}}}}}"#)
    };
    let request = format!(
        r#"{{"vendor":"com.snowplowanalytics.snowplow","version":"tp2","body":{}}}"#,
        json!(format!("{{\"schema\":{}}}", deep()))
    );
    let one = failed("recovery_error", "0");
    let (open, close) = one.split_once('0').map(|(open, _)| (open, "}}")).expect("the payload");
    let records = [
        failed("generic_error", &deep()),
        // A text that is JSON.
        failed("loader_parsing_error", &json!(format!(r#"{{"a":{}}}"#, deep())).to_string()),
        failed("relay_failure", &format!(r#"{{"eventStruct":{}}}"#, deep())),
        failed("adapter_failures", &request),
        // Failed events in each other.
        format!("{}0{}", open.repeat(DEPTH / 2), close.repeat(DEPTH / 2)),
        format!(r#"{{"line":{},"errors":[]}}"#, deep()),
    ];
    let mut attack = Attack::new();
    refused(&mut attack, "failed-events", Framing::Lines, &records, "too_deep");
    attack.check(&[]);
}

/// A message in a message, so often.
fn messages() -> Vec<u8> {
    let mut backwards = Vec::new();
    for _ in 0..DEPTH {
        let mut head = [vec![2 << 3 | 2], varint(backwards.len() as u64)].concat();
        head.reverse();
        backwards.extend(head);
    }
    backwards.reverse();
    backwards
}

#[test]
fn what_dbt_2_sends() {
    let message = format!(r#"{{"event_id":"{EVENT_ID}","new":{}}}"#, deep());
    let line = format!(r#"{{"type_url":"/v1.public.events.fusion.Invocation","message":{message}}}"#);
    // Groups, which have no length but an end.
    let groups = [vec![2 << 3 | 3; DEPTH], vec![2 << 3 | 4; DEPTH]].concat();
    let mut attack = Attack::new();
    refused(&mut attack, "vortex-dev", Framing::Lines, &[line], "too_deep");
    let batches = [messages(), field(2, &groups)];
    refused(&mut attack, "vortex", Framing::LengthDelimited, &batches, "not_protobuf");

    // What is in a field that is not known is passed over by its length, however deep it is.
    let event = [field(2, b"e1"), field(3, b"i1"), field(99, &messages())].concat();
    let any = [field(1, b"/v1.public.events.fusion.InvocationEnv"), field(2, &event)].concat();
    let created = field(2, b"\x08\x80\xf2\xd6\xca\x06");
    let batch = field(2, &[field(1, &any), created].concat());
    let (sound, events) = basic("vortex");
    let (hostile, ..) = framed(Framing::LengthDelimited, &batch);
    attack.dump("vortex", [&sound[..], &hostile, &sound].concat(), 2 * events + 1, &[]);
    attack.check(&[]);
}

/// Arrays of arrays: where the elements of arrays are records, they are what separates these.
#[test]
fn arrays_of_nothing() {
    let arrays = ["[".repeat(DEPTH), "]".repeat(DEPTH)].concat();
    let (sound, events) = basic("enriched-json-array");
    let mut attack = Attack::new();
    attack.dump("alone", &arrays, 0, &[("unknown_format", 0, arrays.len() as u64)]);
    attack.dump("among others", [&sound[..], arrays.as_bytes(), &sound].concat(), 2 * events, &[]);
    attack.check(&[]);
}
