use serde_json::json;

use super::super::limits::Limits;
use super::super::protobuf::Writer;
use super::*;
use crate::event::{LoginErrorCode, LoginType, OnboardingAction, OnboardingScreen};
use crate::privacy::Key;

/// An id that says that the invocation started at 2026-01-01T00:00:00.123Z.
pub(in crate::decode) const INVOCATION_ID: &str = "019b76da-a87b-7c31-8f52-0d1e2f3a4b5c";

/// One message in its three forms, and what it says.
pub(in crate::decode) struct Case {
    /// The message's name.
    pub name: &'static str,
    /// In protobuf, without enrichment and ids.
    protobuf: fn(&mut Writer),
    /// As serde writes it, without ids.
    pub serde: serde_json::Value,
    /// As protobuf-JSON has it, without ids.
    pub protobuf_json: serde_json::Value,
    /// What it says.
    says: fn(&Pseudonymizer) -> Payload<'static>,
}

impl Case {
    /// The message in protobuf, its event being `e1`.
    pub(in crate::decode) fn event(&self) -> Vec<u8> {
        let mut event = Writer::default();
        event.bytes(1, b"\x0a\x0a\x0a\x0810.0.0.1");
        event.bytes(2, b"e1");
        if self.name != "AdapterInfoV2" {
            event.bytes(3, INVOCATION_ID.as_bytes());
        }
        (self.protobuf)(&mut event);
        event.finish()
    }
}

