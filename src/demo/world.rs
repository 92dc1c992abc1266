//! The world that the demonstration is of: what there is, and how common it is. All of it is made up; only the names are
//! those that dbt sends (formats.md).

/// Which dbt it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// dbt 1, in Python.
    One,
    /// dbt 2, in Rust, with this word for its distribution; Fusion's builds send none.
    Two(&'static str),
}

/// A release of dbt.
#[derive(Debug)]
pub struct Release {
    /// As it names itself, without the equals sign that dbt 1 puts before it.
    pub version: &'static str,
    /// Its first two numbers, as text.
    pub minor: &'static str,
    /// Which dbt.
    pub engine: Engine,
    /// Its second number.
    pub number: u8,
    /// What its end event says.
    pub end: End,
    /// Whether dbt says on every start that it is not supported any more.
    pub is_deprecated: bool,
}

/// What the end event of a release says (definitions, Outcome).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An error only if something was raised: not if a node failed.
    Raised,
    /// An error if the run failed and a new `click` is installed, else `ok` whatever happened.
    Click,
    /// How it was.
    True,
}

const fn one(version: &'static str, minor: &'static str, number: u8, end: End, is_deprecated: bool) -> Release {
    Release { version, minor, engine: Engine::One, number, end, is_deprecated }
}

const fn two(version: &'static str, distribution: &'static str) -> Release {
    let engine = Engine::Two(distribution);
    Release { version, minor: "2.0", engine, number: 0, end: End::True, is_deprecated: false }
}

const V1_4: Release = one("1.4.9", "1.4", 4, End::Raised, false);
const V1_5: Release = one("1.5.11", "1.5", 5, End::Click, false);
const V1_7: Release = one("1.7.19", "1.7", 7, End::Click, false);
const V1_8: Release = one("1.8.9", "1.8", 8, End::Click, false);
const V1_9: Release = one("1.9.10", "1.9", 9, End::Click, false);
const V1_9_LAST: Release = one("1.9.11", "1.9", 9, End::Click, true);
const V1_10: Release = one("1.10.15", "1.10", 10, End::Click, false);
const V1_10_LAST: Release = one("1.10.23", "1.10", 10, End::Click, true);
const V1_11_2: Release = one("1.11.2", "1.11", 11, End::Click, false);
const V1_11: Release = one("1.11.9", "1.11", 11, End::True, false);
const V1_12: Release = one("1.12.1", "1.12", 12, End::True, false);
const FUSION: Release = two("2.0.0-preview.196", "");
const CORE_2: Release = two("2.0.0-beta.2", "dbt-oss");

/// The minor version that is released in the course of the demonstration, and what it was before.
pub static NEW: Release = one("1.13.0", "1.13", 13, End::True, false);
/// Its release candidate.
pub static NEW_CANDIDATE: Release = one("1.13.0rc1", "1.13", 13, End::True, false);
/// The next build of Fusion, which everybody with the one before gets.
pub static FUSION_NEXT: Release = two("2.0.0-preview.203", "");

/// What projects have on the first day.
pub static RELEASES: [(&Release, f64); 13] = [
    (&V1_4, 2.0),
    (&V1_5, 3.0),
    (&V1_7, 9.0),
    (&V1_8, 12.0),
    (&V1_9, 13.0),
    (&V1_9_LAST, 3.0),
    (&V1_10, 14.0),
    (&V1_10_LAST, 3.0),
    (&V1_11_2, 7.0),
    (&V1_11, 12.0),
    (&V1_12, 12.0),
    (&FUSION, 6.0),
    (&CORE_2, 4.0),
];

