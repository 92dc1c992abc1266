//! `login_events`

use super::table::{table, word};
use crate::event::{Login, Word};

table! {
    /// One `dbt login` (dbt 2)
    LoginEvents = "login_events" of Login, |event| {
        success: Flag = Some(event.success), "Whether it went well";
        login_type: Text = Some(event.login_type.as_str()), "What was logged in to";
        error_code: Text = word(event.error_code), "Why it failed";
        user_id: Text = event.user_id.as_ref().map(|id| id.as_str()), "Pseudonym of the machine user's persistent id";
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the project name";
    }
}
