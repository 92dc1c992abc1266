//! One event of dbt in the forms that failed events have it in, and a failed event of every family around it.

use serde_json::{Map, Value, json};

use super::{Found, base64};
use crate::decode::FailureFamily;
use crate::decode::thrift::writing;

pub(super) const EVENT_ID: &str = "5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d";
pub(super) const COUNTRY: &str = "AT";
const USER_ID: &str = "0d7ab3a5-5c1c-4f0b-9a68-2f3f6a0b7c11";
const LABEL: &str = "start";
const COLLECTOR_MILLIS: i64 = 1_709_287_259_120;

/// What the event says.
fn contexts() -> Value {
    json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": [
        {"schema": "iglu:com.dbt/invocation/jsonschema/1-0-2", "data": {
            "progress": "start", "invocation_id": "3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01", "version": "=1.9.0",
            "command": "run", "user_id": USER_ID}},
        {"schema": "iglu:com.dbt/platform/jsonschema/1-0-0", "data": {
            "platform": "Linux-6.1.0-x86_64-with-glibc2.36", "python": "3.11.4", "python_version": "CPython"}},
        {"schema": "iglu:com.dbt/invocation_env/jsonschema/1-0-0", "data": {"environment": "manual"}}]})
}

/// As a line of enriched TSV.
pub(super) fn tsv(country: &str) -> String {
    let contexts = contexts().to_string();
    let mut cells = vec![""; 131];
    for (column, cell) in [
        (0, "dbt"),
        (3, "2024-03-01 10:00:59.120"),
        (4, "2024-03-01 10:00:57.003"),
        (6, EVENT_ID),
        (12, USER_ID),
        (18, country),
        (52, &contexts),
        (55, LABEL),
        (119, "2024-03-01 10:00:59.000"),
    ] {
        cells[column] = cell;
    }
    cells.join("\t")
}

/// In the lossless form of Scala's SDK.
pub(super) fn lossless(country: &str) -> Value {
    json!({"app_id": "dbt", "collector_tstamp": "2024-03-01T10:00:59.120Z",
        "dvce_created_tstamp": "2024-03-01T10:00:57.003Z", "dvce_sent_tstamp": "2024-03-01T10:00:59Z",
        "event_id": EVENT_ID, "user_id": USER_ID, "user_ipaddress": "203.0.113.7", "geo_country": country,
        "se_label": LABEL, "se_value": 0.5, "br_cookies": null, "contexts": contexts(), "derived_contexts": {},
        "unstruct_event": null})
}

/// As enrich has it before it is done: JSON columns are texts.
pub(super) fn enriched(country: &str) -> Value {
    json!({"app_id": "dbt", "collector_tstamp": "2024-03-01 10:00:59.120",
        "dvce_created_tstamp": "2024-03-01 10:00:57.003", "dvce_sent_tstamp": "2024-03-01 10:00:59.000",
        "event_id": EVENT_ID, "user_id": USER_ID, "user_ipaddress": "203.0.113.7", "geo_country": country,
        "se_label": LABEL, "se_value": "0.5", "br_cookies": 1, "contexts": contexts().to_string(),
        "derived_contexts": null, "unstruct_event": null})
}

/// In the tracker protocol.
pub(super) fn item() -> Map<String, Value> {
    let item = json!({"e": "se", "se_ca": "dbt", "se_ac": "invocation", "se_la": LABEL,
        "cx": base64(contexts().to_string()), "eid": EVENT_ID, "dtm": "1709287257003", "stm": "1709287259000",
        "tv": "py-1.0.2", "tna": "cf", "aid": "dbt", "p": "pc", "uid": USER_ID});
    item.as_object().expect("an object").clone()
}

