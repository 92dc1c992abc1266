//! The events of dbt 2: messages of the protobuf package `v1.public.events.fusion`.
//!
//! In every message but two, field 1 is the enrichment, 2 the event's id and 3 the invocation's; the fields from 4
//! on say what happened. Only fields on the allow-list are read. Source: formats.md 6.3.

use super::com_dbt::package_id;
use super::protobuf::{Fields, Malformed, Value};
use super::refusal::{Reason, Refusal};
use crate::event::ids::{AdapterUniqueId, CatalogId, ContentsId, NodeId, NodeRunId, ProjectId, UserId};
use crate::event::{
    Access, Adapter, AdapterInfo, CatalogType, Command, DbtVersion, Engine, Environment, IncrementalStrategy,
    Invocation, InvocationEnv, Language, Login, LoginErrorCode, LoginType, Materialization, NodeTiming, Onboarding,
    OnboardingAction, OnboardingScreen, PackageInstall, PackageName, PackageSource, Payload, Progress, ProjectIdEvent,
    ReleaseVersion, ResourceCounts, ResourceType, ResultType, RunAdapterInfo, RunModel, RunStatus, SentStatus,
    SkipReason, StaticAnalysisInvocation, StaticAnalysisLevel, StaticAnalysisSource, TableFormat,
};
use crate::privacy::Pseudonymizer;

/// Reads a message into local variables: `fields! { bytes; name: reader = number, … }`, absent ones at their default.
macro_rules! fields {
    ($bytes:expr; $($name:ident: $reader:ident = $number:literal),+ $(,)?) => {
        $(let mut $name = Default::default();)+
        let mut fields = Fields::of($bytes);
        while let Some((number, value)) = fields.next()? {
            match number {
                $($number => $name = Value::$reader(value)?,)+
                _ => {}
            }
        }
    };
}

/// The payload of a message of a kind.
pub(super) fn payload<'a>(kind: &str, event: &'a [u8], pseudonymizer: &Pseudonymizer) -> Result<Payload<'a>, Refusal> {
    Ok(match kind {
        "Invocation" => Payload::Invocation(invocation(event, pseudonymizer)?),
        "InvocationEnv" => {
            fields! { event; environment: text = 4 }
            Payload::InvocationEnv(InvocationEnv { environment: Environment::classify(environment) })
        }
        "AdapterInfo" => {
            fields! { event; adapter: text = 4, unique_id: text = 5 }
            Payload::AdapterInfo(AdapterInfo {
                adapter: Adapter::parse(adapter),
                adapter_unique_id: AdapterUniqueId::new(pseudonymizer, unique_id),
            })
        }
        "AdapterInfoV2" => {
            fields! { event; node_run: text = 3, adapter: text = 4, base_version: text = 5, version: text = 6 }
            Payload::RunAdapterInfo(RunAdapterInfo {
                node_run_id: NodeRunId::new(pseudonymizer, node_run),
                adapter: Adapter::parse(adapter),
                adapter_version: ReleaseVersion::parse(version),
                base_adapter_version: ReleaseVersion::parse(base_version),
            })
        }
        "PackageInstall" => Payload::PackageInstall(package_install(event, pseudonymizer)?),
        "ResourceCounts" => Payload::ResourceCounts(resource_counts(event)?),
        "RunModel" => Payload::RunModel(run_model(event, pseudonymizer)?),
        "Onboarding" => {
            fields! { event; screen: number = 4, action: number = 5, success: flag = 6, user_id: text = 7 }
            Payload::Onboarding(Onboarding {
                screen: OnboardingScreen::of_number(screen),
                action: OnboardingAction::of_number(action),
                success,
                user_id: UserId::new(pseudonymizer, user_id),
            })
        }
        "Login" => Payload::Login(login(event, pseudonymizer)?),
        "StaticAnalysisInvocation" => {
            fields! {
                event; project_id: text = 4, level: text = 5, source: text = 6, strict: int32 = 7, baseline: int32 = 8, off: int32 = 9
            }
            Payload::StaticAnalysisInvocation(StaticAnalysisInvocation {
                project_id: ProjectId::new(pseudonymizer, project_id),
                max_level: StaticAnalysisLevel::parse(level),
                source: StaticAnalysisSource::parse(source),
                strict_nodes: strict,
                baseline_nodes: baseline,
                off_nodes: off,
            })
        }
        "CloudInvocation" => Payload::CloudInvocation,
        // A later dbt's: named, where the name can be nothing but a message's.
        other => {
            let is_name = (1..=64).contains(&other.len()) && other.bytes().all(|b| b.is_ascii_alphanumeric());
            return Err(Refusal { reason: Reason::UnknownSchema, schema: is_name.then(|| other.to_owned()) });
        }
    })
}

