-- title: Success rates
-- question: How often does dbt succeed, by version, adapter, command, environment and operating system?
-- grain: one value of one dimension; its unknown cell has value null
-- key: dimension, value
-- column: dimension: version, adapter, command, environment or os
-- column: value: Value of the dimension (of version: the minor version); null: unknown
-- column: value_major: First number of the version, to sort by; null in other dimensions
-- column: value_minor: Second number of the version, to sort by; null in other dimensions
-- column: runs: Invocations (count)
-- column: share_of_runs: Share of all invocations (0 to 1)
-- column: successes: Invocations with outcome success (count)
-- column: failures: Invocations with outcome failure (count)
-- column: unknowns: Invocations with outcome unknown (count)
-- column: incompletes: Invocations with outcome incomplete (count)
-- column: invalids: Invocations with outcome invalid (count)
-- column: projects: Distinct projects with a success or a failure (count)
-- column: known_runs: The rate's denominator: successes and failures (count)
-- column: success_rate: successes / known_runs, every run counting once (0 to 1)
-- column: success_rate_low: Lower end of its 95 % interval (0 to 1)
-- column: success_rate_high: Upper end of its 95 % interval (0 to 1)
-- column: interval_method: How the interval was made: linearized, or wilson (fewer than 10 clusters)
-- column: project_success_rate: Mean of the projects' own rates, every project counting once (0 to 1)
-- column: share_unknown: Share of runs with outcome unknown (0 to 1)
-- column: share_basis_reported: Share of known_runs whose outcome dbt reported (0 to 1)
-- column: share_basis_nodes: Share of known_runs whose outcome was derived from nodes (0 to 1)
-- column: share_basis_events: Share of known_runs whose outcome was derived from other events (0 to 1)

WITH
-- The interval (definitions, Outcome). The runs of one project are not independent, so the unit is the project:
-- a cluster is a project, and a run without a known project is a cluster of its own. Over the k clusters with a
-- known run, with s_i successes in n_i known runs, the rate is the ratio R = sum(s) / sum(n), and
--     var = k / (k - 1) * sum((s_i - R n_i)^2) / sum(n)^2          (linearized, Taylor)
--     interval = R ± z sqrt(var), cut to [0, 1], z = 1.959963984540054
-- With fewer than 10 clusters: Wilson's interval with p = R and n = k.
runs AS (
    SELECT
        dbt_minor, version_major, version_minor, adapter, command, environment, os,
        project_key, outcome, outcome_basis,
        COALESCE(project_key, invocation_id) AS cluster_key
    FROM invocations
),
-- A project runs the same thing many times: count first, unpivot what is left.
project_runs AS (
    SELECT
        dbt_minor, version_major, version_minor, adapter, command, environment, os, project_key, cluster_key,
        COUNT(*) AS runs,
        COUNT(*) FILTER (WHERE outcome = 'success') AS successes,
        COUNT(*) FILTER (WHERE outcome = 'failure') AS failures,
        COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
        COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incompletes,
        COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalids,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'reported') AS by_report,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'nodes') AS by_nodes,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'events') AS by_events
    FROM runs
    GROUP BY dbt_minor, version_major, version_minor, adapter, command, environment, os, project_key, cluster_key
),
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
    SELECT COUNT(*) AS all_runs
    FROM runs
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
        -- In whole units of 10^-12: the sum of floats would depend on the order of rows.
        CAST(SUM(CAST(ROUND(
            CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END * 1000000000000
        ) AS BIGINT)) AS DOUBLE) / 1000000000000 AS project_rates,
        CAST(COUNT(*) FILTER (WHERE n > 0) AS DOUBLE) AS k,
        SUM(n) AS n,
        SUM(s) / NULLIF(SUM(n), 0) AS r,
        -- Sums of whole numbers, so exact whatever the order of rows.
        SUM(s * s) AS ss,
        SUM(s * n) AS sn,
        SUM(n * n) AS nn,
        CAST(1959963984540054 AS DOUBLE) / 1000000000000000 AS z
    FROM clusters
    GROUP BY dimension, value
),
intervals AS (
    SELECT
        t.*,
        CAST(t.runs AS DOUBLE) / a.all_runs AS share_of_runs,
        -- sum((s_i - R n_i)^2), multiplied out; rounding can take it below 0.
        t.z * SQRT(
            t.k / NULLIF(t.k - 1, 0) * GREATEST(t.ss - 2 * t.r * t.sn + t.r * t.r * t.nn, CAST(0 AS DOUBLE))
        ) / t.n AS half,
        (t.r + t.z * t.z / (2 * t.k)) / (1 + t.z * t.z / t.k) AS wilson_centre,
        t.z * SQRT(t.r * (1 - t.r) / t.k + t.z * t.z / (4 * t.k * t.k)) / (1 + t.z * t.z / t.k) AS wilson_half
    FROM cells AS t
    CROSS JOIN total AS a
)
SELECT
    dimension,
    value,
    value_major,
    value_minor,
    runs,
    share_of_runs,
    successes,
    failures,
    unknowns,
    incompletes,
    invalids,
    projects,
    successes + failures AS known_runs,
    r AS success_rate,
    CASE
        WHEN k >= 10 THEN GREATEST(r - half, CAST(0 AS DOUBLE))
        WHEN k >= 1 THEN GREATEST(wilson_centre - wilson_half, CAST(0 AS DOUBLE))
    END AS success_rate_low,
    CASE
        WHEN k >= 10 THEN LEAST(r + half, CAST(1 AS DOUBLE))
        WHEN k >= 1 THEN LEAST(wilson_centre + wilson_half, CAST(1 AS DOUBLE))
    END AS success_rate_high,
    CASE WHEN k >= 10 THEN 'linearized' WHEN k >= 1 THEN 'wilson' END AS interval_method,
    project_rates / NULLIF(projects, 0) AS project_success_rate,
    CAST(unknowns AS DOUBLE) / runs AS share_unknown,
    by_report / NULLIF(n, 0) AS share_basis_reported,
    by_nodes / NULLIF(n, 0) AS share_basis_nodes,
    by_events / NULLIF(n, 0) AS share_basis_events
FROM intervals
ORDER BY dimension, value_major NULLS LAST, value_minor NULLS LAST, value NULLS LAST
