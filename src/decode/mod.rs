//! From one record's bytes to events.
//!
//! There is one file for each format, and in it one function of bytes. What it finds is told to a
//! [`Sink`], one [`Verdict`] for each event that the record holds, or for the record as a whole where
//! it cannot be read. What an event says beyond what this program knows is told besides, as a [`Note`].
//!
//! ```text
//! enriched_tsv ──────────────────┐
//! enriched_json ─────────────────┤
//! tracker_payload ┐              ├─ snowplow ─ contexts, data ─ com_dbt ─┐
//! query_string ───┼─ tracker_item┘                                       ├─ Event
//! collector_payload                                                      │
//! failed_events: any of the above again                                  │
//! vortex, vortex_dev ──────────────────────────── fusion ────────────────┘
//! ```

mod base64_text;
mod collector_payload;
mod com_dbt;
mod contexts;
mod data;
mod detect;
mod enriched_json;
mod enriched_tsv;
mod entries;
mod failed_events;
mod fusion;
mod incomplete;
mod limits;
mod plain;
pub(crate) mod protobuf;
mod query_string;
mod refusal;
mod rules;
mod snowplow;
mod tabs;
#[cfg(test)]
mod tests;
mod text;
mod thrift;
mod tracker_item;
mod tracker_payload;
mod vortex;
mod vortex_dev;

pub use detect::{Detected, detect, framing_of, is_empty};
pub use limits::Limits;
pub use refusal::{FailureFamily, Reason, Refusal, Stage};
pub use rules::{Rules, RulesError};

use crate::event::{Event, Timestamp};
use crate::privacy::Pseudonymizer;

/// The form of a dump's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Snowplow enriched events, 131 columns separated by tabs.
    EnrichedTsv,
    /// Snowplow enriched events as the Analytics SDKs write them, JSON objects.
    EnrichedJson,
    /// Tracker requests: POST bodies (`payload_data`), GET query strings, access logs with these.
    TrackerPayload,
    /// What the Snowplow collector writes for each request, Thrift.
    CollectorPayload,
    /// Snowplow failed events (bad rows).
    FailedEvents,
    /// Vortex batches, protobuf.
    Vortex,
    /// What dbt 2 writes in Vortex' developer mode, JSON lines.
    VortexDev,
}

impl Format {
    /// Every format that can be read.
    pub const ALL: [Self; 7] = [
        Self::EnrichedTsv,
        Self::EnrichedJson,
        Self::TrackerPayload,
        Self::CollectorPayload,
        Self::FailedEvents,
        Self::Vortex,
        Self::VortexDev,
    ];

    /// The name on the command line and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnrichedTsv => "enriched-tsv",
            Self::EnrichedJson => "enriched-json",
            Self::TrackerPayload => "tracker-payload",
            Self::CollectorPayload => "collector-payload",
            Self::FailedEvents => "failed-events",
            Self::Vortex => "vortex",
            Self::VortexDev => "vortex-dev",
        }
    }

    /// What it is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::EnrichedTsv => "Snowplow enriched events, 131 columns",
            Self::EnrichedJson => "Snowplow enriched events as JSON",
            Self::TrackerPayload => "Tracker requests: POST bodies, GET query strings, access logs",
            Self::CollectorPayload => "What the Snowplow collector writes, Thrift: binary, or base64 lines",
            Self::FailedEvents => "Snowplow failed events (bad rows)",
            Self::Vortex => "Vortex batches, protobuf",
            Self::VortexDev => "What dbt 2 writes in Vortex' developer mode, JSON lines",
        }
    }

    /// The format of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// What became of one event of a record, or of a record that cannot be read.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one lives on the stack at a time")]
pub enum Verdict<'a> {
    /// An event of dbt.
    Event(Event<'a>),
    /// An event of dbt that Snowplow had refused, recovered from what it kept of it.
    Recovered(Event<'a>),
    /// Refused, with its reason.
    Refused(Refusal),
    /// Another application's event.
    Foreign,
    /// dbt's, but of a kind of which nothing may be kept.
    Filtered,
}

/// Something that is said besides the verdict on an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Note<'a> {
    /// The event says something that this program does not know.
    Unrecognized {
        /// What that is.
        kind: Unrecognized,
        /// The schema or message: dbt's name, with `/model` where that is not 1; another product's with its package.
        schema: &'a str,
        /// The field, where the schema is known and the field is not.
        field: Option<&'a str>,
        /// When the event happened.
        seen: Option<Timestamp>,
    },
    /// The event would have been refused but for this rule, by its place in [`Rules`].
    WonBack(usize),
}

/// What is not known of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unrecognized {
    /// A kind of event, or a model of one, of a later dbt.
    Schema,
    /// A field that a later dbt added to a known kind. Named and counted, not kept.
    Field,
    /// An event of another product of dbt's, which is not read here.
    Product,
}

impl Unrecognized {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Field => "field",
            Self::Product => "product",
        }
    }
}

/// Takes what is found in one record. `item` is the number of the event in the record, from 0.
pub trait Sink {
    /// Takes the verdict on an event.
    fn take(&mut self, item: u32, verdict: Verdict<'_>);
    /// Takes a note on an event; it comes before the verdict.
    fn note(&mut self, item: u32, note: Note<'_>);
}

/// What decoding rests on besides the record.
#[derive(Clone, Copy)]
struct Reading<'k> {
    pseudonymizer: &'k Pseudonymizer,
    limits: &'k Limits,
    rules: &'k Rules,
    /// When the dump was last changed: the only time that a form without times has.
    file_time: Option<Timestamp>,
}

/// Decodes records; keeps buffers from one record to the next.
pub struct Decoder<'k> {
    pseudonymizer: &'k Pseudonymizer,
    limits: &'k Limits,
    rules: &'k Rules,
    buffer: Vec<u8>,
}

impl<'k> Decoder<'k> {
    /// A decoder that makes pseudonyms with these keys, holds to these limits, and reads what it would refuse once
    /// more by these rules.
    pub fn new(pseudonymizer: &'k Pseudonymizer, limits: &'k Limits, rules: &'k Rules) -> Self {
        Self { pseudonymizer, limits, rules, buffer: Vec::new() }
    }

    /// Decodes one record of a dump that was last changed at `file_time`.
    pub fn decode(&mut self, format: Format, record: &[u8], file_time: Option<Timestamp>, sink: &mut impl Sink) {
        // What some programs begin a text with; no record of a binary form begins with it.
        let record = match record.strip_prefix(b"\xef\xbb\xbf") {
            // Before an array it is a frame of its own.
            Some([]) => return,
            Some(rest) => rest,
            None => record,
        };
        let Self { pseudonymizer, limits, rules, buffer } = self;
        let reading = Reading { pseudonymizer, limits, rules, file_time };
        match format {
            Format::EnrichedTsv => enriched_tsv::decode(record, &reading, sink),
            Format::EnrichedJson => enriched_json::decode(record, &reading, sink),
            Format::TrackerPayload => tracker_payload::decode(record, &reading, buffer, sink),
            Format::CollectorPayload => collector_payload::decode(record, &reading, buffer, sink),
            Format::FailedEvents => failed_events::decode(record, &reading, buffer, sink),
            Format::Vortex => vortex::decode(record, &reading, sink),
            Format::VortexDev => vortex_dev::decode(record, &reading, sink),
        }
    }
}
