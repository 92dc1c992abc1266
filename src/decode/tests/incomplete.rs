//! Events that enrich failed and wrote all the same.

use serde_json::{Map, Value, json};

use super::forms::{self, Context, FAILURE, environment, invocation, run_model, uri};
use super::{Finds, Found, Noted, decode, find, recovered, says};
use crate::decode::{FailureFamily, Format, Limits, Reason, Rules};

/// The mark of a context that failed.
fn failure(schema: &str, data: &Value) -> Context {
    (FAILURE, json!({"failureType": "ValidationError", "errors": [], "schema": uri(schema), "data": data}))
}

fn failed(context: Context) -> Context {
    failure(context.0, &context.1)
}

/// The forms that such an event has.
fn forms_of(contexts: &[Context]) -> [(Format, String); 3] {
    let json = |object: Map<String, Value>| Value::Object(object).to_string();
    [
        (Format::EnrichedTsv, forms::tsv(contexts)),
        (Format::EnrichedJson, json(forms::sdk(contexts))),
        (Format::EnrichedJson, json(forms::lossless(contexts))),
    ]
}

fn lost(reason: Reason, schema: Option<&str>) -> [Found; 1] {
    [Found::Refused(reason, schema.map(str::to_owned), Some(FailureFamily::INCOMPLETE))]
}

#[test]
fn what_failed_is_put_back_so_that_the_event_is_what_the_good_one_would_have_been() {
    let good = says(Format::EnrichedTsv, forms::tsv(&[invocation(), environment()]));
    for contexts in [
        vec![environment(), failed(invocation())],
        vec![failed(environment()), failed(invocation())],
        // Not a context of dbt's.
        vec![environment(), invocation(), failure("com.acme/x/1-0-0", &json!({}))],
        // What failed as a text.
        vec![environment(), failure(invocation().0, &json!(invocation().1.to_string()))],
    ] {
        for (format, record) in forms_of(&contexts) {
            assert_eq!(decode(format, &record), [recovered("invocation")], "{record}");
            assert_eq!(says(format, &record), good, "{record}");
        }
    }
}

#[test]
fn what_cannot_be_put_back_is_refused_with_the_family() {
    let misfit = ("com.dbt/run_model/1-1-0", json!({"total": {}}));
    for (contexts, expected) in [
        (vec![failure("com.acme/x/1-0-0", &json!({}))], lost(Reason::FailedEvent, None)),
        (vec![failure(run_model().0, &json!("no JSON"))], lost(Reason::FailedEvent, None)),
        (vec![(FAILURE, json!({}))], lost(Reason::FailedEvent, None)),
        (vec![failed(misfit)], lost(Reason::BadData, Some("run_model"))),
        (vec![failed(("com.dbt/time_travel/1-0-0", json!({})))], lost(Reason::UnknownSchema, Some("time_travel"))),
        (vec![failed(environment())], lost(Reason::NoDbtContext, None)),
    ] {
        for (format, record) in forms_of(&contexts) {
            assert_eq!(decode(format, &record), expected, "{record}");
        }
    }
}

#[test]
fn another_applications_is_foreign() {
    for (format, record) in forms_of(&[failed(invocation())]) {
        let other = record.replace("dbt\t", "docs\t").replace(r#""app_id":"dbt""#, r#""app_id":"docs""#);
        assert_eq!(decode(format, &other), [Found::Foreign], "{other}");
    }
}

#[test]
fn rules_hold_for_what_was_put_back() {
    let rules = "[[supply]]\nname = \"end\"\nschema = \"invocation\"\nfield = \"progress\"\nvalue = \"end\"";
    let rules = Rules::parse(rules).expect("rules");
    let no_progress = ("com.dbt/invocation/1-0-2", json!({"invocation_id": forms::INVOCATION_ID}));
    for (format, record) in forms_of(&[failed(no_progress)]) {
        assert_eq!(decode(format, &record), lost(Reason::BadData, Some("invocation")), "{record}");
        let Finds { found, noted, .. } = find(format, record.as_bytes(), &Limits::default(), &rules);
        assert_eq!((found, noted), (vec![recovered("invocation")], vec![(0, Noted::WonBack(0))]), "{record}");
    }
}
