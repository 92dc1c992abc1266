//! From the messages of dbt 2, protobuf package `v1.public.events.fusion`, to what they mean.
//!
//! What may be read of them is said in [`messages`]. Source: formats.md 6.3, 6.6, 6.7.

mod messages;
mod schema;
#[cfg(test)]
pub(super) mod tests;

pub(super) use schema::{Field, NEW_FIELDS, Schema, Type};

use super::com_dbt::package_id;
use super::refusal::{Reason, Refusal};
use crate::event::ids::{AdapterUniqueId, CatalogId, ContentsId, NodeId, NodeRunId, ProjectId, UserId};
use crate::event::{
    Access, Adapter, AdapterInfo, CatalogType, Command, DbtVersion, Engine, Environment, IncrementalStrategy,
    Invocation, InvocationEnv, Language, Login, Materialization, NodeTiming, Onboarding, PackageInstall, PackageName,
    PackageSource, Payload, Progress, ProjectIdEvent, ReleaseVersion, ResourceCounts, ResourceType, ResultType,
    RunAdapterInfo, RunModel, RunStatus, SentStatus, SkipReason, StaticAnalysisInvocation, StaticAnalysisLevel,
    StaticAnalysisSource, TableFormat,
};
use crate::privacy::Pseudonymizer;
use messages::Message;

/// Whose a message is, and what is known of its kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'n> {
    /// dbt 2's, of a kind that is known.
    Known(&'static Schema),
    /// dbt 2's, of another kind: a later dbt's. Its name without the package.
    Later(&'n str),
    /// One of which nothing may be kept.
    Filtered,
    /// Another product's: the docs site, editors and others use the same service. Its full name.
    Product(&'n str),
}

impl<'n> Kind<'n> {
    /// The kind of what a type URL names, in the part after the last slash; `None` if that is no message of dbt's.
    pub(super) fn of_url(type_url: &'n str) -> Option<Self> {
        let name = type_url.rsplit('/').next()?;
        if let Some(name) = name.strip_prefix("v1.public.events.fusion.") {
            return Some(Schema::of(name).map_or(Self::Later(name), Self::Known));
        }
        match name {
            "v1.events.fusion.CloudInvocation" => Schema::of("CloudInvocation").map(Self::Known),
            // Private packages with account numbers, should it ever be sent.
            "v1.public.fields.core_types.ObservabilityMetric" => Some(Self::Filtered),
            name => name.starts_with("v1.").then_some(Self::Product(name)),
        }
    }
}

/// What a message means.
pub(super) fn payload<'a>(message: &Message<'a>, pseudonymizer: &Pseudonymizer) -> Result<Payload<'a>, Refusal> {
    Ok(match message {
        Message::Invocation(said) => Payload::Invocation(invocation(said, pseudonymizer)?),
        Message::InvocationEnv(said) => {
            Payload::InvocationEnv(InvocationEnv { environment: Environment::classify(said.environment) })
        }
        Message::AdapterInfo(said) => Payload::AdapterInfo(AdapterInfo {
            adapter: Adapter::parse(said.adapter_type),
            adapter_unique_id: AdapterUniqueId::new(pseudonymizer, said.adapter_unique_id),
        }),
        Message::AdapterInfoV2(said) => Payload::RunAdapterInfo(RunAdapterInfo {
            node_run_id: NodeRunId::new(pseudonymizer, said.run_model_id),
            adapter: Adapter::parse(said.adapter_name),
            adapter_version: ReleaseVersion::parse(said.adapter_version),
            base_adapter_version: ReleaseVersion::parse(said.base_adapter_version),
        }),
        Message::PackageInstall(said) => Payload::PackageInstall(package_install(said, pseudonymizer)),
        Message::ResourceCounts(said) => Payload::ResourceCounts(resource_counts(said)),
        Message::RunModel(said) => Payload::RunModel(run_model(said, pseudonymizer)),
        Message::Onboarding(said) => Payload::Onboarding(Onboarding {
            screen: said.screen,
            action: said.action,
            success: said.success,
            user_id: UserId::new(pseudonymizer, said.user_id),
        }),
        Message::Login(said) => Payload::Login(Login {
            success: said.success,
            login_type: said.login_type,
            error_code: said.error_code,
            user_id: UserId::new(pseudonymizer, said.user_cookie),
            project_id: ProjectId::new(pseudonymizer, said.project_id),
        }),
        Message::StaticAnalysisInvocation(said) => Payload::StaticAnalysisInvocation(StaticAnalysisInvocation {
            project_id: ProjectId::new(pseudonymizer, said.project_id),
            max_level: StaticAnalysisLevel::parse(said.max_static_analysis_level),
            source: StaticAnalysisSource::parse(said.source),
            strict_nodes: said.strict_node_count,
            baseline_nodes: said.baseline_node_count,
            off_nodes: said.off_node_count,
        }),
        Message::CloudInvocation(_) => Payload::CloudInvocation,
    })
}

