//! `load_all_timing_events`

use super::table::table;
use crate::event::LoadAllTiming;

table! {
    /// One loading of a project (dbt 1)
    LoadAllTimingEvents = "load_all_timing_events" of LoadAllTiming, |event| {
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the project name";
        path_count: Long = event.path_count, "Files in the project";
        parsed_path_count: Long = event.parsed_path_count, "Files parsed this time";
        read_files_seconds: Double = event.read_files_seconds, "Seconds to read files";
        load_macros_seconds: Double = event.load_macros_seconds, "Seconds to load macros";
        parse_project_seconds: Double = event.parse_project_seconds, "Seconds to parse the project";
        patch_sources_seconds: Double = event.patch_sources_seconds, "Seconds to patch sources";
        process_manifest_seconds: Double = event.process_manifest_seconds, "Seconds to process the manifest";
        load_all_seconds: Double = event.load_all_seconds, "Seconds of it all";
        is_partial_parse_enabled: Flag = event.is_partial_parse_enabled, "Whether partial parsing is on";
        is_static_analysis_enabled: Flag = event.is_static_analysis_enabled, "Whether the static parser is on";
        static_analysis_path_count: Long = event.static_analysis_path_count, "Files that the static parser could take";
        static_analysis_parsed_path_count: Long = event.static_analysis_parsed_path_count, "Files that the static parser took";
    }
}
