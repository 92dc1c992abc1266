//! The messages of dbt 2: for each its fields, and which of them may be read.
//!
//! One declaration makes both the reader of a message and its [`Schema`], by which developer mode's JSON becomes the
//! same bytes. A field that is neither read nor passed over is new. Source: formats.md 6.3.

use super::super::protobuf::{Fields, Malformed};
use super::schema::{Field, Scalar, Schema, Type};
use crate::event::{LoginErrorCode, LoginType, OnboardingAction, OnboardingScreen};

/// Declares the messages: the ids in the brackets, the fields that are read in the braces.
macro_rules! messages {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$a:lifetime>)? [$($id:ident = $id_number:literal),+]
        { $($field:ident: $type:ty = $number:literal),* $(,)? }
        passed over [$($passed:ident = $passed_number:literal),+ $(,)?]
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(in crate::decode) struct $name $(<$a>)? {
                $(pub $field: $type,)*
            }

            impl $(<$a>)? $name $(<$a>)? {
                const FIELDS: &'static [Field] = &[
                    $(Field { number: $id_number, name: stringify!($id), read_as: Some(Type::Text) },)+
                    $(Field { number: $number, name: stringify!($field), read_as: Some(<$type>::TYPE) },)*
                    $(Field { number: $passed_number, name: stringify!($passed), read_as: None },)+
                ];

                #[allow(unused_mut, unused_variables, reason = "a message may have no fields that are read")]
                fn read(bytes: &$($a)? [u8]) -> Result<Self, Malformed> {
                    let mut message = Self { $($field: <$type>::absent(),)* };
                    let mut fields = Fields::of(bytes);
                    while let Some((number, value)) = fields.next()? {
                        match number {
                            $($number => message.$field = <$type>::of(value)?,)*
                            _ => {}
                        }
                    }
                    Ok(message)
                }
            }
        )+

        /// A message of a kind.
        #[derive(Debug)]
        pub(in crate::decode) enum Message<'a> {
            $($name($name $(<$a>)?),)+
        }

        /// Every kind.
        pub(super) const SCHEMAS: &[Schema] = &[$(Schema {
            name: stringify!($name),
            fields: $name::FIELDS,
            read_message: |bytes| $name::read(bytes).map(Message::$name),
        },)+];
    };
}

