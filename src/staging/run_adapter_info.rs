//! `run_adapter_info_events`

use super::table::{table, word};
use crate::event::RunAdapterInfo;

table! {
    /// The adapter of one node run (dbt 2); joins run_model_events by node_run_id
    RunAdapterInfoEvents = "run_adapter_info_events" of RunAdapterInfo<'r>, |event| {
        node_run_id: Text = event.node_run_id.as_ref().map(|id| id.as_str()), "Pseudonym of the node run";
        adapter: Text = word(event.adapter), "Adapter";
        adapter_version: Text = event.adapter_version.map(|v| v.text), "Version of that adapter";
        base_adapter_version: Text = event.base_adapter_version.map(|v| v.text), "Version of the base of all adapters";
    }
}
