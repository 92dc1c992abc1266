//! `manage_state_events`

use super::table::{table, word};
use crate::event::ManageState;

table! {
    /// One command with state management on (dbt 1.13)
    ManageStateEvents = "manage_state_events" of ManageState, |event| {
        manage_state: Flag = event.manage_state, "Whether it is on";
        switched_by: Text = word(event.source), "What switched it on";
    }
}
