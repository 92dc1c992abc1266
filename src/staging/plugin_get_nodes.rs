//! `plugin_get_nodes_events`

use super::column::{ClosedList, Count};
use super::table::table;
use crate::event::{PluginGetNodes, PluginName};

table! {
    /// One plug-in that brought nodes (dbt 1.6 and later 1.x)
    PluginGetNodesEvents = "plugin_get_nodes_events" of PluginGetNodes, |event| {
        /// The plug-in, where it is a public one
        #[from(dbt1 = "plugin_get_nodes.plugin_name", dbt2 = none)]
        plugin: ClosedList<PluginName> = event.plugin;
        /// Models that it brought
        #[from(dbt1 = "plugin_get_nodes.num_model_nodes", dbt2 = none)]
        model_nodes: Count = event.model_nodes;
        /// Packages that these belong to
        #[from(dbt1 = "plugin_get_nodes.num_model_packages", dbt2 = none)]
        model_packages: Count = event.model_packages;
    }
}
