//! `run_adapter_info_events`

use super::column::{CheckedForm, ClosedList, Pseudonym};
use super::table::table;
use crate::event::ids::NodeRunId;
use crate::event::{Adapter, RunAdapterInfo};

table! {
    /// The adapter of one node run (dbt 2); joins run_model_events by node_run_id
    RunAdapterInfoEvents = "run_adapter_info_events" of RunAdapterInfo<'r>, |event| {
        /// The node run
        #[from(dbt1 = none, dbt2 = "AdapterInfoV2.run_model_id")]
        node_run_id: Pseudonym<NodeRunId> = event.node_run_id;
        /// The adapter
        #[from(dbt1 = none, dbt2 = "AdapterInfoV2.adapter_name")]
        adapter: ClosedList<Adapter> = event.adapter;
        /// Version of that adapter
        #[from(dbt1 = none, dbt2 = "AdapterInfoV2.adapter_version")]
        adapter_version: CheckedForm = event.adapter_version.map(|v| v.text);
        /// Version of the base of all adapters
        #[from(dbt1 = none, dbt2 = "AdapterInfoV2.base_adapter_version")]
        base_adapter_version: CheckedForm = event.base_adapter_version.map(|v| v.text);
    }
}
