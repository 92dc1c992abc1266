//! Payloads that are objects: parameters, requests, enriched events.

use serde_json::{Value, json};

use super::examples::{
    self, COUNTRY, EVENT_ID, body, enriched, enrichment, item, lossless, parameters, request, row, tsv,
};
use super::{Calls, Found, base64, decode, lost, refused, run};
use crate::decode::{FailureFamily, Format, Limits, Note, Reason, Unrecognized, Verdict};

#[test]
fn parameters_are_read_in_both_forms_whatever_the_version() {
    for family in ["schema_violations", "enrichment_failures"] {
        for version in ["1-0-0", "2-0-0", "2-0-1", "3-0-0"] {
            for parameters in [json!(item()), parameters(&item())] {
                let payload = enrichment(&parameters);
                assert_eq!(decode(&row(family, version, payload)), [Found::Event], "{family} {version}");
            }
        }
    }
}

#[test]
fn of_parameters_the_last_of_a_name_counts_and_those_without_a_value_do_not() {
    let mut list = parameters(&item());
    let parameters = list.as_array_mut().expect("a list");
    parameters.insert(0, json!({"name": "eid", "value": "another"}));
    parameters.push(json!({"name": "eid", "value": null}));
    parameters.push(json!({"name": "aid"}));
    parameters.push(json!({"name": null, "value": "x"}));
    // As the number that it is.
    parameters.push(json!({"name": "dtm", "value": 1_709_287_257_003_i64}));
    assert_eq!(decode(&row("schema_violations", "2-0-0", enrichment(&list))), [Found::Event]);
}

