//! `deprecation_warn_events`

use super::column::CheckedForm;
use super::table::table;
use crate::event::DeprecationWarn;

table! {
    /// One use of a deprecated feature (dbt 0.18 and later 1.x)
    DeprecationWarnEvents = "deprecation_warn_events" of DeprecationWarn<'r>, |event| {
        /// The name of the deprecation: lower-case words joined by hyphens
        #[from(dbt1 = "deprecation_warn.deprecation_name", dbt2 = none)]
        deprecation: CheckedForm = event.deprecation.map(|d| d.as_str());
    }
}