/// Every message of formats.md 6.3 that has an event id, with all of its fields.
pub(in crate::decode) fn cases() -> Vec<Case> {
    let context = json!({"account_identifier": "act_1", "project_id": "1", "environment_id": "2", "user_id": "3"});
    let enrichment = json!({"client_ip": {"ip": "10.0.0.1", "proxy": false, "geo": null}});
    vec![
        Case {
            name: "Invocation",
            protobuf: |event| {
                event.bytes(4, b"06e5b98c2db46f8a72cc4f66410e9b3b");
                event.bytes(5, b"user");
                event.bytes(6, b"RunOperation");
                event.bytes(7, b"end");
                event.bytes(8, b"2.0.0-beta.2");
                event.bytes(9, b"error");
                event.bytes(10, b"sha");
                event.bytes(11, b"dbt-oss");
                event.bytes(12, b"\x0a\x05act_1");
            },
            says: |p| {
                Payload::Invocation(Invocation {
                    progress: Progress::parse("end").expect("a word"),
                    result_type: ResultType::parse("error"),
                    command: Command::parse("run-operation"),
                    version: DbtVersion::parse("2.0.0-beta.2"),
                    engine: Engine::of_distribution("dbt-oss"),
                    project_id: ProjectId::new(p, "06e5b98c2db46f8a72cc4f66410e9b3b"),
                    is_template_project: Some(true),
                    user_id: UserId::new(p, "user"),
                    adapter: None,
                    adapter_unique_id: None,
                    platform: None,
                    python: None,
                    environment: None,
                    country: None,
                })
            },
            serde: json!({
                "project_id": "06e5b98c2db46f8a72cc4f66410e9b3b", "user_id": "user", "command": "RunOperation",
                "progress": "end", "version": "2.0.0-beta.2", "result_type": "error", "git_commit_sha": "sha",
                "distribution": "dbt-oss", "enrichment": enrichment, "common_context": context,
            }),
            protobuf_json: json!({
                "projectId": "06e5b98c2db46f8a72cc4f66410e9b3b", "userId": "user", "command": "RunOperation",
                "progress": "end", "version": "2.0.0-beta.2", "resultType": "error", "gitCommitSha": "sha",
                "distribution": "dbt-oss", "commonContext": {},
            }),
        },
        Case {
            name: "InvocationEnv",
            protobuf: |event| event.bytes(4, b"dbt-cloud"),
            says: |_| Payload::InvocationEnv(InvocationEnv { environment: Environment::classify("dbt-cloud") }),
            serde: json!({"environment": "dbt-cloud", "enrichment": null, "common_context": null}),
            protobuf_json: json!({"environment": "dbt-cloud"}),
        },
        Case {
            name: "AdapterInfo",
            protobuf: |event| {
                event.bytes(4, b"bigquery");
                event.bytes(5, b"account");
            },
            says: |p| {
                Payload::AdapterInfo(AdapterInfo {
                    adapter: Adapter::parse("bigquery"),
                    adapter_unique_id: AdapterUniqueId::new(p, "account"),
                })
            },
            serde: json!({
                "adapter_type": "bigquery", "adapter_unique_id": "account", "enrichment": null, "common_context": null,
            }),
            protobuf_json: json!({"adapterType": "bigquery", "adapterUniqueId": "account"}),
        },
        Case {
            name: "AdapterInfoV2",
            protobuf: |event| {
                event.bytes(3, b"run");
                event.bytes(4, b"snowflake");
                event.bytes(5, b"1.10.0");
                event.bytes(6, b"1.9.2");
                event.bytes(7, b"\x0a\x01k\x12\x01v");
            },
            says: |p| {
                Payload::RunAdapterInfo(RunAdapterInfo {
                    node_run_id: NodeRunId::new(p, "run"),
                    adapter: Adapter::parse("snowflake"),
                    adapter_version: ReleaseVersion::parse("1.9.2"),
                    base_adapter_version: ReleaseVersion::parse("1.10.0"),
                })
            },
            serde: json!({
                "run_model_id": "run", "adapter_name": "snowflake", "base_adapter_version": "1.10.0",
                "adapter_version": "1.9.2", "model_adapter_details": {"k": "v"}, "enrichment": null,
                "common_context": null,
            }),
            protobuf_json: json!({
                "runModelId": "run", "adapterName": "snowflake", "baseAdapterVersion": "1.10.0",
                "adapterVersion": "1.9.2", "modelAdapterDetails": {"k": "v"},
            }),
        },
        Case {
            name: "PackageInstall",
            protobuf: |event| {
                event.bytes(4, b"dbt_utils");
                event.bytes(5, b"hub");
                event.bytes(6, b"1.3.0");
            },
            says: |p| {
                Payload::PackageInstall(PackageInstall {
                    source: PackageSource::parse("hub"),
                    name: PackageName::parse("dbt_utils"),
                    package_id: package_id("dbt_utils", p),
                    version: ReleaseVersion::parse("1.3.0"),
                    project_id: None,
                })
            },
            serde: json!({
                "name": "dbt_utils", "source": "hub", "version": "1.3.0", "enrichment": null, "common_context": null,
            }),
            protobuf_json: json!({"name": "dbt_utils", "source": "hub", "version": "1.3.0"}),
        },
        Case {
            name: "ResourceCounts",
            protobuf: |event| {
                for number in [4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18] {
                    event.number(number, u64::from(number) * 1000);
                }
            },
            says: |_| {
                Payload::ResourceCounts(ResourceCounts {
                    models: Some(4000),
                    data_tests: Some(5000),
                    snapshots: Some(6000),
                    analyses: Some(7000),
                    macros: Some(8000),
                    operations: Some(9000),
                    seeds: Some(10000),
                    sources: Some(11000),
                    exposures: Some(12000),
                    groups: Some(14000),
                    unit_tests: Some(15000),
                    catalogs: Some(18000),
                    metrics: None,
                    semantic_models: None,
                    saved_queries: None,
                })
            },
            serde: json!({
                "models": 4000, "tests": 5000, "snapshots": 6000, "analyses": 7000, "macros": 8000,
                "operations": 9000, "seeds": 10000, "sources": 11000, "exposures": 12000, "metrics": 0,
                "groups": 14000, "unit_tests": 15000, "semantic_models": 0, "saved_queries": 0, "catalogs": 18000,
                "enrichment": null, "common_context": null,
            }),
            protobuf_json: json!({
                "models": 4000, "tests": "5000", "snapshots": 6000, "analyses": 7000, "macros": 8000,
                "operations": 9000, "seeds": 10000, "sources": 11000, "exposures": 12000, "groups": 14000,
                "unitTests": "15000", "catalogs": 18000,
            }),
        },
        Case {
            name: "RunModel",
            protobuf: |event| {
                event.double(6, 1.25);
                event.bytes(7, b"skipped");
                event.number(8, 1);
                event.bytes(9, b"incremental");
                event.bytes(10, b"merge");
                event.bytes(11, b"model");
                event.bytes(12, b"contents");
                event.bytes(13, b"python");
                event.number(14, 1);
                event.number(15, 0);
                event.bytes(16, b"public");
                event.number(17, 1);
                event.bytes(18, b"upstream_failed");
                event.bytes(19, b"run");
                event.bytes(20, b"model");
                event.bytes(21, b"iceberg");
                event.bytes(22, "catalog \"\u{e9}\"".as_bytes());
                event.bytes(23, b"glue");
            },
            says: |p| {
                Payload::RunModel(RunModel {
                    node_id: NodeId::new(p, "model"),
                    contents_id: ContentsId::new(p, "contents"),
                    node_run_id: NodeRunId::new(p, "run"),
                    run_index: None,
                    run_total: None,
                    execution_seconds: Some(1.25),
                    timing: NodeTiming::default(),
                    status: RunStatus::new(SentStatus::Text("skipped"), false),
                    run_skipped: Some(true),
                    skip_reason: SkipReason::parse("upstream_failed"),
                    resource_type: ResourceType::parse("model").expect("a word"),
                    materialization: Materialization::parse("incremental"),
                    incremental_strategy: IncrementalStrategy::parse("merge"),
                    language: Language::parse("python"),
                    has_group: Some(true),
                    contract_enforced: Some(false),
                    access: Access::parse("public"),
                    versioned: Some(true),
                    table_format: TableFormat::parse("iceberg"),
                    catalog_type: CatalogType::parse("glue"),
                    catalog_id: CatalogId::new(p, "catalog \"\u{e9}\""),
                    adapter: RunAdapterInfo::default(),
                })
            },
            serde: json!({
                "index": 0, "total": 0, "execution_time": 1.25, "run_status": "skipped", "run_skipped": true,
                "model_materialization": "incremental", "model_incremental_strategy": "merge", "model_id": "model",
                "hashed_contents": "contents", "language": "python", "has_group": true, "contract_enforced": false,
                "access": "public", "versioned": true, "run_skipped_reason": "upstream_failed", "run_model_id": "run",
                "resource_type": "model", "table_format": "iceberg", "catalog_name": "catalog \"\u{e9}\"",
                "catalog_type": "glue", "enrichment": null, "common_context": null,
            }),
            protobuf_json: json!({
                "executionTime": "1.25", "runStatus": "skipped", "runSkipped": true,
                "modelMaterialization": "incremental", "modelIncrementalStrategy": "merge", "modelId": "model",
                "hashedContents": "contents", "language": "python", "hasGroup": true, "access": "public",
                "versioned": true, "runSkippedReason": "upstream_failed", "runModelId": "run",
                "resourceType": "model", "tableFormat": "iceberg", "catalogName": "catalog \"\u{e9}\"",
                "catalogType": "glue",
            }),
        },
        Case {
            name: "Onboarding",
            protobuf: |event| {
                event.number(4, 13);
                event.number(5, 6);
                event.number(6, 1);
                event.bytes(7, b"user");
            },
            says: |p| {
                Payload::Onboarding(Onboarding {
                    screen: OnboardingScreen::of_number(13),
                    action: OnboardingAction::of_number(6),
                    success: true,
                    user_id: UserId::new(p, "user"),
                })
            },
            serde: json!({
                "screen": 13, "action": 6, "success": true, "user_id": "user", "enrichment": null,
                "common_context": null,
            }),
            protobuf_json: json!({
                "screen": "COMPILE_STRICT_FAIL", "action": "STEP_FAILED", "success": true, "userId": "user",
            }),
        },
        Case {
            name: "Login",
            protobuf: |event| {
                event.number(4, 0);
                event.number(5, 1);
                event.bytes(6, b"user");
                event.bytes(7, b"project");
                event.number(8, 17);
                event.number(9, u64::MAX);
                event.bytes(10, b"act_1");
                event.number(12, 0);
                event.bytes(13, b"who are you?");
            },
            says: |p| {
                Payload::Login(Login {
                    success: false,
                    login_type: LoginType::of_number(1),
                    error_code: Some(LoginErrorCode::of_number(0)),
                    user_id: UserId::new(p, "user"),
                    project_id: ProjectId::new(p, "project"),
                })
            },
            serde: json!({
                "success": false, "login_type": 1, "user_cookie": "user", "project_id": "project",
                "platform_user_id": 17, "platform_account_id": u64::MAX, "platform_account_identifier": "act_1",
                "error_code": 0, "error_message": "who are you?", "enrichment": null, "common_context": null,
            }),
            protobuf_json: json!({
                "loginType": "PLATFORM", "userCookie": "user", "projectId": "project", "platformUserId": "17",
                "platformAccountId": "18446744073709551615", "platformAccountIdentifier": "act_1",
                "errorCode": "NOT_AUTHENTICATED", "errorMessage": "who are you?",
            }),
        },
        Case {
            name: "StaticAnalysisInvocation",
            protobuf: |event| {
                event.bytes(4, b"project");
                event.bytes(5, b"baseline");
                event.bytes(6, b"lsp");
                event.number(7, 7);
                event.number(8, 8);
                event.number(9, 9);
            },
            says: |p| {
                Payload::StaticAnalysisInvocation(StaticAnalysisInvocation {
                    project_id: ProjectId::new(p, "project"),
                    max_level: StaticAnalysisLevel::parse("baseline"),
                    source: StaticAnalysisSource::parse("lsp"),
                    strict_nodes: 7,
                    baseline_nodes: 8,
                    off_nodes: 9,
                })
            },
            serde: json!({
                "project_id": "project", "max_static_analysis_level": "baseline", "source": "lsp",
                "strict_node_count": 7, "baseline_node_count": 8, "off_node_count": 9, "enrichment": null,
                "common_context": null,
            }),
            protobuf_json: json!({
                "projectId": "project", "maxStaticAnalysisLevel": "baseline", "source": "lsp", "strictNodeCount": 7,
                "baselineNodeCount": "8", "offNodeCount": 9,
            }),
        },
    ]
}