/// Adapters, and how common they are.
pub static ADAPTERS: [(&Adapter, f64); 10] = [
    (&Adapter { name: "snowflake", version: "1.11.3", is_in_two: true }, 32.0),
    (&Adapter { name: "bigquery", version: "1.11.0", is_in_two: true }, 23.0),
    (&Adapter { name: "databricks", version: "1.11.4", is_in_two: true }, 14.0),
    (&Adapter { name: "postgres", version: "1.10.0", is_in_two: true }, 8.0),
    (&Adapter { name: "redshift", version: "1.10.1", is_in_two: true }, 8.0),
    (&Adapter { name: "duckdb", version: "1.10.0", is_in_two: true }, 6.0),
    (&Adapter { name: "athena", version: "1.10.0", is_in_two: false }, 3.0),
    (&Adapter { name: "spark", version: "1.10.0", is_in_two: false }, 2.0),
    (&Adapter { name: "clickhouse", version: "1.9.7", is_in_two: false }, 2.0),
    (&Adapter { name: "fabric", version: "1.9.8", is_in_two: false }, 2.0),
];

/// What tutorials are run with.
pub static TEMPLATE_ADAPTERS: [(&Adapter, f64); 2] = [
    (&Adapter { name: "duckdb", version: "1.10.0", is_in_two: true }, 3.0),
    (&Adapter { name: "postgres", version: "1.10.0", is_in_two: true }, 1.0),
];

/// An adapter.
#[derive(Debug)]
pub struct Adapter {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Whether dbt 2 has it.
    pub is_in_two: bool,
}

/// The adapter whose success rate falls in the last whole week that is final.
pub const FALLING: &str = "bigquery";

/// By how much the part of a project's runs that succeed falls.
pub const FALL: f64 = 0.2;

/// MD5s of the names of public templates: `jaffle_shop`, `my_new_project`, `jaffle_shop_duckdb`.
pub static TEMPLATES: [(&str, f64); 3] = [
    ("06e5b98c2db46f8a72cc4f66410e9b3b", 4.0),
    ("faebc42304447d4427374f806679ecb5", 2.0),
    ("3747f21b5908b557e63ac297c0446c6d", 3.0),
];

/// What starts dbt on a schedule, by the text that says so.
pub static SCHEDULERS: [(&str, f64); 6] = [
    ("github-actions", 30.0),
    ("gitlab-ci", 10.0),
    ("dbt-cloud-scheduler", 22.0),
    ("airflow", 24.0),
    ("dagster", 9.0),
    ("prefect", 5.0),
];

/// What somebody at a keyboard runs.
pub static MANUAL_COMMANDS: [(&str, f64); 12] = [
    ("run", 38.0),
    ("build", 20.0),
    ("test", 9.0),
    ("compile", 9.0),
    ("deps", 6.0),
    ("docs-generate", 4.0),
    ("debug", 4.0),
    ("list", 3.0),
    ("parse", 3.0),
    ("seed", 2.0),
    ("snapshot", 1.0),
    ("source-freshness", 1.0),
];

/// What is scheduled.
pub static SCHEDULED_COMMANDS: [(&str, f64); 10] = [
    ("build", 42.0),
    ("run", 24.0),
    ("test", 9.0),
    ("deps", 8.0),
    ("source-freshness", 4.0),
    ("seed", 3.0),
    ("snapshot", 4.0),
    ("docs-generate", 3.0),
    ("compile", 2.0),
    ("list", 1.0),
];

/// Computers on which somebody sits.
pub static LAPTOPS: [(&str, f64); 6] = [
    ("macOS-15.6-arm64-arm-64bit", 34.0),
    ("macOS-14.7-arm64-arm-64bit", 16.0),
    ("macOS-13.6.1-x86_64-i386-64bit", 6.0),
    ("Windows-11-10.0.22631-SP0", 18.0),
    ("Windows-10-10.0.19045-SP0", 6.0),
    ("Linux-6.8.0-45-generic-x86_64-with-glibc2.39", 20.0),
];

/// Computers on which nobody does.
pub static SERVERS: [(&str, f64); 5] = [
    ("Linux-6.8.0-1017-aws-x86_64-with-glibc2.39", 34.0),
    ("Linux-6.1.0-26-cloud-amd64-x86_64-with-glibc2.36", 30.0),
    ("Linux-5.15.0-1041-aws-x86_64-with-glibc2.31", 14.0),
    ("Linux-6.6.31-aarch64-with-glibc2.36", 16.0),
    ("Linux-6.6.31-r0-virt-x86_64-with-musl1.2.5", 6.0),
];

