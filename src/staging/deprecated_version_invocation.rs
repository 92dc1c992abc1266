//! `deprecated_version_invocation_events`

use super::table::table;

table! {
    /// One start of an unsupported version of dbt
    DeprecatedVersionInvocationEvents = "deprecated_version_invocation_events" of (), |_| {}
}