#[test]
fn every_field_is_read_from_its_number() {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let pseudonymizer = Pseudonymizer::new(&key);
    for case in cases() {
        let event = case.event();
        let schema = Schema::of(case.name).expect("a message");
        let read = schema.read(&event, &Limits::default()).expect("fits");
        assert_eq!((read.event_id, read.new_fields), ("e1", vec![]), "{}", case.name);
        let invocation_id = if case.name == "AdapterInfoV2" { "" } else { INVOCATION_ID };
        assert_eq!(read.invocation_id, invocation_id, "{}", case.name);
        assert_eq!(payload(&read.message, &pseudonymizer), Ok((case.says)(&pseudonymizer)), "{}", case.name);
    }
}

#[test]
fn a_cloud_invocation_says_nothing_but_its_invocation() {
    let mut event = Writer::default();
    event.bytes(2, b"i1");
    event.bytes(3, b"act_1");
    let event = event.finish();
    let Some(Kind::Known(schema)) = Kind::of_url("/v1.events.fusion.CloudInvocation") else { panic!("not known") };
    let read = schema.read(&event, &Limits::default()).expect("fits");
    assert_eq!((read.event_id, read.invocation_id), ("", "i1"));
}

#[test]
fn the_first_error_code_of_a_login_is_a_code() {
    let of = |write: fn(&mut Writer)| {
        let mut event = Writer::default();
        write(&mut event);
        let event = event.finish();
        let read = Schema::of("Login").expect("a message").read(&event, &Limits::default()).expect("fits");
        let Message::Login(said) = read.message else { panic!("no login") };
        said.error_code
    };
    assert_eq!(of(|event| event.number(12, 0)), Some(LoginErrorCode::of_number(0)));
    assert_eq!(of(|event| event.number(12, 99)), Some(LoginErrorCode::of_number(99)));
    assert_eq!(of(|event| event.number(4, 1)), None);
}

