//! Limits: at each of them a record is read, beyond it refused.

use serde_json::{Value, json};

use super::forms::{self, Context, FAILURE, INVOCATION_ID, all, body, invocation, item, run_model};
use super::vortex::vector;
use super::{Found, decode, event, find, refused};
use crate::decode::{FailureFamily, Format, Limits, Reason, Rules};

fn within(format: Format, record: impl AsRef<[u8]>, limits: &Limits) -> Vec<Found> {
    find(format, record.as_ref(), limits, &Rules::default()).found
}

fn refused_for(found: &[Found], reason: Reason) -> bool {
    matches!(found, [Found::Refused(told, None, _)] if *told == reason)
}

/// An invocation with a field in which so many arrays are open at once.
fn nested(depth: usize) -> Context {
    let array = (1..depth).fold(json!([]), |inner, _| json!([inner]));
    ("com.dbt/invocation/1-0-2", json!({"progress": "start", "invocation_id": INVOCATION_ID, "new": array}))
}

#[test]
fn json_has_a_deepest_level() {
    // Around the field are the data, the context, the list, the wrapper, and in the lossless form the event.
    for (format, record) in all(&[nested(59)]) {
        assert_eq!(decode(format, &record), [event("invocation")], "{format:?}");
    }
    for (format, record) in all(&[nested(65)]) {
        assert_eq!(decode(format, &record), [refused(Reason::TooDeep)], "{format:?}");
    }
    let deepest = |format: Format, start: &str| {
        let record = |depth: usize| format!("{start}{}", "[".repeat(depth - start.matches('{').count()));
        assert!(!refused_for(&decode(format, record(64)), Reason::TooDeep), "{format:?}");
        assert!(refused_for(&decode(format, record(65)), Reason::TooDeep), "{format:?}");
        assert!(refused_for(&decode(format, record(1_000_000)), Reason::TooDeep), "{format:?}");
    };
    deepest(Format::EnrichedJson, r#"{"x":"#);
    deepest(Format::TrackerPayload, r#"{"x":"#);
    deepest(Format::FailedEvents, r#"{"x":"#);
    deepest(Format::VortexDev, r#"{"x":"#);
    let cell = |depth: usize| forms::line(&[(52, &"[".repeat(depth))]);
    assert_eq!(decode(Format::EnrichedTsv, cell(64)), [refused(Reason::NotContexts)]);
    assert_eq!(decode(Format::EnrichedTsv, cell(65)), [refused(Reason::TooDeep)]);
}

#[test]
fn a_mark_of_failure_is_no_way_around() {
    let mark = |depth: usize| {
        let array = (1..depth).fold(json!([]), |inner, _| json!([inner]));
        forms::tsv(&[run_model(), (FAILURE, json!({"errors": array}))])
    };
    assert_eq!(decode(Format::EnrichedTsv, mark(60)), [super::recovered("run_model")]);
    let too_deep = Found::Refused(Reason::TooDeep, None, Some(FailureFamily::INCOMPLETE));
    assert_eq!(decode(Format::EnrichedTsv, mark(61)), [too_deep]);
}

#[test]
fn a_string_or_cell_has_a_greatest_length() {
    let long = |bytes: usize| {
        let data = json!({"progress": "start", "invocation_id": INVOCATION_ID, "options": "x".repeat(bytes)});
        ("com.dbt/invocation/1-0-2", data)
    };
    let limits = Limits { string: 2000, ..Limits::default() };
    // Contexts are a string themselves where they are base64 in one or a cell.
    for (format, record) in all(&[long(1000)]) {
        assert_eq!(within(format, &record, &limits), [event("invocation")], "{format:?}");
    }
    for (format, record) in all(&[long(2001)]) {
        let found = within(format, &record, &limits);
        assert!(refused_for(&found, Reason::StringTooLong), "{format:?}: {found:?}");
    }
    let cell = |bytes: usize| {
        let start = forms::wrapper(&[invocation()]).to_string();
        forms::line(&[(52, &start), (29, &"x".repeat(bytes))])
    };
    assert_eq!(within(Format::EnrichedTsv, cell(2000), &limits), [event("invocation")]);
    assert_eq!(within(Format::EnrichedTsv, cell(2001), &limits), [refused(Reason::StringTooLong)]);
    // Of columns that are not looked at too.
    let mut object = forms::sdk(&[invocation()]);
    object.insert("page_url".to_owned(), json!("x".repeat(2001)));
    assert_eq!(within(Format::EnrichedJson, json!(object).to_string(), &limits), [refused(Reason::StringTooLong)]);
}

#[test]
fn a_payload_has_a_greatest_number_of_events() {
    let limits = |events: usize| Limits { events, ..Limits::default() };
    let start = Value::Object(item(&[invocation()]));
    let post = body(&[start.clone(), start.clone(), start]).to_string();
    let of_post = |events| within(Format::TrackerPayload, &post, &limits(events));
    let [read, too_many] = [event("invocation"), refused(Reason::TooManyEvents)];
    assert_eq!(of_post(3), vec![read.clone(); 3]);
    assert_eq!(of_post(2), [read.clone(), read.clone(), too_many.clone()]);
    assert_eq!(of_post(1), [read, too_many.clone()]);
    assert_eq!(of_post(0), [refused(Reason::TooManyEvents)]);
    assert_eq!(of_post(usize::MAX).len(), 3);

    let read = Found::Event("invocation", "2026-01-01".to_owned());
    let of_batch = |events| within(Format::Vortex, vector().repeat(3), &limits(events));
    assert_eq!(of_batch(3), vec![read.clone(); 3]);
    assert_eq!(of_batch(2), [read.clone(), read, too_many]);
}

#[test]
fn what_is_beyond_the_last_event_must_still_be_json() {
    let limits = Limits { events: 1, ..Limits::default() };
    let start = Value::Object(item(&[invocation()]));
    let post = body(&[start.clone(), start.clone(), json!("no item")]).to_string();
    assert_eq!(within(Format::TrackerPayload, &post, &limits), [event("invocation"), refused(Reason::TooManyEvents)]);
    let cut_off = &post[..post.len() - 1];
    assert_eq!(within(Format::TrackerPayload, cut_off, &limits), [refused(Reason::NotJson)]);
}
