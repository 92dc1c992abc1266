//! Vortex: what dbt 2 sends, protobuf.
//!
//! A record is one `VortexMessageBatch`, the body of one request: field 2 holds its messages. Each
//! message wraps one event as a `google.protobuf.Any` (field 1), with the times of making (2), sending
//! (3) and receiving (4), and an id of its own (6). The event's type is the part of the type URL after
//! the last slash. A dump of request bodies has no time of receiving: the device's of sending stands in.
//!
//! Unknown fields are passed over, as proto3 asks; those of an event are noted. Not read: the enrichment (IP address,
//! place, user agent), account contexts, account numbers, error messages. Source: formats.md 6.

use super::fusion::{self, Kind, Schema};
use super::protobuf::{Fields, Malformed};
use super::refusal::{Reason, Refusal};
use super::{Note, Reading, Sink, Unrecognized, Verdict};
use crate::event::ids::{EventId, InvocationId};
use crate::event::{Envelope, Event, Times, Timestamp};

/// Decodes one batch.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) {
    // Looked through before anything is told: a batch that breaks off in the middle is refused whole.
    if messages(record).any(|message| message.is_err()) {
        return sink.take(0, Verdict::Refused(Reason::NotProtobuf.into()));
    }
    for (number, message) in (0..).zip(messages(record).flatten()) {
        if number as usize == reading.limits.events {
            return sink.take(number, Verdict::Refused(Reason::TooManyEvents.into()));
        }
        if let Err(refusal) = decode_message(number, message, reading, sink) {
            sink.take(number, Verdict::Refused(refusal));
        }
    }
}

/// The messages of a batch.
fn messages(batch: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    let mut fields = Fields::of(batch);
    std::iter::from_fn(move || fields.next().transpose()).filter_map(|field| match field {
        Ok((2, value)) => Some(value.bytes()),
        Ok(_) => None,
        Err(malformed) => Some(Err(malformed)),
    })
}

/// Decodes one message; an error is a refusal that is not told yet.
fn decode_message(number: u32, bytes: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) -> Result<(), Refusal> {
    let wrapper = Wrapper::read(bytes, reading)?;
    let kind = Kind::of_url(wrapper.type_url).ok_or(Reason::NotProtobuf)?;
    let sent = Sent { kind, event: wrapper.event, wrapper_id: wrapper.id, new_fields: Vec::new() };
    tell(number, &sent, |_| wrapper.times(), reading, sink)
}

/// A `VortexMessage`, as far as it is read.
#[derive(Default)]
struct Wrapper<'a> {
    type_url: &'a str,
    event: &'a [u8],
    created: Option<&'a [u8]>,
    sent: Option<&'a [u8]>,
    received: Option<&'a [u8]>,
    id: &'a str,
}

impl<'a> Wrapper<'a> {
    fn read(bytes: &'a [u8], reading: &Reading<'_>) -> Result<Self, Refusal> {
        let mut wrapper = Self::default();
        let mut any: &[u8] = &[];
        let mut fields = Fields::of(bytes);
        while let Some((number, value)) = fields.next()? {
            // The event is looked at by its fields: it may be longer than one of these.
            if number == 1 {
                any = value.bytes()?;
                continue;
            }
            value.check(reading.limits)?;
            match number {
                2 => wrapper.created = Some(value.bytes()?),
                3 => wrapper.sent = Some(value.bytes()?),
                4 => wrapper.received = Some(value.bytes()?),
                6 => wrapper.id = value.text()?,
                _ => {}
            }
        }
        let mut fields = Fields::of(any);
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => {
                    value.check(reading.limits)?;
                    wrapper.type_url = value.text()?;
                }
                2 => wrapper.event = value.bytes()?,
                _ => {}
            }
        }
        Ok(wrapper)
    }

    fn times(&self) -> Result<Times, Refusal> {
        let time = |bytes: Option<&[u8]>| bytes.map(timestamp).transpose();
        let times = Times::derive(time(self.created)?, time(self.sent)?, time(self.received)?);
        Ok(times.ok_or(Reason::BadTimestamp)?)
    }
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
    Ok(Timestamp::from_seconds(seconds, nanos).ok_or(Reason::BadTimestamp)?)
}

