//! `experimental_parser_events`

use super::table::table;
use crate::event::ExperimentalParser;

table! {
    /// One sampled comparison of the static parser with the full one (dbt 0.20 and later 1.x)
    ExperimentalParserEvents = "experimental_parser_events" of ExperimentalParser<'r>, |event| {
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the project name";
        status: Text = event.status.map(|s| s.as_str()), "First code of the result";
        statuses: Integer = Some(event.statuses), "Codes in the result";
    }
}
