use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::super::thrift::writing::{field, i64, structure, text};
use super::super::{FailureFamily, Limits, Note, Reading, Reason, Rules, Sink, Verdict};
use super::{Origin, decode, decode_from, is_base64, is_payload};
use crate::event::{TimeBasis, Timestamp};
use crate::privacy::{Key, Pseudonymizer};

/// What a test looks at of a verdict.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// The event as a text, with its times.
    Event(String),
    Recovered(String),
    Refused(Reason, Option<FailureFamily>),
    Foreign,
}

#[derive(Default)]
struct Finds {
    verdicts: Vec<Found>,
    /// The collector's time of the last event, and what it rests on.
    received: Option<(Timestamp, TimeBasis)>,
}

impl Sink for Finds {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        assert_eq!(item as usize, self.verdicts.len());
        if let Verdict::Event(event) | Verdict::Recovered(event) = &verdict {
            self.received = Some((event.envelope.times.collector, event.envelope.times.basis));
        }
        self.verdicts.push(match verdict {
            Verdict::Event(event) => Found::Event(format!("{event:?}")),
            Verdict::Recovered(event) => Found::Recovered(format!("{event:?}")),
            Verdict::Refused(refusal) => Found::Refused(refusal.reason, refusal.family),
            Verdict::Foreign => Found::Foreign,
            Verdict::Filtered => panic!("nothing here is filtered"),
        });
    }

    fn note(&mut self, _item: u32, _note: Note<'_>) {}
}

fn find(record: &[u8], origin: Origin) -> Finds {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let (pseudonymizer, limits, rules) = (Pseudonymizer::new(&key), Limits::default(), Rules::default());
    let reading = Reading { pseudonymizer: &pseudonymizer, limits: &limits, rules: &rules, file_time: None };
    let (mut finds, mut buffer) = (Finds::default(), Vec::new());
    match origin {
        Origin::Good => decode(record, &reading, &mut buffer, &mut finds),
        Origin::Failed(_) => decode_from(record, origin, &reading, &mut buffer, &mut finds),
    }
    finds
}

fn verdicts(record: &[u8]) -> Vec<Found> {
    find(record, Origin::Good).verdicts
}

fn refused(reason: Reason) -> Vec<Found> {
    vec![Found::Refused(reason, None)]
}

const CONTEXTS: &str = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-2","data":{"progress":"start","invocation_id":"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01","command":"run"}}]}"#;
const EVENT_ID: &str = "5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d";
const SCHEMA: &str = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0";
const TP1: &str = "/com.snowplowanalytics.snowplow/tp1";
const TP2: &str = "/com.snowplowanalytics.snowplow/tp2";
/// 2026-10-10 13:55:36.789 UTC.
const RECEIVED: i64 = 1_791_640_536_789;

/// A query string with an event.
fn query() -> String {
    format!("e=se&aid=dbt&eid={EVENT_ID}&dtm=1791640530250&cx={}", STANDARD.encode(CONTEXTS).replace('=', "%3D"))
}

