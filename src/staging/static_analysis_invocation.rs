//! `static_analysis_invocation_events`

use super::table::{table, word};
use crate::event::StaticAnalysisInvocation;

table! {
    /// One statement of how much of a project is analysed statically (dbt 2)
    StaticAnalysisInvocationEvents = "static_analysis_invocation_events" of StaticAnalysisInvocation, |event| {
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the project name";
        max_level: Text = word(event.max_level), "Strictest level in use";
        started_by: Text = word(event.source), "What started the analysis";
        strict_nodes: Integer = Some(event.strict_nodes), "Nodes analysed strictly";
        baseline_nodes: Integer = Some(event.baseline_nodes), "Nodes analysed at the baseline";
        off_nodes: Integer = Some(event.off_nodes), "Nodes not analysed";
    }
}
