//! `hint_view_events`

use super::column::ClosedList;
use super::table::table;
use crate::event::{HintType, HintView};

table! {
    /// One hint shown (dbt 1.12 and later 1.x)
    HintViewEvents = "hint_view_events" of HintView, |event| {
        /// The hint
        #[from(dbt1 = "hint_view.hint_type", dbt2 = none)]
        hint: ClosedList<HintType> = event.hint;
    }
}
