//! `invocation_env_events`

use super::table::table;
use crate::event::{InvocationEnv, Word};

table! {
    /// One statement of where a command runs (dbt 2; dbt 1 says so in the invocation event)
    InvocationEnvEvents = "invocation_env_events" of InvocationEnv, |event| {
        environment: Text = Some(event.environment.as_str()), "Class of DBT_INVOCATION_ENV";
    }
}
