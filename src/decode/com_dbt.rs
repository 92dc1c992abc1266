//! From the contexts of one Snowplow event to the event that dbt meant.
//!
//! The context schemas say what kind of event it is, not Snowplow's action: action and schema have
//! different names for five kinds. An event with none but `invocation`, `platform` and
//! `invocation_env` is an invocation event; with any other context it is that one's kind, and
//! `invocation` only says who sent it (`package_install` from 0.17 on).

use md5::{Digest as _, Md5};

use super::contexts::{Contexts, Primary};
use super::data::{InvocationData, PackageInstallData, ResourceCountsData, RunModelData, Scalar};
use super::refusal::{Reason, Refusal};
use crate::event::ids::{
    self, AdapterUniqueId, ContentsId, EventId, InvocationId, NodeId, PackageId, ProjectId, UserId,
};
use crate::event::{
    Access, Adapter, AdapterInfo, ArtifactUpload, BehaviorChangeWarn, BehaviorFlag, CatalogType, Command, Country,
    DbtVersion, Deprecation, DeprecationWarn, Engine, Envelope, Environment, Event, ExperimentalParser,
    FullReparseReason, HintType, HintView, IncrementalStrategy, Invocation, Language, LoadAllTiming, ManageState,
    ManageStateSource, Materialization, NodeTiming, PackageInstall, PackageName, PackageSource, ParserStatus,
    PartialParser, Payload, Platform, PluginGetNodes, PluginName, Progress, ProjectIdEvent, Python, ReleaseVersion,
    ResourceCounts, ResourceType, ResultType, RpcRequest, RpcTask, RunAdapterInfo, RunModel, RunStatus, Runnable,
    SentStatus, TableFormat, Times,
};
use crate::privacy::Pseudonymizer;

/// What a Snowplow event says outside its contexts, as far as dbt needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    /// `event_id`, which must be a UUID.
    pub event_id: &'a str,
    /// `user_id`.
    pub user_id: &'a str,
    /// `se_label`: the invocation id in every event but those of an invocation itself.
    pub label: &'a str,
    /// `geo_country`.
    pub country: &'a str,
    /// When.
    pub times: Times,
}

/// The event, or why there is none.
pub(super) fn event<'a>(
    columns: &Columns<'_>,
    contexts: &'a Contexts<'a>,
    pseudonymizer: &Pseudonymizer,
) -> Result<Event<'a>, Refusal> {
    // An id that is no UUID was not made by a tracker; two such events could be taken for one.
    if !ids::is_uuid(columns.event_id) {
        return Err(Reason::BadEventId.into());
    }
    // A schema that is not known here: a later dbt's, named so that someone can add it.
    if contexts.primary.is_none()
        && let Some(schema) = contexts.unknown_schema()
    {
        return Err(Refusal::of_schema(Reason::UnknownSchema, schema));
    }
    // No context of dbt at all: there is nothing that it could mean.
    if contexts.primary.is_none() && contexts.invocation.is_none() {
        return Err(Reason::NoDbtContext.into());
    }
    let event_id = event_id(columns.event_id, pseudonymizer).ok_or(Reason::BadEventId)?;
    // Without an invocation there is nothing that the event could be counted for.
    let invocation_id =
        InvocationId::new(pseudonymizer, invocation_id(columns, contexts)).ok_or(Reason::NoInvocationId)?;
    let payload = match &contexts.primary {
        Some(primary) => primary_payload(primary, contexts, pseudonymizer)?,
        None => invocation_payload(columns, contexts, pseudonymizer)?,
    };
    Ok(Event { envelope: Envelope { event_id, invocation_id: Some(invocation_id), times: columns.times }, payload })
}

/// The event's id in lower case, as enrich has it, so that an event has one id in every form.
fn event_id(uuid: &str, pseudonymizer: &Pseudonymizer) -> Option<EventId> {
    if uuid.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return EventId::new(pseudonymizer, &uuid.to_ascii_lowercase());
    }
    EventId::new(pseudonymizer, uuid)
}

/// The invocation id: of a context if one has it, else the label where that is a UUID; empty if there is none.
fn invocation_id<'a>(columns: &Columns<'a>, contexts: &'a Contexts<'a>) -> &'a str {
    let own = match &contexts.primary {
        Some(Primary::RunModel(data)) => &*data.invocation_id,
        Some(Primary::LoadAllTiming(data)) => &*data.invocation_id,
        _ => "",
    };
    let of_invocation = contexts.invocation.as_ref().map_or("", |data| &*data.invocation_id);
    [own, of_invocation].into_iter().find(|id| !id.is_empty()).unwrap_or(if ids::is_uuid(columns.label) {
        columns.label
    } else {
        ""
    })
}

