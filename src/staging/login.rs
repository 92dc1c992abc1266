//! `login_events`

use super::column::{ClosedList, Flag, Pseudonym};
use super::table::table;
use crate::event::ids::{ProjectId, UserId};
use crate::event::{Login, LoginErrorCode, LoginType};

table! {
    /// One `dbt login` (dbt 2)
    LoginEvents = "login_events" of Login, |event| {
        /// Whether it went well
        #[from(dbt1 = none, dbt2 = "Login.success")]
        success: Flag = Some(event.success);
        /// What was logged in to
        #[from(dbt1 = none, dbt2 = "Login.login_type")]
        login_type: ClosedList<LoginType> = Some(event.login_type);
        /// Why it failed
        #[from(dbt1 = none, dbt2 = "Login.error_code")]
        error_code: ClosedList<LoginErrorCode> = event.error_code;
        /// The machine user's persistent id
        #[from(dbt1 = none, dbt2 = "Login.user_cookie")]
        user_id: Pseudonym<UserId> = event.user_id;
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = none, dbt2 = "Login.project_id")]
        project_id: Pseudonym<ProjectId> = event.project_id;
    }
}