fn invocation<'a>(event: &'a [u8], pseudonymizer: &Pseudonymizer) -> Result<Invocation<'a>, Refusal> {
    fields! {
        event; project: text = 4, user_id: text = 5, command: text = 6, progress: text = 7, version: text = 8,
        result_type: text = 9, distribution: text = 11
    }
    let project_id = ProjectId::new(pseudonymizer, project);
    Ok(Invocation {
        // A start, an end or an invalid one: anything else cannot be counted as an invocation's.
        progress: Progress::parse(progress)
            .ok_or_else(|| Refusal { reason: Reason::BadData, schema: Some("Invocation".to_owned()) })?,
        result_type: ResultType::parse(result_type),
        command: Command::parse(command),
        version: DbtVersion::parse(version),
        engine: Engine::of_distribution(distribution),
        project_id,
        is_template_project: project_id.map(|_| ProjectIdEvent::is_template(project)),
        user_id: UserId::new(pseudonymizer, user_id),
        adapter: None,
        adapter_unique_id: None,
        platform: None,
        python: None,
        environment: None,
        country: None,
    })
}

fn package_install<'a>(event: &'a [u8], pseudonymizer: &Pseudonymizer) -> Result<PackageInstall<'a>, Malformed> {
    fields! { event; name: text = 4, source: text = 5, version: text = 6 }
    let source = PackageSource::parse(source);
    // dbt 2 hashes no name, of whatever source: only those of the public hub may stay.
    let public = if source == PackageSource::parse("hub") { PackageName::parse(name) } else { None };
    Ok(PackageInstall {
        source,
        name: public,
        package_id: package_id(name, pseudonymizer),
        version: public.and_then(|_| ReleaseVersion::parse(version)),
        project_id: None,
    })
}

fn resource_counts(event: &[u8]) -> Result<ResourceCounts, Malformed> {
    fields! {
        event; models: int32 = 4, tests: int32 = 5, snapshots: int32 = 6, analyses: int32 = 7, macros: int32 = 8,
        operations: int32 = 9, seeds: int32 = 10, sources: int32 = 11, exposures: int32 = 12, groups: int32 = 14,
        unit_tests: int32 = 15, catalogs: int32 = 18
    }
    let count = |n: i32| Some(i64::from(n));
    Ok(ResourceCounts {
        models: count(models),
        data_tests: count(tests),
        unit_tests: count(unit_tests),
        snapshots: count(snapshots),
        analyses: count(analyses),
        macros: count(macros),
        operations: count(operations),
        seeds: count(seeds),
        sources: count(sources),
        exposures: count(exposures),
        groups: count(groups),
        catalogs: count(catalogs),
        // The fields exist and are always 0: that is no count.
        metrics: None,
        semantic_models: None,
        saved_queries: None,
    })
}

fn run_model<'a>(event: &'a [u8], pseudonymizer: &Pseudonymizer) -> Result<RunModel<'a>, Malformed> {
    fields! {
        event; execution_time: double = 6, run_status: text = 7, run_skipped: flag = 8, materialization: text = 9,
        strategy: text = 10, model_id: text = 11, contents: text = 12, language: text = 13, has_group: flag = 14,
        contract_enforced: flag = 15, access: text = 16, versioned: flag = 17, skip_reason: text = 18,
        node_run: text = 19, resource_type: text = 20, table_format: text = 21, catalog_name: text = 22,
        catalog_type: text = 23
    }
    let materialization = Materialization::parse(materialization);
    let resource_type = ResourceType::parse(resource_type);
    Ok(RunModel {
        node_id: NodeId::new(pseudonymizer, model_id),
        contents_id: ContentsId::new(pseudonymizer, contents),
        node_run_id: NodeRunId::new(pseudonymizer, node_run),
        // dbt 2 always sends 0 for both, which is no number.
        run_index: None,
        run_total: None,
        // JSON has no NaN and no infinity; protobuf has, and they are no durations.
        execution_seconds: Some(execution_time).filter(|seconds: &f64| seconds.is_finite()),
        timing: NodeTiming::default(),
        status: RunStatus::new(SentStatus::Text(run_status), false),
        run_skipped: Some(run_skipped),
        skip_reason: SkipReason::parse(skip_reason),
        // Absent before 2025-08-07.
        resource_type: resource_type.unwrap_or_else(|| ResourceType::of_materialization(materialization)),
        materialization,
        incremental_strategy: IncrementalStrategy::parse(strategy),
        language: Language::parse(language),
        has_group: Some(has_group),
        contract_enforced: Some(contract_enforced),
        access: Access::parse(access),
        versioned: Some(versioned),
        table_format: TableFormat::parse(table_format),
        catalog_type: CatalogType::parse(catalog_type),
        catalog_id: CatalogId::new(pseudonymizer, catalog_name),
        adapter: RunAdapterInfo::default(),
    })
}

fn login(event: &[u8], pseudonymizer: &Pseudonymizer) -> Result<Login, Malformed> {
    fields! { event; success: flag = 4, login_type: number = 5, user_cookie: text = 6, project_id: text = 7 }
    let mut error_code = None;
    let mut fields = Fields::of(event);
    while let Some((number, value)) = fields.next()? {
        if number == 12 {
            // Optional in the schema: 0 is a code of its own.
            error_code = Some(LoginErrorCode::of_number(value.number()?));
        }
    }
    Ok(Login {
        success,
        login_type: LoginType::of_number(login_type),
        error_code,
        user_id: UserId::new(pseudonymizer, user_cookie),
        project_id: ProjectId::new(pseudonymizer, project_id),
    })
}