/// Versions of Python, of which old releases of dbt run on the older ones.
pub static PYTHONS: [(Python, f64); 6] = [
    (Python { version: "3.8.20", minor: "3.8" }, 3.0),
    (Python { version: "3.9.19", minor: "3.9" }, 9.0),
    (Python { version: "3.10.15", minor: "3.10" }, 17.0),
    (Python { version: "3.11.9", minor: "3.11" }, 34.0),
    (Python { version: "3.12.6", minor: "3.12" }, 27.0),
    (Python { version: "3.13.1", minor: "3.13" }, 10.0),
];

/// A version of Python.
#[derive(Clone, Copy, Debug)]
pub struct Python {
    /// All of it.
    pub version: &'static str,
    /// Its first two numbers.
    pub minor: &'static str,
}

/// Where people are: their part of all projects, how many hours their clocks are ahead, and the countries.
pub static REGIONS: [Region; 3] = [
    Region { weight: 0.46, hours_ahead: -6, countries: &[("US", 82.0), ("CA", 10.0), ("BR", 8.0)] },
    Region {
        weight: 0.40,
        hours_ahead: 1,
        countries: &[("GB", 28.0), ("DE", 22.0), ("FR", 16.0), ("NL", 14.0), ("SE", 10.0), ("ES", 10.0)],
    },
    Region { weight: 0.14, hours_ahead: 8, countries: &[("IN", 40.0), ("AU", 30.0), ("JP", 20.0), ("SG", 10.0)] },
];

/// A part of the world.
#[derive(Debug)]
pub struct Region {
    /// Which part of the projects is there.
    pub weight: f64,
    /// How far its clocks are ahead of UTC.
    pub hours_ahead: i64,
    /// The countries, by what the collector would call them.
    pub countries: &'static [(&'static str, f64)],
}

/// Packages of the hub.
pub static PACKAGES: [((&str, &str), f64); 8] = [
    (("dbt-labs/dbt_utils", "1.3.0"), 40.0),
    (("dbt-labs/dbt_utils", "1.1.1"), 16.0),
    (("metaplane/dbt_expectations", "0.10.8"), 10.0),
    (("dbt-labs/codegen", "0.13.1"), 10.0),
    (("dbt-labs/dbt_project_evaluator", "1.0.0"), 7.0),
    (("elementary-data/elementary", "0.16.4"), 7.0),
    (("dbt-labs/audit_helper", "0.12.1"), 6.0),
    (("dbt-labs/dbt_external_tables", "0.11.1"), 4.0),
];

/// How nodes are built.
pub static MATERIALIZATIONS: [(&str, f64); 3] = [("view", 42.0), ("table", 36.0), ("incremental", 22.0)];

/// How incremental models take in rows.
pub static STRATEGIES: [(&str, f64); 5] =
    [("merge", 50.0), ("delete+insert", 22.0), ("append", 12.0), ("insert_overwrite", 12.0), ("microbatch", 4.0)];

/// What is deprecated.
pub static DEPRECATIONS: [(&str, f64); 4] = [
    ("generic-json-schema-validation-deprecation", 4.0),
    ("missing-arguments-property-in-generic-test-deprecation", 5.0),
    ("custom-key-in-config-deprecation", 3.0),
    ("project-flags-moved", 2.0),
];

/// Legacy behaviours.
pub static BEHAVIORS: [(&str, f64); 3] = [
    ("require_generic_test_arguments_property", 4.0),
    ("source_freshness_run_project_hooks", 3.0),
    ("state_modified_compare_more_unrendered_values", 2.0),
];

/// Why projects are parsed from the start.
pub static REPARSES: [(&str, f64); 5] = [
    ("02_file_not_found", 50.0),
    ("03_vars_changed", 18.0),
    ("01_version_mismatch", 12.0),
    ("06_project_config_changed", 12.0),
    ("09_project_env_vars_changed", 8.0),
];
