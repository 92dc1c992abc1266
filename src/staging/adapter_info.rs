//! `adapter_info_events`

use super::table::{table, word};
use crate::event::AdapterInfo;

table! {
    /// One statement of which adapter a command uses (dbt 1.5 and later, dbt 2)
    AdapterInfoEvents = "adapter_info_events" of AdapterInfo, |event| {
        adapter: Text = word(event.adapter), "Adapter";
        adapter_unique_id: Text = event.adapter_unique_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of account, host or database";
    }
}
