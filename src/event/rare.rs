//! The kinds of event that are few: a type and its closed lists for each.

use super::ids::{ProjectId, UserId};
use super::invocation::Command;
use super::vocabulary::vocabulary;

vocabulary! {
    /// Why a project was parsed from the start instead of in part.
    FullReparseReason {
        "01_version_mismatch", "02_file_not_found", "03_vars_changed", "04_profile_changed", "05_deps_changed",
        "06_project_config_changed", "07_load_file_failure", "08_exception",
        "09_project_env_vars_changed", "10_profile_env_vars_changed",
    } else "other"
}

/// `partial_parser`. Traceback, exception, code and place of a failed one are text of the user's project: not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartialParser {
    /// The reason, if there was one.
    pub full_reparse_reason: Option<FullReparseReason>,
    /// Whether the partial parser raised.
    pub raised: bool,
}

vocabulary! {
    /// A result code of the experimental parser, and of the stable one (`8N`).
    ParserStatus {
        "00_exact_match", "01_experimental_parser_cannot_parse", "02_false_positive_config_value",
        "03_missed_config_value", "04_false_positive_source_value", "05_missed_source_value",
        "06_false_positive_ref_value", "07_missed_ref_value", "08_has_banned_macro", "09_experimental_parser_skipped",
        "00_experimental_exact_match", "02_experimental_false_positive_config_value",
        "03_experimental_missed_config_value", "04_experimental_false_positive_source_value",
        "05_experimental_missed_source_value", "06_experimental_false_positive_ref_value",
        "07_experimental_missed_ref_value", "80_stable_exact_match", "81_stable_parser_cannot_parse",
        "82_stable_false_positive_config_value", "83_stable_missed_config_value",
        "84_stable_false_positive_source_value", "85_stable_missed_source_value",
        "86_stable_false_positive_ref_value", "87_stable_missed_ref_value", "88_has_banned_macro",
    } else "other"
}

/// `experimental_parser`: of the codes only the first is kept, which says whether the parsers agreed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExperimentalParser {
    /// The project.
    pub project_id: Option<ProjectId>,
    /// The first code.
    pub status: Option<ParserStatus>,
    /// How many codes there were.
    pub statuses: i32,
}

vocabulary! {
    /// A feature of dbt that is deprecated. A name is spelled as a package may be, or a password, so there is a list: all
    /// names of 0.18 to 1.12, but for those that go on after a colon (`adapter:…`, `environment-variable-renamed:…`).
    Deprecation {
        "adapter-macro", "arguments-property-in-generic-test-deprecation", "collect-freshness-return-signature",
        "column-quoting-unset", "custom-key-in-config-deprecation", "custom-key-in-object-deprecation",
        "custom-output-path-in-source-freshness-deprecation", "custom-top-level-key-deprecation",
        "dbt-project-yaml-v1", "dispatch-packages", "duplicate-name-distinct-node-types-deprecation",
        "duplicate-yaml-keys-deprecation", "environment-variable-namespace-deprecation", "execute-macro-release",
        "exposure-name", "generate-schema-name-null-value-deprecation", "generic-json-schema-validation-deprecation",
        "generic-semantic-layer-deprecation", "install-packages-path", "materialization-return",
        "metric-attr-renamed", "mf-cumulative-type-params-deprecation", "mf-timespine-without-yaml-configuration",
        "microbatch-macro-outside-of-batches-deprecation", "missing-arguments-property-in-generic-test-deprecation",
        "missing-plus-prefix-in-config-deprecation", "model-param-usage-deprecation", "models-key-mismatch",
        "modules-itertools-usage-deprecation", "not-a-dictionary", "package-materialization-override",
        "package-redirect", "project-config-data-paths", "project-config-log-path", "project-config-source-paths",
        "project-config-target-path", "project-flags-moved", "project-test-config",
        "property-moved-to-config-deprecation",
        "resource-names-with-spaces", "source-freshness-project-hooks", "source-override-deprecation",
        "time-dimensions-require-granularity-deprecation", "unexpected-jinja-block-deprecation",
        "weo-include-exclude-deprecation",
    } else "other"
}

/// `deprecation_warn`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeprecationWarn {
    /// Which feature.
    pub deprecation: Option<Deprecation>,
}

vocabulary! {
    /// A behaviour flag of dbt or of a public adapter.
    BehaviorFlag {
        "require_explicit_package_overrides_for_builtin_materializations", "source_freshness_run_project_hooks",
        "require_resource_names_without_spaces", "skip_nodes_if_on_run_start_fails",
        "state_modified_compare_more_unrendered_values", "state_modified_compare_vars",
        "require_yaml_configuration_for_mf_time_spines", "require_batched_execution_for_custom_microbatch_strategy",
        "require_nested_cumulative_type_params", "validate_macro_args", "require_generic_test_arguments_property",
        "require_all_warnings_handled_by_warn_error", "require_unique_project_resource_names",
        "require_ref_searches_node_package_before_root", "require_valid_schema_from_generate_schema_name",
        "require_sql_header_in_test_configs", "restrict_direct_pg_catalog_access",
        "enable_iceberg_materializations", "enable_truthy_nulls_equals_macro", "use_info_schema_for_columns",
        "use_user_folder_for_python", "use_materialization_v2", "use_managed_iceberg",
        "use_replace_on_for_insert_overwrite", "use_catalogs_v2", "bigquery_use_batch_source_freshness",
        "redshift_skip_autocommit_transaction_statements", "snowflake_default_transient_dynamic_tables",
    } else "other"
}

