//! Why a record, or a part of a dump, is refused.

use std::fmt;

/// Where on its path something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// No format was recognized.
    Detect,
    /// The decompressor stopped.
    Decompress,
    /// A record's bounds could not be found.
    Frame,
    /// A record could not be read.
    Decode,
}

impl Stage {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Decompress => "decompress",
            Self::Frame => "frame",
            Self::Decode => "decode",
        }
    }
}

macro_rules! reasons {
    ($($variant:ident, $stage:ident, $name:literal, $meaning:literal;)+) => {
        /// Why something is refused: a stable name for counting, a sentence for the person who must act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $meaning] $variant,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in tables.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The stage that refuses for this reason.
            pub fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)+ }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

reasons! {
    UnknownFormat, Detect, "unknown_format", "no line or frame of the file has the form of a known format";
    DeveloperMode, Detect, "vortex_developer_mode", "Vortex developer-mode lines: they have no times, and are not read";
    FailedEvents, Detect, "failed_events", "Snowplow failed events (bad rows): not read";
    Truncated, Decompress, "truncated", "the compressed file ends early; what comes before was read";
    Corrupt, Decompress, "corrupt", "the compressed file is damaged; what comes before was read";
    TrailingBytes, Decompress, "trailing_bytes", "bytes after the end of the compressed data";
    TooLarge, Decompress, "too_large", "the file decompresses to more than the limit; what comes before was read";
    FrameTooLong, Frame, "frame_too_long", "a record longer than the limit";
    FrameCutOff, Frame, "frame_cut_off", "the last frame is longer than what is left of the file";
    FrameLength, Frame, "frame_length", "no valid length where a frame should start; the rest of the file cannot be read";
    NotUtf8, Decode, "not_utf8", "not UTF-8";
    FieldCount, Decode, "field_count", "not 131 columns separated by tabs";
    NotJson, Decode, "not_json", "not the JSON that the format asks for";
    NotPayloadData, Decode, "not_payload_data", "not a tracker payload (payload_data)";
    NotProtobuf, Decode, "not_protobuf", "not the protobuf message that the format asks for";
    NotBase64, Decode, "not_base64", "contexts that are not base64";
    NotContexts, Decode, "not_contexts", "contexts that are not self-describing JSON";
    NoDbtContext, Decode, "no_dbt_context", "an event of dbt without a dbt context";
    UnknownSchema, Decode, "unknown_schema", "a dbt schema that this version does not know";
    BadData, Decode, "bad_data", "data that do not fit their schema";
    FailedEvent, Decode, "failed_event", "an event that enrich marked as failed";
    BadEventId, Decode, "bad_event_id", "an event id that is missing or not a UUID";
    BadTimestamp, Decode, "bad_timestamp", "a time that is missing, not a time, or outside the years 1 to 9999";
    NoInvocationId, Decode, "no_invocation_id", "an event that does not say which invocation it belongs to";
}

/// One refusal: its reason, and the schema that it is about where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// dbt's name for the schema, `run_model`; never anything that could be free text.
    pub schema: Option<String>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, schema: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.meaning())?;
        match &self.schema {
            Some(schema) => write!(f, " ({schema})"),
            None => Ok(()),
        }
    }
}