#[test]
fn parameters_that_are_missing_or_wrong() {
    let family = FailureFamily::SCHEMA;
    let with = |raw: Value| decode(&row("schema_violations", "2-0-0", json!({"raw": raw, "enriched": {}})));
    let item = json!(item());
    let time = "2024-03-01T10:00:59.120Z";
    assert_eq!(with(json!({"parameters": item, "timestamp": time})), [Found::WithoutCountry]);
    // Without a collector's time the device's stands in, as everywhere.
    assert!(matches!(&with(json!({"parameters": item}))[..], [Found::Another(event)] if event.contains(r#""sent""#)));
    assert_eq!(with(json!({"parameters": item, "timestamp": "soon"})), refused(family, Reason::BadTimestamp));
    let foreign = json!({"aid": "acme"});
    assert_eq!(with(json!({"parameters": foreign, "timestamp": "soon"})), [Found::Foreign]);
    assert_eq!(with(json!({"parameters": [], "timestamp": time})), [Found::Foreign]);
    let mut changed = item.clone();
    changed["eid"] = json!("17");
    assert_eq!(with(json!({"parameters": changed, "timestamp": time})), refused(family, Reason::BadEventId));
    changed["cx"] = json!("!!");
    assert_eq!(with(json!({"parameters": changed, "timestamp": time})), refused(family, Reason::NotBase64));
    for raw in [
        json!(null),
        json!([]),
        json!({"timestamp": time}),
        json!({"parameters": null, "timestamp": time}),
        json!({"parameters": "e=se&aid=dbt", "timestamp": time}),
        json!({"parameters": ["e", "se"], "timestamp": time}),
        json!({"parameters": {"aid": ["dbt"]}, "timestamp": time}),
        json!({"parameters": [{"value": "dbt"}], "timestamp": time}),
        json!({"parameters": item, "timestamp": {}}),
    ] {
        assert_eq!(with(raw.clone()), lost(family), "{raw}");
    }
    for payload in [json!("text"), json!([]), json!({}), json!({"enriched": enriched(COUNTRY)})] {
        assert_eq!(decode(&row("enrichment_failures", "2-0-0", payload)), lost(FailureFamily::ENRICHMENT));
    }
    // What enrich made of an event is wanted for its country alone.
    for enriched in [json!(null), json!("text"), json!([]), json!({}), json!({"geo_country": {}})] {
        let mut payload = enrichment(&parameters(&examples::item()));
        payload["enriched"] = enriched;
        assert_eq!(decode(&row("schema_violations", "2-0-0", payload)), [Found::WithoutCountry]);
    }
}

#[test]
fn every_item_of_a_request_is_an_event() {
    let items = json!([item(), {"e": "pv", "aid": "acme"}, item(), {"e": "se", "aid": "dbt", "dtm": "1709287257003"}]);
    for (name, family) in
        [("adapter_failures", FailureFamily::ADAPTER), ("tracker_protocol_violations", FailureFamily::TRACKER_PROTOCOL)]
    {
        let found = [
            Found::WithoutCountry,
            Found::Foreign,
            Found::WithoutCountry,
            Found::Refused(Reason::NoDbtContext, Some(family)),
        ];
        assert_eq!(decode(&row(name, "1-0-0", request("tp2", &json!([]), Some(&body(&items))))), found, "{name}");
    }
}

#[test]
fn a_request_is_read_by_its_path() {
    let family = FailureFamily::TRACKER_PROTOCOL;
    let decode = |payload: Value| decode(&row("tracker_protocol_violations", "1-0-1", payload));
    // The query string wins over the body.
    let mut others = item();
    others.insert("eid".to_owned(), json!("another"));
    let body = body(&json!([others]));
    let query = json!([{"name": "eid", "value": EVENT_ID}, {"name": "x", "value": null}]);
    assert_eq!(decode(request("tp2", &query, Some(&body))), [Found::WithoutCountry]);
    for version in ["tp1", "tp2"] {
        assert_eq!(decode(request(version, &parameters(&item()), None)), [Found::WithoutCountry], "{version}");
        assert_eq!(decode(request(version, &json!(item()), Some(""))), [Found::WithoutCountry], "{version}");
    }
    let mut webhook = request("tp2", &query, Some(&body));
    webhook["vendor"] = json!("com.acme");
    assert_eq!(decode(webhook), [Found::Foreign]);
    assert_eq!(decode(request("tp3", &query, Some(&body))), [Found::Foreign]);
    assert_eq!(decode(request("tp1", &json!([]), None)), [Found::Foreign]);
    assert_eq!(decode(request("tp2", &json!([]), Some("{"))), refused(family, Reason::NotJson));
    assert_eq!(decode(request("tp2", &json!([]), Some("{}"))), refused(family, Reason::NotPayloadData));
    assert_eq!(
        decode(request("tp2", &json!([]), Some(&examples::body(&json!([]))))),
        refused(family, Reason::NotPayloadData)
    );
    let with = |key: &str, value: Value| {
        let mut payload = request("tp2", &query, Some(&examples::body(&json!([item()]))));
        payload[key] = value;
        decode(payload)
    };
    assert_eq!(with("querystring", json!(null)), [Found::WithoutCountry]);
    assert_eq!(with("querystring", json!("a=b")), lost(family));
    assert_eq!(with("version", json!([])), lost(family));
    assert_eq!(with("body", json!({})), lost(family));
    // A vendor that is nobody is another one.
    assert_eq!(with("vendor", json!(null)), [Found::Foreign]);
    assert_eq!(with("timestamp", json!("soon")), refused(family, Reason::BadTimestamp));
}

#[test]
fn events_of_loaders_and_forwarders_keep_their_columns() {
    let mut texts = enriched(COUNTRY);
    let relay = |payload: Value| decode(&row("relay_failure", "1-0-0", payload));
    assert_eq!(relay(json!({"eventStruct": texts})), [Found::Event]);
    for raw in [tsv(COUNTRY), lossless(COUNTRY).to_string(), base64(tsv(COUNTRY))] {
        assert_eq!(relay(json!({"eventRaw": raw})), [Found::Event]);
        assert_eq!(relay(json!({"eventStruct": {}, "eventRaw": raw})), [Found::Event]);
        assert_eq!(relay(json!({"eventStruct": null, "eventRaw": raw})), [Found::Event]);
    }
    let family = FailureFamily::RELAY;
    for payload in [json!({}), json!(tsv(COUNTRY)), json!({"eventStruct": {"x": 1}}), json!({"eventRaw": "x"})] {
        assert_eq!(relay(payload.clone()), lost(family), "{payload}");
    }
    texts["contexts"] = json!("");
    assert_eq!(relay(json!({"eventStruct": texts})), refused(family, Reason::NoDbtContext));
    for contexts in ["{", "[1]"] {
        texts["contexts"] = json!(contexts);
        assert_eq!(relay(json!({"eventStruct": texts})), refused(family, Reason::NotJson), "{contexts}");
    }
    // What has a column of an event is one.
    for columns in [json!({"app_id": "acme"}), json!({"event_id": EVENT_ID}), json!({"EVENT_ID": EVENT_ID})] {
        assert_eq!(relay(json!({"eventStruct": columns, "eventRaw": tsv(COUNTRY)})), [Found::Foreign], "{columns}");
    }
}

#[test]
fn an_event_with_the_mark_of_its_failure_is_mended_and_keeps_the_family_of_the_row() {
    let mut event = lossless(COUNTRY);
    let failed = event["contexts"]["data"][0].take();
    event["contexts"]["data"].as_array_mut().expect("a list").remove(0);
    let failure = json!({"failureType": "ValidationError", "schema": failed["schema"], "data": failed["data"]});
    let uri = "iglu:com.snowplowanalytics.snowplow/failure/jsonschema/1-0-0";
    let mark = |data: &Value| {
        json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1",
            "data": [{"schema": uri, "data": data}]})
    };
    event["derived_contexts"] = mark(&failure);
    assert_eq!(decode(&row("loader_iglu_error", "2-0-0", event.clone())), [Found::Event]);
    // The same as texts.
    let mut texts = event.clone();
    for column in ["contexts", "derived_contexts"] {
        texts[column] = json!(event[column].to_string());
    }
    assert_eq!(decode(&row("relay_failure", "1-0-0", json!({"eventStruct": texts}))), [Found::Event]);
    event["derived_contexts"] = mark(&json!({}));
    event["contexts"] = json!({});
    assert_eq!(decode(&row("loader_iglu_error", "2-0-0", event)), lost(FailureFamily::LOADER_IGLU));
}

#[test]
fn what_is_not_known_of_a_recovered_event_is_noted() {
    let mut event = lossless(COUNTRY);
    event["contexts"]["data"][0]["data"]["new_field"] = json!(1);
    let record = row("loader_iglu_error", "2-0-0", event).to_string();
    let mut notes = Vec::new();
    let note = |note: Note<'_>| match note {
        Note::Unrecognized { kind: Unrecognized::Field, schema: "invocation", field: Some(field), .. } => {
            notes.push(field.to_owned());
        }
        other => panic!("{other:?}"),
    };
    let mut calls = Calls(|_: u32, _: Verdict<'_>| {}, note);
    run(Format::FailedEvents, record.as_bytes(), &Limits::default(), &mut calls);
    assert_eq!(notes, ["new_field"]);
}
