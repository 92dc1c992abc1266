-- title: Quantiles of duration
-- question: How long do runs take, by command, version, adapter, environment and number of nodes?
-- grain: one value of one dimension; its unknown cell has value null
-- key: dimension, value
-- column: dimension: all, adapter, command, environment, nodes or version
-- column: value: Value of the dimension (of version: the minor version; of nodes: the least number of its bucket, 0, 1, 2, 4, …); null: unknown, and of dimension all
-- column: value_major: First number of the version, or the bucket's least number, to sort by; null in other dimensions
-- column: value_minor: Second number of the version, to sort by; null in other dimensions
-- column: runs: Invocations (count)
-- column: timed_runs: Those with a known duration (count)
-- column: projects: Distinct projects with a run of known duration (count)
-- column: p50_seconds: Median duration
-- column: p50_low: Lower end of its 95 % interval (seconds)
-- column: p50_high: Upper end of its 95 % interval (seconds)
-- column: p75_seconds: 75 % of runs take at most this long
-- column: p90_seconds: 90 % of runs take at most this long
-- column: p90_low: Lower end of its 95 % interval (seconds)
-- column: p90_high: Upper end of its 95 % interval (seconds)
-- column: p95_seconds: 95 % of runs take at most this long
-- column: p95_low: Lower end of its 95 % interval (seconds)
-- column: p95_high: Upper end of its 95 % interval (seconds)
-- column: p99_seconds: 99 % of runs take at most this long
-- column: p99_low: Lower end of its 95 % interval (seconds)
-- column: p99_high: Upper end of its 95 % interval (seconds)

