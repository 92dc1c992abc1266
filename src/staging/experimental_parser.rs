//! `experimental_parser_events`

use super::column::{CheckedForm, Derived, Pseudonym, SmallCount};
use super::table::table;
use crate::event::ExperimentalParser;
use crate::event::ids::ProjectId;

table! {
    /// One sampled comparison of the static parser with the full one (dbt 0.20 and later 1.x)
    ExperimentalParserEvents = "experimental_parser_events" of ExperimentalParser<'r>, |event| {
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = "experimental_parser.project_id", dbt2 = none)]
        project_id: Pseudonym<ProjectId> = event.project_id;
        /// The first code of the result: two digits and lower-case words
        #[from(dbt1 = "experimental_parser.status", dbt2 = none)]
        status: CheckedForm = event.status.map(|s| s.as_str());
        /// Codes in the result
        #[from(dbt1 = "experimental_parser.status", dbt2 = none)]
        statuses: Derived<SmallCount> = Some(event.statuses);
    }
}