messages! {
    /// A command starts or ends.
    Invocation<'a> [event_id = 2, invocation_id = 3] {
        project_id: &'a str = 4,
        user_id: &'a str = 5,
        command: &'a str = 6,
        progress: &'a str = 7,
        version: &'a str = 8,
        result_type: &'a str = 9,
        distribution: &'a str = 11,
    } passed over [enrichment = 1, git_commit_sha = 10, common_context = 12]

    /// Where it runs.
    InvocationEnv<'a> [event_id = 2, invocation_id = 3] {
        environment: &'a str = 4,
    } passed over [enrichment = 1, common_context = 5]

    /// Which adapter it uses.
    AdapterInfo<'a> [event_id = 2, invocation_id = 3] {
        adapter_type: &'a str = 4,
        adapter_unique_id: &'a str = 5,
    } passed over [enrichment = 1, common_context = 6]

    /// Which adapter one node run used: it names that run and no invocation.
    AdapterInfoV2<'a> [event_id = 2] {
        run_model_id: &'a str = 3,
        adapter_name: &'a str = 4,
        base_adapter_version: &'a str = 5,
        adapter_version: &'a str = 6,
    } passed over [enrichment = 1, model_adapter_details = 7, common_context = 8]

    /// A package was installed.
    PackageInstall<'a> [event_id = 2, invocation_id = 3] {
        name: &'a str = 4,
        source: &'a str = 5,
        version: &'a str = 6,
    } passed over [enrichment = 1, common_context = 7]

    /// What the project holds. Those that are passed over are always 0.
    ResourceCounts [event_id = 2, invocation_id = 3] {
        models: i32 = 4,
        tests: i32 = 5,
        snapshots: i32 = 6,
        analyses: i32 = 7,
        macros: i32 = 8,
        operations: i32 = 9,
        seeds: i32 = 10,
        sources: i32 = 11,
        exposures: i32 = 12,
        groups: i32 = 14,
        unit_tests: i32 = 15,
        catalogs: i32 = 18,
    } passed over [enrichment = 1, metrics = 13, semantic_models = 16, saved_queries = 17, common_context = 19]

    /// A node ran. Index and total are always 0.
    RunModel<'a> [event_id = 2, invocation_id = 3] {
        execution_time: f64 = 6,
        run_status: &'a str = 7,
        run_skipped: bool = 8,
        model_materialization: &'a str = 9,
        model_incremental_strategy: &'a str = 10,
        model_id: &'a str = 11,
        hashed_contents: &'a str = 12,
        language: &'a str = 13,
        has_group: bool = 14,
        contract_enforced: bool = 15,
        access: &'a str = 16,
        versioned: bool = 17,
        run_skipped_reason: &'a str = 18,
        run_model_id: &'a str = 19,
        resource_type: &'a str = 20,
        table_format: &'a str = 21,
        catalog_name: &'a str = 22,
        catalog_type: &'a str = 23,
    } passed over [enrichment = 1, index = 4, total = 5, common_context = 24]

    /// A step of the onboarding flow.
    Onboarding<'a> [event_id = 2, invocation_id = 3] {
        screen: OnboardingScreen = 4,
        action: OnboardingAction = 5,
        success: bool = 6,
        user_id: &'a str = 7,
    } passed over [enrichment = 1, common_context = 8]

    /// `dbt login`. Account numbers and the error's text are passed over.
    Login<'a> [event_id = 2, invocation_id = 3] {
        success: bool = 4,
        login_type: LoginType = 5,
        user_cookie: &'a str = 6,
        project_id: &'a str = 7,
        error_code: Option<LoginErrorCode> = 12,
    } passed over [
        enrichment = 1, platform_user_id = 8, platform_account_id = 9, platform_account_identifier = 10,
        common_context = 11, error_message = 13,
    ]

    /// How much of the project is analysed statically.
    StaticAnalysisInvocation<'a> [event_id = 2, invocation_id = 3] {
        project_id: &'a str = 4,
        max_static_analysis_level: &'a str = 5,
        source: &'a str = 6,
        strict_node_count: i32 = 7,
        baseline_node_count: i32 = 8,
        off_node_count: i32 = 9,
    } passed over [enrichment = 1, common_context = 10]

    /// The command runs in dbt's cloud. Account, project, environment and job are passed over.
    CloudInvocation [invocation_id = 2] {
    } passed over [
        enrichment = 1, dbt_cloud_account_identifier = 3, dbt_cloud_project_id = 4, dbt_cloud_environment_id = 5,
        dbt_cloud_job_id = 6,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_message_are_numbered_from_1_without_gaps() {
        for schema in SCHEMAS {
            let mut numbers: Vec<u32> = schema.fields.iter().map(|field| field.number).collect();
            numbers.sort_unstable();
            let expected: Vec<u32> = (1..).take(numbers.len()).collect();
            assert_eq!(numbers, expected, "{}", schema.name);
        }
        let highest: Vec<(&str, usize)> = SCHEMAS.iter().map(|schema| (schema.name, schema.fields.len())).collect();
        assert_eq!(
            highest,
            [
                ("Invocation", 12),
                ("InvocationEnv", 5),
                ("AdapterInfo", 6),
                ("AdapterInfoV2", 8),
                ("PackageInstall", 7),
                ("ResourceCounts", 19),
                ("RunModel", 24),
                ("Onboarding", 8),
                ("Login", 13),
                ("StaticAnalysisInvocation", 10),
                ("CloudInvocation", 6),
            ]
        );
    }
}