#[test]
fn a_type_url_says_whose_a_message_is() {
    let of = |url| match Kind::of_url(url) {
        Some(Kind::Known(schema)) => format!("known {}", schema.name),
        Some(Kind::Later(name)) => format!("later {name}"),
        Some(Kind::Filtered) => "filtered".to_owned(),
        Some(Kind::Product(name)) => format!("product {name}"),
        None => "none".to_owned(),
    };
    for (url, expected) in [
        ("/v1.public.events.fusion.Login", "known Login"),
        ("type.googleapis.com/v1.public.events.fusion.Login", "known Login"),
        ("v1.public.events.fusion.Login", "known Login"),
        ("/v1.public.events.fusion.TimeTravel", "later TimeTravel"),
        ("/v1.public.events.fusion.", "later "),
        ("/v1.events.fusion.CloudInvocation", "known CloudInvocation"),
        ("/v1.events.fusion.Login", "product v1.events.fusion.Login"),
        ("/v1.public.events.docs.SiteOpened", "product v1.public.events.docs.SiteOpened"),
        ("/v1.public.fields.core_types.ObservabilityMetric", "filtered"),
        ("/v1.public.events.fusion.Login/", "none"),
        ("/google.protobuf.Empty", "none"),
        ("", "none"),
    ] {
        assert_eq!(of(url), expected, "{url}");
    }
}
