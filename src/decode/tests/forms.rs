//! One event in every form that has contexts, in each with the same ids, times and columns.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value, json};

use crate::decode::Format;
use crate::decode::entries::flat;
use crate::decode::thrift::writing;

pub(super) const EVENT_ID: &str = "5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d";
pub(super) const INVOCATION_ID: &str = "3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01";
pub(super) const PROJECT_ID: &str = "06e5b98c2db46f8a72cc4f66410e9b3b";

/// The day of the event.
pub(super) const DAY: &str = "2026-10-01";
const MILLIS: &str = "1790856000500";
const TIME: &str = "2026-10-01 12:00:00.500";

/// The schema of a mark of failure.
pub(super) const FAILURE: &str = "com.snowplowanalytics.snowplow/failure/1-0-0";

/// A context: its schema as `vendor/name/version`, and its data.
pub(super) type Context = (&'static str, Value);

pub(super) fn invocation() -> Context {
    let data = json!({"progress": "start", "invocation_id": INVOCATION_ID, "version": "=1.9.0", "command": "run"});
    ("com.dbt/invocation/1-0-2", data)
}

pub(super) fn environment() -> Context {
    ("com.dbt/invocation_env/1-0-0", json!({"environment": "manual"}))
}

pub(super) fn run_model() -> Context {
    ("com.dbt/run_model/1-1-0", json!({"execution_time": 1.5, "run_status": "SUCCESS", "run_error": false}))
}

/// The URI of a schema.
pub(super) fn uri(schema: &str) -> String {
    let (schema, version) = schema.rsplit_once('/').expect("vendor/name/version");
    format!("iglu:{schema}/jsonschema/{version}")
}

/// Contexts in their wrapper.
pub(super) fn wrapper(contexts: &[Context]) -> Value {
    let list: Vec<Value> = contexts.iter().map(|(schema, data)| json!({"schema": uri(schema), "data": data})).collect();
    json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": list})
}

/// Contexts and those that enrich derived.
fn separated(contexts: &[Context]) -> (Vec<Context>, Vec<Context>) {
    contexts.iter().cloned().partition(|(schema, _)| *schema != FAILURE)
}

/// A line of enriched TSV with these cells set.
pub(super) fn line(cells: &[(usize, &str)]) -> String {
    let mut line = vec![""; 131];
    for (column, text) in [(0, "dbt"), (3, TIME), (6, EVENT_ID), (55, INVOCATION_ID)].iter().chain(cells) {
        line[*column] = text;
    }
    line.join("\t")
}

/// As enriched TSV.
pub(super) fn tsv(contexts: &[Context]) -> String {
    let (contexts, derived) = separated(contexts);
    line(&[(52, &wrapper(&contexts).to_string()), (122, &wrapper(&derived).to_string())])
}

/// The columns of an enriched event.
pub(super) fn columns() -> Map<String, Value> {
    let columns = json!({"app_id": "dbt", "collector_tstamp": TIME, "event_id": EVENT_ID,
        "se_label": INVOCATION_ID, "user_id": null});
    columns.as_object().expect("an object").clone()
}

/// As the Analytics SDKs write it.
pub(super) fn sdk(contexts: &[Context]) -> Map<String, Value> {
    let mut object = columns();
    for (schema, data) in contexts {
        let key = format!("contexts_{}", flat(&uri(schema)).expect("a schema"));
        let list = object.entry(key).or_insert_with(|| json!([]));
        list.as_array_mut().expect("a list").push(data.clone());
    }
    object
}

/// In the lossless form of Scala's SDK.
pub(super) fn lossless(contexts: &[Context]) -> Map<String, Value> {
    let (contexts, derived) = separated(contexts);
    let mut object = columns();
    object.insert("contexts".to_owned(), wrapper(&contexts));
    object.insert("derived_contexts".to_owned(), wrapper(&derived));
    object
}

/// In the tracker protocol.
pub(super) fn item(contexts: &[Context]) -> Map<String, Value> {
    let cx = URL_SAFE.encode(wrapper(contexts).to_string());
    let item = json!({"e": "se", "p": "pc", "aid": "dbt", "eid": EVENT_ID, "dtm": MILLIS, "stm": MILLIS,
        "se_la": INVOCATION_ID, "cx": cx});
    item.as_object().expect("an object").clone()
}

/// The body of a request.
pub(super) fn body(items: &[Value]) -> Value {
    json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": items})
}

/// The body of a request with one event.
pub(super) fn post(contexts: &[Context]) -> String {
    body(&[Value::Object(item(contexts))]).to_string()
}

/// The query string of a request.
pub(super) fn query(contexts: &[Context]) -> String {
    let parameters = item(contexts).into_iter().map(|(key, value)| {
        let value = value.as_str().expect("a text").replace('=', "%3D");
        format!("{key}={value}")
    });
    parameters.collect::<Vec<_>>().join("&")
}

/// As the collector writes it.
pub(super) fn collected(contexts: &[Context]) -> Vec<u8> {
    writing::structure(&[
        writing::i64(50, MILLIS.parse().expect("a number")),
        writing::text(110, "/com.snowplowanalytics.snowplow/tp2"),
        writing::text(130, post(contexts)),
        writing::text(31337, "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"),
    ])
}

/// As the collector writes it of a GET request. The number of its first field, 10, is a line feed in the bytes.
pub(super) fn collected_get(contexts: &[Context]) -> Vec<u8> {
    writing::structure(&[
        writing::text(10, query(contexts)),
        writing::i64(50, MILLIS.parse().expect("a number")),
        writing::text(110, "/i"),
        writing::text(31337, "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"),
    ])
}

/// In every form in which it has not failed.
pub(super) fn all(contexts: &[Context]) -> Vec<(Format, Vec<u8>)> {
    let json = |object| Value::Object(object).to_string().into_bytes();
    vec![
        (Format::EnrichedTsv, tsv(contexts).into_bytes()),
        (Format::EnrichedJson, json(sdk(contexts))),
        (Format::EnrichedJson, json(lossless(contexts))),
        (Format::TrackerPayload, post(contexts).into_bytes()),
        (Format::TrackerPayload, query(contexts).into_bytes()),
        (Format::CollectorPayload, collected(contexts)),
        (Format::CollectorPayload, STANDARD.encode(collected(contexts)).into_bytes()),
    ]
}
