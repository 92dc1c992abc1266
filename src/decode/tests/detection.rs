//! Which format and framing a dump is taken for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::forms::{collected, collected_get, invocation, item, lossless, post, query, run_model, sdk, tsv};
use super::vortex::vector;
use super::{decode, event};
use crate::decode::detect::is_empty;
use crate::decode::{Detected, Format, detect, framing_of};
use crate::frame::Framing;

fn of(dump: impl AsRef<[u8]>) -> Option<(Format, Framing)> {
    detect(dump.as_ref()).map(|Detected { format, framing }| (format, framing))
}

fn pretty(json: &Value) -> String {
    serde_json::to_string_pretty(json).expect("JSON")
}

/// One record of every form that is JSON.
fn objects() -> Vec<(Format, Value)> {
    let contexts = [invocation()];
    let payload = serde_json::from_str(&post(&contexts)).expect("JSON");
    let schema = "iglu:com.snowplowanalytics.snowplow.badrows/loader_iglu_error/jsonschema/2-0-0";
    let capitals: Value = sdk(&contexts).into_iter().map(|(key, value)| (key.to_ascii_uppercase(), value)).collect();
    vec![
        (Format::EnrichedJson, json!(sdk(&contexts))),
        (Format::EnrichedJson, json!(lossless(&contexts))),
        (Format::EnrichedJson, capitals),
        // Enriched events that say what another form does.
        (Format::EnrichedJson, json!({"app_id": "x", "event_id": "y", "line": 1, "errors": []})),
        (Format::EnrichedJson, json!({"app_id": "x", "event_id": "y", "page_url": "/payload_data/", "data": {}})),
        (Format::TrackerPayload, payload),
        (Format::FailedEvents, json!({"schema": schema, "data": {"payload": lossless(&contexts)}})),
        (Format::FailedEvents, json!({"line": "dbt\tpc", "errors": [{"level": "error", "message": "x"}]})),
        (Format::FailedEvents, json!({"line": json!(sdk(&contexts)).to_string(), "errors": ["x"]})),
        (Format::VortexDev, json!({"type_url": "/v1.public.events.fusion.RunModel", "message": {"event_id": "x"}})),
    ]
}

#[test]
fn json_is_told_by_its_keys_and_cut_as_it_is_laid_out() {
    for (format, object) in objects() {
        let (line, lines) = (object.to_string(), pretty(&object));
        let (in_lines, in_array) = (Some((format, Framing::Lines)), Some((format, Framing::JsonArray)));
        let array = json!([object, object]);
        for (dump, expected) in [
            (line.clone(), in_lines),
            (format!("{line}\n{line}\n"), in_lines),
            (format!("{line} \r\n{line}\r\n"), in_lines),
            (format!("{line} "), in_lines),
            (format!("\n\n{line}\n"), in_lines),
            // Slashes as some libraries escape them.
            (line.replace('/', r"\/"), in_lines),
            // Arrays: in a line, over many, and with each element in a line from its first column on.
            (array.to_string(), in_array),
            (format!("{array}\n{array}\n"), in_array),
            (pretty(&array), in_array),
            (format!("[\n{line},\n{line}\n]\n"), in_array),
            (format!("[{line}\n,{line}\n]\n"), in_array),
            (format!("[{lines},\n{lines}]"), in_array),
            (format!("[]\n{array}"), in_array),
            // One object over many lines, and several.
            (lines.clone(), in_array),
            (format!("{lines}\n{lines}\n"), in_array),
            // A piece of an array.
            (format!("{line},\n{line},\n"), in_array),
            // With a byte-order mark.
            (format!("\u{feff}{line}\n"), in_lines),
            (format!("\u{feff}{array}\n"), in_array),
            (format!("\u{feff}{lines}\n"), in_array),
        ] {
            assert_eq!(of(&dump), expected, "{dump}");
        }
    }
}

#[test]
fn an_object_that_begins_in_a_line_and_ends_in_another_is_no_line() {
    let item = Value::Object(item(&[invocation()]));
    let schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4";
    let dump = format!("{{\"schema\":\"{schema}\",\"data\":[\n{item},\n{item}\n]}}\n");
    assert_eq!(of(dump), Some((Format::TrackerPayload, Framing::JsonArray)));
}

