//! `load_all_timing_events`

use super::column::{Count, Flag, Pseudonym, Seconds};
use super::table::table;
use crate::event::LoadAllTiming;
use crate::event::ids::ProjectId;

table! {
    /// One loading of a project (dbt 0.19 and later 1.x)
    LoadAllTimingEvents = "load_all_timing_events" of LoadAllTiming, |event| {
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = "load_all_timing.project_id", dbt2 = none)]
        project_id: Pseudonym<ProjectId> = event.project_id;
        /// Files in the project
        #[from(dbt1 = "load_all_timing.path_count", dbt2 = none)]
        path_count: Count = event.path_count;
        /// Files parsed this time
        #[from(dbt1 = "load_all_timing.parsed_path_count", dbt2 = none)]
        parsed_path_count: Count = event.parsed_path_count;
        /// Time to read files
        #[from(dbt1 = "load_all_timing.read_files_elapsed", dbt2 = none)]
        read_files_seconds: Seconds = event.read_files_seconds;
        /// Time to load macros
        #[from(dbt1 = "load_all_timing.load_macros_elapsed", dbt2 = none)]
        load_macros_seconds: Seconds = event.load_macros_seconds;
        /// Time to parse the project
        #[from(dbt1 = "load_all_timing.parse_project_elapsed", dbt2 = none)]
        parse_project_seconds: Seconds = event.parse_project_seconds;
        /// Time to patch sources
        #[from(dbt1 = "load_all_timing.patch_sources_elapsed", dbt2 = none)]
        patch_sources_seconds: Seconds = event.patch_sources_seconds;
        /// Time to process the manifest
        #[from(dbt1 = "load_all_timing.process_manifest_elapsed", dbt2 = none)]
        process_manifest_seconds: Seconds = event.process_manifest_seconds;
        /// Time of it all
        #[from(dbt1 = "load_all_timing.load_all_elapsed", dbt2 = none)]
        load_all_seconds: Seconds = event.load_all_seconds;
        /// Whether partial parsing is on
        #[from(dbt1 = "load_all_timing.is_partial_parse_enabled", dbt2 = none)]
        is_partial_parse_enabled: Flag = event.is_partial_parse_enabled;
        /// Whether the static parser is on
        #[from(dbt1 = "load_all_timing.is_static_analysis_enabled", dbt2 = none)]
        is_static_analysis_enabled: Flag = event.is_static_analysis_enabled;
        /// Files that the static parser could take
        #[from(dbt1 = "load_all_timing.static_analysis_path_count", dbt2 = none)]
        static_analysis_path_count: Count = event.static_analysis_path_count;
        /// Files that the static parser took
        #[from(dbt1 = "load_all_timing.static_analysis_parsed_path_count", dbt2 = none)]
        static_analysis_parsed_path_count: Count = event.static_analysis_parsed_path_count;
    }
}
