//! Every decoder on byte slices: what a record means, and one record for each reason to refuse one.

use super::{Decoder, Detected, Format, Reason, Verdict, detect};
use crate::event::{Day, Payload, Word};
use crate::privacy::{Key, Pseudonymizer};

/// What a test looks at of a verdict.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Event { kind: &'static str, day: String },
    Refused(Reason, Option<String>),
    Foreign,
    Filtered,
}

fn decode(format: Format, record: &[u8]) -> Vec<Found> {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let pseudonymizer = Pseudonymizer::new(&key);
    let mut found = Vec::new();
    Decoder::new(&pseudonymizer).decode(format, record, &mut |item: u32, verdict: Verdict<'_>| {
        assert_eq!(item as usize, found.len());
        found.push(match verdict {
            Verdict::Event(event) => {
                Found::Event { kind: kind(&event.payload), day: event.envelope.times.derived.day().to_string() }
            }
            Verdict::Refused(refusal) => Found::Refused(refusal.reason, refusal.schema),
            Verdict::Foreign => Found::Foreign,
            Verdict::Filtered => Found::Filtered,
        });
    });
    found
}

fn kind(payload: &Payload<'_>) -> &'static str {
    match payload {
        Payload::Invocation(_) => "invocation",
        Payload::RunModel(_) => "run_model",
        Payload::PackageInstall(_) => "package_install",
        Payload::CloudInvocation => "cloud_invocation",
        _ => "another",
    }
}

fn event(kind: &'static str, day: &str) -> Found {
    Found::Event { kind, day: day.to_owned() }
}

fn refused(reason: Reason) -> Found {
    Found::Refused(reason, None)
}

const EVENT_ID: &str = "5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d";
const INVOCATION: &str = r#"{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-2","data":{"progress":"start","invocation_id":"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01","version":"=1.9.0","command":"run"}}"#;
const RUN_MODEL: &str = r#"{"data":{"execution_time":1.5,"run_status":"SUCCESS","run_error":false},"schema":"iglu:com.dbt/run_model/jsonschema/1-1-0"}"#;

fn contexts(list: &str) -> String {
    format!(r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{list}]}}"#)
}

/// A line of 131 cells with these set.
fn tsv(cells: &[(usize, &str)]) -> Vec<u8> {
    let mut line = vec![""; 131];
    line[0] = "dbt";
    line[3] = "2026-10-01 12:00:00.500";
    line[6] = EVENT_ID;
    line[55] = "3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01";
    for (column, text) in cells {
        line[*column] = text;
    }
    line.join("\t").into_bytes()
}

#[test]
fn enriched_tsv_reads_events() {
    let start = contexts(INVOCATION);
    assert_eq!(decode(Format::EnrichedTsv, &tsv(&[(52, &start)])), [event("invocation", "2026-10-01")]);
    // Sent a day after it happened: the derived time is the collector's less that.
    let late = tsv(&[(52, &start), (4, "2026-09-01 00:00:00.000"), (119, "2026-09-02 13:00:00")]);
    assert_eq!(decode(Format::EnrichedTsv, &late), [event("invocation", "2026-09-29")]);
    // Data before their schema, and the invocation only in the label.
    let node = contexts(RUN_MODEL);
    assert_eq!(decode(Format::EnrichedTsv, &tsv(&[(52, &node)])), [event("run_model", "2026-10-01")]);
    let package = contexts(&format!(
        r#"{INVOCATION},{{"schema":"iglu:com.dbt/package_install/jsonschema/1-0-0","data":{{"name":"dbt-labs/dbt_utils","source":"hub","version":"1.1.1"}}}}"#
    ));
    assert_eq!(decode(Format::EnrichedTsv, &tsv(&[(52, &package)])), [event("package_install", "2026-10-01")]);
}

