//! Vortex: what dbt 2 sends, protobuf.
//!
//! A record is one `VortexMessageBatch`, the body of one request: field 2 holds its messages. Each
//! message wraps one event as a `google.protobuf.Any` (field 1), with the times of making (2), sending
//! (3) and receiving (4), and an id of its own (6). The event's type is the part of the type URL after
//! the last slash. A dump of request bodies has no time of receiving: the device's of sending stands in.
//!
//! Unknown fields are passed over, as proto3 asks. Not read: the enrichment (IP address, place, user
//! agent), account contexts, account numbers, error messages. Source: formats.md 6.

use super::fusion::payload;
use super::protobuf::{Fields, Malformed};
use super::refusal::{Reason, Refusal};
use super::{Sink, Verdict};
use crate::event::ids::{EventId, InvocationId};
use crate::event::{Envelope, Event, Times, Timestamp};
use crate::privacy::Pseudonymizer;

/// Decodes one batch.
pub(super) fn decode(record: &[u8], pseudonymizer: &Pseudonymizer, sink: &mut impl Sink) {
    // Looked through before anything is told: a batch that breaks off in the middle is refused whole.
    if each_message(record, |_| ()).is_err() {
        return sink.take(0, Verdict::Refused(Reason::NotProtobuf.into()));
    }
    let mut number = 0;
    let told = each_message(record, |message| {
        sink.take(number, decode_message(message, pseudonymizer).unwrap_or_else(Verdict::Refused));
        number += 1;
    });
    debug_assert_eq!(told, Ok(()));
}

fn each_message<'a>(batch: &'a [u8], mut take: impl FnMut(&'a [u8])) -> Result<(), Malformed> {
    let mut fields = Fields::of(batch);
    while let Some((number, value)) = fields.next()? {
        if number == 2 {
            take(value.bytes()?);
        }
    }
    Ok(())
}

impl From<Malformed> for Refusal {
    fn from(_: Malformed) -> Self {
        Reason::NotProtobuf.into()
    }
}

/// The wrapper of an event.
#[derive(Default)]
struct Message<'a> {
    any: &'a [u8],
    created: Option<Timestamp>,
    sent: Option<Timestamp>,
    received: Option<Timestamp>,
    id: &'a str,
}

fn decode_message<'a>(bytes: &'a [u8], pseudonymizer: &Pseudonymizer) -> Result<Verdict<'a>, Refusal> {
    let mut message = Message::default();
    let mut fields = Fields::of(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => message.any = value.bytes()?,
            2 => message.created = Some(timestamp(value.bytes()?)?),
            3 => message.sent = Some(timestamp(value.bytes()?)?),
            4 => message.received = Some(timestamp(value.bytes()?)?),
            6 => message.id = value.text()?,
            _ => {}
        }
    }
    let (mut type_url, mut value) = ("", &[][..]);
    let mut fields = Fields::of(message.any);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => type_url = field.text()?,
            2 => value = field.bytes()?,
            _ => {}
        }
    }
    let name = type_url.rsplit('/').next().unwrap_or_default();
    let kind = match name.strip_prefix("v1.public.events.fusion.") {
        Some(kind) => kind,
        None if name == "v1.events.fusion.CloudInvocation" => "CloudInvocation",
        // Private packages with account numbers, should it ever be sent: nothing of it may be kept.
        None if name == "v1.public.fields.core_types.ObservabilityMetric" => return Ok(Verdict::Filtered),
        // The docs site, editors and other products use the same service.
        None if name.starts_with("v1.") => return Ok(Verdict::Foreign),
        None => return Err(Reason::NotProtobuf.into()),
    };
    let times = Times::derive(message.created, message.sent, message.received).ok_or(Reason::BadTimestamp)?;
    let own = Own::read(kind, value)?;
    let id = [own.event_id, message.id].into_iter().find(|id| !id.is_empty());
    let event_id = match id {
        Some(id) => EventId::new(pseudonymizer, id),
        // Neither id (builds before they existed): a resent message is the same but for when it was sent.
        None => EventId::new(pseudonymizer, &content_id(message.any, message.created)),
    };
    let invocation_id = InvocationId::new(pseudonymizer, own.invocation_id);
    if invocation_id.is_none() && kind != "AdapterInfoV2" {
        return Err(Reason::NoInvocationId.into());
    }
    let payload = payload(kind, value, pseudonymizer)?;
    let envelope = Envelope { event_id: event_id.ok_or(Reason::BadEventId)?, invocation_id, times };
    Ok(Verdict::Event(Event { envelope, payload }))
}

/// A `google.protobuf.Timestamp`.
fn timestamp(bytes: &[u8]) -> Result<Timestamp, Refusal> {
    let (mut seconds, mut nanos) = (0_i64, 0_i32);
    let mut fields = Fields::of(bytes);
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => seconds = value.number()?.cast_signed(),
            2 => nanos = value.int32()?,
            _ => {}
        }
    }
    Timestamp::from_seconds(seconds, nanos).ok_or_else(|| Reason::BadTimestamp.into())
}

/// An id for a message that has none: of its content and the time of its making.
fn content_id(any: &[u8], created: Option<Timestamp>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(any);
    hasher.update(&created.map_or(0, Timestamp::micros).to_le_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The ids that an event has itself, in the places where its kind has them.
#[derive(Default)]
struct Own<'a> {
    event_id: &'a str,
    invocation_id: &'a str,
}

impl<'a> Own<'a> {
    fn read(kind: &str, event: &'a [u8]) -> Result<Self, Malformed> {
        let (event_id, invocation_id) = match kind {
            "CloudInvocation" => (0, 2),
            "AdapterInfoV2" => (2, 0),
            _ => (2, 3),
        };
        let mut own = Self::default();
        let mut fields = Fields::of(event);
        while let Some((number, value)) = fields.next()? {
            if number == event_id {
                own.event_id = value.text()?;
            } else if number == invocation_id {
                own.invocation_id = value.text()?;
            }
        }
        Ok(own)
    }
}
