//! A command of dbt starts and ends: what was run, with which version, where and for whom.

use super::ids::{AdapterUniqueId, ProjectId, UserId};
use super::platform::{Platform, Python};
use super::version::DbtVersion;
use super::vocabulary::{self, vocabulary};

vocabulary! {
    /// Where in its life an invocation is. `invalid`: dbt before 1.5 could not read its configuration.
    Progress { "start", "end", "invalid" }
}

vocabulary! {
    /// What dbt says of the result. It is not success: see definitions, Outcome.
    ResultType {
        "ok", "error", "unknown",
        "invalid_project", "invalid_profile", "invalid_target", "invalid_selector",
    } else "other"
}

vocabulary! {
    /// A dbt command under its canonical name. Free text (a full command line, say) is `other`.
    Command {
        "run", "build", "test", "seed", "snapshot" | "archive", "compile", "parse", "list" | "ls",
        "debug", "deps", "docs-generate" | "generate", "docs-serve" | "serve", "docs", "show", "clone",
        "source-freshness" | "freshness" | "snapshot-freshness" | "source",
        "run-operation" | "runoperation", "retry", "init", "clean", "login", "rpc", "migration",
    } else "other"
}

vocabulary! {
    /// Which implementation of dbt: Python (`core-1`), or the Rust engine in its open or its full build.
    Engine { "core-1", "core-2", "fusion" }
}

impl Engine {
    /// Every Python release.
    pub const CORE_1: Self = Self("core-1");
    const CORE_2: Self = Self("core-2");
    const FUSION: Self = Self("fusion");

    /// The engine of a dbt 2 from its `distribution`. Builds from before that field existed were Fusion's.
    pub fn of_distribution(distribution: &str) -> Self {
        match distribution {
            "dbt-oss" => Self::CORE_2,
            _ => Self::FUSION,
        }
    }
}

vocabulary! {
    /// A public adapter.
    Adapter {
        "athena", "bigquery", "clickhouse", "cratedb", "databend", "databricks", "decodable", "doris",
        "dremio", "duckdb", "exasol", "extrica", "fabric", "fabricspark", "firebolt", "glue", "greenplum",
        "hive", "ibmdb2", "impala", "infer", "iomete", "layer", "materialize", "maxcompute", "mindsdb",
        "mysql", "netezza", "oracle", "postgres" | "postgresql", "presto", "redshift", "risingwave",
        "rockset", "salesforce", "singlestore", "snowflake", "spark", "sqlite", "sqlserver", "starrocks",
        "synapse", "tembo", "teradata", "tidb", "timescaledb", "trino", "upsolver", "vertica",
        "watsonx_presto", "watsonx_spark", "yellowbrick", "ydb",
    } else "other"
}

vocabulary! {
    /// Who or what started dbt, as a class; the text itself (`DBT_INVOCATION_ENV`) is not kept.
    Environment { "manual", "cloud", "ci", "orchestrator" } else "other"
}

/// Known values of `DBT_INVOCATION_ENV`, and the class of each. A longer text belongs to the class of a
/// value that it continues after a separator (`github-actions-nightly`).
const ENVIRONMENTS: [(&str, Environment); 41] = {
    const CI: Environment = Environment("ci");
    const CLOUD: Environment = Environment("cloud");
    const ORCHESTRATOR: Environment = Environment("orchestrator");
    [
        ("manual", Environment("manual")),
        ("dbt-cloud", CLOUD),
        ("dbt_cloud", CLOUD),
        ("ci", CI),
        ("github-actions", CI),
        ("github_actions", CI),
        ("gitlab-ci", CI),
        ("gitlab_ci", CI),
        ("gitlab", CI),
        ("circleci", CI),
        ("circle-ci", CI),
        ("jenkins", CI),
        ("buildkite", CI),
        ("azure-pipelines", CI),
        ("azure-devops", CI),
        ("bitbucket-pipelines", CI),
        ("bitbucket", CI),
        ("travis", CI),
        ("travis-ci", CI),
        ("teamcity", CI),
        ("drone", CI),
        ("codebuild", CI),
        ("cloudbuild", CI),
        ("cloud-build", CI),
        ("semaphore", CI),
        ("bamboo", CI),
        ("codefresh", CI),
        ("airflow", ORCHESTRATOR),
        ("astronomer", ORCHESTRATOR),
        ("cosmos", ORCHESTRATOR),
        ("mwaa", ORCHESTRATOR),
        ("composer", ORCHESTRATOR),
        ("dagster", ORCHESTRATOR),
        ("prefect", ORCHESTRATOR),
        ("kestra", ORCHESTRATOR),
        ("argo", ORCHESTRATOR),
        ("luigi", ORCHESTRATOR),
        ("meltano", ORCHESTRATOR),
        ("mage", ORCHESTRATOR),
        ("databricks-workflows", ORCHESTRATOR),
        ("step-functions", ORCHESTRATOR),
    ]
};

