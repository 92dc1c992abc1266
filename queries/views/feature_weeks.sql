-- title: Reach of features by week
-- question: How many projects could tell of each feature, in each week and in all of them, and how many used it?
-- grain: one feature and week; week null: all weeks together
-- key: feature, week
-- column: feature_group: resources (what the project contains), models (what was run) or run (how dbt itself ran)
-- column: feature: Feature of dbt
-- column: week: Monday of the week; null: all weeks together
-- column: active_projects [count]: Distinct projects with an invocation other than invalid
-- column: projects [count]: Distinct projects of which a run says whether it uses the feature
-- column: projects_using [count]: Distinct projects of which a run uses the feature
-- column: known_runs [count]: Invocations that say whether the feature is used
-- column: runs_using [count]: Invocations that use the feature

WITH
-- A project has many runs in a week: added up first, and taken apart by feature when there are few rows.
by_week AS (
    SELECT
        week,
        project_key,
        -- Where the version or materialization is unknown, using it is what tells.
        SUM(unit_tests_known) AS unit_tests_known, SUM(unit_tests_used) AS unit_tests_used,
        SUM(snapshots_known) AS snapshots_known, SUM(snapshots_used) AS snapshots_used,
        SUM(seeds_known) AS seeds_known, SUM(seeds_used) AS seeds_used, SUM(sources_known) AS sources_known,
        SUM(sources_used) AS sources_used, SUM(exposures_known) AS exposures_known,
        SUM(exposures_used) AS exposures_used, SUM(groups_known) AS groups_known, SUM(groups_used) AS groups_used,
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
        SUM(open_table_formats_used) AS open_table_formats_used, SUM(catalogs_known) AS catalogs_known,
        SUM(catalogs_used) AS catalogs_used, SUM(partial_parse_known) AS partial_parse_known,
        SUM(partial_parse_used) AS partial_parse_used, SUM(GREATEST(plugins_known, plugins_used)) AS plugins_known,
        SUM(plugins_used) AS plugins_used,
        SUM(GREATEST(artifact_uploads_known, artifact_uploads_used)) AS artifact_uploads_known,
        SUM(artifact_uploads_used) AS artifact_uploads_used, SUM(static_analysis_known) AS static_analysis_known,
        SUM(static_analysis_strict) AS static_analysis_strict
    FROM feature_days
    GROUP BY week, project_key
),
by_project AS (
    SELECT
        CAST(NULL AS DATE) AS week,
        project_key,
        SUM(unit_tests_known) AS unit_tests_known, SUM(unit_tests_used) AS unit_tests_used,
        SUM(snapshots_known) AS snapshots_known, SUM(snapshots_used) AS snapshots_used,
        SUM(seeds_known) AS seeds_known, SUM(seeds_used) AS seeds_used, SUM(sources_known) AS sources_known,
        SUM(sources_used) AS sources_used, SUM(exposures_known) AS exposures_known,
        SUM(exposures_used) AS exposures_used, SUM(groups_known) AS groups_known, SUM(groups_used) AS groups_used,
        SUM(metrics_known) AS metrics_known, SUM(metrics_used) AS metrics_used,
        SUM(semantic_models_known) AS semantic_models_known, SUM(semantic_models_used) AS semantic_models_used,
        SUM(saved_queries_known) AS saved_queries_known, SUM(saved_queries_used) AS saved_queries_used,
        SUM(contracts_known) AS contracts_known, SUM(contracts_used) AS contracts_used,
        SUM(grouped_models_known) AS grouped_models_known, SUM(grouped_models_used) AS grouped_models_used,
        SUM(private_models_known) AS private_models_known, SUM(private_models_used) AS private_models_used,
        SUM(public_models_known) AS public_models_known, SUM(public_models_used) AS public_models_used,
        SUM(versioned_models_known) AS versioned_models_known, SUM(versioned_models_used) AS versioned_models_used,
        SUM(python_models_known) AS python_models_known, SUM(python_models_used) AS python_models_used,
        SUM(microbatch_models_known) AS microbatch_models_known,
        SUM(microbatch_models_used) AS microbatch_models_used,
        SUM(materialized_views_known) AS materialized_views_known,
        SUM(materialized_views_used) AS materialized_views_used,
        SUM(custom_materializations_known) AS custom_materializations_known,
        SUM(custom_materializations_used) AS custom_materializations_used,
        SUM(open_table_formats_known) AS open_table_formats_known,
        SUM(open_table_formats_used) AS open_table_formats_used, SUM(catalogs_known) AS catalogs_known,
        SUM(catalogs_used) AS catalogs_used, SUM(partial_parse_known) AS partial_parse_known,
        SUM(partial_parse_used) AS partial_parse_used, SUM(plugins_known) AS plugins_known,
        SUM(plugins_used) AS plugins_used, SUM(artifact_uploads_known) AS artifact_uploads_known,
        SUM(artifact_uploads_used) AS artifact_uploads_used, SUM(static_analysis_known) AS static_analysis_known,
        SUM(static_analysis_strict) AS static_analysis_strict
    FROM by_week
    GROUP BY project_key
),
projects AS (
    SELECT *, project_key IS NOT NULL AS has_key FROM by_week
    UNION ALL
    SELECT *, project_key IS NOT NULL AS has_key FROM by_project
),
cells AS (
    SELECT
        week,
        COUNT(CASE WHEN has_key THEN 1 END) AS active_projects,
        COUNT(CASE WHEN unit_tests_known > 0 AND has_key THEN 1 END) AS unit_tests_projects,
        COUNT(CASE WHEN unit_tests_used > 0 AND has_key THEN 1 END) AS unit_tests_users,
        SUM(unit_tests_known) AS unit_tests_known_runs,
        SUM(unit_tests_used) AS unit_tests_runs_using,
        COUNT(CASE WHEN snapshots_known > 0 AND has_key THEN 1 END) AS snapshots_projects,
        COUNT(CASE WHEN snapshots_used > 0 AND has_key THEN 1 END) AS snapshots_users,
        SUM(snapshots_known) AS snapshots_known_runs,
        SUM(snapshots_used) AS snapshots_runs_using,
        COUNT(CASE WHEN seeds_known > 0 AND has_key THEN 1 END) AS seeds_projects,
        COUNT(CASE WHEN seeds_used > 0 AND has_key THEN 1 END) AS seeds_users,
        SUM(seeds_known) AS seeds_known_runs,
        SUM(seeds_used) AS seeds_runs_using,
        COUNT(CASE WHEN sources_known > 0 AND has_key THEN 1 END) AS sources_projects,
        COUNT(CASE WHEN sources_used > 0 AND has_key THEN 1 END) AS sources_users,
        SUM(sources_known) AS sources_known_runs,
        SUM(sources_used) AS sources_runs_using,
        COUNT(CASE WHEN exposures_known > 0 AND has_key THEN 1 END) AS exposures_projects,
        COUNT(CASE WHEN exposures_used > 0 AND has_key THEN 1 END) AS exposures_users,
        SUM(exposures_known) AS exposures_known_runs,
        SUM(exposures_used) AS exposures_runs_using,
        COUNT(CASE WHEN groups_known > 0 AND has_key THEN 1 END) AS groups_projects,
        COUNT(CASE WHEN groups_used > 0 AND has_key THEN 1 END) AS groups_users,
        SUM(groups_known) AS groups_known_runs,
        SUM(groups_used) AS groups_runs_using,
        COUNT(CASE WHEN metrics_known > 0 AND has_key THEN 1 END) AS metrics_projects,
        COUNT(CASE WHEN metrics_used > 0 AND has_key THEN 1 END) AS metrics_users,
        SUM(metrics_known) AS metrics_known_runs,
        SUM(metrics_used) AS metrics_runs_using,
        COUNT(CASE WHEN semantic_models_known > 0 AND has_key THEN 1 END) AS semantic_models_projects,
        COUNT(CASE WHEN semantic_models_used > 0 AND has_key THEN 1 END) AS semantic_models_users,
        SUM(semantic_models_known) AS semantic_models_known_runs,
        SUM(semantic_models_used) AS semantic_models_runs_using,
        COUNT(CASE WHEN saved_queries_known > 0 AND has_key THEN 1 END) AS saved_queries_projects,
        COUNT(CASE WHEN saved_queries_used > 0 AND has_key THEN 1 END) AS saved_queries_users,
        SUM(saved_queries_known) AS saved_queries_known_runs,
        SUM(saved_queries_used) AS saved_queries_runs_using,
        COUNT(CASE WHEN contracts_known > 0 AND has_key THEN 1 END) AS contracts_projects,
        COUNT(CASE WHEN contracts_used > 0 AND has_key THEN 1 END) AS contracts_users,
        SUM(contracts_known) AS contracts_known_runs,
        SUM(contracts_used) AS contracts_runs_using,
        COUNT(CASE WHEN grouped_models_known > 0 AND has_key THEN 1 END) AS grouped_models_projects,
        COUNT(CASE WHEN grouped_models_used > 0 AND has_key THEN 1 END) AS grouped_models_users,
        SUM(grouped_models_known) AS grouped_models_known_runs,
        SUM(grouped_models_used) AS grouped_models_runs_using,
        COUNT(CASE WHEN private_models_known > 0 AND has_key THEN 1 END) AS private_models_projects,
        COUNT(CASE WHEN private_models_used > 0 AND has_key THEN 1 END) AS private_models_users,
        SUM(private_models_known) AS private_models_known_runs,
        SUM(private_models_used) AS private_models_runs_using,
        COUNT(CASE WHEN public_models_known > 0 AND has_key THEN 1 END) AS public_models_projects,
        COUNT(CASE WHEN public_models_used > 0 AND has_key THEN 1 END) AS public_models_users,
        SUM(public_models_known) AS public_models_known_runs,
        SUM(public_models_used) AS public_models_runs_using,
        COUNT(CASE WHEN versioned_models_known > 0 AND has_key THEN 1 END) AS versioned_models_projects,
        COUNT(CASE WHEN versioned_models_used > 0 AND has_key THEN 1 END) AS versioned_models_users,
        SUM(versioned_models_known) AS versioned_models_known_runs,
        SUM(versioned_models_used) AS versioned_models_runs_using,
        COUNT(CASE WHEN python_models_known > 0 AND has_key THEN 1 END) AS python_models_projects,
        COUNT(CASE WHEN python_models_used > 0 AND has_key THEN 1 END) AS python_models_users,
        SUM(python_models_known) AS python_models_known_runs,
        SUM(python_models_used) AS python_models_runs_using,
        COUNT(CASE WHEN microbatch_models_known > 0 AND has_key THEN 1 END) AS microbatch_models_projects,
        COUNT(CASE WHEN microbatch_models_used > 0 AND has_key THEN 1 END) AS microbatch_models_users,
        SUM(microbatch_models_known) AS microbatch_models_known_runs,
        SUM(microbatch_models_used) AS microbatch_models_runs_using,
        COUNT(CASE WHEN materialized_views_known > 0 AND has_key THEN 1 END) AS materialized_views_projects,
        COUNT(CASE WHEN materialized_views_used > 0 AND has_key THEN 1 END) AS materialized_views_users,
        SUM(materialized_views_known) AS materialized_views_known_runs,
        SUM(materialized_views_used) AS materialized_views_runs_using,
        COUNT(CASE WHEN custom_materializations_known > 0 AND has_key THEN 1 END) AS custom_materializations_projects,
        COUNT(CASE WHEN custom_materializations_used > 0 AND has_key THEN 1 END) AS custom_materializations_users,
        SUM(custom_materializations_known) AS custom_materializations_known_runs,
        SUM(custom_materializations_used) AS custom_materializations_runs_using,
        COUNT(CASE WHEN open_table_formats_known > 0 AND has_key THEN 1 END) AS open_table_formats_projects,
        COUNT(CASE WHEN open_table_formats_used > 0 AND has_key THEN 1 END) AS open_table_formats_users,
        SUM(open_table_formats_known) AS open_table_formats_known_runs,
        SUM(open_table_formats_used) AS open_table_formats_runs_using,
        COUNT(CASE WHEN catalogs_known > 0 AND has_key THEN 1 END) AS catalogs_projects,
        COUNT(CASE WHEN catalogs_used > 0 AND has_key THEN 1 END) AS catalogs_users,
        SUM(catalogs_known) AS catalogs_known_runs,
        SUM(catalogs_used) AS catalogs_runs_using,
        COUNT(CASE WHEN partial_parse_known > 0 AND has_key THEN 1 END) AS partial_parse_projects,
        COUNT(CASE WHEN partial_parse_used > 0 AND has_key THEN 1 END) AS partial_parse_users,
        SUM(partial_parse_known) AS partial_parse_known_runs,
        SUM(partial_parse_used) AS partial_parse_runs_using,
        COUNT(CASE WHEN plugins_known > 0 AND has_key THEN 1 END) AS plugins_projects,
        COUNT(CASE WHEN plugins_used > 0 AND has_key THEN 1 END) AS plugins_users,
        SUM(plugins_known) AS plugins_known_runs,
        SUM(plugins_used) AS plugins_runs_using,
        COUNT(CASE WHEN artifact_uploads_known > 0 AND has_key THEN 1 END) AS artifact_uploads_projects,
        COUNT(CASE WHEN artifact_uploads_used > 0 AND has_key THEN 1 END) AS artifact_uploads_users,
        SUM(artifact_uploads_known) AS artifact_uploads_known_runs,
        SUM(artifact_uploads_used) AS artifact_uploads_runs_using,
        COUNT(CASE WHEN static_analysis_known > 0 AND has_key THEN 1 END) AS strict_static_analysis_projects,
        COUNT(CASE WHEN static_analysis_strict > 0 AND has_key THEN 1 END) AS strict_static_analysis_users,
        SUM(static_analysis_known) AS strict_static_analysis_known_runs,
        SUM(static_analysis_strict) AS strict_static_analysis_runs_using
    FROM projects
    GROUP BY week
),
features AS (
    SELECT 'resources' AS feature_group, 'unit_tests' AS feature, week, active_projects,
        unit_tests_projects AS projects, unit_tests_users AS projects_using,
        unit_tests_known_runs AS known_runs, unit_tests_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'snapshots' AS feature, week, active_projects,
        snapshots_projects AS projects, snapshots_users AS projects_using,
        snapshots_known_runs AS known_runs, snapshots_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'seeds' AS feature, week, active_projects,
        seeds_projects AS projects, seeds_users AS projects_using,
        seeds_known_runs AS known_runs, seeds_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'sources' AS feature, week, active_projects,
        sources_projects AS projects, sources_users AS projects_using,
        sources_known_runs AS known_runs, sources_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'exposures' AS feature, week, active_projects,
        exposures_projects AS projects, exposures_users AS projects_using,
        exposures_known_runs AS known_runs, exposures_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'groups' AS feature, week, active_projects,
        groups_projects AS projects, groups_users AS projects_using,
        groups_known_runs AS known_runs, groups_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'metrics' AS feature, week, active_projects,
        metrics_projects AS projects, metrics_users AS projects_using,
        metrics_known_runs AS known_runs, metrics_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'semantic_models' AS feature, week, active_projects,
        semantic_models_projects AS projects, semantic_models_users AS projects_using,
        semantic_models_known_runs AS known_runs, semantic_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'resources' AS feature_group, 'saved_queries' AS feature, week, active_projects,
        saved_queries_projects AS projects, saved_queries_users AS projects_using,
        saved_queries_known_runs AS known_runs, saved_queries_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'contracts' AS feature, week, active_projects,
        contracts_projects AS projects, contracts_users AS projects_using,
        contracts_known_runs AS known_runs, contracts_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'grouped_models' AS feature, week, active_projects,
        grouped_models_projects AS projects, grouped_models_users AS projects_using,
        grouped_models_known_runs AS known_runs, grouped_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'private_models' AS feature, week, active_projects,
        private_models_projects AS projects, private_models_users AS projects_using,
        private_models_known_runs AS known_runs, private_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'public_models' AS feature, week, active_projects,
        public_models_projects AS projects, public_models_users AS projects_using,
        public_models_known_runs AS known_runs, public_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'versioned_models' AS feature, week, active_projects,
        versioned_models_projects AS projects, versioned_models_users AS projects_using,
        versioned_models_known_runs AS known_runs, versioned_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'python_models' AS feature, week, active_projects,
        python_models_projects AS projects, python_models_users AS projects_using,
        python_models_known_runs AS known_runs, python_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'microbatch_models' AS feature, week, active_projects,
        microbatch_models_projects AS projects, microbatch_models_users AS projects_using,
        microbatch_models_known_runs AS known_runs, microbatch_models_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'materialized_views' AS feature, week, active_projects,
        materialized_views_projects AS projects, materialized_views_users AS projects_using,
        materialized_views_known_runs AS known_runs, materialized_views_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'custom_materializations' AS feature, week, active_projects,
        custom_materializations_projects AS projects, custom_materializations_users AS projects_using,
        custom_materializations_known_runs AS known_runs, custom_materializations_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'open_table_formats' AS feature, week, active_projects,
        open_table_formats_projects AS projects, open_table_formats_users AS projects_using,
        open_table_formats_known_runs AS known_runs, open_table_formats_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'models' AS feature_group, 'catalogs' AS feature, week, active_projects,
        catalogs_projects AS projects, catalogs_users AS projects_using,
        catalogs_known_runs AS known_runs, catalogs_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'run' AS feature_group, 'partial_parse' AS feature, week, active_projects,
        partial_parse_projects AS projects, partial_parse_users AS projects_using,
        partial_parse_known_runs AS known_runs, partial_parse_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'run' AS feature_group, 'plugins' AS feature, week, active_projects,
        plugins_projects AS projects, plugins_users AS projects_using,
        plugins_known_runs AS known_runs, plugins_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'run' AS feature_group, 'artifact_uploads' AS feature, week, active_projects,
        artifact_uploads_projects AS projects, artifact_uploads_users AS projects_using,
        artifact_uploads_known_runs AS known_runs, artifact_uploads_runs_using AS runs_using FROM cells
    UNION ALL SELECT 'run' AS feature_group, 'strict_static_analysis' AS feature, week, active_projects,
        strict_static_analysis_projects AS projects, strict_static_analysis_users AS projects_using,
        strict_static_analysis_known_runs AS known_runs, strict_static_analysis_runs_using AS runs_using FROM cells
)
SELECT
    feature_group,
    feature,
    week,
    active_projects,
    projects,
    projects_using,
    CAST(known_runs AS BIGINT) AS known_runs,
    CAST(runs_using AS BIGINT) AS runs_using
FROM features
ORDER BY feature_group, feature, week NULLS LAST
