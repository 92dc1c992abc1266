//! `runnable_events`

use super::column::Seconds;
use super::table::table;
use crate::event::Runnable;

table! {
    /// One timing of a command's preparation (dbt 1.1 and later 1.x); one of the two columns is set
    RunnableEvents = "runnable_events" of Runnable, |event| {
        /// Time to compile the graph
        #[from(dbt1 = "runnable.graph_compilation_elapsed", dbt2 = none)]
        graph_compilation_seconds: Seconds = event.graph_compilation_seconds;
        /// Time to fill the adapter's cache of relations
        #[from(dbt1 = "runnable.adapter_cache_construction_elapsed", dbt2 = none)]
        adapter_cache_construction_seconds: Seconds = event.adapter_cache_construction_seconds;
    }
}
