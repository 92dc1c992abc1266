//! `plugin_get_nodes_events`

use super::table::{table, word};
use crate::event::PluginGetNodes;

table! {
    /// One plug-in that brought nodes (dbt 1.6 and later 1.x)
    PluginGetNodesEvents = "plugin_get_nodes_events" of PluginGetNodes, |event| {
        plugin: Text = word(event.plugin), "Public plug-in, else other";
        model_nodes: Long = event.model_nodes, "Models that it brought";
        model_packages: Long = event.model_packages, "Packages that these belong to";
    }
}