#[test]
fn enriched_tsv_refuses_with_a_reason() {
    let start = contexts(INVOCATION);
    let one = |cells: &[(usize, &str)]| decode(Format::EnrichedTsv, &tsv(cells));
    assert_eq!(decode(Format::EnrichedTsv, b"dbt\tpc\tonly-three"), [refused(Reason::FieldCount)]);
    assert_eq!(decode(Format::EnrichedTsv, &[b"\t".repeat(131)].concat()), [refused(Reason::FieldCount)]);
    assert_eq!(decode(Format::EnrichedTsv, b"\xff\xfe\x00garbage\xc3\x28"), [refused(Reason::NotUtf8)]);
    assert_eq!(one(&[(0, "docs-site")]), [Found::Foreign]);
    assert_eq!(one(&[(52, &start), (6, "")]), [refused(Reason::BadEventId)]);
    assert_eq!(one(&[(52, &start), (6, "17")]), [refused(Reason::BadEventId)]);
    assert_eq!(one(&[(52, &start), (3, "")]), [refused(Reason::BadTimestamp)]);
    assert_eq!(one(&[(52, &start), (4, "yesterday")]), [refused(Reason::BadTimestamp)]);
    assert_eq!(one(&[]), [refused(Reason::NoDbtContext)]);
    assert_eq!(one(&[(52, "{not json")]), [refused(Reason::NotContexts)]);
    assert_eq!(
        one(&[(52, r#"{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":[]}"#)]),
        [refused(Reason::NotContexts)]
    );
    assert_eq!(one(&[(52, &contexts(""))]), [refused(Reason::NoDbtContext)]);
    assert_eq!(
        one(&[
            (52, &start),
            (55, ""),
            (122, r#"{"data":[{"schema":"iglu:com.snowplowanalytics.snowplow/failure/jsonschema/1-0-0"}]}"#)
        ]),
        [refused(Reason::FailedEvent)]
    );
    assert_eq!(one(&[(52, &contexts(RUN_MODEL)), (55, "start")]), [refused(Reason::NoInvocationId)]);
}

#[test]
fn a_schema_that_is_not_known_is_named_and_data_that_do_not_fit_are_told() {
    let one = |list: &str| decode(Format::EnrichedTsv, &tsv(&[(52, &contexts(list))]));
    let named = |reason, schema: &str| Found::Refused(reason, Some(schema.to_owned()));
    assert_eq!(
        one(r#"{"schema":"iglu:com.dbt/time_travel/jsonschema/1-0-0","data":{"a":[1,{"b":2}]}}"#),
        [named(Reason::UnknownSchema, "time_travel")]
    );
    assert_eq!(
        one(r#"{"schema":"iglu:com.dbt/run_model/jsonschema/2-0-0","data":{}}"#),
        [named(Reason::UnknownSchema, "run_model/2")]
    );
    // A later addition to a known schema is no reason to refuse it.
    assert_eq!(
        one(r#"{"schema":"iglu:com.dbt/run_model/jsonschema/1-9-9","data":{"run_status":"SUCCESS","new":{"x":1}}}"#),
        [event("run_model", "2026-10-01")]
    );
    assert_eq!(
        one(r#"{"schema":"iglu:com.dbt/run_model/jsonschema/1-1-0","data":{"index":"first"}}"#),
        [named(Reason::BadData, "run_model")]
    );
    assert_eq!(
        one(
            r#"{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-2","data":{"progress":"paused","invocation_id":"x"}}"#
        ),
        [named(Reason::BadData, "invocation")]
    );
    assert_eq!(
        one(r#"{"schema":"iglu:com.dbt/project_id/jsonschema/1-0-1","data":{"project_id":null}}"#),
        [named(Reason::BadData, "project_id")]
    );
    assert_eq!(one(r#"{"schema":"iglu:com.acme/secret/jsonschema/1-0-0","data":{}}"#), [refused(Reason::NoDbtContext)]);
}

#[test]
fn enriched_json_reads_and_refuses() {
    let one = |json: &str| decode(Format::EnrichedJson, json.as_bytes());
    let with = |rest: &str| {
        format!(
            r#"{{"app_id":"dbt","collector_tstamp":"2026-10-01T12:00:00Z","event_id":"{EVENT_ID}","se_label":"start"{rest}}}"#
        )
    };
    let start = r#","contexts_com_dbt_invocation_1":[{"progress":"start","invocation_id":"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01"}]"#;
    assert_eq!(one(&with(start)), [event("invocation", "2026-10-01")]);
    assert_eq!(one(&with("")), [refused(Reason::NoDbtContext)]);
    assert_eq!(
        one(&with(r#","contexts_com_snowplowanalytics_snowplow_failure_1":[{}]"#)),
        [refused(Reason::FailedEvent)]
    );
    assert_eq!(
        one(&with(r#","contexts_com_dbt_run_model_1":[{"total":{}}]"#)),
        [Found::Refused(Reason::BadData, Some("run_model".to_owned()))]
    );
    assert_eq!(one(r#"{"app_id":"docs-site","event_id":"x"}"#), [Found::Foreign]);
    assert_eq!(one(r#"{"app_id":"dbt","event_id":"x"}"#), [refused(Reason::BadTimestamp)]);
    for broken in [r#"{"app_id":"dbt","#, "null", r#"{"schema":42,"data":"nope"}"#, "[]"] {
        assert_eq!(one(broken), [refused(Reason::NotJson)], "{broken}");
    }
    assert_eq!(one(&"[".repeat(5000)), [refused(Reason::NotJson)]);
    assert_eq!(decode(Format::EnrichedJson, b"\xff"), [refused(Reason::NotUtf8)]);
}

#[test]
fn tracker_payloads_read_every_item() {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::URL_SAFE.encode(contexts(INVOCATION));
    let standard = base64::engine::general_purpose::STANDARD_NO_PAD.encode(contexts(INVOCATION)).replace('+', " ");
    let plain = serde_json::to_string(&contexts(INVOCATION)).expect("JSON");
    let item = |rest: &str| format!(r#"{{"e":"se","aid":"dbt","eid":"{EVENT_ID}","dtm":"1790812800000"{rest}}}"#);
    let items = [
        item(&format!(r#","cx":"{encoded}","stm":"1790812801000""#)),
        item(&format!(r#","cx":"{standard}""#)),
        item(&format!(r#","co":{plain}"#)),
        r#"{"e":"pv","aid":"docs"}"#.to_owned(),
        item(""),
        item(r#","cx":"!!""#),
        item(r#","cx":"e30=""#),
        item(&format!(r#","cx":"{encoded}","stm":"soon""#)),
    ];
    let line = format!(
        r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{}]}}"#,
        items.join(",")
    );
    assert_eq!(
        decode(Format::TrackerPayload, line.as_bytes()),
        [
            event("invocation", "2026-10-01"),
            event("invocation", "2026-10-01"),
            event("invocation", "2026-10-01"),
            Found::Foreign,
            refused(Reason::NoDbtContext),
            refused(Reason::NotBase64),
            refused(Reason::NotContexts),
            refused(Reason::BadTimestamp),
        ]
    );
    for (broken, reason) in [
        (r#"{"schema":42,"data":"nope"}"#, Reason::NotPayloadData),
        (r#"{"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":[]}"#, Reason::NotPayloadData),
        ("null", Reason::NotPayloadData),
        (r#"{"app_id":"dbt","#, Reason::NotJson),
    ] {
        assert_eq!(decode(Format::TrackerPayload, broken.as_bytes()), [refused(reason)], "{broken}");
    }
}

/// The test vector of formats.md 6.8.
fn vector() -> Vec<u8> {
    let hex = "0a0272311290010a4b0a232f76312e7075626c69632e6576656e74732e667573696f6e2e496e766f636174696f6e122412026531\
               1a026931320352756e3a0573746172744205322e302e305a076462742d6f7373120b0880f2d6ca061080e59a771a0b0880f2d6ca0610\
               80e59a77320276313a232f76312e7075626c69632e6576656e74732e667573696f6e2e496e766f636174696f6e";
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

#[test]
fn vortex_reads_the_test_vector() {
    assert_eq!(vector().len(), 151);
    assert_eq!(decode(Format::Vortex, &vector()), [event("invocation", "2026-01-01")]);
    assert_eq!(decode(Format::Vortex, b""), []);
}

/// A field with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).expect("short");
    assert!(length < 128);
    [&[number << 3 | 2, length], bytes].concat()
}

#[test]
fn vortex_tells_messages_apart() {
    let created = field(2, b"\x08\x80\xf2\xd6\xca\x06");
    let message = |type_url: &str, value: &[u8]| {
        let any = [field(1, type_url.as_bytes()), field(2, value)].concat();
        field(2, &[field(1, &any), created.clone()].concat())
    };
    let fusion = |name: &str, value: &[u8]| message(&format!("/v1.public.events.fusion.{name}"), value);
    let ids = [field(2, b"e1"), field(3, b"i1")].concat();
    let cases = [
        (message("/v1.events.fusion.CloudInvocation", &field(2, b"i1")), event("cloud_invocation", "2026-01-01")),
        (message("/v1.public.events.mcp.ToolCalled", b""), Found::Foreign),
        (message("/v1.public.fields.core_types.ObservabilityMetric", b"\x0a\x01x"), Found::Filtered),
        (fusion("TimeTravel", &ids), Found::Refused(Reason::UnknownSchema, Some("TimeTravel".to_owned()))),
        (fusion("RunModel", &field(2, b"e1")), refused(Reason::NoInvocationId)),
        (fusion("RunModel", &ids), event("run_model", "2026-01-01")),
        (fusion("Invocation", &ids), Found::Refused(Reason::BadData, Some("Invocation".to_owned()))),
        (message("jane@example.com", b""), refused(Reason::NotProtobuf)),
        (field(2, &field(1, &field(1, b"/v1.public.events.fusion.RunModel"))), refused(Reason::BadTimestamp)),
    ];
    let batch: Vec<u8> = cases.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
    let expected: Vec<Found> = cases.into_iter().map(|(_, found)| found).collect();
    assert_eq!(decode(Format::Vortex, &batch), expected);
}

#[test]
fn vortex_refuses_what_is_no_message() {
    for broken in [&[0xff; 40][..], b"\x0a\x7fshort", b"{}", b"\x12\x04\x0a\x02\x0a\x01", b"\x00"] {
        assert_eq!(decode(Format::Vortex, broken), [refused(Reason::NotProtobuf)], "{broken:02x?}");
    }
}

#[test]
fn formats_are_told_by_content() {
    let is = |block: &[u8]| detect(block);
    let line = tsv(&[]);
    assert_eq!(is(&line), Detected::Format(Format::EnrichedTsv));
    assert_eq!(is(&[b"broken\n", &line[..]].concat()), Detected::Format(Format::EnrichedTsv));
    assert_eq!(is(br#"{"app_id":"x","event_id":"y"}"#), Detected::Format(Format::EnrichedJson));
    let payload = br#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[]}"#;
    assert_eq!(is(payload), Detected::Format(Format::TrackerPayload));
    assert_eq!(is(br#"{"type_url":"/v1.x","message":{}}"#), Detected::Refused(Reason::DeveloperMode));
    let bad = br#"{"schema":"iglu:com.snowplowanalytics.snowplow.badrows/x/jsonschema/1-0-0","data":{"event_id":1,"app_id":2}}"#;
    assert_eq!(is(bad), Detected::Refused(Reason::FailedEvents));
    let mut framed = vec![0x97, 0x01];
    framed.extend(vector());
    assert_eq!(is(&framed), Detected::Format(Format::Vortex));
    for nothing in [&b"hello\nworld\n"[..], b"\x28\xff\xff", b"null\n", b"\x00\x00\x00"] {
        assert_eq!(is(nothing), Detected::Refused(Reason::UnknownFormat), "{nothing:02x?}");
    }
}

#[test]
fn days_and_words_are_what_the_tests_think() {
    assert_eq!(Day::parse("2026-10-01").map(Day::number), Some(20727));
    assert!(crate::event::Command::WORDS.contains(&"docs-generate"));
}
