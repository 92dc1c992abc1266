//! Tracker POST bodies: `payload_data`, one request a line.
//!
//! ```text
//! {"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
//!  "data":[{"e":"se","aid":"dbt","eid":"…","dtm":"1709287257003","stm":"1709287259000","cx":"…"}, …]}
//! ```
//!
//! Every item is an event. Contexts are url-safe base64 (`cx`) or plain (`co`); the standard alphabet,
//! missing padding and `+` that arrived as a space are taken too. There is no collector time: the
//! device's `stm` stands in. Not read: IP address, cookies, user agent, page. Source: formats.md 2.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::com_dbt::{self, Columns};
use super::contexts::Contexts;
use super::refusal::{Reason, Refusal};
use super::text::Text;
use super::{Sink, Verdict};
use crate::event::{Times, Timestamp};
use crate::privacy::Pseudonymizer;

/// Url-safe, padded or not, and without complaint about bits that do not matter.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// One request.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Request<'a> {
    schema: Text<'a>,
    data: Vec<Item<'a>>,
}

/// One event of a request: the tracker's keys that are looked at.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Item<'a> {
    aid: Text<'a>,
    eid: Text<'a>,
    uid: Text<'a>,
    dtm: Text<'a>,
    stm: Text<'a>,
    se_la: Text<'a>,
    cx: Text<'a>,
    co: Text<'a>,
}

/// Decodes one line; `buffer` holds decoded contexts from one item to the next.
pub(super) fn decode(record: &[u8], pseudonymizer: &Pseudonymizer, buffer: &mut Vec<u8>, sink: &mut impl Sink) {
    let request = match read(record) {
        Ok(request) => request,
        Err(reason) => return sink.take(0, Verdict::Refused(reason.into())),
    };
    for (number, item) in (0..).zip(&request.data) {
        if &*item.aid != "dbt" {
            sink.take(number, Verdict::Foreign);
            continue;
        }
        let mut contexts = Contexts::default();
        let event = read_item(item, buffer, &mut contexts)
            .and_then(|columns| com_dbt::event(&columns, &contexts, pseudonymizer));
        sink.take(number, event.map_or_else(Verdict::Refused, Verdict::Event));
    }
}

fn read(record: &[u8]) -> Result<Request<'_>, Reason> {
    let line = std::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
    let request: Request<'_> = serde_json::from_str(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => Reason::NotPayloadData,
        _ => Reason::NotJson,
    })?;
    if !request.schema.starts_with("iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-") {
        return Err(Reason::NotPayloadData);
    }
    Ok(request)
}

/// The columns of one item; its contexts go to `contexts`.
fn read_item<'a>(
    item: &'a Item<'a>,
    buffer: &'a mut Vec<u8>,
    contexts: &mut Contexts<'a>,
) -> Result<Columns<'a>, Refusal> {
    let times = Times::derive(millis(&item.dtm)?, millis(&item.stm)?, None).ok_or(Reason::BadTimestamp)?;
    let json = match (&*item.co, &*item.cx) {
        ("", "") => return Err(Reason::NoDbtContext.into()),
        ("", encoded) => {
            buffer.clear();
            decode_base64(encoded, buffer)?;
            std::str::from_utf8(buffer).map_err(|_| Reason::NotUtf8)?
        }
        (plain, _) => plain,
    };
    contexts.parse(json).map_err(|_| contexts.refusal(Reason::NotContexts))?;
    // The item has no country: only the collector's lookup does.
    Ok(Columns { event_id: &item.eid, user_id: &item.uid, label: &item.se_la, country: "", times })
}

/// Milliseconds since 1970 as decimal text; absent if empty.
fn millis(text: &str) -> Result<Option<Timestamp>, Reason> {
    match text {
        "" => Ok(None),
        text => text.parse().ok().and_then(Timestamp::from_millis).map(Some).ok_or(Reason::BadTimestamp),
    }
}

fn decode_base64(encoded: &str, buffer: &mut Vec<u8>) -> Result<(), Reason> {
    if BASE64.decode_vec(encoded, buffer).is_ok() {
        return Ok(());
    }
    // The other alphabet, or a plus sign that a query string made a space: rare, so tried second.
    buffer.clear();
    let url_safe: String = encoded
        .chars()
        .map(|c| match c {
            '+' | ' ' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    BASE64.decode_vec(url_safe, buffer).map_err(|_| Reason::NotBase64)
}
