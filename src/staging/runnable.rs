//! `runnable_events`

use super::table::table;
use crate::event::Runnable;

table! {
    /// One timing of a command's preparation (dbt 1.1 and later); one of the two columns is set
    RunnableEvents = "runnable_events" of Runnable, |event| {
        graph_compilation_seconds: Double = event.graph_compilation_seconds, "Seconds to compile the graph";
        adapter_cache_construction_seconds: Double = event.adapter_cache_construction_seconds, "Seconds to fill the adapter's cache of relations";
    }
}