/// An event as it was sent, out of whatever held it.
pub(super) struct Sent<'a> {
    /// Its kind.
    pub kind: Kind<'a>,
    /// The event, protobuf.
    pub event: &'a [u8],
    /// The id that its wrapper gives it; empty if there is none.
    pub wrapper_id: &'a str,
    /// The names of new fields, where the event was made into protobuf and these are not in it.
    pub new_fields: Vec<String>,
}

/// Tells one event, whose times may depend on its invocation's id; an error is a refusal that is not told yet.
pub(super) fn tell(
    number: u32,
    sent: &Sent<'_>,
    times: impl FnOnce(&str) -> Result<Times, Refusal>,
    reading: &Reading<'_>,
    sink: &mut impl Sink,
) -> Result<(), Refusal> {
    let seen = |times: Result<Times, Refusal>| times.ok().map(|times| times.derived);
    match sent.kind {
        Kind::Known(schema) => return tell_known(number, schema, sent, times, reading, sink),
        Kind::Later(name) => {
            let (kind, schema, seen) = (Unrecognized::Schema, shown(name), seen(times("")));
            sink.note(number, Note::Unrecognized { kind, schema, field: None, seen });
            return Err(Refusal::of_schema(Reason::UnknownSchema, schema));
        }
        Kind::Product(name) => {
            let (kind, schema, seen) = (Unrecognized::Product, shown(name), seen(times("")));
            sink.note(number, Note::Unrecognized { kind, schema, field: None, seen });
            sink.take(number, Verdict::Foreign);
        }
        Kind::Filtered => sink.take(number, Verdict::Filtered),
    }
    Ok(())
}

/// Tells an event of a kind that is known.
fn tell_known(
    number: u32,
    schema: &'static Schema,
    sent: &Sent<'_>,
    times: impl FnOnce(&str) -> Result<Times, Refusal>,
    reading: &Reading<'_>,
    sink: &mut impl Sink,
) -> Result<(), Refusal> {
    let read = schema.read(sent.event, reading.limits)?;
    let times = times(read.invocation_id)?;
    let numbers = read.new_fields.iter().map(u32::to_string);
    for field in sent.new_fields.iter().cloned().chain(numbers) {
        let (kind, field, seen) = (Unrecognized::Field, Some(&*field), Some(times.derived));
        sink.note(number, Note::Unrecognized { kind, schema: schema.name, field, seen });
    }
    let id = [read.event_id, sent.wrapper_id].into_iter().find(|id| !id.is_empty());
    let event_id = match id {
        Some(id) => EventId::new(reading.pseudonymizer, id),
        // Neither id (builds before they existed): a resent message is the same but for when it was sent.
        None => EventId::new(reading.pseudonymizer, &content_id(schema, sent.event, times.device)),
    };
    let event_id = event_id.ok_or(Reason::BadEventId)?;
    let invocation_id = InvocationId::new(reading.pseudonymizer, read.invocation_id);
    // Without one there is nothing that the event could be counted for, but for a kind that names a node run instead.
    if invocation_id.is_none() && schema.field("invocation_id").is_some() {
        return Err(Reason::NoInvocationId.into());
    }
    let payload = fusion::payload(&read.message, reading.pseudonymizer)?;
    let envelope = Envelope { event_id, invocation_id, times };
    sink.take(number, Verdict::Event(Event { envelope, payload }));
    Ok(())
}

/// The name of a message, where it can be nothing else: words of a package, and a last one in camel case.
fn shown(name: &str) -> &str {
    let is_word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let message = name.rsplit('.').next().unwrap_or_default();
    let proper = name.len() <= 128
        && name.split('.').all(is_word)
        && message.starts_with(|c: char| c.is_ascii_uppercase())
        && message.bytes().any(|b| b.is_ascii_lowercase())
        && !message.contains('_');
    if proper { name } else { "(other)" }
}

/// An id for an event that has none: of its content and the time of its making.
fn content_id(schema: &Schema, event: &[u8], created: Option<Timestamp>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(schema.name.as_bytes());
    hasher.update(&[0]);
    hasher.update(event);
    hasher.update(&created.map_or(0, Timestamp::micros).to_le_bytes());
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
pub(super) mod tests;
