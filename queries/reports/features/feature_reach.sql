-- title: Reach of features
-- question: How many projects use each feature of dbt, of those that could tell?
-- section: features
-- chart: bar
-- unit: share of the projects that could tell
-- grain: one feature
-- key: feature
-- caveat: A project could tell if one of its runs in the window says whether the feature is used. It uses it if one of them does. The rest of the active projects are unknown, not without the feature: share_known says how many could tell.
-- caveat: resources: what the project contains, counted whatever is run. models: what was run; a project that has such a model and never ran it in the window does not use it here. run: how dbt itself ran.
-- caveat: A longer window finds more projects that use a feature. Compare only windows of one length.
-- caveat: Who could tell depends on the version, so that two features are shares of different projects: dbt 2 tells no metrics, semantic models, saved queries, plug-ins and artifact uploads, dbt 1 no static analysis.
-- caveat: Before 1.8 dbt counted no unit tests and saved queries, before 1.6 no semantic models, before 1.5 no groups, contracts, access and versions, before 1.3 no language of a model, before 1.12 no catalogs.
-- caveat: Microbatch models, materialized views and custom materializations are known wherever a materialization is, so that projects on versions older than the feature are among those without it.
-- caveat: Plug-ins and artifact uploads leave an event only where they are used. Where none came, it may also be lost.
-- caveat: strict_static_analysis: a node was analysed strictly. Levels by version are in static_analysis.
-- caveat: The interval (95 %) is Wilson's, every project counting once; it says nothing of projects that send no events.
-- caveat: Runs without a known project are in known_runs and runs_using, and in no count of projects. Invalid ones are in no column.

WITH
-- A project has many days: added up before it is taken apart by feature.
by_project AS (
    SELECT
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
    GROUP BY project_key
),
projects AS (
    SELECT 'resources' AS feature_group, 'unit_tests' AS feature, project_key,
        unit_tests_known AS known_runs, unit_tests_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'snapshots' AS feature, project_key,
        snapshots_known AS known_runs, snapshots_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'seeds' AS feature, project_key,
        seeds_known AS known_runs, seeds_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'sources' AS feature, project_key,
        sources_known AS known_runs, sources_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'exposures' AS feature, project_key,
        exposures_known AS known_runs, exposures_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'groups' AS feature, project_key,
        groups_known AS known_runs, groups_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'metrics' AS feature, project_key,
        metrics_known AS known_runs, metrics_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'semantic_models' AS feature, project_key,
        semantic_models_known AS known_runs, semantic_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'resources' AS feature_group, 'saved_queries' AS feature, project_key,
        saved_queries_known AS known_runs, saved_queries_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'contracts' AS feature, project_key,
        contracts_known AS known_runs, contracts_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'grouped_models' AS feature, project_key,
        grouped_models_known AS known_runs, grouped_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'private_models' AS feature, project_key,
        private_models_known AS known_runs, private_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'public_models' AS feature, project_key,
        public_models_known AS known_runs, public_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'versioned_models' AS feature, project_key,
        versioned_models_known AS known_runs, versioned_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'python_models' AS feature, project_key,
        python_models_known AS known_runs, python_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'microbatch_models' AS feature, project_key,
        microbatch_models_known AS known_runs, microbatch_models_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'materialized_views' AS feature, project_key,
        materialized_views_known AS known_runs, materialized_views_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'custom_materializations' AS feature, project_key,
        custom_materializations_known AS known_runs, custom_materializations_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'open_table_formats' AS feature, project_key,
        open_table_formats_known AS known_runs, open_table_formats_used AS runs_using FROM by_project
    UNION ALL SELECT 'models' AS feature_group, 'catalogs' AS feature, project_key,
        catalogs_known AS known_runs, catalogs_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'partial_parse' AS feature, project_key,
        partial_parse_known AS known_runs, partial_parse_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'plugins' AS feature, project_key,
        plugins_known AS known_runs, plugins_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'artifact_uploads' AS feature, project_key,
        artifact_uploads_known AS known_runs, artifact_uploads_used AS runs_using FROM by_project
    UNION ALL SELECT 'run' AS feature_group, 'strict_static_analysis' AS feature, project_key,
        static_analysis_known AS known_runs, static_analysis_strict AS runs_using FROM by_project
),
active AS (
    SELECT COUNT(project_key) AS active_projects
    FROM by_project
),
-- Every project is one unit: it uses the feature or not.
cells AS (
    SELECT
        feature_group,
        feature,
        COUNT(*) FILTER (WHERE known_runs > 0 AND project_key IS NOT NULL) AS projects,
        COUNT(*) FILTER (WHERE runs_using > 0 AND project_key IS NOT NULL) AS projects_using,
        CAST(SUM(known_runs) AS BIGINT) AS known_runs,
        CAST(SUM(runs_using) AS BIGINT) AS runs_using
    FROM projects
    GROUP BY feature_group, feature
)
SELECT
    c.feature_group AS feature_group,
    c.feature AS feature,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / NULLIF(a.active_projects, 0) AS share_known,
    c.projects_using AS projects_using,
    RATE(c.projects_using, c.projects) AS share_of_projects,
    RATE_LOW(c.projects_using, c.projects, c.projects_using, c.projects_using, c.projects, c.projects)
        AS share_of_projects_low,
    RATE_HIGH(c.projects_using, c.projects, c.projects_using, c.projects_using, c.projects, c.projects)
        AS share_of_projects_high,
    INTERVAL_METHOD(c.projects) AS interval_method,
    c.known_runs AS known_runs,
    c.runs_using AS runs_using,
    CAST(c.runs_using AS DOUBLE) / NULLIF(c.known_runs, 0) AS share_of_runs
FROM cells AS c
CROSS JOIN active AS a
ORDER BY
    c.feature_group <> 'resources', c.feature_group <> 'models',
    c.projects = 0, c.projects_using DESC, c.projects, c.feature
