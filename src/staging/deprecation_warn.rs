//! `deprecation_warn_events`

use super::column::ClosedList;
use super::table::table;
use crate::event::{Deprecation, DeprecationWarn};

table! {
    /// One use of a deprecated feature (dbt 0.18 and later 1.x)
    DeprecationWarnEvents = "deprecation_warn_events" of DeprecationWarn, |event| {
        /// The name of the deprecation, where it is one of dbt's
        #[from(dbt1 = "deprecation_warn.deprecation_name", dbt2 = none)]
        deprecation: ClosedList<Deprecation> = event.deprecation;
    }
}
