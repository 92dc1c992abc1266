//! Snowplow failed events (bad rows), one JSON object a record.
//!
//! ```text
//! {"schema":"iglu:com.snowplowanalytics.snowplow.badrows/schema_violations/jsonschema/2-0-0",
//!  "data":{"processor":{…},"failure":{…},"payload":…}}
//! {"line":"…","errors":[…]}                                  before 2020, the family `legacy`
//! ```
//!
//! The name in the schema is the family; its version does not matter. What failed is read out of the payload and
//! decoded like any other of its form, so that what comes out of a failed event is what the good one would have been:
//!
//! | Families | Payload |
//! |---|---|
//! | `schema_violations`, `enrichment_failures` | one event's parameters in the tracker protocol |
//! | `adapter_failures`, `tracker_protocol_violations` | a request to the collector |
//! | `relay_failure` | an enriched event (`eventStruct`), or a text (`eventRaw`) |
//! | `size_violation` | a text that was cut off: nothing is recovered |
//! | `recovery_error` | a failed event, whose family counts |
//! | `loader_iglu_error`, `loader_runtime_error`, `snowflake_error` | an enriched event as JSON |
//! | `loader_parsing_error`, `event_forwarding_error` | an enriched event as a line of TSV |
//! | `collector_payload_format_violation` | a collector payload in base64 |
//! | `generic_error`, `loader_recovery_error`, `legacy`, and what is not known here | any of these four |
//!
//! The last five rows are told apart by their content and not by their family: an object with the schema of a failed
//! event is one, an object with the columns of an event is that; a text is such an object, a line of 131 columns, or
//! base64 of a collector payload or of another such text. Of a payload that is none of these nothing is recovered, and
//! it is refused with its family.
//!
//! Not read: messages of failures, headers, IP addresses, user agents, cookies. Source: formats.md 4.

mod payload;
mod row;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde_json::value::RawValue;

use self::payload::{Enrichment, Relay, Request};
use self::row::Row;
use super::collector_payload::{self, Endpoint};
use super::refusal::{FailureFamily, Reason};
use super::snowplow::Origin;
use super::text::Text;
use super::tracker_item::{self, Received};
use super::{Reading, Sink, Verdict, base64_text, enriched_json, enriched_tsv};
use crate::event::Timestamp;

/// How many failed events and texts may lie inside of one; of what lies deeper nothing is recovered. Recoveries that
/// failed again make two or three.
const NESTED: usize = 8;

/// Tabs in a line of enriched TSV.
const TABS: usize = 130;

/// Decodes one record; `buffer` holds decoded contexts from one item to the next.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, buffer: &mut Vec<u8>, sink: &mut impl Sink) {
    let row = std::str::from_utf8(record)
        .map_err(|_| Reason::NotUtf8)
        .and_then(|json| Row::read(json, reading.limits)?.ok_or(Reason::NotFailedEvent));
    match row {
        Ok(row) => Recovery { reading, buffer, sink, nested: 0 }.row(&row),
        Err(reason) => sink.take(0, Verdict::Refused(reason.into())),
    }
}

/// Whether a payload was decoded, or why nothing can be recovered of it; no verdict is told then.
type Recovered = Result<(), Reason>;

/// Recovers the events of one record.
struct Recovery<'r, 'k, S> {
    reading: &'r Reading<'k>,
    buffer: &'r mut Vec<u8>,
    sink: &'r mut S,
    /// How many failed events and texts are open around the one that is read.
    nested: usize,
}

impl<S: Sink> Recovery<'_, '_, S> {
    /// Tells what a failed event holds, or that nothing can be recovered of it.
    fn row(&mut self, row: &Row<'_>) {
        let recovered = row.payload.ok_or(Reason::FailedEvent).and_then(|payload| self.payload(row.family, payload));
        if let Err(reason) = recovered {
            self.sink.take(0, Verdict::Refused(Origin::Failed(row.family).refused(reason)));
        }
    }

    fn payload(&mut self, family: FailureFamily, payload: &RawValue) -> Recovered {
        match family {
            FailureFamily::SCHEMA | FailureFamily::ENRICHMENT => self.parameters(family, payload),
            FailureFamily::ADAPTER | FailureFamily::TRACKER_PROTOCOL => self.request(family, payload),
            FailureFamily::RELAY => self.relay(family, payload),
            FailureFamily::SIZE => Err(Reason::FailedEvent),
            _ => self.anything(family, payload),
        }
    }

