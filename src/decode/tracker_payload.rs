//! Tracker requests: POST bodies (`payload_data`), or what a GET request says in its query string
//! ([`super::query_string`]), one request a record.
//!
//! ```text
//! {"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
//!  "data":[{"e":"se","aid":"dbt","eid":"…","dtm":"1709287257003","stm":"1709287259000","cx":"…"}, …]}
//! ```
//!
//! Every item is an event ([`super::tracker_item`]); a body without one is no payload, as enrich has it too. Source:
//! formats.md 2.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::plain::{Cursor, Plain as _};
use super::refusal::Reason;
use super::text::Text;
use super::tracker_item::{self, Item, Received};
use super::{Reading, Sink, Verdict, query_string};

/// Decodes one record; `buffer` holds decoded contexts from one item to the next.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, buffer: &mut Vec<u8>, sink: &mut impl Sink) {
    let text = match std::str::from_utf8(record) {
        Ok(text) => text,
        Err(_) => return sink.take(0, Verdict::Refused(Reason::NotUtf8.into())),
    };
    if is_json(text) {
        decode_body(text, &Item::default(), &Received::NOBODY, reading, buffer, sink);
    } else {
        query_string::decode(text, reading, buffer, sink);
    }
}

/// Whether a record is JSON: an object, or an array of some. The line of a log may begin with a lone bracket, that of a
/// time.
fn is_json(record: &str) -> bool {
    let record = record.trim_ascii_start();
    record.strip_prefix('[').map_or(record, str::trim_ascii_start).starts_with('{')
}

/// Decodes a POST body. What the request's query string says holds for every item.
pub(super) fn decode_body(
    body: &str,
    query: &Item<'_>,
    received: &Received<'_>,
    reading: &Reading<'_>,
    buffer: &mut Vec<u8>,
    sink: &mut impl Sink,
) {
    let mut items = match read(body, reading) {
        Ok(items) => items,
        Err(reason) => return sink.take(0, Verdict::Refused(received.origin.refused(reason))),
    };
    for (number, item) in (0..).zip(&mut items) {
        if number as usize == reading.limits.events {
            let refusal = received.origin.refused(Reason::TooManyEvents);
            return sink.take(number, Verdict::Refused(refusal));
        }
        item.overrule(query);
        tracker_item::decode(number, item, received, reading, buffer, sink);
    }
}

/// The items of a body: if they are more than may be decoded, one more than these.
fn read<'a>(body: &'a str, reading: &Reading<'_>) -> Result<Vec<Item<'a>>, Reason> {
    reading.limits.check_json(body)?;
    if let Some(items) = read_plain(body, reading.limits.events) {
        return Ok(items);
    }
    read_any(body, reading.limits.events)
}

/// What the schema of a body begins with.
const PAYLOAD_DATA: &str = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-";

/// The items of a body that is as trackers write it, up to `most` of them; `None`: it is another one.
fn read_plain(body: &str, most: usize) -> Option<Vec<Item<'_>>> {
    let (mut cursor, mut items) = (Cursor::of(body), Vec::new());
    cursor.self_describing(|schema, cursor| {
        if !schema.starts_with(PAYLOAD_DATA) {
            return None;
        }
        cursor.list(|cursor| {
            let mut item = Item::default();
            item.fill(cursor)?;
            items.push(item);
            (items.len() <= most).then_some(())
        })
    })?;
    (cursor.is_at_end() && !items.is_empty()).then_some(items)
}

/// The items of a body, however it is written.
fn read_any(body: &str, most: usize) -> Result<Vec<Item<'_>>, Reason> {
    let mut deserializer = serde_json::Deserializer::from_str(body);
    let request = deserializer
        .deserialize_map(Request { schema: Text::default(), items: Vec::new(), most: most.saturating_add(1) })
        .and_then(|request| deserializer.end().map(|()| request))
        .map_err(|error| if error.is_data() { Reason::NotPayloadData } else { Reason::NotJson })?;
    let named = request.schema.starts_with(PAYLOAD_DATA);
    if named && !request.items.is_empty() { Ok(request.items) } else { Err(Reason::NotPayloadData) }
}

/// Reads one request.
struct Request<'a> {
    schema: Text<'a>,
    items: Vec<Item<'a>>,
    /// How many items are kept.
    most: usize,
}

impl<'de: 'a, 'a> Visitor<'de> for Request<'a> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tracker payload")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "schema" => self.schema = map.next_value()?,
                "data" => self.items = map.next_value_seed(Items { most: self.most })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

/// Reads items, as many as are kept: the smallest takes a hundred times its bytes in memory.
struct Items {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Vec<Item<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Item<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.most {
            match list.next_element()? {
                Some(item) => items.push(item),
                None => return Ok(items),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::plain::alike;

    #[test]
    fn what_is_read_in_one_go_is_what_serde_reads() {
        const PLAIN: [&str; 3] = [
            r#"{"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [{"e": "se", "aid": "dbt", "eid": "3d68d18c-2681-4ccd-aaab-fd1679d9991c", "uid": "5c0f9e37", "dtm": "1709287257003", "stm": "1709287259000", "se_la": "start", "cx": "eyJhIjoxfQ==", "se_va": null, "res": 12}]}"#,
            r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"aid":"dbt","co":"x"},{"aid":"shop","eid":null},{}]}"#,
            r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-0","data":[{"eid":""}]}"#,
        ];
        let pieces = ["\"aid\":\"x\",", "\"cx\": 1,", ",{}", "\"data\":[{}],"];
        let any = |json: &str| read_any(json, 3).ok().map(|items| format!("{items:?}"));
        alike::hold(&PLAIN, &pieces, |json| read_plain(json, 3).map(|items| format!("{items:?}")), any);
        // One more than may be read is told of elsewhere.
        assert!(read_plain(PLAIN[1], 2).is_none() && read_any(PLAIN[1], 2).is_ok_and(|items| items.len() == 3));
    }
}