fn invocation_payload<'a>(
    columns: &Columns<'_>,
    contexts: &'a Contexts<'a>,
    pseudonymizer: &Pseudonymizer,
) -> Result<Payload<'a>, Refusal> {
    let data: &InvocationData<'_> = contexts.invocation.as_ref().ok_or(Reason::NoDbtContext)?;
    // A start, an end or an invalid one: anything else cannot be counted as an invocation's.
    let progress = Progress::parse(&data.progress).ok_or_else(|| Refusal::of_schema(Reason::BadData, "invocation"))?;
    let project_id = ProjectId::new(pseudonymizer, &data.project_id);
    Ok(Payload::Invocation(Invocation {
        progress,
        result_type: ResultType::parse(&data.result_type),
        command: Command::parse(&data.command),
        version: DbtVersion::parse(&data.version),
        engine: Engine::CORE_1,
        project_id,
        is_template_project: project_id.map(|_| ProjectIdEvent::is_template(&data.project_id)),
        user_id: UserId::new(pseudonymizer, &data.user_id).or_else(|| UserId::new(pseudonymizer, columns.user_id)),
        adapter: Adapter::parse(&data.adapter_type),
        adapter_unique_id: AdapterUniqueId::new(pseudonymizer, &data.adapter_unique_id),
        platform: contexts.platform.as_ref().and_then(|p| Platform::parse(&p.platform)),
        python: contexts.platform.as_ref().map(|p| Python::parse(&p.python, &p.python_version)),
        environment: contexts.invocation_env.as_ref().map(|e| Environment::classify(&e.environment)),
        country: Country::parse(columns.country),
    }))
}

fn primary_payload<'a>(
    primary: &'a Primary<'a>,
    contexts: &'a Contexts<'a>,
    pseudonymizer: &Pseudonymizer,
) -> Result<Payload<'a>, Refusal> {
    let project = |md5: &str| ProjectId::new(pseudonymizer, md5);
    Ok(match primary {
        Primary::RunModel(data) => Payload::RunModel(run_model(data, pseudonymizer)),
        Primary::ProjectId(data) => Payload::ProjectId(ProjectIdEvent {
            // The id is all that the event says.
            project_id: project(&data.project_id).ok_or_else(|| Refusal::of_schema(Reason::BadData, "project_id"))?,
            is_template_project: ProjectIdEvent::is_template(&data.project_id),
        }),
        Primary::AdapterInfo(data) => Payload::AdapterInfo(AdapterInfo {
            adapter: Adapter::parse(&data.adapter_type),
            adapter_unique_id: AdapterUniqueId::new(pseudonymizer, &data.adapter_unique_id),
        }),
        Primary::LoadAllTiming(data) => Payload::LoadAllTiming(LoadAllTiming {
            project_id: project(&data.project_id),
            path_count: data.path_count,
            parsed_path_count: data.parsed_path_count,
            read_files_seconds: data.read_files_elapsed,
            load_macros_seconds: data.load_macros_elapsed,
            parse_project_seconds: data.parse_project_elapsed,
            patch_sources_seconds: data.patch_sources_elapsed,
            process_manifest_seconds: data.process_manifest_elapsed,
            load_all_seconds: data.load_all_elapsed,
            is_partial_parse_enabled: data.is_partial_parse_enabled,
            is_static_analysis_enabled: data.is_static_analysis_enabled,
            static_analysis_path_count: data.static_analysis_path_count,
            static_analysis_parsed_path_count: data.static_analysis_parsed_path_count,
        }),
        Primary::ResourceCounts(data) => Payload::ResourceCounts(resource_counts(data)),
        Primary::Runnable(data) => Payload::Runnable(Runnable {
            graph_compilation_seconds: data.graph_compilation_elapsed,
            adapter_cache_construction_seconds: data.adapter_cache_construction_elapsed,
        }),
        Primary::PackageInstall(data) => {
            let project_id = contexts.invocation.as_ref().and_then(|data| project(&data.project_id));
            Payload::PackageInstall(package_install(data, project_id, pseudonymizer))
        }
        Primary::PartialParser(data) => Payload::PartialParser(PartialParser {
            full_reparse_reason: FullReparseReason::parse(&data.full_reparse_reason),
            raised: data.exception.is_some() || data.traceback.is_some(),
        }),
        Primary::ExperimentalParser(data) => Payload::ExperimentalParser(ExperimentalParser {
            project_id: project(&data.project_id),
            status: data.status.first.as_ref().and_then(|code| ParserStatus::parse(code)),
            statuses: data.status.count,
        }),
        Primary::DeprecationWarn(data) => {
            Payload::DeprecationWarn(DeprecationWarn { deprecation: Deprecation::parse(&data.deprecation_name) })
        }
        Primary::BehaviorChangeWarn(data) => Payload::BehaviorChangeWarn(BehaviorChangeWarn {
            flag: data.data.as_ref().and_then(|data| BehaviorFlag::parse(&data.flag_name)),
        }),
        Primary::DeprecatedVersionInvocation(_) => Payload::DeprecatedVersionInvocation,
        Primary::RpcRequest(data) => Payload::RpcRequest(RpcRequest { task: RpcTask::parse(&data.task) }),
        Primary::PluginGetNodes(data) => Payload::PluginGetNodes(PluginGetNodes {
            plugin: PluginName::parse(&data.plugin_name),
            model_nodes: data.num_model_nodes,
            model_packages: data.num_model_packages,
        }),
        Primary::ArtifactUpload(data) => {
            Payload::ArtifactUpload(ArtifactUpload { command: Command::parse(&data.command) })
        }
        Primary::HintView(data) => Payload::HintView(HintView { hint: HintType::parse(&data.hint_type) }),
        Primary::ManageState(data) => Payload::ManageState(ManageState {
            manage_state: data.manage_state,
            source: ManageStateSource::parse(&data.source),
        }),
    })
}