#[test]
fn text_is_told_by_its_lines() {
    let line = tsv(&[invocation()]);
    let time = "[10/Oct/2026:13:55:36 +0000]";
    let request = format!(r#""GET /i?{} HTTP/1.1" 200 43"#, query(&[invocation()]));
    let base64 = STANDARD.encode(collected(&[invocation()]));
    for (line, format) in [
        (&*line, Format::EnrichedTsv),
        (&"\t".repeat(130), Format::EnrichedTsv),
        // A comma in a cell is no end of an element, a brace no beginning of one.
        (&line.replace("dbt\t", "{\t"), Format::EnrichedTsv),
        (&query(&[invocation()]), Format::TrackerPayload),
        (&format!("/i?{}", query(&[invocation()])), Format::TrackerPayload),
        (&format!("192.0.2.1 - - {time} {request}"), Format::TrackerPayload),
        (&format!("{time} {request}"), Format::TrackerPayload),
        (&base64, Format::CollectorPayload),
    ] {
        let expected = Some((format, Framing::Lines));
        for dump in [
            line.to_owned(),
            format!("{line}\n{line}\n"),
            format!("{line}\r\n"),
            format!("\u{feff}{line}\n"),
            // A first line that is broken, in whatever way.
            format!("broken\n{line}\n"),
            format!("{{\"app_id\":\n{line}\n"),
            format!("[\n{line}\n"),
            format!("{}\n{line}\n", &line[line.len() - 7..]),
        ] {
            assert_eq!(of(&dump), expected, "{dump}");
        }
    }
}

#[test]
fn a_record_in_base64_is_one_of_any_length() {
    // The first character stands for the first six bits, whatever follows.
    for contexts in [vec![], vec![run_model()], vec![invocation(), run_model()]] {
        let line = STANDARD.encode(collected(&contexts));
        assert_eq!(of(&line), Some((Format::CollectorPayload, Framing::Lines)), "{line}");
    }
    let other = STANDARD.encode(b"\x0b\0\x01no payload");
    assert_eq!(of(&other), None);
}

fn varint(length: usize) -> Vec<u8> {
    [vec![(length & 127) as u8 | 128], vec![(length >> 7) as u8]].concat()
}

#[test]
fn batches_are_told_from_a_batch() {
    let framed = [varint(vector().len()), vector()].concat();
    let delimited = Some((Format::Vortex, Framing::LengthDelimited));
    assert_eq!(of(vector()), Some((Format::Vortex, Framing::Whole)));
    assert_eq!(of(vector().repeat(3)), Some((Format::Vortex, Framing::Whole)));
    assert_eq!(of(&framed), delimited);
    assert_eq!(of(framed.repeat(3)), delimited);
    // After a batch without messages, and after one that is broken.
    assert_eq!(of([b"\0\0", &framed[..]].concat()), delimited);
    assert_eq!(of([b"\x03\xff\xff\xff", &framed[..]].concat()), delimited);
    // What follows the first may not be there yet.
    assert_eq!(of([&framed[..], &framed[..20]].concat()), delimited);
    assert_eq!(of(&framed[..20]), None);
}

/// A block of elephant-bird's with these records.
fn block(records: &[&[u8]]) -> Vec<u8> {
    let blobs = records.iter().flat_map(|record| [vec![0x1a], varint(record.len()), record.to_vec()].concat());
    let message: Vec<u8> = b"\x08\x01".iter().copied().chain(blobs).collect();
    let marker = b"\x29\xd8\xd5\x06\x58\xcd\x4c\x29\xb2\xbc\x57\x99\x21\x71\xbd\xff";
    let length = u32::try_from(message.len()).expect("short").to_le_bytes();
    [&marker[..], &length, &message].concat()
}

#[test]
fn collector_payloads_are_told_in_every_framing() {
    let record = collected(&[invocation()]);
    let prefixed = [&u32::try_from(record.len()).expect("short").to_be_bytes()[..], &record].concat();
    let broken = [&7_u32.to_be_bytes()[..], b"garbage"].concat();
    let get = collected_get(&[invocation()]);
    let prefixed_get = [&u32::try_from(get.len()).expect("short").to_be_bytes()[..], &get].concat();
    for (dump, framing) in [
        (record.clone(), Framing::Whole),
        (prefixed.clone(), Framing::LengthPrefixed),
        (prefixed.repeat(2), Framing::LengthPrefixed),
        ([&broken[..], &prefixed].concat(), Framing::LengthPrefixed),
        // What stands between two line feeds of a payload in binary may look like a request.
        (get.clone(), Framing::Whole),
        (prefixed_get.clone(), Framing::LengthPrefixed),
        ([&broken[..], &prefixed_get].concat(), Framing::LengthPrefixed),
        (block(&[&get]), Framing::ElephantBird),
        ([&prefixed[..], &prefixed[..20]].concat(), Framing::LengthPrefixed),
        (block(&[&record, &record]), Framing::ElephantBird),
        ([&[0; 5], &block(&[b"garbage"])[..], &block(&[&record])].concat(), Framing::ElephantBird),
    ] {
        assert_eq!(of(&dump), Some((Format::CollectorPayload, framing)));
        let frames = framing.frames(&dump, 0, usize::MAX).filter_map(Result::ok);
        let read = frames.filter(|frame| decode(Format::CollectorPayload, frame.bytes) == [event("invocation")]);
        assert!(read.count() > 0, "{framing:?}");
    }
}

#[test]
fn what_has_no_form_has_no_format() {
    let nothing: [&[u8]; 14] = [
        b"",
        b"hello\nworld\n",
        b"\x28\xff\xff",
        b"null\n",
        b"\x00\x00\x00",
        b"{}",
        b"[{}]",
        b"[\n1,\n2\n]",
        b"{\"app_id\":\"x\"}",
        b"{\"schema\":\"iglu:com.acme/x/jsonschema/1-0-0\",\"data\":{}}",
        b"a=1&b=2",
        b"/index.html?a=1",
        b"GET / HTTP/1.1",
        b"\xef\xbb\xbf",
    ];
    for dump in nothing {
        assert_eq!(of(dump), None, "{:?}", String::from_utf8_lossy(dump));
    }
    assert_eq!(of("\t".repeat(129)), None);
    assert_eq!(of("\t".repeat(131)), None);
}

#[test]
fn a_dump_may_say_that_it_is_empty() {
    for empty in ["", "[]", "[]\n", " [ \r\n\t]\n", "\n\n", "[]\n[]\n", "\u{feff}", "\u{feff}[]\r\n"] {
        assert!(is_empty(empty.as_bytes()), "{empty:?}");
        assert_eq!(of(empty), None, "{empty:?}");
        assert_eq!(Framing::JsonArray.frames(empty.trim_start_matches('\u{feff}').as_bytes(), 0, 99).next(), None);
    }
    for other in ["[", "]", "][", "[[]]", "[],", "[{}]", "{}", "[] x", "0", "null", "\0", "[\u{feff}]"] {
        assert!(!is_empty(other.as_bytes()), "{other:?}");
    }
}

#[test]
fn a_format_that_is_forced_is_cut_as_its_dump_is_laid_out() {
    for (format, object) in objects() {
        assert_eq!(framing_of(format, object.to_string().as_bytes()), Framing::Lines);
        assert_eq!(framing_of(format, json!([object]).to_string().as_bytes()), Framing::JsonArray);
        assert_eq!(framing_of(format, pretty(&object).as_bytes()), Framing::JsonArray);
    }
    let record = collected(&[invocation()]);
    let base64 = STANDARD.encode(&record);
    for (format, dump, framing) in [
        (Format::Vortex, vector(), Framing::Whole),
        (Format::CollectorPayload, record.clone(), Framing::Whole),
        (Format::CollectorPayload, block(&[&record]), Framing::ElephantBird),
        (Format::CollectorPayload, base64.into_bytes(), Framing::Lines),
        (Format::EnrichedTsv, tsv(&[]).into_bytes(), Framing::Lines),
        // Dumps of something else, or of nothing that is known.
        (Format::Vortex, b"hello".to_vec(), Framing::LengthDelimited),
        (Format::Vortex, b"[{}]".to_vec(), Framing::LengthDelimited),
        (Format::CollectorPayload, b"hello".to_vec(), Framing::Lines),
        (Format::CollectorPayload, b"\0\0\0\x01\xff".to_vec(), Framing::LengthPrefixed),
        (Format::EnrichedTsv, b"[{}]".to_vec(), Framing::Lines),
        (Format::EnrichedTsv, json!([sdk(&[])]).to_string().into_bytes(), Framing::Lines),
        (Format::EnrichedJson, vector(), Framing::Lines),
        (Format::TrackerPayload, b"hello".to_vec(), Framing::Lines),
        (Format::TrackerPayload, b"[10/Oct/2026:13:55:36 +0000] x".to_vec(), Framing::Lines),
    ] {
        assert_eq!(framing_of(format, &dump), framing, "{format:?}: {dump:?}");
    }
    for format in [Format::EnrichedJson, Format::TrackerPayload, Format::FailedEvents, Format::VortexDev] {
        for (dump, framing) in [
            (" [ {}\n]", Framing::JsonArray),
            ("[]\n", Framing::JsonArray),
            ("\u{feff}[{}]", Framing::JsonArray),
            ("[\n", Framing::Lines),
            ("{}\n{}", Framing::Lines),
            ("", Framing::Lines),
        ] {
            assert_eq!(framing_of(format, dump.as_bytes()), framing, "{format:?}: {dump:?}");
        }
    }
}