/// Parameters as a list.
pub(super) fn parameters(item: &Map<String, Value>) -> Value {
    item.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// A POST body of some items.
pub(super) fn body(items: &Value) -> String {
    json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": items}).to_string()
}

/// A collector payload.
pub(super) fn thrift() -> Vec<u8> {
    writing::structure(&[
        writing::text(20, "ssc-3.4.0-kinesis"),
        writing::i64(50, COLLECTOR_MILLIS),
        writing::text(60, "203.0.113.7"),
        writing::text(110, "/com.snowplowanalytics.snowplow/tp2"),
        writing::text(130, body(&json!([item()]))),
        writing::text(31337, "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"),
    ])
}

/// A failed event.
pub(super) fn row(family: &str, version: &str, payload: Value) -> Value {
    json!({"schema": format!("iglu:com.snowplowanalytics.snowplow.badrows/{family}/jsonschema/{version}"), "data": {
        "processor": {"artifact": "enrich-kinesis", "version": "3.9.0"},
        "failure": {"timestamp": "2024-03-01T10:01:02.345Z", "messages": [{"field": "aid", "value": "…"}]},
        "payload": payload}})
}

/// The payload of enrich: what it was sent, and what it had made of that without the contexts that failed.
pub(super) fn enrichment(parameters: &Value) -> Value {
    let mut enriched = enriched(COUNTRY);
    enriched["contexts"] = Value::Null;
    json!({"enriched": enriched, "raw": {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2",
        "parameters": parameters, "contentType": "application/json; charset=utf-8", "loaderName": "ssc-2.9.0-kinesis",
        "encoding": "UTF-8", "hostname": "collector.example.net", "timestamp": "2024-03-01T10:00:59.120Z",
        "ipAddress": "203.0.113.7", "useragent": "python-requests/2.31.0", "refererUri": null,
        "headers": ["Accept: */*"], "userId": "8e0f1b5e-4b9c-4f0e-a1c6-0a1b2c3d4e5f"}})
}

/// The payload of enrich's adapters: a request to `com.snowplowanalytics.snowplow/<version>`.
pub(super) fn request(version: &str, querystring: &Value, body: Option<&str>) -> Value {
    json!({"vendor": "com.snowplowanalytics.snowplow", "version": version, "querystring": querystring,
        "contentType": "text/plain", "body": body, "collector": "ssc-2.9.0-kinesis", "encoding": "UTF-8",
        "hostname": null, "timestamp": "2024-03-01T10:00:59.120Z", "ipAddress": "203.0.113.7", "useragent": null,
        "refererUri": null, "headers": ["Accept: */*"], "networkUserId": null})
}

/// A failed event of every family that can be recovered, and what comes of it.
pub(super) fn all() -> Vec<(FailureFamily, Value, Found)> {
    let of_enrich = || enrichment(&parameters(&item()));
    let post = || request("tp2", &json!([]), Some(&body(&json!([item()]))));
    let mut runtime = row("loader_runtime_error", "1-0-1", lossless(COUNTRY));
    runtime["data"]["failure"] = json!("broken");
    let mut iglu = row("loader_iglu_error", "2-0-1", lossless(COUNTRY));
    iglu["data"]["failure"] = json!([{"schemaKey": "iglu:com.dbt/invocation/jsonschema/1-0-2", "error": {}}]);
    // Payloads of other names: the Snowflake loader's, and those of the first loaders, which are no family here.
    let named = |family: &str, key: &str, event: Value| {
        let mut row = row(family, "1-0-0", Value::Null);
        let data = row["data"].as_object_mut().expect("an object");
        data.remove("payload");
        data.insert(key.to_owned(), event);
        row
    };
    let recovered = row("recovery_error", "1-0-1", row("enrichment_failures", "2-0-1", of_enrich()));
    let found = Found::Event;
    vec![
        (
            FailureFamily::COLLECTOR_PAYLOAD_FORMAT,
            row("collector_payload_format_violation", "1-0-0", json!(base64(thrift()))),
            Found::WithoutCountry,
        ),
        (FailureFamily::ADAPTER, row("adapter_failures", "1-0-0", post()), Found::WithoutCountry),
        (FailureFamily::TRACKER_PROTOCOL, row("tracker_protocol_violations", "1-0-1", post()), Found::WithoutCountry),
        (FailureFamily::SCHEMA, row("schema_violations", "2-0-0", of_enrich()), found.clone()),
        (FailureFamily::ENRICHMENT, row("enrichment_failures", "2-0-1", of_enrich()), found.clone()),
        (FailureFamily::LOADER_PARSING, row("loader_parsing_error", "2-0-0", json!(tsv(COUNTRY))), found.clone()),
        (FailureFamily::LOADER_IGLU, iglu, found.clone()),
        (FailureFamily::LOADER_RUNTIME, runtime, found.clone()),
        (
            FailureFamily::LOADER_RECOVERY,
            row("loader_recovery_error", "1-0-0", json!(lossless(COUNTRY).to_string())),
            found.clone(),
        ),
        (FailureFamily::RECOVERY, recovered, found.clone()),
        (FailureFamily::RELAY, row("relay_failure", "1-0-0", json!({"eventStruct": enriched(COUNTRY)})), found.clone()),
        (FailureFamily::GENERIC, row("generic_error", "1-0-0", json!(base64(tsv(COUNTRY)))), found.clone()),
        (FailureFamily::SNOWFLAKE, named("snowflake_error", "enrichedEvent", lossless(COUNTRY)), found.clone()),
        (FailureFamily::EVENT_FORWARDING, row("event_forwarding_error", "1-0-0", json!(tsv(COUNTRY))), found.clone()),
        (FailureFamily::LEGACY, json!({"line": base64(thrift()), "errors": ["broken"]}), Found::WithoutCountry),
        (FailureFamily::UNKNOWN, named("rdb_loader_shredding_error", "original", json!(tsv(COUNTRY))), found.clone()),
        (FailureFamily::UNKNOWN, named("bq_cast_error", "original", lossless(COUNTRY)), found),
    ]
}