fn invocation<'a>(said: &messages::Invocation<'a>, pseudonymizer: &Pseudonymizer) -> Result<Invocation<'a>, Refusal> {
    let project_id = ProjectId::new(pseudonymizer, said.project_id);
    Ok(Invocation {
        // A start, an end or an invalid one: anything else cannot be counted as an invocation's.
        progress: Progress::parse(said.progress).ok_or_else(|| Refusal::of_schema(Reason::BadData, "Invocation"))?,
        result_type: ResultType::parse(said.result_type),
        command: Command::parse(said.command),
        version: DbtVersion::parse(said.version),
        engine: Engine::of_distribution(said.distribution),
        project_id,
        is_template_project: project_id.map(|_| ProjectIdEvent::is_template(said.project_id)),
        user_id: UserId::new(pseudonymizer, said.user_id),
        adapter: None,
        adapter_unique_id: None,
        platform: None,
        python: None,
        environment: None,
        country: None,
    })
}

fn package_install<'a>(said: &messages::PackageInstall<'a>, pseudonymizer: &Pseudonymizer) -> PackageInstall<'a> {
    let source = PackageSource::parse(said.source);
    // dbt 2 hashes no name, of whatever source: only those of the public hub may stay.
    let public = if source == PackageSource::parse("hub") { PackageName::parse(said.name) } else { None };
    PackageInstall {
        source,
        name: public,
        package_id: package_id(said.name, pseudonymizer),
        version: public.and_then(|_| ReleaseVersion::parse(said.version)),
        project_id: None,
    }
}

fn resource_counts(said: &messages::ResourceCounts) -> ResourceCounts {
    let count = |n: i32| Some(i64::from(n));
    ResourceCounts {
        models: count(said.models),
        data_tests: count(said.tests),
        unit_tests: count(said.unit_tests),
        snapshots: count(said.snapshots),
        analyses: count(said.analyses),
        macros: count(said.macros),
        operations: count(said.operations),
        seeds: count(said.seeds),
        sources: count(said.sources),
        exposures: count(said.exposures),
        groups: count(said.groups),
        catalogs: count(said.catalogs),
        // The fields exist and are always 0: that is no count.
        metrics: None,
        semantic_models: None,
        saved_queries: None,
    }
}

fn run_model<'a>(said: &messages::RunModel<'a>, pseudonymizer: &Pseudonymizer) -> RunModel<'a> {
    let materialization = Materialization::parse(said.model_materialization);
    let resource_type = ResourceType::parse(said.resource_type);
    RunModel {
        node_id: NodeId::new(pseudonymizer, said.model_id),
        contents_id: ContentsId::new(pseudonymizer, said.hashed_contents),
        node_run_id: NodeRunId::new(pseudonymizer, said.run_model_id),
        // dbt 2 always sends 0 for both, which is no number.
        run_index: None,
        run_total: None,
        // JSON has no NaN and no infinity; protobuf has, and they are no durations.
        execution_seconds: Some(said.execution_time).filter(|seconds| seconds.is_finite()),
        timing: NodeTiming::default(),
        status: RunStatus::new(SentStatus::Text(said.run_status), false),
        run_skipped: Some(said.run_skipped),
        skip_reason: SkipReason::parse(said.run_skipped_reason),
        // Absent before 2025-08-07.
        resource_type: resource_type.unwrap_or_else(|| ResourceType::of_materialization(materialization)),
        materialization,
        incremental_strategy: IncrementalStrategy::parse(said.model_incremental_strategy),
        language: Language::parse(said.language),
        has_group: Some(said.has_group),
        contract_enforced: Some(said.contract_enforced),
        access: Access::parse(said.access),
        versioned: Some(said.versioned),
        table_format: TableFormat::parse(said.table_format),
        catalog_type: CatalogType::parse(said.catalog_type),
        catalog_id: CatalogId::new(pseudonymizer, said.catalog_name),
        adapter: RunAdapterInfo::default(),
    }
}
