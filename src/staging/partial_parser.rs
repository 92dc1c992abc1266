//! `partial_parser_events`

use super::column::{ClosedList, Derived, Flag};
use super::table::table;
use crate::event::{FullReparseReason, PartialParser};

table! {
    /// One project parsed from the start instead of in part (dbt 0.20 and later 1.x)
    PartialParserEvents = "partial_parser_events" of PartialParser, |event| {
        /// Why it was parsed from the start
        #[from(dbt1 = "partial_parser.full_reparse_reason", dbt2 = none)]
        full_reparse_reason: ClosedList<FullReparseReason> = event.full_reparse_reason;
        /// Whether the partial parser raised: whether an exception is stated, of which nothing is kept
        #[from(dbt1 = "partial_parser.exception, partial_parser.traceback", dbt2 = none)]
        raised: Derived<Flag> = Some(event.raised);
    }
}
