//! `deprecation_warn_events`

use super::table::table;
use crate::event::DeprecationWarn;

table! {
    /// One use of a deprecated feature
    DeprecationWarnEvents = "deprecation_warn_events" of DeprecationWarn<'r>, |event| {
        deprecation: Text = event.deprecation.map(|d| d.as_str()), "Name of the deprecation";
    }
}
