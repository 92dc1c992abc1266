//! What Snowplow's collector writes for each request, before anything has looked at it: a Thrift struct, or base64
//! text of one.
//!
//! | field | |
//! |---:|---|
//! | 10 | query string: the event of a GET request; its keys win over those of a body |
//! | 50 | when the collector received the request, in milliseconds since 1970 |
//! | 110 | path: `/com.snowplowanalytics.snowplow/tp2`, `/i` and the like |
//! | 130 | body: the events of a POST request ([`super::tracker_payload`]) |
//! | 31337 | `iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0` |
//!
//! No other field is looked at: not the address, the headers, the user agent, the referrer, the host, the cookie.
//! Nor is the content type, by which enrich refuses a request: what is in a body is told by the body.
//!
//! A payload is Thrift on the collector's stream and in its files; enrich 3.7.2 to 5.3 took base64 as well, and failed
//! events hold it so. Which one it is is told by the first byte. Source: formats.md 3.

#[cfg(test)]
mod tests;

use super::refusal::Reason;
use super::snowplow::Origin;
use super::thrift::{self, Fields, Malformed};
use super::tracker_item::{self, Item, Received};
use super::{Reading, Sink, Verdict, base64_text, query_string, tracker_payload};
use crate::event::Timestamp;

/// What the schema of every payload begins with: models and revisions that can be read.
const SCHEMA: &str = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-";

/// Which protocol a request speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// One event, in the query string.
    Tp1,
    /// Events in the body, or one in the query string.
    Tp2,
    /// Another one: a webhook, a redirect.
    Another,
}

impl Endpoint {
    /// The endpoint of a path's two parts. A path that was set up in the collector's configuration is written as the
    /// one that it stands for.
    pub(super) fn of(vendor: &str, version: &str) -> Self {
        match (vendor, version) {
            ("com.snowplowanalytics.snowplow", "tp1") => Self::Tp1,
            ("com.snowplowanalytics.snowplow", "tp2") => Self::Tp2,
            _ => Self::Another,
        }
    }

    /// The endpoint of a path; `None` if the collector writes no request of such a path.
    fn of_path(path: &str) -> Option<Self> {
        let parts = path.strip_prefix('/').unwrap_or(path);
        let parts = parts.strip_suffix('/').unwrap_or(parts);
        match parts.split_once('/') {
            Some((vendor, version)) if !vendor.is_empty() && !version.is_empty() && !version.contains('/') => {
                Some(Self::of(vendor, version))
            }
            _ if path == "/i" || path.starts_with("/i?") || path.starts_with("/ice.png") => Some(Self::Tp1),
            _ => None,
        }
    }
}

/// One request to a collector.
pub(super) struct Request<'a> {
    /// Where it went.
    pub endpoint: Endpoint,
    /// What its query string says.
    pub query: Item<'a>,
    /// Its body; empty if it has none.
    pub body: &'a str,
    /// When the collector received it.
    pub at: Option<Timestamp>,
}

/// Decodes one record; `buffer` holds decoded contexts from one event to the next.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, buffer: &mut Vec<u8>, sink: &mut impl Sink) {
    decode_from(record, Origin::Good, reading, buffer, sink);
}

/// Decodes one payload, Thrift or base64 of it, of a good or failed origin.
pub(super) fn decode_from(
    record: &[u8],
    origin: Origin,
    reading: &Reading<'_>,
    buffer: &mut Vec<u8>,
    sink: &mut impl Sink,
) {
    let mut decoded = Vec::new();
    let request = thrift_of(record, &mut decoded).ok_or(Reason::NotThrift).and_then(|bytes| request(bytes, reading));
    match request {
        Ok(request) => decode_request(&request, origin, reading, buffer, sink),
        Err(reason) => sink.take(0, Verdict::Refused(origin.refused(reason))),
    }
}

/// Decodes one request whose parts are known.
///
/// A request without events (a bot's, a health check's) is foreign: dbt sends none, so nothing is lost with it.
pub(super) fn decode_request(
    request: &Request<'_>,
    origin: Origin,
    reading: &Reading<'_>,
    buffer: &mut Vec<u8>,
    sink: &mut impl Sink,
) {
    let Request { endpoint, query, body, at } = request;
    let received = Received { at: *at, country: "", origin };
    match endpoint {
        Endpoint::Tp2 if !body.is_empty() => {
            tracker_payload::decode_body(body, query, &received, reading, buffer, sink);
        }
        // Without an application id, as when there is no query at all, it is another application's.
        Endpoint::Tp1 | Endpoint::Tp2 => tracker_item::decode(0, query, &received, reading, buffer, sink),
        Endpoint::Another => sink.take(0, Verdict::Foreign),
    }
}

/// Whether these bytes are a whole payload.
pub(super) fn is_payload(record: &[u8]) -> bool {
    record.first().is_some_and(|byte| thrift::is_type(*byte)) && Payload::read(record).is_ok()
}

/// Whether this line is base64 of a payload.
pub(super) fn is_base64(line: &[u8]) -> bool {
    // The six bits of the first character hold all of a type's (2 to 15) but the last two.
    let line = line.trim_ascii();
    let mut decoded = Vec::new();
    matches!(line, [b'A'..=b'D', ..]) && thrift_of(line, &mut decoded).is_some_and(is_payload)
}

/// The Thrift bytes of a record, which may be base64 of them: no type is a printing character.
fn thrift_of<'a>(record: &'a [u8], decoded: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    if record.first().is_some_and(|byte| thrift::is_type(*byte)) {
        return Some(record);
    }
    base64_text::decode(std::str::from_utf8(record).ok()?.trim_ascii(), decoded).ok()
}

/// What is looked at of a payload.
#[derive(Default)]
struct Payload<'a> {
    query: &'a str,
    millis: Option<i64>,
    path: &'a str,
    body: &'a str,
}

impl<'a> Payload<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (mut payload, mut schema) = (Self::default(), "");
        let mut fields = Fields::of(bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                10 => payload.query = value.text()?,
                50 => payload.millis = Some(value.i64()?),
                110 => payload.path = value.text()?,
                130 => payload.body = value.text()?,
                31337 => schema = value.text()?,
                _ => {}
            }
        }
        if schema.starts_with(SCHEMA) { Ok(payload) } else { Err(Malformed) }
    }
}

/// The request of a payload.
fn request<'a>(bytes: &'a [u8], reading: &Reading<'_>) -> Result<Request<'a>, Reason> {
    let payload = Payload::read(bytes).map_err(|Malformed| Reason::NotThrift)?;
    let at = match payload.millis {
        Some(millis) => Some(Timestamp::from_millis(millis).ok_or(Reason::BadTimestamp)?),
        None => None,
    };
    Ok(Request {
        endpoint: Endpoint::of_path(payload.path).ok_or(Reason::NotThrift)?,
        query: query_string::parse(payload.query, reading.limits)?,
        body: payload.body,
        at,
    })
}
