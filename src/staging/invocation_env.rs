//! `invocation_env_events`

use super::column::Class;
use super::table::table;
use crate::event::{Environment, InvocationEnv};

table! {
    /// One statement of where a command runs (dbt 2; dbt 1 says so in the invocation event)
    InvocationEnvEvents = "invocation_env_events" of InvocationEnv, |event| {
        /// Who or what started dbt: the class of DBT_INVOCATION_ENV
        #[from(dbt1 = none, dbt2 = "InvocationEnv.environment")]
        environment: Class<Environment> = Some(event.environment);
    }
}
