//! `adapter_info_events`

use super::column::{ClosedList, Pseudonym};
use super::table::table;
use crate::event::ids::AdapterUniqueId;
use crate::event::{Adapter, AdapterInfo};

table! {
    /// One statement of which adapter a command uses (dbt 1.5 and later, dbt 2)
    AdapterInfoEvents = "adapter_info_events" of AdapterInfo, |event| {
        /// The adapter
        #[from(dbt1 = "adapter_info.adapter_type", dbt2 = "AdapterInfo.adapter_type")]
        adapter: ClosedList<Adapter> = event.adapter;
        /// What it connects to: dbt's MD5 of account, host or database
        #[from(dbt1 = "adapter_info.adapter_unique_id", dbt2 = "AdapterInfo.adapter_unique_id")]
        adapter_unique_id: Pseudonym<AdapterUniqueId> = event.adapter_unique_id;
    }
}
