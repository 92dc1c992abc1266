//! `resource_counts_events`

use super::column::Count;
use super::table::table;
use crate::event::ResourceCounts;

table! {
    /// One count of what a project holds; null where the release does not report a kind, 0 where it leaves out a kind
    /// of node of which there are none (1.8 and later 1.x)
    ResourceCountsEvents = "resource_counts_events" of ResourceCounts, |event| {
        /// Models
        #[from(dbt1 = "resource_counts.models", dbt2 = "ResourceCounts.models")]
        models: Count = event.models;
        /// Data tests
        #[from(dbt1 = "resource_counts.data_tests, else resource_counts.tests", dbt2 = "ResourceCounts.tests")]
        data_tests: Count = event.data_tests;
        /// Unit tests
        #[from(dbt1 = "resource_counts.unit_tests", dbt2 = "ResourceCounts.unit_tests")]
        unit_tests: Count = event.unit_tests;
        /// Snapshots
        #[from(dbt1 = "resource_counts.snapshots", dbt2 = "ResourceCounts.snapshots")]
        snapshots: Count = event.snapshots;
        /// Analyses
        #[from(dbt1 = "resource_counts.analyses", dbt2 = "ResourceCounts.analyses")]
        analyses: Count = event.analyses;
        /// Macros, those of packages and of dbt included
        #[from(dbt1 = "resource_counts.macros", dbt2 = "ResourceCounts.macros")]
        macros: Count = event.macros;
        /// Operations
        #[from(dbt1 = "resource_counts.operations", dbt2 = "ResourceCounts.operations")]
        operations: Count = event.operations;
        /// Seeds
        #[from(dbt1 = "resource_counts.seeds", dbt2 = "ResourceCounts.seeds")]
        seeds: Count = event.seeds;
        /// Sources
        #[from(dbt1 = "resource_counts.sources", dbt2 = "ResourceCounts.sources")]
        sources: Count = event.sources;
        /// Exposures
        #[from(dbt1 = "resource_counts.exposures", dbt2 = "ResourceCounts.exposures")]
        exposures: Count = event.exposures;
        /// Metrics; dbt 2 always sends 0, which is no count
        #[from(dbt1 = "resource_counts.metrics", dbt2 = none)]
        metrics: Count = event.metrics;
        /// Groups
        #[from(dbt1 = "resource_counts.groups", dbt2 = "ResourceCounts.groups")]
        groups: Count = event.groups;
        /// Semantic models; dbt 2 always sends 0, which is no count
        #[from(dbt1 = "resource_counts.semantic_models", dbt2 = none)]
        semantic_models: Count = event.semantic_models;
        /// Saved queries; dbt 2 always sends 0, which is no count
        #[from(dbt1 = "resource_counts.saved_queries", dbt2 = none)]
        saved_queries: Count = event.saved_queries;
        /// Catalogs
        #[from(dbt1 = "resource_counts.catalogs", dbt2 = "ResourceCounts.catalogs")]
        catalogs: Count = event.catalogs;
    }
}
