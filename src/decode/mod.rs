//! From one record's bytes to events.
//!
//! There is one file for each format, and in it one function of bytes. What it finds is told to a
//! [`Sink`], one [`Verdict`] for each event that the record holds, or for the record as a whole where
//! it cannot be read.

mod com_dbt;
mod contexts;
mod data;
mod detect;
mod enriched_json;
mod enriched_tsv;
mod fusion;
mod protobuf;
mod refusal;
#[cfg(test)]
mod tests;
mod text;
mod tracker_payload;
mod vortex;

pub use detect::{Detected, detect};
pub use refusal::{Reason, Refusal, Stage};

use crate::event::Event;
use crate::privacy::Pseudonymizer;

/// How a dump's bytes are cut into records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One record a line.
    Lines,
    /// Each record is preceded by its length as a varint.
    LengthDelimited,
}

/// The form of a dump's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Snowplow enriched events, 131 columns separated by tabs.
    EnrichedTsv,
    /// Snowplow enriched events as the Analytics SDKs write them, one JSON object a line.
    EnrichedJson,
    /// Tracker POST bodies (`payload_data`), one a line.
    TrackerPayload,
    /// Vortex batches, length-delimited.
    Vortex,
}

impl Format {
    /// Every format that can be read.
    pub const ALL: [Self; 4] = [Self::EnrichedTsv, Self::EnrichedJson, Self::TrackerPayload, Self::Vortex];

    /// The name on the command line and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnrichedTsv => "enriched-tsv",
            Self::EnrichedJson => "enriched-json",
            Self::TrackerPayload => "tracker-payload",
            Self::Vortex => "vortex",
        }
    }

    /// The format of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// How its records are cut.
    pub fn framing(self) -> Framing {
        match self {
            Self::EnrichedTsv | Self::EnrichedJson | Self::TrackerPayload => Framing::Lines,
            Self::Vortex => Framing::LengthDelimited,
        }
    }
}

/// What became of one event of a record, or of a record that cannot be read.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one lives on the stack at a time")]
pub enum Verdict<'a> {
    /// An event of dbt.
    Event(Event<'a>),
    /// Refused, with its reason.
    Refused(Refusal),
    /// Another application's event.
    Foreign,
    /// dbt's, but of a kind of which nothing may be kept.
    Filtered,
}

/// Takes the verdicts on one record: the number of the event in the record, from 0, and the verdict.
pub trait Sink {
    /// Takes one verdict.
    fn take(&mut self, item: u32, verdict: Verdict<'_>);
}

impl<F: FnMut(u32, Verdict<'_>)> Sink for F {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        self(item, verdict);
    }
}

/// Decodes records; keeps buffers from one record to the next.
pub struct Decoder<'k> {
    pseudonymizer: &'k Pseudonymizer,
    contexts: Vec<u8>,
}

impl<'k> Decoder<'k> {
    /// A decoder that makes pseudonyms with these keys.
    pub fn new(pseudonymizer: &'k Pseudonymizer) -> Self {
        Self { pseudonymizer, contexts: Vec::new() }
    }

    /// Decodes one record.
    pub fn decode(&mut self, format: Format, record: &[u8], sink: &mut impl Sink) {
        match format {
            Format::EnrichedTsv => enriched_tsv::decode(record, self.pseudonymizer, sink),
            Format::EnrichedJson => enriched_json::decode(record, self.pseudonymizer, sink),
            Format::TrackerPayload => tracker_payload::decode(record, self.pseudonymizer, &mut self.contexts, sink),
            Format::Vortex => vortex::decode(record, self.pseudonymizer, sink),
        }
    }
}
