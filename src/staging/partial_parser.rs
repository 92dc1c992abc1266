//! `partial_parser_events`

use super::table::{table, word};
use crate::event::PartialParser;

table! {
    /// One project parsed from the start instead of in part (dbt 0.20 and later 1.x)
    PartialParserEvents = "partial_parser_events" of PartialParser, |event| {
        full_reparse_reason: Text = word(event.full_reparse_reason), "Why";
        raised: Flag = Some(event.raised), "Whether the partial parser raised";
    }
}
