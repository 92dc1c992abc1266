//! `manage_state_events`

use super::column::{ClosedList, Flag};
use super::table::table;
use crate::event::{ManageState, ManageStateSource};

table! {
    /// One command with state management on (dbt 1.13)
    ManageStateEvents = "manage_state_events" of ManageState, |event| {
        /// Whether it is on
        #[from(dbt1 = "manage_state.manage_state", dbt2 = none)]
        manage_state: Flag = event.manage_state;
        /// What switched it on
        #[from(dbt1 = "manage_state.source", dbt2 = none)]
        switched_by: ClosedList<ManageStateSource> = event.source;
    }
}
