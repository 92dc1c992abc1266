//! `resource_counts_events`

use super::table::table;
use crate::event::ResourceCounts;

table! {
    /// One count of what a project holds; null where the release does not report a kind
    ResourceCountsEvents = "resource_counts_events" of ResourceCounts, |event| {
        models: Long = event.models, "Models";
        data_tests: Long = event.data_tests, "Data tests (tests up to 1.7)";
        unit_tests: Long = event.unit_tests, "Unit tests";
        snapshots: Long = event.snapshots, "Snapshots";
        analyses: Long = event.analyses, "Analyses";
        macros: Long = event.macros, "Macros, those of packages and of dbt included";
        operations: Long = event.operations, "Operations";
        seeds: Long = event.seeds, "Seeds";
        sources: Long = event.sources, "Sources";
        exposures: Long = event.exposures, "Exposures";
        metrics: Long = event.metrics, "Metrics";
        groups: Long = event.groups, "Groups";
        semantic_models: Long = event.semantic_models, "Semantic models";
        saved_queries: Long = event.saved_queries, "Saved queries";
        catalogs: Long = event.catalogs, "Catalogs";
    }
}