impl Environment {
    /// The class of a value of `DBT_INVOCATION_ENV`; an empty one is dbt's own default, `manual`.
    pub fn classify(text: &str) -> Self {
        let mut buffer = vocabulary::buffer();
        let text = vocabulary::folded(text, &mut buffer);
        if text.is_empty() {
            return Self("manual");
        }
        ENVIRONMENTS
            .iter()
            .find(|(value, _)| {
                text.strip_prefix(value)
                    .is_some_and(|rest| rest.bytes().next().is_none_or(|next| !next.is_ascii_alphanumeric()))
            })
            .map_or(Self("other"), |(_, class)| *class)
    }
}

/// A country, two upper-case letters (ISO 3166), from the collector's lookup. Nothing finer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two letters; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_alphabetic).then(|| Self(letters.map(|l| l.to_ascii_uppercase())))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// `Invocation` of dbt 2, `invocation` of dbt 1 with the platform and environment that come with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Invocation<'a> {
    /// Start, end or invalid.
    pub progress: Progress,
    /// As dbt said it.
    pub result_type: Option<ResultType>,
    /// The command; dbt 2 names it only at the start.
    pub command: Option<Command>,
    /// dbt's version.
    pub version: Option<DbtVersion<'a>>,
    /// Python or Rust; `None` where dbt 2 does not say and no version does.
    pub engine: Engine,
    /// Before 1.5 and in dbt 2; from 1.5 an event of its own says it.
    pub project_id: Option<ProjectId>,
    /// Whether the project has the name of a public template.
    pub is_template_project: Option<bool>,
    /// The machine user.
    pub user_id: Option<UserId>,
    /// Before 1.5; from then an event of its own says it.
    pub adapter: Option<Adapter>,
    /// Before 1.5; from then an event of its own says it.
    pub adapter_unique_id: Option<AdapterUniqueId>,
    /// dbt 1 only.
    pub platform: Option<Platform<'a>>,
    /// dbt 1 only.
    pub python: Option<Python<'a>>,
    /// dbt 1 only; in dbt 2 an event of its own says it.
    pub environment: Option<Environment>,
    /// From the collector.
    pub country: Option<Country>,
}

/// `InvocationEnv` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InvocationEnv {
    /// The class of where it runs.
    pub environment: Environment,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Word;

    #[test]
    fn commands_have_one_name_each() {
        let name = |text| Command::parse(text).map(Word::as_str);
        assert_eq!(name("generate"), Some("docs-generate"));
        assert_eq!(name("Ls"), Some("list"));
        assert_eq!(name("RunOperation"), Some("run-operation"));
        assert_eq!(name("Source"), Some("source-freshness"));
        assert_eq!(name("snapshot-freshness"), Some("source-freshness"));
        assert_eq!(name("run --vars '{password: hunter2}'"), Some("other"));
        assert_eq!(name(""), None);
    }

    #[test]
    fn environments_become_classes() {
        let class = |text| Environment::classify(text).as_str();
        assert_eq!(class(""), "manual");
        assert_eq!(class("manual"), "manual");
        assert_eq!(class("dbt-cloud-scheduler"), "cloud");
        assert_eq!(class("github-actions"), "ci");
        assert_eq!(class("GitHub-Actions/acme"), "ci");
        assert_eq!(class("airflow"), "orchestrator");
        assert_eq!(class("cigars-inc"), "other");
        assert_eq!(class("acme-prod-42"), "other");
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!(Country::parse("us").map(|c| c.as_str().to_owned()).as_deref(), Some("US"));
        assert_eq!(Country::parse("USA"), None);
        assert_eq!(Country::parse("é"), None);
    }
}
