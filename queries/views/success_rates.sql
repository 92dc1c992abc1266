-- title: Success rates
-- question: How often does dbt succeed, by version, adapter, command, environment and operating system?
-- grain: one value of one dimension; its unknown cell has value null
-- key: dimension, value
-- column: dimension: version, adapter, command, environment or os
-- column: value: Value of the dimension (of version: the minor version); null: unknown
-- column: value_major: First number of the version, to sort by; null in other dimensions
-- column: value_minor: Second number of the version, to sort by; null in other dimensions
-- column: runs [count]: Invocations
-- column: share_of_runs [share]: Share of all invocations
-- column: successes [count]: Invocations with outcome success
-- column: failures [count]: Invocations with outcome failure
-- column: unknowns [count]: Invocations with outcome unknown
-- column: incompletes [count]: Invocations with outcome incomplete
-- column: invalids [count]: Invocations with outcome invalid
-- column: projects [count]: Distinct projects with a success or a failure
-- column: known_runs [count]: The rate's denominator: successes and failures
-- column: success_rate [share]: successes / known_runs, every run counting once
-- column: success_rate_low [share]: Lower end of the 95 % interval of success_rate
-- column: success_rate_high [share]: Upper end of the 95 % interval of success_rate
-- column: interval_method: How the interval was made: clustered, or wilson (fewer than 10 clusters)
-- column: project_success_rate [share]: Mean of the projects' own rates, every project counting once
-- column: share_unknown [share]: Share of runs with outcome unknown
-- column: share_basis_reported [share]: Share of known_runs whose outcome dbt reported
-- column: share_basis_nodes [share]: Share of known_runs whose outcome was derived from nodes
-- column: share_basis_events [share]: Share of known_runs whose outcome was derived from other events

WITH
-- The interval (definitions, Outcome; macros.sql) treats the project as the unit: a cluster is a project, and a run without
-- a known project is a cluster of its own.
unpivoted AS (
    SELECT
        'version' AS dimension, dbt_minor AS value, version_major AS value_major, version_minor AS value_minor,
        project_key, cluster_key, runs, successes, failures, unknowns, incompletes, invalids,
        by_report, by_nodes, by_events
    FROM project_runs
    UNION ALL
    SELECT
        'adapter' AS dimension, adapter AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        project_key, cluster_key, runs, successes, failures, unknowns, incompletes, invalids,
        by_report, by_nodes, by_events
    FROM project_runs
    UNION ALL
    SELECT
        'command' AS dimension, command AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        project_key, cluster_key, runs, successes, failures, unknowns, incompletes, invalids,
        by_report, by_nodes, by_events
    FROM project_runs
    UNION ALL
    SELECT
        'environment' AS dimension, environment AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        project_key, cluster_key, runs, successes, failures, unknowns, incompletes, invalids,
        by_report, by_nodes, by_events
    FROM project_runs
    UNION ALL
    SELECT
        'os' AS dimension, os AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        project_key, cluster_key, runs, successes, failures, unknowns, incompletes, invalids,
        by_report, by_nodes, by_events
    FROM project_runs
),
clusters AS (
    SELECT
        dimension,
        value,
        MAX(value_major) AS value_major,
        MAX(value_minor) AS value_minor,
        MAX(project_key) AS project_key,
        SUM(runs) AS runs,
        SUM(successes) AS successes,
        SUM(failures) AS failures,
        SUM(unknowns) AS unknowns,
        SUM(incompletes) AS incompletes,
        SUM(invalids) AS invalids,
        SUM(by_report) AS by_report,
        SUM(by_nodes) AS by_nodes,
        SUM(by_events) AS by_events,
        CAST(SUM(successes) AS DOUBLE) AS s,
        CAST(SUM(successes) + SUM(failures) AS DOUBLE) AS n
    FROM unpivoted
    GROUP BY dimension, value, cluster_key
),
total AS (
    SELECT CAST(SUM(runs) AS BIGINT) AS all_runs
    FROM project_runs
),
cells AS (
    SELECT
        dimension,
        value,
        MAX(value_major) AS value_major,
        MAX(value_minor) AS value_minor,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(successes) AS BIGINT) AS successes,
        CAST(SUM(failures) AS BIGINT) AS failures,
        CAST(SUM(unknowns) AS BIGINT) AS unknowns,
        CAST(SUM(incompletes) AS BIGINT) AS incompletes,
        CAST(SUM(invalids) AS BIGINT) AS invalids,
        CAST(SUM(by_report) AS DOUBLE) AS by_report,
        CAST(SUM(by_nodes) AS DOUBLE) AS by_nodes,
        CAST(SUM(by_events) AS DOUBLE) AS by_events,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_rates,
        -- Sums of whole numbers, so exact whatever the order of rows.
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s,
        SUM(n) AS n,
        SUM(s * s) AS ss,
        SUM(s * n) AS sn,
        SUM(n * n) AS nn
    FROM clusters
    GROUP BY dimension, value
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    c.value_major AS value_major,
    c.value_minor AS value_minor,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / t.all_runs AS share_of_runs,
    c.successes AS successes,
    c.failures AS failures,
    c.unknowns AS unknowns,
    c.incompletes AS incompletes,
    c.invalids AS invalids,
    c.projects AS projects,
    c.successes + c.failures AS known_runs,
    RATE(c.s, c.n) AS success_rate,
    RATE_LOW(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_low,
    RATE_HIGH(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_high,
    INTERVAL_METHOD(c.k) AS interval_method,
    c.project_rates / NULLIF(c.projects, 0) AS project_success_rate,
    CAST(c.unknowns AS DOUBLE) / c.runs AS share_unknown,
    c.by_report / NULLIF(c.n, 0) AS share_basis_reported,
    c.by_nodes / NULLIF(c.n, 0) AS share_basis_nodes,
    c.by_events / NULLIF(c.n, 0) AS share_basis_events
FROM cells AS c
CROSS JOIN total AS t
ORDER BY c.dimension, c.value_major NULLS LAST, c.value_minor NULLS LAST, c.value NULLS LAST
