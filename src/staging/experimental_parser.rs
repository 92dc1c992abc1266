//! `experimental_parser_events`

use super::column::{ClosedList, Derived, Pseudonym, SmallCount};
use super::table::table;
use crate::event::ids::ProjectId;
use crate::event::{ExperimentalParser, ParserStatus};

table! {
    /// One sampled comparison of the static parser with the full one (dbt 0.20 and later 1.x)
    ExperimentalParserEvents = "experimental_parser_events" of ExperimentalParser, |event| {
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = "experimental_parser.project_id", dbt2 = none)]
        project_id: Pseudonym<ProjectId> = event.project_id;
        /// The first code of the result
        #[from(dbt1 = "experimental_parser.status", dbt2 = none)]
        status: ClosedList<ParserStatus> = event.status;
        /// Codes in the result
        #[from(dbt1 = "experimental_parser.status", dbt2 = none)]
        statuses: Derived<SmallCount> = Some(event.statuses);
    }
}
