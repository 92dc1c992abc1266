//! `static_analysis_invocation_events`

use super::column::{ClosedList, Pseudonym, SmallCount};
use super::table::table;
use crate::event::ids::ProjectId;
use crate::event::{StaticAnalysisInvocation, StaticAnalysisLevel, StaticAnalysisSource};

table! {
    /// One statement of how much of a project is analysed statically (dbt 2)
    StaticAnalysisInvocationEvents = "static_analysis_invocation_events" of StaticAnalysisInvocation, |event| {
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.project_id")]
        project_id: Pseudonym<ProjectId> = event.project_id;
        /// Strictest level in use
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.max_static_analysis_level")]
        max_level: ClosedList<StaticAnalysisLevel> = event.max_level;
        /// What started the analysis
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.source")]
        started_by: ClosedList<StaticAnalysisSource> = event.source;
        /// Nodes analysed strictly
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.strict_node_count")]
        strict_nodes: SmallCount = Some(event.strict_nodes);
        /// Nodes analysed at the baseline
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.baseline_node_count")]
        baseline_nodes: SmallCount = Some(event.baseline_nodes);
        /// Nodes not analysed
        #[from(dbt1 = none, dbt2 = "StaticAnalysisInvocation.off_node_count")]
        off_nodes: SmallCount = Some(event.off_nodes);
    }
}
