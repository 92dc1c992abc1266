-- title: Features of projects by week
-- question: Which features could each project tell of in each week, and which did it use?
-- grain: one feature, project and week; runs without a known project together, with project_key null
-- key: feature, week, project_key
-- column: feature_group: resources (what the project contains), models (what was run) or run (how dbt itself ran)
-- column: feature: Feature
-- column: week: Monday of the week
-- column: project_key: The unit "a project"; null: unknown
-- column: known_runs: Invocations that say whether the feature is used (count)
-- column: runs_using: Those that use it (count)

WITH
-- A project has many runs in a week: added up before they are taken apart by feature.
by_project AS (
    SELECT
        week,
        project_key,
        -- Where the version or materialization is unknown, using it is what tells.
        SUM(unit_tests_known) AS unit_tests_known, SUM(unit_tests_used) AS unit_tests_used,
        SUM(snapshots_known) AS snapshots_known, SUM(snapshots_used) AS snapshots_used,
        SUM(seeds_known) AS seeds_known, SUM(seeds_used) AS seeds_used,
        SUM(sources_known) AS sources_known, SUM(sources_used) AS sources_used,
        SUM(exposures_known) AS exposures_known, SUM(exposures_used) AS exposures_used,
        SUM(groups_known) AS groups_known, SUM(groups_used) AS groups_used,
        SUM(metrics_known) AS metrics_known, SUM(metrics_used) AS metrics_used,
        SUM(semantic_models_known) AS semantic_models_known, SUM(semantic_models_used) AS semantic_models_used,
        SUM(saved_queries_known) AS saved_queries_known, SUM(saved_queries_used) AS saved_queries_used,
        SUM(contracts_known) AS contracts_known, SUM(contracts_used) AS contracts_used,
        SUM(grouped_models_known) AS grouped_models_known, SUM(grouped_models_used) AS grouped_models_used,
        SUM(private_models_known) AS private_models_known, SUM(private_models_used) AS private_models_used,
        SUM(public_models_known) AS public_models_known, SUM(public_models_used) AS public_models_used,
        SUM(versioned_models_known) AS versioned_models_known, SUM(versioned_models_used) AS versioned_models_used,
        SUM(python_models_known) AS python_models_known, SUM(python_models_used) AS python_models_used,
        SUM(GREATEST(microbatch_models_known, microbatch_models_used)) AS microbatch_models_known,
        SUM(microbatch_models_used) AS microbatch_models_used,
        SUM(materialized_views_known) AS materialized_views_known,
        SUM(materialized_views_used) AS materialized_views_used,
        SUM(custom_materializations_known) AS custom_materializations_known,
        SUM(custom_materializations_used) AS custom_materializations_used,
        SUM(open_table_formats_known) AS open_table_formats_known,
        SUM(open_table_formats_used) AS open_table_formats_used,
        SUM(catalogs_known) AS catalogs_known, SUM(catalogs_used) AS catalogs_used,
        SUM(partial_parse_known) AS partial_parse_known, SUM(partial_parse_used) AS partial_parse_used,
        SUM(GREATEST(plugins_known, plugins_used)) AS plugins_known, SUM(plugins_used) AS plugins_used,
        SUM(GREATEST(artifact_uploads_known, artifact_uploads_used)) AS artifact_uploads_known,
        SUM(artifact_uploads_used) AS artifact_uploads_used,
        SUM(static_analysis_known) AS static_analysis_known, SUM(static_analysis_strict) AS static_analysis_strict
    FROM feature_days
    GROUP BY week, project_key
),
projects AS (
    SELECT 'resources' AS feature_group, 'unit_tests' AS feature, week, project_key,
        unit_tests_known AS known_runs, unit_tests_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'snapshots' AS feature, week, project_key,
        snapshots_known AS known_runs, snapshots_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'seeds' AS feature, week, project_key,
        seeds_known AS known_runs, seeds_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'sources' AS feature, week, project_key,
        sources_known AS known_runs, sources_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'exposures' AS feature, week, project_key,
        exposures_known AS known_runs, exposures_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'groups' AS feature, week, project_key,
        groups_known AS known_runs, groups_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'metrics' AS feature, week, project_key,
        metrics_known AS known_runs, metrics_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'semantic_models' AS feature, week, project_key,
        semantic_models_known AS known_runs, semantic_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'saved_queries' AS feature, week, project_key,
        saved_queries_known AS known_runs, saved_queries_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'contracts' AS feature, week, project_key,
        contracts_known AS known_runs, contracts_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'grouped_models' AS feature, week, project_key,
        grouped_models_known AS known_runs, grouped_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'private_models' AS feature, week, project_key,
        private_models_known AS known_runs, private_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'public_models' AS feature, week, project_key,
        public_models_known AS known_runs, public_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'versioned_models' AS feature, week, project_key,
        versioned_models_known AS known_runs, versioned_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'python_models' AS feature, week, project_key,
        python_models_known AS known_runs, python_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'microbatch_models' AS feature, week, project_key,
        microbatch_models_known AS known_runs, microbatch_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'materialized_views' AS feature, week, project_key,
        materialized_views_known AS known_runs, materialized_views_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'custom_materializations' AS feature, week, project_key,
        custom_materializations_known AS known_runs, custom_materializations_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'open_table_formats' AS feature, week, project_key,
        open_table_formats_known AS known_runs, open_table_formats_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'catalogs' AS feature, week, project_key,
        catalogs_known AS known_runs, catalogs_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'partial_parse' AS feature, week, project_key,
        partial_parse_known AS known_runs, partial_parse_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'plugins' AS feature, week, project_key,
        plugins_known AS known_runs, plugins_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'artifact_uploads' AS feature, week, project_key,
        artifact_uploads_known AS known_runs, artifact_uploads_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'strict_static_analysis' AS feature, week, project_key,
        static_analysis_known AS known_runs, static_analysis_strict AS runs_using FROM by_project
)
SELECT
    feature_group,
    feature,
    week,
    project_key,
    CAST(known_runs AS BIGINT) AS known_runs,
    CAST(runs_using AS BIGINT) AS runs_using
FROM projects
ORDER BY feature_group, feature, week, project_key NULLS LAST
