//! Payloads that are texts or failed events, and what may be inside of those.

use std::slice;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::examples::{COUNTRY, all, enriched, lossless, row, thrift, tsv};
use super::{Found, base64, decode, decode_within, lost, refused};
use crate::decode::failed_events::NESTED;
use crate::decode::{FailureFamily, Limits, Reason};

#[test]
fn a_text_is_read_as_what_it_is() {
    let good = tsv(COUNTRY);
    let inner = row("loader_parsing_error", "2-0-0", json!(good)).to_string();
    let texts = [
        (good.clone(), Found::Event),
        (format!("{good}\r\n"), Found::Event),
        (lossless(COUNTRY).to_string(), Found::Event),
        (format!("\n {}", lossless(COUNTRY)), Found::Event),
        (inner.clone(), Found::Event),
        (base64(thrift()), Found::WithoutCountry),
        (format!("{}\n", URL_SAFE_NO_PAD.encode(thrift())), Found::WithoutCountry),
        (base64(base64(thrift())), Found::WithoutCountry),
        (base64(&good), Found::Event),
        (base64(&inner), Found::Event),
        (base64(lossless(COUNTRY).to_string()), Found::Event),
    ];
    for (name, family) in [
        ("generic_error", FailureFamily::GENERIC),
        ("loader_recovery_error", FailureFamily::LOADER_RECOVERY),
        ("loader_parsing_error", FailureFamily::LOADER_PARSING),
        ("event_forwarding_error", FailureFamily::EVENT_FORWARDING),
        ("collector_payload_format_violation", FailureFamily::COLLECTOR_PAYLOAD_FORMAT),
        ("a_later_error", FailureFamily::UNKNOWN),
    ] {
        for (text, found) in &texts {
            assert_eq!(decode(&row(name, "1-0-0", json!(text))), slice::from_ref(found), "{name}: {text}");
        }
        let cut_off = &good[..good.len() - 1];
        let nothing =
            ["", " ", "something went wrong", "{", "[]", "{}", "é", "\t", cut_off, &base64(b"\x0b\0\x0a"), &base64("")];
        for text in nothing {
            assert_eq!(decode(&row(name, "1-0-0", json!(text))), lost(family), "{name}: {text}");
        }
    }
}

#[test]
fn legacy_rows_are_read_as_text() {
    for (line, found) in [
        (base64(thrift()), vec![Found::WithoutCountry]),
        (tsv(COUNTRY), vec![Found::Event]),
        ("2017-03-01\t10:00:59\tGET".to_owned(), lost(FailureFamily::LEGACY)),
    ] {
        for errors in [json!(["broken"]), json!([{"level": "error", "message": "broken"}])] {
            assert_eq!(decode(&json!({"line": line, "errors": errors, "failure_tstamp": "…"})), found, "{line}");
        }
    }
}

#[test]
fn failed_recoveries_are_followed_to_the_limit() {
    // These two hold something that is opened already.
    let opens = [FailureFamily::RECOVERY, FailureFamily::GENERIC];
    for (family, example, found) in all().into_iter().filter(|(family, ..)| !opens.contains(family)) {
        let mut nested = example;
        for depth in 0..=NESTED + 3 {
            let found = if depth > NESTED { lost(FailureFamily::RECOVERY) } else { vec![found.clone()] };
            assert_eq!(decode(&nested), found, "{family:?} in {depth}");
            nested = row("recovery_error", "1-0-1", nested);
        }
    }
    // The family is the innermost one.
    let lost_inside = row("recovery_error", "1-0-0", row("size_violation", "1-0-0", json!("cut off")));
    assert_eq!(decode(&lost_inside), lost(FailureFamily::SIZE));
    let lost_inside = row("generic_error", "1-0-0", json!(row("schema_violations", "2-0-0", json!({})).to_string()));
    assert_eq!(decode(&lost_inside), lost(FailureFamily::SCHEMA));
    assert_eq!(decode(&row("recovery_error", "1-0-0", json!({}))), lost(FailureFamily::RECOVERY));
    assert_eq!(decode(&row("recovery_error", "1-0-0", json!([1]))), lost(FailureFamily::RECOVERY));
}

#[test]
fn texts_inside_of_texts_end_at_the_limit() {
    let mut text = tsv(COUNTRY);
    for depth in 0..=NESTED + 1 {
        let found = if depth > NESTED { lost(FailureFamily::GENERIC) } else { vec![Found::Event] };
        assert_eq!(decode(&row("generic_error", "1-0-0", json!(text))), found, "{depth}");
        text = base64(text);
    }
}

#[test]
fn limits_hold_inside_of_texts() {
    let limits = Limits { json_depth: 20, ..Limits::default() };
    let decode = |row: &Value| decode_within(row.to_string().as_bytes(), &limits);
    let deep = format!("{}{}", "[".repeat(20), "]".repeat(20));
    assert_eq!(decode_within(format!("{{{deep}").as_bytes(), &limits), [Found::Refused(Reason::TooDeep, None)]);
    let event = lossless(COUNTRY).to_string();
    assert_eq!(decode(&row("generic_error", "1-0-0", json!(event))), [Found::Event]);
    let deep_event = format!(r#"{{"deep":{deep},{}"#, &event[1..]);
    let family = FailureFamily::GENERIC;
    assert_eq!(decode(&row("generic_error", "1-0-0", json!(deep_event))), refused(family, Reason::TooDeep));
    assert_eq!(decode(&row("generic_error", "1-0-0", json!(base64(&deep_event)))), refused(family, Reason::TooDeep));
    let mut texts = enriched(COUNTRY);
    texts["contexts"] = json!(deep);
    let found = decode(&row("relay_failure", "1-0-0", json!({"eventStruct": texts})));
    assert_eq!(found, refused(FailureFamily::RELAY, Reason::TooDeep));
    let short = Limits { string: 100, ..Limits::default() };
    let long = row("generic_error", "1-0-0", json!("x".repeat(101)));
    assert_eq!(decode_within(long.to_string().as_bytes(), &short), [Found::Refused(Reason::StringTooLong, None)]);
}
