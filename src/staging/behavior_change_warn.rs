//! `behavior_change_warn_events`

use super::column::ClosedList;
use super::table::table;
use crate::event::{BehaviorChangeWarn, BehaviorFlag};

table! {
    /// One warning of a behaviour flag left at its old value (dbt 1.9 and later 1.x)
    BehaviorChangeWarnEvents = "behavior_change_warn_events" of BehaviorChangeWarn, |event| {
        /// The flag, of dbt or of a public adapter
        #[from(dbt1 = "behavior_change_warn.data.flag_name", dbt2 = none)]
        flag: ClosedList<BehaviorFlag> = event.flag;
    }
}
