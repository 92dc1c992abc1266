-- title: Reach of features
-- question: How many projects use each feature of dbt, of those that could tell?
-- section: features
-- chart: bar
-- unit: share of the projects that could tell
-- grain: one feature
-- key: feature
-- rests_on: share_of_projects, share_of_projects_low, share_of_projects_high, runs_using, share_of_runs: projects_using
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
projects AS (
    SELECT
        feature_group,
        feature,
        project_key,
        SUM(known_runs) AS known_runs,
        SUM(runs_using) AS runs_using
    FROM feature_weeks
    GROUP BY feature_group, feature, project_key
),
active AS (
    SELECT COUNT(DISTINCT project_key) AS active_projects
    FROM feature_weeks
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
