//! The contexts of dbt 1's events: their schemas, and the data that each has (formats.md, sections 5.4 to 5.13).

use serde::Serialize;

use crate::demo::ids::{Md5, Uuid};

/// A context: data of a schema.
#[derive(Debug, Serialize)]
pub struct Context<'r> {
    pub(super) schema: &'static str,
    pub(super) data: Data<'r>,
}

/// The data of a schema, keys in dbt's order.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[allow(missing_docs, reason = "they are dbt's names")]
pub(super) enum Data<'r> {
    Invocation(Box<Invocation<'r>>),
    Platform { platform: &'static str, python: &'static str, python_version: &'static str },
    Environment { environment: &'static str },
    Project { project_id: &'r str },
    Adapter { adapter_type: &'static str, adapter_unique_id: Md5 },
    PartialParser { full_reparse_reason: &'static str },
    Load(Box<Load<'r>>),
    Counts(Box<Counts>),
    Compilation { graph_compilation_elapsed: f64 },
    Cache { adapter_cache_construction_elapsed: f64 },
    Package { name: &'static str, source: &'static str, version: &'static str },
    Deprecation { deprecation_name: &'static str },
    Behavior(Box<Behavior<'r>>),
    RunModel(Box<RunModel>),
    Nothing {},
}

#[derive(Debug, Serialize)]
pub(super) struct Invocation<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result_type: Option<Option<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<Option<&'static str>>,
    pub(super) project_id: Option<&'r str>,
    pub(super) user_id: Uuid,
    pub(super) invocation_id: Uuid,
    pub(super) command: &'static str,
    pub(super) options: Option<&'static str>,
    pub(super) version: String,
    pub(super) run_type: &'static str,
    pub(super) adapter_type: Option<&'static str>,
    pub(super) adapter_unique_id: Option<Md5>,
}

#[derive(Debug, Serialize)]
pub(super) struct Load<'r> {
    pub(super) invocation_id: Uuid,
    pub(super) project_id: &'r str,
    pub(super) path_count: u32,
    pub(super) parsed_path_count: u32,
    pub(super) read_files_elapsed: f64,
    pub(super) load_macros_elapsed: f64,
    pub(super) parse_project_elapsed: f64,
    pub(super) patch_sources_elapsed: f64,
    pub(super) process_manifest_elapsed: f64,
    pub(super) load_all_elapsed: f64,
    pub(super) is_partial_parse_enabled: bool,
    pub(super) is_static_analysis_enabled: bool,
    pub(super) static_analysis_path_count: u32,
    pub(super) static_analysis_parsed_path_count: u32,
}

#[derive(Debug, Serialize)]
pub(super) struct Counts {
    pub(super) models: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tests: Option<u32>,
    pub(super) snapshots: u32,
    pub(super) seeds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data_tests: Option<u32>,
    pub(super) sources: u32,
    pub(super) exposures: u32,
    pub(super) metrics: u32,
    pub(super) macros: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) groups: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit_tests: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct Behavior<'r> {
    pub(super) info: Info<'r>,
    pub(super) data: Flag,
}

#[derive(Debug, Serialize)]
pub(super) struct Info<'r> {
    pub(super) name: &'static str,
    pub(super) code: &'static str,
    pub(super) msg: &'static str,
    pub(super) level: &'static str,
    pub(super) invocation_id: &'r str,
}

#[derive(Debug, Serialize)]
pub(super) struct Flag {
    pub(super) flag_name: &'static str,
    pub(super) flag_source: &'static str,
    pub(super) description: &'static str,
    pub(super) docs_url: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct RunModel {
    pub(super) invocation_id: Uuid,
    pub(super) index: usize,
    pub(super) total: usize,
    pub(super) execution_time: f64,
    pub(super) run_status: &'static str,
    pub(super) run_skipped: bool,
    pub(super) run_error: bool,
    pub(super) model_materialization: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model_incremental_strategy: Option<Option<&'static str>>,
    pub(super) model_id: Md5,
    pub(super) hashed_contents: Md5,
    pub(super) timing: [Timing; 2],
    pub(super) language: &'static str,
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub(super) governance: Option<Governance>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) adapter_info: Option<RunAdapter>,
}

#[derive(Debug, Serialize)]
pub(super) struct Governance {
    pub(super) has_group: bool,
    pub(super) contract_enforced: bool,
    pub(super) access: Option<&'static str>,
    pub(super) versioned: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Timing {
    pub(super) name: &'static str,
    pub(super) started_at: String,
    pub(super) completed_at: String,
}

#[derive(Debug, Serialize)]
pub(super) struct RunAdapter {
    pub(super) adapter_name: &'static str,
    pub(super) base_adapter_version: &'static str,
    pub(super) adapter_version: &'static str,
    pub(super) model_adapter_details: NoDetails,
}

#[derive(Debug, Serialize)]
pub(super) struct NoDetails {}

/// The table of the events of a schema, and its URI.
#[derive(Clone, Copy)]
pub(super) struct Schema(pub(super) &'static str, pub(super) &'static str);

pub(super) const INVOCATION: &str = "iglu:com.dbt/invocation/jsonschema/1-0-2";
pub(super) const PLATFORM: &str = "iglu:com.dbt/platform/jsonschema/1-0-0";
pub(super) const ENVIRONMENT: &str = "iglu:com.dbt/invocation_env/jsonschema/1-0-0";
pub(super) const PACKAGE: &str = "iglu:com.dbt/package_install/jsonschema/1-0-0";
pub(super) const PROJECT_ID: Schema = Schema("project_id_events", "iglu:com.dbt/project_id/jsonschema/1-0-1");
pub(super) const ADAPTER_INFO: Schema = Schema("adapter_info_events", "iglu:com.dbt/adapter_info/jsonschema/1-0-1");
pub(super) const PARTIAL_PARSER: Schema =
    Schema("partial_parser_events", "iglu:com.dbt/partial_parser/jsonschema/1-0-1");
pub(super) const DEPRECATION: Schema =
    Schema("deprecation_warn_events", "iglu:com.dbt/deprecation_warn/jsonschema/1-0-0");
pub(super) const BEHAVIOR: Schema =
    Schema("behavior_change_warn_events", "iglu:com.dbt/behavior_change_warn/jsonschema/1-0-0");
pub(super) const LOAD: Schema = Schema("load_all_timing_events", "iglu:com.dbt/load_all_timing/jsonschema/1-0-3");
pub(super) const RUNNABLE: Schema = Schema("runnable_events", "iglu:com.dbt/runnable/jsonschema/1-0-0");
pub(super) const DEPRECATED_VERSION: Schema =
    Schema("deprecated_version_invocation_events", "iglu:com.dbt/deprecated_version_invocation/jsonschema/1-0-0");

pub(super) fn run_model_schema(number: u8) -> Schema {
    let uri = match number {
        12.. => "iglu:com.dbt/run_model/jsonschema/1-1-1",
        9.. => "iglu:com.dbt/run_model/jsonschema/1-1-0",
        5.. => "iglu:com.dbt/run_model/jsonschema/1-0-3",
        _ => "iglu:com.dbt/run_model/jsonschema/1-0-2",
    };
    Schema("run_model_events", uri)
}

pub(super) fn counts_schema(number: u8) -> Schema {
    let uri = match number {
        12.. => "iglu:com.dbt/resource_counts/jsonschema/1-0-2",
        5.. => "iglu:com.dbt/resource_counts/jsonschema/1-0-1",
        _ => "iglu:com.dbt/resource_counts/jsonschema/1-0-0",
    };
    Schema("resource_counts_events", uri)
}
