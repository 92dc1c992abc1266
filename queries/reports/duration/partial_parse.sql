-- title: Partial parsing
-- question: How many runs parse only what has changed, by version and command, and how often is the whole project parsed nevertheless?
-- section: duration
-- chart: heatmap of share_partial_parse by command, dbt_minor
-- unit: share of runs that say whether partial parsing is on
-- grain: one minor version of dbt and command; null: unknown
-- key: dbt_minor, command
-- regardless: invocations.outcome
-- caveat: known_runs are those that say whether partial parsing is on: runs of dbt 1 since 0.20 that loaded their project. dbt 2 does not say. Invalid runs are in no column.
-- caveat: share_full_reparse is of the runs with partial parsing on: those that say why they parsed the whole project. Reasons are known since 0.20.1, so before it is too low.
-- caveat: A run that had to parse the whole project and failed at it does not say that partial parsing is on: it is in runs alone.
-- caveat: The intervals (95 %) treat the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Every run counts once, so that projects that run often dominate. projects are those with a known run.
-- caveat: share_known is known_runs / runs. Commands that load no project have none.
-- column: runs [count]: Invocations, invalid ones left out
-- column: known_runs [count]: Those of runs that say whether partial parsing is on
-- column: share_known [share]: known_runs / runs
-- column: projects [count]: Distinct projects with a run that says whether partial parsing is on
-- column: partial_parse_runs [count]: Invocations with partial parsing on
-- column: share_partial_parse [share]: partial_parse_runs / known_runs
-- column: full_reparses [count]: Those of partial_parse_runs that say why they parsed the whole project
-- column: share_full_reparse [share]: full_reparses / partial_parse_runs
-- column: full_reparse_interval_method: How the interval of share_full_reparse was made: clustered, or wilson (fewer than 10 projects)

WITH
clusters AS (
    SELECT
        dbt_minor,
        command,
        COALESCE(project_key, invocation_id) AS cluster_key,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        MAX(project_key) AS project_key,
        COUNT(*) AS runs,
        COUNT(is_partial_parse_enabled) AS n,
        COUNT(*) FILTER (WHERE is_partial_parse_enabled) AS s,
        COUNT(*) FILTER (WHERE is_partial_parse_enabled AND full_reparse_reason IS NOT NULL) AS f
    FROM invocations
    WHERE outcome <> 'invalid'
    GROUP BY dbt_minor, command, COALESCE(project_key, invocation_id)
),
cells AS (
    SELECT
        dbt_minor,
        command,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        SUM(runs) AS runs,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        -- Of the runs that say it, those with partial parsing on.
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s,
        SUM(n) AS n,
        SUM(s * s) AS ss,
        SUM(s * n) AS sn,
        SUM(n * n) AS nn,
        -- Of these, those that parsed the whole project.
        COUNT(*) FILTER (WHERE s > 0) AS k2,
        SUM(f) AS f,
        SUM(f * f) AS ff,
        SUM(f * s) AS fs
    FROM clusters
    GROUP BY dbt_minor, command
)
SELECT
    dbt_minor,
    command,
    CAST(runs AS BIGINT) AS runs,
    CAST(n AS BIGINT) AS known_runs,
    RATE(n, runs) AS share_known,
    projects,
    CAST(s AS BIGINT) AS partial_parse_runs,
    RATE(s, n) AS share_partial_parse,
    RATE_LOW(s, n, ss, sn, nn, k) AS share_partial_parse_low,
    RATE_HIGH(s, n, ss, sn, nn, k) AS share_partial_parse_high,
    INTERVAL_METHOD(k) AS interval_method,
    CAST(f AS BIGINT) AS full_reparses,
    RATE(f, s) AS share_full_reparse,
    RATE_LOW(f, s, ff, fs, ss, k2) AS share_full_reparse_low,
    RATE_HIGH(f, s, ff, fs, ss, k2) AS share_full_reparse_high,
    INTERVAL_METHOD(k2) AS full_reparse_interval_method
FROM cells
ORDER BY version_major NULLS LAST, version_minor NULLS LAST, dbt_minor NULLS LAST, command NULLS LAST
