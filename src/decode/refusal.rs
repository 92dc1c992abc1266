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
    Truncated, Decompress, "truncated", "the compressed file ends early; what comes before was read";
    Corrupt, Decompress, "corrupt", "the compressed file is damaged; what comes before was read";
    TrailingBytes, Decompress, "trailing_bytes", "bytes after the end of the compressed data";
    TooLarge, Decompress, "too_large", "the file decompresses to more than the limit; what comes before was read";
    TooDense, Decompress, "too_dense", "more comes out of a byte of the compressed file than the limit allows; what comes before was read";
    FrameTooLong, Frame, "frame_too_long", "a record longer than the limit";
    FrameCutOff, Frame, "frame_cut_off", "the last frame is longer than what is left of the file";
    FrameLength, Frame, "frame_length", "no valid length where a frame should start; the rest of the file cannot be read";
    FrameGarbage, Frame, "frame_garbage", "bytes between frames that belong to none";
    TooDeep, Decode, "too_deep", "JSON that is nested deeper than the limit";
    StringTooLong, Decode, "string_too_long", "a string longer than the limit";
    TooManyEvents, Decode, "too_many_events", "more events in one payload than the limit; those before were read";
    TooManyDays, Decode, "too_many_days", "an event on another day than those before it in the dump, which are as many as the limit allows";
    NotUtf8, Decode, "not_utf8", "not UTF-8";
    FieldCount, Decode, "field_count", "not 131 columns separated by tabs";
    NotJson, Decode, "not_json", "not the JSON that the format asks for";
    NotPayloadData, Decode, "not_payload_data", "not a tracker payload (payload_data)";
    NotQueryString, Decode, "not_query_string", "not a request to a collector, nor a line of an access log with one";
    NotThrift, Decode, "not_thrift", "not a collector payload (Thrift)";
    NotFailedEvent, Decode, "not_failed_event", "not a failed event (bad row)";
    NotProtobuf, Decode, "not_protobuf", "not the protobuf message that the format asks for";
    NotBase64, Decode, "not_base64", "contexts that are not base64";
    NotContexts, Decode, "not_contexts", "contexts that are not self-describing JSON";
    NoDbtContext, Decode, "no_dbt_context", "an event of dbt without a dbt context";
    UnknownSchema, Decode, "unknown_schema", "a dbt schema that this version does not know";
    BadData, Decode, "bad_data", "data that do not fit their schema";
    FailedEvent, Decode, "failed_event", "a failed event of which no event can be recovered";
    BadEventId, Decode, "bad_event_id", "an event id that is missing or not a UUID";
    BadTimestamp, Decode, "bad_timestamp", "a time that is missing, not a time, or outside the years 1 to 9999";
    NoInvocationId, Decode, "no_invocation_id", "an event that does not say which invocation it belongs to";
}

/// Which part of a Snowplow pipeline failed an event: the name of its bad row's schema. Source: formats.md 4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureFamily(&'static str);

macro_rules! families {
    ($($constant:ident = $name:literal, $meaning:literal;)+) => {
        impl FailureFamily {
            /// Every family.
            pub const ALL: &'static [Self] = &[$(Self::$constant),+];
            $(#[doc = $meaning] pub const $constant: Self = Self($name);)+
        }
    };
}

families! {
    SIZE = "size_violation", "Too large for the collector's stream; truncated.";
    COLLECTOR_PAYLOAD_FORMAT = "collector_payload_format_violation", "Not a collector payload.";
    ADAPTER = "adapter_failures", "A request that no adapter of enrich could read.";
    TRACKER_PROTOCOL = "tracker_protocol_violations", "A request that is not of the tracker protocol.";
    SCHEMA = "schema_violations", "A context or event that does not fit its schema, or whose schema is not registered.";
    ENRICHMENT = "enrichment_failures", "An enrichment failed.";
    LOADER_PARSING = "loader_parsing_error", "A loader could not read the enriched event.";
    LOADER_IGLU = "loader_iglu_error", "A loader could not look a schema up.";
    LOADER_RUNTIME = "loader_runtime_error", "A loader failed.";
    LOADER_RECOVERY = "loader_recovery_error", "A loader could not recover an event.";
    RECOVERY = "recovery_error", "A recovery job failed.";
    RELAY = "relay_failure", "A forwarder failed.";
    GENERIC = "generic_error", "Anything else.";
    SNOWFLAKE = "snowflake_error", "The Snowflake loader failed.";
    EVENT_FORWARDING = "event_forwarding_error", "An event forwarder failed.";
    INCOMPLETE = "incomplete", "Written as an enriched event, with the mark of its failure (enrich 5 and later).";
    LEGACY = "legacy", "A bad row from before 2020, without a family.";
    UNKNOWN = "unknown", "A family that is not known here.";
}

impl FailureFamily {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The family of a bad row's schema name; `UNKNOWN` for another one.
    pub fn of_name(name: &str) -> Self {
        Self::ALL.iter().copied().find(|family| family.0 == name).unwrap_or(Self::UNKNOWN)
    }
}

/// One refusal: its reason, and what it is about where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// dbt's name for the schema, `run_model`; never anything that could be free text.
    pub schema: Option<String>,
    /// The family of the failed event that it was read from.
    pub family: Option<FailureFamily>,
}

impl Refusal {
    /// A refusal that is about a schema.
    pub(super) fn of_schema(reason: Reason, schema: impl Into<String>) -> Self {
        Self { reason, schema: Some(schema.into()), family: None }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, schema: None, family: None }
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
