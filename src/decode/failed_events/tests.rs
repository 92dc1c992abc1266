//! Every family around one event, which must come out as it does of the good output; then what is missing or wrong.

mod examples;
mod mutations;
mod nesting;
mod payloads;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::examples::{COUNTRY, all, body, enrichment, item, lossless, parameters, request, row, tsv};
use crate::decode::{Decoder, Detected, FailureFamily, Format, Limits, Note, Reason, Rules, Sink, Verdict, detect};
use crate::event::Event;
use crate::frame::Framing;
use crate::privacy::{Key, Pseudonymizer};

/// What a test looks at of a verdict.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// The event that the examples hold, with the country that enrich found.
    Event,
    /// The same without its country.
    WithoutCountry,
    /// Another event.
    Another(String),
    Refused(Reason, Option<FailureFamily>),
    Foreign,
}

/// Calls a function with every verdict and note.
struct Calls<V, N>(V, N);

impl<V: FnMut(u32, Verdict<'_>), N: FnMut(Note<'_>)> Sink for Calls<V, N> {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        (self.0)(item, verdict);
    }

    fn note(&mut self, _: u32, note: Note<'_>) {
        (self.1)(note);
    }
}

static PSEUDONYMIZER: LazyLock<Pseudonymizer> =
    LazyLock::new(|| Pseudonymizer::new(&Key::from_secret(b"a secret of some length").expect("long enough")));

fn run(format: Format, record: &[u8], limits: &Limits, sink: &mut impl Sink) {
    Decoder::new(&PSEUDONYMIZER, limits, &Rules::default()).decode(format, record, None, sink);
}

/// Whether a good line is this event.
fn is(event: &Event<'_>, line: &str) -> bool {
    let mut same = false;
    let verdict = |_: u32, verdict: Verdict<'_>| match verdict {
        Verdict::Event(good) => same = good == *event,
        other => panic!("the example is no event: {other:?}"),
    };
    run(Format::EnrichedTsv, line.as_bytes(), &Limits::default(), &mut Calls(verdict, |_: Note<'_>| {}));
    same
}

fn decode_within(record: &[u8], limits: &Limits) -> Vec<Found> {
    let mut found = Vec::new();
    let verdict = |item: u32, verdict: Verdict<'_>| {
        assert_eq!(item as usize, found.len());
        found.push(match verdict {
            Verdict::Recovered(event) if is(&event, &tsv(COUNTRY)) => Found::Event,
            Verdict::Recovered(event) if is(&event, &tsv("")) => Found::WithoutCountry,
            Verdict::Recovered(event) => Found::Another(format!("{event:?}")),
            Verdict::Refused(refusal) => Found::Refused(refusal.reason, refusal.family),
            Verdict::Foreign => Found::Foreign,
            other => panic!("from a failed event: {other:?}"),
        });
    };
    run(Format::FailedEvents, record, limits, &mut Calls(verdict, |_: Note<'_>| {}));
    found
}

fn decode(row: &Value) -> Vec<Found> {
    decode_within(row.to_string().as_bytes(), &Limits::default())
}

fn refused(family: FailureFamily, reason: Reason) -> Vec<Found> {
    vec![Found::Refused(reason, Some(family))]
}

fn lost(family: FailureFamily) -> Vec<Found> {
    refused(family, Reason::FailedEvent)
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

#[test]
fn the_event_of_every_family_is_what_the_good_one_would_have_been() {
    for (family, example, found) in all() {
        assert_eq!(decode(&example), [found], "{family:?}: {example}");
    }
    let with_examples: Vec<FailureFamily> = all().into_iter().map(|(family, _, _)| family).collect();
    let without = FailureFamily::ALL.iter().filter(|family| !with_examples.contains(family));
    // Cut off, and what is no bad row at all.
    assert!(without.eq(&[FailureFamily::SIZE, FailureFamily::INCOMPLETE]));
}

#[test]
fn detection_tells_every_example() {
    for (family, example, _) in all() {
        let expected = Some(Detected { format: Format::FailedEvents, framing: Framing::Lines });
        assert_eq!(detect(example.to_string().as_bytes()), expected, "{family:?}");
    }
}

#[test]
fn what_is_no_failed_event_is_told_from_what_recovers_nothing() {
    let no_json: [&[u8]; 4] = [b"", b"hello", br#"{"schema":"#, b"{} {}"];
    for record in no_json {
        let found = decode_within(record, &Limits::default());
        assert_eq!(found, [Found::Refused(Reason::NotJson, None)], "{record:?}");
    }
    let schema = "iglu:com.snowplowanalytics.snowplow.badrows/generic_error/jsonschema/1-0-0";
    let no_failed_events = [
        json!(null),
        json!([]),
        json!({}),
        json!({"data": {"payload": tsv("")}}),
        json!({"schema": 1, "data": {"payload": tsv("")}}),
        json!({"schema": [schema], "data": {"payload": tsv("")}}),
        json!({"schema": "iglu:com.snowplowanalytics.snowplow.badrows/generic_error", "data": {"payload": tsv("")}}),
        json!({"schema": "iglu:com.acme/generic_error/jsonschema/1-0-0", "data": {"payload": tsv("")}}),
        json!({"line": tsv("")}),
        lossless(COUNTRY),
    ];
    for record in no_failed_events {
        assert_eq!(decode(&record), [Found::Refused(Reason::NotFailedEvent, None)], "{record}");
    }
    assert_eq!(decode_within(b"\xff", &Limits::default()), [Found::Refused(Reason::NotUtf8, None)]);
    for record in [
        json!({"schema": schema}),
        json!({"schema": schema, "data": null}),
        json!({"schema": schema, "data": []}),
        json!({"schema": schema, "data": {"failure": {}}}),
        json!({"schema": schema, "data": {"payload": null}}),
    ] {
        assert_eq!(decode(&record), lost(FailureFamily::GENERIC), "{record}");
    }
}

#[test]
fn what_is_cut_off_is_counted_and_not_read() {
    assert_eq!(decode(&row("size_violation", "1-0-0", json!(tsv(COUNTRY)))), lost(FailureFamily::SIZE));
}

#[test]
fn another_applications_failed_event_is_foreign() {
    let line = tsv(COUNTRY).replacen("dbt", "acme", 1);
    let mut event = lossless(COUNTRY);
    event["app_id"] = json!("acme");
    let mut item = item();
    item.insert("aid".to_owned(), json!("acme"));
    for row in [
        row("loader_parsing_error", "2-0-0", json!(line)),
        row("loader_runtime_error", "1-0-0", event),
        row("schema_violations", "2-0-0", enrichment(&parameters(&item))),
        row("adapter_failures", "1-0-0", request("tp1", &parameters(&item), None)),
        row("tracker_protocol_violations", "1-0-0", request("tp2", &json!([]), Some(&body(&json!([item]))))),
    ] {
        assert_eq!(decode(&row), [Found::Foreign], "{row}");
    }
}
