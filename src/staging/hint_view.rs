//! `hint_view_events`

use super::table::{table, word};
use crate::event::HintView;

table! {
    /// One hint shown (dbt 1.12 and later 1.x)
    HintViewEvents = "hint_view_events" of HintView, |event| {
        hint: Text = word(event.hint), "Hint";
    }
}
