//! `cloud_invocation_events`

use super::table::table;

table! {
    /// One command run in dbt's cloud (dbt 2); account, project and job numbers are not kept
    CloudInvocationEvents = "cloud_invocation_events" of (), |_| {}
}