    /// One event that came as far as enrich.
    fn parameters(&mut self, family: FailureFamily, payload: &RawValue) -> Recovered {
        let payload: Enrichment<'_> = read(payload)?;
        let item = &payload.raw.parameters.0;
        let at = match instant(&payload.raw.timestamp) {
            // Whose event it is comes before what is wrong with it.
            Err(_) if &*item.aid != "dbt" => None,
            at => at?,
        };
        let country = payload.country();
        let received = Received { at, country: &country, origin: Origin::Failed(family) };
        tracker_item::decode(0, item, &received, self.reading, self.buffer, self.sink);
        Ok(())
    }

    /// A request that came as far as the adapters of enrich.
    fn request(&mut self, family: FailureFamily, payload: &RawValue) -> Recovered {
        let payload: Request<'_> = read(payload)?;
        let request = collector_payload::Request {
            endpoint: Endpoint::of(&payload.vendor, &payload.version),
            query: payload.querystring.unwrap_or_default().0,
            body: &payload.body,
            at: instant(&payload.timestamp)?,
        };
        let origin = Origin::Failed(family);
        collector_payload::decode_request(&request, origin, self.reading, self.buffer, self.sink);
        Ok(())
    }

    /// What a forwarder had: the fields of an event, or the event as a text.
    fn relay(&mut self, family: FailureFamily, payload: &RawValue) -> Recovered {
        let payload: Relay<'_> = read(payload)?;
        let fields = payload.event_struct.ok_or(Reason::FailedEvent);
        match (fields.and_then(|fields| self.anything(family, fields)), payload.event_raw) {
            (Err(_), Some(text)) => self.anything(family, text),
            (recovered, _) => recovered,
        }
    }

    /// A payload that is told by its content.
    fn anything(&mut self, family: FailureFamily, payload: &RawValue) -> Recovered {
        match serde_json::from_str::<Text<'_>>(payload.get()) {
            Ok(text) => self.text(family, &text),
            Err(_) => self.object(family, payload.get()),
        }
    }

    /// A failed event or an enriched one.
    fn object(&mut self, family: FailureFamily, json: &str) -> Recovered {
        match Row::read(json, self.reading.limits) {
            Ok(Some(row)) => {
                self.open()?;
                self.row(&row);
            }
            Ok(None) => {
                let event = payload::event(json).ok_or(Reason::FailedEvent)?;
                enriched_json::decode_object(&event, Some(family), self.reading, self.sink);
            }
            Err(Reason::NotJson) => return Err(Reason::FailedEvent),
            Err(reason) => return Err(reason),
        }
        Ok(())
    }

    /// A text: JSON, a line of TSV, or base64.
    fn text(&mut self, family: FailureFamily, text: &str) -> Recovered {
        if text.trim_ascii_start().starts_with('{') {
            return self.object(family, text);
        }
        if memchr::memchr_iter(b'\t', text.as_bytes()).take(TABS + 1).count() == TABS {
            enriched_tsv::decode_line(text, Some(family), self.reading, self.sink);
            return Ok(());
        }
        let mut bytes = Vec::new();
        base64_text::decode(text.trim_ascii(), &mut bytes).map_err(|_| Reason::FailedEvent)?;
        if collector_payload::is_payload(&bytes) {
            let origin = Origin::Failed(family);
            collector_payload::decode_from(&bytes, origin, self.reading, self.buffer, self.sink);
            return Ok(());
        }
        let inner = std::str::from_utf8(&bytes).map_err(|_| Reason::FailedEvent)?;
        self.open()?;
        self.text(family, inner)
    }

    /// Goes one deeper, if that is not too deep.
    fn open(&mut self) -> Recovered {
        if self.nested == NESTED {
            return Err(Reason::FailedEvent);
        }
        self.nested += 1;
        Ok(())
    }
}

/// A payload of its family's form.
fn read<'a, T: Deserialize<'a>>(payload: &'a RawValue) -> Result<T, Reason> {
    serde_json::from_str(payload.get()).map_err(|_| Reason::FailedEvent)
}

/// A time that may be absent.
fn instant(text: &str) -> Result<Option<Timestamp>, Reason> {
    match text {
        "" => Ok(None),
        text => Timestamp::parse(text.as_bytes()).map(Some).ok_or(Reason::BadTimestamp),
    }
}
