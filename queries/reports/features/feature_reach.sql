-- title: Reach of features
-- question: How many projects use each feature of dbt, of those that could tell?
-- section: features
-- chart: dot of share_of_projects by feature
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
-- column: share_of_projects [share]: projects_using / projects
-- column: share_of_runs [share]: runs_using / known_runs

SELECT
    feature_group,
    feature,
    projects,
    CAST(projects AS DOUBLE) / NULLIF(active_projects, 0) AS share_known,
    projects_using,
    -- Every project is one unit: it uses the feature or not.
    RATE(projects_using, projects) AS share_of_projects,
    RATE_LOW(projects_using, projects, projects_using, projects_using, projects, projects) AS share_of_projects_low,
    RATE_HIGH(projects_using, projects, projects_using, projects_using, projects, projects) AS share_of_projects_high,
    INTERVAL_METHOD(projects) AS interval_method,
    known_runs,
    runs_using,
    CAST(runs_using AS DOUBLE) / NULLIF(known_runs, 0) AS share_of_runs
FROM feature_weeks
WHERE week IS NULL
ORDER BY feature_group <> 'resources', feature_group <> 'models', projects = 0, projects_using DESC, projects, feature