fn run_model<'a>(data: &'a RunModelData<'a>, pseudonymizer: &Pseudonymizer) -> RunModel<'a> {
    let sent = match &data.run_status {
        Scalar::Absent | Scalar::Flag(_) => SentStatus::Absent,
        Scalar::Text(text) => SentStatus::Text(text),
        Scalar::Number(rows) => SentStatus::Rows(*rows),
    };
    // A flag from 0.19 on; the text of the error up to 0.10.1, of which only that it is there is used.
    let states_error = match &data.run_error {
        Scalar::Absent => false,
        Scalar::Flag(flag) => *flag,
        Scalar::Text(text) => !text.is_empty(),
        Scalar::Number(number) => *number != 0.0,
    };
    let materialization = Materialization::parse(&data.model_materialization);
    let adapter = data.adapter_info.as_ref();
    RunModel {
        node_id: NodeId::new(pseudonymizer, &data.model_id),
        contents_id: ContentsId::new(pseudonymizer, &data.hashed_contents),
        node_run_id: None,
        run_index: data.index,
        run_total: data.total,
        execution_seconds: data.execution_time,
        timing: NodeTiming {
            compile_seconds: data.timing.compile_seconds,
            execute_seconds: data.timing.execute_seconds,
        },
        status: RunStatus::new(sent, states_error),
        run_skipped: data.run_skipped,
        skip_reason: None,
        resource_type: ResourceType::of_materialization(materialization),
        materialization,
        incremental_strategy: IncrementalStrategy::parse(&data.model_incremental_strategy),
        language: Language::parse(&data.language),
        has_group: data.has_group,
        contract_enforced: data.contract_enforced,
        access: Access::parse(&data.access),
        versioned: data.versioned,
        table_format: adapter
            .and_then(|a| a.model_adapter_details.as_ref())
            .and_then(|details| TableFormat::parse(&details.table_format)),
        catalog_type: CatalogType::parse(&data.catalog_type),
        catalog_id: None,
        adapter: RunAdapterInfo {
            node_run_id: None,
            adapter: adapter.and_then(|a| Adapter::parse(&a.adapter_name)),
            adapter_version: adapter.and_then(|a| ReleaseVersion::parse(&a.adapter_version)),
            base_adapter_version: adapter.and_then(|a| ReleaseVersion::parse(&a.base_adapter_version)),
        },
    }
}

fn resource_counts(data: &ResourceCountsData<'_>) -> ResourceCounts {
    // From 1.8 on kinds of nodes are left out where there are none; `unit_tests` is always there and marks that era.
    let leaves_out_zeros = data.unit_tests.is_some() || data.saved_queries.is_some();
    let node_kind = |count: Option<i64>| count.or(leaves_out_zeros.then_some(0));
    ResourceCounts {
        models: node_kind(data.models),
        data_tests: data.data_tests.or(data.tests).or(leaves_out_zeros.then_some(0)),
        unit_tests: data.unit_tests,
        snapshots: node_kind(data.snapshots),
        analyses: node_kind(data.analyses),
        macros: data.macros,
        operations: node_kind(data.operations),
        seeds: node_kind(data.seeds),
        sources: data.sources,
        exposures: data.exposures,
        metrics: data.metrics,
        groups: data.groups,
        semantic_models: data.semantic_models,
        saved_queries: data.saved_queries,
        catalogs: data.catalogs,
    }
}

fn package_install<'a>(
    data: &'a PackageInstallData<'a>,
    project_id: Option<ProjectId>,
    pseudonymizer: &Pseudonymizer,
) -> PackageInstall<'a> {
    let source = PackageSource::parse(&data.source);
    let hub = source == PackageSource::parse("hub");
    // `org/package`; up to 0.16 an MD5, which is no name.
    let bare = data.name.rsplit_once('/').map_or(&*data.name, |(_, name)| name);
    let name = if hub { PackageName::parse(bare) } else { None };
    PackageInstall {
        source,
        name,
        package_id: package_id(&data.name, pseudonymizer),
        version: name.and_then(|_| ReleaseVersion::parse(&data.version)),
        project_id,
    }
}

/// The pseudonym of a package: of the MD5 that dbt sent, or of the MD5 that it would have sent where it sends the name.
pub(super) fn package_id(name: &str, pseudonymizer: &Pseudonymizer) -> Option<PackageId> {
    let is_md5 = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
    if is_md5 || name.is_empty() {
        return PackageId::new(pseudonymizer, name);
    }
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(name.as_bytes()) {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    PackageId::new(pseudonymizer, &hex)
}
