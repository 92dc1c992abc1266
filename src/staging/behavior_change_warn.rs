//! `behavior_change_warn_events`

use super::table::{table, word};
use crate::event::BehaviorChangeWarn;

table! {
    /// One warning of a behaviour flag left at its old value
    BehaviorChangeWarnEvents = "behavior_change_warn_events" of BehaviorChangeWarn, |event| {
        flag: Text = word(event.flag), "Flag of dbt or of a public adapter";
    }
}
