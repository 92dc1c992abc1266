-- title: Static analysis
-- question: How strictly does dbt 2 analyse SQL before it runs it, version by version?
-- section: features
-- chart: dot of share_of_runs by dbt_minor for each level
-- unit: share of the runs that say their level
-- grain: one minor version of dbt (null: unknown) and level
-- key: dbt_minor, level
-- regardless: invocations.outcome
-- rests_on: share_of_projects, runs_at_level, share_of_runs, share_of_runs_low, share_of_runs_high, project_share: projects_at_level
-- caveat: The level of a run is that of its strictest node: strict; baseline, and none strictly; off: no node was analysed. A run of level strict may hold many nodes that are analysed less strictly.
-- caveat: dbt 1 has no static analysis and is in no row. A run of unknown engine is here only on a day and version on which one said its level.
-- caveat: runs are those of the version, invalid ones left out, and known_runs those that say their level. Both are the same for each level of a version. Commands that load no project say none.
-- caveat: share_of_runs counts every run once, project_share every project once: it is the mean of the projects' own shares. A few huge projects dominate the first.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Runs without a known project are one unit of the interval for each day, since the mart counts them together: it is rather too wide than too narrow. They are in no count of projects and not in project_share.
-- caveat: projects are those with a run that says its level, projects_at_level those with a run of this level. One with runs of two levels counts at both.
-- column: level: Level of the run's strictest node: strict, baseline or off
-- column: projects [count]: Distinct projects of the version with a run that says its level
-- column: projects_at_level [count]: Those of projects with a run of this level
-- column: share_of_projects [share]: projects_at_level / projects
-- column: runs [count]: Invocations of the version, invalid ones left out
-- column: known_runs [count]: Those of runs that say their level
-- column: share_known [share]: known_runs / runs
-- column: runs_at_level [count]: Those of known_runs that are of this level
-- column: share_of_runs [share]: runs_at_level / known_runs
-- column: project_share [share]: Mean of the projects' own shares of runs of this level, every project counting once

WITH
days_of_use AS (
    SELECT
        COALESCE(project_key, CAST(day AS VARCHAR)) AS cluster_key,
        project_key, dbt_minor, version_major, version_minor, runs,
        static_analysis_known, static_analysis_strict, static_analysis_baseline, static_analysis_off
    FROM feature_days
    WHERE engine IN ('core-2', 'fusion') OR static_analysis_known > 0
),
-- Added up before it is taken apart by level.
clusters AS (
    SELECT
        dbt_minor,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        MAX(project_key) AS project_key,
        SUM(runs) AS runs,
        CAST(SUM(static_analysis_known) AS DOUBLE) AS n,
        CAST(SUM(static_analysis_strict) AS DOUBLE) AS strict,
        CAST(SUM(static_analysis_baseline) AS DOUBLE) AS baseline,
        CAST(SUM(static_analysis_off) AS DOUBLE) AS unanalysed
    FROM days_of_use
    GROUP BY dbt_minor, cluster_key
),
levels AS (
    SELECT dbt_minor, version_major, version_minor, project_key, runs, n, 'strict' AS level, strict AS s
    FROM clusters
    UNION ALL
    SELECT dbt_minor, version_major, version_minor, project_key, runs, n, 'baseline' AS level, baseline AS s
    FROM clusters
    UNION ALL
    SELECT dbt_minor, version_major, version_minor, project_key, runs, n, 'off' AS level, unanalysed AS s
    FROM clusters
),
cells AS (
    SELECT
        dbt_minor,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        level,
        CAST(SUM(runs) AS BIGINT) AS runs,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        COUNT(*) FILTER (WHERE s > 0 AND project_key IS NOT NULL) AS projects_at_level,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_shares,
        -- Sums of whole numbers, so exact whatever the order of rows.
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s,
        SUM(n) AS n,
        SUM(s * s) AS ss,
        SUM(s * n) AS sn,
        SUM(n * n) AS nn
    FROM levels
    GROUP BY dbt_minor, level
)
SELECT
    dbt_minor AS dbt_minor,
    level AS level,
    projects AS projects,
    projects_at_level AS projects_at_level,
    CAST(projects_at_level AS DOUBLE) / NULLIF(projects, 0) AS share_of_projects,
    runs AS runs,
    CAST(n AS BIGINT) AS known_runs,
    n / NULLIF(CAST(runs AS DOUBLE), 0) AS share_known,
    CAST(s AS BIGINT) AS runs_at_level,
    RATE(s, n) AS share_of_runs,
    RATE_LOW(s, n, ss, sn, nn, k) AS share_of_runs_low,
    RATE_HIGH(s, n, ss, sn, nn, k) AS share_of_runs_high,
    INTERVAL_METHOD(k) AS interval_method,
    project_shares / NULLIF(projects, 0) AS project_share
FROM cells
ORDER BY
    version_major NULLS LAST, version_minor NULLS LAST, dbt_minor NULLS LAST,
    level <> 'strict', level <> 'baseline'
