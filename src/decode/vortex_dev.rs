//! What dbt 2 writes in Vortex' developer mode instead of sending it: one JSON object a line for each event.
//!
//! ```text
//! {"type_url":"/v1.public.events.fusion.Invocation","message":{"command":"run","event_id":"…", …}}
//! ```
//!
//! The message is made into the protobuf that dbt would have sent, as far as that is read ([`Schema`]), and from there
//! goes the way of [`super::vortex`]. Two spellings of it exist: serde's (`snake_case`, enumerations as numbers, null
//! where nothing is) and protobuf-JSON's (`camelCase`, enumerations as names, 64-bit numbers as texts, defaults left
//! out); each value may be spelled either way. Where a field is there twice, the last one counts.
//!
//! There is no wrapper and so no time: when the dump was last changed stands in for the collector's time, and the
//! start of the invocation, which its id says, for when the event happened ([`Times::of_file`]). Source: formats.md 6.5.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::fusion::{Field, Kind, NEW_FIELDS, Schema, Type};
use super::protobuf::Writer;
use super::refusal::{Reason, Refusal};
use super::text::Text;
use super::vortex::{self, Sent};
use super::{Reading, Sink, Verdict};
use crate::event::{Times, Timestamp};

/// One line.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    type_url: Text<'a>,
    message: &'a RawValue,
}

/// Decodes one line.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) {
    if let Err(refusal) = decode_line(record, reading, sink) {
        sink.take(0, Verdict::Refused(refusal));
    }
}

/// Decodes one line; an error is a refusal that is not told yet.
fn decode_line(record: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) -> Result<(), Refusal> {
    let json = std::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
    reading.limits.check_json(json)?;
    let line = read(json).ok_or(Reason::NotJson)?;
    let kind = Kind::of_url(&line.type_url).ok_or(Reason::NotJson)?;
    let (mut event, mut new_fields) = (Writer::default(), Vec::new());
    if let Kind::Known(schema) = kind {
        let message = MessageWriter { schema, event: &mut event, new_fields: &mut new_fields };
        serde_json::Deserializer::from_str(line.message.get())
            .deserialize_map(message)
            .map_err(|_| Refusal::of_schema(Reason::BadData, schema.name))?;
    }
    let sent = Sent { kind, event: &event.finish(), wrapper_id: "", new_fields };
    let times = |invocation_id: &str| {
        let started = Timestamp::from_uuid_v7(invocation_id);
        Ok(Times::of_file(started, reading.file_time).ok_or(Reason::BadTimestamp)?)
    };
    vortex::tell(0, &sent, times, reading, sink)
}

/// The parts of a line.
fn read(json: &str) -> Option<Line<'_>> {
    // serde takes an array for the values of a struct.
    if !json.trim_ascii_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(json).ok()
}

/// Writes the fields of a message that are read.
struct MessageWriter<'o> {
    schema: &'static Schema,
    event: &'o mut Writer,
    new_fields: &'o mut Vec<String>,
}

impl<'de> Visitor<'de> for MessageWriter<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let name = field_name(&key);
            match self.schema.field(&name) {
                Some(Field { number, read_as: Some(field_type), .. }) => {
                    map.next_value_seed(FieldWriter { number: *number, field_type: *field_type, event: self.event })?;
                    continue;
                }
                Some(_) => {}
                None if self.new_fields.len() < NEW_FIELDS && !self.new_fields.iter().any(|new| *new == name) => {
                    self.new_fields.push(name.into_owned());
                }
                None => {}
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The name of a field in `snake_case`, from either spelling; `(other)` for a text that could be anything else.
fn field_name(key: &str) -> Cow<'_, str> {
    let proper = (1..=64).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !proper {
        return Cow::Borrowed("(other)");
    }
    if !key.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Borrowed(key);
    }
    let mut name = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    Cow::Owned(name)
}

/// Writes one value as a field of a type; null is no field.
struct FieldWriter<'o> {
    number: u32,
    field_type: Type,
    event: &'o mut Writer,
}

impl<'de> DeserializeSeed<'de> for FieldWriter<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for FieldWriter<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of the field's type")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.field_type {
            Type::Text => self.event.bytes(self.number, text.as_bytes()),
            Type::Enumeration(names) => match text.parse() {
                Ok(number) => self.event.int32(self.number, number),
                Err(_) => self.event.int32(self.number, names.number(text)),
            },
            Type::Int32 => self.event.int32(self.number, text.parse().map_err(|_| misfit())?),
            Type::Double => self.event.double(self.number, text.parse().map_err(|_| misfit())?),
            Type::Flag => return Err(misfit()),
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        match self.field_type {
            Type::Flag => self.event.flag(self.number, flag),
            _ => return Err(misfit()),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        match self.field_type {
            Type::Int32 | Type::Enumeration(_) => {
                self.event.int32(self.number, i32::try_from(number).map_err(|_| misfit())?);
            }
            #[allow(clippy::cast_precision_loss, reason = "a double that was written without its fraction")]
            Type::Double => self.event.double(self.number, number as f64),
            Type::Text | Type::Flag => return Err(misfit()),
        }
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_i64(i64::try_from(number).map_err(|_| misfit())?)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        match self.field_type {
            Type::Double => self.event.double(self.number, number),
            _ => return Err(misfit()),
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        // What serde writes for a number that JSON does not have.
        if let Type::Double = self.field_type {
            self.event.double(self.number, f64::NAN);
        }
        Ok(())
    }
}

/// A value of another type than its field's.
fn misfit<E: Error>() -> E {
    E::custom("a value of another type")
}

#[cfg(test)]
mod tests;