WITH
-- The interval (definitions, Statistics) is Woodruff's: the share of runs that take at most as long as the quantile is a
-- rate, whose interval treats the project as the unit; the runs at its ends are those of the quantile.
runs AS (
    SELECT
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key,
        command,
        dbt_minor,
        version_major,
        version_minor,
        adapter,
        environment,
        -- The bucket begins at 2^k where 2^(k+1) < 2n + 1 < 2^(k+2) (definitions, Nodes).
        CASE
            WHEN nodes >= 1 THEN CAST(POWER_OF_TWO(nodes) AS INTEGER)
            ELSE 0
        END AS nodes_from,
        duration_seconds
    FROM invocations
),
by_dimension AS (
    SELECT
        'all' AS dimension, CAST(NULL AS VARCHAR) AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'command' AS dimension, command AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'version' AS dimension, dbt_minor AS value, version_major AS value_major, version_minor AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'adapter' AS dimension, adapter AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'environment' AS dimension, environment AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'nodes' AS dimension, CAST(nodes_from AS VARCHAR) AS value,
        nodes_from AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds
    FROM runs
),
-- Joins do not match nulls: the unknown value is the empty text here. No value is.
cells AS (
    SELECT
        dimension,
        COALESCE(value, '') AS cell,
        MAX(value) AS value,
        MAX(value_major) AS value_major,
        MAX(value_minor) AS value_minor,
        COUNT(*) AS runs,
        COUNT(duration_seconds) AS timed_runs,
        COUNT(DISTINCT CASE WHEN duration_seconds IS NOT NULL THEN project_key END) AS projects,
        QUANTILE_CONT(duration_seconds, 0.5) AS p50,
        QUANTILE_CONT(duration_seconds, 0.75) AS p75,
        QUANTILE_CONT(duration_seconds, 0.9) AS p90,
        QUANTILE_CONT(duration_seconds, 0.95) AS p95,
        QUANTILE_CONT(duration_seconds, 0.99) AS p99
    FROM by_dimension
    GROUP BY dimension, COALESCE(value, '')
),
timed AS (
    SELECT
        u.dimension AS dimension,
        COALESCE(u.value, '') AS cell,
        u.cluster_key AS cluster_key,
        u.duration_seconds AS duration_seconds,
        ROW_NUMBER() OVER (
            PARTITION BY u.dimension, COALESCE(u.value, '') ORDER BY u.duration_seconds
        ) AS place
    FROM by_dimension AS u
    WHERE u.duration_seconds IS NOT NULL
),
clusters AS (
    SELECT
        t.dimension AS dimension,
        t.cell AS cell,
        t.cluster_key AS cluster_key,
        COUNT(*) AS n,
        COUNT(*) FILTER (WHERE t.duration_seconds <= c.p50) AS s50,
        COUNT(*) FILTER (WHERE t.duration_seconds <= c.p90) AS s90,
        COUNT(*) FILTER (WHERE t.duration_seconds <= c.p95) AS s95,
        COUNT(*) FILTER (WHERE t.duration_seconds <= c.p99) AS s99
    FROM timed AS t
    INNER JOIN cells AS c ON t.dimension = c.dimension AND t.cell = c.cell
    GROUP BY t.dimension, t.cell, t.cluster_key
),
sums AS (
    SELECT
        dimension,
        cell,
        COUNT(*) AS k,
        SUM(n) AS n,
        SUM(n * n) AS nn,
        SUM(s50) AS s50, SUM(s50 * s50) AS ss50, SUM(s50 * n) AS sn50,
        SUM(s90) AS s90, SUM(s90 * s90) AS ss90, SUM(s90 * n) AS sn90,
        SUM(s95) AS s95, SUM(s95 * s95) AS ss95, SUM(s95 * n) AS sn95,
        SUM(s99) AS s99, SUM(s99 * s99) AS ss99, SUM(s99 * n) AS sn99
    FROM clusters
    GROUP BY dimension, cell
),
places AS (
    SELECT
        dimension,
        cell,
        PLACE_LOW(SHARE_LOW(s50, n, ss50, sn50, nn, k), n) AS low50,
        PLACE_HIGH(SHARE_HIGH(s50, n, ss50, sn50, nn, k), n) AS high50,
        PLACE_LOW(SHARE_LOW(s90, n, ss90, sn90, nn, k), n) AS low90,
        PLACE_HIGH(SHARE_HIGH(s90, n, ss90, sn90, nn, k), n) AS high90,
        PLACE_LOW(SHARE_LOW(s95, n, ss95, sn95, nn, k), n) AS low95,
        PLACE_HIGH(SHARE_HIGH(s95, n, ss95, sn95, nn, k), n) AS high95,
        PLACE_LOW(SHARE_LOW(s99, n, ss99, sn99, nn, k), n) AS low99,
        PLACE_HIGH(SHARE_HIGH(s99, n, ss99, sn99, nn, k), n) AS high99
    FROM sums
),
ends AS (
    SELECT
        t.dimension AS dimension,
        t.cell AS cell,
        MAX(CASE WHEN t.place = p.low50 THEN t.duration_seconds END) AS p50_low,
        MAX(CASE WHEN t.place = p.high50 THEN t.duration_seconds END) AS p50_high,
        MAX(CASE WHEN t.place = p.low90 THEN t.duration_seconds END) AS p90_low,
        MAX(CASE WHEN t.place = p.high90 THEN t.duration_seconds END) AS p90_high,
        MAX(CASE WHEN t.place = p.low95 THEN t.duration_seconds END) AS p95_low,
        MAX(CASE WHEN t.place = p.high95 THEN t.duration_seconds END) AS p95_high,
        MAX(CASE WHEN t.place = p.low99 THEN t.duration_seconds END) AS p99_low,
        MAX(CASE WHEN t.place = p.high99 THEN t.duration_seconds END) AS p99_high
    FROM timed AS t
    INNER JOIN places AS p ON t.dimension = p.dimension AND t.cell = p.cell
    GROUP BY t.dimension, t.cell
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    c.value_major AS value_major,
    c.value_minor AS value_minor,
    c.runs AS runs,
    c.timed_runs AS timed_runs,
    c.projects AS projects,
    c.p50 AS p50_seconds,
    e.p50_low AS p50_low,
    e.p50_high AS p50_high,
    c.p75 AS p75_seconds,
    c.p90 AS p90_seconds,
    e.p90_low AS p90_low,
    e.p90_high AS p90_high,
    c.p95 AS p95_seconds,
    e.p95_low AS p95_low,
    e.p95_high AS p95_high,
    c.p99 AS p99_seconds,
    e.p99_low AS p99_low,
    e.p99_high AS p99_high
FROM cells AS c
LEFT JOIN ends AS e ON c.dimension = e.dimension AND c.cell = e.cell
ORDER BY c.dimension, c.value_major NULLS LAST, c.value_minor NULLS LAST, c.value NULLS LAST
