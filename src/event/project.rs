//! What the project is, what it holds, which adapter it uses, how long it takes to load.

use super::ids::{AdapterUniqueId, NodeRunId, ProjectId};
use super::invocation::Adapter;
use super::version::ReleaseVersion;
use super::vocabulary::vocabulary;

/// MD5s of the project names of public templates and tutorials. They hash to the same value everywhere,
/// so a project of one of them is thousands of people's.
const TEMPLATES: [&str; 11] = [
    "06e5b98c2db46f8a72cc4f66410e9b3b", // jaffle_shop
    "faebc42304447d4427374f806679ecb5", // my_new_project
    "3747f21b5908b557e63ac297c0446c6d", // jaffle_shop_duckdb
    "367ccc468b96f894651ad6a7175a29a8", // jaffle_shop_classic
    "7de73b1f0ef0bd19a1ceaad590245319", // jaffle_shop_mesh
    "9493393e990ff8a4b5f88c68f2e23d16", // my_project
    "8e00f1da647a9fd0396f0423a0fe1eda", // my_dbt_project
    "9864d3518b69dd57b80056cf467d0999", // dbt_tutorial
    "0575c8d592fb7b088226750aceec2b4e", // tutorial
    "da47dfd9d223591db0b547e52a86ea4f", // dbt_project
    "5bebf246495c22840e1b2092e0d7562b", // tasty_bytes_dbt_demo
];

/// `project_id` of dbt 1.5 and later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProjectIdEvent {
    /// The project.
    pub project_id: ProjectId,
    /// Whether it has the name of a public template.
    pub is_template_project: bool,
}

impl ProjectIdEvent {
    /// Whether the MD5 that dbt sent is that of a public template's name.
    pub fn is_template(md5: &str) -> bool {
        TEMPLATES.iter().any(|template| template.eq_ignore_ascii_case(md5))
    }
}

/// `adapter_info` of dbt 1.5 and later, `AdapterInfo` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdapterInfo {
    /// The adapter.
    pub adapter: Option<Adapter>,
    /// The account, host or database it connects to.
    pub adapter_unique_id: Option<AdapterUniqueId>,
}

/// The adapter of one node run: part of `run_model` in dbt 1.9 and later, `AdapterInfoV2` of dbt 2.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunAdapterInfo<'a> {
    /// The node run that it tells of (dbt 2).
    pub node_run_id: Option<NodeRunId>,
    /// The adapter.
    pub adapter: Option<Adapter>,
    /// Its version.
    pub adapter_version: Option<ReleaseVersion<'a>>,
    /// The version of the package that all adapters share.
    pub base_adapter_version: Option<ReleaseVersion<'a>>,
}

/// `load_all_timing`: seconds and counts of loading the project once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each field is dbt's of the same name, seconds where it ends in seconds")]
pub struct LoadAllTiming {
    pub project_id: Option<ProjectId>,
    pub path_count: Option<i64>,
    pub parsed_path_count: Option<i64>,
    pub read_files_seconds: Option<f64>,
    pub load_macros_seconds: Option<f64>,
    pub parse_project_seconds: Option<f64>,
    pub patch_sources_seconds: Option<f64>,
    pub process_manifest_seconds: Option<f64>,
    pub load_all_seconds: Option<f64>,
    pub is_partial_parse_enabled: Option<bool>,
    pub is_static_analysis_enabled: Option<bool>,
    pub static_analysis_path_count: Option<i64>,
    pub static_analysis_parsed_path_count: Option<i64>,
}

/// `resource_counts`: how many of each kind the project holds. Absent: this release does not report the kind.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each field is the resource kind of the same name")]
pub struct ResourceCounts {
    pub models: Option<i64>,
    /// `tests` up to 1.7, `data_tests` from 1.8.
    pub data_tests: Option<i64>,
    pub unit_tests: Option<i64>,
    pub snapshots: Option<i64>,
    pub analyses: Option<i64>,
    pub macros: Option<i64>,
    pub operations: Option<i64>,
    pub seeds: Option<i64>,
    pub sources: Option<i64>,
    pub exposures: Option<i64>,
    pub metrics: Option<i64>,
    pub groups: Option<i64>,
    pub semantic_models: Option<i64>,
    pub saved_queries: Option<i64>,
    pub catalogs: Option<i64>,
}

/// `runnable`: one of the two is set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Runnable {
    /// Seconds to compile the graph.
    pub graph_compilation_seconds: Option<f64>,
    /// Seconds to fill the adapter's cache of relations.
    pub adapter_cache_construction_seconds: Option<f64>,
}

vocabulary! {
    /// How strictly a project is analysed.
    StaticAnalysisLevel { "strict", "baseline", "off" }
}

vocabulary! {
    /// What started the analysis.
    StaticAnalysisSource { "cli", "lsp" } else "other"
}

/// `StaticAnalysisInvocation` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "each field is dbt's of the same name")]
pub struct StaticAnalysisInvocation {
    pub project_id: Option<ProjectId>,
    pub max_level: Option<StaticAnalysisLevel>,
    pub source: Option<StaticAnalysisSource>,
    pub strict_nodes: i32,
    pub baseline_nodes: i32,
    pub off_nodes: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_template_projects() {
        assert!(ProjectIdEvent::is_template("06e5b98c2db46f8a72cc4f66410e9b3b"));
        assert!(ProjectIdEvent::is_template("06E5B98C2DB46F8A72CC4F66410E9B3B"));
        assert!(!ProjectIdEvent::is_template("098f6bcd4621d373cade4e832627b4f6"));
        assert!(!ProjectIdEvent::is_template("jaffle_shop"));
    }
}
