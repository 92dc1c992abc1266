//! A package was installed by `dbt deps`.

use super::ids::{PackageId, ProjectId};
use super::version::ReleaseVersion;
use super::vocabulary::vocabulary;

vocabulary! {
    /// Where a package comes from.
    PackageSource { "hub", "git", "local", "tarball", "private" } else "other"
}

vocabulary! {
    /// The name of a package of the public hub, without its organisation. Every other name may be a company's
    /// own, a URL with a password in it, or a path, and is not kept: see [`PackageInstall::package_id`].
    PackageName {
        "audit_helper", "codegen", "dbt_artifacts", "dbt_audit", "dbt_cloud_monitoring", "dbt_constraints",
        "dbt_coves", "dbt_data_reliability", "dbt_date", "dbt_event_logging", "dbt_expectations",
        "dbt_external_tables", "dbt_feature_store", "dbt_fivetran_utils", "dbt_ga4", "dbt_ml",
        "dbt_ml_preprocessing", "dbt_model_usage", "dbt_privacy", "dbt_product_analytics", "dbt_profiler",
        "dbt_project_evaluator", "dbt_resto", "dbt_semantic_view", "dbt_set_similarity", "dbt_snow_mask",
        "dbt_snowflake_monitoring", "dbt_snowflake_query_tags", "dbt_snowplow_normalize", "dbt_synth_data",
        "dbt_unit_testing", "dbt_unittest", "dbt_utils", "dbt_zendesk_source", "dbtvault", "automate_dbt",
        "datavault4dbt", "elementary", "fivetran_utils", "fivetran_log", "ga4", "google_ads", "github",
        "github_source", "hubspot", "hubspot_source", "jira", "jira_source", "klaviyo", "linkedin",
        "logging", "lookml_gen", "marketo", "metrics", "mailchimp", "netsuite", "pendo", "quickbooks", "re_data",
        "redshift", "salesforce", "salesforce_source", "segment", "shopify", "shopify_source",
        "snowflake_spend", "snowplow", "snowplow_ecommerce", "snowplow_media_player", "snowplow_mobile",
        "snowplow_unified", "snowplow_utils", "snowplow_web", "spark_utils", "stripe", "stripe_source",
        "tsql_utils", "xero", "zendesk", "zendesk_source",
    }
}

/// `package_install` of dbt 1, `PackageInstall` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PackageInstall<'a> {
    /// Hub, git, …
    pub source: Option<PackageSource>,
    /// Of the public hub only.
    pub name: Option<PackageName>,
    /// A pseudonym of the name or place, for counting packages that may not be named.
    pub package_id: Option<PackageId>,
    /// Where the name may be kept, the version may be too.
    pub version: Option<ReleaseVersion<'a>>,
    /// The project that installs (1.5 and later).
    pub project_id: Option<ProjectId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_names_pass() {
        assert!(PackageName::parse("dbt_utils").is_some());
        assert!(PackageName::parse("acme_internal").is_none());
        assert!(PackageName::parse("https://user:hunter2@git.example.com/p.git").is_none());
    }
}
