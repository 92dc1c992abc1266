//! No bytes make a panic, and every record gets a verdict, however it is broken.

use std::slice;

use serde_json::{Value, json};

use super::examples::all;
use super::{Found, decode, decode_within};
use crate::decode::{FailureFamily, Limits, Reason};

/// The places of everything inside of a value, as JSON pointers; what is inside of texts excepted.
fn places(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    inside
        .into_iter()
        .flat_map(|(key, value)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            let deeper = places(value).into_iter().map(|place| format!("/{key}{place}")).collect::<Vec<_>>();
            [vec![format!("/{key}")], deeper].concat()
        })
        .collect()
}

fn remove(value: &mut Value, place: &str) {
    let (parent, key) = place.rsplit_once('/').expect("a pointer");
    match value.pointer_mut(parent) {
        Some(Value::Object(object)) => drop(object.remove(key)),
        Some(Value::Array(list)) => drop(list.remove(key.parse().expect("a number"))),
        _ => panic!("no place {place}"),
    }
}

/// What stands at a place instead of what was there.
fn instead(value: &Value) -> Vec<Value> {
    let mut others = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("{}"),
        json!([]),
        json!({}),
        json!([{}]),
    ];
    if let Some(text) = value.as_str() {
        let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
        others.extend([json!(&text[..half]), json!(format!("{text}\u{0}")), json!([text]), json!({ text: text })]);
    }
    others
}

/// Whether these are the verdicts on a record whose envelope is whole.
fn is_told(found: &[Found]) -> bool {
    !found.is_empty() && !found.iter().any(|found| matches!(found, Found::Refused(_, None)))
}

#[test]
fn every_part_may_be_missing_or_another() {
    for (family, example, found) in all() {
        for place in places(&example) {
            let is_envelope = matches!(&*place, "/schema" | "/line" | "/errors");
            let mut broken = example.clone();
            remove(&mut broken, &place);
            let unread = ["/processor", "/failure", "/headers", "/ipAddress", "/useragent"];
            if unread.iter().any(|part| place.contains(part)) {
                assert_eq!(decode(&broken), slice::from_ref(&found), "{family:?} without {place}");
            }
            assert!(is_envelope || is_told(&decode(&broken)), "{family:?} without {place}");
            for other in instead(example.pointer(&place).expect("a place")) {
                let mut broken = example.clone();
                *broken.pointer_mut(&place).expect("a place") = other.clone();
                let told = decode(&broken);
                assert!(if is_envelope { !told.is_empty() } else { is_told(&told) }, "{family:?}: {other} at {place}");
            }
        }
    }
}

#[test]
fn several_parts_at_once_may_be_another() {
    let examples = all();
    arbtest::arbtest(|random| {
        let (_, example, _) = random.choose(&examples)?;
        let mut broken = example.clone();
        for _ in 0..random.int_in_range(1..=4)? {
            let places = places(&broken);
            if places.is_empty() {
                break;
            }
            let place = random.choose(&places)?;
            let others = instead(broken.pointer(place).expect("a place"));
            *broken.pointer_mut(place).expect("a place") = random.choose(&others)?.clone();
        }
        assert!(!decode(&broken).is_empty());
        Ok(())
    });
}

#[test]
fn no_bytes_make_a_panic() {
    let examples: Vec<String> = all().into_iter().map(|(_, example, _)| example.to_string()).collect();
    arbtest::arbtest(|random| {
        let bytes: Vec<u8> = random.arbitrary()?;
        assert_eq!(decode_within(&bytes, &Limits::default()).len(), 1);
        // Bytes in the middle of a failed event.
        let example = random.choose(&examples)?.as_bytes();
        let at = random.int_in_range(0..=example.len())?;
        let end = random.int_in_range(at..=example.len())?;
        let broken = [&example[..at], &bytes, &example[end..]].concat();
        assert!(!decode_within(&broken, &Limits::default()).is_empty());
        // Any text as a payload.
        let text = String::from_utf8_lossy(&bytes);
        let found = decode(&super::row("generic_error", "1-0-0", json!(text)));
        assert_eq!(found, [Found::Refused(Reason::FailedEvent, Some(FailureFamily::GENERIC))]);
        Ok(())
    });
}