/// `behavior_change_warn`: of the whole log message only the flag is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BehaviorChangeWarn {
    /// Which flag.
    pub flag: Option<BehaviorFlag>,
}

vocabulary! {
    /// A method of the RPC server.
    RpcTask {
        "compile", "compile_project", "run", "run_project", "run_sql", "seed", "seed_project", "test", "test_project",
        "build", "deps", "list", "docs.generate", "snapshot", "run-operation", "snapshot-freshness",
        "source-freshness", "gc", "get-manifest", "kill", "poll", "ps", "status", "cli_args",
    } else "other"
}

/// `rpc_request`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RpcRequest {
    /// The method.
    pub task: Option<RpcTask>,
}

vocabulary! {
    /// A public plug-in; any other may be a company's own.
    PluginName { "dbt-loom" | "dbt_loom" | "dbtloom", "dbt_cloud" | "dbt-cloud" } else "other"
}

/// `plugin_get_nodes`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PluginGetNodes {
    /// The plug-in.
    pub plugin: Option<PluginName>,
    /// Models that it brought.
    pub model_nodes: Option<i64>,
    /// Packages that these belong to.
    pub model_packages: Option<i64>,
}

/// `artifact_upload`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArtifactUpload {
    /// After which command.
    pub command: Option<Command>,
}

vocabulary! {
    /// Which hint was shown.
    HintType { "reuse_relations_on_too_many_models", "long_parsing_without_v2_parser" } else "other"
}

/// `hint_view`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HintView {
    /// The hint.
    pub hint: Option<HintType>,
}

vocabulary! {
    /// What switched state management on.
    ManageStateSource { "cli_flag", "env_var", "programmatic", "project_config", "user_settings" } else "other"
}

/// `manage_state`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ManageState {
    /// Always true in released code.
    pub manage_state: Option<bool>,
    /// What switched it on.
    pub source: Option<ManageStateSource>,
}

/// Declares a protobuf enumeration: its words in the order of their numbers.
macro_rules! enumeration {
    ($(#[$doc:meta])* $name:ident [$($word:literal),+ $(,)?]) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(&'static str);

        impl $name {
            /// The word of a number; `other` for a number of a later dbt.
            pub fn of_number(number: u64) -> Self {
                const WORDS: &[&str] = &[$($word),+];
                Self(usize::try_from(number).ok().and_then(|n| WORDS.get(n)).copied().unwrap_or("other"))
            }
        }

        impl super::Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),+, "other"];
            fn as_str(self) -> &'static str {
                self.0
            }
        }
    };
}

enumeration! {
    /// A screen of the onboarding flow.
    OnboardingScreen [
        "unspecified", "welcome", "profile_check", "profile_found", "profile_setup", "link_account", "dbt_parse",
        "parse_error_autofix", "dbt_parse_retry", "parse_error_fail", "compile_no_sa", "compile_no_sa_fail",
        "compile", "compile_fail", "success", "agentic_autofix", "try_agentic_autofix", "download_agents_md",
        "compile_sa_baseline", "compile_sa_baseline_success", "login",
    ]
}

enumeration! {
    /// What happened on a screen of the onboarding flow.
    OnboardingAction [
        "unspecified", "initiated", "screen_shown", "run_started", "run_finished", "step_completed", "step_failed",
    ]
}

enumeration! {
    /// What was logged in to.
    LoginType ["unspecified", "platform", "state"]
}

enumeration! {
    /// Why a login failed.
    LoginErrorCode [
        "not_authenticated", "authentication_expired", "inaccessible_source", "malformed_config",
        "interactive_failure", "inadequate_scopes", "refresh_failed",
    ]
}

/// `Onboarding` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Onboarding {
    /// Where.
    pub screen: OnboardingScreen,
    /// What.
    pub action: OnboardingAction,
    /// Whether it went well.
    pub success: bool,
    /// The machine user.
    pub user_id: Option<UserId>,
}

/// `Login` of dbt 2. Account numbers and error texts are not kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Login {
    /// Whether it went well.
    pub success: bool,
    /// What was logged in to.
    pub login_type: LoginType,
    /// Why it failed.
    pub error_code: Option<LoginErrorCode>,
    /// The machine user.
    pub user_id: Option<UserId>,
    /// The project.
    pub project_id: Option<ProjectId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Word;

    #[test]
    fn codes_and_names_are_words_of_lists_and_whatever_looks_like_them_is_not() {
        let status = |text| ParserStatus::parse(text).map(Word::as_str);
        assert_eq!(status("00_exact_match"), Some("00_exact_match"));
        assert_eq!(status("80_stable_exact_match"), Some("80_stable_exact_match"));
        for text in ["80_acme_customers", "jane@example.com"] {
            assert_eq!(status(text), Some("other"), "{text}");
        }
        let deprecation = |text| Deprecation::parse(text).map(Word::as_str);
        assert_eq!(deprecation("project-flags-moved"), Some("project-flags-moved"));
        for text in ["acme-warehouse", "correct-horse-battery-staple", "0d7ab3a5-5c1c-4f0b-9a68-2f3f6a0b7c11"] {
            assert_eq!(deprecation(text), Some("other"), "{text}");
        }
    }

    #[test]
    fn numbers_of_a_later_dbt_are_other() {
        assert_eq!(OnboardingScreen::of_number(20).as_str(), "login");
        assert_eq!(OnboardingScreen::of_number(21).as_str(), "other");
        assert_eq!(LoginErrorCode::of_number(0).as_str(), "not_authenticated");
        assert_eq!(LoginType::of_number(u64::MAX).as_str(), "other");
    }
}