fn item(aid: &str) -> String {
    let cx = STANDARD.encode(CONTEXTS);
    format!(r#"{{"e":"se","aid":"{aid}","eid":"{EVENT_ID}","dtm":"1791640530250","cx":"{cx}"}}"#)
}

/// A body with these items.
fn body(items: &[String]) -> String {
    let items = items.join(",");
    format!(r#"{{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{items}]}}"#)
}

/// The fields that are looked at.
fn fields(path: &str, query: &str, body: &str) -> Vec<Vec<u8>> {
    vec![text(10, query), i64(50, RECEIVED), text(110, path), text(130, body), text(31337, SCHEMA)]
}

/// A payload with all fields, in the order of the collector.
fn payload(path: &str, query: &str, body: &str) -> Vec<u8> {
    let mut fields = fields(path, query, body);
    fields.splice(
        1..1,
        [
            text(20, "ssc-3.4.0-kinesis"),
            text(30, "UTF-8"),
            text(40, "collector.example.com"),
            text(60, "192.0.2.1"),
            text(70, "python-requests/2.31.0"),
            text(80, "https://example.com/"),
            field(15, 90, b"\x0b\0\0\0\x02\0\0\0\x06Host: \0\0\0\x05Via: "),
            text(100, "8e0f1f4c-2f0e-4f0c-8d5e-1f6a2b3c4d5e"),
            text(120, "application/json; charset=utf-8"),
        ],
    );
    structure(&fields)
}

#[test]
fn every_form_of_a_request_is_the_same_event() {
    let expected = verdicts(&payload("/i", &query(), ""));
    assert!(matches!(&expected[..], [Found::Event(_)]), "{expected:?}");
    let post = payload(TP2, "", &body(&[item("dbt")]));
    for record in [
        payload(TP1, &query(), ""),
        payload(TP2, &query(), ""),
        payload("com.snowplowanalytics.snowplow/tp2/", &query(), ""),
        payload("/ice.png", &query(), ""),
        payload("/i?e=pv", &query(), ""),
        structure(&fields("/i", &query(), "")),
        structure(&[fields("/i", &query(), ""), vec![text(31337, SCHEMA.replace("1-0-0", "1-0-9"))]].concat()),
        post.clone(),
        STANDARD.encode(&post).into_bytes(),
        URL_SAFE_NO_PAD.encode(&post).into_bytes(),
        format!(" {}\r", STANDARD.encode(&post)).into_bytes(),
    ] {
        let finds = find(&record, Origin::Good);
        assert_eq!(finds.verdicts, expected);
        assert_eq!(finds.received, Timestamp::from_millis(RECEIVED).map(|at| (at, TimeBasis::COLLECTOR)));
    }
}

#[test]
fn fields_come_in_any_order_among_others() {
    /// Calls with every order of some fields (Heap's algorithm).
    fn orders(fields: &mut [Vec<u8>], size: usize, each: &mut impl FnMut(&[Vec<u8>])) {
        if size <= 1 {
            return each(fields);
        }
        for at in 0..size {
            orders(fields, size - 1, each);
            fields.swap(if size.is_multiple_of(2) { at } else { 0 }, size - 1);
        }
    }
    let expected = verdicts(&payload("/i", &query(), ""));
    let mut fields = fields("/i", &query(), "");
    // A list of maps from numbers to structs with a double.
    fields.push(field(15, 77, b"\x0d\0\0\0\x01\x08\x0c\0\0\0\x01\0\0\0\x05\x04\0\x01\0\0\0\0\0\0\0\0\0"));
    let (size, mut count) = (fields.len(), 0);
    orders(&mut fields, size, &mut |fields| {
        count += 1;
        assert_eq!(verdicts(&structure(fields)), expected);
    });
    assert_eq!(count, 720);
}

#[test]
fn every_item_of_a_body_is_an_event_and_the_query_wins() {
    let items = [item("dbt"), item("docs"), item("dbt")];
    let found = verdicts(&payload(TP2, "", &body(&items)));
    assert!(matches!(&found[..], [Found::Event(one), Found::Foreign, Found::Event(two)] if one == two), "{found:?}");
    let all = verdicts(&payload(TP2, "aid=x&aid=dbt", &body(&items)));
    assert_eq!(all, vec![found[0].clone(); 3]);
    assert_eq!(verdicts(&payload(TP2, "aid=x", &body(&items))), [Found::Foreign, Found::Foreign, Found::Foreign]);
    assert_eq!(verdicts(&payload(TP2, "", &body(&[]))), refused(Reason::NotPayloadData));
    assert_eq!(verdicts(&payload(TP2, "", "{")), refused(Reason::NotJson));
    assert_eq!(verdicts(&payload(TP2, "", "{}")), refused(Reason::NotPayloadData));
    // A body is not looked at where the protocol has none.
    assert_eq!(verdicts(&payload(TP1, &query(), "{")), verdicts(&payload(TP1, &query(), "")));
}

#[test]
fn the_path_says_whose_request_it_is() {
    for path in ["/com.mailgun/v1", "/r/tp2", "/com.snowplowanalytics.iglu/v1", "/com.snowplowanalytics.snowplow/tp3"] {
        assert_eq!(verdicts(&payload(path, &query(), "{")), [Found::Foreign], "{path}");
    }
    for path in ["", "/", "/health", "/i/", "//", "/a/b/c", "tp2", "https://collector.example.com/i"] {
        assert_eq!(verdicts(&payload(path, &query(), "")), refused(Reason::NotThrift), "{path}");
    }
    // Requests without an event.
    for path in ["/i", "/ice.png", TP1, TP2] {
        assert_eq!(verdicts(&payload(path, "", "")), [Found::Foreign], "{path}");
    }
}

#[test]
fn the_time_is_the_collector_s_where_it_has_one() {
    let mut fields = fields("/i", &query(), "");
    fields[1] = i64(50, i64::MAX);
    assert_eq!(verdicts(&structure(&fields)), refused(Reason::BadTimestamp));
    fields.remove(1);
    let finds = find(&structure(&fields), Origin::Good);
    assert_eq!(finds.received, Timestamp::from_millis(1_791_640_530_250).map(|at| (at, TimeBasis::CREATED)));
}

#[test]
fn what_is_no_payload_is_refused() {
    let whole = structure(&fields("/i", &query(), ""));
    assert!(is_payload(&whole));
    for end in 0..whole.len() {
        assert_eq!(verdicts(&whole[..end]), refused(Reason::NotThrift), "cut off at {end}");
        assert!(!is_payload(&whole[..end]));
    }
    let with = |number: usize, field: Vec<u8>| {
        let mut fields = fields("/i", &query(), "");
        fields[number] = field;
        structure(&fields)
    };
    for broken in [
        [&whole[..], b"\n"].concat(),
        [&whole[..], &whole].concat(),
        with(4, text(31337, "s")),
        with(4, text(31337, SCHEMA.replace("1-0-0", "1-1-0"))),
        with(4, text(31337, SCHEMA.replace("1-0-0", "2-0-0"))),
        with(4, text(1, SCHEMA)),
        with(4, i64(31337, 1)),
        with(2, text(110, b"/\xff")),
        with(1, text(50, "now")),
        with(0, field(11, 10, b"\x80\0\0\0e=se")),
        with(0, field(11, 10, b"\x7f\xff\xff\xffe=se")),
        STANDARD.encode(&whole[..whole.len() - 1]).into_bytes(),
        STANDARD.encode("{}").into_bytes(),
        b"{}".to_vec(),
        b"\xff".to_vec(),
        b"\x80\x01\0\x01".to_vec(),
        b"\t".to_vec(),
    ] {
        assert_eq!(verdicts(&broken), refused(Reason::NotThrift), "{}", broken.escape_ascii());
        assert!(!is_payload(&broken) && !is_base64(&broken));
    }
}

#[test]
fn of_a_failed_origin_it_is_recovered_or_refused_with_the_family() {
    let origin = Origin::Failed(FailureFamily::COLLECTOR_PAYLOAD_FORMAT);
    let of = |record: &[u8]| find(record, origin).verdicts;
    let whole = payload(TP2, "", &body(&[item("dbt"), item("docs")]));
    let found = of(STANDARD.encode(&whole).as_bytes());
    assert!(matches!(&found[..], [Found::Recovered(_), Found::Foreign]), "{found:?}");
    for (record, reason) in [
        (&whole[1..], Reason::NotThrift),
        (&payload(TP2, "", "{"), Reason::NotJson),
        (&payload("/i", "aid=dbt&dtm=1", ""), Reason::NoDbtContext),
    ] {
        assert_eq!(of(record), [Found::Refused(reason, Some(FailureFamily::COLLECTOR_PAYLOAD_FORMAT))]);
    }
}

#[test]
fn base64_of_a_payload_is_told_from_other_text() {
    // A struct may begin with a field of any type.
    for first in [text(10, ""), i64(1, 1), field(2, 1, b"\0"), field(15, 90, b"\x0b\0\0\0\0"), field(12, 1, b"\0")] {
        let bytes = structure(&[vec![first], fields("/i", "", "")].concat());
        assert!(is_payload(&bytes));
        assert!(is_base64(STANDARD.encode(&bytes).as_bytes()));
        assert!(!is_base64(&bytes));
    }
    for other in ["", "A", "CwAK", "CwAKAAAAAA==", "Dear Sir", "e=se&p=pc&tv=x", "{}", "2026-10-10"] {
        assert!(!is_base64(other.as_bytes()) && !is_payload(other.as_bytes()), "{other}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let whole = payload(TP2, &query(), &body(&[item("dbt")]));
    arbtest::arbtest(|u| {
        let noise: Vec<u8> = u.arbitrary()?;
        let mut damaged = whole.clone();
        for _ in 0..u.int_in_range(0..=4)? {
            let at = u.choose_index(damaged.len())?;
            damaged[at] = u.arbitrary()?;
        }
        for bytes in [noise, damaged] {
            verdicts(&bytes);
            is_payload(&bytes);
            is_base64(&bytes);
            verdicts(STANDARD.encode(&bytes).as_bytes());
        }
        Ok(())
    });
}
